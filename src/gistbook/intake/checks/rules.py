"""Rules across columns and tables: what cannot be true of one patient at once."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from gistbook.conventions import WARNING, Finding
from gistbook.intake.checks.places import at
from gistbook.intake.readers import by_distinct, places_of
from gistbook.schemas import INPUTS, MEDICATION, SURGERY, names

_ORDER = [
    ("patients", "imatinib_start", "resistance_date"),
    ("patients", "resistance_date", "last_contact"),
    ("patients", "resistance_date", "death_date"),
    ("patients", "last_contact", "death_date"),
    ("operations", "resistance_date", "operation_date"),
    ("operations", "operation_date", "complication_date"),
    ("operations", "operation_date", "imatinib_restart"),
    ("operations", "operation_date", "death_date"),
    ("operations", "complication_date", "death_date"),
    ("operations", "imatinib_restart", "death_date"),
    ("exposures", "start", "end"),
    ("exposures", "start", "death_date"),
    ("exposures", "end", "death_date"),
    ("assessments", "assessment_date", "death_date"),
    ("adtte", "STARTDT", "ADT"),
]
"""Table, a date, and a date of the same patient that must not come before it."""

_REMEDIES = {
    "operation_date": "Correct whichever of the two is wrong; an operation before resistance, such as that of the "
    "primary tumour, is not one for resistance and has no place in this table.",
}
_CORRECT = "Correct whichever of the two is wrong."

_OF_THE_PATIENT = ("resistance_date", "last_contact", "death_date")

_SEEN = [
    ("operations", "operation_date"),
    ("operations", "complication_date"),
    ("operations", "imatinib_restart"),
    ("exposures", "start"),
    ("exposures", "end"),
    ("assessments", "assessment_date"),
]
"""Dates on which a patient was alive."""

_PATTERN_OF_GROUP = {SURGERY: "localized", MEDICATION: "generalized"}


def across(typed: dict[str, pd.DataFrame], data_cutoff: date | None) -> Iterator[Finding]:
    """Find what columns and tables say against one another; a column that is missing breaks no rule."""
    patients = typed.get("patients", pd.DataFrame())
    if "patient_id" in patients:
        yield from _of_patients(typed, patients)
    yield from _lesions(patients)
    if "adtte" in typed:
        yield from _without_time(typed["adtte"])
        yield from _untimed(patients, typed["adtte"])
        yield from _out_of_order("adtte", "STARTDT", "ADT", typed["adtte"])
    else:
        yield from _about_death(patients)
    yield from _too_late(typed, data_cutoff)


def _of_patients(typed: dict[str, pd.DataFrame], patients: pd.DataFrame) -> Iterator[Finding]:
    named = {table: "USUBJID" if table == "adtte" else "patient_id" for table in typed if table != "patients"}
    keys = {table: typed[table][name] for table, name in named.items() if name in typed[table]}
    index = pd.Index(patients["patient_id"])
    places = {table: places_of(key, index) for table, key in keys.items()}
    for table, key in keys.items():
        yield from _strangers(table, named[table], typed[table][_is_stranger(key, places[table])], patients)
    beside = {table: _beside(table, typed[table], patients, own) for table, own in places.items() if table != "adtte"}
    beside["patients"] = patients
    for table, earlier, later in _ORDER:
        yield from _out_of_order(table, earlier, later, beside.get(table, pd.DataFrame()))
    for table, column in _SEEN:
        yield from _after_contact(table, column, beside.get(table, pd.DataFrame()))
    yield from _overlapping(typed.get("exposures", pd.DataFrame()))
    yield from _contradicting(patients)


def _is_stranger(key: pd.Series, places: np.ndarray) -> np.ndarray:
    return (places < 0) & by_distinct(key, lambda texts: texts != "").to_numpy()


def _strangers(table: str, key: str, strangers: pd.DataFrame, patients: pd.DataFrame) -> Iterator[Finding]:
    known = patients["patient_id"] if len(strangers) else patients["patient_id"].iloc[:0]
    nearly = _loosely(strangers[key].astype(object)).isin(_loosely(known))
    remedy = "Add the patient to patients, or correct the identifier."
    yield from at(table, key, strangers[~nearly], "a patient that is not in patients", remedy)
    remedy = "Write it as there; it differs only in capitals, blanks, hyphens, full-width signs or leading noughts."
    yield from at(table, key, strangers[nearly], "a patient that is nearly one in patients", remedy)


def _loosely(identifiers: pd.Series) -> pd.Series:
    """Return identifiers without what spreadsheets and people change in them: 007 becomes 7, and s-7 becomes S7."""
    plain = identifiers.str.normalize("NFKC").str.casefold().str.replace(r"[\W_]+", "", regex=True)
    return plain.str.replace(r"(?<!\d)0+(?=\d)", "", regex=True)


def _beside(table: str, rows: pd.DataFrame, patients: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    """Return the rows of a table with the dates of each row's patient that they must agree with."""
    told = {"last_contact", "death_date"} | {date for named, *dates in _ORDER if named == table for date in dates}
    dates = [name for name in _OF_THE_PATIENT if name in told and name in patients and name not in rows]
    return rows.assign(**{name: patients[name].array.take(places, allow_fill=True) for name in dates})


def _out_of_order(table: str, earlier: str, later: str, rows: pd.DataFrame) -> Iterator[Finding]:
    """Find rows in which a date comes before one that it follows; the place is a column of the table itself."""
    if earlier in rows and later in rows:
        wrong = rows[rows[later] < rows[earlier]]
        if later in names(INPUTS[table]):
            yield from at(table, later, wrong, f"comes before {earlier}", _REMEDIES.get(later, _CORRECT))
        else:
            yield from at(table, earlier, wrong, f"comes after {later}", _CORRECT)


def _after_contact(table: str, column: str, rows: pd.DataFrame) -> Iterator[Finding]:
    if column in rows and "last_contact" in rows:
        alive = rows["death_date"].isna() if "death_date" in rows else True
        wrong = rows[(rows[column] > rows["last_contact"]) & alive]
        remedy = "Correct whichever is wrong; last_contact is the last day on which the patient was known to be alive."
        yield from at(table, column, wrong, "comes after the last contact", remedy)


def _overlapping(exposures: pd.DataFrame) -> Iterator[Finding]:
    """Find periods of one drug that begin before an earlier one of the same patient has ended."""
    if not {"patient_id", "drug", "start"} <= set(exposures):
        return
    rows = _periods(exposures)
    before = rows.groupby("of_one")["until"].cummax().groupby(rows["of_one"]).shift()
    remedy = "Give the earlier period its last day, or correct the first day of this one."
    early = _by_name(exposures.iloc[sorted(rows.index[rows["start"] < before])])
    yield from at("exposures", "start", early, "overlaps an earlier period of the drug", remedy)
    shared = _by_name(exposures.iloc[sorted(rows.index[rows["start"] == before])])
    remedy = "One day is counted at both doses; end the earlier period the day before."
    yield from at("exposures", "start", shared, "is also the last day of the period before", remedy, WARNING)


def _periods(exposures: pd.DataFrame) -> pd.DataFrame:
    """Return first and last days of periods, in order for each drug of a patient; the index is the place of the row."""
    ends = exposures["end"] if "end" in exposures else pd.Series(pd.NaT, index=exposures.index)
    drug = by_distinct(exposures["drug"], lambda names: names.str.casefold())
    drugs, patients = (pd.factorize(values)[0].astype("int64") for values in (drug, exposures["patient_id"]))
    of_one = patients * (drugs.max(initial=0) + 1) + drugs
    days = {"start": exposures["start"].array, "until": ends.fillna(pd.Timestamp.max).array}
    rows = pd.DataFrame({"of_one": of_one, **days})
    return rows.iloc[np.lexsort((rows["start"].to_numpy(), of_one))].dropna(subset="start")


def _by_name(exposures: pd.DataFrame) -> pd.DataFrame:
    """Return periods by the names of patient and drug, and by their first days, as they are told."""
    names = {name: exposures[name].astype(object) for name in ("patient_id", "drug")}
    rows = exposures.assign(patient_id=names["patient_id"], drug=names["drug"].str.casefold())
    return rows.sort_values(["patient_id", "drug", "start"], kind="stable")


def _contradicting(patients: pd.DataFrame) -> Iterator[Finding]:
    if {"group", "resistance_pattern"} <= set(patients):
        expected = patients["group"].map(_PATTERN_OF_GROUP)
        wrong = patients[expected.notna() & (patients["resistance_pattern"] != "")]
        wrong = wrong[wrong["resistance_pattern"] != expected[wrong.index]]
        remedy = "The group counts as recorded; correct whichever of the two is wrong."
        yield from at("patients", "group", wrong, "contradicts resistance_pattern", remedy, WARNING)


def _about_death(patients: pd.DataFrame) -> Iterator[Finding]:
    died = patients["died"] if "died" in patients else pd.Series("", index=patients.index)
    caused = patients["cause_of_death"] != "" if "cause_of_death" in patients else False
    for column, dead in (("died", died == "yes"), ("cause_of_death", caused)):
        yield from _without_date(patients, column, dead)
    if "death_date" in patients:
        wrong = patients[(died == "no") & patients["death_date"].notna()]
        yield from at("patients", "death_date", wrong, "filled in, though died says no", _CORRECT)


def _without_date(patients: pd.DataFrame, column: str, dead) -> Iterator[Finding]:
    if "death_date" in patients:
        remedy = "Fill in the date of death, or correct the other column."
        blank = patients[dead & patients["death_date"].isna()]
        yield from at("patients", "death_date", blank, f"blank, though {column} tells of a death", remedy)
    elif pd.Series(dead).any():
        remedy = "Add it, or say under [columns.patients] in cohort.toml which of yours it is."
        yield Finding("patients", "death_date", (), f"the column is missing, though {column} tells of deaths", remedy)


def _lesions(patients: pd.DataFrame) -> Iterator[Finding]:
    if {"growing_lesions", "total_lesions"} <= set(patients):
        wrong = patients[patients["growing_lesions"] > patients["total_lesions"]]
        yield from at("patients", "growing_lesions", wrong, "more than total_lesions", _CORRECT)


def _without_time(times: pd.DataFrame) -> Iterator[Finding]:
    dated = times["ADT"] - times["STARTDT"] if {"STARTDT", "ADT"} <= set(times) else pd.Series(pd.NaT, times.index)
    given = times["AVAL"].notna() if "AVAL" in times else False
    remedy = "Fill in AVAL, or both STARTDT and ADT."
    yield from at("adtte", "AVAL", times[dated.isna() & ~(given | dated.notna())], "no time", remedy)


def _untimed(patients: pd.DataFrame, times: pd.DataFrame) -> Iterator[Finding]:
    if "patient_id" in patients and "USUBJID" in times:
        without = patients[~patients["patient_id"].isin(times["USUBJID"]) & (patients["patient_id"] != "")]
        remedy = "The patient is counted in the flow and has no time; if the row is a total or a note, delete it."
        yield from at("patients", "patient_id", without, "a patient without a row in adtte", remedy, WARNING)


def _too_late(typed: dict[str, pd.DataFrame], cutoff: date | None) -> Iterator[Finding]:
    """Find dates after the data cut-off, or where none is named, in the future."""
    limit, rule = pd.Timestamp(cutoff or date.today()), "after the data cut-off" if cutoff else "in the future"
    for table, rows in typed.items():
        for column in rows.select_dtypes("datetime"):
            late = rows[rows[column] > limit]
            yield from at(table, column, late, rule, f"Correct it{', or data_cutoff' if cutoff else ''}.")
