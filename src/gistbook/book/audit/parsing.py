"""Pages, drawings and texts taken apart, and what a text may be made of."""

import ast
import functools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

_INLINE = {"a", "abbr", "b", "br", "cite", "code", "em", "i", "kbd", "s", "small", "span", "strong", "sub", "sup",
           "tspan", "u"}  # fmt: skip
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col"}
_GIVEN = r"(?P<given>(?:\s+[^\s\"'<>/=]+(?:=(?:\"[^\"<]*\"|'[^'<]*'|[^\s\"'<>=]+))?)*)\s*"
_PART = re.compile(
    rf"<(?:(?P<apart>script|style)|(?P<tag>[a-z][a-z0-9-]*)){_GIVEN}(?P<closed>/?)>(?(apart)(?P<raw>.*?)</(?P=apart)>)|"
    r"</(?P<end>[a-z][a-z0-9-]*)\s*>|(?P<doctype><!doctype html>)|<!--(?P<comment>.*?)-->|(?P<text>[^<]+)|<",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>=]+)))?")
"""What markup is made of, and what an element is given; a script or a style brings its text along."""

_HYPHENS = re.compile("[‐‑‒–—―−－]")
_WORD, _ESCAPED = re.compile(r"\d+|[^\W\d_]+"), re.compile("%[0-9a-fA-F]{2}")
_NUMBERED = re.compile(
    r"\b(?:Figure|Table) \d{1,2}\b|\[\d{1,2}(?:, \d{1,2})*\]|^(?:id|table-)\d{1,3}$|\b[0-9a-f]{40}\b"
)
"""What is numbered by itself: figures, tables, references, places without a name, and commits."""


class Part(NamedTuple):
    """An element, or a block of text, which has no tag: its attributes, strings, and the names and classes around it.

    Of elements, only scripts and styles have strings; `at` is where it begins.
    """

    tag: str
    attributes: dict[str, str]
    strings: list[str]
    at: int
    around: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text as it reads."""
        return "".join(self.strings)


class Table(NamedTuple):
    """A table: names of its columns, its rows, what is said of it, and its file and place; every cell as text."""

    names: tuple[str, ...]
    rows: list[tuple[str, ...]]
    caption: str
    place: tuple[str, str]

    @property
    def is_frame(self) -> bool:
        """Whether it is a frame of estimates, or a flow, and none that a page shows."""
        return bool(self.names) and self.names[0].islower()

    def column(self, name: str) -> list[str]:
        """Return the cells under a name; none, where no column has it."""
        return [row[at] for at, each in enumerate(self.names) if each == name for row in self.rows]


class Markup:
    """Markup that was read: its `elements`, its `blocks`, and, as `comments`, whatever Sphinx and we do not write."""

    def __init__(self, text: str):
        self.elements, self.blocks, self.comments = [], [], []
        self._text, self._open, self._block = text, [("", ())], None
        for part in _PART.finditer(text):
            if part["end"]:
                self._close(part["end"].lower())
            elif part["tag"] or part["apart"]:
                self._begin(part)
            elif part["text"]:
                self._say(unescape(part["text"]), part.start())
            elif not part["doctype"]:
                self.comments.append((part["comment"] or part[0], part.start()))
        self._end_block()

    def place(self, at: int) -> str:
        """Return by line and column where something begins."""
        return f"line {self._text.count(chr(10), 0, at) + 1}, column {at - self._text.rfind(chr(10), 0, at)}"

    def _begin(self, part: re.Match) -> None:
        tag, around = (part["apart"] or part["tag"]).lower(), self._open[-1][1]
        if tag not in _INLINE:
            self._end_block()
        attributes = _attributes(part["given"])
        self.elements.append(Part(tag, attributes, [part["raw"] or ""], part.start(), around))
        if tag == "br":
            self._say(" ", part.start())
        if not (part["apart"] or part["closed"] or tag in _VOID):
            self._open.append((tag, (*around, tag, *attributes.get("class", "").split())))

    def _close(self, tag: str) -> None:
        """End an element, and those in it that nobody ended."""
        if tag not in _INLINE:
            self._end_block()
        if tag in [name for name, _ in self._open]:
            while self._open.pop()[0] != tag:
                continue

    def _say(self, text: str, at: int) -> None:
        if self._block or text.strip():
            self._block = self._block or Part("", {}, [], at, self._open[-1][1])
            self._block.strings.append(text)

    def _end_block(self) -> None:
        self.blocks.extend([self._block] if self._block else [])
        self._block = None


@functools.lru_cache(4096)
def _attributes(given: str) -> dict[str, str]:
    """Return attributes, which nobody changes; of one that is there twice, what both say."""
    attributes = {}
    for name, *values in _ATTRIBUTE.findall(given):
        value = [attributes[name.lower()]] if name.lower() in attributes else []
        attributes[name.lower()] = " ".join([*value, unescape("".join(values))])
    return attributes


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
    parts, numbers = _parts(text)
    unknown = set(parts).difference(*(source.words for source in sources))
    if unknown and not all(_is_half(parts, at, sources) for at, part in enumerate(parts) if part in unknown):
        return False
    return numbers_alone or all(_stands(parts, at, sources) for at in numbers)


@functools.lru_cache(2**14)
def _parts(text: str) -> tuple[list[str], list[int]]:
    """Return the words and numbers of a text, but for those that are numbered by themselves, and which are numbers."""
    parts = tokens(_NUMBERED.sub(" ", text))
    return parts, [at for at, part in enumerate(parts) if any(map(str.isdigit, part))]


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
