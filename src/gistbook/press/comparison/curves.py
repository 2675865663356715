"""The survival figures of two runs, laid over one another where both count from the same time zero."""

from typing import NamedTuple

import pandas as pd

from gistbook.conventions import DAYS_PER_MONTH
from gistbook.press.comparison.names import is_example, worded
from gistbook.press.comparison.runs import Run
from gistbook.schemas import CURVE, names

PROBABILITIES = {"os": "Overall survival", "pfs": "Progression-free survival", "imcont": "Still on imatinib"}
PROBABILITIES["pfs2l"] = "Progression-free survival on second line"
"""What a curve is the probability of, by the first word of its key."""

TIME_ZERO = "time zero"

_SUFFIX = "_curve"
_OLDER = (
    "{letter} holds no curves, flow or Table 1, as an older version of this book made it. "
    "Make it again with gistbook build, and compare again."
)


class Shared(NamedTuple):
    """A survival figure that both runs have: where it stands, what it is called, and what either counts from."""

    chapter: str
    key: str
    title: str
    since: tuple[str, str]


class Overlay(NamedTuple):
    """What `figures.survival_curve` takes, of both runs: curves, numbers at risk, time zero, and what is probable."""

    curve: pd.DataFrame
    at_risk: pd.DataFrame
    since: str
    probability: str


def frames_said(a: Run, b: Run) -> str:
    """Return which run keeps nothing to draw, and how to mend that; nothing if both keep it."""
    return " ".join(_OLDER.format(letter=run.letter) for run in (a, b) if run.frames is None)


def overlaid(a: Run, b: Run) -> list[Shared]:
    """Return the survival figures that can be laid over one another: both runs have them, from the same time zero."""
    return [each for each in _shared(a, b) if not _reason(each, a, b)]


def curves_said(a: Run, b: Run) -> str:
    """Return in words whether there are curves to lay over one another, and why not if there are none."""
    if missing := frames_said(a, b):
        return missing
    if not overlaid(a, b):
        return "The two runs share no survival figure that could be laid over one another."
    return "Each figure that both runs have, from the same time zero, is drawn once, with the curves of both."


def apart(a: Run, b: Run) -> pd.DataFrame:
    """Return the survival figures that are not laid over one another as a table of words: one row per figure."""
    rows = [(_title(run, *where), f"only in {run.letter}") for run, where in _single(a, b)]
    rows += [(each.title, reason) for each in _shared(a, b) if (reason := _reason(each, a, b))]
    if not rows:
        return pd.DataFrame({"Figure": ["None can be." if frames_said(a, b) else "None besides those below."]})
    return pd.DataFrame(rows, columns=["Figure", "Why the two are not laid over one another"])


def overlay(a: Run, b: Run, chapter: str, key: str) -> Overlay:
    """Return one survival figure of both runs, as `figures.survival_curve` takes it.

    Every group bears the letter of its run. Those at risk stand at the marks that both runs have; beyond the last mark
    of the shorter run nobody of it is at risk.
    """
    curve = pd.concat([_lettered(run, chapter, key, "curve") for run in (a, b)], ignore_index=True)
    counts = [_lettered(run, chapter, key, "at_risk") for run in (a, b)]
    marks = _common_marks(*counts)
    at_risk = pd.concat([_at_marks(each, marks) for each in counts], ignore_index=True)
    return Overlay(curve, at_risk, _since(a, chapter, key), _name(chapter, key))


def _survival_figures(run: Run) -> list[tuple[str, str]]:
    return [
        (chapter, key)
        for chapter, keys in sorted((run.frames or {}).items())
        for key, drawn in sorted(keys.items())
        if {"curve", "at_risk"} <= set(drawn) and set(names(CURVE)) <= set(drawn["curve"]["columns"])
    ]


def _shared(a: Run, b: Run) -> list[Shared]:
    both = [where for where in _survival_figures(a) if where in _survival_figures(b)]
    return [Shared(*where, _title(a, *where), (_since(a, *where), _since(b, *where))) for where in both]


def _single(a: Run, b: Run) -> list[tuple[Run, tuple[str, str]]]:
    if a.frames is None or b.frames is None:
        return []
    pairs = ((a, _survival_figures(b)), (b, _survival_figures(a)))
    return [(run, where) for run, others in pairs for where in _survival_figures(run) if where not in others]


def _reason(each: Shared, a: Run, b: Run) -> str:
    """Return why a figure that both runs have cannot be laid over; nothing if it can."""
    if is_example(each.chapter, each.key):
        return "of other patients, whom the book shows as an example"
    if len(set(each.since)) > 1:
        return f"another time zero: A counts from {each.since[0]}, B from {each.since[1]}"
    lacking = _empty(each, a, b)
    return f"nobody to draw in {' or '.join(lacking)}" if lacking else ""


def _empty(each: Shared, a: Run, b: Run) -> list[str]:
    drawn = [(run, run.frame(each.chapter, each.key, name)) for run in (a, b) for name in ("curve", "at_risk")]
    return list(dict.fromkeys(run.letter for run, frame in drawn if frame.empty))


def _title(run: Run, chapter: str, key: str) -> str:
    """Return what a curve is called; of its key, what follows the first word tells it from others of its chapter."""
    rest = _rest(key)
    if not rest:
        return _name(chapter, key)
    apart = " from " if run.phrase(chapter, f"clock_{rest}") else ", "
    return f"{_name(chapter, key)}{apart}{rest.replace('_', ' ')}"


def _name(chapter: str, key: str) -> str:
    return PROBABILITIES.get(key.removesuffix(_SUFFIX).partition("_")[0], worded(chapter))


def _rest(key: str) -> str:
    return key.removesuffix(_SUFFIX).partition("_")[2]


def _since(run: Run, chapter: str, key: str) -> str:
    """Return what a curve counts from: its chapter pastes it under `clock`, or for `os_x_curve` under `clock_x`."""
    rest = _rest(key)
    return (rest and run.phrase(chapter, f"clock_{rest}")) or run.phrase(chapter, "clock") or TIME_ZERO


def _lettered(run: Run, chapter: str, key: str, name: str) -> pd.DataFrame:
    frame = run.frame(chapter, key, name)
    return frame.assign(group=[f"{run.letter}: {group}" for group in frame["group"]])


def _marks(counts: pd.DataFrame) -> set[int]:
    """Return the marks of a risk table in whole months."""
    return {round(time / DAYS_PER_MONTH) for time in counts["time"]}


def _common_marks(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[int]:
    ends = [max(_marks(counts)) for counts in (ours, theirs)]
    beyond = {mark for mark in _marks(ours) | _marks(theirs) if mark > min(ends)}
    return sorted((_marks(ours) & _marks(theirs)) | beyond)


def _at_marks(counts: pd.DataFrame, marks: list[int]) -> pd.DataFrame:
    known = {(row.group, round(row.time / DAYS_PER_MONTH)): row.at_risk for row in counts.itertuples()}
    groups = list(dict.fromkeys(counts["group"]))
    rows = [(group, mark * DAYS_PER_MONTH, int(known.get((group, mark), 0))) for group in groups for mark in marks]
    return pd.DataFrame(rows, columns=["group", "time", "at_risk"])
