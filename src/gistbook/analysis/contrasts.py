"""Counts to contrasts between groups: the log-rank test and the hazard ratio.

They describe how groups differ, and adjust for nothing.
"""

import warnings

import numpy as np
import pandas as pd

from gistbook.conventions import CONFIDENCE_LEVEL
from gistbook.schemas import CENSORING, ESTIMATES, MARKERS, NO_SUMMARY, WITHHELD_KIND, names

_NOTHING = (np.nan, np.nan, np.nan)
_BEFORE_TIME_ZERO = -1
"""Entry of whoever is there from time zero on, and so is at risk on that very day."""

_CONVERGED = {"precision": 1e-16, "r_precision": 1e-15}
"""Stopping rule of the Cox fit; with that of lifelines, limits differ from those of R in the fifth digit."""


def logrank(counts: pd.DataFrame) -> dict:
    """Log-rank test that all groups share one hazard: `statistic` (chi-square), `df` and `p`.

    `withheld` tells whether a disclosure policy withholds it. Else NaN where there is one group only, or no event, or
    somebody entered late, for which this test has no answer (`hazard_ratio` has).

    References
    ----------
    Mantel N. Cancer Chemother Rep 1966;50:163-170.
    """
    unknown = {"statistic": np.nan, "df": np.nan, "p": np.nan, "withheld": _is_withheld(counts)}
    counts = counts[counts["count"] > 0]
    few = counts["group"].nunique() < 2 or not _happened(counts).any()
    if unknown["withheld"] or few or (counts["entry"] > 0).any():
        return unknown
    from lifelines.statistics import multivariate_logrank_test

    test = multivariate_logrank_test(counts["exit"], counts["group"], _happened(counts), weights=counts["count"])
    found = {"statistic": float(test.test_statistic), "df": counts["group"].nunique() - 1, "p": float(test.p_value)}
    return {**unknown, **found}


def hazard_ratio(counts: pd.DataFrame, reference: str = "", level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Hazard of each group relative to a reference group, the first by name unless told otherwise.

    By Cox regression with Efron's handling of ties.

    Counts are expanded to one row a subject: as weights they would change the answer under ties. NaN where the
    likelihood has no maximum, as when a group has no event.

    Returns
    -------
    DataFrame
        One row per group other than the reference, columns of `schemas.ESTIMATES`.

    References
    ----------
    Cox DR. J R Stat Soc B 1972;34:187-220. Efron B. J Am Stat Assoc 1977;72:557-565.
    """
    groups = sorted(counts["group"].unique())
    others = [group for group in groups if group != (reference or groups[0])] if groups else []
    subjects = counts.loc[counts.index.repeat(counts["count"])]
    withheld = _is_withheld(counts)
    estimable = not withheld and _each_has_an_event(counts[counts["count"] > 0])
    ratios = _cox_ratios(subjects, others, level) if estimable else [_NOTHING] * len(others)
    columns = ["group", "estimate", "lower", "upper"]
    frame = pd.DataFrame([(g, *r) for g, r in zip(others, ratios, strict=True)], columns=columns)
    size = {"events": int(_happened(subjects).sum()), "n": len(subjects), "level": level}
    measure = WITHHELD_KIND if withheld else "hazard_ratio"
    return frame.assign(measure=measure, time=np.nan, unit="ratio", **size)[names(ESTIMATES)]


def _is_withheld(counts: pd.DataFrame) -> bool:
    """Tell whether a disclosure policy withholds a contrast, because it does so with any of the groups."""
    return bool(counts["kind"].isin([WITHHELD_KIND, NO_SUMMARY]).any())


def _happened(rows: pd.DataFrame) -> pd.Series:
    return ~rows["kind"].isin([CENSORING, *MARKERS])


def _each_has_an_event(counts: pd.DataFrame) -> bool:
    return bool(_happened(counts).groupby(counts["group"]).any().all())


def _cox_ratios(subjects: pd.DataFrame, others: list[str], level: float) -> list[tuple[float, float, float]]:
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    indicators = {f"group {i}": (subjects["group"] == group).astype(float) for i, group in enumerate(others)}
    entered = subjects["entry"].where(subjects["entry"] > 0, _BEFORE_TIME_ZERO)
    frame = subjects[["exit"]].assign(entry=entered, event=_happened(subjects), **indicators)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fit = CoxPHFitter(alpha=1 - level).fit(frame, "exit", "event", entry_col="entry", fit_options=_CONVERGED)
    except (ConvergenceError, Warning):
        return [_NOTHING] * len(others)
    logs = np.column_stack([fit.params_, fit.confidence_intervals_])
    return [tuple(map(float, row)) for row in np.exp(logs)]
