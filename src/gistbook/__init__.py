"""An executable clinical paper: a cohort folder goes in, a published book comes out.

Reading order: `conventions` and `schemas` (what every other module may import), then the wings in the order
in which data travel (`intake`, `analysis`, `display`, `press`), then `build`, which composes them, and `cli`.
"""

__version__ = "0.1.0"
