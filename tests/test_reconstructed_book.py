"""The book of patients who were made of a published curve says so wherever it is read."""

import pytest

from gistbook import build
from gistbook.analysis import reconstruction
from gistbook.intake import published
from support import books

WORDS = "Reconstructed from a published figure: A study, Figure 2."
RECONSTRUCTED = books.RESULT + (
    '\n+++ {"tags": ["when-reconstructed"]}\n\nThis stands where patients were reconstructed.\n'
)
FIGURE = books.FIGURE.replace("derive_os(cohort)", 'derive_os(cohort, "recorded")')


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the pages of a small book of reconstructed patients, one chapter of which has a figure and a table."""
    place = tmp_path_factory.mktemp("book")
    (place / "curve.csv").write_text("time,survival\n0,1\n4,0.8\n9,0.5\n16,0.3\n20,0.3\n")
    arms = published.read(place / "curve.csv", None, ["40"], [])
    reconstruction.write(place / "mine", arms, "months", "OS", "A study, Figure 2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            build, "BOOK", books.book(place / "source", result=RECONSTRUCTED, light=FIGURE, baseline=books.LIGHT)
        )
        build.build(books.planned(place / "mine"), place / "out")
    return (place / "out" / "mine").resolve() / "html"


def test_every_page_says_that_it_is_reconstructed(made):
    pages = {path.name: path.read_text(encoding="utf-8") for path in made.rglob("*.html")}

    assert {"index.html", "search.html", "result.html", "light.html"} <= set(pages)
    assert [name for name, text in pages.items() if WORDS not in text] == []


def test_every_file_to_take_away_says_so(made):
    files = [path for path in (made / "downloads").iterdir() if path.suffix in (".csv", ".svg", ".ipynb", ".json")]

    assert {path.suffix for path in files} >= {".csv", ".svg"}
    assert [path.name for path in files if WORDS not in path.read_text(encoding="utf-8")] == []


def test_passages_for_public_patients_are_there_and_those_for_reconstructed_ones_too(made):
    page = (made / "chapters" / "result.html").read_text(encoding="utf-8")

    assert "This stands where data are public." in page
    assert "This stands where patients were reconstructed." in page
    assert "This stands where data are confidential." not in page
