"""Times that a sheet records as such: several ends, late entry, the earlier of two; a pencil, and R's own data sets."""

import subprocess
from pathlib import Path

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import competing, contrasts, endpoints, estimates, lifetable
from gistbook.conventions import DAYS_PER_MONTH, months
from gistbook.intake import report
from gistbook.intake.folder import check_folder
from support import chapters, subjects
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


def test_a_time_zero_from_which_nothing_is_recorded_says_so(tmp_path):
    times = endpoints.derive_os(cohort_of(tmp_path / "x", FOUR_ENDS, FOUR), "resistance")

    assert lifetable.start_rule(times, lifetable.count(times)) == "No patient of this cohort has a time from there."


def test_a_page_says_of_recorded_times_only_what_is_recorded(tmp_path):
    recorded = cohort_of(tmp_path / "x", FOUR_ENDS, FOUR)
    earlier = cohort_of(tmp_path / "y", of_two(), TWO_TIMES)

    assert "decided by those who recorded it" in endpoints.event_rule(recorded, "OS")
    assert "the earlier of two events" in endpoints.event_rule(earlier, "PFS")
    assert "imaging" not in endpoints.event_rule(recorded, "PFS") + endpoints.event_rule(earlier, "PFS")
    assert "first imaging" in endpoints.event_rule(build.load_cohort(build.BOOK / "data" / "wada2021"), "PFS")


@pytest.mark.parametrize(("access", "is_shown"), [("public", True), ("confidential", False)])
def test_the_chapter_shows_each_end_or_says_that_it_is_withheld(access, is_shown, tmp_path):
    place = folder(tmp_path / "x", HEAD.replace("public", access) + FOUR_ENDS, patients=FOUR)
    page = chapters.pages(place, ["overall_survival"])["overall_survival"]

    assert ("os_ends_frames" in page.frames or "os_ends" in page.frames) == is_shown
    assert ("One minus the curve is therefore never the smaller" in page.text) == is_shown
    assert ("would divide the patients of the curve once more" in page.text) == (not is_shown)


def test_a_cohort_without_other_ends_has_no_such_passage(tmp_path):
    settings = FOUR_ENDS.replace('["alive"]', '["alive", "other"]').replace('competing = ["other"]', "")
    page = chapters.pages(folder(tmp_path / "x", HEAD + settings, patients=FOUR), ["overall_survival"])

    assert "ends the time" not in page["overall_survival"].text


@pytest.mark.parametrize(("clock", "since"), [("", "start of the recorded time"), ("day one", "day one")])
def test_recorded_continuation_counts_from_the_recorded_time_zero_and_from_no_operation(clock, since, tmp_path):
    rows = [f"{name},{code},{day},days,{day % 2}" for name in "abcd" for code, day in (("IMCONT", 30), ("PFS", 20))]
    settings = HEAD + (f'[clocks]\nrecorded = "{clock}"\n' if clock else "")
    place = folder(tmp_path / "x", settings, adtte="\n".join(["USUBJID,PARAMCD,AVAL,AVALU,CNSR", *rows]))
    page = chapters.pages(place, ["imatinib_continuation"])["imatinib_continuation"]
    continuation = page.text.partition("## Continuation of imatinib")[2].partition("## What the difference")[0]

    assert f"Continuation of imatinib from the {since}" in page.text.replace("from day", "from the day")
    assert "operation" not in continuation + page.values["imcont_median"]["phrase"]
    assert "counts from" in continuation
    assert "not recorded" not in page.values["pfs_beside"]["phrase"]


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
    sheet = (of_r / "mgus2_coded.csv").read_text()
    counts, curve = incidence(cohort_of(tmp_path / "x", CODED, sheet), "PFS")

    expected = answers(of_r, "mgus2_ends")
    landmarks = [12, 60, 120, 240]
    read = competing.at(curve, counts, [month * DAYS_PER_MONTH for month in landmarks])
    found = {(row.group, round(months(row.time))): row.estimate for row in read.itertuples()}
    wanted = {(f"{group}, {KINDS_OF_R[kind]}", month): value for (kind, group, month), value in expected.items()}
    assert len(wanted) == 16
    assert found == pytest.approx(wanted, rel=1e-12)


LATE = """
[endpoints.OS]
time = "left"
entry = "came"
unit = "weeks"
event = "dead"
events = ["1"]
censored = ["0"]
"""


def test_at_risk_is_who_has_come_under_observation_by_the_recorded_entry(tmp_path):
    """At week 2 one of two has died, at week 5 one of three, of whom two came in week 3."""
    sheet = "patient_id,came,left,dead\na,0,2,1\nb,0,5,1\nc,3,7,1\nd,3,9,0"
    cohort = cohort_of(tmp_path / "x", LATE, sheet)
    curve = estimates.survival(lifetable.count(endpoints.derive_os(cohort, "recorded"))).set_index("time")

    assert cohort.adtte["ENTRYDY"].tolist() == [0, 0, 21, 21]
    assert curve["survival"][14] == 1 / 2
    assert curve["survival"][35] == pytest.approx(1 / 2 * 2 / 3)
    assert curve["survival"][49] == pytest.approx(1 / 2 * 2 / 3 * 1 / 2)
    assert "recorded time of coming" in endpoints.describe_origins(cohort).iloc[-1, -1]


def findings_of(place: Path, settings: str, sheet: str, **tables: str) -> list[tuple]:
    """Return severity, column, rule and rows of what the check finds, and print what a user sees."""
    given = {"patients": sheet, **tables}
    checked = check_folder(folder(place, HEAD + settings, **{name: text for name, text in given.items() if text}))
    print("\n".join(report.in_words(checked, {}, show_values=False)))
    return [(each.severity, each.column, each.rule, each.rows) for each in checked.findings]


@pytest.mark.parametrize(
    ("came", "severity", "rule"),
    [("", "error", "blank"), ("9", "error", "after the time ends"), ("7", "warning", "when the time ends")],
)
def test_an_entry_that_cannot_be_is_told(came, severity, rule, tmp_path):
    sheet = f"patient_id,came,left,dead\na,0,2,1\nb,0,5,1\nc,{came},7,1\nd,3,9,0"
    found = findings_of(tmp_path / "x", LATE, sheet)

    assert [(each[0], rule in each[2], each[3]) for each in found if each[0] == severity] == [(severity, True, (4,))]


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ('[parameters]\norigin = "resistance"', "leave origin out of [parameters], or name the time from there OSRES"),
        ('[parameters]\norigin = "first_operation"', "leave origin out of [parameters]"),
        ('[parameters]\norigin = "recorded"', ""),
        ("", ""),
    ],
)
def test_the_check_tells_of_a_time_zero_from_which_nothing_is_recorded(given, remedy, tmp_path):
    checked = check_folder(folder(tmp_path / "x", HEAD + FOUR_ENDS + given, patients=FOUR))
    text = "\n".join(report._endpoints(checked))

    assert any(line.endswith(remedy) for line in text.splitlines())
    assert ("no time from origin" in text) == bool(remedy)


def test_the_check_counts_who_enters_late(tmp_path, capsys):
    findings_of(tmp_path / "x", LATE, "patient_id,came,left,dead\na,0,2,1\nb,3,5,1\nc,3,7,0")

    assert "2 with the event, 1 censored; 2 enter late" in capsys.readouterr().out


ADTTE = "USUBJID,PARAMCD,AVAL,AVALU,CNSR,ENTRYDY\na,OS,2,months,0,0\nb,OS,4,months,0,{}\nc,OS,5,months,1,61"


def test_the_entry_of_an_adtte_table_is_in_days(tmp_path):
    place = folder(tmp_path / "x", HEAD, adtte=ADTTE.format(10))

    assert build.load_cohort(place).adtte["ENTRYDY"].tolist() == [0, 10, 61]


def test_a_blank_entry_of_an_adtte_table_is_an_error(tmp_path):
    found = findings_of(tmp_path / "x", "", "", adtte=ADTTE.format(""))

    assert [each for each in found if each[0] == "error"] == [
        ("error", "ENTRYDY", "blank, though others of the endpoint have it", (3,))
    ]


def test_a_blank_entry_is_none_where_dates_alone_tell_the_time(tmp_path):
    rows = ["USUBJID,PARAMCD,STARTDT,ADT,CNSR,ENTRYDY", "a,OS,2010-01-01,2011-01-01,0,30"]
    rows += ["b,OS,2010-01-01,2012-01-01,1,", "c,OS,2010-01-01,2010-03-01,0,90"]
    found = findings_of(tmp_path / "x", "", "", adtte="\n".join(rows))

    assert [each for each in found if each[0] == "error"] == [
        ("error", "ENTRYDY", "blank, though others of the endpoint have it", (3,)),
        ("error", "ENTRYDY", "comes under observation after the time ends", (4,)),
    ]


AGE = """
[columns.patients]
id = "patient_id"
sex = "group"
[endpoints.OS]
time = "left"
entry = "entry"
unit = "months"
event = "death"
events = ["1"]
censored = ["0"]
"""


def test_medians_and_hazard_ratio_under_recorded_late_entry_are_those_of_r(of_r, tmp_path):
    sheet = (of_r / "mgus2_age.csv").read_text()
    cohort = cohort_of(tmp_path / "x", AGE, sheet)
    counts = lifetable.protected(endpoints.derive_os(cohort, "recorded"), cohort.policy, 1)
    medians = months(estimates.quantile(estimates.survival(counts)).set_index("group")["estimate"])

    assert medians.to_dict() == pytest.approx(answers(of_r, "mgus2_age", "median").to_dict(), rel=1e-12)
    ratio = contrasts.hazard_ratio(counts, "F")["estimate"].item()
    assert ratio == pytest.approx(answers(of_r, "mgus2_age", "hazard_ratio")["M"], rel=1e-6)


@pytest.mark.parametrize("fewest", [2, 5, 20])
@pytest.mark.parametrize("group", ["F", "M", "emptied"])
def test_a_curve_of_late_entrants_starts_where_r_starts_it_and_goes_on_as_r_has_it(group, fewest, of_r, tmp_path):
    if group == "emptied":
        counts, fewest = subjects.counts("g 0 10 1\ng 0 11 1\ng 20 30 1\ng 21 40 1\ng 22 50 1"), 2
        counts = counts.assign(**{name: counts[name] * DAYS_PER_MONTH for name in ("entry", "exit")})
    else:
        cohort = cohort_of(tmp_path / "x", AGE, (of_r / "mgus2_age.csv").read_text())
        counts = lifetable.count(endpoints.derive_os(cohort, "recorded")).query("group == @group")
    started = lifetable.from_enough(counts, fewest)
    curve = estimates.survival(started)
    (median,) = estimates.quantile(curve).itertuples()

    wanted = answers(of_r, f"start_{group}").xs(str(fewest), level="group").groupby("quantity")
    wanted = {name: rows.droplevel("quantity") for name, rows in wanted}
    found = {
        "start": months(started["entry"].min()),
        "median": months(median.estimate),
        "0.95LCL": months(median.lower),
        "0.95UCL": months(median.upper),
    }
    assert found == pytest.approx({name: wanted[name].item() for name in found}, rel=1e-9, nan_ok=True)
    at = estimates.rate(curve, [month * DAYS_PER_MONTH for month in wanted["surv"].index])
    for name, column in (("surv", "estimate"), ("lower", "lower"), ("upper", "upper")):
        assert at[column].tolist() == pytest.approx(wanted[name].tolist(), rel=1e-9), name


def of_two(extra: str = "") -> str:
    """Return settings with a time to progression, a time to death, and the earlier of the two."""
    parts = [
        f'[endpoints.{code}]\ntime = "{code.lower()}"\nunit = "{unit}"\nevent = "{code.lower()}_event"\n'
        'events = ["1"]\ncensored = ["0"]'
        for code, unit in (("TTP", "weeks"), ("OS", "days"))
    ]
    return "\n".join([*parts, '[endpoints.PFS]\nearlier_of = ["TTP", "OS"]', extra])


TWO_TIMES = """patient_id,ttp,ttp_event,os,os_event
a,2,1,30,1
b,4,0,20,1
c,2,0,40,1
d,3,1,15,0
e,2,0,50,0
f,,0,60,1
"""


def test_progression_free_survival_is_the_earlier_of_two_times(tmp_path, capsys):
    """Event by event: a progressed first, b and c died, d progressed though lost on day 15, e has no event."""
    cohort = cohort_of(tmp_path / "x", of_two(), TWO_TIMES)
    rows = cohort.adtte.query("PARAMCD == 'PFS'")

    assert rows[["USUBJID", "AVAL", "CNSR", "EVNTDESC"]].values.tolist() == [
        ["a", 14, 0, "TTP"],
        ["b", 20, 0, "death"],
        ["c", 40, 0, "death"],
        ["d", 21, 0, "TTP"],
        ["e", 14, 1, "censored"],
    ]
    found = findings_of(tmp_path / "y", of_two(), TWO_TIMES)
    assert "1 with one of its two times only" in capsys.readouterr().out
    assert not any("no chapter shows" in each[2] for each in found)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('["TTP", "DEATH"]', "names DEATH, no endpoint with a time"),
        ('["TTP", "TTP"]', "not alone, or not of two"),
        ('["TTP", "OS"]\ntime = "os"', "not alone, or not of two"),
        ('["TTP", "PFS"]', "names PFS, no endpoint with a time"),
    ],
)
def test_what_cannot_be_the_earlier_of_two_is_an_error(written, words, tmp_path):
    found = findings_of(tmp_path / "x", of_two().replace('["TTP", "OS"]', written), TWO_TIMES)

    assert [each[2] for each in found if each[0] == "error"] == [words]


MGUS = """
[columns.patients]
id = "patient_id"
sex = "group"
[endpoints.PCM]
time = "ptime"
unit = "months"
event = "pstat"
events = ["1"]
censored = ["0"]
[endpoints.OS]
time = "futime"
unit = "months"
event = "death"
events = ["1"]
censored = ["0"]
[endpoints.PFS]
earlier_of = ["PCM", "OS"]
"""


def test_the_earlier_of_two_times_and_its_incidences_are_those_of_r_from_its_own_sheet(of_r, tmp_path):
    cohort = cohort_of(tmp_path / "x", MGUS, (of_r / "mgus2.csv").read_text())
    pfs = lifetable.count(endpoints.derive_pfs(cohort, "recorded"))
    medians = months(estimates.quantile(estimates.survival(pfs)).set_index("group")["estimate"])
    counts, curve = incidence(cohort, "PFS")
    landmarks = [month * DAYS_PER_MONTH for month in (12, 60, 120, 240)]
    read = competing.at(curve, counts, landmarks).set_index(["group", "time"])["estimate"]

    assert medians.to_dict() == pytest.approx(answers(of_r, "mgus2_either", "median").to_dict())
    expected = answers(of_r, "mgus2_ends")
    named = {"pcm": "PCM", "death": "death"}
    wanted = {(f"{g}, {named[kind]}", month * DAYS_PER_MONTH): value for (kind, g, month), value in expected.items()}
    assert read.to_dict() == pytest.approx(wanted, rel=1e-12)
    turned = competing.complement(estimates.rate(estimates.survival(pfs), landmarks))
    of_f = turned[turned["group"].str.startswith("F")]["estimate"].to_numpy()
    assert of_f == pytest.approx((read["F, PCM"] + read["F, death"]).to_numpy())


DATED = """
[[tables.patients]]
file = "patients.csv"
patient_id = "id"
resistance_date = "diagnosis"
last_contact = { column = "diagnosis", plus = "followed" }
death_date = { column = "diagnosis", plus = "followed", when = "status", is = ["dead"] }
[formats]
dates = "%d.%m.%Y"
missing = ["."]
"""


def test_a_date_may_be_a_start_and_a_number_of_days(tmp_path):
    sheet = "id,diagnosis,followed,status\na,31.12.2010,1,dead\nb,01.02.2010,30,alive\nc,01.02.2010,.,alive"
    adsl = cohort_of(tmp_path / "x", DATED, sheet.replace("\nc,01.02.2010,.,alive", "")).adsl

    assert adsl["LSTALVDT"].dt.strftime("%Y-%m-%d").tolist() == ["2011-01-01", "2010-03-03"]
    assert adsl["DTHDT"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["2011-01-01", ""]
    found = findings_of(tmp_path / "y", DATED, sheet.replace(",30,", ",3.5,"))
    assert ("error", "last_contact", "no whole number of days after a date", (3,)) in found


def sheet_of(identifier: str, group: str, events: str, censored: str, more: str = "") -> str:
    """Return settings for overall survival in days from the columns `time` and `status` of a sheet of R."""
    columns = f'[columns.patients]\n"{identifier}" = "patient_id"\n{group} = "group"\n'
    codes = f'events = ["{events}"]\ncensored = ["{censored}"]\n'
    return f'{columns}[endpoints.OS]\ntime = "time"\nunit = "days"\nevent = "status"\n{codes}{more}'


SEX = '[values.patients.sex]\n{} = "female"\n{} = "male"\n'
UNEDITED = {
    "lung": sheet_of("row number", "sex", "2", "1"),
    "veteran": sheet_of("column 1", "trt", "1", "0"),
    "pbc": sheet_of("id", "trt", "2", "0", f'competing = ["1"]\n{SEX.format("f", "m")}'),
    "colon": sheet_of(
        "id",
        "rx",
        "1",
        "0",
        f'{SEX.format(0, 1)}[select.patients]\nfirst_of = "id"\n[select.OS]\nwhere = {{ etype = "2" }}\n',
    ),
}


@pytest.mark.parametrize("dataset", UNEDITED)
def test_a_sheet_of_r_is_read_unedited_and_gives_the_numbers_of_r(dataset, of_r, tmp_path):
    cohort = cohort_of(tmp_path / "x", UNEDITED[dataset], (of_r / f"{dataset}.csv").read_text())
    curve = estimates.survival(lifetable.count(endpoints.derive_os(cohort, "recorded")))
    found = estimates.quantile(curve).set_index("group").rename(columns={"estimate": "median"})

    for quantity in ("median", "n", "events"):
        expected = answers(of_r, dataset, quantity).to_dict()
        assert found[quantity].to_dict() == pytest.approx(expected, nan_ok=True), quantity
