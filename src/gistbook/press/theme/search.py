"""The text of every page for the search, which from a disk can read no other page.

Sphinx's search finds pages by its index and then asks for each of them, to show the words around what it found.
`static/search.js` answers it from one file that is written here: the text of the pages, section by section.
"""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from gistbook.conventions import escaped

_FILE = "searchtexts.js"
_CALL = "Search.setTexts({texts});\n"
"""How the file begins tells the audit that it holds the words of the pages."""

_UNSEEN = ("script", "style", "svg", "pre", "summary")
"""Elements without a sentence in them; the index has the words of the code too."""
_BLOCKS = frozenset(
    ["p", "div", "li", "dt", "dd", "tr", "th", "td", "caption", "figcaption", "summary", "pre", "section", "br",
     "h1", "h2", "h3", "h4", "h5", "h6"]
)  # fmt: skip
_DRAWING = re.compile(r"<svg\b[^<]*(?:<(?!/?svg\b)[^<]*)*</svg>")
"""A drawing, none of whose many elements need be read."""

_CELL = re.compile(r"(?=<(?:t[hdr]|caption|text|li|p|div|figcaption)\b)")


class _Words(HTMLParser):
    """The words of a page within its sections, as markup that shows them and does nothing else."""

    def __init__(self):
        super().__init__()
        self.parts: list[str] = []
        self.unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if self.unseen or tag in _UNSEEN or "headerlink" in (attributes.get("class") or "").split():
            self.unseen += [tag] if not self.unseen or tag == self.unseen[0] else []
        elif tag == "section":
            self.parts.append(f'\n<section id="{escaped(attributes.get("id") or "")}">')
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.unseen:
            self.unseen = self.unseen[:-1] if tag == self.unseen[0] else self.unseen
        elif tag == "section":
            self.parts.append("</section>")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(escaped(re.sub(r"\s+", " ", data)))


def setup(app) -> None:
    """Have Sphinx index the words of tables one by one, and write the text of the pages."""
    from docutils import nodes
    from sphinx.transforms.post_transforms import SphinxPostTransform

    class CellsApart(SphinxPostTransform):
        """Sets the cells of tables that are given as HTML apart, as Sphinx would index a row as one word."""

        default_priority = 900

        def run(self, **_) -> None:
            for node in [*self.document.findall(nodes.raw)]:
                if "html" in node.get("format", "").split():
                    node[:] = [nodes.Text(_CELL.sub("\n", node.astext()))]

    app.gistbook_texts = {}
    app.add_post_transform(CellsApart)
    app.connect("html-page-context", _keep)
    app.connect("build-finished", _write)


def words(body: str) -> str:
    """Return the words of a page section by section, in lines: one a paragraph, a cell, or another block.

    Examples
    --------
    >>> words('<section id="a"><h1>Who<a class="headerlink">#</a></h1><td>1</td><td>x</td></section>').splitlines()
    ['<section id="a">', 'Who', '1', 'x</section>']
    """
    reader = _Words()
    reader.feed(_DRAWING.sub("<svg></svg>", body))
    reader.close()
    return re.sub(r" *\n\s*", "\n", "".join(reader.parts)).strip()


def _keep(app, name: str, template: str, context: dict, doctree) -> None:
    if doctree is not None:
        app.gistbook_texts[name] = words(context["body"])


def _write(app, error: Exception | None) -> None:
    if not error and app.builder.format == "html":
        texts = json.dumps(app.gistbook_texts, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
        (Path(app.outdir) / "_static" / _FILE).write_text(_CALL.format(texts=texts), encoding="utf-8")
