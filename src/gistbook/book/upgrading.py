"""Chapters that were written for 0.1: what they import and call by a name that has gone, and the new words."""

import ast
import contextlib
from collections.abc import Iterator

from gistbook.book.chapters import Chapter
from gistbook.conventions import ChapterError

_BOOK = ("audit", "chapters", "claims", "comparison", "downloads", "freshness", "paper", "provenance", "publish", "run")
_ANALYSIS = {
    "safety": "surgery",
    "swimlanes": "surgery",
    "incidence": "competing",
    "recurrence": "competing",
    "overlap": "precision",
    "proportions": "precision",
}
_TABLES = {
    "said": "in_words",
    "said_rows": "in_words",
    "said_baseline": "characteristics",
    "said_counts": "counts",
    "said_differences": "differences",
    "said_intensity": "intensities",
    "said_parts": "parts",
    "said_precision": "precision",
    "said_regroupings": "regroupings",
    "said_settings": "settings",
    "said_withheld": "withheld",
    "beside_one_another": "beside_one_another",
}

MOVED = {
    **{f"gistbook.press.{name}": ("gistbook.book", name) for name in _BOOK},
    **{
        f"gistbook.{wing}{old}": ("gistbook.analysis", new)
        for old, new in _ANALYSIS.items()
        for wing in ("", "analysis.")
    },
    **{f"gistbook.display.prose.{old}": ("gistbook.display", f"tables.{new}") for old, new in _TABLES.items()},
    "gistbook.press": ("gistbook", "book"),
    "gistbook.press.checklist": ("gistbook.book", "claims"),
    "gistbook.press.checklist.as_table": ("gistbook.book", "claims.checklist_table"),
    "gistbook.press.checklist.counts": ("gistbook.book", "claims.count_items"),
    "gistbook.press.coverage": ("gistbook.book", "claims"),
    "gistbook.validation": ("gistbook.analysis", "validation"),
    "gistbook.worked": ("gistbook.analysis", "example"),
    "gistbook.worked.examined": ("gistbook.analysis", "example.check"),
    "gistbook.worked.said": ("gistbook.analysis", "example.printed"),
    "gistbook.display.flow": ("gistbook.display", "figures"),
    "gistbook.display.flow.diagram": ("gistbook.display", "figures.flow"),
    "gistbook.display.figures.ticks": ("gistbook.analysis", "estimates.ticks"),
    "gistbook.analysis.disclosure.protect_each": ("gistbook.analysis", "lifetable.protected"),
    "gistbook.analysis.estimates.first_time_at_risk": ("gistbook.analysis", "lifetable.from_enough"),
}
"""For each name that has gone, where its new one is imported from, and how it is called then."""

FIGURE = """\
{glue:figure} and prose.paste_figure are gone. Let the figure be the last line of its cell, and begin the cell with:
---
mystnb:
  figure:
    name: fig-yours
    caption: |
      What it shows.
---"""
"""What is said of a figure that is shown as 0.1 did, with the lines to paste."""


def require_new_words(written: list[Chapter]) -> None:
    """Let no chapter pass that was written for 0.1.

    Raises `ChapterError` if chapters have names that have gone; the message has each, by chapter, with the new words to
    paste.
    """
    lines = [f"{chapter.slug}: {words}" for chapter in written for words in old_words(chapter)]
    if lines:
        listed = "\n".join(lines)
        raise ChapterError(f"Chapters were written for gistbook 0.1; write in them instead:\n{listed}")


def old_words(chapter: Chapter) -> Iterator[str]:
    """What a chapter has of 0.1, each with what to write instead."""
    cells = chapter.notebook["cells"]
    names = _names([cell["source"] for cell in cells if cell["cell_type"] == "code"])
    for name in dict.fromkeys(map(_longest_old, names)):
        if name:
            place, called = MOVED[name]
            yield f"{name} is now {called}, by: from {place} import {called.partition('.')[0]}"
    is_shown = any("{glue:figure}" in cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    if is_shown or "gistbook.display.prose.paste_figure" in names:
        yield FIGURE


def _longest_old(name: str) -> str:
    """The old name that a name is or begins with, the longest of several; "" if there is none."""
    return max((old for old in MOVED if f"{name}.".startswith(f"{old}.")), key=len, default="")


def _names(sources: list[str]) -> list[str]:
    """Names of the package that code imports, and what it takes of these, whole; of code that is Python."""
    trees = []
    for source in sources:
        with contextlib.suppress(SyntaxError):  # a line for IPython
            trees.append(ast.parse(source))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    places = dict(pair for node in nodes for pair in _imported(node))
    taken = [_dotted(node, places) for node in nodes if isinstance(node, ast.Attribute)]
    return [*places.values(), *taken]


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """By which name, and whence, a line imports."""
    if isinstance(node, ast.ImportFrom):
        yield from ((name.asname or name.name, f"{node.module}.{name.name}") for name in node.names)
    if isinstance(node, ast.Import):
        yield from ((name.asname or name.name, name.name) for name in node.names)


def _dotted(node: ast.AST, places: dict[str, str]) -> str:
    """The whole name of an expression such as `prose.said`, "" if it begins with no imported name."""
    words = ast.unparse(node).split(".")
    for many in range(len(words), 0, -1):
        if (first := ".".join(words[:many])) in places:
            return ".".join([places[first], *words[many:]])
    return ""
