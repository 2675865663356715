"""What so many patients can show: limits to be expected of a median, a detectable ratio, an exact share, overlap.

None of 18 is not a risk of zero: the upper limit says how large a risk would still have shown nothing. And an adjusted
effect of surgery needs operated and unoperated patients of the same kind; where treatment followed the pattern of
resistance by rule there are none, and no model makes up for that.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd

from gistbook.analysis.disclosure import Policy, policies
from gistbook.analysis.estimates.steps import normal_quantile
from gistbook.conventions import CONFIDENCE_LEVEL, NOT_RECORDED, OVERALL, UsageError
from gistbook.schemas import ESTIMATES, PRECISION, WITHHELD_KIND, names


def precision_of_median(median: float, events, level: float = CONFIDENCE_LEVEL, unit: str = "months") -> pd.DataFrame:
    """Limits to be expected of a Kaplan-Meier median m at a constant hazard: m exp(±z / (ln 2 sqrt(d))) with d events.

    Of d patients who all have the event, the curve has a variance of 1 / (4 d) at one half, where it falls by ln 2 / 2
    per m; the logarithm of the median has about the square of their ratio, 1 / (ln 2)² / d. An exponential model would
    give 1 / d. From Greenwood's variance by the delta method.

    One row per number of events to assume, columns of `schemas.PRECISION`; the limits are in the `unit` of the median.
    Raises `UsageError` if a number of events is not positive.
    """
    factor = np.exp(normal_quantile(level) / np.log(2) / np.sqrt(_positive(events)))
    return _frame("median", events, unit, estimate=median, lower=median / factor, upper=median * factor, level=level)


def detectable_hazard_ratio(events, share: float, power: float = 0.8, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Hazard ratio nearest to 1 that a log-rank test of two groups would show with this power.

    exp(-(z + z') / sqrt(d p (1 - p))): with d events in all, a share p of the patients in one group, and z and z' the
    normal quantiles of the two-sided level and of the power. Given below 1; the other way round, it is 1 over this.

    One row per number of events to assume, columns of `schemas.PRECISION`, without limits. Raises `UsageError` if a
    number of events is not positive, or the share is not between 0 and 1. Source: `schoenfeld1981` of `references.bib`.
    """
    if not 0 < share < 1:
        raise UsageError(f"A share of {share} leaves no two groups: give one between 0 and 1.")
    distance = (normal_quantile(level) + NormalDist().inv_cdf(power)) / np.sqrt(_positive(events) * share * (1 - share))
    limits = {"lower": np.nan, "upper": np.nan, "level": level}
    return _frame("detectable_hazard_ratio", events, "ratio", estimate=np.exp(-distance), **limits)


def _positive(events) -> np.ndarray:
    assumed = np.asarray(events, dtype=float)
    if (assumed <= 0).any():
        raise UsageError("Without events there is nothing to be seen: give numbers of events above 0.")
    return assumed


def _frame(measure: str, events, unit: str, **numbers) -> pd.DataFrame:
    return pd.DataFrame({"events": list(events), **numbers}).assign(measure=measure, unit=unit)[names(PRECISION)]


def exact_proportion(count: int, n: int, level: float = CONFIDENCE_LEVEL, policy: Policy | None = None) -> pd.DataFrame:
    """Share of patients (or operations), with the exact limits of Clopper and Pearson, as R's `binom.test`.

    Two-sided: each limit leaves half of 1 - level in its tail, also where the count is 0 or n. Under a policy that
    rounds, the limits hold all true counts that are printed like these. One row, columns of `schemas.ESTIMATES`; the
    estimate is NaN of nobody, and `withheld` where a policy gives NaN of NaN. Raises `UsageError` if the count is below
    0 or above n. Source: `clopper1934` of `references.bib`.
    """
    measure, count, n = (WITHHELD_KIND, 0, 0) if np.isnan(n) else ("proportion", count, n)
    if not 0 <= count <= n:
        raise UsageError(f"{count} of {n} is not a proportion: give a count from 0 to n.")
    rounded = policy is not None and policy.coarsens and not policy.minimum
    limits = _limits_of_rounded if rounded else _limits
    estimate, lower, upper = (count / n, *limits(count, n, (1 - level) / 2)) if n else (np.nan,) * 3
    about = {"group": OVERALL, "measure": measure, "time": np.nan, "unit": "probability"}
    numbers = {"estimate": estimate, "lower": lower, "upper": upper, "level": level, "events": count, "n": n}
    return pd.DataFrame([about | numbers])[names(ESTIMATES)]


def _limits(count: int, n: int, tail: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    lower = betaincinv(count, n - count + 1, tail) if count > 0 else 0.0
    upper = betaincinv(count + 1, n - count, 1 - tail) if count < n else 1.0
    return float(lower), float(upper)


def _limits_of_rounded(count: int, n: int, tail: float) -> tuple[float, float]:
    """The lower limit of the fewest and the upper of the most that are printed so, others being so many."""
    (low, high), rest = policies.bounds(count), n - count
    fewest, most = int(low), int(high) + policies.FEWEST - 1  # as `disclosure.part` may print them
    lower, _ = _limits(fewest, fewest + rest + _OTHERS, tail)
    _, upper = _limits(most, most + max(rest - _OTHERS, 0), tail)
    return lower, upper


_OTHERS = 8
"""By how many all others together may be more or fewer than is printed, if they are of two levels or of one."""

OPERATED, UNOPERATED = "Operated", "Not operated"
_PATTERN = "Pattern of resistance"


def overlap(cohort) -> pd.DataFrame:
    """Count the patients of the record by pattern of resistance and operation: one row per pattern that is recorded.

    Those whom the analysis leaves out are counted too.
    """
    recorded = cohort.adsl[cohort.adsl["RESPAT"].notna()]
    operated = recorded["OPDT1"].notna().groupby(recorded["RESPAT"]).sum()
    counts = pd.DataFrame({OPERATED: operated, UNOPERATED: recorded.groupby("RESPAT").size() - operated})
    return counts.rename_axis(_PATTERN).reset_index().astype({OPERATED: int, UNOPERATED: int})


def comparable(counts: pd.DataFrame) -> list[str]:
    """The patterns within which there are both operated and unoperated patients."""
    both = (counts[OPERATED] > 0) & (counts[UNOPERATED] > 0)
    return counts.loc[both, _PATTERN].tolist()


def adjusted_effect(counts: pd.DataFrame) -> str:
    """Why no adjusted effect of surgery is printed; there is no cohort for which this book prints one."""
    if counts.empty:
        return f"not given, because the pattern of resistance is {NOT_RECORDED}"
    patterns = comparable(counts)
    if not patterns:
        return "not given, because no pattern of resistance has both operated and unoperated patients"
    listed = " and ".join(patterns)
    return f"not given: only {listed} resistance has both, and why they were treated so is not recorded"
