"""Whatever ends a build, and whenever, the former book is there, whole, and the next build is clean.

The builds are processes of their own. So that hundreds can be ended, they are forked from one that has imported
everything (`python tests/test_faults.py` reads orders, a line of JSON each), and run no kernel and no Jupyter Book;
the last tests run both.
"""

import builtins
import contextlib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import count, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import NamedTuple

import psutil
import pytest
import yaml

from gistbook import build, cli
from gistbook.book import chapters, freshness, publish, storage
from gistbook.book import run as running
from gistbook.build import make
from gistbook.conventions import ChapterError, UsageError
from support import subjects
from support.books import CHAPTER, FIRST, FORMER, HEAD, READER, SECOND, book, contents, runs, with_former_book

SLEEPER = f"""{CHAPTER}# Sleeper

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
marker = ""
```

```{{code-cell}}
import os, pathlib, time
if marker:
    place = pathlib.Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]) / marker
    place.write_text("asleep")
    while place.exists():
        time.sleep(0.05)
```
"""
"""A chapter that makes a file and goes on when it is gone; where, its page must not tell."""


ASLEEP = """
import pathlib, time

def setup(app):
    pathlib.Path(__file__).with_name("asleep").write_text("asleep")
    time.sleep(600)
"""
"""An extension that makes a file, and with which the making of pages takes longer than anybody waits."""

PATIENCE = 60
"""Seconds within which what must happen at once, on however slow a machine, has happened."""

STEPS = {
    "open", "os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "os.listdir", "os.scandir", "os.chmod",
    "os.utime", "shutil.copyfile", "shutil.copymode", "shutil.copytree", "shutil.move", "shutil.rmtree",
}  # fmt: skip
"""What a build does to files, as Python tells of it before it is done."""

CREATING = {"os.mkdir", "os.rename", "os.symlink", "shutil.copyfile"}
"""Steps that need room on the disk; so does opening a file in order to write it."""

OURS = {build.__file__, storage.__file__}
"""Files in which a build is interrupted at each line."""


def serve() -> None:
    """Read orders, obey each in a process of its own, and tell by which status it ended."""
    with pytest.MonkeyPatch.context() as patch:
        for line in sys.stdin:
            order = json.loads(line)
            if not hasattr(build.load_cohort, "cache_info"):
                patch.setattr(build, "load_cohort", cache(build.load_cohort))
                _warm(order)
            if not (process := os.fork()):
                _obey(order)
            print(os.waitpid(process, 0)[1], flush=True)


def _warm(order: dict) -> None:
    """Build once in this process, which then has read the cohort and imported what is imported late."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as out:
        _light(order, patch)
        build.build(build.plan(Path(order["words"][0]), {}, 1, lambda _: None), Path(out))


def _obey(order: dict) -> None:
    """Build a book, and meet the fault that is ordered; the words go to files, and so do the steps that were made."""
    out, err = (Path(order["log"]).with_suffix(suffix).open("w", encoding="utf-8") for suffix in (".out", ".err"))
    os.dup2(out.fileno(), 1), os.dup2(err.fileno(), 2)
    sys.stdout, sys.stderr, sys.argv = out, err, ["gistbook", "build", *order["words"]]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    status = 1
    try:
        with pytest.MonkeyPatch.context() as patch:
            _STAGES[order.get("stage", "light")](order, patch)
            _FAULTS[order["fault"]](order, patch)
            cli.main()
    except SystemExit as ended:
        status = ended.code or 0
    except BaseException:
        traceback.print_exc(file=err)
    out.flush(), err.flush()
    os._exit(status)


def _light(order: dict, patch: pytest.MonkeyPatch) -> None:
    """Take from a build all that takes long, and all that differs from one build to the next."""
    _book(order, patch)
    patch.setattr(running, "run", _run)
    patch.setattr(running, "warm_up", lambda: None)
    patch.setattr(running, "warm_up_pages_and_drawing", lambda: None)
    patch.setattr(publish, "publish", _pages)
    patch.setattr(freshness, "PACKAGE", Path(order["book"]) / "chapters")
    patch.setattr(freshness, "commit", lambda folder: "none")
    patch.setattr(storage.secrets, "token_bytes", bytes)
    patch.setattr(time, "perf_counter", lambda: 0.0)


def _book(order: dict, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(build, "BOOK", Path(order["book"]))


def _without_pages(order: dict, patch: pytest.MonkeyPatch) -> None:
    _book(order, patch)
    patch.setattr(publish, "publish", _pages)


def _run(chapter: chapters.Chapter, given: dict, *_):
    """Return a chapter with its parameters, as if it had been run."""
    import nbformat

    cells = [{**cell, "id": f"cell{number}"} for number, cell in enumerate(chapter.notebook["cells"])]
    return nbformat.from_dict({**chapter.notebook, "cells": cells, "metadata": given})


def _pages(book_folder: Path, stage: Path, cover: publish.Cover) -> Path:
    """Write a page of what each chapter says, as if Jupyter Book had made it."""
    pages = stage / "pages" / "chapters"
    pages.mkdir(parents=True)
    for path in sorted((stage / "chapters").glob("*.ipynb")):
        page = pages / f"{path.stem}.html"
        shutil.copy(path, page)
        cells = json.loads(page.read_text(encoding="utf-8"))["cells"]
        passages = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        page.write_text(HEAD + "".join(f"<p>{passage}</p>" for passage in passages) * 40, encoding="utf-8")
    (stage / "pages" / "index.html").write_text(HEAD + f"<p>{' '.join(cover[:3])}</p>" * 400, encoding="utf-8")
    return stage / "pages"


_STAGES = {"light": _light, "without pages": _without_pages, "whole": _book}


def _meet(order: dict) -> bool:
    """Tell the bench that the fault has come to pass."""
    os.mkdir(f"{order['log']}.met")
    return True


def _at_step(order: dict, act: Callable[[str, tuple], None], chosen: Callable = lambda step, told: True) -> None:
    """Act before the so-manyth step that concerns the place of books; if none is named, list them all."""
    number, place = count(1), order["out"]

    def hear(step: str, told: tuple) -> None:
        if step in STEPS and _within(place, told) and chosen(step, told):
            this = next(number)
            if not order.get("at"):
                os.write(steps, f"{step} {str(told[0]).removeprefix(place)}\n".encode())
            elif this == order["at"]:
                _meet(order)
                act(step, told)

    steps = os.open(f"{order['log']}.steps", os.O_CREAT | os.O_WRONLY)
    os.chdir("/")
    sys.addaudithook(hear)


def _within(place: str, told: tuple) -> bool:
    """Tell whether a step concerns a place; a name without a path is one below a folder that is being removed."""
    names = [os.fsdecode(each) for each in told[:2] if isinstance(each, str | bytes | Path)]
    return any(name.startswith(place) or (name and "/" not in name and name == told[0]) for name in names[:2])


def _needs_room(step: str, told: tuple) -> bool:
    return step in CREATING or (step == "open" and isinstance(told[2], int) and bool(told[2] & os.O_CREAT))


def _kill(order: dict, patch: pytest.MonkeyPatch) -> None:
    _at_step(order, lambda step, told: os.kill(os.getpid(), signal.SIGKILL))


def _interrupt(order: dict, patch: pytest.MonkeyPatch) -> None:
    """Interrupt a build before a line of the modules that make the run and swap it in."""
    number = count(1)

    def at_line(frame, event: str, _) -> Callable:
        if event == "line" and next(number) == order["at"]:
            sys.settrace(None)
            _meet(order)
            raise KeyboardInterrupt
        return at_line

    sys.settrace(lambda frame, event, _: at_line if frame.f_code.co_filename in OURS else None)


def _full(order: dict, patch: pytest.MonkeyPatch) -> None:
    def fail(step: str, told: tuple) -> None:
        other = os.fsdecode(told[1]) if step in ("os.symlink", "os.rename") else None
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fsdecode(told[0]), None, other)

    _at_step(order, fail, _needs_room)


def _full_while_writing(order: dict, patch: pytest.MonkeyPatch) -> None:
    """Let the so-manyth file that is written be one that can be opened and takes nothing in."""
    number, real, real_low = count(1), io.open, os.open

    def is_it(path, writing: bool) -> bool:
        found = writing and str(path).startswith(order["out"]) and next(number) == order["at"]
        return found and _meet(order)

    def high(path, mode="r", *rest, **options):
        return real("/dev/full" if is_it(path, "w" in mode) else path, mode, *rest, **options)

    def low(path, flags, *rest, **options):
        which = ("/dev/full", os.O_WRONLY) if is_it(path, bool(flags & os.O_CREAT)) else (path, flags)
        return real_low(*which, *rest, **options)

    patch.setattr(io, "open", high), patch.setattr(builtins, "open", high), patch.setattr(os, "open", low)


def _half_written(order: dict, patch: pytest.MonkeyPatch) -> None:
    """Kill a build in the middle of the so-manyth file that it writes."""
    number, real = count(1), Path.write_text

    def half(path: Path, text: str, *rest, **options) -> int:
        if str(path).startswith(order["out"]) and next(number) == order["at"]:
            real(path, text[: len(text) // 2], *rest, **options)
            _meet(order)
            os.kill(os.getpid(), signal.SIGKILL)
        return real(path, text, *rest, **options)

    patch.setattr(Path, "write_text", half)


_FAULTS = {
    "none": lambda order, patch: None,
    "killed": _kill,
    "killed while writing": _half_written,
    "interrupted": _interrupt,
    "disk full": _full,
    "disk full while writing": _full_while_writing,
}


class Aftermath(NamedTuple):
    """What was there after a fault, and after the build that came next."""

    at: int
    status: int
    said: str
    book: dict[str, bytes]
    next_status: int
    next_book: dict[str, bytes]
    left: list[str]


RUN = re.compile(r"\b\d{19}-\d+\b")
"""The name of a run: when it began, and the process that made it."""


def _state(out: Path) -> str:
    """Return a digest of all that is in a place of books, with runs numbered in their order instead of named."""
    texts = [f"{path.relative_to(out)} {path.lstat().st_mode} {_held(path)!r}" for path in sorted(out.rglob("*"))]
    numbers = {name: str(number) for number, name in enumerate(sorted(set(RUN.findall("".join(texts)))))}
    return hashlib.sha256(RUN.sub(lambda name: numbers[name[0]], "\n".join(texts)).encode()).hexdigest()


def _held(path: Path) -> str | bytes:
    """Return where a link leads, or what a file holds."""
    if path.is_symlink():
        return os.readlink(path)
    return path.read_bytes() if path.is_file() else ""


class Bench:
    """A cohort, a book of three chapters, and a server that builds it as often as it is wanted.

    `former` is a place of books in which a former book lies; `whole` is what an undisturbed build makes, by whether
    there was a former book; `known` is what came of the next build, by the state of the disk in which it began.
    """

    def __init__(self, place: Path):
        self.place, self.number = place, count()
        self.book = book(place / "book", first=FIRST, second=SECOND, reader=READER)
        self.folder = subjects.whole_folder(place / "mine")
        command = [sys.executable, __file__]
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
        self.former, self.known = place / "former", {}
        assert self.built(self.former, size=2) == (0, "")
        self.whole = {former: self._whole(former) for former in (True, False)}

    def out(self, former: bool = True) -> Path:
        """Return a place of books: that of the former book, as it was, or an empty one."""
        out = self.place / "out"
        shutil.rmtree(out, ignore_errors=True)
        if former:
            shutil.copytree(self.former, out, symlinks=True)
        return out

    def _whole(self, former: bool) -> dict[str, bytes]:
        out = self.out(former)
        assert self.built(out) == (0, "")
        return contents(out / "mine")

    def order(self, out: Path, fault: str = "none", at: int = 0, **more) -> dict:
        """Return an order to build the book, with a parameter changed from that of the former one."""
        words = [str(self.folder), "--out", str(out), "--jobs", "1", "--param", f"size={more.pop('size', 7)}"]
        log = str(self.place / f"log{next(self.number)}")
        order = {"out": str(out), "book": str(self.book), "words": words, "log": log, "fault": fault, "at": at}
        return order | more

    def built(self, *words, **more) -> tuple[int, str]:
        """Have a book built, and return the exit status (negative if it was killed) and what it said of failures."""
        return self.obeyed(self.order(*words, **more))

    def obeyed(self, order: dict) -> tuple[int, str]:
        """Have an order obeyed, and return the same."""
        print(json.dumps(order), file=self.server.stdin, flush=True)
        status = os.waitstatus_to_exitcode(int(self.server.stdout.readline()))
        return status, Path(order["log"]).with_suffix(".err").read_text(encoding="utf-8")

    def aftermaths(self, fault: str, former: bool, moments: Iterable[int]) -> Iterator[Aftermath]:
        """Meet a fault at each of many moments, until the build is done before the moment comes.

        What a fault has left decides what comes of the next build, which is made once of each state of the disk.
        """
        for at in moments:
            out = self.out(former)
            order = self.order(out, fault, at)
            status, said = self.obeyed(order)
            if not Path(f"{order['log']}.met").exists():
                return
            found, state = contents(out / "mine"), _state(out)
            if state not in self.known:
                self.known[state] = self._next(out)
            yield Aftermath(at, status, said, found, *self.known[state])

    def _next(self, out: Path) -> tuple[int, dict[str, bytes], list[str]]:
        """Build once more, and return the status, the book, and what is left beside it."""
        status = self.built(out)[0]
        left = sorted("run" if path.name in runs(out) else path.name for path in (out / ".runs/mine").iterdir())
        return status, contents(out / "mine"), left

    def close(self) -> None:
        """End the server."""
        self.server.communicate()


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Bench]:
    """Set up the bench."""
    bench = Bench(tmp_path_factory.mktemp("bench"))
    yield bench
    bench.close()


MOMENTS = {
    "killed": (60, 1),
    "killed while writing": (5, 1),
    "interrupted": (30, 2),
    "disk full": (20, 1),
    "disk full while writing": (10, 1),
}
"""The faults; at how many moments of a build each is met, at least; and whether at each moment or every second."""

ALSO_FIRST = ("killed", "disk full")
"""Faults that are met by the first build of a book too."""

SPARSE = {"killed": 11, "disk full": 7}
"""Faults that are met in every run of the tests, and of how many moments at one; at the others in a whole run."""

WAYS = [
    *((fault, SPARSE[fault], 0) for fault in SPARSE),
    *(
        pytest.param((fault, step, SPARSE.get(fault, 0)), marks=pytest.mark.whole)
        for fault, (_, step) in MOMENTS.items()
    ),
    *(pytest.param((f"{fault}, first book", 3, 0), marks=pytest.mark.whole) for fault in ALSO_FIRST),
]
"""Faults, each with one of how many moments at which it is met, and one of how many of these at which it is not."""


class Met(NamedTuple):
    """A fault that was met at every moment of a build: what there was before, what there should be, what there was."""

    fault: str
    former: dict[str, bytes]
    whole: dict[str, bytes]
    aftermaths: list[Aftermath]
    fewest: int

    def wrong(self, is_right: Callable[[Aftermath], bool]) -> list[int]:
        """Return the moments after which something is not right."""
        return [each.at for each in self.aftermaths if not is_right(each)]


def moments(step: int, left_out: int) -> Iterator[int]:
    """Yield one of so many moments, but for one of so many."""
    return (at for at in count(1, step) if not left_out or (at - 1) % left_out)


def name_of(way: tuple[str, int, int]) -> str:
    """Return what a way is called among the tests."""
    fault, step, left_out = way
    return f"{fault}, one of {step}" + (f" but for one of {left_out}" if left_out else "")


@pytest.fixture(scope="module", params=WAYS, ids=name_of)
def met(request, bench) -> Met:
    """Meet a fault at every moment of a build, or at some."""
    name, *which = request.param
    fault, _, first = name.partition(", ")
    many, step = MOMENTS[fault]
    fewest = sum(1 for _ in takewhile(lambda at: at <= many * step, moments(*which)))
    former = {} if first else contents(bench.former / "mine")
    return Met(fault, former, bench.whole[not first], list(bench.aftermaths(fault, not first, moments(*which))), fewest)


def test_a_fault_is_met_at_many_moments(met):
    assert len(met.aftermaths) >= met.fewest


def test_after_a_fault_the_book_is_the_former_or_the_new_one_byte_for_byte(met):
    assert met.wrong(lambda each: each.book in (met.former, met.whole)) == []


def test_a_build_that_failed_leaves_the_former_book(met):
    assert met.wrong(lambda each: each.status in (0, -signal.SIGKILL, 130) or each.book == met.former) == []


def test_after_a_fault_the_next_build_succeeds(met):
    assert met.wrong(lambda each: each.next_status == 0) == []


def test_after_a_fault_the_next_build_makes_what_an_undisturbed_one_makes(met):
    assert met.wrong(lambda each: each.next_book == met.whole) == []


def test_after_a_fault_the_next_build_leaves_one_run_and_nothing_else(met):
    assert met.wrong(lambda each: each.left == ["lock", "run", "secret"]) == []


def test_a_fault_is_told_without_a_traceback(met):
    assert met.wrong(lambda each: "Traceback" not in each.said) == []


def test_a_full_disk_is_told_in_words_with_the_place_and_status_3(met, bench):
    told = f"No space left on device: {bench.place}"
    failed = [each for each in met.aftermaths if each.status > 0 and met.fault.startswith("disk full")]

    assert [each.at for each in failed if each.status != ChapterError.exit_status or told not in each.said] == []


def test_an_interruption_just_after_the_swap_leaves_the_new_book(bench, monkeypatch):
    out, real = bench.out(), os.replace

    def replaced(*places) -> None:
        real(*places)
        if places[1] == out / "mine":
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", replaced)
    with pytest.raises(KeyboardInterrupt), storage.new_run(out, "mine") as run:
        (run / "values.json").write_text("new", encoding="utf-8")
    assert contents(out / "mine") == {"values.json": b"new"}


def test_a_cohort_that_is_named_like_the_place_of_runs_is_refused(tmp_path):
    with pytest.raises(UsageError, match="left alone"), storage.taken(tmp_path, ".runs", print):
        pass


@pytest.mark.parametrize("said", ["null", "3", "{}", "[[]]", "\udcff"])
def test_a_run_that_is_none_of_ours_counts_as_none(tmp_path, said):
    for name in ("values.json", "frames.json", "run.json"):
        (tmp_path / name).write_text(said, encoding="utf-8", errors="surrogateescape")

    assert make.former_run(tmp_path) is None


@pytest.mark.parametrize("written", [b"", b"half a secret"])
def test_a_secret_that_was_not_written_whole_is_made_anew(tmp_path, written):
    place = storage.folder_of(tmp_path, "mine")
    place.mkdir(parents=True)
    (place / "secret").write_bytes(written)

    assert len(storage.secret(tmp_path, "mine")) == 32


class Building:
    """A cohort, a book of a chapter that may sleep, and builds of it in processes of their own, with real kernels.

    Its chapter needs nothing that takes long to import, so that a cold kernel is there sooner than a warm one.
    """

    def __init__(self, place: Path, is_warm: bool = False):
        self.is_warm = is_warm
        self.place, self.marker, self.out = place, place / "asleep", with_former_book(place / "out")
        self.folder, self.book = subjects.whole_folder(place / "mine"), book(place / "book", sleeper=SLEEPER)
        self.processes: list[subprocess.Popen] = []
        self.temporary = place / "temporary"
        self.temporary.mkdir()

    def let_pages_sleep(self) -> None:
        """Let the making of pages take longer than anybody waits."""
        config = yaml.safe_load((build.BOOK / "_config.yml").read_text(encoding="utf-8"))
        config["sphinx"]["config"]["extensions"].append("sleeping")
        (self.book / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (self.place / "sleeping.py").write_text(ASLEEP, encoding="utf-8")

    def let_pages_wake(self) -> None:
        """Let pages be made as ever."""
        shutil.copy(build.BOOK / "_config.yml", self.book)

    def started(self, *words: str, stage: str = "without pages", folder: Path | None = None) -> subprocess.Popen:
        """Start a build."""
        log = self.place / f"log{time.monotonic_ns()}"
        warm = [] if self.is_warm else ["--cold-kernels"]
        words = [str(folder or self.folder), "--out", str(self.out), *warm, *words]
        order = {"out": str(self.out), "book": str(self.book), "words": words, "log": str(log), "stage": stage}
        command = [sys.executable, __file__, json.dumps(order | {"fault": "none"})]
        others = dict.fromkeys(("TMPDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"), str(self.temporary))
        path = os.pathsep.join([str(self.place), *filter(None, [os.environ.get("PYTHONPATH")])])
        process = subprocess.Popen(command, env={**os.environ, **others, "PYTHONPATH": path})
        process.said = lambda: "".join(path.read_text() for path in log.parent.glob(f"{log.name}.*"))
        self.processes.append(process)
        return process

    def asleep(self, stage: str = "without pages") -> subprocess.Popen:
        """Start a build, and return it when it sleeps."""
        process = self.started("--param", f"marker={self.marker.name}", stage=stage)
        waited(self.marker.exists)
        return process

    def end(self) -> None:
        """End what goes on all the same."""
        self.marker.unlink(missing_ok=True)
        for process in self.processes:
            process.kill()
            process.wait()


def waited(has_come: Callable[[], bool]) -> None:
    """Wait until something has come about."""
    until = time.monotonic() + PATIENCE
    while not has_come():
        assert time.monotonic() < until
        time.sleep(0.02)


def ended(process: subprocess.Popen, sent: signal.Signals) -> list[psutil.Process]:
    """Send a signal to a build; return the processes that it had started and that go on all the same."""
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(sent)
    process.wait(PATIENCE)
    left = psutil.wait_procs(children, timeout=PATIENCE)[1]
    for each in left:
        each.kill()
    return left


ENDINGS = [
    (asleep, sent)
    for asleep in ("chapter", "pages")
    for sent in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
]
ENDINGS = [pytest.param(ending, marks=[pytest.mark.whole] * (n != 2)) for n, ending in enumerate(ENDINGS)]


@pytest.fixture(scope="module", params=ENDINGS, ids=lambda ending: f"{ending[0]}-{ending[1].name}")
def stopped(request, tmp_path_factory) -> SimpleNamespace:
    """End a build that sleeps, and build again; return what went on, what was there, and what is there then."""
    building, (asleep, sent) = Building(tmp_path_factory.mktemp("stopped"), is_warm=True), request.param
    if asleep == "pages":
        building.let_pages_sleep()
    sleeper = building.asleep() if asleep == "chapter" else building.started(stage="whole")
    waited(building.marker.exists)
    left, found = ended(sleeper, sent), contents(building.out / "mine")
    files, unfinished = (
        [*contents(building.temporary)],
        {name: contents(building.out / ".runs/mine" / name) for name in runs(building.out) if name != "former"},
    )
    building.let_pages_wake()
    building.is_warm = False
    following = building.started().wait(PATIENCE)
    building.end()
    about = {"status": sleeper.returncode, "sent": sent, "files": files, "unfinished": unfinished}
    return SimpleNamespace(left=left, found=found, following=following, out=building.out, **about)


@pytest.mark.whole
def test_what_a_build_has_started_ends_with_it(stopped):
    assert stopped.left == []


def test_a_build_that_is_ended_leaves_nothing_in_the_temporary_folder(stopped):
    assert stopped.files == []


def test_a_build_that_is_ended_leaves_at_most_its_own_folder_which_holds_no_patient(stopped):
    texts = [text for run in stopped.unfinished.values() for text in run.values()]

    assert len(stopped.unfinished) == (stopped.sent == signal.SIGKILL)
    assert [text for text in texts if b"2012-06-01" in text] == []


def test_a_build_that_is_ended_by_a_signal_says_so_in_its_status(stopped):
    assert stopped.status == (-signal.SIGKILL if stopped.sent == signal.SIGKILL else 128 + stopped.sent)


def test_a_build_that_is_ended_leaves_the_former_book(stopped):
    assert stopped.found == {name: text.encode() for name, text in FORMER.items()}


def test_a_build_after_one_that_was_ended_is_clean(stopped):
    assert stopped.following == 0
    assert len(runs(stopped.out)) == 1
    assert set(contents(stopped.out / "mine")) >= {"html/chapters/sleeper.html", "notebooks/sleeper.ipynb", "run.json"}


@pytest.fixture
def building(tmp_path) -> Iterator[Building]:
    """Set up a cohort and a book."""
    building = Building(tmp_path)
    yield building
    building.end()


@pytest.mark.whole
def test_a_second_build_of_one_folder_waits_for_the_first_and_both_are_done(building):
    first, second = building.asleep(), building.started()
    waited(lambda: "is under way; this one waits for it" in second.said())
    building.marker.unlink()

    assert (first.wait(PATIENCE), second.wait(PATIENCE)) == (0, 0)
    assert len(runs(building.out)) == 1


@pytest.mark.whole
def test_a_build_that_waits_goes_on_when_the_first_is_killed(building):
    first, second = building.asleep(), building.started()
    waited(lambda: "is under way; this one waits for it" in second.said())
    ended(first, signal.SIGKILL)

    assert second.wait(PATIENCE) == 0
    assert len(runs(building.out)) == 1


@pytest.mark.whole
def test_builds_of_two_folders_in_one_place_do_not_wait_for_each_other(building):
    first, other = building.asleep(), subjects.whole_folder(building.place / "other")
    second = building.started(folder=other).wait(PATIENCE)
    building.marker.unlink()

    assert (second, first.wait(PATIENCE)) == (0, 0)
    assert {path.name for path in building.out.iterdir()} == {".runs", "mine", "other"}


@pytest.mark.whole
def test_two_whole_builds_that_start_at_once_leave_one_whole_book(building):
    both = [building.started(stage="whole") for _ in range(2)]

    assert [each.wait(2 * PATIENCE) for each in both] == [0, 0]
    assert len(runs(building.out)) == 1
    assert set(contents(building.out / "mine")) >= {"html/index.html", "html/chapters/sleeper.html", "run.json"}


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """Mount a disk of one megabyte, or skip and say what was not checked."""
    (tmp_path / "disk").mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path / "disk")]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("NOT CHECKED: a disk that is really full, since none may be mounted here.")
    yield tmp_path / "disk"
    subprocess.run(["umount", str(tmp_path / "disk")], check=True)


def fill(disk: Path, kept: int) -> None:
    """Fill a disk but for some kilobytes."""
    with (disk / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1024)):
            pass
    os.truncate(disk / "ballast", max((disk / "ballast").stat().st_size - 1024 * kept, 0))


@pytest.mark.whole
def test_a_disk_that_is_really_full_is_told_and_leaves_the_former_book(bench, small_disk):
    former, failed = contents(bench.former / "mine"), []
    for kept in count(0, 4):
        shutil.rmtree(small_disk / "out", ignore_errors=True)
        (small_disk / "ballast").unlink(missing_ok=True)
        shutil.copytree(bench.former, small_disk / "out", symlinks=True)
        fill(small_disk, kept)
        status, said = bench.built(small_disk / "out")
        if not status:
            break
        told = status == ChapterError.exit_status and f"No space left on device: {small_disk}" in said
        failed.append(told and contents(small_disk / "out" / "mine") == former)
    assert len(failed) >= 5
    assert all(failed)


@pytest.mark.whole
def test_a_disk_that_is_really_full_is_told_though_jupyter_book_meets_it(building, small_disk):
    building.out = small_disk / "out"
    fill(small_disk, 400)
    process = building.started(stage="whole")

    assert process.wait(PATIENCE) == ChapterError.exit_status
    assert "No space left on device" in process.said()
    assert set(contents(building.out)) == {".runs/mine/lock", ".runs/mine/secret"}


if __name__ == "__main__":
    _obey(json.loads(sys.argv[1])) if sys.argv[1:] else serve()
