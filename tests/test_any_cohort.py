"""Cohorts that lack nearly everything still give a complete book, with words where there is nothing to show."""

import re

import pytest

from gistbook import build
from subjects import ASSESSMENTS, EXPOSURES, OPERATIONS, PATIENTS, SETTINGS, folder, whole_folder

BRIEF = {"only_datasets": ["larynx"]}
"""One chapter looks at no cohort, and need not compare everything each time."""

CONFIDENTIAL = SETTINGS.replace("public", "confidential")


def one_patient(place):
    lines = [text.strip().splitlines() for text in (PATIENTS, OPERATIONS, ASSESSMENTS, EXPOSURES)]
    tables = ["\n".join([rows[0], *(row for row in rows[1:] if row.startswith("a,"))]) for rows in lines]
    names = ["patients", "operations", "assessments", "exposures"]
    return folder(place, **dict(zip(names, tables, strict=True)))


def nobody_dies(place):
    alive = [row.rpartition(",")[0] + "," for row in PATIENTS.strip().splitlines()[1:]]
    scans = ASSESSMENTS.replace("PD", "SD")
    patients = "\n".join([PATIENTS.strip().splitlines()[0], *alive])
    return folder(place, patients=patients, operations=OPERATIONS, assessments=scans, exposures=EXPOSURES)


def one_group(place):
    patients = PATIENTS.replace("resistance_pattern", "unused").replace("sex", "unused_too")
    return folder(place, SETTINGS + '\n[parameters]\norigin = "resistance"', patients=patients)


def patients_only(place):
    return folder(place, patients=PATIENTS)


def confidential(place):
    return whole_folder(place, CONFIDENTIAL)


@pytest.mark.parametrize("draw", [one_patient, nobody_dies, one_group, patients_only, confidential])
def test_any_cohort_gives_a_complete_book(draw, tmp_path):
    planned = build.plan(draw(tmp_path / "drawn"), BRIEF, 2, lambda said: None)
    run = build.build(planned, tmp_path / "out")
    pages = {page.stem: page.read_text() for page in (run.folder / "html" / "chapters").glob("*.html")}

    assert set(pages) >= {chapter.slug for chapter in planned.chapters}
    assert [slug for slug, page in pages.items() if re.search(r"[>\s(]nan[<\s,)]", page, re.IGNORECASE)] == []
