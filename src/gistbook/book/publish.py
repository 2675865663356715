"""Executed chapters to a static book, by Jupyter Book with warnings as errors."""

import atexit
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import weakref
from pathlib import Path
from typing import BinaryIO, NamedTuple

import yaml

from gistbook.conventions import BANNERS, ChapterError, UsageError, escaped, kind_of_data

_MOST_LINES = 40
_WATCHED = """\
import atexit, gc, json, os, runpy, sys, threading
gc.disable()
atexit.register(gc.freeze)
import jupyter_book.cli.main, myst_nb.sphinx_ext, sphinx.builders.html, sphinx_book_theme, gistbook.book.theme
stage = sys.stdin.readline()
if not stage:
    os._exit(0)
os.chdir(json.loads(stage))
threading.Thread(target=lambda: os._exit(1 + len(os.read(0, 1))), daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Imports what pages take, waits for the folder to make them in, and runs the program there.

It looks for no cycles of objects, at its end neither, which would take a third of a second. It ends as soon as what
feeds its standard input is gone, whatever ended that.
"""

ADDRESS = "SITE_ADDRESS"
"""The variable of the environment that names the address of a site, where that of `_config.yml` is not meant."""

_REPOSITORY = {"url": "repository_url", "branch": "repository_branch", "path_to_book": "path_to_docs"}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Reads plain YAML; that in C takes a tenth of the time, and is there where PyYAML was built with it."""

_CITATION, _SITE = "CITATION.cff", re.compile(r"https?://[\w.-]+(?::\d+)?(?:/[\w.~%/-]*)?")
_held, _begun = weakref.WeakSet(), []
"""What feeds the makings of pages that are under way, and one that waits for its folder."""


def contents(book: Path) -> list[str]:
    """Slugs of the chapters in reading order, from `_toc.yml`; raises `ChapterError` if one of them does not exist."""
    toc = config_of(book, "_toc.yml")
    entries = [toc["root"], *(entry["file"] for part in toc.get("parts", [toc]) for entry in part.get("chapters", []))]
    if missing := [entry for entry in entries if not (book / f"{entry}.md").exists()]:
        raise ChapterError(f"_toc.yml names chapters that do not exist: {', '.join(missing)}.")
    return [Path(entry).name for entry in entries]


def address(book: Path) -> str:
    """Address of the site of a book, with a last slash, or empty; raises `UsageError` if what is named is none."""
    named = os.environ.get(ADDRESS) or (config_of(book, "_config.yml").get("html") or {}).get("baseurl") or ""
    if named and not _SITE.fullmatch(named):
        raise UsageError(f"{named} is no address of a site. It begins with https:// and has no ? and no #.")
    # what nobody cites, as a comparison, has no place on the web
    return f"{named.rstrip('/')}/" if named and (book / _CITATION).exists() else ""


class Cover(NamedTuple):
    """What a book says of itself; `is_of_paper` tells whether it is that of `CITATION.cff`, or about something else."""

    cohort: str
    access: str
    notice: str = ""
    title: str = ""
    authors: str = ""
    is_of_paper: bool = True
    subtitle: str = ""


def publish(book: Path, stage: Path, cover: Cover) -> Path:
    """Build the static book from the executed notebooks in `stage/chapters`, and give the folder of its pages.

    Chapters without a notebook are not in the contents. Raises `ChapterError` if Jupyter Book failed or warned, and
    `UsageError` if what is named as the address of the site is none.
    """
    is_of_web = cover.is_of_paper and (book / _CITATION).exists()
    config, contents = _config(book, cover, is_of_web), _with_notebooks(config_of(book, "_toc.yml"), stage)
    for name, content in (("_config.yml", config), ("_toc.yml", contents)):
        (stage / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    for name in ["references.bib", *([_CITATION] if is_of_web else [])]:
        shutil.copy(book / name, stage / name)
    _jupyter_book(stage)
    html = stage / "_build" / "html"
    for name in (".buildinfo", "objects.inv"):
        (html / name).unlink(missing_ok=True)
    return html


def warm_up() -> None:
    """Start what makes pages, to import what that takes while chapters run; unused, it ends with this process."""
    if not _begun:
        _begun.append(_begin())


@atexit.register
def cool() -> None:
    """End what waits to make pages, if anything does."""
    while _begun:
        process, feeds = _begun.pop()
        with process, feeds:
            process.kill()


def end_all() -> None:
    """End every making of pages that is under way in this process."""
    for feeds in list(_held):
        feeds.close()


def _with_notebooks(toc: dict, stage: Path) -> dict:
    there = dict(toc)
    if "chapters" in toc:
        there["chapters"] = [each for each in toc["chapters"] if (stage / f"{each['file']}.ipynb").exists()]
    if "parts" in toc:
        there["parts"] = [part for part in (_with_notebooks(each, stage) for each in toc["parts"]) if part["chapters"]]
    return there


def _config(book: Path, cover: Cover, is_of_web: bool) -> dict:
    config = {**config_of(book, "_config.yml"), "execute": {"execute_notebooks": "off"}}
    repository, launch = config.pop("repository", None) or {}, config.pop("launch_buttons", None)
    settings = config["sphinx"]["config"]
    options = settings.setdefault("html_theme_options", {})
    options["announcement"] = escaped(f"{BANNERS[cover.access].format(title=cover.cohort)} {cover.notice}".strip())
    options["extra_footer"] = escaped(kind_of_data(cover.access, cover.cohort))
    settings["gistbook_cohort"] = {"title": cover.cohort, "access": cover.access}
    config |= {"title": cover.title} if cover.title else {}
    if not cover.is_of_paper:
        config |= {"author": cover.authors, "copyright": ""}
    if is_of_web:
        # Jupyter Book's own way from one to the other ends where options of the theme are given as well.
        options |= {option: repository[name] for name, option in _REPOSITORY.items() if name in repository}
        options |= {"launch_buttons": launch} if launch else {}
    config["html"] = {**config.get("html", {}), "baseurl": address(book) if is_of_web else ""}
    return config


def _begin() -> tuple[subprocess.Popen, BinaryIO]:
    program = Path(sys.executable).with_name("jupyter-book")
    options = ["build", ".", "--path-output", ".", "-W", "-n", "--keep-going"]
    command = [sys.executable, "-P", "-c", _WATCHED, program, *options]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    watched, held = os.pipe()
    with os.fdopen(watched) as stdin:
        pipes = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=environment, text=True, **pipes), os.fdopen(held, "wb", buffering=0)


def _jupyter_book(stage: Path) -> None:
    process, feeds = _begun.pop() if _begun else _begin()
    try:
        with process, feeds:
            _held.add(feeds)
            with contextlib.suppress(BrokenPipeError):  # it has ended, as its status tells
                feeds.write(f"{json.dumps(str(stage.resolve()))}\n".encode())
            said = "".join(process.communicate())
    finally:
        process.kill()  # nothing, unless this was interrupted
        process.wait()
    if process.returncode:
        lines = re.sub(r"\x1b\[[0-9;]*m", "", said).replace(f"{stage.resolve()}/", "").strip().splitlines()
        complaints = [line for line in lines if "WARNING" in line or "ERROR" in line] or lines
        last = "\n".join(complaints[-_MOST_LINES:])
        raise ChapterError(f"The book was not built; Jupyter Book said:\n{last}")


def config_of(folder: Path, name: str) -> dict:
    """What a YAML file of a book's folder holds."""
    return yaml.load((folder / name).read_text(encoding="utf-8"), _Loader)
