"""Real, public data sets that ship inside lifelines: what the estimators are shown and checked on.

Immortal time is shown on one of them, the heart transplant programme of Stanford, in which patients were accepted and
waited for a heart: the same patients laid out in three ways. The naive way credits the treated with their wait, during
which they could not die and be treated; the other two do not.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from lifelines import datasets

from gistbook.conventions import CENSORED, EVENT


class Case(NamedTuple):
    """Where one data set keeps its times, its event indicator and its groups; no `entry` means from time zero."""

    load: Callable[[], pd.DataFrame]
    exit: str
    event: str
    group: str
    entry: str = ""


@functools.cache
def long_frame() -> pd.DataFrame:
    """Every data set that R and we are both given, in the unit of time that each has.

    One row per subject: `dataset`, `group`, `entry`, `exit`, `event` (1 if it happened).
    """
    parts = []
    for name, case in CASES.items():
        frame = case.load()
        entry = frame[case.entry].astype(float) if case.entry else 0.0
        columns = {"entry": entry, "exit": frame[case.exit].astype(float), "event": frame[case.event].astype(int)}
        parts.append(pd.DataFrame({"dataset": name, "group": frame[case.group].astype(str), **columns}))
    return pd.concat(parts, ignore_index=True)


def load_lung_cancer() -> pd.DataFrame:
    """The patients with advanced lung cancer of the North Central Cancer Treatment Group, as lifelines ships them.

    One row per patient: `USUBJID`, `SEX`, `AGE` in years, `ECOGBL` (NaN where not known), `AVAL` in days, `CNSR`.

    Reference: Loprinzi CL, et al. J Clin Oncol 1994;12:601-607.
    """
    lung = datasets.load_lung()
    columns = {"SEX": lung["sex"].map({1: "male", 2: "female"}), "AGE": lung["age"], "ECOGBL": lung["ph.ecog"]}
    columns |= {"AVAL": lung["time"], "CNSR": lung["status"].map({1: EVENT, 0: CENSORED})}
    return pd.DataFrame({"USUBJID": [f"{number:03d}" for number in range(1, len(lung) + 1)], **columns})


def load_heart_transplants() -> pd.DataFrame:
    """The patients of the Stanford programme, 1967 to 1974, as lifelines ships them.

    All times are one day longer than the differences of the dates, so that no interval is of no length; that shifts
    every patient alike, and changes no hazard ratio. One patient died on the day of the transplant, day 5, which the
    data set dates to day 4.5. One row per patient: `USUBJID`; `TRTDY`, the day of the transplant, NaN where there was
    none; `AVAL`, days from acceptance to death or to the end of follow-up; `CNSR`.

    Reference: Crowley J, Hu M. J Am Stat Assoc 1977;72:27-36.
    """
    stays = datasets.load_stanford_heart_transplants()
    each = stays.groupby("id")
    columns = {
        "TRTDY": stays[stays["transplant"] == 1].groupby("id")["start"].min(),
        "AVAL": each["stop"].max(),
        "CNSR": each["event"].max().map({1: EVENT, 0: CENSORED}),
    }
    return pd.DataFrame(columns).rename_axis("USUBJID").reset_index()


def _larynx() -> pd.DataFrame:
    frame = datasets.load_larynx()
    later = frame["Stage_II"] + 2 * frame["Stage_III"] + 3 * frame["Stage_IV"]
    return frame.assign(stage=later.map({0: "I", 1: "II", 2: "III", 3: "IV"}))


def _kidney_transplant() -> pd.DataFrame:
    frame = datasets.load_kidney_transplant()
    named = frame[["black_male", "white_male", "black_female"]]
    return frame.assign(who=named.idxmax(axis="columns").where(named.any(axis="columns"), "white_female"))


def _aids_cohort() -> pd.DataFrame:
    frame = datasets.load_multicenter_aids_cohort_study()
    return frame.assign(diagnosed=(frame["AIDSY"] < 1995).map({True: "before 1995", False: "from 1995"}))


CASES = {
    "aids_cohort": Case(_aids_cohort, "T", "D", "diagnosed", entry="W"),
    "gbsg2": Case(datasets.load_gbsg2, "time", "cens", "horTh"),
    "gbsg2_grade": Case(datasets.load_gbsg2, "time", "cens", "tgrade"),
    "glioma": Case(datasets.load_g3, "time", "event", "group"),
    "governments": Case(datasets.load_dd, "duration", "observed", "un_continent_name"),
    "heart_transplants": Case(datasets.load_stanford_heart_transplants, "stop", "event", "transplant", entry="start"),
    "kidney_transplant": Case(_kidney_transplant, "time", "death", "who"),
    "larynx": Case(_larynx, "time", "death", "stage"),
    "leukemia": Case(datasets.load_leukemia, "t", "status", "Rx"),
    "lung": Case(datasets.load_lung, "time", "status", "sex"),
    "lymphoma": Case(datasets.load_lymphoma, "Time", "Censor", "Stage_group"),
    "psychiatric": Case(datasets.load_psychiatric_patients, "T", "C", "sex"),
    "rossi": Case(datasets.load_rossi, "week", "arrest", "fin"),
    "waltons": Case(datasets.load_waltons, "T", "E", "group"),
}
"""The data sets compared, by a name of ours; two of them have delayed entry, ties abound in most."""


WITHOUT, WITH = "No transplant", "Transplant"
"""Names of the groups; the first by name is the reference of a hazard ratio."""


def naive(patients: pd.DataFrame) -> pd.DataFrame:
    """Lay out ever against never treated, from acceptance: the version with immortal time, to be labelled.

    Patients are as `load_heart_transplants` gives them. One row per patient, as `lifetable.count` takes them.
    """
    return _layout(patients, patients["TRTDY"].notna(), 0.0)


def time_dependent(patients: pd.DataFrame) -> pd.DataFrame:
    """Lay out every patient's days before the treatment as without it, and those after it as with it.

    Nobody is in the treated group before being treated, and the wait counts where it was spent, its end being censored.
    A treatment on the last day comes half a day before its end, so that the last interval has a length; one at time
    zero leaves no wait. One row per patient and interval, as `lifetable.count` takes them.
    """
    treated = patients[patients["TRTDY"].notna()]
    changed = treated["TRTDY"].where(treated["TRTDY"] < treated["AVAL"], treated["AVAL"] - 0.5).clip(lower=0.0)
    waited = _layout(treated.assign(AVAL=changed, CNSR=CENSORED)[changed > 0], False, 0.0)
    after = _layout(treated, True, changed)
    never = _layout(patients[patients["TRTDY"].isna()], False, 0.0)
    return pd.concat([never, waited, after]).sort_values(["USUBJID", "ENTRYDY"], ignore_index=True)


def landmark(patients: pd.DataFrame, day: float) -> pd.DataFrame:
    """Lay out those still followed after a landmark day by whether they were treated by then, from the landmark on.

    Later treatments are ignored, as in a trial analysed by intention to treat. Conditional on having come so far. One
    row per patient followed for longer, as `lifetable.count` takes them.
    """
    still = patients[patients["AVAL"] > day]
    return _layout(still.assign(AVAL=still["AVAL"] - day), still["TRTDY"] <= day, 0.0)


def _layout(patients: pd.DataFrame, treated, entry) -> pd.DataFrame:
    rows = patients.assign(TRTA=np.where(treated, WITH, WITHOUT), ENTRYDY=entry)
    return rows[["USUBJID", "TRTA", "ENTRYDY", "AVAL", "CNSR"]].reset_index(drop=True)
