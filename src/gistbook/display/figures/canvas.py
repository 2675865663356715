"""What every figure is drawn on: widths, looks of groups, names that fit, and how a chart becomes two light drawings.

Colours are CSS custom properties of the page, so that a figure follows its light or dark theme; groups are told apart
by colour and by dash, so that colour is never needed. The one door to Altair is this package.
"""

import itertools
import re
from collections.abc import Callable

import altair as alt
import pandas as pd

from gistbook import handover
from gistbook.conventions import NOT_RECORDED, escaped
from gistbook.display.outputs import NO_XML, WIDE_LETTER, Displayed, draw, picture, width_of
from gistbook.schemas import GROUP_NAMES
from gistbook.units import Unit

WIDE, NARROW = 560, 250
"""Widths of the plotting area, in pixels; the page shows the one that fits."""

COLOURS = ("#0072b2", "#c04f00", "#00795a", "#a2457f", "#2b6f99", "#8a5a00")
"""Those of the light theme, in which a figure is drawn that stands alone."""

INK = "var(--gb-ink, #222)"

_DASHES = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (4, 4), (12, 3))
_AXIS = {
    **dict.fromkeys(("labelColor", "titleColor", "domainColor", "tickColor"), INK),
    "gridColor": "var(--gb-grid, #ddd)",
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}

_PAPERS = sorted(GROUP_NAMES.values())

SAME = 6
"""Decimals to which numbers are handed to the drawing program: the same line, in fewer bytes."""

_TAG = re.compile(r"<[^<>]*>")
_PLACES = re.compile(r'( d="| transform=")([^"]*)')
_DECIMAL = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_LINE = re.compile(r"M(?:-?[\d.]+,-?[\d.]+L)*-?[\d.]+,-?[\d.]+Z?")
_POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
_ROLES = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*"|aria-hidden="true"|opacity="1")')
"""What the drawing program says of parts of a drawing, which is one image to a reader who cannot see it."""

_LIKE = re.compile(r'(<g class="mark-(?:text|rule) [^>]*)>((?:\s*<(?:text [^>]*>[^<]*</text|line [^>]*/)>){2,})</g>')
_ONE, _LOOK = re.compile(r"<(?:text|line) [^>]*>"), re.compile(r' (?:fill|font|stroke|text-anchor)[a-z-]*="[^"]*"')
"""Texts or lines of a group, each of them, and what of its look may stand at the group as well."""

_SHAPE = r'<path d="[^"]*Z"'
_ALIKE = re.compile(rf'{_SHAPE}((?![^<>]*opacity="0")[^<>]*)/>(?:{_SHAPE}\1/>)+')
"""Neighbours that look alike, but for the unseen grounds of rows, which a page finds one by one."""


def figure(view_of: Callable[[int], dict], description: str, frames: dict, key: str, numbers: str = "") -> Displayed:
    """Draw the views of a figure for a wide and for a narrow page, with a description for who cannot see it.

    The estimates that it is drawn from, `frames`, are recorded under the key. `numbers` is the table of its numbers as
    HTML.
    """
    drawn = (lighter(handover.drawn(spec_of(view_of(width)), draw)) for width in (WIDE, NARROW))
    drawings = picture(*drawn, description)
    return Displayed(f'<div class="gb-figure">{drawings}{numbers}</div>', description, frames, key)


def nothing(what: str, key: str = "") -> Displayed:
    """Words in the place of a figure of which the cohort records nothing."""
    return words_in_place(f"{what}: {NOT_RECORDED}.", key)


def words_in_place(words: str, key: str = "", frames: dict[str, pd.DataFrame] | None = None) -> Displayed:
    """Words in the place of a figure, with the estimates that it would have been drawn from."""
    return Displayed(f'<p class="gb-nothing">{escaped(words)}</p>', words, frames, key)


def in_unit(frame: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """A frame with its times, which are in days, in a unit."""
    return frame.assign(time=unit.of(frame["time"].astype(float)))


def looks_by_group(groups: list[str]) -> dict[str, tuple[int, int]]:
    """Numbers of the hue and of the dashes of each group; no two of few share one of them, and none share both.

    Each of the paper's two groups looks the same in a chart without the other.
    """
    numbered = _PAPERS if set(groups) <= set(_PAPERS) else groups
    numbers = {group: numbered.index(group) for group in groups}
    return {group: (number, number + number // len(COLOURS)) for group, number in numbers.items()}


def colour(number: int, hue: int | None = None) -> str:
    """Colour of a group by its number and hue, in the page’s theme; a page finds by it what is of the group."""
    which = (number if hue is None else hue) % len(COLOURS)
    base = f"var(--gb-{which + 1}, {COLOURS[which]})"
    return base if which == number else f"var(--gb-{number + 1}_{which + 1}, {base})"


def scales(looks: dict[str, tuple[int, int]], field: str = "group") -> tuple[alt.Color, alt.StrokeDash]:
    """Colours and dashes of the groups of a chart, in the order given, as they look; without a legend."""
    groups = list(looks)
    colours = [colour(number, hue) for number, (hue, _) in enumerate(looks.values())]
    dashes = [_DASHES[dash % len(_DASHES)] for _, dash in looks.values()]
    hue = alt.Color(f"{field}:N", scale=alt.Scale(domain=groups, range=colours), legend=None)
    return hue, alt.StrokeDash(f"{field}:N", scale=alt.Scale(domain=groups, range=dashes), legend=None)


def fitted(name: str, room: int) -> str:
    """A name as it fits into so many pixels: its beginning and its end."""
    if width_of(name) <= room:
        return name
    return f"{_start(name, 0.6 * room)}…{_start(name[::-1], 0.4 * room - WIDE_LETTER)[::-1]}"


def wrapped(name: str, room: int) -> list[str]:
    """A name in lines of so many pixels at most, broken between words; a longer word has a line of its own."""
    lines = [""]
    for word in name.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        lines[-1:] = [longer] if width_of(longer) <= room or not lines[-1] else [lines[-1], word]
    return lines


def short_names(names: list[str], room: int) -> dict[str, str]:
    """Each name as it fits into so many pixels, numbered if two would look alike."""
    short = {name: fitted(name, room) for name in names}
    alike = {shown for shown in short.values() if list(short.values()).count(shown) > 1}
    return {name: f"{shown} ({i + 1})" if shown in alike else shown for i, (name, shown) in enumerate(short.items())}


def spec_of(view: dict) -> dict:
    """What the drawing program is asked for: a view in the colours of the page, on no ground of its own.

    A view is as Vega-Lite has it, but that charts of Altair and frames stand in it as they are. Altair's own layers
    copy each of their charts many times over.
    """
    view_of_page = {"continuousWidth": 300, "continuousHeight": 300, "stroke": "transparent"}
    config = {"aria": False, "axis": _AXIS, "background": "transparent", "view": view_of_page}
    return {"config": config, **_plain(view)}


def lighter(svg: str) -> str:
    """A drawing that looks the same in fewer bytes.

    Places are written to a tenth of a pixel, lines in short, neighbours that look alike as one path, and the look that
    all texts or lines of a group have at the group. Only what stands in tags is changed, so that a name of a group is
    as it was, but for signs that no drawing may hold.
    """
    short = _TAG.sub(lambda tag: _PLACES.sub(_shorter, _ROLES.sub("", tag[0])), svg)
    return NO_XML.sub("\ufffd", _LIKE.sub(_once, _ALIKE.sub(_joined, short)))


def _plain(part):
    if isinstance(part, dict):
        return {name: _plain(each) for name, each in part.items()}
    if isinstance(part, list):
        return list(map(_plain, part))
    if isinstance(part, pd.DataFrame):  # Altair's own way, for whatever a frame may hold, takes three times as long
        return {"values": part.astype(object).where(part.notna(), None).to_dict("records")}
    if isinstance(part, alt.Chart) and isinstance(part.data, pd.DataFrame):
        rows, chart = part.data, part.copy(deep=False)
        chart.data = alt.Undefined
        return {"data": _plain(rows), **_plain(chart)}
    if isinstance(part, alt.SchemaBase):  # a test checks it; here that takes too long
        return part.to_dict(validate=False, context={"top_level": False, "data": None})
    return part


def _start(text: str, room: float) -> str:
    used = itertools.accumulate(map(width_of, text))
    return text[: sum(pixels <= room for pixels in used)]


def _shorter(attribute: re.Match) -> str:
    places = _DECIMAL.sub(lambda number: f"{round(float(number[0]), 1) + 0:g}", attribute[2])
    if "transform" in attribute[1]:
        return attribute[1] + places
    return attribute[1] + (_short(places) if _LINE.fullmatch(places) else places).replace(",-", "-")


def _short(line: str) -> str:
    """A line of straight pieces, each as a step from the point before: level, upright or slanting."""
    points = [(float(x), float(y)) for x, y in _POINT.findall(line)]
    steps = [(round(x - a, 1), round(y - b, 1)) for (a, b), (x, y) in itertools.pairwise(points)]
    end = "" if line[-1].isdigit() else line[-1]
    return f"{line[0]}{_POINT.search(line)[0]}{''.join(_step(*step) for step in steps)}{end}"


def _step(across: float, down: float) -> str:
    if across and down:
        return f"l{across:g},{down:g}"
    return (f"h{across:g}" if across else "") + (f"v{down:g}" if down else "")


def _joined(alike: re.Match) -> str:
    shapes = re.findall(r'<path d="([^"]*)"', alike[0])
    return f'<path d="{"".join(shapes)}"{alike[1]}/>'


def _once(group: re.Match) -> str:
    looks_of_each = [_LOOK.findall(tag) for tag in _ONE.findall(group[2])]
    shared = [look for look in looks_of_each[0] if all(look in each for each in looks_of_each)]
    each = _ONE.sub(lambda tag: _LOOK.sub(lambda look: "" if look[0] in shared else look[0], tag[0]), group[2])
    return f"{group[1]}{''.join(shared)}>{each}</g>"
