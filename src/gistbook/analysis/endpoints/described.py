"""What each endpoint is, in the attributes by which an estimand is stated, as one table."""

from typing import NamedTuple

import pandas as pd

from gistbook.analysis.endpoints import clocks
from gistbook.conventions import LONGEST_GAP_DAYS, RECORDED_ORIGIN


class Described(NamedTuple):
    """One endpoint: its code and name, its population, its time zero (an origin, or words), its event, the rest.

    `otherwise` says what happens at a new drug, a re-operation and missed scans; `chapters` are those that use it.
    """

    code: str
    name: str
    population: str
    since: str
    event: str
    otherwise: str
    censoring: str
    chapters: tuple[str, ...]


_BOTH_IGNORED = "New drug, re-operation: ignored, follow-up goes on. Missed scans: no matter."
_LINE = "Death before it: competing event. Re-operation: ignored. Missed scans: no matter."
_SCANS = "Missed scans: the event keeps the date of the scan that shows it."

ENDPOINTS = (
    Described(
        "PFS",
        "Progression-free survival",
        "Analysed, with a date of time zero; assessments recorded",
        "first_operation",
        "First progression on imaging after entry, or death",
        f"New drug: ignored. Re-operation: ignored; a progression that prompts it is the event. {_SCANS}",
        "Last scan without progression; last contact where only progressions are recorded",
        (
            "progression_free_survival",
            "imatinib_continuation",
            "published_series",
            "what_it_cannot_show",
            "sensitivity",
        ),
    ),
    Described(
        "OS",
        "Overall survival",
        "Analysed, with a date of time zero",
        "first_operation",
        "Death from any cause",
        _BOTH_IGNORED,
        "Last contact",
        ("overall_survival", "baseline", "sensitivity"),
    ),
    Described(
        "IMCONT",
        "Continuation of imatinib",
        "Operated, on imatinib then, no other inhibitor begun before",
        "first_operation",
        "Last dose of imatinib",
        f"New drug, death, a recorded stop, a gap of over {LONGEST_GAP_DAYS} days: the event, dated to the last dose. "
        "Re-operation: ignored, imatinib may pause. Missed scans: no matter.",
        "Last contact on imatinib",
        ("imatinib_continuation",),
    ),
    Described(
        "REOP",
        "Repeated operations, mean number",
        "Operated",
        "first_operation",
        "Each further operation for resistance",
        "Death: ends the count. New drug: ignored. Missed scans: no matter. Operation for a complication: not counted.",
        "Last contact",
        ("imatinib_continuation",),
    ),
    Described(
        "T2L",
        "Second and third line, cumulative incidence",
        "Analysed; the operated enter at their operation",
        "resistance",
        "First dose of the first, or the second, new drug",
        _LINE,
        "Last contact",
        ("subsequent_therapy",),
    ),
    Described(
        "PFS2L",
        "Progression-free survival from second line",
        "Reached second line",
        "second_line",
        "First progression on imaging after it, or death",
        f"Next drug, re-operation: ignored. {_SCANS}",
        "As progression-free survival",
        ("subsequent_therapy",),
    ),
    Described(
        "OS2L",
        "Overall survival from second line",
        "Reached second line",
        "second_line",
        "Death from any cause",
        _BOTH_IGNORED,
        "Last contact",
        ("subsequent_therapy",),
    ),
    Described(
        "SERIOUS",
        "Serious complication",
        "Operated, and their operations",
        "each operation",
        "Complication of the grade called serious, or higher",
        "No matter: the worst recorded complication of an operation counts, whatever followed.",
        "Nobody; an unknown grade is left out",
        ("surgery",),
    ),
    Described(
        "DEATH30",
        "Death after an operation",
        "Operations followed for 30, or 90, days, or until death",
        "each operation",
        "Death from any cause within that time",
        "New drug, re-operation: ignored. Missed scans: no matter.",
        "Nobody; an operation followed for less is left out",
        ("surgery",),
    ),
)
"""Every endpoint of the results chapters."""

_RECORDED = {"PFS": ("PFS", "PFSRES", "PFSIM"), "OS": ("OS", "OSRES", "OSIM")}
_THEIRS = "as those who recorded the times decided"


def describe_endpoints(cohort) -> pd.DataFrame:
    """Every endpoint of a cohort with what states it, in words; `Used in` holds lists of chapters.

    Of a cohort whose times were recorded as such, those that it records: what ends and what censors them is theirs.
    """
    recorded = set(cohort.adtte["PARAMCD"]) if cohort.adtte is not None else set()
    rows = [_words(each, cohort) for each in ENDPOINTS if cohort.adtte is None or recorded & _codes(each)]
    columns = ["Endpoint", "Population", "Time zero", "Event", "Intercurrent events", "Censoring", "Used in"]
    return pd.DataFrame(rows, columns=columns)


def _codes(each: Described) -> set[str]:
    return set(_RECORDED.get(each.code, (each.code,)))


def _words(each: Described, cohort) -> tuple:
    since = clocks.clock(cohort, each.since) if each.since in clocks.ORIGINS else each.since
    if cohort.adtte is None:
        return each.name, each.population, since, each.event, each.otherwise, each.censoring, list(each.chapters)
    zero = clocks.clock(cohort, RECORDED_ORIGIN) if each.since == "first_operation" else since
    return each.name, "Analysed, with a recorded time", zero, *([_THEIRS.capitalize()] * 3), list(each.chapters)
