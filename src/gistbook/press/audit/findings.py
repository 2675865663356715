"""What a file of a book is taken apart into, what is known of the cohort and the machine, and what a leak is."""

from datetime import date
from typing import NamedTuple

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
