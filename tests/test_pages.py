"""The built book as a reader, a screen reader and a stranger meet it."""

import itertools
import json
import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from gistbook import build
from gistbook.book import downloads, freshness, publish, sheets
from gistbook.conventions import BANNERS, DATA_NOTES
from support.html import article, read, seen, with_class

TOC = yaml.safe_load((build.BOOK / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = publish.contents(build.BOOK)
RESULTS = [
    Path(entry["file"]).name for part in TOC["parts"] if part["caption"] == "Results" for entry in part["chapters"]
]

FRONT_PAGE = "index.html"

each_chapter = pytest.mark.parametrize("slug", CHAPTERS)
each_result = pytest.mark.parametrize("slug", RESULTS)


def elsewhere(address: str) -> bool:
    """Tell whether an address is of another host."""
    return bool(urlsplit(address).netloc)


@pytest.fixture(scope="module")
def html(bundled_book):
    """Return the folder of the built pages."""
    return bundled_book / "html"


@pytest.fixture(scope="module")
def pages(html):
    """Return every page, by its path."""
    return {path: read(path) for path in sorted(html.rglob("*.html")) if "_static" not in path.parts}


@pytest.fixture(scope="module")
def themed(pages, html):
    """Return every page but the front page, which only leads on."""
    return {path: page for path, page in pages.items() if path != html / FRONT_PAGE}


@pytest.fixture
def chapter(pages, html, slug):
    """Return the page of one chapter."""
    return pages[html / "chapters" / f"{slug}.html"]


@pytest.fixture(scope="module")
def texts(html):
    """Return every file of text that the book consists of, by its path."""
    kinds = (".html", ".js", ".css", ".json", ".svg", ".txt", ".xml", ".inv")
    return {path: path.read_text(encoding="utf-8") for path in html.rglob("*") if path.suffix in kinds}


def test_every_chapter_has_a_page(pages, html):
    assert {html / "chapters" / f"{slug}.html" for slug in CHAPTERS} <= set(pages)


def test_no_page_loads_anything_from_another_host(pages):
    loading = {"script", "link", "img", "iframe", "source", "video", "audio", "object", "embed", "use", "image", "form"}
    addresses = [
        each.get(name)
        for page in pages.values()
        for each in page.iter()
        if each.tag in loading
        for name in ("src", "href", "xlink:href", "data", "action", "srcset", "poster")
        if each.get(name)
    ]

    assert addresses
    assert [address for address in addresses if elsewhere(address)] == []


def test_no_style_loads_anything_from_another_host(texts):
    styles = "".join(text for path, text in texts.items() if path.suffix in (".css", ".html"))
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", styles)

    assert [address for pair in addresses for address in pair if elsewhere(address)] == []


def test_a_reader_is_led_to_other_hosts_only_by_links(pages):
    links = [each for page in pages.values() for each in page.iter("a") if elsewhere(each.get("href", ""))]

    assert {urlsplit(link.get("href")).scheme for link in links} == {"https"}


def test_every_page_says_at_its_top_that_the_data_are_synthetic(themed):
    said = [[seen(banner).strip() for banner in with_class(page, "bd-header-announcement")] for page in themed.values()]

    assert said == [[BANNERS["synthetic"]]] * len(themed)
    assert BANNERS["synthetic"].startswith("Synthetic data")


def test_every_page_names_its_language(pages):
    assert [page.find("html").get("lang") for page in pages.values()] == ["en"] * len(pages)


def test_every_page_has_a_title_of_its_own(themed):
    titles = [page.find(".//title").text.strip() for page in themed.values()]

    assert len(set(titles)) == len(titles)


def test_every_page_has_one_heading_of_the_first_rank_on_screen(themed):
    printed = [page.find(".//*[@id='jb-print-docs-body']") for page in themed.values()]
    headings = [len([*page.iter("h1")]) for page in themed.values()]
    on_paper = [0 if paper is None else len([*paper.iter("h1")]) for paper in printed]

    assert [a - b for a, b in zip(headings, on_paper, strict=True)] == [1] * len(themed)


@each_chapter
def test_headings_skip_no_rank(chapter):
    ranks = [int(each.tag[1]) for each in article(chapter).iter() if re.fullmatch(r"h[1-6]", each.tag)]

    assert [b for a, b in itertools.pairwise(ranks) if b > a + 1] == []


def test_no_page_uses_an_id_twice(pages):
    for page in pages.values():
        ids = [each.get("id") for each in page.iter() if each.get("id")]

        assert sorted(ids) == sorted(set(ids))


@each_chapter
def test_every_page_says_in_its_foot_once_and_in_no_caption_that_the_data_are_synthetic(chapter):
    (foot,) = with_class(chapter, "extra_footer")
    captions = ["".join(each.itertext()) for kind in ("figcaption", "caption") for each in article(chapter).iter(kind)]

    assert seen(foot).strip() == DATA_NOTES["synthetic"]
    assert seen(chapter).count(DATA_NOTES["synthetic"]) == 1
    assert [caption for caption in captions if DATA_NOTES["synthetic"] in caption] == []


@each_result
def test_every_result_shows_a_figure_or_a_table(chapter):
    assert [*article(chapter).iter("figcaption"), *article(chapter).iter("caption")]


@each_chapter
def test_every_table_has_a_caption_and_headers(chapter):
    for table in article(chapter).iter("table"):
        assert table.find("caption") is not None
        assert table.findall("./thead/tr/th")


def test_tables_are_numbered_through_the_book_in_the_order_of_its_chapters(pages, html):
    numbers = [
        seen(each).strip()
        for slug in CHAPTERS
        for each in with_class(pages[html / "chapters" / f"{slug}.html"], "caption-number")
        if seen(each).startswith("Table")
    ]

    assert len(numbers) > 30
    assert numbers == [f"Table {n}" for n in range(1, len(numbers) + 1)]


@each_chapter
def test_every_table_that_a_cell_shows_stands_under_a_number(chapter):
    apart = {box for kind in ("gb-numbers", "gb-data") for each in with_class(chapter, kind) for box in each.iter()}
    own = [box for box in with_class(chapter, "gb-table") if box not in apart]

    assert len(with_class(chapter, "gb-table-number")) == len(own)


@each_chapter
def test_every_table_of_ours_tells_what_each_header_is_of(chapter):
    for table in [table for box in with_class(chapter, "gb-table") for table in box.iter("table")]:
        assert {header.get("scope") for header in table.findall("./thead/tr/th")} == {"col"}
        assert {header.get("scope") for header in table.findall("./tbody/tr/th")} <= {"row"}


@each_chapter
def test_every_figure_of_a_chapter_stands_over_a_caption(chapter):
    drawn = len(with_class(chapter, "gb-figure")) + len(with_class(chapter, "gb-flow"))
    captioned = [figure for figure in article(chapter).iter("figure") if figure.find("figcaption") is not None]

    assert drawn == len(captioned)


def test_the_book_draws_at_least_one_chart(pages):
    assert any(with_class(page, "gb-figure") for page in pages.values())


@each_chapter
def test_every_chart_is_an_inline_drawing_with_a_label_for_whoever_cannot_see_it(chapter):
    for figure in with_class(chapter, "gb-figure"):
        (drawing,) = with_class(figure, "gb-drawing")
        assert drawing.get("role") == "img"
        assert drawing.get("aria-label").strip()
        assert len([*drawing.iter("svg")]) == 2


@each_chapter
def test_the_numbers_of_a_chart_stand_in_the_figure_whose_caption_tells_of_its_data(chapter):
    figures = [figure for figure in article(chapter).iter("figure") if figure.find("figcaption") is not None]
    within = {numbers for figure in figures for numbers in with_class(figure, "gb-data")}

    assert within == set(with_class(chapter, "gb-data"))


@each_chapter
def test_no_chapter_holds_a_picture_made_of_pixels(chapter):
    assert [*article(chapter).iter("img"), *article(chapter).iter("canvas")] == []


def test_no_page_prints_a_value_that_is_no_number(pages):
    words = re.compile(r"\b(?:nan|NaN|NaT|None|inf|<NA>)\b")

    assert [(path.name, found) for path, page in pages.items() for found in words.findall(seen(page))] == []


def test_no_label_of_a_drawing_holds_a_value_that_is_no_number(pages):
    labels = [each.get("aria-label", "") for page in pages.values() for each in page.iter()]
    drawn = ["".join(svg.itertext()) for page in pages.values() for svg in page.iter("svg")]

    assert re.findall(r"\b(?:nan|NaN|NaT|None|inf|undefined|null)\b", " ".join(labels + drawn)) == []


def test_no_page_shows_a_failure_or_a_warning(pages):
    shown = [each for page in pages.values() for each in page.iter() if "stderr" in each.get("class", "")]
    failed = [path.name for path, page in pages.items() if "Traceback (most recent" in "".join(page.itertext())]

    assert (shown, failed) == ([], [])


def test_no_file_of_the_book_names_a_place_of_this_machine(texts, bundled_book):
    places = {bundled_book.parent, bundled_book.resolve(), build.BOOK, Path.home(), Path(tempfile.gettempdir())}
    named = [str(place) for place in places if len(place.parts) > 1]
    found = [(path.name, place) for path, text in texts.items() for place in named if f"{place}/" in text]

    assert found == []


def test_no_notebook_is_published_but_the_cleaned_one_of_each_chapter(html):
    assert {path.relative_to(html) for path in html.rglob("*.ipynb")} == {
        Path("downloads") / f"{slug}.ipynb" for slug in CHAPTERS
    }
    assert list(html.rglob("_sources")) == []


@each_chapter
def test_every_chapter_can_be_searched_for(texts, html, slug):
    index = texts[html / "searchindex.js"]

    assert index.startswith("Search.setIndex(")
    assert f'"chapters/{slug}"' in index


def test_the_front_page_leads_to_the_abstract(pages, html):
    front = pages[html / FRONT_PAGE]

    assert front.find(".//meta[@http-equiv='refresh']").get("content") == "0; url=chapters/abstract.html"
    assert front.find(".//a").get("href") == "chapters/abstract.html"


@each_chapter
def test_every_page_links_to_every_chapter(chapter, slug):
    linked = {each.get("href") for each in chapter.iter("a")}
    others = {f"{other}.html" for other in CHAPTERS if other != slug}

    assert others <= linked


def test_every_internal_link_leads_to_a_file_and_a_place_in_it(pages):
    ids = {path.resolve(): {each.get("id") for each in page.iter()} for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        addresses = [each.get(name) for each in page.iter() for name in ("href", "src") if each.get(name)]
        for address in [urlsplit(address) for address in addresses if not elsewhere(address)]:
            target = (path.parent / unquote(address.path)).resolve() if address.path else path.resolve()
            lost = address.fragment and target in ids and address.fragment not in ids[target]
            broken += [(path.name, address.geturl())] if lost or not target.exists() else []

    assert broken == []


@pytest.mark.whole
def test_publishing_the_same_notebooks_again_gives_the_same_bytes(bundled_book, html, tmp_path):
    shutil.copytree(bundled_book / "notebooks", tmp_path / "elsewhere" / "chapters")
    cohort = build.load_cohort(build.BOOK / "data" / "wada2021")
    told = downloads.Data(cohort.title, cohort.access, commit=freshness.commit(build.BOOK))
    downloads.link(tmp_path / "elsewhere" / "chapters", told)
    again = publish.publish(build.BOOK, tmp_path / "elsewhere", publish.Cover(told.title, told.access))
    values = json.loads((bundled_book / "values.json").read_text())
    for draw in downloads.offer(again, bundled_book / "notebooks", values, told):
        draw()
    parts = sheets.of_cohort(cohort, build.BOOK / "data" / "wada2021")
    sheets.pack(parts, again / downloads.FOLDER / sheets.COHORT)
    first = {path.relative_to(html): path.read_bytes() for path in html.rglob("*") if path.is_file()}
    second = {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}

    assert sorted(first) == sorted(second)
    assert [str(path) for path in first if first[path] != second[path]] == []
