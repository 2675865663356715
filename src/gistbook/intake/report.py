"""What the check of a folder found, in words and as data; a value from the data only if it is asked for."""

import shlex
from collections.abc import Iterator

from gistbook.conventions import (
    COMPETING,
    ERROR,
    EVENT,
    NOT_RECORDED,
    RECORDED_AS,
    RECORDED_ORIGIN,
    WARNING,
    Finding,
    shown,
)
from gistbook.intake.folder import FolderCheck, Source
from gistbook.intake.settings import Settings
from gistbook.schemas import PARAMCDS

_MOST_VALUES, _MOST_NAMES = 10, 30
_LONGEST_FINDING = 1000
_NO_DISEASE = 'Disease: none is named, and the book speaks of GIST. Of another one, say under [book]: disease = "…"'


def in_words(
    checked: FolderCheck, absent: dict[str, str], show_values: bool, policy: str = "", refusal: str = ""
) -> Iterator[str]:
    """Line by line what was read, every problem, and what the chapters will have.

    `absent` tells, as `build.absent` does, why each chapter is not in the book that is not. With `show_values` the
    cells in question are quoted, for the eyes of those who may see patients' data. `policy` is the disclosure policy
    that the book would have, and `refusal` why a build would refuse the folder, if it would.
    """
    settings = checked.settings
    yield f"{checked.folder.resolve().name}: {shown(settings.title)} ({settings.access} data)"
    yield from _read(checked)
    yield from _endpoints(checked)
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
    """Of which disease the book will be where none is named, and which chapters it will not have."""
    if settings.access != "synthetic" and not settings.book.disease:
        yield _NO_DISEASE
    yield "Chapters: all will run" + (", but for these, which are not in the book" if absent else "")
    yield from (f"  {slug:<28} {reason}" for slug, reason in absent.items())
    yield ""


def as_data(checked: FolderCheck, absent: dict[str, str], policy: str = "", refusal: str = "") -> dict:
    """The same as plain data: what was read, errors and warnings by place, and chapters that are not in the book."""
    return {
        "folder": checked.folder.resolve().name,
        "title": checked.settings.title,
        "access": checked.settings.access,
        "usable": checked.cohort is not None and not refusal,
        "read": [_source(source) for source in checked.sources],
        "errors": [_plain(finding) for finding in checked.of(ERROR)],
        "warnings": [_plain(finding) for finding in checked.of(WARNING)],
        "chapters_not_in_the_book": absent,
        "policy": policy,
        "refused": refusal,
    }


def findings_as_data(findings: tuple[Finding, ...]) -> dict:
    """What kept a folder from being looked at, in the form of `as_data`."""
    return {"usable": False, "errors": [_plain(finding) for finding in findings], "warnings": []}


def _source(source: Source) -> dict:
    return {"said" if name == "how" else name: value for name, value in source._asdict().items()}


def _plain(finding: Finding) -> dict:
    return {**finding._asdict(), "rows": list(finding.rows)}


def _read(checked: FolderCheck) -> Iterator[str]:
    yield ""
    yield "Read" if checked.sources else "Nothing was read."
    for source in checked.sources:
        taken = f", {source.taken} taken" if source.taken != source.rows and source.table in checked.texts else ""
        yield f"  {source.table:<12} {source.rows:>7} rows{taken}   {source.place}: {source.how}"
        for what, many in source.left_out.items():
            yield f"  {'':<12} {many:>7}        left out by {what}"
        if source.unused:
            more = [f"and {len(source.unused) - _MOST_NAMES} more"] if len(source.unused) > _MOST_NAMES else []
            yield f"  {'':<12} {'':>7}        columns not used: {', '.join(source.unused[:_MOST_NAMES] + more)}"


def _endpoints(checked: FolderCheck) -> Iterator[str]:
    """How each endpoint of recorded times ended in how many patients, as its codes are read."""
    times = None if checked.cohort is None else checked.cohort.adtte
    if times is not None:
        yield ""
        yield "Recorded times, as the codes are read"
        earlier = {code: endpoint.earlier_of for code, endpoint in checked.settings.endpoints.items()}
        for paramcd, rows in times.groupby("PARAMCD", observed=True):
            events, other = int((rows["CNSR"] == EVENT).sum()), int((rows["EVNTDESC"] == COMPETING).sum())
            competing = f"{other} with a competing event, " if other else ""
            ends = f"{events:>7} with the event, {competing}{len(rows) - events - other} censored"
            late = int((rows["ENTRYDY"] > 0).sum())
            yield f"  {shown(str(paramcd)):<12} {ends}{f'; {late} enter late' if late else ''}"
            parts = times[times["PARAMCD"].isin(earlier.get(paramcd, []))]
            if without := parts["USUBJID"].nunique() - len(rows) if len(parts) else 0:
                yield f"  {'':<12} {without:>7} with one of its two times only, who have none of it"
        wanted = PARAMCDS[: 3 if checked.settings.book.is_of_gist else 2]
        absent = [name for name in wanted if not times["PARAMCD"].str.startswith(name).any()]
        if absent:
            yield f"  {', '.join(absent):<12} no rows, so that the book has no curve of it"
        yield from _from_elsewhere(set(times["PARAMCD"]), checked.settings.parameters.get("origin", RECORDED_ORIGIN))


def _from_elsewhere(codes: set[str], origin: str) -> Iterator[str]:
    """Which endpoints are recorded, but not from the time zero that a folder names, and what to do."""
    form = RECORDED_AS.get(origin, "")
    for name in PARAMCDS[:2]:
        if name in codes and form.format(name) not in codes:
            named = f", or name the time from there {form.format(name)}" if form else ""
            yield f"  {name:<12} no time from origin = {shown(str(origin))!r}, so that the book says “{NOT_RECORDED}”;"
            yield f"  {'':<12} leave origin out of [parameters]{named}"


def _values(checked: FolderCheck, finding: Finding) -> Iterator[str]:
    cells = checked.texts.get(finding.table)
    if cells is not None and finding.column in cells:
        for row in finding.rows[:_MOST_VALUES]:
            yield f"       row {row}: {', '.join(map(repr, cells.loc[[row], finding.column]))}"
