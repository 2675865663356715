"""What a reader meets at a number and under a figure: by mouse, keys and finger, without a script, and in print."""

import pytest

from support import browser
from support.sharing import one_of

pytestmark = pytest.mark.skipif(not browser.CHROMIUM, reason=browser.ABSENT)

PAGE = "chapters/progression_free_survival.html"
NUMBER, POPOVER = 'a.gb-number[href="#number-pfs_median"]', ".gb-popover"
ROW, TABLE = "#number-pfs_median", ".gb-numbers"
PHONE = {"viewport": {"width": 360, "height": 640}}
FOCUSED = "document.activeElement.getAttribute('href')"


@pytest.fixture(scope="module")
def opened():
    """Run one browser for all of these tests."""
    with browser.chromium() as running:
        yield running


@pytest.fixture
def open_page(opened, bundled_book):
    """Return how a page of the bundled book is opened from disk, in a tab that closes after the test."""
    tabs = []

    def visit(path: str = PAGE, **options):
        tab = browser.Watched(opened, f"file://{bundled_book / 'html'}", **options)
        tabs.append(tab)
        tab.visit(path)
        return tab.page

    yield visit
    told = [each for tab in tabs for each in tab.told]
    for tab in tabs:
        tab.close()

    assert told == []


def focus_by_key(page) -> None:
    """Give the number the focus as a key does, and not as a mouse does."""
    page.locator(NUMBER).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")


def first_line(number) -> tuple[float, float]:
    """Return the middle of the first line of a number, which may run over several."""
    number.scroll_into_view_if_needed()
    lines = number.evaluate("a => [...a.getClientRects()].map(r => [r.x + r.width / 2, r.y + r.height / 2])")
    return tuple(lines[0])


def test_pointing_at_a_number_shows_what_its_row_says(open_page):
    page = open_page()
    page.hover(NUMBER)
    cells = page.locator(f"{ROW} td").all_text_contents()

    assert [line.partition(": ")[2] for line in page.locator(f"{POPOVER} > span").all_text_contents()] == cells


def test_what_is_shown_stays_while_it_is_pointed_at_and_goes_after(open_page):
    page = open_page()
    page.hover(NUMBER)
    page.hover(POPOVER)
    page.wait_for_timeout(600)
    stayed = page.locator(POPOVER).count()
    page.mouse.move(2, 2)
    page.wait_for_selector(POPOVER, state="detached")

    assert stayed == 1


def test_a_key_reaches_the_number_and_then_each_link_in_what_is_shown(open_page):
    page, reached = open_page(), []
    focus_by_key(page)
    for _ in range(3):
        reached.append(page.evaluate(FOCUSED))
        page.keyboard.press("Tab")

    assert reached == [ROW, "#made-pfs_median", "claims.html#claim-pfs_median"]
    assert page.locator('a.gb-number[href="#number-published_pfs_median"]').evaluate(
        "a => a === document.activeElement"
    )
    assert page.locator(POPOVER).count() == 1


def test_what_is_shown_describes_the_number_that_has_the_focus(open_page):
    page = open_page()
    focus_by_key(page)

    assert page.locator(NUMBER).get_attribute("aria-describedby") == page.locator(POPOVER).get_attribute("id")


def test_escape_puts_it_away_and_leaves_the_focus_on_the_number(open_page):
    page = open_page()
    focus_by_key(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")

    assert page.locator(POPOVER).count() == 0
    assert page.evaluate(FOCUSED) == ROW


def test_escape_puts_away_what_a_mouse_had_shown(open_page):
    page = open_page()
    page.hover(NUMBER)
    page.keyboard.press("Escape")

    assert page.locator(POPOVER).count() == 0


def test_the_focus_on_a_number_can_be_seen(open_page):
    page = open_page()
    focus_by_key(page)

    assert page.locator(NUMBER).evaluate("a => getComputedStyle(a).outlineStyle") == "solid"


def test_a_number_opens_its_row_in_the_table(open_page):
    page = open_page()
    focus_by_key(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(ROW, state="visible")

    assert page.locator(TABLE).get_attribute("open") is not None
    assert page.locator(POPOVER).count() == 0


def test_without_a_script_a_number_opens_its_row_too(open_page):
    page = open_page(java_script_enabled=False)
    page.locator(NUMBER).click()
    page.wait_for_selector(ROW, state="visible")

    assert page.locator(f"{ROW}:target").count() == 1


def test_the_first_tap_of_a_finger_shows_and_the_second_leads_on(open_page):
    page = open_page(has_touch=True, **PHONE)
    page.touchscreen.tap(*first_line(page.locator(NUMBER)))
    shown, folded = page.locator(POPOVER).count(), page.locator(TABLE).get_attribute("open")
    page.touchscreen.tap(*first_line(page.locator(NUMBER)))
    page.wait_for_selector(ROW, state="visible")

    assert (shown, folded) == (1, None)


@pytest.mark.whole
@pytest.mark.parametrize("path", one_of(3, [PAGE, "chapters/abstract.html", "chapters/discussion.html"]))
def test_on_a_narrow_screen_what_is_shown_is_within_it(open_page, path):
    page = open_page(path, **PHONE)
    for number in page.locator("a.gb-number").all()[:20]:
        page.mouse.move(*first_line(number))
        page.wait_for_selector(POPOVER)
        box = page.locator(POPOVER).bounding_box()
        page.keyboard.press("Escape")
        page.mouse.move(1, 300)

        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 640


@pytest.mark.parametrize("key", ["pfs_median", "pfs_curve"])
def test_the_cell_that_a_link_leads_to_is_marked(open_page, key):
    page = open_page(f"{PAGE}#made-{key}")
    marked = page.locator("div.cell").evaluate_all("all => all.filter(c => getComputedStyle(c).outlineStyle == 'solid')"
                                                   ".map(c => c.innerText)")  # fmt: skip

    assert len(marked) == 1
    assert f'"{key}"' in marked[0]


def test_the_row_of_the_ledger_that_a_link_leads_to_is_marked(open_page):
    page = open_page("chapters/claims.html#claim-pfs_median")
    colours = page.locator("tr:target > *, tr:not(:target) > td").evaluate_all(
        "all => all.map(c => [c.parentNode.id, getComputedStyle(c).backgroundColor])"
    )
    marked = {colour for name, colour in colours if name == "claim-pfs_median"}

    assert len(marked) == 1
    assert not marked & {colour for name, colour in colours if name != "claim-pfs_median"}


@pytest.mark.whole
def test_in_print_a_number_has_no_line_and_nothing_beside_it(open_page):
    page = open_page()
    page.hover(NUMBER)
    page.emulate_media(media="print")

    assert page.locator(NUMBER).evaluate("a => getComputedStyle(a).textDecorationLine") == "none"
    assert not page.locator(POPOVER).is_visible()
    assert not page.locator(TABLE).is_visible()
    assert not page.locator(".gb-menu").first.is_visible()


def test_every_control_of_a_menu_is_reached_by_a_key_and_large_enough_for_a_finger(open_page):
    page = open_page(**PHONE)
    menu = page.locator(".gb-menu").first
    controls = menu.locator("a, summary").filter(visible=True)
    sizes = controls.evaluate_all("all => all.map(c => c.getBoundingClientRect()).map(r => [r.width, r.height])")
    controls.first.focus()
    for _ in range(controls.count() - 1):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert min(min(size) for size in sizes) >= 24
    assert menu.locator("details[open]").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
