"""The commands say in words what went wrong, and return the status that stands for it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gistbook import cli
from gistbook.build import BOOK
from support import subjects
from support.sharing import one_of_named

BUNDLED = BOOK / "data" / "wada2021"


def gistbook(*words) -> subprocess.CompletedProcess:
    """Run a command as a user does."""
    program = Path(sys.executable).with_name("gistbook")
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


@pytest.fixture
def status_of(monkeypatch) -> Callable[..., int]:
    """Return what runs a command in this process, which is quicker, and returns its exit status."""

    def run(*words) -> int:
        monkeypatch.setattr(sys, "argv", ["gistbook", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    return run


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


_OF = ("--unit", "months", "--endpoint", "OS")
_READ = ("reconstruct", "{curve}", "--patients", "9")

MISUSED = {
    "a folder that does not exist": (["build", "nowhere"], 1, "There is no cohort folder named nowhere."),
    "a folder without cohort.toml": (["build", "{empty}"], 1, "cohort.toml: missing."),
    "an unknown parameter": (["build", "--param", "orgin=resistance"], 2, "Did you mean origin?"),
    "a parameter without a value": (["build", "--param", "origin"], 2, "--param takes name=value, not 'origin'."),
    "a parameter of another kind": (["build", "--param", "conf_level=high"], 2, "conf_level takes a value like 0.95."),
    "a place for books that is a file": (["build", "--out", "{file}"], 2, "Not a directory"),
    "no job at all": (["build", "--jobs", "0"], 2, "--jobs"),
    "a ledger without a book": (["claims", "--out", "{empty}"], 2, "make it with: gistbook build"),
    "a ledger of no folder": (["claims", "nowhere"], 1, "There is no cohort folder named nowhere."),
    "an unknown command": (["biuld"], 2, "No such command"),
    "an unknown option": (["build", "--outt", "x"], 2, "No such option"),
    "a cohort drawn over a real one": (["simulate", "{real}"], 2, "is left alone"),
    "a cohort drawn over other files": (["simulate", "{papers}"], 2, "is left alone"),
    "a cohort drawn over a file": (["simulate", "{file}"], 2, "is left alone"),
    "a curve without a unit": (["reconstruct", "{curve}", "x", "--endpoint", "OS"], 2, "--unit"),
    "a curve in no unit": ([*_READ, "x", "--unit", "month", "--endpoint", "OS"], 2, "Did you mean months?"),
    "a curve of no endpoint": ([*_READ, "x", "--unit", "months", "--endpoint", "DFS"], 2, "--endpoint names none"),
    "a curve that is not there": (["reconstruct", "{empty}/c.csv", "x", *_OF, "--patients", "9"], 1, "does not exist"),
    "a curve of nobody": (["reconstruct", "{curve}", "x", *_OF], 2, "say by --patients how many"),
    "a curve that rises": (
        ["reconstruct", "{rising}", "x", *_OF, "--patients", "9"],
        1,
        "column survival, row 4: more",
    ),
    "patients of a curve over real ones": ([*_READ, "{real}", *_OF], 2, "is left alone"),
}


@pytest.fixture
def places(tmp_path) -> dict[str, Path]:
    """Make places that commands are misused on."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "patients.csv").write_text("kept", encoding="utf-8")
    (tmp_path / "curve").write_text("time,survival\n1,0.9\n2,0.5\n", encoding="utf-8")
    (tmp_path / "rising").write_text("time,survival\n1,0.5\n2,0.4\n3,0.9\n", encoding="utf-8")
    subjects.whole_folder(tmp_path / "real")
    return {path.name: path for path in tmp_path.iterdir()}


@pytest.mark.parametrize(("words", "status", "said"), one_of_named(3, MISUSED))
def test_misuse_is_told_in_words_with_its_status(places, status_of, capsys, words, status, said):
    found = status_of(*(word.format(**places) for word in words))

    told = capsys.readouterr()
    assert found == status
    assert said in told.err
    assert told.out == ""


@pytest.mark.parametrize(("words", "status"), [(["build", "nowhere"], 1), (["biuld"], 2)])
def test_the_installed_command_ends_with_its_status_and_without_a_traceback(words, status):
    ended = gistbook(*words)

    assert ended.returncode == status
    assert ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_cohort_that_is_not_synthetic_is_not_overwritten(places, status_of):
    before = files(places["real"])
    status_of("simulate", places["real"])

    assert files(places["real"]) == before


def test_a_printed_curve_becomes_a_cohort_that_can_be_used(places, status_of, capsys, tmp_path):
    status = status_of("reconstruct", places["curve"], tmp_path / "made", *_OF, "--patients", 10, "--title", "A study")
    checked = status_of("check", tmp_path / "made")

    said = capsys.readouterr().out
    assert (status, checked) == (0, 0)
    assert "Published: 10 patients, 5 events, numbers at risk at most 0 off" in said
    assert "made: A study (reconstructed data)" in said


def test_every_problem_of_a_folder_is_told(tmp_path, status_of, capsys):
    folder = subjects.folder(tmp_path, patients="patient_id,sex,resistance_date\na,f,soon")
    status_of("build", folder)

    said = capsys.readouterr().err
    assert "patients, column sex, row 2: an unknown code." in said
    assert "patients, column resistance_date, row 2: not a date." in said
    assert "patients, column last_contact: the column is missing, and death_date too." in said


@pytest.mark.whole
def test_a_drawn_cohort_is_the_bundled_one_byte_for_byte(tmp_path):
    gistbook("simulate", tmp_path / "again")

    assert files(tmp_path / "again") == files(BUNDLED)


@pytest.mark.whole
def test_a_cohort_that_is_not_calibrated_differs_and_may_be_drawn_over(tmp_path):
    gistbook("simulate", tmp_path / "raw", "--no-calibrated")
    assert files(tmp_path / "raw")["patients.csv"] != files(BUNDLED)["patients.csv"]
    ended = gistbook("simulate", tmp_path / "raw", "--no-calibrated", "--seed", "2")

    assert ended.returncode == 0
    assert "seed 2" in (tmp_path / "raw" / "cohort.toml").read_text(encoding="utf-8")


def test_the_ledger_of_a_built_book_is_printed(bundled_book):
    ended = gistbook("claims", "--out", bundled_book.parent)

    assert ended.returncode == 0
    assert "Published" in ended.stdout
    assert "agrees by construction" in ended.stdout


def test_a_ledger_in_which_a_claim_differs_has_status_1(bundled_book, tmp_path):
    values = (bundled_book / "values.json").read_text(encoding="utf-8")
    (tmp_path / "wada2021").mkdir()
    (tmp_path / "wada2021" / "values.json").write_text(values.replace("18.0", "17.0"), encoding="utf-8")
    ended = gistbook("claims", "--out", tmp_path)

    assert ended.returncode == 1
    assert "differs" in ended.stdout
