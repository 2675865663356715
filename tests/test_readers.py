"""Files of every kind become tables of text whose rows bear the numbers that their owner sees."""

import base64
import contextlib
import csv
import io
import json
import os
import random
import re
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import parquet

from gistbook.conventions import DataError
from gistbook.intake import readers
from gistbook.intake.readers import texts

SECRET = "Schmidt-1957"


def written(place: Path, content: str | bytes, name: str = "sheet.csv") -> Path:
    """Write a file and return its path."""
    path = place / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **asked) -> pd.DataFrame:
    """Return the rows of a file."""
    return readers.read_table(path, readers.Reading(**asked)).rows


def how(path: Path, **asked) -> str:
    """Return how a file was read."""
    return readers.read_table(path, readers.Reading(**asked)).how


def refusal(path: Path, **asked) -> DataError:
    """Return the error with which a file is refused."""
    with pytest.raises(DataError) as caught:
        readers.read_table(path, readers.Reading(**asked))
    return caught.value


# Delimited text


def test_the_first_row_below_the_header_has_number_two(tmp_path):
    rows = read(written(tmp_path, "name,size\na,1\nb,2\n"))

    assert rows.index.tolist() == [2, 3]


def test_a_blank_line_is_left_out_and_still_counts_in_the_numbers(tmp_path):
    rows = read(written(tmp_path, "name,size\na,1\n\nb,2\n,\n , \nc,3\n"))

    assert rows["name"].to_dict() == {2: "a", 4: "b", 7: "c"}


def test_a_quoted_cell_of_two_lines_is_one_row(tmp_path):
    rows = read(written(tmp_path, 'name,size\n"a,\nb",1\nc,2\n'))

    assert rows["name"].to_dict() == {2: "a,\nb", 3: "c"}


def test_a_blank_cell_stays_blank_text(tmp_path):
    rows = read(written(tmp_path, "name,size\na,\n"))

    assert rows["size"].tolist() == [""]


def test_the_cells_that_a_short_row_lacks_are_blank(tmp_path):
    rows = read(written(tmp_path, "name,size,site\na\n"))

    assert rows.loc[2].tolist() == ["a", "", ""]


@pytest.mark.parametrize("text", ["NA", "007", "1e3", "None", "TRUE", " a "])
def test_text_that_looks_like_something_else_stays_as_it_is(tmp_path, text):
    rows = read(written(tmp_path, f"name,size\n{text},1\n"))

    assert rows["name"].tolist() == [text]


def test_blanks_around_a_column_name_are_no_part_of_it(tmp_path):
    rows = read(written(tmp_path, " name ,size\na,1\n"))

    assert list(rows) == ["name", "size"]


def test_a_header_by_itself_is_a_table_without_rows(tmp_path):
    rows = read(written(tmp_path, "name,size\n"))

    assert (list(rows), len(rows)) == (["name", "size"], 0)


def test_the_user_may_say_which_row_names_the_columns(tmp_path):
    path = written(tmp_path, "Our patients\n\nname,size\na,1\n")

    assert read(path, header=3)["size"].to_dict() == {4: "1"}
    assert how(path, header=3) == "text separated by commas, UTF-8, columns named in row 3"


def test_blank_lines_above_the_header_are_skipped(tmp_path):
    rows = read(written(tmp_path, "\n,\nname,size\na,1\n"))

    assert rows["size"].to_dict() == {4: "1"}


def test_a_column_with_neither_name_nor_cells_is_left_out(tmp_path):
    rows = read(written(tmp_path, ",name,size,\n,a,1,\n"))

    assert list(rows) == ["name", "size"]


def test_names_of_rows_as_r_writes_them_are_a_column(tmp_path):
    rows = read(written(tmp_path, '"","name"\n"1","a"\n'))

    assert rows.to_dict("list") == {"column 1": ["1"], "name": ["a"]}


def test_a_cell_may_be_huge(tmp_path):
    rows = read(written(tmp_path, f"name,size\n{'a' * 300_000},1\n"))

    assert rows["name"].str.len().tolist() == [300_000]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_any_system_ends_them(tmp_path, end):
    rows = read(written(tmp_path, f"name,size{end}a,1{end}b,2"))

    assert rows["size"].to_dict() == {2: "1", 3: "2"}


def test_a_file_of_an_unknown_suffix_is_read_as_text(tmp_path):
    rows = read(written(tmp_path, "name,size\na,1\n", "sheet.dat"))

    assert rows["size"].tolist() == ["1"]


def test_rows_are_those_that_a_plain_reader_gives_row_by_row(tmp_path):
    pieces = ["a", "b", ",", '"', "\n", "\r\n", "\r", " ", "x,y\n", "é", '"q', 'r"\n', '"a""b",']
    draw, seen = random.Random(1), []
    for _ in range(300):
        text = "h,i,j\n" + "".join(draw.choice(pieces) for _ in range(draw.randrange(1, 25)))
        plain = list(enumerate(csv.reader(io.StringIO(text, newline="")), 1))
        filled = {number: [*row, "", ""][:3] for number, row in plain[1:] if any(cell.strip() for cell in row)}
        with contextlib.suppress(DataError):
            rows = read(written(tmp_path, text), separator=",")
            seen.append(dict(zip(rows.index, rows.to_numpy().tolist(), strict=True)) == filled)

    assert len(seen) > 100
    assert all(seen)


SEPARATED = {
    "commas": "name,size\nx;y,2\n",
    "semicolons": "name;size, cm\nx;1,5\n",
    "tabs": "name\tsize, cm\tx;y\na\t1,5\t2\n",
    "bars": "name|size\na|1,5\n",
}


@pytest.mark.parametrize(("called", "text"), SEPARATED.items(), ids=SEPARATED.keys())
def test_what_separates_the_columns_is_found_out_and_told(tmp_path, called, text):
    detected = "" if called == "commas" else " (detected)"

    assert how(written(tmp_path, text)) == f"text separated by {called}, UTF-8{detected}"


def test_the_mark_that_separates_a_header_into_as_many_cells_as_most_rows_have_is_taken(tmp_path):
    rows = read(written(tmp_path, "name,size;depth,site\na,1,x\nb,2,y\n"))

    assert list(rows) == ["name", "size;depth", "site"]


def test_a_separator_that_the_user_names_is_taken(tmp_path):
    path = written(tmp_path, "name;size,cm\na,b;1\n")

    assert read(path, separator=";")["name"].tolist() == ["a,b"]
    assert how(path, separator=";") == "text separated by semicolons, UTF-8"


@pytest.mark.parametrize("mark", ['"', "\n", "；", ";;"])
def test_a_mark_that_cannot_separate_is_refused_with_some_that_can(tmp_path, mark):
    error = refusal(written(tmp_path, "name;size\na;1\n"), separator=mark)

    assert 'Say separator = ";"' in str(error)


# Encodings


WRITTEN_BY = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16 (detected)", "cp932": "Shift-JIS (detected)"}


@pytest.mark.parametrize(("codec", "called"), WRITTEN_BY.items())
def test_japanese_text_is_read_and_its_encoding_told(tmp_path, codec, called):
    path = written(tmp_path, "患者,性別\n1,男\n".encode(codec))

    assert read(path).to_dict("list") == {"患者": ["1"], "性別": ["男"]}
    assert how(path) == f"text separated by commas, {called}"


def test_western_text_is_read_and_its_encoding_told(tmp_path):
    path = written(tmp_path, "name;Größe\nGérard;50 µg\n".encode("cp1252"))

    assert read(path)["Größe"].tolist() == ["50 µg"]
    assert how(path) == "text separated by semicolons, Latin-1 (detected)"


JAPANESE = (
    "患者ID,性別,手術日",
    "男",
    "id,sex\n1,男\n2,女\n",
    "なし\nあり\n",
    "かんじゃ",
    "カンジャ,ヤマダ",
    "ｶﾝｼﾞｬ,ﾔﾏﾀﾞ",
    "id,drug\n1,ｲﾏﾁﾆﾌﾞ\n",
    "patient_id,sex,note\na,M,胃\nb,F,\n",
    "id,dose\n1,400ｍｇ\n",
    "id,note\n1,①\n2,髙橋\n3,﨑山\n",
    "id,note\n1,イマチニブ400mg→スニチニブ\n",
    "id,group\n1,S群\n2,M群\n",
    "id,t\nA,平成23年4月1日\n",
    "id,a\n1,○\n2,×\n",
    "id,a\n1,表\n2,ソ\n3,能\n",
    "胃GIST\nGIST再発\n",
    "1：有\n2：無\n",
    "転移\n龜\n",
    "id,sex\n1,♂\n2,♀\n",
    "id,x\n1,℃\n",
)

WESTERN = (
    "Gérard,Müller,naïve, Søren, 50 µg",
    "id;n\n1;fièvre\n2;nausée\n3;œdème\n4;cœur\n",
    "O’Brien\n",
    "it’s\nhe’s\n",
    "l’hôpital d’Orléans, l’été, l’œil\n",
    "“quoted” – 50–60 — “É” «é»\n",
    "ação,função,pulmões\n",
    "cañón,año,Muñoz,Núñez\n",
    "GÉRARD,MÜLLER,ÉTÉ\n",
    "née\n",
    "±2\n20°C\nx²\n½\n",
    "£50\n€ 5\n",
    "Ärzte,Übelkeit,Öl,Straße\n",
    "Ærø, Ålborg, Ørsted\n",
    "šest\nŽ\n",
    "é",
    "J’ai\n",
    "…\n",
    "Noël,Zoë,Zoë’s\n",
    "n°,âge\n",
)


@pytest.mark.parametrize("text", JAPANESE)
def test_a_small_japanese_file_is_taken_for_shift_jis(text):
    assert texts.guessed(text.encode("cp932")) == "cp932"


@pytest.mark.parametrize("text", WESTERN)
def test_a_small_western_file_is_taken_for_latin_1(text):
    assert texts.guessed(text.encode("cp1252")) == "cp1252"


@pytest.mark.parametrize(
    ("text", "codec"), [("Пациент,пол", "cp1251"), ("患者,性别", "gbk"), ("患者ID,性別", "euc_jp")]
)
def test_text_in_an_encoding_that_cannot_be_told_is_refused(tmp_path, text, codec):
    error = refusal(written(tmp_path, text.encode(codec)))

    assert "not text in UTF-8, Shift-JIS or Latin-1. Save it as UTF-8, or name its encoding in [formats]" in str(error)


def test_a_file_in_an_encoding_that_the_user_names_is_read_by_it(tmp_path):
    path = written(tmp_path, "Пациент,пол\n1,м\n".encode("cp1251"))

    assert list(read(path, encoding="cp1251")) == ["Пациент", "пол"]
    assert how(path, encoding="cp1251") == "text separated by commas, cp1251"


@pytest.mark.parametrize("name", ["Shift_JIS", "shift-jis", "cp932", "sjis"])
def test_shift_jis_by_any_name_has_the_characters_of_windows(tmp_path, name):
    assert list(read(written(tmp_path, "①髙".encode("cp932")), encoding=name)) == ["①髙"]


def test_of_a_file_with_a_byte_order_mark_that_is_wrong_no_encoding_is_asked_for(tmp_path):
    error = refusal(written(tmp_path, b"\xef\xbb\xbf" + "name,size\né,1\n".encode("latin-1")))

    assert str(error).endswith("not text in UTF-8. Save it as UTF-8.")


def test_a_byte_order_mark_outweighs_the_encoding_that_the_user_names(tmp_path):
    rows = read(written(tmp_path, "\ufeffnäme,size\na,1\n"), encoding="cp1252")

    assert list(rows) == ["näme", "size"]


@pytest.mark.parametrize("name", ["hex", "no such thing"])
def test_a_name_that_is_no_encoding_is_told(tmp_path, name):
    assert f"not text in {name}" in str(refusal(written(tmp_path, "name,size\n"), encoding=name))


# Text that is refused


REFUSED = {
    "an empty file": ("", "header row"),
    "nothing but blank lines": ("\n\n", "header row"),
    "a spreadsheet program's own format": (b"PK\x03\x04" + bytes(range(256)) * 8, "UTF-8"),
    "a database": (b"SQLite format 3\0" + b"\x10" * 80, "UTF-8"),
    "rubbish": (bytes(range(1, 256)), "UTF-8"),
    "a quote that is never closed": (f'name,size\n"{SECRET},1\nb,2\n', "spreadsheet"),
    "a quote that is never closed in the header": (f'name,"size\n{SECRET},1\nb,2\n', "spreadsheet"),
    "a cell too many": (f"name,size\n{SECRET},1,2\n", "double quotes"),
    "a cell too many, below a title": (f"Patients\nname,size\n{SECRET},1\n", "header = 3 } under [tables]"),
    "a name used twice": (f"name,size,name\n{SECRET},1,b\n", "a name of its own"),
    "a name missing": (f"name,,size\na,{SECRET},b\n", "Name every column"),
}


@pytest.mark.parametrize(("content", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_no_table_is_refused_by_name_with_a_remedy_and_without_a_value(tmp_path, content, remedy):
    error = refusal(written(tmp_path, content))

    assert {finding.table for finding in error.findings} == {"sheet.csv"}
    assert remedy in str(error)
    assert SECRET not in str(error)


def test_a_separator_that_the_user_names_wrongly_is_told_with_the_right_one(tmp_path):
    error = refusal(written(tmp_path, f"name;size\n{SECRET};1\n"), separator=",")

    assert "row 1: the header is one cell" in str(error)
    assert 'separator = ";"' in str(error)


def test_a_missing_file_is_named(tmp_path):
    error = refusal(tmp_path / "absent.csv")

    assert "absent.csv: the file does not exist" in str(error)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "folder.csv").mkdir()

    assert [finding.table for finding in refusal(tmp_path / "folder.csv").findings] == ["folder.csv"]


def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")

    assert "not a file" in str(refusal(tmp_path / "pipe.csv"))


def test_a_file_that_may_not_be_opened_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "read_bytes", lambda path: (_ for _ in ()).throw(PermissionError(13, "no", str(path))))

    assert "Close it in other programs" in str(refusal(written(tmp_path, "name,size\n")))


def test_columns_of_one_name_are_told_by_their_numbers(tmp_path):
    error = refusal(written(tmp_path, f"{SECRET},size, {SECRET} \n"))

    assert "row 1: columns 1 and 3 have one name" in str(error)
    assert SECRET not in str(error)


def test_every_row_with_a_cell_too_many_is_named(tmp_path):
    error = refusal(written(tmp_path, "name,size\na,1\nb,2,3\n\nc,4,5\n"))

    assert [finding.rows for finding in error.findings] == [(3, 5)]


def test_the_first_row_with_a_cell_too_many_is_named_even_if_no_other_has(tmp_path):
    error = refusal(written(tmp_path, "name,size\na,1,\nb,2\n"))

    assert [finding.rows for finding in error.findings] == [(2,)]


def test_a_quote_that_is_never_closed_is_told_by_its_row(tmp_path):
    error = refusal(written(tmp_path, 'name,size\n"a\nb",1\n\nc,"2\nd,3\n'))

    assert [finding.rows for finding in error.findings] == [(4,)]


def test_the_path_of_the_machine_is_not_told(tmp_path):
    error = refusal(tmp_path / "absent.csv")

    assert str(tmp_path) not in str(error)


# Workbooks


def workbook(place: Path, name: str = "sheet.xlsx", **sheets: list[list]) -> Path:
    """Write a workbook of sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(place / name)
    return place / name


def of_one_cell(place: Path, cell) -> str:
    """Return what is read from a cell of a workbook."""
    return read(workbook(place, patients=[["name", "cell"], ["a", cell]]), decimal=",").loc[2, "cell"]


CELLS = {
    "text": (" a ", " a "),
    "a whole number": (3, "3"),
    "a whole number computed": (3.0, "3"),
    "a decimal": (2.5, "2,5"),
    "an error of binary arithmetic": (0.1 + 0.2, "0,3"),
    "a small number": (0.00001, "0,00001"),
    "a long number": (123456789012, "123456789012"),
    "a yes": (True, "true"),
    "a date": (date(2020, 1, 2), "2020-01-02"),
    "a date with its time": (datetime(2020, 1, 2, 13, 30), "2020-01-02"),
    "a time of day": (time(13, 30), "13:30:00"),
    "a duration": (timedelta(hours=30), "30:00:00"),
    "nothing": (None, ""),
    "an error": ("#N/A", "#N/A"),
}


@pytest.mark.parametrize(("cell", "text"), CELLS.values(), ids=CELLS.keys())
def test_a_cell_of_a_workbook_is_read_as_a_clinician_would_type_it(tmp_path, cell, text):
    assert of_one_cell(tmp_path, cell) == text


def test_rows_of_a_sheet_have_the_numbers_that_the_program_shows(tmp_path):
    path = workbook(tmp_path, patients=[[], [], ["", "name", "size"], ["", "a", 1], [], ["", "b", 2]])

    assert read(path)["name"].to_dict() == {4: "a", 6: "b"}


def test_a_sheet_is_told_by_name(tmp_path):
    raw = readers.read_table(workbook(tmp_path, patients=[["name"], ["a"]]))

    assert raw.how == "sheet patients of a workbook"


def test_a_named_sheet_is_read(tmp_path):
    path = workbook(tmp_path, patients=[["name"], ["a"]], operations=[["day"], ["b"]])

    assert read(path, sheet="operations")["day"].tolist() == ["b"]


def test_an_error_is_found_on_whichever_sheet_it_is(tmp_path):
    path = workbook(tmp_path, patients=[["name"], ["a"]], operations=[["day"], ["b"], ["#DIV/0!"]])

    assert read(path, sheet="operations")["day"].tolist() == ["b", "#DIV/0!"]
    assert read(path, sheet="patients")["name"].tolist() == ["a"]


def test_a_misspelt_sheet_is_told_with_the_nearest(tmp_path):
    path = workbook(tmp_path, patients=[["name"], ["a"]], operations=[["day"], ["b"]])

    assert "no sheet named patient. Did you mean patients?" in str(refusal(path, sheet="patient"))


def test_of_several_sheets_the_user_is_asked_which(tmp_path):
    error = refusal(workbook(tmp_path, patients=[["name"], ["a"]], operations=[["day"], ["b"]]))

    assert 'Say which, as { file = "sheet.xlsx", sheet = "patients" }' in str(error)
    assert "There is: patients, operations." in str(error)


def test_a_sheet_is_the_only_one_if_the_others_are_empty(tmp_path):
    path = workbook(tmp_path, notes=[], patients=[["name"], ["a"]], more=[])

    assert read(path)["name"].tolist() == ["a"]


def test_a_sheet_is_the_only_one_if_the_others_are_hidden(tmp_path):
    path = workbook(tmp_path, lists=[["yes"], ["no"]], patients=[["name"], ["a"]])
    book = openpyxl.load_workbook(path)
    book["lists"].sheet_state = "hidden"
    book.active = 1
    book.save(path)

    assert read(path)["name"].tolist() == ["a"]


def test_the_user_may_say_which_row_of_a_sheet_names_the_columns(tmp_path):
    path = workbook(tmp_path, patients=[["Our patients"], ["name", "size"], ["a", 1]])

    assert read(path, header=2)["size"].to_dict() == {3: "1"}
    assert how(path, header=2) == "sheet patients of a workbook, columns named in row 2"


def test_cells_below_no_name_are_refused_with_a_hint_at_the_header(tmp_path):
    error = refusal(workbook(tmp_path, patients=[["Our patients"], ["name", "size"], [SECRET, 1]]))

    assert "row 1: column 2 has cells and no name" in str(error)
    assert "header = 3 } under [tables]" in str(error)


def test_columns_of_a_sheet_without_name_and_cells_are_left_out(tmp_path):
    rows = read(workbook(tmp_path, patients=[["name", "", "size", " "], ["a", None, 1, None]]))

    assert list(rows) == ["name", "size"]


def test_a_number_or_a_date_may_name_a_column(tmp_path):
    rows = read(workbook(tmp_path, patients=[["name", 2020, date(2020, 1, 2)], ["a", 1, 2]]))

    assert list(rows) == ["name", "2020", "2020-01-02"]


def test_an_empty_sheet_is_refused(tmp_path):
    assert "no row names the columns" in str(refusal(workbook(tmp_path, patients=[])))


def test_a_formula_that_was_never_computed_is_refused_by_its_row(tmp_path):
    error = refusal(workbook(tmp_path, patients=[["name", "age"], ["a", 1], ["b", "=B2+1"]]))

    assert [(finding.rows, finding.rule) for finding in error.findings] == [((3,), "a formula without a stored result")]


def sheet_xml(place: Path, change) -> Path:
    """Write a workbook of which one part is changed, as programs other than openpyxl write it."""
    path = workbook(place, patients=[["name", "age"], ["a", 61]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, change(content) if name == "xl/worksheets/sheet1.xml" else content)
    return path


COMPUTED = {
    "a number": (b'<c r="B2"><f>60+1</f><v>61</v></c>', "61"),
    "a text": (b'<c r="B2" t="str"><f>"x"</f><v>x</v></c>', "x"),
    "a blank text": (b'<c r="B2" t="str"><f>""</f><v></v></c>', ""),
    "an error": (b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
    "an error of a shared formula": (b'<c r="B2" s="1" t="e"><f t="shared" si="0"/><v>#REF!</v></c>', "#REF!"),
}


@pytest.mark.parametrize(("cell", "text"), COMPUTED.values(), ids=COMPUTED.keys())
def test_a_formula_is_read_as_its_stored_result(tmp_path, cell, text):
    path = sheet_xml(tmp_path, lambda xml: xml.replace(b'<c r="B2" t="n"><v>61</v></c>', cell))

    assert read(path)["age"].tolist() == [text]


def test_a_cell_far_from_all_others_is_refused_and_does_no_harm(tmp_path):
    error = refusal(sheet_xml(tmp_path, lambda xml: xml.replace(b'<c r="B2"', b'<c r="XFD1048576"')))

    assert "delete cells that lie far from the table" in str(error)


def test_the_sheets_of_a_workbook_are_listed_in_its_order(tmp_path):
    path = workbook(tmp_path, patients=[["name"], ["a"]], operations=[["day"], ["b"]])

    assert readers.sheets(path) == ["patients", "operations"]


def test_a_file_of_another_kind_has_no_sheets(tmp_path):
    assert readers.sheets(written(tmp_path, "name\n")) == []


@pytest.mark.parametrize("ask", [readers.read_table, readers.sheets])
@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.xlsm", "sheet.xls", "sheet.ods"])
@pytest.mark.parametrize("content", [b"", b"name,size\n", b"PK\x03\x04 and no more"])
def test_a_broken_workbook_is_refused(tmp_path, ask, name, content):
    path = written(tmp_path, content, name)

    with pytest.raises(DataError, match="not a workbook, or a broken one"):
        ask(path)


def unpacked(text: str) -> bytes:
    """Return a small file that is written below as text."""
    return zlib.decompress(base64.b85decode(text))


LOCKED = (
    "c-p&gUhu)fjZzO8(10BSGsD0CoD6J8VvJA>1_BH~`TzexOc)IU|3|@)0)K({-)Jz5SP;aJ4}>KQ3Jk6cc|f{|p^||VAjZJT2s4Y3NIl5q1<2N9"
    "u&o6^+fx}*7y=j)fg;&JG9Ab#1e6$<7?J%$s{K>|L)v}-zSIHm"
)
OLD = (
    "c-rk)J!lj`6#iy&m-`{P?8S?a6T%TNYLZ55Y?6(FrZPkuMFicLEkfcYoHnM=XuMJotQ4C-8k?w%|AlrILPQHe5bm^0B`8=Vw|Vp3u3Sut9B7C#"
    "-!k94d-G=I-M%-oJNs@iU7CB8E#o)zqX88^fyNr0l9C92*pPPL*J4=5rT7N_6cTX>WMdRBn%~BB40XKAu<$VQS{V2u<qW1UG@18uTZqH-!ByIa"
    "K4FD>qDi5hUbT|XlXs9G(DEgDfSQ}+KCvyS(^zzdx(^0fe9G!%TMByIC+zcyn*C_Q8=b{hZ>g$n6o(39?!@+N=!i679ul`fFYguHi4rmrz<K=e"
    "bHMj-rM}7;{nqLgME`TGKDL4WwiN+p;GbiH7iDvO-cSwj)H1TrvMyqjcQ1HST^yVCBn8~0-if(#?KLa6nHk+AJc<^|Y38*pd-L-BZ|{$d3_EA3"
    "nc;3--P3n#H{j!%?jfC1Y_WcEH@Sy=oulreoF!)@8>Q|VZVQB?v$VOv)-IXn0P(@uQzP#cxwv%vX-Dy^vrpuO!SZxw;iEH$PPq-E(qCV*=vBSy"
    "?j4P1PFSm8{eLF6uiFdamL2%+2M?|mtRP7-O|JgZcSi;GY6E*kdp+V6D@lLSSdxJBTdjD^+cQw}bWFm)z`(%3z`(%3V7o&F@A$zvLtf#lCy7|_"
    "U1vo~#e63DZ*c;Xa$S;x=@I0mF5q%q`Lh#I6^^Ag*(dy7sBuzeFJK%a^kcm4{FRfSs{KEk?r8tHB~<VHm3sXA%k!@Sg`&P}"
)
"""A workbook that asks for a password, and one of Excel 97: name, size; a, 2.5."""


def test_a_workbook_with_a_password_is_refused_with_the_remedy(tmp_path):
    assert "Save a copy without a password" in str(refusal(written(tmp_path, unpacked(LOCKED), "sheet.xlsx")))


def test_a_workbook_of_excel_97_is_read(tmp_path):
    assert read(written(tmp_path, unpacked(OLD), "sheet.xls")).to_dict("list") == {"name": ["a"], "size": ["2.5"]}


def test_a_workbook_under_the_suffix_of_another_kind_is_read(tmp_path):
    assert read(written(tmp_path, unpacked(OLD), "SHEET.XLSX"))["size"].tolist() == ["2.5"]


def test_errors_that_cannot_be_placed_are_not_read_as_blanks(tmp_path):
    error_in_b2 = b"\x05\x02\x08\x00" + b"\x01\x00\x01\x00\x11\x00" + b"\x2a\x01"
    number_in_b2 = b"\x7e\x02\x0a\x00" + b"\x01\x00\x01\x00\x11\x00"
    old = unpacked(OLD)
    place = old.index(number_in_b2)
    broken = old[:place] + error_in_b2 + b"\x01\x02\x00\x00"[:2] + old[place + 14 :]

    assert "errors such as #N/A" in str(refusal(written(tmp_path, broken, "sheet.xls")))


MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
OPEN_DOCUMENT = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.2"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="patients">
<table:table-row><table:table-cell office:value-type="string"><text:p>name</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>seen</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2020-01-02"><text:p>2.1.20</text:p></table:table-cell>
</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"""


def open_document(place: Path, change=lambda xml: xml) -> Path:
    """Write a workbook as LibreOffice does, of which the cells are changed."""
    with zipfile.ZipFile(place / "sheet.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", change(OPEN_DOCUMENT.replace("\n", "")))
        archive.writestr("META-INF/manifest.xml", MANIFEST)
    return place / "sheet.ods"


def test_a_workbook_of_libreoffice_is_read(tmp_path):
    assert read(open_document(tmp_path)).to_dict("list") == {"name": ["3"], "seen": ["2020-01-02"]}


HIDDEN = (
    '<table:table-row table:number-rows-repeated="2"{}><table:table-cell office:value-type="float" office:value="4"/>'
    "</table:table-row>"
)


@pytest.mark.parametrize(
    ("mark", "rows"),
    [("", ()), (' table:visibility="collapse"', (3, 4)), (' table:visibility="filter"', (3, 4))],
)
def test_hidden_and_filtered_rows_of_libreoffice_are_told(tmp_path, mark, rows):
    path = open_document(tmp_path, lambda xml: xml.replace("</table:table>", f"{HIDDEN.format(mark)}</table:table>"))
    raw = readers.read_table(path)

    assert raw.rows["name"].tolist() == ["3", "4", "4"]
    assert raw.hidden == rows


def test_of_excel_97_it_is_said_that_nobody_can_tell_whether_rows_are_hidden(tmp_path):
    assert "whether rows are hidden" in readers.read_table(written(tmp_path, unpacked(OLD), "sheet.xls")).how


def test_blank_rows_and_columns_to_the_end_of_a_sheet_of_libreoffice_do_no_harm(tmp_path):
    blank = (
        '<table:table-row table:number-rows-repeated="1048573">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )

    assert len(read(open_document(tmp_path, lambda xml: xml.replace("</table:table>", blank)))) == 1


def test_a_cell_of_libreoffice_far_from_all_others_is_refused_and_does_no_harm(tmp_path):
    far = (
        '<table:table-row table:number-rows-repeated="1048573"/><table:table-row>'
        '<table:table-cell table:number-columns-repeated="16383"/>'
        '<table:table-cell office:value-type="float" office:value="3"/></table:table-row></table:table>'
    )
    error = refusal(open_document(tmp_path, lambda xml: xml.replace("</table:table>", far)))

    assert "delete cells that lie far from the table" in str(error)


def test_a_workbook_of_libreoffice_that_is_not_xml_is_refused(tmp_path):
    error = refusal(open_document(tmp_path, lambda xml: xml.replace("</table:table>", "</table>")))

    assert "not a workbook, or a broken one" in str(error)


def test_a_workbook_that_unpacks_to_more_than_a_machine_holds_is_refused(tmp_path, monkeypatch):
    asked = {"largest": 20}

    assert "megabytes; 20 cells may be read" in str(refusal(workbook(tmp_path, patients=[["name"], ["a"]]), **asked))


def test_the_number_of_cells_that_is_proposed_for_a_large_workbook_is_enough(tmp_path):
    path = workbook(tmp_path, patients=[["name"], ["a"]])
    (enough,) = re.findall(r"say largest = (\d+) under", str(refusal(path, largest=20)))

    assert len(read(path, largest=int(enough))) == 1


def test_a_parquet_file_of_more_cells_than_may_be_read_is_refused_before_it_is_read(tmp_path):
    parquet.write_table(pa.table({"name": pa.array(["x"] * 1000).dictionary_encode()}), tmp_path / "table.parquet")

    assert "it unpacks to 1,000 cells" in str(refusal(tmp_path / "table.parquet", largest=999))
    assert len(read(tmp_path / "table.parquet", largest=1000)) == 1000


def test_cells_that_have_a_format_and_nothing_else_do_no_harm(tmp_path):
    styled = b'<c r="XFD1048576" s="1"/></row>'

    assert len(read(sheet_xml(tmp_path, lambda xml: xml.replace(b"</row>", styled)))) == 1


# Parquet


def of_arrow(place: Path, *values, kind=None) -> list[str]:
    """Return what is read from a column of a Parquet file."""
    table = pa.table({"name": [f"p{n}" for n in range(len(values))], "cell": pa.array(values, kind)})
    parquet.write_table(table, place / "table.parquet")
    return read(place / "table.parquet", decimal=",")["cell"].tolist()


ARROW = {
    "text": (("a", None), None, ["a", ""]),
    "whole numbers": ((1, 2**62), None, ["1", str(2**62)]),
    "decimals": ((3.0, 2.5, np.nan, 0.1 + 0.2), None, ["3", "2,5", "", "0,3"]),
    "short decimals": ((2.3,), pa.float32(), ["2,3"]),
    "long identifiers": ((2.0**53 - 1, None), None, ["9007199254740991", ""]),
    "exact decimals": ((Decimal("2.50"), None), None, ["2,5", ""]),
    "dates": ((date(2020, 1, 2), None), None, ["2020-01-02", ""]),
    "times": ((datetime(2020, 1, 2, 23, 30), None), None, ["2020-01-02", ""]),
    "dates far away": ((date(9999, 12, 31),), None, ["9999-12-31"]),
    "times in Japan": ((datetime(2020, 1, 2, 23, 30),), pa.timestamp("us", "Asia/Tokyo"), ["2020-01-03"]),
    "yes and no": ((True, False, None), None, ["true", "false", ""]),
    "bytes": ((b"a", "男".encode("cp932"), None), None, ["a", "男", ""]),
    "categories": (("a", "b", None), pa.dictionary(pa.int8(), pa.string()), ["a", "b", ""]),
    "nothing": ((None,), None, [""]),
}


@pytest.mark.parametrize(("values", "kind", "texts"), ARROW.values(), ids=ARROW.keys())
def test_values_of_parquet_are_read_as_a_clinician_would_type_them(tmp_path, values, kind, texts):
    assert of_arrow(tmp_path, *values, kind=kind) == texts


def test_records_are_counted_from_one(tmp_path):
    pd.DataFrame({"name": ["a", None, "b"]}, index=[7, 8, 9]).to_parquet(tmp_path / "table.parquet")
    raw = readers.read_table(tmp_path / "table.parquet")

    assert raw.rows["name"].to_dict() == {1: "a", 3: "b"}
    assert raw.how == "Parquet"


def test_columns_of_one_name_in_parquet_are_refused(tmp_path):
    parquet.write_table(pa.table([["a"], ["b"]], names=["name", "name"]), tmp_path / "table.parquet")

    assert "columns 1 and 2 have one name" in str(refusal(tmp_path / "table.parquet"))


# SAS transport


SUBJECTS = pd.DataFrame(
    {
        "USUBJID": ["a", "b", "c"],
        "SITE": ["胃", "", "小腸"],
        "AVAL": [1.5, 3, np.nan],
        "ADT": [date(2020, 1, 2), None, date(1950, 1, 1)],
        "ADTM": pd.to_datetime(["2020-01-02 13:30", None, None]),
    }
)


@pytest.mark.parametrize("version", [5, 8])
def test_sas_transport_is_read_with_its_dates(tmp_path, version):
    path = tmp_path / "adsl.xpt"
    pyreadstat.write_xport(SUBJECTS, path, file_format_version=version)

    assert read(path, decimal=",").to_numpy().tolist() == [
        ["a", "胃", "1,5", "2020-01-02", "2020-01-02"],
        ["b", "", "3", "", ""],
        ["c", "小腸", "", "1950-01-01", ""],
    ]


@pytest.mark.parametrize("asked", ["", "shift_jis"])
def test_sas_transport_in_shift_jis_is_read(tmp_path, asked):
    path = tmp_path / "adsl.xpt"
    pyreadstat.write_xport(SUBJECTS[["USUBJID", "SITE"]], path)
    for word in ("小腸", "胃"):
        utf_8, shift_jis = word.encode(), word.encode("cp932")
        path.write_bytes(path.read_bytes().replace(utf_8, shift_jis + b" " * (len(utf_8) - len(shift_jis))))

    assert read(path, encoding=asked)["SITE"].tolist() == ["胃", "", "小腸"]


def test_sas_transport_says_that_it_holds_records(tmp_path):
    pyreadstat.write_xport(SUBJECTS, tmp_path / "adsl.xpt")
    raw = readers.read_table(tmp_path / "adsl.xpt")

    assert (raw.how, raw.rows.index.tolist()) == ("SAS transport", [1, 2, 3])


def test_columns_of_one_name_in_sas_transport_are_refused(tmp_path):
    path = tmp_path / "adsl.xpt"
    pyreadstat.write_xport(SUBJECTS[["USUBJID", "SITE"]], path, file_format_version=5)
    path.write_bytes(path.read_bytes().replace(b"SITE    ", b"USUBJID "))

    assert "a broken one" in str(refusal(path))


def test_sas_transport_without_records_is_a_table_without_rows(tmp_path):
    pyreadstat.write_xport(SUBJECTS.iloc[:0][["USUBJID"]], tmp_path / "adsl.xpt")

    assert list(read(tmp_path / "adsl.xpt")) == ["USUBJID"]


@pytest.mark.parametrize("version", [5, 8])
def test_sas_transport_of_two_data_sets_is_refused(tmp_path, version):
    path = tmp_path / "adam.xpt"
    pyreadstat.write_xport(SUBJECTS, path, file_format_version=version)
    content = path.read_bytes()
    path.write_bytes(content + content[content.index(b"HEADER RECORD*******MEMB") :])

    assert "more than one data set" in str(refusal(path))


# Dataset-JSON


COLUMNS = [
    {"itemOID": "IT.USUBJID", "name": "USUBJID", "dataType": "string"},
    {"itemOID": "IT.AVAL", "name": "AVAL", "dataType": "float"},
    {"itemOID": "IT.ADT", "name": "ADT", "dataType": "integer", "displayFormat": "DATE9."},
    {"itemOID": "IT.ADTM", "name": "ADTM", "dataType": "integer", "displayFormat": "E8601DT19."},
    {"itemOID": "IT.DTHDTC", "name": "DTHDTC", "dataType": "datetime"},
    {"itemOID": "IT.DOSE", "name": "DOSE", "dataType": "decimal"},
]
RECORDS = [
    ["a", 1.5, 21916, 21916 * 86400 + 3600, "2020-01-02T13:30:00", "400.50"],
    ["b", 3.0, None, None, None, None],
]
READ = [["a", "1,5", "2020-01-02", "2020-01-02", "2020-01-02", "400,5"], ["b", "3", "", "", "", ""]]


def dataset_json(version: str) -> str:
    """Return two records as Dataset-JSON of a version."""
    if version == "1.1":
        return json.dumps({"datasetJSONVersion": "1.1.0", "name": "ADSL", "columns": COLUMNS, "rows": RECORDS})
    items = [{"name": "ITEMGROUPDATASEQ", "type": "integer"}, *({**c, "type": c["dataType"]} for c in COLUMNS)]
    group = {"name": "ADSL", "items": items, "itemData": [[n, *record] for n, record in enumerate(RECORDS, 1)]}
    part = "clinicalData" if version == "1.0" else "referenceData"
    return json.dumps({"datasetJSONVersion": "1.0.0", part: {"itemGroupData": {"IG.ADSL": group}}})


@pytest.mark.parametrize("version", ["1.0", "1.0 of reference data", "1.1"])
def test_dataset_json_is_read_with_its_dates(tmp_path, version):
    path = written(tmp_path, dataset_json(version), "adsl.json")
    raw = readers.read_table(path, readers.Reading(decimal=","))

    assert raw.rows.to_numpy().tolist() == READ
    assert (raw.how, raw.rows.index.tolist()) == (f"Dataset-JSON {version[:3]}", [1, 2])


def test_dataset_json_of_a_record_a_line_is_read(tmp_path):
    lines = [{"datasetJSONVersion": "1.1.0", "columns": COLUMNS}, *RECORDS]
    path = written(tmp_path, "\n".join(map(json.dumps, lines)) + "\n", "adsl.ndjson")

    assert read(path, decimal=",").to_numpy().tolist() == READ
    assert how(path) == "Dataset-JSON 1.1"


@pytest.mark.parametrize(
    "display", ["DATE9.", "date9", "YYMMDD10.", "E8601DA.", "E8601DA10.", "DDMMYY10.", "MMDDYYS8."]
)
def test_every_date_format_of_sas_makes_a_date(tmp_path, display):
    column = {"name": "ADT", "dataType": "integer", "displayFormat": display}
    path = written(tmp_path, json.dumps({"columns": [column], "rows": [[-1]]}), "adsl.json")

    assert read(path)["ADT"].tolist() == ["1959-12-31"]


@pytest.mark.parametrize("display", ["8.2", "BEST12.", "TIME8.", "$10.", ""])
def test_a_number_of_another_format_stays_a_number(tmp_path, display):
    column = {"name": "AVAL", "dataType": "integer", "displayFormat": display}
    path = written(tmp_path, json.dumps({"columns": [column], "rows": [[60]]}), "adsl.json")

    assert read(path)["AVAL"].tolist() == ["60"]


NOT_DATASET_JSON = {
    "nothing": "",
    "other JSON": json.dumps({"name": SECRET}),
    "a list": json.dumps([SECRET]),
    "broken JSON": dataset_json("1.1")[:-9],
    "a column without a name": json.dumps({"columns": [{}], "rows": []}),
    "records that are none": json.dumps({"columns": COLUMNS, "rows": [{"USUBJID": SECRET}]}),
    "too short a record": json.dumps({"columns": COLUMNS, "rows": [[SECRET]]}),
    "half of a character": json.dumps({"columns": [{"name": "a"}], "rows": [["\ud800"]]}),
    "a deep nest": "[" * 100_000,
    "bytes": b"\xff\xfe\xfd",
}


@pytest.mark.parametrize("content", NOT_DATASET_JSON.values(), ids=NOT_DATASET_JSON.keys())
def test_what_is_not_dataset_json_is_refused_without_a_value(tmp_path, content):
    error = refusal(written(tmp_path, content, "adsl.json"))

    assert "Dataset-JSON" in str(error)
    assert SECRET not in str(error)


def test_dataset_json_of_two_data_sets_is_refused(tmp_path):
    group = {"items": [{"name": "a"}], "itemData": []}
    content = json.dumps({"clinicalData": {"itemGroupData": {"x": group, "y": group}}})

    assert "more than one data set" in str(refusal(written(tmp_path, content, "adsl.json")))


# Any kind


@pytest.mark.parametrize("suffix", readers.SUFFIXES)
def test_rubbish_of_any_suffix_is_refused_by_its_name(tmp_path, suffix):
    draw = random.Random(2)
    for size in (1, 40, 1000):
        error = refusal(written(tmp_path, b"\0" + draw.randbytes(size), f"sheet{suffix}"))

        assert {finding.table for finding in error.findings} == {f"sheet{suffix}"}


@pytest.mark.parametrize("suffix", readers.SUFFIXES)
def test_a_missing_file_of_any_suffix_is_told(tmp_path, suffix):
    assert "the file does not exist" in str(refusal(tmp_path / f"sheet{suffix}"))
