"""Where the name of a curve stands beside it in the plot: only where there is room for all of it, touching nothing."""

from collections.abc import Iterator

import numpy as np

from gistbook.display.figures.canvas import width_of

_TEXT, _GAP, _CLEAR, _SLOPE = 14, 6, 10, 30
"""Pixels: height of a name, from its own curve, from whatever else is drawn, and by how much its curve may fall there.

The gap is more than half of a mark of the censored, and less than the distance to any other curve.
"""

_STEP, _MARGIN, _FONT = 4, 3, 1.15
"""Pixels between two places that are tried, and at the sides; by how much letters may be wider than they are taken."""


def beside(
    lines: dict[str, np.ndarray], others: list[np.ndarray], size: tuple[int, int]
) -> dict[str, tuple[int, float]]:
    """Left end and middle, in pixels, of the name of each line; a line at which no place is free has none.

    Lines are corners (x and y, in pixels of a plot of a size), and so are `others`, which bear no name.
    """
    drawn = {name: _pixels(line, size) for name, line in lines.items()}
    places, boxes = {}, []
    for name, own in drawn.items():
        taken = np.zeros((size[1] + 1, size[0] + 1), dtype=bool)
        for x, y in [line for each, line in drawn.items() if each != name] + [_pixels(line, size) for line in others]:
            taken[y, x] = True
        for top, bottom, left, right in boxes:
            taken[top:bottom, left:right] = True
        wide = int(width_of(name) * _FONT)
        if free := _free(own, taken, wide):
            _, left, middle = min(free)
            places[name] = (-left, middle)
            boxes.append((int(middle) - _TEXT, int(middle) + _TEXT, -left, wide - left))
    return places


def _free(own: tuple[np.ndarray, np.ndarray], taken: np.ndarray, wide: int) -> list[tuple[float, int, float]]:
    """Free places of a name of a width at its own line: how far from best, left end (negative), and middle.

    Best is after the end of the line; else over or under it, where it falls or rises least.
    """
    height, width = taken.shape
    found = []
    for worse, left, middle in _places(own, taken.shape, wide):
        top, bottom = int(middle - _TEXT / 2), int(middle + _TEXT / 2)
        around = taken[max(top - _CLEAR, 0) : bottom + _CLEAR, left - _MARGIN : left + wide + _MARGIN]
        if top >= 0 and bottom < height and left + wide + _MARGIN < width and not around.any():
            found.append((worse, -left, middle))
    return found


def _places(own: tuple[np.ndarray, np.ndarray], shape: tuple[int, int], wide: int) -> Iterator[tuple]:
    x, y = own
    yield -1.0, int(x[-1]) + _GAP, float(y[-1].clip(_TEXT / 2, shape[0] - 1 - _TEXT / 2))
    for left in range(_MARGIN, shape[1] - wide, _STEP):
        there = y[(x >= left) & (x <= left + wide)]
        if len(there) and x[0] <= left and x[-1] >= left + wide and np.ptp(there) <= _SLOPE:
            yield float(np.ptp(there)), left, float(there.min() - _GAP - _TEXT / 2)
            yield float(np.ptp(there)), left, float(there.max() + _GAP + _TEXT / 2)


def _pixels(line: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Every pixel that a line of straight pieces passes, from its first to its last, within a plot of a size."""
    known = line[np.isfinite(line).all(axis=1)]
    along = np.append(0, np.abs(np.diff(known, axis=0)).sum(axis=1).cumsum())
    steps = np.arange(0, along[-1] + 1, 0.5).clip(max=along[-1])
    x, y = (np.interp(steps, along, known[:, of]).round().astype(int).clip(0, size[of]) for of in (0, 1))
    return x, y
