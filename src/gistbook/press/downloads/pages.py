"""Links on the pages: to the files of each figure under it, to the chapter's notebook at the end of the page."""

from gistbook.conventions import escaped
from gistbook.press.downloads.material import DIRECTIVE, FOLDER, Figure, Material, figures_of

_LINE = '<p class="gb-downloads">{what}: {links}</p>'
_LINK = f'<a href="../{FOLDER}/{{file}}" download aria-label="{{label}}">{{words}}</a>'


def linked(material: Material):
    """Return the notebook of a chapter with a line of links under each figure, and one at the end."""
    figures, notebook = figures_of(material), material.notebook
    cells = [_with_links(cell, figures) for cell in notebook["cells"]]
    label = f"Notebook of the chapter {_worded(material.slug)}"
    link = _LINK.format(file=f"{material.slug}.ipynb", label=label, words="notebook")
    last = {"cell_type": "markdown", "id": "downloads", "metadata": {}}
    source = _LINE.format(what="Download this chapter with its results", links=link)
    return {**notebook, "cells": [*cells, {**last, "source": source}]}


def _with_links(cell, figures: dict[str, Figure]):
    if cell["cell_type"] != "markdown":
        return cell
    return {**cell, "source": DIRECTIVE.sub(lambda found: found[0] + _below(figures.get(found[2])), cell["source"])}


def _below(figure: Figure | None) -> str:
    """Return the links to the files of a figure; nothing if it has none."""
    if figure is None or not (files := _files(figure)):
        return ""
    links = [_LINK.format(file=file, label=escaped(f"{words} of: {figure.name}"), words=words) for words, file in files]
    return f"\n\n{_LINE.format(what='Download this figure', links=', '.join(links))}\n"


def _files(figure: Figure) -> list[tuple[str, str]]:
    """Return the files of a figure, each with the words of its link."""
    drawn = [("SVG", f"{figure.stem}.svg"), ("PNG", f"{figure.stem}.png")] if figure.is_drawn() else []
    tables = [(_of_table(name, stem == figure.stem), f"{stem}.csv") for name, stem in figure.tables().items()]
    return drawn + sorted(tables)


def _of_table(name: str, is_main: bool) -> str:
    return "CSV" if is_main else f"CSV ({_worded(name)})"


def _worded(name: str) -> str:
    return name.replace("_", " ")
