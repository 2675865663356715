"""Chapters as `jupyter-book build .` reads them: their text, for the cohort that the first chapter names.

`gistbook build` makes pages of notebooks that have run, and says itself of which cohort they are. Where nobody says
so, the cohort is the one in the parameters of the first chapter: its access decides what stands at the top of every
page and which passages a chapter has, so that no page can call real patients synthetic.
"""

from pathlib import Path

from gistbook.book import chapters
from gistbook.book.theme.pages import COHORT
from gistbook.conventions import BANNERS, escaped

_AFTER_THE_CONTENTS = 990
"""Sphinx knows which chapter is the first once the table of contents was read, at 900."""


def setup(app) -> None:
    """Have Sphinx ask the first chapter for its cohort, unless the configuration names it."""
    app.connect("config-inited", _take_cohort_of_first_chapter, priority=_AFTER_THE_CONTENTS)
    app.connect("env-get-outdated", _run_every_chapter)


def read(text: str, traits: list[str]):
    """Notebook of a chapter's text, with the passages for books with some traits."""
    import nbformat

    chapter = chapters.Chapter("", chapters.notebook_of(text), {})
    return nbformat.from_dict(chapters.for_cohort(chapter, traits).notebook)


def _take_cohort_of_first_chapter(app, config) -> None:
    from gistbook.analysis import disclosure
    from gistbook.intake.settings import read_settings

    first = Path(app.srcdir) / f"{config.root_doc}.md"
    if getattr(config, COHORT) or not first.exists():
        return
    parameters = chapters.read_chapter(first).parameters
    cohort = read_settings(first.parent / parameters["cohort_dir"])
    policy = disclosure.choose(parameters.get("policy", disclosure.BY_ACCESS), cohort.access)
    banner = f"{BANNERS[cohort.access].format(title=cohort.title)} {policy.short}".strip()
    setattr(config, COHORT, {"title": cohort.title, "access": cohort.access})
    config.html_theme_options["announcement"] = escaped(banner)
    traits = [cohort.access, chapters.COARSENED if policy.coarsens else chapters.EXACT, chapters.GIST]
    config.nb_custom_formats[".md"] = (f"{__name__}.read", {"traits": traits}, False)


def _run_every_chapter(app, env, added: set, changed: set, removed: set) -> set:
    """Read all chapters anew where they run: Sphinx would see neither other data nor another package."""
    return set() if app.config.nb_execution_mode == "off" else env.found_docs
