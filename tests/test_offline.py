"""The bundled book with no network: whole from a disk and served, under any path, and searched."""

import contextlib
import itertools
import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import urlopen

import pytest

from support import browser

NEEDED_BY_THE_SEARCH = {"searchtools.js", "language_data.js", "searchtexts.js", "searchindex.js", "search.js"}
NAMED = re.compile(r"\b(?:src|href)=[\"']([^\"']+)")
NAMED_IN_STYLE = re.compile(r"url\(\s*[\"']?(?!data:)([^\"')]+)|@import\s+[\"']([^\"']+)")

FOUND = {
    "a drug": ("regorafenib", "Subsequent therapy", "egorafenib"),
    "a number": ("14.5", "Progression-free survival", "14.5 months"),
    "a share": ("93%", "The ledger", "93%"),
    "a number among words": ("22.2 months", "The ledger", "22.2 months"),
    "a claim": ("denominator not stated", "The ledger", "denominator not stated"),
    "a title": ("STROBE checklist", "STROBE checklist", "STROBE"),
}
"""What is sought: a page that has it, and what is quoted of a page."""

ALWAYS = ("chapters/overall_survival.html", "search.html?q=imatinib")
"""Pages that are opened from a disk and served."""

SEARCHES = [
    pytest.param(mode, kind, marks=[pytest.mark.whole] * ((m + k) % 2))
    for (m, mode), (k, kind) in itertools.product(enumerate(browser.MODES), enumerate(FOUND))
]
"""Each kind is sought in one way by default, and in both where everything is tested."""

one_mode = pytest.mark.parametrize("mode", browser.USUALLY_FROM_A_DISK)


@pytest.fixture(scope="module")
def html(bundled_book):
    return bundled_book / "html"


@pytest.fixture(scope="module")
def opened():
    if not browser.CHROMIUM:
        pytest.skip(browser.ABSENT)
    with browser.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def tabs(opened, html):
    """Return a tab for each way to read the book, from a disk or served, by a browser that reaches no other host."""
    with contextlib.ExitStack() as stack:
        homes = {mode: stack.enter_context(browser.read_at(html, mode)) for mode in browser.MODES}
        found = {mode: browser.Watched(opened, address) for mode, address in homes.items()}
        yield found
        for each in found.values():
            each.close()


@pytest.fixture
def tab(tabs, mode):
    """Return the tab of one way to read the book."""
    return tabs[mode]


def addresses(path: Path) -> list[str]:
    """Return what a page or a style asks for or leads to within the book."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        return [one or other for one, other in NAMED_IN_STYLE.findall(text)]
    return NAMED.findall(re.sub(r"<(pre|code)\b.*?</\1>", "", text, flags=re.DOTALL))


def inner(address: str) -> bool:
    """Tell whether an address is one within the book, and not a place in the same page."""
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc and bool(parts.path)


@browser.in_parts
@one_mode
def test_every_page_is_whole_and_asks_nothing_of_another_host(tab, html, mode, part):
    pages = browser.dealt([*browser.pages_of(html), "search.html?q=imatinib"], browser.MODES, ALWAYS, part)[mode]
    visits = {path: tab.visit(path) for path in pages}

    assert visits
    assert {path: visit.elsewhere for path, visit in visits.items() if visit.elsewhere} == {}
    assert {path: visit.failed for path, visit in visits.items() if visit.failed} == {}
    assert {path: visit.events for path, visit in visits.items() if visit.events} == {}


@pytest.mark.parametrize(("mode", "kind"), SEARCHES)
def test_a_search_finds_what_is_sought_and_quotes_it(tab, kind):
    words, page, quoted = FOUND[kind]
    tab.visit(f"search.html?q={browser.quoted(words)}")
    tab.page.wait_for_selector("#search-results p.context")
    tab.page.wait_for_selector(".search-summary:not(:empty)")
    titles = tab.page.locator("#search-results li a").all_inner_texts()
    contexts = tab.page.locator("#search-results p.context").all_inner_texts()
    visit = tab.seen()

    assert any(page in title for title in titles)
    assert any(quoted in context for context in contexts)
    assert (visit.events, visit.failed, visit.elsewhere) == ([], [], [])


@one_mode
def test_a_search_for_a_number_takes_no_part_of_another(tab):
    tab.visit("search.html?q=4.5")
    tab.page.wait_for_selector(".search-summary:not(:empty)")
    contexts = tab.page.locator("#search-results p.context").all_inner_texts()

    assert [context for context in contexts if not re.search(r"(?<![\d.,])4\.5(?![\d%])", context)] == []


@one_mode
def test_a_search_without_a_find_says_so(tab):
    tab.visit("search.html?q=qqqqq")
    tab.page.wait_for_selector(".search-summary:not(:empty)")

    assert "did not match" in tab.page.get_by_role("status").inner_text()


@one_mode
def test_where_a_search_leads_the_place_is_there(tab, html):
    tab.visit("search.html?q=complications")
    tab.page.wait_for_selector("#search-results li a")
    places = tab.page.eval_on_selector_all("#search-results li a", "found => found.map(a => a.getAttribute('href'))")
    split = [urlsplit(place) for place in places]
    texts = {each.path: (html / each.path).read_text(encoding="utf-8") for each in split}

    assert any(each.fragment for each in split)
    assert [each for each in split if each.fragment and f'id="{each.fragment}"' not in texts[each.path]] == []


def test_under_any_path_of_a_host_every_address_of_the_book_leads_somewhere(html, tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "path").symlink_to(html, target_is_directory=True)
    with browser.served(tmp_path) as host:
        home = f"{host}/some/path/"
        asked = {
            urljoin(f"{home}{path.relative_to(html).as_posix()}", address).partition("#")[0]
            for path in html.rglob("*")
            if path.suffix in (".html", ".css")
            for address in addresses(path)
            if inner(address)
        }
        answers = {address: urlopen(address).status for address in asked}

    assert len(answers) > 100
    assert all(address.startswith(home) for address in answers)
    assert set(answers.values()) == {200}


def test_every_static_file_is_one_that_a_page_a_style_or_a_script_names(html):
    static = [path for path in (html / "_static").rglob("*") if path.is_file()]
    naming = [path for path in html.rglob("*") if path.suffix in (".html", ".css", ".js")]
    texts = "".join(path.read_text(encoding="utf-8") for path in naming)

    assert [path.name for path in static if path.name not in texts and not path.name.endswith(".LICENSE.txt")] == []
    assert [path.name for path in static if path.suffix in (".map", ".po", ".mo", ".ttf", ".woff2")] == []


def test_only_the_page_of_the_search_loads_what_the_search_needs(html):
    loading = {
        page: {unquote(urlsplit(address).path).rpartition("/")[2] for address in addresses(html / page)}
        for page in browser.pages_of(html)
    }

    assert loading["search.html"] >= NEEDED_BY_THE_SEARCH
    assert [page for page in loading if page != "search.html" and loading[page] & NEEDED_BY_THE_SEARCH] == []


def test_no_script_from_a_file_keeps_a_reader_waiting(html):
    pages = {page: (html / page).read_text(encoding="utf-8") for page in browser.pages_of(html)}
    scripts = {page: re.findall(r"<script\b([^>]*\bsrc=[^>]*)>", text) for page, text in pages.items()}

    assert [(page, each) for page, found in scripts.items() for each in found if "defer" not in each] == []


def test_a_page_loads_no_set_of_icons_and_no_font(html):
    styles = "".join(path.read_text(encoding="utf-8") for path in html.rglob("*.css"))

    assert "@font-face" not in styles
    assert list(html.rglob("*fontawesome*")) == []
