"""What `cohort.toml` says: a model that forbids what it does not know, every error in our words and at its place.

A section is a class of `_Section`; an entry is a field, whose kind knows in words what it should have been.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from gistbook.conventions import ACCESS, ERROR, DataError, Finding, UsageError
from gistbook.intake import entries
from gistbook.intake.readers.rows import MOST_CELLS
from gistbook.schemas import CRITERIA, INPUTS, PATIENTS, TIME_UNITS, names
from gistbook.spelling import nearest, plain_spelling

SETTINGS_FILE = "cohort.toml"
LONGEST_HINT = 600
"""Characters of a remedy that lists names of columns."""

ROW_NUMBER = "row number"
"""Name under which `cohort.toml` speaks of the number of a row in the sheet of patients, where nothing names them."""

ADSL_TABLE = "adsl"
"""Name under which `cohort.toml` speaks of ADaM's subject-level data set."""

_COLUMNS = {**{table: names(columns) for table, columns in INPUTS.items()}, ADSL_TABLE: names(PATIENTS)}
_GIST = ("gist", "gastrointestinal stromal")
_AS_TOML = 'Correct it; text stands in straight double quotes ("), and a path has / in place of \\.'


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Formats(_Section):
    """How cells of text are read; what is blank is found out."""

    dates: entries.Dates = []
    decimal: entries.Mark = "."
    missing: entries.Texts = []
    earliest: entries.Day = date(1920, 1, 1)
    times: entries.one_of("unit", TIME_UNITS) = ""
    largest: entries.Count = MOST_CELLS
    encoding: entries.Encoding = ""
    separator: entries.Mark = ""


class Block(_Section):
    """Where a table, or a part of one, is read from.

    `carving` names, for each of our columns, theirs, or the constant that it is, or the column that holds it where
    another one says so; `standard` is `adsl` for a file of that ADaM data set, and `endpoint` the name of the section
    of `[endpoints]` that a block is made of.
    """

    file: entries.Text
    sheet: entries.Text = ""
    header: entries.Row = 1
    carving: dict[str, entries.Source] = {}
    standard: str = ""
    endpoint: str = ""


def _each_table(kind: Callable[[list[str]], Any], empty: Any) -> type[_Section]:
    """A section with an entry for each table, whose kind depends on the columns of that table."""
    return create_model("Tables", __base__=_Section, **{table: (kind(ours), empty) for table, ours in _COLUMNS.items()})


def _blocks(ours: list[str]) -> Any:
    entry = entries.one_of("entry", [*ours, "file", "sheet", "header"])
    return list[create_model("Block", __base__=Block, carving=(dict[entry, entries.Source], {}))]


_Tables = _each_table(_blocks, [])
_Columns = _each_table(lambda ours: dict[str, entries.some_of("column of ours", ours)], {})
_Values = _each_table(lambda ours: dict[entries.one_of("entry", ours), dict[str, entries.Text]], {})


class Endpoint(_Section):
    """A recorded time in the sheet of patients, or what is `earlier_of` two of them: nothing of it is guessed."""

    time: entries.Text = ""
    entry: entries.Text = ""
    unit: entries.one_of("unit", TIME_UNITS) = ""
    event: entries.Text = ""
    events: entries.Codes = []
    censored: entries.Codes = []
    competing: entries.Codes = []
    earlier_of: entries.Texts = []


class Selection(_Section):
    """The rows of a sheet that count: by the codes of columns, and the first or last row of each identifier."""

    where: dict[str, entries.Codes] = {}
    where_not: dict[str, entries.Codes] = {}
    first_of: entries.Text = ""
    last_of: entries.Text = ""


class Covariate(_Section):
    """A characteristic of Table 1 that a cohort adds; under a policy that coarsens, a number is counted in `bands`.

    `missing` are codes of what is not known of it, beside those of `[formats]`.
    """

    column: entries.Text = ""
    label: entries.Text = ""
    kind: entries.one_of("kind", ("number", "category")) = ""
    bands: entries.Edges = []
    missing: entries.Codes = []


class Groups(_Section):
    """The order in which groups stand, and the one that the others are compared with; else in that of their names."""

    order: entries.Texts = []
    reference: entries.Text = ""


class Book(_Section):
    """How the book of a cohort is called and made; if it names no `disease`, that is the paper's."""

    title: entries.Text = ""
    subtitle: entries.Text = ""
    authors: entries.Texts = []
    disease: entries.Text = ""
    divided_by: entries.Text = ""
    unit: entries.one_of("unit", TIME_UNITS) = "months"
    leave_out: entries.Texts = []

    @property
    def called(self) -> str:
        """Title and subtitle in one line; "" of a book without a title of its own."""
        return ": ".join(filter(None, (self.title, self.subtitle))) if self.title else ""

    @property
    def is_of_gist(self) -> bool:
        """Whether the disease is that of the paper."""
        return not self.disease or any(name in self.disease.casefold() for name in _GIST)


class Planned(_Section):
    """A planned schedule of a drug: mg on a dosing day, days on and days off, and how the cohort writes it."""

    dose: entries.Dose = 0
    days_on: entries.Length = 0
    days_off: entries.Length = 0
    schedule: entries.Text = ""


class Settings(_Section):
    """What `cohort.toml` says of a cohort; see `data/README.md` for each entry."""

    title: entries.Text = "Untitled cohort"
    access: entries.one_of("access", ACCESS) = "confidential"
    data_cutoff: entries.Day = None
    reproduces: entries.Text = ""
    calibrated_to: entries.Texts = []
    book: Book = Book()
    parameters: dict[str, Any] = {}
    clocks: dict[str, entries.Text] = {}
    response_criteria: entries.one_of("criteria", CRITERIA) = ""
    groups: Groups = Groups()
    covariates: dict[str, Covariate] = {}
    schedules: dict[str, list[Planned]] = {}
    select: dict[str, Selection] = {}
    tables: _Tables = _Tables()
    endpoints: dict[str, Endpoint] = {}
    columns: _Columns = _Columns()
    values: _Values = _Values()
    formats: Formats = Formats()


_ENTRIES = {"book": Book, "covariates": Covariate, "formats": Formats, "groups": Groups, "schedules": Planned}
_ENTRIES |= {"endpoints": Endpoint, "select": Selection}
_MAY_LACK = ("entry", "competing", "earlier_of", "days_off", "schedule", "bands", "missing")


def wrong(place: str, rule: str, remedy: str, severity: str = ERROR) -> Finding:
    """What is wrong at a place of `cohort.toml`."""
    return Finding(SETTINGS_FILE, place, (), rule, remedy, severity)


def read_settings(folder: Path) -> Settings:
    """What the `cohort.toml` of a folder says.

    Raises `DataError` if it is missing, is not TOML, or has entries that cannot be used: all of them at once, each with
    a remedy.
    """
    settings, findings = usable_settings(folder)
    if findings:
        raise DataError(f"{SETTINGS_FILE} has entries that cannot be used.", findings)
    return settings


def usable_settings(folder: Path) -> tuple[Settings, list[Finding]]:
    """What can be used of the `cohort.toml` of a folder, and what is wrong with the rest.

    Raises `DataError` if there is no such folder, or its `cohort.toml` is not TOML.
    """
    name = folder.resolve().name
    if not folder.is_dir():
        remedy = "Name a folder that holds cohort.toml and its tables."
        raise DataError(f"There is no cohort folder named {name}.", [Finding(name, "", (), "not a folder", remedy)])
    given, findings = _read_toml(folder / SETTINGS_FILE)
    given = _in_blocks(given)
    while True:
        try:
            return Settings.model_validate(given), findings
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False)
        findings = findings or [finding for problem in problems for finding in _findings(problem)]
        for *path, last in reversed(dict.fromkeys(tuple(_path(problem)) for problem in problems)):
            reduce(getitem, path, given).pop(last)


def refuse_another_cohort(folder: Path, access: str) -> None:
    """Raise `UsageError` where a folder that a program is to write holds anything but a cohort of that access."""
    is_alike = (folder / SETTINGS_FILE).exists() and read_settings(folder).access == access
    if not is_alike and (folder.is_file() or (folder.is_dir() and any(folder.iterdir()))):
        raise UsageError(f"{folder} is something else than a {access} cohort, and is left alone; name another.")


def incomplete(settings: Settings, unusable: Collection[Finding]) -> Iterator[Finding]:
    """What endpoints, schedules and covariates lack that nobody can guess, and selections from what is not there.

    An entry that is `unusable`, or whose name was a slip, was told as such, and is not lacking.
    """
    there = {name for finding in unusable for name in (finding.column, _meant(finding))}
    sections = {f"endpoints.{name}": each for name, each in settings.endpoints.items() if not each.earlier_of}
    sections |= {f"schedules.{drug}": each for drug, planned in settings.schedules.items() for each in planned}
    sections |= {f"covariates.{name}": each for name, each in settings.covariates.items()}
    for name, section in sections.items():
        for entry, given in section:
            if not given and entry not in _MAY_LACK and f"{name}.{entry}" not in there:
                yield wrong(f"{name}.{entry}", "lacks an entry", "Name it; it is never guessed.")
    places = [*_COLUMNS, *settings.endpoints]
    for name in [name for name in settings.select if name not in places]:
        yield wrong(f"select.{name}", "no such table or endpoint", nearest(name, places))


def _meant(finding: Finding) -> str:
    """The entry of which the name of an unusable one is a slip, as its remedy says; "" if none."""
    meant = re.fullmatch(r"Did you mean (\w+)\?", finding.remedy)
    return f"{finding.column.rpartition('.')[0]}.{meant[1]}" if meant else ""


def meant_twice(settings: Settings) -> Iterator[Finding]:
    """Codes of `[values]` that are one but for writing, and are said to mean different things."""
    for table, columns in settings.values:
        for column, codes in columns.items():
            meanings: dict[str, dict[str, str]] = {}
            for code, meaning in codes.items():
                meanings.setdefault(plain_spelling(code), {})[code] = meaning
            for alike in [each for each in meanings.values() if len(set(each.values())) > 1]:
                named = ", ".join(map(entries.quoted, alike))
                rule = f"{len(alike)} codes that are one but for writing, and mean different things: {named}"
                yield wrong(f"values.{table}.{column}", rule, "Keep one; it stands for every spelling.")


def sources(settings: Settings) -> dict[str, list[Block]]:
    """For each table that `cohort.toml` names, the blocks that it is read from; `adsl` makes `patients`."""
    blocks: dict[str, list[Block]] = {}
    for table, parts in settings.tables:
        for part in parts:
            named, block = named_for(table, **dict(part))
            blocks.setdefault(named, []).append(block)
    return blocks


def renamed_by(given: dict, carving: dict) -> list[tuple[str, str]]:
    """What a file calls a column, beside what we call it, by an entry of `[columns]` and by the carving of a block."""
    renamed = [(theirs, name) for theirs, ours in given.items() for name in entries.as_list(ours)]
    carved = [(each if isinstance(each, str) else each.get("column"), ours) for ours, each in carving.items()]
    return renamed + [(theirs, ours) for theirs, ours in carved if theirs is not None]


def named_for(name: str, **place: Any) -> tuple[str, Block]:
    """The table that a name stands for, whatever its capitals, and the block of a place that is named so."""
    is_adsl = name.lower() == ADSL_TABLE
    return "patients" if is_adsl else name.lower(), Block(**place | {"standard": ADSL_TABLE if is_adsl else ""})


def _read_toml(path: Path) -> tuple[dict, list[Finding]]:
    def not_toml(rule: str, remedy: str) -> DataError:
        return DataError(f"{path.name} is not TOML.", [Finding(path.name, "", (), rule, remedy)])

    if path.exists() and not path.is_file():
        raise not_toml("not a file", "Let it be a file of text.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")), []
    except FileNotFoundError:
        remedy = 'Write one; it needs at least: title = "…" and access = "public" or "confidential".'
        return {}, [Finding(path.name, "", (), "missing", remedy)]
    except (ValueError, RecursionError) as error:
        rules = {tomllib.TOMLDecodeError: str(error), UnicodeDecodeError: "not UTF-8"}
        rule = rules.get(type(error), "a number too long, or lists nested too deeply")
        raise not_toml(rule, _AS_TOML) from None
    except OSError as error:
        raise not_toml(f"cannot be read: {error.strerror}", "Let it be a file that you may read.") from None


def _in_blocks(given: dict) -> dict:
    """The entries with a list of blocks for each table, in which columns stand apart from the place of the file."""

    def apart(block: Any) -> Any:
        place = {name: block[name] for name in ("file", "sheet", "header") if name in block}
        return place | {"carving": {name: block[name] for name in block if name not in place}}

    def blocks(source: Any) -> list:
        listed = [{"file": source}] if isinstance(source, str) and source else entries.as_list(source or [{}])
        return [apart(block) if isinstance(block, dict) else block for block in listed]

    listed = {"tables": blocks, "schedules": entries.as_list}
    sections = {name: given[name] for name in listed if isinstance(given.get(name), dict)}
    return given | {name: {each: listed[name](section[each]) for each in section} for name, section in sections.items()}


_GONE = {"book.also_in": ("is gone: all times are in one unit now", 'Write unit = "…" in its place, with that unit.')}
"""Entries that were there before, by their place: what became of them, and what to write."""


def _path(problem: dict) -> list:
    """The way to what cannot be used: an entry, or a whole block that names no file."""
    path = [step for step in problem["loc"] if step != "[key]"]
    return path[:-1] if problem["type"] == "missing" else path


def _findings(problem: dict) -> list[Finding]:
    *section, name = [step for step in _path(problem) if isinstance(step, str) and step != "carving"]
    place = ".".join([*section, name])
    known = _ENTRIES[section[0]].model_fields if section and section[0] in _ENTRIES else _COLUMNS
    known = known if section else Settings.model_fields
    rules = {"missing": ("names no file", 'Say file = "…".')}
    rules["extra_forbidden"] = _GONE.get(place, ("no such entry", nearest(name, known)))
    no_section = ("not a section", f"Write it as [{place}], with its entries below.")
    problems = problem.get("ctx", {}).get("problems") or [rules.get(problem["type"], no_section)]
    if section[:1] == ["columns"] and name in _COLUMNS.get(section[-1], ()) and "Did you mean" not in problems[0][1]:
        problems = [(problems[0][0], f'Write yours first, and ours after it: "your column" = "{name}".')]
    return [wrong(place, *each) for each in problems]
