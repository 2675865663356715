"""Several books in one run: where each is kept, that one which fails leaves the others alone, and what is told."""

import functools
import json
import signal
import threading
import time
from pathlib import Path

import pytest

from gistbook import build, cli
from gistbook.book import publish, storage
from gistbook.book import run as running
from gistbook.book.run import processes
from gistbook.conventions import ChapterError, UsageError
from support import books, subjects
from support.sharing import one_of

RESULT = f"""{books.CHAPTER}# Result

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
size = 2
words = "plain"
```

```{{code-cell}}
from gistbook.display import prose
prose.paste_count("size", size)
```

The size is {{glue:text}}`size`.
"""

PLACES = {
    "one setting": ({"size": ["3"]}, ["mine"]),
    "two values": ({"size": ["3", "4"]}, ["size=3/mine", "size=4/mine"]),
    "what is not varied is not named": ({"words": ["a"], "size": ["3", "4"]}, ["size=3/mine", "size=4/mine"]),
    "two parameters": (
        {"size": ["3", "4"], "words": ["a", "b"]},
        ["size=3,words=a/mine", "size=3,words=b/mine", "size=4,words=a/mine", "size=4,words=b/mine"],
    ),
    "values that are no names": (
        {"words": ["../a", "a,b", "a%2Cb", ""]},
        ["words=..%2Fa/mine", "words=a%2Cb/mine", "words=a%252Cb/mine", "words=/mine"],
    ),
}


@pytest.mark.parametrize(("given", "places"), PLACES.values(), ids=PLACES.keys())
def test_each_setting_of_a_cohort_has_a_place_of_its_own(given, places):
    made = storage.books([Path("cohorts/mine")], given, Path("out"))

    assert [str(book.place) for book in made] == [f"out/{place}" for place in places]


def test_each_book_is_given_one_value_of_each_parameter():
    made = storage.books([Path("a"), Path("b")], {"size": ["3", "4"], "words": ["x"]}, Path("out"))

    assert [(book.folder.name, book.given) for book in made] == [
        (name, {"size": size, "words": "x"}) for name in "ab" for size in ("3", "4")
    ]


@pytest.mark.parametrize(
    ("folders", "sizes"), [(["a/mine", "b/mine"], ["3"]), (["a", "a"], ["3"]), (["a", "../x/a"], ["3"]), (["a"], "33")]
)
def test_two_books_with_one_place_are_refused(folders, sizes):
    with pytest.raises(UsageError, match="Two of the books would be out"):
        storage.books([Path(folder) for folder in folders], {"size": [*sizes]}, Path("out"))


def test_a_setting_that_is_named_like_a_book_is_refused(tmp_path):
    (tmp_path / "size=3").symlink_to("elsewhere")

    with pytest.raises(UsageError, match="is a book already"):
        storage.books([Path("mine")], {"size": ["3", "4"]}, tmp_path)


VALUES = {
    "log": ["log"],
    "log,log-log": ["log", "log-log"],
    "log, log-log": ["log", "log-log"],
    "[12, 24]": ["[12, 24]"],
    "[12, 24],[12]": ["[12, 24]", "[12]"],
    '["II", "III"]': ['["II", "III"]'],
    '"a, b"': ["a, b"],
    '"a, b",c': ["a, b", "c"],
    'said "so"': ['said "so"'],
    "don't,can't": ["don't", "can't"],
    "a=b,c": ["a=b", "c"],
    "": [""],
    ",": [","],
}


@pytest.mark.parametrize(("text", "values"), VALUES.items())
def test_values_of_a_parameter_are_parted_by_commas_outside_of_brackets_and_quotes(text, values):
    assert cli._parameters([f"words={text}"]) == {"words": values}


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Return a place with a book of one chapter and two cohorts; its pages are made in no time."""
    monkeypatch.setattr(build, "BOOK", books.book(tmp_path / "book", result=RESULT))
    monkeypatch.setattr(publish, "publish", books.no_pages)
    monkeypatch.setattr(processes, "SIGNALS", ())
    for name in ("one", "two"):
        subjects.whole_folder(tmp_path / name)
    return tmp_path


@pytest.fixture
def in_no_time(monkeypatch) -> None:
    """Let a chapter run in no time, and fail where its size is 13, and as nobody foresaw where it is 14."""

    def run(chapter, given: dict, *_):
        import nbformat

        if given["size"] == 13:
            raise ChapterError("Chapter result failed in code cell 2:\n  thirteen")
        if given["size"] == 14:
            raise KeyError("patient a")
        cells = [{**cell, "id": f"cell{number}"} for number, cell in enumerate(chapter.notebook["cells"])]
        return nbformat.from_dict({**chapter.notebook, "cells": cells, "metadata": given})

    monkeypatch.setattr(running, "run", run)
    monkeypatch.setattr(running, "warm_up", lambda: None)
    monkeypatch.setattr(running, "warm_up_pages_and_drawing", lambda: None)


def made(place: Path) -> dict[str, int]:
    """Return the books that are there, each with the size that it was given."""
    out = place / "out"
    links = [path for path in (*out.glob("*"), *out.glob("*/*")) if path.is_symlink()]
    about = {str(link.relative_to(out)): json.loads((link / "run.json").read_text()) for link in sorted(links)}
    return {name: run["parameters"]["given"].get("size", 2) for name, run in about.items()}


def test_cohorts_and_settings_are_made_in_one_run(place, in_no_time, monkeypatch, capsys):
    status = books.command(
        monkeypatch, "build", place / "one", place / "two", "--param", "size=3,4", "--out", place / "out"
    )

    said = capsys.readouterr().out
    assert status == 0
    assert made(place) == {"size=3/one": 3, "size=3/two": 3, "size=4/one": 4, "size=4/two": 4}
    assert "Books made: 4 of 4." in said
    assert said.count("index.html") == 8


def test_every_line_of_a_chapter_names_its_book(place, in_no_time, monkeypatch, capsys):
    books.command(monkeypatch, "build", place / "one", place / "two", "--out", place / "out")

    lines = [line.split() for line in capsys.readouterr().out.splitlines() if " s  not run before" in line]
    assert sorted(line[:2] for line in lines) == [[str(place / "out" / name), "result"] for name in ("one", "two")]


@pytest.mark.whole
def test_a_book_that_is_fresh_is_not_made_again(place, in_no_time, monkeypatch, capsys):
    for _ in range(2):
        books.command(monkeypatch, "build", place / "one", place / "two", "--out", place / "out")
        said = capsys.readouterr().out

    assert "not run before" not in said
    assert "Books made: 2 of 2." in said


FAILING = {
    "a chapter": (["{one}", "--param", "size=3,13"], 3, {"size=3/one": 3}, "Chapter result failed in code cell 2:"),
    "a parameter": (["{one}", "--param", "size=3,big"], 2, {"size=3/one": 3}, "size takes a value like 2."),
    "a folder": (["{one}", "{two}", "{wrong}"], 1, {"one": 2, "two": 2}, "cohort.toml: missing."),
    "the worst counts": (["{one}", "{wrong}", "--param", "size=3,13,big"], 3, {"size=3/one": 3}, "thirteen"),
    "a place": (["{one}", "{two}", "--out", "{file}"], 2, {}, "Not a directory"),
    "the program": (["{one}", "--param", "size=3,14"], 3, {"size=3/one": 3}, "The program failed (KeyError)"),
}


@pytest.mark.parametrize("name", one_of(3, FAILING))
def test_a_book_that_fails_leaves_the_others_alone(place, in_no_time, monkeypatch, capsys, name):
    words, status, left, said = FAILING[name]
    for name in ("wrong", "file"):
        (place / name).mkdir() if name == "wrong" else (place / name).write_text("kept")
    named = {name: place / name for name in ("one", "two", "wrong", "file")}
    ended = books.command(monkeypatch, "build", "--out", place / "out", *(word.format(**named) for word in words))

    told = capsys.readouterr()
    assert ended == status
    assert made(place) == left
    assert said in told.err
    assert "patient a" not in told.out + told.err
    assert told.out.count("not made, status") == told.out.count("\n  ") - len(left)


@pytest.mark.whole
def test_the_kernels_of_a_book_that_fails_are_ended_and_those_of_another_go_on(place, monkeypatch, capsys):
    waiting = "import pathlib, time\nif size == 3:\n    pathlib.Path(words).touch()\n    time.sleep(3)"
    failing = "if size == 4:\n    while not pathlib.Path(words).exists():\n        time.sleep(0.01)\n    1 / 0"
    text = RESULT.replace("from gistbook", f"{waiting}\n{failing}\nfrom gistbook")
    (place / "book" / "chapters" / "result.md").write_text(text, encoding="utf-8")
    for name in ("refuse_leaks", "refuse_words"):  # a path is handed on as a parameter
        monkeypatch.setattr(f"gistbook.build.make.gate.{name}", lambda *_: None)
    words = ["--param", "size=3,4", "--param", f"words={place / 'begun'}", "--jobs", "2", "--out", place / "out"]
    status = books.command(monkeypatch, "build", place / "one", *words)

    assert "ZeroDivisionError" in capsys.readouterr().err
    assert status == ChapterError.exit_status
    assert made(place) == {"size=3/one": 3}


def test_no_more_chapters_run_at_once_than_there_are_jobs(place, in_no_time, monkeypatch):
    at_once, most, run = [0], [0], running.run

    def counted(*work):
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        at_once[0] -= 1
        return run(*work)

    monkeypatch.setattr(running, "run", counted)
    monkeypatch.setattr(build, "BOOK", books.book(place / "four", **dict.fromkeys(("result", "b", "c", "d"), RESULT)))
    words = ["--jobs", "2", "--out", place / "out"]
    books.command(monkeypatch, "build", place / "one", place / "two", *words)

    assert most == [2]


def test_what_ends_a_run_from_outside_ends_every_book_and_leaves_no_folder(place, in_no_time, monkeypatch, request):
    begun, ended = threading.Event(), []

    def stopped(*_):
        begun.wait()
        while len(list((place / "out/.runs").glob("*/*/stage"))) < 2:
            time.sleep(0.01)
        time.sleep(0.2)
        signal.raise_signal(signal.SIGINT)

    def slow(*_):
        begun.set()
        time.sleep(2)

    monkeypatch.setattr(processes.os, "_exit", ended.append)
    monkeypatch.setattr(running, "run", slow)
    monkeypatch.setattr("gistbook.build.many.SimpleQueue", lambda: type("Queue", (), {"put": len, "get": stopped}))
    for number in processes.SIGNALS:  # a process that a shell has put behind it passes them over
        request.addfinalizer(functools.partial(signal.signal, number, signal.getsignal(number)))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(build, "BOOK", books.book(place / "four", **dict.fromkeys(("result", "b", "c", "d"), RESULT)))
    books.command(monkeypatch, "build", place / "one", place / "two", "--jobs", "1", "--out", place / "out")

    assert ended == [128 + signal.SIGINT]
    assert made(place) == {}
    assert [path for name in ("one", "two") for path in (place / "out/.runs" / name).glob("*/")] == []
