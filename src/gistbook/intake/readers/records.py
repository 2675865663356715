"""Typed records: Parquet, SAS transport and Dataset-JSON. A record has no number of its own, and is counted."""

import json
import math
import re
import warnings
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from gistbook.intake.readers.rows import Raw, Reading, as_text, column_texts, counted, once, refuse_beyond, refused
from gistbook.intake.readers.texts import decoded

SAS_EPOCH, SECONDS_PER_DAY = date(1960, 1, 1), 86_400
_DAYS = re.compile(
    r"(?:DATE|E8601DA|B8601DA|IS8601DA|(?:YYMMDD|DDMMYY|MMDDYY)[BCDNPS]?|(?:YYMM|MMYY)[CDNPS]?|MONYY|YYMON|YEAR|MONTH"
    r"|WEEKDATE|WEEKDATX|WORDDATE|WORDDATX|JULIAN|JULDAY|EURDFDD|EURDFDE|EURDFWDX|NLDATE\w*|NENGO|MINGUO)"
)
_SECONDS = re.compile(
    r"(?:DATETIME|DATEAMPM|DTDATE|DTMONYY|DTWKDATX|DTYEAR|MDYAMPM|(?:E|B|IS)8601D[TNZX]|EURDFDT|NLDATM\w*)"
)
_MEMBER = re.compile(rb"HEADER RECORD\*{7}(?:MEMBER  |MEMBV8  )HEADER RECORD")
_EVERY_BYTE = "ISO-8859-1"
"""An encoding that gives every byte back, so that the true one can be found out afterwards."""

_WRITE_AGAIN = "Write it again, or save the table as CSV."
_WRITE_JSON_AGAIN = "Write it again as Dataset-JSON 1.0 or 1.1, or save the table as CSV."
_ONE_EACH = "Write each data set to a file of its own."
_MOMENT, _NUMBER = re.compile(r"\d{4}-\d{2}-\d{2}T"), re.compile(r"[+-]?\d+(\.\d+)?")


def read_parquet(path: Path, reading: Reading) -> Raw:
    """Read a Parquet file; columns under which pandas stores the numbers of its rows are left out."""
    import pyarrow
    from pyarrow import parquet

    with path.open("rb") as file:
        try:
            stored = parquet.ParquetFile(file)
            about = stored.metadata
            size = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
            refuse_beyond(path, about.num_rows * about.num_columns, size, reading)
            table = stored.read()
            names = table.column_names
            kept = [number for number, name in enumerate(names) if not re.fullmatch(r"__index_level_\d+__", name)]
            columns = [_arrow_texts(table.column(number), reading) for number in kept]
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise refused(path, "the file is not Parquet, or a broken one", _WRITE_AGAIN) from error
    return counted(path, [names[number] for number in kept], columns, "Parquet")


def _arrow_texts(column, reading: Reading) -> list[str]:
    """An Arrow column as text; days and hours are those of the clock that it was written by."""
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
        raise refused(path, "the file holds more than one data set", _ONE_EACH)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # it would rename a second column of one name
            frame, about = read_xport(path, encoding=_EVERY_BYTE, disable_datetime_conversion=True)
        names = _decoded([name or "" for name in frame], reading)
        columns = _sas_texts(frame, [about.original_variable_types[name] or "" for name in frame], reading)
    except (ReadstatError, ValueError, Warning) as error:
        raise refused(path, "the file is not SAS transport, or a broken one", _WRITE_AGAIN) from error
    return counted(path, names, columns, "SAS transport")


def _sas_texts(frame: pd.DataFrame, displays: list[str], reading: Reading) -> list[list[str]]:
    """Every column as text; those of characters are decoded together, since one encoding holds for all."""
    columns = [frame.iloc[:, place] for place in range(len(displays))]
    characters = [as_text(cell) for column in columns if column.dtype == object for cell in column]
    cells = iter(_decoded(characters, reading))

    def texts(column: pd.Series, display: str) -> list[str]:
        if column.dtype == object:
            return list(islice(cells, len(frame)))
        return once(column, lambda number: as_text(_sas_day(number, display), reading.decimal))

    return list(map(texts, columns, displays))


def _decoded(cells: list[str], reading: Reading) -> list[str]:
    odd = [cell for cell in cells if not cell.isascii()]
    meant = dict(zip(odd, decoded([cell.encode(_EVERY_BYTE) for cell in odd], reading.encoding), strict=True))
    return [meant.get(cell, cell) for cell in cells]


def _sas_day(value: Any, display: str) -> Any:
    """The date that a number of SAS is, if it is displayed as a date; else the value as it is."""
    name = re.sub(r"\d*\.?\d*$", "", display.strip().upper())
    unit = 1 if _DAYS.fullmatch(name) else SECONDS_PER_DAY if _SECONDS.fullmatch(name) else 0
    if not unit or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return value
    try:
        return SAS_EPOCH + timedelta(days=math.floor(value / unit))
    except OverflowError:
        return value


def read_dataset_json(path: Path, reading: Reading) -> Raw:
    """Read a file of one data set, of version 1.0, 1.1, or the latter with a record a line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        version, about, records = _data_set(path, text)
        if wrong := [number for number, record in enumerate(records, 1) if not _fits(record, len(about))]:
            raise refused(path, "a record without one value for each column", _WRITE_JSON_AGAIN, tuple(wrong))
        names = [column["name"] for column in about]
        kept = [place for place, name in enumerate(names) if name != "ITEMGROUPDATASEQ"]  # counts the records, as we do
        columns = [column_texts([_typed(record[n], about[n]) for record in records], reading.decimal) for n in kept]
        for texts in (names, *columns):
            "".join(texts).encode()  # JSON can write half of a character for a whole one
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise refused(path, "the file is not Dataset-JSON", _WRITE_JSON_AGAIN) from error
    return counted(path, [names[place] for place in kept], columns, f"Dataset-JSON {version}")


def _data_set(path: Path, text: str) -> tuple[str, list[dict], list[list]]:
    if path.suffix.lower() == ".ndjson":
        about, *records = [json.loads(line) for line in text.split("\n") if line.strip()]
        return "1.1", about["columns"], records
    given = json.loads(text)
    if "columns" in given:
        return "1.1", given["columns"], given.get("rows") or []
    parts = [given[part]["itemGroupData"] for part in ("clinicalData", "referenceData") if given.get(part)]
    groups = [group for part in parts for group in part.values()]
    if len(groups) > 1:
        raise refused(path, "the file holds more than one data set", _ONE_EACH)
    return "1.0", groups[0]["items"], groups[0].get("itemData") or []


def _fits(record: Any, width: int) -> bool:
    return isinstance(record, list) and len(record) == width and not any(isinstance(c, list | dict) for c in record)


def _typed(value: Any, about: dict) -> Any:
    """A value as what its column says that it is: numbers and days may be written as text; a SAS format makes a day."""
    if not isinstance(value, str):
        return _sas_day(value, about.get("displayFormat") or "")
    kind = about.get("dataType") or about.get("type")
    if kind in ("date", "datetime") and _MOMENT.match(value):
        return value[:10]
    is_number = kind in ("integer", "float", "double", "decimal") and _NUMBER.fullmatch(value)
    return Decimal(value) if is_number else value
