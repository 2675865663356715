"""Draw tidy estimates: each figure is a pair of drawings, for a wide and for a narrow page, whole without any script.

The one door to Altair. `canvas` is what all are drawn on; `curves` and `rows` are the kinds. Curves are drawn by `plot`
over their risk table. `readings` makes the table of the numbers of a figure, whose rows a page shows while a reader
points at it, and keeps the weight of a page from growing with the cohort.
"""

from gistbook.display.figures.curves import choice, step_curve, survival_curve
from gistbook.display.figures.rows import MOST_LANES, flow, forest, swimmer

__all__ = ["MOST_LANES", "choice", "flow", "forest", "step_curve", "survival_curve", "swimmer"]
