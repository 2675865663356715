"""Entries of `cohort.toml` that are written as people write them, or told once."""

import pytest

from gistbook import build
from gistbook.analysis import endpoints
from gistbook.intake.folder import check_folder
from support.subjects import folder

HEAD = 'title = "x"\naccess = "public"\n'
TIMES = HEAD + '[endpoints.OS]\ntime = "t"\nunit = "days"\nevent = "s"\nevents = {}\ncensored = {}\n'
SHEET = "patient_id,t,s\na,10,{0}\nb,20,{1}\nc,30,{0}"


@pytest.mark.parametrize(
    ("events", "censored", "codes"),
    [
        ("[1]", "[0]", ("1", "0")),
        ("1", "0", ("1", "0")),
        ('"1"', '["0"]', ("1", "0")),
        ("true", "false", ("TRUE", "FALSE")),
        ('["dead"]', '"alive"', ("Dead", "alive")),
    ],
)
def test_codes_may_be_numbers_and_one_may_stand_alone(events, censored, codes, tmp_path):
    cohort = build.load_cohort(folder(tmp_path / "x", TIMES.format(events, censored), patients=SHEET.format(*codes)))

    assert endpoints.derive_os(cohort, "recorded")["CNSR"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("right", "entry"),
    [("events", "events = [1.5]"), ("unit", 'unit = "dayz"'), ("time", "time = 3"), ("censored", 'cencored = ["0"]')],
)
def test_an_entry_that_cannot_be_used_is_told_once(right, entry, tmp_path):
    name = entry.split()[0]
    lines = [line for line in TIMES.format('["1"]', '["0"]').splitlines() if not line.startswith(f"{right} =")]
    checked = check_folder(folder(tmp_path / "x", "\n".join([*lines, entry]), patients=SHEET.format(1, 0)))

    assert [finding.column for finding in checked.of("error")] == [f"endpoints.OS.{name}"]


CODES = HEAD + '[values.patients.group]\n"A群" = "one"\n"Ａ群" = "{}"\n'
GROUPED = """
patient_id,group,resistance_date,last_contact,died
a,A群,2010-01-01,2012-01-01,no
b,ａ群,2010-01-01,2012-01-01,no
"""


def test_codes_that_differ_in_writing_only_and_mean_two_things_are_an_error(tmp_path):
    (finding,) = check_folder(folder(tmp_path / "x", CODES.format("two"), patients=GROUPED)).findings

    assert (finding.severity, finding.column) == ("error", "values.patients.group")
    assert '"A群", "Ａ群"' in finding.rule


def test_codes_that_differ_in_writing_only_and_mean_one_thing_hold_for_every_spelling(tmp_path):
    cohort = build.load_cohort(folder(tmp_path / "x", CODES.format("one"), patients=GROUPED))

    assert cohort.adsl["TRT01A"].tolist() == ["one", "one"]


def test_the_rows_of_a_carved_sheet_may_name_the_patients(tmp_path):
    settings = """
[[tables.patients]]
file = "sheet.csv"
patient_id = "row number"
resistance_date = "found"
last_contact = "seen"
[[tables.operations]]
file = "sheet.csv"
patient_id = "row number"
operation_date = "operated"
"""
    sheet = "found,seen,operated\n2010-01-01,2012-01-01,\n2010-01-01,2012-01-01,2010-02-01"
    cohort = build.load_cohort(folder(tmp_path / "x", HEAD + settings, sheet=sheet))

    assert cohort.adsl["USUBJID"].tolist() == ["2", "3"]
    assert cohort.operations["USUBJID"].tolist() == ["3"]
