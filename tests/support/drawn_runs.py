"""Runs drawn by hand, in the shape in which a build leaves its folder."""

import json
from pathlib import Path

from gistbook.book.comparison.runs import Run
from gistbook.conventions import DAYS_PER_MONTH
from gistbook.schemas import BASELINE, CURVE, FLOW, names

FIRST_OPERATION = "the first operation"


def median(value: float | None, lower: float | None = None, upper: float | None = None, **others) -> dict:
    """Return what is pasted of a median in months."""
    record = {"phrase": f"{value} months", "value": value, "lower": lower, "upper": upper, "unit": "months"}
    return {**record, "measure": "quantile", "level": 0.95, "events": 5, "n": 9, "group": None, "origin": "", **others}


def words(phrase: str) -> dict:
    """Return what is pasted of words."""
    return {"phrase": phrase, "value": None}


def part(count: int, n: int) -> dict:
    """Return what is pasted of how many of how many."""
    return {"phrase": f"{count} of {n}", "value": float(count), "share": count / n, "n": n, "unit": "count"}


def count(n: int) -> dict:
    """Return what is pasted of a count."""
    return {"phrase": str(n), "value": float(n), "unit": "count"}


def frame(columns: tuple, rows: list[dict]) -> dict:
    """Return a frame as a book keeps it; what a row does not name is unknown."""
    return {"columns": names(columns), "rows": [[row.get(name) for name in names(columns)] for row in rows]}


def curve(last_month: int, groups: tuple[str, ...] = ("S-group",), step: int = 12) -> dict:
    """Return a survival figure: two of three patients die, and marks of the risk table every so many months."""
    steps = [(0, 1.0, 3, 0, 0), (last_month / 2, 2 / 3, 3, 1, 0), (last_month, 1 / 3, 2, 1, 1)]
    rows = [
        {
            "group": group,
            "time": month * DAYS_PER_MONTH,
            "survival": height,
            "lower": None,
            "upper": None,
            "level": 0.95,
        }
        | {"at_risk": at_risk, "events": events, "censored": censored}
        for group in groups
        for month, height, at_risk, events, censored in steps
    ]
    marks = range(0, -(-last_month // step) * step + 1, step)
    counted = [
        [g, mark * DAYS_PER_MONTH, sum(mark <= t for t in (last_month / 2, last_month, last_month))]
        for g in groups
        for mark in marks
    ]
    return {"curve": frame(CURVE, rows), "at_risk": {"columns": ["group", "time", "at_risk"], "rows": counted}}


def flow(**steps: int) -> dict:
    """Return a flow: everybody recorded, and the steps that come from there."""
    rows = [{"step": "Patients recorded", "count": sum(steps.values()), "parent": ""}]
    rows += [{"step": step.replace("_", " "), "count": n, "parent": "Patients recorded"} for step, n in steps.items()]
    return {"frame": frame(FLOW, rows)}


def table_1(**levels: int) -> dict:
    """Return the sexes of the S-group, of ten patients."""
    rows = [
        {"characteristic": "Sex", "level": level, "group": "S-group", "kind": "count", "count": n, "n": 10}
        | {"estimate": n / 10, "difference": None}
        for level, n in levels.items()
    ]
    return {"frame": frame(BASELINE, rows)}


def run(letter: str = "A", values: dict | None = None, **others) -> Run:
    """Return a run of one chapter, `overall_survival`, that pasted these values."""
    told = {"name": "mine", "title": "My centre", "access": "public", "parameters": {}, "clocks": {}, "commit": ""}
    told |= {"values": {"overall_survival": values or {}}, "frames": {}}
    return Run(letter, **{**told, **others})


def pair(ours: dict, theirs: dict, **others) -> tuple[Run, Run]:
    """Return two runs whose one chapter pasted these values."""
    return run("A", ours, **others), run("B", theirs, name="theirs", **others)


def write(place: Path, values: dict, frames: dict | None, **about) -> Path:
    """Write the folder of a run, as a build leaves it."""
    place.mkdir(parents=True)
    told = {"name": place.name, "title": f"Cohort {place.name}", "access": "public", "clocks": {}}
    for name, content in {"values": values, "frames": frames, "run": {**told, **about}}.items():
        if content is not None:
            (place / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return place
