"""The same cohort under another definition, and one endpoint under other assumptions, one changed at a time.

Each set differs from the base analysis by what one rule does to a few patients, and two sets without one patient differ
by that patient. So there are none where a policy coarsens: rounding each set would not hide the difference.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis import endpoints, estimates, lifetable
from gistbook.analysis.disclosure import exact_only
from gistbook.analysis.estimates import steps
from gistbook.conventions import ACCESS, INTERVAL
from gistbook.intake.places import NO_DAY, beside, by_day, of_each, places_in
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

MOST_PATIENTS = 500
"""Among more analysed patients than this no single one decides, and none is left out in turn."""

AS_IT_IS, NEW_TREATMENT = "as in its chapter", "a new treatment censors"


class Alternative(NamedTuple):
    """One set: the assumption that is changed, what it is set to, its counts in one group, and the interval's scale."""

    assumption: str
    setting: str
    counts: pd.DataFrame
    interval: str = INTERVAL


def of_leading(cohort, origin: str, scan_days: int, rules: list[tuple], fewest: int) -> list[Alternative]:
    """The leading endpoint of all patients under each assumption that the records let one change, the base first.

    None without one patient if the cohort is confidential: the difference between two of them is a patient.
    `scan_days`: planned days between scans; `rules` for resistance, as `regroupings` gives them; `fewest`: as for
    `lifetable.from_enough`. Raises `UsageError` where a policy coarsens.
    """
    exact_only(cohort.policy)
    what, adtte = endpoints.leading(cohort, origin)

    def pooled(adtte: pd.DataFrame) -> pd.DataFrame:
        return lifetable.pool(lifetable.protected(adtte, cohort.policy, fewest))

    def counted(version, zero: str) -> pd.DataFrame:
        name, adtte = endpoints.leading(version, zero)
        return pooled(adtte if name == what else adtte.iloc[:0])

    base = pooled(adtte)
    if base.empty:
        return []
    zeros = [zero for zero in endpoints.ORIGINS if zero != origin]
    versions = of_progression(cohort, origin, scan_days)
    made = [
        Alternative(BASE, f"from {endpoints.clock(cohort, origin)}", base),
        *(Alternative(SCALE, scale, base, scale) for scale in steps.TRANSFORMATIONS if scale != INTERVAL),
        *(Alternative(TIME_ZERO, endpoints.clock(cohort, zero), counted(cohort, zero)) for zero in zeros),
        *(Alternative(PROGRESSION, name, counted(version(), origin)) for name, version in versions.items()),
        *(Alternative(RESISTANCE, f"localized: {rule}", counted(other, origin)) for rule, other, (n, _) in rules if n),
        *([] if cohort.access == ACCESS[-1] else without_one(base)),
    ]
    return [each for each in made if each.counts["count"].sum()]


def without_one(counts: pd.DataFrame) -> list[Alternative]:
    """The counts of one group without one patient, named by the rank of how far that moves the median.

    Patients of one course share a set, and so ranks. The first `MOST_LEFT_OUT` sets; none of one patient alone.
    """
    patients = counts["count"].sum()
    if patients < 2:
        return []
    whole = _median(counts)
    left_out = zip(counts["count"], each_left_out(counts), strict=False)
    sets = sorted(left_out, key=lambda each: -abs(_median(each[1]) - whole))
    last = np.cumsum([many for many, _ in sets])
    ranks = [f"{end}" if many == 1 else f"{end - many + 1} to {end}" for end, (many, _) in zip(last, sets, strict=True)]
    made = [Alternative(ONE_FEWER, f"{rank} of {patients}", each) for rank, (_, each) in zip(ranks, sets, strict=True)]
    return made[:MOST_LEFT_OUT]


def curves(sets: list[Alternative]) -> pd.DataFrame:
    """Kaplan-Meier curve of each set: columns of `schemas.CURVE` and its names, the group being its number from 0."""
    return _of_each(sets, estimates.survival)


def at_risk(sets: list[Alternative], unit: Unit = MONTHS) -> pd.DataFrame:
    """Patients at risk in each set at the ticks of one axis: `group` as of `curves`, `time` in days, `at_risk`."""
    ticks = [tick * unit.days for tick in estimates.ticks(curves(sets), unit=unit)]
    return _of_each(sets, lambda counts, _: estimates.number_at_risk(counts, ticks))


def medians(sets: list[Alternative]) -> pd.DataFrame:
    """Median of each set, in days: columns of `schemas.ESTIMATES` and its names, the group as of `curves`."""
    return _of_each(sets, lambda *of: estimates.quantile(estimates.survival(*of)))


def dating(sets: list[Alternative]) -> list[tuple[str, str, pd.DataFrame]]:
    """The median, in days, of the base and of each set that dates or censors progression otherwise, with its names."""
    called = [(each, AS_IT_IS if each.assumption == BASE else each.setting) for each in sets]
    dated = [(each, name) for each, name in called if each.assumption in (BASE, PROGRESSION)]
    return [("Progression", name, estimates.median_of(each.counts)) for each, name in dated]


def _of_each(sets: list[Alternative], estimated: Callable) -> pd.DataFrame:
    """What is estimated of the counts of each set, or of nobody, with the names of the set."""
    parts = [
        estimated(each.counts.assign(group=n), each.interval).assign(assumption=each.assumption, setting=each.setting)
        for n, each in enumerate(sets or [Alternative("", "", lifetable.together({}))])
    ]
    return pd.concat(parts, ignore_index=True)


def _median(counts: pd.DataFrame) -> float:
    """Median in days, for an order: one that is not reached lies beyond all."""
    median = float(estimates.median_of(counts)["estimate"].iloc[0])
    return median if np.isfinite(median) else float(np.finfo(float).max)


def of_progression(cohort, origin: str, scan_days: int) -> dict[str, Callable]:
    """By name what makes a cohort under each other way to date or to censor progression that its records allow.

    `scan_days`: planned days from one scan to the next. Reference: FDA. Clinical Trial Endpoints for the Approval of
    Cancer Drugs and Biologics. Guidance for Industry. 2018 (new treatment, and two or more missed assessments).
    """
    left_out, longest = not_tried(cohort), 2 * scan_days
    return {name: partial(make, cohort, origin, longest) for name, make in _VERSIONS.items() if name not in left_out}


def not_tried(cohort) -> dict[str, str]:
    """The definitions of progression that the records of a cohort leave no room for, each with the reason."""
    if cohort.adtte is not None:
        return dict.fromkeys(_VERSIONS, "times are recorded as such")
    of_scans = [name for name in _VERSIONS if name != NEW_TREATMENT and endpoints.progressions_only(cohort)]
    untreated = [NEW_TREATMENT] if cohort.adsl["TKI2DT"].isna().all() else []
    return dict.fromkeys(of_scans, "no scan without progression is recorded") | dict.fromkeys(
        untreated, "no other drug is recorded"
    )


def before_missed(cohort, origin: str, longest_days: int, events: list[str]):
    """A cohort in which an event more than so many days after the last scan before it is censored at that scan.

    Without such a scan the days count from coming under observation. `events`: which: `progression`, `death`.
    """
    adsl, scans, places = cohort.adsl, cohort.assessments, places_in(cohort.adsl, cohort.assessments)
    entry = endpoints.under_observation_from(cohort, origin)
    pfs = endpoints.derive_pfs(cohort, origin)[["ADT", "EVNTDESC"]].set_axis(entry.dropna().index).reindex(adsl.index)
    seen = (scans["AVALC"] != "PD").to_numpy() & (scans["ADT"] < beside(pfs["ADT"], places)).to_numpy()
    before = of_each(adsl, scans["ADT"].where(seen), places, "max").where(lambda day: day > entry).fillna(entry)
    late = pfs["EVNTDESC"].isin(events) & ((pfs["ADT"] - before).dt.days > longest_days)
    return _observed_until(cohort, before.where(late))


def dated_at_midpoint(cohort, origin: str):
    """A cohort whose progressions are dated half-way between the scan that shows them and the one before.

    Of a first scan after the patient came under observation for this origin, the interval begins on that day, so that
    no progression is moved to before it.
    """
    places, days = places_in(cohort.adsl, cohort.assessments), cohort.assessments["ADT"].to_numpy()
    order = by_day(places, days)
    scans, whose, days = cohort.assessments.iloc[order], places[order], days[order]
    rows = np.flatnonzero(scans["AVALC"] == "PD")
    seen, entry = days[rows], beside(endpoints.under_observation_from(cohort, origin), whose[rows])
    entry = np.where(entry < seen, entry, NO_DAY)
    before = np.where((rows > 0) & (whose[rows - 1] == whose[rows]), days[rows - 1], NO_DAY)
    before = np.where(np.isnat(before) | (before < entry), entry, before)
    middle = (before + (seen - before) // 2).astype("datetime64[D]").astype(seen.dtype)
    middle = np.where(middle == entry, entry + np.timedelta64(1, "D"), middle)
    days[rows] = np.where(np.isnat(before), seen, middle)
    return cohort._replace(assessments=scans.assign(ADT=days))


def _observed_until(cohort, last: pd.Series):
    """A cohort observed up to a day of each patient, where there is one before last contact, as if lost there."""
    adsl = cohort.adsl
    cut = last < adsl["LSTALVDT"]
    last = adsl["LSTALVDT"].mask(cut, last)
    adsl = adsl.assign(DTHDT=adsl["DTHDT"].mask(cut), LSTALVDT=last)
    if cohort.assessments is None:
        return cohort._replace(adsl=adsl)
    until = beside(last, places_in(adsl, cohort.assessments))
    return cohort._replace(adsl=adsl, assessments=cohort.assessments[cohort.assessments["ADT"] <= until])


_VERSIONS = {
    "dated half-way to the scan before": lambda cohort, origin, _: dated_at_midpoint(cohort, origin),
    NEW_TREATMENT: lambda cohort, *_: _observed_until(cohort, cohort.adsl["TKI2DT"]),
    "censored at last contact": lambda cohort, *_: cohort._replace(
        assessments=cohort.assessments[cohort.assessments["AVALC"] == "PD"]
    ),
    "death after two or more missed scans is censored": lambda *given: before_missed(*given, ["death"]),
    "any event after two or more missed scans is censored": lambda *given: before_missed(
        *given, ["death", "progression"]
    ),
}
"""Other definitions of progression, by name: each of a cohort, an origin, and the days within which scans are planned
twice."""


def each_left_out(counts: pd.DataFrame) -> list[pd.DataFrame]:
    """The counts without one subject, once for every kind of course; none of more than `MOST_PATIENTS`."""
    if counts["count"].sum() > MOST_PATIENTS:
        return []
    lowered = [counts.assign(count=counts["count"] - (counts.index == row)) for row in counts.index]
    return [frame[frame["count"] > 0] for frame in lowered]
