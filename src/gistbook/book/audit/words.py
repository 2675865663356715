"""Texts in the form in which they are compared, and what a text may be made of."""

import ast
import functools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

_HYPHENS = re.compile("[‐‑‒–—―−－]")
_RUN = re.compile(r"\w+")
_WORD, _ESCAPED = re.compile(r"\d+|[^\W\d_]+"), re.compile("%[0-9a-fA-F]{2}")
_NUMBERED = re.compile(
    r"\b(?:Figure|Table) \d{1,2}\b|\[\d{1,2}(?:, \d{1,2})*\]|^(?:id|table-)\d{1,3}$|\b[0-9a-f]{40}\b"
)
"""What is numbered by itself: figures, tables, references, places without a name, and commits."""


def normal(text: str) -> str:
    """Return a text in the form in which it is compared: percent signs undone, small letters, one width and hyphen.

    Examples
    --------
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
        self.words: set[str] = set()
        self.runs: set[str] = set()
        self.grams: set[tuple[str, ...]] = set()
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
        parts = tokens(text)
        self.words.update(parts)
        self.runs.update(_RUN.findall(normal(text)))
        self.grams.update(zip(parts, parts[1:], parts[2:], strict=False))
        if len(parts) <= 2:
            self.grams.add(tuple(parts))


def is_sourced(text: str, sources: list[Source], numbers_alone: bool = False) -> bool:
    """Tell whether every word of a text is one of its sources, and every number stands as in one of them.

    Where numbers may stand alone, as in references, they are words like any other.
    """
    parts = tokens(_NUMBERED.sub(" ", text))
    for number, part in enumerate(parts):
        if not any(part in source.words for source in sources) and not _is_half(parts, number, sources):
            return False
        if not numbers_alone and any(map(str.isdigit, part)) and not _stands(parts, number, sources):
            return False
    return True


def _is_half(parts: list[str], number: int, sources: list[Source]) -> bool:
    """Tell whether a part is one half of a word, since a drawing breaks a long one over two lines."""
    either = {"".join(parts[start : start + 2]) for start in (number - 1, number) if start >= 0}
    return any(not either.isdisjoint(source.words) for source in sources)


def _stands(parts: list[str], number: int, sources: list[Source]) -> bool:
    """Tell whether a number stands between words as it does in a source."""
    if len(parts) <= 2:
        return any(tuple(parts) in source.grams for source in sources)
    windows = [tuple(parts[start : start + 3]) for start in range(max(number - 2, 0), min(number, len(parts) - 3) + 1)]
    return any(window in source.grams for window in windows for source in sources)


def read_json(text: str | bytes, **options):
    """Return what JSON says; an entry that is there twice is none that a reader would see.

    Raises
    ------
    ValueError
        It is no JSON, or has an entry twice.
    """
    return json.loads(text, object_pairs_hook=_once, **options)


def _once(pairs: list[tuple]) -> dict:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("an entry is there twice")
    return dict(pairs)


def texts_in(value) -> Iterator[str]:
    """Yield the texts in what JSON says, names of entries among them."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from texts_in(each)
    elif isinstance(value, str):
        yield value


def strings(program: str) -> list[str]:
    """Return the texts of a program of Python, without what is written for who reads it."""
    nodes = list(ast.walk(ast.parse(program)))
    notes = {node.value for node in nodes if isinstance(node, ast.Expr)}
    texts = [node for node in nodes if isinstance(node, ast.Constant) and node not in notes]
    return [node.value for node in texts if isinstance(node.value, str)]
