"""The tables of a book as files: each as CSV, and all in one workbook, with the cells and the words that pages show.

A cell is text, as on the page; nothing is reckoned anew, and no text is a formula. Of a synthetic cohort, and of no
other, the tables that it is read from are there too, in one file with their dictionary.
"""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gistbook.conventions import BANNERS, counted, in_words_only
from gistbook.display.outputs import TABLE_BEGINS
from gistbook.intake.folder import input_files
from gistbook.schemas import INPUTS

WORKBOOK, COHORT = "tables.xlsx", "synthetic-cohort.zip"
ELSE = "The patients of this book: "
"""What stands before the sentence on the data, where a caption lacks it."""

_HEADINGS = ("Sheet", "Chapter", "Table", "The same as CSV")
_READ_ME = """\
{banner}

Unpacked, this is a cohort folder: {files}.
dictionary/columns.csv says what each column of each kind of table means; a cohort need not have all of them.
"""
_AT_ONCE = 2**20  # bytes that are copied at once
_LONGEST = 31  # letters of the name of a sheet, as spreadsheets have it
_TABLE, _CAPTION = re.compile(r"<table\b.*?</table>", re.DOTALL), re.compile(r"<caption>(.*?)</caption>", re.DOTALL)
_ROW, _CELL = (re.compile(rf"<({tag})\b[^>]*>(.*?)</\1>", re.DOTALL) for tag in ("tr", "t[hd]"))
_SPAN = re.compile(r'<th scope="row" rowspan="(\d+)">')
TITLE_ENDS = re.compile(r"[.:](?:\s|$)")
UNKNOWN = "NA"
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
    """The tables in what the cells of a chapter show, in their order, under the name of a policy and the sentence on
    the data, which follows a caption that lacks it.
    """
    sheets = []
    for number, table in enumerate((each for each in html if each.startswith(TABLE_BEGINS)), start=1):
        ((caption, rows),) = tables_in(table)
        notes = [*([] if note in caption else [f"{ELSE}{note}"]), f"Disclosure policy: {policy}"]
        sheets.append(Sheet(slug, number, caption, notes, rows))
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


def as_csv(sheet: Sheet) -> str:
    """CSV of a table under its caption and notes, each cell in quotes; a negative number is no formula, and stays."""
    rows = [[f'"{cell}"' if _NUMBER.fullmatch(cell) else quoted(cell) for cell in row] for row in sheet.rows]
    return in_lines([sheet.caption, *sheet.notes], rows)


def in_lines(notes: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """CSV of cells that are written already, under notes: one line each after a #."""
    return "".join(f"{line}\n" for line in (*(f"# {note}" for note in notes), *map(",".join, rows)))


def lines_in(text: str) -> tuple[list[str], list[list[str]]]:
    """Notes, and rows of cells, of CSV that is under notes; as text, whatever stands in quotes."""
    lines = text.splitlines()
    return [each for each in lines if each[:1] == "#"], list(csv.reader(each for each in lines if each[:1] != "#"))


def quoted(text: str) -> str:
    """A text as a cell of CSV; one that a spreadsheet would take for a formula has an apostrophe before it."""
    plain = _plain(text).replace('"', '""')
    before = "'" if plain.startswith(_FORMULA) else ""
    return f'"{before}{plain}"'


def workbook(sheets: list[Sheet], banner: str) -> bytes:
    """One workbook of all tables: what they are of and a list of them, then a sheet a table under its caption."""
    from gistbook.intake import templates

    contents = [[banner], [f"{counted(len(sheets), 'table')}, each as its page shows it."], [], [*_HEADINGS]]
    book = {"Contents": contents}
    for number, sheet in enumerate(sheets, start=1):
        chapter = sheet.slug.replace("_", " ")
        name = f"{number} {chapter}"[:_LONGEST].strip()
        contents.append([name, chapter, sheet.title, sheet.file])
        book[name] = [[sheet.caption], *([note] for note in sheet.notes), [], *sheet.rows]
    cells = {name: tuple(tuple(map(_plain, row)) for row in rows) for name, rows in book.items()}
    return templates.of_texts(tuple(cells.items()))


def _plain(text: str) -> str:
    """A text in one line, without what no reader sees."""
    seen = text if text.isprintable() else "".join(each for each in text if each.isprintable() or each.isspace())
    return " ".join(seen.split())


def of_cohort(cohort, folder: Path) -> dict[str, bytes | Path]:
    """The files that a cohort is read from, by their names, with a notice and the dictionary of their columns.

    Empty of every cohort whose access is not synthetic, and under a policy that makes counts coarse.
    """
    if cohort.access != "synthetic" or cohort.policy is None or cohort.policy.coarsens:
        return {}
    files = {path.name: path for path in input_files(folder)}
    banner = BANNERS[cohort.access].format(title=cohort.title)
    notice = _READ_ME.format(banner=banner, files=", ".join(files))
    return {"READ-ME.txt": notice.encode(), **files, "dictionary/columns.csv": dictionary().encode()}


def is_packed(parts: dict[str, bytes | Path], place: Path) -> bool:
    """Tell whether a file is, byte for byte, what `pack` makes of parts; nothing is written for that."""
    with _Compared(place.open("rb")) as compared:
        pack(parts, compared)
        return all(compared.is_alike.values()) and not compared.raw.read(1)


class _Compared(io.BufferedIOBase):
    """A file that holds what is written to it against what it has there already."""

    def __init__(self, raw: io.BufferedReader):
        self.raw, self.is_alike = raw, {}  # by where it begins: a header is written twice

    def write(self, data: bytes) -> int:
        begins = self.raw.tell()
        self.is_alike[begins] = self.raw.read(len(data)) == data
        self.raw.seek(begins + len(data))
        return len(data)

    def tell(self) -> int:
        return self.raw.tell()

    def seek(self, *place: int) -> int:
        return self.raw.seek(*place)

    def close(self) -> None:
        self.raw.close()
        super().close()


def pack(parts: dict[str, bytes | Path], place: Path | io.BufferedIOBase) -> None:
    """Write parts into one file, byte for byte and by little and little, since tables may be large."""
    with zipfile.ZipFile(place, "w") as packed:  # not compressed: other versions of zlib give other bytes
        for name, content in parts.items():
            about = zipfile.ZipInfo(name)
            about.file_size = content.stat().st_size if isinstance(content, Path) else len(content)
            whole = content.open("rb") if isinstance(content, Path) else io.BytesIO(content)
            with whole, packed.open(about, "w") as part:
                shutil.copyfileobj(whole, part, _AT_ONCE)


def dictionary() -> str:
    """CSV of what every column of a cohort's tables means: one row per table and column."""
    rows = [
        (table, c.name, c.meaning, c.unit or c.kind, ", ".join(c.permitted) or "any", "yes" if c.required else "no")
        for table, columns in INPUTS.items()
        for c in columns
    ]
    headings = ("Table", "Column", "Meaning", "Unit or kind", "Values", "Required")
    return in_lines([], [map(quoted, row) for row in (headings, *rows)])
