"""Every rule within a table (`columns`), of recorded times (`recorded`) and across tables: what cannot be true at once.

Those that ask of each row whether its columns and the dates of its patient agree stand in `rules.csv`.

Findings name places, never values.
"""

import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook.conventions import COMPETING, ERROR, WARNING, Finding, rows_of
from gistbook.intake.checks.cells import at, parsed, says_that_there_is_none, whole
from gistbook.intake.checks.columns import within
from gistbook.intake.checks.recorded import (
    BLANK_DEATH,
    NO_TIME,
    one_sided,
    one_sided_dates,
    within_times,
    without_symptoms,
)
from gistbook.intake.places import codes_of, places_of
from gistbook.intake.readers import by_distinct
from gistbook.intake.settings import Formats
from gistbook.schemas import AGAINST_RESISTANCE, INPUTS, OTHER_INDICATIONS, RESPONSES, names
from gistbook.spelling import OF_DEATH, plain_identifiers, plain_spelling

_NOT_LONG = ("patients", "adtte")
"""Tables whose texts need not be categorical, for they have few rows of each patient."""

_TOTALS = re.compile(
    r"(?:grand |sub-?)?totals?|sum|mean|average|median|summe|gesamt|mittelwert|somme|moyenne"
    r"|overall|count|number|range|minimum|maximum|standard deviation|std\.? ?dev|insgesamt|anzahl|durchschnitt"
    r"|standardabweichung|nombre|effectif|écart[- ]type"
    r"|(?:sub-?)?total .+|.+ (?:sub-?)?total[es]?|.+ totaal|(?:.+ |gesamt)ergebnis|eindtotaal|.+ [集総小合]計"
    r"|[総小]?計|合計|平均値?|中央値|標準偏差|全体|全例|件数|人数|症例数|n ?= ?\d+"
)
_OF_TOTALS, _WITHOUT_DIGIT = ("=", "total", "ergebnis", "totaal", "計"), re.compile(r"\n[^\d\n]*\n")
"""Words that stand in place of an identifier where a row sums up the others; what they hold if they have digits."""

_APART = 2**18
"""More days than pandas can tell, by which days of one course are kept apart from those of the next."""

_AT_ONCE = 2**19
"""Rows beside which the dates of their patients stand at once; beside all of a large table, they would fill memory."""

_OF_THE_PATIENT = ("resistance_date", "last_contact", "death_date")
_CORRECT = "Correct whichever of the two is wrong."

_RULES = rows_of(Path(__file__).with_name("rules.csv"))
"""The rules for rows of a table, beside which the dates of their patients stand; which are `broken`, as pandas asks."""


def check(
    mapped: dict[str, pd.DataFrame], formats: Formats, data_cutoff: date | None, parts: Collection[str] = ()
) -> tuple[dict, list[Finding]]:
    """Check and type every table: the tables that have rows, dates as dates and numbers as numbers, and every problem.

    The tables are meaningful where there is no error. `mapped` has tables by name, in our columns, as text, indexed by
    the row number in the user's file, `None` for one whose file could not be read. `formats` tells how dates and
    numbers are written; ISO 8601 is always read. No date may come after `data_cutoff`; without one, none may lie in the
    future. `parts` are codes of recorded times that others are made of, and that no chapter need show.
    """
    read = {table: rows for table, rows in mapped.items() if rows is not None}
    findings = list(_without_rows(mapped, read))
    for table, rows in read.items():
        # where times are recorded, the date of resistance is not needed
        needed = {column.name for column in INPUTS[table] if column.required}
        findings += within(table, rows, formats, needed - {"resistance_date"} if "adtte" in mapped else needed)
    typed = {table: _typed(table, rows, formats) for table, rows in read.items() if len(rows) or table == "patients"}
    findings += [*_across(typed), *_out_of_time(typed, formats.earliest, data_cutoff)]
    findings += within_times(typed.get("adtte", pd.DataFrame()), formats.times, parts)
    return typed, sorted(without_symptoms(findings), key=lambda finding: finding.column != "died")


def _without_rows(mapped: dict[str, pd.DataFrame], read: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    times = mapped.get("adtte")
    if "patients" not in mapped and ("adtte" not in mapped or (times is not None and times.empty)):
        remedy = "Add patients.csv, or name its file under [tables] in cohort.toml."
        yield Finding("patients", "", (), "the table is missing, and is the one that is required", remedy)
    fill_in = {"patients": ("Give it one row per patient.", ERROR)}
    otherwise = ("It is taken as not recorded; remove it, or fill it in.", WARNING)
    for table in [table for table, rows in read.items() if not len(rows)]:
        yield Finding(table, "", (), "the table has no rows", *fill_in.get(table, otherwise))


def _typed(table: str, rows: pd.DataFrame, formats: Formats) -> pd.DataFrame:
    kinds = {column.name: column for column in INPUTS[table] if column.kind != "text"}
    texts = rows.astype({name: object for name in rows if name not in kinds}) if table in _NOT_LONG else rows
    return texts.assign(**{name: parsed(kinds[name], rows[name], formats) for name in rows if name in kinds})


def _totals(table: str, identifiers: pd.Series) -> Iterator[Finding]:
    text = "\n".join(["", *identifiers, ""])
    if not _WITHOUT_DIGIT.search(text) and not any(part in text.casefold() for part in _OF_TOTALS):
        return
    cells = identifiers.astype(object)
    words = cells[~cells.str.contains(r"\d") | cells.str.contains("|".join(_OF_TOTALS), case=False)]
    plain = words.map(lambda cell: re.sub(r" ?\(.*\)$", "", plain_spelling(cell)).rstrip(" :."))
    remedy = "Delete it, or leave it out by where_not under [select.patients] in cohort.toml."
    totals = plain[[bool(_TOTALS.fullmatch(word)) for word in plain]]
    yield from at(table, identifiers.name, totals, ("a row of totals, and no patient", remedy))


def _across(typed: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    """Find what columns and tables say against one another; a column that is missing breaks no rule."""
    tables = {table: whole(table, typed.get(table, pd.DataFrame())) for table in INPUTS}
    whose = tables["patients"]["patient_id"] if "patients" in typed else tables["adtte"]["USUBJID"]
    yield from _totals("patients" if "patients" in typed else "adtte", whose)
    yield from _of_patients(tables)
    if "adtte" in typed:
        yield from _of_times(tables["adtte"], tables["patients"])
        yield from one_sided(tables["adtte"])
    else:
        yield from _about_death(typed.get("patients", pd.DataFrame()))
        yield from one_sided_dates(typed.get("patients", pd.DataFrame()))


def _of_patients(tables: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    patients, keys = tables["patients"], {table: names(INPUTS[table])[0] for table in tables}
    index = pd.Index(patients["patient_id"])
    named = "patients" if (index != "").any() else "adtte"
    yield from _one_patient_twice(named, tables[named][keys[named]].astype(object))
    places = {table: places_of(rows[keys[table]], index) for table, rows in tables.items()}
    for table, rows in tables.items():
        unknown = rows.iloc[np.flatnonzero(places[table] < 0)]
        if named == "patients":
            yield from _strangers(table, unknown.loc[unknown[keys[table]] != "", keys[table]], patients["patient_id"])
        yield from _in_rows(table, rows, patients, places[table])
    yield from _nearly_all_operated(patients, tables["operations"], places)
    yield from _ends_as_progressions(patients, tables["assessments"])
    yield from _never_assessed(patients, tables["assessments"], places)
    yield from _on_one_day(tables["operations"], tables["assessments"])
    taken = tables["exposures"][["patient_id", "drug", "start", "end"]]
    yield from _overlapping(taken[_fulfil(taken, "drug != '' and patient_id != '' and start.notna()")])


def _in_rows(table: str, rows: pd.DataFrame, patients: pd.DataFrame, places: np.ndarray) -> Iterator[Finding]:
    """Find rows that break a rule; the dates of their patients are put beside some of the rows at a time."""
    rules, dates = [each for each in _RULES if each["table"] == table], set(_OF_THE_PATIENT) - set(rows)
    broken = [[] for _ in rules]
    for first in range(0, len(rows), _AT_ONCE):
        own = places[first : first + _AT_ONCE]
        beside = {name: patients[name].array.take(own, allow_fill=True) for name in dates}
        some = rows.iloc[first : first + _AT_ONCE].assign(**beside)
        for found, each in zip(broken, rules, strict=True):
            found.append(first + np.flatnonzero(_fulfil(some, each["broken"].format(against=AGAINST_RESISTANCE))))
    for found, each in zip(broken, rules, strict=True):
        wrong = rows.iloc[np.concatenate(found)] if found else rows
        yield from at(table, each["column"], wrong, (each["rule"], each["remedy"]), each["severity"])


def _fulfil(rows: pd.DataFrame, condition: str) -> np.ndarray:
    """Tell which rows fulfil a condition, as pandas asks; it is shown no column but those that are named."""
    named = rows[[name for name in dict.fromkeys(re.findall(r"[A-Za-z_]+", condition)) if name in rows]]
    return named.eval(condition, engine="python").to_numpy(dtype=bool)


def _strangers(table: str, strangers: pd.Series, patients: pd.Series) -> Iterator[Finding]:
    if strangers.empty:
        return
    key, known = strangers.name, set(plain_identifiers(patients))
    nearly = np.array([plain in known for plain in plain_identifiers(strangers)])
    remedy = "Add the patient to patients, or correct the identifier."
    yield from at(table, key, strangers[~nearly], ("a patient that is not in patients", remedy))
    remedy = "Write it as there; it differs only in capitals, blanks, hyphens, full-width signs or leading zeros."
    yield from at(table, key, strangers[nearly], ("a patient that is nearly one in patients", remedy))


def _one_patient_twice(table: str, identifiers: pd.Series) -> Iterator[Finding]:
    distinct = identifiers[(identifiers != "") & ~identifiers.duplicated()]
    twice = distinct[pd.Series(plain_identifiers(distinct), dtype=object).duplicated().to_numpy()]
    remedy = "Keep one row of the patient; two patients need identifiers that differ in more than zeros and signs."
    yield from at(table, identifiers.name, twice, ("a patient that is there under another spelling", remedy))


def _are_among(places: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Tell which of some places, none of them -1, are among others."""
    among = np.zeros(max(places.max(initial=-1), others.max(initial=-1)) + 2, bool)
    among[others] = True
    return among[places]


def _nearly_all_operated(patients: pd.DataFrame, operations: pd.DataFrame, places: dict) -> Iterator[Finding]:
    """Find who alone of a recorded group has no operation for resistance: by them nobody of it enters late."""
    resistance = patients["resistance_date"].array.take(places["operations"], allow_fill=True)
    counts = (operations["operation_date"] >= resistance) & ~operations["indication"].isin(OTHER_INDICATIONS)
    operated = pd.Series(_are_among(places["patients"], places["operations"][counts]), patients.index)
    share = operated.groupby(patients["group"]).transform("mean")
    remedy = "So nobody of the group enters late, at the operation; add the operation if it is what makes the group."
    words = ("no operation for resistance, which most of the group have", remedy)
    yield from at("patients", "group", patients[~operated & (share > 0.5) & (patients["group"] != "")], words, WARNING)


def _ends_as_progressions(patients: pd.DataFrame, assessments: pd.DataFrame) -> Iterator[Finding]:
    """Find that most progressions are dated to the last contact of patients who live."""
    rows = assessments[(assessments["response"] == "PD") & assessments["assessment_date"].notna()]
    rows = rows[~rows["patient_id"].duplicated()]
    beside = patients.reset_index(drop=True).reindex(places_of(rows["patient_id"], pd.Index(patients["patient_id"])))
    ended = (rows["assessment_date"].to_numpy() == beside["last_contact"].to_numpy()) & beside["death_date"].isna()
    if ended.sum() > max(len(rows) / 2, 1):
        rule = f"{ended.sum()} of {len(rows)} first progressions are on the day of the last contact of a living patient"
        remedy = "If it is the last day of those without progression too, say by when = and is = who progressed."
        yield Finding("assessments", "assessment_date", (), rule, remedy, WARNING)


def _never_assessed(patients: pd.DataFrame, assessments: pd.DataFrame, places: dict) -> Iterator[Finding]:
    """Find who lives and has no assessment, where others have some without progression; if there are, of operated."""
    if (assessments["response"].isin(RESPONSES) & (assessments["response"] != "PD")).any():
        never = ~_are_among(places["patients"], places["assessments"])
        if len(places["operations"]):
            never &= _are_among(places["patients"], places["operations"])
        rows = patients[never & patients["resistance_date"].notna() & patients["death_date"].isna()]
        remedy = "Time without progression ends on its first day then; add the assessments if there were some."
        words = ("a patient without an assessment, which others have", remedy)
        yield from at("patients", "patient_id", rows, words, WARNING)


def _on_one_day(operations: pd.DataFrame, assessments: pd.DataFrame) -> Iterator[Finding]:
    """Find a second operation of a patient on one day, and a progression beside another response on one day."""
    course = ["patient_id", "operation_date"]
    close = operations[operations.duplicated(course, keep=False) & operations["operation_date"].notna()]
    again = close[close.duplicated(course) & ~close.duplicated()]
    remedy = "Each counts as an operation; write one row for one operation, with its procedures in one cell."
    yield from at(
        "operations", "operation_date", again, ("the day of another operation of the patient", remedy), WARNING
    )
    days = assessments["assessment_date"].to_numpy().astype("datetime64[D]").astype(int)
    days += _APART * codes_of(assessments["patient_id"]).astype(int)
    progressed = ((assessments["response"] == "PD") & assessments["assessment_date"].notna()).to_numpy()
    others = pd.Series(days[~progressed])
    beside = assessments[progressed & np.isin(days, others[others.isin(days[progressed])].unique())]
    words = ("a progression on the day of another response of the patient", "It counts; correct one of the two.")
    yield from at("assessments", "response", beside, words, WARNING)


def _overlapping(rows: pd.DataFrame) -> Iterator[Finding]:
    drug, drugs = pd.factorize(by_distinct(rows["drug"], lambda texts: texts.str.casefold()))
    course = _APART * (len(drugs) * codes_of(rows["patient_id"]).astype(int) + drug)
    last_day = rows["end"].fillna(pd.Timestamp.max)
    start, end = (course + days.to_numpy().astype("datetime64[D]").astype(int) for days in (rows["start"], last_day))
    order = np.argsort(start, kind="stable")
    before, start, order = np.maximum.accumulate(end[order])[:-1], start[order][1:], order[1:]
    remedy = "Give the earlier period its last day, or correct the first day of this one."
    early = rows.iloc[order[start < before]].sort_index()
    yield from at("exposures", "start", early, ("overlaps an earlier period of the drug", remedy))
    remedy = "One day is counted at both doses; end the earlier period the day before."
    shared = rows.iloc[order[start == before]].sort_index()
    yield from at("exposures", "start", shared, ("is also the last day of the period before", remedy), WARNING)


def _about_death(patients: pd.DataFrame) -> Iterator[Finding]:
    died, cause = (patients.get(name, pd.Series("", patients.index)) for name in ("died", "cause_of_death"))
    for column, dead in (("died", died == "yes"), ("cause_of_death", cause != "")):
        if "death_date" in patients:
            remedy = "Fill in the date of death, or correct the other column."
            blank = patients[dead & patients["death_date"].isna()]
            yield from at("patients", "death_date", blank, (f"{BLANK_DEATH} {column} tells of a death", remedy))
        elif dead.any():
            rule = f"the column is missing, though {column} tells of deaths"
            remedy = "Add it, or say under [columns.patients] in cohort.toml which of yours it is."
            yield Finding("patients", "death_date", (), rule, remedy)
    if "death_date" in patients:
        wrong = patients[(died == "no") & patients["death_date"].notna()]
        yield from at("patients", "death_date", wrong, ("filled in, though died says no", _CORRECT))


def _of_deaths(times: pd.DataFrame, patients: pd.DataFrame) -> Iterator[Finding]:
    """Find overall survival that contradicts what stands beside it, or in the table of patients, of a death."""
    rows = times[times["PARAMCD"].astype(object).str.fullmatch(r"OS\d*").astype(bool) & times["CNSR"].notna()]
    beside = rows["EVNTDESC"].astype(object).str.casefold()
    dead = patients["death_date"].notna() | (patients["died"] == "yes") | (patients["cause_of_death"] != "")
    whose = rows["USUBJID"].astype(object)
    is_dead = beside.str.contains(OF_DEATH).astype(bool) | whose.isin(patients.index[dead])
    denied = by_distinct(beside, lambda texts: texts.map(says_that_there_is_none))
    lives = denied | whose.isin(patients.index[patients["died"] == "no"])
    is_censored = (rows["CNSR"] > 0) & (rows["EVNTDESC"] != COMPETING)
    remedy = "In CNSR 0 is an event; correct whichever is wrong, or say what your codes mean, in cohort.toml."
    words = ("censored, though a death of the patient is told", remedy)
    yield from at("adtte", "CNSR", rows[is_censored & is_dead], words, WARNING)
    words = ("a death, though the patient is said to live", remedy)
    yield from at("adtte", "CNSR", rows[(rows["CNSR"] == 0) & lives & ~is_dead], words, WARNING)


def _of_times(times: pd.DataFrame, patients: pd.DataFrame) -> Iterator[Finding]:
    each = patients.drop_duplicates("patient_id").set_index("patient_id")
    group = times["USUBJID"].map(each["group"])
    other = times[times["TRTA"].isin(set(each["group"]) - {""}) & (group != times["TRTA"]) & (group != "")]
    words = ("another group than in the table of patients", "That of the table of patients counts; correct one.")
    yield from at("adtte", "TRTA", other, words, WARNING)
    yield from _of_deaths(times, each)
    dated = times["ADT"] - times["STARTDT"]
    words = (NO_TIME, "Fill in AVAL, or both STARTDT and ADT.")
    yield from at("adtte", "AVAL", times[dated.isna() & times["AVAL"].isna()], words)
    if (times["USUBJID"] != "").any():
        without = patients[~patients["patient_id"].isin(times["USUBJID"]) & (patients["patient_id"] != "")]
        remedy = "The patient is counted in the flow and not analysed; if the row is a total or a note, delete it."
        yield from at("patients", "patient_id", without, ("a patient without a row in adtte", remedy), WARNING)


def _out_of_time(typed: dict[str, pd.DataFrame], earliest: date, cutoff: date | None) -> Iterator[Finding]:
    limit, late = pd.Timestamp(cutoff or date.today()), "after the data cut-off" if cutoff else "in the future"
    right = "If it is right, say earliest = 1900-01-01, or another day, under [formats]."
    year_alone = f"Correct it; of a year alone, a spreadsheet makes a day in 1905. {right}"
    correct = f"Correct it{', or data_cutoff' if cutoff else ''}."
    for table, rows in typed.items():
        for column, days in rows.select_dtypes("datetime").items():
            yield from at(table, column, days[days < pd.Timestamp(earliest)], (f"before {earliest}", year_alone))
            yield from at(table, column, days[days > limit], (late, correct))
