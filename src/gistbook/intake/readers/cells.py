"""Cells that have a type, as the text that a clinician would have typed: days, shortest numbers, true and false."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

SAS_EPOCH = date(1960, 1, 1)
"""Day 0 of SAS, which counts days, or seconds, from it."""

SECONDS_PER_DAY = 86_400

_LARGEST_EXACT = 2**53
_DIGITS = 15
"""Digits of a number that a spreadsheet shows; more are errors of binary arithmetic."""

_DAYS = re.compile(
    r"(?:DATE|E8601DA|B8601DA|IS8601DA|(?:YYMMDD|DDMMYY|MMDDYY)[BCDNPS]?|(?:YYMM|MMYY)[CDNPS]?|MONYY|YYMON|YEAR|MONTH"
    r"|WEEKDATE|WEEKDATX|WORDDATE|WORDDATX|JULIAN|JULDAY|EURDFDD|EURDFDE|EURDFWDX|NLDATE\w*|NENGO|MINGUO)"
)
_SECONDS = re.compile(
    r"(?:DATETIME|DATEAMPM|DTDATE|DTMONYY|DTWKDATX|DTYEAR|MDYAMPM|(?:E|B|IS)8601D[TNZX]|EURDFDT|NLDATM\w*)"
)


def as_text(value: Any, decimal: str = ".") -> str:
    """Return a value as text: a date as YYYY-MM-DD without its time of day, a missing one as nothing."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT:
        return ""
    return _WRITTEN.get(type(value), _otherwise)(value, decimal)


def column_texts(values: Sequence[Any], decimal: str = ".") -> list[str]:
    """Return cells of any types as text."""
    return [value if type(value) is str else as_text(value, decimal) for value in values]


def once(values: pd.Series, write: Callable[[Any], str]) -> list[str]:
    """Return a column of numbers of one type as text; each number in it is written once, however often it occurs."""
    codes, numbers = pd.factorize(values, use_na_sentinel=False)
    if numbers.dtype.kind == "f" and numbers.dtype.itemsize < 8:
        numbers = numbers.astype(str).astype(float)
    return pd.Series([write(number) for number in numbers.tolist()], dtype=object).take(codes).tolist()


def sas_day(value: Any, display: str) -> Any:
    """Return the date that a number of SAS is, if it is displayed as a date; else the value as it is."""
    name = re.sub(r"\d*\.?\d*$", "", display.strip().upper())
    unit = 1 if _DAYS.fullmatch(name) else SECONDS_PER_DAY if _SECONDS.fullmatch(name) else 0
    if not unit or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return value
    try:
        return SAS_EPOCH + timedelta(days=math.floor(value / unit))
    except OverflowError:
        return value


def _float(value: float, decimal: str) -> str:
    if math.isnan(value):
        return ""
    if value.is_integer() and abs(value) <= _LARGEST_EXACT:
        return str(int(value))
    text = f"{value:.{_DIGITS}g}"
    plain = format(Decimal(text), "f") if "e" in text and 1e-9 < abs(value) < 1e22 else text
    return plain.replace(".", decimal)


def _exact(value: Decimal, decimal: str) -> str:
    if value.is_nan():
        return ""
    return (format(value.normalize(), "f") if value else "0").replace(".", decimal)


def _duration(value: timedelta, _decimal: str) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _otherwise(value: Any, _decimal: str) -> str:
    return str(value)


_WRITTEN = {
    bool: lambda value, decimal: "true" if value else "false",
    int: lambda value, decimal: str(value),
    float: _float,
    Decimal: _exact,
    date: lambda value, decimal: value.isoformat(),
    datetime: lambda value, decimal: value.date().isoformat(),
    pd.Timestamp: lambda value, decimal: value.date().isoformat(),
    time: lambda value, decimal: value.isoformat(timespec="seconds"),
    timedelta: _duration,
    pd.Timedelta: _duration,
}
"""How a value of each type is written."""
