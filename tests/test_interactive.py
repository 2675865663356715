"""Figures as a reader meets them in a browser: drawings that are there before any script, and can be read with it."""

import json

import pytest
from bs4 import BeautifulSoup

from support.browser import ABSENT, CHROMIUM, MODES, USUALLY_FROM_A_DISK, Watched, chromium, read_at
from support.sharing import one_of

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=ABSENT)

CURVES, FOREST = (f"chapters/{slug}.html" for slug in ("overall_survival", "published_series"))
CHOICE, OF_CHOICE = "chapters/sensitivity.html", ".gb-figure:has([data-by=choice])"
MARKS = ("mark-area.role-mark", "mark-line.role-mark", "mark-rule.role-mark line")
CONTROLS = ".gb-controls"
RULE = ".gb-figure >> nth=0 >> .gb-{} .gb-rule"

PAINTED = "all => all.map(each => each.getAttribute('stroke') ?? each.getAttribute('fill'))"

USUAL = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
USUAL |= {"java_script_enabled": True, "has_touch": False}
"""How a page is opened if nothing else is said."""


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
    """Return what opens a page once for all tests that leave it as it is, and scrolls to its first figure."""
    tabs = {}

    def keeping(path: str, **options) -> Watched:
        key = repr((path, {**USUAL, **options}))
        tabs[key] = tabs.get(key) or shown(browser, home, path, **options)
        tabs[key].page.locator(".gb-figure").first.scroll_into_view_if_needed()
        return tabs[key]

    yield keeping
    for tab in tabs.values():
        tab.close()


def shown(browser, home: str, path: str, **options) -> Watched:
    """Open a page of the book, and scroll to its first figure until that is interactive."""
    tab = Watched(browser, home, **{**USUAL, **options})
    tab.visit(path)
    tab.page.locator(".gb-figure").first.scroll_into_view_if_needed()
    if options.get("java_script_enabled", True):
        tab.page.locator(CONTROLS).first.wait_for(state="attached")
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
    across = tab.page.locator(RULE.format("wide")).bounding_box()["x"]
    plot = tab.page.locator(".gb-figure >> nth=0 >> .gb-wide [class*=pathgroup] path.background").first.bounding_box()
    last = float(tab.page.locator(".gb-data").first.get_attribute("data-last"))
    assert across == pytest.approx(plot["x"] + plot["width"] * month / last, abs=1)


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
    last = float(tab.page.locator(".gb-data").first.get_attribute("data-last"))
    assert told(tab)[0] == [row[0] for at, row in numbers if at <= last][-1]
    assert last < numbers[-1][0], "The numbers of the figure go on after its axis."


def test_a_button_hides_the_line_of_its_group_and_moves_nothing(kept):
    tab = kept(CURVES)
    figure = tab.page.locator(".gb-figure:has(button)").first
    figure.scroll_into_view_if_needed()
    lines = figure.locator(".gb-wide .mark-line path")
    before = [lines.nth(number).bounding_box() for number in range(lines.count())]
    figure.locator("button").first.click()

    assert [lines.nth(number).is_visible() for number in (0, 1)] == [False, True]
    assert [lines.nth(number).bounding_box() for number in range(lines.count())] == before
    assert figure.locator("button").first.get_attribute("aria-pressed") == "false"
    figure.locator("button").first.click()
    assert lines.first.is_visible()


def test_each_of_several_groups_has_a_button_with_its_own_line_and_its_band_and_marks_go_with_it(kept):
    tab = kept("chapters/abstract.html")
    figure = tab.page.locator(".gb-figure").first
    heads = figure.locator("thead th").all_text_contents()[1:]
    buttons = figure.locator(".gb-groups button")
    drawn = figure.locator(".gb-wide .mark-line path").evaluate_all(PAINTED)
    sampled = buttons.locator("path").evaluate_all(PAINTED)
    buttons.nth(1).click()
    hidden = figure.locator(".gb-wide .role-mark path[style*=hidden]").evaluate_all(PAINTED)
    buttons.nth(1).click()

    assert [text.strip() for text in buttons.all_text_contents()] == heads
    assert sampled == drawn
    assert len(hidden) > 2
    assert set(hidden) == {drawn[1]}


def test_reading_on_moves_nothing_around_the_figure(kept, numbers):
    tab = kept(CURVES)
    below = tab.page.locator("figcaption").first
    places = []
    for month, _ in (numbers[0], numbers[len(numbers) // 2], numbers[1]):
        point_at(tab, month)
        places.append(below.bounding_box()["y"])

    assert len(set(places)) == 1


def test_a_figure_is_interactive_at_either_width_and_reads_the_same_at_both(kept, numbers):
    tab = kept(CURVES)
    point_at(tab, numbers[4][0])
    before = told(tab)
    tab.page.set_viewport_size({"width": 420, "height": 900})
    tab.page.locator(".gb-figure").first.scroll_into_view_if_needed()
    plot = tab.page.locator(".gb-figure >> nth=0 >> .gb-narrow [class*=pathgroup] path.background").first.bounding_box()
    last = float(tab.page.locator(".gb-data").first.get_attribute("data-last"))
    across, after = tab.page.locator(RULE.format("narrow")).bounding_box()["x"], told(tab)
    tab.page.set_viewport_size(USUAL["viewport"])

    assert after == before
    assert across == pytest.approx(plot["x"] + plot["width"] * numbers[4][0] / last, abs=1)
    assert tab.page.locator(".gb-figure >> nth=0 >> .gb-drawing svg").count() == 2


def test_pointing_at_a_row_of_a_forest_tells_the_estimate_with_its_source(kept):
    tab = kept(FOREST)
    row = tab.page.locator(".gb-figure >> nth=0 >> .gb-wide .mark-rect.role-mark path").nth(1)
    row.scroll_into_view_if_needed()
    row = row.bounding_box()
    tab.page.mouse.move(row["x"] + 30, row["y"] + row["height"] / 2)
    cells = tab.page.locator(".gb-data").first.locator("tbody tr").nth(1).locator("th, td").all_text_contents()

    assert told(tab)[0] == cells[0]
    assert [line.rpartition(": ")[2] for line in told(tab)[1:]] == cells[1:]
    marked = tab.page.locator(".gb-figure >> nth=0 >> .gb-wide .mark-rect.role-mark path[opacity='0.15']")
    assert marked.count() == 1


SEEN = """all => all.slice(1).flatMap((each, n) =>
  (each.firstChild ?? each).getAttribute("opacity") === "0" ? [] : [n + 1])"""


def seen_of(figure, kind: str) -> list[int]:
    """Return the numbers of the alternatives of which a mark is to be seen, on the wide page."""
    return figure.locator(f".gb-wide .{kind}").evaluate_all(SEEN)


@pytest.mark.parametrize("touch", [False, True], ids=["keys", "touch"])
def test_a_reader_changes_one_assumption_and_sees_its_curve_median_and_words(kept, touch):
    tab = kept(CHOICE, has_touch=touch)
    figure = tab.page.locator(OF_CHOICE)
    control, rows = figure.locator("select"), figure.locator("tbody tr")
    before = [seen_of(figure, kind) for kind in MARKS]
    if touch:
        control.select_option("3")
    else:
        control.focus()
        for _ in range(3):
            tab.page.keyboard.press("ArrowDown")
    cells = rows.nth(3).locator("th, td").all_text_contents()
    lines, seen = figure.locator("output").inner_text().split("\n"), [seen_of(figure, kind) for kind in MARKS]
    control.select_option("0")

    assert before == [[], [], []]
    assert seen == [[3], [3], [3]]
    assert lines[0] == f"{cells[0]}: {cells[1]}"
    assert [line.partition(": ")[2] for line in lines[1:]] == cells[2:]
    assert control.locator("option").count() == rows.count()


def test_the_control_is_labelled_is_no_small_target_and_asks_no_other_host(kept):
    tab = kept(CHOICE)
    control = tab.page.get_by_label("Change one assumption")
    seen = tab.seen()

    assert control.bounding_box()["height"] >= 24
    assert control.locator("optgroup").count() > 3
    assert (seen.events, seen.elsewhere) == ([], [])


def test_without_a_script_the_base_analysis_is_drawn_and_every_alternative_stands_in_a_fold(kept):
    tab = kept(CHOICE, java_script_enabled=False)
    figure = tab.page.locator(OF_CHOICE)

    assert [seen_of(figure, kind) for kind in MARKS] == [[], [], []]
    assert figure.locator("select").count() == 0
    assert figure.locator("summary").is_visible()
    assert figure.locator("tbody tr").count() > 20


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


@pytest.mark.parametrize("path", [CURVES, FOREST])
def test_an_interactive_page_asks_no_other_host_and_breaks_no_policy(kept, path):
    tab = kept(path)
    seen = tab.seen()

    assert (seen.events, seen.elsewhere) == ([], [])


def test_no_two_elements_have_the_same_id_once_figures_are_interactive(kept):
    tab = kept(CURVES)
    ids = tab.page.evaluate("[...document.querySelectorAll('.bd-article [id]')].map(each => each.id)")

    assert sorted(ids) == sorted(set(ids))


def test_without_a_script_the_drawing_is_seen_and_no_control(kept):
    tab = kept(CURVES, java_script_enabled=False)

    assert visible(tab, ".gb-wide svg") > 1
    assert visible(tab, ".gb-controls, .gb-rule") == 0
    assert visible(tab, ".gb-data summary") == visible(tab, ".gb-figure:has(.gb-data)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_interactive_figure_follows_the_theme(kept, scheme):
    """The first figure is of the S-group, which is the second group of the paper in every figure."""
    tab = kept(CURVES, color_scheme=scheme)
    colour = tab.page.evaluate("getComputedStyle(document.querySelector('.gb-wide .mark-line path')).stroke")
    asked = tab.page.evaluate(
        """() => { const probe = document.createElement("i");
          probe.style.color = "var(--gb-2)"; document.body.append(probe);
          return getComputedStyle(probe).color; }"""
    )

    assert colour == asked


@pytest.mark.parametrize("path", one_of(4, [CURVES, FOREST, CHOICE, "chapters/subsequent_therapy.html"]))
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
    roles = tab.page.evaluate("[...document.querySelectorAll('.gb-drawing [role]')].map(each => each.role)")

    assert roles == []
    assert json.dumps(tab.page.locator(".gb-drawing").first.get_attribute("aria-label")).count("at risk") > 1
