"""Delimited text: its encoding, the mark that separates its columns, the row that names them, rows that do not fit.

UTF-8 tells itself. Between Shift-JIS and Latin-1 runs of bytes vote: Japanese stands in runs of characters of two bytes
whose first is 0x81 to 0x9F, while accented letters stand alone or in pairs between plain ones. (charset-normalizer,
restricted to the two, misreads what these rules read: a sheet with one accented letter, `née`, or `J’ai`.)
"""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.intake.readers.rows import ANOTHER_HEADER, LOOKED_AT, Raw, Reading, headed, refused, with_header

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
"""What may separate columns, and what it is called; a comma comes last, since it may stand within a number."""

LARGE = 5_000_000
"""Bytes from which plain text is read by Arrow, on every core; shorter text is read as fast otherwise."""

_SAVE_AGAIN = "Open it in a spreadsheet and save it as CSV with one header row."
_UTF_8 = "utf-8-sig"
_NAMES = {_UTF_8: "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "cp932": "Shift-JIS", "cp1252": "Latin-1"}
_WIDEST = {"utf-8": _UTF_8, "utf-16": "utf-16-le", "shift_jis": "cp932", "iso8859-1": "cp1252"}
"""Codecs that also read what others write under the same name, as Windows does."""

_MARKS = {codecs.BOM_UTF8: _UTF_8, codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
_SAMPLE = 1_000_000
"""Bytes that vote for an encoding, from the first that is not plain."""

_RUN = re.compile(rb"[A-Za-z]?(?:[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|[\xa1-\xdf])+[A-Za-z]?")
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

_LETTERS = rb"A-Za-z\x8a\x8c\x8e\x9a\x9c\x9e\x9f\xc0-\xd6\xd8-\xf6\xf8-\xff"
_SIGNS = rb"\x82-\x84\x86-\x89\x8b\x93\x94\x9b\xa1-\xa5\xa7\xab\xaf\xb1\xb3\xb6\xb8\xb9\xbb-\xbf"
_NOT_LATIN = re.compile(
    rb"(?<=[" + _LETTERS + rb"])[" + _SIGNS + rb"]+(?=[" + _LETTERS + rb"])"
    rb"|(?<=[" + _LETTERS + rb"])[\x8a\x8c\x8e\x9f\xc0-\xd6\xd8-\xde](?=[a-z])"
)
"""What stands within no word of Latin-1, and is a letter in encodings of DOS, of Macs, or of Central Europe."""

_NOT_JAPANESE = re.compile(rb"[A-Za-z](?:[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|[\xa1-\xdf])+[a-z]")
"""A run that stands within a word of plain letters."""

_SEPARATED_BY = re.compile(rb"""(?:\xef\xbb\xbf)?"?sep=([,;|\t])"?[,;|\t]*\r?\n""", re.IGNORECASE)
"""The line above the header by which Excel is told what separates the columns."""

_LOOKED_AT_ONCE = 2**22
"""Bytes of a text in which double quotes are looked for at once."""

_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x19\x1b\x7f]")


class _Text(NamedTuple):
    path: Path
    data: bytes
    codec: str
    separator: str = ","
    known: tuple[pd.CategoricalDtype, ...] = ()

    def opened(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(self.data), self.codec, newline="")

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Each row under its number, as a spreadsheet counts: a row may run over several lines."""
        return enumerate(csv.reader(self.opened(), delimiter=self.separator), 1)


class _Top(NamedTuple):
    number: int
    names: list[str]
    below: list[list[str]]


def read_text(path: Path, reading: Reading) -> Raw:
    """Read delimited text; rows are numbered from 1 for the first of the file, blank ones counted and left out."""
    csv.field_size_limit(2**31 - 1)
    data = path.read_bytes()
    if (named := _SEPARATED_BY.match(data)) and reading.header == 1:
        reading = reading._replace(header=2, separator=reading.separator or named[1].decode())
    text = _Text(path, data, _codec(path, data, reading.encoding))
    text = text._replace(separator=_separator(text, reading), known=reading.known)
    top = _top(text, reading.header)
    _check_header(text, top, reading.separator)
    rows = _rows(text, top)
    marks = SEPARATORS.get(text.separator, json.dumps(text.separator))
    detected = (text.separator != "," and not reading.separator) or (text.codec != _UTF_8 and not reading.encoding)
    how = f"text separated by {marks}, {_NAMES.get(text.codec, text.codec)}{' (detected)' if detected else ''}"
    is_doubtful = text.codec == "cp1252" and not reading.encoding and _has_signs_in_words(data)
    return Raw(headed(path, top.names, rows, top.number), with_header(how, top.number), is_doubtful=is_doubtful)


def decoded(values: Sequence[bytes], given: str = "") -> list[str]:
    """Cells of bytes as text, in the encoding that is given or that all tell; `UnicodeError` if they are no text."""
    codec = _widest(given) or guessed(b"\n".join(value for value in values if not value.isascii())) or _UTF_8
    return [value.decode(codec) for value in values]


def guessed(data: bytes) -> str:
    """The codec in which bytes are likely to be written: UTF-8, Shift-JIS or Latin-1; "" if they are text in none."""
    if _reads(_UTF_8, data):
        return _UTF_8
    first = re.search(rb"[\x80-\xff]", data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    sample = data[start : start + _SAMPLE]
    if _NOT_TEXT.search(sample):
        return ""
    runs = _RUN.findall(sample)
    others = [run for run in runs if not _WESTERN.fullmatch(run)]
    is_japanese = sum(1 for run in others if _JAPANESE.fullmatch(run)) > len(runs) - len(others)
    within_words = sum(1 for run in others if _NOT_JAPANESE.fullmatch(run))
    if is_japanese and 2 * within_words < len(others) and _reads("cp932", data):
        return "cp932"
    is_latin = 2 * sum(map(len, _LATIN.findall(sample))) >= len(re.findall(_HIGH, sample))
    return "cp1252" if is_latin and _reads("cp1252", data) else ""


def _has_signs_in_words(data: bytes) -> bool:
    """Tell whether a text that is taken for Latin-1 would have signs within many of its words."""
    first = re.search(rb"[\x80-\xff]", data)
    sample = data[max(first.start() - 1, 0) : first.start() + _SAMPLE] if first else b""
    signs = sum(map(len, _NOT_LATIN.findall(sample)))
    return signs > 0 and 4 * signs >= len(re.findall(_HIGH, sample))


def _codec(path: Path, data: bytes, given: str) -> str:
    """The codec that reads a whole file; a byte order mark outweighs what the user says."""
    if data.startswith(_WORKBOOKS):
        remedy = "Unpack it; or save it as CSV UTF-8 in the spreadsheet program; or give it its suffix, such as .xlsx."
        raise refused(path, "the file is a workbook or an archive, not text", remedy)
    marked = next((codec for mark, codec in _MARKS.items() if data.startswith(mark)), "")
    codec = marked or (_widest(given) if given else guessed(data))
    if not codec or ((marked or given) and not _reads(codec, data)):
        name = _NAMES.get(codec, given) or "UTF-8, Shift-JIS or Latin-1"
        remedy = f"Save it as UTF-8{'' if marked else ', or name its encoding in [formats]'}."
        raise refused(path, f"the file is not text in {name}", remedy)
    return codec


def _widest(given: str) -> str:
    """The codec for an encoding that the user names: of Shift-JIS and Latin-1 that of Windows; "" if there is none."""
    try:
        "".encode(given)  # some codecs are for other things than text
        name = codecs.lookup(given).name
    except (LookupError, ValueError):
        return ""
    return _WIDEST.get(name, name)


def _reads(codec: str, data: bytes) -> bool:
    """Tell whether bytes are text in an encoding; NUL and escape are no part of a text."""
    if codec == _UTF_8 and data.isascii():
        return b"\0" not in data and b"\x1b" not in data
    try:
        text = data.decode(codec)
    except (ValueError, LookupError):
        return False
    return "\0" not in text and "\x1b" not in text


def _separator(text: _Text, reading: Reading) -> str:
    """What separates the columns: as given, or what makes a header of which most rows have the width."""
    given = reading.separator
    if given and (len(given) > 1 or not given.isascii() or given in '"\r\n'):
        remedy = 'Say separator = ";", "," or "\\t" under [formats] in cohort.toml.'
        raise refused(text.path, "columns cannot be separated by the mark that cohort.toml names", remedy)
    if given:
        return given
    tops = {mark: _top(text._replace(separator=mark), reading.header) for mark in SEPARATORS}
    several = [mark for mark in tops if len(tops[mark].names) > 1]
    if several:
        return max(several, key=lambda mark: (_agreement(tops[mark]), len(tops[mark].names)))
    return max(reversed(tops), key=lambda mark: sum(len(row) > 1 for row in tops[mark].below))


def _agreement(top: _Top) -> float:
    filled = [row for row in top.below if any(row)]
    return sum(len(row) == len(top.names) for row in filled) / max(len(filled), 1)


def _top(text: _Text, header: int) -> _Top:
    rows = list(islice(text.records(), header - 1, header + LOOKED_AT))
    for place, (number, names) in enumerate(rows):
        if any(name.strip() for name in names):
            return _Top(number, names, [row for _, row in rows[place + 1 :]])
    rule = "no row names the columns" if header == 1 else f"there is no row {header} to name the columns"
    raise refused(text.path, rule, _SAVE_AGAIN)


def _check_header(text: _Text, top: _Top, given: str) -> None:
    """Refuse a header that is one cell but for a mark that was not given, and one with a quote that nothing closes."""
    others = [mark for mark in SEPARATORS if given and len(top.names) == 1 and mark in top.names[0] and mark != given]
    if others:
        remedy = f"Say separator = {json.dumps(others[0])} under [formats] in cohort.toml."
        raise refused(text.path, "the header is one cell", remedy, (top.number,))
    try:
        list(islice(csv.reader(text.opened(), delimiter=text.separator, strict=True), top.number))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise _unclosed(text, top.number) from error


def _rows(text: _Text, top: _Top) -> pd.DataFrame:
    """The rows below the header as text, the columns numbered from 0; pandas counts the cells of all but one."""
    width, handle = len(top.names), text.opened()
    header = csv.reader(handle, delimiter=text.separator)
    for _ in islice(header, top.number):
        pass
    asked = {"header": None, "names": range(width), "index_col": False, "dtype": str, "na_filter": False}
    if top.below and len(top.below[0]) > width:
        raise _misshapen(text, top)
    try:
        rows = _by_arrow(text, header.line_num, width)
        if rows is None:
            rows = pd.read_csv(handle, sep=text.separator, skip_blank_lines=False, **asked)
    except pd.errors.ParserError as error:
        opened = re.search(r"EOF inside string starting at row (\d+)", str(error))
        raise _unclosed(text, top.number + 1 + int(opened[1])) if opened else _misshapen(text, top) from error
    return rows.set_axis(range(top.number + 1, top.number + 1 + len(rows)))


def _by_arrow(text: _Text, lines: int, width: int) -> pd.DataFrame | None:
    r"""The rows below so many lines of large plain text, each column categorical; nothing of text that is not plain.

    Plain text reads the same by every reader: it is UTF-8, all rows have as many cells as the header, none is blank,
    lines end with \n or \r\n, and a double quote only opens or closes a cell that fits on one line.
    """
    data = text.data
    if len(data) < LARGE or text.codec != _UTF_8 or text.separator not in SEPARATORS:
        return None
    start = 0
    for _ in range(lines):
        start = data.find(b"\n", start) + 1 or len(data)
    if (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")) or not _well_quoted(data, start, text.separator):
        return None
    import pyarrow as pa
    from pyarrow import csv as arrow

    names = [str(number) for number in range(width)]
    asked = dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string()))
    try:
        table = arrow.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(start)),
            arrow.ReadOptions(column_names=names, block_size=1 << 24),
            arrow.ParseOptions(delimiter=text.separator, ignore_empty_lines=False),
            arrow.ConvertOptions(column_types=asked, check_utf8=False),
        )
    except pa.ArrowInvalid:
        return None
    columns = enumerate(table.columns)
    return pd.DataFrame({place: _in_few_bytes(column.combine_chunks(), text.known) for place, column in columns})


def _in_few_bytes(column, known: tuple[pd.CategoricalDtype, ...]) -> pd.Categorical:
    """A column of Arrow's that has each text once; its codes are of the smallest type that can hold them."""
    import pyarrow as pa

    own = column.dictionary
    alike = (each for each in known if len(each.categories) == len(own) and own.equals(pa.array(each.categories)))
    texts = next(alike, None) or pd.CategoricalDtype(own.to_pandas())
    codes = column.indices.to_numpy().astype(np.min_scalar_type(-len(texts.categories) - 1))
    return pd.Categorical.from_codes(codes, dtype=texts)


def _well_quoted(data: bytes, start: int, separator: str) -> bool:
    """Tell whether double quotes come in pairs on one line, next to what separates cells on their outer sides."""
    signs = np.frombuffer(data, np.uint8)
    while (start := data.find(b'"', start)) >= 0:
        end = data.find(b"\n", start + _LOOKED_AT_ONCE) + 1 or len(data)
        quotes, lines = (start + np.flatnonzero(signs[start:end] == sign) for sign in b'"\n')
        outer = np.append(quotes[::2] - 1, quotes[1::2] + 1)
        if len(quotes) % 2 or not np.isin(signs[outer[outer < len(data)]], list(b"\r\n" + separator.encode())).all():
            return False
        number = np.searchsorted(lines, quotes)
        if (number[::2] != number[1::2]).any():
            return False
        start = end
    return True


def _misshapen(text: _Text, top: _Top) -> Exception:
    long = tuple(number for number, row in text.records() if number > top.number and len(row) > len(top.names))
    if not long:
        return refused(text.path, "the file is not a table of separated values", _SAVE_AGAIN)
    remedy = "Put text that holds a separator in double quotes, and name every column."
    if sum(name.strip() != "" for name in top.names) == 1:
        remedy = f"Say which row names the columns: {ANOTHER_HEADER}."
    return refused(text.path, "more cells than the header has", remedy, long)


def _unclosed(text: _Text, number: int) -> Exception:
    return refused(text.path, "a double quote that is never closed", f"Close it. Or: {_SAVE_AGAIN}", (number,))
