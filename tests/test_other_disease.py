"""A book of another disease than the paper's: its chapters, what they speak of, its title, and who chose what."""

import re

import pytest

from gistbook import build
from gistbook.book.publish import Cover
from gistbook.build.make import _cover
from gistbook.conventions import UsageError
from support import chapters
from support.html import article, read, with_class
from support.sharing import one_of

SETTINGS = """title = "Ward 7"
access = "{access}"

[book]
disease = "{disease}"
{more}

[columns.patients]
"row number" = "patient_id"

[endpoints.OS]
time = "days"
unit = "days"
event = "status"
events = ["dead"]
censored = ["alive"]
"""

OF_THE_PAPER = re.compile(
    r"imatinib|\bGIST\b|stromal|resistan|second.line|inhibitor|[SM]-group|the paper\b", re.IGNORECASE
)
SPOKEN_ANYWAY = ("Clinical significance of surgical",)
"""Title of the work to which the book owes its methods."""


def ward(place, disease="lung cancer", access="public", more=""):
    """Write a cohort folder of thirty patients with recorded survival."""
    place.mkdir()
    rows = [f"{50 + n},{'male' if n % 2 else 'female'},{40 + 37 * n},{'dead' if n % 3 else 'alive'}" for n in range(30)]
    (place / "patients.csv").write_text("\n".join(["age,sex,days,status", *rows]) + "\n", encoding="utf-8")
    (place / "cohort.toml").write_text(SETTINGS.format(access=access, disease=disease, more=more), encoding="utf-8")
    return place


def planned(folder):
    """Plan the book of a folder in which little is compared with R."""
    return build.plan(folder, chapters.BRIEF, 2, print)


def slugs(folder):
    return [chapter.slug for chapter in planned(folder).chapters]


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    """Build the book of another disease, and give its pages."""
    place = tmp_path_factory.mktemp("other")
    return build.build(planned(ward(place / "ward")), place / "out").folder / "html"


def sentences(html):
    """Give the sentences of each page, titles of works cited apart."""
    for page in sorted((html / "chapters").glob("*.html")):
        shown = article(read(page))
        for code in with_class(shown, "cell_input"):
            code.clear()
        text = " ".join(" ".join(shown.itertext()).split())
        for sentence in re.split(r"(?<=[.?!:]) ", text):
            if not sentence.startswith(SPOKEN_ANYWAY):
                yield f"{page.stem}: {sentence}"


@pytest.mark.whole
def test_no_sentence_speaks_of_the_paper_and_its_disease(html):
    spoken = [each for each in sentences(html) if OF_THE_PAPER.search(each) and "not in this book" not in each]

    assert [each for each in spoken if not each.startswith("methods: It describes")] == []


SPOKEN_OF_NOTHING = ("not recorded in this cohort", "not estimable in this cohort", "metastases", "left truncation")
"""What a book of one group with recorded survival has no reason to print: results without a number, and other data."""


@pytest.mark.whole
def test_no_sentence_speaks_of_what_the_cohort_does_not_record(html):
    empty = [each for each in sentences(html) if any(words in each for words in SPOKEN_OF_NOTHING)]

    assert [each for each in empty if not each.startswith("methods: ")] == []
    tests = [each for each in sentences(html) if re.search("log-rank|hazard ratio of each group", each)]
    assert [each for each in tests if not each.startswith("validation: Quantity Data sets Values")] == []


@pytest.mark.whole
def test_the_limits_of_such_a_book_are_said_without_the_paper(html):
    limits = " ".join(each for each in sentences(html) if each.startswith("what_it_cannot_show: "))

    assert "All patients are analysed together" in limits
    assert "Limits of this median overall survival" in limits


@pytest.mark.whole
def test_the_front_page_lists_each_chapter_that_such_a_book_could_have_with_the_reason(html):
    text = " ".join(" ".join(article(read(html / "chapters" / "abstract.html")).itertext()).split())

    assert "Surgery no operations" in text
    assert "the paper and its disease" not in text
    assert not [title for title in ("Introduction", "Imatinib", "Waiting time", "Subsequent") if title in text]


def test_a_book_of_another_disease_with_all_its_tables_lists_no_chapter_as_absent(tmp_path):
    cohort = build.load_cohort(ward(tmp_path / "ward", more='leave_out = ["claims"]'))
    whole = cohort._replace(operations=cohort.adsl, assessments=cohort.adsl)

    written = build.read_chapters()

    assert build.not_in_book(whole, written).empty
    assert build.not_in_book(cohort, written)["Chapter"].tolist() == ["Surgery", "Progression-free survival"]


@pytest.mark.whole
def test_a_book_of_another_disease_is_called_by_its_cohort(html):
    title = "".join(read(html / "chapters" / "methods.html").find(".//title").itertext())

    assert title.endswith("Ward 7")
    assert not (html / "chapters" / "claims.html").exists()


@pytest.mark.parametrize("disease", ["", "GIST", "Gastrointestinal stromal tumour"])
def test_a_cohort_of_the_papers_disease_has_its_chapters(tmp_path, disease):
    assert {"introduction", "claims", "discussion"} <= set(slugs(ward(tmp_path / "ward", disease)))


def test_a_chapter_whose_endpoint_is_recorded_is_in_the_book(tmp_path):
    folder = ward(tmp_path / "ward")
    told = (folder / "cohort.toml").read_text(encoding="utf-8")
    (folder / "cohort.toml").write_text(
        told + told[told.index("[endpoints.OS]") :].replace("OS", "PFS"), encoding="utf-8"
    )

    assert "progression_free_survival" in slugs(folder)
    assert "progression_free_survival" not in slugs(ward(tmp_path / "other"))


def test_chapters_that_the_owner_does_not_want_are_left_out(tmp_path):
    assert "sensitivity" not in slugs(ward(tmp_path / "ward", more='leave_out = ["sensitivity"]'))


@pytest.mark.parametrize("name", ["abstract", "sensitivty"])
def test_what_is_no_chapter_or_the_first_one_cannot_be_left_out(tmp_path, name):
    folder = ward(tmp_path / "ward", more=f'leave_out = ["{name}"]')

    with pytest.raises(UsageError, match=f"leaves out what is no chapter, or the first one: {name}"):
        planned(folder)


def test_a_chapter_that_is_not_in_the_book_cannot_be_run_alone(tmp_path):
    with pytest.raises(UsageError, match="claims is not in this book: it is about the paper and its disease"):
        build.plan(ward(tmp_path / "ward"), {}, 1, print, "claims")


def test_a_book_has_the_titles_and_authors_of_its_owner(tmp_path):
    more = 'title = "Lungs"\nsubtitle = "A ward"\nauthors = ["A. One", "B. Two"]'
    cohort = build.load_cohort(ward(tmp_path / "ward", more=more))

    assert _cover(cohort, "x") == Cover("Ward 7", "public", "x", "Lungs", "A. One, B. Two", False, "A ward")


@pytest.mark.parametrize("unit", one_of(3, ["days", "weeks", "years"]))
def test_every_time_is_in_the_unit_that_the_owner_asks_for(tmp_path, unit):
    asked = chapters.pages(ward(tmp_path / "ward", more=f'unit = "{unit}"'), ["overall_survival"])["overall_survival"]
    plain = chapters.pages(ward(tmp_path / "other"), ["overall_survival"])["overall_survival"]

    assert re.search(rf"Median overall survival, by group\. .*?All \| [\d.]+ {unit} \(95% CI", asked.words)
    assert f"{unit.capitalize()} from" in asked.words
    assert "months" not in asked.words.replace("horizon_months", "").replace("landmark_months", "")
    assert unit not in plain.words


@pytest.mark.parametrize(
    ("group", "told"), [("\nsex = 'group'", True), pytest.param("", False, marks=pytest.mark.whole)]
)
def test_what_divides_the_groups_is_said_in_the_words_of_the_owner(tmp_path, group, told):
    folder = ward(tmp_path / "ward", more='title = "Lungs"\nsubtitle = "A ward"\ndivided_by = "sex at birth"')
    settings = (folder / "cohort.toml").read_text(encoding="utf-8")
    settings = settings.replace("[columns.patients]", f"[columns.patients]{group}")
    (folder / "cohort.toml").write_text(settings, encoding="utf-8")
    pages = chapters.pages(folder, ["participants", "what_it_cannot_show", "abstract"])

    assert "This book is called “Lungs: A ward”." in pages["abstract"].text
    assert all(("sex at birth" in page.text) == told for page in pages.values())
