"""What every kind of file is read into, how the user says it is to be read, and what none of them may hold."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook.conventions import DataError, Finding
from gistbook.distinct import by_distinct

ANOTHER_HEADER = "header = 3 under [tables] in cohort.toml, if it is row 3"
"""How a user says that another row than the first names the columns."""


LOOKED_AT = 50
"""Rows in which the one that names the columns is looked for, and by which a separator is chosen."""


class Raw(NamedTuple):
    """The rows of one file as text.

    In `rows` a blank cell is an empty string, and the index is the number by which the user's own file knows a row; the
    columns of a large file are categorical, and no cell of them is missing;
    `said` tells the user how the file was read, and `record` what a row of it is called.
    """

    rows: pd.DataFrame
    said: str
    record: str


class Reading(NamedTuple):
    """How the user says that files are to be read; what is left blank is found out.

    `header` is the number of the row that names the columns, of text and of workbooks; `decimal` is the mark with
    which numbers are written that a file holds as numbers.
    """

    sheet: str = ""
    header: int = 1
    encoding: str = ""
    separator: str = ""
    decimal: str = "."


AS_FOUND = Reading()
"""Nothing is said, and all is found out."""


def refused(path: Path, rule: str, remedy: str, rows: tuple[int, ...] = ()) -> DataError:
    """Return the error that a file cannot be read, with the rule that it breaks and the remedy."""
    return DataError(f"{path.name} cannot be read.", [Finding(path.name, "", rows, rule, remedy)])


def headed(path: Path, names: Sequence[str], rows: pd.DataFrame, header: int = 0) -> pd.DataFrame:
    """Give the columns of a file their names, and leave out rows, and columns without a name, that are wholly blank.

    Parameters
    ----------
    names : sequence of str
        One name for each column of `rows`, whose own labels are numbers, 0 for the first of the file.
    header : int
        Number of the row that holds the names; 0 where no row does.

    Raises
    ------
    DataError
        Two columns have one name, or one that holds something has none.
    """
    columns = [(label, name.strip().removeprefix("\ufeff").strip()) for label, name in zip(rows, names, strict=True)]
    problems = [*_of_one_name(columns), *_nameless(columns, rows)]
    if problems:
        place = (header,) if header else ()
        raise DataError(f"{path.name} cannot be read.", [Finding(path.name, "", place, *each) for each in problems])
    named = {label: name for label, name in columns if name}
    return _filled(rows[list(named)].set_axis(list(named.values()), axis=1))


def counted(path: Path, names: Sequence[str], columns: Sequence[Sequence[str]], said: str) -> Raw:
    """Return columns of text as records, counted from 1."""
    if not names:
        raise refused(path, "the file has no columns", "Write it again, with the columns of the table.")
    rows = pd.DataFrame(dict(enumerate(columns)), dtype=object)
    return Raw(headed(path, names, rows.set_axis(range(1, len(rows) + 1))), said, "record")


def with_header(said: str, header: int) -> str:
    """Tell which row names the columns, where it is not the first."""
    return said if header == 1 else f"{said}, columns named in row {header}"


def _of_one_name(columns: list[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    numbers: dict[str, list[int]] = {}
    for label, name in columns:
        numbers.setdefault(name, []).append(label + 1)
    for name, places in numbers.items():
        if name and len(places) > 1:
            yield f"columns {_listed(places)} have one name", "Give each column a name of its own."


def _nameless(columns: list[tuple[int, str]], rows: pd.DataFrame) -> Iterator[tuple[str, str]]:
    numbers = [label + 1 for label, name in columns if not name and (rows[label].str.strip() != "").any()]
    if numbers:
        which = f"column {numbers[0]} has" if len(numbers) == 1 else f"columns {_listed(numbers)} have"
        remedy = f"Name every column, or say which row names them: {ANOTHER_HEADER}."
        yield f"{which} cells and no name", remedy


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that hold something; each column is searched only where those before it are blank."""
    blank = rows.index
    for name in rows:
        if blank.empty:
            return rows
        cells = rows[name] if blank is rows.index else rows.loc[blank, name]
        blank = blank[by_distinct(cells, lambda cells: cells.str.strip() == "").to_numpy()]
    return rows.drop(blank)


def _listed(numbers: Sequence[int], most: int = 10) -> str:
    told = [str(number) for number in numbers[:most]]
    if len(numbers) > most:
        return f"{', '.join(told)} and {len(numbers) - most} more"
    return " and ".join([", ".join(told[:-1]), told[-1]] if told[1:] else told)
