"""Dates to times, on four drawn patients whose times can be counted on a calendar."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import alternatives, endpoints, lifetable
from gistbook.conventions import UsageError
from gistbook.intake.settings import Book
from gistbook.units import MONTHS
from support.subjects import ASSESSMENTS, EXPOSURES, OPERATIONS, PATIENTS, folder, whole_folder


def days_between(start: str, end: str) -> int:
    return (pd.Timestamp(end) - pd.Timestamp(start)).days


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return build.load_cohort(whole_folder(tmp_path_factory.mktemp("endpoints") / "drawn"))


def of(adtte: pd.DataFrame, patient: str) -> pd.Series:
    return adtte.set_index("USUBJID").loc[patient]


def test_overall_survival_runs_from_the_first_operation_to_death(cohort):
    row = of(endpoints.derive_os(cohort), "a")

    assert (row["AVAL"], row["CNSR"], row["EVNTDESC"]) == (days_between("2010-02-01", "2012-01-01"), 0, "death")


def test_whoever_lives_is_censored_at_last_contact(cohort):
    row = of(endpoints.derive_os(cohort), "b")

    assert (row["AVAL"], row["CNSR"]) == (days_between("2010-03-01", "2013-01-01"), 1)


def test_from_the_operation_only_the_operated_are_counted(cohort):
    assert endpoints.derive_os(cohort)["USUBJID"].tolist() == ["a", "b"]


def test_from_resistance_the_operated_enter_at_their_operation(cohort):
    entry = endpoints.derive_os(cohort, "resistance").set_index("USUBJID")["ENTRYDY"]

    assert entry.to_dict() == {"a": 31, "b": 28, "c": 0, "d": 0}


def test_an_operation_delays_nobodys_entry_where_it_does_not_make_the_group(tmp_path):
    patients = PATIENTS.replace("resistance_pattern", "unused")
    ungrouped = build.load_cohort(folder(tmp_path / "x", patients=patients, operations=OPERATIONS))

    assert (endpoints.derive_os(ungrouped, "resistance")["ENTRYDY"] == 0).all()


def test_the_naive_version_has_everybody_from_time_zero(cohort):
    assert (endpoints.without_entry(endpoints.derive_os(cohort, "resistance"))["ENTRYDY"] == 0).all()


def test_a_change_of_time_zero_changes_no_death(cohort):
    surgical = endpoints.derive_os(cohort, "resistance").query("TRTA == 'S-group'")

    assert surgical["CNSR"].tolist() == endpoints.derive_os(cohort)["CNSR"].tolist()


def test_progression_comes_before_death(cohort):
    row = of(endpoints.derive_pfs(cohort), "a")

    assert (row["AVAL"], row["EVNTDESC"]) == (days_between("2010-02-01", "2010-12-01"), "progression")


def test_a_progression_that_prompts_a_second_operation_is_the_event(cohort):
    assert of(endpoints.derive_pfs(cohort), "b")["AVAL"] == days_between("2010-03-01", "2011-02-01")


def test_death_without_progression_is_an_event(tmp_path):
    seen = ASSESSMENTS.replace("a,2010-12-01,PD", "a,2010-12-01,SD")
    place = folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, assessments=seen)
    row = of(endpoints.derive_pfs(build.load_cohort(place)), "a")

    assert (row["AVAL"], row["EVNTDESC"]) == (days_between("2010-02-01", "2012-01-01"), "death")


def test_without_progression_or_death_the_last_assessment_censors(tmp_path):
    seen = ASSESSMENTS.replace("b,2011-02-01,PD", "b,2011-02-01,SD")
    place = folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, assessments=seen)
    row = of(endpoints.derive_pfs(build.load_cohort(place)), "b")

    assert (row["AVAL"], row["CNSR"]) == (days_between("2010-03-01", "2012-12-01"), 1)


def test_a_progression_before_the_operation_is_no_event(tmp_path):
    seen = ASSESSMENTS.replace("a,2010-12-01,PD", "a,2010-01-20,PD")
    place = folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, assessments=seen)

    assert of(endpoints.derive_pfs(build.load_cohort(place)), "a")["EVNTDESC"] == "death"


def test_where_only_progressions_are_recorded_last_contact_censors(tmp_path):
    seen = "patient_id,assessment_date,response\na,2010-12-01,PD"
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, assessments=seen))
    row = of(endpoints.derive_pfs(cohort), "b")

    assert (row["AVAL"], row["EVNTDESC"]) == (days_between("2010-03-01", "2013-01-01"), "last contact")
    assert "last contact" in endpoints.censoring_rule(cohort)


def test_without_assessments_nobody_is_followed_for_progression(tmp_path):
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS))

    assert lifetable.count(endpoints.derive_pfs(cohort)).empty
    assert not lifetable.count(endpoints.derive_os(cohort)).empty
    assert "no assessments" in endpoints.censoring_rule(cohort)


def test_imatinib_ends_with_its_last_dose_before_another_drug(cohort):
    row = of(endpoints.derive_imcont(cohort), "a")

    assert (row["AVAL"], row["CNSR"]) == (days_between("2010-02-01", "2011-01-10"), 0)


def test_imatinib_that_goes_on_is_censored_at_last_contact(cohort):
    row = of(endpoints.derive_imcont(cohort), "b")

    assert (row["AVAL"], row["CNSR"]) == (days_between("2010-03-01", "2013-01-01"), 1)


@pytest.mark.parametrize(("gap_days", "ends"), [(90, "2011-01-10"), (91, "2010-06-01")])
def test_a_gap_of_over_ninety_days_ends_imatinib(tmp_path, gap_days, ends):
    again = (pd.Timestamp("2010-06-01") + pd.Timedelta(days=gap_days)).date()
    doses = EXPOSURES.replace("2010-02-20,2011-01-10", f"2010-02-20,2010-06-01\na,imatinib,{again},2011-01-10")
    place = folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, exposures=doses)

    assert of(endpoints.derive_imcont(build.load_cohort(place)), "a")["AVAL"] == days_between("2010-02-01", ends)


def test_imatinib_until_death_is_an_event(tmp_path):
    doses = "patient_id,drug,start,end\na,imatinib,2010-02-20,"
    place = folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, exposures=doses)
    row = of(endpoints.derive_imcont(build.load_cohort(place)), "a")

    assert (row["AVAL"], row["CNSR"]) == (days_between("2010-02-01", "2012-01-01"), 0)


def test_second_line_counts_those_who_reached_it_from_its_first_dose(cohort):
    reached = endpoints.derive_os2l(cohort)

    assert reached["USUBJID"].tolist() == ["a"]
    assert reached["AVAL"].tolist() == [days_between("2011-01-20", "2012-01-01")]
    assert endpoints.derive_pfs2l(cohort)["PARAMCD"].tolist() == ["PFS2L"]


@pytest.mark.parametrize("derive", [endpoints.derive_os, endpoints.derive_pfs, endpoints.derive_imcont])
def test_without_operations_nobody_is_counted_from_one(tmp_path, derive):
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS))

    assert lifetable.count(derive(cohort)).empty


def test_the_endpoints_of_one_course_count_from_one_day(cohort):
    ends = endpoints.milestones(cohort)

    assert list(ends) == ["Without progression", "On imatinib", "Alive"]
    assert len({frozenset(adtte["USUBJID"]) for adtte in ends.values()}) == 1


def test_continuation_counts_from_the_operation_and_is_on_no_other_clock(cohort):
    assert "On imatinib" not in endpoints.milestones(cohort, "resistance")


def test_an_endpoint_of_which_nothing_is_recorded_is_none_of_a_course(tmp_path):
    drawn = build.load_cohort(folder(tmp_path / "drawn", patients=PATIENTS, operations=OPERATIONS))

    assert list(endpoints.milestones(drawn)) == ["Alive"]


def test_an_origin_that_does_not_exist_is_refused_with_a_hint(cohort):
    with pytest.raises(UsageError, match="Did you mean resistance"):
        endpoints.derive_os(cohort, "resistence")


def test_the_time_zero_that_all_have_is_that_of_recorded_times_where_there_are_any(tmp_path, cohort):
    times = build.load_cohort(folder(tmp_path / "x", adtte="USUBJID,PARAMCD,AVAL,AVALU,CNSR\na,OS,10,days,0"))

    assert [endpoints.common(each) for each in (cohort, times)] == ["resistance", "recorded"]


def test_a_cohort_may_name_its_own_time_zero(tmp_path):
    settings = 'title = "x"\naccess = "public"\n[clocks]\nresistance = "entry into the trial"'
    cohort = build.load_cohort(folder(tmp_path / "x", settings, patients=PATIENTS))

    assert endpoints.clock(cohort, "resistance") == "entry into the trial"
    assert endpoints.clock(cohort, "imatinib_start") == "the start of imatinib"


def test_times_are_whole_days(cohort):
    assert np.issubdtype(endpoints.derive_os(cohort)["AVAL"].dtype, np.integer)


WAITING = "patient_id,resistance_date,last_contact,death_date,group\n" + "\n".join(
    ["a,2010-01-01,2012-01-01,2012-01-01,{0}", "b,2010-01-01,2013-01-01,,{0}", "c,2010-01-01,2010-06-01,2010-06-01,{1}"]
)


@pytest.mark.parametrize("names", [("S", "M"), ("transplant", "none"), ("M", "S")])
def test_from_resistance_a_group_of_the_operated_enters_at_the_operation_whatever_its_name(tmp_path, names):
    operations = "patient_id,operation_date\na,2010-02-01\nb,2010-03-01"
    cohort = build.load_cohort(folder(tmp_path / "x", patients=WAITING.format(*names), operations=operations))
    entries = endpoints.derive_os(cohort, "resistance").set_index("USUBJID")["ENTRYDY"]

    assert entries.to_dict() == {"a": 31, "b": 59, "c": 0}


def test_in_a_group_of_which_some_were_not_operated_on_an_operation_changes_nothing(tmp_path):
    place = folder(
        tmp_path / "x", patients=WAITING.format("arm", "arm"), operations="patient_id,operation_date\na,2010-02-01"
    )

    assert set(endpoints.derive_os(build.load_cohort(place), "resistance")["ENTRYDY"]) == {0}


def test_continuation_that_ended_before_the_operation_is_left_out_and_counted(tmp_path):
    doses = EXPOSURES.replace("a,sunitinib,2011-01-20", "a,sunitinib,2010-01-25")
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, exposures=doses))

    assert (endpoints.derive_imcont(cohort)["AVAL"] >= 0).all()
    assert "a" not in set(endpoints.derive_imcont(cohort)["USUBJID"])
    assert endpoints.left_out_of_imcont(cohort) == (1, 2)


@pytest.mark.parametrize(("end", "cnsr"), [("2012-12-20", 0), ("2013-01-01", 1), ("", 1)])
def test_a_recorded_stop_of_imatinib_is_an_event_and_going_on_is_none(tmp_path, end, cnsr):
    doses = f"patient_id,drug,start,end\nb,imatinib,2010-02-20,{end}"
    place = folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, exposures=doses)
    row = of(endpoints.derive_imcont(build.load_cohort(place)), "b")

    assert (row["CNSR"], row["AVAL"]) == (cnsr, days_between("2010-03-01", end or "2013-01-01"))


@pytest.mark.parametrize(("reason", "cnsr"), [("progression", 0), ("toxicity", 0), ("", 1), ("ongoing", 1)])
def test_a_stop_on_the_day_of_last_contact_is_an_event_if_its_reason_is_recorded(tmp_path, reason, cnsr):
    doses = f"patient_id,drug,start,end,stop_reason\nb,imatinib,2010-02-20,2013-01-01,{reason}"
    place = folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, exposures=doses)

    assert of(endpoints.derive_imcont(build.load_cohort(place)), "b")["CNSR"] == cnsr


@pytest.mark.parametrize(
    ("rows", "left_out", "days"),
    [
        ("", 1, None),
        ("b,imatinib,2008-01-01,2009-11-30\n", 1, None),
        ("b,imatinib,2008-01-01,2009-12-01\n", 0, 0),
        ("b,imatinib,2010-05-30,2010-06-30\n", 0, 121),
        ("b,imatinib,2010-05-31,2010-06-30\n", 1, None),
        ("b,nilotinib,2010-01-01,2010-02-25\nb,imatinib,2010-02-26,2010-06-30\n", 0, 121),
    ],
    ids=["not recorded", "ended 91 days before", "ended 90 before", "begun 90 after", "91 after", "another before it"],
)
def test_who_had_no_imatinib_within_ninety_days_of_the_operation_has_no_continuation(tmp_path, rows, left_out, days):
    """The operation of b was on 2010-03-01; the other drug was begun before resistance, and imatinib taken up again."""
    doses = f"patient_id,drug,start,end\n{rows}a,imatinib,2008-01-01,2010-12-31"
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, exposures=doses))
    times = endpoints.derive_imcont(cohort).set_index("USUBJID")["AVAL"].to_dict()

    assert endpoints.left_out_of_imcont(cohort) == (left_out, 2)
    assert times.get("b") == days


@pytest.mark.parametrize("scan", ["2010-02-02", "2010-03-01"])
def test_a_progression_at_the_first_scan_is_moved_to_no_earlier_than_time_zero(tmp_path, scan):
    seen = f"patient_id,assessment_date,response\na,2009-01-01,SD\na,{scan},PD\nb,2010-06-01,SD"
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, assessments=seen))
    moved = of(endpoints.derive_pfs(alternatives.dated_at_midpoint(cohort, "first_operation")), "a")

    assert moved["EVNTDESC"] == "progression"
    assert moved["AVAL"] == max(1, days_between("2010-02-01", scan) // 2)


MISSED = """
patient_id,assessment_date,response
a,2010-06-01,SD
b,2010-09-01,SD
b,2011-02-01,PD
"""
"""After a's scan nothing was seen for 579 days, up to death; b's progression came 153 days after the scan before."""


@pytest.mark.parametrize(
    ("scan_days", "events", "ended"),
    [
        (90, ["death", "progression"], {"a": ("2010-06-01", 1), "b": ("2011-02-01", 0)}),
        (76, ["death", "progression"], {"a": ("2010-06-01", 1), "b": ("2010-09-01", 1)}),
        (76, ["death"], {"a": ("2010-06-01", 1), "b": ("2011-02-01", 0)}),
        (290, ["death", "progression"], {"a": ("2012-01-01", 0), "b": ("2011-02-01", 0)}),
    ],
)
def test_an_event_after_two_missed_scans_is_censored_at_the_scan_before(tmp_path, scan_days, events, ended):
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, assessments=MISSED))
    pfs = endpoints.derive_pfs(alternatives.before_missed(cohort, "first_operation", 2 * scan_days, events))

    assert {who: (str(of(pfs, who)["ADT"].date()), of(pfs, who)["CNSR"]) for who in "ab"} == ended


def test_an_event_without_any_scan_before_it_is_censored_where_observation_began(tmp_path):
    scans = MISSED.replace("a,2010-06-01,SD\n", "")
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, assessments=scans))
    pfs = endpoints.derive_pfs(alternatives.before_missed(cohort, "first_operation", 180, ["death"]))

    assert (of(pfs, "a")["AVAL"], of(pfs, "a")["CNSR"]) == (0, 1)


def test_a_definition_that_the_records_leave_no_room_for_is_not_tried_and_named(tmp_path):
    scans = "patient_id,assessment_date,response\nb,2011-02-01,PD"
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS, assessments=scans))

    assert alternatives.of_progression(cohort, "first_operation", 90) == {}
    assert set(alternatives.not_tried(cohort).values()) == {
        "no scan without progression is recorded",
        "no other drug is recorded",
    }


def test_where_all_is_recorded_every_definition_is_tried(tmp_path):
    cohort = build.load_cohort(whole_folder(tmp_path / "x"))

    assert alternatives.not_tried(cohort) == {}
    assert len(alternatives.of_progression(cohort, "first_operation", 90)) == 5


def test_who_has_no_time_is_counted_by_endpoint(tmp_path):
    timed = endpoints.with_a_time(build.load_cohort(whole_folder(tmp_path / "x"))).set_index(["endpoint", "since"])

    assert timed.loc[("Overall survival", "the first operation for resistance")].tolist() == [2, 2]
    assert timed.loc[("Overall survival", "the imaging that showed resistance")].tolist() == [4, 0]
    assert timed.loc[("Overall survival", "the first dose of second-line TKI")].tolist() == [1, 3]


def of_recorded_times(place, times: str):
    """Return the cohort of four patients of whom some have recorded times."""
    heading = "USUBJID,PARAMCD,AVAL,AVALU,CNSR\n"
    return build.load_cohort(folder(place, patients="patient_id,group\na,x\nb,x\nc,x\nd,y", adtte=heading + times))


def test_of_recorded_times_who_has_none_of_an_endpoint_is_counted_too(tmp_path):
    cohort = of_recorded_times(tmp_path / "x", "a,OS,10,days,0\nb,OS,20,days,1\na,PFS,5,days,0\nc,PFS,7,days,0")

    assert endpoints.with_a_time(cohort)[["endpoint", "count", "without"]].values.tolist() == [
        ["Overall survival", 2, 1],
        ["Progression-free survival", 2, 1],
        ["Continuation of imatinib", 0, 3],
    ]


def test_who_has_no_time_at_all_leaves_and_the_flow_tells_why_and_who_lacks_one_of_two(tmp_path):
    cohort = of_recorded_times(tmp_path / "x", "a,OS,10,days,0\nb,OS,20,days,1\na,PFS,5,days,0\nc,PFS,7,days,0")
    steps = endpoints.flow_to_times(cohort, cohort.flow)

    assert dict(zip(steps["step"], steps["count"], strict=True)) == {
        "Patients recorded": 4,
        "No time recorded": 1,
        "Analysed": 3,
        "x": 3,
        "Without a time: overall survival": 1,
        "Without a time: progression-free survival": 1,
    }


def test_where_all_have_every_time_the_flow_has_no_such_step(tmp_path):
    cohort = of_recorded_times(tmp_path / "x", "\n".join(f"{name},OS,10,days,0" for name in "abcd"))

    assert endpoints.flow_to_times(cohort, cohort.flow)["step"].tolist() == ["Patients recorded", "Analysed", "x", "y"]


_USES = {"PFS": "derive_pfs(", "OS": "derive_os(", "IMCONT": "derive_imcont(", "REOP": "mean_cumulative_count("}
_USES |= {"T2L": "derive_line(", "PFS2L": "derive_pfs2l(", "OS2L": "derive_os2l(", "DEATH30": "deaths_within("}


@pytest.mark.parametrize("code", _USES)
def test_an_endpoint_is_described_with_every_chapter_that_derives_it(code):
    described = {each.code: each for each in endpoints.ENDPOINTS}[code]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (build.BOOK / "chapters").glob("*.md")}
    using = {slug for slug, text in texts.items() if _USES[code] in text}
    using -= {"your_cohort"}  # its example is of other patients

    assert using <= set(described.chapters) <= set(texts)


def test_the_attributes_of_every_endpoint_are_in_words_and_time_zero_is_the_default_of_its_chapters():
    cohort = build.load_cohort(build.BOOK / "data" / "wada2021")
    described = endpoints.describe_endpoints(cohort)

    assert len(described) == len(endpoints.ENDPOINTS)
    assert not described.map(len).eq(0).any().any()
    assert described["Time zero"].iloc[0] == endpoints.clock(cohort, "first_operation")


def test_of_recorded_times_only_those_recorded_are_described_and_who_decided():
    times = pd.DataFrame({"PARAMCD": ["OS", "OSRES"]})
    described = endpoints.describe_endpoints(SimpleNamespace(adtte=times, clocks={}, book=Book(), unit=MONTHS))

    assert described["Endpoint"].tolist() == ["Overall survival"]
    assert described["Event"].tolist() == ["As those who recorded the times decided"]
