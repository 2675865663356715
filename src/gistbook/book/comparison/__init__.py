"""Two runs side by side: find them, write the chapter that compares them, and make its page as a book is made."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from gistbook import handover
from gistbook.book import chapters, downloads, publish, storage
from gistbook.book import run as running
from gistbook.book.audit import gate
from gistbook.book.comparison import drawings, runs
from gistbook.book.freshness import BOOK
from gistbook.conventions import DataError, UsageError, spent, template
from gistbook.intake.settings import SETTINGS_FILE
from gistbook.spelling import nearest

PLACE = "compare"  # the folder of `--out` in which comparisons are kept
TITLE, CHAPTER = "Two runs side by side", "compare"
PAGE = Path(runs.__file__).parent / "page"  # the chapter, a template, and the contents

_VALUES, _, _ABOUT = storage.FILES


def compare(given: tuple[str, str], out: Path, report: Callable[[str], None]) -> Path:
    """Make a page of two runs and swap it in as `out/compare/<name of A>-<name of B>`: `html`, `notebooks`, `run.json`.

    A and B are `given` as `find` takes them. Whatever fails leaves a former comparison as it was. Raises `UsageError`
    if one of the two is no run, both are the same, or the place is taken by something else, `DataError` if a disclosure
    policy withholds the comparison, or the audit saw a leak, and `ChapterError` if the page could not be made.
    """
    folders = [find(each, out) for each in given]
    if folders[0].resolve() == folders[1].resolve():
        raise UsageError(
            f"A and B are the same run, {folders[0]}. To see what moves with a definition, build the cohort again with "
            "--param name=value and another --out, and compare the two."
        )
    place, names = out / PLACE, [runs.load(folder, "").name for folder in folders]
    if place.is_symlink():  # the book of a cohort that happens to be named so
        raise UsageError(f"{place} is the book of a cohort named {PLACE}; choose another place by --out.")
    name = "-".join(names)
    with storage.taken(place, name, report), storage.new_run(place, name) as run:
        a, b = runs.load_pair(*map(_copied, folders, names, [run / "stage" / "runs" / letter for letter in "ab"]))
        if reason := runs.withheld(a, b):
            raise DataError(reason)
        _make(run, a, b, report)
        gate.refuse_outputs(run / "notebooks")
        knowledge = gate.known_of_machine(run / "html", run / "source", BOOK, *folders)
        gate.refuse_leaks(run / "html", knowledge._replace(data=downloads.Data(*runs.banner(a, b))))
        for done in ("stage", "source"):
            shutil.rmtree(run / done)
    return place / name


def find(given: str, out: Path) -> Path:
    """The folder of a run: a folder that holds one, a book in `out` by its name, or that of a cohort folder.

    Raises `UsageError` if there is none; the message says what there is, and how to make one.
    """
    path = Path(given)
    if (path / _VALUES).is_file():
        return path
    if (path / SETTINGS_FILE).exists():
        return storage.finished(path, out)
    if (out / given / _VALUES).is_file():
        return out / given
    if path.exists():
        remedy = f"Name a book in {out}, or a folder that gistbook build made."
        raise UsageError(f"{given} is no run: it holds no {_VALUES}. {remedy}")
    books = sorted(each.parent.name for each in out.glob(f"*/{_VALUES}"))
    hint = nearest(given, books) if books else "There is none yet; make one with: gistbook build"
    raise UsageError(f"There is no book named {given} in {out}, and no such folder. {hint}")


def text_of(a: runs.Run, b: runs.Run) -> str:
    """The chapter of two runs as MyST text; nothing that came from data is written into it.

    Raises `UsageError` if a chapter or a key of a run is no plain word, and so none that a build writes.
    """
    overlaid = [figure for figure in drawings.survival_figures(a, b) if not figure.reason]
    if not all(re.fullmatch("[a-z][a-z0-9_]*", word) for figure in overlaid for word in figure[:2]):
        raise UsageError("frames.json names a figure as no build does; make the run again with gistbook build.")
    return template(PAGE / f"{CHAPTER}.md.j2", is_strict=True, trim_blocks=True).render(
        a=a,
        b=b,
        overlaid=overlaid,
        units=[drawings.unit_of(run).name for run in (a, b)],
        one_cohort=(a.name, a.title, a.access) == (b.name, b.title, b.access),
        definitions_differ=bool(runs.differing_parameters(a, b)) or a.clocks != b.clocks,
        committed=all(re.fullmatch("[0-9a-f]{40}", run.commit) for run in (a, b)),
    )


def _copied(folder: Path, name: str, place: Path) -> Path:
    """What a comparison reads of a run, copied, so that it is of one moment; with a name, if the run has none."""
    place.mkdir(parents=True)
    for each in storage.FILES:
        if (folder / each).exists():
            shutil.copy(folder / each, place / each)
    about = json.loads((place / _ABOUT).read_text(encoding="utf-8")) if (place / _ABOUT).exists() else {}
    (place / _ABOUT).write_text(json.dumps({**about, "name": name}), encoding="utf-8")
    return place


def _make(run: Path, a: runs.Run, b: runs.Run, report: Callable[[str], None]) -> None:
    stage, source, notebooks = run / "stage", run / "source", run / "stage" / "chapters"
    _write_book(source, text_of(a, b))
    notebooks.mkdir()
    chapter = chapters.read_chapter(source / "chapters" / f"{CHAPTER}.md")
    notebook, seconds = running.timed(chapter, {}, handover.Handover(), str(notebooks))
    running.write(notebook, notebooks / f"{CHAPTER}.ipynb")
    report(spent(CHAPTER, seconds))
    cover = publish.Cover(*runs.banner(a, b))
    publish.publish(source, stage, cover).rename(run / "html")
    notebooks.rename(run / "notebooks")
    about = {"title": cover.cohort, "access": cover.access, "a": a.label, "b": b.label}
    (run / _ABOUT).write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _write_book(source: Path, text: str) -> None:
    """Write a book of one chapter, with the configuration of the real one under another title."""
    (source / "chapters").mkdir(parents=True)
    (source / "chapters" / f"{CHAPTER}.md").write_text(text, encoding="utf-8")
    shutil.copy(PAGE / "_toc.yml", source)
    shutil.copy(BOOK / "references.bib", source)
    config = (BOOK / "_config.yml").read_text(encoding="utf-8")
    config = re.sub("^title: .*$", f"title: {TITLE}", config, flags=re.MULTILINE)
    (source / "_config.yml").write_text(config, encoding="utf-8")
