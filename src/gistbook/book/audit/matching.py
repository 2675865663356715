"""Text in one form whatever its letters, hyphens and escapes; whole words and dates in it, in any common form.

Dates are read in running text, as a whole cell, and as the numbers by which programs count days.
"""

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import unquote

_HYPHEN, _NO_ROOM = re.compile("[‐‑‒–—―−－]"), re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
"""Hyphens of every kind are one; what takes no room on a page is not there."""

_RUN = re.compile(r"[0-9a-z]+|[^\W_]")
_LETTER, _EDGES = re.compile(r"[^\W\d_]"), re.compile(r"^[\W_]+|[\W_]+$")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([/\"'\\]))")
_LAST_LETTER, _WIDEST, _JOINT = 0x10FFFF, 2, "-"

_MOST_KEPT = 2**13
"""Of so many texts the forms are kept, as one rule after the other asks for those of a page."""


class Words(NamedTuple):
    """Words to seek: each as its runs of letters and digits, joined; and by the first run, of how many runs those are.

    One without a letter is kept as it is written, since in numbers the signs between count.
    """

    known: frozenset[str]
    counts: dict[str, tuple[int, ...]]


def normal(text: str) -> str:
    """Return a text in the form in which it is compared: small letters, one width, one kind of hyphen.

    Examples
    --------
    >>> normal("ＳＹＮ‑０１")
    'syn-01'
    """
    if not text.isascii():
        text = _plain(unicodedata.normalize("NFKC", _plain(text)))
    return text.casefold()


@functools.lru_cache(_MOST_KEPT)
def forms(text: str) -> tuple[str, ...]:
    r"""Return a text in the form in which it is compared, and with the escapes of programs and addresses undone.

    Examples
    --------
    >>> forms("plain"), forms("SYN%2D01"), forms("\\u0053YN-01")
    (('plain',), ('syn%2d01', 'syn-01'), ('\\u0053yn-01', 'syn-01'))
    """
    found = [text]
    if "\\" in text:
        found.append(_ESCAPE.sub(_undone, text))
    if "%" in found[-1]:
        found.append(unquote(found[-1]))
    return tuple(dict.fromkeys(map(normal, found)))


def runs(text: str) -> list[str]:
    """Return the runs of letters and digits of a text that is in the form in which it is compared."""
    return _RUN.findall(text)


def line_of(text: str) -> str:
    """Return a line, or a row of cells, as only its letters and digits tell it from another."""
    return " ".join(runs(normal(text)))


@functools.lru_cache(_MOST_KEPT)
def bare(name: str) -> str:
    """Return the name of a column or of an attribute in small letters and digits only.

    Examples
    --------
    >>> bare("Patient ID"), bare("patient_id"), bare("Pat. No.")
    ('patientid', 'patientid', 'patno')
    """
    return "".join(runs(normal(name)))


def word_list(words: Iterable[str]) -> Words:
    """Return words in the form in which `words_in` seeks them; signs before and after are no part of a word."""
    known, counts, alone = set(), {}, {}
    for word, parts in map(_cut, words):
        if word:
            known.add(word)
            before, many = counts.get(parts[0], ()), len(parts)
            if many not in before:
                # A million words that begin each in its own way share one tuple.
                counts[parts[0]] = tuple(sorted((*before, many))) if before else alone.setdefault(many, (many,))
    return Words(frozenset(known), counts)


def as_word(text: str) -> str:
    """Return a text in the form in which a word is kept to be sought.

    Examples
    --------
    >>> as_word("NCC_041"), as_word("ncc/041"), as_word("12.5")
    ('ncc-041', 'ncc-041', '12.5')
    """
    return _cut(text)[0]


def _cut(text: str) -> tuple[str, list[str]]:
    """Return a word in the form in which it is kept, and its runs of letters and digits."""
    form = normal(str(text))
    parts = _RUN.findall(form)
    return (_JOINT.join(parts) if _has_letter(form) else _EDGES.sub("", form)), parts


def words_in(text: str, words: Words) -> Iterator[tuple[int, int, str]]:
    """Yield where a word stands whole in a text that is in the form in which it is compared, and which one.

    Between the runs of a word with letters any one or two signs may stand, as an address or an anchor changes them. A
    word of digits only is not whole within a number with a point.
    """
    each = [] if words.counts.keys().isdisjoint(_RUN.findall(text)) else list(_RUN.finditer(text))
    for number, run in enumerate(each):
        for count in words.counts.get(run[0], ()):
            parts = each[number : number + count]
            word, end = _word(text, parts), parts[-1].end()
            if len(parts) == count and word in words.known and _is_whole(text, run.start(), end):
                yield run.start(), end, word


def _plain(text: str) -> str:
    return _HYPHEN.sub("-", _NO_ROOM.sub("", text))


def _word(text: str, parts: list[re.Match]) -> str:
    """Return the word that some runs after one another make; nothing if they are too far apart."""
    if any(after.start() - before.end() > _WIDEST for before, after in itertools.pairwise(parts)):
        return ""
    word = text[parts[0].start() : parts[-1].end()]
    return _JOINT.join(part[0] for part in parts) if _has_letter(word) else word


def _has_letter(word: str) -> bool:
    return bool(_LETTER.search(word))


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    is_number = text[start:end].isdecimal()
    return not (is_number and (re.fullmatch(r"\d\.", before) or re.fullmatch(r"\.\d", after)))


def _undone(escape: re.Match) -> str:
    code = int(escape[1] or escape[2] or escape[3] or "0", 16)
    return escape[4] or (chr(code) if code <= _LAST_LETTER else escape[0])


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


def dates_in(text: str) -> Iterator[tuple[int, int, set[date]]]:
    """Yield where a text in the form in which it is compared has a date, and which days it may mean."""
    for form in _TEXT_FORMS if _YEAR.search(text) else ():
        for match in form.finditer(text):
            yield match.start(), match.end(), _days(match)


def dates_of_cell(cell: str, is_dated: bool) -> set[date]:
    """Return which days a cell may mean as a whole, in forms that in running text mean anything.

    A year of two digits after points, and a year of an emperor by its letter, are read in a column of dates only.
    """
    forms = [*_CELL_FORMS, *(_DATED_FORMS if is_dated else ())]
    days = {day for form in forms if (match := form.fullmatch(cell.strip())) for day in _days(match)}
    return days | _dates_of_moment(cell.strip())


def _dates_of_moment(number: str) -> set[date]:
    """Return which days a count of seconds, or of thousandths or less, may mean that begins a day somewhere."""
    match = _NUMBER.fullmatch(number)
    exact = [divmod(int(match[1]), unit) for unit in _UNITS] if match else []
    seconds = [count for count, rest in exact if not rest and not count % _QUARTER and abs(count) < 2**32]
    return {epoch + timedelta(days=day) for epoch in _EPOCHS for count in seconds for day in _midnights(count)}


def are_day_numbers(cells: Iterable[str], dates: frozenset[date], is_dated: bool) -> bool:
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
