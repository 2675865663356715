"""A figure that stands alone, outside of any page: a drawing on white with title and caption, and a picture of it."""

import re
import struct
import textwrap
import zlib

from gistbook.conventions import escaped
from gistbook.display.figures.naming import width_of

_DRAWING = re.compile(r'<div class="gb-wide">(<svg .*?</svg>)</div>', re.DOTALL)
_SIZE = re.compile(r' width="([\d.]+)" height="([\d.]+)"')
_TAG, _COLOUR = re.compile(r"<[^<>]*>"), re.compile(r"var\(--gb-\w+, (#\w+)\)")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_MARGIN, _LINE, _LETTER = 16, 17, 7
"""Pixels around a drawing, from one line of words to the next, and of a letter."""

_INK, _PAPER, _UNREADABLE = "#222", "#fff", "\ufffd"
_SHARPNESS = 2
"""Dots of a picture for each pixel of the drawing."""

_HEAD = 33
"""Bytes of a picture before its first note: the signature, and the chunk with its size."""


def alone(html: str, title: str, caption: str) -> str:
    """Return the drawing of a figure for a wide page as a file of its own, in the colours of the light theme.

    Parameters
    ----------
    html : str
        The figure, as `canvas.figure` makes it.
    title, caption : str
        What it shows, in bold above it, and what else is to be said of it, and of its data, below.

    Returns
    -------
    str
        SVG; nothing where words stand in the place of a figure.
    """
    found = _DRAWING.search(html)
    if not found:
        return ""
    drawing = _TAG.sub(lambda tag: _COLOUR.sub(r"\1", tag[0]), found[1])
    across, down = map(float, _SIZE.search(drawing).groups())
    above, below = (_lines(words, across) for words in (title, caption))
    top = _MARGIN + _LINE * len(above) + _MARGIN
    bottom = top + down + _MARGIN
    parts = [
        f"<title>{escaped(title)}</title><desc>{escaped(caption)}</desc>",
        f'<rect width="{across + 2 * _MARGIN:g}" height="{bottom + _LINE * (len(below) + 1):g}" fill="{_PAPER}"/>',
        _written(above, _MARGIN, "bold"),
        drawing.replace("<svg ", f'<svg x="{_MARGIN}" y="{top:g}" overflow="visible" ', 1),
        _written(below, bottom, "normal"),
    ]
    size = f'{across + 2 * _MARGIN:g}" height="{bottom + _LINE * (len(below) + 1):g}'
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{size}">{"".join(parts)}</svg>\n'
    return _NO_XML.sub(_UNREADABLE, whole)


def picture(svg: str, note: str) -> bytes:
    """Return a picture (PNG) of a drawing that stands alone, which holds a note that programs can read."""
    import vl_convert

    png = vl_convert.svg_to_png(svg, scale=_SHARPNESS)
    said = b"iTXt" + b"Description\0\0\0\0\0" + note.encode(errors="replace")
    chunk = struct.pack(">I", len(said) - 4) + said + struct.pack(">I", zlib.crc32(said))
    return png[:_HEAD] + chunk + png[_HEAD:]


def _lines(words: str, across: float) -> list[str]:
    """Return words in lines that are no wider than a drawing; what a letter takes is judged by all of them."""
    letter = max(_LETTER, width_of(words) / max(len(words), 1))
    return textwrap.wrap(words, int(across / letter))


def _written(lines: list[str], top: float, weight: str) -> str:
    words = [
        f'<text x="{_MARGIN}" y="{top + _LINE * (number + 0.8):g}">{escaped(line)}</text>'
        for number, line in enumerate(lines)
    ]
    return f'<g font-family="sans-serif" font-size="13" font-weight="{weight}" fill="{_INK}">{"".join(words)}</g>'
