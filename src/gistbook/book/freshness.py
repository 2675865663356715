"""What a run was made of, and what is fresh: versions, the commit, and digests of all that a book and a chapter need.

Whether anything has changed at all is told by digests alone, before what takes long to import.
"""

import contextlib
import hashlib
import hmac
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from gistbook.book import publish, storage
from gistbook.book.chapters import REVIEWED, Chapter, is_late, tags_of
from gistbook.conventions import UNKNOWN_COMMIT, shown

PACKAGE = Path(__file__).parents[1]
BOOK = PACKAGE.parents[1]
"""The folder of `_config.yml`, `_toc.yml` and `chapters/` that is built."""

DECISIONS, COMMIT = "decisions_file", "commit"
VALUES_FILE, DECISIONS_FILE = "../values.json", "../decisions.yml"
"""Where, from a chapter's folder, what the other chapters pasted and the log of a reviewer are found."""

CLOSING = "closing.json"
PARTS = {
    "source": "its text changed",
    "parameters": "its parameters changed",
    "cohort": "the cohort's files changed",
    "package": "the package, or what it reads, changed",
    "environment": "the installed versions changed",
    "values": "what the other chapters give it changed",
    "texts": "the text of a chapter that it counts in changed",
    "decisions": "a reviewer's decisions, or what became of them, changed",
}
"""What a chapter is made of, and how it is said that this is why it ran."""

_READS_TEXTS = "build.read_chapters()"
"""By this a chapter reads the texts of all chapters."""

NEW, DAMAGED = "not run before", "the former page was damaged"
_UNKEYED = b""
_OF_PAGES = ("_config.yml", "_toc.yml", "references.bib", "CITATION.cff")
_TEXTS = ("chapters/*.md", "data/*.csv", "tests/reference/*", *_OF_PAGES)
"""Files of a book that its pages are made of, and all that it is made of beside the package."""


class Digests(NamedTuple):
    """Digests, keyed by `secret`, of what all chapters have in common, and of their texts; and parameters by slug."""

    secret: bytes
    cohort: str
    package: str
    environment: str
    config: str
    sources: dict[str, str]
    parameters: dict[str, dict]


def take(planned, secret: bytes) -> Digests:
    """Take the digests of everything that a planned book is made of."""
    book, cohort = planned.book, planned.cohort
    files = digest_of_files(secret, [book / name for name in _OF_PAGES], book)
    said = (cohort.title, cohort.access, cohort.policy, cohort.book)
    return Digests(
        secret=secret,
        cohort=cohort_files(planned.folder, secret),
        package=_package(book, secret),
        environment=environment(secret),
        config=digest(secret, files, said, publish.address(book), commit(book)),
        sources={each.slug: digest(secret, _source(each, False)) for each in planned.chapters},
        parameters={each.slug: own_parameters(each, planned) for each in planned.chapters},
    )


def cohort_files(folder: Path, secret: bytes) -> str:
    """Digest of the files that a cohort is read from."""
    from gistbook.intake.folder import input_files

    return digest_of_files(secret, input_files(folder), folder)


def own_parameters(chapter: Chapter, planned) -> dict:
    """Parameters of a chapter with the values that it is run with."""
    given = {**chapter.parameters, **planned.parameters, "values_file": VALUES_FILE, DECISIONS: DECISIONS_FILE}
    if COMMIT in chapter.parameters:
        given[COMMIT] = commit(planned.book)
    return {name: given[name] for name in chapter.parameters}


def of_chapter(chapter: Chapter, digests: Digests, values: dict, decided: list[tuple]) -> dict[str, str]:
    """Digest of each part of a chapter; `values` and what a reviewer has `decided` count if it reads them."""
    key = {name: getattr(digests, name) for name in ("cohort", "package", "environment")}
    key["source"] = digests.sources[chapter.slug]
    key["parameters"] = digest(digests.secret, digests.parameters[chapter.slug])
    if is_late(chapter):
        key["values"] = digest(digests.secret, results(values, digests))
    if reads_texts(chapter):
        key["texts"] = digest(digests.secret, digests.sources)
    if DECISIONS in chapter.parameters and decided:
        key["decisions"] = digest(digests.secret, decided, _source(chapter, True))
    return key


def results(values: dict, digests: Digests) -> dict:
    """What a chapter may read of what the others pasted: all but of those that tell of the source."""
    return {slug: pasted for slug, pasted in values.items() if COMMIT not in digests.parameters.get(slug, {})}


def reads_texts(chapter: Chapter) -> bool:
    """Tell whether a chapter reads the texts of all chapters."""
    return any(_READS_TEXTS in cell["source"] for cell in chapter.notebook["cells"] if cell["cell_type"] == "code")


def of_pages(chapters: dict[str, dict], digests: Digests) -> str:
    """Digest of what the pages are made of: the chapters, and the configuration."""
    return digest(digests.secret, chapters, digests.config)


def inputs(book: Path, folder: Path, given: dict) -> str:
    """Digest of all that a book of a cohort folder is made of, before any of it is read; it is kept keyed only."""
    texts = [path for pattern in _TEXTS for path in book.glob(pattern) if path.is_file()]
    return digest(
        _UNKEYED,
        digest_of_files(_UNKEYED, texts, book),
        digest_of_tree(_UNKEYED, PACKAGE),
        digest_of_tree(_UNKEYED, folder.resolve()),
        environment(_UNKEYED),
        [str(folder.resolve()), given, os.environ.get(publish.ADDRESS), commit(book)],
    )


def closing_lines(book: storage.Book) -> list[str] | None:
    """Lines by which the build of a book ended; `None` if something has changed since, or it cannot be told."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
        about = json.loads((book.place / "run.json").read_text(encoding="utf-8"))
        key = storage.secret(book.out, book.place.name) if book.place.is_symlink() else _UNKEYED
        is_whole = about["made"] == digest_of_run(book.place.resolve(), key)
        if is_whole and about["inputs"] == digest(key, inputs(BOOK, book.folder, book.given)):
            return json.loads((book.place / CLOSING).read_text(encoding="utf-8"))
    return None


def source(book: Path) -> str:
    """Digest of all that a chapter runs with beside what it is handed: the package, what that reads, and versions."""
    return digest(_UNKEYED, _package(book, _UNKEYED), environment(_UNKEYED))


def digest(key: bytes, *pieces) -> str:
    """HMAC-SHA-256 digest of texts, numbers, lists and dicts of them."""
    written = json.dumps(pieces, sort_keys=True, ensure_ascii=False, default=str)
    return hmac.new(key, written.encode(errors="surrogatepass"), "sha256").hexdigest()


def digest_of_files(key: bytes, files: list[Path], root: Path) -> str:
    """Keyed digest of the names below a root, and the contents, of files; one that is missing counts too."""
    named = [(str(path.relative_to(root)) if path.is_relative_to(root) else path.name, path) for path in sorted(files)]
    return digest(key, [(name, content(path)) for name, path in named])


def digest_of_tree(key: bytes, *folders: Path) -> str:
    """Keyed digest of every file below some folders, bytecode apart."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in files if "__pycache__" not in path.parts]
    return digest_of_files(key, kept, folders[0])


def digest_of_run(run: Path, key: bytes) -> str:
    """Keyed digest of the pages and the notebooks of a run as they are, by which damage is seen."""
    return digest_of_tree(key, run / "html", run / "notebooks")


def environment(key: bytes) -> str:
    """Keyed digest of Python's version and of the version of everything that is installed beside it."""
    places = {Path(place) for place in sys.path if place}
    installed = {path.name for place in places if place.is_dir() for path in place.glob("*.dist-info")}
    return digest(key, platform.python_version(), sorted(installed))


def why(former: dict[str, str] | None, now: dict[str, str]) -> str:
    """Why a chapter must run again, in words, from the digests of its parts then and now; empty if fresh."""
    if not former:
        return NEW
    return ", ".join(words for part, words in PARTS.items() if former.get(part) != now.get(part))


def _package(book: Path, secret: bytes) -> str:
    code = digest_of_tree(secret, PACKAGE, book / "tests" / "reference")
    return digest(secret, code, digest_of_files(secret, [*(book / "data").glob("*.csv")], book))


def _source(chapter: Chapter, reviewed: bool) -> list:
    """The cells of a chapter that are there only if a reviewer has decided, or the others."""
    cells = [cell for cell in chapter.notebook["cells"] if (f"when-{REVIEWED}" in tags_of(cell)) == reviewed]
    return [[cell["cell_type"], cell["source"], cell["metadata"]] for cell in cells]


def versions():
    """Versions of Python, of this package and of the libraries that compute and print: one row each."""
    import pandas as pd

    computing = ("altair", "ipython", "jupyter-book", "lifelines", "numpy", "pandas", "papermill", "scipy", "sphinx")
    rows = [(name, importlib.metadata.version(name)) for name in ("gistbook", *computing)]
    return pd.DataFrame([("Python", platform.python_version()), *rows], columns=["Software", "Version"])


def commit(folder: Path) -> str:
    """Commit of the source, and whether files differ from it; in words where there is no repository."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty= with changes"]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    return UNKNOWN_COMMIT


def content(path: Path) -> str:
    """SHA-256 digest of a file; empty if there is no such file."""
    return _of_file(path, hashlib.sha256) if path.is_file() else ""


def digests(files: list[Path]) -> dict[str, str]:
    """SHA-256 digest of every file, by its name."""
    return {shown(path.name): content(path) for path in files}


def keyed_digests(files: list[Path], key: bytes) -> dict[str, str]:
    """HMAC-SHA-256 digest of every file, of its name and content, by its name."""
    return {
        shown(path.name): _of_file(path, partial(hmac.new, key, path.name.encode() + b"\0", "sha256")) for path in files
    }


def _of_file(path: Path, begun: Callable) -> str:
    with path.open("rb") as file:  # a large one is not read as a whole
        return hashlib.file_digest(file, begun).hexdigest()
