"""A chapter: from MyST text to a notebook, its parameters, its passages for a kind of cohort, and former names."""

import ast
import contextlib
import copy
import functools
import math
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gistbook.conventions import RECONSTRUCTED, ChapterError, UsageError, rows_of
from gistbook.spelling import nearest
from gistbook.units import MONTHS

PARAMETERS = "parameters"
SET_BY_A_BUILD = {"cohort_dir", "values_file", "decisions_file", "commit"}
"""Parameters that a build sets, and no user; they define nothing."""

EXACT, COARSENED, GIST, OTHER_DISEASE = "exact", "coarsened", "gist", "other-disease"
INCOMPLETE, REVIEWED, _ENDS_OF = "incomplete", "reviewed", "ends-of-"
_KINDS = ({EXACT, COARSENED}, {GIST, OTHER_DISEASE}, {INCOMPLETE}, {REVIEWED})
"""Traits of a book by kind; those that begin with `ends-of-` are another kind, and the rest are the access."""

_MAY_BE_0 = ("landmark_months", "landmark_days", "most_growing", "fewest_at_risk", "at_years")
_LINK = re.compile(r"\{doc\}`[^`]*<(\w+)>`")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_FRONT_PAGE = "Abstract"
"""What the first chapter is called, whose title is that of the book."""


class Chapter(NamedTuple):
    """A chapter: its slug, notebook, parameters with their defaults, and what its front matter says of it.

    It has nothing to show without the tables that it `needs`, or an `endpoint` recorded as a time instead; a long one
    takes longer than its length tells.
    """

    slug: str
    notebook: Any
    parameters: dict
    needs: tuple[str, ...] = ()
    endpoint: str = ""
    is_of_paper: bool = False
    is_long: bool = False


def read_chapter(path: Path) -> Chapter:
    """Read a chapter; raises `ChapterError` without a cell tagged `parameters`, or if that holds more than literals."""
    notebook = copy.deepcopy(notebook_of(path.read_text(encoding="utf-8")))
    ours, declared = notebook["metadata"].get("gistbook", {}), _parameters_cell(path.stem, notebook).source
    try:
        parameters = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(declared).body}
    except (ValueError, AttributeError, SyntaxError) as error:
        raise ChapterError(f"Chapter {path.stem}: its parameters cell may hold literals only.") from error
    about = tuple(ours.get("needs", ())), ours.get("endpoint", ""), ours.get("of") == "paper", ours.get("long", False)
    return Chapter(path.stem, notebook, parameters, *about)


@functools.lru_cache(64)
def notebook_of(text: str):
    """Notebook of a chapter's MyST text, which has not run; nobody changes it."""
    import jupytext

    return jupytext.reads(text, fmt="md:myst")


def check_parameters(given: dict, chapters: list[Chapter]) -> dict:
    """Parameters in the kind that the chapters declare; text from a command line is read as a literal.

    Raises `UsageError` if no chapter has such a parameter, it is of another kind, or a chapter would stop at it.
    """
    defaults = {name: default for chapter in chapters for name, default in chapter.parameters.items()}
    if unknown := [name for name in given if name not in defaults]:
        hints = " ".join(f"{name}: {nearest(name, defaults)}" for name in unknown)
        raise UsageError(f"No chapter has such a parameter. {hints} The parameters are: {', '.join(sorted(defaults))}.")
    values = {name: _of_kind(name, value, defaults[name]) for name, value in given.items()}
    for name, value in values.items():
        _refuse_value(name, value)
    return values


def _refuse_value(name: str, value) -> None:
    from gistbook.analysis.endpoints import ORIGINS
    from gistbook.analysis.estimates.steps import TRANSFORMATIONS
    from gistbook.analysis.surgery import THRESHOLDS

    grades = dict.fromkeys(("serious_grade", "serious_grades"), THRESHOLDS)
    choices = {"origin": ORIGINS, "interval": TRANSFORMATIONS, **grades}.get(name)
    low, high = 0, 1 if name in ("conf_level", "share_operated") else math.inf
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


def titles(written: Collection[Chapter], absent: Collection[str] = ()) -> dict[str, str]:
    """Titles of the chapters that are not absent, and their headings, by place: `methods`, `methods#groups`."""
    found = {}
    for chapter in (each for each in written if each.slug not in absent):
        text = "\n\n".join(cell["source"] for cell in chapter.notebook["cells"] if cell["cell_type"] == "markdown")
        for level, words in _HEADING.findall(text):
            section = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
            found.setdefault(chapter.slug if level == "#" else f"{chapter.slug}#{section}", words)
    return found | {each.slug: _FRONT_PAGE for each in list(written)[:1]}


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
        "public" if cohort.access == RECONSTRUCTED else cohort.access,
        COARSENED if cohort.policy.coarsens else EXACT,
        GIST if cohort.book.is_of_gist else OTHER_DISEASE,
        *(f"{_ENDS_OF}{endpoint}" for endpoint in cohort.ends),
        *(trait for trait, holds in records(cohort).items() if holds),
    }


def records(cohort) -> dict[str, bool]:
    """What a cohort may record, as far as sentences depend on it, and whether it does: each after `where-` a tag."""
    from gistbook.analysis.alternatives import MOST_PATIENTS

    treated, times = cohort.adsl["TRT01A"], cohort.adtte
    groups, has_scans = treated.nunique(), times is None and cohort.assessments is not None
    return {
        "dates": times is None,
        "recorded-times": times is not None,
        "scans": has_scans,
        "progression": has_scans or (times is not None and (times["PARAMCD"] == "PFS").any()),
        "late-entry": cohort.operations is not None if times is None else (times["ENTRYDY"] > 0).any(),
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
        "few-patients": treated.notna().sum() <= MOST_PATIENTS,
        "many-patients": treated.notna().sum() > MOST_PATIENTS,
    }


def for_cohort(chapter: Chapter, traits: Collection[str], absent: Collection[str] = ()):
    """A chapter without the passages that are written for other books.

    A passage is a cell tagged `when-` and a trait of a book, or `where-` and one of the records of its cohort, or each
    cell from one tagged `exact-from-here` (or `gist-from-here`) up to one tagged `for-all-from-here`. Without a tag of
    one kind it is for all of that kind. A line that leads to an absent chapter is left out.
    """
    cells = [cell for cell, _ in _passages(chapter, set(traits))]
    for number, cell in enumerate(cells):
        if absent and cell["cell_type"] == "markdown":
            cells[number] = type(cell)(cell | {"source": without_links(cell["source"], absent).strip("\n")})
    return chapter._replace(notebook={**chapter.notebook, "cells": cells})


def _passages(chapter, traits: set[str]) -> Iterator[tuple]:
    cells = chapter.notebook["cells"]
    for cell, exact, gist in zip(cells, within(cells), within(cells, "gist-from-here"), strict=True):
        asked = asked_of(cell, "when-")
        kinds = (*_KINDS, {each for each in asked if each.startswith(_ENDS_OF)})
        choices = (*(asked & kind for kind in kinds), asked.difference(*kinds))
        is_for = all(not choice or choice & traits for choice in choices)
        if is_for and (EXACT in traits or not exact) and (GIST in traits or not gist) and asked_of(cell) <= traits:
            yield cell, exact


def asked_of(cell, begin: str = "where-") -> set[str]:
    """Traits that a cell asks for by tags that begin so: of the records of a cohort (see `records`), or of its book."""
    return {tag.removeprefix(begin) for tag in tags_of(cell) if tag.startswith(begin)}


def without_links(text: str, absent: Collection[str]) -> str:
    """A text of Markdown without its lines that lead to an absent chapter."""
    return "".join(line for line in text.splitlines(keepends=True) if set(_LINK.findall(line)).isdisjoint(absent))


def within(cells: list, begin: str = "exact-from-here") -> Iterator[bool]:
    """Tell of each cell whether it stands between the tags that begin and end a passage of one kind of book."""
    inside = False
    for cell in cells:
        inside = begin in tags_of(cell) or (inside and "for-all-from-here" not in tags_of(cell))
        yield inside


def exact_sources(chapter) -> list[str]:
    """Texts of the code cells of a chapter that are for exact numbers only."""
    cells = chapter.notebook["cells"]
    return [
        cell["source"].strip()
        for cell, exact in zip(cells, within(cells), strict=True)
        if cell["cell_type"] == "code" and (exact or f"when-{EXACT}" in tags_of(cell))
    ]


def left_out(chapter, traits: Collection[str]) -> list[str]:
    """Headings of the sections of a book of some traits from which a policy that coarsens takes something out."""
    heading, sections = "", {}
    for cell, exact in _passages(chapter, {*traits, EXACT}):
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
    if isinstance(value, list) and isinstance(default, list) and default:
        return all(_is_like(each, default[0]) for each in value)
    return isinstance(value, int | float if isinstance(default, float) else type(default))


def _parameters_cell(slug: str, notebook):
    for cell in notebook["cells"]:
        if PARAMETERS in tags_of(cell):
            return cell
    raise ChapterError(f"Chapter {slug} has no cell tagged {PARAMETERS}.")


MOVED = {row["old"]: (row["place"], row["new"]) for row in rows_of(Path(__file__).with_name("moved.csv"))}
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
    """Raise `ChapterError` if chapters were written for 0.1; the message has the new words to paste, by chapter."""
    lines = [f"{chapter.slug}: {words}" for chapter in written for words in old_words(chapter)]
    if lines:
        raise ChapterError("\n".join(["Chapters were written for gistbook 0.1; write in them instead:", *lines]))


def old_words(chapter: Chapter) -> Iterator[str]:
    """What a chapter has of 0.1, each with what to write instead."""
    cells = chapter.notebook["cells"]
    names = _names([cell["source"] for cell in cells if cell["cell_type"] == "code"])
    for name in dict.fromkeys(filter(None, (_beginning(name, MOVED) for name in names))):
        place, called = MOVED[name]
        yield f"{name} is now {called}, by: from {place} import {called.partition('.')[0]}"
    is_shown = any("{glue:figure}" in cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    if is_shown or "gistbook.display.prose.paste_figure" in names:
        yield FIGURE


def _names(sources: list[str]) -> list[str]:
    """Names of the package that code imports, and what it takes of these, whole; of code that is Python."""
    nodes, places = [], {}
    for source in sources:
        with contextlib.suppress(SyntaxError):  # a line for IPython
            nodes.extend(ast.walk(ast.parse(source)))
    for node in nodes:
        if isinstance(node, ast.ImportFrom | ast.Import):
            place = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            places |= {name.asname or name.name: f"{place}{name.name}" for name in node.names}
    taken = [ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)]
    begun = [(name, _beginning(name, places)) for name in taken]
    return [*places.values(), *(f"{places[first]}{name.removeprefix(first)}" for name, first in begun if first)]


def _beginning(name: str, names: Collection[str]) -> str:
    """The longest of some names with which a dotted name begins; empty if none."""
    return max((each for each in names if f"{name}.".startswith(f"{each}.")), key=len, default="")
