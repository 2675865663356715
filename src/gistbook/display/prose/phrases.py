"""One estimate as a phrase: value, unit, interval, events and patients, or words for what is not known."""

from gistbook.conventions import (
    EXHAUSTED,
    NOT_ESTIMABLE,
    NOT_REACHED,
    NOT_RECORDED,
    WITHHELD,
    is_known,
    months,
    rounded,
)
from gistbook.schemas import WITHHELD_KIND

PRINTED = {
    "days": (months, 1, " months"),
    "probability": (lambda share: 100 * share, 0, "%"),
    "ratio": (lambda ratio: ratio, 2, ""),
    "count": (lambda mean: mean, 2, ""),
}
"""For each unit of an estimate: how its value is printed, with how many decimals, and what follows."""

_UNKNOWN = {"quantile": NOT_REACHED, "rate": EXHAUSTED}


def phrase(row, noun: str = "patient") -> str:
    """Return one row of estimates as a phrase: value, unit, interval, events and patients (or whatever was counted).

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> phrase(Row(measure="rate", unit="probability", estimate=0.5, lower=0.3, upper=0.7, level=0.95, events=9, n=18))
    '50% (95% CI 30 to 70; 9 events / 18 patients)'
    """
    if row.measure == WITHHELD_KIND:
        return f"{WITHHELD} ({_size(row, noun)})" if row.n else WITHHELD
    printed, digits, unit = PRINTED[row.unit]
    digits, size = (1, _part_of(row, noun)) if row.measure == "proportion" else (digits, _size(row, noun))
    unknown = _UNKNOWN.get(row.measure, NOT_ESTIMABLE)
    if not is_known(row.estimate) and not is_known(row.lower):
        return f"{unknown} ({size})"
    value = f"{rounded(printed(row.estimate), digits)}{unit}" if is_known(row.estimate) else unknown
    lower, upper = (rounded(printed(x), digits) if is_known(x) else NOT_REACHED for x in (row.lower, row.upper))
    if not is_known(row.lower) and not is_known(row.upper):
        return f"{value} (no interval; {size})"
    return f"{value} ({100 * row.level:g}% CI {lower} to {upper}; {size})"


def intensity(row) -> str:
    """Return a median with its quartiles, in percent."""
    low, middle, high = (rounded(value, 0) for value in (row.lower, row.estimate, row.upper))
    return f"{middle}% ({low} to {high})"


def part(row, unit: str) -> str:
    """Return a count with its share, or a median with its quartiles."""
    if not is_known(row.count):
        return WITHHELD
    if row.level == "missing":
        return count(row.count)
    if not is_known(row.n):
        return count(row.count)
    if not is_known(row.estimate):
        return NOT_RECORDED
    if row.level == "median":
        low, middle, high = (rounded(value, 1) for value in (row.lower, row.estimate, row.upper))
        return f"{middle} {unit} ({low} to {high})".replace("  ", " ")
    return f"{count(row.count)} of {count(row.n)} ({rounded(100 * row.estimate, 0)}%)"


def count(number: float) -> str:
    """Return a number of patients or operations; in words where a disclosure policy withholds it."""
    return f"{int(number)}" if is_known(number) else WITHHELD


def _size(row, noun: str) -> str:
    return f"{_number(row.events, 'event')} / {_number(row.n, noun)}"


def _part_of(row, noun: str) -> str:
    return f"{row.events} of {_number(row.n, noun)}"


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
