"""The look and feel of the book: an extension of Sphinx that `_config.yml` names; `README.md` lists what is where."""

from gistbook.book.theme import metadata, notebooks, pages, search


def setup(app) -> dict:
    """Add every part of the theme to Sphinx."""
    for part in (pages, notebooks, metadata, search):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
