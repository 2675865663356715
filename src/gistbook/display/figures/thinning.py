"""What is drawn of a curve with more steps than a page can show: the same line to the eye, in far fewer points.

No printed number passes here: tables, counts at risk and sentences come from the whole curve.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from gistbook.schemas import VARIANCE

MOST_STEPS = 150
"""Steps of a group's curve up to which each is drawn as it is; points of the line that stands for more of them."""

MOST_MARKS = 25
"""Parts of the time axis, in each of which one mark stands for all of a group where a curve has more marks than so."""

_WIDTH, _HEIGHT = 620, 300
_NEAR = 0.5
"""Pixels by which a line may miss a curve, in a drawing of the size above."""


def outline(curve: pd.DataFrame, heights: list[str]) -> tuple[pd.DataFrame, str]:
    """Points to draw of curves that change by steps, and how they are joined.

    Curves of few steps are joined by steps at their own points, those of grouped counts by straight lines from edge to
    edge. Where any group has more than `MOST_STEPS`, each becomes the corners of its staircase, joined by straight
    lines, less those that a line between their neighbours passes by at less than a pixel. A step that can be seen stays
    a step, wherever it is.
    """
    if VARIANCE in curve:
        return curve, "linear"
    if not is_long(curve):
        return curve, "step-after"
    parts = [rows.iloc[of].assign(time=at) for rows, of, at in _parts(curve, heights)]
    return pd.concat(parts, ignore_index=True), "linear"


def rows(curve: pd.DataFrame, heights: list[str]) -> pd.DataFrame:
    """Rows of curves from which the same steps can be drawn, to about a pixel; all rows of curves of few."""
    if not is_long(curve):
        return curve
    near = float(curve[heights].max().max() or 1) / _HEIGHT
    parts = [_few_rows(of_group, heights, near) for _, of_group in curve.groupby("group", sort=True)]
    return pd.concat(parts, ignore_index=True)


def marks(curve: pd.DataFrame) -> pd.DataFrame:
    """Rows at which a mark for the censored is drawn: all, or the first of each part of the axis."""
    censored = curve[curve["censored"] > 0]
    if censored.groupby("group").size().max() <= MOST_MARKS:
        return censored
    part = np.floor(censored["time"] / (censored["time"].max() or 1) * MOST_MARKS)
    return censored[~pd.DataFrame({"group": censored["group"], "part": part}).duplicated()]


def is_long(curve: pd.DataFrame) -> bool:
    """Tell whether a curve has more steps than are drawn one by one."""
    return bool(curve.groupby("group").size().max() > MOST_STEPS)


def _few_rows(rows: pd.DataFrame, heights: list[str], near: float) -> pd.DataFrame:
    values = rows[heights].fillna(np.inf).to_numpy(dtype=float).tolist()
    return rows.iloc[sorted({*_few(lambda near: _far(values, near), near, 2 * MOST_STEPS - 1), len(rows) - 1})]


def _far(values: list[list[float]], near: float) -> list[int]:
    """The first place, and each whose values, any of them, are farther than so much from the last one kept."""
    kept = [0]
    for place, here in enumerate(values):
        there = values[kept[-1]]
        if any(a != b and not abs(a - b) <= near for a, b in zip(here, there, strict=True)):
            kept.append(place)
    return kept


def _parts(curve: pd.DataFrame, heights: list[str]):
    """Yield of each group its rows, and of each point that is drawn the number of its row, and its time."""
    across = _WIDTH / (float(curve["time"].max()) or 1)
    up = _HEIGHT / (float(curve[heights].max().max()) or 1)
    for _, rows in curve.groupby("group", sort=True):
        corner = np.arange(2 * len(rows) - 1)
        of, at = corner // 2, rows["time"].to_numpy(dtype=float)[(corner + 1) // 2]
        lines = [(across * at, up * rows[name].to_numpy(dtype=float)[of]) for name in heights]
        kept = _few(functools.partial(_corners_of_all, lines), _NEAR, 2 * MOST_STEPS)
        yield rows, of[kept], at[kept]


def _few(kept_at: Callable[[float], Sequence[int]], near: float, most: int) -> Sequence[int]:
    """What is kept at a distance, or at a larger one if that would be too many."""
    while len(kept := kept_at(near)) > most:
        near *= 1.5
    return kept


def _corners_of_all(lines: list[tuple[np.ndarray, np.ndarray]], near: float) -> np.ndarray:
    return np.unique(np.concatenate([_corners(x, y, near) for x, y in lines]))


def _corners(x: np.ndarray, y: np.ndarray, near: float) -> list[int]:
    """Numbers of the points whose line passes all others at no more than a distance (Ramer, Douglas, Peucker).

    Where a height is not known, no line is drawn, and no point is needed.
    """
    finite = np.flatnonzero(np.isfinite(y))
    x, y = x[finite], y[finite]
    kept = {0, len(x) - 1} if len(x) else set()
    spans = [(0, len(x) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first > 1:
            away = _distances(x[first : last + 1], y[first : last + 1])
            farthest = first + int(away.argmax())
            if away.max() > near:
                kept.add(farthest)
                spans += [(first, farthest), (farthest, last)]
    return finite[sorted(kept)].tolist()


def _distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance of each point from the straight line between the first and the last."""
    across, up = x[-1] - x[0], y[-1] - y[0]
    length = np.hypot(across, up)
    return np.abs(across * (y - y[0]) - up * (x - x[0])) / length if length else np.hypot(x - x[0], y - y[0])
