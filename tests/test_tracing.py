"""A number of a page leads to what it is, to the cell that made it and to the ledger, and each of those is there."""

import json
import re
from types import SimpleNamespace
from urllib.parse import urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup

from gistbook.book import claims, tracing
from gistbook.book.tracing import is_number
from gistbook.conventions import RECORD_TYPE, ROW_OF

HOSTILE = '<img src=x onerror=alert(1)> "quoted"\n\n# `x`'
CLAIM = SimpleNamespace(
    claim_id="median", claim="Median of the S-group", published="14.5", unit="months", denominator="", chapter="result",
    key="size",
)  # fmt: skip
ESTIMATE = {
    "phrase": "3.0 months (95% CI 1.0 to 5.0; 2 events / 4 patients)",
    "value": 3.0, "lower": 1.0, "upper": 5.0, "level": 0.95, "unit": "months", "measure": "quantile", "group": None,
    "events": 2, "n": 4, "origin": "resistance",
}  # fmt: skip
WORDS = {"phrase": "this synthetic cohort", "value": None}


def pasting(records: dict[str, dict]) -> nbformat.NotebookNode:
    """Return a cell that has pasted records."""
    outputs = [
        nbformat.v4.new_output(
            "display_data",
            {"text/plain": key},
            metadata={"scrapbook": {"name": key, "mime_prefix": ""}, RECORD_TYPE: record},
        )
        for key, record in records.items()
    ]
    return nbformat.v4.new_code_cell("x = 1", outputs=outputs)


def book(records: dict[str, dict], **others: dict[str, dict]) -> tracing.Book:
    """Return a book of a chapter `result` that pasted records, and of others; the ledger is a chapter of it."""
    pasted = {"result": {"this_cohort": WORDS, **records}, "claims": {}, **others}
    return tracing.Book(
        [CLAIM], {slug: slug.capitalize() for slug in pasted}, pasted, {"result": {"interval": "'log'"}}
    )


def traced(records: dict[str, dict], page: str = "result", **others: dict[str, dict]):
    """Return the cells of a traced page whose text takes every key."""
    made = book(records, **others)
    text = " ".join(f"{{glue:text}}`{key}`" for key in made.records[page])
    notebook = nbformat.v4.new_notebook(cells=[pasting(made.records[page]), nbformat.v4.new_markdown_cell(text)])
    return tracing.traced(notebook, page, made, "A note.")["cells"]


def cells_of(records: dict[str, dict], key: str = "size", page: str = "result", **others) -> dict[str, str]:
    """Return the row of a number by its headers."""
    table = BeautifulSoup(traced(records, page, **others)[-1]["source"], "html.parser")
    heads = [head.get_text() for head in table.select("thead th")]
    return dict(
        zip(heads, (cell.get_text() for cell in table.find(id=f"number-{key}").find_all(["th", "td"])), strict=True)
    )


@pytest.mark.parametrize(
    ("record", "is_one"),
    [
        ({"phrase": "x", "value": None}, False),
        ({"phrase": "5", "value": 5.0}, True),
        ({"phrase": "withheld", "value": None, "measure": "withheld"}, True),
        ({"phrase": "A 1; B 2", "value": None, "parts": {"A": {}}}, True),
        ({"phrase": "no", "value": None, "claim": "median"}, True),
        ({"phrase": "14 to 20", "value": None, "what": "A range"}, True),
    ],
)
def test_a_number_is_what_holds_one_or_stands_in_its_place(record, is_one):
    assert is_number(record) == is_one


def test_a_row_tells_estimate_interval_population_clock_and_what_was_published():
    told = cells_of({"size": ESTIMATE})

    assert told["Number"] == ESTIMATE["phrase"]
    assert told["What it is"] == "Result: median; 95% confidence interval of this synthetic cohort, log limits"
    assert told["Of whom"].endswith("together: 2 events / 4 patients")
    assert told["Time zero"] == "resistance"
    assert told["Published"] == "14.5 months, in the abstract of the paper"


def test_a_time_zero_is_named_as_the_chapter_of_the_number_or_else_another_one_names_that_one():
    clocks = {
        "clock": {"phrase": "the first operation", "value": None, "origin": "first_operation"},
        "clock_too": {"phrase": "the imaging", "value": None, "origin": "resistance"},
    }

    assert cells_of({"size": ESTIMATE, **clocks})["Time zero"] == "the imaging"
    assert cells_of({"size": ESTIMATE}, other=clocks)["Time zero"] == "the imaging"


def test_what_rises_is_told_as_the_share_with_the_event_and_a_part_with_an_interval_tells_of_all():
    without = {**ESTIMATE, "measure": "incidence", "lower": None, "upper": None, "group": "A"}
    parts = {"A": without, "B": {**without, "lower": 1.0, "group": "B"}}
    told = cells_of({"size": {"phrase": "A; B", "value": None, "parts": parts}})

    assert told["What it is"] == (
        "Result: share with the event by then, read off the curve; 95% confidence interval of this synthetic cohort, "
        "log-log limits"
    )


def test_what_a_number_is_begins_with_a_capital():
    told = cells_of({"size": {**ESTIMATE, "what": "survival of all"}})

    assert told["What it is"].startswith("Survival of all: ")


def test_a_share_is_of_those_who_could_have_had_it_and_not_of_all():
    share = {**ESTIMATE, "measure": "proportion", "events": 14, "n": 15, "origin": ""}
    told = cells_of({"size": share})

    assert told["Of whom"] == "this synthetic cohort, 14 of 15 patients"
    assert told["Time zero"] == "none: it is not a time"


def test_what_was_published_of_one_of_several_parts_is_told_with_its_claim():
    several = {"phrase": "A; B", "value": None, "parts": {"A": ESTIMATE, "B": ESTIMATE}}
    told = cells_of({"sizes": several}, "sizes")

    assert told["Published"] == "14.5 months, in the abstract of the paper: Median of the S-group"


def test_a_number_without_a_claim_says_that_none_was_published():
    told = cells_of({"other": {"phrase": "7", "value": 7.0, "unit": "count", "what": "Operations"}}, "other")

    assert told["What it is"] == "Operations"
    assert told["Published"] == "no published value beside it"


def test_a_published_number_is_said_to_be_of_the_papers_own_patients():
    published = {"phrase": "14.5 months", "value": None, "claim": "median", "is_published": True}
    told = cells_of({"size": ESTIMATE, "published_median": published}, "published_median")

    assert told["What it is"] == "Median of the S-group: as the abstract of the paper prints it"
    assert told["Of whom"] == "the paper’s own patients"
    assert "synthetic" not in " ".join(told.values())


def test_a_number_that_another_chapter_computed_leads_to_the_cell_of_that_chapter():
    recomputed = {"phrase": ESTIMATE["phrase"], "value": None, "claim": "median"}
    source = traced({"size": ESTIMATE}, "front", front={"median": recomputed})[-1]["source"]
    links = [link["href"] for link in BeautifulSoup(source, "html.parser").select("a")]

    assert links == ["result.html#made-size", "claims.html#claim-median"]


def test_numbers_of_a_chapter_on_other_patients_are_not_said_to_be_the_cohorts():
    others = {"phrase": "patients of a trial", "value": None}
    told = cells_of({"size": ESTIMATE, "whose_numbers": others})

    assert told["Of whom"].startswith("patients of a trial, ")
    assert "synthetic" not in told["What it is"]


def test_words_stay_words_and_have_no_row():
    cells = traced({"size": ESTIMATE})
    rows = [output["metadata"].get(ROW_OF) for cell in cells for output in cell.get("outputs", [])]

    assert rows == [None, "number-size"]
    assert "number-this_cohort" not in cells[-1]["source"]


def test_a_page_without_numbers_has_no_table_of_them():
    assert not [cell for cell in traced({}) if "gb-numbers" in cell["source"]]


def test_the_table_is_one_block_of_html_whatever_a_phrase_holds():
    source = traced({"size": {**ESTIMATE, "phrase": HOSTILE, "what": HOSTILE, "group": HOSTILE}})[-1]["source"]

    assert "<img" not in source
    assert "\n" not in source


def test_the_functions_that_made_something_are_found_through_the_names_it_uses():
    code = [
        "from gistbook.analysis import estimates, lifetable\nfrom gistbook.display import figures, prose",
        "counts = lifetable.count(adtte)\nunused = lifetable.pool(counts)",
        "rows = []\nfor each in [1, 2]:\n    rows.append(estimates.quantile(counts))",
        'drawn = figures.forest(rows, "forest")\nprose.paste_text("x", "y")\ndrawn',
    ]
    cells = [nbformat.v4.new_code_cell(each) for each in code]

    assert tracing.made_by(cells) == ["lifetable.count", "estimates.quantile", "figures.forest"]


def test_the_rows_of_the_ledger_have_ids_that_stay():
    names = claims.ids(claims.load_published())

    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"claim-[a-z0-9_]+", name)] == []


@pytest.fixture(scope="module")
def pages(bundled_book):
    """Return every chapter's page, parsed, by its slug."""
    paths = sorted((bundled_book / "html" / "chapters").glob("*.html"))
    return {path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in paths}


def test_every_number_of_the_bundled_book_leads_to_its_row(pages):
    led = [(slug, link["href"]) for slug, page in pages.items() for link in page.select("a.gb-number")]
    missing = [(slug, place) for slug, place in led if pages[slug].select_one(f'tr[id="{place[1:]}"]') is None]

    assert len(led) > 100
    assert missing == []


def test_every_row_of_the_bundled_book_shows_the_number_as_the_text_does(pages):
    for page in pages.values():
        for link in page.select("a.gb-number"):
            assert page.find(id=link["href"][1:]).th.get_text() == " ".join(link.get_text().split())


def test_every_way_back_of_the_bundled_book_leads_to_a_place_that_is_there(pages):
    links = [
        (slug, link["href"]) for slug, page in pages.items() for link in page.select(".gb-numbers a, .gb-menu dd a")
    ]
    parts = [(urlsplit(place).path.removesuffix(".html") or slug, urlsplit(place).fragment) for slug, place in links]

    assert len(links) > 100
    assert [(slug, name) for slug, name in parts if pages[slug].find(id=name) is None] == []


def test_no_row_of_the_bundled_book_is_without_a_number_in_the_text(pages):
    for slug, page in pages.items():
        rows = {row["id"] for row in page.select(".gb-numbers tbody tr")}
        assert rows == {link["href"][1:] for link in page.select("a.gb-number")}, slug


def test_what_answers_a_claim_leads_to_the_ledger_and_back(pages):
    row = pages["progression_free_survival"].find(id="number-pfs_median")
    back = pages["claims"].find(id="claim-pfs_median").a["href"]

    assert row.find("a", href="claims.html#claim-pfs_median")
    assert back == "progression_free_survival.html#made-pfs_median"
    assert pages["progression_free_survival"].find(id="made-pfs_median")


def test_the_place_before_a_cell_stands_right_before_that_cell(pages):
    place = pages["progression_free_survival"].find(id="made-pfs_median").parent
    cell = place.find_next_sibling("div")

    assert "cell" in cell["class"]
    assert "paste" in cell.get_text()
    assert '"pfs_median"' in cell.get_text()


def test_every_figure_has_a_number_an_anchor_and_a_menu_that_links_to_it(pages):
    figures = [figure for page in pages.values() for figure in page.select("figure:has(figcaption)")]

    assert len(figures) > 10
    for figure in figures:
        menu = figure.find_parent("div", class_="cell").find_next_sibling("div")
        assert re.match(r"Figure \d+ ", figure.figcaption.get_text(" ", strip=True))
        assert menu.select_one("a.gb-here")["href"] == f"#{figure['id']}"
        assert figure["id"].startswith("fig-")


def test_a_menu_tells_functions_parameters_policy_and_commit(pages):
    menu = pages["overall_survival"].select_one(".cell:has(#fig-os) + .gb-menu")
    told = {line.dt.get_text(): line.dd.get_text(" ") for line in menu.select("dl > div")}

    assert told["Functions"].split()[-1] == "figures.survival_curve"
    assert "estimates.kaplan_meier" in told["Functions"]
    assert "conf_level = 0.95" in told["Parameters"]
    assert told["Disclosure policy"] == "exact"
    assert told["Commit"]


def test_texts_refer_to_figures_by_their_numbers(pages):
    references = pages["overall_survival"].select('p a.reference[href="#fig-os"]')

    assert references
    assert all(re.fullmatch(r"Figure \d+", link.get_text()) for link in references)


def test_notebooks_for_download_have_nothing_of_the_way_back(bundled_book):
    for path in (bundled_book / "html" / "downloads").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        told = " ".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
        assert not re.search("gb-made|gb-numbers|gb-menu", told), path.name
