"""What a book under a policy prints is true: the exact book's numbers lie within its limits, and these are not wide."""

import importlib.util

import pytest

from gistbook import build

_SPEC = importlib.util.spec_from_file_location("coverage_of_books", build.BOOK / "benchmarks" / "coverage.py")
coverage = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(coverage)

FEWEST_TO_JUDGE = 20
"""Printed estimates of a kind of cohort below which a share of them says nothing."""


@pytest.fixture(scope="module")
def few():
    """Return exact and printed estimates of a few cohorts of two sizes, under one policy of each kind."""
    return coverage.compared((37, 100), ("midpoint6", "threshold5"), cohorts=1)


@pytest.fixture(scope="module")
def all_of_them():
    return coverage.compared(cohorts=6)


def within(rows, by):
    """Return the shares within the printed limits that can be judged."""
    found = coverage.summary(rows, by)
    return found[found["estimates"] >= FEWEST_TO_JUDGE]["within"]


def test_what_the_exact_book_prints_lies_within_the_printed_limits(few):
    assert within(few, ["kind", "policy"]).min() >= 0.95


def test_printed_limits_are_at_most_twice_as_wide(few):
    assert coverage.summary(few[few["kind"] == "landmarks"], ["policy", "size"])["ratio"].max() <= 2


def test_curves_are_moved_by_a_point_or_so(few):
    landmarks = few[few["kind"] == "landmarks"]

    assert abs(coverage.summary(landmarks[landmarks["size"] == 100], ["policy"])["shift"]).max() <= 0.02
    assert abs(coverage.summary(landmarks[landmarks["size"] == 37], ["policy"])["shift"]).max() <= 0.04


@pytest.mark.whole
def test_in_each_kind_of_cohort_the_printed_limits_hold(all_of_them):
    assert within(all_of_them, ["kind", "policy", "size", "censoring", "hazard"]).min() >= 0.95


@pytest.mark.whole
def test_from_37_patients_on_limits_are_at_most_twice_as_wide(all_of_them):
    rows = all_of_them[all_of_them["size"] >= 37]

    assert coverage.summary(rows[rows["kind"] == "landmarks"], ["policy", "size"])["ratio"].max() <= 2
