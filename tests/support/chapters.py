"""Chapters that run in this process, without kernel and without Sphinx: what they paste, show and say."""

import ast
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from bs4 import BeautifulSoup

from gistbook import build, keys
from gistbook.conventions import FRAMES_SUFFIX, FRAMES_TYPE, RECORD_TYPE
from gistbook.display.prose import pasting
from gistbook.press import execute
from support.books import planned

BRIEF = {"only_datasets": ["larynx"]}
"""One chapter looks at no cohort, and need not compare everything each time."""

_ROLE = re.compile(r"\{glue(?::\w+)?\}`(?:(\w+)\.md::)?([^`:]+)(?::\w+)?`")


class Page(NamedTuple):
    """What one chapter gives its reader.

    `values` and `frames` are what was pasted, by key, as `values.json` and `frames.json` have them; `shown` is the
    HTML of tables and figures in their order, and `text` the Markdown with the pasted phrases in their places.
    """

    values: dict[str, dict]
    frames: dict[str, dict]
    shown: list[str]
    text: str

    @property
    def html(self) -> str:
        """Return all tables and figures."""
        return "\n".join(self.shown)

    @property
    def words(self) -> str:
        """Return what a reader sees, tables and figures after the text."""
        soup = BeautifulSoup(self.html, "html.parser")
        for hidden in soup(["script", "style"]):
            hidden.decompose()
        for cell in soup(["td", "th"]):
            cell.append(" |")
        return " ".join(f"{self.text} {soup.get_text(' ')}".split())


def pages(folder: Path, given: dict, place: Path) -> dict[str, Page]:
    """Run all chapters of a cohort folder, those that read what the others pasted last; values go to a place."""
    plan, made, file = planned(folder, BRIEF | given), {}, place / "values.json"
    for late in (False, True):
        values = {slug: page.values for slug, page in made.items()}
        file.write_text(json.dumps(values, allow_nan=False), encoding="utf-8")
        chapters = [chapter for chapter in plan.chapters if keys.is_late(chapter) == late]
        made |= {chapter.slug: _page(chapter, plan, file, values) for chapter in chapters}
    return made


def page(slug: str, folder: Path, **given) -> Page:
    """Run one chapter that reads nothing of the others."""
    plan = planned(folder, given)
    return next(_page(chapter, plan, None, {}) for chapter in plan.chapters if chapter.slug == slug)


def _page(chapter: execute.Chapter, plan: build.Plan, values_file: Path | None, others: dict) -> Page:
    given = {**plan.parameters, "cohort_dir": str(plan.folder), "values_file": str(values_file)}
    names = {name: given.get(name, default) for name, default in chapter.parameters.items()}
    pasted, shown = run(chapter.notebook["cells"], names)
    values, frames = _of_type(pasted, RECORD_TYPE), _of_type(pasted, FRAMES_TYPE)
    drawn = [bundle["text/html"] for bundle in pasted.values() if "text/html" in bundle]
    text = "\n\n".join(cell["source"] for cell in chapter.notebook["cells"] if cell["cell_type"] == "markdown")
    frames = {key.removesuffix(FRAMES_SUFFIX): frame for key, frame in frames.items()}
    return Page(values, frames, [*shown, *drawn], _filled(text, {**others, "": values, chapter.slug: values}))


def run(cells: list, names: dict) -> tuple[dict[str, dict], list[str]]:
    """Run the code cells in one namespace; return what was pasted, by key and mime type, and what was displayed."""
    pasted, shown = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pasting, "_glue", pasted.__setitem__)
        for cell in cells:
            if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
                shown += map(_html, _run_cell(cell["source"], names))
    return pasted, shown


def _run_cell(source: str, names: dict) -> list:
    """Run a cell; return what its last line displays, if it does."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), source, "exec"), names)
    value = eval(compile(ast.Expression(last.value), source, "eval"), names) if last else None
    return [] if value is None else [value]


def _html(value) -> str:
    return value._repr_html_() if hasattr(value, "_repr_html_") else repr(value)


def _of_type(pasted: dict[str, dict], kind: str) -> dict[str, dict]:
    return {key: bundle[kind] for key, bundle in sorted(pasted.items()) if kind in bundle}


def _filled(text: str, values: dict[str, dict]) -> str:
    """Return Markdown with the phrases in the places of their roles; an unknown key is an error."""
    return _ROLE.sub(lambda role: values[role[1] or ""][role[2]]["phrase"], text)
