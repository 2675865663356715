"""Checked tables become one cohort: who is in which group, who left and why, and the dates that analyses start from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gistbook import build
from gistbook.conventions import DataError
from gistbook.intake import checks, cohort
from gistbook.intake.folder import load_folder
from gistbook.intake.settings import Formats, Settings
from gistbook.schemas import ADSL, ASSESSMENTS, EXPOSURES, OPERATIONS, names
from support import subjects

RULE = """
patient_id,resistance_date,resistance_pattern,last_contact
s,2010-01-01,localized,2012-01-01
m,2010-01-01,generalized,2012-01-01
unoperated,2010-01-01,localized,2012-01-01
operated,2010-01-01,generalized,2012-01-01
unknown,2010-01-01,,2012-01-01
"""

RULE_OPERATIONS = """
patient_id,operation_date
s,2010-02-01
operated,2010-03-01
unknown,2010-03-01
"""


def loaded(place: Path, settings: str = subjects.SETTINGS, **tables: str) -> cohort.Cohort:
    """Load a drawn folder."""
    return build.load_cohort(subjects.folder(place, settings, **tables))


def groups(drawn: cohort.Cohort) -> dict[str, str | None]:
    """Return each patient's group, or None."""
    group = drawn.adsl.set_index("USUBJID")["TRT01A"]
    return group.astype(object).where(group.notna(), None).to_dict()


def flow(drawn: cohort.Cohort) -> dict[str, int]:
    """Return how many patients are at each step."""
    return drawn.flow.set_index("step")["count"].to_dict()


def value(drawn: cohort.Cohort, subject: str, column: str):
    """Return one value of one subject."""
    return drawn.adsl.set_index("USUBJID").loc[subject, column]


@pytest.fixture(scope="module")
def by_rule(tmp_path_factory) -> cohort.Cohort:
    """Load five patients, one of each kind that the rule tells apart."""
    return loaded(tmp_path_factory.mktemp("rule"), patients=RULE, operations=RULE_OPERATIONS)


@pytest.mark.parametrize(("subject", "group"), [("s", "S-group"), ("m", "M-group")])
def test_the_rule_gives_a_group_to_whoever_was_treated_as_the_pattern_asks(by_rule, subject, group):
    assert groups(by_rule)[subject] == group


@pytest.mark.parametrize("subject", ["unoperated", "operated", "unknown"])
def test_the_rule_gives_no_group_to_anyone_else(by_rule, subject):
    assert groups(by_rule)[subject] is None


def test_whoever_is_in_no_group_is_counted_with_the_reason(by_rule):
    assert flow(by_rule) == {
        "Patients recorded": 5,
        "Localized resistance, not operated on": 1,
        "Generalized resistance, operated on": 1,
        "Pattern of resistance not recorded": 1,
        "Analysed": 2,
        "S-group": 1,
        "M-group": 1,
    }


def test_the_two_exceptions_to_the_rule_are_counted_even_where_there_are_none(tmp_path):
    steps = flow(build.load_cohort(subjects.whole_folder(tmp_path)))

    assert steps["Localized resistance, not operated on"] == 0
    assert steps["Generalized resistance, operated on"] == 0


def test_the_counts_below_a_step_of_the_flow_add_up_to_it(by_rule):
    counts = flow(by_rule)
    below = by_rule.flow[by_rule.flow["parent"] != ""].groupby("parent")["count"].sum()

    assert below.to_dict() == {parent: counts[parent] for parent in ("Patients recorded", "Analysed")}


def test_an_operation_before_resistance_is_none_for_resistance(tmp_path):
    tables = {"patients": RULE, "operations": RULE_OPERATIONS}
    rows = {name: pd.DataFrame([line.split(",") for line in text.split()]) for name, text in tables.items()}
    rows = {name: frame[1:].set_axis(frame.iloc[0].tolist(), axis=1) for name, frame in rows.items()}
    rows["operations"]["operation_date"] = "2009-12-31"
    typed, _ = checks.check(rows, Formats(), None)
    early = cohort.assemble(typed, Settings())

    assert groups(early)["s"] is None
    assert early.adsl["OPDT1"].isna().all()


def test_a_recorded_group_overrides_the_rule(tmp_path):
    recorded = (
        "patient_id,resistance_date,resistance_pattern,last_contact,group\ns,2010-01-01,localized,2012-01-01,late"
    )
    drawn = loaded(tmp_path, patients=recorded, operations="patient_id,operation_date\ns,2010-02-01")

    assert groups(drawn) == {"s": "late"}


def test_a_recorded_group_may_be_written_by_its_letter(tmp_path):
    recorded = "patient_id,resistance_date,last_contact,group\na,2010-01-01,2012-01-01,S\nb,2010-01-01,2012-01-01,M"

    assert groups(loaded(tmp_path, patients=recorded)) == {"a": "S-group", "b": "M-group"}


def test_whoever_has_no_group_among_recorded_groups_is_counted(tmp_path):
    recorded = "patient_id,resistance_date,last_contact,group\na,2010-01-01,2012-01-01,x\nb,2010-01-01,2012-01-01,"
    drawn = loaded(tmp_path, patients=recorded)

    assert groups(drawn) == {"a": "x", "b": None}
    assert flow(drawn) == {"Patients recorded": 2, "No group recorded": 1, "Analysed": 1, "x": 1}


def test_without_pattern_and_group_all_patients_are_one_group(tmp_path):
    drawn = loaded(tmp_path, patients="patient_id,resistance_date,last_contact\na,2010-01-01,2012-01-01")

    assert groups(drawn) == {"a": "All"}
    assert flow(drawn) == {"Patients recorded": 1, "Analysed": 1}


def test_frames_bear_the_adam_names(tmp_path):
    drawn = build.load_cohort(subjects.whole_folder(tmp_path))

    assert list(drawn.adsl) == names(ADSL)
    assert list(drawn.operations) == [column.adam for column in OPERATIONS]
    assert list(drawn.exposures) == [column.adam for column in EXPOSURES]
    assert list(drawn.assessments) == [column.adam for column in ASSESSMENTS]


def test_a_column_that_the_cohort_does_not_record_is_missing_throughout(by_rule):
    assert by_rule.adsl[["SEX", "AGE", "DTHDT"]].isna().all(axis=None)


def test_blank_text_is_missing(tmp_path):
    text = "patient_id,sex,resistance_date,last_contact\na,,2010-01-01,2012-01-01"

    assert pd.isna(value(loaded(tmp_path, patients=text), "a", "SEX"))


def test_the_last_contact_with_whoever_has_none_is_the_death(tmp_path):
    text = "patient_id,resistance_date,last_contact,death_date\na,2010-01-01,,2012-01-01"

    assert value(loaded(tmp_path, patients=text), "a", "LSTALVDT") == pd.Timestamp(2012, 1, 1)


def test_the_first_operation_is_the_first_on_or_after_resistance(tmp_path):
    drawn = build.load_cohort(subjects.whole_folder(tmp_path))

    assert value(drawn, "b", "OPDT1") == pd.Timestamp(2010, 3, 1)


def test_an_operation_on_the_day_of_resistance_counts(tmp_path):
    drawn = loaded(tmp_path, patients=RULE, operations="patient_id,operation_date\ns,2010-01-01")

    assert value(drawn, "s", "OPDT1") == pd.Timestamp(2010, 1, 1)


def test_second_line_begins_with_the_first_other_drug(tmp_path):
    drawn = build.load_cohort(subjects.whole_folder(tmp_path))

    assert value(drawn, "a", "TKI2DT") == pd.Timestamp(2011, 1, 20)


def test_whoever_has_had_imatinib_only_has_no_second_line(tmp_path):
    assert pd.isna(value(build.load_cohort(subjects.whole_folder(tmp_path)), "b", "TKI2DT"))


def test_imatinib_is_known_however_it_is_written(tmp_path):
    exposures = "patient_id,drug,start,end\ns,Imatinib,2010-02-01,2010-02-28\ns,IMATINIB,2010-03-01,"

    assert pd.isna(value(loaded(tmp_path, patients=RULE, exposures=exposures), "s", "TKI2DT"))


def test_another_drug_before_resistance_is_no_second_line(tmp_path):
    exposures = "patient_id,drug,start\ns,sunitinib,2009-12-31"

    assert pd.isna(value(loaded(tmp_path, patients=RULE, exposures=exposures), "s", "TKI2DT"))


def test_a_table_that_is_not_recorded_is_none(tmp_path):
    drawn = loaded(tmp_path, patients=RULE)

    assert (drawn.operations, drawn.exposures, drawn.assessments) == (None, None, None)


def test_a_table_without_a_row_is_an_unused_form_and_not_recorded(tmp_path):
    assert loaded(tmp_path, patients=RULE, operations="patient_id,operation_date").operations is None


def test_what_the_folder_says_of_itself_comes_along(tmp_path):
    settings = 'title = "Mine"\naccess = "public"\ncalibrated_to = ["n"]\n[clocks]\nresistance = "entry"'
    drawn = loaded(tmp_path, settings, patients=RULE)

    assert (drawn.title, drawn.access, drawn.calibrated_to) == ("Mine", "public", ("n",))
    assert drawn.clocks == {"resistance": "entry"}


def test_the_years_of_accrual_are_of_the_analysed_patients(tmp_path):
    text = RULE.replace("unoperated,2010-01-01", "unoperated,2011-01-01")

    assert cohort.accrual_years(loaded(tmp_path, patients=text, operations=RULE_OPERATIONS)) == (2010, 2010)


def test_a_cohort_in_which_nobody_is_in_a_group_is_refused(tmp_path):
    nobody = "patient_id,resistance_date,resistance_pattern,last_contact\na,2010-01-01,localized,2012-01-01"

    with pytest.raises(DataError, match="nobody to analyse"):
        loaded(tmp_path, patients=nobody)


TIMES = "USUBJID,PARAMCD,CNSR,AVAL,AVALU,TRTA\na,OS,0,100,days,A\nb,OS,1,200.5,days,B\n"


def assert_same(read: cohort.Cohort, written: cohort.Cohort) -> None:
    for name, expected in written._asdict().items():
        if isinstance(expected, pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(read, name), expected, check_exact=True)
        else:
            assert getattr(read, name) == expected


def test_a_cohort_is_the_same_from_its_bytes(tmp_path):
    written = load_folder(subjects.whole_folder(tmp_path / "mine"))

    assert_same(cohort.from_bytes(cohort.to_bytes(written)), written)


def test_recorded_times_are_the_same_and_tables_not_recorded_stay_so(tmp_path):
    written = load_folder(subjects.folder(tmp_path / "mine", adtte=TIMES))
    read = cohort.from_bytes(cohort.to_bytes(written))

    assert_same(read, written)
    assert read.operations is None


def test_the_policy_does_not_travel(tmp_path):
    written = load_folder(subjects.whole_folder(tmp_path / "mine"))

    assert cohort.from_bytes(cohort.to_bytes(written._replace(policy="any"))).policy is None


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
    written = load_folder(subjects.whole_folder(tmp_path / "mine"))._replace(assessments=pd.DataFrame({"A": values}))

    assert_same(cohort.from_bytes(cohort.to_bytes(written)), written)


def test_rows_read_from_bytes_can_be_changed(tmp_path):
    read = cohort.from_bytes(cohort.to_bytes(load_folder(subjects.whole_folder(tmp_path / "mine"))))
    read.adsl.loc[0, ["AGE", "SEX", "RESISTDT"]] = [1, "other", pd.NaT]

    assert read.adsl.loc[0, "SEX"] == "other"
