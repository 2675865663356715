"""Kernels in which chapters run: forked from one process that has imported everything, or started cold.

A kernel gets all that it needs through a pipe and keeps it in memory: the keys of its connection, which is encrypted,
and what a build hands to a chapter. It writes no file, its sockets have no place on a disk, and it ends with whatever
started it. What it wants drawn is drawn by the process that started it, which has the drawing program at hand.
"""

import asyncio
import contextlib
import multiprocessing
import os
import secrets
import sys
import threading
import types
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from gistbook import handover, running

_CHANNELS = ("shell", "iopub", "stdin", "hb", "control")
_POLL = 0.02
"""Seconds between two looks at whether a kernel has ended."""


class Order(NamedTuple):
    """What a kernel is started with: where it is reached, where it works, its environment, and what it is handed."""

    connection: dict
    folder: str
    environment: dict[str, str]
    handed: handover.Handover
    drawing: Connection


def manager(handed: handover.Handover, folder: str, draw: Callable, start: str) -> type[AsyncKernelManager]:
    """Return the kind of manager that starts one kernel, as papermill takes it.

    Parameters
    ----------
    handed : Handover
        What the kernel is handed.
    folder : str
        Where it works.
    draw : callable
        Draws what the kernel sends.
    start : str
        How its process is started: `forkserver` or `spawn`.
    """

    class Manager(AsyncKernelManager):
        def __init__(self, **options):
            super().__init__(**options, **_address())
            own = {"parent": self, "kernel_id": secrets.token_hex(4), "kernel_spec": KernelSpec()}
            self.provisioner = _Provisioner(handed=handed, folder=folder, draw=draw, start=start, **own)

        def write_connection_file(self, **_) -> None:
            """Write nothing: the kernel gets its keys through a pipe."""

    return Manager


class _Provisioner(KernelProvisionerBase):
    """Starts a kernel in a process of its own, and tells whether it lives."""

    process = None

    def __init__(self, handed: handover.Handover, folder: str, draw: Callable, start: str, **own):
        super().__init__(**own)
        self.handed, self.folder, self.draw, self.start = handed, folder, draw, start

    @property
    def has_process(self) -> bool:
        return self.process is not None

    async def pre_launch(self, **options) -> dict[str, Any]:
        return {**options, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **options) -> dict:
        connection = self.parent.get_connection_info()
        ours, theirs = multiprocessing.Pipe()
        order = Order(connection, self.folder, dict(os.environ), self.handed, theirs)
        context = multiprocessing.get_context(self.start)
        self.process = context.Process(target=serve, args=(order,), name=running.KERNEL, daemon=True)
        with _without_main():
            self.process.start()
        theirs.close()
        threading.Thread(target=_draw_for, args=(ours, self.draw), daemon=True).start()
        return connection

    async def poll(self) -> int | None:
        return None if self.process is None or self.process.is_alive() else self.process.exitcode

    async def wait(self) -> int | None:
        while self.process is not None and self.process.is_alive():
            await asyncio.sleep(_POLL)
        return await self.poll()

    async def send_signal(self, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        self.process.kill()

    async def terminate(self, restart: bool = False) -> None:
        self.process.terminate()

    async def cleanup(self, restart: bool = False) -> None:
        self.process = None


def serve(order: Order) -> None:
    """Be a kernel until its end is asked for, or whatever started it is gone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.folder)
    handover.take(order.handed, _drawn_over(order.drawing))
    _seed_anew()
    from ipykernel.kernelapp import IPKernelApp

    class Kernel(IPKernelApp):
        def init_connection_file(self) -> None:
            self.load_connection_info(order.connection)

        def write_connection_file(self, **_) -> None:
            """Write nothing."""

    app = Kernel.instance(log_level="CRITICAL")
    app.initialize(["--HistoryManager.enabled=False"])
    app.start()


def _address() -> dict:
    """Return where a new kernel is reached: a name without a place on the disk, or a port; both are encrypted."""
    public, secret = zmq.curve_keypair()
    keys = {"curve_publickey": public, "curve_secretkey": secret}
    if sys.platform != "linux":
        return keys
    ports = {f"{channel}_port": number for number, channel in enumerate(_CHANNELS, 1)}
    return {**keys, **ports, "transport": "ipc", "ip": f"@{secrets.token_hex(16)}"}


def _draw_for(kernel: Connection, draw: Callable) -> None:
    """Draw what a kernel sends, until it is gone."""
    with contextlib.suppress(EOFError, OSError), kernel:
        while True:
            spec = kernel.recv()
            try:
                kernel.send((draw(spec), ""))
            except Exception as error:
                kernel.send(("", str(error)))


def _drawn_over(parent: Connection) -> Callable:
    lock = threading.Lock()

    def drawn(spec: dict) -> str:
        with lock:
            parent.send(spec)
            svg, failure = parent.recv()
        if failure:
            raise ValueError(failure)
        return svg

    return drawn


def _end_with_parent() -> None:
    wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def _seed_anew() -> None:
    """Let a forked kernel draw other numbers than its siblings, where a chapter names no seed."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Start a process that does not run the main program again, which may be no module that can be imported."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
