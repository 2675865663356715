"""Dates to times: one ADTTE row per subject and endpoint, in days from a named time zero."""

import numpy as np
import pandas as pd

from gistbook.analysis.endpoints import clocks
from gistbook.analysis.endpoints.clocks import ORIGINS, clock, common, describe_origins
from gistbook.analysis.endpoints.described import ENDPOINTS, describe_endpoints
from gistbook.conventions import (
    CENSORED,
    COMPETING,
    EVENT,
    IMATINIB,
    LONGEST_GAP_DAYS,
    RECORDED_AS,
    RECORDED_ORIGIN,
    UsageError,
)
from gistbook.schemas import ADTTE, names

_COMPETING_CENSORS = (
    "A competing event counts as a censoring, so that one minus the curve overstates how many come to the event."
)
_EARLIER = (
    "The time runs from a named time zero to the earlier of two events that the cohort records apart; of a patient "
    "with neither, to the earlier of the two times."
)
_AS_RECORDED = (
    "The time from a named time zero, and whether it ended with the event, are taken as the cohort records them; which "
    "event that is, and when a patient without it is censored, was decided by those who recorded it."
)
_ENDS = {
    "OS": "The time runs from a named time zero to death from any cause, and patients who are alive are censored at "
    "their last contact.",
    "PFS": "The time runs from a named time zero to the first imaging that shows progression, or to death, whichever "
    "comes first.",
}
_RE_OPERATED = (
    "Where a second operation is prompted by a progression, that progression is the event, even though imatinib goes "
    "on afterwards."
)
_IN_WORDS = {"OS": "Overall survival", "PFS": "Progression-free survival", "IMCONT": "Continuation of imatinib"}
_LINES = {2: "second line", 3: "third line", 4: "fourth line"}


def derive_os(cohort, origin: str = "first_operation") -> pd.DataFrame:
    """Overall survival, days from an origin to death, censored at last contact.

    From resistance, the patients of a group in which everybody was operated on enter at the first operation, since
    nobody is in that group before (in any other group an operation changes nothing); from the start of imatinib,
    everybody enters at resistance, since nobody is in the cohort before.

    Parameters
    ----------
    cohort : cohort.Cohort
        The cohort; its analysed patients who have a date for the origin are the population.
    origin : str
        One of `ORIGINS`.

    Returns
    -------
    DataFrame
        One row per subject, columns of `schemas.ADTTE`.
    """
    if cohort.adtte is not None:
        return _recorded(cohort, "OS", origin)
    subjects = _subjects(cohort, origin)
    died = subjects["DTHDT"].notna()
    ends = subjects["DTHDT"].fillna(subjects["LSTALVDT"])
    return _adtte(subjects, "OS", ends, died, died.map({True: "death", False: "last contact"}))


def derive_pfs(cohort, origin: str = "first_operation") -> pd.DataFrame:
    """Progression-free survival, days from an origin to the first imaging progression after it, or death.

    Censored at the last assessment without progression (time zero if there is none). In a cohort that records
    progressions only, and no assessment without one, censored at last contact (`progressions_only`). Nobody where
    assessments are not recorded, for then this would be overall survival under another name.

    Parameters and return as in `derive_os`.
    """
    if cohort.adtte is not None:
        return _recorded(cohort, "PFS", origin)
    subjects = _subjects(cohort, origin)
    subjects = subjects if cohort.assessments is not None else subjects.iloc[:0]
    progressed = _progression(cohort.assessments, subjects)
    died = subjects["DTHDT"].notna() & progressed.isna()
    events = progressed.fillna(subjects["DTHDT"])
    description = np.select([progressed.notna(), died], ["progression", "death"], default=_censoring(cohort))
    return _adtte(subjects, "PFS", events.fillna(_last_without(cohort, subjects)), events.notna(), description)


def derive_imcont(cohort) -> pd.DataFrame:
    """Imatinib continuation, days from the first operation to the last dose of imatinib.

    An event when that dose comes before another TKI, before a gap of over 90 days, or before death, or where its end
    is recorded and earlier than last contact; otherwise censored at last contact on imatinib. Population: the operated
    who had begun no other TKI by the day of the operation (`left_out_of_imcont` counts the others, whose continuation
    had ended before it could begin). Nobody where exposures are not recorded.

    Return as in `derive_os`.
    """
    if cohort.adtte is not None:
        return _recorded(cohort, "IMCONT", RECORDED_ORIGIN)
    subjects = _subjects(cohort, "first_operation")
    subjects = subjects[~_switched_before(subjects)] if cohort.exposures is not None else subjects.iloc[:0]
    last_dose = _last_dose(cohort.exposures, subjects)
    stopped = subjects["TKI2DT"].notna() | subjects["DTHDT"].notna() | (last_dose < subjects["LSTALVDT"])
    description = stopped.map({True: "last dose of imatinib", False: "last contact on imatinib"})
    return _adtte(subjects, "IMCONT", last_dose, stopped, description)


def left_out_of_imcont(cohort) -> tuple[int, int]:
    """Count the operated patients who had begun another TKI before the operation, and all operated."""
    subjects = _subjects(cohort, "first_operation")
    return int(_switched_before(subjects).sum()), len(subjects)


def derive_os2l(cohort) -> pd.DataFrame:
    """Overall survival from the first dose of second-line TKI, of those who reached it; as `derive_os`."""
    return derive_os(cohort, "second_line").assign(PARAMCD="OS2L")


def derive_pfs2l(cohort) -> pd.DataFrame:
    """Progression-free survival from the first dose of second-line TKI, of those who reached it; as `derive_pfs`."""
    return derive_pfs(cohort, "second_line").assign(PARAMCD="PFS2L")


def second_line_after_progression(cohort) -> tuple[int, int]:
    """Count the operated patients given a second line, among those whose disease progressed after the operation."""
    pfs = derive_pfs(cohort)
    progressed = pfs.loc[pfs["EVNTDESC"] == "progression", "USUBJID"]
    reached = cohort.adsl.set_index("USUBJID").loc[progressed, "TKI2DT"].notna()
    return (int(reached.sum()), len(reached)) if cohort.exposures is not None else (0, 0)


def derive_line(cohort, lines: pd.DataFrame | None = None, line: int = 2, origin: str = "resistance") -> pd.DataFrame:
    """Time to a line of therapy, days from an origin to its first dose, death before it competing.

    Censored at last contact; a line begun on the day of death is reached. A patient who is observed late and
    has begun the line by then is left out: of those who began so early, only the ones who lived to enter are known.
    Nobody where neither exposures nor a second line are recorded. `line` 2 is the first drug other than imatinib
    after resistance, and is dated without `lines`, the frame of one row per subject and line that `exposure.lines`
    makes. `EVNTDESC` is `second line`, `death` or `last contact`, and `PARAMCD` is `T2L`; for the third line `third
    line` and `T3L`. Other parameters and return as in `derive_os`.
    """
    subjects = _subjects(cohort, origin)
    subjects = subjects if cohort.exposures is not None or subjects["TKI2DT"].notna().any() else subjects.iloc[:0]
    begun = subjects["TKI2DT"] if line == 2 else _begun(subjects, lines, line)
    unseen = (begun < subjects["ENTRYDT"]) | ((begun == subjects["ENTRYDT"]) & (begun > subjects["STARTDT"]))
    subjects, begun = subjects[~unseen], begun[~unseen]
    events = begun.fillna(subjects["DTHDT"])
    description = np.select([begun.notna(), events.notna()], [_LINES[line], "death"], default="last contact")
    return _adtte(subjects, f"T{line}L", events.fillna(subjects["LSTALVDT"]), events.notna(), description)


def milestones(cohort, origin: str = "first_operation") -> dict[str, pd.DataFrame]:
    """Return by name the endpoints of one course that count from one time zero, those of which anything is known."""
    continuing = {"On imatinib": derive_imcont(cohort)} if origin in ("first_operation", RECORDED_ORIGIN) else {}
    ends = {"Without progression": derive_pfs(cohort, origin), **continuing, "Alive": derive_os(cohort, origin)}
    return {name: adtte for name, adtte in ends.items() if len(adtte)}


def leading(cohort, origin: str = "first_operation") -> tuple[str, pd.DataFrame]:
    """The endpoint on which definitions are tried, in words and as times: PFS, or OS where nobody has a time of PFS."""
    times = derive_pfs(cohort, origin)
    code, times = ("PFS", times) if len(times) else ("OS", derive_os(cohort, origin))
    return _IN_WORDS[code].lower(), times


def with_a_time(cohort) -> pd.DataFrame:
    """How many of the analysed patients each endpoint counts, and how many have no time for it.

    Returns
    -------
    DataFrame
        One row per endpoint that chapters show, of another disease only where somebody has a time: `endpoint`, `since`
        (its time zero), `count` of the analysed patients with a time, and how many are `without` one.
    """
    n = int(cohort.adsl["TRT01A"].notna().sum())
    recorded = {("OS", RECORDED_ORIGIN): derive_os, ("PFS", RECORDED_ORIGIN): derive_pfs}
    dated = {(name, zero): derive for name, derive in FROM_OPERATION.items() for zero in list(ORIGINS)[:-1]}
    endings = recorded if cohort.adtte is not None else dated
    rows = [(name, clock(cohort, zero), len(derive(cohort, zero))) for (name, zero), derive in endings.items()]
    continuing = RECORDED_ORIGIN if cohort.adtte is not None else "first_operation"
    if cohort.book.is_of_gist:
        rows.append(("IMCONT", clock(cohort, continuing), len(derive_imcont(cohort))))
    rows = [row for row in rows if row[-1] or cohort.book.is_of_gist]
    frame = pd.DataFrame(rows, columns=["endpoint", "since", "count"])
    return frame.assign(endpoint=frame["endpoint"].map(_IN_WORDS), without=n - frame["count"])


def under_observation_from(cohort, origin: str) -> pd.Series:
    """Return the day on which each subject comes under observation for a time zero, by `USUBJID`."""
    return _subjects(cohort, origin).set_index("USUBJID")["ENTRYDT"]


def without_entry(adtte: pd.DataFrame) -> pd.DataFrame:
    """Return an endpoint as if all had been under observation since time zero: the naive version, to be labelled."""
    return adtte.assign(ENTRYDY=0)


def by_end(adtte: pd.DataFrame) -> pd.DataFrame:
    """Return recorded times in which a competing event is an event of its own kind, and no censoring."""
    return adtte.assign(CNSR=adtte["CNSR"].mask(adtte["EVNTDESC"] == COMPETING, EVENT))


def progressions_only(cohort) -> bool:
    """Tell whether a cohort records progressions but no assessment without one, so that PFS is censored otherwise."""
    return cohort.assessments is None or bool((cohort.assessments["AVALC"] == "PD").all())


def event_rule(cohort, endpoint: str) -> str:
    """Return in a sentence what ends overall (`OS`) or progression-free survival (`PFS`), and who says so."""
    if f"{endpoint}-first" in cohort.ends:
        return _EARLIER
    if cohort.adtte is not None:
        return _AS_RECORDED
    return " ".join([_ENDS[endpoint], *([_RE_OPERATED] if endpoint == "PFS" and cohort.book.is_of_gist else [])])


def censoring_rule(cohort) -> str:
    """Return in a sentence where a patient without progression is censored, which depends on what is recorded."""
    if cohort.adtte is not None:
        competing = (cohort.adtte["EVNTDESC"] == COMPETING).any()
        recorded = "Its times were recorded as such, and so was who is censored."
        return f"{recorded} {_COMPETING_CENSORS}" if competing else recorded
    if cohort.assessments is None:
        return "It records no assessments, so that nobody can be followed for progression."
    if progressions_only(cohort):
        return "It records progressions but no assessment without one; the others are censored at last contact."
    return "Its assessments are recorded, so that the others are censored at the last one without progression."


def _recorded(cohort, endpoint: str, origin: str) -> pd.DataFrame:
    """Return the recorded times of an endpoint; nobody where the cohort has none from that time zero."""
    clocks.of(origin)
    return cohort.adtte[cohort.adtte["PARAMCD"] == RECORDED_AS.get(origin, "").format(endpoint)].reset_index(drop=True)


def _subjects(cohort, origin: str) -> pd.DataFrame:
    """Return the analysed subjects who have a date for the origin, with time zero and coming under observation."""
    zero = clocks.of(origin)[0]
    adsl = cohort.adsl.assign(NEVER=pd.NaT)
    subjects = adsl[adsl["TRT01A"].notna() & adsl[zero].notna()]
    into_group = subjects["OPDT1"].where(_of_the_operated(adsl).reindex(subjects.index))
    entry = {"resistance": into_group, "imatinib_start": subjects["RESISTDT"]}.get(origin, subjects[zero])
    return subjects.assign(STARTDT=subjects[zero], ENTRYDT=entry.fillna(subjects[zero]))


def _of_the_operated(adsl: pd.DataFrame) -> pd.Series:
    """Tell of each analysed patient whether everybody of the same group was operated on, whatever its name."""
    analysed = adsl[adsl["TRT01A"].notna()]
    return analysed["OPDT1"].notna().groupby(analysed["TRT01A"]).transform("all")


def _progression(assessments: pd.DataFrame | None, subjects: pd.DataFrame) -> pd.Series:
    """Return each subject's first progression after coming under observation."""
    if assessments is None:
        return pd.Series(pd.NaT, index=subjects.index)
    later = _after_entry(assessments[assessments["AVALC"] == "PD"], subjects)
    return subjects["USUBJID"].map(later.groupby("USUBJID")["ADT"].min())


def _begun(subjects: pd.DataFrame, lines: pd.DataFrame | None, line: int) -> pd.Series:
    if lines is None or line not in _LINES:
        raise UsageError(f"Line {line} is none of {list(_LINES)}, or the lines of therapy were not given.")
    return subjects["USUBJID"].map(lines[lines["LINE"] == line].set_index("USUBJID")["ASTDT"])


def _last_without(cohort, subjects: pd.DataFrame) -> pd.Series:
    """Return the date at which a subject without progression is censored."""
    if progressions_only(cohort):
        return subjects["LSTALVDT"]
    seen = _after_entry(cohort.assessments[cohort.assessments["AVALC"] != "PD"], subjects)
    return subjects["USUBJID"].map(seen.groupby("USUBJID")["ADT"].max()).fillna(subjects["ENTRYDT"])


def _after_entry(assessments: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    entry = assessments["USUBJID"].map(subjects.set_index("USUBJID")["ENTRYDT"])
    return assessments[assessments["ADT"] > entry]


def _censoring(cohort) -> str:
    return "last contact" if progressions_only(cohort) else "last assessment without progression"


def _switched_before(subjects: pd.DataFrame) -> pd.Series:
    return subjects["TKI2DT"] < subjects["OPDT1"]


def _last_dose(exposures: pd.DataFrame | None, subjects: pd.DataFrame) -> pd.Series:
    """Return each subject's last dose of imatinib in the run of doses that goes on from the first operation."""
    if exposures is None:
        return pd.Series(pd.NaT, index=subjects.index)
    doses = exposures[exposures["TRT"].str.lower() == IMATINIB].merge(subjects, on="USUBJID")
    doses["AENDT"] = doses["AENDT"].fillna(doses["DTHDT"]).fillna(doses["LSTALVDT"])
    doses = doses[(doses["AENDT"] >= doses["OPDT1"]) & ~(doses["ASTDT"] >= doses["TKI2DT"])]
    doses = doses.sort_values(["USUBJID", "ASTDT"])
    covered = doses.groupby("USUBJID")["AENDT"].cummax().groupby(doses["USUBJID"]).shift().fillna(doses["OPDT1"])
    broken = (doses["ASTDT"] - covered).dt.days > LONGEST_GAP_DAYS
    unbroken = doses[broken.groupby(doses["USUBJID"]).cumsum() == 0]
    last = subjects["USUBJID"].map(unbroken.groupby("USUBJID")["AENDT"].max()).fillna(subjects["OPDT1"])
    return last.clip(upper=subjects["TKI2DT"].fillna(last))


def _adtte(subjects: pd.DataFrame, paramcd: str, ends: pd.Series, happened: pd.Series, why) -> pd.DataFrame:
    """Return one ADTTE row per subject; the one place in which an event becomes CNSR 0."""
    rows = subjects.assign(
        TRTA=subjects["TRT01A"],
        PARAMCD=paramcd,
        ADT=ends,
        ENTRYDY=(subjects["ENTRYDT"] - subjects["STARTDT"]).dt.days,
        AVAL=(ends - subjects["STARTDT"]).dt.days,
        CNSR=happened.map({True: EVENT, False: CENSORED}).astype(int),
        EVNTDESC=why,
    )
    return rows[names(ADTTE)].reset_index(drop=True)


FROM_OPERATION = {"PFS": derive_pfs, "OS": derive_os}

__all__ = [
    "ENDPOINTS",
    "FROM_OPERATION",
    "ORIGINS",
    "by_end",
    "censoring_rule",
    "clock",
    "common",
    "derive_imcont",
    "derive_line",
    "derive_os",
    "derive_os2l",
    "derive_pfs",
    "derive_pfs2l",
    "describe_endpoints",
    "describe_origins",
    "event_rule",
    "left_out_of_imcont",
    "milestones",
    "progressions_only",
    "second_line_after_progression",
    "under_observation_from",
    "with_a_time",
    "without_entry",
]
