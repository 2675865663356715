"""Run chapters: each in a kernel of its own, forked from one process that has imported everything, or started cold."""

import contextlib
from tempfile import TemporaryDirectory

from gistbook import drawing, forking, handover
from gistbook.press import execute


def warm_up() -> None:
    """Begin to import what chapters need, in the process from which their kernels are forked, where that is done."""
    if forking.can_fork():
        forking.warm_up()


def run(chapter: execute.Chapter, given: dict, handed: handover.Handover, folder: str = "", cold: bool = False):
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
    cold : bool
        Whether its kernel is started anew, and shares nothing with any other process.

    Raises
    ------
    ChapterError
        A cell raised an error, or ended its kernel.
    """
    from gistbook import kernels

    warm = forking.can_fork() and not cold
    with contextlib.nullcontext(folder) if folder else TemporaryDirectory() as place:
        return execute.run_chapter(chapter, given, kernels.manager(handed, place, drawing.draw, warm))


def end_all() -> None:
    """End every kernel that this process has started."""
    from gistbook import kernels

    kernels.end_all()
