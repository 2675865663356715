"""What is cited, as a sentence, BibTeX and RIS: the book, as `CITATION.cff` has it, and what it is based on."""

import functools
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

import yaml

from gistbook.book.theme.pages import COHORT, render

FILE = "CITATION.cff"
OTHERS = "others"
"""In place of a name, the authors whom a list leaves out."""

_KINDS = {"article": ("article", "JOUR"), "book": ("book", "BOOK"), "software": ("misc", "COMP")}
_ANY_KIND = ("misc", "GEN")
_IN_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_IN_TEX = str.maketrans(_IN_TEX | {sign: f"\\{sign}" for sign in "{}&%$#_"})
"""What TeX would take for something else; letters with accents stay, as TeX reads UTF-8."""

_INITIAL = re.compile(r"\b[^\W\d_]")
_CAPITALS = re.compile(r"[^\s{}]*[A-Z][^\s{}]*[A-Z][^\s{}:;,.]*")
"""A word whose capitals a style of bibliographies must not make small."""


class Author(NamedTuple):
    """A person by family and given name, or a body by its name alone."""

    family: str
    given: str = ""

    def inverted(self) -> str:
        """Name with the family's first."""
        return f"{self.family}, {self.given}" if self.given else self.family

    def short(self) -> str:
        """Name as a bibliography in medicine prints it: family, initials without points."""
        return f"{self.family} {''.join(_INITIAL.findall(self.given))}".strip()


class Work(NamedTuple):
    """What is cited: texts, each in one line, as its file has them; what the file does not state is empty."""

    type: str
    title: str
    authors: tuple[Author, ...]
    year: str = ""
    journal: str = ""
    version: str = ""
    doi: str = ""
    url: str = ""
    abstract: str = ""
    notes: str = ""
    keywords: tuple[str, ...] = ()

    def address(self) -> str:
        """Address of the work: under its DOI, else its own."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    def named(self) -> list[Author]:
        """Authors who are named, less the word for others."""
        return [author for author in self.authors if author.family != OTHERS]


def setup(app) -> None:
    """Add the directive, and look up once what the library of references looks up for every citation."""
    import pybtex.plugin
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    # A tenth of the time that pages take goes into these look-ups.
    if not hasattr(pybtex.plugin.find_plugin, "cache_info"):
        pybtex.plugin.find_plugin = functools.cache(pybtex.plugin.find_plugin)

    class CiteThisBook(SphinxDirective):
        """Shows what `CITATION.cff` describes."""

        def run(self) -> list:
            cited = works_of(self.env.app)
            if not cited:
                raise self.error(f"There is no {FILE} to be shown.")
            self.env.note_dependency(FILE)
            return [nodes.raw("", box(cited, getattr(self.config, COHORT)), format="html")]

    app.add_directive("cite-this-book", CiteThisBook)


@functools.cache
def works_of(app) -> list[Work]:
    """Works of the book that Sphinx makes; none without a `CITATION.cff`."""
    config, path = app.config, Path(app.srcdir) / FILE
    year = str(config.copyright or "").strip()
    url = f"{config.html_baseurl}{config.root_doc}.html" if config.html_baseurl else ""
    cff = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return works(cff, year if year.isdecimal() else "", url) if cff else []


def works(cff: dict, year: str = "", url: str = "") -> list[Work]:
    """Works of a `CITATION.cff`: the book, with year and address where the file has none, and what it is based on."""
    book = {"date-released": year, "url": url, **cff}
    return [_work(each) for each in (book, *cff.get("references", []))]


def box(cited: list[Work], cohort: dict) -> str:
    """Works as HTML, with entries to copy; the abstract speaks of the bundled patients, and stays in their book."""
    if cohort.get("access") != "synthetic":
        cited = [work._replace(abstract="") for work in cited]
    return render("cite.html", works=cited, sentence=sentence, formats={"BibTeX": bibtex, "RIS": ris})


def sentence(work: Work) -> str:
    """Citation in the form that journals of medicine use, without an address."""
    names = ", ".join("et al" if author.family == OTHERS else author.short() for author in work.authors)
    version = f", version {work.version}" if work.version else ""
    parts = (names, f"{work.title}{version}", f"{work.journal} {work.year}".strip())
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part)


def bibtex(work: Work) -> str:
    """Entry of BibTeX; capitals and marks are written so that TeX keeps them, DOI and address letter by letter."""
    fields = {
        "author": " and ".join(map(_name_in_tex, work.authors)),
        "title": _CAPITALS.sub(r"{\g<0>}", work.title.translate(_IN_TEX)),
        **{name: getattr(work, name).translate(_IN_TEX) for name in ("journal", "year", "version")},
        **{name: re.sub(r"[\s{}]", "", getattr(work, name)) for name in ("doi", "url")},
        "note": work.notes.translate(_IN_TEX),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{_KINDS.get(work.type, _ANY_KIND)[0]}{{{_key(work)},\n" + ",\n".join(lines) + "\n}"


def ris(work: Work) -> str:
    """Record of RIS: a tag of two letters a line, from `TY` to `ER`."""
    fields = [
        ("TY", _KINDS.get(work.type, _ANY_KIND)[1]),
        *(("AU", author.inverted()) for author in work.named()),
        *(("TI", work.title), ("T2", work.journal), ("PY", work.year), ("ET", work.version)),
        *(("DO", work.doi), ("UR", work.address()), ("AB", work.abstract)),
        *(("KW", word) for word in work.keywords),
        ("N1", work.notes),
    ]
    return "\n".join([*(f"{tag}  - {value}" for tag, value in fields if value), "ER  - "])


def _work(cff: dict) -> Work:
    authors = [Author(_text(each, "family-names", "name"), _text(each, "given-names")) for each in cff["authors"]]
    texts = {name: _text(cff, name) for name in Work._fields}
    keywords = tuple(map(str, cff.get("keywords", [])))
    year = _text(cff, "year", "date-released")[:4]
    return Work(**texts | {"authors": tuple(authors), "keywords": keywords, "year": year})


def _text(cff: dict, *names: str) -> str:
    return " ".join(str(next((cff[name] for name in names if cff.get(name)), "")).split())


def _name_in_tex(author: Author) -> str:
    """Name as BibTeX takes it apart; that of a body must not be."""
    name = author.inverted().translate(_IN_TEX)
    return name if author.given or author.family == OTHERS else f"{{{name}}}"


def _key(work: Work) -> str:
    family = work.authors[0].family if work.authors else ""
    plain = unicodedata.normalize("NFKD", family).encode("ascii", "ignore").decode().lower()
    first = next((word for word in re.findall(r"[a-z]+", plain) if word != "the"), "anonymous")
    return f"{first}{work.year}"
