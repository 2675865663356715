"""Counts of times under a policy: at the edges of a grid, and rounded or merged, group by group."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis.disclosure import policies
from gistbook.analysis.disclosure.policies import Policy
from gistbook.conventions import days
from gistbook.schemas import CENSORING, ENDED, ENTERED, GROUPED, MARKERS, NO_SUMMARY, WITHHELD_KIND, names

_TOLERANCE = 1e-9
"""Share of an interval by which a time may lie beyond an edge and still be on it."""


class _Released(NamedTuple):
    """What may be printed of a group: cumulative counts by edge and kind, their bounds, and those of its size."""

    printed: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    size: tuple[float, float, float]


def protect(counts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The counts that may be estimated from under a policy.

    Every time is moved up to the edge of a grid that follows it, day 0 included. Then `midpoint6` rounds events and
    censorings of each group as they add up along the grid, and ends the group where the rounded numbers leave few at
    risk; a threshold merges intervals until each holds its minimum of events (and of censorings, if any) and leaves
    it at risk, and ends the group where that fails. Those at risk at the end are censored there.

    `counts`: one row per group, entry, exit and kind, as `lifetable.count` or `lifetable.count_kinds` makes them;
    `policy`: the policy; an exact one leaves counts as they are. Gives columns of `schemas.GROUPED`. A group has a row
    of nobody whose kind is a marker: `withheld` (nothing of the group is released, because of late entry or because it
    is too small), `no summary` (too small for a median, test or hazard ratio) and `ended` (nothing is released of
    later).
    """
    if not policy.coarsens or counts.empty:
        return counts
    parts = [_one(rows, policy).assign(group=group) for group, rows in counts.groupby("group", sort=True)]
    return pd.concat(parts, ignore_index=True)[names(GROUPED)].astype({"count": int})


def summarizable(counts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Safe counts that were pooled, with a median, test or hazard ratio allowed by the size that they have now.

    Pooled safe counts tell nothing that the groups do not; pooling first and rounding then would.
    """
    kept = counts[counts["kind"] != NO_SUMMARY]
    small = kept.groupby("group")["count"].sum().loc[lambda size: size < policy.fewest].index
    return pd.concat([kept, *(_marker(NO_SUMMARY).assign(group=group) for group in small)], ignore_index=True)


def _one(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    if (rows["entry"] > 0).any():
        return _marker(WITHHELD_KIND)
    leaving = _on_grid(rows, policy)
    released = _merged(leaving, policy.minimum) if policy.minimum else _rounded(leaving)
    if released.printed.empty:
        return _marker(WITHHELD_KIND)
    few = released.size[0] < policy.fewest
    return pd.concat([_as_counts(released, policy), _marker(ENDED), *([_marker(NO_SUMMARY)] if few else [])])


def _on_grid(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Count who leaves by each edge up to the last at which anybody does: one row per edge, one column per kind."""
    edge = np.maximum(np.ceil(rows["exit"] / days(policy.grid_months) - _TOLERANCE), 1).astype(int)
    leaving = rows.assign(edge=edge).pivot_table(index="edge", columns="kind", values="count", aggfunc="sum")
    kinds = leaving.columns.union([CENSORING, *(["event"] if set(leaving) <= {CENSORING} else [])])
    return leaving.reindex(index=range(1, edge.max() + 1), columns=kinds).fillna(0)


def _rounded(leaving: pd.DataFrame) -> _Released:
    """The rounded cumulative counts, as long as they leave more at risk than one step: an end would tell too much."""
    size, printed = float(policies.midpoint(leaving.to_numpy().sum())), policies.midpoint(leaving.cumsum())
    kept = printed[size - printed.sum(axis=1) > policies.WIDTH]
    return _Released(kept, *policies.bounds(kept), (size, *policies.bounds(size)))


def _merged(leaving: pd.DataFrame, minimum: int) -> _Released:
    """The cumulative counts at the edges up to which intervals are merged; they are what they are."""
    size, kept, since, gone = int(leaving.to_numpy().sum()), [], leaving.iloc[0] * 0, 0
    for edge, row in leaving.iterrows():
        since, gone = since + row, gone + int(row.sum())
        events = since.drop(CENSORING, errors="ignore").sum()
        is_whole = events >= minimum and ((since == 0) | (since >= minimum)).all()  # enough of every kind that it holds
        if is_whole and size - gone >= minimum:
            kept, since = [*kept, edge], since * 0
    exact = leaving.cumsum().loc[kept]
    return _Released(exact, exact, exact, (size, size, size))


def _as_counts(released: _Released, policy: Policy) -> pd.DataFrame:
    steps = {
        name: cumulative.diff().fillna(cumulative.iloc[:1]).rename_axis(index="edge", columns="kind").stack()
        for name, cumulative in zip(("count", "low", "high"), released[:3], strict=True)
    }
    size, fewest, most = released.size
    left = size - released.printed.iloc[-1].sum()
    first, last = (0, ENTERED, 0, fewest, most), (released.printed.index[-1], CENSORING, left, 0, 0)
    ends = pd.DataFrame([first, last], columns=["edge", "kind", "count", "low", "high"])
    rows = pd.concat([pd.DataFrame(steps).reset_index(), ends], ignore_index=True)
    return rows.assign(entry=0, exit=days(rows["edge"] * policy.grid_months))


def _marker(kind: str) -> pd.DataFrame:
    if kind not in MARKERS:
        raise ValueError(f"{kind} is no marker.")
    return pd.DataFrame({"entry": [0], "exit": [0.0], "kind": [kind], "count": [0], "low": [0], "high": [0]})
