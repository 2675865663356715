"""What a book offers for download: of each chapter its notebook, figures, their numbers and tables, and every value.

Every file says of what kind the data are. Names of files come from chapters and keys only, never from data.
"""

import ast
import itertools
import json
import re
import textwrap
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from gistbook.book import claims, results, sheets, tracing
from gistbook.book import run as running
from gistbook.book.chapters import PARAMETERS, tags_of
from gistbook.book.theme.pages import render
from gistbook.conventions import BANNERS, UNKNOWN_COMMIT, caption_note, escaped, kind_of_data, tagless
from gistbook.display import outputs, tables
from gistbook.display.outputs import LETTER, NO_XML, inlined, width_of
from gistbook.units import MONTHS, Unit

FOLDER = "downloads"
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_MARKUP = re.compile(r"[\\`*_\[\]|~$#{}]")
_HIDDEN_OUTPUT = re.compile(r"(?:remove|hide)[-_](?:output|cell|stdout|stderr)s?")
_REMOVED = {"remove-cell", "remove_cell"}
_MAIN_FRAMES = ("curve", "frame")

ABOUT = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NO_POLICY = "none is named"
LATE = "late"
"""Entry of the offered values for what those chapters pasted that read the others."""

_WIDE = re.compile(r'<div class="gb-wide">(<svg .*?</svg>)</div>', re.DOTALL)
_SIZE = re.compile(r' width="([\d.]+)" height="([\d.]+)"')
_TAG, _OF_THEME = re.compile(r"<[^<>]*>"), re.compile(r"var\(--gb-\w+, (#\w+|var\(--gb-\w+, (#\w+)\))\)")
_UNSEEN = re.compile(r'<(?:path|line|rect) [^<>]* opacity="0"[^<>]*/>')
_PNG, _DOTS, END = b"\x89PNG\r\n\x1a\n", b"IDAT", b"IEND"
"""How a picture begins, and the kinds of its chunks that hold its dots and end it."""


class Data(NamedTuple):
    """What every file says of the data: the title of the cohort, its access, and what else stands on every page.

    `rule` is what a disclosure policy adds under every figure, `commit` that of the source, `unit` that of its times.
    """

    title: str
    access: str
    notice: str = ""
    rule: str = ""
    commit: str = UNKNOWN_COMMIT
    unit: Unit = MONTHS

    def banner(self) -> str:
        """Sentence at the top of every page."""
        return f"{BANNERS[self.access].format(title=self.title)} {self.notice}".strip()

    def note(self) -> str:
        """Sentence in every file: of which kind the data are, and what else stands under every figure."""
        return f"{kind_of_data(self.access, self.title)} {self.rule or self.notice}".strip()


class Chapter:
    """An executed chapter: its slug, its notebook, what it recorded, and its figures by the number of their cell."""

    def __init__(self, slug: str, notebook, data: Data):
        self.slug, self.notebook, self.data = slug, notebook, data
        self.records, self.frames = (running.recorded(notebook, kind) for kind in running.RECORDS)
        self.phrases = {key: record["phrase"] for key, record in self.records.items()}
        self.policy = self.phrases.get("policy", NO_POLICY)
        cells = enumerate(notebook["cells"])
        self.figures = {number: figure for number, cell in cells if (figure := _figure(cell, self))}

    def parameters(self) -> dict[str, str]:
        """Parameters with which the chapter was run, each as code."""
        tagged = [cell for cell in self.notebook["cells"] if PARAMETERS in tags_of(cell)]
        assigned = [each for cell in tagged for each in ast.parse(cell["source"]).body if isinstance(each, ast.Assign)]
        return {each.targets[0].id: ast.unparse(each.value) for each in assigned}

    def title(self) -> str:
        """First heading of the chapter; its slug if there is none."""
        texts = [cell["source"] for cell in self.notebook["cells"] if cell["cell_type"] == "markdown"]
        return next((heading[1].strip() for text in texts if (heading := _TITLE.search(text))), self.slug)

    def tables(self) -> list[sheets.Sheet]:
        """Tables that the page of the chapter shows, in their order."""
        seen = [output.get("data", {}) for cell in cleaned(self)["cells"] for output in cell.get("outputs", [])]
        html = [data["text/html"] for data in seen if "text/html" in data]
        return sheets.read(html, self.slug, self.policy, self.data.note())

    def behind(self) -> dict[str, str]:
        """CSV of each frame behind a figure, or behind a table alone, by the stem of its file."""
        note, unit, texts = self.data.note(), self.data.unit, {}
        for figure in self.figures.values():
            for name, stem in figure.tables().items():
                texts[stem] = as_csv(figure.frames[name], [figure.words, f"Table: {name}"], unit)
        return texts | {f"{self.slug}-{key}": as_csv(self.frames[key]["frame"], [note], unit) for key in self.undrawn()}

    def undrawn(self) -> list[str]:
        """Keys of the frames that are behind a table alone."""
        return sorted(self.frames.keys() - {figure.key for figure in self.figures.values()})


class Figure(NamedTuple):
    """A figure of a chapter; its `anchor`, the id on its page, stays whichever other figure comes or goes."""

    stem: str
    key: str
    title: str
    caption: str
    html: str
    frames: dict
    anchor: str

    @property
    def words(self) -> str:
        """What is said of the figure, in its files."""
        return f"{self.title}. {self.caption}"

    def tables(self) -> dict[str, str]:
        """Stem of the file of each frame behind the figure; that of the main one is the figure's own."""
        return {name: self.stem + ("" if name in _MAIN_FRAMES else f"-{name}") for name in sorted(self.frames)}

    def files(self) -> dict[str, str]:
        """Files of the figure by the words of their links; words in its place have no drawing."""
        drawn = {kind.upper(): f"{self.stem}.{kind}" for kind in ("svg", "png") if is_drawn(self.html)}
        words = {n: "CSV" if stem == self.stem else f"CSV ({n.replace('_', ' ')})" for n, stem in self.tables().items()}
        return drawn | dict(sorted((words[name], f"{stem}.csv") for name, stem in self.tables().items()))


def link(chapters: Path, data: Data) -> None:
    """Put links to what will be offered, and to where numbers came from, into the executed notebooks of a folder."""
    read = _read(chapters, data)
    book = tracing.Book(
        list(claims.load_published().itertuples()),
        titles={each.slug: each.title() for each in read},
        records={each.slug: each.records for each in read},
        parameters={each.slug: each.parameters() for each in read},
    )
    note = caption_note(data.access, data.title, data.rule or data.notice)
    for chapter in read:
        notebook = tracing.traced(_with_menus(chapter), chapter.slug, book, note)
        foot = render("downloads.html", slug=chapter.slug, tables=chapter.tables(), keys=chapter.undrawn())
        notebook["cells"].append(tracing.text_cell("downloads", foot))
        (chapters / f"{chapter.slug}.ipynb").write_text(_as_json(notebook), encoding="utf-8")


def spoken(text: str, phrases: dict[str, str], written=str) -> str:
    """A text with each pasted phrase in the place of its role; a role of another chapter stays."""
    return tracing.ROLE.sub(lambda role: written(phrases[role[1]]) if role[1] in phrases else role[0], text)


def offer(
    html: Path, notebooks: Path, values: dict, data: Data, former: Path | None = None
) -> list[Callable[[], None]]:
    """Write what pages offer for download: of executed notebooks without links, and of all pasted values.

    Pictures are left empty, as they take long: each is filled by one of the functions that are given. That of a drawing
    that stands in the `former` folder is taken from there.
    """
    place, read = html / FOLDER, _read(notebooks, data)
    place.mkdir()
    figures = [each for chapter in read for each in chapter.figures.values() if is_drawn(each.html)]
    pictures = [_write_figure(place, figure, former or place) for figure in figures]
    behind = {stem: text for chapter in read for stem, text in chapter.behind().items()}
    tabulated = [sheet for chapter in read for sheet in chapter.tables()]
    late = {chapter.slug: chapter.records for chapter in read if chapter.slug not in values}
    about = tagless(_as_json({"data": data.banner(), "title": data.title, "values": values, LATE: late}))
    written = json.loads(about)
    files = {f"{chapter.slug}.ipynb": _as_json(cleaned(chapter)) for chapter in read}
    files |= {f"{stem}.csv": text for stem, text in behind.items()} | {"values.json": about}
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    for name, content in derived(tabulated, written["values"], behind, (data.access, written["data"])).items():
        (place / name).write_bytes(content)
    return pictures


def derived(sheets_shown: list[sheets.Sheet], values: dict, behind: dict, about: tuple[str, str]) -> dict[str, bytes]:
    """The files that are made of others that a book offers, by name: CSV of each table, all of them in one workbook,
    and every result.

    `values` and `behind` are as in `results.rows`, `about` is the access of the data and what pages say of them.
    """
    every = results.rows(values, behind, *about)
    texts = {sheet.file: sheets.as_csv(sheet) for sheet in sheets_shown}
    texts |= {results.CSV: results.as_csv(every), results.JSON: tagless(results.as_json(every))}
    workbook = {sheets.WORKBOOK: sheets.workbook(sheets_shown, about[1])} if sheets_shown else {}
    return {name: text.encode() for name, text in texts.items()} | workbook


def _read(folder: Path, data: Data) -> list[Chapter]:
    return [Chapter(path.stem, running.executed(path), data) for path in sorted(folder.glob("*.ipynb"))]


def cleaned(chapter: Chapter) -> dict:
    """Notebook of a chapter as its page shows it, with captions under figures and phrases in the text.

    It has no hidden output, no pasted record and no metadata of programs; its first cell says what the data are.
    """
    cells = [tracing.text_cell("", banner_of(chapter.data.banner()))]
    for number, cell in enumerate(chapter.notebook["cells"]):
        if _REMOVED & set(tags_of(cell)):
            continue
        if cell["cell_type"] == "code":
            cells.append(_code(cell))
        if cell["cell_type"] != "code" or number in chapter.figures:
            cells.append(tracing.text_cell("", prose_of(cell, chapter.phrases)))
    return numbered(cells)


def banner_of(text: str) -> str:
    """The first cell of a notebook that is offered, which says what the data are."""
    return f"**{_plain(text)}**"


def prose_of(cell, phrases: dict[str, str]) -> str:
    """What a cell has of prose, with what was pasted, as a notebook that is offered has it in a cell of its own."""
    before = "**Figure.** " if cell["cell_type"] == "code" else ""
    return before + spoken(tracing.prose_in(cell), phrases, _plain)


def numbered(cells: list[dict]) -> dict:
    """A notebook that is offered, of cells that are numbered as they stand, those of code as they ran."""
    made, ran = [], itertools.count(1)
    for number, cell in enumerate(cells):
        made.append({**cell, "id": f"cell-{number}"})
        if cell["cell_type"] == "code":
            at = {"execution_count": next(ran)}
            shown = [each | at if each["output_type"] == "execute_result" else each for each in cell["outputs"]]
            made[-1] |= at | {"outputs": shown}
    return {"cells": made, "metadata": ABOUT, "nbformat": 4, "nbformat_minor": 5}


def as_csv(frame: dict, notes: list[str], unit: Unit = MONTHS) -> str:
    """CSV of a recorded frame, a line a row, under notes, one line each after a #; no text of it is a formula."""
    columns, rows, explained = frame["columns"], frame["rows"], f"{sheets.UNKNOWN} is what is not known"
    if "time" in columns and unit.days != 1:
        at, beside = columns.index("time") + 1, sheets.BESIDE.format(unit.name)
        columns = [*columns[:at], beside, *columns[at:]]
        rows = [[*row[:at], None if row[at - 1] is None else in_unit(row[at - 1], unit), *row[at:]] for row in rows]
        explained = f"time is in days, {beside} the same in {unit.name}; {explained}"
    words = [" ".join(note.split()) for note in (*notes, explained)]
    return sheets.in_lines(words, [map(_cell, row) for row in (columns, *rows)])


def in_unit(time: float, unit: Unit) -> float:
    """A time in a unit from one in days, to the fourth decimal."""
    return round(float(unit.of(time)), 4)


def is_drawn(html: str) -> bool:
    """Tell whether a cell shows a drawing that is offered as a file."""
    return bool(_WIDE.search(html))


def alone(html: str, title: str, caption: str) -> str:
    """Drawing of a figure for a wide page as a file of its own: SVG on white, in the light theme's colours, title
    above, caption below. What only a page can show, as the curves among which a reader chooses, is left out.
    """
    svg = _TAG.sub(lambda tag: _OF_THEME.sub(lambda of: of[2] or of[1], tag[0]), _WIDE.search(html)[1])
    svg = _UNSEEN.sub("", svg)
    across, down = map(float, _SIZE.search(svg).groups())
    lines = {"above": _lines(title, across), "below": _lines(caption, across)}
    of = {"title": title, "caption": caption, "across": across, "down": down, "svg": svg.removeprefix("<svg ")}
    return NO_XML.sub("\ufffd", render("drawing.svg", **lines, **of) + "\n")


def _with_menus(chapter: Chapter) -> dict:
    about = {"made": tables.MADE, "policy": chapter.policy, "commit": chapter.data.commit}
    about["parameters"] = [f"{name} = {value}" for name, value in chapter.parameters().items()]
    cells = []
    for number, cell in enumerate(chapter.notebook["cells"]):
        cells.append(cell)
        if figure := chapter.figures.get(number):
            functions = tracing.made_by(chapter.notebook["cells"][: number + 1])
            menu = render("downloads.html", figure=figure, functions=functions, **about)
            cells.append(tracing.text_cell(f"menu-{figure.key}", menu))
    return {**chapter.notebook, "cells": cells}


def _figure(cell, chapter: Chapter) -> Figure | None:
    """Figure of a cell, if it has one; the sentence on the data follows a caption that lacks it."""
    shown = {key: output for key, output in tracing.keys_of(cell).items() if "text/html" in output["data"]}
    if not shown or not tracing.caption_of(cell):
        return None
    ((key, output),) = shown.items()
    words, note = " ".join(spoken(tracing.caption_of(cell), chapter.phrases).split()), chapter.data.note()
    parts = sheets.TITLE_ENDS.split(words, maxsplit=1)
    title, rest = parts if len(parts) == 2 else (words, "")
    caption = f"{rest[:1].upper()}{rest[1:]} {'' if note in words else sheets.ELSE + note}".strip()
    stem, html = f"{chapter.slug}-{key}", inlined(output["data"]["text/html"])
    anchor = tracing.figure_options(cell).get("name", "")
    return Figure(stem, key, title or stem, caption, html, chapter.frames.get(key, {}), anchor)


def _code(cell) -> dict:
    is_hidden = any(map(_HIDDEN_OUTPUT.fullmatch, tags_of(cell)))
    shown = [] if is_hidden else cell.get("outputs", [])
    shown = [each for each in shown if not each.get("metadata", {}).get("scrapbook", {}).get("mime_prefix")]
    has_parameters = PARAMETERS in tags_of(cell)
    # Texts of a user stand in literals of the parameters; there this spells the same and is no tag to anything.
    source = tagless(cell["source"], "\\x3c") if has_parameters else cell["source"]
    about = {"tags": [PARAMETERS]} if has_parameters else {}
    return {"cell_type": "code", "metadata": about, "source": source, "outputs": list(map(as_seen, shown))}


def as_seen(output) -> dict:
    """An output of a notebook that is offered: markup alone, where there is any, and nothing about it."""
    data = output.get("data", {})
    seen = {"text/html": data["text/html"]} if "text/html" in data else data
    return {**output, "metadata": {}, "data": seen} if data else output


def _plain(text: str) -> str:
    return escaped(_MARKUP.sub(r"\\\g<0>", " ".join(text.split())))


def _write_figure(place: Path, figure: Figure, former: Path) -> Callable[[], None]:
    """Write a drawing, and an empty picture, which is filled by the function that is given."""
    svg, drawing, picture = alone(figure.html, figure.title, figure.caption), f"{figure.stem}.svg", f"{figure.stem}.png"
    is_there = (former / drawing).is_file() and (former / drawing).read_text(encoding="utf-8") == svg
    (place / drawing).write_text(svg, encoding="utf-8")
    (place / picture).touch()

    def draw() -> None:
        dots = (former / picture).read_bytes() if is_there else running.aside(_picture, svg, figure.words)
        (place / picture).write_bytes(dots)

    return draw


def _picture(svg: str, note: str) -> bytes:
    """Picture (PNG) of a drawing with a note; its dots, which the drawing program hardly packs, in a third of bytes."""
    first, *others = chunks(outputs.png(svg))
    dots = zlib.decompress(b"".join(body for kind, body in others if kind == _DOTS))
    written = (b"iTXt", b"Description\0\0\0\0\0" + note.encode(errors="replace"))
    about = [each for each in others if each[0] not in (_DOTS, END)]
    noted = [first, written, *about, (_DOTS, zlib.compress(dots, 3)), (END, b"")]
    parts = [(len(body), kind + body) for kind, body in noted]
    return _PNG + b"".join(size.to_bytes(4, "big") + part + zlib.crc32(part).to_bytes(4, "big") for size, part in parts)


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk of a picture (PNG); raises `ValueError` where the bytes are none, or not whole."""
    if not png.startswith(_PNG):
        raise ValueError("This is no picture.")
    start = len(_PNG)
    while start < len(png):
        end = start + 12 + int.from_bytes(png[start : start + 4], "big")
        if end > len(png):
            raise ValueError("This is not a whole picture.")
        yield png[start + 4 : start + 8], png[start + 8 : end - 4]
        start = end


def _lines(words: str, across: float) -> list[str]:
    """Words in lines no wider than a drawing; the width of a letter is the mean of them all."""
    return textwrap.wrap(words, int(across / max(LETTER, width_of(words) / max(len(words), 1))))


def _cell(value) -> str:
    return sheets.quoted(value) if isinstance(value, str) else sheets.UNKNOWN if value is None else repr(value)


def _as_json(content: dict) -> str:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
