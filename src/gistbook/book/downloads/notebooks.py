"""A notebook as its page shows it: no hidden output, no pasted record, no metadata of programs, no role unresolved."""

import json
import re

from gistbook.book.downloads.material import (
    DIRECTIVE,
    TABLE,
    Material,
    caption_of,
    figures_of,
    spoken,
    tables_of,
    tagless,
)
from gistbook.conventions import escaped

_HIDING = re.compile(r"(?:remove|hide)[-_](?:output|cell|stdout|stderr)s?")
_REMOVING = re.compile(r"remove[-_]cell")
_PARAMETERS, _INJECTED = "parameters", "injected-parameters"
_PASTED = "scrapbook"
_BELOW = "*The table stands at the cell that made it, below.*"
_MARKUP = re.compile(r"[\\`*_\[\]|~$#{}]")

_ABOUT = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def cleaned(material: Material, banner: str, drawings: dict[str, str]) -> str:
    """Return the notebook of a chapter as it is offered for download.

    Parameters
    ----------
    material : Material
        The executed chapter.
    banner : str
        What kind of data it shows; it stands in a cell before all others.
    drawings : dict
        SVG of each figure that is drawn, by key; it stands where the figure was made.
    """
    kept = [cell for cell in material.notebook["cells"] if not _has_tag(cell, _REMOVING)]
    shown = [_code(cell, material, drawings) if cell["cell_type"] == "code" else _text(cell, material) for cell in kept]
    cells = [{"cell_type": "markdown", "metadata": {}, "source": f"**{_plain(banner)}**"}, *shown]
    notebook = {"cells": _numbered(cells), "metadata": _ABOUT, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _text(cell, material: Material) -> dict:
    captioned = DIRECTIVE.sub(lambda found: f"**Figure.** {caption_of(found[3])}", cell["source"])
    told = TABLE.sub(_BELOW, captioned)
    return {"cell_type": cell["cell_type"], "metadata": {}, "source": spoken(told, material, _plain)}


def _code(cell, material: Material, drawings: dict[str, str]) -> dict:
    tags = [tag for tag in cell["metadata"].get("tags", []) if tag == _PARAMETERS]
    outputs = [] if _has_tag(cell, _HIDING) else _shown(cell.get("outputs", []), material, drawings)
    about = {"tags": tags} if tags else {}
    # Texts of a user stand in literals of the parameters; there this spells the same and is no tag to anything.
    source = tagless(cell["source"], "\\x3c") if tags else cell["source"]
    return {"cell_type": "code", "metadata": about, "source": source, "outputs": outputs}


def _shown(outputs: list, material: Material, drawings: dict[str, str]) -> list[dict]:
    """Return outputs without what was pasted, but for figures and tables, in the place where they were pasted."""
    figures, tables, shown = figures_of(material), tables_of(material), []
    for output in outputs:
        key = output.get("metadata", {}).get(_PASTED, {}).get("name")
        if key is None or (key in tables and "text/html" in output["data"]):
            shown.append(_as_seen(output))
        elif key in figures:
            drawn = {"image/svg+xml": drawings[key]} if key in drawings else {"text/html": figures[key].html}
            data = {**drawn, "text/plain": tagless(figures[key].name)}
            shown.append({"output_type": "display_data", "metadata": {}, "data": data})
    return shown


def _as_seen(output) -> dict:
    """Return an output without metadata, and of what it can be shown as, the one that a page shows."""
    data = output.get("data", {})
    seen = {"text/html": data["text/html"]} if "text/html" in data else dict(data)
    return {**output, "metadata": {}, "data": seen} if data else dict(output)


def _numbered(cells: list[dict]) -> list[dict]:
    """Return cells with identifiers and counts of their own, which are the same each time."""
    coded = 0
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "code":
            coded += 1
            cell["execution_count"] = coded
            results = [each for each in cell["outputs"] if each["output_type"] == "execute_result"]
            for result in results:
                result["execution_count"] = coded
    return cells


def _has_tag(cell, form: re.Pattern) -> bool:
    tags = cell["metadata"].get("tags", [])
    return _INJECTED in tags or any(map(form.fullmatch, tags))


def _plain(text: str) -> str:
    """Return text as Markdown that shows it and does nothing else."""
    return escaped(_MARKUP.sub(r"\\\g<0>", " ".join(text.split())))
