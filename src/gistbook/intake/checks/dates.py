"""How to have cells read as dates that are none in the formats which `cohort.toml` gives."""

import json
from collections.abc import Iterator

import pandas as pd

from gistbook.intake.checks import cells

_MOST_FORMATS = 4
"""As many formats as are looked for in one column; what then is left is told as no date."""


def remedies(wrong: pd.Series, formats: dict) -> Iterator[tuple[pd.Series, str]]:
    """Sort cells that are no dates by the customary format that reads them, most of them first, each with its remedy.

    Where a column mixes formats, every format is told by itself.
    """
    for _ in range(_MOST_FORMATS):
        fitting, read = cells.formats_that_read(wrong)
        if read.any():
            yield wrong[read], _remedy(fitting, formats)
        wrong = wrong[~read]
    known = " or ".join(cells.example(form) for form in cells.date_formats(formats))
    yield wrong, f"Correct it, or give the format of your dates as dates = '…' under [formats]; now it is {known}."


def _remedy(fitting: list[str], formats: dict) -> str:
    shown = [f"{_entry(form, formats)} (the last day of 2015 is {cells.example(form)})" for form in fitting]
    if len(fitting) == 1:
        return f"All of them can be read with {shown[0]} under [formats]; add it if that is what they mean."
    return f"They can be read in more than one way: {' or '.join(shown)} under [formats]; you must know which."


def _entry(form: str, formats: dict) -> str:
    """Return the entry of `cohort.toml` that reads a format beside those that are given."""
    given = [each for each in cells.date_formats(formats) if each != cells.ISO]
    return f"dates = {json.dumps([*given, form] if given else form, ensure_ascii=False)}"
