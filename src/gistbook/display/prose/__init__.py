"""Say an estimate as a phrase, with its interval and unit, and paste it under a key.

`phrases` says one estimate, `listings` many of them as a table of words; `pasting` hands a phrase to the page, where a
sentence takes it by the role `glue:text`. A point estimate cannot appear without its precision.
"""

from gistbook.display.prose.listings import (
    beside_one_another,
    groups_listed,
    in_months,
    listed_intensity,
    range_in_months,
    said,
    said_baseline,
    said_counts,
    said_differences,
    said_intensity,
    said_parts,
    said_precision,
    said_regroupings,
    said_rows,
    said_settings,
    said_withheld,
)
from gistbook.display.prose.pasting import (
    introduce,
    paste,
    paste_count,
    paste_duration,
    paste_frame,
    paste_logrank,
    paste_part,
    paste_published,
    paste_recomputed,
    paste_setting,
    paste_step,
    paste_text,
)
from gistbook.display.prose.phrases import phrase

__all__ = [
    "beside_one_another",
    "groups_listed",
    "in_months",
    "introduce",
    "listed_intensity",
    "paste",
    "paste_count",
    "paste_duration",
    "paste_frame",
    "paste_logrank",
    "paste_part",
    "paste_published",
    "paste_recomputed",
    "paste_setting",
    "paste_step",
    "paste_text",
    "phrase",
    "range_in_months",
    "said",
    "said_baseline",
    "said_counts",
    "said_differences",
    "said_intensity",
    "said_parts",
    "said_precision",
    "said_regroupings",
    "said_rows",
    "said_settings",
    "said_withheld",
]
