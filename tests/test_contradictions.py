"""Recorded times that contradict `cohort.toml`, one another or a life: told, and never read in silence."""

import pytest

from gistbook import build
from gistbook.intake.folder import check_folder
from support.subjects import folder

HEAD = 'title = "x"\naccess = "public"\n'


def endpoint(name: str = "OS", time: str = "os", event: str = "dead", unit: str = "months", more: str = "") -> str:
    """Return the entries of an endpoint whose events are 1."""
    codes = 'events = ["1"]\ncensored = ["0"]\n'
    return f'[endpoints.{name}]\ntime = "{time}"\nunit = "{unit}"\nevent = "{event}"\n{codes}{more}\n'


def findings_of(place, settings: str, sheet: str = "", **tables: str) -> list[tuple]:
    """Return severity, column, rule and rows of what the check finds."""
    given = {"patients": sheet, **tables} if sheet else tables
    findings = check_folder(folder(place, HEAD + settings, **given)).findings
    return [(each.severity, each.column, each.rule, each.rows) for each in findings]


@pytest.mark.parametrize(
    ("lists", "column"),
    [
        ('events = ["1"]\ncensored = ["0", "1"]', "endpoints.OS.censored"),
        ('events = ["Dead"]\ncensored = ["dead "]', "endpoints.OS.censored"),
        ('events = ["1"]\ncensored = ["0"]\ncompeting = ["１"]', "endpoints.OS.competing"),
    ],
)
def test_a_code_that_ends_a_time_in_two_ways_is_an_error(lists, column, tmp_path):
    settings = f'[endpoints.OS]\ntime = "os"\nunit = "months"\nevent = "dead"\n{lists}\n'
    findings = findings_of(tmp_path / "x", settings, "patient_id,os,dead\na,3,1\nb,4,0\nc,5,1")

    assert ("error", column, "a code that another list of the endpoint has as well", ()) in findings


@pytest.mark.parametrize("blank", [".", " ", "NA"])
def test_a_patient_whose_time_is_marked_as_missing_needs_no_code(blank, tmp_path):
    sheet = f"patient_id,os,dead\na,3,1\nb,{blank},NA\nc,5,0"
    place = folder(tmp_path / "x", HEAD + endpoint() + '[formats]\nmissing = [".", "NA"]\n', patients=sheet)

    assert build.load_cohort(place).adtte["USUBJID"].tolist() == ["a", "c"]


@pytest.mark.parametrize("blank", [".", " ", ""])
def test_an_entry_that_is_marked_as_missing_is_blank(blank, tmp_path):
    settings = endpoint(more='entry = "came"') + '[formats]\nmissing = ["."]\n'
    findings = findings_of(tmp_path / "x", settings, f"patient_id,came,os,dead\na,0,3,1\nb,{blank},4,0\nc,1,5,0")

    assert ("error", "came", "blank, though it is the entry of [endpoints.OS]", (3,)) in findings
