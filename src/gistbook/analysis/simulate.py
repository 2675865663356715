"""Synthetic patients, tuned to a published abstract or not: their courses, the tables of a cohort, and its folder.

Times of many cohorts at once come from numpy, by a generator that is handed over. Every other variate comes from
`random.Random` seeded with the seed, the patient and the purpose, so that the bytes depend neither on a library's
version nor on how many variates another patient took. What is assumed, and where each value comes from, stands in
`data/README.md`.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from math import log
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.conventions import PAPER, SEED, DataError, days, months, rounded
from gistbook.schemas import INDICATIONS, TABLES, names

FIRST_RESISTANCE, LAST_RESISTANCE = date(2006, 1, 1), date(2015, 12, 31)
DATA_CUTOFF = date(2018, 12, 31)
FIRST_IMATINIB = date(2001, 7, 1)
AVAILABLE = {"imatinib": date(2003, 8, 1), "sunitinib": date(2008, 7, 1), "regorafenib": date(2013, 9, 1)}
"""First day on which the model gives a drug outside a trial: assumed, as is the first day of imatinib in one."""

ROLES = ["reoperated"] * 5 + ["switched"] * 9 + ["imatinib_to_the_end"] + ["progression_free"] * 2 + ["lost_early"]
"""Course after the first operation, one entry a surgical patient; the first three kinds progress."""

MEDICAL = 19
"""Patients with generalized resistance, who are not operated on."""

SCALES = {"progression": 1.0, "extension": 1.0, "later_lines": 1.0}
"""Factors on the time to progression, on the extension after a re-operation, and on the time on each later drug."""

TARGETS = {"progression": "pfs_median", "extension": "imcont_median", "later_lines": "os_median"}
"""For each scale, in the order of tuning, the claim to which it is tuned."""

_SHAPE = 1.4
_TYPICAL_DAYS = {"progression": 500, "extension": 300}
_MOST_ROUNDS = 12
_SOONEST_DAYS, _SCAN_DAYS = 42, 90
_LATER_LINES = {"sunitinib": (1, 7.5), "regorafenib": (0.8, 7.0), "imatinib": (0.7, 2.5)}
_TOXIC, _RESPONDS = 0.12, 0.07
_COMPLICATIONS = {"0": "", "I": "wound infection", "II": "intra-abdominal infection"}
_SCHEDULES = {"imatinib": "continuous", "sunitinib": "4 weeks on, 2 off", "regorafenib": "3 weeks on, 1 off"}
_DOSES = {"imatinib": (400, 300), "sunitinib": (50, 37.5, 25), "regorafenib": (160, 120, 80)}
_DAYS_AT_DOSE = {"imatinib": (60, 4000), "sunitinib": (30, 210), "regorafenib": (28, 150)}

BUILT_IN = (
    "n_patients", "n_surgical", "n_medical", "first_year", "last_year", "serious_complications", "imatinib_restarted",
    "reoperated",
)  # fmt: skip
"""Claims that the model itself is made to keep, tuned or not."""

CHOSEN = ("dose_intensity", "second_line_outcome")
"""Claims that the bundled cohort keeps because it was chosen among many draws."""

_SETTINGS = Path(__file__).with_suffix(".toml")
"""The `cohort.toml` of a drawn cohort, with what differs from one to another in braces."""


class Period(NamedTuple):
    """A drug from its first day to its last, and why it ended; no last day while it goes on."""

    drug: str
    start: date
    end: date | None
    reason: str


class Course(NamedTuple):
    """One patient's dates in order, progressions on imatinib only; those after `last_seen` have not been observed."""

    random: Callable[[str], Random]
    patient_id: str
    role: str
    resistance: date
    operations: list[date]
    progressions: list[date]
    off_imatinib: date | None
    later_lines: list[Period]
    last_seen: date
    died: bool


def write_cohort(folder: Path, seed: int, published: dict[str, str]) -> None:
    """Draw a synthetic cohort and write its folder; the same seed writes the same bytes.

    `published` are the medians in months, as printed, by the claims of `TARGETS`, to which it is tuned until the book's
    own rules print them. Raises `DataError` if with this seed it cannot be tuned, and `UsageError` if what is there is
    not a synthetic cohort; it is untouched.
    """
    from gistbook.intake.settings import SETTINGS_FILE, refuse_another_cohort

    refuse_another_cohort(folder, "synthetic")
    targets = {scale: (key, published[key]) for scale, key in TARGETS.items() if key in published}
    scales = calibrate(lambda scales: _medians(tables(courses(seed, scales))), targets)
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables(courses(seed, scales)).items():
        rows.to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")
    chosen = CHOSEN if seed == SEED and targets else ()
    claims = json.dumps([*BUILT_IN, *chosen, *(key for key, _ in targets.values())], indent=4)
    text = _SETTINGS.read_text(encoding="utf-8").format(seed=seed, cutoff=DATA_CUTOFF, doi=PAPER, tuned=claims)
    (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")


def courses(seed: int, scales: dict[str, float]) -> list[Course]:
    """Draw the courses of patients, the surgical ones first; `scales` are factors on the durations, as in `SCALES`."""
    roles = Random(f"{seed} roles").sample(ROLES, len(ROLES)) + ["medical"] * MEDICAL
    return [_course(seed, f"SYN-{i + 1:02d}", role, scales) for i, role in enumerate(roles)]


def tables(drawn: list[Course]) -> dict[str, pd.DataFrame]:
    """The four tables of drawn patients as a hospital would have them: text in our columns, blank where missing."""
    rows = {"patients": _patient, "operations": _operations, "exposures": _exposures, "assessments": _assessments}
    return {table: _as_text(table, [row for course in drawn for row in rows[table](course)]) for table in TABLES}


def calibrate(measure: Callable[[dict], dict], targets: dict[str, tuple[str, str]]) -> dict[str, float]:
    """Find the scales under which the project's own rules give the published figures.

    `measure` makes of scales the medians in months by key; `targets` has for each scale, in the order of tuning, the
    key that it moves and the value as printed. Raises `DataError` if no factor gives a target with this seed; another
    seed may.
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


def observed(event: np.ndarray, censoring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The times that are seen, and whether each is that of the event; of the two on one day, it is."""
    return np.minimum(event, censoring), event <= censoring


def _medians(drawn: dict[str, pd.DataFrame]) -> dict[str, float]:
    """The medians in months to which a synthetic cohort is tuned, as the chapters estimate them."""
    from gistbook.analysis import endpoints, estimates, lifetable
    from gistbook.intake import checks
    from gistbook.intake.cohort import assemble
    from gistbook.intake.settings import Formats, Settings

    typed, findings = checks.check(drawn, Formats(), DATA_CUTOFF)
    if findings:
        raise DataError("The model drew a cohort that breaks the rules.", findings)
    cohort = assemble(typed, Settings(access="synthetic"))
    derived = {"pfs_median": endpoints.derive_pfs, "imcont_median": endpoints.derive_imcont}
    derived["os_median"] = endpoints.derive_os
    curves = {key: estimates.survival(lifetable.count(derive(cohort))) for key, derive in derived.items()}
    return {key: float(months(estimates.quantile(curve)["estimate"].iloc[0])) for key, curve in curves.items()}


def _factor(months_at: Callable[[float], float], printed: str, scale: str) -> float:
    """The factor at which a median, which grows with it, prints as wanted: by halving on the log scale."""
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
    first = date(2012, 1, 1) if role == "progression_free" else FIRST_RESISTANCE
    resistance = _later(first, rng.randrange((LAST_RESISTANCE - first).days))
    spans = {name: rng.weibullvariate(typical, _SHAPE) * scales[name] for name, typical in _TYPICAL_DAYS.items()}
    operations, progressions = _on_imatinib(rng, role, resistance, spans)
    progression = (progressions or [resistance])[-1]
    switches = role in ("reoperated", "switched", "medical")
    lines = _after_imatinib(random, progression, scales["later_lines"]) if switches else []
    off = _later(progression, random("off").randint(2, 10)) if switches else None
    rng, lost = random("follow-up"), role == "lost_early"
    last_seen = _later(resistance, rng.randint(200, 330)) if lost else DATA_CUTOFF - timedelta(days=rng.randint(0, 60))
    death = _death(random("death"), role, progression, lines) or date.max
    end = min(death, last_seen)
    return Course(random, patient_id, role, resistance, operations, progressions, off, lines, end, end == death)


def _on_imatinib(rng: Random, role: str, resistance: date, spans: dict) -> tuple[list[date], list[date]]:
    if role == "medical":
        return [], []
    operations = [_later(resistance, rng.randint(20, 90))]
    progressions = [_later(operations[0], max(spans["progression"], _SOONEST_DAYS))]
    if role == "reoperated":
        operations.append(_later(progressions[0], rng.randint(20, 60)))
        progressions.append(_later(operations[1], max(spans["extension"], _SOONEST_DAYS)))
    return operations, [] if role in ("progression_free", "lost_early") else progressions


def _after_imatinib(random: Callable[[str], Random], progression: date, scale: float) -> list[Period]:
    """The drugs after imatinib, imatinib itself among them, each until progression or toxicity, as if for ever."""
    lines = []
    for drug, (share, median) in _LATER_LINES.items():
        rng = random(drug)
        start = _later(lines[-1].end if lines else progression, rng.randint(14, 35))
        typical = days(median) / log(2) ** (1 / _SHAPE)
        days_on, until_toxic = rng.weibullvariate(typical, _SHAPE) * scale, rng.uniform(15, 120)
        chosen, toxic = rng.random() < share, rng.random() < _TOXIC and drug != "imatinib"
        if chosen and (not lines or start >= AVAILABLE[drug]):
            end = _later(start, until_toxic if toxic else max(days_on, _SOONEST_DAYS))
            lines.append(Period(drug, start, end, "toxicity" if toxic else "progression"))
    return lines


def _death(rng: Random, role: str, progression: date, lines: list[Period]) -> date | None:
    """Death after supportive care, or on imatinib if no other drug is taken; of nobody who has not progressed."""
    if role in ("progression_free", "lost_early"):
        return None
    return _later(lines[-1].end, rng.randint(20, 150)) if lines else _later(progression, rng.randint(90, 180))


def _chosen(rng: Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _drawn_within(low: float, high: float, draw: Callable[[], float]) -> int:
    return next(value for value in iter(lambda: round(draw()), None) if low <= value <= high)


def _imatinib_start(course: Course) -> date:
    rng, most = course.random("imatinib"), min(days(119), (course.resistance - FIRST_IMATINIB).days)
    return course.resistance - timedelta(days=_drawn_within(days(5), most, lambda: days(rng.lognormvariate(3.25, 0.6))))


def _lesions(course: Course) -> tuple[int, int]:
    """Lesions that grow at resistance, and others that are visible: fewer in whom an operation held for a year."""
    rng, long = course.random("lesions"), timedelta(days=365)
    held = course.operations and (course.progressions or [date.max])[0] - course.operations[0] > long
    growing = rng.choice([1, 1, 1, 2, 3]) if course.operations else rng.randint(4, 12)
    return growing, rng.randint(0, 3 if held else 6)


def _restart(course: Course, day: date) -> date:
    return _later(day, course.random(f"restart {day}").randint(10, 40))


def _patient(course: Course) -> list[dict]:
    rng, surgical = course.random("baseline"), course.role != "medical"
    growing, others = _lesions(course)
    age = (39, 69, lambda: rng.gauss(58, 8)) if surgical else (40, 79, lambda: rng.gauss(61, 9))
    sites = rng.choice([["liver"], ["peritoneum"], ["liver"], ["peritoneum"], ["liver", "peritoneum"]])
    return [
        {
            "patient_id": course.patient_id,
            "sex": _chosen(rng, {"male": 13, "female": 4}),
            "age": _drawn_within(*age),
            "primary_site": _chosen(rng, {"stomach": 6, "duodenum": 3, "small bowel": 8}),
            "metastatic_sites": ";".join(sites),
            "mutation": _chosen(rng, {"KIT exon 11": 14, "KIT exon 9": 2, "PDGFRA or wild type": 1, "": 3}),
            "ecog": _chosen(rng, {"0": 7, "1": 3} if surgical else {"0": 5, "1": 4, "2": 1}),
            "imatinib_start": _imatinib_start(course),
            "resistance_date": course.resistance,
            "growing_lesions": growing,
            "total_lesions": growing + others,
            "resistance_pattern": "localized" if surgical else "generalized",
            "last_contact": course.last_seen,
            "death_date": course.last_seen if course.died else "",
            "cause_of_death": "disease" if course.died else "",
        }
    ]


def _operations(course: Course) -> list[dict]:
    seen = zip(course.operations, INDICATIONS, strict=False)
    return [_operation(course, day, indication) for day, indication in seen if day < course.last_seen]


def _operation(course: Course, day: date, indication: str) -> dict:
    rng = course.random(f"operation {indication}")
    grade, restart = _chosen(rng, {"0": 12, "I": 3, "II": 3}), _restart(course, day)
    resistant = _chosen(rng, {"R0": 6, "R1": 3, "R2": 1})
    return {
        "patient_id": course.patient_id,
        "operation_date": day,
        "indication": indication,
        "procedure": _chosen(rng, {"resection": 7, "resection and ablation": 2}),
        "resection_resistant": resistant,
        "resection_all": "R2" if _lesions(course)[1] > 2 else resistant,
        "operative_minutes": rng.randint(12, 42) * 10,
        "blood_loss_ml": round(rng.lognormvariate(5.5, 0.9), -1),
        "complication": _COMPLICATIONS[grade],
        "complication_date": "" if grade == "0" else _later(day, rng.randint(2, 12)),
        "clavien_dindo": grade,
        "imatinib_restart": restart if restart <= course.last_seen else "",
    }


def _exposures(course: Course) -> list[dict]:
    """The periods at one dose: imatinib, with a pause at each operation, then each later line."""
    starts = [_imatinib_start(course), *(_restart(course, day) for day in course.operations)]
    ends = [*(day - timedelta(days=1) for day in course.operations), course.off_imatinib]
    reasons = [*("operation" for _ in course.operations), "progression"]
    periods = [Period("imatinib", *rest) for rest in zip(starts, ends, reasons, strict=True)] + course.later_lines
    first = {period.drug: period.start for period in reversed(periods)}
    rows = [row for period in periods for row in _at_doses(course, period, first[period.drug])]
    return [row for row in rows if row["start"] <= course.last_seen]


def _at_doses(course: Course, period: Period, first: date) -> list[dict]:
    """One period of a drug first taken on a day, a row per dose: an interruption, then a lower one, and no way back."""
    rng, rows, start, reduced = course.random(f"reductions of {period.drug}"), [], period.start, first
    *higher, lowest = _DOSES[period.drug]
    for dose in higher:
        reduced = _later(reduced, rng.uniform(*_DAYS_AT_DOSE[period.drug]))
        last = reduced - timedelta(days=rng.randint(7, 28))
        if reduced >= (period.end or course.last_seen):
            return [*rows, _at_dose(course, period._replace(start=start), dose)]
        if last > start:
            rows.append(_at_dose(course, Period(period.drug, start, last, "interruption"), dose))
            start = reduced
    return [*rows, _at_dose(course, period._replace(start=start), lowest)]


def _at_dose(course: Course, period: Period, dose: float) -> dict:
    drug, start, end, reason = period
    if end is None or end > course.last_seen:
        end, reason = (course.last_seen, "death") if course.died else ("", "")
    in_trial = "yes" if start < AVAILABLE[drug] else "no"
    values = (course.patient_id, drug, _SCHEDULES[drug], start, end, dose, reason, in_trial)
    return dict(zip(names(TABLES["exposures"]), values, strict=True))


def _assessments(course: Course) -> list[dict]:
    """Scans about every three months on treatment, the one that showed resistance and every progression among them."""
    ends = [*course.progressions, None][: len(course.operations)]
    treated = [Period("imatinib", *rest, "progression") for rest in zip(course.operations, ends, strict=True)]
    scans = [_progression(course, course.resistance)]
    for period in treated + course.later_lines:
        scans += _between(course, period)
        scans += [_progression(course, period.end)] if period.end and period.reason == "progression" else []
    seen = [(course.patient_id, *scan) for scan in scans if scan[0] <= course.last_seen]
    return [dict(zip(names(TABLES["assessments"]), scan, strict=True)) for scan in seen]


def _progression(course: Course, day: date) -> tuple[date, str, str]:
    """A scan that shows progression: localized if it was operated on, generalized otherwise."""
    operated = any(0 < (operation - day).days <= 90 for operation in course.operations)
    return day, "PD", "localized" if operated else "generalized"


def _between(course: Course, period: Period) -> list[tuple[date, str, str]]:
    """Scans before the end of a period; a response to a new drug lasts until it, and imatinib gives none."""
    rng = course.random(f"scans {period.start}")
    response = "PR" if rng.random() < _RESPONDS and period.drug != "imatinib" else "SD"
    span = ((period.end or course.last_seen) - period.start).days
    count = max(1, round(span / _SCAN_DAYS))
    days_on = [round(span * i / count) + rng.randint(-7, 7) for i in range(1, count)]
    return [(period.start + timedelta(days=day), response, "") for day in days_on]


def _as_text(table: str, rows: list[dict]) -> pd.DataFrame:
    columns = [name for name in names(TABLES[table]) if any(name in row for row in rows)]
    return pd.DataFrame([[str(row.get(name, "")) for name in columns] for row in rows], columns=columns)
