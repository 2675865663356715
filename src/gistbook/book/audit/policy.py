"""What may run in a page, and what the theme puts into every book: the policy, and the reviewed list.

Sphinx writes the policy into each page, as `_config.yml` names this module among its extensions. Inline, only scripts
of the reviewed list may run, and the line by which the theme tells a page its own name.

The list is what the theme puts into every book, as somebody has reviewed it: files and scripts by digest, texts, and
words of classes. Elements and attributes are names that do nothing; what an attribute says is text like any other.
`make theme` makes the list of a book without data, never of one under audit, and each new line of it is reviewed.
"""

import base64
import functools
import hashlib
import re
from collections import defaultdict
from collections.abc import Container, Iterator
from pathlib import Path

from gistbook.book.audit import SCRIPT, UNLISTED, Rule
from gistbook.book.audit.parsing import Markup, Part, tokens

FRONT = "default-src 'none'; base-uri 'none'; form-action 'none'"  # of the front page, which only leads on
_SOURCES = (
    "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
)
"""One policy for a book that is served and one that is read from a disk, where `'self'` is any file of it."""

PAGE_NAME = "DOCUMENTATION_OPTIONS.pagename = '{}';"  # the line by which the theme tells a page its own name
_STYLES = {
    ".pst-js-only { display: none !important; }",
    "max-width: 100%; background: #fff",
    "transform: rotate(-90deg)",
}

_LOGO = re.compile(r"(?:\.\./)*_static/images/logo_\w+\.(?:svg|png)")  # on a button of the theme, whose file it is
_LIST, _OWN = Path(__file__).with_name("reviewed.txt"), Path(__file__).parents[1] / "theme" / "static"
_NAME, _PAGE_NAME = re.compile(r"[\w./-]+"), re.compile(PAGE_NAME.replace(".", r"\.").format(r"[\w./-]*"))

_NUMBERED = re.compile(
    r"(?:toctree-l|toc-h)\d{1,2}|[cs][12]|tex2jax_ignore|highlight-ipython3|"
    r"(?:(?:child|(?:concat|layer)_\d{1,2})_)+(?:marks|group|pathgroup)"
)
"""Classes with a number: of lists of contents, of coloured code, and of parts of a drawing."""


@functools.cache
def reviewed() -> dict[str, set[str]]:
    """Return what a book may have, by kind: digests of a `file` and a `script`, each `text`, and names.

    Of elements there are two lists, of a `page` and of what is `shown` by cells, and of attributes too, each
    `attribute`, and those of what is `drawn` besides; of classes, each `word` that makes them up.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.removeprefix("also-").partition(" ")
        names = [rest] if kind == "text" else rest.split()
        kinds[kind].update(names[:1] if kind in ("file", "script") else names)
    return kinds


def listed(markup: Markup, shown: bool = False, own: Container[str] = ()) -> Iterator[tuple[int, Rule]]:
    """Yield where elements and attributes stand that no page has, or, of what a cell has shown, no table or drawing.

    `own` are elements that the chapter itself writes, which have no attributes.
    """
    elements = reviewed()["shown" if shown else "page"]
    attributes = reviewed()["attribute"] | (reviewed()["drawn"] if shown else set())
    for element in markup.elements:
        is_inline = element.text or not element.attributes.get("src")
        runs = element.tag == "script" and is_inline and not is_data(element)
        is_theirs = runs and digest(element.text) not in reviewed()["script"] and not is_name(element.text)
        is_logo = element.tag == "img" and _LOGO.fullmatch(element.attributes.get("src", ""))
        is_known = is_logo or element.tag in elements or (element.tag in own and not element.attributes)
        if is_theirs or any(name.startswith("on") for name in element.attributes):
            yield element.at, SCRIPT
        elif not is_known or element.attributes.keys() - attributes:
            yield element.at, UNLISTED
        style = element.text.strip() if element.tag == "style" else element.attributes.get("style", "")
        if style and style not in _STYLES:
            yield element.at, UNLISTED
    yield from ((at, UNLISTED) for text, at in markup.comments if " ".join(text.split()) not in reviewed()["text"])


def is_data(element: Part) -> bool:
    """Tell whether an element is of data for programs, which no browser runs."""
    return element.tag == "script" and element.attributes.get("type") == "application/ld+json"


def of_page(name: str) -> str:
    """Return the policy of a page, by its path in the book without its ending."""
    named = [digest(PAGE_NAME.format(name))] if _NAME.fullmatch(name) else []
    digests = [f"'{digest}'" for digest in [*sorted(reviewed()["script"]), *named]]
    return _SOURCES.format(scripts=" ".join(["'self'", *digests]))


def is_under_policy(elements: list[Part], file: str) -> bool:
    """Tell whether a page has the policy of the book, before whatever it is for; it holds for what comes after it."""
    for element in elements:
        if element.tag == "meta" and element.attributes.get("http-equiv", "").lower() == "content-security-policy":
            return element.attributes.get("content") in (FRONT, of_page(file))
        if element.tag not in ("html", "head", "meta"):
            return False
    return False


def is_of_the_theme(name: str, data: bytes) -> bool:
    """Tell whether a file is, byte for byte, one of the theme's, or one of ours as the package has it."""
    own = _OWN / name
    return hashlib.sha256(data).hexdigest() in reviewed()["file"] or (own.is_file() and own.read_bytes() == data)


def are_classes(names: str, *words: set[str]) -> bool:
    """Tell whether names of classes are made of words of the theme, or of others given; one with a number is listed."""
    parts, has_digits = _class_words(names)
    return not has_digits and not parts.difference(reviewed()["word"], *words)


@functools.lru_cache(2**12)
def _class_words(names: str) -> tuple[set[str], bool]:
    plain = " ".join(name for name in names.split() if not _NUMBERED.fullmatch(name))
    return set(tokens(plain)), bool(re.search(r"\d", plain))


def digest(script: str) -> str:
    """Return the digest of a script as a content security policy writes it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode(errors='replace')).digest()).decode()}"


def setup(app) -> dict:
    """Have Sphinx write the policy into the head of each page that it makes."""
    app.connect("html-page-context", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def is_name(script: str) -> bool:
    """Tell whether a script is the line by which the theme tells a page its own name."""
    return bool(_PAGE_NAME.fullmatch(script.strip()))


def _write(app, name: str, template: str, context: dict, doctree) -> None:
    meta = f'<meta http-equiv="Content-Security-Policy" content="{of_page(name)}" />'
    context["metatags"] = f"\n    {meta}{context.get('metatags', '')}"
    context["front_policy"] = FRONT
