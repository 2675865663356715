"""Survival from counts at the edges of intervals, between bounds, as a disclosure policy releases them.

A count is taken as the middle of the true ones that are printed like it. Of those censored in an interval half are at
risk in it, which is the actuarial convention, and between two edges the hazard is constant. What the grouping leaves
open is added to the variance of sampling: how many had the event, how many were censored and when within the interval,
and how large the group was, each taken as uniform between its extremes.

References: Cutler SJ, Ederer F. J Chronic Dis 1958;8:699-712. Holford TR. Biometrics 1980;36:299-305.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis import lifetable
from gistbook.analysis.estimates import steps
from gistbook.schemas import CENSORING, ENTERED, VARIANCE

_FEWEST_LEFT = 0.5
"""Subjects that are taken to outlive an interval, where the bounds of the counts would leave nobody."""

MOST_OPEN = 1.6
"""How many times as wide as those of sampling, or of all events, the limits may be of what is still read."""

NEAR = 1e-6
"""Days by which a time may miss the edge of an interval."""

_HEIGHTS = ("time", "survival", "lower", "upper")
_FLAT = 1e-12
"""Fall of the logarithm below which a curve is level."""


class Tally(NamedTuple):
    """What is open of one group: at each edge the fewest and the most who had the event, or were censored, so far.

    `size` is the fewest and the most that the group may have.
    """

    edges: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    size: np.ndarray

    def until(self, edges: np.ndarray) -> "Tally":
        """The tally at some of its edges only."""
        kept = np.isin(self.edges, edges)
        return self._replace(edges=self.edges[kept], events=self.events[:, kept], censored=self.censored[:, kept])


def is_grouped(counts: pd.DataFrame) -> bool:
    """Tell whether counts are of intervals, as a policy releases them."""
    return "low" in counts


def tally(rows: pd.DataFrame) -> Tally:
    """What is open of the group whose counts these are."""
    exits, kinds = np.asarray(rows["exit"], dtype=float), np.asarray(rows["kind"])
    bounds = np.column_stack([np.asarray(rows[name], dtype=float) for name in ("low", "high")])
    edges = np.unique(exits[exits > 0])
    gone = exits <= edges[:, None]
    events, censored = ((gone & of).astype(float) @ bounds for of in (lifetable.happened(rows), kinds == CENSORING))
    return Tally(edges, events.T, censored.T, bounds[kinds == ENTERED].sum(axis=0))


def survival(open_: Tally) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At each edge the probability of being event-free, the variance of its logarithm, and whether it may be 1.

    Up to the first edge after which what is open outweighs what the patients tell.
    """
    events, censored = open_.events.mean(axis=0), open_.censored.mean(axis=0)
    died, at_risk = exposed(events, censored, open_.size.mean())
    height, sampled = steps.product_limit(np.maximum(at_risk, died + _FEWEST_LEFT), died)
    variance = sampled + sum(spread**2 / 12 for spread in _spreads(open_))
    read = np.logical_and.accumulate(variance <= MOST_OPEN**2 * sampled)
    return height[read], variance[read], open_.events[0][read] == 0


def exposed(events: np.ndarray, censored: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Of cumulative counts the events of each interval, and those at risk in it, half of the censored."""
    before = _before(events)
    return events - before, size - before - (_before(censored) + censored) / 2


def _spreads(open_: Tally) -> np.ndarray:
    """How far apart the logarithms of survival are, if one thing that is open is least, or most: a row for each."""
    events, censored, size = (np.mean(each, axis=0) for each in open_[1:])
    gone, (fewest, most) = (_before(censored) + censored) / 2, open_.censored
    events = np.stack([*open_.events, *[events] * 4])
    gone = np.stack([gone, gone, _before(fewest), most, gone, gone])
    before, size = _before(events), np.array([*[size] * 4, *open_.size])[:, None]
    died = events - before
    at_risk = np.maximum(size - before - gone, died + _FEWEST_LEFT)
    logarithms = np.cumsum(np.log1p(-died / at_risk), axis=-1)
    return logarithms[::2] - logarithms[1::2]


def _before(cumulative: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros_like(cumulative[..., :1]), cumulative[..., :-1]], axis=-1)


def between(curve: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    """A curve of one group at any times: estimate and limits; NaN after its last edge.

    At an edge they are what they are there. Between two the estimate is that of a constant hazard, and the limits hold
    wherever in the interval the events lie: NaN where they would be too wide to tell anything.
    """
    time, height, lower, upper = (np.asarray(curve[name], dtype=float) for name in _HEIGHTS)
    after = np.searchsorted(time, times - NEAR).clip(max=len(time) - 1)
    before = np.where(np.isclose(time[after], times), after, np.maximum(after - 1, 0))
    middle, low, high = (_interpolated(time, each, times) for each in (height, lower, upper))
    held = np.stack([middle, np.minimum(low, height[after]), np.maximum(high, height[before])])
    far = (held[2] - held[1] > MOST_OPEN * (high - low)) | (times > time[-1] + NEAR)
    return np.where(far, np.nan, held)


def _interpolated(time: np.ndarray, height: np.ndarray, times: np.ndarray) -> np.ndarray:
    return np.exp(np.interp(times, time, np.log(height)))


def crossings(curve: pd.DataFrame, level: float) -> np.ndarray:
    """When a curve of one group, its lower and its upper limit come down to a level; NaN where they do not.

    Between two edges each is taken as that of a constant hazard, and the limits are moved apart by what a hazard that
    goes on changing as it does there would make of it. NaN in the first interval, of which no course is known.
    """
    time, height, lower, upper = (np.asarray(curve[name], dtype=float) for name in _HEIGHTS)
    days = np.array([_first(time, each, level) for each in (height, lower, upper)])
    place = int(np.searchsorted(time, days[0]))
    if np.isnan(days[0]) or place < 2:
        return np.full(3, np.nan)
    bend = _bend(time, -np.log(height), np.asarray(curve[VARIANCE], dtype=float), place)
    return days + np.array([0, -1, 1]) * bend * (days[0] - time[place - 1]) * (time[place] - days[0])


def _bend(time: np.ndarray, risen: np.ndarray, variance: np.ndarray, place: int) -> float:
    """Half the change of the hazard about an interval, as a share of it, less what chance makes of that."""
    about = slice(place - 2, place + 2)
    width, falls, chance = (np.diff(each[about]) for each in (time, risen, np.maximum.accumulate(variance)))
    hazards, apart = falls / width, (width[0] + width[-1]) / 2 + width[1:-1].sum()
    change = (hazards[-1] - hazards[0]) ** 2 - chance[0] / width[0] ** 2 - chance[-1] / width[-1] ** 2
    return float(np.sqrt(max(change, 0)) / apart / hazards[1] / 2)


def _first(time: np.ndarray, height: np.ndarray, level: float) -> float:
    place = int(np.argmax(height <= level))
    if not height[place] <= level:
        return np.nan
    return float(np.interp(-np.log(level), -np.log(height[place - 1 : place + 1]), time[place - 1 : place + 1]))


def area(time: np.ndarray, height: np.ndarray, variance: np.ndarray, horizon: float) -> tuple[float, float]:
    """The area under a curve up to a horizon, and its variance; the hazard is constant between edges."""
    ends = np.append(time[time < horizon], horizon)
    heights = _interpolated(time, height, ends)
    risen = np.interp(ends, time, np.maximum.accumulate(variance))
    falls = np.maximum(np.log(heights[:-1] / heights[1:]), _FLAT)
    parts = np.diff(ends) * heights[:-1] * -np.expm1(-falls) / falls
    later = parts.sum() - np.cumsum(parts) + parts / 2
    return float(parts.sum()), float((later**2 * np.diff(risen)).sum())
