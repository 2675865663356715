"""Their names, codes and shapes to ours, by `cohort.toml`; the original file is never edited."""

import tomllib
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


_FORMATS = ("dates", "decimal", "missing", "encoding", "separator")


def read_settings(folder: Path) -> Settings:
    """Read the `cohort.toml` of a cohort folder.

    Raises
    ------
    DataError
        The folder or its `cohort.toml` is missing, is not TOML, or has an entry that means nothing; all such
        entries at once, each with the name that it resembles.
    """
    if not folder.is_dir():
        raise DataError(f"There is no cohort folder named {folder.name}.", [_folder_finding(folder)])
    entries = _read_toml(folder / SETTINGS_FILE)
    findings = _unknown_entries(entries)
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
        findings += _absent_columns(table, [*renaming, *filter(_is_name, carving.values())], raw)
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
    return Finding(folder.name, "", (), "not a folder", "Name a folder that holds cohort.toml and its tables.")


def _unknown_entries(entries: dict) -> list[Finding]:
    known = {name for name in Settings._fields if name != "folder"}
    places = [("", entries, known), ("formats", entries.get("formats", {}), set(_FORMATS))]
    places += [(part, entries.get(part, {}), set(TABLES)) for part in ("tables", "columns", "values")]
    findings = [
        Finding(SETTINGS_FILE, f"{part}.{name}".strip("."), (), "no such entry", nearest(name, choices))
        for part, given, choices in places
        for name in given
        if name not in choices
    ]
    if entries.get("access", "confidential") not in ACCESS:
        findings.append(Finding(SETTINGS_FILE, "access", (), "no such access", f"There is: {', '.join(ACCESS)}."))
    return findings


def _blocks(source: str | dict | list) -> list[dict]:
    if isinstance(source, str):
        return [{"file": source}]
    return [source] if isinstance(source, dict) else source


def _is_name(theirs) -> bool:
    return isinstance(theirs, str)


def _absent_columns(table: str, wanted: list[str], raw: pd.DataFrame) -> list[Finding]:
    rule = f"{SETTINGS_FILE} names a column that the file lacks"
    absent = [theirs for theirs in wanted if theirs not in raw.columns]
    return [Finding(table, theirs, (), rule, nearest(theirs, raw.columns)) for theirs in absent]


def _renamed(raw: pd.DataFrame, renaming: dict) -> pd.DataFrame:
    """Return the columns under our names; one column of theirs may serve as several of ours."""
    ours = {name: theirs for theirs, given in renaming.items() for name in _as_list(given) if theirs in raw.columns}
    kept = raw.drop(columns=[name for name in ours if name in raw.columns and ours[name] != name])
    return kept.assign(**{name: raw[theirs] for name, theirs in ours.items()})


def _carved(raw: pd.DataFrame, carving: dict) -> pd.DataFrame:
    """Return the columns that a block takes from a wide sheet: those it names, and those it holds constant."""
    columns = {ours: raw[theirs] for ours, theirs in carving.items() if _is_name(theirs) and theirs in raw}
    constants = {ours: theirs["constant"] for ours, theirs in carving.items() if not _is_name(theirs)}
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
