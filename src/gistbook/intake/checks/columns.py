"""Rules within a table: its columns, its cells, its rows."""

import difflib
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook.conventions import IMATINIB, WARNING, Finding, rows_of
from gistbook.intake.checks.cells import (
    ISO,
    at,
    dates_in,
    parsed,
    perhaps_changed,
    perhaps_thousands,
    perhaps_unknown,
    spellings,
    unparsed,
)
from gistbook.intake.places import codes_of
from gistbook.intake.readers import by_distinct
from gistbook.intake.settings import Formats
from gistbook.schemas import INPUTS, Column, names
from gistbook.spelling import plain_spelling, slip_of, words_alone

MOST_GROUPS = 6
"""As many groups as figures can tell apart."""

INHIBITORS = {row["drug"]: row for row in rows_of(Path(__file__).with_name("drugs.csv"))}
"""Drugs that are given for GIST, by their international names; `others` that a name may hold, `short` ones alone."""

_NO_DRUG = re.compile(
    r"bsc|(?:best )?supportive(?: care)?|palliati(?:on|ve(?: care)?)|observation|surveillance|watchful waiting|placebo"
    r"|surgery|operation|resection|radiotherapy|radiation|no (?:drug|treatment|therapy|tki)|untreated|drug holiday"
    r"|経過観察|緩和(?:ケア|医療)?|手術|切除|放射線(?:治療)?|休薬|無治療|なし|無し|プラセボ"
)
_LEVELS = ("primary_site", "mutation", "procedure", "schedule")
"""Columns of free text whose distinct cells a table lists."""

_OTHER_PARTS = re.compile(r"[,、，/／|+＋&・\n]|\b(?:and|und|et)\b", re.IGNORECASE)
"""Signs and words, other than a semicolon, with which people part the sites of a list."""

_PART_SITES = (
    "All of the cell counts as one site. If it names several, part them by semicolons, in the file, or as "
    '"liver, lung" = "liver; lung" under [values.patients.metastatic_sites] in cohort.toml.'
)

_COUNTS = ("ecog", "growing_lesions", "total_lesions")
BOUNDS = {"age": (0, 120), "ecog": (0, 4)}
"""The least and the greatest number that a column takes; others take any from 0."""

_MOST_CODES, _GROUP_SLIP, _DRUG_SLIP = 1000, 0.8, 0.85
"""How many codes are compared one by one with ours, and how much a name must resemble another to be a slip of it."""

MISSING = "the column is missing"
_ODD = 6_364_136_223_846_793_005
"""A factor of linear generators of random numbers, by which numbers of a few cells are mixed into one."""

_NO_PATIENT = "If the row is a total or a note, delete it, or move it out of the table."
_UNIQUE = {
    "patients": (
        ["patient_id"],
        ', or say first_of (or last_of) = "your column" under [select.patients] in cohort.toml',
    ),
    "adtte": (
        ["USUBJID", "PARAMCD"],
        ', or say which rows are of an endpoint, as where = { "your column" = "its code" } under [select.OS]',
    ),
}
_REPEATED = ([], "; where one row has the same date in two columns, blank one of them")
"""Columns that name a row of a table, and what to do about two such rows; of the others, no row may repeat another."""


def within(table: str, rows: pd.DataFrame, formats: Formats, required: set[str]) -> Iterator[Finding]:
    """Find what is wrong in one table, whatever the others hold."""
    for column in INPUTS[table]:
        if column.name in rows:
            yield from _in_column(table, column, rows, formats)
        elif column.name in required:
            remedy = f'Add the column, or say "your column" = "{column.name}" under [columns.{table}] in cohort.toml.'
            yield Finding(table, column.name, (), MISSING, remedy)
    if table == "patients" and "resistance_date" in required:
        yield from _without_end(rows)
    key, otherwise = _UNIQUE.get(table, _REPEATED)
    if rows.size and set(key) <= set(rows):
        twice = _repeated(rows[key] if key else rows)
        twice = twice[(twice[key] != "").all(axis=1)]
        words = ("the row repeats an earlier one", f"Keep one row of each{otherwise}.")
        yield from at(table, names(INPUTS[table])[0], twice, words)
    if "drug" in rows:
        yield from _drugs_named_otherwise(rows)


def _repeated(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that repeat an earlier one, compared only where a mixture of the codes of their cells is the same."""
    mixed = np.zeros(len(rows), np.int64)
    for name in rows:
        mixed = _ODD * mixed + codes_of(rows[name])
    ordered = np.sort(mixed)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    alike = rows[np.isin(mixed, again)] if len(again) else rows.iloc[:0]
    return alike[alike.duplicated()]


def misspelt(table: str, rows: pd.DataFrame, unused: list[str]) -> Iterator[Finding]:
    """Find columns of the user's that are not used, and whose name is nearly that of one of ours which is missing."""
    free = [name for name in names(INPUTS[table]) if name not in rows]
    for theirs in unused:
        words = re.findall(r"[^\W_]+", theirs.casefold())
        of_these_words = [name for name in free if set(name.split("_")) <= set(words)]
        meant = next(iter(of_these_words), "") or slip_of("_".join(words), free)
        if meant:
            remedy = f'If it is {meant}, say "{theirs}" = "{meant}" under [columns.{table}] in cohort.toml.'
            yield Finding(table, theirs, (), "a column of yours that is not used", remedy, WARNING)


def drug_meant(drug: str) -> str:
    """Which of `INHIBITORS` a name in small letters is, or may be meant for; "" if none."""
    if drug in INHIBITORS or not drug:
        return drug
    within_it = _inhibitors_in(drug)
    if len(within_it) == 1:
        return within_it[0]
    return next(iter(difflib.get_close_matches(drug, INHIBITORS, 1, _DRUG_SLIP)), "")


def _inhibitors_in(drug: str) -> list[str]:
    letters = re.sub(r"[\W_]+", "", drug)
    names_of = {drug: [drug, *row["others"].split()] for drug, row in INHIBITORS.items()}
    long = [drug for drug, called in names_of.items() if any(each in letters for each in called)]
    return long + [drug for drug, row in INHIBITORS.items() if letters in row["short"].split()]


def _drugs_named_otherwise(exposures: pd.DataFrame) -> Iterator[Finding]:
    drugs = by_distinct(exposures["drug"], lambda cells: cells.map(plain_spelling))
    yield from _no_single_drug(exposures, drugs)
    meant = {drug: drug_meant(drug) for drug in drugs.unique()[:_MOST_CODES]}
    section = "[values.exposures.drug] in cohort.toml"
    for drug in INHIBITORS:
        otherwise = [name for name, inhibitor in meant.items() if inhibitor == drug != name]
        rows = exposures[drugs.isin(otherwise)] if otherwise else exposures.iloc[:0]
        remedy = f"It counts as a drug of its own. If it is {drug}, say so under {section}."
        yield from at("exposures", "drug", rows, (f"perhaps {drug} under another name", remedy), WARNING)
    if IMATINIB not in meant.values() and (drugs != "").any():
        remedy = f"If it is in the table under another name, say so under {section}."
        yield Finding("exposures", "drug", (), f"no row is of {IMATINIB}", remedy, WARNING)


def _no_single_drug(exposures: pd.DataFrame, drugs: pd.Series) -> Iterator[Finding]:
    distinct = drugs.unique()[:_MOST_CODES]
    remedy = 'It counts as a drug, and as a line of therapy; leave it out, as where_not = { "your column" = ["BSC"] } '
    words = ("no drug by its name", f"{remedy}under [select.exposures] in cohort.toml.")
    none = exposures[drugs.isin([drug for drug in distinct if _NO_DRUG.fullmatch(drug)])]
    yield from at("exposures", "drug", none, words, WARNING)
    several = exposures[drugs.isin([drug for drug in distinct if len(_inhibitors_in(drug)) > 1])]
    words = ("several drugs in one cell", "They count as one drug of its own; give each drug a row, with its own days.")
    yield from at("exposures", "drug", several, words, WARNING)


def _without_end(patients: pd.DataFrame) -> Iterator[Finding]:
    ends = [name for name in ("last_contact", "death_date") if name in patients]
    if not ends:
        remedy = 'Add it, or death_date, or say "your column" = "last_contact" under [columns.patients] in cohort.toml.'
        yield Finding("patients", "last_contact", (), "the column is missing, and death_date too", remedy)
        return
    remedy = f"Fill in last_contact, or death_date for those who died. {_NO_PATIENT}"
    blank = patients[(patients[ends] == "").all(axis=1)]
    yield from at("patients", "last_contact", blank, ("neither last contact nor death", remedy))


def _in_column(table: str, column: Column, rows: pd.DataFrame, formats: Formats) -> Iterator[Finding]:
    values = rows[column.name]
    is_blank = by_distinct(values, lambda texts: texts == "").to_numpy()
    filled, blank = values[~is_blank] if is_blank.any() else values, values[is_blank]
    if column.name == "resistance_date":
        remedy = "The patient is counted in the flow and not analysed; fill it in if it is known."
        yield from at(table, column.name, blank, ("blank", remedy), WARNING)
    elif column.required:
        yield from at(table, column.name, blank, ("blank", f"Every row needs a value here. {_NO_PATIENT}"))
    if column.permitted:
        yield from _unknown_codes(table, column, filled)
    if column.kind in ("date", "number"):
        unread = by_distinct(filled, lambda texts: parsed(column, texts, formats).isna()).to_numpy()
        yield from unparsed(table, column, filled[unread].astype(object), formats)
        yield from _two_days(table, column, filled, formats)
    if column.kind == "number":
        are_days = column.name == "AVAL" and set(rows.get("AVALU", [formats.times])) == {"days"}
        yield from perhaps_thousands(table, column, filled, formats.decimal, are_days)
        yield from _of_numbers(table, column, parsed(column, filled, formats))
    yield from _in_text(table, column, filled, blank)


def _of_numbers(table: str, column: Column, numbers: pd.Series) -> Iterator[Finding]:
    low, high = BOUNDS.get(column.name, (0, math.inf))
    bounds = f"between {low} and {high}" if high < math.inf else f"{low} or more"
    words = (f"a number that is not {bounds}", f"Correct it in your file{_not_ours(table, column)}.")
    yield from at(table, column.name, numbers[(numbers < low) | (numbers > high)], words)
    if table != "adtte" or column.name == "CNSR":  # nothing is known of how long a time may be
        yield from perhaps_unknown(table, column, numbers[numbers.between(low, high)])
    words = ("no whole number", words[1])
    yield from at(table, column.name, numbers[(numbers % 1 > 0) & (column.name in _COUNTS)], words)


def _in_text(table: str, column: Column, filled: pd.Series, blank: pd.Series) -> Iterator[Finding]:
    if column.adam in ("GROUPREC", "TRTA", "METSITES") or column.name in _LEVELS:
        yield from perhaps_changed(table, column.name, filled)
        yield from perhaps_unknown(table, column, filled)
    if column.adam in ("GROUPREC", "TRTA"):
        yield from _groups(table, column, filled.astype(object))
        remedy = "A patient without a group leaves the analysis. If cells are merged over rows, fill in each of them."
        yield from at(table, column.name, blank if len(filled) else filled, ("blank, so in no group", remedy), WARNING)
    elif column.name in _LEVELS:
        yield from spellings(table, column, filled.astype(object))
    elif column.name == "metastatic_sites":
        words = ("sites that no semicolon parts", _PART_SITES)
        several = by_distinct(filled, lambda texts: texts.str.contains(_OTHER_PARTS).astype(bool))
        yield from at(table, column.name, filled[several.to_numpy()], words, WARNING)


def _not_ours(table: str, column: Column) -> str:
    """The way out for a column of theirs that has the name of one of ours, and need not be there."""
    entry = f'"{column.name}" = [] under [columns.{table}]'
    return "" if column.required or table == "adtte" else f", or leave the column out by {entry} if it is another thing"


def _groups(table: str, column: Column, filled: pd.Series) -> Iterator[Finding]:
    """Find too many groups, and those that may be a slip of a larger one: written otherwise, or of one row only."""
    groups = filled.value_counts()
    if len(groups) > MOST_GROUPS:
        leave = f'leave the column out, as "your column" = [] under [columns.{table}] in cohort.toml'
        remedy = f"Give each patient one of at most {MOST_GROUPS} groups, or {leave}."
        yield Finding(table, column.name, (), "too many different groups", remedy)
        return
    yield from spellings(table, column, filled)
    folded = [words_alone(name) for name in groups.index]
    groups = groups[[folded.index(name) == n for n, name in enumerate(folded)]]
    folded = list(dict.fromkeys(folded))
    likeness = [_GROUP_SLIP if count == 1 < groups.iloc[0] else 1.0 for count in groups]
    nearly = [bool(difflib.get_close_matches(name, folded[:n], 1, likeness[n])) for n, name in enumerate(folded)]
    remedy = f"It is a group of its own; if it is the other, say so under [values.{table}.{column.name}]."
    words = ("a group whose name is nearly that of another", remedy)
    yield from at(table, column.name, filled[filled.isin(groups.index[nearly])], words, WARNING)


def _unknown_codes(table: str, column: Column, filled: pd.Series) -> Iterator[Finding]:
    unknown = filled[~filled.isin(column.permitted)].astype(object)
    if column.name == "died":  # one finding, before its symptoms
        remedy = 'Say which of your codes mean yes and which no under [values.patients.died], as "1" = "yes".'
        rule = f"status unknown in {len(unknown)} of {len(filled)}: the codes are not yes or no"
        yield from at(table, column.name, unknown, (rule, remedy))
        return
    folded, codes = {code.casefold(): code for code in column.permitted}, unknown.unique()
    hints = {text: folded.get(slip_of(text, folded), "") if len(codes) <= _MOST_CODES else "" for text in codes}
    for hint, alike in unknown.groupby(unknown.map(hints), sort=True):
        meant = f"Did you mean {hint}?" if hint else f"Use {', '.join(column.permitted)},"
        codes = f'translate your codes under [values.{table}.{column.name}], as "your code" = "{column.permitted[0]}"'
        leave = f", or leave such rows out by where_not under [select.{table}]" if column.required else ""
        remedy = f"{meant} or {codes}{_not_ours(table, column)}{leave}."
        yield from at(table, column.name, alike, ("an unknown code", remedy))


def _exchanged(table: str, column: Column, filled: pd.Series, formats: Formats) -> Iterator[Finding]:
    """Find dates in two forms, of which one has the days up to the 12th and the other those after it."""
    distinct = pd.Series(filled.unique(), dtype=object)
    iso = dates_in(distinct, [ISO])
    others = dates_in(distinct.mask(iso.notna(), ""), formats.dates)
    if others.notna().any() and len(distinct) > 2 and (iso.dropna().dt.day <= 12).all() and others.dt.day.min() > 12:
        remedy = "A spreadsheet may have exchanged day and month in them; compare one, and write all dates in one way."
        rule = "no day after the 12th, while all dates in another form have later days"
        yield from at(table, column.name, filled[filled.isin(distinct[iso.notna()])], (rule, remedy), WARNING)


def _two_days(table: str, column: Column, filled: pd.Series, formats: Formats) -> Iterator[Finding]:
    if column.kind != "date":
        return
    yield from _exchanged(table, column, filled, formats)
    if len(formats.dates) < 2:
        return
    distinct = pd.Series(filled.unique())
    days = pd.DataFrame({form: dates_in(distinct, [form]) for form in formats.dates})
    unclear = distinct[days.nunique(axis=1) > 1]
    remedy = "Write them in one way, as 2015-12-31, or leave one of the two formats out of dates under [formats]."
    words = ("two of your formats read it as different days", remedy)
    yield from at(table, column.name, filled[filled.isin(unclear)], words)
