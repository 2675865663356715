"""Every pasted number of two runs: what differs, by how much, and whether the intervals overlap."""

import math
from typing import NamedTuple

import pandas as pd

from gistbook.conventions import is_known, rounded
from gistbook.press.comparison.names import is_example, worded
from gistbook.press.comparison.runs import Run

INTRODUCING = {"cohort_title", "commit", "data_note", "this_cohort"}
"""Keys under which chapters speak of their cohort and code; the page tells them once, in words of its own."""

PUBLISHED = "published_"
"""How keys begin that hold what the paper printed, which no run changes."""

PRINTED = {
    "months": (1, 1, " months"),
    "probability": (100, 1, " percentage points"),
    "share": (100, 1, " percentage points"),
    "count": (1, 0, ""),
}
"""For each unit: by what a difference is multiplied, with how many decimals it is printed, and what follows."""

NO_INTERVAL = "no interval"
NO_COMPARISON = "not compared"
OTHER_LEVELS = "of different levels"
OTHER_TIME_ZERO = "another time zero"
NOT_PASTED = "not pasted by this run"
OF_OTHERS = "of other patients"

_COMPARED = ("value", "lower", "upper", "share", "level")


class _Pair(NamedTuple):
    """What both runs pasted under one key; `None` where one did not."""

    chapter: str
    key: str
    a: dict | None
    b: dict | None

    @property
    def numeric(self) -> bool:
        return any(each is not None and "unit" in each for each in (self.a, self.b))


def counted(a: Run, b: Run) -> dict[str, int]:
    """Return how many numbers both runs pasted (`n_both`), and how many of them are other ones or the same."""
    shared = [pair for pair in _pairs(a, b) if pair.numeric and pair.a and pair.b]
    same = sum(_is_same(pair, a, b) for pair in shared)
    return {"n_both": len(shared), "n_moved": len(shared) - same, "n_same": same}


def moved(a: Run, b: Run) -> pd.DataFrame:
    """Return the numbers that differ as a table of words: one row per number, those that can be subtracted first.

    The difference is B less A in the unit of the number; of shares, in percentage points; of ratios, B as a multiple
    of A. It stands without an interval: the two estimates may be of the same patients, and their covariance is unknown.
    """
    pairs = [pair for pair in _pairs(a, b) if pair.numeric and pair.a and pair.b and not _is_same(pair, a, b)]
    pairs.sort(key=lambda pair: _reason(pair, a, b) != "")
    rows = [_row(pair, *_told(pair), _difference(pair, a, b), _overlap(pair, a, b)) for pair in pairs]
    columns = ["Number", a.label, b.label, "B less A", "Intervals overlap", "Chapter"]
    return _table(rows, columns, "No number differs between the two runs.")


def unmoved(a: Run, b: Run) -> pd.DataFrame:
    """Return the numbers that are the same in both runs as a table of words: one row per number."""
    pairs = [pair for pair in _pairs(a, b) if pair.numeric and pair.a and pair.b and _is_same(pair, a, b)]
    rows = [_row(pair, pair.a["phrase"]) for pair in pairs]
    return _table(rows, ["Number", "In both runs", "Chapter"], "No number is the same in both runs.")


def reworded(a: Run, b: Run) -> pd.DataFrame:
    """Return the phrases without one number of their own that differ as a table of words: one row per phrase."""
    pairs = [pair for pair in _pairs(a, b) if not pair.numeric and pair.a and pair.b]
    rows = [_row(pair, *_told(pair)) for pair in pairs if pair.a["phrase"] != pair.b["phrase"]]
    return _table(rows, ["Phrase", a.label, b.label, "Chapter"], "No other phrase differs between the two runs.")


def unpaired(a: Run, b: Run) -> pd.DataFrame:
    """Return what one run only pasted as a table of words: one row per key."""
    rows = [_row(pair, *_told(pair)) for pair in _pairs(a, b) if not (pair.a and pair.b)]
    return _table(rows, ["What", a.label, b.label, "Chapter"], "Both runs pasted the same things.")


def _pairs(a: Run, b: Run) -> list[_Pair]:
    pairs = []
    for chapter in sorted({*a.values, *b.values}):
        ours, theirs = (run.values.get(chapter, {}) for run in (a, b))
        keys = [key for key in sorted({*ours, *theirs} - INTRODUCING) if not key.startswith(PUBLISHED)]
        pairs += [_Pair(chapter, key, ours.get(key), theirs.get(key)) for key in keys]
    return pairs


def _is_same(pair: _Pair, a: Run, b: Run) -> bool:
    """Tell whether two numbers are the same; one that does not tell its time zero cannot have moved with it."""
    alike = all(_near(pair.a.get(name), pair.b.get(name)) for name in _COMPARED)
    alike = alike and pair.a["phrase"] == pair.b["phrase"]
    silent = not pair.a.get("origin") and not pair.b.get("origin")
    reason = _reason(pair, a, b)
    return alike and (not reason or (silent and reason == OTHER_TIME_ZERO))


def _near(ours, theirs) -> bool:
    if not is_known(ours) or not is_known(theirs):
        return is_known(ours) == is_known(theirs)
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)


def _reason(pair: _Pair, a: Run, b: Run) -> str:
    """Return why two numbers are not of one quantity; nothing if they are."""
    reasons = {
        "no number in A": "unit" not in pair.a,
        "no number in B": "unit" not in pair.b,
        "another unit": _unit(pair.a) != _unit(pair.b),
        "another measure": pair.a.get("measure") != pair.b.get("measure"),
        "another group": pair.a.get("group") != pair.b.get("group"),
        OTHER_TIME_ZERO: _time_zero(a, pair.chapter, pair.a) != _time_zero(b, pair.chapter, pair.b),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _unit(record: dict) -> str:
    return "share" if is_known(record.get("share")) else record.get("unit", "")


def _time_zero(run: Run, chapter: str, record: dict) -> str:
    """Return what a number is counted from; where it depends on time without telling, what its chapter counts from."""
    origin = record.get("origin")
    if origin:
        return run.clocks.get(origin, origin)
    timed = record.get("unit") == "months" or record.get("measure") == "rate"
    return run.phrase(chapter, "clock") if timed else ""


def _difference(pair: _Pair, a: Run, b: Run) -> str:
    reason, unit = _reason(pair, a, b), _unit(pair.a)
    ours, theirs = (record.get("share" if unit == "share" else "value") for record in (pair.a, pair.b))
    if reason or unit == "p":
        return f"{NO_COMPARISON}: {reason or 'a p-value'}"
    missing = [letter for letter, value in (("A", ours), ("B", theirs)) if not is_known(value)]
    if missing:
        return f"{NO_COMPARISON}: no value in {' or '.join(missing)}"
    if _near(ours, theirs):
        return "none; its interval moved" if _interval_moved(pair) else "none; its patients or events are others"
    return _times(ours, theirs) if unit == "ratio" else _signed(theirs - ours, unit)


def _interval_moved(pair: _Pair) -> bool:
    return not all(_near(pair.a.get(name), pair.b.get(name)) for name in ("lower", "upper", "level"))


def _signed(difference: float, unit: str) -> str:
    factor, digits, words = PRINTED.get(unit, (1, 2, f" {unit}"))
    if unit == "count" and not float(difference).is_integer():
        digits = 2
    size = rounded(abs(difference) * factor, digits)
    if float(size) == 0:
        return f"under {rounded(10**-digits, digits)}{words} {'more' if difference > 0 else 'less'}"
    return f"{'+' if difference > 0 else '−'}{size}{words}"


def _times(ours: float, theirs: float) -> str:
    return f"{rounded(theirs / ours, 2)} times A" if ours > 0 else f"{NO_COMPARISON}: A is zero"


def _overlap(pair: _Pair, a: Run, b: Run) -> str:
    if _reason(pair, a, b):
        return NO_COMPARISON
    limits = [_limits(record) for record in (pair.a, pair.b)]
    if None in limits:
        return NO_INTERVAL
    if not _near(pair.a.get("level"), pair.b.get("level")):
        return OTHER_LEVELS
    (low_a, high_a), (low_b, high_b) = limits
    return "yes" if low_a <= high_b and low_b <= high_a else "no"


def _limits(record: dict) -> tuple[float, float] | None:
    """Return the limits of a number; an upper limit that a median does not reach lies beyond every other."""
    lower, upper = record.get("lower"), record.get("upper")
    if is_known(lower) and upper is None and record.get("measure") == "quantile":
        upper = math.inf
    return (lower, upper) if is_known(lower) and upper is not None else None


def _row(pair: _Pair, *cells: str) -> tuple[str, ...]:
    """Return a row of a table: what it is about, the cells, and the chapter, last, where a narrow screen may cut it."""
    example = f", {OF_OTHERS}" if is_example(pair.chapter, pair.key) else ""
    return (worded(pair.key), *cells, f"{worded(pair.chapter)}{example}")


def _told(pair: _Pair) -> tuple[str, str]:
    return tuple(each["phrase"] if each else NOT_PASTED for each in (pair.a, pair.b))


def _table(rows: list[tuple], columns: list[str], words: str) -> pd.DataFrame:
    """Return rows as a table; where there are none, the words that say so."""
    return pd.DataFrame(rows, columns=columns) if rows else pd.DataFrame({columns[0]: [words]})
