"""Pasted phrases as they are: Sphinx sets the quotes and dashes of prose anew, and must not do so to the data's.

Sphinx loads this module, as `_config.yml` names it among its extensions.
"""

_PASTED = "pasted-text"
"""The class that myst-nb gives to what the role `glue:text` puts into a sentence."""

_BEFORE_QUOTES = 700
"""Sphinx sets quotes at 750."""


def setup(app) -> dict:
    """Have Sphinx leave pasted phrases alone."""
    from docutils import nodes
    from sphinx.transforms import SphinxTransform

    class AsTheyAre(SphinxTransform):
        """Marks pasted phrases as none of prose."""

        default_priority = _BEFORE_QUOTES

        def apply(self, **_) -> None:
            for node in self.document.findall(nodes.inline):
                if _PASTED in node["classes"]:
                    node["support_smartquotes"] = False

    app.add_transform(AsTheyAre)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
