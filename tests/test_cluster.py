"""Chapters on the workers of a Dask scheduler: the same bytes as here, though a worker dies, and no rows astray.

The scheduler and its two workers are real, and are reached by loopback.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from gistbook import build
from gistbook.book import publish
from gistbook.book.run import cluster, processes
from gistbook.conventions import ChapterError, UsageError
from support import books, subjects

without_dask = pytest.mark.skipif(
    find_spec("distributed") is None, reason="NOT CHECKED: books on a cluster, since Dask is not there; make cluster"
)


def needs_dask(test):
    """Mark a test that `make test-all` runs, which sees to it that Dask is there."""
    return pytest.mark.whole(without_dask(test))


PATIENCE = 120
"""Seconds within which what must happen at once, on however slow a machine, has happened."""

WAITS = f"""{books.FIGURE}
```{{code-cell}}
import json, os, pathlib, time
if begun := os.environ.get("BEGUN"):
    if not pathlib.Path(begun).exists():
        pathlib.Path(begun).write_text(json.dumps([os.environ["WORKER"], os.getpid()]))
        time.sleep(600)
```
"""
"""A chapter with a figure, which on a worker, the first time that it runs, waits longer than anybody does."""

SECRET = 'title = "Ours"\naccess = "confidential"\n'

MISSING = {"nowhere": "nowhere", "refused": "tcp://127.0.0.1:1", "another scheme": "http://127.0.0.1:1"}


def program(*words) -> list[str]:
    """Return the words that run a command of Dask."""
    return [sys.executable, "-m", "dask", *map(str, words)]


class Machines:
    """A scheduler and two workers, each a process group of its own with a nanny and no folder of ours."""

    def __init__(self, place: Path, *secured: str):
        self.begun, self.processes, self.secured = place / "begun", {}, secured
        self.file, self.place = place / "scheduler.json", place
        where = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", self.file]
        self._start("scheduler", "scheduler", *where, "--port", "0", *(["--protocol", "tls"] if secured else []))
        self._wait(lambda: self.file.exists() and self.file.read_text())
        self.address = json.loads(self.file.read_text())["address"]
        for name in ("one", "two"):
            self._start(name, "worker", self.address, "--nthreads", "1", "--no-dashboard")

    def _start(self, name: str, *words) -> None:
        folder = self.place / name
        folder.mkdir()
        own = {"BEGUN": str(self.begun), "WORKER": name, "TMPDIR": str(folder)}
        with (self.place / f"{name}.log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                program(*words, *self.secured), cwd=folder, env={**os.environ, **own}, start_new_session=True,
                stdout=log, stderr=log,
            )  # fmt: skip

    def _wait(self, has_come) -> None:
        until = time.monotonic() + PATIENCE
        while not has_come():
            assert time.monotonic() < until
            time.sleep(0.1)

    def kill_the_worker_that_waits(self) -> int:
        """Kill the worker whose chapter waits, its nanny too, and return which process its chapter ran in."""
        self._wait(lambda: self.begun.exists() and self.begun.read_text())
        name, chapter = json.loads(self.begun.read_text())
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        return chapter

    def end(self) -> None:
        """End what goes on."""
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory) -> Iterator[Machines]:
    """Start a scheduler and two workers whose connections are not encrypted; no chapter waits there."""
    started = Machines(tmp_path_factory.mktemp("machines"))
    started.begun.write_text("done with")
    yield started
    started.end()


@pytest.fixture
def plain(place) -> Path:
    """Return that place, with a chapter that shows nothing of a patient."""
    (place / "book" / "chapters" / "light.md").write_text(books.LIGHT, encoding="utf-8")
    return place


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Return a place with a book and two cohorts, one of them confidential; its pages are made in no time."""
    monkeypatch.setattr(build, "BOOK", books.book(tmp_path / "book", light=WAITS))
    monkeypatch.setattr(publish, "publish", books.no_pages)
    monkeypatch.setattr(processes, "SIGNALS", ())
    subjects.named_folder(tmp_path / "one")
    subjects.named_folder(tmp_path / "two")
    subjects.whole_folder(tmp_path / "ours", SECRET)
    return tmp_path


def notebooks(place: Path) -> dict[str, bytes]:
    """Return what chapters of the books of a place gave: notebooks, values and frames."""
    found = {str(path): path.resolve() for path in place.glob("*") if path.is_symlink()}
    kept = ("notebooks/", "values.json", "frames.json")
    return {
        f"{Path(link).name}/{name}": content
        for link, run in found.items()
        for name, content in books.contents(run).items()
        if name.startswith(kept)
    }


@needs_dask
def test_books_are_the_same_bytes_as_here_though_a_worker_is_killed_in_the_middle(place, monkeypatch, tmp_path):
    (tmp_path / "machines").mkdir()
    started = Machines(tmp_path / "machines")
    killed = SimpleNamespace(chapter=0)
    connect = cluster.connect

    def connected(address: str):
        threading.Thread(target=lambda: setattr(killed, "chapter", started.kill_the_worker_that_waits())).start()
        return connect(address)

    monkeypatch.setattr("gistbook.build.many.connect", connected)
    folders = [place / "one", place / "two"]
    try:
        away = books.command(monkeypatch, "build", *folders, "--out", place / "away", "--scheduler", started.address)
    finally:
        started.end()
    here = books.command(monkeypatch, "build", *folders, "--out", place / "here")

    assert (away, here) == (0, 0)
    assert killed.chapter
    assert not psutil.pid_exists(killed.chapter)
    assert len(notebooks(place / "here")) == 6
    assert notebooks(place / "away") == notebooks(place / "here")


@needs_dask
def test_the_whole_bundled_book_is_the_same_bytes_as_here(bundled_book, machines, tmp_path, monkeypatch):
    words = ["--out", tmp_path, "--scheduler", machines.address]
    status = books.command(monkeypatch, "build", build.BOOK / "data" / "wada2021", *words)
    away, here = (books.undated(books.contents(run.resolve())) for run in (tmp_path / "wada2021", bundled_book))

    assert status == 0
    assert len(here) > 100
    assert {name for name in away if away[name] != here.get(name)} == {"run.json"}
    assert set(here) == set(away)


@needs_dask
def test_rows_of_a_confidential_cohort_are_refused_a_way_that_is_not_encrypted(place, machines, monkeypatch, capsys):
    words = [place / "one", place / "ours", "--out", place / "out", "--scheduler", machines.address]
    status = books.command(monkeypatch, "build", *words)

    said = capsys.readouterr()
    assert status == UsageError.exit_status
    assert "ours is confidential, and the way to the workers is not encrypted" in said.err
    assert "Books made: 1 of 2." in said.out
    assert not (place / "out" / ".runs" / "ours").exists()


@needs_dask
def test_they_go_there_where_that_is_allowed(plain, machines, monkeypatch, capsys):
    words = [plain / "ours", "--out", plain / "out", "--scheduler", machines.address, "--allow-plain"]

    assert books.command(monkeypatch, "build", *words) == 0
    assert "Books made: 1 of 1." in capsys.readouterr().out
    assert [name for name, text in books.contents(machines.place).items() if b"2012-06-01" in text] == []


@needs_dask
def test_a_chapter_that_fails_on_a_worker_is_told_as_one_that_fails_here(place, machines, monkeypatch, capsys):
    broken = WAITS.replace("half = size / 2", "half = size / 0")
    (place / "book" / "chapters" / "light.md").write_text(broken, encoding="utf-8")
    told = []
    for where in (["--scheduler", machines.address], []):
        status = books.command(monkeypatch, "build", place / "one", "--out", place / "out", *where)
        told.append((status, capsys.readouterr().err.partition("Chapter light")[2]))

    assert told[0] == told[1]
    assert told[0][0] == ChapterError.exit_status
    assert "failed in code cell 2:" in told[0][1]


@needs_dask
def test_a_worker_with_another_source_runs_nothing(place, machines, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "_source", lambda: "another")
    words = [place / "one", "--out", place / "out", "--scheduler", machines.address]

    assert books.command(monkeypatch, "build", *words) == ChapterError.exit_status
    assert "A worker has another source of gistbook, or other versions, than this machine" in capsys.readouterr().err


@needs_dask
def test_a_scheduler_that_is_lost_is_told_in_words(place, tmp_path, monkeypatch, capsys):
    (tmp_path / "machines").mkdir()
    started = Machines(tmp_path / "machines")
    try:

        def lose() -> None:
            started._wait(lambda: started.begun.exists() and started.begun.read_text())
            started.end()

        threading.Thread(target=lose).start()
        words = [place / "one", "--out", place / "out", "--scheduler", started.address]
        status = books.command(monkeypatch, "build", *words)
    finally:
        started.end()

    assert status == ChapterError.exit_status
    assert "Chapter light was given up by the workers" in capsys.readouterr().err


@needs_dask
@pytest.mark.skipif(not shutil.which("openssl"), reason="NOT CHECKED: TLS, since there is no openssl")
def test_rows_of_a_confidential_cohort_go_to_a_tls_address(plain, tmp_path, monkeypatch, capsys):
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    (tmp_path / "machines").mkdir()
    key, certificate = (str(tmp_path / name) for name in ("key.pem", "certificate.pem"))
    subprocess.run(["openssl", *made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    secured = ["--tls-ca-file", certificate, "--tls-cert", certificate, "--tls-key", key]
    started = Machines(tmp_path / "machines", *secured)
    started.begun.write_text("done with")
    import dask

    settings = {"ca-file": certificate, "client.cert": certificate, "client.key": key}
    try:
        with dask.config.set({f"distributed.comm.tls.{name}": value for name, value in settings.items()}):
            words = [plain / "ours", "--out", plain / "out", "--scheduler", started.address]
            status = books.command(monkeypatch, "build", *words)
    finally:
        started.end()

    assert started.address.startswith("tls://")
    assert status == 0, capsys.readouterr().err


@needs_dask
@pytest.mark.parametrize("address", MISSING.values(), ids=MISSING.keys())
def test_a_scheduler_that_cannot_be_reached_is_told_in_one_sentence_with_status_2(address):
    words = [Path(sys.executable).with_name("gistbook"), "build", "--scheduler", address]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)

    assert ended.returncode == UsageError.exit_status
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"No Dask scheduler answers at {address};")
    assert ended.stderr.count("\n") == 1


def test_without_dask_it_is_told_what_brings_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    status = books.command(monkeypatch, "build", "--scheduler", "tcp://127.0.0.1:1", "--cold-kernels")

    assert status == UsageError.exit_status
    assert capsys.readouterr().err == (
        "--scheduler needs Dask, which the extra gistbook[cluster] brings; install it by: make cluster\n"
    )


def test_plain_transport_is_allowed_of_nothing_but_a_scheduler(monkeypatch, capsys):
    assert books.command(monkeypatch, "build", "--allow-plain") == UsageError.exit_status
    assert capsys.readouterr().err == "--allow-plain goes with --scheduler.\n"
