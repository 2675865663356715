"""Time a bootstrap of many cohorts at once, beside the same estimates one after another, from a hundredth of them."""

import time

import numpy as np
import pandas as pd

from gistbook.analysis import estimates, lifetable, simulate
from gistbook.analysis.estimates import resampling

PATIENTS, RESAMPLED = 37, 10_000
MEDIAN, LAST = 600, 1800
"""Days: the median of the event, and the longest follow-up, which is uniform up to it."""


def seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def counted() -> pd.DataFrame:
    """Draw the times of one cohort in whole days, and whether the event was seen, and count them."""
    rng = np.random.default_rng(1)
    event = np.ceil(simulate.weibull_times(MEDIAN, 1, PATIENTS, rng))
    days, seen = simulate.observed(event, np.ceil(rng.uniform(0, LAST, PATIENTS)))
    return lifetable.count(pd.DataFrame({"TRTA": "A", "ENTRYDY": 0, "AVAL": days, "CNSR": 1 - seen}))


def median(counts: pd.DataFrame) -> pd.DataFrame:
    return estimates.quantile(estimates.survival(counts))


def in_a_loop(counts: pd.DataFrame, times: int) -> None:
    """Resample counts and estimate their median, one after another."""
    rng = np.random.default_rng(2)
    for drawn in rng.multinomial(PATIENTS, counts["count"] / PATIENTS, size=times):
        median(counts.assign(count=drawn)[drawn > 0])


def rows() -> list[tuple]:
    """Time resampling, with its ratio to the loop that it replaces."""
    counts, rng = counted(), np.random.default_rng(2)
    medians = seconds(lambda: resampling.quantiles(resampling.bootstrap(counts, RESAMPLED, rng)))
    loop = 100 * seconds(lambda: in_a_loop(counts, RESAMPLED // 100))
    return [
        (f"{RESAMPLED} bootstrap medians of {PATIENTS}", medians, medians / loop),
        ("  in a loop (from a hundredth), beside it", loop, 1.0),
    ]
