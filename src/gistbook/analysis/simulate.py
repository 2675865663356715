"""Draw the courses of synthetic patients, tuned to a published abstract or not; `records` writes them down.

Times of many cohorts at once come from numpy, by a generator that is handed over. Every other variate comes from
`random.Random` seeded with the seed, the patient and the purpose, so that the bytes depend neither on a library's
version nor on how many variates another patient took. What is assumed, and where each value comes from, stands in
`data/README.md`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.conventions import DataError, rounded

SEED = 9
"""Seed of the bundled cohort: with it the scales can be tuned, and second-line outcome is alike in both groups."""

FIRST_RESISTANCE, LAST_RESISTANCE = date(2006, 1, 1), date(2015, 12, 31)
DATA_CUTOFF = date(2019, 12, 31)
AVAILABLE = {"imatinib": date(2003, 8, 1), "sunitinib": date(2008, 7, 1), "regorafenib": date(2013, 9, 1)}
"""First day on which the model gives a drug outside a trial: assumed, to be checked against the regulator."""

ROLES = ["reoperated"] * 5 + ["switched"] * 9 + ["imatinib_to_the_end"] + ["progression_free"] * 2 + ["lost_early"]
"""Course after the first operation, one entry a surgical patient; the first three kinds progress."""

MEDICAL = 19
"""Patients with generalized resistance, who are not operated on."""

SCALES = {"progression": 1.0, "extension": 1.0, "survival": 1.0}
"""Factors on the time to progression, on the extension after a re-operation, and on survival after imatinib."""

_TYPICAL_DAYS = {"progression": 500, "extension": 300, "survival": 800}


_MOST_ROUNDS = 12


class Course(NamedTuple):
    """One patient's dates in order; those after `last_seen` have not been observed."""

    random: Callable[[str], Random]
    patient_id: str
    role: str
    resistance: date
    operations: list[date]
    progressions: list[date]
    off_imatinib: date | None
    switches: dict[str, date]
    last_seen: date
    died: bool


def courses(seed: int, scales: dict[str, float] = SCALES) -> list[Course]:
    """Draw the courses of a cohort's patients.

    Parameters
    ----------
    seed : int
        Seed of every variate.
    scales : dict
        Factors on the durations, as in `SCALES`, which are those of the model before any calibration.

    Returns
    -------
    list of Course
        One per patient, the surgical ones first.
    """
    roles = Random(f"{seed} roles").sample(ROLES, len(ROLES)) + ["medical"] * MEDICAL
    return [_course(seed, f"SYN-{i + 1:02d}", role, scales) for i, role in enumerate(roles)]


def calibrate(measure: Callable[[dict], dict], targets: dict[str, tuple[str, str]]) -> dict[str, float]:
    """Find the scales under which the project's own rules give the published figures.

    Parameters
    ----------
    measure : callable
        From scales to medians in months by key, of a cohort drawn under them with one seed.
    targets : dict
        For each scale, in the order in which they are tuned: the key that it moves, and the value as printed.

    Raises
    ------
    DataError
        No factor gives a target with this seed; another seed may.
    """
    scales = dict(SCALES)
    for _ in range(_MOST_ROUNDS):
        medians = measure(scales)
        off = [scale for scale, (key, printed) in targets.items() if rounded(medians[key], 1) != printed]
        if not off:
            return scales
        # A later scale may move an earlier median a little, so that one round need not be enough.
        key, printed = targets[off[0]]
        scales[off[0]] = _factor(lambda f, s=off[0], k=key: measure({**scales, s: f})[k], printed, off[0])
    raise DataError("With this seed the scales cannot be tuned together; draw with another --seed.")


def weibull_times(median: float, shape: float, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw Weibull times of this median and in its unit, one row per cohort; of shape 1, the hazard is constant."""
    return median * (rng.standard_exponential(size) / np.log(2)) ** (1 / shape)


def times_from_curve(curve: pd.DataFrame, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw times from one group's curve, in its unit, one row per cohort; infinite where the curve ends before."""
    levels = 1 - rng.random(size)
    place = np.searchsorted(-curve["survival"].to_numpy(dtype=float), -levels, side="right")
    return np.append(curve["time"].to_numpy(dtype=float), np.inf)[place]


def observed(event: np.ndarray, censoring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the times that are seen, and whether each is that of the event; of the two on one day, it is."""
    return np.minimum(event, censoring), event <= censoring


def _factor(months_at: Callable[[float], float], printed: str, scale: str) -> float:
    """Return the factor at which a median, which grows with it, prints as wanted: by halving on the log scale."""
    low, high = 0.05, 20.0
    for _ in range(50):
        middle = (low * high) ** 0.5
        months = months_at(middle)
        if rounded(months, 1) == printed:
            return middle
        low, high = (middle, high) if months < float(printed) else (low, middle)
    raise DataError(f"With this seed no {scale} gives {printed} months; draw with another --seed.")


def _later(start: date, wait: float) -> date:
    return start + timedelta(days=max(1, round(wait)))


def _course(seed: int, patient_id: str, role: str, scales: dict[str, float]) -> Course:
    def random(purpose: str) -> Random:
        return Random(f"{seed} {patient_id} {purpose}")

    rng = random("course")
    resistance = _later(FIRST_RESISTANCE, rng.randrange((LAST_RESISTANCE - FIRST_RESISTANCE).days))
    spans = {name: rng.weibullvariate(typical, 1.4) * scales[name] for name, typical in _TYPICAL_DAYS.items()}
    operations, progressions = _on_imatinib(rng, role, resistance, spans)
    last_imatinib_progression = (progressions or [resistance])[-1]
    later_lines = _after_imatinib(random("later lines"), role, last_imatinib_progression, spans["survival"])
    switches, on_second_line, death = later_lines
    last_seen = _last_seen(random("follow-up"), role, resistance)
    died = death is not None and death <= last_seen
    off = _later(last_imatinib_progression, random("off").randint(2, 10)) if switches else None
    progressions = progressions + on_second_line
    end = death if died else last_seen
    return Course(random, patient_id, role, resistance, operations, progressions, off, switches, end, died)


def _on_imatinib(rng: Random, role: str, resistance: date, spans: dict) -> tuple[list[date], list[date]]:
    """Return operations and progressions up to the one at which imatinib ends."""
    if role == "medical":
        return [], []
    operations = [_later(resistance, rng.randint(20, 90))]
    progressions = [_later(operations[0], spans["progression"])]
    if role == "reoperated":
        operations.append(_later(progressions[0], rng.randint(20, 60)))
        progressions.append(_later(operations[1], spans["extension"]))
    return operations, [] if role in ("progression_free", "lost_early") else progressions


def _after_imatinib(rng: Random, role: str, off: date, survival: float) -> tuple[dict, list[date], date | None]:
    """Return the switches of drug, the progression on second line, and death, as if followed for ever."""
    if role in ("progression_free", "lost_early"):
        return {}, [], None
    if role == "imatinib_to_the_end":
        return {}, [], _later(off, survival / 2)
    second = _later(off, rng.randint(14, 35))
    progression = _later(second, survival * rng.uniform(0.2, 0.6))
    third = _later(progression, rng.randint(10, 30))
    switches = {"sunitinib": second}
    if third >= AVAILABLE["regorafenib"] and rng.random() < 0.7:
        switches["regorafenib"] = third
    return switches, [progression], _later(second, survival)


def _last_seen(rng: Random, role: str, resistance: date) -> date:
    if role == "lost_early":
        return _later(resistance, rng.randint(200, 330))
    return DATA_CUTOFF - timedelta(days=rng.randint(0, 60))
