"""Rows of a table as the place of a finding."""

from collections.abc import Iterator

import pandas as pd

from gistbook.conventions import ERROR, Finding


def at(table: str, column: str, rows: pd.DataFrame | pd.Series, *told: str) -> Iterator[Finding]:
    """Find a problem in some rows, if there are any; `told` is the rule, the remedy, and how grave it is.

    A row of a wide sheet out of which several rows are carved is named once.
    """
    rule, remedy, severity = (*told, ERROR)[:3]
    if len(rows):
        yield Finding(table, column, tuple(dict.fromkeys(map(int, rows.index))), rule, remedy, severity)
