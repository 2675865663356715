"""Disclosure policies: what they print of few patients, and what whoever knows the rule can still conclude."""

import itertools
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gistbook import build
from gistbook.analysis import baseline, contrasts, disclosure, estimates, lifetable
from gistbook.analysis.disclosure import policies
from gistbook.conventions import ACCESS, UsageError, days
from gistbook.schemas import FLOW, MARKERS, names
from support.sharing import one_of

MIDPOINT = disclosure.choose("midpoint6", "confidential")
FIVE = disclosure.choose("threshold5", "confidential")
COARSENING = ("midpoint6", "threshold5", "threshold10", "threshold11")

MONTH = days(1)

drawn = settings(max_examples=150, derandomize=True, deadline=None, database=None)


def counts(*rows, group="A", entry=0) -> pd.DataFrame:
    """Return counts of times from (month of exit, kind, how many)."""
    told = [(group, entry, month * MONTH, kind, count) for month, kind, count in rows]
    return pd.DataFrame(told, columns=["group", "entry", "exit", "kind", "count"])


def leaving(safe: pd.DataFrame) -> list[tuple]:
    """Return who left, of safe counts, as (month, kind, how many); those at risk at the end are still there."""
    rows = safe[(safe["count"] > 0) & (safe["high"] > 0)].sort_values(["exit", "kind"])
    return [(round(row.exit / MONTH), row.kind, row.count) for row in rows.itertuples()]


def held_back(safe: pd.DataFrame) -> list[str]:
    """Return the markers of safe counts."""
    return sorted(safe.loc[safe["kind"].isin(MARKERS), "kind"])


# Choosing a policy


@pytest.mark.parametrize(
    ("access", "name"), [*((access, "exact") for access in ACCESS[:-1]), (ACCESS[-1], "midpoint6")]
)
def test_a_cohort_is_shown_under_the_policy_of_its_access(access, name):
    assert disclosure.choose("default", access).name == name


def test_a_policy_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(UsageError, match="midpoint6"):
        disclosure.choose("midpoint", "public")


def test_exact_numbers_of_a_confidential_cohort_are_refused_with_the_way_to_see_them():
    with pytest.raises(UsageError, match="--not-for-release"):
        disclosure.choose("exact", "confidential")


def test_exact_numbers_of_a_confidential_cohort_can_be_seen_and_are_marked():
    policy = disclosure.choose(disclosure.NOT_FOR_RELEASE, "confidential")

    assert not policy.coarsens
    assert policy.note.startswith("Not for release")


@pytest.mark.parametrize("name", COARSENING)
def test_the_note_of_a_policy_names_it_with_its_version_and_its_grid(name):
    note = disclosure.choose(f"{name}@12", "public").note

    assert f"Disclosure-controlled under policy {name}@12, version 1." in note
    assert "12 months" in note


@pytest.mark.parametrize("name", COARSENING)
def test_no_policy_calls_anybody_anonymous(name):
    assert "anonym" not in disclosure.choose(name, "public").note.lower()


def test_a_threshold_without_a_number_is_ten():
    assert disclosure.choose("threshold", "public").minimum == 10


@pytest.mark.parametrize("name", ["midpoint6@2", "exact@6"])
def test_a_grid_that_hides_nothing_is_refused(name):
    with pytest.raises(UsageError, match="3 months"):
        disclosure.choose(name, "public")


@pytest.mark.parametrize(
    ("patients", "months", "grid"), [(39, 12, 3), (39, 60, 3), (39, 61, 6), (39, 120, 6), (15, 120, 12), (15, 600, 24)]
)
def test_a_grid_follows_from_the_printed_size_and_the_declared_follow_up(patients, months, grid):
    assert disclosure.over_follow_up(MIDPOINT, patients, months).grid_months == grid


def test_without_a_declared_follow_up_and_where_a_grid_is_asked_for_it_stays():
    asked = disclosure.choose("midpoint6@12", "public")

    assert disclosure.over_follow_up(MIDPOINT, 39, 0) is MIDPOINT
    assert disclosure.over_follow_up(asked, 39, 12) is asked


@pytest.mark.parametrize("length", [True, -1, "long"])
def test_a_follow_up_that_is_no_number_of_months_is_refused(length):
    with pytest.raises(UsageError, match="months"):
        disclosure.over_follow_up(MIDPOINT, 39, length)


def test_what_cannot_be_made_coarse_is_refused_under_a_policy_that_coarsens():
    disclosure.exact_only(disclosure.choose("exact", "public"))

    with pytest.raises(UsageError, match="withheld"):
        disclosure.exact_only(MIDPOINT)


# Single counts


@pytest.mark.parametrize(
    ("count", "printed"), [(0, 3), (1, 3), (6, 3), (7, 9), (12, 9), (18, 15), (19, 21), (37, 39)], ids=str
)
def test_a_count_becomes_the_middle_of_six(count, printed):
    assert policies.midpoint(count) == printed


def test_groups_rounded_one_by_one_need_not_add_up_to_all():
    assert policies.midpoint(18) + policies.midpoint(19) != policies.midpoint(37)


@given(count=st.integers(0, 60))
@drawn
def test_the_bounds_of_a_printed_count_are_the_counts_that_are_printed_so(count):
    printed = policies.midpoint(count)
    alike = [other for other in range(80) if policies.midpoint(other) == printed]

    assert policies.bounds(printed) == (alike[0], alike[-1])


@pytest.mark.parametrize("count", [0, 18])
def test_none_and_all_of_a_sensitive_thing_are_withheld_by_a_threshold(count):
    assert np.isnan(disclosure.part((count, 18), FIVE)).all()


@pytest.mark.parametrize("size", range(10, 81))
def test_none_and_all_are_rounded_like_some_and_most_whatever_the_size(size):
    printed = [disclosure.part((count, size), MIDPOINT) for count in range(size + 1)]

    assert printed[0] == printed[1] == printed[2]
    assert printed[-1] == printed[-2] == printed[-3]


@pytest.mark.parametrize("policy", [MIDPOINT, FIVE], ids=lambda policy: policy.name)
def test_nothing_is_printed_of_a_part_of_few(policy):
    assert {str(disclosure.part((count, 9), policy)) for count in range(10)} == {"(nan, nan)"}


def test_of_all_who_are_counted_no_more_is_told_than_of_nearly_all():
    assert disclosure.part((8, 36), MIDPOINT, of=37)[1] == disclosure.part((8, 35), MIDPOINT, of=37)[1]
    assert disclosure.part((8, 37), MIDPOINT)[1] == 39


def test_exact_counts_stay():
    assert disclosure.part((0, 18), disclosure.choose("exact", "public")) == (0, 18)


@pytest.mark.parametrize("counted", [(4, 30), (26, 30)])
def test_a_count_below_the_threshold_and_one_whose_rest_is_are_withheld(counted):
    assert np.isnan(disclosure.part(counted, FIVE)).all()


@given(count=st.integers(0, 40), n=st.integers(1, 40))
@drawn
def test_a_single_rounded_count_keeps_three_values_for_whoever_knows_the_size(count, n):
    safe, _ = disclosure.part((min(count, n), n), MIDPOINT)
    alike = [other for other in range(n + 1) if disclosure.part((other, n), MIDPOINT)[0] == safe]

    assert np.isnan(safe) or len(alike) >= policies.FEWEST


# Parts of a known whole


def parts_of(total: int, number: int) -> list[tuple]:
    """Return every way in which a number of parts adds up to a total."""
    firsts = itertools.product(range(total + 1), repeat=number - 1)
    return [(*first, total - sum(first)) for first in firsts if sum(first) <= total]


def printed_alike(total: int, number: int, policy) -> dict[tuple, list[tuple]]:
    """Return for everything that may be printed of a whole, the truths that are printed so."""
    alike = defaultdict(list)
    for parts in parts_of(total, number):
        safe = disclosure._released(list(parts), policy)
        alike[tuple(np.nan_to_num(safe, nan=-1))].append(parts)
    return alike


SHAPES = [(2, total) for total in range(2, 81)] + [(3, n) for n in range(2, 41)] + [(4, n) for n in range(2, 22)]
"""Parts of a whole and what they add up to; of some of them the whole is asked only."""

LARGE = [(3, total) for total in range(41, 81)]
EACH_SHAPE = one_of(7, SHAPES) + [pytest.param(shape, marks=pytest.mark.whole) for shape in LARGE]


@pytest.mark.parametrize("shape", EACH_SHAPE, ids=str)
@pytest.mark.parametrize("name", COARSENING)
def test_every_part_of_a_whole_keeps_three_possible_values_whatever_is_printed(name, shape):
    policy, (number, total) = disclosure.choose(name, "public"), shape
    for printed, truths in printed_alike(total, number, policy).items():
        held = [i for i in range(number) if not (policy.minimum and printed[i] >= 0)]
        possible = [len({truth[i] for truth in truths}) for i in held]
        assert min(possible, default=3) >= policies.FEWEST, (printed, truths)


@pytest.mark.parametrize("total", range(2, 81))
@pytest.mark.parametrize("name", COARSENING)
def test_a_single_count_keeps_three_possible_values_whatever_is_printed(name, total):
    policy, alike = disclosure.choose(name, "public"), defaultdict(list)
    for count in range(total + 1):
        alike[str(disclosure._single(count, total, policy))].append(count)

    kept = {printed: len(counts) for printed, counts in alike.items() if not policy.minimum or printed == "nan"}
    assert min(kept.values(), default=3) >= policies.FEWEST


def test_rounding_prints_every_part_of_every_whole():
    assert all(min(printed) > 0 for total in range(2, 30) for printed in printed_alike(total, 3, MIDPOINT))


@pytest.mark.parametrize("total", range(2, 31))
def test_a_threshold_prints_no_part_below_it(total):
    assert all(part < 0 or part >= 5 for printed in printed_alike(total, 3, FIVE) for part in printed)


def test_a_second_part_is_withheld_with_one_that_would_follow_from_it():
    safe = disclosure._released([3, 9, 20], FIVE)

    assert np.isnan(safe[:2]).all()
    assert safe[2] == 20


# Times


def test_exact_counts_of_times_stay():
    given_counts = counts((3.2, "event", 1), (7, "censored", 2))

    assert disclosure.protect(given_counts, disclosure.choose("exact", "public")) is given_counts


def test_times_move_up_to_the_grid_and_the_first_day_does_not_stay_its_own():
    safe = disclosure.protect(
        counts((0, "event", 7), (6, "event", 6), (6.1, "censored", 10), (17, "event", 30)), MIDPOINT
    )

    assert leaving(safe) == [(6, "censored", 3), (6, "event", 15), (12, "censored", 6)]
    assert held_back(safe) == ["ended"]


def test_events_and_censorings_are_rounded_as_they_add_up():
    # Events by 6, 12 and 18 months: 4, 9 and 15, printed 3, 9 and 15; censorings: 0, 5 and 10, printed 3, 3 and 9.
    months = [(5, "event", 4), (11, "event", 5), (17, "event", 6), (10, "censored", 5), (16, "censored", 5)]
    safe = disclosure.protect(counts(*months, (30, "censored", 9)), MIDPOINT)

    assert leaving(safe) == [
        (6, "censored", 3),
        (6, "event", 3),
        (12, "event", 6),
        (18, "censored", 6),
        (18, "event", 6),
    ]


def test_a_rounded_group_ends_before_its_numbers_leave_nobody():
    # 54 printed as 51: by 6 months 9 and 3, by 12 months 27 and 3, by 18 months 27 and 27, more than all.
    safe = disclosure.protect(counts((5, "event", 12), (11, "event", 15), (17, "censored", 27)), MIDPOINT)

    assert leaving(safe) == [(6, "censored", 3), (6, "event", 9), (12, "event", 18)]
    assert estimates.survival(safe)["at_risk"].tolist() == [51, 39, 21]


def test_a_curve_steps_on_the_grid_only():
    months = [(2.3 * n, "event", 1) for n in range(1, 16)] + [(2.1 * n, "censored", 1) for n in range(1, 6)]
    curve = estimates.survival(disclosure.protect(counts(*months), MIDPOINT))

    assert {round(time / MONTH, 9) % 6 for time in curve["time"]} == {0}


def test_the_number_at_risk_at_an_edge_is_of_those_who_have_not_left_by_then():
    safe = disclosure.protect(counts((5, "event", 12), (11, "event", 15), (17, "censored", 27)), MIDPOINT)
    at_risk = estimates.number_at_risk(safe, days([0, 6, 9, 12, 18]))["at_risk"]

    assert at_risk.fillna(-1).tolist() == [51, 39, -1, 21, -1]


def test_a_small_group_has_no_median_and_a_large_one_has():
    small, large = (
        disclosure.protect(counts(*((n, "event", each) for n in range(3, 40, 6)), (20, "censored", 2 * each)), MIDPOINT)
        for each in (3, 9)
    )

    assert held_back(small) == ["ended", "no summary"]
    assert held_back(large) == ["ended"]
    for measure in (estimates.quantile, lambda curve: estimates.restricted_mean(curve, days(12))):
        assert measure(estimates.survival(small))["measure"].tolist() == ["withheld"]
        assert measure(estimates.survival(large))["estimate"].notna().all()
    assert estimates.rate(estimates.survival(small), [days(6)])["measure"].tolist() == ["rate"]


def test_no_test_and_no_ratio_is_made_of_a_small_group():
    pair = pd.concat([counts((5, "event", 9), (8, "censored", 8), group=group) for group in "AB"])
    safe = disclosure.protect(pair, MIDPOINT)

    assert contrasts.logrank(safe)["withheld"]
    assert contrasts.hazard_ratio(safe)["measure"].tolist() == ["withheld"]


def test_pooled_safe_counts_have_a_median_if_they_are_many():
    pair = pd.concat([counts((5, "event", 6), (8, "censored", 11), group=group) for group in "AB"])
    pooled = disclosure.summarizable(lifetable.pool(disclosure.protect(pair, MIDPOINT)), MIDPOINT)

    assert held_back(pooled) == ["ended"]
    assert pooled["count"].sum() == 15 + 15


def test_pooled_counts_end_with_the_group_that_ends_first():
    pair = pd.concat([counts((5, "event", 20), (11, "censored", 20), group="A"), counts((40, "event", 60), group="B")])
    pooled = lifetable.pool(disclosure.protect(pair, MIDPOINT))

    assert pooled["exit"].max() == pytest.approx(days(6))
    assert pooled["count"].sum() == 39 + 57


def test_an_endpoint_in_which_nobody_is_censored_is_printed_as_if_some_were():
    none, some = (
        disclosure.protect(counts((5, "event", 14), (11, "event", 14 - n), (10, "censored", n)), MIDPOINT)
        for n in (0, 2)
    )

    assert leaving(none) == leaving(some) != []


def test_late_entry_withholds_a_group_and_no_other():
    pair = pd.concat(
        [
            counts((9, "event", 9), (8, "censored", 8), group="A", entry=30),
            counts((9, "event", 9), (8, "censored", 8), group="B"),
        ]
    )
    safe = disclosure.protect(pair, MIDPOINT)

    assert held_back(safe[safe["group"] == "A"]) == ["withheld"]
    assert leaving(safe[safe["group"] == "B"]) != []


def test_pooling_with_a_withheld_group_withholds_all():
    pair = pd.concat([counts((9, "event", 5), group="A"), counts((9, "event", 9), (8, "censored", 8), group="B")])
    pooled = lifetable.pool(disclosure.protect(pair, MIDPOINT))

    assert held_back(pooled) == ["withheld"]
    assert leaving(pooled) == []


def test_a_withheld_group_has_no_number_at_risk_and_no_height():
    safe = disclosure.protect(counts((5, "event", 6)), MIDPOINT)

    assert estimates.number_at_risk(safe, [0, 100])["at_risk"].isna().all()
    assert estimates.survival(safe)["survival"].isna().all()
    assert estimates.rate(estimates.survival(safe), [days(6)])["measure"].tolist() == ["withheld"]


def test_a_threshold_merges_intervals_until_each_holds_enough():
    # By 12 months 3 + 4 events, by 18 months 5 more; 10 are left then, and nothing is told of what comes later.
    months = [(3, "event", 3), (9, "event", 4), (15, "event", 5), (40, "event", 2), (50, "censored", 8)]
    safe = disclosure.protect(counts(*months), FIVE)

    assert leaving(safe) == [(12, "event", 7), (18, "event", 5)]
    assert held_back(safe) == ["ended"]


def test_a_threshold_merges_on_where_too_few_are_censored():
    # By 12 months 6 events, but 2 censored; by 18 months 5 censored and 6 + 1 events.
    months = [(9, "event", 6), (10, "censored", 2), (15, "event", 1), (16, "censored", 3), (40, "censored", 9)]

    assert leaving(disclosure.protect(counts(*months), FIVE)) == [(18, "censored", 5), (18, "event", 7)]


def test_a_threshold_that_never_holds_leaves_no_curve():
    assert held_back(disclosure.protect(counts((5, "event", 4), (9, "censored", 30)), FIVE)) == ["withheld"]


def test_a_threshold_ends_a_group_where_it_would_leave_few_at_risk():
    safe = disclosure.protect(counts((5, "event", 7), (11, "event", 9), (17, "event", 4)), FIVE)

    assert leaving(safe) == [(6, "event", 7)]


def test_nothing_is_read_beyond_where_a_threshold_ends_a_curve():
    curve = estimates.survival(disclosure.protect(counts((3, "event", 12), (80, "censored", 22)), FIVE))

    assert estimates.rate(curve, [days(6), days(24)])["measure"].tolist() == ["rate", "withheld"]
    assert estimates.quantile(curve)["measure"].tolist() == ["withheld"]


def test_follow_up_that_a_threshold_ends_has_no_median():
    safe = disclosure.protect(counts((3, "event", 12), (80, "censored", 22)), FIVE)

    assert estimates.quantile(estimates.survival(lifetable.reversed_kinds(safe)))["measure"].tolist() == ["withheld"]


TABLES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=4).filter(
    lambda rows: sum(map(sum, rows)) > 0
)
"""For each edge of the grid, how many have the event and how many are censored."""


def printed_of(table: tuple) -> tuple | None:
    """Return the end and the cumulative counts that are printed of a life table; nothing if it is withheld."""
    months = [
        (6 * edge - 1, kind, n)
        for edge, row in enumerate(table, 1)
        for kind, n in zip(("event", "censored"), row, strict=True)
        if n
    ]
    safe = disclosure.protect(counts(*months), MIDPOINT)
    if "withheld" in held_back(safe):
        return None
    told = leaving(safe)
    edges = range(1, len(table) + 1)
    return round(safe["exit"].max() / MONTH), *(
        sum(n for month, kind, n in told if kind == which and month <= 6 * edge)
        for which in ("event", "censored")
        for edge in edges
    )


@pytest.mark.parametrize(
    "size_and_edges", one_of(3, [(n, 1) for n in range(2, 32)] + [(n, 2) for n in (7, 16, 13, 3, 19)] + [(4, 3)])
)
def test_every_cumulative_count_of_a_life_table_keeps_three_possible_values(size_and_edges):
    size, edges = size_and_edges
    alike = defaultdict(list)
    for parts in parts_of(size, 2 * edges):
        table = tuple(zip(parts[::2], parts[1::2], strict=True))
        truth = (*itertools.accumulate(parts[::2]), *itertools.accumulate(parts[1::2]))
        alike[printed_of(table)].append(truth)

    for printed, truths in alike.items():
        possible = [len({truth[i] for truth in truths}) for i in range(2 * edges)]
        assert min(possible) >= policies.FEWEST, (printed, truths)


@given(table=TABLES)
@drawn
def test_protected_counts_depend_on_nothing_but_the_counts_at_the_edges(table):
    early, late = (
        [
            (6 * edge - shift, kind, n)
            for edge, row in enumerate(table, 1)
            for kind, n in zip(("event", "censored"), row, strict=True)
            if n
        ]
        for shift in (5.9, 0)
    )

    assert leaving(disclosure.protect(counts(*early), MIDPOINT)) == leaving(disclosure.protect(counts(*late), MIDPOINT))


# Tables and the flow


def levels(*numbers, n: int, item: str = "Site") -> pd.DataFrame:
    """Return a breakdown of one group, as Table 1 has it."""
    rows = [
        (item, f"level {i}", "A", "count", count, n, count / n, np.nan, np.nan, 0.1) for i, count in enumerate(numbers)
    ]
    return pd.DataFrame(
        rows,
        columns=["characteristic", "level", "group", "kind", "count", "n", "estimate", "lower", "upper", "difference"],
    )


BY = ["characteristic", "group"]


def test_shares_are_of_the_numbers_that_are_printed():
    safe = disclosure.table(levels(7, 11, n=18), MIDPOINT, BY)

    assert safe[["count", "n", "estimate"]].to_numpy().tolist() == [[9, 18, 0.5], [9, 18, 0.5]]


def test_levels_of_which_a_patient_may_have_several_are_shares_of_the_group():
    safe = disclosure.table(levels(17, 10, n=25), MIDPOINT, BY)

    assert safe[["count", "n"]].to_numpy().tolist() == [[15, 27], [9, 27]]


def test_levels_that_are_no_whole_stay_shares_of_the_group_beside_one_that_is_withheld():
    safe = disclosure.table(levels(20, 3, 18, n=40), FIVE, BY)

    assert safe["count"].isna().tolist() == [False, True, False]
    assert safe["n"].tolist() == [40, 40, 40]


def test_a_level_that_everybody_has_is_withheld():
    assert disclosure.table(levels(18, n=18), MIDPOINT, BY)["count"].isna().all()


def test_a_list_of_which_no_level_is_often_enough_keeps_the_row_of_the_missing():
    cohort = build.load_cohort(build.BOOK / "data" / "wada2021", "threshold10")
    rows = disclosure.table(baseline.of_cohort(cohort), cohort.policy, ["characteristic", "group"])

    assert set(rows.loc[rows["characteristic"] == "Metastatic sites", "level"]) == {"missing"}


def test_medians_and_differences_are_withheld():
    rows = levels(12, n=12).assign(level="median", kind="median", estimate=61.0, lower=50.0, upper=70.0)
    safe = disclosure.table(rows, MIDPOINT, BY)

    assert safe[["count", "n", "estimate", "lower", "upper"]].isna().all(axis=None)
    assert "difference" not in safe


@pytest.mark.parametrize("policy", [MIDPOINT, FIVE], ids=lambda policy: policy.name)
def test_an_exact_table_has_the_rows_of_the_safe_one(policy):
    rows = pd.concat([levels(7, 11, n=18), levels(2, 8, n=10, item="Sex")], ignore_index=True)

    assert disclosure.table(rows, policy, BY)[["characteristic", "level"]].equals(rows[["characteristic", "level"]])


def flow(recorded: int, left: int, *groups: int) -> pd.DataFrame:
    rows = [("Patients recorded", recorded, ""), ("No date", left, "Patients recorded")]
    rows += [("Analysed", recorded - left, "Patients recorded")]
    rows += [(f"Group {i}", n, "Analysed") for i, n in enumerate(groups)]
    return pd.DataFrame(rows, columns=names(FLOW))


def test_the_flow_is_rounded_step_by_step():
    assert disclosure.flow(flow(41, 4, 18, 19), MIDPOINT)["count"].tolist() == [39, 3, 39, 15, 21]


def test_a_threshold_withholds_who_left_and_from_what_it_would_follow():
    safe = disclosure.flow(flow(41, 4, 18, 19), FIVE)["count"]

    assert safe.isna().tolist() == [True, True, False, False, False]
