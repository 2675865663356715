"""Tables in plain text: delimited lines, printed frames, literals of a program, and names with their values."""

import csv
import itertools
import re
from collections.abc import Iterator

from gistbook.press.audit.findings import SEEN, Piece, Table, place_in

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
        yield from _columns(piece)
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


def _columns(piece: Piece) -> Iterator[Table]:
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
