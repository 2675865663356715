"""The pictures that the documents show are those that are taken, and they are there."""

import importlib.util
import re

import pytest

from gistbook import build

DOCS = build.BOOK / "docs"
SHOWN = re.findall(r"!\[([^\]]+)\]\(screenshots/([\w-]+)\.png\)", (DOCS / "screenshots.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def shots():
    """Return the pictures that are taken."""
    spec = importlib.util.spec_from_file_location("take_screenshots", DOCS / "take_screenshots.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SHOTS


def test_every_picture_that_is_taken_is_shown_with_its_words(shots):
    assert [name for _, name in SHOWN] == [shot.name for shot in shots]


def test_every_picture_that_is_shown_is_there():
    assert sorted(path.stem for path in (DOCS / "screenshots").glob("*.png")) == sorted(name for _, name in SHOWN)


def test_pictures_are_taken_at_a_desk_on_a_phone_and_in_the_dark(shots):
    assert {shot.window[0] < 500 for shot in shots} == {True, False}
    assert "dark" in {shot.scheme for shot in shots}


def test_the_readme_shows_one_of_them():
    readme = (build.BOOK / "README.md").read_text(encoding="utf-8")

    assert re.findall(r"docs/screenshots/([\w-]+)\.png", readme) == [SHOWN[0][1]]
