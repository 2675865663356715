"""Rules on what was left behind: hidden data, outputs that were to be removed, and files that no reader needs."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from gistbook.press.audit import listings
from gistbook.press.audit.findings import COMMENT, Leak, Rule, Sheet, leak
from gistbook.press.audit.sought import Sought

REMOVED = Rule(
    "an output that was to be removed or hidden is still in the notebook",
    "Clear the outputs of such cells before the notebook is published.",
)
NOTED = Rule(
    "what papermill noted of the run is still in the notebook",
    "Take the metadata of papermill out of it.",
)
HIDDEN = Rule(
    "data in a part of the page that is not shown",
    "Leave it out: whoever opens the source of the page reads it.",
)
COMMENTED = Rule(
    "data in a comment",
    "Leave the comment out.",
)
LEFT = Rule(
    "a file that is no part of a book",
    "Do not publish it.",
)
LINKED = Rule(
    "a link to another place of the machine",
    "Put the file itself there, or nothing.",
)

_REMOVING = re.compile(r"(?:remove|hide)[-_](?:output|cell|stdout|stderr)s?|outputs?_hidden")

_WORKBOOK = ", xl/workbook"
"""How a workbook of whatever name is known, as an archive that holds this."""

_OFFERED = "downloads/values.json"
"""The one file of a run's name that is made for readers."""

_INJECTED = "injected-parameters"

_FOLDERS = {"_sources", ".doctrees", "doctrees", ".ipynb_checkpoints", "__pycache__", ".git", ".jupyter_cache",
            "jupyter_execute", ".runs", "__MACOSX"}  # fmt: skip
_FILES = {".buildinfo", ".buildinfo.bak", "objects.inv", ".DS_Store", "Thumbs.db", ".env", "environment.pickle",
          ".RData", ".Rhistory", "cohort.toml", "values.json", "run.json", "frames.json"}  # fmt: skip
_SUFFIXES = {".map", ".log", ".err", ".pyc", ".pickle", ".pkl", ".joblib", ".doctree", ".bak", ".swp", ".orig", ".tmp",
             ".old", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet", ".feather", ".arrow", ".xpt", ".sas7bdat", ".sav",
             ".dta", ".rds", ".rda", ".sqlite", ".sqlite3", ".db", ".mdb", ".h5", ".hdf5", ".npy", ".npz"}  # fmt: skip
"""Ends of names of what programs note for themselves, and of files of data."""


def removed_outputs(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find outputs of cells whose tags remove or hide them, and what papermill noted."""
    for element in sheet.content.elements:
        tags = element.attributes.get("tags", "").split()
        if element.tag == "cell" and any(map(_REMOVING.fullmatch, tags)) and element.attributes["outputs"] != "0":
            yield leak(sheet, element.place, REMOVED)
        if element.tag == "papermill" or _INJECTED in tags:
            yield leak(sheet, element.place, NOTED)


def hidden_data(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find data where a page does not show them: in elements that are hidden, and in comments."""
    for table in sheet.content.tables:
        if table.hidden and any(re.search(r"\d", cell) for row in table.rows for cell in row):
            yield leak(sheet, table.place, HIDDEN)
    for piece in sheet.content.pieces:
        if piece.kind == COMMENT and listings.is_data(piece.text):
            yield leak(sheet, piece.place, COMMENTED)
        elif piece.hidden and listings.is_data(piece.text):
            yield leak(sheet, piece.place, HIDDEN)


def files(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find files that no reader needs: sources, logs, source maps, inventories, files of data, links elsewhere."""
    path = PurePosixPath(sheet.file)
    named = path.name in _FILES and sheet.file != _OFFERED
    left = _FOLDERS & set(path.parts) or named or path.suffix.lower() in _SUFFIXES
    if left or path.name.endswith("~") or _WORKBOOK in sheet.file:
        yield leak(sheet, "its name", LEFT)
    if any(element.tag == "elsewhere" for element in sheet.content.elements):
        yield leak(sheet, "its place", LINKED)
