"""What a page offers: under each figure its menu, at the end of the page the notebook of the chapter."""

from gistbook.book.downloads.material import DIRECTIVE, FOLDER, Figure, Material, figures_of
from gistbook.book.downloads.menus import LINK, menu, worded
from gistbook.conventions import escaped

_LINE = '<p class="gb-downloads">Download this chapter with its results: {link}</p>'


def linked(material: Material):
    """Return the notebook of a chapter with a menu under each figure, and a link to its clean notebook at the end."""
    figures, notebook = figures_of(material), material.notebook
    cells = [_with_menus(cell, figures, material) for cell in notebook["cells"]]
    label = f"Notebook of the chapter {worded(material.slug)}"
    link = LINK.format(folder=FOLDER, file=f"{material.slug}.ipynb", label=escaped(label), words="notebook")
    last = {"cell_type": "markdown", "id": "downloads", "metadata": {}, "source": _LINE.format(link=link)}
    return {**notebook, "cells": [*cells, last]}


def _with_menus(cell, figures: dict[str, Figure], material: Material):
    if cell["cell_type"] != "markdown":
        return cell
    return {
        **cell,
        "source": DIRECTIVE.sub(lambda found: found[0] + _below(found[2], figures, material), cell["source"]),
    }


def _below(key: str, figures: dict[str, Figure], material: Material) -> str:
    return f"\n\n{menu(figures[key], material)}\n" if key in figures else ""
