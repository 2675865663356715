"""Large text that is plain, read by Arrow on every core, and held as the distinct texts of each column."""

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

FEWEST_BYTES = 5_000_000
"""Shorter text is read as fast otherwise."""

_BLOCK = 1 << 24
"""Bytes that one core reads at a time."""

_QUOTE, _NEWLINE = b'"\n'


def read_plain(data: bytes, lines: int, separator: str, width: int) -> pd.DataFrame | None:
    r"""Return the rows below so many lines of UTF-8 text, each column categorical; nothing of text that is not plain.

    Plain text reads the same by every reader: all rows have as many cells as the header, none is blank, lines end with
    \n or \r\n, and a double quote only opens or closes a cell that fits on one line.
    """
    start = _end_of(data, lines)
    if len(data) < FEWEST_BYTES or data.count(b"\r") != data.count(b"\r\n") or not _well_quoted(data, start, separator):
        return None
    names = [str(number) for number in range(width)]
    asked = dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string()))
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(start)),
            csv.ReadOptions(column_names=names, block_size=_BLOCK),
            csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=asked, check_utf8=False),
        )
    except pa.ArrowInvalid:
        return None
    rows = table.to_pandas(split_blocks=True, self_destruct=True)
    return pd.DataFrame({place: _in_few_bytes(rows.pop(name)) for place, name in enumerate(names)})


def _in_few_bytes(column: pd.Series) -> pd.Categorical:
    """Return a categorical column whose codes are of the smallest type that can hold them."""
    codes = column.array.codes.astype(np.min_scalar_type(-len(column.cat.categories) - 1))
    return pd.Categorical.from_codes(codes, dtype=column.dtype)


def _end_of(data: bytes, lines: int) -> int:
    """Return the place at which a line begins, counted from 0; the end of the text where there are no more lines."""
    place = 0
    for _ in range(lines):
        place = data.find(b"\n", place) + 1 or len(data)
    return place


def _well_quoted(data: bytes, start: int, separator: str) -> bool:
    """Tell whether double quotes come in pairs on one line, next to what separates cells on their outer sides."""
    if data.find(b'"', start) < 0:
        return True
    signs = np.frombuffer(data, np.uint8, offset=start)
    quotes, outside = np.flatnonzero(signs == _QUOTE), [ord(separator), _NEWLINE, ord("\r")]
    before = signs[quotes[::2] - 1][quotes[::2] > 0]
    after = signs[(quotes[1::2] + 1)[quotes[1::2] + 1 < len(signs)]]
    if len(quotes) % 2 or not (np.isin(before, outside).all() and np.isin(after, outside).all()):
        return False
    newlines = np.flatnonzero(signs == _NEWLINE)
    return bool((np.searchsorted(newlines, quotes[::2]) == np.searchsorted(newlines, quotes[1::2])).all())
