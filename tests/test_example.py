"""The worked example goes the way that it tells of, and ends at the answers that R gives for the same patients."""

import re

import pytest

from gistbook.analysis import contrasts, endpoints, estimates, example, lifetable
from gistbook.conventions import rounded


@pytest.fixture(scope="module")
def slipped():
    return example.check(example.with_slips(example.sheet()), example.FIRST_TRY)


@pytest.fixture(scope="module")
def counts():
    lung = example.check(example.sheet(), example.MENDED).cohort
    return lifetable.count(endpoints.derive_os(lung, "recorded"))


@pytest.mark.parametrize(
    ("table", "column", "rows"),
    [
        ("patients", "age", (12,)),
        ("patients", "age", (32,)),
        ("patients", "ecog", (15,)),
        ("patients", "patient_id", (230,)),
        ("adtte", "CNSR", (22,)),
        ("adtte", "Days folowed", ()),
    ],
)
def test_every_slip_is_told_at_its_row(slipped, table, column, rows):
    assert (table, column, rows) in [(found.table, found.column, found.rows) for found in slipped.findings]


def test_no_cell_of_the_sheet_is_told(slipped):
    assert {"6O", "ded", "730"}.isdisjoint(re.findall(r"\w+", example.printed(slipped)))


def test_the_message_has_no_place_of_this_machine(slipped):
    assert "/" not in example.printed(slipped)


def test_the_median_and_its_limits_are_those_of_r(counts):
    median = estimates.quantile(estimates.survival(lifetable.pool(counts)))

    assert median[["estimate", "lower", "upper"]].iloc[0].tolist() == pytest.approx([310, 284, 361])


def test_the_share_after_a_year_and_its_limits_are_those_of_r(counts):
    curve = estimates.survival(lifetable.pool(counts), "log")
    year = estimates.rate(curve, [365.25])[["estimate", "lower", "upper"]].iloc[0]

    assert year.tolist() == pytest.approx([0.4092416244600644, 0.3447216, 0.4858376], abs=5e-8)


def test_the_log_rank_test_is_that_of_r(counts):
    assert rounded(contrasts.logrank(counts)["statistic"], 1) == "10.3"
