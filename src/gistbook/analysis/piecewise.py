"""Groups compared by counts at the edges of intervals: one rate in each interval, and ratios that are the same in all.

The piecewise-exponential model, given the events of each interval. Exposure is the time in an interval of those at
risk, half of it for who has the event or is censored in it. Groups are compared at edges that they have in common. To
the variance is added what the grouping leaves open, as `estimates.grouped` adds it to that of a curve.

Reference: Holford TR. Biometrics 1980;36:299-305.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis.estimates import grouped

_FEWEST = 0.5
"""Subjects whose exposure an interval has at least."""

_RAREST = 1e-3
"""Events of an interval at least, so that a ratio can be reckoned where the bounds leave open that there was none."""

_MOST_OPEN = 1.6
"""How many times as wide as those of all events the limits may be."""

_MOST_STEPS, _CONVERGED = 50, 1e-10


class Ratios(NamedTuple):
    """Logarithms of the ratios of groups to the reference, and their covariance; empty if there is no common edge."""

    groups: list[str]
    logs: np.ndarray
    covariance: np.ndarray


def ratios(counts: pd.DataFrame, reference: str) -> Ratios:
    """The rate of each group relative to a reference group, the same in every interval.

    None where groups have no edge in common, or where it would be too far from that of all events: their numbers are
    not released, but they lie between those up to the last common edge and all who are left there.
    """
    others = [group for group in sorted(counts["group"].unique()) if group != reference]
    tallies = [grouped.tally(counts[counts["group"] == group]) for group in (reference, *others)]
    common = set(tallies[0].edges).intersection(*(tally.edges for tally in tallies[1:]))
    if not common:
        return Ratios([], np.empty(0), np.empty((0, 0)))
    tallies = [tally.until(np.array(sorted(common))) for tally in tallies]
    logs, covariance = _fit(tallies)
    for place, tally in enumerate(tallies):
        for name in ("events", "censored", "size"):
            ends = [_fit([*tallies[:place], each, *tallies[place + 1 :]])[0] for each in _extremes(tally, name)]
            covariance = covariance + np.outer(ends[0] - ends[1], ends[0] - ends[1]) / 12
    most = 1 / np.array([tally.size.mean() - tally.censored[:, -1].mean() for tally in tallies])
    if (np.diag(covariance) > _MOST_OPEN**2 * (most[0] + most[1:])).any():
        return Ratios([], np.empty(0), np.empty((0, 0)))
    return Ratios(others, logs, covariance)


def _extremes(tally: grouped.Tally, name: str) -> list[grouped.Tally]:
    """A tally with what is open of one thing at its least, and at its most."""
    return [tally._replace(**{name: np.stack([bound, bound])}) for bound in getattr(tally, name)]


def _fit(tallies: list[grouped.Tally]) -> tuple[np.ndarray, np.ndarray]:
    """The logarithms of the ratios that are most likely, and their covariance, by Newton's method."""
    events, exposure = (np.array(each) for each in zip(*map(_exposure, tallies), strict=True))
    logs = np.zeros(len(tallies) - 1)
    for _ in range(_MOST_STEPS):
        weights = exposure * np.exp(np.append(0.0, logs))[:, None]
        shares = (weights / weights.sum(axis=0))[1:]
        total = events.sum(axis=0)
        information = np.diag(shares @ total) - (shares * total) @ shares.T
        step = np.linalg.solve(information, events[1:].sum(axis=1) - shares @ total)
        logs = logs + np.clip(step, -1, 1)
        if np.abs(step).max() < _CONVERGED:
            break
    return logs, np.linalg.inv(information)


def _exposure(tally: grouped.Tally) -> tuple[np.ndarray, np.ndarray]:
    died, at_risk = grouped.exposed(tally.events.mean(axis=0), tally.censored.mean(axis=0), tally.size.mean())
    return np.maximum(died, _RAREST), np.maximum(at_risk - died / 2, _FEWEST) * np.diff(tally.edges, prepend=0)
