"""A browser that prints a page to PDF without a window: found, or missed in words, and run without a network."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

from gistbook.conventions import ChapterError, UsageError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
"""How browsers are called that can print: Chromium, and what is made of it."""

VARIABLE = "GISTBOOK_BROWSER"
"""The variable of the environment that names another one."""

OLDEST = 131
"""The first version that sets running heads; an older one would leave the mark of synthetic data off the pages."""

SECONDS = 300
"""How long a browser may print before it is taken for stuck."""

_OPTIONS = ("--headless", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run",
            "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-default-browser-check",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer",
            "--generate-pdf-document-outline")  # fmt: skip
_MOST_LINES, _LONGEST_LINE = 12, 160
_PATH = re.compile(r"(?:file://)?(?:/[\w.@+~-]+)+/([\w.@+~-]*)")
_WITHOUT = "Without --pdf, the book is built as ever."


class Browser(NamedTuple):
    """A browser that can print, and what to add to its command."""

    program: str
    options: tuple[str, ...] = ()


def find() -> Browser:
    """The browser that prints.

    Raises `UsageError` if there is none, or it is too old; the message says what to install.
    """
    wanted = os.environ.get(VARIABLE, "")
    program = next(filter(None, map(shutil.which, [wanted] if wanted else NAMES)), None)
    if program is None:
        raise UsageError(_missing(wanted))
    version = _version(program)
    if version < OLDEST:
        which = f"version {version}" if version else "no version of Chromium"
        raise UsageError(f"{Path(program).name} is {which}; a PDF takes version {OLDEST} or later. {_WITHOUT}")
    return Browser(program, ("--no-sandbox",) if os.geteuid() == 0 else ())


def run(browser: Browser, source: Path, pdf: Path) -> None:
    """Print a page as PDF; the folder of the PDF also takes what the browser writes for itself.

    Raises `ChapterError` if the browser failed, or was stuck; the message has its last lines, without places of this
    machine.
    """
    folders = [f"--user-data-dir={pdf.with_suffix('.profile')}", f"--print-to-pdf={pdf}"]
    output = _output([browser.program, *_OPTIONS, *browser.options, *folders, source.resolve().as_uri()])
    if not pdf.is_file() or not pdf.read_bytes().startswith(b"%PDF"):
        lines = [_PATH.sub(r"\1", line)[:_LONGEST_LINE] for line in output.splitlines() if line.strip()]
        last = "\n".join(lines[-_MOST_LINES:]) or "nothing"
        raise ChapterError(f"The PDF was not made, and the book is as it was. The browser said:\n{last}")


def _output(command: list[str]) -> str:
    """What a command printed; whatever ends the wait for it, its processes end too."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            return process.communicate(timeout=SECONDS)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            raise ChapterError(f"The PDF was not made: the browser was stuck for {SECONDS} seconds.") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _missing(wanted: str) -> str:
    looked = f"what {VARIABLE} names, {wanted}" if wanted else f"{', '.join(NAMES[:-1])} and {NAMES[-1]}"
    other = "mend or unset it" if wanted else f"or name another in {VARIABLE}"
    return (
        f"A PDF is printed by a browser, and there is none: looked for {looked}.\n"
        f"Install one (on Debian: apt-get install chromium), {other}. {_WITHOUT}"
    )


def _version(program: str) -> int:
    try:
        options = {"capture_output": True, "text": True, "errors": "replace", "timeout": 60}
        output = subprocess.run([program, "--version"], check=False, **options)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = re.search(r"\b(\d+)\.\d+\.\d+", output.stdout)
    return int(number[1]) if number else 0
