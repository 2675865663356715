"""Write a drawing in fewer bytes: places to a tenth of a pixel, lines in short, neighbours that look alike as one."""

import itertools
import re

_TAG = re.compile(r"<[^<>]*>")
_PLACES = re.compile(r'( d="| transform=")([^"]*)')
_DECIMAL = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_LINE = re.compile(r"M(?:-?[\d.]+,-?[\d.]+L)*-?[\d.]+,-?[\d.]+Z?")
_POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
_ROLES = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*"|aria-hidden="true")')
"""What the drawing program says of parts of a drawing, which is one image to whoever cannot see it."""

_ALIKE = re.compile(r'<path d="[^"]*Z"([^<>]*)/>(?:<path d="[^"]*Z"\1/>)+')


def lighter(svg: str) -> str:
    """Return a drawing that looks the same: coordinates to a tenth of a pixel, neighbours that look alike as one path.

    Only what stands in tags is changed, so that a name of a group is as it was.
    """
    return _ALIKE.sub(_joined, _TAG.sub(lambda tag: _PLACES.sub(_shorter, _ROLES.sub("", tag[0])), svg))


def _shorter(attribute: re.Match) -> str:
    places = _DECIMAL.sub(lambda number: f"{round(float(number[0]), 1) + 0:g}", attribute[2])
    if "transform" in attribute[1]:
        return attribute[1] + places
    return attribute[1] + (_short(places) if _LINE.fullmatch(places) else places).replace(",-", "-")


def _short(line: str) -> str:
    """Return a line of straight pieces with each as a step from the point before: level, upright or slanting."""
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
