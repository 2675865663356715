"""The columns of every frame that crosses a boundary, as plain data; the data dictionary is printed from here.

The four input tables bear names that a surgeon reads (`patient_id`); `cohort` renames them once to the ADaM names
in `Column.adam`. Subject-level columns are uppercase ever after, and estimates are lowercase.

`columns` says what a column is; `tables` are of patients, `frames` of estimates, `published` of other papers.
"""

from gistbook.schemas.columns import (
    CONFIDENCE,
    GROUP,
    QUARTILES,
    Column,
    estimates_only,
    names,
)
from gistbook.schemas.frames import (
    BASELINE,
    COUNTS,
    CURVE,
    DOSE_INTENSITY,
    ESTIMATES,
    FLOW,
    INCIDENCE,
    LINE_COUNTS,
    MEAN_COUNTS,
    OPERATION_COUNTS,
    PRECISION,
    SAFETY,
    UNJUDGED,
)
from gistbook.schemas.published import (
    CHECKLIST,
    CLAIMS,
    CLOCKS,
    DRUG_LINES,
    OTHER_DISEASE,
    PROGRESSIONS,
    SERIES,
)
from gistbook.schemas.tables import (
    ADSL,
    ADTTE,
    ASSESSMENTS,
    EXPOSURES,
    GRADES,
    GROUP_NAMES,
    INDICATIONS,
    LINES,
    MEDICATION,
    OPERATIONS,
    PATIENTS,
    PATTERNS,
    RESECTIONS,
    RESPONSES,
    SURGERY,
    TABLES,
)

FRAMES = {**TABLES, "adsl": ADSL, "adtte": ADTTE, "counts": COUNTS, "curve": CURVE, "estimates": ESTIMATES}

__all__ = [
    "ADSL",
    "ADTTE",
    "ASSESSMENTS",
    "BASELINE",
    "CHECKLIST",
    "CLAIMS",
    "CLOCKS",
    "CONFIDENCE",
    "COUNTS",
    "CURVE",
    "DOSE_INTENSITY",
    "DRUG_LINES",
    "ESTIMATES",
    "EXPOSURES",
    "FLOW",
    "FRAMES",
    "GRADES",
    "GROUP",
    "GROUP_NAMES",
    "INCIDENCE",
    "INDICATIONS",
    "LINES",
    "LINE_COUNTS",
    "MEAN_COUNTS",
    "MEDICATION",
    "OPERATIONS",
    "OPERATION_COUNTS",
    "OTHER_DISEASE",
    "PATIENTS",
    "PATTERNS",
    "PRECISION",
    "PROGRESSIONS",
    "QUARTILES",
    "RESECTIONS",
    "RESPONSES",
    "SAFETY",
    "SERIES",
    "SURGERY",
    "TABLES",
    "UNJUDGED",
    "Column",
    "estimates_only",
    "names",
]
