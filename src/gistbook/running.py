"""Run chapters: each in a kernel of its own, forked from one process that has imported everything, or started cold."""

import contextlib
import multiprocessing
import sys
from multiprocessing import forkserver
from tempfile import TemporaryDirectory

from gistbook import handover
from gistbook.display import drawing
from gistbook.press import execute

WARM, COLD = "forkserver", "spawn"
"""How a kernel comes to be: forked from a process in which everything is imported, or as a new one."""

KERNEL = "gistbook kernel"
"""Name of the process of a kernel."""

PRELOADED = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "IPython.core.completer", "myst_nb", "pandas", "altair", "lifelines",
    "scipy.stats", "pyarrow", "gistbook.build", "gistbook.validation", "gistbook.worked", "gistbook.analysis.series",
    "gistbook.analysis.contrasts", "gistbook.display.figures", "gistbook.display.tables", "gistbook.display.prose",
    "gistbook.press.claims", "gistbook.press.checklist", "gistbook.press.provenance",
)  # fmt: skip
"""What chapters import, and what a kernel does; a module that is not there is passed over."""


def way(cold: bool = False) -> str:
    """Return how kernels are started here; a warm one is for Linux, where forking is safe for what we import."""
    return WARM if sys.platform == "linux" and not cold else COLD


def warm_up() -> None:
    """Start the process from which kernels are forked; it imports what they need while others go on."""
    multiprocessing.get_context(WARM).set_forkserver_preload([*PRELOADED])
    forkserver.ensure_running()


def run(chapter: execute.Chapter, given: dict, handed: handover.Handover, folder: str = "", start: str = WARM):
    """Run one chapter, and return the executed notebook.

    Nothing is printed or written, and no path is shared, so that any `concurrent.futures.Executor` can run it.

    Parameters
    ----------
    chapter : Chapter
        Its notebook and its own parameters.
    given : dict
        Values of parameters.
    handed : Handover
        The checked cohort as bytes, and what else the chapter asks for.
    folder : str
        Where its kernel works; a folder for the time being, if none is named.
    start : str
        `WARM` or `COLD`.

    Raises
    ------
    ChapterError
        A cell raised an error, or ended its kernel.
    """
    from gistbook import kernels

    if start == WARM:
        warm_up()
    with contextlib.nullcontext(folder) if folder else TemporaryDirectory() as place:
        return execute.run_chapter(chapter, given, kernels.manager(handed, place, drawing.draw, start))


def end_all() -> None:
    """End every kernel that this process has started."""
    for process in multiprocessing.active_children():
        if process.name == KERNEL:
            process.kill()
