"""The content security policy of every page: what may run in it, and that nothing comes from another host.

Sphinx writes it into each page, as `_config.yml` names this module among its extensions, and the audit asks of each
page whether it is there. Inline, only scripts of the reviewed list may run, and the line by which the theme tells a
page its own name: its digest is reckoned from that name. Nothing is ever taken from a page that was built.
"""

import re
from collections.abc import Iterator

from gistbook.press.audit import reviewed
from gistbook.press.audit.findings import Element, Leak, Rule, Sheet, leak
from gistbook.press.audit.sought import Sought

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
    named = [reviewed.digest(reviewed.PAGE_NAME.format(name))] if _NAME.fullmatch(name) else []
    digests = [f"'{digest}'" for digest in [*sorted(reviewed.reviewed().scripts), *named]]
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
