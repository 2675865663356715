"""Time zero, what it may be and how it is named, and what each endpoint is, as attributes by which it is stated."""

from pathlib import Path

import pandas as pd

from gistbook.conventions import LONGEST_GAP_DAYS, RECORDED_ORIGIN, RECORDED_ZERO, UsageError
from gistbook.spelling import nearest
from gistbook.units import Since

_FILE = Path(__file__).with_suffix(".csv")
"""Every endpoint of the results chapters, one per line: its code and name, its population, its time zero (an origin, or
words), its event, what happens at a new drug, a re-operation and missed scans (`otherwise`), its censoring, and the
chapters that use it."""


ENDPOINTS = tuple(
    pd.read_csv(_FILE, dtype=str)
    .assign(
        otherwise=lambda rows: rows["otherwise"].str.replace("{gap}", str(LONGEST_GAP_DAYS)),
        chapters=lambda rows: rows["chapters"].str.split(),
    )
    .itertuples(index=False, name="Endpoint")
)


_RECORDED = {"PFS": ("PFS", "PFSRES", "PFSIM"), "OS": ("OS", "OSRES", "OSIM")}
_THEIRS = "as those who recorded the times decided"


def describe_endpoints(cohort) -> pd.DataFrame:
    """Every endpoint of a cohort with what states it, of recorded times those that it has; `Used in` holds lists."""
    recorded = set(cohort.adtte["PARAMCD"]) if cohort.adtte is not None else set()
    rows = [
        _words(each, cohort)
        for each in ENDPOINTS
        if cohort.adtte is None or recorded & {*_RECORDED.get(each.code, (each.code,))}
    ]
    columns = ["Endpoint", "Population", "Time zero", "Event", "Intercurrent events", "Censoring", "Used in"]
    return pd.DataFrame(rows, columns=columns)


def _words(each, cohort) -> tuple:
    since = clock(cohort, each.since) if each.since in ORIGINS else each.since
    if cohort.adtte is None:
        return each.name, each.population, since, each.event, each.otherwise, each.censoring, list(each.chapters)
    zero = clock(cohort, RECORDED_ORIGIN) if each.since == "first_operation" else since
    return each.name, "Analysed, with a recorded time", zero, *([_THEIRS.capitalize()] * 3), list(each.chapters)


ORIGINS = {
    "first_operation": ("OPDT1", "the first operation for resistance"),
    "resistance": ("RESISTDT", "the imaging that showed resistance"),
    "imatinib_start": ("IMASTDT", "the start of imatinib"),
    "second_line": ("TKI2DT", "the first dose of second-line TKI"),
    RECORDED_ORIGIN: ("NEVER", RECORDED_ZERO),
}
"""For each time zero: the ADSL variable that dates it (one that nobody has if times were recorded), and its name."""

_OF_OTHERS = {"first_operation": "the first operation", "resistance": "the date that the sheet gives as time zero"}
"""Names of time zeros in a book of another disease than the paper's."""

_ENTRIES = {
    "resistance": "time zero, or the first operation in a group in which everybody was operated on",
    "imatinib_start": "the imaging that showed resistance",
}


def clock(cohort, origin: str) -> Since:
    """The name of a time zero as a sentence says it (`[clocks]` may name it otherwise), with the unit of its times.

    Raises `UsageError` if there is no such origin; the message names those there are.
    """
    names = {} if cohort.book.is_of_gist else _OF_OTHERS
    return Since(cohort.clocks.get(origin, names.get(origin, dated(origin)[1])), cohort.unit, origin)


def common(cohort) -> str:
    """The time zero that every analysed patient has: that of recorded times, or else resistance."""
    return RECORDED_ORIGIN if cohort.adtte is not None else "resistance"


def describe_origins(cohort) -> pd.DataFrame:
    """As a frame every time zero: its name as a parameter, and what it is in a cohort."""
    offered = [origin for origin in ORIGINS if cohort.adtte is not None or origin != RECORDED_ORIGIN]
    late = cohort.adtte is not None and (cohort.adtte["ENTRYDY"] > 0).any()
    recorded = {RECORDED_ORIGIN: "the recorded time of coming under observation"} if late else {}
    entries = _ENTRIES | recorded
    rows = [(origin, clock(cohort, origin), entries.get(origin, "at time zero")) for origin in offered]
    return pd.DataFrame(rows, columns=["Parameter origin", "Time zero", "Patients are at risk from"])


def dated(origin: str) -> tuple[str, str]:
    """Of a time zero the ADSL variable that dates it, and its name; raises as `clock` does."""
    if origin not in ORIGINS:
        raise UsageError(f"There is no origin named {origin!r}. {nearest(origin, ORIGINS)}")
    return ORIGINS[origin]
