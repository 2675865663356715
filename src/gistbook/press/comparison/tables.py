"""The flow of patients and Table 1 of two runs, each as one table of words."""

import pandas as pd

from gistbook.conventions import NOT_RECORDED
from gistbook.press.comparison.runs import Run
from gistbook.schemas import BASELINE, FLOW
from gistbook.schemas import names as columns_of

WHERE_FLOW, WHERE_TABLE_1 = ("participants", "flow"), ("baseline", "table_1")
"""Where a book draws the flow of patients and sets the characteristics: chapter and key."""

NO_STEP, NO_LEVEL = "no such step", "no patient at this level"

_ROW = ["Characteristic", "Level"]


def flows(a: Run, b: Run) -> pd.DataFrame:
    """Return the flow of both runs as a table of words: one row per step, each below the step that it comes from."""
    found = [_kept(run, WHERE_FLOW, FLOW) for run in (a, b)]
    if any(flow is None for flow in found):
        return pd.DataFrame({"Step": [_lacking(a, b, found)]})
    ours, theirs = ({(row.parent, row.step): str(row.count) for row in flow.itertuples()} for flow in found)
    steps = _below("", list(dict.fromkeys([*ours, *theirs])))
    rows = [(step, parent, *(own.get((parent, step), NO_STEP) for own in (ours, theirs))) for parent, step in steps]
    return pd.DataFrame(rows, columns=["Step", "From", a.label, b.label]).replace({"From": {"": "the record"}})


def paired_baselines(a: Run, b: Run) -> list[pd.DataFrame]:
    """Return the characteristics of both runs, columns of `schemas.BASELINE`, each group named with its run.

    Nothing is returned unless both runs keep them.
    """
    found = _characteristics(a, b)
    if any(frame is None for frame in found):
        return []
    named = [[f"{group}{_in(run)}" for group in frame["group"]] for frame, run in zip(found, (a, b), strict=True)]
    return [frame.assign(group=groups) for frame, groups in zip(found, named, strict=True)]


def baselines(a: Run, b: Run, said: list[pd.DataFrame]) -> pd.DataFrame:
    """Return Table 1 of both runs as a table of words: one row per level, each group of A beside that of B.

    Parameters
    ----------
    a, b : Run
        The runs.
    said : list of DataFrame
        The frames of `paired_baselines` as tables of words, as `tables.characteristics` returns them.
    """
    if not said:
        return pd.DataFrame({"Characteristic": [_lacking(a, b, _characteristics(a, b))]})
    ours, theirs = (_told_apart(frame.set_index(_ROW), run) for frame, run in zip(said, (a, b), strict=True))
    levels = _in_order(ours.index.tolist(), theirs.index.tolist())
    places = [name.partition(_in(run))[0] for frame, run in ((ours, a), (theirs, b)) for name in frame]
    found = pd.concat([_filled(frame, levels) for frame in (ours, theirs)], axis="columns")
    beside = sorted(range(len(places)), key=lambda i: places.index(places[i]))
    return pd.concat([pd.DataFrame(levels, columns=_ROW), found.iloc[:, beside]], axis="columns")


def _in(run: Run) -> str:
    return f" in {run.letter}"


def _told_apart(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Return a table whose every column tells of which run it is."""
    return frame.rename(columns=lambda name: name if _in(run) in name else f"{name}{_in(run)}")


def _characteristics(a: Run, b: Run) -> list[pd.DataFrame | None]:
    return [_kept(run, WHERE_TABLE_1, BASELINE) for run in (a, b)]


def _kept(run: Run, where: tuple[str, str], columns: tuple) -> pd.DataFrame | None:
    """Return a frame of a run if it has the columns of its schema."""
    frame = run.frame(*where)
    return frame if frame is not None and set(columns_of(columns)) <= set(frame) else None


def _lacking(a: Run, b: Run, found: list) -> str:
    letters = [run.letter for run, frame in zip((a, b), found, strict=True) if frame is None]
    older = any(run.frames is None for run in (a, b))
    return f"Not kept by {' and '.join(letters)}{'; see under Curves' if older else ''}."


def _below(parent: str, steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return steps in the order in which patients pass them: each followed by those that come from it."""
    own = [each for each in steps if each[0] == parent]
    return [step for each in own for step in (each, *_below(each[1], [s for s in steps if s != each]))]


def _in_order(ours: list[tuple], theirs: list[tuple]) -> list[tuple]:
    """Return the levels of both, by characteristic in the order of the first, those of the second alone at its end."""
    levels = list(dict.fromkeys([*ours, *theirs]))
    characteristics = list(dict.fromkeys(characteristic for characteristic, _ in levels))
    return sorted(levels, key=lambda level: characteristics.index(level[0]))


def _filled(frame: pd.DataFrame, levels: list[tuple]) -> pd.DataFrame:
    """Return the rows of all levels; words stand where a run lacks a level, or the whole characteristic."""
    recorded = set(frame.index.get_level_values(0))
    words = [NO_LEVEL if characteristic in recorded else NOT_RECORDED for characteristic, _ in levels]
    found = frame.reindex(pd.MultiIndex.from_tuples(levels, names=_ROW)).reset_index(drop=True)
    return found.apply(lambda column: column.map(_unbroken, na_action="ignore").where(column.notna(), pd.Series(words)))


def _unbroken(said: str) -> str:
    """Return a cell that breaks between its number and its bracket only, as there are many narrow columns."""
    if not said[:1].isdigit():
        return said
    return said.replace(" ", "\N{NO-BREAK SPACE}").replace("\N{NO-BREAK SPACE}(", " (")
