"""Estimates against answers that can be worked out with a pencil, against their definition, and against identities."""

import random

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis import estimates, lifetable
from gistbook.conventions import UsageError
from support.subjects import counts

# Six subjects: an event and a censoring share month 3, and one leaves exactly at month 6.
SIX = """
A 0 1 1
A 0 3 1
A 0 3 0
A 0 6 1
A 0 8 0
A 0 9 1
"""

LATE = """
A 0 2 1
A 0 5 1
A 3 7 1
A 4 9 0
"""


def curve_of(drawing: str, **options) -> pd.DataFrame:
    return estimates.survival(counts(drawing), **options).set_index("time")


def drawn_at_random(seed: int, subjects: int = 60) -> str:
    rng = random.Random(seed)
    entries = [rng.choice([0, 0, 2, 5]) for _ in range(subjects)]
    rows = [(rng.choice("AB"), entry, entry + rng.randint(1, 15), rng.choice([0, 1])) for entry in entries]
    return "\n".join(" ".join(map(str, row)) for row in rows)


def test_survival_is_the_product_over_event_times():
    survival = curve_of(SIX)["survival"]

    assert survival[1] == pytest.approx(5 / 6)
    assert survival[3] == pytest.approx(5 / 6 * 4 / 5)
    assert survival[6] == pytest.approx(5 / 6 * 4 / 5 * 2 / 3)
    assert survival[8] == survival[6]
    assert survival[9] == 0


def test_a_subject_censored_at_the_time_of_an_event_is_at_risk_of_it():
    assert curve_of(SIX)["at_risk"][3] == 5


def test_a_subject_is_at_risk_at_the_time_they_leave_and_not_after():
    at_risk = estimates.number_at_risk(counts(SIX), [5.9, 6, 6.1])["at_risk"]

    assert at_risk.tolist() == [3, 3, 2]


def test_a_late_entrant_is_not_at_risk_at_the_time_of_entering():
    at_risk = estimates.number_at_risk(counts(LATE), [0, 3, 3.5, 5, 7])["at_risk"]

    assert at_risk.tolist() == [2, 1, 2, 3, 2]


def test_survival_with_delayed_entry_divides_by_those_present():
    survival = curve_of(LATE)["survival"]

    assert survival[2] == pytest.approx(1 / 2)
    assert survival[5] == pytest.approx(1 / 2 * 2 / 3)
    assert survival[7] == pytest.approx(1 / 2 * 2 / 3 * 1 / 2)


def test_an_early_risk_set_that_runs_empty_leaves_survival_at_zero_and_raises_nothing():
    survival = curve_of("A 0 2 1\nA 5 9 1\nA 5 12 0")["survival"]

    assert survival[[2.0, 9.0, 12.0]].tolist() == [0, 0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_number_at_risk_is_the_count_of_those_entered_before_and_not_gone_before(seed):
    drawing = drawn_at_random(seed)
    rows = pd.DataFrame([line.split() for line in drawing.splitlines()], columns=["group", "entry", "exit", "event"])
    rows = rows.astype({"entry": float, "exit": float})
    times = np.arange(0, 22, 0.5)

    for group, subjects in rows.groupby("group"):
        ours = estimates.number_at_risk(counts(drawing), times)
        present = [((subjects.exit >= t) & ((subjects.entry < t) | (subjects.entry == 0))).sum() for t in times]
        assert ours[ours["group"] == group]["at_risk"].tolist() == present


@pytest.mark.parametrize("seed", range(5))
def test_at_risk_and_those_gone_before_sum_to_those_entered(seed):
    curve = estimates.survival(counts(drawn_at_random(seed).replace(" 2 ", " 0 ").replace(" 5 ", " 0 ")))

    for _, rows in curve.groupby("group"):
        gone_before = (rows["events"] + rows["censored"]).cumsum().shift(fill_value=0)
        assert (rows["at_risk"] + gone_before == rows["at_risk"].iloc[0]).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_never_rises_and_stays_within_its_limits(seed):
    curve = estimates.survival(counts(drawn_at_random(seed))).dropna()

    assert (curve.groupby("group")["survival"].diff().dropna() <= 0).all()
    assert ((curve["lower"] <= curve["survival"]) & (curve["survival"] <= curve["upper"])).all()


def test_without_censoring_survival_is_the_share_still_event_free():
    times = [1, 2, 2, 4, 7, 7, 7, 9]
    survival = curve_of("\n".join(f"A 0 {t} 1" for t in times))["survival"]

    assert all(survival[t] == pytest.approx(np.mean(np.array(times) > t)) for t in set(times))


def test_the_order_of_subjects_changes_nothing():
    lines = SIX.strip().splitlines()

    pd.testing.assert_frame_equal(curve_of("\n".join(reversed(lines))), curve_of(SIX))


def test_greenwood_and_the_log_scale_give_the_limits():
    variance = 1 / (6 * 5) + 1 / (5 * 4)
    survival, row = 5 / 6 * 4 / 5, curve_of(SIX, interval="log").loc[3]

    assert row["lower"] == pytest.approx(survival * np.exp(-1.959963985 * np.sqrt(variance)))
    assert row["upper"] == pytest.approx(min(1, survival * np.exp(1.959963985 * np.sqrt(variance))))


def test_the_log_log_scale_gives_the_default_limits():
    spread = np.sqrt(1 / (6 * 5) + 1 / (5 * 4)) / abs(np.log(2 / 3))
    row = curve_of(SIX).loc[3]

    assert row["lower"] == pytest.approx((2 / 3) ** np.exp(1.959963985 * spread))
    assert row["upper"] == pytest.approx((2 / 3) ** np.exp(-1.959963985 * spread))


def test_a_wider_level_gives_wider_limits():
    assert (curve_of(SIX, level=0.99)["lower"] <= curve_of(SIX, level=0.9)["lower"]).loc[1:8].all()


def test_an_interval_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(UsageError, match=r"plain.*log-log, log"):
        estimates.survival(counts(SIX), "plain")


def test_the_median_is_the_first_time_below_one_half():
    assert estimates.quantile(estimates.survival(counts(SIX)))["estimate"].tolist() == [6]


def test_the_median_on_a_plateau_is_its_midpoint():
    drawing = "A 0 2 1\nA 0 4 1\nA 0 10 1\nA 0 12 1"

    assert estimates.quantile(estimates.survival(counts(drawing)))["estimate"].tolist() == [(4 + 10) / 2]


def test_a_median_that_is_not_reached_is_unknown():
    row = estimates.quantile(estimates.survival(counts("A 0 2 1\nA 0 4 0\nA 0 9 0"))).iloc[0]

    assert np.isnan(row["estimate"])
    assert (row["events"], row["n"]) == (1, 3)


def test_a_rate_is_read_off_the_last_step_before_the_landmark():
    rates = estimates.rate(estimates.survival(counts(SIX)), [0.5, 5, 6])["estimate"]

    assert rates.tolist() == pytest.approx([1, 2 / 3, 4 / 9])


def test_a_rate_beyond_the_last_patient_is_unknown():
    rates = estimates.rate(estimates.survival(counts("A 0 2 1\nA 0 4 0")), [4, 4.1])["estimate"]

    assert rates[0] == 1 / 2
    assert np.isnan(rates[1])


def test_a_rate_after_the_last_death_of_all_is_zero():
    assert estimates.rate(estimates.survival(counts("A 0 2 1\nA 0 4 1")), [9])["estimate"].tolist() == [0]


def test_the_restricted_mean_is_the_area_under_the_steps():
    mean = estimates.restricted_mean(estimates.survival(counts(SIX)), 7)["estimate"][0]

    assert mean == pytest.approx(1 * 1 + 2 * 5 / 6 + 3 * 2 / 3 + 1 * 4 / 9)


def test_the_restricted_mean_beyond_follow_up_is_unknown():
    assert np.isnan(estimates.restricted_mean(estimates.survival(counts("A 0 2 1\nA 0 4 0")), 5)["estimate"][0])


def test_follow_up_counts_the_ends_of_observation_and_not_the_deaths():
    followed = estimates.survival(lifetable.reversed_kinds(counts("A 0 1 1\nA 0 4 0\nA 0 6 0\nA 0 8 0")))

    assert estimates.quantile(followed)["estimate"].tolist() == [6]


def test_nobody_gives_an_empty_curve_and_no_estimates():
    empty = counts("A 0 1 1").iloc[:0]
    curve = estimates.survival(empty)

    assert curve.empty
    assert estimates.quantile(curve).empty
    assert estimates.rate(curve, [12]).empty
    assert estimates.number_at_risk(empty, [0]).empty


def test_one_patient_is_a_cohort():
    row = estimates.quantile(estimates.survival(counts("A 0 5 1"))).iloc[0]

    assert (row["estimate"], row["n"]) == (5, 1)


def test_every_event_on_day_zero_is_a_curve():
    assert curve_of("A 0 0 1\nA 0 0 1")["survival"].tolist() == [0]


def test_lifelines_gives_the_same_curve():
    from lifelines import KaplanMeierFitter
    from lifelines.datasets import load_waltons

    subjects = load_waltons()
    fit = KaplanMeierFitter().fit(subjects["T"], subjects["E"])
    drawing = "\n".join(f"A 0 {t} {int(e)}" for t, e in zip(subjects["T"], subjects["E"], strict=True))
    ours = curve_of(drawing)["survival"]

    np.testing.assert_allclose(ours, fit.survival_function_["KM_estimate"].reindex(ours.index), atol=1e-12)
