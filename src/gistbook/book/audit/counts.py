"""Rules on counts and curves under a disclosure policy.

No count that it forbids, none that follows from those beside it, and none that it never saw; curves turn on its grid of
times only, in drawings and in data.
"""

import itertools
import re
from collections.abc import Iterator

from gistbook.book.audit.findings import (
    Allowed,
    Leak,
    Piece,
    Rule,
    Sheet,
    Sought,
    Table,
    is_of_others,
    is_strict,
    leak,
    place_in,
)
from gistbook.book.audit.markup import FLOW, READ
from gistbook.conventions import DAYS_PER_MONTH

FORBIDDEN = Rule(
    "a count that the disclosure policy of the book forbids",
    "Make it coarse before it is printed, or withhold it.",
)
FOLLOWS = Rule(
    "a withheld count that follows from those beside it",
    "Withhold a second one with it.",
)
UNRELEASED = Rule(
    "exact numbers of a confidential cohort",
    "Keep the book to yourselves, or build it again without --not-for-release.",
)

_EVENTS = re.compile(r"\b(\d+) events? / (\d+) (?:patients?|operations?)\b")
_PART = re.compile(r"(?<![\d.,-])(\d+) of (\d+)(?![\d.,]*\d)(?! (?:months|items|parts))")
_AT_RISK = re.compile(r"\b(\d+)() at risk\b")
_MAY_SAY = re.compile(r"\d (?:events? /|of|at risk)")
_CELL = re.compile(r"(\d+)(?: of (\d+)(?: \(\d+%\))?)?")
_GROUP, _WITHHELD, _UNKNOWN = "Group", "withheld", ("", "NA", "None", "null")

_LABELS = {"Level", "Line", "Drug", "At", "Published", "Item", "Characteristic", "Estimate", "Verdict", "Setting",
           "Standardized difference", "Median"}  # fmt: skip
"""Columns of tables whose whole numbers count nobody."""

_EXITS, _SIZE = {"at_risk", "events", "censored"}, "n"
_KEY_OF_SIZE = re.compile(r"n_\w+")
_RECORD = {"phrase", "value", "unit"}


def forbidden(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find counts that the policy does not let through: in sentences and labels, tables, flows, figures and data."""
    if sought.allowed.coarsens and not is_of_others(sheet.file, sought):
        yield from (leak(sheet, place, FORBIDDEN) for place in _places(sheet, sought))


def following(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find, under a threshold, parts of a known whole of which exactly one is withheld, so that it follows."""
    if sought.allowed.minimum and not is_of_others(sheet.file, sought):
        for table in sheet.content.tables:
            if any(map(_gives_one_away, _wholes(table, sought.allowed))):
                yield leak(sheet, table.place, FOLLOWS)


def unreleased(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find files that say of themselves that they are not for release, and all pages of a book that is not."""
    mark, released = sought.allowed.mark, sought.allowed.released
    says_so = bool(mark) and any(mark in piece.text for piece in sheet.content.pieces)
    if says_so or (not released and sheet.file.endswith(".html")):
        yield leak(sheet, "all of it", UNRELEASED)


def is_allowed(count: int, allowed: Allowed, summed: bool = False) -> bool:
    """Tell whether a policy may have printed a count, or the sum or difference of counts.

    Examples
    --------
    >>> [is_allowed(count, Allowed(coarsens=True)) for count in (0, 3, 12, 15)]
    [True, True, False, True]
    >>> is_allowed(12, Allowed(coarsens=True), summed=True), is_allowed(4, Allowed(coarsens=True, minimum=5))
    (True, False)
    """
    if allowed.minimum:
        return count == 0 or count >= allowed.minimum
    return count == 0 or (count % 3 == 0 if summed else count % 6 == 3)


def _places(sheet: Sheet, sought: Sought) -> Iterator[str]:
    allowed = sought.allowed
    for piece in sheet.content.pieces:
        if not is_of_others(piece.place, sought):
            yield from (place_in(piece, start) for start in _said_wrongly(piece, sought))
    for table in sheet.content.tables:
        if not is_of_others(table.place, sought) and not (
            all(_may_stand(table, allowed)) and _says_nothing(table, sought)
        ):
            yield table.place
    for drawn in sheet.content.drawn:
        if not all(is_allowed(int(count), allowed, summed=True) for count in drawn.at_risk):
            yield drawn.place


def _said_wrongly(piece: Piece, sought: Sought) -> Iterator[int]:
    """Yield where a text says a number of events, patients or operations that is forbidden, in words of its own."""
    for form, summed in ((_EVENTS, True), (_AT_RISK, True), (_PART, False)):
        for match in form.finditer(piece.text):
            own = not is_strict(piece) and match[0] in sought.printed_text
            if not own and not _fits(match, sought.allowed, summed):
                yield match.start()


def _says_nothing(table: Table, sought: Sought) -> bool:
    """Tell whether no cell of a table says a forbidden number in words, as a phrase that is kept as data does."""
    cells = (Piece(cell, table.place, table.kind) for row in table.rows for cell in row if _MAY_SAY.search(cell))
    return not any(True for cell in cells for _ in _said_wrongly(cell, sought))


def _fits(match: re.Match, allowed: Allowed, summed: bool) -> bool:
    """Tell whether a count may stand, and what it is of, which may be a sum."""
    count, size = match[1], match[2]
    return is_allowed(int(count), allowed, summed) and is_allowed(int(size or 0), allowed, summed=True)


def _may_stand(table: Table, allowed: Allowed) -> Iterator[bool]:
    """Tell of each count of a table whether it may stand in it."""
    if _is_noted(table, allowed) and not _is_data(table):
        yield from _cells_may_stand(table, allowed)
    if table.names == FLOW:
        yield from (is_allowed(int(count), allowed) for _, count, _ in table.rows if count.isdecimal())
    for row in map(dict, (zip(table.names, row, strict=False) for row in table.rows)):
        yield from _row_may_stand(row, table, allowed)


def _cells_may_stand(table: Table, allowed: Allowed) -> Iterator[bool]:
    """Tell of the cells of a table of a page; in a row of one group, events are those of the group."""
    for row in table.rows:
        summed = table.names[0] != _GROUP or row[0] == "All"
        for name, cell in list(zip(table.names, row, strict=False))[1:]:
            counted = _CELL.fullmatch(cell) if name not in _LABELS else None
            if counted:
                yield _fits(counted, allowed, False)
            yield from (_fits(match, allowed, summed) for match in _EVENTS.finditer(cell))


def _row_may_stand(row: dict[str, str], table: Table, allowed: Allowed) -> Iterator[bool]:
    """Tell of the counts of a row of data: exits of a curve, sizes, and what a chapter pasted as a count."""
    exits = _EXITS & set(row)
    yield from (_whole(row[name], allowed, True) for name in exits | ({_SIZE} & set(row) if exits else set()))
    if _counts_patients(row, table.place):
        yield _whole(row["value"], allowed, False) and _whole(row.get(_SIZE, "0"), allowed, True)
    if "count" in row and _is_noted(table, allowed):
        yield _whole(row["count"], allowed, False)


def _counts_patients(row: dict[str, str], place: str) -> bool:
    """Tell whether a row is what a chapter pasted as a count of patients, or of operations."""
    sized = _SIZE in row or _KEY_OF_SIZE.fullmatch(place.rpartition("/")[2])
    return set(row) >= _RECORD and row["unit"] == "count" and bool(sized)


def _whole(cell: str, allowed: Allowed, summed: bool) -> bool:
    value = _number(cell)
    return value is None or (value.is_integer() and is_allowed(int(value), allowed, summed))


def _is_noted(table: Table, allowed: Allowed) -> bool:
    """Tell whether the note of a policy stands with a table, so that its counts are of the cohort."""
    return bool(allowed.note) and allowed.note in table.caption


def _is_data(table: Table) -> bool:
    """Tell whether the names of a table are those of a frame rather than headings on a page."""
    return bool({"time", "count"} & set(table.names))


def _wholes(table: Table, allowed: Allowed) -> Iterator[list[str]]:
    """Yield the cells that make up one whole: levels of one characteristic in one group, or ways out of one step."""
    if table.names == FLOW:
        sizes = {step: count for step, count, _ in table.rows}
        for parent in {parent for *_, parent in table.rows if sizes.get(parent, "").isdecimal()}:
            yield [count for _, count, of in table.rows if of == parent]
    elif _is_noted(table, allowed) and table.names[1:2] == ("Level",):
        for _, rows in itertools.groupby(table.rows, key=lambda row: row[0]):
            yield from zip(*(row[2:] for row in rows), strict=False)
    elif _is_noted(table, allowed) and table.names == ("Operations", "Patients"):
        yield [row[1] for row in table.rows]


def _gives_one_away(cells: list[str]) -> bool:
    """Tell whether all but one of the parts of a whole are counts; a count of many is no part, but judged alone."""
    held = [cell for cell in cells if cell.startswith(_WITHHELD) or cell in _UNKNOWN]
    return len(held) == 1 and len(cells) > 1 and all(cell.isdecimal() for cell in cells if cell not in held)


EXACT_CURVE = Rule(
    "a curve that turns off the grid of times of the disclosure policy",
    "Draw it from counts that the policy has made coarse.",
)

_TIME, _TICKED = "time", "at_risk"
_HEIGHTS = {"survival", "events", "censored", "incidence", "mean", _TICKED}
_RISING, _MEASURE = "estimate", "measure"
"""What curves that rise by steps are drawn of; beside a measure, it stands at a landmark that somebody chose."""

_NEAR, _TICKS = 1e-6, 3


def off_the_grid(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find curves of which a corner, a mark or a row stands between the times of the grid."""
    if not sought.allowed.coarsens or is_of_others(sheet.file, sought):
        return
    grid = sought.allowed.grid / DAYS_PER_MONTH
    for drawn in sheet.content.drawn:
        if not all(_is_on(month, grid, drawn.nearest) for month in drawn.months):
            yield leak(sheet, drawn.place, EXACT_CURVE)
    for table in sheet.content.tables:
        if _has_curve(table) and not _on_grid(table, grid):
            yield leak(sheet, table.place, EXACT_CURVE)
        if table.names == READ and not all(_may_be_read(time, grid) for time, _ in table.rows):
            yield leak(sheet, table.place, EXACT_CURVE)


def _has_curve(table: Table) -> bool:
    names = set(table.names)
    return _TIME in names and bool(_HEIGHTS & names or (_RISING in names and _MEASURE not in names))


def _may_be_read(time: str, grid: float) -> bool:
    """Tell whether a figure may be read at a time in months: on the grid, or at a tick of its axis."""
    month = _number(time)
    return month is not None and any(_is_on(month, step, step * _NEAR) for step in (grid, _TICKS))


def _on_grid(table: Table, grid: float) -> bool:
    """Tell whether the times of a table, be they days or months, are all on the grid.

    Those at which nothing but the number at risk is told are the ticks of an axis, three months apart or more.
    """
    column = table.names.index(_TIME)
    times = [time for row in table.rows if len(row) > column and (time := _number(row[column])) is not None]
    step = _TICKS if _HEIGHTS & set(table.names) == {_TICKED} else grid
    return any(all(_is_on(time / unit, step, step * _NEAR) for time in times) for unit in (1, DAYS_PER_MONTH))


def _is_on(month: float, grid: float, near: float) -> bool:
    return abs(month - round(month / grid) * grid) <= near


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
