"""Contrasts between groups: what can be worked out by hand, and what must hold whatever the data."""

import numpy as np
import pytest

from gistbook.analysis import contrasts
from support.subjects import counts

FOUR = """
A 0 1 1
A 0 2 1
B 0 3 1
B 0 4 1
"""


def test_the_log_rank_test_compares_observed_with_expected_deaths():
    expected = 1 / 2 + 1 / 3
    variance = 1 / 2 * 1 / 2 + 1 / 3 * 2 / 3

    assert contrasts.logrank(counts(FOUR))["statistic"] == pytest.approx((2 - expected) ** 2 / variance)


def test_groups_alike_do_not_differ():
    alike = "\n".join(f"{group} 0 {time} 1" for group in "AB" for time in (1, 2, 5, 8))

    assert contrasts.logrank(counts(alike))["statistic"] == pytest.approx(0, abs=1e-12)
    assert contrasts.hazard_ratio(counts(alike))["estimate"].tolist() == pytest.approx([1])


def test_exchanging_the_groups_inverts_the_hazard_ratio():
    drawing = "A 0 1 1\nA 0 3 1\nA 0 9 0\nB 0 2 1\nB 0 5 0\nB 0 7 1"
    ratio = contrasts.hazard_ratio(counts(drawing), "A")["estimate"][0]

    assert contrasts.hazard_ratio(counts(drawing), "B")["estimate"][0] == pytest.approx(1 / ratio)


def test_the_first_group_is_the_reference_unless_told_otherwise():
    assert contrasts.hazard_ratio(counts(FOUR))["group"].tolist() == ["B against A"]


def test_a_reference_of_whom_an_endpoint_has_nobody_is_none():
    alone = counts("\n".join(FOUR.strip().splitlines()[:2]))

    assert contrasts.hazard_ratio(counts(FOUR), "C")["group"].tolist() == ["B against A"]
    assert contrasts.hazard_ratio(alone, "C").empty


def test_counts_are_subjects_and_not_weights():
    alike = "A 0 2 1\n" * 5 + "A 0 4 1\n" * 3 + "B 0 2 1\n" * 2 + "B 0 4 1\n" * 4 + "B 0 6 0\n" * 3
    # The maximum of Efron's partial likelihood, found on a grid by the formula of 1977.
    ratios = np.exp(np.linspace(-3, 1, 400001))

    def log_likelihood(r):
        at_two = 2 * np.log(r) - sum(np.log(8 + 9 * r - k / 7 * (5 + 2 * r)) for k in range(7))
        return at_two + 4 * np.log(r) - sum(np.log(3 + 7 * r - k / 7 * (3 + 4 * r)) for k in range(7))

    best = ratios[np.argmax(log_likelihood(ratios))]
    assert contrasts.hazard_ratio(counts(alike))["estimate"][0] == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("drawing", ["A 0 1 0\nA 0 2 0\nB 0 3 1", "A 0 1 1\nA 0 2 1\nB 0 3 0\nB 0 5 0"])
def test_a_group_without_an_event_has_no_hazard_ratio(drawing):
    assert contrasts.hazard_ratio(counts(drawing))["estimate"].isna().all()


def test_one_group_has_nothing_to_be_compared_with():
    assert np.isnan(contrasts.logrank(counts("A 0 1 1"))["p"])
    assert contrasts.hazard_ratio(counts("A 0 1 1")).empty


def test_nobody_has_nothing_to_be_compared_with():
    nobody = counts("A 0 1 1").iloc[:0]

    assert np.isnan(contrasts.logrank(nobody)["p"])
    assert contrasts.hazard_ratio(nobody).empty


def test_under_late_entry_the_log_rank_test_is_the_score_test_of_cox_by_hand():
    """At 5 one of A dies, of one of A and one of B at risk; at 6 one of B, who is alone; at 3 one of B, beside A."""
    found = contrasts.logrank(counts("A 0 5 1\nB 2 6 1\nB 0 3 1"))
    expected, variance = 1 / 2 + 2 / 3, 1 / 2 * 1 / 2 + 1 / 3 * 2 / 3

    assert found["statistic"] == pytest.approx((1 - expected) ** 2 / variance)
    assert found["df"] == 1


def test_a_late_entry_that_changes_no_risk_set_changes_no_test():
    drawing = "A 0 {}3 1\nA 0 5 1\nA 0 9 0\nB 0 4 1\nB 0 7 1\nB {} 8 0".format
    late = contrasts.logrank(counts(drawing("", "1")))

    assert late["p"] == pytest.approx(contrasts.logrank(counts(drawing("", "0")))["p"], rel=1e-12)


THREE = "A 0 1 1\nA 0 4 1\nA 0 6 0\nB 0 2 1\nB 0 3 1\nB 0 5 1\n"


def test_a_group_without_an_event_leaves_the_others_their_hazard_ratio():
    """R's `coxph` gives the others the same, and the group a coefficient that runs away."""
    three = contrasts.hazard_ratio(counts(f"{THREE}C 0 4 0\nC 0 7 0")).set_index("group")

    assert three.loc["B against A", "estimate"] == pytest.approx(
        contrasts.hazard_ratio(counts(THREE))["estimate"].item()
    )
    assert three.loc["C against A", ["estimate", "lower", "upper"]].isna().all()


EARLY = "{0} 0 0.1 1\n{0} 0 0.2 1\n{0} 0 0.3 0\n"


@pytest.mark.parametrize("early", [EARLY.format("C"), "C 9 10 1\nC 9 12 1\n"], ids=["gone before", "come after"])
def test_a_group_whose_events_all_came_while_the_others_had_none_leaves_them_their_hazard_ratio(early):
    """R's `coxph` gives the others the same, and the group a coefficient that runs away."""
    three = contrasts.hazard_ratio(counts(THREE + early)).set_index("group")

    assert three.loc["B against A", "estimate"] == pytest.approx(
        contrasts.hazard_ratio(counts(THREE))["estimate"].item()
    )
    assert three.loc["C against A", ["estimate", "lower", "upper"]].isna().all()


@pytest.mark.parametrize("first", [EARLY.format("0"), "0 0 4 0\n0 0 7 0\n"], ids=["gone before", "without an event"])
def test_the_first_group_that_has_a_ratio_to_any_is_the_reference(first):
    found = contrasts.hazard_ratio(counts(THREE + first)).set_index("group")["estimate"]

    assert found.notna().to_dict() == {"0 against A": False, "B against A": True}


def test_two_pairs_of_groups_of_which_one_outlives_the_other_have_each_its_ratio():
    drawing = THREE + "\n".join(
        line.replace("A", "C").replace("B", "D").replace(" 0 ", " 9 1") for line in THREE.split("\n")
    )
    found = contrasts.hazard_ratio(counts(drawing), "C").set_index("group")["estimate"]

    assert found.drop("D against C").isna().all()
    assert found["D against C"] == pytest.approx(contrasts.hazard_ratio(counts(THREE))["estimate"].item())


def test_nothing_is_compared_with_a_group_without_an_event():
    assert contrasts.hazard_ratio(counts(f"{THREE}C 0 4 0\nC 0 7 0"), "C")["estimate"].isna().all()


def test_a_death_on_the_day_of_time_zero_counts_as_one_on_the_day_before_all_others():
    drawing = "A 0 {0} 1\nA 0 {2} 1\nB 0 {1} 1\nB 0 {3} 1\nB 0 {0} 0"
    at_zero, a_day_later = (drawing.format(*range(start, start + 4)) for start in (0, 1))

    ratios = [contrasts.hazard_ratio(counts(each))["estimate"].item() for each in (at_zero, a_day_later)]
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-12)
