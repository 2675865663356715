"""The columns of what others have published: the claims of the abstract, other series, the checklist."""

from gistbook.schemas.columns import Column

CLAIMS = (
    Column("claim_id", "text", "Name of the claim", required=True),
    Column("claim", "text", "What the abstract claims, in our words", required=True),
    Column("published", "text", "The value as printed; its last digit sets the tolerance"),
    Column("unit", "text", "Unit of the value"),
    Column("denominator", "text", "Denominator, if the abstract states it"),
    Column("chapter", "text", "Chapter that computes it"),
    Column("key", "text", "Key under which that chapter pastes it"),
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
