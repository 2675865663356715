"""Several books in one run: of several cohorts, under several settings, over one pool of this machine or a cluster."""

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

from gistbook.book import freshness, publish
from gistbook.book import run as running
from gistbook.book.audit.gate import CONFIDENTIAL
from gistbook.book.run.cluster import Cluster, connect
from gistbook.book.storage import Book
from gistbook.build import Plan, Pools, build, closing, plan
from gistbook.conventions import UsageError

_LOOK_AGAIN = 0.02
_PLAIN = (
    "{} is confidential, and the way to the workers is not encrypted: its patients’ rows could be read on it. Name a "
    "scheduler at tls://…, whose workers are at such addresses too, or add --allow-plain if the network is yours alone."
)


class Means(NamedTuple):
    """By what books are made; `allow_plain` lets rows of confidential patients go to a cluster without encryption."""

    jobs: int
    only: str = ""
    cold: bool = False
    cluster: Cluster | None = None
    allow_plain: bool = False


@contextlib.contextmanager
def means(jobs: int, only: str, cold: bool, address: str, allow_plain: bool) -> Iterator[Means]:
    """By what books are made; with the address of a Dask scheduler, it is left in the end."""
    with connect(address) if address else contextlib.nullcontext() as cluster:
        yield Means(jobs, only, cold, cluster, allow_plain)


def make(
    books: list[Book], means: Means, report: Callable[[str], None], done: Callable[[Book, Callable], None]
) -> None:
    """Make books side by side, over one pool or the workers of a cluster; one that fails leaves the others alone.

    Lines that are reported begin with the place of their book. As soon as nothing more is done for a book, `done` is
    called with it and with a function that gives the lines by which its build ended and its seconds, or raises what
    failed.
    """
    width = means.cluster.threads if means.cluster else means.jobs
    if not width:
        report("The scheduler has no worker yet; chapters wait until it has.")
    with ThreadPoolExecutor(means.jobs) as here, ThreadPoolExecutor(width + 1) as side_by_side:
        pools = Pools(means.cluster or here, here, bool(means.cluster))
        futures = {side_by_side.submit(_made, book, means, pools, report): book for book in books}
        try:
            for future in as_completed(futures):
                done(futures[future], future.result)
        finally:
            for pool in (side_by_side, pools.chapters, here):
                pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):
                running.end_all()
                publish.end_all()
                time.sleep(_LOOK_AGAIN)


def _made(book: Book, means: Means, pools: Pools, report: Callable[[str], None]) -> tuple[list[str], float]:
    began = time.perf_counter()
    lines = None if means.only else freshness.closing_lines(book)
    if lines is None:
        planned = plan(book.folder, book.given, means.jobs, lambda line: report(f"{book.place}  {line}"), means.only)
        _refuse_plain(planned, means)
        run = build(planned._replace(cold=means.cold, pools=pools), book.out)
        lines = closing(planned, run.ledger)
    return lines, time.perf_counter() - began


def _refuse_plain(planned: Plan, means: Means) -> None:
    """Let rows of confidential patients leave this machine only by an encrypted way, or where that was allowed."""
    is_guarded = means.cluster is None or means.allow_plain or means.cluster.is_encrypted
    if planned.cohort.access == CONFIDENTIAL and not is_guarded:
        raise UsageError(_PLAIN.format(planned.folder.name))
