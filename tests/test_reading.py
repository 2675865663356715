"""The book as it is read: the doors of its front page, from chapter to chapter, and code that steps back."""

import contextlib
import itertools

import pytest
from playwright.sync_api import TimeoutError as TooLate

from gistbook import build
from gistbook.book import publish
from support import browser
from support.html import article, read, with_class
from support.sharing import one_of

CHAPTERS = publish.contents(build.BOOK)

KEPT_MS, MOST_VISITS = 1500, 5
"""Time in which a browser hands on what a page let it keep, and visits until it has done so on a busy machine."""

IS_NEW = """followed => [...document.querySelectorAll(".bd-toc .nav-link.active")].some(
  link => !followed.includes(link.innerText))"""
"""Tells whether the contents follow to where they were not before."""

SHIFTS = """
window.shifts = [];
new PerformanceObserver(seen => window.shifts.push(...seen.getEntries().map(each => each.value)))
  .observe({type: "layout-shift", buffered: true});
"""
"""Runs in a page before anything of its own, and writes down what moves in it."""

WIDTHS = (1280, 380)

in_a_browser = pytest.mark.skipif(not browser.CHROMIUM, reason=browser.ABSENT)


@pytest.fixture(scope="module")
def front(bundled_book):
    """Return what the front page has to say."""
    return article(read(bundled_book / "html" / "chapters" / "abstract.html"))


@pytest.fixture(scope="module")
def tab(bundled_book):
    """Return a tab of a browser that reads the book from a disk."""
    with browser.chromium() as chromium:
        watched = browser.Watched(chromium, (bundled_book / "html").resolve().as_uri(), code_is_shown=False)
        yield watched
        watched.close()


def code_that_is_seen(tab) -> int:
    """Return how many cells of code the page shows."""
    return tab.page.locator(".cell_input >> visible=true").count()


def test_the_front_page_has_a_door_for_each_kind_of_visitor(front):
    (doors,) = with_class(front, "gb-doors")
    ways = [door.find(".//a").get("href") for door in doors.iter("li")]

    assert ways == ["introduction.html", "your_cohort.html", "claims.html"]


def test_a_hurried_reader_meets_what_the_data_are_before_any_number(front):
    (box,) = [each for each in front.iter("div") if "admonition" in each.get("class", "").split()]
    words = " ".join("".join(front.itertext()).split())

    assert "synthetic" in "".join(box.itertext())
    assert words.index("no evidence for the paper") < words.index("months")


def test_the_front_page_sets_published_beside_recomputed(front):
    headers = [["".join(header.itertext()) for header in table.iter("th")][:4] for table in front.iter("table")]

    assert ["Claim", "Published", "Recomputed", "Verdict"] in headers


@pytest.mark.parametrize(("slug", "following"), [*itertools.pairwise(CHAPTERS)])
def test_chapters_follow_one_another_in_the_order_of_the_contents(bundled_book, slug, following):
    page = read(bundled_book / "html" / "chapters" / f"{slug}.html")

    assert [link.get("href") for link in with_class(page, "right-next")] == [f"{following}.html"]


@in_a_browser
def test_code_is_hidden_until_it_is_shown_and_then_is_shown_on_the_next_page(tab):
    tab.visit("chapters/surgery.html")
    at_first = code_that_is_seen(tab)
    for visit in range(1, MOST_VISITS + 1):  # what a page keeps is lost where a busy machine leaves it too soon
        if tab.page.get_by_role("button", name="Show code").is_visible():
            tab.page.get_by_role("button", name="Show code").click()
        shown = code_that_is_seen(tab)
        tab.page.wait_for_timeout(visit * KEPT_MS)
        tab.visit("chapters/baseline.html")
        if on_the_next := code_that_is_seen(tab):
            break
        tab.visit("chapters/surgery.html")
    tab.page.get_by_role("button", name="Hide code").click()

    assert (at_first, shown > 0, on_the_next > 0, code_that_is_seen(tab)) == (0, True, True, 0)


@in_a_browser
@pytest.mark.parametrize("slug", ["overall_survival", "published_series"])
def test_a_figure_is_whole_where_the_code_is_hidden(tab, slug):
    """A facet of a drawing is called a cell, as one of a notebook is."""
    tab.visit(f"chapters/{slug}.html")
    widths = "all => all.filter(one => one.getClientRects().length).map(one => one.getBoundingClientRect().width)"
    drawn = tab.page.locator(".gb-figure svg .mark-text.role-axis-label text").evaluate_all(widths)

    assert code_that_is_seen(tab) == 0
    assert len(drawn) > 5
    assert min(drawn) > 0


@in_a_browser
def test_a_link_to_the_cell_that_made_a_number_shows_it(tab):
    tab.visit("chapters/overall_survival.html")
    made = tab.page.locator('[id^="made-"]').last.get_attribute("id")
    hidden = code_that_is_seen(tab)
    tab.page.evaluate("to => { location.hash = to; }", made)
    tab.page.wait_for_function("document.documentElement.dataset.gbCode === 'shown'")

    assert (hidden, code_that_is_seen(tab) > 0) == (0, True)

    tab.visit(f"chapters/overall_survival.html#{made}")

    assert code_that_is_seen(tab) > 0


@in_a_browser
def test_what_code_shows_is_there_whether_the_code_is_or_not(tab):
    tab.visit("chapters/surgery.html")
    tables = tab.page.locator(".gb-table >> visible=true").count()
    tab.page.get_by_role("button", name="Show code").click()
    still = tab.page.locator(".gb-table >> visible=true").count()
    tab.page.get_by_role("button", name="Hide code").click()

    assert tables == still > 0


@in_a_browser
def test_a_caption_on_a_phone_is_as_wide_as_what_is_seen_of_its_table_and_stays_when_that_is_scrolled(tab):
    own = browser.Watched(tab.page.context.browser, tab.home, viewport={"width": 380, "height": 800})
    own.visit("chapters/claims.html")
    ledger = own.page.locator(".gb-table").first
    ledger.evaluate("box => { box.scrollLeft = 120; }")
    seen, caption, table = (
        ledger.bounding_box(),
        *(ledger.locator(each).bounding_box() for each in ("caption", "table")),
    )
    own.close()

    assert table["width"] > seen["width"]
    assert (caption["x"], caption["width"]) == (seen["x"], seen["width"])


@in_a_browser
def test_the_contents_of_a_page_follow_the_reader(tab):
    tab.visit("chapters/overall_survival.html")
    headings = tab.page.locator("article section > h2")
    active, followed = tab.page.locator(".bd-toc .nav-link.active"), set()
    for number in range(headings.count()):
        headings.nth(number).evaluate("heading => heading.scrollIntoView()")
        with contextlib.suppress(TooLate):
            tab.page.wait_for_function(IS_NEW, arg=[*followed], timeout=400)
        followed |= set(active.all_inner_texts())

    assert len(followed) >= headings.count() - 1


@in_a_browser
@browser.in_parts
def test_nothing_moves_while_a_page_is_loaded(tab, part):
    slugs = browser.dealt(["abstract", "surgery", "claims"], WIDTHS, (), part)
    own = {(slug, width): moving(tab, slug, width) for width in WIDTHS for slug in slugs[width]}
    tab.page.wait_for_timeout(KEPT_MS)
    moved = {look: opened.page.evaluate("window.shifts") for look, opened in own.items()}
    for opened in own.values():
        opened.close()

    assert len(own) == 3
    assert [look for look in own if moved[look]] == []


@pytest.mark.whole
@in_a_browser
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("cut_after", one_of(2, ['class="header-article-item">', "<tbody>\n<tr>"]))
def test_nothing_moves_where_half_a_page_comes_late(tab, bundled_book, cut_after, width):
    html = bundled_book / "html"
    with browser.served(html, html / "chapters" / "claims.html", cut_after) as address:
        opened = moving(tab, "claims", width, address)
        opened.page.wait_for_timeout(KEPT_MS)
        moved = opened.page.evaluate("window.shifts")
        opened.close()

    assert moved == []


def moving(tab, slug: str, width: int, home: str | None = None) -> browser.Watched:
    """Open a chapter in a window of its own that writes down what moves."""
    opened = browser.Watched(tab.page.context.browser, home or tab.home, viewport={"width": width, "height": 900})
    opened.page.add_init_script(SHIFTS)
    opened.visit(f"chapters/{slug}.html")
    return opened
