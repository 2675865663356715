"""The same folder gives the same pages, byte for byte, wherever and whenever they are made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gistbook import build

PROGRAM = "import sys; from gistbook import cli; cli.main()"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Path:
    """Make the bundled book again: of a copy, from another folder, in another time zone, with another hash seed."""
    place = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(build.BOOK / "data" / "wada2021", place / "cohorts" / "wada2021")
    (place / "at_work").mkdir()
    command = [sys.executable, "-c", PROGRAM, "build", "../cohorts/wada2021", "--out", "books"]
    another = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"}
    subprocess.run(command, cwd=place / "at_work", env=another, check=True, capture_output=True)
    return place / "at_work" / "books" / "wada2021" / "html"


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_pages_are_the_same_bytes_wherever_they_are_made(bundled_book, elsewhere):
    here, there = files((bundled_book / "html").resolve()), files(elsewhere)

    assert len(here) > 50
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []
