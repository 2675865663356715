"""Chapters: their shape, and that no result is typed into them."""

import ast
import re
from functools import cache

import nbformat
import pytest
import yaml

from gistbook import build
from gistbook.book import chapters, claims, publish, tracing
from gistbook.book.claims import STROBE_ITEMS, prose_of, typed_numbers
from gistbook.conventions import ACCESS

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((build.BOOK / "chapters").glob("*.md"))}

LONGEST_CELL, WIDEST_LINE, FEWEST_WORDS = 10, 79, 10

WITHOUT_PROSE = {"data_dictionary"}
"""Chapters that are tables and little else, to which no measure of prose applies."""


def used_keys(markdown: str) -> set[str]:
    """Return the keys that Markdown takes from what its own chapter pasted."""
    return set(re.findall(r"\{glue(?::\w+)?\}`([^`:]+)(?::\w+)?`", markdown))


def cells(slug: str, kind: str, access: str = "") -> list:
    """Return the cells of a kind of one chapter, of all passages or of those for one access."""
    chapter = CHAPTERS[slug] if not access else chapters.for_cohort(CHAPTERS[slug], {access, "exact", "gist"})
    return [cell for cell in chapter.notebook["cells"] if cell.cell_type == kind]


def tags(cell) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def markdown_of(slug: str, access: str = "") -> str:
    """Return the Markdown of a chapter, captions of figures included."""
    chapter = CHAPTERS[slug] if not access else chapters.for_cohort(CHAPTERS[slug], {access, "exact", "gist"})
    return texts_of(chapter.notebook["cells"])


def texts_of(cells: list) -> str:
    """Return the texts of cells, of those of code the captions."""
    texts = (cell.source if cell.cell_type == "markdown" else tracing.caption_of(cell) for cell in cells)
    return "\n\n".join(text for text in texts if text)


def pattern(key: ast.expr) -> str:
    """Return the regular expression of a key: what is put into an f-string may be any word."""
    if isinstance(key, ast.JoinedStr):
        return "".join(pattern(part) if isinstance(part, ast.Constant) else r"\w+" for part in key.values)
    return re.escape(key.value) if isinstance(key, ast.Constant) else "$none"


@cache
def pasted_patterns(slug: str, access: str = "") -> str:
    """Return the regular expression of the keys that a chapter pastes by name, in all passages or for one access."""
    nodes = [node for cell in cells(slug, "code", access) for node in ast.walk(ast.parse(cell.source))]
    calls = [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("prose.paste")]
    return "|".join(pattern(call.args[0]) for call in calls)


CHAPTERS = {slug: chapters.read_chapter(build.BOOK / "chapters" / f"{slug}.md") for slug in TEXTS}

each_chapter = pytest.mark.parametrize("slug", TEXTS)


@pytest.mark.parametrize(
    ("markdown", "number"),
    [
        ("Median survival was 14.5 months.", "14.5"),
        ("Of these, 93% went on.", "93%"),
        ("We saw 5 of them.", "5"),
        ("In 2015 it ended.", "2015"),
        ("# Survival of 47.2 months", "47.2"),
        ("- in 18 patients", "18"),
        ("```{figure} curve\n:name: fig-1\n\nAt 12 months.\n```", "12"),
        ("```{note}\nIn 18 patients.\n```", "18"),
        ("It was {glue:text}`median`, not 14.5.", "14.5"),
    ],
)
def test_a_result_typed_into_prose_is_caught(markdown, number):
    assert typed_numbers(markdown) == [number]


@pytest.mark.parametrize(
    "markdown",
    [
        "Median survival was {glue:text}`median_24m`.",
        "As in {cite}`wada2021,cox1972`.",
        "What is it? (STROBE items 4, 13 and 16)",
        "What is it? (STROBE item 6a)",
        "A probability lies between 0 and 1.",
        "The resection was R0.",
        "```\n14.5\n```",
        "```python\nmedian = 14.5\n```",
        "```{code-block} bash\nseed 21\n```",
        "```{figure} curve\n:name: fig-12\n\nThe curve.\n```",
        "Set `level = 0.9`.",
        "[a paper](https://doi.org/10.1007/1)",
        "1. First.\n2. Then.",
    ],
)
def test_what_is_no_result_may_be_typed(markdown):
    assert typed_numbers(markdown) == []


@each_chapter
def test_no_result_is_typed(slug):
    assert typed_numbers(markdown_of(slug)) == []


def test_the_contents_name_every_chapter_once():
    assert sorted(publish.contents(build.BOOK)) == sorted(TEXTS)


@each_chapter
def test_the_front_matter_names_the_language(slug):
    front = yaml.safe_load(TEXTS[slug].split("---\n")[1])

    assert front["kernelspec"]["language"] == "python"


@each_chapter
def test_there_is_one_title_and_it_comes_first(slug):
    for disease in ("gist", "other-disease"):
        book = chapters.for_cohort(CHAPTERS[slug], {"public", "exact", disease})
        text = texts_of(book.notebook["cells"])
        titles = re.findall(r"^# .*", prose_of(text), flags=re.MULTILINE)

        assert len(titles) == 1
        assert text.startswith(titles[0])


@each_chapter
def test_under_the_title_stands_the_question_with_its_item_of_strobe(slug):
    question = markdown_of(slug).split("\n\n")[1]

    assert re.fullmatch(rf"[A-Z].*\? \({STROBE_ITEMS}\)", question)


@each_chapter
def test_there_is_one_cell_of_parameters_and_it_comes_first(slug):
    marked = ["parameters" in tags(cell) for cell in cells(slug, "code")]

    assert marked == [True, *[False] * (len(marked) - 1)]


@each_chapter
def test_the_cell_of_parameters_is_visible(slug):
    assert tags(cells(slug, "code")[0]) == ["parameters"]


@each_chapter
def test_parameters_are_literals_of_which_one_is_the_cohort(slug):
    assert "cohort_dir" in CHAPTERS[slug].parameters


def test_every_parameter_has_one_meaning():
    """Those that a user may give say it in a comment, in the same words in every chapter."""
    listed = build.parameters()

    assert listed[listed["meaning"] == ""].empty
    assert (listed.groupby("parameter")["meaning"].nunique() == 1).all()
    assert {name for chapter in CHAPTERS.values() for name in chapter.parameters} - set(listed["parameter"]) == {
        "cohort_dir",
        "values_file",
        "decisions_file",
        "commit",
    }


@each_chapter
def test_tags_stand_in_the_first_line_of_their_cell(slug):
    assert re.findall(r"(?<!```\{code-cell\}\n)^:tags:.*", TEXTS[slug], flags=re.MULTILINE) == []


@each_chapter
def test_no_cell_is_removed_from_the_page(slug):
    assert [tag for cell in cells(slug, "code") for tag in tags(cell) if tag.startswith("remove")] == []


@each_chapter
def test_a_chapter_defines_nothing(slug):
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    nodes = [node for cell in cells(slug, "code") for node in ast.walk(ast.parse(cell.source))]

    assert [ast.unparse(node) for node in nodes if isinstance(node, kinds)] == []


@each_chapter
def test_only_one_cell_imports_and_a_reader_can_open_it(slug):
    importing = [cell for cell in cells(slug, "code") if re.search(r"^(from|import) ", cell.source, re.MULTILINE)]

    assert [tags(cell) for cell in importing] == [["hide-input"]]


@each_chapter
def test_no_cell_is_longer_than_its_budget(slug):
    lines = [cell.source.splitlines() for cell in cells(slug, "code")]

    assert [source[0] for source in lines if len(source) > LONGEST_CELL] == []


@each_chapter
def test_no_line_of_code_is_wider_than_a_page_shows(slug):
    lines = [line for cell in cells(slug, "code") for line in cell.source.splitlines()]

    assert [line for line in lines if len(line) > WIDEST_LINE] == []


@pytest.mark.parametrize("slug", sorted(set(TEXTS) - WITHOUT_PROSE))
def test_there_are_at_least_ten_words_for_a_line_of_code(slug):
    words = re.findall(r"[A-Za-z][\w'’-]*", prose_of(markdown_of(slug)))
    lines = [line for cell in cells(slug, "code") for line in cell.source.splitlines() if line.strip()]

    assert len(words) >= FEWEST_WORDS * len(lines)


@pytest.mark.parametrize("access", ACCESS)
@each_chapter
def test_no_passage_for_one_access_uses_a_key_that_is_pasted_only_for_another(slug, access):
    pasted = {key for key in used_keys(markdown_of(slug, access)) if re.fullmatch(pasted_patterns(slug), key)}

    assert [key for key in pasted if not re.fullmatch(pasted_patterns(slug, access), key)] == []


@pytest.mark.parametrize("slug", publish.contents(build.BOOK))
def test_every_key_that_the_bundled_book_uses_was_pasted_by_that_chapter(bundled_book, slug):
    notebook = nbformat.read(bundled_book / "notebooks" / f"{slug}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pasted = {output.metadata.scrapbook.name for output in outputs if "scrapbook" in output.get("metadata", {})}
    used = used_keys(texts_of(notebook.cells))

    assert used <= pasted


def test_every_number_in_prose_is_traced():
    counted = claims.where_numbers_come_from(build.read_chapters()).set_index("Where a number comes from")["Count"]

    assert counted[claims.UNTRACED] == 0
    assert counted[claims.PASTED] > 100


def test_a_number_that_comes_from_nowhere_is_counted():
    typed = chapters.Chapter("typed", chapters.notebook_of("# A chapter\n\nThe median was 14.5 months.\n"), {})
    counted = claims.where_numbers_come_from([typed]).set_index("Where a number comes from")["Count"]

    assert counted[claims.UNTRACED] == 1
