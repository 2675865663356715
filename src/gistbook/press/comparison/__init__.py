"""Two runs side by side: what each is, which definitions differ, what moved, curves, flow and Table 1.

`runs` reads a run, `wording` says what the two are and may be used for, `definitions` and `numbers` compare what was
set and what came out, `curves` and `tables` put together what was drawn and set in tables, and `writing` writes the
chapter that shows it all.
"""

from gistbook.press.comparison.curves import apart, curves_said, frames_said, overlaid, overlay
from gistbook.press.comparison.definitions import code_said, definitions_said, differing_definitions
from gistbook.press.comparison.numbers import counted, moved, reworded, unmoved, unpaired
from gistbook.press.comparison.runs import FILES, Run, load, withheld
from gistbook.press.comparison.tables import baselines, flows, paired_baselines
from gistbook.press.comparison.wording import banner, introductions, load_pair, notice, overview
from gistbook.press.comparison.writing import CHAPTER, PAGE, text_of

__all__ = [
    "CHAPTER",
    "FILES",
    "PAGE",
    "Run",
    "apart",
    "banner",
    "baselines",
    "code_said",
    "counted",
    "curves_said",
    "definitions_said",
    "differing_definitions",
    "flows",
    "frames_said",
    "introductions",
    "load",
    "load_pair",
    "moved",
    "notice",
    "overlaid",
    "overlay",
    "overview",
    "paired_baselines",
    "reworded",
    "text_of",
    "unmoved",
    "unpaired",
    "withheld",
]
