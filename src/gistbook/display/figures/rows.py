"""Figures of rows: estimates side by side, a lane for each patient, and the flow of patients as nested boxes."""

from functools import partial

import altair as alt
import pandas as pd

from gistbook.conventions import NOT_REACHED, PatientDataError, counted, escaped, is_known, rounded
from gistbook.display.figures import readings
from gistbook.display.figures.canvas import (
    INK,
    NARROW,
    SAME,
    WIDE,
    colour,
    figure,
    looks_by_group,
    nothing,
    scales,
    short_names,
    words_in_place,
    wrapped,
)
from gistbook.display.outputs import Displayed, width_of
from gistbook.display.prose import count
from gistbook.schemas import estimates_only
from gistbook.units import MONTHS, Unit

MOST_LANES = 60
"""Patients beyond whom no lanes are drawn: as many as a screen shows at once, so that each can be told apart."""

_MARKS = {"operation": "triangle-up", "progression": "diamond", "death": "cross", "last contact": "circle"}

_NAMES, _ALL, _ANCHOR = (
    {WIDE: 320, NARROW: 165},
    {WIDE: 640, NARROW: 300},
    {WIDE: ("start", "middle"), NARROW: ("end",) * 2},
)
"""For each width: pixels of the names, at most, and with the plotting area; where headings and the axis's title lie.

On a narrow page those end where the plotting area does, so that they reach over the names and not off the page.
"""

_TIGHT, _LINE = 1.15, 14
"""How many times as wide as they are drawn letters are taken to be; pixels from one line of a name to the next."""

_NEEDED = ["label", "kind", "estimate", "lower", "upper", "source"]
_OURS = "datum.source == 'this cohort'"


def forest(rows: pd.DataFrame, quantity: str, key: str = "", digits: int = 1) -> Displayed:
    """Draw estimates in a column, grouped, each with its limits where there are any, and with a line for the truth.

    One row per estimate, in the order of drawing: `label`, `kind` (the groups), `estimate`, `lower`, `upper` (NaN where
    no limits are known) and `source`; where the truth is known, `truth`, alike within a group. The axis shows the
    `quantity`, with its unit; words print it with so many `digits`.
    """
    rows = estimates_only(rows).reset_index(drop=True)
    if rows.empty:
        return nothing(quantity, key)
    words = [f"{r.kind}, {r.label}: {_value(r, digits)}" for r in rows.itertuples()]
    kinds = rows["kind"].unique().tolist()
    placed = rows.sort_values("kind", key=lambda kind: kind.map(kinds.index), kind="stable", ignore_index=True)
    needed = [*_NEEDED, *placed.columns.intersection(["truth"])]
    chart = partial(_forest, placed[needed].round(SAME), quantity)
    lines = [(float(r.Index), f"{r.kind}, {r.label}", [_value(r, digits), r.source]) for r in placed.itertuples()]
    reading = readings.Reading("row", ["Estimate", quantity, "Source"], lines, len(lines) - 1)
    numbers = readings.table(reading, f"{quantity}.")
    return figure(chart, f"{quantity}. {'; '.join(words)}.", {"frame": rows}, key, numbers)


def swimmer(periods: pd.DataFrame, marks: pd.DataFrame, access: str, key: str = "", unit: Unit = MONTHS) -> Displayed:
    """Draw one lane a patient: the one figure of patients, of whom nothing is recorded.

    Of more than `MOST_LANES` patients, words stand in its place. Raises `PatientDataError` if the cohort is
    confidential.
    """
    if access == "confidential":
        raise PatientDataError("A lane for each patient is not drawn of a confidential cohort.")
    if marks.empty:
        return nothing("Courses of the operated patients", key)
    patients = marks["LANE"].nunique()
    if patients > MOST_LANES:
        words = f"Courses of {patients} operated patients: lanes are drawn of up to {MOST_LANES} only."
        return words_in_place(words, key)
    counts = marks["MARK"].value_counts().sort_index()
    listed = ", ".join(f"{counted(n, mark)}" for mark, n in counts.items())
    words = f"Courses of {patients} operated patients from the first operation, one lane each: {listed}."
    return figure(partial(_lanes, periods, marks, unit), words, {}, key)


def flow(steps: pd.DataFrame, key: str = "") -> Displayed:
    """Draw who was recorded, who left and why, and who was analysed in which group: nested boxes."""
    rows = list(estimates_only(steps).itertuples())
    words = f"Flow of patients. {'; '.join(f'{row.step}: {count(row.count)}' for row in rows)}."
    return Displayed(f'<div class="gb-flow">{_branch(rows, "")}</div>', words, {"frame": steps}, key)


def _forest(rows: pd.DataFrame, quantity: str, width: int) -> dict:
    longest, (heading, title) = _NAMES[width], _ANCHOR[width]
    names = rows["label"].map(lambda label: wrapped(label, int(longest * _TIGHT)))
    room = min(longest, int(max(width_of(line) for lines in names for line in lines) / _TIGHT)) + 18
    rows = rows.assign(name=names.map("\n".join), lines=names.map(len))
    row = alt.Y("label:N", sort=rows["label"].tolist(), title=None, axis=alt.Axis(labels=False, minExtent=room))
    ground = alt.Chart().mark_rect(color=INK, opacity=0).encode(y=row)  # seen where a reader reads the figure
    truth = alt.Chart().mark_tick(color=colour(1), orient="vertical", size=22, thickness=2).encode(y=row, x="truth:Q")
    written = [_names_of(lines, longest).encode(y=row) for lines in sorted(rows["lines"].unique().tolist())]
    layers = [ground, *([truth] if "truth" in rows else []), *_estimates(row, quantity, title), *written]
    size = {"width": _ALL[width] - room, "height": alt.Step(8 + _LINE * rows["lines"].max())}
    bold = {"labelFontWeight": "bold", "labelFontSize": 12, "labelColor": INK, "labelPadding": 0}
    header = alt.Header(labelOrient="top", labelAnchor=heading, labelAngle=0, title=None, **bold)
    heads = alt.Row("kind:N", sort=rows["kind"].unique().tolist(), header=header)
    apart = {"scale": {"y": "independent"}}
    return {"data": rows, "facet": {"row": heads}, "spec": {"layer": layers, **size}, "spacing": 12, "resolve": apart}


def _names_of(lines: int, longest: int) -> alt.Chart:
    look = {"align": "right", "baseline": "middle", "color": INK, "fontSize": 12, "limit": longest}
    text = alt.Chart().transform_filter(f"datum.lines == {lines}")
    text = text.mark_text(lineBreak="\n", lineHeight=_LINE, dy=-_LINE * (lines - 1) / 2, **look)
    return text.encode(x=alt.value(-12), text="name:N")


def _estimates(row: alt.Y, quantity: str, title: str) -> list[alt.Chart]:
    estimable = alt.Chart().transform_filter("isValid(datum.estimate)")
    limits = estimable.mark_rule(color=INK).encode(
        y=row, x=alt.X("lower:Q", title=quantity, axis=alt.Axis(titleAnchor=title)), x2=alt.X2("upper:Q")
    )
    points = estimable.mark_point(filled=True, opacity=1).encode(
        y=row,
        x=alt.X("estimate:Q"),
        shape=alt.ShapeValue("square", condition={"test": _OURS, "value": "diamond"}),
        size=alt.SizeValue(60, condition={"test": _OURS, "value": 150}),
        color=alt.ColorValue(colour(0), condition={"test": _OURS, "value": colour(1)}),
    )
    return [limits, points]


def _value(row, digits: int) -> str:
    if not is_known(row.estimate):
        return NOT_REACHED
    has_limits = is_known(row.lower) and is_known(row.upper)
    limits = f" ({rounded(row.lower, digits)} to {rounded(row.upper, digits)})" if has_limits else ""
    return f"{rounded(row.estimate, digits)}{limits}"


def _lanes(periods: pd.DataFrame, marks: pd.DataFrame, unit: Unit, width: int) -> dict:
    names = short_names(sorted(periods["DRUG"].unique()), 140)
    events = marks.rename(columns=str.lower).assign(ady=unit.of(marks["ADY"]))
    columns, marked = (1, 5) if width == NARROW else (4, alt.Undefined)
    legend = alt.Legend(title=None, orient="bottom", labelColor=INK, labelFontSize=12, columns=columns, padding=8)
    lane = alt.Y("lane:O", title="Patient", axis=alt.Axis(labels=False, ticks=False, offset=8))
    shapes = alt.Scale(domain=list(_MARKS), range=list(_MARKS.values()))
    domain = alt.Undefined if events["ady"].any() else alt.Scale(domain=[0, 1])
    title = f"{unit.name.capitalize()} from the first operation"
    time = alt.X("ady:Q", title=title, scale=domain, axis=alt.Axis(tickCount=marked))
    ends = events.groupby("lane", as_index=False)["ady"].max()
    course = alt.Chart(ends).mark_rule(color=INK, opacity=0.6).encode(y=lane, x=time, x2=alt.datum(0))
    points = alt.Chart(events).mark_point(filled=True, size=45, opacity=1, color=INK)
    points = points.encode(y=lane, x=time, shape=alt.Shape("mark:N", scale=shapes, legend=legend))
    hue = scales(looks_by_group(list(names.values())), "drug")[0].legend(legend)
    drawn = periods.rename(columns=str.lower).assign(drug=periods["DRUG"].map(names))
    drawn = drawn.assign(astdy=unit.of(drawn["astdy"]), aendy=unit.of(drawn["aendy"]))
    bars = alt.Chart(drawn).mark_bar(height={"band": 0.62}, opacity=0.55)
    bars = bars.encode(x=alt.X("astdy:Q"), x2=alt.X2("aendy:Q"), y=lane, color=hue)
    return {"layer": [course, *([bars] if names else []), points], "width": width, "height": alt.Step(15)}


def _branch(rows: list, parent: str) -> str:
    boxes = [
        f"<li><span>{escaped(r.step)} <strong>{count(r.count)}</strong></span>{_branch(rows, r.step)}</li>"
        for r in rows
        if r.parent == parent
    ]
    return f"<ul>{''.join(boxes)}</ul>" if boxes else ""
