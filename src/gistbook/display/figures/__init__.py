"""Draw tidy estimates: each figure is a pair of inline SVG, for a wide and for a narrow page, made at build time.

The one door to Altair and vl-convert. `canvas` is what all are drawn on; `curves` (by `charts`), `forests` and `lanes`
are the kinds, and `looks` tells groups apart. A page makes a figure interactive from what `specs` writes; what it reads
then are the phrases of `readings`, by the `controls`. `alone` takes a figure out of its page, as a file that can be
shown anywhere. `thinning` and `lightening` keep the weight of a page from growing with the cohort.
"""

from gistbook.display.figures.alone import alone, picture
from gistbook.display.figures.canvas import NARROW, WIDE
from gistbook.display.figures.curves import step_curve, survival_curve, ticks
from gistbook.display.figures.forests import forest
from gistbook.display.figures.lanes import MOST_LANES, swimmer

__all__ = [
    "MOST_LANES",
    "NARROW",
    "WIDE",
    "alone",
    "forest",
    "picture",
    "step_curve",
    "survival_curve",
    "swimmer",
    "ticks",
]
