"""What every kind of file is read into: rows of text, each under the number by which its owner knows it."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gistbook.conventions import DataError, Finding

ANOTHER_HEADER = '{ file = "…", header = 3 } under [tables] in cohort.toml, if it is row 3'
"""How a user says that another row than the first names the columns."""

LOOKED_AT = 50
"""Rows in which the one that names the columns is looked for, and by which a separator is chosen."""

_LARGEST_EXACT, _DIGITS = 2**53, 15
"""Digits of a number that a spreadsheet shows; more are errors of binary arithmetic."""

MOST_CELLS, BYTES_A_CELL = 20_000_000, 50
"""Cells of a table beyond which a packed file is not opened, and bytes that one takes at most when it is unpacked."""

FIRST_COLUMN = "column 1"
"""What the first column is called if its name alone is blank."""

MOST_REPEATED = 100_000
"""Rows that a file may hold as one with a number of repeats; more are the blank rest of a sheet."""


class Raw(NamedTuple):
    """The rows of one file as text.

    In `rows` a blank cell is an empty string, and the index is the number by which the user's own file knows a row; the
    columns of a large file are categorical, and no cell of them is missing. `how` tells the user how the file was read;
    `hidden` are the rows that a spreadsheet program does not show, and `struck` those that it shows struck through;
    `is_hidden` tells that it does not show the sheet, and `is_doubtful` that the text may be in another encoding.
    """

    rows: pd.DataFrame
    how: str
    hidden: tuple[int, ...] = ()
    struck: tuple[int, ...] = ()
    is_hidden: bool = False
    is_doubtful: bool = False


class Reading(NamedTuple):
    """How the user says that files are to be read; what is left blank is found out.

    `header` is the number of the row that names the columns, of text and of workbooks; `decimal` is the mark with
    which numbers are written that a file holds as numbers; `serial` tells that numbers may be days. `largest` are the
    cells that a table may have in a file that unpacks to more than it is on the disk. `known` are kinds of categorical
    columns of other files, of which a column with the same texts is one: two tables name the same patients.
    """

    sheet: str = ""
    header: int = 1
    encoding: str = ""
    separator: str = ""
    decimal: str = "."
    serial: bool = False
    largest: int = MOST_CELLS
    known: tuple[pd.CategoricalDtype, ...] = ()


AS_FOUND = Reading()


def refused(path: Path, rule: str, remedy: str, rows: tuple[int, ...] = ()) -> DataError:
    """The error that a file cannot be read, with the rule that it breaks and the remedy."""
    return DataError(f"{path.name} cannot be read.", [Finding(path.name, "", rows, rule, remedy)])


def refuse_beyond(path: Path, cells: int, size: int, reading: Reading) -> None:
    """Refuse a packed file with more cells, or more bytes unpacked, than may be read; it is told before it is read."""
    if cells > reading.largest or size > BYTES_A_CELL * reading.largest:
        rule = f"it unpacks to {cells:,} cells, or {size / 2**20:,.0f} megabytes; {reading.largest:,} cells may be read"
        enough = max(cells, size // BYTES_A_CELL + 1)
        far = "In a copy, delete cells that lie far from the table, and other sheets"
        raise refused(path, rule, f"{far}; or say largest = {enough} under [formats].")


def headed(path: Path, names: Sequence[str], rows: pd.DataFrame, header: int = 0) -> pd.DataFrame:
    """Give the columns of a file their names, and leave out rows, and columns without a name, that are wholly blank.

    `names` has one name for each column of `rows`, whose own labels are numbers, 0 for the first of the file; `header`
    is the number of the row that holds the names, 0 where no row does. Raises `DataError` if two columns have one name,
    or one that holds something has none, but for the first, if it alone has none: R writes row names so.
    """
    called = {label: name.strip().removeprefix("\ufeff").strip() for label, name in zip(rows, names, strict=True)}
    nameless = [label for label in rows if not called[label] and (rows[label].str.strip() != "").any()]
    if nameless == [0] and FIRST_COLUMN not in called.values() and len(called) > 1:
        called[0], nameless = FIRST_COLUMN, []
    if problems := list(_misnamed(called, nameless)):
        place = (header,) if header else ()
        raise DataError(f"{path.name} cannot be read.", [Finding(path.name, "", place, *each) for each in problems])
    named = {label: name for label, name in called.items() if name}
    return _filled(rows[list(named)].set_axis(list(named.values()), axis=1))


def counted(path: Path, names: Sequence[str], columns: Sequence[Sequence[str]], how: str) -> Raw:
    """Columns of text as records, counted from 1."""
    if not names:
        raise refused(path, "the file has no columns", "Write it again, with the columns of the table.")
    rows = pd.DataFrame(dict(enumerate(columns)), dtype=object)
    return Raw(headed(path, names, rows.set_axis(range(1, len(rows) + 1))), how)


def with_header(how: str, header: int) -> str:
    """How a file was read, with the row that names its columns where it is not the first."""
    return how if header == 1 else f"{how}, columns named in row {header}"


def column_texts(values: Sequence[Any], decimal: str = ".") -> list[str]:
    """Cells of any types as the text that a clinician would have typed."""
    return [value if type(value) is str else as_text(value, decimal) for value in values]


def as_text(value: Any, decimal: str = ".") -> str:
    """A value as text: a date as YYYY-MM-DD without its time of day, a number as shown, a missing one as nothing."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT:
        return ""
    text = _WRITTEN.get(type(value), str)(value)
    return text.replace(".", decimal) if type(value) in (float, Decimal) else text


def once(values: pd.Series, write: Callable[[Any], str]) -> list[str]:
    """A column of numbers of one type as text; each number in it is written once, however often it occurs."""
    codes, numbers = pd.factorize(values, use_na_sentinel=False)
    if numbers.dtype.kind == "f" and numbers.dtype.itemsize < 8:
        numbers = numbers.astype(str).astype(float)
    return pd.Series([write(number) for number in numbers.tolist()], dtype=object).take(codes).tolist()


def by_distinct(values: pd.Series, function: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """What a function of a series makes of each value, asked once for each distinct one; they are far fewer than rows.

    Of a categorical column without a missing value it is asked of its texts, and what it makes is categorical again if
    it is text.
    """
    is_coded = isinstance(values.dtype, pd.CategoricalDtype)
    if is_coded and (values.array.codes >= 0).all():
        return _by_category(values, function)
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    return function(pd.Series(distinct, dtype=object if is_coded else values.dtype)).take(codes).set_axis(values.index)


def _by_category(values: pd.Series, function: Callable[[pd.Series], pd.Series]) -> pd.Series:
    categories, own = values.cat.categories, values.array.codes
    if len(categories) > len(own):  # of few rows of a table, most categories are not asked
        used, own = np.unique(own, return_inverse=True)
        categories = categories[used]
    made = function(pd.Series(categories, dtype=object))
    if made.dtype == object and (made.to_numpy() == categories.to_numpy()).all():
        return values
    if made.dtype != object:
        return pd.Series(made.array.take(own), values.index)
    codes, distinct = pd.factorize(made)
    return pd.Series(pd.Categorical.from_codes(codes.take(own), distinct), values.index)


def _misnamed(called: dict[int, str], nameless: list[int]) -> Iterator[tuple[str, str]]:
    numbers: dict[str, list[int]] = {}
    for label, name in called.items():
        numbers.setdefault(name, []).append(label)
    for name, labels in numbers.items():
        if name and len(labels) > 1:
            yield f"{_columns(labels)} have one name", "Give each column a name of its own."
    if nameless:
        rule = f"{_columns(nameless)} {'has' if len(nameless) == 1 else 'have'} cells and no name"
        yield rule, f"Name every column, or say which row names them: {ANOTHER_HEADER}."


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that hold something; each column is searched only where others, of fewer different cells, are blank."""
    blank = rows.index
    for name in sorted(rows, key=lambda name: len(getattr(rows[name].array, "categories", ()))):
        if blank.empty:
            return rows
        cells = rows[name] if blank is rows.index else rows.loc[blank, name]
        blank = blank[by_distinct(cells, lambda cells: cells.str.strip() == "").to_numpy()]
    return rows.drop(blank)


def _columns(labels: list[int], most: int = 10) -> str:
    *others, last = [str(label + 1) for label in labels[:most]] + [f"{len(labels) - most} more"] * (len(labels) > most)
    return f"columns {', '.join(others)} and {last}" if others else f"column {last}"


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    if value.is_integer() and abs(value) <= _LARGEST_EXACT:
        return str(int(value))
    text = f"{value:.{_DIGITS}g}"
    return format(Decimal(text), "f") if "e" in text and 1e-9 < abs(value) < 1e22 else text


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


_WRITTEN = {
    bool: lambda value: str(value).lower(), float: _number,
    Decimal: lambda value: "" if value.is_nan() else format(value.normalize(), "f") if value else "0",
    **dict.fromkeys((date, datetime, pd.Timestamp), lambda value: str(value)[:10]),
    time: lambda value: value.isoformat("seconds"), timedelta: _duration, pd.Timedelta: _duration,
}  # fmt: skip
