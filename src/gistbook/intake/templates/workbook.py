"""The workbook to fill in: a sheet that explains, then a sheet a table, with lists to choose from."""

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date

from gistbook.intake.templates import guide
from gistbook.schemas import TABLES, Column

GUIDE_SHEET = "How to fill in"
ROWS = 2000
"""Rows of each table in which cells are checked while they are filled in."""

_FORMATS = {"text": "@", "number": "General", "date": "yyyy-mm-dd"}
"""For each kind of column, its number format; as text, 007 stays 007, 4/2 does not become a date, nor =1 a formula."""

_FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2099, 12, 31)
_AMBER, _BLUE = "FFD966", "DDEBF7"
_GUIDE_WIDTHS = (13, 21, 10, 9, 9, 42, 50)
_CORE = "docProps/core.xml"
_STAMPS = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>")
_NO_DAY = (1980, 1, 1, 0, 0, 0)


def drawn_up() -> bytes:
    """Return the workbook; its bytes do not tell when it was made."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = GUIDE_SHEET
    _explain(book.active)
    for table, columns in TABLES.items():
        _lay_out(book.create_sheet(table), columns)
    book.properties.creator = "gistbook"
    written = io.BytesIO()
    book.save(written)
    return _unstamped(written)


def _explain(sheet) -> None:
    for line in (GUIDE_SHEET, *guide.instructions()):
        _append(sheet, [line])
    sheet["A1"].font = _font(size=14)
    _append(sheet, [""])
    for heading in _append(sheet, guide.HEADINGS):
        _emphasize(heading, _BLUE)
    for row in guide.explained():
        for cell in _append(sheet, row):
            cell.alignment = _wrapped()
            if cell.value == guide.REQUIRED:
                _emphasize(cell, _AMBER)
    for letter, width in zip("ABCDEFG", _GUIDE_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    _fit_to_page(sheet)


def _lay_out(sheet, columns: Iterable[Column]) -> None:
    """Make the form of one table: its header, and for each column how it is written and what it takes."""
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
    """Write a row of texts below the last one, and return its cells; a text that begins with = is no formula."""
    row = sheet.max_row + 1 if sheet["A1"].value else 1
    cells = [sheet.cell(row, number) for number, _ in enumerate(texts, 1)]
    for cell, text in zip(cells, texts, strict=True):
        cell.value = text
        cell.data_type = "s"
    return cells


def _rule(column: Column):
    """Return the rule that a spreadsheet holds cells of a column against as they are typed; `None` for any text."""
    from openpyxl.utils.datetime import to_excel
    from openpyxl.worksheet.datavalidation import DataValidation

    low, high = guide.bounds(column)
    if column.permitted:
        asked = {"type": "list", "formula1": f'"{",".join(column.permitted)}"'}
    elif column.kind == "date":
        asked = {"type": "date", "formula1": int(to_excel(_FIRST_DAY)), "formula2": int(to_excel(_LAST_DAY))}
    elif column.kind == "number":
        asked = {"type": "decimal", "formula1": low, "formula2": high}
        asked["operator"] = "between" if high is not None else "greaterThanOrEqual"
    else:
        return None
    told = {"errorTitle": column.name, "error": guide.refusal(column)}
    return DataValidation(**asked, **told, errorStyle="stop", showErrorMessage=True, allow_blank=True)


def _note(column: Column):
    from openpyxl.comments import Comment

    text = guide.note(column)
    lines = sum(1 + len(line) // 38 for line in text.splitlines())
    return Comment(text, "gistbook", height=24 + 18 * lines, width=280)


def _emphasize(cell, colour: str) -> None:
    from openpyxl.styles import PatternFill

    cell.font = _font()
    cell.fill = PatternFill("solid", start_color=colour)


def _font(size: int = 11):
    from openpyxl.styles import Font

    return Font(bold=True, size=size)


def _wrapped():
    from openpyxl.styles import Alignment

    return Alignment(wrap_text=True, vertical="top")


def _fit_to_page(sheet) -> None:
    """Print a sheet lying, as wide as the paper."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _unstamped(written: io.BytesIO) -> bytes:
    """Return a workbook without the time at which it was made, so that it has the same bytes whenever it is made."""
    again = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            held = old.read(name)
            member = zipfile.ZipInfo(name, _NO_DAY)
            new.writestr(member, _STAMPS.sub(b"", held) if name == _CORE else held, zipfile.ZIP_DEFLATED)
    return again.getvalue()
