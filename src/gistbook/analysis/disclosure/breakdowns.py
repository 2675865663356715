"""Counts of patients or operations under a policy: parts of a group, single counts, and the flow.

What is withheld follows from the size of a group, or is withheld of so many true counts that each keeps enough values.
"""

import numpy as np
import pandas as pd

from gistbook.analysis.disclosure import policies
from gistbook.analysis.disclosure.policies import Policy
from gistbook.conventions import ANALYSED, RECORDED
from gistbook.schemas import OTHER_LEVELS

_NOTHING = (np.nan, np.nan)
_NUMBERS = ["count", "n", "estimate", "lower", "upper"]


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
    names = set(rows["level"]) - {OTHER_LEVELS, "missing"}
    while True:
        safe = _by_group(_pooled(rows, names, by), policy, by)
        often = set(safe.loc[safe["count"] > max(policy.minimum - 1, policies.WIDTH / 2), "level"])
        if names <= often:
            return safe
        names &= often


def _pooled(rows: pd.DataFrame, names: set[str], by: list[str]) -> pd.DataFrame:
    """Rows of the levels that keep their names, and the others as one; where one may have many, without them."""
    level = rows["level"].where(rows["level"].isin([*names, "missing"]), OTHER_LEVELS)
    groups = rows.groupby(by)
    if groups["n"].transform("max").eq(groups["count"].transform("sum")).all():
        sums = rows.assign(level=level).groupby([*by, "level"], sort=False)["count"].sum()
        rows = rows.assign(level=level).drop_duplicates([*by, "level"])
        return rows.assign(count=sums.loc[list(rows[[*by, "level"]].itertuples(index=False, name=None))].to_numpy())
    return rows[level != OTHER_LEVELS]


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
    """One count of a known size as it may be printed, the rest of which is not; NaN where it is withheld."""
    if policy.minimum:
        return float(count) if min(count, n - count) >= policy.minimum else np.nan
    return policies.single(count, n)


def _released(parts: list[int], policy: Policy, total: tuple[float, float] | None = None) -> np.ndarray:
    """Parts as they may be printed, NaN where withheld, of which a reader knows the total, or its bounds if rounded."""
    given = np.asarray(parts, dtype=float)
    if not len(given):
        return given
    if policy.minimum:
        return np.where(_suppressed(given, policy.minimum), np.nan, given)
    return policies.whole(given, *(total or (given.sum(), given.sum())))


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
