"""Pages, drawings and texts taken apart, and what a text may be made of."""

import ast
import functools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import unquote

_INLINE = {"a", "abbr", "b", "br", "cite", "code", "em", "i", "kbd", "s", "small", "span", "strong", "sub", "sup",
           "tspan", "u"}  # fmt: skip
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col"}
_APART = ("script", "style")

_HYPHENS = re.compile("[‐‑‒–—―−－]")
_WORD, _ESCAPED = re.compile(r"\d+|[^\W\d_]+"), re.compile("%[0-9a-fA-F]{2}")
_NUMBERED = re.compile(
    r"\b(?:Figure|Table) \d{1,2}\b|\[\d{1,2}(?:, \d{1,2})*\]|^(?:id|table-)\d{1,3}$|\b[0-9a-f]{40}\b"
)
"""What is numbered by itself: figures, tables, references, places without a name, and commits."""


class Element(NamedTuple):
    """An element with its attributes and its place; `text` is that of scripts and styles, `around` what it is in."""

    tag: str
    attributes: dict[str, str]
    place: str
    around: tuple[str, ...]
    text: str = ""


class Block(NamedTuple):
    """The text of a block as it reads, each string of it, the place, and the names and classes of what it is in."""

    text: str
    strings: list[str]
    place: str
    around: tuple[str, ...]


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
    """Markup that was read: `elements`, `blocks`, and `comments` with their places."""

    def __init__(self, text: str, within: str = ""):
        super().__init__()
        self.elements, self.blocks, self.comments = [], [], []
        self._open, self._within, self._block = [("", ())], within, None
        self.feed(text)
        self.close()
        self._end_block()

    def _place(self) -> str:
        line, column = self.getpos()
        return self._within or f"line {line}, column {column + 1}"

    def handle_starttag(self, tag: str, given: list) -> None:
        """Take an element with its attributes; of one that is there twice, what both say."""
        if tag not in _INLINE:
            self._end_block()
        attributes, around = {}, self._open[-1][1]
        for name, value in given:
            attributes[name] = f"{attributes[name]} {value or ''}" if name in attributes else value or ""
        self.elements.append(Element(tag, attributes, self._place(), around))
        if tag == "br":
            self.handle_data(" ")
        if tag not in _VOID:
            self._open.append((tag, (*around, tag, *attributes.get("class", "").split())))

    def handle_endtag(self, tag: str) -> None:
        """End an element, and those in it that nobody ended."""
        if tag not in _INLINE:
            self._end_block()
        if tag in [name for name, _ in self._open]:
            while self._open.pop()[0] != tag:
                continue

    def handle_data(self, text: str) -> None:
        """Add a text to the block that is open, or to a script or a style."""
        opened, around = self._open[-1]
        if opened in _APART:
            self.elements[-1] = self.elements[-1]._replace(text=self.elements[-1].text + text)
        elif self._block or text.strip():
            self._block = self._block or ([], self._place(), around)
            self._block[0].append(text)

    def handle_comment(self, text: str) -> None:
        """Take a comment, or whatever else no reader is shown."""
        self.comments.append((text, self._place()))

    def handle_decl(self, text: str) -> None:
        """Take a declaration that is not that of HTML."""
        if text.lower() != "doctype html":
            self.handle_comment(text)

    handle_pi = unknown_decl = handle_comment

    def _end_block(self) -> None:
        if self._block:
            self.blocks.append(Block("".join(self._block[0]), *self._block))
        self._block = None


parsed = functools.lru_cache(256)(Markup)  # as before, where the same text was read before; nobody changes it


def normal(text: str) -> str:
    """Return a text in the form in which it is compared: percent signs undone, small letters, one width and hyphen.

    >>> normal("ＳＹＮ‑０\u200b１"), normal("SYN%2D01")
    ('syn-01', 'syn-01')
    """
    text = unquote(text) if _ESCAPED.search(text) else text
    if not text.isascii():
        text = "".join(map(_form, unicodedata.normalize("NFKD", text)))
    return text.casefold()


@functools.cache
def _form(letter: str) -> str:
    return "" if unicodedata.category(letter) in ("Cf", "Mn") else _HYPHENS.sub("-", letter)


def tokens(text: str) -> list[str]:
    """Return the words and numbers of a text."""
    return _WORD.findall(normal(text))


class Source:
    """Texts of which others may be made: their words, and their numbers where the words beside them are the same."""

    def __init__(self, texts: Iterable[str] = ()):
        self.words, self.runs, self.grams = set(), set(), set()
        for text in dict.fromkeys(texts):
            self.add(text)

    @classmethod
    def merged(cls, sources: Iterable["Source"]) -> "Source":
        """Return all that some sources are a source of, as one."""
        whole, every = cls(), list(sources)
        for name in ("words", "runs", "grams"):
            getattr(whole, name).update(*(getattr(source, name) for source in every))
        return whole

    def add(self, text: str) -> None:
        """Add a text; one of a word or two is a source of itself, and of nothing longer."""
        form = normal(text)
        parts = _WORD.findall(form)
        self.words.update(parts)
        self.runs.update(re.findall(r"\w+", form))
        self.grams.update(zip(parts, parts[1:], parts[2:], strict=False))
        if len(parts) <= 2:
            self.grams.add(tuple(parts))


def is_sourced(text: str, sources: list[Source], numbers_alone: bool = False) -> bool:
    """Tell whether every word of a text is one of its sources, and every number stands as in one of them.

    Where numbers may stand alone, as in references, they are words like any other.
    """
    parts = tokens(_NUMBERED.sub(" ", text))
    unknown = set(parts).difference(*(source.words for source in sources))
    for number, part in enumerate(parts):
        if part in unknown and not _is_half(parts, number, sources):
            return False
        if not numbers_alone and any(map(str.isdigit, part)) and not _stands(parts, number, sources):
            return False
    return True


def _is_half(parts: list[str], number: int, sources: list[Source]) -> bool:
    """Tell whether a part is one half of a word, since a drawing breaks a long one over two lines."""
    either = {"".join(parts[start : start + 2]) for start in (number - 1, number) if start >= 0}
    return any(not either.isdisjoint(source.words) for source in sources)


def _stands(parts: list[str], number: int, sources: list[Source]) -> bool:
    last = max(len(parts) - 3, 0)
    windows = [tuple(parts[start : start + 3]) for start in range(max(number - 2, 0), min(number, last) + 1)]
    return any(window in source.grams for window in windows for source in sources)


def read_json(text: str | bytes, **options):
    """Return what JSON says; raises `ValueError` if it is none, or has an entry twice, of which a reader sees one."""
    return json.loads(text, object_pairs_hook=_once, **options)


def _once(pairs: list[tuple]) -> dict:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("an entry is there twice")
    return dict(pairs)


def texts_in(value) -> Iterator[str]:
    """Yield the texts in what JSON says, names of entries among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from texts_in(part)


def strings(program: str) -> list[str]:
    """Return the texts of a program of Python, without what is written for who reads it."""
    nodes = list(ast.walk(ast.parse(program)))
    notes = {node.value for node in nodes if isinstance(node, ast.Expr)}
    texts = [node for node in nodes if isinstance(node, ast.Constant) and node not in notes]
    return [node.value for node in texts if isinstance(node.value, str)]
