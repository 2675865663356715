"""Values kept as text taken apart into tables: JSON and notebooks, and tables in any other text.

Of JSON these are records, columns and lists; of text delimited lines, printed frames, literals of a program, and names
with their values.
"""

import base64
import binascii
import csv
import itertools
import json
import re
from collections.abc import Iterator

from gistbook.book.audit.findings import (
    CODE,
    DATA,
    SEEN,
    SEPARATOR,
    Content,
    Element,
    Inner,
    Piece,
    Table,
    nothing,
    place_in,
)

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$.-]{0,39}")
_MIME = re.compile(r"(?:image|audio|video|application|text)/[\w.+-]+")
_SCRIPTS = ("application/javascript", "text/javascript")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{24,}={0,2}\s*")
_MARKUP = re.compile(r"<[a-zA-Z!][^<>]*>")
_LONGEST_CELL = 60

Scalar = str | int | float | bool | None


def parsed(text: str):
    """Return what JSON holds, entries that are there twice included; one value a line is a list of them.

    Raises
    ------
    ValueError, RecursionError
        It is not JSON, or nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_kept)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line, object_pairs_hook=_kept) for line in lines]


def read(value, place: str = "") -> Content:
    """Return the content of what JSON holds; a place is a JSON pointer, where entries with odd names have a number."""
    content = nothing()
    if isinstance(value, dict) and "cells" in value and "nbformat" in value:
        content.elements.extend(_notebook(value))
    for found in _walked(value, place, ""):
        if isinstance(found, Table):
            content.tables.append(found._replace(kind=DATA))
        elif isinstance(found, Piece):
            content.pieces.append(found)
        else:
            (content.elements if isinstance(found, Element) else content.inner).append(found)
    return content


def words(value, place: str = "") -> Iterator[Piece]:
    """Yield the names and texts in each entry of an object, where they are words of pages and no records."""
    for name, inner in value.items():
        yield Piece(SEPARATOR.join([name, *_strings(inner)]), f"{place}/{name}")


def unwrapped(text: str) -> bytes:
    """Return what is written as base64; nothing if it is not."""
    if len(text) < 24 or not _BASE64.fullmatch(text):
        return b""
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return b""


def _kept(pairs: list[tuple]) -> dict:
    """Return an object with every entry, also where a name is there twice."""
    kept: dict = {}
    for name, value in pairs:
        kept[name if name not in kept else f"{name}_{len(kept)}"] = value
    return kept


def _strings(value) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _notebook(notebook: dict) -> Iterator[Element]:
    """Yield the cells of a notebook with their tags and how many outputs they have, and what papermill noted."""
    if (notebook.get("metadata") or {}).get("papermill"):
        yield Element("papermill", {}, "/metadata/papermill")
    for number, cell in enumerate(notebook["cells"]):
        about, place = cell.get("metadata") or {}, f"/cells/{number}"
        tags = [*about.get("tags", []), *(name for name, on in (about.get("jupyter") or {}).items() if on is True)]
        yield Element("cell", {"tags": " ".join(map(str, tags)), "outputs": str(len(cell.get("outputs", [])))}, place)
        if about.get("papermill"):
            yield Element("papermill", {}, f"{place}/metadata/papermill")


def _walked(value, place: str, key: str) -> Iterator[Table | Piece | Element | Inner]:
    if isinstance(value, dict):
        yield from _of_object(value, place)
    elif isinstance(value, list):
        yield from _of_list(value, place, key)
    else:
        yield Table((key,), [(_cell(value),)], place or "/")
        yield from _of_text(value, place or "/", key)


def _of_object(entries: dict, place: str) -> Iterator:
    yield from _records([entries], place or "/")
    yield from _parts(entries, place)


def _parts(entries: dict, place: str) -> Iterator:
    """Yield what an object holds beside its plain values: names, lists, and what is within its entries."""
    yield Piece(SEPARATOR.join(map(str, entries)), place or "/", CODE)
    yield from _columns(entries, place or "/")
    yield from _within(entries, place)


def _within(entries: dict, place: str) -> Iterator:
    """Yield what is in the entries of an object, of which the plain values are told in a table already."""
    for number, (name, inner) in enumerate(entries.items()):
        where = f"{place}/{name if _PLAIN_KEY.fullmatch(str(name)) else f'{{{number}}}'}"
        if _is_plain(inner):
            yield from _of_text(inner, where, str(name))
        else:
            yield from _walked(inner, where, str(name))


def _of_list(values: list, place: str, key: str) -> Iterator:
    if all(isinstance(value, dict) for value in values):
        yield from _records(values, place or "/")
        for number, entries in enumerate(values):
            yield from _parts(entries, f"{place}/{number}")
    elif all(map(_is_plain, values)):
        yield Table((key,), [(_cell(value),) for value in values], place or "/")
        yield from _of_lines(values, place or "/", key)
    else:
        yield from _grid(values, place or "/", key)
        for number, value in enumerate(values):
            yield from _walked(value, f"{place}/{number}", key)


def _records(objects: list[dict], place: str) -> Iterator[Table]:
    """Yield the plain values of objects as one table, and a date that is written as year, month and day."""
    names = list(dict.fromkeys(name for entries in objects for name in entries if _is_plain(entries[name])))
    rows = [tuple(_cell(entries.get(name)) for name in names) for entries in objects]
    if names:
        yield Table(tuple(map(str, names)), [row for row in rows if any(row)], place)
    days = [[entries.get("year"), entries.get("month"), entries.get("date", entries.get("day"))] for entries in objects]
    if written := [("-".join(map(_cell, day)),) for day in days if all(map(_is_plain, day)) and None not in day]:
        yield Table(("date",), written, place)


def _columns(entries: dict, place: str) -> Iterator[Table]:
    """Yield an object of lists, or of objects by the number of the row, as the table that it is."""
    columns = {name: list(inner.values()) if isinstance(inner, dict) else inner for name, inner in entries.items()}
    columns = {name: column for name, column in columns.items() if isinstance(column, list) and column}
    plain = {name: column for name, column in columns.items() if all(map(_is_plain, column))}
    if len(plain) > 1:
        rows = itertools.zip_longest(*([_cell(value) for value in column] for column in plain.values()), fillvalue="")
        yield Table(tuple(map(str, plain)), list(rows), place)
    for names, grid in itertools.permutations(columns.values(), 2) if len(columns) <= 8 else ():
        if names in plain.values() and grid not in plain.values():
            yield from _named_grid(names, grid, place)


def _named_grid(names: list, grid: list, place: str) -> Iterator[Table]:
    """Yield rows without names whose names are listed beside them."""
    if all(isinstance(row, list) and len(row) == len(names) for row in grid):
        yield Table(tuple(map(_cell, names)), [tuple(_cell(value) for value in row) for row in grid], place)


def _grid(values: list, place: str, key: str) -> Iterator[Table]:
    """Yield a list of rows as a table; its first row names the columns."""
    rows = [row for row in values if isinstance(row, list) and row and all(map(_is_plain, row))]
    if len(rows) == len(values) > 1:
        named = all(isinstance(name, str) for name in rows[0])
        names = rows[0] if named else [key] * max(map(len, rows))
        yield from _named_grid(names, [row for row in rows[named:] if len(row) == len(names)], place)


def _of_lines(values: list, place: str, key: str) -> Iterator:
    """Yield lines of a text that are kept as a list, as notebooks do, as the text that they are."""
    texts = [value for value in values if isinstance(value, str)]
    if any("\n" in text for text in texts):
        yield from _of_text("".join(texts), place, key)
        return
    for number, text in enumerate(texts):
        yield from _of_text(text, f"{place}/{number}", key)


def _of_text(value: Scalar, place: str, key: str) -> Iterator[Piece | Element | Inner]:
    """Yield what a string holds beyond its words: lines, markup, JSON, a program, or a file as base64."""
    if not isinstance(value, str):
        return
    if key in _SCRIPTS:
        yield Element("script", {}, place, value)
    if _is_long(value):
        yield Piece(value, place, DATA, key)
    if _MARKUP.search(value):
        yield Inner("a string.html", value.encode(errors="replace"), place)
    elif value.lstrip()[:1] in ("{", "["):
        yield Inner("a string.json", value.encode(errors="replace"), place)
    elif content := unwrapped(value):
        yield Inner("an image" if _MIME.fullmatch(key) else "a string", content, place)


def _is_plain(value) -> bool:
    return not isinstance(value, dict | list)


def _is_long(value: Scalar) -> bool:
    return isinstance(value, str) and ("\n" in value or len(value) > _LONGEST_CELL)


def _cell(value: Scalar) -> str:
    """Return a value as text; what is long is told as a piece of text, and not once more as a cell."""
    if value is None or _is_long(value):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


_MARKS, _WIDE, _NARROW = (",", ";", "\t", "|"), "  ", " "
"""What stands between cells: a mark, or, in a printed frame, two blanks and more, or one."""

_LEFT_OUT = ("...", "…", "\\")
_NAME = re.compile(r"[^\W\d][\w .()/%#-]{0,39}")
_LONGEST_LINE, _MOST_HEADS, _MOST_CELLS, _SHORTEST_LIST = 20_000, 100, 2_000, 3

_QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
_VALUE = rf"{_QUOTED}|-?\d[\w.+-]*|\[[^\[\]{{}}]*\]|true|false|null|None|NaN|NaT"
_PAIR = re.compile(rf"[\"']?([^\W\d][\w.$ -]{{0,39}})[\"']?\s*[:=]\s*({_VALUE})")
_INNERMOST = re.compile(r"\{[^{}]*\}")
_NESTED = re.compile(r"[\"']?([^\W\d][\w.$-]{0,39})[\"']?\s*:\s*(\{[^{}]*\d[^{}]*\})")
_ARRAY = re.compile(r"(?:[\"']?([^\W\d][\w.$-]{0,39})[\"']?\s*[:=]\s*)?\[([^\[\]{}]*)\]")
_TOLD = re.compile(r"(?:^|[;,\n])[^\S\n]*([^\W\d][\w .-]{0,39}):\s*([^;,\n]+)")
_STACKED = re.compile(r"^[^\S\n]*([^\W\d][\w.-]{0,39})(?:[^\S\n]{2,}|\t)(\S.*)$", re.MULTILINE)


def tables(piece: Piece) -> Iterator[Table]:
    """Yield the tables in a text; what only looks like one has no column of a patient, and does no harm."""
    text = piece.text
    if "\n" in text:
        yield from _delimited(piece)
        yield from _together(piece, _STACKED)
    if "{" in text:
        yield from _literals(piece)
        yield from _nested(piece)
    if "[" in text:
        yield from _arrays(piece)
    if ": " in text and piece.kind == SEEN:
        yield from _together(piece, _TOLD)


def is_data(text: str) -> bool:
    """Tell whether a text that nobody is shown is data: a literal, or lines of as many cells, with numbers in them."""
    piece = Piece(text.strip(), "")
    lists = [table for table in _arrays(piece) if len(table.rows) >= _SHORTEST_LIST]
    listed = [*_delimited(piece), *_literals(piece), *lists]
    return any(re.search(r"\d", cell) for table in listed for row in table.rows for cell in row)


def _table(piece: Piece, names: tuple, rows: list, start: int) -> Table:
    return Table(tuple(names), rows, place_in(piece, start), piece.kind, piece.hidden, _said(piece.text))


def _said(text: str) -> str:
    """Return the notes above the lines of a table, each after a #."""
    notes = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines() if text.startswith("#") else ())
    return " ".join(notes)


def _together(piece: Piece, form: re.Pattern) -> Iterator[Table]:
    """Yield names that stand beside their values as a table of one row."""
    matches = list(form.finditer(piece.text))
    if len(matches) > 1:
        row = tuple(match[2].strip() for match in matches)
        yield _table(piece, [match[1].strip() for match in matches], [row], matches[0].start())


def _delimited(piece: Piece) -> Iterator[Table]:
    """Yield lines of cells under a line of names, however the cells are told from each other."""
    lines = list(re.finditer(r"[^\n]*\S[^\n]*", piece.text))
    for mark in (mark for mark in (*_MARKS, _WIDE, _NARROW) if mark.strip() in piece.text):
        split, told = [_cells(line[0], mark) for line in lines], set()
        for first in itertools.islice(_headers(split, mark), _MOST_HEADS):
            names = tuple(split[first])
            rows = [] if names in told else _below(split, first, mark)
            if rows:
                told.add(names)
                yield _table(piece, names, rows, lines[first].start())


def _below(split: list[list[str]], first: int, mark: str) -> list[tuple[str, ...]]:
    """Return the rows under a line of names, which may have a number in front."""
    width = len(split[first])
    fitting = range(width, width + 2 if mark != _NARROW else _MOST_CELLS)
    return [tuple(row[-width:]) for row in itertools.takewhile(lambda row: len(row) in fitting, split[first + 1 :])]


def _headers(split: list[list[str]], mark: str) -> Iterator[int]:
    """Yield which lines may be the names of columns: of several cells, all names, not under another such line."""
    before = 0
    for number, cells in enumerate(split[:-1]):
        width = len(cells) if all(map(_is_name, cells[1:])) and (not cells[0] or _is_name(cells[0])) else 0
        if width > 1 and width != before and (mark != _NARROW or sum(map(str.isupper, cells)) > 1):
            yield number
        before = width


def _is_name(cell: str) -> bool:
    return bool(_NAME.fullmatch(cell)) or cell in _LEFT_OUT


def _cells(line: str, mark: str) -> list[str]:
    if len(line) > _LONGEST_LINE:
        return [line]
    if mark in (_WIDE, _NARROW):
        return re.split(r"\s{2,}|\t" if mark == _WIDE else r"\s+", line.strip())
    if mark == "|":
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    quoted = line.replace("\0", "")
    return [cell.strip() for row in csv.reader([quoted], delimiter=mark, skipinitialspace=True) for cell in row]


def _literals(piece: Piece) -> Iterator[Table]:
    """Yield the objects of a program that hold values, those with the same names after one another as one table."""
    objects = [(match.start(), _PAIR.findall(match[0])) for match in _INNERMOST.finditer(piece.text)]
    named = ((start, pairs) for start, pairs in objects if pairs)
    for names, alike in itertools.groupby(named, key=lambda each: tuple(name for name, _ in each[1])):
        same = list(alike)
        rows = [row for _, pairs in same for row in _rows([value for _, value in pairs])]
        yield _table(piece, names, rows, same[0][0])


def _nested(piece: Piece) -> Iterator[Table]:
    """Yield an object of objects, as a program writes a frame column by column, as a table."""
    pairs = list(_NESTED.finditer(piece.text))
    if len(pairs) > 1:
        yield _table(piece, [pair[1] for pair in pairs], [tuple(pair[2] for pair in pairs)], pairs[0].start())


def _rows(values: list[str]) -> list[tuple[str, ...]]:
    """Return the rows that an object is: one, or as many as its lists are long."""
    columns = [_listed(value[1:-1]) if value.startswith("[") else [_unquoted(value)] for value in values]
    return list(itertools.zip_longest(*columns, fillvalue=""))


def _arrays(piece: Piece) -> Iterator[Table]:
    for match in _ARRAY.finditer(piece.text):
        if match[2].strip():
            yield _table(piece, [match[1] or ""], [(cell,) for cell in _listed(match[2])], match.start())


def _listed(inner: str) -> list[str]:
    return [_unquoted(cell) for cell in inner.split(",")]


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] else value
