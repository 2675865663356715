"""The policies by name, with their rule in words, and which one a cohort is published under.

Below them stands how counts are rounded, and what a reader who knows the rule can still conclude from one.
"""

import re
from typing import NamedTuple

import numpy as np

from gistbook.conventions import ACCESS, MINIMA, NOT_FOR_RELEASE, UsageError
from gistbook.spelling import nearest

DISCLOSED, MARKED = "Disclosure-controlled under policy", "Not for release: exact numbers"
"""How a page begins to say that it is under a policy, or that it is not to be published."""

BY_ACCESS = "default"
"""In place of a name: the policy of the access."""

DEFAULTS = dict.fromkeys(ACCESS, "exact") | {ACCESS[-1]: "midpoint6"}
"""For each access to a cohort, the policy that it is published under unless another one is asked for."""

SMALLEST_GROUP = 10
"""Patients, or operations, below which a group has no column and no part of it is printed; or a threshold that is more.

It is taken for known how many they are, so that this withholding tells nothing else.
"""

GRIDS, _MOST_INTERVALS = (3, 6, 12, 24), 20
"""Widths of a grid in months, and into how many intervals a declared follow-up is divided at most."""

_NAME = re.compile(r"(?P<bare>[a-z_]+\d*)(?:@(?P<grid>\d+))?")


class Policy(NamedTuple):
    """One policy: its name and version, whether it coarsens, and its sizes.

    `minimum` is the smallest count that a threshold lets through, and 0 where counts are rounded; `fewest` is the
    number of subjects below which a group has no median, test or hazard ratio; `grid_months` is the width of the grid
    of times, fixed before anybody looked at data; another may be asked for.
    """

    name: str
    coarsens: bool = False
    version: int = 1
    minimum: int = 0
    fewest: int = 0
    grid_months: int = 6

    @property
    def smallest(self) -> int:
        """The smallest group of which counts are printed; 0 where numbers are exact."""
        return max(self.minimum, SMALLEST_GROUP) if self.coarsens else 0

    @property
    def note(self) -> str:
        """The name and rule, as they stand under every figure and table; nothing where numbers are exact."""
        if not self.coarsens:
            return self.short
        rule = (_OF_THRESHOLD if self.minimum else _OF_ROUNDING).format(minimum=self.minimum, months=self.grid_months)
        return f"{self.short} {rule} {_GROUPED}"

    @property
    def short(self) -> str:
        """The name alone, as the top of every page says it; nothing where numbers are exact."""
        if self.name == NOT_FOR_RELEASE:
            return f"{MARKED}, to which no disclosure control has been applied."
        return f"{DISCLOSED} {self.name}, version {self.version}." if self.coarsens else ""


_OF_THRESHOLD = (
    "Counts below {minimum} are withheld, and others by which one could work them out. Times are moved up to a grid of "
    "{months} months, whose intervals are merged until each holds at least {minimum} events and leaves as many at risk;"
)
_OF_ROUNDING = (
    "Counts are put into sixes, of which the middle is printed (0 to 6 as 3, 7 to 12 as 9, 13 to 18 as 15), and need "
    "not add up. Times are moved up to a grid of {months} months, along which events and censorings are rounded as "
    "they add up;"
)
_GROUPED = (
    "of those censored in an interval half are at risk in it, limits hold what this leaves open, and between two edges "
    "the hazard is constant."
)

_POLICIES = {
    "exact": Policy("exact"),
    NOT_FOR_RELEASE: Policy(NOT_FOR_RELEASE),
    "midpoint6": Policy("midpoint6", coarsens=True, fewest=30),
    **{f"threshold{m}": Policy(f"threshold{m}", coarsens=True, minimum=m) for m in MINIMA},
}


def is_coarse(cohort) -> bool:
    """Tell whether a cohort is shown under a policy that coarsens; one of which no policy was chosen is not."""
    return cohort.policy is not None and cohort.policy.coarsens


def choose(name: str, access: str) -> Policy:
    """The policy that a cohort is shown under.

    `name` is that of a policy, or `default` for that of the access; `threshold` alone is the one of 10. After an @ may
    stand the width of the grid in months, as in `midpoint6@12`. Raises `UsageError` if there is no such policy, its
    grid is too narrow, or exact numbers are asked for of a confidential cohort.
    """
    given = _NAME.fullmatch({BY_ACCESS: DEFAULTS[access], "threshold": "threshold10"}.get(name, name))
    bare = given["bare"] if given else name
    if bare not in _POLICIES:
        raise UsageError(f"There is no disclosure policy named {name!r}. {nearest(name, _POLICIES)}")
    if bare == "exact" and access == ACCESS[-1]:
        raise UsageError(
            "The cohort is confidential, and exact numbers of it are nothing to publish. Leave the policy out for "
            f"{DEFAULTS[access]}, or say --not-for-release to see them yourself."
        )
    return _on_grid(_POLICIES[bare], given["grid"])


def over_follow_up(policy: Policy, patients: float, follow_up_months: float) -> Policy:
    """A policy on the grid of a book, by the rule of twenty intervals, before any curve is counted.

    The narrowest of `GRIDS` that divides the follow-up, as it was declared in months (0 if it was not), into at most
    twenty intervals, and into no more than `patients`, who are analysed, as the flow prints them; the widest, if none
    does. A grid that was asked for stays. Raises `UsageError` if the follow-up is no number of months.
    """
    if isinstance(follow_up_months, bool) or not isinstance(follow_up_months, int | float) or follow_up_months < 0:
        raise UsageError("follow_up_months takes a number of months, like 60.")
    if not policy.coarsens or "@" in policy.name or not follow_up_months:
        return policy
    most = min(_MOST_INTERVALS, patients) if patients > 0 else 1
    width = next((width for width in GRIDS if follow_up_months / width <= most), GRIDS[-1])
    return policy if width == policy.grid_months else _on_grid(policy, str(width))


def exact_only(policy: Policy) -> None:
    """Raise `UsageError` where a policy coarsens, as what follows cannot be made coarse.

    A build leaves such passages out; this guards a chapter that is run by itself.
    """
    if policy.coarsens:
        raise UsageError(f"What follows is withheld under the policy {policy.name}; it exists with exact numbers only.")


def extremes(values: tuple, policy: Policy) -> tuple:
    """The first and last of something, or lowest and highest; NaN where a policy coarsens."""
    return tuple(float("nan") for _ in values) if policy.coarsens else values


def _on_grid(policy: Policy, months: str | None) -> Policy:
    if months is None:
        return policy
    if not policy.coarsens or int(months) < GRIDS[0]:
        raise UsageError(f"A grid is of {GRIDS[0]} months or more, and of a policy that coarsens.")
    return policy._replace(name=f"{policy.name}@{int(months)}", grid_months=int(months))


FEWEST, WIDTH = 3, 6
"""True values that must be possible for every printed count, and the step by which counts are rounded."""


def midpoint(counts):
    """Counts as `midpoint6` prints them: x becomes 6*ceil(x/6) - 3, and 0 is printed like 1 to 6."""
    return np.maximum(WIDTH * np.ceil(counts / WIDTH) - WIDTH / 2, WIDTH / 2)


def bounds(printed):
    """The smallest and the largest count that is printed like each (a number, an array or a frame)."""
    low, high = printed - WIDTH / 2 + 1, printed + WIDTH / 2
    return low * (low > 1), high
