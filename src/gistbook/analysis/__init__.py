"""From checked tables to estimates.

The river: `endpoints`, `lifetable`, `disclosure`, `estimates`, `contrasts`, `incidence`.

What cannot be had from counts: `baseline`, `safety`, `exposure`, `recurrence`, `swimlanes`.

What a number is worth: `overlap`, `immortal`, `precision`, `proportions`, `variants`, `series`.

Data: `simulate` draws a synthetic cohort, `cases` are public data sets, `example` is the sheet of a clinic.
"""
