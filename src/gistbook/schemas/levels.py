"""How a table lists the levels of a free text, so that its rows do not grow with the cohort."""

from collections.abc import Mapping

MOST_LEVELS = 20
"""Levels of a free text that a table lists; the rest of them is summed, so that no table grows with the cohort."""


def listed_levels(counts: Mapping[str, int], noun: str = "level") -> dict[str, str]:
    """Return for each level of a free text under which name a table lists it, in the order of the table.

    Where there are more than `MOST_LEVELS`, the most frequent keep their names, and the rest is one level, the last.

    Examples
    --------
    >>> listed_levels({"liver": 2, "bone": 1})
    {'bone': 'bone', 'liver': 'liver'}
    >>> list(listed_levels({str(i): 1 for i in range(30)}).values())[-1]
    'other (11 levels)'
    """
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    few = len(ranked) <= MOST_LEVELS
    kept, rest = (ranked, []) if few else (ranked[: MOST_LEVELS - 1], ranked[MOST_LEVELS - 1 :])
    return {level: level for level in sorted(kept)} | dict.fromkeys(rest, f"other ({len(rest)} {noun}s)")
