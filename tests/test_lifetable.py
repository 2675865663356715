"""Subjects become counts, and nobody is lost or counted twice."""

import pandas as pd
import pytest

from gistbook.analysis import lifetable
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
