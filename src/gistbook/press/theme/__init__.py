"""The look and feel of the book, by the theme's own means: one Sphinx extension, its templates and its static files.

Sphinx loads this module, as `_config.yml` names it among its extensions. `README.md` in this folder says what is where.
A page loads one style sheet and one script of ours: the parts are joined before Sphinx begins.
"""

from pathlib import Path

from gistbook.press.theme import (
    access,
    cite_box,
    figures,
    found,
    metadata,
    numbers,
    plugins,
    repository,
    search,
    weight,
)

_HERE = Path(__file__).parent
_JOINED = "gistbook-static"

STYLE, SCRIPT = "gistbook.css", "gistbook.js"
STYLES = ("colours", "tables", "code", "icons", "mends", "figures", "numbers", "front", "cite", "print")
SCRIPTS = ("figures", "numbers", "code", "print")
"""The parts of the style sheet and of the script, in their order; a later rule overrides an earlier one."""

PARTS = (access, metadata, cite_box, numbers, plugins, figures, found, repository, search, weight)


def setup(app) -> dict:
    """Have Sphinx take templates, the style sheet and the script from this folder."""
    app.connect("config-inited", _add_folders)
    app.add_css_file(STYLE)
    app.add_js_file(SCRIPT, loading_method="defer")
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}


def joined(name: str) -> str:
    """Return the style sheet or the script that pages load, all parts in their order."""
    folder, parts = ("styles", STYLES) if name == STYLE else ("scripts", SCRIPTS)
    return "\n".join((_HERE / folder / f"{part}{Path(name).suffix}").read_text(encoding="utf-8") for part in parts)


def _add_folders(app, config) -> None:
    templates, made = _HERE / "templates", Path(app.doctreedir) / _JOINED
    made.mkdir(parents=True, exist_ok=True)
    for name in (STYLE, SCRIPT):
        (made / name).write_text(joined(name), encoding="utf-8", newline="\n")
    config.templates_path = [str(templates), str(templates / "components"), *config.templates_path]
    config.html_static_path = [*config.html_static_path, str(_HERE / "static"), str(made)]
