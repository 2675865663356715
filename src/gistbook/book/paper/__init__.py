"""The article on paper: one PDF, printed by a browser without a window and a network, of audited pages and the citation
of the book, and of nothing else.
"""

import base64
import contextlib
import importlib.util
import json
import mimetypes
import os
import posixpath
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from gistbook.book import storage
from gistbook.book.paper import reading
from gistbook.book.publish import config_of
from gistbook.conventions import ChapterError, UsageError, spent, template

NAME = "article.pdf"
APPENDED = ("Checks", "Reference")
NOT_PRINTED = ("known_truth", "strobe", "your_cohort", "data_dictionary", "colophon")
"""Chapters that stay on the site: on method alone, the checklist, and what is for those who make or take something."""

FIRST, APPENDICES = "In brief", "Appendices"
LEFT_OUT = ", ".join(
    [
        # code, which a reader of the article has on the pages and in the notebooks
        ".cell_input, details.hide",
        # what does something on a screen, and nothing on paper
        "script, noscript, template, button, input, select, textarea, form, dialog, iframe, canvas, .headerlink",
        ".toctree-wrapper, .gb-downloads, .gb-menu, .gb-controls, .gb-doors, .gb-cite-entry, .gb-popover",
        # what says again what the drawing or the text says: for a narrow page, as a table, as a list
        ".gb-narrow, details.gb-data, details.gb-numbers",
        # what a page keeps folded since few want it: a table, with its number
        ".gb-table-number:has(+ * details.gb-fold), .gb-table:has(details.gb-fold)",
        # what a page does not show, or asks not to be printed
        "[hidden], [popover], [role=tooltip], .d-none, .d-print-none, .noprint",
    ]
)
_NAMING = ("for", "headers", "list", "aria-labelledby", "aria-describedby", "aria-details", "aria-controls")
_WITHIN = re.compile(r"url\(\s*['\"]?#([^'\")]+)['\"]?\s*\)")
_LONGEST_MARK, _CUT = 420, " […] "
"""How many letters the foot of a page can hold, and what stands for those in the middle that it cannot."""

_FONTS = {"STIXGeneral": ("normal", 400), "STIXGeneralItalic": ("italic", 400),
          "STIXGeneralBol": ("normal", 700), "STIXGeneralBolIta": ("italic", 700)}  # fmt: skip
"""Files of the typeface of the text, which comes with matplotlib, and the style and weight of each."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
VARIABLE = "GISTBOOK_BROWSER"
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


class Part(NamedTuple):
    """One part of the article: its caption in the list of contents, and its chapters (pages without their suffix)."""

    caption: str
    chapters: list


def print_article(book: Path, folder: Path, browser: str) -> Path:
    """Print the article of a finished run as `article.pdf` beside its pages; its bytes hold the time of printing.

    `book` has `_config.yml`, `_toc.yml` and `CITATION.cff`. Raises `ChapterError` if a page does not say of which kind
    its data are, the browser failed, or the PDF has other words; a former PDF is untouched.
    """
    about = folder / "run.json"
    text = document(book, folder / "html", json.loads(about.read_text(encoding="utf-8")) if about.exists() else {})
    with tempfile.TemporaryDirectory(prefix=".paper-", dir=folder, ignore_cleanup_errors=True) as place:
        source, pdf = Path(place) / "article.html", Path(place) / NAME
        source.write_text(text, encoding="utf-8")
        run(browser, source, pdf)
        if b"file:" in pdf.read_bytes():
            raise ChapterError("The PDF holds an address of this machine, and is thrown away.")
        if reading.is_beyond(pdf.read_bytes(), text):
            raise ChapterError("The PDF has words that its pages do not have, and is thrown away.")
        os.replace(pdf, folder / NAME)
    return folder / NAME


def print_once(book: Path, folder: Path, browser: str, report: Callable[[str], None]) -> Path:
    """Print the article of the book that is there, unless that was done; no build takes it away meanwhile."""
    with storage.taken(folder.parent, folder.name, report):
        if (folder / NAME).is_file():
            report("The article of this book was printed before; it is fresh.")
        else:
            began = time.perf_counter()
            print_article(book, folder.resolve(), browser)
            report(spent("article", time.perf_counter() - began))
    return folder / NAME


def parts(book: Path, slugs: Collection[str] | None = None) -> list[Part]:
    """Parts of the article with their pages, from `_toc.yml`, of the `slugs` in the book; appendices are last."""
    toc, article, appendices = config_of(book, "_toc.yml"), [], []
    for part in toc.get("parts", [toc]):
        named = {each["file"]: Path(each["file"]).name for each in part.get("chapters", [])}
        pages = [page for page, slug in named.items() if slug not in NOT_PRINTED and (slugs is None or slug in slugs)]
        if part.get("caption") in APPENDED:
            appendices += pages
        else:
            article.append(Part(part.get("caption", ""), pages))
    return [part for part in (Part(FIRST, [toc["root"]]), *article, Part(APPENDICES, appendices)) if part.chapters]


def document(book: Path, html: Path, about: dict | None = None) -> str:
    """The article of a book as one HTML document; `about` is what its `run.json` says. Raises `ChapterError` if a page
    is missing, or does not say what kind of data it shows.
    """
    about = about or {}
    cover, contents = about.get("cover", {}), parts(book, about.get("chapters"))
    chapters, references = _chapters(html, [page for part in contents for page in part.chapters])
    root = contents[0].chapters[0]
    chapters[root]["title"] = chapters[root]["name"].replace("_", " ").capitalize()
    return template(Path(__file__).with_name("article.html")).render(
        css=_css_string,
        mark=mark,
        book=cover.get("title") or config_of(book, "_config.yml")["title"],
        cited=_cited(book, cover),
        banner=chapters[root]["banner"],
        parts=[Part(part.caption, [chapters[page] for page in part.chapters]) for part in contents],
        references=references,
        style=Path(__file__).with_name("paper.css").read_text(encoding="utf-8"),
        faces=_faces(),
    )


def _cited(book: Path, cover: dict) -> dict:
    """What the title page says: as `CITATION.cff` has it, or the title and authors of a book about something else."""
    cited = config_of(book, "CITATION.cff")
    if cover.get("is_of_paper", True):
        return cited
    authors = [{"name": cover["authors"]}] if cover["authors"] else []
    titles = {"title": cover["title"], "subtitle": cover.get("subtitle", "")}
    return {**titles, "authors": authors, "version": cited["version"], "references": []}


def mark(banner: str) -> str:
    """What stands at the foot of every page: the banner; of a very long one its beginning and its end."""
    half = _LONGEST_MARK // 2
    return banner if len(banner) <= _LONGEST_MARK else f"{banner[:half]}{_CUT}{banner[-half:]}"


def _css_string(text: str) -> str:
    r"""Text as a string of CSS, which shows it and does nothing else; also within HTML's own `style`.

    >>> print(_css_string('A "b" </style>'))
    "A \000022b\000022 \00003c\00002fstyle\00003e"
    """
    return '"' + re.sub(r"[^\w .,:;()-]", lambda sign: f"\\{ord(sign[0]):06x}", text) + '"'


def _chapters(html: Path, pages: list[str]) -> tuple[dict[str, dict], str]:
    """Chapters of some pages of a book, with the names in them made those of the document, and their references."""
    taken = {page: _article(html, page) for page in pages}
    names = {tag["id"] for article, _ in taken.values() for tag in article.select("[id]")} | set(map(_name, pages))
    lists, chapters = [], {}
    for page, (article, _) in taken.items():
        for link in article.select("[href], [xlink\\:href]"):
            _mend_link(link, page, set(pages), names)
        for picture in article.select("img[src]"):  # the document loads nothing; only files of the book are pictures
            file = (html / page).parent / unquote(picture["src"])
            kind, _ = mimetypes.guess_type(file.name)
            if file.is_file() and file.resolve().is_relative_to(html.resolve()) and kind:
                picture["src"] = f"data:{kind};base64,{_base64(file)}"
        lists += article.select(".citation-list")  # they stand last on paper, whichever chapter has them
    for section in filter(None, [each.find_parent("section") for each in lists]):
        section.extract()
    for page, (article, banner) in taken.items():
        heading = article.find("h1")
        title = " ".join(heading.extract().get_text(" ").split()) if heading else _name(page)
        chapters[page] = {"name": _name(page), "title": title, "html": article.decode_contents(), "banner": banner}
    return chapters, "".join(map(str, lists))


def _name(page: str, within: str = "") -> str:
    slug = posixpath.basename(page)
    return f"{slug}--{within}" if within else slug


def _article(html: Path, page: str) -> tuple:
    """The article of a page without what is left out, its names those of the whole document; and its banner."""
    from bs4 import BeautifulSoup

    path = html / f"{page}.html"
    if not path.is_file():
        raise ChapterError(f"The book has no page {page}.html to print; build it again.")
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article.bd-article")
    if article is None:
        raise ChapterError(f"The page {page}.html holds no article to print.")
    banner = " ".join(" ".join(each.get_text(" ") for each in soup.select(".bd-header-announcement")).split())
    if not banner:
        raise ChapterError(f"The page {page}.html does not say what kind of data it shows; nothing is printed.")
    for tag in article.select(LEFT_OUT):
        tag.decompose()
    for tag in article.find_all(True):
        kept = {name: value for name, value in tag.attrs.items() if not name.startswith("on") and name != "tabindex"}
        tag.attrs = {name: _renamed(name, value, page) for name, value in kept.items()}
    for details in article.select("details"):
        details["open"] = ""
    return article, banner


def _renamed(name: str, value, page: str):
    if name == "id":
        return _name(page, value)
    if name in _NAMING:
        words = value.split() if isinstance(value, str) else value
        return " ".join(_name(page, word) for word in words)
    return _WITHIN.sub(lambda at: f"url(#{_name(page, at[1])})", value) if isinstance(value, str) else value


def _mend_link(link, page: str, pages: set[str], names: set[str]) -> None:
    """Let a link lead to where its target, or else its chapter, is printed; one to what is not printed becomes text."""
    attribute = "href" if link.has_attr("href") else "xlink:href"
    address, _, within = link[attribute].partition("#")
    if re.match(r"https?:|mailto:", address):
        return
    there = posixpath.normpath(posixpath.join(posixpath.dirname(page), address or f"{posixpath.basename(page)}.html"))
    there = there.removesuffix(".html")
    targets = [_name(there, within), *([_name(there)] if there != page else [])] if there in pages else []
    target = next((name for name in targets if name in names), "")
    link.attrs.pop("title" if target else attribute, None)
    if target:
        link[attribute] = f"#{target}"


def _faces() -> list[tuple]:
    installed = importlib.util.find_spec("matplotlib")
    folder = Path(installed.origin).parent / "mpl-data" / "fonts" / "ttf" if installed else Path()
    files = {folder / f"{name}.ttf": how for name, how in _FONTS.items()}
    return [(_base64(file), *how) for file, how in files.items() if file.is_file()]


def _base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def find() -> str:
    """The program of the browser that prints; raises `UsageError` if there is none, or it is too old."""
    wanted = os.environ.get(VARIABLE, "")
    program = next(filter(None, map(shutil.which, [wanted] if wanted else NAMES)), None)
    if program is None:
        looked = f"what {VARIABLE} names, {wanted}" if wanted else f"{', '.join(NAMES[:-1])} and {NAMES[-1]}"
        other = "mend or unset it" if wanted else f"or name another in {VARIABLE}"
        remedy = f"Install one (on Debian: apt-get install chromium), {other}. {_WITHOUT}"
        raise UsageError(f"A PDF is printed by a browser, and there is none: looked for {looked}.\n{remedy}")
    version = _version(program)
    if version < OLDEST:
        which = f"version {version}" if version else "no version of Chromium"
        raise UsageError(f"{Path(program).name} is {which}; a PDF takes version {OLDEST} or later. {_WITHOUT}")
    return program


def run(browser: str, source: Path, pdf: Path) -> None:
    """Print a page as PDF, beside which the browser writes what is its own.

    Raises `ChapterError` if it failed, or was stuck; the message has its last lines, without places of this machine.
    """
    options = [*_OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    options += [f"--user-data-dir={pdf.with_suffix('.profile')}", f"--print-to-pdf={pdf}"]
    command = [browser, *options, source.resolve().as_uri()]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, **pipes, start_new_session=True) as process:
        try:
            output = process.communicate(timeout=SECONDS)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            raise ChapterError(f"The PDF was not made: the browser was stuck for {SECONDS} seconds.") from None
        finally:  # its processes end, whatever ended the wait for it
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if not pdf.is_file() or not pdf.read_bytes().startswith(b"%PDF"):
        lines = [_PATH.sub(r"\1", line)[:_LONGEST_LINE] for line in output.splitlines() if line.strip()]
        last = "\n".join(lines[-_MOST_LINES:]) or "nothing"
        raise ChapterError(f"The PDF was not made, and the book is as it was. The browser said:\n{last}")


def _version(program: str) -> int:
    options = {"capture_output": True, "text": True, "errors": "replace", "timeout": 60}
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        output = subprocess.run([program, "--version"], check=False, **options).stdout
        if number := re.search(r"\b(\d+)\.\d+\.\d+", output):
            return int(number[1])
    return 0
