"""Curves over time: survival over its risk table, and estimates that rise by steps."""

from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from gistbook.conventions import EXHAUSTED, WITHHELD, Displayed, is_known, months, rounded
from gistbook.display.figures import thinning
from gistbook.display.figures.canvas import INK, NARROW, WIDE, figure, in_months, nothing, scales, words_in_place
from gistbook.display.figures.naming import fitted, short_names, width_of
from gistbook.schemas import WITHHELD_KIND, estimates_only

_STEPS_MONTHS = (3, 6, 12, 24, 60, 120)
_MOST_TICKS = 9
_LONGEST_NAME, _LONGEST_LEGEND = 140, 300
"""Width in pixels beyond which a group's name is cut short, beside the risk table and in a legend."""

_DIGIT = 6.7
"""Width in pixels of a digit of the counts at risk."""

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

_SURVIVAL, _RISING = ["survival", "lower", "upper"], ["estimate", "lower", "upper"]
_ONE_FOR_ALL = "Where many are censored within a short time, one mark stands for all."
_WORD_AT_RISK = "withheld"
_NO_TIME = "Nobody was followed beyond the first day, so that there is no curve to draw."


class _Lines(NamedTuple):
    """What is drawn of curves: points, rows at which somebody was censored, how points are joined, short names."""

    points: pd.DataFrame
    marks: pd.DataFrame
    joined: str
    names: dict[str, str]


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
    frames = {"curve": thinning.rows(curve, _SURVIVAL), "at_risk": at_risk}
    told = [f"{probability} by months from {since}, Kaplan-Meier.", *_told(at_risk, curve)]
    curve = curve[curve["held_back"] != WITHHELD_KIND]
    if not curve["time"].any():
        why = _NO_TIME if len(curve) else f"There is no curve to draw: {WITHHELD}."
        return words_in_place(" ".join([told[0], why, *told[1:]]), frames)
    points, joined = thinning.outline(_whole(curve, _SURVIVAL, 1.0), _SURVIVAL)
    names = short_names(sorted(at_risk["group"].unique()), _LONGEST_NAME)
    lines = _Lines(*(_named(rows, names) for rows in (points, thinning.marks(in_months(curve)))), joined, names)
    risks = _named(in_months(at_risk.assign(counted=_counted(at_risk))), names)
    charts = [_curve_over_risk(lines, risks, since, probability, width) for width in (WIDE, NARROW)]
    every_mark = len(lines.marks) == (curve["censored"] > 0).sum()
    return figure(charts, " ".join(told if every_mark else [*told, _ONE_FOR_ALL]), frames)


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
    told, frames = f"At the end: {'; '.join(last)}.", {"curve": thinning.rows(curve, _RISING)}
    about = f"{quantity} by months from {since}."
    if not curve["time"].any():
        return words_in_place(f"{about} {_NO_TIME} {told}", frames)
    points, joined = thinning.outline(_whole(curve, _RISING, 0.0), _RISING)
    charts = [_steps(points, joined, since, quantity, width) for width in (WIDE, NARROW)]
    return figure(charts, f"{about} {told}", frames)


def _whole(curve: pd.DataFrame, heights: list[str], start: float) -> pd.DataFrame:
    """Return curves in months as they are drawn: from where they start, if something happened on the first day.

    Limits, which are not known once a curve has come to its end, are drawn as they were up to there.
    """
    first = curve.groupby("group").head(1)
    before = first[first[heights[0]] != start].assign(**dict.fromkeys(heights, start))
    rows = pd.concat([before, curve], ignore_index=True) if len(before) else curve
    rows = in_months(rows).sort_values(["group", "time"], kind="stable", ignore_index=True)
    return rows.assign(**rows.groupby("group")[["lower", "upper"]].ffill(limit=1))


def _named(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return rows.assign(group=rows["group"].map(names))


def _curve_over_risk(
    lines: _Lines, at_risk: pd.DataFrame, since: str, probability: str, width: int
) -> alt.VConcatChart:
    groups, tick_months = list(lines.names.values()), [float(t) for t in at_risk["time"].round().unique()]
    colour, dash = scales(groups)
    time = alt.X("time:Q", scale=alt.Scale(domain=[0, tick_months[-1] or 1], nice=False))
    axis = alt.Axis(values=tick_months, title=f"Months from {fitted(since, width)}", labelFlush=False)
    steps, marks = (alt.Chart(rows).encode(x=time.axis(axis), color=colour) for rows in (lines.points, lines.marks))
    height = alt.Y("survival:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", title=probability))
    band = steps.mark_area(interpolate=lines.joined, opacity=_faint(groups), stroke=None).encode(
        y=alt.Y("lower:Q"), y2="upper:Q", fill=colour, color=alt.value(None)
    )
    line = steps.mark_line(interpolate=lines.joined, strokeWidth=2).encode(y=height, strokeDash=dash)
    marks = marks.mark_tick(orient="vertical", size=9, thickness=1.6).encode(y=height)
    upper = alt.layer(band, line, marks).properties(width=width, height=min(300, width * 0.75))
    return alt.vconcat(upper, _risk_table(at_risk, groups, time, (colour, dash), width), spacing=8)


def _risk_table(at_risk: pd.DataFrame, names: list[str], time: alt.X, told_apart: tuple, width: int) -> alt.LayerChart:
    colour, dash = told_apart
    table = alt.Chart(at_risk).encode(y=alt.Y("group:N", sort=names, axis=None), color=colour)
    widest = _DIGIT * at_risk.loc[at_risk["at_risk"].notna(), "counted"].str.len().max()
    room = width / max(at_risk["time"].nunique() - 1, 1) - 4
    counts = table.mark_text(fontSize=min(12, 12 * room / widest)).encode(x=time.axis(None), text="counted:N")
    first, left = table.transform_filter("datum.time == 0"), max(18, widest / 2 + 6)
    samples = first.mark_rule(strokeWidth=2).encode(x=alt.value(-left - 24), x2=alt.value(-left), strokeDash=dash)
    written = first.mark_text(align="right", dx=-left - 30, fontSize=12, fontWeight="bold")
    unseen = first.mark_rule(opacity=0).encode(x=alt.value(-left - 30 - max(map(width_of, names))), x2=alt.value(0))
    title = alt.TitleParams("Number at risk", anchor="start", fontSize=12, color=INK, offset=4)
    layers = alt.layer(counts, samples, written.encode(x=time.axis(None), text="group:N"), unseen)
    return layers.properties(width=width, height=20 * len(names), title=title)


def _steps(points: pd.DataFrame, joined: str, since: str, quantity: str, width: int) -> alt.LayerChart:
    names = short_names(sorted(points["group"].unique()), min(_LONGEST_LEGEND, width - 70))
    colour, dash = scales(list(names.values()))
    base = alt.Chart(_named(points, names))
    base = base.encode(
        x=alt.X("time:Q", title=f"Months from {fitted(since, width)}"), color=colour.legend(_LINE_SAMPLES)
    )
    band = base.mark_area(interpolate=joined, opacity=_faint(names), stroke=None).encode(y="lower:Q", y2="upper:Q")
    line = base.mark_line(interpolate=joined, strokeWidth=2)
    top = alt.Undefined if points[_RISING].max().max() > 0 else alt.Scale(domain=[0, 1])
    line = line.encode(y=alt.Y("estimate:Q", title=quantity, scale=top), strokeDash=dash.legend(_LINE_SAMPLES))
    return alt.layer(band, line).properties(width=width, height=min(280, width * 0.75))


def _faint(groups) -> float:
    """Return how dense bands are drawn: the fainter the more of them lie upon one another."""
    return 0.36 / max(2, len(groups))


def _counted(at_risk: pd.DataFrame) -> pd.Series:
    """Return counts at risk as they are written; where a policy withholds them, one word for all that follow."""
    known = at_risk["at_risk"].notna()
    first = ~known & (known.shift(fill_value=True) | (at_risk["group"] != at_risk["group"].shift()))
    written = at_risk["at_risk"].map(lambda count: f"{count:.0f}")
    return written.where(known, first.map({True: _WORD_AT_RISK, False: ""}))


def _told(at_risk: pd.DataFrame, curve: pd.DataFrame) -> list[str]:
    parts = []
    for group, rows in curve.groupby("group", sort=True):
        counts = at_risk[at_risk["group"] == group]
        said = [
            f"{rounded(months(time), 0)} months {_height(rows, time)}, {n:.0f} at risk"
            for time, n in zip(counts["time"], counts["at_risk"], strict=True)
            if is_known(n)
        ]
        said += [WITHHELD] if counts["at_risk"].isna().any() else []
        parts.append(f"{group}: {'; '.join(said)}.")
    return parts


def _height(rows: pd.DataFrame, time: float) -> str:
    survival = rows[rows["time"] <= time]["survival"].iloc[-1]
    if time > rows["time"].max() and survival > 0:
        return EXHAUSTED
    return f"{rounded(100 * survival, 0)}%"
