"""Estimates side by side in a column, each with its limits."""

import altair as alt
import pandas as pd

from gistbook.conventions import NOT_REACHED, Displayed, is_known, rounded
from gistbook.display.figures.canvas import NARROW, WIDE, Read, figure, handed, nothing
from gistbook.display.figures.looks import COLOURS_OF_THEME, INK
from gistbook.display.figures.naming import width_of
from gistbook.display.figures.readings import Reading
from gistbook.schemas import estimates_only

_NAMES, _PLOT, _ANCHOR = (
    {WIDE: 230, NARROW: 165},
    {WIDE: 400, NARROW: 135},
    {WIDE: ("start", "middle"), NARROW: ("end",) * 2},
)
"""For each width: pixels of the names, at most, and of the plotting area; where headings and the title of the axis lie.

On a narrow page those end where the plotting area does, so that they reach over the names and not off the page.
"""

_NEEDED = ["place", "label", "kind", "estimate", "lower", "upper", "source"]


def forest(rows: pd.DataFrame, quantity: str) -> Displayed:
    """Draw estimates in a column, grouped, each with its limits where there are any.

    Parameters
    ----------
    rows : DataFrame
        One row per estimate, in the order of drawing: `label`, `kind` (the groups), `estimate`, `lower`, `upper`
        (NaN where no limits are known) and `source`; this cohort's estimates are drawn as diamonds.
    quantity : str
        What the horizontal axis shows, with its unit.
    """
    rows = estimates_only(rows).reset_index(drop=True)
    if rows.empty:
        return nothing(quantity)
    said = [f"{r.kind}, {r.label}: {_value(r)}" for r in rows.itertuples()]
    kinds = rows["kind"].unique().tolist()
    placed = rows.sort_values("kind", key=lambda kind: kind.map(kinds.index), kind="stable", ignore_index=True)
    placed = placed.assign(place=placed.index)
    charts = [_forest(handed(placed, _NEEDED), quantity, width) for width in (WIDE, NARROW)]
    read = Read(_reading(placed, quantity), f"{quantity}.", [], ([], []))
    return figure(charts, f"{quantity}. {'; '.join(said)}.", {"frame": rows}, read)


def _reading(rows: pd.DataFrame, quantity: str) -> Reading:
    told = [(float(r.place), f"{r.kind}, {r.label}", [_value(r), r.source]) for r in rows.itertuples()]
    return Reading("row", ["Estimate", quantity, "Source"], told, len(told) - 1)


def _forest(rows: pd.DataFrame, quantity: str, width: int) -> alt.FacetChart:
    names, (heading, title) = _NAMES[width], _ANCHOR[width]
    room = min(names, max(map(width_of, rows["label"])) + 12)
    axis = alt.Axis(labelLimit=names, minExtent=room)
    row = alt.Y("label:N", sort=rows["label"].tolist(), title=None, axis=axis)
    ours = "datum.source == 'this cohort'"
    shape = alt.ShapeValue("square", condition={"test": ours, "value": "diamond"})
    size = alt.SizeValue(60, condition={"test": ours, "value": 150})
    colour = alt.ColorValue(COLOURS_OF_THEME[0], condition={"test": ours, "value": COLOURS_OF_THEME[1]})
    here = alt.Chart().mark_rect(color=INK).encode(y=row, opacity=_where_read())
    known = alt.Chart().transform_filter("isValid(datum.estimate)")
    limits = known.mark_rule(color=INK).encode(
        y=row, x=alt.X("lower:Q", title=quantity, axis=alt.Axis(titleAnchor=title)), x2=alt.X2("upper:Q")
    )
    points = known.mark_point(filled=True, opacity=1).encode(
        y=row, x=alt.X("estimate:Q"), shape=shape, size=size, color=colour
    )
    layered = alt.layer(here, limits, points, data=rows).properties(width=_PLOT[width], height=alt.Step(22))
    heads = alt.Row("kind:N", sort=rows["kind"].unique().tolist(), header=_header(heading))
    return layered.facet(row=heads, spacing=26).resolve_scale(y="independent")


def _header(anchor: str) -> alt.Header:
    bold = {"labelFontWeight": "bold", "labelFontSize": 12, "labelColor": INK}
    return alt.Header(labelOrient="top", labelAnchor=anchor, labelAngle=0, title=None, **bold)


def _where_read() -> alt.OpacityValue:
    """Return how dense the ground of a row is: to be seen only where a reader reads the figure."""
    return alt.OpacityValue(0, condition={"test": "read && datum.place === at", "value": 0.15})


def _value(row) -> str:
    if not is_known(row.estimate):
        return NOT_REACHED
    limits = (
        f" ({rounded(row.lower, 1)} to {rounded(row.upper, 1)})" if is_known(row.lower) and is_known(row.upper) else ""
    )
    return f"{rounded(row.estimate, 1)}{limits}"
