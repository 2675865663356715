"""Where finished runs are kept: a link to each cohort's last run, and beside it, unseen, the run itself; the
replacement of the link lets a reader find the former book or the new one, whole, at every moment.
"""

import contextlib
import fcntl
import itertools
import os
import secrets
import shlex
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from gistbook.conventions import UsageError

FILES = ("values.json", "frames.json", "run.json")
"""Files of a run that tell what it was: what chapters pasted, the frames of their figures, and the run itself."""

_RUNS, _SECRET_BYTES = ".runs", 32


class Book(NamedTuple):
    """One book of a run: of which cohort folder, with which parameters given, and in which place of books."""

    folder: Path
    given: dict[str, str]
    out: Path

    @property
    def place(self) -> Path:
        """Where the book is found: in a place of books, under the name of its cohort folder."""
        return self.out / self.folder.resolve().name


def books(folders: list[Path], given: dict[str, list[str]], out: Path) -> list[Book]:
    """The book of each cohort folder under each setting, and its place.

    Books of a setting, where a parameter has several values, are in a place named after it, as `out/interval=log`.
    Raises `UsageError` if two books have one place, or a place of books is a book.
    """
    several = [name for name, values in given.items() if len(values) > 1]
    wanted = []
    for folder, *values in itertools.product(folders, *given.values()):
        setting = dict(zip(given, values, strict=True))
        place = ",".join(f"{quote(name, safe='')}={quote(setting[name], safe='')}" for name in several)
        wanted.append(Book(folder, setting, out / place))
    if twice := [place for place, times in Counter(book.place for book in wanted).items() if times > 1]:
        raise UsageError(f"Two of the books would be {twice[0]}; build them apart, each with another --out.")
    if taken := [book.out for book in wanted if several and book.out.is_symlink()]:
        raise UsageError(f"{taken[0]} is a book already, and no place for others; choose another by --out.")
    return wanted


def finished(folder: Path, out: Path) -> Path:
    """Place of the book of a cohort folder, among those in `out`; raises `UsageError` if there is none yet."""
    place = out / folder.resolve().name
    if not (place / FILES[0]).exists():
        command = f"gistbook build {shlex.quote(str(folder))} --out {shlex.quote(str(out))}"
        raise UsageError(f"There is no book of {folder.name} in {out} yet; make it with: {command}")
    return place


def folder_of(out: Path, name: str) -> Path:
    """Folder in which the runs of a name are made."""
    return out.resolve() / _RUNS / name


def secret(out: Path, name: str) -> bytes:
    """The secret of a name, made at the first use: without it nobody can confirm a guess by a digest."""
    place = folder_of(out, name) / "secret"
    if not place.exists() or place.stat().st_size != _SECRET_BYTES:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
    return place.read_bytes()


@contextlib.contextmanager
def taken(out: Path, name: str, report: Callable[[str], None]) -> Iterator[None]:
    """Hold a name for one build at a time, and clear away what builds that were ended have left; raises `UsageError` if
    what bears the name is no book of ours.
    """
    if name == _RUNS or ((out / name).exists() and not (out / name).is_symlink()):
        raise UsageError(f"{out / name} is not a book made here and is left alone; choose another place by --out.")
    folder_of(out, name).mkdir(parents=True, exist_ok=True)
    with (folder_of(out, name) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"Another build of {name} is under way; this one waits for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _sweep(out, name)
        yield


@contextlib.contextmanager
def new_run(out: Path, name: str) -> Iterator[Path]:
    """Give a folder for a run, which takes the place of the former one if all goes well, and goes if not."""
    run = folder_of(out, name) / f"{time.time_ns()}-{os.getpid()}"
    try:
        run.mkdir()
        yield run
        link = run.with_name("link")
        link.unlink(missing_ok=True)
        link.symlink_to(Path(_RUNS) / name / run.name)
        os.replace(link, out / name)
    except BaseException:
        if (out / name).resolve() != run:
            shutil.rmtree(run, ignore_errors=True)
        raise
    _sweep(out, name)


def _sweep(out: Path, name: str) -> None:
    in_use = (out / name).resolve()
    for run in folder_of(out, name).iterdir():
        if run.is_dir() and run != in_use:
            shutil.rmtree(run, ignore_errors=True)
