"""The chapters as one document for paper: a title page, a list of contents, running heads, the mark on every page."""

import base64
import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

import yaml

from gistbook.conventions import escaped
from gistbook.press.paper import chapters, contents
from gistbook.press.paper.chapters import Chapter

_STYLE = Path(__file__).with_name("paper.css")

_FONTS = {
    "STIXGeneral": ("normal", "400"),
    "STIXGeneralItalic": ("italic", "400"),
    "STIXGeneralBol": ("normal", "700"),
    "STIXGeneralBolIta": ("italic", "700"),
}
"""Files of the typeface of the text, which comes with matplotlib, and the style and weight of each."""

_LONGEST_MARK, _CUT = 420, " […] "
"""How many letters the foot of a page can hold, and what stands for those in the middle that it cannot."""

_NO_REQUEST = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; base-uri 'none'"

_WHOLE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{front}
{contents}
{chapters}
</body>
</html>
"""

_FRONT = """\
<section class="paper-front" id="paper-front">
<p class="paper-kind">The article of a book that computes itself</p>
<h1>{title}</h1>
<p class="paper-of">It re-expresses {paper}</p>
<p class="paper-mark">{banner}</p>
<p class="paper-by">{authors}, version {version}</p>
<div class="paper-about">
<p>This is the article of the book, printed from its audited pages, for reading away from a screen.
Left out are the code, the chapters on running the book with a cohort of one’s own and on the columns of the tables,
the controls of figures, and the numbers behind them; the pages have them all, and each chapter’s notebook has its code.
What leads to a part that is printed here is a link; what leads to a part that is not is plain text.</p>
</div>
</section>
"""

_CONTENTS = '<nav class="paper-contents" id="paper-contents" aria-label="Contents"><h1>Contents</h1>{parts}</nav>'
_PART = '<p class="paper-part">{caption}</p><ol>{entries}</ol>'
_ENTRY = '<li><a href="#{name}"><span>{title}</span><span class="paper-leader"></span>{number}</a></li>'
_NUMBER = '<span class="paper-number">{}</span>'
_CHAPTER = '<section class="paper-chapter" id="{name}" style="page: {name}"><h1>{title}</h1>\n{html}\n</section>'


class Article(NamedTuple):
    """What is printed: the book's name and citation, what kind of data it shows, and its chapters by part."""

    book: str
    citation: dict
    banner: str
    parts: list[tuple[str, list[Chapter]]]


def read(book: Path, html: Path) -> Article:
    """Return the article of a book from its pages, and from what the book says of itself.

    Parameters
    ----------
    book : Path
        Folder of `_config.yml`, `_toc.yml` and `CITATION.cff`.
    html : Path
        The folder of pages.

    Raises
    ------
    ChapterError
        A page is missing, or does not say what kind of data it shows.
    """
    parts = contents.parts(book)
    read_ones = iter(chapters.read(html, [page for part in parts for page in part.pages]))
    told = [(part.caption, [next(read_ones) for _ in part.pages]) for part in parts]
    title, citation = (_yaml(book / name) for name in ("_config.yml", "CITATION.cff"))
    return Article(title["title"], citation, told[0][1][0].banner, told)


def whole(article: Article, numbers: dict[str, int] | None = None) -> str:
    """Return the article as one HTML document; `numbers` are the pages on which its places are, where known."""
    every = [chapter for _, part in article.parts for chapter in part]
    return _WHOLE.format(
        policy=_NO_REQUEST,
        title=escaped(article.citation["title"]),
        style=_style(article, every),
        front=_front(article),
        contents=_contents(article, numbers or {}),
        chapters="\n".join(_set(chapter, article) for chapter in every),
    )


def css_string(text: str) -> str:
    r"""Return text as a string of CSS, which shows it and does nothing else; also within HTML's own `style`.

    Examples
    --------
    >>> css_string('A "b" </style>')
    '"A \\000022b\\000022 \\00003c\\00002fstyle\\00003e"'
    """
    return '"' + re.sub(r"[^\w .,:;()-]", lambda sign: f"\\{ord(sign[0]):06x}", text) + '"'


def mark(banner: str) -> str:
    """Return what stands at the foot of every page: the banner, of a very long one the beginning and the end.

    The kind of data stands first in it, and what a disclosure policy adds last; the title page has it whole.
    """
    half = _LONGEST_MARK // 2
    return banner if len(banner) <= _LONGEST_MARK else f"{banner[:half]}{_CUT}{banner[-half:]}"


def _front(article: Article) -> str:
    paper, cited = article.citation["references"][0], article.citation
    people = [each for each in paper["authors"] if "family-names" in each]
    names = [f"{each['family-names']} {each['given-names'].replace('.', '')}" for each in people]
    told = (
        f"{escaped(', '.join(names))}, <em>et al.</em> {escaped(' '.join(paper['title'].split()))}. "
        f"<em>{escaped(paper['journal'])}</em>, {paper['year']}. "
        f'<a href="https://doi.org/{escaped(paper["doi"])}">doi:{escaped(paper["doi"])}</a>'
    )
    authors = ", ".join(each.get("name") or each["family-names"] for each in cited["authors"])
    return _FRONT.format(
        title=escaped(cited["title"]),
        paper=told,
        banner=escaped(article.banner),
        authors=escaped(authors),
        version=escaped(cited["version"]),
    )


def _contents(article: Article, numbers: dict[str, int]) -> str:
    parts = [
        _PART.format(caption=escaped(caption), entries="".join(_entry(chapter, article, numbers) for chapter in part))
        for caption, part in article.parts
    ]
    return _CONTENTS.format(parts="".join(parts))


def _entry(chapter: Chapter, article: Article, numbers: dict[str, int]) -> str:
    number = _NUMBER.format(numbers[chapter.name]) if chapter.name in numbers else ""
    return _ENTRY.format(name=chapter.name, title=escaped(_title(chapter, article)), number=number)


def _set(chapter: Chapter, article: Article) -> str:
    return _CHAPTER.format(name=chapter.name, title=escaped(_title(chapter, article)), html=chapter.html)


def _title(chapter: Chapter, article: Article) -> str:
    """Return what stands above a chapter; that of the root page is the title of the book, and is on the title page."""
    is_root = chapter is article.parts[0][1][0]
    return chapter.name.replace("_", " ").capitalize() if is_root else chapter.title


def _style(article: Article, every: list[Chapter]) -> str:
    heads = [
        f"@page {chapter.name} {{ @top-right {{ content: {css_string(_title(chapter, article))} }} }}"
        for chapter in every
    ]
    common = (
        f"@page {{ @top-left {{ content: {css_string(article.book)} }} "
        f"@bottom-left {{ content: {css_string(mark(article.banner))} }} }}"
    )
    return "\n".join([*_faces(), _STYLE.read_text(encoding="utf-8"), common, *heads])


def _faces() -> list[str]:
    """Return the faces of the text as the document holds them; none where they are not installed."""
    installed = importlib.util.find_spec("matplotlib")
    folder = Path(installed.origin).parent / "mpl-data" / "fonts" / "ttf" if installed else Path()
    return [_face(folder / f"{name}.ttf", *how) for name, how in _FONTS.items() if (folder / f"{name}.ttf").is_file()]


def _face(file: Path, style: str, weight: str) -> str:
    data = base64.b64encode(file.read_bytes()).decode()
    source = f'url("data:font/ttf;base64,{data}")'
    return f'@font-face {{ font-family: "gistbook text"; font-style: {style}; font-weight: {weight}; src: {source} }}'


def _yaml(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
