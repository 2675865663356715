"""Rows of a sheet that count, as `[select]` in `cohort.toml` says, so that nobody has to edit the sheet."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from gistbook.conventions import WARNING, Finding, counted
from gistbook.intake.readers import by_distinct
from gistbook.intake.settings import LONGEST_HINT, Block, Selection, Settings, renamed_by, wrong
from gistbook.spelling import nearest, plain_spelling

_COURSE = ("group", "resistance_date", "last_contact", "death_date", "died")
"""Columns of ours that tell the course of a patient, and who is compared."""


class Selected(NamedTuple):
    """The rows of a sheet that were selected, the columns by which, and what each selection left out."""

    rows: pd.DataFrame
    columns: tuple[str, ...] = ()
    left_out: dict[str, int] = {}
    findings: tuple[Finding, ...] = ()


def select(rows: pd.DataFrame, table: str, block: Block, settings: Settings) -> Selected:
    """Select the rows of a block: by the section of its endpoint or table, and of an endpoint without one, of patients.

    Codes are compared whatever their capitals and widths. What cannot be applied is among the findings, and leaves the
    rows as they are.
    """
    own = (block.endpoint, "patients") if block.endpoint else (block.standard or table,)
    name = next((each for each in own if each in settings.select), "")
    if not name:
        return Selected(rows)
    asked = settings.select[name]
    columns = tuple(dict.fromkeys([*asked.where, *asked.where_not, *filter(None, (asked.first_of, asked.last_of))]))
    if absent := [column for column in columns if column not in rows]:
        rules = {column: f'names the column "{column}", which {block.file} lacks' for column in absent}
        findings = (wrong(f"select.{name}", rules[each], nearest(each, rows)[:LONGEST_HINT]) for each in absent)
        return Selected(rows, findings=tuple(findings))
    left_out, chosen = {}, rows
    for what, kept in _steps(rows, asked):
        left_out[f"[select.{name}] {what}"] = len(chosen) - len(kept)
        chosen = kept
    findings = [*_never_met(rows, asked, name)]
    if chosen.empty and len(rows):
        rule = f"leaves nothing of the {counted(len(rows), 'row')} of {block.file}"
        findings.append(wrong(f"select.{name}", rule, "Correct its codes, or take a selection away."))
    if name == "patients" and (block.endpoint or table == "patients") and asked.first_of:
        findings += _unlike(rows, asked, block, settings)
    return Selected(chosen, columns, left_out, tuple(findings))


def _steps(rows: pd.DataFrame, asked: Selection) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each selection in words, and the rows that are left after it."""
    for entry, columns in (("where", asked.where), ("where_not", asked.where_not)):
        for name, codes in columns.items():
            rows = rows[_is_one_of(rows, name, codes) == (entry == "where")]
            yield f"{entry} {name}", rows
    for which, name in (("first", asked.first_of), ("last", asked.last_of)):
        if name:
            identifiers = rows[name].astype(object).str.strip()
            rows = rows[~identifiers.duplicated(keep=which) | (identifiers == "")]
            yield f"{which}_of {name}", rows


def _is_one_of(rows: pd.DataFrame, name: str, codes: list[str]) -> pd.Series:
    plain = by_distinct(rows[name], lambda distinct: distinct.map(plain_spelling))
    return plain.astype(object).isin([plain_spelling(code) for code in codes])


def _never_met(rows: pd.DataFrame, asked: Selection, name: str) -> Iterator[Finding]:
    for entry, columns in (("where", asked.where), ("where_not", asked.where_not)):
        for column, codes in columns.items():
            absent = [code for code in codes if not _is_one_of(rows, column, [code]).any()]
            if absent and len(rows):
                rule = f'no row of "{column}" has {counted(len(absent), "code")} of the {len(codes)} that are named'
                remedy = "Correct them, unless nobody has them: " + ", ".join(map(json.dumps, absent)) + "."
                yield wrong(f"select.{name}.{entry}", rule, remedy[:LONGEST_HINT], WARNING)


def _unlike(rows: pd.DataFrame, asked: Selection, block: Block, settings: Settings) -> Iterator[Finding]:
    """Find that the first row of a patient is taken, of whom a later one tells another course."""
    all_of_each = asked.model_copy(update={"first_of": "", "last_of": ""})
    rows = [rows, *(kept for _, kept in _steps(rows, all_of_each))][-1]
    columns = [name for name in _of_the_course(block, settings) if name in rows]
    many = int((rows.groupby(asked.first_of, observed=True)[columns].nunique() > 1).any(axis="columns").sum())
    if many and block.endpoint:
        rule = f"takes the first row of {counted(many, 'patient')} for {block.endpoint}, though time or event differ"
        remedy = f'Say which rows are of {block.endpoint}: where = {{ "your column" = "its code" }} under '
        remedy += f"[select.{block.endpoint}], or first_of again if the first is right."
        yield wrong("select.patients.first_of", rule, remedy, WARNING)
    elif many:
        rule = f"takes the first row of {counted(many, 'patient')}, though later ones differ in {' or '.join(columns)}"
        remedy = f'If the last one counts, say last_of = "{asked.first_of}" instead.'
        yield wrong("select.patients.first_of", rule, remedy, WARNING)


def _of_the_course(block: Block, settings: Settings) -> list[str]:
    """What a sheet calls the columns that tell the course of a patient."""
    if block.endpoint:
        return [block.carving[ours] for ours in ("AVAL", "CNSR")]
    named = [*renamed_by(settings.columns.patients, block.carving), *zip(_COURSE, _COURSE, strict=True)]
    return [theirs for theirs, ours in dict.fromkeys(named) if ours in _COURSE]
