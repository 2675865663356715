"""The one figure of patients: a lane for each, guarded by the cohort's access."""

import altair as alt
import pandas as pd

from gistbook.conventions import Displayed, PatientDataError, months
from gistbook.display.figures.canvas import INK, NARROW, WIDE, figure, nothing, scales

_MARKS = {"operation": "triangle-up", "progression": "diamond", "death": "cross", "last contact": "circle"}


def swimmer(periods: pd.DataFrame, marks: pd.DataFrame, access: str) -> Displayed:
    """Draw one lane a patient: the one figure of patients, refused for a confidential cohort.

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
    counts = marks["MARK"].value_counts().sort_index()
    said = ", ".join(f"{n} {mark}{'' if n == 1 else 's'}" for mark, n in counts.items())
    told = f"Courses of {marks['LANE'].nunique()} operated patients from the first operation, one lane each: {said}."
    return figure([_lanes(periods, marks, width) for width in (WIDE, NARROW)], told)


def _lanes(periods: pd.DataFrame, marks: pd.DataFrame, width: int) -> alt.LayerChart:
    drawn = periods.rename(columns=str.lower).assign(**{c.lower(): months(periods[c]) for c in ("ASTDY", "AENDY")})
    events = marks.rename(columns=str.lower).assign(ady=months(marks["ADY"]))
    legend = alt.Legend(title=None, orient="bottom", labelColor=INK, columns=2 if width == NARROW else 4)
    lane = alt.Y("lane:O", title="Patient", axis=alt.Axis(labels=False, ticks=False))
    drugs = sorted(drawn["drug"].unique())
    colour = scales(drugs, "drug")[0].legend(legend)
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.62}, opacity=0.55)
        .encode(y=lane, x=alt.X("astdy:Q", title="Months from the first operation"), x2="aendy:Q", color=colour)
    )
    shapes = alt.Scale(domain=list(_MARKS), range=list(_MARKS.values()))
    points = (
        alt.Chart(events)
        .mark_point(filled=True, size=45, opacity=1, color=INK)
        .encode(y=lane, x="ady:Q", shape=alt.Shape("mark:N", scale=shapes, legend=legend))
    )
    return alt.layer(bars, points).properties(width=width, height=alt.Step(15))
