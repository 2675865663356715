"""Draw the flow of patients as nested lists, which the style sheet sets as boxes: text that every reader can have."""

import pandas as pd

from gistbook.conventions import WITHHELD, Displayed, escaped, is_known
from gistbook.schemas import estimates_only


def diagram(flow: pd.DataFrame) -> Displayed:
    """Draw who was recorded, who left and why, and who was analysed in which group, as nested lists.

    Parameters
    ----------
    flow : DataFrame
        One row per step, columns of `schemas.FLOW`.
    """
    rows = list(estimates_only(flow).itertuples())
    told = f"Flow of patients. {'; '.join(f'{row.step}: {_number(row.count)}' for row in rows)}."
    return Displayed(f'<div class="gb-flow">{_branch(rows, "")}</div>', told, {"frame": flow})


def _number(count: float) -> str:
    """Return how many are at a step; in words where a disclosure policy withholds it."""
    return str(int(count)) if is_known(count) else WITHHELD


def _branch(rows: list, parent: str) -> str:
    boxes = [
        f"<li><span>{escaped(r.step)} <strong>{_number(r.count)}</strong></span>{_branch(rows, r.step)}</li>"
        for r in rows
        if r.parent == parent
    ]
    return f"<ul>{''.join(boxes)}</ul>" if boxes else ""
