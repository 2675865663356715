"""Kernels in which chapters run, and the engine by which papermill runs a notebook in one.

A kernel is a process that is handed all that it needs by one connection, answers by it, and writes no file. What it
wants drawn it asks of the process that started it.
"""

import contextlib
import functools
import json
import os
import platform
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import NamedTuple

from gistbook import handover
from gistbook.book.run import processes

_LANGUAGE = {
    "name": "python", "version": platform.python_version(), "mimetype": "text/x-python", "file_extension": ".py",
    "codemirror_mode": {"name": "ipython", "version": 3}, "pygments_lexer": "ipython3", "nbconvert_exporter": "python",
}  # fmt: skip

_lock, _live = threading.Lock(), set()
_starting, _holders, _held = threading.Lock(), {}, {}
"""Processes that hold a cohort, and the ways to them, by name; in one and in its kernels, that cohort by the name."""


class Kernel(NamedTuple):
    """What a kernel is started with: the cells that it runs, where, its environment, and what it is handed."""

    sources: list[str]
    folder: str
    environment: dict[str, str]
    handed: handover.Handover

    def __call__(self, parent: Connection) -> None:
        """Be a kernel: run the cells, and send what they put out."""
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        data, cohort = _held.get(self.handed.held, (self.handed.cohort, None))
        handover.take(self.handed._replace(cohort=data), _drawn_by(parent), cohort)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        from gistbook.book.run import shell

        parent.send((None, shell.run(self.sources)))


def hold(name: str, parent: Connection) -> None:
    """Take a cohort apart once, which comes as bytes, and fork all kernels that have it under a name."""
    from gistbook.intake.cohort import from_bytes

    data = parent.recv_bytes()
    _held[name] = (data, from_bytes(data))
    processes.fork_each(parent)


@functools.cache
def engine() -> str:
    """The name under which papermill has an engine that hands the sources of all cells to a function, `run`."""
    import nbformat
    from papermill.engines import Engine, papermill_engines

    class OneProcess(Engine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name: str, run: Callable[[list[str]], str], **_) -> None:
            cells = [cell for cell in nb_man.nb.cells if cell.cell_type == "code" and cell.source.strip()]
            made = json.loads(run([cell.source for cell in cells]))
            for cell, (number, outputs) in zip(cells, made, strict=False):
                cell.execution_count, cell.outputs = number, list(map(nbformat.from_dict, outputs))
            nb_man.nb.metadata["language_info"] = nbformat.from_dict(_LANGUAGE)

    papermill_engines.register("gistbook", OneProcess)
    return "gistbook"


def run(sources: list[str], folder: str, handed: handover.Handover, draw: Callable[[dict], str], warm: bool) -> str:
    """Run cells in a kernel of their own, forked from the warm process or started cold.

    Gives what `shell.run` does. Raises `EOFError` or `OSError` if the kernel ended before the cells did.
    """
    process, connection = _started(Kernel(sources, folder, dict(os.environ), handed), warm)
    live = (folder, process)
    with _lock:
        _live.add(live)
    try:
        with connection:
            while (received := connection.recv())[0]:
                connection.send(_drawn(draw, received[0]))
            return received[1]
    finally:
        with _lock:
            _live.discard(live)
        process.kill()
        process.wait()


def let_go(held: str) -> None:
    """End the process that holds the cohort of chapters that have run, by its name, if one does."""
    if held in _holders:
        process, connection = _holders.pop(held)
        connection.close()
        process.kill()
        process.wait()


def _started(kernel: Kernel, warm: bool) -> tuple:
    """Start a kernel, without the bytes of a cohort where a process holds that; with them, where that has ended."""
    if warm and kernel.handed.held:
        with contextlib.suppress(EOFError, OSError):
            brief = kernel._replace(handed=kernel.handed._replace(cohort=b""))
            return processes.start(brief, warm, _holder(kernel.handed))
    return processes.start(kernel._replace(handed=kernel.handed._replace(held="")), warm)


def _holder(handed: handover.Handover) -> Connection:
    """The way to the process that holds a cohort, which is started for the first kernel."""
    with _starting:
        if handed.held not in _holders:
            _holders[handed.held] = processes.start(functools.partial(hold, handed.held), warm=True)
            _holders[handed.held][1].send_bytes(handed.cohort)
    return _holders[handed.held][1]


def end_all(folder: str = "") -> None:
    """End every kernel that this process has started, or those of them that work in one folder."""
    with _lock:
        for place, process in _live:
            if folder in ("", place):
                process.kill()


def _drawn(draw: Callable[[dict], str], spec: dict) -> tuple[str, str]:
    try:
        return draw(spec), ""
    except Exception as error:
        return "", str(error)


def _drawn_by(parent: Connection) -> Callable[[dict], str]:
    """A function that has a spec drawn by the process that started this one, with which this one ends at any time."""
    answers = SimpleQueue()

    def listen() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                answers.put(parent.recv())
        os._exit(1)

    def drawn(spec: dict) -> str:
        parent.send((spec, None))
        svg, failure = answers.get()
        if failure:
            raise ValueError(failure)
        return svg

    threading.Thread(target=listen, daemon=True).start()
    return drawn
