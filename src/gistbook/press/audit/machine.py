"""Rules on the machine: no path of it, no name of its user or of itself, no parameter with an absolute path."""

import re
from collections.abc import Iterator

from gistbook.press.audit import words
from gistbook.press.audit.findings import SEPARATOR, Leak, Rule, Sheet, Table, leak, place_in
from gistbook.press.audit.sought import Sought, remembered

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
        noted = [number for number, name in enumerate(table.names) if words.bare(name) in _ABOUT]
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
    return next((match.start() for form in words.forms(text) if (match := _GIVEN.search(form))), None)


@remembered
def _path_at(text: str, sought: Sought) -> int | None:
    if not any(mark in text for mark in "/\\%"):
        return None
    for form in words.forms(text):
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
    for form in words.forms(text):
        for start, end, name in words.found(form, sought.names):
            known = name in _COMMON or name in sought.printed_words
            if not known and (len(name) >= _SHORTEST_NAME or _is_in_a_path(form, start, end)):
                return start
    return None


def _is_in_a_path(text: str, start: int, end: int) -> bool:
    return text[max(start - 1, 0) : start] in ("/", "\\") or text[end : end + 1] in ("/", "\\", "@")


def _is_noted(key: str, value: str, sought: Sought) -> bool:
    """Tell whether a note on who made a file, or where, is a name that is sought, however common a word it is."""
    return words.bare(key) in _ABOUT and words.as_word(value) in sought.names.known
