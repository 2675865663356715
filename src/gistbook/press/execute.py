"""Run chapters with parameters, and read what they pasted."""

import ast
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gistbook.conventions import FRAMES_TYPE, RECORD_TYPE, ChapterError, UsageError, nearest

_OURS = "gistbook"
"""Entry of a chapter's front matter that is for us.

`needs` lists the tables without which it has little to show; `long` says that it takes longer than its length tells.
"""

_PARAMETERS, _INJECTED = "parameters", "injected-parameters"
_SHORTEST_TRACEBACK, _LONGEST_PART = 6, 10

_OPTIONS = {"kernel_name": "python3", "progress_bar": False, "autosave_cell_every": 0, "shutdown_kernel": "immediate"}


class Chapter(NamedTuple):
    """A chapter: its slug, notebook, parameters and their defaults, the tables that it needs, and if it takes long."""

    slug: str
    notebook: Any
    parameters: dict
    needs: tuple[str, ...] = ()
    is_long: bool = False


def read_chapter(path: Path) -> Chapter:
    """Read a chapter from its MyST text.

    Raises
    ------
    ChapterError
        It has no cell tagged `parameters`, or that cell holds more than literals.
    """
    import jupytext

    notebook = jupytext.read(path)
    ours = notebook["metadata"].get(_OURS, {})
    parameters = _literals(path.stem, _parameters_cell(path.stem, notebook).source)
    return Chapter(path.stem, notebook, parameters, tuple(ours.get("needs", ())), ours.get("long", False))


def check_parameters(given: dict, chapters: list[Chapter]) -> dict:
    """Return parameters in the kind that the chapters declare; text from a command line is read as a literal.

    Raises
    ------
    UsageError
        No chapter has a parameter of that name (the message names those there are), or it is of another kind.
    """
    known = {name: default for chapter in chapters for name, default in chapter.parameters.items()}
    unknown = [name for name in given if name not in known]
    if unknown:
        hints = " ".join(f"{name}: {nearest(name, known)}" for name in unknown)
        raise UsageError(f"No chapter has such a parameter. {hints} The parameters are: {', '.join(sorted(known))}.")
    return {name: _of_kind(name, value, known[name]) for name, value in given.items()}


def run_chapter(chapter: Chapter, given: dict, kernels: type):
    """Execute a chapter by papermill in a kernel of its own, and return the executed notebook; nothing is written.

    Parameters
    ----------
    chapter : Chapter
        What to run.
    given : dict
        Values of parameters; those that the chapter does not have are not for it.
    kernels : type
        The kind of kernel manager that starts its kernel.

    Raises
    ------
    ChapterError
        A cell raised an error, or ended its kernel; the message names chapter, cell and error.
    """
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError

    own = {name: value for name, value in given.items() if name in chapter.parameters}
    notebook = nbformat.from_dict(_tagged(chapter.notebook))
    with _closed_loop():
        try:
            done = papermill.execute_notebook(notebook, None, own, kernel_manager_class=kernels, **_OPTIONS)
        except papermill.PapermillExecutionError as error:
            raise ChapterError(_explained(chapter.slug, error, bool(own))) from None
        except (DeadKernelError, RuntimeError) as error:
            raise ChapterError(f"Chapter {chapter.slug} ended its own kernel, or ran out of memory.") from error
    return _folded(done, {**chapter.parameters, **own})


def write(notebook, path: Path) -> None:
    """Write an executed chapter as a notebook."""
    import nbformat

    nbformat.write(notebook, path)


def executed(path: Path):
    """Return an executed chapter as a notebook."""
    import nbformat

    return nbformat.read(path, as_version=4)


def pasted(path: Path) -> dict[str, dict]:
    """Return what an executed chapter pasted: by key, the phrase with its numbers."""
    return recorded(executed(path), RECORD_TYPE)


def frames(path: Path) -> dict[str, dict]:
    """Return the frames of estimates that an executed chapter recorded: by key, then by the name of the frame."""
    return recorded(executed(path), FRAMES_TYPE)


def recorded(notebook, kind: str) -> dict[str, Any]:
    """Return what the outputs of an executed notebook record of one kind beside what they show, by key."""
    abouts = [output.get("metadata", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    found = {about["scrapbook"]["name"]: about[kind] for about in abouts if kind in about}
    return dict(sorted(found.items()))


def _of_kind(name: str, value, default):
    if isinstance(value, str) and not isinstance(default, str):
        with contextlib.suppress(ValueError, SyntaxError):
            value = ast.literal_eval(value)
    if not _is_like(value, default):
        raise UsageError(f"The parameter {name} takes a value like {default!r}.")
    return value


def _is_like(value, default) -> bool:
    """Tell whether a value is of the kind of a default, and each of a list of the kind of those in the default."""
    if isinstance(value, bool) != isinstance(default, bool):
        return False
    if isinstance(default, float) and isinstance(value, int):
        return True
    if isinstance(value, list) and isinstance(default, list) and default:
        return all(_is_like(each, default[0]) for each in value)
    return isinstance(value, type(default))


def _parameters_cell(slug: str, notebook):
    for cell in notebook["cells"]:
        if _PARAMETERS in cell.metadata.get("tags", []):
            return cell
    raise ChapterError(f"Chapter {slug} has no cell tagged {_PARAMETERS}.")


def _literals(slug: str, source: str) -> dict:
    try:
        return {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(source).body}
    except (ValueError, AttributeError, SyntaxError) as error:
        raise ChapterError(f"Chapter {slug}: its parameters cell may hold literals only.") from error


def _tagged(notebook) -> dict:
    """Return the notebook with tags on every cell, without which papermill fails."""
    cells = [{**cell, "metadata": {"tags": [], **cell.metadata}} for cell in notebook["cells"]]
    return {**notebook, "cells": cells}


@contextlib.contextmanager
def _closed_loop() -> Iterator[None]:
    """Close the event loop that nbclient opens in a thread and leaves open."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    try:
        yield
    finally:
        if not loop.is_running():
            loop.close()


def _folded(notebook, values: dict):
    """Return the executed notebook with the injected parameters written into the parameters cell itself."""
    notebook.cells = [cell for cell in notebook.cells if _INJECTED not in cell.metadata.get("tags", [])]
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if _PARAMETERS in cell.metadata.get("tags", []):
            cell.source = "\n".join(_assigned(line, values) for line in cell.source.splitlines())
    return notebook


def _assigned(line: str, values: dict) -> str:
    """Return a line of the parameters cell with the value that was used; its comment stays."""
    found = re.match(r"(\w+) = (?:[^#\"']|\"[^\"]*\"|'[^']*')*", line)
    if not found or found[1] not in values:
        return line
    comment = line[found.end() :]
    return f"{found[1]} = {_literal(values[found[1]])}" + (f"  {comment}" if comment else "")


def _literal(value) -> str:
    plain = isinstance(value, str) and value.isprintable() and '"' not in value and "\\" not in value
    return f'"{value}"' if plain else repr(value)


def _explained(slug: str, error, injected: bool) -> str:
    """Return chapter, cell and error in one screen; the cell that papermill injects is not counted."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback)).splitlines()
    where = f"Chapter {slug} failed in code cell {error.exec_count - injected}:"
    source = _shortened(error.source.splitlines(), _LONGEST_PART)
    said = _shortened(f"{error.ename}: {error.evalue}".splitlines(), _LONGEST_PART)
    traced = [f"    {line}" for line in lines[-_SHORTEST_TRACEBACK:] if line.strip()]
    return "\n".join([where, *(f"    {line}" for line in source), *(f"  {line}" for line in said), *traced])


def _shortened(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], "…"]
