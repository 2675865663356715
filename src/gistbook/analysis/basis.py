"""What an estimate rests on: how many had the event by the time it is read, and how many were at risk then.

The events of a whole curve say little of a point on it, and less where patients enter late and few are at risk.
"""

import numpy as np
import pandas as pd

from gistbook.analysis import estimates

_BASIS = ["group", "events", "fewest", "most", "n"]

_NEAR = 1e-6
"""Days by which a time may miss the edge of an interval."""


def by_then(rows: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Estimates at landmarks or up to horizons, with the events by then and the number at risk then.

    Of grouped counts both are known at the edges of intervals, and NaN between them.

    `rows`: one row per group and time (days), as `estimates.rate` and `estimates.restricted_mean` make them; `counts`:
    the counts of the same curve, one row per group, entry, exit and kind. Gives the estimates, with the columns
    `events_by_then` and `at_risk_then`.
    """
    curve = estimates.survival(counts)
    left = estimates.number_at_risk(counts, rows["time"].unique()).set_index(["group", "time"])["at_risk"]
    at_risk = [left.get((row.group, row.time), np.nan) for row in rows.itertuples()]
    events = pd.Series([_events(curve, row.group, row.time) for row in rows.itertuples()], rows.index, dtype=float)
    return rows.assign(events_by_then=events.where(pd.notna(at_risk)), at_risk_then=at_risk)


def of_median(curve: pd.DataFrame) -> pd.DataFrame:
    """What the median of each group rests on: the events up to it, and how many were at risk at them.

    Under late entry a few early events among a handful at risk can bring a curve down to one half before most of the
    group has come under observation; its median then tells of the handful.

    `curve`: one row per group and time, as `estimates.survival` makes it of exact counts. Gives one row per group whose
    median is reached: `group`, its `events` up to the median, the `fewest` and the `most` at risk at one of them, and
    `n` subjects.
    """
    medians = estimates.quantile(curve).dropna(subset="estimate")
    return pd.DataFrame([_basis(row, curve) for row in medians.itertuples()], columns=_BASIS)


def _basis(median, curve: pd.DataFrame) -> dict:
    until = curve[(curve["group"] == median.group) & (curve["time"] <= median.estimate + _NEAR) & (curve["events"] > 0)]
    at_risk = until["at_risk"]
    size = {"fewest": int(at_risk.min()), "most": int(at_risk.max()), "n": int(median.n)}
    return {"group": median.group, "events": int(until["events"].sum()), **size}


def _events(curve: pd.DataFrame, group: str, time: float) -> int:
    return int(curve.loc[(curve["group"] == group) & (curve["time"] <= time + _NEAR), "events"].sum())
