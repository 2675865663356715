"""What recorded times say against one another, their own dates, and the length of a life."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gistbook.conventions import DAYS_PER_UNIT, SAME_TIME, WARNING, Finding
from gistbook.intake.checks.cells import at
from gistbook.schemas import PARAMCDS

LONGEST_YEARS = 40
"""Years after which a time is rather one in another unit: 500 days that are taken for months are 41 years."""

_PAIRS = tuple((paramcd, f"PFS{paramcd[2:]}") for paramcd in PARAMCDS if paramcd.startswith("OS"))
"""Overall and progression-free survival from one time zero."""

_CORRECT = "Correct whichever is wrong; "


def contradictions(times: pd.DataFrame, unit: str) -> Iterator[Finding]:
    """Find recorded times that cannot be meant as they are read; `unit` is that of times beside which none stands."""
    if not {"USUBJID", "PARAMCD", "CNSR"} <= set(times):
        return
    remedy = "Write 0 for an event, and 1 or more for censored."
    yield from at("adtte", "CNSR", times[times["CNSR"] % 1 > 0], ("no whole number", remedy))
    yield from _of_two_groups(times)
    rows = _in_days(times, unit)
    rule = f"a time longer than {LONGEST_YEARS} years, as its unit is read"
    remedy = "Correct the unit if the times are in another one."
    yield from at("adtte", "AVAL", rows[rows["days"] > LONGEST_YEARS * DAYS_PER_UNIT["years"]], (rule, remedy), WARNING)
    words = ("its own dates are another time apart", f"{_CORRECT}AVAL counts, in its unit, and not the dates.")
    yield from at("adtte", "AVAL", rows[(rows["days"] - rows["dated"]).abs() > 1 + rows["unit"]], words, WARNING)
    for paramcd, progression in _PAIRS:
        yield from _of_a_pair(rows[rows["PARAMCD"] == progression], rows[rows["PARAMCD"] == paramcd])


def _of_two_groups(times: pd.DataFrame) -> Iterator[Finding]:
    """Find rows of a patient in another group than the patient's first row, which alone would count."""
    if "TRTA" not in times:
        return
    grouped = times[times["TRTA"] != ""]
    first = grouped.groupby("USUBJID", observed=True)["TRTA"].transform("first")
    words = ("another group than in an earlier row of the patient", "Give a patient one group; blank cells may stay.")
    yield from at("adtte", "TRTA", grouped[grouped["TRTA"] != first], words)


def _in_days(times: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The times with their length in days, the days between their own dates, and the days of their unit."""
    nothing = pd.Series(np.nan, times.index)
    units = times.get("AVALU", nothing).mask(lambda each: each == "").fillna(unit).map(DAYS_PER_UNIT)
    both = {"STARTDT", "ADT"} <= set(times)
    dated = (times["ADT"] - times["STARTDT"]).dt.days.astype(float) if both else nothing
    days = times.get("AVAL", nothing) * units
    return times.assign(days=days.fillna(dated), dated=dated, unit=units.where(days.notna(), 1.0))


def _of_a_pair(progression: pd.DataFrame, survival: pd.DataFrame) -> Iterator[Finding]:
    """Find progression-free survival that outlives the patient, or that a death does not end.

    Times in two units are told only if they differ by more than the longer unit.
    """
    if progression.empty or survival.empty:
        return
    pfs, os = progression["PARAMCD"].iloc[0], survival["PARAMCD"].iloc[0]
    beside = survival.drop_duplicates("USUBJID").set_index("USUBJID").reindex(progression["USUBJID"])
    days, unit, censored = (beside[name].to_numpy() for name in ("days", "unit", "CNSR"))
    margin = np.where(progression["unit"] == unit, SAME_TIME, np.maximum(progression["unit"], unit))
    later = progression["days"] - days
    remedy = f"{_CORRECT}a patient is not known to be without progression longer than to be alive."
    yield from at("adtte", "AVAL", progression[later > margin], (f"{pfs} ends later than {os}", remedy), WARNING)
    rule = f"{pfs} is censored when the patient died, and a death is an event of it"
    remedy = f'If it is the time to progression alone, name it TTP, and say earlier_of = ["TTP", "{os}"] for {pfs}.'
    together = (later.abs() <= SAME_TIME) & (censored == 0) & (progression["CNSR"] > 0)
    yield from at("adtte", "CNSR", progression[together], (rule, remedy), WARNING)
