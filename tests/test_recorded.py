"""Times that a sheet records as such: several ends, late entry, the earlier of two; a pencil, and R's own data sets."""

import subprocess
from pathlib import Path

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import competing, endpoints, estimates, lifetable
from gistbook.conventions import DAYS_PER_MONTH, months
from support import chapters
from support.subjects import folder

REFERENCE = Path(__file__).parent / "reference"

HEAD = 'title = "x"\naccess = "public"\n'

FOUR = "patient_id,months,end\na,1,dead\nb,2,other\nc,3,dead\nd,4,alive"
FOUR_ENDS = """
[endpoints.OS]
time = "months"
unit = "months"
event = "end"
events = ["dead"]
censored = ["alive"]
competing = ["other"]
"""


@pytest.fixture(scope="session")
def of_r(rscript, tmp_path_factory) -> Path:
    """Return a folder of sheets as R writes its own data sets, and of what R makes of them."""
    place = tmp_path_factory.mktemp("r")
    subprocess.run([rscript, str(REFERENCE / "recorded.R"), str(place)], check=True, capture_output=True)
    return place


def cohort_of(place: Path, settings: str, sheet: str, access: str = "public"):
    """Return the cohort of one sheet of patients."""
    return build.load_cohort(folder(place, HEAD.replace("public", access) + settings, patients=sheet))


def answers(of_r: Path, dataset: str, quantity: str = "") -> pd.Series:
    """Return R's answers of one data set, or of one quantity of it, by what they are of."""
    rows = pd.read_csv(of_r / "answers.csv", dtype={"group": str}).query("dataset == @dataset")
    if not quantity:
        return rows.set_index(["quantity", "group", "argument"])["value"]
    return rows[rows["quantity"] == quantity].set_index("group")["value"]


def incidence(cohort, code: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts by how the time ended, and cumulative incidences."""
    rows = cohort.adtte[cohort.adtte["PARAMCD"] == code]
    counts = lifetable.count_kinds(endpoints.by_end(rows))
    return counts, competing.cumulative_incidence(counts)


def test_the_incidence_of_recorded_ends_is_that_of_a_pencil(tmp_path):
    counts, curve = incidence(cohort_of(tmp_path / "x", FOUR_ENDS, FOUR), "OS")
    heights = curve.pivot(index="time", columns="kind", values="incidence")

    assert heights["event"].tolist()[1:] == [1 / 4, 1 / 4, 1 / 4 + 1 / 2 * 1 / 2, 1 / 2]
    assert heights["competing event"].tolist()[1:] == [0, 3 / 4 * 1 / 3, 1 / 4, 1 / 4]
    read = competing.at(curve, counts, [3 * DAYS_PER_MONTH, 5 * DAYS_PER_MONTH]).set_index(["group", "time"])
    row = read.loc[("All, event", 3 * DAYS_PER_MONTH)]
    assert (row["estimate"], row["events"], row["n"]) == (1 / 2, 2, 4)
    assert read.loc[("All, event", 5 * DAYS_PER_MONTH)].isna()["estimate"]


def test_one_minus_the_curve_is_more_than_the_incidence(tmp_path):
    """Two of four come to the event, of whom the curve makes 1 - 3/4 * 1/2 by censoring the other end."""
    cohort = cohort_of(tmp_path / "x", FOUR_ENDS, FOUR)
    curve = estimates.survival(lifetable.count(endpoints.derive_os(cohort, "recorded")))

    turned = competing.complement(estimates.rate(curve, [3 * DAYS_PER_MONTH])).iloc[0]
    assert turned["estimate"] == 1 - 3 / 4 * 1 / 2
    assert turned["lower"] <= turned["estimate"] <= turned["upper"]


@pytest.mark.parametrize(("access", "is_shown"), [("public", True), ("confidential", False)])
def test_the_chapter_shows_each_end_or_says_that_it_is_withheld(access, is_shown, tmp_path):
    place = folder(tmp_path / "x", HEAD.replace("public", access) + FOUR_ENDS, patients=FOUR)
    page = chapters.pages(place, ["overall_survival"])["overall_survival"]

    assert ("os_ends_frames" in page.frames or "os_ends" in page.frames) == is_shown
    assert ("One minus the curve is therefore never the smaller" in page.text) == is_shown
    assert ("would tell the censored of the curve apart" in page.text) == (not is_shown)


def test_a_cohort_without_other_ends_has_no_such_passage(tmp_path):
    settings = FOUR_ENDS.replace('["alive"]', '["alive", "other"]').replace('competing = ["other"]', "")
    page = chapters.pages(folder(tmp_path / "x", HEAD + settings, patients=FOUR), ["overall_survival"])

    assert "ends the time" not in page["overall_survival"].text


CODED = """
[columns.patients]
id = "patient_id"
sex = "group"
[endpoints.PFS]
time = "etime"
unit = "months"
event = "kind"
events = ["pcm"]
censored = ["censored"]
competing = ["death"]
"""
KINDS_OF_R = {"pcm": "event", "death": "competing event"}


def test_the_incidences_of_recorded_ends_are_those_of_r(of_r, tmp_path):
    sheet = (of_r / "mgus2_coded.csv").read_text().replace('""', '"number"', 1)
    counts, curve = incidence(cohort_of(tmp_path / "x", CODED, sheet), "PFS")

    expected = answers(of_r, "mgus2_ends")
    landmarks = [12, 60, 120, 240]
    read = competing.at(curve, counts, [month * DAYS_PER_MONTH for month in landmarks])
    found = {(row.group, round(months(row.time))): row.estimate for row in read.itertuples()}
    wanted = {(f"{group}, {KINDS_OF_R[kind]}", month): value for (kind, group, month), value in expected.items()}
    assert len(wanted) == 16
    assert found == pytest.approx(wanted, rel=1e-12)
