"""What recorded times say against one another, their own dates, and the length of a life."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gistbook.conventions import DAYS_PER_UNIT, SAME_TIME, WARNING, Finding, shown
from gistbook.intake.checks.cells import at
from gistbook.schemas import PARAMCDS

LONGEST_YEARS = 40
"""Years after which a time is rather one in another unit: 500 days that are taken for months are 41 years."""

_PAIRS = tuple((paramcd, f"PFS{paramcd[2:]}") for paramcd in PARAMCDS if paramcd.startswith("OS"))
"""Overall and progression-free survival from one time zero."""

NO_NUMBER, NO_TIME = "not a number", "no time"

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


def without_symptoms(findings: list[Finding]) -> Iterator[Finding]:
    """The findings, but for times that are blank only because their cells could not be read, of which one tells."""
    unread = {row for each in findings if each[:2] == ("adtte", "AVAL") and each.rule == NO_NUMBER for row in each.rows}
    for each in findings:
        rows = tuple(row for row in each.rows if each.rule != NO_TIME or row not in unread)
        if rows or not each.rows:
            yield each._replace(rows=rows)


def one_sided(times: pd.DataFrame) -> Iterator[Finding]:
    """Find endpoints of which, as CNSR is read, nobody has the event, or nobody is censored."""
    if not {"PARAMCD", "CNSR"} <= set(times):
        return
    for paramcd, censored in times.dropna(subset="CNSR").groupby("PARAMCD", observed=True)["CNSR"]:
        events, many, code = int((censored == 0).sum()), len(censored), shown(str(paramcd))
        if many > 1 and events in (0, many):
            rule = f"{events} of {many} rows of {code} have the event, as CNSR is read: 0 is an event"
            under = f"[values.adtte.CNSR], or list them under [endpoints.{code}] if they stand there,"
            remedy = f"If the codes mean something else, translate them under {under} in cohort.toml."
            yield Finding("adtte", "CNSR", (), rule, remedy, WARNING)


def one_sided_dates(patients: pd.DataFrame) -> Iterator[Finding]:
    """Find that nobody, or everybody, has a date of death, unless a column says who died."""
    if not len(patients) > 1 or (patients.get("died", pd.Series("")) != "").any():
        return
    deaths = int(patients["death_date"].notna().sum()) if "death_date" in patients else 0
    remedies = {
        0: "So no survival has a death as its event; if patients died, name the column with the dates of death.",
        len(
            patients
        ): "If it is the last day of those who live too, say who died, by when = and is =, as data/README.md "
        "tells of [[tables.patients]].",
    }
    if deaths in remedies:
        rule = f"{deaths} of {len(patients)} patients have a date of death"
        yield Finding("patients", "death_date", (), rule, remedies[deaths], WARNING)


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
