"""The look and feel of the book, by the theme's own means: one Sphinx extension, its templates and its static files.

Sphinx loads this module, as `_config.yml` names it among its extensions. `README.md` in this folder says what is where.
"""

from pathlib import Path

from gistbook.press.theme import access, cite_box, found, metadata, numbers, repository, runtime, search, weight

_HERE = Path(__file__).parent
STYLES = ("gistbook.css", "icons.css", "mends.css", "figures.css", "numbers.css", "front.css", "cite.css", "print.css")
SCRIPTS = ("figures.js", "numbers.js", "code.js", "print.js")
PARTS = (access, metadata, cite_box, numbers, runtime, found, repository, search, weight)


def setup(app) -> dict:
    """Have Sphinx take templates, styles and scripts from this folder."""
    app.connect("config-inited", _add_folders)
    for name in STYLES:
        app.add_css_file(name)
    for name in SCRIPTS:
        app.add_js_file(name, loading_method="defer")
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}


def _add_folders(app, config) -> None:
    templates = _HERE / "templates"
    config.templates_path = [str(templates), str(templates / "components"), *config.templates_path]
    config.html_static_path = [*config.html_static_path, str(_HERE / "static")]
