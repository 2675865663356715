"""The columns of every frame that crosses a boundary, read from the table beside; the data dictionary is printed of it.

The four input tables bear names that a surgeon reads (`patient_id`); `cohort` renames them once to the ADaM names
in `Column.adam`. Subject-level columns are uppercase ever after, and estimates are lowercase.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gistbook.conventions import PatientDataError, rows_of


class Column(NamedTuple):
    """One column: its name, kind (`text`, `number`, `date`), unit, permitted values, meaning, and ADaM name."""

    name: str
    kind: str
    meaning: str
    unit: str = ""
    permitted: tuple[str, ...] = ()
    required: bool = False
    adam: str = ""


def names(columns: tuple[Column, ...]) -> list[str]:
    """Names of the columns of a frame, in order."""
    return [column.name for column in columns]


def estimates_only(frame):
    """A frame that may be drawn, set or put into words; `PatientDataError` if a column is uppercase, so a patient's."""
    patients = [str(name) for name in frame.columns if str(name).isupper()]
    if patients:
        raise PatientDataError(f"These columns are of patients, and are neither drawn nor printed: {patients}.")
    return frame


MOST_LEVELS = 20
"""Levels of a free text that a table lists; the rest of them is summed, so that no table grows with the cohort."""

OTHER_LEVELS = "other"
"""Level that stands for those of a free text which few have, where a disclosure policy coarsens."""


def listed_levels(counts: Mapping[str, int], noun: str = "level") -> dict[str, str]:
    """Name under which a table lists each level of a free text, in the order of the table.

    Where there are more than `MOST_LEVELS`, the most frequent keep their names, and the rest is one level, the last.

    >>> listed_levels({"liver": 2, "bone": 1})
    {'bone': 'bone', 'liver': 'liver'}
    >>> list(listed_levels({str(i): 1 for i in range(30)}).values())[-1]
    'other (11 levels)'
    """
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    few = len(ranked) <= MOST_LEVELS
    kept, rest = (ranked, []) if few else (ranked[: MOST_LEVELS - 1], ranked[MOST_LEVELS - 1 :])
    return {level: level for level in sorted(kept)} | dict.fromkeys(rest, f"other ({len(rest)} {noun}s)")


def _frames() -> dict[str, tuple[Column, ...]]:
    frames: dict[str, tuple[Column, ...]] = {}
    for row in rows_of(Path(__file__).with_suffix(".csv")):
        permitted = tuple(filter(None, row.pop("permitted").split("|")))
        frame, is_required = row.pop("frame"), row.pop("required") == "yes"
        frames[frame] = (*frames.get(frame, ()), Column(**row, permitted=permitted, required=is_required))
    return frames


_FRAMES = _frames()


def _permitted(frame: str, name: str) -> tuple[str, ...]:
    return next(column.permitted for column in _FRAMES[frame] if column.name == name)


# Tables of patients: the four input tables, and the subject-level frames that are made of them.

TABLES = {name: _FRAMES[name] for name in ("patients", "operations", "exposures", "assessments")}
PATIENTS, OPERATIONS, EXPOSURES, ASSESSMENTS = TABLES.values()

GRADES = _permitted("operations", "clavien_dindo")
INDICATIONS, OTHER_INDICATIONS = _permitted("operations", "indication"), ("complication", "emergency")
AGAINST_RESISTANCE = tuple(each for each in INDICATIONS if each not in OTHER_INDICATIONS)
RESPONSES = _permitted("assessments", "response")
CRITERIA = ("RECIST 1.1", "modified RECIST", "Choi")
SURGERY, MEDICATION = "S", "M"
GROUP_NAMES = {SURGERY: "S-group", MEDICATION: "M-group"}

TIMES = _FRAMES["times"]
"""Recorded times, as ADaM's ADTTE holds them; they stand in place of the dates that the other tables hold."""

TIME_UNITS = _permitted("times", "AVALU")

PARAMCDS = ("OS", "PFS", "IMCONT", "OSRES", "PFSRES", "OSIM", "PFSIM", "OS2L", "PFS2L")
"""Codes of the recorded times that chapters show."""

INPUTS = {**TABLES, "adtte": TIMES}
"""Every table that a cohort folder may hold; ADaM's ADSL is read as `patients`."""

FIRST_PRESENT = {"GROUPREC": ("TRT01A", "TRT01P", "ARM", "ACTARM"), "TRTA": ("TRTP", "TRT01A", "TRT01P", "ARM")}
"""Columns of ADaM that stand for one of ours where it is missing: the first that the file has."""

ADSL_CODES = {"sex": {"F": "female", "M": "male"}, "died": {"Y": "yes", "N": "no"}}
"""For columns of ADSL, the codes of CDISC and ours."""

ADSL = (*(Column(c.adam, c.kind, c.meaning, c.unit, c.permitted) for c in PATIENTS), *_FRAMES["adsl"])
ADTTE, LINES = _FRAMES["adtte"], _FRAMES["lines"]

# Frames of estimates: lowercase, and of groups of patients only.

CENSORING = "censored"
"""Kind of an exit that is no event."""

WITHHELD_KIND, NO_SUMMARY, ENDED = "withheld", "no summary", "ended"
MARKERS = (WITHHELD_KIND, NO_SUMMARY, ENDED)
"""Kinds that a disclosure policy writes beside those of exits, in rows of nobody: what it holds back of a group.

Everything; a median, test or hazard ratio; what is later than the last time.
"""

ENTERED = "entered"
"""Kind of a row of nobody that tells, of grouped counts, between which numbers the size of the group lies."""

COUNTS = _FRAMES["counts"]
GROUPED = (*COUNTS, *_FRAMES["grouped"])
"""Counts at the edges of intervals, as a disclosure policy releases them; those who are left are censored at the last.

Of them `low` and `high` are 0, since nobody is known to have left; of the row `entered` they bound the group's size.
"""

CURVE, ESTIMATES, INCIDENCE, PRECISION = (_FRAMES[name] for name in ("curve", "estimates", "incidence", "precision"))

VARIANCE = "variance"
"""Column of a curve of grouped counts: variance of the logarithm of survival, with what the grouping leaves open."""

BY_THEN = _FRAMES["by_then"]
"""Columns that estimates at landmarks have beside `ESTIMATES`."""

BASELINE, SAFETY, FLOW = _FRAMES["baseline"], _FRAMES["safety"], _FRAMES["flow"]
MEAN_COUNTS, OPERATION_COUNTS = _FRAMES["mean_counts"], _FRAMES["operation_counts"]
DOSE_INTENSITY, UNJUDGED, LINE_COUNTS = _FRAMES["dose_intensity"], _FRAMES["unjudged"], _FRAMES["line_counts"]

# What others have published: the claims of the abstract, other series, the checklist.

CLAIMS, SERIES, CHECKLIST = _FRAMES["claims"], _FRAMES["series"], _FRAMES["checklist"]

OTHER_DISEASE, DRUG_LINES = ("mixed", "responding"), ("second line", "third line")
PROGRESSIONS = tuple(each for each in _permitted("series", "progression") if each not in OTHER_DISEASE + DRUG_LINES)
