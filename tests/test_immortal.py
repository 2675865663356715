"""Immortal time: drawn patients in three layouts, and those of Stanford against R (`reference/immortal.R`)."""

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis import cases, contrasts, lifetable

REFERENCE = Path(__file__).parent / "reference"

EXACT = 1e-10
COX = 1e-8
"""Relative; a maximum found by iteration is as near as the two stopping rules let it be."""

COLUMNS = ["USUBJID", "TRTA", "ENTRYDY", "AVAL", "CNSR"]


def drawn(*patients: tuple) -> pd.DataFrame:
    """Return drawn patients: the day of treatment or None, the last day, 0 for a death on it."""
    frame = pd.DataFrame(patients, columns=["TRTDY", "AVAL", "CNSR"]).astype({"TRTDY": float})
    return frame.assign(USUBJID=list("abcdefgh"[: len(frame)]))


THREE = drawn((None, 5, 0), (4, 10, 0), (8, 20, 1))


def rows_of(layout: pd.DataFrame) -> list[tuple]:
    """Return a layout as tuples."""
    return list(layout[COLUMNS].itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def stanford() -> pd.DataFrame:
    """Load the patients once."""
    return cases.load_heart_transplants()


def test_the_naive_way_has_the_treated_treated_from_time_zero():
    assert rows_of(cases.naive(THREE)) == [
        ("a", "No transplant", 0, 5, 0),
        ("b", "Transplant", 0, 10, 0),
        ("c", "Transplant", 0, 20, 1),
    ]


def test_the_time_dependent_way_counts_the_wait_as_untreated():
    assert rows_of(cases.time_dependent(THREE)) == [
        ("a", "No transplant", 0, 5, 0),
        ("b", "No transplant", 0, 4, 1),
        ("b", "Transplant", 4, 10, 0),
        ("c", "No transplant", 0, 8, 1),
        ("c", "Transplant", 8, 20, 1),
    ]


def test_a_landmark_groups_by_what_was_done_by_then_and_counts_from_there():
    assert rows_of(cases.landmark(THREE, 6)) == [("b", "Transplant", 0, 4, 0), ("c", "No transplant", 0, 14, 1)]


def test_a_treatment_on_the_landmark_counts_and_a_death_on_it_leaves():
    assert rows_of(cases.landmark(THREE, 4))[1:2] == [("b", "Transplant", 0, 6, 0)]
    assert [row[0] for row in rows_of(cases.landmark(THREE, 5))] == ["b", "c"]


def test_a_treatment_at_time_zero_leaves_no_wait():
    assert rows_of(cases.time_dependent(drawn((0, 9, 0)))) == [("a", "Transplant", 0, 9, 0)]


def test_a_treatment_on_the_last_day_loses_no_death():
    layout = cases.time_dependent(drawn((5, 5, 0), (0, 0, 0)))

    assert rows_of(layout) == [
        ("a", "No transplant", 0, 4.5, 1),
        ("a", "Transplant", 4.5, 5, 0),
        ("b", "Transplant", 0, 0, 0),
    ]
    assert lifetable.count(layout).query("kind == 'event'")["count"].sum() == 2


@pytest.mark.parametrize("patients", [drawn(), drawn((None, 5, 0)), drawn((3, 5, 0))])
def test_nobody_treated_nobody_untreated_and_nobody_at_all_are_layouts(patients):
    for layout in (cases.naive(patients), cases.time_dependent(patients), cases.landmark(patients, 1)):
        assert layout.columns.tolist() == COLUMNS
        assert layout["USUBJID"].nunique() == len(patients)


def test_the_stanford_patients_are_all_there(stanford):
    assert (len(stanford), stanford["USUBJID"].nunique()) == (103, 103)
    assert (stanford["CNSR"] == 0).sum() == 75
    assert stanford["TRTDY"].notna().sum() == 69


def test_no_stanford_patient_has_an_interval_of_no_length(stanford):
    assert (stanford["TRTDY"].dropna() > 0).all()
    assert (stanford["TRTDY"] < stanford["AVAL"])[stanford["TRTDY"].notna()].all()
    assert stanford.loc[stanford["TRTDY"] % 1 > 0, ["TRTDY", "AVAL"]].to_numpy().tolist() == [[4.5, 5]]


def test_the_time_dependent_layout_is_the_data_set_as_published(stanford):
    from lifelines.datasets import load_stanford_heart_transplants

    published = load_stanford_heart_transplants().sort_values(["id", "start"])
    layout = cases.time_dependent(stanford)

    for ours, theirs in (("USUBJID", "id"), ("ENTRYDY", "start"), ("AVAL", "stop")):
        assert layout[ours].tolist() == published[theirs].tolist()
    assert (1 - layout["CNSR"]).tolist() == published["event"].tolist()
    assert (layout["TRTA"] == "Transplant").astype(int).tolist() == published["transplant"].tolist()


@pytest.mark.parametrize("way", [cases.naive, cases.time_dependent])
def test_no_way_loses_a_death_or_a_day(stanford, way):
    layout = way(stanford)

    assert (layout["CNSR"] == 0).sum() == 75
    assert (layout["AVAL"] - layout["ENTRYDY"]).sum() == stanford["AVAL"].sum()


def test_the_naive_way_takes_the_wait_from_those_who_died_waiting_and_gives_it_to_the_transplanted(stanford):
    days = {
        way.__name__: (rows["AVAL"] - rows["ENTRYDY"]).groupby(rows["TRTA"]).sum()["Transplant"]
        for way, rows in ((way, way(stanford)) for way in (cases.naive, cases.time_dependent))
    }

    assert days["naive"] - days["time_dependent"] == stanford["TRTDY"].sum()


def read_expected(place: Path) -> pd.DataFrame:
    """Read R's hazard ratios with every digit."""
    return pd.read_csv(place / "immortal_expected.csv", float_precision="round_trip")


EXPECTED = read_expected(REFERENCE)
FITS = EXPECTED[["layout", "day"]].drop_duplicates().to_numpy().tolist()


def laid_out(patients: pd.DataFrame, layout: str, day: float) -> pd.DataFrame:
    """Lay the patients out by the name of a way."""
    return cases.landmark(patients, day) if layout == "landmark" else getattr(cases, layout)(patients)


def hazard_ratio(patients: pd.DataFrame, layout: str, day: float = np.nan) -> pd.Series:
    """Return our hazard ratio of a transplant in one layout."""
    return contrasts.hazard_ratio(lifetable.count(laid_out(patients, layout, day))).iloc[0]


@pytest.mark.parametrize(("layout", "day"), FITS)
def test_hazard_ratios_agree_with_r(stanford, layout, day):
    about = EXPECTED["day"].isna() if np.isnan(day) else EXPECTED["day"] == day
    told = EXPECTED[(EXPECTED["layout"] == layout) & about].set_index("quantity")["value"]
    ours = hazard_ratio(stanford, layout, day)

    assert ours["group"] == "Transplant against No transplant"
    assert [ours[name] for name in ("estimate", "lower", "upper")] == pytest.approx(
        told[["estimate", "lower", "upper"]].tolist(), rel=COX
    )
    assert (ours["n"], ours["events"]) == (told["rows"], told["events"])


def test_immortal_time_makes_a_benefit_out_of_none(stanford):
    naive, dependent = (hazard_ratio(stanford, layout) for layout in ("naive", "time_dependent"))

    assert naive["upper"] < 1
    assert naive["estimate"] < 0.5 * dependent["estimate"]
    assert dependent["lower"] < 1 < dependent["upper"]


@pytest.mark.parametrize("day", [10, 30, 60, 90])
def test_a_landmark_shows_no_benefit_beyond_chance_either(stanford, day):
    ratio = hazard_ratio(stanford, "landmark", day)

    assert ratio["lower"] < 1 < ratio["upper"]
    assert ratio["estimate"] > hazard_ratio(stanford, "naive")["estimate"]


@pytest.mark.whole
def test_r_gives_the_same_answers_again(rscript, tmp_path):
    subprocess.run([rscript, str(REFERENCE / "immortal.R"), str(tmp_path)], check=True)
    pd.testing.assert_frame_equal(read_expected(tmp_path), EXPECTED, rtol=COX, atol=EXACT)
