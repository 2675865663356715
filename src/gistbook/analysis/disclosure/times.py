"""Counts of times under a policy: on a grid, and rounded or merged, group by group."""

import numpy as np
import pandas as pd

from gistbook.analysis.disclosure import compatible
from gistbook.analysis.disclosure.policies import Policy
from gistbook.conventions import days
from gistbook.schemas import CENSORING, COUNTS, ENDED, MARKERS, NO_SUMMARY, WITHHELD_KIND, names

_TOLERANCE = 1e-9
"""Share of an interval by which a time may lie beyond an edge and still be on it."""


def protect(counts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the counts that may be estimated from under a policy.

    Every time is moved up to the edge of a grid that follows it, day 0 included. Then `midpoint6` rounds events and
    censorings of each group as they add up along the grid; a threshold merges intervals until each holds its minimum
    of events (and of censorings, if any) and leaves it at risk, and ends the group where that fails.

    Parameters
    ----------
    counts : DataFrame
        One row per group, entry, exit and kind, as `lifetable.count` or `lifetable.count_kinds` makes them.
    policy : Policy
        The policy; an exact one leaves counts as they are.

    Returns
    -------
    DataFrame
        The same columns. A group in which something is held back has a row of nobody at time zero whose kind is a
        marker: `withheld` (nothing of the group is released, because of late entry or because a count could be worked
        out), `no summary` (too small for a median, test or hazard ratio) or `ended` (nothing is released of later).
    """
    if not policy.coarsens or counts.empty:
        return counts
    parts = [_one(rows, policy).assign(group=group) for group, rows in counts.groupby("group", sort=True)]
    return pd.concat(parts, ignore_index=True)[names(COUNTS)].astype({"count": int})


def protect_each(counts: dict[str, pd.DataFrame], policy: Policy) -> dict[str, pd.DataFrame]:
    """Return the counts that may be estimated from of several endpoints, by the same names; each as by `protect`."""
    return {name: protect(each, policy) for name, each in counts.items()}


def summarizable(counts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return safe counts that were pooled, with a median, test or hazard ratio allowed by the size that they have now.

    Pooled safe counts tell nothing that the groups do not; pooling first and rounding then would.
    """
    kept = counts[counts["kind"] != NO_SUMMARY]
    small = kept.groupby("group")["count"].sum().loc[lambda size: size < policy.fewest].index
    return pd.concat([kept, *(_marker(NO_SUMMARY).assign(group=group) for group in small)], ignore_index=True)


def _one(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the safe counts of one group."""
    if (rows["entry"] > 0).any():
        return _marker(WITHHELD_KIND)
    leaving = _on_grid(rows, policy)
    return _merged(leaving, policy.minimum, policy) if policy.minimum else _rounded(leaving, policy)


def _on_grid(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Count who leaves by each edge: one row per edge that anybody leaves at, by its number, one column per kind."""
    edge = np.maximum(np.ceil(rows["exit"] / days(policy.grid_months) - _TOLERANCE), 1).astype(int)
    return rows.assign(edge=edge).pivot_table(index="edge", columns="kind", values="count", aggfunc="sum", fill_value=0)


def _rounded(leaving: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    printed = compatible.midpoint(leaving.cumsum())
    if not compatible.keeps_times(printed, int(leaving.to_numpy().sum())):
        return _marker(WITHHELD_KIND)
    safe = _as_counts(printed.diff().fillna(printed.iloc[:1]), policy)
    return safe if safe["count"].sum() >= policy.fewest else pd.concat([safe, _marker(NO_SUMMARY)])


def _merged(leaving: pd.DataFrame, minimum: int, policy: Policy) -> pd.DataFrame:
    size, kept, since, gone = int(leaving.to_numpy().sum()), {}, leaving.iloc[0] * 0, 0
    for edge, row in leaving.iterrows():
        since, gone = since + row, gone + int(row.sum())
        if _is_whole(since, minimum) and size - gone >= minimum:
            kept[edge], since, left = since, since * 0, size - gone
    if not kept:
        return _marker(WITHHELD_KIND)
    merged = pd.DataFrame(kept).T
    merged[CENSORING] = merged.get(CENSORING, 0) + np.where(merged.index == merged.index[-1], left, 0)
    return pd.concat([_as_counts(merged, policy), _marker(ENDED)])


def _is_whole(interval: pd.Series, minimum: int) -> bool:
    """Tell whether an interval holds enough events, and enough of every kind that it holds at all."""
    events = interval.drop(CENSORING, errors="ignore").sum()
    return bool(events >= minimum and ((interval == 0) | (interval >= minimum)).all())


def _as_counts(steps: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    rows = steps.rename_axis(index="edge", columns="kind").stack().rename("count").reset_index()
    rows = rows[rows["count"] > 0]
    return rows.assign(entry=0, exit=days(rows["edge"] * policy.grid_months))[["entry", "exit", "kind", "count"]]


def _marker(kind: str) -> pd.DataFrame:
    if kind not in MARKERS:
        raise ValueError(f"{kind} is no marker.")
    return pd.DataFrame({"entry": [0], "exit": [0.0], "kind": [kind], "count": [0]})
