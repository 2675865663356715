"""What a disclosure policy holds back of a group, as the markers among its counts tell it."""

import pandas as pd

from gistbook.schemas import ENDED, MARKERS, NO_SUMMARY, WITHHELD_KIND


def held_back(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    """Withhold what a policy holds back of a group; where it ends the group, whatever would be read beyond the end."""
    numbers = frame[["estimate", "lower", "upper"]]
    beyond = (frame["measure"] == "rate") & numbers["estimate"].isna()
    beyond |= (frame["measure"] != "rate") & numbers.isna().any(axis=1)
    quantiles = frame["measure"] == "quantile"
    held = {WITHHELD_KIND: quantiles | True, NO_SUMMARY: quantiles, ENDED: beyond}.get(what, quantiles & False)
    return frame.assign(measure=frame["measure"].mask(held, WITHHELD_KIND), **numbers.mask(held))


def what_is_held_back(rows: pd.DataFrame) -> str:
    """Return the gravest of the markers among the counts of a group; nothing if there is none."""
    found = set(rows["kind"])
    return next((marker for marker in MARKERS if marker in found), "")
