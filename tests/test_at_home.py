"""At home in Jupyter Book: `jupyter-book build .` makes a readable book of the chapters as they are written."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from gistbook import build
from gistbook.book import publish
from gistbook.conventions import BANNERS, NOT_COMPUTED
from support import cohorts, sites
from support.books import FIRST, RESULT, book, visible
from support.html import read, with_class
from support.stages import book_of, staged

REFERRING = "\n\nThe first chapter pasted {glue:text}`first.md::size:s`.\n"
"""A sentence of the second chapter with what the first one pasted."""


def built(place: Path) -> tuple[Path, str]:
    """Make a book as who knows Jupyter Book does; return its pages and what was printed, without the kernels' lines."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", ".", "-W", "-n", "--keep-going"]
    run = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    printed = [line for line in (run.stdout + run.stderr).splitlines() if "IPKernelApp" not in line]

    assert (run.returncode, [line for line in printed if "WARNING" in line or "ERROR" in line]) == (0, [])
    return place / "_build" / "html", "\n".join(printed)


def clone(place: Path) -> Path:
    """Copy what a clone has beside the package."""
    place.mkdir()
    for name in ("_config.yml", "_toc.yml", "references.bib", "CITATION.cff"):
        shutil.copy(build.BOOK / name, place)
    for name in ("chapters", "data"):
        shutil.copytree(build.BOOK / name, place / name)
    return place


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the pages of a small book of a confidential cohort."""
    place = tmp_path_factory.mktemp("home") / "book"
    folder = cohorts.confidential(place.parent / "mine")
    named = {name: text.replace("../data/wada2021", str(folder)) for name, text in
             {"first": _with_policy(FIRST), "second": _with_policy(RESULT) + REFERRING}.items()}  # fmt: skip
    return built(book(place, **named))[0]


def _with_policy(chapter: str) -> str:
    return chapter.replace("size = 2", 'policy = "default"\nsize = 2', 1)


@pytest.mark.whole
def test_the_cohort_of_the_first_chapter_decides_what_stands_at_the_top_of_a_page(small):
    page = read(small / "chapters" / "second.html")
    (banner,) = with_class(page, "bd-header-announcement")

    assert "".join(banner.itertext()).strip().startswith("Confidential data: ")


def test_a_passage_for_another_kind_of_cohort_is_left_out(small):
    words = visible((small / "chapters" / "second.html").read_text(encoding="utf-8"))

    assert "This stands where data are confidential." in words
    assert "This stands where data are public." not in words


def test_a_sentence_takes_what_another_chapter_pasted(small):
    words = visible((small / "chapters" / "second.html").read_text(encoding="utf-8"))

    assert "The size is 2." in words
    assert "The first chapter pasted 2." in words


@pytest.mark.whole
def test_it_does_so_where_the_chapter_is_a_notebook_that_was_run(tmp_path):
    stage = staged(tmp_path / "stage", first="# First", second=f"# Second{REFERRING}")
    path = stage / "chapters" / "first.ipynb"
    notebook = nbformat.read(path, as_version=4)
    about = {"scrapbook": {"name": "size", "mime_prefix": ""}}
    output = nbformat.v4.new_output("display_data", {"text/plain": "'2'"}, metadata=about)
    notebook.cells.append(nbformat.v4.new_code_cell("paste", outputs=[output], id="pasted"))
    nbformat.write(notebook, path)
    pages = book_of(tmp_path / "book", sites.toc_of("first", "second"), "first", "second")
    html = publish.publish(pages, stage, publish.Cover("Drawn cohort", "synthetic"))

    assert "The first chapter pasted 2." in visible((html / "chapters" / "second.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a clone in which the book was made, and its pages."""
    place = clone(tmp_path_factory.mktemp("home") / "clone")
    return place, built(place)[0]


@pytest.mark.whole
def test_each_chapter_shows_its_figures_and_numbers_and_says_what_its_data_are(home, bundled_book):
    _, html = home
    for slug in publish.contents(build.BOOK):
        page, other = (read(each / "chapters" / f"{slug}.html") for each in (html, bundled_book / "html"))
        (banner,) = with_class(page, "bd-header-announcement")

        assert "".join(banner.itertext()).strip() == BANNERS["synthetic"]
        assert len(with_class(page, "gb-drawing")) == len(with_class(other, "gb-drawing"))
        assert len(with_class(page, "pasted-text")) == len(with_class(other, "pasted-text"))


@pytest.mark.whole
def test_a_chapter_that_reads_the_others_says_that_it_was_given_no_values(home):
    _, html = home
    ledger = visible((html / "chapters" / "claims.html").read_text(encoding="utf-8"))

    assert ledger.count(NOT_COMPUTED) > 10


@pytest.mark.whole
def test_nothing_is_left_but_the_build(home):
    place, _ = home
    new = [path for path in place.rglob("*") if not (build.BOOK / path.relative_to(place)).exists()]

    assert {path.relative_to(place).parts[0] for path in new} <= {"_build"}
    assert re.search(r"^_build/$", (build.BOOK / ".gitignore").read_text(encoding="utf-8"), re.MULTILINE)
