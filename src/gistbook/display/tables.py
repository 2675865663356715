"""Set a frame of words and numbers as a plain, escaped, accessible HTML table that the page's theme colours.

The one template of tables is `table.html`, and Jinja escapes whatever stands in it; the one door to Jinja is here.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from gistbook.conventions import NOT_RECORDED, is_known, rounded
from gistbook.display.outputs import Displayed
from gistbook.schemas import estimates_only

_MADE = "made-"
"""How the id of the place before a cell begins, which has no heading that could be named."""


class Links:
    """Links to chapters of the book; a name has letters only, so that nothing else can be written into a page.

    Raises
    ------
    ValueError
        A place is not a chapter's name, with a section's after a # or without.
    """

    def __init__(self, places: list[str]):
        strange = [place for place in places if not re.fullmatch(r"[a-z_]+(#[a-z0-9_-]+)?", place)]
        if strange:
            raise ValueError(f"These are not chapters of the book: {strange}.")
        self.places = [place.partition("#") for place in places]

    def __str__(self) -> str:
        return "; ".join(_named(slug, section) for slug, _, section in self.places)

    def __html__(self) -> str:
        links = [f'<a href="{slug}.html{mark}{to}">{_named(slug, to)}</a>' for slug, mark, to in self.places]
        return "; ".join(links)


def show(frame: pd.DataFrame, caption: str, note: str = "") -> Displayed:
    """Set a frame as a table: a caption that stands alone, header cells for columns and for the first of each row.

    Parameters
    ----------
    frame : DataFrame
        One row per row of the table; its column names are the headers. No subject-level column.
    caption : str
        What the table shows, of whom.
    note : str
        The sentence on the data, as `prose.introduce` returns it.
    """
    caption = f"{caption} {note}".strip()
    if estimates_only(frame).empty:
        return Displayed(_html(frame, f"{caption} ({NOT_RECORDED.capitalize()}.)"), NOT_RECORDED)
    frame = frame.astype(object).where(frame.notna(), NOT_RECORDED)
    return Displayed(_html(frame, caption), frame.to_string(index=False))


def pairs(meanings: dict, headers: list[str], caption: str) -> Displayed:
    """Set words and their meanings as a table of two columns."""
    return show(pd.DataFrame(list(meanings.items()), columns=headers), caption)


def dictionary(columns: tuple, caption: str) -> Displayed:
    """Set the columns of a schema as a table: name, meaning, unit or permitted values."""
    rows = [(c.name, c.meaning, c.unit or c.kind, ", ".join(c.permitted) or "any", c.adam or c.name) for c in columns]
    frame = pd.DataFrame(rows, columns=["Column", "Meaning", "Unit or kind", "Values", "ADaM name"])
    return show(frame if any(c.adam for c in columns) else frame.drop(columns="ADaM name"), caption)


def linked(frame: pd.DataFrame, column: str, caption: str, note: str = "") -> Displayed:
    """Set a frame as a table in which one column leads to pages of the book.

    A cell of that column is text, or a list of chapters by name (`methods`, or `methods#groups` for a section).
    """
    cells = [Links(cell) if isinstance(cell, list) else cell for cell in frame[column]]
    return show(frame.assign(**{column: cells}), caption, note)


def anchored(table: Displayed, ids: list[str]) -> Displayed:
    """Return a table whose rows have ids, to which a link can lead.

    Raises
    ------
    ValueError
        An id has other than small letters, digits, - and _, is there twice, or there are not as many as rows.
    """
    head, body = table.html.split("<tbody>")
    strange = [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9_-]*", name)]
    if strange or len(set(ids)) != len(ids) or len(ids) != body.count("<tr>"):
        raise ValueError(f"These are not the ids of the rows: {ids}.")
    parts = body.split("<tr>")
    rows = "".join(f'<tr id="{name}">{part}' for name, part in zip(ids, parts[1:], strict=True))
    return Displayed(f"{head}<tbody>{rows}", table.description, table.frames)


def html(headings: Iterable[str], rows: Iterable[tuple[dict, Sequence]], caption: str, label: str = "") -> str:
    """Return a table as HTML: of each row its attributes and its cells; with a `label`, it is a group of that name.

    Whatever stands in it is escaped, but for what has HTML of its own (`__html__`).
    """
    about = {"role": "group", "aria-label": label} if label else {}
    return _template().render(headings=headings, rows=rows, caption=caption, about=about)


def link(place: str, words: str):
    """Return a link to a place, as a cell of a table."""
    from markupsafe import Markup

    return Markup('<a href="{}">{}</a>').format(place, words)


@functools.cache
def _template():
    from jinja2 import Environment

    text = Path(__file__).with_name("table.html").read_text(encoding="utf-8")
    return Environment(autoescape=True).from_string(text)


def _html(frame: pd.DataFrame, caption: str) -> str:
    rows = [({}, [_cell(cell) for cell in cells]) for cells in frame.itertuples(index=False)]
    return html(frame.columns, rows, caption)


def _cell(cell):
    """Return a cell as it is printed; a number that is no whole one has one decimal."""
    if isinstance(cell, Links):
        return cell
    if isinstance(cell, float):
        return rounded(cell, 0 if cell.is_integer() else 1) if is_known(cell) else NOT_RECORDED
    return str(cell)


def _named(slug: str, section: str) -> str:
    words = slug.replace("_", " ").capitalize()
    section = "" if section.startswith(_MADE) else section
    return f"{words}, {section.replace('-', ' ')}" if section else words
