"""A book is made whole or not at all, of the parameters that were asked for, and holds nothing that it should not."""

import json
import shutil
import sys
from types import SimpleNamespace

import pytest

from gistbook import build
from gistbook.book import publish
from gistbook.build import make, many
from gistbook.conventions import ChapterError, UsageError
from support import subjects
from support.books import (
    LEDGER,
    LIGHT,
    PARAMETERS,
    RESULT,
    book,
    command,
    contents,
    is_untouched,
    no_pages,
    planned,
    runs,
    visible,
    with_former_book,
)


def with_last_line(line: str) -> str:
    """Return the light chapter with another last line in its third code cell."""
    return LIGHT.replace("\nhalf\n", f"\n{line}\n", 1)


BROKEN_CODE = with_last_line('raise KeyError("no such thing")')
LONG_CODE = with_last_line("size\n" * 60 + r"raise ValueError('x\n' * 60)")
ENDING = with_last_line("__import__('os')._exit(1)")
BROKEN_PAGE = f"{LIGHT}\nThe size is {{glue:text}}`nothing`.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> SimpleNamespace:
    """Make a small book of public data once."""
    place = tmp_path_factory.mktemp("made")
    folder = subjects.whole_folder(place / "mine", PARAMETERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BOOK", book(place / "book", result=RESULT, ledger=LEDGER))
        run = build.build(planned(folder, {"words": 'said "so"'}), place / "out")
    notebook = json.loads((run.folder / "notebooks" / "result.ipynb").read_text(encoding="utf-8"))
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (run.folder / "html" / "chapters").glob("*.html")}
    return SimpleNamespace(out=place / "out", place=place, run=run, notebook=notebook, pages=pages)


@pytest.fixture
def mine(tmp_path, monkeypatch) -> SimpleNamespace:
    """Put a folder, a former book of it and a small book of one chapter in place; pages are made in no time."""
    monkeypatch.setattr(build, "BOOK", book(tmp_path / "book", light=LIGHT))
    monkeypatch.setattr(publish, "publish", no_pages)
    folder = subjects.whole_folder(tmp_path / "mine", PARAMETERS)
    out, chapter = with_former_book(tmp_path / "out"), build.BOOK / "chapters" / "light.md"
    return SimpleNamespace(folder=folder, out=out, chapter=chapter)


@pytest.mark.whole
def test_the_name_of_the_cohort_folder_leads_to_the_book(made):
    assert made.run.folder == made.out / "mine"
    assert made.run.folder.is_symlink()
    assert set(made.pages) == {"result", "ledger"}


def test_the_link_leads_on_after_the_whole_place_has_moved(made, tmp_path):
    shutil.copytree(made.out, tmp_path / "moved", symlinks=True)

    assert (tmp_path / "moved" / "mine" / "html" / "index.html").exists()


def test_a_run_keeps_pages_notebooks_values_and_what_it_was(made):
    assert {path.name for path in made.run.folder.iterdir()} >= {"html", "notebooks", "values.json", "run.json"}
    assert not (made.run.folder / "stage").exists()


def test_values_hold_what_the_chapters_pasted(made):
    values = json.loads((made.run.folder / "values.json").read_text(encoding="utf-8"))

    assert values == {
        "result": {
            "size": {"phrase": "5", "unit": "count", "value": 5.0},
            "words": {"phrase": 'said "so"', "value": None},
        }
    }


def test_what_was_pasted_stands_in_the_sentence(made):
    assert "The size is 5." in visible(made.pages["result"])


def test_a_chapter_of_the_ledger_reads_what_the_others_pasted(made):
    assert "Read from the others: 5" in visible(made.pages["ledger"])


def test_the_parameters_that_were_used_stand_in_the_parameters_cell_with_their_comments(made):
    cells = [cell for cell in made.notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]

    assert "".join(cells[0]["source"]).splitlines() == [
        'cohort_dir = "../data/mine"',
        "size = 5  # of what",
        "share = 0.5",
        "words = 'said \"so\"'",
        "times = [12, 24]",
    ]


def test_no_cell_of_injected_parameters_is_kept(made):
    tags = [tag for cell in made.notebook["cells"] for tag in cell["metadata"].get("tags", [])]

    assert "parameters" in tags
    assert "injected-parameters" not in tags


def test_a_passage_for_this_access_is_there_and_one_for_another_is_not(made):
    words = visible(made.pages["result"])

    assert "This stands where data are public." in words
    assert "confidential" not in words


@pytest.mark.parametrize("kept", ["notebooks", "html", "values.json", "run.json"])
def test_no_path_of_the_machine_is_kept(made, kept):
    place = made.run.folder / kept
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]

    assert files
    assert [path.name for path in files if str(made.place).encode() in path.read_bytes()] == []


def test_the_bundled_book_has_no_path_of_the_machine_in_notebooks_and_pages(bundled_book):
    files = [*(bundled_book / "notebooks").glob("*.ipynb"), *(bundled_book / "html").rglob("*.html")]
    places = [str(build.BOOK).encode(), str(bundled_book.parent.resolve()).encode(), sys.prefix.encode()]

    assert len(files) > 10
    assert [path.name for path in files for place in places if place in path.read_bytes()] == []


def test_a_new_book_takes_the_place_of_the_former_which_is_dropped(mine):
    run = build.build(planned(mine.folder), mine.out)

    assert (mine.out / "mine" / "notebooks" / "light.ipynb").exists()
    assert runs(mine.out) == [run.folder.resolve().name]


def test_whatever_a_link_of_another_making_leads_to_is_left_alone(mine, tmp_path):
    subjects.folder(tmp_path / "elsewhere")
    (mine.out / "mine").unlink()
    (mine.out / "mine").symlink_to(tmp_path / "elsewhere")
    build.build(planned(mine.folder), mine.out)

    assert (tmp_path / "elsewhere" / "cohort.toml").exists()


def test_a_folder_where_the_book_should_go_is_left_alone(mine):
    (mine.out / "mine").unlink()
    subjects.folder(mine.out / "mine")

    with pytest.raises(UsageError, match="is not a book made here and is left alone"):
        build.build(planned(mine.folder), mine.out)
    assert list(contents(mine.out / "mine")) == ["cohort.toml"]


def test_a_chapter_that_fails_leaves_the_former_book_as_it_was(mine):
    mine.chapter.write_text(BROKEN_CODE, encoding="utf-8")

    with pytest.raises(ChapterError):
        build.build(planned(mine.folder), mine.out)
    assert is_untouched(mine.out)


def test_a_chapter_that_fails_is_told_by_chapter_cell_and_error_with_status_3(mine, monkeypatch, capsys):
    mine.chapter.write_text(BROKEN_CODE, encoding="utf-8")
    status = command(monkeypatch, "build", mine.folder, "--out", mine.out)

    said = capsys.readouterr().err
    assert status == ChapterError.exit_status
    assert said.startswith("Chapter light failed in code cell 3:")
    assert "KeyError: 'no such thing'" in said


def test_a_long_cell_with_a_long_error_is_told_in_one_screen(mine, monkeypatch, capsys):
    mine.chapter.write_text(LONG_CODE, encoding="utf-8")
    command(monkeypatch, "build", mine.folder, "--out", mine.out)

    assert len(capsys.readouterr().err.splitlines()) <= 30


def test_a_chapter_that_ends_its_kernel_is_named(mine):
    mine.chapter.write_text(ENDING, encoding="utf-8")

    with pytest.raises(ChapterError, match="Chapter light ended its own kernel"):
        build.build(planned(mine.folder), mine.out)
    assert is_untouched(mine.out)


def test_pages_that_cannot_be_made_leave_the_former_book_as_it_was(mine, monkeypatch, capsys):
    monkeypatch.undo()
    monkeypatch.setattr(build, "BOOK", mine.chapter.parents[1])
    mine.chapter.write_text(BROKEN_PAGE, encoding="utf-8")
    status = command(monkeypatch, "build", mine.folder, "--out", mine.out)

    said = capsys.readouterr().err
    assert status == ChapterError.exit_status
    assert "nothing" in said
    assert len(said.splitlines()) <= 30
    assert is_untouched(mine.out)


def test_whatever_else_ends_a_build_leaves_the_former_book_as_it_was(mine):
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.build(planned(mine.folder, report=interrupted), mine.out)
    assert is_untouched(mine.out)


def test_a_misspelt_parameter_is_told_with_those_there_are_and_status_2(mine, monkeypatch, capsys):
    status = command(monkeypatch, "build", mine.folder, "--out", mine.out, "--param", "sise=3")

    said = capsys.readouterr().err
    assert status == UsageError.exit_status
    assert "Did you mean size?" in said
    assert all(name in said for name in ("share", "size", "times", "words"))
    assert is_untouched(mine.out)


def test_a_misspelt_parameter_of_the_folder_is_told_too(mine):
    subjects.whole_folder(mine.folder, PARAMETERS.replace("size", "sise"))

    with pytest.raises(UsageError, match="Did you mean size"):
        planned(mine.folder)


WRONG_KINDS = [
    ("size", "many"),
    ("size", "True"),
    ("share", "half"),
    ("times", "12"),
    ("times", "['a']"),
    ("words", 3),
]


@pytest.mark.parametrize(("name", "value"), WRONG_KINDS)
def test_a_parameter_of_another_kind_is_refused(mine, name, value):
    with pytest.raises(UsageError, match=f"The parameter {name} takes a value like"):
        planned(mine.folder, {name: value})


GIVEN = {"size": ("3", 3), "share": ("1", 1), "times": ("[6, 12]", [6, 12]), "words": ("007", "007")}


@pytest.mark.parametrize(("name", "given"), GIVEN.items(), ids=GIVEN.keys())
def test_a_parameter_from_the_command_line_is_read_as_the_kind_it_has(mine, name, given):
    text, value = given

    assert planned(mine.folder, {name: text}).parameters[name] == value


@pytest.mark.parametrize("name", ["cohort_dir", "values_file"])
def test_a_parameter_that_the_build_sets_cannot_be_given(mine, name):
    with pytest.raises(UsageError, match=f"sets {name} itself"):
        planned(mine.folder, {name: "x"})


def test_parameters_of_the_folder_are_taken(mine):
    assert planned(mine.folder).parameters["size"] == 5


def test_a_parameter_that_is_given_overrides_that_of_the_folder(mine):
    assert planned(mine.folder, {"size": "7"}).parameters["size"] == 7


def test_a_contents_page_that_names_an_absent_chapter_is_told(mine):
    mine.chapter.unlink()

    with pytest.raises(ChapterError, match="chapters that do not exist: chapters/light"):
        planned(mine.folder)


def test_a_parameters_cell_that_computes_is_told(mine):
    mine.chapter.write_text(LIGHT.replace("size = 2", "size = 1 + 1"), encoding="utf-8")

    with pytest.raises(ChapterError, match="parameters cell may hold literals only"):
        planned(mine.folder)


def test_a_chapter_without_a_parameters_cell_is_told(mine):
    mine.chapter.write_text(LIGHT.replace(":tags: [parameters]\n", ""), encoding="utf-8")

    with pytest.raises(ChapterError, match="has no cell tagged parameters"):
        planned(mine.folder)


def test_a_ledger_before_there_is_a_book_is_refused(mine, tmp_path):
    with pytest.raises(UsageError, match="make it with: gistbook build"):
        build.ledger_of(mine.folder, tmp_path / "nowhere")


def test_ctrl_c_while_chapters_run_leaves_no_lock_of_a_future_behind():
    """In `concurrent.futures.wait` it could, and the thread of the chapter then waits for good to tell its result."""
    for module in (make, many):
        assert not {"wait", "as_completed"} & set(vars(module))
