"""Cells of text to dates and numbers, and what a column of cells that are neither might be."""

import numpy as np
import pandas as pd

from gistbook.conventions import SERIAL
from gistbook.intake.readers import by_distinct
from gistbook.schemas import Column

ISO = "%Y-%m-%d"

CUSTOMARY = (
    ISO, "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d %b %Y", "%d%b%Y",
    "%Y%m%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%Y年%m月%d日", SERIAL,
)  # fmt: skip
"""Formats of dates that are met in the files of hospitals."""

CUSTOMARY_BLANKS = frozenset(
    ["na", "n/a", "nan", "nd", "n.d.", "none", "null", "unknown", "unk", "missing", ".", "-", "?", "#n/a"]
)
"""What people write, in small letters, into a cell of which they know nothing."""

_EXAMPLE = pd.Timestamp(2015, 12, 31)
_FIRST_SERIAL = pd.Timestamp(1899, 12, 30)
_SERIALS = (1, 2_958_465)
_FEW = 1000
"""So many cells tell whether it is worth while to try a format on all of them."""

_NO_DAYS = ("now", "today")
"""Words that pandas would read as the day on which it runs."""


def parsed(column: Column, values: pd.Series, formats: dict) -> pd.Series:
    """Return cells of text as dates or numbers; `NaT` or `NaN` where they are neither.

    Parameters
    ----------
    column : Column
        What the cells should be.
    values : Series
        Text, stripped.
    formats : dict
        `dates` (a strptime format, or several; a date by ISO 8601 is always read) and `decimal` (the decimal mark).
    """
    if column.kind == "date":
        return by_distinct(values, lambda distinct: _dates(distinct, date_formats(formats)))
    return by_distinct(values, lambda distinct: numbers(distinct, formats.get("decimal", ".")))


def date_formats(formats: dict) -> list[str]:
    """Return the formats in which dates are read, those of the user first."""
    given = formats.get("dates", [])
    return [*(given if isinstance(given, list) else [given]), ISO]


def example(form: str) -> str:
    """Return the last day of 2015 in a format of dates."""
    if form == SERIAL:
        return str((_EXAMPLE - _FIRST_SERIAL).days)
    return _EXAMPLE.strftime(form)


def formats_that_read(values: pd.Series) -> tuple[list[str], pd.Series]:
    """Return the customary formats in which most of some cells are dates, and which cells those are."""
    distinct = values.drop_duplicates()
    distinct = distinct[~distinct.str.fullmatch(r"\d{1,4}")]  # a year, and no day number
    likely = [form for form in CUSTOMARY if _dates(distinct[:_FEW], [form]).notna().any()]
    read = {form: values.isin(distinct[_dates(distinct, [form]).notna()]) for form in likely}
    best = max(read.values(), key=pd.Series.sum, default=values != values)
    return [form for form in read if read[form].equals(best)], best


def _dates(values: pd.Series, formats: list[str]) -> pd.Series:
    days = pd.Series(pd.NaT, index=values.index, dtype="datetime64[ns]")
    for form in formats:
        left = days.isna() & (values != "")
        if left.any():
            days[left] = _dates_in(_tidied(values[left]), form)
    return days


def _tidied(values: pd.Series) -> pd.Series:
    """Return cells with plain digits, without a time of day after an ISO date, and without words of the clock."""
    plain = values.str.normalize("NFKC").str.replace(r"^(\d{4}-\d\d-\d\d)[T ]\d\d:.*$", r"\1", regex=True)
    return plain.mask(plain.str.lower().isin(_NO_DAYS), "")


def _dates_in(values: pd.Series, form: str) -> pd.Series:
    if form != SERIAL:
        return pd.to_datetime(values, format=form, errors="coerce")
    numbers = pd.to_numeric(values, errors="coerce")
    serials = numbers.where(numbers.between(*_SERIALS)).floordiv(1)
    return _FIRST_SERIAL + pd.to_timedelta(serials.clip(upper=_SERIALS[1]).where(serials < 100_000), unit="D")


def numbers(values: pd.Series, mark: str) -> pd.Series:
    """Return cells of text as numbers with a decimal mark; `NaN` where they are none."""
    plain = values.str.normalize("NFKC")
    digits = plain if mark == "." else plain.mask(plain.str.contains(".", regex=False)).str.replace(mark, ".")
    return pd.to_numeric(digits, errors="coerce").replace([np.inf, -np.inf], np.nan)
