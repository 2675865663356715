"""Many cohorts at once, resampled from counts: their curves as arrays, their medians as one number each.

Randomness comes from a generator of numpy that is handed over. Cohorts are taken a chunk at a time, so that memory does
not grow with their number.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gistbook.analysis import lifetable
from gistbook.analysis.estimates import steps, what_is_held_back
from gistbook.conventions import UsageError
from gistbook.schemas import NO_SUMMARY, WITHHELD_KIND

CHUNK = 2**17
"""As many numbers of one kind, cohorts by times, as are held in memory at once."""

Curves = tuple[np.ndarray, np.ndarray]
"""Times that all cohorts share, and Kaplan-Meier survival: one row per cohort, one column per time.

Survival is NaN at a time at which nobody of a cohort leaves; there the value of the time before still holds.
"""


def bootstrap(counts: pd.DataFrame, replicates: int, rng: np.random.Generator) -> Iterator[Curves]:
    """Resample the subjects of one group with replacement, as many as there are, late entry and exit going together.

    One multinomial draw over the rows of counts for each cohort, a chunk of cohorts at a time; all NaN where a
    disclosure policy withholds the group or its summary. Raises `UsageError` if the counts are of several groups, or of
    nobody.

    Reference: Efron B. J Am Stat Assoc 1981;76:312-319.
    """
    if counts["group"].nunique() > 1:
        raise UsageError("Resample one group at a time, or pool the groups first: these counts are of several.")
    if counts["count"].sum() < 1:
        raise UsageError("There is nobody to resample: these counts are of no subject.")
    most = max(1, CHUNK // len(counts))
    return (_resampled(counts, min(most, replicates - first), rng) for first in range(0, replicates, most))


def quantiles(cohorts: Iterator[Curves], probability: float = 0.5) -> np.ndarray:
    """The time by which a share of each cohort has had the event, as `quantile`; NaN where not reached."""
    parts = [steps.crossing(time, survival, 1 - probability) for time, survival in cohorts]
    return np.concatenate(parts) if parts else np.empty(0)


def _resampled(counts: pd.DataFrame, replicates: int, rng: np.random.Generator) -> Curves:
    count = counts["count"].to_numpy()
    drawn = rng.multinomial(count.sum(), count / count.sum(), size=replicates)
    entry, leaving = (counts[name].to_numpy(dtype=float) for name in ("entry", "exit"))
    estimated = steps.steps(entry, leaving, lifetable.happened(counts), drawn)
    survival, _ = steps.product_limit(estimated.at_risk, estimated.events)
    nobody = (estimated.events + estimated.censored == 0) & (estimated.time != 0)
    held = what_is_held_back(counts) in (WITHHELD_KIND, NO_SUMMARY)
    return estimated.time, np.where(nobody | held, np.nan, survival)
