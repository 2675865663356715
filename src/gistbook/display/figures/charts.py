"""The charts of curves over time as the drawing program is asked for them, for a page of a given width."""

from typing import NamedTuple

import altair as alt
import pandas as pd

from gistbook.display.figures.canvas import WIDE
from gistbook.display.figures.looks import INK, scales
from gistbook.display.figures.naming import fitted, width_of

_DIGIT = 6.7
"""Width in pixels of a digit of the counts at risk."""

_NAME_AND_COUNTS, _COUNTS = 38, 20
"""Height in pixels of a group's part of the risk table: with its name above the counts, and with it beside them."""

_LONGEST_LEGEND = 300

_LINE_SAMPLES = alt.Legend(
    title=None,
    orient="bottom",
    direction="vertical",
    labelColor=INK,
    labelFontSize=12,
    labelLimit=2 * _LONGEST_LEGEND,
    symbolType="stroke",
    symbolSize=500,
    symbolStrokeWidth=2,
    symbolOpacity=1,
)
"""A legend that shows each group's own line, dashes and all, so that colour is not needed."""

_IS_HIDDEN = "hidden[indexof(groups, datum.group)]"


class Curves(NamedTuple):
    """Curves as they are drawn: points, how they are joined, groups, and the months at which the axis has ticks.

    `since` is what the time is counted from, `quantity` what the curves are of.
    """

    points: pd.DataFrame
    joined: str
    groups: list[str]
    ticks: list[float]
    since: str
    quantity: str


def over_risk(curves: Curves, marks: pd.DataFrame, at_risk: pd.DataFrame, width: int) -> alt.VConcatChart:
    """Return survival curves over their risk table.

    Parameters
    ----------
    curves : Curves
        The curves, by group and time in months.
    marks : DataFrame
        Where somebody was censored: `group`, `time`, `survival`.
    at_risk : DataFrame
        Those at risk at each tick, as they are written: `group`, `time`, `at_risk`.
    width : int
        Width of the plotting area.
    """
    colour, dash = scales(curves.groups)
    time, axis = _time(curves, width)
    steps, marks = (alt.Chart(rows).encode(x=time.axis(axis)) for rows in (curves.points, marks))
    height = alt.Y("survival:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", title=curves.quantity))
    band = steps.mark_area(interpolate=curves.joined, stroke=None).encode(
        y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q"), fill=colour, opacity=_unless_hidden(_faint(curves))
    )
    line = steps.mark_line(interpolate=curves.joined, strokeWidth=2)
    line = line.encode(y=height, color=colour, strokeDash=dash, opacity=_unless_hidden(1))
    marks = marks.mark_tick(orient="vertical", size=9, thickness=1.6)
    marks = marks.encode(y=height, color=colour, opacity=_unless_hidden(1))
    upper = alt.layer(band, line, marks, _here()).properties(width=width, height=min(300, width * 0.75))
    return alt.vconcat(upper, _risk_table(curves, at_risk, width), spacing=8)


def rising(curves: Curves, width: int) -> alt.LayerChart:
    """Return curves of estimates that rise by steps."""
    colour, dash = scales(curves.groups)
    time, axis = _time(curves, width)
    base = alt.Chart(curves.points).encode(x=time.axis(axis), color=colour.legend(_LINE_SAMPLES))
    band = base.mark_area(interpolate=curves.joined, stroke=None)
    band = band.encode(y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q"), opacity=_unless_hidden(_faint(curves)))
    top = alt.Undefined if curves.points[["estimate", "upper"]].max().max() > 0 else alt.Scale(domain=[0, 1])
    line = base.mark_line(interpolate=curves.joined, strokeWidth=2).encode(
        y=alt.Y("estimate:Q", title=curves.quantity, scale=top),
        strokeDash=dash.legend(_LINE_SAMPLES),
        opacity=_unless_hidden(1),
    )
    return alt.layer(band, line, _here()).properties(width=width, height=min(280, width * 0.75))


def _time(curves: Curves, width: int) -> tuple[alt.X, alt.Axis]:
    """Return the time axis: its ticks are where those at risk are counted, and it ends at the last of them."""
    time = alt.X("time:Q", scale=alt.Scale(domain=[0, curves.ticks[-1] or 1], nice=False))
    title = f"Months from {fitted(curves.since, width)}"
    where = "middle" if width == WIDE else "end"
    return time, alt.Axis(values=curves.ticks, title=title, titleAnchor=where, labelFlush=False)


def _here() -> alt.Chart:
    """Return the upright rule at the time at which a reader reads the figure; unseen until somebody does."""
    rule = alt.Chart(pd.DataFrame({"here": [0]})).mark_rule(color=INK, opacity=alt.ExprRef("read ? 0.8 : 0"))
    return rule.encode(x=alt.XDatum({"expr": "at"}, type="quantitative"))


def _risk_table(curves: Curves, at_risk: pd.DataFrame, width: int) -> alt.LayerChart:
    colour, dash = scales(curves.groups)
    time, _ = _time(curves, width)
    table = alt.Chart(at_risk).encode(y=alt.Y("group:N", sort=curves.groups, axis=None), color=colour)
    widest = _DIGIT * at_risk["at_risk"].where(at_risk["at_risk"].str.isdecimal(), "").str.len().max()
    room = width / max(at_risk["time"].nunique() - 1, 1) - 4
    counts = table.mark_text(fontSize=min(12, 12 * room / max(widest, 1)), dy=0 if width == WIDE else 9)
    counts = counts.encode(x=time.axis(None), text=alt.Text("at_risk:N"))
    first = table.transform_filter("datum.time == 0")
    names = _names_beside(first, curves, dash, widest) if width == WIDE else _names_above(first, dash)
    title = alt.TitleParams("Number at risk", anchor="start", fontSize=12, color=INK, offset=4)
    row = _COUNTS if width == WIDE else _NAME_AND_COUNTS
    return alt.layer(counts, *names).properties(width=width, height=row * len(curves.groups), title=title)


def _names_beside(first: alt.Chart, curves: Curves, dash: alt.StrokeDash, widest: float) -> list[alt.Chart]:
    """Return the line and the name of each group to the left of its first count."""
    left = max(18, widest / 2 + 6)
    end = left + 30 + max(map(width_of, curves.groups))
    samples = first.mark_rule(strokeWidth=2).encode(x=alt.XValue(-left - 24), x2=alt.X2Value(-left), strokeDash=dash)
    written = first.mark_text(align="right", dx=-left - 30, fontSize=12, fontWeight="bold")
    unseen = first.mark_rule(opacity=0).encode(x=alt.XValue(-end), x2=alt.X2Value(0))
    return [samples, written.encode(x=alt.XValue(0), text=alt.Text("group:N")), unseen]


def _names_above(first: alt.Chart, dash: alt.StrokeDash) -> list[alt.Chart]:
    """Return the line and the name of each group above its counts, as a narrow page has no room beside them."""
    samples = first.mark_rule(strokeWidth=2, yOffset=-9).encode(x=alt.XValue(0), x2=alt.X2Value(24), strokeDash=dash)
    written = first.mark_text(align="left", dx=30, dy=-9, fontSize=12, fontWeight="bold")
    return [samples, written.encode(x=alt.XValue(0), text=alt.Text("group:N"))]


def _unless_hidden(opacity: float) -> alt.OpacityValue:
    return alt.OpacityValue(opacity, condition={"test": _IS_HIDDEN, "value": 0})


def _faint(curves: Curves) -> float:
    """Return how dense bands are drawn: the fainter the more of them lie upon one another."""
    return 0.36 / max(2, len(curves.groups))
