"""A worked example: real patients of a public data set in a sheet as a clinic keeps one, at first with slips."""

import tempfile
import textwrap
from pathlib import Path

import pandas as pd

from gistbook.analysis import cases
from gistbook.conventions import CENSORED, EVENT
from gistbook.intake import report
from gistbook.intake.folder import FolderCheck, check_folder

FOLDER, SHEET = "my_cohort", "Lung clinic.xlsx"

MENDED = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
"""A `cohort.toml` for the sheet."""

FIRST_TRY = MENDED.partition("\n[formats]")[0].replace("followed", "folowed")
"""The same as it was written first: a column misspelt, and not a word on what stands for "not known"."""


def sheet() -> pd.DataFrame:
    """The sheet: one row per patient, columns and codes as somebody else may choose them."""
    lung = cases.load_lung_cancer()
    columns = {
        "Pat. no.": lung["USUBJID"],
        "Gender": lung["SEX"].str[0],
        "Age": lung["AGE"],
        "PS (ECOG)": lung["ECOGBL"].astype("Int64").astype("string").fillna("?"),
        "Days followed": lung["AVAL"],
        "Outcome": lung["CNSR"].map({EVENT: "dead", CENSORED: "alive"}),
    }
    return pd.DataFrame(columns).astype(object)


def columns() -> pd.DataFrame:
    """What the columns of the sheet hold: one row per column."""
    return pd.read_csv(Path(__file__).with_suffix(".csv"))


def with_slips(rows: pd.DataFrame) -> pd.DataFrame:
    """The sheet as it first comes: an age with a letter in it, an outcome misspelt, a patient entered twice."""
    slipped = rows.copy()
    slipped.loc[10, "Age"] = "6O"
    slipped.loc[20, "Outcome"] = "ded"
    slipped.loc[30, "Age"] = 730
    return pd.concat([slipped, slipped.iloc[[3]]], ignore_index=True)


def check(rows: pd.DataFrame, settings: str) -> FolderCheck:
    """Write a sheet and a `cohort.toml` into a folder, check it as `gistbook check` does, and remove it again."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / FOLDER
        folder.mkdir()
        rows.to_excel(folder / SHEET, index=False)
        (folder / "cohort.toml").write_text(settings, encoding="utf-8")
        return check_folder(folder)


def printed(checked: FolderCheck) -> str:
    """What `gistbook check my_cohort` prints of it, in lines of a page."""
    words = "\n".join(report.in_words(checked, {}, show_values=False)).replace(str(checked.folder), FOLDER)
    return "\n".join(textwrap.fill(line, 76, subsequent_indent=5 * " ") for line in words.splitlines())
