"""The article on paper: one PDF of a built book, printed by a browser without a window.

`contents` says which chapters it has, and in which order; `chapters` takes each out of its page, less what only a
screen needs; `document` sets them as one, with a title page and a list of contents, in the style of `paper.css`;
`browsers` finds a browser and prints; `places` reads from the PDF on which page a chapter begins.

The pages of a book are all that goes into it, with the citation of the book itself, so that it tells nobody more than
the pages do, which were audited.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gistbook.conventions import ChapterError
from gistbook.press.paper import browsers, document, places
from gistbook.press.paper.browsers import Browser, find

__all__ = ["NAME", "Browser", "find", "print_article"]

NAME = "article.pdf"
"""How the PDF is called, in the folder of the run beside `html`."""

_DRAFT, _SOURCE = "draft.pdf", "article.html"


def print_article(book: Path, run: Path, browser: Browser) -> Path:
    """Print the article of a finished run as one PDF beside its pages, and return where it is.

    It is printed twice: a browser knows only afterwards on which page a chapter begins. Its bytes hold the time, and
    so differ from one printing to the next.

    Parameters
    ----------
    book : Path
        Folder of `_config.yml`, `_toc.yml` and `CITATION.cff`.
    run : Path
        Folder of the run; of it, only the pages in `html` are read.
    browser : Browser
        What prints, as `find` returns it.

    Raises
    ------
    ChapterError
        A page does not say of which kind its data are, or the browser failed; a former PDF is untouched.
    """
    article = document.read(book, run / "html")
    with _beside(run) as place:
        numbers = places.of_destinations(_printed(document.whole(article), place, browser))
        pdf = _printed(document.whole(article, numbers), place, browser)
        if b"file:" in pdf:
            raise ChapterError("The PDF holds an address of this machine, and is thrown away.")
        os.replace(place / _DRAFT, run / NAME)
    return run / NAME


@contextlib.contextmanager
def _beside(run: Path) -> Iterator[Path]:
    """Give a folder of one's own on the disk of a run, and take it away."""
    with tempfile.TemporaryDirectory(prefix=".paper-", dir=run, ignore_cleanup_errors=True) as place:
        yield Path(place)


def _printed(html: str, place: Path, browser: Browser) -> bytes:
    (place / _SOURCE).write_text(html, encoding="utf-8")
    browsers.run(browser, place / _SOURCE, place / _DRAFT)
    return (place / _DRAFT).read_bytes()
