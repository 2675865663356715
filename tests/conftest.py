"""What several test files share: one real build of the bundled cohort."""

from pathlib import Path

import pytest

from gistbook import build


@pytest.fixture(scope="session")
def bundled_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run folder of a book built of the bundled cohort: html/, notebooks/, values.json and run.json."""
    out = tmp_path_factory.mktemp("books")
    return build.build(build.plan(build.BOOK / "data" / "wada2021", {}, 2, print), out).folder
