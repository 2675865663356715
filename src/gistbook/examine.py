"""One cohort folder, read and checked whole: what was read, every problem, and the cohort if there is none."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook.conventions import ERROR, WARNING, DataError, Finding, nearest
from gistbook.intake import checks, cohort, mapping, readers
from gistbook.schemas import INPUTS

pd.options.mode.copy_on_write = True
"""As in the next version of pandas: nothing is copied until it is changed, which spares a large cohort a third."""

_OFTEN_NO_TABLES = (".txt", ".json", ".ndjson")

_TABLES = (*INPUTS, mapping.ADSL_TABLE)

_LONGEST_NAME = 100
"""Characters beyond which what stands in a header is no name of a column."""


class Source(NamedTuple):
    """One file, or sheet of one, that a table is read from: where, how it was read, its rows, its unused columns.

    `taken` are the rows that the table has of it: of a wide sheet, those in which the event took place.
    """

    table: str
    place: str
    said: str
    rows: int
    unused: list[str]
    taken: int


class Examination(NamedTuple):
    """What became of a cohort folder.

    `cohort` is `None` if there is an error; `texts` are the tables as recorded, under our names; `files` are those
    that they were read from.
    """

    settings: mapping.Settings
    sources: list[Source]
    findings: list[Finding]
    texts: dict[str, pd.DataFrame]
    cohort: cohort.Cohort | None

    def of(self, severity: str) -> list[Finding]:
        """Return the findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]


class _Part(NamedTuple):
    """A block of a table, with what was read of it."""

    table: str
    block: mapping.Block
    raw: readers.Raw


def examine(folder: Path) -> Examination:
    """Read, map, check and assemble a cohort folder; what is wrong in it is told in the findings.

    Raises
    ------
    DataError
        There is no such folder, or its `cohort.toml` is not TOML.
    """
    settings, findings = mapping.usable_settings(folder)
    blocks, unclear = _blocks(settings)
    parts, unread = _read(blocks, settings)
    mapped = {table: mapping.map_table(table, _of(table, parts), settings) for table in _whole(blocks, parts)}
    texts = {table: mapped[table].rows if table in mapped else None for table in blocks}
    typed, broken = checks.check(texts, settings.formats, settings.data_cutoff)
    findings += [*unclear, *unread, *(finding for each in mapped.values() for finding in each.findings)]
    findings += [_in_their_words(finding, mapped) for finding in broken]
    sources = [_source(part, parts, mapped) for part in parts]
    findings += _not_used(parts, mapped)
    is_broken = any(finding.severity == ERROR for finding in findings)
    assembled, nobody = (None, []) if is_broken else _assembled(typed, settings)
    known = {table: rows for table, rows in texts.items() if rows is not None}
    return Examination(settings, sources, [*findings, *nobody], known, assembled)


def load(folder: Path) -> cohort.Cohort:
    """Return the cohort of a folder.

    Raises
    ------
    DataError
        Something is wrong with the folder; the message lists every problem by table, column and row.
    """
    examined = examine(folder)
    if examined.cohort is None:
        raise DataError(f"The cohort {folder.resolve().name} cannot be used as it is.", examined.of(ERROR))
    return examined.cohort


def input_files(folder: Path) -> list[Path]:
    """Return the files that a cohort is read from: its `cohort.toml`, and each table's."""
    settings, _ = mapping.usable_settings(folder)
    files = {block.file for blocks in _blocks(settings)[0].values() for block in blocks}
    return [settings.folder / name for name in (mapping.SETTINGS_FILE, *sorted(files))]


def _assembled(typed: dict, settings: mapping.Settings) -> tuple[cohort.Cohort | None, list[Finding]]:
    try:
        return cohort.assemble(typed, settings), []
    except DataError as error:
        return None, list(error.findings)


def _blocks(settings: mapping.Settings) -> tuple[dict[str, list[mapping.Block]], list[Finding]]:
    """Return for each table the blocks that it is read from: what `cohort.toml` names, and files by their names."""
    blocks, findings = mapping.sources(settings), []
    named = {block.file for found in blocks.values() for block in found}
    for path in sorted(settings.folder.iterdir()):
        if path.suffix.lower() in readers.SUFFIXES and path.name[0] not in ".~":
            found, wrong = _by_name(path)
            findings += wrong if path.name not in named else []
            for table, block in found:
                if table not in mapping.sources(settings):
                    blocks.setdefault(table, []).append(block)
    chosen = {table: _chosen(table, blocks[table], settings) for table in INPUTS if table in blocks}
    findings += [finding for _, wrong in chosen.values() for finding in wrong]
    return {table: found for table, (found, _) in chosen.items()}, findings


def _by_name(path: Path) -> tuple[list[tuple[str, mapping.Block]], list[Finding]]:
    """Return the tables that a file, or sheets of a workbook, are named for; a name that is nearly one is told."""
    if path.stem.lower() in _TABLES:
        return [_under(path.stem, mapping.Block(path.name))], []
    try:
        sheets = readers.sheets(path)
    except DataError as error:
        return [], [finding._replace(severity=WARNING) for finding in error.findings]
    found = [_under(sheet, mapping.Block(path.name, sheet)) for sheet in sheets if sheet.lower() in _TABLES]
    return found, [] if found else _spare(path)


def _spare(path: Path) -> list[Finding]:
    """Tell of a file that is not used, if it may be meant to be."""
    hint = nearest(path.stem.lower(), _TABLES)
    meant = hint if hint.startswith("Did you mean") else ""
    if not meant and path.suffix.lower() in _OFTEN_NO_TABLES:
        return []
    remedy = f"{meant} If a table is to be read from it, name it under [tables] in cohort.toml.".strip()
    return [Finding(path.name, "", (), "a file that is not used", remedy, WARNING)]


def _under(name: str, block: mapping.Block) -> tuple[str, mapping.Block]:
    if name.lower() == mapping.ADSL_TABLE:
        return "patients", block._replace(standard=mapping.ADSL_TABLE)
    return name.lower(), block


def _chosen(table: str, found: list, settings: mapping.Settings) -> tuple[list[mapping.Block], list[Finding]]:
    """Return the one of several files of a table that has rows, as an empty form beside a filled one has none."""
    if table in mapping.sources(settings) or len(found) == 1:
        return found, []
    filled = [block for block in found if _has_rows(block, settings)]
    if len(filled) < 2:
        return filled or found[:1], []
    places = " and ".join(_place(block) for block in filled)
    remedy = f"Name the one that counts under [tables] in cohort.toml: {places}."
    return filled[:1], [Finding(table, "", (), "the table is there more than once", remedy)]


def _has_rows(block: mapping.Block, settings: mapping.Settings) -> bool:
    try:
        return len(_raw(block, settings).rows) > 0
    except DataError:
        return True


def _place(block: mapping.Block) -> str:
    return f"{block.file}, sheet {block.sheet}" if block.sheet else block.file


def _raw(block: mapping.Block, settings: mapping.Settings) -> readers.Raw:
    asked = {name: settings.formats[name] for name in ("encoding", "separator", "decimal") if name in settings.formats}
    return readers.read_table(settings.folder / block.file, readers.Reading(block.sheet, block.header, **asked))


def _read(blocks: dict, settings: mapping.Settings) -> tuple[list[_Part], list[Finding]]:
    """Read every block once, and each file once for all blocks that are carved out of it."""
    files: dict[tuple, readers.Raw] = {}
    parts, findings = [], []
    for table, block in [(table, block) for table, found in blocks.items() for block in found]:
        try:
            place = (block.file, block.sheet, block.header)
            raw = files[place] = files.get(place) or _raw(block, settings)
            parts.append(_Part(table, block, raw))
        except DataError as error:
            findings += [finding for finding in error.findings if finding not in findings]
    return parts, findings


def _of(table: str, parts: list[_Part]) -> list[tuple[mapping.Block, pd.DataFrame]]:
    return [(part.block, part.raw.rows) for part in parts if part.table == table]


def _whole(blocks: dict, parts: list[_Part]) -> list[str]:
    """Return the tables of which every block could be read."""
    return [table for table, found in blocks.items() if len(_of(table, parts)) == len(found) > 0]


def _used(part: _Part, parts: list[_Part], mapped: dict) -> set[str]:
    """Return the columns of a file that any table takes."""
    tables = [other.table for other in parts if other.raw is part.raw and other.table in mapped]
    return {name for table in tables for name in mapped[table].used}


def _source(part: _Part, parts: list[_Part], mapped: dict) -> Source:
    """Return what was read; unused columns only of what is a header, for patients may stand there by mistake."""
    used = _used(part, parts, mapped)
    unused = _unused(part, used) if len(used) > 1 and len(part.raw.rows) else []
    numbers = [other is part for other in parts if other.table == part.table]
    taken = mapped[part.table].taken[numbers.index(True)] if part.table in mapped else 0
    return Source(part.table, _place(part.block), part.raw.how, len(part.raw.rows), unused, taken)


def _unused(part: _Part, used: set[str]) -> list[str]:
    """Return the columns of a file that hold something and that no table takes.

    A name that is too long, or of several lines, is none: cells have run together there, and may be a patient's; so may
    those of the first row be that have run into the header, beyond the last column of the other rows.
    """
    rows = part.raw.rows
    named = [name for name in rows if name not in used and len(name) <= _LONGEST_NAME and "\n" not in name]
    return [name for name in named if (rows[name] != "").any()]


def _not_used(parts: list[_Part], mapped: dict) -> list[Finding]:
    """Find columns that are not used and nearly bear a name of ours; not where a wide sheet is carved, or in ADaM."""
    findings = []
    for part in parts:
        plain = not part.block.carving and not part.block.standard and part.table != "adtte"
        used = _used(part, parts, mapped)
        if plain and used and part.table in mapped:
            findings += checks.unused_columns(part.table, mapped[part.table].rows, _unused(part, used))
    return findings


def _in_their_words(finding: Finding, mapped: dict) -> Finding:
    """Return a finding with the user's own name of the column."""
    theirs = mapped[finding.table].theirs.get(finding.column, []) if finding.table in mapped else []
    return finding._replace(theirs=", ".join(dict.fromkeys(theirs)))
