"""Which pasted records are numbers, where a page uses them, and how their places on it are called."""

import re

ROW, MADE = "number-", "made-"
"""What stands before a key in the id of a number's row, and of the place before the cell that pasted it."""

ROW_OF = "gistbook_row"
"""Entry of an output's metadata by which the theme knows the row of what it pasted; the same is in `theme/numbers`."""

_ROLE = re.compile(r"\{glue:text\}`(\w+)[^`]*`")
_TELLING = ("value", "parts", "claim", "measure", "what")
"""Entries of a record by which it holds, or stands in the place of, a number; words have none of them."""


def is_number(record: dict) -> bool:
    """Tell whether a record holds a number, or words in the place of one, and not words of prose."""
    return any(record.get(name) not in (None, "") for name in _TELLING)


def numbers_of(cells: list, records: dict[str, dict]) -> list[str]:
    """Return the keys of the numbers that the text of a chapter uses, each once, in the order of the text."""
    texts = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    used = dict.fromkeys(key for text in texts for key in _ROLE.findall(text))
    return [key for key in used if is_number(records.get(key, {}))]


def pasted_by(cell) -> list[str]:
    """Return the keys under which a cell pasted something."""
    abouts = [output.get("metadata", {}).get("scrapbook", {}) for output in cell.get("outputs", [])]
    return [about["name"] for about in abouts if "name" in about]
