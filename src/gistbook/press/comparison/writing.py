"""Write the chapter that shows two runs: one passage for each figure that both have, the rest as it stands."""

import re
from pathlib import Path

from gistbook.conventions import UsageError
from gistbook.press.comparison.curves import Shared, overlaid
from gistbook.press.comparison.runs import Run

PAGE = Path(__file__).parent / "page"
"""The chapter, the passage for one figure, and the contents."""

CHAPTER = "compare"
"""Slug of the chapter."""

_PLACE = "% curves\n"


def text_of(a: Run, b: Run) -> str:
    """Return the chapter of two runs as MyST text; nothing that came from data is written into it.

    Raises
    ------
    UsageError
        A chapter or a key of a run is no plain word, and so none that a build writes.
    """
    text, passage = ((PAGE / name).read_text(encoding="utf-8") for name in (f"{CHAPTER}.md", "curve.md"))
    return text.replace(_PLACE, "\n".join(_passage(passage, each) for each in overlaid(a, b)))


def _passage(passage: str, each: Shared) -> str:
    if not all(re.fullmatch("[a-z][a-z0-9_]*", word) for word in (each.chapter, each.key)):
        raise UsageError("frames.json names a figure as no build does; make the run again with gistbook build.")
    words = {"TITLE": each.title, "NAME": f"{each.chapter}_{each.key}", "CHAPTER": each.chapter, "KEY": each.key}
    for mark, word in words.items():
        passage = passage.replace(mark, word)
    return passage
