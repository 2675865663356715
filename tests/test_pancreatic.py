"""The book of a real cohort, read as it came, hits the answers that were published for it."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest

from gistbook import build
from gistbook.analysis import contrasts, endpoints, estimates, lifetable
from gistbook.book import claims, publish
from gistbook.book.audit import gate
from gistbook.conventions import days, rounded
from support import chapters, subjects
from support.books import planned
from support.cohorts import PANCREATIC, SHEET

CHAPTERS = publish.contents(build.BOOK)
ABSENT = ("surgery", "imatinib_continuation", "subsequent_therapy", "waiting_time")
"""Chapters whose tables the trial does not record."""

pytestmark = pytest.mark.skipif(not SHEET.exists(), reason="NOT CHECKED: ../shared/cohorts is absent")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Write the folder that says how the sheet is to be read."""
    return subjects.folder(tmp_path_factory.mktemp("cohorts") / "pancreatic", PANCREATIC)


BOOK = pytest.param("as a book", marks=pytest.mark.whole)


@pytest.fixture(scope="module")
def book(folder, tmp_path_factory) -> Path:
    """Make the whole book of it once."""
    return build.build(planned(folder, chapters.BRIEF), tmp_path_factory.mktemp("books")).folder


@pytest.fixture(scope="module", params=["in this process", BOOK])
def made(request, folder) -> SimpleNamespace:
    """Return what its chapters pasted, and the words of its pages."""
    if request.param == "in this process":
        pages = chapters.pages(folder)
        values = {slug: page.values for slug, page in pages.items() if not page.is_late}
        return SimpleNamespace(values=values, pages={slug: page.words for slug, page in pages.items()})
    run = request.getfixturevalue("book")
    texts = {path.stem: words(path) for path in (run / "html").rglob("*.html")}
    return SimpleNamespace(values=claims.load_values(run / "values.json"), pages=texts)


def words(page: Path) -> str:
    """Return what a reader sees of a page."""
    return chapters.words_of(page.read_text(encoding="utf-8"))


def pasted(made: SimpleNamespace, key: str) -> list[dict]:
    """Return what chapters pasted under a key."""
    return [values[key] for values in made.values.values() if key in values]


def counts(folder: Path, derive):
    """Return the counts of one endpoint from entry into the trial."""
    return lifetable.count(derive(build.load_cohort(folder), "resistance"))


@pytest.mark.whole
@pytest.mark.parametrize(("key", "published"), [("pfs_median", "3.9"), ("os_median", "6.3")])
def test_the_median_is_the_published_one(made, key, published):
    found = pasted(made, key)

    assert found
    assert {rounded(value["value"], 1) for value in found} == {published}


@pytest.mark.parametrize("key", ["pfs_median", "os_median"])
def test_every_patient_had_the_event(made, key):
    assert {(value["events"], value["n"]) for value in pasted(made, key)} == {(41, 41)}


def test_survival_at_a_year_is_the_share_of_the_sheets_patients(folder):
    curve = estimates.survival(lifetable.pool(counts(folder, endpoints.derive_os)))
    alive = estimates.rate(curve, days([12]))["estimate"].item()

    assert alive == pytest.approx(10 / 41, rel=1e-12)
    assert rounded(100 * alive, 1) == "24.4"


def test_the_log_rank_test_of_progression_by_stage_is_the_published_one(folder):
    test = contrasts.logrank(counts(folder, endpoints.derive_pfs))

    assert (rounded(test["statistic"], 2), test["df"], rounded(test["p"], 2)) == ("2.25", 1, "0.13")


def test_the_log_rank_test_is_printed_as_it_was_computed(made):
    assert {value["phrase"] for value in pasted(made, "pfs_logrank")} == {"chi-square 2.25 on 1 df, p = 0.13"}
    assert "chi-square 2.25 on 1 df, p = 0.13" in made.pages["progression_free_survival"]


def test_there_is_a_page_for_every_chapter(made):
    assert [slug for slug in CHAPTERS if slug not in made.pages] == [*ABSENT]


@pytest.mark.parametrize("never", ["synthetic", "37 patients"])
def test_no_page_speaks_of_other_patients(made, never):
    """Patients whom a program drew for the chapter on known truth are as many in every book."""
    of_patients = {slug: page for slug, page in made.pages.items() if slug != "known_truth" or never == "synthetic"}
    telling = [slug for slug, page in of_patients.items() if never in page.casefold()]

    assert made.pages
    assert telling == []


def test_every_chapter_knows_whose_data_these_are(made):
    notes = {slug: values["data_note"]["phrase"] for slug, values in made.values.items() if "data_note" in values}

    assert len(notes) > 10
    assert {note.partition(" (")[0] for note in notes.values()} == {
        "Public data: Imatinib and gemcitabine in pancreatic cancer"
    }


@pytest.mark.whole
def test_every_page_says_whose_data_these_are(book):
    pages = {slug: words(book / "html" / "chapters" / f"{slug}.html") for slug in CHAPTERS if slug not in ABSENT}

    assert [slug for slug, page in pages.items() if "Public data: Imatinib and gemcitabine" not in page] == []


def test_the_ledger_judges_nothing(folder, made):
    ledger = claims.ledger(claims.load_published(), made.values, build.load_cohort(folder))

    assert len(ledger) > 0
    assert set(ledger["verdict"]) == {""}
    assert "Verdict" not in made.pages["claims"]


def test_the_ledger_sets_this_cohort_beside_the_paper(made):
    assert "This cohort" in made.pages["claims"]


def test_no_number_that_was_pasted_is_anything_but_a_number(made):
    numbers = [value["value"] for values in made.values.values() for value in values.values()]
    known = [number for number in numbers if number is not None]

    assert known
    assert all(math.isfinite(number) for number in known)


@pytest.mark.parametrize("never", ["nan", "inf", "NaT", "None"])
def test_no_page_prints_what_is_no_number(made, never):
    assert [slug for slug, page in made.pages.items() if f" {never} " in page] == []


@pytest.mark.whole
def test_the_audit_finds_nothing_in_its_book(folder, book):
    assert gate.audit_book(book / "html", folder, build.BOOK) == []
