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

_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
_MOST_LINES, _LONGEST_LINE = 12, 160
_PATH = re.compile(r"(?:file://)?(?:/[\w.@+~-]+)+/([\w.@+~-]*)")
_WITHOUT = "Without --pdf, the book is built as ever."


class Browser(NamedTuple):
    """A browser that can print, and what to add to its command."""

    program: str
    options: tuple[str, ...] = ()


def find() -> Browser:
    """Return the browser that prints.

    Raises
    ------
    UsageError
        There is none, or it is too old; the message says what to install.
    """
    wanted = os.environ.get(VARIABLE, "")
    program = next(filter(None, map(shutil.which, [wanted] if wanted else NAMES)), None)
    if program is None:
        raise UsageError(_missed(wanted))
    version = _version(program)
    if version < OLDEST:
        said = f"version {version}" if version else "no version of Chromium"
        raise UsageError(f"{Path(program).name} is {said}; a PDF takes version {OLDEST} or later. {_WITHOUT}")
    return Browser(program, ("--no-sandbox",) if os.geteuid() == 0 else ())


def run(browser: Browser, source: Path, pdf: Path) -> None:
    """Print a page as PDF.

    Parameters
    ----------
    browser : Browser
        What prints.
    source, pdf : Path
        The page, and where the PDF is put; the folder of the second also takes what the browser writes for itself.

    Raises
    ------
    ChapterError
        The browser failed, or was stuck; the message has its last lines.
    """
    profile = pdf.with_suffix(".profile")
    command = [browser.program, *_OPTIONS, *browser.options, f"--user-data-dir={profile}", f"--print-to-pdf={pdf}"]
    pdf.unlink(missing_ok=True)
    said = _ended([*command, source.resolve().as_uri()])
    if not pdf.is_file() or not pdf.read_bytes().startswith(b"%PDF"):
        raise ChapterError(f"The PDF was not made, and the book is as it was. The browser said:\n{_last_lines(said)}")


def _ended(command: list[str]) -> str:
    """Run a command and return what it said; whatever ends the wait for it, its processes end too."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            said, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise ChapterError(f"The PDF was not made: the browser was stuck for {SECONDS} seconds.") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return said.decode(errors="replace")


def _missed(wanted: str) -> str:
    looked = f"what {VARIABLE} names, {wanted}" if wanted else f"{', '.join(NAMES[:-1])} and {NAMES[-1]}"
    other = "mend or unset it" if wanted else f"or name another in {VARIABLE}"
    return (
        f"A PDF is printed by a browser, and there is none: looked for {looked}.\n"
        f"Install one (on Debian: apt-get install chromium), {other}. {_WITHOUT}"
    )


def _version(program: str) -> int:
    """Return the first part of the version that a browser tells; 0 if it tells none."""
    try:
        told = subprocess.run(
            [program, "--version"], capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"\b(\d+)\.\d+\.\d+", told.stdout)
    return int(found[1]) if found else 0


def _last_lines(said: str) -> str:
    """Return the last lines of what a browser said, without places of this machine, in less than a screen."""
    lines = [_PATH.sub(r"\1", line)[:_LONGEST_LINE] for line in said.splitlines() if line.strip()]
    return "\n".join(lines[-_MOST_LINES:]) or "nothing"
