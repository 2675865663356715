"""Numbers for download: the frame behind a figure as CSV, and every pasted value as JSON."""

import json

from gistbook.book.downloads.material import tagless

_UNKNOWN = "NA"
_FORMULA = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet would compute."""


def as_csv(frame: dict, notes: list[str]) -> str:
    """Return a frame, as a chapter pastes it, as CSV under notes, a line each after a #.

    Text is in quotes, and one that a spreadsheet would take for a formula has an apostrophe before it.
    """
    explained = ["time is in days"] if "time" in frame["columns"] else []
    said = [*notes, "; ".join([*explained, f"{_UNKNOWN} is what is not known"])]
    lines = [f"# {' '.join(note.split())}" for note in said]
    lines += [",".join(map(_cell, row)) for row in [frame["columns"], *frame["rows"]]]
    return "\n".join(lines) + "\n"


def as_json(values: dict, about: dict[str, str]) -> str:
    """Return what the chapters pasted, by chapter and key, and what the data are."""
    return tagless(json.dumps({**about, "values": values}, indent=1, sort_keys=True, ensure_ascii=False)) + "\n"


def _cell(value) -> str:
    if not isinstance(value, str):
        return _UNKNOWN if value is None else repr(value)
    plain = " ".join("".join(letter for letter in value if letter.isprintable() or letter.isspace()).split())
    plain = f"'{plain}" if plain.startswith(_FORMULA) else plain
    return '"' + plain.replace('"', '""') + '"'
