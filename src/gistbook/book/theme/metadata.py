"""What pages tell search engines, libraries and hosts: tags in their heads, data of schema.org, and files of the site.

Description, Highwire and Dublin Core for what is cited, Open Graph for a card with a picture; on the first chapter also
the article and its cohort by schema.org. Nothing holds a date: pages are the same bytes whenever they are made.
"""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

from gistbook.book.theme import citation
from gistbook.book.theme.pages import COHORT, render
from gistbook.conventions import BANNERS, DATA_NOTES, kind_of_data, tagless

KEY_FIGURE = ("chapters/abstract", "fig-course", "abstract-course_curves.png")
"""The figure that stands for the book: its chapter, its name there, and its picture among the downloads."""

FRONT_PAGE, _DOWNLOADS = "index", "downloads"

TEXT_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_DATA_LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
"""As `LICENSE-TEXT` has it for the book of the bundled cohort; figures of anybody else's patients are theirs."""

_ITEMS = re.compile(r"\s*\(STROBE items? [^)]*\)")
_TYPES = {"article": "ScholarlyArticle", "book": "Book", "software": "SoftwareSourceCode"}


def setup(app) -> None:
    """Write tags into the head of each page, make the page that leads on, and the files of the site."""
    app.connect("html-page-context", _add_tags)
    app.connect("html-collect-pages", _front_page)
    app.connect("build-finished", _write_site_files)


def description(doctree, cohort: dict) -> str:
    """Question of a page, the first paragraph under its title, and of what kind its data are."""
    from docutils import nodes

    paragraphs = [p for p in doctree.findall(nodes.paragraph) if isinstance(p.parent, nodes.section | nodes.document)]
    words = [word for question in paragraphs[:1] for word in question.findall(nodes.Text)]
    text = "".join(word.astext() for word in words if not isinstance(word.parent, nodes.raw))
    return f"{_ITEMS.sub('', ' '.join(text.split()))} {_note(cohort)}".strip()


def article(works: list[citation.Work], is_synthetic: bool, **about: str) -> dict:
    """The book as an article by schema.org; only that of the bundled patients has an abstract and a licence."""
    book, *others = works
    based_on = [_work(other, _TYPES.get(other.type, "CreativeWork")) for other in others]
    data = {**_work(book, "ScholarlyArticle"), **about, "isBasedOn": based_on}
    if is_synthetic:
        data |= {"abstract": book.abstract, "isAccessibleForFree": True, "license": TEXT_LICENCE}
    return _stated(data)


def dataset(works: list[citation.Work], title: str, access: str) -> list[dict]:
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
    cohort, works, subject = getattr(app.config, COHORT), citation.works_of(app), _key_figure(app)
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


def _work(work: citation.Work, kind: str) -> dict:
    data = {"@type": kind, "name": work.title, "headline": work.title, "author": _people(work), "url": work.url}
    data |= {"datePublished": work.year, "version": work.version, "description": work.notes}
    data |= {"keywords": list(work.keywords), "sameAs": work.doi and work.address()}
    return _stated(data | {"isPartOf": work.journal and {"@type": "Periodical", "name": work.journal}})


def _people(work: citation.Work) -> list[dict]:
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
