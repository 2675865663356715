"""A cohort folder to fill in: empty tables, the same as one workbook, and the `cohort.toml` that lies beside this file.

The workbook has a sheet that explains (`guide.txt`), then a sheet a table, with lists to choose from; `made.txt` is
said of a folder that was made. The one door to openpyxl, by which the workbook of a book's tables is written as well.
"""

import functools
import io
import itertools
import re
import shlex
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.datavalidation import DataValidation

from gistbook.conventions import UsageError
from gistbook.intake.checks.columns import BOUNDS
from gistbook.schemas import TABLES, Column, names

WORKBOOK, SETTINGS, GUIDE_SHEET = "cohort.xlsx", "cohort.toml", "How to fill in"
EXAMPLE_DATE, REQUIRED = "2015-12-31", "required"
HEADINGS = ("table", "column", "needed", "kind", "unit", "what may stand there", "meaning")
ROWS = 2000
"""Rows of each table in which cells are checked while they are filled in."""

_OF_THE_SYSTEM = ("desktop.ini", "thumbs.db")
"""Files, in small letters, that a system puts into a folder by itself; so are those whose names begin with a point."""

_FORMATS = {"text": "@", "number": "General", "date": "yyyy-mm-dd"}
"""For each kind of column, its number format; as text, 007 stays 007, 4/2 does not become a date, nor =1 a formula."""

_FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2099, 12, 31)
_BOLD = Font(bold=True, size=11)
_AMBER, _BLUE = "FFD966", "DDEBF7"
_GUIDE_WIDTHS = (13, 21, 10, 9, 9, 42, 50)
_WIDEST = 50
_CORE, _NO_DAY = "docProps/core.xml", (1980, 1, 1, 0, 0, 0)
_STAMPS = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>")


def write(folder: Path) -> list[str]:
    """Make a cohort folder to fill in, with the folders above it, whole or not at all; what to do next, line by line.

    Raises `UsageError` if something is there already; it is untouched.
    """
    place = folder.resolve()
    ground = next(each for each in (place, *place.parents) if each.exists())
    if not ground.is_dir():
        raise UsageError(f"{ground} is a file, not a folder, and is left alone. Name a folder that does not exist yet.")
    theirs = [each.name for each in place.iterdir() if not each.name.startswith(".")] if ground == place else []
    if any(name.lower() not in _OF_THE_SYSTEM for name in theirs):
        raise UsageError(f"{folder} is not empty, and is left alone. Name a folder that does not exist yet.")
    tables = {f"{name}.csv": f"{','.join(names(columns))}\r\n".encode("utf-8-sig") for name, columns in TABLES.items()}
    files = tables | {WORKBOOK: workbook(), SETTINGS: _beside(SETTINGS).encode()}
    with TemporaryDirectory(dir=ground, prefix=".gistbook-") as beside:
        made = Path(beside) / place.relative_to(ground)
        made.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (made / name).write_bytes(content)
        for each in sorted(Path(beside).iterdir()):
            each.rename(ground / each.name)
    made = {"folder": folder, "tables": ", ".join(tables), "quoted": shlex.quote(str(folder))}
    return _beside("made.txt").format(**made).splitlines()


def workbook() -> bytes:
    """The workbook to fill in; its bytes do not tell when it was made."""
    book = Workbook()
    book.active.title = GUIDE_SHEET
    _explain(book.active)
    for table, columns in TABLES.items():
        _lay_out(book.create_sheet(table), columns)
    return _saved(book)


@functools.lru_cache(1)  # the audit of a book asks for the one that was just written
def of_texts(sheets: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]) -> bytes:
    """A workbook of texts: of each sheet its name, and its rows of cells, none of which is a formula."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            _append(sheet, row)
        sheet["A1"].font = _BOLD
        columns = itertools.zip_longest(*(row for row in rows if len(row) > 1), fillvalue="")
        for number, cells in enumerate(columns, start=1):
            width = min(max(map(len, cells)) + 2, _WIDEST)
            sheet.column_dimensions[sheet.cell(1, number).column_letter].width = width
    return _saved(book)


def _saved(book) -> bytes:
    book.properties.creator = "gistbook"
    written, again = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = _STAMPS.sub(b"", old.read(name)) if name == _CORE else old.read(name)
            new.writestr(zipfile.ZipInfo(name, _NO_DAY), content, zipfile.ZIP_DEFLATED)
    return again.getvalue()


def allowed(column: Column) -> tuple[str, dict]:
    """What may stand in the cells of a column: in words, and as a spreadsheet program checks it."""
    if column.permitted:
        return f"one of {', '.join(column.permitted)}", {"type": "list", "formula1": f'"{",".join(column.permitted)}"'}
    if column.kind == "date":
        days = {"formula1": int(to_excel(_FIRST_DAY)), "formula2": int(to_excel(_LAST_DAY))}
        return f"a date, such as {EXAMPLE_DATE}", {"type": "date", **days}
    if column.kind != "number":
        return "any text", {}
    low, high = BOUNDS.get(column.name, (0, None))
    words, operator = f"a number, {low} or more", "greaterThanOrEqual"
    if high is not None:
        words, operator = f"a number from {low} to {high}", "between"
    return words, {"type": "decimal", "formula1": low, "formula2": high, "operator": operator}


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _explain(sheet) -> None:
    for line in _beside("guide.txt").format(required=REQUIRED, date=EXAMPLE_DATE).splitlines():
        _append(sheet, [line])
    sheet["A1"].font = Font(bold=True, size=14)
    _append(sheet, [""])
    for heading in _append(sheet, HEADINGS):
        _emphasize(heading, _BLUE)
    for table, column in [(table, column) for table, columns in TABLES.items() for column in columns]:
        needed = REQUIRED if column.required else ""
        row = (table, column.name, needed, column.kind, column.unit, allowed(column)[0], column.meaning)
        for cell in _append(sheet, row):
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if cell.value == REQUIRED:
                _emphasize(cell, _AMBER)
    for letter, width in zip("ABCDEFG", _GUIDE_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    _fit_to_page(sheet)


def _lay_out(sheet, columns: Iterable[Column]) -> None:
    for cell, column in zip(_append(sheet, [column.name for column in columns]), columns, strict=True):
        _emphasize(cell, _AMBER if column.required else _BLUE)
        cell.comment = _note(column)
        down = sheet.column_dimensions[cell.column_letter]
        down.number_format = _FORMATS[column.kind]
        down.width = max(12, *(len(word) + 4 for word in (column.name, *column.permitted)))
        if rule := _rule(column):
            rule.add(f"{cell.column_letter}2:{cell.column_letter}{ROWS + 1}")
            sheet.add_data_validation(rule)
    sheet.freeze_panes = "B2"
    _fit_to_page(sheet)


def _append(sheet, texts: Iterable[str]) -> list:
    """Write texts into the next row, and return its cells; a text that begins with = is no formula."""
    cells = [Cell(sheet, value=text) for text in texts]
    for cell in cells:
        cell.data_type = "s"
    sheet.append(cells)
    return cells


def _rule(column: Column):
    words, asked = allowed(column)
    blank = "" if column.required else " Leave it blank if it is not known."
    told = {"errorTitle": column.name, "error": f"This cell takes {words}.{blank}"}
    return (
        DataValidation(**asked, **told, errorStyle="stop", showErrorMessage=True, allow_blank=True) if asked else None
    )


def _note(column: Column):
    unit, needed = f", in {column.unit}" if column.unit else "", "Required" if column.required else "May stay blank"
    text = f"{column.meaning}{unit}.\n\n{needed}: {allowed(column)[0]}."
    lines = sum(1 + len(line) // 38 for line in text.splitlines())
    return Comment(text, "gistbook", height=24 + 18 * lines, width=280)


def _emphasize(cell, colour: str) -> None:
    cell.font = _BOLD
    cell.fill = PatternFill("solid", start_color=colour)


def _fit_to_page(sheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
