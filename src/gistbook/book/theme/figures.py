"""Figures on a page: the pictures of a notebook stand in it as drawings, in the colours of the page’s theme."""

from gistbook.display.outputs import inlined


def setup(app) -> None:
    """Have Sphinx set drawings in place of pictures."""
    app.connect("doctree-read", _set_drawings)


def _set_drawings(app, doctree) -> None:
    from docutils import nodes

    for raw in doctree.findall(nodes.raw):
        raw.children = [nodes.Text(inlined(raw.astext()))]
