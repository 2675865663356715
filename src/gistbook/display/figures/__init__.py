"""Draw tidy estimates: each figure is a pair of inline SVG, for a wide and for a narrow page, made at build time.

The one door to Altair and vl-convert. `canvas` is what all are drawn on; `curves`, `forests` and `lanes` are the kinds.
"""

from gistbook.display.figures.canvas import NARROW, WIDE
from gistbook.display.figures.curves import step_curve, survival_curve, ticks
from gistbook.display.figures.forests import forest
from gistbook.display.figures.lanes import swimmer

__all__ = ["NARROW", "WIDE", "forest", "step_curve", "survival_curve", "swimmer", "ticks"]
