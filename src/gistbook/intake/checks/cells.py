"""Cells of text to dates and numbers, and the remedy for those that are neither."""

import json
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gistbook.conventions import CUSTOMARY_BLANKS, ERROR, SERIAL, WARNING, Finding
from gistbook.intake.entries import quoted
from gistbook.intake.readers import by_distinct
from gistbook.intake.settings import Formats
from gistbook.schemas import INPUTS, Column
from gistbook.spelling import words_alone

ISO = "%Y-%m-%d"
CUSTOMARY = (
    ISO, "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d %b %Y", "%d%b%Y",
    "%Y%m%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%y", "%Y年%m月%d日", SERIAL,
)  # fmt: skip
"""Formats of dates that are met in the files of hospitals."""

_DIGITS = {"%Y": r"\d{4}", **dict.fromkeys(["%m", "%d", "%y", "%H", "%M", "%S"], r"\d{2}"), "%j": r"\d{3}"}
_ADJACENT = re.compile(r"%[YmdyHMSj]%[YmdyHMSj]")
"""Two numbers of a format of dates that nothing parts."""

_CLOCK = re.compile(r"%[HIMSpTXc]")
_TIME_OF_DAY = re.compile(
    r"(?:(?<=[\d日])[T ]+|(?<=\d{4}):)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)? ?(?:[AaPp]\.?[Mm]\.?)?"
    r" ?(?:Z|[A-Z]{3,4}|[+-]\d\d(?::?\d\d)?)?(?:\[[\w/]+\])?$"
)
"""A format of dates that has a time of day, and a time of day after a date."""

_NOUGHT_AFTER_MARK = re.compile(r"(?<=^\d{8})\.0+$")
"""What programs write after a date that they hold as a number, as 20151231.0."""

_UNKNOWN = r"(?:unk?|uk|nk|xx|\?\??|--|00)"
_NOT_WHOLE = re.compile(
    rf"\d{{4}}(?:[-/.年]?(?:\d{{1,2}}月?|{_UNKNOWN})(?:[-/.]{_UNKNOWN})?)?年?"  # 2015, 2015-03, 2015-03-UN
    rf"|(?:{_UNKNOWN}[-/. ])?(?:\d{{1,2}}|[a-z]{{3,9}}|{_UNKNOWN})[-/. ]\d{{4}}",  # 03/2015, UNK-MAR-2015
    re.IGNORECASE,
)
"""A date of which the day is missing, or the month too."""

_EXAMPLE, _FIRST_SERIAL = pd.Timestamp(2015, 12, 31), pd.Timestamp(1899, 12, 30)
_NO_FORMAT = "No format reads years of an era, weeks, or names of months that are not English; write 2015-12-31."

_MOST_FORMATS, _MOST_MARKS = 4, 6
"""Formats that are told of one column, and texts that one remedy quotes."""

_CODES_OF_CNSR = (
    "Say which of your codes are an event and which are none, under [values.adtte.CNSR] in cohort.toml, "
    'as "dead" = "0" and "alive" = "1".'
)

LATER = " days after a date"
"""What stands beside a number of days that makes no date, since it is not whole."""

_DENIES = {
    "alive", "censored", "follow", "followup", "fu", "living", "lost", "ltfu", "never", "no", "none", "not", "ongoing",
    "pending", "refused", "transferred", "withdrawn", "withdrew",
    "不明", "生存", "生存中", "なし", "無し", "無", "未実施", "追跡不能", "未再発",
}  # fmt: skip
"""Words of which one at least stands in a cell that says that there is no date or number."""

_OF_NOTHING = _DENIES | {
    "a", "applicable", "at", "available", "away", "contact", "data", "date", "done", "event", "f", "in", "known",
    "last", "moved", "of", "on", "patient", "progressed", "progression", "reached", "recorded", "still", "stopped",
    "the", "to", "u", "up", "yet",
}  # fmt: skip
"""All words of such a cell; without one of the first, an event may be said to have come, of which no day is known."""

_DEATH = re.compile(r"dead|died|death|deceased|exitus|死", re.IGNORECASE)

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_AS_A_DATE = rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}-{_MONTH}(?:-\d\d)?|{_MONTH}-\d\d|\d{{1,2}}月\d{{1,2}}日"
"""How a spreadsheet shows, or hands on, a date that it made of a text such as 1-3."""

_FOR_UNKNOWN = {int(sign + digit * many) for sign in ("", "-") for digit in "89" for many in (1, 2, 3, 4)}
_FOR_UNKNOWN |= {-1, -7, *range(-99, -94)}
"""Numbers that are often codes of what is not known, where they lie far from all others."""

_NO_LEVEL = re.compile(
    r"\.[A-Z_]|##USER_MISSING_\d+##|excluded|screen(?:ing)? failures?|scrnfail"
    r"|not (?:assigned|treated)|notassgn|nottrt|withdrawn|drop-?outs?|ausgeschlossen|exclue?"
    r"|除外|脱落",
    re.IGNORECASE,
)
"""What SAS and Castor write of what is not known, and words for who is in no group."""

THOUSANDS = r"[+-]?[1-9]\d{{0,2}}(?:{0}\d{{3}})+"
"""What is a number of thousands, if a mark stands between them."""

_RAISED = re.compile("[²³¹⁰-₟]")
"""Small digits above or below the line, such as the mark of a footnote; a width is no size."""

_PARTED = "|".join(
    THOUSANDS.format(mark) + rest for mark, rest in (("[ '’]", r"([.,]\d+)?"), (",", r"\.\d+"), (r"\.", r",\d+"))
)
"""What can be nothing but a number with a sign between its thousands."""


def at(
    table: str, column: str, rows: pd.DataFrame | pd.Series, words: tuple[str, str], severity: str = ERROR
) -> Iterator[Finding]:
    """Find a problem in some rows, if there are any; `words` are the rule and the remedy.

    A row of a wide sheet out of which several rows are carved is named once.
    """
    if len(rows):
        yield Finding(table, column, tuple(dict.fromkeys(map(int, rows.index))), *words, severity)


def whole(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The typed rows of a table with every column that it may have: blank where the user has none."""
    blank = {"text": "", "number": np.nan, "date": pd.NaT}
    return rows.assign(**{column.name: blank[column.kind] for column in INPUTS[table] if column.name not in rows})


def perhaps_changed(table: str, column: str, cells: pd.Series) -> Iterator[Finding]:
    """Find names of a group or a level that are dates, which a spreadsheet may have made of them."""
    remedy = "A spreadsheet makes dates of texts such as 1-3; if it did, write them again in cells formatted as text."
    dates = cells[by_distinct(cells, lambda texts: texts.str.fullmatch(_AS_A_DATE).astype(bool)).to_numpy()]
    yield from at(table, column, dates, ("a date in place of a name", remedy), WARNING)


def spellings(table: str, column: Column, filled: pd.Series, own: str = "") -> Iterator[Finding]:
    """Find spellings that are one but for what parts words; `own` is the name of a covariate of theirs."""
    counts = filled.value_counts()
    alike = counts.groupby(counts.index.map(words_alone)).agg(lambda own: list(own.index))
    alike = [spellings for spellings in alike if len(spellings) > 1]
    entries = [f"{quoted(other)} = {quoted(most)}" for most, *others in alike for other in others]
    if entries:
        written = filled[filled.isin([other for _, *others in alike for other in others])]
        rule = f"{sum(map(len, alike))} spellings of {len(alike)} that are one but for writing"
        under = "write them in one way in your file" if own else f"add under [values.{table}.{column.name}]"
        remedy = f"They count as different. If they are one, {under}: {'; '.join(entries)}"
        yield from at(table, column.name, written, (rule, remedy), WARNING)


def perhaps_thousands(
    table: str, column: Column, filled: pd.Series, decimal: str, are_whole: bool = False
) -> Iterator[Finding]:
    """Find numbers in which the decimal mark may part thousands: 1.234 beside 950, and none like 1.5.

    Of numbers that should be whole, as days are, no 950 need stand beside them.
    """
    marked = pd.Series([cell for cell in filled.unique() if decimal in cell], dtype=object)
    thousands = THOUSANDS.format(re.escape(decimal))
    is_mixed = len(marked) and not filled.isin(marked).all()
    if len(marked) and marked.str.fullmatch(thousands).all() and (is_mixed or are_whole):
        read = f"as they stand, 1{decimal}234 is little more than 1."
        remedy = f'If the "{decimal}" marks thousands, take it out of them; {read}'
        kind = "whole numbers, and others" if is_mixed else "days"
        words = (f"{kind} with three digits after the decimal mark", remedy)
        yield from at(table, column.name, filled[filled.isin(marked)], words, WARNING)


def perhaps_unknown(table: str, column: Column, cells: pd.Series, own: str = "") -> Iterator[Finding]:
    """Find levels or numbers that may be codes of what is not known, as 9 beside 0, 1 and 2, or 999 beside 40.

    `cells` are texts or numbers, none of them blank; `own` is the name of a covariate of theirs.
    """
    are_texts = column.kind == "text"
    numbers = by_distinct(cells, lambda texts: pd.to_numeric(texts, errors="coerce")) if are_texts else cells
    codes = _far_codes(numbers.value_counts(), are_texts)
    texts = sorted({cell for cell in cells.unique() if _NO_LEVEL.fullmatch(cell)}) if are_texts else []
    rows = cells[numbers.isin(codes) | cells.isin(texts)]
    if 0 < len(rows) < len(numbers):
        written = [json.dumps(code, ensure_ascii=False) for code in (*map("{:g}".format, codes), *texts)][:_MOST_MARKS]
        entry = f"missing = [{', '.join(written)}]" if own else "; ".join(f'{code} = ""' for code in written)
        section = f"covariates.{own}" if own else f"values.{table}.{column.name}"
        what = "what is not known, or left out" if texts else "what is not known"
        rule = f"{' and '.join(written)} in {len(rows)} of {len(numbers)} rows, as many write for {what}"
        remedy = f"It counts as any other {'level' if are_texts else 'number'}; if it is none, say"
        yield from at(table, column.name, rows, (rule, f"{remedy} {entry} under [{section}] in cohort.toml."), WARNING)


def _far_codes(counts: pd.Series, are_levels: bool) -> list[int]:
    """The customary codes of what is not known among numbers, that lie outside all others."""
    others = [number for number in counts.index if number not in _FOR_UNKNOWN]
    low, high, codes = min(others, default=0), max(others, default=-np.inf if are_levels else np.inf), []
    for code in sorted(_FOR_UNKNOWN & set(counts.index)):
        is_far = low >= 0 if code < 0 else code > (high + 1 if are_levels else 2 * high)
        if is_far and (are_levels or code < 0 or code > 9 or counts[code] > 1):
            codes.append(code)
        else:
            low, high = min(low, code), max(high, code)
    return codes


def parsed(column: Column, values: pd.Series, formats: Formats) -> pd.Series:
    """Cells of stripped text as dates or numbers, as the column asks; `NaT` or `NaN` where they are neither."""
    if column.kind == "date":
        return by_distinct(values, lambda distinct: dates_in(distinct, [*formats.dates, ISO]))
    return by_distinct(values, lambda distinct: _numbers(distinct, formats.decimal))


def unparsed(table: str, column: Column, wrong: pd.Series, formats: Formats) -> Iterator[Finding]:
    """Find cells that are no dates or numbers, each with the remedy that would read it."""
    if wrong.empty:
        return
    rule = f"not a {column.kind}"
    blanks = wrong.str.casefold().isin(CUSTOMARY_BLANKS)
    unknown = 'They hold what many write for "not known"; list yours under [formats], as missing = ["NA", "."].'
    yield from at(table, column.name, wrong[blanks], (rule, unknown))
    lengths = wrong.str.endswith(LATER)
    words = ("no whole number of days after a date", "Write whole days; of half a day nobody knows on which it ends.")
    yield from at(table, column.name, wrong[lengths], words)
    others = wrong[~blanks & ~lengths]
    if column.name == "CNSR":
        yield from at(table, column.name, others, (rule, _CODES_OF_CNSR))
        return
    remedies = _date_remedies if column.kind == "date" else _number_remedies
    in_words = others.isin([text for text in others.unique() if says_that_there_is_none(text)])
    yield from at(table, column.name, others[in_words], (rule, _blank_remedy(others[in_words], formats)))
    for alike, remedy in remedies(others[~in_words], formats):
        yield from at(table, column.name, alike, (rule, remedy))


def says_that_there_is_none(text: str) -> bool:
    """Tell whether a cell says in words that there is no date or number, as that a patient is alive."""
    words = re.findall(r"[^\W_]+", text.casefold())
    return words != ["no"] and set(words) <= _OF_NOTHING and not _DENIES.isdisjoint(words)


def _blank_remedy(wrong: pd.Series, formats: Formats) -> str:
    """The entry under which words count as blank; they are quoted, since they are those of a closed list."""
    marks = [*formats.missing, *wrong.drop_duplicates()[:_MOST_MARKS]]
    entry = json.dumps(marks, ensure_ascii=False)
    return f"If it says that there is none, add missing = {entry} under [formats]; it then counts as blank."


def _number_remedies(wrong: pd.Series, formats: Formats) -> Iterator[tuple[pd.Series, str]]:
    other = "," if formats.decimal == "." else "."
    say = f'say decimal = "{other}" under [formats] in cohort.toml.'
    thousands = wrong.str.fullmatch(THOUSANDS.format(re.escape(other)))
    read = _numbers(wrong, other).notna() & ~thousands
    yield wrong[read], f'All of them can be read with decimal = "{other}" under [formats] in cohort.toml.'
    yield wrong[thousands], f'Take out the "{other}" if it marks thousands; if it is the decimal mark, {say}'
    parted = wrong.str.normalize("NFKC").str.fullmatch(_PARTED)
    yield wrong[parted], "Take out what parts thousands, a blank or a sign."
    now = f'the decimal mark is now "{formats.decimal}" (decimal under [formats]).'
    others = wrong[~read & ~thousands & ~parted]
    yield others, f"Write digits only, without a unit or a sign such as %; {now}{_or_blank(others)}"


def _or_blank(wrong: pd.Series) -> str:
    texts = wrong.drop_duplicates()
    without = ~texts.str.contains(r"\d") & ~texts.str.contains(_DEATH)
    words = ' Words for "there is none" are listed as missing = ["…"] there, and then count as blank.'
    return words if without.any() else ""


def _date_remedies(wrong: pd.Series, formats: Formats) -> Iterator[tuple[pd.Series, str]]:
    for _ in range(_MOST_FORMATS if len(wrong) else 0):
        fitting, read = _formats_that_read(wrong, formats)
        if read.any():
            yield wrong[read], _date_remedy(fitting, formats)
        wrong = wrong[~read]
    is_part = by_distinct(wrong, lambda texts: texts.str.normalize("NFKC").str.fullmatch(_NOT_WHOLE).astype(bool))
    rule = "Write a whole date, by one rule for all patients, such as the 15th of a month of which no day is known"
    yield wrong[is_part], f"{rule}; or leave the cell blank, where it may be."
    now = " or ".join(map(_example, [*formats.dates, ISO]))
    words = (
        f"Correct it, or give the format of your dates as dates = '…' under [formats]; now it is {now}. {_NO_FORMAT}"
    )
    yield wrong[~is_part], words + _or_blank(wrong[~is_part])


def _date_remedy(fitting: list[str], formats: Formats) -> str:
    given, days = [form for form in formats.dates if form != ISO], []
    others = "; if it is 20453 in your file, SAS wrote it, or R if 16800: save them as dates"
    for form in fitting:
        entry = json.dumps([*given, form] if given else form, ensure_ascii=False)
        days.append(f"dates = {entry} (the last day of 2015 is {_example(form)}{others * (form == SERIAL)})")
    if len(fitting) == 1:
        return f"All of them can be read with {days[0]} under [formats]; add it if that is what they mean."
    return f"They can be read in more than one way: {' or '.join(days)} under [formats]; you must know which."


def _example(form: str) -> str:
    return str((_EXAMPLE - _FIRST_SERIAL).days) if form == SERIAL else _EXAMPLE.strftime(form)


def _formats_that_read(values: pd.Series, formats: Formats) -> tuple[list[str], pd.Series]:
    """The customary formats in which most of some cells are dates, and which cells those are; a year is none."""
    distinct = values.drop_duplicates()
    distinct = distinct[~distinct.str.fullmatch(r"\d{1,4}")]
    compact = any(map(_ADJACENT.search, formats.dates))
    likely = [form for form in CUSTOMARY if form != SERIAL or not compact]  # of a compact date, a digit is missing
    likely = [form for form in likely if dates_in(distinct[:1000], [form]).notna().any()]  # others are worth no try
    read = {form: values.isin(distinct[dates_in(distinct, [form]).notna()]) for form in likely}
    best = max(read.values(), key=pd.Series.sum, default=values != values)
    return [form for form in read if read[form].equals(best)], best


def dates_in(values: pd.Series, formats: list[str]) -> pd.Series:
    """Cells of text as dates, in the first of some formats that reads them; `NaT` where none does."""
    days = pd.Series(pd.NaT, index=values.index, dtype="datetime64[ns]")
    for form in formats:
        left = days.isna() & (values != "")
        if left.any():
            days[left] = _in_one(values[left], form)
    return days


def _in_one(values: pd.Series, form: str) -> pd.Series:
    """Days in one format, without a time of day; pandas would take words of the clock for a day.

    A day counts from midnight: otherwise an hour of the clock would make a time a day shorter. Numbers that nothing
    parts have all their digits: of 201212 under %Y%m%d, one is missing, and nobody knows where.
    """
    plain = values.str.normalize("NFKC").str.replace(_NOUGHT_AFTER_MARK, "", regex=True)
    plain = plain if _CLOCK.search(form) else plain.str.replace(_TIME_OF_DAY, "", regex=True)
    plain = plain.mask(plain.str.lower().isin(("now", "today")), "")
    if form != SERIAL:
        if _ADJACENT.search(form):
            plain = plain.where(plain.str.fullmatch(_shape(form)).astype(bool), "")
        return pd.to_datetime(plain, format=form, errors="coerce").dt.normalize()
    serials = pd.to_numeric(plain, errors="coerce").floordiv(1)
    return _FIRST_SERIAL + pd.to_timedelta(serials.where(serials.between(1, 99_999)), unit="D")


def _shape(form: str) -> str:
    """The regular expression of a date in a format in which numbers stand side by side, each with all its digits."""
    parts = re.split(r"(%[a-zA-Z])", form)
    return "".join(_DIGITS.get(part, r".+" if part.startswith("%") else re.escape(part)) for part in parts)


def _numbers(values: pd.Series, mark: str) -> pd.Series:
    plain = values.mask(values.str.contains(_RAISED), "?").str.normalize("NFKC")
    digits = plain if mark == "." else plain.mask(plain.str.contains(".", regex=False)).str.replace(mark, ".")
    return pd.to_numeric(digits, errors="coerce").replace([np.inf, -np.inf], np.nan)
