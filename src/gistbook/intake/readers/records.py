"""Files of typed records: Parquet, and SAS transport. A record has no number of its own and is counted from 1."""

import re
import warnings
from functools import partial
from itertools import islice
from pathlib import Path

import pandas as pd

from gistbook.intake.readers.cells import as_text, column_texts, once, sas_day
from gistbook.intake.readers.encodings import decoded
from gistbook.intake.readers.rows import Raw, Reading, counted, refused

_INDEX = re.compile(r"__index_level_\d+__")
"""Name under which pandas stores the numbers of its rows."""

_MEMBER = re.compile(rb"HEADER RECORD\*{7}(?:MEMBER  |MEMBV8  )HEADER RECORD")

_EVERY_BYTE = "ISO-8859-1"
"""An encoding that gives every byte back, so that the true one can be found afterwards."""


def read_parquet(path: Path, reading: Reading) -> Raw:
    """Read a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    with path.open("rb") as file:
        try:
            table = parquet.ParquetFile(file).read()
            names = table.column_names
            kept = [number for number, name in enumerate(names) if not _INDEX.fullmatch(name)]
            columns = [_arrow_texts(table.column(number), reading) for number in kept]
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            remedy = "Write it again, or save the table as CSV."
            raise refused(path, "the file is not Parquet, or a broken one", remedy) from error
    return counted(path, [names[number] for number in kept], columns, "Parquet")


def _arrow_texts(column, reading: Reading) -> list[str]:
    """Return an Arrow column as text; days and hours are those of the clock that it was written by."""
    import pyarrow
    from pyarrow import compute, types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if types.is_timestamp(column.type):
        column = (compute.local_timestamp(column) if column.type.tz else column).cast(pyarrow.date32(), safe=False)
    if types.is_floating(column.type):
        return once(column.to_pandas(), lambda number: as_text(number, reading.decimal))
    if any(fits(column.type) for fits in (types.is_date, types.is_integer, types.is_boolean, types.is_string)):
        return compute.fill_null(column.cast(pyarrow.string()), "").to_pandas().tolist()
    values = column.to_pylist()
    if any(isinstance(value, bytes) for value in values):
        return decoded([value or b"" for value in values], reading.encoding)
    return column_texts(values, reading.decimal)


def read_transport(path: Path, reading: Reading) -> Raw:
    """Read a SAS transport file of version 5 or 8, which holds one data set; a SAS date format makes a date."""
    from pyreadstat import ReadstatError, read_xport

    if len(_MEMBER.findall(path.read_bytes())) > 1:
        raise refused(path, "the file holds more than one data set", "Write each data set to a file of its own.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # it would rename a second column of one name
            frame, about = read_xport(path, encoding=_EVERY_BYTE, disable_datetime_conversion=True)
        names = _decoded([name or "" for name in frame], reading)
        columns = _sas_texts(frame, [about.original_variable_types[name] or "" for name in frame], reading)
    except (ReadstatError, ValueError, Warning) as error:
        remedy = "Write it again, or save the table as CSV."
        raise refused(path, "the file is not SAS transport, or a broken one", remedy) from error
    return counted(path, names, columns, "SAS transport")


def _sas_texts(frame: pd.DataFrame, displays: list[str], reading: Reading) -> list[list[str]]:
    """Return every column as text; those of characters are decoded together, since one encoding holds for all."""

    def write(number: float, display: str) -> str:
        return as_text(sas_day(number, display), reading.decimal)

    columns = [frame.iloc[:, place] for place in range(len(displays))]
    characters = [place for place, column in enumerate(columns) if column.dtype == object]
    cells = iter(_decoded([as_text(cell) for place in characters for cell in columns[place]], reading))
    words = {place: list(islice(cells, len(frame))) for place in characters}
    numbers = [partial(write, display=display) for display in displays]
    return [words[n] if n in words else once(column, numbers[n]) for n, column in enumerate(columns)]


def _decoded(cells: list[str], reading: Reading) -> list[str]:
    odd = [cell for cell in cells if not cell.isascii()]
    meant = dict(zip(odd, decoded([cell.encode(_EVERY_BYTE) for cell in odd], reading.encoding), strict=True))
    return [meant.get(cell, cell) for cell in cells] if odd else cells
