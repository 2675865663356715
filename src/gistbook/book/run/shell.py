"""The shell in which the cells of a chapter run, and what they put out, as a notebook has it."""

import base64
import io
import json
import os
import sys

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config


def run(sources: list[str]) -> str:
    """Run cells in this process until one fails; gives JSON: of each cell that was run, its number and its outputs, as
    nbformat has them. Of what is written past Python, as by a program that a cell starts, nothing is kept.
    """
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    sys.path.insert(0, "")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for handle in (1, 2):
        os.dup2(nowhere, handle)
    shell, made = _Shell.instance(config=Config({"HistoryManager": {"enabled": False}})), []
    sys.stdout, sys.stderr = _Stream(shell, "stdout"), _Stream(shell, "stderr")
    for source in sources:
        shell.outputs = []
        result = shell.run_cell(source, store_history=True)
        made.append((result.execution_count, shell.outputs))
        if not result.success:
            break
    return json.dumps(made, default=_as_text)


class _Hook(DisplayHook):
    """Keeps the value of the last line of a cell."""

    def write_output_prompt(self) -> None:
        """Write nothing."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        about = {"metadata": md_dict or {}, "execution_count": self.prompt_count}
        self.shell.put("execute_result", data=format_dict, **about)


class _Publisher(DisplayPublisher):
    """Keeps what a cell displays."""

    def publish(self, data: dict, metadata: dict | None = None, *_, **__) -> None:
        self.shell.put("display_data", data=data, metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()


class _Shell(InteractiveShell):
    """IPython without a terminal; `outputs` are those of the cell that runs."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)

    def put(self, kind: str, **content) -> None:
        """Keep an output of a cell."""
        self.outputs.append({"output_type": kind, **content})

    def ask_exit(self) -> None:
        """End as a cell asks, and the chapter with it."""
        os._exit(0)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.put("error", ename=etype.__name__, evalue=str(evalue), traceback=stb)


class _Stream(io.TextIOBase):
    """Keeps what a cell prints."""

    def __init__(self, shell: _Shell, name: str):
        self.shell, self.name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        before = self.shell.outputs[-1] if self.shell.outputs else {}
        if before.get("name") == self.name:
            before["text"] += text
        elif text:
            self.shell.put("stream", name=self.name, text=text)
        return len(text)


def _as_text(value) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
