"""Subjects become counts, and nobody is lost or counted twice."""

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis import disclosure, estimates, lifetable
from support.subjects import counts

DRAWN = """
A 0 5 1
A 0 5 1
A 0 5 0
B 0 7 1
B 2 9 0
"""


def test_subjects_alike_are_counted_together():
    at_five = counts(DRAWN).query("group == 'A'")

    assert at_five[["kind", "count"]].values.tolist() == [["censored", 1], ["event", 1 + 1]]


def test_every_subject_is_counted_once():
    assert counts(DRAWN)["count"].sum() == 5


def test_an_event_is_where_cnsr_is_zero():
    adtte = pd.DataFrame({"TRTA": ["A", "A"], "ENTRYDY": [0, 0], "AVAL": [3, 3], "CNSR": [0, 1]})

    assert lifetable.count(adtte)["kind"].tolist() == ["censored", "event"]


@pytest.mark.parametrize("exit_day", [4, 5])
def test_whoever_is_gone_by_the_day_of_a_late_entry_was_never_observed(exit_day):
    assert counts(f"A 5 {exit_day} 1").empty


def test_an_event_on_day_zero_is_observed():
    assert counts("A 0 0 1")["count"].tolist() == [1]


def test_pooling_keeps_everybody():
    pooled = lifetable.pool(counts(DRAWN))

    assert pooled["count"].sum() == 5
    assert set(pooled["group"]) == {"All"}


def test_counts_conditional_on_a_time_leave_out_whoever_was_gone():
    later = lifetable.conditional_on(counts(DRAWN), 5)

    assert later[["entry", "exit", "count"]].values.tolist() == [[5, 7, 1], [5, 9, 1]]


LATE = "A 0 2 1\nA 1 9 1\nA 4 9 0\nB 0 1 1\nB 0 9 0\nC 3 9 1"
"""A has two at risk from day 1 on, and again from day 4; B is entered by all at time zero; C never has two."""


def test_a_curve_that_patients_enter_late_starts_where_enough_are_at_risk():
    """An early death with one other at risk would leave A at one half for good; from day 4 on, 2 are at risk."""
    started = lifetable.from_enough(counts(LATE.replace("A 1 9 1", "A 4 9 1")), 2)

    rows = started[["group", "entry", "exit", "count"]].values.tolist()
    assert rows == [["A", 4, 9, 1], ["A", 4, 9, 1], ["B", 0, 1, 1], ["B", 0, 9, 1]]
    assert estimates.survival(started).query("group == 'A'")["time"].tolist() == [4, 9]


def test_one_at_risk_is_enough_if_that_is_asked():
    assert lifetable.from_enough(counts(LATE), 1)["entry"].tolist() == [0, 1, 4, 0, 0, 3]


EMPTIED = "A 0 10 1\nA 0 11 1\nA 20 30 1\nA 21 40 1\nA 22 50 1"
"""Two are at risk from time zero on, and both die before the others enter, of whom two are at risk from day 21 on."""


def test_a_curve_does_not_start_before_all_at_risk_have_died_while_others_still_enter():
    """From day 0 it would be nought from day 11 on, with three alive; of these each death takes a third."""
    started = lifetable.from_enough(counts(EMPTIED), 2)
    curve = estimates.survival(started).set_index("time")

    assert curve["survival"].to_dict() == pytest.approx({21: 1, 30: 2 / 3, 40: 1 / 3, 50: 0}, rel=1e-12)
    assert lifetable.from_enough(counts(EMPTIED), 4).empty


@pytest.mark.parametrize("drawn", [EMPTIED.replace("11 1", "11 0"), EMPTIED.replace("A 20", "A 10")])
def test_a_curve_that_is_not_nought_when_others_enter_starts_where_enough_are_at_risk(drawn):
    assert lifetable.from_enough(counts(drawn), 2)["entry"].min() == 0


def test_of_late_entrants_whose_curve_starts_at_time_zero_that_is_said():
    subjects = pd.DataFrame({"TRTA": [*"AAA"], "ENTRYDY": [0, 0, 5]})
    started = lifetable.from_enough(counts("A 0 9 1\nA 0 9 1\nA 5 9 1"), 2)

    assert lifetable.start_rule(subjects, started).endswith("enough of its patients are at risk, here at time zero.")


def test_where_a_curve_starts_is_told_in_words():
    subjects = pd.DataFrame({"TRTA": [*"AAABBC"], "ENTRYDY": [0, 61, 122, 0, 0, 91]})
    drawn = LATE.replace("A 1 9 1", "A 61 900 1").replace("A 4 9 0", "A 122 900 0").replace("C 3", "C 91")
    rule = lifetable.start_rule(subjects, lifetable.from_enough(counts(drawn.replace("9 ", "900 ")), 2))

    assert rule.endswith("no event before that: A from 4.0 months after time zero; C has no curve.")


def test_a_curve_of_late_entrants_that_a_policy_withholds_is_said_to_be_withheld():
    subjects = pd.DataFrame({"TRTA": [*"AAB"], "ENTRYDY": [0, 61, 0], "AVAL": [90, 90, 90], "CNSR": [0, 0, 0]})
    withheld = lifetable.protected(subjects, disclosure.choose("midpoint6", "confidential"))

    assert lifetable.start_rule(subjects, withheld).endswith(
        "a curve that they enter is withheld by the disclosure policy."
    )


def test_without_late_entry_nothing_changes_and_that_is_said():
    subjects = pd.DataFrame({"TRTA": ["A"], "ENTRYDY": [0]})
    whole = counts("A 0 5 1")

    pd.testing.assert_frame_equal(lifetable.from_enough(whole, 5), whole)
    assert lifetable.start_rule(subjects, whole) == "Every patient is at risk from time zero on."


def test_turning_the_question_round_turns_censoring_into_the_event():
    turned = lifetable.reversed_kinds(counts("A 0 5 1\nA 0 6 0"))

    assert turned.set_index("exit")["kind"].to_dict() == {5: "censored", 6: "event"}


def test_the_order_of_subjects_changes_nothing():
    lines = DRAWN.strip().splitlines()

    pd.testing.assert_frame_equal(counts("\n".join(reversed(lines))), counts(DRAWN))


def test_endpoints_of_one_course_become_groups_of_their_own_names():
    course = lifetable.together({"Alive": counts(DRAWN), "On drug": counts("A 0 5 1\nB 0 5 1")})

    assert course.groupby("group")["count"].sum().to_dict() == {"Alive": 5, "On drug": 1 + 1}


def test_a_course_of_which_nothing_is_known_has_no_counts():
    assert lifetable.together({}).empty


@pytest.mark.parametrize("later", [3.3000000000000003, 3.3 + 1e-9])
@pytest.mark.parametrize("unit", [1, 7, 30.4375])
def test_times_that_differ_by_arithmetic_only_are_one_time(later, unit):
    """R's `survfit` does so too: of five, two leave at one time, one of them by the event, so that 4 of 5 survive."""
    adtte = pd.DataFrame(
        {"TRTA": "A", "ENTRYDY": 0, "AVAL": np.array([later, 3.3, 5, 6, 7]) * unit, "CNSR": [0, 1, 1, 1, 1]}
    )
    curve = estimates.survival(lifetable.count(adtte))

    assert curve["time"].nunique() == 5
    assert curve["survival"].min() == pytest.approx(0.8)


def test_a_time_in_weeks_is_that_in_days():
    adtte = pd.DataFrame({"TRTA": "A", "ENTRYDY": 0, "AVAL": [7.1 * 7, 49.7], "CNSR": [0, 0]})

    assert lifetable.count(adtte)["count"].tolist() == [2]


def test_an_entry_on_the_day_of_the_end_is_no_observation_whatever_its_last_digit():
    adtte = pd.DataFrame({"TRTA": "A", "ENTRYDY": [3.3], "AVAL": [3.3000000000000003], "CNSR": [0]})

    assert lifetable.count(adtte).empty


def test_times_a_thousandth_of_a_day_apart_are_two():
    adtte = pd.DataFrame({"TRTA": "A", "ENTRYDY": 0, "AVAL": [3.3, 3.301], "CNSR": [0, 0]})

    assert len(lifetable.count(adtte)) == 2


@pytest.mark.parametrize(
    ("entry", "said"),
    [([0, 0], "Nobody comes"), ([10, 20], "nobody had the event"), ([10, 60], "their number: 1.")],
)
def test_late_entry_changes_an_estimate_only_if_somebody_has_the_event_before_all_have_entered(entry, said):
    adtte = pd.DataFrame({"TRTA": "S-group", "ENTRYDY": entry, "AVAL": [50, 90], "CNSR": [0, 0]})

    assert said in lifetable.entry_effect(adtte)
