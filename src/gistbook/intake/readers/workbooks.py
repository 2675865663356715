"""Workbooks of spreadsheet programs: one sheet, its rows numbered as the program shows them.

calamine, which reads them, holds a sheet as a rectangle: one cell far from all others would take more memory than there
is and end the process, so such a workbook is refused by what its parts say, before it is opened. It also gives a blank
for a cell that holds an error such as #N/A, and for a formula without a result; so that nothing goes missing in
silence, these are looked up in the file itself.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

import pandas as pd

from gistbook.conventions import DataError
from gistbook.intake.readers import rows as tables
from gistbook.intake.readers.rows import ANOTHER_HEADER, Raw, Reading, refused
from gistbook.spelling import nearest

_ERROR = re.compile(
    rb'<(?:\w+:)?c\s(?=[^<>]*\bt="e")[^<>]*\br="([A-Z]{1,3})(\d{1,7})"[^<>]*>(?:<(?:\w+:)?f\b[^<>]*>(?:[^<]*</(?:\w+:)?f>)?)?'
    rb"<(?:\w+:)?v>([^<]+)<"
)
_BARE_FORMULA = re.compile(
    rb'<(?:\w+:)?c\s(?![^<>]*\bt="str")[^<>]*\br="[A-Z]{1,3}(\d{1,7})"[^<>]*>'
    rb"<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_FILLED = re.compile(rb'<(?:\w+:)?c\s[^<>]*\br=["\']([A-Z]{1,3})(\d{1,7})["\'][^<>]*(?<!/)><(?!/)')
"""A cell of an Excel sheet that holds something; an empty one has a style at most."""

_HIDDEN = re.compile(rb'<(?:\w+:)?row\s[^<>]*\bhidden="(?:1|true)"[^<>]*>')
_UNTELLABLE = "nobody can tell here whether rows are hidden: save it as .xlsx if some may be"
_BOOK, _STYLES, _CONTENT = "xl/workbook.xml", "xl/styles.xml", "content.xml"
_STYLE = re.compile(rb'\bs="(\d+)"')
_ROW_NUMBER = re.compile(rb'\br="(\d{1,7})"')
_ERROR_IN_XLS = re.compile(
    rb"\x06\x00.{8}\x02.[\x00\x07\x0f\x17\x1d\x24\x2a].{3}\xff\xff"  # the result of a formula
    rb"|\x05\x02\x08\x00.{6}[\x00\x07\x0f\x17\x1d\x24\x2a]\x01",  # a cell
    re.DOTALL,
)


def read_sheet(path: Path, reading: Reading) -> Raw:
    """Read one sheet of a workbook: the named one, or else the only one that is seen, or that is not empty.

    A name of a column that is broken into lines within its cell is read as one line.
    """
    with _opened(path, reading) as (book, data, archive):
        name = reading.sheet or _only(book)
        if name not in _names(book):
            raise _unclear(path, reading.sheet, _names(book))
        xml = _sheet_xml(archive, name)
        if reading.serial and re.search(rb'date1904="(?:1|true)"', _part(archive, _BOOK)):
            rule = "the workbook counts days from 1904, and its numbers are not those of a serial date"
            raise refused(path, rule, "Format the cells of dates as dates, and save it; or count them from 1900.")
        cells, seen = _texts(book.get_sheet_by_name(name), xml, reading.decimal), _seen(book)
        marked = _hidden(archive, xml, name), _struck(archive, xml)
    top = cells.loc[reading.header :].head(tables.LOOKED_AT)
    named = top.index[(top.apply(lambda column: column.str.strip()) != "").any(axis=1)]
    if named.empty:
        remedy = f"Save it with one row of names above the patients, or say where that is: {ANOTHER_HEADER}."
        raise refused(path, "no row names the columns", remedy)
    header = int(named[0])
    _refuse_lost(path, b"" if archive else data, xml, header)
    names = [" ".join(name.split()) for name in cells.loc[header]]
    rows = tables.headed(path, names, cells.loc[header + 1 :], header)
    how = tables.with_header(f"{'' if name in seen else 'hidden '}sheet {name} of a workbook", header)
    how += "" if archive else f", an old kind of which {_UNTELLABLE}"
    hidden, struck = (tuple(row for row in each if row in rows.index) for each in marked)
    return Raw(rows, how, hidden, struck, is_hidden=name not in seen)


def sheet_names(path: Path, reading: Reading) -> list[str]:
    """The names of the sheets of a workbook, in its order."""
    with _opened(path, reading) as (book, *_):
        return _names(book)


@contextmanager
def _opened(path: Path, reading: Reading) -> Iterator[tuple]:
    """A workbook as calamine opens it, its bytes, and the archive that they are, if they are packed.

    Whatever the libraries make of a broken one is a refusal.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    data = path.read_bytes()
    try:
        archive = zipfile.ZipFile(io.BytesIO(data)) if zipfile.is_zipfile(io.BytesIO(data)) else None
        _measure(path, archive, reading)
        try:
            book = CalamineWorkbook.from_path(path)
        except PasswordError:
            raise refused(path, "the workbook is locked by a password", "Save a copy without a password.") from None
        except CalamineError:  # its suffix may be that of another kind
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        yield book, data, archive
    except (DataError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a panic of Rust is no Exception
        remedy = "Open it in a spreadsheet program, delete cells that lie far from the table, and save it as .xlsx."
        raise refused(path, "the file is not a workbook, or a broken one", remedy) from error


def _part(archive: zipfile.ZipFile | None, name: str) -> bytes:
    """A part of a packed workbook; nothing if it has no such part, or is not packed."""
    return archive.read(name) if archive and name in archive.namelist() else b""


def _measure(path: Path, archive: zipfile.ZipFile | None, reading: Reading) -> None:
    """Refuse an Excel or LibreOffice workbook that would take all memory, or with which calamine would not end."""
    if not archive:
        return
    size = sum(part.file_size for part in archive.infolist())
    tables.refuse_beyond(path, 0, size, reading)
    sheets = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
    extents = [_extent(archive.read(name)) for name in sheets]
    if content := _part(archive, _CONTENT):
        extents.append(_open_document(content)[0])
    tables.refuse_beyond(path, max(extents, default=0), size, reading)


def _extent(xml: bytes) -> int:
    """Cells in the rectangle that the filled cells of an Excel sheet span."""
    letters, last = set(), 0
    for cell in _FILLED.finditer(xml):
        letters.add(cell[1])
        last = max(last, int(cell[2]))
    return last * (1 + max(map(_column, letters), default=-1))


def _open_document(xml: bytes, sheet: str = "") -> tuple[int, list[int]]:
    """Cells in the largest rectangle that the filled cells of a table of LibreOffice span, and a sheet's hidden rows.

    A row is hidden by hand or by a filter; of blank ones that repeat, not all are listed. An error if it is no XML.
    """
    row, column, most, within, hidden = 0, 0, 0, False, []

    def begin(tag: str, about: dict) -> None:
        nonlocal row, column, most, within
        if tag == "table:table":
            row, within = 0, about.get("table:name") == sheet
        if tag == "table:table-row":
            many = int(about.get("table:number-rows-repeated", 1))
            if within and about.get("table:visibility", "visible") != "visible":
                hidden.extend(range(row + 1, row + 1 + min(many, tables.MOST_REPEATED)))
            row, column = row + many, 0
        if tag in ("table:table-cell", "table:covered-table-cell"):
            column += int(about.get("table:number-columns-repeated", 1))
            most = max(most, row * column) if "office:value-type" in about else most

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.Parse(xml, True)
    return most, hidden


def _hidden(archive: zipfile.ZipFile | None, xml: bytes, sheet: str) -> list[int]:
    """The hidden rows of a sheet, of which `xml` is what an Excel workbook says."""
    if not xml:
        return _open_document(_part(archive, _CONTENT) or b"<none/>", sheet)[1]
    return [int(row[1]) for tag in _HIDDEN.findall(xml) if (row := _ROW_NUMBER.search(tag))]


def _struck(archive: zipfile.ZipFile | None, xml: bytes) -> list[int]:
    """The rows of an Excel sheet of which a cell that holds something is struck through as a whole."""
    styles = _part(archive, _STYLES) if xml else b""
    if b"strike" not in styles:
        return []
    sections = {each.tag.rpartition("}")[2]: each for each in ElementTree.fromstring(styles)}
    marks = [font.find("{*}strike") for font in sections.get("fonts", ())]
    struck = {str(n) for n, mark in enumerate(marks) if mark is not None and mark.get("val", "1") not in ("0", "false")}
    formats = {n for n, form in enumerate(sections.get("cellXfs", ())) if form.get("fontId") in struck}
    cells = ((_STYLE.search(cell[0]), int(cell[2])) for cell in _FILLED.finditer(xml))
    return list(dict.fromkeys(row for style, row in cells if style and int(style[1]) in formats))


def _names(book) -> list[str]:
    from python_calamine import SheetTypeEnum

    return [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _seen(book) -> set[str]:
    from python_calamine import SheetVisibleEnum

    return {sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible}


def _only(book) -> str:
    """The only sheet that is seen, or the only one that is not empty; "" if there is none such, or several."""
    seen = _seen(book)
    names = [name for name in _names(book) if name in seen]
    filled = names if len(names) == 1 else [name for name in names if book.get_sheet_by_name(name).height]
    return filled[0] if len(filled) == 1 else ""


def _sheet_xml(archive: zipfile.ZipFile | None, sheet: str) -> bytes:
    """The part of an Excel workbook that holds a sheet; nothing for a workbook of another make."""
    if not _part(archive, _BOOK):
        return b""
    book, links = (ElementTree.fromstring(_part(archive, name)) for name in (_BOOK, "xl/_rels/workbook.xml.rels"))
    named = next(each for each in book.iter() if each.tag.endswith("}sheet") and each.get("name") == sheet)
    link = next((value for key, value in named.items() if key.endswith("}id")), "")
    target = next((each.get("Target", "") for each in links if each.get("Id") == link), "")
    return _part(archive, posixpath.join("/xl", target).lstrip("/"))


def _column(letters: bytes) -> int:
    return sum(26**place * (letter - ord("A") + 1) for place, letter in enumerate(reversed(letters))) - 1


def _texts(sheet, xml: bytes, decimal: str) -> pd.DataFrame:
    """Every cell of a sheet as text, its errors among them, rows numbered from 1 and columns from 0."""
    top, left = sheet.start or (0, 0)
    cells = enumerate(zip(*sheet.to_python(), strict=True), left)
    columns = {number: tables.column_texts(column, decimal) for number, column in cells}
    for letters, row, error in _ERROR.findall(xml) if b't="e"' in xml else ():
        columns[_column(letters)][int(row) - 1 - top] = error.decode()
    height = max(map(len, columns.values()), default=0)
    return pd.DataFrame(columns, index=range(top + 1, top + 1 + height), dtype=object)


def _refuse_lost(path: Path, unpacked: bytes, xml: bytes, header: int) -> None:
    """Refuse a sheet of which some cells cannot be read, where a blank would pass for a missing value.

    `unpacked` are the bytes of a workbook that is not packed.
    """
    bare = _BARE_FORMULA.findall(xml) if re.search(rb"[<:]f[ >]", xml) else []
    if rows := tuple(sorted({int(number) for number in bare if int(number) >= header})):
        remedy = "Open the workbook in a spreadsheet program, which computes it, and save it."
        raise refused(path, "a formula without a stored result", remedy, rows)
    if _ERROR_IN_XLS.search(unpacked):
        remedy = "Save the workbook as .xlsx, or correct the formulas."
        raise refused(path, "cells hold errors such as #N/A, which cannot be read from this kind of file", remedy)


def _unclear(path: Path, wanted: str, names: list[str]) -> DataError:
    if not names:
        return refused(path, "the workbook has no sheet of cells", "Name another file.")
    if wanted:
        return refused(path, f"there is no sheet named {wanted}", nearest(wanted, names))
    say = f'{{ file = "{path.name}", sheet = "{names[0]}" }} under [tables] in cohort.toml'
    remedy = f"Say which, as {say}. There is: {', '.join(names)}."
    return refused(path, "it is not clear which of its sheets is meant", remedy)
