"""What the analyst is told of the distance between what is published and what is so."""

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import disclosure, distance, estimates
from gistbook.conventions import days
from support.subjects import whole_folder

EXACT = pd.DataFrame({"time": days(pd.Series([0.0, 2.0, 8.0])), "survival": [1.0, 0.5, 0.25]})
SAFE = pd.DataFrame({"time": days(pd.Series([0.0, 6.0, 12.0])), "survival": [1.0, 0.6, 0.25]})


def test_at_its_steps_a_safe_curve_is_off_by_what_rounding_does():
    apart, when = distance.at_its_steps(EXACT, SAFE)

    assert apart == pytest.approx(0.6 - 0.5)
    assert when == pytest.approx(days(6))


def test_anywhere_it_is_off_by_the_width_of_the_grid_too():
    apart, when = distance.anywhere(EXACT, SAFE)

    assert apart == pytest.approx(1.0 - 0.5)
    assert days(2) <= when < days(6)


def test_beyond_the_end_of_the_safe_curve_nothing_is_compared():
    assert distance.anywhere(EXACT, SAFE.head(1))[0] == 0


@pytest.fixture
def cohort(tmp_path):
    return build.load_cohort(whole_folder(tmp_path / "drawn"), "midpoint6")


def test_of_an_exact_book_nothing_is_told(cohort):
    exact = cohort._replace(policy=disclosure.choose("exact", "public"))

    assert [*distance.lines(exact, {}), *build.left_out(exact)] == []


def test_the_analyst_is_told_of_every_group_of_every_endpoint_and_what_is_left_out(cohort):
    told = "\n".join([*distance.lines(cohort, {}), *build.left_out(cohort)])

    assert "only" in told
    assert all(f"  {name}, " in told for name in ("PFS", "OS", "IMCONT", "PFS2L"))
    assert "sensitivity: withheld, in whole or in part: " in told
    assert "The same patients on other clocks" in told


def test_a_chapter_without_exact_passages_is_not_told_of(cohort):
    assert "data_dictionary" not in "\n".join(build.left_out(cohort))


def test_two_equal_curves_are_not_apart():
    counts = pd.DataFrame({"group": "A", "entry": 0, "exit": [30.0, 60], "kind": "event", "count": 1})
    curve = estimates.survival(counts)

    assert distance.anywhere(curve, curve) == (0, 0)
