"""Counts with several kinds of exit to the cumulative incidence of each.

Where one event keeps another from happening, as death keeps a patient from a second line of therapy, one minus
Kaplan-Meier overstates how many will come to it; the cumulative incidence does not.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd

from gistbook.conventions import CONFIDENCE_LEVEL, QUANTILE_TOLERANCE
from gistbook.schemas import INCIDENCE, names


def cumulative_incidence(counts: pd.DataFrame, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Aalen-Johansen probability of having had an event of each kind, by group, with pointwise limits.

    The sum of S(t-) d(t) / Y(t) over times: of Y subjects at risk at a time, d have the event of this kind, and
    S(t-) is the Kaplan-Meier probability of having had none of any kind before. At risk is who entered before the
    time (or at time zero) and has not left before, as in `estimates.survival`; under delayed entry an early risk
    set may run empty, after which no incidence rises. All kinds and survival sum to 1 at every time.

    The variance is of Greenwood's type: the events at each time are drawn from a multinomial among those at risk,
    independently of other times, which with one kind is Greenwood's for Kaplan-Meier. R's `survfit` takes the
    infinitesimal jackknife. The two are the same where all enter at time zero; under delayed entry R's differs a
    little, and becomes ours if every subject's time is cut at every exit and the pieces are given as of different
    subjects. Limits are symmetric for log(-log(incidence)), as R's `log-log` has them; for one kind they are not
    one minus the log-log limits of survival, which are symmetric for log(-log(1 - incidence)).

    Parameters
    ----------
    counts : DataFrame
        One row per group, entry, exit and kind, as `lifetable.count_kinds` makes them. Every kind but `censored`
        is an event.
    level : float
        Confidence level of the limits.

    Returns
    -------
    DataFrame
        One row per group, kind that occurs in any group, and time at which somebody leaves, and time zero; columns
        of `schemas.INCIDENCE`. Limits are 0 where the incidence is 0, and NaN where it is 1.

    References
    ----------
    Aalen OO, Johansen S. Scand J Stat 1978;5:141-150. Andersen PK, Borgan O, Gill RD, Keiding N. Statistical Models
    Based on Counting Processes. Springer 1993, section IV.4 (the variance).
    """
    kinds = sorted(set(counts["kind"]) - {"censored"})
    if not kinds:
        return pd.DataFrame(columns=names(INCIDENCE))
    parts = [_of_kinds(rows, kinds).assign(group=group) for group, rows in counts.groupby("group", sort=True)]
    return _with_limits(pd.concat(parts, ignore_index=True), level)[names(INCIDENCE)]


def by_kind(curve: pd.DataFrame) -> pd.DataFrame:
    """Return cumulative incidences as rising curves, one for each group and kind: `group`, `time`, `estimate`."""
    return curve.assign(group=curve["group"] + ", " + curve["kind"], estimate=curve["incidence"])


def _of_kinds(rows: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    events = rows.pivot_table(index="exit", columns="kind", values="count", aggfunc="sum", fill_value=0)
    events = events.reindex(index=events.index.union([0.0]), columns=kinds, fill_value=0)
    time = events.index.to_numpy(dtype=float)
    at_risk = _at_risk(rows, time)
    share = events.sum(axis=1).to_numpy() / np.maximum(at_risk, 1)
    before = np.append(1.0, np.cumprod(1 - share))[:-1]
    steps = pd.DataFrame({"time": time, "at_risk": at_risk, "before": before, "any": share})
    return pd.concat([_of_kind(steps, events[kind].to_numpy()).assign(kind=kind) for kind in kinds])


def _at_risk(rows: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    """Return how many entered before each time, or at time zero, and have not left before it."""
    entry = rows["entry"].to_numpy(dtype=float)
    entered = _before(np.where(entry > 0, entry, -np.inf), rows["count"], times)
    return entered - _before(rows["exit"].to_numpy(dtype=float), rows["count"], times)


def _before(moments: np.ndarray, count: pd.Series, times: np.ndarray) -> np.ndarray:
    sums = count.groupby(moments).sum()
    return np.append(0, sums.cumsum())[np.searchsorted(sums.index, times, side="left")]


def _of_kind(steps: pd.DataFrame, events: np.ndarray) -> pd.DataFrame:
    """Return one kind's incidence and its variance.

    Of the Y at risk at a time s, one event of this kind raises the incidence F at a later t by S(s-) / Y, and one of
    any kind lowers it by (F(t) - F(s)) / (1 - p) / Y, p being the share that has any. The multinomial variance of
    these changes, summed over s, is a quadratic in F(t), of which each coefficient is a running sum.
    """
    before, anyhow = steps["before"].to_numpy(), steps["any"].to_numpy()
    each = 1 / np.maximum(steps["at_risk"].to_numpy(), 1)
    share = events * each
    incidence = np.cumsum(before * share)
    own = before**2 * share * (1 - share) * each
    shared = before * share * each
    greenwood = np.divide(anyhow * each, 1 - anyhow, out=np.zeros(len(steps)), where=anyhow < 1)
    constant = np.cumsum(own + 2 * shared * incidence + greenwood * incidence**2)
    linear, square = np.cumsum(shared + greenwood * incidence), np.cumsum(greenwood)
    variance = constant - 2 * incidence * linear + incidence**2 * square
    return steps.assign(incidence=incidence, variance=variance.clip(min=0), events=events)


def _with_limits(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    margin = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(rows["variance"])
    never, certain = rows["incidence"] == 0, rows["incidence"] > 1 - QUANTILE_TOLERANCE
    known = rows["incidence"].mask(never | certain)
    with np.errstate(over="ignore"):
        widening = np.exp(margin / (known * np.log(known)).abs())
    lower, upper = (known**power for power in (widening, 1 / widening))
    return rows.assign(lower=lower.mask(never, 0.0), upper=upper.mask(never, 0.0), level=level)
