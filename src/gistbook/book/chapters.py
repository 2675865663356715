"""A chapter: from MyST text to a notebook, its parameters, and its passages for one kind of cohort.

Last stand the names of former versions, and what is told of a chapter that has one.
"""

import ast
import contextlib
import copy
import csv
import functools
import math
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gistbook.conventions import RECONSTRUCTED, ChapterError, UsageError
from gistbook.spelling import nearest
from gistbook.units import MONTHS

_OURS = "gistbook"
"""Entry of a chapter's front matter that is for us.

`needs` lists the tables without which it has nothing to show, and `endpoint` is what may be recorded as a time instead;
`of: paper` says that it is about the paper and its disease; `long` that it takes longer than its length tells.
"""

PARAMETERS = "parameters"
"""Tag of the cell that holds the parameters."""

SET_BY_A_BUILD = {"cohort_dir", "values_file", "decisions_file", "commit"}
"""Parameters that a build sets, and no user; they define nothing."""

_EXACT_FROM, _GIST_FROM, _FOR_ALL_FROM = "exact-from-here", "gist-from-here", "for-all-from-here"
EXACT, COARSENED, GIST, OTHER_DISEASE, INCOMPLETE = "exact", "coarsened", "gist", "other-disease", "incomplete"
REVIEWED = "reviewed"
_KINDS = ({EXACT, COARSENED}, {GIST, OTHER_DISEASE}, {INCOMPLETE}, {REVIEWED})
"""Traits of a book by kind; any other is the access of its cohort."""

_BOUNDS = {"conf_level": (0, 1), "share_operated": (0, 1)}
"""Between which numbers a parameter lies; any other above 0."""

_MAY_BE_0 = ("landmark_months", "landmark_days", "most_growing", "fewest_at_risk", "at_years")
_ENDS_OF = "when-ends-of-"
WHERE = "where-"
"""How a tag begins that asks for what a cohort records, such as `where-groups`; see `records`."""

_LINK = re.compile(r"\{doc\}`[^`]*<(\w+)>`")


class Chapter(NamedTuple):
    """A chapter: its slug, notebook, parameters with their defaults, and what its front matter says of it."""

    slug: str
    notebook: Any
    parameters: dict
    needs: tuple[str, ...] = ()
    endpoint: str = ""
    is_of_paper: bool = False
    is_long: bool = False


def read_chapter(path: Path) -> Chapter:
    """Read a chapter from its MyST text.

    Raises `ChapterError` if it has no cell tagged `parameters`, or that cell holds more than literals.
    """
    notebook = copy.deepcopy(notebook_of(path.read_text(encoding="utf-8")))
    ours = notebook["metadata"].get(_OURS, {})
    parameters = _literals(path.stem, _parameters_cell(path.stem, notebook).source)
    about = tuple(ours.get("needs", ())), ours.get("endpoint", ""), ours.get("of") == "paper", ours.get("long", False)
    return Chapter(path.stem, notebook, parameters, *about)


@functools.lru_cache(64)
def notebook_of(text: str):
    """Notebook of a chapter's MyST text, which has not run; nobody changes it."""
    import jupytext

    return jupytext.reads(text, fmt="md:myst")


def check_parameters(given: dict, chapters: list[Chapter]) -> dict:
    """Parameters in the kind that the chapters declare; text from a command line is read as a literal.

    Raises `UsageError` if no chapter has a parameter of that name (the message names those there are), or it is of
    another kind, or is a value with which a chapter would stop.
    """
    defaults = {name: default for chapter in chapters for name, default in chapter.parameters.items()}
    unknown = [name for name in given if name not in defaults]
    if unknown:
        hints = " ".join(f"{name}: {nearest(name, defaults)}" for name in unknown)
        raise UsageError(f"No chapter has such a parameter. {hints} The parameters are: {', '.join(sorted(defaults))}.")
    values = {name: _of_kind(name, value, defaults[name]) for name, value in given.items()}
    for name, value in values.items():
        _refuse_value(name, value)
    return values


def _refuse_value(name: str, value) -> None:
    """Raise `UsageError` for a value of the right kind that is none of the choices, or out of bounds."""
    from gistbook.analysis.endpoints import ORIGINS
    from gistbook.analysis.estimates.steps import TRANSFORMATIONS
    from gistbook.analysis.surgery import THRESHOLDS

    grades = dict.fromkeys(("serious_grade", "serious_grades"), THRESHOLDS)
    choices = {"origin": ORIGINS, "interval": TRANSFORMATIONS, **grades}.get(name)
    low, high = _BOUNDS.get(name, (0, math.inf))
    for each in value if isinstance(value, list) else [value]:
        if choices and each not in choices:
            raise UsageError(f"The parameter {name} cannot be {each!r}. {nearest(each, choices)}")
        if isinstance(each, int | float) and not low < each < high and not (each == 0 and name in _MAY_BE_0):
            raise UsageError(f"The parameter {name} cannot be {each}; it lies between {low} and {high}.")
    if name == "landmark_days" and not value:
        raise UsageError("The parameter landmark_days needs a day.")


def meanings(chapter: Chapter) -> dict[str, str]:
    """What each parameter of a chapter means, as the comment beside it says."""
    source = _parameters_cell(chapter.slug, chapter.notebook).source
    return dict(re.findall(r"^(\w+) = .*?  # (.+)$", source, re.MULTILINE))


def in_brief(chapter: Chapter) -> Chapter:
    """A chapter with no cell but that of its parameters."""
    return chapter._replace(notebook={"cells": [_parameters_cell(chapter.slug, chapter.notebook)]})


def is_late(chapter: Chapter) -> bool:
    """Tell whether a chapter reads what the others pasted, and so runs after them."""
    return "values_file" in chapter.parameters


def traits_of(cohort) -> set[str]:
    """Traits of the book of a cohort, which is shown under its policy: those that `for_cohort` asks for."""
    return {
        cohort.access,
        *(("public",) if cohort.access == RECONSTRUCTED else ()),
        COARSENED if cohort.policy.coarsens else EXACT,
        GIST if cohort.book.is_of_gist else OTHER_DISEASE,
        *(trait for trait, holds in records(cohort).items() if holds),
    }


def records(cohort) -> dict[str, bool]:
    """What a cohort may record, as far as sentences depend on it, and whether it does: each after `where-` a tag."""
    from gistbook.analysis.alternatives import MOST_PATIENTS

    groups, patients = cohort.adsl["TRT01A"].nunique(), int(cohort.adsl["TRT01A"].notna().sum())
    return {
        **_of_times(cohort),
        "one-group": groups < 2,
        "groups": groups > 1,
        "two-groups": groups == 2,
        "accrual": cohort.adsl["RESISTDT"].notna().any(),
        "tuned": "pfs_median" in cohort.calibrated_to,
        "several-ends": bool(cohort.ends) or cohort.book.is_of_gist,
        "titled": bool(cohort.book.called),
        "divided": groups > 1 and bool(cohort.book.divided_by),
        "months": cohort.unit.name == MONTHS.name,
        "other-unit": cohort.unit.name != MONTHS.name,
        "metastases": cohort.adsl["METSITES"].notna().any(),
        "covariates": bool(cohort.covariates),
        "few-patients": patients <= MOST_PATIENTS,
        "many-patients": patients > MOST_PATIENTS,
    }


def _of_times(cohort) -> dict[str, bool]:
    is_dated, times = cohort.adtte is None, cohort.adtte
    has_scans = is_dated and cohort.assessments is not None
    return {
        "dates": is_dated,
        "recorded-times": not is_dated,
        "scans": has_scans,
        "progression": has_scans or (not is_dated and (times["PARAMCD"] == "PFS").any()),
        "late-entry": cohort.operations is not None if is_dated else (times["ENTRYDY"] > 0).any(),
    }


def for_cohort(chapter: Chapter, traits: Collection[str], ends: Collection[str] = (), absent: Collection[str] = ()):
    """A chapter without the passages that are written for other books.

    A passage is a cell tagged `when-` and a trait of a book: the access of its cohort, `exact` or `coarsened`, `gist`
    or `other-disease`, `incomplete` where chapters are absent, `reviewed` where a reviewer has decided. Without a tag
    of one kind it is for all of that kind.
    Every cell from one tagged `exact-from-here` (or `gist-from-here`) up to one tagged `for-all-from-here` is for such
    books only. A cell tagged `when-ends-of-OS` is there only if that endpoint is among the `ends`: those recorded with
    several ways in which they end; one tagged `where-` only if the cohort has each such trait. A line that leads to an
    absent chapter is left out.
    """
    cells = [cell for cell, _ in _passages(chapter, set(traits), ends)]
    return chapter._replace(notebook={**chapter.notebook, "cells": [_without_links(cell, absent) for cell in cells]})


def _passages(chapter, traits: set[str], ends: Collection[str]) -> Iterator[tuple]:
    """The cells of a chapter in a book of some traits, each with whether it stands in a passage of exact numbers."""
    cells = chapter.notebook["cells"]
    for cell, exact, gist in zip(cells, within(cells), within(cells, _GIST_FROM), strict=True):
        asked_ends = _asked(cell, _ENDS_OF)
        asked = {each for each in _asked(cell, "when-") if not f"when-{each}".startswith(_ENDS_OF)}
        kinds = [*(asked & kind for kind in _KINDS), asked.difference(*_KINDS)]
        is_for = all(not kind or kind & traits for kind in kinds) and (not asked_ends or asked_ends & set(ends))
        if is_for and (EXACT in traits or not exact) and (GIST in traits or not gist) and asked_of(cell) <= traits:
            yield cell, exact


def _asked(cell, begin: str) -> set[str]:
    return {tag.removeprefix(begin) for tag in tags_of(cell) if tag.startswith(begin)}


def asked_of(cell) -> set[str]:
    """Traits of the records of a cohort that a cell asks for."""
    return _asked(cell, WHERE)


def _without_links(cell, absent: Collection[str]):
    if cell["cell_type"] != "markdown" or not absent:
        return cell
    return type(cell)(cell | {"source": without_links(cell["source"], absent).strip("\n")})


def without_links(text: str, absent: Collection[str]) -> str:
    """A text of Markdown without its lines that lead to an absent chapter."""
    return "".join(line for line in text.splitlines(keepends=True) if set(_LINK.findall(line)).isdisjoint(absent))


def within(cells: list, begin: str = _EXACT_FROM) -> Iterator[bool]:
    """Tell of each cell whether it stands between the tags that begin and end a passage of one kind of book."""
    inside = False
    for cell in cells:
        inside = begin in tags_of(cell) or (inside and _FOR_ALL_FROM not in tags_of(cell))
        yield inside


def exact_sources(chapter) -> list[str]:
    """Texts of the code cells of a chapter that are for exact numbers only."""
    cells = chapter.notebook["cells"]
    return [
        cell["source"].strip()
        for cell, exact in zip(cells, within(cells), strict=True)
        if cell["cell_type"] == "code" and (exact or f"when-{EXACT}" in tags_of(cell))
    ]


def left_out(chapter, traits: Collection[str], ends: Collection[str] = ()) -> list[str]:
    """Headings of the sections from which a policy that coarsens takes something out; `ends` as in `for_cohort`.

    Of sections that the book would not have anyway, by its `traits`, nothing is taken.
    """
    heading, sections = "", {}
    for cell, exact in _passages(chapter, {*traits, EXACT}, ends):
        lines = cell["source"].splitlines() if cell["cell_type"] == "markdown" else ()
        headings = [line.lstrip("# ") for line in lines if line.startswith("##")]
        before = cell["source"].strip().startswith("#")
        if (exact or f"when-{EXACT}" in tags_of(cell)) and not before and heading:
            sections[heading] = None
        if exact:
            sections |= dict.fromkeys(headings)
        heading = headings[-1] if headings else heading
    return list(sections)


def tags_of(cell) -> list[str]:
    """Tags of a cell of a notebook."""
    return cell["metadata"].get("tags", [])


def _of_kind(name: str, value, default):
    if isinstance(value, str) and not isinstance(default, str):
        with contextlib.suppress(ValueError, SyntaxError):
            value = ast.literal_eval(value)
    if not _is_like(value, default):
        raise UsageError(f"The parameter {name} takes a value like {default!r}.")
    return value


def _is_like(value, default) -> bool:
    """Tell whether a value is of the kind of a default, and each of a list of the kind of those in the default."""
    if isinstance(value, bool) != isinstance(default, bool):
        return False
    if isinstance(default, float) and isinstance(value, int):
        return True
    if isinstance(value, list) and isinstance(default, list) and default:
        return all(_is_like(each, default[0]) for each in value)
    return isinstance(value, type(default))


def _parameters_cell(slug: str, notebook):
    for cell in notebook["cells"]:
        if PARAMETERS in tags_of(cell):
            return cell
    raise ChapterError(f"Chapter {slug} has no cell tagged {PARAMETERS}.")


def _literals(slug: str, source: str) -> dict:
    try:
        return {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(source).body}
    except (ValueError, AttributeError, SyntaxError) as error:
        raise ChapterError(f"Chapter {slug}: its parameters cell may hold literals only.") from error


with Path(__file__).with_name("moved.csv").open(encoding="utf-8", newline="") as _table:
    MOVED = {row["old"]: (row["place"], row["new"]) for row in csv.DictReader(_table)}
"""For each name that has gone, where its new one is imported from, and how it is called then."""

FIGURE = """\
{glue:figure} and prose.paste_figure are gone. Let the figure be the last line of its cell, and begin the cell with:
---
mystnb:
  figure:
    name: fig-yours
    caption: |
      What it shows.
---"""
"""What is said of a figure that is shown as 0.1 did, with the lines to paste."""


def require_new_words(written: list[Chapter]) -> None:
    """Let no chapter pass that was written for 0.1.

    Raises `ChapterError` if chapters have names that have gone; the message has each, by chapter, with the new words to
    paste.
    """
    lines = [f"{chapter.slug}: {words}" for chapter in written for words in old_words(chapter)]
    if lines:
        listed = "\n".join(lines)
        raise ChapterError(f"Chapters were written for gistbook 0.1; write in them instead:\n{listed}")


def old_words(chapter: Chapter) -> Iterator[str]:
    """What a chapter has of 0.1, each with what to write instead."""
    cells = chapter.notebook["cells"]
    names = _names([cell["source"] for cell in cells if cell["cell_type"] == "code"])
    old = [max((old for old in MOVED if f"{name}.".startswith(f"{old}.")), key=len, default="") for name in names]
    for name in dict.fromkeys(old):
        if name:
            place, called = MOVED[name]
            yield f"{name} is now {called}, by: from {place} import {called.partition('.')[0]}"
    is_shown = any("{glue:figure}" in cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    if is_shown or "gistbook.display.prose.paste_figure" in names:
        yield FIGURE


def _names(sources: list[str]) -> list[str]:
    """Names of the package that code imports, and what it takes of these, whole; of code that is Python."""
    trees = []
    for source in sources:
        with contextlib.suppress(SyntaxError):  # a line for IPython
            trees.append(ast.parse(source))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    places = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom | ast.Import):
            place = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            places |= {name.asname or name.name: f"{place}{name.name}" for name in node.names}
    taken = [_dotted(node, places) for node in nodes if isinstance(node, ast.Attribute)]
    return [*places.values(), *taken]


def _dotted(node: ast.AST, places: dict[str, str]) -> str:
    """The whole name of an expression such as `prose.said`, "" if it begins with no imported name."""
    words = ast.unparse(node).split(".")
    for many in range(len(words), 0, -1):
        if (first := ".".join(words[:many])) in places:
            return ".".join([places[first], *words[many:]])
    return ""
