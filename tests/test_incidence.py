"""Cumulative incidence against a pencil, against identities, and against R on real data; time to a line of therapy."""

import functools
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import datasets

from gistbook import build
from gistbook.analysis import competing, endpoints, estimates, exposure, lifetable
from gistbook.conventions import UsageError, days, months
from gistbook.schemas import INCIDENCE, estimates_only, names
from support.subjects import EXPOSURES, OPERATIONS, PATIENTS, folder, whole_folder

REFERENCE = Path(__file__).parent / "reference"

EXACT = 1e-10
"""Relative or absolute; closed formulas in double precision leave only rounding, of which R's file keeps 15 digits."""

Z = 1.959963984540054

# Six subjects: both kinds share month 3, and one leaves censored between two deaths.
SIX = """
A 0 1 switch
A 0 3 switch
A 0 3 death
A 0 6 switch
A 0 8 censored
A 0 9 death
"""

LATE = """
A 0 2 death
A 0 5 switch
A 3 7 death
A 4 9 censored
"""


def kinds(drawing: str) -> pd.DataFrame:
    """Return the counts of drawn subjects: a line each of group, entry, exit and what ended the time."""
    rows = [line.split() for line in drawing.strip().splitlines()]
    return counted(pd.DataFrame(rows, columns=["group", "entry", "exit", "kind"]))


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Count subjects of several kinds of exit as the book counts a cohort."""
    times = {"ENTRYDY": rows["entry"].astype(float), "AVAL": rows["exit"].astype(float)}
    ends = {"CNSR": (rows["kind"] == "censored").astype(int), "EVNTDESC": rows["kind"]}
    return lifetable.count_kinds(pd.DataFrame({"TRTA": rows["group"], **times, **ends}))


def any_event(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts as if every kind of event were one."""
    return counts.assign(kind=counts["kind"].where(counts["kind"] == "censored", "event"))


def incidence_of(counts: pd.DataFrame, column: str = "incidence") -> pd.DataFrame:
    """Estimate one group: a row per time, a column per kind."""
    return competing.cumulative_incidence(counts).pivot(index="time", columns="kind", values=column)


def drawn_at_random(seed: int, entries: tuple[int, ...] = (0, 0, 2, 5), subjects: int = 60) -> str:
    rng = random.Random(seed)
    starts = [rng.choice(entries) for _ in range(subjects)]
    ends = ["censored", "death", "switch", "switch"]
    rows = [(rng.choice("AB"), start, start + rng.randint(1, 15), rng.choice(ends)) for start in starts]
    return "\n".join(" ".join(map(str, row)) for row in rows)


def test_the_kind_of_an_event_is_its_description_and_censoring_has_none():
    assert kinds(SIX).query("exit >= 8")["kind"].tolist() == ["censored", "death"]


def test_counting_kinds_counts_the_subjects_that_counting_events_counts():
    drawn = any_event(kinds(LATE + "A 5 5 death"))

    assert drawn["count"].sum() == 4
    assert drawn["kind"].value_counts().to_dict() == {"event": 3, "censored": 1}


def test_incidence_sums_the_events_among_those_at_risk_who_had_none_before():
    found = incidence_of(kinds(SIX))

    assert found["switch"][1] == pytest.approx(1 / 6)
    assert found["switch"][3] == pytest.approx(1 / 6 + 5 / 6 * 1 / 5)
    assert found["death"][3] == pytest.approx(5 / 6 * 1 / 5)
    assert found["switch"][8] == pytest.approx(1 / 6 + 1 / 6 + 1 / 2 * 1 / 3)
    assert found["death"][9] == pytest.approx(1 / 6 + 1 / 3)


def test_at_risk_is_whoever_has_had_no_event_of_any_kind():
    assert incidence_of(kinds(SIX), "at_risk")["death"].tolist() == [6, 6, 5, 3, 2, 1]


def test_events_are_those_of_the_kind():
    assert incidence_of(kinds(SIX), "events").loc[3].to_dict() == {"death": 1, "switch": 1}


def test_with_delayed_entry_incidence_divides_by_those_present():
    found = incidence_of(kinds(LATE))

    assert found["death"][2] == pytest.approx(1 / 2)
    assert found["switch"][5] == pytest.approx(1 / 2 * 1 / 3)
    assert found["death"][7] == pytest.approx(1 / 2 + 1 / 2 * 2 / 3 * 1 / 2)


def test_under_the_ticks_stand_those_at_risk_of_any_kind_once_for_a_group():
    """At month 3 one of the first two is left, and the third has not yet come; at 6 two are there who came later."""
    counts = kinds(LATE)
    counts = counts.assign(entry=days(counts["entry"]), exit=days(counts["exit"]))
    rising, at_risk = competing.incidence_over_risk(competing.cumulative_incidence(counts), counts)

    assert rising["group"].unique().tolist() == ["A, death", "A, switch"]
    assert rising["estimate"].equals(rising["incidence"])
    assert list(zip(at_risk["group"], months(at_risk["time"]), at_risk["at_risk"], strict=True)) == [
        ("A", 0, 2),
        ("A", 3, 1),
        ("A", 6, 2),
        ("A", 9, 1),
    ]


def test_without_censoring_the_limits_come_from_a_binomial_variance():
    ends = ["death"] * 3 + ["switch"] * 5
    found = competing.cumulative_incidence(kinds("\n".join(f"A 0 {t} {kind}" for t, kind in enumerate(ends, 1))))
    row, share = found.query("kind == 'death' and time == 5").iloc[0], 3 / 8
    spread = np.sqrt(share * (1 - share) / 8) / abs(share * np.log(share))

    assert row["incidence"] == pytest.approx(share)
    assert row["lower"] == pytest.approx(share ** np.exp(Z * spread))
    assert row["upper"] == pytest.approx(share ** np.exp(-Z * spread))


@pytest.mark.parametrize("seed", range(5))
def test_the_variance_is_the_sum_over_times_of_multinomial_variances(seed):
    """The definition, time by time, which the module sums in another way."""
    counts = kinds(drawn_at_random(seed)).query("group == 'A'")
    events, at_risk = incidence_of(counts, "events"), incidence_of(counts, "at_risk")["death"]
    found, lower = incidence_of(counts)["death"], incidence_of(counts, "lower")["death"]
    before = 1 - incidence_of(counts).sum(axis=1).shift(fill_value=0)
    for t in found.index[(found > 0) & (found < 1)]:
        variance = 0
        for s in found.index[(found.index <= t) & (at_risk > 0)]:
            shares = events.loc[s] / at_risk[s]
            lost = (found[t] - found[s]) / (1 - shares.sum()) if shares.sum() < 1 else 0
            change = np.array([before[s] - lost, -lost])
            shares = shares[["death", "switch"]].to_numpy()
            variance += (shares @ change**2 - (shares @ change) ** 2) / at_risk[s]
        widening = np.exp(Z * np.sqrt(variance) / abs(found[t] * np.log(found[t])))
        assert lower[t] == pytest.approx(found[t] ** widening, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_incidences_and_survival_sum_to_one_at_every_time(seed):
    counts = kinds(drawn_at_random(seed))
    sums = competing.cumulative_incidence(counts).groupby(["group", "time"])["incidence"].sum()
    survival = estimates.survival(any_event(counts)).set_index(["group", "time"])["survival"]

    np.testing.assert_allclose(sums + survival, 1, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_with_one_kind_incidence_is_what_survival_leaves(seed):
    counts = any_event(kinds(drawn_at_random(seed)))
    curve, found = estimates.survival(counts), competing.cumulative_incidence(counts)

    np.testing.assert_allclose(found["incidence"], 1 - curve["survival"], atol=1e-12)
    assert found[["time", "at_risk", "events"]].equals(curve[["time", "at_risk", "events"]])


@pytest.mark.parametrize("seed", range(5))
def test_with_one_kind_the_variance_is_greenwoods(seed):
    counts = any_event(kinds(drawn_at_random(seed)))
    curve, found = estimates.survival(counts, "log"), competing.cumulative_incidence(counts)
    margin = np.log(curve["survival"] / curve["lower"]) * curve["survival"]
    share = found["incidence"].where(found["incidence"].between(0, 1 - 1e-9, inclusive="neither"))
    lower = share ** np.exp(margin / (share * np.log(share)).abs())

    np.testing.assert_allclose(found["lower"][share.notna()], lower.dropna(), rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_incidence_never_falls_and_stays_within_its_limits(seed):
    found = competing.cumulative_incidence(kinds(drawn_at_random(seed)))
    known = found.dropna()

    assert (found.groupby(["group", "kind"])["incidence"].diff().dropna() >= 0).all()
    assert ((known["lower"] <= known["incidence"]) & (known["incidence"] <= known["upper"])).all()


@pytest.mark.parametrize("seed", range(5))
def test_those_at_risk_are_those_of_survival(seed):
    counts = kinds(drawn_at_random(seed, entries=(-3, 0, 2, 5)))

    for (group, _), rows in competing.cumulative_incidence(counts).groupby(["group", "kind"]):
        at_risk = estimates.number_at_risk(counts[counts["group"] == group], rows["time"])["at_risk"]
        assert rows["at_risk"].tolist() == at_risk.tolist()


def test_one_minus_kaplan_meier_overstates_an_event_that_another_prevents():
    counts = kinds(SIX)
    naive = counts.assign(kind=counts["kind"].where(counts["kind"] == "switch", "censored"))

    assert incidence_of(counts)["switch"].max() < 1 - estimates.survival(naive)["survival"].min()


def test_an_early_risk_set_that_runs_empty_leaves_incidence_as_it_is_and_raises_nothing():
    found = incidence_of(kinds("A 0 2 death\nA 5 9 switch\nA 5 12 censored"))

    assert found["death"].tolist() == [0, 1, 1, 1]
    assert found["switch"].tolist() == [0, 0, 0, 0]


def test_a_kind_that_a_group_has_not_had_has_incidence_zero_there():
    found = competing.cumulative_incidence(kinds("A 0 2 death\nA 0 3 censored\nB 0 2 switch")).query("group == 'A'")

    assert found.query("kind == 'switch'")[["incidence", "lower", "upper"]].to_numpy().tolist() == [[0, 0, 0]] * 3


def test_limits_are_unknown_where_everybody_has_had_the_event():
    last = competing.cumulative_incidence(kinds("A 0 2 death\nA 0 3 death")).iloc[-1]

    assert last["incidence"] == 1
    assert np.isnan(last["lower"])


def landmarks(drawing: str, times) -> list[list[float]]:
    """Return the incidence of each kind at landmarks, NaN as -1."""
    counts = kinds(drawing)
    found = competing.at(competing.cumulative_incidence(counts), counts, times)
    return found["estimate"].fillna(-1).to_numpy().reshape(-1, len(times)).round(9).tolist()


def test_an_incidence_stays_after_the_last_event_where_nobody_is_left_without_one():
    """Two of three are operated on at days 5 and 10, one dies waiting at day 20: nothing can change after it."""
    whole = "A 0 5 operation\nA 0 10 operation\nA 0 20 death"

    assert landmarks(whole, [8, 20, 30]) == [[0, 0.333333333, 0.333333333], [0.333333333, 0.666666667, 0.666666667]]


@pytest.mark.parametrize(
    "drawing",
    ["A 0 5 operation\nA 0 10 death\nA 0 20 censored", "A 0 2 death\nA 5 9 operation\nA 5 20 censored"],
    ids=["somebody is censored last", "an early risk set ran empty"],
)
def test_an_incidence_is_unknown_after_the_last_day_where_somebody_was_left(drawing):
    assert [row[-1] for row in landmarks(drawing, [20, 30])] == [-1, -1]


def test_at_a_landmark_one_kind_can_be_asked_for():
    counts = kinds(SIX)
    both, one = (competing.at(competing.cumulative_incidence(counts), counts, [3], only) for only in ("", "switch"))

    assert both["group"].tolist() == ["A, death", "A, switch"]
    pd.testing.assert_frame_equal(one, both.iloc[1:].reset_index(drop=True))


def test_a_wider_level_gives_wider_limits():
    wide, narrow = (competing.cumulative_incidence(kinds(SIX), level).dropna() for level in (0.99, 0.9))

    assert (wide["lower"] <= narrow["lower"]).all()
    assert (wide["upper"] >= narrow["upper"]).all()


@pytest.mark.parametrize("drawing", ["A 0 3 censored", ""])
def test_where_nothing_happened_there_is_no_curve(drawing):
    found = competing.cumulative_incidence(kinds(drawing) if drawing else kinds(SIX).iloc[:0])

    assert found.empty
    assert list(found) == names(INCIDENCE)


def test_the_order_of_subjects_changes_nothing():
    reverse = "\n".join(reversed(SIX.strip().splitlines()))

    pd.testing.assert_frame_equal(
        competing.cumulative_incidence(kinds(reverse)), competing.cumulative_incidence(kinds(SIX))
    )


def test_incidence_holds_no_column_of_a_patient():
    assert list(estimates_only(competing.cumulative_incidence(kinds(SIX)))) == names(INCIDENCE)


# Time to a line of therapy.


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return build.load_cohort(whole_folder(tmp_path_factory.mktemp("incidence") / "drawn"))


def of(adtte: pd.DataFrame, patient: str) -> pd.Series:
    return adtte.set_index("USUBJID").loc[patient]


def days_between(start: str, end: str) -> int:
    return (pd.Timestamp(end) - pd.Timestamp(start)).days


def with_doses(place: Path, doses: str):
    return build.load_cohort(folder(place, patients=PATIENTS, operations=OPERATIONS, exposures=doses))


def test_second_line_is_reached_at_its_first_dose(cohort):
    row = of(endpoints.derive_line(cohort), "a")

    assert (row["PARAMCD"], row["EVNTDESC"], row["CNSR"]) == ("T2L", "second line", 0)
    assert (row["ENTRYDY"], row["AVAL"]) == (31, days_between("2010-01-01", "2011-01-20"))


def test_death_before_second_line_competes_and_last_contact_censors(cohort):
    found, died = endpoints.derive_line(cohort), days_between("2011-01-01", "2012-06-01")

    assert of(found, "c")[["EVNTDESC", "CNSR", "AVAL"]].tolist() == ["death", 0, died]
    assert of(found, "d")[["EVNTDESC", "CNSR"]].tolist() == ["last contact", 1]


def test_every_analysed_patient_is_counted(cohort):
    assert endpoints.derive_line(cohort)["USUBJID"].tolist() == ["a", "b", "c", "d"]


def test_a_line_begun_on_the_day_of_death_is_reached(tmp_path):
    doses = EXPOSURES + "c,sunitinib,2012-06-01,"

    assert of(endpoints.derive_line(with_doses(tmp_path / "x", doses)), "c")["EVNTDESC"] == "second line"


@pytest.mark.parametrize("start", ["2010-01-15", "2010-02-01"])
def test_whoever_began_second_line_before_entering_or_on_that_day_is_left_out(tmp_path, start):
    doses = EXPOSURES.replace("a,sunitinib,2011-01-20", f"a,sunitinib,{start}")
    found = endpoints.derive_line(with_doses(tmp_path / "x", doses))

    assert found["USUBJID"].tolist() == ["b", "c", "d"]


def test_whoever_begins_second_line_the_day_after_entering_is_counted(tmp_path):
    doses = EXPOSURES.replace("a,sunitinib,2011-01-20", "a,sunitinib,2010-02-02")

    assert of(endpoints.derive_line(with_doses(tmp_path / "x", doses)), "a")["AVAL"] == 32


def test_whoever_enters_at_time_zero_may_begin_on_that_day(tmp_path):
    doses = EXPOSURES + "c,sunitinib,2011-01-01,"
    found = endpoints.derive_line(with_doses(tmp_path / "x", doses))

    assert of(found, "c")["AVAL"] == 0
    assert lifetable.count_kinds(found)["count"].sum() == 4


@pytest.mark.parametrize("origin", endpoints.ORIGINS)
def test_no_time_is_negative_or_before_entry(tmp_path, origin):
    starts = "\nc,imatinib,2009-01-01,\n" + "c,sunitinib,2011-01-01,\nb,sunitinib,2010-02-05,"
    found = endpoints.derive_line(with_doses(tmp_path / "x", EXPOSURES.strip() + starts), origin=origin)

    assert (found["AVAL"] >= found["ENTRYDY"]).all()
    assert (found["ENTRYDY"] >= 0).all()


def test_third_line_is_dated_by_the_lines_of_therapy(tmp_path):
    cohort = with_doses(tmp_path / "x", EXPOSURES + "a,regorafenib,2011-09-10,")
    found = endpoints.derive_line(cohort, exposure.lines(cohort), 3)

    assert of(found, "a")[["PARAMCD", "EVNTDESC"]].tolist() == ["T3L", "third line"]
    assert of(found, "a")["AVAL"] == days_between("2010-01-01", "2011-09-10")
    assert of(found, "c")["EVNTDESC"] == "death"


@pytest.mark.parametrize(("given", "line"), [(False, 3), (True, 9)])
def test_a_line_that_cannot_be_dated_is_refused(cohort, given, line):
    with pytest.raises(UsageError, match=f"Line {line}"):
        endpoints.derive_line(cohort, exposure.lines(cohort) if given else None, line)


def test_where_exposures_are_not_recorded_nobody_is_said_not_to_have_come_to_a_line(tmp_path):
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=OPERATIONS))

    assert competing.cumulative_incidence(lifetable.count_kinds(endpoints.derive_line(cohort))).empty


def test_the_incidence_of_second_line_in_the_drawn_patients(cohort):
    found = incidence_of(lifetable.pool(lifetable.count_kinds(endpoints.derive_line(cohort))))

    assert found["second line"].max() == pytest.approx(1 / 4)
    assert found["death"].max() == pytest.approx(3 / 4 * 1 / 3)


# R, on real data in which one event keeps another from happening.


def heart_transplants() -> pd.DataFrame:
    """Return days from acceptance into the programme to a transplant or death without one, by earlier surgery."""
    subjects = datasets.load_stanford_heart_transplants()
    transplanted = subjects.groupby("id")["transplant"].transform("max") == 1
    first = subjects[subjects["transplant"] == 0].assign(transplanted=transplanted)
    kind = np.select([first["transplanted"], first["event"] == 1], ["transplant", "death"], default="censored")
    group = first["surgery"].map({0: "no surgery", 1: "surgery"})
    return pd.DataFrame({"group": group, "entry": 0.0, "exit": first["stop"], "kind": kind})


def senators() -> pd.DataFrame:
    """Return days from appointment to the Senate of Canada to death, resignation and so on, by party."""
    subjects = datasets.load_canadian_senators()
    liberal = subjects["Political Affiliation at Appointment"] == "Liberal Party of Canada"
    kind = subjects["reason"].str.lower().fillna("censored")
    group = liberal.map({True: "liberal", False: "other"})
    return pd.DataFrame({"group": group, "entry": 0.0, "exit": subjects["diff_days"].astype(float), "kind": kind})


def senators_by_the_calendar() -> pd.DataFrame:
    """Return the same from the first appointment of all, entering at one's own, for two decades; a rule of ours.

    Whoever left on the day of entering was never at risk, and is left out, as `lifetable.count_kinds` does.
    """
    subjects = senators().assign(group="All")
    start = pd.to_datetime(datasets.load_canadian_senators()["start_date"])
    entry = (start - start.min()).dt.days.astype(float)
    subjects = subjects.assign(entry=entry, exit=entry + subjects["exit"])
    followed = subjects["exit"].clip(upper=20 * 365.0)
    kind = subjects["kind"].where(followed == subjects["exit"], "censored")
    return subjects.assign(exit=followed, kind=kind)[followed > entry]


CASES = {
    "heart_transplants": heart_transplants,
    "senators": senators,
    "senators_by_the_calendar": senators_by_the_calendar,
}
"""Real data sets that ship with lifelines; the last one has delayed entry."""


@functools.cache
def long_frame() -> pd.DataFrame:
    """Return every case, one row per subject: what R and we are both given."""
    rows = pd.concat([load().assign(dataset=name) for name, load in CASES.items()], ignore_index=True)
    return rows[["dataset", "group", "entry", "exit", "kind"]]


def read_expected(place: Path) -> pd.DataFrame:
    """Read R's answers with every digit."""
    return pd.read_csv(place / "incidence_expected.csv", dtype={"time": float}, float_precision="round_trip")


EXPECTED = read_expected(REFERENCE) if __name__ != "__main__" else None


@pytest.mark.parametrize("dataset", CASES)
@pytest.mark.parametrize("column", ["incidence", "lower", "upper", "at_risk", "events"])
def test_agrees_with_r(dataset, column):
    rows = EXPECTED[EXPECTED["dataset"] == dataset]
    found = competing.cumulative_incidence(counted(long_frame().query("dataset == @dataset")))
    both = rows.merge(found, "left", ["group", "kind", "time"], suffixes=("", "_ours"), validate="1:1")
    wanted = both[both[column].notna()]

    assert len(wanted) > 30
    np.testing.assert_allclose(wanted[f"{column}_ours"], wanted[column], rtol=EXACT, atol=EXACT)


def test_the_comparison_is_wide_enough_to_mean_something():
    assert set(EXPECTED["dataset"]) == set(CASES)
    assert (long_frame().groupby("dataset")["entry"].max() > 0).sum() == 1
    assert (EXPECTED.groupby("dataset")["kind"].nunique() >= 2).all()


@pytest.mark.whole
def test_r_gives_the_same_answers_again(rscript, tmp_path):
    exported = subprocess.run([sys.executable, __file__], check=True, capture_output=True).stdout
    subprocess.run([rscript, str(REFERENCE / "incidence.R"), str(tmp_path)], input=exported, check=True)

    pd.testing.assert_frame_equal(read_expected(tmp_path), EXPECTED, rtol=EXACT, atol=EXACT)


if __name__ == "__main__":
    long_frame().to_csv(sys.stdout, index=False, lineterminator="\n")
