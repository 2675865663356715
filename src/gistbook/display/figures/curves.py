"""Curves over time: survival over its risk table, and estimates that rise by steps."""

import altair as alt
import numpy as np
import pandas as pd

from gistbook.conventions import EXHAUSTED, Displayed, months, rounded
from gistbook.display.figures.canvas import INK, NARROW, WIDE, figure, in_months, nothing, scales
from gistbook.schemas import estimates_only

_STEPS_MONTHS = (3, 6, 12, 24, 60, 120)
_MOST_TICKS = 9
_LONGEST_NAME = 140
"""Width in pixels beyond which a group's name is cut short; the figure's description holds it in full."""

_LINE_SAMPLES = alt.Legend(
    title=None,
    orient="bottom",
    direction="vertical",
    labelColor=INK,
    labelFontSize=12,
    labelLimit=300,
    symbolType="stroke",
    symbolSize=500,
    symbolStrokeWidth=2,
    symbolOpacity=1,
)
"""A legend that shows each group's own line, dashes and all, so that colour is not needed."""


def ticks(curve: pd.DataFrame, step_months: int = 0) -> list[int]:
    """Return the months at which the axis has ticks and the risk table counts, from zero to past the last time.

    Parameters
    ----------
    curve : DataFrame
        One row per group and time in days.
    step_months : int
        Distance of the ticks; 0 chooses one that gives at most nine of them.
    """
    last = months(float(curve["time"].max())) if len(curve) else 0.0
    fitting = [step for step in _STEPS_MONTHS if last / step < _MOST_TICKS - 1]
    step = step_months or (fitting or _STEPS_MONTHS[-1:])[0]
    return list(range(0, int(np.ceil(last / step)) * step + 1, step))


def survival_curve(curve: pd.DataFrame, at_risk: pd.DataFrame, since: str, probability: str) -> Displayed:
    """Draw Kaplan-Meier curves over their risk table: steps, pointwise interval, censoring marks.

    Parameters
    ----------
    curve : DataFrame
        One row per group and time in days, columns of `schemas.CURVE`.
    at_risk : DataFrame
        One row per group and tick in days: `group`, `time`, `at_risk`.
    since : str
        What the time is counted from, as the axis says it.
    probability : str
        What the curve is the probability of.
    """
    curve, at_risk = estimates_only(curve), estimates_only(at_risk)
    if curve.empty:
        return nothing(probability)
    description = _description(at_risk, curve, since, probability)
    charts = [
        _curve_over_risk(in_months(curve), in_months(at_risk), since, probability, width) for width in (WIDE, NARROW)
    ]
    return figure(charts, description)


def step_curve(curve: pd.DataFrame, since: str, quantity: str) -> Displayed:
    """Draw estimates that rise by steps, as cumulative incidences and mean counts do, with their pointwise interval.

    Parameters
    ----------
    curve : DataFrame
        One row per group and time in days: `group`, `time`, `estimate`, `lower`, `upper`.
    since : str
        What the time is counted from, as the axis says it.
    quantity : str
        What the vertical axis shows.
    """
    if estimates_only(curve).empty:
        return nothing(quantity)
    last = [f"{g} {rounded(r['estimate'].iloc[-1], 2)}" for g, r in curve.groupby("group", sort=True)]
    charts = [_steps(in_months(curve), since, quantity, width) for width in (WIDE, NARROW)]
    return figure(charts, f"{quantity} by months from {since}. At the end: {'; '.join(last)}.")


def _curve_over_risk(
    curve: pd.DataFrame, at_risk: pd.DataFrame, since: str, probability: str, width: int
) -> alt.VConcatChart:
    groups, tick_months = sorted(curve["group"].unique()), [float(t) for t in at_risk["time"].round().unique()]
    colour, dash = scales(groups)
    time = alt.X("time:Q", scale=alt.Scale(domain=[0, tick_months[-1]], nice=False))
    axis = alt.Axis(values=tick_months, title=f"Months from {since}", labelFlush=False)
    steps = alt.Chart(curve).encode(x=time.axis(axis), color=colour)
    height = alt.Y("survival:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", title=probability))
    band = steps.mark_area(interpolate="step-after", opacity=0.18, stroke=None).encode(
        y=alt.Y("lower:Q"), y2="upper:Q", fill=colour, color=alt.value(None)
    )
    line = steps.mark_line(interpolate="step-after", strokeWidth=2).encode(y=height, strokeDash=dash)
    marks = (
        steps.transform_filter("datum.censored > 0")
        .mark_tick(orient="vertical", size=9, thickness=1.6)
        .encode(y=height)
    )
    upper = alt.layer(band, line, marks).properties(width=width, height=min(300, width * 0.75))
    return alt.vconcat(upper, _risk_table(at_risk, groups, time, (colour, dash)).properties(width=width), spacing=8)


def _risk_table(at_risk: pd.DataFrame, groups: list[str], time: alt.X, told_apart: tuple) -> alt.LayerChart:
    colour, dash = told_apart
    table = alt.Chart(at_risk).encode(y=alt.Y("group:N", sort=groups, axis=None), color=colour)
    counts = table.mark_text(fontSize=12).encode(x=time.axis(None), text="at_risk:Q")
    first = table.transform_filter("datum.time == 0")
    samples = first.mark_rule(strokeWidth=2).encode(x=alt.value(-42), x2=alt.value(-18), strokeDash=dash)
    names = first.mark_text(align="right", dx=-48, fontSize=12, fontWeight="bold", limit=_LONGEST_NAME)
    title = alt.TitleParams("Number at risk", anchor="start", fontSize=12, color=INK, offset=4)
    layers = alt.layer(counts, samples, names.encode(x=time.axis(None), text="group:N"))
    return layers.properties(height=20 * len(groups), title=title)


def _steps(curve: pd.DataFrame, since: str, quantity: str, width: int) -> alt.LayerChart:
    groups = sorted(curve["group"].unique())
    colour, dash = scales(groups)
    base = alt.Chart(curve).encode(x=alt.X("time:Q", title=f"Months from {since}"), color=colour.legend(_LINE_SAMPLES))
    band = base.mark_area(interpolate="step-after", opacity=0.15, stroke=None).encode(y="lower:Q", y2="upper:Q")
    line = base.mark_line(interpolate="step-after", strokeWidth=2)
    line = line.encode(y=alt.Y("estimate:Q", title=quantity), strokeDash=dash.legend(_LINE_SAMPLES))
    return alt.layer(band, line).properties(width=width, height=min(280, width * 0.75))


def _description(at_risk: pd.DataFrame, curve: pd.DataFrame, since: str, probability: str) -> str:
    parts = [f"{probability} by months from {since}, Kaplan-Meier."]
    for group, rows in curve.groupby("group", sort=True):
        counts = at_risk[at_risk["group"] == group]
        said = [
            f"{rounded(months(time), 0)} months {_height(rows, time)}, {n} at risk"
            for time, n in zip(counts["time"], counts["at_risk"], strict=True)
        ]
        parts.append(f"{group}: {'; '.join(said)}.")
    return " ".join(parts)


def _height(rows: pd.DataFrame, time: float) -> str:
    survival = rows[rows["time"] <= time]["survival"].iloc[-1]
    if time > rows["time"].max() and survival > 0:
        return EXHAUSTED
    return f"{rounded(100 * survival, 0)}%"
