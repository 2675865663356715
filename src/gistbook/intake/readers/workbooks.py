"""Workbooks of spreadsheet programs: one sheet, its rows numbered as the program shows them."""

import pickle
import subprocess
import sys
from pathlib import Path

import pandas as pd

from gistbook.conventions import DataError, nearest
from gistbook.intake.readers.cells import column_texts
from gistbook.intake.readers.rows import ANOTHER_HEADER, LOOKED_AT, Raw, Reading, headed, refused, with_header

LONGEST_SECONDS = 900
"""Seconds after which a workbook that has not been opened is taken for a broken one."""

_PROGRAM = Path(__file__).with_name("workbook_process.py")


def read_sheet(path: Path, reading: Reading) -> Raw:
    """Read one sheet of a workbook: the named one, or else the only one that is seen, or that is not empty."""
    found = _opened(path, reading.sheet)
    if not found["name"]:
        raise _unclear(path, reading.sheet, found["names"])
    cells = _texts(found, reading.decimal)
    top = cells.loc[reading.header :].head(LOOKED_AT)
    named = top.index[(top.apply(lambda column: column.str.strip()) != "").any(axis=1)]
    if named.empty:
        remedy = f"Save it with one row of names above the patients, or say where that is: {ANOTHER_HEADER}."
        raise refused(path, "no row names the columns", remedy)
    header = int(named[0])
    _refuse_lost(path, found, header)
    rows = headed(path, cells.loc[header].tolist(), cells.loc[header + 1 :], header)
    return Raw(rows, with_header(f"sheet {found['name']} of a workbook", header), "row")


def sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets of a workbook, in its order."""
    return _opened(path)["names"]


def _opened(path: Path, *sheet: str) -> dict:
    """Return what `workbook_process` tells of a workbook."""
    path.open("rb").close()  # fails here, in our own process, if the file may not be read
    command = [sys.executable, "-I", str(_PROGRAM), str(path.resolve()), *sheet]
    try:
        told = subprocess.run(command, capture_output=True, check=True, timeout=LONGEST_SECONDS).stdout
        found = pickle.loads(told)
    except subprocess.SubprocessError as error:
        remedy = "Open it in a spreadsheet program, delete cells that lie far from the table, and save it as .xlsx."
        raise refused(path, "the file is not a workbook, or a broken one", remedy) from error
    if "locked" in found:
        raise refused(path, "the workbook is locked by a password", "Save a copy without a password.")
    return found


def _texts(found: dict, decimal: str) -> pd.DataFrame:
    """Return every cell of a sheet as text, rows numbered from 1 and columns from 0."""
    top, left = found["start"]
    height = len(found["columns"][0]) if found["columns"] else 0
    columns = {number: column_texts(cells, decimal) for number, cells in enumerate(found["columns"], left)}
    return pd.DataFrame(columns, index=range(top + 1, top + 1 + height), dtype=object)


def _refuse_lost(path: Path, found: dict, header: int) -> None:
    """Refuse a sheet of which some cells cannot be read, where a blank would pass for a missing value."""
    if bare := tuple(sorted({number for number in found["bare"] if number >= header})):
        remedy = "Open the workbook in a spreadsheet program, which computes it, and save it."
        raise refused(path, "a formula without a stored result", remedy, bare)
    if found["hidden"]:
        remedy = "Save the workbook as .xlsx, or correct the formulas."
        raise refused(path, "cells hold errors such as #N/A, which cannot be read from this kind of file", remedy)


def _unclear(path: Path, wanted: str, names: list[str]) -> DataError:
    if not names:
        return refused(path, "the workbook has no sheet of cells", "Name another file.")
    if wanted:
        return refused(path, f"there is no sheet named {wanted}", nearest(wanted, names))
    remedy = f'Say which, as sheet = "{names[0]}", under [tables] in cohort.toml. There is: {", ".join(names)}.'
    return refused(path, "it is not clear which of its sheets is meant", remedy)
