"""Repeated operations, with death ending them: how many a patient comes to, on average, by a time.

Which operations are of one patient cannot be had from counts of times: this module aggregates patients itself, and
releases estimates only. Population throughout: analysed patients with a first operation for resistance, from that
operation to death or last contact; an operation recorded after last contact carries the patient's follow-up to its
own day. Every row of the table is one operation. For operations of one indication only, keep those in the cohort.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd

from gistbook.conventions import CONFIDENCE_LEVEL
from gistbook.schemas import ESTIMATES, MEAN_COUNTS, OPERATION_COUNTS, names


def mean_cumulative_count(cohort, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Mean number of operations per patient after the first, by days since the first, death ending them.

    The sum of S(t-) d(t) / Y(t) over times: of Y patients at risk at a time d are operated on, and S(t-) is the
    Kaplan-Meier probability of being alive just before. The dead stay in the mean, with the operations they had.
    At risk is who is neither dead nor censored before; who is operated on, dies or is censored on one day was at
    risk of an operation that day. The mean of the cohort as it lived: where nobody is censored, the plain average.

    The variance is the sum of squares of each patient's influence on the estimate, so that it holds whether or not
    the operations of one patient depend on one another. It differs from that of Ghosh and Lin only under ties,
    where the influence on a Kaplan-Meier product is taken in place of that on a continuous hazard. Limits are
    normal, the lower no less than 0, and NaN while the mean is 0, about which it says nothing.

    Parameters
    ----------
    cohort : cohort.Cohort
        The cohort.
    level : float
        Confidence level of the limits.

    Returns
    -------
    DataFrame
        One row per group and day on which somebody is operated on or leaves, and time zero; columns of
        `schemas.MEAN_COUNTS`. None where operations are not recorded.

    References
    ----------
    Ghosh D, Lin DY. Biometrics 2000;56:554-562. Dong H, et al. Am J Epidemiol 2015;181:532-540.
    """
    parts = [_curve(rows, level).assign(group=group) for group, rows in _operations(cohort).groupby("TRTA")]
    columns = names(MEAN_COUNTS)
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def mean_at(curve: pd.DataFrame, times) -> pd.DataFrame:
    """Mean number of operations per patient after the first, by landmark days since the first.

    NaN after the last day observed.

    Parameters
    ----------
    curve : DataFrame
        One row per group and time, as `mean_cumulative_count` makes it.
    times : list of float
        Landmarks in days.

    Returns
    -------
    DataFrame
        One row per group and landmark, columns of `schemas.ESTIMATES`; `events` are the group's operations after
        the first, and `n` its patients.
    """
    parts = [_landmarks(rows, times).assign(group=group) for group, rows in curve.groupby("group", sort=True)]
    columns = names(ESTIMATES)
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def operation_counts(cohort) -> pd.DataFrame:
    """Count the patients by how many operations they had in all, the first one included; follow-up as it was.

    Returns
    -------
    DataFrame
        One row per number of operations from one to the most, columns of `schemas.OPERATION_COUNTS`. None where
        operations are not recorded.
    """
    each = _operations(cohort)["USUBJID"].value_counts()
    numbers = range(1, int(each.max()) + 1) if len(each) else []
    patients = each.value_counts().reindex(numbers, fill_value=0)
    return pd.DataFrame({"operations": patients.index, "count": patients.to_numpy()})[names(OPERATION_COUNTS)]


def _operations(cohort) -> pd.DataFrame:
    """Return the operations from the first for resistance on: its number, its day, and the patient's last day."""
    subjects = cohort.adsl[cohort.adsl["TRT01A"].notna() & cohort.adsl["OPDT1"].notna()]
    done = pd.DataFrame(columns=["USUBJID", "OPDT"]) if cohort.operations is None else cohort.operations
    rows = done[["USUBJID", "OPDT"]].merge(subjects[["USUBJID", "TRT01A", "OPDT1", "DTHDT", "LSTALVDT"]], on="USUBJID")
    rows = rows[rows["OPDT"] >= rows["OPDT1"]].sort_values(["USUBJID", "OPDT"])
    end = rows["DTHDT"].fillna(rows["LSTALVDT"]).clip(lower=rows.groupby("USUBJID")["OPDT"].transform("max"))
    return pd.DataFrame(
        {
            "USUBJID": rows["USUBJID"],
            "TRTA": rows["TRT01A"],
            "OPSEQ": rows.groupby("USUBJID").cumcount() + 1,
            "OPDY": (pd.to_datetime(rows["OPDT"]) - rows["OPDT1"]).dt.days,
            "ENDDY": (pd.to_datetime(end) - rows["OPDT1"]).dt.days,
            "DIED": rows["DTHDT"].notna(),
        }
    )


def _curve(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    times = np.unique(np.concatenate([[0], rows["OPDY"], rows["ENDDY"]]))
    placed = rows.assign(AT=np.searchsorted(times, rows["OPDY"]), END=np.searchsorted(times, rows["ENDDY"]))
    patients, later = placed[placed["OPSEQ"] == 1], placed[placed["OPSEQ"] > 1]
    steps = _steps(patients, later, len(times)).assign(time=times, level=level)
    margin = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(_variance(patients, later, steps).clip(min=0))
    known = steps["mean"].where(steps["mean"] > 0)
    return steps.assign(lower=(known - margin).clip(lower=0), upper=known + margin)


def _steps(patients: pd.DataFrame, later: pd.DataFrame, size: int) -> pd.DataFrame:
    """Return at each time the mean, by how much one operation raises it, and one death of one at risk lowers it."""
    leaving = np.bincount(patients["END"], minlength=size)
    deaths = np.bincount(patients.loc[patients["DIED"], "END"], minlength=size)
    events = np.bincount(later["AT"], minlength=size)
    at_risk = len(patients) - np.cumsum(leaving) + leaving
    alive = np.cumprod(np.append(1.0, 1 - deaths / at_risk))[:-1]
    raised = alive / at_risk
    lowered = np.divide(1.0, at_risk - deaths, out=np.zeros(size), where=at_risk > deaths)
    columns = {"at_risk": at_risk, "events": events, "deaths": deaths, "raised": raised, "lowered": lowered}
    return pd.DataFrame(columns).assign(mean=np.cumsum(raised * events))


def _variance(patients: pd.DataFrame, later: pd.DataFrame, steps: pd.DataFrame) -> np.ndarray:
    """Return at each time the sum over patients of the square of the influence on the mean.

    The influence on the mean m(t) is A - m(t) B: A grows by `raised` with every operation of the patient and by
    m `lowered` with the death, B by `lowered` with the death, and both shrink by the average of that over those at
    risk while the patient is one of them. So all who are still at risk share one shrinkage.
    """
    mean, raised, lowered = (steps[name].to_numpy() for name in ("mean", "raised", "lowered"))
    shrinkage_b = np.cumsum(lowered * steps["deaths"] / steps["at_risk"]).to_numpy()
    shrinkage_a = np.cumsum((raised * steps["events"] + mean * lowered * steps["deaths"]) / steps["at_risk"]).to_numpy()
    own = _own(later, raised)
    total = patients["USUBJID"].map(own.groupby(later["USUBJID"]).last()).fillna(0.0).to_numpy()
    end, loss = patients["END"], np.where(patients["DIED"], lowered[patients["END"]], 0.0)
    a, b = total + mean[end] * loss - shrinkage_a[end], loss - shrinkage_b[end]
    present = _squares_of_those_present(own, later["AT"], total, end, shrinkage_a - mean * shrinkage_b)
    gone = [np.cumsum(np.bincount(end, value, len(mean))) for value in (a * a, a * b, b * b)]
    return present + gone[0] - 2 * mean * gone[1] + mean**2 * gone[2]
