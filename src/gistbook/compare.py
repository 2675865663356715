"""Two runs side by side: find them, write the chapter that compares them, and make its page as a book is made."""

import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from gistbook import auditing, handover, running
from gistbook.build import BOOK
from gistbook.conventions import DataError, UsageError, nearest
from gistbook.intake.settings import SETTINGS_FILE
from gistbook.press import comparison, execute, publish, shelf

PLACE = "compare"
"""Folder of `--out` in which comparisons are kept."""

TITLE = "Two runs side by side"

_VALUES = comparison.FILES[0]


def compare(given: tuple[str, str], out: Path, report: Callable[[str], None]) -> Path:
    """Make a page with two runs side by side, and swap it in whole as `out/compare/<name of A>-<name of B>`.

    Parameters
    ----------
    given : tuple of str
        A and B: each the folder of a run, the name of a book in `out`, or a cohort folder whose book is there.
    out : Path
        Where books are kept.
    report : callable
        Is told in words what has been done.

    Returns
    -------
    Path
        The folder of the comparison, with `html`, `notebooks` and `run.json`.

    Raises
    ------
    UsageError
        One of the two is no run, both are the same, or the place is taken by something else.
    DataError
        A disclosure policy withholds the comparison, or its audit found a leak; a former comparison is untouched.
    ChapterError
        The page could not be made; a former comparison is untouched.
    """
    folders = [find(each, out) for each in given]
    _refuse_one_run(folders)
    a, b = (comparison.load(folder, letter) for folder, letter in zip(folders, "AB", strict=True))
    place, name = _place(out), f"{a.name}-{b.name}"
    with shelf.taken(place, name, report), shelf.new_run(place, name) as run:
        _made(run, list(zip((a, b), folders, strict=True)), report)
    return place / name


def find(given: str, out: Path) -> Path:
    """Return the folder of a run: a folder that holds one, a book in `out` by its name, or that of a cohort folder.

    Raises
    ------
    UsageError
        There is none; the message says what there is, and how to make one.
    """
    path = Path(given)
    is_cohort = (path / SETTINGS_FILE).exists()
    book = out / (path.resolve().name if is_cohort else given)
    found = [place for place in (path, book) if (place / _VALUES).is_file()]
    if found:
        return found[0]
    if is_cohort:
        raise UsageError(f"There is no book of {given} in {out} yet; make it with: gistbook build {given} --out {out}")
    if path.exists():
        raise UsageError(
            f"{given} is no run: it holds no {_VALUES}. Name a book in {out}, or a folder that gistbook build made."
        )
    books = sorted(each.parent.name for each in out.glob(f"*/{_VALUES}"))
    known = nearest(given, books) if books else "There is none yet; make one with: gistbook build"
    raise UsageError(f"There is no book named {given} in {out}, and no such folder. {known}")


def _refuse_one_run(folders: list[Path]) -> None:
    if folders[0].resolve() == folders[1].resolve():
        raise UsageError(
            f"A and B are the same run, {folders[0]}. To see what moves with a definition, build the cohort again with "
            "--param name=value and another --out, and compare the two."
        )


def _place(out: Path) -> Path:
    """Return where comparisons are kept; not inside the book of a cohort that happens to be named so."""
    if (out / PLACE).is_symlink():
        raise UsageError(f"{out / PLACE} is the book of a cohort named {PLACE}; choose another place by --out.")
    return out / PLACE


def _made(run: Path, found: list[tuple[comparison.Run, Path]], report: Callable[[str], None]) -> None:
    """Make the folder of the comparison: the page, its notebook, and what it is of."""
    stage, source = run / "stage", run / "source"
    for each, folder in found:
        _staged(each, folder, stage / "runs" / each.letter.lower())
    a, b = comparison.load_pair(stage / "runs" / "a", stage / "runs" / "b")
    if reason := comparison.withheld(a, b):
        raise DataError(reason)
    _written(source, comparison.text_of(a, b))
    (stage / "chapters").mkdir()
    chapter = execute.read_chapter(source / "chapters" / f"{comparison.CHAPTER}.md")
    began = time.perf_counter()
    notebook = running.run(chapter, {}, handover.Handover(), str(stage / "chapters"))
    execute.write(notebook, stage / "chapters" / f"{chapter.slug}.ipynb")
    report(f"{chapter.slug:<28} {time.perf_counter() - began:5.1f} s")
    title, access = comparison.banner(a, b)
    publish.publish(source, stage, title, access, comparison.notice(a, b)).rename(run / "html")
    auditing.refuse_leaks(run / "html", auditing.known_of_machine(run / "html", BOOK, *(folder for _, folder in found)))
    (stage / "chapters").rename(run / "notebooks")
    about = {"title": title, "access": access, "a": a.label, "b": b.label}
    (run / "run.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for done in (stage, source):
        shutil.rmtree(done)


def _staged(run: comparison.Run, folder: Path, place: Path) -> None:
    """Copy what a comparison reads of a run, so that it is of one moment; a run without a name is given its own."""
    place.mkdir(parents=True)
    for name in comparison.FILES:
        if (folder / name).exists():
            shutil.copy(folder / name, place / name)
    about = place / comparison.FILES[-1]
    told = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
    about.write_text(json.dumps({**told, "name": run.name}), encoding="utf-8")


def _written(source: Path, text: str) -> None:
    """Write a book of one chapter, with the configuration of the real one under another title."""
    (source / "chapters").mkdir(parents=True)
    (source / "chapters" / f"{comparison.CHAPTER}.md").write_text(text, encoding="utf-8")
    shutil.copy(comparison.PAGE / "_toc.yml", source)
    shutil.copy(BOOK / "references.bib", source)
    config = (BOOK / "_config.yml").read_text(encoding="utf-8")
    config = re.sub("^title: .*$", f"title: {TITLE}", config, flags=re.MULTILINE)
    (source / "_config.yml").write_text(config, encoding="utf-8")
