"""Dates in any common form: in running text, as a whole cell, and as the numbers by which programs count days."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

_Y = r"(?P<y>(?:19|20)\d\d)"
_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
_M = "(?P<name>" + "|".join(f"{name}|{name[:3]}" for name in _NAMES) + r"|sept)(?![a-z])\.?"
_ND, _GAP = "(?:st|nd|rd|th)?", r"[\s.,/_'-]"
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERA_LETTERS = {"m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018}

_IN_TEXT = (
    rf"(?<!\d){_Y}(?P<s>\s?[-/._]\s?)(?P<m>\d\d?)(?P=s)(?P<d>\d\d?)(?!\d)",
    rf"(?<!\d)(?P<a>\d\d?)(?P<s>\s?[-/._]\s?)(?P<b>\d\d?)(?P=s){_Y}(?!\d)",
    rf"(?<![\da-z])(?P<d>\d\d?){_ND}{_GAP}{{0,5}}(?:of\s)?{_M}{_GAP}{{0,5}}{_Y}(?!\d)",
    rf"(?<![a-z]){_M}{_GAP}{{0,5}}(?P<d>\d\d?){_ND}{_GAP}{{1,5}}{_Y}(?!\d)",
    rf"(?<!\d){_Y}{_GAP}{{0,5}}{_M}{_GAP}{{0,5}}(?P<d>\d\d?){_ND}(?!\d)",
    rf"(?<![\da-z])(?<!\d\.){_Y}(?P<m>\d\d)(?P<d>\d\d)(?![\da-su-z])(?!\.\d)",
    rf"(?<!\d){_Y}\s?年\s?(?P<m>\d\d?)\s?月\s?(?P<d>\d\d?)(?!\d)",
    rf"(?P<era>{'|'.join(_ERAS)})\s?(?P<e>\d\d?|元)\s?[年./-]\s?(?P<m>\d\d?)\s?[月./-]\s?(?P<d>\d\d?)(?!\d)",
    rf"(?:date|datetime|timestamp|utc)\s?\(\s*{_Y}\s*,\s*0?(?P<pm>\d\d?)\s*,\s*0?(?P<d>\d\d?)\b",
)

_YY, _CLOCK = r"(?P<yy>\d\d)", r"(?:[t\s].*)?"
_IN_CELL = (
    rf"(?P<a>\d\d?)\s?(?P<s>[-/])\s?(?P<b>\d\d?)\s?(?P=s)\s?{_YY}{_CLOCK}",
    rf"{_YY}\s?(?P<s>[-/])\s?(?P<m>\d\d?)\s?(?P=s)\s?(?P<d>\d\d?){_CLOCK}",
    rf"(?P<d>\d\d?){_GAP}{{0,5}}{_M}{_GAP}{{0,5}}{_YY}{_CLOCK}",
    rf"(?P<a>\d\d)(?P<b>\d\d){_Y}",
)
_UNDER_A_DATE = (
    rf"(?P<a>\d\d?)\.\s?(?P<b>\d\d?)\.\s?{_YY}{_CLOCK}",
    rf"{_YY}\.\s?(?P<m>\d\d?)\.\s?(?P<d>\d\d?){_CLOCK}",
    r"(?P<era>[mtshr])\s?(?P<e>\d\d?)\s?[./-]\s?(?P<m>\d\d?)\s?[./-]\s?(?P<d>\d\d?)",
)
"""What is a date in a column of dates, and elsewhere a version or the number of a section."""

_TEXT_FORMS, _CELL_FORMS, _DATED_FORMS = (list(map(re.compile, forms)) for forms in (_IN_TEXT, _IN_CELL, _UNDER_A_DATE))

_YEAR = re.compile("|".join([r"19\d\d", r"20\d\d", *_ERAS]))
"""What every date in running text has."""

_EPOCHS = (date(1970, 1, 1), date(1960, 1, 1))
"""Days from which Unix and SAS count seconds."""

_ORIGINS = (date(1899, 12, 30), date(1904, 1, 1), *_EPOCHS)
"""Days from which spreadsheets, R and SAS count days."""

_DAY, _QUARTER, _EAST = 86_400, 900, 14 * 3_600
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
_FEWEST, _SERIAL = 5, re.compile(r"-?\d{4,5}(?:\.0)?")
_NUMBER = re.compile(r"(-?\d{9,19})(?:\.0)?")


def in_text(text: str) -> Iterator[tuple[int, int, set[date]]]:
    """Yield where a text in the form in which it is compared has a date, and which days it may mean."""
    for form in _TEXT_FORMS if _YEAR.search(text) else ():
        for match in form.finditer(text):
            yield match.start(), match.end(), _days(match)


def whole(cell: str, is_dated: bool) -> set[date]:
    """Return which days a cell may mean as a whole, in forms that in running text mean anything.

    A year of two digits after points, and a year of an emperor by its letter, are read in a column of dates only.
    """
    forms = [*_CELL_FORMS, *(_DATED_FORMS if is_dated else ())]
    days = {day for form in forms if (match := form.fullmatch(cell.strip())) for day in _days(match)}
    return days | moment(cell.strip())


def moment(number: str) -> set[date]:
    """Return which days a count of seconds, or of thousandths or less, may mean that begins a day somewhere."""
    match = _NUMBER.fullmatch(number)
    exact = [divmod(int(match[1]), unit) for unit in _UNITS] if match else []
    seconds = [count for count, rest in exact if not rest and not count % _QUARTER and abs(count) < 2**32]
    return {epoch + timedelta(days=day) for epoch in _EPOCHS for count in seconds for day in _midnights(count)}


def as_numbers(cells: Iterable[str], dates: frozenset[date], is_dated: bool) -> bool:
    """Tell whether a column holds dates as the day numbers of a spreadsheet, of R or of SAS.

    A column of dates by its name needs one such number; any other one needs five different ones, of which at most one
    is no date of a patient, and nothing else.
    """
    numbers = {cell.strip() for cell in cells} - {"", "null", "nan"}
    counted = {int(float(number)) for number in numbers if _SERIAL.fullmatch(number)}
    most = max(sum(origin + timedelta(days=days) in dates for days in counted) for origin in _ORIGINS)
    if is_dated:
        return most > 0
    return len(numbers) == len(counted) >= _FEWEST and most >= len(counted) - 1


def _midnights(seconds: int) -> set[int]:
    """Return the days that begin, somewhere on earth, this many seconds after an epoch began in Greenwich."""
    return {seconds // _DAY} | ({(seconds + _EAST) // _DAY} if seconds % _DAY else set())


def _days(match: re.Match) -> set[date]:
    parts = {name: value for name, value in match.groupdict().items() if value}
    return {day for year in _years(parts) for month, of in _months(parts) if (day := _day(year, month, of))}


def _years(parts: dict[str, str]) -> list[int]:
    if "era" in parts:
        first = {**_ERAS, **_ERA_LETTERS}[parts["era"]]
        return [first + (1 if parts["e"] == "元" else int(parts["e"]))]
    return [int(parts["y"])] if "y" in parts else [1900 + int(parts["yy"]), 2000 + int(parts["yy"])]


def _months(parts: dict[str, str]) -> list[tuple[int, int]]:
    """Return each month, and day of it, that a date may mean."""
    if "a" in parts:
        a, b = int(parts["a"]), int(parts["b"])
        return [(a, b), (b, a)]
    day = int(parts["d"])
    if name := parts.get("name"):
        return [([each[:3] for each in _NAMES].index(name[:3]) + 1, day)]
    if "pm" in parts:
        return [(int(parts["pm"]), day), (int(parts["pm"]) + 1, day)]
    return [(int(parts["m"]), day)]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
