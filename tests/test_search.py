"""Twenty queries of a reader, with the page that ought to come first; it opens at the passage, and marks it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from gistbook.book.theme import search
from support.browser import ABSENT, CHROMIUM, USUALLY_FROM_A_DISK, Watched, chromium, quoted, read_at

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=ABSENT)

FIRST = {
    "RMST": "overall_survival#restricted-mean-survival-time",
    "restricted mean": "overall_survival#restricted-mean-survival-time",
    "14.5": "progression_free_survival#the-median",
    "47.2": "overall_survival#the-median",
    "22.2 months": "imatinib_continuation#continuation-of-imatinib",
    "93%": "claims#possible-denominators-of-the-share-with-second-line-treatment",
    "hazard ratio": "known_truth#an-operation-that-does-nothing",
    "progression-free survival": "progression_free_survival",
    "median overall survival": "overall_survival#the-median",
    "Complications": "surgery#complications",
    "Clavien-Dindo": "surgery",
    "dose intensity": "subsequent_therapy#dose-intensity",
    "regorafenib": "published_series#the-drugs-that-follow",
    "repeated surgery": "imatinib_continuation",
    "immortal time": "what_it_cannot_show",
    "resistance rule": "sensitivity#the-resistance-rule",
    "time zero": "sensitivity#time-zero",
    "interval censoring": "sensitivity",
    "baseline characteristics": "baseline",
    "STROBE": "strobe",
}
"""Twenty queries, with the page, and where it matters the section, to which the first result ought to lead."""

MARKED = "[...CSS.highlights.get('gb-found') ?? []].map(range => range.toString())"
IS_SEEN = """() => [...CSS.highlights.get('gb-found')].some(range => {
  const box = range.getBoundingClientRect();
  return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
})"""


@pytest.fixture(scope="module", params=USUALLY_FROM_A_DISK)
def tab(request, bundled_book):
    """Return a tab of the bundled book: from a disk, and served."""
    with chromium() as running, read_at(bundled_book / "html", request.param) as address:
        opened = Watched(running, address, viewport={"width": 1280, "height": 900})
        yield opened
        opened.close()


def results(tab: Watched, query: str) -> list[str]:
    """Return where the results of a query lead, best first."""
    tab.visit(f"search.html?q={quoted(query)}")
    tab.page.wait_for_selector(".search-summary:not(:empty)")
    return tab.page.eval_on_selector_all("#search-results li a", "all => all.map(each => each.getAttribute('href'))")


def test_there_are_twenty_queries():
    assert len(FIRST) == 20


@pytest.mark.parametrize("query", FIRST)
def test_the_page_where_a_reader_would_look_comes_first(tab, query):
    first = urlsplit(results(tab, query)[0])
    page, _, section = FIRST[query].partition("#")

    assert first.path == f"chapters/{page}.html"
    assert section in ("", first.fragment)


@pytest.mark.parametrize("query", ["14.5", "hazard ratio", "RMST", "93%"])
def test_the_page_opens_at_the_passage_and_marks_what_was_sought(tab, query):
    (first, *_) = results(tab, query)
    tab.page.locator("#search-results li a").first.click()
    tab.page.wait_for_url("**/chapters/**")
    tab.page.wait_for_function("CSS.highlights.has('gb-found')")
    marked = {words.lower() for words in tab.page.evaluate(MARKED)}
    seen = tab.seen()

    assert {words.rstrip("s") for words in marked} == set(query.lower().split())
    assert tab.page.evaluate(IS_SEEN)
    assert parse_qs(urlsplit(first).query)["highlight"]
    assert (seen.events, seen.failed, seen.elsewhere) == ([], [], [])
    tab.page.keyboard.press("Escape")
    assert tab.page.evaluate(MARKED) == []


def test_a_page_that_was_opened_otherwise_has_no_marks(tab):
    tab.visit("chapters/overall_survival.html")

    assert tab.page.evaluate(MARKED) == []


def test_a_query_of_signs_breaks_nothing_and_what_is_quoted_runs_nowhere(tab):
    for query in (".*", "(", "<img src=x onerror=alert(1)>", "\\", "[a-z]+"):
        results(tab, query)
        assert (tab.seen().events, tab.seen().failed) == ([], [])


def test_numbers_that_a_page_computes_are_told_from_those_that_it_mentions():
    body = '<section id="a"><h2>A</h2><p>9 of <a class="gb-number" href="#number-n"><span>18</span></a></p></section>'

    assert search.words(body).splitlines() == ['<section id="a">', "A", "9 of <data>18</data></section>"]


def test_what_a_page_says_twice_is_searched_once():
    twice = '<p>one</p><details class="gb-numbers"><table><tr><td>two</td></tr></table></details><p>three</p>'
    menu = '<div class="gb-downloads gb-menu" role="group"><ul><li>CSV</li></ul></div>'

    assert search.words(twice + menu).splitlines() == ["one", "three"]
