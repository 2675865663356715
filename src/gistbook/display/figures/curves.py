"""Curves over time: survival over its risk table, and estimates that rise by steps."""

import altair as alt
import numpy as np
import pandas as pd

from gistbook.conventions import EXHAUSTED, WITHHELD, Displayed, is_known, months, rounded
from gistbook.display.figures import charts, readings, thinning
from gistbook.display.figures.canvas import NARROW, WIDE, Read, figure, handed, in_months, nothing, words_in_place
from gistbook.display.figures.charts import Curves
from gistbook.display.figures.naming import short_names
from gistbook.schemas import WITHHELD_KIND, estimates_only

_STEPS_MONTHS = (3, 6, 12, 24, 60, 120)
_MOST_TICKS = 9
_LONGEST_NAME, _LONGEST_LEGEND = 140, 300
"""Width in pixels beyond which a group's name is cut short, beside the risk table and in a legend."""

_SURVIVAL, _RISING = ["survival", "lower", "upper"], ["estimate", "lower", "upper"]
_ONE_FOR_ALL = "Where many are censored within a short time, one mark stands for all."
_WORD_AT_RISK = "withheld"
_NO_TIME = "Nobody was followed beyond the first day, so that there is no curve to draw."


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
    about = f"{probability} by months from {since}, Kaplan-Meier."
    told = [about, *_told(at_risk, curve)]
    known = curve[curve["held_back"] != WITHHELD_KIND]
    if not known["time"].any():
        why = _NO_TIME if len(known) else f"There is no curve to draw: {WITHHELD}."
        return words_in_place(" ".join([about, why, *told[1:]]), frames)
    marks = thinning.marks(in_months(known))
    if len(marks) < (known["censored"] > 0).sum():
        told.append(_ONE_FOR_ALL)
    groups = sorted(at_risk["group"].unique())
    names = short_names(groups, _LONGEST_NAME)
    drawn = _over_risk(known, marks, at_risk, names, (since, probability))
    reading = readings.of_survival(curve, at_risk, since)
    read = Read(reading, about, groups, (list(names.values()),) * 2)
    return figure(drawn, " ".join(told), frames, read)


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
    rooms = [min(_LONGEST_LEGEND, width - 70) for width in (WIDE, NARROW)]
    groups, axis = sorted(curve["group"].unique()), [float(month) for month in ticks(curve)]
    names = [short_names(groups, room) for room in rooms]
    drawn = [
        charts.rising(Curves(_named(points, each, _RISING), joined, list(each.values()), axis, since, quantity), width)
        for each, width in zip(names, (WIDE, NARROW), strict=True)
    ]
    shown = tuple(list(each.values()) for each in names)
    return figure(
        drawn, f"{about} {told}", frames, Read(readings.of_rising(curve, since, axis[-1]), about, groups, shown)
    )


def _over_risk(
    curve: pd.DataFrame, marks: pd.DataFrame, at_risk: pd.DataFrame, names: dict[str, str], about: tuple[str, str]
) -> list[alt.VConcatChart]:
    points, joined = thinning.outline(_whole(curve, _SURVIVAL, 1.0), _SURVIVAL)
    counted = in_months(at_risk.assign(at_risk=_counted(at_risk)))
    axis = [float(time) for time in counted["time"].round().unique()]
    curves = Curves(_named(points, names, _SURVIVAL), joined, list(names.values()), axis, *about)
    marks, risks = _named(marks, names, ["survival"]), _named(counted, names, ["at_risk"])
    return [charts.over_risk(curves, marks, risks, width) for width in (WIDE, NARROW)]


def _whole(curve: pd.DataFrame, heights: list[str], start: float) -> pd.DataFrame:
    """Return curves in months as they are drawn: from where they start, if something happened on the first day.

    Limits, which are not known once a curve has come to its end, are drawn as they were up to there.
    """
    first = curve.groupby("group").head(1)
    before = first[first[heights[0]] != start].assign(**dict.fromkeys(heights, start))
    rows = pd.concat([before, curve], ignore_index=True) if len(before) else curve
    rows = in_months(rows).sort_values(["group", "time"], kind="stable", ignore_index=True)
    return rows.assign(**rows.groupby("group")[["lower", "upper"]].ffill(limit=1))


def _named(rows: pd.DataFrame, names: dict[str, str], columns: list[str]) -> pd.DataFrame:
    """Return what is drawn of rows: their groups by short names, their times, and some columns."""
    return handed(rows.assign(group=rows["group"].map(names)), ["group", "time", *columns])


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
