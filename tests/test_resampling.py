"""Many cohorts at once give what one after another gives on the same draws, and what a pencil gives."""

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis import estimates, lifetable, simulate
from gistbook.analysis.estimates import resampling
from gistbook.conventions import UsageError
from gistbook.schemas import ENDED, NO_SUMMARY, WITHHELD_KIND
from support.sharing import one_of
from support.subjects import counts

DRAWINGS = {
    "ties and a plateau": "A 0 1 1\nA 0 3 1\nA 0 3 0\nA 0 6 1\nA 0 8 0\nA 0 9 1",
    "half of them have the event": "A 0 2 1\nA 0 4 1\nA 0 10 0\nA 0 12 0",
    "late entry": "A 0 2 1\nA 0 5 1\nA 3 7 1\nA 4 9 0\nA 4 9 1",
    "on day zero": "A 0 0 1\nA 0 0 0\nA 0 5 1\nA 0 7 0",
    "no event": "A 0 2 0\nA 0 4 0",
    "one patient": "A 0 5 1",
}
COLUMNS = ["estimate", "lower", "upper"]


def one_by_one(cohorts: list[pd.DataFrame], probability: float, interval: str) -> np.ndarray:
    """Estimate each cohort's quantile by `estimates`, from its own counts."""
    curves = [estimates.survival(each, interval) for each in cohorts]
    return np.array([estimates.quantile(curve, probability)[COLUMNS].to_numpy()[0] for curve in curves])


def resampled(drawn: pd.DataFrame, replicates: int, seed: int) -> list[pd.DataFrame]:
    """Return the counts of each replicate, as the same generator gives them, without those who are not in it."""
    count = drawn["count"]
    draws = np.random.default_rng(seed).multinomial(count.sum(), count / count.sum(), size=replicates)
    return [drawn.assign(count=draw)[draw > 0] for draw in draws]


def counted(days: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    return lifetable.count(pd.DataFrame({"TRTA": "A", "ENTRYDY": 0, "AVAL": days, "CNSR": 1 - event}))


@pytest.mark.parametrize("interval", one_of(2, ["log-log", "log"]))
@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=list(DRAWINGS))
def test_a_bootstrap_gives_the_quantiles_of_the_loop_on_the_same_draws(drawing, interval):
    for probability in (0.25, 0.5):
        cohorts = resampling.bootstrap(counts(drawing), 50, np.random.default_rng(4))
        found = resampling.quantiles_with_limits(cohorts, probability, interval)
        wanted = one_by_one(resampled(counts(drawing), 50, 4), probability, interval)

        np.testing.assert_array_equal(found.to_numpy(), wanted)


@pytest.mark.parametrize("interval", one_of(2, ["log-log", "log"]))
@pytest.mark.parametrize(("last", "some_not_reached"), [(10, True), (40, True), (400, False)])
def test_drawn_cohorts_give_the_medians_and_limits_of_the_loop(last, some_not_reached, interval):
    rng = np.random.default_rng(last)
    event = np.ceil(simulate.weibull_times(12, 1.3, (60, 14), rng))
    days, happened = simulate.observed(event, np.ceil(rng.uniform(-1, last, (60, 14))).clip(0))
    found = resampling.quantiles_with_limits(resampling.curves_of(days, happened), 0.5, interval)
    wanted = one_by_one([counted(*each) for each in zip(days, happened, strict=True)], 0.5, interval)

    np.testing.assert_array_equal(found.to_numpy(), wanted)
    assert np.isnan(wanted[:, 0]).any() == some_not_reached
    assert not np.isnan(wanted[:, 0]).all()


def test_survival_of_a_drawn_cohort_is_that_of_its_counts():
    days, event = np.array([[3.0, 1, 3, 6, 3]]), np.array([[True, True, False, True, True]])
    (found,) = resampling.curves_of(days, event)
    there = ~np.isnan(found.survival[0])
    curve = estimates.survival(counted(days[0], event[0]))

    assert found.time[0][there].tolist() == curve["time"].tolist() == [0, 1, 3, 6]
    assert found.survival[0][there].tolist() == curve["survival"].tolist()


def test_the_median_of_a_drawn_cohort_by_hand():
    """Of four with the event, half are left from day 4 to day 10; of two, the curve never comes below a half."""
    days = np.array([[12.0, 4, 10, 2], [2, 9, 9, 4]])
    event = np.array([[True, True, True, True], [True, False, False, True]])

    assert resampling.quantiles(resampling.curves_of(days, event)).tolist() == [(4 + 10) / 2, (4 + 9) / 2]


def test_a_bootstrap_of_identical_patients_is_those_patients():
    cohorts = resampling.bootstrap(counts("A 0 5 1\nA 0 5 1"), 20, np.random.default_rng(1))

    assert resampling.quantiles(cohorts).tolist() == [5] * 20


def test_chunks_change_nothing(monkeypatch):
    def medians():
        return resampling.quantiles(resampling.bootstrap(counts(DRAWINGS["late entry"]), 50, np.random.default_rng(1)))

    whole = medians()
    monkeypatch.setattr(resampling, "CHUNK", 15)

    np.testing.assert_array_equal(medians(), whole)


@pytest.mark.parametrize(("marker", "unknown"), [(WITHHELD_KIND, True), (NO_SUMMARY, True), (ENDED, False)])
def test_what_a_policy_holds_back_is_not_resampled(marker, unknown):
    mark = pd.DataFrame({"group": ["A"], "entry": [0], "exit": [0.0], "kind": [marker], "count": [0]})
    held = pd.concat([counts("A 0 5 1\nA 0 5 1"), mark], ignore_index=True)
    found = resampling.quantiles_with_limits(resampling.bootstrap(held, 5, np.random.default_rng(1)))

    assert found["estimate"].isna().all() == unknown
    assert not (unknown and found.notna().any(axis=None))


def test_several_groups_are_refused_in_words():
    with pytest.raises(UsageError, match="one group at a time"):
        resampling.bootstrap(counts("A 0 5 1\nB 0 6 1"), 5, np.random.default_rng(1))


def test_nobody_is_refused_in_words():
    with pytest.raises(UsageError, match="nobody to resample"):
        resampling.bootstrap(counts("A 0 5 1").iloc[:0], 5, np.random.default_rng(1))


def test_an_interval_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="log-log, log"):
        resampling.quantiles_with_limits(iter([]), interval="plain")


def test_times_and_events_of_different_shapes_are_refused():
    with pytest.raises(UsageError, match="one row per cohort"):
        list(resampling.curves_of(np.ones((2, 3)), np.ones((3, 2), dtype=bool)))


def test_no_cohorts_have_no_medians():
    assert resampling.quantiles(iter([])).size == 0
    assert resampling.quantiles_with_limits(iter([])).empty


def test_drawn_times_have_the_median_that_was_asked_for():
    times = simulate.weibull_times(12, 1.3, (100, 1000), np.random.default_rng(1))

    assert np.median(times) == pytest.approx(12, rel=0.02)


def test_an_event_on_the_day_of_censoring_is_seen():
    seen, event = simulate.observed(np.array([3.0, 5, 7]), np.array([4.0, 5, 6]))

    assert (seen.tolist(), event.tolist()) == ([3, 5, 6], [True, True, False])
