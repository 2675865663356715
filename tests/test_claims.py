"""Claims: whether a number is the published one; and the paper itself, held against a real build."""

import itertools
from types import SimpleNamespace

import pandas as pd
import pytest

from gistbook import build, schemas
from gistbook.analysis import simulate
from gistbook.book import chapters, claims, publish
from gistbook.book import run as running
from gistbook.conventions import NO_NUMBER, NOT_COMPUTED, RECORD_TYPE, DataError
from gistbook.handover import Handover
from support.sharing import one_of

PUBLISHED = claims.load_published()

CHAPTERS = {
    "abstract",
    "introduction",
    "methods",
    "participants",
    "baseline",
    "surgery",
    "progression_free_survival",
    "imatinib_continuation",
    "subsequent_therapy",
    "overall_survival",
    "waiting_time",
    "published_series",
    "what_it_cannot_show",
    "known_truth",
    "sensitivity",
    "claims",
    "discussion",
    "strobe",
    "your_cohort",
    "data_dictionary",
    "validation",
    "colophon",
}
"""The chapters of the whole book, those to come included."""

UNITS = {"count", "year", "months", "share", ""}
STATUSES = {claims.RECOMPUTABLE, claims.NOT_RECOMPUTABLE, claims.NO_DENOMINATOR}
SEED = 21

STATEMENTS = {"only_localized", "imatinib_continued", "surgery_safe", "followed_by_tki", "surgery_useful"}
"""Claims of the paper that hold no number: what was done, and what it concludes."""

UNREAD = SimpleNamespace(reproduces="", calibrated_to=())
HELD = SimpleNamespace(reproduces=claims.PAPER, calibrated_to=())
TUNED = SimpleNamespace(reproduces=claims.PAPER, calibrated_to=("median",))


def claim(published: str, status: str = claims.RECOMPUTABLE) -> pd.DataFrame:
    """Return one claim, named median, as the published claims hold it."""
    row = dict.fromkeys(schemas.names(schemas.CLAIMS), "")
    row |= {"claim_id": "median", "claim": "A median", "published": published, "unit": "months", "status": status}
    return pd.DataFrame([row | {"chapter": "survival", "key": "median"}])


def pasted(value: float | None) -> dict:
    """Return what the chapters pasted, if it is one median."""
    return {"survival": {"median": {"phrase": f"{value} months", "value": value}}}


def verdict(published: str, value: float | None, cohort=HELD, status: str = claims.RECOMPUTABLE) -> str:
    """Return the verdict on one published median beside a recomputed one."""
    return claims.ledger(claim(published, status), pasted(value), cohort)["verdict"].iloc[0]


@pytest.mark.parametrize(
    ("published", "recomputed"),
    [
        ("14.5", 14.45),
        ("14.5", 14.5),
        ("14.5", 14.55),
        ("37", 36.5),
        ("37", 37.5),
        ("93%", 0.925),
        ("93%", 0.935),
        ("0.50", 0.505),
        ("no", 0.0),
        ("all", 1.0),
    ],
)
def test_within_half_a_unit_of_the_last_digit_numbers_agree(published, recomputed):
    assert claims.agrees(published, recomputed)


@pytest.mark.parametrize(
    ("published", "recomputed"),
    [
        ("14.5", 14.449),
        ("14.5", 14.551),
        ("37", 36.49),
        ("93%", 0.9249),
        ("93%", 0.9351),
        ("93%", 93.0),
        ("0.50", 0.506),
        ("0.5", 0.56),
        ("no", 1.0),
        ("all", 17 / 18),
    ],
)
def test_beyond_half_a_unit_of_the_last_digit_numbers_differ(published, recomputed):
    assert not claims.agrees(published, recomputed)


def test_a_claim_that_was_not_tuned_agrees():
    assert verdict("14.5", 14.52) == claims.AGREES


def test_a_claim_to_which_the_cohort_was_tuned_agrees_by_construction():
    assert verdict("14.5", 14.52, TUNED) == claims.BY_CONSTRUCTION


@pytest.mark.parametrize("cohort", [HELD, TUNED])
def test_a_wrong_claim_differs_tuned_or_not(cohort):
    assert verdict("14.6", 14.52, cohort) == claims.DIFFERS


def test_a_likeness_to_which_the_draw_was_chosen_is_not_comparable():
    assert verdict("similar", 14.52, TUNED, claims.NOT_RECOMPUTABLE) == claims.ALIKE_BY_CHOICE
    assert claims.ledger(claim("similar", claims.NOT_RECOMPUTABLE), {}, TUNED)["verdict"].tolist() == [
        claims.NOT_RECOMPUTABLE
    ]


def test_none_of_eighteen_leaves_room_for_the_risk_at_which_none_has_a_chance_of_a_fortieth():
    limit, *_ = claims.serious_limit(PUBLISHED)
    risk, level = limit.split("% ", maxsplit=1)

    assert (1 - float(risk) / 100) ** 18 == pytest.approx(0.025, abs=0.0005)
    assert level == "(upper limit of the exact 95% CI)"


def test_a_value_that_no_chapter_pasted_is_not_computed():
    assert claims.ledger(claim("14.5"), {}, HELD)["verdict"].iloc[0] == NOT_COMPUTED


def test_a_value_that_a_chapter_could_not_estimate_is_not_computed():
    assert verdict("14.5", None) == NOT_COMPUTED


@pytest.mark.parametrize("origin", ["", claims.CLAIMED_ORIGIN])
def test_a_median_on_the_clock_of_the_paper_is_judged(origin):
    values = {"survival": {"median": {"phrase": "14.5 months", "value": 14.5, "origin": origin}}}

    assert claims.ledger(claim("14.5"), values, HELD)["verdict"].iloc[0] == claims.AGREES


def test_a_median_on_another_clock_is_not_judged():
    values = {"survival": {"median": {"phrase": "14.5 months", "value": 14.5, "origin": "resistance"}}}

    assert claims.ledger(claim("14.5"), values, HELD)["verdict"].iloc[0] == claims.OTHER_CLOCK


@pytest.mark.parametrize(("share", "told"), [(1.0, claims.AGREES), (17 / 18, claims.DIFFERS)])
def test_a_claim_of_a_share_is_held_against_the_share(share, told):
    values = {"survival": {"median": {"phrase": "18 of 18", "value": 18.0, "share": share}}}
    ledger = claims.ledger(claim("all").assign(unit="share"), values, HELD)

    assert ledger["verdict"].iloc[0] == told


@pytest.mark.parametrize("status", [claims.NOT_RECOMPUTABLE, claims.NO_DENOMINATOR])
def test_a_claim_that_cannot_be_recomputed_says_why_whatever_was_pasted(status):
    assert verdict("14.5", 14.5, status=status) == status


def test_nothing_is_judged_for_a_cohort_that_reproduces_nothing():
    assert verdict("14.5", 14.5, UNREAD) == ""


def test_the_ledger_shows_the_phrase_that_the_chapter_printed():
    assert claims.ledger(claim("14.5"), pasted(14.52), HELD)["recomputed"].iloc[0] == "14.52 months"


def test_where_nothing_is_judged_the_printed_ledger_has_no_verdicts():
    printed = claims.side_by_side(claims.ledger(claim("14.5"), pasted(14.5), UNREAD))

    assert list(printed.columns) == ["Claim", "Published", "This cohort"]


def test_where_claims_are_judged_the_printed_ledger_has_verdicts():
    printed = claims.side_by_side(claims.ledger(claim("14.5"), pasted(14.5), HELD))

    assert printed.to_numpy().tolist() == [["A median", "14.5 months", "14.5 months", "agrees"]]


def test_the_traced_ledger_leads_to_the_cell_that_made_a_value():
    printed = claims.traced(claims.ledger(claim("14.5"), pasted(14.5), HELD))

    assert printed[claims.MADE_IN].tolist() == [["survival#made-median"]]


def test_the_traced_ledger_leads_nowhere_for_what_was_not_computed():
    printed = claims.traced(claims.ledger(claim("14.5"), {}, HELD))

    assert printed[claims.MADE_IN].tolist() == [NOT_COMPUTED]


def test_open_questions_are_the_claims_with_a_note():
    ledger = claims.ledger(PUBLISHED, {}, HELD)

    assert claims.open_questions(ledger)["Claim"].tolist() == PUBLISHED[PUBLISHED["note"] != ""]["claim"].tolist()


def test_the_only_denominators_up_to_37_that_print_93_percent_are_six():
    found = claims.denominators("93%", 37)

    assert sorted(set(found["denominator"])) == [14, 15, 27, 28, 29, 30]


def test_every_fraction_that_prints_as_a_share_is_found():
    found = claims.denominators("50%", 4)

    assert found.to_numpy().tolist() == [[1, 2, "50.0"], [2, 4, "50.0"]]


def test_without_a_file_of_values_nothing_was_pasted():
    assert claims.load_values("") == {}


def test_claims_without_a_column_are_refused(tmp_path):
    PUBLISHED.drop(columns="unit").to_csv(tmp_path / "claims.csv", index=False)

    with pytest.raises(DataError, match="unit"):
        claims.load_published(tmp_path / "claims.csv")


def test_claims_that_name_one_twice_are_refused(tmp_path):
    pd.concat([PUBLISHED, PUBLISHED]).to_csv(tmp_path / "claims.csv", index=False)

    with pytest.raises(DataError, match="twice"):
        claims.load_published(tmp_path / "claims.csv")


@pytest.mark.parametrize("row", list(PUBLISHED.itertuples()), ids=PUBLISHED["claim_id"])
def test_every_published_claim_is_well_formed(row):
    assert row.unit in UNITS
    assert row.status in STATUSES
    assert row.chapter in CHAPTERS
    assert row.key.isidentifier() or row.claim_id in STATEMENTS
    assert row.claim[0].isupper()
    assert row.denominator == "" or row.denominator.isdigit()


@pytest.mark.parametrize(
    "row", [row for row in PUBLISHED.itertuples() if row.status == claims.RECOMPUTABLE], ids=lambda row: row.claim_id
)
def test_every_claim_that_can_be_recomputed_is_a_number_or_a_word_for_one(row):
    assert row.published in ("no", "all") or float(row.published.rstrip("%")) > 0


def test_claims_have_names_of_their_own():
    assert PUBLISHED["claim_id"].is_unique


def test_no_two_claims_are_held_against_the_same_value():
    assert not PUBLISHED[PUBLISHED["key"] != ""].duplicated(["chapter", "key"]).any()


def test_every_statement_of_the_paper_without_a_number_has_its_row():
    rows = PUBLISHED[PUBLISHED["key"] == ""]

    assert set(rows["claim_id"]) == STATEMENTS
    assert set(rows["status"]) == {claims.NOT_RECOMPUTABLE}
    assert (rows["note"] != "").all()
    assert not rows["published"].str.contains(r"\d").any()


@pytest.mark.parametrize("claim_id", sorted(STATEMENTS))
def test_every_statement_stands_in_the_abstract_as_the_ledger_has_it(claim_id):
    text = (build.BOOK / "chapters" / "abstract.md").read_text(encoding="utf-8")

    assert f"{{glue:text}}`published_{claim_id}`" in text


def test_beside_a_statement_stands_that_it_has_no_number_and_where_it_is_discussed():
    ledger = claims.ledger(PUBLISHED.query("claim_id == 'surgery_safe'"), {"surgery": {}}, HELD)

    assert ledger["recomputed"].tolist() == [NO_NUMBER]
    assert ledger["verdict"].tolist() == [claims.NOT_RECOMPUTABLE]
    assert claims.traced(ledger)[claims.MADE_IN].tolist() == [["surgery"]]


@pytest.mark.parametrize("claim_id", ["pfs_median", "os_median"])
def test_of_which_group_a_median_is_was_read_from_the_context(claim_id):
    note = PUBLISHED.set_index("claim_id").loc[claim_id, "note"]

    assert "suggests that this is the S-group" in note


def test_every_claim_to_which_the_bundled_cohort_is_tuned_is_published():
    cohort = build.load_cohort(build.BOOK / "data" / "wada2021")

    assert set(cohort.calibrated_to) <= set(PUBLISHED["claim_id"])


def in_this_book(published: pd.DataFrame) -> pd.DataFrame:
    """Return the claims that can be recomputed and whose chapter is in the book."""
    written = published["chapter"].isin(publish.contents(build.BOOK))
    return published[written & (published["status"] == claims.RECOMPUTABLE)]


@pytest.fixture(scope="module")
def paper(bundled_book):
    """Return the ledger of the bundled cohort, by claim."""
    cohort = build.load_cohort(build.BOOK / "data" / "wada2021")
    values = claims.load_values(bundled_book / "values.json")
    return claims.ledger(PUBLISHED, values, cohort).set_index("claim_id")


@pytest.mark.parametrize("claim_id", in_this_book(PUBLISHED)["claim_id"])
def test_the_paper_itself_is_recomputed(paper, claim_id):
    assert paper.loc[claim_id, "verdict"] in (claims.AGREES, claims.BY_CONSTRUCTION)


def moved(published: str) -> str:
    """Return a published number with its last digit one higher."""
    decimals = len(published.partition(".")[2])
    return f"{float(published) + 10**-decimals:.{decimals}f}"


@pytest.mark.parametrize(
    "claim_id", one_of(3, in_this_book(PUBLISHED).query("published not in ['no', 'all']")["claim_id"])
)
def test_a_published_number_with_another_last_digit_would_be_told_from_ours(bundled_book, claim_id):
    wrong = PUBLISHED[PUBLISHED["claim_id"] == claim_id]
    wrong = wrong.assign(published=wrong["published"].map(moved))
    cohort = build.load_cohort(build.BOOK / "data" / "wada2021")
    ledger = claims.ledger(wrong, claims.load_values(bundled_book / "values.json"), cohort)

    assert ledger["verdict"].tolist() == [claims.DIFFERS]


@pytest.fixture(scope="module")
def untuned(tmp_path_factory):
    """Return the verdicts on the medians, by claim, of a drawn cohort that was tuned to none of them."""
    place = tmp_path_factory.mktemp("untuned")
    simulate.write_cohort(place / "cohort", SEED, {})
    cohort, values = build.load_cohort(place / "cohort"), {}
    for slug in ("progression_free_survival", "overall_survival"):
        chapter = chapters.read_chapter(build.BOOK / "chapters" / f"{slug}.md")
        chapter = chapters.for_cohort(chapter, {"synthetic", "exact", "gist"})
        notebook = running.run(chapter, {"cohort_dir": "cohort"}, Handover(), str(place))
        values[slug] = running.recorded(notebook, RECORD_TYPE)
    return claims.ledger(PUBLISHED, values, cohort).set_index("claim_id")["verdict"]


@pytest.mark.whole
@pytest.mark.parametrize("claim_id", ["pfs_median", "os_median"])
def test_the_medians_of_a_cohort_that_was_not_tuned_differ(untuned, claim_id):
    assert untuned[claim_id] == claims.DIFFERS


def test_a_cohort_that_was_not_tuned_calls_no_median_its_construction(tmp_path):
    simulate.write_cohort(tmp_path, SEED, {})
    tuned = set(build.load_cohort(tmp_path).calibrated_to)

    assert tuned.isdisjoint(itertools.chain(simulate.TARGETS.values()))
