"""The weight of a page: what it loads, when, and what is left out of the book because no page of it asks for it.

Scripts wait until the text is there; what only the search needs is loaded by its page alone. Of the theme's largest
style sheet stay the rules that a page or a script of the book can mean, and of the static files those that are named.
"""

import re
from collections.abc import Iterator
from pathlib import Path

_OF_THE_SEARCH = {"doctools.js", "sphinx_highlight.js"}
"""Scripts of Sphinx that only its search calls."""

_SETTING = "DOCUMENTATION_OPTIONS."
"""How the lines begin by which the theme tells a page its name, and that the search does not wait for each letter."""

_LARGEST = "styles/pydata-sphinx-theme.css"
_ICON_FONT = "font-family:Font Awesome"
_LICENCE = ".LICENSE.txt"
_READ = (".css", ".js")
_NEVER = (".map", ".html")

_WORD = re.compile(r"[\w-]+")
_FILE_NAME = re.compile(r"[\w.-]+\.\w+")
_TOKEN = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[{}]|[^{}"\'/]+|/', re.DOTALL)
_COMMENT = re.compile(r"/\*(!?).*?\*/", re.DOTALL)
_BETWEEN_SELECTORS = re.compile(r",(?![^()]*\))")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_NAMES = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")


def setup(app) -> None:
    """Have Sphinx load scripts late, and leave out what no page asks for."""
    app.connect("html-page-context", _defer, priority=900)
    app.connect("build-finished", _leave_out, priority=900)


def used(style: str, words: set[str]) -> str:
    """Return a style sheet without the rules that need a class or an id which is none of some words.

    Examples
    --------
    >>> used("p{top:0}.a,.b .c{top:1px}@media print{.c{top:2px}}", {"b", "c"})
    'p{top:0}.b .c{top:1px}@media print{.c{top:2px}}'
    >>> used("@media print{.c{top:2px}}.a{top:0}", {"a"})
    '.a{top:0}'
    """
    return "".join(_kept(before, body, words) for before, body in _rules(style))


def _defer(app, name: str, template: str, context: dict, doctree) -> None:
    scripts = [each for each in context["script_files"] if not str(each.attributes.get("body")).startswith(_SETTING)]
    if name != "search":
        scripts = [each for each in scripts if each.filename is None or Path(each.filename).name not in _OF_THE_SEARCH]
    for each in scripts:
        if each.filename:
            each.attributes.setdefault("defer", "defer")
    context["script_files"] = scripts


def _leave_out(app, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    html, static = Path(app.outdir), Path(app.outdir) / "_static"
    pages = "".join(_text(path) for path in sorted(html.rglob("*.html")) if static not in path.parents)
    kept = _asked_for(pages, [path for path in sorted(static.rglob("*")) if path.is_file()])
    for path in sorted(static.rglob("*"), reverse=True):
        if path.is_file() and path not in kept:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    largest = static / _LARGEST
    words = set(_WORD.findall(pages + "".join(_text(path) for path in sorted(kept) if path.suffix == ".js")))
    largest.write_text(used(_text(largest), words), encoding="utf-8")


def _asked_for(pages: str, files: list[Path]) -> set[Path]:
    """Return the files that pages name, or that a style or a script names which is one of them, and their licences."""
    kept: set[Path] = set()
    new, names = [], set(_FILE_NAME.findall(pages))
    while new := [path for path in files if path.name in names and path not in kept and path.suffix not in _NEVER]:
        kept |= set(new)
        names |= {name for path in new if path.suffix in _READ for name in _FILE_NAME.findall(_without_icons(path))}
    named = {path.name for path in kept}
    return kept | {path for path in files if path.name.endswith(_LICENCE) and path.name[: -len(_LICENCE)] in named}


def _without_icons(path: Path) -> str:
    text = _text(path)
    return used(text, set()) if path.as_posix().endswith(_LARGEST) else text


def _rules(style: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before each block at the top of a style sheet, and the block without its braces."""
    before, body, depth = [], [], 0
    for token in _TOKEN.findall(style):
        depth += (token == "{") - (token == "}")
        if token == "{" and depth == 1:
            continue
        if token == "}" and depth == 0:
            yield "".join(before), "".join(body)
            before, body = [], []
        else:
            (body if depth else before).append(token)


def _kept(before: str, body: str, words: set[str]) -> str:
    notes = "".join(found[0] for found in _COMMENT.finditer(before) if found[1])
    statements, end, selectors = _COMMENT.sub("", before).rpartition(";")
    head = f"{statements}{end}{notes}"
    if selectors.startswith(("@media", "@supports")):
        inner = used(body, words)
        return head + (f"{selectors}{{{inner}}}" if inner else "")
    if selectors.startswith("@"):
        return head + ("" if _ICON_FONT in body else f"{selectors}{{{body}}}")
    meant = [each for each in _BETWEEN_SELECTORS.split(selectors) if _is_meant(each, words)]
    return head + (f"{','.join(meant)}{{{body}}}" if meant else "")


def _is_meant(selector: str, words: set[str]) -> bool:
    return words.issuperset(_NAMES.findall(_IN_BRACKETS.sub("", selector)))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
