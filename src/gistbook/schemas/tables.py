"""The columns of patients: the four input tables, and the subject-level frames that are made of them."""

from gistbook.schemas.columns import Column

PATTERNS = ("localized", "generalized")
GRADES = ("0", "I", "II", "IIIa", "IIIb", "IVa", "IVb", "V")
RESECTIONS = ("R0", "R1", "R2")
INDICATIONS = ("resistance", "further_progression", "staged", "complication", "emergency")
RESPONSES = ("CR", "PR", "SD", "PD")
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
    Column("group", "text", "Group assigned by whoever recorded the cohort; overrides the rule", adam="GROUPREC"),
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

TIMES = (
    Column("USUBJID", "text", "Identifier of the patient", required=True, adam="USUBJID"),
    Column("PARAMCD", "text", "Endpoint: OS, PFS, or another code of the book", required=True, adam="PARAMCD"),
    Column("CNSR", "number", "Censoring: 0 for an event, 1 or more for censored", required=True, adam="CNSR"),
    Column("AVAL", "number", "Time to the event or to censoring; if missing, from STARTDT to ADT", adam="AVAL"),
    Column("AVALU", "text", "Unit of AVAL; days if missing", permitted=TIME_UNITS, adam="AVALU"),
    Column("STARTDT", "date", "Time zero", adam="STARTDT"),
    Column("ADT", "date", "Date of the event or of censoring", adam="ADT"),
    Column("EVNTDESC", "text", "What ended the time", adam="EVNTDESC"),
    Column("TRTA", "text", "Group, where the subjects' table gives none", adam="TRTA"),
)
"""Recorded times, as ADaM's ADTTE holds them; they stand in place of the dates that the other tables hold."""

INPUTS = {**TABLES, "adtte": TIMES}
"""Every table that a cohort folder may hold; ADaM's ADSL is read as `patients`."""

FIRST_PRESENT = {"GROUPREC": ("TRT01A", "TRT01P", "ARM", "ACTARM"), "TRTA": ("TRTP", "TRT01A", "TRT01P", "ARM")}
"""Columns of ADaM that stand for one of ours where it is missing: the first that the file has."""

ADSL_CODES = {"sex": {"F": "female", "M": "male"}, "died": {"Y": "yes", "N": "no"}}
"""For columns of ADSL, the codes of CDISC and ours."""

ADSL = (
    *(Column(c.adam, c.kind, c.meaning, c.unit, c.permitted) for c in PATIENTS),
    Column("TRT01A", "text", "Group: S-group, M-group, or the recorded one; blank for whoever is in neither"),
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
