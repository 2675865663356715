"""What was released: of each chapter what its cells show and paste, its tables, drawings, phrases and frames.

A chapter stands as in the repository; phrases fill its roles, and parameters its literals. Of what a cell shows there
are three kinds: a pasted record, a table and a figure. Another one stops a build with the place of the cell.
"""

import ast
import csv
import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from gistbook.book import downloads, sheets, tracing
from gistbook.book.audit import policy
from gistbook.book.audit.findings import DIFFERS, LEFT, OUTPUT, SCRIPT, UNLISTED, UNSOURCED, Fault
from gistbook.book.audit.markup import Table, parsed
from gistbook.book.audit.words import texts_in, tokens
from gistbook.book.chapters import PARAMETERS, notebook_of
from gistbook.conventions import FRAMES_TYPE, RECORD_TYPE, counted
from gistbook.display.outputs import inlined
from gistbook.units import UNITS

_RECORDS = {RECORD_TYPE, FRAMES_TYPE}
_SHOWN, _PASTED = {"text/html", "text/plain"}, {"text/plain", "application/papermill.record/text/plain"}
_BEGINS = re.compile(r'<(?:div|p) class="gb-(?:table|figure|flow|nothing)\b')
_PRINTED = re.compile(r"^print\(example\.", re.MULTILINE)
"""How a cell begins that prints a text of ours, on how to make a folder of published patients."""

_ESCAPED, _FIGURE = re.compile(r"\\([\\`*_\[\]|~$#{}])"), "**Figure.** "
_SAYS = re.compile(r"[^\W\d_]{2}|^\w+$")
"""An attribute that may say something, and is no path of a drawing."""

_PICTURES = re.compile(r"data:image/svg\+xml,([^\"]*)")
_CELL, _FRAME = {"id", "cell_type", "metadata", "source", "outputs", "execution_count"}, ("frame", "curve")
_OUTPUT = {"output_type", "data", "metadata", "execution_count"}
_RECORD = {"phrase", "value", "unit", "n", "what", "whose", "share", "origin", "noun", "parts", "claim", "is_published",
           "lower", "upper", "group", "measure", "level", "events"}  # fmt: skip
_NUMBER = re.compile(r"cell-?\d{1,3}|[0-9a-f]{8}")
_LANGUAGE = re.compile(
    r"i?python3?|text/x-python|\.py|\d(?:\.\d+){0,2}|codemirror_mode|nbconvert_exporter|pygments_lexer"
)
"""The name of a cell, as Jupyter or we give it, and what a notebook says of its language."""

_KEY = re.compile(r"[a-z][a-z0-9_]*")


class Release(NamedTuple):
    """What was released of one chapter.

    `texts` are all that was released as text, each with its place and whether it is a label or phrase by itself (None
    of letters that only follow one another in a drawing);
    `shown` is the markup of tables and figures as a page has it, `frames` are the columns and rows behind figures by
    the stem of their file, `records` what was pasted, by key, `passages` what each
    of the chapter says, and `others` texts that are no passage as the chapter has it, and so need a source.
    """

    texts: list[tuple[str, str, bool | None]]
    tables: list[Table]
    shown: list[tuple[str, str]]
    flows: list[list[tuple[str, str, str]]]
    drawings: list[tuple[str, str]]
    frames: dict[str, Table]
    records: dict[str, dict]
    passages: dict[str, str]
    others: list[tuple[str, str]]

    def strings(self) -> list[str]:
        """Return every text that was released."""
        return [text for text, _, is_label in self.texts if is_label is not None]


def nothing() -> Release:
    """Return a release to which is added."""
    return Release([], [], [], [], [], {}, {}, {}, [])


def outputs(cells: list) -> Iterator[Fault]:
    """Yield the outputs of cells that are of no kind that a book has."""
    for number, cell in enumerate(cells):
        named = _NUMBER.fullmatch(cell.get("id", "cell-0"))
        if set(cell) - _CELL or not named or (cell["cell_type"] != "code" and cell.get("outputs")):
            yield f"/cells/{number}", OUTPUT
        for at, output in enumerate(cell.get("outputs", [])):
            if not _is_listed(output, "".join(cell["source"])):
                place = f"/cells/{number}/outputs/{at}"
                runs = any("script" in kind or "<script" in str(text) for kind, text in output.get("data", {}).items())
                yield place, SCRIPT if runs else OUTPUT


def _is_listed(output: dict, source: str) -> bool:
    """Tell whether an output is a pasted record, a table, a figure, or a text of ours."""
    if output["output_type"] == "stream":
        return output["name"] == "stdout" and bool(_PRINTED.search(source))
    data, about = output.get("data", {}), output.get("metadata", {})
    if output["output_type"] not in ("execute_result", "display_data") or set(output) - _OUTPUT:
        return False
    if set(data) <= _PASTED and _RECORDS & set(about):
        return set(about) <= {*_RECORDS, "scrapbook"}
    html = "".join(data.get("text/html", ""))
    return set(data) <= _SHOWN and set(about) <= {FRAMES_TYPE, "scrapbook"} and bool(_BEGINS.match(html))


def read_notebook(content: dict, chapter: str, release: Release) -> Iterator[Fault]:
    """Read a notebook of a chapter into a release, and yield what in it is neither of the chapter nor released."""
    original = _cells_of(chapter)
    for place, rule in outputs(content["cells"]):
        yield place, rule
    if set(content["metadata"]) - {"kernelspec", "language_info", "jupytext", "gistbook", "mystnb"}:
        yield "/metadata", LEFT
    release.others.extend(
        (text, "/metadata") for text in texts_in(content["metadata"]) if not _LANGUAGE.fullmatch(text)
    )
    phrases = {key: record["phrase"] for key, record in release.records.items()}
    for number, cell in enumerate(content["cells"]):
        source = tracing.ROLE.sub(lambda role: phrases.get(role[1], role[0]), "".join(cell["source"]))
        place = f"/cells/{number}"
        release.others.extend((text, place) for text in texts_in(cell["metadata"]))
        if cell["cell_type"] == "code":
            yield from _code(source, cell, original, place, release)
        elif not _spoken(source, original, release, place):
            release.others.append((_ESCAPED.sub(r"\1", source), place))
        for at, output in enumerate(cell.get("outputs", [])):
            yield from _output(output, f"{place}/outputs/{at}", release)


@functools.lru_cache(64)
def _cells_of(chapter: str) -> list:
    return notebook_of(chapter)["cells"]


def _hides(tags: set[str], cell: dict) -> bool:
    shown = [output for output in cell.get("outputs", []) if not _RECORDS & set(output.get("metadata", {}))]
    return bool(shown) and any(re.fullmatch(r"(?:remove|hide)[-_](?:output|cell)s?", tag) for tag in tags)


def _code(source: str, cell: dict, original: list, place: str, release: Release) -> Iterator[Fault]:
    """Yield code that the chapter does not have; of its parameters, the literals are the user's."""
    tags = set(cell["metadata"].get("tags", []))
    if "papermill" in cell["metadata"] or "injected-parameters" in tags or _hides(tags, cell):
        yield place, OUTPUT
    if PARAMETERS not in tags:
        if not any(cell["cell_type"] == "code" and cell["source"].strip() == source.strip() for cell in original):
            yield place, UNSOURCED
        return
    mine = "\n".join(cell["source"] for cell in original if PARAMETERS in cell["metadata"].get("tags", []))
    named = set(re.findall(r"^(\w+) =", mine, re.MULTILINE))
    comments = set(re.findall(r"#.*", mine))
    try:
        given = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(source).body}
    except (SyntaxError, ValueError, AttributeError):
        given = {"": None}
    if set(given) - named or any(comment not in comments for comment in re.findall(r"  (#.*)", source)):
        yield place, UNSOURCED
    release.texts.extend((line, place, False) for line in source.splitlines())
    release.texts.extend((f"{name} = {value!r}", place, False) for name, value in given.items())


def _spoken(source: str, original: list, release: Release, place: str) -> bool:
    """Tell whether a text is a passage, or a caption, of the chapter; what fills its roles is released."""
    text = _ESCAPED.sub(r"\1", source.removeprefix(_FIGURE))
    for cell in original:
        passage = cell["source"] if cell["cell_type"] == "markdown" else tracing.caption_of(cell)
        parts = tracing.ROLE.split(_ESCAPED.sub(r"\1", passage))
        if not (text.startswith(parts[0]) and text.endswith(parts[-1])):
            continue
        form = "".join(re.escape(part) if at % 2 == 0 else "(.*?)" for at, part in enumerate(parts))
        match = re.fullmatch(form, text, re.DOTALL) if form and passage.strip() else None
        if match:
            release.passages[passage] = text
            release.texts.extend((plain_text(each), place, True) for each in match.groups() if "{glue:" not in each)
            release.texts.append((plain_text(text), place, False))
            return True
    return False


def plain_text(text: str) -> str:
    """Return a text of Markdown without its roles, the targets of its links, and its entities."""
    import html

    return html.unescape(re.sub(r"\{[\w:-]+\}`(?:([^`<]*) <[^`]*>|[^`]*)`|\]\([^)\s]*\)", r" \1 ", text))


def as_written(text: str) -> str:
    """Return a text of Markdown in which roles are what is written in them."""
    return re.sub(r"\{[\w:-]+\}`([^`]*)`", r"\1", text)


def _output(output: dict, place: str, release: Release) -> Iterator[Fault]:
    """Read what a cell shows or pastes, and yield markup that no table and no drawing has."""
    about = output.get("metadata", {})
    if RECORD_TYPE in about:
        release.records[about["scrapbook"]["name"]] = about[RECORD_TYPE]
        return
    if output["output_type"] == "stream":
        release.texts.append(("".join(output["text"]), place, False))
    html = "".join(output.get("data", {}).get("text/html", ""))
    if html:
        plain = "".join(output["data"].get("text/plain", ""))
        release.texts.extend([(plain, place, False)] if plain else [])
        release.shown.append((inlined(html), place))
        yield from read_markup(html, place, release)


def read_markup(html: str, place: str, release: Release) -> Iterator[Fault]:
    """Read a table or a figure, with the drawings in its addresses, into a release."""
    for drawing in dict.fromkeys(_PICTURES.findall(html)):
        release.drawings.append((unquote(drawing), place))
        yield from read_markup(unquote(drawing), place, release)
    markup = parsed(_PICTURES.sub("data:", html), place)
    yield from ((place, rule) for _, rule in policy.listed(markup, shown=True))
    release.tables.extend(markup.tables)
    release.flows.extend([boxes_of(html)] if "gb-flow" in html else [])
    release.texts.extend((" ".join(block.text.split()), place, True) for block in markup.blocks)
    values = (value for element in markup.elements for value in element.attributes.values() if _SAYS.search(value))
    release.texts.extend((value, place, False) for value in dict.fromkeys(values))
    letters = [block.text for block in markup.blocks if "text" in block.around]
    release.texts.extend([("".join(letters), place, None)] if letters else [])


def boxes_of(html: str) -> list[tuple[str, str, str]]:
    """Return the boxes of a flow, which are nested lists: a step, how many are at it, and from which step they come."""
    boxes, steps = [], []
    for mark, step, count in re.findall(r"(<ul>|</ul>)|<span>(.*?)\s*<strong>(.*?)</strong></span>", html, re.DOTALL):
        if mark == "<ul>":
            steps.append(boxes[-1][0] if boxes else "")
        elif mark:
            steps = steps[:-1]
        else:
            boxes.append((step, count, steps[-1] if steps else ""))
    return boxes


def read_csv(text: str, stem: str, release: Release) -> Iterator[Fault]:
    """Read the numbers behind a figure into a release: notes, the names of columns, and rows of as many cells."""
    lines = text.splitlines()
    notes = [line for line in lines if line.startswith("#")]
    names, *rows = list(csv.reader(line for line in lines if not line.startswith("#"))) or [[]]
    strange = [n for n, row in enumerate(rows, start=len(notes) + 2) if not _is_row(row, names)]
    if strange or not names or not all(_KEY.fullmatch(name) for name in names):
        yield f"line {(strange or [len(notes) + 1])[0]}", DIFFERS
        return
    release.frames[stem] = Table(tuple(names), list(map(tuple, rows)), " ".join(notes), f"line {len(notes) + 1}")
    release.texts.extend((cell, f"line {n}", True) for n, row in enumerate(rows, start=len(notes) + 2) for cell in row)


def _is_row(row: list[str], names: list[str]) -> bool:
    """Tell whether a row has a cell for each column, and of its time what that is in the unit of the book."""
    beside = {sheets.BESIDE.format(name): unit for name, unit in UNITS.items()}
    named = next((name for name in names if name in beside), "")
    if len(row) != len(names) or not named:
        return len(row) == len(names)
    time, other = (dict(zip(names, row, strict=True)).get(name, "") for name in ("time", named))
    return time == other if time in ("", "NA") else other == repr(downloads.in_unit(float(time), beside[named]))


def unspoken(release: Release) -> Iterator[str]:
    """Yield the first key of each passage of the chapter that does not say what was pasted."""
    phrases = {key: record["phrase"] for key, record in release.records.items()}
    for passage, text in release.passages.items():
        keys = [match[1] for match in tracing.ROLE.finditer(passage)]
        spoken = tracing.ROLE.sub(lambda role: phrases.get(role[1], ""), passage)
        if keys and set(keys) <= set(phrases) and tokens(plain_text(spoken)) != tokens(plain_text(text)):
            yield keys[0]


def unlike_run(run: Path, name: tuple[str, str, str | None], text: str) -> Iterator[Fault]:
    """Yield that the numbers behind a figure are not those that its run recorded, where the run is there."""
    slug, key, frame = name
    try:
        recorded = json.loads((run / "frames.json").read_text(encoding="utf-8"))[slug][key]
    except (OSError, ValueError, KeyError):
        return
    wanted = [recorded[each] for each in ([frame] if frame else _FRAME) if each in recorded]
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    units = UNITS.values()
    if not any(rows == downloads.as_csv(each, [], unit).splitlines()[1:] for each in wanted for unit in units):
        yield "its rows", DIFFERS


def as_sheet(releases: dict[str, Release], name: tuple[str, int], text: str) -> sheets.Sheet | None:
    """Return a table that a chapter has shown, by its number, with the notes of its CSV; None if there is no such.

    What a chapter that reads the others has pasted is in its run alone; without that, its policy is that of the others.
    """
    slug, number = name
    release = releases[slug]
    shown = [(html, place) for html, place in release.shown if html.startswith(sheets.BEGINS)]
    if not 0 < number <= len(shown):
        return None
    (table,) = parsed(*shown[number - 1]).tables
    named = [each.records["policy"]["phrase"] for each in releases.values() if "policy" in each.records]
    own = release.records.get("policy", {}).get("phrase")
    policy = own or (named[0] if named and not release.records else downloads.NO_POLICY)
    told = [line.removeprefix("# ") for line in text.splitlines()[1:2] if line.startswith(f"# {sheets.ELSE}")]
    notes = [*told, *sheets.notes_of("", policy, "")]
    return sheets.Sheet(slug, number, table.caption, notes, [list(row) for row in (table.names, *table.rows)])


def read_values(content: dict, path: Path, releases: dict[str, Release]) -> Iterator[Fault]:
    """Read what chapters pasted into their releases, and yield what is no record or another one than the run's."""
    try:
        run = json.loads(downloads.tagless((path / "values.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        run = content.get("values")
    if set(content) != {"data", "title", "values"} or content["values"] != run:
        yield "/values", DIFFERS
    for slug, records in content.get("values", {}).items():
        if slug not in releases or not isinstance(records, dict):
            yield "/values", UNLISTED
            continue
        for number, (key, record) in enumerate(records.items()):
            place = f"/values/{slug}/{key if _KEY.fullmatch(key) else f'{{{number}}}'}"
            if not _KEY.fullmatch(key) or not isinstance(record, dict) or set(record) - _RECORD:
                yield place, UNLISTED
            else:
                releases[slug].records[key] = record
                releases[slug].texts.extend(words_of(record, place))


def read_records(notebook: dict, release: Release) -> None:
    """Read what an executed chapter pasted into a release."""
    abouts = [output.get("metadata", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    for about in abouts:
        if RECORD_TYPE in about:
            key = about["scrapbook"]["name"]
            release.records[key] = about[RECORD_TYPE]
            release.texts.extend([(key, "/metadata", False), *words_of(about[RECORD_TYPE], f"/metadata/{key}")])


def words_of(record: dict, place: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the words of a record, and those that are made of its numbers."""
    for name, value in record.items():
        if name == "parts":
            for group, part in value.items():
                yield group, place, True
                yield from words_of(part, place)
        elif isinstance(value, str):
            yield value, place, name in ("phrase", "group")
    if "measure" in record and record.get("group"):
        yield f"cohort, {tracing.of_group(record)}", place, False
    if record.get("level"):
        yield f"{100 * record['level']:g}% confidence interval", place, False
    yield from ((words, place, False) for words in _counts_in_words(record) if record.get("n") is not None)


def _counts_in_words(record: dict) -> Iterator[str]:
    size, noun = record.get("n"), record.get("noun", "patient")
    yield f"{counted(record.get('events', 0), 'event')} / {counted(size, noun)}"
    yield from (f"{size} {noun}", f"of {size} {noun}s", f"{record.get('events', 0)} of {size} {noun}s")
    if record.get("unit") == "count":
        yield f"{record['value'] or 0:g} of {size}"
