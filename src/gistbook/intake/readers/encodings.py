"""In which encoding text is written: what the user says, or else what its bytes tell.

UTF-8 tells itself. Between Shift-JIS and Latin-1 runs of bytes vote: Japanese stands in runs of characters of two bytes
whose first is 0x81 to 0x9F, while accented letters stand alone or in pairs between plain ones.
"""

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

from gistbook.intake.readers.rows import refused

UTF_8 = "utf-8-sig"

NAMES = {UTF_8: "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "cp932": "Shift-JIS", "cp1252": "Latin-1"}
"""What encodings are called, by the names of the widest codecs that read what others write under that name."""

_WIDEST = {"utf-8": UTF_8, "utf-16": "utf-16-le", "shift_jis": "cp932", "iso8859-1": "cp1252"}
_MARKS = {codecs.BOM_UTF8: UTF_8, codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

_SAMPLE = 1_000_000
"""So many bytes vote, from the first that is not plain."""

_PAIR = rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]"
_RUN = re.compile(rb"[A-Za-z]?(?:" + _PAIR + rb"|[\xa1-\xdf])+[A-Za-z]?")
"""What could be Japanese in Shift-JIS, with the letter before it and after it."""

_JAPANESE = re.compile(rb"[A-Za-z]?(?:[\xa1-\xdf]|[\xe0-\xfc].)*[\x81-\x9f].*|[\xa1-\xdf]{2,}", re.DOTALL)
"""A run with one of the common kana and kanji; or one of half-width kana that touches no letter."""

_WESTERN = re.compile(
    rb"[\xa1-\xdf]|[A-Za-z][\xa1-\xdf]+[A-Za-z]?|[\xa1-\xdf]+[A-Za-z]"  # accented letters, or a sign
    rb"|[A-Za-z]?[\xe0-\xfc][A-Za-z]{1,2}"  # the same, and the letter that follows looks like half of a kanji
    rb"|[A-Za-z]\x92(?:[A-Za-z]{1,2}|[\x8c\x9c\xc0-\xff][A-Za-z]?)"  # an apostrophe
    rb"|[A-Za-z][\x8a\x8c\x8e\x96\x97\x9a\x9c\x9e][A-Za-z]{2}|[\x8a\x8c\x8e\x9a\x9c\x9e][a-z]{2}"  # a dash; œ, š, ž
)
"""A run that looks so only because a letter or a sign of Latin-1 stands before a plain letter."""

_HIGH = rb"[\x80-\x90\x98-\xaa\xac-\xba\xbc-\xff]"
_LATIN = re.compile(rb"(?<!" + _HIGH + rb")(?:" + _HIGH + rb"|[\xc0-\xff]{2})(?!" + _HIGH + rb")")
"""One letter or sign of Latin-1 by itself, or two letters; quotation marks and dashes beside them do not count."""

_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x19\x1b\x7f]")


def codec_of(path: Path, data: bytes, given: str = "") -> str:
    """Return the name of the codec that reads a whole file; a byte order mark outweighs what the user says.

    Raises
    ------
    DataError
        The file is not text, or not in the encoding that the user says.
    """
    if data.startswith(_WORKBOOKS):
        remedy = "Save it as CSV UTF-8 in the spreadsheet program, or give it the suffix of its kind, such as .xlsx."
        raise refused(path, "the file is a workbook or an archive, not text", remedy)
    marked = next((codec for mark, codec in _MARKS.items() if data.startswith(mark)), "")
    codec = marked or (widest(given) if given else guessed(data))
    if not codec or not _reads(codec, data):
        names = NAMES.get(codec, given) or "UTF-8, Shift-JIS or Latin-1"
        remedy = "Save it as UTF-8, or name its encoding in [formats]."
        raise refused(path, f"the file is not text in {names}", remedy)
    return codec


def decoded(values: Sequence[bytes], given: str = "") -> list[str]:
    """Return cells of bytes as text, in the encoding that the user says, or that all of them together tell.

    Raises
    ------
    UnicodeError
        They are not text.
    """
    codec = widest(given) or guessed(b"\n".join(value for value in values if not value.isascii())) or UTF_8
    return [value.decode(codec) for value in values]


def widest(given: str) -> str:
    """Return the codec for an encoding that the user names: of Shift-JIS and Latin-1 that of Windows; "" if none."""
    try:
        "".encode(given)  # some codecs are for other things than text
        name = codecs.lookup(given).name
    except (LookupError, ValueError):
        return ""
    return _WIDEST.get(name, name)


def guessed(data: bytes) -> str:
    """Return the codec in which bytes are likely to be written, or "" if they are text in none that is known here."""
    if _reads(UTF_8, data):
        return UTF_8
    sample = _telling(data)
    if _NOT_TEXT.search(sample):
        return ""
    if _is_japanese(sample) and _reads("cp932", data):
        return "cp932"
    return "cp1252" if _is_latin(sample) and _reads("cp1252", data) else ""


def _reads(codec: str, data: bytes) -> bool:
    """Tell whether bytes are text in an encoding; NUL and escape are no part of a text."""
    try:
        text = data.decode(codec)
    except (ValueError, LookupError):
        return False
    return "\0" not in text and "\x1b" not in text


def _telling(data: bytes) -> bytes:
    """Return the part of a file that tells: from the line of its first byte that is not plain."""
    first = re.search(rb"[\x80-\xff]", data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    return data[start : start + _SAMPLE]


def _is_japanese(sample: bytes) -> bool:
    runs = _RUN.findall(sample)
    others = [run for run in runs if not _WESTERN.fullmatch(run)]
    return sum(1 for run in others if _JAPANESE.fullmatch(run)) > len(runs) - len(others)


def _is_latin(sample: bytes) -> bool:
    return 2 * sum(map(len, _LATIN.findall(sample))) >= len(re.findall(_HIGH, sample))
