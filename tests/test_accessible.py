"""The bundled book for readers with a keyboard, a screen reader, large letters, little room, or in the dark."""

import itertools
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT

import browser

SCHEMES = ("light", "dark")
WIDTHS = {"desktop": 1280, "phone": 380}
LAWS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ADVICE = ["best-practice"]
CHAPTER = "chapters/surgery.html"
QUERY = "search.html?q=sunitinib"

RUN_AXE = """async tags => {
  const found = await axe.run(document, {
    runOnly: tags, resultTypes: ["violations"], rules: {"target-size": {enabled: tags.includes("wcag22aa")}},
  });
  const told = (rule, node) => `${rule.id}: ${node.target} ${node.html}`.slice(0, 200);
  return found.violations.flatMap(rule => rule.nodes.map(node => told(rule, node)));
}"""

LEAST_CONTRAST = 3
"""Of the ring around what has the keyboard, against what is behind it."""

FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const isClear = each => /rgba\\(.*, 0\\)|transparent/.test(getComputedStyle(each).backgroundColor);
  let behind = at;
  while (behind && isClear(behind)) behind = behind.parentElement;
  return {
    what: at.outerHTML.slice(0, 90), tag: at.tagName, ring: style.outlineStyle, width: parseFloat(style.outlineWidth),
    colour: style.outlineColor, behind: behind ? getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)",
    seen: box.width > 0 && box.right > 0 && box.bottom > 0, inside: !!at.closest("main"),
  };
}"""

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

CLIPPED = """() => [...document.querySelectorAll("main *")].filter(each => {
  const style = getComputedStyle(each);
  const cut = ["hidden", "clip"].includes(style.overflowX) && each.scrollWidth > each.clientWidth + 1;
  return cut && each.clientWidth > 1 && each.innerText && !each.closest("svg");
}).map(each => each.outerHTML.slice(0, 120))"""

LIGHT_IN_THE_DARK = """() => [...document.querySelectorAll("body *")].filter(each => {
  const [r, g, b, a = 1] = getComputedStyle(each).backgroundColor.match(/[\\d.]+/g).map(Number);
  const box = each.getBoundingClientRect();
  const mask = getComputedStyle(each).maskImage !== "none";
  return !mask && a > 0.5 && 0.2126 * r + 0.7152 * g + 0.0722 * b > 140 && box.width > 40 && box.height > 20;
}).map(each => each.outerHTML.slice(0, 120))"""

MOVING = """() => [...document.querySelectorAll("*")].filter(each => {
  const style = getComputedStyle(each);
  return style.transitionDuration !== "0s" || style.animationName !== "none";
}).map(each => each.outerHTML.slice(0, 90))"""

pytestmark = pytest.mark.skipif(not browser.CHROMIUM, reason=browser.ABSENT)


@pytest.fixture(scope="module")
def opened():
    with browser.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def html(bundled_book):
    return bundled_book / "html"


@pytest.fixture
def tab(opened, html):
    """Return a tab with the book from a disk; axe is a script that its policy would keep out."""
    tabs = []

    def open_tab(**options):
        tabs.append(browser.Watched(opened, html.as_uri(), bypass_csp=True, **options))
        return tabs[-1]

    yield open_tab
    for each in tabs:
        each.close()


def wide(width: int, scheme: str = "light") -> dict:
    """Return the options of a tab of some width, in one of the schemes, in which nothing is still on its way."""
    return {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "reduced_motion": "reduce"}


def visited(tab: browser.Watched, html):
    """Open every page in turn, that of the search with something to find; yield its path when it is all there."""
    for path in [*browser.pages_of(html), QUERY]:
        tab.visit(path)
        if path == QUERY:
            tab.page.wait_for_selector("#search-results p.context")
        yield path


def violations(tab: browser.Watched, html, tags: list[str]) -> dict[str, list[str]]:
    """Return what axe finds on each page by the rules of some kind."""
    found = {}
    for path in visited(tab, html):
        tab.page.evaluate(AXE_SCRIPT)
        found[path] = tab.page.evaluate(RUN_AXE, tags)
    return {path: broken for path, broken in found.items() if broken}


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as the guidelines reckon it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def stops(tab: browser.Watched, most: int = 120):
    """Yield what has the keyboard, from one press of the tabulator key to the next, once through the page."""
    first = None
    for _ in range(most):
        tab.page.keyboard.press("Tab")
        at = tab.page.evaluate(FOCUS)
        if at["tag"] == "BODY" or at["what"] == first:
            return
        first = first or at["what"]
        yield at


def reach(tab: browser.Watched, selector: str) -> None:
    """Press the tabulator key until something has the keyboard."""
    held = "wanted => document.activeElement.matches(wanted)"
    for _ in itertools.takewhile(lambda _: not tab.page.evaluate(held, selector), range(150)):
        tab.page.keyboard.press("Tab")
    assert tab.page.evaluate(held, selector)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_breaks_a_rule_of_the_guidelines(tab, html, scheme, width):
    assert violations(tab(**wide(width, scheme)), html, LAWS) == {}


def test_no_page_goes_against_the_advice_of_axe(tab, html):
    assert violations(tab(**wide(1280)), html, ADVICE) == {}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", [CHAPTER, "chapters/methods.html", QUERY])
def test_whatever_has_the_keyboard_is_seen_to_have_it(tab, path, scheme):
    opened = tab(**wide(1280, scheme))
    opened.visit(path)
    met = list(stops(opened))

    assert len(met) > 20
    assert [at["what"] for at in met if not (at["seen"] and at["ring"] == "solid" and at["width"] >= 2)] == []
    assert [at["what"] for at in met if contrast(at["colour"], at["behind"]) < LEAST_CONTRAST] == []


def test_the_first_stop_leads_past_the_contents_to_the_text(tab):
    opened = tab(**wide(1280))
    opened.visit(CHAPTER)
    opened.page.keyboard.press("Tab")
    first = opened.page.evaluate(FOCUS)
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("Tab")

    assert "#main-content" in first["what"]
    assert first["seen"]
    assert opened.page.evaluate(FOCUS)["inside"]


def test_the_keyboard_alone_opens_hidden_code(tab):
    opened = tab(**wide(1280))
    opened.visit(CHAPTER)
    reach(opened, "details.hide > summary")
    opened.page.keyboard.press("Enter")

    assert opened.page.locator("details.hide .highlight").first.is_visible()


def test_the_keyboard_alone_chooses_the_colours(tab):
    opened = tab(**wide(1280))
    opened.visit(CHAPTER)
    reach(opened, ".theme-switch-button")
    opened.page.keyboard.press("Enter")

    assert opened.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_keyboard_alone_opens_the_contents_on_a_phone_and_closes_them(tab):
    opened = tab(**wide(380))
    opened.visit(CHAPTER)
    reach(opened, ".primary-toggle")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_selector("#pst-primary-sidebar-modal[open]")
    opened.page.keyboard.press("Escape")

    assert opened.page.locator("#pst-primary-sidebar-modal").is_hidden()


def test_the_keyboard_alone_searches(tab):
    opened = tab(**wide(1280))
    opened.visit(CHAPTER)
    reach(opened, ".search-button__button")
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.type("sunitinib")
    opened.page.keyboard.press("Enter")
    opened.page.get_by_role("status").filter(has_text="Search finished").wait_for()

    assert opened.page.locator("#search-results li a").count() > 1


@pytest.mark.parametrize(("width", "letters"), [(640, "200%"), (360, "100%"), (320, "100%")])
def test_no_page_has_to_be_moved_sideways_and_none_is_cut_off(tab, html, width, letters):
    opened, moved, cut = tab(**wide(width)), {}, {}
    for path in visited(opened, html):
        opened.page.evaluate("size => { document.documentElement.style.fontSize = size; }", letters)
        moved[path], cut[path] = opened.page.evaluate(SIDEWAYS), opened.page.evaluate(CLIPPED)

    assert {path: by for path, by in moved.items() if by > 0} == {}
    assert {path: found for path, found in cut.items() if found} == {}


def test_nothing_moves_for_who_asked_that_nothing_should(tab, html):
    opened = tab(**wide(1280))

    assert {path for path in visited(opened, html) if opened.page.evaluate(MOVING)} == set()


def test_nothing_is_light_in_the_dark(tab, html):
    opened = tab(**wide(1280, "dark"))
    found = {path: opened.page.evaluate(LIGHT_IN_THE_DARK) for path in visited(opened, html) if path != "index.html"}

    assert {path: light for path, light in found.items() if light} == {}


def test_the_colours_of_a_readers_system_are_there_before_a_script_is_run(opened, html):
    context = opened.new_context(color_scheme="dark")
    page = context.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{html.as_uri()}/{CHAPTER}")
    theme = page.evaluate("document.documentElement.dataset.theme")
    context.close()

    assert theme == "dark"
