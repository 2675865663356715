"""Product-limit curves as arrays, one or many at once: their steps, their limits, and where they come down to a level.

The last axis is that of times. An axis before it, where there is one, is that of curves, such as replicates; times are
then those of all curves, or each curve has its own.
"""

from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from gistbook.conventions import QUANTILE_TOLERANCE


class Steps(NamedTuple):
    """How many are at risk at each time, and how many have the event or are censored at it."""

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray


def steps(entry: np.ndarray, leaving: np.ndarray, happened: np.ndarray, count: np.ndarray) -> Steps:
    """The steps at each time of leaving, and where all have entered later than at time zero, or at it, before those.

    Only `count` may have an axis of curves.
    """
    start = max(float(entry.min()), 0.0) if len(entry) else 0.0
    time = np.union1d(leaving, start)
    counted_at = np.where((time == start) & (start > 0), np.nextafter(start, np.inf), time)
    order = np.argsort(leaving, kind="stable")
    places = np.append(np.searchsorted(leaving[order], time), len(order))
    gone, events = (np.diff(_totals(of[..., order])[..., places], axis=-1) for of in (count, count * happened))
    return Steps(time, at_risk(entry, leaving, count, counted_at), events, gone - events)


def at_risk(entry: np.ndarray, leaving: np.ndarray, count: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Count those at risk at each time: entered before it (or at time zero), and not gone before it."""
    # A subject who enters at time zero is at risk from the start, a subject leaving on day 0 included.
    return _before(np.where(entry > 0, entry, -np.inf), count, times) - _before(leaving, count, times)


def product_limit(at_risk: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Survival after each time, and the cumulated variance of its logarithm, Greenwood's."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(events > 0, 1 - events / at_risk, 1.0)
        greenwood = np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0)
    return np.cumprod(factor, axis=-1), np.cumsum(greenwood, axis=-1)


def limits(survival: np.ndarray, variance: np.ndarray, interval: str, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The pointwise limits, symmetric on the scale named: 1 where survival is 1, and NaN where it is 0."""
    alive = np.where(survival > 0, survival, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = TRANSFORMATIONS[interval](alive, normal_quantile(level) * np.sqrt(variance))
    certain = survival == 1
    return np.where(certain, 1.0, lower), np.minimum(np.where(certain, 1.0, upper), 1.0)


def normal_quantile(level: float) -> float:
    """How many standard errors lie between an estimate and its limits."""
    return NormalDist().inv_cdf((1 + level) / 2)


def crossing(time: np.ndarray, height: np.ndarray, level: float) -> np.ndarray:
    """When each curve comes down to a level, NaN if never: the midpoint of a plateau that lies at it.

    A height that is NaN is no part of its curve, so that a plateau ends at the latest at the last that is not.
    """
    reached, below = height <= level + QUANTILE_TOLERANCE, height < level - QUANTILE_TOLERANCE
    last = height.shape[-1] - 1 - np.argmax(~np.isnan(height)[..., ::-1], axis=-1)
    ends = np.where(below.any(axis=-1), np.argmax(below, axis=-1), last)
    times, places = np.broadcast_to(time, height.shape), (np.argmax(reached, axis=-1), ends)
    first, final = (np.take_along_axis(times, place[..., None], axis=-1)[..., 0] for place in places)
    return np.where(reached.any(axis=-1), (first + final) / 2, np.nan)


def _before(moments: np.ndarray, count: np.ndarray, times: np.ndarray) -> np.ndarray:
    order = np.argsort(moments, kind="stable")
    return _totals(count[..., order])[..., np.searchsorted(moments[order], times, side="left")]


def _totals(count: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros_like(count[..., :1]), np.cumsum(count, axis=-1)], axis=-1)


def _log_log_limits(height: np.ndarray, margin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    widening = np.exp(margin / np.abs(np.log(height)))
    return height**widening, height ** (1 / widening)


TRANSFORMATIONS: dict[str, Callable] = {
    "log-log": _log_log_limits,
    "log": lambda height, margin: (height * np.exp(-margin), height * np.exp(margin)),
}
