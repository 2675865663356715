"""What an estimate rests on: events by a landmark, the number at risk there, and the few behind an early median."""

import pandas as pd
import pytest

from gistbook.analysis import disclosure, estimates, lifetable
from gistbook.conventions import days
from gistbook.display import tables

SIX = {"AVAL": [100, 200, 200, 300, 400, 500], "CNSR": [0, 0, 1, 1, 0, 1]}
LATE = {"AVAL": [110, 120, 130, 900, 900, 900], "CNSR": [0, 0, 0, 1, 1, 1], "ENTRYDY": [0, 0, 0, 200, 200, 200]}


def counts(columns: dict) -> pd.DataFrame:
    """Return the counts of one group of drawn patients, in days."""
    subjects = pd.DataFrame({"TRTA": "S-group", "ENTRYDY": 0, **columns})
    return lifetable.count(subjects)


def read(times: list[float], columns: dict = SIX) -> list[tuple]:
    """Return the events by each time, and those at risk there."""
    made = counts(columns)
    found = estimates.by_then(estimates.rate(estimates.survival(made), times), made)
    return list(found[["events_by_then", "at_risk_then"]].itertuples(index=False, name=None))


def test_at_a_landmark_stand_the_events_by_then_and_who_has_not_left_before():
    assert read([50, 200, 250, 450]) == [(0, 6), (2, 5), (2, 3), (3, 1)]


def test_who_enters_after_a_landmark_is_not_at_risk_there():
    assert read([115, 300], LATE) == [(1, 2), (3, 3)]


def test_the_phrase_of_a_landmark_does_not_give_the_events_of_the_whole_curve():
    made = counts(SIX)
    rates = estimates.by_then(estimates.rate(estimates.survival(made), [250]), made)

    assert tables.in_words(rates)["Estimate"].iloc[0].endswith("; 2 events by then, 3 at risk)")


def test_beyond_the_last_patient_the_events_are_those_of_the_curve():
    made = counts(SIX)
    rates = estimates.by_then(estimates.rate(estimates.survival(made), [700]), made)

    assert tables.in_words(rates)["Estimate"].iloc[0].endswith("(3 events / 6 patients)")


def test_events_within_a_horizon_stand_beside_a_restricted_mean():
    made = counts(SIX)
    mean = estimates.by_then(estimates.restricted_mean(estimates.survival(made), 250), made)

    assert mean[["events_by_then", "at_risk_then"]].to_numpy().tolist() == [[2, 3]]


def test_an_early_median_under_late_entry_is_told_with_the_few_it_rests_on():
    curve = estimates.survival(counts(LATE))
    rests_on = estimates.basis_of_median(curve)

    assert rests_on.to_dict("records") == [{"group": "S-group", "events": 2, "fewest": 2, "most": 3, "n": 6}]
    shown = tables.resting_on(estimates.quantile(curve), rests_on)
    assert shown.iloc[0, 2:].tolist() == [2, "2 to 3 of 6"]


def test_a_median_that_is_not_reached_rests_on_nothing():
    curve = estimates.survival(counts({"AVAL": [1, 2, 3], "CNSR": [1, 1, 1]}))
    shown = tables.resting_on(estimates.quantile(curve), estimates.basis_of_median(curve))

    assert shown.iloc[0, 2:].tolist() == ["not reached", "not reached"]


@pytest.mark.parametrize(("month", "told"), [(6, True), (7, False)])
def test_under_a_policy_the_numbers_by_then_are_those_of_an_edge_or_none(month, told):
    subjects = pd.DataFrame({"TRTA": "S-group", "ENTRYDY": 0, "AVAL": [40.0 * n for n in range(1, 61)], "CNSR": 0})
    made = lifetable.protected(subjects, disclosure.choose("midpoint6", "confidential"))
    rates = estimates.by_then(estimates.rate(estimates.survival(made), [days(month)]), made)

    assert ("by then" in tables.in_words(rates)["Estimate"].iloc[0]) == told
