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


_READ = {"restricted_mean": estimates.restricted_mean, "survival": estimates.rate}
"""How what R was asked for is read off a curve, if not as its quantile, beside which the sizes of groups stand."""

_NAMED = r"^(?P<measure>.+?)(?:_(?P<column>lower|upper|statistic|df|p))?$"
"""What R's answers call a quantity: what is measured, and if it is no estimate, which number of it."""


def _ours(asked: tuple[str, str, str, str], rows: pd.DataFrame) -> list[float]:
    """Our values of some of R's answers that are of one measure, data set, interval and condition."""
    measure, dataset, interval, given = asked
    arguments = rows["argument"].fillna(0.5)
    wanted = np.unique(arguments)
    if measure == "logrank":
        frame = pd.DataFrame([{"group": "", **contrasts.logrank(counts_by_group(dataset))}])
    elif measure == "hazard_ratio":
        frame = contrasts.hazard_ratio(counts_by_group(dataset), given)
        frame["group"] = frame["group"].str.removesuffix(f" against {given}")
    elif measure == "at_risk":
        frame = estimates.number_at_risk(counts_of(dataset), wanted).rename(columns={"at_risk": "estimate"})
    else:
        read = _READ.get(measure, estimates.quantile)
        frame = read(curves(dataset, interval or INTERVAL, given, measure == "follow_up"), wanted)
    keys = zip(frame["group"], np.tile(wanted, len(frame) // len(wanted)), strict=True)
    found = dict(zip(keys, frame.to_dict("records"), strict=True))
    return [found[row[:2]][row[2]] for row in zip(rows["group"], arguments, rows["column"], strict=True)]


def beside_r(expected: pd.DataFrame) -> pd.DataFrame:
    """Our value beside each of R's: the rows given, with `ours` and the absolute difference `difference`.

    Where both are unknown the difference is 0, and where only one is it is infinite.
    """
    named = expected["quantity"].str.extract(_NAMED)
    column = named["column"].fillna("estimate").mask(named["measure"].isin(["n", "events"]), named["measure"])
    asked = expected.assign(measure=named["measure"], column=column)
    parts = asked.groupby(["measure", "dataset", "interval", "given"])
    computed = pd.concat([pd.Series(_ours(of, rows), rows.index, dtype=float) for of, rows in parts])
    computed, wanted = computed[expected.index].to_numpy(), expected["value"].to_numpy(dtype=float)
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
