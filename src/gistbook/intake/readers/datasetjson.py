"""Dataset-JSON, in which CDISC hands on data sets: version 1.0, version 1.1, and the latter with a record a line."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from gistbook.intake.readers.cells import column_texts, sas_day
from gistbook.intake.readers.rows import Raw, Reading, counted, refused

_SEQUENCE = "ITEMGROUPDATASEQ"
"""Column of version 1.0 that counts the records, as we do."""

_DAYS, _NUMBERS = ("date", "datetime"), ("integer", "float", "double", "decimal")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")

_REMEDY = "Write it again as Dataset-JSON 1.0 or 1.1, or save the table as CSV."


class _DataSet(NamedTuple):
    """One data set: what tells of each column, and the records."""

    version: str
    columns: list[dict]
    records: list[list]


def read_dataset_json(path: Path, reading: Reading) -> Raw:
    """Read a file of one data set; a number with a SAS date format is a date."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = _by_line(text) if path.suffix.lower() == ".ndjson" else _data_set(path, json.loads(text))
        _check(path, found)
        names = [column["name"] for column in found.columns]
        kept = [place for place, name in enumerate(names) if name != _SEQUENCE]
        columns = [_texts(found, place, reading.decimal) for place in kept]
        _check_text([names, *columns])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise refused(path, "the file is not Dataset-JSON", _REMEDY) from error
    return counted(path, [names[place] for place in kept], columns, f"Dataset-JSON {found.version}")


def _by_line(text: str) -> _DataSet:
    about, *records = [json.loads(line) for line in text.split("\n") if line.strip()]
    return _DataSet("1.1", about["columns"], records)


def _data_set(path: Path, given: dict) -> _DataSet:
    if "columns" in given:
        return _DataSet("1.1", given["columns"], given.get("rows") or [])
    parts = [given[part]["itemGroupData"] for part in ("clinicalData", "referenceData") if given.get(part)]
    groups = [group for part in parts for group in part.values()]
    if len(groups) > 1:
        raise refused(path, "the file holds more than one data set", "Write each data set to a file of its own.")
    return _DataSet("1.0", groups[0]["items"], groups[0].get("itemData") or [])


def _check(path: Path, found: _DataSet) -> None:
    """Refuse records that are not lists of one plain value for each column."""
    width = len(found.columns)
    wrong = [number for number, record in enumerate(found.records, 1) if not _fits(record, width)]
    if wrong:
        raise refused(path, "a record without one value for each column", _REMEDY, tuple(wrong))


def _fits(record: Any, width: int) -> bool:
    return isinstance(record, list) and len(record) == width and not any(isinstance(c, list | dict) for c in record)


def _check_text(columns: list[list[str]]) -> None:
    """Raise an error where half of a character is written for a whole one, as JSON can."""
    for column in columns:
        "".join(column).encode()


def _texts(found: _DataSet, place: int, decimal: str) -> list[str]:
    about = found.columns[place]
    kind, display = about.get("dataType") or about.get("type") or "", about.get("displayFormat") or ""
    values = [record[place] for record in found.records]
    if display or kind in _DAYS + _NUMBERS:
        values = [_typed(value, kind, display) for value in values]
    return column_texts(values, decimal)


def _typed(value: Any, kind: str, display: str) -> Any:
    """Return a value as what its column says that it is: numbers and days may be written as text."""
    if not isinstance(value, str):
        return sas_day(value, display)
    if kind in _DAYS and _MOMENT.match(value):
        return value[:10]
    return Decimal(value) if kind in _NUMBERS and _NUMBER.fullmatch(value) else value
