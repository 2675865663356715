"""Citing: whatever a citation file says becomes a sentence, BibTeX and RIS that programs of references read."""

import re
from types import SimpleNamespace

import pytest
import yaml
from pybtex.database import parse_file

from gistbook import build
from gistbook.book.theme import metadata
from support import browser, sites

SAID = yaml.safe_load((build.BOOK / metadata.FILE).read_text(encoding="utf-8"))
BOOK, PAPER = metadata.works(SAID, "2026", "https://owner.example/book/")

CITED = "chapters/cited.html"

DRAWN = metadata.Work(
    type="article",
    title="R&D {of} 5% à la Müller_1: $x^2~\\",
    authors=(metadata.Author("Çelik", "Žofia Anna"), metadata.Author("The Group"), metadata.Author("others")),
    year="2020",
    journal="Acta # 1",
    doi="10.1/a_b%c",
)
"""A work of everything that means something to TeX."""


def fields(entry: str) -> dict[str, str]:
    """Return the fields of an entry of BibTeX."""
    return dict(re.findall(r"^  (\w+) = \{(.*)\},?$", entry, flags=re.MULTILINE))


def records(text: str) -> list[tuple[str, str]]:
    """Return the tags of a record of RIS with their values."""
    return [(line[:2], line[6:]) for line in text.splitlines()]


@pytest.fixture(scope="module")
def html(shared):
    """Return the pages of a book of which one chapter shows how it is cited."""
    return sites.plain(shared)


@pytest.fixture(scope="module")
def page(html):
    return (html / CITED).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def opened():
    with browser.chromium() as running:
        yield running


@pytest.fixture(params=browser.MODES)
def tab(request, opened, html):
    """Return a tab in which the book is read."""
    with browser.read_at(html, request.param) as address:
        watched = browser.Watched(opened, address)
        yield watched
        watched.close()


def test_the_book_is_cited_first_and_then_the_paper_that_it_is_based_on():
    assert BOOK.title == SAID["title"]
    assert PAPER.doi == SAID["references"][0]["doi"]


def test_the_file_itself_comes_before_what_the_configuration_tells():
    told = {"title": "T", "authors": [], "date-released": "2024-05-06", "url": "https://a.example/"}
    (book,) = metadata.works(told, "2026", "https://b.example/")

    assert (book.year, book.url) == ("2024", "https://a.example/")


class App:
    """What Sphinx has of a book in a folder."""

    def __init__(self, folder, year: str):
        self.srcdir = folder
        self.config = SimpleNamespace(copyright=year, html_baseurl="", root_doc="first")


def test_a_folder_without_a_citation_file_cites_nothing(tmp_path):
    assert metadata.works_of(App(tmp_path, "2026")) == []


def test_nobody_is_named_whom_the_file_does_not_name():
    assert [author.inverted() for author in BOOK.named()] == ["The gistbook authors"]
    assert [author.inverted() for author in PAPER.named()] == ["Wada, N.", "Takahashi, T.", "Kurokawa, Y."]


def test_a_paper_is_cited_in_a_sentence_as_journals_of_medicine_do():
    said = metadata.sentence(PAPER)

    assert said.startswith("Wada N, Takahashi T, Kurokawa Y, et al. Clinical significance")
    assert said.endswith("kinase inhibitors. Surgery Today 2021.")


def test_a_book_is_cited_in_a_sentence_with_its_version():
    assert metadata.sentence(BOOK) == f"The gistbook authors. {SAID['title']}, version {SAID['version']}. 2026."


def test_a_given_name_becomes_its_initials():
    assert metadata.sentence(DRAWN).startswith("Çelik ŽA, The Group, et al.")


def test_an_entry_of_bibtex_is_named_after_who_wrote_it_and_when():
    assert metadata.bibtex(PAPER).startswith("@article{wada2021,\n")
    assert metadata.bibtex(BOOK).startswith("@misc{gistbook2026,\n")
    assert metadata.bibtex(DRAWN).startswith("@article{celik2020,\n")


def test_bibtex_is_told_that_authors_are_left_out():
    assert fields(metadata.bibtex(PAPER))["author"] == "Wada, N. and Takahashi, T. and Kurokawa, Y. and others"


def test_bibtex_does_not_take_the_name_of_a_body_apart():
    assert fields(metadata.bibtex(BOOK))["author"] == "{The gistbook authors}"


def test_bibtex_keeps_the_capitals_of_an_abbreviation():
    assert fields(metadata.bibtex(BOOK))["title"] == "Surgery for imatinib-resistant {GIST}: an executable paper"


def test_what_means_something_to_tex_is_printed_by_it():
    found = fields(metadata.bibtex(DRAWN))["title"]

    assert found.startswith(r"{R\&D} \{of\} 5\% à la Müller\_1: \$x")
    assert found.endswith(r"\textasciicircum{}2\textasciitilde{}\textbackslash{}")


def test_letters_with_accents_and_of_other_scripts_stay_as_they_are():
    assert fields(metadata.bibtex(DRAWN))["author"] == "Çelik, Žofia Anna and {The Group} and others"
    assert fields(metadata.bibtex(DRAWN._replace(title="和田 ø–“x”")))["title"] == "和田 ø–“x”"


def test_braces_of_an_entry_close():
    for work in (BOOK, PAPER, DRAWN):
        bare = re.sub(r"\\[{}]", "", metadata.bibtex(work))

        assert bare.count("{") == bare.count("}")


def test_a_doi_is_no_text_and_stays_letter_by_letter():
    assert fields(metadata.bibtex(DRAWN))["doi"] == "10.1/a_b%c"


@pytest.mark.parametrize("work", [BOOK, PAPER, DRAWN])
def test_every_line_of_ris_is_a_tag_two_blanks_a_hyphen_and_a_blank(work):
    lines = metadata.ris(work).splitlines()

    assert [line for line in lines[:-1] if not re.fullmatch(r"[A-Z][A-Z0-9]  - \S.*", line)] == []
    assert lines[-1] == "ER  - "


def test_ris_begins_with_the_kind_of_work():
    assert records(metadata.ris(BOOK))[0] == ("TY", "COMP")
    assert records(metadata.ris(PAPER))[0] == ("TY", "JOUR")


def test_ris_names_each_author_in_a_line_of_its_own():
    assert [value for tag, value in records(metadata.ris(PAPER)) if tag == "AU"] == [
        "Wada, N.",
        "Takahashi, T.",
        "Kurokawa, Y.",
    ]


def test_ris_tells_that_the_bundled_cohort_is_synthetic():
    assert "cohort is synthetic" in dict(records(metadata.ris(BOOK)))["AB"]


def test_a_text_of_several_lines_is_one_line_of_ris():
    (work,) = metadata.works({"title": "A\n  B", "authors": [], "notes": "c\n\nd"})

    assert ("TI", "A B") in records(metadata.ris(work))
    assert ("N1", "c d") in records(metadata.ris(work))


@pytest.mark.parametrize(("copyright", "year"), [("2026", "2026"), ("2019-2026", "")])
def test_a_year_is_told_only_if_the_configuration_tells_one(copyright, year):
    assert metadata.works_of(App(build.BOOK, copyright))[0].year == year


def test_the_box_shows_book_and_paper_in_each_format(page):
    assert re.findall(r"<summary>(\w+) <span class=\"sr-only\">of ([\w ]+)</span>", page) == [
        ("BibTeX", "this book"),
        ("RIS", "this book"),
        ("BibTeX", "the paper that it is based on"),
        ("RIS", "the paper that it is based on"),
    ]


def test_the_box_leads_to_the_paper(page):
    assert 'href="https://doi.org/10.1007/s00595-021-02241-5"' in page


def test_the_box_invents_no_address_of_the_book(page):
    assert [each for each in re.findall(r'href="(https?://[^"]*)"', page) if "doi.org" not in each] == []


@pytest.mark.parametrize("access", ["synthetic", "public", "confidential"])
def test_the_box_speaks_of_the_bundled_patients_only_in_their_book(access):
    box = metadata.box([BOOK, PAPER], {"access": access})

    assert ("cohort is synthetic" in box) == (access == "synthetic")


def test_a_text_of_the_file_is_text_in_the_box():
    box = metadata.box([DRAWN._replace(title="<script>alert(1)</script>")], {})

    assert "<script>" not in box
    assert "&lt;script&gt;alert(1)" in box


def test_the_box_of_the_bundled_book_says_that_its_patients_are_synthetic(page):
    assert "cohort is synthetic" in page


@pytest.mark.whole
@pytest.mark.skipif(not browser.CHROMIUM, reason=browser.ABSENT)
def test_the_button_of_an_entry_copies_it(tab):
    tab.visit(CITED)
    copied = []
    for number in range(4):
        entry = tab.page.locator("details.gb-cite-entry").nth(number)
        entry.locator("summary").click()
        entry.locator("button.copybtn").click()
        copied.append(_pasted(tab.page))

    book, paper = metadata.works(SAID, "2026", "")
    assert copied == [metadata.bibtex(book), metadata.ris(book), metadata.bibtex(paper), metadata.ris(paper)]
    assert (tab.seen().events, tab.seen().elsewhere) == ([], [])


def _pasted(page) -> str:
    """Return what a reader would paste now."""
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'pasted'}))")
    page.locator("#pasted").focus()
    page.keyboard.press("Control+V")
    return page.evaluate("() => {const box = document.querySelector('#pasted'); box.remove(); return box.value}")


# The bibliography

ENTRIES = parse_file(build.BOOK / "references.bib", "bibtex").entries
READ_IN_PART = {"park2014", "zaydfudim2012", "fairweather2018", "intrigue2022"}
"""Articles of which volume and pages were in no source that was read."""


def is_complete(entry) -> bool:
    """Tell whether an entry says who wrote what, where, when, and how to find it."""
    fields = entry.fields
    who = bool(entry.persons.get("author"))
    where = {"journal", "publisher", "howpublished"} & set(fields) or "url" in fields or entry.type == "misc"
    placed = {"volume", "pages"} <= set(fields) or {"doi", "note", "publisher", "url"} & set(fields)
    return bool(who and where and placed and {"title", "year"} <= set(fields))


def test_every_reference_says_who_wrote_what_where_and_when():
    assert {key for key, entry in ENTRIES.items() if not is_complete(entry)} - {"fda2018"} == READ_IN_PART


def test_every_reference_is_cited_and_every_citation_has_a_reference():
    chapters = "".join(path.read_text(encoding="utf-8") for path in (build.BOOK / "chapters").glob("*.md"))
    cited = {key for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", chapters) for key in keys.split(",")}

    assert cited == set(ENTRIES)


def test_no_reference_shows_a_command_of_latex():
    accents = re.compile(r"\\['`\"^~o]\{?\w?\}?")
    texts = {key: accents.sub("", " ".join(map(str, entry.fields.values()))) for key, entry in ENTRIES.items()}

    assert [key for key, text in texts.items() if "\\" in text] == []


@pytest.mark.parametrize("key", [
    "nishida2016", "yoshikawa2013", "takahashi2013", "nishida2014", "demetri2006", "demetri2013", "nishida2008",
    "esmo2014", "ford2016", "demetri2010", "raut2006", "gao2016", "hasegawa2007", "dindo2004", "katayama2016",
    "yeh2010", "mussi2010", "nishida2009",
])  # fmt: skip
def test_a_reference_of_the_paper_has_volume_and_pages(key):
    assert {"volume", "pages"} <= set(ENTRIES[key].fields)
