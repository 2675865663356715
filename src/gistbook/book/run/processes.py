"""Processes for kernels: forked from a warm one in which everything is imported, or started cold.

A process is reached by a pair of sockets that have no name, so that nothing of it is ever on a disk, and ends when the
process that asked for it does; that in turn lets them end, whatever ends it from outside.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path

from gistbook.conventions import NEW_OBJECTS

PRELOADED = (
    "gistbook.book.run.shell", "IPython.core.completer", "IPython.core.completerlib", "IPython.core.debugger",
    "IPython.core.oinspect", "IPython.extensions.storemagic", "nbformat.v4", "pandas", "pandas.io.formats.string",
    "altair", "lifelines", "scipy.stats", "gistbook.build", "gistbook.analysis.competing",
    "gistbook.analysis.contrasts", "gistbook.analysis.example", "gistbook.analysis.series",
    "gistbook.analysis.surgery", "gistbook.analysis.validation", "gistbook.display.figures", "gistbook.display.prose",
    "gistbook.display.tables", "gistbook.book.claims",
)  # fmt: skip
"""What chapters import, and what a kernel does."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals by which a build is ended from outside: Ctrl-C, an end that is asked for, and a terminal that is closed."""

_OF_MEMORY = {-1: 2**28, -2: 2**24, -4: 0}
"""Options of glibc's `mallopt`: free bytes that are kept, bytes asked for beyond need, and blocks that stand apart.

They are called M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_MAX.
"""

_PROGRAM = "from gistbook.book.run import processes; processes.{}({})"
_lock, _warm = threading.Lock(), {}


class _Forked:
    """A process that was forked from the warm one, and so is no child of this."""

    def __init__(self, pid: int):
        self.handle = os.pidfd_open(pid)

    def kill(self) -> None:
        """End it at once, unless it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it has ended; nothing more is asked of it then."""
        select.select([self.handle], [], [])
        os.close(self.handle)


def can_fork() -> bool:
    """Tell whether processes are forked here: on Linux, where that is safe for what we import."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def start(order, warm: bool, of: Connection | None = None) -> tuple[_Forked | subprocess.Popen, Connection]:
    """Start a process that obeys an order, which is called with a connection to this one; return both.

    It is forked from the process that a connection leads to, which does `fork_each`, or else from the warm one. Where
    that cannot be had, as when something that it imports is broken, it is started cold. Raises `EOFError` or `OSError`
    if it was to be forked from another, and that has ended.
    """
    ours, theirs = socket.socketpair()
    connection = Connection(ours.detach())
    try:
        with theirs:
            process = None if warm else _python("obey", theirs.fileno())
            if warm:
                send_handle(of or warm_up(), theirs.fileno(), None)
        connection.send(order)
        return process or _Forked(connection.recv()), connection
    except (OSError, EOFError):
        connection.close()
        if warm and of is None:
            return start(order, warm=False)
        raise


def serve(parent: Connection) -> None:
    """Do one piece of work after another for the process that started this one, until that is gone."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, arguments = parent.recv()
            try:
                parent.send((function(*arguments), None))
            except Exception as error:
                parent.send((None, error))


def warm_up() -> Connection:
    """Start the warm process, unless it is there; it imports while others go on. Return the way to reach it."""
    with _lock:
        if not _warm or _warm["process"].poll() is not None:
            cool()
            ours, theirs = socket.socketpair()
            with theirs:
                process = _python("be_warm", theirs.fileno())
            _warm.update(process=process, orders=Connection(ours.detach()), owner=os.getpid())
        return _warm["orders"]


@atexit.register
def cool() -> None:
    """End the warm process, if there is one of this process."""
    if _warm and os.getpid() == _warm["owner"]:
        _warm["orders"].close()
        _warm["process"].kill()
        _warm["process"].wait()
    _warm.clear()


def be_warm(handle: int) -> None:
    """Import everything, and fork a process for each connection that is handed over."""
    gc.disable()
    for name in PRELOADED:
        with contextlib.suppress(Exception):  # a chapter that needs it says what is wrong with it
            importlib.import_module(name)
    fork_each(Connection(handle))


def fork_each(orders: Connection) -> None:
    """Fork a process for each connection that is handed over, until nobody can hand over one; all have what is here."""
    gc.freeze()
    with contextlib.suppress(EOFError, OSError), orders:
        while True:
            handle = recv_handle(orders)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            if not os.fork():
                orders.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                obey(handle, forked=True)
            os.close(handle)


def obey(handle: int, forked: bool = False) -> None:
    """Do what the order says that comes by a connection, and end; a forked process first tells who it is."""
    gc.enable()
    keep_memory()
    connection = Connection(handle)
    order = connection.recv()
    if forked:
        connection.send(os.getpid())
    try:
        order(connection)
    finally:
        os._exit(0)


def keep_memory() -> None:
    """Look for cycles of objects less often, keep memory that is freed, and let NumPy ask for no large pages.

    The system clears memory before it gives it, and looks long for what makes a large page: with the tables of a large
    cohort each of the two took a fifth of the time. What the library of C or NumPy does not offer is done without.
    """
    gc.set_threshold(NEW_OBJECTS)
    with contextlib.suppress(ImportError):
        from numpy._core.multiarray import _set_madvise_hugepage

        _set_madvise_hugepage(False)
    for option, value in _OF_MEMORY.items():
        _ask_of_memory("mallopt", option, value)


def give_back() -> None:
    """Give freed memory back to the system, where the library of C can do that; other processes need it next."""
    _ask_of_memory("malloc_trim", 0)


def _ask_of_memory(function: str, *values: int) -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):
        getattr(ctypes.CDLL(None), function)(*values)


def _python(act: str, handle: int) -> subprocess.Popen:
    """Start Python in a session of its own, so that what ends this process from a terminal does not reach it first."""
    command = [sys.executable, "-P", "-c", _PROGRAM.format(act, handle)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[handle], start_new_session=True)


@contextlib.contextmanager
def stopping(out: Path) -> Iterator[None]:
    """Let whatever ends a build from outside also end the chapters that run, and clear their folder away."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    except KeyboardInterrupt as ended:
        with contextlib.suppress(OSError):
            print("Stopped. The book that is there is whole.", file=sys.stderr, flush=True)
        os._exit(128 + (ended.args[0] if ended.args else signal.SIGINT))
    except OSError as error:
        error.filename = error.filename or str(out)
        raise


def _stop(number: int, _) -> None:
    """Stop a build once; what comes while it clears up is passed over."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(number)
