"""The columns of estimates: lowercase, and of groups of patients only."""

from gistbook.schemas.columns import CONFIDENCE, GROUP, QUARTILES, Column

CENSORING = "censored"
"""Kind of an exit that is no event."""

WITHHELD_KIND, NO_SUMMARY, ENDED = "withheld", "no summary", "ended"
MARKERS = (WITHHELD_KIND, NO_SUMMARY, ENDED)
"""Kinds that a disclosure policy writes beside those of exits, in rows of nobody: what it holds back of a group.

Everything; a median, test or hazard ratio; what is later than the last time.
"""

COUNTS = (
    GROUP,
    Column("entry", "number", "Coming under observation", "days"),
    Column("exit", "number", "Leaving observation", "days"),
    Column("kind", "text", "How: event or censored; or, of nobody, what a disclosure policy holds back"),
    Column("count", "number", "How many subjects"),
)

CURVE = (
    GROUP,
    Column("time", "number", "Time from time zero", "days"),
    Column("survival", "number", "Probability of being event-free after this time"),
    *CONFIDENCE,
    Column("at_risk", "number", "Subjects at risk at this time"),
    Column("events", "number", "Events at this time"),
    Column("censored", "number", "Subjects censored at this time"),
    Column("held_back", "text", "What a disclosure policy holds back of the group"),
)

ESTIMATES = (
    GROUP,
    Column("measure", "text", "What is estimated; withheld where a disclosure policy withholds it"),
    Column("time", "number", "Landmark or horizon, where there is one", "days"),
    Column("estimate", "number", "The estimate"),
    *CONFIDENCE,
    Column("events", "number", "Events in the group"),
    Column("n", "number", "Subjects in the group"),
    Column("unit", "text", "Unit of the estimate: days, probability, ratio or count"),
)

BASELINE = (
    Column("characteristic", "text", "Characteristic of the patients"),
    Column("level", "text", "Its level, or median, or missing"),
    GROUP,
    Column("kind", "text", "What is given: count or median"),
    Column("count", "number", "Patients with this level, or with a known value"),
    Column("n", "number", "Patients it is counted among"),
    Column("estimate", "number", "Share, or median in the unit of the characteristic"),
    *QUARTILES,
    Column("difference", "number", "Standardized difference between two groups"),
)

SAFETY = (
    Column("item", "text", "What was counted or measured"),
    Column("level", "text", "Its level, or median"),
    Column("unit", "text", "What is counted: operations or patients; or the unit of a median"),
    Column("count", "number", "Operations or patients with this level, or with a known value"),
    Column("n", "number", "Operations or patients it is counted among"),
    Column("estimate", "number", "Share, or median"),
    *QUARTILES,
)

MEAN_COUNTS = (
    *CURVE[:2],
    Column("mean", "number", "Mean number of operations per patient after the first, by this time"),
    *CURVE[3:8],
)

OPERATION_COUNTS = (
    Column("operations", "number", "Number of operations, the first one included"),
    Column("count", "number", "Patients with this many"),
)

PRECISION = (
    *(column for column in ESTIMATES if column.name not in ("group", "time", "n", "unit")),
    Column("unit", "text", "Unit of the estimate: months or ratio"),
)

INCIDENCE = (
    GROUP,
    Column("kind", "text", "Kind of event"),
    Column("time", "number", "Time from time zero", "days"),
    Column("incidence", "number", "Probability of having had an event of this kind by this time"),
    *CONFIDENCE,
    Column("at_risk", "number", "Subjects at risk of any kind of event at this time"),
    Column("events", "number", "Events of this kind at this time"),
)

DOSE_INTENSITY = (
    Column("drug", "text", "Drug"),
    GROUP,
    Column("denominator", "text", "What counts as planned", permitted=("clock", "cycles", "dosing_days")),
    Column("estimate", "number", "Median relative dose intensity: delivered over planned dose", "%"),
    *QUARTILES,
    Column("n", "number", "Courses of the drug that could be judged"),
    Column("exposure_median_days", "number", "Median time from the first to the last dose of a course", "days"),
)

UNJUDGED = (
    Column("drug", "text", "Drug"),
    GROUP,
    Column("reason", "text", "Why the dose intensity of a course could not be judged"),
    Column("count", "number", "Courses"),
)

LINE_COUNTS = (
    GROUP,
    Column("line", "number", "Line of therapy, counted from resistance; 1 is imatinib"),
    Column("drug", "text", "Drug"),
    Column("count", "number", "Patients who came to this drug as this line"),
    Column("n", "number", "Patients in the group"),
)

FLOW = (
    Column("step", "text", "Step of the selection"),
    Column("count", "number", "Patients at this step"),
    Column("parent", "text", "Step that these patients come from"),
)
