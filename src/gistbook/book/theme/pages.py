"""What every page has of our own; no page is changed after Sphinx has written it."""

import re
from pathlib import Path

from gistbook import conventions

_HERE = Path(__file__).parent

COHORT = "gistbook_cohort"
"""The configuration that names the cohort of a book: its `title` and `access`."""

_OF_THE_SEARCH = {"doctools.js", "sphinx_highlight.js"}
_SETTING = "DOCUMENTATION_OPTIONS."
"""How the lines begin by which the theme tells a page its name, and that the search does not wait for each letter."""

_UNUSED = ("**/.*", "**/locales", "**/*.map", "vendor", "scripts/fontawesome*", "styles/theme.css",
           "**/*webpack-macros.html")  # fmt: skip
_OF_BUTTONS = ("scripts/bootstrap.js*", "images")
_OF_COPYING = ("check-solid.svg", "copy-button.svg", "copybutton_funcs.js")
"""What is not copied: what no page loads of the theme (its translations lie in a hundred folders), what only pages with
buttons to a repository do, and what no page loads of the button that copies code."""

_ICONS = re.compile(r"@font-face\{[^}]*\}|(?<![^{}])[^{}]*\{content:\"\\[0-9a-f]+\"\}")
"""Of the theme's style sheet, the faces of its icons and the rules that are but one of their letters."""

_BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")
_AFTER_THE_THEME = 900


def setup(app) -> None:
    """Take templates, style sheet and script from this folder, and set pages as they are to be."""
    from docutils import nodes

    app.add_config_value(COHORT, {}, "html")
    app.add_css_file("gistbook.css")
    app.add_js_file("gistbook.js", loading_method="defer")
    app.add_node(nodes.citation, override=True, html=(_open_reference, _close_reference))
    app.connect("config-inited", _choose_files)
    app.connect("html-page-context", _finish_page, priority=_AFTER_THE_THEME)
    app.connect("build-finished", _leave_icons_out, priority=_AFTER_THE_THEME)


def render(template: str, **values) -> str:
    """Text of one of our templates, in which values are escaped."""
    return conventions.template(_HERE / "templates" / template).render(values)


def _choose_files(app, config) -> None:
    from sphinx.builders import html
    from sphinx.util.matching import Matcher

    templates, has_buttons = _HERE / "templates", config.html_theme_options.get("repository_url")
    config.templates_path = [str(templates), str(templates / "components"), *config.templates_path]
    config.html_static_path = [*config.html_static_path, str(_HERE / "static")]
    html.DOTFILES = Matcher(_UNUSED if has_buttons else (*_UNUSED, *_OF_BUTTONS))
    config.exclude_patterns = [*config.exclude_patterns, *_OF_COPYING]
    if has_buttons:
        config.html_theme_options.update(dict.fromkeys(_BUTTONS, True))


def _finish_page(app, name: str, template: str, context: dict, doctree) -> None:
    """Load scripts after the text, those of the search on its page only; let buttons lead to a chapter's text."""
    scripts = [each for each in context["script_files"] if not str(each.attributes.get("body")).startswith(_SETTING)]
    if name != "search":
        scripts = [each for each in scripts if each.filename is None or Path(each.filename).name not in _OF_THE_SEARCH]
    for each in scripts:
        if each.filename:
            each.attributes.setdefault("defer", "defer")
    context["script_files"] = scripts
    for button in (each for group in context.get("header_buttons", []) for each in group.get("buttons", [])):
        button["url"] = button.get("url", "").replace(f"{name}.ipynb", f"{name}.md")


def _leave_icons_out(app, error: Exception | None) -> None:
    if not error and app.builder.format == "html":
        style = Path(app.outdir) / "_static" / "styles" / "pydata-sphinx-theme.css"
        style.write_text(_ICONS.sub("", style.read_text(encoding="utf-8")), encoding="utf-8")


def _open_reference(translator, node) -> None:
    """Open a reference as an item, and before the first one their list; docutils gives a role that is obsolete."""
    if not isinstance(node.previous_sibling(), type(node)):
        translator.body.append('<div class="citation-list" role="list">\n')
    translator.body.append(translator.starttag(node, "div", classes=[node.tagname], role="listitem"))


def _close_reference(translator, node) -> None:
    after = node.next_node(descend=False, siblings=True)
    translator.body.append("</div>\n" if isinstance(after, type(node)) else "</div>\n</div>\n")
