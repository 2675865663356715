"""The article on paper: put together from pages, printed by a browser, marked on every page, and nothing leaked."""

import functools
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from gistbook import build, cli
from gistbook.book import paper, publish
from gistbook.conventions import BANNERS, ChapterError, UsageError
from support import browser

TOC = """\
format: jb-book
root: chapters/first
parts:
  - caption: Results
    chapters:
      - file: chapters/second
  - caption: Reference
    chapters:
      - file: chapters/data_dictionary
      - file: chapters/last
"""

PAGE = """\
<!DOCTYPE html><html lang="en"><head><title>x</title></head><body>
<aside class="bd-header-announcement"><div>{banner}</div></aside>
<article class="bd-article">
<section id="here"><h1>{title}<a class="headerlink" href="#here">#</a></h1>{body}</section>
</article>
<script>outside()</script></body></html>
"""

FIGURE = """\
<figure id="fig"><div class="gb-figure" role="img" aria-label="A curve">
<div class="gb-wide"><svg viewBox="0 0 600 300" width="600" height="300">
<defs><clipPath id="clip"><rect width="9" height="9"/></clipPath></defs>
<g clip-path="url(#clip)"><path d="M0,0L9,9" stroke="var(--gb-1, #0072b2)"/></g><text>wide drawing</text></svg></div>
<div class="gb-narrow"><svg viewBox="0 0 300 300"><text>narrow drawing</text></svg></div></div>
<figcaption><p><span class="caption-number">Fig. 1 </span>A caption.</p></figcaption></figure>
"""

HOSTILE = "Quote \" back\\slash </style><script>alert(1)</script> {title} } @page 'x' \n ünïcode"

LEFT_OUT = {
    "a script": "<script>gone()</script>",
    "data for a script": '<script type="application/json">{"gone": 1}</script>',
    "a button": "<button>gone</button>",
    "a slider": '<label><input type="range" value="1"></label>',
    "a menu of a figure": '<div class="gb-menu">gone</div>',
    "controls of a figure": '<div class="gb-controls">gone</div>',
    "the numbers behind a figure": '<details class="gb-data"><summary>gone</summary><table></table></details>',
    "a table that is folded": (
        '<p class="gb-table-number">gone</p><div class="output"><div class="gb-table"><details class="gb-fold">'
        "<summary>gone</summary><table></table></details></div></div>"
    ),
    "the numbers of a page": '<details class="gb-numbers"><summary>gone</summary>gone</details>',
    "links to downloads": '<p class="gb-downloads">gone</p>',
    "code": '<div class="cell"><div class="cell_input"><pre>gone</pre></div></div>',
    "folded code": '<div class="cell"><details class="hide above-input"><summary>gone</summary></details></div>',
    "entries to copy": '<details class="gb-cite-entry"><summary>gone</summary>gone</details>',
    "what is hidden": "<p hidden>gone</p>",
    "what asks not to be printed": '<p class="d-print-none">gone</p>',
    "a sign beside a heading": '<a class="headerlink" href="#here">gone</a>',
}

needs_browser = pytest.mark.skipif(browser.CHROMIUM is None, reason=browser.ABSENT)


def small_book(place: Path, banner: str = "Synthetic data.", **bodies: str) -> Path:
    """Write a book's folder with three printed pages and one that is not, in `html`."""
    (place / "html" / "chapters").mkdir(parents=True)
    (place / "_toc.yml").write_text(TOC, encoding="utf-8")
    for name in ("_config.yml", "CITATION.cff"):
        shutil.copy(build.BOOK / name, place)
    for name in ("first", "second", "data_dictionary", "last"):
        page = PAGE.replace("{title}", f"The {name}").replace("{body}", bodies.get(name, ""))
        page = page.replace("{banner}", banner)
        (place / "html" / "chapters" / f"{name}.html").write_text(page, encoding="utf-8")
    return place


def printed(place: Path, **bodies: str) -> BeautifulSoup:
    """Return the document for paper of a small book."""
    book = small_book(place, **bodies)
    return BeautifulSoup(paper.document(book, book / "html"), "html.parser")


def program(place: Path, *lines: str) -> str:
    """Write a program that stands in place of a browser, and return where it is."""
    path = place / "browser"
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def links_to(soup: BeautifulSoup, words: str) -> list[str | None]:
    """Return where the links that read so lead; nothing for one that leads nowhere."""
    return [link.get("href") for link in soup.find_all("a") if link.get_text() == words]


# What is printed


def test_every_chapter_of_the_book_is_printed_or_named_as_left_out():
    printed_ones = [Path(page).name for part in paper.parts(build.BOOK) for page in part.chapters]

    assert printed_ones == [slug for slug in publish.contents(build.BOOK) if slug not in paper.NOT_PRINTED]


def test_what_checks_the_article_follows_it_as_appendices():
    last = paper.parts(build.BOOK)[-1]

    assert last.caption == paper.APPENDICES
    assert [Path(page).name for page in last.chapters] == ["claims", "validation"]


def test_a_chapter_that_is_not_for_paper_is_left_out(tmp_path):
    soup = printed(tmp_path)

    assert [section["id"] for section in soup.select(".paper-chapter")] == ["first", "second", "last"]


def test_the_contents_lead_to_every_chapter(tmp_path):
    soup = printed(tmp_path)

    assert [link["href"] for link in soup.select("nav a")] == ["#first", "#second", "#last"]


def test_a_name_that_two_chapters_give_is_unique_in_the_document(tmp_path):
    soup = printed(tmp_path, first=FIGURE, second=FIGURE)
    names = [tag["id"] for tag in soup.select("[id]")]

    assert {"first--fig", "second--fig"} <= set(names)
    assert len(names) == len(set(names))


def test_a_link_leads_to_where_its_target_is_printed(tmp_path):
    soup = printed(
        tmp_path,
        first='<a href="second.html#fig">figure</a><a href="second.html">chapter</a><a href="#here">here</a>',
        second=FIGURE,
    )

    assert links_to(soup, "figure") == ["#second--fig"]
    assert links_to(soup, "chapter") == ["#second"]
    assert links_to(soup, "here") == ["#first--here"]


@pytest.mark.parametrize("address", ["data_dictionary.html", "../downloads/first.ipynb", "../index.html", "/etc/x"])
def test_a_link_to_what_is_not_printed_is_text(tmp_path, address):
    soup = printed(tmp_path, first=f'<p><a href="{address}">words</a></p>')

    assert links_to(soup, "words") == [None]


def test_a_number_that_leads_to_a_list_left_out_is_text(tmp_path):
    body = '<a class="gb-number" href="#row-n">37</a><details class="gb-numbers"><table id="row-n"></table></details>'
    soup = printed(tmp_path, first=body)

    assert links_to(soup, "37") == [None]


def test_a_link_to_what_is_left_out_of_another_chapter_leads_to_its_beginning(tmp_path):
    soup = printed(tmp_path, first='<a href="second.html#row-n">ledger</a>')

    assert links_to(soup, "ledger") == ["#second"]


def test_a_link_to_the_web_stays(tmp_path):
    soup = printed(tmp_path, first='<a href="https://doi.org/10.1/x">doi</a>')

    assert links_to(soup, "doi") == ["https://doi.org/10.1/x"]


def test_a_picture_of_the_book_is_taken_into_the_document_and_no_other_file(tmp_path):
    book = small_book(tmp_path, first='<img src="../_images/a.png"><img src="../../outside.png">')
    (book / "html" / "_images").mkdir()
    for path in (book / "html" / "_images" / "a.png", book / "outside.png"):
        path.write_bytes(b"picture")
    soup = BeautifulSoup(paper.document(book, book / "html"), "html.parser")

    assert [img["src"] for img in soup.find_all("img")] == ["data:image/png;base64,cGljdHVyZQ==", "../../outside.png"]


def test_a_figure_is_there_once_as_the_drawing_for_a_wide_page(tmp_path):
    soup = printed(tmp_path, second=FIGURE)

    assert [svg.get_text(strip=True) for svg in soup.find_all("svg")] == ["wide drawing"]


def test_a_drawing_refers_to_its_own_parts_by_their_new_names(tmp_path):
    soup = printed(tmp_path, first=FIGURE, second=FIGURE)

    assert [group["clip-path"] for group in soup.select("g[clip-path]")] == ["url(#first--clip)", "url(#second--clip)"]


@pytest.mark.parametrize("what", LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_what_is_of_use_on_a_screen_only_is_left_out(tmp_path, what):
    soup = printed(tmp_path, first=f"<p>kept</p>{what}")

    assert "kept" in soup.get_text()
    assert "gone" not in soup.get_text()
    assert soup.find(["script", "button", "input"]) is None


def test_what_a_page_folds_away_is_printed_unfolded(tmp_path):
    soup = printed(tmp_path, first="<details><summary>More</summary><p>kept</p></details>")

    assert soup.find("details").has_attr("open")


def test_references_of_any_chapter_stand_last_under_a_heading_of_their_own(tmp_path):
    cited = '<section id="r"><h2>References</h2><div class="citation-list"><div id="id1">A work.</div></div></section>'
    soup = printed(tmp_path, first=f'<a href="#id1">[1]</a>{cited}', last="<p>The end.</p>")
    last = soup.select(".paper-chapter")[-1]

    assert (last["id"], last.h1.get_text(), last.select_one(".citation-list").get_text()) == (
        "paper-references",
        "References",
        "A work.",
    )
    assert links_to(soup, "[1]") == [f"#{last.select_one('.citation-list div')['id']}"]
    assert [len(soup.select(".citation-list")), len(soup.find_all(string="References"))] == [1, 2]


def test_no_element_runs_anything(tmp_path):
    soup = printed(tmp_path, first='<p onclick="gone()" tabindex="0">kept</p>')

    assert soup.find("p", string="kept").attrs == {}


@needs_browser
def test_a_table_of_many_columns_is_set_smaller(tmp_path):
    rows = ["<table><tr>{}</tr></table>".format("<td>1</td>" * columns) for columns in (7, 1)]
    book = small_book(tmp_path, first="".join(rows))
    (tmp_path / "article.html").write_text(paper.document(book, book / "html"), encoding="utf-8")
    with browser.chromium() as opened:
        page = opened.new_page()
        page.goto((tmp_path / "article.html").as_uri())
        wide, narrow = page.eval_on_selector_all(
            "table", "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
        )

    assert wide < narrow


def test_the_title_page_says_what_kind_of_data_is_shown_and_which_paper_is_re_expressed(tmp_path):
    front = printed(tmp_path).select_one(".paper-front").get_text()

    assert "Synthetic data." in front
    assert "10.1007/s00595-021-02241-5" in front


def test_an_author_of_the_paper_without_a_name_of_his_own_is_one_of_the_others(tmp_path):
    book = small_book(tmp_path)
    citation = yaml.safe_load((book / "CITATION.cff").read_text(encoding="utf-8"))
    citation["references"][0]["authors"] = [{"family-names": "Wada", "given-names": "N."}, {"name": "others"}]
    (book / "CITATION.cff").write_text(yaml.safe_dump(citation), encoding="utf-8")
    whole = paper.document(book, book / "html")

    assert "It re-expresses Wada N, <em>et al.</em>" in whole


def test_a_page_that_does_not_say_what_kind_of_data_it_shows_is_not_printed(tmp_path):
    book = small_book(tmp_path, banner=" ")

    with pytest.raises(ChapterError, match="does not say what kind of data"):
        paper.document(book, book / "html")


def test_a_chapter_that_is_not_in_the_book_is_not_printed(tmp_path):
    book = small_book(tmp_path)
    (book / "html" / "chapters" / "second.html").unlink()

    soup = BeautifulSoup(paper.document(book, book / "html", {"chapters": {"first": {}, "last": {}}}), "html.parser")

    assert [each["id"] for each in soup.select(".paper-chapter")] == ["first", "last"]


def test_the_title_page_of_a_book_of_another_disease_says_nothing_of_the_paper(tmp_path):
    book = small_book(tmp_path)
    cover = {"title": "Lungs", "subtitle": "A ward <b>", "authors": "A. One", "is_of_paper": False}

    soup = BeautifulSoup(paper.document(book, book / "html", {"cover": cover}), "html.parser")

    assert soup.select_one(".paper-front h1").get_text() == "Lungs"
    assert soup.select_one(".paper-subtitle").get_text() == "A ward <b>"
    assert soup.select_one(".paper-by").get_text().startswith("A. One, version")
    assert soup.select_one(".paper-of") is None
    assert '@top-left { content: "Lungs"' in str(soup.style)


def test_a_page_that_is_not_there_is_named(tmp_path):
    book = small_book(tmp_path)
    (book / "html" / "chapters" / "second.html").unlink()

    with pytest.raises(ChapterError, match=r"no page chapters/second\.html"):
        paper.document(book, book / "html")


def test_the_title_of_a_cohort_ends_neither_a_style_nor_a_string(tmp_path):
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    book = small_book(tmp_path, banner=escaped)
    whole = paper.document(book, book / "html")

    assert whole.count("</style>") == 1
    assert BeautifulSoup(whole, "html.parser").find("script") is None
    assert re.search(r'@bottom-left \{ content: "[^"\n<>{}]*" \}', whole)


def test_a_very_long_mark_keeps_the_kind_of_data_and_the_notice_of_the_policy():
    found = paper.mark(f"Confidential data: {'title ' * 400}. Exact numbers, not for release.")

    assert found.startswith("Confidential data: title")
    assert found.endswith("Exact numbers, not for release.")
    assert len(found) < 450


def test_the_document_asks_nothing_of_anybody(tmp_path):
    policy = printed(tmp_path).find("meta", {"http-equiv": "Content-Security-Policy"})["content"]

    assert policy.startswith("default-src 'none'")


# The browser


def test_without_a_browser_it_is_said_what_to_install(monkeypatch):
    monkeypatch.delenv(paper.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError) as missed:
        paper.find()

    assert "apt-get install chromium" in str(missed.value)
    assert all(name in str(missed.value) for name in paper.NAMES)
    assert "Without --pdf" in str(missed.value)


def test_a_browser_that_was_named_and_is_not_there_is_named_again(monkeypatch):
    monkeypatch.setenv(paper.VARIABLE, "no-such-browser")

    with pytest.raises(UsageError, match="GISTBOOK_BROWSER names, no-such-browser"):
        paper.find()


@pytest.mark.parametrize(
    ("says", "told"), [("echo Chromium 120.0.6099.71", "version 120"), ("echo hello", "no version of Chromium")]
)
def test_a_browser_that_sets_no_running_heads_is_refused(tmp_path, monkeypatch, says, told):
    monkeypatch.setenv(paper.VARIABLE, program(tmp_path, says))

    with pytest.raises(UsageError, match=told):
        paper.find()


def test_a_browser_that_fails_leaves_the_former_pdf_and_is_quoted_without_places_of_the_machine(tmp_path):
    book = small_book(tmp_path / "book")
    (book / paper.NAME).write_bytes(b"%PDF former")
    failing = program(tmp_path, f"echo 'first' >&2; echo 'cannot open file://{tmp_path}/library.so' >&2; exit 1")
    with pytest.raises(ChapterError) as failed:
        paper.print_article(book, book, failing)

    assert "cannot open library.so" in str(failed.value)
    assert str(tmp_path) not in str(failed.value)
    assert (book / paper.NAME).read_bytes() == b"%PDF former"
    assert [path.name for path in book.iterdir() if path.name.startswith(".")] == []


def test_a_browser_that_is_stuck_is_ended_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(paper, "SECONDS", 0.2)
    book = small_book(tmp_path / "book")

    with pytest.raises(ChapterError, match="stuck"):
        paper.print_article(book, book, program(tmp_path, "sleep 60"))


def test_a_build_without_a_browser_begins_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gistbook", "build", "--pdf", "--out", str(tmp_path / "books")])
    monkeypatch.delenv(paper.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit) as ended:
        cli.main()

    told = capsys.readouterr()
    assert ended.value.code == 2
    assert "apt-get install chromium" in told.err
    assert told.out == ""
    assert not (tmp_path / "books").exists()


def test_a_run_is_printed_once(tmp_path):
    (tmp_path / ".runs" / "book" / "1").mkdir(parents=True)
    (tmp_path / ".runs" / "book" / "1" / paper.NAME).write_bytes(b"%PDF")
    (tmp_path / "book").symlink_to(Path(".runs") / "book" / "1")
    said = []
    paper.print_once(build.BOOK, tmp_path / "book", "no-such-program", said.append)

    assert said == ["The article of this book was printed before; it is fresh."]


# The PDF of the bundled book


class Printed:
    """A PDF, read by pdfinfo and pdftotext; its plain objects are read as they are."""

    def __init__(self, path: Path):
        self.path, self.bytes = path, path.read_bytes()
        self.objects = re.sub(rb"stream\r?\n.*?endstream", b"", self.bytes, flags=re.DOTALL).decode("latin-1")

    def streams(self) -> bytes:
        """Return everything that is packed in it, unpacked."""
        packed = re.findall(rb"/FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", self.bytes, re.DOTALL)
        return b"\n".join(zlib.decompressobj().decompress(each) for each in packed)

    def read_by(self, program: str, *options: str) -> str:
        """Return what a program of poppler-utils prints of it."""
        if not shutil.which(program):
            pytest.skip(f"NOT CHECKED: the PDF was not read, as there is no {program} (poppler-utils).")
        command = [program, *options, self.path, *(["-"] if program == "pdftotext" else [])]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    @functools.cached_property
    def pages(self) -> list[str]:
        """The text of each page, its lines joined."""
        return [" ".join(page.split()) for page in self.read_by("pdftotext", "-layout").split("\f")[:-1]]

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """The number of the page on which each named place is, from 1."""
        lines = re.findall(r'^\s*(\d+) \[.*\] "(.*)"$', self.read_by("pdfinfo", "-dests"), re.MULTILINE)
        return {name: int(page) for page, name in lines}


@pytest.fixture(scope="module")
def article(bundled_book, tmp_path_factory) -> Printed:
    """Print the bundled book, in a folder of its own."""
    if browser.CHROMIUM is None:
        pytest.skip(browser.ABSENT)
    run = tmp_path_factory.mktemp("run")
    (run / "html").symlink_to(bundled_book / "html")
    return Printed(paper.print_article(build.BOOK, run, paper.find()))


@pytest.mark.whole
def test_every_word_of_the_article_stands_on_a_page_or_in_the_book_whatever_its_cohort(bundled_book):
    html = bundled_book / "html"
    texts = [BeautifulSoup(page.read_bytes(), "html.parser").get_text(" ") for page in html.rglob("*.html")]
    ours = [build.BOOK / "CITATION.cff", build.BOOK / "_config.yml", build.BOOK / "_toc.yml"]
    texts += [path.read_text(encoding="utf-8") for path in (*ours, Path(paper.__file__).with_name("article.html"))]
    words = set(re.findall(r"\w+", " ".join([*texts, paper.FIRST, paper.APPENDICES])))
    document = BeautifulSoup(paper.document(build.BOOK, html), "html.parser")
    for tag in document.select("style, script"):
        tag.decompose()

    assert set(re.findall(r"\w+", document.get_text(" "))) - words == set()


def test_the_article_is_a_pdf_of_many_pages_of_a4(article):
    about = dict(re.findall(r"^([\w ]+):\s+(.*)$", article.read_by("pdfinfo"), re.MULTILINE))

    assert article.bytes.startswith(b"%PDF")
    assert int(about["Pages"]) > 10
    assert about["Page size"].endswith("(A4)")
    assert about["Tagged"] == "yes"


def test_every_page_says_that_the_data_are_synthetic(article):
    unmarked = [number for number, page in enumerate(article.pages, 1) if BANNERS["synthetic"][:60] not in page]

    assert unmarked == []


def test_every_page_says_which_of_how_many_it_is(article):
    pages = article.pages

    assert [n for n, page in enumerate(pages, 1) if not re.search(rf"\b{n} ?/ ?{len(pages)}\b", page)] == []


def test_the_contents_lead_to_the_pages_on_which_chapters_begin(article):
    leading = re.findall(r"/Dest /([\w-]+)", article.objects)
    begins = article.pages[article.places["methods"] - 1]

    assert {Path(page).name for part in paper.parts(build.BOOK) for page in part.chapters} <= set(leading)
    assert "Methods How is each number" in begins


def test_the_article_has_at_most_35_pages(article):
    assert len(article.pages) <= 35


def test_no_page_but_the_last_is_half_empty(article, tmp_path):
    if not shutil.which("pdftoppm"):
        pytest.skip("NOT CHECKED: the pages were not drawn, as there is no pdftoppm (poppler-utils).")
    subprocess.run(["pdftoppm", "-r", "20", "-gray", article.path, tmp_path / "page"], check=True)
    filled = [filled_to(path) for path in sorted(tmp_path.glob("page-*.pgm"))]

    assert [number for number, share in enumerate(filled[:-1], 1) if share < 0.5] == []


def filled_to(picture: Path) -> float:
    """Return down to which share of a drawn page, above its foot, something stands."""
    _, size, _, dots = picture.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    rows = [dots[at : at + width] for at in range(0, width * height, width)]
    above_the_foot = rows[: int(height * (1 - 24 / 297))]
    return max(at for at, row in enumerate(above_the_foot) if min(row) < 200) / len(above_the_foot)


def test_the_references_stand_last_and_once(article):
    begins = article.places["paper-references"]
    text = [" ".join(article.pages[each:]) for each in (0, begins - 1)]

    assert max(article.places[Path(page).name] for part in paper.parts(build.BOOK) for page in part.chapters) <= begins
    assert text[0].count("Clinical significance of surgical intervention for imatinib") >= 1
    assert re.search(r"\[\d+\].*\[\d+\].*\[\d+\]", text[1])


def test_the_article_says_nothing_of_cells(article):
    assert [n for n, page in enumerate(article.pages, 1) if re.search(r"\bcells?\b", page, re.IGNORECASE)] == []


def test_the_article_has_its_references_and_none_of_its_code(article):
    text = " ".join(article.pages)

    assert "Clinical significance of surgical intervention" in text
    assert re.search(r"\[1\]", text)
    assert "from gistbook" not in text


def test_every_font_is_in_the_file(article):
    descriptors = re.findall(r"/Type /FontDescriptor.*?>>", article.objects, re.DOTALL)

    assert descriptors
    assert [each for each in descriptors if "/FontFile" not in each] == []


def test_figures_are_drawings_and_not_pictures(article):
    assert "/Subtype /Image" not in article.objects


def test_the_pdf_has_tags_bookmarks_a_language_and_the_title_of_the_book(article):
    title = yaml.safe_load((build.BOOK / "CITATION.cff").read_text(encoding="utf-8"))["title"]

    assert "/StructTreeRoot" in article.objects
    assert "/Title (Methods)" in article.objects
    assert "/Lang (en)" in article.objects
    assert f"/Title ({title})" in article.objects


def test_the_pdf_names_no_place_of_the_machine(article):
    everything = article.objects.encode("latin-1") + article.streams()
    held = [
        place
        for place in ("file:", f"{Path.home()}/", f"{tempfile.gettempdir()}/", str(article.path.parent))
        if place.encode() in everything
    ]

    assert held == []


def test_a_link_of_the_pdf_leads_within_it_or_to_the_web(article):
    addresses = re.findall(r"/URI \(([^)]*)\)", article.objects)

    assert re.findall(r"/Dest /methods\b", article.objects)
    assert [address for address in addresses if not address.startswith("https://")] == []


@pytest.mark.whole
@needs_browser
def test_the_title_of_a_cohort_stands_on_every_page_as_text(tmp_path):
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    book = small_book(tmp_path / "book", banner=f"Public data: {escaped}.")
    pages = Printed(paper.print_article(book, book, paper.find())).pages
    wanted = "".join(f"Public data: {HOSTILE}.".split())

    assert len(pages) > 1
    assert [page for page in pages if wanted not in "".join(page.split())] == []


# A page printed from the browser


@pytest.fixture(scope="module")
def dark_page(bundled_book):
    """Open a chapter of the bundled book in the dark."""
    if browser.CHROMIUM is None:
        pytest.skip(browser.ABSENT)
    with browser.chromium() as opened:
        tab = browser.Watched(opened, (bundled_book / "html").as_uri(), color_scheme="dark")
        tab.visit("chapters/progression_free_survival.html")
        yield tab.page


@pytest.fixture(scope="module")
def sheets(dark_page, tmp_path_factory) -> list[str]:
    """Print that chapter from the browser, and return the text of each sheet."""
    path = tmp_path_factory.mktemp("printed") / "page.pdf"
    dark_page.pdf(path=path, format="A4")
    return Printed(path).pages


@pytest.mark.whole
def test_a_page_is_printed_in_the_light_and_dark_again_afterwards(dark_page):
    themes = dark_page.evaluate(
        """() => ["", "beforeprint", "afterprint"].map(name => {
            dispatchEvent(new Event(name));
            return document.documentElement.dataset.theme;
        })"""
    )

    assert themes == ["dark", "light", "dark"]


def test_a_page_that_is_printed_says_on_every_sheet_what_kind_of_data_it_shows(sheets):
    assert len(sheets) > 1
    assert [number for number, page in enumerate(sheets, 1) if BANNERS["synthetic"][:60] not in page] == []


def test_a_page_that_is_printed_has_no_bars_beside_it(sheets):
    assert "Progression-free survival How long" in sheets[0]
    assert "Participants" not in sheets[0]
