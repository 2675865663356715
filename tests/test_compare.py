"""The command `compare`: it finds two runs, makes one page of them whole or not at all, and says what went wrong."""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from gistbook import cli
from gistbook.book import claims, comparison, publish, storage
from gistbook.book import run as running
from gistbook.book.comparison import runs
from gistbook.conventions import BANNERS, ChapterError, DataError, UsageError, escaped
from support import drawn_runs as drawn
from support import subjects
from support.drawn_runs import count, median, part, words

LOG, LOGLOG = ({"chapters": {"overall_survival": {"interval": scale}}} for scale in ("log", "log-log"))
INJECTED = "<script>alert(1)</script>"

LONGEST_CELL, WIDEST_LINE = 10, 79


def values(months: float, **others) -> dict:
    """Return what a small book pasted."""
    own = {"clock": words("the first operation"), "os_median": median(months, months - 4, months + 4)}
    return {"overall_survival": {**own, **others}, "participants": {"n_analysed": count(9)}}


def frames(last_month: int) -> dict:
    """Return what a small book drew."""
    return {
        "overall_survival": {"os_curve": drawn.curve(last_month, ("M-group", "S-group"))},
        "participants": {"flow": drawn.flow(Analysed=last_month)},
        "baseline": {"characteristics": drawn.table_1(male=4, female=6)},
    }


def silent(_: str) -> None:
    """Report nothing."""


def command(monkeypatch, *words_of_it) -> int:
    """Run the command in this process and return its exit status."""
    monkeypatch.setattr(sys, "argv", ["gistbook", "compare", *map(str, words_of_it)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.fixture
def shelved(tmp_path) -> Path:
    """Put two books and a comparison of them that was made before into a place for books."""
    out = tmp_path / "out"
    drawn.write(out / "ours", values(20.0), frames(20), parameters=LOG)
    drawn.write(out / "theirs", values(31.0), frames(50), parameters=LOGLOG)
    former = storage.folder_of(out / "compare", "ours-theirs") / "former"
    former.mkdir(parents=True)
    (former / "page").write_text("the former comparison", encoding="utf-8")
    (out / "compare" / "ours-theirs").symlink_to(Path(".runs") / "ours-theirs" / "former")
    return out


def is_untouched(out: Path) -> bool:
    """Tell whether the former comparison is there, and no other run."""
    names = [path.name for path in storage.folder_of(out / "compare", "ours-theirs").iterdir() if path.is_dir()]
    return (out / "compare" / "ours-theirs" / "page").exists() and names == ["former"]


@pytest.fixture
def at_once(monkeypatch) -> list[str]:
    """Make a page without running or publishing it; return the configuration that each would have had."""
    configurations = []

    def run_nothing(chapter, *_):
        return nbformat.from_dict(chapter.notebook)

    def publish_nothing(book, stage, cover):
        (stage / "pages").mkdir()
        configurations.append((book / "_config.yml").read_text(encoding="utf-8"))
        return stage / "pages"

    monkeypatch.setattr(running, "run", run_nothing)
    monkeypatch.setattr(publish, "publish", publish_nothing)
    return configurations


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> SimpleNamespace:
    """Make one real page, of a synthetic run and one whose words are hostile."""
    from bs4 import BeautifulSoup

    out = tmp_path_factory.mktemp("out")
    said = values(31.0, share=part(2, 8), strange=words(INJECTED))
    drew = json.loads(json.dumps(frames(50)).replace("M-group", INJECTED).replace("Analysed", INJECTED))
    drawn.write(out / "ours", values(20.0, share=part(3, 6)), frames(20), access="synthetic", parameters=LOG)
    drawn.write(out / "theirs", said, drew, title=INJECTED, parameters=LOGLOG)
    folder = comparison.compare(("ours", "theirs"), out, silent)
    page = (folder / "html" / "chapters" / "compare.html").read_text(encoding="utf-8")
    return SimpleNamespace(folder=folder, page=page, tree=BeautifulSoup(page, "html.parser"))


def table(made, header: str) -> list[list[str]]:
    """Return the rows of the table whose first column is so called."""
    found = [each for each in made.tree.find_all("table") if each.find("th").get_text() == header]
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in found[0].find_all("tr")[1:]]


def test_the_page_is_where_the_design_says(made):
    assert made.folder.parts[-2:] == ("compare", "ours-theirs")
    assert (made.folder / "html" / "index.html").exists()
    assert {path.name for path in made.folder.iterdir()} == {"html", "notebooks", "run.json"}


def test_the_page_shows_the_number_that_moved(made):
    row = ["Overall survival, median", "20.0 months", "31.0 months", "+11.0 months", "no", "Overall survival"]

    assert row in table(made, "Number")


def test_the_page_shows_the_definition_that_differs(made):
    assert table(made, "Definition") == [["interval", "log", "log-log", "Overall survival"]]


def test_the_page_draws_both_curves_over_both_risk_tables(made):
    (figure,) = made.tree.select(".gb-figure .gb-drawing")
    label = figure["aria-label"]

    assert "A: S-group" in label
    assert "B: S-group" in label
    assert "at risk" in label


def test_the_page_shows_flow_and_table_1_of_both(made):
    assert table(made, "Step")[0] == ["Patients recorded", "the record", "20", "50"]
    assert table(made, "Characteristic")[0] == ["Sex", "male", "S-group", "4 of 10 (40%)", "4 of 10 (40%)"]


def test_every_table_heads_its_columns_with_the_run_and_its_kind_of_data(made):
    heads = [each.get_text() for each in made.tree.select("thead th")]

    assert heads.count("A: ours, synthetic") == heads.count("B: theirs, public") >= 4


def test_the_banner_is_right_for_both(made):
    banner = made.tree.select_one(".bd-header-announcement").get_text()

    assert "A, Cohort ours (synthetic: drawn by a program, and no evidence)" in banner
    assert "A: ours, synthetic. B: theirs, public." in banner
    assert BANNERS["synthetic"] not in banner


def test_every_table_and_figure_says_of_which_data_it_is(made):
    alone = [each for each in made.tree.find_all("caption") if not each.find_parent("figure")]
    captions = [*alone, *made.tree.find_all("figcaption")]

    assert captions
    assert [each for each in captions if "synthetic" not in each.get_text()] == []


def test_what_came_from_data_does_nothing_on_the_page(made):
    assert INJECTED not in made.page
    assert escaped(INJECTED) in made.page


def test_the_page_holds_no_path_of_this_machine(made):
    assert str(made.folder.parents[2]) not in made.page


PAGES = {path.name: path.read_text(encoding="utf-8") for path in comparison.PAGE.glob("*.j2")}


@pytest.mark.parametrize("text", PAGES.values(), ids=PAGES.keys())
def test_the_page_keeps_the_rules_of_chapters(text):
    cells = re.findall(r"^```\{code-cell\}\n(?:---\n.*?\n---\n)?(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)

    assert cells
    assert all(len(cell.splitlines()) <= LONGEST_CELL for cell in cells)
    assert all(len(line) <= WIDEST_LINE for cell in cells for line in cell.splitlines())
    assert "def " not in "".join(cells)
    assert claims.typed_numbers(re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)) == []


GIVEN = {
    "names of books": ("ours", "theirs"),
    "folders of runs": ("{out}/ours", "{out}/theirs"),
    "a cohort folder": ("{cohorts}/ours", "theirs"),
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN.keys())
@pytest.mark.usefixtures("at_once")
def test_a_run_is_found_by(shelved, tmp_path, given):
    subjects.whole_folder(tmp_path / "cohorts" / "ours")
    places = {"out": shelved, "cohorts": tmp_path / "cohorts"}
    folder = comparison.compare(tuple(each.format(**places) for each in given), shelved, silent)

    assert json.loads((folder / "run.json").read_text())["a"] == "A: ours, public"


@pytest.mark.usefixtures("at_once")
def test_two_settings_of_one_cohort_are_compared(shelved, tmp_path, monkeypatch, capsys):
    other = drawn.write(tmp_path / "log" / "ours", values(20.0), frames(20), parameters=LOGLOG)
    status = command(monkeypatch, "ours", other, "--out", shelved)

    assert status == 0
    assert capsys.readouterr().out.endswith(f"The comparison: {shelved}/compare/ours-ours/html/index.html\n")
    told = json.loads((shelved / "compare" / "ours-ours" / "run.json").read_text())
    assert told["b"] == "B: ours, public, interval log-log"


def test_the_page_has_a_title_of_its_own_and_the_configuration_of_the_book(shelved, at_once):
    comparison.compare(("ours", "theirs"), shelved, silent)
    (config,) = at_once

    assert config.replace(comparison.TITLE, "Surgery for imatinib-resistant GIST").split() == (
        (comparison.BOOK / "_config.yml").read_text(encoding="utf-8").split()
    )


@pytest.mark.usefixtures("at_once")
def test_a_run_of_an_older_version_is_compared_without_its_curves(shelved):
    for name in ("frames.json", "run.json"):
        (shelved / "theirs" / name).unlink()
    folder = comparison.compare(("ours", "theirs"), shelved, silent)

    assert json.loads((folder / "run.json").read_text())["b"] == "B: theirs, confidential"


@pytest.mark.usefixtures("at_once")
def test_a_comparison_takes_the_place_of_the_former_one(shelved):
    folder = comparison.compare(("ours", "theirs"), shelved, silent)

    assert not (folder / "page").exists()
    assert (folder / "html").exists()


def test_a_page_that_cannot_be_made_leaves_the_former_comparison(shelved, monkeypatch, capsys):
    def broken(*_):
        raise ChapterError("no page")

    monkeypatch.setattr(running, "run", broken)
    status = command(monkeypatch, "ours", "theirs", "--out", shelved)

    assert status == ChapterError.exit_status
    assert capsys.readouterr().err == "no page\n"
    assert is_untouched(shelved)


def test_what_is_withheld_leaves_the_former_comparison(shelved, monkeypatch):
    monkeypatch.setattr(runs, "withheld", lambda a, b: "Withheld by policy.")

    assert command(monkeypatch, "ours", "theirs", "--out", shelved) == 1
    assert is_untouched(shelved)


MISUSED = {
    "no such book": (
        ("ours", "their"),
        "There is no book named their in {out}, and no such folder. Did you mean theirs?",
    ),
    "a folder that is no run": (("ours", "{papers}"), "{papers} is no run: it holds no values.json. Name a book"),
    "a cohort without a book": (("{cohorts}/mine", "ours"), "make it with: gistbook build {cohorts}/mine --out {out}"),
    "the same run": (("ours", "{out}/ours"), "A and B are the same run"),
    "a run that is broken": (("ours", "broken"), "broken/values.json is not what a build writes; make the run again"),
}


@pytest.mark.parametrize(("given", "said"), MISUSED.values(), ids=MISUSED.keys())
def test_misuse_is_told_with_what_to_do_and_status_2(shelved, tmp_path, monkeypatch, capsys, given, said):
    (tmp_path / "papers").mkdir()
    subjects.whole_folder(tmp_path / "cohorts" / "mine")
    (drawn.write(shelved / "broken", {}, {}) / "values.json").write_text("{", encoding="utf-8")
    places = {"out": shelved, "papers": tmp_path / "papers", "cohorts": tmp_path / "cohorts"}
    status = command(monkeypatch, *(each.format(**places) for each in given), "--out", shelved)

    assert status == UsageError.exit_status
    assert said.format(**places) in capsys.readouterr().err
    assert is_untouched(shelved)


def test_without_any_book_the_message_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    status = command(monkeypatch, "ours", "theirs", "--out", tmp_path)

    assert status == UsageError.exit_status
    assert "There is none yet; make one with: gistbook build" in capsys.readouterr().err


def test_the_book_of_a_cohort_named_compare_is_left_alone(shelved, tmp_path, monkeypatch, capsys):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "compare").symlink_to(shelved / "ours")
    status = command(monkeypatch, shelved / "ours", shelved / "theirs", "--out", tmp_path / "other")

    assert status == UsageError.exit_status
    assert "choose another place by --out" in capsys.readouterr().err
    assert not (shelved / "ours" / ".runs").exists()


@pytest.mark.usefixtures("at_once")
def test_a_comparison_that_holds_a_path_of_the_machine_is_not_made(shelved, monkeypatch):
    def publish_a_path(book, stage, cover):
        (stage / "pages").mkdir()
        (stage / "pages" / "index.html").write_text(f"<p>{shelved.resolve()}</p>", encoding="utf-8")
        return stage / "pages"

    monkeypatch.setattr(publish, "publish", publish_a_path)
    with pytest.raises(DataError, match="a path of the machine"):
        comparison.compare(("ours", "theirs"), shelved, silent)
    assert is_untouched(shelved)
