"""Tables that are taken away hold the cells that their pages show, and say what they are; none of them is computed."""

import csv
import io
import zipfile

import nbformat
import openpyxl
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from gistbook.book import downloads, sheets
from gistbook.book.sheets import Sheet
from gistbook.conventions import DATA_NOTES, NOT_RECORDED
from gistbook.display import tables

FRAME = pd.DataFrame({"Group": ["S & <M>", "=1+1"], "Patients": ["7 of 20", "-0.50"], "Not < known": [None, "@x"]})
NOTE = "Public data: Drawn patients."


def shown(caption: str = "Two groups: a table.") -> str:
    """Return a table as a cell shows it."""
    return tables.show(FRAME, caption).html


def read(*html: str) -> list[Sheet]:
    """Return the tables of a chapter."""
    return sheets.read([*html], "result", "exact", NOTE)


def opened(*html: str):
    """Return the workbook of the tables of a chapter."""
    return openpyxl.load_workbook(io.BytesIO(sheets.workbook(read(*html), f"{NOTE} Much else.")))


def values(sheet) -> list[list]:
    """Return the cells of a sheet, row by row, without what is empty at the end of each."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [row[: max((n for n, value in enumerate(row, 1) if value is not None), default=0)] for row in rows]


def test_a_table_has_the_cells_that_are_shown():
    (sheet,) = read(shown())

    assert sheet.rows == [
        ["Group", "Patients", "Not < known"],
        ["S & <M>", "7 of 20", NOT_RECORDED],
        ["=1+1", "-0.50", "@x"],
    ]


def test_tables_are_numbered_in_their_order_and_nothing_else_is_one():
    made = read(shown("One."), '<div class="gb-figure"><div class="gb-table"></div></div>', shown("Two."))

    assert [(sheet.file, sheet.caption) for sheet in made] == [
        ("result-table-1.csv", "One."),
        ("result-table-2.csv", "Two."),
    ]


def test_csv_says_first_what_it_is_of_what_kind_the_data_are_and_under_which_policy():
    assert sheets.as_csv(read(shown())[0]).splitlines()[:4] == [
        "# Two groups: a table.",
        f"# The patients of this book: {NOTE}",
        "# Disclosure policy: exact",
        '"Group","Patients","Not < known"',
    ]


def test_a_caption_that_says_of_what_kind_the_data_are_says_so_once():
    assert sheets.as_csv(read(shown(f"A table. {NOTE}"))[0]).count(NOTE) == 1


def test_a_cell_of_csv_is_no_formula_and_a_number_stays_one():
    rows = list(csv.reader(sheets.as_csv(read(shown())[0]).splitlines()[3:]))

    assert rows[2] == ["'=1+1", "-0.50", "'@x"]


@pytest.mark.parametrize("text", ["-1+cmd", "+1e", "-", "--1", "-0.5 to 1"])
def test_what_only_begins_as_a_number_is_no_number(text):
    sheet = Sheet("result", 1, "A table.", [], [[text]])

    assert sheets.as_csv(sheet).splitlines()[-1] == f'"\'{text}"'


def test_a_workbook_has_a_list_and_a_sheet_a_table_under_its_caption():
    book = opened(shown("Two groups: a table."), shown("Another."))

    assert book.sheetnames == ["Contents", "1 result", "2 result"]
    assert values(book["Contents"])[0] == [f"{NOTE} Much else."]
    assert values(book["Contents"])[-2:] == [
        ["1 result", "result", "Two groups", "result-table-1.csv"],
        ["2 result", "result", "Another", "result-table-2.csv"],
    ]
    assert values(book["1 result"])[:3] == [
        ["Two groups: a table."],
        [f"The patients of this book: {NOTE}"],
        ["Disclosure policy: exact"],
    ]


def test_a_sheet_has_the_rows_of_its_table_as_text():
    sheet = opened(shown())["1 result"]

    assert values(sheet)[4:] == read(shown())[0].rows
    assert {cell.data_type for row in sheet.iter_rows(min_row=5) for cell in row} == {"s"}


def test_a_chapter_with_a_long_name_has_a_sheet_of_its_own():
    long = [Sheet("a_chapter_with_a_very_long_name_" + end, 1, "A table.", [], [["A"], ["1"]]) for end in "ab"]
    book = openpyxl.load_workbook(io.BytesIO(sheets.workbook(long, NOTE)))

    assert len(book.sheetnames) == 3
    assert max(map(len, book.sheetnames)) == 31


def test_a_workbook_does_not_tell_when_it_was_made():
    book = sheets.workbook(read(shown()), NOTE)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        days = {part.date_time for part in parts.infolist()}

    assert days == {(1980, 1, 1, 0, 0, 0)}
    assert book == sheets.workbook(read(shown()), NOTE)


def cells_of(table) -> list[list]:
    """Return the cells of each row of a table; one that stands in several rows is in each."""
    rows = [row.select("th, td") for row in table.select("tr")]
    for at, row in enumerate(rows):
        for cell in [each for each in row if each.get("rowspan")]:
            span = int(cell["rowspan"])
            del cell["rowspan"]
            for below in rows[at + 1 : at + span]:
                below.insert(row.index(cell), cell)
    return rows


def test_a_first_cell_that_heads_several_rows_stands_in_each_row_of_the_file():
    frame = pd.DataFrame({"Group": ["S", "S", "M", "M", "M"], "Level": list("abcde")})
    (sheet,) = read(tables.show(frame, "A table.").html)

    assert sheet.rows == [["Group", "Level"], ["S", "a"], ["S", "b"], ["M", "c"], ["M", "d"], ["M", "e"]]


def test_every_table_that_a_page_shows_can_be_taken_away(bundled_book):
    html, compared = bundled_book / "html", 0
    for page in html.glob("chapters/*.html"):
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        own = [
            each for each in soup.select(".gb-table table") if not each.find_parent(class_=["gb-numbers", "gb-data"])
        ]
        for number, table in enumerate(own, start=1):
            text = (html / "downloads" / f"{page.stem}-table-{number}.csv").read_text(encoding="utf-8")
            rows = csv.reader(line for line in text.splitlines() if not line.startswith("# "))
            on_page = [[" ".join(cell.text.split()) for cell in row] for row in cells_of(table)]
            assert [[cell.removeprefix("'") for cell in row] for row in rows] == on_page
            compared += 1

    assert compared == len(list((html / "downloads").glob("*-table-*.csv"))) > 50


def test_the_workbook_of_the_bundled_book_has_its_tables_and_says_of_what_kind_the_data_are(bundled_book):
    place = bundled_book / "html" / "downloads"
    book = openpyxl.load_workbook(place / sheets.WORKBOOK)
    note = DATA_NOTES["synthetic"]

    assert [row[3] for row in values(book["Contents"])[4:]] == sorted(
        (path.name for path in place.glob("*-table-*.csv")),
        key=lambda name: (name.split("-table-")[0], int(name.split("-")[-1][:-4])),
    )
    assert [name for name in book.sheetnames[1:] if not any(note in f"{row}" for row in values(book[name])[:2])] == []


def test_links_to_tables_say_of_which_table_they_are(bundled_book):
    page = (bundled_book / "html" / "chapters" / "baseline.html").read_text(encoding="utf-8")
    links = BeautifulSoup(page, "html.parser").select('a[href*="-table-"]')

    assert [link["aria-label"] for link in links] == [f"CSV of the table: {link.get_text()}" for link in links]
    assert len(links) == 2


def test_a_chapter_without_a_table_lists_none():
    chapter = downloads.Chapter("result", nbformat.v4.new_notebook(), downloads.Data("Drawn patients", "public"))

    assert chapter.tables() == []
