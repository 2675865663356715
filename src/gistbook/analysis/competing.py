"""Events that another event ends: cumulative incidence by kind from counts, and repeated operations of a patient.

Where one event keeps another from happening, as death keeps a patient from a second line of therapy, one minus
Kaplan-Meier overstates how many will come to it; the cumulative incidence does not. How many operations a patient
comes to, on average, by a time cannot be had from counts of times: those functions aggregate patients themselves and
release estimates only. Their population is the analysed patients with a first operation for resistance, from that
operation to death or last contact; an operation recorded after last contact carries the patient's follow-up to its own
day. Operations for a complication or in an emergency are not counted (`cohort.against_resistance`).
"""

import numpy as np
import pandas as pd

from gistbook.analysis import disclosure, estimates
from gistbook.analysis.estimates.steps import normal_quantile, steps
from gistbook.analysis.surgery import for_resistance
from gistbook.conventions import CONFIDENCE_LEVEL, QUANTILE_TOLERANCE, Group
from gistbook.schemas import BY_THEN, ESTIMATES, INCIDENCE, MEAN_COUNTS, OPERATION_COUNTS, names
from gistbook.units import MONTHS, Unit


def cumulative_incidence(counts: pd.DataFrame, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Aalen-Johansen probability of having had an event of each kind, by group, with pointwise limits.

    The sum of S(t-) d(t) / Y(t) over times: of Y subjects at risk at a time, d have the event of this kind, and S(t-)
    is the Kaplan-Meier probability of having had none of any kind before. At risk is who is so in `estimates.survival`;
    under delayed entry an early risk set may run empty, after which no incidence rises.

    The variance is of Greenwood's type: the events at each time are drawn from a multinomial among those at risk,
    independently of other times. R's `survfit` takes the infinitesimal jackknife, which is the same where all enter at
    time zero, and under delayed entry if every subject's time is cut at every exit and the pieces are given as of
    different subjects. Limits are symmetric for log(-log(incidence)), as R's `log-log` has them; for one kind they are
    not one minus the log-log limits of survival.

    `counts` are as `lifetable.count_kinds` makes them. One row per group, kind that occurs in any group, and time at
    which somebody leaves or the curve starts; columns of `schemas.INCIDENCE`. Sources: `aalen1978` of `references.bib`;
    of the variance, Andersen PK, Borgan O, Gill RD, Keiding N. Statistical Models Based on Counting Processes. Springer
    1993, section IV.4.
    """
    kinds = sorted(set(counts["kind"]) - {"censored"})
    if not kinds:
        return pd.DataFrame(columns=names(INCIDENCE))
    parts = [_of_kinds(rows, kinds).assign(group=group) for group, rows in counts.groupby("group", sort=True)]
    return _with_limits(pd.concat(parts, ignore_index=True), level)[names(INCIDENCE)]


def at(curve: pd.DataFrame, counts: pd.DataFrame, times, only: str = "") -> pd.DataFrame:
    """Cumulative incidence at landmark days, with pointwise limits, of all kinds of events or `only` one.

    NaN after the last day observed, unless the last one had an event by which the incidences of all kinds came to 1.
    One row per group, kind and landmark, columns of `schemas.ESTIMATES` and `schemas.BY_THEN`, the group named with the
    kind; events are of the kind, and `n` are the subjects of the group in the `counts` of the curve.
    """
    named, times = by_kind(curve).assign(of=curve["group"]), np.asarray(times, dtype=float)

    def one(rows):
        own = counts[counts["group"] == rows["of"][0]]
        measures = np.where(times < rows["time"].min(), "not_started", "incidence").astype(object)
        about = {"measure": measures, "unit": "probability", "n": int(own["count"].sum())}
        about["at_risk_then"] = estimates.at_risk(own, times)
        return _read(rows, "incidence", times, rows["stays"][0]) | about

    return estimates.by_group(named[named["kind"] == only] if only else named, one, names((*ESTIMATES, *BY_THEN)))


def complement(rates: pd.DataFrame) -> pd.DataFrame:
    """One minus probabilities of being event-free, as the curve of each group would have the share with the event."""
    sides = {"estimate": 1 - rates["estimate"], "lower": 1 - rates["upper"], "upper": 1 - rates["lower"]}
    return rates.assign(**sides, group=[f"{group}, one minus the curve" for group in rates["group"]])


def by_kind(curve: pd.DataFrame) -> pd.DataFrame:
    """Cumulative incidences as rising curves, one for each group and kind: `group`, `time`, `estimate`, `stays`.

    Whether a curve `stays` where it ends: the last of its group had an event then, so that nobody is left.
    """
    names = list(curve["group"] + ", " + curve["kind"])
    in_order = {name: Group(name, place) for place, name in enumerate(dict.fromkeys(names))}
    ends = curve.groupby(["group", "kind"])[["incidence", "events"]].last().groupby("group").sum()
    stays = curve["group"].map((ends["incidence"] > 1 - QUANTILE_TOLERANCE) & (ends["events"] > 0))
    return curve.assign(group=[in_order[name] for name in names], estimate=curve["incidence"], stays=stays)


def incidence_over_risk(
    curve: pd.DataFrame, counts: pd.DataFrame, unit: Unit = MONTHS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cumulative incidences as rising curves, as `by_kind` gives them, and those at risk under each tick of their axis.

    Of a group all kinds of events have the same patients at risk: those who have had none of them. One row per group of
    the counts and tick: `group`, `time` in days, `at_risk`.
    """
    days = [tick * unit.days for tick in estimates.ticks(curve, unit=unit)]
    return by_kind(curve), estimates.number_at_risk(counts, days)


def _of_kinds(rows: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    entry, leaving = (rows[name].to_numpy(dtype=float) for name in ("entry", "exit"))
    courses = [steps(entry, leaving, (rows["kind"] == kind).to_numpy(), rows["count"].to_numpy()) for kind in kinds]
    time, at_risk = courses[0].time, courses[0].at_risk
    share = sum(each.events for each in courses) / np.maximum(at_risk, 1)
    before = np.append(1.0, np.cumprod(1 - share))[:-1]
    course = pd.DataFrame({"time": time, "at_risk": at_risk, "before": before, "any": share})
    of_kinds = zip(kinds, courses, strict=True)
    return pd.concat([_of_kind(course, each.events).assign(kind=kind) for kind, each in of_kinds])


def _of_kind(course: pd.DataFrame, events: np.ndarray) -> pd.DataFrame:
    """One kind's incidence and its variance.

    Of the Y at risk at a time s, one event of this kind raises the incidence F at a later t by S(s-) / Y, and one of
    any kind lowers it by (F(t) - F(s)) / (1 - p) / Y, p being the share that has any. The multinomial variance of
    these changes, summed over s, is a quadratic in F(t), of which each coefficient is a running sum.
    """
    before, anyhow = course["before"].to_numpy(), course["any"].to_numpy()
    each = 1 / np.maximum(course["at_risk"].to_numpy(), 1)
    share = events * each
    incidence = np.cumsum(before * share)
    own = before**2 * share * (1 - share) * each
    shared = before * share * each
    greenwood = np.divide(anyhow * each, 1 - anyhow, out=np.zeros(len(course)), where=anyhow < 1)
    constant = np.cumsum(own + 2 * shared * incidence + greenwood * incidence**2)
    linear, square = np.cumsum(shared + greenwood * incidence), np.cumsum(greenwood)
    variance = constant - 2 * incidence * linear + incidence**2 * square
    return course.assign(incidence=incidence, variance=variance.clip(min=0), events=events)


def _with_limits(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    margin = normal_quantile(level) * np.sqrt(rows["variance"])
    never, certain = rows["incidence"] == 0, rows["incidence"] > 1 - QUANTILE_TOLERANCE
    between = rows["incidence"].mask(never | certain)
    with np.errstate(over="ignore"):
        widening = np.exp(margin / (between * np.log(between)).abs())
    lower, upper = (between**power for power in (widening, 1 / widening))
    return rows.assign(lower=lower.mask(never, 0.0), upper=upper.mask(never, 0.0), level=level)


def mean_cumulative_count(cohort, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Mean number of operations per patient after the first, by days since the first, death ending them.

    The sum of S(t-) d(t) / Y(t) over times: of Y patients at risk at a time d are operated on, and S(t-) is the
    Kaplan-Meier probability of being alive just before. The dead stay in the mean, with the operations they had. At
    risk is who is neither dead nor censored before; who is operated on, dies or is censored on one day was at risk of
    an operation that day. Where nobody is censored, it is the plain average.

    The variance is the sum of squares of each patient's influence on the estimate, so that it holds whether or not the
    operations of one patient depend on one another. It takes the influence on a Kaplan-Meier product in place of that
    on a continuous hazard, and so differs from the variance of Ghosh and Lin, under ties most. Limits are normal, the
    lower no less than 0, and NaN while the mean is 0.

    One row per group and day on which somebody is operated on or leaves, and time zero; columns of
    `schemas.MEAN_COUNTS`. None where operations are not recorded.

    References: Ghosh D, Lin DY. Biometrics 2000;56:554-562. Dong H, et al. Am J Epidemiol 2015;181:532-540.
    """
    parts = [_curve(rows, level).assign(group=group) for group, rows in _operations(cohort).groupby("TRT01A")]
    columns = names(MEAN_COUNTS)
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def mean_at(curve: pd.DataFrame, times) -> pd.DataFrame:
    """Mean number of operations per patient after the first, by landmark days; NaN after the last day observed.

    One row per group and landmark, columns of `schemas.ESTIMATES` and `schemas.BY_THEN`; events are the group's
    operations after the first, and `n` its patients.
    """
    times = np.asarray(times, dtype=float)

    def one(rows):
        about = {"measure": "mean_count", "unit": "count", "n": int(rows["at_risk"][0])}
        return _read(rows, "mean", times) | about | {"at_risk_then": _left(rows, times)}

    return estimates.by_group(curve, one, names((*ESTIMATES, *BY_THEN)))


def mean_over_risk(curve: pd.DataFrame, unit: Unit = MONTHS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean cumulative counts as rising curves (heights in `estimate`), and those at risk under each tick of their axis.

    At risk of a further operation is who is neither dead nor censored before; all are from time zero on. One row per
    group and tick: `group`, `time` in days, `at_risk`.
    """
    days = np.array([tick * unit.days for tick in estimates.ticks(curve, unit=unit)])
    columns = ["group", "time", "at_risk"]
    at_risk = estimates.by_group(curve, lambda rows: {"time": days, "at_risk": _left(rows, days)}, columns)
    return curve.rename(columns={"mean": "estimate"}), at_risk


def operation_counts(cohort) -> pd.DataFrame:
    """Count the patients by how many operations they had in all, the first one included; follow-up as it was.

    One row per number of operations from one to the most, columns of `schemas.OPERATION_COUNTS`. None where operations
    are not recorded. Where a disclosure policy coarsens, one operation, and two or more.
    """
    each = for_resistance(cohort)["PLACE"].value_counts()
    if disclosure.is_coarse(cohort) and len(each):
        again = int((each > 1).sum())
        return pd.DataFrame({"operations": ["1", "2 or more"], "count": [len(each) - again, again]})
    numbers = range(1, int(each.max()) + 1) if len(each) else []
    patients = each.value_counts().reindex(numbers, fill_value=0)
    return pd.DataFrame({"operations": patients.index, "count": patients.to_numpy()})[names(OPERATION_COUNTS)]


def _operations(cohort) -> pd.DataFrame:
    """The operations from the first for resistance on: its number, its day, and the patient's last day."""
    rows = for_resistance(cohort)
    of_one = rows.groupby("PLACE")
    end = rows["DTHDT"].fillna(rows["LSTALVDT"]).clip(lower=of_one["OPDT"].transform("max"))
    done, left = ((pd.to_datetime(day) - rows["OPDT1"]).dt.days for day in (rows["OPDT"], end))
    numbered = rows.assign(OPSEQ=of_one.cumcount() + 1, OPDY=done, ENDDY=left, DIED=rows["DTHDT"].notna())
    return numbered[["PLACE", "TRT01A", "OPSEQ", "OPDY", "ENDDY", "DIED"]]


def _curve(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    times = np.unique(np.concatenate([[0], rows["OPDY"], rows["ENDDY"]]))
    rows = rows.assign(AT=np.searchsorted(times, rows["OPDY"]), END=np.searchsorted(times, rows["ENDDY"]))
    course = _steps(rows, len(times)).assign(time=times, level=level)
    margin = normal_quantile(level) * np.sqrt(_variance(rows, course).clip(min=0))
    risen = course["mean"].where(course["mean"] > 0)
    return course.assign(lower=(risen - margin).clip(lower=0), upper=risen + margin)


def _steps(rows: pd.DataFrame, size: int) -> pd.DataFrame:
    """At each time the mean, by how much one operation raises it, and one death of those at risk lowers it."""
    patients, later = rows[rows["OPSEQ"] == 1], rows[rows["OPSEQ"] > 1]
    leaving = np.bincount(patients["END"], minlength=size)
    deaths = np.bincount(patients.loc[patients["DIED"], "END"], minlength=size)
    events = np.bincount(later["AT"], minlength=size)
    at_risk = len(patients) - np.cumsum(leaving) + leaving
    alive = np.cumprod(np.append(1.0, 1 - deaths / at_risk))[:-1]
    raises = alive / at_risk
    lowers = np.divide(1.0, at_risk - deaths, out=np.zeros(size), where=at_risk > deaths)
    columns = {"at_risk": at_risk, "events": events, "deaths": deaths, "raises": raises, "lowers": lowers}
    return pd.DataFrame(columns).assign(mean=np.cumsum(raises * events))


def _variance(rows: pd.DataFrame, steps: pd.DataFrame) -> np.ndarray:
    """At each time the sum over patients of the square of the influence on the mean.

    A patient's influence on the mean m is a - m b. An operation raises a by `raises`; the death raises a by m
    `lowers`, and b by `lowers`; at every time while at risk, both fall by the average of this over those at risk,
    which is the same for all. So a patient's state (a, b, present) changes only at an operation and at the end, and
    the sum of squares is a quadratic form in the sums of products of the states.
    """
    mean, lowers, average = steps["mean"].to_numpy(), steps["lowers"].to_numpy(), 1 / steps["at_risk"]
    fall_b = np.cumsum(lowers * steps["deaths"] * average).to_numpy()
    fall_a = np.cumsum((steps["raises"] * steps["events"] + mean * lowers * steps["deaths"]) * average).to_numpy()
    states = _states(rows, steps, fall_a, fall_b)
    before = states.groupby("PLACE")[_STATE].shift(fill_value=0.0).to_numpy()
    after, at = states[_STATE].to_numpy(), states["AT"]
    form = (np.ones(len(steps)), -mean, mean * fall_b - fall_a)
    return sum(
        form[i] * form[j] * np.cumsum(np.bincount(at, after[:, i] * after[:, j] - before[:, i] * before[:, j]))
        for i in range(3)
        for j in range(3)
    )


_STATE = ["A", "B", "PRESENT"]


def _states(rows: pd.DataFrame, steps: pd.DataFrame, fall_a: np.ndarray, fall_b: np.ndarray) -> pd.DataFrame:
    """Every patient's states in order: from each operation on without the common fall, and from the end on."""
    raised = steps["raises"].to_numpy()[rows["AT"]] * (rows["OPSEQ"] > 1)
    present = rows[["PLACE", "AT"]].assign(A=raised.groupby(rows["PLACE"]).cumsum(), B=0.0, PRESENT=1.0)
    last = rows.groupby("PLACE").tail(1)
    end = last["END"].to_numpy()
    lost = steps["lowers"].to_numpy()[end] * last["DIED"]
    a = present.loc[last.index, "A"] + steps["mean"].to_numpy()[end] * lost - fall_a[end]
    gone = pd.DataFrame({"PLACE": last["PLACE"], "AT": end, "A": a, "B": lost - fall_b[end], "PRESENT": 0.0})
    return pd.concat([present, gone])


def _left(rows: estimates.Rows, times: np.ndarray) -> np.ndarray:
    return np.append(rows["at_risk"], 0)[np.searchsorted(rows["time"], times)]


def _read(rows: estimates.Rows, height: str, times: np.ndarray, stays: bool = False) -> dict:
    """The height of a rising curve and its limits at landmarks; NaN before it starts, and after it unless it stays."""
    place = np.searchsorted(rows["time"], times, side="right")
    seen = (times >= rows["time"].min()) & (stays | (times <= rows["time"].max()))
    by_then = np.append(0, rows["events"].cumsum())[place]
    heights = {"estimate": height, "lower": "lower", "upper": "upper"}
    read = {name: np.where(seen, rows[of][place - 1], np.nan) for name, of in heights.items()}
    size = {"events": int(rows["events"].sum()), "events_by_then": by_then, "level": rows["level"][0]}
    return {"time": times, **read, **size}
