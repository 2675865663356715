"""Real data sets that ship with lifelines, as one long frame: what R and we are both given."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
from lifelines import datasets


class Case(NamedTuple):
    """Where one data set keeps its times, its event indicator and its groups; no `entry` means from time zero."""

    load: Callable[[], pd.DataFrame]
    exit: str
    event: str
    group: str
    entry: str = ""


def long_frame() -> pd.DataFrame:
    """Return every case, one row per subject: `dataset`, `group`, `entry`, `exit`, `event` (1 if it happened)."""
    return pd.concat([_tidy(name, case) for name, case in CASES.items()], ignore_index=True)


def _tidy(name: str, case: Case) -> pd.DataFrame:
    frame = case.load()
    entry = frame[case.entry].astype(float) if case.entry else 0.0
    columns = {"entry": entry, "exit": frame[case.exit].astype(float), "event": frame[case.event].astype(int)}
    return pd.DataFrame({"dataset": name, "group": frame[case.group].astype(str), **columns})


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
