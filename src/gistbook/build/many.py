"""Several books in one run: of several cohorts, under several settings, over one pool of this machine or a cluster."""

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from gistbook.book import freshness, publish
from gistbook.book import run as running
from gistbook.book.audit.gate import CONFIDENTIAL
from gistbook.book.run import Means
from gistbook.book.run.cluster import connect
from gistbook.book.storage import Book
from gistbook.build import Pools, build, closing, plan
from gistbook.conventions import UsageError

_LOOK_AGAIN = 0.02
_PLAIN = (
    "{} is confidential, and the way to the workers is not encrypted: its patients’ rows could be read on it. Name a "
    "scheduler at tls://…, whose workers are at such addresses too, or add --allow-plain if the network is yours alone."
)


def make(books: list[Book], means: Means, report: Callable[[str], None], done: Callable) -> None:
    """Make books side by side, over one pool or the workers of a cluster; one that fails leaves the others alone.

    Lines that are reported begin with the place of their book. As soon as nothing more is done for a book, `done` is
    called with it and with a function that gives its closing lines and its seconds, or raises what failed.
    """
    with (
        connect(means.scheduler) if means.scheduler else contextlib.nullcontext() as cluster,
        ThreadPoolExecutor(means.jobs) as here,
        ThreadPoolExecutor(1 + (cluster.threads if cluster else means.jobs)) as side_by_side,
    ):
        if cluster and not cluster.threads:
            report("The scheduler has no worker yet; chapters wait until it has.")
        pools = Pools(cluster or here, here, bool(cluster))
        futures = {side_by_side.submit(_made, book, means, pools, report): book for book in books}
        finished = SimpleQueue()
        try:
            for future in futures:
                future.add_done_callback(finished.put)
            for _ in futures:
                future = finished.get()
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
        is_guarded = means.allow_plain or not pools.elsewhere or pools.chapters.is_encrypted
        if planned.cohort.access == CONFIDENTIAL and not is_guarded:
            raise UsageError(_PLAIN.format(planned.folder.name))
        run = build(planned._replace(cold=means.cold, pools=pools), book.out)
        lines = closing(planned, run.ledger)
    return lines, time.perf_counter() - began
