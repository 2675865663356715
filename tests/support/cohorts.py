"""Cohorts that several tests make books of."""

import json
from pathlib import Path

from gistbook.analysis import simulate

SHEET = Path(__file__).parents[2].parent / "shared" / "cohorts" / "pancreatic" / "pancreatic.csv"

PANCREATIC = f"""
title = "Imatinib and gemcitabine in pancreatic cancer (Moss et al. 2012)"
access = "public"

[tables]
patients = {json.dumps(str(SHEET))}

[[tables.assessments]]
file = {json.dumps(str(SHEET))}
patient_id = "rownames"
assessment_date = "progression"
response = {{ constant = "PD" }}

[columns.patients]
rownames = "patient_id"
stage = "group"
onstudy = "resistance_date"
death = "death_date"

[values.patients.group]
M = "Metastatic"
LA = "Locally advanced"

[formats]
dates = "%m/%d/%Y"
missing = ["."]

[parameters]
origin = "resistance"

[clocks]
resistance = "entry into the trial"
"""

OF_NO_COHORT = ("known_truth", "validation", "your_cohort", "data_dictionary")
"""Chapters whose results are the same in the book of any cohort; of many books, not each has to make them again."""


def without(folder: Path, *chapters: str) -> Path:
    """Leave chapters out of the book of a folder."""
    with (folder / "cohort.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[book]\nleave_out = {json.dumps(chapters)}\n")
    return folder


def confidential(place: Path) -> Path:
    """Write the folder of a drawn cohort that is declared confidential."""
    simulate.write_cohort(place, 2, {})
    settings = 'title = "Drawn patients of one ward"\naccess = "confidential"\ndata_cutoff = 2019-12-31\n'
    (place / "cohort.toml").write_text(settings, encoding="utf-8")
    return place
