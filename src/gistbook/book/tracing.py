"""The way back from a page: from a number to what it is, to the cell that made it, and to its row in the ledger."""

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gistbook.conventions import INTERVAL, ROW_OF, counted, escaped
from gistbook.display import tables
from gistbook.display.prose import MEASURES

HEADINGS = ("Number", "What it is", "Of whom", "Time zero", "Published", "Where it was made")
ROW = "number-"
_CAPTION = (
    "Numbers that code put into the text of this page: what each number is, which patients it describes, and where it "
    "was computed. "
)
_OF_PAPER = "Published values describe the paper’s own patients; its abstract gives no confidence interval. "
_PUBLISHED = HEADINGS.index("Published")
ROLE = re.compile(r"\{glue:text\}`(\w+)[^`]*`")
_LEDGER = "claims"
_SAYING = {"prose", "tables", "build", "claims"}
"""Modules whose functions make nothing of what they are given, but read or say it."""


class Book(NamedTuple):
    """What a number is traced through: claims of the ledger; by chapter, titles, what was pasted, and parameters."""

    claims: list
    titles: dict[str, str]
    records: dict[str, dict[str, dict]]
    parameters: dict[str, dict[str, str]]


class _Number(NamedTuple):
    """A number of a page, with the chapter and the key under which it was made, and its claim, where it has one."""

    page: str
    record: dict
    is_published: bool
    chapter: str
    key: str
    claim: Any
    book: Book

    @property
    def phrases(self) -> dict[str, dict]:
        return self.book.records.get(self.chapter, {})

    @property
    def cohort(self) -> str:
        """Whose numbers the chapter gives: the cohort's, unless it pasted the name of others."""
        named = self.phrases.get("whose_numbers") or self.phrases.get("this_cohort", {})
        return named.get("phrase", "this cohort")

    @property
    def part(self) -> dict:
        """The record, or of one in parts the first with an interval, or the first, which tells what all of them are."""
        parts = list(self.record.get("parts", {}).values()) or [self.record]
        return next((each for each in parts if _has_interval(each)), parts[0])


def traced(notebook, page: str, book: Book, note: str):
    """An executed chapter of a slug, with an anchor before each cell that something leads to, and its numbers last."""
    pasted = dict.fromkeys(ROLE.findall("\n".join(map(prose_in, notebook["cells"]))))
    used = [key for key in pasted if is_number(book.records[page].get(key, {}))]
    reached = {*used, *(claim.key for claim in book.claims if claim.chapter == page)}
    cells = [each for cell in notebook["cells"] for each in (*_anchors(cell, reached), _marked(cell, used))]
    if used:
        beside, whole = _LEDGER in book.titles, (HEADINGS, *(_row(key, page, book) for key in used))
        headings, *rows = [[cell for at, cell in enumerate(row) if at != _PUBLISHED or beside] for row in whole]
        named = [({"id": f"{ROW}{key}"}, row) for key, row in zip(used, rows, strict=True)]
        table = tables.html(headings, named, f"{_CAPTION}{_OF_PAPER if beside else ''}{note}".strip())
        summary = "<summary>Numbers on this page</summary>"
        cells.append(text_cell("numbers", f'<details class="gb-numbers">{summary}{table}</details>'))
    return {**notebook, "cells": cells}


def is_number(record: dict) -> bool:
    """Tell whether a record holds a number, or words in the place of one, and not words of prose."""
    return any(record.get(name) not in (None, "") for name in ("value", "parts", "claim", "measure", "what"))


def text_cell(name: str, source: str) -> dict:
    """A cell of Markdown, as nbformat has it."""
    return {"cell_type": "markdown", "id": name[:60], "metadata": {}, "source": source}


def keys_of(cell) -> dict[str, dict]:
    """Outputs of a cell that were shown or pasted under a key, by key."""
    named = [(output.get("metadata", {}).get("scrapbook"), output) for output in cell.get("outputs", [])]
    return {about["name"]: output for about, output in named if about}


def figure_options(cell) -> dict[str, str]:
    """MyST-NB's metadata of the figure of a cell: its `name` on the page, and its `caption`."""
    return cell["metadata"].get("mystnb", {}).get("figure", {})


def caption_of(cell) -> str:
    """Caption of the figure of a cell, with its roles, in one line; empty if it has none."""
    return " ".join(figure_options(cell).get("caption", "").split())


def prose_in(cell) -> str:
    """What a cell has of prose, with its roles: its Markdown, or the caption of its figure."""
    return caption_of(cell) if cell["cell_type"] == "code" else cell["source"]


def made_by(cells: list) -> list[str]:
    """Functions of ours that made what the last of some cells shows, in the order in which they were called: found from
    its last statement backwards, through each name that it uses to where that was given its value.
    """
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    statements = [each for source in code for each in ast.parse(source).body]
    wanted, calls = set(), []
    for statement in reversed(statements):
        if statement is statements[-1] or _given(statement) & wanted:
            wanted |= _names(statement, ast.Load)
            calls = [*_called(statement), *calls]
    imports = [each for each in statements if isinstance(each, ast.ImportFrom)]
    of_ours = [each for each in imports if f"{each.module}.".startswith("gistbook.")]
    ours = {alias.asname or alias.name for each in of_ours for alias in each.names} - _SAYING
    return list(dict.fromkeys(call for call in calls if call.partition(".")[0] in ours))


def _anchors(cell, reached: set[str]) -> list:
    """A cell that marks the place before a cell: of all its figures, and of the numbers that something leads to."""
    keys = [key for key, output in keys_of(cell).items() if key in reached or "text/html" in output["data"]]
    spans = "".join(f'<span id="{tables.MADE}{escaped(key)}"></span>' for key in keys)
    return [text_cell(f"{tables.MADE}{keys[0]}", f'<div class="gb-made">{spans}</div>')] if keys else []


def _marked(cell, used: list[str]):
    marked = {
        id(output): {**output, "metadata": {**output["metadata"], ROW_OF: f"{ROW}{key}"}}
        for key, output in keys_of(cell).items()
        if key in used
    }
    return {**cell, "outputs": [marked.get(id(each), each) for each in cell["outputs"]]} if marked else cell


def _row(key: str, page: str, book: Book) -> list:
    return [*words_of(key, page, book), _way_back(_number(key, page, book))]


def words_of(key: str, page: str, book: Book) -> list[str]:
    """What is told of a number of a page: itself, what it is, of whom, its time zero and what was published."""
    number = _number(key, page, book)
    published = "no published value beside it"
    if number.claim is not None:
        unit = " months" if number.claim.unit == "months" else ""
        which = "" if number.claim.key in ("", number.key) else f": {number.claim.claim}"
        published = f"{number.claim.published}{unit}, in the abstract of the paper{which}"
    words = [book.records[page][key]["phrase"], _what(number), _of_whom(number), _time_zero(number), published]
    return [" ".join(text.split()) for text in words]


def _number(key: str, page: str, book: Book) -> _Number:
    """A number with where it was made: for one that answers a claim, the chapter that the ledger names."""
    record = book.records[page][key]
    named = [claim for claim in book.claims if claim.claim_id == record.get("claim")]
    keys = key, key.removesuffix("s")  # one of several medians may have the claim
    answered = [claim for claim in book.claims if claim.chapter == page and claim.key in keys]
    claim, is_published = next(iter(named or answered), None), bool(record.get("is_published"))
    chapter, key = (claim.chapter, claim.key) if named else (page, key)
    made = book.records.get(chapter, {}).get(key) or record
    return _Number(page, made, is_published, chapter, key, claim, book)


def _what(number: _Number) -> str:
    if number.is_published:
        how = "as the abstract of the paper prints it" if number.claim.key else "as the paper states it, in our words"
        return f"{number.claim.claim}: {how}"
    record = number.part
    named = number.record.get("what") or number.book.titles.get(number.chapter, number.chapter)
    named = named[:1].upper() + named[1:]
    if "measure" not in record:
        return named
    about = MEASURES.get(record["measure"], {})
    measure = about.get("described") or record["measure"].replace("_", " ")
    if not _has_interval(record):
        return f"{named}: {measure}; no interval"
    scale = number.book.parameters.get(number.chapter, {}).get("interval", INTERVAL).strip("'\"")
    method = f", {about['limits'].format(scale)}" if about.get("limits") else ""
    return f"{named}: {measure}; {100 * record['level']:g}% confidence interval of {number.cohort}{method}"


def _has_interval(record: dict) -> bool:
    return record.get("lower") is not None or record.get("upper") is not None


def _of_whom(number: _Number) -> str:
    record, cohort = number.record, number.cohort
    if number.is_published:
        return f"the paper’s own patients{f', {number.claim.denominator} in all' if number.claim.denominator else ''}"
    if record.get("whose"):
        return record["whose"]
    if "parts" in record:
        return f"{cohort}, group by group"
    if "measure" in record:
        return f"{cohort}, {of_group(record)}"
    return f"{cohort}: {record['value']:g} of {record['n']}" if record.get("n") else cohort


def of_group(record: dict) -> str:
    """Of which group the record of an estimate is, and of how many."""
    group = f"group {record['group']}" if record.get("group") else "all patients of this estimate, together"
    if not record.get("n"):
        return group
    size, is_share = counted(record["n"], record.get("noun", "patient")), record["measure"] == "proportion"
    of = f"{record['events']} of {size}" if is_share else f"{counted(record['events'], 'event')} / {size}"
    return of if is_share and not record.get("group") else f"{group}: {of}"


def _time_zero(number: _Number) -> str:
    if number.is_published:
        return "only what the claim itself says"
    record = number.part
    if origin := record.get("origin") or number.record.get("origin"):
        # as the chapter of the number, or else another one, pasted its name
        chapters = (number.phrases, *number.book.records.values())
        pasted = (each for records in chapters for each in records.values() if not is_number(each))
        return next((each["phrase"] for each in pasted if each.get("origin") == origin), origin.replace("_", " "))
    is_count = record.get("measure", record.get("unit")) in ("count", "proportion")
    return "none: it is not a time" if is_count else "as the text beside it says"


def _way_back(number: _Number):
    from markupsafe import Markup

    links = []
    if number.key in number.phrases:
        page, words = "", "the cell that recomputes it" if number.is_published else "the cell that made it"
        if number.chapter != number.page:
            page, words = f"{number.chapter}.html", f"{words}, in {number.book.titles[number.chapter]}"
        links.append(tables.link(f"{page}#{tables.MADE}{number.key}", words))
    if number.claim is not None and _LEDGER in number.book.titles:
        links.append(tables.link(f"{_LEDGER}.html#claim-{number.claim.claim_id}", "its row in the ledger"))
    return Markup("; ").join(links) or "nothing made it in this run"


def _names(statement: ast.stmt, use: type) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, use)}


def _given(statement: ast.stmt) -> set[str]:
    attributes = [node for node in ast.walk(statement) if isinstance(node, ast.Attribute) and node.attr == "append"]
    return _names(statement, ast.Store) | {each.value.id for each in attributes if isinstance(each.value, ast.Name)}


def _called(statement: ast.stmt) -> Iterator[str]:
    """Yield the functions of modules that a statement calls, those of arguments before those that take them."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.end_lineno, call.end_col_offset)):
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            yield f"{node.func.value.id}.{node.func.attr}"
