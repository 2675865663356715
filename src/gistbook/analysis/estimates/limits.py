"""Pointwise limits of a survival probability, on the scale on which they are symmetric."""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pandas as pd


def with_limits(rows: pd.DataFrame, interval: str, level: float) -> pd.DataFrame:
    """Return a product-limit estimate with limits in place of its cumulated `variance`, Greenwood's."""
    known = rows["survival"].where(rows["survival"] > 0)
    margin = normal_quantile(level) * np.sqrt(rows.pop("variance"))
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = TRANSFORMATIONS[interval](known, margin)
    certain = rows["survival"] == 1
    return rows.assign(lower=lower.mask(certain, 1.0), upper=upper.mask(certain, 1.0).clip(upper=1.0), level=level)


def normal_quantile(level: float) -> float:
    """Return how many standard errors lie between an estimate and its limits."""
    return NormalDist().inv_cdf((1 + level) / 2)


def _log_limits(known: pd.Series, margin: pd.Series) -> tuple[pd.Series, pd.Series]:
    return known * np.exp(-margin), known * np.exp(margin)


def _log_log_limits(known: pd.Series, margin: pd.Series) -> tuple[pd.Series, pd.Series]:
    widening = np.exp(margin / np.log(known).abs())
    return known**widening, known ** (1 / widening)


TRANSFORMATIONS: dict[str, Callable] = {"log-log": _log_log_limits, "log": _log_limits}
