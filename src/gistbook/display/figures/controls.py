"""What a reader finds under a drawing once the page's script runs: groups to show or hide, and a line that reads it.

It is in the page from the start, unseen and in its full height, so that nothing moves when it can be used.
"""

import math

from gistbook.conventions import escaped
from gistbook.display.figures.looks import looks
from gistbook.display.figures.naming import width_of
from gistbook.display.figures.readings import Reading

_WIDE, _NARROW = 640, 310
"""Pixels of a line under the drawing for a wide and for a narrow page."""

_ASK = "Point at the figure, or move the control, and what it shows there is told here."


def controls(reading: Reading, groups: list[str]) -> str:
    """Return the controls of a figure: a button for each of several groups, the control by which it is read, a line."""
    return f'<div class="gb-controls">{_buttons(groups)}{_range(reading)}{_line(reading)}</div>'


def _buttons(groups: list[str]) -> str:
    """Return buttons that bear the line of their group, dashes and all; nothing for one group alone."""
    if len(groups) < 2:
        return ""
    each = "".join(
        f'<button type="button" aria-pressed="true">{_sample(colour, dash)} {escaped(group)}</button>'
        for group, (colour, dash) in zip(groups, looks(len(groups)), strict=True)
    )
    return f'<div class="gb-groups" role="group" aria-label="Groups that the figure shows">{each}</div>'


def _sample(colour: str, dash: tuple[int, ...]) -> str:
    line = f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{" ".join(map(str, dash))}"'
    return f'<svg width="32" height="10" aria-hidden="true"><path d="M0,5h32" {line}/></svg>'


def _range(reading: Reading) -> str:
    span = f'min="0" max="{reading.last:.10g}" step="any" value="0"'
    return f'<label class="gb-read">{reading.how()} <input type="range" {span}></label>'


def _line(reading: Reading) -> str:
    heights = "; ".join(f"--gb-lines-{name}: {_lines(reading, room)}" for name, room in _rooms())
    return f'<output style="{heights}">{_ASK}</output>'


def _rooms() -> list[tuple[str, int]]:
    return [("wide", _WIDE), ("narrow", _NARROW)]


def _lines(reading: Reading, room: int) -> int:
    """Return how many lines the longest reading takes: one for the place, and those of each phrase."""
    phrases = zip(*(phrases for _, _, phrases in reading.rows), strict=True)
    longest = [f"{name}: {max(said, key=width_of)}" for name, said in zip(reading.headings[1:], phrases, strict=True)]
    names = [max((name for _, name, _ in reading.rows), key=width_of)]
    return sum(math.ceil(width_of(words) / room) for words in [*names, *longest])
