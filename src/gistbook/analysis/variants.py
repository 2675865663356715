"""The same cohort under another definition: what a sensitivity analysis hands to the functions of the chapters."""

import pandas as pd

from gistbook.analysis import endpoints

MOST_PATIENTS = 500
"""Among more analysed patients than this no single one decides, and none is left out in turn."""

AS_IT_IS, NEW_TREATMENT = "as in its chapter", "a new treatment censors"


def of_progression(cohort, origin: str, scan_days: int) -> dict:
    """A cohort as it is, and under each other way to date or to censor progression that its records allow, by name.

    `scan_days`: planned days from one scan to the next, which tell how many scans were missed.

    Reference: FDA. Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics. Guidance for Industry. 2018
    (new treatment, and two or more missed assessments).
    """
    left_out, longest = not_tried(cohort), 2 * scan_days
    versions = {name: make for name, make in _VERSIONS.items() if name not in left_out}
    return {AS_IT_IS: cohort} | {name: make(cohort, origin, longest) for name, make in versions.items()}


def not_tried(cohort) -> dict[str, str]:
    """The definitions of progression that the records of a cohort leave no room for, each with the reason."""
    if cohort.adtte is not None:
        return dict.fromkeys(_VERSIONS, "times are recorded as such")
    of_scans = [name for name in _VERSIONS if name != NEW_TREATMENT and endpoints.progressions_only(cohort)]
    untreated = [NEW_TREATMENT] if cohort.adsl["TKI2DT"].isna().all() else []
    return dict.fromkeys(of_scans, "no scan without progression is recorded") | dict.fromkeys(
        untreated, "no other drug is recorded"
    )


def before_missed(cohort, origin: str, longest_days: int, events: list[str]):
    """A cohort in which an event more than so many days after the scan before it is censored at that scan.

    Of a patient without a scan before it, the time counts from coming under observation. `events`: which:
    `progression`, `death`.
    """
    pfs = endpoints.derive_pfs(cohort, origin).set_index("USUBJID")
    scans = cohort.assessments[cohort.assessments["AVALC"] != "PD"]
    entry = endpoints.under_observation_from(cohort, origin).reindex(pfs.index)
    seen = scans[scans["ADT"] < scans["USUBJID"].map(pfs["ADT"])].groupby("USUBJID")["ADT"].max()
    before = seen.reindex(pfs.index).where(lambda day: day > entry).fillna(entry)
    late = pfs["EVNTDESC"].isin(events) & ((pfs["ADT"] - before).dt.days > longest_days)
    return _observed_until(cohort, cohort.adsl["USUBJID"].map(before[late]))


def dated_at_midpoint(cohort, origin: str):
    """A cohort whose progressions are dated half-way between the scan that shows them and the one before.

    Of a first scan after the patient came under observation for this origin, the interval begins on that day, so that
    no progression is moved to before it.
    """
    scans = cohort.assessments.sort_values(["USUBJID", "ADT"])
    entry = scans["USUBJID"].map(endpoints.under_observation_from(cohort, origin)).where(lambda day: day < scans["ADT"])
    before = scans.groupby("USUBJID")["ADT"].shift()
    before = before.mask(before.isna() | (before < entry), entry)
    middle = (before + (scans["ADT"] - before) / 2).dt.floor("D")
    middle = middle.mask(middle == entry, entry + pd.Timedelta(days=1))
    moved = (scans["AVALC"] == "PD") & before.notna()
    return cohort._replace(assessments=scans.assign(ADT=middle.where(moved, scans["ADT"])))


def _observed_until(cohort, last: pd.Series):
    """A cohort observed up to a day of each patient, where there is one before last contact, as if lost there."""
    adsl = cohort.adsl
    cut = last < adsl["LSTALVDT"]
    last = adsl["LSTALVDT"].mask(cut, last)
    adsl = adsl.assign(DTHDT=adsl["DTHDT"].mask(cut), LSTALVDT=last)
    if cohort.assessments is None:
        return cohort._replace(adsl=adsl)
    until = cohort.assessments["USUBJID"].map(last.set_axis(adsl["USUBJID"]))
    return cohort._replace(adsl=adsl, assessments=cohort.assessments[cohort.assessments["ADT"] <= until])


_VERSIONS = {
    "dated half-way to the scan before": lambda cohort, origin, _: dated_at_midpoint(cohort, origin),
    NEW_TREATMENT: lambda cohort, *_: _observed_until(cohort, cohort.adsl["TKI2DT"]),
    "censored at last contact": lambda cohort, *_: cohort._replace(
        assessments=cohort.assessments[cohort.assessments["AVALC"] == "PD"]
    ),
    "death after two or more missed scans is censored": lambda *given: before_missed(*given, ["death"]),
    "any event after two or more missed scans is censored": lambda *given: before_missed(
        *given, ["death", "progression"]
    ),
}
"""Other definitions of progression, by name: each of a cohort, an origin, and the days within which scans are planned
twice."""


def each_left_out(counts: pd.DataFrame) -> list[pd.DataFrame]:
    """The counts without one subject, once for every kind of course; none of more than `MOST_PATIENTS`.

    Subjects who share group, entry, exit and kind are the same to every estimate, so that each is tried once.
    """
    if counts["count"].sum() > MOST_PATIENTS:
        return []
    lowered = [counts.assign(count=counts["count"] - (counts.index == row)) for row in counts.index]
    return [frame[frame["count"] > 0] for frame in lowered]
