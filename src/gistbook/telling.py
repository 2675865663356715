"""What a check of a folder found, in words and as data; a value from the data only if it is asked for."""

from collections.abc import Iterator

from gistbook.conventions import ERROR, NOT_RECORDED, WARNING, Finding
from gistbook.examine import Examination

_MOST_VALUES, _MOST_NAMES = 10, 30
_LONGEST_FINDING = 1000


def in_words(examined: Examination, lacking: dict[str, list[str]], show_values: bool) -> Iterator[str]:
    """Return line by line what was read, every problem, and what the chapters will have.

    Parameters
    ----------
    examined : Examination
        As `examine.examine` returns it.
    lacking : dict
        For each chapter that lacks tables, their names, as `build.lacking` returns them.
    show_values : bool
        Whether the cells in question are quoted; for the eyes of whoever may see patients' data.
    """
    settings = examined.settings
    yield f"{settings.folder.resolve().name}: {settings.title} ({settings.access} data)"
    yield from _read(examined)
    for severity in (ERROR, WARNING):
        yield from _found(examined, severity, show_values)
    yield from _chapters(lacking) if examined.cohort is not None else ()
    yield _conclusion(examined)


def as_data(examined: Examination, lacking: dict[str, list[str]]) -> dict:
    """Return the same as plain data: what was read, errors and warnings by place, and chapters that lack tables."""
    return {
        "folder": examined.settings.folder.resolve().name,
        "title": examined.settings.title,
        "access": examined.settings.access,
        "usable": examined.cohort is not None,
        "read": [source._asdict() for source in examined.sources],
        "errors": [_plain(finding) for finding in examined.of(ERROR)],
        "warnings": [_plain(finding) for finding in examined.of(WARNING)],
        "chapters_lacking_tables": lacking,
    }


def findings_as_data(findings: tuple[Finding, ...]) -> dict:
    """Return what kept a folder from being looked at, in the form of `as_data`."""
    return {"usable": False, "errors": [_plain(finding) for finding in findings], "warnings": []}


def _plain(finding: Finding) -> dict:
    return {**finding._asdict(), "rows": list(finding.rows)}


def _read(examined: Examination) -> Iterator[str]:
    yield ""
    yield "Read" if examined.sources else "Nothing was read."
    for source in examined.sources:
        taken = f", {source.taken} taken" if source.taken != source.rows and source.table in examined.texts else ""
        yield f"  {source.table:<12} {source.rows:>7} rows{taken}   {source.place}: {source.said}"
        if source.unused:
            yield f"  {'':<12} {'':>7}        columns not used: {_listed(source.unused)}"


def _listed(names: list[str]) -> str:
    """Return names of columns in a few lines, however many they are."""
    more = [f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return ", ".join(names[:_MOST_NAMES] + more)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _found(examined: Examination, severity: str, show_values: bool) -> Iterator[str]:
    findings = examined.of(severity)
    yield ""
    yield f"{severity.capitalize()}s: {len(findings) or 'none'}"
    for number, finding in enumerate(findings, 1):
        yield f"  {number}. {_shortened(str(finding), _LONGEST_FINDING)}"
        yield from _values(examined, finding) if show_values else ()


def _values(examined: Examination, finding: Finding) -> Iterator[str]:
    cells = examined.texts.get(finding.table)
    if cells is not None and finding.column in cells:
        for row in finding.rows[:_MOST_VALUES]:
            yield f"       row {row}: {', '.join(map(repr, cells.loc[[row], finding.column]))}"


def _chapters(lacking: dict[str, list[str]]) -> Iterator[str]:
    yield ""
    yield "Chapters: all will run" + (f"; these will say “{NOT_RECORDED}” for want of a table" if lacking else "")
    for slug, tables in lacking.items():
        yield f"  {slug:<28} no {' and no '.join(tables)}"


def _conclusion(examined: Examination) -> str:
    if examined.cohort is None:
        return "\nThere can be no book until the errors are mended; your files were not changed."
    return f"\nThe folder can be used. Make its book with: gistbook build {examined.settings.folder}"
