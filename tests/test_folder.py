"""A folder is found, read and checked whole; what is told of it names places and never values."""

import json

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import endpoints
from gistbook.conventions import DAYS_PER_MONTH, ERROR, WARNING, DataError
from gistbook.intake import readers, report
from gistbook.intake.cohort import Cohort
from gistbook.intake.folder import FolderCheck, check_folder, load_folder
from support.subjects import EXPOSURES, OPERATIONS, PATIENTS, SETTINGS, folder, whole_folder

FORM = "patient_id,operation_date,indication"

ADSL = """
USUBJID,TRT01A,SEX,AGE,DTHDT
S-1,Drug,F,60,2012-01-01
S-2,Placebo,M,50,
S-3,Screen Failure,M,50,
"""

ADTTE = """
USUBJID,PARAMCD,AVAL,AVALU,CNSR,STARTDT,ADT,EVNTDESC
S-1,OS,2,MONTHS,0,,,Death
S-2,OS,3,months,2,,,
S-1,PFS,,,1,2010-01-01,2010-02-01,
"""


def rules(checked: FolderCheck, severity: str = ERROR) -> list[tuple]:
    """Return which rules of one severity are broken where."""
    return [(finding.table, finding.column, finding.rule) for finding in checked.of(severity)]


def workbook(place, name: str, **sheets: str) -> None:
    """Write a workbook of drawn sheets."""
    with pd.ExcelWriter(place / name) as book:
        for sheet, text in sheets.items():
            lines = [line.split(",") for line in text.strip().splitlines()]
            pd.DataFrame(lines[1:], columns=lines[0]).to_excel(book, sheet_name=sheet, index=False)


@pytest.fixture(scope="module")
def adam(tmp_path_factory) -> Cohort:
    """Load a drawn folder of ADaM data sets."""
    return load_folder(folder(tmp_path_factory.mktemp("folder") / "adam", adsl=ADSL, adtte=ADTTE))


def test_a_whole_folder_gives_a_cohort_without_a_finding(tmp_path):
    checked = check_folder(whole_folder(tmp_path))

    assert checked.findings == []
    assert len(checked.cohort.adsl) == 4


def test_sheets_that_bear_the_names_of_tables_are_found(tmp_path):
    place = folder(tmp_path)
    workbook(place, "anything.xlsx", Patients=PATIENTS, operations=OPERATIONS, notes="a\nb")
    checked = check_folder(place)

    assert {source.table: source.rows for source in checked.sources} == {"patients": 4, "operations": 3}
    assert checked.cohort is not None


def test_an_empty_form_beside_a_filled_one_is_left_alone(tmp_path):
    place = folder(tmp_path, patients=PATIENTS, operations=FORM)
    workbook(place, "cohort.xlsx", operations=OPERATIONS)
    checked = check_folder(place)

    assert len(checked.cohort.operations) == 3
    assert checked.findings == []


def test_a_table_that_is_filled_in_twice_is_told(tmp_path):
    place = folder(tmp_path, patients=PATIENTS, operations=OPERATIONS)
    workbook(place, "cohort.xlsx", operations=OPERATIONS)

    assert rules(check_folder(place)) == [("operations", "", "the table is there more than once")]


def test_a_file_that_may_be_meant_is_told(tmp_path):
    place = folder(tmp_path, patients=PATIENTS, operation=OPERATIONS)

    assert rules(check_folder(place), WARNING) == [("operation.csv", "", "a file that is not used")]


def test_a_wide_sheet_is_read_once(tmp_path, monkeypatch):
    read, asked = readers.read_table, []
    monkeypatch.setattr(readers, "read_table", lambda *given: asked.append(given) or read(*given))
    tables = '[tables]\npatients = "x.csv"\n[[tables.operations]]\nfile = "x.csv"\npatient_id = "patient_id"\n'
    place = folder(tmp_path, f'{SETTINGS}{tables}operation_date = "resistance_date"', x=PATIENTS)

    assert len(check_folder(place).cohort.operations) == 4
    assert len(asked) == 1


def test_a_file_that_bears_the_name_of_a_table_is_that_table_though_another_is_carved_out_of_it(tmp_path):
    carved = (
        '[[tables.operations]]\nfile = "patients.csv"\npatient_id = "patient_id"\noperation_date = "resistance_date"'
    )
    place = folder(tmp_path, f"{SETTINGS}{carved}", patients=PATIENTS)

    assert {source.table: source.rows for source in check_folder(place).sources} == {"patients": 4, "operations": 4}


def test_how_many_rows_of_a_wide_sheet_make_a_row_of_a_table_is_told(tmp_path):
    carved = (
        '[[tables.operations]]\nfile = "patients.csv"\npatient_id = "patient_id"\noperation_date = "death_date"\n'
        '[[tables.operations]]\nfile = "patients.csv"\npatient_id = "patient_id"\noperation_date = "resistance_date"'
    )
    checked = check_folder(folder(tmp_path, f"{SETTINGS}{carved}", patients=PATIENTS))

    assert [(source.rows, source.taken) for source in checked.sources] == [(4, 4), (4, 2), (4, 4)]
    assert "4 rows, 2 taken" in "\n".join(report.in_words(checked, {}, show_values=False))


def test_a_finding_says_what_the_user_calls_the_column(tmp_path):
    place = folder(
        tmp_path,
        f'{SETTINGS}[columns.patients]\nSeen = "last_contact"',
        patients=PATIENTS.replace("last_contact", "Seen").replace("2013-01-01", "soon"),
    )
    (finding,) = check_folder(place).findings

    assert (finding.column, finding.theirs) == ("last_contact", "Seen")
    assert "column last_contact (yours: Seen), row 3: not a date" in str(finding)


def test_what_cannot_be_used_of_cohort_toml_is_told_with_all_else(tmp_path):
    place = folder(tmp_path, f"{SETTINGS}titel = 'x'", patients=PATIENTS.replace("female", "fimale"))

    assert [finding.column for finding in check_folder(place).of(ERROR)] == ["titel", "sex"]


def test_a_cohort_without_cohort_toml_is_told_of_it_and_checked(tmp_path):
    place = folder(tmp_path, patients=PATIENTS.replace("female", "fimale"))
    (place / "cohort.toml").unlink()

    assert [finding.table for finding in check_folder(place).of(ERROR)] == ["cohort.toml", "patients"]


def test_subjects_of_adam_are_patients_with_their_groups_and_without_a_time_in_none(adam):
    assert adam.adsl["TRT01A"].fillna("").tolist() == ["Drug", "Placebo", ""]
    assert adam.adsl["SEX"].tolist() == ["female", "male", "male"]


def test_recorded_times_come_in_days_with_events_and_groups(adam):
    times = endpoints.derive_os(adam, "recorded")

    assert times["AVAL"].tolist() == pytest.approx([2 * DAYS_PER_MONTH, 3 * DAYS_PER_MONTH])
    assert times["CNSR"].tolist() == [0, 1]
    assert times["TRTA"].tolist() == ["Drug", "Placebo"]
    assert times["EVNTDESC"].tolist() == ["Death", "censored"]


def test_a_recorded_time_without_a_value_is_the_difference_of_its_dates(adam):
    assert endpoints.derive_pfs(adam, "recorded")["AVAL"].tolist() == [31]


@pytest.mark.parametrize("origin", ["first_operation", "resistance", "imatinib_start", "second_line"])
def test_nobody_has_a_recorded_time_from_another_time_zero(adam, origin):
    assert endpoints.derive_os(adam, origin).empty


def test_recorded_times_need_no_table_of_subjects(tmp_path):
    alone = load_folder(folder(tmp_path, adtte=ADTTE))

    assert alone.adsl["USUBJID"].tolist() == ["S-1", "S-2"]


def test_a_plan_takes_recorded_times_from_their_own_time_zero(tmp_path):
    planned = build.plan(folder(tmp_path, adsl=ADSL, adtte=ADTTE), {}, 1, print)

    assert planned.parameters["origin"] == "recorded"


def test_chapters_that_lack_their_table_are_named_with_the_reason(tmp_path):
    cohort = load_folder(folder(tmp_path, patients=PATIENTS, exposures=EXPOSURES))

    assert build.absent(cohort)["surgery"] == "no operations"


def broken_folder(place):
    """Draw a folder with an error, whose cell is marked."""
    return folder(place, patients=PATIENTS.replace("60,", "secret,"))


def test_words_tell_the_error_and_no_cell(tmp_path):
    words = "\n".join(report.in_words(check_folder(broken_folder(tmp_path)), {}, show_values=False))

    assert "Errors: 1\n  1. patients, column age, row 2: not a number." in words
    assert "secret" not in words


def test_words_quote_the_cell_if_they_are_asked_to(tmp_path):
    words = "\n".join(report.in_words(check_folder(broken_folder(tmp_path)), {}, show_values=True))

    assert "row 2: 'secret'" in words


def test_data_tell_the_same_and_no_cell(tmp_path):
    data = report.as_data(check_folder(broken_folder(tmp_path)), {})

    assert [(error["table"], error["column"], error["rows"]) for error in data["errors"]] == [("patients", "age", [2])]
    assert not data["usable"]
    assert "secret" not in json.dumps(data)


def test_a_folder_that_is_none_is_told_by_its_name(tmp_path):
    with pytest.raises(DataError, match="There is no cohort folder named nowhere"):
        check_folder(tmp_path / "nowhere")
