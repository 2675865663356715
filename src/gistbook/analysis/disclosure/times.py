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


class _Leaving(NamedTuple):
    """How many of a group leave by each edge of the grid, from the first on: one row per edge, one column per kind."""

    kinds: list[str]
    counts: np.ndarray


class _Released(NamedTuple):
    """What may be printed of a group: cumulative counts by edge and kind, their bounds, and those of its size."""

    edges: np.ndarray
    printed: np.ndarray
    low: np.ndarray
    high: np.ndarray
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
    groups = counts.groupby("group", sort=True)
    rows = [(group, 0, *row) for group, of_group in groups for row in _one(of_group, policy)]
    return pd.DataFrame(rows, columns=names(GROUPED))


def summarizable(counts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Safe counts that were pooled, with a median, test or hazard ratio allowed by the size that they have now.

    Pooled safe counts tell nothing that the groups do not; pooling first and rounding then would.
    """
    kept = counts[counts["kind"] != NO_SUMMARY]
    small = kept.groupby("group")["count"].sum().loc[lambda size: size < policy.fewest].index
    return pd.concat([kept, *(_marker(NO_SUMMARY).assign(group=group) for group in small)], ignore_index=True)


def _one(rows: pd.DataFrame, policy: Policy) -> list[tuple]:
    """The rows of one group: exit, kind, count, and the bounds of that."""
    if (rows["entry"] > 0).any():
        return [_mark(WITHHELD_KIND)]
    leaving = _on_grid(rows, policy)
    released = _merged(leaving, policy.minimum) if policy.minimum else _rounded(leaving)
    if not len(released.edges):
        return [_mark(WITHHELD_KIND)]
    few = released.size[0] < policy.fewest
    return [*_as_counts(released, leaving.kinds, policy), _mark(ENDED), *([_mark(NO_SUMMARY)] if few else [])]


def _on_grid(rows: pd.DataFrame, policy: Policy) -> _Leaving:
    """Count who leaves by each edge up to the last at which anybody does."""
    edge = np.maximum(np.ceil(rows["exit"].to_numpy() / days(policy.grid_months) - _TOLERANCE), 1).astype(int)
    told = set(rows["kind"])
    kinds = sorted(told | {CENSORING} | ({"event"} if told <= {CENSORING} else set()))
    counts = np.zeros((edge.max(), len(kinds)))
    np.add.at(counts, (edge - 1, [kinds.index(kind) for kind in rows["kind"]]), rows["count"].to_numpy())
    return _Leaving(kinds, counts)


def _rounded(leaving: _Leaving) -> _Released:
    """The rounded cumulative counts, as long as they leave more at risk than one step: an end would tell too much."""
    size, printed = float(policies.midpoint(leaving.counts.sum())), policies.midpoint(leaving.counts.cumsum(axis=0))
    kept = np.flatnonzero(size - printed.sum(axis=1) > policies.WIDTH)
    return _Released(kept + 1, printed[kept], *policies.bounds(printed[kept]), (size, *policies.bounds(size)))


def _merged(leaving: _Leaving, minimum: int) -> _Released:
    """The cumulative counts at the edges up to which intervals are merged; they are what they are."""
    events, left = np.array(leaving.kinds) != CENSORING, leaving.counts.sum()
    size, kept, since = float(left), [], np.zeros(len(leaving.kinds))
    for place, gone in enumerate(leaving.counts):
        since, left = since + gone, left - gone.sum()
        is_whole = since[events].sum() >= minimum and all((since == 0) | (since >= minimum))  # of every kind it holds
        if is_whole and left >= minimum:
            kept, since = [*kept, place], since * 0
    exact = leaving.counts.cumsum(axis=0)[kept]
    return _Released(np.array(kept) + 1, exact, exact, exact, (size, size, size))


def _as_counts(released: _Released, kinds: list[str], policy: Policy) -> list[tuple]:
    """The counts between edges; at the first day those who entered, and at the last edge those who are left."""
    size, fewest, most = released.size
    exits = days(released.edges * policy.grid_months)
    counts, low, high = (np.diff(each, axis=0, prepend=0) for each in (released.printed, released.low, released.high))
    rows = [
        (exit_, kind, int(counts[edge, column]), low[edge, column], high[edge, column])
        for edge, exit_ in enumerate(exits)
        for column, kind in enumerate(kinds)
    ]
    left = int(size - released.printed[-1].sum())
    return [*rows, (0.0, ENTERED, 0, fewest, most), (exits[-1], CENSORING, left, 0, 0)]


def _mark(kind: str) -> tuple:
    """The row of nobody that marks a group."""
    if kind not in MARKERS:
        raise ValueError(f"{kind} is no marker.")
    return 0.0, kind, 0, 0, 0


def _marker(kind: str) -> pd.DataFrame:
    return pd.DataFrame([(0, *_mark(kind))], columns=["entry", "exit", "kind", "count", "low", "high"])
