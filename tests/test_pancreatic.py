"""The book of a real cohort, read as it came, hits the answers that were published for it."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from gistbook import auditing, build
from gistbook.analysis import contrasts, endpoints, estimates, lifetable
from gistbook.conventions import days, rounded
from gistbook.press import claims
from support import subjects
from support.cohorts import PANCREATIC, SHEET

pytestmark = pytest.mark.skipif(not SHEET.exists(), reason="NOT CHECKED: ../shared/cohorts is absent")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Write the folder that says how the sheet is to be read."""
    return subjects.folder(tmp_path_factory.mktemp("cohorts") / "pancreatic", PANCREATIC)


@pytest.fixture(scope="module")
def made(folder, tmp_path_factory) -> SimpleNamespace:
    """Make the whole book of it once."""
    planned = build.plan(folder, {}, 2, print)
    run = build.build(planned, tmp_path_factory.mktemp("books"))
    pages = {path.stem: words(path) for path in (run.folder / "html").rglob("*.html")}
    slugs = [chapter.slug for chapter in planned.chapters]
    return SimpleNamespace(run=run, slugs=slugs, values=claims.load_values(run.folder / "values.json"), pages=pages)


def words(page: Path) -> str:
    """Return what a reader sees of a page."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    for hidden in soup(["script", "style"]):
        hidden.decompose()
    for cell in soup(["td", "th"]):
        cell.append(" |")
    return " ".join(soup.get_text(" ").split())


def pasted(made: SimpleNamespace, key: str) -> list[dict]:
    """Return what chapters pasted under a key."""
    return [values[key] for values in made.values.values() if key in values]


def counts(folder: Path, derive):
    """Return the counts of one endpoint from entry into the trial."""
    return lifetable.count(derive(build.load_cohort(folder), "resistance"))


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
    assert [slug for slug in made.slugs if slug not in made.pages] == []


@pytest.mark.parametrize("never", ["synthetic", "37 patients"])
def test_no_page_speaks_of_other_patients(made, never):
    telling = [slug for slug, page in made.pages.items() if never in page.casefold()]

    assert made.pages
    assert telling == []


def test_every_chapter_says_whose_data_these_are(made):
    silent = [slug for slug in made.slugs if "Public data: Imatinib and gemcitabine" not in made.pages[slug]]

    assert silent == []


def test_the_ledger_judges_nothing(made):
    assert len(made.run.ledger) > 0
    assert set(made.run.ledger["verdict"]) == {""}
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


def test_the_audit_finds_nothing_in_its_book(folder, made):
    assert auditing.audit_book(made.run.folder / "html", folder, build.BOOK) == []
