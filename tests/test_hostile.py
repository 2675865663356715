"""Whatever a cohort holds is shown as text by every page of its book, which works under its policy; from a disk too."""

import html
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from gistbook import build
from gistbook.book import comparison
from gistbook.book.audit import gate
from support import browser
from support.books import planned
from support.chapters import BRIEF
from support.chapters import pages as pages_of_chapters

RAN = "window.ran=1"
ELSEWHERE = "//elsewhere.invalid"

HOSTILE = {
    "a script": f"</script><script>{RAN}</script>",
    "a handler": f'"><img src=x onerror="{RAN}"><svg onload={RAN}>',
    "an address": f"<a href='javascript:{RAN}'>j</a> javascript:{RAN}",
    "markdown": f"**b** [l](javascript:{RAN}) ![i](https:{ELSEWHERE}/i.png) <https:{ELSEWHERE}> `c` # h",
    "a role": "{glue:text}`clock` {raw:html}`<b>` {ref}`x` [^1] {{ title }} {% raw %}",
    "a directive": f"```{{raw}} html <script>{RAN}</script> ``` ::::{{note}} :::: +++ ---",
    "a sight of a chart": f"datum.group = {{'signal': '{RAN}'}} ${{{RAN}}} [object] \\n %d",
    "latex": f"$\\href{{javascript:{RAN}}}{{x}}$ $$\\frac{{1}}{{2}}$$ \\(y\\) \\begin{{align}}",
    "a formula": f"=hyperlink(\"https:{ELSEWHERE}\",'x') @sum(1+1)*cmd|' /c calc'!a0 +1-1",
    "a mark": "ab\u202edc\u2067ef\u200fgh\ufeff",
    "hebrew": "\u05e9\u05dc\u05d5\u05dd (1)",
    "a style": f"</style></title></svg></td></table></body><style>*{{background:url({ELSEWHERE}/s)}}</style>",
}
"""What a spreadsheet may hold, by kind."""

SEEN = HOSTILE | {
    "a mark": "ab⟨U+202E⟩dc⟨U+2067⟩ef⟨U+200F⟩gh⟨U+FEFF⟩",
    "hebrew": "\u2068\u05e9\u05dc\u05d5\u05dd (1)\u2069",
}
"""The same as a page shows it."""

NUL, NUL_SEEN = "nul \0 \x1b[31m", "nul ⟨U+0000⟩ ⟨U+001B⟩[31m"
KINDS = list(HOSTILE)
EVERYTHING = " ".join([*HOSTILE.values(), NUL])
ALL_SEEN = "\u2068" + " ".join([*(SEEN | {"hebrew": HOSTILE["hebrew"]}).values(), NUL_SEEN]) + "\u2069"

FOLDER = f"{{glue:text}}`k` \"q\" 'q' <img src=x onerror={RAN}> \u202emine"
SHEET = f"<img src=x onerror={RAN}> [l](javascript:{RAN}) \u202e=1+1.csv"
SHEET_SEEN = SHEET.replace("\u202e", "⟨U+202E⟩")

KEPT_OUT = ("script-src-elem", "script-src-attr", "img-src")
"""What a policy calls scripts, handlers and pictures."""


pytestmark = pytest.mark.skipif(not browser.CHROMIUM, reason=browser.ABSENT)


def in_turn(rows: pd.DataFrame, start: int = 0, kinds: list[str] = KINDS) -> list[str]:
    """Return a hostile text for each row, of one kind after the other."""
    return [HOSTILE[kinds[(start + number) % len(kinds)]] for number in range(len(rows))]


def settings() -> str:
    """Return a `cohort.toml` in which every text is hostile."""
    quoted = "".join(f"\\u{ord(c):04x}" for c in EVERYTHING)
    sheet = "".join(f"\\u{ord(c):04x}" for c in SHEET)
    clocks = "\n".join(f'{origin} = "{quoted}"' for origin in ("first_operation", "resistance", "second_line"))
    about = f'title = "{quoted}"\naccess = "public"\ndata_cutoff = 2019-12-31\nreproduces = "{quoted}"'
    return f'{about}\n[tables]\npatients = "{sheet}"\n[clocks]\n{clocks}\n'


def write_hostile(folder: Path) -> Path:
    """Write the bundled cohort once more, with a hostile text wherever a text may stand."""
    drawn = build.BOOK / "data" / "wada2021"
    names = ("patients", "operations", "exposures", "assessments")
    patients, operations, exposures, scans = (pd.read_csv(drawn / f"{name}.csv", dtype=str) for name in names)
    texts = ("metastatic_sites", "mutation", "cause_of_death")
    first, second = KINDS[:6], KINDS[6:]
    causes = patients["cause_of_death"]
    patients = patients.assign(**{name: in_turn(patients, start) for start, name in enumerate(texts)})
    patients["cause_of_death"] = patients["cause_of_death"].where(causes.notna())
    patients = patients.assign(group=in_turn(patients, kinds=second), primary_site=in_turn(patients, kinds=first))
    operations = operations.assign(procedure=in_turn(operations), complication=in_turn(operations, 3))
    others = exposures["drug"] != "imatinib"
    exposures.loc[others, "drug"] = [NUL, *in_turn(exposures[others])[1:]]
    exposures = exposures.assign(stop_reason=in_turn(exposures), schedule=in_turn(exposures, 5))
    folder.mkdir(parents=True)
    (folder / "cohort.toml").write_text(settings(), encoding="utf-8")
    patients.to_csv(folder / SHEET, index=False)
    exposures.to_parquet(folder / "exposures.parquet", index=False)
    for name, table in {"operations": operations, "assessments": scans}.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_hostile(tmp_path_factory.mktemp("cohorts") / FOLDER)


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory) -> Path:
    """Make the book once."""
    return build.build(planned(folder, BRIEF), tmp_path_factory.mktemp("out")).folder


@pytest.fixture(scope="module")
def pages(run, tmp_path_factory) -> Path:
    """Return the pages of the book under a name that an address can hold."""
    return Path(shutil.copytree(run / "html", tmp_path_factory.mktemp("pages") / "html"))


@pytest.fixture(scope="module")
def compared(run, tmp_path_factory) -> Path:
    """Return the page of the book beside the same book under another name, with what it needs."""
    other = shutil.copytree(run.resolve(), run.parent / f"2{FOLDER}")
    made = comparison.compare((str(run), str(other)), run.parent, print)
    return Path(shutil.copytree(made / "html", tmp_path_factory.mktemp("compared") / "html"))


@pytest.fixture(scope="module")
def opened():
    with browser.chromium() as found:
        yield found


@pytest.fixture(scope="module", params=[pytest.param(mode, marks=pytest.mark.whole) for mode in browser.MODES])
def tab(request, opened, pages):
    """Return a tab in which the book is read, from a disk or served."""
    with browser.read_at(pages, request.param) as address:
        watched = browser.Watched(opened, address)
        yield watched
        watched.close()


@pytest.fixture(scope="module")
def visits(tab, pages) -> dict[str, browser.Visit]:
    """Open every page of the book, and return what was seen of each."""
    return {path: tab.visit(path) for path in browser.pages_of(pages)}


def complaints(tab: browser.Watched) -> set[str]:
    """Return what went on in a tab that should not."""
    return set(tab.seen().events)


def plain(text: str) -> str:
    """Return a text with every gap as one blank."""
    return re.sub(r"\s+", " ", text)


def named(page: str) -> str:
    """Return the title that a page was given."""
    return html.unescape(re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]).strip()


def test_what_chapters_show_of_hostile_texts_is_text(folder):
    chapters = pages_of_chapters(folder, ["participants", "baseline", "surgery", "overall_survival"])
    soups = {slug: BeautifulSoup(page.html, "html.parser") for slug, page in chapters.items()}
    elements = [each for soup in soups.values() for each in soup.find_all(True)]

    assert {each.name for each in elements} & {"script", "style", "img", "a", "b", "h1"} == set()
    assert [name for each in elements for name in each.attrs if name.startswith("on") or name == "href"] == []
    assert [kind for kind in KINDS if plain(SEEN[kind]) not in plain(soups["surgery"].get_text(" "))] == []


def test_every_page_is_opened(visits):
    chapters = {f"chapters/{slug}.html" for slug in build.publish.contents(build.BOOK)}

    assert set(visits) == chapters | {"index.html", "search.html"}


def test_nothing_of_the_data_runs_and_the_policy_has_nothing_to_keep_out(visits):
    assert {path: visit.events for path, visit in visits.items() if visit.events} == {}


def test_nothing_is_asked_of_another_host(visits):
    assert {path: visit.elsewhere for path, visit in visits.items() if visit.elsewhere} == {}


def test_no_page_changes_its_title(visits, pages):
    titles = {path: named((pages / path).read_text(encoding="utf-8")) for path in visits if path != "index.html"}

    assert titles == {path: visits[path].title for path in titles}


def test_the_title_of_the_cohort_is_text_at_the_top_of_every_page(visits):
    assert [path for path, visit in visits.items() if plain(ALL_SEEN) not in plain(visit.text)] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("chapter", "places"),
    [("baseline", KINDS), ("surgery", KINDS), ("subsequent_therapy", KINDS), ("participants", KINDS[6:])],
)
def test_a_hostile_text_is_seen_in_the_tables_and_the_flow(visits, kind, chapter, places):
    if kind in places:
        assert plain(SEEN[kind]) in plain(visits[f"chapters/{chapter}.html"].text.replace(ALL_SEEN, ""))


def test_a_nul_is_seen_as_what_it_is(visits):
    assert NUL_SEEN in visits["chapters/subsequent_therapy.html"].text.replace(ALL_SEEN, "")


@pytest.mark.parametrize("chapter", ["overall_survival", "progression_free_survival", "subsequent_therapy"])
def test_the_name_of_a_clock_is_seen_in_captions_and_drawings(visits, chapter):
    visit = visits[f"chapters/{chapter}.html"]

    assert f"from {plain(ALL_SEEN)}" in plain(visit.text)
    assert any(f"Months from {ALL_SEEN[:20]}" in drawn for drawn in visit.drawn)
    assert any(f"months from {ALL_SEEN}" in label for label in visit.labels)


@pytest.mark.parametrize("kind", KINDS[6:])
def test_the_name_of_a_group_is_told_with_the_drawing(visits, kind):
    assert any(f"{SEEN[kind]}: 0 months" in label for label in visits["chapters/overall_survival.html"].labels)


def test_the_name_of_a_file_is_seen_beside_its_digest(visits):
    assert plain(SHEET_SEEN) in plain(visits["chapters/colophon.html"].text)


def test_the_name_of_the_folder_is_seen_among_the_parameters(visits):
    assert repr(f"../data/{FOLDER}") in visits["chapters/baseline.html"].text


@pytest.mark.parametrize("path", ["search.html?q={}", "chapters/surgery.html?highlight={}"])
@pytest.mark.parametrize("words", [HOSTILE["a handler"], HOSTILE["a script"]])
def test_what_is_searched_for_is_text(tab, path, words):
    tab.visit(path.format(browser.quoted(words)))
    tab.page.wait_for_timeout(300)

    assert (complaints(tab), tab.seen().elsewhere) == (set(), [])


def test_a_search_finds_pages(tab):
    tab.visit("search.html?q=operations")
    tab.page.wait_for_selector("#search-results ul.search li a")

    assert "Surgery" in tab.page.inner_text("#search-results")
    assert complaints(tab) == set()


def test_a_search_shows_where_a_page_has_the_words(tab):
    tab.visit("search.html?q=operations")
    tab.page.wait_for_selector("#search-results p.context")

    assert complaints(tab) == set()


@pytest.mark.parametrize("kind", ["a script", "a handler", "markdown", "hebrew"])
def test_a_hostile_text_is_text_where_a_search_quotes_it(tab, kind):
    tab.visit(f"search.html?q={browser.quoted('complication procedure')}")
    tab.page.wait_for_selector("#search-results p.context")
    quoted = tab.page.evaluate(
        "kind => Search.makeSearchSummary(Search.asText('chapters/surgery'), [kind.toLowerCase()], '').textContent",
        SEEN[kind],
    )

    assert plain(SEEN[kind])[:60] in plain(quoted)
    assert complaints(tab) == set()


def test_the_book_takes_the_theme_that_a_reader_chooses(tab):
    tab.visit("chapters/surgery.html")
    chosen = []
    for _ in range(3):
        tab.page.click(".theme-switch-button")
        chosen.append(tab.page.evaluate("document.documentElement.dataset.mode"))

    assert sorted(chosen) == ["auto", "dark", "light"]
    assert complaints(tab) == set()


def test_a_reader_can_put_the_contents_aside_and_have_them_back(tab):
    tab.visit("chapters/surgery.html")
    for state in ("hidden", "visible"):
        tab.page.click(".primary-toggle")
        tab.page.wait_for_selector("#pst-primary-sidebar", state=state)

    assert complaints(tab) == set()


def test_a_reader_can_open_the_search_anywhere(tab):
    tab.visit("chapters/surgery.html")
    tab.page.click(".search-button-field")
    tab.page.wait_for_selector("#pst-search-dialog[open]")

    assert complaints(tab) == set()


def test_hidden_code_is_shown_on_demand(tab):
    tab.visit("chapters/surgery.html")
    code = tab.page.locator("details.hide .highlight").first
    before = code.is_visible()
    tab.page.locator("details.hide summary").first.click()

    assert (before, code.is_visible()) == (False, True)
    assert complaints(tab) == set()


def test_code_can_be_copied(tab):
    tab.visit("chapters/surgery.html")
    tab.page.locator("div.cell_input div.highlight").first.hover()
    tab.page.locator("button.copybtn").first.click()
    tab.page.wait_for_selector("button.copybtn.success")

    assert complaints(tab) == set()


@pytest.mark.whole
def test_two_books_side_by_side_show_their_texts_as_text(opened, compared):
    tab = browser.Watched(opened, compared.as_uri())
    (page,) = [path.relative_to(compared) for path in compared.rglob("compare.html")]
    visit = tab.visit(page.as_posix())

    assert (visit.events, visit.elsewhere) == ([], [])
    assert plain(ALL_SEEN) in plain(visit.text)
    assert [kind for kind in KINDS if plain(SEEN[kind]) not in plain(visit.text.replace(ALL_SEEN, ""))] == []


def test_the_browser_tells_of_what_runs_and_of_what_comes_from_elsewhere(opened, tmp_path):
    spoiled = (
        f"<p>x</p><script>{RAN}; alert(1)</script><img src='https:{ELSEWHERE}/x.png'><svg><text>drawn</text></svg>"
    )
    (tmp_path / "x.html").write_text(spoiled, encoding="utf-8")
    visit = browser.Watched(opened, tmp_path.as_uri()).visit("x.html")

    assert visit.events == ["a script of the data ran: 1", "a dialog: 1"]
    assert (visit.elsewhere, visit.drawn) == ([f"https:{ELSEWHERE}/x.png"], ["drawn"])


def test_the_policy_keeps_out_what_nobody_escaped(tab, pages):
    page, spoiled = ((pages / "chapters" / f"{name}.html") for name in ("surgery", "spoiled"))
    foreign = f"<script src='https:{ELSEWHERE}/x.js'></script><img src='https:{ELSEWHERE}/x.png'>"
    unescaped = "".join([*HOSTILE.values(), foreign, f"<a id=here href='javascript:{RAN}'>x</a></article>"])
    spoiled.write_text(page.read_text(encoding="utf-8").replace("</article>", unescaped, 1), encoding="utf-8")
    tab.visit("chapters/spoiled.html")
    tab.page.evaluate("document.getElementById('here').click()")
    tab.page.wait_for_timeout(200)
    told = tab.seen().events
    spoiled.unlink()

    assert {kind for kind in KEPT_OUT if any(f"kept {kind} from" in each for each in told)} == set(KEPT_OUT)
    assert [each for each in told if each.startswith("a script of the data")] == []


def test_names_that_run_from_the_right_leave_the_number_after_them_where_it_is(tab):
    tab.visit("chapters/participants.html")
    places = tab.page.evaluate(
        """() => [...document.querySelectorAll(".gb-flow li > span")].map(box => {
             const name = document.createRange(); name.selectNodeContents(box.firstChild);
             return [name.getBoundingClientRect(), box.querySelector("strong").getBoundingClientRect()];
           }).map(([name, number]) => number.left >= name.right - 1 || number.top > name.top + 5)"""
    )

    assert len(places) > 6
    assert all(places)


@pytest.mark.whole
def test_no_page_prints_what_is_no_number(pages):
    texts = {path: path.read_text(encoding="utf-8") for path in (pages / "chapters").glob("*.html")}

    assert len(texts) >= len(build.publish.contents(build.BOOK))
    assert [path.name for path, text in texts.items() if re.search(r"[>\s(]nan[<\s,)]", text, re.IGNORECASE)] == []


@pytest.mark.whole
def test_no_mark_of_direction_is_left_in_a_page(pages):
    steering = re.compile("[\0-\x08\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066\u2067]")
    texts = {path: path.read_text(encoding="utf-8") for path in pages.rglob("*.html")}

    assert [path.name for path, text in texts.items() if steering.search(text)] == []


@pytest.mark.whole
def test_the_audit_finds_no_script_in_such_a_book(pages, folder):
    assert gate.audit_book(pages, folder, build.BOOK) == []
