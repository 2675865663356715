"""What the theme says of a page to those who do not see it, mended where it is at fault."""

_LIST = '<div class="citation-list" role="list">\n'


def setup(app) -> None:
    """Have Sphinx set references as the items of a list."""
    from docutils import nodes

    app.add_node(nodes.citation, override=True, html=(_open_reference, _close_reference))


def _open_reference(translator, node) -> None:
    """Open a reference, and before the first one their list; docutils gives them a role that is no longer used."""
    if not isinstance(node.previous_sibling(), type(node)):
        translator.body.append(_LIST)
    translator.body.append(translator.starttag(node, "div", classes=[node.tagname], role="listitem"))


def _close_reference(translator, node) -> None:
    after = node.next_node(descend=False, siblings=True)
    translator.body.append("</div>\n" if isinstance(after, type(node)) else "</div>\n</div>\n")
