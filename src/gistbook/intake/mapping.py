"""Their names, codes and shapes to ours, by `cohort.toml`; the original file is never edited."""

import codecs
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from gistbook.conventions import ACCESS, DataError, Finding, nearest
from gistbook.schemas import TABLES, names

SETTINGS_FILE = "cohort.toml"


class Settings(NamedTuple):
    """What `cohort.toml` says of a cohort; see `data/README.md` for each entry."""

    folder: Path
    title: str = "Untitled cohort"
    access: str = "confidential"
    data_cutoff: Any = None
    reproduces: str = ""
    calibrated_to: tuple[str, ...] = ()
    parameters: dict = {}
    clocks: dict = {}
    tables: dict = {}
    columns: dict = {}
    values: dict = {}
    formats: dict = {}


Shape = Callable[[Any], list[tuple[str, str]]]
"""What an entry may be: a function that returns, for an entry that may not be so, the rule and the remedy."""

_ANY = ""
_A_DAY = datetime(2015, 12, 31)
_NO_HEADER = "The first row of the file must name its columns."


def read_settings(folder: Path) -> Settings:
    """Read the `cohort.toml` of a cohort folder.

    Raises
    ------
    DataError
        The folder or its `cohort.toml` is missing, is not TOML, or has entries of a name or a kind that it cannot
        have; all such entries at once, each with the name that it resembles.
    """
    if not folder.is_dir():
        raise DataError(f"There is no cohort folder named {folder.resolve().name}.", [_folder_finding(folder)])
    entries = _read_toml(folder / SETTINGS_FILE)
    findings = list(_misfits("", entries, _SHAPE))
    if findings:
        raise DataError(f"{SETTINGS_FILE} has entries that cannot be used.", findings)
    return Settings(folder=folder, **entries)


def sources(settings: Settings) -> dict[str, list[dict]]:
    """Return for each recorded table the blocks it is read from.

    A block names a `file` and, where a long table is carved out of a wide sheet, which column of the file (or
    which constant) each of our columns is.
    """
    blocks = {table: _blocks(settings.tables[table]) for table in settings.tables}
    for table in TABLES:
        default = f"{table}.csv"
        if table not in blocks and (settings.folder / default).exists():
            blocks[table] = [{"file": default}]
    return blocks


def map_table(table: str, parts: list[tuple[dict, pd.DataFrame]], settings: Settings) -> tuple[pd.DataFrame, list]:
    """Return one table in our columns and codes, still as text, and what was wrong with the mapping.

    Parameters
    ----------
    table : str
        Name of the table.
    parts : list of (block, raw table)
        Where it is read from, as `sources` names them.

    Returns
    -------
    DataFrame
        One row per row of the table, indexed by the row number in the user's file; only columns of the schema,
        missing values as empty strings.
    list of Finding
    """
    renaming = settings.columns.get(table, {})
    frames, findings = [], []
    for block, raw in parts:
        carving = {ours: theirs for ours, theirs in block.items() if ours != "file"}
        findings += _absent_columns(table, [*renaming, *filter(_is_text, carving.values())], raw)
        ours = _carved(raw, carving) if carving else _renamed(raw, renaming)
        frame = _recoded(ours[[name for name in names(TABLES[table]) if name in ours]], table, settings)
        frames.append(_with_a_date(table, frame) if carving else frame)
    return pd.concat(frames).fillna(""), findings


def _read_toml(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        remedy = 'Write one; it needs at least: title = "…" and access = "public" or "confidential".'
        raise DataError("The cohort folder is incomplete.", [Finding(path.name, "", (), "missing", remedy)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} is not TOML.", [Finding(path.name, "", (), str(error), "Correct it.")]) from error


def _folder_finding(folder: Path) -> Finding:
    remedy = "Name a folder that holds cohort.toml and its tables."
    return Finding(folder.resolve().name, "", (), "not a folder", remedy)


def _is_text(given) -> bool:
    return isinstance(given, str)


def _are_texts(given) -> bool:
    return isinstance(given, list) and all(map(_is_text, given))


def _is_constant(given) -> bool:
    return isinstance(given, dict) and list(given) == ["constant"] and _is_text(given["constant"])


def _writes_dates(given) -> bool:
    """Tell whether a strptime format writes a day so that the day can be read back."""
    try:
        return datetime.strptime(_A_DAY.strftime(given), given) == _A_DAY
    except (TypeError, ValueError):
        return False


def _names_encoding(given) -> bool:
    try:
        return bool(codecs.lookup(given))
    except (TypeError, LookupError, ValueError):
        return False


def _kind(wanted: str, example: str, fits: Callable[[Any], bool]) -> Shape:
    return lambda given: [] if fits(given) else [(f"not {wanted}", f"Write it as {example}.")]


def _one_of(what: str, choices: Sequence[str], several: bool = False) -> Shape:
    def misfits(given) -> list[tuple[str, str]]:
        words = _as_list(given) if several else [given]
        return [(f"no such {what}", nearest(str(word), choices)) for word in words if word not in choices]

    return misfits


_TEXT = _kind("a text", "a text in double quotes", _is_text)
_TEXTS = _kind("a list of texts", '["…", "…"]', _are_texts)
_MARK = _kind("one character", "one character in double quotes", lambda given: _is_text(given) and len(given) == 1)
_THEIRS = _kind("a column", '"your column" or { constant = "…" }', lambda given: _is_text(given) or _is_constant(given))

_SHAPE = {
    "title": _TEXT,
    "access": _one_of("access", ACCESS),
    "data_cutoff": _kind("a date", "2019-12-31, without quotes", lambda given: type(given) is date),
    "reproduces": _TEXT,
    "calibrated_to": _TEXTS,
    "parameters": {_ANY: lambda given: []},
    "clocks": {_ANY: _TEXT},
    "tables": {table: [{"file": _TEXT, **dict.fromkeys(names(TABLES[table]), _THEIRS)}] for table in TABLES},
    "columns": {table: {_ANY: _one_of("column of ours", names(TABLES[table]), several=True)} for table in TABLES},
    "values": {table: {name: {_ANY: _TEXT} for name in names(TABLES[table])} for table in TABLES},
    "formats": {
        "dates": _kind("a date format", '"%d.%m.%Y" for 31.12.2015, "%m/%d/%Y" for 12/31/2015', _writes_dates),
        "decimal": _MARK,
        "missing": _TEXTS,
        "encoding": _kind("an encoding", '"utf-8" or "cp1252"', _names_encoding),
        "separator": _MARK,
    },
}
"""What `cohort.toml` may say: a section is a dict, of which `_ANY` stands for names of the user's own; a table is
read from one or several blocks."""


def _misfits(place: str, given, shape) -> Iterator[Finding]:
    """Find every entry of `cohort.toml` that has another name or another kind than it may have."""
    if isinstance(shape, list):
        for block in _blocks(given):
            yield from _misfits(place, block, shape[0])
    elif not isinstance(shape, dict):
        yield from (Finding(SETTINGS_FILE, place, (), rule, remedy) for rule, remedy in shape(given))
    elif not isinstance(given, dict):
        yield Finding(SETTINGS_FILE, place, (), "not a section", f"Write it as [{place}], with its entries below.")
    elif "file" in shape and "file" not in given:
        yield Finding(SETTINGS_FILE, place, (), "names no file", 'Say file = "…".')
    else:
        for name, inner in given.items():
            yield from _misfits_of(f"{place}.{name}".strip("."), name, inner, shape)


def _misfits_of(place: str, name: str, given, section: dict) -> Iterator[Finding]:
    shape = section.get(name, section.get(_ANY))
    if shape is None:
        yield Finding(SETTINGS_FILE, place, (), "no such entry", nearest(name, section))
    else:
        yield from _misfits(place, given, shape)


def _blocks(source) -> list:
    return [{"file": source}] if isinstance(source, str) else _as_list(source)


def _absent_columns(table: str, wanted: list[str], raw: pd.DataFrame) -> list[Finding]:
    """Find what the header lacks; the header is told only if it is one, for the first row may be a patient's."""
    rule = f"{SETTINGS_FILE} names a column that the file lacks"
    is_header = bool(set(raw.columns) & {*wanted, *names(TABLES[table])})
    hints = {theirs: nearest(theirs, raw.columns) for theirs in wanted if theirs not in raw.columns}
    told = {theirs: hint for theirs, hint in hints.items() if is_header or hint.startswith("Did you mean")}
    return [Finding(table, theirs, (), rule, told.get(theirs, _NO_HEADER)) for theirs in hints]


def _renamed(raw: pd.DataFrame, renaming: dict) -> pd.DataFrame:
    """Return the columns under our names; one column of theirs may serve as several of ours."""
    ours = {name: theirs for theirs, given in renaming.items() for name in _as_list(given) if theirs in raw.columns}
    kept = raw.drop(columns=[name for name in ours if name in raw.columns and ours[name] != name])
    return kept.assign(**{name: raw[theirs] for name, theirs in ours.items()})


def _carved(raw: pd.DataFrame, carving: dict) -> pd.DataFrame:
    """Return the columns that a block takes from a wide sheet: those it names, and those it holds constant."""
    columns = {ours: raw[theirs] for ours, theirs in carving.items() if _is_text(theirs) and theirs in raw}
    constants = {ours: theirs["constant"] for ours, theirs in carving.items() if not _is_text(theirs)}
    return pd.DataFrame(columns, index=raw.index).assign(**constants)


def _with_a_date(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a wide sheet in which the event of a long table has a date, and so took place."""
    dates = [c.name for c in TABLES[table] if c.kind == "date" and c.required and c.name in frame]
    return frame[(frame[dates] != "").all(axis=1)]


def _recoded(ours: pd.DataFrame, table: str, settings: Settings) -> pd.DataFrame:
    stripped = ours.apply(lambda column: column.str.strip())
    blanked = stripped.mask(stripped.isin(settings.formats.get("missing", [])), "")
    codes = settings.values.get(table, {})
    return blanked.assign(**{name: blanked[name].replace(codes[name]) for name in codes if name in blanked})


def _as_list(given) -> list:
    return given if isinstance(given, list) else [given]
