"""Which passages of a chapter are for a cohort, by its access and by what its disclosure policy does."""

from collections.abc import Iterator

_EXACT_FROM, _FOR_ALL_FROM = "exact-from-here", "for-all-from-here"
_BY_POLICY = {"exact", "coarsened"}


def for_cohort(chapter, access: str, coarsened: bool):
    """Return a chapter without the passages that are written for other cohorts.

    A passage is a cell tagged `when-synthetic`, `when-public` or `when-confidential`, and `when-exact` or
    `when-coarsened`; without a tag of one of the two kinds it is for all of that kind. Every cell from one tagged
    `exact-from-here` up to one tagged `for-all-from-here` is for exact numbers only.

    Parameters
    ----------
    chapter : execute.Chapter
        The chapter, with a notebook.
    access : {"synthetic", "public", "confidential"}
        Access to the cohort.
    coarsened : bool
        Whether the policy coarsens.
    """
    cells = chapter.notebook["cells"]
    traits = {access, "coarsened" if coarsened else "exact"}
    left = [cell for cell, exact in zip(cells, within_exact(cells), strict=True) if not (exact and coarsened)]
    return chapter._replace(notebook={**chapter.notebook, "cells": [cell for cell in left if _is_for(cell, traits)]})


def within_exact(cells: list) -> Iterator[bool]:
    """Tell of each cell whether it stands between the tags that begin and end a passage of exact numbers."""
    within = False
    for cell in cells:
        within = (within or _EXACT_FROM in _tags(cell)) and _FOR_ALL_FROM not in _tags(cell)
        yield within


def left_out(chapter) -> list[str]:
    """Return the headings of the sections from which a policy that coarsens takes something out."""
    cells, heading, found = chapter.notebook["cells"], "", {}
    for cell, exact in zip(cells, within_exact(cells), strict=True):
        headings = _headings(cell)
        before = cell["source"].strip().startswith("#")
        if (exact or "when-exact" in _tags(cell)) and not before and heading:
            found[heading] = None
        if exact:
            found |= dict.fromkeys(headings)
        heading = headings[-1] if headings else heading
    return list(found)


def _headings(cell) -> list[str]:
    if cell["cell_type"] != "markdown":
        return []
    return [line.lstrip("# ") for line in cell["source"].splitlines() if line.startswith("##")]


def _is_for(cell, traits: set[str]) -> bool:
    wanted = {tag.removeprefix("when-") for tag in _tags(cell) if tag.startswith("when-")}
    return all(not asked or asked & traits for asked in (wanted & _BY_POLICY, wanted - _BY_POLICY))


def _tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])
