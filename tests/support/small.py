"""Two small books of drawn patients, each made once for all files that spoil it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from gistbook import build
from support import books, sharing, subjects

SECRET = 'title = "Ours"\naccess = "confidential"\n'


def public(shared: Path) -> SimpleNamespace:
    """Return the pages, the cohort folder and the source of a book of two chapters, which show what most of ours do."""
    return _once(shared / "public", subjects.named_folder, result=books.RESULT, light=books.FIGURE)


def confidential(shared: Path) -> SimpleNamespace:
    """Return the same of a book of one chapter and confidential patients."""
    return _once(shared / "confidential", lambda place: subjects.whole_folder(place, SECRET), light=books.LIGHT)


def _once(place: Path, folder, **chapters: str) -> SimpleNamespace:
    def make(there: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(build, "BOOK", books.book(there / "source", **chapters))
            build.build(books.planned(folder(there / "cohorts" / "mine")), there / "out")

    sharing.made_once(place, make)
    html = (place / "out" / "mine").resolve() / "html"
    return SimpleNamespace(html=html, folder=place / "cohorts" / "mine", source=place / "source")
