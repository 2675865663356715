"""Cohorts whose codes look like counts, identifiers or words of the book get their book all the same."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from gistbook import build
from gistbook.book import audit, tracing
from gistbook.book.audit import gate, plain
from gistbook.book.audit.parsing import Source, is_sourced
from support import books, sharing, subjects
from support.chapters import BRIEF

SECRET = 'title = "{title}"\naccess = "confidential"\n'
SIXTY = range(1, 61)

GROUPS = {
    "groups 0 and 1": ("0", "1"),
    "groups 1 and 2": ("1", "2"),
    "groups 1, 2 and 5": ("1", "2", "5"),
    "groups of weeks": ("7 of 12 weeks", "12 of 12 weeks"),
    "groups of risk": ("2 at risk", "3 at risk"),
    "groups of years": ("2010", "2011"),
    "groups of stages": ("IIIa", "IVb"),
    "groups of doses": ("400 mg", "800 mg"),
    "groups of events": ("1 event / 2 patients", "2 events / 2 patients"),
    "groups of words of the book": ("Group", "Estimate"),
    "groups of yes and no": ("yes", "no"),
}
IDENTIFIERS = {
    "GIST-1 to GIST-60": "GIST-{}",
    "numbers": "{}",
    "numbers with noughts": "{:03}",
    "numbers of a year": "2011-{:02}",
    "numbers of a year, turned round": "{:02}-2011",
    "numbers of five digits": "{:05}",
    "letters and numbers": "P{}",
    "letters and numbers of a centre": "S01-{:03}",
    "words of the theme": "white{}",
    "figures": "Figure {}",
    "tables": "table{}",
    "items": "item-{}",
    "numbers of a line": "line{}",
    "exons": "exon {}",
}
SITES = {
    "an identifier that is a site": ("stomach", "stomach"),
    "an identifier that is a word": ("survival", "stomach"),
    "levels of lobes": ("p1", "2 of 3 lobes"),
    "levels that are numbers": ("p1", "2"),
    "levels like dates": ("p1", "2011-04"),
}
TITLES = ("Registry, part 1 of 2", "7 of 12 hospitals", "GIST-1", "2 at risk, 3 events / 4 patients", "Ward 2011-04")


def cohort(
    place: Path, names: tuple = ("P{}",), groups: tuple = ("A", "B"), site: tuple = ("", "stomach"), title: str = "Ours"
) -> Path:
    """Write a confidential folder, of sixty patients a way to name them: how they, their groups, a site are called."""
    rows, events = ["patient_id,sex,age,group,primary_site,resistance_date,last_contact,death_date"], []
    for n, named in enumerate((name.format(number) for name in names for number in SIXTY), 1):
        who = site[0] if site[0] and n == 1 else named
        group, where = groups[n % len(groups)], site[1] if n % 2 else "rectum"
        last = f"{2012 + n % 5}-0{1 + n % 9}-1{n % 10}"
        dates = f"2010-0{1 + n % 9}-0{1 + n % 8},{last},{last if n % 3 else ''}"
        rows.append(f"{who},{('female', 'male')[n % 2]},{40 + n % 30},{group},{where},{dates}")
        events.append(f"{who},2011-0{1 + n % 9}-01,{'PD' if n % 2 else 'SD'}")
    assessments = "\n".join(["patient_id,assessment_date,response", *events])
    settings = SECRET.format(title=title) + 'data_cutoff = 2019-12-31\n[parameters]\norigin = "resistance"\n'
    return subjects.folder(place, settings, patients="\n".join(rows), assessments=assessments)


INNOCENTS = {
    **{name: {"groups": groups} for name, groups in GROUPS.items()},
    **{f"identifiers: {name}": {"names": (form,)} for name, form in IDENTIFIERS.items()},
    **{name: {"site": site} for name, site in SITES.items()},
    **{f"title: {title}": {"title": title} for title in TITLES},
}
CHAPTERS = ("baseline", "participants", "overall_survival")


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """Write a book of three chapters of ours: a table, a flow and curves."""
    texts = {slug: (build.BOOK / "chapters" / f"{slug}.md").read_text(encoding="utf-8") for slug in CHAPTERS}
    return books.book(tmp_path_factory.mktemp("source") / "book", **texts)


def of_chapters(folder: Path, source: Path) -> SimpleNamespace:
    """Return what the chapters of a folder release, run without pages, and what must not be in it."""
    from gistbook.book import chapters, downloads
    from gistbook.book import run as running
    from gistbook.handover import Handover
    from gistbook.intake.cohort import to_bytes

    told = build.load_cohort(folder)
    place, values = folder.parent / "html", {}
    for each in (place, folder.parent / "notebooks"):
        each.mkdir()
    for slug in CHAPTERS:
        chapter = chapters.for_cohort(
            chapters.read_chapter(source / "chapters" / f"{slug}.md"), {told.access, "coarsened", "gist"}
        )
        given = {"policy": told.policy.name, "cohort_dir": "../data/mine", "origin": "resistance"}
        notebook = running.run(chapter, given, Handover(cohort_dir="../data/mine", cohort=to_bytes(told)))
        running.write(notebook, folder.parent / "notebooks" / f"{slug}.ipynb")
        values[slug] = running.pasted(folder.parent / "notebooks" / f"{slug}.ipynb")
    data = downloads.Data(told.title, told.access, told.policy.short, told.policy.note)
    for draw in downloads.offer(place, folder.parent / "notebooks", values, data):
        draw()
    return SimpleNamespace(html=place, known=gate.known(told, folder, place, source))


@pytest.mark.parametrize("name", sharing.one_of(15, INNOCENTS))
def test_what_an_innocent_cohort_releases_is_no_leak(source, tmp_path, name):
    mine = of_chapters(cohort(tmp_path / "mine", **INNOCENTS[name]), source)

    assert [str(leak) for leak in audit.audit(mine.html, mine.known)] == []


def test_a_book_is_innocent_whatever_dates_its_cohort_has(bundled_book):
    folder, html = build.BOOK / "data" / "wada2021", bundled_book / "html"
    told = build.load_cohort(folder)
    every = frozenset(date(1985, 1, 1) + timedelta(days=n) for n in range(13_000)) - {told.data_cutoff}
    known = gate.known(told, folder, html, build.BOOK)._replace(dates=every)

    assert [str(leak) for leak in audit.audit(html, known)] == []


FIRST = audit.Known(
    dates=frozenset({date(2000, 1, 1), date(2000, 11, 12)}), identifiers=frozenset({"2000111", "12-345"})
)


@pytest.mark.parametrize(
    ("rows", "rules"),
    [
        ("S-group 1.0 1.0 0 x", set()),
        ("S-group 0 1.0 1.0 1.0 0.95; S-group 30 1.0 1.0 1.0 0.95", set()),
        ("S-group 2000 11 12; S-group 1977 10 3; S-group 1964 8 8", set()),
        ("S-group 2000 111 4; S-group 1885 90 3; S-group 1792 80 6", set()),
        ("S-group 2000 11 12; S-group 2000 11 12; S-group 1964 8 8", {audit.DATE}),
        ("S-group 12 345 6; S-group 11 340 2; S-group 9 338 7", set()),
        ("2000 111; 2000 111; 1 2", {audit.IDENTIFIER}),
        ("12 345; 12 345; 1 2", {audit.IDENTIFIER}),
        ("12- 345; 1 2; 3 4", {audit.IDENTIFIER}),
        ("S-group 1.1. 2000; x y z; x y z", {audit.DATE}),
        ("2000 -01- 01; 1 2 3; 1 2 3", {audit.DATE}),
        ("01.01 .2000; 1 2; 1 2", {audit.DATE}),
        ("2000 01 01; 1 2 3; 1 2 3", {audit.DATE}),
    ],
)
def test_cells_side_by_side_are_a_date_only_if_they_are_neither_estimates_nor_counts(rows, rules):
    cells = [tuple(row.split()) for row in rows.split("; ")]

    assert {*plain.of_rows(tuple("abcdef"[: len(cells[0])]), cells, plain.Sought(FIRST, ""))} == rules


TOGETHER = {
    "names": ("P{}", IDENTIFIERS["GIST-1 to GIST-60"]),
    "groups": GROUPS["groups 1, 2 and 5"],
    "site": SITES["an identifier that is a site"],
}
"""Several innocent ways at once: whatever is mistaken for a leak in a book of one of them is so in that of all."""


@pytest.mark.whole
def test_an_innocent_cohort_gets_its_whole_book(tmp_path):
    folder = cohort(tmp_path / "mine", **TOGETHER)
    run = build.build(books.planned(folder, BRIEF), tmp_path / "out")

    assert gate.audit_book(run.folder / "html", folder, build.BOOK) == []


@pytest.mark.parametrize("row", [(), ("",), ("1",)])
def test_a_row_of_no_cells_or_of_one_is_read(row):
    assert [*plain.of_rows(("a",), [row], plain.Sought(FIRST, ""))] == []


def test_cells_side_by_side_are_an_identifier_only_where_each_is_a_part_of_it(source, tmp_path):
    told = build.load_cohort(cohort(tmp_path / "mine", ("NCC-04{:03}",)))
    sought = plain.Sought(gate.known(told, tmp_path / "mine", tmp_path, source), "")

    assert [*plain.of_rows(("a", "b", "c"), [("x", "NCC-04", "001")], sought)] == [audit.IDENTIFIER]
    assert [*plain.of_rows(("a", "b", "c"), [("of NCC", "04", "0017e-19")], sought)] == []


@pytest.mark.parametrize(
    ("rows", "is_told"),
    [
        ("n 14 50; events 6 20; censored 8 30", False),
        ("n 14 50; n 14 50; events 6 20", True),
        ("n 14 50", True),
        ("n 1450 7; events 6 20; censored 8 30", True),
        ("n 14 50; k 14 51; censored 8 30", True),
        ("n- 14 50; events 6 20; censored 8 30", True),
    ],
)
def test_a_word_of_the_book_and_counts_are_an_identifier_only_where_most_rows_have_one(rows, is_told):
    sought = plain.Sought(audit.Known(identifiers=frozenset({"N1450", "K1451"})), "n events censored")
    cells = [tuple(row.split()) for row in rows.split("; ")]

    assert {*plain.of_rows(("a", "b", "c"), cells, sought)} == ({audit.IDENTIFIER} if is_told else set())


@pytest.mark.parametrize("size", [{}, {"n": 15, "events": 3}])
def test_the_group_of_a_number_may_be_called_by_a_number(size):
    record = {"phrase": "1 withheld by the disclosure policy", "measure": "withheld", "group": "1", **size}
    book = tracing.Book([], {"light": "Light"}, {"light": {"size": record}}, {})
    source = Source(tracing.words_of("size", "light", book))

    assert is_sourced(f"this cohort, {tracing.of_group(record)}", [source])
    assert not is_sourced("this cohort, group 2", [source])


def test_what_is_no_word_of_the_book_is_sought_all_the_same(source, tmp_path):
    told = build.load_cohort(cohort(tmp_path / "mine", ("NCC-04{:03}",)))
    known = gate.known(told, tmp_path / "mine", tmp_path, source)

    assert [rule.says for rule in plain.broken("Group NCC-04001", plain.Sought(known, ""))] == [
        "an identifier of a patient"
    ]


def test_a_running_number_may_be_a_count_of_so_many_patients_and_a_larger_one_is_none():
    sought = plain.Sought(audit.Known(identifiers=frozenset(map(str, [*range(1, 12_000), 54_321]))), "")

    assert [*plain.broken("11532 at risk; 10001, 10002, 10003", sought)] == []
    assert [*plain.broken("patient 54321", sought)] == [audit.IDENTIFIER]
