"""Text as it is compared, in one form whatever its letters, hyphens and escapes; and whole words sought in it."""

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

_HYPHEN, _NO_ROOM = re.compile("[‐‑‒–—―−－]"), re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
"""Hyphens of every kind are one; what takes no room on a page is not there."""

_RUN = re.compile(r"[0-9a-z]+|[^\W_]")
_LETTER, _EDGES = re.compile(r"[^\W\d_]"), re.compile(r"^[\W_]+|[\W_]+$")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([/\"'\\]))")
_LAST_LETTER, _WIDEST, _JOINT = 0x10FFFF, 2, "-"

_MOST_KEPT = 2**13
"""Of so many texts the forms are kept, as one rule after the other asks for those of a page."""


class Words(NamedTuple):
    """Words to seek: each as its runs of letters and digits, joined; and by the first run, of how many runs those are.

    One without a letter is kept as it is written, since in numbers the signs between count.
    """

    known: frozenset[str]
    counts: dict[str, tuple[int, ...]]


def normal(text: str) -> str:
    """Return a text in the form in which it is compared: small letters, one width, one kind of hyphen.

    Examples
    --------
    >>> normal("ＳＹＮ‑０１")
    'syn-01'
    """
    if not text.isascii():
        text = _plain(unicodedata.normalize("NFKC", _plain(text)))
    return text.casefold()


@functools.lru_cache(_MOST_KEPT)
def forms(text: str) -> tuple[str, ...]:
    r"""Return a text in the form in which it is compared, and with the escapes of programs and addresses undone.

    Examples
    --------
    >>> forms("plain"), forms("SYN%2D01"), forms("\\u0053YN-01")
    (('plain',), ('syn%2d01', 'syn-01'), ('\\u0053yn-01', 'syn-01'))
    """
    found = [text]
    if "\\" in text:
        found.append(_ESCAPE.sub(_undone, text))
    if "%" in found[-1]:
        found.append(unquote(found[-1]))
    return tuple(dict.fromkeys(map(normal, found)))


def runs(text: str) -> list[str]:
    """Return the runs of letters and digits of a text that is in the form in which it is compared."""
    return _RUN.findall(text)


def line_of(text: str) -> str:
    """Return a line, or a row of cells, as only its letters and digits tell it from another."""
    return " ".join(runs(normal(text)))


@functools.lru_cache(_MOST_KEPT)
def bare(name: str) -> str:
    """Return the name of a column or of an attribute in small letters and digits only.

    Examples
    --------
    >>> bare("Patient ID"), bare("patient_id"), bare("Pat. No.")
    ('patientid', 'patientid', 'patno')
    """
    return "".join(runs(normal(name)))


def sought(words: Iterable[str]) -> Words:
    """Return words in the form in which `found` seeks them; signs before and after are no part of a word."""
    known, counts, alone = set(), {}, {}
    for word, parts in map(_cut, words):
        if word:
            known.add(word)
            before, many = counts.get(parts[0], ()), len(parts)
            if many not in before:
                # A million words that begin each in its own way share one tuple.
                counts[parts[0]] = tuple(sorted((*before, many))) if before else alone.setdefault(many, (many,))
    return Words(frozenset(known), counts)


def as_word(text: str) -> str:
    """Return a text in the form in which a word is kept to be sought.

    Examples
    --------
    >>> as_word("NCC_041"), as_word("ncc/041"), as_word("12.5")
    ('ncc-041', 'ncc-041', '12.5')
    """
    return _cut(text)[0]


def _cut(text: str) -> tuple[str, list[str]]:
    """Return a word in the form in which it is kept, and its runs of letters and digits."""
    form = normal(str(text))
    parts = _RUN.findall(form)
    return (_JOINT.join(parts) if _has_letter(form) else _EDGES.sub("", form)), parts


def found(text: str, words: Words) -> Iterator[tuple[int, int, str]]:
    """Yield where a word stands whole in a text that is in the form in which it is compared, and which one.

    Between the runs of a word with letters any one or two signs may stand, as an address or an anchor changes them. A
    word of digits only is not whole within a number with a point.
    """
    each = [] if words.counts.keys().isdisjoint(_RUN.findall(text)) else list(_RUN.finditer(text))
    for number, run in enumerate(each):
        for count in words.counts.get(run[0], ()):
            parts = each[number : number + count]
            word, end = _word(text, parts), parts[-1].end()
            if len(parts) == count and word in words.known and _is_whole(text, run.start(), end):
                yield run.start(), end, word


def _plain(text: str) -> str:
    return _HYPHEN.sub("-", _NO_ROOM.sub("", text))


def _word(text: str, parts: list[re.Match]) -> str:
    """Return the word that some runs after one another make; nothing if they are too far apart."""
    if any(after.start() - before.end() > _WIDEST for before, after in itertools.pairwise(parts)):
        return ""
    word = text[parts[0].start() : parts[-1].end()]
    return _JOINT.join(part[0] for part in parts) if _has_letter(word) else word


def _has_letter(word: str) -> bool:
    return bool(_LETTER.search(word))


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    is_number = text[start:end].isdecimal()
    return not (is_number and (re.fullmatch(r"\d\.", before) or re.fullmatch(r"\.\d", after)))


def _undone(escape: re.Match) -> str:
    code = int(escape[1] or escape[2] or escape[3] or "0", 16)
    return escape[4] or (chr(code) if code <= _LAST_LETTER else escape[0])
