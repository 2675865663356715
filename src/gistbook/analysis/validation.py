"""Our estimates beside those of R's package `survival`, value by value, on real data sets.

The tests and the chapter on validation ask the same functions.
"""

import functools
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook.analysis import cases, contrasts, estimates, lifetable
from gistbook.conventions import INTERVAL, OVERALL

REFERENCE = Path(__file__).parents[3] / "tests" / "reference"
"""Where R's answers are kept, beside the script that asks for them."""

EXACT = 1e-10
"""Relative or absolute; closed formulas in double precision leave only rounding, of which R's file keeps 15 digits."""

COX = 1e-8
"""Relative; a maximum found by iteration is as near as the two stopping rules let it be."""


def read_expected(folder: Path) -> pd.DataFrame:
    """Read R's answers with every digit, a missing number being NaN and a missing text being empty."""
    texts = dict.fromkeys(["dataset", "group", "quantity", "interval", "given"], str)
    missing = {"argument": ["NA"], "value": ["NA"]}
    path = folder / "expected.csv"
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=missing, float_precision="round_trip")


def of_datasets(expected: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Return R's answers for the data sets that are wanted; for all of them if none is named."""
    return expected[expected["dataset"].isin(wanted)] if wanted else expected


@functools.cache
def subjects() -> pd.DataFrame:
    """Load the data sets once."""
    return cases.long_frame()


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


@functools.cache
def logrank(dataset: str) -> dict:
    """Test once whether the groups of a data set differ, though three values of it are compared."""
    return contrasts.logrank(counts_by_group(dataset))


def hazard_ratio(dataset, group, interval, given, argument):
    """Take one group's row of our Cox model."""
    frame = hazard_ratios(dataset, given)
    return frame[frame["group"] == f"{group} against {given}"]


def follow_up(dataset, group, interval, given, argument):
    """Take our time to censoring by which a share of the group has come to it."""
    return estimates.quantile(curve(dataset, group, interval, ending="censored"), argument)


def quantile(dataset, group, interval, given, argument):
    """Invert our curve at one probability."""
    return estimates.quantile(curve(dataset, group, interval), argument)


def restricted_mean(dataset, group, interval, given, argument):
    """Take our area under the curve up to one horizon."""
    return estimates.restricted_mean(curve(dataset, group, interval), argument)


@functools.cache
def times_asked() -> dict[tuple[str, str], list[float]]:
    """Return the times at which R was asked for survival, by data set and group."""
    expected = read_expected(REFERENCE)
    asked = expected[expected["quantity"].str.startswith("survival")]
    return asked.groupby(["dataset", "group"])["argument"].agg(lambda times: sorted(set(times))).to_dict()


@functools.cache
def rates(dataset: str, group: str, interval: str, given: str) -> pd.DataFrame:
    """Read our curve at once at all times at which R was asked."""
    return estimates.rate(curve(dataset, group, interval, given), times_asked()[dataset, group])


def survival_at(dataset, group, interval, given, argument):
    """Take our curve at one of the times at which R was asked."""
    frame = rates(dataset, group, interval, given)
    return frame[frame["time"] == argument]


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
        return logrank(row.dataset)[measure.removeprefix("logrank_")]
    return estimates.quantile(curve(row.dataset, row.group, INTERVAL))[measure].item()


def tolerance_of(quantity: str) -> float:
    """Tell how near is near enough."""
    return COX if quantity.startswith("hazard_ratio") else EXACT


def beside_r(expected: pd.DataFrame) -> pd.DataFrame:
    """Return our value beside each of R's: the rows given, with `ours` and the absolute difference `difference`.

    Where both are unknown the difference is 0, and where only one is it is infinite.
    """
    found = np.array([ours(row) for row in expected.itertuples()], dtype=float)
    wanted = expected["value"].to_numpy(dtype=float)
    unknown = np.isnan(found).astype(int) + np.isnan(wanted).astype(int)
    difference = np.select([unknown == 2, unknown == 1], [0.0, np.inf], default=np.abs(found - wanted))
    return expected.assign(ours=found, difference=difference)


def summary(compared: pd.DataFrame) -> pd.DataFrame:
    """Return how far the two programs are apart: one row per quantity, with the largest absolute difference."""
    grouped = compared.groupby("quantity")
    rows = grouped.agg(datasets=("dataset", "nunique"), values=("value", "size"), largest=("difference", "max"))
    return rows.reset_index()


def r_version(folder: Path = REFERENCE) -> str:
    """Return the versions of R and of its package that gave the answers, in one line."""
    return "; ".join((folder / "versions.txt").read_text(encoding="utf-8").split("\n")).strip("; ")
