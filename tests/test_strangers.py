"""More files of strangers: for each kind that was read wrongly, the others of its kind that were tried."""

import gzip
import json
import re

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from gistbook import build, cli
from gistbook.analysis import alternatives, baseline, endpoints, exposure, lifetable
from gistbook.conventions import DataError
from gistbook.intake import readers
from gistbook.intake.cohort import regroupings
from gistbook.intake.folder import check_folder
from support import chapters
from support.sharing import one_of, one_of_cases, one_of_named
from support.subjects import folder

PUBLIC = 'title = "x"\naccess = "public"\n'
HEADER = "patient_id,group,resistance_date,last_contact,death_date"
TIMED = '[formats]\ntimes = "days"\n[columns.adtte]\n'


def told(place, settings: str = "", **tables: str) -> tuple[list, object]:
    """Return what the check of a folder finds, and its cohort."""
    examined = check_folder(folder(place / "x", PUBLIC + settings, **tables))
    return examined.findings, examined.cohort


def deaths(*dates: str) -> str:
    """Return patients who died on the given days, or live."""
    return "\n".join([HEADER, *(f"p{n},x,2010-01-01,2012-01-01,{day}" for n, day in enumerate(dates))])


def of_sites(*cells: str) -> str:
    """Return patients with the given cells of metastatic sites; the first one died."""
    rows = [f"p{n},x,2010-01-01,2012-01-01,{'' if n else '2012-01-01'},{cell}" for n, cell in enumerate(cells)]
    return "\n".join([f"{HEADER},metastatic_sites", *rows])


@pytest.mark.parametrize("column", ["dead", "OS_STATUS", "event", "転帰", "Progressed"])
def test_a_column_that_is_named_for_the_event_and_read_as_censoring_is_told(column, tmp_path):
    times = f"USUBJID,PARAMCD,AVAL,{column}\na,OS,10,1\nb,OS,20,0\nc,OS,30,1"
    findings, _ = told(tmp_path, f'{TIMED}"{column}" = "CNSR"\n', adtte=times)

    assert [(each.column, each.severity, "0 is an event" in each.rule) for each in findings] == [
        ("CNSR", "warning", True)
    ]


@pytest.mark.parametrize(
    ("column", "codes"),
    [("CENSOR", ""), ("dead", '[values.adtte.CNSR]\n1 = "0"\n0 = "1"'), ("dead", '[values.adtte.CNSR]\n0 = "0"')],
)
def test_a_column_of_censoring_and_codes_that_are_translated_are_not_told(column, codes, tmp_path):
    times = f"USUBJID,PARAMCD,AVAL,{column}\na,OS,10,1\nb,OS,20,0\nc,OS,30,1"
    findings, cohort = told(tmp_path, f'{TIMED}"{column}" = "CNSR"\n{codes}', adtte=times)

    assert findings == []
    assert (cohort.adtte["CNSR"] == 0).sum() == (2 if "1 =" in codes else 1)


@pytest.mark.parametrize(("event", "none"), [("Event", "Censored"), ("N", "Y"), ("false", "true"), ("死亡", "生存")])
def test_words_in_place_of_cnsr_are_told_with_the_entry_that_translates_them(event, none, tmp_path):
    times = f"USUBJID,PARAMCD,AVAL,CNSR\na,OS,10,{event}\nb,OS,20,{none}\nc,OS,30,{none}"
    (finding,), cohort = told(tmp_path, TIMED, adtte=times)
    codes = f'[values.adtte.CNSR]\n"{event}" = "0"\n"{none}" = "1"'
    _, translated = told(tmp_path / "y", f"{TIMED}{codes}", adtte=times)

    assert cohort is None
    assert (finding.rows, "[values.adtte.CNSR]" in finding.remedy, "missing" in finding.remedy) == (
        (2, 3, 4),
        True,
        False,
    )
    assert translated.adtte["CNSR"].tolist() == [0, 1, 1]


@pytest.mark.parametrize("code", ["os", "Os", "ＯＳ"])
def test_a_code_of_an_endpoint_is_one_however_it_is_written(code, tmp_path):
    findings, cohort = told(tmp_path, TIMED, adtte=f"USUBJID,PARAMCD,AVAL,CNSR\na,OS,10,0\nb,{code},20,1\nc,OS,30,1")

    assert findings == []
    assert cohort.adtte["PARAMCD"].tolist() == ["OS", "OS", "OS"]


@pytest.mark.parametrize(
    ("sheet", "counts"),
    [
        (deaths("", "", ""), "0 of 3"),
        (deaths("2012-01-01", "2012-01-01", "2012-01-01"), "3 of 3"),
        ("patient_id,resistance_date,last_contact\na,2010-01-01,2012-01-01\nb,2010-01-01,2012-01-01", "0 of 2"),
    ],
    ids=["nobody", "everybody", "no such column"],
)
def test_dates_under_which_nobody_or_everybody_dies_are_told_with_the_counts(sheet, counts, tmp_path):
    findings, cohort = told(tmp_path, patients=sheet)

    assert cohort is not None
    assert [(each.severity, each.rule) for each in findings] == [("warning", f"{counts} patients have a date of death")]


def test_dates_of_death_that_cannot_be_read_are_told_once(tmp_path):
    findings, _ = told(tmp_path, patients=deaths("1.2.12", "", ""))

    assert [(each.column, each.rows, each.rule) for each in findings] == [("death_date", (2,), "not a date")]


def test_where_times_have_no_code_that_is_listed_nothing_is_told_of_dates_of_death(tmp_path):
    findings, _ = told(tmp_path, ENDED.format('["dead"]', '["alive"]'), patients="patient_id,t,status\na,10,x\nb,20,y")

    assert [each.column for each in findings if each.severity == "error"] == ["status"]
    assert "death_date" not in [each.column for each in findings]


@pytest.mark.parametrize("died", ["yes", "no"])
def test_of_deaths_that_a_column_confirms_nothing_is_told(died, tmp_path):
    day = "2012-01-01" if died == "yes" else ""
    rows = "\n".join(f"{name},2010-01-01,2012-01-01,{day},{died}" for name in "abc")

    assert told(tmp_path, patients=f"patient_id,resistance_date,last_contact,death_date,died\n{rows}")[0] == []


def test_sites_in_several_spellings_are_one(tmp_path):
    findings, cohort = told(tmp_path, patients=of_sites("Liver; liver", "liver；Bone", "ＬＩＶＥＲ ; bone", "bone"))
    table = baseline.characteristics(cohort.adsl).set_index(["characteristic", "level"])["count"]

    assert findings == []
    assert table["Metastatic sites"].to_dict() == {"bone": 3, "liver": 3}


@pytest.mark.parametrize("cell", ['"liver, lung"', "liver/lung", "liver、lung", "liver+lung", "liver and lung"])
def test_sites_that_other_signs_part_are_told_by_their_rows(cell, tmp_path):
    findings, _ = told(tmp_path, patients=of_sites("liver; lung", cell, "island"))

    assert [(each.column, each.rows, each.severity) for each in findings] == [("metastatic_sites", (3,), "warning")]


def test_sites_that_other_signs_part_can_be_parted_by_an_entry(tmp_path):
    settings = '[values.patients.metastatic_sites]\n"liver, lung" = "liver; lung"\n'
    findings, cohort = told(tmp_path, settings, patients=of_sites("liver", '"Liver, lung"'))

    assert findings == []
    assert cohort.adsl["METSITES"].tolist() == ["liver", "liver; lung"]


def test_a_category_of_theirs_in_several_spellings_is_one(tmp_path):
    settings = '[covariates.place]\ncolumn = "place"\nlabel = "Place"\nkind = "category"\n'
    cells = ["Body", "body ", "Ｂody", "NA", "#N/A", "fundus"]
    rows = [f"p{n},x,2010-01-01,2012-01-01,{'' if n else '2012-01-01'},{cell}" for n, cell in enumerate(cells)]
    _, cohort = told(tmp_path, settings, patients="\n".join([f"{HEADER},place", *rows]))
    table = baseline.characteristics(cohort.adsl, cohort.covariates).set_index("level")["count"]

    assert table.to_dict() == {"Body": 3, "fundus": 1, "missing": 2}


@pytest.mark.parametrize("drug", one_of(3, ["STI-571", "STI 571", "IM", "ｉｍ", "Imatinib mesylate", "グリベック"]))
def test_other_names_of_imatinib_are_told(drug, tmp_path):
    doses = f"patient_id,drug,start,end\np0,imatinib,2009-01-01,2010-02-01\np0,{drug},2010-02-02,"
    findings, _ = told(tmp_path, patients=deaths("2012-01-01"), exposures=doses)

    assert [each.rule for each in findings] == ["perhaps imatinib under another name"]


@pytest.mark.parametrize("drug", ["imc-1121b", "sulfasalazine", "simeprevir", "trial drug"])
def test_a_drug_that_only_begins_like_a_short_name_is_another(drug, tmp_path):
    doses = f"patient_id,drug,start,end\np0,imatinib,2009-01-01,2010-02-01\np0,{drug},2010-02-02,"

    assert told(tmp_path, patients=deaths("2012-01-01"), exposures=doses)[0] == []


NO_DRUGS = ["BSC", "Best supportive care", "placebo", "No treatment", "ＢＳＣ", "経過観察"]


@pytest.mark.parametrize("cell", one_of(3, NO_DRUGS))
def test_what_is_no_drug_is_told_and_makes_no_second_line_once_it_is_left_out(cell, tmp_path):
    rows = f"patient_id,drug,start,end\np1,imatinib,2009-01-01,2010-02-01\np1,{cell},2010-03-01,2011-01-01"
    (finding,), cohort = told(tmp_path, patients=deaths("2012-01-01", ""), exposures=rows)
    left_out = f'[select.exposures]\nwhere_not = {{ drug = ["{cell}"] }}\n'
    findings, without = told(tmp_path / "y", left_out, patients=deaths("2012-01-01", ""), exposures=rows)

    assert (finding.column, finding.rows, finding.severity) == ("drug", (3,), "warning")
    assert "where_not" in finding.remedy
    assert cell not in finding.rule
    assert cohort.adsl["TKI2DT"].notna().sum() == 1
    assert (findings, without.adsl["TKI2DT"].notna().sum()) == ([], 0)


@pytest.mark.parametrize(
    "cell", ["imatinib + sunitinib", "Glivec/Sutent", "sunitinib → regorafenib", "イマチニブ・スーテント"]
)
def test_several_drugs_in_one_cell_are_told(cell, tmp_path):
    rows = f"patient_id,drug,start,end\np1,imatinib,2009-01-01,2010-02-01\np1,{cell},2010-03-01,2011-01-01"
    findings, _ = told(tmp_path, patients=deaths("2012-01-01", ""), exposures=rows)

    assert [(each.rule, each.rows, each.severity) for each in findings] == [
        ("several drugs in one cell", (3,), "warning")
    ]


LATER = ["Qinlock", "BLU-285", "AYVAKYT", "タシグナ", "Nexavar 400 mg", "TAS-116", "RGF"]


@pytest.mark.parametrize("drug", one_of(3, LATER))
def test_other_names_of_later_drugs_are_told(drug, tmp_path):
    rows = f"patient_id,drug,start,end\np1,imatinib,2009-01-01,2010-02-01\np1,{drug},2010-03-01,2011-01-01"
    (finding,), _ = told(tmp_path, patients=deaths("2012-01-01", ""), exposures=rows)

    assert (finding.column, finding.rows, "under another name" in finding.rule) == ("drug", (3,), True)


@pytest.mark.parametrize("pair", [("1.0", "1"), ("1-12", "01/12"), ("A_7", "a-07"), ("1 - 2", "1-2"), ("Ａ７", "A 7")])
def test_one_patient_under_more_spellings_is_an_error(pair, tmp_path):
    rows = "\n".join(f"{name},x,2010-01-01,2012-01-01,{'2012-01-01' * (name == pair[0])}" for name in pair)
    findings, cohort = told(tmp_path, patients=f"{HEADER}\n{rows}")

    assert cohort is None
    assert [(each.column, each.rows) for each in findings] == [("patient_id", (3,))]


@pytest.mark.parametrize(
    "pair", [("1-12", "11-2"), ("1.1", "11"), ("1.0", "10"), ("A-1-2", "A-12"), ("2010/1", "20101")]
)
def test_a_sign_between_two_digits_tells_two_patients_apart(pair, tmp_path):
    rows = "\n".join(f"{name},x,2010-01-01,2012-01-01,{'2012-01-01' * (name == pair[0])}" for name in pair)

    assert told(tmp_path, patients=f"{HEADER}\n{rows}")[0] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,years", "12,months"),
        ("1000.1,weeks", "7000.7,days"),
        ("2.5,years", "913.125,days"),
        ("2,months", "60.875,days"),
    ],
)
def test_times_that_units_make_equal_are_one(one, other, tmp_path):
    times = f"USUBJID,PARAMCD,CNSR,AVAL,AVALU\na,OS,1,{one}\nb,OS,0,{other}\nc,OS,0,1,days"
    _, cohort = told(tmp_path, adtte=times)

    assert lifetable.count(endpoints.derive_os(cohort, "recorded"))["exit"].nunique() == 2


def test_times_of_single_precision_are_those_that_were_written(tmp_path):
    times = pd.DataFrame(
        {"USUBJID": list("abc"), "PARAMCD": "OS", "AVALU": ["weeks", "days", "days"], "CNSR": [1, 0, 0]}
    )
    place = folder(tmp_path / "x", PUBLIC)
    times.assign(AVAL=pd.Series([7.1, 49.7, 10], dtype="float32")).to_parquet(place / "adtte.parquet")
    counts = lifetable.count(endpoints.derive_os(check_folder(place).cohort, "recorded"))

    assert counts["exit"].nunique() == 2
    assert counts["exit"].max() == pytest.approx(49.7, rel=1e-12)


WRONG_VALUES = {
    "a name that no list has": ('interval = "loglog"', "Did you mean log-log?"),
    "a time zero that is none": ('origin = "diagnosis"', "origin cannot be 'diagnosis'"),
    "a level in per cent": ("conf_level = 95", "between 0 and 1"),
    "a month of no days": ("days_per_month = [30, 0]", "days_per_month cannot be 0"),
    "a time before time zero": ("landmark_months = [12, -3]", "landmark_months cannot be -3"),
    "fewer than nobody": ("fewest_at_risk = -1", "fewest_at_risk cannot be -1"),
    "a grade that is none": ('serious_grade = "6"', "serious_grade cannot be '6'"),
    "everybody in one group": ("share_operated = 1", "share_operated cannot be 1"),
    "no number": ("conf_level = nan", "conf_level cannot be nan"),
    "no landmark": ("landmark_days = []", "landmark_days needs a day"),
}


@pytest.mark.parametrize(("entry", "words"), one_of_named(3, WRONG_VALUES))
def test_a_value_of_a_parameter_with_which_a_chapter_would_stop_is_told_by_the_check(entry, words, tmp_path):
    checked = check_folder(
        folder(tmp_path / "x", f"{PUBLIC}[parameters]\n{entry}\n", patients=deaths("", "2012-01-01"))
    )

    assert words in build.policy_and_refusal(checked)[1]


@pytest.mark.parametrize(
    "entry", ['interval = "log"', "conf_level = 0.9", "landmark_months = [0, 6]", "most_growing = [0]"]
)
def test_a_value_that_a_chapter_can_use_is_not_refused(entry, tmp_path):
    checked = check_folder(
        folder(tmp_path / "x", f"{PUBLIC}[parameters]\n{entry}\n", patients=deaths("", "2012-01-01"))
    )

    assert build.policy_and_refusal(checked)[1] == ""


@pytest.mark.parametrize(
    ("origin", "of_os"),
    [
        ("resistance", "1 with the event, 1 censored; from the imaging"),
        ("first_operation", "empty: no analysed patient has a time from the first operation"),
        ("imatinib_start", "empty: no analysed patient has a time from the start of imatinib"),
    ],
)
def test_the_check_tells_how_endpoints_by_date_end_and_which_are_empty(origin, of_os, tmp_path):
    place = folder(tmp_path / "x", f'{PUBLIC}[parameters]\norigin = "{origin}"', patients=deaths("", "2012-01-01"))
    printed = " ".join(CliRunner().invoke(cli.app, ["check", str(place)]).output.split())

    assert f"OS {of_os}" in printed
    assert "PFS empty: no analysed patient has a time from" in printed


def test_data_tell_of_each_endpoint_what_the_words_tell(tmp_path):
    """Dated, one dies and one lives; recorded, one has the event, one another one, one is censored and enters late."""
    dated = folder(tmp_path / "a", f'{PUBLIC}[parameters]\norigin = "resistance"', patients=deaths("", "2012-01-01"))
    (pfs, os) = read_data(dated)["endpoints"]

    assert {**os, "time_zero": ""} == ENDS | {"endpoint": "OS", "events": 1, "censored": 1}
    assert "time from the imaging" in pfs["notes"][0].partition("a ")[2]
    ends = f'{ENDED.format("[1]", "[0]")}competing = [2]\nentry = "came"\n[clocks]\nrecorded = "birth"\n'
    recorded = folder(tmp_path / "b", PUBLIC + ends, patients="patient_id,t,came,status\na,9,0,1\nb,9,0,2\nc,9,3,0")
    (os, pfs, imcont) = read_data(recorded)["endpoints"]

    counts = {"events": 1, "competing": 1, "censored": 1, "late": 1}
    assert os == ENDS | {"endpoint": "OS", "time_zero": "birth"} | counts
    assert [each["notes"] for each in (pfs, imcont)] == [["no rows, so that the book has no curve of it"]] * 2


ENDS = {"endpoint": "", "time_zero": "", "events": 0, "competing": 0, "censored": 0, "late": 0, "notes": []}


def read_data(place) -> dict:
    """Return what the check of a folder tells a program."""
    return json.loads(CliRunner().invoke(cli.app, ["check", "--json", str(place)]).output)


@pytest.mark.parametrize(("clocks", "is_told"), [("", True), ('[clocks]\nrecorded = "randomization"\n', False)])
def test_a_time_zero_of_recorded_times_that_has_no_name_is_told_with_the_entry_to_paste(clocks, is_told, tmp_path):
    place = folder(
        tmp_path / "x", PUBLIC + ENDED.format("[1]", "[0]") + clocks, patients="patient_id,t,status\na,9,1\nb,8,0"
    )
    printed = CliRunner().invoke(cli.app, ["check", str(place)]).output

    assert ('recorded = "randomization"' in printed) == is_told
    assert ("from randomization" in printed) != is_told


def test_where_times_are_recorded_the_check_reckons_none_from_dates(tmp_path):
    place = folder(tmp_path / "x", PUBLIC, adtte="USUBJID,PARAMCD,AVAL,AVALU,CNSR\na,OS,10,days,0\nb,OS,20,days,1")

    assert build.dated_times(check_folder(place)) == []


TRANSPLANTS = "patient_id,group,resistance_date,last_contact,death_date\n" + "\n".join(
    f"{name},{group},2010-01-01,2014-01-01,{died}"
    for name, group, died in [("a", "graft", ""), ("b", "graft", "2014-01-01"), ("c", "graft", ""), ("d", "none", "")]
)


@pytest.mark.parametrize(
    ("rows", "entries", "is_told"),
    [
        (["a,2010-01-11", "b,2010-01-21", "c,2010-01-31"], [10, 20, 30, 0], ()),
        (["a,2010-01-11", "b,2010-01-21"], [0, 0, 0, 0], (4,)),
        (["a,2010-01-11", "b,2010-01-21", "c,2009-01-31"], [0, 0, 0, 0], (4,)),
        (["a,2010-01-11"], [0, 0, 0, 0], ()),
        (["a,2010-01-11", "b,2010-01-21", "c,2010-01-31", "d,2012-01-01"], [10, 20, 30, 730], ()),
    ],
    ids=["all", "two of three", "one before", "one of three", "all of every group"],
)
def test_who_alone_of_a_group_was_not_operated_on_is_told_as_nobody_enters_late(rows, entries, is_told, tmp_path):
    findings, cohort = told(tmp_path, patients=TRANSPLANTS, operations="\n".join(["patient_id,operation_date", *rows]))

    assert endpoints.derive_os(cohort, "resistance")["ENTRYDY"].tolist() == entries
    assert [each.rows for each in findings if each.column == "group"] == ([is_told] if is_told else [])


def with_lesions(group: str, lesions: str) -> str:
    """Return four patients with or without a recorded group and counted lesions."""
    rows = [
        f"p{n},{group},{pattern},{lesions and growing},2010-01-01,2012-01-01,{'' if n else '2012-01-01'}"
        for n, (pattern, growing) in enumerate(
            [("localized", 1), ("generalized", 2), ("generalized", 5), ("localized", 3)]
        )
    ]
    return "\n".join(
        ["patient_id,group,resistance_pattern,growing_lesions,resistance_date,last_contact,death_date", *rows]
    )


@pytest.mark.parametrize(("group", "lesions"), [("S", "yes"), ("", ""), ("treated", "")])
def test_where_no_other_rule_can_be_tried_nobody_is_said_to_be_reclassified(group, lesions, tmp_path):
    _, cohort = told(tmp_path, patients=with_lesions(group, lesions))

    assert regroupings(cohort, [1, 2, 3]) == []


def test_where_lesions_are_counted_those_who_change_their_group_are_counted(tmp_path):
    """None is operated on: with at most 2 growing, p1 leaves the M-group; with at most 1, p3 comes to it."""
    _, cohort = told(tmp_path, patients=with_lesions("", "yes"))

    assert [(rule, moved) for rule, _, moved in regroupings(cohort, [1, 2, 3])] == [
        ("at most 1 growing", (1, 4)),
        ("at most 2 growing", (2, 4)),
        ("at most 3 growing", (1, 4)),
    ]


@pytest.mark.parametrize("records", one_of(3, ["times", "no scans", "progressions only"]))
def test_no_median_is_said_to_stay_where_no_other_definition_could_be_tried(records, tmp_path):
    seen = "patient_id,assessment_date,response\np0,2011-01-01,PD\np1,2011-03-01,PD"
    times = "USUBJID,PARAMCD,AVAL,AVALU,CNSR\na,PFS,10,days,0\nb,PFS,20,days,1"
    tables = {"adtte": times} if records == "times" else {"patients": deaths("", "2012-01-01")}
    tables |= {"assessments": seen} if records == "progressions only" else {}
    origin = "recorded" if records == "times" else "resistance"
    place = folder(tmp_path / "x", f'{PUBLIC}[parameters]\norigin = "{origin}"', **tables)
    page = chapters.pages(place, ["sensitivity"])["sensitivity"]

    assert "same median" not in page.words
    assert "0 of 2" not in page.words.partition("The resistance rule")[2].partition("The serious grade")[0]
    left_out = alternatives.not_tried(build.load_cohort(place))
    assert {"dated half-way to the scan before", alternatives.NEW_TREATMENT} <= set(left_out) or records == "no scans"


CYCLES = "patient_id,drug,schedule,start,end,dose_mg_per_day\n"


@pytest.mark.parametrize(
    ("drug", "schedule", "mg", "starts", "on", "of_elapsed"),
    [
        ("regorafenib", "3 weeks on, 1 off", 160, [0, 35, 70], 21, 12 / 14),
        ("trabectinib", "2/2", 100, [0, 35], 14, 8 / 9),
        ("ripretinib", "daily", 150, [0, 35], 28, 8 / 9),
        ("ｓｕｎｉｔｉｎｉｂ", "４ weeks on, 2 off", 50, [0, 49], 28, 12 / 13),
        ("sunitinib", "4 weeks on, 2 off", 25, [0, 42], 28, 1 / 2),
    ],
)
def test_every_week_of_delay_lowers_the_intensity_of_any_drug(drug, schedule, mg, starts, on, of_elapsed, tmp_path):
    settings = (
        '[schedules.trabectinib]\ndose = 100\ndays_on = 14\ndays_off = 14\nschedule = "2/2"\n'
        '[schedules.ripretinib]\ndose = 150\ndays_on = 28\nschedule = "daily"\n'
    )
    day = lambda number: (pd.Timestamp(2010, 2, 1) + pd.Timedelta(days=number)).date()  # noqa: E731
    rows = [f'p0,{drug},"{schedule}",{day(start)},{day(start + on - 1)},{mg}' for start in starts]
    _, cohort = told(tmp_path, settings, patients=deaths("2012-01-01"), exposures=CYCLES + "\n".join(rows))
    table = exposure.dose_intensity(cohort).set_index("denominator")["estimate"]

    assert table["elapsed"] == pytest.approx(100 * of_elapsed, rel=1e-12)


ENDED = '[endpoints.OS]\ntime = "t"\nevent = "status"\nunit = "days"\nevents = {}\ncensored = {}\n'


@pytest.mark.parametrize(
    ("status", "events", "censored"),
    [
        ([True, False, True], "[true]", "[false]"),
        ([1.0, 0.0, 1.0], "[1]", "[0]"),
        (pd.Categorical(["Dead", "Alive", "dead "]), '["ＤＥＡＤ"]', '["alive"]'),
    ],
    ids=["yes and no", "numbers", "categories"],
)
def test_codes_of_every_kind_of_a_parquet_file_are_those_that_are_listed(status, events, censored, tmp_path):
    rows = pd.DataFrame({"patient_id": list("abc"), "t": [10, 20, 30], "status": status})
    place = folder(tmp_path / "x", PUBLIC + ENDED.format(events, censored))
    rows.to_parquet(place / "patients.parquet")

    assert check_folder(place).cohort.adtte["CNSR"].tolist() == [0, 1, 0]


@pytest.mark.parametrize("mark", ["NA", "nan", "n/a"])
def test_a_code_that_stands_for_blank_is_told_with_the_entry_that_makes_it_so(mark, tmp_path):
    sheet = f"patient_id,t,status\na,10,1\nb,{mark},{mark}\nc,30,0"
    findings, cohort = told(tmp_path / "a", ENDED.format("[1]", "[0]"), patients=sheet)
    named = f'missing = ["{mark.lower()}"]'

    assert cohort is None
    assert any(named in each.remedy and each.rows == (3,) for each in findings)
    settings = f"[formats]\n{named}\n{ENDED.format('[1]', '[0]')}"
    assert told(tmp_path / "b", settings, patients=sheet)[1].adtte["USUBJID"].tolist() == ["a", "c"]


@pytest.mark.parametrize(
    ("column", "said", "named"),
    one_of_cases(
        4,
        [
            ("Survival (months)", "days", "months"),
            ("OSMonths", "weeks", "months"),
            ("fu_yrs", "months", "years"),
            ("Überlebenszeit in Tagen", "months", "days"),
            ("生存期間（か月）", "days", "months"),
            ("os_weeks2", "months", "weeks"),
            ("Survival (months)", "months", ""),
            ("days", "days", ""),
            ("months of 30 days", "days", ""),
            ("today_visit", "months", ""),
            ("monthly", "days", ""),
            ("time", "days", ""),
        ],
    ),
)
def test_a_time_whose_column_speaks_of_another_unit_is_told(column, said, named, tmp_path):
    settings = ENDED.format("[1]", "[0]").replace('"t"', f'"{column}"').replace('"days"', f'"{said}"')
    findings, _ = told(tmp_path, settings, patients=f'patient_id,"{column}",status\na,9,1\nb,8,0')

    assert [each.rule.partition("speaks of ")[2] for each in findings] == ([named] if named else [])


def test_entries_and_columns_of_days_that_speak_of_another_unit_are_told(tmp_path):
    sheet = (
        "patient_id,t,came_weeks,status,d,fu_months,death_date\na,9,1,1,2010-01-01,3,2010-01-04\nb,8,0,0,2010-01-01,4,"
    )
    entered = f'{ENDED.format("[1]", "[0]")}entry = "came_weeks"\n'
    plus = '[[tables.patients]]\nfile = "patients.csv"\npatient_id = "patient_id"\nresistance_date = "d"\n'
    plus += 'last_contact = { column = "d", plus = "fu_months" }\n'

    rules = [each.rule for each in told(tmp_path / "a", entered, patients=sheet)[0]]
    assert [rule for rule in rules if "speaks of weeks" in rule and "number of days" in rule]
    assert any(
        '"fu_months" for a number of days' in each.rule for each in told(tmp_path / "b", plus, patients=sheet)[0]
    )


@pytest.mark.parametrize(
    ("cell", "words"),
    one_of_cases(
        3,
        [
            ("1 234", "what parts thousands"),
            ('"1\u00a0234,5"', "what parts thousands"),
            ("1'234", "what parts thousands"),
            ('"1,234.5"', "what parts thousands"),
            ("1.234", ""),
            ("12 34", "digits only"),
            ("20%", "a sign such as %"),
        ],
    ),
)
def test_a_number_with_a_sign_between_its_thousands_or_after_it_is_told_with_what_to_take_out(cell, words, tmp_path):
    findings, _ = told(tmp_path, ENDED.format("[1]", "[0]"), patients=f"patient_id,t,status\na,{cell},1\nb,8.5,0")

    remedies = [each.remedy for each in findings if each.rule == "not a number"]
    assert [words in each for each in remedies] == ([True] if words else [])


@pytest.mark.parametrize("name", ["patients.sav", "our data.DTA", "patients.sas7bdat", "x.rds"])
@pytest.mark.parametrize("is_named", [True, False])
def test_a_file_of_a_program_that_is_not_read_is_told_with_what_to_save(name, is_named, tmp_path):
    place = folder(tmp_path / "x", PUBLIC + (f'[tables]\npatients = "{name}"\n' if is_named else ""))
    (place / name).write_bytes(b"$FL2@(#)\x00\xff")
    findings = check_folder(place).findings

    assert (findings[0].table, findings[0].rule) == (name, readers.NOT_READ[0])
    assert is_named or len(findings) == 2


def test_a_file_of_a_program_beside_a_table_that_is_read_is_passed_over(tmp_path):
    place = folder(tmp_path / "x", PUBLIC, patients=deaths("", "2012-01-01"))
    (place / "patients.sav").write_bytes(b"$FL2@(#)")

    assert check_folder(place).findings == []


def test_a_header_of_a_workbook_that_is_broken_into_lines_is_one_line(tmp_path):
    place = folder(tmp_path / "x", PUBLIC + ENDED.format("[1]", "[0]").replace('"t"', '"Time (days)"'))
    sheet = pd.DataFrame({"patient_id": ["a", "b"], "Time\n(days)": [9, 8], "  status ": [1, 0]})
    sheet.to_excel(place / "patients.xlsx", index=False)

    assert check_folder(place).cohort.adtte["AVAL"].tolist() == [9, 8]


@pytest.mark.parametrize(("cell", "rules"), [("1'234", ["not a number"]), ("", ["no time"]), ("8", [])])
def test_a_time_that_cannot_be_read_is_told_once(cell, rules, tmp_path):
    times = f"USUBJID,PARAMCD,AVAL,AVALU,CNSR\na,OS,{cell},days,1\nb,OS,20,days,0\nc,OS,x,days,1"
    findings, _ = told(tmp_path, adtte=times)

    of_row = [each.rule for each in findings if each.column == "AVAL" and 2 in each.rows]
    assert of_row == rules
    assert [each.rule for each in findings if each.column == "AVAL" and 4 in each.rows] == ["not a number"]


def test_groups_that_a_program_wrote_as_one_number_in_two_ways_are_told_with_the_entry(tmp_path):
    findings, _ = told(tmp_path, patients=coded("1", "1.0", "2", "2.5"))

    assert [(each.rows, each.remedy.rpartition(": ")[2]) for each in findings] == [((3,), '"1.0" = "1"')]


CODED = '[values.patients.group]\n1 = "treated"\n2 = "control"\n'


def coded(*cells: str) -> str:
    """Return patients of which the first died, with the given cells as groups."""
    rows = [f"p{n},{cell},2010-01-01,2012-01-01,{'' if n else '2012-01-01'}" for n, cell in enumerate(cells)]
    return "\n".join([HEADER, *rows])


def test_codes_of_groups_are_translated_however_a_program_writes_whole_numbers(tmp_path):
    findings, cohort = told(tmp_path, CODED, patients=coded("1.0", "2.0", "１", " 2", "control"))

    assert findings == []
    assert cohort.adsl["TRT01A"].tolist() == ["treated", "control", "treated", "control", "control"]


@pytest.mark.parametrize("other", ["3", "1.5", "placebo"])
def test_a_group_that_no_listed_code_names_is_told(other, tmp_path):
    findings, _ = told(tmp_path, CODED, patients=coded("1", "2", other, "NA", ""))

    assert [each.rows for each in findings if "names" in each.rule] == [(4,)]


def test_codes_of_an_endpoint_may_be_written_with_a_nought_after_the_mark(tmp_path):
    sheet = "patient_id,t,status\na,10,1.0\nb,20,0.0\nc,30,1"
    findings, cohort = told(tmp_path, ENDED.format("[1]", "[0]"), patients=sheet)

    assert findings == []
    assert cohort.adtte["CNSR"].tolist() == [0, 1, 0]


def test_codes_that_are_one_number_cannot_mean_two_things(tmp_path):
    findings, _ = told(tmp_path, '[values.patients.group]\n1 = "a"\n"1.0" = "b"\n', patients=coded("1", "1.0"))

    assert ["mean different things" in each.rule for each in findings if each.severity == "error"] == [True]


@pytest.mark.parametrize("other", one_of(3, ["S group", "S_group", "(S-group)", "S-group.", "S: group", "Sgroup"]))
def test_groups_that_differ_in_signs_between_words_are_told_however_many_they_have(other, tmp_path):
    rows = [
        f"p{n},{group},2010-01-01,2012-01-01,"
        for n, group in enumerate(["S-group", "S-group", "S-group", other, other])
    ]
    findings, _ = told(tmp_path, patients="\n".join([HEADER, *rows]))
    (finding,) = [each for each in findings if each.column == "group"]

    assert (finding.rows, finding.severity) == ((5, 6), "warning")
    assert f'"{other}" = "S-group"' in finding.remedy


@pytest.mark.parametrize(
    ("one", "other"), [("KIT+", "KIT-"), ("<5 cm", ">5 cm"), ("1-3", "13"), ("A+B", "AB"), ("A?", "A")]
)
def test_groups_that_differ_in_a_sign_with_a_meaning_are_two(one, other, tmp_path):
    rows = [f"p{n},{group},2010-01-01,2012-01-01," for n, group in enumerate([one, one, other, other])]
    findings, _ = told(tmp_path, patients="\n".join([HEADER, *rows]))

    assert [each for each in findings if each.column == "group"] == []


@pytest.mark.parametrize("top", ["Our patients,,,,", "Our patients", "Case,,Dates,,"])
def test_the_remedy_for_a_title_above_the_header_can_be_pasted(top, tmp_path):
    place = folder(tmp_path / "x", PUBLIC, patients=f"{top}\n{deaths('2012-01-01', '')}")
    entry = re.search(r"\{ file.*?\}", check_folder(place).findings[0].remedy)[0]
    settings = f"[tables]\npatients = {entry.replace('…', 'patients.csv').replace('3', '2')}\n"

    assert check_folder(folder(place, PUBLIC + settings)).findings == []


def test_the_remedy_for_a_workbook_of_several_sheets_can_be_pasted(tmp_path):
    place, book = folder(tmp_path / "x", PUBLIC + '[tables]\npatients = "ours.xlsx"\n'), openpyxl.Workbook()
    for line in deaths("2012-01-01", "").splitlines():
        book.active.append([cell or None for cell in line.split(",")])
    book.create_sheet("notes").append(["some"])
    book.save(place / "ours.xlsx")
    entry = re.search(r"\{ file.*?\}", check_folder(place).findings[0].remedy)[0]

    assert check_folder(folder(place, f"{PUBLIC}[tables]\npatients = {entry}\n")).findings == []


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        ({}, ["has the time, the event and the codes of OS"]),
        ({"status": "progressed"}, []),
        ({'"t"': '"status"'}, ["has one column for its time and its event"]),
        ({"[endpoints.PFS]": '[select.PFS]\nwhere = { kind = "1" }\n[endpoints.PFS]'}, []),
    ],
    ids=["copied", "another event", "its event as its time", "other rows of a long sheet"],
)
def test_an_endpoint_that_is_read_as_another_one_is_told(changed, rules, tmp_path):
    survival = ENDED.format("[1]", "[0]")
    copy = survival.replace("OS", "PFS")
    for ours, theirs in changed.items():
        copy = copy.replace(ours, theirs)
    sheet = "patient_id,t,status,progressed,kind\na,9,1,1,1\nb,8,0,0,1\nc,1,1,0,2"
    findings, _ = told(tmp_path, survival + copy, patients=sheet)
    of_entries = [each for each in findings if each.column == "endpoints.PFS"]

    assert [(each.rule, each.severity) for each in of_entries] == [(rule, "warning") for rule in rules]


def test_a_unit_that_is_none_is_told_once(tmp_path):
    settings = ENDED.format("[1]", "[0]").replace('"days"', '"month"').replace('"t"', '"months"')
    findings, _ = told(tmp_path, settings, patients="patient_id,months,status\na,9,1\nb,8,0")

    assert [each.rule for each in findings if each.column == "endpoints.OS.unit"] == ["no such unit"]


ALIKE = {"OS\u00a0months": "OS months", "OS  months": "OS months", "生存\u3000期間": "生存 期間", "OS\u200b": "OS"}


@pytest.mark.parametrize(("name", "typed"), (ALIKE | {"U\u0308berleben": "Überleben"}).items())
def test_a_name_that_looks_like_the_one_that_was_typed_is_told_as_it_can_be_pasted(name, typed, tmp_path):
    sheet = f"patient_id,{name},status\na,9,1\nb,8,0"
    settings = ENDED.format("[1]", "[0]").replace('"t"', json.dumps(typed))
    (remedy,) = [each.remedy for each in told(tmp_path, settings, patients=sheet)[0] if "lacks" in each.rule]
    pasted = settings.replace(json.dumps(typed), remedy.partition("write ")[2].rstrip("."))

    assert told(tmp_path / "y", pasted, patients=sheet)[1] is not None


def test_columns_that_are_named_the_other_way_round_are_told_so(tmp_path):
    settings = '[columns.patients]\npatient_id = "id"\ngroup = "arm"\n'
    findings, _ = told(tmp_path, settings, patients="id,arm,last_contact\na,x,2012-01-01")
    remedies = [
        each.remedy for each in findings if each.column in ("columns.patients.patient_id", "columns.patients.group")
    ]

    assert [remedy.rpartition(": ")[2] for remedy in remedies] == [
        '"your column" = "patient_id".',
        '"your column" = "group".',
    ]


@pytest.mark.parametrize(
    "text", ["[tables]\npatients = “sheet.csv”", '[tables]\npatients = "C:\\Users\\me\\sheet.csv"']
)
def test_curly_quotes_and_backward_slashes_are_told_with_what_stands_in_their_place(text, tmp_path):
    with pytest.raises(DataError) as error:
        told(tmp_path, text, patients=deaths("2012-01-01", ""))

    assert "straight double quotes" in str(error.value)
    assert "/ in place of \\" in str(error.value)


def test_a_response_that_was_not_evaluable_is_told_with_how_to_leave_it_out(tmp_path):
    scans = "patient_id,assessment_date,response\np0,2010-05-01,NE\np0,2010-08-01,PD"
    findings, _ = told(tmp_path, patients=deaths("2012-01-01", ""), assessments=scans)
    left_out = '[select.assessments]\nwhere_not = { response = ["NE"] }\n'
    nothing, cohort = told(tmp_path / "y", left_out, patients=deaths("2012-01-01", ""), assessments=scans)

    assert ["where_not under [select.assessments]" in each.remedy for each in findings] == [True]
    assert nothing == []
    assert cohort.assessments["AVALC"].tolist() == ["PD"]


def test_one_date_in_two_columns_of_a_row_is_told_so(tmp_path):
    block = '[[tables.operations]]\nfile = "patients.csv"\npatient_id = "patient_id"\noperation_date = "{}"\n'
    sheet = f"{HEADER},op1,op2\np0,x,2010-01-01,2012-01-01,,2010-02-01,2010-02-01"
    findings, _ = told(tmp_path, block.format("op1") + block.format("op2"), patients=sheet)
    (finding,) = [each for each in findings if each.severity == "error"]

    assert (finding.rows, "in two columns" in finding.remedy) == ((2,), True)


def test_times_are_read_from_every_sheet_of_patients(tmp_path):
    settings = '[tables]\npatients = [{ file = "of_2015.csv" }, { file = "of_2016.csv" }]\n'
    settings += (
        ENDED.format("[1]", "[0]") + 'entry = "late"\n[covariates.size]\ncolumn = "cm"\nlabel = "cm"\nkind = "number"\n'
    )
    first = "patient_id,t,status,late,cm\na,9,1,0,3\nb,8,0,2,4"
    second = "cm,patient_id,status,t,late\n5,c,1,7,1\n6,d,0,30,0"
    findings, cohort = told(tmp_path, settings, of_2015=first, of_2016=second)
    times = cohort.adtte.set_index("USUBJID")

    assert findings == []
    assert times["AVAL"].to_dict() == {"a": 9, "b": 8, "c": 7, "d": 30}
    assert times["CNSR"].to_dict() == {"a": 0, "b": 1, "c": 0, "d": 1}
    assert times["ENTRYDY"].to_dict() == {"a": 0, "b": 2, "c": 1, "d": 0}
    assert cohort.adsl.set_index("USUBJID")["OWN1"].to_dict() == {"a": 3, "b": 4, "c": 5, "d": 6}


MADE_OF_TEXT = dict.fromkeys(["2026-01-03", "3-Jan", "Mar-06", "1月3日"], True)


@pytest.mark.parametrize(
    ("cell", "is_told"), (MADE_OF_TEXT | {"1-3": False, "Arm-12": False, "exon 11": False}).items()
)
def test_a_date_in_place_of_a_group_or_a_level_is_told(cell, is_told, tmp_path):
    settings = '[covariates.lesions]\ncolumn = "lesions"\nlabel = "Lesions"\nkind = "category"\n'
    rows = [f"p{n},{each},2010-01-01,2012-01-01,{day},{each},{each}" for n, (each, day) in
            enumerate([("x", "2012-01-01"), (cell, ""), (cell, "2012-01-01"), ("x", "")])]  # fmt: skip
    findings, _ = told(tmp_path, settings, patients="\n".join([f"{HEADER},mutation,lesions", *rows]))
    dates = [(each.column, each.rows, each.severity) for each in findings if each.rule == "a date in place of a name"]

    assert sorted(dates) == [(name, (3, 4), "warning") for name in ("group", "lesions", "mutation") if is_told]


ONE, YES = ("[1]", "[0]"), ('["Yes"]', '["No"]')


@pytest.mark.parametrize(
    ("column", "codes", "is_told"),
    one_of_cases(
        3,
        [
            ("Censored (1=yes)", ONE, True),
            ("alive", YES, True),
            ("打切り", ONE, True),
            ("CNSR", ONE[::-1], False),
            ("alive", ONE[::-1], False),
            ("status", ONE, False),
            ("uncensored", ONE, False),
            ("not_censored", YES, False),
        ],
    ),
)
def test_a_yes_that_is_read_as_an_event_in_a_column_of_those_who_have_none_is_told(column, codes, is_told, tmp_path):
    settings = ENDED.format(*codes).replace('"status"', f'"{column}"')
    sheet = f"patient_id,t,{column}\na,9,1\nb,8,0".replace("1\n", "yes\n" if "Yes" in codes[0] else "1\n")
    findings, _ = told(tmp_path, settings, patients=sheet)

    assert ("endpoints.OS.events" in [each.column for each in findings if each.severity == "warning"]) is is_told


@pytest.mark.parametrize("part", [" ", "   "])
def test_a_file_that_was_read_as_one_column_is_told_so(part, tmp_path):
    sheet = "patient_id,t,status\na,9,1\nb,8,0".replace(",", part)
    settings = ENDED.format("[1]", "[0]")
    findings, _ = told(tmp_path, settings, patients=sheet)
    _, cohort = told(tmp_path / "y", f'{settings}[formats]\nseparator = " "\n', patients=sheet)

    assert all("read as one column" in each.remedy for each in findings if "lacks" in each.rule)
    assert cohort is not None


@pytest.mark.parametrize("packed", [gzip.compress(b"a,b"), b"PK\x03\x04" + bytes(40)], ids=["gzip", "zip"])
def test_of_a_packed_file_it_is_told_to_unpack_it(packed, tmp_path):
    place = folder(tmp_path / "x", f'{PUBLIC}[tables]\npatients = "ours.csv.gz"\n')
    (place / "ours.csv.gz").write_bytes(packed)

    assert ["Unpack it" in each.remedy for each in check_folder(place).findings] == [True]


@pytest.mark.parametrize(
    ("param", "unit", "is_told"),
    [
        ("Overall Survival (Months)", "DAYS", True),
        ("Overall Survival (Months)", "", True),
        ("Overall Survival (days)", "", False),
        ("Overall Survival (Months)", "MONTHS", False),
        ("Overall Survival", "DAYS", False),
    ],
)
def test_a_time_of_whose_unit_param_says_another_thing_is_told(param, unit, is_told, tmp_path):
    header = "USUBJID,PARAMCD,PARAM,AVAL,AVALU,CNSR"
    times = f"{header}\na,OS,{param},10,{unit},0\nb,OS,{param},20,{unit},1\nc,OS,,30,days,1"
    findings, _ = told(tmp_path, '[formats]\ntimes = "days"\n', adtte=times)

    assert [(each.column, each.rows) for each in findings] == ([("AVAL", (2, 3))] if is_told else [])


def test_rows_that_are_not_flagged_for_analysis_are_told_until_they_are_left_out(tmp_path):
    times = (
        "USUBJID,PARAMCD,AVAL,AVALU,CNSR,ANL01FL\na,OS,10,DAYS,0,Y\nb,OS,20,DAYS,1,\nc,OS,30,DAYS,1,Y\nd,OS,9,DAYS,0,N"
    )
    (finding,), _ = told(tmp_path, adtte=times)
    entry = re.search(r"where = \{.*?\}", finding.remedy)[0]
    findings, cohort = told(tmp_path / "y", f"[select.adtte]\n{entry}\n", adtte=times)

    assert (finding.rows, finding.severity) == ((3, 5), "warning")
    assert (findings, cohort.adtte["USUBJID"].tolist()) == ([], ["a", "c"])
