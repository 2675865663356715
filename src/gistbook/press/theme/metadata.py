"""What every page tells of itself to search engines, libraries and whoever shows a link to it: tags in its head.

Title, description, Highwire and Dublin Core for what is cited, Open Graph for a card with a picture; on the first
chapter also the data of `structured`. Sphinx itself writes the canonical address, where the configuration names the
site's. The page `index.html`, which only leads on, is made here, with the same tags.
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from gistbook.conventions import DATA_NOTES, escaped
from gistbook.press.theme import citation, cite_box, structured
from gistbook.press.theme.sources import COHORT

KEY_FIGURE = ("chapters/abstract", "fig-course", "abstract-course_curves.png")
"""The figure that stands for the book: its chapter, its name there, and its picture among the downloads."""

FRONT_PAGE = "index"
_DOWNLOADS = "downloads"
_ITEMS = re.compile(r"\s*\(STROBE items? [^)]*\)")
_LOCALES = {"en": "en_GB"}


def setup(app) -> dict:
    """Have Sphinx write the tags into the head of each page that it makes, and make the page that leads on."""
    app.connect("html-page-context", _write)
    app.connect("html-collect-pages", _front_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def description(doctree, cohort: dict) -> str:
    """Return what a page asks, the first paragraph under its title, and of what kind its data are."""
    from docutils import nodes

    asked = next((each for each in doctree.findall(nodes.paragraph) if _is_under_title(each)), None)
    words = asked.findall(nodes.Text) if asked is not None else ()
    spoken = "".join(word.astext() for word in words if not isinstance(word.parent, nodes.raw))
    question = _ITEMS.sub("", " ".join(spoken.split()))
    return " ".join(filter(None, [question, _note(cohort)]))


def _is_under_title(paragraph) -> bool:
    """Tell whether a paragraph is one of the text, and not within a box, a list, a table or a figure."""
    from docutils import nodes

    return isinstance(paragraph.parent, nodes.section | nodes.document)


def _note(cohort: dict) -> str:
    return DATA_NOTES[cohort["access"]].format(title=cohort["title"]) if cohort else ""


def _write(app, name: str, template: str, context: dict, doctree) -> None:
    """Add the tags to those that are there; the policy of the page stays before them."""
    if name == FRONT_PAGE and doctree is None:
        title, tree = app.config.html_title, _tree(app, app.config.root_doc)
    elif doctree is not None:
        title, tree = app.env.titles[name].astext(), doctree
    else:
        return
    said = description(tree, getattr(app.config, COHORT))
    lines = filter(None, [*_tags(app, name, title, said), *_data(app, name, said)])
    context["book_tags"] = "".join(f"\n    {line}" for line in lines)
    context["metatags"] = f"{context.get('metatags') or ''}{context['book_tags']}"


def _tree(app, name: str):
    return app.env.get_and_resolve_doctree(name, app.builder)


def _tags(app, name: str, title: str, said: str) -> Iterator[str]:
    config, works = app.config, _works(app)
    yield _meta("name", "description", said)
    told = list(_highwire(works[0], config.language, _home(app))) if works else []
    told += list(_dublin_core(works, title, said, config)) if works else []
    for key, value in told:
        yield _meta("name", key, value)
    for key, value in _open_graph(app, name, title, said):
        yield _meta("property", key, value)


def _highwire(book: citation.Work, language: str, home: str) -> Iterator[tuple[str, str]]:
    """Yield the tags by which libraries of references know the book, whichever of its pages they come upon."""
    yield "citation_title", book.title
    yield from (("citation_author", author.inverted()) for author in book.named())
    yield "citation_publication_date", book.year
    yield "citation_language", language
    yield "citation_doi", book.doi
    yield "citation_fulltext_html_url", home
    yield from (("citation_keywords", word) for word in book.keywords)


def _dublin_core(works: list, title: str, said: str, config) -> Iterator[tuple[str, str]]:
    """Yield the tags of Dublin Core: of the page, whose book is by whom, based on what, and under which licence."""
    book, *others = works
    yield "DC.title", title
    yield from (("DC.creator", author.inverted()) for author in book.named())
    yield "DC.description", said
    yield "DC.date", book.year
    yield "DC.language", config.language
    yield "DC.type", "Text"
    yield "DC.format", "text/html"
    yield from (("DC.subject", word) for word in book.keywords)
    yield from (("DC.relation", other.address()) for other in others)
    if getattr(config, COHORT).get("access") == "synthetic":
        yield "DC.rights", structured.TEXT_LICENCE


def _open_graph(app, name: str, title: str, said: str) -> Iterator[tuple[str, str]]:
    """Yield the tags of the card that a link to the page is shown as."""
    config = app.config
    yield "og:title", title
    yield "og:description", said
    yield "og:type", "article"
    yield "og:locale", _LOCALES.get(config.language, config.language)
    yield "og:site_name", config.html_title
    page = config.root_doc if name == FRONT_PAGE else name
    yield "og:url", f"{config.html_baseurl}{page}.html" if config.html_baseurl else ""
    if shows := _key_figure(app):
        place = config.html_baseurl or "../" * name.count("/")
        yield "og:image", f"{place}{_DOWNLOADS}/{KEY_FIGURE[2]}"
        yield "og:image:type", "image/png"
        yield "og:image:alt", f"{shows} {_note(getattr(config, COHORT))}"


@functools.cache
def _key_figure(app) -> str:
    """Return what the key figure shows; nothing if this book does not draw it, and so has no picture of it.

    A page links to the files of a figure if, and only if, there will be such files.
    """
    from docutils import nodes

    chapter, name, file = KEY_FIGURE
    if chapter not in app.env.found_docs or f"{_DOWNLOADS}/{file}" not in _source(app, chapter):
        return ""
    figures = [each for each in _tree(app, chapter).findall(nodes.figure) if name in each["names"] + each["ids"]]
    captions = [each.astext() for figure in figures for each in figure.findall(nodes.caption)]
    return " ".join(captions[0].split()).partition(":")[0] + "." if captions else ""


def _source(app, name: str) -> str:
    return Path(app.env.doc2path(name)).read_text(encoding="utf-8")


def _data(app, name: str, said: str) -> list[str]:
    """Return what only the first chapter tells."""
    config, works = app.config, _works(app)
    if name != config.root_doc or not works:
        return []
    cohort = getattr(config, COHORT)
    title, access = cohort["title"], cohort["access"]
    told = [structured.article(works, access, said, config.language)]
    return [structured.script(told + structured.dataset(works, title, access, config.language))]


def _works(app) -> list[citation.Work]:
    said = citation.read(Path(app.srcdir))
    return citation.works(said, cite_box.year_of(app.config), _home(app)) if said else []


def _home(app) -> str:
    return cite_box.home_of(app.config, app.env)


def _meta(kind: str, key: str, value: str) -> str:
    return f'<meta {kind}="{key}" content="{escaped(value)}" />' if value else ""


def _front_page(app) -> Iterator[tuple[str, dict, str]]:
    """Yield the page that leads to the first chapter."""
    if app.config.root_doc != FRONT_PAGE:
        told = {
            "first": f"{app.config.root_doc}.html",
            "title": app.config.html_title,
            "address": _home(app),
        }
        yield FRONT_PAGE, told, "front.html"
