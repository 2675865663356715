"""The bundled book for readers with a keyboard, a screen reader, large letters, little room, or in the dark."""

import itertools
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from support import browser
from support.sharing import one_of

DEVICES = {"desktop": 1280, "phone": 380}
SCHEMES = ("light", "dark")
VIEWS = {f"{scheme} {device}": (scheme, width) for scheme in SCHEMES for device, width in DEVICES.items()}
USUAL_VIEW = next(iter(VIEWS))
"""The view of which each run of the tests looks at a share of pages; at the others a whole run does."""

NARROW = {"large letters": (640, "200%"), "a phone": (360, "100%"), "a small phone": (320, "100%")}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""The guidelines, and what axe advises besides."""

CHAPTER = "chapters/surgery.html"
QUERY = "search.html?q=sunitinib"
ALWAYS = ("chapters/overall_survival.html", "chapters/sensitivity.html", QUERY)
"""Pages that are opened in every view: of figures and tables, of a figure of choices, and one that a program fills."""

FOCUSED = list(itertools.product((CHAPTER, "chapters/methods.html", QUERY), SCHEMES))
SHOWN = {(CHAPTER, "light"), (QUERY, "dark")}
"""Pages that are walked through by the keyboard, and those of them that are by default."""

RUN_AXE = """async ([tags, isEvery]) => {
  const kindOf = each => {
    const own = getComputedStyle(each), kind = [each.tagName, each.className, own.color, own.fontSize, own.fontWeight];
    for (let at = each; at; at = at.parentElement) {
      const {backgroundColor, backgroundImage, opacity} = getComputedStyle(at);
      kind.push(backgroundColor, backgroundImage, opacity);
    }
    return kind.filter(part => !/^(none|1|.*, 0\\))$/.test(part)).join();
  };
  const isText = node => node.nodeType === Node.TEXT_NODE && node.data.trim();
  const isRead = each => each.checkVisibility() && [...each.childNodes].some(isText);
  const alike = Map.groupBy([...document.querySelectorAll("body *")].filter(isRead), kindOf);
  const some = new Set([...alike.values()].flatMap(each => [each[0], each.at(-1)]));
  some.forEach(each => each.setAttribute("data-some", ""));
  axe.configure({rules: isEvery ? [] : [
    {id: "color-contrast", selector: "[data-some]"}, {id: "link-in-text-block", selector: "a[href][data-some]"},
  ]});
  const rules = {"target-size": {enabled: true}};
  const runOnly = isEvery ? {type: "rule", values: ["color-contrast", "link-in-text-block"]} : tags;
  const found = await axe.run(document, {runOnly, resultTypes: ["violations"], rules});
  const told = (rule, node) => `${rule.id}: ${node.target} ${node.html}`.slice(0, 200);
  return found.violations.flatMap(rule => rule.nodes.map(node => told(rule, node)));
}"""
"""Runs all rules, and compares colours of two texts of those that have the same colour, ground and letters.

Or else runs only the rules that compare colours, on every text.
"""

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

    def open_tab(script: str = "", **options):
        tabs.append(browser.Watched(opened, html.as_uri(), bypass_csp=True, **options))
        tabs[-1].page.add_init_script(script)
        return tabs[-1]

    yield open_tab
    for each in tabs:
        each.close()


def wide(width: int, scheme: str = "light") -> dict:
    """Return the options of a tab of some width, in one of the schemes, in which nothing is still on its way."""
    return {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def pages(html) -> list[str]:
    """Return every page of the book, and that of the search with something to find."""
    return [*browser.pages_of(html), QUERY]


def visited(tab: browser.Watched, paths: list[str]):
    """Open pages in turn; yield the path of each when it is all there."""
    for path in paths:
        tab.visit(path)
        if path == QUERY:
            tab.page.wait_for_selector("#search-results p.context")
        yield path


def violations(tab: browser.Watched, is_every_text: bool) -> list[str]:
    """Return what axe finds on a page by all rules, by two texts of each kind; or what is faint of every text."""
    return tab.page.evaluate(RUN_AXE, [RULES, is_every_text])


def sideways(tab: browser.Watched, room: str) -> list[str]:
    """Return what of a page does not fit into little room."""
    width, letters = NARROW[room]
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.evaluate("size => { document.documentElement.style.fontSize = size; }", letters)
    beyond = tab.page.evaluate(SIDEWAYS)
    cut = [f"cut off: {each}" for each in tab.page.evaluate(CLIPPED)]
    return [f"has to be moved by {beyond}"] * (beyond > 0) + cut


def complaints(tab: browser.Watched, is_dark: bool) -> list[str]:
    """Return what is wrong with a page: rules that it breaks, what moves in it, and what is light in the dark."""
    moving = [f"moves: {each}" for each in tab.page.evaluate(MOVING)]
    light = [f"light: {each}" for each in tab.page.evaluate(LIGHT_IN_THE_DARK)] if is_dark else []
    return [*violations(tab, is_every_text=False), *moving, *light]


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


@browser.in_parts
@pytest.mark.parametrize("view", one_of(len(VIEWS), VIEWS))
def test_no_page_breaks_a_rule_nor_moves_unasked_nor_is_light_in_the_dark(tab, pages, view, part):
    """In views of a whole run alone, each single text of a share of pages is compared with what is behind it, too."""
    scheme, width = VIEWS[view]
    is_thorough = view != USUAL_VIEW and part == browser.SHARE
    opened, found = tab(AXE_SCRIPT, **wide(width, scheme)), {}
    for path, room in zip(visited(opened, browser.dealt(pages, VIEWS, ALWAYS, part)[view]), itertools.cycle(NARROW)):
        faint = violations(opened, is_every_text=True) if is_thorough else []  # first: rules once narrowed remain so
        found[path] = [*faint, *complaints(opened, scheme == "dark"), *sideways(opened, room)]
        opened.page.set_viewport_size({"width": width, "height": 900})

    assert found
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("path", "scheme"), [pytest.param(*each, marks=[] if each in SHOWN else pytest.mark.whole) for each in FOCUSED]
)
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


@pytest.mark.whole
def test_every_single_text_stands_out_from_what_is_behind_it(tab, pages):
    scheme, width = VIEWS[USUAL_VIEW]
    opened = tab(AXE_SCRIPT, **wide(width, scheme))
    own = browser.dealt(pages, VIEWS, ALWAYS, browser.SHARE)[USUAL_VIEW]
    found = {path: violations(opened, is_every_text=True) for path in visited(opened, own)}

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_axe_finds_what_is_faint_however_deep_and_alone(tab):
    opened = tab(AXE_SCRIPT, **wide(1280))
    opened.visit(CHAPTER)
    opened.page.evaluate("""() => {
      const cells = document.querySelectorAll("main td");
      cells[7].innerHTML = "<i style='color: #aaa'>faint</i>";
      cells[9].innerHTML = "<i style='opacity: 0.3'>fainter</i>";
    }""")
    found = violations(opened, is_every_text=False)

    assert [word for word in ("faint", "fainter") if any(f">{word}<" in each for each in found)] == ["faint", "fainter"]


@pytest.mark.whole
def test_no_page_has_to_be_moved_sideways_and_none_is_cut_off(tab, pages):
    """Each page is opened in the least room, which is the last."""
    opened = tab(**wide(min(width for width, _ in NARROW.values())))
    found = {
        path: [f"{room}: {each}" for room in NARROW for each in sideways(opened, room)]
        for path in visited(opened, pages)
    }

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_colours_of_a_readers_system_are_there_before_a_script_is_run(opened, html):
    context = opened.new_context(color_scheme="dark")
    page = context.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{html.as_uri()}/{CHAPTER}")
    theme = page.evaluate("document.documentElement.dataset.theme")
    context.close()

    assert theme == "dark"
