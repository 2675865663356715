"""Recorded times that contradict `cohort.toml`, one another or a life: told, and never read in silence."""

import pytest

from gistbook import build
from gistbook.intake.folder import check_folder
from support.sharing import one_of
from support.subjects import folder

HEAD = 'title = "x"\naccess = "public"\n'


def endpoint(name: str = "OS", time: str = "os", event: str = "dead", unit: str = "months", more: str = "") -> str:
    """Return the entries of an endpoint whose events are 1."""
    codes = 'events = ["1"]\ncensored = ["0"]\n'
    return f'[endpoints.{name}]\ntime = "{time}"\nunit = "{unit}"\nevent = "{event}"\n{codes}{more}\n'


def findings_of(place, settings: str, sheet: str = "", **tables: str) -> list[tuple]:
    """Return severity, column, rule and rows of what the check finds."""
    given = {"patients": sheet, **tables} if sheet else tables
    findings = check_folder(folder(place, HEAD + settings, **given)).findings
    return [(each.severity, each.column, each.rule, each.rows) for each in findings]


@pytest.mark.parametrize(
    ("lists", "column"),
    [
        ('events = ["1"]\ncensored = ["0", "1"]', "endpoints.OS.censored"),
        ('events = ["Dead"]\ncensored = ["dead "]', "endpoints.OS.censored"),
        ('events = ["1"]\ncensored = ["0"]\ncompeting = ["１"]', "endpoints.OS.competing"),
    ],
)
def test_a_code_that_ends_a_time_in_two_ways_is_an_error(lists, column, tmp_path):
    settings = f'[endpoints.OS]\ntime = "os"\nunit = "months"\nevent = "dead"\n{lists}\n'
    findings = findings_of(tmp_path / "x", settings, "patient_id,os,dead\na,3,1\nb,4,0\nc,5,1")

    assert ("error", column, "a code that another list of the endpoint has as well", ()) in findings


@pytest.mark.parametrize("blank", [".", " ", "NA"])
def test_a_patient_whose_time_is_marked_as_missing_needs_no_code(blank, tmp_path):
    sheet = f"patient_id,os,dead\na,3,1\nb,{blank},NA\nc,5,0"
    place = folder(tmp_path / "x", HEAD + endpoint() + '[formats]\nmissing = [".", "NA"]\n', patients=sheet)

    assert build.load_cohort(place).adtte["USUBJID"].tolist() == ["a", "c"]


@pytest.mark.parametrize("blank", [".", " ", ""])
def test_an_entry_that_is_marked_as_missing_is_blank(blank, tmp_path):
    settings = endpoint(more='entry = "came"') + '[formats]\nmissing = ["."]\n'
    findings = findings_of(tmp_path / "x", settings, f"patient_id,came,os,dead\na,0,3,1\nb,{blank},4,0\nc,1,5,0")

    assert ("error", "came", "blank, though it is the entry of [endpoints.OS]", (3,)) in findings


TOTALS = ["Total", "TOTAL:", "Mean", "合計", "n = 3", "Grand  total", "Overall", "Std. dev.", "Durchschnitt", "全体"]


@pytest.mark.parametrize("word", one_of(3, [*TOTALS, "標準偏差"]))
def test_a_row_of_totals_under_a_name_is_no_patient(word, tmp_path):
    sheet = f"patient_id,os,dead\na,3,1\nb,4,0\nc,5,1\n{word},12,1"
    findings = findings_of(tmp_path / "x", endpoint(), sheet)
    left_out = f'[select.patients]\nwhere_not = {{ patient_id = ["{word}"] }}\n'
    place = folder(tmp_path / "y", HEAD + endpoint() + left_out, patients=sheet)

    assert ("error", "patient_id", "a row of totals, and no patient", (5,)) in findings
    assert build.load_cohort(place).adtte["USUBJID"].tolist() == ["a", "b", "c"]


def test_a_row_of_totals_of_an_adtte_table_is_no_patient(tmp_path):
    adtte = "USUBJID,PARAMCD,AVAL,AVALU,CNSR\na,OS,3,months,0\nb,OS,4,months,1\nSum,OS,7,months,0"

    assert ("error", "USUBJID", "a row of totals, and no patient", (4,)) in findings_of(tmp_path / "x", "", adtte=adtte)


@pytest.mark.parametrize("name", ["Summers", "N", "S-D", "totalis"])
def test_a_patient_whose_name_begins_as_a_total_is_one(name, tmp_path):
    assert not findings_of(tmp_path / "x", endpoint(), f"patient_id,os,dead\na,3,1\n{name},4,0")


def test_days_that_are_taken_for_months_are_told(tmp_path):
    sheet = "patient_id,os,dead\na,97,1\nb,1022,0\nc,600,1"
    rule = "a time longer than 40 years, as its unit is read"

    assert ("warning", "AVAL", rule, (3, 4)) in findings_of(tmp_path / "x", endpoint(), sheet)
    assert not findings_of(tmp_path / "y", endpoint(unit="days"), sheet)


BOTH = endpoint() + endpoint("PFS", "pfs", "progressed")


def test_a_progression_free_survival_in_which_nobody_dies_is_told(tmp_path):
    sheet = "patient_id,os,dead,pfs,progressed\na,10,1,10,0\nb,12,1,5,1\nc,9,0,9,0\nd,7,1,3,0\ne,8,1,8,1"
    findings = findings_of(tmp_path / "x", BOTH, sheet)

    assert [each for each in findings if "died" in each[2]] == [
        ("warning", "CNSR", "PFS is censored when the patient died, and a death is an event of it", (2,))
    ]


def test_a_progression_later_than_the_end_of_life_is_told(tmp_path):
    sheet = "patient_id,os,dead,pfs,progressed\na,10,1,11,1\nb,12,1,5,1\nc,9,0,9,0\nd,7,0,8,0"
    findings = findings_of(tmp_path / "x", BOTH, sheet)

    assert [each for each in findings if each[1] == "AVAL"] == [("warning", "AVAL", "PFS ends later than OS", (2, 5))]


def test_times_in_two_units_may_differ_by_the_rounding_of_the_longer(tmp_path):
    settings = endpoint() + endpoint("PFS", "pfs", "progressed", "days")
    sheet = "patient_id,os,dead,pfs,progressed\na,10,1,310,1\nb,12,0,600,1\nc,9,1,60,0"

    assert [each[1:] for each in findings_of(tmp_path / "x", settings, sheet)] == [
        ("AVAL", "PFS ends later than OS", (3,))
    ]


def test_a_patient_of_two_groups_in_an_adtte_table_is_an_error(tmp_path):
    head = "USUBJID,PARAMCD,AVAL,AVALU,CNSR,TRTA\n"
    rows = "a,OS,3,months,0,A\nb,OS,4,months,1,B\na,PFS,2,months,0,B\nb,PFS,3,months,1,\n"

    assert ("error", "TRTA", "another group than in an earlier row of the patient", (4,)) in findings_of(
        tmp_path / "x", "", adtte=head + rows
    )


def test_a_censoring_that_is_no_whole_number_is_an_error(tmp_path):
    adtte = "USUBJID,PARAMCD,AVAL,AVALU,CNSR\na,OS,3,months,0\nb,OS,4,months,0.5\nc,OS,4,months,2"

    assert ("error", "CNSR", "no whole number", (3,)) in findings_of(tmp_path / "x", "", adtte=adtte)


@pytest.mark.parametrize(("unit", "rows"), [("months", (2, 3)), ("days", ())])
def test_a_time_that_its_own_dates_contradict_is_told(unit, rows, tmp_path):
    head = "USUBJID,PARAMCD,STARTDT,ADT,AVAL,AVALU,CNSR\n"
    adtte = f"a,OS,2010-01-01,2010-04-11,101,{unit},0\nb,OS,2010-01-01,2010-02-20,50,{unit},1\n"
    findings = findings_of(tmp_path / "x", "", adtte=head + adtte)

    assert [each[3] for each in findings if each[2] == "its own dates are another time apart"] == (
        [rows] if rows else []
    )


def test_a_progression_before_resistance_is_told(tmp_path):
    patients = "patient_id,resistance_date,last_contact\na,2010-01-01,2012-01-01\nb,2010-01-01,2012-01-01"
    scans = "patient_id,assessment_date,response\na,2009-12-01,PD\na,2009-06-01,SD\nb,2010-01-01,PD"
    findings = findings_of(tmp_path / "x", "", patients=patients, assessments=scans)

    assert [each for each in findings if each[1] == "assessment_date"] == [
        ("warning", "assessment_date", "a progression before resistance_date", (2,))
    ]


@pytest.mark.parametrize(("decimal", "written"), [(".", ("1.234", "2.100", "950")), (",", ("1,234", "12,500", "950"))])
def test_marks_of_thousands_that_are_read_as_decimal_marks_are_told(decimal, written, tmp_path):
    rows = "\n".join(f"{name};{time};1" for name, time in zip("abc", written, strict=True))
    settings = endpoint(unit="days") + f'[formats]\ndecimal = "{decimal}"\n'
    findings = findings_of(tmp_path / "x", settings, f"patient_id;os;dead\n{rows}\nd;7;0")

    assert [each for each in findings if each[1] == "AVAL"] == [
        ("warning", "AVAL", "whole numbers, and others with three digits after the decimal mark", (2, 3))
    ]


@pytest.mark.parametrize("written", [("1.234", "2.1", "950"), ("0.234", "2", "950"), ("1.234", "2.345", "3.000")])
def test_numbers_with_a_decimal_mark_are_not_taken_for_thousands(written, tmp_path):
    rows = "\n".join(f"{name},{time},1" for name, time in zip("abc", written, strict=True))
    findings = findings_of(tmp_path / "x", endpoint(unit="days"), f"patient_id,os,dead\n{rows}\nd,7.5,0")

    assert not [each for each in findings if each[1] == "AVAL"]


def remedies_of(place, settings: str, sheet: str) -> list[str]:
    """Return what the check says is to be done."""
    return [each.remedy for each in check_folder(folder(place, HEAD + settings, patients=sheet)).findings]


def test_a_repeated_row_is_left_out_by_an_entry(tmp_path):
    sheet = "patient_id,os,dead\na,3,1\na,3,1\nb,5,0"

    assert "first_of" in remedies_of(tmp_path / "x", endpoint(), sheet)[0]


@pytest.mark.parametrize("column", ["age", "sex"])
def test_a_column_of_theirs_with_a_name_of_ours_can_be_left_out(column, tmp_path):
    sheet = f"patient_id,{column},os,dead\na,-17.2,3,1\nb,-4.5,5,0"
    left_out = f"[columns.patients]\n{column} = []\n"

    assert f'"{column}" = []' in remedies_of(tmp_path / "x", endpoint(), sheet)[0]
    assert not remedies_of(tmp_path / "y", endpoint() + left_out, sheet)
