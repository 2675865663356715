"""Every convention of the book, once: the month, the interval, rounding, phrases, escaping, errors."""

import csv
import functools
import html
import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

PAPER = "10.1007/s00595-021-02241-5"
"""DOI of the paper that the book re-expresses; a cohort that `reproduces` it is held to its claims."""

SEED = 3711
"""Seed of the bundled cohort: with it the scales can be tuned, and second-line outcome is alike in both groups."""

NEW_OBJECTS = 50_000
"""New objects between two searches for unused ones; with Python's 700 what ends soon takes a tenth longer."""

IMATINIB = "imatinib"
"""International name of the first-line drug, in lowercase."""

DAYS_PER_MONTH = 365.25 / 12
"""Days in a month; every duration printed in months is a difference of dates divided by this."""

DAYS_PER_UNIT = {"days": 1, "weeks": 7, "months": DAYS_PER_MONTH, "years": 12 * DAYS_PER_MONTH}
"""Days in each unit in which a time may be recorded."""

SAME_TIME = 1e-6
"""Days by which two times must differ to be two; less is left by arithmetic, or by a change of unit."""

EVENT, CENSORED = 0, 1
"""Values of the ADaM variable CNSR, where 0 means that the event happened."""

COMPETING = "competing event"
"""How a recorded time ended that an event of another kind ended: it counts as censored."""

LONGEST_GAP_DAYS = 90
"""A longer gap between doses of imatinib ends its continuation."""

CONFIDENCE_LEVEL = 0.95
INTERVAL = "log-log"
"""Transformation under which limits of a survival probability are symmetric; R's own default is `log`."""

SERIAL = "serial"
"""In place of a date format: days are numbers that a spreadsheet counts from the end of 1899."""

MINIMA = (5, 10, 11)
"""Smallest counts that a threshold may let through: the customs of OHDSI, of the ONS and ACRO, and of CMS."""

NOT_FOR_RELEASE = "exact_not_for_release"
"""Name of the policy under which a confidential cohort is shown as it is, to nobody but those who may see it."""

POLICIES = ("exact", "midpoint6", *(f"threshold{minimum}" for minimum in MINIMA))
"""Names of the disclosure policies under which a book can be published."""

QUANTILE_TOLERANCE = 1e-9
"""How near to a half survival counts as a half, so that floating point does not decide where a plateau is."""

FEWEST_AT_RISK = 5
"""Under delayed entry, a curve is read from the first time at which this many are at risk."""

RECORDED, ANALYSED = "Patients recorded", "Analysed"
"""First and last step of the flow of patients that every cohort has."""

OVERALL = "All"
"""Name of the group made by pooling every group."""

UNKNOWN = "not stated in the abstract"
NOT_RECORDED = "not recorded in this cohort"
NOT_ESTIMABLE = "not estimable in this cohort"
NOT_REACHED = "not reached"
EXHAUSTED = "beyond the last patient at risk"
NOT_STARTED = "before enough are at risk"
NOT_COMPUTED = "not computed in this run"
NO_NUMBER = "a statement without a number"
WITHHELD = "withheld by the disclosure policy"
UNKNOWN_COMMIT = "unknown, since the source is not a git repository"

PHRASES = {
    UNKNOWN: "The paper's abstract, which is all that we have of it, does not tell.",
    NOT_RECORDED: "The cohort's folder has no such table or column, or nobody for whom it could be computed.",
    NOT_ESTIMABLE: "There are patients, but no estimate exists, as for a hazard ratio where a group has no event.",
    NOT_REACHED: "The curve, or its limit, does not fall to the required level during follow-up.",
    EXHAUSTED: "Nobody was followed up to this time, and the curve is not extended to it.",
    NOT_STARTED: "Patients come under observation late, and the curve starts where enough of them have.",
    NOT_COMPUTED: "No chapter of this run gave a value, as when one chapter runs alone.",
    NO_NUMBER: "The paper states something and gives no figure for it, so that there is nothing to compute.",
    WITHHELD: "It could reveal single patients. The policy is named under the figure or table.",
}
"""Words that stand in place of a number, and what each means; never a blank, a zero or a NaN."""


def phrases(cohort) -> dict[str, str]:
    """Those words that can stand in the book of a cohort; only one of the paper's disease has its abstract."""
    return {words: PHRASES[words] for words in PHRASES if cohort.book.is_of_gist or words not in (UNKNOWN, NO_NUMBER)}


RECORDED_ORIGIN, RECORDED_ZERO = "recorded", "the start of the recorded time"
"""Time zero of a cohort whose times were recorded as such, as in ADaM's ADTTE, and not reckoned from dates."""

RECORDED_AS = {"resistance": "{}RES", "imatinib_start": "{}IM", "second_line": "{}2L", RECORDED_ORIGIN: "{}"}
"""For each time zero, the code of an endpoint whose time from there is recorded."""

RECONSTRUCTED = "reconstructed"
"""Access of patients who were worked out from a published figure: public, under a banner of their own."""

ACCESS = ("synthetic", "public", RECONSTRUCTED, "confidential")
"""Kinds of access to a cohort; a cohort that names none is confidential."""

DATA_NOTES = {
    "synthetic": "Synthetic patients drawn by this project; not the patients of the paper.",
    "public": "Public data: {title}.",
    RECONSTRUCTED: "Reconstructed from a published figure: {title}.",
    "confidential": "Confidential data: {title}.",
}
"""For each access, the sentence in the foot of every page, and in every file that can leave the book."""

BANNERS = DATA_NOTES | {
    "synthetic": "Synthetic data. Every patient in this book was drawn by a program and tuned to a published "
    "abstract: it shows the method at work and is no evidence for the paper’s findings.",
    RECONSTRUCTED: "Reconstructed from a published figure: {title}. A program worked the times of these patients out "
    "of a printed curve; nobody’s record was read.",
}
"""For each access, what stands at the top of every page, before the name of a disclosure policy."""

THIS_COHORT = dict.fromkeys(ACCESS, "this cohort")
THIS_COHORT |= {access: f"this {access} cohort" for access in ("synthetic", RECONSTRUCTED)}
"""For each access, how a sentence speaks of the cohort."""

CUSTOMARY_BLANKS = frozenset(
    ("na", "n/a", "n.a.", "<na>", "nan", "nd", "n.d.", "none", "null", "unknown", "unk", "missing", "not known", "不明",
     "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend", "未知", "k.a.", ".", "-", "--", "?", "\\n",
     "#n/a", "#nv", "#null!", "#ref!", "#div/0!", "#value!", "#name?", "#num!")
)  # fmt: skip
"""What people write, in small letters, into a cell of which they know nothing."""

_TAG = re.compile(r"<[^<>]*>")
_TAG_BEGINS = re.compile(r"<(?=[a-zA-Z/!?])")

_ENTITY = re.compile(r"&#?\w+;")
_STEERS = re.compile(r"[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb]")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


class Group(str):
    """A group's name that sorts at its place in an order that was asked for, and otherwise is that text.

    Whatever sorts groups (tables, curves, tests) so has the order, without being told.
    """

    def __new__(cls, name: str, place: int = 0):
        """Make the name of the group at a place, counted from 0; pickle puts it there afterwards."""
        group = super().__new__(cls, name)
        group.place = place
        return group

    def __lt__(self, other: str) -> bool:
        return self.place < other.place if isinstance(other, Group) else str(self) < str(other)

    def __gt__(self, other: str) -> bool:
        return self.place > other.place if isinstance(other, Group) else str(self) > str(other)


class GistbookError(Exception):
    """A failure told to the user in words; `exit_status` is what the command line returns."""

    exit_status = 1


RECORD_TYPE, FRAMES_TYPE = (f"application/vnd.gistbook.{what}+json" for what in ("record", "frames"))
"""Mime types of what a chapter pastes unseen: the bare numbers beside a phrase, the estimates behind a figure."""

ROW_OF = "gistbook_row"
"""Entry of an output's metadata by which the theme knows the row, in the table of its page, of what it pasted."""

ERROR, WARNING = "error", "warning"
"""How grave a finding is: with an error there is no book; a warning names what a book leaves out or takes as it is."""

FRAMES_SUFFIX = "_frames"
"""What follows the key of a figure or a table in the key of its frames: a page would show all that is under one key."""

_MOST_ROWS = 10


class Finding(NamedTuple):
    """One problem in a cohort folder: a place, the rule it breaks and the remedy; never a value from the data.

    `theirs` is what the user's own file calls the column.
    """

    table: str
    column: str
    rows: tuple[int, ...]
    rule: str
    remedy: str
    severity: str = ERROR
    theirs: str = ""

    def __str__(self) -> str:
        place = f"{self.table}, column {self.column}" if self.column else self.table
        theirs = f" (yours: {self.theirs})" if self.theirs and self.theirs != self.column else ""
        more = f" and {len(self.rows) - _MOST_ROWS} more" if len(self.rows) > _MOST_ROWS else ""
        numbers = f"{', '.join(map(str, self.rows[:_MOST_ROWS]))}{more}"
        rows = f", {'row' if len(self.rows) == 1 else 'rows'} {numbers}" if self.rows else ""
        return f"{place}{theirs}{rows}: {self.rule}. {self.remedy}"


class DataError(GistbookError):
    """The cohort's data break rules (all of them in `findings`), or a claim or an audit failed."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()):
        super().__init__("\n".join([message, *(f"  {finding}" for finding in findings)]))
        self.findings = tuple(findings)


class PatientDataError(GistbookError):
    """A subject-level frame came where only estimates may come."""

    exit_status = 3


class UsageError(GistbookError):
    """The command, or a parameter, was misused."""

    exit_status = 2


class ChapterError(GistbookError):
    """A chapter, or the making of the book, failed."""

    exit_status = 3


def kind_of_data(access: str, title: str) -> str:
    """Of which kind the data of a cohort are, in one sentence."""
    return DATA_NOTES[access].format(title=title)


def caption_note(access: str, title: str, rule: str = "") -> str:
    """What stands under a figure or a table: a policy's rule, and the kind of data unless each page tells it once."""
    return f"{'' if access == 'synthetic' else kind_of_data(access, title)} {rule}".strip()


def months(duration):
    """A duration in months from one in days (a number or a series)."""
    return duration / DAYS_PER_MONTH


def days(duration):
    """A duration in days from one in months (a number, a series, or each of a list)."""
    if isinstance(duration, list):
        return [days(each) for each in duration]
    return duration * DAYS_PER_MONTH


def rounded(value: float, digits: int) -> str:
    """A number as it is printed: ties away from zero, as clinical tables round, never Python's ties to even.

    >>> rounded(0.125, 2), rounded(14.25, 1), rounded(47.0, 1)
    ('0.13', '14.3', '47.0')
    """
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def is_known(value) -> bool:
    """Tell whether a value is a finite number, and so may be printed as one."""
    return value is not None and math.isfinite(value)


def p_value(p: float) -> str:
    """A p-value as a phrase: two digits, three below 0.1, and never below 0.001.

    >>> p_value(0.134), p_value(0.0312), p_value(0.00002)
    ('p = 0.13', 'p = 0.031', 'p < 0.001')
    """
    if p < 0.001:
        return "p < 0.001"
    return f"p = {rounded(p, 3 if p < 0.1 else 2)}"


def shown(text: str) -> str:
    """Text of the data with what would steer the text around it shown by its number, or kept to itself."""
    seen = _STEERS.sub(lambda sign: " " if sign[0].isspace() else f"⟨U+{ord(sign[0]):04X}⟩", text)
    return f"\u2068{seen}\u2069" if _RIGHT_TO_LEFT.search(seen) else seen


def escaped(text) -> str:
    """HTML that shows a text and does nothing else; every string that came from data passes here."""
    return html.escape(str(text), quote=True)


def unspelt(text: str) -> str:
    """HTML with each letter as itself, but for the three signs that HTML must spell.

    >>> unspelt("&#8220;a &lt; b&#8221;")
    '“a &lt; b”'
    """
    return _ENTITY.sub(lambda entity: html.escape(html.unescape(entity[0]), quote=False), text)


def in_words_only(text: str) -> str:
    """Text that HTML shows, in one line and without its tags.

    >>> in_words_only("<b>a &lt; b</b>")
    'a < b'
    """
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def tagless(text: str, spelt: str = "&lt;") -> str:
    """Text in which nothing can be taken for a tag, whatever reads it; any other < stays as it is."""
    return _TAG_BEGINS.sub(lambda _: spelt, text)


def rows_of(table: Path) -> list[dict[str, str]]:
    """The rows of a table of this package, each as texts by the names of its columns."""
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def template(path: Path, is_strict: bool = False, **options):
    """A template of Jinja, in which values are escaped; it may use those beside it, and a strict one needs them all."""
    import jinja2

    options |= {"undefined": jinja2.StrictUndefined} if is_strict else {}
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(path.parent), autoescape=True, **options)
    return environment.get_template(path.name)


def counted(n: int, noun: str) -> str:
    """A number of things in words: the noun is in the plural unless there is one.

    >>> counted(1, "event"), counted(0, "patient")
    ('1 event', '0 patients')
    """
    return f"{n} {noun}{'' if n == 1 else 's'}"


def spent(part: str, seconds: float) -> str:
    """The line by which a build tells how many seconds a part of a book took."""
    return f"{part:<28} {seconds:5.1f} s"
