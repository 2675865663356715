"""Files that are no text: the words in them, the notes of a picture, the members of an archive."""

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from gistbook.press.audit.findings import CODE, Content, Piece, Table, nothing

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


def read(data: bytes, place: str, hidden: bool = False) -> Content:
    """Return the words in a file that is no text, and in its compressed parts, if it is a picture or a PDF."""
    content = nothing()
    for where, part in [("its bytes", _unpainted(data)), *_notes(data), *_streams(data)]:
        words, within = list(_words(part)), f"{place}, {where}" if place else where
        if words:
            content.pieces.append(Piece("\n".join(words), within, CODE, hidden=hidden))
            content.tables.append(_named(words, within))
    return content


def _named(words: list[str], place: str) -> Table:
    """Return what may be the names of columns in a file of data, whose values are no text."""
    names = tuple(dict.fromkeys(word.strip() for word in words if len(word) <= _LONGEST_NAME))
    return Table(names, [(_SOME_VALUE,) * len(names)], place, CODE)


def members(data: bytes) -> list[tuple[str, bytes]]:
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
