"""A built book and its cohort: what must not be in the pages, taken from the folder and the machine, and the audit."""

import contextlib
import getpass
import itertools
import json
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd

from gistbook.analysis import disclosure
from gistbook.book import audit, downloads, sheets
from gistbook.book.audit import plain, released
from gistbook.conventions import ACCESS, DataError, counted, days, rounded
from gistbook.intake.cohort import Cohort
from gistbook.intake.folder import load_folder
from gistbook.intake.settings import Settings, renamed_by, sources, usable_settings
from gistbook.schemas import ADSL, ADTTE, INPUTS, LINES

CONFIDENTIAL = ACCESS[-1]

_UNDER = re.compile(rf"{disclosure.DISCLOSED} (\S+), version|({disclosure.MARKED})")  # which policy a page is under
_GRID_DAYS = {int(rounded(days(month), 0)) for month in range(0, 1200, 3)}
"""Days at which a book in days has its ticks and landmarks under a policy."""

_MOST_TOLD = 10  # leaks that are told one by one, which is as many as a screen holds


def audit_book(html: Path, cohort_dir: Path, book: Path) -> list[audit.Leak]:
    """Return what built pages tell of the patients of a cohort folder, and of this machine.

    `html` is the folder of pages that would be published, `book` that of `_config.yml`, `chapters/` and
    `references.bib`, whose texts a page may repeat. Raises `DataError` if the cohort folder cannot be used as it is.
    """
    cohort = load_folder(cohort_dir)
    return audit.audit(html, known(cohort._replace(policy=policy_of(html, cohort.access)), cohort_dir, html, book))


def refuse_leaks(html: Path, facts: audit.Known, before=None) -> None:
    """Let pages pass that tell nothing of what is known, or that are marked as not for release and tell nothing else.

    Such a book is for the eyes of the person who made it; the audit refuses to let it be published. `before` is as in
    `audit`. Raises `DataError` if they tell something; the message names the file and the place of each leak, and never
    the value.
    """
    leaks = [leak for leak in audit.audit(html, facts, before) if leak.rule != audit.UNRELEASED.says]
    if leaks:
        one_by_one = [f"  {leak}" for leak in leaks[:_MOST_TOLD]]
        more = [f"  … and {len(leaks) - _MOST_TOLD} more."] if len(leaks) > _MOST_TOLD else []
        first = f"The book was made and thrown away; its audit found {counted(len(leaks), 'leak')}:"
        raise DataError("\n".join([first, *one_by_one, *more]))


def refuse_words(texts: list[str], sought: plain.Sought) -> None:
    """Let texts that describe a run pass.

    Raises `DataError` if one tells of a patient or of this machine; the message says of what kind it is, and never the
    value.
    """
    broken = dict.fromkeys(rule for text in texts for rule in plain.broken(text, sought))
    if broken:
        rules = "\n".join(f"  {rule.says}. {rule.remedy}" for rule in broken)
        raise DataError(f"The book was made and thrown away; the files that describe its run hold:\n{rules}")


def known(cohort: Cohort, cohort_dir: Path, html: Path, book: Path) -> audit.Known:
    """Return what must not be in a book of a cohort that was read, and what the book prints whatever the cohort."""
    tables = (cohort.adsl, cohort.operations, cohort.exposures, cohort.assessments, cohort.adtte)
    columns = [each for frame in tables if frame is not None for each in frame.items()]
    dated = [column for _, column in columns if column.dtype.kind == "M"]
    whose = [column for name, column in columns if name == "USUBJID"]
    words = [column for name, column in columns if name != "USUBJID" and column.dtype.kind not in "iufbM"]
    levels = {str(level) for column in words for level in _distinct(column)}
    renamed = _renamed(usable_settings(cohort_dir)[0])
    notes = (cohort.policy.short, cohort.policy.note) if cohort.policy else ()
    return known_of_machine(html, book, cohort_dir)._replace(
        identifiers=frozenset(map(str, set().union(*map(_distinct, whose)))),
        dates=frozenset(day.date() for column in dated for day in _distinct(column)) - _printed_days(cohort),
        identifying=frozenset(theirs for theirs, ours in renamed if ours in ("patient_id", "USUBJID")),
        columns=_columns({theirs for theirs, _ in renamed}),
        times=_times(cohort),
        labels=frozenset({cohort.title, *cohort.clocks.values(), *levels} - {""}),
        policy=cohort.policy,
        own=(cohort.book.title, cohort.book.subtitle, cohort.title, *cohort.book.authors, *cohort.clocks.values()),
        data=downloads.Data(cohort.title, cohort.access, *notes, unit=cohort.unit),
        tables=sheets.of_cohort(cohort, Path(cohort_dir)),
    )


def refuse_outputs(notebooks: Path) -> None:
    """Let executed chapters pass whose cells have shown and pasted nothing but records, tables and figures.

    Raises `DataError` if a cell prints something else, such as rows of patients; the message names chapter and cell.
    """
    for path in sorted(notebooks.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for place, rule in released.outputs(cells):
            number = int(place.split("/")[2])
            code = sum(cell["cell_type"] == "code" for cell in cells[: number + 1])
            raise DataError(f"Chapter {path.stem}, code cell {code}: {rule.says}. {rule.remedy}")


def known_of_machine(html: Path, book: Path, *others: Path) -> audit.Known:
    """Return what of this machine must not be in pages, paths that a build may have written among it, and the book."""
    around = [place for folder in others for place in (folder, folder.parent)]
    around += [html, *html.absolute().parents[:4], book, Path.home(), Path.cwd()]
    around += [Path(sys.prefix), Path(sys.base_prefix), Path(tempfile.gettempdir())]
    places = {str(each) for place in around for each in (place.absolute(), place.resolve())}
    host = socket.gethostname()
    names = {os.environ.get("USER", ""), os.environ.get("USERNAME", ""), host, host.split(".")[0]}
    with contextlib.suppress(KeyError, OSError):
        names.add(getpass.getuser())
    return audit.Known(places=tuple(sorted(places)), names=tuple(sorted(names - {""})), book=book)


def policy_of(html: Path, access: str) -> disclosure.Policy:
    """Return the policy of a built book: as its run says, else as the first page with one says, else of the access."""
    try:
        name = json.loads((html.parent / "run.json").read_text(encoding="utf-8"))["policy"]
    except (OSError, ValueError, KeyError, TypeError):
        pages = (path.read_text(encoding="utf-8", errors="replace") for path in sorted(html.rglob("*.html")))
        named = next(filter(None, map(_UNDER.search, pages)), None)
        name = (named[1] or disclosure.NOT_FOR_RELEASE) if named else disclosure.BY_ACCESS
    marked = access == CONFIDENTIAL and name == "exact"
    return disclosure.choose(disclosure.NOT_FOR_RELEASE if marked else name, access)


def _printed_days(cohort: Cohort) -> set[date]:
    """Return the day that a book prints as data cut-off: somebody's last contact, unless recorded or confidential."""
    last = cohort.adsl["LSTALVDT"].max()
    is_recorded = cohort.data_cutoff or cohort.access == CONFIDENTIAL or pd.isna(last)
    return {cohort.data_cutoff if is_recorded else last.date()}


def _columns(theirs: set[str]) -> frozenset[str]:
    """Return names that only a table of patients has: ours, and those of the cohort that are no plain words."""
    ours = {column.adam or column.name for table in (*INPUTS.values(), ADSL, ADTTE, LINES) for column in table}
    return frozenset(name for name in ours | theirs if not re.fullmatch(r"\w?[a-z]*|[\d.]+", name))


def _distinct(column: pd.Series) -> Iterable:
    is_coded = isinstance(column.dtype, pd.CategoricalDtype)
    return column.cat.categories if is_coded else pd.Series(column.unique()).dropna()


def _times(cohort: Cohort) -> frozenset[int]:
    """Return the survival times of confidential patients, in days; those of others may be printed."""
    if cohort.access != CONFIDENTIAL or cohort.adtte is None:
        return frozenset()
    times = {int(time) for time in cohort.adtte["AVAL"].dropna() if time >= 100}  # a shorter one may be another number
    return frozenset(times - (_GRID_DAYS if cohort.unit.days == 1 else set()))


def _renamed(settings: Settings) -> list[tuple[str, str]]:
    """Return what the cohort's own files call a column, beside what we call it, wherever `cohort.toml` says so."""
    renamed = [pair for _, table in settings.columns for pair in renamed_by(table, {})]
    blocks = itertools.chain(*sources(settings).values())
    return renamed + [pair for block in blocks for pair in renamed_by({}, block.carving)]
