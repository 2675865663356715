"""The article of a finished book as one PDF, printed once for each run and kept beside its pages."""

import time
from collections.abc import Callable
from pathlib import Path

from gistbook.build import BOOK
from gistbook.press import paper, storage
from gistbook.press.paper import Browser, find

__all__ = ["find", "print_article"]


def print_article(folder: Path, browser: Browser, report: Callable[[str], None]) -> Path:
    """Print the article of the book that is there, unless that was done; no build takes it away meanwhile.

    Parameters
    ----------
    folder : Path
        The folder of the book, as `build.Run` has it.
    browser : Browser
        What prints, as `find` returns it.
    report : callable
        Is told in words what has been done.

    Returns
    -------
    Path
        The PDF.

    Raises
    ------
    ChapterError
        A page cannot be printed, or the browser failed; the book is as it was.
    """
    with storage.taken(folder.parent, folder.name, report):
        if (folder / paper.NAME).is_file():
            report("The article of this book was printed before; it is fresh.")
        else:
            began = time.perf_counter()
            paper.print_article(BOOK, folder.resolve(), browser)
            report(f"{'article':<28} {time.perf_counter() - began:5.1f} s")
    return folder / paper.NAME
