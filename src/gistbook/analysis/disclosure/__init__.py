"""Named policies that coarsen counts before anything is estimated from them: counts of times, then all other counts.

`policies` names them, and chooses one for a cohort. What is withheld follows from the size of a group, or is withheld
of so many true counts that each keeps enough values.

What a policy promises is that no printed count, taken within its group and endpoint, gives away a true one. What can be
concluded by joining several endpoints, or two releases of one cohort, it does not promise (`docs/disclosure.md`).
"""

# ruff: noqa: F401 (what other modules and chapters take from here)
import numpy as np
import pandas as pd

from gistbook.analysis.disclosure import policies
from gistbook.analysis.disclosure.policies import (
    BY_ACCESS,
    DISCLOSED,
    MARKED,
    NOT_FOR_RELEASE,
    Policy,
    choose,
    exact_only,
    extremes,
    is_coarse,
    over_follow_up,
)
from gistbook.conventions import ANALYSED, RECORDED, days
from gistbook.schemas import CENSORING, ENDED, ENTERED, GROUPED, NO_SUMMARY, OTHER_LEVELS, WITHHELD_KIND, names

_TOLERANCE = 1e-9
"""Share of an interval by which a time may lie beyond an edge and still be on it."""

_NOTHING = (np.nan, np.nan)
_NUMBERS = ["count", "n", "estimate", "lower", "upper"]


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


def part(counted: tuple[int, int], policy: Policy, of: int = 0) -> tuple[float, float]:
    """How many of how many as a policy lets it be printed; NaN of NaN where it is withheld.

    None, or all, is hidden too, as it tells of everybody in the group: by rounding, or since a threshold withholds what
    is small, and so the rest that all would leave. `counted`: true count, and of how many. `of`: of how many, at most,
    where a reader may know that of more: the size of the group.
    """
    count, n = counted
    if not policy.coarsens or not n:
        return counted
    if n < policy.smallest:
        return _NOTHING
    safe = _single(count, n, policy)
    size = _single(n, of, policy) if of and n != of else _sizes(n, policy)
    return _NOTHING if np.isnan(safe) or np.isnan(size) else (int(safe), int(size))


def level(rows: pd.DataFrame, name: str, counted: tuple[int, int], policy: Policy) -> tuple[float, float]:
    """How many of how many have a level of a released breakdown; what was counted, where numbers are exact.

    Said again by the same number, so that the two together tell nothing more.
    """
    if not policy.coarsens or not counted[1]:
        return counted
    safe = rows.loc[rows.eq(name).any(axis=1), "count"]
    whole = rows["count"].sum(skipna=False)
    return _NOTHING if safe.empty or np.isnan(whole) else (int(safe.iloc[0]), int(whole))


def table(rows: pd.DataFrame, policy: Policy, by: list[str]) -> pd.DataFrame:
    """Counts and measures of groups as a policy lets them be printed.

    The counts of one breakdown are its levels and, if there is such a row, who is `missing`. Where they add up to the
    group they are judged together, because each then follows from the others; else each with its complement. Shares
    are of the counts that are printed. A level that is alone, and so everybody's, is withheld; so are medians and
    differences between groups. A level of free text that no group has above the smallest number is counted among
    the `other` ones. Of a group with fewer than the policy's smallest number nothing is there.

    `rows`: one row per level, columns of `schemas.BASELINE` or `schemas.SAFETY`; `by`: columns that name one breakdown
    of one group; the first names the breakdown. Gives the same columns without `difference`; NaN where something is
    withheld.
    """
    if not policy.coarsens or rows.empty:
        return rows
    kept = rows.drop(columns="difference", errors="ignore").astype(dict.fromkeys(_NUMBERS, float))
    parts = [_listed(each, policy, by) for _, each in kept.groupby(by[0], sort=False)]
    return pd.concat(parts, ignore_index=True)


def counts(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """A frame of counts as a policy lets them be printed; NaN where they are withheld.

    Where there is a column `n`, each `count` is judged with its complement in it, and of few there is nothing; else all
    are parts of their sum.
    """
    if not policy.coarsens or rows.empty:
        return rows
    if "n" not in rows:
        return rows.assign(count=_released(rows["count"].tolist(), policy))
    rows = rows[rows["n"] >= policy.smallest]
    pairs = zip(rows["count"], rows["n"], strict=True)
    return rows.assign(count=[_single(count, n, policy) for count, n in pairs], n=_sizes(rows["n"], policy))


def flow(steps: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The flow of patients as a policy lets it be printed: columns of `schemas.FLOW`, NaN where withheld.

    The sizes of groups, and of all analysed, are taken for known. Who left is judged by what the printed number of all
    recorded tells, which is one step more where it would tell too much; under a threshold all who were recorded are
    withheld where a count of those who left is, since it would follow, and groups are judged as parts of the analysed.
    """
    if not policy.coarsens:
        return steps
    sizes = steps.set_index("step")["count"]
    left = (steps["parent"] == RECORDED) & (steps["step"] != ANALYSED)
    safe = pd.Series(_sizes(steps["count"], policy), index=steps.index)
    recorded = policies.midpoint(sizes[RECORDED])
    recorded += policies.WIDTH * (policies.bounds(recorded)[1] - sizes[ANALYSED] < policies.FEWEST - 1)
    bounds = [bound - sizes[ANALYSED] for bound in policies.bounds(recorded)]
    safe[left] = _released(steps.loc[left, "count"].tolist(), policy, (max(bounds[0], 0), bounds[1]))
    groups = steps["parent"] == ANALYSED
    if not policy.minimum:
        safe[steps["step"] == RECORDED] = recorded
    elif groups.any():
        safe[groups] = _released(steps.loc[groups, "count"].tolist(), policy)
    if policy.minimum and safe[left].isna().any():
        safe[steps["step"] == RECORDED] = np.nan
    return steps.assign(count=safe)


def _listed(rows: pd.DataFrame, policy: Policy, by: list[str]) -> pd.DataFrame:
    """The breakdown of all groups, with the levels of free text that no group has often among the others."""
    rows = rows[rows.groupby(by)["n"].transform("max") >= policy.smallest]
    if rows.empty or OTHER_LEVELS not in set(rows["level"]):
        return _by_group(rows, policy, by)
    named = set(rows["level"]) - {OTHER_LEVELS, "missing"}
    while True:
        safe = _by_group(_pooled(rows, named, by), policy, by)
        often = set(safe.loc[safe["count"] > max(policy.minimum - 1, policies.WIDTH / 2), "level"])
        if named <= often:
            return safe
        named &= often


def _pooled(rows: pd.DataFrame, named: set[str], by: list[str]) -> pd.DataFrame:
    """Rows of the levels that keep their names, and the others as one; where one may have many, without them."""
    groups = rows.groupby(by)
    is_whole = groups["n"].transform("max").eq(groups["count"].transform("sum")).all()
    rows = rows.assign(level=rows["level"].where(rows["level"].isin([*named, "missing"]), OTHER_LEVELS))
    if not is_whole:
        return rows[rows["level"] != OTHER_LEVELS]
    sums = rows.groupby([*by, "level"])["count"].transform("sum")
    return rows.assign(count=sums).drop_duplicates([*by, "level"])


def _by_group(rows: pd.DataFrame, policy: Policy, by: list[str]) -> pd.DataFrame:
    parts = [_breakdown(each, policy) for _, each in rows.groupby(by, sort=False)]
    return pd.concat(parts).loc[rows.index] if parts else rows


def _breakdown(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """One breakdown of one group; shares are of the printed levels if they are a whole, else of the group's size."""
    measured = rows["level"] == "median"
    rows = rows.assign(**{name: rows[name].mask(measured) for name in _NUMBERS})
    levels = rows[~measured]
    if levels.empty:
        return rows
    size = levels["n"].max()
    if len(levels) == 1 and levels["count"].sum() == size:
        safe = [np.nan]
    elif levels["count"].sum() == size:
        safe = _released(levels["count"].tolist(), policy)
    else:
        safe = [_single(count, size, policy) for count in levels["count"]]
    safe = pd.Series(safe, index=levels.index)
    named = levels["level"] != "missing"
    if not named.any() or levels.loc[named, "count"].sum() != levels.loc[named, "n"].max():
        whole = float(_sizes(levels.loc[named, "n"] if named.any() else levels["n"], policy).max())
    else:  # a whole of which a level is withheld has no size, which tells it from levels that are judged one by one
        whole = float(safe[named].sum(skipna=False))
    counted, size = rows["count"].where(measured, safe), rows["n"].where(measured, whole)
    return rows.assign(count=counted, n=size, estimate=safe / whole)


def _sizes(sizes, policy: Policy) -> np.ndarray:
    values = np.asarray(sizes, dtype=float)
    if policy.minimum:
        return np.where(values < policy.minimum, np.nan, values)
    return policies.midpoint(values)


def _single(count: int, n: int, policy: Policy) -> float:
    """One count of a known size as it may be printed, the rest of which is not; NaN where it is withheld.

    The uppermost step of rounding is printed as the one below it, where it has too few values.
    """
    if policy.minimum:
        return float(count) if min(count, n - count) >= policy.minimum else np.nan
    printed = float(policies.midpoint(count))
    has_few_values = printed > policies.WIDTH and n - policies.bounds(printed)[0] < policies.FEWEST - 1
    return printed - policies.WIDTH * has_few_values


def _released(parts: list[int], policy: Policy, total: tuple[float, float] | None = None) -> np.ndarray:
    """Parts as they may be printed, NaN where withheld, of which a reader knows the total, or its bounds if rounded.

    Rounded parts of a total can have few values only where nearly all of them are at the lower or the upper end of what
    is printed like them. The largest is then printed as one step less, or more. What is printed instead is also printed
    of parts that have `FEWEST` values or more each, so that each keeps these.
    """
    given = np.asarray(parts, dtype=float)
    if not len(given):
        return given
    if policy.minimum:
        return np.where(_suppressed(given, policy.minimum), np.nan, given)
    printed, (least, most) = policies.midpoint(given), total or (given.sum(), given.sum())
    low, high = (ends.sum() for ends in policies.bounds(printed))
    width, few = policies.WIDTH, policies.FEWEST - 1
    printed[printed.argmax()] += -width * (most - low < few) or width * (high - least < few)
    return np.maximum(printed, width / 2)


def _suppressed(parts: np.ndarray, minimum: int) -> np.ndarray:
    """Tell which parts of a known total a threshold withholds: the small ones, or all where these could be worked out.

    Beside a single one that is small its neighbour is withheld, whatever that is.
    """
    small = parts < minimum
    if not small.any():
        return small
    place, hidden, total = int(np.argmax(small)), small.copy(), parts[small].sum()
    least, most = 0, (small.sum() - 1) * (minimum - 1)
    if small.sum() == 1 and len(parts) > 1:
        beside = place + 1 if place + 1 < len(parts) else place - 1
        hidden[beside], total = True, total + parts[beside]
        least, most = minimum, np.inf
    values = min(minimum - 1, total - least) - max(0, total - most) + 1
    return hidden if values >= policies.FEWEST and len(parts) > 2 else np.ones(len(parts), dtype=bool)
