"""Which definitions differ between two runs: parameters of chapters, names of times zero, and the code itself."""

import re
from typing import NamedTuple

import pandas as pd

from gistbook.press.comparison.names import worded
from gistbook.press.comparison.runs import Run

OF_A_BUILD = {"cohort_dir", "values_file", "commit"}
"""Parameters that a build sets itself, which define nothing."""

NO_PARAMETER, NOTHING = "no such parameter", "nothing"
NOT_RENAMED = "as this book names it"

_NONE_DIFFERS = "Both runs had the same parameters in every chapter, and the same times zero."
_SOME_DIFFER = "These definitions differ, and a number that depends on one may have moved with it."
_NOT_TOLD = (
    "{letter} does not tell the parameters of its chapters, as an older version of this book made it; "
    "make it again with gistbook build, and compare again."
)
_SAME_CODE = "Both were made by the same code."
_OTHER_CODE = "They were made by different versions of the code, so that a number may have moved with that as well."
_CODE_NOT_TOLD = "Whether the same code made both is not known, as not both were made from a commit as it stands."


class Parameter(NamedTuple):
    """A parameter that differs: its name, its value in either run as words, and the chapters where it does."""

    name: str
    a: str
    b: str
    chapters: list[str]


def differing_parameters(a: Run, b: Run) -> list[Parameter]:
    """Return the parameters that differ, each once with all chapters in which it differs in the same way."""
    found: dict[tuple, list[str]] = {}
    for chapter in sorted({*(a.parameters or {}), *(b.parameters or {})} if _both_tell(a, b) else ()):
        ours, theirs = (run.parameters.get(chapter, {}) for run in (a, b))
        for name in sorted({*ours, *theirs} - OF_A_BUILD):
            values = tuple(_value(own, name) for own in (ours, theirs))
            if values[0] != values[1]:
                found.setdefault((name, *values), []).append(chapter)
    return [Parameter(*key, chapters) for key, chapters in found.items()]


def differing_definitions(a: Run, b: Run) -> pd.DataFrame:
    """Return the definitions that differ as a table of words: one row per parameter, or per name of a time zero."""
    rows = [(p.name, p.a, p.b, _listed(p.chapters)) for p in differing_parameters(a, b)]
    rows += [
        (f"time zero: {clock.replace('_', ' ')}", *named, "all that count from it")
        for clock in sorted({*a.clocks, *b.clocks})
        if len(set(named := [run.clocks.get(clock, NOT_RENAMED) for run in (a, b)])) > 1
    ]
    if not rows:
        return pd.DataFrame({"Definition": ["None is known to differ."]})
    return pd.DataFrame(rows, columns=["Definition", a.label, b.label, "Chapters"])


def definitions_said(a: Run, b: Run) -> str:
    """Return in words whether definitions differ, or which run does not tell."""
    silent = [_NOT_TOLD.format(letter=run.letter) for run in (a, b) if run.parameters is None]
    if silent:
        return " ".join(silent)
    return _SOME_DIFFER if differing_parameters(a, b) or a.clocks != b.clocks else _NONE_DIFFERS


def code_said(a: Run, b: Run) -> str:
    """Return in words whether both runs were made by the same code, as far as the commits that they paste tell."""
    if not all(re.fullmatch("[0-9a-f]{40}", run.commit) for run in (a, b)):
        return _CODE_NOT_TOLD
    return _SAME_CODE if a.commit == b.commit else _OTHER_CODE


def _both_tell(a: Run, b: Run) -> bool:
    return a.parameters is not None and b.parameters is not None


def _value(parameters: dict, name: str) -> str:
    if name not in parameters:
        return NO_PARAMETER
    value = parameters[name]
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or NOTHING


def _listed(chapters: list[str]) -> str:
    return "; ".join(worded(chapter) for chapter in chapters)
