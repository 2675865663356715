"""A cohort that was made into bytes is the same cohort when it is read from them."""

import numpy as np
import pandas as pd
import pytest

from gistbook import examine, packed
from gistbook.intake.cohort import Cohort
from subjects import folder, whole_folder

TIMES = "USUBJID,PARAMCD,CNSR,AVAL,TRTA\na,OS,0,100,A\nb,OS,1,200.5,B\n"


def assert_same(read: Cohort, cohort: Cohort) -> None:
    for name, expected in cohort._asdict().items():
        if isinstance(expected, pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(read, name), expected, check_exact=True)
        else:
            assert getattr(read, name) == expected


def test_a_cohort_is_the_same_from_its_bytes(tmp_path):
    cohort = examine.load(whole_folder(tmp_path / "mine"))

    assert_same(packed.from_bytes(packed.to_bytes(cohort)), cohort)


def test_recorded_times_are_the_same_and_tables_not_recorded_stay_so(tmp_path):
    cohort = examine.load(folder(tmp_path / "mine", adtte=TIMES))
    read = packed.from_bytes(packed.to_bytes(cohort))

    assert_same(read, cohort)
    assert read.operations is None


def test_the_policy_does_not_travel(tmp_path):
    cohort = examine.load(whole_folder(tmp_path / "mine"))

    assert packed.from_bytes(packed.to_bytes(cohort._replace(policy="any"))).policy is None


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["b", np.nan, "a", "b"], dtype=object),
        pd.Series([np.nan, np.nan], dtype=object),
        pd.Series([], dtype=object),
        pd.Series([], dtype="datetime64[ns]"),
        pd.Series([pd.NaT, pd.Timestamp(2015, 12, 31)]),
        pd.Series(["b", np.nan, "a"], dtype="category"),
        pd.Series([str(i) for i in range(130)], dtype=object),
        pd.Series([1.5, np.nan]),
    ],
)
def test_a_column_keeps_its_type_and_its_missing_values(tmp_path, values):
    cohort = examine.load(whole_folder(tmp_path / "mine"))._replace(assessments=pd.DataFrame({"A": values}))

    assert_same(packed.from_bytes(packed.to_bytes(cohort)), cohort)


def test_rows_read_from_bytes_can_be_changed(tmp_path):
    read = packed.from_bytes(packed.to_bytes(examine.load(whole_folder(tmp_path / "mine"))))
    read.adsl.loc[0, ["AGE", "SEX", "RESISTDT"]] = [1, "other", pd.NaT]

    assert read.adsl.loc[0, "SEX"] == "other"
