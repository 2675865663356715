"""Books with something in them that must not be there."""

import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

PAGE, INDEX, NOTEBOOK, STYLE = "chapters/light.html", "searchindex.js", "downloads/light.ipynb", "_static/gistbook.css"

TEXTS = "_static/searchtexts.js"
NUMBERS, VALUES, SVG, PNG = (
    f"downloads/{name}" for name in ("light-os_curve.csv", "values.json", "light-os_curve.svg", "light-os_curve.png")
)
"""Files of a book whose one chapter `light` is `books.FIGURE`."""

Change = Callable[[bytes], bytes]


def to_spoil(book: Path, place: Path) -> Path:
    """Return a copy of the pages of a book, whose files are those of the book until they are spoiled."""
    shutil.copytree(book, place / "html", copy_function=os.link)
    return place / "html"


def spoil(html: Path, file: str, change: Change) -> None:
    """Put a file of a book there with a change, or a new one; the book that it is taken from is left as it is."""
    place = html / file
    before = place.read_bytes() if place.exists() else b""
    assert change(before) != before
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.write_bytes(change(before))


def within(markup: str) -> Change:
    """Return what puts markup at the end of the article of a page."""
    return lambda page: page.replace(b"</article>", markup.encode() + b"</article>", 1)


def for_one(old: str, new: str) -> Change:
    """Return what puts one text in the place of another."""
    return lambda content: content.replace(old.encode(), new.encode(), 1)


def after(text: str) -> Change:
    """Return what adds text to the end of a file."""
    return lambda content: content + text.encode()


def whole(content: str | bytes) -> Change:
    """Return what makes this the content of a file."""
    return lambda _: content if isinstance(content, bytes) else content.encode()


def data(content) -> Change:
    """Return what makes JSON of this the content of a file."""
    return whole(json.dumps(content))


def notebook(shown: dict | None = None, tag: str = "x", **about) -> Change:
    """Return what makes a notebook of one cell, which shows one thing, the content of a file."""
    outputs = [{"output_type": "display_data", "metadata": {}, "data": shown}] if shown else []
    cell = {"cell_type": "code", "id": "x", "source": "1", "metadata": {"tags": [tag]}, "outputs": outputs}
    return data({"cells": [{**cell, "execution_count": 1}], "metadata": about, "nbformat": 4, "nbformat_minor": 5})


def chunk(kind: bytes, note: bytes) -> bytes:
    """Return a part of a picture."""
    return struct.pack(">I", len(note)) + kind + note + struct.pack(">I", zlib.crc32(kind + note))
