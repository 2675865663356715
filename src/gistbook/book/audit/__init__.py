"""A built book read as a stranger would read it: what tells of a patient, of the machine, or reaches elsewhere.

What the book's own texts say (its chapters, bibliography and published tables) is no leak where a reader is shown it,
even if it happens to be a patient's date; among data, and under a name of a column of patients, it is.

`findings` says what a leak is and makes ready what is sought, which `matching` finds in a text. `files` takes every
file of a book apart, with `markup` for pages and drawings, and `records` for JSON, notebooks and tables in any text.
The rules are in `privacy` (patients, the machine, what was left behind), `policy` (scripts, other hosts, and what the
theme puts into every book), and `counts` (what a disclosure policy forbids). Files are shared out to processes, where
one can be forked; elsewhere one process does it all.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gistbook.book.audit import counts, findings, policy, privacy
from gistbook.book.audit.counts import UNRELEASED
from gistbook.book.audit.files import sheets
from gistbook.book.audit.findings import Allowed, Known, Leak

__all__ = ["RULES", "UNRELEASED", "Allowed", "Known", "Leak", "audit", "may_share", "shared"]

RULES = (
    privacy.identifiers,
    privacy.patient_dates,
    privacy.rows_of_patients,
    privacy.paths,
    privacy.names,
    privacy.parameters,
    policy.loads,
    privacy.removed_outputs,
    privacy.hidden_data,
    policy.scripts,
    policy.policies,
    privacy.files,
    counts.forbidden,
    counts.following,
    counts.off_the_grid,
    counts.unreleased,
)
"""Every rule: a function of a file that was taken apart and of what is sought, which yields the leaks that it finds."""

_MOST, _WORTH = 4, 2**20
"""How many processes are of use, and how many bytes of files are worth a second one."""


def audit(html: Path, known: Known) -> list[Leak]:
    """Return what should not be in the folder of a built book, by file and place; a value is never told.

    That the whole book is not to be released is told once, with the first file.

    Parameters
    ----------
    html : Path
        The folder that would be published.
    known : Known
        What is known of the cohort and of the machine, and what the book prints whatever the cohort.
    """
    ready = findings.ready(known)
    once: dict = {}
    for file, place, *rule in _leaks(html, ready):
        leak = Leak(findings.masked(file, ready), findings.masked(place, ready), *rule)
        once.setdefault(leak.rule if leak.rule == UNRELEASED.says else leak, leak)
    return list(once.values())


def _leaks(html: Path, ready: findings.Sought) -> list[Leak]:
    """Return the leaks of all files in the order of their paths; files of one kind are dealt out by size."""

    def leaks_of(path: Path) -> list[Leak]:
        return [leak for sheet in sheets(path, html) for rule in RULES for leak in rule(sheet, ready)]

    sizes = {path: path.lstat().st_size for path in html.rglob("*")}
    dealt = sorted(sizes, key=lambda path: (path.suffix, sizes[path], path))
    by_file = dict(zip(dealt, shared(leaks_of, dealt, may_share(sum(sizes.values()))), strict=True))
    return [leak for path in sorted(by_file) for leak in by_file[path]]


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
