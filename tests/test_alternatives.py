"""One endpoint under other assumptions: the sets that a reader chooses between, by pencil and by the chapter itself."""

import re
from pathlib import Path

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import alternatives, endpoints, estimates, lifetable
from gistbook.conventions import NOT_FOR_RELEASE, UsageError, days
from gistbook.display import figures, prose
from gistbook.display.outputs import inlined
from gistbook.intake.cohort import regroupings
from support.chapters import pages, words_of
from support.cohorts import confidential
from support.sharing import one_of
from support.subjects import ASSESSMENTS, EXPOSURES, OPERATIONS, PATIENTS, SETTINGS, counts, folder

BUNDLED = Path(__file__).parents[1] / "data" / "wada2021"


def of_leading(cohort, limits=(1, 2, 3)):
    """Return the sets of a cohort from the first operation on, with scans every 90 days."""
    return alternatives.of_leading(cohort, "first_operation", 90, regroupings(cohort, limits), 5)


@pytest.fixture(scope="module")
def cohort():
    """Return the bundled cohort."""
    return build.load_cohort(BUNDLED)


@pytest.fixture(scope="module")
def sets(cohort):
    """Return the sets of the bundled cohort."""
    return of_leading(cohort)


@pytest.fixture(scope="module")
def chapter():
    """Return the chapter as it is in the book."""
    return pages(BUNDLED, only=["sensitivity"])["sensitivity"]


def told(frame: dict) -> dict[tuple[str, str], tuple]:
    """Return the medians of a recorded frame with their limits and sizes, by assumption and setting."""
    rows = [dict(zip(frame["columns"], row, strict=True)) for row in frame["rows"]]
    return {
        (row["assumption"], row["setting"]): tuple(row[name] for name in ("estimate", "lower", "upper", "events", "n"))
        for row in rows
    }


def medians_of(sets) -> list[float]:
    """Return the medians of sets in days."""
    return alternatives.medians(sets)["estimate"].tolist()


def drawn(sets):
    """Return the figure of sets."""
    frames = (alternatives.curves(sets), alternatives.at_risk(sets), alternatives.medians(sets))
    return figures.choice(frames, "Survival", "time zero", "k")


def test_sets_without_one_patient_stand_in_the_order_of_how_far_the_median_moves():
    three = counts("All 0 10 1\nAll 0 20 1\nAll 0 60 1")
    sets = alternatives.without_one(three)

    assert medians_of(sets) == [(20 + 60) / 2, (10 + 60) / 2, (10 + 20) / 2]
    assert [each.setting for each in sets] == [f"{rank} of 3" for rank in (1, 2, 3)]


def test_patients_of_one_course_share_a_set_and_its_ranks():
    three = counts("All 0 10 1\nAll 0 10 1\nAll 0 60 1")
    sets = alternatives.without_one(three)

    assert medians_of(sets) == [(10 + 60) / 2, 10]
    assert [each.setting for each in sets] == ["1 to 2 of 3", "3 of 3"]


def test_one_patient_alone_is_not_left_out():
    assert alternatives.without_one(counts("All 0 10 1")) == []


def test_each_set_without_one_patient_is_that_of_the_endpoint_without_that_row(cohort, sets):
    _, adtte = endpoints.leading(cohort)
    by_hand = [estimates.median_of(lifetable.count(adtte.drop(index=row)))["estimate"].iloc[0] for row in adtte.index]
    fewer = [each for each in sets if each.assumption == alternatives.ONE_FEWER]
    ranks = [re.findall(r"\d+", each.setting)[:-1] for each in fewer]
    expanded = [
        m for m, rank in zip(medians_of(fewer), ranks, strict=True) for _ in range(int(rank[0]), int(rank[-1]) + 1)
    ]

    assert sorted(expanded) == sorted(by_hand)


@pytest.mark.parametrize("origin", one_of(3, ["second_line", "resistance", "imatinib_start"]))
def test_another_time_zero_gives_what_the_chapter_run_with_it_gives(cohort, chapter, origin):
    ours = told(chapter.frames["alternatives"]["medians"])
    other = pages(BUNDLED, only=["sensitivity"], origin=origin)["sensitivity"]
    name = endpoints.clock(cohort, origin)
    base = told(other.frames["alternatives"]["medians"])[alternatives.BASE, f"from {name}"]

    assert ours[alternatives.TIME_ZERO, name] == base


def test_dating_censoring_and_scale_give_what_the_tables_of_the_chapter_print(chapter, sets):
    tables = words_of(chapter.html)
    phrases = {
        each.setting: prose.phrase(row) for each, row in zip(sets, alternatives.medians(sets).itertuples(), strict=True)
    }
    dated = [each.setting for each in sets if each.assumption == alternatives.PROGRESSION]

    assert len(dated) == 5
    for setting in dated:
        assert f"{setting} | {phrases[setting]} |" in tables
    of_pfs = tables.partition("Interval of PFS")[2].partition("Interval of")[0]
    assert f" log | {phrases['log']} |" in of_pfs


def test_the_days_between_scans_reach_the_censoring_rule(cohort):
    often, rarely = (alternatives.of_leading(cohort, "first_operation", each, [], 5) for each in (20, 4000))
    rule = "any event after two or more missed scans is censored"
    events = [{s.setting: s for s in each}[rule].counts for each in (often, rarely)]

    assert lifetable.happened(events[0]).sum() < lifetable.happened(events[1]).sum()


def test_another_resistance_rule_gives_what_a_cohort_recorded_by_it_gives(tmp_path, sets):
    tables = {path.stem: path.read_text(encoding="utf-8") for path in BUNDLED.glob("*.csv")}
    patients = pd.read_csv(BUNDLED / "patients.csv", dtype=str)
    few = patients["growing_lesions"].astype(int) <= 1
    patients["resistance_pattern"] = few.map({True: "localized", False: "generalized"})
    tables["patients"] = patients.to_csv(index=False)
    other = build.load_cohort(folder(tmp_path / "x", (BUNDLED / "cohort.toml").read_text(encoding="utf-8"), **tables))
    (one,) = (each for each in sets if each.setting == "localized: at most 1 growing")

    assert medians_of([one]) == medians_of(of_leading(other)[:1])


def test_a_rule_that_changes_nobodys_group_is_not_offered(cohort, sets):
    offered = [each.setting for each in sets if each.assumption == alternatives.RESISTANCE]
    moved = [k for k in (1, 2, 3) if cohort_moved(cohort, k)]

    assert offered == [f"localized: at most {k} growing" for k in moved]


def cohort_moved(cohort, limit: int) -> bool:
    """Tell whether calling at most so many growing lesions localized changes the pattern of an analysed patient."""
    adsl = cohort.adsl.dropna(subset="GROWLES")
    return ((adsl["GROWLES"] <= limit) != (adsl["RESPAT"] == "localized")).any()


def test_where_a_policy_coarsens_there_are_no_sets(tmp_path):
    ward = build.load_cohort(confidential(tmp_path / "ward"))

    with pytest.raises(UsageError, match="withheld under the policy midpoint6"):
        of_leading(ward)


def test_of_a_confidential_cohort_no_set_lacks_one_patient_even_with_exact_numbers(tmp_path):
    ward = build.load_cohort(confidential(tmp_path / "ward"), NOT_FOR_RELEASE)
    assumptions = {each.assumption for each in of_leading(ward)}

    assert alternatives.TIME_ZERO in assumptions
    assert alternatives.ONE_FEWER not in assumptions


def test_nothing_that_is_shown_names_a_patient(cohort, sets):
    figure = drawn(sets)
    shown = words_of(figure.html) + figure.description + str(figure.frames)

    assert not [who for who in cohort.adsl["USUBJID"] if re.search(rf"(?<!\w){re.escape(who)}(?!\w)", shown)]


def test_the_drawing_has_band_line_and_drop_of_each_set_in_the_order_of_the_rows(sets):
    html = inlined(drawn(sets).html)
    wide = html[: html.index('<div class="gb-narrow">')]

    for kind in ("area", "line"):
        assert wide.count(f'<g class="mark-{kind} role-mark') == len(sets)
    drops = re.findall(r"mark-rule role-mark.*?</g>", wide)
    assert sum(len(re.findall('<line [^>]*x2="0"', each)) for each in drops) == len(sets)
    assert html.count("data-at=") == len(sets)


def test_a_median_that_is_not_reached_has_a_drop_of_no_length_and_its_words():
    base, none = counts("All 0 300 1\nAll 0 600 1"), counts("All 0 300 0\nAll 0 600 0")
    html = inlined(
        drawn([alternatives.Alternative(alternatives.BASE, "b", base), alternatives.Alternative("x", "y", none)]).html
    )
    wide = html[: html.index('<div class="gb-narrow">')]
    other = re.findall(r"<line [^>]*var\(--gb-3[^>]*>", wide)

    assert [re.search(r' y2="([^"]*)"', each)[1] for each in other] == ["0"]
    assert wide.count('<g class="mark-line role-mark') == wide.count('<g class="mark-area role-mark') == 2
    assert "median not reached" in html


@pytest.mark.parametrize(
    ("base", "other", "words"),
    [
        ((14.5, 5.7, 32.3), (15.2, 5.7, 30.0),
         "median 0.7 months longer, lower limit the same, upper limit 2.3 months lower"),
        ((14.5, 5.7, None), (None, 6.0, None),
         "median not reached, lower limit 0.3 months higher, upper limit not reached in both"),
        ((None, 5.7, None), (14.0, 5.7, 20.0), "median reached, as it was not before, lower limit the same, "
         "upper limit reached, as it was not before"),
    ],
)  # fmt: skip
def test_differences_from_the_base_are_those_of_what_is_printed(base, other, words):
    frame = pd.DataFrame([base, other], columns=["estimate", "lower", "upper"], dtype=float).apply(days).assign(n=18)
    base, row = frame.itertuples()

    assert prose.beside(row, base) == words
    assert prose.beside(row._replace(n=17), base) == f"{words}, of 17 patients in place of 18"


def test_where_nobody_has_a_time_there_is_nothing_to_choose(tmp_path):
    none = "patient_id,operation_date,indication\n"
    cohort = build.load_cohort(folder(tmp_path / "x", SETTINGS, patients=PATIENTS, operations=none))
    sets = of_leading(cohort)

    assert sets == []
    assert "<svg" not in inlined(drawn(sets).html)


def test_of_a_handful_of_patients_every_number_is_still_offered(tmp_path):
    tables = {"patients": PATIENTS, "operations": OPERATIONS, "assessments": ASSESSMENTS, "exposures": EXPOSURES}
    sets = of_leading(build.load_cohort(folder(tmp_path / "x", SETTINGS, **tables)))

    assert sets[0].assumption == alternatives.BASE
    assert [each.setting for each in sets if each.assumption == alternatives.ONE_FEWER] == [
        f"{rank} of 2" for rank in (1, 2)
    ]
