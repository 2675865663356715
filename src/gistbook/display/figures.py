"""Draw tidy estimates: each figure is a pair of inline SVG, for a wide and for a narrow page, made at build time.

Colours are CSS custom properties of the page, so that a figure follows its light or dark theme; dashes and labels
tell groups apart as well, so that colour is never needed.
"""

import altair as alt
import numpy as np
import pandas as pd

from gistbook.conventions import (
    EXHAUSTED,
    NOT_REACHED,
    NOT_RECORDED,
    Displayed,
    PatientDataError,
    escaped,
    is_known,
    months,
    rounded,
)
from gistbook.schemas import estimates_only

WIDE, NARROW = 620, 300
"""Widths of the plotting area, in pixels; the page shows the one that fits."""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_DASHES = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (4, 4), (12, 3))
COLOURS_OF_THEME = tuple(f"var(--gb-{i + 1}, {colour})" for i, colour in enumerate(COLOURS))
_INK, _GRID = "var(--gb-ink, #222)", "var(--gb-grid, #ddd)"
_HEADER = alt.Header(
    labelOrient="top",
    labelAnchor="start",
    labelAngle=0,
    labelFontWeight="bold",
    labelFontSize=12,
    labelColor=_INK,
    title=None,
)
_STEPS_MONTHS = (3, 6, 12, 24, 60, 120)
_MARKS = {"operation": "triangle-up", "progression": "diamond", "death": "cross", "last contact": "circle"}
_MOST_TICKS = 9
_LONGEST_NAME = 140
"""Width in pixels beyond which a group's name is cut short; the figure's description holds it in full."""


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
        return _nothing(probability)
    description = _description(at_risk, curve, since, probability)
    charts = [
        _curve_over_risk(_in_months(curve), _in_months(at_risk), since, probability, width) for width in (WIDE, NARROW)
    ]
    return _figure(charts, description)


def forest(rows: pd.DataFrame, quantity: str) -> Displayed:
    """Draw estimates in a column, grouped, each with its limits where there are any.

    Parameters
    ----------
    rows : DataFrame
        One row per estimate, in the order of drawing: `label`, `kind` (the groups), `estimate`, `lower`, `upper`
        (NaN where no limits are known) and `source`; this cohort's estimates are drawn as diamonds.
    quantity : str
        What the horizontal axis shows, with its unit.
    """
    rows = estimates_only(rows).reset_index(drop=True)
    if rows.empty:
        return _nothing(quantity)
    said = [f"{r.kind}, {r.label}: {_value(r)}" for r in rows.itertuples()]
    return _figure([_forest(rows, quantity, width) for width in (WIDE, NARROW)], f"{quantity}. {'; '.join(said)}.")


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
        return _nothing(quantity)
    last = [f"{g} {rounded(r['estimate'].iloc[-1], 2)}" for g, r in curve.groupby("group", sort=True)]
    charts = [_steps(_in_months(curve), since, quantity, width) for width in (WIDE, NARROW)]
    return _figure(charts, f"{quantity} by months from {since}. At the end: {'; '.join(last)}.")


def swimmer(periods: pd.DataFrame, marks: pd.DataFrame, access: str) -> Displayed:
    """Draw one lane a patient: the one figure of patients, refused for a confidential cohort.

    Parameters
    ----------
    periods, marks : DataFrame
        As `swimlanes.periods` and `swimlanes.marks` make them.
    access : str
        Access to the cohort.

    Raises
    ------
    PatientDataError
        The cohort is confidential.
    """
    if access == "confidential":
        raise PatientDataError("A lane for each patient is not drawn of a confidential cohort.")
    if marks.empty:
        return _nothing("Courses of the operated patients")
    counts = marks["MARK"].value_counts().sort_index()
    said = ", ".join(f"{n} {mark}{'' if n == 1 else 's'}" for mark, n in counts.items())
    told = f"Courses of {marks['LANE'].nunique()} operated patients from the first operation, one lane each: {said}."
    return _figure([_lanes(periods, marks, width) for width in (WIDE, NARROW)], told)


def _steps(curve: pd.DataFrame, since: str, quantity: str, width: int) -> alt.LayerChart:
    groups = sorted(curve["group"].unique())
    colour, dash = _scales(groups)
    legend = alt.Legend(title=None, orient="bottom", labelColor=_INK, labelLimit=300, direction="vertical")
    base = alt.Chart(curve).encode(x=alt.X("time:Q", title=f"Months from {since}"), color=colour.legend(legend))
    band = base.mark_area(interpolate="step-after", opacity=0.15, stroke=None).encode(
        y="lower:Q", y2="upper:Q", fill=colour.legend(legend), color=alt.value(None)
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2)
    line = line.encode(y=alt.Y("estimate:Q", title=quantity), strokeDash=dash.legend(legend))
    return alt.layer(band, line).properties(width=width, height=min(280, width * 0.75))


def _lanes(periods: pd.DataFrame, marks: pd.DataFrame, width: int) -> alt.LayerChart:
    drawn = periods.rename(columns=str.lower).assign(**{c.lower(): months(periods[c]) for c in ("ASTDY", "AENDY")})
    events = marks.rename(columns=str.lower).assign(ady=months(marks["ADY"]))
    legend = alt.Legend(title=None, orient="bottom", labelColor=_INK, columns=2 if width == NARROW else 4)
    lane = alt.Y("lane:O", title="Patient", axis=alt.Axis(labels=False, ticks=False))
    drugs = sorted(drawn["drug"].unique())
    colour = _scales(drugs, "drug")[0].legend(legend)
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.62}, opacity=0.55)
        .encode(y=lane, x=alt.X("astdy:Q", title="Months from the first operation"), x2="aendy:Q", color=colour)
    )
    shapes = alt.Scale(domain=list(_MARKS), range=list(_MARKS.values()))
    points = (
        alt.Chart(events)
        .mark_point(filled=True, size=45, opacity=1, color=_INK)
        .encode(y=lane, x="ady:Q", shape=alt.Shape("mark:N", scale=shapes, legend=legend))
    )
    return alt.layer(bars, points).properties(width=width, height=alt.Step(15))


def _value(row) -> str:
    if not is_known(row.estimate):
        return NOT_REACHED
    limits = (
        f" ({rounded(row.lower, 1)} to {rounded(row.upper, 1)})" if is_known(row.lower) and is_known(row.upper) else ""
    )
    return f"{rounded(row.estimate, 1)}{limits}"


def _forest(rows: pd.DataFrame, quantity: str, width: int) -> alt.FacetChart:
    inner = width - 240 if width == WIDE else width - 130
    row = alt.Y(
        "label:N", sort=rows["label"].tolist(), title=None, axis=alt.Axis(labelLimit=230 if width == WIDE else 150)
    )
    ours = "datum.source == 'this cohort'"
    shape, size = (alt.condition(ours, alt.value(a), alt.value(b)) for a, b in (("diamond", "square"), (150, 60)))
    colour = alt.condition(ours, alt.value(COLOURS_OF_THEME[1]), alt.value(COLOURS_OF_THEME[0]))
    known = alt.Chart().transform_filter("isValid(datum.estimate)")
    limits = known.mark_rule(color=_INK).encode(y=row, x=alt.X("lower:Q", title=quantity), x2="upper:Q")
    points = known.mark_point(filled=True, opacity=1).encode(
        y=row, x="estimate:Q", shape=shape, size=size, color=colour
    )
    layered = alt.layer(limits, points, data=rows).properties(width=inner, height=alt.Step(22))
    heads = alt.Row("kind:N", sort=rows["kind"].unique().tolist(), header=_HEADER)
    return layered.facet(row=heads, spacing=26).resolve_scale(y="independent")


def _nothing(what: str) -> Displayed:
    words = f"{what}: {NOT_RECORDED}."
    return Displayed(f'<p class="gb-nothing">{escaped(words)}</p>', words)


def _in_months(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(time=months(frame["time"].astype(float)))


def _scales(groups: list[str], field: str = "group") -> tuple[alt.Color, alt.StrokeDash]:
    colours = [f"var(--gb-{i % len(COLOURS) + 1}, {COLOURS[i % len(COLOURS)]})" for i in range(len(groups))]
    dashes = [_DASHES[(i + i // len(COLOURS)) % len(_DASHES)] for i in range(len(groups))]
    colour = alt.Color(f"{field}:N", scale=alt.Scale(domain=groups, range=colours), legend=None)
    return colour, alt.StrokeDash(f"{field}:N", scale=alt.Scale(domain=groups, range=dashes), legend=None)


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


def _figure(charts: list[alt.TopLevelMixin], description: str) -> Displayed:
    svgs = [
        f'<div class="gb-{name}">{_svg(chart)}</div>' for name, chart in zip(("wide", "narrow"), charts, strict=True)
    ]
    return Displayed(
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
