"""Books that are made once in a run of the tests, however many processes run them."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from gistbook import build
from support.books import planned


def one_of(many: int, values: Iterable) -> list:
    """Return values of a parameter, of which one of so many is for every run, and the others for a whole one."""
    return [pytest.param(value, marks=[pytest.mark.whole] * (n % many > 0)) for n, value in enumerate(values)]


def one_of_cases(many: int, cases: Iterable[tuple]) -> list:
    """Return cases of several parameters, of which one of so many is for every run, and the others for a whole one."""
    return [pytest.param(*case, marks=[pytest.mark.whole] * (n % many > 0)) for n, case in enumerate(cases)]


def one_of_named(many: int, cases: dict[str, tuple]) -> list:
    """Return cases with their names, of which one of so many is for every run, and the others for a whole one."""
    kinds = [[pytest.mark.whole] * (n % many > 0) for n in range(len(cases))]
    return [pytest.param(*case, id=name, marks=kind) for (name, case), kind in zip(cases.items(), kinds, strict=True)]


def place_of_all(base: Path) -> Path:
    """Return the temporary folder that all processes of this run share; each has its own `base` within it."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def made_once(place: Path, make: Callable[[Path], object]) -> Path:
    """Return a folder that whoever asks first makes, while the others wait; what failed is tried again."""
    finished = place.with_name(f"{place.name}.finished")
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            make(place)
            finished.touch()
    return place


def whole_book(place: Path, name: str, folder: Callable[[Path], Path], **given) -> Iterator[Path]:
    """Give the run folder of a book of all chapters, made once; whoever changes a file of it is told in the end."""
    made_once(place / name, lambda there: build.build(planned(folder(there / "cohorts" / name), given), there / "out"))
    run = place / name / "out" / name
    before = _state(run)
    yield run
    assert _state(run) == before, f"A test changed {name}, the book that others read as well."


def _state(run: Path) -> dict[str, tuple[int, int]]:
    """Return when each file of a book was written last, and its size."""
    files = [path for path in run.resolve().rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in files}
