"""The tables of a synthetic cohort can be taken away whole; those of any other cohort never, whatever a book holds."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from gistbook import build
from gistbook.book import audit, sheets
from gistbook.book.audit import DIFFERS, LEFT
from gistbook.conventions import ACCESS, BANNERS
from gistbook.schemas import INPUTS

BUNDLED = build.BOOK / "data" / "wada2021"
FILE = f"downloads/{sheets.COHORT}"


def parts(policy: str = "exact", access: str = "synthetic") -> dict[str, bytes | Path]:
    """Return the parts of the file of the bundled cohort, under a policy and as if it were of another access."""
    return sheets.of_cohort(build.load_cohort(BUNDLED, policy)._replace(access=access), BUNDLED)


def packed(place: Path) -> Path:
    """Return the file of the bundled cohort in a folder, as a book offers it."""
    (place / "downloads").mkdir()
    sheets.pack(parts(), place / FILE)
    return place / FILE


def found(place: Path, allowed: dict[str, bytes | Path]) -> list[tuple[str, str]]:
    """Return what the audit says of the file in a folder, where a book may hold the parts that are allowed."""
    leaks = audit.audit(place, audit.Known(book=build.BOOK, tables=allowed))
    return [(leak.file, leak.rule) for leak in leaks if leak.file == FILE]


def test_the_files_are_those_of_the_folder_byte_for_byte(tmp_path):
    with zipfile.ZipFile(packed(tmp_path)) as parts:
        for path in BUNDLED.iterdir():
            assert parts.read(path.name) == path.read_bytes()
        assert set(parts.namelist()) - {path.name for path in BUNDLED.iterdir()} == {
            "READ-ME.txt",
            "dictionary/columns.csv",
        }


def test_it_says_in_its_name_and_first_of_all_inside_that_the_patients_are_synthetic(tmp_path):
    with zipfile.ZipFile(packed(tmp_path)) as parts:
        assert parts.namelist()[0] == "READ-ME.txt"
        assert parts.read("READ-ME.txt").decode().startswith(BANNERS["synthetic"])
    assert "synthetic" in sheets.COHORT


def test_the_dictionary_has_a_row_for_every_column_of_every_table():
    rows = list(csv.DictReader(io.StringIO(sheets.dictionary())))

    assert [(row["Table"], row["Column"]) for row in rows] == [(t, c.name) for t in INPUTS for c in INPUTS[t]]
    assert all(row["Meaning"] and row["Values"] for row in rows)


def test_what_is_taken_away_is_a_cohort_folder_again(tmp_path):
    zipfile.ZipFile(packed(tmp_path)).extractall(tmp_path / "unpacked")

    assert len(build.load_cohort(tmp_path / "unpacked", "exact").adsl) == len(build.load_cohort(BUNDLED, "exact").adsl)


@pytest.mark.parametrize("access", [access for access in ACCESS if access != "synthetic"])
def test_no_other_cohort_has_such_a_file(access):
    assert parts(access=access) == {}


@pytest.mark.parametrize("policy", ["midpoint6", "threshold10"])
def test_a_policy_that_coarsens_counts_gives_no_rows_of_patients(policy):
    assert parts(policy) == {}


def test_the_audit_lets_the_file_of_a_synthetic_cohort_pass(tmp_path):
    packed(tmp_path)
    assert found(tmp_path, parts()) == []


def test_the_audit_finds_a_byte_that_was_added_to_the_tables(tmp_path):
    with packed(tmp_path).open("ab") as file:
        file.write(b" ")
    assert found(tmp_path, parts()) == [(FILE, DIFFERS.says)]


@pytest.mark.parametrize("kept", [0, 5, 40, 2_000, -3])
def test_the_audit_finds_tables_of_which_the_rest_is_cut_off(tmp_path, kept):
    file = packed(tmp_path)
    file.write_bytes(file.read_bytes()[:kept])
    assert found(tmp_path, parts()) == [(FILE, DIFFERS.says)]


@pytest.mark.parametrize("place", [5, 14, 40, 2_000, -3])
def test_the_audit_finds_a_byte_of_the_tables_that_was_changed(tmp_path, place):
    file = packed(tmp_path)
    changed = bytearray(file.read_bytes())
    changed[place] ^= 1
    file.write_bytes(changed)
    assert found(tmp_path, parts()) == [(FILE, DIFFERS.says)]


@pytest.mark.parametrize(
    ("allowed", "rule"), [({}, LEFT), ({"another": b""}, DIFFERS)], ids=["of patients who are not synthetic", "changed"]
)
def test_the_audit_finds_tables_that_are_not_those_of_a_synthetic_cohort(tmp_path, allowed, rule):
    packed(tmp_path)
    assert found(tmp_path, allowed) == [(FILE, rule.says)]
