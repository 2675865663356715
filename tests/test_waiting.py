"""Waiting for an operation: patients drawn by hand, and drawn and real ones against R (`reference/waiting.R`)."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import cases, competing, estimates, lifetable, waiting
from gistbook.conventions import NOT_ESTIMABLE
from gistbook.display import tables
from support.subjects import folder

REFERENCE = Path(__file__).parent / "reference"

COX = 1e-7
"""Relative; a maximum found by iteration is as near as the two stopping rules let it be."""

MONTHS = [3, 6]
COLUMNS = ["TRTDY", "AVAL", "CNSR"]

PATIENTS = """patient_id,imatinib_start,resistance_date,resistance_pattern,last_contact,death_date
a,2010-01-01,2015-01-01,localized,2015-03-02,2015-03-02
b,2010-01-01,2015-01-01,localized,2016-01-01,2016-01-01
c,2010-01-01,2015-01-01,localized,2017-01-01,
d,2010-01-01,2015-01-01,localized,2015-12-31,
e,2010-01-01,2015-01-01,generalized,2016-05-01,2016-05-01
f,2010-01-01,2015-01-01,generalized,2016-05-01,
"""

OPERATIONS = """patient_id,operation_date,indication
b,2015-02-01,resistance
b,2015-08-01,further_progression
c,2015-05-01,resistance
f,2015-02-01,resistance
"""


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Read a folder of six patients, four of them with localized resistance, of whom one died waiting."""
    settings = 'title = "Six"\naccess = "public"\ndata_cutoff = 2018-01-01'
    place = tmp_path_factory.mktemp("waiting") / "six"
    return build.load_cohort(folder(place, settings, patients=PATIENTS, operations=OPERATIONS))


def drawn() -> pd.DataFrame:
    """Draw patients who wait, in whole days, so that deaths share days; some die waiting."""
    rng = np.random.default_rng(7)
    wait, death = rng.exponential(200, 80).round() + 1, rng.exponential(500, 80).round() + 1
    last = np.minimum(death, rng.integers(150, 1200, 80))
    operated = (rng.random(80) < 0.7) & (wait < last)
    columns = {"TRTDY": np.where(operated, wait, np.nan), "AVAL": last, "CNSR": (death > last).astype(int)}
    return pd.DataFrame({"USUBJID": [f"{n:02d}" for n in range(80)], **columns})


DATASETS = {"drawn": drawn, "stanford": cases.load_heart_transplants}


def by_hand(*patients: tuple) -> pd.DataFrame:
    """Return patients: day of the operation or None, last day, 0 for a death."""
    frame = pd.DataFrame(patients, columns=COLUMNS).astype({"TRTDY": float})
    return frame.assign(USUBJID=list("abcdefgh"[: len(frame)]))


def test_the_population_is_all_with_localized_resistance_whether_operated_or_not(cohort):
    rows = waiting.patients(cohort).set_index("USUBJID")[COLUMNS]

    assert rows.index.tolist() == ["a", "b", "c", "d"]
    assert rows.fillna(-1).to_numpy().tolist() == [[-1, 60, 0], [31, 365, 0], [120, 731, 1], [-1, 364, 1]]


def test_who_died_waiting_is_in_no_group_of_the_book_and_is_counted_here(cohort):
    assert cohort.adsl.set_index("USUBJID")["TRT01A"].isna().loc["a"]
    assert waiting.parts(waiting.patients(cohort)) == {
        "Operated on": (2, 4),
        "Died before any operation": (1, 4),
        "Alive without an operation at last contact": (1, 4),
    }


def test_an_operation_after_the_last_day_is_no_operation(cohort):
    late = cohort._replace(adsl=cohort.adsl.assign(OPDT1=pd.Timestamp("2020-01-01")))

    assert waiting.patients(late)["TRTDY"].isna().all()


def test_where_no_pattern_is_recorded_all_are_taken(cohort):
    silent = cohort._replace(adsl=cohort.adsl.assign(RESPAT=None))

    assert len(waiting.patients(silent)) == 6


def test_an_operation_and_a_death_before_it_compete():
    # Day 10: one of four dies. Day 20: one of three is operated on, who dies later.
    rows = by_hand((None, 10, 0), (20, 30, 0), (None, 40, 1), (None, 50, 1))
    counts = lifetable.count_kinds(waiting.ends_of_waiting(rows))
    curve = competing.cumulative_incidence(counts)
    found = curve.groupby("kind")["incidence"].max()

    assert set(curve["group"]) == {"Waiting patients"}
    assert found.to_dict() == pytest.approx({"death before an operation": 1 / 4, "operation": 3 / 4 * 1 / 3})


def test_the_curve_by_time_moves_a_patient_from_one_group_to_the_other():
    rows = by_hand((None, 10, 0), (20, 30, 0), (25, 60, 1), (None, 50, 1))
    counts = lifetable.count(waiting.by_time(rows))
    at = estimates.number_at_risk(counts, [5, 22, 28]).pivot(index="group", columns="time", values="at_risk")
    curve = estimates.survival(counts).groupby("group")["survival"].last()

    assert at.loc[waiting.UNOPERATED].tolist() == [4, 2, 1]
    assert at.loc[waiting.OPERATED].tolist() == [0, 1, 2]
    assert curve.to_dict() == {waiting.OPERATED: 1 / 2, waiting.UNOPERATED: 3 / 4}


def test_a_landmark_names_its_groups_and_leaves_out_who_died_before():
    rows = by_hand((None, 10, 0), (20, 130, 0), (200, 400, 1), (None, 500, 1))
    found = waiting.at_landmark(rows, 3, [6])

    assert found["group"].tolist() == ["Not operated by 3 months", "Operated by 3 months"]
    assert found["n"].tolist() == [2, 1]
    assert found["estimate"].tolist()[0] == 1


@pytest.mark.parametrize("rows", [by_hand(), by_hand((None, 5, 0)), by_hand((0, 5, 0)), by_hand((None, 500, 1))])
def test_nobody_to_compare_with_is_said_in_words(rows):
    said = tables.tested(waiting.compared(rows, MONTHS))

    assert said["Analysis"].tolist() == ["Time-dependent", "Landmark at 3 months", "Landmark at 6 months"]
    assert said["Test"].tolist() == [NOT_ESTIMABLE] * 3
    assert said["Hazard ratio"].str.contains("not estimable").all()
    assert len(waiting.at_landmark(rows, 3, [6])) <= 1
    assert len(lifetable.count(waiting.together(rows))) <= 1


def test_a_patient_who_changes_group_is_counted_once():
    rows = drawn()

    assert waiting.compared(rows, MONTHS)["n"].iloc[0] == len(rows)


def long_frame() -> pd.DataFrame:
    """Return the patients of every data set as R is handed them."""
    names = {"USUBJID": "id", "TRTDY": "wait", "AVAL": "last"}
    parts = [load().rename(columns=names).assign(dataset=name) for name, load in DATASETS.items()]
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(status=1 - rows["CNSR"])[["dataset", "id", "wait", "last", "status"]]


EXPECTED = pd.read_csv(REFERENCE / "waiting_expected.csv") if __name__ != "__main__" else None


def of_r(dataset: str, analysis: str) -> pd.Series:
    """Return R's answers to one analysis."""
    rows = EXPECTED[(EXPECTED["dataset"] == dataset) & (EXPECTED["analysis"] == analysis)]
    return rows.set_index("quantity")["value"]


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("place", range(3))
def test_ratios_and_tests_agree_with_r(dataset, place):
    ours = waiting.compared(DATASETS[dataset](), MONTHS).iloc[place]
    told = of_r(dataset, ours["group"])

    assert ours[["estimate", "lower", "upper", "statistic"]].tolist() == pytest.approx(
        told[["estimate", "lower", "upper", "score"]].tolist(), rel=COX
    )


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_curves_by_time_agree_with_r(dataset):
    counts = lifetable.count(waiting.by_time(DATASETS[dataset]()))
    rates = estimates.rate(estimates.survival(counts), [200]).set_index("group")["estimate"]
    at = estimates.number_at_risk(counts, [200]).set_index("group")["at_risk"]
    told = of_r(dataset, "Time-dependent")
    groups = [waiting.UNOPERATED, waiting.OPERATED]

    assert rates[groups].tolist() == pytest.approx(told[["alive_0", "alive_1"]].tolist(), rel=1e-12)
    assert at[groups].tolist() == told[["at_risk_0", "at_risk_1"]].tolist()


@pytest.mark.whole
def test_r_gives_the_same_answers_again(rscript, tmp_path):
    handed = long_frame().to_csv(index=False, lineterminator="\n")
    subprocess.run([rscript, str(REFERENCE / "waiting.R"), str(tmp_path)], input=handed, text=True, check=True)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "waiting_expected.csv"), EXPECTED, rtol=COX)


if __name__ == "__main__":
    long_frame().to_csv(sys.stdout, index=False, lineterminator="\n")
