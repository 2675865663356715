"""Raw tables under our names and codes, by `cohort.toml`; each column with the name that the user knows it by."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from gistbook.conventions import COMPETING, CUSTOMARY_BLANKS, WARNING, Finding
from gistbook.intake.checks.cells import ISO, LATER, at, parsed
from gistbook.intake.readers import by_distinct
from gistbook.intake.readers.rows import ANOTHER_HEADER, FIRST_COLUMN
from gistbook.intake.settings import LONGEST_HINT, SETTINGS_FILE, Block, Endpoint, Formats, Settings
from gistbook.intake.times import units_named
from gistbook.schemas import ADSL_CODES, FIRST_PRESENT, INPUTS, PARAMCDS, Column, names
from gistbook.spelling import OF_DEATH, as_seen, nearest, plain_spelling

_EVENT = re.compile(r"event|status|dead|death|died|relapse|progress|recur|fail|死亡|再発|増悪|転帰", re.IGNORECASE)
"""What the name of a column holds in which 1 is the event, as in most sheets, and not 0."""

_STATUS = re.compile(r"dead|death|died|deceased|vital|status|exitus|verstorben|gestorben|décédé|死亡|転帰")
"""What the name of a column holds that may tell who died."""

_OTHER_ENCODINGS = ("cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "cp850", "cp932", "cp1252")
"""Encodings of text that are met, and that its bytes do not tell apart from Latin-1 or Shift-JIS."""

_NOTHING = "None"
"""What programs write of nothing; in small letters or large ones it may be a level, as of those who had no drug."""

_ONE_COLUMN = (
    'The file was read as one column: say which mark parts its columns, as separator = " " under [formats]; where '
    "whole rows stand in quotes, or several blanks part the columns, save it again as CSV."
)
_NO_HEADER = f"The first row of the file must name its columns; or say which does: {ANOTHER_HEADER}."

_FIRST_IN_0_1 = "Unnamed: 0"  # as gistbook 0.1 called a first column without a name
_FIRST_NOW = f'Since gistbook 0.2, a first column without a name is called otherwise: write "{FIRST_COLUMN}".'


class Mapped(NamedTuple):
    """One table in our columns and codes, still as text, and how it came to be.

    `rows` is indexed by the row number in the user's file, with missing values as empty strings; `theirs` gives for
    each of our columns the user's own names of it; `used` holds every column of the user's that was looked at; `taken`
    counts the rows of each part.
    """

    rows: pd.DataFrame
    findings: list[Finding]
    theirs: dict[str, list[str]]
    used: set[str]
    taken: list[int]


def map_table(table: str, parts: list[tuple[Block, pd.DataFrame]], settings: Settings) -> Mapped:
    """Bring one table under our names and codes; `parts` are where it is read from, each with its raw rows."""
    frames, findings, theirs, used = [], [], {}, set()
    added = [each.column for each in settings.covariates.values()] if table == "patients" else []
    for block, recorded in parts:
        raw = recorded.astype(object) if block.carving or len(parts) > 1 else recorded
        given = getattr(settings.columns, block.standard or table)
        renaming = _renaming(table, block, raw, given)
        origins = _origins(renaming, block.carving)
        findings += [*_absent(table, block, [*given, *_named(block.carving), *added], raw), *_twice(table, renaming)]
        findings += [*_conditions(table, block, raw, settings.formats), *_of_endpoint(block, raw, settings)]
        findings += [*_of_codes(table, block, raw, origins, settings), *_of_ages(block, raw, origins)]
        ours = _recoded(_taken(table, raw, renaming, block, settings), table, block, settings)
        findings += _of_adtte(ours, raw, settings.formats.times) if table == "adtte" and not block.endpoint else ()
        own = {*renaming, *_named(block.carving), *added}
        findings += _passed_over_deaths(ours, raw, own) if table == "patients" else ()
        frames.append(_of_an_event(table, block, ours))
        for name, column in origins.items():
            theirs.setdefault(name, []).append(column)
        used |= own & set(raw)
    rows = frames[0] if len(frames) == 1 else pd.concat(frames).fillna("")
    return Mapped(rows, findings, theirs, used, [len(frame) for frame in frames])


def alike(name: str) -> str:
    """A name of a column without what people write differently: case, spaces, hyphens, points."""
    return re.sub(r"\W+", "_", name.strip().casefold()).strip("_")


def _renaming(table: str, block: Block, raw: pd.DataFrame, given: dict) -> dict[str, list[str]]:
    """For each of their columns which of ours it is: as named, or where all is not carved, by names that are alike."""
    renaming = {theirs: ours for theirs, ours in given.items() if theirs in raw}
    if block.carving:
        return renaming
    settled = {name for ours in renaming.values() for name in ours}
    plain = _need_no_mapping(table, block, raw)
    alikes = {alike(name): ours for name, ours in plain.items()}
    for theirs in raw.columns.difference(list(renaming), sort=False):
        ours = plain.get(theirs) or alikes.get(alike(theirs))
        if ours and ours not in settled and (theirs in plain or ours not in map(plain.get, raw.columns)):
            renaming[theirs] = [ours]
    return renaming


def _need_no_mapping(table: str, block: Block, raw: pd.DataFrame) -> dict[str, str]:
    if not block.standard and table != "adtte":
        return {name: name for name in names(INPUTS[table])}
    plain, present = {column.adam: column.name for column in INPUTS[table]}, {alike(name) for name in raw}
    for column in INPUTS[table]:
        others = [name for name in FIRST_PRESENT.get(column.adam, ()) if alike(name) in present]
        if alike(column.adam) not in present and others:
            plain[others[0]] = column.name
    return plain


def _named(carving: dict) -> list[str]:
    return [name for theirs in carving.values() for name in _columns_of(theirs)]


def _columns_of(theirs: str | dict, entries: tuple[str, ...] = ("column", "plus", "when")) -> list[str]:
    return [theirs] if isinstance(theirs, str) else [theirs[entry] for entry in entries if entry in theirs]


def _origins(renaming: dict[str, list[str]], carving: dict) -> dict[str, str]:
    renamed = {name: theirs for theirs, ours in renaming.items() for name in ours}
    carved = {ours: " + ".join(_columns_of(theirs, ("column", "plus"))) for ours, theirs in carving.items()}
    return renamed | {ours: columns for ours, columns in carved.items() if columns}


def _absent(table: str, block: Block, wanted: list[str], raw: pd.DataFrame) -> list[Finding]:
    """Find what the header lacks; the header is quoted only if it is one, for the first row may be a patient's.

    One name that is known makes no header: a table that was turned has its patients there, after `patient_id`.
    """
    rule, place = f"{SETTINGS_FILE} names a column that the file lacks", "patients" if block.endpoint else table
    is_header = len(set(raw.columns) & {*wanted, *names(INPUTS[table])}) > 1
    absent = [theirs for theirs in wanted if theirs not in raw.columns]
    filled = [name for name in raw if absent and (raw[name] != "").any()]
    hints = {theirs: nearest(theirs, filled)[:LONGEST_HINT] for theirs in absent if filled}
    remedies = {theirs: hint for theirs, hint in hints.items() if is_header or hint.startswith("Did you mean")}
    remedies |= {theirs: hint for theirs in absent if (hint := _misread(theirs, raw))}
    remedies |= {_FIRST_IN_0_1: _FIRST_NOW} if FIRST_COLUMN in raw else {}
    remedies |= {theirs: _ONE_COLUMN for theirs in absent if len(raw.columns) == 1 and theirs in raw.columns[0]}
    return [
        Finding(place, theirs, (), rule, f'{block.file} has no "{theirs}". {remedies.get(theirs, _NO_HEADER)}')
        for theirs in dict.fromkeys(absent)
    ]


def _misread(theirs: str, raw: pd.DataFrame) -> str:
    for name in raw:
        if as_seen(name) == as_seen(theirs):
            return f"The header has it with other signs or blanks, which may look alike: write {json.dumps(name)}."
    for encoding in _OTHER_ENCODINGS:
        for taken in ("cp1252", "cp932"):
            seen = theirs.encode(encoding, "ignore").decode(taken, "ignore")
            if seen != theirs and len(seen) > 1 and seen in raw:
                return f'The file is written in another encoding: say encoding = "{encoding}" under [formats].'
    return ""


def _twice(table: str, renaming: dict[str, list[str]]) -> list[Finding]:
    many = Counter(name for ours in renaming.values() for name in ours)
    rule, remedy = "two columns of yours are meant to be this one", f"Name one of them under [columns.{table}]."
    return [Finding(table, name, (), rule, remedy) for name in sorted(many) if many[name] > 1]


def _taken(table: str, raw: pd.DataFrame, renaming: dict, block: Block, settings: Settings) -> pd.DataFrame:
    columns = {name: raw[theirs] for theirs, ours in renaming.items() for name in ours}
    columns |= {ours: _carved(raw, theirs, settings.formats) for ours, theirs in block.carving.items()}
    present = {name: columns[name] for name in names(INPUTS[table]) if columns.get(name) is not None}
    return pd.DataFrame(present, index=raw.index)


def _carved(raw: pd.DataFrame, theirs: Any, formats: Formats) -> pd.Series | None:
    if isinstance(theirs, str):
        return raw.get(theirs)
    if "constant" in theirs:
        return pd.Series(theirs["constant"], index=raw.index)
    if not set(_columns_of(theirs)) <= set(raw):
        return None
    cells = _later(raw[theirs["column"]], raw[theirs["plus"]], formats) if "plus" in theirs else raw[theirs["column"]]
    return cells.where(_holds(raw, theirs), "") if "when" in theirs else cells


def _later(starts: pd.Series, lengths: pd.Series, formats: Formats) -> pd.Series:
    """Dates so many whole days after others, blank where either is.

    Where that is no date, what makes it none is left for the checks: the start, or what should be a number of days.
    """
    starts, lengths = (_translated(cells.astype(object), formats.missing) for cells in (starts, lengths))
    days = parsed(Column("", "number", ""), lengths, formats)
    begun = parsed(Column("", "date", ""), starts, formats)
    dates = begun + pd.to_timedelta(days.where(days % 1 == 0), unit="D")
    wrong = (lengths + LATER).where(lengths.str.contains(r"\d"), lengths).where(begun.notna(), starts)
    return dates.dt.strftime(ISO).fillna(wrong).mask((starts == "") | (lengths == ""), "")


def _conditions(table: str, block: Block, raw: pd.DataFrame, formats: Formats) -> Iterator[Finding]:
    for ours, theirs in block.carving.items():
        if not isinstance(theirs, dict) or theirs.get("when") not in raw or raw.empty:
            continue
        others = raw[~_holds(raw, theirs)]
        if len(others) == len(raw):
            remedy = f"Correct the codes after is = in cohort.toml, unless {ours} is true of nobody."
            yield Finding(table, ours, (), f'no row of "{theirs["when"]}" has a code that is named', remedy, WARNING)
        for cells, rule, remedy in _overlooked(ours, theirs, others, formats):
            yield from at(table, ours, cells, (f'"{theirs["when"]}" {rule}', remedy), WARNING)


def _overlooked(ours: str, theirs: dict, others: pd.DataFrame, formats: Formats) -> Iterator[tuple]:
    """Cells that count as another code and may be meant as one that is named: each kind, its rule and its remedy."""
    cells = others[theirs["when"]]
    folded = _folded(cells)
    is_slip = folded.isin(_slips(folded, theirs["is"]))
    remedy = "It counts as another code; correct it, or add it after is = in cohort.toml if it is one."
    yield cells[is_slip], "holds nearly a code that is named", remedy
    if ours == "death_date":
        of_death = folded.str.contains(OF_DEATH).astype(bool) & ~is_slip
        remedy = "The patient counts as alive; add the code after is = in cohort.toml if it tells of a death."
        yield cells[of_death], "seems to tell of a death by a code that is not named", remedy
    if theirs.get("column") in others:
        unknown = _blank(cells, formats) & ~_blank(others[theirs["column"]], formats)
        yield cells[unknown], "is blank", f"So {ours} is taken for blank; fill it in if it is known."
        dated = (~_blank(others[theirs["column"]], formats))[folded != ""].groupby(folded).mean()
        always = folded.isin(dated.index[dated == 1]) & ~is_slip & (dated == 0).any()
        rule = f'has a code that is not named, with which "{theirs["column"]}" is always filled, and with another never'
        yield cells[always], rule, f"So {ours} is taken for blank; add the code after is = if it is one of those."


def _of_endpoint(block: Block, raw: pd.DataFrame, settings: Settings) -> Iterator[Finding]:
    if not block.endpoint or block.carving["AVAL"] not in raw:
        return
    endpoint, time, formats = settings.endpoints[block.endpoint], block.carving["AVAL"], settings.formats
    place, timed = f"[endpoints.{block.endpoint}]", ~_blank(raw[time], formats)
    if endpoint.event in raw:
        listed = [plain_spelling(code) for code in (*endpoint.events, *endpoint.censored, *endpoint.competing)]
        unlisted = raw[timed & ~_folded(raw[endpoint.event]).isin(listed)]
        cells = {plain_spelling(cell) for name in (time, endpoint.event) for cell in unlisted[name].unique()}
        marks = json.dumps(sorted(cells & CUSTOMARY_BLANKS), ensure_ascii=False)
        remedy = f"List every code under events, censored or competing of {place} in cohort.toml."
        blank = f" What stands for blank is named as missing = {marks} under [formats]." if marks != "[]" else ""
        words = ("a code that is listed under no way in which the endpoint can end", f"{remedy}{blank}")
        yield from at("patients", endpoint.event, unlisted, words)
    yield from _untimed(raw[~timed], time, endpoint)
    if block.carving.get("ENTRY") in raw:
        remedy = "Write 0 for a patient who was under observation from time zero on."
        unknown = raw[timed & _blank(raw[endpoint.entry], formats)]
        yield from at("patients", endpoint.entry, unknown, (f"blank, though it is the entry of {place}", remedy))


def _untimed(raw: pd.DataFrame, time: str, endpoint: Endpoint) -> Iterator[Finding]:
    """Find who has the event and no time of it, and numbers that count as a blank in place of a time."""
    coded = _folded(raw[endpoint.event]) if endpoint.event in raw else pd.Series("", raw.index)
    untimed = raw[coded.isin([plain_spelling(code) for code in endpoint.events])]
    words = ("the event, without its time", "The patient has no such endpoint; fill in the time if it is known.")
    yield from at("patients", time, untimed, words, WARNING)
    numbers = raw[raw[time].str.fullmatch(r"\s*\d+(?:[.,]\d+)?\s*").astype(bool)]
    rule = "a number that counts as blank, as missing says under [formats]"
    remedy = 'If it is a time, take it out of missing; what 9 means elsewhere is said as "9" = "" under [values].'
    yield from at("patients", time, numbers, (rule, remedy), WARNING)


def _passed_over_deaths(ours: pd.DataFrame, raw: pd.DataFrame, used: set[str]) -> Iterator[Finding]:
    """Find who has no date of death, and in a column that is not used the code of all who have one."""
    dated = ours["death_date"] != "" if "death_date" in ours else pd.Series(False, ours.index)
    for theirs in [name for name in raw if name not in used and _STATUS.search(name.casefold())]:
        codes = _folded(raw[theirs].astype(object))
        of_dead = set(codes[dated]) - {""}
        same = ~dated & codes.isin(of_dead)
        if len(of_dead) == 1 and same.sum() <= dated.sum() and not codes[codes != ""].isin(of_dead).all():
            rule = f'blank, though "{theirs}" has the code of those who have a date of death'
            remedy = f'If the patient died, fill in the date; "{theirs}" = "died" under [columns.patients] checks it.'
            yield from at("patients", "death_date", ours[same], (rule, remedy), WARNING)


def _of_codes(table: str, block: Block, raw: pd.DataFrame, theirs: dict, settings: Settings) -> Iterator[Finding]:
    """Find groups that no code of their own section of `[values]` names, and a CNSR that nobody explained."""
    section, column = block.standard or table, theirs.get("CNSR", "")
    for ours in ("group", "TRTA"):
        codes = getattr(settings.values, section).get(ours, {})
        if codes and theirs.get(ours) in raw:
            cells, named = raw[theirs[ours]], [plain_spelling(code) for pair in codes.items() for code in pair]
            written = without_blanks(next(each for each in INPUTS[table] if each.name == ours), cells, settings.formats)
            remedy = "It is a group of its own; add its code there if it is one of the others."
            words = (f"a group that no code of [values.{section}.{ours}] names", remedy)
            yield from at(table, ours, cells[~_folded(cells).isin(named) & (written != "")], words, WARNING)
    if table == "adtte" and not block.endpoint and _EVENT.search(column) and not settings.values.adtte.get("CNSR"):
        rule = f'"{column}" is read as CNSR, in which 0 is an event'
        swap = 'If 1 is the event, say "1" = "0" and "0" = "1" under [values.adtte.CNSR]; if 0 is, say "0" = "0" there.'
        yield Finding(table, "CNSR", (), rule, swap, WARNING)


def _of_adtte(ours: pd.DataFrame, raw: pd.DataFrame, times: str) -> Iterator[Finding]:
    columns = {alike(name): name for name in raw}
    if "param" in columns and "AVAL" in ours:
        params = raw[columns["param"]].astype(object)
        named = params.map({text: units_named(text) for text in params.unique()})
        own = ours["AVALU"].astype(object) if "AVALU" in ours else pd.Series("", ours.index)
        pairs = zip(own.where(own != "", times), named, strict=True)
        other = raw[[bool(units) and unit != "" and unit not in units for unit, units in pairs]]
        remedy = "Correct AVALU, or times under [formats], unless PARAM is wrong."
        yield from at("adtte", "AVAL", other, ("a time of whose unit PARAM says another thing", remedy), WARNING)
    if flag := columns.get("anl01fl"):
        remedy = f'If they are not to count, say where = {{ {flag} = ["Y"] }} under [select.adtte] in cohort.toml.'
        left_out = raw[_folded(raw[flag]) != "y"]
        words = (f"a row that {flag} does not flag, and that is read", remedy)
        yield from at("adtte", "USUBJID", left_out, words, WARNING)


def _of_ages(block: Block, raw: pd.DataFrame, theirs: dict) -> Iterator[Finding]:
    age, unit = theirs.get("age"), next((name for name in raw if alike(name) == "ageu"), "")
    if age in raw and unit:
        others = raw[(raw[age].str.strip() != "") & ~_folded(raw[unit]).isin(["", "year", "years"])]
        leave = f'leave the ages out by "{age}" = [] under [columns.{block.standard or "patients"}] in cohort.toml'
        words = (f"an age in another unit than years, as {unit} says", f"Write it in years, or {leave}.")
        yield from at("patients", "age", others, words)


def _blank(cells: pd.Series, formats: Formats) -> pd.Series:
    return _translated(cells.astype(object), formats.missing) == ""


def _holds(raw: pd.DataFrame, theirs: dict) -> pd.Series:
    return _folded(raw[theirs["when"]]).isin([plain_spelling(code) for code in theirs["is"]])


def _slips(cells: pd.Series, codes: list[str]) -> list[str]:
    """Those of some cells, as they are compared, that are nearly one of some codes; of very many cells, none."""
    named, distinct = [plain_spelling(code) for code in codes], cells.unique()
    return [cell for cell in distinct if len(distinct) <= 1000 and difflib.get_close_matches(cell, named, 1, 0.8)]


def _of_an_event(table: str, block: Block, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a wide sheet in which the event of a long table has a date, and so took place."""
    if block.endpoint and not {"AVAL", "CNSR"} <= set(frame):
        return frame.iloc[:0]  # a column that is named is not there, which was told
    if block.endpoint:
        usable = frame["CNSR"].isin(["0", "1", "2"])  # of the others it was told that their code is not listed
        usable &= frame["ENTRY"] != "" if "ENTRY" in frame else True  # as it was of a blank entry
        ended = frame["CNSR"].map({"2": COMPETING}).fillna("")
        return frame.assign(EVNTDESC=ended)[(frame["AVAL"] != "") & usable]
    dates = [c.name for c in INPUTS[table] if c.kind == "date" and c.required and c.name in frame]
    if not block.carving or table == "patients" or not dates:
        return frame
    return frame[(frame[dates] != "").all(axis=1)]


def _recoded(ours: pd.DataFrame, table: str, block: Block, settings: Settings) -> pd.DataFrame:
    codes = {**(ADSL_CODES if block.standard else {}), **getattr(settings.values, table)}
    codes |= getattr(settings.values, block.standard) if block.standard else {}
    if block.endpoint:
        ends = settings.endpoints[block.endpoint]
        kinds = (ends.events, ends.censored, ends.competing)
        codes = {"CNSR": {code: f"{cnsr}" for cnsr, listed in enumerate(kinds) for code in listed}}
    columns = {column.name: column for column in INPUTS[table]}

    def translated(name: str) -> pd.Series:
        missing = [*settings.formats.missing, *_not_known(columns[name])]
        own = codes.get(name)
        known = PARAMCDS if name == "PARAMCD" and not block.endpoint else columns[name].permitted
        read = by_distinct(ours[name], lambda cells: _translated(cells, missing, own, known))
        return _folded(read) if name == "drug" else read  # a drug in other letters is no other line of therapy

    return pd.DataFrame({name: translated(name) for name in ours}, index=ours.index)


def _not_known(column: Column) -> frozenset[str]:
    """What people write of which they know nothing; of a date or number, it is told: a patient may still have died."""
    if column.kind != "text" or column.adam in ("USUBJID", "PARAMCD"):
        return frozenset()
    return CUSTOMARY_BLANKS - {_NOTHING.lower()} | {_NOTHING}


def without_blanks(column: Column, cells: pd.Series, formats: Formats) -> pd.Series:
    """Cells of a column that no code of ours names, without the blanks around them and what stands for blank."""
    return by_distinct(cells, lambda texts: _translated(texts, [*formats.missing, *_not_known(column)]))


def _translated(cells: pd.Series, missing: list[str], codes: dict | None = None, permitted=()) -> pd.Series:
    """Cells without blanks around them and marks of missing values, their codes ours, however they are spelt."""
    plain = cells.str.strip()
    if missing:
        plain = plain.mask(_folded(plain).isin([plain_spelling(mark) for mark in missing if mark != _NOTHING]), "")
        plain = plain.mask((plain == _NOTHING) & (_NOTHING in missing), "")
    if codes:
        otherwise = {plain_spelling(theirs): ours for theirs, ours in codes.items()}
        plain = plain.map(lambda cell: codes.get(cell, otherwise.get(plain_spelling(cell), cell)))
    if permitted:
        plain = _folded(plain).map({plain_spelling(code): code for code in permitted}).fillna(plain)
    return plain


def _folded(cells: pd.Series) -> pd.Series:
    return by_distinct(cells, lambda distinct: distinct.map(plain_spelling))
