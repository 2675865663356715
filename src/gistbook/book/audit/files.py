"""The files of a book one by one: which reader each needs, and what is within it once more.

Programs, style sheets and plain text are taken apart line by line; of files that are no text the words in them, the
notes of a picture, the members of an archive.
"""

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

from gistbook.book.audit import markup, policy, records
from gistbook.book.audit.findings import (
    CODE,
    COMMENT,
    DATA,
    Content,
    Element,
    Inner,
    Piece,
    Sheet,
    Table,
    nothing,
    place_in,
)

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
    elif path.is_file() and not policy.is_of_the_theme(data := path.read_bytes()):
        yield from _sheets(name, data)


def _sheets(name: str, data: bytes) -> Iterator[Sheet]:
    content = _named(name)
    members = _members(data)
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
        content.tables.extend(records.tables(piece))
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
        return _binary(inner.content, inner.place, inner.hidden)
    if suffix in _PROGRAMS:
        return _program(text, inner.place, inner.hidden)
    if suffix in _STYLES:
        return _style(text, inner.place, inner.hidden)
    if suffix in _JSON or (suffix not in _MARKUP and text.lstrip()[:1] in ("{", "[")):
        return _json(text, inner)
    if suffix in _MARKUP or text.lstrip()[:1] == "<":
        return markup.read(text, inner.place, inner.hidden)
    return _plain(text, inner.place, DATA if suffix in _LISTS else CODE, inner.hidden)


def _json(text: str, inner: Inner) -> Content:
    try:
        return records.read(records.parsed(text), inner.place and f"{inner.place}, ")
    except (ValueError, RecursionError):
        return _plain(text, inner.place, DATA, inner.hidden)


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


_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LOOKS = re.compile(r"#[0-9a-fA-F]{3,8}\b|(?<=[:\s,(+*/-])-?\d*\.?\d+(?:%|[a-z]+)?(?=[;\s,)/}*!])")
"""Colours and lengths of a style, which are of nobody."""

_CALL = re.compile(r"[\w.$\s]{1,200}[(=]\s{0,9}([\[{].*[\]}])\s{0,9}\)?\s{0,9};?", re.DOTALL)
_INDEX, _TEXTS = "Search.setIndex(", "Search.setTexts("
_PAGE = ".html"


def _style(text: str, place: str, hidden: bool = False) -> Content:
    """Return the content of a style sheet: its comments, and its rules without colours and lengths."""
    content = nothing()
    content.elements.append(Element("sheet", {}, place, text))
    whole = Piece(text, place, raw=True)
    for comment in _CSS_COMMENT.finditer(text):
        content.pieces.append(Piece(comment[0], place_in(whole, comment.start()), COMMENT, hidden=hidden))
    rules = _LOOKS.sub("", _CSS_COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text))
    content.pieces.append(Piece(rules, place, CODE, hidden=hidden, raw=True))
    return content


def _program(text: str, place: str, hidden: bool = False) -> Content:
    """Return the content of a script; one that only hands JSON on, as the search index does, is read as JSON.

    The search index holds the words of the pages, and so is what a reader is shown; so are the texts that the search
    quotes, each of which is read as the page that it is of.
    """
    content = nothing()
    content.elements.append(Element("program", {}, place, text))
    handed = _CALL.fullmatch(text.strip())
    try:
        value = records.parsed(handed[1]) if handed else None
    except (ValueError, RecursionError):
        value = None
    if value is None:
        content.pieces.append(Piece(text, place, CODE, hidden=hidden, raw=True))
    elif text.startswith(_INDEX):
        content.pieces.extend(records.words(value, place and f"{place}, "))
    elif text.startswith(_TEXTS) and isinstance(value, dict):
        content.inner.extend(Inner(_PAGE, str(page).encode(), f"{name}{_PAGE}", hidden) for name, page in value.items())
    else:
        content.take(records.read(value, place and f"{place}, "))
    return content


def _plain(text: str, place: str, kind: str = CODE, hidden: bool = False) -> Content:
    """Return the content of any other text."""
    content = nothing()
    content.pieces.append(Piece(text, place, kind, hidden=hidden, raw=True))
    return content


_ASCII = re.compile(rb"[\x20-\x7e\t]{4,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00){4,}")
_UTF8 = re.compile(rb"(?:[\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){4,}")
_PNG, _PNG_NOTES = b"\x89PNG\r\n\x1a\n", (b"tEXt", b"zTXt", b"iTXt", b"eXIf")
_PIXELS = b"IDAT"
_JPEG, _MARKER, _PICTURE = b"\xff\xd8\xff", 0xFF, 0xDA
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_LONGEST_NAME, _SOME_VALUE = 40, "0.5"
_MOST_BYTES = 64 * 2**20
"""Of what is packed, no more is unpacked, so that a file that unpacks without end does no harm."""


def _binary(data: bytes, place: str, hidden: bool = False) -> Content:
    """Return the words in a file that is no text, and in its compressed parts, if it is a picture or a PDF."""
    content = nothing()
    for where, part in [("its bytes", _unpainted(data)), *_notes(data), *_streams(data)]:
        words, within = list(_words(part)), f"{place}, {where}" if place else where
        if words:
            content.pieces.append(Piece("\n".join(words), within, CODE, hidden=hidden))
            content.tables.append(_column_names(words, within))
    return content


def _column_names(words: list[str], place: str) -> Table:
    """Return what may be the names of columns in a file of data, whose values are no text."""
    names = tuple(dict.fromkeys(word.strip() for word in words if len(word) <= _LONGEST_NAME))
    return Table(names, [(_SOME_VALUE,) * len(names)], place, CODE)


def _members(data: bytes) -> list[tuple[str, bytes]]:
    """Return the name and the content of every file of an archive; nothing if it is none, or locked or broken."""
    try:
        if data[:2] == b"\x1f\x8b":
            return [("its content", gzip.GzipFile(fileobj=io.BytesIO(data)).read(_MOST_BYTES))]
        if data[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return [(each.filename, _member(archive, each)) for each in archive.infolist() if not each.is_dir()]
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        pass
    return []


def _member(archive: zipfile.ZipFile, each: zipfile.ZipInfo) -> bytes:
    with archive.open(each) as file:
        return file.read(_MOST_BYTES)


def _words(data: bytes) -> Iterator[str]:
    yield from (found.decode("ascii") for found in _ASCII.findall(data))
    yield from (found.decode("utf-16-le") for found in _WIDE.findall(data))
    yield from (found.decode(errors="ignore") for found in _UTF8.findall(data) if not found.isascii())


def _notes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the notes of a PNG or a JPEG one by one, as they are and unpacked."""
    notes = _chunks(data) if data.startswith(_PNG) else _segments(data) if data.startswith(_JPEG) else ()
    for name, note in notes:
        yield f"its {name}", note + b"\n" + _unpacked(note)


def _unpainted(data: bytes) -> bytes:
    """Return a PNG without its packed pixels, in which words stand by chance only; any other file as it is."""
    kept, start = data[: len(_PNG)], len(_PNG)
    while data.startswith(_PNG) and start + 8 <= len(data):
        (length,), kind = struct.unpack(">I", data[start : start + 4]), data[start + 4 : start + 8]
        end = start + 12 + length
        kept += b"" if kind == _PIXELS and end <= len(data) else data[start:end]
        start = end
    return kept + data[start:]


def _chunks(data: bytes) -> Iterator[tuple[str, bytes]]:
    start = len(_PNG)
    while start + 8 <= len(data):
        (length,), kind = struct.unpack(">I", data[start : start + 4]), data[start + 4 : start + 8]
        if kind in _PNG_NOTES:
            yield f"{kind.decode()} chunk", data[start + 8 : start + 8 + length]
        start += 12 + length


def _segments(data: bytes) -> Iterator[tuple[str, bytes]]:
    start = len(_JPEG) - 1
    while start + 4 <= len(data) and data[start] == _MARKER and data[start + 1] != _PICTURE:
        (length,) = struct.unpack(">H", data[start + 2 : start + 4])
        yield f"segment {data[start + 1]:X}", data[start + 4 : start + 2 + length]
        start += 2 + length


def _streams(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the compressed streams of a PDF."""
    for number, stream in enumerate(_STREAM.findall(data) if data.startswith(b"%PDF") else (), start=1):
        yield f"its stream {number}", _unpacked(stream)


def _unpacked(packed: bytes) -> bytes:
    """Return what is compressed in a note or a stream, wherever in it that begins; nothing if nothing is."""
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", packed):
        try:
            return zlib.decompressobj().decompress(packed[match.start() :], _MOST_BYTES)
        except zlib.error:
            continue
    return b""
