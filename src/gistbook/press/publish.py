"""Executed chapters to a static book, by Jupyter Book with warnings as errors."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from gistbook.conventions import BANNERS, ChapterError, escaped

_MOST_LINES = 40

_WATCHED = """\
import os, runpy, sys, threading
threading.Thread(target=lambda: os._exit(1 + len(os.read(0, 1))), daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a program that ends as soon as what feeds its standard input is gone, whatever ended that."""

_FRONT_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={first}">
</head>
<body><p><a href="{first}">{title}</a></p></body>
</html>
"""
"""What leads to the first chapter; Jupyter Book's own is a bare tag, without a language or a word."""


def contents(book: Path) -> list[str]:
    """Return the slugs of the chapters in reading order, from `_toc.yml`.

    Raises
    ------
    ChapterError
        A chapter that it names does not exist.
    """
    toc = _config_of(book, "_toc.yml")
    entries = [toc["root"], *(entry["file"] for part in toc.get("parts", [toc]) for entry in part.get("chapters", []))]
    missing = [entry for entry in entries if not (book / f"{entry}.md").exists()]
    if missing:
        raise ChapterError(f"_toc.yml names chapters that do not exist: {', '.join(missing)}.")
    return [Path(entry).name for entry in entries]


def publish(book: Path, stage: Path, title: str, access: str, notice: str = "") -> Path:
    """Build the static book from the executed notebooks in `stage/chapters`.

    Parameters
    ----------
    book : Path
        Folder of `_config.yml`, `_toc.yml` and `references.bib`.
    stage : Path
        Folder that holds `chapters/*.ipynb`; the rest is copied into it.
    title, access : str
        Of the cohort; what kind of data it is stands at the top of every page.
    notice : str
        What else stands there.

    Returns
    -------
    Path
        The folder of HTML pages.

    Raises
    ------
    ChapterError
        Jupyter Book failed or warned; the message holds what it said.
    """
    _write_config(book, stage, f"{BANNERS[access].format(title=title)} {notice}".strip())
    for name in ("_toc.yml", "references.bib"):
        shutil.copy(book / name, stage / name)
    said = _jupyter_book(stage)
    if said.returncode:
        raise ChapterError(f"The book was not built; Jupyter Book said:\n{_complaints(said, stage)}")
    html = stage / "_build" / "html"
    _without_sources(html)
    _write_front_page(html, stage)
    return html


def _write_config(book: Path, stage: Path, banner: str) -> None:
    config = _config_of(book, "_config.yml")
    options = config["sphinx"]["config"].setdefault("html_theme_options", {})
    options["announcement"] = escaped(banner)
    (stage / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")


def _jupyter_book(stage: Path) -> subprocess.CompletedProcess:
    program = Path(sys.executable).with_name("jupyter-book")
    options = ["build", ".", "--path-output", ".", "-W", "-n", "--keep-going"]
    command = [sys.executable, "-P", "-c", _WATCHED, program, *options]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    watched, held = os.pipe()
    with os.fdopen(watched) as stdin, os.fdopen(held, "wb"):
        return subprocess.run(
            command, cwd=stage, env=environment, stdin=stdin, capture_output=True, text=True, check=False
        )


def _complaints(said: subprocess.CompletedProcess, stage: Path) -> str:
    """Return the warnings and errors of a failed build, or else its last lines, in one screen."""
    words = re.sub(r"\x1b\[[0-9;]*m", "", said.stdout + said.stderr)
    lines = words.replace(f"{stage.resolve()}/", "").strip().splitlines()
    told = [line for line in lines if "WARNING" in line or "ERROR" in line]
    return "\n".join((told or lines)[-_MOST_LINES:])


def _without_sources(html: Path) -> None:
    """Leave out what repeats the notebooks, removed outputs and paths and all."""
    shutil.rmtree(html / "_sources", ignore_errors=True)
    for name in (".buildinfo", "objects.inv"):
        (html / name).unlink(missing_ok=True)


def _write_front_page(html: Path, stage: Path) -> None:
    title, first = _config_of(stage, "_config.yml")["title"], _config_of(stage, "_toc.yml")["root"]
    page = _FRONT_PAGE.format(title=escaped(title), first=f"{first}.html")
    (html / "index.html").write_text(page, encoding="utf-8")


def _config_of(folder: Path, name: str) -> dict:
    return yaml.safe_load((folder / name).read_text(encoding="utf-8"))
