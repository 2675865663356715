"""What a disclosure policy holds back of a group, as the markers among its counts tell it."""

import numpy as np
import pandas as pd

from gistbook.schemas import ENDED, MARKERS, NO_SUMMARY, WITHHELD_KIND


def held_back(measure: str, numbers: np.ndarray, marker: str) -> tuple[np.ndarray, np.ndarray]:
    """Withhold what a policy holds back of a group; where it ends the group, whatever would be read beyond the end.

    Numbers are rows of an estimate and its limits. Returned are the measure of each row, or that it is withheld, and
    the numbers that may be told.
    """
    beyond = np.isnan(numbers[:, :1] if measure == "rate" else numbers).any(axis=1)
    all_of_it = np.full(len(numbers), fill_value=True)
    summaries = all_of_it & (measure == "quantile")
    held = {WITHHELD_KIND: all_of_it, NO_SUMMARY: summaries, ENDED: beyond}.get(marker, ~all_of_it)
    return np.where(held, WITHHELD_KIND, measure).astype(object), np.where(held[:, None], np.nan, numbers)


def what_is_held_back(rows: pd.DataFrame) -> str:
    """Return the gravest of the markers among the counts of a group; nothing if there is none."""
    found = set(rows["kind"])
    return next((marker for marker in MARKERS if marker in found), "")
