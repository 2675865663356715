"""Buttons that lead to where the book is kept and can be run, if the configuration names its repository; else none.

The theme makes them of `html_theme_options`. What it cannot know is set here: that the source of a page is a chapter's
`.md`, and no notebook, and where a chapter can be run. All are links; a page asks nothing of another host.
"""

from typing import NamedTuple
from urllib.parse import quote

PAGES_BRANCH = "gistbook_pages_branch"
"""Name of the configuration that says which branch of the repository holds the published pages, if one does."""

_GITHUB = "https://github.com/"
_BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")
_BEFORE_BUTTONS, _AFTER_BUTTONS = 400, 600
"""The theme makes its buttons at 501."""


class Repository(NamedTuple):
    """Where a book is kept on GitHub: `name` with its owner, branch, folder of the book, branch of the pages."""

    name: str
    branch: str
    folder: str = ""
    pages: str = ""


def setup(app) -> dict:
    """Have Sphinx offer the buttons."""
    app.add_config_value(PAGES_BRANCH, "", "html")
    app.connect("config-inited", _ask_for_buttons)
    app.connect("html-page-context", _name_source, priority=_BEFORE_BUTTONS)
    app.connect("html-page-context", _finish_buttons, priority=_AFTER_BUTTONS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def launches(found: Repository, page: str) -> list[tuple[str, str, str]]:
    """Return where a chapter can be run or opened: words, what is said of them, and the address.

    Binder and Codespaces run the chapter's source. Colab opens notebooks only: those that the published pages offer,
    and so only where a branch of the repository holds these.
    """
    source, branch = f"{found.folder}{page}.md", quote(found.branch, safe="")
    chapter = page.rpartition("/")[2]
    lab = quote(f"lab/tree/{source}", safe="")
    places = [
        ("Binder", "Run this chapter on Binder", f"https://mybinder.org/v2/gh/{found.name}/{branch}?urlpath={lab}"),
        ("Codespaces", "Run the book in Codespaces", f"https://codespaces.new/{found.name}/tree/{quote(found.branch)}"),
    ]
    if found.pages:
        at = f"{found.name}/blob/{quote(found.pages)}/downloads/{chapter}.ipynb"
        said = "Read this chapter with its results in Colab, where the package is not installed"
        places.append(("Colab, to read", said, f"https://colab.research.google.com/github/{at}"))
    return places


def on_github(options: dict, pages: str) -> Repository | None:
    """Return the repository that the options of the theme name, if it is on GitHub."""
    url = options.get("repository_url") or ""
    if not url.startswith(_GITHUB):
        return None
    folder = (options.get("path_to_docs") or "").strip("/.")
    branch = options.get("repository_branch") or "main"
    return Repository(url.removeprefix(_GITHUB).strip("/"), branch, f"{folder}/" if folder else "", pages)


def _ask_for_buttons(app, config) -> None:
    options = config.html_theme_options
    if options.get("repository_url"):
        options["repository_url"] = options["repository_url"].rstrip("/").removesuffix(".git")
        options.update(dict.fromkeys(_BUTTONS, True))


def _name_source(app, name: str, template: str, context: dict, doctree) -> None:
    """Say that a page is made of a chapter's text; what Sphinx was given is the notebook that was executed."""
    if doctree is not None and app.config.html_theme_options.get("repository_url"):
        context["page_source_suffix"] = ".md"


def _finish_buttons(app, name: str, template: str, context: dict, doctree) -> None:
    found = on_github(app.config.html_theme_options, getattr(app.config, PAGES_BRANCH))
    if doctree is not None and found:
        links = [
            {"type": "link", "text": text, "tooltip": said, "url": url} for text, said, url in launches(found, name)
        ]
        group = {"type": "group", "tooltip": "Run this chapter elsewhere", "icon": "fas fa-rocket"}
        context["header_buttons"].append({**group, "buttons": links, "label": "launch-buttons"})
    for button in (each for group in context.get("header_buttons", []) for each in group.get("buttons", [])):
        if button.get("label") == "source-edit-button":
            button |= {"text": "Edit this page", "tooltip": "Propose a change of this page's text"}
