"""Small drawings of subjects and of cohort folders, from which tests start."""

import re
from pathlib import Path

import pandas as pd

from gistbook.analysis import lifetable

PATIENTS = """
patient_id,sex,age,resistance_date,resistance_pattern,last_contact,death_date
a,female,60,2010-01-01,localized,2012-01-01,2012-01-01
b,male,50,2010-02-01,localized,2013-01-01,
c,male,70,2011-01-01,generalized,2012-06-01,2012-06-01
d,female,40,2011-03-01,generalized,2014-01-01,
"""

OPERATIONS = """
patient_id,operation_date,indication
a,2010-02-01,resistance
b,2010-03-01,resistance
b,2011-03-01,further_progression
"""

ASSESSMENTS = """
patient_id,assessment_date,response
a,2010-06-01,SD
a,2010-12-01,PD
b,2010-09-01,SD
b,2011-02-01,PD
b,2012-12-01,SD
"""

EXPOSURES = """
patient_id,drug,start,end
a,imatinib,2008-01-01,2010-01-31
a,imatinib,2010-02-20,2011-01-10
a,sunitinib,2011-01-20,2011-09-01
b,imatinib,2008-01-01,
"""

SETTINGS = """
title = "Drawn patients"
access = "public"
"""

LONG_NAMES = {"a": "NCC-04127", "b": "NCC-05773", "c": "K7", "d": "d"}
"""Identifiers of the drawn patients: two long ones and two short ones."""


def counts(drawing: str) -> pd.DataFrame:
    """Return the counts of drawn subjects: a line each of group, entry, exit and 1 for an event."""
    rows = [line.split() for line in drawing.strip().splitlines()]
    frame = pd.DataFrame(rows, columns=["TRTA", "ENTRYDY", "AVAL", "event"]).astype({"ENTRYDY": float, "AVAL": float})
    return lifetable.count(frame.assign(CNSR=1 - frame["event"].astype(int)))


def folder(place: Path, settings: str = SETTINGS, **tables: str) -> Path:
    """Write a cohort folder: the text of its `cohort.toml` and of each of its tables."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "cohort.toml").write_text(settings.strip() + "\n", encoding="utf-8")
    for table, text in tables.items():
        (place / f"{table}.csv").write_text(text.strip() + "\n", encoding="utf-8")
    return place


def whole_folder(place: Path, settings: str = SETTINGS) -> Path:
    """Write a folder of four drawn patients with all four tables."""
    texts = {"patients": PATIENTS, "operations": OPERATIONS, "assessments": ASSESSMENTS, "exposures": EXPOSURES}
    return folder(place, settings, **texts)


def renamed(table: str) -> str:
    """Return a table of the drawn patients under their longer names."""
    return re.sub(r"^([abcd]),", lambda match: f"{LONG_NAMES[match[1]]},", table, flags=re.MULTILINE)


def named_folder(place: Path) -> Path:
    """Write a folder of four drawn patients under their longer names, without exposures."""
    texts = {"patients": PATIENTS, "operations": OPERATIONS, "assessments": ASSESSMENTS}
    return folder(place, SETTINGS, **{name: renamed(text) for name, text in texts.items()})
