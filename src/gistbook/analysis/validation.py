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


def read_expected(folder: Path) -> pd.DataFrame:
    """Read R's answers with every digit, a missing number being NaN and a missing text being empty."""
    texts = dict.fromkeys(["dataset", "group", "quantity", "interval", "given"], str)
    missing = {"argument": ["NA"], "value": ["NA"]}
    path = folder / "expected.csv"
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=missing, float_precision="round_trip")


def of_datasets(expected: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """R's answers for the data sets that are wanted; for all of them if none is named."""
    return expected[expected["dataset"].isin(wanted)] if wanted else expected


@functools.cache
def counts_by_group(dataset: str) -> pd.DataFrame:
    """Count a data set as the book counts a cohort."""
    rows = cases.long_frame().query("dataset == @dataset")
    adtte = {"TRTA": rows["group"], "ENTRYDY": rows["entry"], "AVAL": rows["exit"], "CNSR": 1 - rows["event"]}
    return lifetable.count(pd.DataFrame(adtte))


@functools.cache
def counts_of(dataset: str, given: str = "") -> pd.DataFrame:
    """Counts of each group and of everybody, perhaps of those only who came as far as a given time."""
    if given:
        return lifetable.conditional_on(counts_of(dataset), float(given))
    counts = counts_by_group(dataset)
    if OVERALL in set(counts["group"]):
        return counts
    return pd.concat([counts, lifetable.pool(counts)], ignore_index=True)


@functools.cache
def curves(dataset: str, interval: str, given: str = "", is_follow_up: bool = False) -> pd.DataFrame:
    """The curves of all groups and of everybody."""
    counts = counts_of(dataset, given)
    return estimates.survival(lifetable.reversed_kinds(counts) if is_follow_up else counts, interval)


@functools.cache
def hazard_ratios(dataset: str, reference: str) -> dict[str, dict]:
    """Our Cox model with one reference group, by the names of both groups."""
    return contrasts.hazard_ratio(counts_by_group(dataset), reference).set_index("group").to_dict("index")


@functools.cache
def logrank(dataset: str) -> dict:
    """Test once whether the groups of a data set differ, though three values of it are compared."""
    return contrasts.logrank(counts_by_group(dataset))


MEASURES = {
    "at_risk": None,
    "follow_up": estimates.quantile,
    "quantile": estimates.quantile,
    "restricted_mean": estimates.restricted_mean,
    "survival": estimates.rate,
}
"""What R was asked for at several arguments, as it is read off a curve; R's answers name the limits after it."""


@functools.cache
def arguments_of() -> dict[tuple[str, str], list[float]]:
    """All arguments for which R was asked, by measure and data set."""
    expected = read_expected(REFERENCE)
    measures = expected["quantity"].map(measure_of).rename("measure")
    asked = expected[measures.isin(MEASURES)].groupby([measures, "dataset"])
    return asked["argument"].agg(lambda arguments: sorted(set(arguments))).to_dict()


@functools.cache
def estimated(measure: str, dataset: str, interval: str, given: str) -> dict[tuple[str, float], dict]:
    """Our estimates and their limits, by group and argument; one call for all that R was asked for."""
    arguments, read = arguments_of()[measure, dataset], MEASURES[measure]
    if read:
        rows = read(curves(dataset, interval, given, measure == "follow_up"), arguments)
    else:
        rows = estimates.number_at_risk(counts_of(dataset), arguments).rename(columns={"at_risk": "estimate"})
    asked = zip(rows["group"], arguments * rows["group"].nunique(), strict=True)
    return dict(zip(asked, rows.to_dict("records"), strict=True))


@functools.cache
def sizes(dataset: str) -> dict[str, dict]:
    """How many subjects and events we count, by group: `n` and `events`."""
    return estimates.quantile(curves(dataset, INTERVAL)).set_index("group").to_dict("index")


def measure_of(quantity: str) -> str:
    """What R's answers call a quantity, without the name of the limit."""
    return quantity.removesuffix("_lower").removesuffix("_upper")


def ours(row) -> float:
    """Our value of what one row of R's answers holds."""
    measure = measure_of(row.quantity)
    column = row.quantity.removeprefix(measure).removeprefix("_") or "estimate"
    if measure in MEASURES:
        return estimated(measure, row.dataset, row.interval or INTERVAL, row.given)[row.group, row.argument][column]
    if measure == "hazard_ratio":
        return hazard_ratios(row.dataset, row.given)[f"{row.group} against {row.given}"][column]
    if measure.startswith("logrank_"):
        return logrank(row.dataset)[measure.removeprefix("logrank_")]
    return sizes(row.dataset)[row.group][measure]


def beside_r(expected: pd.DataFrame) -> pd.DataFrame:
    """Our value beside each of R's: the rows given, with `ours` and the absolute difference `difference`.

    Where both are unknown the difference is 0, and where only one is it is infinite.
    """
    computed = np.array([ours(row) for row in expected.itertuples()], dtype=float)
    wanted = expected["value"].to_numpy(dtype=float)
    unknown = np.isnan(computed).astype(int) + np.isnan(wanted).astype(int)
    difference = np.select([unknown == 2, unknown == 1], [0.0, np.inf], default=np.abs(computed - wanted))
    return expected.assign(ours=computed, difference=difference)


def summary(compared: pd.DataFrame) -> pd.DataFrame:
    """How far the two programs are apart: one row per quantity, with the largest absolute difference."""
    grouped = compared.groupby("quantity")
    rows = grouped.agg(datasets=("dataset", "nunique"), values=("value", "size"), largest=("difference", "max"))
    return rows.reset_index()


def r_version() -> str:
    """The versions of R and of its package that gave the answers, in one line."""
    return "; ".join((REFERENCE / "versions.txt").read_text(encoding="utf-8").split("\n")).strip("; ")
