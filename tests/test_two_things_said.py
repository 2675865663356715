"""Folders that say two things of one patient: what counts is what a careful person means, or both are told."""

import pandas as pd
import pytest

from gistbook.analysis import endpoints, estimates, lifetable
from gistbook.intake.folder import check_folder
from support.subjects import folder

PUBLIC = 'title = "x"\naccess = "public"\n'
DAYS = '[formats]\ntimes = "days"\n'
SARCOMA = '[parameters]\norigin = "resistance"\n[book]\ndisease = "sarcoma"\n'
OS = '[endpoints.OS]\ntime = "t"\nunit = "months"\nevent = "s"\nevents = ["1"]\ncensored = ["0"]\n'
DATED = "patient_id,group,resistance_date,last_contact,death_date"

CENSORED_DEAD, DEAD_ALIVE = (
    "censored, though a death of the patient is told",
    "a death, though the patient is said to live",
)


def checked(place, settings: str = "", **tables: str):
    """Return what the check of a folder finds as rules with their rows, and its cohort."""
    examined = check_folder(folder(place / "x", PUBLIC + settings, **tables))
    return [(each.rule, each.rows) for each in examined.findings], examined.cohort


def times(*rows: str, names: str = "USUBJID,PARAMCD,AVAL,CNSR,TRTA") -> str:
    """Return a table of recorded times."""
    return "\n".join([names, *rows])


def test_an_event_that_is_described_as_the_other_one_is_told(tmp_path):
    names = "USUBJID,PARAMCD,AVAL,CNSR,EVNTDESC,TRTA"
    rows = ["a,OS,100,2,DEATH,A", "b,OS,200,0,ALIVE,A", "c,OS,150,0,Death,B", "d,OS,90,0,LOST TO FOLLOW-UP,B"]
    found, _ = checked(tmp_path, DAYS, adtte=times(*rows, "a,TTP,50,1,DEATH,A", names=names))

    assert {rule: rows for rule, rows in found if rule in (CENSORED_DEAD, DEAD_ALIVE)} == {
        CENSORED_DEAD: (2,),
        DEAD_ALIVE: (3, 5),
    }


@pytest.mark.parametrize(
    ("names", "a", "b"),
    [
        ("patient_id,died", "a,yes", "b,no"),
        ("patient_id,death_date,last_contact", "a,2012-01-01,2012-01-01", "b,,2012-01-01"),
    ],
)
def test_a_death_of_the_table_of_patients_that_is_censored_is_told(names, a, b, tmp_path):
    found, _ = checked(tmp_path, DAYS, patients="\n".join([names, a, b]), adtte=times("a,OS,9,1,A", "b,OS,9,0,A"))

    assert (CENSORED_DEAD, (2,)) in found
    assert ((DEAD_ALIVE, (3,)) in found) == ("died" in names)


def test_where_all_say_the_same_nothing_is_told(tmp_path):
    rows = times("a,OS,9,0,DEATH,A", "b,OS,9,1,ALIVE,B", names="USUBJID,PARAMCD,AVAL,CNSR,EVNTDESC,TRTA")
    found, _ = checked(tmp_path, DAYS, patients="patient_id,died,group\na,yes,A\nb,no,B", adtte=rows)

    assert found == []


def test_the_group_of_recorded_times_counts_where_the_patients_have_none(tmp_path):
    rows = times("a,OS,100,0,A", "b,OS,200,1,", "b,PFS,200,1,A", "c,OS,150,0,B", "d,OS,90,1,B")
    patients = "patient_id,sex\na,female\nb,male\nc,male\nd,female"

    for tables in ({"patients": patients}, {}):
        _, cohort = checked(tmp_path / str(len(tables)), DAYS, adtte=rows, **tables)
        assert cohort.adsl.set_index("USUBJID")["TRT01A"].to_dict() == {"a": "A", "b": "A", "c": "B", "d": "B"}


def test_another_group_of_recorded_times_than_of_the_patients_is_told(tmp_path):
    found, cohort = checked(
        tmp_path, DAYS, patients="patient_id,group\na,A\nb,B", adtte=times("a,OS,9,0,B", "b,OS,9,1,B")
    )

    assert ("another group than in the table of patients", (2,)) in found
    assert cohort.adsl["TRT01A"].tolist() == ["A", "B"]


SWAPPED = ["a,A,2010-05-03,25/03/2012,", "b,A,25/03/2010,2012-04-01,2012-04-01", "c,B,2010-01-06,31/12/2012,"]


def test_days_that_a_spreadsheet_may_have_exchanged_are_told(tmp_path):
    given = f'{SARCOMA}[formats]\ndates = "%d/%m/%Y"\n'
    rule = "no day after the 12th, while all dates in another form have later days"
    found, _ = checked(tmp_path, given, patients="\n".join([DATED, *SWAPPED]))
    others, _ = checked(tmp_path / "b", given, patients="\n".join([DATED, *SWAPPED, "d,B,03/05/2010,2012-12-31,"]))

    assert [rows for each, rows in found if each == rule] == [(2, 4), (3,)]
    assert [rows for each, rows in others if each == rule] == []


def test_a_small_digit_above_the_line_is_no_digit(tmp_path):
    sheet = "patient_id,group,t,s\na,A,24¹,1\nb,A,12.5,0\nc,B,７,1\nd,B,9²,0"
    found, _ = checked(tmp_path, OS, patients=sheet)

    assert ("not a number", (2, 5)) in found


VISITS = ["a,A,2010-01-01,2010-02-01,", "a,A,2010-01-01,2011-06-01,2011-06-01", "b,A,2010-01-01,2010-02-05,"]
VISITS += ["b,A,2010-01-01,2012-06-01,", "c,B,2010-01-01,2010-03-01,2010-03-01"]


@pytest.mark.parametrize(
    ("which", "died", "told"),
    [
        ("first", [False, False, True], ["takes the first row of 2 patients, though later ones differ in {}"]),
        ("last", [True, False, True], []),
    ],
)
def test_of_several_visits_the_first_or_the_last_is_taken_and_the_first_is_told(which, died, told, tmp_path):
    given = f'{SARCOMA}[columns.patients]\nid = "patient_id"\n[select.patients]\n{which}_of = "id"\n'
    sheet = "\n".join([DATED.replace("patient_id", "id"), *VISITS])
    found, cohort = checked(tmp_path, given, patients=sheet)

    assert cohort.adsl["DTHDT"].notna().tolist() == died
    differ = "group or resistance_date or last_contact or death_date"
    assert [rule for rule, _ in found if rule.startswith("takes")] == [each.format(differ) for each in told]


def test_an_event_without_its_time_and_a_time_that_counts_as_blank_are_told(tmp_path):
    sheet = "patient_id,group,t,s,pfs,p\na,A,24,1,9,1\nb,A,12,0,12,0\nc,B,17,1,,1\nd,B,10,0,,0"
    progression = OS.replace("OS", "PFS").replace('"t"', '"pfs"').replace('"s"', '"p"')
    found, _ = checked(tmp_path, f'{OS}{progression}[formats]\nmissing = ["9"]\n', patients=sheet)

    assert ("the event, without its time", (2, 4)) in found
    assert ("a number that counts as blank, as missing says under [formats]", (2,)) in found


def test_a_column_that_tells_who_died_and_is_not_used_is_held_against_the_dates(tmp_path):
    rows = ["a,A,2010-01-01,2014-01-01,2014-01-01,{}", "b,B,2010-01-01,2014-01-01,,{}", "c,B,2010-01-01,2014-01-01,,{}"]
    rule = 'blank, though "dead" has the code of those who have a date of death'

    for number, (codes, told) in enumerate([("110", [(3,)]), ("100", []), ("111", [])]):
        sheet = "\n".join([f"{DATED},dead", *(row.format(code) for row, code in zip(rows, codes, strict=True))])
        found, _ = checked(tmp_path / str(number), SARCOMA, patients=sheet)
        assert [where for each, where in found if each == rule] == told


def test_progressions_on_the_last_contact_of_the_living_are_told(tmp_path):
    patients = "\n".join([DATED, *(f"{who},A,2010-01-01,2012-01-0{n}," for n, who in enumerate("abcd", 1))])
    days = [f"{who},2012-01-0{n},PD" for n, who in enumerate("abc", 1)]

    for number, last in enumerate(["d,2011-01-01,PD", "d,2011-01-01,SD"]):
        rows = "\n".join(["patient_id,assessment_date,response", *days, last])
        found, _ = checked(tmp_path / str(number), SARCOMA, patients=patients, assessments=rows)
        assert f"3 of {4 - number} first progressions are on the day of the last contact of a living patient" in dict(
            found
        )
    rows = "\n".join(["patient_id,assessment_date,response", days[0], "b,2011-01-01,PD", last])
    found, _ = checked(tmp_path / "few", SARCOMA, patients=patients, assessments=rows)
    assert not [rule for rule, _ in found if "first progressions" in rule]


@pytest.mark.parametrize("word", ["unbekannt", "#REF!", "#DIV/0!", "\\N", "k.A.", "#NULL!"])
def test_a_word_for_unknown_or_an_error_of_a_spreadsheet_is_no_group(word, tmp_path):
    rows = ["a,A,2010-01-01,2012-01-01,", "b,B,2010-01-01,2012-01-01,2012-01-01", f"c,{word},2010-01-01,2012-01-01,"]
    found, cohort = checked(tmp_path, SARCOMA, patients="\n".join([DATED, *rows]))

    assert ("blank, so in no group", (4,)) in found
    assert sorted(cohort.adsl["TRT01A"].dropna()) == ["A", "B"]


@pytest.mark.parametrize("code", ["DOOC", "DCD", "†", "décès", "fallecido", "умер", "过世"])
def test_a_code_of_death_that_is_not_named_is_told(code, tmp_path):
    given = f'{SARCOMA}[[tables.patients]]\nfile = "patients.csv"\npatient_id = "id"\nresistance_date = "start"\n'
    given += 'last_contact = "seen"\ndeath_date = { column = "seen", when = "state", is = ["DOD"] }\n'
    sheet = (
        f"id,start,seen,state\na,2010-01-01,2012-01-01,DOD\nb,2010-01-01,2012-01-01,{code}\nc,2010-01-01,2012-01-01,AWD"
    )
    found, _ = checked(tmp_path, given, patients=sheet)

    assert [rows for rule, rows in found if "seems to tell of a death" in rule] == [(3,)]


@pytest.mark.parametrize("name", ["Total (n=3)", "Sum (n = 3)", "total"])
def test_a_row_of_totals_is_no_patient(name, tmp_path):
    found, _ = checked(tmp_path, OS, patients=f"patient_id,group,t,s\na,A,24,1\nb,A,12,0\n{name},A,36,1")

    assert ("a row of totals, and no patient", (4,)) in found


def test_a_competing_event_censors_follow_up_as_the_event_does():
    """Eight patients end at 2, 3 (by competing events), 4 (event), 10 and 24 (competing), 26 (event), 30 and 36 days.

    Nobody is lost before day 30, on which one of the two who are left is. Follow-up stays at one half from then to day
    36, and its median is the middle of the two.
    """
    days, ends = [2, 3, 4, 10, 24, 26, 30, 36], ["competing event"] * 2 + ["event"] + ["competing event"] * 2
    rows = pd.DataFrame({"TRTA": "All", "ENTRYDY": 0, "AVAL": days, "EVNTDESC": [*ends, "event", "lost", "lost"]})
    rows["CNSR"] = (rows["EVNTDESC"] != "event").astype(int)
    followed = lifetable.reversed_kinds(lifetable.count(endpoints.by_end(rows)))

    assert estimates.quantile(estimates.survival(followed))["estimate"].tolist() == [33]
