"""Files to raw tables: every cell as text, every row under the number by which the user's own file knows it.

`rows` says what every file is read into, and `cells` writes what has a type as text. `texts`, with `encodings`, reads
delimited text; `workbooks`, with `workbook_process`, sheets; `records` Parquet and SAS transport; `datasetjson`
Dataset-JSON. The one door to calamine, Arrow and ReadStat.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gistbook.conventions import DataError
from gistbook.intake.readers.datasetjson import read_dataset_json
from gistbook.intake.readers.records import read_parquet, read_transport
from gistbook.intake.readers.rows import AS_FOUND, Raw, Reading, refused
from gistbook.intake.readers.texts import read_text
from gistbook.intake.readers.workbooks import read_sheet, sheet_names

__all__ = ["SUFFIXES", "Raw", "Reading", "read_table", "sheets"]

_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")

_READERS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), read_text),
    **dict.fromkeys(_WORKBOOKS, read_sheet),
    ".parquet": read_parquet,
    ".xpt": read_transport,
    **dict.fromkeys((".json", ".ndjson"), read_dataset_json),
}

SUFFIXES = tuple(_READERS)
"""What the names of files that can be read end in, in the order of preference."""


def read_table(path: Path, reading: Reading = AS_FOUND) -> Raw:
    """Read a file, of the kind that its suffix tells, as text; a file of another suffix is read as delimited text.

    Returns
    -------
    Raw
        One row per row of the file that is not blank, indexed by the number that the row has there; blank cells, and
        those that a short row lacks, are empty strings. A column without a name and without cells is left out.

    Raises
    ------
    DataError
        There is no such file, or it is not a table, whatever its bytes.
    """
    with _told(path):
        return _READERS.get(path.suffix.lower(), read_text)(path, reading)


def sheets(path: Path) -> list[str]:
    """Return the names of the sheets of a workbook; none for any other kind of file.

    Raises
    ------
    DataError
        There is no such file, or it is not a workbook.
    """
    with _told(path):
        return sheet_names(path) if path.suffix.lower() in _WORKBOOKS else []


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """See to it that whatever a library makes of broken bytes is told as a finding."""
    try:
        _check_place(path)
        yield
    except DataError:
        raise
    except PermissionError as error:
        remedy = "Close it in other programs, and see to it that you may read it."
        raise refused(path, "the file may not be opened", remedy) from error
    except Exception as error:
        raise refused(path, "the file is broken, or not what its suffix says", "Save it again, or as CSV.") from error


def _check_place(path: Path) -> None:
    if path.is_file():
        return
    if path.exists():
        raise refused(path, "not a file", "Put a file in its place, or correct [tables].")
    raise refused(path, "the file does not exist", "Put it there, or correct [tables].")
