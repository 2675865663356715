"""Delimited text: which mark separates its columns, which row names them, and which rows do not fit."""

import csv
import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook.intake.readers.encodings import NAMES, UTF_8, codec_of
from gistbook.intake.readers.plain import read_plain
from gistbook.intake.readers.rows import ANOTHER_HEADER, LOOKED_AT, Raw, Reading, headed, refused, with_header

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
"""What may separate columns, and what it is called; a comma comes last, since it may stand within a number."""

ROW_NAMES = "Unnamed: 0"
"""Name of a first column that has none, as R and pandas write one for the names of rows."""

_SAVE_AGAIN = "Open it in a spreadsheet and save it as CSV with one header row."


class _Text(NamedTuple):
    """The bytes of a file, how they are decoded, and what separates columns."""

    path: Path
    data: bytes
    codec: str
    separator: str = ","

    def opened(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(self.data), self.codec, newline="")

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Give each row under its number, as a spreadsheet counts: a row may run over several lines."""
        return enumerate(csv.reader(self.opened(), delimiter=self.separator), 1)


class _Top(NamedTuple):
    """The row that names the columns, and those looked at below it."""

    number: int
    names: list[str]
    below: list[list[str]]


def read_text(path: Path, reading: Reading) -> Raw:
    """Read delimited text; rows are numbered from 1 for the first of the file, blank ones counted and left out."""
    csv.field_size_limit(2**31 - 1)
    data = path.read_bytes()
    text = _Text(path, data, codec_of(path, data, reading.encoding))
    text = text._replace(separator=_separator(text, reading))
    top = _top(text, reading.header)
    _check_header(text, top, reading.separator)
    rows = _rows(text, top)
    names = [ROW_NAMES if _holds_row_names(top, rows) else top.names[0], *top.names[1:]]
    return Raw(headed(path, names, rows, top.number), with_header(_said(text, reading), top.number), "row")


def _separator(text: _Text, reading: Reading) -> str:
    """Return what separates the columns: as given, or what makes a header of which most rows have the width."""
    given = reading.separator
    if given:
        if len(given) > 1 or not given.isascii() or given in '"\r\n':
            remedy = 'Say separator = ";", "," or "\\t" under [formats] in cohort.toml.'
            raise refused(text.path, "columns cannot be separated by the mark that cohort.toml names", remedy)
        return given
    tops = {mark: _top(text._replace(separator=mark), reading.header) for mark in SEPARATORS}
    several = [mark for mark in tops if len(tops[mark].names) > 1]
    if several:
        return max(several, key=lambda mark: (_agreeing(tops[mark]), len(tops[mark].names)))
    return max(reversed(tops), key=lambda mark: sum(len(row) > 1 for row in tops[mark].below))


def _agreeing(top: _Top) -> float:
    """Return the share of the rows looked at that have as many cells as the header."""
    filled = [row for row in top.below if any(row)]
    return sum(len(row) == len(top.names) for row in filled) / max(len(filled), 1)


def _top(text: _Text, header: int) -> _Top:
    """Return the first row from the given number on that is not blank, and what is below it."""
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
    """Return the rows below the header as text, the columns numbered from 0; pandas counts the cells of all but one."""
    width, handle = len(top.names), text.opened()
    header = csv.reader(handle, delimiter=text.separator)
    for _ in islice(header, top.number):
        pass
    asked = {"header": None, "names": range(width), "index_col": False, "dtype": str, "na_filter": False}
    try:
        if top.below and len(top.below[0]) > width:
            raise _misshapen(text, top)
        rows = read_plain(text.data, header.line_num, text.separator, width) if _may_be_plain(text) else None
        if rows is None:
            rows = pd.read_csv(handle, sep=text.separator, skip_blank_lines=False, **asked)
    except pd.errors.EmptyDataError:
        rows = pd.DataFrame(columns=range(width), dtype=str)
    except pd.errors.ParserError as error:
        opened = re.search(r"EOF inside string starting at row (\d+)", str(error))
        raise _unclosed(text, top.number + 1 + int(opened[1])) if opened else _misshapen(text, top) from error
    return rows.set_axis(range(top.number + 1, top.number + 1 + len(rows)))


def _may_be_plain(text: _Text) -> bool:
    return text.codec == UTF_8 and text.separator in SEPARATORS


def _holds_row_names(top: _Top, rows: pd.DataFrame) -> bool:
    return not top.names[0].strip() and bool((rows[0].str.strip() != "").any())


def _misshapen(text: _Text, top: _Top) -> Exception:
    """Return the error that names every row with more cells than the header has."""
    long = tuple(number for number, row in text.records() if number > top.number and len(row) > len(top.names))
    if not long:
        return refused(text.path, "the file is not a table of separated values", _SAVE_AGAIN)
    remedy = "Put text that holds a separator in double quotes, and name every column."
    if sum(name.strip() != "" for name in top.names) == 1:
        remedy = f"Say which row names the columns: {ANOTHER_HEADER}."
    return refused(text.path, "more cells than the header has", remedy, long)


def _unclosed(text: _Text, number: int) -> Exception:
    return refused(text.path, "a double quote that is never closed", f"Close it. Or: {_SAVE_AGAIN}", (number,))


def _said(text: _Text, reading: Reading) -> str:
    marks = SEPARATORS.get(text.separator, json.dumps(text.separator))
    found = (text.separator != "," and not reading.separator) or (text.codec != UTF_8 and not reading.encoding)
    return f"text separated by {marks}, {NAMES.get(text.codec, text.codec)}{' (detected)' if found else ''}"
