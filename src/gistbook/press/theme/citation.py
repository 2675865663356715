"""What is cited, as a sentence, as BibTeX and as RIS: the book as `CITATION.cff` describes it, and what it is based on.

Nothing is added to what that file says, but for the year and the address of a book, which its configuration tells.
"""

import functools
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

import yaml

FILE = "CITATION.cff"
"""Where, in the folder of a book, it is said how to cite it."""

OTHERS = "others"
"""In place of a name, the authors whom a list leaves out."""

_TYPES = {"article": ("article", "JOUR"), "book": ("book", "BOOK"), "software": ("misc", "COMP")}
_ANY_TYPE = ("misc", "GEN")
"""Names of a kind of work in BibTeX and in RIS."""

_MARKS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
          **{sign: f"\\{sign}" for sign in "{}&%$#_"},
          "ß": r"{\ss}", "ø": r"{\o}", "Ø": r"{\O}", "æ": r"{\ae}", "Æ": r"{\AE}", "œ": r"{\oe}", "Œ": r"{\OE}",
          "ł": r"{\l}", "Ł": r"{\L}", "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''"}  # fmt: skip
"""What TeX would take for something else, or may not have, and how it is written for TeX."""

_ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
            "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c", "\u0328": "k"}  # fmt: skip
"""Accents by themselves, and how TeX sets them on a letter."""

_INITIAL = re.compile(r"\b[^\W\d_]")

_SPELT = re.compile(r"[^\s{}]*[A-Z][^\s{}]*[A-Z][^\s{}:;,.]*")
"""A word whose capitals a style of bibliographies must not make small."""


class Author(NamedTuple):
    """A person by family and given name, or a body by its name alone."""

    family: str
    given: str = ""

    def inverted(self) -> str:
        """Return the name with the family's first."""
        return f"{self.family}, {self.given}" if self.given else self.family

    def short(self) -> str:
        """Return the name as a bibliography in medicine prints it: family, initials without points."""
        return " ".join([self.family, *filter(None, ["".join(_INITIAL.findall(self.given))])])


class Work(NamedTuple):
    """What is cited: texts as its own file tells them; one that nobody told is empty."""

    kind: str
    title: str
    authors: tuple[Author, ...]
    year: str = ""
    journal: str = ""
    version: str = ""
    doi: str = ""
    url: str = ""
    abstract: str = ""
    note: str = ""
    keywords: tuple[str, ...] = ()

    def address(self) -> str:
        """Return where the work is found: under its DOI, else under its address."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    def named(self) -> list[Author]:
        """Return the authors who are named, less the word for others."""
        return [author for author in self.authors if author.family != OTHERS]


def read(folder: Path) -> dict:
    """Return what `CITATION.cff` of a folder says; nothing if there is none."""
    path = folder / FILE
    return _parsed(path.read_text(encoding="utf-8")) if path.exists() else {}


def works(said: dict, year: str = "", url: str = "") -> list[Work]:
    """Return the works of a `CITATION.cff`: the book itself, and then what it is based on.

    Parameters
    ----------
    said : dict
        What the file says.
    year, url : str
        Of the book, where the file does not tell them.
    """
    book = {"date-released": year, "url": url, **said}
    return [_work(each) for each in (book, *said.get("references", []))]


def sentence(work: Work) -> str:
    """Return the citation of a work as a sentence, in the form that journals of medicine use, without its address."""
    names = ", ".join(["et al" if author.family == OTHERS else author.short() for author in work.authors])
    version = f", version {work.version}" if work.version else ""
    where = [" ".join(filter(None, [work.journal, work.year]))]
    return " ".join(f"{_stopped(part)}" for part in [names, f"{work.title}{version}", *where] if part)


def bibtex(work: Work) -> str:
    """Return a work as an entry of BibTeX; capitals, marks and accents are written so that TeX keeps them."""
    named = [_name_in_tex(author) for author in work.authors]
    told = {
        "author": " and ".join(named),
        "title": _SPELT.sub(r"{\g<0>}", in_tex(work.title)),
        "journal": in_tex(work.journal),
        "year": in_tex(work.year),
        "version": in_tex(work.version),
        "doi": _bare(work.doi),
        "url": _bare(work.url),
        "note": in_tex(work.note),
    }
    kind = _TYPES.get(work.kind, _ANY_TYPE)[0]
    lines = [f"  {name} = {{{value}}}" for name, value in told.items() if value]
    return f"@{kind}{{{_key(work)},\n" + ",\n".join(lines) + "\n}"


def ris(work: Work) -> str:
    """Return a work as a record of RIS: a tag of two letters a line, from `TY` to `ER`."""
    told = [
        ("TY", _TYPES.get(work.kind, _ANY_TYPE)[1]),
        *(("AU", author.inverted()) for author in work.named()),
        ("TI", work.title),
        ("T2", work.journal),
        ("PY", work.year),
        ("ET", work.version),
        ("DO", work.doi),
        ("UR", work.address()),
        ("AB", work.abstract),
        *(("KW", word) for word in work.keywords),
        ("N1", work.note),
    ]
    lines = [f"{tag}  - {_in_line(value)}" for tag, value in told if value]
    return "\n".join([*lines, "ER  - "])


def in_tex(text: str) -> str:
    r"""Return a text in one line as TeX prints it.

    Examples
    --------
    >>> in_tex("R&D, 5% {of} Müller")
    'R\\&D, 5\\% \\{of\\} M{\\"u}ller'
    """
    return "".join(_letter_in_tex(letter) for letter in unicodedata.normalize("NFC", _in_line(text)))


@functools.lru_cache(1)
def _parsed(text: str) -> dict:
    """Return what a `CITATION.cff` says, of which every page of a book tells."""
    return yaml.safe_load(text)


def _work(told: dict) -> Work:
    authors = [Author(_text(each, "family-names", "name"), _text(each, "given-names")) for each in told["authors"]]
    return Work(
        kind=_text(told, "type"),
        title=_text(told, "title"),
        authors=tuple(authors),
        year=_text(told, "year", "date-released")[:4],
        journal=_text(told, "journal"),
        version=_text(told, "version"),
        doi=_text(told, "doi"),
        url=_text(told, "url"),
        abstract=_text(told, "abstract"),
        note=_text(told, "notes"),
        keywords=tuple(map(str, told.get("keywords", []))),
    )


def _text(told: dict, *names: str) -> str:
    """Return the first of some entries that is there, in one line."""
    return _in_line(next((told[name] for name in names if told.get(name)), ""))


def _in_line(text) -> str:
    return " ".join(str(text).split())


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _name_in_tex(author: Author) -> str:
    """Return a name as BibTeX takes it apart; that of a body must not be."""
    if author.family == OTHERS:
        return OTHERS
    return in_tex(author.inverted()) if author.given else f"{{{in_tex(author.family)}}}"


def _letter_in_tex(letter: str) -> str:
    if letter in _MARKS:
        return _MARKS[letter]
    plain, *accents = unicodedata.normalize("NFD", letter)
    if len(accents) != 1 or accents[0] not in _ACCENTS:
        return letter
    accent = _ACCENTS[accents[0]]
    return f"{{\\{accent}{{{plain}}}}}" if accent.isalpha() else f"{{\\{accent}{plain}}}"


def _bare(address: str) -> str:
    """Return an address as BibTeX has it, letter by letter; it holds no blank and no brace."""
    return re.sub(r"[\s{}]", "", address)


def _key(work: Work) -> str:
    """Return the name of an entry: who wrote it, and the year."""
    words = re.findall(r"[a-z]+", _unaccented(work.authors[0].family)) if work.authors else []
    first = next((word for word in words if word != "the"), "anonymous")
    return f"{first}{work.year}"


def _unaccented(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
