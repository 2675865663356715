"""Localized patients from resistance on, operated or not: who waits for an operation, and who dies waiting.

Population throughout: every patient of the record with a date of resistance and localized resistance, and where no
pattern is recorded, every patient with that date. Those who die before an operation are in it, whom the groups of the
book leave out as localized and not operated. Nothing here may be shown under a disclosure policy that coarsens: it
divides the groups once more, and rests on late entry.
"""

import numpy as np
import pandas as pd

from gistbook.analysis import cases, contrasts, estimates, lifetable
from gistbook.conventions import CENSORED, CONFIDENCE_LEVEL, EVENT, INTERVAL
from gistbook.units import MONTHS, Unit

OPERATED, UNOPERATED, TOGETHER, WAITING = "Operated", "Not operated", "Operated or not", "Waiting patients"


def patients(cohort) -> pd.DataFrame:
    """The population, one row per patient: `USUBJID`, `TRTDY`, `AVAL` and `CNSR`, as `cases.naive` takes them.

    `TRTDY`: days from resistance to the first operation for it, NaN where there was none by death or last contact.
    """
    dated = cohort.adsl[cohort.adsl["RESISTDT"].notna()]
    if dated["RESPAT"].notna().any():
        dated = dated[dated["RESPAT"] == "localized"]
    ends = dated["DTHDT"].fillna(dated["LSTALVDT"])
    operated, last = ((day - dated["RESISTDT"]).dt.days for day in (dated["OPDT1"], ends))
    columns = {"TRTDY": operated.where(operated <= last).astype(float), "AVAL": last}
    died = np.where(dated["DTHDT"].notna(), EVENT, CENSORED)
    return pd.DataFrame({"USUBJID": dated["USUBJID"], **columns, "CNSR": died}).reset_index(drop=True)


def parts(rows: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """How many of the population were operated on, died waiting, and had no operation by last contact."""
    operated = rows["TRTDY"].notna()
    died = ~operated & (rows["CNSR"] == EVENT)
    counted = {"Operated on": operated, "Died before any operation": died}
    counted["Alive without an operation at last contact"] = ~operated & ~died
    return {name: (int(part.sum()), len(rows)) for name, part in counted.items()}


def ends_of_waiting(rows: pd.DataFrame) -> pd.DataFrame:
    """The end of each wait: an operation, or death before one, or last contact; as `lifetable.count_kinds` takes it."""
    operated = rows["TRTDY"].notna()
    ends = np.where(operated, "operation", "death before an operation")
    waited = rows.assign(AVAL=rows["TRTDY"].where(operated, rows["AVAL"]), EVNTDESC=ends, TRTA=WAITING, ENTRYDY=0.0)
    return waited.assign(CNSR=rows["CNSR"].where(~operated, EVENT))


def together(rows: pd.DataFrame) -> pd.DataFrame:
    """Survival of the whole population from resistance, as `lifetable.count` takes it."""
    return rows.assign(TRTA=TOGETHER, ENTRYDY=0.0)


def by_time(rows: pd.DataFrame) -> pd.DataFrame:
    """Every patient as not operated up to the operation, and as operated from then on: `cases.time_dependent`."""
    return _named(cases.time_dependent(rows))


def from_landmark(rows: pd.DataFrame, month: float, unit: Unit = MONTHS) -> pd.DataFrame:
    """Those followed beyond a landmark, by whether they were operated on by then: `cases.landmark`."""
    return _named(cases.landmark(rows, float(unit.landmarks(month))))


def at_landmark(
    rows: pd.DataFrame, month: float, months, interval: str = INTERVAL, unit: Unit = MONTHS
) -> pd.DataFrame:
    """Share alive at months counted from a landmark, by group, with events and those at risk: `estimates.by_then`.

    The groups are named with the landmark.
    """
    layout = from_landmark(rows, month, unit)
    name = unit.landmark(unit.landmarks(month))
    counts = lifetable.count(layout.assign(TRTA=layout["TRTA"] + f" by {name}"))
    return estimates.by_then(estimates.rate(estimates.survival(counts, interval), unit.landmarks(months)), counts)


def compared(rows: pd.DataFrame, landmarks, level: float = CONFIDENCE_LEVEL, unit: Unit = MONTHS) -> pd.DataFrame:
    """Hazard of death of the operated against those not operated, by time and from each landmark, in months.

    One row per analysis: columns of `schemas.ESTIMATES`, and the log-rank test's `statistic` and `p`; by time it is the
    test of Mantel and Byar, as the score test of the Cox model. NaN where there is nobody, or no death, to compare.
    """
    layouts = {"Time-dependent": by_time(rows)}
    times = {month: unit.landmark(unit.landmarks(month)) for month in landmarks}
    layouts |= {f"Landmark at {name}": from_landmark(rows, month, unit) for month, name in times.items()}
    return pd.concat([_compared(name, layout, level) for name, layout in layouts.items()], ignore_index=True)


def _compared(name: str, layout: pd.DataFrame, level: float) -> pd.DataFrame:
    counts, size = lifetable.count(layout), layout["USUBJID"].nunique()  # by time, an operated patient has two rows
    if set(counts["group"]) == {OPERATED, UNOPERATED}:
        ratio, test = contrasts.hazard_ratio(counts, UNOPERATED, level), contrasts.logrank(counts)
        return ratio.assign(group=name, n=size, statistic=test["statistic"], p=test["p"])
    nothing = dict.fromkeys(["estimate", "lower", "upper", "time", "statistic", "p"], np.nan)
    basis = {"n": size, "events": int((layout["CNSR"] == EVENT).sum()), "level": level}
    return pd.DataFrame([{"group": name, "measure": "hazard_ratio", "unit": "ratio", **nothing, **basis}])


def _named(layout: pd.DataFrame) -> pd.DataFrame:
    return layout.assign(TRTA=layout["TRTA"].map({cases.WITH: OPERATED, cases.WITHOUT: UNOPERATED}))
