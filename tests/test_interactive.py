"""Figures as a reader meets them in a browser: drawings that are there before any script, and can be read with it."""

import json
import re

import pytest
from bs4 import BeautifulSoup

from support.browser import ABSENT, CHROMIUM, MODES, USUALLY_FROM_A_DISK, Watched, chromium, read_at

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=ABSENT)

CURVES, FOREST, PATIENTS = (f"chapters/{slug}.html" for slug in ("overall_survival", "published_series", "methods"))
LIVE, RUNTIME = ".gb-live", "vega.js"

SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => list.getEntries().forEach(each => { window.shifted += each.value; }))
  .observe({type: "layout-shift", buffered: true});
"""
"""Adds up by how much anything on a page moved without being asked to."""

USUAL = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "java_script_enabled": True}
"""How a page is opened if nothing else is said."""

SETTLED = 1000
"""Thousandths of a second after which the theme has done with a page."""


@pytest.fixture(scope="module")
def browser():
    """Return a browser that reaches no other host."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module", params=USUALLY_FROM_A_DISK)
def home(request, bundled_book):
    """Return the address of the bundled book: that of a folder, and that of a server."""
    with read_at(bundled_book / "html", request.param) as address:
        yield address


@pytest.fixture(scope="module")
def numbers(bundled_book) -> list[tuple[float, list[str]]]:
    """Return the numbers of the first figure of overall survival: months, and every cell of the row."""
    page = BeautifulSoup((bundled_book / "html" / CURVES).read_text(encoding="utf-8"), "html.parser")
    rows = page.select_one(".gb-data").select("tbody tr")
    return [(float(row["data-at"]), [cell.get_text() for cell in row.find_all(["th", "td"])]) for row in rows]


@pytest.fixture
def opened(browser, home):
    """Return what opens a page of the book and scrolls to its first figure."""
    tabs = []

    def opening(path: str, **options) -> Watched:
        tabs.append(shown(browser, home, path, **options))
        return tabs[-1]

    yield opening
    for tab in tabs:
        tab.close()


@pytest.fixture(scope="module")
def kept(browser, home):
    """Return what opens a page once for all tests that leave it as it is."""
    tabs = {}

    def keeping(path: str, **options) -> Watched:
        key = repr((path, {**USUAL, **options}))
        tabs[key] = tabs.get(key) or shown(browser, home, path, **options)
        return tabs[key]

    yield keeping
    for tab in tabs.values():
        tab.close()


def shown(browser, home: str, path: str, scrolled: bool = True, **options) -> Watched:
    """Open a page of the book, and scroll to its first figure until that is interactive."""
    tab = Watched(browser, home, **{**USUAL, **options})
    tab.page.add_init_script(SHIFTS)
    tab.visit(path)
    if scrolled:
        tab.page.locator(".gb-figure").first.scroll_into_view_if_needed()
    if scrolled and options.get("java_script_enabled", True):
        tab.page.locator(LIVE).first.wait_for(state="attached")
    return tab


def point_at(tab: Watched, month: float) -> None:
    """Move the pointer to a time over the plot of the first figure."""
    box, last = tab.page.evaluate(
        """() => {
          const figure = document.querySelector(".gb-figure");
          const drawing = [...figure.querySelectorAll(".gb-drawing > div")].find(each => each.getClientRects().length);
          const grounds = [...drawing.querySelectorAll("path.background")].map(each => each.getBoundingClientRect());
          const {left, top, width, height} = grounds.filter(each => each.height > 100).at(-1);
          return [{left, top, width, height}, Number(figure.querySelector(".gb-data").dataset.last)];
        }"""
    )
    tab.page.mouse.move(box["left"] + box["width"] * month / last, box["top"] + box["height"] / 3)


def told(tab: Watched) -> list[str]:
    """Return the lines under the first figure."""
    return tab.page.locator(".gb-figure").first.locator("output").inner_text().split("\n")


def as_told(row: list[str], group: str = "S-group") -> list[str]:
    """Return the lines that a row of the numbers of one group makes."""
    return [row[0], f"{group}: {row[1]}"]


def visible(tab: Watched, selector: str) -> int:
    """Return how many elements are to be seen."""
    return tab.page.locator(selector).filter(visible=True).count()


def test_pointing_at_a_time_tells_the_row_of_the_numbers_at_that_time(kept, numbers):
    tab = kept(CURVES)
    month, row = numbers[len(numbers) // 2]
    point_at(tab, month)

    assert told(tab)[0] == row[0]
    assert [line.partition(": ")[2] for line in told(tab)[1:]] == row[1:]
    assert tab.page.locator(".gb-figure >> nth=0 >> .gb-wide .mark-rule line[opacity='0.8']").count() == 1


def test_a_touch_reads_as_a_pointer_does(opened, numbers):
    tab = opened(CURVES, has_touch=True, viewport={"width": 400, "height": 800})
    point_at(tab, 0)
    box = tab.page.locator(".gb-narrow svg").first.bounding_box()
    tab.page.touchscreen.tap(box["x"] + box["width"] * 0.6, box["y"] + 60)

    assert told(tab)[0] in {row[0] for _, row in numbers}
    assert told(tab)[0] != numbers[0][1][0]


def test_keys_read_row_by_row(kept, numbers):
    tab = kept(CURVES)
    slider = tab.page.locator(".gb-read input").first
    slider.focus()
    tab.page.keyboard.press("Home")
    for _ in range(3):
        tab.page.keyboard.press("ArrowRight")

    assert told(tab)[0] == numbers[3][1][0] == slider.get_attribute("aria-valuetext")
    tab.page.keyboard.press("End")
    assert told(tab)[0] == numbers[-1][1][0]


def test_a_button_hides_the_line_of_its_group_and_moves_nothing(opened):
    tab = opened(CURVES)
    figure = tab.page.locator(".gb-figure:has(button)").first
    figure.scroll_into_view_if_needed()
    figure.locator("button[aria-pressed=true]").first.wait_for(state="visible")
    lines = figure.locator(".gb-wide .mark-line path")
    before = [lines.nth(number).bounding_box() for number in range(lines.count())]
    figure.locator("button").first.click()
    figure.locator(".gb-wide .mark-line path[opacity='0']").first.wait_for(state="attached")

    assert lines.first.get_attribute("opacity") == "0"
    assert lines.nth(1).get_attribute("opacity") in (None, "1")
    assert [lines.nth(number).bounding_box() for number in range(lines.count())] == before
    assert figure.locator("button").first.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("width", [1280, pytest.param(768, marks=pytest.mark.whole), 360])
def test_nothing_moves_when_a_figure_becomes_interactive(opened, width):
    tab = opened(CURVES, scrolled=False, viewport={"width": width, "height": 900})
    tab.page.wait_for_timeout(SETTLED)
    tab.page.evaluate("window.shifted = 0")
    for number in range(tab.page.locator(".gb-figure").count()):
        tab.page.locator(".gb-figure").nth(number).scroll_into_view_if_needed()
        tab.page.locator(LIVE).nth(number).wait_for(state="attached")
    tab.page.wait_for_timeout(SETTLED)

    assert tab.page.locator(LIVE).count() == tab.page.locator(".gb-figure:has(.gb-spec)").count()
    assert tab.page.evaluate("window.shifted") == 0


@pytest.mark.parametrize("width", [1280, 360])
def test_what_is_plotted_stays_where_it_was_drawn(kept, width):
    size = {"width": width, "height": 900 if width > 800 else 800}
    still = kept(CURVES, viewport=size, java_script_enabled=False)
    live = kept(CURVES, viewport=size)
    name = "wide" if width > 800 else "narrow"
    boxes = []
    for tab in (still, live):
        path = tab.page.locator(f".gb-figure >> nth=0 >> .gb-{name} .mark-line path").first
        drawing = tab.page.locator(f".gb-figure >> nth=0 >> .gb-{name}").bounding_box()
        box = path.bounding_box()
        boxes.append([box["x"] - drawing["x"], box["y"] - drawing["y"], box["width"], box["height"]])

    assert boxes[0] == pytest.approx(boxes[1], abs=0.2)


def test_a_figure_is_interactive_at_either_width_and_reads_the_same_at_both(opened, numbers):
    tab = opened(CURVES)
    point_at(tab, numbers[4][0])
    before = told(tab)
    tab.page.set_viewport_size({"width": 420, "height": 900})
    tab.page.locator(".gb-figure").first.scroll_into_view_if_needed()
    rule = tab.page.locator(".gb-figure >> nth=0 >> .gb-narrow .mark-rule line[opacity='0.8']")
    rule.first.wait_for(state="attached")

    assert told(tab) == before
    assert tab.page.locator(".gb-figure >> nth=0 >> .gb-drawing svg").count() == 2


def test_pointing_at_a_row_of_a_forest_tells_the_estimate_with_its_source(kept):
    tab = kept(FOREST)
    row = tab.page.locator(".gb-figure >> nth=0 >> .gb-wide .mark-rect.role-mark path").nth(1).bounding_box()
    tab.page.mouse.move(row["x"] + 30, row["y"] + row["height"] / 2)
    cells = tab.page.locator(".gb-data").first.locator("tbody tr").nth(1).locator("th, td").all_text_contents()

    assert told(tab)[0] == cells[0]
    assert [line.partition(": ")[2] for line in told(tab)[1:]] == cells[1:]


def test_a_figure_that_is_served_is_read_as_one_from_a_disk(browser, bundled_book, numbers):
    month, row = numbers[len(numbers) // 2]
    with read_at(bundled_book / "html", MODES[1]) as address:
        tab = shown(browser, address, CURVES)
        point_at(tab, month)
        lines, seen = told(tab), tab.seen()
        tab.close()

    assert lines[0] == row[0]
    assert [line.partition(": ")[2] for line in lines[1:]] == row[1:]
    assert (seen.events, seen.elsewhere) == ([], [])
    assert len([url for url in tab.requests if RUNTIME in url]) == 1


@pytest.mark.parametrize("path", [CURVES, FOREST])
def test_an_interactive_page_asks_no_other_host_and_breaks_no_policy(kept, path):
    tab = kept(path)
    seen = tab.seen()

    assert (seen.events, seen.elsewhere) == ([], [])
    assert len([url for url in tab.requests if RUNTIME in url]) == 1


def test_a_page_without_figures_does_not_load_the_runtime(browser, home):
    tab = Watched(browser, home)
    tab.visit(PATIENTS)
    tab.page.wait_for_timeout(500)

    assert [url for url in tab.requests if RUNTIME in url] == []
    tab.close()


def test_the_runtime_leaves_no_other_name_in_a_page(kept):
    tab = kept(CURVES)
    ours = {"vega", "vegaLite", "vegaEmbed"}
    names = set(tab.page.evaluate("Object.keys(window)"))

    assert ours <= names
    assert {name for name in names if re.fullmatch(r"_+|[A-Za-z]\\d?", name)} == set()


def test_no_two_elements_have_the_same_id_once_figures_are_interactive(kept):
    tab = kept(CURVES)
    ids = tab.page.evaluate("[...document.querySelectorAll('.bd-article [id]')].map(each => each.id)")

    assert sorted(ids) == sorted(set(ids))


def test_without_a_script_the_drawing_is_seen_and_no_control(kept):
    tab = kept(CURVES, java_script_enabled=False)

    assert visible(tab, ".gb-wide svg") > 1
    assert visible(tab, ".gb-controls, .gb-controls *") == 0
    assert visible(tab, ".gb-data summary") == visible(tab, ".gb-figure:has(.gb-spec)")


def test_where_the_runtime_cannot_be_had_the_drawing_stays_and_no_control_is_seen(browser, home):
    tab = Watched(browser, home)
    tab.page.route(f"**/{RUNTIME}*", lambda route: route.abort())
    tab.visit(CURVES)
    with tab.page.expect_event("requestfailed", lambda request: RUNTIME in request.url):
        tab.page.locator(".gb-figure").first.scroll_into_view_if_needed()
    tab.page.evaluate("new Promise(requestIdleCallback)")

    assert visible(tab, ".gb-wide svg") > 1
    assert visible(tab, ".gb-controls *") == 0
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_interactive_figure_follows_the_theme(kept, scheme):
    tab = kept(CURVES, color_scheme=scheme)
    colour = tab.page.evaluate("getComputedStyle(document.querySelector('.gb-live .gb-wide .mark-line path')).stroke")
    asked = tab.page.evaluate(
        """() => { const probe = document.createElement("i");
          probe.style.color = "var(--gb-1)"; document.body.append(probe);
          return getComputedStyle(probe).color; }"""
    )

    assert colour == asked


@pytest.mark.parametrize("path", [CURVES, FOREST, "chapters/subsequent_therapy.html"])
def test_at_360_pixels_no_figure_reaches_beyond_the_page_and_its_text_is_legible(kept, path):
    tab = kept(path, viewport={"width": 360, "height": 800})
    sizes = tab.page.evaluate(
        """() => [...document.querySelectorAll(".gb-figure svg text")].filter(each => each.getClientRects().length)
          .map(each => [parseFloat(getComputedStyle(each).fontSize), each.getScreenCTM()])
          .map(([size, seen]) => size * Math.hypot(seen.a, seen.b))"""
    )

    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert min(sizes) > 10.9


def test_the_image_of_a_figure_stays_one_image_for_who_cannot_see_it(kept):
    tab = kept(CURVES)
    roles = tab.page.evaluate("[...document.querySelectorAll('.gb-live .gb-drawing [role]')].map(each => each.role)")

    assert roles == []
    assert json.dumps(tab.page.locator(".gb-drawing").first.get_attribute("aria-label")).count("at risk") > 1
