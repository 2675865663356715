"""Estimates side by side in a column, each with its limits."""

import altair as alt
import pandas as pd

from gistbook.conventions import NOT_REACHED, Displayed, is_known, rounded
from gistbook.display.figures.canvas import COLOURS_OF_THEME, INK, NARROW, WIDE, figure, nothing
from gistbook.schemas import estimates_only

_HEADER = alt.Header(
    labelOrient="top",
    labelAnchor="start",
    labelAngle=0,
    labelFontWeight="bold",
    labelFontSize=12,
    labelColor=INK,
    title=None,
)


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
    charts = [_forest(rows, quantity, width) for width in (WIDE, NARROW)]
    return figure(charts, f"{quantity}. {'; '.join(said)}.", {"frame": rows})


def _forest(rows: pd.DataFrame, quantity: str, width: int) -> alt.FacetChart:
    inner = width - 240 if width == WIDE else width - 130
    row = alt.Y(
        "label:N", sort=rows["label"].tolist(), title=None, axis=alt.Axis(labelLimit=230 if width == WIDE else 150)
    )
    ours = "datum.source == 'this cohort'"
    shape, size = (alt.condition(ours, alt.value(a), alt.value(b)) for a, b in (("diamond", "square"), (150, 60)))
    colour = alt.condition(ours, alt.value(COLOURS_OF_THEME[1]), alt.value(COLOURS_OF_THEME[0]))
    known = alt.Chart().transform_filter("isValid(datum.estimate)")
    limits = known.mark_rule(color=INK).encode(y=row, x=alt.X("lower:Q", title=quantity), x2="upper:Q")
    points = known.mark_point(filled=True, opacity=1).encode(
        y=row, x="estimate:Q", shape=shape, size=size, color=colour
    )
    layered = alt.layer(limits, points, data=rows).properties(width=inner, height=alt.Step(22))
    heads = alt.Row("kind:N", sort=rows["kind"].unique().tolist(), header=_HEADER)
    return layered.facet(row=heads, spacing=26).resolve_scale(y="independent")


def _value(row) -> str:
    if not is_known(row.estimate):
        return NOT_REACHED
    limits = (
        f" ({rounded(row.lower, 1)} to {rounded(row.upper, 1)})" if is_known(row.lower) and is_known(row.upper) else ""
    )
    return f"{rounded(row.estimate, 1)}{limits}"
