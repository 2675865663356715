"""What the analyst is told of the distance between what is published and what is so."""

import sys
from types import SimpleNamespace

import pytest

from gistbook import build
from gistbook.analysis import disclosure, distance
from gistbook.conventions import days
from support.subjects import whole_folder


@pytest.mark.parametrize(
    ("exact", "shown", "unit", "words"),
    [
        (0.597, 0.626, "probability", "59.7%, 62.6%, +2.9"),
        (days(20), days(18), "days", "20.0 months, 18.0 months, -2.0"),
        (7, float("nan"), "count", "7, withheld by the disclosure policy"),
        (float("nan"), 1.2, "ratio", "not estimable, 1.20"),
    ],
)
def test_a_number_stands_beside_what_is_shown_and_by_how_much_that_is_more(exact, shown, unit, words):
    assert distance.beside(exact, shown, unit) == words


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return build.load_cohort(whole_folder(tmp_path_factory.mktemp("distance") / "drawn"), "midpoint6")


def test_of_an_exact_book_nothing_is_told(cohort):
    exact = cohort._replace(policy=disclosure.choose("exact", "public"))

    assert [*distance.lines(exact, {}), *build.left_out(exact)] == []


def test_the_analyst_is_told_of_every_group_of_every_endpoint_and_what_is_left_out(cohort):
    told = "\n".join([*distance.lines(cohort, {}), *build.left_out(cohort)])

    assert "only" in told
    assert "  OS, S-group, median: " in told
    assert "  Sex, female, " not in told, "groups of two have no column"
    assert all(f"  {name}, " in told for name in ("PFS", "OS", "IMCONT", "PFS2L"))
    assert "sensitivity: withheld, in whole or in part: " in told
    assert "The same patients on other clocks" in told


def test_a_chapter_without_exact_passages_is_not_told_of(cohort):
    assert "data_dictionary" not in "\n".join(build.left_out(cohort))


def test_a_chapter_that_is_run_by_itself_passes_over_its_exact_passages(tmp_path, monkeypatch):
    passages = []
    shell = SimpleNamespace(input_transformers_cleanup=passages)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    build.load_cohort(whole_folder(tmp_path / "drawn"), "midpoint6")
    written = {each.slug: each for each in build.read_chapters()}["overall_survival"]
    (source, *_) = [
        cell.source for cell in written.notebook["cells"] if 'derive_os(cohort, "resistance")' in cell.source
    ]
    exact = source.splitlines(keepends=True)

    assert exact[0] == "disclosure.exact_only(cohort.policy)\n"
    assert passages[0](exact) != exact
    assert passages[0](["counts = 1\n"]) == ["counts = 1\n"]
