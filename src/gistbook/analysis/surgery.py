"""What operations were done and what came of them: per operation, per patient, and each patient's course as one lane.

They cannot be had from counts of times: this module aggregates patients itself. Population throughout: operations of
the analysed patients, from the first one for resistance on. It releases estimates only, but for the lanes (`periods`
and `marks`), which are of patients, and uppercase; the one figure that may draw them is guarded by the cohort's access.
"""

import numpy as np
import pandas as pd

from gistbook.analysis import disclosure
from gistbook.analysis.baseline import bands, described, in_bands, listed, with_others
from gistbook.conventions import OVERALL, UsageError
from gistbook.intake.cohort import against_resistance
from gistbook.intake.places import by_day, with_subjects
from gistbook.schemas import GRADES, OPERATIONS, SAFETY, names
from gistbook.spelling import nearest

THRESHOLDS = {"II": "II", "III": "IIIa", "IIIb": "IIIb", "IV": "IVa"}
"""Names of a serious grade, and the lowest Clavien-Dindo grade that each includes."""

_LABELS, _UNITS = listed("operations", "label"), listed("operations", "unit")


def operations_described(cohort, serious_grade: str = "III") -> pd.DataFrame:
    """Indication, procedure, resection, complication grade, time, blood loss and restart, of all operations.

    One row per item that anybody recorded and level, columns of `schemas.SAFETY`: counts of operations with their share
    of those in which the item is known, medians with quartiles. Where a disclosure policy coarsens, all levels and
    bands that there can be.
    """
    rows = operations(cohort)
    rows = rows.assign(RESTART_DAYS=(rows["RESTRTDT"] - rows["OPDT"]).dt.days)
    if disclosure.is_coarse(cohort):
        banded = {name: f"{_LABELS[name]}, {unit}" for name, unit in _UNITS.items()}
        return _described(rows.assign(**_fixed(rows, serious_grade)), _LABELS | banded)
    grades = pd.Categorical(rows["CDGRADE"], GRADES).remove_unused_categories()
    return _described(rows.assign(CDGRADE=grades), _LABELS)


def worst_grades(cohort, serious_grade: str = "III") -> pd.DataFrame:
    """Worst complication grade of each operated patient over all operations: one row per grade, of `schemas.SAFETY`.

    Patients none of whose grades is recorded are not among `n`. Where a disclosure policy coarsens, the grades are
    `graded_levels`.
    """
    worst = _worst(operations(cohort))
    grades = pd.Series(pd.Categorical.from_codes(worst.astype(int), GRADES)).cat.remove_unused_categories()
    levels = _graded(worst, serious_grade) if disclosure.is_coarse(cohort) else grades
    return _described(pd.DataFrame({"CDGRADE": levels}), {"CDGRADE": "Worst grade"}, "patients")


def serious(cohort, threshold: str) -> dict[str, tuple[int, int]]:
    """Count complications of a serious grade, one of `THRESHOLDS`: how many of how many, per patient and per operation.

    Raises `UsageError` if there is no such threshold; the message names those there are.
    """
    lowest = _lowest(threshold)
    rows = operations(cohort)
    graded = {"patients": _worst(rows), "operations": _grade(rows).dropna()}
    return {name: (int((grades >= lowest).sum()), len(grades)) for name, grades in graded.items()}


def deaths_within(cohort, days: int) -> tuple[int, int]:
    """Count operations followed by death within so many days, and the operations followed so long or to death."""
    rows = operations(cohort)
    survived, followed = ((rows[end] - rows["OPDT"]).dt.days for end in ("DTHDT", "LSTALVDT"))
    died = survived <= days
    return int(died.sum()), int((died | (followed >= days)).sum())


def restarted(cohort) -> tuple[int, int]:
    """Count the patients who restarted imatinib after their first operation, and those operated on.

    Nobody of nobody where no restart is recorded at all, since a blank column does not say that nobody did.
    """
    first = operations(cohort).drop_duplicates("PLACE")
    count = int(first["RESTRTDT"].notna().sum())
    return count, len(first) if count else 0


def by_resection(cohort, adtte: pd.DataFrame) -> pd.DataFrame:
    """An endpoint of the operated by the resection of all disease at the first operation, where that is recorded."""
    first = operations(cohort).drop_duplicates("PLACE").set_index("USUBJID")["RESECALL"]
    return adtte.assign(TRTA=adtte["USUBJID"].map(first)).dropna(subset="TRTA")


def operated(cohort) -> int:
    """Count the analysed patients with a first operation for resistance."""
    return len(_operated(cohort))


def reoperated(cohort) -> tuple[int, int]:
    """Count the patients operated on for resistance more than once, and once at least (`against_resistance`)."""
    counts = for_resistance(cohort)["PLACE"].value_counts()
    return int((counts > 1).sum()), len(counts)


def serious_as_shown(cohort, serious_grade: str, worst: pd.DataFrame, described: pd.DataFrame) -> list[tuple]:
    """Count serious complications as `serious` does; under a policy, by what was released of the two tables."""
    graded, name = described[described["item"] == _LABELS["CDGRADE"]], graded_levels(serious_grade)[-1]
    counted = zip((worst, graded), serious(cohort, serious_grade).values(), strict=True)
    return [disclosure.level(rows, name, each, cohort.policy) for rows, each in counted]


def _lowest(threshold: str) -> int:
    if threshold not in THRESHOLDS:
        raise UsageError(f"There is no serious grade named {threshold!r}. {nearest(threshold, THRESHOLDS)}")
    return GRADES.index(THRESHOLDS[threshold])


def graded_levels(serious_grade: str) -> list[str]:
    """The levels of complications where a disclosure policy coarsens; the last is serious."""
    place = _lowest(serious_grade)
    below = GRADES[1] if place == 2 else f"{GRADES[1]} to {GRADES[place - 1]}"
    return [GRADES[0], below, f"{GRADES[place]} to {GRADES[-1]}"]


def _graded(grades: pd.Series, serious_grade: str) -> pd.Series:
    edges = [-1, 0, _lowest(serious_grade) - 1, len(GRADES)]
    return pd.cut(grades, edges, labels=graded_levels(serious_grade))


def _fixed(rows: pd.DataFrame, serious_grade: str) -> dict:
    """All levels, and bands, that a disclosure policy lets there be of each column."""
    levels = {c.adam: pd.Categorical(rows[c.adam], c.permitted) for c in OPERATIONS if c.permitted}
    levels |= {"OPPROC": with_others(rows["OPPROC"]), "CDGRADE": _graded(_grade(rows), serious_grade)}
    return levels | {name: in_bands(rows[name].astype(float), edges) for name, edges in bands("operations").items()}


def _described(rows: pd.DataFrame, labels: dict[str, str], counted: str = "operations") -> pd.DataFrame:
    """What is recorded of all operations or patients taken together: columns of `schemas.SAFETY`."""
    frame = described(rows.assign(TRT01A=OVERALL), labels, missing="never").rename(columns={"characteristic": "item"})
    units = frame["item"].map({_LABELS[name]: unit for name, unit in _UNITS.items()})
    return frame.assign(unit=units.where(frame["kind"] == "median", counted))[names(SAFETY)]


def operations(cohort) -> pd.DataFrame:
    """Operations of the analysed patients in order, with the patient's dates beside each, by the patient's `PLACE`."""
    analysed = _operated(cohort)
    none = analysed.iloc[:0].assign(**_NONE)
    done = none if cohort.operations is None else with_subjects(cohort.operations, analysed, cohort.adsl)
    done = done[done["OPDT"] >= done["OPDT1"]].rename_axis("PLACE").reset_index()
    return done.iloc[by_day(done["PLACE"].to_numpy(), done["OPDT"].to_numpy())]


def for_resistance(cohort) -> pd.DataFrame:
    """Those of `operations` that were done for resistance (`against_resistance`)."""
    done = operations(cohort)
    return done[against_resistance(done)]


def _operated(cohort) -> pd.DataFrame:
    columns = ["USUBJID", "TRT01A", "OPDT1", "DTHDT", "LSTALVDT"]
    return cohort.adsl.loc[cohort.adsl["TRT01A"].notna() & cohort.adsl["OPDT1"].notna(), columns]


_NONE = {c.adam: pd.Series(dtype="datetime64[ns]" if c.kind == "date" else object) for c in OPERATIONS[1:]}


def _grade(rows: pd.DataFrame) -> pd.Series:
    return rows["CDGRADE"].map({grade: place for place, grade in enumerate(GRADES)}).astype(float)


def _worst(rows: pd.DataFrame) -> pd.Series:
    return _grade(rows).groupby(rows["PLACE"]).max().dropna()


def periods(cohort, most: float = np.inf) -> pd.DataFrame:
    """The periods of treatment of the operated, in days from the first operation; lane 1 is the longest followed.

    None of more than `most` patients, of whom no lanes are drawn.
    """
    lanes = _lanes(cohort)
    if cohort.exposures is None or len(lanes) > most:
        return pd.DataFrame(columns=["LANE", "DRUG", "ASTDY", "AENDY"])
    rows = with_subjects(cohort.exposures[["USUBJID", "TRT", "ASTDT", "AENDT"]], lanes, cohort.adsl)
    ends = rows["AENDT"].fillna(rows["DTHDT"]).fillna(rows["LSTALVDT"])
    since, until = ((dates - rows["OPDT1"]).dt.days for dates in (rows["ASTDT"], ends))
    drawn = pd.DataFrame({"LANE": rows["LANE"], "DRUG": rows["TRT"], "ASTDY": since.clip(lower=0), "AENDY": until})
    return drawn[drawn["AENDY"] > drawn["ASTDY"]].reset_index(drop=True)


def marks(cohort) -> pd.DataFrame:
    """Operations, progressions, and death or last contact of the operated, in days from the first operation."""
    lanes = _lanes(cohort)
    ends = lanes.assign(MARK=lanes["DTHDT"].notna().map({True: "death", False: "last contact"}), ADT=lanes["LSTALVDT"])
    rows, columns = [ends], ["USUBJID", "MARK", "ADT"]
    if cohort.operations is not None:
        rows.append(cohort.operations.rename(columns={"OPDT": "ADT"}).assign(MARK="operation"))
    if cohort.assessments is not None:
        rows.append(cohort.assessments[cohort.assessments["AVALC"] == "PD"].assign(MARK="progression"))
    drawn = pd.concat([with_subjects(each[columns], lanes[["LANE", "OPDT1"]], cohort.adsl) for each in rows])
    drawn["ADY"] = (drawn["ADT"] - drawn["OPDT1"]).dt.days
    return drawn.loc[drawn["ADY"] >= 0, ["LANE", "MARK", "ADY"]].reset_index(drop=True)


def died(marks: pd.DataFrame) -> tuple[int, int]:
    """How many of the operated, whose `marks` these are, died, and of how many."""
    return int((marks["MARK"] == "death").sum()), int(marks["LANE"].nunique())


def _lanes(cohort) -> pd.DataFrame:
    operated = _operated(cohort)
    followed = (operated["LSTALVDT"] - operated["OPDT1"]).dt.days
    ordered = operated.assign(LANE=followed.rank(method="first", ascending=False).astype(int))
    return ordered[["USUBJID", "LANE", "OPDT1", "DTHDT", "LSTALVDT"]]
