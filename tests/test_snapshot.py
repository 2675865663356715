"""What a build sets aside for its chapters is the cohort itself, and is never taken for another one."""

import pandas as pd
import pytest

from gistbook import build, examine, snapshot
from support.subjects import whole_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Set a small cohort aside as if it were a large one."""
    monkeypatch.setattr(snapshot, "FEWEST_ROWS", 1)
    place = whole_folder(tmp_path / "mine")
    snapshot.write(examine.load(place), place, snapshot.place_of(place))
    return place


def test_what_was_set_aside_is_the_cohort(folder):
    read, loaded = snapshot.read(folder), examine.load(folder)

    for name, expected in loaded._asdict().items():
        found = getattr(read, name)
        if isinstance(expected, pd.DataFrame):
            pd.testing.assert_frame_equal(found, expected)
        else:
            assert found == expected


def test_chapters_take_what_was_set_aside(folder, monkeypatch):
    monkeypatch.delattr(examine, "load")

    assert len(build.load_cohort(folder).adsl) == 4


def test_a_changed_table_is_read_anew(folder):
    patients = folder / "patients.csv"
    patients.write_text(patients.read_text().replace("a,female", "a,male"))

    assert snapshot.read(folder) is None
    assert set(build.load_cohort(folder).adsl["SEX"]) == {"male", "female"}


def test_a_small_cohort_is_not_set_aside(tmp_path):
    place = whole_folder(tmp_path / "mine")
    snapshot.write(examine.load(place), place, snapshot.place_of(place))

    assert not snapshot.place_of(place).exists()


def test_only_its_owner_may_look_into_what_was_set_aside(folder):
    assert snapshot.place_of(folder).stat().st_mode & 0o077 == 0
