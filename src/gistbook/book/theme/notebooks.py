"""Chapters as the theme takes them: notebooks that ran, and the text that `jupyter-book build .` reads.

`gistbook build` makes pages of notebooks that have run, and says itself of which cohort they are. Where nobody says so,
the cohort is the one in the parameters of the first chapter: its access decides what stands at the top of every page
and which passages a chapter has, so that no page can call real patients synthetic.
"""

from pathlib import Path

from docutils import nodes

from gistbook.book import chapters
from gistbook.book.theme.pages import COHORT
from gistbook.conventions import BANNERS, ROW_OF, escaped, kind_of_data
from gistbook.display.outputs import TABLE_BEGINS, inlined


def setup(app) -> None:
    """Let pasted numbers lead to their row, set drawings inline in the colours of the page, and number our tables."""
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
            link = nodes.reference("", "", *made, refuri=f"#{row}", internal=True, classes=["gb-number"])
            return ([link] if row else made), messages

    app.add_role_to_domain("glue", "text", PasteNumberRole(), override=True)

    # Sphinx numbers what has a title; that of these tables is in their HTML.
    app.add_enumerable_node(TableNumber, "table", lambda node: "table", html=(_visit_number, _depart_number))
    app.connect("doctree-read", _set_drawings_and_numbers)
    # the table of contents, which is read at 900, tells which chapter is the first
    app.connect("config-inited", _take_cohort_of_first_chapter, priority=990)
    app.connect("env-get-outdated", _run_every_chapter)


class TableNumber(nodes.General, nodes.Element):
    """The place of the number of a table that is given as HTML, which nothing else may be written into."""


def _set_drawings_and_numbers(app, doctree) -> None:
    every = list(doctree.findall(nodes.raw))
    for raw in every:
        raw.children = [nodes.Text(inlined(raw.astext()))]
    tables = [raw for raw in every if raw.astext().startswith(TABLE_BEGINS)]
    for number, raw in enumerate(tables, start=1):
        raw.parent.insert(raw.parent.index(raw), TableNumber(ids=[f"table-{number}"]))


def _visit_number(translator, node) -> None:
    translator.body.append(translator.starttag(node, "p", "", CLASS="gb-table-number"))
    translator.add_fignumber(node)


def _depart_number(translator, node) -> None:
    translator.body.append("</p>\n")


def read(text: str, traits: list[str]):
    """Notebook of a chapter’s text, with the passages for a book of some traits."""
    import nbformat

    chapter = chapters.Chapter("", chapters.notebook_of(text), {})
    return nbformat.from_dict(chapters.for_cohort(chapter, traits).notebook)


def _take_cohort_of_first_chapter(app, config) -> None:
    first = Path(app.srcdir) / f"{config.root_doc}.md"
    if getattr(config, COHORT) or not first.exists():
        return
    from gistbook.analysis import disclosure  # long to import, and not needed where the cohort is named
    from gistbook.intake.folder import load_folder

    parameters = chapters.read_chapter(first).parameters
    cohort = load_folder(first.parent / parameters["cohort_dir"])
    policy = disclosure.choose(parameters.get("policy", disclosure.BY_ACCESS), cohort.access)
    banner = f"{BANNERS[cohort.access].format(title=cohort.title)} {policy.short}".strip()
    setattr(config, COHORT, {"title": cohort.title, "access": cohort.access})
    config.html_theme_options["announcement"] = escaped(banner)
    config.html_theme_options["extra_footer"] = escaped(kind_of_data(cohort.access, cohort.title))
    traits = sorted(chapters.traits_of(cohort._replace(policy=policy)))
    config.nb_custom_formats[".md"] = (f"{__name__}.read", {"traits": traits}, False)


def _run_every_chapter(app, env, added: set, changed: set, removed: set) -> set:
    """Read all chapters anew where they run: Sphinx would see neither other data nor another package."""
    return set() if app.config.nb_execution_mode == "off" else env.found_docs
