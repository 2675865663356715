"""Time zero: which dates it may be, and how it is named in a sentence."""

import pandas as pd

from gistbook.conventions import RECORDED_ORIGIN, UsageError, nearest

ORIGINS = {
    "first_operation": ("OPDT1", "the first operation for resistance"),
    "resistance": ("RESISTDT", "the imaging that showed resistance"),
    "imatinib_start": ("IMASTDT", "the start of imatinib"),
    "second_line": ("TKI2DT", "the first dose of second-line TKI"),
    RECORDED_ORIGIN: ("NEVER", "the time zero of the recorded times"),
}
"""For each time zero: the ADSL variable that dates it (one that nobody has if times were recorded), and its name."""

_OF_OTHERS = {"first_operation": "the first operation", "resistance": "the date that the sheet gives as time zero"}
"""Names of time zeros in a book of another disease than the paper's."""

_ENTRIES = {
    "resistance": "time zero, or the first operation in a group in which everybody was operated on",
    "imatinib_start": "the imaging that showed resistance",
}


def clock(cohort, origin: str) -> str:
    """Return the name of a time zero as a sentence says it; `[clocks]` in `cohort.toml` may name it otherwise.

    Raises
    ------
    UsageError
        There is no such origin; the message names those there are.
    """
    names = {} if cohort.book.is_of_gist else _OF_OTHERS
    return cohort.clocks.get(origin, names.get(origin, of(origin)[1]))


def common(cohort) -> str:
    """Return the time zero that every analysed patient has: that of recorded times, or else resistance."""
    return RECORDED_ORIGIN if cohort.adtte is not None else "resistance"


def describe_origins(cohort) -> pd.DataFrame:
    """Return as a frame every time zero: its name as a parameter, and what it is in a cohort."""
    known = [origin for origin in ORIGINS if cohort.adtte is not None or origin != RECORDED_ORIGIN]
    late = cohort.adtte is not None and (cohort.adtte["ENTRYDY"] > 0).any()
    recorded = {RECORDED_ORIGIN: "the recorded time of coming under observation"} if late else {}
    entries = _ENTRIES | recorded
    rows = [(origin, clock(cohort, origin), entries.get(origin, "at time zero")) for origin in known]
    return pd.DataFrame(rows, columns=["Parameter origin", "Time zero", "Patients are at risk from"])


def of(origin: str) -> tuple[str, str]:
    """Return of a time zero the ADSL variable that dates it, and its name; raises as `clock` does."""
    if origin not in ORIGINS:
        raise UsageError(f"There is no origin named {origin!r}. {nearest(origin, ORIGINS)}")
    return ORIGINS[origin]
