"""Rules within a table: its columns, its cells, its rows."""

import difflib
import math
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gistbook.conventions import WARNING, Finding
from gistbook.intake.checks import cells, dates
from gistbook.intake.checks.places import at
from gistbook.intake.readers import by_distinct
from gistbook.schemas import INPUTS, Column, names

MOST_GROUPS = 6
"""As many groups as figures can tell apart."""

_MOST_CODES = 1000
"""As many codes as are looked at one by one for the code of ours that they resemble."""

_GROUP_SLIP = 0.8
"""How much the name of a group of one row must resemble another one, from 0 to 1, to be taken for a slip of it."""

_NO_PATIENT = "If the row is a total or a note, delete it, or move it out of the table."

_THOUSANDS = r"[+-]?[1-9]\d{{0,2}}(?:{0}\d{{3}})+"
"""What is a number of thousands, if a mark stands between them."""

_RANGES = {"age": (0, 120), "ecog": (0, 4)}
_UNIQUE = {"patients": ["patient_id"], "adtte": ["USUBJID", "PARAMCD"]}
"""Columns that name a row of a table; in the others, a row must not repeat another whole."""


def within(table: str, rows: pd.DataFrame, formats: dict, required: set[str]) -> Iterator[Finding]:
    """Find what is wrong in one table, whatever the others hold."""
    for column in INPUTS[table]:
        if column.name in rows:
            yield from _in_column(table, column, rows[column.name], formats)
        elif column.name in required:
            remedy = f'Add the column, or say "your column" = "{column.name}" under [columns.{table}] in cohort.toml.'
            yield Finding(table, column.name, (), "the column is missing", remedy)
    if table == "patients" and "resistance_date" in required:
        yield from _without_end(rows)
    key = [name for name in _UNIQUE.get(table, names(INPUTS[table])) if name in rows]
    twice = rows[rows.duplicated(key) & (rows[key] != "").all(axis=1)] if key == _UNIQUE.get(table) else _repeats(rows)
    yield from at(table, names(INPUTS[table])[0], twice, "the row repeats an earlier one", "Keep one row of each.")


def misspelt(table: str, rows: pd.DataFrame, unused: list[str]) -> Iterator[Finding]:
    """Find columns of the user's that are not used, and whose name is nearly that of one of ours which is missing."""
    free = [name for name in names(INPUTS[table]) if name not in rows]
    for theirs in unused:
        meant = _meant(re.findall(r"[^\W_]+", theirs.casefold()), free)
        if meant:
            remedy = f'If it is {meant}, say "{theirs}" = "{meant}" under [columns.{table}] in cohort.toml.'
            yield Finding(table, theirs, (), "a column of yours that is not used", remedy, WARNING)


def _meant(words: list[str], free: list[str]) -> str:
    """Return the name of ours of which some words hold every word, or else the one that they resemble, if any."""
    held = [name for name in free if set(name.split("_")) <= set(words)]
    return next(iter(held + difflib.get_close_matches("_".join(words), free, n=1)), "")


def _without_end(patients: pd.DataFrame) -> Iterator[Finding]:
    ends = [name for name in ("last_contact", "death_date") if name in patients]
    if not ends:
        remedy = 'Add it, or death_date, or say "your column" = "last_contact" under [columns.patients] in cohort.toml.'
        yield Finding("patients", "last_contact", (), "the column is missing, and death_date too", remedy)
        return
    blank = (patients[ends] == "").all(axis=1)
    remedy = f"Fill in last_contact, or death_date for whoever died. {_NO_PATIENT}"
    yield from at("patients", "last_contact", patients[blank], "neither last contact nor death", remedy)


def _repeats(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows.duplicated()] if len(rows.columns) and _may_repeat(rows) else rows.iloc[:0]


def _may_repeat(rows: pd.DataFrame) -> bool:
    """Tell whether rows may repeat one another; where all columns are categorical, by one number for each row."""
    categorical = [rows[name].array for name in rows if isinstance(rows[name].dtype, pd.CategoricalDtype)]
    if len(categorical) < len(rows.columns) or math.prod(len(each.categories) for each in categorical) >= 2**62:
        return True
    numbers = np.zeros(len(rows), "int64")
    for column in categorical:
        numbers *= len(column.categories)
        numbers += column.codes
    numbers.sort()
    return bool((numbers[1:] == numbers[:-1]).any())


def _in_column(table: str, column: Column, values: pd.Series, formats: dict) -> Iterator[Finding]:
    is_blank = by_distinct(values, lambda texts: texts == "").to_numpy()
    filled, blank = values[~is_blank] if is_blank.any() else values, values[is_blank]
    if column.name == "resistance_date":
        remedy = "The patient is counted in the flow and not analysed; fill it in if it is known."
        yield from at(table, column.name, blank, "blank", remedy, WARNING)
    elif column.required:
        yield from at(table, column.name, blank, "blank", f"Every row needs a value here. {_NO_PATIENT}")
    if column.permitted:
        yield from _unknown_codes(table, column, filled[~filled.isin(column.permitted)].astype(object))
    if column.kind in ("date", "number"):
        numbers = cells.parsed(column, filled, formats)
        yield from _unparsed(table, column, filled[numbers.isna()].astype(object), formats)
        yield from _out_of_range(table, column, numbers) if column.kind == "number" else ()
    if column.adam in ("GROUPREC", "TRTA"):
        yield from _groups(table, column, filled.astype(object))


def _groups(table: str, column: Column, filled: pd.Series) -> Iterator[Finding]:
    """Find too many groups, and those that may be a slip of a larger one: written otherwise, or of one row only."""
    names = filled.value_counts()
    if len(names) > MOST_GROUPS:
        leave = f'leave the column out, as "your column" = [] under [columns.{table}] in cohort.toml'
        remedy = f"Give each patient one of at most {MOST_GROUPS} groups, or {leave}."
        yield Finding(table, column.name, (), "too many different groups", remedy)
        return
    folded = [" ".join(name.casefold().split()) for name in names.index]
    likeness = [_GROUP_SLIP if count == 1 < names.iloc[0] else 1.0 for count in names]
    nearly = [
        bool(difflib.get_close_matches(name, folded[:place], 1, likeness[place])) for place, name in enumerate(folded)
    ]
    slips = filled[filled.isin(names.index[nearly])]
    remedy = f"It is a group of its own; if it is the other, say so under [values.{table}.{column.name}]."
    yield from at(table, column.name, slips, "a group whose name is nearly that of another", remedy, WARNING)


def _unknown_codes(table: str, column: Column, unknown: pd.Series) -> Iterator[Finding]:
    """Find cells that hold no code of ours, told apart by the code that they resemble."""
    codes = unknown.unique()
    hints = {text: _resembled(text, column.permitted) if len(codes) <= _MOST_CODES else "" for text in codes}
    section = f"[values.{table}.{column.name}]"
    for hint, alike in unknown.groupby(unknown.map(hints), sort=True):
        meant = f"Did you mean {hint}?" if hint else f"Use {', '.join(column.permitted)}"
        remedy = f"{meant.rstrip('.')}{'' if meant.endswith('?') else ','} or translate your codes under {section}."
        yield from at(table, column.name, alike, "an unknown code", remedy[0].upper() + remedy[1:])


def _resembled(text: str, codes: tuple[str, ...]) -> str:
    """Return the code that a text resembles, whatever its capitals; "" if none."""
    folded = {code.casefold(): code for code in codes}
    return folded.get(next(iter(difflib.get_close_matches(text.casefold(), folded, n=1)), ""), "")


def _unparsed(table: str, column: Column, wrong: pd.Series, formats: dict) -> Iterator[Finding]:
    if wrong.empty:
        return
    blanks = wrong.str.casefold().isin(cells.CUSTOMARY_BLANKS)
    unknown = 'They hold what many write for "not known"; list yours under [formats], as missing = ["NA", "."].'
    yield from at(table, column.name, wrong[blanks], f"not a {column.kind}", unknown)
    remedies = dates.remedies if column.kind == "date" else _number_remedies
    for alike, remedy in remedies(wrong[~blanks], formats):
        told = f"{remedy} Codes are translated under [values.adtte.CNSR]." if column.name == "CNSR" else remedy
        yield from at(table, column.name, alike, f"not a {column.kind}", told)


def _number_remedies(wrong: pd.Series, formats: dict) -> Iterator[tuple[pd.Series, str]]:
    """Tell numbers with another decimal mark, or with a mark between thousands, from what is no number."""
    mark = formats.get("decimal", ".")
    other = "," if mark == "." else "."
    thousands = wrong.str.fullmatch(_THOUSANDS.format(re.escape(other)))
    read = cells.numbers(wrong, other).notna() & ~thousands
    yield wrong[read], f'All of them can be read with decimal = "{other}" under [formats] in cohort.toml.'
    yield (
        wrong[thousands],
        f'Take out the "{other}" if it marks thousands; if it is the decimal mark, say decimal = "{other}" under '
        "[formats] in cohort.toml.",
    )
    plain = f'Write digits only, without a unit; the decimal mark is now "{mark}" (decimal under [formats]).'
    yield wrong[~read & ~thousands], plain


def _out_of_range(table: str, column: Column, numbers: pd.Series) -> Iterator[Finding]:
    low, high = _RANGES.get(column.name, (0, float("inf")))
    wrong = numbers[(numbers < low) | (numbers > high)]
    bounds = f"between {low} and {high}" if high < float("inf") else f"{low} or more"
    yield from at(table, column.name, wrong, f"a number that is not {bounds}", "Correct it in your file.")
