"""Small sites of a few pages; each is made once for all tests that read it, and none of them changes it."""

import shutil
from pathlib import Path

import yaml

from gistbook import build
from gistbook.book import publish
from gistbook.book.theme import metadata
from support import sharing
from support.stages import TITLE, book_of, staged

ADDRESS = "https://owner.example/sub/path/"
REPOSITORY = {"url": "https://github.com/owner/name", "branch": "trunk"}
BINDER = {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"}

_, FIGURE, PICTURE = metadata.KEY_FIGURE
FIRST = "# First\n\nWhat & <b>why</b> (STROBE item 3)?\n\nMore words."
SECOND = '# Second "part"\n\n```{note}\nA box.\n```\n\nA second question?\n'
CITED = "# Cited\n\nWords.\n\n```{cite-this-book}\n```"
DRAWN = (
    f"# Overall survival\n\nHow long?\n\n```{{figure}} dot.svg\n:name: {FIGURE}\n\nOverall survival: a curve.\n```\n\n"
    f'<a href="../downloads/{PICTURE}">PNG</a>\n'
)
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def plain(shared: Path) -> Path:
    """Return the pages of a synthetic cohort, where nothing is named; one shows how the book is cited."""
    return _once(shared / "plain", "synthetic", {}, first=FIRST, second=SECOND, cited=CITED)


def placed(shared: Path) -> Path:
    """Return the pages of a public cohort whose title is markup, with address, repository and key figure."""
    config = {"html": {"baseurl": ADDRESS.rstrip("/")}, "repository": REPOSITORY, "launch_buttons": BINDER}
    return _once(shared / "placed", "public", config, first=FIRST, second=SECOND, abstract=DRAWN)


def confidential(shared: Path) -> Path:
    """Return the pages of a confidential cohort."""
    return _once(shared / "kept", "confidential", {}, first=FIRST, second=SECOND)


def book_before_and_after(shared: Path) -> tuple[Path, Path]:
    """Return the folder of the book of `placed` as it was before its pages were made, and as it is."""
    placed(shared)
    return shared / "placed" / "before", shared / "placed" / "book"


def toc_of(first: str, *others: str) -> str:
    """Return a table of contents of some chapters."""
    listed = "".join(f"  - file: chapters/{slug}\n" for slug in others)
    return f"format: jb-book\nroot: chapters/{first}\nchapters:\n{listed}"


def _once(place: Path, access: str, config: dict, **chapters: str) -> Path:
    sharing.made_once(place, lambda _: _site(place, access, config, **chapters))
    return place / "stage" / "_build" / "html"


def _site(place: Path, access: str, config: dict, **chapters: str) -> None:
    """Make the pages of a book that says how to cite it, with more in its configuration."""
    book = book_of(place / "book", toc_of(*chapters), *chapters)
    for slug, text in chapters.items():
        (book / "chapters" / f"{slug}.md").write_text(text, encoding="utf-8")
    shutil.copy(build.BOOK / metadata.FILE, book)
    told = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    (book / "_config.yml").write_text(yaml.safe_dump({**told, **config}), encoding="utf-8")
    shutil.copytree(book, place / "before")
    stage = staged(place / "stage", **chapters)
    (stage / "chapters" / "dot.svg").write_text(DOT, encoding="utf-8")
    publish.publish(book, stage, publish.Cover("Drawn cohort" if access == "synthetic" else TITLE, access))
