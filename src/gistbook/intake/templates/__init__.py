"""A cohort folder to fill in: empty tables, the same as one workbook, and a `cohort.toml` that explains itself.

`folder` writes it whole, `workbook` makes the workbook, `guide` says what each column takes; `cohort.toml` lies beside
them as it is written.
"""

from gistbook.intake.templates.folder import write

__all__ = ["write"]
