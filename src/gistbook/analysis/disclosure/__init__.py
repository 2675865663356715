"""Named policies that coarsen counts before anything is estimated from them.

`policies` names them, chooses one for a cohort, and asks what a reader who knows the rule can still conclude from what
is printed; `times` coarsens counts of times, `breakdowns` all other counts.

What a policy promises is that no printed count, taken within its group and endpoint, gives away a true one. What can be
concluded by joining several endpoints, or two releases of one cohort, it does not promise (`docs/disclosure.md`).
"""

# ruff: noqa: F401 (what other modules and chapters take from here)
from gistbook.analysis.disclosure.breakdowns import counts, flow, level, part, table
from gistbook.analysis.disclosure.policies import (
    BY_ACCESS,
    DEFAULTS,
    DISCLOSED,
    MARKED,
    NOT_FOR_RELEASE,
    Policy,
    choose,
    exact_only,
    extremes,
    is_coarse,
    over_follow_up,
)
from gistbook.analysis.disclosure.times import protect, summarizable
