"""Rules on patients: no identifier of theirs, no date of theirs, and no table with a row for each of them."""

import re
from collections.abc import Iterator

from gistbook.press.audit import dates, words
from gistbook.press.audit.findings import SEEN, SEPARATOR, Leak, Rule, Sheet, Table, leak, place_in
from gistbook.press.audit.sought import (
    Sought,
    date_at,
    identifier_at,
    is_dated,
    is_identifying,
    is_strict,
    is_subject,
    rows_of_data,
)

IDENTIFIER = Rule(
    "an identifier of a patient",
    "Leave out what prints it, and give counts and estimates instead.",
)
DATE = Rule(
    "a date of a patient",
    "Print times between dates, or years, instead.",
)
RECORDS = Rule(
    "a table with rows of patients",
    "Hand estimates to figures and tables, and publish no file of data.",
)

_INDEX, _ANCHOR = "searchindex.js", "id"
_SEPARATED = re.compile(r"[,;|\s]+")


def identifiers(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find the identifiers of patients: of five letters and more anywhere, shorter ones under a name that says so."""
    indexed = sheet.file.endswith(_INDEX)
    for piece in sheet.content.pieces:
        start = identifier_at(piece.text, sought, is_strict(piece), indexed)
        named = piece.key != _ANCHOR and is_identifying(piece.key, sought)
        if start is not None or (named and _is_short(piece.text, sought)):
            yield leak(sheet, place_in(piece, start or 0), IDENTIFIER)
    for table in sheet.content.tables:
        if _names_somebody(table, sought):
            yield leak(sheet, table.place, IDENTIFIER)


def patient_dates(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find dates from the cohort, in any common form; as numbers only where there are data."""
    for piece in sheet.content.pieces:
        start = date_at(piece.text, sought, is_strict(piece))
        if start is not None:
            yield leak(sheet, place_in(piece, start), DATE)
    for table in sheet.content.tables:
        if _has_dates(table, sought):
            yield leak(sheet, table.place, DATE)


def rows_of_patients(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find tables with two or more columns that only patients have, and with values in them.

    A name that is there several times has levels beside it, as in Table 1, and no value of one patient.
    """
    for table in sheet.content.tables:
        once = [number for number, name in enumerate(table.names) if table.names.count(name) == 1]
        columns = [number for number in once if is_subject(table.names[number], sought)]
        if len({table.names[number] for number in columns}) > 1 and _has_values(table, columns, sought):
            yield leak(sheet, table.place, RECORDS)


def _names_somebody(table: Table, sought: Sought) -> bool:
    rows = rows_of_data(table, sought)
    for number, name in enumerate(table.names):
        cells = [row[number] for row in rows]
        identifying = is_identifying(name, sought)
        if identifying and any(_is_short(cell, sought) for cell in cells):
            return True
        strict = is_strict(table) or identifying
        if identifier_at(SEPARATOR.join(map(_whole_number, cells)), sought, strict) is not None:
            return True
    return False


def _is_short(cell: str, sought: Sought) -> bool:
    """Tell whether a cell is a short identifier, or several of them."""
    return any(_whole_number(word) in sought.short for word in _SEPARATED.split(words.normal(cell)))


def _whole_number(cell: str) -> str:
    return cell.removesuffix(".0")


def _has_dates(table: Table, sought: Sought) -> bool:
    rows = rows_of_data(table, sought)
    for number, name in enumerate(table.names):
        cells, dated = [row[number] for row in rows], is_dated(name, sought)
        if date_at(SEPARATOR.join(cells), sought, is_strict(table) or dated) is not None:
            return True
        if (dated or table.kind != SEEN) and _has_dates_in_cells(cells, sought, dated):
            return True
    return False


def _has_dates_in_cells(cells: list[str], sought: Sought, dated: bool) -> bool:
    each = any(dates.whole(words.normal(cell), dated) & sought.dates for cell in set(cells))
    return each or dates.as_numbers(cells, sought.dates, dated)


def _has_values(table: Table, columns: list[int], sought: Sought) -> bool:
    """Tell whether a table has values of patients: numbers, or several rows; names and their meanings are none."""
    rows = [[row[number] for number in columns] for row in rows_of_data(table, sought)]
    filled = [row for row in rows if any(row)]
    return len(filled) > 1 or any(re.search(r"\d", cell) for row in filled for cell in row)
