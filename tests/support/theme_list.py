"""The list of what the theme puts into every book, made anew of books without data: `make theme`, then review it."""

import hashlib
import itertools
import json
import re
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from gistbook import build
from gistbook.book import publish
from gistbook.book.audit import policy
from gistbook.book.audit.parsing import Markup

LIST, OWN = Path(policy.__file__).with_name("reviewed.txt"), build.BOOK / "src/gistbook/book/theme/static"

_STOCK = {
    "cells": [{"cell_type": "markdown", "id": "stock", "metadata": {}, "source": "# Stock\n\nA page without data."}],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
"""The one chapter of a stock book."""

_PLACED = {
    "repository": {"url": "https://github.com/owner/name", "branch": "main"},
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
        "jupyterhub_url": "https://hub.example",
        "deepnote_url": "https://deepnote.com",
        "notebook_interface": "jupyterlab",
    },
    "html": {"baseurl": "https://owner.example/name/"},
}
"""What the configuration of a book says that has a place on the web, a repository, and buttons that run a chapter."""

_MADE_BY = "# Made by: make theme (see policy.py). Review every line that is new."
_MADE = {"gistbook.css", "gistbook.js", "searchtexts.js"}

_STYLED = ("sphinx/themes/basic/static/*.css*", "pydata_sphinx_theme/**/*.css", "sphinx_book_theme/**/*.css",
           "myst_nb/**/*.css", "sphinx_copybutton/**/*.css*")  # fmt: skip
_WRITTEN = ("sphinx/themes/basic/**/*.html", "pydata_sphinx_theme/**/*.html", "sphinx_book_theme/**/*.html",
            "docutils/writers/_html_base.py", "docutils/writers/html5_polyglot/*.py", "sphinx/writers/html5.py",
            "pydata_sphinx_theme/*.py", "sphinx_book_theme/*.py", "myst_nb/*.py", "myst_nb/core/*.py",
            "sphinxcontrib/bibtex/*.py", "pygments/token.py", "sphinx/domains/std/*.py", "sphinx/roles.py",
            "sphinx/ext/mathjax.py", "myst_parser/sphinx_ext/*.py")  # fmt: skip
"""Files of installed libraries of which a page has its classes: as selectors, and as texts of a word."""

_UNSPOKEN, _BUTTON = {"class", "href", "src"}, re.compile("https://.*owner")
"""Attributes that say nothing, and how an address begins to which a button of a stock book leads."""

_KEPT = ("page", "shown", "attribute", "drawn", "also-word", "also-text")
"""Kinds of lines that somebody wrote; the others are listed anew."""

_SELECTOR, _QUOTED = (
    re.compile(r"[.#](-?[A-Za-z_][\w-]*)(?=[^{};]*\{)"),
    re.compile(r"(?<==)\"([^\"\n]*)\"|[\"'](?=([^\"'\n]*)[\"'])"),
)
_CLASS, _LETTERS = re.compile(r"-?[A-Za-z][\w-]*"), re.compile(r"[^\W\d_]+")


def stock_list(book: Path) -> str:
    """Return what the theme puts into a book without data, as the list that is reviewed and kept beside the audit.

    It is that of two books: one as ours is, and one with a place on the web, a repository and every button.
    """
    with tempfile.TemporaryDirectory() as place:
        stocks = [_stock(book, Path(place) / str(number), more) for number, more in enumerate(({}, _PLACED))]
        lines = dict.fromkeys(line for html in stocks for line in listing(html))
    return "".join(f"{line}\n" for line in (_MADE_BY, *sorted(lines, key=order)))


def _stock(book: Path, place: Path, more: dict) -> Path:
    """Make the pages of a book of one chapter without data, with more in its configuration, and give their folder."""
    stock, stage = place / "book", place / "stage"
    for folder in (stock, stage):
        (folder / "chapters").mkdir(parents=True)
    for name in ("_config.yml", "references.bib", "CITATION.cff") if more else ("_config.yml", "references.bib"):
        shutil.copy(book / name, stock)
    config = {**publish.config_of(stock, "_config.yml"), **more}
    (stock / "_config.yml").write_text(json.dumps(config), encoding="utf-8")
    (stock / "_toc.yml").write_text("format: jb-book\nroot: chapters/stock\n", encoding="utf-8")
    (stage / "chapters" / "stock.ipynb").write_text(json.dumps(_STOCK), encoding="utf-8")
    return publish.publish(stock, stage, publish.Cover("Stock", "public"))


def listing(html: Path) -> list[str]:
    """Return the list that a stock book makes: a line a file, a script and a text; elements stay as they are."""
    ours = _MADE | {path.name for path in OWN.iterdir()}
    static = [path for path in sorted((html / "_static").rglob("*")) if path.is_file() and path.name not in ours]
    pages = [Markup(page.read_text(encoding="utf-8")) for page in sorted(html.rglob("*.html"))]
    programs = [
        each for page in pages for each in page.elements if each.tag == "script" and "type" not in each.attributes
    ]
    scripts = {each.text for each in programs if each.text.strip()}
    lines = LIST.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.split(" ", 1)[0] in _KEPT]
    named = [
        f"script {policy.digest(each)} {' '.join(each.split())}" for each in sorted(scripts) if not policy.is_name(each)
    ]
    files = [f"file {hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(html)}" for path in static]
    words = [
        f"word {' '.join(group)}" for _, group in itertools.groupby(sorted(_class_words()), key=lambda word: word[0])
    ]
    return [*named, *files, *kept, *words, *(f"text {text}" for text in sorted(_texts(pages)))]


def order(line: str) -> int:
    """Return where a line of the list stands, which is in the order of their kinds."""
    kinds = ("script", "file", *_KEPT, "word", "text")
    return kinds.index(line.split(" ", 1)[0])


def _class_words() -> set[str]:
    """Return the words of every class that the installed theme, and what makes HTML of a chapter, may write."""
    place = Path(find_spec("sphinx").origin).parents[1]
    styles, others = ([path for each in given for path in sorted(place.glob(each))] for given in (_STYLED, _WRITTEN))
    names = {name for path in styles for name in _SELECTOR.findall(path.read_text(encoding="utf-8"))}
    names = {name for name in names if not name.startswith("fa-")}
    quoted = (" ".join(both) for path in others for both in _QUOTED.findall(path.read_text(encoding="utf-8")))
    names |= {name for text in quoted for name in text.split() if _CLASS.fullmatch(name)}
    return {word for name in names for word in _LETTERS.findall(name.casefold())}


def _texts(pages: list[Markup]) -> set[str]:
    """Return the texts of pages: of blocks, comments and attributes, less names of classes and addresses."""
    texts = [block.text for page in pages for block in page.blocks]
    texts += [text for page in pages for text, _ in page.comments]
    named = [each.attributes.items() for page in pages for each in page.elements]
    texts += [value for items in named for name, value in items if name not in _UNSPOKEN or _BUTTON.match(value)]
    return {" ".join(text.split()) for text in texts if text.strip() and not text.startswith("default-src")}


if __name__ == "__main__":
    sys.stdout.write(stock_list(build.BOOK))
