"""Rule on curves under a disclosure policy: they turn on its grid of times only, in drawings and in data."""

from collections.abc import Iterator

from gistbook.conventions import DAYS_PER_MONTH
from gistbook.press.audit.drawings import READ
from gistbook.press.audit.findings import Leak, Rule, Sheet, Table, leak
from gistbook.press.audit.sought import Sought, is_of_others

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
