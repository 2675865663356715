"""Rules within a table: its columns, its cells, its rows; cells of text to dates and numbers."""

import difflib
import json
import math
import re
import unicodedata
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gistbook.conventions import CUSTOMARY_BLANKS, ERROR, IMATINIB, SERIAL, WARNING, Finding, plain_spelling, slip_of
from gistbook.intake.readers import by_distinct
from gistbook.intake.settings import Formats
from gistbook.schemas import INPUTS, Column, names

MOST_GROUPS = 6
"""As many groups as figures can tell apart."""

INHIBITORS = (
    IMATINIB, "sunitinib", "regorafenib", "ripretinib", "avapritinib", "nilotinib", "dasatinib", "sorafenib",
    "masitinib", "pazopanib", "ponatinib", "cabozantinib", "pimitespib",
)  # fmt: skip
"""International names of drugs that are given for GIST."""

_OTHER_NAMES = {
    IMATINIB: ("glivec", "gleevec", "sti571", "イマチニブ", "グリベック"),
    "sunitinib": ("sutent", "su11248", "スニチニブ", "スーテント"),
    "regorafenib": ("stivarga", "レゴラフェニブ", "スチバーガ"),
}

ISO = "%Y-%m-%d"
CUSTOMARY = (
    ISO, "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d %b %Y", "%d%b%Y",
    "%Y%m%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%Y年%m月%d日", SERIAL,
)  # fmt: skip
"""Formats of dates that are met in the files of hospitals."""

_LEVELS = ("primary_site", "mutation", "procedure", "schedule")
"""Columns of free text whose distinct cells a table lists."""

BOUNDS = {"age": (0, 120), "ecog": (0, 4)}
"""The least and the greatest number that a column takes; others take any from 0."""

_DIGITS = {"%Y": r"\d{4}", **dict.fromkeys(["%m", "%d", "%y", "%H", "%M", "%S"], r"\d{2}"), "%j": r"\d{3}"}
_ADJACENT = re.compile(r"%[YmdyHMSj]%[YmdyHMSj]")
"""Two numbers of a format of dates that nothing parts."""

_EXAMPLE, _FIRST_SERIAL = pd.Timestamp(2015, 12, 31), pd.Timestamp(1899, 12, 30)
_FEW, _MOST_CODES = 1000, 1000
"""So many cells tell whether a format is worth a try on all; so many codes are compared one by one with ours."""

_MOST_FORMATS = 4
"""As many formats as are looked for in one column; what then is left is no date."""

_GROUP_SLIP, _DRUG_SLIP = 0.8, 0.85
"""How much a name must resemble another, from 0 to 1, to be taken for a slip of it."""

MISSING = "the column is missing"

_NO_PATIENT = "If the row is a total or a note, delete it, or move it out of the table."
_THOUSANDS = r"[+-]?[1-9]\d{{0,2}}(?:{0}\d{{3}})+"
"""What is a number of thousands, if a mark stands between them."""

_UNIQUE = {"patients": ["patient_id"], "adtte": ["USUBJID", "PARAMCD"]}
"""Columns that name a row of a table; in the others, a row must not repeat another whole."""


def at(
    table: str, column: str, rows: pd.DataFrame | pd.Series, words: tuple[str, str], severity: str = ERROR
) -> Iterator[Finding]:
    """Find a problem in some rows, if there are any; `words` are the rule and the remedy.

    A row of a wide sheet out of which several rows are carved is named once.
    """
    if len(rows):
        yield Finding(table, column, tuple(dict.fromkeys(map(int, rows.index))), *words, severity)


def parsed(column: Column, values: pd.Series, formats: Formats) -> pd.Series:
    """Cells of stripped text as dates or numbers, as the column asks; `NaT` or `NaN` where they are neither."""
    if column.kind == "date":
        return by_distinct(values, lambda distinct: _dates(distinct, [*formats.dates, ISO]))
    return by_distinct(values, lambda distinct: _numbers(distinct, formats.decimal))


def within(table: str, rows: pd.DataFrame, formats: Formats, required: set[str]) -> Iterator[Finding]:
    """Find what is wrong in one table, whatever the others hold."""
    for column in INPUTS[table]:
        if column.name in rows:
            yield from _in_column(table, column, rows[column.name], formats)
        elif column.name in required:
            remedy = f'Add the column, or say "your column" = "{column.name}" under [columns.{table}] in cohort.toml.'
            yield Finding(table, column.name, (), MISSING, remedy)
    if table == "patients" and "resistance_date" in required:
        yield from _without_end(rows)
    key = [name for name in _UNIQUE.get(table, names(INPUTS[table])) if name in rows]
    twice = rows[rows.duplicated(key) & (rows[key] != "").all(axis=1)] if key == _UNIQUE.get(table) else _repeats(rows)
    first = f', or say first_of = "your column" under [select.{table}] in cohort.toml' if table == "patients" else ""
    words = ("the row repeats an earlier one", f"Keep one row of each{first}.")
    yield from at(table, names(INPUTS[table])[0], twice, words)
    if "drug" in rows:
        yield from _drugs_named_otherwise(rows)


def misspelt(table: str, rows: pd.DataFrame, unused: list[str]) -> Iterator[Finding]:
    """Find columns of the user's that are not used, and whose name is nearly that of one of ours which is missing."""
    free = [name for name in names(INPUTS[table]) if name not in rows]
    for theirs in unused:
        words = re.findall(r"[^\W_]+", theirs.casefold())
        of_these_words = [name for name in free if set(name.split("_")) <= set(words)]
        meant = next(iter(of_these_words), "") or slip_of("_".join(words), free)
        if meant:
            remedy = f'If it is {meant}, say "{theirs}" = "{meant}" under [columns.{table}] in cohort.toml.'
            yield Finding(table, theirs, (), "a column of yours that is not used", remedy, WARNING)


def drug_meant(drug: str) -> str:
    """Which of `INHIBITORS` a name in small letters is, or may be meant for; "" if none."""
    if drug in INHIBITORS or not drug:
        return drug
    spellings = {name: (name, *_OTHER_NAMES.get(name, ())) for name in INHIBITORS}
    within_it = [name for name, others in spellings.items() if any(other in drug for other in others)]
    if len(within_it) == 1:
        return within_it[0]
    return next(iter(difflib.get_close_matches(drug, INHIBITORS, 1, _DRUG_SLIP)), "")


def _drugs_named_otherwise(exposures: pd.DataFrame) -> Iterator[Finding]:
    """Find rows of a drug that the book would take for another one, and a table in which nothing is imatinib."""
    drugs = by_distinct(exposures["drug"], lambda cells: cells.map(plain_spelling))
    meant = {drug: drug_meant(drug) for drug in drugs.unique()[:_MOST_CODES]}
    section = "[values.exposures.drug] in cohort.toml"
    for drug in INHIBITORS:
        otherwise = [name for name, inhibitor in meant.items() if inhibitor == drug != name]
        rows = exposures[drugs.isin(otherwise)] if otherwise else exposures.iloc[:0]
        remedy = f"It counts as a drug of its own. If it is {drug}, say so under {section}."
        yield from at("exposures", "drug", rows, (f"perhaps {drug} under another name", remedy), WARNING)
    if IMATINIB not in meant.values() and (drugs != "").any():
        remedy = f"If it is in the table under another name, say so under {section}."
        yield Finding("exposures", "drug", (), f"no row is of {IMATINIB}", remedy, WARNING)


def _without_end(patients: pd.DataFrame) -> Iterator[Finding]:
    ends = [name for name in ("last_contact", "death_date") if name in patients]
    if not ends:
        remedy = 'Add it, or death_date, or say "your column" = "last_contact" under [columns.patients] in cohort.toml.'
        yield Finding("patients", "last_contact", (), "the column is missing, and death_date too", remedy)
        return
    remedy = f"Fill in last_contact, or death_date for those who died. {_NO_PATIENT}"
    blank = patients[(patients[ends] == "").all(axis=1)]
    yield from at("patients", "last_contact", blank, ("neither last contact nor death", remedy))


def _repeats(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that repeat an earlier one; where all columns are categorical, looked for by one number for each row."""
    categorical = [rows[name].array for name in rows if isinstance(rows[name].dtype, pd.CategoricalDtype)]
    if rows.empty:
        return rows.iloc[:0]
    if len(categorical) < len(rows.columns) or math.prod(len(c.categories) for c in categorical) >= 2**62:
        return rows[rows.duplicated()]
    numbers = np.zeros(len(rows), "int64")
    for column in categorical:
        numbers *= len(column.categories)
        numbers += column.codes
    numbers.sort()
    return rows[rows.duplicated()] if (numbers[1:] == numbers[:-1]).any() else rows.iloc[:0]


def _in_column(table: str, column: Column, values: pd.Series, formats: Formats) -> Iterator[Finding]:
    is_blank = by_distinct(values, lambda texts: texts == "").to_numpy()
    filled, blank = values[~is_blank] if is_blank.any() else values, values[is_blank]
    if column.name == "resistance_date":
        remedy = "The patient is counted in the flow and not analysed; fill it in if it is known."
        yield from at(table, column.name, blank, ("blank", remedy), WARNING)
    elif column.required:
        yield from at(table, column.name, blank, ("blank", f"Every row needs a value here. {_NO_PATIENT}"))
    if column.permitted:
        yield from _unknown_codes(table, column, filled)
    if column.kind in ("date", "number"):
        numbers = parsed(column, filled, formats)
        yield from unparsed(table, column, filled[numbers.isna()].astype(object), formats)
        yield from _two_days(table, column, filled, formats)
    if column.kind == "number":
        yield from _perhaps_thousands(table, column, filled, formats)
        low, high = BOUNDS.get(column.name, (0, math.inf))
        bounds = f"between {low} and {high}" if high < math.inf else f"{low} or more"
        words = (f"a number that is not {bounds}", f"Correct it in your file{_not_ours(table, column)}.")
        yield from at(table, column.name, numbers[(numbers < low) | (numbers > high)], words)
    if column.adam in ("GROUPREC", "TRTA"):
        yield from _groups(table, column, filled.astype(object))
        remedy = "They leave the analysis. If cells are merged over rows, fill in each; else leave it as it is."
        yield from at(table, column.name, blank if len(filled) else filled, ("blank, so in no group", remedy), WARNING)
    elif column.name in _LEVELS:
        yield from _spellings(table, column, filled.astype(object))


def _not_ours(table: str, column: Column) -> str:
    """The way out for a column of theirs that has the name of one of ours, and need not be there."""
    entry = f'"{column.name}" = [] under [columns.{table}]'
    return "" if column.required or table == "adtte" else f", or leave the column out by {entry} if it is another thing"


def _perhaps_thousands(table: str, column: Column, filled: pd.Series, formats: Formats) -> Iterator[Finding]:
    """Find numbers in which the decimal mark may part thousands: 1.234 beside 950, and none like 1.5."""
    marked = pd.Series([cell for cell in filled.unique() if formats.decimal in cell], dtype=object)
    thousands = _THOUSANDS.format(re.escape(formats.decimal))
    if len(marked) and marked.str.fullmatch(thousands).all() and not filled.isin(marked).all():
        read = f"as they stand, 1{formats.decimal}234 is little more than 1."
        remedy = f'If the "{formats.decimal}" marks thousands, take it out of them; {read}'
        words = ("whole numbers, and others with three digits after the decimal mark", remedy)
        yield from at(table, column.name, filled[filled.isin(marked)], words, WARNING)


def _groups(table: str, column: Column, filled: pd.Series) -> Iterator[Finding]:
    """Find too many groups, and those that may be a slip of a larger one: written otherwise, or of one row only."""
    groups = filled.value_counts()
    if len(groups) > MOST_GROUPS:
        leave = f'leave the column out, as "your column" = [] under [columns.{table}] in cohort.toml'
        remedy = f"Give each patient one of at most {MOST_GROUPS} groups, or {leave}."
        yield Finding(table, column.name, (), "too many different groups", remedy)
        return
    yield from _spellings(table, column, filled)
    folded = [plain_spelling(name) for name in groups.index]
    groups = groups[[folded.index(name) == n for n, name in enumerate(folded)]]
    folded = list(dict.fromkeys(folded))
    likeness = [_GROUP_SLIP if count == 1 < groups.iloc[0] else 1.0 for count in groups]
    nearly = [bool(difflib.get_close_matches(name, folded[:n], 1, likeness[n])) for n, name in enumerate(folded)]
    remedy = f"It is a group of its own; if it is the other, say so under [values.{table}.{column.name}]."
    words = ("a group whose name is nearly that of another", remedy)
    yield from at(table, column.name, filled[filled.isin(groups.index[nearly])], words, WARNING)


def _spellings(table: str, column: Column, filled: pd.Series) -> Iterator[Finding]:
    """Find cells that differ in writing only: one finding, with the mapping that makes one of each kind."""
    counts = filled.value_counts()
    alike = counts.groupby(counts.index.map(plain_spelling)).agg(lambda own: list(own.index))
    alike = [spellings for spellings in alike if len(spellings) > 1]
    entries = [f"{_quoted(other)} = {_quoted(most)}" for most, *others in alike for other in others]
    if entries:
        written = filled[filled.isin([other for _, *others in alike for other in others])]
        rule = f"{sum(map(len, alike))} spellings of {len(alike)} that are one but for writing"
        remedy = (
            f"They count as different. If they are one, add under [values.{table}.{column.name}]: {'; '.join(entries)}"
        )
        yield from at(table, column.name, written, (rule, remedy), WARNING)


def _quoted(text: str) -> str:
    """A text as `cohort.toml` has it, by code points where it would look like another."""
    plain = text.isprintable() and unicodedata.normalize("NFC", text) == text
    return json.dumps(text, ensure_ascii=not plain)


def _strange_status(unknown: pd.Series, filled: pd.Series) -> tuple[str, str]:
    """The rule and remedy where it is not known of patients whether they died: one finding, before its symptoms."""
    remedy = 'Say which of your codes mean yes and which no under [values.patients.died], as "1" = "yes".'
    return f"status unknown in {len(unknown)} of {len(filled)}: the codes are not yes or no", remedy


def _unknown_codes(table: str, column: Column, filled: pd.Series) -> Iterator[Finding]:
    """Find cells that hold no code of ours, told apart by the code that they resemble."""
    unknown = filled[~filled.isin(column.permitted)].astype(object)
    if column.name == "died":
        yield from at(table, column.name, unknown, _strange_status(unknown, filled))
        return
    folded, codes = {code.casefold(): code for code in column.permitted}, unknown.unique()
    hints = dict.fromkeys(codes, "")
    for text in codes if len(codes) <= _MOST_CODES else ():
        hints[text] = folded.get(slip_of(text, folded), "")
    for hint, alike in unknown.groupby(unknown.map(hints), sort=True):
        meant = f"Did you mean {hint}?" if hint else f"Use {', '.join(column.permitted)},"
        codes = f"translate your codes under [values.{table}.{column.name}]"
        remedy = f"{meant} or {codes}{_not_ours(table, column)}."
        yield from at(table, column.name, alike, ("an unknown code", remedy))


def unparsed(table: str, column: Column, wrong: pd.Series, formats: Formats) -> Iterator[Finding]:
    """Find cells that are no dates or numbers, each with the remedy that would read it."""
    if wrong.empty:
        return
    rule, blanks = f"not a {column.kind}", wrong.str.casefold().isin(CUSTOMARY_BLANKS)
    unknown = 'They hold what many write for "not known"; list yours under [formats], as missing = ["NA", "."].'
    yield from at(table, column.name, wrong[blanks], (rule, unknown))
    remedies = _date_remedies if column.kind == "date" else _number_remedies
    also = " Codes are translated under [values.adtte.CNSR]." if column.name == "CNSR" else ""
    for alike, remedy in remedies(wrong[~blanks], formats):
        yield from at(table, column.name, alike, (rule, remedy + also))


def _two_days(table: str, column: Column, filled: pd.Series, formats: Formats) -> Iterator[Finding]:
    """Find dates that two formats of `cohort.toml` read as different days: no order says which is meant."""
    if column.kind != "date" or len(formats.dates) < 2:
        return
    distinct = pd.Series(filled.unique())
    days = pd.DataFrame({form: _dates(distinct, [form]) for form in formats.dates})
    unclear = distinct[days.nunique(axis=1) > 1]
    remedy = "Write them in one way, as 2015-12-31, or leave one of the two formats out of dates under [formats]."
    words = ("two of your formats read it as different days", remedy)
    yield from at(table, column.name, filled[filled.isin(unclear)], words)


def _number_remedies(wrong: pd.Series, formats: Formats) -> Iterator[tuple[pd.Series, str]]:
    """Tell numbers with another decimal mark, or with a mark between thousands, from what is no number."""
    other = "," if formats.decimal == "." else "."
    say = f'say decimal = "{other}" under [formats] in cohort.toml.'
    thousands = wrong.str.fullmatch(_THOUSANDS.format(re.escape(other)))
    read = _numbers(wrong, other).notna() & ~thousands
    yield wrong[read], f'All of them can be read with decimal = "{other}" under [formats] in cohort.toml.'
    yield wrong[thousands], f'Take out the "{other}" if it marks thousands; if it is the decimal mark, {say}'
    now = f'the decimal mark is now "{formats.decimal}" (decimal under [formats]).'
    yield wrong[~read & ~thousands], f"Write digits only, without a unit; {now}"


def _date_remedies(wrong: pd.Series, formats: Formats) -> Iterator[tuple[pd.Series, str]]:
    """Sort cells that are no dates by the customary format that reads them, most of them first, each with its remedy.

    Where a column mixes formats, every format is told by itself.
    """
    for _ in range(_MOST_FORMATS):
        fitting, read = _formats_that_read(wrong)
        if read.any():
            yield wrong[read], _date_remedy(fitting, formats)
        wrong = wrong[~read]
    now = " or ".join(map(_example, [*formats.dates, ISO]))
    yield wrong, f"Correct it, or give the format of your dates as dates = '…' under [formats]; now it is {now}."


def _date_remedy(fitting: list[str], formats: Formats) -> str:
    given = [form for form in formats.dates if form != ISO]
    entries = [json.dumps([*given, form] if given else form, ensure_ascii=False) for form in fitting]
    days = [
        f"dates = {entry} (the last day of 2015 is {_example(form)})"
        for entry, form in zip(entries, fitting, strict=True)
    ]
    if len(fitting) == 1:
        return f"All of them can be read with {days[0]} under [formats]; add it if that is what they mean."
    return f"They can be read in more than one way: {' or '.join(days)} under [formats]; you must know which."


def _example(form: str) -> str:
    """The last day of 2015 in a format of dates."""
    return str((_EXAMPLE - _FIRST_SERIAL).days) if form == SERIAL else _EXAMPLE.strftime(form)


def _formats_that_read(values: pd.Series) -> tuple[list[str], pd.Series]:
    """The customary formats in which most of some cells are dates, and which cells those are."""
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
            days[left] = _dates_in(values[left], form)
    return days


def _dates_in(values: pd.Series, form: str) -> pd.Series:
    """Dates in one format, without a time of day after an ISO date; pandas would take words of the clock for a day.

    Numbers that nothing parts have all their digits: of 201212 under %Y%m%d, one is missing, and nobody knows where.
    """
    plain = values.str.normalize("NFKC").str.replace(r"^(\d{4}-\d\d-\d\d)[T ]\d\d:.*$", r"\1", regex=True)
    plain = plain.mask(plain.str.lower().isin(("now", "today")), "")
    if form != SERIAL:
        if _ADJACENT.search(form):
            plain = plain.where(plain.str.fullmatch(_shape(form)).astype(bool), "")
        return pd.to_datetime(plain, format=form, errors="coerce")
    serials = pd.to_numeric(plain, errors="coerce").floordiv(1)
    return _FIRST_SERIAL + pd.to_timedelta(serials.where(serials.between(1, 99_999)), unit="D")


def _shape(form: str) -> str:
    """The regular expression of a date in a format in which numbers stand side by side, each with all its digits."""
    parts = re.split(r"(%[a-zA-Z])", form)
    return "".join(_DIGITS.get(part, r".+" if part.startswith("%") else re.escape(part)) for part in parts)


def _numbers(values: pd.Series, mark: str) -> pd.Series:
    """Cells of text as numbers with a decimal mark; `NaN` where they are none."""
    plain = values.str.normalize("NFKC")
    digits = plain if mark == "." else plain.mask(plain.str.contains(".", regex=False)).str.replace(mark, ".")
    return pd.to_numeric(digits, errors="coerce").replace([np.inf, -np.inf], np.nan)
