"""One cohort folder, read and checked whole: what was read, every problem, and the cohort if there is none."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook.conventions import ERROR, SERIAL, WARNING, DataError, Finding, counted
from gistbook.intake import checks, decisions, readers
from gistbook.intake.checks.columns import MISSING, misspelt
from gistbook.intake.cohort import Cohort, assemble, take_covariates
from gistbook.intake.mapping import Mapped, map_table
from gistbook.intake.selection import Selected, select
from gistbook.intake.settings import (
    ADSL_TABLE,
    ROW_NUMBER,
    SETTINGS_FILE,
    Block,
    Settings,
    incomplete,
    meant_twice,
    named_for,
    sources,
    usable_settings,
)
from gistbook.intake.times import copied, endpoint_blocks, listed_twice, no_pairs, of_another_unit, of_no_event
from gistbook.schemas import INPUTS, names
from gistbook.spelling import nearest

pd.options.mode.copy_on_write = True
"""As in the next version of pandas: nothing is copied until it is changed, which spares a large cohort a third."""

_OFTEN_NO_TABLES = (".txt", ".json", ".ndjson")
_TABLES = (*INPUTS, ADSL_TABLE)

_MOST_ALIKE, _LONGEST_NAME = 20, 100
"""Findings of one rule that are listed one by one, and characters of what in a header may be the name of a column."""


class Source(NamedTuple):
    """One file, or sheet of one, that a table is read from: where, how it was read, its rows, its unused columns.

    `taken` are the rows that the table has of it: of a wide sheet, those in which the event took place. `left_out`
    counts the rows that each selection of `cohort.toml` left out before.
    """

    table: str
    place: str
    said: str
    rows: int
    unused: list[str]
    taken: int
    left_out: dict[str, int] = {}


class FolderCheck(NamedTuple):
    """What became of a folder: no `cohort` if it has an error; `texts` are its tables as recorded, by our names."""

    folder: Path
    settings: Settings
    sources: list[Source]
    findings: list[Finding]
    texts: dict[str, pd.DataFrame]
    cohort: Cohort | None

    def of(self, severity: str) -> list[Finding]:
        """The findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]


class _Part(NamedTuple):
    table: str
    block: Block
    raw: readers.Raw
    selected: Selected


def check_folder(folder: Path) -> FolderCheck:
    """Read, map, check and assemble a cohort folder; what is wrong in it is among the findings.

    Raises `DataError` if there is no such folder, or its `cohort.toml` is not TOML.
    """
    settings, findings = usable_settings(folder)
    blocks, unclear = _blocks(folder, settings, findings)
    parts, unread = _read(folder, blocks, settings)
    of_table = {table: [part for part in parts if part.table == table] for table in blocks}
    whole = [table for table in blocks if len(of_table[table]) == len(blocks[table]) > 0]
    mapped = {t: map_table(t, [(part.block, part.selected.rows) for part in of_table[t]], settings) for t in whole}
    texts, left = _without_left_out(
        {t: each.rows for t, each in mapped.items()}, of_table.get("patients", []), settings
    )
    parts_of_others = {part for endpoint in settings.endpoints.values() for part in endpoint.earlier_of}
    typed, broken = checks.check(dict.fromkeys(blocks) | texts, settings.formats, settings.data_cutoff, parts_of_others)
    findings += [*unclear, *unread, *left, *(finding for each in mapped.values() for finding in each.findings)]
    findings += _in_their_words(broken, mapped)
    own, strange = take_covariates([part.selected.rows for part in of_table.get("patients", [])], settings)
    read_from, near = _as_read(parts, mapped)
    findings += [*strange, *near, *decisions.read(folder)[1]]
    cohort = None
    if not any(finding.severity == ERROR for finding in findings):
        try:
            cohort = assemble(typed, settings, own)
        except DataError as error:
            findings += error.findings
    return FolderCheck(folder, settings, read_from, _few_of_each(findings), texts, cohort)


def load_folder(folder: Path) -> Cohort:
    """The cohort of a folder; raises `DataError` if it has errors, and lists all of them by table, column and row."""
    checked = check_folder(folder)
    if checked.cohort is None:
        raise DataError(f"The cohort {folder.resolve().name} cannot be used as it is.", checked.of(ERROR))
    return checked.cohort


def input_files(folder: Path) -> list[Path]:
    """The files that a cohort is read from: its `cohort.toml`, and each table's."""
    settings, _ = usable_settings(folder)
    files = {block.file for blocks in _blocks(folder, settings)[0].values() for block in blocks}
    return [folder / name for name in (SETTINGS_FILE, *sorted(files))]


def _blocks(
    folder: Path, settings: Settings, unusable: Collection[Finding] = ()
) -> tuple[dict[str, list[Block]], list[Finding]]:
    """For each table the blocks that it is read from, as named or by names of files; `unusable` are bad entries."""
    named, findings = sources(settings), [*meant_twice(settings)]
    files = {block.file for blocks in named.values() for block in blocks}
    blocks = {table: list(given) for table, given in named.items()}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in readers.SUFFIXES and path.name[0] not in ".~":
            by_name, wrong = _by_name(path, settings.formats.largest)
            findings += wrong if path.name not in files else []
            for table, block in by_name:
                if table not in named:
                    blocks.setdefault(table, []).append(block)
    for table in [table for table in blocks if table not in named and len(blocks[table]) > 1]:
        blocks[table], wrong = _filled(folder, table, blocks[table], settings)
        findings += wrong
    lacking = [*incomplete(settings, unusable), *no_pairs(settings), *listed_twice(settings)]
    if settings.endpoints and "patients" in blocks:
        is_whole = not any("endpoints." in each.column for each in [*lacking, *unusable])
        made = [each for block in blocks["patients"] if is_whole for each in endpoint_blocks(settings, block)]
        blocks["adtte"] = [*blocks.get("adtte", []), *made]
    findings += [*lacking, *of_another_unit(settings), *copied(settings), *of_no_event(settings)]
    if not {"patients", "adtte"} & set(blocks):
        found = [path.name for path in sorted(folder.iterdir()) if path.suffix.lower() in readers.OF_PROGRAMS]
        findings += [Finding(name, "", (), *readers.NOT_READ) for name in found]
    return {table: blocks[table] for table in INPUTS if table in blocks}, findings


def _by_name(path: Path, largest: int) -> tuple[list[tuple[str, Block]], list[Finding]]:
    if path.stem.lower() in _TABLES:
        return [named_for(path.stem, file=path.name)], []
    try:
        sheets = readers.sheets(path, readers.Reading(largest=largest))
    except DataError as error:
        return [], [finding._replace(severity=WARNING) for finding in error.findings]
    blocks = [named_for(sheet, file=path.name, sheet=sheet) for sheet in sheets if sheet.lower() in _TABLES]
    return blocks, [] if blocks else _spare(path)


def _spare(path: Path) -> list[Finding]:
    hint = nearest(path.stem.lower(), _TABLES)
    meant = hint if hint.startswith("Did you mean") else ""
    if not meant and path.suffix.lower() in _OFTEN_NO_TABLES:
        return []
    remedy = f"{meant} If a table is to be read from it, name it under [tables] in cohort.toml.".strip()
    return [Finding(path.name, "", (), "a file that is not used", remedy, WARNING)]


def _filled(folder: Path, table: str, blocks: list[Block], settings: Settings) -> tuple[list[Block], list[Finding]]:
    """The one of several files of a table that has rows, as an empty form beside a filled one has none."""

    def has_rows(block: Block) -> bool:
        try:
            return len(_raw(folder, block, settings).rows) > 0
        except DataError:
            return True

    filled = [block for block in blocks if has_rows(block)]
    if len(filled) < 2:
        return filled or blocks[:1], []
    remedy = f"Name the one that counts under [tables] in cohort.toml: {' and '.join(map(_place, filled))}."
    return filled[:1], [Finding(table, "", (), "the table is there more than once", remedy)]


def _place(block: Block) -> str:
    return f"{block.file}, sheet {block.sheet}" if block.sheet else block.file


def _raw(folder: Path, block: Block, settings: Settings, others: Iterable[readers.Raw] = ()) -> readers.Raw:
    formats = settings.formats
    given = formats.model_dump(include={"encoding", "separator", "decimal", "largest"})
    known = tuple(kind for raw in others for kind in raw.rows.dtypes if isinstance(kind, pd.CategoricalDtype))
    reading = readers.Reading(block.sheet, block.header, **given, serial=SERIAL in formats.dates, known=known)
    return readers.read_table(folder / block.file, reading)


def _read(folder: Path, blocks: dict, settings: Settings) -> tuple[list[_Part], list[Finding]]:
    files: dict[tuple, readers.Raw] = {}
    parts, findings = [], []
    for table, block in [(table, block) for table, given in blocks.items() for block in given]:
        place = (block.file, block.sheet, block.header)
        try:
            if place not in files:
                raw = _raw(folder, block, settings, files.values())
                findings += _doubts(raw, block)
                files[place] = _numbered(raw, block, blocks.get("patients", []), settings)
            parts.append(_Part(table, block, files[place], select(files[place].rows, table, block, settings)))
            findings += [finding for finding in parts[-1].selected.findings if finding not in findings]
        except DataError as error:
            findings += [finding for finding in error.findings if finding not in findings]
    return parts, findings


def _doubts(raw: readers.Raw, block: Block) -> Iterator[Finding]:
    """Find rows that a reader of the workbook may pass over, and a text that may be in another encoding."""
    rules = {"hidden or filtered rows": raw.hidden, "rows with cells that are struck through": raw.struck}
    for rule, rows in [(rule, rows) for rule, rows in rules.items() if rows]:
        remedy = "Delete them if they are not to count."
        yield Finding(_place(block), "", rows, f"{rule}, which are read like the others", remedy, WARNING)
    if raw.is_hidden:
        remedy = "Show it, or delete it if it is not to count."
        yield Finding(_place(block), "", (), "a hidden sheet, which is read like the others", remedy, WARNING)
    if raw.is_doubtful:
        rule = "taken for Latin-1, in which it has signs within words"
        remedy = 'If letters are wrong, say encoding = "cp850", "cp1250" or "mac_roman" under [formats].'
        yield Finding(_place(block), "", (), rule, remedy, WARNING)


def _without_left_out(
    texts: dict[str, pd.DataFrame], parts: list[_Part], settings: Settings
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """The tables without the rows of patients whom a selection leaves out of theirs, and how many rows these are."""
    if not any(part.selected.left_out for part in parts) or "patient_id" not in texts.get("patients", ()):
        return texts, []
    everybody = map_table("patients", [(part.block, part.raw.rows) for part in parts], settings).rows["patient_id"]
    gone = set(everybody) - {*texts["patients"]["patient_id"], ""}
    findings = []
    for table, key in [(table, names(INPUTS[table])[0]) for table in texts if table != "patients"]:
        of_them = texts[table][key].isin(gone) if key in texts[table] else pd.Series(False, texts[table].index)
        texts = texts | {table: texts[table][~of_them]}
        rule = f"{counted(int(of_them.sum()), 'row')} of patients whom a selection of patients leaves out"
        findings += [Finding(table, key, (), rule, "They are left out too.", WARNING)] if of_them.any() else []
    return texts, findings


def _numbered(raw: readers.Raw, block: Block, patients: list[Block], settings: Settings) -> readers.Raw:
    """The sheet of patients, with the numbers of its rows as a column if they name them; any other sheet as it is."""
    place = (block.file, block.sheet, block.header)
    theirs = [each for each in patients if (each.file, each.sheet, each.header) == place]
    carved = [column for each in theirs for column in each.carving.values()]
    named = [*settings.columns.patients, *settings.columns.adsl, *carved]
    if ROW_NUMBER not in named or not theirs or ROW_NUMBER in raw.rows:
        return raw
    return raw._replace(rows=raw.rows.assign(**{ROW_NUMBER: raw.rows.index.astype(str).astype(object)}))


def _few_of_each(findings: list[Finding]) -> list[Finding]:
    """The findings, of many that differ in their file or column only the first and how many more there are."""
    alike: dict[tuple, list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.rule, finding.severity), []).append(finding)
    few = []
    for (rule, severity), each in alike.items():
        few += each[:_MOST_ALIKE]
        if len(each) > _MOST_ALIKE:
            more = f"{rule}: {len(each) - _MOST_ALIKE} more"
            few.append(Finding(each[0].table, "", (), more, "The first ones are listed; the rest is alike.", severity))
    return few


def _unused(part: _Part, used: set[str]) -> list[str]:
    """The columns of a file that hold something and that no table takes.

    A name that is too long, or of several lines, is none: cells have run together there, and may be a patient's; so may
    those of the first row be that have run into the header, beyond the last column of the other rows.
    """
    rows = part.raw.rows
    named = [name for name in rows if name not in used and len(name) <= _LONGEST_NAME and "\n" not in name]
    return [name for name in named if (rows[name] != "").any()]


def _as_read(parts: list[_Part], mapped: dict[str, Mapped]) -> tuple[list[Source], list[Finding]]:
    """What was read, and the columns that are not used and nearly bear a name of ours.

    Unused columns are told only of what is a header, for patients may stand there by mistake; and none is near to ours
    where a wide sheet is carved, or in ADaM.
    """
    sources, findings, taken = [], [], {table: iter(each.taken) for table, each in mapped.items()}
    for part in parts:
        of_file = [other for other in parts if other.raw is part.raw]
        used = {name for other in of_file for name in other.selected.columns}
        used |= {name for other in of_file if other.table in mapped for name in mapped[other.table].used}
        unused, plain = _unused(part, used) if used else [], not part.block.carving and not part.block.standard
        if plain and part.table != "adtte" and part.table in mapped:
            findings += misspelt(part.table, mapped[part.table].rows, unused)
        about = part.table, _place(part.block), part.raw.how, len(part.raw.rows), unused if len(used) > 1 else []
        sources.append(Source(*about, next(taken[part.table]) if part.table in mapped else 0, part.selected.left_out))
    return sources, findings


def _in_their_words(broken: list[Finding], mapped: dict[str, Mapped]) -> list[Finding]:
    """Findings with the user's own name of the column, less that one is missing which a file is said to lack."""
    lacking = {finding.column for each in mapped.values() for finding in each.findings}
    theirs = [mapped[each.table].theirs.get(each.column, []) if each.table in mapped else [] for each in broken]
    called = [each._replace(theirs=", ".join(dict.fromkeys(words))) for each, words in zip(broken, theirs, strict=True)]
    return [each for each in called if each.rule != MISSING or each.theirs not in lacking]
