"""Our estimates are those of R's `survival`, on real data; `reference/reference.R` says how R was asked."""

import functools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis.cases import CASES
from gistbook.analysis.validation import EXACT, REFERENCE, beside_r, curves, read_expected
from gistbook.conventions import INTERVAL, QUANTILE_TOLERANCE

TESTS = Path(__file__).parent

COX = 1e-8
"""Relative; a maximum found by iteration is as near as the two stopping rules let it be."""

FEWEST_VALUES, FEWEST_DATASETS, FEWEST_PLATEAUS = 250, 6, 3


EXPECTED = read_expected(REFERENCE)
TOPICS = EXPECTED[["dataset", "quantity"]].drop_duplicates().to_numpy().tolist()


def curve_of(row) -> pd.DataFrame:
    """Return our curve of the group that a row is of."""
    rows = curves(row.dataset, INTERVAL)
    return rows[rows["group"] == row.group]


def is_plateau(row) -> bool:
    """Tell whether our curve lies level at the wanted height, and R put the quantile inside that stretch."""
    rows = curve_of(row)
    level = rows.loc[(rows["survival"] - (1 - row.argument)).abs() < QUANTILE_TOLERANCE, "time"]
    return len(level) > 0 and level.min() < row.value


def ends_level(row) -> bool:
    """Tell whether our curve never comes below the wanted height."""
    return curve_of(row)["survival"].min() > 1 - row.argument - QUANTILE_TOLERANCE


@functools.cache
def plateaus() -> list:
    """List the quantiles in R's answers that lie on a plateau."""
    wanted = EXPECTED[(EXPECTED["quantity"] == "quantile") & EXPECTED["value"].notna()]
    return [row for row in wanted.itertuples() if is_plateau(row)]


@pytest.mark.parametrize(("dataset", "quantity"), TOPICS)
def test_agrees_with_r(dataset, quantity):
    rows = EXPECTED[(EXPECTED["dataset"] == dataset) & (EXPECTED["quantity"] == quantity)]
    found = beside_r(rows)["ours"]
    tolerance = COX if quantity.startswith("hazard_ratio") else EXACT
    near = np.isclose(found, rows["value"], rtol=tolerance, atol=tolerance, equal_nan=True)
    assert near.all(), f"\n{rows.assign(ours=found)[~near].to_string()}"


def test_p_values_agree_with_r_however_small_they_are():
    rows = EXPECTED[EXPECTED["quantity"] == "logrank_p"]
    assert beside_r(rows)["ours"].tolist() == pytest.approx(rows["value"].tolist(), rel=EXACT, abs=0)


def test_the_comparison_is_wide_enough_to_mean_something():
    assert len(EXPECTED) >= FEWEST_VALUES
    assert set(EXPECTED["dataset"]) == set(CASES)
    assert len(CASES) >= FEWEST_DATASETS
    assert sum(bool(case.entry) for case in CASES.values()) >= 2
    assert set(EXPECTED["interval"]) == {"log-log", "log", ""}


def test_the_comparison_holds_values_that_are_not_reached_and_values_that_are():
    limits = EXPECTED[EXPECTED["quantity"].isin(["quantile", "quantile_lower", "quantile_upper"])]
    assert (limits.groupby("quantity")["value"].agg(lambda value: value.isna().sum()) > 0).all()
    assert (limits.groupby("quantity")["value"].count() > 0).all()


def test_enough_quantiles_lie_on_a_plateau_inside_the_curve_a_median_among_them():
    inside = [row for row in plateaus() if not ends_level(row)]
    assert len(inside) >= FEWEST_PLATEAUS
    assert any(row.argument == 0.5 for row in inside)


def test_enough_quantiles_lie_on_a_plateau_at_the_end_of_the_curve():
    assert sum(ends_level(row) for row in plateaus()) >= FEWEST_PLATEAUS


def remake(rscript: str, folder: Path) -> None:
    """Ask R everything again, and let it write into another folder."""
    export = [sys.executable, str(REFERENCE / "export_data.py")]
    exported = subprocess.run(export, check=True, capture_output=True).stdout
    subprocess.run([rscript, str(REFERENCE / "reference.R"), str(folder)], input=exported, check=True)


@pytest.mark.whole
def test_r_gives_the_same_answers_again(rscript, tmp_path):
    """Under another version of R or on another platform the last digits may differ, so numbers are compared there."""
    remake(rscript, tmp_path)
    if (tmp_path / "versions.txt").read_text() == (REFERENCE / "versions.txt").read_text():
        assert (tmp_path / "expected.csv").read_bytes() == (REFERENCE / "expected.csv").read_bytes()
    pd.testing.assert_frame_equal(read_expected(tmp_path), EXPECTED, rtol=EXACT, atol=EXACT)
