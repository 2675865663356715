"""What several test files share: two real books, each made once for all processes, tables once checked, and R."""

import functools
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from gistbook import build
from gistbook.intake import checks
from support import cohorts, sharing
from support.chapters import BRIEF
from support.remembering import remembered

FIRST = (
    *("test_any_cohort", "test_hostile", "test_attack", "test_faults", "test_determinism", "test_running"),
    *("test_search", "test_way_back"),
)
"""Files that take longest, which begin first, and two that would be the last; no process waits for another's last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest begin first; within a file the order stays."""
    rank = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(FIRST)))


@pytest.fixture(scope="session", autouse=True)
def checked_once() -> Iterator[None]:
    """Check tables that are alike in every cell, and in how they are to be read, once in a process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "check", remembered(checks.check))
        yield


@pytest.fixture(scope="session", autouse=True)
def described_once() -> Iterator[None]:
    """Make the commands and options of the program of its functions once in a process, as a user's does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the books that all processes read."""
    return sharing.place_of_all(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def bundled_book(shared) -> Iterator[Path]:
    """Return the run folder of a book of the bundled cohort: html/, notebooks/, values.json and run.json."""
    yield from sharing.whole_book(shared, "wada2021", lambda _: build.BOOK / "data" / "wada2021")


@pytest.fixture(scope="session")
def confidential_book(shared) -> Iterator[Path]:
    """Return the run folder of a book of a drawn cohort that is declared confidential, under its default policy."""
    yield from sharing.whole_book(shared, "ward", cohorts.confidential, **BRIEF)


@pytest.fixture(scope="session")
def rscript() -> str:
    """Find R with its survival package, or skip and say what was not checked."""
    found = shutil.which("Rscript")
    if not found or subprocess.run([found, "-e", "library(survival)"], capture_output=True, check=False).returncode:
        pytest.skip("NOT CHECKED: R's answers were not made again, as there is no Rscript with the package survival.")
    return found
