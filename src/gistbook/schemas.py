"""The columns of every frame that crosses a boundary, as plain data; the data dictionary is printed from here.

The four input tables bear names that a surgeon reads (`patient_id`); `cohort` renames them once to the ADaM names
in `Column.adam`. Subject-level columns are uppercase ever after, and estimates are lowercase.
"""

from collections.abc import Mapping
from typing import NamedTuple

from gistbook.conventions import PatientDataError


class Column(NamedTuple):
    """One column: its name, kind (`text`, `number`, `date`), unit, permitted values, meaning, and ADaM name."""

    name: str
    kind: str
    meaning: str
    unit: str = ""
    permitted: tuple[str, ...] = ()
    required: bool = False
    adam: str = ""


GROUP = Column("group", "text", "Group")
CONFIDENCE = (
    Column("lower", "number", "Lower confidence limit"),
    Column("upper", "number", "Upper confidence limit"),
    Column("level", "number", "Confidence level of the limits"),
)
QUARTILES = (Column("lower", "number", "Lower quartile"), Column("upper", "number", "Upper quartile"))


def names(columns: tuple[Column, ...]) -> list[str]:
    """Names of the columns of a frame, in order."""
    return [column.name for column in columns]


def estimates_only(frame):
    """A frame that may be drawn, set or put into words; `PatientDataError` if a column is uppercase, so a patient's."""
    patients = [str(name) for name in frame.columns if str(name).isupper()]
    if patients:
        raise PatientDataError(f"These columns are of patients, and are neither drawn nor printed: {patients}.")
    return frame


MOST_LEVELS = 20
"""Levels of a free text that a table lists; the rest of them is summed, so that no table grows with the cohort."""

OTHER_LEVELS = "other"
"""Level that stands for those of a free text which few have, where a disclosure policy coarsens."""


def listed_levels(counts: Mapping[str, int], noun: str = "level") -> dict[str, str]:
    """Name under which a table lists each level of a free text, in the order of the table.

    Where there are more than `MOST_LEVELS`, the most frequent keep their names, and the rest is one level, the last.

    >>> listed_levels({"liver": 2, "bone": 1})
    {'bone': 'bone', 'liver': 'liver'}
    >>> list(listed_levels({str(i): 1 for i in range(30)}).values())[-1]
    'other (11 levels)'
    """
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    few = len(ranked) <= MOST_LEVELS
    kept, rest = (ranked, []) if few else (ranked[: MOST_LEVELS - 1], ranked[MOST_LEVELS - 1 :])
    return {level: level for level in sorted(kept)} | dict.fromkeys(rest, f"other ({len(rest)} {noun}s)")


# Tables of patients: the four input tables, and the subject-level frames that are made of them.

PATTERNS = ("localized", "generalized")
GRADES = ("0", "I", "II", "IIIa", "IIIb", "IVa", "IVb", "V")
RESECTIONS = ("R0", "R1", "R2")
AGAINST_RESISTANCE, OTHER_INDICATIONS = ("resistance", "further_progression", "staged"), ("complication", "emergency")
INDICATIONS = (*AGAINST_RESISTANCE, *OTHER_INDICATIONS)
RESPONSES = ("CR", "PR", "SD", "PD")
CRITERIA = ("RECIST 1.1", "modified RECIST", "Choi")
YES_NO = ("yes", "no")
TIME_UNITS = ("days", "weeks", "months", "years")
SURGERY, MEDICATION = "S", "M"
GROUP_NAMES = {SURGERY: "S-group", MEDICATION: "M-group"}

PATIENTS = (
    Column("patient_id", "text", "Identifier of the patient within the cohort", required=True, adam="USUBJID"),
    Column("sex", "text", "Sex", permitted=("female", "male"), adam="SEX"),
    Column("age", "number", "Age at diagnosis of imatinib resistance", "years", adam="AGE"),
    Column("primary_site", "text", "Site of the primary tumour", adam="PRIMSITE"),
    Column("metastatic_sites", "text", "Sites of metastasis, separated by semicolons", adam="METSITES"),
    Column("mutation", "text", "Driver mutation of the tumour", adam="MUTATION"),
    Column("ecog", "number", "ECOG performance status at resistance, 0 to 4", adam="ECOGBL"),
    Column("imatinib_start", "date", "First dose of imatinib for advanced disease", adam="IMASTDT"),
    Column("resistance_date", "date", "Imaging that showed imatinib resistance", required=True, adam="RESISTDT"),
    Column("growing_lesions", "number", "Lesions growing at resistance", adam="GROWLES"),
    Column("total_lesions", "number", "Lesions visible at resistance", adam="TOTLES"),
    Column("resistance_pattern", "text", "Extent of the resistance", permitted=PATTERNS, adam="RESPAT"),
    Column("group", "text", "Group assigned by those who recorded the cohort; overrides the rule", adam="GROUPREC"),
    Column("last_contact", "date", "Last date on which the patient was known to be alive", adam="LSTALVDT"),
    Column("died", "text", "Whether the patient died; checked against death_date", permitted=YES_NO, adam="DTHFL"),
    Column("death_date", "date", "Death; blank while alive", adam="DTHDT"),
    Column("cause_of_death", "text", "Cause of death", adam="DTHCAUS"),
)

OPERATIONS = (
    Column("patient_id", "text", "Identifier of the patient", required=True, adam="USUBJID"),
    Column("operation_date", "date", "Date of the operation", required=True, adam="OPDT"),
    Column("indication", "text", "Why it was done", permitted=INDICATIONS, adam="OPINDIC"),
    Column("procedure", "text", "What was done; an ablation is a procedure too", adam="OPPROC"),
    Column("resection_resistant", "text", "Resection of the resistant lesions", permitted=RESECTIONS, adam="RESECRES"),
    Column("resection_all", "text", "Resection of all visible disease", permitted=RESECTIONS, adam="RESECALL"),
    Column("operative_minutes", "number", "Operating time", "minutes", adam="OPMIN"),
    Column("blood_loss_ml", "number", "Blood lost", "ml", adam="BLOODML"),
    Column("complication", "text", "Worst complication after the operation", adam="AETERM"),
    Column("complication_date", "date", "Onset of that complication", adam="AESTDT"),
    Column("clavien_dindo", "text", "Its Clavien-Dindo grade; 0 for none", permitted=GRADES, adam="CDGRADE"),
    Column("imatinib_restart", "date", "First dose of imatinib after the operation", adam="RESTRTDT"),
)

EXPOSURES = (
    Column("patient_id", "text", "Identifier of the patient", required=True, adam="USUBJID"),
    Column("drug", "text", "Tyrosine kinase inhibitor, international name", required=True, adam="TRT"),
    Column("schedule", "text", "Planned schedule, such as continuous or 4 weeks on, 2 off", adam="SCHEDULE"),
    Column("start", "date", "First day at this dose", required=True, adam="ASTDT"),
    Column("end", "date", "Last day at this dose; blank while it goes on", adam="AENDT"),
    Column("dose_mg_per_day", "number", "Dose on a dosing day", "mg", adam="DOSE"),
    Column("stop_reason", "text", "Why this dose ended", adam="STOPREAS"),
    Column("in_trial", "text", "Given within a clinical trial", permitted=YES_NO, adam="INTRIAL"),
)

ASSESSMENTS = (
    Column("patient_id", "text", "Identifier of the patient", required=True, adam="USUBJID"),
    Column("assessment_date", "date", "Date of the imaging", required=True, adam="ADT"),
    Column("response", "text", "Response by imaging", permitted=RESPONSES, required=True, adam="AVALC"),
    Column("progression_pattern", "text", "Extent of a progression", permitted=PATTERNS, adam="PDPAT"),
)

TABLES = {"patients": PATIENTS, "operations": OPERATIONS, "exposures": EXPOSURES, "assessments": ASSESSMENTS}

_TIMES = (
    Column("USUBJID", "text", "Identifier of the patient", required=True),
    Column("PARAMCD", "text", "Endpoint: OS, PFS, or another code of the book", required=True),
    Column("CNSR", "number", "Censoring: 0 for an event, 1 or more for censored", required=True),
    Column("AVAL", "number", "Time to the event or to censoring; if missing, from STARTDT to ADT"),
    Column("AVALU", "text", "Unit of AVAL; where it is missing, times under [formats] names it", "", TIME_UNITS),
    Column("ENTRYDY", "number", "Days from time zero to coming under observation", "days"),
    Column("ENTRY", "number", "The same in the unit of AVAL, in place of ENTRYDY"),
    Column("STARTDT", "date", "Time zero"),
    Column("ADT", "date", "Date of the event or of censoring"),
    Column("EVNTDESC", "text", "What ended the time"),
    Column("TRTA", "text", "Group, where the subjects' table gives none"),
)
TIMES = tuple(column._replace(adam=column.name) for column in _TIMES)
"""Recorded times, as ADaM's ADTTE holds them; they stand in place of the dates that the other tables hold."""

PARAMCDS = ("OS", "PFS", "IMCONT", "OSRES", "PFSRES", "OSIM", "PFSIM", "OS2L", "PFS2L")
"""Codes of the recorded times that chapters show."""

INPUTS = {**TABLES, "adtte": TIMES}
"""Every table that a cohort folder may hold; ADaM's ADSL is read as `patients`."""

FIRST_PRESENT = {"GROUPREC": ("TRT01A", "TRT01P", "ARM", "ACTARM"), "TRTA": ("TRTP", "TRT01A", "TRT01P", "ARM")}
"""Columns of ADaM that stand for one of ours where it is missing: the first that the file has."""

ADSL_CODES = {"sex": {"F": "female", "M": "male"}, "died": {"Y": "yes", "N": "no"}}
"""For columns of ADSL, the codes of CDISC and ours."""

ADSL = (
    *(Column(c.adam, c.kind, c.meaning, c.unit, c.permitted) for c in PATIENTS),
    Column("TRT01A", "text", "Group: S-group, M-group, or the recorded one; blank for patients in neither"),
    Column("OPDT1", "date", "First operation for resistance"),
    Column("TKI2DT", "date", "First dose of second-line TKI: the first drug other than imatinib after resistance"),
)

ADTTE = (
    Column("USUBJID", "text", "Identifier of the patient"),
    Column("TRTA", "text", "Group"),
    Column("PARAMCD", "text", "Code of the endpoint"),
    Column("STARTDT", "date", "Time zero"),
    Column("ADT", "date", "Date of the event or of censoring"),
    Column("ENTRYDY", "number", "Time from time zero to coming under observation", "days"),
    Column("AVAL", "number", "Time from time zero to the event or to censoring", "days"),
    Column("CNSR", "number", "Censoring: 0 for an event, 1 for censored"),
    Column("EVNTDESC", "text", "What ended the time"),
)

LINES = (
    Column("USUBJID", "text", "Identifier of the patient"),
    Column("TRTA", "text", "Group"),
    Column("LINE", "number", "Line of therapy, counted from resistance; 1 is imatinib"),
    Column("TRT", "text", "Drug"),
    Column("ASTDT", "date", "Its first day; for line 1 the date of resistance"),
)

# Frames of estimates: lowercase, and of groups of patients only.

CENSORING = "censored"
"""Kind of an exit that is no event."""

WITHHELD_KIND, NO_SUMMARY, ENDED = "withheld", "no summary", "ended"
MARKERS = (WITHHELD_KIND, NO_SUMMARY, ENDED)
"""Kinds that a disclosure policy writes beside those of exits, in rows of nobody: what it holds back of a group.

Everything; a median, test or hazard ratio; what is later than the last time.
"""

ENTERED = "entered"
"""Kind of a row of nobody that tells, of grouped counts, between which numbers the size of the group lies."""

COUNTS = (
    GROUP,
    Column("entry", "number", "Coming under observation", "days"),
    Column("exit", "number", "Leaving observation", "days"),
    Column("kind", "text", "How: event or censored; or, of nobody, what a disclosure policy holds back"),
    Column("count", "number", "How many subjects"),
)

GROUPED = (
    *COUNTS,
    Column("low", "number", "By how many the fewest rise that may have left so by then, as the printed counts go"),
    Column("high", "number", "By how many the most rise that may have left so by then"),
)
"""Counts at the edges of intervals, as a disclosure policy releases them; those who are left are censored at the last.

Of them `low` and `high` are 0, since nobody is known to have left; of the row `entered` they bound the group's size.
"""

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

VARIANCE = "variance"
"""Column of a curve of grouped counts: variance of the logarithm of survival, with what the grouping leaves open."""

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

BY_THEN = (
    Column("events_by_then", "number", "Events by the landmark; empty where a disclosure policy does not give them"),
    Column("at_risk_then", "number", "Subjects at risk at the landmark"),
)
"""Columns that estimates at landmarks have beside `ESTIMATES`."""

PRECISION = (
    *(column for column in ESTIMATES if column.name not in ("group", "time", "n", "unit")),
    Column("unit", "text", "Unit of the estimate: that of the book, or ratio"),
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
    Column("denominator", "text", "What counts as planned", permitted=("elapsed", "clock", "cycles", "dosing_days")),
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

# What others have published: the claims of the abstract, other series, the checklist.

CLAIMS = (
    Column("claim_id", "text", "Name of the claim", required=True),
    Column("claim", "text", "What the abstract claims, in our words", required=True),
    Column("published", "text", "The value as printed; its last digit sets the tolerance"),
    Column("unit", "text", "Unit of the value"),
    Column("denominator", "text", "Denominator, if the abstract states it"),
    Column("chapter", "text", "Chapter that computes it, or discusses a statement"),
    Column("key", "text", "Key under which that chapter pastes it; none for a statement without a number"),
    Column("status", "text", "Whether the claim can be recomputed from a cohort at all", required=True),
    Column("note", "text", "What to know of it"),
)

PROGRESSIONS = ("limited or focal", "progressing, extent not stated", "multifocal or generalized")
OTHER_DISEASE, DRUG_LINES = ("mixed", "responding"), ("second line", "third line")
CLOCKS = ("surgery", "imatinib start", "sunitinib start", "randomization", "not stated")

SERIES = (
    Column("series_id", "text", "Name of the figure"),
    Column("study", "text", "First author, or the trial, and year"),
    Column("doi_or_pmid", "text", "Where the study is found; blank where we have neither"),
    Column("citekey", "text", "Key of the study in references.bib"),
    Column("population", "text", "Which of its patients, in our words"),
    Column("progression", "text", "Progression, or line", permitted=PROGRESSIONS + OTHER_DISEASE + DRUG_LINES),
    Column("n", "text", "Number of patients; blank where what we read does not give it"),
    Column("quantity", "text", "What was measured", permitted=("PFS", "TTP", "OS")),
    Column("at_months", "text", "Time of a rate in months; blank for a median"),
    Column("clock", "text", "Time zero", permitted=CLOCKS),
    Column("printed", "text", "The value as the source prints it"),
    Column("unit_printed", "text", "Its unit", permitted=("weeks", "months", "years", "%")),
    Column("lower", "text", "Lower limit as printed; blank where the source prints none"),
    Column("upper", "text", "Upper limit as printed"),
    Column("trust", "text", "How the figure was read", permitted=("R-abs", "R-sec", "R-part", "D")),
    Column("read_in", "text", "Where the figure was read"),
    Column("comparable", "text", "Whether it may be set beside the paper, and if not, why"),
)

CHECKLIST = (
    Column("item", "text", "Number of the STROBE item, with its letter"),
    Column("section", "text", "Section of a report"),
    Column("topic", "text", "Topic of the item"),
    Column("recommendation", "text", "What a report of a cohort should give, in our words"),
    Column("chapters", "text", "Chapters that give it; with #, a section of one. Blank if none can"),
    Column("still_open", "text", "What stays unanswered, and why"),
)
