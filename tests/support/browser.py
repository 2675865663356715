"""A headless Chromium that opens pages of a book, served or from a disk, and tells what happened in them."""

import contextlib
import functools
import http.server
import itertools
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
ABSENT = "NOT CHECKED: pages were opened in no browser, as there is no chromium."

MODES = ("from a disk", "served")
"""How a book is read."""

USUALLY_FROM_A_DISK = [MODES[0], pytest.param(MODES[1], marks=pytest.mark.whole)]
"""The same as values of a parameter; served where everything is tested."""

SHARE = "a share"
"""Part of a long list of pages that is opened by default; see `dealt`."""

in_parts = pytest.mark.parametrize("part", [SHARE, pytest.param("the rest", marks=pytest.mark.whole)])
"""Runs a test on a share of the pages by default, and on the rest of them as well where everything is tested."""

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

_FIRST_ERROR = 400

_REST = 0.5
"""Seconds between the parts of a page; nothing is drawn of one that a browser has got in less."""

_WATCH = """
window.events = [];
document.addEventListener("securitypolicyviolation", event =>
  window.events.push(`the policy kept ${event.violatedDirective} from ${event.blockedURI}`));
"""
"""Runs in each page before anything of its own."""

_SEEN = """() => ({
  text: document.body.innerText,
  drawn: [...document.querySelectorAll("svg text")].map(each => each.textContent),
  labels: [...document.querySelectorAll("[aria-label]")].map(each => each.getAttribute("aria-label")),
  events: window.events.concat("ran" in window ? [`a script of the data ran: ${window.ran}`] : []),
})"""


class Visit(NamedTuple):
    """What a reader sees of a page, and what went on in it that should not.

    That is `events`, what came from `elsewhere`, and what `failed`: requests without an answer, and errors.
    """

    title: str
    text: str
    drawn: list[str]
    labels: list[str]
    events: list[str]
    elsewhere: list[str]
    failed: list[str]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser that reaches no other host than this one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_FLAGS], chromium_sandbox=False)
        yield browser
        browser.close()


@contextlib.contextmanager
def served(folder: Path, cut: Path | None = None, cut_after: str = "") -> Iterator[str]:
    """Serve a folder on this host alone, and tell under which address.

    A file that is cut comes in two parts, the first of which ends with the given words.
    """
    first, words, second = cut.read_bytes().partition(cut_after.encode()) if cut else (b"", b"", b"")
    parts = {cut.name: (first + words, second)} if cut else {}
    handler = functools.partial(_Quiet, directory=str(folder), parts=parts)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def pages_of(html: Path) -> list[str]:
    """Return the path of each page of a book within it."""
    found = [path.relative_to(html) for path in sorted(html.rglob("*.html")) if "_static" not in path.parts]
    return [path.as_posix() for path in found]


def dealt(pages: list[str], ways: Iterable[str], always: Collection[str], part: str) -> dict[str, list[str]]:
    """Deal pages out to the ways of reading them: each to one way, in turn, and some to all; or else what is left."""
    hands = {way: [] for way in ways}
    for page, way in zip(pages, itertools.cycle(hands), strict=False):
        for each in hands:
            if (each == way or page in always) == (part == SHARE):
                hands[each].append(page)
    return hands


@contextlib.contextmanager
def read_at(folder: Path, mode: str) -> Iterator[str]:
    """Give the address at which a folder is read in one of `MODES`."""
    with served(folder) as address:
        yield folder.as_uri() if mode == MODES[0] else address


def quoted(text: str) -> str:
    """Return a text as the query of an address has it."""
    return quote(text, safe="")


_CODE_SHOWN = "if (!localStorage.getItem('gb-code')) localStorage.setItem('gb-code', 'shown');"


class Watched:
    """One tab of a browser; whatever goes on in it is written down. Code is shown, so that it is looked at as well."""

    def __init__(self, browser: Browser, home: str, code_is_shown: bool = True, **options):
        self.home, self.told, self.requests, self.failed = home, [], [], []
        self.page: Page = browser.new_context(**options).new_page()
        self.page.add_init_script(_WATCH + (_CODE_SHOWN if code_is_shown else ""))
        self.page.on("dialog", self._on_dialog)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.told.append(f"an error: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", self._note_failure)
        self.page.on("response", self._on_response)

    def _note_failure(self, request) -> None:
        """Keep what failed, but for the icon of the tab where the browser itself gave it up for the next page."""
        if not (request.failure == "net::ERR_ABORTED" and request.url.endswith("/_static/icon.svg")):
            self.failed.append(f"{request.url}: {request.failure}")

    def visit(self, path: str) -> Visit:
        """Open a page of the book by its path, and see what there is."""
        self.told, self.requests, self.failed = [], [], []
        self.page.goto(f"{self.home}/{path}", wait_until="load")
        if path == "index.html":
            self.page.wait_for_url("**/chapters/*.html")
        return self.seen()

    def seen(self) -> Visit:
        """Tell what there is now, and what has happened since the page was opened."""
        found = self.page.evaluate(_SEEN)
        found["events"] += self.told
        elsewhere = [url for url in self.requests if self._is_elsewhere(url)]
        return Visit(self.page.title(), **found, elsewhere=elsewhere, failed=list(self.failed))

    def close(self) -> None:
        """Close the tab."""
        self.page.context.close()

    def _is_elsewhere(self, url: str) -> bool:
        home = urlsplit(self.home)
        return not url.startswith("data:") and urlsplit(url)[:2] != home[:2]

    def _on_dialog(self, dialog) -> None:
        self.told.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _on_console(self, message) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.told.append(f"the console: {message.text}")
        elif message.type == "error":
            self.failed.append(f"the console: {message.text}")

    def _on_response(self, response) -> None:
        if response.status >= _FIRST_ERROR:
            self.failed.append(f"{response.url}: {response.status}")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *request, parts: dict[str, tuple[bytes, bytes]], **options):
        self.parts = parts
        super().__init__(*request, **options)

    def log_message(self, *_) -> None:
        pass

    def copyfile(self, source, outputfile) -> None:
        """Send a file, with a rest between the parts of one that is cut."""
        for number, part in enumerate(self.parts.get(self.path.rpartition("/")[2], [source.read()])):
            time.sleep(number * _REST)
            outputfile.write(part)
            outputfile.flush()
