"""What figures, tables and phrases hand to a notebook: HTML with the same in words, and what is recorded beside it.

A figure is a pair of drawings, for a wide and for a narrow page. In a notebook it is one picture, which every viewer
shows without a style sheet of ours, a viewer that does not trust the notebook too; `inlined` makes of it what pages
have, drawings that follow the colours of the page. The one door to vl-convert: the one process that draws for a whole
book imports this, and nothing that makes specs.
"""

import re
import unicodedata
from urllib.parse import quote, unquote

from gistbook.conventions import FRAMES_TYPE, escaped, is_known

_PICTURE = (
    '<picture class="gb-drawing"><source media="(max-width: 640px)" srcset="{narrow}">'
    '<img src="{wide}" alt="{description}" style="max-width: 100%; background: #fff"></picture>'
)
_INLINE = (
    '<div class="gb-drawing" role="img" aria-label="{description}">'
    '<div class="gb-wide">{wide}</div><div class="gb-narrow">{narrow}</div></div>'
)

TABLE_BEGINS = '<div class="gb-table"'
"""How the HTML of a table begins, and that of nothing else that a cell shows."""

LETTER, WIDE_LETTER = 7, 12
"""Width in pixels of a letter in the size that figures have: of most scripts, and of Chinese, Japanese and Korean."""

_SVG = "data:image/svg+xml,"

NOTHING = {"data": {"values": []}, "mark": "point"}
"""A spec that draws nothing."""

NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What may not stand in a drawing, as XML has it."""

_FAINT = re.compile(r'(<(?:line|path|rect) (?![^<>]*-opacity)[^<>]*?) opacity="([^"]*)"')
"""A shape that is faint as a whole, for which the drawing program lays a layer of the size of the whole drawing."""

_FORM = re.compile(
    re.escape(_PICTURE)
    .replace(r"\{description\}", '(?P<description>[^"]*)')
    .replace(r"\{wide\}", f'{re.escape(_SVG)}(?P<wide>[^"]*)')
    .replace(r"\{narrow\}", f'{re.escape(_SVG)}(?P<narrow>[^"]*)')
)


class Displayed:
    """What a notebook displays: HTML, and the same in words for readers who cannot see it.

    `frames` are the tidy estimates that it was drawn from, by name, none of patients. With a `key`, the output that
    shows it records them, so that they can be compared with those of another run.
    """

    def __init__(self, html: str, description: str, frames: dict | None = None, key: str = ""):
        self.html, self.description, self.frames, self.key = html, description, frames or {}, key

    def __repr__(self) -> str:
        return self.description

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        shown = {"text/html": self.html, "text/plain": self.description}
        return shown, recorded(self.key, "", self.frames) if self.key else {}


def recorded(key: str, prefix: str, frames: dict) -> dict:
    """Metadata of an output by which it is looked up under a key, with frames of estimates as JSON has them."""
    scrapbook = {"scrapbook": {"name": key, "mime_prefix": prefix}}
    return scrapbook | ({FRAMES_TYPE: {name: _as_json(frame) for name, frame in frames.items()}} if frames else {})


def picture(wide: str, narrow: str, description: str) -> str:
    """Two drawings, as SVG, as one picture that brings along which is for a narrow page."""
    parts = {"wide": _SVG + quote(wide), "narrow": _SVG + quote(narrow)}
    return _PICTURE.format(description=escaped(description), **parts)


def inlined(html: str) -> str:
    """HTML in which each picture of drawings stands as the drawings themselves."""
    return _FORM.sub(
        lambda picture: _INLINE.format(
            description=picture["description"], wide=unquote(picture["wide"]), narrow=unquote(picture["narrow"])
        ),
        html,
    )


def width_of(text: str) -> int:
    """Width of a text in pixels, about; not measured, since no machine has the fonts of all readers."""
    return sum(WIDE_LETTER if unicodedata.east_asian_width(letter).lower() in "wf" else LETTER for letter in text)


def draw(spec: dict) -> str:
    """The drawing of a spec as SVG; the first one takes half a second longer, as the drawing program starts."""
    import vl_convert

    return vl_convert.vegalite_to_svg(spec, vl_version="v6_1")


def png(svg: str) -> bytes:
    """A drawing as a picture (PNG), of two dots for each pixel of the drawing."""
    import vl_convert

    return vl_convert.svg_to_png(_FAINT.sub(r'\1 fill-opacity="\2" stroke-opacity="\2"', svg), scale=2)


def _as_json(frame) -> dict:
    from gistbook.schemas import estimates_only

    rows = [list(map(_json_value, row)) for row in estimates_only(frame).itertuples(index=False, name=None)]
    return {"columns": list(map(str, frame.columns)), "rows": rows}


def _json_value(value):
    if isinstance(value, str):
        return value
    number = value.item() if hasattr(value, "item") else value
    return number if isinstance(number, int | float) and is_known(number) else None
