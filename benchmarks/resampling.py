"""Time many cohorts at once, beside the same estimates one after another, from a hundredth or a thousandth of them."""

import time

import numpy as np
import pandas as pd

from gistbook.analysis import estimates, lifetable, simulate
from gistbook.analysis.estimates import resampling

PATIENTS, RESAMPLED, DRAWN = 37, 10_000, 100_000
MEDIAN, LAST = 600, 1800
"""Days: the median of the event, and the longest follow-up, which is uniform up to it."""


def seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def draw(cohorts: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw times in whole days, and whether the event was seen: one row per cohort."""
    rng = np.random.default_rng(1)
    size = cohorts, PATIENTS
    event = np.ceil(simulate.weibull_times(MEDIAN, 1, size, rng))
    return simulate.observed(event, np.ceil(rng.uniform(0, LAST, size)))


def counted(days: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    rows = {"TRTA": "A", "ENTRYDY": 0, "AVAL": days, "CNSR": 1 - event}
    return lifetable.count(pd.DataFrame(rows))


def median(counts: pd.DataFrame) -> pd.DataFrame:
    return estimates.quantile(estimates.survival(counts))


def in_a_loop(counts: pd.DataFrame, times: int) -> None:
    """Resample counts and estimate their median, one after another."""
    rng = np.random.default_rng(2)
    for drawn in rng.multinomial(PATIENTS, counts["count"] / PATIENTS, size=times):
        median(counts.assign(count=drawn)[drawn > 0])


def rows() -> list[tuple]:
    """Time resampling and drawing, each with its ratio to the loop that it replaces."""
    counts, rng = counted(*(values[0] for values in draw(1))), np.random.default_rng(2)
    medians = seconds(lambda: resampling.quantiles(resampling.bootstrap(counts, RESAMPLED, rng)))
    loop = 100 * seconds(lambda: in_a_loop(counts, RESAMPLED // 100))
    limits = seconds(lambda: resampling.quantiles_with_limits(resampling.curves_of(*draw(DRAWN))))
    some = [*zip(*draw(DRAWN // 1000), strict=True)]
    drawn_loop = 1000 * seconds(lambda: [median(counted(*each)) for each in some])
    return [
        (f"{RESAMPLED} bootstrap medians of {PATIENTS}", medians, medians / loop),
        ("  in a loop (from a hundredth), beside it", loop, 1.0),
        (f"{DRAWN} drawn cohorts of {PATIENTS}, median and limits", limits, limits / drawn_loop),
        ("  in a loop (from a thousandth), beside it", drawn_loop, 1.0),
    ]
