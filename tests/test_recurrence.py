"""Repeated operations: by pencil, by identities, by resampled patients, and against R (`reference/recurrence.R`)."""

import random
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import competing
from gistbook.schemas import BY_THEN, ESTIMATES, MEAN_COUNTS, OPERATION_COUNTS, names
from gistbook.units import Unit
from support.subjects import OPERATIONS, PATIENTS, SETTINGS, folder, whole_folder

REFERENCE = Path(__file__).parent / "reference"

EXACT = 1e-10
"""Relative or absolute; closed formulas in double precision leave only rounding, of which R's file keeps 15 digits."""

Z = 1.959963984540054

# A line each: patient, last day, 1 for a death on it, days of the operations after the first.
# Five patients, as in the worked example of Dong 2015: one is operated on and dies on one day.
FIVE = """
a 8 0
b 1 0
c 5 1
d 8 0 2 6 7
e 3 1 3
"""

# One patient is operated on twice more, one is lost early.
LOST = """
a 8 0 2 6
b 4 0
c 8 0
"""

# The same, but that one dies where the other was lost.
DEAD = LOST.replace("b 4 0", "b 4 1")


def cohort_of(histories: list[tuple], group="A") -> SimpleNamespace:
    """Return what the module reads of a cohort: each patient's identifier, last day, death, and days of operations."""
    first = pd.Timestamp(2000, 1, 1)
    dates = [first + pd.Timedelta(days=end) for _, end, *_ in histories]
    adsl = pd.DataFrame({"USUBJID": [who for who, *_ in histories], "TRT01A": group, "OPDT1": first, "LSTALVDT": dates})
    adsl["DTHDT"] = adsl["LSTALVDT"].where([bool(died) for _, _, died, _ in histories])
    days = [(who, first + pd.Timedelta(days=day)) for who, _, _, later in histories for day in (0, *later)]
    operations = pd.DataFrame(days, columns=["USUBJID", "OPDT"]).assign(OPINDIC=None)
    return SimpleNamespace(adsl=adsl, operations=operations, policy=None)


def read(drawing: str) -> list[tuple]:
    """Return the histories of a drawing."""
    lines = [line.split() for line in drawing.strip().splitlines()]
    return [(who, int(end), int(died), [int(day) for day in days]) for who, end, died, *days in lines]


def drawn(drawing: str) -> SimpleNamespace:
    """Return the cohort of a drawing."""
    return cohort_of(read(drawing))


def curve_of(drawing: str) -> pd.DataFrame:
    """Return the mean of a drawing by time."""
    return competing.mean_cumulative_count(drawn(drawing)).set_index("time")


def std_error(curve: pd.DataFrame) -> pd.Series:
    """Return the standard error, which the upper limit tells."""
    return (curve["upper"] - curve["mean"]) / Z


def at_random(seed: int, patients: int = 60, *, censored: bool = True) -> list[tuple]:
    """Draw patients of whom some are prone to operations, in few days, so that ties abound."""
    rng = random.Random(seed)
    histories = []
    for number in range(patients):
        end, died, pace = rng.randint(5, 30), rng.random() < 0.5, rng.choice([0.01, 0.03, 0.12])
        end, died = (end, died) if censored or died else (40, False)
        histories.append((f"p{number}", end, died, [day for day in range(1, end + 1) if rng.random() < pace]))
    return histories


def cumulative_incidence(histories: list[tuple], number: int) -> dict[int, float]:
    """Return by the textbook the probability of an operation of this number by each day, death competing."""
    firsts = [
        (later[number - 1], True, False) if len(later) >= number else (end, False, died)
        for _, end, died, later in histories
    ]
    free, total, by_day = 1.0, 0.0, {0: 0.0}
    for day in sorted({day for day, *_ in firsts}):
        present = sum(each >= day for each, *_ in firsts)
        operated = sum(each == day and happened for each, happened, _ in firsts)
        died = sum(each == day and dead for each, _, dead in firsts)
        total += free * operated / present
        free *= 1 - (operated + died) / present
        by_day[day] = total
    return by_day


def summed_incidences(histories: list[tuple], days) -> list[float]:
    """Return the sum over numbers of operations of their cumulative incidences, by each day."""
    most = max(len(later) for *_, later in histories)
    each = [cumulative_incidence(histories, number) for number in range(1, most + 1)]
    return [sum(known[max(t for t in known if t <= day)] for known in each) for day in days]


def test_the_mean_is_the_sum_over_operations_of_survival_by_those_at_risk():
    mean = curve_of(FIVE)["mean"]

    assert mean[0] == mean[1] == 0
    assert mean[2] == pytest.approx(1 / 4)
    assert mean[3] == pytest.approx(1 / 4 + 1 / 4)
    assert mean[5] == mean[3]
    assert mean[6] == pytest.approx(1 / 4 + 1 / 4 + (3 / 4 * 2 / 3) * 1 / 2)
    assert mean[7] == mean[8] == pytest.approx(1 / 4 + 1 / 4 + 2 * (3 / 4 * 2 / 3) * 1 / 2)


def test_whoever_dies_or_leaves_on_a_day_is_at_risk_of_an_operation_on_it_and_not_after():
    assert curve_of(FIVE)["at_risk"].to_dict() == {0: 5, 1: 5, 2: 4, 3: 4, 5: 3, 6: 2, 7: 2, 8: 2}


def test_under_the_ticks_stand_those_who_are_neither_dead_nor_lost_before():
    rising, at_risk = competing.mean_over_risk(competing.mean_cumulative_count(drawn(FIVE)), Unit("days", 1, 1, (2,)))

    assert at_risk[["group", "time", "at_risk"]].to_numpy().tolist() == [
        ["A", 0, 5],
        ["A", 2, 4],
        ["A", 4, 3],
        ["A", 6, 2],
        ["A", 8, 2],
    ]
    assert rising["estimate"].tolist() == curve_of(FIVE)["mean"].tolist()


def test_operations_are_counted_on_their_day():
    assert curve_of(FIVE)["events"].to_dict() == {0: 0, 1: 0, 2: 1, 3: 1, 5: 0, 6: 1, 7: 1, 8: 0}


def test_the_lost_leave_the_mean_and_the_dead_stay_in_it():
    assert curve_of(LOST)["mean"][6] == pytest.approx(1 / 3 + 1 / 2)
    assert curve_of(DEAD)["mean"][6] == pytest.approx(1 / 3 + 2 / 3 * 1 / 2)


def test_the_variance_is_the_sum_of_squares_of_what_each_patient_adds():
    error = std_error(curve_of(LOST))
    a, b, c = (1 - 1 / 3) / 3, -1 / 3 / 3, -1 / 3 / 3

    assert error[2] == pytest.approx(np.sqrt(a**2 + b**2 + c**2))
    a, c = a + (1 - 1 / 2) / 2, c - 1 / 2 / 2
    assert error[6] == error[8] == pytest.approx(np.sqrt(a**2 + b**2 + c**2))


def test_a_death_adds_to_the_variance_by_the_survival_that_it_lowers():
    survived, died = 1 / 3 / 3, -(1 - 1 / 3) / 3
    a = (1 - 1 / 3) / 3 + 2 / 3 * (1 - 1 / 2) / 2 + survived * 1 / 2
    b = -1 / 3 / 3 + died * 1 / 2
    c = -1 / 3 / 3 - 2 / 3 * 1 / 2 / 2 + survived * 1 / 2

    assert std_error(curve_of(DEAD))[6] == pytest.approx(np.sqrt(a**2 + b**2 + c**2))


def test_limits_are_normal_and_the_lower_is_no_less_than_nothing():
    row = curve_of(DEAD).loc[6]

    assert row["upper"] == pytest.approx(2 / 3 + Z * np.sqrt(24 / 81))
    assert row["lower"] == 0


def test_while_nobody_was_operated_on_again_there_are_no_limits():
    rows = curve_of(FIVE).loc[[0, 1]]

    assert rows["mean"].tolist() == [0, 0]
    assert rows[["lower", "upper"]].isna().all(axis=None)


def test_a_wider_level_gives_wider_limits():
    cohort = cohort_of(at_random(1))
    narrow, wide = (competing.mean_cumulative_count(cohort, level).dropna() for level in (0.8, 0.99))

    assert (wide["upper"] > narrow["upper"]).all()
    assert (wide["lower"] <= narrow["lower"]).all()


@pytest.mark.parametrize("seed", range(5))
def test_without_deaths_and_censoring_the_mean_is_the_plain_average(seed):
    histories = [(who, 40, 0, later) for who, _, _, later in at_random(seed)]
    each = [len(later) for *_, later in histories]
    last = competing.mean_cumulative_count(cohort_of(histories)).iloc[-1]

    assert last["mean"] == pytest.approx(np.mean(each))
    assert (last["upper"] - last["mean"]) / Z == pytest.approx(np.std(each) / np.sqrt(len(each)))


@pytest.mark.parametrize("seed", range(5))
def test_with_deaths_but_nobody_lost_the_mean_and_its_error_are_those_of_the_plain_average(seed):
    histories = at_random(seed, censored=False)
    curve = competing.mean_cumulative_count(cohort_of(histories)).set_index("time")
    error = std_error(curve)

    for day in curve.index[curve["mean"] > 0]:
        by_then = [sum(each <= day for each in later) for *_, later in histories]
        assert curve["mean"][day] == pytest.approx(np.mean(by_then))
        assert error[day] == pytest.approx(np.std(by_then) / np.sqrt(len(by_then)))


@pytest.mark.parametrize("seed", range(5))
def test_with_nobody_lost_the_mean_is_the_sum_of_the_cumulative_incidences_of_each_operation(seed):
    histories = at_random(seed, censored=False)
    curve = competing.mean_cumulative_count(cohort_of(histories))

    assert curve["mean"].tolist() == pytest.approx(summed_incidences(histories, curve["time"]), abs=EXACT)


def test_with_patients_lost_it_is_that_sum_up_to_a_difference_that_vanishes_as_patients_grow_many():
    histories = at_random(3, patients=4000)
    curve = competing.mean_cumulative_count(cohort_of(histories))
    curve = curve[curve["at_risk"] >= 400]

    assert curve["mean"].tolist() == pytest.approx(summed_incidences(histories, curve["time"]), rel=0.02)


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=pytest.mark.whole) for seed in range(2)])
def test_the_standard_error_is_the_spread_over_resampled_patients(seed):
    """Within 15%: 200 resamples know a spread to one part in twenty, and 120 patients are not infinitely many."""
    histories, rng, days = at_random(seed, patients=120), random.Random(seed), [8, 15, 22]
    resamples = [rng.choice(histories) for _ in range(200 * 120)]
    renamed = [(place, *history[1:]) for place, history in enumerate(resamples)]
    again = cohort_of(renamed, np.repeat(np.arange(200), 120))
    means = competing.mean_at(competing.mean_cumulative_count(again), days)
    spread = means.groupby("time")["estimate"].std()
    found = competing.mean_at(competing.mean_cumulative_count(cohort_of(histories)), days)

    assert ((found["upper"] - found["estimate"]) / Z).tolist() == pytest.approx(spread.tolist(), rel=0.15)


def test_operations_that_keep_to_one_patient_spread_the_mean_more_than_operations_of_many():
    one = std_error(curve_of("a 9 0 1 2 3 4\nb 9 0\nc 9 0\nd 9 0"))[9]
    many = std_error(curve_of("a 9 0 1\nb 9 0 2\nc 9 0 3\nd 9 0 4"))[9]

    assert one == pytest.approx(np.std([4, 0, 0, 0]) / 2)
    assert many == pytest.approx(0, abs=1e-7)


def test_the_order_of_patients_changes_nothing():
    lines = FIVE.strip().splitlines()

    pd.testing.assert_frame_equal(curve_of("\n".join(reversed(lines))), curve_of(FIVE))


def test_the_mean_never_falls_and_stays_within_its_limits():
    curve = competing.mean_cumulative_count(cohort_of(at_random(7))).dropna()

    assert (curve["mean"].diff().dropna() >= 0).all()
    assert ((curve["lower"] <= curve["mean"]) & (curve["mean"] <= curve["upper"])).all()


def test_each_group_has_a_mean_of_its_own():
    parts = [cohort_of(read(FIVE), "A"), cohort_of([(who.upper(), *rest) for who, *rest in read(DEAD)], "B")]
    both = SimpleNamespace(
        adsl=pd.concat([part.adsl for part in parts], ignore_index=True),
        operations=pd.concat([part.operations for part in parts]),
    )
    curve = competing.mean_cumulative_count(both)

    for group, drawing in (("A", FIVE), ("B", DEAD)):
        rows = curve[curve["group"] == group].set_index("time")
        pd.testing.assert_frame_equal(rows.drop(columns="group"), curve_of(drawing).drop(columns="group"))


def test_a_landmark_is_read_off_the_last_step_before_it():
    rows = competing.mean_at(competing.mean_cumulative_count(drawn(DEAD)), [1, 2, 5.5, 6])

    assert rows["estimate"].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3])
    assert (rows["events"].unique().tolist(), rows["n"].unique().tolist()) == ([2], [3])
    assert rows["events_by_then"].tolist() == [0, 1, 1, 2]
    assert rows.columns.tolist() == names((*ESTIMATES, *BY_THEN))


def test_a_landmark_beyond_the_last_patient_is_unknown():
    rows = competing.mean_at(competing.mean_cumulative_count(drawn(DEAD)), [8, 8.1])

    assert rows["estimate"].isna().tolist() == [False, True]


def test_patients_are_counted_by_their_number_of_operations_and_no_number_is_left_out():
    counted = competing.operation_counts(drawn(FIVE))

    assert dict(zip(counted["operations"], counted["count"], strict=True)) == {1: 3, 2: 1, 3: 0, 4: 1}


def test_operations_are_counted_from_the_first_for_resistance_of_a_folder(tmp_path):
    cohort = build.load_cohort(whole_folder(tmp_path / "drawn"))
    curve = competing.mean_cumulative_count(cohort).set_index("time")

    assert curve["mean"].to_dict() == {0: 0, 365: 1 / 2, 699: 1 / 2, 1037: 1 / 2}
    assert curve["group"].unique().tolist() == ["S-group"]
    assert competing.operation_counts(cohort)["count"].tolist() == [1, 1]


def test_a_second_operation_on_the_day_of_the_first_counts_at_time_zero():
    assert curve_of("a 5 0 0\nb 5 0")["mean"].to_dict() == {0: 1 / 2, 5: 1 / 2}


def test_whoever_is_in_no_group_is_not_counted(tmp_path):
    operated = f"{OPERATIONS.strip()}\nc,2011-02-01,emergency"
    cohort = build.load_cohort(folder(tmp_path / "x", patients=PATIENTS, operations=operated))

    assert competing.operation_counts(cohort)["count"].sum() == 2


def test_a_cohort_in_which_nobody_is_operated_on_again_has_a_mean_of_nothing_without_limits():
    row = competing.mean_at(competing.mean_cumulative_count(drawn("a 5 0\nb 9 1")), [7]).iloc[0]

    assert (row["estimate"], row["events"], row["n"]) == (0, 0, 2)
    assert np.isnan(row["upper"])


def test_every_death_on_the_day_of_the_operation_is_a_curve():
    assert curve_of("a 0 1\nb 0 1")["mean"].to_dict() == {0: 0}


@pytest.mark.parametrize("operations", [None, "patient_id,operation_date"])
def test_without_operations_there_is_nothing_and_no_failure(tmp_path, operations):
    tables = {"patients": PATIENTS} | ({"operations": operations} if operations else {})
    cohort = build.load_cohort(folder(tmp_path / "x", SETTINGS, **tables))
    curve = competing.mean_cumulative_count(cohort)

    assert curve.empty
    assert curve.columns.tolist() == names(MEAN_COUNTS)
    assert competing.mean_at(curve, [365]).columns.tolist() == names((*ESTIMATES, *BY_THEN))
    assert competing.operation_counts(cohort).columns.tolist() == names(OPERATION_COUNTS)
    assert competing.operation_counts(cohort).empty


def read_expected(place: Path) -> pd.DataFrame:
    """Read the histories that R was given, and its answers with every digit."""
    return pd.read_csv(place / "recurrence_expected.csv", float_precision="round_trip")


EXPECTED = read_expected(REFERENCE)
ARMS = EXPECTED[["dataset", "group"]].drop_duplicates().to_numpy().tolist()


def arm(dataset: str, group: str) -> dict[str, pd.Series]:
    """Return what R was given and answered of one arm: by quantity, values by patient or by time."""
    rows = EXPECTED[(EXPECTED["dataset"] == dataset) & (EXPECTED["group"] == group)]
    return {quantity: part.set_index("argument")["value"] for quantity, part in rows.groupby("quantity")}


def curve_of_arm(told: dict[str, pd.Series], times) -> pd.DataFrame:
    """Return our mean of one arm at the times of R's."""
    later = told["recurrence"].groupby(level=0).apply(list).to_dict()
    histories = [(who, end, told["died"][who], later.get(who, [])) for who, end in told["exit"].items()]
    return competing.mean_cumulative_count(cohort_of(histories)).set_index("time").loc[times]


@pytest.mark.parametrize(("dataset", "group"), ARMS)
def test_the_mean_and_its_standard_error_agree_with_r(dataset, group):
    told = arm(dataset, group)
    ours = curve_of_arm(told, told["mean"].index)

    np.testing.assert_allclose(ours["mean"], told["mean"], rtol=EXACT, atol=EXACT)
    np.testing.assert_allclose(std_error(ours).fillna(0.0), told["std_error"], rtol=1e-8, atol=EXACT)


@pytest.mark.parametrize(("dataset", "group"), [each for each in ARMS if each[0] == "cgd"])
def test_without_deaths_the_mean_is_the_cumulative_hazard_of_survfit_with_its_robust_error(dataset, group):
    told = arm(dataset, group)
    ours = curve_of_arm(told, told["mean_without_deaths"].index)

    np.testing.assert_allclose(ours["mean"], told["mean_without_deaths"], rtol=EXACT, atol=EXACT)
    np.testing.assert_allclose(std_error(ours).fillna(0.0), told["std_error_without_deaths"], rtol=1e-8, atol=EXACT)


def test_the_comparison_holds_deaths_ties_and_repeated_recurrences():
    told = [arm(*each) for each in ARMS]

    assert sum(each["died"].sum() for each in told) >= 29
    assert any(each["recurrence"].duplicated().any() for each in told)
    assert any(each["recurrence"].index.duplicated().any() for each in told)


@pytest.mark.whole
def test_r_gives_the_same_answers_again(rscript, tmp_path):
    subprocess.run([rscript, str(REFERENCE / "recurrence.R"), str(tmp_path)], check=True)
    pd.testing.assert_frame_equal(read_expected(tmp_path), EXPECTED, rtol=EXACT, atol=EXACT)
