"""Chapters on other machines: the workers of a Dask scheduler, as an executor that takes chapters.

A worker shares no disk with this machine. It has the same package, and whatever that reads, in the same versions, which
is looked at before each chapter, since else a book would not be what it is if made here.
"""

import asyncio
import functools
import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future

from gistbook.book import freshness
from gistbook.conventions import ChapterError, UsageError

_PATIENCE = 10  # seconds within which a scheduler answers
_MISSING = "--scheduler needs Dask, which the extra gistbook[cluster] brings; install it by: make cluster"
_SILENT = "No Dask scheduler answers at {}; an address is like tls://host:8786, with certificates that Dask knows."
_OTHER = "A worker has another source of gistbook, or other versions, than this machine; set up both from one commit."


class Cluster(Executor):
    """The workers of a scheduler. What is submitted runs on one of them, again on another if that is lost."""

    def __init__(self, client):
        self._client, self._executor, self._here = client, client.get_executor(), _source()

    @property
    def threads(self) -> int:
        """How many chapters the workers that are there now run at once."""
        return sum(worker["nthreads"] for worker in self._workers().values())

    @property
    def is_encrypted(self) -> bool:
        """Tell whether nobody on the way can read what is sent, to the scheduler and to the workers."""
        places = [self._client.scheduler.address, *self._workers()]
        return all(place.startswith(("tls://", "wss://")) for place in places)

    def submit(self, work: Callable, /, *arguments) -> Future:
        """Have a worker do a piece of work that `pickle` knows by its name."""
        return self._executor.submit(_alike, self._here, work, *arguments)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Give up what has not ended, and leave the scheduler."""
        self._executor.shutdown(wait=False)
        self._client.close(timeout=_PATIENCE)

    def _workers(self) -> dict[str, dict]:
        return self._client.scheduler_info(n_workers=-1)["workers"]


def connect(address: str) -> Cluster:
    """Reach the workers of the Dask scheduler at an address such as `tls://host:8786`.

    Certificates are those of Dask's own configuration. Raises `UsageError` if Dask is not installed, or no scheduler
    answers there.
    """
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise UsageError(_MISSING) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"})
    try:
        asyncio.run(_call(address))
        return Cluster(Client(address, timeout=_PATIENCE, set_as_default=False))
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise UsageError(_SILENT.format(address)) from error


async def _call(address: str) -> None:
    """See that a scheduler answers; a client that finds none does not end quietly."""
    from distributed.comm import connect
    from distributed.security import Security

    called = await connect(address, timeout=_PATIENCE, **Security().get_connection_args("client"))
    await called.close()


def _alike(source: str, work: Callable, *arguments):
    """Do a piece of work where the source is that of the machine which asks for it."""
    if _source() != source:
        raise ChapterError(_OTHER)
    return work(*arguments)


@functools.cache
def _source() -> str:
    return freshness.source(freshness.BOOK)
