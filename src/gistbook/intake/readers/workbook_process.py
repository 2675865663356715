"""Open a workbook in a process of its own, since a broken one can bring down the library that reads it, and us with it.

Run as a program with the path of a workbook and the name of a sheet ("" for the only one), or with the path alone for
the names of its sheets; it writes a pickled dict. The library gives a blank for a cell that holds an error such as
#N/A, or a formula without a result; so that nothing goes missing in silence, these are looked up in the file itself.
"""

import contextlib
import gc
import io
import pickle
import posixpath
import re
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

MOST_MEMORY = 8 * 2**30
"""Bytes that this process may take; a sheet that needs more has a cell astray, far from the others."""

_ERROR = re.compile(
    rb'<(?:\w+:)?c\s(?=[^<>]*\bt="e")[^<>]*\br="([A-Z]{1,3})(\d{1,7})"[^<>]*>(?:<(?:\w+:)?f\b[^<>]*>(?:[^<]*</(?:\w+:)?f>)?)?'
    rb"<(?:\w+:)?v>([^<]+)<"
)
_FORMULAS = (b"<f>", b"<f ", b":f>", b":f ")
_BARE_FORMULA = re.compile(
    rb'<(?:\w+:)?c\s(?![^<>]*\bt="str")[^<>]*\br="[A-Z]{1,3}(\d{1,7})"[^<>]*>'
    rb"<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_ERROR_IN_XLS = re.compile(
    rb"\x06\x00.{8}\x02.[\x00\x07\x0f\x17\x1d\x24\x2a].{3}\xff\xff"  # the result of a formula
    rb"|\x05\x02\x08\x00.{6}[\x00\x07\x0f\x17\x1d\x24\x2a]\x01",  # a cell
    re.DOTALL,
)


def contents(path: Path, wanted: str | None) -> dict:
    """Return the `names` of the sheets, and of one sheet its `name`, `start` and `columns` of typed cells.

    The name is blank if it is not clear which sheet is wanted; `start` is the place of the first cell, from (0, 0);
    `bare` are the rows with a formula that has no result; `hidden` tells that errors are somewhere, but not where.
    """
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    book = _book(path)
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if wanted is None:
        return {"names": names}
    name = wanted or _only(book, [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible])
    if name not in names:
        return {"names": names, "name": ""}
    sheet, (errors, bare, hidden) = book.get_sheet_by_name(name), _lost(path.read_bytes(), name)
    start, rows = sheet.start or (0, 0), sheet.to_python()
    for (row, column), error in errors.items():
        rows[row - start[0]][column - start[1]] = error
    columns = list(zip(*rows, strict=True))
    return {"names": names, "name": name, "start": start, "columns": columns, "bare": bare, "hidden": hidden}


def _book(path: Path):
    """Return the opened workbook; one whose suffix is that of another kind is opened by its contents."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        raise
    except CalamineError:
        return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))


def _only(book, names: list[str]) -> str:
    """Return the only sheet, or the only one that is not empty."""
    filled = names if len(names) == 1 else [name for name in names if book.get_sheet_by_name(name).height]
    return filled[0] if len(filled) == 1 else ""


def _lost(data: bytes, sheet: str) -> tuple[dict, list[int], bool]:
    """Return what the library keeps from us: errors by place, rows of formulas without result, errors without place."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}, [], bool(_ERROR_IN_XLS.search(data))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = _sheet_xml(archive, sheet)
    errors = _ERROR.findall(xml) if b't="e"' in xml else []
    bare = _BARE_FORMULA.findall(xml) if any(mark in xml for mark in _FORMULAS) else []
    return {(int(row) - 1, _column(letters)): text.decode() for letters, row, text in errors}, [*map(int, bare)], False


def _sheet_xml(archive: zipfile.ZipFile, sheet: str) -> bytes:
    """Return the part of an Excel workbook that holds a sheet; nothing for a workbook of another make."""
    if "xl/workbook.xml" not in archive.namelist():
        return b""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    ids = {each.get("name"): _attribute(each, "id") for each in book.iter() if each.tag.endswith("}sheet")}
    targets = {each.get("Id"): each.get("Target", "") for each in links}
    part = posixpath.join("/xl", targets.get(ids.get(sheet), "")).lstrip("/")
    return archive.read(part) if part in archive.namelist() else b""


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.items() if key.endswith("}" + name)), "")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _answer(path: str, wanted: str | None = None) -> dict:
    from python_calamine import PasswordError

    try:
        return contents(Path(path), wanted)
    except PasswordError:
        return {"locked": True}


if __name__ == "__main__":
    gc.disable()
    _limit_memory()
    pickle.dump(_answer(*sys.argv[1:]), sys.stdout.buffer, protocol=5)
