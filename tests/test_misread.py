"""Sheets that would be read otherwise than they are meant, and without a word: each kind is told, or read rightly."""

import openpyxl
import pytest
from openpyxl.styles import Font

from gistbook.intake import report
from gistbook.intake.folder import check_folder
from support.subjects import folder

PUBLIC = 'title = "x"\naccess = "public"\n'
AGES = '[covariates.own]\ncolumn = "own"\nlabel = "Own"\nkind = "number"\n'
LEVELS = AGES.replace("number", "category")


def told(place, settings: str = "", **tables: str) -> tuple[list, object]:
    """Return what the check of a folder finds, and its cohort."""
    examined = check_folder(folder(place / "x", PUBLIC + settings, **tables))
    return examined.findings, examined.cohort


def with_column(name: str, *cells: str) -> str:
    """Return patients with a column of the given cells; the first one died."""
    rows = [f"p{n},2010-01-01,2012-01-01,{'' if n else '2012-01-01'},{cell}" for n, cell in enumerate(cells)]
    return "\n".join([f"patient_id,resistance_date,last_contact,death_date,{name}", *rows])


def of_unknown(findings: list) -> list:
    """Return the findings of codes that may mean that something is not known."""
    return [each for each in findings if "not known" in each.rule]


@pytest.mark.parametrize(
    ("cells", "entry"),
    [
        (["0", "1", "9"], '"9" = ""'),
        (["0", "1", "8", "9"], '"8" = ""; "9" = ""'),
        (["1", "2.0", "99.0"], '"99" = ""'),
        (["0", "1", "-1"], '"-1" = ""'),
        (["A", "B", "999"], '"999" = ""'),
        (["A", "B", ".U"], '".U" = ""'),
        (["1", "2", "##USER_MISSING_99##"], '"##USER_MISSING_99##" = ""'),
        (["0", "1", "-95"], '"-95" = ""'),
        (["A", "B", "Not Assigned"], '"Not Assigned" = ""'),
        (["A", "B", "Excluded"], '"Excluded" = ""'),
        (["A", "除外", "9"], '"9" = ""; "除外" = ""'),
        (["A", "B", "C"], ""),
        (["7", "8", "9"], ""),
        (["9", "11", "13"], ""),
        (["9", "9", "9"], ""),
    ],
)
def test_a_group_that_may_be_a_code_of_what_is_not_known_is_told(cells, entry, tmp_path):
    findings = of_unknown(told(tmp_path, patients=with_column("group", *cells))[0])

    assert [each.severity for each in findings] == ["warning"] * bool(entry)
    assert all(f"say {entry} under [values.patients.group]" in each.remedy for each in findings)


def test_a_group_that_is_said_to_be_not_known_is_none(tmp_path):
    settings = '[values.patients.group]\n"9" = ""\n'
    findings, cohort = told(tmp_path, settings, patients=with_column("group", "0", "1", "9", "9"))

    assert not of_unknown(findings)
    assert sorted(cohort.adsl["TRT01A"].dropna()) == ["0", "1"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["40", "51.5", "999"], "999"),
        (["0", "1", "9", "9"], "9"),
        (["0", "1.5", "-9"], "-9"),
        (["0", "1", "3", "9"], ""),
        (["60", "70", "99"], ""),
        (["-3", "4", "-1"], ""),
    ],
)
def test_a_number_of_theirs_that_may_be_a_code_of_what_is_not_known_is_told(cells, code, tmp_path):
    findings = of_unknown(told(tmp_path, AGES, patients=with_column("own", *cells))[0])

    assert [each.rule.partition(" in ")[0] for each in findings] == [f'"{code}"'] * bool(code)
    assert all(f'missing = ["{code}"] under [covariates.own]' in each.remedy for each in findings)


def test_codes_of_a_covariate_that_are_said_to_be_not_known_are_missing_there_and_nowhere_else(tmp_path):
    sheet = with_column("growing_lesions,own", "9,2", "3,9", "9,1")
    findings, cohort = told(tmp_path, f"{LEVELS}missing = [9]\n", patients=sheet)

    assert not [each for each in of_unknown(findings) if each.column == "own"]
    assert cohort.adsl["OWN1"].isna().tolist() == [False, True, False]
    assert cohort.adsl["GROWLES"].tolist() == [9, 3, 9]


def test_a_level_of_theirs_that_may_be_a_code_of_what_is_not_known_is_told(tmp_path):
    findings, _ = told(tmp_path, LEVELS, patients=with_column("own", "1", "2", "9"))

    assert [(each.column, each.rows) for each in of_unknown(findings)] == [("own", (4,))]


@pytest.mark.parametrize("column", ["growing_lesions", "mutation", "metastatic_sites"])
def test_a_column_of_ours_that_may_hold_a_code_of_what_is_not_known_is_told(column, tmp_path):
    findings, _ = told(tmp_path, patients=with_column(column, "1", "2", "99"))

    assert [(each.column, each.rows) for each in of_unknown(findings)] == [(column, (4,))]


def of_units(findings: list) -> list[str]:
    """Return the units of which names of columns are found to speak."""
    return [each.rule.partition("speaks of ")[2] for each in findings if "speaks of" in each.rule]


@pytest.mark.parametrize(
    ("ours", "theirs", "unit"),
    [
        ("age", "age_months", "months"),
        ("age", "Alter (Jahre)", ""),
        ("operative_minutes", "op_time_h", "hours"),
        ("operative_minutes", "手術時間（分）", ""),
        ("operative_minutes", "手術時間", ""),
        ("blood_loss_ml", "blood_loss_l", "l"),
        ("blood_loss_ml", "blood loss (g)", ""),
        ("dose_mg_per_day", "dose_g", "g"),
        ("dose_mg_per_day", "dose per day", ""),
        ("dose_mg_per_day", "mg_per_week", ""),
    ],
)
def test_a_column_whose_name_speaks_of_another_unit_than_ours_is_told(ours, theirs, unit, tmp_path):
    table = {"age": "patients", "dose_mg_per_day": "exposures"}.get(ours, "operations")
    named = f'[columns.{table}]\n"{theirs}" = "{ours}"\n'
    carved = f'[[tables.{table}]]\nfile = "x.csv"\n{ours} = "{theirs}"\n'

    assert of_units(told(tmp_path / "a", named, patients=with_column("age", "40"))[0]) == [unit] * bool(unit)
    assert of_units(told(tmp_path / "b", carved, patients=with_column("age", "40"))[0]) == [unit] * bool(unit)


@pytest.mark.parametrize(
    ("column", "label", "unit"),
    [
        ("tumor_size_mm", "Tumour size (cm)", "mm"),
        ("tumor_size_mm", "Tumour size (mm)", ""),
        ("tumor_size_mm", "Tumour size", ""),
        ("wait_days", "Wait, weeks", "days"),
        ("dose_g_per_day", "Dose (g per day)", ""),
    ],
)
def test_a_covariate_whose_column_and_label_speak_of_two_units_is_told(column, label, unit, tmp_path):
    settings = AGES.replace('"own"', f'"{column}"').replace('"Own"', f'"{label}"')

    assert of_units(told(tmp_path, settings, patients=with_column(column, "40"))[0]) == [unit] * bool(unit)


@pytest.mark.parametrize("unit", ["months", "years"])
def test_a_recorded_time_that_is_carved_with_another_unit_than_its_name_says_is_told(unit, tmp_path):
    settings = '[[tables.adtte]]\nfile = "x.csv"\nUSUBJID = "id"\nPARAMCD = { constant = "OS" }\nCNSR = "c"\n'
    settings += f'AVAL = "os_years"\nAVALU = {{ constant = "{unit}" }}\n'

    assert of_units(told(tmp_path, settings, patients=with_column("age", "40"))[0]) == ["years"] * (unit == "months")


OS = '[endpoints.OS]\ntime = "t"\nunit = "{}"\nevent = "s"\nevents = ["1"]\ncensored = ["0"]\n'


def of_thousands(findings: list) -> list[tuple]:
    """Return column and rows of the findings of numbers that may be thousands."""
    return [(each.column, each.rows) for each in findings if "three digits" in each.rule]


@pytest.mark.parametrize(
    ("unit", "mark", "cells", "are_told"),
    [
        ("days", ".", ("1.234", "2.345", "1.070"), True),
        ("days", ",", ('"1,234"', '"2,345"', '"1,070"'), True),
        ("years", ".", ("1.234", "2.345", "1.070"), False),
        ("days", ".", ("1.234", "2.5", "1.070"), False),
        ("days", ".", ("1234", "2345", "1070"), False),
    ],
)
def test_days_that_all_have_three_digits_after_the_mark_are_told(unit, mark, cells, are_told, tmp_path):
    sheet = "\n".join(["patient_id,t,s", *(f"p{n},{cell},{n % 2}" for n, cell in enumerate(cells))])
    findings, _ = told(tmp_path, f'[formats]\ndecimal = "{mark}"\n{OS.format(unit)}', patients=sheet)

    assert of_thousands(findings) == [("AVAL", (2, 3, 4))] * are_told


def test_numbers_of_theirs_that_may_be_thousands_beside_others_are_told(tmp_path):
    findings, _ = told(tmp_path, AGES, patients=with_column("own", "1.234", "950", "2.100"))

    assert of_thousands(findings) == [("own", (2, 4))]


def test_rows_of_a_workbook_that_are_struck_through_are_read_and_told(tmp_path):
    place, book = folder(tmp_path / "x", PUBLIC), openpyxl.Workbook()
    for line in with_column("group", "A", "A", "B", "B").splitlines():
        book.active.append([cell or None for cell in line.split(",")])
    for row, is_struck in ((1, True), (3, True), (4, False), (9, True)):
        for cell in book.active[row]:
            cell.font = Font(strike=is_struck, bold=True)
    book.save(place / "patients.xlsx")
    checked = check_folder(place)

    assert len(checked.cohort.adsl) == 4
    assert [(f.rows, f.severity) for f in checked.findings if "struck" in f.rule] == [((3,), "warning")]


WORDS = {
    "cp850": ("décédé", "opéré", "prénom"),
    "mac_roman": ("Männlich", "Größe", "München"),
    "cp852": ("léčba", "střevo", "żołądek"),
    "cp1250": ("żołądek", "śledziona", "wątroba"),
}


def in_encoding(place, encoding: str, words: tuple, settings: str = ""):
    """Return what the check of a folder finds whose groups are some words in an encoding."""
    where = folder(place / "x", PUBLIC + settings)
    (where / "patients.csv").write_bytes(with_column("group", *words).encode(encoding))
    return check_folder(where)


def of_encoding(checked) -> list[str]:
    """Return the severity of what is found of an encoding."""
    return [each.severity for each in checked.findings if "Latin-1" in each.rule]


@pytest.mark.parametrize("encoding", WORDS)
def test_a_text_in_whose_words_latin_1_has_signs_is_told_until_its_encoding_is_named(encoding, tmp_path):
    checked = in_encoding(tmp_path / "a", encoding, WORDS[encoding])
    named = in_encoding(tmp_path / "b", encoding, WORDS[encoding], f'[formats]\nencoding = "{encoding}"\n')

    assert of_encoding(checked) == ["error" if encoding == "cp852" else "warning"]
    assert of_encoding(named) == []
    assert set(named.cohort.adsl["TRT01A"]) == set(WORDS[encoding])


@pytest.mark.parametrize("words", [*WORDS.values(), ("l’été “tôt”", "N°3 cm² §5", "ÉTÉ Éloïse")])
def test_words_of_latin_1_are_read_as_they_are(words, tmp_path):
    western = [word.encode("cp1252", "ignore").decode("cp1252") for word in words]

    checked = in_encoding(tmp_path, "cp1252", western)

    assert set(checked.cohort.adsl["TRT01A"]) == set(western)
    assert of_encoding(checked) == []


@pytest.mark.parametrize(("response", "rows"), [("SD", (3,)), ("PD", ())])
def test_a_living_patient_without_an_assessment_is_told_where_others_have_some_without_progression(
    response, rows, tmp_path
):
    scans = f"patient_id,assessment_date,response\np2,2010-06-01,{response}\n"
    findings, _ = told(tmp_path, patients=with_column("sex", "male", "male", "male"), assessments=scans)

    assert [each.rows for each in findings if "without an assessment" in each.rule] == [rows] * bool(rows)


@pytest.mark.parametrize(
    ("recurrences", "rows"),
    [
        (["local,2011-01-01", "distant,2011-02-01", "both,2011-03-01", "none,"], (3, 4)),
        (["local,2011-01-01", "none,2011-12-01", "none,2011-12-01", "lost,2011-12-01"], ()),
        (["local,2011-01-01", "none,", "none,", "none,2011-12-01"], ()),
        (["local,2011-01-01", "none,", "none,", ",2011-12-01"], ()),
    ],
)
def test_a_code_of_an_event_that_is_not_named_is_told_by_its_dates(recurrences, rows, tmp_path):
    wide = '[[tables.assessments]]\nfile = "patients.csv"\npatient_id = "patient_id"\nresponse = { constant = "PD" }\n'
    wide += 'assessment_date = { column = "day", when = "kind", is = ["local"] }\n'
    findings, _ = told(tmp_path, wide, patients=with_column("kind,day", *recurrences))

    assert [each.rows for each in findings if "always filled" in each.rule] == [rows] * bool(rows)


def test_cells_of_rows_that_are_not_taken_are_not_quoted(tmp_path):
    wide = '[[tables.assessments]]\nfile = "patients.csv"\npatient_id = "patient_id"\nresponse = { constant = "PD" }\n'
    wide += 'assessment_date = { column = "day", when = "kind", is = ["local"] }\n'
    sheet = with_column("kind,day", "local,2011-01-01", "distant,2011-02-01", "none,")
    checked = check_folder(folder(tmp_path / "x", PUBLIC + wide, patients=sheet))
    words = list(report.in_words(checked, {}, show_values=True))

    assert any("always filled" in line for line in words)
    assert not any(line.strip().startswith("row 3:") for line in words)


@pytest.mark.parametrize(
    ("progressions", "rows"),
    [
        (["5,0", "6,0", "7,0", "8,1"], (2, 3, 4)),
        (["5,0", "6,0", "9,1", "8,1"], ()),
        (["5,0", "6,0", "7,0", "40,1"], ()),
    ],
)
def test_progression_free_survival_of_which_no_death_is_an_event_is_told(progressions, rows, tmp_path):
    pfs = OS.replace("OS", "PFS").replace('"t"', '"u"').replace('"s"', '"v"').format("months")
    sheet = "\n".join(["patient_id,u,v,t,s", *(f"p{n},{each},{n + 1}0,1" for n, each in enumerate(progressions))])
    findings, _ = told(tmp_path, f"{OS.format('months')}{pfs}", patients=sheet)

    assert [each.rows for each in findings if "no death is an event" in each.rule] == [rows] * bool(rows)


@pytest.mark.parametrize(
    "cell", ["A Total", "1 Total", "Total A", "Total général", "A Ergebnis", "Gesamtergebnis", "2 集計", "B 小計"]
)
def test_a_row_that_a_spreadsheet_puts_under_a_group_to_sum_it_up_is_an_error(cell, tmp_path):
    sheet = f"{with_column('group', 'A', 'A', 'B')}\n{cell},2010-01-01,2012-01-01,,A"
    findings, _ = told(tmp_path, patients=sheet)

    assert [(each.severity, each.rows) for each in findings if "totals" in each.rule] == [("error", (5,))]


def test_a_date_with_a_time_of_day_as_sas_writes_it_is_told_with_the_format_of_the_date(tmp_path):
    sheet = with_column("sex", "male", "female").replace("2010-01-01", "31JAN2010:00:00:00.000")

    assert any('dates = "%d%b%Y"' in each.remedy for each in told(tmp_path / "a", patients=sheet)[0])
    assert told(tmp_path / "b", '[formats]\ndates = "%d%b%Y"\n', patients=sheet)[1].adsl[
        "RESISTDT"
    ].dt.day.tolist() == [31, 31]


@pytest.mark.parametrize(
    ("column", "events", "is_told"),
    [
        ("dead", 0, True),
        ("再発", 0, True),
        ("dead", 1, False),
        ("status", 0, False),
        ("relapse_free", 0, False),
        ("no event", 0, False),
    ],
)
def test_a_yes_that_is_read_as_no_event_in_a_column_of_events_is_told(column, events, is_told, tmp_path):
    settings = OS.format("months").replace('"s"', f'"{column}"')
    settings = (
        settings if events else settings.replace("events", "x").replace("censored", "events").replace("x", "censored")
    )
    findings, _ = told(tmp_path, settings, patients=f"patient_id,t,{column}\np0,2,1\np1,3,0\np2,4,0")

    assert [each.column for each in findings if "is named for" in each.rule] == ["endpoints.OS.censored"] * is_told


def test_marks_of_footnotes_after_a_group_are_told_with_the_entry(tmp_path):
    findings, _ = told(tmp_path, patients=with_column("group", "A", "A", "A*", "B", "B", "B†", "C+", "C-"))
    (spellings,) = [each for each in findings if "spellings" in each.rule]

    assert spellings.rows == (4, 7)
    assert '"A*" = "A"; "B†" = "B"' in spellings.remedy


def test_signs_of_at_least_are_one_and_other_spellings_of_a_level_of_theirs_are_told(tmp_path):
    sheet = with_column("own", "≥65", ">=65", "<=20", "≦20", "pT-1", "pT 1")
    findings, cohort = told(tmp_path, LEVELS, patients=sheet)

    assert cohort.adsl["OWN1"].nunique() == 4
    assert [(each.column, each.rows) for each in findings if "spellings" in each.rule] == [("own", (7,))]


@pytest.mark.parametrize(("first", "mark"), [("sep=;", ";"), ('"sep=,"', ","), ("sep=;;;", ";"), ("SEP=\t", "\t")])
def test_a_line_that_tells_excel_the_separator_is_no_header(first, mark, tmp_path):
    sheet = with_column("group", "A", "B").replace(",", mark)
    checked = check_folder(folder(tmp_path / "x", PUBLIC, patients=f"{first}\n{sheet}"))

    assert checked.cohort.adsl["TRT01A"].tolist() == ["A", "B"]
    assert checked.sources[0].said.endswith("columns named in row 2")
    assert checked.texts["patients"].index.tolist() == [3, 4]


def test_two_operations_of_one_day_are_told_and_one_row_twice_is_an_error_alone(tmp_path):
    days = "patient_id,operation_date,procedure\np0,2010-02-01,liver\np0,2010-02-01,bowel\np1,2010-02-01,liver\n"
    findings, _ = told(tmp_path, patients=with_column("sex", "male", "male"), operations=f"{days}p1,2010-02-01,liver")

    assert [each.rows for each in findings if "another operation" in each.rule] == [(3,)]


def test_a_progression_beside_another_response_of_one_day_is_told(tmp_path):
    days = "patient_id,assessment_date,response\np0,2010-02-01,SD\np0,2010-02-01,PD\np1,2010-02-01,PD\np0,2010-03-01,PD"
    findings, _ = told(tmp_path, patients=with_column("sex", "male", "male"), assessments=days)

    assert [each.rows for each in findings if "another response" in each.rule] == [(3,)]


def test_a_hidden_sheet_that_is_read_is_told(tmp_path):
    place, book = folder(tmp_path / "x", PUBLIC), openpyxl.Workbook()
    rows = {"patients": with_column("group", "A", "B"), "operations": "patient_id,operation_date\np0,2010-02-01"}
    for name, text in rows.items():
        sheet = book.create_sheet(name)
        for line in text.splitlines():
            sheet.append([cell or None for cell in line.split(",")])
    book.remove(book.worksheets[0])
    book["operations"].sheet_state = "hidden"
    book.save(place / "ours.xlsx")
    checked = check_folder(place)

    assert [source.said for source in checked.sources] == [
        "sheet patients of a workbook",
        "hidden sheet operations of a workbook",
    ]
    assert [each.table for each in checked.findings if "hidden sheet" in each.rule] == ["ours.xlsx, sheet operations"]
