"""A reviewer's decision on a number or a figure holds until what it was made on changes."""

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from gistbook import build
from gistbook.book import crate, freshness, publish, review
from gistbook.conventions import DataError, UsageError
from gistbook.intake import decisions
from gistbook.intake.decisions import Decision
from gistbook.intake.folder import check_folder
from support import books, subjects

MEDIAN = {"phrase": "14.5 months", "value": 14.523, "unit": "months", "measure": "quantile"}
CURVE = {"curve": {"columns": ["time", "survival"], "rows": [[0.0, 1.0], [30.0, 0.75]]}}
VALUES = {"survival": {"median": MEDIAN, "word": {"phrase": "plain", "value": None},
                       "published": {"phrase": "14", "claim": "pfs", "is_published": True}}}  # fmt: skip
FRAMES = {"survival": {"curve": CURVE}, "surgery": {}}

SHOWN = f"""{books.CHAPTER}# Ledger

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
values_file = ""
decisions_file = ""
```

```{{code-cell}}
from gistbook import build
from gistbook.book import review
from gistbook.display import prose, tables
note = prose.introduce(build.load_cohort(cohort_dir))
```

+++ {{"tags": ["when-reviewed"]}}

## What a reviewer decided

```{{code-cell}}
:tags: [when-reviewed]
decided = review.table(review.of_chapter(decisions_file))
tables.linked(decided, review.MADE_IN, "What a reviewer decided.", note)
```
"""
"""A chapter that shows decisions."""

OVERVIEW = books.FIGURE.replace("# Light", "# Overview").replace("size = 2\n", 'size = 2\nvalues_file = ""\n')
"""A chapter that reads what the others pasted, and has a figure of its own."""


def reviewed(*log: Decision, values=VALUES, frames=FRAMES, access="public", secret=b"") -> review.Reviewed:
    """Set a log beside what two chapters made."""
    return review.of_run(list(log), (values, frames), access, secret)


def decision(key: str, digest: str = "0" * 16, kind: str = "accept", note: str = "") -> Decision:
    """Return a decision that somebody made on a day."""
    return Decision(key, kind, digest, "A. Reviewer", "2021-05-04", note)


def digest_of(key: str, **made) -> str:
    """Return the digest of a number or a figure."""
    book = reviewed(**made)
    return review.digest(book.results[key], book.secret)


def with_value(value: float) -> dict:
    """Return the values in which the median is another one."""
    return {"survival": {**VALUES["survival"], "median": {**MEDIAN, "value": value}}}


def states(book: review.Reviewed) -> dict[str, str]:
    """Return what became of each decision."""
    return {each.key: each.state for each in book.decided()}


# By pencil: one number and one figure can be decided on; a word is no number, and a quoted one is the paper's.


def test_what_is_decided_and_has_not_changed_holds_and_the_rest_is_undecided():
    accepted = decision("survival/median", digest_of("survival/median"))

    assert states(reviewed(accepted)) == {"survival/median": "holds"}
    assert reviewed(accepted).undecided() == {"survival/curve": "a figure or a table"}
    assert reviewed().undecided() == {"survival/curve": "a figure or a table", "survival/median": "14.5 months"}


def test_a_changed_value_reopens_its_decision_and_no_other():
    log = [decision(key, digest_of(key)) for key in ("survival/median", "survival/curve")]

    assert states(reviewed(*log, values=with_value(14.6))) == {"survival/curve": "holds", "survival/median": "reopened"}


def test_a_changed_curve_reopens_the_decision_on_its_figure():
    lower = {"survival": {"curve": {"curve": {**CURVE["curve"], "rows": [[0.0, 1.0], [30.0, 0.5]]}}}}
    log = [decision(key, digest_of(key)) for key in ("survival/median", "survival/curve")]

    assert states(reviewed(*log, frames=lower)) == {"survival/curve": "reopened", "survival/median": "holds"}


def test_a_decision_on_what_the_book_has_no_more_is_unknown():
    book = reviewed(decision("survival/mean"))

    assert [(each.state, each.printed) for each in book.decided()] == [("unknown", "no longer in the book")]


def test_of_several_decisions_on_one_key_the_last_one_counts():
    now = digest_of("survival/median")
    log = [decision("survival/median", "f" * 16), decision("survival/median", now, "reject", "Wrong.")]

    assert [(each.decision, each.state) for each in reviewed(*log).decided()] == [("reject", "holds")]


def test_a_digest_is_the_same_for_the_same_value_up_to_its_tenth_digit():
    assert digest_of("survival/median") == digest_of("survival/median", values=with_value(14.523 * (1 + 1e-12)))
    assert digest_of("survival/median") != digest_of("survival/median", values=with_value(14.523 * (1 + 1e-7)))


def test_a_guess_at_a_value_of_a_confidential_book_is_not_confirmed_without_its_secret():
    keyed = [digest_of("survival/median", access="confidential", secret=secret) for secret in (b"one", b"other")]

    assert len({*keyed, digest_of("survival/median")}) == 3
    assert digest_of("survival/median", access="public", secret=b"one") == digest_of("survival/median")


ENTRY = """- key: survival/median
  decision: query
  digest: 0123456789abcdef
  by: A. Reviewer
  date: 2021-05-04
  note: Which time zero?
"""


def test_an_entry_is_read_as_the_text_that_it_is():
    log, findings = decisions.parse(ENTRY.replace("A. Reviewer", "007").encode())

    assert findings == []
    assert log == [Decision("survival/median", "query", "0123456789abcdef", "007", "2021-05-04", "Which time zero?")]


@pytest.mark.parametrize("empty", ["", "# nothing yet\n", "---\n", "[]\n"])
def test_a_log_without_entries_has_no_decision(empty):
    assert decisions.parse(empty.encode()) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("query", "approve", "line 2, decision: not a decision. Write accept, query or reject."),
        ("survival/median", "median", "line 1, key: not a key of a book. Write chapter/key"),
        ("0123456789abcdef", "abc", "line 3, digest: not a digest."),
        ("A. Reviewer", "''", "line 4, by: blank"),
        ("A. Reviewer", "A" * 101, "line 4, by: blank, or longer than 100 characters"),
        ("2021-05-04", "4 May", "line 5, date: not a date. Write it as year-month-day."),
        ("Which time zero?", "x" * 501, "line 6, note: longer than 500 characters"),
        ("note: Which time zero?", "", "line 1, note: missing. Write what is asked"),
        ("note:", "reason:", "line 6: a part that no entry has."),
        ("note: Which", "by: B\n  note: Which", "line 6, by: twice there."),
        ("note: Which time zero?", "note: [a, b]", "line 6, note: not a text."),
        ("  by: A. Reviewer\n", "", "line 1, by: missing. Write who decided."),
        (ENTRY, "- just words\n", "line 1: no entry."),
        ("date: 2021-05-04", "date: '2021-05-04", "not YAML."),
        (ENTRY, "key: survival/median\n", "line 1: no list of entries."),
        (ENTRY, "[" * 500, "not YAML."),
        (ENTRY, "- {key: *nowhere}\n", "line 1: not YAML."),
        (ENTRY, "- ? [a, b]\n  : c\n", "line 1: a part that no entry has."),
        (ENTRY, "- key: \x00\n", "not YAML."),
    ],
)
def test_what_is_wrong_in_a_log_is_told_by_line_and_part_and_not_quoted(old, new, told):
    log, findings = decisions.parse(ENTRY.replace(old, new).encode())

    assert any(told in f"{finding}".removeprefix("decisions.yml, ") for finding in findings), list(map(str, findings))
    assert log == []


def test_a_log_that_is_not_utf_8_is_told():
    assert "not UTF-8" in str(decisions.parse("- key: é\n".encode("latin-1"))[1][0])


def test_a_broken_log_is_among_the_problems_of_its_folder(tmp_path):
    folder = subjects.whole_folder(tmp_path / "mine")
    (folder / decisions.FILE).write_text(ENTRY.replace("query", "approve"))

    assert [finding.table for finding in check_folder(folder).findings] == ["decisions.yml, line 2, decision"]
    with pytest.raises(DataError, match=r"decisions\.yml, line 2, decision"):
        decisions.load(folder)


@pytest.mark.parametrize(
    "former",
    ["# mine\n" + ENTRY + "# the end", "  " + ENTRY.replace("\n  ", "\n    ") + "\n", "\ufeff# mine\r\n", None],
)
def test_what_stands_in_a_log_stays_and_the_decision_comes_after_it(tmp_path, former):
    if former:
        (tmp_path / decisions.FILE).write_bytes(former.encode())
    before = decisions.load(tmp_path)
    added = decision("survival/curve", kind="reject", note='Not: "so" # at all, {it} is 患者')
    decisions.add(tmp_path, [added])

    assert (tmp_path / decisions.FILE).read_bytes().startswith((former or "# What a reviewer").encode())
    assert decisions.load(tmp_path) == [*before, added]
    assert [path.name for path in tmp_path.iterdir()] == [decisions.FILE]


@pytest.mark.parametrize("former", ["[]\n", ENTRY + "...\n"])
def test_a_log_of_another_form_is_left_alone(tmp_path, former):
    (tmp_path / decisions.FILE).write_text(former)
    with pytest.raises(UsageError, match="another form"):
        decisions.add(tmp_path, [decision("survival/curve")])

    assert (tmp_path / decisions.FILE).read_text() == former


def test_a_log_that_cannot_be_replaced_stays_as_it_was(tmp_path, monkeypatch):
    def full(*_) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / decisions.FILE).write_text(ENTRY)
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        decisions.add(tmp_path, [decision("survival/curve")])

    assert [path.read_text() for path in tmp_path.iterdir()] == [ENTRY]


@pytest.fixture(scope="module")
def originals(tmp_path_factory) -> Path:
    """Make two small books once, in no time, whose last chapter shows decisions; one is of confidential patients."""
    root = tmp_path_factory.mktemp("originals")
    with pytest.MonkeyPatch.context() as patch:
        for name, chapters in {
            "public": {"result": books.RESULT, "light": books.FIGURE, "overview": OVERVIEW},
            "confidential": {"light": books.LIGHT},
        }.items():
            books.book(root / name / "book", **chapters, ledger=SHOWN, reader=books.READER)
            subjects.named_folder(root / name / "mine")
            settings = subjects.SETTINGS.replace("public", name)
            (root / name / "mine" / "cohort.toml").write_text(settings, encoding="utf-8")
            ran(_in(root / name, patch))
    return root


@pytest.fixture
def place(originals, tmp_path, monkeypatch) -> SimpleNamespace:
    """Copy the book of public patients, and go on from there."""
    shutil.copytree(originals / "public", tmp_path / "copy", symlinks=True)
    return _in(tmp_path / "copy", monkeypatch)


@pytest.fixture
def confidential(originals, tmp_path, monkeypatch) -> SimpleNamespace:
    """Copy the book of confidential patients, and go on from there."""
    shutil.copytree(originals / "confidential", tmp_path / "copy", symlinks=True)
    return _in(tmp_path / "copy", monkeypatch)


def _in(root: Path, patch: pytest.MonkeyPatch) -> SimpleNamespace:
    patch.setattr(build, "BOOK", root / "book")
    patch.setattr(publish, "publish", books.no_pages)
    return SimpleNamespace(folder=root / "mine", out=root / "out", patch=patch)


def ran(place: SimpleNamespace, **given: str) -> dict[str, str]:
    """Make the book and return which chapters ran, and why."""
    said: list[str] = []
    build.build(build.plan(place.folder, given, 2, said.append), place.out)
    words = [line.split(maxsplit=3) for line in said if " s  " in line]
    return {slug: reason for slug, _, _, reason in words}


def ledger(place: SimpleNamespace) -> str:
    """Return the text of the chapter that shows decisions, as it ran."""
    return (place.out / "mine" / "notebooks" / "ledger.ipynb").read_text(encoding="utf-8")


def command(place: SimpleNamespace, *words) -> int:
    """Run the command on the small book and return its status."""
    return books.command(place.patch, "review", place.folder, "--out", place.out, *words)


BY = ("--by", "A. Reviewer")


def test_a_book_without_a_log_has_no_heading_for_it(place):
    assert "What a reviewer decided" not in ledger(place)


def test_a_decision_is_recorded_and_shown_and_runs_no_other_chapter(place, capsys):
    assert command(place, "--accept", "result/size", "--accept", "light/os_curve", *BY) == 0
    assert capsys.readouterr().out == "accept: result/size, 2\naccept: light/os_curve, a figure or a table\n"

    assert set(ran(place)) == {"ledger"}
    assert "What a reviewer decided" in ledger(place)
    assert ledger(place).count("<td>accept: holds</td>") == 2
    assert '"decisions.yml"' in (place.out / "mine" / crate.CRATE).read_text(encoding="utf-8")
    assert ran(place) == {}

    assert command(place, "--query", "result/size", *BY, "--note", "Of <b>whom</b>?") == 0
    assert ran(place) == {"ledger": "a reviewer's decisions, or what became of them, changed"}
    assert "Of &lt;b&gt;whom" in ledger(place)


def test_a_changed_parameter_reopens_what_it_changed(place, capsys):
    command(place, "--accept", "result/size", "--accept", "light/os_curve", *BY)
    ran(place)
    assert command(place) == 0
    assert "Decisions: 2 hold, 0 reopened, 0 of an unknown key." in capsys.readouterr().out

    assert "ledger" in ran(place, size="3")
    assert ledger(place).count("<td>accept: holds</td>") == ledger(place).count("<td>accept: reopened</td>") == 1
    assert command(place) == 1
    assert "Decisions: 1 hold, 1 reopened, 0 of an unknown key." in capsys.readouterr().out


def test_a_patient_who_changes_a_curve_reopens_its_figure(place, capsys):
    command(place, "--accept", "light/os_curve", "--accept", "overview/os_curve", "--accept", "result/size", *BY)
    ran(place)
    assert ledger(place).count("<td>accept: holds</td>") == 3
    patients = place.folder / "patients.csv"
    patients.write_text(patients.read_text().replace("2012-01-01,2012-01-01", "2012-02-01,2012-02-01"))
    ran(place)
    capsys.readouterr()

    assert command(place, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert {each["key"]: each["state"] for each in told["decisions"]} == {
        "light/os_curve": "reopened",
        "overview/os_curve": "reopened",
        "result/size": "holds",
    }
    assert told["undecided"] == []


def test_a_picture_of_a_damaged_run_is_drawn_again(place):
    picture = place.out / "mine" / "html" / "downloads" / "light-os_curve.png"
    as_drawn = picture.read_bytes()
    picture.write_bytes(b"damaged")
    ran(place, size="3")

    assert picture.read_bytes() == as_drawn


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--accept", "result/sise", *BY), 2, "Did you mean result/size?"),
        (("--accept", "result/words", "--reject", "result/words", *BY), 2, "two decisions on one key"),
        (("--accept", "result/size"), 2, "Nothing was recorded; by: missing. Write who decided."),
        (("--query", "result/size", *BY), 2, "note: missing. Write what is asked, or what is wrong"),
        (("--reject", "result/size", *BY, "--note", "x" * 501), 2, "longer than 500 characters"),
        (("--note", "so"), 2, "go with a decision"),
        (("--accept", "nothing/like/it", *BY), 2, "gistbook review --undecided lists the keys"),
    ],
)
def test_a_decision_that_cannot_be_recorded_is_told_and_leaves_no_log(place, capsys, words, status, told):
    assert command(place, *words) == status

    assert told in capsys.readouterr().err
    assert not (place.folder / decisions.FILE).exists()


def test_a_review_needs_a_book_and_a_log_that_can_be_read(place, capsys):
    assert books.command(place.patch, "review", place.folder, "--out", place.folder) == 2
    assert "There is no book of mine" in capsys.readouterr().err

    (place.folder / decisions.FILE).write_text("- key: [\n")
    assert command(place) == 1
    assert "decisions.yml, line" in capsys.readouterr().err


def test_what_steers_a_terminal_or_marks_up_its_text_is_printed_as_text(place, capsys):
    command(place, "--query", "result/size", *BY, "--note", "[/red] \x1b[31m [bold]")
    assert command(place) == 0

    printed = "".join(capsys.readouterr().out.split())
    assert "\x1b" not in printed
    assert "[/red]" in printed


def test_a_patient_in_a_note_stops_a_confidential_book(confidential):
    command(confidential, "--query", "light/words", *BY, "--note", "Why is one left out?")
    assert set(ran(confidential)) == {"ledger"}

    command(confidential, "--query", "light/words", *BY, "--note", "Why is NCC-04127 left out?")
    with pytest.raises(DataError, match="ledger") as stopped:
        ran(confidential)
    assert "NCC" not in str(stopped.value)
    assert "Why is one left out?" in ledger(confidential)


def test_the_digest_of_a_confidential_book_is_keyed(confidential):
    command(confidential, "--accept", "light/words", *BY)
    values = json.loads((confidential.out / "mine" / "values.json").read_text(encoding="utf-8"))
    plain = review.digest({"record": values["light"]["words"]}, b"")

    assert [each.digest for each in decisions.load(confidential.folder)] != [plain]
    assert states(build.review_of(confidential.folder, confidential.out)) == {"light/words": "holds"}


def test_a_chapter_that_is_run_by_itself_reads_the_log_and_says_that_it_knows_no_values(tmp_path):
    (tmp_path / decisions.FILE).write_text(ENTRY)

    assert [each.state for each in review.of_chapter(str(tmp_path / decisions.FILE))] == ["not computed in this run"]
    assert review.of_chapter("") == []
    assert Path(freshness.DECISIONS_FILE).name == decisions.FILE
