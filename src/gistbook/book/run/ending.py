"""How a build ends that is ended from outside: the chapters that run end too, and their folder goes."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals by which a build is ended from outside: Ctrl-C, an end that is asked for, and a terminal that is closed."""


@contextlib.contextmanager
def stopping(out: Path) -> Iterator[None]:
    """Let whatever ends a build from outside also end the chapters that run, and clear their folder away."""
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) != signal.SIG_IGN:
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
    for name in SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise KeyboardInterrupt(number)
