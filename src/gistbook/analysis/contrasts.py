"""Counts to contrasts between groups: the log-rank test and the hazard ratio.

They describe how groups differ, and adjust for nothing.
"""

import warnings

import numpy as np
import pandas as pd

from gistbook.analysis import lifetable
from gistbook.analysis.estimates import grouped, steps
from gistbook.conventions import CONFIDENCE_LEVEL
from gistbook.schemas import ESTIMATES, NO_SUMMARY, WITHHELD_KIND, names

_CONVERGED = {"precision": 1e-16, "r_precision": 1e-15}
"""Stopping rule of the Cox fit; with that of lifelines, limits differ from those of R in the fifth digit."""


_FEWEST = 0.5
"""Subjects whose exposure an interval has at least."""

_RAREST = 1e-3
"""Events of an interval at least, so that a ratio can be reckoned where the bounds leave open that there was none."""

_MOST_STEPS, _SMALLEST_STEP = 50, 1e-10


def logrank(counts: pd.DataFrame) -> dict:
    """Log-rank test that all groups share one hazard: `statistic` (chi-square), `df`, `p`; and if it is `withheld`.

    Where somebody entered late it is the score test of the Cox model with Efron's handling of ties, of which the
    log-rank test is the form without late entry, but for the variance under ties. Of grouped counts it is Wald's test
    of `ratios`. NaN where a policy withholds it, where there is one group only, or no event.

    References: Mantel N. Cancer Chemother Rep 1966;50:163-170. Cox DR. J R Stat Soc B 1972;34:187-220.
    """
    unknown = {"statistic": np.nan, "df": np.nan, "p": np.nan, "withheld": _is_withheld(counts)}
    if unknown["withheld"] or counts["group"].nunique() < 2 or not lifetable.happened(counts).any():
        return unknown
    if grouped.is_grouped(counts):
        return unknown | _grouped_test(counts)
    counts = counts[counts["count"] > 0].reset_index(drop=True)
    if (counts["entry"] > 0).any():
        return unknown | _score_test(counts)
    from lifelines.statistics import multivariate_logrank_test

    test = multivariate_logrank_test(
        counts["exit"], counts["group"], lifetable.happened(counts), weights=counts["count"]
    )
    df = counts["group"].nunique() - 1
    return unknown | {"statistic": float(test.test_statistic), "df": df, "p": float(test.p_value)}


def hazard_ratio(counts: pd.DataFrame, reference: str = "", level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Hazard of each group relative to a reference group, by Cox regression with Efron's handling of ties.

    Of grouped counts by `ratios`. The reference is the first group in their order, or the first that has a ratio to
    any other, if the first has none; unless one is named that has subjects. Counts are expanded to one row a subject:
    as weights they would change the answer under ties. NaN where the likelihood has no maximum, as of a group without
    an event, or of one whose events all came while nobody else was at risk: its ratio is 0 or without bound
    (`_comparable`). The others have the estimates that they have without it.

    One row per group other than the reference, columns of `schemas.ESTIMATES`; `group` names the group and the one that
    it stands against.

    References: Cox DR. J R Stat Soc B 1972;34:187-220. Efron B. J Am Stat Assoc 1977;72:557-565. Ford LR. Am Math Mon
    1957;64(8):28-33 (when such a likelihood has a maximum).
    """
    groups = sorted(counts["group"].unique())
    parts = _comparable(counts)
    if reference not in groups:
        reference = next(iter([*(each for each in groups if len(parts[each]) > 1), *groups]), "")
    others = [group for group in groups if group != reference]
    subjects = counts.loc[counts.index.repeat(counts["count"])]
    withheld, of_groups = _is_withheld(counts), grouped.is_grouped(counts)
    fit, rows = (_grouped_ratios, counts) if of_groups else (_cox_ratios, subjects)
    estimated = {} if withheld or not others else fit(rows, reference, level)
    withheld |= of_groups and bool(others) and not estimated
    rows = [(f"{group} against {reference}", *estimated.get(group, [np.nan] * 3)) for group in others]
    frame = pd.DataFrame(rows, columns=["group", "estimate", "lower", "upper"])
    size = {"events": int(lifetable.happened(subjects).sum()), "n": len(subjects), "level": level}
    measure = WITHHELD_KIND if withheld else "hazard_ratio"
    return frame.assign(measure=measure, time=np.nan, unit="ratio", **size)[names(ESTIMATES)]


def _is_withheld(counts: pd.DataFrame) -> bool:
    return bool(counts["kind"].isin([WITHHELD_KIND, NO_SUMMARY]).any())


def _grouped_ratios(counts: pd.DataFrame, reference: str, level: float) -> dict[str, tuple[float, float, float]]:
    groups, logs, covariance = ratios(counts, reference)
    margin = steps.normal_quantile(level) * np.sqrt(np.diag(covariance))
    limits = np.exp(np.column_stack([logs, logs - margin, logs + margin]))
    return {group: tuple(map(float, row)) for group, row in zip(groups, limits, strict=True)}


def _grouped_test(counts: pd.DataFrame) -> dict:
    from scipy.stats import chi2

    groups, logs, covariance = ratios(counts, counts["group"].min())
    if not groups:
        return {"withheld": True}
    statistic, df = float(logs @ np.linalg.solve(covariance, logs)), len(groups)
    return {"statistic": statistic, "df": df, "p": float(chi2.sf(statistic, df))}


def _cox_ratios(subjects: pd.DataFrame, reference: str, level: float) -> dict[str, tuple[float, float, float]]:
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    comparable = _comparable(subjects)[reference]
    others = [group for group in comparable if group != reference]
    if not others:
        return {}
    subjects = subjects[subjects["group"].isin(comparable)]
    indicators = {f"group {i}": (subjects["group"] == group).astype(float) for i, group in enumerate(others)}
    frame = subjects[["exit"]].assign(event=lifetable.happened(subjects), **indicators)
    late = (subjects["entry"] > 0).any()
    if late:
        frame["entry"] = subjects["entry"].where(subjects["entry"] > 0, -1)  # so that they are at risk on day 0
    columns = {"duration_col": "exit", "event_col": "event", "entry_col": "entry" if late else None}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fit = CoxPHFitter(alpha=1 - level).fit(frame, **columns, fit_options=_CONVERGED)
    except (ConvergenceError, Warning):
        return {}
    logs = np.column_stack([fit.params_, fit.confidence_intervals_])
    return {group: tuple(map(float, row)) for group, row in zip(others, np.exp(logs), strict=True)}


def _comparable(subjects: pd.DataFrame) -> dict[str, list[str]]:
    """For each group those whose hazard ratio to it is finite, itself among them.

    Say that a group outlives another if somebody of it is at risk at an event of the other. A likelihood of ranks has
    its maximum where each of two groups outlives the other, be it by way of further groups.
    """
    from scipy.sparse.csgraph import connected_components

    groups, subjects = sorted(subjects["group"].unique()), subjects[subjects["count"] > 0]
    if not groups:
        return {}
    entry, exit = (subjects[name].to_numpy(dtype=float) for name in ("entry", "exit"))
    outlives = np.zeros((len(groups), len(groups)), dtype=bool)
    place = subjects["group"].map({group: number for number, group in enumerate(groups)}).to_numpy()
    happened = lifetable.happened(subjects)
    for other in range(len(groups)):
        events = np.unique(exit[happened & (place == other)])
        last = np.searchsorted(events, exit, side="right")
        first = np.where(entry > 0, np.searchsorted(events, entry, side="right"), 0)
        outlives[np.unique(place[last > first]), other] = True
    _, part = connected_components(outlives, connection="strong")
    return {
        group: [groups[each] for each in np.flatnonzero(part == own)] for group, own in zip(groups, part, strict=True)
    }


def _score_test(counts: pd.DataFrame) -> dict:
    """The score test of a Cox model of the groups, with Efron's handling of ties, at a hazard ratio of 1."""
    from scipy.stats import chi2

    groups = sorted(counts["group"].unique())[1:]
    score, variance = np.zeros(len(groups)), np.zeros((len(groups), len(groups)))
    members = np.array([(counts["group"] == group) * counts["count"] for group in groups], dtype=float)
    many, entry, exit = (counts[name].to_numpy(dtype=float) for name in ("count", "entry", "exit"))
    event = lifetable.happened(counts)
    for time in np.unique(exit[event]):
        at_risk, dying = (exit >= time) & ((entry < time) | (entry <= 0)), event & (exit == time)
        died = many[dying].sum()
        shares = np.arange(died) / died
        means = (members @ at_risk)[:, None] - np.outer(members @ dying, shares)
        means /= many[at_risk].sum() - shares * died
        score += members @ dying - means.sum(axis=1)
        variance += np.diag(means.sum(axis=1)) - means @ means.T
    statistic = float(score @ np.linalg.pinv(variance) @ score)
    rank = int(np.linalg.matrix_rank(variance))
    return {"statistic": statistic, "df": rank, "p": float(chi2.sf(statistic, rank)) if rank else np.nan}


_NO_RATIOS = [], np.empty(0), np.empty((0, 0))


def ratios(counts: pd.DataFrame, reference: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The rate of each group relative to a reference group, the same in every interval (piecewise-exponential model).

    Exposure is the time in an interval of those at risk, half of it for who has the event or is censored in it. Groups
    are compared at common edges. To the variance is added what the grouping leaves open, as `estimates.grouped` adds it
    to that of a curve. Gives the groups, the logarithms of their ratios, and the covariance of these; none where there
    is no common edge, or where it would be too far from that of all events: their numbers are not released, but they
    lie between those up to the last common edge and all who are left there. Source: Holford, as `grouped` has it.
    """
    others = [group for group in sorted(counts["group"].unique()) if group != reference]
    tallies = [grouped.tally(counts[counts["group"] == group]) for group in (reference, *others)]
    common = set(tallies[0].edges).intersection(*(tally.edges for tally in tallies[1:]))
    if not common:
        return _NO_RATIOS
    tallies = [tally.until(np.array(sorted(common))) for tally in tallies]
    logs, covariance = _fit(tallies)
    for place, tally in enumerate(tallies):
        for name in ("events", "censored", "size"):
            extremes = [tally._replace(**{name: np.stack([bound, bound])}) for bound in getattr(tally, name)]
            ends = [_fit([*tallies[:place], each, *tallies[place + 1 :]])[0] for each in extremes]
            covariance = covariance + np.outer(ends[0] - ends[1], ends[0] - ends[1]) / 12
    most = 1 / np.array([tally.size.mean() - tally.censored[:, -1].mean() for tally in tallies])
    if (np.diag(covariance) > grouped.MOST_OPEN**2 * (most[0] + most[1:])).any():
        return _NO_RATIOS
    return others, logs, covariance


def _fit(tallies: list[grouped.Tally]) -> tuple[np.ndarray, np.ndarray]:
    events, exposure = (np.array(each) for each in zip(*map(_exposure, tallies), strict=True))
    logs = np.zeros(len(tallies) - 1)
    for _ in range(_MOST_STEPS):
        weights = exposure * np.exp(np.append(0.0, logs))[:, None]
        shares = (weights / weights.sum(axis=0))[1:]
        total = events.sum(axis=0)
        information = np.diag(shares @ total) - (shares * total) @ shares.T
        step = np.linalg.solve(information, events[1:].sum(axis=1) - shares @ total)
        logs = logs + np.clip(step, -1, 1)
        if np.abs(step).max() < _SMALLEST_STEP:
            break
    return logs, np.linalg.inv(information)


def _exposure(tally: grouped.Tally) -> tuple[np.ndarray, np.ndarray]:
    died, at_risk = grouped.exposed(tally.events.mean(axis=0), tally.censored.mean(axis=0), tally.size.mean())
    return np.maximum(died, _RAREST), np.maximum(at_risk - died / 2, _FEWEST) * np.diff(tally.edges, prepend=0)
