"""Exact limits of a proportion: what so many of so many patients says about the next ones.

None of 18 is not a risk of zero: the upper limit says how large a risk would still have shown nothing.
"""

import numpy as np
import pandas as pd

from gistbook.conventions import CONFIDENCE_LEVEL, OVERALL, UsageError
from gistbook.schemas import ESTIMATES, WITHHELD_KIND, names


def exact_proportion(count: int, n: int, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Share of patients (or operations), with the exact limits of Clopper and Pearson, as R's `binom.test`.

    Two-sided: each limit leaves half of 1 - level in its tail, also where the count is 0 or n and only one of the
    limits says anything. Coverage is at least the level, and usually more.

    Parameters
    ----------
    count : int
        How many had it.
    n : int
        How many could have had it.
    level : float
        Confidence level of the limits.

    Returns
    -------
    DataFrame
        One row, columns of `schemas.ESTIMATES`, `time` being empty; the estimate is NaN of nobody, and `withheld`
        where a disclosure policy gives NaN of NaN for the count.

    Raises
    ------
    UsageError
        The count is below 0 or above n.

    References
    ----------
    Clopper CJ, Pearson ES. Biometrika 1934;26:404-413.
    """
    about = {"group": OVERALL, "measure": "proportion", "time": np.nan, "unit": "probability"}
    if np.isnan(n):
        held = dict.fromkeys(["estimate", "lower", "upper"], np.nan) | {"level": level, "events": 0, "n": 0}
        return pd.DataFrame([about | held | {"measure": WITHHELD_KIND}])[names(ESTIMATES)]
    if not 0 <= count <= n:
        raise UsageError(f"{count} of {n} is not a proportion: give a count from 0 to n.")
    estimate, lower, upper = (count / n, *_limits(count, n, (1 - level) / 2)) if n else (np.nan,) * 3
    numbers = {"estimate": estimate, "lower": lower, "upper": upper, "level": level, "events": count, "n": n}
    return pd.DataFrame([about | numbers])[names(ESTIMATES)]


def _limits(count: int, n: int, tail: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    lower = betaincinv(count, n - count + 1, tail) if count > 0 else 0.0
    upper = betaincinv(count + 1, n - count, 1 - tail) if count < n else 1.0
    return float(lower), float(upper)
