"""Dose intensity and lines of therapy, on drawn patients whose doses can be counted on a calendar."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import exposure
from gistbook.conventions import DataError
from gistbook.schemas import DOSE_INTENSITY, LINE_COUNTS, LINES, UNJUDGED, estimates_only, names
from support.sharing import one_of
from support.subjects import SETTINGS, folder, whole_folder

FIRST_DAY = pd.Timestamp("2010-01-01")
"""Day 1 of every drawn course, and the day of resistance."""

LAST_CONTACT = 1000

SUTENT = "4 weeks on, 2 off"

TREATED_DAYS = range(1, 121)


def date_of(day: int | None) -> str:
    """Return the date of a day counted from 1, and nothing of none."""
    return "" if day is None else str((FIRST_DAY + pd.Timedelta(days=day - 1)).date())


def dosed(place: Path, *periods: tuple, died: int | None = None, alone: bool = True, settings: str = SETTINGS):
    """Return a cohort: of each period the patient, drug, schedule, first and last day, and mg.

    Once read, each patient is a group, so that an estimate of a group is that patient's, unless all are to be one.
    """
    patients = dict.fromkeys(period[0] for period in periods)
    seen, death = date_of(LAST_CONTACT), date_of(died)
    rows = [f"{who},{FIRST_DAY.date()},both,{death or seen},{death}" for who in patients]
    doses = [
        f'{who},{drug},"{schedule}",{date_of(first)},{date_of(last)},{mg}'
        for who, drug, schedule, first, last, mg in periods
    ]
    tables = {
        "patients": "\n".join(["patient_id,resistance_date,group,last_contact,death_date", *rows]),
        "exposures": "\n".join(["patient_id,drug,schedule,start,end,dose_mg_per_day", *doses]),
    }
    cohort = build.load_cohort(folder(place, settings, **tables))
    return cohort._replace(adsl=cohort.adsl.assign(TRT01A=cohort.adsl["USUBJID"])) if alone else cohort


def intensity(cohort) -> pd.DataFrame:
    """Return the median dose intensity: a row per drug and group, a column per denominator."""
    return exposure.dose_intensity(cohort).pivot(index=["drug", "group"], columns="denominator", values="estimate")


def one(cohort) -> dict[str, float]:
    """Return the dose intensity of the only course."""
    (row,) = intensity(cohort).to_dict("records")
    return row


def sunitinib(place: Path, *periods: tuple, mg: float = 50, schedule: str = SUTENT, **options):
    """Return a cohort of one patient given sunitinib over periods of first and last day."""
    return dosed(place, *(("a", "sunitinib", schedule, *period, mg) for period in periods), **options)


def test_the_schedules_average_over_the_calendar():
    printed = exposure.describe_schedules(SimpleNamespace(schedules={}))

    assert printed["Average mg/day"].tolist() == pytest.approx([400, 100 / 3, 37.5, 120, 120])
    assert printed["Average mg/week"].tolist() == pytest.approx([2800, 700 / 3, 262.5, 840, 840])
    assert printed["Basis"].tolist() == ["usual"] * 4 + ["yardstick of this book only"]


@pytest.mark.parametrize("plan", exposure.SCHEDULES, ids=lambda plan: f"{plan.drug} {plan.text}")
def test_a_patient_who_takes_every_dose_has_all_of_it_but_per_week_elapsed_the_rest_of_a_stopped_cycle(tmp_path, plan):
    given = [(f"p{last}", plan.drug, plan.text, 1, last, plan.planned_mg) for last in TREATED_DAYS]
    found = intensity(dosed(tmp_path / "x", *given))

    assert len(found) == len(TREATED_DAYS)
    assert (found.drop(columns="elapsed") == 100).all(axis=None)
    cycle = plan.days_on + plan.days_off
    left = [max(cycle * -(-last // cycle) - plan.days_off - last, 0) for last in TREATED_DAYS]
    planned = [plan.days_on * -(-last // cycle) for last in TREATED_DAYS]
    share = [100 * (1 - lost / days) for lost, days in zip(left, planned, strict=True)]
    assert found["elapsed"].droplevel("drug").loc[[f"p{last}" for last in TREATED_DAYS]].tolist() == pytest.approx(
        share
    )


@pytest.mark.parametrize("plan", one_of(3, exposure.SCHEDULES), ids=lambda plan: f"{plan.drug} {plan.text}")
def test_whoever_takes_every_dose_to_the_end_of_observation_has_all_of_it_by_every_denominator(tmp_path, plan):
    still = [(f"p{last}", plan.drug, plan.text, LAST_CONTACT - last, None, plan.planned_mg) for last in (5, 30, 40, 50)]
    found = intensity(dosed(tmp_path / "x", *still))

    assert len(found) == len(still)
    assert (found == 100).all(axis=None)


@pytest.mark.parametrize("plan", one_of(2, exposure.SCHEDULES), ids=lambda plan: f"{plan.drug} {plan.text}")
def test_a_period_written_down_in_two_parts_changes_nothing(tmp_path, plan):
    cuts = [(last, cut) for last in TREATED_DAYS for cut in range(1, last)]
    parts = [
        (f"p{last}-{cut}", plan.drug, plan.text, first + 1, end, plan.planned_mg)
        for last, cut in cuts
        for first, end in pairwise([0, cut, last])
    ]
    found = intensity(dosed(tmp_path / "x", *parts))

    assert len(found) == len(cuts)
    assert (found.drop(columns="elapsed") == 100).all(axis=None)
    last = found.index.get_level_values("group").str.extract(r"p(\d+)-")[0].to_numpy()
    assert (found["elapsed"].round(9).groupby(last).nunique() == 1).all()


@pytest.mark.parametrize("last", one_of(3, [1, 28, 35, 42, 43, 100]))
def test_three_quarters_of_the_dose_throughout_is_three_quarters_by_every_denominator(tmp_path, last):
    """To the day of death, so that no cycle was stopped."""
    assert set(one(sunitinib(tmp_path / "x", (1, last), mg=37.5, died=last)).values()) == {75}


def test_a_dose_above_the_planned_one_is_shown_as_such(tmp_path):
    assert set(one(sunitinib(tmp_path / "x", (1, 70), mg=62.5)).values()) == {125}


def test_days_off_that_are_written_down_as_a_gap_are_none(tmp_path):
    assert set(one(sunitinib(tmp_path / "x", (1, 28), (43, 70))).values()) == {100}


def test_a_delay_of_a_continuous_drug_lowers_the_clock_and_not_the_dosing_days(tmp_path):
    delays = {f"p{days}": days for days in (1, 7, 30, 100)}
    periods = [
        (who, "imatinib", "continuous", *days, 400)
        for who, delay in delays.items()
        for days in [(1, 50), (51 + delay, 100 + delay)]
    ]
    found = intensity(dosed(tmp_path / "x", *periods)).loc["imatinib"].loc[[*delays]]

    assert found["clock"].tolist() == pytest.approx([100 * 100 / (100 + delay) for delay in delays.values()])
    assert (found[["cycles", "dosing_days"]] == 100).all(axis=None)


DELAYS = {f"p{days}": days for days in range(1, 43)}
"""Patients who begin a cycle of sunitinib so many days late."""


def of_the_late(place: Path, periods: Callable[[int], list[tuple]]) -> pd.DataFrame:
    """Return the dose intensity of patients given sunitinib over the periods of their delay, a row each."""
    given = [(who, "sunitinib", SUTENT, *days, 50) for who, delay in DELAYS.items() for days in periods(delay)]
    return intensity(dosed(place, *given)).loc["sunitinib"].loc[[*DELAYS]]


def test_a_delay_of_a_cycle_lowers_the_clock_and_neither_of_the_others(tmp_path):
    """Two cycles, and a third begun late, of which as many days are taken as there was delay, or one more."""
    found = of_the_late(tmp_path / "x", lambda late: [(1, 84), (85 + late, 84 + late + min(late + 1, 28))])

    assert (found["clock"] < 100).all()
    assert (found[["cycles", "dosing_days"]] == 100).all(axis=None)


def test_a_cycle_begun_late_by_hand(tmp_path):
    """Days 1 to 28 and, two weeks late, 57 to 70; the clock plans days 1 to 28 and 43 to 70, the weeks 14 to day 98."""
    found = one(sunitinib(tmp_path / "x", (1, 28), (57, 70)))

    assert found == {
        "elapsed": pytest.approx(100 * 42 / (98 * 2 / 3)),
        "clock": 100 * 42 / 56,
        "cycles": 100,
        "dosing_days": 100,
    }


def test_a_cycle_cut_short_by_hand(tmp_path):
    """Days 1 to 10 of a first cycle, which counts whole, and days 43 to 52, the last, which counts by the day.

    The weeks elapsed are twelve, to the end of the last cycle begun.
    """
    found = one(sunitinib(tmp_path / "x", (1, 10), (43, 52)))

    of_days = dict.fromkeys(["clock", "cycles"], 100 * 20 / 38)
    assert found == pytest.approx(of_days | {"elapsed": 100 * 20 / 56, "dosing_days": 100})


def test_a_course_that_is_stopped_within_a_cycle_has_the_rest_of_it_planned(tmp_path):
    assert one(sunitinib(tmp_path / "x", (1, 14)))["elapsed"] == pytest.approx(100 * 14 / 28)


@pytest.mark.parametrize("cut", [{"died": 56}, {}], ids=["death", "the end of observation"])
def test_a_cycle_that_is_cut_short_by_nobodys_choice_counts_as_far_as_it_was_seen(tmp_path, cut):
    last = cut.get("died")
    start = 1 if last else LAST_CONTACT - 55

    found = one(sunitinib(tmp_path / "x", (start, start + 27), (start + 42, last), **cut))
    assert found["elapsed"] == pytest.approx(100)


@pytest.mark.parametrize(
    ("periods", "planned"),
    [
        ([(1, 10), (15, 28)], 28),
        ([(1, 10), (13, 15), (20, 28)], 28),
        ([(1, 10), (15, 28), (43, 70)], 56),
        ([(1, 10), (33, 60)], 32 * 2 / 3 + 28),
    ],
    ids=["one pause", "two pauses", "a pause, and a cycle in time", "a cycle given up, and the next one early"],
)
def test_a_pause_within_the_days_on_begins_no_other_cycle(tmp_path, periods, planned):
    taken = sum(last - first + 1 for first, last in periods)

    assert one(sunitinib(tmp_path / "x", *periods))["elapsed"] == pytest.approx(100 * taken / planned)


def test_a_cycle_begun_before_the_days_off_are_over_exceeds_the_clock(tmp_path):
    found = one(sunitinib(tmp_path / "x", (1, 28), (36, 42)))

    assert found == pytest.approx(
        {"elapsed": 100 * 35 / (35 * 2 / 3 + 28), "clock": 125, "cycles": 100, "dosing_days": 100}
    )


def test_a_delay_that_ends_within_days_off_by_the_clock_does_not_show(tmp_path):
    assert one(sunitinib(tmp_path / "x", (1, 28), (50, 77)))["clock"] == 100


def test_two_cycles_the_second_a_week_late_are_twelve_of_thirteen_weeks(tmp_path):
    assert one(sunitinib(tmp_path / "x", (1, 28), (50, 77)))["elapsed"] == pytest.approx(100 * 12 / 13)


def test_four_cycles_with_three_delays_of_a_week_are_24_of_27_weeks(tmp_path):
    cycles = [(1 + 49 * n, 28 + 49 * n) for n in range(4)]

    assert one(sunitinib(tmp_path / "x", *cycles))["elapsed"] == pytest.approx(100 * 24 / 27)


def test_every_delay_between_cycles_lowers_the_intensity_per_week_elapsed(tmp_path):
    found = of_the_late(tmp_path / "x", lambda late: [(1, 28), (43 + late, 70 + late)])

    assert found["elapsed"].tolist() == pytest.approx([100 * 84 / (84 + delay) for delay in DELAYS.values()])


def test_a_period_at_no_dose_is_a_gap(tmp_path):
    given = [("a", "imatinib", "continuous", *period) for period in [(1, 30, 400), (31, 40, 0), (41, 50, 400)]]
    recorded = one(dosed(tmp_path / "x", *given))

    assert recorded == {"elapsed": 80, "clock": 80, "cycles": 100, "dosing_days": 100}


def test_a_change_of_schedule_starts_a_clock_of_its_own(tmp_path):
    given = [("a", "sunitinib", SUTENT, 1, 10, 50), ("a", "sunitinib", "continuous", 11, 60, 37.5)]

    assert set(one(dosed(tmp_path / "x", *given)).values()) == {100}


def test_a_gap_before_another_schedule_counts_by_the_earlier_one(tmp_path):
    given = [("a", "sunitinib", SUTENT, 1, 10, 50), ("a", "sunitinib", "continuous", 21, 30, 37.5)]
    found = one(dosed(tmp_path / "x", *given))

    assert found["clock"] == pytest.approx(100 * (10 * 50 + 10 * 37.5) / (20 * 50 + 10 * 37.5))


def test_a_day_on_which_one_period_ends_and_the_next_begins_counts_once(tmp_path):
    given = [("a", "imatinib", "continuous", 1, 30, 400), ("a", "imatinib", "continuous", 30, 59, 200)]
    found = one(dosed(tmp_path / "x", *given))

    assert found["clock"] == pytest.approx(100 * (29 * 400 + 30 * 200) / (59 * 400))


def test_without_a_schedule_the_first_of_the_drug_is_meant(tmp_path):
    assert set(one(sunitinib(tmp_path / "x", (1, 70), schedule="")).values()) == {100}


def test_capitals_and_spaces_of_a_schedule_do_not_matter(tmp_path):
    cohort = dosed(tmp_path / "x", ("a", "Sunitinib", " 4 Weeks  on, 2 off", 1, 70, 50))

    assert set(one(cohort).values()) == {100}


@pytest.mark.parametrize(
    ("drug", "schedule", "mg", "reason"),
    [
        ("sunitinib", "2 weeks on, 1 off", 50, "the schedule recorded is not planned"),
        ("ripretinib", "continuous", 150, "no schedule is planned for the drug"),
        ("ripretinib", "", 150, "no schedule is planned for the drug"),
        ("sunitinib", "continuous", "", "a dose is not recorded"),
    ],
)
def test_a_course_that_cannot_be_judged_is_left_out_and_counted(tmp_path, drug, schedule, mg, reason):
    cohort = dosed(tmp_path / "x", ("a", drug, "", 1, 20, 50), ("a", drug, schedule, 21, 60, mg))

    assert exposure.dose_intensity(cohort).empty
    assert exposure.unjudged_courses(cohort).to_numpy().tolist() == [[drug, "a", reason, 1]]


def test_where_all_can_be_judged_nothing_is_left_out(tmp_path):
    left_out = exposure.unjudged_courses(sunitinib(tmp_path / "x", (1, 60)))

    assert left_out.empty
    assert list(left_out) == names(UNJUDGED)


@pytest.mark.parametrize(("died", "until"), [(None, LAST_CONTACT), (200, 200)])
def test_a_course_that_goes_on_is_followed_to_death_or_last_contact(tmp_path, died, until):
    found = exposure.dose_intensity(sunitinib(tmp_path / "x", (1, None), died=died))

    assert set(found["exposure_median_days"]) == {until}


def test_a_period_without_an_end_ends_where_the_next_begins(tmp_path):
    given = [("a", "sunitinib", "continuous", 1, None, 37.5), ("a", "regorafenib", "", 101, 150, 160)]
    found = exposure.dose_intensity(dosed(tmp_path / "x", *given)).query("drug == 'sunitinib'")

    assert set(found["exposure_median_days"]) == {100}


def test_imatinib_counts_from_resistance_on(tmp_path):
    given = [("a", "imatinib", "continuous", *period) for period in [(-500, -100, 200), (-99, 50, 400), (51, 100, 300)]]
    found = exposure.dose_intensity(dosed(tmp_path / "x", *given))

    assert found["estimate"].tolist() == pytest.approx([87.5] * 4)
    assert set(found["exposure_median_days"]) == {100}


def test_imatinib_that_ended_before_resistance_is_no_course(tmp_path):
    assert exposure.dose_intensity(dosed(tmp_path / "x", ("a", "imatinib", "continuous", -500, -1, 400))).empty


def test_a_drug_taken_up_again_after_another_is_a_course_of_its_own(tmp_path):
    imatinib = [("a", "imatinib", "continuous", first, last, 400) for first, last in [(1, 50), (301, 350)]]
    cohort = dosed(tmp_path / "x", *imatinib, ("a", "sunitinib", SUTENT, 61, 290, 50))
    found = exposure.dose_intensity(cohort).query("drug == 'imatinib'")

    assert found["estimate"].tolist() == [100] * 4
    assert set(found["n"]) == {2}
    assert set(found["exposure_median_days"]) == {50}


def test_courses_of_a_group_give_their_median_and_quartiles(tmp_path):
    doses = [100, 200, 300, 400, 400]
    given = [(f"p{i}", "imatinib", "continuous", 1, 10 * (i + 1), mg) for i, mg in enumerate(doses)]
    found = exposure.dose_intensity(dosed(tmp_path / "x", *given, alone=False))

    assert found[["lower", "estimate", "upper"]].to_numpy().tolist() == [[50, 75, 100]] * 4
    assert found[["n", "exposure_median_days"]].to_numpy().tolist() == [[5, 30]] * 4


def test_the_order_of_rows_changes_nothing(tmp_path):
    given = [("a", "sunitinib", SUTENT, 1, 28, 50), ("a", "sunitinib", SUTENT, 50, 80, 37.5)]
    there, back = (dosed(tmp_path / name, *rows) for name, rows in [("x", given), ("y", given[::-1])])

    pd.testing.assert_frame_equal(exposure.dose_intensity(there), exposure.dose_intensity(back))


def test_a_table_without_doses_and_schedules_judges_nothing(tmp_path):
    cohort = build.load_cohort(whole_folder(tmp_path / "x"))

    assert exposure.dose_intensity(cohort).empty
    assert set(exposure.unjudged_courses(cohort)["reason"]) == {"a dose is not recorded"}


def test_imatinib_at_resistance_is_the_first_line(tmp_path):
    found = exposure.lines(build.load_cohort(whole_folder(tmp_path / "x"))).query("USUBJID == 'b'")

    assert found[["LINE", "TRT", "ASTDT"]].to_numpy().tolist() == [[1, "imatinib", pd.Timestamp("2010-02-01")]]


def test_the_second_line_begins_where_the_subjects_say(tmp_path):
    cohort = build.load_cohort(whole_folder(tmp_path / "x"))
    second = exposure.lines(cohort).query("LINE == 2").set_index("USUBJID")["ASTDT"]

    assert second.to_dict() == cohort.adsl.set_index("USUBJID")["TKI2DT"].dropna().to_dict()


def test_each_line_is_another_drug_than_the_one_before(tmp_path):
    drugs = ["imatinib", "sunitinib", "sunitinib", "regorafenib", "imatinib"]
    given = [("a", drug, "", 10 * i + 1, 10 * i + 10, 100) for i, drug in enumerate(drugs)]
    found = exposure.lines(dosed(tmp_path / "x", *given))

    assert found["TRT"].tolist() == ["imatinib", "sunitinib", "regorafenib", "imatinib"]
    assert found["LINE"].tolist() == [1, 2, 3, 4]
    assert found["ASTDT"].tolist() == [pd.Timestamp(date_of(day)) for day in (1, 11, 31, 41)]


def test_a_drug_begun_before_resistance_is_no_line_after_it(tmp_path):
    before = [("a", "imatinib", "continuous", -500, -101, 400), ("a", "sunitinib", SUTENT, -100, -10, 50)]
    found = exposure.lines(dosed(tmp_path / "x", *before))

    assert found["TRT"].tolist() == ["imatinib"]


def test_drugs_are_counted_by_line_among_the_patients_of_the_group(tmp_path):
    given = [(who, "imatinib", "", 1, 10, 400) for who in "abc"]
    given += [("a", "sunitinib", "", 11, 20, 50), ("b", "regorafenib", "", 11, 20, 160)]
    found = exposure.drugs_by_line(dosed(tmp_path / "x", *given, alone=False))

    wanted = [["both", 1, "imatinib", 3, 3], ["both", 2, "regorafenib", 1, 3], ["both", 2, "sunitinib", 1, 3]]
    assert found.to_numpy().tolist() == wanted


@pytest.mark.parametrize(
    ("derive", "columns"),
    [
        (exposure.dose_intensity, DOSE_INTENSITY),
        (exposure.unjudged_courses, UNJUDGED),
        (exposure.lines, LINES),
        (exposure.drugs_by_line, LINE_COUNTS),
    ],
)
def test_a_cohort_without_exposures_gives_an_empty_frame(tmp_path, derive, columns):
    found = derive(build.load_cohort(whole_folder(tmp_path / "x"))._replace(exposures=None))

    assert found.empty
    assert list(found) == names(columns)


@pytest.mark.parametrize("derive", [exposure.dose_intensity, exposure.unjudged_courses, exposure.drugs_by_line])
def test_what_is_released_holds_no_column_of_a_patient(tmp_path, derive):
    cohort = dosed(tmp_path / "x", ("a", "imatinib", "", 1, 50, 400), ("a", "ripretinib", "", 60, 90, 150))

    assert not estimates_only(derive(cohort)).empty


def test_lines_are_of_patients(tmp_path):
    assert all(name.isupper() for name in exposure.lines(build.load_cohort(whole_folder(tmp_path / "x"))))


RIPRETINIB = f"""
{SETTINGS}
[schedules.ripretinib]
dose = 150
days_on = 1

[[schedules.Sunitinib]]
dose = 37.5
days_on = 14
days_off = 7
[[schedules.Sunitinib]]
dose = 50
days_on = 28
days_off = 14
schedule = "4/2"
"""


def test_a_schedule_that_the_cohort_states_is_planned(tmp_path):
    given = [("a", "ripretinib", "", 1, 100, 150), ("b", "ripretinib", "", 1, 100, 75)]
    found = intensity(dosed(tmp_path / "x", *given, settings=RIPRETINIB))

    assert found["elapsed"].tolist() == [100, 50]


def test_of_a_drug_whose_schedules_the_cohort_states_ours_do_not_count(tmp_path):
    given = [("a", "", 1, 14, 37.5), ("b", "4/2", 1, 28, 50), ("c", SUTENT, 1, 28, 50)]
    cohort = dosed(tmp_path / "x", *((who, "sunitinib", *rest) for who, *rest in given), settings=RIPRETINIB)

    assert intensity(cohort)["elapsed"].to_dict() == {("sunitinib", "a"): 100, ("sunitinib", "b"): 100}
    assert exposure.unjudged_courses(cohort)[["group", "count"]].values.tolist() == [["c", 1]]
    printed = exposure.describe_schedules(cohort).query("Basis == 'this cohort'")
    assert printed["Schedule"].tolist() == ["continuous", "2 weeks on, 1 off", "4/2"]


def test_a_schedule_that_lacks_its_dose_is_told(tmp_path):
    with pytest.raises(DataError, match=r"schedules.ripretinib.dose: lacks an entry"):
        dosed(tmp_path / "x", ("a", "ripretinib", "", 1, 2, 150), settings=RIPRETINIB.replace("dose = 150", ""))


@pytest.mark.parametrize("wrong", ['dose = "150"', "dose = -1", "days_off = 1.5", "days = 3"])
def test_an_entry_of_a_schedule_that_cannot_be_used_is_told(tmp_path, wrong):
    with pytest.raises(DataError, match=r"schedules\.ripretinib"):
        dosed(tmp_path / "x", ("a", "ripretinib", "", 1, 2, 150), settings=RIPRETINIB.replace("dose = 150", wrong))


def test_where_nobody_had_imatinib_no_line_of_it_is_counted(tmp_path):
    cohort = dosed(tmp_path / "x", ("a", "erlotinib", "", 1, 50, 150), ("a", "gefitinib", "", 60, 90, 250))

    assert exposure.lines(cohort)[["LINE", "TRT"]].values.tolist() == [[2, "erlotinib"], [3, "gefitinib"]]


def test_time_beyond_a_progression_is_taken_patient_by_patient(tmp_path):
    """Four were operated on on day 1: of two, imatinib ended with the progression; one went on; one is on it still."""
    ends = {"A": (100, 110), "B": (200, 205), "C": (100, 400), "D": (100, LAST_CONTACT)}
    first, seen = date_of(1), date_of(LAST_CONTACT)
    tables = {
        "patients": ["patient_id,resistance_date,last_contact,group", *(f"{who},{first},{seen},S" for who in ends)],
        "operations": ["patient_id,operation_date", *(f"{who},{first}" for who in ends)],
        "assessments": [
            "patient_id,assessment_date,response",
            *(f"{who},{date_of(day)},PD" for who, (day, _) in ends.items()),
        ],
        "exposures": [
            "patient_id,drug,start,end,dose_mg_per_day",
            *(f"{who},imatinib,{first},{date_of(day)},400" for who, (_, day) in ends.items()),
        ],
    }
    cohort = build.load_cohort(folder(tmp_path, **{name: "\n".join(rows) for name, rows in tables.items()}))

    beyond = {"median": 10, "mean": (10 + 5 + 300) / 3, "under_a_month": (2, 3)}
    assert exposure.beyond_progression(cohort) == beyond


def test_without_progressions_nothing_is_said_of_the_time_beyond(tmp_path):
    beyond = exposure.beyond_progression(dosed(tmp_path, ("1", "imatinib", "continuous", 1, 120, 400)))

    assert beyond["under_a_month"] == (0, 0)
