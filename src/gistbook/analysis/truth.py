"""Cohorts whose truth is known, thousands at a time, and what the analyses of a paper print of them.

Every cohort is drawn, so that the true hazard ratio, median and share are given and not estimated. Times are in months
and continuous. An array has one row per cohort and one column per patient, and a fit is one of all cohorts at once.
What is printed of so many cohorts has an error of its own, by how many were drawn: the Monte Carlo error, a standard
error, stands beside each share.
"""

import functools
import operator
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis import disclosure, estimates, lifetable, simulate
from gistbook.analysis.estimates import steps
from gistbook.conventions import UsageError, days

MEDIAN_SURVIVAL, MEDIAN_WAIT, SHARE_PLANNED = 24.0, 6.0, 0.6
"""Months to death without an operation and to a planned one, and the share for whom one is planned, at random."""

MEDIAN_PROGRESSION, SHAPE = 14.5, 1.4
"""Months, and the shape of the Weibull distribution, of progression in `progression_times`."""

FOLLOW_UP = (24.0, 72.0)
"""Months between which the follow-up of each patient ends, anywhere with the same chance."""

HAZARD_OF_PATTERN, HAZARD_WITHOUT_REASON = 3.0, 3.0
"""Hazard of a generalized pattern against a localized one, and without against with a reason that nobody recorded."""

CHUNK, ROUNDS = 800, 30
"""Cohorts fitted at a time; steps of a fit, at most."""

OVERLAPS = {"none": (1.0, 0.0), "little": (0.95, 0.05), "much": (0.6, 0.4)}
"""How far patterns overlap: the share operated on of localized and of generalized patients."""

_NEVER, _NEAR = np.inf, 1e-9


class Waiting(NamedTuple):
    """Months of drawn patients: the operation (infinite if none), the last month, and whether it is of death."""

    operation: np.ndarray
    last: np.ndarray
    died: np.ndarray


class Stays(NamedTuple):
    """From when patients are at risk as operated, and from and up to when as not operated; never: infinite."""

    operated_from: np.ndarray
    others_from: np.ndarray
    others_to: np.ndarray


class Fits(NamedTuple):
    """Log hazard ratios of cohorts (infinite or NaN without a maximum), their standard errors, and score statistics."""

    logs: np.ndarray
    errors: np.ndarray
    score: np.ndarray


def draw_waiting(shape: tuple[int, int], ratio: float, rng: np.random.Generator) -> Waiting:
    """Draw localized patients from resistance on, for some of whom an operation is planned, whatever their prognosis.

    They die with one constant hazard before the operation, and with `ratio` times it afterwards, which is the truth.
    Who dies or leaves before the planned month is not operated on. `shape`: cohorts and patients; months.
    """
    hazard = np.log(2) / MEDIAN_SURVIVAL
    planned = simulate.weibull_times(MEDIAN_WAIT, 1, shape, rng)
    planned = np.where(rng.random(shape) < SHARE_PLANNED, planned, _NEVER)
    risk = rng.standard_exponential(shape)
    waited = np.minimum(planned, risk / hazard)
    death = waited + (risk / hazard - waited) / ratio
    last, died = simulate.observed(death, rng.uniform(*FOLLOW_UP, shape))
    return Waiting(np.where(planned < last, planned, _NEVER), last, died)


def layouts(drawn: Waiting, landmark: float) -> dict[str, Stays]:
    """When patients are at risk in which group, in each of the four ways of an analysis; `landmark` in months."""
    operation, last, zero = drawn.operation, drawn.last, np.zeros_like(drawn.last)
    never, early = np.isinf(operation), operation <= landmark
    still = last > landmark
    return {
        "naive": Stays(np.where(never, _NEVER, 0), np.where(never, zero, _NEVER), last),
        "delayed entry": Stays(operation, np.where(never, zero, _NEVER), last),
        f"landmark at {landmark:g} months": Stays(
            np.where(early & still, landmark, _NEVER), np.where(still & ~early, landmark, _NEVER), last
        ),
        "time-dependent": Stays(operation, zero, np.minimum(operation, last)),
    }


def fit(drawn: Waiting, stays: Stays, strata: np.ndarray | None = None) -> Fits:
    """The hazard ratio of the operated by Cox regression without ties, of each cohort, and its log-rank test.

    Patients are compared within `strata`. The score statistic, chi-square with one degree of freedom, is NaN where
    nobody can be compared.

    References: Cox DR. J R Stat Soc B 1972;34:187-220. Mantel N. Cancer Chemother Rep 1966;50:163-170.
    """
    parts = []
    for first in range(0, len(drawn.last), CHUNK):
        rows = slice(first, first + CHUNK)
        of = None if strata is None else strata[rows]
        parts.append(_fit(*_risk_sets(Waiting(*(x[rows] for x in drawn)), Stays(*(x[rows] for x in stays)), of)))
    return Fits(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _risk_sets(drawn: Waiting, stays: Stays, strata) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At each death: whether of an operated patient, and how many are at risk, operated and not; 0 if it counts not."""
    # Cohorts come last, as numpy compares many neighbours at once: of each death, all patients of all cohorts.
    last, begun, others_begun, others_end = (np.ascontiguousarray(each.T) for each in (drawn.last, *stays))
    when, smallest = last[:, None], np.min_scalar_type(len(last))  # such as holds a count of all patients
    alike = () if strata is None else (strata.T[:, None] == strata.T,)
    groups = ((begun < when, last >= when), (others_begun < when, others_end >= when))
    operated, others = (
        functools.reduce(operator.and_, (*at_risk, *alike)).sum(axis=1, dtype=smallest).T for at_risk in groups
    )
    is_operated = stays.operated_from < drawn.last
    counts = drawn.died & (is_operated | (stays.others_from < drawn.last))
    return is_operated, np.where(counts, operated, 0), np.where(counts, others, 0)


def _fit(is_operated: np.ndarray, operated: np.ndarray, others: np.ndarray) -> Fits:
    compared = (operated > 0) & (others > 0)
    operated, others = np.where(compared, operated, 0), np.where(compared, others, 1)
    seen, informative = (is_operated & compared).sum(axis=1), compared.sum(axis=1)
    logs, score = np.zeros(len(operated)), None
    bounded = (seen > 0) & (seen < informative)
    for _ in range(ROUNDS):
        odds = operated * np.exp(logs)[:, None]
        share = odds / (others + odds)
        slope, information = seen - share.sum(axis=1), (share * (1 - share)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = slope**2 / information if score is None else score
            step = np.where(bounded, slope / information, 0.0)
        logs += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-10:
            break
    without = np.where(informative == 0, np.nan, np.where(seen == 0, -np.inf, np.inf))
    with np.errstate(divide="ignore"):
        return Fits(np.where(bounded, logs, without), np.where(bounded, information**-0.5, np.nan), score)


def judged(fits: Fits, ratio: float, level: float) -> dict[str, float]:
    """What the analyses of many cohorts printed of a true hazard ratio.

    `estimate`, `lower`, `upper`: the median, and the 5th and 95th percentile, of the ratios, of cohorts that have one,
    0 and without bound among them; `bias`: the geometric mean of finite ratios over the truth, with its factor of
    error; `coverage` of finite ratios' limits, `different`: the share of all cohorts with a score test below 1 - level;
    `estimable`: the share with a finite ratio.
    """
    finite, z = np.isfinite(fits.logs), steps.normal_quantile(level)
    logs, errors = fits.logs[finite], fits.errors[finite]
    some = np.exp(fits.logs[~np.isnan(fits.logs)])
    held = {"truth": ratio, "cohorts": len(fits.logs), "estimable": finite.mean(), "finite": finite.sum()}
    held |= {name: middle(some, place) for name, place in {"estimate": 0.5, "lower": 0.05, "upper": 0.95}.items()}
    held |= {"different": (fits.score > z**2).mean(), "error": middle_error(some) if len(some) else np.nan}
    if not finite.any():
        return held | dict.fromkeys(("bias", "bias_error", "coverage"), np.nan)
    held["bias"], held["bias_error"] = np.exp(logs.mean()) / ratio, np.exp(logs.std() / np.sqrt(len(logs)))
    return held | {"coverage": (np.abs(logs - np.log(ratio)) <= z * errors).mean()}


def middle(values: np.ndarray, place: float) -> float:
    """A percentile of what cohorts printed, without interpolation, since some print no bound; NaN of none."""
    return float(np.quantile(values, place, method="inverted_cdf")) if len(values) else np.nan


def middle_error(values: np.ndarray) -> float:
    """The Monte Carlo error of a median: half of what lies between the values one standard error of rank around it."""
    step = 0.5 / np.sqrt(len(values))
    low, high = middle(values, 0.5 - step), middle(values, 0.5 + step)
    return (high - low) / 2 if np.isfinite(low) else np.nan


def _above_nought(**numbers) -> None:
    for name, given in numbers.items():
        if not np.all(np.asarray(given) > 0) or not np.size(given):
            raise UsageError(f"`{name}` is {given}, with which nothing can be drawn: give what is above 0.")


def of_waiting(patients: int, replicates: int, ratios: dict[str, float], seed: int, **terms) -> pd.DataFrame:
    """What the four ways print of waiting patients: one row per true ratio and way, columns of `judged`."""
    _above_nought(patients=patients, replicates=replicates, true_ratio=list(ratios.values()))
    rows = []
    for kind, ratio in ratios.items():
        drawn = draw_waiting((replicates, patients), ratio, np.random.default_rng([seed, 1]))
        for way, stays in layouts(drawn, terms["landmark"]).items():
            rows.append({"kind": kind, "label": way, **judged(fit(drawn, stays), ratio, terms["level"])})
    return pd.DataFrame(rows)


class Patterns(NamedTuple):
    """Patients of two patterns: what happened to them, when they are at risk as what, and the patterns."""

    drawn: Waiting
    stays: Stays
    generalized: np.ndarray


def draw_patterns(shape: tuple[int, int], shares: tuple[float, float], reason: float, rng) -> Patterns:
    """Draw patients of two patterns, of whom these shares are operated on at time zero; it does nothing to survival.

    `reason`: by how much something that nobody recorded, and half of the patients have, divides the hazard; where it is
    not 1, one in three with it less is left unoperated, and one in three without it more. Half are of each pattern.
    """
    generalized, fit_ = rng.random(shape) < 0.5, rng.random(shape) < 0.5
    chance = np.where(generalized, shares[1], shares[0]) + (np.where(fit_, 1, -1) / 3 if reason != 1 else 0)
    operated = rng.random(shape) < chance
    hazard = np.where(generalized, HAZARD_OF_PATTERN, 1.0) / np.where(fit_, reason, 1.0)
    death = simulate.weibull_times(MEDIAN_SURVIVAL, 1, shape, rng) / hazard
    last, died = simulate.observed(death, rng.uniform(*FOLLOW_UP, shape))
    start = np.where(operated, 0.0, _NEVER)
    return Patterns(Waiting(start, last, died), Stays(start, np.where(operated, _NEVER, 0.0), last), generalized)


def of_patterns(patients: int, replicates: int, seed: int, level: float) -> pd.DataFrame:
    """What a crude ratio and one within patterns print, where treatment follows the pattern: columns of `judged`."""
    _above_nought(patients=patients, replicates=replicates)
    kinds = {f"Overlap: {name}": (shares, 1.0) for name, shares in OVERLAPS.items()}
    kinds["Overlap: much, and a reason that nobody recorded"] = (OVERLAPS["much"], HAZARD_WITHOUT_REASON)
    rows = []
    for kind, (shares, reason) in kinds.items():
        rng = np.random.default_rng([seed, 2])
        drawn, stays, generalized = draw_patterns((replicates, patients), shares, reason, rng)
        for way, strata in {"not adjusted": None, "adjusted for the pattern": generalized}.items():
            rows.append({"kind": kind, "label": way, **judged(fit(drawn, stays, strata), 1.0, level)})
    return pd.DataFrame(rows)


def progression_times(shape: tuple[int, int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw months to progression, Weibull, and to the end of follow-up."""
    return simulate.weibull_times(MEDIAN_PROGRESSION, SHAPE, shape, rng), rng.uniform(*FOLLOW_UP, shape)


def scanned(onset: np.ndarray, end: np.ndarray, every: float) -> tuple[np.ndarray, np.ndarray]:
    """Months recorded by scans: a progression on the first scan after it, else the last scan without one."""
    found, last = np.ceil(onset / every) * every, np.floor(end / every) * every
    return np.minimum(found, last), found <= last


def curves(last: np.ndarray, progressed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The product-limit curve of each cohort: months in order, survival after each, the variance of its logarithm."""
    order = np.lexsort((~progressed, last), axis=-1)
    time, events = (np.take_along_axis(each, order, axis=-1) for each in (last, progressed))
    at_risk = np.broadcast_to(np.arange(time.shape[1], 0, -1), time.shape)
    return time, *steps.product_limit(at_risk, events)


def limits_of(drawn: tuple, month: float, interval: str, level: float) -> np.ndarray:
    """Greenwood's limits of the median and of the share without progression at a month, of `curves` of cohorts.

    Four columns: lower and upper limit of the median (NaN if not reached), and of the share. `interval`: log-log, log
    or plain.
    """
    time, survival, variance = drawn
    lower, upper = _limits(survival, variance, interval, level)
    ends = np.diff(time, axis=-1, append=_NEVER) > 0  # of several on one day the last tells the height
    low, high = (steps.crossing(time, np.where(ends, each, np.nan), 0.5) for each in (lower, upper))
    place = (time <= month).sum(axis=1)[:, None]
    ones = np.ones((len(time), 1))
    read = [np.take_along_axis(np.hstack([ones, each]), place, axis=1)[:, 0] for each in (lower, upper)]
    return np.column_stack([low, high, *read])


def _limits(survival, variance, interval: str, level: float) -> tuple[np.ndarray, np.ndarray]:
    if interval != "plain":
        return steps.limits(survival, variance, interval, level)
    with np.errstate(invalid="ignore"):
        margin = steps.normal_quantile(level) * survival * np.sqrt(variance)
    return np.clip(survival - margin, 0, 1), np.clip(survival + margin, 0, 1)


def of_intervals(sizes, replicates: int, seed: int, every: float, **terms) -> pd.DataFrame:
    """How often limits hold the truth, and how wide they are: one row per size, times, truth, quantity and method.

    The truth of times recorded by a scan `every` so many months is that of the distribution of scans at which
    progression is found. `width`: median, of months or shares; an upper limit that is not reached is wider than any.
    """
    _above_nought(patients=sizes, replicates=replicates, scan_months=every)
    rows, month, level = [], terms["month"], terms["level"]
    for size in sizes:
        onset, end = progression_times((replicates, size), np.random.default_rng([seed, 3, size]))
        ways = {
            "continuous": simulate.observed(onset, end),
            f"a scan every {every:g} months": scanned(onset, end, every),
        }
        for times, seen in ways.items():
            drawn = curves(*seen)
            for interval in ("log-log", "log", "plain"):
                found = limits_of(drawn, month, interval, level)
                about = {"patients": size, "times": times, "interval": interval}
                truths, scan = (["onset"], 0.0) if times == "continuous" else (["onset", "recorded"], every)
                rows += [about | row for name in truths for row in _covered(found, name, scan, month)]
    return pd.DataFrame(rows).drop_duplicates().assign(cohorts=replicates)


def _covered(found: np.ndarray, name: str, scan: float, month: float) -> Iterator[dict]:
    median = np.ceil(MEDIAN_PROGRESSION / scan) * scan if name == "recorded" else MEDIAN_PROGRESSION
    read = np.floor(month / scan) * scan if name == "recorded" else month
    share = 0.5 ** ((read / MEDIAN_PROGRESSION) ** SHAPE)
    both = "onset or recorded" if scan and month % scan == 0 else name  # by a scan on that month all is recorded
    yield {"quantity": "median", "truth_is": name, "truth": median} | _coverage(median, *found.T[:2])
    yield {"quantity": f"share at {month:g} months", "truth_is": both, "truth": share} | _coverage(share, *found.T[2:])


def _coverage(truth: float, lower: np.ndarray, upper: np.ndarray) -> dict[str, float]:
    lower, upper = np.nan_to_num(lower), np.where(np.isnan(upper), _NEVER, upper)
    covers, width = (lower - _NEAR <= truth) & (truth <= upper + _NEAR), upper - lower
    return {"coverage": covers.mean(), "width": middle(width, 0.5), "width_error": middle_error(width)}


def of_policies(sizes, replicates: int, seed: int, policies, months) -> pd.DataFrame:
    """How far a policy moves the shares that a book prints of drawn patients, and whether its limits hold the exact.

    One row per policy and size: `rates` that the exact book prints, the share `shown` of these, and of those shown the
    share `within` the printed limits; with errors, the mean `shift` without its sign, and how many times as `wide` the
    limits are.
    """
    _above_nought(patients=sizes, policy_replicates=replicates)
    rows = []
    for size in sizes:
        onset, end = progression_times((replicates, size), np.random.default_rng([seed, 4, size]))
        counts = _counted(*simulate.observed(onset, end))
        exact = _rates(counts, months)
        for name in policies:
            shown = _rates(disclosure.protect(counts, disclosure.choose(name, "synthetic")), months)
            rows.append(exact.join(shown, rsuffix="_shown").assign(policy=name, patients=size))
    rows = pd.concat(rows, ignore_index=True).query("lower < upper")
    return rows.groupby(["policy", "patients"], sort=False).apply(_moved, include_groups=False).reset_index()


def _counted(last: np.ndarray, happened: np.ndarray) -> pd.DataFrame:
    times = {"AVAL": np.ceil(days(last)).ravel(), "CNSR": np.where(happened, 0, 1).ravel()}
    cohort = np.repeat(np.arange(len(last)).astype(str), last.shape[1])
    return lifetable.count(pd.DataFrame({"TRTA": cohort, "ENTRYDY": 0, **times}))


def _rates(counts: pd.DataFrame, months) -> pd.DataFrame:
    rates = estimates.rate(estimates.survival(counts), days(list(months)))
    return rates.set_index(["group", "time"])[["estimate", "lower", "upper"]]


def _moved(rows: pd.DataFrame) -> pd.Series:
    shown = rows[rows["estimate_shown"].notna()]
    within = shown["estimate"].between(shown["lower_shown"] - _NEAR, shown["upper_shown"] + _NEAR)
    wide = (shown["upper_shown"] - shown["lower_shown"]) / (shown["upper"] - shown["lower"])
    shift = (shown["estimate_shown"] - shown["estimate"]).abs()
    moved = {"rates": len(rows), "shown": len(shown) / len(rows), "within": within.mean()}
    moved |= {"shift": shift.mean(), "shift_error": shift.sem(), "wide": wide.mean(), "wide_error": wide.sem()}
    return pd.Series(moved)
