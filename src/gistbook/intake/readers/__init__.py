"""Files to raw tables: every cell as text, every row under the number by which the user's own file knows it.

`rows` says what every file is read into; `texts` reads delimited text, `workbooks` sheets, `records` Parquet, SAS
transport and Dataset-JSON. The one door to calamine, Arrow and ReadStat.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gistbook.conventions import DataError
from gistbook.intake.readers.records import read_dataset_json, read_parquet, read_transport
from gistbook.intake.readers.rows import AS_FOUND, Raw, Reading, by_distinct, refused
from gistbook.intake.readers.texts import read_text
from gistbook.intake.readers.workbooks import read_sheet, sheet_names

__all__ = ["NOT_READ", "OF_PROGRAMS", "SUFFIXES", "Raw", "Reading", "by_distinct", "read_table", "sheets"]

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

OF_PROGRAMS = (
    ".sav", ".zsav", ".por", ".dta", ".sas7bdat", ".rds", ".rda", ".rdata", ".jmp", ".numbers", ".docx", ".pdf",
)  # fmt: skip
NOT_READ = ("a kind of file that is not read", "Save it in its own program as .csv or .xlsx, with codes as they are.")
"""What the names of files end in that hold tables and are not read, and what is said of them."""


def read_table(path: Path, reading: Reading = AS_FOUND) -> Raw:
    """Read a file, of the kind that its suffix tells, as text; a file of another suffix is read as delimited text.

    Blank rows are left out, and columns without a name and without cells; blank cells, and those that a short row
    lacks, are empty strings. Raises `DataError` if there is no such file, or it is not a table, whatever its bytes, or
    one of a program that is not read.
    """
    with _broken_refused(path):
        if path.suffix.lower() in OF_PROGRAMS:
            raise refused(path, *NOT_READ)
        return _READERS.get(path.suffix.lower(), read_text)(path, reading)


def sheets(path: Path, reading: Reading = AS_FOUND) -> list[str]:
    """The names of the sheets of a workbook, none for another kind of file; `DataError` if it is absent or broken."""
    with _broken_refused(path):
        return sheet_names(path, reading) if path.suffix.lower() in _WORKBOOKS else []


@contextmanager
def _broken_refused(path: Path) -> Iterator[None]:
    try:
        if not path.is_file():
            absent = ("the file does not exist", "Put it there"), ("not a file", "Put a file in its place")
            rule, remedy = absent[path.exists()]
            raise refused(path, rule, f"{remedy}, or correct [tables].")
        yield
    except DataError:
        raise
    except PermissionError as error:
        remedy = "Close it in other programs, and see to it that you may read it."
        raise refused(path, "the file may not be opened", remedy) from error
    except Exception as error:
        raise refused(path, "the file is broken, or not what its suffix says", "Save it again, or as CSV.") from error
