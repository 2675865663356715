"""What an estimate rests on: how many had the event by the time it is read, and how many were at risk then.

The events of a whole curve say little of a point on it, and less where patients enter late and few are at risk.
"""

import numpy as np
import pandas as pd

from gistbook.analysis import estimates
from gistbook.analysis.estimates.grouped import NEAR


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
    until = [(curve["group"] == row.group) & (curve["time"] <= row.time + NEAR) for row in rows.itertuples()]
    events = pd.Series([curve.loc[each, "events"].sum() for each in until], rows.index, dtype=float)
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
    rows = []
    for row in medians.itertuples():
        until = curve[(curve["group"] == row.group) & (curve["time"] <= row.estimate + NEAR) & (curve["events"] > 0)]
        at_risk = until["at_risk"]
        rows.append((row.group, int(until["events"].sum()), int(at_risk.min()), int(at_risk.max()), int(row.n)))
    return pd.DataFrame(rows, columns=["group", "events", "fewest", "most", "n"])
