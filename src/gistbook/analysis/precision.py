"""What a number of events allows to see, before any data: arithmetic on a design, and no estimate of a cohort."""

from statistics import NormalDist

import numpy as np
import pandas as pd

from gistbook.conventions import CONFIDENCE_LEVEL, UsageError
from gistbook.schemas import PRECISION, names


def precision_of_median(months: float, events, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Limits in months to be expected of a median m, were survival exponential: m exp(±z / sqrt(d)) with d events.

    An illustration of the order of magnitude: the logarithm of the estimated rate of an exponential has a variance of
    about 1 / d, and the median is proportional to 1 over the rate.

    Parameters
    ----------
    months : float
        The median, in months.
    events : list of int
        Numbers of events d to assume.
    level : float
        Confidence level of the limits.

    Returns
    -------
    DataFrame
        One row per number of events, columns of `schemas.PRECISION`.

    Raises
    ------
    UsageError
        A number of events is not positive.

    References
    ----------
    Lawless JF. Statistical Models and Methods for Lifetime Data. 2nd ed. Wiley 2003.
    """
    factor = np.exp(_quantile((1 + level) / 2) / np.sqrt(_positive(events)))
    return _frame(
        "median", events, "months", estimate=months, lower=months / factor, upper=months * factor, level=level
    )


def detectable_hazard_ratio(events, share: float, power: float = 0.8, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Hazard ratio nearest to 1 that a log-rank test of two groups would show with this power.

    exp(-(z + z') / sqrt(d p (1 - p))): with d events in all, p of the patients in one group, and z and z' the normal
    quantiles of the two-sided level and of the power. Given below 1; the other way round, it is 1 over this.

    Parameters
    ----------
    events : list of int
        Numbers of events d to assume, of both groups together.
    share : float
        Share p of the patients in one of the groups.
    power : float
        Probability with which the difference is to be found.
    level : float
        1 less the two-sided significance level.

    Returns
    -------
    DataFrame
        One row per number of events, columns of `schemas.PRECISION`, without limits.

    Raises
    ------
    UsageError
        A number of events is not positive, or the share is not between 0 and 1.

    References
    ----------
    Schoenfeld D. Biometrika 1981;68:316-319.
    """
    if not 0 < share < 1:
        raise UsageError(f"A share of {share} leaves no two groups: give one between 0 and 1.")
    distance = (_quantile((1 + level) / 2) + _quantile(power)) / np.sqrt(_positive(events) * share * (1 - share))
    limits = {"lower": np.nan, "upper": np.nan, "level": level}
    return _frame("detectable_hazard_ratio", events, "ratio", estimate=np.exp(-distance), **limits)


def _quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def _positive(events) -> np.ndarray:
    assumed = np.asarray(events, dtype=float)
    if (assumed <= 0).any():
        raise UsageError("Without events there is nothing to be seen: give numbers of events above 0.")
    return assumed


def _frame(measure: str, events, unit: str, **numbers) -> pd.DataFrame:
    return pd.DataFrame({"events": list(events), **numbers}).assign(measure=measure, unit=unit)[names(PRECISION)]
