"""The one figure of patients: a lane for each, guarded by the cohort's access."""

import altair as alt
import pandas as pd

from gistbook.conventions import Displayed, PatientDataError, months
from gistbook.display.figures.canvas import NARROW, WIDE, figure, nothing, words_in_place
from gistbook.display.figures.looks import INK, scales
from gistbook.display.figures.naming import short_names

MOST_LANES = 60
"""Patients beyond whom no lanes are drawn: as many as a screen shows at once, so that each can be told apart."""

_LONGEST_DRUG = 140
"""Width in pixels beyond which the name of a drug is cut short in the legend."""

_MARKS = {"operation": "triangle-up", "progression": "diamond", "death": "cross", "last contact": "circle"}


def swimmer(periods: pd.DataFrame, marks: pd.DataFrame, access: str) -> Displayed:
    """Draw one lane a patient: the one figure of patients, refused for a confidential cohort.

    Of more than `MOST_LANES` patients, words stand in its place.

    Parameters
    ----------
    periods, marks : DataFrame
        As `swimlanes.periods` and `swimlanes.marks` make them.
    access : str
        Access to the cohort.

    Raises
    ------
    PatientDataError
        The cohort is confidential.
    """
    if access == "confidential":
        raise PatientDataError("A lane for each patient is not drawn of a confidential cohort.")
    if marks.empty:
        return nothing("Courses of the operated patients")
    patients = marks["LANE"].nunique()
    if patients > MOST_LANES:
        return words_in_place(f"Courses of {patients} operated patients: lanes are drawn of up to {MOST_LANES} only.")
    counts = marks["MARK"].value_counts().sort_index()
    said = ", ".join(f"{n} {mark}{'' if n == 1 else 's'}" for mark, n in counts.items())
    told = f"Courses of {patients} operated patients from the first operation, one lane each: {said}."
    return figure([_lanes(periods, marks, width) for width in (WIDE, NARROW)], told, {})


def _lanes(periods: pd.DataFrame, marks: pd.DataFrame, width: int) -> alt.LayerChart:
    names = short_names(sorted(periods["DRUG"].unique()), _LONGEST_DRUG)
    events = marks.rename(columns=str.lower).assign(ady=months(marks["ADY"]))
    columns, marked = (1, 5) if width == NARROW else (4, alt.Undefined)
    legend = alt.Legend(title=None, orient="bottom", labelColor=INK, labelFontSize=12, columns=columns, padding=8)
    lane = alt.Y("lane:O", title="Patient", axis=alt.Axis(labels=False, ticks=False))
    shapes = alt.Scale(domain=list(_MARKS), range=list(_MARKS.values()))
    domain = alt.Undefined if events["ady"].any() else alt.Scale(domain=[0, 1])
    time = alt.X("ady:Q", title="Months from the first operation", scale=domain, axis=alt.Axis(tickCount=marked))
    points = (
        alt.Chart(events)
        .mark_point(filled=True, size=45, opacity=1, color=INK)
        .encode(y=lane, x=time, shape=alt.Shape("mark:N", scale=shapes, legend=legend))
    )
    colour = scales(list(names.values()), "drug")[0].legend(legend)
    layers = [_bars(periods, names).encode(y=lane, color=colour), points] if names else [points]
    return alt.layer(*layers).properties(width=width, height=alt.Step(15))


def _bars(periods: pd.DataFrame, names: dict[str, str]) -> alt.Chart:
    drawn = periods.rename(columns=str.lower).assign(**{c.lower(): months(periods[c]) for c in ("ASTDY", "AENDY")})
    bars = alt.Chart(drawn.assign(drug=drawn["drug"].map(names))).mark_bar(height={"band": 0.62}, opacity=0.55)
    return bars.encode(x=alt.X("astdy:Q"), x2=alt.X2("aendy:Q"))
