"""The numbers of a figure: a table that says of every group, at each of its times, what the frames hold; no more."""

import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from gistbook.analysis import competing, disclosure, estimates, lifetable
from gistbook.conventions import EXHAUSTED, NOT_STARTED, WITHHELD, days, months, rounded
from gistbook.display import figures
from gistbook.display.figures import readings
from support import subjects
from support.drawn_figures import (
    MANY,
    RISING,
    RISING_AT_RISK,
    SERIES,
    SINCE,
    SIX,
    WHAT,
    figure_of,
    frames_of,
    many_subjects,
)

TWO = SIX.strip().replace("S ", "A ") + SIX.rstrip().replace("S ", "B ").replace("100", "150")
"""Six drawn subjects of each of two groups, who change at different days."""

LATE = "S 0 100 1\nS 0 300 1\nS 200 400 0\nS 0 400 1"
"""Four subjects, of whom one comes under observation after the first is gone."""


def cells(html: str) -> list[list[str]]:
    """Return the rows of the numbers of a figure."""
    rows = BeautifulSoup(html, "html.parser").select(".gb-data tr")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


def read_at(html: str, month: float) -> list[str]:
    """Return what is read at the last time of the table up to a month, group by group."""
    rows = BeautifulSoup(html, "html.parser").select(".gb-data tbody tr")
    row = [row for row in rows if float(row["data-at"]) <= month][-1]
    return [cell.get_text() for cell in row.find_all("td")]


def of_policy(text: str, name: str):
    """Return the figure of drawn subjects under a policy."""
    return figure_of(disclosure.protect(subjects.counts(text), disclosure.choose(name, "confidential")))


@pytest.fixture(scope="module")
def html() -> str:
    """Return the figure of two groups of drawn subjects."""
    return figure_of(subjects.counts(TWO)).html


def test_the_numbers_of_a_figure_have_a_row_for_every_time_at_which_a_group_changes_and_for_every_tick(html):
    rows = BeautifulSoup(html, "html.parser").select(".gb-data tbody tr")
    changes = {round(months(day), 6) for day in (0, 100, 150, 200, 300, 400, 700)}

    assert [float(row["data-at"]) for row in rows] == sorted(changes | set(range(0, 18, 3)))


def test_the_numbers_of_a_figure_have_a_column_for_every_group_and_headings_with_a_scope(html):
    table = BeautifulSoup(html, "html.parser").select_one(".gb-data table")

    assert [head.get_text() for head in table.select("thead th[scope=col]")] == [f"Time from {SINCE}", "A", "B"]
    assert all(row.find("th")["scope"] == "row" for row in table.select("tbody tr"))
    assert WHAT in table.caption.get_text()


def test_between_the_times_of_a_group_its_height_is_that_of_the_last_and_its_number_at_risk_that_of_the_next(html):
    a, b = read_at(html, months(120))

    assert a.startswith(f"{rounded(100 * 5 / 6, 0)}% (95% CI ")
    assert (a.rpartition(", ")[2], b) == ("6 at risk", "100%, 6 at risk")
    assert read_at(html, months(151))[0].endswith(", 5 at risk")


def test_at_a_time_of_its_own_a_group_is_told_after_the_event_and_counted_before_it(html):
    one = read_at(html, months(101))[0]

    assert one.startswith("83% (95% CI ")
    assert one.endswith(", 6 at risk")


def test_beyond_the_last_patient_at_risk_there_is_no_number():
    curve = estimates.survival(subjects.counts(TWO))
    at_risk = estimates.number_at_risk(subjects.counts(TWO), days([0, 24]))
    html = figures.survival_curve(curve, at_risk, SINCE, WHAT).html

    assert cells(html)[-1] == ["24 months", EXHAUSTED, EXHAUSTED]


def test_a_curve_that_came_to_zero_stays_there():
    assert cells(figure_of(subjects.counts("S 0 100 1\nS 0 100 1")).html)[-1] == ["4 months", "0%, 0 at risk"]


def test_before_a_curve_begins_nothing_is_told():
    curve, at_risk = frames_of(subjects.counts(SIX))
    later = readings.over_time(curve[curve["time"] > 0], at_risk, SINCE)

    assert later.rows[0][2] == [NOT_STARTED]


@pytest.mark.parametrize("policy", ["midpoint6", "threshold5"])
def test_what_a_policy_withholds_of_a_group_is_withheld_in_its_numbers(policy):
    curve, at_risk = frames_of(
        disclosure.protect(subjects.counts("S 5 100 1\nS 0 300 1"), disclosure.choose(policy, "confidential"))
    )
    told = readings.over_time(curve, at_risk, SINCE)

    assert {phrase for *_, phrases in told.rows for phrase in phrases} == {WITHHELD}


def test_beyond_the_end_of_what_a_policy_releases_the_numbers_are_withheld():
    many = subjects.counts("\n".join(f"S 0 {day} 1" for day in range(30, 900, 20)))
    released = disclosure.protect(many, disclosure.choose("threshold5", "confidential"))
    at_risk = estimates.number_at_risk(released, days([0, 12, 36]))
    *_, before, last = readings.over_time(estimates.survival(released), at_risk, SINCE).rows

    assert last[2] == [WITHHELD]
    assert before[2][0].endswith(" at risk")


def test_under_a_coarse_policy_the_numbers_are_at_times_of_its_grid():
    many = "\n".join(f"S 0 {day} 1" for day in range(31, 900, 20))
    rows = BeautifulSoup(of_policy(many, "midpoint6").html, "html.parser").select(".gb-data tbody tr")

    assert [row["data-at"] for row in rows if float(row["data-at"]) % 3] == []


@pytest.fixture(scope="module")
def sixty() -> pd.DataFrame:
    """Return the counts of sixty drawn subjects of three groups."""
    rng = np.random.default_rng(3)
    columns = {"TRTA": list("ABC" * 20), "ENTRYDY": 0, "AVAL": rng.integers(1, 900, 60), "CNSR": rng.integers(0, 2, 60)}
    return lifetable.count(pd.DataFrame(columns))


@pytest.mark.parametrize("group", [0, 1, 2])
def test_every_number_at_risk_of_the_table_is_the_count_of_who_has_not_left_before(sixty, group):
    own = sixty[sixty["group"] == "ABC"[group]]
    told = readings.over_time(*frames_of(sixty), SINCE).rows
    counted = {place: re.search(r"(\d+) at risk", phrases[group]) for place, _, phrases in told}
    expected = {place: own[own["exit"] >= days(place) - 1e-3]["count"].sum() for place in counted}

    assert {place: int(found[1]) for place, found in counted.items() if found} == {
        place: expected[place] for place, found in counted.items() if found
    }
    assert sum(expected[place] for place, found in counted.items() if not found) == 0


@pytest.mark.parametrize("group", [0, 1, 2])
def test_every_height_of_the_table_is_the_one_that_an_estimate_at_that_time_has(sixty, group):
    told = readings.over_time(*frames_of(sixty), SINCE).rows
    known = [(place, found[0]) for place, _, phrases in told if (found := re.match(r"\d+%", phrases[group]))]
    heights = estimates.rate(estimates.survival(sixty), [days(place) + 1e-3 for place, _ in known])
    own = heights[heights["group"] == "ABC"[group]]["estimate"].ffill()

    assert [f"{rounded(100 * height, 0)}%" for height in own] == [height for _, height in known]


def test_where_somebody_comes_under_observation_in_between_no_number_at_risk_is_told_but_at_times_that_have_one():
    curve, at_risk = frames_of(subjects.counts(LATE))
    told = {place: phrases[0] for place, _, phrases in readings.over_time(curve, at_risk.iloc[:1], SINCE).rows}
    between = readings.over_time(
        pd.concat([curve, curve.assign(group="T", time=curve["time"] + 50)]), at_risk.iloc[:1], SINCE
    )

    assert told[round(months(300), 6)].endswith(", 3 at risk")
    assert [p[0] for t, _, p in between.rows if t == round(months(150), 6)] == [
        told[round(months(100), 6)].rpartition(", ")[0]
    ]


def test_the_numbers_of_a_long_curve_are_at_so_many_times_at_most_and_say_so():
    counts = many_subjects(MANY)
    rows = cells(figure_of(counts).html)
    caption = BeautifulSoup(figure_of(counts).html, "html.parser").select_one(".gb-data caption").get_text()

    assert readings.MOST_TIMES < len(rows) - 1 < readings.MOST_TIMES + 12  # and a tick each
    assert re.search(r"Of the times at which a curve changes, \d+ of \d{4} are shown", caption)
    assert len({float(row[0].split()[0]) for row in rows[1:]}) == len(rows) - 1  # 1 month is no other time than 1.0


def test_no_number_of_a_curve_of_few_steps_is_left_out():
    html = figure_of(many_subjects(readings.MOST_ROWS - 20)).html

    assert readings.MOST_TIMES + 12 < len(cells(html)) - 1 <= readings.MOST_ROWS
    assert "are shown" not in html


def test_rising_curves_are_told_as_their_axis_has_them():
    assert cells(figures.step_curve(RISING, RISING_AT_RISK, SINCE, "Died").html) == [
        [f"Time from {SINCE}", "a"],
        ["0 months", "0.00, 8 at risk"],
        ["12 months", "0.25 (0.10 to 0.60), 3 at risk"],
    ]


def test_beyond_its_last_time_a_rising_curve_is_not_extended():
    both = pd.concat([RISING, RISING.assign(group="b", time=RISING["time"] * 2)])

    at_risk = pd.concat([RISING_AT_RISK, RISING_AT_RISK.assign(group="b")])

    last = cells(figures.step_curve(both, at_risk, SINCE, "Died").html)[-1]
    assert last == ["24 months", EXHAUSTED, "0.25 (0.10 to 0.60)"]


def test_a_rising_curve_after_which_nobody_is_left_stays_where_it_is():
    """Two have the event, at 100 and 200 days; of the other group one is censored at 400."""
    counts = lifetable.count_kinds(
        pd.DataFrame(
            {
                "TRTA": ["A", "A", "B", "B"], "ENTRYDY": 0.0, "AVAL": [100, 200, 300, 400], "CNSR": [0, 0, 0, 1],
                "EVNTDESC": "gone",
            }
        )
    )  # fmt: skip
    rising = competing.incidence_over_risk(competing.cumulative_incidence(counts), counts)
    rows = {place: phrases for place, _, phrases in readings.over_time(*rising, SINCE).rows}

    assert rows[12][0] == "100%, 0 at risk"
    assert rows[round(months(300), 6)][0] == "100%, 0 at risk"
    assert rows[max(rows)] == ["100%, 0 at risk", EXHAUSTED]


def test_a_forest_is_told_row_by_row_in_the_order_of_the_drawing():
    mixed = SERIES.iloc[[0, 2, 1]]

    assert cells(figures.forest(mixed, "Median, months").html) == [
        ["Estimate", "Median, months", "Source"],
        ["Surgery, Ours", "14.5 (7.9 to 24.6)", "this cohort"],
        ["Surgery, Theirs", "10.0", "published"],
        ["Drugs, Late", "not reached", "published"],
    ]


def test_pooled_groups_are_read_as_one():
    assert cells(figure_of(lifetable.pool(subjects.counts(TWO))).html)[1] == ["0 months", "100%, 12 at risk"]
