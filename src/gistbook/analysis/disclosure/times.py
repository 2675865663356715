"""Counts of times under a policy: at the edges of a grid, and rounded or merged, group by group."""

import numpy as np
import pandas as pd

from gistbook.analysis.disclosure import policies
from gistbook.analysis.disclosure.policies import Policy
from gistbook.conventions import days
from gistbook.schemas import CENSORING, ENDED, ENTERED, GROUPED, NO_SUMMARY, WITHHELD_KIND, names

_TOLERANCE = 1e-9
"""Share of an interval by which a time may lie beyond an edge and still be on it."""


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
    marked = [pd.DataFrame([(group, 0, *_mark(NO_SUMMARY))], columns=names(GROUPED)) for group in small]
    return pd.concat([kept, *marked], ignore_index=True)


def _one(rows: pd.DataFrame, policy: Policy) -> list[tuple]:
    """The rows of one group: exit, kind, count, and the bounds of that.

    Between edges stand counts; at the first day those who entered, and at the last edge those who are left.
    """
    kinds, leaving = _on_grid(rows, policy)
    gone, size = leaving.cumsum(axis=0), float(leaving.sum())
    if policy.minimum:
        kept = _merged(leaving, np.array(kinds) != CENSORING, policy.minimum)
    else:  # as long as more than one step are left at risk: an end would tell too much
        gone, size = policies.midpoint(gone), float(policies.midpoint(size))
        kept = np.flatnonzero(size - gone.sum(axis=1) > policies.WIDTH)
    if (rows["entry"] > 0).any() or not len(kept):
        return [_mark(WITHHELD_KIND)]
    exits, gone = days((np.array(kept) + 1) * policy.grid_months), gone[kept]
    steps = [np.diff(each, axis=0, prepend=0) for each in (gone, *_bounds(gone, policy))]
    released = [
        (exit_, kind, int(counts[column]), low[column], high[column])
        for exit_, counts, low, high in zip(exits, *steps, strict=True)
        for column, kind in enumerate(kinds)
    ]
    entered = (0.0, ENTERED, 0, *_bounds(size, policy))
    left = (exits[-1], CENSORING, int(size - gone[-1].sum()), 0, 0)
    return [*released, entered, left, _mark(ENDED), *([_mark(NO_SUMMARY)] if size < policy.fewest else [])]


def _on_grid(rows: pd.DataFrame, policy: Policy) -> tuple[list[str], np.ndarray]:
    """The kinds of a group, and how many leave by each edge up to the last at which anybody does, a column per kind."""
    edge = np.maximum(np.ceil(rows["exit"].to_numpy() / days(policy.grid_months) - _TOLERANCE), 1).astype(int)
    told = set(rows["kind"])
    kinds = sorted(told | {CENSORING} | ({"event"} if told <= {CENSORING} else set()))
    counts = np.zeros((edge.max(), len(kinds)))
    np.add.at(counts, (edge - 1, [kinds.index(kind) for kind in rows["kind"]]), rows["count"].to_numpy())
    return kinds, counts


def _merged(leaving: np.ndarray, events: np.ndarray, minimum: int) -> list[int]:
    """The edges up to which intervals are merged; `events` are the columns of those."""
    kept, since, left = [], np.zeros(leaving.shape[1]), leaving.sum()
    for place, gone in enumerate(leaving):
        since, left = since + gone, left - gone.sum()
        is_whole = since[events].sum() >= minimum and all((since == 0) | (since >= minimum))  # of every kind it holds
        if is_whole and left >= minimum:
            kept, since = [*kept, place], since * 0
    return kept


def _bounds(printed, policy: Policy) -> tuple:
    """The bounds of what is printed; a threshold prints what is."""
    return (printed, printed) if policy.minimum else policies.bounds(printed)


def _mark(kind: str) -> tuple:
    """The row of nobody that marks a group."""
    return 0.0, kind, 0, 0, 0
