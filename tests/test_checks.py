"""Every rule that a cohort's tables can break is told with its place and its remedy, and without a value."""

import io
from datetime import date

import pandas as pd
import pytest

from gistbook import build
from gistbook.conventions import DataError, Finding
from gistbook.intake import checks
from gistbook.intake.settings import Formats
from support import subjects
from support.sharing import one_of

CUTOFF = date(2015, 12, 31)
AS_ISO = Formats(times="days")

OPERATION = "patient_id,operation_date"

DRAWN = {
    "patients": subjects.PATIENTS,
    "operations": subjects.OPERATIONS,
    "assessments": subjects.ASSESSMENTS,
    "exposures": subjects.EXPOSURES,
}


def table(text: str) -> pd.DataFrame:
    """Return a drawn table as the reader gives it: text, numbered from 2."""
    rows = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    return rows.set_axis(range(2, 2 + len(rows)))


def broken(formats: Formats = AS_ISO, **drawn: str) -> list[Finding]:
    """Check the drawn cohort in which some tables are drawn anew."""
    tables = {name: table(text) for name, text in {**DRAWN, **drawn}.items()}
    return checks.check(tables, formats, CUTOFF)[1]


def places(findings: list[Finding]) -> list[tuple]:
    """Return where findings are and which rule they break."""
    return [(finding.table, finding.column, finding.rows, finding.rule) for finding in findings]


def patient(**cells: str) -> str:
    """Draw a table of one patient: in good order but for the cells that are given."""
    usual = {"patient_id": "a", "resistance_date": "2010-06-01", "last_contact": "2012-01-01"}
    filled = {**usual, **cells}
    return f"{','.join(filled)}\n{','.join(filled.values())}\n"


def alone(**cells: str) -> list[tuple]:
    """Check one patient without any other table."""
    return places(checks.check({"patients": table(patient(**cells))}, AS_ISO, CUTOFF)[1])


def test_a_cohort_in_good_order_has_no_finding():
    assert broken() == []


def test_dates_and_numbers_are_typed():
    typed, _ = checks.check({"patients": table(patient(age="60.5"))}, AS_ISO, CUTOFF)

    assert typed["patients"].loc[2, ["age", "resistance_date"]].tolist() == [60.5, pd.Timestamp(2010, 6, 1)]


def test_dates_and_decimals_are_read_as_the_formats_say():
    text = "patient_id;age;resistance_date;last_contact\na;60,5;01.06.2010;31.12.2011\n".replace(",", "§")
    rows = table(text.replace(";", ",")).map(lambda cell: cell.replace("§", ","))
    typed, findings = checks.check({"patients": rows}, Formats(dates="%d.%m.%Y", decimal=","), CUTOFF)

    assert findings == []
    assert typed["patients"].loc[2, ["age", "resistance_date"]].tolist() == [60.5, pd.Timestamp(2010, 6, 1)]


def test_the_patients_are_required():
    _, findings = checks.check({"operations": table(subjects.OPERATIONS)}, AS_ISO, CUTOFF)

    assert places(findings) == [("patients", "", (), "the table is missing, and is the one that is required")]


def test_without_patients_the_other_tables_are_checked_all_the_same():
    _, findings = checks.check({"operations": table("patient_id,operation_date\na,soon")}, AS_ISO, CUTOFF)

    assert ("operations", "operation_date", (2,), "not a date") in places(findings)


def test_patients_whose_file_could_not_be_read_are_not_called_missing():
    assert checks.check({"patients": None}, AS_ISO, CUTOFF) == ({}, [])


def test_a_table_of_patients_without_a_row_is_told():
    _, findings = checks.check({"patients": table(patient()).iloc[:0]}, AS_ISO, CUTOFF)

    assert places(findings) == [("patients", "", (), "the table has no rows")]


def test_a_required_column_that_is_missing_is_told():
    findings = broken(operations="patient_id\na")

    assert places(findings) == [("operations", "operation_date", (), "the column is missing")]


def test_patients_without_an_identifier_are_told_of_the_column():
    assert ("patients", "patient_id", (), "the column is missing") in places(broken(patients="sex\nmale"))


def test_an_unknown_code_is_told():
    assert alone(sex="f") == [("patients", "sex", (2,), "an unknown code")]


def test_the_remedy_for_an_unknown_code_names_those_there_are():
    findings = broken(assessments="patient_id,assessment_date,response\na,2010-06-01,xx")

    assert findings[0].remedy.startswith("Use CR, PR, SD, PD, or translate")


NO_DATES = ["31/02/2010", "45123", "2010-02-30", "2010-06", "2010", "10-06-01", "9999-12-31", "today", "now", "?"]


@pytest.mark.parametrize("text", one_of(3, NO_DATES))
def test_what_is_no_date_in_the_named_format_is_told(text):
    assert ("patients", "resistance_date", (2,), "not a date") in alone(resistance_date=text)


def test_a_last_contact_that_is_no_date_is_not_called_missing_too():
    assert alone(last_contact="soon") == [("patients", "last_contact", (2,), "not a date")]


def test_a_day_that_no_calendar_has_is_told_in_another_format_too():
    rows = table(patient(resistance_date="31/02/2010", last_contact="01/03/2010"))
    _, findings = checks.check({"patients": rows}, Formats(dates="%d/%m/%Y"), CUTOFF)

    assert places(findings) == [("patients", "resistance_date", (2,), "not a date")]


def test_the_remedy_for_a_date_shows_the_format_that_is_expected():
    _, findings = checks.check({"patients": table(patient(last_contact="soon"))}, Formats(dates="%d.%m.%Y"), CUTOFF)

    assert "now it is 31.12.2015" in findings[0].remedy


@pytest.mark.parametrize("text", ["sixty", "60 years", "nan", "inf", "1.000.000"])
def test_what_is_no_number_is_told(text):
    assert alone(age=text) == [("patients", "age", (2,), "not a number")]


def test_a_point_is_no_number_where_the_comma_is_the_decimal_mark():
    _, findings = checks.check({"patients": table(patient(age="1.500"))}, Formats(decimal=","), CUTOFF)

    assert places(findings) == [("patients", "age", (2,), "not a number")]


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        ("age", "121", "a number that is not between 0 and 120"),
        ("age", "-1", "a number that is not between 0 and 120"),
        ("ecog", "5", "a number that is not between 0 and 4"),
        ("total_lesions", "-1", "a number that is not 0 or more"),
    ],
)
def test_a_number_out_of_range_is_told(column, text, rule):
    assert alone(**{column: text}) == [("patients", column, (2,), rule)]


@pytest.mark.parametrize(("column", "text"), [("age", "0"), ("age", "120"), ("ecog", "4"), ("total_lesions", "0")])
def test_a_number_at_the_edge_of_its_range_is_taken(column, text):
    assert alone(**{column: text}) == []


def test_a_blank_is_told_where_a_value_is_required():
    assert alone(resistance_date="") == [("patients", "resistance_date", (2,), "blank")]


def test_a_blank_is_taken_where_no_value_is_required():
    assert alone(sex="", age="", death_date="") == []


def test_a_patient_who_is_there_twice_is_told_at_the_second_row():
    twice = subjects.PATIENTS + "a,male,61,2010-01-02,localized,2012-01-01,2012-01-01"

    assert places(broken(patients=twice)) == [("patients", "patient_id", (6,), "the row repeats an earlier one")]


def test_rows_that_do_not_say_of_whom_they_are_repeat_none():
    alike = places(broken(patients="sex,age\nmale,61\nmale,61"))

    assert ("patients", "patient_id", (), "the column is missing") in alike
    assert [place for place in alike if place[2]] == []


def test_a_row_that_is_there_twice_is_told_at_the_second():
    twice = subjects.OPERATIONS + "b,2010-03-01,resistance"

    assert places(broken(operations=twice)) == [("operations", "patient_id", (5,), "the row repeats an earlier one")]


def test_two_operations_of_one_patient_are_no_repetition():
    assert broken(operations=subjects.OPERATIONS + "b,2010-03-02,resistance") == []


@pytest.mark.parametrize("name", ["operations", "assessments", "exposures"])
def test_a_patient_who_is_not_in_patients_is_told(name):
    stranger = DRAWN[name].strip().splitlines()[1].replace("a", "stranger", 1)
    findings = broken(**{name: f"{DRAWN[name]}{stranger}"})

    row = len(DRAWN[name].strip().splitlines()) + 1
    assert places(findings) == [(name, "patient_id", (row,), "a patient that is not in patients")]


OUT_OF_ORDER = {
    "imatinib after resistance": ({"imatinib_start": "2010-06-02"}, "resistance_date", "imatinib_start"),
    "contact before resistance": ({"last_contact": "2010-05-31"}, "last_contact", "resistance_date"),
    "death before resistance": (
        {"last_contact": "", "death_date": "2010-05-31"},
        "death_date",
        "resistance_date",
    ),
    "death before contact": ({"death_date": "2011-12-31"}, "death_date", "last_contact"),
}


@pytest.mark.parametrize(("cells", "column", "earlier"), OUT_OF_ORDER.values(), ids=OUT_OF_ORDER.keys())
def test_a_patients_dates_out_of_order_are_told(cells, column, earlier):
    assert alone(**cells) == [("patients", column, (2,), f"comes before {earlier}")]


OUT_OF_ORDER_ACROSS = {
    "operation before resistance": (
        {"operations": "patient_id,operation_date,indication\na,2009-12-31,resistance"},
        "operation_date",
        "comes before resistance_date, though indication says that it was for it",
    ),
    "complication before operation": (
        {"operations": "patient_id,operation_date,complication_date\na,2010-02-01,2010-01-31"},
        "complication_date",
        "comes before operation_date",
    ),
    "restart before operation": (
        {"operations": "patient_id,operation_date,imatinib_restart\na,2010-02-01,2010-01-31"},
        "imatinib_restart",
        "comes before operation_date",
    ),
    "operation after death": (
        {"operations": "patient_id,operation_date\na,2012-01-02"},
        "operation_date",
        "comes after death_date",
    ),
    "restart after death": (
        {"operations": "patient_id,operation_date,imatinib_restart\na,2011-12-31,2012-01-02"},
        "imatinib_restart",
        "comes after death_date",
    ),
    "drug ended before it began": (
        {"exposures": "patient_id,drug,start,end\na,imatinib,2011-01-02,2011-01-01"},
        "end",
        "comes before start",
    ),
    "drug begun after death": (
        {"exposures": "patient_id,drug,start,end\na,imatinib,2012-01-02,"},
        "start",
        "comes after death_date",
    ),
    "drug ended after death": (
        {"exposures": "patient_id,drug,start,end\na,imatinib,2011-01-02,2012-01-02"},
        "end",
        "comes after death_date",
    ),
    "imaging after death": (
        {"assessments": "patient_id,assessment_date,response\na,2012-01-02,PD"},
        "assessment_date",
        "comes after death_date",
    ),
}


@pytest.mark.parametrize(("drawn", "column", "rule"), OUT_OF_ORDER_ACROSS.values(), ids=OUT_OF_ORDER_ACROSS.keys())
def test_dates_out_of_order_across_tables_are_told_at_the_row_of_the_long_table(drawn, column, rule):
    assert places(broken(**drawn)) == [(*drawn, column, (2,), rule)]


def test_dates_on_the_same_day_are_in_order():
    same = dict.fromkeys(["imatinib_start", "resistance_date", "last_contact", "death_date"], "2010-06-01")

    assert alone(**same) == []


def test_a_date_after_the_data_cut_off_is_told():
    assert alone(last_contact="2016-01-01") == [("patients", "last_contact", (2,), "after the data cut-off")]


def test_the_day_of_the_data_cut_off_is_not_after_it():
    assert alone(last_contact="2015-12-31") == []


def test_without_a_data_cut_off_no_date_is_late():
    _, findings = checks.check({"patients": table(patient(last_contact="2016-01-01"))}, AS_ISO, None)

    assert findings == []


def test_without_a_data_cut_off_no_date_lies_in_the_future():
    _, findings = checks.check({"patients": table(patient(last_contact="2199-01-01"))}, AS_ISO, None)

    assert places(findings) == [("patients", "last_contact", (2,), "in the future")]


def with_one(**tables) -> list[tuple]:
    """Return what is wrong with long tables of the patient a, who is seen last, and alive, in 2012."""
    drawn = {"patients": table(patient()), **{name: table(text) for name, text in tables.items()}}
    return places(checks.check(drawn, AS_ISO, CUTOFF)[1])


def lone(**cells: str) -> Finding:
    """Return the one finding in a table of one patient."""
    (finding,) = checks.check({"patients": table(patient(**cells))}, AS_ISO, CUTOFF)[1]
    return finding


AFTER_CONTACT = {
    "operations": ("operation_date", "patient_id,operation_date\na,2012-01-02"),
    "exposures": ("start", "patient_id,drug,start\na,imatinib,2012-01-02"),
    "assessments": ("assessment_date", "patient_id,assessment_date,response\na,2012-01-02,PD"),
}


@pytest.mark.parametrize("name", AFTER_CONTACT)
def test_what_happened_after_the_last_contact_with_the_living_is_told(name):
    column, drawn = AFTER_CONTACT[name]

    assert with_one(**{name: drawn}) == [(name, column, (2,), "comes after the last contact")]


IN_ANOTHER_UNIT = {
    "a dose in grams": ("exposures", "dose_mg_per_day", "drug,start", "imatinib,2011-01-01", "0.4", "50"),
    "a time in hours": ("operations", "operative_minutes", "operation_date", "2011-01-01", "3.5", "15"),
    "a loss in litres": ("operations", "blood_loss_ml", "operation_date", "2011-01-01", "1.2", "3"),
}


@pytest.mark.parametrize(
    ("table", "column", "names", "cells", "small", "usual"), IN_ANOTHER_UNIT.values(), ids=IN_ANOTHER_UNIT.keys()
)
def test_a_number_that_is_too_small_for_its_unit_is_told(table, column, names, cells, small, usual):
    told, taken, none = (
        with_one(**{table: f"patient_id,{names},{column}\na,{cells},{cell}"}) for cell in (small, usual, "0")
    )

    assert [place[:3] for place in told] == [(table, column, (2,))]
    assert taken == none == []


OVERLAPPING = {
    "overlapping": ("2011-01-01,2011-02-10", "2011-02-01,2011-03-01", "overlaps an earlier period of the drug"),
    "open": ("2011-01-01,", "2011-02-01,2011-03-01", "overlaps an earlier period of the drug"),
    "sharing a day": ("2011-01-01,2011-02-01", "2011-02-01,", "is also the last day of the period before"),
}


@pytest.mark.parametrize(("first", "second", "rule"), OVERLAPPING.values(), ids=OVERLAPPING.keys())
def test_periods_of_one_drug_that_overlap_are_told_at_the_later(first, second, rule):
    drawn = f"patient_id,drug,start,end\na,imatinib,{second}\na,Imatinib,{first}"

    assert with_one(exposures=drawn) == [("exposures", "start", (2,), rule)]


def test_periods_of_two_drugs_may_overlap():
    drawn = "patient_id,drug,start,end\na,imatinib,2011-01-01,2011-06-01\na,sunitinib,2011-02-01,2011-06-01"

    assert with_one(exposures=drawn) == []


@pytest.mark.parametrize("written", ["A-7", "a 007", "ａ-007", "a-7"])
def test_an_identifier_that_differs_only_in_its_writing_is_told_so(written):
    drawn = {"patients": table(patient(patient_id="a-007")), "operations": table(f"{OPERATION}\n{written},2011-01-01")}
    (finding,) = checks.check(drawn, AS_ISO, CUTOFF)[1]

    assert finding.rule == "a patient that is nearly one in patients"


def test_an_identifier_of_another_number_is_no_way_of_writing_it():
    drawn = {"patients": table(patient(patient_id="a-007")), "operations": table(f"{OPERATION}\na-70,2011-01-01")}
    (finding,) = checks.check(drawn, AS_ISO, CUTOFF)[1]

    assert finding.rule == "a patient that is not in patients"


def test_a_row_out_of_which_two_rows_are_carved_is_named_once():
    twice = table(f"{OPERATION}\na,2009-01-01\na,2009-02-01").set_axis([2, 2])
    (finding,) = checks.check({"patients": table(patient()), "operations": twice}, AS_ISO, CUTOFF)[1]

    assert finding.rows == (2,)


@pytest.mark.parametrize("drug", ["imatinb", "Imatinib mesylate", "Gleevec", "グリベック"])
def test_imatinib_under_another_name_is_told_by_its_row(drug):
    rows = f"a,imatinib,2008-01-01,2010-01-31\na,{drug},2010-02-20,2011-01-10"
    (finding,) = broken(exposures=f"patient_id,drug,start,end\n{rows}")

    assert (finding.column, finding.rows, finding.severity) == ("drug", (3,), "warning")
    assert drug not in str(finding)


def test_another_drug_is_not_taken_for_one_that_it_resembles():
    rows = "a,imatinib,2008-01-01,2010-01-31\na,Nilotinib,2010-02-20,2011-01-10\na,bosutinib,2011-02-20,2011-03-10"

    assert broken(exposures=f"patient_id,drug,start,end\n{rows}") == []


def test_a_table_of_drugs_without_imatinib_is_told():
    (finding,) = broken(exposures="patient_id,drug,start,end\na,drug A,2008-01-01,2010-01-31")

    assert (finding.rule, finding.severity) == ("no row is of imatinib", "warning")


def test_a_period_that_follows_the_day_after_is_in_order():
    drawn = "patient_id,drug,start,end\na,imatinib,2011-01-01,2011-01-31\na,imatinib,2011-02-01,"

    assert with_one(exposures=drawn) == []


@pytest.mark.parametrize(("group", "pattern"), [("S", "generalized"), ("M", "localized")])
def test_a_group_that_contradicts_the_pattern_is_a_warning(group, pattern):
    finding = lone(group=group, resistance_pattern=pattern)

    assert (finding.column, finding.rule, finding.severity) == ("group", "contradicts resistance_pattern", "warning")


@pytest.mark.parametrize("told", [{"died": "yes"}, {"cause_of_death": "disease"}])
def test_a_death_without_a_date_is_told(told):
    finding = lone(**told, death_date="")

    assert (finding.column, finding.rule) == ("death_date", f"blank, though {next(iter(told))} tells of a death")


@pytest.mark.parametrize("told", [{"died": "yes"}, {"cause_of_death": "disease"}])
def test_a_date_of_death_that_cannot_be_read_is_not_told_as_blank_too(told):
    finding = lone(**told, death_date="2012-13-45")

    assert (finding.column, finding.rule) == ("death_date", "not a date")


def test_deaths_without_a_column_of_dates_are_told_once():
    finding = lone(died="yes")

    assert (finding.column, finding.rows) == ("death_date", ())


def test_a_date_of_death_of_whoever_did_not_die_is_told():
    finding = lone(died="no", last_contact="", death_date="2012-01-01")

    assert finding.rule == "filled in, though died says no"


def test_more_growing_lesions_than_lesions_are_told():
    finding = lone(growing_lesions="3", total_lesions="2")

    assert finding.rule == "more than total_lesions"


def test_a_missing_date_of_resistance_is_a_warning():
    finding = lone(resistance_date="")

    assert (finding.column, finding.severity) == ("resistance_date", "warning")


def test_an_unknown_code_is_told_with_the_one_that_it_resembles():
    finding = lone(sex="femal")

    assert finding.remedy.startswith("Did you mean female?")
    assert "femal " not in finding.remedy


def test_a_code_is_told_with_the_one_that_it_resembles_whatever_its_capitals():
    assert lone(sex="FEMAL").remedy.startswith("Did you mean female?")


FORMATS = {
    "31/12/2015": ["%d/%m/%Y"],
    "12/31/2015": ["%m/%d/%Y"],
    "31.12.2015": ["%d.%m.%Y"],
    "2015年12月31日": ["%Y年%m月%d日"],
    "42369": ["serial"],
    "31-Dec-15": ["%d-%b-%y"],
    "03/04/2015": ["%d/%m/%Y", "%m/%d/%Y"],
}


@pytest.mark.parametrize("text", one_of(3, FORMATS))
def test_dates_that_a_customary_format_reads_are_told_with_it(text):
    finding = lone(imatinib_start="", last_contact=text)

    assert [
        form
        for form in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%y", "%Y年%m月%d日", "serial")
        if form in finding.remedy
    ] == (FORMATS[text])


def test_day_numbers_of_other_programs_are_told_apart_by_the_last_day_of_2015():
    remedy = lone(imatinib_start="", last_contact="20453").remedy

    assert "2015 is 42369; if it is 20453 in your file, SAS wrote it, or R if 16800" in remedy


def test_formats_that_are_mixed_in_one_column_are_told_one_by_one():
    seen = ["31.12.2012", "2012/03/04", "30.11.2012", "42369", "31/02/2012", "2012-05-06"]
    rows = "".join(f"p{number},2010-06-01,{day},no\n" for number, day in enumerate(seen))
    _, findings = checks.check(
        {"patients": table(f"patient_id,resistance_date,last_contact,died\n{rows}")}, AS_ISO, None
    )
    told = {
        finding.rows: [form for form in ("%d.%m.%Y", "%Y/%m/%d", "serial") if form in finding.remedy]
        for finding in findings
    }

    assert told == {(2, 4): ["%d.%m.%Y"], (3,): ["%Y/%m/%d"], (5,): ["serial"], (6,): []}


PARTS = [
    "2015",
    "2015-03",
    "2015/3",
    "2015年3月",
    "03/2015",
    "201503",
    "Mar 2015",
    "UNK-MAR-2015",
    "2015-03-UN",
    "2015-XX-XX",
]


@pytest.mark.parametrize("text", one_of(3, [*PARTS, "00.03.2015", "UN-UNK-2015", "２０１５年"]))
def test_of_a_date_that_is_not_whole_a_rule_for_its_day_is_asked_for(text):
    assert "by one rule for all patients" in lone(imatinib_start="", last_contact=text).remedy


ERAS = ["令和3年5月1日", "R3.5.1", "2016-W05-3", "2. März 2016", "31/02/2012", "20150"]


@pytest.mark.parametrize("text", one_of(3, ERAS))
def test_of_a_whole_date_that_no_format_reads_no_day_is_said_to_be_missing(text):
    remedy = lone(imatinib_start="", last_contact=text).remedy

    assert "by one rule for all patients" not in remedy
    assert "an era, weeks" in remedy or "serial" in remedy


def test_a_bare_year_is_not_taken_for_a_day_number():
    (finding,) = checks.check({"patients": table(patient(last_contact="2012"))}, AS_ISO, CUTOFF)[1]

    assert "serial" not in finding.remedy


def test_a_format_is_told_beside_those_that_are_given():
    rows = table(patient(last_contact="2012/03/04"))
    _, (finding,) = checks.check({"patients": rows}, Formats(dates="%d.%m.%Y"), CUTOFF)

    assert 'dates = ["%d.%m.%Y", "%Y/%m/%d"]' in finding.remedy


def test_a_mark_between_thousands_is_not_taken_for_a_decimal_mark():
    rows = 'a,2010-02-01,"1,200"\na,2010-03-01,"20,5"\na,2010-04-01,many'
    findings = broken(operations=f"patient_id,operation_date,blood_loss_ml\n{rows}")

    assert [finding.rows for finding in findings] == [(3,), (2,), (4,)]
    assert findings[1].remedy.startswith('Take out the ","')


@pytest.mark.parametrize(("column", "text"), [("ecog", "0.5"), ("growing_lesions", "2.5"), ("total_lesions", "3.1")])
def test_a_count_that_is_no_whole_number_is_told(column, text):
    assert (2, "no whole number") in [
        (rows[0], rule) for _, name, rows, rule in alone(**{column: text}) if name == column
    ]
    assert not [rule for _, name, _, rule in alone(**{column: "3.0"}) if name == column]


@pytest.mark.parametrize(
    ("form", "text"), [("serial", "40179"), ("%d.%m.%Y", "01.01.2010"), ("%d.%m.%Y", "2010-01-01")]
)
def test_dates_are_read_in_a_given_format_and_always_by_iso_8601(form, text):
    rows = table(patient(last_contact=text))
    typed, findings = checks.check({"patients": rows}, Formats(dates=[form]), CUTOFF)

    assert typed["patients"]["last_contact"].item() == pd.Timestamp(2010, 1, 1)
    assert [finding.column for finding in findings] in ([], ["resistance_date"], ["last_contact"])


def test_full_width_digits_are_digits():
    typed, _ = checks.check({"patients": table(patient(last_contact="２０１２-01-01", age="６０"))}, AS_ISO, CUTOFF)

    assert typed["patients"].loc[2, ["age", "last_contact"]].tolist() == [60, pd.Timestamp(2012, 1, 1)]


def test_more_groups_than_figures_can_tell_apart_are_told():
    rows = "\n".join(f"p{number},2010-01-01,2012-01-01,no,{number}" for number in range(7))
    _, findings = checks.check(
        {"patients": table(f"patient_id,resistance_date,last_contact,died,group\n{rows}")}, AS_ISO, CUTOFF
    )

    assert [finding.rule for finding in findings] == ["too many different groups"]


GROUPS = {
    "laser": (["Laser", "Laser", "laser", "laser", "Control"], (4, 5)),
    "a typo": (["Placebo", "Placebo", "Placbo", "Drug"], (4,)),
    "names of a series": (["Stage I", "Stage I", "Stage II", "Stage II"], ()),
}


@pytest.mark.parametrize(("groups", "rows"), GROUPS.values(), ids=GROUPS.keys())
def test_a_group_that_may_be_a_slip_of_another_is_told_by_its_rows(groups, rows):
    drawn = "\n".join(f"p{number},2010-01-01,2012-01-01,no,{group}" for number, group in enumerate(groups))
    _, findings = checks.check(
        {"patients": table(f"patient_id,resistance_date,last_contact,died,group\n{drawn}")}, AS_ISO, CUTOFF
    )

    assert [(finding.rows, finding.severity) for finding in findings] == ([(rows, "warning")] if rows else [])


MEANT = {"resistence date": "resistance_date", "Date of death": "death_date", "Sex (m/f)": "sex"}


@pytest.mark.parametrize("theirs", MEANT)
def test_a_column_that_is_not_used_is_told_with_the_one_that_it_may_be(theirs):
    (finding,) = checks.columns.misspelt("patients", table("patient_id\na"), [theirs, "Name"])

    assert finding.severity == "warning"
    assert f'"{theirs}" = "{MEANT[theirs]}"' in finding.remedy


TIMES = "USUBJID,PARAMCD,AVAL,CNSR"


def times_findings(rows: str, header: str = TIMES) -> list[tuple]:
    """Return what is wrong with recorded times."""
    return places(checks.check({"adtte": table(f"{header}\n{rows}")}, AS_ISO, None)[1])


def test_recorded_times_need_no_table_of_patients():
    assert times_findings("a,OS,10,0") == []


def test_a_time_that_is_recorded_twice_is_told():
    assert times_findings("a,OS,10,0\na,OS,12,1") == [("adtte", "USUBJID", (3,), "the row repeats an earlier one")]


def test_a_patient_who_is_in_no_row_of_times_is_told_by_the_row():
    drawn = {"patients": table("patient_id\na\nb"), "adtte": table(f"{TIMES}\na,OS,10,0")}
    (finding,) = checks.check(drawn, AS_ISO, None)[1]

    assert (finding.table, finding.rows, finding.severity) == ("patients", (3,), "warning")


def test_a_patient_without_a_time_is_told():
    assert times_findings("a,OS,,0") == [("adtte", "AVAL", (2,), "no time")]


def test_a_time_may_be_given_by_its_ends():
    assert times_findings("a,OS,0,2010-01-01,2010-02-01", "USUBJID,PARAMCD,CNSR,STARTDT,ADT") == []


def test_a_patient_with_neither_last_contact_nor_death_is_told():
    assert alone(last_contact="") == [("patients", "last_contact", (2,), "neither last contact nor death")]


def test_a_death_is_a_last_contact():
    assert alone(last_contact="", death_date="2012-01-01") == []


def test_a_table_without_either_column_of_an_end_is_told():
    _, findings = checks.check({"patients": table("patient_id,resistance_date\na,2010-06-01")}, AS_ISO, CUTOFF)

    assert places(findings) == [("patients", "last_contact", (), "the column is missing, and death_date too")]


TEN_MISTAKES = {
    "patients": """
patient_id,sex,age,resistance_date,last_contact,death_date
secret-1,secret-female,60,2010-01-01,2012-01-01,
secret-2,male,secret-sixty,2010-02-01,2013-01-01,
secret-3,male,987,31/02/2015,2012-06-01,
secret-4,female,40,2011-03-01,,
,female,40,2010-01-01,2012-06-01,
secret-1,male,70,2010-01-01,2012-01-01,
secret-6,male,70,2010-01-01,2012-01-07,2011-11-11
""",
    "operations": """
patient_id,operation_date,indication
secret-2,2009-09-09,resistance
secret-stranger,2010-03-01,resistance
""",
    "assessments": """
patient_id,assessment_date
secret-2,2010-06-01
secret-2,2099-09-09
""",
}

TEN_FINDINGS = {
    ("patients", "sex", (2,), "an unknown code"),
    ("patients", "age", (3,), "not a number"),
    ("patients", "age", (4,), "a number that is not between 0 and 120"),
    ("patients", "resistance_date", (4,), "not a date"),
    ("patients", "last_contact", (5,), "neither last contact nor death"),
    ("patients", "patient_id", (6,), "blank"),
    ("patients", "patient_id", (7,), "the row repeats an earlier one"),
    ("patients", "death_date", (8,), "comes before last_contact"),
    ("operations", "operation_date", (2,), "comes before resistance_date, though indication says that it was for it"),
    ("operations", "patient_id", (3,), "a patient that is not in patients"),
    ("assessments", "response", (), "the column is missing"),
    ("assessments", "assessment_date", (3,), "after the data cut-off"),
    ("assessments", "assessment_date", (3,), "comes after the last contact"),
}


@pytest.fixture(scope="module")
def all_at_once(tmp_path_factory: pytest.TempPathFactory) -> DataError:
    """Load a folder in which a dozen things are wrong."""
    place, settings = tmp_path_factory.mktemp("checks"), f"{subjects.SETTINGS}data_cutoff = 2015-12-31"
    with pytest.raises(DataError) as caught:
        build.load_cohort(subjects.folder(place / "mine", settings, **TEN_MISTAKES))
    return caught.value


def test_everything_that_is_wrong_in_a_folder_is_told_at_once(all_at_once):
    assert set(places(all_at_once.findings)) == TEN_FINDINGS


@pytest.mark.parametrize("finding", sorted(TEN_FINDINGS), ids=lambda finding: f"{finding[0]} {finding[3]}")
def test_the_message_names_table_column_row_and_rule(all_at_once, finding):
    name, column, rows, rule = finding
    where = f"{name}, column {column}{''.join(f', row {row}' for row in rows)}: {rule}. "

    assert where in str(all_at_once)


def test_every_finding_has_a_remedy(all_at_once):
    assert all(finding.remedy.endswith(".") for finding in all_at_once.findings)


def test_no_value_of_the_file_is_in_the_message(all_at_once):
    lines = [line for text in TEN_MISTAKES.values() for line in text.strip().splitlines()[1:]]
    cells = {cell for line in lines for cell in line.split(",")}
    distinct = {cell for cell in cells if "secret" in cell or cell.count("-") == 2 or "/" in cell or cell == "987"}

    assert len(distinct) > 15
    assert [cell for cell in distinct if cell in str(all_at_once)] == []


def test_many_rows_are_told_by_the_first_ten_and_a_number():
    rows = "".join(f"p{n},x,2010-01-01,2011-01-01\n" for n in range(25))
    _, findings = checks.check(
        {"patients": table(f"patient_id,sex,resistance_date,last_contact\n{rows}")}, AS_ISO, CUTOFF
    )

    assert ", rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 15 more: an unknown code" in str(findings[0])


def test_a_file_that_serves_two_tables_and_cannot_be_read_is_told_once(tmp_path):
    settings = '[tables]\npatients = "absent.csv"\noperations = "absent.csv"'
    with pytest.raises(DataError) as caught:
        build.load_cohort(subjects.folder(tmp_path, settings))

    assert places(caught.value.findings) == [("absent.csv", "", (), "the file does not exist")]


def test_what_is_wrong_with_reading_mapping_and_rules_is_told_together(tmp_path):
    settings = '[tables]\nexposures = "absent.csv"\n[columns.operations]\ndate = "operation_date"'
    drawn = {"patients": patient(sex="f"), "operations": "patient_id,day\na,2011-01-01"}
    with pytest.raises(DataError) as caught:
        build.load_cohort(subjects.folder(tmp_path, settings, **drawn))

    assert [(finding.table, finding.column) for finding in caught.value.findings] == [
        ("absent.csv", ""),
        ("operations", "date"),
        ("patients", "sex"),
        ("operations", "operation_date"),
    ]
