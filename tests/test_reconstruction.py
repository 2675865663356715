"""Patients reconstructed from printed curves: small ones by pencil, drawn ones beside the truth."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import contrasts, reconstruction
from gistbook.conventions import UsageError
from gistbook.intake.published import Arm, arm_of

_SPEC = importlib.util.spec_from_file_location("reconstructed", build.BOOK / "benchmarks" / "reconstruction.py")
bench = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bench)


def arm(points, risks, events=None):
    (times, survival), (risk_times, at_risk) = (np.array(list(zip(*each, strict=True))) for each in (points, risks))
    return Arm(times, survival, risk_times, at_risk.astype(int), events)


def rows(made):
    """Return times with whether each is an event, in order."""
    return sorted((round(float(time), 6), "event" if cnsr == 0 else "censored") for time, cnsr in made.to_numpy())


def test_without_censoring_each_step_is_its_patients():
    steps = arm([(0, 1), (1, 0.8), (2, 0.4), (3, 0.2), (5, 0)], [(0, 5)])

    assert rows(reconstruction.patients(steps)) == [
        (1, "event"), (2, "event"), (2, "event"), (3, "event"), (5, "event"),
    ]  # fmt: skip


def test_between_two_numbers_at_risk_as_many_are_censored_as_make_the_second_one():
    # At 3, 4 * 0.75 = 3 would be at risk, and 2 are: one is censored, in the middle of 0 to 3. At 4, 2 * (1 - 1/2) die.
    # One in 3 months was censored before, which makes 2/3, rounded 1, in the 2 months after, in the middle of 3 to 5.
    printed = arm([(0, 1), (1, 3 / 4), (4, 3 / 8), (5, 3 / 8)], [(0, 4), (3, 2)])

    assert rows(reconstruction.patients(printed)) == [(1, "event"), (1.5, "censored"), (4, "censored"), (4, "event")]


def test_the_total_of_events_tells_how_many_are_censored():
    # If nobody is censored, 3 are at risk at 3, and 3 * (1 - 1/2) is rounded to 2: in all 3 events. If one is, at 1.5,
    # 2 are at risk, and one dies: in all 2.
    points = [(0, 1), (1, 3 / 4), (3, 3 / 8)]
    alone, told = (reconstruction.patients(arm(points, [(0, 4)], events)) for events in (None, 2))

    assert rows(alone) == [(1, "event"), (3, "censored"), (3, "event"), (3, "event")]
    assert rows(told) == [(1, "event"), (1.5, "censored"), (3, "censored"), (3, "event")]


def test_somebody_is_left_for_a_fall_at_the_end_of_the_curve():
    # Two of three are censored in 2 months, at which rate the last one would be censored too, at 3, before dying at 4.
    printed = arm([(0, 1), (1, 3 / 4), (4, 0)], [(0, 4), (2, 1)])

    assert rows(reconstruction.patients(printed)) == [(0.5, "censored"), (1, "event"), (1.5, "censored"), (4, "event")]


def test_a_total_that_the_curve_cannot_have_is_come_near_to():
    points = [(0, 1), (1, 3 / 4), (3, 3 / 8)]
    counts = [len(reconstruction.patients(arm(points, [(0, 4)], events))) for events in (0, 1, 4)]

    assert counts == [4, 4, 4]


def test_a_number_at_risk_at_the_end_of_the_curve_is_who_leaves_then():
    printed = arm([(0, 1), (1, 3 / 4), (4, 3 / 4)], [(0, 4), (4, 2)])

    assert rows(reconstruction.patients(printed)) == [(1, "event"), (2, "censored"), (4, "censored"), (4, "censored")]


@pytest.mark.parametrize("seed", range(5))
def test_of_a_curve_printed_without_loss_every_event_and_number_at_risk_comes_back(seed):
    rng = np.random.default_rng(seed)
    drawn = bench.drawn(60, rng)
    own = drawn[drawn["TRTA"] == "A"].assign(TRTA="A")
    times = np.append(0, np.sort(own.loc[own["CNSR"] == 0, "AVAL"]))
    points = pd.DataFrame({"time": times, "survival": bench.heights(own, times)})
    at_risk = [int((own["AVAL"] >= time).sum()) for time in times]
    made = reconstruction.patients(arm_of(points, pd.DataFrame({"time": times, "at_risk": at_risk})))

    assert len(made) == len(own)
    np.testing.assert_allclose(np.sort(made.loc[made["CNSR"] == 0, "AVAL"]), times[1:])
    assert [int((made["AVAL"] >= time).sum()) for time in times] == at_risk


@pytest.mark.parametrize("figure", bench.FIGURES)
def test_there_are_as_many_patients_as_were_at_risk_at_first(figure):
    truth = bench.drawn(18, np.random.default_rng(8))
    made = bench.read_back(truth, figure, np.random.default_rng(9))

    assert made["TRTA"].value_counts().to_dict() == {"A": 18, "B": 18}


def test_the_hazard_ratio_of_the_measurement_is_that_of_the_package():
    truth = bench.drawn(40, np.random.default_rng(2))
    tied = truth.assign(AVAL=truth["AVAL"].round(0) + 1)
    ratio = contrasts.hazard_ratio(bench.counted(tied), "A")["estimate"].iloc[-1]

    assert bench.log_ratio(tied) == pytest.approx(np.log(ratio), abs=1e-6)


def reached(size, cohorts):
    """Return the 95th percentile of each error, with 500 points, numbers at risk and events given."""
    table = bench.summary(bench.errors(size, bench.BOUND, cohorts))
    return {measure: table[f"{measure}_95"].max() for measure in bench.AIMS}


def test_the_aims_are_reached_in_arms_of_100():
    found = reached(bench.ENOUGH, 10)

    assert {name: value for name, value in found.items() if value > bench.AIMS[name]} == {}


@pytest.mark.whole
@pytest.mark.parametrize("size", [size for size in bench.SIZES if size >= bench.ENOUGH])
def test_the_aims_are_reached_whenever_arms_are_large_enough(size):
    found = reached(size, bench.COHORTS)

    assert {name: value for name, value in found.items() if value > bench.AIMS[name]} == {}


def test_a_curve_that_is_shifted_misses_the_aims():
    truth = bench.drawn(100, np.random.default_rng(1))
    own = truth[truth["TRTA"] == "A"]
    shifted = own.assign(AVAL=own["AVAL"] + 1)

    assert bench._of_arm(own, *bench.curve_of(own), shifted)[0] > bench.AIMS["area"]


def test_the_documentation_prints_the_table_that_books_print():
    table = pd.read_csv(reconstruction.MEASURED)

    assert bench.as_markdown(table) in bench.DOCUMENT.read_text(encoding="utf-8")
    assert len(table) == len(bench.SIZES) * len(bench.FIGURES)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.csv").write_text("a,b\n")
    printed = arm([(0, 1), (1, 0.5)], [(0, 4)])

    with pytest.raises(UsageError, match="something else than a reconstructed cohort"):
        reconstruction.write(tmp_path, {"A": printed}, "months", "OS", "A study")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_what_is_written_is_a_cohort_that_says_what_it_is(tmp_path):
    printed = {"A": arm([(0, 1), (1, 0.5)], [(0, 4)], 2), 'B "x"': arm([(0, 1), (2, 0.5)], [(0, 2)])}
    lines = list(reconstruction.write(tmp_path / "made", printed, "months", "OS", 'Study "A", Figure 2'))
    cohort = build.load_cohort(tmp_path / "made")

    assert lines == [
        "A: 4 patients, 2 events (2 printed), numbers at risk at most 0 off",
        'B "x": 2 patients, 1 event, numbers at risk at most 0 off',
    ]
    assert (cohort.access, cohort.title, cohort.policy.name) == ("reconstructed", 'Study "A", Figure 2', "exact")
    assert cohort.adtte["AVAL"].max() == pytest.approx(2 * 30.4375)


def test_the_same_figure_writes_the_same_bytes_again(tmp_path):
    printed = {"A": arm([(0, 1), (1, 0.5)], [(0, 4)])}

    def written():
        reconstruction.write(tmp_path / "made", printed, "weeks", "PFS", "A study")
        return {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}

    assert written() == written()


@pytest.mark.parametrize(("many", "size"), [(12, 18), (18, 18), (99, 50), (100, 100), (2000, 300)])
def test_the_book_prints_the_error_of_arms_no_larger_than_its_smallest(tmp_path, many, size):
    printed = {"A": arm([(0, 1), (1, 0.5)], [(0, many)]), "B": arm([(0, 1), (1, 0.5)], [(0, many + 5)])}
    reconstruction.write(tmp_path / "made", printed, "months", "OS", "A study")

    assert set(reconstruction.accuracy(build.load_cohort(tmp_path / "made"))["size"]) == {size}
