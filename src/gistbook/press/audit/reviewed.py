"""What the theme puts into every book, as somebody has reviewed it: files by digest, scripts by digest or form.

A script has its digest as a content security policy writes it, of the very text; handlers in attributes have none.

The list is made of a stock book, one without data, by

    python -m gistbook.auditing . > reviewed.new && mv reviewed.new src/gistbook/press/audit/reviewed.txt

and its difference from the former one is reviewed before it is committed. It is never made of a book under audit.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gistbook.press.audit import markup

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
