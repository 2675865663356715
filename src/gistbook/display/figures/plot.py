"""The plot of curves over time and the risk table under it, and the one in which a reader chooses a curve.

The name of a curve stands beside it only where there is room for all of it, touching nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from gistbook.display.figures.canvas import INK, SAME, WIDE, colour, fitted, scales
from gistbook.display.outputs import width_of
from gistbook.units import unit_of

_DIGIT = 6.7
"""Width in pixels of a digit of the counts at risk."""

_NAME_AND_COUNTS, _COUNTS = 38, 20
"""Height in pixels of a group's part of the risk table: with its name above the counts, and with it beside them."""

_LINE_SAMPLES = alt.Legend(
    title=None,
    orient="bottom",
    direction="vertical",
    labelColor=INK,
    labelFontSize=12,
    labelLimit=600,
    offset=6,
    rowPadding=0,
    symbolType="stroke",
    symbolSize=500,
    symbolStrokeWidth=2,
    symbolOpacity=1,
)
"""A legend that shows each group's own line, dashes and all, so that colour is not needed."""

_OF_BASE = {"stroke": INK, "opacity": 1}
_OF_ALTERNATIVE = {"stroke": colour(2), "opacity": 0, "strokeDash": [6, 3]}
"""The look of a base analysis, and of what a reader may choose beside it, in neither group's colour."""

SURVIVAL = ["survival", "lower", "upper"]
_APART = {"offset": 5}
"""An axis stands apart from the plot by so many pixels, so that no line or mark lies upon it."""

_TEXT, _GAP, _CLEAR, _SLOPE = 14, 6, 10, 30
"""Pixels: height of a name, from its own curve, from whatever else is drawn, and by how much its curve may fall there.

The gap is more than half of a mark of the censored, and less than the distance to any other curve.
"""

_STEP, _MARGIN, _FONT = 4, 3, 1.15
"""Pixels between two places that are tried, and at the sides; by how much letters may be wider than they are taken."""


class Curves(NamedTuple):
    """Curves as they are drawn: points, how they are joined, and the times at which the axis has ticks.

    `since` is what the time is counted from, and bears the unit of the axis; `quantity` what the curves are of,
    `heights` the columns of the curve and its limits, `sign` a percent sign if they are shares, and `top` the end of
    their axis. `looks` has the numbers of the hue and of the dashes of each curve by its name, `rows` of each row of
    those `at_risk`. `medians` are the times at which those that reach it are down to one half.
    """

    points: pd.DataFrame
    joined: str
    ticks: list[float]
    since: str
    quantity: str
    heights: list[str] = SURVIVAL
    sign: str = "%"
    top: float = 1.0
    looks: dict[str, tuple[int, int]] = {}
    rows: dict[str, tuple[int, int]] = {}
    at_risk: pd.DataFrame | None = None
    marks: pd.DataFrame | None = None
    medians: tuple[float, ...] = ()


def over_risk(curves: Curves, width: int) -> dict:
    """Curves with their limits, and under them those at risk; a legend only where a curve has no name beside it."""
    hue, dash = scales(curves.looks)
    time = _time(curves, width)
    line, lower, upper = curves.heights
    style = {"title": curves.quantity, **_APART, **({"format": curves.sign} if curves.sign else {})}
    height = alt.Y(f"{line}:Q", scale=alt.Scale(domain=[0, curves.top]), axis=style)
    size = (width, int(min(300, width * 0.75)))
    places = beside(*_lines(curves, size), size)
    steps = alt.Chart().encode(x=time)
    band = _marked(steps, "area", interpolate=curves.joined, stroke=None).encode(
        y=alt.Y(f"{lower}:Q"), y2=alt.Y2(f"{upper}:Q"), fill=hue, opacity=alt.value(_faint(curves))
    )
    if set(places) < set(curves.looks) != set(curves.rows):
        hue, dash = hue.legend(_LINE_SAMPLES), dash.legend(_LINE_SAMPLES)
    look = _marked(steps, "line", interpolate=curves.joined, strokeWidth=2, opacity=1)
    layers = [band, look.encode(y=height, color=hue, strokeDash=dash), *_medians_marked(curves)]
    if curves.marks is not None:
        marks = _marked(alt.Chart(curves.marks), "tick", orient="vertical", size=9, thickness=1.6, opacity=1)
        layers.append(marks.encode(x=time, y=height, color=hue))
    if places:
        layers.append(_written(places, curves, size).encode(color=hue, y=height))
    drawn = {"data": curves.points, "layer": layers, "width": width, "height": size[1]}
    apart = {"scale": {"color": "independent", "strokeDash": "independent"}}
    return {"vconcat": [drawn, _risk_table(curves, width)], "spacing": 8, "resolve": apart}


def _lines(curves: Curves, size: tuple[int, int]) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Corners of each curve in pixels of the plot, by name, and those of the lines at the medians."""

    def at(times, heights) -> np.ndarray:
        return np.column_stack([times / (curves.ticks[-1] or 1) * size[0], (1 - heights / curves.top) * size[1]])

    lines = {}
    for name, rows in curves.points.groupby("group", sort=False):
        time, height = (rows[column].to_numpy(dtype=float) for column in ("time", curves.heights[0]))
        if curves.joined != "linear":
            time, height = np.repeat(time, 2)[1:], np.repeat(height, 2)[:-1]
        lines[name] = at(time, height)
    reached = [at(np.array([0, last, last]), np.array([0.5, 0.5, 0])) for last in curves.medians]
    return lines, reached


def _written(places: dict[str, tuple[int, float]], curves: Curves, size: tuple[int, int]) -> alt.Chart:
    rows = [
        (name, left / size[0] * curves.ticks[-1], (1 - middle / size[1]) * curves.top)
        for name, (left, middle) in places.items()
    ]
    names = pd.DataFrame(rows, columns=["group", "time", curves.heights[0]]).round(SAME)
    chart = _marked(alt.Chart(names), "text", align="left", baseline="middle", fontSize=12)
    return chart.encode(x=alt.X("time:Q"), text=alt.Text("group:N")).properties(name="label")


def chosen(curves: Curves, medians: pd.DataFrame, width: int) -> dict:
    """The base analysis over those at risk, and upon it alternatives, unseen until a page shows one."""
    time = _time(curves, width)
    style = {"format": "%", "title": curves.quantity, **_APART}
    height = alt.Y("survival:Q", scale=alt.Scale(domain=[0, 1]), axis=style)
    at = medians["estimate"].astype(float).fillna(0.0)
    drops = pd.DataFrame({"group": medians["group"], "time": at, "half": (at > 0) / 2, "floor": 0.0})
    layers = []
    for of, look in ((drops["group"] == 0, _OF_BASE), (drops["group"] > 0, _OF_ALTERNATIVE)):
        rows = curves.points[curves.points["group"].isin(drops.loc[of, "group"])]
        steps = alt.Chart(rows).encode(x=time, detail="group:O")
        seen = look["opacity"]
        band = _marked(steps, "area", interpolate=curves.joined, fill=look["stroke"], opacity=seen * _faint(curves))
        line = _marked(steps, "line", interpolate=curves.joined, strokeWidth=2, **look)
        drop = _marked(alt.Chart(drops[of]), "rule", **look | {"strokeDash": [2, 2]})
        drop = drop.encode(x=alt.X("time:Q"), y=alt.Y("half:Q"), y2=alt.Y2("floor:Q"))
        layers += [band.encode(y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q")), line.encode(y=height), drop]
    drawn = {"layer": layers, "width": width, "height": min(300, width * 0.75)}
    return {"vconcat": [drawn, _risk_table(curves, width)], "spacing": 8}


def _medians_marked(curves: Curves) -> list[alt.Chart]:
    if not curves.medians:
        return []
    look = {"strokeWidth": 1, "strokeDash": [2, 3], "stroke": INK, "opacity": 0.7}
    reached = pd.DataFrame({"time": curves.medians, "half": 0.5, "zero": 0.0}).round(SAME)
    across = _marked(alt.Chart(reached.tail(1)), "rule", **look)
    down = _marked(alt.Chart(reached), "rule", **look)
    return [
        across.encode(x=alt.X("zero:Q"), x2=alt.X2("time:Q"), y=alt.Y("half:Q")),
        down.encode(x=alt.X("time:Q"), y=alt.Y("half:Q"), y2=alt.Y2("zero:Q")),
    ]


def _time(curves: Curves, width: int) -> alt.X:
    """The time axis: its ticks are where those at risk are counted, and it ends at the last of them."""
    ends = alt.Scale(domain=[0, curves.ticks[-1] or 1], nice=False)
    title = f"{unit_of(curves.since).name.capitalize()} from {fitted(curves.since, width)}"
    written = {"format": "d" if all(tick.is_integer() for tick in curves.ticks) else ".2~f", "labelFlush": False}
    anchor = "middle" if width == WIDE else "end"
    axis = {"values": curves.ticks, "title": title, "titleAnchor": anchor, **written, **_APART}
    return alt.X("time:Q", scale=ends, axis=axis)


def _risk_table(curves: Curves, width: int) -> dict:
    """Those at risk at each tick; beside the name of a group is its line, where that has one."""
    at_risk, groups = curves.at_risk, list(curves.rows)
    hue, dash = scales(curves.rows)
    has_lines = groups == list(curves.looks)
    hue = hue if has_lines or len(groups) > 1 else alt.ColorValue(INK)
    table = alt.Chart().encode(y=alt.Y("group:N", sort=groups, axis=None), color=hue)
    widest = _DIGIT * at_risk["at_risk"].where(at_risk["at_risk"].str.isdecimal(), "").str.len().max()
    room = width / max(at_risk["time"].nunique() - 1, 1) - 4
    counts = _marked(table, "text", fontSize=min(12, 12 * room / max(widest, 1)), dy=0 if width == WIDE else 9)
    counts = counts.encode(x=_time(curves, width).axis(None), text=alt.Text("at_risk:N"))
    first = table.transform_filter("datum.time == 0")
    names = _names_beside(first, groups, dash, widest) if width == WIDE else _names_above(first, dash, has_lines)
    names = names if has_lines else names[1:2]
    title = alt.TitleParams("Number at risk", anchor="start", fontSize=12, color=INK, offset=4)
    row = _COUNTS if width == WIDE else _NAME_AND_COUNTS
    size = {"width": width, "height": row * len(groups)}
    return {"data": at_risk, "layer": [counts, *names], "title": title, **size}


def _names_beside(first: alt.Chart, groups: list[str], dash: alt.StrokeDash, widest: float) -> list[alt.Chart]:
    left = max(18, widest / 2 + 6)
    end = left + 30 + max(map(width_of, groups))
    samples = _marked(first, "rule", strokeWidth=2).encode(
        x=alt.XValue(-left - 24), x2=alt.X2Value(-left), strokeDash=dash
    )
    written = _marked(first, "text", align="right", dx=-left - 30, fontSize=12, fontWeight="bold")
    unseen = _marked(first, "rule", opacity=0).encode(x=alt.XValue(-end), x2=alt.X2Value(0))
    return [samples, written.encode(x=alt.XValue(0), text=alt.Text("group:N")), unseen]


def _names_above(first: alt.Chart, dash: alt.StrokeDash, after: bool) -> list[alt.Chart]:
    samples = _marked(first, "rule", strokeWidth=2, yOffset=-9).encode(
        x=alt.XValue(0), x2=alt.X2Value(24), strokeDash=dash
    )
    written = _marked(first, "text", align="left", dx=30 * after, dy=-9, fontSize=12, fontWeight="bold")
    return [samples, written.encode(x=alt.XValue(0), text=alt.Text("group:N"))]


def _marked(chart: alt.Chart, kind: str, **look) -> alt.Chart:
    """A chart with a mark, of which Altair copies only what is set: its own marks make a figure half as slow again."""
    copy = chart.copy(deep=False)
    copy.mark = {"type": kind, **look}
    return copy


def _faint(curves: Curves) -> float:
    return 0.36 / max(2, len(curves.looks))


def beside(
    lines: dict[str, np.ndarray], others: list[np.ndarray], size: tuple[int, int]
) -> dict[str, tuple[int, float]]:
    """Left end and middle, in pixels, of the name of each line; a line at which no place is free has none.

    Lines are corners (x and y, in pixels of a plot of a size), and so are `others`, which bear no name.
    """
    drawn = {name: _pixels(line, size) for name, line in lines.items()}
    places, boxes = {}, []
    for name, own in drawn.items():
        taken = np.zeros((size[1] + 1, size[0] + 1), dtype=bool)
        for x, y in [line for each, line in drawn.items() if each != name] + [_pixels(line, size) for line in others]:
            taken[y, x] = True
        for top, bottom, left, right in boxes:
            taken[top:bottom, left:right] = True
        wide = int(width_of(name) * _FONT)
        if free := _free(own, taken, wide):
            _, left, middle = min(free)
            places[name] = (-left, middle)
            boxes.append((int(middle) - _TEXT, int(middle) + _TEXT, -left, wide - left))
    return places


def _free(own: tuple[np.ndarray, np.ndarray], taken: np.ndarray, wide: int) -> list[tuple[float, int, float]]:
    """Free places of a name of a width at its own line: how far from best, left end (negative), and middle.

    Best is after the end of the line; else over or under it, where it falls or rises least.
    """
    height, width = taken.shape
    found = []
    for worse, left, middle in _places(own, taken.shape, wide):
        top, bottom = int(middle - _TEXT / 2), int(middle + _TEXT / 2)
        around = taken[max(top - _CLEAR, 0) : bottom + _CLEAR, left - _MARGIN : left + wide + _MARGIN]
        if top >= 0 and bottom < height and left + wide + _MARGIN < width and not around.any():
            found.append((worse, -left, middle))
    return found


def _places(own: tuple[np.ndarray, np.ndarray], shape: tuple[int, int], wide: int) -> Iterator[tuple]:
    x, y = own
    yield -1.0, int(x[-1]) + _GAP, float(y[-1].clip(_TEXT / 2, shape[0] - 1 - _TEXT / 2))
    for left in range(_MARGIN, shape[1] - wide, _STEP):
        there = y[(x >= left) & (x <= left + wide)]
        if len(there) and x[0] <= left and x[-1] >= left + wide and np.ptp(there) <= _SLOPE:
            yield float(np.ptp(there)), left, float(there.min() - _GAP - _TEXT / 2)
            yield float(np.ptp(there)), left, float(there.max() + _GAP + _TEXT / 2)


def _pixels(line: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Every pixel that a line of straight pieces passes, from its first to its last, within a plot of a size."""
    known = line[np.isfinite(line).all(axis=1)]
    along = np.append(0, np.abs(np.diff(known, axis=0)).sum(axis=1).cumsum())
    steps = np.arange(0, along[-1] + 1, 0.5).clip(max=along[-1])
    x, y = (np.interp(steps, along, known[:, of]).round().astype(int).clip(0, size[of]) for of in (0, 1))
    return x, y
