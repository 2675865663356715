"""What a number of events allows to see, by pencil, by simulation, and by the figures worked out for the paper."""

import random
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis.precision import detectable_hazard_ratio, precision_of_median
from gistbook.conventions import UsageError
from gistbook.schemas import PRECISION, names


def test_a_median_of_a_curve_at_a_constant_hazard_has_limits_at_a_constant_ratio():
    row = precision_of_median(14.5, [16]).iloc[0]

    assert row["lower"] == pytest.approx(14.5 * np.exp(-1.959964 / 0.693147 / 4))
    assert row["upper"] == pytest.approx(14.5 * np.exp(1.959964 / 0.693147 / 4))


def test_drawn_medians_of_curves_scatter_as_much_as_their_expected_limits_say():
    """Where all have the event, the median of the curve is that of the times."""
    drawn = np.random.default_rng(1).exponential(14.5 / np.log(2), (20_000, 201))
    row = precision_of_median(14.5, [201]).iloc[0]
    within = (np.median(drawn, axis=1) >= row["lower"]) & (np.median(drawn, axis=1) <= row["upper"])

    assert within.mean() == pytest.approx(0.95, abs=0.006)


@pytest.mark.parametrize(
    ("months", "events", "lower", "upper"),
    [
        (14.5, 12, 6.4, 32.8),
        (14.5, 16, 7.2, 29.4),
        (14.5, 18, 7.4, 28.2),
        (47.2, 10, 19.3, 115.4),
        (47.2, 14, 22.2, 100.5),
    ],
)
def test_the_medians_of_the_paper_would_have_these_limits(months, events, lower, upper):
    row = precision_of_median(months, [events]).iloc[0]

    assert (round(row["lower"], 1), round(row["upper"], 1)) == (lower, upper)


@pytest.mark.parametrize(("deaths", "ratio"), [(20, 0.29), (30, 0.36), (37, 0.40)])
def test_18_against_19_detect_these_hazard_ratios(deaths, ratio):
    assert round(detectable_hazard_ratio([deaths], 18 / 37)["estimate"].item(), 2) == ratio


def test_two_equal_groups_are_worked_out_by_pencil():
    found = detectable_hazard_ratio([64], 0.5, power=0.8)["estimate"].item()

    assert np.log(found) == pytest.approx(-(1.959964 + 0.841621) / np.sqrt(64 / 4), abs=1e-6)


def test_more_events_see_more():
    medians, ratios = precision_of_median(14.5, [5, 10, 20]), detectable_hazard_ratio([5, 10, 20], 0.5)

    assert (medians["upper"] - medians["lower"]).is_monotonic_decreasing
    assert ratios["estimate"].is_monotonic_increasing


def test_unequal_groups_see_less_and_either_may_be_named_first():
    equal, less, other = (detectable_hazard_ratio([30], share)["estimate"].item() for share in (0.5, 0.2, 0.8))

    assert less < equal
    assert less == pytest.approx(other)


def test_a_simulated_score_test_has_the_power_asked_for():
    """Given the log-rank score's normal approximation, of mean log HR times d p q and of variance d p q."""
    rng, information = random.Random(2), 30 * 0.4 * 0.6
    shift = np.log(detectable_hazard_ratio([30], 0.4, power=0.7).iloc[0]["estimate"]) * np.sqrt(information)
    found = [abs(rng.gauss(shift, 1)) > NormalDist().inv_cdf(0.975) for _ in range(20_000)]

    assert np.mean(found) == pytest.approx(0.7, abs=0.01)


def test_each_number_of_events_is_a_row_of_both():
    for frame in (precision_of_median(14.5, [12, 16, 18]), detectable_hazard_ratio([12, 16, 18], 0.5)):
        assert frame.columns.tolist() == names(PRECISION)
        assert frame["events"].tolist() == [12, 16, 18]


def test_a_hazard_ratio_to_be_detected_is_no_estimate_and_has_no_limits():
    assert detectable_hazard_ratio([20], 0.5)[["lower", "upper"]].isna().all(axis=None)


def test_no_numbers_of_events_give_no_rows():
    assert precision_of_median(14.5, []).empty


@pytest.mark.parametrize("events", [[0], [10, -1]])
def test_without_events_there_is_nothing_to_see(events):
    with pytest.raises(UsageError, match="above 0"):
        precision_of_median(14.5, events)
    with pytest.raises(UsageError, match="above 0"):
        detectable_hazard_ratio(events, 0.5)


@pytest.mark.parametrize("share", [0, 1, 18])
def test_a_share_that_leaves_no_two_groups_is_refused(share):
    with pytest.raises(UsageError, match="between 0 and 1"):
        detectable_hazard_ratio([20], share)


def test_the_frame_holds_no_column_of_a_patient():
    assert not any(name.isupper() for name in pd.concat([precision_of_median(1, [1])]).columns)
