"""A built book as a closed list: what is in it is listed, and made of chapters, the theme and what was released.

Here stands what a leak is, and by which rules one is found. `policy` is the reviewed list: elements, scripts, files and
texts of the theme. `files` names the kinds of files, and compares those that are made of others with what their own
code makes of these: `released` reads what chapters showed and pasted, from notebooks, frames and values, and `pages`
what was made of that. `counts` holds what was released against the disclosure policy, and `plain` looks, in what was
released and in what has no source, for patients and the machine in plain sight. `parsing` takes pages and texts apart;
`gate` knows the cohort.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the theme takes the policy of pages from here, and waits for no table
    from gistbook.analysis.disclosure import Policy
    from gistbook.book.downloads import Data


class Known(NamedTuple):
    """What must not be in a book, and what a book may hold beside what was released; built by the caller."""

    identifiers: frozenset[str] = frozenset()  # of all patients
    dates: frozenset[date] = frozenset()  # of patients, but those that a book prints on purpose, as the data cut-off
    times: frozenset[int] = frozenset()  # survival times of patients, in days
    columns: frozenset[str] = frozenset()  # what the cohort's own files call any, and what we call those of patients
    identifying: frozenset[str] = frozenset()  # columns of identifiers, as the cohort's own files call them
    labels: frozenset[str] = frozenset()  # words of the user that a book prints: groups, levels, drugs, and the title
    places: tuple[str, ...] = ()  # absolute paths of the machine that made the book
    names: tuple[str, ...] = ()  # of its user and its host
    own: tuple[str, ...] = ()  # what the owner calls the book, and by whom it is
    data: "Data | None" = None  # what every page and every file says of the data
    book: Path = Path()  # the folder of `_config.yml`, `chapters/` and `references.bib`
    policy: "Policy | None" = None  # of disclosure; without one, numbers are exact
    tables: dict[str, bytes | Path] = {}  # parts of the file by which a synthetic cohort may be taken away, or none


class Rule(NamedTuple):
    """A rule as it is told when it is broken, and the remedy."""

    says: str
    remedy: str


Fault = tuple[str, Rule]  # the place of something that may not be there, and the rule that it breaks


class Leak(NamedTuple):
    """One thing that should not be in a book: the file, the place in it, the rule and the remedy; never the value."""

    file: str
    place: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.rule}. {self.remedy}"


IDENTIFIER = Rule("an identifier of a patient", "Leave out what prints it, and give counts and estimates instead.")
DATE = Rule("a date of a patient", "Print times between dates, or years, instead.")
RECORDS = Rule("rows of patients, or their exact times", "Hand estimates to figures and tables, and publish no data.")
PATH = Rule(
    "a path of the machine that made the book",
    "Print no path; a chapter's cohort_dir is the relative one that a build gives it.",
)
NAME = Rule("the name of a user or of a computer", "Leave it out, or build under another account.")
UNSOURCED = Rule(
    "text that is neither of a chapter, nor of the theme, nor released",
    "Paste it, or show it as a table or a figure; what a page says comes from there.",
)
UNLISTED = Rule(
    "a part of a page that no book of ours has",
    "Leave it out; if the theme is a new one, review its parts and list them anew.",
)
LEFT = Rule("a file that is no part of a book", "Do not publish it.")
REMOTE = Rule(
    "an address that is not the book's own",
    "Put the file into the book, or leave it out: another host would learn who reads the page.",
)
SCRIPT = Rule(
    "a script that is none of the theme's",
    "Escape what comes from data; if the theme is a new one, review its scripts and list them anew.",
)
POLICY = Rule(
    "no content security policy, or another one than the book's, or one that comes too late",
    "Let the book be made anew; every page of it says at its top what may run in it.",
)
OUTPUT = Rule(
    "an output that is no pasted record, table or figure",
    "Print nothing; paste what a sentence says, and show estimates by gistbook.display.",
)
DIFFERS = Rule(
    "something that is not what was released under its name",
    "Let the book be made anew; pages, tables and drawings show what was released and nothing else.",
)
FORBIDDEN = Rule(
    "a count that the disclosure policy of the book forbids", "Make it coarse before it is printed, or withhold it."
)
FOLLOWS = Rule("a withheld count that follows from those beside it", "Withhold a second one with it.")
EXACT_CURVE = Rule(
    "a curve that turns off the grid of times of the disclosure policy",
    "Draw it from counts that the policy has made coarse.",
)
UNRELEASED = Rule(
    "exact numbers of a confidential cohort",
    "Keep the book to yourselves, or build it again without --not-for-release.",
)


def audit(html: Path, facts: Known, before=None) -> list[Leak]:
    """What should not be in the folder of a built book, by file and place; a value is never printed.

    `html` is the folder that would be published; `facts` those of the cohort and of the machine, and the book of which
    chapters and theme are a source; `before` is the `Book` of `files` that has read what was released, if one has. That
    the whole book is not to be released is reported once, with the first file.
    """
    from gistbook.book.audit.files import Book  # the theme takes the policy from here, and waits for no table

    once: dict = {}
    for leak in (before or Book(html, facts).read_released()).leaks():
        once.setdefault(leak.rule if leak.rule == UNRELEASED.says else leak, leak)
    return list(once.values())
