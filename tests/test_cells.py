"""Cells that are no date and no number: each is told with the words that mend it."""

import pytest

from gistbook.intake.folder import check_folder
from support.sharing import one_of
from support.subjects import folder

HEADER = "patient_id,ecog,resistance_date,last_contact,death_date"
SETTINGS = 'title = "x"\naccess = "public"\n{}\n'


def found(place, row: str, settings: str = "") -> list[tuple]:
    """Return severity, column, rule and remedy of what is found in a sheet of one patient."""
    checked = check_folder(folder(place, SETTINGS.format(settings), patients=f"{HEADER}\n{row}"))
    return [(each.severity, each.column, each.rule, each.remedy) for each in checked.findings]


NOTHING = ["Lost to FU", "lost to follow-up", "alive", "Not done", "no event", "追跡不能"]
"""Words for what is not there."""


@pytest.mark.parametrize("words", one_of(3, NOTHING))
@pytest.mark.parametrize("column", ["death_date", "ecog"])
def test_words_for_none_are_told_with_the_entry_that_makes_them_blank(column, words, tmp_path):
    cells = {"ecog": "1", "death_date": "", column: words}
    row = f"a,{cells['ecog']},2010-01-01,2012-01-01,{cells['death_date']}"
    ((severity, place, _, remedy),) = found(tmp_path / "x", row)

    assert (severity, place) == ("error", column)
    entry = f'missing = ["{words}"]'
    assert entry in remedy
    assert not [each for each in found(tmp_path / "y", row, f"[formats]\n{entry}") if each[0] == "error"]


def test_marks_that_are_named_already_stay_in_the_entry_to_paste(tmp_path):
    row = "a,.,2010-01-01,2012-01-01,Lost to FU"
    ((*_, remedy),) = found(tmp_path / "x", row, '[formats]\nmissing = ["."]')

    assert 'missing = [".", "Lost to FU"]' in remedy


@pytest.mark.parametrize("words", ["Jane Doe", "see the letter", "progression", "no"])
def test_words_that_may_tell_of_a_patient_are_not_quoted(words, tmp_path):
    ((*_, remedy),) = found(tmp_path / "x", f"a,1,2010-01-01,2012-01-01,{words}")

    assert f'"{words}"' not in remedy
    assert 'missing = ["…"]' in remedy


@pytest.mark.parametrize("words", ["dead", "died of disease", "Deceased"])
def test_words_for_a_death_are_never_proposed_as_blank(words, tmp_path):
    ((*_, remedy),) = found(tmp_path / "x", f"a,1,2010-01-01,2012-01-01,{words}")

    assert "missing" not in remedy


LATER = """
[[tables.patients]]
file = "patients.csv"
patient_id = "patient_id"
resistance_date = "start"
last_contact = { column = "start", plus = "days" }
"""


@pytest.mark.parametrize(
    ("start", "days", "rule", "words"),
    [
        ("2010-01-01", "100.5", "no whole number of days after a date", "Write whole days"),
        ("2010-01-01", "about 100", "no whole number of days after a date", "Write whole days"),
        ("2010-01-01", "Lost to FU", "not a date", 'missing = ["Lost to FU"]'),
        ("2010-01-01", "unknown", "not a date", 'missing = ["NA", "."]'),
        ("31.12.2010", "100", "not a date", 'dates = "%d.%m.%Y"'),
    ],
)
def test_of_a_date_and_a_number_of_days_the_wrong_one_is_told(start, days, rule, words, tmp_path):
    place = folder(tmp_path / "x", SETTINGS.format(LATER), patients=f"patient_id,start,days\na,{start},{days}")
    (finding,) = [each for each in check_folder(place).findings if each.column == "last_contact"]

    assert (finding.rule, finding.theirs) == (rule, "start + days")
    assert words in finding.remedy
