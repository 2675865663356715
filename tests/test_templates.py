"""The folder to fill in is explained by itself, is refused or whole, and is read back when it is filled in."""

import csv
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from gistbook import build
from gistbook.conventions import ERROR, WARNING, UsageError
from gistbook.intake import checks, templates
from gistbook.intake.folder import check_folder
from gistbook.intake.settings import Formats, Settings, usable_settings
from gistbook.schemas import TABLES, names
from support import subjects
from support.sharing import one_of_cases

COLUMNS = [(table, column) for table, columns in TABLES.items() for column in columns]
IDS = [f"{table}-{column.name}" for table, column in COLUMNS]
EXAMPLE = re.compile(r"^#(?=\S)", re.MULTILINE)
FILES = {"cohort.toml", "cohort.xlsx", *(f"{table}.csv" for table in TABLES)}

FILLED = {
    "patients": subjects.PATIENTS.replace("\na,", "\n007,"),
    "operations": subjects.OPERATIONS.replace("\na,", "\n007,"),
    "assessments": subjects.ASSESSMENTS.replace("\na,", "\n007,"),
    "exposures": subjects.EXPOSURES.replace("\na,", "\n007,"),
}
OF_A_WORKBOOK = "007"
"""The patient whose dates and numbers are typed as a spreadsheet holds them; those of others are text."""

WIDE = """
Pt No.,M/F,PD on imatinib,operation_1,operation_2,progression,last_seen,status
1,F,1.1.2010,1.2.2010,,31.12.2010,1.1.2012,dead
2,M,1.2.2010,1.3.2010,1.3.2011,,1.1.2013,alive
3,unknown,1.1.2011,-,,,1.6.2012,DOD
"""
DRUGS = "Pt No.;drug;start;end;dose_mg_per_day\n1;imatinib;1.1.2008;31.1.2010;400,5\n"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return a folder as `gistbook new` makes it."""
    templates.write(tmp_path / "kyoto")
    return tmp_path / "kyoto"


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    """Return the workbook to fill in, read back."""
    return openpyxl.load_workbook(io.BytesIO(templates.workbook()))


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of a drawn table."""
    return list(csv.DictReader(io.StringIO(text.strip())))


def typed(name: str, text: str, patient: str):
    """Return what a spreadsheet makes of a cell as it is typed: a date or a number; only for one patient."""
    if patient == OF_A_WORKBOOK and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return int(text) if patient == OF_A_WORKBOOK and name == "age" else text or None


def fill_in_workbook(path: Path) -> None:
    """Type the drawn patients into the sheets of a workbook, below its headers."""
    filled = openpyxl.load_workbook(path)
    for table, text in FILLED.items():
        place = {cell.value: cell.column for cell in filled[table][1]}
        for number, row in enumerate(rows_of(text), 2):
            for name, value in row.items():
                filled[table].cell(number, place[name]).value = typed(name, value, row["patient_id"])
    filled.save(path)


def fill_in_csv(folder: Path) -> None:
    """Type the drawn patients into the four text files, below their headers."""
    for table, text in FILLED.items():
        with (folder / f"{table}.csv").open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, names(TABLES[table]), restval="").writerows(rows_of(text))


def rule_of(book: openpyxl.Workbook, table: str, name: str):
    """Return the rule of the cells of a column; `None` if there is none."""
    letter = next(cell.column_letter for cell in book[table][1] if cell.value == name)
    rules = [rule for rule in book[table].data_validations.dataValidation if f"{letter}2" in rule.sqref]
    assert len(rules) <= 1
    return rules[0] if rules else None


def said_of_numbers(table: str, name: str, value: float) -> list[str]:
    """Return what the checks say of one number."""
    rows = pd.DataFrame({name: [str(value)]}, index=[2])
    return [f.rule for f in checks.check({table: rows}, Formats(), None)[1] if f.column == name]


def test_the_folder_holds_the_workbook_the_tables_and_the_settings(made):
    assert {path.name for path in made.iterdir()} == FILES


def test_folders_above_are_made_too(tmp_path):
    templates.write(tmp_path / "hospital" / "kyoto")

    assert {path.name for path in (tmp_path / "hospital" / "kyoto").iterdir()} == FILES


def test_what_was_made_and_both_next_steps_are_told(tmp_path):
    said = "\n".join(templates.write(tmp_path / "our cohort"))

    assert [name for name in FILES if name not in said] == []
    assert f"gistbook check '{tmp_path / 'our cohort'}'" in said
    assert f"gistbook build '{tmp_path / 'our cohort'}'" in said


def test_nothing_else_is_left_beside_the_folder(made):
    assert list(made.parent.iterdir()) == [made]


def test_an_empty_folder_is_filled(tmp_path):
    templates.write(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == FILES


def test_the_folder_one_stands_in_is_filled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    templates.write(Path())

    assert {path.name for path in Path().iterdir()} == FILES


def test_what_a_system_puts_into_a_folder_is_not_in_the_way(tmp_path):
    (tmp_path / ".DS_Store").write_bytes(b"")

    templates.write(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == FILES | {".DS_Store"}


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "patients.csv").write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match=r"not empty.* Name a folder"):
        templates.write(tmp_path)

    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("inside", [".", "kyoto"])
def test_a_file_in_the_way_is_left_alone(tmp_path, inside):
    (tmp_path / "mine").write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match=r"is a file.* Name a folder"):
        templates.write(tmp_path / "mine" / inside)

    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["hospital/kyoto", "."])
def test_a_failure_to_write_leaves_nothing(tmp_path, monkeypatch, name):
    written = []

    def fail_at_the_third(path, held):
        written.append(path)
        if len(written) == 3:
            raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail_at_the_third)
    with pytest.raises(OSError, match="No space"):
        templates.write(tmp_path / name)

    assert list(tmp_path.iterdir()) == []


def test_another_folder_has_the_same_bytes(made, tmp_path):
    templates.write(tmp_path / "osaka")

    assert [(made / name).read_bytes() == (tmp_path / "osaka" / name).read_bytes() for name in FILES] == [True] * 6


def test_the_workbook_does_not_tell_when_it_was_made():
    with zipfile.ZipFile(io.BytesIO(templates.workbook())) as members:
        assert b"<dcterms" not in members.read("docProps/core.xml")
        assert {member.date_time for member in members.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("table", TABLES)
def test_a_text_file_has_one_header_row_and_says_that_it_is_utf_8(made, table):
    held = (made / f"{table}.csv").read_bytes()

    assert held == b"\xef\xbb\xbf" + ",".join(names(TABLES[table])).encode() + b"\r\n"


def test_the_workbook_explains_first_and_then_has_a_sheet_a_table(book):
    assert book.sheetnames == [templates.GUIDE_SHEET, *TABLES]
    assert templates.GUIDE_SHEET.lower() not in TABLES
    assert book.active.title == templates.GUIDE_SHEET


@pytest.mark.parametrize("table", TABLES)
def test_a_sheet_has_a_bold_header_that_stays_in_sight_and_nothing_below(book, table):
    assert [[cell.value for cell in row] for row in book[table].rows] == [names(TABLES[table])]
    assert all(cell.font.bold for cell in book[table][1])
    assert book[table].freeze_panes == "B2"


@pytest.mark.parametrize("table", TABLES)
def test_a_required_column_differs_in_colour_and_in_its_note(book, table):
    required = {column.name for column in TABLES[table] if column.required}
    header = book[table][1]

    assert {cell.value for cell in header if cell.fill.start_color.rgb.endswith("FFD966")} == required
    assert {cell.value for cell in header if "\nRequired: " in cell.comment.text} == required


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=IDS)
def test_the_note_of_a_column_says_what_the_schema_says(book, table, column):
    note = next(cell.comment.text for cell in book[table][1] if cell.value == column.name)

    assert [part for part in (column.meaning, column.unit, *column.permitted) if part not in note] == []


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=IDS)
def test_cells_of_a_column_are_written_as_their_kind_is(book, table, column):
    letter = next(cell.column_letter for cell in book[table][1] if cell.value == column.name)
    written = book[table].column_dimensions[letter].number_format

    assert written == {"text": "@", "date": "yyyy-mm-dd", "number": "General"}[column.kind]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=IDS)
def test_no_header_is_cut_off(book, table, column):
    letter = next(cell.column_letter for cell in book[table][1] if cell.value == column.name)

    assert book[table].column_dimensions[letter].width > len(column.name)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=IDS)
def test_a_rule_reaches_two_thousand_rows_and_says_what_the_cell_takes(book, table, column):
    rule = rule_of(book, table, column.name)

    assert (rule is None) == (column.kind == "text" and not column.permitted)
    if rule:
        assert [area.size for area in rule.sqref.ranges] == [{"columns": 1, "rows": 2000}]
        assert (rule.showErrorMessage, rule.errorStyle, rule.allowBlank) == (True, "stop", True)
        assert templates.allowed(column)[0] in rule.error
        assert len(rule.error) <= 225
        assert len(rule.errorTitle) <= 32


@pytest.mark.parametrize(("table", "column"), [each for each in COLUMNS if each[1].permitted])
def test_a_coded_column_offers_its_codes(book, table, column):
    rule = rule_of(book, table, column.name)

    assert (rule.type, rule.showDropDown) == ("list", False)
    assert tuple(rule.formula1.strip('"').split(",")) == column.permitted
    assert len(rule.formula1) <= 255


@pytest.mark.parametrize(("table", "column"), [each for each in COLUMNS if each[1].kind == "date"])
def test_a_column_of_dates_takes_days_only(book, table, column):
    rule = rule_of(book, table, column.name)
    first, last = (pd.Timestamp(1899, 12, 30) + pd.Timedelta(days=int(day)) for day in (rule.formula1, rule.formula2))

    assert (rule.type, rule.operator) == ("date", None)
    assert (first.date(), last.date()) == (date(1950, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(("table", "column"), one_of_cases(3, [each for each in COLUMNS if each[1].kind == "number"]))
def test_a_column_of_numbers_takes_those_that_the_checks_take(book, table, column):
    rule = rule_of(book, table, column.name)
    low, high = float(rule.formula1), float(rule.formula2 or 1e9)

    assert (rule.type, rule.operator) == ("decimal", "between" if rule.formula2 else "greaterThanOrEqual")
    assert [said_of_numbers(table, column.name, value) for value in (low, high)] == [[], []]
    assert said_of_numbers(table, column.name, low - 1) != []
    assert not rule.formula2 or said_of_numbers(table, column.name, high + 1) != []


def test_the_first_sheet_explains_every_column(book):
    told = [[cell.value or "" for cell in row] for row in book[templates.GUIDE_SHEET].rows]
    header = told.index(list(templates.HEADINGS))

    assert [(row[0], row[1], row[3], row[4], row[6]) for row in told[header + 1 :]] == [
        (table, column.name, column.kind, column.unit, column.meaning) for table, column in COLUMNS
    ]
    assert [row[2] == "required" for row in told[header + 1 :]] == [column.required for _, column in COLUMNS]
    assert all(code in row[5] for row, (_, c) in zip(told[header + 1 :], COLUMNS, strict=True) for code in c.permitted)


def test_the_first_sheet_says_of_what_each_table_has_a_row(book):
    told = "\n".join(str(cell.value) for cell in book[templates.GUIDE_SHEET]["A"])

    assert [table for table in TABLES if f"The sheet {table} has one row per " not in told] == []


def test_the_first_sheet_fits_on_a_screen(book):
    sheet = book[templates.GUIDE_SHEET]
    widths = {letter: sheet.column_dimensions[letter].width for letter in "ABCDEFG"}
    alone = [row[0].value for row in sheet.rows if not any(cell.value for cell in row[1:])]

    assert sum(widths.values()) <= 160
    assert max(len(text or "") for text in alone) <= 120
    for row in sheet.rows:
        if row[1].value:
            assert all(c.alignment.wrap_text or len(c.value or "") < widths[c.column_letter] for c in row)


def test_no_text_of_the_workbook_is_a_formula():
    sheet = openpyxl.Workbook().active
    (cell,) = templates._append(sheet, ["=1+1"])

    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_settings_are_accepted_as_they_are_written(made):
    settings, findings = usable_settings(made)

    assert findings == []
    assert settings.model_dump(exclude={"values"}) == Settings().model_dump(exclude={"values"})


def test_the_settings_are_accepted_with_every_example_in_use(made):
    path = made / "cohort.toml"
    path.write_text(EXAMPLE.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")

    settings, findings = usable_settings(made)

    assert findings == []
    assert settings.model_fields_set == set(Settings.model_fields) - {"calibrated_to"}
    assert settings.formats.model_fields_set == set(Formats.model_fields)
    assert settings.tables.model_fields_set == {*TABLES, "adsl", "adtte"}


def test_each_example_is_accepted_by_itself(made):
    """An example is a line, or a block of lines that begins with the name of the block."""
    text = (made / "cohort.toml").read_text(encoding="utf-8")
    blocks = re.findall(r"^#\[.*\n(?:#.*\n)+", text, re.MULTILINE)
    lines = [line for line in EXAMPLE.sub("\0", text).splitlines() if line.startswith("\0")]
    alone = [f"#{line[1:]}\n" for line in lines if not any(f"#{line[1:]}\n" in block for block in blocks)]
    assert len(blocks) == 10
    assert len(alone) >= 18

    for example in blocks + alone:
        used = text.replace(example, EXAMPLE.sub("", example), 1)
        (made / "cohort.toml").write_text(used, encoding="utf-8")
        assert usable_settings(made)[1] == [], example


def test_the_settings_speak_of_every_entry_that_there_is(made):
    text = (made / "cohort.toml").read_text(encoding="utf-8")
    entries = [*Settings.model_fields, *Formats.model_fields, "file", "sheet", "header", "constant", "when"]

    assert [entry for entry in entries if not re.search(rf"\b{entry}\b", text)] == []


def test_an_example_line_is_told_apart_from_a_sentence(made):
    lines = (made / "cohort.toml").read_text(encoding="utf-8").splitlines()
    examples = [line for line in lines if EXAMPLE.match(line)]

    named = r"\[(endpoints|schedules|select|covariates)\.\w+\]$"
    form = re.compile(rf'#(\[\[tables\.\w+\]\]$|{named}|\[(groups|book)\]$|[\w"/. ]+ = \S)')
    assert all(map(form.match, examples))
    assert max(map(len, lines)) <= 120


def test_each_parameter_of_the_examples_is_one_of_a_chapter(made):
    path = made / "cohort.toml"
    path.write_text(EXAMPLE.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
    chapters = "".join(path.read_text(encoding="utf-8") for path in (build.BOOK / "chapters").glob("*.md"))

    given = usable_settings(made)[0].parameters

    assert [name for name in given if f"\n{name} = " not in chapters] == []


def test_the_number_that_stands_for_a_day_is_that_day(made):
    number = re.search(r'"serial" is a number such as (\d+)', (made / "cohort.toml").read_text(encoding="utf-8"))

    assert pd.Timestamp(1899, 12, 30) + pd.Timedelta(days=int(number[1])) == pd.Timestamp(2015, 12, 31)


def test_of_an_untouched_folder_only_want_of_rows_is_told(made):
    checked = check_folder(made)

    assert [(f.table, f.rule) for f in checked.of(ERROR)] == [("patients", "the table has no rows")]
    assert sorted((f.table, f.rule) for f in checked.of(WARNING)) == [
        (table, "the table has no rows") for table in sorted(set(TABLES) - {"patients"})
    ]


@pytest.mark.parametrize("way", ["workbook", "text files"])
def test_a_folder_that_was_filled_in_is_a_cohort(made, way):
    fill_in_workbook(made / "cohort.xlsx") if way == "workbook" else fill_in_csv(made)

    checked = check_folder(made)

    assert checked.findings == []
    assert {source.table: source.rows for source in checked.sources} == {
        table: len(rows_of(text)) for table, text in FILLED.items()
    }
    adsl = checked.cohort.adsl.set_index("USUBJID")
    assert list(adsl.index) == ["007", "b", "c", "d"]
    assert adsl["AGE"].tolist() == [60, 50, 70, 40]
    assert adsl.loc["007", "RESISTDT"] == pd.Timestamp("2010-01-01")
    assert adsl.loc["c", "RESISTDT"] == pd.Timestamp("2011-01-01")
    assert adsl["TRT01A"].tolist() == ["S-group", "S-group", "M-group", "M-group"]
    assert adsl["OPDT1"].tolist()[:2] == [pd.Timestamp("2010-02-01"), pd.Timestamp("2010-03-01")]


def test_the_workbook_and_the_text_files_make_the_same_cohort(tmp_path):
    for name in ("workbook", "text"):
        templates.write(tmp_path / name)
    fill_in_workbook(tmp_path / "workbook" / "cohort.xlsx")
    fill_in_csv(tmp_path / "text")

    one, other = (check_folder(tmp_path / name).cohort for name in ("workbook", "text"))

    for frame in ("adsl", "operations", "exposures", "assessments"):
        pd.testing.assert_frame_equal(getattr(one, frame), getattr(other, frame))


def test_a_table_filled_in_twice_is_told(made):
    fill_in_workbook(made / "cohort.xlsx")
    fill_in_csv(made)

    assert {(f.table, f.rule) for f in check_folder(made).of(ERROR)} == {
        (table, "the table is there more than once") for table in TABLES
    }


def test_the_examples_read_the_sheets_that_they_speak_of(made):
    """All examples are in use but those of ADaM, times, groups, selections and covariates, which are lacking here."""
    path = made / "cohort.toml"
    text = re.sub(r"^#(adsl|adtte) .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^#\[(?:endpoints|groups|select|covariates).*\n(?:#.*\n)+", "", text, flags=re.MULTILINE)
    path.write_text(EXAMPLE.sub("", text), encoding="utf-8")
    own = openpyxl.Workbook()
    own.active.title = "Sheet1"
    for row in [["Resistant GIST"], [], *csv.reader(io.StringIO(WIDE.strip()))]:
        own.active.append([text or None for text in row])
    own.save(made / "our cohort.xlsx")
    (made / "drugs.csv").write_text(DRUGS, encoding="cp1252")

    checked = check_folder(made)

    assert checked.of(ERROR) == []
    adsl = checked.cohort.adsl.set_index("USUBJID")
    assert adsl["SEX"].fillna("").tolist() == ["female", "male", ""]
    assert adsl["DTHDT"].tolist() == [pd.Timestamp("2012-01-01"), pd.NaT, pd.Timestamp("2012-06-01")]
    assert checked.cohort.operations["OPINDIC"].tolist() == ["resistance", "resistance", "further_progression"]
    assert checked.cohort.assessments["ADT"].tolist() == [pd.Timestamp("2010-12-31")]
    assert checked.cohort.exposures["DOSE"].tolist() == [400.5]
