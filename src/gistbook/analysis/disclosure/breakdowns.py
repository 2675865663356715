"""Counts of patients or operations under a policy: parts of a group, single counts, and the flow."""

import numpy as np
import pandas as pd

from gistbook.analysis.disclosure import compatible
from gistbook.analysis.disclosure.policies import Policy
from gistbook.conventions import ANALYSED, RECORDED

_NOTHING = (np.nan, np.nan)


def part(counted: tuple[int, int], policy: Policy, sensitive: bool = False) -> tuple[float, float]:
    """Return how many of how many as a policy lets it be printed; NaN of NaN where it is withheld.

    Parameters
    ----------
    counted : tuple of int
        True count, and of how many.
    policy : Policy
        The policy.
    sensitive : bool
        Whether none, or all, is itself a thing to withhold, because it tells of everybody in the group; so is what
        would be printed as none or all.
    """
    count, n = counted
    if not policy.coarsens or not n:
        return counted
    safe = _single(count, n, policy)
    size = compatible.midpoint(n) if not policy.minimum else n
    extreme = count in (0, n) or safe in (0, size)
    return _NOTHING if np.isnan(safe) or (sensitive and extreme) else (int(safe), int(size))


def table(rows: pd.DataFrame, policy: Policy, by: list[str]) -> pd.DataFrame:
    """Return counts and measures of groups as a policy lets them be printed.

    The counts of one breakdown are its levels and, if there is such a row, who is `missing`. Where they add up to the
    group they are judged together, because each then follows from the others; else each with its complement. Shares
    are of the counts that are printed. Medians and quartiles are withheld, and so are differences between groups.

    Parameters
    ----------
    rows : DataFrame
        One row per level, columns of `schemas.BASELINE` or `schemas.SAFETY`.
    policy : Policy
        The policy.
    by : list of str
        Columns that name one breakdown of one group.

    Returns
    -------
    DataFrame
        The same rows, without the column `difference`; NaN where something is withheld.
    """
    if not policy.coarsens or rows.empty:
        return rows
    numbers = dict.fromkeys(["count", "n", "estimate", "lower", "upper"], float)
    kept = rows.drop(columns="difference", errors="ignore").astype(numbers)
    parts = [_breakdown(each, policy) for _, each in kept.groupby(by, sort=False)]
    return pd.concat(parts).loc[rows.index]


def counts(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return a frame of counts as a policy lets them be printed; NaN where they are withheld.

    Where there is a column `n`, each `count` is judged with its complement in it; else all are parts of their sum.
    """
    if not policy.coarsens or rows.empty:
        return rows
    if "n" not in rows:
        return rows.assign(count=_released(rows["count"].tolist(), policy))
    pairs = zip(rows["count"], rows["n"], strict=True)
    safe = [_single(count, n, policy) for count, n in pairs]
    return rows.assign(count=safe, n=_sizes(rows["n"], policy))


def flow(steps: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the flow of patients as a policy lets it be printed: columns of `schemas.FLOW`, NaN where withheld.

    The sizes of groups, and of all analysed, are taken for known. Who left is judged by what the printed number of all
    recorded tells, and under a threshold groups are judged as parts of the analysed. Under a threshold all who were
    recorded are withheld too where a count of those who left is, since it would follow.
    """
    if not policy.coarsens:
        return steps
    sizes = steps.set_index("step")["count"]
    left = (steps["parent"] == RECORDED) & (steps["step"] != ANALYSED)
    safe = pd.Series(_sizes(steps["count"], policy), index=steps.index)
    recorded = compatible.bounds(compatible.midpoint(sizes[RECORDED]))
    safe[left] = _released(
        steps.loc[left, "count"].tolist(), policy, tuple(bound - sizes[ANALYSED] for bound in recorded)
    )
    groups = steps["parent"] == ANALYSED
    if policy.minimum and groups.any():
        safe[groups] = _released(steps.loc[groups, "count"].tolist(), policy)
    if policy.minimum and safe[left].isna().any():
        safe[steps["step"] == RECORDED] = np.nan
    return steps.assign(count=safe)


def _breakdown(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return one breakdown of one group; its `missing` row, if there is one, counts those whose level is not known."""
    measured = rows["level"] == "median"
    if measured.any():
        rows = rows.assign(**{name: rows[name].mask(measured) for name in ("count", "n", "estimate", "lower", "upper")})
    levels = rows[~measured]
    if levels.empty:
        return rows
    size = levels["n"].max()
    if levels["count"].sum() == size:
        safe = _released(levels["count"].tolist(), policy)
    else:
        safe = [_single(count, size, policy) for count in levels["count"]]
    safe = pd.Series(safe, index=levels.index)
    known = levels["level"] != "missing"
    whole = _denominator(safe[known], levels[known], policy)
    return rows.assign(
        count=rows["count"].where(measured, safe), n=rows["n"].where(measured, whole), estimate=safe / whole
    )


def _denominator(safe: pd.Series, levels: pd.DataFrame, policy: Policy) -> float:
    """Return what shares are of: the printed levels if they are a whole, else the printed size of the group.

    A whole of which a level is withheld has none, and that tells it from levels that are judged one by one.
    """
    if levels["count"].sum() != levels["n"].max():
        return float(_sizes(levels["n"], policy).max())
    return np.nan if safe.isna().any() else float(safe.sum())


def _sizes(sizes: pd.Series, policy: Policy) -> np.ndarray:
    values = sizes.to_numpy(dtype=float)
    if policy.minimum:
        return np.where(values < policy.minimum, np.nan, values)
    return compatible.midpoint(values)


def _single(count: int, n: int, policy: Policy) -> float:
    """Return one count of a known size as it may be printed, the rest of which is not; NaN where it is withheld."""
    if policy.minimum:
        return _released([count, n - count], policy)[0]
    return _released([count], policy, (0, n))[0]


def _released(parts: list[int], policy: Policy, total: tuple[float, float] | None = None) -> np.ndarray:
    """Return parts as they may be printed; NaN where they are withheld.

    A reader knows what they add up to, or (under rounding) within which bounds that lies.
    """
    given = np.asarray(parts, dtype=float)
    if policy.minimum:
        return np.where(_suppressed(given, policy.minimum), np.nan, given)
    printed, known = compatible.midpoint(given), total or (given.sum(), given.sum())
    return printed if compatible.keeps_parts(printed, *known) else np.full(len(given), np.nan)


def _suppressed(parts: np.ndarray, minimum: int) -> np.ndarray:
    """Tell which parts of a known total a threshold withholds: the small ones, and as many others as hide them."""
    small = hidden = parts < minimum
    while small.any() and not _hides(parts, hidden, small, minimum) and not hidden.all():
        hidden = hidden | (parts == parts[~hidden].min())
    return hidden


def _hides(parts: np.ndarray, hidden: np.ndarray, small: np.ndarray, minimum: int) -> bool:
    """Tell whether every small part keeps enough possible values beside the other parts that are withheld.

    A reader who knows the rule knows that the others are no larger than the smallest part that is shown.
    """
    largest = parts[~hidden].min() if not hidden.all() else parts[hidden].sum()
    low = np.where(small, 0, minimum)[hidden]
    high = np.where(small, minimum - 1, max(largest, minimum))[hidden]
    low, high = compatible.adding_up(low, high, parts[hidden].sum(), parts[hidden].sum())
    return bool((high - low + 1 >= compatible.FEWEST)[small[hidden]].all())
