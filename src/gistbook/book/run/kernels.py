"""Kernels in which chapters run, and how papermill comes by them.

A kernel gets all that it needs by one connection and keeps it in memory: the keys of its channels, which are encrypted,
and what a build hands to a chapter. It writes no file and its channels have no place on a disk. What it wants
drawn it asks of the process that started it.
"""

import asyncio
import contextlib
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from signal import SIGKILL, SIGTERM
from typing import Any, NamedTuple

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from gistbook import handover
from gistbook.book.run import processes

_CHANNELS = ("shell", "iopub", "stdin", "hb", "control")
_POLL, _GRACE = 0.01, 0.5
"""Seconds between two looks at whether a kernel has ended, and until it is killed that does not end by itself."""

_live = set()


class Kernel(NamedTuple):
    """What a kernel is started with, and what it does: where it is reached, where it works, and what it is handed."""

    channels: dict
    folder: str
    environment: dict[str, str]
    handed: handover.Handover

    def __call__(self, parent: Connection) -> None:
        """Be a kernel, until its end is asked for or the process that started it is gone."""
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        handover.take(self.handed, _drawn_by(parent))
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        sys.modules.setdefault("debugpy", None)  # nobody looks for mistakes step by step here, and it is slow to import
        app = _application().instance(log_level="CRITICAL", connection=self.channels)
        app.initialize(["--HistoryManager.enabled=False"])
        app.start()


def manager(handed: handover.Handover, folder: str, draw: Callable, warm: bool) -> type[AsyncKernelManager]:
    """The kind of manager that starts one kernel, as papermill takes it; a warm one is forked from the warm process."""

    class Manager(AsyncKernelManager):
        def __init__(self, **options):
            super().__init__(**options, **_channels(), client_factory=_Client)
            own = {"parent": self, "kernel_id": secrets.token_hex(4), "kernel_spec": KernelSpec()}
            kernel = Kernel(self.get_connection_info(), folder, dict(os.environ), handed)
            self.provisioner = _Provisioner(kernel, draw, warm, **own)

        def write_connection_file(self, **_) -> None:
            """Write nothing: the kernel has its keys already."""

    return Manager


def end_all(folder: str = "") -> None:
    """End every kernel that this process has started, or those of them that work in one folder."""
    for provisioner in list(_live):
        if folder in ("", provisioner.kernel.folder):
            provisioner.end()


class _Client(AsyncKernelClient):
    async def wait_for_ready(self, timeout: float = 60) -> None:
        """Wait until the kernel answers and is heard, not until nothing more is; `RuntimeError` if it does neither."""
        until = time.monotonic() + timeout
        while time.monotonic() < until and await self._async_is_alive():
            self.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                await self.iopub_channel.get_msg(timeout=0.2)
                return self._handle_kernel_info_reply(reply)
        raise RuntimeError("The kernel did not start.")


class _Provisioner(KernelProvisionerBase):
    """Starts a kernel in a process of its own, draws for it, and tells whether it lives."""

    def __init__(self, kernel: Kernel, draw: Callable, warm: bool, **own):
        super().__init__(**own)
        self.kernel, self.draw, self.warm = kernel, draw, warm
        self.process = self.connection = None

    @property
    def has_process(self) -> bool:
        return self.process is not None

    async def pre_launch(self, **options) -> dict[str, Any]:
        return {**options, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **options) -> dict:
        _live.add(self)
        self.process, self.connection = processes.start(self.kernel, self.warm)
        threading.Thread(target=_draw_for, args=(self.connection, self.draw), daemon=True).start()
        return self.kernel.channels

    async def poll(self) -> int | None:
        return self.process.poll() if self.process else 1

    async def wait(self) -> int | None:
        while await self.poll() is None:
            await asyncio.sleep(_POLL)
        return 1

    async def send_signal(self, signum: int) -> None:
        self.process.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        self.end()

    async def terminate(self, restart: bool = False) -> None:
        self.process.send_signal(SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        self.end()
        self.process = None
        _live.discard(self)

    def end(self) -> None:
        """Ask the kernel to end, and kill it if it does not."""
        process, until = self.process, time.monotonic() + _GRACE
        if process:
            process.send_signal(SIGTERM)
        while process and process.poll() is None:
            time.sleep(_POLL)
            if time.monotonic() > until:
                process.send_signal(SIGKILL)


def _application() -> type:
    from ipykernel.kernelapp import IPKernelApp
    from traitlets import Dict

    class Application(IPKernelApp):
        connection = Dict()

        def init_connection_file(self) -> None:
            self.load_connection_info(self.connection)

        def write_connection_file(self, **_) -> None:
            """Write nothing."""

    return Application


def _channels() -> dict:
    """Where a new kernel is reached: by names without a place on the disk, or by ports; both are encrypted."""
    public, secret = zmq.curve_keypair()
    keys = {"curve_publickey": public, "curve_secretkey": secret}
    if sys.platform != "linux":
        return keys
    ports = {f"{channel}_port": number for number, channel in enumerate(_CHANNELS, 1)}
    return {**keys, **ports, "transport": "ipc", "ip": f"@{secrets.token_hex(16)}"}


def _draw_for(kernel: Connection, draw: Callable) -> None:
    with contextlib.suppress(EOFError, OSError), kernel:
        while True:
            spec = kernel.recv()
            try:
                kernel.send((draw(spec), ""))
            except Exception as error:
                kernel.send(("", str(error)))


def _drawn_by(parent: Connection) -> Callable[[dict], str]:
    """A function that has a spec drawn by the process that started this one, with which this one ends at any time."""
    answers = SimpleQueue()

    def listen() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                answers.put(parent.recv())
        os._exit(1)

    def drawn(spec: dict) -> str:
        parent.send(spec)
        svg, failure = answers.get()
        if failure:
            raise ValueError(failure)
        return svg

    threading.Thread(target=listen, daemon=True).start()
    return drawn
