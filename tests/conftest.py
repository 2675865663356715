"""What several test files share: one real build of the bundled cohort, and R."""

import shutil
import subprocess
from pathlib import Path

import pytest

from gistbook import build


@pytest.fixture(scope="session")
def bundled_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run folder of a book built of the bundled cohort: html/, notebooks/, values.json and run.json."""
    out = tmp_path_factory.mktemp("books")
    return build.build(build.plan(build.BOOK / "data" / "wada2021", {}, 2, print), out).folder


@pytest.fixture(scope="session")
def rscript() -> str:
    """Find R with its survival package, or skip and say what was not checked."""
    found = shutil.which("Rscript")
    if not found or subprocess.run([found, "-e", "library(survival)"], capture_output=True, check=False).returncode:
        pytest.skip("NOT CHECKED: R's answers were not made again, as there is no Rscript with the package survival.")
    return found
