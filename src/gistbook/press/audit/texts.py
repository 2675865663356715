"""Programs, style sheets and plain text taken apart, line by line."""

import re

from gistbook.press.audit import records
from gistbook.press.audit.findings import CODE, COMMENT, Content, Element, Inner, Piece, nothing

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LOOKS = re.compile(r"#[0-9a-fA-F]{3,8}\b|(?<=[:\s,(+*/-])-?\d*\.?\d+(?:%|[a-z]+)?(?=[;\s,)/}*!])")
"""Colours and lengths of a style, which are of nobody."""

_CALL = re.compile(r"[\w.$\s]{1,200}[(=]\s{0,9}([\[{].*[\]}])\s{0,9}\)?\s{0,9};?", re.DOTALL)
_INDEX, _TEXTS = "Search.setIndex(", "Search.setTexts("
_PAGE = ".html"


def style(text: str, place: str, hidden: bool = False) -> Content:
    """Return the content of a style sheet: its comments, and its rules without colours and lengths."""
    content = nothing()
    content.elements.append(Element("sheet", {}, place, text))
    for comment in _CSS_COMMENT.finditer(text):
        content.pieces.append(Piece(comment[0], _line(text, comment.start(), place), COMMENT, hidden=hidden))
    rules = _LOOKS.sub("", _CSS_COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text))
    content.pieces.append(Piece(rules, place, CODE, hidden=hidden, raw=True))
    return content


def program(text: str, place: str, hidden: bool = False) -> Content:
    """Return the content of a script; one that only hands JSON on, as the search index does, is read as JSON.

    The search index holds the words of the pages, and so is what a reader is shown; so are the texts that the search
    quotes, each of which is read as the page that it is of.
    """
    content = nothing()
    content.elements.append(Element("program", {}, place, text))
    handed = _CALL.fullmatch(text.strip())
    try:
        value = records.parsed(handed[1]) if handed else None
    except (ValueError, RecursionError):
        value = None
    if value is None:
        content.pieces.append(Piece(text, place, CODE, hidden=hidden, raw=True))
    elif text.startswith(_INDEX):
        content.pieces.extend(records.words(value, place and f"{place}, "))
    elif text.startswith(_TEXTS) and isinstance(value, dict):
        content.inner.extend(Inner(_PAGE, str(page).encode(), f"{name}{_PAGE}", hidden) for name, page in value.items())
    else:
        content.take(records.read(value, place and f"{place}, "))
    return content


def plain(text: str, place: str, kind: str = CODE, hidden: bool = False) -> Content:
    """Return the content of any other text."""
    content = nothing()
    content.pieces.append(Piece(text, place, kind, hidden=hidden, raw=True))
    return content


def _line(text: str, start: int, place: str) -> str:
    line = f"line {text.count(chr(10), 0, start) + 1}"
    return f"{place}, {line} within" if place else line
