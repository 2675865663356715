"""Table 1 of patients few enough to count on one hand."""

from datetime import date

import numpy as np
import pytest

from gistbook import build
from gistbook.analysis import baseline
from support.subjects import OPERATIONS, PATIENTS, folder

SIX = """
patient_id,sex,age,group,metastatic_sites,imatinib_start,resistance_date,last_contact
a,female,40,A,liver;peritoneum,2009-01-01,2010-01-01,2012-01-01
b,male,50,A,liver,2009-10-01,2010-01-01,2012-01-01
c,male,60,A,,2009-01-01,2010-01-01,2012-01-01
d,female,55,B,peritoneum,2009-01-01,2010-01-01,2012-01-01
e,female,65,B,peritoneum,2009-01-01,2010-01-01,2012-01-01
f,,75,B,liver,,2010-01-01,2012-01-01
"""


@pytest.fixture(scope="module")
def six(tmp_path_factory):
    return build.load_cohort(folder(tmp_path_factory.mktemp("baseline") / "six", patients=SIX))


@pytest.fixture(scope="module")
def table(six):
    return baseline.characteristics(six.adsl).set_index(["characteristic", "level", "group"])


def test_a_continuous_characteristic_has_its_median_and_quartiles(table):
    row = table.loc[("Age, years", "median", "A")]

    assert (row["estimate"], row["lower"], row["upper"]) == (50, 45, 55)


def test_shares_are_of_the_patients_in_whom_the_characteristic_is_known(table):
    row = table.loc[("Sex", "female", "B")]

    assert (row["count"], row["n"], row["estimate"]) == (2, 2, 1)


def test_the_patients_in_whom_it_is_not_known_are_counted(table):
    assert table.loc[("Sex", "missing", "B")]["count"] == 1
    assert table.loc[("Sex", "missing", "A")]["count"] == 0


def test_a_characteristic_known_in_everybody_has_no_row_for_missing(table):
    assert ("Age, years", "missing", "A") not in table.index


def test_a_patient_with_two_sites_counts_at_both(table):
    assert table.loc[("Metastatic sites", "liver", "A")]["count"] == 2
    assert table.loc[("Metastatic sites", "peritoneum", "A")]["count"] == 1


def test_the_standardized_difference_of_means_is_in_pooled_standard_deviations(table):
    assert table.loc[("Age, years", "median", "A")]["difference"] == pytest.approx((50 - 65) / 10)


def test_the_standardized_difference_of_shares_uses_the_binomial_spread(table):
    difference = table.loc[("Metastatic sites", "liver", "A")]["difference"]

    assert difference == pytest.approx((1 - 1 / 3) / np.sqrt((1 * 0 + 1 / 3 * 2 / 3) / 2))


def test_resistance_within_half_a_year_of_the_first_dose_is_primary(table):
    assert table.loc[("Resistance", "primary", "A")]["count"] == 1


def test_a_characteristic_that_nobody_recorded_has_no_rows(table):
    assert "Mutation" not in table.index.get_level_values("characteristic")


def test_one_group_has_no_difference(tmp_path):
    ungrouped = PATIENTS.replace("resistance_pattern", "unused_column")
    cohort = build.load_cohort(folder(tmp_path / "one", patients=ungrouped))

    assert baseline.characteristics(cohort.adsl)["difference"].isna().all()


@pytest.fixture(scope="module")
def bands(six):
    return baseline.banded(six.adsl).set_index(["characteristic", "level", "group"])["count"]


def test_under_a_policy_a_continuous_characteristic_is_counted_in_bands(bands):
    ages = bands["Age, years"]

    assert ages.unstack("group").to_dict("index") == {
        "0 to 39": {"A": 0, "B": 0},
        "80 or more": {"A": 0, "B": 0},
        "40 to 49": {"A": 1, "B": 0},
        "50 to 59": {"A": 1, "B": 1},
        "60 to 69": {"A": 1, "B": 1},
        "70 to 79": {"A": 0, "B": 1},
        "missing": {"A": 0, "B": 0},
    }


def test_every_band_is_listed_whoever_is_in_it(bands):
    listed = bands["Age, years"].index.get_level_values("level").unique()

    assert [*listed[:-1]] == ["0 to 39", *(f"{n} to {n + 9}" for n in range(40, 80, 10)), "80 or more"]
    assert listed[-1] == "missing"


def test_under_a_policy_levels_do_not_depend_on_who_has_them(bands):
    levels = {name: rows.index.get_level_values("level").unique() for name, rows in bands.groupby("characteristic")}

    assert levels["Sex"].tolist() == ["female", "male", "missing"]


def test_an_edge_belongs_to_the_band_that_it_begins(bands):
    assert bands[("Age, years", "60 to 69", "A")] == 1


def test_whoever_is_in_no_band_because_nothing_is_known_is_missing(bands):
    assert bands[("Imatinib before resistance, months", "missing", "B")] == 1


def test_no_median_stands_beside_bands(bands):
    assert "median" not in bands.index.get_level_values("level")


def test_where_no_date_is_recorded_there_is_no_cut_off_and_nobody_is_followed_to_it(tmp_path):
    cohort = build.load_cohort(
        folder(tmp_path / "times", adtte="USUBJID,PARAMCD,AVAL,AVALU,CNSR\na,OS,10,days,0\nb,OS,20,days,1")
    )

    assert baseline.cutoff(cohort) == "not recorded in this cohort"
    assert baseline.followed_to_cutoff(cohort) == (0, 0)


def test_without_a_named_cut_off_the_last_contact_of_anybody_is_it(tmp_path):
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS))

    assert baseline.cutoff(cohort) == "2014-01-01"
    assert baseline.followed_to_cutoff(cohort) == (3, 4)


@pytest.mark.parametrize(
    ("access", "cut_off"), [("public", "2012-01-01"), ("confidential", "the last contact of anybody")]
)
def test_the_day_of_somebodys_last_contact_is_not_told_of_confidential_patients(tmp_path, access, cut_off):
    cohort = build.load_cohort(folder(tmp_path / "six", patients=SIX))._replace(access=access)

    assert baseline.cutoff(cohort).startswith(cut_off)


def test_a_recorded_data_cut_off_is_told_whatever_the_access(tmp_path):
    cohort = build.load_cohort(folder(tmp_path / "six", patients=SIX))._replace(access="confidential")

    assert baseline.cutoff(cohort._replace(data_cutoff=date(2012, 6, 1))) == "2012-06-01"
