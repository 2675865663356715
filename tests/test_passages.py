"""Which passages of a chapter a cohort is shown."""

from types import SimpleNamespace

import pytest

from gistbook import build
from gistbook.book import chapters


class Chapter(SimpleNamespace):
    def _replace(self, **changed):
        return Chapter(**{**self.__dict__, **changed})


class Cell(dict):
    @property
    def metadata(self):
        return self["metadata"]


def chapter(*cells) -> Chapter:
    """Return a chapter of (text, tags)."""
    made = [Cell(cell_type="markdown", source=text, metadata={"tags": list(tags)}) for text, *tags in cells]
    return Chapter(notebook={"cells": made})


def shown(written: Chapter, access: str, coarsened: bool) -> str:
    """Return the texts of the cells that a cohort is shown."""
    traits = {access, "coarsened" if coarsened else "exact"}
    return "".join(cell["source"] for cell in chapters.for_cohort(written, traits).notebook["cells"])


TAGGED = chapter(
    ("a",),
    ("b", "when-synthetic"),
    ("c", "when-public", "when-confidential"),
    ("d", "when-exact"),
    ("e", "when-coarsened"),
)


@pytest.mark.parametrize(
    ("access", "coarsened", "seen"),
    [("synthetic", False, "abd"), ("public", False, "acd"), ("confidential", True, "ace"), ("synthetic", True, "abe")],
)
def test_a_passage_is_for_an_access_and_for_what_the_policy_does(access, coarsened, seen):
    assert shown(TAGGED, access, coarsened) == seen


def test_a_cell_with_tags_of_both_kinds_asks_for_both():
    both = chapter(
        ("a", "when-public", "when-exact"),
    )

    assert shown(both, "public", False) == "a"
    assert shown(both, "public", True) == shown(both, "synthetic", False) == ""


STRETCH = chapter(("a",), ("b", "exact-from-here"), ("c",), ("d", "for-all-from-here", "when-public"), ("e",))


@pytest.mark.parametrize(("coarsened", "seen"), [(False, "abcde"), (True, "ade")])
def test_a_stretch_of_exact_numbers_is_left_out_as_a_whole(coarsened, seen):
    assert shown(STRETCH, "public", coarsened) == seen


OF_DISEASES = chapter(
    ("a", "when-other-disease"), ("b", "gist-from-here"), ("c",), ("d", "for-all-from-here"), ("e", "when-gist")
)


@pytest.mark.parametrize(("trait", "seen"), [("gist", "bcde"), ("other-disease", "ad")])
def test_a_passage_of_one_disease_is_left_out_of_a_book_of_another(trait, seen):
    cells = chapters.for_cohort(OF_DISEASES, {"public", "exact", trait}).notebook["cells"]

    assert "".join(cell["source"] for cell in cells) == seen


def test_a_passage_that_asks_for_a_trait_is_for_cohorts_that_have_it():
    asking = chapter(("a", "where-groups"), ("b", "where-one-group"), ("c", "where-groups", "where-dates"), ("d",))

    assert "".join(cell["source"] for cell in chapters.for_cohort(asking, {"groups"}).notebook["cells"]) == "ad"


def test_a_passage_asks_for_traits_that_there_are():
    cohort = build.load_cohort(build.BOOK / "data" / "wada2021")
    asked = {
        trait for each in CHAPTERS.values() for cell in each.notebook["cells"] for trait in chapters.asked_of(cell)
    }

    assert asked <= set(chapters.records(cohort))


def test_a_line_that_leads_to_an_absent_chapter_is_left_out():
    linked = chapter(("As {doc}`there <surgery>`.\nAs {doc}`here <baseline>`.",))

    (cell,) = chapters.for_cohort(linked, {"public", "exact"}, {"surgery": "no operations"}).notebook["cells"]

    assert cell["source"] == "As {doc}`here <baseline>`."


def test_headings_under_which_something_is_left_out_are_told():
    written = chapter(("## One\n\ntext",), ("more", "exact-from-here"), ("## Two",), ("## Three", "for-all-from-here"))

    assert chapters.left_out(written, {"public"}) == ["One", "Two"]


OF_ENDS = chapter(
    ("## One",), ("a", "when-ends-of-OS"), ("## Two", "exact-from-here", "when-ends-of-OS", "when-public"), ("b",)
)


@pytest.mark.parametrize(
    ("access", "ends", "seen"),
    [
        ("public", ["ends-of-OS"], "## Onea## Twob"),
        ("synthetic", ["ends-of-OS", "ends-of-PFS"], "## Oneab"),
        ("public", ["ends-of-PFS"], "## Oneb"),
    ],
)
def test_a_passage_about_several_ends_is_for_cohorts_that_record_them(access, ends, seen):
    cells = chapters.for_cohort(OF_ENDS, {access, "exact", *ends}).notebook["cells"]

    assert "".join(cell["source"] for cell in cells) == seen


def test_a_heading_of_ends_that_are_not_recorded_is_not_told_as_left_out():
    told = [chapters.left_out(OF_ENDS, {"public", *ends}) for ends in ([], ["ends-of-OS"])]

    assert told == [["One"], ["Two"]]


CHAPTERS = {each.slug: each for each in build.read_chapters()}


def code_cells_within_exact(slug: str) -> list[list[str]]:
    """Return the code of each stretch of exact numbers of a chapter."""
    cells = CHAPTERS[slug].notebook["cells"]
    stretches, before = [], False
    for cell, within in zip(cells, chapters.within(cells), strict=True):
        alone = "when-exact" in cell.metadata.get("tags", [])
        if (within and not before) or (alone and not within and cell["cell_type"] == "code"):
            stretches.append([])
        if (within or alone) and cell["cell_type"] == "code":
            stretches[-1].append(cell["source"])
        before = within
    return [stretch for stretch in stretches if stretch]


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_chapter_run_by_itself_stops_where_exact_numbers_begin(slug):
    unguarded = [stretch[0] for stretch in code_cells_within_exact(slug) if "disclosure.exact_only(" not in stretch[0]]

    assert unguarded == []


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_policy_is_a_parameter_of_every_chapter(slug):
    assert CHAPTERS[slug].parameters["policy"] == "default"
