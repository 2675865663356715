"""A book that tells of a patient, or of the machine, is never made; the former one stays, and no value is told."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from gistbook import build
from gistbook.analysis import disclosure
from gistbook.book import audit, paper, publish
from gistbook.book.audit import gate
from gistbook.conventions import DataError
from support import small, subjects
from support.books import (
    HEAD,
    LIGHT,
    RESULT,
    book,
    command,
    contents,
    is_untouched,
    no_pages,
    planned,
    with_former_book,
)
from support.subjects import LONG_NAMES as NAMES

WHO = NAMES["a"]


LEAKING = RESULT.replace(
    'prose.paste_text("words", words)', 'prose.paste_text("words", cohort.adsl["USUBJID"].iloc[0])'
)
"""A chapter that pastes the identifier of a patient, and a sentence that shows it."""

SHOWING = LEAKING.replace("The size is", "The words are {glue:text}`words`. The size is")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Write a cohort folder of drawn patients with long identifiers."""
    return subjects.named_folder(tmp_path_factory.mktemp("cohorts") / "mine")


@pytest.fixture(scope="module")
def refused(folder, tmp_path_factory) -> SimpleNamespace:
    """Make a book, of a chapter that tells who a patient is, in the place of a former one; its pages tell nothing."""
    place, said = tmp_path_factory.mktemp("refused"), []
    out = with_former_book(place / "out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BOOK", book(place / "book", result=SHOWING))
        patch.setattr(publish, "publish", no_pages)
        with pytest.raises(DataError) as error:
            build.build(planned(folder, report=said.append), out)
    return SimpleNamespace(out=out, message=str(error.value), said="\n".join(said))


@pytest.fixture
def mine(folder, tmp_path, monkeypatch) -> SimpleNamespace:
    """Put a former book and a small book in place, and return what sets the page that will be made of it."""

    def pages(told: str) -> None:
        monkeypatch.setattr(publish, "publish", lambda place, stage, *_: one_page(stage, told))

    monkeypatch.setattr(build, "BOOK", book(tmp_path / "book", light=LIGHT))
    return SimpleNamespace(folder=folder, out=with_former_book(tmp_path / "out"), pages=pages)


def one_page(stage: Path, told: str) -> Path:
    """Stand in for Jupyter Book, and make one page that tells something."""
    (stage / "pages").mkdir()
    (stage / "pages" / "index.html").write_text(f"{HEAD}{told}", encoding="utf-8")
    return stage / "pages"


def test_a_book_that_tells_who_a_patient_is_leaves_the_former_one_as_it_was(refused):
    assert is_untouched(refused.out)


def test_the_file_and_the_place_of_a_leak_are_told_and_the_value_is_not(refused):
    assert "downloads/values.json, /values/result/words: " in refused.message
    assert "an identifier of a patient" in refused.message
    assert WHO not in refused.message + refused.said


def test_many_leaks_are_told_in_one_screen_with_status_1(mine, monkeypatch, capsys):
    mine.pages(f"<p>{WHO}</p>\n" * 60)
    status = command(monkeypatch, "build", mine.folder, "--out", mine.out)

    said = capsys.readouterr().err
    assert status == DataError.exit_status
    assert len(said.splitlines()) <= 20
    assert "60 leaks" in said
    assert WHO not in said
    assert is_untouched(mine.out)


def test_a_page_that_holds_a_path_of_the_machine_is_no_book(mine):
    mine.pages(f"<p>{mine.out.resolve()}</p>")

    with pytest.raises(DataError, match="a path of the machine"):
        build.build(planned(mine.folder), mine.out)
    assert is_untouched(mine.out)


def test_a_book_that_tells_who_a_patient_is_is_not_printed(mine, monkeypatch):
    printed = []
    monkeypatch.setattr(paper, "find", lambda: "no-such-program")
    monkeypatch.setattr(paper, "print_once", lambda *given: printed.append(given))
    mine.pages(f"<p>{WHO}</p>")

    assert command(monkeypatch, "build", mine.folder, "--out", mine.out, "--pdf") == DataError.exit_status
    assert printed == []


def test_a_clean_book_is_made_and_the_seconds_of_its_audit_are_told(mine):
    said = []
    mine.pages("<p>Light</p>")
    run = build.build(planned(mine.folder, report=said.append), mine.out)

    assert set(contents(run.folder)) >= {"html/index.html", "run.json"}
    assert run.seconds["audit"] >= 0
    assert any(line.startswith("audit ") and line.endswith(" s") for line in said)


def test_a_preview_is_audited_too(mine):
    mine.pages("<p>Light</p>")
    first = contents(build.build(planned(mine.folder), mine.out).folder)
    mine.pages(f"<p>{WHO}</p>")

    with pytest.raises(DataError, match="an identifier of a patient"):
        build.build(planned(mine.folder)._replace(only="light"), mine.out)
    assert contents(mine.out / "mine") == first


def test_a_book_that_is_fresh_is_not_audited_again(mine, monkeypatch):
    mine.pages("<p>Light</p>")
    build.build(planned(mine.folder), mine.out)
    monkeypatch.setattr(gate, "refuse_leaks", None)

    assert build.build(planned(mine.folder), mine.out).seconds == {}


@pytest.fixture
def confidential(mine, tmp_path) -> SimpleNamespace:
    """Put the folder in place as one of confidential patients."""
    folder = Path(shutil.copytree(mine.folder, tmp_path / "confidential" / "mine"))
    told = (folder / "cohort.toml").read_text(encoding="utf-8")
    (folder / "cohort.toml").write_text(told.replace('"public"', '"confidential"'), encoding="utf-8")
    mine.folder = folder
    return mine


def test_a_book_that_is_not_for_release_is_made_all_the_same_and_the_audit_refuses_it(confidential):
    said, chapter = [], build.BOOK / "chapters" / "light.md"
    chapter.write_text(LIGHT.replace("size = 2\n", 'size = 2\npolicy = "default"\n', 1), encoding="utf-8")
    confidential.pages(f"<p>{disclosure.MARKED}, to which nothing was done.</p>")
    wanted = planned(confidential.folder, {"policy": disclosure.NOT_FOR_RELEASE}, report=said.append)
    run = build.build(wanted, confidential.out)
    leaks = gate.audit_book(run.folder / "html", confidential.folder, build.BOOK)

    assert audit.UNRELEASED.says in [leak.rule for leak in leaks]
    assert any("refuses this book" in line for line in said)


def test_exact_counts_in_pages_that_are_to_be_coarse_are_no_book(confidential):
    confidential.pages("<p>3 months (14 events / 18 patients)</p>")

    with pytest.raises(DataError, match="text that is neither of a chapter, nor of the theme, nor released"):
        build.build(planned(confidential.folder), confidential.out)
    assert is_untouched(confidential.out)


PRINTS = {
    "a frame": "cohort.adsl",
    "a text": "print(cohort.adsl.to_string())",
    "a number": "size",
    "a list": "list(cohort.adsl['AVAL'] if 'AVAL' in cohort.adsl else [1])",
    "markup": "from IPython.display import HTML; HTML('<p>x</p>')",
    "a warning": "import sys; print('x', file=sys.stderr)",
}


@pytest.mark.parametrize("line", PRINTS.values(), ids=PRINTS)
def test_a_cell_that_prints_anything_else_stops_the_build_with_its_place(mine, line):
    chapter = build.BOOK / "chapters" / "light.md"
    loads = f"from gistbook import build; cohort = build.load_cohort(cohort_dir)\n{line}"
    chapter.write_text(LIGHT.replace("half\nprose", "prose") + f"\n```{{code-cell}}\n{loads}\n```\n", encoding="utf-8")
    mine.pages("<p>Light</p>")

    with pytest.raises(DataError, match="Chapter light, code cell 4: an output that is no pasted record") as error:
        build.build(planned(mine.folder), mine.out)
    assert WHO not in str(error.value)
    assert is_untouched(mine.out)


def test_pages_are_made_without_the_cohort(shared, tmp_path, monkeypatch):
    made = small.public(shared)
    place = Path(shutil.copytree(made.folder, tmp_path / "cohorts" / "mine"))
    monkeypatch.setattr(build, "BOOK", made.source)
    publishing = publish.publish

    def without_it(*given):
        place.rename(tmp_path / "away")
        html = publishing(*given)
        (tmp_path / "away").rename(place)
        return html

    monkeypatch.setattr(publish, "publish", without_it)
    run = build.build(planned(place), tmp_path / "without")

    assert contents(run.folder / "html") == contents(made.html)


def test_how_the_owner_calls_time_zero_is_a_source_of_every_page(tmp_path):
    settings = subjects.SETTINGS + '[clocks]\nresistance = "their enrolment"\n'
    cohort = build.load_cohort(subjects.whole_folder(tmp_path / "mine", settings))

    assert "their enrolment" in gate.known(cohort, tmp_path / "mine", tmp_path, build.BOOK).own
