"""What every figure is drawn on: colours, widths, scales, and how a chart becomes a pair of inline SVG.

Colours are CSS custom properties of the page, so that a figure follows its light or dark theme; dashes and labels
tell groups apart as well, so that colour is never needed.
"""

import altair as alt
import pandas as pd

from gistbook.conventions import NOT_RECORDED, Displayed, escaped, months
from gistbook.display.figures.lightening import lighter

WIDE, NARROW = 620, 300
"""Widths of the plotting area, in pixels; the page shows the one that fits."""

COLOURS = ("#0072b2", "#c04f00", "#00795a", "#a2457f", "#2b6f99", "#8a5a00")
"""Those of the light theme, in which a figure is drawn that stands alone."""

_DASHES = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (4, 4), (12, 3))
COLOURS_OF_THEME = tuple(f"var(--gb-{i + 1}, {colour})" for i, colour in enumerate(COLOURS))
INK, GRID = "var(--gb-ink, #222)", "var(--gb-grid, #ddd)"


def nothing(what: str) -> Displayed:
    """Return the words that stand in place of a figure of which the cohort records nothing."""
    return words_in_place(f"{what}: {NOT_RECORDED}.")


def words_in_place(words: str, frames: dict[str, pd.DataFrame] | None = None) -> Displayed:
    """Return words that stand in the place of a figure, with the estimates that it would have been drawn from."""
    return Displayed(f'<p class="gb-nothing">{escaped(words)}</p>', words, frames)


def in_months(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its times, which are in days, in months."""
    return frame.assign(time=months(frame["time"].astype(float)))


def scales(groups: list[str], field: str = "group") -> tuple[alt.Color, alt.StrokeDash]:
    """Return how groups are told apart: by colour and by dash, in the order given; without a legend."""
    colours = [f"var(--gb-{i % len(COLOURS) + 1}, {COLOURS[i % len(COLOURS)]})" for i in range(len(groups))]
    dashes = [_DASHES[(i + i // len(COLOURS)) % len(_DASHES)] for i in range(len(groups))]
    colour = alt.Color(f"{field}:N", scale=alt.Scale(domain=groups, range=colours), legend=None)
    return colour, alt.StrokeDash(f"{field}:N", scale=alt.Scale(domain=groups, range=dashes), legend=None)


def figure(charts: list[alt.TopLevelMixin], description: str, frames: dict[str, pd.DataFrame]) -> Displayed:
    """Return the drawings for a wide and for a narrow page as one figure, with its description and its estimates."""
    svgs = [
        f'<div class="gb-{name}">{_svg(chart)}</div>' for name, chart in zip(("wide", "narrow"), charts, strict=True)
    ]
    html = f'<div class="gb-figure" role="img" aria-label="{escaped(description)}">{"".join(svgs)}</div>'
    return Displayed(html, description, frames)


def _svg(chart: alt.TopLevelMixin) -> str:
    import vl_convert

    plain = chart.configure(background="transparent", aria=False, view={"stroke": "transparent"})
    plain = plain.configure_axis(
        labelColor=INK,
        titleColor=INK,
        domainColor=INK,
        tickColor=INK,
        gridColor=GRID,
        labelFontSize=12,
        titleFontSize=12,
        titleFontWeight="normal",
    )
    with alt.data_transformers.enable("default", max_rows=None):
        return lighter(vl_convert.vegalite_to_svg(plain.to_dict(), vl_version="v6_1"))
