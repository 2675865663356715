"""What a reader who knows the rule and the true size of a group can still conclude from rounded counts.

Bounds are closed forms; the tests draw every possibility and count.
"""

import numpy as np
import pandas as pd

FEWEST = 3
"""True values that must be possible for every printed count."""

WIDTH = 6


def midpoint(counts):
    """Return counts as `midpoint6` prints them: 0 stays, x becomes 6*ceil(x/6) - 3 (a number, a series or a frame)."""
    return np.maximum(WIDTH * np.ceil(counts / WIDTH) - WIDTH / 2, 0)


def bounds(printed) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest count that is printed like each; 0 is nothing but 0."""
    printed = np.asarray(printed, dtype=float)
    half = WIDTH / 2 * (printed > 0)
    return printed - half + (printed > 0), printed + half


def adding_up(lowest, highest, least: float, most: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds of parts that are known to add up to a total within bounds, from those of each alone.

    Every whole number between the bounds is possible, since parts trade one for one.
    """
    lowest, highest = np.asarray(lowest, dtype=float), np.asarray(highest, dtype=float)
    others_low, others_high = lowest.sum() - lowest, highest.sum() - highest
    return np.maximum(lowest, least - others_high), np.minimum(highest, most - others_low)


def keeps_parts(printed, least: float, most: float) -> bool:
    """Tell whether every part above 0 keeps enough possible values, if the true total is known to lie within bounds."""
    return _enough(printed, *adding_up(*bounds(printed), least, most))


def keeps_times(printed: pd.DataFrame, size: int) -> bool:
    """Tell whether every cumulative count of a rounded life table keeps enough possible values.

    Parameters
    ----------
    printed : DataFrame
        One row per edge of the grid and one column per kind of exit: rounded cumulative counts, nobody left after the
        last edge.
    size : int
        True size of the group, which is taken for known.

    Notes
    -----
    In the last row the kinds add up to the size. No earlier count of a kind exceeds its last one, and each is free
    above its own lower bound, since what leaves later can make up for it.
    """
    low, high = bounds(printed)
    low[-1], high[-1] = adding_up(low[-1], high[-1], size, size)
    return _enough(printed, low, np.minimum(high, high[-1]))


def _enough(printed, low: np.ndarray, high: np.ndarray) -> bool:
    shown = np.asarray(printed, dtype=float) > 0
    return bool((high - low + 1 >= FEWEST)[shown].all())
