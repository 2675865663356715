"""What a book offers for download, made of its executed chapters: links before its pages are made, files after."""

import json
from pathlib import Path
from typing import NamedTuple

from gistbook.book import claims, downloads, tracing
from gistbook.book import run as running
from gistbook.conventions import BANNERS, DATA_NOTES, FRAMES_SUFFIX, FRAMES_TYPE, RECORD_TYPE, UNKNOWN_COMMIT


class Told(NamedTuple):
    """What every file tells of the data: the title of the cohort, its access, and what else stands on every page.

    `rule` is what a disclosure policy adds under every figure, `commit` that of the source.
    """

    title: str
    access: str
    notice: str = ""
    rule: str = ""
    commit: str = UNKNOWN_COMMIT

    def banner(self) -> str:
        """Return what stands at the top of every page."""
        return f"{BANNERS[self.access].format(title=self.title)} {self.notice}".strip()

    def note(self) -> str:
        """Return what stands under every figure."""
        return f"{DATA_NOTES[self.access].format(title=self.title)} {self.rule or self.notice}".strip()


def link(chapters: Path, told: Told) -> None:
    """Put links to what will be offered, and to where numbers came from, into the executed notebooks of a folder."""
    materials = {path: _material(path, told) for path in sorted(chapters.glob("*.ipynb"))}
    book = _book(list(materials.values()))
    for path, material in materials.items():
        notebook = tracing.traced(material.notebook, material.slug, book, material.note)
        calls = {key: tracing.made_by(notebook["cells"], key) for key in material.htmls}
        _write_json(path, downloads.linked(material._replace(notebook=notebook, calls=calls)))


def offer(html: Path, notebooks: Path, values: dict, told: Told) -> None:
    """Write what pages offer for download: of each chapter its notebook and figures, and every pasted value.

    Parameters
    ----------
    html : Path
        The folder of pages.
    notebooks : Path
        The folder of executed notebooks, as they are without links.
    values : dict
        What the chapters pasted, by chapter and key.
    told : Told
        What every file tells of the data.
    """
    place = html / downloads.FOLDER
    place.mkdir()
    for path in sorted(notebooks.glob("*.ipynb")):
        _offer_chapter(place, _material(path, told), told)
    about = {"data": told.banner(), "title": told.title}
    (place / "values.json").write_text(downloads.as_json(values, about), encoding="utf-8")


def _book(materials: list[downloads.Material]) -> tracing.Book:
    """Return what numbers are traced through: the ledger's claims, and what each chapter is called and pasted."""
    return tracing.Book(
        list(claims.load_published().itertuples()),
        {each.slug: tracing.title_of(each.notebook) or each.slug for each in materials},
        {each.slug: running.glued(each.notebook, RECORD_TYPE) for each in materials},
        {each.slug: each.parameters() for each in materials},
    )


def _material(path: Path, told: Told) -> downloads.Material:
    notebook = running.executed(path)
    phrases = {key: record["phrase"] for key, record in running.glued(notebook, RECORD_TYPE).items()}
    frames = {key.removesuffix(FRAMES_SUFFIX): each for key, each in running.glued(notebook, FRAMES_TYPE).items()}
    htmls = running.glued(notebook, "text/html")
    return downloads.Material(path.stem, notebook, phrases, htmls, frames, told.note(), told.commit)


def _offer_chapter(place: Path, material: downloads.Material, told: Told) -> None:
    drawings = {}
    for figure in downloads.figures_of(material).values():
        if figure.is_drawn():
            drawings[figure.key] = _draw(place, figure)
        for name, stem in figure.tables().items():
            told_of = [f"{figure.name}. {figure.caption}", f"Table: {name}"]
            (place / f"{stem}.csv").write_text(downloads.as_csv(figure.frames[name], told_of), encoding="utf-8")
    (place / f"{material.slug}.ipynb").write_text(downloads.cleaned(material, told.banner(), drawings), "utf-8")


def _draw(place: Path, figure: downloads.Figure) -> str:
    """Write a figure as a drawing and as a picture; return the drawing."""
    from gistbook.display import figures

    svg = figures.alone(figure.html, figure.name, figure.caption)
    (place / f"{figure.stem}.svg").write_text(svg, encoding="utf-8")
    (place / f"{figure.stem}.png").write_bytes(figures.picture(svg, f"{figure.name}. {figure.caption}"))
    return svg


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
