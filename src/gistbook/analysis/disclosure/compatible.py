"""What a reader who knows the rule and the true size of a group can still conclude from rounded counts.

Bounds are closed forms; the tests draw every possibility and count.
"""

import numpy as np

FEWEST = 3
"""True values that must be possible for every printed count."""

WIDTH = 6


def midpoint(counts):
    """Counts as `midpoint6` prints them: x becomes 6*ceil(x/6) - 3, and 0 is printed like 1 to 6."""
    return np.maximum(WIDTH * np.ceil(counts / WIDTH) - WIDTH / 2, WIDTH / 2)


def bounds(printed):
    """The smallest and the largest count that is printed like each (a number, an array or a frame)."""
    low, high = printed - WIDTH / 2 + 1, printed + WIDTH / 2
    return low * (low > 1), high


def whole(parts, least: float, most: float) -> np.ndarray:
    """Parts as they are rounded, if a reader may know the bounds of what they add up to.

    Parts that add up to a total can have few values only where nearly all of them are at the lower or the upper end of
    what is printed like them. The largest is then printed as one step less, or more. What is printed instead is also
    printed of parts that have `FEWEST` values or more each, so that each keeps these.
    """
    printed = midpoint(np.asarray(parts, dtype=float))
    low, high = (ends.sum() for ends in bounds(printed))
    step = -WIDTH * (most - low < FEWEST - 1) or WIDTH * (high - least < FEWEST - 1)
    printed[printed.argmax()] += step
    return np.maximum(printed, WIDTH / 2)


def single(count: float, total: float) -> float:
    """One rounded count of a known total, of which nothing else is printed.

    The uppermost step is printed as the one below it, where it has fewer than `FEWEST` values.
    """
    printed = float(midpoint(count))
    return printed - WIDTH * (printed > WIDTH and total - bounds(printed)[0] < FEWEST - 1)


def bounds_of_single(printed: float) -> tuple[float, float]:
    """The smallest and the largest count that `single` may print like this, of whatever total."""
    low, high = bounds(printed)
    return low, high + FEWEST - 1
