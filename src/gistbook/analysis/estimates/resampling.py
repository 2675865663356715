"""Many cohorts at once, resampled from counts or drawn: their curves as arrays, their medians as one number each.

Randomness comes from a generator of numpy that is handed over. Cohorts are taken a chunk at a time, so that memory does
not grow with their number.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis.estimates import steps, what_is_held_back
from gistbook.conventions import CONFIDENCE_LEVEL, INTERVAL, UsageError
from gistbook.schemas import CENSORING, MARKERS, NO_SUMMARY, WITHHELD_KIND

CHUNK = 2**17
"""As many numbers of one kind, cohorts by times, as are held in memory at once."""


class Curves(NamedTuple):
    """Kaplan-Meier curves: one row per cohort, one column per time.

    `time` is shared by all, or has a row for each. Survival and its Greenwood variance (of the logarithm) are NaN at a
    time at which nobody of a cohort leaves; there the value of the time before still holds.
    """

    time: np.ndarray
    survival: np.ndarray
    variance: np.ndarray


def bootstrap(counts: pd.DataFrame, replicates: int, rng: np.random.Generator) -> Iterator[Curves]:
    """Resample the subjects of one group with replacement, as many as there are, late entry and exit going together.

    Raises `UsageError` if the counts are of several groups, or of nobody.

    Parameters
    ----------
    counts : DataFrame
        One row per entry, exit and kind of one group, as `lifetable.count` makes them; of several groups, take one at a
        time. Each replicate is one multinomial draw over these rows.
    replicates : int
        How many cohorts to resample.

    Returns
    -------
    iterator of Curves
        A chunk of cohorts at a time; all NaN where a disclosure policy withholds the group or its summary.

    References
    ----------
    Efron B. J Am Stat Assoc 1981;76:312-319.
    """
    if counts["group"].nunique() > 1:
        raise UsageError("Resample one group at a time, or pool the groups first: these counts are of several.")
    if counts["count"].sum() < 1:
        raise UsageError("There is nobody to resample: these counts are of no subject.")
    return (_resampled(counts, some, rng) for some in _chunks(replicates, len(counts)))


def curves_of(time: np.ndarray, event: np.ndarray) -> Iterator[Curves]:
    """Estimate the curve of each of many cohorts whose subjects all enter at time zero.

    Raises `UsageError` if the two have not the same shape, or not two axes.

    Parameters
    ----------
    time, event : ndarray
        Time to the event or to censoring, and whether it was the event: one row per cohort, one column per subject.

    Returns
    -------
    iterator of Curves
        A chunk of cohorts at a time.
    """
    if time.ndim != 2 or time.shape != event.shape:
        raise UsageError("Times and events need one row per cohort and one column per subject, the same in both.")
    first = 0
    for some in _chunks(*time.shape):
        yield _estimated(_leaving(time[first : first + some], event[first : first + some]))
        first += some


def quantiles(cohorts: Iterator[Curves], probability: float = 0.5) -> np.ndarray:
    """The time by which a share of each cohort has had the event, as `quantile`; NaN where not reached."""
    parts = [steps.crossing(chunk.time, chunk.survival, 1 - probability) for chunk in cohorts]
    return np.concatenate(parts) if parts else np.empty(0)


def quantiles_with_limits(
    cohorts: Iterator[Curves], probability: float = 0.5, interval: str = INTERVAL, level: float = CONFIDENCE_LEVEL
) -> pd.DataFrame:
    """The time by which a share of each cohort has had the event, with limits, as `quantile` gives them.

    Raises `UsageError` if there is no such interval.

    Returns
    -------
    DataFrame
        One row per cohort: `estimate`, `lower`, `upper`, in the unit of the times; NaN where not reached.
    """
    if interval not in steps.TRANSFORMATIONS:
        raise UsageError(f"There is no interval named {interval!r}; there is: {', '.join(steps.TRANSFORMATIONS)}.")
    parts = [np.empty((3, 0))]
    for chunk in cohorts:
        heights = chunk.survival, *steps.limits(chunk.survival, chunk.variance, interval, level)
        parts.append(np.stack([steps.crossing(chunk.time, height, 1 - probability) for height in heights]))
    return pd.DataFrame(np.concatenate(parts, axis=1).T, columns=["estimate", "lower", "upper"])


def _chunks(replicates: int, width: int) -> Iterator[int]:
    most = max(1, CHUNK // max(1, width))
    for first in range(0, replicates, most):
        yield min(most, replicates - first)


def _resampled(counts: pd.DataFrame, replicates: int, rng: np.random.Generator) -> Curves:
    count = counts["count"].to_numpy()
    drawn = rng.multinomial(count.sum(), count / count.sum(), size=replicates)
    entry, leaving = (counts[name].to_numpy(dtype=float) for name in ("entry", "exit"))
    happened = ~counts["kind"].isin([CENSORING, *MARKERS]).to_numpy()
    found = _estimated(steps.steps(entry, leaving, happened, drawn))
    held = what_is_held_back(counts) in (WITHHELD_KIND, NO_SUMMARY)
    return found._replace(survival=np.full_like(found.survival, np.nan)) if held else found


def _estimated(found: steps.Steps) -> Curves:
    survival, variance = steps.product_limit(found.at_risk, found.events)
    nobody = (found.events + found.censored == 0) & (found.time != 0)
    survival[nobody] = np.nan
    return Curves(found.time, survival, variance)


def _leaving(time: np.ndarray, event: np.ndarray) -> steps.Steps:
    """The steps of each cohort, at time zero and at the last place of each of its times in order."""
    order = np.argsort(time, axis=-1)
    time, event = (np.take_along_axis(values, order, axis=-1) for values in (time, event))
    changes = time[:, 1:] != time[:, :-1]
    edge = np.ones((len(time), 1), dtype=bool)
    first, last = np.hstack([edge, changes]), np.hstack([changes, edge])
    gone = np.maximum.accumulate(np.where(first, np.arange(time.shape[1]), 0), axis=-1)
    so_far = np.hstack([np.zeros((len(time), 1), dtype=int), np.cumsum(event, axis=-1)])
    events = np.where(last, so_far[:, 1:] - np.take_along_axis(so_far, gone, axis=-1), 0)
    leaving = np.where(last, np.arange(1, time.shape[1] + 1) - gone, 0)
    columns = (0.0, time), (time.shape[1], time.shape[1] - gone), (0, events), (0, leaving - events)
    return steps.Steps(*(np.hstack([np.full((len(time), 1), zero), values]) for zero, values in columns))
