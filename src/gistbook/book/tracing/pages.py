"""Executed chapters with the places to which a number leads: a table of numbers, and anchors before cells."""

import re

from gistbook.book.tracing.records import MADE, ROW, ROW_OF, numbers_of, pasted_by
from gistbook.book.tracing.rows import HEADERS, Book, row
from gistbook.conventions import escaped

_CAPTION = (
    "The numbers that the text of this page takes from its code: what each is, of whom, and the way back to it. "
    "What was published is of the paper’s own patients, and its abstract states no interval. {note}"
)
_TABLE = (
    '<div class="gb-table" tabindex="0"><table><caption>{caption}</caption>'
    "<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
)
_SECTION = '<details class="gb-numbers"><summary>Numbers on this page</summary>{table}</details>'
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def title_of(notebook) -> str:
    """Return the title of a chapter as its first heading has it; nothing if it has none."""
    texts = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return next((found[1].strip() for text in texts if (found := _TITLE.search(text))), "")


def traced(notebook, page: str, book: Book, note: str):
    """Return the notebook of a chapter with an anchor before each cell that something leads to, and its numbers last.

    Parameters
    ----------
    notebook : dict
        The executed chapter.
    page : str
        Its slug.
    book : Book
        What its numbers are traced through.
    note : str
        The sentence on the data that stands with every table.
    """
    used = numbers_of(notebook["cells"], book.records[page])
    reached = {*used, *_claimed(page, book)}
    cells = [each for cell in notebook["cells"] for each in (*_anchors(cell, reached), _marked(cell, used))]
    table = [_cell("numbers", _SECTION.format(table=_table(used, page, book, note)))] if used else []
    return {**notebook, "cells": [*cells, *table]}


def _claimed(page: str, book: Book) -> set[str]:
    """Return the keys under which the ledger looks for what a chapter answers to its claims."""
    return {claim.key for claim in book.claims if claim.chapter == page}


def _anchors(cell, reached: set[str]) -> list:
    """Return what marks the place before a cell: of all its figures, and of the numbers that something leads to."""
    drawn = [key for key in pasted_by(cell) if key in reached or _is_drawn(key, cell)]
    spans = "".join(f'<span id="{MADE}{escaped(key)}"></span>' for key in drawn)
    return [_cell(f"made-{drawn[0]}"[:60], f'<div class="gb-made">{spans}</div>')] if drawn else []


def _marked(cell, used: list[str]):
    """Return a cell in which each output that pasted a number of the page names its row."""
    if not set(pasted_by(cell)) & set(used):
        return cell
    return {**cell, "outputs": [_with_row(output, used) for output in cell["outputs"]]}


def _with_row(output, used: list[str]):
    about = output.get("metadata", {})
    key = about.get("scrapbook", {}).get("name")
    return {**output, "metadata": {**about, ROW_OF: f"{ROW}{key}"}} if key in used else output


def _is_drawn(key: str, cell) -> bool:
    """Tell whether what a cell pasted under a key is shown as it is, as a figure is."""
    outputs = [each for each in cell["outputs"] if each.get("metadata", {}).get("scrapbook", {}).get("name") == key]
    return any(kind.endswith("text/html") for each in outputs for kind in each["data"])


def _table(used: list[str], page: str, book: Book, note: str) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in HEADERS)
    rows = "".join(row(key, page, book) for key in used)
    return _TABLE.format(caption=escaped(_CAPTION.format(note=note).strip()), heads=heads, rows=rows)


def _cell(name: str, source: str) -> dict:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}
