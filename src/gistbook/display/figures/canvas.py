"""What every figure is drawn on: widths, and how a chart becomes a pair of inline SVG with its numbers and controls.

The drawings are there before any script is; `specs` is what a page makes an interactive view of, `readings` what it
reads, `controls` what a reader does it by. Only `looks` tells groups apart.
"""

from typing import NamedTuple

import altair as alt
import pandas as pd

from gistbook.conventions import NOT_RECORDED, Displayed, escaped, months
from gistbook.display.figures import specs
from gistbook.display.figures.controls import controls
from gistbook.display.figures.readings import Reading, table

WIDE, NARROW = 560, 250
"""Widths of the plotting area, in pixels; the page shows the one that fits."""

_SAME = 6
"""Decimals to which numbers are handed to the drawing program: the same line, in fewer bytes."""


class Read(NamedTuple):
    """What can be read in a figure: its numbers, what they are of, and the groups that can be hidden, if any.

    `shown` are the names of the groups in the chart for a wide and in that for a narrow page.
    """

    reading: Reading
    caption: str
    groups: list[str]
    shown: tuple[list[str], list[str]]


def nothing(what: str) -> Displayed:
    """Return the words that stand in place of a figure of which the cohort records nothing."""
    return words_in_place(f"{what}: {NOT_RECORDED}.")


def words_in_place(words: str, frames: dict[str, pd.DataFrame] | None = None) -> Displayed:
    """Return words that stand in the place of a figure, with the estimates that it would have been drawn from."""
    return Displayed(f'<p class="gb-nothing">{escaped(words)}</p>', words, frames)


def in_months(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its times, which are in days, in months."""
    return frame.assign(time=months(frame["time"].astype(float)))


def handed(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the columns of a frame that a chart needs, and nothing that it does not."""
    return frame[columns].round(_SAME)


def figure(
    charts: list[alt.TopLevelMixin], description: str, frames: dict[str, pd.DataFrame], read: Read | None = None
) -> Displayed:
    """Return the drawings for a wide and for a narrow page as one figure, with its description and its estimates.

    Without anything to `read`, as of patients, it stays a drawing.
    """
    shown = read.shown if read else (None, None)
    asked = {
        name: specs.spec_of(chart, groups)
        for name, chart, groups in zip(("wide", "narrow"), charts, shown, strict=True)
    }
    svgs = "".join(f'<div class="gb-{name}">{specs.drawn(spec)}</div>' for name, spec in asked.items())
    drawing = f'<div class="gb-drawing" role="img" aria-label="{escaped(description)}">{svgs}</div>'
    below = f"{controls(read.reading, read.groups)}{table(read.reading, read.caption)}" if read else ""
    data = specs.in_page(asked) if read else ""
    return Displayed(f'<div class="gb-figure">{drawing}{below}{data}</div>', description, frames)
