"""What was released: of each chapter what its cells show and paste, its tables, drawings, phrases and frames.

A chapter stands as in the repository; phrases fill its roles, and parameters its literals. Of what a cell shows there
are three kinds: a pasted record, a table and a figure. Another one stops a build with the place of the cell.
"""

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gistbook.book import downloads, sheets, tracing
from gistbook.book import run as running
from gistbook.book.audit import DIFFERS, LEFT, OUTPUT, SCRIPT, UNLISTED, UNSOURCED, Fault, Rule, policy
from gistbook.book.audit.parsing import Part, Table, parsed
from gistbook.book.chapters import PARAMETERS, notebook_of, tags_of, without_links
from gistbook.conventions import FRAMES_TYPE, RECORD_TYPE, tagless
from gistbook.display.outputs import inlined
from gistbook.units import UNITS

_RECORDS = {RECORD_TYPE, FRAMES_TYPE}
_SHOWN, _PASTED = {"text/html", "text/plain"}, {"text/plain", "application/papermill.record/text/plain"}
_BEGINS = re.compile(r'<(?:div|p) class="gb-(?:table|figure|flow|nothing)\b')

_SAYS = re.compile(r"[^\W\d_]{2}|^\w+$")  # an attribute that may say something, and is no path of a drawing
_ENTRIES = {
    "stream": {"output_type", "name", "text"},
    "display_data": {"output_type", "data", "metadata"},
    "execute_result": {"output_type", "data", "metadata", "execution_count"},
}
"""What an output may have, by its type."""

_RECORD = {"phrase", "value", "unit", "n", "what", "whose", "share", "origin", "noun", "parts", "claim", "is_published",
           "lower", "upper", "group", "measure", "level", "events"}  # fmt: skip
_ESTIMATE = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")  # a cell that is no text, and held against policy and rows as a number
_KEY = re.compile(r"[a-z][a-z0-9_]*")

_UNSEEN = "\u200b"  # between letters that may make a word, and are apart where they are counts
FLOW = ("step", "count", "parent")  # columns of a flow of patients


Spot = tuple[str, str]  # a file, and a place in it
Found = tuple[Spot, Rule]
VALUES = "downloads/values.json"


@dataclass
class Release:
    """What was released of one chapter, to which is added as it is read."""

    texts: list[tuple[str, Spot]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)  # and columns and rows behind figures
    shown: list[tuple[str, Spot]] = field(default_factory=list)  # markup of tables and figures as a page has it
    records: dict[str, dict] = field(default_factory=dict)  # what was pasted, by key
    parameters: dict[str, str] = field(default_factory=dict)  # with which the chapter was run, as code


def outputs(cells: list) -> Iterator[Fault]:
    """Yield the outputs of cells that are of no kind that a book has."""
    for number, cell in enumerate(cells):
        for at, output in enumerate(cell.get("outputs", [])):
            if cell["cell_type"] != "code" or not _is_listed(output, "".join(cell["source"])):
                runs = any("script" in kind or "<script" in str(text) for kind, text in output.get("data", {}).items())
                yield f"/cells/{number}/outputs/{at}", SCRIPT if runs else OUTPUT


def _is_listed(output: dict, source: str) -> bool:
    kind, data, about = output["output_type"], output.get("data", {}), set(output.get("metadata", {}))
    if set(output) - _ENTRIES.get(kind, set()):
        return False
    if kind == "stream":  # a text of ours, on how to make a folder of published patients
        return output["name"] == "stdout" and bool(re.search(r"^print\(example\.", source, re.MULTILINE))
    if set(data) <= _PASTED and _RECORDS & about:
        return about <= {*_RECORDS, "scrapbook"}
    shown = "".join(data.get("text/html", ""))
    return set(data) <= _SHOWN and about <= {FRAMES_TYPE, "scrapbook"} and bool(_BEGINS.match(shown))


def read_notebook(content: dict, slug: str, book) -> Iterator[Found]:
    """Read a notebook that is offered into what its chapter released, and yield what in it is not as it was made of
    the chapter, its parameters, what it pasted and what its cells have shown.
    """
    cells, chapter, release = content["cells"], notebook_of(book.written[slug])["cells"], book.releases[slug]
    phrases = {key: record["phrase"].replace("&lt;", "<") for key, record in release.records.items()}
    said = _said(chapter, phrases, book.absent) | {downloads.banner_of(book.data.banner()): book.data.banner()}
    codes = {cell["source"] for cell in chapter if cell["cell_type"] == "code"}
    name = f"downloads/{slug}.ipynb"
    form = [] if content == downloads.numbered([*map(_bare, cells)]) else [("/metadata", LEFT)]
    yield from (((name, place), rule) for place, rule in (*form, *outputs(cells)))
    for number, cell in enumerate(cells):
        place, source = f"/cells/{number}", cell["source"]
        for at, output in enumerate(cell.get("outputs", [])):
            spot, shown = (name, f"{place}/outputs/{at}"), output.get("data", {}).get("text/html", "")
            release.texts.append((output.get("text", ""), spot))
            yield from read_markup(inlined(shown), spot, release) if shown else ()
        if PARAMETERS in tags_of(cell):
            yield from _parameters(source, chapter, (name, place), release)
        elif cell["cell_type"] == "code":
            yield from [] if source in codes else [((name, place), UNSOURCED)]
        else:
            yield from [] if source.strip("\n") in said else [((name, place), book.unlike(slug, plain_text(source)))]
            release.texts.append((said.get(source.strip("\n"), ""), (name, place)))


def _said(chapter: list, phrases: dict[str, str], absent: frozenset[str]) -> dict[str, str]:
    """Return passages and captions as a notebook has them, and as they read, with and without lines that lead away."""
    kept = [cell | {"source": without_links(cell["source"], absent)} for cell in chapter if cell["cell_type"] != "code"]
    return {
        downloads.prose_of(cell, phrases).strip("\n"): plain_text(downloads.spoken(tracing.prose_in(cell), phrases))
        for cell in [*chapter, *kept]
    }


def _bare(cell: dict) -> dict:
    """Return what a cell of a notebook that is offered says and shows."""
    about = {"tags": [PARAMETERS]} if PARAMETERS in tags_of(cell) else {}
    bare = {"cell_type": cell["cell_type"], "metadata": about, "source": cell["source"]}
    return bare | ({"outputs": [*map(downloads.as_seen, cell["outputs"])]} if "outputs" in cell else {})


def _parameters(source: str, chapter: list, place: Spot, release: Release) -> Iterator[Found]:
    """Yield parameters that are not those of a chapter, whose literals are the user's."""
    (own,) = (cell["source"] for cell in chapter if PARAMETERS in tags_of(cell))
    given = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(source).body}
    if source != tagless(running.assigned(own, given), "\\x3c"):
        yield place, UNSOURCED
    release.parameters.update({name: repr(value) for name, value in given.items()})
    lines = [*source.splitlines(), *(f"{name} = {value}" for name, value in release.parameters.items())]
    release.texts.extend((line, place) for line in lines)


def plain_text(text: str) -> str:
    """Return a text of Markdown without its roles, the targets of its links, and its entities."""
    return html.unescape(re.sub(r"\{[\w:-]+\}`(?:([^`<]*) <[^`]*>|[^`]*)`|\]\([^)\s]*\)", r" \1 ", text))


def readings_of(text: str) -> tuple[str, ...]:
    """Return a text of Markdown without its roles, and with what is written in them, and each compound of it."""
    return plain_text(text), re.sub(r"\{[\w:-]+\}`([^`]*)`", r"\1", text), *re.findall(r"\w+[_-][\w-]+", text)


def read_markup(shown: str, place: Spot, release: Release) -> Iterator[Found]:
    """Read a table or a figure, as a page has it, into a release, and yield markup that neither has."""
    markup = parsed(shown)
    yield from ((place, rule) for _, rule in policy.listed(markup, shown=True))
    release.shown.append((shown, place))
    for caption, rows in sheets.tables_in(shown):
        names, *cells = map(tuple, rows or [()])
        release.tables.append(Table(names, cells, caption, place))
    boxes = [block for block in markup.blocks if "gb-flow" in block.around]
    release.tables.extend([Table(FLOW, _steps_of(boxes), "", place)] if boxes else [])
    values = (value for element in markup.elements for value in element.attributes.values() if _SAYS.search(value))
    said = [*(" ".join(block.text.split()) for block in markup.blocks), *dict.fromkeys(values)]
    letters = _UNSEEN.join(block.text for block in markup.blocks if "text" in block.around)
    release.texts.extend((text, place) for text in (*said, letters))


def _steps_of(boxes: list[Part]) -> list[tuple[str, str, str]]:
    """Return what boxes of a flow, in nested lists, tell: a step, how many are at it, and from which they come."""
    steps, above = [], {}
    for box in boxes:
        step, count, depth = box.strings[0].strip(), box.strings[-1], box.around.count("ul")
        above[depth] = step
        steps.append((step, count, above.get(depth - 1, "")))
    return steps


def read_csv(text: str, stem: str, release: Release) -> Iterator[Fault]:
    """Read the numbers behind a figure into a release: notes, the names of columns, and rows of as many cells."""
    name, (notes, (names, *rows)) = f"downloads/{stem}.csv", sheets.lines_in(text)
    first, numbered = len(notes) + 1, list(enumerate(rows, start=len(notes) + 2))
    strange = [n for n, row in numbered if not _is_row(row, names)]
    if strange or not all(map(_KEY.fullmatch, names)):
        yield f"line {(strange or [first])[0]}", DIFFERS
        return
    release.tables.append(Table(tuple(names), list(map(tuple, rows)), " ".join(notes), (name, f"line {first}")))
    said = ((cell, (name, f"line {n}")) for n, row in numbered for cell in row if not _ESTIMATE.fullmatch(cell))
    release.texts.extend(said)


def _is_row(row: list[str], names: list[str]) -> bool:
    """Tell whether a row has a cell for each column, and of its time what that is in the unit of the book."""
    cells, units = dict(zip(names, row, strict=False)), {sheets.BESIDE.format(name): UNITS[name] for name in UNITS}
    time = cells.get("time", sheets.UNKNOWN)
    same = {name: sheets.UNKNOWN if time == sheets.UNKNOWN else repr(downloads.in_unit(float(time), units[name]))
            for name in units.keys() & names}  # fmt: skip
    return len(row) == len(names) and same.items() <= cells.items()


def read_values(content: dict, releases: dict[str, Release]) -> Iterator[Fault]:
    """Read what chapters pasted into their releases, and yield what is no record."""
    pasted = [(part, *each) for part in ("values", downloads.LATE) for each in content.get(part, {}).items()]
    for part, slug, records in pasted:
        for number, (key, record) in enumerate(records.items()):
            place = f"/{part}/{slug}/{key if _KEY.fullmatch(key) else f'{{{number}}}'}"
            if slug not in releases or not _KEY.fullmatch(key) or set(record) - _RECORD:
                yield (place if slug in releases else f"/{part}"), UNLISTED
            else:
                _take(key, record, place, releases[slug])


def _take(key: str, record: dict, place: str, release: Release) -> None:
    release.records[key] = record
    release.texts.extend((text, (VALUES, place)) for text in (key, *_words_of(record)))


def _words_of(record: dict) -> Iterator[str]:
    for name, value in record.items():
        if name == "parts":
            for group, part in value.items():
                yield from (group, *_words_of(part))
        elif isinstance(value, str):
            yield value
