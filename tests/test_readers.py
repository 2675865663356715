"""Files become tables of text whose rows bear the numbers that a spreadsheet shows."""

from pathlib import Path

import pytest

from gistbook.conventions import DataError
from gistbook.intake import readers

SECRET = "Schmidt-1957"


def written(place: Path, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = place / "sheet.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path, **reading) -> DataError:
    """Return the error with which a file is refused."""
    with pytest.raises(DataError) as caught:
        readers.read_table(path, **reading)
    return caught.value


def test_the_first_row_below_the_header_has_number_two(tmp_path):
    rows = readers.read_table(written(tmp_path, "name,size\na,1\nb,2\n"))

    assert rows.index.tolist() == [2, 3]


def test_a_blank_line_is_left_out_and_still_counts_in_the_numbers(tmp_path):
    rows = readers.read_table(written(tmp_path, "name,size\na,1\n\nb,2\n,\nc,3\n"))

    assert rows["name"].to_dict() == {2: "a", 4: "b", 6: "c"}


def test_a_quoted_cell_of_two_lines_is_one_row(tmp_path):
    rows = readers.read_table(written(tmp_path, 'name,size\n"a,\nb",1\nc,2\n'))

    assert rows["name"].to_dict() == {2: "a,\nb", 3: "c"}


def test_a_blank_cell_stays_blank_text(tmp_path):
    rows = readers.read_table(written(tmp_path, "name,size\na,\n"))

    assert rows["size"].tolist() == [""]


def test_the_cells_that_a_short_row_lacks_are_blank(tmp_path):
    rows = readers.read_table(written(tmp_path, "name,size,site\na\n"))

    assert rows.loc[2].tolist() == ["a", "", ""]


@pytest.mark.parametrize("text", ["NA", "007", "1e3", "None", "TRUE"])
def test_text_that_looks_like_something_else_stays_as_it_is(tmp_path, text):
    rows = readers.read_table(written(tmp_path, f"name,size\n{text},1\n"))

    assert rows["name"].tolist() == [text]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    rows = readers.read_table(written(tmp_path, "\ufeffname,size\na,1\n"))

    assert list(rows) == ["name", "size"]


def test_blanks_around_a_column_name_are_no_part_of_it(tmp_path):
    rows = readers.read_table(written(tmp_path, " name ,size\na,1\n"))

    assert list(rows) == ["name", "size"]


def test_a_file_in_another_encoding_is_read_by_its_name(tmp_path):
    rows = readers.read_table(written(tmp_path, "name\nGröße\n".encode("cp1252")), encoding="cp1252")

    assert rows["name"].tolist() == ["Größe"]


def test_a_file_with_another_separator_is_read_by_it(tmp_path):
    rows = readers.read_table(written(tmp_path, "name;size\na,b;1\n"), separator=";")

    assert rows["name"].tolist() == ["a,b"]


REFUSED = {
    "an empty file": ("", "header row"),
    "nothing but blank lines": ("\n\n", "header row"),
    "a spreadsheet program's own format": (b"PK\x03\x04" + bytes(range(256)) * 8, "UTF-8"),
    "text in another encoding": (f"name\nGröße {SECRET}\n".encode("cp1252"), "UTF-8"),
    "a quote that is never closed": (f'name,size\n"{SECRET},1\nb,2\n', "spreadsheet"),
    "a cell too many": (f"name,size\n{SECRET},1,2\n", "double quotes"),
    "a name used twice": (f"name,size,name\n{SECRET},1,b\n", "a name of its own"),
    "another separator": (f"name;size\n{SECRET};1\n", 'separator = ";"'),
}


@pytest.mark.parametrize(("content", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_no_table_is_refused_by_name_with_a_remedy_and_without_a_value(tmp_path, content, remedy):
    error = refusal(written(tmp_path, content))

    assert [finding.table for finding in error.findings] == ["sheet.csv"]
    assert remedy in str(error)
    assert SECRET not in str(error)


def test_a_missing_file_is_named(tmp_path):
    error = refusal(tmp_path / "absent.csv")

    assert "absent.csv: the file does not exist" in str(error)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "folder.csv").mkdir()

    assert [finding.table for finding in refusal(tmp_path / "folder.csv").findings] == ["folder.csv"]


def test_columns_of_one_name_are_told_by_their_numbers(tmp_path):
    error = refusal(written(tmp_path, f"{SECRET},size, {SECRET} \n"))

    assert "row 1: columns 1 and 3 have one name" in str(error)
    assert SECRET not in str(error)


def test_every_row_with_a_cell_too_many_is_named(tmp_path):
    error = refusal(written(tmp_path, "name,size\na,1\nb,2,3\n\nc,4,5\n"))

    assert [finding.rows for finding in error.findings] == [(3, 5)]


def test_the_path_of_the_machine_is_not_told(tmp_path):
    error = refusal(tmp_path / "absent.csv")

    assert str(tmp_path) not in str(error)
