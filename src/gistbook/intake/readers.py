"""Files to raw tables: every cell as text, every row under the number by which the user's own file knows it."""

from pathlib import Path

import pandas as pd

from gistbook.conventions import DataError, Finding

FIRST_ROW = 2
"""Number of the first row of data in a file whose first row is the header, as spreadsheets count."""


def read_table(path: Path, encoding: str = "utf-8-sig", separator: str = ",") -> pd.DataFrame:
    """Read a CSV file as text.

    Returns
    -------
    DataFrame
        One row per row of the file, indexed by the row number in the file; blank cells are empty strings.

    Raises
    ------
    DataError
        There is no such file, or it is not a table of text in that encoding.
    """
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding, sep=separator, index_col=False)
    except FileNotFoundError as error:
        raise _unreadable(path, "the file does not exist", "Put it there, or correct [tables]") from error
    except UnicodeDecodeError as error:
        remedy = "Save it as UTF-8, or name its encoding in [formats]"
        raise _unreadable(path, f"the file is not text in {encoding}", remedy) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        remedy = "Open it in a spreadsheet and save it as CSV with one header row"
        raise _unreadable(path, "the file is not a table of comma-separated values", remedy) from error
    return raw.set_axis(range(FIRST_ROW, FIRST_ROW + len(raw))).rename(columns=str.strip)


def _unreadable(path: Path, rule: str, remedy: str) -> DataError:
    return DataError(f"{path.name} cannot be read.", [Finding(path.name, "", (), rule, f"{remedy}.")])
