"""A cohort folder and a chapter of a user's own that were made for 0.1 are told what to write."""

import importlib
from operator import attrgetter

import pytest
from typer.testing import CliRunner

from gistbook import build, cli
from gistbook.book import chapters
from gistbook.conventions import ChapterError
from gistbook.intake.folder import check_folder
from support.books import CHAPTER as FRONT_MATTER
from support.subjects import PATIENTS, folder

CHAPTER = f"""{FRONT_MATTER}# Mine

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
```
"""

HEAD = 'title = "x"\naccess = "public"\n'
SEEN = "patient_id,resistance_date,last_contact\n"
SUBJECTS = "patient_id,group\na,A\nb,B"
FOLDERS = {
    "a first column without a name": (
        '[columns.patients]\n"Unnamed: 0" = "patient_id"',
        {"patients": ",resistance_date,last_contact\na,2010-01-01,2011-01-01"},
        'write "column 1"',
        '[columns.patients]\n"column 1" = "patient_id"',
    ),
    "a time without its unit": (
        "",
        {"patients": SUBJECTS, "adtte": "USUBJID,PARAMCD,AVAL,CNSR\na,OS,100,0\nb,OS,20,1"},
        'say times = "days" under [formats]',
        '[formats]\ntimes = "days"',
    ),
    "a date before 1920": (
        "",
        {"patients": f"{SEEN}a,1910-01-01,1911-01-01"},
        "say earliest = 1900-01-01",
        "[formats]\nearliest = 1900-01-01",
    ),
    "an entry that was passed over": (
        "",
        {"patients": SUBJECTS, "adtte": "USUBJID,PARAMCD,AVAL,AVALU,CNSR,ENTRYDY\na,OS,9,days,0,9.5\nb,OS,20,days,1,"},
        "say ENTRYDY = [] under [columns.adtte]",
        "[columns.adtte]\nENTRYDY = []",
    ),
}
"""For each folder that 0.1 read, its settings and tables, what is said of it now, and the settings with that pasted."""


def chapter(place, text: str) -> chapters.Chapter:
    """Return a chapter of a user's own with more cells."""
    path = place / "mine.md"
    path.write_text(f"{CHAPTER}\n{text}", encoding="utf-8")
    return chapters.read_chapter(path)


def code(source: str) -> str:
    """Return a cell of a chapter."""
    return f"```{{code-cell}}\n{source}\n```\n"


def is_there(name: str) -> bool:
    """Tell whether a name of the package, of a module or of what is in one, is there."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        place, _, last = name.rpartition(".")
        return "." in name and is_there(place) and hasattr(importlib.import_module(place), last)
    return True


@pytest.mark.parametrize("old", chapters.MOVED)
def test_the_old_name_has_gone(old):
    assert not is_there(old)


@pytest.mark.parametrize(("place", "called"), chapters.MOVED.values())
def test_the_new_name_is_there(place, called):
    module, _, attributes = called.partition(".")
    imported = importlib.import_module(f"{place}.{module}")

    assert not attributes or attrgetter(attributes)(imported)


@pytest.mark.parametrize("old", chapters.MOVED)
def test_each_old_name_is_told_with_the_new_words(tmp_path, old):
    place, _, name = old.rpartition(".")
    place_of_new, called = chapters.MOVED[old]
    lines = list(chapters.old_words(chapter(tmp_path, code(f"from {place} import {name}"))))

    assert f"{old} is now {called}, by: from {place_of_new} import {called.split('.')[0]}" in lines


@pytest.mark.parametrize(
    ("source", "old"),
    [
        ("from gistbook.display import prose\nprose.said(1)", "gistbook.display.prose.said"),
        ("from gistbook.display import prose as p\nx = p.said_parts(1).loc[0]", "gistbook.display.prose.said_parts"),
        ("import gistbook.press.claims\ngistbook.press.claims.ids(1)", "gistbook.press.claims"),
        ("from gistbook.analysis.safety import serious", "gistbook.analysis.safety"),
        ("from gistbook.press.claims import ids as names", "gistbook.press.claims"),
    ],
)
def test_an_old_name_is_met_in_whatever_way_it_is_written(tmp_path, source, old):
    lines = list(chapters.old_words(chapter(tmp_path, code(source))))

    assert [words.split(" is now ")[0] for words in lines] == [old]


def test_a_name_of_another_is_no_old_name(tmp_path):
    text = code("%time 1") + code("prose = 1\nprose.said\nimport press.claims\nfrom mine import safety\nsafety.serious")

    assert list(chapters.old_words(chapter(tmp_path, text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "```{glue:figure} os_curve\nA caption.\n```\n",
        code("from gistbook.display import prose\nprose.paste_figure('a', 1)"),
    ],
)
def test_a_figure_that_was_pasted_is_told_with_the_metadata_of_its_cell(tmp_path, text):
    assert list(chapters.old_words(chapter(tmp_path, text))) == [chapters.FIGURE]


def test_the_lines_to_paste_make_a_figure(tmp_path):
    head = chapters.FIGURE.partition("\n")[2]
    cell = chapter(tmp_path, code(f"{head}\nfigure")).notebook["cells"][-1]

    assert cell["source"] == "figure"
    assert cell["metadata"]["mystnb"]["figure"]["name"] == "fig-yours"


def test_no_chapter_of_the_book_has_old_words():
    chapters.require_new_words(build.read_chapters())


def test_all_chapters_are_told_at_once(tmp_path):
    one = chapter(tmp_path, code("from gistbook.press import claims, provenance"))
    with pytest.raises(ChapterError) as error:
        chapters.require_new_words([one, one._replace(slug="other")])

    assert str(error.value).count("from gistbook.book import") == 4
    assert "\nother: gistbook.press.provenance is now freshness, by:" in str(error.value)


@pytest.mark.parametrize(("patients", "status"), [(PATIENTS, 2), ("patient_id\na", 1)])
def test_check_tells_of_a_chapter_whether_or_not_the_cohort_can_be_used(tmp_path, monkeypatch, patients, status):
    old = chapter(tmp_path, code("from gistbook.analysis import safety"))
    monkeypatch.setattr(build, "read_chapters", lambda: [old])
    result = CliRunner().invoke(cli.app, ["check", str(folder(tmp_path / "x", patients=patients))])

    assert result.exit_code == status
    assert "mine: gistbook.analysis.safety is now surgery, by: from gistbook.analysis import surgery" in result.output


def test_a_build_does_not_begin_with_a_chapter_of_old_words(tmp_path, monkeypatch):
    old = chapter(tmp_path, "```{glue:figure} os_curve\n```\n")
    monkeypatch.setattr(build, "read_chapters", lambda: [old])
    with pytest.raises(ChapterError, match="mystnb:"):
        build.plan(folder(tmp_path / "x", patients=PATIENTS), {}, 1, print)


@pytest.mark.parametrize("which", FOLDERS)
def test_a_folder_that_was_read_before_is_told_what_to_paste(tmp_path, which):
    settings, tables, words, _ = FOLDERS[which]
    errors = check_folder(folder(tmp_path / "x", HEAD + settings, **tables)).of("error")

    assert any(words in error.remedy for error in errors)


@pytest.mark.parametrize("which", FOLDERS)
def test_a_folder_with_the_words_pasted_can_be_used(tmp_path, which):
    _, tables, _, pasted = FOLDERS[which]

    assert check_folder(folder(tmp_path / "x", HEAD + pasted, **tables)).of("error") == []
