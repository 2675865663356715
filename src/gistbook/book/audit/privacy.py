"""What nobody may learn from a book: rules on patients, on the machine, and on what was left behind.

No identifier of a patient, no date, and no table with a row for each; no path of the machine, no name of its user or
of itself, no parameter with an absolute path; no hidden data, no output that was to be removed, no file that no reader
needs.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from gistbook.book.audit import matching, records
from gistbook.book.audit.findings import (
    COMMENT,
    SEEN,
    SEPARATOR,
    Leak,
    Rule,
    Sheet,
    Sought,
    Table,
    date_at,
    identifier_at,
    is_dated,
    is_identifying,
    is_strict,
    is_subject,
    leak,
    place_in,
    remembered,
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
    return any(_whole_number(word) in sought.short for word in _SEPARATED.split(matching.normal(cell)))


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
    each = any(matching.dates_of_cell(matching.normal(cell), dated) & sought.dates for cell in set(cells))
    return each or matching.are_day_numbers(cells, sought.dates, dated)


def _has_values(table: Table, columns: list[int], sought: Sought) -> bool:
    """Tell whether a table has values of patients: numbers, or several rows; names and their meanings are none."""
    rows = [[row[number] for number in columns] for row in rows_of_data(table, sought)]
    filled = [row for row in rows if any(row)]
    return len(filled) > 1 or any(re.search(r"\d", cell) for row in filled for cell in row)


PATH = Rule(
    "a path of the machine that made the book",
    "Print no path; a chapter's cohort_dir is the relative one that a build gives it.",
)
NAME = Rule(
    "the name of a user or of a computer",
    "Leave it out, or build under another account.",
)
PARAMETER = Rule(
    "a parameter that holds an absolute path",
    "Run the chapter by gistbook build, which gives it a relative path.",
)

_BEFORE = r"(?<![\w.:/%~@-])(?:file:/{2,3}(?=[a-z]:)|(?:file://)(?=/))?"
_FOLDERS = (
    "home|users|root|tmp|var/folders|var/tmp|private/(?:var|tmp)|mnt|media|volumes|scratch|srv|workspaces?|builds"
)
_ABSOLUTE = re.compile(
    rf"{_BEFORE}(?:/(?:{_FOLDERS})/[\w.~@+-]|[a-z]:[\\/]{{1,2}}(?:users|documents and settings|temp|windows|data)[\\/]"
    r"|[a-z]:\\{1,2}[\w .~-]+\\|\\\\[\w.-]+\\[\w$.-]+\\)[\w.~@+$/\\-]*"
)
_SYSTEM = {"", "/", "/usr", "/usr/local", "/opt", "/bin"}
"""Places that every machine has, and that tell nothing of one."""

_WHAT = "cohort|data|out|output|work|working|base|home|values|source|project|notebook|input|cache|temp|tmp|build|book"
_PARAMETER = re.compile(rf"(?:{_WHAT})_?(?:dir|directory|folder|path|file|root)|cwd|workdir|prefix")
_GIVEN = re.compile(rf"(?<![a-z])(?:{_PARAMETER.pattern})[\"']?\s*[:=]\s*[\"'](?:/\w|~/|[a-z]:[\\/]|\\\\)")
_IS_ABSOLUTE = re.compile(r"(?:file:)?(?:/\w|~/|[a-z]:[\\/]|\\\\).*")

_ABOUT = {"author", "user", "username", "owner", "creator", "login", "logname", "host", "hostname", "machine", "byline",
          "computer", "node", "nodename", "lastmodifiedby", "maintainer", "by"}  # fmt: skip
_COMMON = {"root", "user", "admin", "runner", "ubuntu", "debian", "jovyan", "build", "builder", "docker", "node", "app",
           "vagrant", "test", "guest", "home", "work", "data", "main", "python", "jupyter", "localhost", "server", "ci",
           "host", "github", "gitlab", "nobody", "worker", "analysis", "research", "book", "patient", "study",
           "desktop", "laptop", "computer", "office", "vm", "pc", "mac"}  # fmt: skip
"""Names of accounts and of computers that are words as well; in prose they tell nothing."""

_SHORTEST_NAME = 3


def paths(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find paths of the machine: those that are known, and any absolute one in a place where people's files are."""
    for text, place in _texts(sheet):
        if (start := _path_at(text, sought)) is not None:
            yield leak(sheet, place(start), PATH)


def names(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find the name of the user or the computer: in a note on the file, in a path, or as a word that is uncommon."""
    for piece in sheet.content.pieces:
        start = _name_at(piece.text, sought)
        if start is not None or _is_noted(piece.key, piece.text, sought):
            yield leak(sheet, place_in(piece, start or 0), NAME)
    for table in sheet.content.tables:
        noted = [number for number, name in enumerate(table.names) if matching.bare(name) in _ABOUT]
        if any(_is_noted(table.names[number], row[number], sought) for number in noted for row in table.rows) or (
            _name_at(_all_of(table, SEPARATOR), sought) is not None
        ):
            yield leak(sheet, table.place, NAME)
    for element in sheet.content.elements:
        about = element.attributes.get("name", "")
        if element.tag == "meta" and _is_noted(about, element.attributes.get("content", ""), sought):
            yield leak(sheet, element.place, NAME)


def parameters(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find parameters such as `cohort_dir` that hold an absolute path, in code and in data."""
    for piece in sheet.content.pieces:
        start = _given_at(piece.text, sought)
        if start is not None:
            yield leak(sheet, place_in(piece, start), PARAMETER)
    for table in sheet.content.tables:
        named = [number for number, name in enumerate(table.names) if _PARAMETER.fullmatch(name.lower())]
        if any(_IS_ABSOLUTE.fullmatch(row[number].lower()) for number in named for row in table.rows):
            yield leak(sheet, table.place, PARAMETER)


def _texts(sheet: Sheet) -> Iterator[tuple]:
    """Yield every text of a file, with a function that tells the place of a letter of it."""
    for piece in sheet.content.pieces:
        yield piece.text, lambda start, piece=piece: place_in(piece, start)
    for table in sheet.content.tables:
        yield _all_of(table, "\n"), lambda _, table=table: table.place


def _all_of(table: Table, between: str) -> str:
    """Return the cells of a table as one text, each once."""
    return between.join(dict.fromkeys(cell for row in table.rows for cell in row))


@remembered
def _given_at(text: str, sought: Sought) -> int | None:
    return next((match.start() for form in matching.forms(text) if (match := _GIVEN.search(form))), None)


@remembered
def _path_at(text: str, sought: Sought) -> int | None:
    if not any(mark in text for mark in "/\\%"):
        return None
    for form in matching.forms(text):
        slashed = form.replace("\\\\", "/").replace("\\", "/")
        for match in _ABSOLUTE.finditer(form):
            if match[0] not in sought.printed_text:
                return match.start()
        for place in sought.places:
            if place in slashed and (found := re.search(_known(place), slashed)) is not None:
                return found.start()
    return None


def _known(place: str) -> str:
    """Return the form of a known path; one of a single part counts only if it goes on, as it may be any word."""
    if place in _SYSTEM:
        return r"(?!)"
    goes_on = r"(?![\w-])" if place.count("/") > 1 else r"/\w"
    return rf"(?<![\w.])(?:file://)?{re.escape(place)}{goes_on}"


@remembered
def _name_at(text: str, sought: Sought) -> int | None:
    for form in matching.forms(text):
        for start, end, name in matching.words_in(form, sought.names):
            known = name in _COMMON or name in sought.printed_words
            if not known and (len(name) >= _SHORTEST_NAME or _is_in_a_path(form, start, end)):
                return start
    return None


def _is_in_a_path(text: str, start: int, end: int) -> bool:
    return text[max(start - 1, 0) : start] in ("/", "\\") or text[end : end + 1] in ("/", "\\", "@")


def _is_noted(key: str, value: str, sought: Sought) -> bool:
    """Tell whether a note on who made a file, or where, is a name that is sought, however common a word it is."""
    return matching.bare(key) in _ABOUT and matching.as_word(value) in sought.names.known


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
    "Leave it out: a reader who opens the source of the page can read it.",
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

_LEFT_FOLDERS = {"_sources", ".doctrees", "doctrees", ".ipynb_checkpoints", "__pycache__", ".git", ".jupyter_cache",
                 "jupyter_execute", ".runs", "__MACOSX"}  # fmt: skip
_LEFT_FILES = {".buildinfo", ".buildinfo.bak", "objects.inv", ".DS_Store", "Thumbs.db", ".env", "environment.pickle",
               ".RData", ".Rhistory", "cohort.toml", "values.json", "run.json", "frames.json"}  # fmt: skip
_ENDS = {".map", ".log", ".err", ".pyc", ".pickle", ".pkl", ".joblib", ".doctree", ".bak", ".swp", ".orig", ".tmp",
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
        if piece.kind == COMMENT and records.is_data(piece.text):
            yield leak(sheet, piece.place, COMMENTED)
        elif piece.hidden and records.is_data(piece.text):
            yield leak(sheet, piece.place, HIDDEN)


def files(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find files that no reader needs: sources, logs, source maps, inventories, files of data, links elsewhere."""
    path = PurePosixPath(sheet.file)
    named = path.name in _LEFT_FILES and sheet.file != _OFFERED
    left = _LEFT_FOLDERS & set(path.parts) or named or path.suffix.lower() in _ENDS
    if left or path.name.endswith("~") or _WORKBOOK in sheet.file:
        yield leak(sheet, "its name", LEFT)
    if any(element.tag == "elsewhere" for element in sheet.content.elements):
        yield leak(sheet, "its place", LINKED)
