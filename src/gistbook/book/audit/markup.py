"""Pages, drawings and other markup taken apart: text block by block, tables, attributes, scripts, comments.

Figures tell in numbers when curves turn, how many are at risk, and the flow of patients. This is the door to Beautiful
Soup, beside `book.paper`, which takes chapters out of the same pages.
"""

import functools
import itertools
import re
import warnings
from collections.abc import Iterator

from gistbook.book.audit.findings import (
    CODE,
    COMMENT,
    DATA,
    SEEN,
    Content,
    Drawn,
    Element,
    Inner,
    Piece,
    Table,
    nothing,
)

_INLINE = frozenset(
    ["a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q",
     "s", "samp", "small", "span", "strong", "sub", "sup", "tspan", "tt", "u", "var", "wbr"]
)  # fmt: skip
_PROGRAMS = ("", "module", "text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript")
_NOT_SHOWN = re.compile(r"display:none|visibility:hidden")
_UNSEEN_CLASSES, _UNSEEN_TAG = {"d-none", "hidden"}, "template"

_MOST_WORDS = 2
"""In a value; the meaning of a name has more."""

_DRAWN = frozenset(
    ["d", "points", "transform", "viewbox", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy",
     "width", "height", "opacity", "font-size", "stroke-width", "stroke-dasharray", "fill", "stroke", "stop-color"]
)  # fmt: skip
"""Attributes that place and colour; where they hold nothing but that, their numbers are of nobody."""

_DRAWING = re.compile(
    r"(?:[\sMmLlHhVvCcSsQqTtAaZz0-9eE.,+%()-]|translate|rotate|scale|matrix|skew[XY]|px|#[0-9a-fA-F]+)*"
)
_LANGUAGES = {"style": "css", "srcdoc": "html"}
_BREAKS = ("br", "hr", "img", "input")
_CONDITION = re.compile(r"\[if [^\]]*\]>")


class _Page:
    """One page in the taking apart: which elements are unseen, and the block of text that is open."""

    def __init__(self, within: str, hidden: bool):
        self.content, self.within, self.hidden = nothing(), within, hidden
        self.unseen: dict[int, bool] = {}
        self.blocks: dict[int, list] = {}
        self.last, self.place = None, within or "line 1, column 1"

    def is_unseen(self, tag) -> bool:
        """Tell whether an element, or one around it, is not shown; those around it were asked before."""
        if id(tag) not in self.unseen:
            around = self.is_unseen(tag.parent) if tag.parent is not None else self.hidden
            self.unseen[id(tag)] = around or _says_hidden(tag)
        return self.unseen[id(tag)]

    def place_of(self, tag) -> str:
        """Return the line and the column at which an element begins, counted from 1."""
        where = f"line {tag.sourceline}, column {tag.sourcepos + 1}" if tag.sourceline else "line 1, column 1"
        return f"{self.within}, {where}" if self.within else where


def read(text: str, within: str = "", hidden: bool = False) -> Content:
    """Return the content of markup; a place is a line and a column, in the file or in the string that it is in."""
    from bs4 import BeautifulSoup, Tag

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(text, "html.parser", **_as_it_is())
    page = _Page(within, hidden)
    for node in soup.descendants:
        if isinstance(node, Tag):
            _take_element(node, page)
        else:
            _take_text(node, page)
    for parts in page.blocks.values():
        page.content.pieces.append(_block(*parts))
    return page.content


def _as_it_is() -> dict:
    """Return options by which an attribute is one text, and no text but that of scripts and styles is set apart."""
    from bs4 import Script, Stylesheet

    apart = {"script": Script, "style": Stylesheet}
    return {"multi_valued_attributes": None, "on_duplicate_attribute": _both, "string_containers": apart}


def _both(attributes: dict, name: str, value: str) -> None:
    """Keep what an attribute says that is there twice."""
    attributes[name] = f"{attributes[name]} {value}"


def _take_element(tag, page: _Page) -> None:
    page.place, hidden, content = page.place_of(tag), page.is_unseen(tag), page.content
    attributes = {name.lower(): value or "" for name, value in tag.attrs.items()}
    text = tag.get_text() if tag.name in ("script", "style") else ""
    content.elements.append(Element(tag.name.lower(), attributes, page.place, text))
    for name, value in attributes.items():
        _take_attribute(name, value, page)
    data = {name.removeprefix("data-"): value for name, value in attributes.items() if name.startswith("data-")}
    if data:
        content.tables.append(Table(tuple(data), [tuple(data.values())], page.place, DATA))
    if tag.name == "table":
        content.tables.extend(_tables(tag, page.place, hidden))
    if tag.name == "ul":
        content.tables.extend(_flow(tag, page.place))
    if tag.name == "details":
        content.tables.extend(_readings(tag, page.place))
    if tag.name == "svg":
        content.drawn.extend(_curves(tag, page.place))
    if tag.name in _BREAKS:
        page.last = None


def _take_attribute(name: str, value: str, page: _Page) -> None:
    if name in _LANGUAGES:
        page.content.inner.append(_inner(_LANGUAGES[name], value, page))
    elif value and not (name in _DRAWN and _DRAWING.fullmatch(value)):
        page.content.pieces.append(Piece(value, page.place, SEEN, name))
    if name not in _DRAWN and _has_digit(name):
        page.content.pieces.append(Piece(name, page.place, CODE))


@functools.lru_cache
def _has_digit(name: str) -> bool:
    return any(map(str.isdigit, name))


def _take_text(string, page: _Page) -> None:
    import bs4

    words = str(string)
    if isinstance(string, bs4.Script | bs4.Stylesheet):
        page.content.inner.append(_inner(_language(string.parent), words, page))
    elif isinstance(string, bs4.Comment):
        page.content.pieces.append(Piece(_CONDITION.sub("", words), page.place, COMMENT))
        page.content.inner.extend([_inner("html", words, page, hidden=True)] if "<" in words else [])
    elif type(string) is not bs4.NavigableString and words.strip():
        page.content.pieces.append(Piece(words, page.place, CODE, hidden=page.is_unseen(string.parent)))
    elif words.strip():
        _take_words(string, page)
    elif "\n" in words:
        page.last = None


def _inner(language: str, words: str, page: _Page, hidden: bool = False) -> Inner:
    return Inner(f".{language}", words.encode(errors="replace"), page.place, hidden)


def _language(tag) -> str:
    """Return what a script or a style is written in; a script that no browser runs holds data."""
    kind = (tag.get("type") or "").lower()
    if tag.name == "style":
        return "css"
    if kind in _PROGRAMS:
        return "js"
    return "json" if "json" in kind else "html" if "html" in kind or "svg" in kind else "txt"


def _take_words(string, page: _Page) -> None:
    """Add a string to the text of the block that it stands in, apart from what another block has interrupted."""
    block = string.parent
    while block.name in _INLINE:
        block = block.parent
    if id(block) not in page.blocks:
        shown = next((around for around in block.parents if around.name == "table"), block)
        page.blocks[id(block)] = [[], page.place_of(shown), page.is_unseen(string.parent)]
    strings = page.blocks[id(block)][0]
    if page.last != id(block):
        strings.append([])
    strings[-1].append(str(string))
    page.last = id(block)


def _block(strings: list[list[str]], place: str, hidden: bool) -> Piece:
    """Return the text of a block as it reads, and then each string of it alone, for what touches on the page."""
    whole = "\n".join("".join(part) for part in strings)
    alone = [string for part in strings for string in part if len(part) > 1]
    return Piece("\n\n".join([whole, "\n".join(alone)]).rstrip(), place, SEEN, hidden=hidden)


def _says_hidden(tag) -> bool:
    style, classes = tag.attrs.get("style"), tag.attrs.get("class")
    return (
        "hidden" in tag.attrs
        or tag.name == _UNSEEN_TAG
        or bool(style and _NOT_SHOWN.search("".join(style.lower().split())))
        or bool(classes and not _UNSEEN_CLASSES.isdisjoint(classes.split()))
    )


def _tables(table, place: str, hidden: bool) -> list[Table]:
    """Return a table of a page by its columns, and its first two columns as names with their values."""
    rows = [row.find_all(["th", "td"]) for row in table.find_all("tr")]
    texts = [[cell.get_text(" ", strip=True) for cell in row] for row in rows if row]
    width = max(map(len, texts), default=0)
    filled = [tuple(row + [""] * (width - len(row))) for row in texts]
    heads = max(1, len(list(itertools.takewhile(_is_head, filter(None, rows)))))
    names = [next(filter(None, reversed(column)), "") for column in zip(*filled[:heads], strict=True)]
    said = table.caption.get_text(" ", strip=True) if table.caption else ""
    found = [Table(tuple(names), filled[heads:], place, SEEN, hidden, said)] if width else []
    return found + ([_beside(filled, place, hidden)] if width > 1 else [])


def _beside(rows: list[tuple[str, ...]], place: str, hidden: bool) -> Table:
    """Return the first two columns as names and their values; what is longer than a value is the meaning of a name."""
    values = tuple(row[1] if len(row[1].split()) <= _MOST_WORDS else "" for row in rows)
    return Table(tuple(row[0] for row in rows), [values], place, SEEN, hidden)


def _is_head(row: list) -> bool:
    return all(cell.name == "th" for cell in row)


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


def _curves(svg, place: str) -> Iterator[Drawn]:
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


def _flow(steps, place: str) -> Iterator[Table]:
    """Yield the boxes of a flow, which are nested lists, as a table."""
    if steps.parent is not None and _FLOW_CLASS.search(steps.parent.get("class") or ""):
        yield Table(FLOW, list(_boxes(steps, "")), place)


def _readings(numbers, place: str) -> Iterator[Table]:
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
