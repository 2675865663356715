"""The directive `cite-this-book`: how to cite the book, and what it is based on, with entries to copy.

An entry is a literal block, so that the theme's own button copies it; the blocks are folded up until they are asked
for. Without a `CITATION.cff` the directive is a mistake of the book, and fails.
"""

from pathlib import Path

from gistbook.conventions import escaped
from gistbook.press.theme import citation

_LEADS = ("This book", "The paper that it is based on")
"""What stands before the first work, and before each of the others."""

_FORMATS = (("BibTeX", citation.bibtex, "bibtex"), ("RIS", citation.ris, "text"))
"""Each format by name, how a work is written in it, and how its letters are coloured."""

_OPENS = '<details class="gb-cite-entry"><summary>{name} <span class="sr-only">of {of}</span></summary>'


def setup(app) -> dict:
    """Have Sphinx know the directive."""
    from sphinx.util.docutils import SphinxDirective

    class CiteThisBook(SphinxDirective):
        """Shows what `CITATION.cff` says."""

        def run(self) -> list:
            source = Path(self.env.srcdir) / citation.FILE
            said = citation.read(source.parent)
            if not said:
                raise self.error(f"There is no {citation.FILE} to be shown.")
            self.env.note_dependency(str(source))
            works = citation.works(said, year_of(self.config), home_of(self.config, self.env))
            return [_box(works if _is_synthetic(self.config) else [work._replace(abstract="") for work in works])]

    app.add_directive("cite-this-book", CiteThisBook)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def year_of(config) -> str:
    """Return the year of the book's copyright, if its configuration tells one."""
    said = str(config.copyright or "").strip()
    return said if said.isdecimal() else ""


def home_of(config, env) -> str:
    """Return the address of the book's first chapter, if the configuration names the address of the site."""
    return f"{config.html_baseurl}{env.config.root_doc}.html" if config.html_baseurl else ""


def _is_synthetic(config) -> bool:
    """Tell whether the book is of the bundled patients, whom the abstract in `CITATION.cff` speaks of, or of others."""
    return getattr(config, "gistbook_cohort", {}).get("access") == "synthetic"


def _box(works: list[citation.Work]):
    from docutils import nodes

    box = nodes.container(classes=["gb-cite"])
    for number, work in enumerate(works):
        lead = _LEADS[min(number, 1)]
        box += _line(lead, work)
        for name, written, language in _FORMATS:
            opened = _OPENS.format(name=name, of=escaped(f"{lead[0].lower()}{lead[1:]}"))
            text = written(work)
            box += nodes.raw("", opened, format="html")
            box += nodes.literal_block(text, text, language=language, classes=["gb-cite-text"])
            box += nodes.raw("", "</details>", format="html")
    return box


def _line(lead: str, work: citation.Work):
    """Return a citation in words, with a link to where the work is."""
    from docutils import nodes

    line = nodes.paragraph("", "", nodes.strong("", f"{lead}:"), nodes.Text(f" {citation.sentence(work)}"))
    if work.address():
        link = nodes.reference("", work.address(), refuri=work.address(), internal=False)
        line += [nodes.Text(" "), link]
    return line
