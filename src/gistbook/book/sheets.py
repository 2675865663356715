"""The tables of a book as files: each as CSV, and all in one workbook, with the cells and the words that pages show.

A cell is text, as on the page; nothing is reckoned anew, and no text is a formula.
"""

import re
from typing import NamedTuple

from gistbook.conventions import counted, in_words_only
from gistbook.display.outputs import TABLE_BEGINS

WORKBOOK = "tables.xlsx"
"""Name of the workbook of all tables."""

ELSE = "The patients of this book: "
"""What stands before the sentence on the data, where a caption lacks it."""

_CONTENTS = "Contents"
_HEADINGS = ("Sheet", "Chapter", "Table", "The same as CSV")
_LONGEST = 31
"""Letters of the name of a sheet, as spreadsheets have it."""

_TABLE, _CAPTION = re.compile(r"<table\b.*?</table>", re.DOTALL), re.compile(r"<caption>(.*?)</caption>", re.DOTALL)
_ROW, _CELL = (re.compile(rf"<({tag})\b[^>]*>(.*?)</\1>", re.DOTALL) for tag in ("tr", "t[hd]"))
_SPAN = re.compile(r'<th scope="row" rowspan="(\d+)">')
TITLE_ENDS = re.compile(r"[.:](?:\s|$)")
UNKNOWN = "NA"
"""What stands in CSV for a number that is not known."""

BESIDE = "time_{}"
"""Column of times in the unit of the book, beside that of the same times in days."""

_FORMULA, _NUMBER = ("=", "+", "-", "@"), re.compile(r"[-+]?\d+(?:\.\d+)?")
"""How a cell begins that a spreadsheet would compute, and a number, which it may take as one."""


class Sheet(NamedTuple):
    """A table of a chapter: its number there, its caption, what else is said of it, and its rows, headings first."""

    slug: str
    number: int
    caption: str
    notes: list[str]
    rows: list[list[str]]

    @property
    def file(self) -> str:
        """Name of its CSV."""
        return f"{self.slug}-table-{self.number}.csv"

    @property
    def title(self) -> str:
        """First part of its caption, up to a colon or a full stop."""
        return TITLE_ENDS.split(self.caption, maxsplit=1)[0]


def read(html: list[str], slug: str, policy: str, note: str) -> list[Sheet]:
    """The tables in what the cells of a chapter show, in their order.

    `policy` is the name of the disclosure policy of the chapter, `note` the sentence on the data, which follows a
    caption that lacks it.
    """
    sheets = []
    for number, table in enumerate((each for each in html if each.startswith(TABLE_BEGINS)), start=1):
        ((caption, rows),) = tables_in(table)
        sheets.append(Sheet(slug, number, caption, notes_of(caption, policy, note), rows))
    return sheets


def tables_in(html: str) -> list[tuple[str, list[list[str]]]]:
    """The tables of ours in HTML, in their order: the caption of each, "" without one, and its rows, headings first."""
    tables = [(_CAPTION.search(table), _rows(table)) for table in _TABLE.findall(html)]
    return [(in_words_only(caption[1]) if caption else "", rows) for caption, rows in tables]


def _rows(table: str) -> list[list[str]]:
    """Rows of a table, headings first; a first cell that heads several rows stands in each."""
    rows, heading, left = [], "", 0
    for _, row in _ROW.findall(table):
        cells, span = [in_words_only(cell) for _, cell in _CELL.findall(row)], _SPAN.match(row)
        if left:
            cells, left = [heading, *cells], left - 1
        if span:
            heading, left = cells[0], int(span[1]) - 1
        rows.append(cells)
    return rows


def notes_of(caption: str, policy: str, note: str) -> list[str]:
    """What is said of a table beside its caption: of which kind the data are, and under which policy they are shown."""
    return [*([] if note in caption else [f"{ELSE}{note}"]), f"Disclosure policy: {policy}"]


def as_csv(sheet: Sheet) -> str:
    """CSV of a table: its caption and notes, one line each after a #, then its rows, each cell in quotes.

    A number that is negative is computed to itself, and stays as it is.
    """
    lines = [f"# {line}" for line in (sheet.caption, *sheet.notes)]
    lines += [",".join(f'"{cell}"' if _NUMBER.fullmatch(cell) else quoted(cell) for cell in row) for row in sheet.rows]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text as a cell of CSV; one that a spreadsheet would take for a formula has an apostrophe before it."""
    plain = _plain(text)
    plain = f"'{plain}" if plain.startswith(_FORMULA) else plain
    return '"' + plain.replace('"', '""') + '"'


def workbook(sheets: list[Sheet], banner: str) -> bytes:
    """One workbook of all tables: what they are of and a list of them, then a sheet a table under its caption."""
    from gistbook.intake import templates

    names = [f"{number} {sheet.slug.replace('_', ' ')}"[:_LONGEST].strip() for number, sheet in enumerate(sheets, 1)]
    listed = [
        [name, each.slug.replace("_", " "), each.title, each.file] for name, each in zip(names, sheets, strict=True)
    ]
    contents = [[banner], [f"{counted(len(sheets), 'table')}, each as its page shows it."], [], [*_HEADINGS], *listed]
    pages = {
        name: [[sheet.caption], *([note] for note in sheet.notes), [], *sheet.rows]
        for name, sheet in zip(names, sheets, strict=True)
    }
    book = {_CONTENTS: contents, **pages}
    return templates.of_texts({name: [[*map(_plain, row)] for row in rows] for name, rows in book.items()})


def _plain(text: str) -> str:
    """A text in one line, without what no reader sees."""
    seen = text if text.isprintable() else "".join(each for each in text if each.isprintable() or each.isspace())
    return " ".join(seen.split())
