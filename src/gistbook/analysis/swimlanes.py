"""Each operated patient's course as one lane: what was taken when, and what happened.

These frames are of patients, and uppercase; the one figure that may draw them is guarded by the cohort's access.
"""

import pandas as pd


def periods(cohort) -> pd.DataFrame:
    """Return the periods of treatment of the operated from their first operation on, in days from it.

    Returns
    -------
    DataFrame
        One row per patient and period: `LANE` (1 is the longest followed), `DRUG`, `ASTDY`, `AENDY`; none where
        exposures are not recorded.
    """
    lanes = _lanes(cohort)
    if cohort.exposures is None:
        return pd.DataFrame(columns=["LANE", "DRUG", "ASTDY", "AENDY"])
    rows = cohort.exposures.merge(lanes, on="USUBJID")
    ends = rows["AENDT"].fillna(rows["DTHDT"]).fillna(rows["LSTALVDT"])
    since, until = ((dates - rows["OPDT1"]).dt.days for dates in (rows["ASTDT"], ends))
    drawn = pd.DataFrame({"LANE": rows["LANE"], "DRUG": rows["TRT"], "ASTDY": since.clip(lower=0), "AENDY": until})
    return drawn[drawn["AENDY"] > drawn["ASTDY"]].reset_index(drop=True)


def marks(cohort) -> pd.DataFrame:
    """Return what happened to the operated, in days from the first operation.

    Returns
    -------
    DataFrame
        One row per patient and event: `LANE`, `MARK` (operation, progression, death or last contact), `ADY`.
    """
    lanes = _lanes(cohort)
    ends = lanes.assign(MARK=lanes["DTHDT"].notna().map({True: "death", False: "last contact"}), ADT=lanes["LSTALVDT"])
    rows = [ends[["USUBJID", "MARK", "ADT"]]]
    if cohort.operations is not None:
        rows.append(
            cohort.operations.assign(MARK="operation", ADT=cohort.operations["OPDT"])[["USUBJID", "MARK", "ADT"]]
        )
    if cohort.assessments is not None:
        progressed = cohort.assessments[cohort.assessments["AVALC"] == "PD"]
        rows.append(progressed.assign(MARK="progression")[["USUBJID", "MARK", "ADT"]])
    drawn = pd.concat(rows).merge(lanes[["USUBJID", "LANE", "OPDT1"]], on="USUBJID")
    drawn["ADY"] = (drawn["ADT"] - drawn["OPDT1"]).dt.days
    return drawn.loc[drawn["ADY"] >= 0, ["LANE", "MARK", "ADY"]].reset_index(drop=True)


def _lanes(cohort) -> pd.DataFrame:
    operated = cohort.adsl[cohort.adsl["TRT01A"].notna() & cohort.adsl["OPDT1"].notna()]
    followed = (operated["LSTALVDT"] - operated["OPDT1"]).dt.days
    ordered = operated.assign(LANE=followed.rank(method="first", ascending=False).astype(int))
    return ordered[["USUBJID", "LANE", "OPDT1", "DTHDT", "LSTALVDT"]]
