"""What a figure reads at each of its places, in phrases, and which points of a curve it is drawn by.

A reading is a table that is read without seeing, and what a pointer shows: a page reckons nothing. Of a curve with more
steps than a page can show, the same line to the eye is drawn by far fewer points; no printed number passes there:
tables, counts at risk and sentences come from the whole curve.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.conventions import EXHAUSTED, NOT_STARTED, WITHHELD, is_known, rounded
from gistbook.display import tables
from gistbook.display.prose import PRINTED, beside, phrase
from gistbook.schemas import VARIANCE, WITHHELD_KIND
from gistbook.units import Unit, unit_of

_NUMBERS = "Numbers of this figure"
_SOME = "Of the times at which a curve changes, {some} of {all} are shown."
_GRAIN = 6
"""Decimals of a printed time at which two are the same."""


class Reading(NamedTuple):
    """The table of a figure: what it is read by (`time` or `row`), headings, and a row for each place.

    A row is a place (a time in the unit of the book, or a number), its name, and a phrase under each heading but the
    first. `last` is the end of the axis, or the last of the numbers.
    """

    by: str
    headings: list[str]
    rows: list[tuple[float, str, list[str]]]
    last: float = 0.0
    note: str = ""


def whose(rows: pd.DataFrame) -> str:
    """Name of the group whose patients are at risk of a curve: its own, or that of all kinds of events of a group."""
    name = str(rows["group"].iloc[0])
    return name.removesuffix(f", {rows['kind'].iloc[0]}") if "kind" in rows else name


def heights_printed(curve: pd.DataFrame) -> tuple:
    """How heights of curves are printed, as `prose.PRINTED` has it: survival and incidences are shares."""
    return PRINTED["probability" if "survival" in curve or "kind" in curve else "count"]


def ticks(at_risk: pd.DataFrame, unit: Unit) -> list[str]:
    """Times at which those at risk are counted, as printed in a unit: whole, but of years; a grid is of months."""
    digits = unit.digits if unit.name == "years" else 0
    return [rounded(unit.of(time), digits) for time in at_risk["time"].unique()]


def of_choice(at_risk: pd.DataFrame, medians: pd.DataFrame, unit: Unit) -> Reading:
    """What is told of each alternative of a base analysis, which is the first: median, those at risk, what differs."""
    base, *_ = rows = list(medians.itertuples())
    counts = at_risk.groupby("group")["at_risk"].apply(lambda each: ", ".join(f"{count:.0f}" for count in each))
    counted = f"At risk at {', '.join(ticks(at_risk, unit))} {unit.name}"
    headings = ["Assumption", "Set to", "Median", counted, "Beside the base analysis"]
    places = []
    for number, row in enumerate(rows):
        differs = beside(row, base, unit) if number else "The others are compared with it"
        told = [row.setting, phrase(row, unit=unit), counts[row.group], differs]
        places.append((float(number), row.assumption, told))
    return Reading("choice", headings, places, len(rows) - 1)


def table(reading: Reading, caption: str) -> str:
    """A reading as a table that is folded up; each row bears its place for the script of the page."""
    rows = [({"data-at": f"{place:.10g}"}, [name, *phrases]) for place, name, phrases in reading.rows]
    whole = tables.html(reading.headings, rows, f"{_NUMBERS}. {caption} {reading.note}".strip(), _NUMBERS)
    about = f'data-by="{reading.by}" data-last="{reading.last:.10g}"'
    return f'<details class="gb-data" {about}><summary>{_NUMBERS}</summary>{whole}</details>'


def left_at(rows: pd.DataFrame, own: list[float], times: list[float]) -> np.ndarray:
    """Those at risk in a group at some times, as far as the steps of its curve, which are at its `own` times, tell.

    Between two steps they are those of the next one, unless somebody came under observation in between: that is not
    told (NaN), nor is who is left after the last step.
    """
    at_risk = rows["at_risk"].to_numpy(dtype=float)
    gone = (rows["events"] + rows["censored"]).to_numpy() if "censored" in rows else np.nan
    after = np.searchsorted(own, times, side="right")
    left, at_next = np.append(at_risk - gone, 0)[after - 1], np.append(at_risk, 0)[after]
    between = np.where(left == at_next, at_next, np.where(after == 0, 0, np.nan))
    return np.where(np.isin(times, own), at_risk[after - 1], between)


def _phrases(rows: pd.DataFrame, unit: Unit, times: list[float], counted: dict[float, float]) -> list[str]:
    """What is read of the curve of one group, which falls or rises, at some times, with those `counted` at ticks."""
    rows = rows.sort_values("time", kind="stable")
    own, steps, printed = _grain(rows, unit), rows.to_dict("records"), heights_printed(rows)
    left = left_at(rows, own, times) if "at_risk" in rows else [None] * len(times)

    def phrase(time: float, place: int, at_risk: float | None) -> str:
        row, is_over = steps[max(place, 0)], time > own[-1]
        if row.get("held_back") == WITHHELD_KIND:
            return WITHHELD
        if place < 0:
            return NOT_STARTED
        if VARIANCE in row and time != own[place]:
            return WITHHELD
        if is_over and not (row.get("survival") == 0 or row.get("stays")):
            return EXHAUSTED
        count = counted.get(time, 0 if is_over and row.get("stays") else at_risk)
        return f"{_value(row, printed)}{f', {count:.0f} at risk' if is_known(count) else ''}"

    return list(map(phrase, times, np.searchsorted(own, times, side="right") - 1, left))


def _value(row: dict, printed: tuple) -> str:
    scaled, digits, sign = printed
    height, lower, upper = (row[name] for name in ("survival" if "survival" in row else "estimate", "lower", "upper"))
    words = f"{rounded(scaled(height), digits)}{sign}"
    if not (is_known(lower) and is_known(upper) and lower < upper):
        return words
    level = f"{100 * row['level']:g}% CI " if is_known(row.get("level")) else ""
    return f"{words} ({level}{' to '.join(rounded(scaled(limit), digits) for limit in (lower, upper))})"


def over_time(curve: pd.DataFrame, at_risk: pd.DataFrame, since: str) -> Reading:
    """Height, interval and number at risk at every time at which a curve changes, and at every tick of the axis.

    The height with its interval is that after the time, the number at risk that at the time. Between the times of a
    group, the number is that of its next one, unless somebody came under observation in between: then none is told.
    """
    unit = unit_of(since)
    counts = {
        group: dict(zip(_grain(rows, unit), rows["at_risk"], strict=True)) for group, rows in at_risk.groupby("group")
    }
    ticks = {time for each in counts.values() for time in each}
    changes = sorted(set(_grain(curve, unit)) - ticks)
    shown = changes if len(changes) + len(ticks) <= MOST_ROWS else _some(changes, ticks, unit)
    times = sorted({*shown, *ticks})
    parts = curve.groupby("group", sort=True)
    columns = {group: _phrases(rows, unit, times, counts.get(whose(rows), {})) for group, rows in parts}
    told = zip(times, zip(*columns.values(), strict=True), strict=True)
    rows = [(time, _named(time, unit), list(phrases)) for time, phrases in told]
    some = _SOME.format(some=len(shown), all=len(changes)) if len(shown) < len(changes) else ""
    return Reading("time", [f"Time from {since}", *columns], rows, max(ticks, default=max(times)), some)


def _some(changes: list[float], ticks: set[float], unit: Unit) -> list[float]:
    """Some of the times at which a curve changes, none of which is named as another, or as a tick, on the page."""
    named = {rounded(time, unit.digits): time for time in changes}
    others = [time for name, time in named.items() if name not in {rounded(tick, unit.digits) for tick in ticks}]
    return [others[i] for i in np.linspace(0, len(others) - 1, min(MOST_TIMES, len(others))).astype(int)]


def _named(time: float, unit: Unit) -> str:
    name = unit.name.removesuffix("s") if time == 1 else unit.name
    return f"{rounded(time, 0 if time.is_integer() else unit.digits)} {name}"


def _grain(rows: pd.DataFrame, unit: Unit) -> list[float]:
    return unit.of(rows["time"].astype(float)).round(_GRAIN).tolist()


MOST_STEPS = 150
"""Steps of a group's curve up to which each is drawn as it is; points of the line that stands for more of them."""

MOST_ROWS, MOST_TIMES = 90, 36
"""Rows up to which a table tells every time at which a curve changes; times that it tells beside the ticks of the axis
where there would be more.
"""

MOST_MARKS = 25
"""Parts of the time axis, in each of which one mark stands for all of a group where a curve has more marks than so."""

_WIDTH, _HEIGHT = 620, 300
_NEAR = 0.5
"""Pixels by which a line may miss a curve, in a drawing of the size above."""


def outline(curve: pd.DataFrame, heights: list[str]) -> tuple[pd.DataFrame, str]:
    """Points to draw of curves that change by steps, and how they are joined.

    Curves of few steps are joined by steps at their own points, those of grouped counts by straight lines from edge to
    edge. Where any group has more than `MOST_STEPS`, each becomes the corners of its staircase, joined by straight
    lines, less those that a line between their neighbours passes by at less than a pixel. A step that can be seen stays
    a step, wherever it is.
    """
    if VARIANCE in curve:
        return curve, "linear"
    if not is_long(curve):
        return curve, "step-after"
    across = _WIDTH / (float(curve["time"].max()) or 1)
    up = _HEIGHT / (float(curve[heights].max().max()) or 1)
    parts = []
    for _, rows in curve.groupby("group", sort=True):
        corner = np.arange(2 * len(rows) - 1)
        of, at = corner // 2, rows["time"].to_numpy(dtype=float)[(corner + 1) // 2]
        lines = [(across * at, up * rows[name].to_numpy(dtype=float)[of]) for name in heights]
        kept = _few(
            lambda near, lines=lines: np.unique(np.concatenate([_corners(*line, near) for line in lines])),
            _NEAR,
            2 * MOST_STEPS,
        )
        parts.append(rows.iloc[of[kept]].assign(time=at[kept]))
    return pd.concat(parts, ignore_index=True), "linear"


def rows(curve: pd.DataFrame, heights: list[str]) -> pd.DataFrame:
    """Rows of curves from which the same steps can be drawn, to about a pixel; all rows of curves of few."""
    if not is_long(curve):
        return curve
    near = float(curve[heights].max().max() or 1) / _HEIGHT
    parts = []
    for _, of_group in curve.groupby("group", sort=True):
        values = of_group[heights].fillna(np.inf).to_numpy(dtype=float).tolist()
        kept = _few(lambda near, values=values: _far(values, near), near, 2 * MOST_STEPS - 1)
        parts.append(of_group.iloc[sorted({*kept, len(of_group) - 1})])
    return pd.concat(parts, ignore_index=True)


def marks(curve: pd.DataFrame) -> pd.DataFrame:
    """Rows at which a mark for the censored is drawn: all, or the first of each part of the axis."""
    censored = curve[curve["censored"] > 0]
    if censored.groupby("group").size().max() <= MOST_MARKS:
        return censored
    part = np.floor(censored["time"] / (censored["time"].max() or 1) * MOST_MARKS)
    return censored[~pd.DataFrame({"group": censored["group"], "part": part}).duplicated()]


def is_long(curve: pd.DataFrame) -> bool:
    """Tell whether a curve has more steps than are drawn one by one."""
    return bool(curve.groupby("group").size().max() > MOST_STEPS)


def _far(values: list[list[float]], near: float) -> list[int]:
    """The first place, and each whose values, any of them, are farther than so much from the last one kept."""
    kept = [0]
    for place, here in enumerate(values):
        there = values[kept[-1]]
        if any(a != b and not abs(a - b) <= near for a, b in zip(here, there, strict=True)):
            kept.append(place)
    return kept


def _few(kept_at: Callable[[float], Sequence[int]], near: float, most: int) -> Sequence[int]:
    while len(kept := kept_at(near)) > most:
        near *= 1.5
    return kept


def _corners(x: np.ndarray, y: np.ndarray, near: float) -> list[int]:
    """Numbers of the points whose line passes all others at no more than a distance (Ramer, Douglas, Peucker).

    Where a height is not known, no line is drawn, and no point is needed.
    """
    finite = np.flatnonzero(np.isfinite(y))
    x, y = x[finite], y[finite]
    kept = {0, len(x) - 1} if len(x) else set()
    spans = [(0, len(x) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first > 1:
            away = _distances(x[first : last + 1], y[first : last + 1])
            farthest = first + int(away.argmax())
            if away.max() > near:
                kept.add(farthest)
                spans += [(first, farthest), (farthest, last)]
    return finite[sorted(kept)].tolist()


def _distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    across, up = x[-1] - x[0], y[-1] - y[0]
    length = np.hypot(across, up)
    return np.abs(across * (y - y[0]) - up * (x - x[0])) / length if length else np.hypot(x - x[0], y - y[0])
