"""Work on many files shared between processes, where one can be forked; elsewhere one process does it all."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

_MOST, _WORTH = 4, 2**20
"""How many processes are of use, and how many bytes of files are worth a second one."""


def may_share(size: int) -> int:
    """Return in how many processes files of so many bytes in all are read.

    A process that has threads is not forked, since a lock that one of them holds would stay locked.
    """
    forks = sys.platform == "linux" and threading.active_count() == 1
    return min(_MOST, len(os.sched_getaffinity(0))) if forks and size >= _WORTH else 1


def shared(work: Callable[[Any], Any], items: list, processes: int) -> list:
    """Return what is made of each item, in their order; every so many-th item is for the same process.

    A process that was forked does nothing but its share: it ends when that is handed over, or when nobody is there any
    more to take it. If it ended before, its share is done here.

    Parameters
    ----------
    work : callable
        Makes something of one item; what it makes, or raises, can be pickled.
    items : list
        What it is made of.
    processes : int
        How many processes share the work, this one among them.
    """
    forked = [_forked(work, items[number::processes]) for number in range(1, processes)]
    made: list = [None] * len(items)
    try:
        made[::processes] = map(work, items[::processes])
        for number, (_, results) in enumerate(forked, start=1):
            made[number::processes] = _taken(results) or list(map(work, items[number::processes]))
    finally:
        for process, results in forked:
            results.close()
            process.kill()
            process.join()
    return made


def _forked(work: Callable[[Any], Any], items: list) -> tuple:
    context = multiprocessing.get_context("fork")
    results, handed = context.Pipe(duplex=False)
    process = context.Process(target=_hand, args=(work, items, results, handed), daemon=True)
    process.start()
    handed.close()
    return process, results


def _hand(work: Callable[[Any], Any], items: list, results: Connection, handed: Connection) -> None:
    """Do a share and hand it over; signals are for the process that was forked, with all that it would then do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    results.close()
    with contextlib.suppress(BrokenPipeError):
        handed.send(list(map(work, items)))


def _taken(results: Connection) -> list:
    """Return the share of another process; nothing if it ended before, as one that failed does."""
    try:
        return results.recv()
    except EOFError:
        return []
