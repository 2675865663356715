"""Curves over time, over their risk table: survival, and estimates that rise by steps."""

from functools import partial

import pandas as pd

from gistbook.analysis.estimates import quantile
from gistbook.conventions import EXHAUSTED, NOT_STARTED, WITHHELD, escaped, is_known, rounded
from gistbook.display.figures import readings
from gistbook.display.figures.canvas import SAME, figure, in_unit, looks_by_group, nothing, short_names, words_in_place
from gistbook.display.figures.plot import SURVIVAL, Curves, chosen, over_risk
from gistbook.display.outputs import Displayed
from gistbook.schemas import VARIANCE, WITHHELD_KIND, estimates_only
from gistbook.units import Unit, unit_of

_LONGEST_NAME, _LONGEST_LEGEND = 140, 255
"""Width in pixels beyond which a name is cut short: of a group beside the risk table, and of a kind of event of it."""

_RISING = ["estimate", "lower", "upper"]
_ONE_FOR_ALL = "Where many are censored within a short time, one mark stands for all."
_ENDS = "Drawn up to {end}, because few are at risk later."
_GOES_ON = f"{_ENDS} The table of its numbers continues."
_BASE = "Base analysis"

_NO_TIME = "Nobody was followed beyond the first day, so that there is no curve to draw."


def survival_curve(curve: pd.DataFrame, at_risk: pd.DataFrame, since: str, quantity: str, key: str = "") -> Displayed:
    """Draw curves over their risk table: steps, pointwise interval, and of survival censoring marks and medians.

    Both frames are as `estimates.kaplan_meier` gives them; or, of estimates that rise by steps, as cumulative
    incidences and mean counts do, as `competing.incidence_over_risk` and `mean_over_risk` give them. The axes say
    `since` when the time is counted, in the unit that these words bear, and of which `quantity` the curves are, such as
    a probability. The estimates are recorded under the key.
    """
    curve, at_risk = estimates_only(curve), estimates_only(at_risk)
    if curve.empty:
        return nothing(quantity, key)
    unit, falls = unit_of(since), "survival" in curve
    frames = {"curve": readings.rows(curve, SURVIVAL if falls else _RISING), "at_risk": at_risk}
    about = f"{quantity} by {unit.name} from {since}{', Kaplan-Meier' if falls else ''}."
    words = _in_words(at_risk, curve, unit) if falls else [_last(curve)]
    released = curve[curve["held_back"] != WITHHELD_KIND] if falls else curve
    if not released["time"].any():
        why = _NO_TIME if len(released) else f"There is no curve to draw: {WITHHELD}."
        return words_in_place(" ".join([about, why, *words]), key, frames)
    drawn, cut = _up_to(released, at_risk["time"].max(), unit)
    curves = _curves((curve, released, drawn), at_risk, since, quantity)
    if falls and len(curves.marks) < (drawn["censored"] > 0).sum():
        words.append(_ONE_FOR_ALL)
    numbers = cut + readings.table(readings.over_time(curve, at_risk, since), about)
    return figure(partial(over_risk, curves), " ".join([about, *words]), frames, key, numbers)


step_curve = survival_curve
"""What draws curves that rise is the same."""


def choice(
    sets: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], quantity: str, since: str, key: str = ""
) -> Displayed:
    """Draw the curve of a base analysis, and unseen those of its alternatives, of which a reader of a page chooses one.

    `sets` holds their curves, those at risk and medians, as `alternatives` makes them: the base is group 0. The table
    has what is told of each set.
    """
    curves, at_risk, medians = sets
    last, unit = at_risk["time"].max(), unit_of(since)
    starts = estimates_only(curves).groupby("group")["time"].min()
    curves, at_risk, medians = (each[each["group"].map(starts) <= last] for each in (curves, at_risk, medians))
    frames = {"curve": readings.rows(curves, SURVIVAL), "at_risk": at_risk, "medians": medians}
    if curves.empty or not curves["time"].any():
        return words_in_place(f"{quantity}: {_NO_TIME}", key, {} if curves.empty else frames)
    drawn, cut = _up_to(curves, last, unit, _ENDS)
    points, joined = readings.outline(_whole(drawn, SURVIVAL, 1.0, unit), SURVIVAL)
    base = at_risk[at_risk["group"] == 0].assign(group=_BASE)
    points = points[["group", "time", *SURVIVAL]].round(SAME)
    counted = _counted(base, unit)[["group", "time", "at_risk"]].round(SAME)
    ticks = list(map(float, readings.ticks(at_risk, unit)))
    shown = Curves(points, joined, ticks, since, quantity, rows={_BASE: (0, 0)}, at_risk=counted)
    chart = partial(chosen, shown, medians.assign(estimate=unit.of(medians["estimate"])))
    reading = readings.of_choice(at_risk, medians, unit)
    words = f"{quantity}, Kaplan-Meier, by {unit.name} from {since}. The base analysis: {reading.rows[0][2][1]}."
    return figure(chart, words, frames, key, cut + readings.table(reading, f"{quantity} under each assumption."))


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


def _last(curve: pd.DataFrame) -> str:
    scaled, digits, sign = readings.heights_printed(curve)
    of_groups = curve.groupby("group", sort=True)["estimate"]
    last = [f"{group} {rounded(scaled(heights.iloc[-1]), digits)}{sign}" for group, heights in of_groups]
    return f"At the end: {'; '.join(last)}."


def _curves(
    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], at_risk: pd.DataFrame, since: str, quantity: str
) -> Curves:
    """Curves, of all groups, of those that are released, and as far as they are drawn, as a plot takes them."""
    curve, released, drawn = frames
    unit, falls = unit_of(since), "survival" in curve
    heights, longest = (SURVIVAL, _LONGEST_NAME) if falls else (_RISING, _LONGEST_LEGEND)
    names = short_names(sorted(curve["group"].unique()), longest)
    rows = short_names(sorted(at_risk["group"].unique()), _LONGEST_NAME)
    points, joined = readings.outline(_whole(drawn, heights, float(falls), unit), heights)
    medians = quantile(released)["estimate"] if falls else ()
    reached = sorted({each for each in medians if is_known(each) and each <= at_risk["time"].max()})
    return Curves(
        points=_named(points, names, heights),
        joined=joined,
        ticks=list(map(float, readings.ticks(at_risk, unit))),
        since=since,
        quantity=quantity,
        heights=heights,
        sign=readings.heights_printed(curve)[-1],
        top=_top(drawn),
        looks={names[group]: look for group, look in _looks(curve, list(rows)).items()},
        rows={rows[group]: look for group, look in looks_by_group(list(rows)).items()},
        at_risk=_named(_counted(at_risk, unit), rows, ["at_risk"]),
        marks=_named(readings.marks(in_unit(drawn, unit)), names, ["survival"]) if falls else None,
        medians=tuple(float(unit.of(each)) for each in reached),
    )


def _looks(curve: pd.DataFrame, rows: list[str]) -> dict[str, tuple[int, int]]:
    """Hue and dashes of each curve: its group's; of several kinds of events, dashes for each kind."""
    groups = {group: (readings.whose(of), of.get("kind", [""])) for group, of in curve.groupby("group", sort=True)}
    if len(rows) == 1:
        return looks_by_group(list(groups))
    kinds = list(dict.fromkeys(kind.iloc[0] for _, kind in groups.values())) if "kind" in curve else []
    own = looks_by_group(rows)
    return {g: (own[row][0], kinds.index(kind.iloc[0])) if kinds else own[row] for g, (row, kind) in groups.items()}


def _top(curve: pd.DataFrame) -> float:
    if "kind" in curve or "survival" in curve:
        return 1.0
    return round(1.05 * float(curve[["estimate", "upper"]].max().max()), 2) or 1.0


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
    return rows.assign(group=rows["group"].map(names))[["group", "time", *columns]].round(SAME)


def _counted(at_risk: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """Counts at risk, at times in a unit, as they are written; of those that a policy withholds, the first in words."""
    released = at_risk["at_risk"].notna()
    first = ~released & (released.shift(fill_value=True) | (at_risk["group"] != at_risk["group"].shift()))
    written = at_risk["at_risk"].map(lambda count: f"{count:.0f}")
    return in_unit(at_risk.assign(at_risk=written.where(released, first.map({True: "withheld", False: ""}))), unit)


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
