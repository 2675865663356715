"""Files to raw tables: every cell as text, every row under the number by which the user's own file knows it."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from gistbook.conventions import DataError, Finding

FIRST_ROW = 2
"""Number of the first row of data in a file whose first row is the header, as spreadsheets count."""

_SEPARATORS = (";", "\t", "|", ",")


def read_table(path: Path, encoding: str = "utf-8-sig", separator: str = ",") -> pd.DataFrame:
    """Read a CSV file as text.

    Returns
    -------
    DataFrame
        One row per row of the file that is not blank, indexed by the row number in the file; blank cells, and those
        that a short row lacks, are empty strings.

    Raises
    ------
    DataError
        There is no such file, or it is not a table of text in that encoding.
    """
    asked = {"dtype": str, "keep_default_na": False, "skip_blank_lines": False, "index_col": False}
    try:
        if findings := list(_misshapen(path, encoding, separator)):
            raise DataError(f"{path.name} cannot be read.", findings)
        raw = pd.read_csv(path, encoding=encoding, sep=separator, **asked)
    except FileNotFoundError as error:
        raise _unreadable(path, "the file does not exist", "Put it there, or correct [tables]") from error
    except (UnicodeError, LookupError) as error:
        remedy = "Save it as UTF-8, or name its encoding in [formats]"
        raise _unreadable(path, f"the file is not text in {encoding}", remedy) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, OSError) as error:
        remedy = "Open it in a spreadsheet and save it as CSV with one header row"
        raise _unreadable(path, "the file is not a table of comma-separated values", remedy) from error
    raw = raw.set_axis(range(FIRST_ROW, FIRST_ROW + len(raw))).rename(columns=str.strip)
    return raw[(raw != "").any(axis=1)]


def _misshapen(path: Path, encoding: str, separator: str) -> Iterator[Finding]:
    """Find what pandas would read without a word, or refuse without telling the row: the file is read once for it."""
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file, delimiter=separator)
        header = [name.strip() for name in next(rows, [])]
        long = tuple(number for number, row in enumerate(rows, FIRST_ROW) if len(row) > len(header) > 0)
    for name in {name: None for name in header if name and header.count(name) > 1}:
        numbers = " and ".join(str(number) for number, other in enumerate(header, 1) if other == name)
        yield Finding(path.name, "", (1,), f"columns {numbers} have one name", "Give each column a name of its own.")
    others = [mark for mark in _SEPARATORS if len(header) == 1 and mark in header[0]]
    if others:
        remedy = f"Say separator = {json.dumps(others[0])} under [formats] in cohort.toml."
        yield Finding(path.name, "", (1,), "the header is one cell", remedy)
    elif long:
        remedy = "Put text that holds a separator in double quotes, and name every column."
        yield Finding(path.name, "", long, "more cells than the header has", remedy)


def _unreadable(path: Path, rule: str, remedy: str) -> DataError:
    return DataError(f"{path.name} cannot be read.", [Finding(path.name, "", (), rule, f"{remedy}.")])
