"""Many cohorts at once give what one after another gives on the same draws."""

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis import estimates, simulate
from gistbook.analysis.estimates import resampling
from gistbook.conventions import UsageError
from gistbook.schemas import ENDED, NO_SUMMARY, WITHHELD_KIND
from support.subjects import counts

DRAWINGS = {
    "ties and a plateau": "A 0 1 1\nA 0 3 1\nA 0 3 0\nA 0 6 1\nA 0 8 0\nA 0 9 1",
    "half of them have the event": "A 0 2 1\nA 0 4 1\nA 0 10 0\nA 0 12 0",
    "late entry": "A 0 2 1\nA 0 5 1\nA 3 7 1\nA 4 9 0\nA 4 9 1",
    "on day zero": "A 0 0 1\nA 0 0 0\nA 0 5 1\nA 0 7 0",
    "no event": "A 0 2 0\nA 0 4 0",
    "one patient": "A 0 5 1",
}


def one_by_one(cohorts: list[pd.DataFrame], probability: float) -> np.ndarray:
    """Estimate each cohort's quantile by `estimates`, from its own counts."""
    curves = [estimates.survival(each) for each in cohorts]
    return np.array([estimates.quantile(curve, probability)["estimate"].iloc[0] for curve in curves])


def resampled(drawn: pd.DataFrame, replicates: int, seed: int) -> list[pd.DataFrame]:
    """Return the counts of each replicate, as the same generator gives them, without those who are not in it."""
    count = drawn["count"]
    draws = np.random.default_rng(seed).multinomial(count.sum(), count / count.sum(), size=replicates)
    return [drawn.assign(count=draw)[draw > 0] for draw in draws]


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=list(DRAWINGS))
def test_a_bootstrap_gives_the_quantiles_of_the_loop_on_the_same_draws(drawing):
    for probability in (0.25, 0.5):
        cohorts = resampling.bootstrap(counts(drawing), 50, np.random.default_rng(4))
        wanted = one_by_one(resampled(counts(drawing), 50, 4), probability)

        np.testing.assert_array_equal(resampling.quantiles(cohorts, probability), wanted)


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
    medians = resampling.quantiles(resampling.bootstrap(held, 5, np.random.default_rng(1)))

    assert np.isnan(medians).all() == unknown


def test_several_groups_are_refused_in_words():
    with pytest.raises(UsageError, match="one group at a time"):
        resampling.bootstrap(counts("A 0 5 1\nB 0 6 1"), 5, np.random.default_rng(1))


def test_nobody_is_refused_in_words():
    with pytest.raises(UsageError, match="nobody to resample"):
        resampling.bootstrap(counts("A 0 5 1").iloc[:0], 5, np.random.default_rng(1))


def test_no_cohorts_have_no_medians():
    assert resampling.quantiles(iter([])).size == 0


def test_drawn_times_have_the_median_that_was_asked_for():
    times = simulate.weibull_times(12, 1.3, (100, 1000), np.random.default_rng(1))

    assert np.median(times) == pytest.approx(12, rel=0.02)


def test_an_event_on_the_day_of_censoring_is_seen():
    seen, event = simulate.observed(np.array([3.0, 5, 7]), np.array([4.0, 5, 6]))

    assert (seen.tolist(), event.tolist()) == ([3, 5, 6], [True, True, False])
