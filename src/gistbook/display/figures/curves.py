"""Curves over time: survival over its risk table, and estimates that rise by steps."""

from typing import NamedTuple

import altair as alt
import pandas as pd

from gistbook.analysis.estimates import quantile, ticks
from gistbook.conventions import EXHAUSTED, NOT_STARTED, WITHHELD, escaped, is_known, rounded
from gistbook.display.figures import readings
from gistbook.display.figures.canvas import (
    INK,
    NARROW,
    WIDE,
    colour,
    figure,
    fitted,
    handed,
    in_unit,
    nothing,
    scales,
    short_names,
    width_of,
    words_in_place,
)
from gistbook.display.outputs import Displayed
from gistbook.schemas import VARIANCE, WITHHELD_KIND, estimates_only
from gistbook.units import Unit, unit_of

_LONGEST_NAME, _LONGEST_LEGEND = 140, 300
"""Width in pixels beyond which a group's name is cut short, beside the risk table and in a legend."""

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
    labelLimit=2 * _LONGEST_LEGEND,
    symbolType="stroke",
    symbolSize=500,
    symbolStrokeWidth=2,
    symbolOpacity=1,
)
"""A legend that shows each group's own line, dashes and all, so that colour is not needed."""

_OF_BASE = {"stroke": INK, "opacity": 1}
_OF_ALTERNATIVE = {"stroke": colour(2), "opacity": 0, "strokeDash": [6, 3]}
"""The look of a base analysis, and of what a reader may choose beside it, in neither group's colour."""

_SURVIVAL, _RISING = ["survival", "lower", "upper"], ["estimate", "lower", "upper"]
_ONE_FOR_ALL = "Where many are censored within a short time, one mark stands for all."
_ENDS = "Drawn up to {end}; later, few are at risk."
_GOES_ON = f"{_ENDS} The numbers of this figure go on."
_WORD_AT_RISK = "withheld"
_WHOLE, _PARTS = "d", ".2~f"
"""How ticks are written: with no sign between thousands, and parts of a year with two decimals."""

_NO_TIME = "Nobody was followed beyond the first day, so that there is no curve to draw."


class _Curves(NamedTuple):
    """Curves as they are drawn: points, how they are joined, groups, and the times at which the axis has ticks.

    `since` is what the time is counted from, and bears the unit of the axis; `quantity` what the curves are of,
    `medians` the times at which those that reach it are down to one half.
    """

    points: pd.DataFrame
    joined: str
    groups: list[str]
    ticks: list[float]
    since: str
    quantity: str
    medians: tuple[float, ...] = ()


def survival_curve(
    curve: pd.DataFrame, at_risk: pd.DataFrame, since: str, probability: str, key: str = ""
) -> Displayed:
    """Draw Kaplan-Meier curves over their risk table: steps, pointwise interval, censoring marks, medians.

    `curve` has one row per group and time in days, columns of `schemas.CURVE`; `at_risk` one per group and tick in
    days: `group`, `time`, `at_risk`; both as `estimates.kaplan_meier` gives them. The axis says `since` when the time
    is counted, in the unit that these words bear, and of what the curve is the `probability`. A chapter records the
    estimates under the key.
    """
    curve, at_risk = estimates_only(curve), estimates_only(at_risk)
    if curve.empty:
        return nothing(probability, key)
    frames = {"curve": readings.rows(curve, _SURVIVAL), "at_risk": at_risk}
    unit = unit_of(since)
    about = f"{probability} by {unit.name} from {since}, Kaplan-Meier."
    words = [about, *_in_words(at_risk, curve, unit)]
    released = curve[curve["held_back"] != WITHHELD_KIND]
    if not released["time"].any():
        why = _NO_TIME if len(released) else f"There is no curve to draw: {WITHHELD}."
        return words_in_place(" ".join([about, why, *words[1:]]), key, frames)
    drawn, cut = _up_to(released, at_risk["time"].max(), unit)
    marks = readings.marks(in_unit(drawn, unit))
    if len(marks) < (drawn["censored"] > 0).sum():
        words.append(_ONE_FOR_ALL)
    about_curves = since, probability, _medians(released, at_risk["time"].max(), unit)
    charts = _survival_charts(drawn, marks, at_risk, about_curves)
    numbers = cut + readings.table(readings.of_survival(curve, at_risk, since), about)
    return figure(charts, " ".join(words), frames, key, numbers)


def step_curve(curve: pd.DataFrame, since: str, quantity: str, key: str = "") -> Displayed:
    """Draw estimates that rise by steps, as cumulative incidences and mean counts do, with their pointwise interval.

    One row per group and time in days: `group`, `time`, `estimate`, `lower`, `upper`; the vertical axis shows the
    `quantity`, and the rest is as for `survival_curve`.
    """
    if estimates_only(curve).empty:
        return nothing(quantity, key)
    last = [f"{g} {rounded(r['estimate'].iloc[-1], 2)}" for g, r in curve.groupby("group", sort=True)]
    ends, frames = f"At the end: {'; '.join(last)}.", {"curve": readings.rows(curve, _RISING)}
    unit = unit_of(since)
    about = f"{quantity} by {unit.name} from {since}."
    if not curve["time"].any():
        return words_in_place(f"{about} {_NO_TIME} {ends}", key, frames)
    axis, groups, charts = [float(tick) for tick in ticks(curve, unit=unit)], sorted(curve["group"].unique()), []
    drawn, cut = _up_to(curve, axis[-1] * unit.days, unit)
    points, joined = readings.outline(_whole(drawn, _RISING, 0.0, unit), _RISING)
    for width in (WIDE, NARROW):
        names = short_names(groups, min(_LONGEST_LEGEND, width - 70))
        curves = _Curves(_named(points, names, _RISING), joined, list(names.values()), axis, since, quantity)
        charts.append(_rising(curves, width))
    numbers = cut + readings.table(readings.of_rising(curve, since, axis[-1]), about)
    return figure(charts, f"{about} {ends}", frames, key, numbers)


def choice(
    sets: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], quantity: str, since: str, key: str = ""
) -> Displayed:
    """Draw the curve of a base analysis, and unseen those of its alternatives, of which a reader of a page chooses one.

    Of each, `sets` holds the curve (one row per time in days, columns of `schemas.CURVE`), those at risk at the ticks,
    and the median (columns of `schemas.ESTIMATES`), as `alternatives` makes them: its number is in `group`, the base
    being 0, beside its `assumption` and its `setting`. `since`: the time zero of the axis, which bears its unit. The
    table has what is told of each set.
    """
    curves, at_risk, medians = sets
    last, unit = at_risk["time"].max(), unit_of(since)
    starts = estimates_only(curves).groupby("group")["time"].min()
    on_axis = [each[each["group"].map(starts) <= last] for each in (curves, at_risk, medians)]
    curves, at_risk, medians = on_axis
    frames = {"curve": readings.rows(curves, _SURVIVAL), "at_risk": at_risk, "medians": medians}
    if curves.empty or not curves["time"].any():
        return words_in_place(f"{quantity}: {_NO_TIME}", key, {} if curves.empty else frames)
    drawn, cut = _up_to(curves, last, unit, _ENDS)
    points, joined = readings.outline(_whole(drawn, _SURVIVAL, 1.0, unit), _SURVIVAL)
    axis = _axis(at_risk, unit)
    shown = _Curves(handed(points, ["group", "time", *_SURVIVAL]), joined, ["0"], axis, since, quantity)
    charts = [_chosen(shown, medians.assign(estimate=unit.of(medians["estimate"])), width) for width in (WIDE, NARROW)]
    reading = readings.of_choice(at_risk, medians, unit)
    words = f"{quantity}, Kaplan-Meier, by {unit.name} from {since}. The base analysis: {reading.rows[0][2][1]}."
    return figure(charts, words, frames, key, cut + readings.table(reading, f"{quantity} under each assumption."))


def _up_to(curve: pd.DataFrame, end: float, unit: Unit, words: str = _GOES_ON) -> tuple[pd.DataFrame, str]:
    """Curves up to the end of the axis, in days, and as HTML that they go on beyond it, if they do.

    Survival is drawn level up to the end, where those at risk are counted; of grouped counts, to their last edge.
    """
    there = curve[curve["time"] <= end]
    beyond = sorted(set(curve.loc[curve["time"] > end, "group"]) & set(there["group"]))
    if not beyond:
        return there, ""
    if "survival" in curve and VARIANCE not in curve:
        level = there[there["group"].isin(beyond)].groupby("group").tail(1).assign(time=end, censored=0)
        there = pd.concat([there, level], ignore_index=True)
    return there, f'<p class="gb-cut">{escaped(words.format(end=unit.landmark(end)))}</p>'


def _survival_charts(
    curve: pd.DataFrame, marks: pd.DataFrame, at_risk: pd.DataFrame, about: tuple[str, str, tuple[float, ...]]
) -> list[alt.VConcatChart]:
    names = short_names(sorted(at_risk["group"].unique()), _LONGEST_NAME)
    unit = unit_of(about[0])
    points, joined = readings.outline(_whole(curve, _SURVIVAL, 1.0, unit), _SURVIVAL)
    counted = in_unit(at_risk.assign(at_risk=_counted(at_risk)), unit)
    curves = _Curves(_named(points, names, _SURVIVAL), joined, list(names.values()), _axis(at_risk, unit), *about)
    marks, risks = _named(marks, names, ["survival"]), _named(counted, names, ["at_risk"])
    return [_over_risk(curves, marks, risks, width) for width in (WIDE, NARROW)]


def _axis(at_risk: pd.DataFrame, unit: Unit) -> list[float]:
    """Ticks in a unit, at which those at risk are counted; on a grid, which is of months, the nearest whole ones."""
    times = unit.of(at_risk["time"].astype(float)).unique()
    return [float(rounded(time, unit.digits if unit.name == "years" else 0)) for time in times]


def _over_risk(curves: _Curves, marks: pd.DataFrame, at_risk: pd.DataFrame, width: int) -> alt.VConcatChart:
    colour, dash = scales(curves.groups)
    time, axis = _time(curves, width)
    steps, marks = (alt.Chart(rows).encode(x=time.axis(axis)) for rows in (curves.points, marks))
    height = alt.Y("survival:Q", scale=alt.Scale(domain=[0, 1]), axis={"format": "%", "title": curves.quantity})
    band = _marked(steps, "area", interpolate=curves.joined, stroke=None).encode(
        y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q"), fill=colour, opacity=alt.value(_faint(curves))
    )
    line = _marked(steps, "line", interpolate=curves.joined, strokeWidth=2, opacity=1)
    line = line.encode(y=height, color=colour, strokeDash=dash)
    marks = _marked(marks, "tick", orient="vertical", size=9, thickness=1.6, opacity=1).encode(y=height, color=colour)
    upper = alt.layer(band, line, marks, *_medians_marked(curves)).properties(
        width=width, height=min(300, width * 0.75)
    )
    return alt.vconcat(upper, _risk_table(curves, at_risk, width), spacing=8)


def _chosen(curves: _Curves, medians: pd.DataFrame, width: int) -> alt.LayerChart:
    """The base analysis, and upon it alternatives, unseen until a page shows one: band, line, drop at the median."""
    time, axis = _time(curves, width)
    height = alt.Y("survival:Q", scale=alt.Scale(domain=[0, 1]), axis={"format": "%", "title": curves.quantity})
    at = medians["estimate"].astype(float).fillna(0.0)
    drops = pd.DataFrame({"group": medians["group"], "time": at, "half": (at > 0) / 2, "floor": 0.0})
    layers = []
    for of, look in ((drops["group"] == 0, _OF_BASE), (drops["group"] > 0, _OF_ALTERNATIVE)):
        rows = curves.points[curves.points["group"].isin(drops.loc[of, "group"])]
        steps = alt.Chart(rows).encode(x=time.axis(axis), detail="group:O")
        seen = look["opacity"]
        band = _marked(steps, "area", interpolate=curves.joined, fill=look["stroke"], opacity=seen * _faint(curves))
        line = _marked(steps, "line", interpolate=curves.joined, strokeWidth=2, **look)
        drop = _marked(alt.Chart(drops[of]), "rule", **look | {"strokeDash": [2, 2]})
        drop = drop.encode(x=alt.X("time:Q"), y=alt.Y("half:Q"), y2=alt.Y2("floor:Q"))
        layers += [band.encode(y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q")), line.encode(y=height), drop]
    return alt.layer(*layers).properties(width=width, height=min(300, width * 0.75))


def _medians(curve: pd.DataFrame, end: float, unit: Unit) -> tuple[float, ...]:
    """Medians in a unit, as `estimates.quantile` reads them off the curves, up to the end of the axis, in days."""
    found = {each for each in quantile(curve)["estimate"] if is_known(each) and each <= end}
    return tuple(float(unit.of(each)) for each in sorted(found))


def _medians_marked(curves: _Curves) -> list[alt.Chart]:
    """A thin dashed line from one half to the last of the medians, and from each of them down to the axis."""
    if not curves.medians:
        return []
    look = {"strokeWidth": 1, "strokeDash": [2, 3], "stroke": INK, "opacity": 0.7}
    reached = pd.DataFrame({"time": curves.medians, "half": 0.5, "zero": 0.0})
    reached = handed(reached, ["time", "half", "zero"])
    across = _marked(alt.Chart(reached.tail(1)), "rule", **look)
    down = _marked(alt.Chart(reached), "rule", **look)
    return [
        across.encode(x=alt.X("zero:Q"), x2=alt.X2("time:Q"), y=alt.Y("half:Q")),
        down.encode(x=alt.X("time:Q"), y=alt.Y("half:Q"), y2=alt.Y2("zero:Q")),
    ]


def _rising(curves: _Curves, width: int) -> alt.LayerChart:
    colour, dash = scales(curves.groups)
    time, axis = _time(curves, width)
    base = alt.Chart(curves.points).encode(x=time.axis(axis), color=colour.legend(_LINE_SAMPLES))
    band = _marked(base, "area", interpolate=curves.joined, stroke=None)
    band = band.encode(y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q"), opacity=alt.value(_faint(curves)))
    top = alt.Undefined if curves.points[["estimate", "upper"]].max().max() > 0 else alt.Scale(domain=[0, 1])
    height = alt.Y("estimate:Q", title=curves.quantity, scale=top)
    line = _marked(base, "line", interpolate=curves.joined, strokeWidth=2, opacity=1)
    line = line.encode(y=height, strokeDash=dash.legend(_LINE_SAMPLES))
    return alt.layer(band, line).properties(width=width, height=min(280, width * 0.75))


def _time(curves: _Curves, width: int) -> tuple[alt.X, dict]:
    """The time axis: its ticks are where those at risk are counted, and it ends at the last of them."""
    time = alt.X("time:Q", scale=alt.Scale(domain=[0, curves.ticks[-1] or 1], nice=False))
    title = f"{unit_of(curves.since).name.capitalize()} from {fitted(curves.since, width)}"
    where = "middle" if width == WIDE else "end"
    written = _WHOLE if all(tick.is_integer() for tick in curves.ticks) else _PARTS
    return time, {"values": curves.ticks, "title": title, "titleAnchor": where, "labelFlush": False, "format": written}


def _risk_table(curves: _Curves, at_risk: pd.DataFrame, width: int) -> alt.LayerChart:
    colour, dash = scales(curves.groups)
    time, _ = _time(curves, width)
    table = alt.Chart(at_risk).encode(y=alt.Y("group:N", sort=curves.groups, axis=None), color=colour)
    widest = _DIGIT * at_risk["at_risk"].where(at_risk["at_risk"].str.isdecimal(), "").str.len().max()
    room = width / max(at_risk["time"].nunique() - 1, 1) - 4
    counts = _marked(table, "text", fontSize=min(12, 12 * room / max(widest, 1)), dy=0 if width == WIDE else 9)
    counts = counts.encode(x=time.axis(None), text=alt.Text("at_risk:N"))
    first = table.transform_filter("datum.time == 0")
    names = _names_beside(first, curves, dash, widest) if width == WIDE else _names_above(first, dash)
    title = alt.TitleParams("Number at risk", anchor="start", fontSize=12, color=INK, offset=4)
    row = _COUNTS if width == WIDE else _NAME_AND_COUNTS
    return alt.layer(counts, *names).properties(width=width, height=row * len(curves.groups), title=title)


def _names_beside(first: alt.Chart, curves: _Curves, dash: alt.StrokeDash, widest: float) -> list[alt.Chart]:
    left = max(18, widest / 2 + 6)
    end = left + 30 + max(map(width_of, curves.groups))
    samples = _marked(first, "rule", strokeWidth=2).encode(
        x=alt.XValue(-left - 24), x2=alt.X2Value(-left), strokeDash=dash
    )
    written = _marked(first, "text", align="right", dx=-left - 30, fontSize=12, fontWeight="bold")
    unseen = _marked(first, "rule", opacity=0).encode(x=alt.XValue(-end), x2=alt.X2Value(0))
    return [samples, written.encode(x=alt.XValue(0), text=alt.Text("group:N")), unseen]


def _names_above(first: alt.Chart, dash: alt.StrokeDash) -> list[alt.Chart]:
    """Line and name of each group above its counts, as a narrow page has no room beside them."""
    samples = _marked(first, "rule", strokeWidth=2, yOffset=-9).encode(
        x=alt.XValue(0), x2=alt.X2Value(24), strokeDash=dash
    )
    written = _marked(first, "text", align="left", dx=30, dy=-9, fontSize=12, fontWeight="bold")
    return [samples, written.encode(x=alt.XValue(0), text=alt.Text("group:N"))]


def _marked(chart: alt.Chart, kind: str, **look) -> alt.Chart:
    """A chart with a mark, of which Altair copies only what is set: its own marks make a figure half as slow again."""
    copy = chart.copy(deep=False)
    copy.mark = {"type": kind, **look}
    return copy


def _faint(curves: _Curves) -> float:
    """How dense bands are drawn: the fainter the more of them lie upon one another."""
    return 0.36 / max(2, len(curves.groups))


def _whole(curve: pd.DataFrame, heights: list[str], start: float, unit: Unit) -> pd.DataFrame:
    """Curves in a unit as they are drawn: from where they start, if something happened on the first day.

    Limits, which are not known once a curve has come to its end, are drawn as they were up to there.
    """
    first = curve.groupby("group").head(1)
    before = first[first[heights[0]] != start].assign(**dict.fromkeys(heights, start))
    rows = pd.concat([before, curve], ignore_index=True) if len(before) else curve
    rows = in_unit(rows, unit).sort_values(["group", "time"], kind="stable", ignore_index=True)
    return rows.assign(**rows.groupby("group")[["lower", "upper"]].ffill(limit=1))


def _named(rows: pd.DataFrame, names: dict[str, str], columns: list[str]) -> pd.DataFrame:
    return handed(rows.assign(group=rows["group"].map(names)), ["group", "time", *columns])


def _counted(at_risk: pd.DataFrame) -> pd.Series:
    """Counts at risk as they are written; where a policy withholds them, one word for all that follow."""
    released = at_risk["at_risk"].notna()
    first = ~released & (released.shift(fill_value=True) | (at_risk["group"] != at_risk["group"].shift()))
    written = at_risk["at_risk"].map(lambda count: f"{count:.0f}")
    return written.where(released, first.map({True: _WORD_AT_RISK, False: ""}))


def _in_words(at_risk: pd.DataFrame, curve: pd.DataFrame, unit: Unit) -> list[str]:
    parts = []
    for group, rows in curve.groupby("group", sort=True):
        counts = at_risk[at_risk["group"] == group]
        words = [
            f"{unit.landmark(time)} {_height(rows, time)}, {n:.0f} at risk"
            for time, n in zip(counts["time"], counts["at_risk"], strict=True)
            if is_known(n)
        ]
        words += [WITHHELD] if counts["at_risk"].isna().any() else []
        parts.append(f"{group}: {'; '.join(words)}.")
    return parts


def _height(rows: pd.DataFrame, time: float) -> str:
    if time < rows["time"].min():
        return NOT_STARTED
    survival = rows[rows["time"] <= time]["survival"].iloc[-1]
    if time > rows["time"].max() and survival > 0:
        return EXHAUSTED
    return f"{rounded(100 * survival, 0)}%"
