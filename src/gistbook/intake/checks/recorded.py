"""What recorded times say against one another, their own dates, and the length of a life."""

import re
from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from gistbook.conventions import DAYS_PER_UNIT, SAME_TIME, WARNING, Finding, shown
from gistbook.intake.checks.cells import at, whole
from gistbook.schemas import PARAMCDS, TIME_UNITS

LONGEST_YEARS = 40
"""Years after which a time is rather one in another unit: 500 days that are taken for months are 41 years."""

_MOST_CODES, _FEWEST_DEAD = 10, 3
"""Codes that are named, and patients who died and were censored before, from which it is told."""

NO_NUMBER, NO_TIME = "not a number", "no time"
_NO_DATE, _ARE_DATED = "not a date", "patients have a date of death"
BLANK_DEATH = "blank, though"

_CORRECT = "Correct whichever is wrong; "
_AS_BEFORE = " To pass it over, as gistbook 0.1 did, say ENTRYDY = [] under [columns.adtte]."


def within_times(times: pd.DataFrame, unit: str, parts: Collection[str]) -> Iterator[Finding]:
    """Find recorded times without a unit, which no chapter shows, or that cannot be meant as they are read.

    `unit` is that of times beside which none stands, `parts` are codes that others are made of.
    """
    all_columns = whole("adtte", times)
    yield from _not_shown(all_columns, parts)
    rows = _in_days(all_columns, unit)
    days = 'say times = "days" under [formats], if they are days, as gistbook 0.1 took them to be.'
    remedy = f"Add AVALU ({', '.join(TIME_UNITS)}), or {days}"
    unknown = rows[rows["AVAL"].notna() & (rows["AVALU"] == "") & (unit == "")]
    yield from at("adtte", "AVAL", unknown, ("a time without its unit", remedy))
    yield from _entries(rows)
    if {"USUBJID", "PARAMCD", "CNSR"} <= set(times):
        yield from _contradictions(rows)


def _not_shown(times: pd.DataFrame, parts: Collection[str]) -> Iterator[Finding]:
    """Find endpoints that no chapter shows; they are named if they are codes, for anything may stand in the column."""
    codes = set(times["PARAMCD"].unique()) - {"", *PARAMCDS, *parts}
    named = sorted(code for code in codes if re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", code))[:_MOST_CODES]
    if codes:
        more = f", and {len(codes) - len(named)} more" if len(codes) > len(named) else ""
        rule = f"endpoints that no chapter shows: {', '.join(named) or 'codes of another form'}{more if named else ''}"
        remedy = f"There is: {', '.join(PARAMCDS)}. Translate yours under [values.adtte.PARAMCD], if one is meant."
        yield Finding("adtte", "PARAMCD", (), rule, remedy, WARNING)


def _entries(times: pd.DataFrame) -> Iterator[Finding]:
    entered = times["ENTRYDY"].fillna(times["ENTRY"] * times["length"])
    blank = times[entered.isna() & entered.notna().groupby(times["PARAMCD"], observed=True).transform("any")]
    column, before = ("ENTRYDY", _AS_BEFORE) if times["ENTRYDY"].notna().any() else ("ENTRY", "")
    remedy = "Write 0 for a patient who was under observation from time zero on."
    yield from at("adtte", column, blank, ("blank, though others of the endpoint have it", f"{remedy}{before}"))
    left = times["days"] - entered
    words = ("comes under observation after the time ends", f"Correct whichever of the two is wrong.{before}")
    yield from at("adtte", column, times[left < -SAME_TIME], words)
    words = ("comes under observation when the time ends", "The patient is never at risk, and in no curve.")
    yield from at("adtte", column, times[(left.abs() <= SAME_TIME) & (entered > 0)], words, WARNING)


def _contradictions(rows: pd.DataFrame) -> Iterator[Finding]:
    remedy = "Write 0 for an event, and 1 or more for censored."
    yield from at("adtte", "CNSR", rows[rows["CNSR"] % 1 > 0], ("no whole number", remedy))
    grouped = rows[rows["TRTA"] != ""]
    first = grouped.groupby("USUBJID", observed=True)["TRTA"].transform("first")
    words = ("another group than in an earlier row of the patient", "Give a patient one group; blank cells may stay.")
    yield from at("adtte", "TRTA", grouped[grouped["TRTA"] != first], words)
    rule = f"a time longer than {LONGEST_YEARS} years, as its unit is read"
    remedy = "Correct the unit if the times are in another one."
    yield from at("adtte", "AVAL", rows[rows["days"] > LONGEST_YEARS * DAYS_PER_UNIT["years"]], (rule, remedy), WARNING)
    words = ("its own dates are another time apart", f"{_CORRECT}AVAL counts, in its unit, and not the dates.")
    yield from at("adtte", "AVAL", rows[(rows["days"] - rows["dated"]).abs() > 1 + rows["unit"]], words, WARNING)
    for paramcd in [each for each in PARAMCDS if each.startswith("OS")]:
        yield from _of_a_pair(rows[rows["PARAMCD"] == f"PFS{paramcd[2:]}"], rows[rows["PARAMCD"] == paramcd])


def without_symptoms(findings: list[Finding]) -> Iterator[Finding]:
    """The findings, but for those that are so only because cells could not be read, of which another one tells."""

    def rows_of(column: tuple[str, str], rule: str) -> set[int]:
        return {row for each in findings if each[:2] == column and each.rule == rule for row in each.rows}

    unread, undated = rows_of(("adtte", "AVAL"), NO_NUMBER), rows_of(("patients", "death_date"), _NO_DATE)
    no_deaths = any(each[:2] == ("patients", "death_date") and each.rule == _NO_DATE for each in findings)
    for each in findings:
        explained = unread if each.rule == NO_TIME else undated if each.rule.startswith(BLANK_DEATH) else ()
        rows = tuple(row for row in each.rows if row not in explained)
        if (rows or not each.rows) and not (no_deaths and each.rule.endswith(_ARE_DATED)):
            yield each._replace(rows=rows)


def one_sided(times: pd.DataFrame) -> Iterator[Finding]:
    """Find endpoints of which, as CNSR is read, nobody has the event, or nobody is censored."""
    for paramcd, censored in (
        times.query("PARAMCD != ''").dropna(subset="CNSR").groupby("PARAMCD", observed=True)["CNSR"]
    ):
        events, many, code = int((censored == 0).sum()), len(censored), shown(str(paramcd))
        if many > 1 and events in (0, many):
            rule = f"{events} of {many} rows of {code} have the event, as CNSR is read: 0 is an event"
            under = f"[values.adtte.CNSR], or list them under [endpoints.{code}] if they stand there,"
            remedy = f"If the codes mean something else, translate them under {under} in cohort.toml."
            yield Finding("adtte", "CNSR", (), rule, remedy, WARNING)


def one_sided_dates(patients: pd.DataFrame) -> Iterator[Finding]:
    """Find that nobody, or everybody, has a date of death, unless a column says who died."""
    if not len(patients) > 1 or not {"last_contact", "death_date"} & set(patients):
        return
    if (patients.get("died", pd.Series("")) != "").any():
        return
    deaths, many = int(patients["death_date"].notna().sum()) if "death_date" in patients else 0, len(patients)
    nobody = "So no survival has a death as its event; if patients died, name the column with the dates of death."
    everybody = "If it is the last day of those who live too, say who died, by when = and is =, as data/README.md"
    if deaths in (0, many):
        remedy = f"{everybody} tells of [[tables.patients]]." if deaths else nobody
        rule = f"{deaths} of {many} {_ARE_DATED}"
        yield Finding("patients", "death_date", (), rule, remedy, WARNING)


def _in_days(times: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The times with the days of what is their unit or `unit`, their length in days, and the days between their dates.

    Where the dates alone tell a time, its `unit` is a day.
    """
    length = times["AVALU"].replace("", unit).map(DAYS_PER_UNIT).astype(float)
    dated = (times["ADT"] - times["STARTDT"]).dt.days.astype(float)
    days = times["AVAL"] * length
    return times.assign(length=length, days=days.fillna(dated), dated=dated, unit=length.where(days.notna(), 1.0))


def _of_a_pair(progression: pd.DataFrame, survival: pd.DataFrame) -> Iterator[Finding]:
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
    of_dead = (censored == 0) & (progression["CNSR"] > 0) & ~together
    by_death = (censored == 0) & (later.abs() <= margin) & (progression["CNSR"] == 0)
    if of_dead.sum() >= _FEWEST_DEAD and not (together | by_death).any():
        rule = f"{pfs} is censored before a death, and no death is an event of it"
        yield from at("adtte", "CNSR", progression[of_dead], (rule, remedy), WARNING)
