"""Patients from a printed survival curve and its numbers at risk, by the method of Guyot and others (2012).

Between two printed numbers at risk, events are what makes the curve fall, and as many patients are censored, evenly
over that time, as make the second number come out. Two numbers that the method looks for step by step are looked for
here by halving, since each falls as more are censored.
"""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.conventions import CENSORED, EVENT, RECONSTRUCTED, counted
from gistbook.intake.published import Arm
from gistbook.intake.settings import SETTINGS_FILE, refuse_another_cohort

MEASURED = Path(__file__).with_name("reconstruction.csv")
"""How far off reconstructed patients are, by size and kind of figure, as `benchmarks/reconstruction.py` measures it."""

_SETTINGS = Path(__file__).with_suffix(".toml")
"""The `cohort.toml` of reconstructed patients, with the title in braces."""


class _Stretch(NamedTuple):
    """The points of a curve from one printed number at risk to before the next, or to the end of the curve."""

    times: np.ndarray
    survival: np.ndarray
    start: float
    end: float


class _Course(NamedTuple):
    """What happened up to the end of a stretch: who is left, their estimate of survival, and what happened in it."""

    at_risk: int
    survival: float
    events: np.ndarray = ()
    censored: np.ndarray = ()


def patients(arm: Arm) -> pd.DataFrame:
    """Times of patients of one arm who would have printed its curve: one row per patient, AVAL and CNSR.

    AVAL is in the unit of the curve. Events are at points to which the curve has fallen; times of censoring are spread
    evenly. Reference: Guyot, Ades, Ouwens, Welton, BMC Medical Research Methodology 2012;12:9.
    """
    course, rows, (*stretches, last) = _Course(int(arm.at_risk[0]), 1.0), [], _stretches(arm)
    for stretch, left in zip(stretches, arm.at_risk[1:], strict=True):
        course = _course(stretch, course, _fewest(stretch, course, lambda course: course.at_risk, left))
        rows.append(_rows(stretch, course))
    so_far = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"CNSR": []})
    course = _course(last, course, _in_the_end(arm, last, course, so_far["CNSR"]))
    at_end = pd.DataFrame({"AVAL": last.end, "CNSR": CENSORED}, index=range(course.at_risk))
    return pd.concat([*rows, _rows(last, course), at_end], ignore_index=True)


def _stretches(arm: Arm) -> list[_Stretch]:
    bounds = zip(arm.risk_times, [*arm.risk_times[1:], np.inf], strict=True)
    parts = [(start, end, (arm.times >= start) & (arm.times < end)) for start, end in bounds]
    return [_Stretch(arm.times[own], arm.survival[own], start, min(end, arm.times[-1])) for start, end, own in parts]


def _fewest(stretch: _Stretch, before: _Course, outcome: Callable[[_Course], int], wanted: int) -> int:
    """The smallest number of censored patients with which an outcome, which falls with it, is no more than wanted."""
    choices = range(before.at_risk + 1)
    found = bisect_left(choices, -wanted, key=lambda many: -outcome(_course(stretch, before, many)))
    return min(found, before.at_risk)


def _in_the_end(arm: Arm, last: _Stretch, before: _Course, so_far: pd.Series) -> int:
    """How many are censored before the end of the curve: at the rate until then, as far as the total of events lets."""
    rate = (so_far == CENSORED).sum() / (last.start or np.inf)
    usual = min(round(rate * (last.end - last.start)), before.at_risk)
    if arm.events is None:
        return next(many for many in range(usual, -1, -1) if not many or _is_followed(last, before, many))
    left = arm.events - int((so_far == EVENT).sum())
    fewest, more = (
        _fewest(last, before, lambda course: int(course.events.sum()), wanted) for wanted in (left, left - 1)
    )
    most = max(more - 1, fewest)
    return int(np.clip(usual if last.start else (fewest + most) // 2, fewest, most))


def _is_followed(last: _Stretch, before: _Course, censored: int) -> bool:
    """Whether somebody is left for the last fall of the curve, if so many are censored before its end."""
    after = _course(last, before, censored)
    return after.at_risk > 0 or after.survival <= last.survival[-1]


def _course(stretch: _Stretch, before: _Course, censored: int) -> _Course:
    """What happens in a stretch in which so many are to be censored; fewer are, if nobody is left."""
    times = stretch.start + (np.arange(censored) + 0.5) * (stretch.end - stretch.start) / max(censored, 1)
    gone, events = np.searchsorted(times, stretch.times), np.zeros(len(stretch.times), int)
    now, survival = before.at_risk, before.survival
    for place in np.flatnonzero(stretch.survival < survival):
        at_risk, height = now - int(gone[place]), float(stretch.survival[place])
        if at_risk > 0 and height < survival:
            events[place] = many = round(at_risk * (1 - height / survival))
            now, survival = now - many, survival * (1 - many / at_risk)
    times = times[:now]
    return _Course(now - len(times), survival, events, times)


def _rows(stretch: _Stretch, course: _Course) -> pd.DataFrame:
    times = np.concatenate([np.repeat(stretch.times, course.events), course.censored])
    many = [course.events.sum(), len(course.censored)]
    return pd.DataFrame({"AVAL": times, "CNSR": np.repeat([EVENT, CENSORED], many)})


def write(folder: Path, arms: dict[str, Arm], unit: str, endpoint: str, title: str) -> Iterator[str]:
    """Write a cohort folder of reconstructed patients, and tell of each arm what came of what was printed.

    Times are in the `unit` of the figure; `endpoint` is its code in ADaM's PARAMCD. The same arms write the same bytes.
    Raises `UsageError` if what is there is no reconstructed cohort; it is untouched.
    """
    refuse_another_cohort(folder, RECONSTRUCTED)
    made = pd.concat([patients(arm).assign(TRTA=name) for name, arm in arms.items()], ignore_index=True)
    made.insert(0, "USUBJID", [f"RE-{number:04d}" for number in range(1, len(made) + 1)])
    folder.mkdir(parents=True, exist_ok=True)
    times = made.assign(PARAMCD=endpoint, AVAL=made["AVAL"].round(4), AVALU=unit.upper()).drop(columns="TRTA")
    subjects = made[["USUBJID", "TRTA"]].rename(columns={"TRTA": "TRT01A"})
    for name, rows in {"adsl": subjects, "adtte": times}.items():
        rows.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    text = _SETTINGS.read_text(encoding="utf-8").format(title=json.dumps(title, ensure_ascii=False))
    (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")
    return (_outcome(name, arm, made[made["TRTA"] == name]) for name, arm in arms.items())


def accuracy(cohort) -> pd.DataFrame:
    """How far off patients are who are reconstructed of digitized points, one row per kind of figure, as `MEASURED`.

    Of drawn arms of the tried size next below the smallest arm of the cohort: median and 95th percentile of the area
    between the curves as a share of the horizon, of the relative error of the number of events, and of the error of the
    logarithm of the hazard ratio of two arms.
    """
    rows, smallest = pd.read_csv(MEASURED), cohort.adsl["TRT01A"].value_counts().min()
    sizes = rows["size"].unique()
    tried = max((size for size in sizes if size <= smallest), default=sizes.min())
    return rows[(rows["size"] == tried) & rows["is_jittered"]].reset_index(drop=True)


def _outcome(name: str, arm: Arm, made: pd.DataFrame) -> str:
    left = [int((made["AVAL"] >= time).sum()) for time in arm.risk_times]
    events = int((made["CNSR"] == EVENT).sum())
    told = "" if arm.events is None else f" ({arm.events} printed)"
    risks = f"numbers at risk at most {np.abs(np.array(left) - arm.at_risk).max()} off"
    return f"{name}: {counted(len(made), 'patient')}, {counted(events, 'event')}{told}, {risks}"
