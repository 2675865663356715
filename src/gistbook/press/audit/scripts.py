"""Rule on scripts: none runs in a page but those of the theme that somebody has reviewed."""

import re
from collections.abc import Iterator

from gistbook.press.audit.findings import Element, Leak, Rule, Sheet, leak
from gistbook.press.audit.reviewed import may_run
from gistbook.press.audit.sought import Sought

SCRIPT = Rule(
    "a script that is none of the theme's",
    "Escape what comes from data; if the theme is a new one, review its scripts and list them anew.",
)

_BLANK = re.compile(r"[\x00-\x20\u00a0]+")
_RUNNING = ("javascript:", "vbscript:", "data:text/html", "data:application/xhtml", "data:text/javascript",
            "data:application/javascript", "data:image/svg+xml")  # fmt: skip
_DRAWN_ONLY = {"img", "source", "image"}
"""Elements that show a drawing and run nothing in it."""

_DATA_TYPES = re.compile(r".*json.*|text/(?:plain|html|x-template|template|csv|tab-separated-values)|.*xml|text/x-.*")


def scripts(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find scripts within pages, drawings and notebooks, in elements, in attributes and in addresses."""
    for element in sheet.content.elements:
        if _runs(element):
            yield leak(sheet, element.place, SCRIPT)


def _runs(element: Element) -> bool:
    """Tell whether an element runs a script that is not reviewed."""
    kind = element.attributes.get("type", "").lower()
    if element.tag == "script" and element.text.strip() and not _DATA_TYPES.fullmatch(kind):
        return not may_run(element.text)
    return any(_runs_by(name, value, element.tag) for name, value in element.attributes.items())


def _runs_by(name: str, value: str, tag: str) -> bool:
    if name.startswith("on"):
        return bool(value.strip())
    address = _BLANK.sub("", value).lower()
    if tag in _DRAWN_ONLY and address.startswith("data:image/"):
        return False
    return address.startswith(_RUNNING) and name not in ("alt", "title", "aria-label", "content", "style", "class")
