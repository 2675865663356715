"""The shortest `cohort.toml` for each shape of data, taken out of the page that the README links, and a pencil."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from gistbook import build, cli
from gistbook.analysis import endpoints, lifetable
from gistbook.conventions import DAYS_PER_MONTH

PAGE = build.BOOK / "docs" / "shapes.md"
FILES = r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```"

ANSWERS = {
    "One wide sheet of dates": (
        "resistance",
        {
            ("drug A", 31 + 28 + 31 + 30 + 31 + 30 + 19, "event"),
            ("drug A", 31 + 28 + 31 + 30, "event"),
            ("drug B", 365, "censored"),
            ("drug B", 365 - 31 - 4, "censored"),
        },
        {
            ("drug A", 31 + 28 + 1, "event"),
            ("drug A", 31 + 28 + 31 + 30, "event"),
            ("drug B", 28 + 31 + 1, "event"),
            ("drug B", 365 - 31 - 4, "censored"),
        },
    ),
    "One sheet with times and a status": (
        "recorded",
        {
            ("A", 6 * DAYS_PER_MONTH, "event"),
            ("A", 12 * DAYS_PER_MONTH, "censored"),
            ("B", 3 * DAYS_PER_MONTH, "event"),
            ("B", 9 * DAYS_PER_MONTH, "censored"),
        },
        set(),
    ),
    "Long tables": (
        "first_operation",
        {("surgery", 365 - 31, "event"), ("surgery", 366 + 31 + 30 + 31, "censored")},
        {("surgery", 27 + 31 + 30 + 31 + 30 + 31 + 10, "event"), ("surgery", 200, "event")},
    ),
    "ADaM": (
        "recorded",
        {("A", 300, "event"), ("A", 400, "censored"), ("B", 200, "event")},
        {("A", 100, "event"), ("A", 400, "censored"), ("B", 150, "censored")},
    ),
}
"""For each shape its time zero, and of overall and of progression-free survival the groups, days and kinds of ends."""


def shapes() -> dict[str, str]:
    """Return the text of each section of the page that has a `cohort.toml`, by its heading."""
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.M | re.S))
    return {heading: text for heading, text in sections.items() if "`cohort.toml`:" in text}


@pytest.fixture(params=ANSWERS)
def shape(request, tmp_path) -> SimpleNamespace:
    """Return a shape as the page has it: the folder with its files, its time zero, and the answers."""
    for name, text in re.findall(FILES, shapes()[request.param], re.M | re.S):
        (tmp_path / name).write_text(text, encoding="utf-8")
    origin, survival, progression = ANSWERS[request.param]
    return SimpleNamespace(folder=tmp_path, origin=origin, survival=survival, progression=progression)


def ends(folder: Path, derive, origin: str) -> set[tuple]:
    """Return group, day and kind of the ends of an endpoint, each of which one patient has."""
    counts = lifetable.count(derive(build.load_cohort(folder), origin))
    rows = set(counts[["group", "exit", "kind"]].itertuples(index=False, name=None))

    assert counts["count"].eq(1).all()
    return rows


def test_each_shape_of_the_page_has_answers():
    assert list(shapes()) == list(ANSWERS)


def test_the_readme_leads_to_each_shape():
    readme = (build.BOOK / "README.md").read_text(encoding="utf-8")
    places = {f"docs/shapes.md#{heading.lower().replace(' ', '-')}" for heading in ANSWERS}

    assert places <= set(re.findall(r"\((docs/[^)]+)\)", readme))


def test_the_time_zero_is_that_of_the_chapters(shape):
    planned = build.plan(shape.folder, {}, 1, print, "overall_survival")
    (chapter,) = [each for each in build.read_chapters() if each.slug == "overall_survival"]

    assert {**chapter.parameters, **planned.parameters}["origin"] == shape.origin


def test_overall_survival_is_counted_as_by_a_pencil(shape):
    assert ends(shape.folder, endpoints.derive_os, shape.origin) == shape.survival


def test_progression_free_survival_is_counted_as_by_a_pencil(shape):
    assert ends(shape.folder, endpoints.derive_pfs, shape.origin) == shape.progression


def test_check_has_nothing_to_say_against_it(shape):
    result = CliRunner().invoke(cli.app, ["check", str(shape.folder)])

    assert result.exit_code == 0
    assert "Errors: none" in result.output
    assert "Warnings: none" in result.output
