"""How the book is described, as `CITATION.cff` has it: cited for its readers, in a sentence, BibTeX and RIS, and told
to machines, in the heads of pages (Highwire, Dublin Core, Open Graph), by schema.org, and in files of the site.
"""

import functools
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from gistbook.book.theme.pages import COHORT, render
from gistbook.conventions import BANNERS, DATA_NOTES, kind_of_data, tagless

FILE = "CITATION.cff"
OTHERS = "others"  # in place of a name, the authors whom a list leaves out
_KINDS = {"article": ("article", "JOUR", "ScholarlyArticle"), "book": ("book", "BOOK", "Book"),
          "software": ("misc", "COMP", "SoftwareSourceCode")}  # fmt: skip
_ANY_KIND = ("misc", "GEN", "CreativeWork")
"""Names of a kind of work in BibTeX, in RIS, and by schema.org."""

_IN_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_IN_TEX = str.maketrans(_IN_TEX | {sign: f"\\{sign}" for sign in "{}&%$#_"})
"""What TeX would take for something else; letters with accents stay, as TeX reads UTF-8."""

_INITIAL = re.compile(r"\b[^\W\d_]")
_CAPITALS = re.compile(r"[^\s{}]*[A-Z][^\s{}]*[A-Z][^\s{}:;,.]*")
"""A word whose capitals a style of bibliographies must not make small."""

KEY_FIGURE = ("chapters/abstract", "fig-course", "abstract-course_curves.png")
"""The figure that stands for the book: its chapter, its name there, and its picture among the downloads."""

FRONT_PAGE, _DOWNLOADS = "index", "downloads"
TEXT_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_DATA_LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
"""As `LICENSE-TEXT` has it for the book of the bundled cohort; figures of anybody else's patients are theirs."""

_ITEMS = re.compile(r"\s*\(STROBE items? [^)]*\)")


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
    """Add the directive, tags in the head of each page, the page that leads on, and the files of the site."""
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
    app.connect("html-page-context", _add_tags)
    app.connect("html-collect-pages", _front_page)
    app.connect("build-finished", _write_site_files)


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


def description(doctree, cohort: dict) -> str:
    """Question of a page, the first paragraph under its title, and of what kind its data are."""
    from docutils import nodes

    paragraphs = [p for p in doctree.findall(nodes.paragraph) if isinstance(p.parent, nodes.section | nodes.document)]
    words = [word for question in paragraphs[:1] for word in question.findall(nodes.Text)]
    text = "".join(word.astext() for word in words if not isinstance(word.parent, nodes.raw))
    return f"{_ITEMS.sub('', ' '.join(text.split()))} {_note(cohort)}".strip()


def article(works: list[Work], is_synthetic: bool, **about: str) -> dict:
    """The book as an article by schema.org; only that of the bundled patients has an abstract and a licence."""
    book, *others = works
    based_on = [_of_schema(other, _KINDS.get(other.type, _ANY_KIND)[2]) for other in others]
    data = {**_of_schema(book, "ScholarlyArticle"), **about, "isBasedOn": based_on}
    if is_synthetic:
        data |= {"abstract": book.abstract, "isAccessibleForFree": True, "license": TEXT_LICENCE}
    return _stated(data)


def dataset(works: list[Work], title: str, access: str) -> list[dict]:
    """The cohort as data by schema.org; a synthetic one is called so, a confidential one is offered to nobody."""
    data = {"@type": "Dataset", "name": title, "description": BANNERS[access].format(title=title)}
    if access == "synthetic":
        data["name"] = f"{title} (synthetic patients)"
        data["description"] = f"{DATA_NOTES[access]} {BANNERS[access]}"
        data |= {"creator": _people(works[0]), "license": _DATA_LICENCE, "isAccessibleForFree": True}
    return [] if access == "confidential" else [_stated(data)]


def script(graph: list[dict]) -> str:
    """Data as the text of a script that runs nowhere; nothing in it can end it, or be taken for markup."""
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, sort_keys=True)
    return re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", tagless(text))


def _add_tags(app, name: str, template: str, context: dict, doctree) -> None:
    """Add the tags to those that are there; the policy of the page stays before them."""
    if name == FRONT_PAGE and doctree is None:
        title, tree = app.config.html_title, app.env.get_and_resolve_doctree(app.config.root_doc, app.builder)
    elif doctree is not None:
        title, tree = app.env.titles[name].astext(), doctree
    else:
        return
    cohort, works, subject = getattr(app.config, COHORT), works_of(app), _key_figure(app)
    values = {"config": app.config, "cohort": cohort, "works": works, "title": title, "licence": TEXT_LICENCE}
    values["page"] = app.config.root_doc if name == FRONT_PAGE else name
    values["description"] = description(tree, cohort)
    if subject:
        place = app.config.html_baseurl or "../" * name.count("/")
        values |= {"picture": f"{place}{_DOWNLOADS}/{KEY_FIGURE[2]}", "shows": f"{subject} {_note(cohort)}"}
    if works and name == app.config.root_doc:
        about = {"description": values["description"], "inLanguage": app.config.language}
        data = [article(works, cohort["access"] == "synthetic", **about), *dataset(works, **cohort)]
        values["data"] = script([each | {"inLanguage": about["inLanguage"]} for each in data])
    context["book_tags"] = render("head.html", **values)
    context["metatags"] = f"{context.get('metatags') or ''}{context['book_tags']}"


def _note(cohort: dict) -> str:
    return kind_of_data(cohort["access"], cohort["title"]) if cohort else ""


@functools.cache
def _key_figure(app) -> str:
    """What the key figure shows; nothing if the pages offer no picture of it, and so do not link to one."""
    from docutils import nodes

    chapter, name, file = KEY_FIGURE
    source = Path(app.env.doc2path(chapter))
    if chapter not in app.env.found_docs or f"{_DOWNLOADS}/{file}" not in source.read_text(encoding="utf-8"):
        return ""
    tree = app.env.get_and_resolve_doctree(chapter, app.builder)
    figures = [each for each in tree.findall(nodes.figure) if name in each["names"] + each["ids"]]
    captions = [each.astext() for figure in figures for each in figure.findall(nodes.caption)]
    return " ".join(captions[0].split()).partition(". ")[0].partition(":")[0].rstrip(".") + "." if captions else ""


def _of_schema(work: Work, kind: str) -> dict:
    data = {"@type": kind, "name": work.title, "headline": work.title, "author": _people(work), "url": work.url}
    data |= {"datePublished": work.year, "version": work.version, "description": work.notes}
    data |= {"keywords": list(work.keywords), "sameAs": work.doi and work.address()}
    return _stated(data | {"isPartOf": work.journal and {"@type": "Periodical", "name": work.journal}})


def _people(work: Work) -> list[dict]:
    return [
        {"@type": "Person", "familyName": each.family, "givenName": each.given, "name": f"{each.given} {each.family}"}
        if each.given
        else {"@type": "Organization", "name": each.family}
        for each in work.named()
    ]


def _stated(data: dict) -> dict:
    return {name: value for name, value in data.items() if value not in ("", [], None)}


def _front_page(app) -> Iterator[tuple[str, dict, str]]:
    config, first = app.config, f"{app.config.root_doc}.html"
    if config.root_doc != FRONT_PAGE:
        address = f"{config.html_baseurl}{first}" if config.html_baseurl else ""
        yield FRONT_PAGE, {"first": first, "title": config.html_title, "address": address}, "front.html"


def _write_site_files(app, failure) -> None:
    if failure or app.builder.format != "html":
        return
    out, address = Path(app.outdir), app.config.html_baseurl
    # Pages of GitHub that come from a branch would else leave out every folder whose name begins with _.
    (out / ".nojekyll").touch()
    if address:
        sitemap = render("sitemap.xml", address=address, pages=sorted(app.env.found_docs))
        (out / "sitemap.xml").write_text(sitemap, encoding="utf-8")
        # crawlers look for it only at the top of a host, and elsewhere it does no harm
        (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {address}sitemap.xml\n", encoding="utf-8")
