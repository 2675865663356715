"""A user's names, codes and shapes become ours, and whatever `cohort.toml` gets wrong is told at once."""

from pathlib import Path

import pandas as pd
import pytest

from gistbook.conventions import DataError, Finding
from gistbook.intake import mapping, readers
from gistbook.intake.settings import Block, Formats, read_settings, sources, usable_settings
from support import subjects

WIDE = """
id,onstudy,progression,surgery_1,surgery_2,why_2,end
p1,2010-01-01,2010-05-01,2010-02-01,2010-06-01,growth,2011-01-01
p2,2010-02-01,,2010-03-01,,,2011-02-01

p3,2010-03-01,2010-09-01,,,,2011-03-01
"""

CARVED = """
[tables]
patients = "wide.csv"

[[tables.assessments]]
file = "wide.csv"
patient_id = "id"
assessment_date = "progression"
response = { constant = "PD" }

[[tables.operations]]
file = "wide.csv"
patient_id = "id"
operation_date = "surgery_1"
indication = { constant = "resistance" }

[[tables.operations]]
file = "wide.csv"
patient_id = "id"
operation_date = "surgery_2"
indication = "why_2"

[columns.patients]
id = "patient_id"
onstudy = ["resistance_date", "imatinib_start"]
end = "last_contact"

[values.operations.indication]
growth = "further_progression"
"""


def mapped(folder: Path, table: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Read and map one table of a folder."""
    settings = read_settings(folder)
    blocks = sources(settings).get(table, [Block(file=f"{table}.csv")])
    parts = [(block, readers.read_table(folder / block.file).rows) for block in blocks]
    done = mapping.map_table(table, parts, settings)
    return done.rows, done.findings


def mapped_patients(place: Path, text: str, settings: str) -> pd.DataFrame:
    """Map a drawn table of patients in which nothing is wrong."""
    rows, findings = mapped(subjects.folder(place, settings, patients=text), "patients")
    assert not findings
    return rows


def wide(place: Path, table: str) -> pd.DataFrame:
    """Map one table carved out of the wide sheet."""
    rows, findings = mapped(subjects.folder(place, CARVED, wide=WIDE), table)
    assert not findings
    return rows


def findings_of(place: Path, settings: str) -> dict[str, Finding]:
    """Return what is wrong with a `cohort.toml`, by entry."""
    with pytest.raises(DataError) as caught:
        read_settings(subjects.folder(place, settings))
    return {finding.column: finding for finding in caught.value.findings}


def test_a_folder_that_needs_no_mapping_is_taken_as_it_is(tmp_path):
    rows = mapped_patients(tmp_path, subjects.PATIENTS, subjects.SETTINGS)

    assert rows["patient_id"].tolist() == ["a", "b", "c", "d"]


def test_a_column_comes_under_our_name(tmp_path):
    rows = mapped_patients(tmp_path, "Pat.\np1", '[columns.patients]\n"Pat." = "patient_id"')

    assert rows.to_dict("list") == {"patient_id": ["p1"]}


def test_one_column_serves_as_several_of_ours(tmp_path):
    rows = wide(tmp_path, "patients")

    assert (
        rows["imatinib_start"].tolist()
        == rows["resistance_date"].tolist()
        == ["2010-01-01", "2010-02-01", "2010-03-01"]
    )


def test_a_column_that_is_renamed_to_a_name_in_use_takes_its_place(tmp_path):
    rows = mapped_patients(tmp_path, "sex,sex_code\nunknown,female", '[columns.patients]\nsex_code = "sex"')

    assert rows["sex"].tolist() == ["female"]


def test_a_column_that_is_not_ours_is_left_out(tmp_path):
    rows = mapped_patients(tmp_path, "patient_id,name\np1,Schmidt", "")

    assert list(rows) == ["patient_id"]


def test_a_column_with_a_name_of_ours_may_be_said_to_be_none(tmp_path):
    rows = mapped_patients(tmp_path, "patient_id,Group\np1,A+", "[columns.patients]\nGroup = []")

    assert list(rows) == ["patient_id"]


def test_codes_become_ours(tmp_path):
    rows = mapped_patients(tmp_path, "sex\n1\n2\nmale", '[values.patients.sex]\n1 = "female"\n2 = "male"')

    assert rows["sex"].tolist() == ["female", "male", "male"]


def test_a_code_that_is_another_codes_meaning_is_translated_once(tmp_path):
    rows = mapped_patients(tmp_path, "sex\nmale\nfemale", '[values.patients.sex]\nmale = "female"\nfemale = "male"')

    assert rows["sex"].tolist() == ["female", "male"]


def test_capitals_of_a_code_do_not_matter_unless_two_codes_differ_by_them(tmp_path):
    settings = '[values.patients.group]\nm = "Men"\nF = "Women"\nf = "Girls"'
    rows = mapped_patients(tmp_path, "group\nM\nm\nF\nf", settings)

    assert rows["group"].tolist() == ["Men", "Men", "Women", "Girls"]


def test_capitals_of_a_mark_of_a_missing_value_do_not_matter(tmp_path):
    rows = mapped_patients(tmp_path, "group\nUnknown\nA", '[formats]\nmissing = ["unknown"]')

    assert rows["group"].tolist() == ["", "A"]


def test_a_mark_of_a_missing_value_becomes_blank(tmp_path):
    rows = mapped_patients(tmp_path, "sex,age\n.,NA\nmale, . ", '[formats]\nmissing = [".", "NA"]')

    assert rows.to_dict("list") == {"sex": ["", "male"], "age": ["", ""]}


def test_blanks_around_a_value_are_no_part_of_it(tmp_path):
    rows = mapped_patients(tmp_path, "sex\n male ", "")

    assert rows["sex"].tolist() == ["male"]


def test_an_assessment_is_carved_of_every_row_that_has_its_date(tmp_path):
    rows = wide(tmp_path, "assessments")

    assert rows.to_dict("list") == {
        "patient_id": ["p1", "p3"],
        "assessment_date": ["2010-05-01", "2010-09-01"],
        "response": ["PD", "PD"],
    }


def test_a_carved_row_keeps_the_number_of_its_row_in_the_wide_sheet(tmp_path):
    rows = wide(tmp_path, "assessments")

    assert rows.index.tolist() == [2, 5]


def test_several_blocks_make_one_table(tmp_path):
    rows = wide(tmp_path, "operations")

    assert list(rows["patient_id"] + " " + rows["operation_date"]) == [
        "p1 2010-02-01",
        "p2 2010-03-01",
        "p1 2010-06-01",
    ]


def test_what_a_block_takes_from_a_column_may_be_a_code(tmp_path):
    rows = wide(tmp_path, "operations")

    assert rows["indication"].tolist() == ["resistance", "resistance", "further_progression"]


def test_a_column_that_the_file_lacks_is_told_with_the_one_it_resembles(tmp_path):
    folder = subjects.folder(tmp_path, '[columns.patients]\nonstdy = "resistance_date"', patients="id,onstudy\np1,x")
    _, findings = mapped(folder, "patients")

    assert [finding.column for finding in findings] == ["onstdy"]
    assert findings[0].remedy == 'patients.csv has no "onstdy". Did you mean onstudy?'


@pytest.mark.parametrize(("encoding", "name"), [("cp1250", "Płeć"), ("mac_roman", "Durée")])
def test_a_header_in_an_encoding_that_was_not_found_out_is_told_with_it(tmp_path, encoding, name):
    place = subjects.folder(tmp_path, f'[columns.patients]\n"{name}" = "sex"')
    (place / "patients.csv").write_bytes(f"patient_id,{name},Name\np1,male,Zdzisław\n".encode(encoding, "replace"))
    (finding,) = mapped(place, "patients")[1]

    assert f'encoding = "{encoding}"' in finding.remedy


def test_a_file_without_a_header_is_told_without_a_value(tmp_path):
    folder = subjects.folder(tmp_path, '[columns.patients]\nid = "patient_id"', patients="Schmidt,1957")
    _, findings = mapped(folder, "patients")

    assert len(findings) == 1
    assert findings[0].remedy.startswith('patients.csv has no "id". The first row of the file must name its columns')
    assert "Schmidt" not in str(findings[0])


def test_a_carved_column_that_the_file_lacks_is_told(tmp_path):
    folder = subjects.folder(tmp_path, CARVED.replace('"surgery_2"', '"surgery_3"'), wide=WIDE)
    _, findings = mapped(folder, "operations")

    assert [finding.column for finding in findings] == ["surgery_3"]


def test_a_table_is_read_from_the_file_that_is_named(tmp_path):
    folder = subjects.folder(tmp_path, '[tables]\npatients = "mine.csv"')

    assert sources(read_settings(folder)) == {"patients": [Block(file="mine.csv")]}


def test_a_table_is_read_from_the_sheet_and_the_row_of_names_that_are_given(tmp_path):
    folder = subjects.folder(tmp_path, '[tables]\npatients = { file = "mine.xlsx", sheet = "A", header = 3 }')

    assert sources(read_settings(folder)) == {"patients": [Block(file="mine.xlsx", sheet="A", header=3)]}


def test_a_file_of_adsl_makes_the_patients(tmp_path):
    folder = subjects.folder(tmp_path, '[tables]\nadsl = "dm.csv"')

    assert sources(read_settings(folder)) == {"patients": [Block(file="dm.csv", standard="adsl")]}


ADSL = "USUBJID,TRT01P,ARM,SEX,AGE,DTHDT,TRT01PN\n01-701,Drug,Other,F,60,2012-01-01,1"


def test_columns_of_adsl_come_under_our_names_with_our_codes(tmp_path):
    folder = subjects.folder(tmp_path, '[tables]\nadsl = "dm.csv"', dm=ADSL)
    rows, findings = mapped(folder, "patients")

    assert not findings
    assert rows.iloc[0].to_dict() == {
        "patient_id": "01-701",
        "sex": "female",
        "age": "60",
        "group": "Drug",
        "death_date": "2012-01-01",
    }


@pytest.mark.parametrize(("unit", "rows"), [("MONTHS", (3,)), ("years", ()), ("", ())])
def test_an_age_of_adsl_in_another_unit_than_years_is_told(tmp_path, unit, rows):
    adsl = f"USUBJID,TRT01A,AGE,AGEU\n1,A,54,YEARS\n2,B,100,{unit}\n3,B,,WEEKS"
    _, findings = mapped(subjects.folder(tmp_path, '[tables]\nadsl = "adsl.csv"', adsl=adsl), "patients")

    assert [(each.column, each.rows, each.severity) for each in findings] == ([("age", rows, "error")] if rows else [])


def test_ages_in_another_unit_may_be_left_out(tmp_path):
    place = subjects.folder(
        tmp_path, '[tables]\nadsl = "adsl.csv"\n[columns.adsl]\nAGE = []', adsl="USUBJID,AGE,AGEU\n1,100,MONTHS"
    )
    rows, findings = mapped(place, "patients")

    assert (rows.to_dict("list"), findings) == ({"patient_id": ["1"]}, [])


def test_a_column_of_adam_that_stands_for_the_group_may_be_in_small_letters(tmp_path):
    place = subjects.folder(tmp_path, '[tables]\nadsl = "subjects.csv"', subjects="usubjid,arm\np1,Drug")
    rows, findings = mapped(place, "patients")

    assert rows.to_dict("list") == {"patient_id": ["p1"], "group": ["Drug"]}
    assert findings == []


def test_a_name_that_differs_in_capitals_and_blanks_only_is_ours(tmp_path):
    rows = mapped_patients(tmp_path, "Patient ID,Resistance-Date,SEX\np1,2010-01-01,Female", "")

    assert rows.to_dict("list") == {"patient_id": ["p1"], "sex": ["female"], "resistance_date": ["2010-01-01"]}


def test_two_columns_that_are_meant_to_be_one_are_told(tmp_path):
    settings = '[columns.patients]\na = "sex"\nb = "sex"'
    _, findings = mapped(subjects.folder(tmp_path, settings, patients="a,b\nmale,female"), "patients")

    assert [(finding.column, finding.rule) for finding in findings] == [
        ("sex", "two columns of yours are meant to be this one")
    ]


CONDITIONAL = """
[tables.patients]
file = "patients.csv"
death_date = { column = "last_seen", when = "status", is = ["dead", "died"] }

[columns.patients]
id = "patient_id"
last_seen = "last_contact"
"""


def test_a_column_holds_for_whom_another_column_says_so(tmp_path):
    text = "id,last_seen,status\np1,2012-01-01,dead\np2,2012-02-01,alive\np3,2012-03-01, died"
    rows = mapped_patients(tmp_path, text, CONDITIONAL)

    assert rows["death_date"].tolist() == ["2012-01-01", "", "2012-03-01"]
    assert rows["last_contact"].tolist() == ["2012-01-01", "2012-02-01", "2012-03-01"]


def test_capitals_of_a_code_that_says_for_whom_do_not_matter(tmp_path):
    text = "id,last_seen,status\np1,2012-01-01,DEAD\np2,2012-02-01,Alive"
    rows = mapped_patients(tmp_path, text, CONDITIONAL)

    assert rows["death_date"].tolist() == ["2012-01-01", ""]


def test_a_slip_of_a_code_that_says_for_whom_is_told_by_its_row(tmp_path):
    text = "id,last_seen,status\np1,2012-01-01,dead\np2,2012-02-01,Deadd\np3,2012-02-01,alive"
    (finding,) = mapped(subjects.folder(tmp_path, CONDITIONAL, patients=text), "patients")[1]

    assert (finding.column, finding.rows, finding.severity) == ("death_date", (3,), "warning")
    assert "Deadd" not in str(finding)


@pytest.mark.parametrize("code", ["Dead of disease", "DOD", "DOC", "toxic death", "verstorben", "死亡", "現病死"])
def test_a_code_that_seems_to_tell_of_a_death_and_is_not_named_is_told(tmp_path, code):
    text = f"id,last_seen,status\np1,2012-01-01,dead\np2,2012-02-01,{code}\np3,2012-02-01,not dead\np4,2012-02-01,NED"
    (finding,) = mapped(subjects.folder(tmp_path, CONDITIONAL, patients=text), "patients")[1]

    assert (finding.column, finding.rows, finding.severity) == ("death_date", (3,), "warning")
    assert code not in str(finding)


@pytest.mark.parametrize("code", ["not dead", "nicht verstorben", "pas décédé", "死亡なし", "非死亡", "no death seen"])
def test_a_code_that_denies_a_death_is_not_told_as_one(tmp_path, code):
    text = f"id,last_seen,status\np1,2012-01-01,dead\np2,2012-02-01,{code}"

    assert mapped(subjects.folder(tmp_path, CONDITIONAL, patients=text), "patients")[1] == []


@pytest.mark.parametrize("codes", [["dead", "dead"], ["died", "dud"], ["dead", "dad"]])
def test_where_all_have_a_code_that_is_named_or_a_slip_of_it_no_other_death_is_told(tmp_path, codes):
    text = "id,last_seen,status\n" + "\n".join(f"p{n},2012-01-01,{code}" for n, code in enumerate(codes))
    findings = mapped(subjects.folder(tmp_path, CONDITIONAL, patients=text), "patients")[1]

    assert ["nearly" in each.rule for each in findings] == ([True] if "dad" in codes else [])


def test_a_blank_beside_a_date_that_holds_for_some_is_told(tmp_path):
    text = "id,last_seen,status\np1,2012-01-01,dead\np2,2012-02-01,\np3,,\np4,2012-02-01,alive"
    (finding,) = mapped(subjects.folder(tmp_path, CONDITIONAL, patients=text), "patients")[1]

    assert (finding.column, finding.rows, finding.rule) == ("death_date", (3,), '"status" is blank')


def test_codes_that_say_for_whom_and_are_never_met_are_told(tmp_path):
    text = "id,last_seen,status\np1,2012-01-01,1\np2,2012-02-01,0"
    (finding,) = mapped(subjects.folder(tmp_path, CONDITIONAL, patients=text), "patients")[1]

    assert (finding.column, finding.rows, finding.severity) == ("death_date", (), "warning")


def test_a_cohort_that_names_no_access_is_confidential(tmp_path):
    assert read_settings(subjects.folder(tmp_path, "")).access == "confidential"


def test_a_cohort_toml_written_by_an_editor_that_marks_the_byte_order_is_read(tmp_path):
    (tmp_path / "cohort.toml").write_text('\ufefftitle = "Mine"', encoding="utf-8")

    assert read_settings(tmp_path).title == "Mine"


def test_every_unknown_entry_is_told_at_once_with_the_one_it_resembles(tmp_path):
    findings = findings_of(
        tmp_path,
        """
        titel = "Mine"
        [tables]
        patient = "p.csv"
        [columns.operation]
        [values.patients.sexes]
        [formats]
        date = "%d.%m.%Y"
        [columns.patients]
        onstudy = "resistence_date"
        """,
    )

    assert {place: finding.remedy for place, finding in findings.items()} == {
        "titel": "Did you mean title?",
        "tables.patient": "Did you mean patients?",
        "columns.operation": "Did you mean operations?",
        "values.patients.sexes": "Did you mean sex?",
        "formats.date": "Did you mean dates?",
        "columns.patients.onstudy": "Did you mean resistance_date?",
    }


WRONG_KINDS = {
    "title": "title = 3",
    "access": "access = 3",
    "data_cutoff": 'data_cutoff = "2019-12-31"',
    "reproduces": "reproduces = []",
    "calibrated_to": 'calibrated_to = "pfs_median"',
    "parameters": "parameters = 3",
    "clocks": 'clocks = "resistance"',
    "clocks.resistance": "[clocks]\nresistance = 3",
    "tables": 'tables = "x"',
    "tables.patients": "tables = { patients = 3 }",
    "tables.operations": "[tables.operations]\noperation_date = 'x'",
    "tables.operations.indication": "[tables.operations]\nfile = 'x.csv'\nindication = { konstant = 'resistance' }",
    "tables.operations.date": "[tables.operations]\nfile = 'x.csv'\ndate = 'x'",
    "columns": "columns = [1]",
    "columns.patients": 'columns = { patients = "id" }',
    "columns.patients.id": "[columns.patients]\nid = 3",
    "values": "values = []",
    "values.patients.sex": '[values.patients]\nsex = "female"',
    "values.patients.sex.1": "[values.patients.sex]\n1 = 1",
    "formats": "formats = true",
    "formats.dates": '[formats]\ndates = "dd.mm.yyyy"',
    "formats.decimal": '[formats]\ndecimal = ""',
    "formats.missing": '[formats]\nmissing = "."',
    "formats.encoding": '[formats]\nencoding = "utf-88"',
    "formats.separator": "[formats]\nseparator = 3",
}


@pytest.mark.parametrize(("place", "settings"), WRONG_KINDS.items(), ids=WRONG_KINDS.keys())
def test_an_entry_of_the_wrong_kind_is_told_by_its_place(tmp_path, place, settings):
    assert list(findings_of(tmp_path, settings)) == [place]


def test_a_list_is_no_access(tmp_path):
    assert list(findings_of(tmp_path, 'access = ["public"]')) == ["access"]


def test_what_is_right_is_used_beside_entries_that_are_wrong(tmp_path):
    wrong = """
    [tables]
    patients = ["p.csv", "q.csv"]
    operations = [{ file = 3, sheet = "A" }, { file = "o.csv", nothing = 3, operation_date = "day", sheet = 4 }]
    [formats]
    dates = "dd.mm.yyyy"
    decimal = ","
    """
    settings, findings = usable_settings(subjects.folder(tmp_path, wrong))

    assert sources(settings) == {"operations": [Block(file="o.csv", carving={"operation_date": "day"})]}
    assert settings.formats == Formats(decimal=",")
    assert {finding.column for finding in findings} == {
        "tables.patients", "tables.operations.file", "tables.operations.nothing", "tables.operations.sheet",
        "formats.dates",
    }  # fmt: skip


def test_an_unknown_access_is_told_with_those_there_are(tmp_path):
    assert (
        findings_of(tmp_path, 'access = "secret"')["access"].remedy
        == "There is: confidential, public, reconstructed, synthetic."
    )


@pytest.mark.parametrize("dates", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%d %B %Y", "%Y%m%d"])
def test_a_usual_format_of_dates_is_taken(tmp_path, dates):
    folder = subjects.folder(tmp_path, f'[formats]\ndates = "{dates}"')

    assert read_settings(folder).formats == Formats(dates=[dates])


def test_a_missing_cohort_toml_is_told_with_what_it_needs(tmp_path):
    with pytest.raises(DataError, match=r"cohort\.toml: missing\. Write one; it needs at least: title"):
        read_settings(tmp_path)


def test_a_folder_that_does_not_exist_is_told_by_its_name(tmp_path):
    with pytest.raises(DataError, match="There is no cohort folder named mine"):
        read_settings(tmp_path / "mine")


def test_a_cohort_toml_that_is_not_toml_is_told_with_the_line(tmp_path):
    with pytest.raises(DataError, match=r"cohort\.toml is not TOML(?s:.*)line 2"):
        read_settings(subjects.folder(tmp_path, 'title = "Mine"\naccess: public'))
