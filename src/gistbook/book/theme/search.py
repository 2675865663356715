"""The text of every page for the search (`static/search.js`), which from a disk can read no other page."""

import json
import re
from pathlib import Path

from gistbook.conventions import unspelt

_FILE = "searchtexts.js"
_BEGINS, _ENDS = "Search.setTexts(", ");\n"
_ARTICLE = re.compile(r'<article class="bd-article">(.*)</article>', re.DOTALL)

_UNSEEN = re.compile(
    r"<(script|style|pre|summary)\b.*?</\1>|<svg\b[^<]*(?:<(?!/?svg\b)[^<]*)*</svg>|"
    r"<a class=\"headerlink\".*?</a>|<!--.*?-->|"
    r"<details class=\"gb-numbers\".*?</details>|<div class=\"gb-downloads gb-menu\".*?</div>",
    re.DOTALL,
)
"""Elements without a sentence in them, and those that say again what stands on the page; the index has the code too."""

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\"[^\"]*\"|'[^']*'|[^>\"'])*)>")
_BLOCK = re.compile("p|div|li|d[td]|t[rhd]|caption|figcaption|section|br|h[1-6]")
_ID = re.compile(r"\bid=(\"[^\"]*\")")

_NUMBER = re.compile(r"<a class=\"gb-number\b[^>]*>(.*?)</a>", re.DOTALL)
"""A number that the page itself computes, which the search tells from one that it mentions."""

_CELL = re.compile(r"(?=<(?:t[hdr]|caption|text|li|p|div|figcaption)\b)")


def setup(app) -> None:
    """Index the words of tables one by one, and write the text of the pages."""
    from docutils import nodes
    from sphinx.transforms.post_transforms import SphinxPostTransform

    class CellsApart(SphinxPostTransform):
        """Sets the cells of tables that are given as HTML apart, as Sphinx would index a row as one word."""

        default_priority = 900

        def run(self, **_) -> None:
            for node in [*self.document.findall(nodes.raw)]:
                if "html" in node.get("format", "").split():
                    node[:] = [nodes.Text(apart(node.astext()))]

    app.add_post_transform(CellsApart)
    app.connect("build-finished", _write)


def apart(html: str) -> str:
    """HTML as a page has it, its cells in lines of their own."""
    return _CELL.sub("\n", html)


def words(body: str) -> str:
    """Words of a page section by section, in lines: one a paragraph, a cell, or another block.

    >>> words('<section id="a"><h1>Who<a class="headerlink">#</a></h1><td>1</td><td>x</td></section>').splitlines()
    ['<section id="a">', 'Who', '1', 'x</section>']

    A number that the page computes stands in an element of its own.

    >>> words('<p>It is <a class="gb-number" href="#n"><span>9</span></a>.</p>')
    'It is <data>9</data>.'
    """
    marked = _NUMBER.sub(r"<data>\1</data>", _UNSEEN.sub("", body))
    text = _TAG.sub(_apart, re.sub(r"\s+", " ", marked))
    lines = (" ".join(line.split()) for line in unspelt(text).splitlines())
    return "\n".join(line for line in lines if line)


def words_of_page(page: str) -> str:
    """Words of the article of a page that was written."""
    article = _ARTICLE.search(page)
    return words(article[1]) if article else ""


def written(texts: dict[str, str]) -> str:
    """The file of the texts of pages."""
    return _BEGINS + json.dumps(texts, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c") + _ENDS


def read(file: str) -> dict[str, str]:
    """The texts of pages that a file holds; a ValueError if it holds none."""
    return json.loads(file.removeprefix(_BEGINS).removesuffix(_ENDS))


def _apart(tag: re.Match) -> str:
    """What stands for a tag: a section's or a number's own, the end of a line before another block, or nothing."""
    closes, name, attributes = tag.groups()
    if name == "section" and not closes:
        named = _ID.search(attributes)
        return f"\n<section id={named[1]}>" if named else '\n<section id="">'
    return tag[0] if name in ("data", "section") else "\n" if not closes and _BLOCK.fullmatch(name) else ""


def _write(app, error: Exception | None) -> None:
    if not error and app.builder.format == "html":
        pages = {name: Path(app.builder.get_outfilename(name)) for name in app.env.found_docs}
        texts = {name: words_of_page(page.read_text(encoding="utf-8")) for name, page in pages.items()}
        (Path(app.outdir) / "_static" / _FILE).write_text(written(texts), encoding="utf-8")
