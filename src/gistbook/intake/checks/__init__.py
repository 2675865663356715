"""Every rule within a table (`columns`), of recorded times (`recorded`) and across tables: what cannot be true at once.

Findings name places, never values.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date

import numpy as np
import pandas as pd

from gistbook.conventions import WARNING, Finding
from gistbook.intake.checks.cells import at, parsed
from gistbook.intake.checks.columns import MISSING, misspelt, within
from gistbook.intake.checks.recorded import NO_TIME, one_sided, one_sided_dates, within_times, without_symptoms
from gistbook.intake.readers import by_distinct, places_of
from gistbook.intake.settings import Formats
from gistbook.schemas import AGAINST_RESISTANCE, INPUTS, MEDICATION, OTHER_INDICATIONS, SURGERY, names
from gistbook.spelling import plain_identifier, plain_spelling

__all__ = ["MISSING", "check", "misspelt"]

_NOT_LONG = ("patients", "adtte")
"""Tables whose texts need not be categorical, for they have few rows of each patient."""

_TOTALS = re.compile(
    r"(?:grand |sub-?)?totals?|sum|mean|average|median|summe|gesamt|mittelwert|somme|moyenne"
    r"|overall|count|number|range|minimum|maximum|standard deviation|std\.? ?dev|insgesamt|anzahl|durchschnitt"
    r"|standardabweichung|nombre|effectif|écart[- ]type"
    r"|[総小]?計|合計|平均値?|中央値|標準偏差|全体|全例|件数|人数|症例数|n ?= ?\d+"
)
"""Words that stand in place of an identifier where a row sums up the others."""

_ORDER = {
    "patients": [("imatinib_start", "resistance_date"), ("resistance_date", "last_contact"),
                 ("resistance_date", "death_date"), ("last_contact", "death_date")],
    "operations": [("operation_date", "complication_date"), ("operation_date", "imatinib_restart"),
                   ("operation_date", "death_date"),
                   ("complication_date", "death_date"), ("imatinib_restart", "death_date")],
    "exposures": [("start", "end"), ("start", "death_date"), ("end", "death_date")],
    "assessments": [("assessment_date", "death_date")],
}  # fmt: skip
"""For each table, pairs of dates of one patient of which the later must not come before the earlier."""

_ALIVE = {
    "operations": ("operation_date", "complication_date", "imatinib_restart"),
    "exposures": ("start", "end"),
    "assessments": ("assessment_date",),
}
"""For each table, the dates on which a patient was alive."""

_OF_THE_PATIENT = ("resistance_date", "last_contact", "death_date")
_PATTERN_OF_GROUP = {SURGERY: "localized", MEDICATION: "generalized"}
_CORRECT = "Correct whichever of the two is wrong."


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
    findings += [*_totals(typed), *_across(typed, data_cutoff), *_too_early(typed, formats.earliest)]
    findings += within_times(typed.get("adtte", pd.DataFrame()), formats.times, parts)
    return typed, sorted(without_symptoms(findings), key=lambda finding: finding.column != "died")


def _without_rows(mapped: dict[str, pd.DataFrame], read: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    times = mapped.get("adtte")
    if "patients" not in mapped and ("adtte" not in mapped or (times is not None and times.empty)):
        remedy = "Add patients.csv, or name its file under [tables] in cohort.toml."
        yield Finding("patients", "", (), "the table is missing, and is the one that is required", remedy)
    for table in [table for table, rows in read.items() if not len(rows)]:
        if table == "patients":
            yield Finding(table, "", (), "the table has no rows", "Give it one row per patient.")
        else:
            remedy = "It is taken as not recorded; remove it, or fill it in."
            yield Finding(table, "", (), "the table has no rows", remedy, WARNING)


def _typed(table: str, rows: pd.DataFrame, formats: Formats) -> pd.DataFrame:
    kinds = {column.name: column for column in INPUTS[table] if column.kind != "text"}
    texts = rows.astype({name: object for name in rows if name not in kinds}) if table in _NOT_LONG else rows
    return texts.assign(**{name: parsed(kinds[name], rows[name], formats) for name in rows if name in kinds})


def _totals(typed: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    """Find rows that sum up the others, under a word in place of an identifier."""
    table = "patients" if "patients" in typed else "adtte"
    key = names(INPUTS[table])[0]
    if key in typed.get(table, ()):
        cells = typed[table][key].astype(object)
        words = cells[~cells.str.contains(r"\d") | cells.str.contains("=", regex=False)]
        plain = words.map(lambda cell: plain_spelling(cell).rstrip(" :."))
        remedy = "Delete it, or leave it out by where_not under [select.patients] in cohort.toml."
        totals = plain[[bool(_TOTALS.fullmatch(word)) for word in plain]]
        yield from at(table, key, totals, ("a row of totals, and no patient", remedy))


def _across(typed: dict[str, pd.DataFrame], data_cutoff: date | None) -> Iterator[Finding]:
    """Find what columns and tables say against one another; a column that is missing breaks no rule."""
    patients = typed.get("patients", pd.DataFrame())
    if "patient_id" in patients:
        yield from _of_patients(typed, patients)
    elif "USUBJID" in typed.get("adtte", ()):
        yield from _one_patient_twice("adtte", "USUBJID", typed["adtte"])
    if {"growing_lesions", "total_lesions"} <= set(patients):
        wrong = patients[patients["growing_lesions"] > patients["total_lesions"]]
        yield from at("patients", "growing_lesions", wrong, ("more than total_lesions", _CORRECT))
    if "adtte" in typed:
        yield from _of_times(typed["adtte"], patients)
        yield from one_sided(typed["adtte"])
    else:
        yield from _about_death(patients)
        yield from one_sided_dates(patients)
    yield from _too_late(typed, data_cutoff)


def _of_patients(typed: dict[str, pd.DataFrame], patients: pd.DataFrame) -> Iterator[Finding]:
    named = {table: "USUBJID" if table == "adtte" else "patient_id" for table in typed if table != "patients"}
    keys = {table: typed[table][name] for table, name in named.items() if name in typed[table]}
    index = pd.Index(patients["patient_id"])
    yield from _one_patient_twice("patients", "patient_id", patients)
    places = {table: places_of(key, index) for table, key in keys.items()}
    for table, key in keys.items():
        is_stranger = (places[table] < 0) & by_distinct(key, lambda texts: texts != "").to_numpy()
        yield from _strangers(table, named[table], typed[table][is_stranger], patients["patient_id"])
    beside = {table: _beside(table, typed[table], patients, own) for table, own in places.items() if table != "adtte"}
    beside = defaultdict(pd.DataFrame, beside | {"patients": patients})
    for table, pairs in _ORDER.items():
        for earlier, later in pairs:
            yield from _out_of_order(table, earlier, later, beside[table])
    yield from _before_resistance(beside["operations"])
    yield from _nearly_all_operated(patients, beside["operations"])
    yield from _progressed_before(beside["assessments"])
    for table, dates in _ALIVE.items():
        for column in dates:
            yield from _after_contact(table, column, beside[table])
    if {"patient_id", "drug", "start"} <= set(typed.get("exposures", ())):
        yield from _overlapping(typed["exposures"])
    yield from _against_pattern(patients)


def _against_pattern(patients: pd.DataFrame) -> Iterator[Finding]:
    if {"group", "resistance_pattern"} <= set(patients):
        expected, pattern = patients["group"].map(_PATTERN_OF_GROUP), patients["resistance_pattern"]
        wrong = patients[expected.notna() & (pattern != "") & (pattern != expected)]
        remedy = "The group counts as recorded; correct whichever of the two is wrong."
        yield from at("patients", "group", wrong, ("contradicts resistance_pattern", remedy), WARNING)


def _strangers(table: str, key: str, strangers: pd.DataFrame, patients: pd.Series) -> Iterator[Finding]:
    known = (patients if len(strangers) else patients.iloc[:0]).map(plain_identifier)
    nearly = strangers[key].astype(object).map(plain_identifier).isin(known)
    remedy = "Add the patient to patients, or correct the identifier."
    yield from at(table, key, strangers[~nearly], ("a patient that is not in patients", remedy))
    remedy = "Write it as there; it differs only in capitals, blanks, hyphens, full-width signs or leading noughts."
    yield from at(table, key, strangers[nearly], ("a patient that is nearly one in patients", remedy))


def _one_patient_twice(table: str, key: str, rows: pd.DataFrame) -> Iterator[Finding]:
    """Find identifiers that are one but for what spreadsheets and people change in them."""
    distinct = rows[(rows[key] != "") & ~rows[key].duplicated()]
    twice = distinct[distinct[key].astype(object).map(plain_identifier).duplicated()]
    remedy = "Keep one row of the patient; two patients need identifiers that differ in more than noughts and signs."
    yield from at(table, key, twice, ("a patient that is there under another spelling", remedy))


def _beside(table: str, rows: pd.DataFrame, patients: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    """The rows of a table with the dates of each row's patient that they must agree with."""
    needed = {*_OF_THE_PATIENT[1:], *(day for pair in _ORDER[table] for day in pair)}
    needed |= {"resistance_date"} if table in ("operations", "assessments") else set()
    dates = [name for name in _OF_THE_PATIENT if name in needed and name in patients and name not in rows]
    return rows.assign(**{name: patients[name].array.take(places, allow_fill=True) for name in dates})


def _out_of_order(table: str, earlier: str, later: str, rows: pd.DataFrame) -> Iterator[Finding]:
    """Find rows in which a date comes before one that it follows; the place is a column of the table itself."""
    if earlier in rows and later in rows:
        wrong = rows[rows[later] < rows[earlier]]
        if later in names(INPUTS[table]):
            yield from at(table, later, wrong, (f"comes before {earlier}", _CORRECT))
        else:
            yield from at(table, earlier, wrong, (f"comes after {later}", _CORRECT))


def _before_resistance(operations: pd.DataFrame) -> Iterator[Finding]:
    """Find operations before resistance: one of the primary tumour may be there, and counts for nothing."""
    if not {"operation_date", "resistance_date"} <= set(operations):
        return
    early = operations[operations["operation_date"] < operations["resistance_date"]]
    against = early.get("indication", pd.Series("", early.index)).isin(AGAINST_RESISTANCE)
    remedy = "Correct whichever of the two dates is wrong, or the indication."
    words = ("comes before resistance_date, though indication says that it was for it", remedy)
    yield from at("operations", "operation_date", early[against], words)
    remedy = "It is not counted as an operation for resistance; correct a date if it is one."
    words = ("comes before resistance_date", remedy)
    yield from at("operations", "operation_date", early[~against], words, WARNING)


def _nearly_all_operated(patients: pd.DataFrame, operations: pd.DataFrame) -> Iterator[Finding]:
    """Find who alone of a recorded group has no operation for resistance: by them nobody of it enters late."""
    if "group" not in patients or not {"operation_date", "resistance_date"} <= set(operations):
        return
    counts = operations["operation_date"] >= operations["resistance_date"]
    counts &= ~operations["indication"].isin(OTHER_INDICATIONS) if "indication" in operations else True
    operated = patients["patient_id"].isin(operations.loc[counts, "patient_id"].astype(object))
    share = operated.groupby(patients["group"]).transform("mean")
    remedy = "So nobody of the group enters late, at the operation; add the operation if it is what makes the group."
    words = ("no operation for resistance, which most of the group have", remedy)
    yield from at("patients", "group", patients[~operated & (share > 0.5) & (patients["group"] != "")], words, WARNING)


def _progressed_before(assessments: pd.DataFrame) -> Iterator[Finding]:
    """Find progressions before resistance, which is the first that counts."""
    if {"assessment_date", "response", "resistance_date"} <= set(assessments):
        early = assessments[assessments["assessment_date"] < assessments["resistance_date"]]
        remedy = "It counts for nothing; correct whichever of the two dates is wrong, if one is."
        words = ("a progression before resistance_date", remedy)
        yield from at("assessments", "assessment_date", early[early["response"] == "PD"], words, WARNING)


def _after_contact(table: str, column: str, rows: pd.DataFrame) -> Iterator[Finding]:
    if column in rows and "last_contact" in rows:
        alive = rows["death_date"].isna() if "death_date" in rows else True
        wrong = rows[(rows[column] > rows["last_contact"]) & alive]
        remedy = "Correct whichever is wrong; last_contact is the last day on which the patient was known to be alive."
        yield from at(table, column, wrong, ("comes after the last contact", remedy))


def _overlapping(exposures: pd.DataFrame) -> Iterator[Finding]:
    """Find periods of one drug that begin before an earlier one of the same patient has ended."""
    rows = _periods(exposures)
    before = rows.groupby("course")["until"].cummax().groupby(rows["course"]).shift()
    early = _by_name(exposures.iloc[sorted(rows.index[rows["start"] < before])])
    remedy = "Give the earlier period its last day, or correct the first day of this one."
    yield from at("exposures", "start", early, ("overlaps an earlier period of the drug", remedy))
    shared = _by_name(exposures.iloc[sorted(rows.index[rows["start"] == before])])
    remedy = "One day is counted at both doses; end the earlier period the day before."
    yield from at("exposures", "start", shared, ("is also the last day of the period before", remedy), WARNING)


def _periods(exposures: pd.DataFrame) -> pd.DataFrame:
    """First and last days of periods, in order for each course (a drug of a patient); the index is the row's place."""
    ends = exposures["end"] if "end" in exposures else pd.Series(pd.NaT, index=exposures.index)
    drug = by_distinct(exposures["drug"], lambda texts: texts.str.casefold())
    drugs, patients = (pd.factorize(values)[0].astype("int64") for values in (drug, exposures["patient_id"]))
    course = patients * (drugs.max(initial=0) + 1) + drugs
    days = {"start": exposures["start"].array, "until": ends.fillna(pd.Timestamp.max).array}
    rows = pd.DataFrame({"course": course, **days})
    return rows.iloc[np.lexsort((rows["start"].to_numpy(), course))].dropna(subset="start")


def _by_name(exposures: pd.DataFrame) -> pd.DataFrame:
    """Periods by the names of patient and drug, and by their first days, as they are reported."""
    texts = {name: exposures[name].astype(object) for name in ("patient_id", "drug")}
    rows = exposures.assign(patient_id=texts["patient_id"], drug=texts["drug"].str.casefold())
    return rows.sort_values(["patient_id", "drug", "start"], kind="stable")


def _about_death(patients: pd.DataFrame) -> Iterator[Finding]:
    died, cause = (patients.get(name, pd.Series("", patients.index)) for name in ("died", "cause_of_death"))
    for column, dead in (("died", died == "yes"), ("cause_of_death", cause != "")):
        if "death_date" in patients:
            remedy = "Fill in the date of death, or correct the other column."
            blank = patients[dead & patients["death_date"].isna()]
            yield from at("patients", "death_date", blank, (f"blank, though {column} tells of a death", remedy))
        elif dead.any():
            rule = f"the column is missing, though {column} tells of deaths"
            remedy = "Add it, or say under [columns.patients] in cohort.toml which of yours it is."
            yield Finding("patients", "death_date", (), rule, remedy)
    if "death_date" in patients:
        wrong = patients[(died == "no") & patients["death_date"].notna()]
        yield from at("patients", "death_date", wrong, ("filled in, though died says no", _CORRECT))


def _of_times(times: pd.DataFrame, patients: pd.DataFrame) -> Iterator[Finding]:
    """Find recorded times that are none, patients without one, and dates out of order."""
    dated = times["ADT"] - times["STARTDT"] if {"STARTDT", "ADT"} <= set(times) else pd.Series(pd.NaT, times.index)
    given = times["AVAL"].notna() if "AVAL" in times else pd.Series(False, times.index)
    yield from at("adtte", "AVAL", times[dated.isna() & ~given], (NO_TIME, "Fill in AVAL, or both STARTDT and ADT."))
    if "patient_id" in patients and "USUBJID" in times:
        without = patients[~patients["patient_id"].isin(times["USUBJID"]) & (patients["patient_id"] != "")]
        remedy = "The patient is counted in the flow and not analysed; if the row is a total or a note, delete it."
        yield from at("patients", "patient_id", without, ("a patient without a row in adtte", remedy), WARNING)
    yield from _out_of_order("adtte", "STARTDT", "ADT", times)


def _too_early(typed: dict[str, pd.DataFrame], earliest: date) -> Iterator[Finding]:
    """Find dates on which nobody here can have been a patient, as a year that was typed into a cell of dates shows."""
    right = "If it is right, say earliest = 1900-01-01, or another day, under [formats]."
    remedy = f"Correct it; of a year alone, a spreadsheet makes a day in 1905. {right}"
    for table, column, days in _dates(typed):
        yield from at(table, column, days[days < pd.Timestamp(earliest)], (f"before {earliest}", remedy))


def _too_late(typed: dict[str, pd.DataFrame], cutoff: date | None) -> Iterator[Finding]:
    """Find dates after the data cut-off, or where none is named, in the future."""
    limit, rule = pd.Timestamp(cutoff or date.today()), "after the data cut-off" if cutoff else "in the future"
    remedy = f"Correct it{', or data_cutoff' if cutoff else ''}."
    for table, column, days in _dates(typed):
        yield from at(table, column, days[days > limit], (rule, remedy))


def _dates(typed: dict[str, pd.DataFrame]) -> Iterator[tuple[str, str, pd.Series]]:
    return ((table, name, rows[name]) for table, rows in typed.items() for name in rows.select_dtypes("datetime"))
