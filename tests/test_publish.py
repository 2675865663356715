"""Publishing: notebooks become pages, or nothing does and the reason is told."""

from pathlib import Path

import pytest

from gistbook.book import publish, theme
from gistbook.conventions import ChapterError
from support import sites
from support.books import contents
from support.stages import TOC, book_of, staged

PARTS = """\
format: jb-book
root: chapters/first
parts:
  - caption: One
    chapters:
      - file: chapters/second
  - caption: Two
    chapters:
      - file: chapters/third
"""


@pytest.fixture(scope="module")
def pages(shared):
    """Return the pages of a book of a few chapters, for a public cohort whose title is markup."""
    return sites.placed(shared)


@pytest.fixture(scope="module")
def failure(tmp_path_factory):
    """Return what is told of a book in which nearly everything is wrong, and where it lay."""
    place = tmp_path_factory.mktemp("wrong")
    chapters = {"first": "# First\n\nSee {doc}`nowhere` and {glue:text}`nothing`.", "second": sites.CITED}
    book = book_of(place / "book", sites.toc_of("first", "second", "third"), "first", "second", "third")
    stage = staged(place / "stage", **chapters)
    with pytest.raises(ChapterError) as failed:
        publish.publish(book, stage, publish.Cover("Drawn", "public"))
    return str(failed.value), stage


def test_contents_are_the_chapters_in_reading_order(tmp_path):
    assert publish.contents(book_of(tmp_path / "book", TOC, "first", "second")) == ["first", "second"]


def test_contents_in_parts_are_read_part_by_part(tmp_path):
    assert publish.contents(book_of(tmp_path / "book", PARTS, "first", "second", "third")) == [
        "first",
        "second",
        "third",
    ]


def test_contents_that_name_a_missing_chapter_are_refused(tmp_path):
    with pytest.raises(ChapterError, match="do not exist: chapters/third"):
        publish.contents(book_of(tmp_path / "book", PARTS, "first", "second"))


@pytest.mark.parametrize("chapter", ["first", "second"])
def test_every_chapter_becomes_a_page(pages, chapter):
    assert (pages / "chapters" / f"{chapter}.html").exists()


def test_the_title_of_a_cohort_stands_in_the_banner_as_text(pages):
    page = (pages / "chapters" / "first.html").read_text(encoding="utf-8")

    assert "Public data: Drawn &lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; {title}." in page
    assert "<script>alert(1)" not in page


def test_the_front_page_leads_to_the_first_chapter(pages):
    front = (pages / "index.html").read_text(encoding="utf-8")

    assert 'content="0; url=chapters/first.html"' in front
    assert '<a href="chapters/first.html">' in front


@pytest.mark.parametrize("name", ["_sources", "objects.inv", ".buildinfo"])
def test_nothing_is_published_that_repeats_the_notebooks(pages, name):
    assert not (pages / name).exists()


def test_the_look_of_the_book_is_published(pages):
    ours = {path.name: path.read_text("utf-8") for path in Path(theme.__file__).with_name("static").iterdir()}

    assert {name: (pages / "_static" / name).read_text("utf-8") for name in ours} == ours


def test_every_page_loads_the_style_sheet_and_the_script_of_the_book(pages):
    written = [page.read_text("utf-8") for page in (pages / "chapters").glob("*.html")]

    assert written
    assert all("_static/gistbook.css" in page and "_static/gistbook.js" in page for page in written)


def test_publishing_leaves_the_folder_of_the_book_as_it_was(shared):
    before, after = sites.book_before_and_after(shared)

    assert contents(after) == contents(before)


@pytest.mark.parametrize("missing", ["nowhere", "nothing"])
def test_a_reference_to_what_is_not_there_is_a_failure_that_names_it(failure, missing):
    assert missing in failure[0]


def test_a_failure_names_the_chapter_and_no_place_of_this_machine(failure):
    told, stage = failure

    assert "chapters/first.ipynb" in told
    assert str(stage) not in told


def test_a_failure_is_told_in_plain_text(failure):
    assert "\x1b" not in failure[0]


def test_a_failure_is_told_in_one_screen(failure):
    assert len(failure[0].splitlines()) <= 41


def test_a_chapter_without_a_notebook_is_left_out_of_the_contents(failure):
    assert "chapters/third" not in failure[0]


def test_a_box_without_a_citation_file_fails_and_says_why(failure):
    (line,) = [line for line in failure[0].splitlines() if "There is no CITATION.cff" in line]

    assert line.startswith("chapters/second.ipynb:")
