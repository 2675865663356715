"""Rule on other hosts: nothing that a page loads, or sends a form to, is elsewhere; a link may lead anywhere."""

import re
from collections.abc import Iterator

from gistbook.press.audit.findings import Element, Leak, Rule, Sheet, leak
from gistbook.press.audit.sought import Sought

REMOTE = Rule(
    "something that the page loads from, or sends to, another host",
    "Put the file into the book, or leave it out: whoever reads the page would be known there.",
)

_LOADING = {"src", "href", "xlink:href", "data", "action", "formaction", "poster", "background", "manifest", "codebase",
            "classid", "archive", "imagesrcset", "srcset", "content", "lowsrc", "dynsrc"}  # fmt: skip
_LISTS = ("srcset", "imagesrcset")
_LINKS = ("a", "area")
_HARMLESS = {"canonical", "license", "author", "help", "next", "prev", "alternate", "me", "bookmark", "index", "search",
             "genindex", "copyright", "up", "contents", "glossary"}  # fmt: skip
"""What a `link` may be of another host, as no browser fetches it."""

_REMOTE = re.compile(r"\s*(?:(?:https?|wss?|ftp):)?[/\\]{2}[^/\\\s]", re.IGNORECASE)
_URL = r"(?:(?:https?|wss?):)?(?:\\?/){2}[\w.-]+\.[\w.-]+"
_IN_STYLE = re.compile(rf"(?:url\(\s*|@import\s+)[\"']?\s*{_URL}", re.IGNORECASE)
_REFRESH = re.compile(r"\s*\d*\s*[;,]\s*(?:url\s*=)?\s*[\"']?(.*)", re.IGNORECASE)

_QUOTE = r"[\"'`]"
_CALLS = (
    r"import\s*\(?\s*|\bfrom\s*|\bfetch\s*\(\s*|\bnew\s+(?:Shared)?Worker\s*\(\s*|\bimportScripts\s*\(\s*|"
    r"\bnew\s+(?:WebSocket|EventSource|Image|Request)\s*\(\s*|\bsendBeacon\s*\(\s*|\.open\s*\(\s*[\"'`]\w+[\"'`]\s*,\s*|"
    r"\.(?:src|action|data|poster)\s*=\s*|\bsetAttribute\s*\(\s*[\"'`](?:src|action|data)[\"'`]\s*,\s*|"
    r"\brequire\s*\(\s*\[?\s*|\.(?:get|post|ajax|load|getJSON|getScript|csv|json|tsv)\s*\(\s*"
)
_IN_PROGRAM = re.compile(rf"(?:{_CALLS}){_QUOTE}\s*{_URL}")
_ASSET = re.compile(
    rf"(?<!schema\":)(?<!schema\": ){_QUOTE}{_URL}[^\"'`\s]*"
    r"(?:\.(?:m?js|css|woff2?|wasm|csv|json|png|svg)|npm/[\w@./-]+|[?&]noext)[\"'`?]"
)
_WRITTEN = re.compile(rf"<(?:script|link|img|iframe|object|embed)[^>]*(?:src|href|data)\s*=\s*\\?[\"']?\s*{_URL}")
_ADDRESSES = ("url", "datasetUrl", "dataUrl")


def loads(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find what a browser would fetch from another host by itself: elements, styles, programs, data of a chart."""
    for element in sheet.content.elements:
        if _READERS.get(element.tag, _is_remote)(element):
            yield leak(sheet, element.place, REMOTE)
    for table in sheet.content.tables:
        addressed = [number for number, name in enumerate(table.names) if name in _ADDRESSES]
        fetched = any(_REMOTE.match(row[number]) for number in addressed for row in table.rows)
        if fetched and table.place.endswith("/data"):
            yield leak(sheet, table.place, REMOTE)


def _is_remote(element: Element) -> bool:
    found = element.attributes
    if element.tag in _LINKS:
        return bool(_REMOTE.match(found.get("ping", "")))
    if element.tag == "link" and set(found.get("rel", "").lower().split()) <= _HARMLESS and found.get("rel"):
        return False
    loading = [(name, value) for name, value in found.items() if name in _LOADING]
    addresses = [address for name, value in loading for address in _addresses(name, value, element.tag)]
    return any(map(_REMOTE.match, addresses))


def _addresses(name: str, value: str, tag: str) -> list[str]:
    """Return the addresses in an attribute: one, or a list of them; of `content` only where a page leads on."""
    if name in _LISTS:
        return value.split(",")
    if name != "content":
        return [value]
    match = _REFRESH.match(value) if tag == "meta" else None
    return [match[1]] if match else []


def _styles(element: Element) -> bool:
    return bool(_IN_STYLE.search(element.text))


def _program(element: Element) -> bool:
    return any(form.search(element.text) for form in (_IN_PROGRAM, _ASSET, _WRITTEN))


_READERS = {"sheet": _styles, "program": _program}
