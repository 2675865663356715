"""Chapters taken out of their pages: the text, tables and drawings, less what only a screen needs.

Names within a chapter are made those of the whole document, and links lead to where their target is printed.
"""

import base64
import mimetypes
import posixpath
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from gistbook.conventions import ChapterError

ARTICLE, BANNER = "article.bd-article", ".bd-header-announcement"
"""Where on a page the chapter is, and what kind of data it shows."""

CODE = (".cell_input", "details.hide")
"""Code, which a reader of the article finds on the pages and in the notebooks."""

CONTROLS = (
    "script", "noscript", "template", "button", "input", "select", "textarea", "form", "dialog", "iframe", "canvas",
    ".headerlink", ".toctree-wrapper", ".gb-downloads", ".gb-menu", ".gb-controls", ".gb-doors",
    ".gb-cite-entry", ".gb-popover",
)  # fmt: skip
"""What does something on a screen, and nothing on paper."""

REPEATED = (".gb-narrow", "details.gb-data", "details.gb-numbers")
"""What says again what the drawing or the text says: for a narrow page, as a table, as a list."""

UNSEEN = ("[hidden]", "[popover]", "[role=tooltip]", ".d-none", ".d-print-none", ".noprint")
"""What a page does not show, or asks not to be printed."""

LEFT_OUT = ", ".join([*CODE, *CONTROLS, *REPEATED, *UNSEEN])

_NAMING = ("for", "headers", "list", "aria-labelledby", "aria-describedby", "aria-details", "aria-controls")
"""Attributes that name other elements of the page."""

_WITHIN = re.compile(r"url\(\s*['\"]?#([^'\")]+)['\"]?\s*\)")
_LONGEST_WORD = re.compile(r"[^\s\u200b-]{30}")
_MANY_COLUMNS = 5


class Chapter(NamedTuple):
    """One chapter: its name in the document, its title, its HTML, and what kind of data its page shows."""

    name: str
    title: str
    html: str
    banner: str


def read(html: Path, pages: list[str]) -> list[Chapter]:
    """Return the chapters of some pages of a book, named without suffix, with links among them mended.

    Raises
    ------
    ChapterError
        A page is missing, or does not say what kind of data it shows.
    """
    soups = {page: _soup(html / f"{page}.html", page) for page in pages}
    articles = {page: _cleaned(soup, page) for page, soup in soups.items()}
    names = {tag["id"] for article in articles.values() for tag in article.select("[id]")}
    for page, article in articles.items():
        _mend_links(article, page, set(pages), names)
        _take_pictures(article, (html / page).parent, html)
    return [_chapter(articles[page], _banner(soups[page], page), page) for page in pages]


def name_of(page: str, within: str = "") -> str:
    """Return the name in the document of a page, or of what a name stands for within it."""
    slug = posixpath.basename(page)
    return f"{slug}--{within}" if within else slug


def _soup(path: Path, page: str):
    from bs4 import BeautifulSoup

    try:
        return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    except FileNotFoundError:
        raise ChapterError(f"The book has no page {page}.html to print; build it again.") from None


def _banner(soup, page: str) -> str:
    found = soup.select_one(BANNER)
    said = " ".join(found.get_text(" ").split()) if found else ""
    if not said:
        raise ChapterError(f"The page {page}.html does not say what kind of data it shows; nothing is printed.")
    return said


def _cleaned(soup, page: str):
    """Return the article of a page without what is left out, its names made those of the whole document."""
    article = soup.select_one(ARTICLE)
    if article is None:
        raise ChapterError(f"The page {page}.html holds no article to print.")
    for tag in article.select(LEFT_OUT):
        tag.decompose()
    for tag in [each for each in article.select(".cell, .cell_output") if _is_empty(each)]:
        tag.extract()
    for details in article.select("details"):
        details["open"] = ""
    for tag in article.find_all(True):
        _rename(tag, page)
    for table in article.select("table"):
        _mark_wide(table)
    return article


def _is_empty(tag) -> bool:
    return not tag.get_text(strip=True) and not tag.find(["svg", "img", "table"])


def _rename(tag, page: str) -> None:
    """Make the names that an element gives or uses those of the document, and let it run nothing."""
    kept = {name: value for name, value in tag.attrs.items() if not name.startswith("on") and name != "tabindex"}
    tag.attrs = {name: _renamed(name, value, page) for name, value in kept.items()}


def _renamed(name: str, value, page: str):
    if name == "id":
        return name_of(page, value)
    if name in _NAMING:
        words = value.split() if isinstance(value, str) else value
        return " ".join(name_of(page, word) for word in words)
    if isinstance(value, str) and "url(" in value:
        return _WITHIN.sub(lambda found: f"url(#{name_of(page, found[1])})", value)
    return value


def _mark_wide(table) -> None:
    """Mark a table of many columns, which is set in smaller type, and cells whose words no line can hold."""
    rows = [row.find_all(["th", "td"]) for row in table.find_all("tr")]
    if max(map(len, rows), default=0) > _MANY_COLUMNS:
        table["class"] = [*table.get("class", []), "paper-wide"]
    for cell in (cell for row in rows for cell in row if _LONGEST_WORD.search(cell.get_text(" "))):
        cell["class"] = [*cell.get("class", []), "paper-long"]


def _mend_links(article, page: str, pages: set[str], names: set[str]) -> None:
    """Let links lead to where their target is printed; those to what is not printed become text."""
    for link in article.select("[href], [xlink\\:href]"):
        attribute = "href" if link.has_attr("href") else "xlink:href"
        target = _target(link[attribute], page, pages, names)
        if target:
            link.attrs = {**link.attrs, attribute: target}
            link.attrs.pop("title", None)
        else:
            del link[attribute]


def _target(address: str, page: str, pages: set[str], names: set[str]) -> str:
    """Return where a link leads in the document, or on the web; nothing if it leads to what is not printed.

    What is left out of another chapter is looked for there, from its beginning.
    """
    if re.match(r"https?:|mailto:", address):
        return address
    path, _, within = address.partition("#")
    there = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)).removesuffix(".html") if path else page
    if there not in pages:
        return ""
    name = name_of(there, within)
    if name in names:
        return f"#{name}"
    return f"#{name_of(there)}" if there != page else ""


def _take_pictures(article, folder: Path, html: Path) -> None:
    """Take the pictures of a chapter into the document, which loads nothing; only files of the book are pictures."""
    for picture in article.select("img[src]"):
        file = (folder / unquote(picture["src"])).resolve()
        kind, _ = mimetypes.guess_type(file.name)
        if file.is_file() and file.is_relative_to(html.resolve()) and kind:
            picture["src"] = f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


def _chapter(article, banner: str, page: str) -> Chapter:
    heading = article.find("h1")
    title = " ".join(heading.get_text(" ").split()) if heading else name_of(page)
    if heading:
        heading.decompose()
    return Chapter(name_of(page), title, article.decode_contents(), banner)
