"""One endpoint under other assumptions, one of them changed at a time: the counts that a reader can choose between.

Each set differs from the base analysis by what one rule does to a few patients, and two sets without one patient differ
by that patient. So there are none where a policy coarsens: rounding each set would not hide the difference.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis import endpoints, estimates, lifetable, variants
from gistbook.analysis.disclosure import exact_only
from gistbook.analysis.estimates import steps
from gistbook.conventions import ACCESS, INTERVAL
from gistbook.intake.cohort import regrouped, regroupings
from gistbook.schemas import CURVE, ESTIMATES, names
from gistbook.units import MONTHS, Unit

BASE = "Base analysis"
TIME_ZERO, SCALE, PROGRESSION, RESISTANCE, ONE_FEWER = (
    "Time zero",
    "Scale of the interval",
    "Progression and censoring",
    "Resistance rule",
    "Without one patient, in order of effect",
)
"""The assumptions, in the words of the page."""

MOST_LEFT_OUT = 40
"""Sets without one patient of which a page shows the curve: those that move the median most."""


class Alternative(NamedTuple):
    """One set: the assumption that is changed, what it is set to, its counts in one group, and the interval's scale."""

    assumption: str
    setting: str
    counts: pd.DataFrame
    interval: str = INTERVAL


def of_leading(cohort, origin: str, scan_days: int, limits: list[int], fewest: int) -> list[Alternative]:
    """The leading endpoint of all patients under each assumption that the records let one change, the base first.

    No set without one patient is made of a confidential cohort, not even where numbers are exact and for one's own
    eyes: the difference between two of them is a patient. Raises `UsageError` where a policy coarsens.

    `scan_days`: planned days from one scan to the next; `limits`: numbers of growing lesions up to which resistance is
    called localized; `fewest`: as for `lifetable.from_enough`.
    """
    exact_only(cohort.policy)
    what, _ = endpoints.leading(cohort, origin)

    def counted(version, zero: str) -> pd.DataFrame:
        name, adtte = endpoints.leading(version, zero)
        adtte = adtte if name == what else adtte.iloc[:0]
        return lifetable.pool(lifetable.protected(adtte, cohort.policy, fewest))

    base = counted(cohort, origin)
    if base.empty:
        return []
    zeros = [zero for zero in endpoints.ORIGINS if zero != origin]
    versions = {**_dated(cohort, origin, scan_days), **_regrouped(cohort, limits)}
    made = [
        Alternative(BASE, f"from {endpoints.clock(cohort, origin)}", base),
        *(Alternative(SCALE, scale, base, scale) for scale in steps.TRANSFORMATIONS if scale != INTERVAL),
        *(Alternative(TIME_ZERO, endpoints.clock(cohort, zero), counted(cohort, zero)) for zero in zeros),
        *(Alternative(*name, counted(version, origin)) for name, version in versions.items()),
        *([] if cohort.access == ACCESS[-1] else without_one(base)),
    ]
    return [each for each in made if each.counts["count"].sum()]


def without_one(counts: pd.DataFrame) -> list[Alternative]:
    """The counts of one group without one patient, in the order of how far that moves the median, and named by the
    rank.

    Patients who have the same course share a set, and so ranks. The first `MOST_LEFT_OUT` sets; none of one patient
    alone.
    """
    patients = counts["count"].sum()
    if patients < 2:
        return []
    whole = _median(counts)
    left_out = zip(counts["count"], variants.each_left_out(counts), strict=False)
    sets = sorted(left_out, key=lambda each: -abs(_median(each[1]) - whole))
    last = np.cumsum([many for many, _ in sets])
    ranks = [f"{end}" if many == 1 else f"{end - many + 1} to {end}" for end, (many, _) in zip(last, sets, strict=True)]
    made = [Alternative(ONE_FEWER, f"{rank} of {patients}", each) for rank, (_, each) in zip(ranks, sets, strict=True)]
    return made[:MOST_LEFT_OUT]


def curves(sets: list[Alternative]) -> pd.DataFrame:
    """Kaplan-Meier curve of each set: columns of `schemas.CURVE` and `_NAMES`, the group being its number from 0."""
    return _of_each(sets, estimates.survival, names(CURVE))


def at_risk(sets: list[Alternative], unit: Unit = MONTHS) -> pd.DataFrame:
    """Patients at risk in each set at the ticks of one axis: `group` as of `curves`, `time` in days, `at_risk`."""
    ticks = [tick * unit.days for tick in estimates.ticks(curves(sets), unit=unit)]
    return _of_each(sets, lambda counts, _: estimates.number_at_risk(counts, ticks), ["group", "time", "at_risk"])


def medians(sets: list[Alternative]) -> pd.DataFrame:
    """Median of each set, in days: columns of `schemas.ESTIMATES` and `_NAMES`, the group as of `curves`."""
    return _of_each(sets, lambda *of: estimates.quantile(estimates.survival(*of)), names(ESTIMATES))


_NAMES = ("assumption", "setting")


def _of_each(sets: list[Alternative], estimated: Callable, columns: list[str]) -> pd.DataFrame:
    """What is estimated of the counts of each set, and the scale of its interval, with the names of the set."""
    parts = [
        estimated(each.counts.assign(group=n), each.interval).assign(assumption=each.assumption, setting=each.setting)
        for n, each in enumerate(sets)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*columns, *_NAMES])


def _dated(cohort, origin: str, scan_days: int) -> dict:
    versions = variants.of_progression(cohort, origin, scan_days)
    return {(PROGRESSION, name): version for name, version in versions.items() if name != variants.AS_IT_IS}


def _regrouped(cohort, limits: list[int]) -> dict:
    rules = zip(limits, regroupings(cohort, limits), strict=False)
    return {(RESISTANCE, f"localized: {rule}"): regrouped(cohort, n) for n, (rule, _, (moved, _)) in rules if moved}


def _median(counts: pd.DataFrame) -> float:
    """Median in days, for an order: one that is not reached lies beyond all."""
    median = float(estimates.median_of(counts)["estimate"].iloc[0])
    return median if np.isfinite(median) else float(np.finfo(float).max)
