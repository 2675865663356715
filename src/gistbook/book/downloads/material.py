"""An executed chapter as the material of downloads: its figures, each with its caption as a page shows it."""

import ast
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from gistbook.conventions import UNKNOWN_COMMIT

FOLDER = "downloads"
"""Where, in the published pages, downloads are."""

DIRECTIVE = re.compile(r"^(`{3,})\{glue:figure\} (\w+)\n(.*?)^\1[ \t]*$", re.DOTALL | re.MULTILINE)
"""What sets a figure with its caption: the fence, the key, options and caption."""

TABLE = re.compile(r"^(`{3,})\{glue\} (\w+)\n\1[ \t]*$", re.MULTILINE)
"""What sets a table elsewhere than at the cell that made it: the fence, and the key."""

_ROLE = re.compile(r"\{glue:text\}`(\w+)[^`]*`")
_ANCHOR = re.compile(r"^:name: *([\w-]+) *$", re.MULTILINE)
_PARAMETERS = "parameters"
_OPTION = re.compile(r"^:\w+:.*$", re.MULTILINE)
_TAG_BEGINS = re.compile(r"<(?=[a-zA-Z/!?])")
_NAME_ENDS = re.compile(r"[.:](?:\s|$)")
_ELSEWHERE = "What else the book shows: {note}"
_MAIN_FRAMES = ("curve", "frame")
_DRAWN = 'class="gb-figure"'


class Material(NamedTuple):
    """An executed chapter: its slug, its notebook, and what it pasted by key: phrases, HTML of figures, frames.

    `note` says of what kind the data are, `commit` which source made it, and `calls` by which
    functions each figure was made.
    """

    slug: str
    notebook: Any
    phrases: dict[str, str]
    htmls: dict[str, str]
    frames: dict[str, dict]
    note: str
    commit: str = UNKNOWN_COMMIT
    calls: Mapping[str, list[str]] = MappingProxyType({})

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the chapter, as it was run, each as its code writes it."""
        tagged = [cell for cell in self.notebook["cells"] if _PARAMETERS in cell["metadata"].get("tags", [])]
        assigned = [each for cell in tagged for each in ast.parse(cell["source"]).body if isinstance(each, ast.Assign)]
        return {each.targets[0].id: ast.unparse(each.value) for each in assigned}


class Figure(NamedTuple):
    """A figure of a chapter: how its files are called, what it is called itself, and what else is said of it.

    `anchor` is the id that it has on its page, which no other figure that comes or goes changes.
    """

    stem: str
    key: str
    name: str
    caption: str
    html: str
    frames: dict
    anchor: str = ""

    def is_drawn(self) -> bool:
        """Tell whether it is a drawing, and not a table, a diagram of words, or words in the place of a figure."""
        return _DRAWN in self.html

    def tables(self) -> dict[str, str]:
        """Return the frames behind a figure by the stem of their files; the main one's is that of the figure."""
        return {name: self.stem + ("" if name in _MAIN_FRAMES else f"-{name}") for name in sorted(self.frames)}


def figures_of(material: Material) -> dict[str, Figure]:
    """Return the figures that a page of a chapter shows, by key, in the order in which it shows them."""
    texts = [cell["source"] for cell in material.notebook["cells"] if cell["cell_type"] == "markdown"]
    found = {match[2]: match[3] for text in texts for match in DIRECTIVE.finditer(text)}
    return {key: _figure(key, body, material) for key, body in found.items() if key in material.htmls}


def tables_of(material: Material) -> set[str]:
    """Return the keys of the tables that a page sets elsewhere than at the cells that made them."""
    texts = [cell["source"] for cell in material.notebook["cells"] if cell["cell_type"] == "markdown"]
    return {match[2] for text in texts for match in TABLE.finditer(text)} & set(material.htmls)


def spoken(text: str, material: Material, written=str) -> str:
    """Return a text with each pasted phrase in the place where the page has it; one that is not known stays a role."""
    return _ROLE.sub(lambda role: written(material.phrases[role[1]]) if role[1] in material.phrases else role[0], text)


def caption_of(body: str) -> str:
    """Return the caption in what a directive holds, with its roles, in one line."""
    return " ".join(_OPTION.sub("", body).split())


def tagless(text: str, spelt: str = "&lt;") -> str:
    """Return text in which nothing can be taken for a tag, whatever reads it; any other < stays as it is."""
    return _TAG_BEGINS.sub(lambda _: spelt, text)


def _figure(key: str, body: str, material: Material) -> Figure:
    """Return a figure; where its caption does not say of what kind the data of the book are, that is said after it."""
    words = " ".join(spoken(caption_of(body), material).split())
    end = _NAME_ENDS.search(words)
    name, rest = (words[: end.start()], words[end.end() :]) if end else (words, "")
    others = "" if material.note in words else _ELSEWHERE.format(note=material.note)
    caption = f"{rest[:1].upper()}{rest[1:]} {others}".strip()
    stem = f"{material.slug}-{key}"
    anchor = named[1] if (named := _ANCHOR.search(body)) else ""
    return Figure(stem, key, name or stem, caption, material.htmls[key], material.frames.get(key, {}), anchor)
