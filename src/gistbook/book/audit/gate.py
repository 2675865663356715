"""A built book and its cohort: what must not be in the pages, taken from the folder and the machine, and the audit."""

import getpass
import json
import os
import re
import socket
import sys
import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from gistbook.analysis import disclosure
from gistbook.book import audit, downloads, sheets
from gistbook.book.audit import plain, released
from gistbook.conventions import ACCESS, DataError, days, rounded
from gistbook.intake.cohort import Cohort
from gistbook.intake.entries import as_list
from gistbook.intake.folder import load_folder
from gistbook.intake.settings import Settings, sources, usable_settings
from gistbook.schemas import ADSL, ADTTE, INPUTS, LINES

CONFIDENTIAL = ACCESS[-1]

_FRAMES = ("adsl", "operations", "exposures", "assessments", "adtte")

_OTHERS = frozenset(["known_truth", "published_series", "strobe", "validation", "what_it_cannot_show", "your_cohort"])
"""Chapters whose counts are of other patients, or of nobody; of this cohort they show what a policy withholds."""

_UNDER = re.compile(rf"{disclosure.DISCLOSED} (\S+), version|({disclosure.MARKED})")
"""How a page says which policy it is under."""

_GRID_DAYS = {int(rounded(days(month), 0)) for month in range(0, 1200, 3)}
"""Days at which a book in days has its ticks and landmarks under a policy, whoever leaves at them."""

_LONG = 100
"""Days of a time that is no number of a book by chance."""

_MOST_TOLD = 10
"""So many leaks are told one by one, which is as many as a screen holds."""


def audit_book(html: Path, cohort_dir: Path, book: Path) -> list[audit.Leak]:
    """Return what built pages tell of the patients of a cohort folder, and of this machine.

    Parameters
    ----------
    html : Path
        The folder of pages that would be published.
    cohort_dir : Path
        The cohort folder.
    book : Path
        The folder of `_config.yml`, `chapters/` and `references.bib`, whose texts a page may repeat.

    Raises
    ------
    DataError
        The cohort folder cannot be used as it is.
    """
    cohort = load_folder(cohort_dir)
    return audit.audit(html, known(cohort._replace(policy=policy_of(html, cohort.access)), cohort_dir, html, book))


def refuse_leaks(html: Path, facts: audit.Known) -> None:
    """Let pages pass that tell nothing of what is known, or that are marked as not for release and tell nothing else.

    Such a book is for the eyes of the person who made it; the audit refuses to let it be published.

    Raises
    ------
    DataError
        They tell something; the message names the file and the place of each leak, and never the value.
    """
    leaks = [leak for leak in audit.audit(html, facts) if leak.rule != audit.UNRELEASED.says]
    if leaks:
        one_by_one = [f"  {leak}" for leak in leaks[:_MOST_TOLD]]
        more = [f"  … and {len(leaks) - _MOST_TOLD} more."] if len(leaks) > _MOST_TOLD else []
        many = f"{len(leaks)} leak{'' if len(leaks) == 1 else 's'}"
        raise DataError("\n".join([f"The book was made and thrown away; its audit found {many}:", *one_by_one, *more]))


def refuse_words(texts: list[str], facts: audit.Known) -> None:
    """Let texts that describe a run pass, unless one tells of a patient or of this machine.

    Raises
    ------
    DataError
        One does; the message says of what kind it is, and never the value.
    """
    chapters = " ".join(path.read_text(encoding="utf-8") for path in sorted(facts.book.glob("chapters/*.md")))
    sought = plain.ready(facts, chapters)
    broken = dict.fromkeys(rule for text in texts for rule in plain.broken(text, sought, True))
    if broken:
        rules = "\n".join(f"  {rule.says}. {rule.remedy}" for rule in broken)
        raise DataError(f"The book was made and thrown away; the files that describe its run hold:\n{rules}")


def known(cohort: Cohort, cohort_dir: Path, html: Path, book: Path) -> audit.Known:
    """Return what must not be in a book of a cohort that was read, and what the book prints whatever the cohort."""
    frames = [frame for name in _FRAMES if (frame := getattr(cohort, name)) is not None]
    settings, _ = usable_settings(cohort_dir)
    return known_of_machine(html, book, cohort_dir)._replace(
        identifiers=frozenset(map(str, set().union(*(frame["USUBJID"].dropna().unique() for frame in frames)))),
        dates=frozenset(day for frame in frames for day in _dates(frame)) - _printed_days(cohort),
        identifying=frozenset(theirs for theirs, ours in _renamed(settings) if ours in ("patient_id", "USUBJID")),
        columns=_columns(settings),
        times=_times(cohort),
        labels=_labels(cohort, frames),
        allowed=allowed(cohort),
        own=(cohort.book.title, cohort.book.subtitle, cohort.title, *cohort.book.authors, *cohort.clocks.values()),
        banner=downloads.Data(cohort.title, cohort.access, cohort.policy.short if cohort.policy else "").banner(),
        others=_OTHERS,
        access=cohort.access,
        tables=sheets.of_cohort(cohort, Path(cohort_dir)),
    )


def refuse_outputs(notebooks: Path) -> None:
    """Let executed chapters pass whose cells have shown and pasted nothing but records, tables and figures.

    Raises
    ------
    DataError
        A cell prints something else, such as rows of patients; the message names chapter and cell.
    """
    for path in sorted(notebooks.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for place, rule in released.outputs(cells):
            number = int(place.split("/")[2])
            code = sum(cell["cell_type"] == "code" for cell in cells[: number + 1])
            raise DataError(f"Chapter {path.stem}, code cell {code}: {rule.says}. {rule.remedy}")


def known_of_machine(html: Path, book: Path, *others: Path) -> audit.Known:
    """Return what of this machine must not be in pages, its folders and others among it, and what the book prints."""
    return audit.Known(places=_places(html, book, *others), names=_names(), book=book)


def allowed(cohort: Cohort) -> audit.Allowed:
    """Return what the policy of a cohort lets be printed; without one, everything, as where it is exact."""
    policy = cohort.policy or disclosure.choose("exact", ACCESS[0])
    return audit.Allowed(
        policy.coarsens,
        policy.minimum,
        grid=float(days(policy.grid_months)),
        released=policy.name != disclosure.NOT_FOR_RELEASE,
        note=disclosure.DISCLOSED,
        mark=disclosure.MARKED,
    )


def policy_of(html: Path, access: str) -> disclosure.Policy:
    """Return the policy of a built book: as its run says, else as its pages say, else that of the access."""
    try:
        name = json.loads((html.parent / "run.json").read_text(encoding="utf-8"))["policy"]
    except (OSError, ValueError, KeyError, TypeError):
        name = _policy_on_pages(html)
    marked = access == CONFIDENTIAL and name == "exact"
    return disclosure.choose(disclosure.NOT_FOR_RELEASE if marked else name, access)


def _policy_on_pages(html: Path) -> str:
    """Return the name of the policy that the first page with one names."""
    pages = (path.read_text(encoding="utf-8", errors="replace") for path in sorted(html.rglob("*.html")))
    named = next(filter(None, map(_UNDER.search, pages)), None)
    return (named[1] or disclosure.NOT_FOR_RELEASE) if named else disclosure.BY_ACCESS


def _printed_days(cohort: Cohort) -> set[date]:
    """Return the day that a book prints as data cut-off.

    Where none is recorded, that is the last contact of somebody, which is nothing to print of confidential patients.
    """
    if cohort.data_cutoff or cohort.access == CONFIDENTIAL:
        return {cohort.data_cutoff}
    last = cohort.adsl["LSTALVDT"].max()
    return set() if pd.isna(last) else {last.date()}


def _dates(frame: pd.DataFrame) -> list[date]:
    """Return every date of a frame of patients, once."""
    dated = frame.select_dtypes("datetime")
    return [day.date() for column in dated for day in dated[column].dropna().unique()]


def _columns(settings: Settings) -> frozenset[str]:
    """Return names that only a table of patients has: ours, and those of the cohort that are no plain words."""
    ours = {column.adam or column.name for table in (*INPUTS.values(), ADSL, ADTTE, LINES) for column in table}
    theirs = {theirs for theirs, _ in _renamed(settings)}
    return frozenset(name for name in ours | theirs if not re.fullmatch(r"\w?[a-z]*|[\d.]+", name))


def _times(cohort: Cohort) -> frozenset[int]:
    """Return the survival times of confidential patients, in days; those of others may be printed."""
    if cohort.access != CONFIDENTIAL or cohort.adtte is None:
        return frozenset()
    times = {int(time) for time in cohort.adtte["AVAL"].dropna() if time >= _LONG}
    return frozenset(times - (_GRID_DAYS if cohort.unit.days == 1 else set()))


def _labels(cohort: Cohort, frames: list[pd.DataFrame]) -> frozenset[str]:
    """Return the words of a cohort that a book prints: levels of its columns, and its title."""
    columns = [
        frame[name] for frame in frames for name in frame if name != "USUBJID" and not is_numeric_dtype(frame[name])
    ]
    columns = [column for column in columns if not is_datetime64_any_dtype(column)]
    levels = {str(level) for column in columns for level in column.dropna().unique()}
    return frozenset({cohort.title, *cohort.clocks.values(), *levels} - {""})


def _renamed(settings: Settings) -> list[tuple[str, str]]:
    """Return what the cohort's own files call a column, beside what we call it, wherever `cohort.toml` says so."""
    named = [
        (theirs, name) for _, table in settings.columns for theirs, ours in table.items() for name in as_list(ours)
    ]
    carved = [
        (given if isinstance(given, str) else given["column"], ours)
        for blocks in sources(settings).values()
        for block in blocks
        for ours, given in block.carving.items()
        if isinstance(given, str) or "column" in given
    ]
    return named + carved


def _places(html: Path, book: Path, *others: Path) -> tuple[str, ...]:
    """Return the paths of this machine that a build may have written: of the cohort, the book, Python and the user."""
    around = [place for folder in others for place in (folder, folder.parent)]
    places = [*around, html, *html.absolute().parents[:4], book, Path.home(), Path.cwd()]
    places += [Path(sys.prefix), Path(sys.base_prefix), Path(tempfile.gettempdir())]
    return tuple(sorted({str(each) for place in places for each in (place.absolute(), place.resolve())}))


def _names() -> tuple[str, ...]:
    """Return the names of the user and of the computer."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    host = socket.gethostname()
    names = {user, os.environ.get("USER", ""), os.environ.get("USERNAME", ""), host, host.split(".")[0]}
    return tuple(sorted(names - {""}))
