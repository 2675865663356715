"""Counts to survival, limits, medians, landmark rates and restricted means.

All times are in the unit of the counts, which in the book is the day. A frame of estimates has the columns of
`schemas.ESTIMATES`; what cannot be estimated is NaN there, and `prose` finds the words for it. `limits` has the
pointwise limits, `holding` what a disclosure policy holds back.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from gistbook.analysis.estimates.holding import held_back, what_is_held_back
from gistbook.analysis.estimates.limits import TRANSFORMATIONS, normal_quantile, with_limits
from gistbook.conventions import CONFIDENCE_LEVEL, INTERVAL, OVERALL, QUANTILE_TOLERANCE, UsageError
from gistbook.schemas import CENSORING, CURVE, ENDED, ESTIMATES, MARKERS, WITHHELD_KIND, names

_NOTHING = (np.nan, np.nan, np.nan)


def survival(counts: pd.DataFrame, interval: str = INTERVAL, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Kaplan-Meier probability of being event-free, by group, with pointwise limits.

    A subject is at risk at a time if entered before it (or at time zero) and not gone before it. Under delayed
    entry a risk set may run empty while others are still to come; survival is then 0 ever after, though the
    later subjects live: read such a curve from where enough are at risk (`first_time_at_risk`).

    Parameters
    ----------
    counts : DataFrame
        One row per group, entry, exit and kind, as `lifetable.count` makes them.
    interval : {"log-log", "log"}
        Scale on which the limits are symmetric; the variance is Greenwood's.
    level : float
        Confidence level of the limits.

    Returns
    -------
    DataFrame
        One row per group and time at which somebody leaves, and time zero; columns of `schemas.CURVE`.
        Limits are NaN where survival is 0; of a group that a policy withholds, all is NaN.

    Raises
    ------
    UsageError
        The interval is neither of the two.

    References
    ----------
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481.
    """
    if interval not in TRANSFORMATIONS:
        raise UsageError(f"There is no interval named {interval!r}; there is: {', '.join(TRANSFORMATIONS)}.")
    return _by_group(counts, lambda rows: _curve(rows, interval, level), names(CURVE))


def number_at_risk(counts: pd.DataFrame, times) -> pd.DataFrame:
    """Count those at risk at each time: entered before it (or at time zero), and not gone before it.

    NaN where a policy withholds the group, or what is later than its last time.

    Returns
    -------
    DataFrame
        One row per group and time: `group`, `time`, `at_risk`.
    """
    times = np.asarray(times, dtype=float)
    return _by_group(
        counts,
        lambda rows: pd.DataFrame({"time": times, "at_risk": _released_at_risk(rows, times)}),
        ["group", "time", "at_risk"],
    )


def first_time_at_risk(counts: pd.DataFrame, fewest: int) -> float:
    """Return the first time after which at least `fewest` of every group are at risk; NaN if that never comes."""
    entries = np.unique(counts["entry"].clip(lower=0).to_numpy(dtype=float))
    just_after = np.nextafter(entries, np.inf)
    enough = [_at_risk(rows, just_after) >= fewest for _, rows in counts.groupby("group")]
    together = np.all(enough, axis=0) if enough else np.zeros(len(entries), dtype=bool)
    return float(entries[together][0]) if together.any() else np.nan


def quantile(curve: pd.DataFrame, probability: float = 0.5) -> pd.DataFrame:
    """Time by which a share of the group has had the event, with limits; the median unless told otherwise.

    Where the curve lies level at the wanted height, the midpoint of that plateau, as R's `quantile` gives it. Limits
    invert the pointwise interval. NaN where the curve, or its limit, does not come down so far: not reached.

    Parameters
    ----------
    curve : DataFrame
        One row per group and time, as `survival` makes it.

    Returns
    -------
    DataFrame
        One row per group, columns of `schemas.ESTIMATES`, `time` being empty.

    References
    ----------
    Brookmeyer R, Crowley J. Biometrics 1982;38:29-41.
    """

    def of(rows):
        return [(np.nan, *(_crossing(rows, name, 1 - probability) for name in ("survival", "lower", "upper")))]

    return _summary(curve, "quantile", "days", of)


def median_of(counts: pd.DataFrame, interval: str = INTERVAL) -> pd.DataFrame:
    """Median of all groups pooled, straight from the counts: `quantile` of `survival` of one group named `All`."""
    return quantile(survival(counts.assign(group=OVERALL), interval))


def rate(curve: pd.DataFrame, times) -> pd.DataFrame:
    """Probability of being event-free at landmark times, with pointwise limits.

    NaN after the last time observed, unless the curve has come to 0 by then.

    Returns
    -------
    DataFrame
        One row per group and time, columns of `schemas.ESTIMATES`.
    """
    return _summary(curve, "rate", "probability", lambda rows: [(time, *_height(rows, time)) for time in times])


def restricted_mean(curve: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """Mean event-free time up to a horizon: the area under the curve, with normal limits.

    NaN where the last time observed comes before the horizon and the curve is not 0 by then.

    Returns
    -------
    DataFrame
        One row per group, columns of `schemas.ESTIMATES`, `time` being the horizon.

    References
    ----------
    Royston P, Parmar MKB. BMC Med Res Methodol 2013;13:152.
    """
    return _summary(curve, "restricted_mean", "days", lambda rows: [(horizon, *_area(rows, horizon))])


def _by_group(frame: pd.DataFrame, one: Callable, columns: list[str]) -> pd.DataFrame:
    parts = [one(rows).assign(group=group) for group, rows in frame.groupby("group", sort=True)]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _summary(curve: pd.DataFrame, measure: str, unit: str, of: Callable) -> pd.DataFrame:
    def one(rows):
        frame = pd.DataFrame(of(rows), columns=["time", "estimate", "lower", "upper"])
        events, censored = int(rows["events"].sum()), int(rows["censored"].sum())
        frame = frame.assign(
            measure=measure, unit=unit, level=rows["level"].iloc[0], events=events, n=events + censored
        )
        return held_back(frame, rows["held_back"].iloc[0])

    return _by_group(curve, one, names(ESTIMATES))


def _curve(rows: pd.DataFrame, interval: str, level: float) -> pd.DataFrame:
    curve = with_limits(_product_limit(rows), interval, level).assign(held_back=what_is_held_back(rows))
    heights = curve[["survival", "lower", "upper"]]
    return curve.assign(**heights.mask(curve["held_back"] == WITHHELD_KIND))


def _released_at_risk(rows: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    counted, what = _at_risk(rows, times), what_is_held_back(rows)
    last = {WITHHELD_KIND: -1.0, ENDED: rows["exit"].max()}.get(what, np.inf)
    return np.where(times > last, np.nan, counted) if last < np.inf else counted


def _happened(rows: pd.DataFrame) -> pd.Series:
    return ~rows["kind"].isin([CENSORING, *MARKERS])


def _at_risk(rows: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    # Whoever enters at time zero is at risk from the start, a subject leaving on day 0 included.
    entry = rows["entry"].to_numpy(dtype=float)
    entered = _cumulative(np.where(entry > 0, entry, -np.inf), rows["count"], times)
    gone = _cumulative(rows["exit"].to_numpy(dtype=float), rows["count"], times)
    return entered - gone


def _cumulative(moments: np.ndarray, count: pd.Series, times: np.ndarray) -> np.ndarray:
    """Return how many had their moment strictly before each time."""
    order = np.argsort(moments, kind="stable")
    totals = np.concatenate([[0], np.cumsum(count.to_numpy()[order])])
    return totals[np.searchsorted(moments[order], times, side="left")]


def _product_limit(rows: pd.DataFrame) -> pd.DataFrame:
    leaving = rows.assign(event=rows["count"].where(_happened(rows), 0)).groupby("exit")[["event", "count"]].sum()
    leaving = leaving.reindex(leaving.index.union([0.0]), fill_value=0)
    time, events = leaving.index.to_numpy(dtype=float), leaving["event"].to_numpy()
    at_risk = _at_risk(rows, time)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(events > 0, 1 - events / at_risk, 1.0)
        greenwood = np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0)
    censored = leaving["count"].to_numpy() - events
    columns = {"time": time, "survival": np.cumprod(step), "at_risk": at_risk, "events": events, "censored": censored}
    return pd.DataFrame(columns).assign(variance=np.cumsum(greenwood))


def _crossing(rows: pd.DataFrame, column: str, level: float) -> float:
    rows = rows[rows[column].notna()]
    time, height = rows["time"].to_numpy(), rows[column].to_numpy()
    reached = height <= level + QUANTILE_TOLERANCE
    if not reached.any():
        return np.nan
    below = height < level - QUANTILE_TOLERANCE
    return float(time[reached][0] + (time[below][0] if below.any() else time[-1])) / 2


def _height(rows: pd.DataFrame, time: float) -> tuple[float, float, float]:
    last = rows[rows["time"] <= time].iloc[-1]
    if time > rows["time"].max() and last["survival"] > 0:
        return _NOTHING
    return tuple(float(last[name]) for name in ("survival", "lower", "upper"))


def _area(rows: pd.DataFrame, horizon: float) -> tuple[float, float, float]:
    if horizon > rows["time"].max() and rows["survival"].iloc[-1] > 0:
        return _NOTHING
    within = rows[rows["time"] < horizon]
    width = np.diff([*within["time"], horizon])
    remaining = np.cumsum((within["survival"] * width)[::-1])[::-1]
    events, survivors = within["events"], within["at_risk"] - within["events"]
    hazard_variance = (events / (within["at_risk"] * survivors).where(survivors > 0)).fillna(0.0)
    spread = np.sqrt((remaining**2 * hazard_variance).sum())
    area, margin = remaining.iloc[0], normal_quantile(rows["level"].iloc[0]) * spread
    return float(area), float(area - margin), float(area + margin)
