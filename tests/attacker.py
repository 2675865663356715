"""Somebody who reads a built book, knows the policy, its grid and how many patients a group has, and asks who they are.

By enumeration only: what may be true is tried value by value, and kept if it would be printed as the book has it.
"""

import csv
import itertools
import math
import re
from pathlib import Path
from types import SimpleNamespace

from bs4 import BeautifulSoup

WIDTH, MONTH, MANY = 6, 30.4375, 10**6
CURVE, ENDED = "curve", 1e-6

_TOKEN = re.compile(r"([MLHVlhvZz])|(-?\d*\.?\d+)")
_PLACE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_COUNT = re.compile(r"(\d+)(?: of (\d+))?(?: \(\d+%\))?")
_PART = re.compile(r"(?<![\d.])(\d+) of (\d+)(?![\d.]*\d)")


# Reading the book


def page(html: Path, chapter: str) -> BeautifulSoup:
    """Return a page, taken apart."""
    return BeautifulSoup((html / "chapters" / f"{chapter}.html").read_text(encoding="utf-8"), "html.parser")


def frames(html: Path) -> dict[str, list[dict]]:
    """Return every table that a book offers for download, by the name of its file."""
    read = {}
    for path in sorted((html / "downloads").glob("*.csv")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        read[path.stem] = list(csv.DictReader(lines))
    return read


def curves(html: Path) -> dict[str, list[dict]]:
    """Return the downloads that are survival curves."""
    return {name: rows for name, rows in frames(html).items() if rows and {"survival", "at_risk"} <= set(rows[0])}


def drawings(soup: BeautifulSoup) -> list[SimpleNamespace]:
    """Return the curves of a page by group: (month, height) at each corner, months of marks, numbers at risk."""
    return [drawn for svg in soup.select(".gb-wide svg") if (drawn := _drawing(svg)) is not None]


def parts(soup: BeautifulSoup) -> list[tuple[int, int]]:
    """Return how many of how many, wherever a page says so in a sentence."""
    words = " ".join(text for text in soup.find("article").stripped_strings)
    return [(int(match[1]), int(match[2])) for match in _PART.finditer(words)]


def breakdowns(soup: BeautifulSoup) -> list[SimpleNamespace]:
    """Return the counts of a page's tables, by item and column: counts, what they are of, and whether any is hidden."""
    found = []
    for table in soup.find_all("table"):
        rows = _rows(table)
        if len(rows[0]) > 2 and rows[0][1] == "Level":
            for item, levels in itertools.groupby(rows[1:], key=lambda row: row[0]):
                found += _columns(item, rows[0], list(levels))
    return found


def _rows(table) -> list[list[str]]:
    """Return the cells of a table as text, a label that several rows share in each of them."""
    rows, label = [], ""
    for row in table.find_all("tr"):
        cells = [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        rows.append([label, *cells] if rows and len(cells) < len(rows[0]) else cells)
        label = cells[0] if len(cells) == len(rows[-1]) and cells else label
    return rows


def _cells(row) -> list[str]:
    return [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]


def _columns(item: str, head: list[str], levels: list[list[str]]) -> list[SimpleNamespace]:
    whole = []
    for column in range(2, len(head)):
        cells = {row[1]: _COUNT.fullmatch(row[column]) for row in levels}
        counts = {level: int(cell[1]) for level, cell in cells.items() if cell}
        sizes = {int(cell[2]) for cell in cells.values() if cell and cell[2]}
        whole.append(
            SimpleNamespace(
                item=item, column=head[column], counts=counts, sizes=sizes, hidden=sorted(set(cells) - set(counts))
            )
        )
    return whole


def _drawing(svg) -> SimpleNamespace | None:
    across, down = (_scale(svg, axis) for axis in (0, 1))
    paths = [path for group in svg.find_all("g", class_="mark-line") for path in group.find_all("path")]
    if not across or not down or not paths:
        return None
    names = {
        _inherited(text, "fill"): text.get_text()
        for text in svg.find_all("text")
        if _inherited(text, "font-weight") == "bold"
    }
    groups = {}
    for path in paths:
        points = [(_on(across, x), _on(down, y)) for x, y in _points(path["d"])]
        colour = _inherited(path, "stroke")
        marks = [
            _on(across, float(match[1]) + float(match[2]) / 2)
            for mark in _in_colour(svg, "path", colour)
            for match in re.finditer(r"M(-?[\d.]+)[-,][\d.]+h([\d.]+)v9h", mark["d"])
        ]
        groups[names.get(colour, colour)] = SimpleNamespace(
            points=points, marks=marks, at_risk=_risk(svg, colour, across)
        )
    return SimpleNamespace(groups=groups, near=0.15 * abs(across[1]), near_height=0.11 * abs(down[1]))


def _in_colour(svg, name: str, colour: str) -> list:
    return [element for element in svg.find_all(name) if _inherited(element, "fill") == colour]


def _inherited(element, name: str) -> str:
    """Return an attribute of an element, or else of the nearest one around it that has it."""
    return next((each[name] for each in (element, *element.parents) if name in each.attrs), "")


def _risk(svg, colour: str, across: tuple) -> dict[float, int]:
    texts = [text for text in _in_colour(svg, "text", colour) if text.get_text().isdigit()]
    return {_on(across, float(_PLACE.search(text["transform"])[1])): int(text.get_text()) for text in texts}


def _scale(svg, axis: int) -> tuple[float, float] | None:
    """Return an axis as (place of zero, units to a dot): the level one in months, the upright one as shares."""
    for group in svg.find_all("g", class_="role-axis-label"):
        texts = [(text.get_text(), _PLACE.search(text["transform"])) for text in group.find_all("text")]
        sign = "%" if axis else ""
        if all(text.endswith("%") == bool(axis) for text, _ in texts) and len(texts) > 1:
            at = [(float(place[axis + 1]), float(text.removesuffix(sign))) for text, place in texts]
            per_dot = (at[-1][1] - at[0][1]) / (at[-1][0] - at[0][0]) / (100 if axis else 1)
            first = at[0][1] / (100 if axis else 1)
            shift = 4 if axis else 0
            return at[0][0] - shift - first / per_dot, per_dot
    return None


def _on(scale: tuple[float, float], dot: float) -> float:
    return (dot - scale[0]) * scale[1]


def _points(path: str) -> list[tuple[float, float]]:
    tokens, x, y, found = _TOKEN.findall(path), 0.0, 0.0, []
    for number, (letter, _) in enumerate(tokens):
        given = [float(v) for _, v in itertools.takewhile(lambda token: token[1], tokens[number + 1 :])]
        pairs = {"h": [(v, 0) for v in given], "v": [(0, v) for v in given]}.get(
            letter, list(zip(given[::2], given[1::2], strict=False))
        )
        for across, down in pairs if letter else []:
            x, y = (across, down) if letter in "ML" else (x + across, y + down)
            found.append((x, y))
    return found


# What may be true


def said(count: int) -> int:
    """Return a count as `midpoint6` prints it."""
    return max(WIDTH * math.ceil(count / WIDTH) - WIDTH // 2, WIDTH // 2)


def alike(printed: int, most: int) -> list[int]:
    """Return the true counts, up to one that is known, that are printed like this."""
    return [count for count in range(max(printed - WIDTH, 0), min(printed + WIDTH, most) + 1) if said(count) == printed]


def possible_parts(printed: list[int], size: int) -> list[set[int]]:
    """Return what each part of a whole of known size may be."""
    each = [alike(count, size) for count in printed]
    return [
        {value for value in mine if size - value in _sums([*each[:number], *each[number + 1 :]])}
        for number, mine in enumerate(each)
    ]


def possible_times(printed: dict[str, list[int]], size: int) -> dict[str, list[set[int]]]:
    """Return what each cumulative count of events and of censorings may be, of a group of known size.

    Who has not left by the last edge that is printed leaves later, or was there when all ended.
    """
    sets = {kind: [alike(count, size) for count in counts] for kind, counts in printed.items()}
    found = {kind: [set() for _ in each] for kind, each in sets.items()}
    for events, censored in itertools.product(*(sets[kind][-1] for kind in ("events", "censored"))):
        if events + censored <= size:
            chains = {"events": _chain(sets["events"], events), "censored": _chain(sets["censored"], censored)}
            if all(map(all, chains.values())):
                for kind, chain in chains.items():
                    found[kind] = [old | new for old, new in zip(found[kind], chain, strict=True)]
    return found


def risk_sets(drawn: SimpleNamespace, near: tuple[float, float]) -> list[set[int]]:
    """Return how many may have been at risk at each drop of a drawn curve whose numbers are exact.

    Between drops as many leave as there are marks, or more; the numbers below the axis are counts at their times.
    """
    drops, moves, sets = _drops(drawn.points, near), [], [{drawn.at_risk[min(drawn.at_risk)]}]
    for month, before, after in drops:
        left = {n - gone for n in sets[-1] for gone in range(n)}
        allowed = {n for n in left if _agrees(n, month, drawn, near[0])}
        moves.append(
            [(n, d) for n in allowed for d in range(1, n + 1) if abs(before * (1 - d / n) - after) <= 2 * near[1]]
        )
        sets.append({n - d for n, d in moves[-1]})
    return _backwards(moves, drops, drawn, near[0])


def _agrees(n: int, month: float, drawn: SimpleNamespace, near: float) -> bool:
    later = [count for tick, count in drawn.at_risk.items() if tick >= month - near]
    earlier = [count for tick, count in drawn.at_risk.items() if tick <= month + near]
    return max(later, default=0) <= n <= min(earlier)


def _backwards(moves: list, drops: list, drawn: SimpleNamespace, near: float) -> list[set[int]]:
    """Keep what can be followed by what comes later: one leaves at each mark, or more, and none without one."""
    kept, after, until = [], None, math.inf
    for move, (month, _, _) in zip(reversed(moves), reversed(drops), strict=True):
        marks = sum(month - near <= mark < until - near for mark in drawn.marks)
        fits = [
            (n, d)
            for n, d in move
            if after is None or any((n - d - later == 0) if not marks else (n - d - later >= marks) for later in after)
        ]
        after, until = {n for n, _ in fits}, month
        kept.append(after)
    return kept[::-1]


def _drops(points: list[tuple[float, float]], near: tuple[float, float]) -> list[tuple[float, float, float]]:
    """Return (month, height before, height after) at each drop."""
    return [
        (after[0], before[1], after[1])
        for before, after in itertools.pairwise(points)
        if before[1] - after[1] > near[1] and abs(after[0] - before[0]) <= near[0]
    ]


def _chain(sets: list[list[int]], last: int) -> list[set[int]]:
    """Return of sets of values those on a way that never falls and ends at a value."""
    forward = [set(sets[0])]
    for values in sets[1:]:
        forward.append({value for value in values if min(forward[-1], default=math.inf) <= value})
    backward = [{last} & forward[-1]]
    for values in reversed(forward[:-1]):
        backward.append({value for value in values if value <= max(backward[-1], default=-1)})
    return backward[::-1]


def _sums(each: list[list[int]]) -> set[int]:
    sums = {0}
    for values in each:
        sums = {total + value for total in sums for value in values}
    return sums
