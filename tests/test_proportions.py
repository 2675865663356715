"""Exact limits of a proportion, by pencil, by their definition, and against R (`reference/proportions.R`)."""

import subprocess
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis.precision import exact_proportion
from gistbook.conventions import UsageError
from gistbook.schemas import ESTIMATES, names

REFERENCE = Path(__file__).parent / "reference"

EXACT = 1e-10
"""Relative or absolute; R's file keeps 15 digits."""


def read_expected(place: Path) -> pd.DataFrame:
    """Read R's limits with every digit."""
    return pd.read_csv(place / "proportions_expected.csv", float_precision="round_trip")


EXPECTED = read_expected(REFERENCE)


def limits(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return both limits."""
    row = exact_proportion(count, n, level).iloc[0]
    return row["lower"], row["upper"]


def at_most(count: int, n: int, p: float) -> float:
    """Return the probability of so many or fewer of n."""
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(count + 1))


@pytest.mark.parametrize(("n", "percent"), [(18, 18.5), (23, 14.8)])
def test_none_of_few_leaves_room_for_a_risk(n, percent):
    lower, upper = limits(0, n)

    assert lower == 0
    assert upper == pytest.approx(1 - 0.025 ** (1 / n))
    assert round(100 * upper, 1) == percent


def test_all_of_few_mirror_none():
    assert limits(18, 18) == pytest.approx((0.025 ** (1 / 18), 1))


@pytest.mark.parametrize(("count", "n", "level"), [(1, 18, 0.95), (5, 18, 0.95), (13, 14, 0.9), (17, 18, 0.99)])
def test_each_limit_leaves_half_of_the_rest_in_its_tail(count, n, level):
    lower, upper = limits(count, n, level)

    assert at_most(count, n, upper) == pytest.approx((1 - level) / 2)
    assert 1 - at_most(count - 1, n, lower) == pytest.approx((1 - level) / 2)


def test_what_is_and_what_is_not_have_mirrored_limits():
    lower, upper = limits(5, 18)

    assert limits(13, 18) == pytest.approx((1 - upper, 1 - lower))


def test_a_proportion_is_one_row_of_estimates():
    frame = exact_proportion(5, 18)
    row = frame.iloc[0]

    assert frame.columns.tolist() == names(ESTIMATES)
    assert len(frame) == 1
    assert (row["estimate"], row["events"], row["n"], row["group"]) == (5 / 18, 5, 18, "All")
    assert (row["measure"], row["unit"], row["level"]) == ("proportion", "probability", 0.95)
    assert np.isnan(row["time"])


def test_a_proportion_of_nobody_is_unknown():
    row = exact_proportion(0, 0).iloc[0]

    assert row[["estimate", "lower", "upper"]].isna().all()
    assert row["n"] == 0


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5), (1, 0)])
def test_more_than_all_and_less_than_none_are_refused(count, n):
    with pytest.raises(UsageError, match="is not a proportion"):
        exact_proportion(count, n)


def test_limits_agree_with_r():
    ours = pd.DataFrame(
        [limits(row.count_, row.n, row.level) for row in EXPECTED.rename(columns={"count": "count_"}).itertuples()]
    )

    np.testing.assert_allclose(ours, EXPECTED[["lower", "upper"]], rtol=EXACT, atol=EXACT)


def test_the_comparison_is_wide_enough_to_mean_something():
    pairs = EXPECTED[["count", "n"]].drop_duplicates()

    assert len(pairs) >= 40
    assert {(0, 18), (18, 18), (0, 23), (13, 14), (14, 15)} <= set(pairs.itertuples(index=False, name=None))
    assert EXPECTED["level"].nunique() >= 3


@pytest.mark.whole
def test_r_gives_the_same_answers_again(rscript, tmp_path):
    subprocess.run([rscript, str(REFERENCE / "proportions.R"), str(tmp_path)], check=True)
    pd.testing.assert_frame_equal(read_expected(tmp_path), EXPECTED, rtol=EXACT, atol=EXACT)
