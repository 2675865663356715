"""Every rule within and across tables. Findings name places, never values."""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from gistbook.conventions import WARNING, Finding
from gistbook.intake.checks import cells, columns, drugs, rules
from gistbook.schemas import INPUTS

_NOT_LONG = ("patients", "adtte")
"""Tables whose texts need not be categorical, for they have few rows of each patient."""


def check(mapped: dict[str, pd.DataFrame], formats: dict, data_cutoff: date | None) -> tuple[dict, list[Finding]]:
    """Check and type every table.

    Parameters
    ----------
    mapped : dict of DataFrame
        Tables by name, in our columns, as text, indexed by the row number in the user's file; `None` for a table
        whose file could not be read.
    formats : dict
        `dates` (strptime formats; ISO 8601 is always read) and `decimal` (the decimal mark).
    data_cutoff : date or None
        No date may come after it; without one, none may lie in the future.

    Returns
    -------
    dict of DataFrame
        The tables that have rows, with dates as dates and numbers as numbers; meaningful where there is no error.
    list of Finding
        Every problem in every table.
    """
    read = {table: rows for table, rows in mapped.items() if rows is not None}
    findings = [*_without_patients(mapped), *_without_rows(read)]
    for table, rows in read.items():
        findings += columns.within(table, rows, formats, _required(table, mapped))
        findings += drugs.named_otherwise(rows) if table == "exposures" else ()
    typed = {table: _typed(table, rows, formats) for table, rows in read.items() if len(rows) or table == "patients"}
    return typed, [*findings, *rules.across(typed, data_cutoff)]


def unused_columns(table: str, rows: pd.DataFrame, unused: list[str]) -> list[Finding]:
    """Find columns of the user's that seem to be meant as columns of ours, and are not used."""
    return list(columns.misspelt(table, rows, unused))


def _required(table: str, mapped: dict) -> set[str]:
    """Return the columns that a table must have; where times are recorded, the date of resistance is not needed."""
    needed = {column.name for column in INPUTS[table] if column.required}
    return needed - {"resistance_date"} if "adtte" in mapped else needed


def _without_patients(mapped: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    times = mapped.get("adtte")
    if "patients" not in mapped and ("adtte" not in mapped or (times is not None and times.empty)):
        remedy = "Add patients.csv, or name its file under [tables] in cohort.toml."
        yield Finding("patients", "", (), "the table is missing, and is the one that is required", remedy)


def _without_rows(read: dict[str, pd.DataFrame]) -> Iterator[Finding]:
    for table in [table for table, rows in read.items() if not len(rows)]:
        if table == "patients":
            yield Finding(table, "", (), "the table has no rows", "Give it one row per patient.")
        else:
            remedy = "It is taken as not recorded; remove it, or fill it in."
            yield Finding(table, "", (), "the table has no rows", remedy, WARNING)


def _typed(table: str, rows: pd.DataFrame, formats: dict) -> pd.DataFrame:
    kinds = {column.name: column for column in INPUTS[table] if column.kind != "text"}
    texts = rows.astype({name: object for name in rows if name not in kinds}) if table in _NOT_LONG else rows
    return texts.assign(**{name: cells.parsed(kinds[name], rows[name], formats) for name in rows if name in kinds})
