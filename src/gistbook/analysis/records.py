"""Write the courses of synthetic patients down as the four tables of a cohort, as a hospital would have them."""

import json
from datetime import date, timedelta
from random import Random

import pandas as pd

from gistbook.conventions import days
from gistbook.schemas import TABLES, names

_SCAN_DAYS = 90
_SITES = {"stomach": 6, "duodenum": 3, "small bowel": 8}
_MUTATIONS = {"KIT exon 11": 14, "KIT exon 9": 2, "PDGFRA or wild type": 1, "": 3}
_GRADES = {"0": 12, "I": 3, "II": 3}
_COMPLICATIONS = {"0": "", "I": "wound infection", "II": "intra-abdominal infection"}
_SCHEDULES = {"imatinib": "continuous", "sunitinib": "4 weeks on, 2 off", "regorafenib": "3 weeks on, 1 off"}
_AT_FULL_DOSE = {"imatinib": 0.8, "sunitinib": 0.5, "regorafenib": 0.5}
_DOSES = {"imatinib": (400, 300), "sunitinib": (50, 37.5), "regorafenib": (160, 120)}

BUILT_IN = (
    "n_patients",
    "n_surgical",
    "n_medical",
    "first_year",
    "last_year",
    "serious_complications",
    "imatinib_restarted",
    "reoperated",
)
"""Claims that the model itself is made to keep, tuned or not."""

_SYNTHETIC_TOML = """\
# SYNTHETIC: every patient in this folder was drawn by `gistbook simulate` with seed {seed}. None of them lived.
# What the model assumes, and where each value comes from, stands in data/README.md.
title = "Synthetic cohort after Wada et al. 2021"
access = "synthetic"
data_cutoff = {cutoff}
# The paper that these patients stand for: its claims are held against them.
reproduces = "{doi}"
# The claims to which the model was tuned, so that agreement with them proves nothing.
calibrated_to = {tuned}
"""


def write_down(courses: list, available: dict[str, date]) -> dict[str, pd.DataFrame]:
    """Return the four tables of drawn patients.

    Parameters
    ----------
    courses : list of simulate.Course
        One per patient.
    available : dict of date
        For each drug, the first day on which it was given outside a trial.

    Returns
    -------
    dict of DataFrame
        Tables by name, in the columns of `schemas`, as text; blank where missing.
    """
    rows = {"patients": _patient, "operations": _operations, "assessments": _assessments}
    rows["exposures"] = lambda course: _exposures(course, available)
    return {table: _as_text(table, [row for course in courses for row in rows[table](course)]) for table in TABLES}


def settings(seed: int, cutoff: date, paper: str, tuned: list[str]) -> str:
    """Return the `cohort.toml` of a synthetic cohort, which says in its first line what it is."""
    claims = json.dumps([*BUILT_IN, *tuned], indent=4)
    return _SYNTHETIC_TOML.format(seed=seed, cutoff=cutoff, doi=paper, tuned=claims)


def _chosen(rng: Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _later(start: date, wait: float) -> date:
    return start + timedelta(days=max(1, round(wait)))


def _imatinib_start(course) -> date:
    months_before = min(max(course.random("imatinib").lognormvariate(3.25, 0.6), 5), 96)
    return course.resistance - timedelta(days=round(days(months_before)))


def _restart(course, day: date) -> date:
    return _later(day, course.random(f"restart {day}").randint(10, 45))


def _patient(course) -> list[dict]:
    rng, surgical = course.random("baseline"), course.role != "medical"
    growing = rng.choice([1, 1, 1, 2, 3]) if surgical else rng.randint(4, 12)
    sites = rng.choice([["liver"], ["peritoneum"], ["liver"], ["peritoneum"], ["liver", "peritoneum"]])
    return [
        {
            "patient_id": course.patient_id,
            "sex": _chosen(rng, {"male": 13, "female": 4}),
            "age": min(max(round(rng.gauss(58, 8)), 39), 69) if surgical else min(max(round(rng.gauss(61, 9)), 40), 79),
            "primary_site": _chosen(rng, _SITES),
            "metastatic_sites": ";".join(sites),
            "mutation": _chosen(rng, _MUTATIONS),
            "ecog": _chosen(rng, {"0": 7, "1": 3} if surgical else {"0": 5, "1": 4, "2": 1}),
            "imatinib_start": _imatinib_start(course),
            "resistance_date": course.resistance,
            "growing_lesions": growing,
            "total_lesions": growing + rng.randint(0, 6),
            "resistance_pattern": "localized" if surgical else "generalized",
            "last_contact": course.last_seen,
            "death_date": course.last_seen if course.died else "",
            "cause_of_death": "disease" if course.died else "",
        }
    ]


def _operations(course) -> list[dict]:
    return [
        _operation(course.random(f"operation {i}"), course, day, "further_progression" if i else "resistance")
        for i, day in enumerate(course.operations)
        if day < course.last_seen
    ]


def _operation(rng: Random, course, day: date, indication: str) -> dict:
    grade, restart = _chosen(rng, _GRADES), _restart(course, day)
    resistant = _chosen(rng, {"R0": 6, "R1": 3, "R2": 1})
    return {
        "patient_id": course.patient_id,
        "operation_date": day,
        "indication": indication,
        "procedure": _chosen(rng, {"resection": 7, "resection and ablation": 2, "ablation": 1}),
        "resection_resistant": resistant,
        "resection_all": "R2" if resistant == "R2" or rng.random() < 0.4 else resistant,
        "operative_minutes": rng.randint(12, 42) * 10,
        "blood_loss_ml": round(rng.lognormvariate(5.5, 0.9), -1),
        "complication": _COMPLICATIONS[grade],
        "complication_date": "" if grade == "0" else _later(day, rng.randint(2, 12)),
        "clavien_dindo": grade,
        "imatinib_restart": restart if restart <= course.last_seen else "",
    }


def _exposures(course, available: dict[str, date]) -> list[dict]:
    """Return the periods at one dose: imatinib, with a pause at each operation, then each further drug."""
    pauses = [(day - timedelta(days=1), _restart(course, day)) for day in course.operations]
    starts = [_imatinib_start(course), *(restart for _, restart in pauses)]
    ends = [*(day for day, _ in pauses), course.off_imatinib]
    periods = [("imatinib", start, end) for start, end in zip(starts, ends, strict=True)]
    line_ends = [course.progressions[-1], None] if course.switches else []
    periods += [(*line, end) for line, end in zip(course.switches.items(), line_ends, strict=False)]
    rows = [row for period in periods for row in _at_doses(course, *period)]
    return [row | {"in_trial": "yes" if row["start"] < available[row["drug"]] else "no"} for row in rows]


def _at_doses(course, drug: str, start: date, end: date | None) -> list[dict]:
    """Return one period of a drug as one row, or as two where the dose was reduced."""
    if start > min(end or course.last_seen, course.last_seen):
        return []
    rng = course.random(f"{drug} {start}")
    end = end if end is not None and end <= course.last_seen else None
    if course.died and end is None:
        end = course.last_seen
    until = end or course.last_seen
    reduced = _later(start, rng.uniform(40, 200))
    full = {
        "patient_id": course.patient_id,
        "drug": drug,
        "schedule": _SCHEDULES[drug],
        "start": start,
        "end": end or "",
    }
    full |= {"dose_mg_per_day": _DOSES[drug][0]}
    if rng.random() < _AT_FULL_DOSE[drug] or reduced >= until:
        return [full | {"stop_reason": _stop_reason(course, end)}]
    lower = full | {"start": reduced, "dose_mg_per_day": _DOSES[drug][1], "stop_reason": _stop_reason(course, end)}
    return [full | {"end": reduced - timedelta(days=1), "stop_reason": "dose reduction"}, lower]


def _stop_reason(course, end: date | None) -> str:
    if end is None:
        return ""
    if end + timedelta(days=1) in course.operations:
        return "operation"
    return "death" if course.died and end == course.last_seen else "progression"


def _assessments(course) -> list[dict]:
    """Return scans about every three months, the one that showed resistance and every progression among them."""
    pattern = "generalized" if course.role == "medical" else "localized"
    scans = [(course.resistance, "PD", pattern)]
    start = (course.operations or [course.resistance])[0]
    for progression in course.progressions:
        scans += _between(course, start, progression)
        scans.append((progression, "PD", "generalized" if progression == course.progressions[-1] else "localized"))
        start = progression
    scans += _between(course, start, course.last_seen)
    columns = names(TABLES["assessments"])[1:]
    rows = [{"patient_id": course.patient_id, **dict(zip(columns, scan, strict=True))} for scan in scans]
    return [row for row in rows if row["assessment_date"] <= course.last_seen]


def _between(course, start: date, end: date) -> list[tuple[date, str, str]]:
    rng = course.random(f"scans {start}")
    span = (end - start).days
    count = max(1, round(span / _SCAN_DAYS))
    days_on = [round(span * i / count) + rng.randint(-7, 7) for i in range(1, count)]
    return [(start + timedelta(days=day), _chosen(rng, {"SD": 5, "PR": 1}), "") for day in days_on]


def _as_text(table: str, rows: list[dict]) -> pd.DataFrame:
    columns = [name for name in names(TABLES[table]) if any(name in row for row in rows)]
    return pd.DataFrame([[str(row.get(name, "")) for name in columns] for row in rows], columns=columns)
