"""What a file of a book is taken apart into, what a leak is, and what is known and sought.

What is known of a cohort and a machine is made ready to be sought, with what the book prints of its own accord.
"""

import functools
import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from gistbook.book.audit import matching
from gistbook.schemas import ADSL, ADTTE, INPUTS, LINES

SEEN, DATA, CODE, COMMENT = "seen", "data", "code", "comment"
"""Kinds of content: what a reader is shown, values kept for programs, programs and any other text, comments."""


SEPARATOR = " | "
"""Between values that are sought in one go, so that none runs on into the next."""


class Allowed(NamedTuple):
    """What the policy of a book lets be printed of counts and of times; anything at all, unless it says more.

    Attributes
    ----------
    coarsens : bool
        Whether the policy makes counts coarse.
    minimum : int
        The smallest count that it lets through; 0 where it rounds counts instead.
    grid : float
        Width of the grid of times, in days.
    released : bool
        Whether it is one to publish under at all.
    note, mark : str
        How the note begins that stands under every figure and table whose counts were made coarse, and how a page
        begins to say that it is not to be published.
    """

    coarsens: bool = False
    minimum: int = 0
    grid: float = 0.0
    released: bool = True
    note: str = ""
    mark: str = ""


class Known(NamedTuple):
    """What must not be in a book, and what it prints whatever the cohort; built by the caller.

    Attributes
    ----------
    identifiers : frozenset of str
        Every patient's identifier.
    dates : frozenset of date
        Every date of a patient, less those that a book prints on purpose, such as the data cut-off.
    identifying : frozenset of str
        What the cohort's own files call the column of identifiers.
    columns : frozenset of str
        What they call any column.
    places : tuple of str
        Absolute paths of the machine that made the book.
    names : tuple of str
        Its user and its host.
    printed : tuple of str
        The book's own texts. What stands in them does not come from the data.
    allowed : Allowed
        What the disclosure policy of the book lets be printed.
    others : frozenset of str
        Chapters whose numbers are of other patients than the cohort's.
    """

    identifiers: frozenset[str] = frozenset()
    dates: frozenset[date] = frozenset()
    identifying: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    allowed: Allowed = Allowed()
    others: frozenset[str] = frozenset()


class Rule(NamedTuple):
    """A rule as it is told when it is broken, and the remedy."""

    says: str
    remedy: str


class Leak(NamedTuple):
    """One thing that should not be in a book: the file, the place in it, the rule and the remedy; never the value."""

    file: str
    place: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.rule}. {self.remedy}"


class Piece(NamedTuple):
    """A text in one place; `key` is the attribute or the entry that holds it, if one does.

    The lines of a `raw` text are those of the file, or of what is written in that place.
    """

    text: str
    place: str
    kind: str = SEEN
    key: str = ""
    hidden: bool = False
    raw: bool = False


class Table(NamedTuple):
    """Values under names: a table of a page, records in JSON, lines of CSV; every cell as text.

    The `caption` is what is said of it in its own place, if anything is.
    """

    names: tuple[str, ...]
    rows: list[tuple[str, ...]]
    place: str
    kind: str = SEEN
    hidden: bool = False
    caption: str = ""


class Drawn(NamedTuple):
    """Curves over months that are drawn in one place: at which months they turn, and to how many months a dot is."""

    months: tuple[float, ...]
    nearest: float
    at_risk: tuple[str, ...]
    place: str


class Element(NamedTuple):
    """An element of a page with its attributes, or, under a tag of our own, another part of a file.

    `text` is that of scripts and styles only. Ours are `program` and `sheet`, for scripts and styles wherever they
    stand, `cell` and `papermill`, of a notebook, and `elsewhere`, for a file that is really in another place.
    """

    tag: str
    attributes: dict[str, str]
    place: str
    text: str = ""


class Inner(NamedTuple):
    """A file within a file, or a text in another language than the one around it, still to be taken apart."""

    name: str
    content: bytes
    place: str
    hidden: bool = False


class Content(NamedTuple):
    """All that a file was taken apart into."""

    pieces: list[Piece]
    tables: list[Table]
    elements: list[Element]
    inner: list[Inner]
    drawn: list[Drawn]

    def take(self, other: "Content") -> None:
        """Add what another part of the same file was taken apart into."""
        for mine, theirs in zip(self, other, strict=True):
            mine.extend(theirs)


class Sheet(NamedTuple):
    """One file of a book, or one file in an archive of it, with its content."""

    file: str
    content: Content


def place_in(piece: Piece, start: int) -> str:
    """Return the place of a letter of a piece, by line where the piece has lines of a file."""
    if not piece.raw:
        return piece.place
    line = f"line {piece.text.count(chr(10), 0, start) + 1}"
    return f"{piece.place}, {line} within" if piece.place else line


def nothing() -> Content:
    """Return a content to which parts are added."""
    return Content([], [], [], [], [])


def leak(sheet: Sheet, place: str, rule: Rule) -> Leak:
    """Return a leak in a file."""
    return Leak(sheet.file, place, rule.says, rule.remedy)


SHORTEST = 5
"""Letters of the shortest identifier that is sought everywhere; a shorter one is sought where identifiers stand.

So is a number no larger than that of patients, which may be a count of them, wherever else it stands.
"""

_SHORTEST_ROW = 3
"""Cells of a row that may be the book's own; a shorter one is found in many a text."""

_IDENTIFYING = frozenset(
    ["usubjid", "subjid", "subjectid", "subject", "patientid", "patient", "patientno", "patno", "patnr", "pat", "pid",
     "ptid", "ptno", "mrn", "caseid", "caseno", "case", "recordid", "participant", "participantid", "id", "患者id"]
)  # fmt: skip
"""Names of a column of identifiers, or of an attribute that holds one, in small letters and without signs."""

_ADAM = frozenset(
    ["SUBJID", "SITEID", "BRTHDTC", "BRTHDT", "RFSTDTC", "DTHDTC", "TRTSDT", "TRTEDT", "TR01SDT", "RANDDT", "LSTALVDT",
     "ADY", "ASTDY", "AENDY", "PARAM", "AVALC", "VISIT", "VISITNUM", "AGEU", "RACE", "ETHNIC", "SAFFL", "ITTFL",
     "ENTRYDY", "SRCDOM", "SRCSEQ", "DCUTDT", "LANE"]
)  # fmt: skip
"""Columns of patients that data sets by ADaM commonly have besides ours."""

_DATED = re.compile(r"date|dates|day|(?:\w*_)?date|date_\w+|datum|[A-Z0-9]{0,6}(?:DT|DTC|DTM)|日付|年月日")

_OF_PATIENTS = [column for table in INPUTS.values() for column in table] + [*ADSL, *ADTTE, *LINES]
_NAMES = {name for column in _OF_PATIENTS for name in (column.name, column.adam)}
_OURS = frozenset(name for name in _NAMES if not re.fullmatch(r"[a-z]*", name))
"""Our names of columns of patients, less those in small letters that are plain words, such as `sex` and `start`."""

_PLAIN_WORDS = {"age", "sex", "line", "trt", "dose", "schedule", "mutation", "param", "visit", "race", "ethnic"}


class Sought(NamedTuple):
    """What is sought, in the forms in which it is compared.

    `parts` are pieces of identifiers as a search index cuts them; `identifying` and `dated` are names of columns, and
    `subject` names that only a table of patients has. `printed_*` is what the book prints whatever the cohort.
    `answers` are those of searches so far, by search and text.
    """

    identifiers: matching.Words
    short: frozenset[str]
    parts: frozenset[str]
    dates: frozenset[date]
    identifying: frozenset[str]
    dated: frozenset[str]
    subject: frozenset[str]
    places: tuple[str, ...]
    names: matching.Words
    printed_words: frozenset[str]
    printed_dates: frozenset[date]
    printed_lines: frozenset[str]
    printed_text: str
    allowed: Allowed
    others: frozenset[str]
    answers: dict


def remembered(find: Callable) -> Callable:
    """Have a search in a text keep its answers, as most texts of a book, such as attributes, stand in it many times."""

    @functools.wraps(find)
    def found(text: str, sought: Sought, *how: bool):
        key = (find, text, *how)
        if key not in sought.answers:
            sought.answers[key] = find(text, sought, *how)
        return sought.answers[key]

    return found


def ready(known: Known) -> Sought:
    """Make what is known ready to be sought."""
    telling = {word for word in known.identifiers if len(word) >= SHORTEST and not _may_count(word, known)}
    long = matching.word_list(telling)
    people = matching.word_list(known.names)
    printed = matching.normal("\n".join(known.printed))
    return Sought(
        identifiers=long,
        short=frozenset(map(matching.normal, known.identifiers - telling)),
        parts=frozenset(part for word in long.known for part in _parts(word)),
        dates=known.dates,
        identifying=_IDENTIFYING | set(map(matching.bare, known.identifying)),
        dated=_OURS & {name for column in _OF_PATIENTS if column.kind == "date" for name in (column.name, column.adam)},
        subject=_names_of_patients(known),
        places=tuple(sorted({_slashed(place) for place in known.places}, key=len, reverse=True)),
        names=people,
        printed_words=frozenset(word for each in (long, people) for *_, word in matching.words_in(printed, each)),
        printed_dates=frozenset(day for *_, days in matching.dates_in(printed) for day in days),
        printed_lines=frozenset(matching.line_of(line) for line in printed.splitlines()),
        printed_text=printed,
        allowed=known.allowed,
        others=known.others,
        answers={},
    )


@remembered
def identifier_at(text: str, sought: Sought, strict: bool, indexed: bool = False) -> int | None:
    """Return where a text names a patient; where it is not strict, a word that the book prints anyway is passed."""
    for form in matching.forms(text):
        for start, _, word in matching.words_in(form, sought.identifiers):
            if strict or word not in sought.printed_words:
                return start
        if indexed and not sought.parts.isdisjoint(matching.runs(form)):
            return 0
    return None


@remembered
def date_at(text: str, sought: Sought, strict: bool) -> int | None:
    """Return where a text has a date of a patient; where it is not strict, a day that the book prints is passed."""
    for form in matching.forms(text):
        for start, _, days in matching.dates_in(form):
            if days & sought.dates and (strict or not days & sought.printed_dates):
                return start
    return None


def is_identifying(name: str, sought: Sought) -> bool:
    """Tell whether a column, entry or attribute of this name holds identifiers."""
    return matching.bare(name.removeprefix("data-")) in sought.identifying


def is_dated(name: str, sought: Sought) -> bool:
    """Tell whether a column or entry of this name holds dates."""
    return name in sought.dated or bool(_DATED.fullmatch(name) or _DATED.fullmatch(name.lower()))


def is_subject(name: str, sought: Sought) -> bool:
    """Tell whether a column or entry of this name is one of patients."""
    return name in sought.subject or _underscored(name) in sought.subject


def is_of_others(place: str, sought: Sought) -> bool:
    """Tell whether a file, or a place in one, belongs to a chapter on other patients."""
    words_of = (part.partition("-")[0].partition(".")[0] for part in place.split("/"))
    return any(word in sought.others for word in words_of)


def is_strict(table: Table | Piece) -> bool:
    """Tell whether what is found here comes from data, even if the book's own text has the same."""
    return table.kind == DATA


def rows_of_data(table: Table, sought: Sought) -> list[tuple[str, ...]]:
    """Return the rows of a table, less those that stand in the book's own texts."""
    if is_strict(table):
        return table.rows
    return [row for row in table.rows if len(row) < _SHORTEST_ROW or _line(row) not in sought.printed_lines]


def masked(text: str, sought: Sought) -> str:
    """Return the name of a file, or a place in one, without any value that is sought."""
    form = matching.normal(text)
    spans = [(start, end) for start, end, days in matching.dates_in(form) if days & sought.dates]
    spans += [
        (start, end) for each in (sought.identifiers, sought.names) for start, end, _ in matching.words_in(form, each)
    ]
    hidden = "…" if len(form) != len(text) else None
    if spans and hidden:
        return hidden
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]}…{text[end:]}"
    return "/".join("…" if matching.normal(part) in _lettered(sought.short) else part for part in text.split("/"))


def _may_count(word: str, known: Known) -> bool:
    """Tell whether an identifier is a number that a page may print as a count of patients."""
    return word.isdecimal() and word[0] != "0" and int(word) <= len(known.identifiers)


def _line(row: tuple[str, ...]) -> str:
    return matching.line_of(" ".join(row))


def _lettered(short: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in short if not word.isdecimal())


def _parts(word: str) -> list[str]:
    found = word.split("-") if "-" in word else []
    return [part for part in found if len(part) >= SHORTEST and not part.isalpha()]


def _names_of_patients(known: Known) -> frozenset[str]:
    """Return the names that only a table of patients has: ours, and those of the cohort that are no plain words."""
    theirs = {name for name in known.columns if not re.fullmatch(r"\w[a-z]*|[\d.]+", name)}
    small = {name.lower() for name in _OURS | _ADAM} - _PLAIN_WORDS
    return _OURS | _ADAM | small | theirs | set(map(_underscored, theirs))


def _underscored(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip().lower())


def _slashed(place: str) -> str:
    return matching.normal(place.replace("\\", "/")).rstrip("/")
