"""A chapter run by papermill alone shows each figure and table once, under its cell, and its phrases as text."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from gistbook import build
from support.sharing import one_of

FOR_ANY_VIEWER = {"picture", "source", "img", "details", "summary", "div", "table", "caption", "thead", "tbody"}
FOR_ANY_VIEWER |= {"tr", "th", "td", "p", "ul", "li", "span", "strong", "a"}
"""Elements that viewers show of a notebook that they do not trust; of `picture` they show what is within."""


@pytest.fixture(scope="module", params=one_of(2, ["progression_free_survival", "participants"]))
def notebook(request, tmp_path_factory):
    """Return a chapter as papermill executes it, with nothing of ours but what the chapter imports."""
    place, chapters = tmp_path_factory.mktemp("at_home"), build.BOOK / "chapters"
    before, after = place / "before.ipynb", place / "after.ipynb"
    run(place, "jupytext", "--to", "ipynb", "--output", before, chapters / f"{request.param}.md")
    run(place, "papermill", before, after, "--cwd", chapters, "--kernel", "python3", "--no-progress-bar")
    return nbformat.read(after, as_version=4)


def run(place: Path, module: str, *words) -> None:
    """Run a program of the environment, without what it asks of the network or leaves in a home."""
    command = [sys.executable, "-m", module, *map(str, words)]
    subprocess.run(command, cwd=place, check=True, capture_output=True)


def html_of(cell) -> list[str]:
    """Return the HTML that a cell shows."""
    return [output.data["text/html"] for output in cell.get("outputs", []) if "text/html" in output.get("data", {})]


@pytest.mark.whole
def test_each_figure_is_shown_once_and_under_the_cell_that_draws_it(notebook):
    drawing = [cell for cell in notebook.cells if "figure" in cell.metadata.get("mystnb", {})]
    shown = [html for cell in notebook.cells for html in html_of(cell) if "gb-figure" in html or "gb-flow" in html]

    assert shown == [html for cell in drawing for html in html_of(cell)]
    assert len(shown) == len(drawing) > 0


def test_each_table_is_shown_once_and_under_the_cell_that_sets_it(notebook):
    setting = [cell for cell in notebook.cells if cell.source.rpartition("\n")[2].startswith("tables.")]

    assert [len(html_of(cell)) for cell in setting] == [1] * len(setting)


def test_each_pasted_phrase_is_shown_as_text_under_its_cell(notebook):
    outputs = [(cell, output) for cell in notebook.cells for output in cell.get("outputs", [])]
    pasted = [(cell, output) for cell, output in outputs if output.get("metadata", {}).get("scrapbook")]
    phrases = [(cell, output) for cell, output in pasted if "text/html" not in output.data]

    assert len(phrases) > 10
    for cell, output in phrases:
        assert output.data["text/plain"].startswith(f"{output.metadata.scrapbook.name}: ")
        assert "prose." in cell.source


def test_what_is_shown_needs_no_style_sheet_no_script_and_no_trust(notebook):
    pages = [BeautifulSoup(html, "html.parser") for cell in notebook.cells for html in html_of(cell)]

    assert {tag.name for page in pages for tag in page.find_all(True)} <= FOR_ANY_VIEWER
    assert [
        tag for page in pages for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)
    ] == []


def test_a_picture_says_what_it_shows_and_which_of_its_drawings_is_for_a_narrow_page(notebook):
    pages = [BeautifulSoup(html, "html.parser") for cell in notebook.cells for html in html_of(cell)]
    pictures = [picture for page in pages for picture in page.select("picture")]

    assert all(picture.img["alt"] and picture.source["media"] for picture in pictures)
