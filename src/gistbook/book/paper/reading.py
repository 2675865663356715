"""The words of a PDF that Chromium has printed, read by Python alone: its texts are streams of glyphs in a typeface
named by the number of its object, which lists the letters that the glyphs are.
"""

import re
import unicodedata
import zlib

from gistbook.conventions import unspelt

_OBJECT = re.compile(rb"\b(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)endstream", re.DOTALL)
_LETTERS = re.compile(rb"/ToUnicode (\d+) 0 R")
_GLYPHS = re.compile(r"^<(\w+)> ?<(\w+)>(?: ?<(\w+)>)?$", re.MULTILINE)
"""A line of such a list: a glyph and its letters, or the first and the last of several, and the letter of the first."""

PAGE_NUMBER = r"\s*\d{1,3}\s*"
"""What a PDF says of its own: the number of a page, where that stands by itself."""

_SHOWN = re.compile(r"/F(\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)> ?|\bET\b")
_TOLD = re.compile(rb"/(?:Title|Alt|ActualText|Author|Subject|Keywords) ?(?:\(((?:[^\\()]|\\.)*)\)|<([0-9A-Fa-f]*)>)")
"""What the PDF says outside its pages: its title, bookmarks, and what stands for a drawing."""


def texts_of(pdf: bytes) -> list[str]:
    """The texts of a PDF, one for each piece of a line that is set in one go, and those that stand on no page."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    named = {number: objects[int(face[1])] for number, body in objects.items() if (face := _LETTERS.search(body))}
    faces = {number: _letters(_stream(body)) for number, body in named.items()}
    told = [_plain(*each) for body in objects.values() for each in _TOLD.findall(body)]
    said = [*told, *(text for body in objects.values() for text in _set(_stream(body), faces))]
    return [unicodedata.normalize("NFKC", text) for text in said]


def is_beyond(pdf: bytes, document: str) -> bool:
    """Tell whether a PDF has a word that the HTML of which it was printed does not have."""
    own = set(re.findall(r"\w+", unicodedata.normalize("NFKC", unspelt(document))))
    return any(set(re.findall(r"\w+", text)) - own for text in texts_of(pdf) if not re.fullmatch(PAGE_NUMBER, text))


def _stream(body: bytes) -> str:
    found = _STREAM.search(body)
    try:
        return zlib.decompressobj().decompress(found[1]).decode("latin-1") if found else ""
    except zlib.error:
        return found[1].decode("latin-1")


def _letters(listed: str) -> dict[int, str]:
    letters = {}
    for first, second, third in _GLYPHS.findall(listed):
        last, begins = (second, third) if third else (first, second)
        text, start = bytes.fromhex(begins).decode("utf-16-be"), int(first, 16)
        letters |= {glyph: text[:-1] + chr(ord(text[-1]) + glyph - start) for glyph in range(start, int(last, 16) + 1)}
    return letters


def _set(stream: str, faces: dict[int, dict[int, str]]) -> list[str]:
    texts, face = [""], {}
    for named, glyphs in _SHOWN.findall(stream) if " Tf" in stream else ():
        face = faces.get(int(named), {}) if named else face
        texts[-1] += "".join(face.get(int(glyphs[at : at + 4], 16), " ") for at in range(0, len(glyphs), 4))
        texts.extend([] if named or glyphs else [""])
    return [text for text in texts if text.strip()]


def _plain(literal: bytes, digits: bytes) -> str:
    data = bytes.fromhex(digits.decode()) if digits else re.sub(rb"\\(.)", rb"\1", literal)
    return data[2:].decode("utf-16-be", "replace") if data.startswith(b"\xfe\xff") else data.decode("latin-1")
