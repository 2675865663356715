"""Every rule within and across tables. Findings name places, never values."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from gistbook.conventions import Finding
from gistbook.schemas import TABLES, Column, names

_RANGES = {"age": (0, 120), "ecog": (0, 4)}

_ORDER = [
    ("patients", "imatinib_start", "resistance_date"),
    ("patients", "resistance_date", "last_contact"),
    ("patients", "resistance_date", "death_date"),
    ("patients", "last_contact", "death_date"),
    ("operations", "resistance_date", "operation_date"),
    ("operations", "operation_date", "complication_date"),
    ("operations", "operation_date", "imatinib_restart"),
    ("operations", "operation_date", "death_date"),
    ("operations", "imatinib_restart", "death_date"),
    ("exposures", "start", "end"),
    ("exposures", "start", "death_date"),
    ("exposures", "end", "death_date"),
    ("assessments", "assessment_date", "death_date"),
]
"""Table, a date, and a date of the same patient that must not come before it."""

_NO_DAYS = ("now", "today")
"""Words that pandas would read as the day on which it runs."""

_UNIQUE = {"patients": ["patient_id"]}
"""Columns that name a row of a table; in the others, a row must not repeat another whole."""


def check(mapped: dict[str, pd.DataFrame], formats: dict, data_cutoff: date | None) -> tuple[dict, list[Finding]]:
    """Check and type every table.

    Parameters
    ----------
    mapped : dict of DataFrame
        Tables by name, in our columns, as text, indexed by the row number in the user's file; `None` for a table
        whose file could not be read.
    formats : dict
        `dates` (a strptime format, ISO 8601 if absent) and `decimal` (the decimal mark).
    data_cutoff : date or None
        No date may come after it.

    Returns
    -------
    dict of DataFrame
        The tables with dates as dates and numbers as numbers; meaningful where there is no finding.
    list of Finding
        Every problem in every table.
    """
    read = {table: rows for table, rows in mapped.items() if rows is not None}
    findings = [finding for table, rows in read.items() for finding in _within(table, rows, formats)]
    typed = {table: _typed(table, rows, formats) for table, rows in read.items()}
    return typed, [*_without_patients(mapped), *findings, *_across(typed, data_cutoff)]


def _without_patients(mapped: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    if "patients" not in mapped:
        remedy = "Add patients.csv, or name its file under [tables] in cohort.toml."
        yield Finding("patients", "", (), "the table is missing, and is the one that is required", remedy)
    elif mapped["patients"] is not None and mapped["patients"].empty:
        yield Finding("patients", "", (), "the table has no rows", "Give it one row per patient.")


def _within(table: str, rows: pd.DataFrame, formats: dict) -> Iterator[Finding]:
    for column in TABLES[table]:
        if column.name in rows:
            yield from _in_column(table, column, rows[column.name], formats)
        elif column.required:
            remedy = f"Add the column, or say under [columns.{table}] in cohort.toml which of yours it is."
            yield Finding(table, column.name, (), "the column is missing", remedy)
    if table == "patients":
        yield from _without_end(rows)
    key = [name for name in _UNIQUE.get(table, names(TABLES[table])) if name in rows]
    twice = rows[rows.duplicated(key)] if key else rows.iloc[:0]
    yield from _finding(table, "patient_id", twice, "the row repeats an earlier one", "Keep one row of each.")


def _in_column(table: str, column: Column, values: pd.Series, formats: dict) -> Iterator[Finding]:
    filled = values[values != ""]
    if column.required:
        yield from _finding(table, column.name, values[values == ""], "blank", "Every row needs a value here.")
    if column.permitted:
        remedy = f"Use {', '.join(column.permitted)}, or translate your codes under [values.{table}.{column.name}]."
        yield from _finding(table, column.name, filled[~filled.isin(column.permitted)], "an unknown code", remedy)
    if column.kind == "date":
        example = pd.Timestamp(2015, 12, 31).strftime(_date_format(formats))
        remedy = f"Correct it, or give the format of your dates as dates = '…' under [formats]; now it is {example}."
        yield from _finding(table, column.name, _unparsed(column, filled, formats), "not a date", remedy)
    if column.kind == "number":
        remedy = "Write digits only, with the decimal mark that [formats] names (a point unless it says otherwise)."
        yield from _finding(table, column.name, _unparsed(column, filled, formats), "not a number", remedy)
        yield from _out_of_range(table, column, _parsed(column, filled, formats))


def _out_of_range(table: str, column: Column, numbers: pd.Series) -> Iterator[Finding]:
    low, high = _RANGES.get(column.name, (0, float("inf")))
    wrong = numbers[(numbers < low) | (numbers > high)]
    bounds = f"between {low} and {high}" if high < float("inf") else f"{low} or more"
    yield from _finding(table, column.name, wrong, f"a number that is not {bounds}", "Correct it in your file.")


def _across(typed: dict[str, pd.DataFrame], data_cutoff: date | None) -> Iterator[Finding]:
    if "patient_id" not in typed.get("patients", ()):
        return
    patients = typed["patients"]
    for table, rows in typed.items():
        if table != "patients" and "patient_id" in rows:
            strangers = rows[~rows["patient_id"].isin(patients["patient_id"]) & (rows["patient_id"] != "")]
            remedy = "Add the patient to patients, or correct the identifier."
            yield from _finding(table, "patient_id", strangers, "a patient that is not in patients", remedy)
    for table, earlier, later in _ORDER:
        if table in typed and "patient_id" in typed[table]:
            yield from _out_of_order(table, earlier, later, _beside_patients(typed[table], patients))
    if data_cutoff is not None:
        yield from _after_cutoff(typed, pd.Timestamp(data_cutoff))


def _beside_patients(rows: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    known = patients.drop_duplicates("patient_id").set_index("patient_id")
    return rows.join(known[[name for name in known if name not in rows]], on="patient_id")


def _out_of_order(table: str, earlier: str, later: str, rows: pd.DataFrame) -> Iterator[Finding]:
    if earlier in rows and later in rows:
        wrong = rows[rows[later] < rows[earlier]]
        yield from _finding(table, later, wrong, f"comes before {earlier}", "Correct whichever of the two is wrong.")


def _without_end(patients: pd.DataFrame) -> Iterator[Finding]:
    ends = [name for name in ("last_contact", "death_date") if name in patients]
    blank = (patients[ends] == "").all(axis=1)
    remedy = "Fill in last_contact, or death_date for whoever died."
    yield from _finding("patients", "last_contact", patients[blank], "neither last contact nor death", remedy)


def _after_cutoff(typed: dict[str, pd.DataFrame], cutoff: pd.Timestamp) -> Iterator[Finding]:
    for table, rows in typed.items():
        for column in rows.select_dtypes("datetime"):
            late = rows[rows[column] > cutoff]
            yield from _finding(table, column, late, "after the data cut-off", "Correct it, or data_cutoff.")


def _finding(table: str, column: str, rows: pd.DataFrame | pd.Series, rule: str, remedy: str) -> Iterator[Finding]:
    if len(rows):
        yield Finding(table, column, tuple(int(row) for row in rows.index), rule, remedy)


def _date_format(formats: dict) -> str:
    return formats.get("dates", "%Y-%m-%d")


def _parsed(column: Column, values: pd.Series, formats: dict) -> pd.Series:
    if column.kind == "date":
        days = values.mask(values.str.lower().isin(_NO_DAYS))
        return pd.to_datetime(days, format=_date_format(formats), errors="coerce")
    mark = formats.get("decimal", ".")
    digits = values if mark == "." else values.mask(values.str.contains(".", regex=False)).str.replace(mark, ".")
    return pd.to_numeric(digits, errors="coerce").replace([np.inf, -np.inf], np.nan)


def _unparsed(column: Column, filled: pd.Series, formats: dict) -> pd.Series:
    return filled[_parsed(column, filled, formats).isna()]


def _typed(table: str, rows: pd.DataFrame, formats: dict) -> pd.DataFrame:
    kinds = {column.name: column for column in TABLES[table] if column.kind != "text"}
    return rows.assign(**{name: _parsed(kinds[name], rows[name], formats) for name in rows if name in kinds})
