"""Named policies that coarsen counts before anything is estimated from them.

A policy is a function from counts to counts, of the same columns; a further one is an entry in `POLICIES`.
"""

from collections.abc import Callable

import pandas as pd

from gistbook.conventions import UsageError


def _exact(counts: pd.DataFrame) -> pd.DataFrame:
    return counts


POLICIES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {"exact": _exact}


def protect(counts: pd.DataFrame, policy: str) -> pd.DataFrame:
    """Return the counts that may be estimated from under a policy.

    Parameters
    ----------
    counts : DataFrame
        One row per group, entry, exit and kind, as `lifetable.count` makes them.
    policy : str
        Name of a policy; `exact` leaves counts as they are.

    Raises
    ------
    UsageError
        The policy does not exist; the message names those that do.
    """
    if policy not in POLICIES:
        raise UsageError(f"There is no disclosure policy named {policy!r}; there is: {', '.join(POLICIES)}.")
    return POLICIES[policy](counts)
