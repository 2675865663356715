"""What notebooks show, as pages have it: pasted numbers as links to their rows, and pictures of figures as drawings.

A phrase that has a row in the table of its page leads to it; a drawing stands in the page itself, in the colours of the
page's theme.
"""

from gistbook.conventions import ROW_OF
from gistbook.display.outputs import inlined

_LINKED = "gb-number"


def setup(app) -> None:
    """Have the role `glue:text` of myst-nb link what has a row, its words as they were, and drawings set inline."""
    from docutils import nodes
    from myst_nb.ext.glue.roles import PasteTextRole
    from myst_nb.ext.glue.utils import retrieve_glue_data

    class PasteNumberRole(PasteTextRole):
        """Sets a pasted phrase; a number as a link."""

        def run(self):
            made, messages = super().run()
            for node in made:
                node["support_smartquotes"] = False  # the quotes and dashes of data stay as they are
            if messages or "::" in self.text:
                return made, messages
            pasted = retrieve_glue_data(self.document, self.text.rsplit(":", 1)[0])
            row = pasted.metadata.get(ROW_OF)
            link = nodes.reference("", "", *made, refuri=f"#{row}", internal=True, classes=[_LINKED])
            return ([link] if row else made), messages

    app.add_role_to_domain("glue", "text", PasteNumberRole(), override=True)
    app.connect("doctree-read", _set_drawings)


def _set_drawings(app, doctree) -> None:
    from docutils import nodes

    for raw in doctree.findall(nodes.raw):
        raw.children = [nodes.Text(inlined(raw.astext()))]
