"""Whoever has the whole book, knows the policy and the size of each group still finds no patient's number or day.

What a policy does not promise is measured with `-s`; `data/README.md` has the figures and the command.
"""

import itertools
import random
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import attacker
from gistbook import build
from gistbook.analysis import disclosure, endpoints, lifetable
from gistbook.book.audit import gate
from gistbook.conventions import days
from support import subjects
from support.books import book, planned
from support.cohorts import PANCREATIC, SHEET

FEWEST = 3
BUNDLED = build.BOOK / "data" / "wada2021"
CHAPTERS = ("participants", "baseline", "progression_free_survival", "overall_survival")
WITH_OPERATIONS = (*CHAPTERS, "surgery", "imatinib_continuation")
ENDPOINTS = {
    "progression_free_survival-pfs_curve": endpoints.derive_pfs,
    "overall_survival-os_curve": endpoints.derive_os,
    "imatinib_continuation-imcont_curve": lambda cohort, _: endpoints.derive_imcont(cohort),
}
DRAWN = 'title = "Drawn patients"\naccess = "confidential"\ndata_cutoff = 2019-12-31\n'
ROLES = re.compile(r"\{(?:cite(?::\w+)?|doc|ref)\}`([^`]*)`")

BOOKS = {
    "bundled": ("midpoint6", WITH_OPERATIONS),
    "pancreatic": ("midpoint6", CHAPTERS),
    "12 patients": ("midpoint6", CHAPTERS),
    "37 patients": ("threshold5", WITH_OPERATIONS),
    "400 patients": ("midpoint6", CHAPTERS),
    "400 patients, merged": ("threshold10", CHAPTERS),
    "20000 patients": ("midpoint6", CHAPTERS),
}
FIRST = ("bundled",)
"""The cohort that is attacked in every run; the others are as well where the whole is asked for."""

EACH = [name if name in FIRST else pytest.param(name, marks=pytest.mark.whole) for name in BOOKS]
ROUNDED, MERGED = (
    [each for name, each in zip(BOOKS, EACH, strict=True) if (BOOKS[name][0] == "midpoint6") == rounds]
    for rounds in (True, False)
)


# Cohorts and their books


def drawn(place: Path, patients: int) -> Path:
    """Write a confidential cohort of so many patients, all operated or not, with about a third censored."""
    rng, tables = random.Random(patients), {"patients": [], "operations": [], "assessments": []}
    for number in range(patients):
        zero, follow = date(2008, 1, 1) + timedelta(rng.randrange(2000)), 1 + int(rng.expovariate(1 / 1200))
        seen = min(zero + timedelta(follow), date(2019, 12, 31))
        dead, progression = rng.random() < 0.65, zero + timedelta(1 + int(rng.expovariate(1 / 500)))
        sex, site = rng.choice(["female", "male"]), rng.choice(["stomach", "small bowel", "duodenum"])
        surgical = rng.random() < 0.5
        pattern = "localized" if surgical else "generalized"
        tables["patients"].append(
            [f"P{number:06}", sex, rng.randint(30, 85), site, zero, pattern, seen, seen if dead else ""]
        )
        if surgical:
            tables["operations"].append([f"P{number:06}", zero, "resistance", "resection", rng.choice(["R0", "R1"])])
        if progression < seen:
            tables["assessments"].append([f"P{number:06}", progression, "PD"])
        tables["assessments"].append([f"P{number:06}", seen, "SD" if progression >= seen else "PD"])
    heads = {
        "patients": "patient_id,sex,age,primary_site,resistance_date,resistance_pattern,last_contact,death_date",
        "operations": "patient_id,operation_date,indication,procedure,resection_all",
        "assessments": "patient_id,assessment_date,response",
    }
    texts = {
        name: "\n".join([heads[name], *(",".join(map(str, row)) for row in rows)]) for name, rows in tables.items()
    }
    return subjects.folder(place, DRAWN, **texts)


def folder_of(name: str, place: Path) -> Path:
    """Write the folder of a cohort, declared confidential."""
    if name == "bundled":
        shutil.copytree(BUNDLED, place)
        settings = place / "cohort.toml"
        told = settings.read_text(encoding="utf-8").replace('access = "synthetic"', 'access = "confidential"')
        settings.write_text(told, encoding="utf-8")
        return place
    if name == "pancreatic":
        if not SHEET.exists():
            pytest.skip("NOT CHECKED: ../shared/cohorts is absent")
        return subjects.folder(place, PANCREATIC.replace('"public"', '"confidential"'))
    return drawn(place, int(name.split()[0]))


def book_of(place: Path, chapters: tuple) -> Path:
    """Write a book of some of the real chapters, without references to the others."""
    texts = {slug: (build.BOOK / "chapters" / f"{slug}.md").read_text(encoding="utf-8") for slug in chapters}
    return book(place, **{slug: ROLES.sub(r"\1", text) for slug, text in texts.items()})


def made(folder: Path, policy: str, chapters: tuple, place: Path) -> SimpleNamespace:
    """Make a book of a folder under a policy."""
    book = book_of(place / "book", chapters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BOOK", book)
        run = build.build(planned(folder, {"policy": policy}), place / "out")
    cohort = build.load_cohort(folder, policy)
    origin = "first_operation" if cohort.operations is not None else "resistance"
    there = [slug for slug in chapters if slug not in build.absent(cohort)]
    about = {"cohort": cohort, "origin": origin, "chapters": there, "folder": folder, "source": book}
    return SimpleNamespace(html=run.folder / "html", **about)


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Return what makes the book of a cohort by its name, once."""
    known = {}

    def get(name: str) -> SimpleNamespace:
        if name not in known:
            place, (policy, chapters) = tmp_path_factory.mktemp("attacked"), BOOKS[name]
            known[name] = made(folder_of(name, place / "mine"), policy, chapters, place)
        return known[name]

    return get


def truth(book: SimpleNamespace, name: str) -> pd.DataFrame:
    """Return the exact counts of an endpoint, on the grid: one row per group and edge, a column for each kind."""
    counts = lifetable.count(ENDPOINTS[name](book.cohort, book.origin))
    grid = days(book.cohort.policy.grid_months)
    edge = (counts["exit"] / grid - attacker.ENDED).clip(lower=0).astype(int) + 1
    return counts.assign(edge=edge).pivot_table(
        index=["group", "edge"], columns="kind", values="count", aggfunc="sum", fill_value=0
    )


def tables_of(book: SimpleNamespace):
    """Yield the curves that a book offers: endpoint, group, its rows in the order of time, and its true counts."""
    for name, rows in attacker.curves(book.html).items():
        if name in ENDPOINTS:
            exact = truth(book, name)
            for group, of_group in itertools.groupby(rows, key=lambda row: row["group"]):
                shown = [row for row in of_group if row["survival"] != "NA"]
                if shown:
                    yield name, group, shown, exact.loc[group]


def on_the_grid(rows: list[dict], book: SimpleNamespace, truth: pd.DataFrame) -> tuple[dict, dict]:
    """Return printed and true cumulative counts at every edge of the grid up to the last that is printed."""
    grid = days(book.cohort.policy.grid_months)
    edges = range(1, round(float(rows[-1]["time"]) / grid) + 1)
    printed, true = {}, {}
    for kind, named in (("events", "event"), ("censored", "censored")):
        step = {round(float(row["time"]) / grid): int(row[kind]) for row in rows}
        if kind == "censored" and not book.cohort.policy.minimum:
            step[edges[-1]] -= int(rows[-1]["at_risk"])
        printed[kind] = list(itertools.accumulate(step.get(edge, 0) for edge in edges))
        each = truth[named] if named in truth else pd.Series(dtype=int)
        true[kind] = [int(each[each.index <= edge].sum()) for edge in edges]
    return printed, true


def is_on_grid(month: float, grid: int, near: float) -> bool:
    return abs(month - round(month / grid) * grid) <= near


# What is promised


@pytest.mark.parametrize("name", EACH)
def test_no_curve_turns_on_a_patients_day(books, name):
    book = books(name)
    grid = book.cohort.policy.grid_months
    times = [float(row["time"]) for rows in attacker.curves(book.html).values() for row in rows]

    assert all(is_on_grid(time / attacker.MONTH, grid, attacker.ENDED) for time in times)
    for chapter in book.chapters:
        for figure in attacker.drawings(attacker.page(book.html, chapter)):
            for lines in figure.groups.values():
                corners = [month for month, _ in lines.points] + lines.marks
                assert all(is_on_grid(month, grid, figure.near) for month in corners), chapter


@pytest.mark.parametrize("name", ROUNDED)
def test_every_rounded_count_of_a_curve_keeps_three_true_values(books, name):
    book = books(name)
    for endpoint, group, rows, true in tables_of(book):
        printed, exact = on_the_grid(rows, book, true)
        found = attacker.possible_times(printed, int(true.to_numpy().sum()))
        for kind, counts in printed.items():
            assert min(map(len, found[kind]), default=0) >= FEWEST, (endpoint, group, kind, counts)
            assert all(value in values for values, value in zip(found[kind], exact[kind], strict=True)), "unsound"


@pytest.mark.parametrize("name", ["bundled", pytest.param("400 patients", marks=pytest.mark.whole)])
def test_there_are_curves_to_attack(books, name):
    assert len(list(tables_of(books(name)))) > 0


@pytest.mark.whole
def test_endpoints_in_which_nobody_is_censored_are_printed_as_if_some_were(books):
    for _, _, rows, true in tables_of(books("pancreatic")):
        assert "censored" not in true or not true["censored"].any()
        assert int(rows[1]["censored"]) >= attacker.said(0)


def sizes_of(book: SimpleNamespace) -> dict[str, int]:
    """Return what anybody may know: how many patients each group has, and how many operations there were."""
    group = book.cohort.adsl["TRT01A"]
    sizes = group.value_counts().to_dict() | {"All": int(group.notna().sum()), "everybody": len(group)}
    if book.cohort.operations is not None:
        sizes["operations"] = len(book.cohort.operations)
    return sizes


NOTHING_TO_TABULATE = ("pancreatic", "12 patients")
"""The first records no characteristic, and of the other each group is too small to have a column."""


@pytest.mark.parametrize("name", ROUNDED)
def test_every_rounded_count_of_a_table_keeps_three_true_values(books, name):
    book = books(name)
    sizes, tried = sizes_of(book), 0
    for each in attacker.breakdowns(attacker.page(book.html, "baseline")):
        size, levels = sizes[each.column], {k: n for k, n in each.counts.items() if k != "missing"}
        if not each.hidden and each.sizes == {sum(levels.values())}:
            found = attacker.possible_parts(list(each.counts.values()), size)
        else:
            found = [set(attacker.alike(count, size)) for count in each.counts.values()]
        kept = [len(values) for values in found]
        assert min(kept, default=FEWEST) >= FEWEST, (each.item, each.column)
        tried += len(kept)
    assert tried > 0 or name in NOTHING_TO_TABULATE


@pytest.mark.parametrize("name", ROUNDED)
def test_every_rounded_part_in_a_sentence_or_cell_keeps_three_true_values(books, name):
    book = books(name)
    for chapter in book.chapters:
        for count, size in attacker.parts(attacker.page(book.html, chapter)):
            smallest = book.cohort.policy.smallest  # of a smaller group nothing is printed
            known = [true for true in sizes_of(book).values() if true >= smallest and attacker.said(true) == size]
            kept = [len(attacker.alike(count, true)) for true in known]
            assert count == 0 or min(kept, default=FEWEST) >= FEWEST, (chapter, count, size)


@pytest.mark.parametrize("name", MERGED)
def test_under_a_threshold_no_count_of_a_curve_is_below_it(books, name):
    book = books(name)
    minimum, seen = book.cohort.policy.minimum, 0
    for endpoint, group, rows, true in tables_of(book):
        small = [
            (row["time"], kind)
            for row in rows
            for kind in ("events", "censored", "at_risk")
            if 0 < int(row[kind]) < minimum
        ]
        assert small == [], (endpoint, group)
        assert sum(int(row["events"]) + int(row["censored"]) for row in rows) == true.to_numpy().sum()
        seen += len(rows)
    assert seen > 0


@pytest.mark.parametrize("name", MERGED)
def test_under_a_threshold_what_happened_within_a_merged_interval_keeps_three_values(books, name):
    book = books(name)
    minimum = book.cohort.policy.minimum
    for endpoint, group, rows, _ in tables_of(book):
        for row in rows:
            events, censored = int(row["events"]), int(row["censored"])
            possible = {
                first
                for first in range(events + 1)
                for left in range(censored + 1)
                if first < minimum or 0 < left < minimum
            }
            assert not events or len(possible) >= FEWEST, (endpoint, group)


@pytest.mark.parametrize("name", MERGED)
def test_under_a_threshold_no_count_of_a_table_is_below_it_and_none_follows(books, name):
    book = books(name)
    minimum, tried = book.cohort.policy.minimum, 0
    for chapter in set(book.chapters) & {"baseline", "surgery"}:
        for each in attacker.breakdowns(attacker.page(book.html, chapter)):
            assert all(count == 0 or count >= minimum for count in each.counts.values()), each
            tried += len(each.counts)
            if each.hidden and each.column in sizes_of(book):
                rest = sizes_of(book)[each.column] - sum(each.counts.values())
                ways = {hidden for hidden in range(rest + 1) if len(each.hidden) > 1 or hidden == rest}
                assert not each.counts or len(ways) >= FEWEST, each
    assert tried > 0


@pytest.mark.parametrize("name", EACH)
def test_the_audit_finds_nothing_in_what_a_policy_lets_be_printed(books, name):
    book = books(name)

    assert [str(leak) for leak in gate.audit_book(book.html, book.folder, book.source)] == []


# The same attack where numbers are exact


@pytest.mark.whole
def test_of_exact_numbers_the_same_attack_finds_the_risk_set_at_nearly_every_event(bundled_book):
    found = [
        len(values)
        for slug in ("progression_free_survival", "overall_survival")
        for figure in attacker.drawings(attacker.page(bundled_book / "html", slug))[:1]
        for lines in figure.groups.values()
        for values in attacker.risk_sets(lines, (figure.near, figure.near_height))
    ]
    unique = sum(count == 1 for count in found)
    print(f"\nexact curves as drawn: the risk set is found at {unique} of {len(found)} event times")

    assert len(found) > 10
    assert unique / len(found) >= 0.9


# What is not promised


def released(counts: pd.DataFrame, policy) -> dict[tuple, list[int]]:
    """Return what a release prints of one endpoint: cumulative counts at each edge of 20 years; nothing if withheld."""
    safe = disclosure.protect(counts, policy).query("high > 0 or kind == 'withheld'")
    edge = (safe["exit"] / days(policy.grid_months)).round()
    withheld = set(safe.loc[safe["kind"] == "withheld", "group"])
    return {
        (group, kind): [
            int(rows.loc[(edge[rows.index] <= e) & (rows["kind"].str[:5] == kind[:5]), "count"].sum())
            for e in range(1, 41)
        ]
        for group, rows in safe.groupby("group")
        if group not in withheld
        for kind in ("events", "censored")
    }


@pytest.mark.whole
def test_two_releases_that_differ_by_a_patient_are_measured(tmp_path):
    cohort, found = build.load_cohort(drawn(tmp_path / "drawn", 100), "midpoint6"), []
    for derive in (endpoints.derive_pfs, endpoints.derive_os):
        adtte = derive(cohort, "first_operation")
        whole = released(lifetable.count(adtte), cohort.policy)
        for left_out in adtte.index:
            less = released(lifetable.count(adtte.drop(index=left_out)), cohort.policy)
            found.append(told_apart(whole, less))
    changed, unique = ([each[which] for each in found] for which in (0, 1))
    telling = [many for many in unique if many]
    print(
        f"\n100 drawn patients, two releases, one without a patient: {sum(changed)} of {len(found)} pairs differ; "
        f"in {len(telling)} some count has one possible value, at most {max(telling, default=0)} counts along the grid"
    )

    assert 0 < sum(changed) <= len(found)
    assert all(differs or not many for differs, many in found)


def told_apart(whole: dict, less: dict) -> tuple[bool, int]:
    """Return what two releases, the second without one patient, tell beyond one of them.

    That is whether they differ, and of how many counts along the grid, each as large in both or one less in the second,
    only one value is possible.
    """
    pairs = [pair for key in whole.keys() & less.keys() for pair in zip(whole[key], less[key], strict=True) if pair[0]]
    ways = [
        {
            value
            for value in attacker.alike(first, attacker.MANY)
            for gone in (0, 1)
            if attacker.said(value - gone) == second
        }
        for first, second in pairs
    ]
    return whole != less, sum(len(values) == 1 for values in ways)
