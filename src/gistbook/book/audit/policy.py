"""What may run in a page, and that nothing comes from another host: policy, reviewed list, rules on scripts and hosts.

Sphinx writes it into each page, as `_config.yml` names this module among its extensions, and the audit asks of each
page whether it is there. Inline, only scripts of the reviewed list may run, and the line by which the theme tells a
page its own name: its digest is reckoned from that name. Nothing is ever taken from a page that was built.

The list is what the theme puts into every book, as somebody has reviewed it: files by digest, scripts by digest or
form. A script has its digest as a content security policy writes it, of the very text; handlers in attributes have
none. It is made of a stock book, one without data, by

    python -m gistbook.book.audit.gate . > reviewed.new && mv reviewed.new src/gistbook/book/audit/reviewed.txt

and its difference from the former one is reviewed before it is committed. It is never made of a book under audit.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gistbook.book.audit import markup
from gistbook.book.audit.findings import Element, Leak, Rule, Sheet, Sought, leak

POLICY = Rule(
    "no content security policy, or another one than the book's, or one that comes too late",
    "Let the book be made anew; every page of it says at its top what may run in it.",
)

FRONT = "default-src 'none'; base-uri 'none'; form-action 'none'"
"""The policy of the front page, which only leads on."""

_SOURCES = (
    "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
)
"""One policy for a book that is served and one that is read from a disk.

From a disk, `'self'` is any file of it; and no page may read another there, whatever the policy, so that the search
quotes pages from a script that holds their texts.
"""

_BEFORE = {"html", "head", "meta"}
"""What may stand before the policy; it holds for whatever comes after it."""

_PAGES = (".html", ".htm", ".xhtml")
_NAME = re.compile(r"[\w./-]+")


def of_page(name: str) -> str:
    """Return the policy of a page, by its path in the book without its ending."""
    named = [digest(PAGE_NAME.format(name))] if _NAME.fullmatch(name) else []
    digests = [f"'{digest}'" for digest in [*sorted(reviewed().scripts), *named]]
    return _SOURCES.format(scripts=" ".join(["'self'", *digests]))


def policies(sheet: Sheet, sought: Sought) -> Iterator[Leak]:
    """Find pages without the policy of the book, or with it where it comes too late."""
    if sheet.file.lower().endswith(_PAGES) and sheet.content.elements:
        found = [number for number, element in enumerate(sheet.content.elements) if _is_policy(element)]
        before = sheet.content.elements[: found[0]] if found else []
        said = sheet.content.elements[found[0]].attributes.get("content", "") if found else ""
        if said not in (FRONT, of_page(sheet.file.rpartition(".")[0])) or {e.tag for e in before} - _BEFORE:
            yield leak(sheet, "its head", POLICY)


def setup(app) -> dict:
    """Have Sphinx write the policy into the head of each page that it makes."""
    app.connect("html-page-context", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write(app, name: str, template: str, context: dict, doctree) -> None:
    meta = f'<meta http-equiv="Content-Security-Policy" content="{of_page(name)}" />'
    context["metatags"] = f"\n    {meta}{context.get('metatags', '')}"
    context["front_policy"] = FRONT


def _is_policy(element: Element) -> bool:
    return element.tag == "meta" and element.attributes.get("http-equiv", "").lower() == "content-security-policy"


_LIST = Path(__file__).with_name("reviewed.txt")
_FILE, _SCRIPT, _FORM = "file", "script", "form"
_MADE = {"documentation_options.js", "gistbook.css", "gistbook.js", "pydata-sphinx-theme.css", "searchtexts.js"}
_OURS = _MADE | {path.name for path in Path(__file__).parents[1].joinpath("theme", "static").iterdir()}
"""Files among the theme's that are written anew for every book, or ours; they are read like any other."""

PAGE_NAME = "DOCUMENTATION_OPTIONS.pagename = '{}';"
"""The line by which the theme tells a page its own name."""

_PAGE_NAME = PAGE_NAME.replace(".", r"\.").format(r"[\w./-]*")


class Reviewed(NamedTuple):
    """Digests of files, digests of scripts, and forms of scripts, that a book may have."""

    files: frozenset[str]
    scripts: frozenset[str]
    forms: tuple[re.Pattern, ...]


@functools.cache
def reviewed() -> Reviewed:
    """Return the reviewed list."""
    lines = [line.split(" ", 2) for line in _LIST.read_text(encoding="utf-8").splitlines() if line[:1] not in ("#", "")]
    digests = {kind: frozenset(line[1] for line in lines if line[0] == kind) for kind in (_FILE, _SCRIPT)}
    forms = tuple(re.compile(" ".join(line[1:])) for line in lines if line[0] == _FORM)
    return Reviewed(digests[_FILE], digests[_SCRIPT], forms)


def is_of_the_theme(data: bytes) -> bool:
    """Tell whether a file is, byte for byte, one of the theme's."""
    return hashlib.sha256(data).hexdigest() in reviewed().files


def may_run(script: str) -> bool:
    """Tell whether a script within a page is one of the theme's."""
    return digest(script) in reviewed().scripts or any(form.fullmatch(script.strip()) for form in reviewed().forms)


def digest(script: str) -> str:
    """Return the digest of a script as a content security policy writes it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode(errors='replace')).digest()).decode()}"


def listing(html: Path) -> list[str]:
    """Return the list that a stock book makes: a line a file and a script, each with what is to be reviewed."""
    static = [path for path in sorted((html / "_static").rglob("*")) if path.is_file() and path.name not in _OURS]
    files = [f"{_FILE} {hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(html)}" for path in static]
    scripts = {script for page in sorted(html.rglob("*.html")) for script in _scripts(page)}
    others = [script for script in scripts if not re.fullmatch(_PAGE_NAME, script)]
    told = [f"{_SCRIPT} {digest(script)} {' '.join(script.split())}" for script in sorted(others, key=str.strip)]
    return [f"{_FORM} {_PAGE_NAME}", *told, *files]


def _scripts(page: Path) -> Iterator[str]:
    for element in markup.read(page.read_text(encoding="utf-8")).elements:
        if element.tag == "script" and element.text.strip():
            yield element.text


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


REMOTE = Rule(
    "something that the page loads from, or sends to, another host",
    "Put the file into the book, or leave it out: that host would learn who reads the page.",
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
