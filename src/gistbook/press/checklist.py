"""Where does the book answer each item of STROBE, the checklist for reports of cohorts, and which can nobody answer."""

import re
from pathlib import Path

import pandas as pd

from gistbook.conventions import DataError
from gistbook.schemas import CHECKLIST, names

STROBE = Path(__file__).parents[3] / "data" / "strobe.csv"

ANSWERED, IN_PART, UNANSWERABLE = "answered", "answered in part", "not answerable from what is public"


def load_checklist(path: Path = STROBE) -> pd.DataFrame:
    """Read the checklist: one row per item or part of one, columns of `schemas.CHECKLIST`, and its `status`.

    Raises
    ------
    DataError
        A column is missing, an item stands twice, or one has neither a chapter nor a reason.
    """
    checklist = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [name for name in names(CHECKLIST) if name not in checklist]
    if missing or checklist["item"].duplicated().any():
        raise DataError(f"{path.name} lacks the columns {missing} or names an item twice.")
    silent = checklist.loc[(checklist["chapters"] == "") & (checklist["still_open"] == ""), "item"]
    if len(silent):
        raise DataError(f"{path.name} gives neither a chapter nor a reason for the items {', '.join(silent)}.")
    return checklist.assign(status=[_status(row) for row in checklist.itertuples()])


def counts(checklist: pd.DataFrame) -> dict[str, int]:
    """Count the items (an item with parts is one), the parts, and the parts of each status."""
    parts = checklist["status"].value_counts()
    return {
        "items": checklist["item"].map(_number).nunique(),
        "parts": len(checklist),
        "answered": int(parts.get(ANSWERED, 0)),
        "in_part": int(parts.get(IN_PART, 0)),
        "unanswerable": int(parts.get(UNANSWERABLE, 0)),
    }


def as_table(checklist: pd.DataFrame, section: str) -> pd.DataFrame:
    """Return one section of the checklist as it is printed; `Where` holds lists of chapters, for links."""
    rows = checklist[checklist["section"] == section]
    columns = {
        "Item": rows["item"],
        "Topic": rows["topic"],
        "What a report should give": rows["recommendation"],
        "Where": [chapters.split() or UNANSWERABLE for chapters in rows["chapters"]],
        "What stays open": rows["still_open"].where(rows["still_open"] != "", "nothing that we know of"),
    }
    return pd.DataFrame(columns)


def places(checklist: pd.DataFrame) -> list[str]:
    """Return every chapter, with its section where one is named, that the checklist leads to."""
    return sorted({place for chapters in checklist["chapters"] for place in chapters.split()})


def _status(row) -> str:
    if not row.chapters:
        return UNANSWERABLE
    return IN_PART if row.still_open else ANSWERED


def _number(item: str) -> str:
    return re.match(r"\d+", item)[0]
