"""What two runs drew and set in tables: survival figures laid over one another, the flow, and Table 1."""

from typing import NamedTuple

import pandas as pd

from gistbook.analysis.estimates import ticks
from gistbook.book.comparison.runs import Run, is_example, worded
from gistbook.conventions import NOT_RECORDED
from gistbook.display import tables
from gistbook.display.figures.readings import left_at
from gistbook.schemas import BASELINE, CURVE, FLOW, names
from gistbook.units import MONTHS, UNITS, Since, Unit

_PROBABILITIES = {key: worded(key).rstrip(",") for key in ("os", "pfs", "pfs2l")} | {"imcont": "Still on imatinib"}
"""What a curve is the probability of, by the first word of its key."""

_FLOW, _TABLE_1 = ("participants", "flow"), ("baseline", "characteristics")
"""Where a book draws the flow of patients and sets the characteristics: chapter and key."""

_GRAIN = 4  # decimals of a time in days at which two marks are one
_ROW = ["Characteristic", "Level", "Group"]


class Figure(NamedTuple):
    """A survival figure: where it stands, what it is called, and why the two runs are not laid over one another.

    `reason` is empty where they are: both have it, of somebody of the cohort, from the same time zero.
    """

    chapter: str
    key: str
    title: str
    reason: str


class Overlay(NamedTuple):
    """What `figures.survival_curve` takes, of both runs: curves, numbers at risk, time zero, and what is probable."""

    curve: pd.DataFrame
    at_risk: pd.DataFrame
    since: str
    probability: str


def survival_figures(a: Run, b: Run) -> list[Figure]:
    """The survival figures of either run; none unless both runs keep what they drew."""
    if a.frames is None or b.frames is None:
        return []
    figures = []
    for where in sorted(_curves(a) | _curves(b)):
        drawn = [run for run in (a, b) if where in _curves(run)]
        reason = _reason(a, b, where) if len(drawn) > 1 else f"only in {drawn[0].letter}"
        figures.append(Figure(*where, _title(drawn[0], *where), reason))
    return figures


def apart(a: Run, b: Run) -> pd.DataFrame:
    """The survival figures that are not laid over one another, as a table of words: one row per figure."""
    rows = [(each.title, each.reason) for each in survival_figures(a, b) if each.reason]
    if not rows:
        older = a.frames is None or b.frames is None
        return pd.DataFrame({"Figure": ["None can be." if older else "None besides those below."]})
    return pd.DataFrame(rows, columns=["Figure", "Why the two are not laid over one another"])


def overlay(a: Run, b: Run, chapter: str, key: str) -> Overlay:
    """One survival figure of both runs; every group bears the letter of its run.

    Those at risk stand at the marks that both runs have, and beyond those of the shorter run where its curve tells how
    many are left. Two runs of unlike units are drawn in months.
    """
    where = (chapter, key)
    curve = pd.concat([_lettered(run, where, "curve") for run in (a, b)], ignore_index=True)
    counts = pd.concat([_lettered(run, where, "at_risk") for run in (a, b)])
    counts["time"] = counts["time"].round(_GRAIN)
    table = counts.pivot(index="group", columns="time", values="at_risk").reindex(counts["group"].unique())
    unit, other = map(unit_of, (a, b))
    shorter = counts.groupby(counts["group"].str[0])["time"].max().min()
    marks = [mark for mark in table if mark > shorter or table[mark].notna().all()]
    if unit != other:
        unit, marks = MONTHS, [round(tick * MONTHS.days, _GRAIN) for tick in ticks(curve)]
    groups = curve.assign(time=curve["time"].round(_GRAIN)).groupby("group")
    left = {group: pd.Series(left_at(rows, rows["time"].tolist(), marks), marks) for group, rows in groups}
    table = table.reindex(columns=marks).fillna(pd.DataFrame(left).T).dropna(axis="columns")
    at_risk = table.astype(int).rename_axis(columns="time").stack().rename("at_risk").reset_index()
    return Overlay(curve, at_risk, Since(_since(a, *where), unit), _named(*where)[0])


def flows(a: Run, b: Run) -> pd.DataFrame:
    """The flow of both runs as a table of words: one row per step, each below the step that it comes from."""
    if reason := _lacking(a, b, _FLOW, FLOW):
        return pd.DataFrame({"Step": [reason]})
    counts = [run.frame(*_FLOW).set_index(["step", "parent"])["count"].map(str) for run in (a, b)]
    both = pd.concat(counts, axis="columns", keys=[a.label, b.label]).fillna("no such step")
    both = both.loc[_below("", both.index.tolist())].rename_axis(["Step", "From"]).reset_index()
    return both.replace({"From": {"": "the record"}})


def baselines(a: Run, b: Run) -> pd.DataFrame:
    """Table 1 of both runs as a table of words: one row per characteristic, level and group."""
    if reason := _lacking(a, b, _TABLE_1, BASELINE):
        return pd.DataFrame({_ROW[0]: [reason]})
    cells = [_cells(run) for run in (a, b)]
    if all(own.empty for own in cells):
        return pd.DataFrame({_ROW[0]: [NOT_RECORDED]})
    both = pd.concat(cells, axis="columns", keys=[a.label, b.label]).rename_axis(_ROW).reset_index()
    for run, own in zip((a, b), cells, strict=True):
        recorded = both[_ROW[0]].isin(own.index.get_level_values(0))
        empty = recorded.map({True: "no patient at this level", False: NOT_RECORDED})
        both[run.label] = both[run.label].fillna(empty)
    order = pd.concat([both.groupby(_ROW[:n], sort=False).ngroup() for n in (1, 2, 3)], axis="columns")
    return both.loc[order.sort_values([0, 1, 2]).index]


def _cells(run: Run) -> pd.Series:
    """What Table 1 of a run says, by characteristic, level and group; nothing of a cohort that records none."""
    rows = tables.characteristics(run.frame(*_TABLE_1))
    nothing = pd.Series([], pd.MultiIndex.from_arrays([[]] * len(_ROW), names=_ROW), dtype=object)
    return nothing if rows.empty else rows.set_index(_ROW[:2]).stack()


def _curves(run: Run) -> set[tuple[str, str]]:
    return {
        (chapter, key)
        for chapter, figures in run.frames.items()
        for key, drawn in figures.items()
        if {"curve", "at_risk"} <= set(drawn) and set(names(CURVE)) <= set(drawn["curve"]["columns"])
    }


def _reason(a: Run, b: Run, where: tuple[str, str]) -> str:
    """Why a figure that both runs have is not laid over that of the other; empty if it is."""
    if is_example(*where):
        return "of other patients, whom the book shows as an example"
    ours, theirs = _since(a, *where), _since(b, *where)
    if ours != theirs:
        return f"another time zero: A counts from {ours}, B from {theirs}"
    empty = [run.letter for run in (a, b) if any(run.frame(*where, name).empty for name in ("curve", "at_risk"))]
    return f"nobody to draw in {' or '.join(empty)}" if empty else ""


def _named(chapter: str, key: str) -> tuple[str, str]:
    """What a curve is the probability of; and of its key, what tells it from others of its chapter."""
    first, _, rest = key.removesuffix("_curve").partition("_")
    return _PROBABILITIES.get(first, worded(chapter)), rest


def _title(run: Run, chapter: str, key: str) -> str:
    probability, rest = _named(chapter, key)
    joint = " from " if run.phrase(chapter, f"clock_{rest}") else ", "
    return f"{probability}{joint}{rest.replace('_', ' ')}" if rest else probability


def _since(run: Run, chapter: str, key: str) -> str:
    """What a curve counts from: its chapter pastes it under `clock`, or for `os_x_curve` under `clock_x`."""
    _, rest = _named(chapter, key)
    return (rest and run.phrase(chapter, f"clock_{rest}")) or run.phrase(chapter, "clock") or "time zero"


def unit_of(run: Run) -> Unit:
    """The unit in which a run printed the times of endpoints; months if it printed none."""
    records = [record for pasted in run.values.values() for record in pasted.values()]
    parts = [part for record in records for part in (record, *record.get("parts", {}).values())]
    return next((UNITS[part["unit"]] for part in parts if part.get("unit") in UNITS), MONTHS)


def _lettered(run: Run, where: tuple[str, str], name: str) -> pd.DataFrame:
    frame = run.frame(*where, name)
    return frame.assign(group=[f"{run.letter}: {group}" for group in frame["group"]])


def _lacking(a: Run, b: Run, where: tuple[str, str], columns: tuple) -> str:
    frames = {run.letter: run.frame(*where) for run in (a, b)}
    letters = [each for each, frame in frames.items() if frame is None or not set(names(columns)) <= set(frame)]
    older = "" if None not in (a.frames, b.frames) else "; see under Curves"
    return f"Not kept by {' and '.join(letters)}{older}." if letters else ""


def _below(parent: str, steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    own = [each for each in steps if each[1] == parent]
    return [step for each in own for step in (each, *_below(each[0], [s for s in steps if s != each]))]
