"""Is there anybody to compare with: who was operated on and who was not, within each pattern of resistance.

An adjusted effect of surgery needs operated and unoperated patients of the same kind. Where treatment followed the
pattern by rule there are none, and no model makes up for that.
"""

import pandas as pd

from gistbook.conventions import NOT_RECORDED

OPERATED, UNOPERATED = "Operated", "Not operated"
_PATTERN = "Pattern of resistance"


def overlap(cohort) -> pd.DataFrame:
    """Count the patients of the record by pattern of resistance and operation: one row per pattern that is recorded.

    Those whom the analysis leaves out are counted too, since they are the very patients to compare with.
    """
    known = cohort.adsl[cohort.adsl["RESPAT"].notna()]
    operated = known["OPDT1"].notna().groupby(known["RESPAT"]).sum()
    counts = pd.DataFrame({OPERATED: operated, UNOPERATED: known.groupby("RESPAT").size() - operated})
    return counts.rename_axis(_PATTERN).reset_index().astype({OPERATED: int, UNOPERATED: int})


def comparable(counts: pd.DataFrame) -> list[str]:
    """Return the patterns within which there are both operated and unoperated patients."""
    both = (counts[OPERATED] > 0) & (counts[UNOPERATED] > 0)
    return counts.loc[both, _PATTERN].tolist()


def adjusted_effect(counts: pd.DataFrame) -> str:
    """Return why no adjusted effect of surgery is printed; there is no cohort for which this book prints one."""
    if counts.empty:
        return f"No adjusted effect is given: the pattern of resistance is {NOT_RECORDED}."
    patterns = comparable(counts)
    if not patterns:
        return "Refused: within no pattern of resistance are there both operated and unoperated patients."
    said = " and ".join(patterns)
    return f"Not given: only within {said} resistance are there both, and why they were treated so is not recorded."
