"""How far the curves that a policy lets be published are from the exact ones: for the analyst, never in a book."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gistbook.analysis import disclosure, endpoints, estimates, lifetable
from gistbook.conventions import WITHHELD, months, rounded

_ONLY_HERE = "For your eyes only; nothing of this is in the book:"


def lines(cohort, parameters: dict) -> Iterator[str]:
    """Yield line by line how far safe curves depart from exact ones; nothing under an exact policy.

    Parameters
    ----------
    cohort : cohort.Cohort
        The cohort, under its policy.
    parameters : dict
        Those that the book was made with; the origin is taken from them.
    """
    if not cohort.policy.coarsens:
        return
    yield cohort.policy.note
    yield _ONLY_HERE
    for name, adtte in _endpoints(cohort, parameters).items():
        yield from (f"  {name}, {line}" for line in _of_endpoint(lifetable.count(adtte), cohort.policy))


def at_its_steps(exact: pd.DataFrame, safe: pd.DataFrame) -> tuple[float, float]:
    """Return the largest distance between two curves of one group at the times at which the safe one steps, and when.

    There both count the same events, so that what lies between them is what rounding or merging does.
    """
    return _largest(exact, safe, safe["time"].to_numpy(dtype=float))


def anywhere(exact: pd.DataFrame, safe: pd.DataFrame) -> tuple[float, float]:
    """Return the largest distance between two curves of one group up to the last time of the safe one, and when.

    Between its steps the safe curve stays up, though events have happened; this is mostly the width of the grid.
    """
    times = np.unique(np.concatenate([exact["time"], safe["time"]]).astype(float))
    times = np.unique(np.concatenate([times, np.nextafter(times[times > 0], 0)]))
    return _largest(exact, safe, times[times <= safe["time"].max()])


def _largest(exact: pd.DataFrame, safe: pd.DataFrame, times: np.ndarray) -> tuple[float, float]:
    apart = np.abs(_heights(exact, times) - _heights(safe, times))
    return float(apart.max()), float(times[apart.argmax()])


def _heights(curve: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    places = np.searchsorted(curve["time"].to_numpy(dtype=float), times, side="right") - 1
    return curve["survival"].to_numpy(dtype=float)[places]


def _endpoints(cohort, parameters: dict) -> dict[str, pd.DataFrame]:
    """Return the endpoints of which a book under a policy shows curves; none of those that nobody has."""
    origin = parameters.get("origin", "first_operation")
    derived = {name: derive(cohort, origin) for name, derive in endpoints.FROM_OPERATION.items()}
    derived |= {"IMCONT": endpoints.derive_imcont(cohort), "PFS2L": endpoints.derive_pfs2l(cohort)}
    return {name: adtte for name, adtte in derived.items() if len(adtte)}


def _of_endpoint(counts: pd.DataFrame, policy) -> Iterator[str]:
    safe = estimates.survival(disclosure.protect(counts, policy))
    for group, exact in estimates.survival(counts).groupby("group"):
        shown = safe[safe["group"] == group]
        if shown["survival"].isna().all():
            yield f"{group}: {WITHHELD}"
            continue
        sizes = [int(curve[["events", "censored"]].sum().sum()) for curve in (exact, shown)]
        steps, between = (_in_words(*measure(exact, shown)) for measure in (at_its_steps, anywhere))
        yield f"{group}: from the exact curve at most {steps} at its steps, and {between} anywhere; " + (
            f"{sizes[0]} patients printed as {sizes[1]}"
        )


def _in_words(apart: float, when: float) -> str:
    return f"{rounded(100 * apart, 1)} points (at {rounded(months(when), 0)} months)"
