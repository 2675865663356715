"""What analyses print of many drawn cohorts, in words: each share and width with its Monte Carlo error.

The error is a standard error; it tells how far another so many cohorts would move the number, and nothing of patients.
"""

import numpy as np
import pandas as pd

from gistbook.analysis import truth
from gistbook.conventions import NOT_REACHED, is_known, rounded

NONE = "not estimable"


def share(part: float, cohorts: float) -> str:
    """A share of so many drawn cohorts with its Monte Carlo error, in points.

    >>> share(0.05, 10000)
    '5.0% (±0.2)'
    >>> share(1, 10)
    'all 10'
    """
    if not is_known(part):
        return NONE
    if part in (0, 1):  # there the error of the formula is 0, which says too much
        return f"{'all' if part else 'none of'} {rounded(cohorts, 0)}"
    error = max(100 * np.sqrt(part * (1 - part) / cohorts), 0.1)
    return f"{rounded(100 * part, 1)}% (±{rounded(error, 1)})"


def number(value: float, error: float, digits: int = 2) -> str:
    """A number with its Monte Carlo error; the least that is printed of an error is one in the last place."""
    if np.isinf(value):
        return NOT_REACHED
    if not is_known(value):
        return NONE
    about = f"±{rounded(max(error, 10.0**-digits), digits)}" if np.isfinite(error) else f"error {NONE}"
    return f"{rounded(value, digits)} ({about})"


def model() -> dict[str, str]:
    """What the cohorts are drawn from, in words: each number of the model by what it is."""
    shares = {f"Operated on, overlap {name}": both for name, both in truth.OVERLAPS.items()}
    return {
        "Patients for whom an operation is planned": f"{truth.SHARE_PLANNED:.0%}",
        "Wait for a planned operation": f"median {truth.MEDIAN_WAIT:g} months, exponential",
        "Survival without an operation": f"median {truth.MEDIAN_SURVIVAL:g} months, exponential",
        "End of follow-up": "{:g} to {:g} months, uniform".format(*truth.FOLLOW_UP),
        "Time to progression": f"median {truth.MEDIAN_PROGRESSION:g} months, Weibull of shape {truth.SHAPE:g}",
        "Hazard of death, generalized against localized pattern": f"{truth.HAZARD_OF_PATTERN:g} times",
        **{name: "{:.0%} of localized, {:.0%} of generalized".format(*both) for name, both in shares.items()},
        "Hazard of death, without against with the unrecorded reason": f"{truth.HAZARD_WITHOUT_REASON:g} times",
    }


def ratios(rows: pd.DataFrame) -> pd.DataFrame:
    """Word what analyses print of a true hazard ratio, as `truth.judged` has it."""
    return pd.DataFrame(
        {
            "Truth": [f"{row.kind} (ratio {rounded(row.truth, 2)})" for row in rows.itertuples()],
            "Analysis": rows["label"],
            "Median of the ratios": [number(row.estimate, row.error) for row in rows.itertuples()],
            "Times the truth": [number(row.bias, row.bias * (row.bias_error - 1)) for row in rows.itertuples()],
            "Limits hold the truth": [share(row.coverage, max(row.finite, 1)) for row in rows.itertuples()],
            "Test finds a difference": [share(row.different, row.cohorts) for row in rows.itertuples()],
            "Cohorts with a ratio": [share(row.estimable, row.cohorts) for row in rows.itertuples()],
        }
    )


def as_forest(rows: pd.DataFrame, source: str) -> pd.DataFrame:
    """The same as rows of `figures.forest`: the middle of the ratios, and between which nine of ten of them lie."""
    return rows[["label", "kind", "estimate", "lower", "upper", "truth"]].assign(source=source)


def limits(rows: pd.DataFrame) -> pd.DataFrame:
    """Word how often limits hold the truth and how wide they are: one row per size, times, quantity and truth."""
    lines: dict[tuple, dict] = {}
    for row in rows.itertuples():
        of = {"Patients": str(row.patients), "Times": row.times, "Quantity and truth": _truth(row)}
        lines.setdefault(tuple(of.values()), of)[row.interval] = _held(row)
    return pd.DataFrame(list(lines.values()))


def _truth(row) -> str:
    what = f"{rounded(row.truth, 1)} months" if row.quantity == "median" else f"{rounded(100 * row.truth, 1)}%"
    return f"{row.quantity}, {row.truth_is}: {what}"


def _held(row) -> str:
    scale, unit = (1, "months") if row.quantity == "median" else (100, "points")
    wide = number(scale * row.width, scale * row.width_error, 1)
    return f"{share(row.coverage, row.cohorts)}; {wide if wide == NOT_REACHED else f'{wide} {unit}'}"


def policies(rows: pd.DataFrame) -> pd.DataFrame:
    """Word how far policies move a printed share, and how often their limits hold what the exact book prints."""
    return pd.DataFrame(
        {
            "Policy": rows["policy"],
            "Patients": rows["patients"].astype(str),
            "Shown": [share(row.shown, row.rates) for row in rows.itertuples()],
            "Exact within limits": [share(row.within, max(row.rates * row.shown, 1)) for row in rows.itertuples()],
            "Shift, points": [number(100 * row.shift, 100 * row.shift_error, 1) for row in rows.itertuples()],
            "Times as wide": [number(row.wide, row.wide_error) for row in rows.itertuples()],
        }
    )
