"""Doses to dose intensity and lines of therapy.

They cannot be had from counts of times: this module aggregates patients itself, and releases estimates only.
Population throughout: the analysed patients.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from gistbook.analysis import endpoints
from gistbook.conventions import DAYS_PER_MONTH, EVENT, IMATINIB
from gistbook.intake.places import by_day, places_in, with_subjects
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

_RELEASED = {"TRT": "drug", "TRTA": "group", "LINE": "line", "REASON": "reason"}
_REASONS = ["", "a dose is not recorded", "the schedule recorded is not planned", "no schedule is planned for the drug"]
_AT_ONCE = 100_000
"""Patients whose courses are made at once, so that those of many take little memory."""


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


def dose_intensity(cohort, rows: pd.DataFrame | None = None) -> pd.DataFrame:
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
    counted by `unjudged_courses`. `rows` are the `courses` of the cohort, if they are at hand.

    Reference: Hryniuk W, Bush H. J Clin Oncol 1984;2:1281-1288 (dose intensity; the other three denominators are spelt
    out by us).
    """
    rows = courses(cohort) if rows is None else rows
    percent = {name: 100 * rows["DELIVERED"] / rows[name.upper()] for name in DENOMINATORS}
    judged = rows.assign(**percent)[rows["REASON"] == 0]
    if judged.empty:
        return pd.DataFrame(columns=names(DOSE_INTENSITY))
    grouped = judged.groupby(["TRT", "TRTA"])
    quartiles = grouped[sorted(DENOMINATORS)].quantile([0.25, 0.5, 0.75]).rename_axis(columns="denominator")
    quartiles = quartiles.stack(future_stack=True).unstack(2).set_axis(["lower", "estimate", "upper"], axis=1)
    about = pd.DataFrame({"n": grouped.size(), "exposure_median_days": grouped["DAYS"].median()})
    return quartiles.join(about).reset_index().rename(columns=_RELEASED)[names(DOSE_INTENSITY)]


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


def courses(cohort) -> pd.DataFrame:
    """The courses of each patient, as `dose_intensity` has them, made of so many patients at a time.

    One row per course: `TRT` and `TRTA`, `DAYS` from first to last, `REASON`, by number, why it cannot be judged; and
    in mg what was `DELIVERED`, and planned under each of `DENOMINATORS`.
    """
    taken, parts, planned, subjects = cohort.exposures, [cohort], schedules(cohort), _subjects(cohort)
    if taken is not None and len(taken):
        part = places_in(cohort.adsl, taken) // _AT_ONCE
        parts = (cohort._replace(exposures=taken[part == number]) for number in np.unique(part))
    made = [_by_course(_planned(_dosed(_periods(each, subjects)), planned)) for each in parts]
    return pd.concat(made, ignore_index=True)


def unjudged_courses(cohort, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Count the courses of which the dose intensity cannot be judged: one row per drug, group and reason.

    `rows` are as in `dose_intensity`.
    """
    rows = courses(cohort) if rows is None else rows
    counted = rows[rows["REASON"] > 0].groupby(["TRT", "TRTA", "REASON"]).size().reset_index(name="count")
    counted["REASON"] = counted["REASON"].map(_REASONS.__getitem__)
    return counted.rename(columns=_RELEASED)[names(UNJUDGED)]


def lines(cohort) -> pd.DataFrame:
    """Lines of therapy of each analysed patient, from resistance on.

    Line 1 is imatinib, dated by the resistance to it, in a cohort that records imatinib of anybody; line 2 is the first
    other drug begun on or after that day; each further one the next drug that differs from the one before, so that
    taking up an earlier drug again is a line of its own. One row per subject and line, columns of `schemas.LINES`.
    """
    subjects = _subjects(cohort)
    rows, first = _periods(cohort, subjects, ["TRT", "ASTDT"]), subjects.rename(columns={"RESISTDT": "ASTDT"})
    had_imatinib = cohort.adsl["IMASTDT"].notna().any() or (rows["TRT"] == IMATINIB).any()
    first = first if cohort.exposures is not None and had_imatinib else first.iloc[:0]
    rows = rows[rows["ASTDT"] >= rows["RESISTDT"]]
    imatinib = pd.Categorical.from_codes(np.zeros(len(first), int), [IMATINIB])
    drugs = union_categoricals([imatinib, rows["TRT"]])
    rows = _in_order(pd.concat([first.assign(PLACE=first.index), rows])[["PLACE", "TRTA", "ASTDT"]].assign(TRT=drugs))
    rows = rows[_changes(rows, "PLACE", "TRT")]
    number = np.arange(len(rows)) - _opened(_changes(rows, "PLACE")) + (1 if len(first) else 2)
    whose = cohort.adsl["USUBJID"].reindex(rows["PLACE"]).to_numpy()
    rows = rows.astype({"TRT": object, "TRTA": object}).assign(USUBJID=whose, LINE=number)
    return rows[names(LINES)].reset_index(drop=True)


def drugs_by_line(cohort, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Count the patients by group, line of therapy after resistance, and drug: columns of `schemas.LINE_COUNTS`.

    `n` is the group's analysed patients; `rows` are the `lines` of the cohort, if they are at hand.
    """
    rows = lines(cohort) if rows is None else rows
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
    analysed = cohort.adsl.loc[cohort.adsl["TRT01A"].notna(), ["TRT01A", "RESISTDT", "DTHDT", "LSTALVDT"]]
    return analysed.rename(columns={"TRT01A": "TRTA"}).astype({"TRTA": "category"})


_OF_PERIODS = ["TRT", "SCHEDULE", "ASTDT", "AENDT", "DOSE"]
_DAYS = ("ASTDT", "AENDT", "RESISTDT", "DTHDT", "LSTALVDT")


def _periods(cohort, subjects: pd.DataFrame, columns: list[str] = _OF_PERIODS) -> pd.DataFrame:
    """The periods of treatment in order, by the `PLACE` of the patient among the subjects, with some columns."""
    if cohort.exposures is None:
        none = {"TRT": _plain(pd.Series(dtype=object)), "SCHEDULE": "", "DOSE": 0.0}
        return subjects.iloc[:0].rename_axis("PLACE").reset_index().assign(ASTDT=pd.NaT, AENDT=pd.NaT, **none)
    taken = cohort.exposures[["USUBJID", *columns]]
    rows = with_subjects(taken.assign(TRT=_plain(taken["TRT"])), subjects, cohort.adsl)
    return _in_order(rows.assign(PLACE=rows.index))


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Periods of one patient after another, each by its first day."""
    order = by_day(rows["PLACE"].to_numpy(), rows["ASTDT"].to_numpy())
    is_in_order = (order[1:] > order[:-1]).all()
    return (rows if is_in_order else rows.iloc[order]).set_axis(range(len(rows)))


def _plain(texts: pd.Series) -> pd.Series:
    """Texts in plain spelling, as categories; a missing one is empty."""
    codes, distinct = pd.factorize(texts, use_na_sentinel=False)
    plain = pd.Series(distinct, dtype=object).fillna("").astype(str).map(plain_spelling)
    return plain.astype("category").take(codes).set_axis(texts.index)


def _changes(rows: pd.DataFrame, *columns: str) -> np.ndarray:
    """Tell of each row whether a column differs from the row before; of the first, that it does."""
    changed = np.arange(len(rows)) == 0
    for name in columns:
        values = rows[name].array.codes if rows[name].dtype == "category" else rows[name].to_numpy()
        changed[1:] |= values[1:] != values[:-1]
    return changed


def _dosed(rows: pd.DataFrame) -> pd.DataFrame:
    """Periods with a dose, by the number of their course; days are counted from 1970, and no end is missing."""
    rows = rows.assign(**{name: (rows[name] - pd.Timestamp(0)).dt.days.astype(float) for name in _DAYS})
    following = rows["ASTDT"].shift(-1).mask(_last(_changes(rows, "PLACE"))) - 1
    last_seen = rows["DTHDT"].fillna(rows["LSTALVDT"]).clip(lower=rows["ASTDT"])
    ends = rows["AENDT"].fillna(following).fillna(last_seen)
    goes_on = ~_last(_changes(rows, "PLACE", "TRT"))
    ends = ends.mask(goes_on & (following < ends), following)
    before = (rows["TRT"] == IMATINIB) & (rows["ASTDT"] < rows["RESISTDT"])
    rows = rows.assign(ASTDT=rows["ASTDT"].mask(before, rows["RESISTDT"]), AENDT=ends)
    rows = rows[(rows["AENDT"] >= rows["ASTDT"]) & (rows["DOSE"] != 0)].astype({"ASTDT": int, "AENDT": int})
    return rows.assign(COURSE=_changes(rows, "PLACE", "TRT").cumsum())


def _last(changes: np.ndarray) -> np.ndarray:
    """Tell of each row whether it is the last before a change, by what tells which differ from the row before."""
    return np.append(changes[1:], True)[: len(changes)]


def _planned(rows: pd.DataFrame, schedules: list[Schedule]) -> pd.DataFrame:
    """Periods with the schedule planned for each, looked up once for every drug and schedule that is recorded.

    Of what cannot be judged the planned dose is missing, and a cycle has one day.
    """
    table = pd.DataFrame(schedules, columns=["TRT", "SCHEDULE", "PLANNED", "ON", "OFF", "BASIS"])
    rows = rows.assign(SCHEDULE=_plain(rows["SCHEDULE"]))
    drugs, texts = (rows[name].cat for name in ("TRT", "SCHEDULE"))
    kinds = pd.MultiIndex.from_product([drugs.categories, texts.categories], names=["TRT", "SCHEDULE"])
    kinds = kinds.to_frame(index=False).astype(object)
    first = kinds["TRT"].map(table.drop_duplicates("TRT").set_index("TRT")["SCHEDULE"])
    kinds["SCHEDULE"] = kinds["SCHEDULE"].mask(kinds["SCHEDULE"] == "", first)
    kinds = kinds.assign(KNOWN=first.notna()).merge(table, "left", ["TRT", "SCHEDULE"])
    kinds["REASON"] = np.select([~kinds["KNOWN"], kinds["PLANNED"].isna()], [3, 2], default=0)
    kinds = kinds.fillna({"ON": 1, "OFF": 0}).astype({"SCHEDULE": "category", "ON": int, "OFF": int})
    kind = drugs.codes.to_numpy(int) * len(texts.categories) + texts.codes.to_numpy()
    planned = kinds[["SCHEDULE", "PLANNED", "ON", "OFF", "REASON"]].take(kind).set_axis(rows.index)
    rows = rows.assign(**planned)
    return rows.assign(REASON=rows["REASON"].mask((rows["REASON"] == 0) & rows["DOSE"].isna(), 1))


def _by_course(rows: pd.DataFrame) -> pd.DataFrame:
    starts = np.flatnonzero(_changes(rows, "COURSE"))
    first = rows.iloc[starts]
    doses = {name: np.add.reduceat(each, starts) for name, each in _accrued(rows).items()}
    last, reason = (np.maximum.reduceat(rows[name].to_numpy(), starts) for name in ("AENDT", "REASON"))
    return first[["TRT", "TRTA"]].astype(object).assign(DAYS=last - first["ASTDT"] + 1, REASON=reason, **doses)


def _accrued(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """The dose delivered in each period, and that planned under each denominator, stretch by stretch.

    A stretch is a run of one schedule within a course; one clock runs through it, another starts again after its gaps.
    """
    start, last_day, on, cycle = _numbers(rows)
    after, begins = last_day + 1, _changes(rows, "COURSE", "SCHEDULE")
    resumes = ~begins & (start > np.roll(after, 1))
    until = np.where(_last(_changes(rows, "COURSE")), after, np.roll(start, -1))
    running, restarted = start[_opened(begins)], start[_opened(begins | resumes)]
    begin, end = start - restarted, after - restarted
    whole = np.where(np.append(resumes[1:], False), -(-end // cycle) * cycle, end)
    taken = _dosing_days(on, cycle, begin, end)
    days = {
        "ELAPSED": _elapsed(rows, begins, resumes, until),
        "CLOCK": _dosing_days(on, cycle, start - running, until - running),
        "CYCLES": _dosing_days(on, cycle, begin, whole),
        "DOSING_DAYS": taken,
    }
    planned = {name: each * rows["PLANNED"].to_numpy() for name, each in days.items()}
    return {**planned, "DELIVERED": taken * rows["DOSE"].to_numpy()}


def _numbers(rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """First and last day of each period; days on, and all days, of a cycle of its schedule."""
    start, last_day, on, off = (rows[name].to_numpy() for name in ("ASTDT", "AENDT", "ON", "OFF"))
    return start, last_day, on, on + off


def _opened(begins: np.ndarray) -> np.ndarray:
    """For each row the place of the last one, up to it, that begins something."""
    return np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))


def _elapsed(rows: pd.DataFrame, begins: np.ndarray, resumes: np.ndarray, until: np.ndarray) -> np.ndarray:
    """The dosing days planned, on average, over the time from the start of each run of doses to the next one's.

    The last run of a stretch counts by its own schedule to its end, or if it was stopped, to the end of the cycle. All
    of a run is in the row of its first period.
    """
    start, last_day, on, cycle = _numbers(rows)
    first = np.flatnonzero(begins | (resumes & ~_in_cycle(rows, begins)))
    last = np.append(first[1:], len(rows))[: len(first)] - 1
    seen_on = last_day < rows["DTHDT"].fillna(rows["LSTALVDT"]).to_numpy()
    stopped = (_last(_changes(rows, "COURSE")) & seen_on)[last]
    on, cycle, length = on[first], cycle[first], until[last] - start[first]
    own = _dosing_days(on, cycle, 0, np.where(stopped, -(-length // cycle) * cycle, length))
    average = (np.roll(start[first], -1) - start[first]) * on / cycle
    elapsed = np.zeros(len(rows))
    elapsed[first] = np.where(_last(begins[first]), own, average)
    return elapsed


def _in_cycle(rows: pd.DataFrame, begins: np.ndarray) -> np.ndarray:
    """Tell of each period whether it begins while the days on last of a cycle in which the one before it ended.

    `begins` tells which periods begin a stretch.
    """
    first, last, on, cycle = _numbers(rows)
    goes_on = np.zeros(len(rows), dtype=bool)
    gaps, start, opened = np.flatnonzero(~begins & (first > np.roll(last, 1) + 1)), first.copy(), _opened(begins)
    number = np.arange(len(gaps)) - np.searchsorted(opened[gaps], opened[gaps])
    for n in range(number.max(initial=-1) + 1):  # the first gap of every stretch, then every second one, and so on
        after = gaps[number == n]
        since = start[opened[after]]
        ahead = first[after] - since - (last[after - 1] - since) // cycle[after] * cycle[after]
        goes_on[after] = (ahead >= 0) & (ahead < on[after])
        start[opened[after]] = np.where(goes_on[after], since, first[after])
    return goes_on


def _dosing_days(on: np.ndarray, cycle: np.ndarray, begin, end) -> np.ndarray:
    """How many of a schedule's days from one to before another, counted from 0, are days on."""
    before_begin, before_end = (day // cycle * on + np.minimum(day % cycle, on) for day in (begin, end))
    return before_end - before_begin
