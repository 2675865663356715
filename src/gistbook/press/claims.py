"""Does a published number agree with a recomputed one: the ledger of the paper.

The ledger compares what the chapters pasted, never a second calculation of it.
"""

import json
from pathlib import Path

import pandas as pd

from gistbook.conventions import NOT_COMPUTED, DataError, rounded
from gistbook.schemas import CLAIMS, names

PUBLISHED_CLAIMS = Path(__file__).parents[3] / "data" / "published_claims.csv"
PAPER = "10.1007/s00595-021-02241-5"
"""DOI of the paper whose claims the ledger holds; a cohort that `reproduces` it is held to them."""

RECOMPUTABLE, NOT_RECOMPUTABLE, NO_DENOMINATOR = "recomputable", "not recomputable", "denominator not stated"
AGREES, BY_CONSTRUCTION, DIFFERS = "agrees", "agrees by construction", "differs"
_WORDS = {"no": 0.0, "all": 1.0}


def load_published(path: Path = PUBLISHED_CLAIMS) -> pd.DataFrame:
    """Read the published claims: one row per number or statement of the abstract, columns of `schemas.CLAIMS`."""
    claims = pd.read_csv(path, dtype=str, keep_default_na=False)
    wrong = [name for name in names(CLAIMS) if name not in claims]
    if wrong or claims["claim_id"].duplicated().any():
        raise DataError(f"{path.name} lacks the columns {wrong} or names a claim twice.")
    return claims


def load_values(path: str | Path) -> dict[str, dict]:
    """Read what the chapters pasted: by chapter, then key. Nothing if no file is named, as when one chapter runs alone."""
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else {}


def agrees(published: str, recomputed: float) -> bool:
    """Tell whether a number would be printed as the published one is: within half a unit of its last digit.

    Examples
    --------
    >>> agrees("14.5", 14.5499), agrees("14.5", 14.56), agrees("93%", 14 / 15), agrees("no", 0.0), agrees("all", 0.94)
    (True, False, True, True, False)
    """
    if published in _WORDS:
        return recomputed == _WORDS[published]
    digits = published.rstrip("%")
    scale = 100 if published.endswith("%") else 1
    decimals = len(digits.partition(".")[2])
    return abs(recomputed * scale - float(digits)) <= 0.5 * 10**-decimals + 1e-9


def ledger(claims: pd.DataFrame, values: dict, calibrated_to: tuple[str, ...], reproduces: str) -> pd.DataFrame:
    """Set every published claim beside what the chapters pasted.

    Parameters
    ----------
    claims : DataFrame
        As `load_published` reads them.
    values : dict
        What the chapters pasted, as `load_values` reads it.
    calibrated_to : tuple of str
        Claims to which a synthetic cohort was tuned, so that agreement with them proves nothing.
    reproduces : str
        DOI of the paper whose patients these are, or stand for; of another cohort no claim is judged.

    Returns
    -------
    DataFrame
        One row per claim: `claim_id`, `claim`, `published`, `recomputed` (a phrase), `verdict` (empty where nothing
        is judged), `chapter`, `note`.
    """
    pasted = [values.get(row.chapter, {}).get(row.key) for row in claims.itertuples()]
    said = [value["phrase"] if value else NOT_COMPUTED for value in pasted]
    verdicts = [
        _verdict(row, value, row.claim_id in calibrated_to) if reproduces == PAPER else ""
        for row, value in zip(claims.itertuples(), pasted, strict=True)
    ]
    return claims.assign(recomputed=said, verdict=verdicts)[
        ["claim_id", "claim", "published", "unit", "recomputed", "verdict", "chapter", "note"]
    ]


def for_reading(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the ledger under the headers of a printed table; without verdicts where nothing is judged."""
    judged = rows if (rows["verdict"] != "").any() else rows.drop(columns="verdict")
    headers = {"recomputed": "Recomputed" if judged is rows else "This cohort"}
    return judged.rename(columns=lambda name: headers.get(name, name.capitalize()))


def denominators(printed: str, largest: int) -> pd.DataFrame:
    """Find the fractions that print as a whole percentage: all numerators and denominators up to the largest.

    Returns
    -------
    DataFrame
        One row per fraction: `numerator`, `denominator`, `percent`.
    """
    fractions = [(k, n) for n in range(1, largest + 1) for k in range(n + 1) if agrees(printed, k / n)]
    percents = [rounded(100 * k / n, 1) for k, n in fractions]
    return pd.DataFrame(fractions, columns=["numerator", "denominator"]).assign(percent=percents)


def _verdict(claim, value: dict | None, calibrated: bool) -> str:
    if claim.status != RECOMPUTABLE:
        return claim.status
    if value is None or value["value"] is None:
        return NOT_COMPUTED
    if not agrees(claim.published, value["value"]):
        return DIFFERS
    return BY_CONSTRUCTION if calibrated else AGREES
