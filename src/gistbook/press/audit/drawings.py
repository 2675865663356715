"""What figures of a page tell in numbers: when curves turn, how many are at risk, and the flow of patients."""

import itertools
import re
from collections.abc import Iterator

from gistbook.press.audit.findings import Drawn, Table

FLOW = ("step", "count", "parent")
"""Names of a flow as a table: a step, how many are at it, and from which step they come."""

READ = ("time", "read")
"""Names of the table of a figure that is read by time, of which the times alone are kept: in months."""

_NUMBERS = re.compile(r"\bgb-data\b")

_LINES, _MARKS = re.compile(r"\bmark-line role-mark\b"), re.compile(r"\bmark-rect role-mark\b")
_LABELS, _TITLES = re.compile(r"\brole-axis-label\b"), re.compile(r"\brole-axis-title\b")
_WRITTEN, _FLOW_CLASS = re.compile(r"\bmark-text role-mark\b"), re.compile(r"\bgb-flow\b")
_TIME = "Months"

_TOKEN = re.compile(r"([MLHVlhvZz])|(-?\d*\.?\d+(?:e-?\d+)?)")
_MARK = re.compile(r"M(-?[\d.]+)[-,][\d.]+h([\d.]+)v[\d.]+h-[\d.]+Z")
_PLACE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")

_NEAREST = 0.3
"""Dots by which a place may be off because drawings are written to a tenth of a dot."""


def curves(svg, place: str) -> Iterator[Drawn]:
    """Yield the curves of a drawing whose level axis counts months, with the numbers of its risk table."""
    groups = [(group, group.get("class") or "") for group in svg.find_all("g")]
    titles = [text for group in _of(_TITLES, groups) for text in _texts(group)]
    scale = _scale(groups) if any(title.startswith(_TIME) for title in titles) else None
    turns = [x for path in _paths(groups, _LINES) for x in _turns(path)] + list(_marked(groups)) if scale else []
    if turns:
        first, per_dot = scale
        months = tuple(sorted({round((x - first) * per_dot, 3) for x in turns}))
        counted = [text for group in _of(_WRITTEN, groups) for text in _texts(group)]
        yield Drawn(months, _NEAREST * per_dot, tuple(text for text in counted if text.isdecimal()), place)


def flow(steps, place: str) -> Iterator[Table]:
    """Yield the boxes of a flow, which are nested lists, as a table."""
    if steps.parent is not None and _FLOW_CLASS.search(steps.parent.get("class") or ""):
        yield Table(FLOW, list(_boxes(steps, "")), place)


def readings(numbers, place: str) -> Iterator[Table]:
    """Yield the times at which the numbers of a figure are told."""
    if _NUMBERS.search(numbers.get("class") or "") and numbers.get("data-by") == "time":
        rows = [(row["data-at"], "") for row in numbers.find_all("tr") if row.has_attr("data-at")]
        yield Table(READ, rows, place)


def _boxes(steps, parent: str) -> Iterator[tuple[str, str, str]]:
    for box in steps.find_all("li", recursive=False):
        words = box.find("span")
        counted = words.find("strong") if words is not None else None
        if counted is not None:
            step = words.get_text().removesuffix(counted.get_text()).strip()
            yield step, counted.get_text(strip=True), parent
            for inner in box.find_all("ul", recursive=False):
                yield from _boxes(inner, step)


def _texts(group) -> list[str]:
    return [text.get_text(strip=True) for text in group.find_all("text")]


def _scale(groups: list) -> tuple[float, float] | None:
    """Return where month 0 is, and how many months a dot is, by the first and the last label of the level axis."""
    for group in _of(_LABELS, groups):
        labels = [(_PLACE.search(text.get("transform") or ""), text.get_text(strip=True)) for text in group("text")]
        at = [(float(place[1]), float(label)) for place, label in labels if place and label.isdecimal()]
        if len(at) > 1 and at[-1][0] != at[0][0]:
            per_dot = (at[-1][1] - at[0][1]) / (at[-1][0] - at[0][0])
            return at[0][0] - at[0][1] / per_dot, per_dot
    return None


def _of(form: re.Pattern, groups: list) -> list:
    """Return the groups of a drawing whose class has a form, of those that are given with their classes."""
    return [group for group, said in groups if form.search(said)]


def _paths(groups: list, form: re.Pattern) -> list[str]:
    return [path.get("d") or "" for group in _of(form, groups) for path in group.find_all("path")]


def _turns(path: str) -> Iterator[float]:
    """Yield the level places of the corners of a line that is drawn by straight pieces."""
    tokens, x = _TOKEN.findall(path), 0.0
    for number, (letter, _) in enumerate(tokens):
        given = [float(value) for _, value in itertools.takewhile(lambda token: token[1], tokens[number + 1 :])]
        if letter in ("H", "L", "M", "h", "l"):
            for value in given[:: 1 if letter in "Hh" else 2]:
                x = value if letter.isupper() else x + value
                yield x


def _marked(groups: list) -> Iterator[float]:
    """Yield the level places of the upright marks at which somebody was censored."""
    for path in _paths(groups, _MARKS):
        yield from (float(match[1]) + float(match[2]) / 2 for match in _MARK.finditer(path) if float(match[2]) < 2)
