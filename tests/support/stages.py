"""What pages are made of: the folder of a book, and notebooks that have run."""

import shutil
from pathlib import Path

import nbformat

from gistbook import build

TITLE = "Drawn </title><script>alert(1)</script> & {title}"

TOC = """\
format: jb-book
root: chapters/first
chapters:
  - file: chapters/second
"""


def book_of(place: Path, toc: str, *chapters: str) -> Path:
    """Write a book's folder with the configuration of ours, and chapters of no content."""
    (place / "chapters").mkdir(parents=True)
    (place / "_toc.yml").write_text(toc, encoding="utf-8")
    for name in ("_config.yml", "references.bib"):
        shutil.copy(build.BOOK / name, place)
    for chapter in chapters:
        (place / "chapters" / f"{chapter}.md").touch()
    return place


def staged(place: Path, **markdown: str) -> Path:
    """Write notebooks of one Markdown cell each."""
    (place / "chapters").mkdir(parents=True)
    for chapter, text in markdown.items():
        cell = nbformat.v4.new_markdown_cell(text, id=chapter)
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
        nbformat.write(notebook, place / "chapters" / f"{chapter}.ipynb")
    return place
