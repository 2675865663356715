"""Run chapters by papermill, each in a kernel of its own, and read what they pasted.

A kernel is forked from one process that has imported everything, or started cold.
"""

import contextlib
import functools
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from gistbook.book import publish
from gistbook.book.chapters import PARAMETERS, Chapter, tags_of
from gistbook.book.run import kernels, processes
from gistbook.book.run.kernels import end_all as end_all
from gistbook.book.run.kernels import let_go as let_go
from gistbook.conventions import FRAMES_TYPE, RECORD_TYPE, ChapterError
from gistbook.display import outputs
from gistbook.handover import Handover

RECORDS = (RECORD_TYPE, FRAMES_TYPE)  # the kinds of what a chapter pastes unseen
_SHORTEST_TRACEBACK, _LONGEST_PART = 6, 10
_OPTIONS = {"kernel_name": "python3", "progress_bar": False, "autosave_cell_every": 0}
_lock, _aside = threading.Lock(), {}
"""The way to the process that draws, by the number of the process that it draws for."""


class Means(NamedTuple):
    """By what books are made; `allow_plain` lets confidential rows go to the workers of a `scheduler` unencrypted."""

    jobs: int
    only: str = ""
    cold: bool = False
    scheduler: str = ""
    allow_plain: bool = False


def warm_up() -> None:
    """Begin to import what chapters take, where kernels are forked from a process that did so."""
    if processes.can_fork():
        processes.warm_up()


def warm_up_pages_and_drawing() -> None:
    """Begin to import what pages take, and to start the program that draws, where processes are forked.

    It costs least when the caller has imported what it takes itself: of two cores one is free then, as only the process
    that chapters are forked from still imports.
    """
    if processes.can_fork():
        publish.warm_up()
        threading.Thread(target=_draw_nothing, daemon=True).start()


def run(chapter: Chapter, given: dict, handed: Handover, folder: str = "", cold: bool = False):
    """Execute one chapter by papermill in a kernel of its own, and return the executed notebook.

    Nothing is written but by its cells, in the folder that is named or a temporary one, so that any `Executor` can run
    it. Parameters that it does not have are passed over. Raises `ChapterError` if a cell raised an error, or ended its
    kernel; the message names chapter, cell and error.
    """
    own = {name: value for name, value in given.items() if name in chapter.parameters}
    draw, is_warm = functools.partial(aside, outputs.draw), processes.can_fork() and not cold
    with contextlib.nullcontext(folder) if folder else TemporaryDirectory() as place:
        run_cells = functools.partial(kernels.run, folder=place, handed=handed, draw=draw, warm=is_warm)
        notebook = _executed(chapter, own, run_cells)
    return _folded(notebook, {**chapter.parameters, **own})


def timed(*work) -> tuple[Any, float]:
    """What `run` gives for the same arguments, and the seconds that it took where it ran."""
    began = time.perf_counter()
    return run(*work), time.perf_counter() - began


def aside(function: Callable, *arguments):
    """What a function gives, done by one process that is kept for such work: programs that draw let no thread go on.

    It is done here where no process can be forked, or that one has ended.
    """
    with _lock:
        try:
            if os.getpid() not in _aside and processes.can_fork():
                _aside[os.getpid()] = processes.start(processes.serve, warm=True)[1]
            connection = _aside[os.getpid()]
            connection.send((function, arguments))
            result, error = connection.recv()
        except (KeyError, EOFError, OSError):
            return function(*arguments)
    if error:
        raise error
    return result


def _draw_nothing() -> None:
    """Have a first drawing, which takes longer than any other; of what is wrong with it a chapter tells."""
    with contextlib.suppress(Exception):
        aside(outputs.draw, outputs.NOTHING)


def write(notebook, path: Path) -> None:
    """Write an executed chapter as a notebook."""
    import nbformat

    path.write_text(nbformat.v4.writes(notebook) + "\n", encoding="utf-8")


def executed(path: Path):
    """An executed chapter as a notebook; papermill has seen that it is one."""
    import nbformat

    return nbformat.v4.reads(path.read_text(encoding="utf-8"))


def pasted(path: Path) -> dict[str, dict]:
    """What an executed chapter pasted: by key, the phrase with its numbers."""
    return recorded(executed(path), RECORD_TYPE)


def recorded(notebook, kind: str) -> dict[str, Any]:
    """Records of one kind in the outputs of an executed notebook, by key."""
    abouts = [output.get("metadata", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    records = {about["scrapbook"]["name"]: about[kind] for about in abouts if kind in about}
    return dict(sorted(records.items()))


def _executed(chapter: Chapter, own: dict, run_cells: Callable[[list[str]], str]):
    import nbformat
    import papermill

    # Papermill fails where a cell has no tags; an identifier that is not given is another one each time.
    numbered = enumerate(chapter.notebook["cells"])
    cells = [{**cell, "id": f"cell-{n}", "metadata": {"tags": [], **cell.metadata}} for n, cell in numbered]
    notebook = nbformat.from_dict({**chapter.notebook, "cells": cells})
    try:
        return papermill.execute_notebook(notebook, None, own, kernels.engine(), run=run_cells, **_OPTIONS)
    except papermill.PapermillExecutionError as error:
        raise ChapterError(_explained(chapter.slug, error, bool(own))) from None
    except (EOFError, OSError) as error:
        raise ChapterError(f"Chapter {chapter.slug} ended its own kernel, or ran out of memory.") from error


def _folded(notebook, values: dict):
    notebook.cells = [cell for cell in notebook.cells if "injected-parameters" not in tags_of(cell)]
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if PARAMETERS in tags_of(cell):
            cell.source = assigned(cell.source, values)
    return notebook


def assigned(source: str, values: dict) -> str:
    """The source of the cell of parameters with other values; a comment beside one stays."""
    return "\n".join(_assigned(line, values) for line in source.splitlines())


def _assigned(line: str, values: dict) -> str:
    assigned = re.match(r"(\w+) = (?:[^#\"']|\"[^\"]*\"|'[^']*')*", line)
    if not assigned or assigned[1] not in values:
        return line
    comment, value = line[assigned.end() :], values[assigned[1]]
    plain = isinstance(value, str) and value.isprintable() and '"' not in value and "\\" not in value
    literal = f'"{value}"' if plain else repr(value)
    return f"{assigned[1]} = {literal}" + (f"  {comment}" if comment else "")


def _explained(slug: str, error, injected: bool) -> str:
    """Chapter, cell and error in one screen; the cell that papermill injects is not counted."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback)).splitlines()
    where = f"Chapter {slug} failed in code cell {error.exec_count - injected}:"
    source, message = map(_shortened, (error.source, f"{error.ename}: {error.evalue}"))
    traced = [f"    {line}" for line in lines[-_SHORTEST_TRACEBACK:] if line.strip()]
    return "\n".join([where, *(f"    {line}" for line in source), *(f"  {line}" for line in message), *traced])


def _shortened(text: str) -> list[str]:
    lines = text.splitlines()
    return lines if len(lines) <= _LONGEST_PART else [*lines[: _LONGEST_PART - 1], "…"]
