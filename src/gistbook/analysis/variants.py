"""The same cohort under another definition: what a sensitivity analysis hands to the functions of the chapters."""

import pandas as pd

from gistbook.analysis import endpoints

MOST_ROWS = 500
"""Of a cohort with more distinct courses than this, no single patient decides, and none is left out in turn."""


def of_progression(cohort, origin: str) -> dict:
    """Return a cohort as it is, and under each other way to date or to censor progression from an origin, by name."""
    return {
        "as in its chapter": cohort,
        "dated half-way to the scan before": dated_at_midpoint(cohort, origin),
        "observed up to second line only": until_second_line(cohort),
        "censored at last contact": censored_at_contact(cohort),
    }


def dated_at_midpoint(cohort, origin: str):
    """Return a cohort whose progressions are dated half-way between the scan that shows them and the one before.

    Progression is seen at a scan and happened some time before it; the middle of the interval is the usual guess. Of a
    first scan after the patient came under observation for this origin, the interval begins on that day, so that no
    progression is moved to before it.
    """
    if cohort.assessments is None:
        return cohort
    scans = cohort.assessments.sort_values(["USUBJID", "ADT"])
    entry = scans["USUBJID"].map(endpoints.under_observation_from(cohort, origin)).where(lambda day: day < scans["ADT"])
    before = scans.groupby("USUBJID")["ADT"].shift()
    before = before.mask(before.isna() | (before < entry), entry)
    middle = (before + (scans["ADT"] - before) / 2).dt.floor("D")
    middle = middle.mask(middle == entry, entry + pd.Timedelta(days=1))
    moved = (scans["AVALC"] == "PD") & before.notna()
    return cohort._replace(assessments=scans.assign(ADT=middle.where(moved, scans["ADT"])))


def until_second_line(cohort):
    """Return a cohort observed only up to the second line of treatment, as if each patient were lost there."""
    adsl = cohort.adsl
    switched = adsl["TKI2DT"].notna() & (adsl["TKI2DT"] < adsl["LSTALVDT"])
    last = adsl["LSTALVDT"].mask(switched, adsl["TKI2DT"])
    cut = adsl.assign(DTHDT=adsl["DTHDT"].mask(switched), LSTALVDT=last)
    if cohort.assessments is None:
        return cohort._replace(adsl=cut)
    until = cohort.assessments["USUBJID"].map(last.set_axis(adsl["USUBJID"]))
    return cohort._replace(adsl=cut, assessments=cohort.assessments[cohort.assessments["ADT"] <= until])


def censored_at_contact(cohort):
    """Return a cohort whose assessments without progression are forgotten, so that last contact censors."""
    if cohort.assessments is None:
        return cohort
    return cohort._replace(assessments=cohort.assessments[cohort.assessments["AVALC"] == "PD"])


def each_left_out(counts: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the counts without one subject, once for every kind of course that a subject may have.

    Subjects who share group, entry, exit and kind are the same to every estimate, so that each is tried once. None
    of a cohort with more than `MOST_ROWS` distinct courses.
    """
    if len(counts) > MOST_ROWS:
        return []
    lowered = [counts.assign(count=counts["count"] - (counts.index == row)) for row in counts.index]
    return [frame[frame["count"] > 0] for frame in lowered]
