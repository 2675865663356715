"""What `cohort.toml` says, entry by entry, and what it must not say."""

import codecs
import tomllib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from gistbook.conventions import ACCESS, SERIAL, DataError, Finding, nearest
from gistbook.schemas import INPUTS, PATIENTS, names

SETTINGS_FILE = "cohort.toml"
ADSL_TABLE = "adsl"
"""Name under which `cohort.toml` speaks of ADaM's subject-level data set."""


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


class Block(NamedTuple):
    """Where a table, or a part of one, is read from.

    `carving` names, for each of our columns, theirs, or the constant that it is, or the column that holds it where
    another one says so; `standard` is `adsl` for a file of that ADaM data set.
    """

    file: str
    sheet: str = ""
    header: int = 1
    carving: dict = {}
    standard: str = ""


def read_settings(folder: Path) -> Settings:
    """Read the `cohort.toml` of a cohort folder.

    Raises
    ------
    DataError
        The folder or its `cohort.toml` is missing, is not TOML, or has entries of a name or a kind that it cannot
        have; all such entries at once, each with the name that it resembles.
    """
    settings, findings = usable_settings(folder)
    if findings:
        raise DataError(f"{SETTINGS_FILE} has entries that cannot be used.", findings)
    return settings


def usable_settings(folder: Path) -> tuple[Settings, list[Finding]]:
    """Return what can be used of the `cohort.toml` of a folder, and what is wrong with the rest.

    Raises
    ------
    DataError
        There is no such folder, or its `cohort.toml` is not TOML.
    """
    if not folder.is_dir():
        raise DataError(f"There is no cohort folder named {folder.resolve().name}.", [_folder_finding(folder)])
    given, missing = _read_toml(folder / SETTINGS_FILE)
    entries, findings = _fitted("", given, _SHAPE)
    return Settings(folder=folder, **entries), missing + findings


def sources(settings: Settings) -> dict[str, list[Block]]:
    """Return for each table that `cohort.toml` names the blocks that it is read from; `adsl` makes `patients`."""
    blocks: dict[str, list[Block]] = {}
    for table, given in settings.tables.items():
        named, standard = ("patients", ADSL_TABLE) if table == ADSL_TABLE else (table, "")
        blocks.setdefault(named, []).extend(_block(block, standard) for block in given)
    return blocks


def _block(given: dict, standard: str) -> Block:
    about = {name: given[name] for name in ("file", "sheet", "header") if name in given}
    return Block(**about, carving={name: given[name] for name in given if name not in about}, standard=standard)


def _read_toml(path: Path) -> tuple[dict, list[Finding]]:
    if path.exists() and not path.is_file():
        finding = Finding(path.name, "", (), "not a file", "Let it be a file of text.")
        raise DataError(f"{path.name} is not TOML.", [finding])
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")), []
    except FileNotFoundError:
        remedy = 'Write one; it needs at least: title = "…" and access = "public" or "confidential".'
        return {}, [Finding(path.name, "", (), "missing", remedy)]
    except (ValueError, RecursionError) as error:
        finding = Finding(path.name, "", (), _where(error), "Correct it; text stands in double quotes.")
        raise DataError(f"{path.name} is not TOML.", [finding]) from None
    except OSError as error:
        finding = Finding(path.name, "", (), f"cannot be read: {error.strerror}", "Let it be a file that you may read.")
        raise DataError(f"{path.name} is not TOML.", [finding]) from None


def _where(error: Exception) -> str:
    """Return what is wrong with the text, by line, and nothing of the text itself."""
    named = {tomllib.TOMLDecodeError: str(error), UnicodeDecodeError: "not UTF-8"}
    return named.get(type(error), "a number too long, or lists nested too deeply")


def _folder_finding(folder: Path) -> Finding:
    remedy = "Name a folder that holds cohort.toml and its tables."
    return Finding(folder.resolve().name, "", (), "not a folder", remedy)


def _is_text(given) -> bool:
    return isinstance(given, str)


def _are_texts(given) -> bool:
    return isinstance(given, list) and all(map(_is_text, given))


def _is_constant(given) -> bool:
    return isinstance(given, dict) and list(given) == ["constant"] and _is_text(given["constant"])


def _is_conditional(given) -> bool:
    fits = isinstance(given, dict) and set(given) == {"column", "when", "is"}
    return fits and _is_text(given["column"]) and _is_text(given["when"]) and _are_texts(given["is"])


def _are_date_formats(given) -> bool:
    return bool(given) and all(map(_writes_dates, _as_list(given)))


def _writes_dates(given) -> bool:
    """Tell whether a strptime format writes a day so that the day can be read back, or means day numbers."""
    if given == SERIAL:
        return True
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
_THEIRS = _kind(
    "a column",
    '"your column", { constant = "…" } or { column = "…", when = "another column", is = ["its code"] }',
    lambda given: _is_text(given) or _is_constant(given) or _is_conditional(given),
)
_NUMBER = _kind("a row number", "3, without quotes", lambda given: type(given) is int and given > 0)

_PLACE = {"file": _TEXT, "sheet": _TEXT, "header": _NUMBER}
_COLUMNS = {**{table: names(columns) for table, columns in INPUTS.items()}, ADSL_TABLE: names(PATIENTS)}
_DATE_EXAMPLES = f'"%d.%m.%Y" for 31.12.2015, "%m/%d/%Y" for 12/31/2015, "{SERIAL}" for day numbers of a spreadsheet'

_SHAPE = {
    "title": _TEXT,
    "access": _one_of("access", ACCESS),
    "data_cutoff": _kind("a date", "2019-12-31, without quotes", lambda given: type(given) is date),
    "reproduces": _TEXT,
    "calibrated_to": _TEXTS,
    "parameters": {_ANY: lambda given: []},
    "clocks": {_ANY: _TEXT},
    "tables": {name: [{**_PLACE, **dict.fromkeys(ours, _THEIRS)}] for name, ours in _COLUMNS.items()},
    "columns": {name: {_ANY: _one_of("column of ours", ours, several=True)} for name, ours in _COLUMNS.items()},
    "values": {name: {column: {_ANY: _TEXT} for column in ours} for name, ours in _COLUMNS.items()},
    "formats": {
        "dates": _kind("a date format, or a list of them", _DATE_EXAMPLES, _are_date_formats),
        "decimal": _MARK,
        "missing": _TEXTS,
        "encoding": _kind("an encoding", '"utf-8" or "cp1252"', _names_encoding),
        "separator": _MARK,
    },
}
"""What `cohort.toml` may say: a section is a dict, of which `_ANY` stands for names of the user's own; a table is
read from one or several blocks."""


def _fitted(place: str, given, shape) -> tuple[Any, list[Finding]]:
    """Return what can be used of an entry of `cohort.toml` (`None` if nothing), and what is wrong with it."""
    no_file = [Finding(SETTINGS_FILE, place, (), "names no file", 'Say file = "…".')]
    if isinstance(shape, list):
        return _together([_fitted(place, block, shape[0]) for block in _blocks(given)]) if given else (None, no_file)
    if not isinstance(shape, dict):
        findings = [Finding(SETTINGS_FILE, place, (), rule, remedy) for rule, remedy in shape(given)]
        return (None if findings else given), findings
    if not isinstance(given, dict):
        remedy = f"Write it as [{place}], with its entries below."
        return None, [Finding(SETTINGS_FILE, place, (), "not a section", remedy)]
    if "file" in shape and "file" not in given:
        return None, no_file
    parts = [_fitted_in(f"{place}.{name}".strip("."), name, inner, shape) for name, inner in given.items()]
    values, findings = _together(parts, keep=True)
    return {name: value for name, value in zip(given, values, strict=True) if value is not None}, findings


def _together(parts: list[tuple[Any, list[Finding]]], keep: bool = False) -> tuple[list, list[Finding]]:
    values = [value for value, _ in parts if keep or value is not None]
    return values, [finding for _, findings in parts for finding in findings]


def _fitted_in(place: str, name: str, given, section: dict) -> tuple[Any, list[Finding]]:
    shape = section.get(name, section.get(_ANY))
    if shape is None:
        return None, [Finding(SETTINGS_FILE, place, (), "no such entry", nearest(name, section))]
    return _fitted(place, given, shape)


def _blocks(source) -> list:
    return [{"file": source}] if isinstance(source, str) else _as_list(source)


def _as_list(given) -> list:
    return given if isinstance(given, list) else [given]
