"""Chapters that run in this process, without kernel and without Sphinx: what they paste, show and say."""

import ast
import contextlib
import io
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import pytest
from bs4 import BeautifulSoup

from gistbook import build, handover
from gistbook.book import freshness, tracing
from gistbook.book import run as running
from gistbook.book.chapters import Chapter, is_late
from gistbook.conventions import FRAMES_TYPE, RECORD_TYPE, escaped
from gistbook.display import prose
from gistbook.display.outputs import Displayed, inlined
from gistbook.intake.cohort import to_bytes
from gistbook.intake.folder import input_files
from support.books import planned

BRIEF = {"only_datasets": ["larynx"], "replicates": 200, "policy_replicates": 1}
"""One chapter looks at no cohort, and need not compare everything each time."""

_ROLE = re.compile(r"\{glue(?::\w+)?\}`(?:(\w+)\.md::)?([^`:]+)(?::\w+)?`")


class Page(NamedTuple):
    """What one chapter gives its reader.

    `values` and `frames` are what was pasted, by key, as `values.json` and `frames.json` have them; `shown` is the
    HTML of tables and figures in their order, and `text` the Markdown with the pasted phrases in their places.
    `is_late` tells that it reads what the others pasted; what it pastes itself is not kept.
    """

    values: dict[str, dict]
    frames: dict[str, dict]
    shown: list[str]
    text: str
    is_late: bool

    @property
    def html(self) -> str:
        """Return all tables and figures."""
        return "\n".join(self.shown)

    @property
    def words(self) -> str:
        """Return what a reader sees, tables and figures after the text."""
        return f"{' '.join(self.text.split())} {words_of(self.html)}"


def words_of(html: str) -> str:
    """Return what a reader sees of HTML, with a bar after each cell of a table."""
    soup = BeautifulSoup(html, "html.parser")
    for hidden in soup(["script", "style"]):
        hidden.decompose()
    for cell in soup(["td", "th"]):
        cell.append(" |")
    return " ".join(soup.get_text(" ").split())


def pages(folder: Path, only: Collection[str] = (), **given) -> dict[str, Page]:
    """Run all chapters of a cohort folder, or some by their slugs, those that read what the others pasted last."""
    plan, made = planned(folder, BRIEF | given), {}
    wanted = [chapter for chapter in plan.chapters if not only or chapter.slug in only]
    for late in (False, True):
        others = json.loads(json.dumps({slug: page.values for slug, page in made.items()}, allow_nan=False))
        chapters = [chapter for chapter in wanted if is_late(chapter) == late]
        made |= _pages(chapters, plan, others if late else None)
    return made


def _pages(chapters: list[Chapter], plan: build.Plan, others: dict | None) -> dict[str, Page]:
    files = input_files(plan.folder)
    digests = freshness.digests(files), freshness.keyed_digests(files, b"a key")
    name, cohort = plan.parameters["cohort_dir"], to_bytes(plan.cohort)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handover, "_here", handover.Handover(name, cohort, freshness.VALUES_FILE, others, *digests))
        return {chapter.slug: _page(chapter, freshness.own_parameters(chapter, plan), others) for chapter in chapters}


def of_book(plan: build.Plan, run: Path) -> dict[str, Page]:
    """Return the same of a finished book, whose chapters ran in kernels of their own, as their notebooks have it."""
    notebooks = {each.slug: running.executed(run / "notebooks" / f"{each.slug}.ipynb") for each in plan.chapters}
    others = json.loads((run / "values.json").read_text(encoding="utf-8"))
    return {each.slug: _page_of_notebook(each, notebooks[each.slug], others) for each in plan.chapters}


def _page_of_notebook(chapter: Chapter, notebook, others: dict) -> Page:
    values, frames = (running.recorded(notebook, kind) for kind in (RECORD_TYPE, FRAMES_TYPE))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [_html_of(output) for output in outputs if RECORD_TYPE not in output.get("metadata", {})]
    return _page_with(chapter, values, frames, shown, others)


def _html_of(output) -> str:
    """Return what a page shows of an output: its HTML, or else its text or what was printed."""
    data = output.get("data", {})
    return (
        inlined(data["text/html"]) if "text/html" in data else escaped(data.get("text/plain", output.get("text", "")))
    )


def _page(chapter: Chapter, names: dict, others: dict | None) -> Page:
    pasted, shown = run(chapter.notebook["cells"], names)
    values, frames = _of_type(pasted, RECORD_TYPE), _of_type(pasted, FRAMES_TYPE)
    json.dumps(frames, allow_nan=False)
    return _page_with(chapter, values, frames, shown, others)


def _page_with(chapter: Chapter, values: dict, frames: dict, shown: list[str], others: dict | None) -> Page:
    cells = chapter.notebook["cells"]
    text = "\n\n".join(
        cell["source"] if cell["cell_type"] == "markdown" else tracing.caption_of(cell) for cell in cells
    )
    filled = _filled(text, {**(others or {}), "": values, chapter.slug: values})
    return Page(values, frames, shown, filled, is_late(chapter))


def run(cells: list, names: dict) -> tuple[dict[str, dict], list[str]]:
    """Run the code cells in one namespace; return what was pasted, by key and mime type, and what was displayed."""
    pasted, shown = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prose, "_display", lambda _, about: pasted.update({about["scrapbook"]["name"]: about}))
        for cell in cells:
            if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
                shown += _run_cell(cell["source"], names, pasted)
    return pasted, shown


def _run_cell(source: str, names: dict, pasted: dict) -> list[str]:
    """Run a cell; return what it printed and what its last line displays."""
    body, printed = ast.parse(source).body, io.StringIO()
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else ast.parse("None").body[0]
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), source, "exec"), names)
        value = eval(compile(ast.Expression(last.value), source, "eval"), names)
    if isinstance(value, Displayed) and value.key:
        pasted[value.key] = value._repr_mimebundle_()[1]
    return [f"<pre>{escaped(printed.getvalue())}</pre>", *([] if value is None else [_html(value)])]


def _html(value) -> str:
    return inlined(value._repr_html_()) if hasattr(value, "_repr_html_") else escaped(repr(value))


def _of_type(pasted: dict[str, dict], kind: str) -> dict[str, dict]:
    return {key: bundle[kind] for key, bundle in sorted(pasted.items()) if kind in bundle}


def _filled(text: str, values: dict[str, dict]) -> str:
    """Return Markdown with the phrases in the places of their roles; an unknown key is an error."""
    return _ROLE.sub(lambda role: values[role[1] or ""][role[2]]["phrase"], text)
