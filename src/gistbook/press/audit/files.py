"""The files of a book one by one: which reader each needs, and what is within it once more."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

from gistbook.press.audit import binaries, listings, markup, records, reviewed, texts
from gistbook.press.audit.findings import CODE, DATA, Content, Element, Inner, Piece, Sheet, nothing

_MARKUP = (".html", ".htm", ".xhtml", ".svg", ".xml", ".xsl", ".rss", ".atom", ".rels")
_JSON = (".json", ".ipynb", ".geojson", ".ndjson", ".jsonl", ".webmanifest", ".map")
_PROGRAMS, _STYLES, _LISTS = (".js", ".mjs", ".cjs"), (".css",), (".csv", ".tsv", ".tab", ".psv")

_DEEPEST = 3
"""How far a file is taken apart that is within a string of a file, and so on."""

_WITHIN = re.compile(r"data:([\w/+.-]*)((?:;[\w=.-]+)*),([^\s\"'<>)]+)", re.IGNORECASE)
_LITERAL = re.compile(r"[\"'`]([A-Za-z0-9+/]{24,}={0,2})[\"'`]")
_TEXT = re.compile(rb"[^\x00-\x08\x0e-\x1a\x1c-\x1f]*")
_ENCODINGS = ("utf-8-sig", "cp932", "latin-1")


def sheets(path: Path, html: Path) -> Iterator[Sheet]:
    """Yield a file of a book with its content, and those of an archive; what is the theme's own is passed over."""
    name = path.relative_to(html).as_posix()
    if path.is_symlink():
        yield Sheet(name, _of_link())
    elif path.is_file() and not reviewed.is_of_the_theme(data := path.read_bytes()):
        yield from _sheets(name, data)


def _sheets(name: str, data: bytes) -> Iterator[Sheet]:
    content = _named(name)
    members = binaries.members(data)
    content.take(nothing() if members else taken_apart(Inner(name, data, "")))
    yield Sheet(name, content)
    for member, packed in members:
        within = _named(member)
        within.take(taken_apart(Inner(name.removesuffix(".gz") if len(members) == 1 else member, packed, "")))
        yield Sheet(f"{name}, {member}", within)


def taken_apart(inner: Inner, depth: int = 0) -> Content:
    """Return the content of a file, and of whatever is written in its strings."""
    content = _read(inner)
    for piece in content.pieces:
        content.tables.extend(listings.tables(piece))
        content.inner.extend(_embedded(piece))
    for part in content.inner if depth < _DEEPEST else ():
        content.take(taken_apart(part, depth + 1)._replace(inner=[]))
    return content


def _of_link() -> Content:
    content = nothing()
    content.elements.append(Element("elsewhere", {}, "its place"))
    return content


def _named(name: str) -> Content:
    content = nothing()
    content.pieces.append(Piece(name, "its name", CODE))
    return content


def _read(inner: Inner) -> Content:
    text, suffix = _decoded(inner.content), Path(f"x{inner.name}").suffix.lower()
    if text is None:
        return binaries.read(inner.content, inner.place, inner.hidden)
    if suffix in _PROGRAMS:
        return texts.program(text, inner.place, inner.hidden)
    if suffix in _STYLES:
        return texts.style(text, inner.place, inner.hidden)
    if suffix in _JSON or (suffix not in _MARKUP and text.lstrip()[:1] in ("{", "[")):
        return _json(text, inner)
    if suffix in _MARKUP or text.lstrip()[:1] == "<":
        return markup.read(text, inner.place, inner.hidden)
    return texts.plain(text, inner.place, DATA if suffix in _LISTS else CODE, inner.hidden)


def _json(text: str, inner: Inner) -> Content:
    try:
        return records.read(records.parsed(text), inner.place and f"{inner.place}, ")
    except (ValueError, RecursionError):
        return texts.plain(text, inner.place, DATA, inner.hidden)


def _decoded(data: bytes) -> str | None:
    """Return a file as text, in the first encoding that it may be in; nothing if it is no text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if not _TEXT.fullmatch(data):
        return None
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _embedded(piece: Piece) -> Iterator[Inner]:
    """Yield the files that are written into a text as addresses, or as base64 in quotes."""
    for match in _WITHIN.finditer(piece.text) if "data:" in piece.text else ():
        data = unquote_to_bytes(match[3])
        packed = records.unwrapped(data.decode("ascii", errors="ignore")) if "base64" in match[2].lower() else data
        yield Inner(f".{match[1].rpartition('/')[2].split('+')[0]}", packed, piece.place, piece.hidden)
    if piece.kind == CODE:
        for match in _LITERAL.finditer(piece.text):
            yield Inner(".string", records.unwrapped(match[1]), piece.place, piece.hidden)
