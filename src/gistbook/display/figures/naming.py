"""Names of groups and drugs as a drawing has room for them; its description holds them in full."""

import itertools
import unicodedata

_NARROW, _WIDE = 7, 12
"""Width in pixels of a letter in the size that figures have: of most scripts, and of Chinese, Japanese and Korean."""


def width_of(text: str) -> int:
    """Return about how many pixels a text takes; not measured, since no machine has the fonts of all readers."""
    return sum(map(_width, text))


def fitted(name: str, room: int) -> str:
    """Return a name as it fits into so many pixels: its beginning and its end."""
    if width_of(name) <= room:
        return name
    return f"{_start(name, 0.6 * room)}…{_start(name[::-1], 0.4 * room - _WIDE)[::-1]}"


def short_names(names: list[str], room: int) -> dict[str, str]:
    """Return each name as it fits into so many pixels: its beginning and its end, numbered if two would look alike."""
    short = {name: fitted(name, room) for name in names}
    alike = {shown for shown in short.values() if list(short.values()).count(shown) > 1}
    return {name: f"{shown} ({i + 1})" if shown in alike else shown for i, (name, shown) in enumerate(short.items())}


def _start(text: str, room: float) -> str:
    used = itertools.accumulate(map(_width, text))
    return text[: sum(pixels <= room for pixels in used)]


def _width(letter: str) -> int:
    return _WIDE if unicodedata.east_asian_width(letter).lower() in "wf" else _NARROW
