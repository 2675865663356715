"""What the check of a folder found, in words and as data; a value from the data only if it is asked for."""

import itertools
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from gistbook import conventions
from gistbook.conventions import COMPETING, ERROR, EVENT, RECORDED_ORIGIN, WARNING, Finding, shown
from gistbook.intake.folder import FolderCheck
from gistbook.intake.settings import Settings
from gistbook.schemas import PARAMCDS

_MOST_VALUES, _MOST_NAMES = 10, 30
_LONGEST_FINDING = 1000

_NO_CLOCK = (
    f"  Time zero: not named, so that pages say “{conventions.RECORDED_ZERO}”. Name it under [clocks], such as: "
    'recorded = "randomization"'
)
_NO_DISEASE = 'Disease: none is named, and the book speaks of GIST. Of another one, say under [book]: disease = "…"'


class Ends(NamedTuple):
    """In how many patients an endpoint ends how, as a folder is read; `notes` tell of those who have none of it."""

    endpoint: str
    time_zero: str
    events: int = 0
    competing: int = 0
    censored: int = 0
    late: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nobody has it."""
        return not self.events + self.competing + self.censored


def in_words(
    checked: FolderCheck,
    absent: dict[str, str],
    show_values: bool,
    will_have: tuple[str, str] = ("", ""),
    dated: Sequence[Ends] = (),
) -> Iterator[str]:
    """Line by line what was read, every problem, and what the chapters will have.

    `absent` tells, as `build.absent` does, why each chapter is not in the book that is not. With `show_values` the
    cells in question are quoted, for the eyes of those who may see patients' data. The book `will_have` a disclosure
    policy, and why a build would refuse the folder, if it would. `dated` tells, as `build.dated_times` does, how the
    endpoints end that the book reckons from dates.
    """
    settings, (policy, refusal) = checked.settings, will_have
    yield f"{checked.folder.resolve().name}: {shown(settings.title)} ({settings.access} data)"
    yield from _read(checked)
    yield from _endpoints(checked, dated)
    for severity in (ERROR, WARNING):
        findings = checked.of(severity)
        yield ""
        yield f"{severity.capitalize()}s: {len(findings) or 'none'}"
        for number, finding in enumerate(findings, 1):
            text = str(finding)
            yield f"  {number}. {text if len(text) <= _LONGEST_FINDING else f'{text[: _LONGEST_FINDING - 1]}…'}"
            yield from _values(checked, finding) if show_values else ()
    yield ""
    if checked.cohort is None:
        yield "The book cannot be made until the errors are corrected; your files were not changed."
    if refusal:
        yield f"A build would refuse this folder: {refusal}"
    if refusal or checked.cohort is None:
        return
    yield from [f"Disclosure policy of the book: {policy}", ""] if policy else []
    yield from _chapters(settings, absent)
    yield f"The folder can be used. Make its book with: gistbook build {shlex.quote(str(checked.folder))}"


def _chapters(settings: Settings, absent: dict[str, str]) -> Iterator[str]:
    if settings.access != "synthetic" and not settings.book.disease:
        yield _NO_DISEASE
    yield "Chapters: all will run" + (", but for these, which are not in the book" if absent else "")
    yield from (f"  {slug:<28} {reason}" for slug, reason in absent.items())
    yield ""


def as_data(
    checked: FolderCheck,
    absent: dict[str, str],
    will_have: tuple[str, str] = ("", ""),
    dated: Sequence[Ends] = (),
) -> dict:
    """The same as plain data: what was read, endpoints, errors and warnings by place, chapters not in the book."""
    policy, refusal = will_have
    return {
        "folder": checked.folder.resolve().name,
        "title": checked.settings.title,
        "access": checked.settings.access,
        "usable": checked.cohort is not None and not refusal,
        "read": [source._asdict() for source in checked.sources],
        "endpoints": [each._asdict() for each in (*_recorded(checked), *dated)],
        "errors": [_plain(finding) for finding in checked.of(ERROR)],
        "warnings": [_plain(finding) for finding in checked.of(WARNING)],
        "chapters_not_in_the_book": absent,
        "policy": policy,
        "refused": refusal,
    }


def findings_as_data(findings: tuple[Finding, ...]) -> dict:
    """What kept a folder from being looked at, in the form of `as_data`."""
    return {"usable": False, "errors": [_plain(finding) for finding in findings], "warnings": []}


def _plain(finding: Finding) -> dict:
    return {**finding._asdict(), "rows": list(finding.rows)}


def _read(checked: FolderCheck) -> Iterator[str]:
    yield ""
    yield "Read" if checked.sources else "Nothing was read."
    for source in checked.sources:
        taken = f", {source.taken} taken" if source.taken != source.rows and source.table in checked.texts else ""
        yield f"  {source.table:<12} {source.rows:>7} rows{taken}   {source.place}: {source.said}"
        for what, many in source.left_out.items():
            yield f"  {'':<12} {many:>7}        left out by {what}"
        if source.unused:
            more = [f"and {len(source.unused) - _MOST_NAMES} more"] if len(source.unused) > _MOST_NAMES else []
            yield f"  {'':<12} {'':>7}        columns not used: {', '.join(source.unused[:_MOST_NAMES] + more)}"


def _endpoints(checked: FolderCheck, dated: Sequence[Ends] = ()) -> Iterator[str]:
    recorded = _recorded(checked)
    if recorded or dated:
        yield ""
        yield "Recorded times, as the codes are read" if recorded else "Times, as dates give them"
        yield from [_NO_CLOCK] if recorded and RECORDED_ORIGIN not in checked.settings.clocks else []
    for key, alike in itertools.groupby((*recorded, *dated), lambda each: each.notes if each.is_empty else each):
        lines = [_counted(key), *key.notes] if isinstance(key, Ends) else key
        names = ", ".join(each.endpoint for each in alike)
        yield from map("  {:<12} {}".format, [names, *[""] * len(lines)], lines)


def _counted(each: Ends) -> str:
    competing = f"{each.competing} with a competing event, " if each.competing else ""
    late = f"; {each.late} enter late" if each.late else ""
    since = f"; from {each.time_zero}" if each.time_zero else ""
    return f"{each.events:>7} with the event, {competing}{each.censored} censored{late}{since}"


def ends(times: pd.DataFrame, endpoint: str, time_zero: str, notes: tuple[str, ...] = ()) -> Ends:
    """How the times of one endpoint end: one row per patient, with `CNSR`, `EVNTDESC` and `ENTRYDY`."""
    events, competing = (int(each.sum()) for each in (times["CNSR"] == EVENT, times["EVNTDESC"] == COMPETING))
    late = int((times["ENTRYDY"] > 0).sum())
    return Ends(shown(endpoint), time_zero, events, competing, len(times) - events - competing, late, notes)


def _recorded(checked: FolderCheck) -> list[Ends]:
    """How each recorded endpoint ends, as its codes are read, and those that a book wants and nobody has."""
    times = None if checked.cohort is None else checked.cohort.adtte
    if times is None:
        return []
    settings, zero = checked.settings, shown(checked.settings.clocks.get(RECORDED_ORIGIN, ""))
    found = [
        ends(rows, code, zero, tuple(_notes(times, len(rows), settings, code)))
        for code, rows in times.groupby("PARAMCD", observed=True)
    ]
    wanted = PARAMCDS[: 3 if settings.book.is_of_gist else 2]
    absent = [name for name in wanted if not times["PARAMCD"].str.startswith(name).any()]
    return found + [Ends(name, zero, notes=("no rows, so that the book has no curve of it",)) for name in absent]


def _notes(times: pd.DataFrame, many: int, settings: Settings, code: str) -> Iterator[str]:
    parts = settings.endpoints[code].earlier_of if code in settings.endpoints else []
    if without := times.loc[times["PARAMCD"].isin(parts), "USUBJID"].nunique() - many if parts else 0:
        yield f"{without:>7} with one of its two times only, who have none of it"
    origin = str(settings.parameters.get("origin", RECORDED_ORIGIN))
    form = conventions.RECORDED_AS.get(origin, "")
    if code in PARAMCDS[:2] and not (times["PARAMCD"] == form.format(code)).any():
        yield f"no time from origin = {shown(origin)!r}, so that the book says “{conventions.NOT_RECORDED}”;"
        named = f", or name the time from there {form.format(code)}" if form else ""
        yield f"leave origin out of [parameters]{named}"


def _values(checked: FolderCheck, finding: Finding) -> Iterator[str]:
    cells = checked.texts.get(finding.table)
    if cells is not None and finding.column in cells:
        for row in [row for row in finding.rows if row in cells.index][:_MOST_VALUES]:  # some are not taken
            yield f"       row {row}: {', '.join(map(repr, cells.loc[[row], finding.column]))}"
