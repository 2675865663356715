"""Draw tidy estimates: each figure is a pair of inline SVG, for a wide and for a narrow page, made at build time.

Colours are CSS custom properties of the page, so that a figure follows its light or dark theme; dashes and labels
tell groups apart as well, so that colour is never needed.
"""

import altair as alt
import numpy as np
import pandas as pd

from gistbook.conventions import EXHAUSTED, NOT_RECORDED, escaped, months, rounded
from gistbook.schemas import estimates_only

WIDE, NARROW = 620, 300
"""Widths of the plotting area, in pixels; the page shows the one that fits."""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_DASHES = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (4, 4), (12, 3))
_INK, _GRID = "var(--gb-ink, #222)", "var(--gb-grid, #ddd)"
_STEPS_MONTHS = (3, 6, 12, 24, 60, 120)
_MOST_TICKS = 9
_LONGEST_NAME = 140
"""Width in pixels beyond which a group's name is cut short; the figure's description holds it in full."""


class Figure:
    """A figure as a notebook displays it: HTML with its description for whoever cannot see it."""

    def __init__(self, html: str, description: str):
        self.html, self.description = html, description

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.description


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


def survival_curve(curve: pd.DataFrame, at_risk: pd.DataFrame, since: str, probability: str) -> Figure:
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
        return _nothing(probability)
    description = _description(at_risk, curve, since, probability)
    charts = [
        _curve_over_risk(_in_months(curve), _in_months(at_risk), since, probability, width) for width in (WIDE, NARROW)
    ]
    return _figure(charts, description)


def flow_diagram(flow: pd.DataFrame) -> Figure:
    """Draw who was recorded, who left and why, and who was analysed in which group, as nested lists.

    Parameters
    ----------
    flow : DataFrame
        One row per step, columns of `schemas.FLOW`.
    """
    rows = list(estimates_only(flow).itertuples())
    description = "; ".join(f"{row.step}: {row.count}" for row in rows)
    return Figure(f'<div class="gb-flow">{_branch(rows, "")}</div>', f"Flow of patients. {description}.")


def _nothing(what: str) -> Figure:
    words = f"{what}: {NOT_RECORDED}."
    return Figure(f'<p class="gb-nothing">{escaped(words)}</p>', words)


def _in_months(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(time=months(frame["time"].astype(float)))


def _scales(groups: list[str]) -> tuple[alt.Color, alt.StrokeDash]:
    colours = [f"var(--gb-{i % len(COLOURS) + 1}, {COLOURS[i % len(COLOURS)]})" for i in range(len(groups))]
    dashes = [_DASHES[(i + i // len(COLOURS)) % len(_DASHES)] for i in range(len(groups))]
    colour = alt.Color("group:N", scale=alt.Scale(domain=groups, range=colours), legend=None)
    return colour, alt.StrokeDash("group:N", scale=alt.Scale(domain=groups, range=dashes), legend=None)


def _curve_over_risk(
    curve: pd.DataFrame, at_risk: pd.DataFrame, since: str, probability: str, width: int
) -> alt.VConcatChart:
    groups, tick_months = sorted(curve["group"].unique()), [float(t) for t in at_risk["time"].round().unique()]
    colour, dash = _scales(groups)
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
    return alt.vconcat(upper, _risk_table(at_risk, groups, time, colour, width), spacing=8)


def _risk_table(at_risk: pd.DataFrame, groups: list[str], time: alt.X, colour: alt.Color, width: int) -> alt.LayerChart:
    row = alt.Y("group:N", sort=groups, axis=None)
    table = alt.Chart(at_risk).encode(y=row, color=colour)
    counts = table.mark_text(fontSize=12).encode(x=time.axis(None), text="at_risk:Q")
    names = table.transform_filter("datum.time == 0").mark_text(
        align="right", dx=-20, fontSize=12, fontWeight="bold", limit=_LONGEST_NAME
    )
    title = alt.TitleParams("Number at risk", anchor="start", fontSize=12, color=_INK, offset=4)
    return alt.layer(counts, names.encode(x=time.axis(None), text="group:N")).properties(
        width=width, height=20 * len(groups), title=title
    )


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


def _branch(rows: list, parent: str) -> str:
    boxes = [
        f"<li><span>{escaped(r.step)} <strong>{r.count}</strong></span>{_branch(rows, r.step)}</li>"
        for r in rows
        if r.parent == parent
    ]
    return f"<ul>{''.join(boxes)}</ul>" if boxes else ""


def _figure(charts: list[alt.TopLevelMixin], description: str) -> Figure:
    svgs = [
        f'<div class="gb-{name}">{_svg(chart)}</div>' for name, chart in zip(("wide", "narrow"), charts, strict=True)
    ]
    return Figure(
        f'<div class="gb-figure" role="img" aria-label="{escaped(description)}">{"".join(svgs)}</div>', description
    )


def _svg(chart: alt.TopLevelMixin) -> str:
    import vl_convert

    plain = chart.configure(background="transparent", aria=False, view={"stroke": "transparent"})
    plain = plain.configure_axis(
        labelColor=_INK,
        titleColor=_INK,
        domainColor=_INK,
        tickColor=_INK,
        gridColor=_GRID,
        labelFontSize=12,
        titleFontSize=12,
        titleFontWeight="normal",
    )
    return vl_convert.vegalite_to_svg(plain.to_dict(), vl_version="v6_1")
