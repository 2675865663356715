"""Rows of a sheet that are selected by `cohort.toml`, rows without an identifier, a first column without a name."""

from pathlib import Path

import pytest

from gistbook.intake import report
from gistbook.intake.folder import FolderCheck, check_folder
from support.subjects import folder

HEAD = 'title = "x"\naccess = "public"\n'
TWO_ROWS = """id,arm,kind,days,status
a,x,1,10,1
a,x,2,30,0
b,y,1,20,0
b,y,2,20,0
c,y,1,5,1
c,y,2,9,1
d,Not randomised,1,5,0
d,Not randomised,2,9,0
"""
OF_TWO_ROWS = """
[columns.patients]
id = "patient_id"
arm = "group"
[endpoints.OS]
time = "days"
unit = "days"
event = "status"
events = ["1"]
censored = ["0"]
[select.patients]
where_not = { arm = "not RANDOMISED" }
first_of = "id"
[select.OS]
where = { kind = ["2"] }
where_not = { arm = ["not randomised"] }
"""


def check(place: Path, settings: str, sheet: str) -> FolderCheck:
    """Check a folder of one sheet of patients."""
    return check_folder(folder(place, HEAD + settings, patients=sheet))


def printed(checked: FolderCheck) -> str:
    """Return what the user is told of a folder."""
    return "\n".join(report.in_words(checked, {}, show_values=False))


def errors(checked: FolderCheck) -> list[str]:
    """Return the errors of a folder, in words."""
    return [str(finding) for finding in checked.of("error")]


def test_of_a_sheet_with_two_rows_a_patient_each_table_takes_its_own(tmp_path):
    checked = check(tmp_path / "x", OF_TWO_ROWS, TWO_ROWS)

    assert errors(checked) == []
    assert checked.cohort.adsl["USUBJID"].tolist() == ["a", "b", "c"]
    rows = checked.cohort.adtte[["USUBJID", "AVAL", "CNSR"]]
    assert rows.values.tolist() == [["a", 30, 1], ["b", 20, 1], ["c", 9, 0]]


def test_the_check_counts_what_each_selection_leaves_out(tmp_path):
    words = printed(check(tmp_path / "x", OF_TWO_ROWS, TWO_ROWS))

    assert "2        left out by [select.patients] where_not arm" in words
    assert "3        left out by [select.patients] first_of id" in words
    assert "4        left out by [select.OS] where kind" in words
    assert "kind" not in words.partition("columns not used")[2].partition("\n")[0]


def test_an_endpoint_without_a_selection_has_that_of_the_patients(tmp_path):
    settings = OF_TWO_ROWS.partition("[select.OS]")[0]
    cohort = check(tmp_path / "x", settings, TWO_ROWS).cohort

    assert cohort.adtte["AVAL"].tolist() == [10, 20, 5]


@pytest.mark.parametrize(
    ("own", "many"),
    [("", "3 patients"), ('[select.OS]\nfirst_of = "id"', ""), ('[select.OS]\nwhere = { kind = ["2"] }', "")],
)
def test_an_endpoint_that_takes_the_first_of_unlike_rows_unasked_is_told(own, many, tmp_path):
    """Of a and c, rows differ in time, of e in the event; those of b are alike, and d is left out."""
    sheet = TWO_ROWS + "e,y,1,7,1\ne,y,2,7,0\n"
    checked = check(tmp_path / "x", OF_TWO_ROWS.partition("[select.OS]")[0] + own, sheet)

    found = [each.rule for each in checked.of("warning") if each.column == "select.patients.first_of"]
    assert found == ([f"takes the first row of {many} for OS, though time or event differ"] if many else [])


@pytest.mark.parametrize(
    ("written", "instead", "words"),
    [
        (
            'kind = ["2"]',
            'knid = ["2"]',
            'select.OS: names the column "knid", which patients.csv lacks. Did you mean k',
        ),
        ('first_of = "id"', 'first_of = "patient"', 'names the column "patient", which patients.csv lacks'),
        ('kind = ["2"]', 'kind = ["3"]', "select.OS: leaves nothing of the 8 rows of patients.csv"),
        ("[select.OS]", "[select.PFS]", "select.PFS: no such table or endpoint"),
        ("first_of =", "first =", "select.patients.first: no such entry. Did you mean first_of?"),
        ('kind = ["2"]', "kind = 2.5", 'not a list of codes. Write it as ["1", "dead"]'),
    ],
)
def test_a_selection_that_cannot_be_is_an_error_with_what_where_and_what_to_do(written, instead, words, tmp_path):
    found = errors(check(tmp_path / "x", OF_TWO_ROWS.replace(written, instead), TWO_ROWS))

    assert any(words in each for each in found), found
    assert not any("Not randomised" in each for each in found)


@pytest.mark.parametrize(
    ("written", "instead", "slip"),
    [
        ("[select.OS]", '[select.patients]\nwhere = { knid = ["2"] }\n[select.PFS]', "knid"),
        ('event = "status"', 'event = "satus"', "satus"),
    ],
)
def test_a_slip_in_a_name_is_told_once(written, instead, slip, tmp_path):
    settings = OF_TWO_ROWS.partition("[select")[0] + "[select.OS]"
    found = errors(check(tmp_path / "x", settings.replace(written, instead), TWO_ROWS))

    assert len([each for each in found if slip in each]) == 1, found


def test_a_code_that_no_row_has_is_told(tmp_path):
    settings = OF_TWO_ROWS.replace('kind = ["2"]', 'kind = ["2", "two"]')
    found = [str(each) for each in check(tmp_path / "x", settings, TWO_ROWS).of("warning")]

    assert any('no row of "kind" has 1 code of the 2 that are named' in each and '"two"' in each for each in found)


NUMBERED = OF_TWO_ROWS.partition("[select")[0].replace("id = ", '"row number" = ')


def test_a_sheet_without_identifiers_takes_the_numbers_of_its_rows(tmp_path):
    cohort = check(tmp_path / "x", NUMBERED, "arm,days,status\nx,1,1\n\ny,2,0").cohort

    assert cohort.adsl["USUBJID"].tolist() == cohort.adtte["USUBJID"].tolist() == ["2", "4"]


def test_another_sheet_has_no_row_numbers_to_be_joined_by(tmp_path):
    settings = NUMBERED + '[columns.operations]\n"row number" = "patient_id"\n'
    place = folder(
        tmp_path / "x", HEAD + settings, patients="arm,days,status\nx,1,1", operations="operation_date\n2010-01-01"
    )

    assert any("row number" in each for each in errors(check_folder(place)))


def test_a_first_column_without_a_name_is_called_by_its_place(tmp_path):
    settings = NUMBERED.replace("row number", "column 1")
    checked = check(tmp_path / "x", settings, '"","arm","days","status"\n"p1","x",1,1\n"p2","y",2,0')

    assert checked.cohort.adsl["USUBJID"].tolist() == ["p1", "p2"]


def test_a_first_column_without_a_name_may_as_well_stay_unused(tmp_path):
    words = printed(
        check(tmp_path / "x", OF_TWO_ROWS.partition("[select")[0], ",id,arm,days,status\n1,a,x,1,1\n2,b,y,2,0")
    )

    assert "columns not used: column 1" in words
    assert "The folder can be used" in words


def test_rows_of_a_patient_who_is_left_out_are_left_out_of_every_table(tmp_path):
    settings = 'title = "x"\naccess = "public"\n[select.patients]\nwhere_not = { arm = ["z"] }\n'
    patients = "patient_id,arm,resistance_date,last_contact\na,x,2010-01-01,2012-01-01\nb,z,2010-01-01,2012-01-01"
    operations = "patient_id,operation_date\na,2010-02-01\nb,2010-02-01\nc,2010-02-01"
    checked = check_folder(folder(tmp_path / "x", settings, patients=patients, operations=operations))
    told = [(each.table, each.rule, each.rows) for each in checked.findings if each.table == "operations"]

    assert told == [
        ("operations", "1 row of patients whom a selection of patients leaves out", ()),
        ("operations", "a patient that is not in patients", (4,)),
    ]
