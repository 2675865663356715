"""What a page of the bundled book weighs, and when its first words are seen: beside a stock page of its theme.

The stock book has the same chapters, set by Jupyter Book as it comes. A page is opened from the disk, in a headless
Chromium without a network, the one and the other in turn, each time in a new profile.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from gistbook import build

CHROMIUM = shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")
TURNS, POLLED_MS = 15, 20
CHAPTER = "chapters/surgery.html"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
NAMED = re.compile(r"<(?:script|link)\b[^>]*\b(?:src|href)=\"([^\"]+\.(?:js|css)(?:\?[^\"]*)?)\"")
IMPORTED = re.compile(r"@import\s+[\"']([^\"']+)")


def rows(run: Path) -> list[tuple]:
    """Return the lines of the table on the pages of a run."""
    html = run / "html"
    chapters = {path.stem: path.stat().st_size for path in (html / "chapters").glob("*.html")}
    heaviest = max(chapters, key=chapters.get)
    with tempfile.TemporaryDirectory() as place:
        stock = stock_book(run, Path(place))
        ours, theirs = (sum(assets(folder / CHAPTER).values()) for folder in (html, stock))
        return [
            ("front page, its own HTML, KB (budget 300)", kilobytes(front_page(html)), None),
            (f"heaviest chapter ({heaviest}), its own HTML, KB (budget 500)", chapters[heaviest] / 1e3, None),
            ("scripts and styles that a page loads, KB", ours / 1e3, ours / theirs),
            ("  of a stock page, beside it, KB", theirs / 1e3, 1.0),
            *painted(html, stock),
        ]


def kilobytes(path: Path) -> float:
    return path.stat().st_size / 1e3


def front_page(html: Path) -> Path:
    """Return the page on which who opens the book arrives."""
    leads = re.search(r"url=([\w./-]+)", (html / "index.html").read_text(encoding="utf-8"))
    return html / leads[1] if leads else html / "index.html"


def assets(page: Path) -> dict[Path, int]:
    """Return the scripts and styles of the book that a page loads, with the bytes of each."""
    found = {}
    waiting = [page.parent / path for path in local(NAMED, page)]
    while waiting:
        path = waiting.pop().resolve()
        found[path] = path.stat().st_size
        waiting += [path.parent / each for each in local(IMPORTED, path)] if path.suffix == ".css" else []
    return found


def local(named: re.Pattern, path: Path) -> Iterator[str]:
    for address in named.findall(path.read_text(encoding="utf-8")):
        if not urlsplit(address).netloc:
            yield unquote(urlsplit(address).path)


def stock_book(run: Path, place: Path) -> Path:
    """Make a book of the same executed chapters as Jupyter Book does it by itself."""
    shutil.copytree(run / "notebooks", place / "chapters")
    for name in ("_toc.yml", "references.bib"):
        shutil.copy(build.BOOK / name, place)
    config = yaml.safe_load((build.BOOK / "_config.yml").read_text(encoding="utf-8"))
    kept = ("title", "author", "copyright", "only_build_toc_files", "bibtex_bibfiles")
    stock = {name: config[name] for name in kept} | {"execute": {"execute_notebooks": "off"}}
    (place / "_config.yml").write_text(yaml.safe_dump(stock), encoding="utf-8")
    program = Path(sys.executable).with_name("jupyter-book")
    subprocess.run([program, "build", "--quiet", str(place)], check=True, capture_output=True)
    return place / "_build" / "html"


def painted(html: Path, stock: Path) -> list[tuple]:
    """Return when the first words of a page are seen, in ms: medians of many turns, the first of which is none."""
    if not CHROMIUM:
        return [("first contentful paint, as there is no chromium", None, None)]
    times = {html: [], stock: []}
    for _ in range(TURNS + 1):
        for folder, found in times.items():
            found.append(first_paint(folder / CHAPTER))
    ours, theirs = (statistics.median(times[folder][1:]) for folder in (html, stock))
    named = f"first contentful paint of {Path(CHAPTER).stem}, from a disk, ms"
    return [(named, ours, ours / theirs), ("  of the stock page, in turn with it, ms", theirs, 1.0)]


def first_paint(page: Path) -> float:
    """Return after how many ms a browser that was just started shows the first words of a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=False)
        tab = browser.new_page()
        tab.goto(page.as_uri(), wait_until="load")
        while not (time := tab.evaluate(PAINTED)):  # a page of ours lets no text be run as a script, as waiting would
            tab.wait_for_timeout(POLLED_MS)
        browser.close()
    return time


if __name__ == "__main__":
    print(json.dumps(rows(Path(sys.argv[1])), indent=1))
