"""Which chapters the article on paper has, and in which order: those of `_toc.yml`, less what only a screen needs."""

from pathlib import Path
from typing import NamedTuple

import yaml

APPENDED = ("Checks", "Reference")
"""Parts of the book whose chapters follow the article as appendices."""

NOT_PRINTED = ("your_cohort", "data_dictionary")
"""Chapters that are of use only to who makes a book, at the keyboard."""

FIRST, APPENDICES = "The paper in brief", "Appendices"
"""Above the first chapter, and above the appendices, in the list of contents."""


class Part(NamedTuple):
    """One part of the article: what stands above it in the list of contents, and its pages without their suffix."""

    caption: str
    pages: list[str]


def parts(book: Path) -> list[Part]:
    """Return the parts of the article, from `_toc.yml`; the root page is the first, the appendices the last."""
    toc = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    named = [(part.get("caption", ""), _printed(part.get("chapters", []))) for part in toc.get("parts", [toc])]
    article = [Part(caption, pages) for caption, pages in named if caption not in APPENDED]
    appendices = [page for caption, pages in named if caption in APPENDED for page in pages]
    every = [Part(FIRST, [toc["root"]]), *article, Part(APPENDICES, appendices)]
    return [part for part in every if part.pages]


def _printed(entries: list[dict]) -> list[str]:
    return [entry["file"] for entry in entries if Path(entry["file"]).name not in NOT_PRINTED]
