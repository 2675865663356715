"""Whatever is in a cohort folder, `check` and `build` end in words, with the right status, and tell no patient's value.

Hypothesis draws a folder in good order, breaks it in one to four ways, and throws it at the commands.
"""

import contextlib
import csv
import itertools
import json
import os
import random
import re
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from types import SimpleNamespace
from typing import NamedTuple

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gistbook import build, cli
from gistbook.book import chapters, freshness, publish
from gistbook.book import run as running
from gistbook.intake import folder as intake_folder
from gistbook.schemas import INPUTS
from support import subjects
from support.books import LIGHT, book, contents, is_untouched, no_pages, with_former_book
from support.sharing import one_of

EACH, TOGETHER, FEW = 4, 250, 8
"""How many folders are broken in each way alone, and how many in several ways at once: in a whole run, or in any."""

MANY_COLUMNS = 300
LONGEST_WORDS = 20_000
"""Characters in which three commands have told what there is to tell, whatever the folder."""

THROWN: Counter = Counter()
"""How many folders ended with which status, told once at the end."""

DATES = (
    "31/02/2015", "45123", "2015-02-30", "0000-00-00", "9999-12-31", "12345-01-01", "1600-01-01", "1677-09-20",
    "2262-04-12", "2999-01-01", "now", "today", "2015-W07-3", "2015-13-01", "2015年2月31日", "٢٠١٥-٠٢-٠١",
    "2015-02-01T25:61", "2015-02-01T10:00:00+09:00", "-2015-01-01", "15-2-1", "Feb 2015", "20150230", "1e400", "nan",
)  # fmt: skip
NUMBERS = (
    "-47.1357", "1e400", "-1e400", "nan", "inf", "-inf", "9" * 400, "1_000_000", "0x1F7A", "61,7351", "1.5.2.7", "½",
    "٤٢٫٧", "1e-400", "+", "--51.37", "5e15", " 57.31 ", "57 3106", "NaN()", "Infinity", "1" * 5000, "0" * 60 + "7",
)  # fmt: skip
TEXTS = (
    "=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+1", "-2+3", '"', '""', "'", "</script><script>", "\u202e", "\u200f",
    "\u2028", "\ufeff", "\ufffe", "{0}", "%s%n", "{patient_id}", "../../../etc/passwd", "$(reboot)", "`x`", "[red]",
    "a\nb", "a\r\nb", "a\rb", "\t", "長" * 300, "患者", "é", "e\u0301", "🫀", "a" * 40_000, "NULL", "#REF!", "#N/A",
    "\\N", ";", ",", "|", "\x85", "\x0b", "\x1f", "\x7f", "\u0660", "ﬁ", "İ", "ẞ", "None", "True", "<!--", "]]>",
    "&amp;", "[/]",
)  # fmt: skip
GENERIC = {"today", "Infinity"}
"""What was a cell, and is a word that a message may hold all the same."""

SETTINGS_WRONG = (
    'data_cutoff = "2015"', "data_cutoff = 2009-01-01", "data_cutoff = 0001-01-01", "data_cutoff = 9999-12-31",
    "data_cutoff = 2015-01-01T00:00:00", "data_cutoff = 2015-02-31", "titel = 1", 'access = "secret"', "title = 5",
    f"size = {'9' * 5000}", "size = 1e999", "size = nan", f"deep = {'[' * 3000}{']' * 3000}", '"\\u202e" = 1', "= 1",
    "a.b.c = 1\na.b = 2", "\x00", "title = '''", "calibrated_to = 3", "[clocks]\nOS = 3", "[parameters", "tables = 3",
    "columns = []", "[values]\npatients = 3", "formats = { dates = 3 }", "[nonsense]\nx = 1", "[tables]\nnothing = 'x'",
    *(f"[formats]\ndates = {given}" for given in (
        '"%"', "[]", '["%d.%m.%Y"]', '"serial"', '"%Y-%m-%d %H:%M"', '"%j"', '"%d"', "[1]", '"%Y%m%d"', '"%y-%m-%d"',
        '["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y"]', '"%c"', '"%x"', '"%Y-%m-%d%z"', '"%G-W%V-%u"', '"%Y\\u0000%m%d"',
    )),
    *(f"[formats]\ndecimal = {given}" for given in ('","', '"5"', '""', '"-"', '"e"', '" "', "3", '"\\\\"', '"("')),
    *(f"[formats]\nseparator = {given}" for given in ('";"', '"\\n"', '"é"', '"a"', '"\\""', '" "', "0", '"."')),
    *(f'[formats]\nencoding = "{given}"' for given in (
        "utf-16", "utf-7", "base64", "rot13", "cp932", "idna", "punycode", "undefined", "unicode_escape", "nonsense",
        "zlib", "utf-8\\u0000", "raw_unicode_escape", "hex", "ascii", "utf-32", "cp037", "hz", "iso2022_jp", "mbcs", "",
    )),
    *(f"[formats]\nmissing = {given}" for given in ('"x"', '["female", "localized"]', '[""]', "[3]")),
    *(f"[tables]\npatients = {given}" for given in (
        '"absent.csv"', '"../mine/patients.csv"', '"/etc/passwd"', '"."', '""', '".."', '"a\\u0000b"', f'"{"x" * 300}"',
        '["patients.csv", "patients.csv"]', "[]", "[3]", "[{}]", '"operations.csv"', '"cohort.toml"', '"\\u202e.csv"',
        '"nested/patients.csv"', '"patients.csv/"', '"PATIENTS.CSV"',
    )),
    *(f'[tables.patients]\nfile = "patients.csv"\n{given}' for given in (
        'sheet = "Nowhere"', "header = 0", "header = -1", "header = 99", f"header = {2**70}", "header = true",
        "header = 3", "header = 2", 'age = "absent"', 'age = { constant = "x" }', "age = { constant = 3 }", "sheet = 3",
        'age = { column = "age", when = "absent", is = ["x"] }', 'age = { column = "sex", when = "sex", is = ["x"] }',
        'patient_id = "patient_id"', 'patient_id = "sex"\nresistance_date = "last_contact"', "age = []",
    )),
    '[tables.operations]\nfile = "patients.csv"\npatient_id = "patient_id"\noperation_date = "absent"',
    '[[tables.operations]]\nfile = "patients.csv"\npatient_id = "patient_id"\noperation_date = "last_contact"',
    '[tables]\nadsl = "patients.csv"', '[tables]\nadtte = "patients.csv"', '[tables]\nadtte = "operations.csv"',
    *(f"[columns.patients]\n{given}" for given in (
        '"absent column" = "age"', 'sex = "age"', 'patient_id = "patients"', '"" = "age"', 'age = ["sex", "age"]',
        "age = 3", 'age = []', 'last_contact = "resistance_date"', 'sex = "patient_id"',
    )),
    "[columns.nonsense]\nx = 'y'", "[columns.adsl]\nAGE = 'age'", "[values.patients.sex]\nfemale = 'nothing'",
    "[values.patients.age]\n'' = '1e400'", "[values.patients.nonsense]\nx = 'y'", "[values.patients.sex]\n1 = 2",
    "[values.patients.patient_id]\n'' = ''", "[values.patients.resistance_date]\n'' = 'now'",
)  # fmt: skip


class Case:
    """A folder in the making: tables as rows of text, the header first; `cohort.toml`; and what is done to files then.

    `tokens` are the texts by which a patient's value would be known in a message.
    """

    def __init__(self, seed: int):
        self.rng, self.name = random.Random(seed), "mine"
        self.tokens: set[str] = set()
        self.settings, self.afterwards = subjects.SETTINGS.strip() + "\n", []
        tables = {"patients": self._patients()} | {table: self._long(table) for table in _LONG}
        kept = ["patients", *self.rng.sample(sorted(_LONG), self.rng.choice([1, 2, 3, 3]))]
        self.tables = {table: [list(rows[0]), *map(list, rows[1:])] for table, rows in tables.items() if table in kept}
        if self.rng.random() < 0.15:
            self.tables = self._adam()
        self.kinds = dict.fromkeys(self.tables, ".csv")
        self.typed = self.rng.random() < 0.5

    def word(self) -> str:
        """Return a word that stands nowhere but in a patient's cell."""
        return self.token("".join(self.rng.choices("QXZVKJWBFG", k=12)))

    def token(self, text: str) -> str:
        """Return a text, and remember that it was a patient's."""
        if len(text.strip()) >= 5 and text not in GENERIC:
            self.tokens.add(text.strip())
        return text

    def day(self, start: date, most: int = 300) -> date:
        """Return a day after another one."""
        later = start + timedelta(days=self.rng.randint(1, most))
        self.token(later.isoformat())
        return later

    def number(self) -> str:
        """Return an unusual number of years."""
        return self.token(f"{self.rng.randint(30, 89)}.{self.rng.randint(1111, 9999)}")

    def table(self) -> list[list[str]]:
        """Choose a table."""
        return self.tables[self.rng.choice(sorted(self.tables))]

    def _patients(self) -> list[list]:
        self.dates, rows = {}, [_HEADER]
        for _ in range(self.rng.randint(2, 5)):
            name, start = self.word(), self.day(date(2009, 1, 1))
            resistance = self.day(start)
            died = self.rng.random() < 0.5
            last = self.day(resistance + timedelta(days=900))
            self.dates[name] = resistance, last
            pattern, sex = self.rng.choice(["localized", "generalized"]), self.rng.choice(["female", "male"])
            end = [last, last, self.word()] if died else [last, "", ""]
            row = [name, sex, self.number(), self.word(), start, resistance, 1, 3, pattern, self.word()[:3], *end]
            rows.append(list(map(str, row)))
        return rows

    def _long(self, table: str) -> list[list]:
        rows = [_LONG[table]]
        for name, (resistance, _) in self.dates.items():
            day = self.day(resistance)
            rest = {
                "operations": [day, self.rng.choice(["resistance", "staged"]), self.word(), self.token("31847.53")],
                "exposures": [self.word(), day, self.day(day), self.token("387.2519"), self.word()],
                "assessments": [day, self.rng.choice(["SD", "PR"]), ""],
            }
            rows.append([name, *map(str, rest[table])])
        return rows

    def _adam(self) -> dict[str, list[list]]:
        adsl, adtte = [["USUBJID", "SEX", "AGE", "TRT01A"]], [["USUBJID", "PARAMCD", "AVAL", "AVALU", "CNSR", "ADT"]]
        for name in self.dates:
            adsl.append([name, "F", self.number(), self.word()[:4]])
            adtte.append([name, "OS", self.number(), "months", self.rng.choice("01"), ""])
        return {"adsl": adsl, "adtte": adtte}

    def write(self, place: Path) -> Path:
        """Write the folder, and return it."""
        folder = place / self.name
        folder.mkdir()
        (folder / "cohort.toml").write_bytes(self.settings.encode(errors="surrogatepass"))
        for table, rows in self.tables.items():
            _written(folder, table, rows, self)
        for damage in self.afterwards:
            damage(folder)
        return folder


_HEADER = ["patient_id", "sex", "age", "primary_site", "imatinib_start", "resistance_date", "growing_lesions"]
_HEADER += ["total_lesions", "resistance_pattern", "group", "last_contact", "death_date", "cause_of_death"]
_LONG = {
    "operations": ["patient_id", "operation_date", "indication", "complication", "blood_loss_ml"],
    "exposures": ["patient_id", "drug", "start", "end", "dose_mg_per_day", "stop_reason"],
    "assessments": ["patient_id", "assessment_date", "response", "progression_pattern"],
}


def _written(folder: Path, table: str, rows: list[list[str]], case: Case) -> None:
    """Write a table as its kind of file; as CSV where that kind cannot hold it."""
    try:
        _WRITERS[case.kinds[table]](folder / f"{table}{case.kinds[table]}", rows, case)
    except Exception:
        (folder / f"{table}{case.kinds[table]}").unlink(missing_ok=True)
        _as_csv(folder / f"{table}.csv", rows, case)


def _as_csv(path: Path, rows: list[list[str]], case: Case) -> None:
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",", lineterminator="\n").writerows(rows)


def _typed(text: str, case: Case):
    """Return a cell as a spreadsheet may hold it: a day, a number, or text."""
    for kind in (date.fromisoformat, float) if case.typed else ():
        with contextlib.suppress(ValueError, OverflowError):
            return kind(text)
    return text


def _as_workbook(path: Path, rows: list[list[str]], case: Case) -> None:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    workbook = Workbook()
    for row in rows:
        workbook.active.append([_typed(ILLEGAL_CHARACTERS_RE.sub("", text), case) for text in row])
    workbook.save(path)


def _as_parquet(path: Path, rows: list[list[str]], case: Case) -> None:
    import pyarrow
    from pyarrow import parquet

    columns = list(zip(*([_typed(text, case) for text in row] for row in rows[1:]), strict=True))
    parquet.write_table(pyarrow.table([pyarrow.array(column) for column in columns], rows[0]), path)


def _as_json(path: Path, rows: list[list[str]], case: Case) -> None:
    about = {"datasetJSONVersion": "1.1.0", "columns": [{"name": name, "dataType": "string"} for name in rows[0]]}
    records = [[text if isinstance(typed := _typed(text, case), date) else typed for text in row] for row in rows[1:]]
    whole = [json.dumps(each) for each in (about, *records)] if path.suffix == ".ndjson" else None
    path.write_text("\n".join(whole) if whole else json.dumps(about | {"rows": records}), encoding="utf-8")


def _as_transport(path: Path, rows: list[list[str]], case: Case) -> None:
    import pandas as pd
    import pyreadstat

    pyreadstat.write_xport(pd.DataFrame(rows[1:], columns=rows[0]), path, file_format_version=8)


_WRITERS = {
    ".csv": _as_csv,
    ".tsv": _as_csv,
    ".xlsx": _as_workbook,
    ".parquet": _as_parquet,
    ".json": _as_json,
    ".ndjson": _as_json,
    ".xpt": _as_transport,
}

FILE_NAMES = (
    "PATIENTS.CSV", "patient.csv", "patients (1).csv", "patients.xlsx", "patients.parquet", "patients.json", "patients",
    "patients.xpt", "patients.ods", "~$patients.csv", ".patients.csv", "患者.csv", "patients.ndjson", "adsl.csv",
    "[red]patients.csv", "patient\ns.csv", os.fsdecode(b"patient\xff.csv"), "operations.txt", "adtte.csv",
)  # fmt: skip
FOLDER_NAMES = ("[red]", "a\nb", "患者", "x" * 200, "a'b\"c", " ", "-", "<script>", "lock", "{0}", "mine.")

DAMAGES: dict[str, Callable[[Case], None]] = {}


def damage(function: Callable[[Case], None]) -> Callable[[Case], None]:
    """Enter a way to break a folder."""
    DAMAGES[function.__name__] = function
    return function


def _cells(texts: tuple[str, ...]) -> Callable[[Case], None]:
    def damage(case: Case) -> None:
        for _ in range(case.rng.randint(1, 4)):
            rows = case.table()
            column = case.rng.randrange(max(map(len, rows)) or 1)
            for row in rows[1:]:
                if column < len(row) and case.rng.random() < 0.7:
                    row[column] = case.rng.choice(texts)
                    case.token(row[column]) if texts is not TEXTS else None

    return damage


DAMAGES |= {"odd_dates": _cells(DATES), "odd_numbers": _cells(NUMBERS)}


@damage
def hostile_texts(case: Case) -> None:
    """Put formulas, scripts, marks and long texts into cells, each with a word of the patient's."""
    _cells(tuple(text[: len(text) // 2] + case.word() + text[len(text) // 2 :] for text in TEXTS))(case)


@damage
def hostile_headers(case: Case) -> None:
    """Give columns names that nobody expects."""
    header = case.table()[0]
    for _ in range(case.rng.randint(1, 3)):
        header[case.rng.randrange(len(header))] = case.rng.choice(TEXTS)


@damage
def groups_by_the_dozen(case: Case) -> None:
    """Give every patient a long group of its own, in Japanese at that."""
    for rows in case.tables.values():
        rows[0].append("group")
        for row in rows[1:]:
            row.append(case.rng.choice(["手術群", "長" * 300, "G" * 300]) + case.word())


@damage
def a_column_twice(case: Case) -> None:
    """Repeat a column."""
    rows = case.table()
    column = case.rng.randrange(len(rows[0]))
    for row in rows:
        row.insert(case.rng.randrange(len(row) + 1), row[min(column, len(row) - 1)] if row else "")


@damage
def blank_names(case: Case) -> None:
    """Take away names of columns."""
    header = case.table()[0]
    for place in case.rng.sample(range(len(header)), case.rng.randint(1, len(header))):
        header[place] = case.rng.choice(["", " "])


@damage
def misspelt_names(case: Case) -> None:
    """Misspell the names of columns."""
    header = case.table()[0]
    for place, name in enumerate(header):
        header[place] = case.rng.choice([name, name[1:], name.upper(), f" {name.replace('_', ' ')} ", name[::-1]])


@damage
def no_header(case: Case) -> None:
    """Let the file begin with a patient."""
    del case.table()[0]


@damage
def header_only(case: Case) -> None:
    """Leave nobody."""
    del case.table()[1:]


@damage
def header_again(case: Case) -> None:
    """Repeat the header among the patients."""
    rows = case.table()
    rows.insert(case.rng.randint(1, len(rows)), list(rows[0]) if rows else [])


@damage
def turned(case: Case) -> None:
    """Make columns of rows, so that patients stand in the header."""
    rows = case.table()
    rows[:] = map(list, itertools.zip_longest(*rows, fillvalue=""))


@damage
def hundreds_of_columns(case: Case) -> None:
    """Widen a table beyond any use."""
    rows = case.table()
    if rows and len(rows[0]) < MANY_COLUMNS:
        rows[0] += [f"column {number}" for number in range(MANY_COLUMNS)]


@damage
def ragged_rows(case: Case) -> None:
    """Give some rows too many cells, and some too few."""
    for row in case.table()[1:]:
        row[:] = case.rng.choice([row, row[:2], [*row, case.word()], [*row, "", ""], []])


@damage
def a_column_blank(case: Case) -> None:
    """Record nothing in a column."""
    rows = case.table()
    column = case.rng.randrange(max(map(len, rows), default=1) or 1)
    for row in rows[1:]:
        row[column : column + 1] = [""]


@damage
def a_column_gone(case: Case) -> None:
    """Leave a column out."""
    rows = case.table()
    column = case.rng.randrange(max(map(len, rows), default=1) or 1)
    for row in rows:
        del row[column : column + 1]


@damage
def rows_twice(case: Case) -> None:
    """Repeat rows."""
    rows = case.table()
    rows += [list(row) for row in rows[1:]] * case.rng.randint(1, 3)


@damage
def strangers(case: Case) -> None:
    """Speak of patients whom the cohort does not have."""
    for row in case.table()[1:]:
        row[:1] = [case.word()]


@damage
def dates_out_of_order(case: Case) -> None:
    """Shuffle the dates of a table, so that people are operated on after death."""
    rows = case.table()
    places = [(row, n) for row in rows[1:] for n, text in enumerate(row) if text[:2] == "20"]
    texts = [row[n] for row, n in places]
    case.rng.shuffle(texts)
    for (row, n), text in zip(places, texts, strict=True):
        row[n] = text


@damage
def padded_cells(case: Case) -> None:
    """Pad cells with blanks of many kinds."""
    for row in case.table():
        row[:] = [case.rng.choice([text, f" {text}", f"{text}\u3000", f"\xa0{text} ", f"{text}\u200b"]) for text in row]


@damage
def other_kinds(case: Case) -> None:
    """Keep tables in files of other kinds."""
    for table in case.tables:
        case.kinds[table] = case.rng.choice([".csv", ".tsv", ".parquet", ".json", ".ndjson", ".xpt"])
    if case.rng.random() < 0.4:
        case.kinds[case.rng.choice(sorted(case.tables))] = ".xlsx"


@damage
def settings_wrong(case: Case) -> None:
    """Say something in `cohort.toml` that cannot be used."""
    case.settings += case.rng.choice(SETTINGS_WRONG) + "\n"


@damage
def settings_instead(case: Case) -> None:
    """Say nothing else in `cohort.toml`."""
    case.settings = case.rng.choice(SETTINGS_WRONG) + "\n"


@damage
def settings_broken(case: Case) -> None:
    """Let `cohort.toml` be none."""
    case.afterwards.append(lambda folder: _anything(folder / "cohort.toml", case))


@damage
def a_table_gone(case: Case) -> None:
    """Leave a table out."""
    del case.tables[case.rng.choice(sorted(case.tables))]
    case.tables = case.tables or {"notes": [["note"], [case.word()]]}
    case.kinds = dict.fromkeys(case.tables, ".csv")


def _rewritten(change: Callable[[bytes, Case], bytes]) -> Callable[[Case], None]:
    """Return a damage that rewrites the bytes of a table's file."""

    def damage(case: Case) -> None:
        def rewrite(folder: Path) -> None:
            path = _some_file(folder, case)
            if path:
                path.write_bytes(change(path.read_bytes(), case))

        case.afterwards.append(rewrite)

    return damage


def _some_file(folder: Path, case: Case) -> Path | None:
    """Choose the file of a table."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name != "cohort.toml"]
    return case.rng.choice(files) if files else None


def _mixed(data: bytes, case: Case) -> bytes:
    codecs = ("utf-8", "cp1252", "cp932", "utf-16-le", "euc-jp", "cp500")
    lines = [line + f",{case.rng.choice('é患–ｶ')}" for line in data.decode(errors="replace").splitlines()]
    return b"\n".join(line.encode(case.rng.choice(codecs), errors="replace") for line in lines)


def _recoded(codec: str, mark: bytes = b"", extra: str = "") -> Callable[[bytes, Case], bytes]:
    return lambda data, case: mark + (data.decode(errors="replace") + extra).encode(codec, errors="replace")


def _flipped(data: bytes, case: Case) -> bytes:
    header, end, rest = data.partition(b"\n")
    changed = [bytearray(part) for part in (header, rest) if part]
    for part in case.rng.choices(changed, k=case.rng.randint(1, 20)) if changed else ():
        part[case.rng.randrange(len(part))] = case.rng.randrange(256)
    return end.join(map(bytes, changed))


def _inserted(what: bytes) -> Callable[[bytes, Case], bytes]:
    def insert(data: bytes, case: Case) -> bytes:
        place = case.rng.randint(0, len(data))
        return data[:place] + what + data[place:]

    return insert


DAMAGES |= {
    name: _rewritten(change)
    for name, change in {
        "an_empty_file": lambda data, case: b"",
        "blank_lines": lambda data, case: b"\n \n,,\n" * 3,
        "rubbish": lambda data, case: case.rng.randbytes(3000),
        "nothing_but_nul": lambda data, case: bytes(500),
        "cut_off": lambda data, case: data[: case.rng.randint(0, len(data))],
        "bytes_flipped": _flipped,
        "nul": _inserted(b"\0"),
        "a_lone_quote": _inserted(b'"'),
        "end_of_file": _inserted(b"\x1a"),
        "separators": lambda data, case: data.replace(b",", case.rng.choice([b";", b"\t", b"|", b" ", b";;", b"\x1f"])),
        "decimal_commas": lambda data, case: data.replace(b",", b";").replace(b".", b","),
        "line_ends": lambda data, case: data.replace(b"\n", case.rng.choice([b"\r", b"\r\n", b"\r\r\n", b"\n\r", b""])),
        "marked_utf_8": lambda data, case: b"\xef\xbb\xbf" * case.rng.randint(1, 2) + data,
        "utf_16": _recoded("utf-16"),
        "utf_16_unmarked": _recoded("utf-16-be"),
        "utf_32": _recoded("utf-32"),
        "shift_jis": _recoded("cp932", extra="患者,表示,ｶﾀｶﾅ\n"),
        "latin": _recoded("cp1252", extra="é,ß\n"),
        "ebcdic": _recoded("cp500"),
        "mixed_encodings": _mixed,
        "a_web_page": lambda data, case: b"<!DOCTYPE html><html><body><table><tr><td>" + data + b"</td></tr></html>",
        "an_archive": lambda data, case: b"PK\x03\x04" + data,
        "a_program": lambda data, case: Path(sys.executable).read_bytes()[:20_000],
    }.items()
}  # fmt: skip


PLACES: dict[str, Callable[[Path], None]] = {
    "nothing": lambda path: None,
    "a folder": lambda path: path.mkdir(),
    "a loop of links": lambda path: path.symlink_to(path.name),
    "a link that leads nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to the folder": lambda path: path.symlink_to("."),
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "an empty device": lambda path: path.symlink_to("/dev/null"),
    "rubbish": lambda path: path.write_bytes(random.Random(1).randbytes(2000)),
    "UTF-16": lambda path: path.write_bytes("title = 'x'".encode("utf-16")),
    "a file that may not be read": lambda path: path.touch(mode=0),
}
"""What is in the place of a file, and is none, or not this one."""


def _anything(path: Path, case: Case) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    path.unlink(missing_ok=True)
    PLACES[case.rng.choice(sorted(PLACES))](path)


@damage
def no_file(case: Case) -> None:
    """Put a folder, a loop of links, a pipe or a device where a table should be."""

    def replace(folder: Path) -> None:
        path = _some_file(folder, case)
        _anything(path or folder / "patients.csv", case)

    case.afterwards.append(replace)


@damage
def another_name(case: Case) -> None:
    """Give a file another name."""
    name = case.rng.choice(FILE_NAMES)

    def rename(folder: Path) -> None:
        path = _some_file(folder, case)
        if path:
            path.rename(folder / name)

    case.afterwards.append(rename)


@damage
def a_copy_beside(case: Case) -> None:
    """Keep a table twice."""
    table = case.rng.choice(sorted(case.tables))
    rows = case.tables[table]
    case.afterwards.append(lambda folder: _as_csv(folder / f"{table}.tsv", rows, case))


@damage
def another_folder(case: Case) -> None:
    """Give the folder a name that nobody expects."""
    case.name = case.rng.choice(FOLDER_NAMES)


class Outcome(NamedTuple):
    """What came of one folder: the exit status of each command, all that they said, and the words and data of it."""

    statuses: list
    said: str
    words: str
    told: dict
    folder: Path
    out: Path


def command(*words) -> tuple[object, str, str]:
    """Run a command in this process; return its status, and what it wrote, by whatever way, on its two outputs."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["gistbook", *map(str, words)])
        with _heard(out, err):
            status = _status()
        out.seek(0), err.seek(0)
        return status, out.read(), err.read()


@contextlib.contextmanager
def _heard(out, err) -> Iterator[None]:
    kept = os.dup(1), os.dup(2)
    try:
        os.dup2(out.fileno(), 1), os.dup2(err.fileno(), 2)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield
            out.flush(), err.flush()
    finally:
        for saved, number in zip(kept, (1, 2), strict=True):
            os.dup2(saved, number), os.close(saved)


def _status():
    try:
        cli.main()
    except SystemExit as ended:
        return ended.code or 0
    except BaseException:
        traceback.print_exc()
        return "raised"


def thrown(case: Case, place: Path) -> Outcome:
    """Throw a folder at the commands."""
    folder, out = case.write(place), with_former_book(place / "out")
    out = out if case.name == "mine" else place / "elsewhere"
    told, *others = [command(*words, folder) for words in (["check", "--json"], ["check"], ["build", "--out", out])]
    shown, _, _ = command("check", "--show-values", folder)
    data = json.loads(told[1]) if told[1].strip() else {}
    words = "\n".join(itertools.chain(*(run[1:] for run in others)))
    said = "\n".join([words, *told[1:], json.dumps(data, ensure_ascii=False)])
    return Outcome([told[0], *(run[0] for run in others), shown], said, words, data, folder, out)


def faults(case: Case, found: Outcome) -> list[str]:
    """Return what is wrong with the way in which a folder was received."""
    errors, kept = found.told.get("errors", []), contents(found.out).values()
    wrong = {
        f"statuses {found.statuses}": len(set(found.statuses)) > 1 or found.statuses[0] not in (0, 1),
        "a traceback": "Traceback" in found.said,
        f"values of patients told: {_leaks(case, found.said)}": bool(_leaks(case, found.said)),
        "values of patients beside the book": any(_leaks(case, each.decode(errors="replace")) for each in kept),
        "no error is told, or one of a folder that can be used": (found.statuses[0] == 1) != bool(errors),
        "the former book is not as it was": found.statuses[2] != 0 and not _is_as_it_was(found),
        f"{len(found.words)} characters": len(found.words) > LONGEST_WORDS,
        "an error without table, rule or remedy": not all(_is_whole(error, case, found) for error in errors),
    }
    return [rule for rule, broken in wrong.items() if broken]


def _leaks(case: Case, said: str) -> list[str]:
    return sorted(token for token in case.tokens if token in said)


def _is_as_it_was(found: Outcome) -> bool:
    return is_untouched(found.out) if found.folder.name == "mine" else not (found.out / found.folder.name).exists()


def _is_whole(error: dict, case: Case, found: Outcome) -> bool:
    """Tell whether an error names a table or a file, a rule and a remedy."""
    files = {path.name for path in found.folder.iterdir()} if found.folder.is_dir() else set()
    known = {*INPUTS, "adsl", "cohort.toml", found.folder.name, found.folder.parent.name, *files}
    named = error["table"] in known or (error["table"] and json.dumps(error["table"])[1:-1] in case.settings)
    return bool(named and error["rule"].strip() and error["remedy"].strip())


@pytest.fixture(scope="module", autouse=True)
def light_book(tmp_path_factory) -> Iterator[None]:
    """Make books of one chapter in no time, and read a folder once for all commands; tell how many were thrown."""
    read = intake_folder.check_folder
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("light")
        (place / "package").mkdir()
        patch.setattr(build, "BOOK", book(place / "book", light=LIGHT))
        patch.setattr(freshness, "PACKAGE", place / "package")
        patch.setattr(publish, "publish", no_pages)
        patch.setattr(running, "run", _not_run)
        patch.setattr(intake_folder, "check_folder", _once(read))
        yield
    print(f"\nFolders thrown at check and build, by exit status: {dict(THROWN)}")


def _not_run(chapter: chapters.Chapter, *_):
    """Return a chapter as if it had been run."""
    return nbformat.from_dict(chapter.notebook)


def _once(read: Callable) -> Callable:
    """Return what checks a folder as `read` does, and remembers the last one."""
    last = {}

    def remembered(folder: Path):
        if folder not in last:
            last.clear()
            try:
                last[folder] = read(folder), None
            except Exception as error:
                last[folder] = None, error
        checked, error = last[folder]
        if error:
            raise error
        return checked

    return remembered


def received(case: Case) -> list[str]:
    """Throw a folder, and return what is wrong with how it was received."""
    with TemporaryDirectory() as place:
        found = thrown(case, Path(place))
        THROWN[found.statuses[0]] += 1
        return faults(case, found)


def broken(seed: int, *ways: str) -> Case:
    """Draw a folder and break it in some ways; tables are turned last, when nobody writes into their headers."""
    case = Case(seed)
    for way in sorted(ways, key="turned".__eq__):
        DAMAGES[way](case)
    return case


def drawn(folders: int) -> Callable:
    """Draw so many folders, the same ones each time."""
    return settings(
        max_examples=folders, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )


SEEDS = st.integers(0, 10**6)


@pytest.mark.parametrize("seed", one_of(5, range(5)))
def test_a_folder_that_is_not_broken_is_used(seed, tmp_path):
    assert set(thrown(Case(seed), tmp_path).statuses) == {0}


@pytest.mark.parametrize("way", one_of(6, DAMAGES))
def test_a_folder_that_is_broken_in_one_way_is_told_of_in_words(way):
    assert received(broken(sorted(DAMAGES).index(way), way)) == []


@pytest.mark.whole
@pytest.mark.parametrize("way", DAMAGES)
def test_any_folder_that_is_broken_in_one_way_is_told_of_in_words(way):
    @drawn(EACH)
    @given(seed=SEEDS)
    def throw(seed):
        assert received(broken(seed, way)) == []

    throw()


@pytest.mark.parametrize("folders", [FEW, pytest.param(TOGETHER, marks=pytest.mark.whole)])
def test_a_folder_that_is_broken_in_several_ways_is_told_of_in_words(folders):
    @drawn(folders)
    @given(seed=SEEDS, ways=st.lists(st.sampled_from(sorted(DAMAGES)), min_size=2, max_size=4))
    def throw(seed, ways):
        assert received(broken(seed, *ways)) == []

    throw()


@pytest.mark.parametrize(
    "text", one_of(24, SETTINGS_WRONG), ids=lambda text: text[:30].encode("unicode_escape").decode()
)
def test_whatever_stands_in_cohort_toml_is_used_or_told_of_in_words(text):
    case = Case(1)
    case.settings += text + "\n"

    assert received(case) == []


@pytest.mark.parametrize("file", ["cohort.toml", "patients.csv"])
@pytest.mark.parametrize("place", one_of(4, PLACES))
def test_what_is_no_file_is_told_of_in_words(file, place):
    case = Case(1)
    case.afterwards = [
        lambda folder: (folder / file).unlink(missing_ok=True),
        lambda folder: PLACES[place](folder / file),
    ]

    assert received(case) == []


@pytest.mark.parametrize("name", one_of(3, FILE_NAMES), ids=lambda name: name.encode(errors="surrogateescape").hex())
def test_whatever_a_file_is_named_is_used_or_told_of_in_words(name):
    case = Case(1)
    case.afterwards = [lambda folder: (folder / "patients.csv").rename(folder / name)]

    assert received(case) == []


def test_a_terminal_without_an_alphabet_is_told_all_the_same(tmp_path):
    folder = subjects.folder(tmp_path / "患者", patients="patient_id,resistance_date,患者\na,soon,b")
    plain = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, "check", folder], env=plain, capture_output=True, check=False
    )

    assert ended.returncode == 1
    assert b"column resistance_date, row 2: not a date" in ended.stdout
    assert b"Traceback" not in ended.stderr


MEASURED = """
import atexit, pathlib, sys
from gistbook import cli
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: sys.stderr.write(status.read_text() if status.exists() else ""))
cli.main()
"""
"""Runs a command, and tells in the end what it took."""

MOST_MEMORY = 1.5e9
MILLION, MANY = 1_000_000, 20_000


@pytest.fixture(scope="module", params=[MANY, pytest.param(MILLION, marks=pytest.mark.whole)])
def of_a_million(request, tmp_path_factory) -> SimpleNamespace:
    """Check a folder of many patients, a million in a whole run, with mistakes in the row of each."""
    folder = subjects.folder(tmp_path_factory.mktemp("million"))
    with (folder / "patients.csv").open("w", encoding="utf-8") as file:
        file.write("patient_id,sex,age,resistance_date,growing_lesions,total_lesions,group,last_contact,death_date\n")
        for n in range(request.param):
            file.write(f"QXZV{n % (request.param - 1000)},W{n},-{n % 90}.7351,31/02/2015,5,{n % 5},")
            file.write(f"KJWB{n % 5000},{45123 + n % 3000},2015-13-{n % 40}\n")
    command = [sys.executable, "-c", MEASURED, "check", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return SimpleNamespace(many=request.param, **vars(ended))


def test_a_million_rows_with_mistakes_are_told_of_in_one_screen(of_a_million):
    assert of_a_million.returncode == 1
    assert len(of_a_million.stdout.splitlines()) <= 40
    assert f"and {of_a_million.many - 10} more" in of_a_million.stdout


def test_no_value_of_a_million_patients_is_told(of_a_million):
    assert [token for token in ("QXZV", "KJWB", "7351", "31/02", "45123", "-13-") if token in of_a_million.stdout] == []


def test_a_million_rows_are_checked_in_bounded_memory(of_a_million):
    peak = re.search(r"VmHWM:\s+(\d+) kB", of_a_million.stderr)
    if not peak:
        pytest.skip("NOT CHECKED: how much memory a million rows take, since this system does not tell.")
    assert int(peak[1]) * 1024 < MOST_MEMORY
