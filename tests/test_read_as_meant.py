"""Files of strangers: what they mean is read, or they are told; small inputs of kinds that were read wrongly."""

from datetime import date

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from gistbook import build
from gistbook.analysis import baseline, contrasts, endpoints, estimates, exposure, lifetable
from gistbook.conventions import UsageError
from gistbook.intake import report
from gistbook.intake.cohort import from_bytes, to_bytes
from gistbook.intake.folder import check_folder
from gistbook.spelling import plain_spelling
from support.sharing import one_of
from support.subjects import folder

HEADER = "patient_id,group,resistance_date,last_contact,death_date"
FORMATS = 'title = "x"\naccess = "public"\n[formats]\n{}\n'


def told(place, settings: str = "", **tables: str) -> tuple:
    """Return what the check of a folder finds, by column and severity, and the cohort."""
    given = {"settings": settings} if settings else {}
    examined = check_folder(folder(place / "x", *given.values(), **tables))
    return [
        (each.severity, each.column, each.rule, each.remedy, each.rows) for each in examined.findings
    ], examined.cohort


def patients(*groups: str) -> str:
    """Return patients of the given groups."""
    rows = [f"p{number},{group},2010-01-01,2012-01-01," for number, group in enumerate(groups)]
    return "\n".join([HEADER, *rows])


def groups_of(cohort) -> list[str]:
    """Return the groups of the analysed patients."""
    return sorted(cohort.adsl["TRT01A"].dropna())


@pytest.mark.parametrize(
    "other",
    ["Ａ群", " A群", "a群", "A\u200b群"],
    ids=["full width", "a blank", "a capital", "a mark without width"],
)
def test_groups_that_differ_in_writing_only_are_one_finding_with_the_mapping(tmp_path, other):
    findings, _ = told(tmp_path, patients=patients("A群", "A群", other))
    spellings = [each for each in findings if "spellings" in each[2]]

    assert (len(spellings) == 1) == (other.strip() != "A群")
    assert all(each[0] == "warning" and each[1] == "group" and '= "A群"' in each[3] for each in spellings)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("e\u0301tude", "étude"),
        ("exon\u201011", "exon-11"),
        ("ｲﾏﾁﾆﾌﾞ", "イマチニブ"),
        ("a  b", " A b "),
        ("A\ufeff", "a"),
    ],
)
def test_one_rule_says_which_spellings_are_one(one, other):
    assert plain_spelling(one) == plain_spelling(other)


@pytest.mark.parametrize(("one", "other"), [("exon 9", "exon 11"), ("A", "B"), ("é", "e"), ("1", "01")])
def test_what_is_not_the_same_is_not_made_so(one, other):
    assert plain_spelling(one) != plain_spelling(other)


def test_a_code_of_death_in_another_width_leaves_nobody_alive(tmp_path):
    settings = """title = "x"
access = "public"
[[tables.patients]]
file = "sheet.csv"
patient_id = "id"
resistance_date = "start"
last_contact = "seen"
death_date = { column = "seen", when = "state", is = ["dead"] }
"""
    sheet = "id,start,seen,state\n1,2010-01-01,2012-01-01,ｄｅａｄ\n2,2010-01-01,2012-01-01,alive"
    _, cohort = told(tmp_path, settings, sheet=sheet)

    assert cohort.adsl["DTHDT"].notna().tolist() == [True, False]


@pytest.mark.parametrize("written", ["ＩＭＡＴＩＮＩＢ", "imat\u200binib", "Imatinib ", "IMATINIB"])
def test_a_drug_in_other_letters_is_no_second_line(tmp_path, written):
    doses = f"patient_id,drug,start,end\np0,imatinib,2009-01-01,2010-02-01\np0,{written},2010-02-02,"
    found, cohort = told(tmp_path, patients=patients("a"), exposures=doses)

    assert found == []
    assert cohort.adsl["TKI2DT"].isna().all()
    assert exposure.lines(cohort)["TRT"].tolist() == ["imatinib"]


def test_two_spellings_of_one_drug_are_one_line(tmp_path):
    doses = "patient_id,drug,start,end\np0,ＳＵＮＩＴＩＮＩＢ,2010-02-02,2010-03-01\np0,Sunitinib,2010-03-02,"
    _, cohort = told(tmp_path, patients=patients("a"), exposures=doses)

    assert exposure.lines(cohort)["TRT"].tolist() == ["sunitinib"]


def test_a_drug_in_half_width_kana_is_told(tmp_path):
    doses = "patient_id,drug,start,end\np0,imatinib,2010-01-01,2010-02-01\np0,ｲﾏﾁﾆﾌﾞ,2010-02-02,2010-03-01"
    findings, _ = told(tmp_path, patients=patients("x"), exposures=doses)

    assert any("perhaps imatinib" in each[2] for each in findings)


NOT_KNOWN = ["NA", "nan", "None", "-", "#N/A", "n/a", "N.A.", "<NA>", "--", "missing", "ＮＡ", "不明"]


@pytest.mark.parametrize("blank", one_of(4, NOT_KNOWN))
def test_what_stands_for_not_known_is_no_group_and_no_level(tmp_path, blank):
    rows = f"patient_id,group,primary_site,resistance_date,last_contact\na,{blank},{blank},2010-01-01,2012-01-01\n"
    findings, cohort = told(tmp_path, patients=rows + "b,x,stomach,2010-01-01,2012-01-01")

    assert cohort.adsl["PRIMSITE"].isna().tolist() == [True, False]
    assert groups_of(cohort) == ["x"]
    assert any(each[1] == "group" and "blank" in each[2] for each in findings)


def test_blank_groups_are_told_with_their_rows(tmp_path):
    findings, cohort = told(tmp_path, patients=patients("x", "", "y", ""))
    (blank,) = [each for each in findings if each[1] == "group"]

    assert (blank[0], blank[4]) == ("warning", (3, 5))
    assert "merged" in blank[3]
    assert cohort.flow.set_index("step")["count"]["No group recorded"] == 2


@pytest.mark.parametrize("name", ["All", "Analysed", "all", "Patients recorded"])
def test_a_group_may_be_called_as_a_label_of_ours(tmp_path, name):
    _, cohort = told(tmp_path, patients=patients(*[name, "rest"] * 5))

    assert groups_of(cohort) == sorted([f"{name} (group)"] * 5 + ["rest"] * 5)
    flow = cohort.flow
    assert flow.loc[flow["parent"] == "Analysed", "count"].sum() == 10
    assert not (flow["step"] == flow["parent"]).any()


@pytest.mark.parametrize(
    ("given", "named"), [(["S", "M"], ["M-group", "S-group"]), (["M", "LA"], ["LA", "M"]), (["M", "F"], ["F", "M"])]
)
def test_s_and_m_are_the_papers_groups_only_where_there_are_no_others(tmp_path, given, named):
    _, cohort = told(tmp_path, patients=patients(*given))

    assert groups_of(cohort) == named


@pytest.mark.parametrize(
    ("form", "cell"),
    [("%Y%m%d", "201212"), ("%Y%m%d", "2012121"), ("%d%m%Y", "1122012"), ("%y%m%d", "12121"), ("%y%m%d", "40909")],
)
def test_a_date_without_separators_lacks_no_digit(tmp_path, form, cell):
    rows = f"{HEADER}\na,x,{pd.Timestamp('2010-03-05').strftime(form)},{cell},"
    findings, cohort = told(tmp_path, FORMATS.format(f'dates = "{form}"'), patients=rows)

    assert cohort is None
    assert [each[1] for each in findings if each[0] == "error"] == ["last_contact"]
    assert all("can be read with" not in each[3] for each in findings)


@pytest.mark.parametrize(("form", "cell"), [("%d%b%Y", "5Mar2012"), ("%d.%m.%Y", "5.3.2012"), ("%Y%m%d", "20120305")])
def test_a_date_with_all_that_its_format_needs_is_read(tmp_path, form, cell):
    first = pd.Timestamp("2010-03-05").strftime(form)
    _, cohort = told(tmp_path, FORMATS.format(f'dates = "{form}"'), patients=f"{HEADER}\na,x,{first},{cell},")

    assert cohort.adsl["LSTALVDT"].tolist() == [pd.Timestamp("2012-03-05")]


@pytest.mark.parametrize(
    ("form", "first", "last"),
    [
        ("%d.%m.%Y %H:%M", "05.03.2010 23:30", "06.03.2010 00:10"),
        ("%m/%d/%Y %I:%M %p", "03/05/2010 11:30 PM", "03/06/2010 12:10 AM"),
        ("%Y%m%d%H%M", "201003052330", "201003060010"),
        ("%Y/%m/%d", "2010/3/5 9:00", "2010/3/6 0:00:00"),
        ("%d.%m.%Y", "05.03.2010 11:30 PM", "06.03.2010"),
        ("%Y-%m-%d", "2010-03-05 9:00", "2010-03-06T00:10:00+09:00"),
        ("%Y%m%d", "20100305.0", "20100306.00"),
    ],
)
def test_a_day_after_a_day_is_one_day_later_whatever_the_clock(tmp_path, form, first, last):
    rows = f"{HEADER}\na,x,{first},{last},"
    findings, cohort = told(tmp_path, FORMATS.format(f'dates = "{form}"'), patients=rows)

    assert not [each for each in findings if each[0] == "error"]
    assert (cohort.adsl["LSTALVDT"] - cohort.adsl["RESISTDT"]).tolist() == [pd.Timedelta(days=1)]


@pytest.mark.parametrize("cell", ["2012-03-05 10:00 and 2012-03-09 9:00", "2012-03-05 10:00?", "2012-03-05 ward 10:00"])
def test_a_cell_that_holds_more_than_a_date_and_its_time_is_no_date(tmp_path, cell):
    findings, _ = told(tmp_path, patients=f"{HEADER}\na,x,2010-03-05,{cell},")

    assert [each[1] for each in findings if each[0] == "error"] == ["last_contact"]


def test_dates_with_a_time_of_day_are_told_with_the_format_of_the_dates(tmp_path):
    findings, _ = told(tmp_path, patients=f"{HEADER}\na,x,31/12/2010 9:00,2012-01-01,")

    assert ['dates = "%d/%m/%Y"' in each[3] for each in findings if each[0] == "error"] == [True]


@pytest.mark.parametrize("cell", ["1905-07-04", "1900-01-01", "1919-12-31"])
def test_no_patient_is_dated_before_the_earliest_day(tmp_path, cell):
    findings, cohort = told(tmp_path, patients=f"{HEADER}\na,x,{cell},2012-01-01,")

    assert cohort is None
    assert [(each[1], each[4]) for each in findings if "before 1920" in each[2]] == [("resistance_date", (2,))]


def test_a_year_is_no_day_number(tmp_path):
    rows = f"{HEADER}\na,x,40544,2012,"
    findings, cohort = told(tmp_path, FORMATS.format('dates = "serial"'), patients=rows)

    assert cohort is None
    assert {each[1] for each in findings if each[0] == "error"} == {"last_contact"}


def test_a_cohort_may_name_an_earlier_day(tmp_path):
    settings = FORMATS.format("earliest = 1900-01-01")
    _, cohort = told(tmp_path, settings, patients=f"{HEADER}\na,x,1905-07-04,1912-01-01,")

    assert cohort is not None


@pytest.mark.parametrize(("one", "other"), [("001", "1"), ("A-7", "a7"), ("Ｐ１", "p1"), ("a 7", "A7")])
def test_one_patient_under_two_spellings_is_an_error(tmp_path, one, other):
    rows = "\n".join(f"{name},x,2010-01-01,2012-01-01," for name in (one, other))
    findings, cohort = told(tmp_path, patients=f"{HEADER}\n{rows}")

    assert cohort is None
    assert [(each[1], each[4]) for each in findings if each[0] == "error"] == [("patient_id", (3,))]


@pytest.mark.parametrize(("one", "other"), [("001", "1"), ("A-7", "a7"), ("Ｐ１", "p1")])
def test_one_patient_under_two_spellings_is_an_error_where_there_are_times_only(tmp_path, one, other):
    times = f"USUBJID,PARAMCD,AVAL,AVALU,CNSR\n{one},OS,9,days,0\n{other},OS,8,days,1"
    found, _ = told(tmp_path, adtte=times)

    assert [(severity, rows) for severity, column, *_, rows in found if column == "USUBJID"] == [("error", (3,))]


@pytest.mark.parametrize("names", [("1", "10"), ("A-7", "A-70"), ("0", "00x")])
def test_identifiers_of_two_patients_are_two(tmp_path, names):
    rows = "\n".join(f"{name},x,2010-01-01,2012-01-01," for name in names)

    assert told(tmp_path, patients=f"{HEADER}\n{rows}")[1] is not None


@pytest.mark.parametrize(("codes", "events"), [("1212", "0 of 4"), ("1111", "0 of 4"), ("0000", "4 of 4")])
def test_a_reading_under_which_nobody_or_everybody_has_the_event_is_told_with_the_counts(tmp_path, codes, events):
    rows = "\n".join(f"p{n},OS,{10 + n},days,{code}" for n, code in enumerate(codes))
    findings, _ = told(tmp_path, adtte=f"USUBJID,PARAMCD,AVAL,AVALU,CNSR\n{rows}")

    assert [each[2].startswith(events) for each in findings if each[1] == "CNSR"] == [True]


def test_a_reading_under_which_some_have_the_event_is_not_told(tmp_path):
    findings, _ = told(tmp_path, adtte="USUBJID,PARAMCD,AVAL,AVALU,CNSR\na,OS,10,days,0\nb,OS,20,days,1")

    assert not any(each[1] == "CNSR" for each in findings)


def test_lists_are_split_and_trimmed_and_other_texts_are_not(tmp_path):
    sites = ["liver; peritoneum", "peritoneum；liver", "liver;"]
    rows = [f"p{n},{site},KIT exon 11; V654A,2010-01-01,2012-01-01" for n, site in enumerate(sites)]
    header = "patient_id,metastatic_sites,mutation,resistance_date,last_contact"
    _, cohort = told(tmp_path, patients="\n".join([header, *rows]))
    table = baseline.characteristics(cohort.adsl).set_index(["characteristic", "level"])["count"]

    assert table["Metastatic sites"].to_dict() == {"liver": 3, "peritoneum": 2}
    assert table["Mutation"].to_dict() == {"KIT exon 11; V654A": 3}


ENDPOINT = """title = "x"
access = "public"
[columns.patients]
id = "patient_id"
arm = "group"
[endpoints.OS]
time = "os_time"
unit = "months"
event = "os_event"
events = ["1", "Dead", "DOD"]
censored = ["0", "alive", "NED"]
[endpoints.PFS]
time = "pfs"
unit = "weeks"
event = "progressed"
events = ["2"]
censored = ["1"]
"""
SHEET = "id,arm,os_time,os_event,pfs,progressed"


def times_of(cohort, endpoint: str) -> list[tuple]:
    """Return the recorded times of an endpoint: whose, days, and whether censored."""
    rows = cohort.adtte[cohort.adtte["PARAMCD"] == endpoint]
    return [tuple(row) for row in rows[["USUBJID", "AVAL", "CNSR"]].itertuples(index=False)]


def test_times_and_codes_of_a_wide_sheet_are_read_as_they_are_listed(tmp_path):
    rows = ["a,x,10,1,7,2", "b,y,20,alive,,", "c,x,5.5,ｄｏｄ,3,1"]
    findings, cohort = told(tmp_path, ENDPOINT, patients="\n".join([SHEET, *rows]))

    assert [each for each in findings if each[0] == "error"] == []
    assert times_of(cohort, "OS") == [("a", 304.375, 0), ("b", 608.75, 1), ("c", 5.5 * 30.4375, 0)]
    assert times_of(cohort, "PFS") == [("a", 49, 0), ("c", 21, 1)]
    assert groups_of(cohort) == ["x", "x", "y"]


@pytest.mark.parametrize("code", ["9", "", "deceased"])
def test_a_code_that_is_not_listed_is_an_error_at_its_row(tmp_path, code):
    findings, cohort = told(tmp_path, ENDPOINT, patients=f"{SHEET}\na,x,10,1,7,2\nb,y,20,{code},,")

    assert cohort is None
    assert [(each[1], each[4]) for each in findings if each[0] == "error"] == [("os_event", (3,))]


@pytest.mark.parametrize("entry", ["time", "unit", "event", "events", "censored"])
def test_nothing_of_an_endpoint_is_guessed(tmp_path, entry):
    settings = "\n".join(line for line in ENDPOINT.splitlines() if not line.startswith(f"{entry} ="))
    findings, cohort = told(tmp_path, settings, patients=f"{SHEET}\na,x,10,1,7,2\nb,y,20,0,7,1")

    assert cohort is None
    assert {each[1] for each in findings if each[0] == "error"} >= {f"endpoints.OS.{entry}", f"endpoints.PFS.{entry}"}


def test_a_unit_or_a_column_that_does_not_exist_is_told_by_name(tmp_path):
    settings = ENDPOINT.replace('"months"', '"month"').replace('"pfs"', '"pfs_time"')
    findings, _ = told(tmp_path, settings, patients=f"{SHEET}\na,x,10,1,7,2")

    assert any(each[1] == "endpoints.OS.unit" and "Did you mean months" in each[3] for each in findings)


def test_a_column_of_an_endpoint_that_is_not_there_is_told(tmp_path):
    settings = ENDPOINT.replace('"progressed"', '"progress"')
    findings, _ = told(tmp_path, settings, patients=f"{SHEET}\na,x,10,1,7,2")

    assert [(each[1], "names a column" in each[2]) for each in findings if each[0] == "error"] == [("progress", True)]


def test_the_check_prints_how_many_events_each_endpoint_has(tmp_path):
    rows = ["a,x,10,1,7,2", "b,y,20,alive,,", "c,x,5.5,DOD,3,1"]
    checked = check_folder(folder(tmp_path / "x", ENDPOINT, patients="\n".join([SHEET, *rows])))
    printed = "\n".join(report.in_words(checked, {}, show_values=False))

    assert "OS                 2 with the event, 1 censored" in printed
    assert "PFS                1 with the event, 1 censored" in printed


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ('[parameters]\nintervall = "log"', "interval"),
        ("[parameters]\nlandmark_months = 12", "landmark_months"),
        ('[parameters]\npolicy = "treshold10"', "threshold10"),
        ('[clocks]\nresistence = "entry"', "resistance"),
    ],
)
def test_whatever_a_build_would_refuse_the_check_tells(tmp_path, entry, word):
    place = folder(tmp_path / "x", f'title = "x"\naccess = "public"\n{entry}', patients=patients("x", "y"))
    refusal = build.policy_and_refusal(check_folder(place))[1]

    assert word in refusal
    with pytest.raises(UsageError, match=word):
        build.plan(place, {}, 1, print)


@pytest.mark.parametrize(("access", "policy"), [("public", "exact"), ("confidential", "midpoint6")])
def test_the_check_tells_the_policy_of_the_book(tmp_path, access, policy):
    place = folder(tmp_path / "x", f'title = "x"\naccess = "{access}"', patients=patients("x", "y"))

    assert build.policy_and_refusal(check_folder(place)) == (policy, "")


def test_a_competing_end_is_censored_and_counted_apart(tmp_path):
    settings = ENDPOINT.replace("[endpoints.PFS]", 'competing = ["3"]\n[endpoints.PFS]')
    rows = ["a,x,10,1,7,2", "b,y,20,3,,", "c,x,5.5,alive,3,1"]
    checked = check_folder(folder(tmp_path / "x", settings, patients="\n".join([SHEET, *rows])))

    assert times_of(checked.cohort, "OS") == [("a", 304.375, 0), ("b", 608.75, 1), ("c", 5.5 * 30.4375, 1)]
    printed = "\n".join(report.in_words(checked, {}, show_values=False))
    assert "1 with the event, 1 with a competing event, 1 censored" in printed
    assert "overstates" in endpoints.censoring_rule(checked.cohort)


THREE_ARMS = 'title = "x"\naccess = "public"\n[groups]\norder = ["Ｐlacebo", "low"]\nreference = "high"\n'


def test_groups_stand_in_the_order_that_is_asked_for_and_are_compared_with_the_one_named(tmp_path):
    ends = [f"{2011 + n % 3}-0{1 + n % 9}-01" for n in range(15)]
    groups = ["high", "low", "placebo"] * 5
    rows = [
        f"p{n},{g},2010-01-01,{end},{end if n % 2 else ''}" for n, (g, end) in enumerate(zip(groups, ends, strict=True))
    ]
    place = folder(tmp_path / "x", THREE_ARMS, patients="\n".join([HEADER, *rows]))
    cohort = from_bytes(to_bytes(check_folder(place).cohort))
    counts = lifetable.count(endpoints.derive_os(cohort, "resistance"))

    assert list(counts["group"].drop_duplicates()) == ["placebo", "low", "high"]
    assert list(estimates.quantile(estimates.survival(counts))["group"]) == ["placebo", "low", "high"]
    against = contrasts.hazard_ratio(counts, cohort.reference)["group"]
    assert list(against) == ["placebo against high", "low against high"]
    assert list(contrasts.hazard_ratio(counts)["group"]) == ["low against placebo", "high against placebo"]
    assert list(cohort.flow["step"])[-3:] == ["placebo", "low", "high"]


@pytest.mark.parametrize("entry", ['order = ["plazebo"]', 'reference = "plazebo"'])
def test_a_group_that_nobody_is_in_cannot_be_named(tmp_path, entry):
    settings = f'title = "x"\naccess = "public"\n[groups]\n{entry}'
    findings, cohort = told(tmp_path, settings, patients=patients("placebo", "drug"))

    assert cohort is None
    assert [(each[1], each[3]) for each in findings if each[0] == "error"] == [("groups", "Did you mean placebo?")]


def workbook(place, *cells: tuple, mac: bool = False, hidden: tuple = ()):
    """Write patients into a workbook, whose days count from 1904 if it is that of an old Mac; some rows are hidden."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904 if mac else book.epoch
    sheet = book.active
    for row in [HEADER.split(","), *cells]:
        sheet.append(list(row))
    for row in hidden:
        sheet.row_dimensions[row].hidden = True
    book.save(place / "patients.xlsx")


DAY = date(2010, 1, 1)
END = date(2012, 1, 1)


def test_dates_of_a_workbook_that_counts_from_1904_are_those_that_it_shows(tmp_path):
    place = folder(tmp_path / "x")
    workbook(place, ("a", "x", DAY, date(2012, 1, 1), None), ("b", "y", DAY, date(2012, 1, 1), None), mac=True)

    assert check_folder(place).cohort.adsl["RESISTDT"].tolist() == [pd.Timestamp(DAY)] * 2


def test_day_numbers_of_a_workbook_that_counts_from_1904_are_refused(tmp_path):
    place = folder(tmp_path / "x", FORMATS.format('dates = "serial"'))
    workbook(place, ("a", "x", 38717, 39447, None), mac=True)

    assert any("counts days from 1904" in finding.rule for finding in check_folder(place).findings)


def test_hidden_rows_are_read_and_told(tmp_path):
    place = folder(tmp_path / "x")
    workbook(place, *((who, "x", DAY, END, END if who == "a" else None) for who in "abc"), hidden=(3,))
    checked = check_folder(place)

    assert len(checked.cohort.adsl) == 3
    assert [(f.table, f.rows, f.severity) for f in checked.findings] == [("patients.xlsx", (3,), "warning")]


def test_a_date_that_two_formats_read_as_different_days_needs_a_choice(tmp_path):
    rows = ["a,x,03/04/2010,01/01/2012,01/01/2012", "b,y,31/12/2010,01/01/2012,"]
    findings, cohort = told(
        tmp_path, FORMATS.format('dates = ["%d/%m/%Y", "%m/%d/%Y"]'), patients="\n".join([HEADER, *rows])
    )

    assert cohort is None
    assert [(each[1], each[4]) for each in findings] == [("resistance_date", (2,))]


def test_two_formats_that_no_date_can_be_both_of_are_read_each(tmp_path):
    rows = ["a,x,03.04.2010,2012/01/01,", "b,y,2010/12/31,01.01.2012,"]
    _, cohort = told(tmp_path, FORMATS.format('dates = ["%d.%m.%Y", "%Y/%m/%d"]'), patients="\n".join([HEADER, *rows]))

    assert cohort.adsl["RESISTDT"].tolist() == [pd.Timestamp(2010, 4, 3), pd.Timestamp(2010, 12, 31)]


BARE = "USUBJID,PARAMCD,AVAL,CNSR\na,OS,10,0\nb,OS,20,1"


def test_a_time_without_its_unit_is_an_error_and_not_days(tmp_path):
    findings, cohort = told(tmp_path, adtte=BARE)

    assert cohort is None
    assert [(each[2], each[4]) for each in findings] == [("a time without its unit", (2, 3))]


@pytest.mark.parametrize(("unit", "days"), [("days", [10, 20]), ("weeks", [70, 140])])
def test_the_unit_of_all_times_can_be_named_once(tmp_path, unit, days):
    _, cohort = told(tmp_path, FORMATS.format(f'times = "{unit}"'), adtte=BARE)

    assert cohort.adtte["AVAL"].tolist() == days


def test_endpoints_that_no_chapter_shows_and_those_that_are_not_there_are_told(tmp_path):
    settings = FORMATS.format('times = "days"')
    place = folder(tmp_path / "x", settings, adtte=f"{BARE}\na,TTP,5,0\nb,TTP,9,1\nb,Dr Mori 7,9,1")
    checked = check_folder(place)

    (finding,) = [each for each in checked.findings if each.column == "PARAMCD"]
    assert finding.rule == "endpoints that no chapter shows: TTP, and 1 more"
    assert "PFS, IMCONT" in "\n".join(report.in_words(checked, {}, show_values=False))


def test_a_strange_vital_status_is_one_finding_and_the_first(tmp_path):
    status = ["DOD", "AWD", "NED", "0", "1", "LTFU", "", "yes"]
    rows = [f"p{n},2010-01-01,2012-01-01,{each}" for n, each in enumerate(status)]
    findings, _ = told(tmp_path, patients="\n".join(["patient_id,resistance_date,last_contact,died", *rows]))

    assert findings[0][1:3] == ("died", "status unknown in 6 of 7: the codes are not yes or no")
    assert [each[1] for each in findings].count("died") == 1


@pytest.mark.parametrize(("largest", "read"), [(1000, True), (5, False)])
def test_how_large_a_workbook_may_be_is_the_users_to_say(tmp_path, largest, read):
    place = folder(tmp_path / "x", FORMATS.format(f"largest = {largest}"))
    workbook(place, ("a", "x", DAY, date(2012, 1, 1), None))
    (place / "patients.xlsx").rename(place / "cohort.xlsx")
    book = openpyxl.load_workbook(place / "cohort.xlsx")
    book.active.title = "patients"
    book.save(place / "cohort.xlsx")
    findings = check_folder(place).findings

    assert (check_folder(place).cohort is not None) == read
    assert any("cells may be read" in each.rule for each in findings) != read
