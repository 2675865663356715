"""Counts to survival, limits, medians, landmark rates and restricted means, and what such an estimate rests on.

All times are in the unit of the counts, which in the book is the day. A frame of estimates has the columns of
`schemas.ESTIMATES`; what cannot be estimated is NaN there, and `prose` finds the words for it. `steps` has the
arithmetic, on arrays, and `grouped` that of counts at the edges of intervals; `resampling` does the same for many
cohorts at once.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from gistbook.analysis import lifetable
from gistbook.analysis.disclosure import Policy, summarizable
from gistbook.analysis.estimates import grouped, steps
from gistbook.conventions import CONFIDENCE_LEVEL, INTERVAL, OVERALL, UsageError
from gistbook.schemas import CENSORING, CURVE, ESTIMATES, MARKERS, NO_SUMMARY, VARIANCE, WITHHELD_KIND, names
from gistbook.units import MONTHS, Unit

_NOTHING = (np.nan, np.nan, np.nan)

_FEWEST_SHOWN, _SHARE_SHOWN, _SHARE_OF_FEW = 5, 0.1, 0.25
"""Subjects at risk, and shares of the most that ever were, below which a curve says little (after Pocock SJ and others.
Lancet 2002;359:1686-1689): a tenth, and five or a quarter of fewer than twenty."""

_MOST_TICKS = 9

Rows = Mapping[str, np.ndarray]
"""Rows of one group of a frame: its columns by name, as arrays or as the frame itself has them."""


def kaplan_meier(
    counts: pd.DataFrame, interval: str = INTERVAL, level: float = CONFIDENCE_LEVEL, unit: Unit = MONTHS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a figure over a risk table shows: `survival`, and `number_at_risk` at the `ticks` of its axis in a unit.

    Of grouped counts the ticks are in months, of which a grid is made.
    """
    curve = survival(counts, interval, level)
    if grouped.is_grouped(counts):  # those at risk are known at the edges of a grid alone
        width = np.gcd.reduce(MONTHS.of(curve["time"].dropna()).round().astype(int).to_numpy())
        unit = MONTHS._replace(steps=tuple(step for step in MONTHS.steps if step % max(width, 1) == 0) or (int(width),))
    return curve, number_at_risk(counts, [tick * unit.days for tick in ticks(curve, unit=unit)])


def ticks(curve: pd.DataFrame, step: int = 0, unit: Unit = MONTHS) -> list[int]:
    """The times, in a unit, at which an axis has ticks, from zero to past the last time of a curve worth a look.

    That is the last at which any group has enough at risk. A `step` of 0 is chosen so that there are at most nine.
    """
    last = unit.of(float(_worth_a_look(curve)["time"].max())) if len(curve) else 0.0
    fitting = [each for each in unit.steps if last / each < _MOST_TICKS - 1]
    step = step or (fitting or unit.steps[-1:])[0]
    return list(range(0, int(np.ceil(last / step)) * step + 1, step))


def _worth_a_look(curve: pd.DataFrame) -> pd.DataFrame:
    if "at_risk" not in curve:
        return curve
    most = curve.groupby("group")["at_risk"].transform("max")
    enough = curve["at_risk"] >= np.maximum(_SHARE_SHOWN * most, np.minimum(_FEWEST_SHOWN, _SHARE_OF_FEW * most))
    return curve[enough] if enough.any() else curve


def survival(counts: pd.DataFrame, interval: str = INTERVAL, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Kaplan-Meier probability of being event-free, by group, with pointwise limits by Greenwood's variance.

    A subject is at risk at a time if entered before it (or at time zero) and not gone before it. Under delayed entry a
    risk set may run empty while others are still to come; survival is then 0 ever after, though the later subjects
    live: `lifetable.from_enough` starts such a curve where enough are at risk.

    `interval`: scale on which the limits are symmetric, `log-log` or `log`; raises `UsageError` on any other. One row
    per group and time at which somebody leaves, and the time at which its curve starts; columns of `schemas.CURVE`.
    Limits are NaN where survival is 0; of a group that a policy withholds, all is NaN. Source: `kaplan1958` of
    `references.bib`.
    """
    if interval not in steps.TRANSFORMATIONS:
        raise UsageError(f"There is no interval named {interval!r}; there is: {', '.join(steps.TRANSFORMATIONS)}.")
    if grouped.is_grouped(counts):
        return by_group(counts, lambda rows: _grouped_curve(rows, interval, level), [*names(CURVE), VARIANCE])
    return by_group(counts, lambda rows: _curve(rows, interval, level), names(CURVE))


def number_at_risk(counts: pd.DataFrame, times) -> pd.DataFrame:
    """Count those at risk at each time: entered before it (or at time zero), and not gone before it.

    Of grouped counts, who has not left by an edge; NaN where a policy withholds the group, and between or after edges.
    One row per group and time: `group`, `time`, `at_risk`.
    """
    times, columns = np.asarray(times, dtype=float), ["group", "time", "at_risk"]
    return by_group(counts, lambda rows: {"time": times, "at_risk": at_risk(rows, times)}, columns)


def at_risk(rows: Rows, times: np.ndarray) -> np.ndarray:
    """How many of one group are at risk at each time, as in `number_at_risk`."""
    if not grouped.is_grouped(rows):
        return steps.at_risk(*_moments(rows), np.asarray(rows["count"]), times)
    curve = _grouped_curve(rows, INTERVAL, CONFIDENCE_LEVEL)
    place = np.searchsorted(curve["time"], times - grouped.NEAR).clip(max=len(curve["time"]) - 1)
    on_edge = np.isclose(curve["time"][place], times) & (curve["held_back"] != WITHHELD_KIND)
    return np.where(on_edge, curve["at_risk"][place], np.nan)


def quantile(curve: pd.DataFrame, probabilities=0.5) -> pd.DataFrame:
    """Days by which a share of the group has had the event, with limits; the median unless another share is named.

    Where the curve lies level at the wanted height, the midpoint of that plateau, as R's `quantile` gives it. Limits
    invert the pointwise interval. NaN where the curve, or its limit, does not come down so far: not reached. One row
    per group and probability, columns of `schemas.ESTIMATES`, `time` being empty. Source: `brookmeyer1982` of
    `references.bib`.
    """
    wanted = np.atleast_1d(probabilities)
    nowhen = np.full(len(wanted), np.nan)
    return _summary(curve, "quantile", "days", nowhen, lambda rows: [_crossings(rows, 1 - each) for each in wanted])


def median_of(counts: pd.DataFrame, interval: str = INTERVAL) -> pd.DataFrame:
    """Median of all groups pooled, straight from the counts: `quantile` of `survival` of one group named `All`."""
    return quantile(survival(counts.assign(group=OVERALL), interval))


def pooled_median(
    counts: pd.DataFrame, policy: Policy, interval: str = INTERVAL, level: float = CONFIDENCE_LEVEL
) -> pd.DataFrame:
    """Estimate the median of all groups taken together, in days, as far as a disclosure policy lets it be told."""
    return quantile(survival(summarizable(lifetable.pool(counts), policy), interval, level))


def rate(curve: pd.DataFrame, times) -> pd.DataFrame:
    """Probability of being event-free at landmark times, with pointwise limits.

    NaN after the last time observed, unless the curve has come to 0 by then; and before the curve starts, where the
    measure is `not_started`. Of grouped counts, the hazard is taken as constant between two edges; NaN where limits
    that hold all the same would be too wide. One row per group and time, columns of `schemas.ESTIMATES`.
    """
    times = np.asarray(times)
    rates = _summary(curve, "rate", "probability", times, lambda rows: _readings(rows, times))
    early = rates["time"] < rates["group"].map(curve.groupby("group", observed=True)["time"].min())
    return rates.assign(measure=rates["measure"].mask(early & (rates["measure"] == "rate"), "not_started"))


def restricted_mean(curve: pd.DataFrame, horizons) -> pd.DataFrame:
    """Mean event-free time up to a horizon, or to each of several: the area under the curve, with normal limits.

    NaN where the last time observed comes before the horizon and the curve is not 0 by then. One row per group and
    horizon, columns of `schemas.ESTIMATES`, `time` being the horizon. Source: `royston2013` of `references.bib`.
    """
    wanted = np.atleast_1d(horizons)
    return _summary(curve, "restricted_mean", "days", wanted, lambda rows: [_area(rows, each) for each in wanted])


def by_then(rows: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Estimates at landmarks (`rate`) or up to horizons (`restricted_mean`), with `events_by_then` and `at_risk_then`.

    Of grouped counts both are known at the edges of intervals, and NaN between them.
    """
    curve = survival(counts)
    left = number_at_risk(counts, rows["time"].unique()).set_index(["group", "time"])["at_risk"]
    at_risk_then = [left.get((row.group, row.time), np.nan) for row in rows.itertuples()]
    until = [(curve["group"] == row.group) & (curve["time"] <= row.time + grouped.NEAR) for row in rows.itertuples()]
    events = pd.Series([curve.loc[each, "events"].sum() for each in until], rows.index, dtype=float)
    return rows.assign(events_by_then=events.where(pd.notna(at_risk_then)), at_risk_then=at_risk_then)


def basis_of_median(curve: pd.DataFrame) -> pd.DataFrame:
    """What the median of each group rests on, of exact counts: one row per group whose median is reached.

    `group`, its `events` up to the median, the `fewest` and the `most` at risk at one of them, and `n` subjects.
    """
    medians = quantile(curve).set_index("group")
    until = curve[(curve["time"] <= curve["group"].map(medians["estimate"]) + grouped.NEAR) & (curve["events"] > 0)]
    wanted = {"events": ("events", "sum"), "fewest": ("at_risk", "min"), "most": ("at_risk", "max")}
    return until.groupby("group").agg(**wanted).join(medians["n"]).reset_index()


def what_is_held_back(rows: Rows) -> str:
    """The gravest of the markers among the counts of a group; nothing if there is none."""
    kinds = set(rows["kind"])
    return next((marker for marker in MARKERS if marker in kinds), "")


def by_group(frame: pd.DataFrame, one: Callable[[Rows], dict], columns: list[str]) -> pd.DataFrame:
    """Rows of all groups of a frame; `one` takes those of one, and gives the columns of its rows, or what all share."""
    codes, groups = pd.factorize(frame["group"], sort=True)
    order = np.argsort(codes, kind="stable")
    begins = np.searchsorted(codes[order], np.arange(len(groups) + 1))
    taken = {name: frame[name].to_numpy()[order] for name in frame}
    apart = [{name: column[slice(*ends)] for name, column in taken.items()} for ends in pairwise(begins)]
    parts = [{"group": group, **one(rows)} for group, rows in zip(groups, apart, strict=True)]
    if not parts:
        return pd.DataFrame(columns=columns)

    sizes = [len(part["time"]) for part in parts]
    return pd.DataFrame({name: _all_rows([part[name] for part in parts], sizes) for name in columns})


def _all_rows(values: list, sizes: list[int]) -> np.ndarray:
    """A column of so many rows of each group, which has a value for each of its rows or one for all of them."""
    if any(map(np.ndim, values)):
        return np.concatenate([np.broadcast_to(*each) for each in zip(values, sizes, strict=True)])
    kind = object if isinstance(values[0], str) else None  # a name of a group stays the object that it is
    return np.repeat(np.array(values, dtype=kind), sizes)


def _summary(curve: pd.DataFrame, measure: str, unit: str, times, of: Callable) -> pd.DataFrame:
    """Estimates of each group; `of` takes its curve, and gives for each time the estimate and its limits."""

    def one(rows):
        numbers, marker = np.asarray(of(rows), dtype=float).reshape(-1, 3), rows["held_back"][0]
        held = np.isnan(numbers[:, 0]) & bool(marker)  # what would be read beyond the end that a policy sets
        held |= marker == WITHHELD_KIND or (marker == NO_SUMMARY and measure != "rate")
        measures = np.where(held, WITHHELD_KIND, measure).astype(object)
        events, censored = int(rows["events"].sum()), int(rows["censored"].sum())
        heights = dict(zip(("estimate", "lower", "upper"), np.where(held, np.nan, numbers.T), strict=True))
        size = {"level": rows["level"][0], "events": events, "n": events + censored}
        return {"measure": measures, "time": times, "unit": unit, **heights, **size}

    return by_group(curve, one, names(ESTIMATES))


def _curve(rows: Rows, interval: str, level: float) -> dict:
    count = rows["count"]
    course, marker = steps.steps(*_moments(rows), lifetable.happened(rows), count), what_is_held_back(rows)
    survival, variance = steps.product_limit(course.at_risk, course.events)
    lower, upper = steps.limits(survival, variance, interval, level)
    heights = {"survival": survival, "lower": lower, "upper": upper}
    heights = dict.fromkeys(heights, np.nan) if marker == WITHHELD_KIND else heights
    return {**course._asdict(), **heights, "level": level, "held_back": marker}


def _grouped_curve(rows: Rows, interval: str, level: float) -> dict:
    """The curve of grouped counts at time zero and each edge; `at_risk` are those who have not left by then."""
    marker, tally = what_is_held_back(rows), grouped.tally(rows)
    survival, variance, whole = grouped.survival(tally)
    lower, upper = steps.limits(survival, variance, interval, level)
    heights = {"survival": survival, "lower": lower, "upper": np.where(whole, 1.0, upper)}
    heights = {name: np.append(1.0, values) for name, values in heights.items()} | {VARIANCE: np.append(0.0, variance)}
    if marker == WITHHELD_KIND:
        heights = dict.fromkeys(heights, np.nan)
    time = np.append(0.0, tally.edges[: len(survival)])
    gone = rows["exit"][:, None] <= time + grouped.NEAR
    leaving = rows["count"] * (rows["high"] > 0)  # all but those who are left at the end
    exits = [(leaving * of) @ gone for of in (lifetable.happened(rows), rows["kind"] == CENSORING)]
    left = rows["count"].sum() - sum(exits)
    exits = [np.diff(each, prepend=0) for each in exits]
    exits[1][-1] += left[-1]
    counts = dict(zip(("events", "censored"), exits, strict=True))
    return {"time": time, **heights, "at_risk": left, **counts, "level": level, "held_back": marker}


def _moments(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(rows["entry"], dtype=float), np.asarray(rows["exit"], dtype=float)


def _heights(rows: Rows) -> np.ndarray:
    return np.stack([rows[name].astype(float) for name in ("survival", "lower", "upper")])


def _crossings(rows: Rows, level: float) -> np.ndarray:
    if VARIANCE in rows:
        return grouped.crossings(rows, level)
    return steps.crossing(rows["time"], _heights(rows), level)


def _readings(rows: Rows, times: np.ndarray) -> np.ndarray:
    time = rows["time"]
    if VARIANCE in rows:
        return grouped.between(rows, times.astype(float)).T
    heights = _heights(rows)[:, np.searchsorted(time, times, side="right") - 1]
    unknown = (times < time[0]) | ((times > time[-1]) & (heights[0] > 0))
    return np.where(unknown, np.nan, heights).T


def _area(rows: Rows, horizon: float) -> tuple[float, float, float]:
    time, height = rows["time"], rows["survival"].astype(float)
    if VARIANCE in rows:
        return _grouped_area(rows, horizon)
    if horizon <= time[0] or (horizon > time[-1] and height[-1] > 0):
        return _NOTHING
    within = time < horizon
    width = np.diff([*time[within], horizon])
    remaining = np.cumsum((height[within] * width)[::-1])[::-1]
    events, at_risk = (rows[name][within] for name in ("events", "at_risk"))
    survivors = at_risk - events
    variance = np.divide(events, at_risk * survivors, out=np.zeros(len(events)), where=survivors > 0)
    spread = np.sqrt((remaining**2 * variance).sum())
    area, margin = time[0] + remaining[0], steps.normal_quantile(rows["level"][0]) * spread
    return area, area - margin, area + margin


def _grouped_area(rows: Rows, horizon: float) -> tuple[float, float, float]:
    time, survival, variance = (rows[name].astype(float) for name in ("time", "survival", VARIANCE))
    if horizon > time[-1] + grouped.NEAR or np.isnan(survival).any():
        return _NOTHING
    area, spread = grouped.area(time, survival, variance, min(horizon, time[-1]))
    margin = steps.normal_quantile(rows["level"][0]) * np.sqrt(spread)
    return area, area - margin, min(area + margin, horizon)
