"""Our estimates are those of R's `survival`, on real data; `reference/reference.R` says how R was asked."""

import functools
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis import contrasts, estimates, lifetable
from gistbook.conventions import INTERVAL, OVERALL, QUANTILE_TOLERANCE
from reference.cases import CASES, long_frame

TESTS = Path(__file__).parent
REFERENCE = TESTS / "reference"

EXACT = 1e-10
"""Relative or absolute; closed formulas in double precision leave only rounding, of which R's file keeps 15 digits."""

COX = 1e-8
"""Relative; a maximum found by iteration is as near as the two stopping rules let it be."""

FEWEST_VALUES, FEWEST_DATASETS, FEWEST_PLATEAUS = 250, 6, 3


def read_expected(folder: Path) -> pd.DataFrame:
    """Read R's answers with every digit, a missing number being NaN and a missing text being empty."""
    texts = dict.fromkeys(["dataset", "group", "quantity", "interval", "given"], str)
    missing = {"argument": ["NA"], "value": ["NA"]}
    path = folder / "expected.csv"
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=missing, float_precision="round_trip")


EXPECTED = read_expected(REFERENCE)
TOPICS = EXPECTED[["dataset", "quantity"]].drop_duplicates().to_numpy().tolist()


@functools.cache
def subjects() -> pd.DataFrame:
    """Load the data sets once."""
    return long_frame()


@functools.cache
def counts_by_group(dataset: str) -> pd.DataFrame:
    """Count a data set as the book counts a cohort."""
    rows = subjects()[subjects()["dataset"] == dataset]
    adtte = {"TRTA": rows["group"], "ENTRYDY": rows["entry"], "AVAL": rows["exit"], "CNSR": 1 - rows["event"]}
    return lifetable.count(pd.DataFrame(adtte))


@functools.cache
def counts_of(dataset: str, group: str, given: str = "") -> pd.DataFrame:
    """Count one group, or everybody, perhaps of those only who came as far as a given time."""
    counts = counts_by_group(dataset)
    counts = lifetable.pool(counts) if group == OVERALL else counts[counts["group"] == group]
    return lifetable.conditional_on(counts, float(given)) if given else counts


@functools.cache
def curve(dataset: str, group: str, interval: str, given: str = "", ending: str = "event") -> pd.DataFrame:
    """Estimate one curve once, though many of its values are compared; `censored` is the curve of follow-up."""
    counts = counts_of(dataset, group, given)
    return estimates.survival(lifetable.reversed_kinds(counts) if ending == "censored" else counts, interval)


def column_of(quantity: str) -> str:
    """Tell where an estimate keeps what R calls `quantile`, `quantile_lower` or `quantile_upper`."""
    ending = quantity.rpartition("_")[2]
    return ending if ending in ("lower", "upper") else "estimate"


@functools.cache
def hazard_ratios(dataset: str, reference: str) -> pd.DataFrame:
    """Fit our Cox model once per reference group."""
    return contrasts.hazard_ratio(counts_by_group(dataset), reference)


def hazard_ratio(dataset, group, interval, given, argument):
    """Take one group's row of our Cox model."""
    frame = hazard_ratios(dataset, given)
    return frame[frame["group"] == group]


def follow_up(dataset, group, interval, given, argument):
    """Take our time to censoring by which a share of the group has come to it."""
    return estimates.quantile(curve(dataset, group, interval, ending="censored"), argument)


def quantile(dataset, group, interval, given, argument):
    """Invert our curve at one probability."""
    return estimates.quantile(curve(dataset, group, interval), argument)


def restricted_mean(dataset, group, interval, given, argument):
    """Take our area under the curve up to one horizon."""
    return estimates.restricted_mean(curve(dataset, group, interval), argument)


def survival_at(dataset, group, interval, given, argument):
    """Read our curve at one time."""
    return estimates.rate(curve(dataset, group, interval, given), [argument])


MEASURES = {
    "follow_up": follow_up,
    "hazard_ratio": hazard_ratio,
    "quantile": quantile,
    "restricted_mean": restricted_mean,
    "survival": survival_at,
}
"""The estimates that come with limits; R's answers name the limits after them."""


@functools.cache
def estimated(measure: str, *about) -> dict:
    """Estimate once what R's answers hold in three rows: the estimate and its two limits."""
    return MEASURES[measure](*about).iloc[0].to_dict()


def ours(row) -> float:
    """Estimate what one row of R's answers holds."""
    measure = row.quantity.removesuffix("_lower").removesuffix("_upper")
    if measure in MEASURES:
        about = (row.dataset, row.group, row.interval or INTERVAL, row.given, row.argument)
        return estimated(measure, *about)[column_of(row.quantity)]
    if measure == "at_risk":
        return estimates.number_at_risk(counts_of(row.dataset, row.group), [row.argument])["at_risk"].item()
    if measure.startswith("logrank_"):
        return contrasts.logrank(counts_by_group(row.dataset))[measure.removeprefix("logrank_")]
    return estimates.quantile(curve(row.dataset, row.group, INTERVAL))[measure].item()


def tolerance_of(quantity: str) -> float:
    """Tell how near is near enough."""
    return COX if quantity.startswith("hazard_ratio") else EXACT


def is_plateau(row) -> bool:
    """Tell whether our curve lies level at the wanted height, and R put the quantile inside that stretch."""
    rows = curve(row.dataset, row.group, INTERVAL)
    level = rows.loc[(rows["survival"] - (1 - row.argument)).abs() < QUANTILE_TOLERANCE, "time"]
    return len(level) > 0 and level.min() < row.value


def ends_level(row) -> bool:
    """Tell whether our curve never comes below the wanted height."""
    return curve(row.dataset, row.group, INTERVAL)["survival"].min() > 1 - row.argument - QUANTILE_TOLERANCE


@functools.cache
def plateaus() -> list:
    """List the quantiles in R's answers that lie on a plateau."""
    wanted = EXPECTED[(EXPECTED["quantity"] == "quantile") & EXPECTED["value"].notna()]
    return [row for row in wanted.itertuples() if is_plateau(row)]


@pytest.mark.parametrize(("dataset", "quantity"), TOPICS)
def test_agrees_with_r(dataset, quantity):
    rows = EXPECTED[(EXPECTED["dataset"] == dataset) & (EXPECTED["quantity"] == quantity)]
    found = [ours(row) for row in rows.itertuples()]
    tolerance = tolerance_of(quantity)
    near = np.isclose(found, rows["value"], rtol=tolerance, atol=tolerance, equal_nan=True)
    assert near.all(), f"\n{rows.assign(ours=found)[~near].to_string()}"


def test_p_values_agree_with_r_however_small_they_are():
    rows = EXPECTED[EXPECTED["quantity"] == "logrank_p"]
    assert [ours(row) for row in rows.itertuples()] == pytest.approx(rows["value"].tolist(), rel=EXACT, abs=0)


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


@pytest.fixture
def rscript() -> str:
    """Find R with its survival package, or skip and say what was not checked."""
    found = shutil.which("Rscript")
    if not found or subprocess.run([found, "-e", "library(survival)"], capture_output=True, check=False).returncode:
        pytest.skip("NOT CHECKED: expected.csv was not made again, as there is no Rscript with the package survival.")
    return found


def remake(rscript: str, folder: Path) -> None:
    """Ask R everything again, and let it write into another folder."""
    export = [sys.executable, str(REFERENCE / "export_data.py")]
    exported = subprocess.run(export, check=True, capture_output=True).stdout
    subprocess.run([rscript, str(REFERENCE / "reference.R"), str(folder)], input=exported, check=True)


def test_r_gives_the_same_answers_again(rscript, tmp_path):
    """Under another version of R or on another platform the last digits may differ, so numbers are compared there."""
    remake(rscript, tmp_path)
    if (tmp_path / "versions.txt").read_text() == (REFERENCE / "versions.txt").read_text():
        assert (tmp_path / "expected.csv").read_bytes() == (REFERENCE / "expected.csv").read_bytes()
    pd.testing.assert_frame_equal(read_expected(tmp_path), EXPECTED, rtol=EXACT, atol=EXACT)
