"""From checked tables to estimates.

From dates to estimates: `endpoints`, `lifetable`, `disclosure`, `estimates`, `contrasts`, `competing`.

What cannot be had from counts: `baseline`, `surgery`, `exposure`, and the repeated operations in `competing`.

Who waits for an operation, counted where the wait was spent: `waiting`.

What a number is worth: `precision`, `alternatives`, `series`, `validation`; what a policy costs:
`distance`; what analyses print where the truth is known: `truth`.

Data: `simulate` draws a synthetic cohort, `reconstruction` makes one of a printed curve, `cases` are public data sets,
`example` is the sheet of a clinic.
"""
