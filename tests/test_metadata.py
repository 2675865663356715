"""What pages tell of themselves: to search engines, libraries and hosts; and nothing that nobody has told them."""

import html as markup
import itertools
import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document

from gistbook import build
from gistbook.book import audit, comparison, downloads, publish
from gistbook.book.audit import gate
from gistbook.book.theme import metadata, pages
from gistbook.conventions import BANNERS, DATA_NOTES, UsageError
from support import browser, sites, subjects
from support.html import read
from support.sites import ADDRESS, PICTURE
from support.stages import TITLE, TOC, book_of

CHAPTERS = ("chapters/first.html", "chapters/second.html")
SAID = yaml.safe_load((build.BOOK / metadata.FILE).read_text(encoding="utf-8"))
PAPER = "https://doi.org/10.1007/s00595-021-02241-5"


@pytest.fixture(scope="module")
def plain(shared):
    """Return the pages of a synthetic cohort, where nothing is named."""
    return sites.plain(shared)


@pytest.fixture(scope="module")
def placed(shared):
    """Return the pages of a public cohort whose title is markup, with address, repository and key figure."""
    return sites.placed(shared)


@pytest.fixture(scope="module")
def confidential(shared):
    """Return the pages of a confidential cohort."""
    return sites.confidential(shared)


OF_NO_CELL = {
    ("_images/dot.svg", audit.LEFT.says),
    ("chapters/abstract.html", audit.UNLISTED.says),
    ("chapters/abstract.html", audit.REMOTE.says),
}
"""A picture that no cell has drawn, and the page that leads to a file that is not there."""


def source_of(pages: Path) -> Path:
    """Return the folder of the book that pages were made of."""
    return pages.parents[2] / "book"


def tags(html: Path, page: str) -> dict[str, list[str]]:
    """Return what the tags of a page tell, by name."""
    told: dict[str, list[str]] = {}
    for meta in read(html / page).iter("meta"):
        told.setdefault(meta.get("name") or meta.get("property") or "", []).append(meta.get("content", ""))
    return told


def canonical(html: Path, page: str) -> list[str]:
    """Return which address a page says is its own."""
    return [link.get("href") for link in read(html / page).iter("link") if link.get("rel") == "canonical"]


def data(html: Path, page: str = CHAPTERS[0]) -> list[dict]:
    """Return the data that a page tells of itself."""
    scripts = [each.text for each in read(html / page).iter("script") if each.get("type") == "application/ld+json"]
    return [told for script in scripts for told in json.loads(script)["@graph"]]


def links(html: Path, page: str) -> dict[str, str]:
    """Return where the links of a page lead that leave the book, by their words."""
    found_links = [link for link in read(html / page).iter("a") if urlsplit(link.get("href", "")).netloc]
    return {" ".join("".join(link.itertext()).split()): link.get("href") for link in found_links}


def test_a_page_tells_its_question_and_of_what_kind_its_data_are(plain):
    assert tags(plain, CHAPTERS[0])["description"] == [f"What & why? {DATA_NOTES['synthetic']}"]


def test_the_question_is_the_first_text_that_is_in_no_box(plain):
    assert tags(plain, CHAPTERS[1])["description"] == [f"A second question? {DATA_NOTES['synthetic']}"]


def test_a_value_that_is_pasted_into_the_question_is_told():
    tree = new_document("drawn")
    question = nodes.paragraph("", "", nodes.Text("Of "), nodes.inline("", "37 patients", classes=["pasted-text"]))
    tree += nodes.section("", nodes.title("", "Drawn"), question)

    assert metadata.description(tree, {}) == "Of 37 patients"


@pytest.mark.whole
def test_the_title_of_a_cohort_is_text_in_every_tag(placed):
    told = tags(placed, CHAPTERS[0])

    assert told["description"] == [f"What & why? {DATA_NOTES['public'].format(title=TITLE)}"]
    assert "<script>alert" not in (placed / CHAPTERS[0]).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [*CHAPTERS, "index.html"])
def test_every_page_tells_libraries_which_book_it_is_of(plain, page):
    told = tags(plain, page)

    assert told["citation_title"] == [SAID["title"]]
    assert told["citation_author"] == ["The gistbook authors"]
    assert told["citation_publication_date"] == ["2026"]
    assert told["citation_language"] == ["en"]


def test_dublin_core_is_of_the_page_and_relates_it_to_the_paper(plain):
    told = tags(plain, CHAPTERS[1])

    assert told["DC.title"] == ["Second “part”"]
    assert told["DC.creator"] == ["The gistbook authors"]
    assert told["DC.relation"] == [PAPER]
    assert told["DC.rights"] == [metadata.TEXT_LICENCE]


@pytest.mark.whole
def test_a_licence_is_told_only_of_the_book_of_synthetic_patients(placed, confidential):
    assert [html for html in (placed, confidential) if "DC.rights" in tags(html, CHAPTERS[0])] == []
    assert [told for html in (placed, confidential) for told in data(html) if "license" in told] == []


def test_a_link_to_a_page_is_shown_as_a_card(plain):
    told = tags(plain, CHAPTERS[1])

    assert told["og:title"] == ["Second “part”"]
    assert told["og:type"] == ["article"]
    assert told["og:locale"] == ["en_GB"]
    assert told["og:description"] == told["description"]


def test_the_page_that_leads_on_is_shown_as_the_first_chapter(placed):
    told = tags(placed, "index.html")

    assert told["og:description"] == tags(placed, CHAPTERS[0])["description"]
    assert told["og:url"] == [f"{ADDRESS}{CHAPTERS[0]}"]


def test_the_page_that_leads_on_runs_nothing_and_loads_nothing(plain):
    front = read(plain / "index.html")

    assert front.find(".//meta[@http-equiv='Content-Security-Policy']").get("content") == audit.policy.FRONT
    assert [*front.iter("script"), *front.iter("link")] == []


def test_a_book_without_the_key_figure_has_no_picture(plain):
    assert "og:image" not in tags(plain, CHAPTERS[0])


@pytest.mark.parametrize("page", [*CHAPTERS, "index.html"])
def test_the_picture_of_a_card_is_the_key_figure_and_is_described(placed, page):
    told = tags(placed, page)

    assert told["og:image"] == [f"{ADDRESS}downloads/{PICTURE}"]
    assert told["og:image:alt"] == [f"Overall survival. {DATA_NOTES['public'].format(title=TITLE)}"]


@pytest.mark.parametrize("page", ["chapters/abstract.html", "chapters/claims.html", "index.html"])
def test_the_picture_of_the_bundled_book_is_there(bundled_book, page):
    html = bundled_book / "html"
    (picture,) = tags(html, page)["og:image"]

    assert ((html / page).parent / picture).resolve() == (html / "downloads" / PICTURE).resolve()
    assert (html / "downloads" / PICTURE).exists()


def test_every_chapter_of_the_bundled_book_tells_a_description_of_its_own(bundled_book):
    html = bundled_book / "html"
    told = [tags(html, f"chapters/{slug}.html")["description"] for slug in publish.contents(build.BOOK)]

    assert len({each for (each,) in told}) == len(told)
    assert [each for (each,) in told if not each.endswith(f"? {DATA_NOTES['synthetic']}")] == []


def test_the_first_chapter_alone_tells_of_article_and_cohort(plain):
    assert [told["@type"] for told in data(plain)] == ["ScholarlyArticle", "Dataset"]
    assert data(plain, CHAPTERS[1]) == []


def test_the_article_is_the_book_and_based_on_the_paper(plain):
    article, _ = data(plain)

    assert article["name"] == SAID["title"]
    assert article["author"] == [{"@type": "Organization", "name": "The gistbook authors"}]
    assert [each["sameAs"] for each in article["isBasedOn"]] == [PAPER]
    assert article["license"] == metadata.TEXT_LICENCE


def test_synthetic_patients_are_called_so_by_name_and_description(plain):
    _, cohort = data(plain)

    assert cohort["name"] == "Drawn cohort (synthetic patients)"
    assert cohort["description"] == f"{DATA_NOTES['synthetic']} {BANNERS['synthetic']}"
    assert "distribution" not in cohort


def test_a_public_cohort_is_named_as_nobody_s_work_of_ours(placed):
    _, cohort = data(placed)

    assert markup.unescape(cohort["name"]) == TITLE
    assert {"creator", "license", "distribution"} & set(cohort) == set()


def test_a_confidential_cohort_is_offered_to_nobody(confidential):
    assert [told["@type"] for told in data(confidential)] == ["ScholarlyArticle"]
    assert "abstract" not in data(confidential)[0]


def test_nothing_in_data_can_end_their_script():
    data = metadata.script([{"name": "</script><!--<script>\u2028&"}])

    assert json.loads(data)["@graph"][0]["name"] == "&lt;/script>&lt;!--&lt;script>\u2028&"
    assert not set(data) & set("<>&\u2028")


@pytest.mark.parametrize("page", [*CHAPTERS, "index.html"])
def test_without_an_address_no_page_tells_one(plain, page):
    told = tags(plain, page)

    assert canonical(plain, page) == []
    assert {"citation_fulltext_html_url", "og:url"} & set(told) == set()


@pytest.mark.parametrize("name", ["sitemap.xml", "robots.txt"])
def test_without_an_address_there_is_no_map_of_the_site(plain, name):
    assert not (plain / name).exists()


def test_a_page_tells_its_own_address_below_that_of_the_site(placed):
    assert [canonical(placed, page) for page in CHAPTERS] == [[f"{ADDRESS}{page}"] for page in CHAPTERS]
    assert tags(placed, CHAPTERS[1])["og:url"] == [f"{ADDRESS}{CHAPTERS[1]}"]


def test_the_page_that_leads_on_tells_the_address_of_the_first_chapter(placed):
    assert canonical(placed, "index.html") == [f"{ADDRESS}{CHAPTERS[0]}"]


def test_libraries_are_told_where_the_book_begins(placed):
    assert tags(placed, CHAPTERS[1])["citation_fulltext_html_url"] == [f"{ADDRESS}{CHAPTERS[0]}"]


def test_the_map_of_the_site_names_each_chapter_once_and_no_day(placed):
    tree = ElementTree.fromstring((placed / "sitemap.xml").read_text(encoding="utf-8"))
    named = [each.text for each in tree.iter() if each.tag.endswith("}loc")]

    assert named == [f"{ADDRESS}chapters/{slug}.html" for slug in ("abstract", "first", "second")]
    assert [each for each in tree.iter() if each.tag.endswith("lastmod")] == []


def test_crawlers_are_told_where_the_map_is(placed):
    assert f"Sitemap: {ADDRESS}sitemap.xml\n" in (placed / "robots.txt").read_text(encoding="utf-8")


def test_an_address_is_escaped_in_the_map():
    assert "<loc>https://a.example/b&amp;c/d.html</loc>" in pages.render(
        "sitemap.xml", address="https://a.example/b&c/", pages=["d"]
    )


def test_every_address_that_is_told_answers_where_the_site_is_served_under_a_path(placed, tmp_path):
    shutil.copytree(placed, tmp_path / "sub" / "path")
    (tmp_path / "sub" / "path" / "downloads").mkdir()
    (tmp_path / "sub" / "path" / "downloads" / PICTURE).touch()
    pages = ["index.html", *CHAPTERS]
    told = [
        each for page in pages for each in [*canonical(placed, page), *itertools.chain(*tags(placed, page).values())]
    ]
    told += re.findall(rf"{ADDRESS}[^<\s]*", "".join((placed / n).read_text() for n in ("sitemap.xml", "robots.txt")))
    ours = {each for each in told if each.startswith(ADDRESS)}
    with browser.served(tmp_path) as home:
        answers = {urlopen(f"{home}{urlsplit(each).path}").status for each in ours}

    assert {urlsplit(each).path.rpartition("/")[2] for each in ours} == {
        *(f"{slug}.html" for slug in ("first", "second", "abstract")),
        *("sitemap.xml", PICTURE),
    }
    assert answers == {200}


def test_a_host_that_builds_pages_of_its_own_is_told_to_leave_them(plain):
    assert (plain / ".nojekyll").read_bytes() == b""


def test_the_environment_names_the_address_before_the_configuration(tmp_path, monkeypatch):
    book = book_of(tmp_path / "book", TOC, "first", "second")
    shutil.copy(build.BOOK / metadata.FILE, book)
    monkeypatch.setenv(publish.ADDRESS, "https://other.example/book")

    assert publish.address(book) == "https://other.example/book/"


@pytest.mark.parametrize("wrong", ["owner.example", "https://a.example/?q", "https://a b/", "/sub", 'https://a"b/'])
def test_what_is_no_address_of_a_site_is_refused(tmp_path, monkeypatch, wrong):
    book = book_of(tmp_path / "book", TOC, "first", "second")
    monkeypatch.setenv(publish.ADDRESS, wrong)
    with pytest.raises(UsageError, match="is no address of a site"):
        publish.address(book)


def test_what_nobody_cites_has_no_address(tmp_path, monkeypatch):
    monkeypatch.setenv(publish.ADDRESS, ADDRESS)
    comparison._write_book(tmp_path / "source", "# Two runs\n")

    assert publish.address(tmp_path / "source") == ""


@pytest.mark.parametrize("page", CHAPTERS)
def test_without_a_repository_no_button_leads_out_of_the_book(plain, page):
    assert links(plain, page) == {}
    assert "launch-buttons" not in (plain / page).read_text(encoding="utf-8")


def test_the_bundled_book_names_no_repository(bundled_book):
    text = (bundled_book / "html" / "chapters" / "surgery.html").read_text(encoding="utf-8")

    assert [word for word in ("source-buttons", "launch-buttons", "github.com") if word in text] == []


def test_a_page_is_edited_where_its_chapter_is_written(placed):
    assert links(placed, CHAPTERS[1])["Suggest edit"] == ("https://github.com/owner/name/edit/trunk/chapters/second.md")


def test_repository_and_issues_are_linked(placed):
    led = links(placed, CHAPTERS[0])

    assert led["Repository"] == "https://github.com/owner/name"
    assert led["Open issue"].startswith("https://github.com/owner/name/issues/new?")


def test_a_chapter_is_run_from_its_source(placed):
    assert links(placed, CHAPTERS[1])["Binder"] == (
        "https://mybinder.org/v2/gh/owner/name/trunk?urlpath=lab/tree/chapters/second.md"
    )


@pytest.mark.parametrize(("html", "access"), [("plain", "synthetic"), ("placed", "public"), ("confidential",) * 2])
def test_the_audit_finds_nothing_in_what_pages_tell(request, html, access):
    pages = request.getfixturevalue(html)
    title = "Drawn cohort" if access == "synthetic" else TITLE
    of_machine = gate.known_of_machine(pages, source_of(pages))._replace(data=downloads.Data(title, access))

    leaks = {(leak.file, leak.rule) for leak in audit.audit(pages, of_machine)}

    assert leaks == (OF_NO_CELL if html == "placed" else set())


def test_the_audit_reads_data_of_a_page_for_identifiers(plain, tmp_path):
    folder, pages = subjects.named_folder(tmp_path / "mine"), shutil.copytree(plain, tmp_path / "pages")
    known = gate.known(build.load_cohort(folder), folder, pages, source_of(plain))
    page, who = pages / CHAPTERS[0], subjects.LONG_NAMES["a"]
    spoiled = page.read_text(encoding="utf-8").replace('"inLanguage"', f'"about": "{who}", "inLanguage"', 1)
    page.write_text(spoiled, encoding="utf-8")
    leaks = audit.audit(pages, known)

    assert audit.IDENTIFIER.says in [leak.rule for leak in leaks if leak.file == CHAPTERS[0]]


@pytest.mark.whole
@pytest.mark.skipif(not browser.CHROMIUM, reason=browser.ABSENT)
def test_what_a_page_tells_is_asked_of_nobody_by_a_browser(placed):
    with browser.chromium() as opened:
        tab = browser.Watched(opened, placed.as_uri())
        seen = [tab.visit(page) for page in ("index.html", *CHAPTERS)]
        tab.close()

    assert [(visit.events, visit.elsewhere) for visit in seen] == [([], [])] * 3
