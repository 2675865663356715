"""Figures of drawn subjects."""

import numpy as np
import pandas as pd

from gistbook.analysis import estimates, lifetable
from gistbook.display import figures
from gistbook.display.outputs import Displayed, inlined
from support import subjects

SINCE, WHAT = "the first operation", "Overall survival"

SIX = """
S 0 100 1
S 0 200 1
S 0 300 0
S 0 400 1
S 0 400 0
S 0 700 0
"""
"""Six drawn subjects of one group, with an event and a censoring on the same day."""

HOSTILE = "</script><img/src=x/onerror=alert(1)>"


def frames_of(counts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the curve of counts, and those at risk at its ticks."""
    return estimates.kaplan_meier(counts)


def on_page(figure: Displayed) -> Displayed:
    """Return a figure as pages have it."""
    return Displayed(inlined(figure.html), figure.description, figure.frames)


def figure_of(counts: pd.DataFrame) -> Displayed:
    """Return the figure of counts, as pages have it."""
    return on_page(figures.survival_curve(*frames_of(counts), SINCE, WHAT))


def in_groups(*names: str) -> pd.DataFrame:
    """Return the six drawn subjects once for every group."""
    drawn = subjects.counts(SIX)
    return pd.concat([drawn.assign(group=name) for name in names], ignore_index=True)


RISING = pd.DataFrame(
    {"group": ["a", "a"], "time": [0.0, 365.25], "estimate": [0.0, 0.25], "lower": [0.0, 0.1], "upper": [0.0, 0.6]}
)

RISING_AT_RISK = pd.DataFrame({"group": "a", "time": [0.0, 365.25], "at_risk": [8, 3]})

SERIES = pd.DataFrame(
    [
        ("Ours", "Surgery", 14.5, 7.9, 24.6, "this cohort"),
        ("Theirs", "Surgery", 10.0, float("nan"), float("nan"), "published"),
        ("Late", "Drugs", float("nan"), float("nan"), float("nan"), "published"),
    ],
    columns=["label", "kind", "estimate", "lower", "upper", "source"],
)

MANY = 20_000


def many_subjects(of: int = MANY) -> pd.DataFrame:
    """Return the counts of many drawn subjects of two groups, who leave on thousands of days."""
    rng = np.random.default_rng(1)
    times = np.floor(rng.exponential(900, of)).clip(max=6000)
    columns = {"TRTA": rng.choice(["A", "B"], of), "ENTRYDY": 0, "AVAL": times}
    return lifetable.count(pd.DataFrame(columns).assign(CNSR=(rng.random(of) < 0.3).astype(int)))
