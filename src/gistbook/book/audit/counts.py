"""What a disclosure policy forbids, asked of what was released: counts, withheld ones that follow, times of curves.

Counts differ from labels by the column, or the entry of a record, that they stand in; of words, the user's own are
taken out first, so that a group may be called 7 of 12 weeks.
"""

import itertools
import re
from collections.abc import Iterator

from gistbook.analysis.disclosure import DISCLOSED, Policy
from gistbook.book.audit import DIFFERS, EXACT_CURVE, FOLLOWS, FORBIDDEN
from gistbook.book.audit.parsing import Table
from gistbook.book.audit.released import FLOW, VALUES, Found, Release, Spot
from gistbook.conventions import DAYS_PER_MONTH
from gistbook.units import UNITS

_SAID = [(re.compile(form), summed) for form, summed in (
    (r"\b(\d+) events?(?: / (\d+) (?:patients?|operations?)| by then)\b", True), (r"\b(\d+)() at risk\b", True),
    (r"(?<![\d.,-])(\d+) of (\d+) (?:patients|operations)\b", True),
    (r"(?<![\d.,-])(\d+) of (\d+)(?![\d.,]*\d)(?! (?:days|weeks|months|years|items|parts|patients|operations))",
     False))]  # fmt: skip
_CELL = re.compile(r"^(\d+)(?: of (\d+)(?: \(\d+%\))?)?$")
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_AXIS = re.compile(rf">({'|'.join(UNITS)})\b", re.IGNORECASE)
_ROW_AT = re.compile(rf'data-at="([\d.]+)"[^>]*>\s*<th[^>]*>(?:[\d.]+ ({"|".join(name[:-1] for name in UNITS)})s?<)?')
_LABELS = {"Level", "Line", "Drug", "At", "Published", "Item", "Characteristic", "Estimate", "Verdict", "Setting",
           "Standardized difference", "Median", "Group", "Planned by", "Definition", "Localized", "Groups"}  # fmt: skip
"""Columns of tables whose whole numbers count nobody."""

_NAMED = {"group", "kind", "label"}
_WITHHELD, _UNKNOWN = "withheld", ("", "NA")
_EXITS = {"at_risk", "events", "censored"}
_COUNTED = (*_EXITS, "n", "count")
_HEIGHTS = {"survival", "incidence", "mean", *_EXITS}
_TICKS, _NEAR, _NEAREST = 3, 1e-6, 0.3
"""Months between the ticks of an axis; by how much of a step, and by how many dots of a drawing, a time may be off."""

_MOST_READ, _READ = 60, 1e-3
"""Rows of a frame of which a page leaves out none, and months by which it rounds their times."""

Count = tuple[Spot, float, bool]  # the place of a count, the count, and whether it is a sum or difference of counts


def is_allowed(count: float, minimum: int, summed: bool = False) -> bool:
    """Tell whether a policy may have printed a count, or the sum or difference of counts; without a minimum it rounds.

    >>> is_allowed(3, 0), is_allowed(12, 0), is_allowed(12, 0, summed=True), is_allowed(4, 5)
    (True, False, True, False)
    """
    if minimum:
        return count == 0 or (count >= minimum and count == int(count))
    return count == 0 or (count % 3 == 0 if summed else count % 6 == 3)


def forbidden(release: Release, policy: Policy, labels: re.Pattern) -> Iterator[Found]:
    """Yield what a policy forbids of what a chapter released; `labels` finds words of the user."""
    said = ((labels.sub(" ", text), place) for text, place in release.texts)
    counts = [count for text, place in said for form, summed in _SAID for count in _matched(form, text, summed, place)]
    counts += itertools.chain(*(_of_record(key, record) for key, record in release.records.items()))
    counts += itertools.chain(*map(_of_table, release.tables))
    yield from ((place, FORBIDDEN) for place, count, summed in counts if not is_allowed(count, policy.minimum, summed))
    for table in release.tables:
        if policy.minimum and any(map(_gives_one_away, _wholes(table))):
            yield table.place, FOLLOWS
        if table.is_frame and not _on_grid(table, policy.grid_months):
            yield table.place, EXACT_CURVE


def _matched(form: re.Pattern, text: str, summed: bool, place: Spot) -> Iterator[Count]:
    for match in form.finditer(text):
        yield place, int(match[1]), summed
        yield place, int(match[2] or 0), True


def _of_record(key: str, whole: dict) -> Iterator[Count]:
    for record in (whole, *whole.get("parts", {}).values()):
        size, value = record.get("n"), record.get("value")
        if size is not None:
            yield from (((VALUES, f"/{key}"), count, True) for count in (size, record.get("events", 0)))
        if record.get("unit") == "count" and value is not None and (size is not None or key.startswith("n_")):
            yield (VALUES, f"/{key}"), value, False


def _of_table(table: Table) -> Iterator[Count]:
    """Yield the counts of a frame, or those of a table under the note of a policy, whose first column is of labels."""
    if table.is_frame:
        counted = ((name, _number(cell)) for name in _COUNTED for cell in table.column(name))
        yield from ((table.place, count, name != "count") for name, count in counted if count is not None)
    for row in table.rows if DISCLOSED in table.caption and not table.is_frame else ():
        summed = table.names[0] != "Group" or row[0] == "All"
        for name, cell in list(zip(table.names, row, strict=False))[1:]:
            yield from _matched(_CELL, cell, False, table.place) if name not in _LABELS else ()
            yield from _matched(_SAID[0][0], cell, summed, table.place)


def unlike(release: Release, coarsens: bool = True) -> Iterator[Found]:
    """Yield drawings of curves that turn, or count at risk, where no frame of the chapter does.

    Without a policy, a drawing with slanting lines stands for curves of very many steps, each of which turns where it
    may.
    """
    estimates = [table for table in release.tables if table.is_frame]
    frames = [table for table in estimates if "time" in table.names]
    months = {0.0, *(month for frame in frames for month in _months(frame))}
    risks = {cell for frame in frames for cell in frame.column("at_risk")}
    cells = [(name, cell) for each in estimates for name in each.names for cell in each.column(name)]
    words = {cell for name, cell in cells if name in _NAMED or _number(cell) is None}
    drawn = [(drawing, place) for html, place in release.shown for drawing in _DRAWING.findall(html)]
    for drawing, place in drawn if frames else ():
        turns, nearest, numbers = read_curves(drawing, coarsens)
        off = [turn for turn in turns if all(abs(turn - month) > nearest for month in months)]
        if off or (risks and not numbers - words <= risks):
            yield place, DIFFERS


def unread(release: Release) -> Iterator[Found]:
    """Yield frames with a time that no figure of the chapter tells; of a long one, some are left out."""
    read = {month for html, _ in release.shown for month in months_told(html)}
    for frame in (table for table in release.tables if read and table.is_frame):
        months = [] if "assumption" in frame.names else _months(frame)  # which it tells where a reader chooses one
        if len(months) <= _MOST_READ and any(all(abs(month - each) > _READ for each in read) for month in months):
            yield frame.place, DIFFERS


def months_told(html: str) -> list[float]:
    """Give the times that a figure tells, in months; the name of a row has the unit of its place."""
    return [float(at) * UNITS[f"{unit or 'month'}s"].days / DAYS_PER_MONTH for at, unit in _ROW_AT.findall(html)]


def read_curves(drawing: str, slanting: bool) -> tuple[list[float], float, set[str]]:
    """Return at which months the curves of a drawing turn, how near is the same, and what numbers stand below them."""
    labels = re.search(r"role-axis-label.*?</g></g>", drawing)
    at = re.findall(r"translate\((-?[\d.]+),-?[\d.]+\)[^>]*>([\d.]+)</text>", labels[0]) if labels else []
    written = re.findall(r">(\d+)</text>", "".join(re.findall(r"mark-text role-mark.*?</g>", drawing)))
    axis = _AXIS.search(drawing)
    if len(at) < 2 or not axis:
        return [], 0.0, set()
    length = UNITS[axis[1].lower()].days / DAYS_PER_MONTH
    (x0, m0), (x1, m1) = ((float(x), float(m) * length) for x, m in (at[0], at[-1]))
    scale = (m1 - m0) / (x1 - x0)
    lines = re.findall(r"mark-line role-mark.*?</g>", drawing)
    paths = [path for line in lines for path in re.findall(r' d="([^"]*)"', line)]
    paths = paths if slanting or not any("l" in path for path in paths) else []
    return [m0 + (x - x0) * scale for path in paths for x in _corners(path)], _NEAREST * scale, set(written)


def _corners(path: str) -> Iterator[float]:
    """Yield the level places of the corners of a line that is drawn by straight pieces."""
    x = 0.0
    for letter, given in re.findall(r"([MLHVlhvZz])([^MLHVlhvZz]*)", path):
        values = [float(value) for value in re.findall(r"-?\d*\.?\d+(?:e-?\d+)?", given)]
        for value in values[:: 1 if letter in "Hh" else 2] if letter in "MLHhl" else ():
            x = value if letter.isupper() else x + value
            yield x


def _wholes(table: Table) -> Iterator[list[str]]:
    """Yield the cells that make up one whole: levels of one characteristic in one group, or ways out of one step."""
    if table.names == FLOW:
        sizes = {step: count for step, count, _ in table.rows}
        for parent in {parent for *_, parent in table.rows if sizes.get(parent, "").isdecimal()}:
            yield [count for _, count, of in table.rows if of == parent]
    elif DISCLOSED in table.caption and table.names[1:2] == ("Level",):
        for _, rows in itertools.groupby(table.rows, key=lambda row: row[0]):
            yield from zip(*(row[2:] for row in rows), strict=False)
    elif DISCLOSED in table.caption and table.names == ("Operations", "Patients"):
        yield [row[1] for row in table.rows]


def _gives_one_away(cells: list[str]) -> bool:
    """Tell whether all but one of the parts of a whole are counts; a count of many is no part, but judged alone."""
    held = [cell for cell in cells if cell.startswith(_WITHHELD) or cell in _UNKNOWN]
    return len(held) == 1 and len(cells) > 1 and all(cell.isdecimal() for cell in cells if cell not in held)


def _on_grid(table: Table, grid_months: int) -> bool:
    """Tell whether the times of a curve are all on the grid, those of its numbers at risk at ticks."""
    names = set(table.names)
    if "time" not in names or not (_HEIGHTS & names or ("estimate" in names and "measure" not in names)):
        return True
    step = _TICKS if _HEIGHTS & names == {"at_risk"} else grid_months
    return all(abs(month - round(month / step) * step) <= step * _NEAR for month in _months(table))


def _months(table: Table) -> list[float]:
    """Return the times of a frame, which are in days, in months."""
    return [(_number(time) or 0) / DAYS_PER_MONTH for time in table.column("time")]


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
