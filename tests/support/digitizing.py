"""Read the curves of a survival figure by its pixels alone, as a person with a digitizer does.

`python tests/support/digitizing.py FIGURE.png LAST_TIME NAME=RRGGBB… > curve.csv`, where LAST_TIME stands at the last
tick of the time axis, and each name has the colour of its curve.
"""

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

_DARK, _NEAR = 60, 40
"""Brightness below which a dot is of an axis, and distance of colours, in each of three, within which they are one."""

_TENTHS = 11
"""Ticks of the upright axis, from 0% to 100%."""

_MARK = 30
"""Dots that a mark of censoring is high at most."""

_BESIDE = 5
"""Dots from an axis at which its ticks are looked for."""


def points(picture: bytes, last_time: float, colours: dict[str, str]) -> pd.DataFrame:
    """Return what is read of each curve: arm, time and survival in percent, one row per column of dots."""
    dots = np.array(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    (left, right), (top, bottom) = _scale(dots)
    plot = dots[top - 4 : bottom - 1, left + 2 : right + 1]
    parts = []
    for arm, colour in colours.items():
        wanted = [int(colour[place : place + 2], 16) for place in (0, 2, 4)]
        is_curve = (np.abs(plot - wanted) < _NEAR).all(axis=2)
        columns = np.flatnonzero(is_curve.any(axis=0))
        rows = np.array([_height(np.flatnonzero(is_curve[:, column])) for column in columns]) + top - 4
        times = last_time * (columns + left + 2 - left) / (right - left)
        heights = 100 * (bottom - rows) / (bottom - top)
        parts.append(pd.DataFrame({"arm": arm, "time": times.round(3), "survival": heights.round(2)}))
    return pd.concat(parts, ignore_index=True)


def _height(rows: np.ndarray) -> float:
    """Return the row of the curve in a column of dots: the middle of a line or of a mark on it, the foot of a fall."""
    return rows.max() if np.ptp(rows) > _MARK else np.median(rows)


def _scale(dots: np.ndarray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the columns of the first and last tick of the time axis, and the rows of 100% and 0%."""
    is_dark = (dots < _DARK).all(axis=2)
    axis_column, axis_row = is_dark.sum(axis=0).argmax(), is_dark.sum(axis=1).argmax()
    below = np.flatnonzero(is_dark[axis_row + _BESIDE, axis_column - 2 :]) + axis_column - 2
    beside = np.flatnonzero(is_dark[: axis_row + 3, axis_column - _BESIDE])
    across, down = (_runs(places)[-most:] for places, most in ((below, len(below)), (beside, _TENTHS)))
    return tuple((round(ticks[0].mean()), round(ticks[-1].mean())) for ticks in (across, down))


def _runs(places: np.ndarray) -> list[np.ndarray]:
    """Return runs of neighbouring places."""
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)


if __name__ == "__main__":
    file, last, *arms = sys.argv[1:]
    found = points(Path(file).read_bytes(), float(last), dict(arm.split("=") for arm in arms))
    sys.stdout.write(found.to_csv(index=False))
