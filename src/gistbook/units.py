"""The unit in which a book prints the times of its endpoints: one object, made of `cohort.toml` and handed on.

Times are in days wherever they are computed; a unit turns them into what is read.
"""

from collections.abc import Iterable
from typing import NamedTuple

from gistbook.conventions import DAYS_PER_UNIT, days, rounded


class Unit(NamedTuple):
    """A unit of printed times: its name, the days that it has, decimals of a duration, and steps between two ticks.

    `on_grid` says that times are read at the edges of the grid of a policy, which is of months whatever the unit.
    """

    name: str
    days: float
    digits: int
    steps: tuple[int, ...]
    on_grid: bool = False

    def of(self, duration):
        """A duration in this unit from one in days (a number or a series)."""
        return duration / self.days

    def number(self, duration: float) -> str:
        """A duration, which is in days, as its number is printed; of days, one that is whole has no decimal."""
        number = rounded(self.of(duration), self.digits)
        return number.removesuffix(".0") if self.days == 1 else number

    def said(self, duration: float) -> str:
        """A duration, which is in days, as it is printed.

        >>> MONTHS.said(365.25), UNITS["weeks"].said(80), UNITS["days"].said(80), UNITS["years"].said(80)
        ('12.0 months', '11.4 weeks', '80 days', '0.22 years')
        """
        return f"{self.number(duration)} {self.name}"

    def landmark(self, time: float) -> str:
        """A time that was set, in days, as it is printed: whole, but for years.

        >>> MONTHS.landmark(365.25), UNITS["weeks"].landmark(364), UNITS["years"].landmark(365.25)
        ('12 months', '52 weeks', '1 year')
        """
        whole = rounded(self.of(time), 0)
        number = whole if self.name != "years" else f"{float(rounded(self.of(time), 2)):g}"
        return f"{number} {self.name.removesuffix('s') if number == '1' else self.name}"

    def landmarks(self, months: float | Iterable[float]):
        """Times that were set in months, one or a list, in days: the nearest that this unit prints as they are.

        A year is 52 weeks, and 365 days, so that a time which is printed is the time that was meant; on the grid of a
        policy it is 12 months, whose edge is printed as the nearest whole number.

        >>> MONTHS.landmarks([12]), UNITS["weeks"].landmarks([12]), UNITS["days"].landmarks(12)
        ([365.25], [364], 365)
        """
        if isinstance(months, Iterable):
            return [self.landmarks(each) for each in months]
        if self.name == "months" or self.on_grid:
            return days(months)
        if self.name == "years":
            return float(rounded(self.of(days(months)), 2)) * self.days
        return int(rounded(self.of(days(months)), 0)) * self.days


_STEPS = {
    "days": (10, 20, 50, 100, 200, 500, 1000, 2000, 5000),
    "weeks": (4, 8, 13, 26, 52, 104, 260, 520),
    "months": (1, 3, 6, 12, 24, 60, 120),
    "years": (1, 2, 5, 10, 20),
}

UNITS = {name: Unit(name, length, 2 if name == "years" else 1, _STEPS[name]) for name, length in DAYS_PER_UNIT.items()}
"""Every unit in which a book can print times, by its name."""

MONTHS = UNITS["months"]
"""The unit of a book that names none."""


class Since(str):
    """What a time is counted from, as a sentence says it, with the `unit` in which such a time is printed.

    `origin` is the name of that time zero as a parameter, where it has one.
    """

    def __new__(cls, words: str, unit: Unit = MONTHS, origin: str = ""):
        """Make words that bear a unit and a time zero."""
        since = super().__new__(cls, words)
        since.unit, since.origin = unit, origin
        return since


def unit_of(since: str) -> Unit:
    """The unit of times that are counted from somewhere: months, if its words bear none."""
    return getattr(since, "unit", MONTHS)
