"""Leaks that nobody had in mind when the closed list was made are found too, wherever they stand."""

import io
import json
import re

import openpyxl
import pytest

from gistbook import build
from gistbook.book import audit
from gistbook.book.audit import gate
from support import small, spoiling, subjects
from support.sharing import one_of_named
from support.spoiling import (
    INDEX,
    NOTEBOOK,
    NUMBERS,
    PAGE,
    PNG,
    SVG,
    TEXTS,
    VALUES,
    after,
    chunk,
    for_one,
    spoil,
    whole,
    within,
)

WHO, TIMES = subjects.LONG_NAMES["a"], "730 1065 517"
DAYS = "2010-12-01"
LETTERS = "".join(f"<span>{letter}</span>" for letter in WHO)
ONE_BY_ONE = "".join(f'<text x="{at}">{letter}</text>' for at, letter in enumerate(WHO))
TABLE_CSV, BOOK = "downloads/light-table-1.csv", "downloads/tables.xlsx"
TABLE = "<table class='table'><tr><td>{}</td><td>{}</td></tr><tr><td>{}</td><td>{}</td></tr></table>"


def before(text: str):
    """Return what puts a text before the content of a file."""
    return lambda content: text.encode() + content


def added(**entries):
    """Return what adds entries to the JSON of a file."""
    return lambda content: json.dumps({**json.loads(content), **entries}).encode()


def in_a_cell(change):
    """Return what changes the last cell of a notebook that has an output."""

    def changed(content: bytes) -> bytes:
        made = json.loads(content)
        change([cell for cell in made["cells"] if cell.get("outputs")][-1])
        return json.dumps(made).encode()

    return changed


def in_the_workbook(change):
    """Return what changes the workbook of all tables."""

    def changed(content: bytes) -> bytes:
        book, written = openpyxl.load_workbook(io.BytesIO(content)), io.BytesIO()
        change(book)
        book.save(written)
        return written.getvalue()

    return changed


def put(sheet, text: str) -> None:
    """Put a text into a cell of a sheet."""
    sheet["B6"].value = text


PLANTS = {
    "an identifier over two rows": (PAGE, within(TABLE.format("NCC", "x", "04127", "y"))),
    "an identifier a letter an element": (PAGE, within(f"<p>{LETTERS}</p>")),
    "an identifier with a soft hyphen": (PAGE, within("<p>NCC-04&shy;127</p>")),
    "an identifier turned by a mark": (PAGE, within(f"<p>\u202e{WHO[::-1]}\u202c</p>")),
    "an identifier in a description of a picture": (PAGE, within(f'<img alt="{WHO}" src="../_static/file.png">')),
    "an identifier as data of an element": (PAGE, within(f'<p data-target="{WHO}">light</p>')),
    "an identifier as the name of an attribute": (PAGE, within(f"<p data-{WHO.casefold()}>light</p>")),
    "an identifier as an element": (PAGE, within(f"<x-{WHO.casefold()}>light</x-{WHO.casefold()}>")),
    "an identifier after a policy": (PAGE, within(f'<p title="default-src {WHO}">light</p>')),
    "an identifier as a language": (PAGE, within(f'<p lang="{WHO}">light</p>')),
    "an identifier in a comment of a program": (PAGE, within(f"<!--[if IE]>{WHO}<![endif]-->")),
    "an identifier in a processing instruction": (PAGE, within(f"<?who {WHO}?>")),
    "an identifier in a name of characters": (PAGE, within("<p>NCC&hyphen;&#x30;4127</p>")),
    "an identifier in a style of an element": (PAGE, within(f'<p style="--x: {WHO}">light</p>')),
    "an identifier in rules of style": (PAGE, within(f"<style>p::after {{ content: '{WHO}' }}</style>")),
    "an identifier without a script": (PAGE, within(f"<noscript>{WHO}</noscript>")),
    "an identifier in a template": (PAGE, within(f"<template><p>{WHO}</p></template>")),
    "an identifier in an option": (PAGE, within(f"<datalist><option value='{WHO}'></datalist>")),
    "an identifier in mathematics": (PAGE, within(f"<math><mtext>{WHO}</mtext></math>")),
    "an identifier in data for machines": (PAGE, within(f'<script type="application/ld+json">"{WHO}"</script>')),
    "an identifier in a description of the head": (PAGE, for_one("<head>", f'<head><meta name="x" content="{WHO}">')),
    "an identifier a letter a text of a drawing": (SVG, for_one("</svg>", f"<g>{ONE_BY_ONE}</g></svg>")),
    "an identifier in data of a drawing": (SVG, for_one("</svg>", f"<metadata>{WHO}</metadata></svg>")),
    "an identifier in an entity of a drawing": (SVG, before(f'<!DOCTYPE svg [<!ENTITY x "{WHO}">]>')),
    "an identifier in a number of a picture": (PNG, lambda png: png[:33] + chunk(b"tIME", WHO.encode()) + png[33:]),
    "an identifier in profiles of a picture": (PNG, lambda png: png[:33] + chunk(b"eXIf", WHO.encode()) + png[33:]),
    "an identifier in a comment of numbers": (NUMBERS, before(f"# {WHO}\n")),
    "an identifier in a comment at the end of numbers": (NUMBERS, after(f"# {WHO}\n")),
    "an identifier in a column of numbers": (NUMBERS, for_one('"group"', f'"{WHO}"')),
    "an identifier as a group of numbers": (NUMBERS, after(f'"{WHO}",0,0.0,1,1,1,0.95,20,0,0,""\n')),
    "an identifier as a key of values": (VALUES, added(**{WHO: 1})),
    "an identifier as a key of a chapter's values": (VALUES, for_one('"size":', f'"{WHO}": {{}}, "size":')),
    "an identifier twice a key": (VALUES, for_one('"data":', f'"data": "{WHO}", "data":')),
    "an identifier in data of a notebook": (NOTEBOOK, added(metadata={"who": WHO})),
    "an identifier in data of a cell": (NOTEBOOK, in_a_cell(lambda cell: cell["metadata"].update(who=WHO))),
    "an identifier as the number of a cell": (NOTEBOOK, in_a_cell(lambda cell: cell.update(id=WHO))),
    "an identifier in a file beside a cell": (NOTEBOOK, in_a_cell(lambda cell: cell.update(attachments={"x": WHO}))),
    "an identifier in data of an output": (
        NOTEBOOK,
        in_a_cell(lambda cell: cell["outputs"][0].setdefault("metadata", {}).update(who=WHO)),
    ),
    "an identifier in words beside markup of an output": (
        NOTEBOOK,
        in_a_cell(lambda cell: cell["outputs"][0]["data"].update({"text/plain": WHO})),
    ),
    "a time as the number of an output": (
        NOTEBOOK,
        in_a_cell(lambda cell: cell["outputs"][0].update(execution_count=1224)),
    ),
    "an identifier within a script of the book's own": (
        PAGE,
        lambda page: page.replace(b"></script>", f">{WHO}</script>".encode(), 1),
    ),
    "an identifier as an element within an attribute": (PAGE, within(f'<p title="light<b>{WHO}</b>">light</p>')),
    "an identifier in an entry of a search": (TEXTS, for_one("{", f'{{"chapters/{WHO}": "light", ')),
    "an identifier among terms of a search": (INDEX, for_one('"titleterms": {', f'"titleterms": {{"{WHO}": 0, ')),
    "an identifier in a comment of a search": (INDEX, after(f"/* {WHO} */")),
    "an identifier in a cell of a table's CSV": (TABLE_CSV, for_one('"one"', f'"{WHO}"')),
    "an identifier in a row more of a table's CSV": (TABLE_CSV, after(f'"{WHO}","9"\n')),
    "an identifier in a comment of a table's CSV": (TABLE_CSV, for_one("# Disclosure", f"# {WHO}\n# Disclosure")),
    "an identifier after a table's CSV": (TABLE_CSV, after(WHO)),
    "an identifier in the policy of a table's CSV": (TABLE_CSV, for_one("policy: exact", f"policy: {WHO}")),
    "an identifier in a note of a table's CSV": (
        TABLE_CSV,
        for_one("# Disclosure", f"# The patients of this book: {WHO}\n# Disclosure"),
    ),
    "a table that no page shows": ("downloads/light-table-2.csv", whole(f'# A table.\n"Word"\n"{WHO}"\n')),
    "another count in a table's CSV": (TABLE_CSV, for_one("7 of 20", "8 of 20")),
    "an identifier in a cell of the workbook": (BOOK, in_the_workbook(lambda book: put(book["1 light"], WHO))),
    "an identifier beside the cells of the workbook": (BOOK, in_the_workbook(lambda book: put(book["Contents"], WHO))),
    "another count in the workbook": (BOOK, in_the_workbook(lambda book: put(book["1 light"], "8 of 20"))),
    "an identifier as a hidden sheet of the workbook": (BOOK, in_the_workbook(lambda book: book.create_sheet(WHO))),
    "an identifier as the author of the workbook": (
        BOOK,
        in_the_workbook(lambda book: setattr(book.properties, "creator", WHO)),
    ),
    "an identifier after the workbook": (BOOK, after(WHO)),
    "no workbook under its name": (BOOK, whole(WHO)),
    "a database": ("downloads/x.sqlite", whole(b"SQLite format 3\0" + WHO.encode())),
    "a PDF": ("article.pdf", whole(f"%PDF-1.7\n1 0 obj << /Title ({WHO}) >> endobj".encode())),
    "tables of patients as a synthetic cohort's": ("downloads/synthetic-cohort.zip", whole(b"PK" + WHO.encode())),
    "a data set": ("downloads/x.parquet", whole(b"PAR1" + WHO.encode() + b"PAR1")),
    "a folder of a program": (".git/HEAD", whole(WHO)),
    "an identifier of two signs as a class": (PAGE, within('<p class="p3">light</p>')),
    "an identifier of two signs as two classes": (PAGE, within('<p class="p 3">light</p>')),
    "an identifier of two signs that is an element": (PAGE, within("<p>h1</p>")),
    "an identifier in the class of a drawing": (SVG, for_one("</svg>", '<g class="p3"/></svg>')),
    "a page twice in the texts of the search": (TEXTS, for_one("{", '{"chapters/light": "light", ')),
    "a word of another page in the texts of the search": (TEXTS, for_one("Light", "Light result")),
    "words of a drawing moved": (SVG, for_one('<text x="', '<text x="1224')),
    "times in a sentence": (PAGE, within(f"<p>{TIMES}</p>")),
    "times in a table": (PAGE, within(TABLE.format(*TIMES.split(), 39))),
    "times as points of a drawing": (PAGE, within(f'<svg><polyline points="{TIMES} 0"/></svg>')),
    "times as a slider": (PAGE, within('<input type="range" value="1224">')),
    "times as widths": (PAGE, within("".join(f'<hr width="{days}">' for days in TIMES.split()))),
    "times as numbers of a list": (PAGE, within('<ol start="1224"><li>light</li></ol>')),
    "times in names of places": (PAGE, within('<p id="t1224">light</p>')),
    "times as classes": (PAGE, within('<p class="p1224">light</p>')),
    "a time in months that is not that in days": (NUMBERS, after('"S",0,16.9979,1,1,1,0.95,20,0,0,""\n')),
    "a date of a change": (PAGE, within(f'<del datetime="{DAYS}">light</del>')),
    "a date in words": (PAGE, within("<p>first of December, two thousand and ten</p>")),
    "a date over cells": (PAGE, within(TABLE.format("2010", "12", "01", "x"))),
}  # fmt: skip
"""For each leak: the file, and what becomes of it."""


@pytest.fixture(scope="module")
def mine(shared):
    """Return the pages of a small book, and what must not be in them."""
    book = small.public(shared)
    return book.html, gate.known(build.load_cohort(book.folder), book.folder, book.html, book.source)


@pytest.mark.parametrize(("file", "change"), one_of_named(3, PLANTS))
def test_a_plant_is_found_and_not_told(mine, tmp_path, file, change):
    pages, known = mine
    html = spoiling.to_spoil(pages, tmp_path)
    spoil(html, file, change)
    leaks = audit.audit(html, known)

    assert [leak for leak in leaks if leak.file == file]
    assert not {WHO.casefold(), "1224", DAYS} & set(re.findall(r"[\w-]+", "\n".join(map(str, leaks)).casefold()))
