"""The same folder gives the same pages, byte for byte, wherever and whenever they are made, and by whatever way."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gistbook import build
from gistbook.book import freshness
from support import subjects
from support.books import LEDGER, PARAMETERS, RESULT, SECOND, book, planned

PROGRAM = "import sys; from gistbook import cli; cli.main()"

IN_ONE_PROCESS = """
import json, sys
from pathlib import Path
from support import chapters
chapters.BRIEF.clear()
pages = chapters.pages(Path(sys.argv[1]), json.loads(sys.argv[2]))
print(json.dumps({slug: [page.values, page.frames] for slug, page in pages.items()}))
"""

FEW_CHAPTERS = ("participants", "baseline", "surgery", "progression_free_survival")
"""Chapters by which each run of the tests compares processes: the flow, Table 1, a table of operations, and a curve."""

IN_A_SMALL_BOOK = """
import sys
from pathlib import Path
from gistbook import build
from gistbook.book import freshness
from support.books import planned
place = Path(sys.argv[1])
build.BOOK, freshness.PACKAGE = place / "book", place / "package"
build.build(planned(place / "mine"), place / "out")
"""

ANOTHER = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}
"""Where hashes, clocks and words are not those of here."""

AROUND = 60
"""So many bytes are shown on both sides of the first one that differs."""


def pages(run: Path) -> dict[str, bytes]:
    """Return every file of the pages of a run."""
    html = run.resolve() / "html"
    return {str(path.relative_to(html)): path.read_bytes() for path in sorted(html.rglob("*")) if path.is_file()}


def difference(here: dict[str, bytes], there: dict[str, bytes]) -> str:
    """Return the first file that differs, with a few bytes of both; nothing if every file is the same."""
    for name in sorted(here.keys() | there.keys()):
        one, other = here.get(name, b""), there.get(name, b"")
        if one != other or (name in here) != (name in there):
            place = next((n for n, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1), len(one))
            shown = slice(max(place - AROUND, 0), place + AROUND)
            return f"{name}, byte {place}:\n{one[shown]!r}\n{other[shown]!r}"
    return ""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Path:
    """Make the bundled book again: of a copy, from another folder, in another time zone, with another hash seed."""
    place = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(build.BOOK / "data" / "wada2021", place / "cohorts" / "wada2021")
    (place / "at_work").mkdir()
    built(place, "--jobs", "3")
    return place


def built(place: Path, *options: str) -> None:
    """Build the book of the copy."""
    command = [sys.executable, "-c", PROGRAM, "build", "../cohorts/wada2021", "--out", "books", *options]
    subprocess.run(command, cwd=place / "at_work", env=ANOTHER, check=True, capture_output=True)


@pytest.mark.whole
def test_the_pages_are_the_same_bytes_wherever_they_are_made(bundled_book, elsewhere):
    there = pages(elsewhere / "at_work" / "books" / "wada2021")

    assert len(there) > 50
    assert difference(pages(bundled_book), there) == ""


@pytest.mark.whole
def test_a_chapter_of_the_bundled_book_that_runs_again_alone_changes_no_byte(bundled_book, elsewhere):
    built(elsewhere, "--only", "surgery")

    assert difference(pages(bundled_book), pages(elsewhere / "at_work" / "books" / "wada2021")) == ""


def run_elsewhere(program: str, *words) -> str:
    """Run a program of ours in another process, time zone and hash seed, in the last place; return what it printed."""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    command = [sys.executable, "-c", program, *map(str, words)]
    run = subprocess.run(command, cwd=words[-1], env={**ANOTHER, "PYTHONPATH": path}, check=True, capture_output=True)
    return run.stdout.decode()


@pytest.mark.parametrize("some", [FEW_CHAPTERS, pytest.param((), id="all", marks=pytest.mark.whole)])
def test_chapters_paste_the_same_in_one_process_elsewhere_as_in_kernels_of_their_own(bundled_book, tmp_path, some):
    words = build.BOOK / "data" / "wada2021", json.dumps(some), tmp_path
    pasted = json.loads(run_elsewhere(IN_ONE_PROCESS, *words))
    values, frames = (json.loads((bundled_book / f"{name}.json").read_text()) for name in ("values", "frames"))
    slugs = some or values

    assert len(slugs) > 3
    assert {slug: pasted[slug][0] for slug in slugs} == {slug: values[slug] for slug in slugs}
    assert {slug: pasted[slug][1] for slug in slugs} == {slug: frames[slug] for slug in slugs}


@pytest.mark.whole
def test_the_pages_of_a_small_book_are_the_same_bytes_in_another_process(small, tmp_path):
    again = shutil.copytree(small, tmp_path / "again", ignore=shutil.ignore_patterns("out"))
    run_elsewhere(IN_A_SMALL_BOOK, again)

    assert difference(pages(again / "out" / "mine"), pages(small / "out" / "mine")) == ""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """Make a small book from clean, beside all that it is made of."""
    place = tmp_path_factory.mktemp("small")
    subjects.whole_folder(place / "mine", PARAMETERS)
    (place / "package").mkdir()
    book(place / "book", result=RESULT, second=SECOND, ledger=LEDGER)
    made(place)
    return place


@pytest.fixture
def again(small, tmp_path) -> Path:
    """Copy the small book, and go on from there."""
    return Path(shutil.copytree(small, tmp_path / "again", symlinks=True))


def made(place: Path, only: str = "", **given: str) -> dict[str, bytes]:
    """Make the small book, and return its pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BOOK", place / "book")
        patch.setattr(freshness, "PACKAGE", place / "package")
        plan = planned(place / "mine", given)._replace(only=only)
        return pages(build.build(plan, place / "out").folder)


@pytest.mark.whole
def test_a_chapter_that_was_edited_and_edited_back_leaves_the_pages_that_were_made_from_clean(small, again):
    chapter = again / "book" / "chapters" / "result.md"
    chapter.write_text(RESULT.replace("The size is", "It is"), encoding="utf-8")
    edited = made(again)
    chapter.write_text(RESULT, encoding="utf-8")

    assert difference(edited, pages(small / "out" / "mine"))
    assert difference(made(again), pages(small / "out" / "mine")) == ""


@pytest.mark.whole
def test_a_parameter_that_was_changed_and_changed_back_leaves_the_pages_that_were_made_from_clean(small, again):
    assert difference(made(again, size="9"), pages(small / "out" / "mine"))
    assert difference(made(again), pages(small / "out" / "mine")) == ""


@pytest.mark.whole
@pytest.mark.parametrize("slug", ["result", "second", "ledger"])
def test_a_chapter_that_runs_again_alone_leaves_the_pages_that_were_made_from_clean(small, again, slug):
    assert difference(made(again, only=slug), pages(small / "out" / "mine")) == ""
