"""Pages and drawings taken apart: their elements, the text of each block, and their tables."""

import functools
from html.parser import HTMLParser
from typing import NamedTuple

_INLINE = {"a", "abbr", "b", "br", "cite", "code", "em", "i", "kbd", "s", "small", "span", "strong", "sub", "sup",
           "tspan", "u"}  # fmt: skip
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col"}
_APART = ("script", "style")


class Element(NamedTuple):
    """An element with its attributes and its place; `text` is that of scripts and styles, `around` what it is in."""

    tag: str
    attributes: dict[str, str]
    place: str
    around: tuple[str, ...]
    text: str = ""


class Block(NamedTuple):
    """The text of a block: each string of it, the place, and the names and classes of what it is in."""

    strings: list[str]
    place: str
    around: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text as it reads."""
        return "".join(self.strings)


class Table(NamedTuple):
    """A table: names of its columns, its rows, what is said of it, and its place; every cell as text."""

    names: tuple[str, ...]
    rows: list[tuple[str, ...]]
    caption: str
    place: str

    def column(self, name: str) -> list[str]:
        """Return the cells under a name; none, where no column has it."""
        return [row[at] for at, each in enumerate(self.names) if each == name for row in self.rows]


class Markup(HTMLParser):
    """Markup that was read: `elements`, `blocks`, `comments` with their places, and `tables`."""

    def __init__(self, text: str, within: str = ""):
        super().__init__(convert_charrefs=True)
        self.elements, self.blocks, self.comments = [], [], []
        self._open, self._within, self._block, self._text = [], within, None, text
        self.feed(text)
        self.close()
        self._end_block()

    def _place(self) -> str:
        line, column = self.getpos()
        return self._within or f"line {line}, column {column + 1}"

    def _around(self) -> tuple[str, ...]:
        return self._open[-1][1] if self._open else ()

    def handle_starttag(self, tag: str, given: list) -> None:
        """Take an element with its attributes; of one that is there twice, what both say."""
        if tag not in _INLINE:
            self._end_block()
        attributes: dict[str, str] = {}
        for name, value in given:
            attributes[name] = f"{attributes[name]} {value or ''}" if name in attributes else value or ""
        self.elements.append(Element(tag, attributes, self._place(), self._around()))
        if tag == "br":
            self.handle_data(" ")
        if tag not in _VOID:
            self._open.append((tag, (*self._around(), tag, *attributes.get("class", "").split())))

    def handle_endtag(self, tag: str) -> None:
        """End an element, and those in it that nobody ended."""
        if tag not in _INLINE:
            self._end_block()
        if tag in [name for name, _ in self._open]:
            while self._open.pop()[0] != tag:
                continue

    def handle_data(self, text: str) -> None:
        """Add a text to the block that is open, or to a script or a style."""
        if self._open and self._open[-1][0] in _APART:
            self.elements[-1] = self.elements[-1]._replace(text=self.elements[-1].text + text)
        elif self._block or text.strip():
            self._block = self._block or Block([], self._place(), self._around())
            self._block.strings.append(text)

    def handle_comment(self, text: str) -> None:
        """Take a comment, or whatever else no reader is shown."""
        self.comments.append((text, self._place()))

    def handle_decl(self, text: str) -> None:
        """Take a declaration that is not that of HTML."""
        if text.lower() != "doctype html":
            self.comments.append((text, self._place()))

    handle_pi = unknown_decl = handle_comment

    def _end_block(self) -> None:
        self.blocks.extend([self._block] if self._block else [])
        self._block = None

    @functools.cached_property
    def tables(self) -> list[Table]:
        """The tables, as their CSV has them."""
        from gistbook.book import sheets  # the theme takes the policy from here, and waits for no table

        read = [(caption, [*map(tuple, rows)] or [()]) for caption, rows in sheets.tables_in(self._text)]
        return [Table(rows[0], rows[1:], caption, self._within) for caption, rows in read]


parsed = functools.lru_cache(256)(Markup)
"""Markup as before, where the same text was read before; nobody changes it."""
