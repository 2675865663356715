"""Doses to dose intensity and lines of therapy.

They cannot be had from counts of times: this module aggregates patients itself, and releases estimates only.
Population throughout: the analysed patients.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis import endpoints
from gistbook.conventions import DAYS_PER_MONTH, EVENT, IMATINIB
from gistbook.schemas import DOSE_INTENSITY, LINE_COUNTS, LINES, UNJUDGED, listed_levels, names
from gistbook.spelling import plain_spelling


class Schedule(NamedTuple):
    """One planned schedule: mg on a dosing day, days on and days off of a cycle, and who plans it so.

    A continuous schedule has cycles of one day.
    """

    drug: str
    text: str
    planned_mg: float
    days_on: int
    days_off: int
    basis: str = "usual"


SCHEDULES = (
    Schedule("imatinib", "continuous", 400, 1, 0),
    Schedule("sunitinib", "4 weeks on, 2 off", 50, 28, 14),
    Schedule("sunitinib", "continuous", 37.5, 1, 0),
    Schedule("regorafenib", "3 weeks on, 1 off", 160, 21, 7),
    Schedule("regorafenib", "continuous", 120, 1, 0, "yardstick of this book only"),
)
"""The planned schedules against which doses are judged; the first of a drug is meant where none is recorded.

Regorafenib 120 mg continuous is our own proposal: the same dose per calendar day as 160 mg for 3 weeks of 4.
"""

DENOMINATORS = {
    "elapsed": "the weeks elapsed, delays and the rest of the last cycle included",
    "clock": "the clock running through delays",
    "cycles": "the cycles started, the last one pro-rated",
    "dosing_days": "dosing days only",
}
"""What counts as planned dose, under the name it has in a frame of estimates."""

_OF_LINE = ["USUBJID", "TRTA", "TRT", "ASTDT"]
_RELEASED = {"TRT": "drug", "TRTA": "group", "LINE": "line", "REASON": "reason"}
_REASONS = ["", "a dose is not recorded", "the schedule recorded is not planned", "no schedule is planned for the drug"]
_ONE_DAY = pd.Timedelta(days=1)


def schedules(cohort) -> list[Schedule]:
    """The planned schedules of a cohort: those that its folder states, and ours of drugs that it states none of."""
    stated = []
    for drug, s in [(plain_spelling(drug), each) for drug, planned in cohort.schedules.items() for each in planned]:
        text = plain_spelling(s.schedule) or _cycle(s)
        stated.append(Schedule(drug, text, s.dose, s.days_on, s.days_off, "this cohort"))
    return [*stated, *(ours for ours in SCHEDULES if ours.drug not in {s.drug for s in stated})]


def describe_schedules(cohort) -> pd.DataFrame:
    """The planned `schedules` of a cohort, one per row, with their dose averaged over the calendar."""
    rows = [(s.drug, s.text, s.planned_mg, _daily_mg(s), 7 * _daily_mg(s), s.basis) for s in schedules(cohort)]
    headers = ["Drug", "Schedule", "Mg on a dosing day", "Average mg/day", "Average mg/week", "Basis"]
    return pd.DataFrame(rows, columns=headers)


def dose_intensity(cohort) -> pd.DataFrame:
    """Relative dose intensity, delivered over planned dose in percent: median and quartiles of courses.

    A course is a run of one drug, of one patient, that no other drug interrupts; of imatinib, only what was taken from
    the day of resistance on. Its delivered dose is the recorded dose on every dosing day of the schedule, whose clock
    starts with the course, and starts again at a change of schedule or when dosing resumes after a gap. A gap is a day
    or more that no period covers, or that one covers at 0 mg. A period ends at the latest where the next of its course
    begins; one without an end, where the patient's next begins, or at death, or at last contact.

    Four denominators, each by the schedule recorded with the dose, or the drug's first where none is. `elapsed`,
    Hryniuk's, the one to show where one is shown: the average planned dose per week over the weeks from the first dose
    to the end of the last cycle begun, its rest included; of a cycle that death or the end of observation cuts short,
    as much as was begun. What resumes while the days on of a cycle last goes on with that cycle. Every delay between
    cycles lowers it, and every cycle begun before the rest is over raises it. `clock`: the dose planned from the first
    to the last day, by a clock that runs on through gaps. A delay lowers it, unless the course ends within days off by
    that clock. `cycles`: the cycles started, of which one cut short by a gap counts whole and the last of a course or
    schedule up to its last day. A delay between cycles leaves it alone, and with a continuous schedule it equals the
    next. `dosing_days`: the dosing days within the periods, so that only a reduction of the dose lowers it. Nothing is
    capped at 100%. A patient who stops early can have a high dose intensity: read it beside the time on the drug.

    One row per drug, group and denominator, columns of `schemas.DOSE_INTENSITY`: quartiles by linear interpolation, as
    R's default, and the days from the first to the last of a course. Courses that cannot be judged are left out, and
    counted by `unjudged_courses`.

    Reference: Hryniuk W, Bush H. J Clin Oncol 1984;2:1281-1288 (dose intensity; the other three denominators are spelt
    out by us).
    """
    courses = _courses(cohort)
    percent = {name: 100 * courses["DELIVERED"] / courses[name.upper()] for name in DENOMINATORS}
    judged = courses.assign(**percent)[courses["REASON"] == 0]
    if judged.empty:
        return pd.DataFrame(columns=names(DOSE_INTENSITY))
    rows = judged.melt(["TRT", "TRTA", "DAYS"], list(DENOMINATORS), "denominator", "PERCENT")
    grouped = rows.groupby(["TRT", "TRTA", "denominator"])
    quartiles = grouped["PERCENT"].quantile([0.25, 0.5, 0.75]).unstack()
    quartiles = quartiles.set_axis(["lower", "estimate", "upper"], axis=1)
    released = quartiles.assign(n=grouped.size(), exposure_median_days=grouped["DAYS"].median())
    return released.reset_index().rename(columns=_RELEASED)[names(DOSE_INTENSITY)]


def beyond_progression(cohort) -> dict:
    """How long imatinib went on after a progression: days from the first progression to its end, patient by patient.

    Population: the operated patients whose first progression after the operation and whose last dose of imatinib were
    both seen. Negative where imatinib had ended before the progression. `median` and `mean` in days, NaN of nobody; how
    many of how many patients are `under_a_month`.
    """
    progressed, ended = endpoints.derive_pfs(cohort), endpoints.derive_imcont(cohort)
    progressed = progressed[progressed["EVNTDESC"] == "progression"].set_index("USUBJID")["AVAL"]
    ended = ended[ended["CNSR"] == EVENT].set_index("USUBJID")["AVAL"]
    beyond = (ended - progressed).dropna()
    short = int((beyond < DAYS_PER_MONTH).sum())
    return {"median": beyond.median(), "mean": beyond.mean(), "under_a_month": (short, len(beyond))}


def unjudged_courses(cohort) -> pd.DataFrame:
    """Count the courses of which the dose intensity cannot be judged: one row per drug, group and reason."""
    courses = _courses(cohort)
    counted = courses[courses["REASON"] > 0].groupby(["TRT", "TRTA", "REASON"]).size().reset_index(name="count")
    counted["REASON"] = counted["REASON"].map(_REASONS.__getitem__)
    return counted.rename(columns=_RELEASED)[names(UNJUDGED)]


def lines(cohort) -> pd.DataFrame:
    """Lines of therapy of each analysed patient, from resistance on.

    Line 1 is imatinib, dated by the resistance to it, in a cohort that records imatinib of anybody; line 2 is the first
    other drug begun on or after that day; each further one the next drug that differs from the one before, so that
    taking up an earlier drug again is a line of its own. One row per subject and line, columns of `schemas.LINES`.
    """
    rows = _periods(cohort)
    rows = rows.loc[rows["ASTDT"] >= rows["RESISTDT"], _OF_LINE]
    first = _subjects(cohort).rename(columns={"RESISTDT": "ASTDT"}).assign(TRT=IMATINIB)
    had_imatinib = cohort.adsl["IMASTDT"].notna().any() or (_periods(cohort)["TRT"] == IMATINIB).any()
    first = first if cohort.exposures is not None and had_imatinib else first.iloc[:0]
    rows = pd.concat([first[_OF_LINE], rows]).sort_values(["USUBJID", "ASTDT"], kind="stable", ignore_index=True)
    rows = rows[_changes(rows, "USUBJID", "TRT")].copy()
    rows["LINE"] = rows.groupby("USUBJID").cumcount() + (1 if len(first) else 2)
    return rows[names(LINES)].reset_index(drop=True)


def drugs_by_line(cohort) -> pd.DataFrame:
    """Count the patients by group, line of therapy after resistance, and drug: columns of `schemas.LINE_COUNTS`.

    `n` is the group's analysed patients.
    """
    rows = lines(cohort)
    drugs = rows["TRT"].map(listed_levels(rows["TRT"].value_counts().to_dict(), "drug"))
    counted = rows.groupby(["TRTA", "LINE", drugs]).size().reset_index(name="count").rename(columns=_RELEASED)
    return counted.assign(n=counted["group"].map(_subjects(cohort)["TRTA"].value_counts()))[names(LINE_COUNTS)]


def _cycle(planned) -> str:
    on, off = planned.days_on, planned.days_off
    unit, length = ("weeks", 7) if on % 7 == off % 7 == 0 else ("days", 1)
    return f"{on // length} {unit} on, {off // length} off" if off else "continuous"


def _daily_mg(schedule: Schedule) -> float:
    return schedule.planned_mg * schedule.days_on / (schedule.days_on + schedule.days_off)


def _subjects(cohort) -> pd.DataFrame:
    analysed = cohort.adsl[cohort.adsl["TRT01A"].notna()].rename(columns={"TRT01A": "TRTA"})
    return analysed[["USUBJID", "TRTA", "RESISTDT", "DTHDT", "LSTALVDT"]]


def _periods(cohort) -> pd.DataFrame:
    if cohort.exposures is None:
        none = {"TRT": "", "SCHEDULE": "", "DOSE": 0.0}
        return _subjects(cohort).iloc[:0].assign(ASTDT=pd.NaT, AENDT=pd.NaT, **none)
    rows = cohort.exposures.assign(TRT=_plain(cohort.exposures["TRT"])).merge(_subjects(cohort), on="USUBJID")
    return rows.sort_values(["USUBJID", "ASTDT"], kind="stable", ignore_index=True)


def _plain(texts: pd.Series) -> pd.Series:
    texts = texts.fillna("").astype(str)
    return texts.map({text: plain_spelling(text) for text in texts.unique()})


def _changes(rows: pd.DataFrame, *columns: str) -> pd.Series:
    values = rows[list(columns)]
    return (values != values.shift()).any(axis=1)


def _courses(cohort) -> pd.DataFrame:
    rows = _accrued(_planned(_dosed(_periods(cohort)), schedules(cohort)))
    doses = {name: (name, "sum") for name in ["DELIVERED", *map(str.upper, DENOMINATORS)]}
    courses = rows.groupby(["COURSE", "TRT", "TRTA"], as_index=False).agg(
        **doses, REASON=("REASON", "max"), ASTDT=("ASTDT", "min"), AENDT=("AENDT", "max")
    )
    return courses.assign(DAYS=(courses["AENDT"] - courses["ASTDT"]).dt.days + 1)


def _dosed(rows: pd.DataFrame) -> pd.DataFrame:
    following = rows.groupby("USUBJID")["ASTDT"].shift(-1) - _ONE_DAY
    last_seen = rows["DTHDT"].fillna(rows["LSTALVDT"]).clip(lower=rows["ASTDT"])
    ends = rows["AENDT"].fillna(following).fillna(last_seen)
    goes_on = ~_changes(rows, "USUBJID", "TRT").shift(-1, fill_value=True)
    ends = ends.mask(goes_on & (following < ends), following)
    before = (rows["TRT"] == IMATINIB) & (rows["ASTDT"] < rows["RESISTDT"])
    rows = rows.assign(ASTDT=rows["ASTDT"].mask(before, rows["RESISTDT"]), AENDT=ends)
    rows = rows[(rows["AENDT"] >= rows["ASTDT"]) & (rows["DOSE"] != 0)]
    return rows.assign(COURSE=_changes(rows, "USUBJID", "TRT").cumsum())


def _planned(rows: pd.DataFrame, schedules: list[Schedule]) -> pd.DataFrame:
    table = pd.DataFrame(schedules, columns=["TRT", "SCHEDULE", "PLANNED", "ON", "OFF", "BASIS"])
    first = rows["TRT"].map(table.drop_duplicates("TRT").set_index("TRT")["SCHEDULE"])
    text = _plain(rows["SCHEDULE"])
    rows = rows.assign(SCHEDULE=text.mask(text == "", first), KNOWN=first.notna())
    rows = rows.merge(table, "left", ["TRT", "SCHEDULE"])
    lacking = [~rows["KNOWN"], rows["PLANNED"].isna(), rows["DOSE"].isna()]
    return rows.assign(REASON=np.select(lacking, [3, 2, 1], default=0))


def _accrued(rows: pd.DataFrame) -> pd.DataFrame:
    """The periods with the dose delivered in each, and that planned under each denominator, stretch by stretch.

    A stretch is a run of one schedule within a course; one clock runs through it, another starts again after its gaps.
    """
    same_stretch = ~_changes(rows, "COURSE", "SCHEDULE")
    resumes = same_stretch & (rows["ASTDT"] > rows["AENDT"].shift() + _ONE_DAY)
    after = rows["AENDT"] + _ONE_DAY
    until = rows.groupby("COURSE")["ASTDT"].shift(-1).fillna(after)
    running = rows.groupby((~same_stretch).cumsum())["ASTDT"].transform("min")
    restarted = rows.groupby((~same_stretch | resumes).cumsum())["ASTDT"].transform("min")
    begin, end = (rows["ASTDT"] - restarted).dt.days, (after - restarted).dt.days
    cycle = rows["ON"] + rows["OFF"]
    whole = end.mask(resumes.shift(-1, fill_value=False), -(-end // cycle) * cycle)
    taken = _dosing_days(rows, begin, end)
    by_clock = _dosing_days(rows, (rows["ASTDT"] - running).dt.days, (until - running).dt.days)
    elapsed = _elapsed(rows.assign(UNTIL=until, STRETCH=(~same_stretch).cumsum()), resumes)
    planned = {"ELAPSED": elapsed, "CLOCK": by_clock, "CYCLES": _dosing_days(rows, begin, whole), "DOSING_DAYS": taken}
    doses = {name: days * rows["PLANNED"] for name, days in planned.items()}
    return rows.assign(DELIVERED=taken * rows["DOSE"], **doses)


def _elapsed(rows: pd.DataFrame, resumes: pd.Series) -> pd.Series:
    """The dosing days planned, on average, over the time from the start of each run of doses to the next one's.

    The last run of a stretch counts by its own schedule to its end, or if it was stopped, to the end of the cycle. All
    of a run is in the row of its first period.
    """
    rows = rows.assign(RUN=(_changes(rows, "STRETCH") | (resumes & ~_in_cycle(rows))).cumsum())
    runs = rows.drop_duplicates("RUN").set_index("RUN")
    seen_on = rows["AENDT"] < rows["DTHDT"].fillna(rows["LSTALVDT"])
    stopped = ((rows["COURSE"] != rows["COURSE"].shift(-1)) & seen_on).groupby(rows["RUN"]).last()
    until = rows.groupby("RUN")["UNTIL"].last()
    following = runs["ASTDT"].shift(-1).where(runs["STRETCH"].shift(-1) == runs["STRETCH"])
    cycle = runs["ON"] + runs["OFF"]
    length = (until - runs["ASTDT"]).dt.days
    own = _dosing_days(runs, 0 * runs["ON"], length.mask(stopped, -(-length // cycle) * cycle))
    average = (following - runs["ASTDT"]).dt.days * runs["ON"] / cycle
    return average.fillna(own).reindex(rows["RUN"]).set_axis(rows.index).mask(rows["RUN"].duplicated(), 0.0)


def _in_cycle(rows: pd.DataFrame) -> np.ndarray:
    """Tell of each period whether it begins while the days on last of a cycle in which the one before it ended."""
    first, last = (((rows[day] - pd.Timestamp(0)).dt.days).to_numpy() for day in ("ASTDT", "AENDT"))
    on, cycle = rows["ON"].to_numpy(), (rows["ON"] + rows["OFF"]).to_numpy()
    begins, goes_on, start = _changes(rows, "STRETCH").to_numpy(), np.zeros(len(rows), dtype=bool), 0
    for row in range(len(rows)):
        if begins[row] or first[row] > last[row - 1] + 1:
            broken = 0 if begins[row] else (last[row - 1] - start) // cycle[row]
            goes_on[row] = not begins[row] and 0 <= first[row] - start - broken * cycle[row] < on[row]
            start = start if goes_on[row] else first[row]
    return goes_on


def _dosing_days(rows: pd.DataFrame, begin: pd.Series, end: pd.Series) -> pd.Series:
    """How many of a schedule's days from one to before another, counted from 0, are days on."""
    on, cycle = rows["ON"], rows["ON"] + rows["OFF"]
    before_begin, before_end = (day // cycle * on + np.minimum(day % cycle, on) for day in (begin, end))
    return before_end - before_begin
