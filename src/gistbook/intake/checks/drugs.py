"""Names of drugs: which rows may be imatinib, or another known inhibitor, under a name that is not read as it."""

import difflib
from collections.abc import Iterator

import pandas as pd

from gistbook.conventions import IMATINIB, WARNING, Finding
from gistbook.intake.checks.places import at
from gistbook.intake.readers import by_distinct

INHIBITORS = (
    IMATINIB, "sunitinib", "regorafenib", "ripretinib", "avapritinib", "nilotinib", "dasatinib", "sorafenib",
    "masitinib", "pazopanib", "ponatinib", "cabozantinib", "pimitespib",
)  # fmt: skip
"""International names of drugs that are given for GIST."""

_OTHER_NAMES = {
    IMATINIB: ("glivec", "gleevec", "sti571", "イマチニブ", "グリベック"),
    "sunitinib": ("sutent", "su11248", "スニチニブ", "スーテント"),
    "regorafenib": ("stivarga", "レゴラフェニブ", "スチバーガ"),
}

_NEAR = 0.85
"""How much a name must resemble one of `INHIBITORS`, from 0 to 1, to be taken for a slip of it."""

_MOST_NAMES = 1000
"""As many names as are looked at one by one."""

_SECTION = "[values.exposures.drug]"


def named_otherwise(exposures: pd.DataFrame) -> Iterator[Finding]:
    """Find rows of a drug that the book would take for another one, and a table in which nothing is imatinib."""
    if "drug" not in exposures:
        return
    drugs = by_distinct(exposures["drug"], lambda cells: cells.str.casefold())
    known = {drug: meant(drug) for drug in drugs.unique()[:_MOST_NAMES]}
    for drug in INHIBITORS:
        otherwise = [name for name, taken in known.items() if taken == drug != name]
        rows = exposures[drugs.isin(otherwise)] if otherwise else exposures.iloc[:0]
        remedy = f"It counts as a drug of its own. If it is {drug}, say so under {_SECTION} in cohort.toml."
        yield from at("exposures", "drug", rows, f"perhaps {drug} under another name", remedy, WARNING)
    if IMATINIB not in known.values() and (drugs != "").any():
        remedy = f"If it is in the table under another name, say so under {_SECTION} in cohort.toml."
        yield Finding("exposures", "drug", (), f"no row is of {IMATINIB}", remedy, WARNING)


def meant(drug: str) -> str:
    """Return which of `INHIBITORS` a name in small letters is, or may be meant for; "" if none."""
    if drug in INHIBITORS or not drug:
        return drug
    names = {name: (name, *_OTHER_NAMES.get(name, ())) for name in INHIBITORS}
    held = [name for name, others in names.items() if any(other in drug for other in others)]
    return held[0] if len(held) == 1 else next(iter(difflib.get_close_matches(drug, INHIBITORS, 1, _NEAR)), "")
