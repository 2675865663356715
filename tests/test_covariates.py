"""Characteristics that a cohort adds to Table 1: read, typed, and shown under its policy."""

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import baseline, disclosure
from gistbook.intake.cohort import from_bytes, to_bytes
from gistbook.intake.folder import check_folder
from support.subjects import folder

HEAD = 'title = "x"\naccess = "public"\n'
KARNOFSKY = '[covariates.karnofsky]\ncolumn = "ph.karno"\nlabel = "Karnofsky score"\nkind = "number"\n'
SMOKES = '[covariates.smokes]\ncolumn = "smoke"\nlabel = "Smoker"\nkind = "category"\n'
SHEET = """patient_id,group,resistance_date,last_contact,ph.karno,smoke
a,A,2010-01-01,2011-01-01,50,yes
b,A,2010-01-01,2011-01-01,70,no
c,A,2010-01-01,2011-01-01,90,NA
d,B,2010-01-01,2011-01-01,,yes
e,B,2010-01-01,2011-01-01,-10,yes
f,,2010-01-01,2011-01-01,1000,no
"""


def cohort_of(place, settings: str, sheet: str = SHEET, policy: str = "default"):
    """Return the cohort of a sheet with covariates."""
    return build.load_cohort(folder(place / "x", HEAD + settings, patients=sheet), policy)


def findings(place, settings: str, sheet: str = SHEET) -> list[str]:
    """Return the errors of a sheet with covariates."""
    return [str(finding) for finding in check_folder(folder(place / "x", HEAD + settings, patients=sheet)).of("error")]


def table_1(cohort) -> pd.DataFrame:
    """Return the characteristics of a cohort by name, level and group."""
    return baseline.of_cohort(cohort).set_index(["characteristic", "level", "group"])


def test_a_number_stands_in_table_1_as_by_a_pencil(tmp_path):
    rows = table_1(cohort_of(tmp_path, KARNOFSKY)).loc["Karnofsky score"]

    assert rows.loc[("median", "A"), ["estimate", "lower", "upper"]].tolist() == [70, 60, 80]
    assert rows.loc[("median", "B"), ["count", "n", "estimate"]].tolist() == [1, 2, -10]
    assert rows.loc["missing"]["count"].to_dict() == {"A": 0, "B": 1}


def test_a_category_stands_in_table_1_as_by_a_pencil(tmp_path):
    rows = table_1(cohort_of(tmp_path, SMOKES)).loc["Smoker"]

    assert rows.loc[("yes", "A"), ["count", "n", "estimate"]].tolist() == [1, 2, 1 / 2]
    assert rows.loc[("yes", "B"), ["count", "n", "estimate"]].tolist() == [2, 2, 1]
    assert rows.loc["missing"]["count"].to_dict() == {"A": 1, "B": 0}


def test_they_stand_last_in_the_order_of_the_file(tmp_path):
    rows = table_1(cohort_of(tmp_path, SMOKES + KARNOFSKY))

    assert list(dict.fromkeys(rows.index.get_level_values(0))) == ["Smoker", "Karnofsky score"]


def test_a_column_that_is_taken_is_told_as_used(tmp_path):
    place = folder(tmp_path / "x", HEAD + KARNOFSKY, patients=SHEET)

    assert check_folder(place).sources[0].unused == ["smoke"]


def test_a_cohort_that_is_handed_on_keeps_them(tmp_path):
    cohort = cohort_of(tmp_path, KARNOFSKY + SMOKES)
    handed = from_bytes(to_bytes(cohort))

    assert handed.covariates == cohort.covariates
    pd.testing.assert_frame_equal(handed.adsl, cohort.adsl)


def test_rows_that_are_not_selected_bring_no_covariate(tmp_path):
    rows = table_1(cohort_of(tmp_path, f'{SMOKES}[select.patients]\nwhere = {{ "ph.karno" = ["50", "-10"] }}\n'))

    assert rows.loc["Smoker"]["count"].to_dict() == {("yes", "A"): 1, ("yes", "B"): 1}


@pytest.mark.parametrize("label", ["Sex", "sex"])
def test_a_label_of_the_book_is_told_from_it(tmp_path, label):
    sheet = SHEET.replace("ph.karno", "sex").replace("50", "male").replace("70", "male").replace("90", "female")
    sheet = sheet.replace("-10", "female").replace("1000", "male")
    rows = table_1(cohort_of(tmp_path, SMOKES.replace("Smoker", label), sheet))

    assert set(rows.index.get_level_values(0)) == {"Sex", f"{label} (own)"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (KARNOFSKY.replace("ph.karno", "ph.karn"), 'no "ph.karn". Did you mean ph.karno?'),
        (KARNOFSKY.replace('label = "Karnofsky score"\n', ""), "covariates.karnofsky.label: lacks an entry"),
        (KARNOFSKY.replace('"number"', '"numbers"'), "no such kind"),
        (KARNOFSKY + "bands = [80, 60]\n", "not a list of rising whole numbers"),
        (KARNOFSKY + "band = [80]\n", "no such entry"),
        (KARNOFSKY + SMOKES.replace("Smoker", "karnofsky  score"), "the label of another covariate too"),
        (SMOKES.replace('"category"', '"number"'), "column smoke, rows 2, 3, 5, 6, 7: not a number"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path, settings, words):
    assert any(words in finding for finding in findings(tmp_path, settings))


def test_without_a_sheet_of_patients_there_is_nothing_to_add(tmp_path):
    times = "USUBJID,PARAMCD,AVAL,AVALU,CNSR,TRTA\na,OS,9,days,0,A\nb,OS,8,days,1,A"
    errors = check_folder(folder(tmp_path / "x", HEAD + KARNOFSKY, adtte=times)).of("error")

    assert [finding.rule for finding in errors] == ["no table of patients has them"]


def many(values: list[str]) -> str:
    """Return a sheet of as many patients as there are values of a score, half of whom smoke."""
    rows = [f"p{n},A,2010-01-01,2011-01-01,{value},{'yes' if n % 2 else 'no'}" for n, value in enumerate(values)]
    return "\n".join([SHEET.splitlines()[0], *rows])


SCORES = [*["50"] * 20, *["60"] * 20, *["79.5"] * 10, *["80"] * 9, "1234"]


def test_under_a_policy_a_number_is_counted_in_its_bands(tmp_path):
    cohort = cohort_of(tmp_path, KARNOFSKY + "bands = [60, 80]\n", many(SCORES), "midpoint6")
    rows = table_1(cohort).loc["Karnofsky score"]
    released = disclosure.table(baseline.of_cohort(cohort), cohort.policy, ["characteristic", "group"])

    assert rows["count"].to_dict() == {
        ("below 60", "A"): 20,
        ("60 to 79", "A"): 20 + 10,
        ("80 or more", "A"): 9 + 1,
        ("missing", "A"): 0,
    }
    assert set(released["kind"]) == {"count"}
    assert released["count"].dropna().mod(6).isin([0, 3]).all()


@pytest.mark.parametrize("policy", ["midpoint6", "threshold10"])
def test_under_a_policy_a_number_without_bands_has_no_row(tmp_path, policy):
    cohort = cohort_of(tmp_path, KARNOFSKY + SMOKES, many(SCORES), policy)

    assert set(baseline.of_cohort(cohort)["characteristic"]) == {"Smoker"}


@pytest.mark.parametrize("policy", ["midpoint6", "threshold10"])
def test_under_a_policy_a_rare_category_is_not_named(tmp_path, policy):
    sheet = many(SCORES).replace("1234,no", "1234,cigars").replace("1234,yes", "1234,cigars")
    cohort = cohort_of(tmp_path, SMOKES, sheet, policy)
    released = disclosure.table(baseline.of_cohort(cohort), cohort.policy, ["characteristic", "group"])

    assert "cigars" in set(cohort.adsl["OWN1"])
    assert "cigars" not in set(released["level"])
