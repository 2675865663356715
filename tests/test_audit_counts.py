"""The audit finds counts and curves that the disclosure policy of a book forbids, wherever they are; and no others."""

import functools
import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import disclosure, estimates
from gistbook.book import audit
from gistbook.book.audit import counts, gate, plain, released
from gistbook.book.tracing import HEADINGS
from gistbook.conventions import days
from gistbook.display import figures, tables
from gistbook.display.outputs import inlined, picture
from support import small, spoiling, subjects
from support.sharing import one_of_named
from support.spoiling import NOTEBOOK, PAGE, data, notebook, spoil, whole, within

POLICY, FIVE = (disclosure.choose(name, "confidential") for name in ("midpoint6", "threshold5"))
NOTE = "Disclosure-controlled under policy midpoint6, version 1."
OTHERS = "chapters/your_cohort.html"

DAYS = "A 0 {} 1\nA 0 {} 1\nA 0 {} 0\nA 0 {} 1\nA 0 {} 0"
"""Five patients, each with a day."""


def drawn(*times: float) -> str:
    """Return a figure of survival of five patients, drawn as chapters draw it."""
    told = subjects.counts(DAYS.format(*times))
    told = told.assign(count=3 * told["count"])
    curve = estimates.survival(told)
    at_risk = estimates.number_at_risk(told, days([0, 12, 24]))
    return inlined(figures.survival_curve(curve, at_risk, "x", "Survival").html)


SAFE = drawn(*days(pd.Series([6, 6, 12, 12, 18.0])))
EXACT, MARK = drawn(200, 330, 365.25, 500, 547.875), drawn(182.625, 182.625, 300, 365.25, 547.875)
NUMBERS = ("<details", "</details>")


def part(figure: str, ends: tuple[str, str]) -> str:
    """Return a part of a figure, such as its numbers."""
    return figure[figure.index(ends[0]) : figure.index(ends[1]) + len(ends[1])]


def with_part(other: str, ends: tuple[str, str]) -> str:
    """Return the figure that is coarse with a part of another."""
    return SAFE.replace(part(SAFE, ends), part(other, ends))


RISING = pd.DataFrame({"group": "A", "time": [0.0, 200.0, 365.25], "estimate": [0.0, 0.1, 0.2]})
AT_RISK = pd.DataFrame({"group": "A", "time": [0.0, 365.25], "at_risk": [15, 9]})
RISEN = inlined(figures.step_curve(RISING.assign(lower=RISING["estimate"], upper=0.5), AT_RISK, "x", "Died").html)
RISK = SAFE.replace(">15<", ">17<").replace("15 at risk", "18 at risk")
LABEL = SAFE.replace("15 at risk", "17 at risk")
SVG = EXACT[EXACT.index("<svg") : EXACT.index("</svg>") + 6]


def table(*rows: tuple, head: tuple = ("Item", "Level", "Number"), note: str = NOTE) -> str:
    """Return a table of a page, with the note of a policy under it."""
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    names = "".join(f"<th>{name}</th>" for name in head)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><caption>Counts. {note}</caption><tr>{names}</tr>{body}</table>"


def flow(recorded, left, analysed, groups=()) -> str:
    """Return a flow of patients."""
    inner = "".join(f"<li><span>Group <strong>{n}</strong></span></li>" for n in groups)
    steps = f"<li><span>Left <strong>{left}</strong></span></li>"
    steps += f"<li><span>Analysed <strong>{analysed}</strong></span><ul>{inner}</ul></li>"
    top = f"<li><span>Recorded <strong>{recorded}</strong></span><ul>{steps}</ul></li>"
    return f'<div class="gb-flow"><ul>{top}</ul></div>'


def lines(*rows: str, head: str = "group,time,survival,at_risk,events,censored") -> str:
    """Return the numbers of a figure as they are offered for download."""
    return "\n".join([f"# Survival. {NOTE}", "# Table: curve", head, *rows]) + "\n"


def pasted(key: str, **record) -> dict:
    """Return pasted values as they are offered for download."""
    return {"data": NOTE, "values": {"surgery": {key: {"phrase": "x", "value": None, **record}}}}


def text_cell(text: str):
    """Return what makes a notebook of one cell of text the content of a file."""
    return data({"cells": [{"cell_type": "markdown", "metadata": {}, "source": text}], "metadata": {}})


ROUNDED = {
    "a part in a table": (PAGE, within(table(("Sex", "male", "12 of 37 (32%)")))),
    "what a part is of": (PAGE, within(table(("Sex", "male", "9 of 37 (24%)")))),
    "a number in a table": (PAGE, within(table(("1", "14"), head=("Operations", "Patients")))),
    "whose a number is": (PAGE, within(table(("9 of 37", "x", "us: 9 of 37", "x", "x", "x"), head=HEADINGS))),
    "events in the row of a number": (PAGE, within(table(("x", "x", "12 events / 17 patients"), head=HEADINGS[:3]))),
    "events of a group in a table": (
        PAGE,
        within(table(("S", "50% (12 events / 18 patients)"), head=("Group", "Estimate"))),
    ),
    "events in a sentence": (PAGE, within("<p>It was 3 months (14 events / 18 patients).</p>")),
    "patients in a sentence": (PAGE, within("<p>It was 3 months (15 events / 20 patients).</p>")),
    "a part in a sentence": (PAGE, within("<p>Operated on again: <b>7</b> of 18.</p>")),
    "a number at risk in a drawing": (PAGE, within(RISK)),
    "a number at risk in a label": (PAGE, within(LABEL)),
    "a number at risk in the numbers of a figure": (
        PAGE,
        within(with_part(SAFE.replace("15 at risk", "17 at risk"), NUMBERS)),
    ),
    "a number at risk in a heading": (PAGE, within("<h2>With 17 at risk</h2>")),
    "a step of a flow": (PAGE, within(flow(37, 3, 39))),
    "a group of a flow": (PAGE, within(flow(39, 3, 39, [18, 21]))),
    "a number at risk in CSV": ("downloads/x.csv", whole(lines('"A",0,1.0,17,0,0'))),
    "events in CSV": ("downloads/x.csv", whole(lines('"A",0,1.0,18,2,0'))),
    "a step of a flow in CSV": ("downloads/x.csv", whole(lines('"All",37,""', head="step,count,parent"))),
    "a part among pasted values": ("downloads/values.json", data(pasted("again", unit="count", value=7.0, n=18))),
    "a size among pasted values": ("downloads/values.json", data(pasted("n_ours", unit="count", value=37.0))),
    "events among pasted values": ("downloads/values.json", data(pasted("median", unit="months", events=14, n=18))),
    "a phrase among pasted values": ("downloads/values.json", data(pasted("again", other="7 of 18"))),
    "a table in a notebook": (NOTEBOOK, notebook({"text/html": table(("Sex", "male", "12 of 37 (32%)"))})),
    "a drawing in a notebook": (NOTEBOOK, notebook({"text/html": RISK})),
    "a sentence in a notebook": (NOTEBOOK, text_cell("It was 3 (14 events / 18 patients).")),
    "records of a chart": ("x.json", data({"datasets": {"x": [{"time": 0, "at_risk": 17, "events": 0}]}})),
    "records of a program": ("x.js", whole("draw([{group: 'A', at_risk: 17, events: 0}])")),
}  # fmt: skip
MERGED = {
    "a part in a table": (PAGE, within(table(("Sex", "male", "3 of 37 (8%)")))),
    "a number in a table": (PAGE, within(table(("Sex", "male", "4")))),
    "events in a sentence": (PAGE, within("<p>It was 3 months (4 events / 18 patients).</p>")),
    "a number at risk in a label": (PAGE, within('<p aria-label="A: 2 at risk"></p>')),
    "a step of a flow": (PAGE, within(flow(37, 1, 36))),
    "a number in CSV": ("downloads/x.csv", whole(lines('"A",0,1.0,37,4,0'))),
    "a part among pasted values": ("downloads/values.json", data(pasted("again", unit="count", value=2.0, n=18))),
}
HELD = "withheld by the disclosure policy"
ALONE = {
    "a level": (PAGE, within(table(("Sex", "male", HELD), ("Sex", "female", "30")))),
    "a level of one group": (
        PAGE,
        within(table(("Sex", "m", HELD, HELD), ("Sex", "f", "30", HELD), head=("Item", "Level", "S", "M"))),
    ),
    "a number of operations": (PAGE, within(table(("1", "30"), ("2", HELD), head=("Operations", "Patients")))),
    "a step of a flow": (PAGE, within(flow(37, HELD, 30))),
    "a step of a flow in CSV": (
        "downloads/x.csv",
        whole(lines('"All",37,""', '"Left",NA,"All"', '"Analysed",30,"All"', head="step,count,parent")),
    ),
}
OFF = {
    "in a drawing": (PAGE, within(EXACT)),
    "by a mark alone": (PAGE, within(MARK)),
    "in the numbers of a figure": (PAGE, within(with_part(EXACT, NUMBERS))),
    "in the numbers of a rising curve": (PAGE, within(with_part(RISEN, NUMBERS))),
    "in a file of a drawing": ("downloads/x.svg", whole(SVG)),
    "in a notebook": (NOTEBOOK, notebook({"text/html": EXACT})),
    "in a drawing of a notebook": (NOTEBOOK, notebook({"image/svg+xml": SVG})),
    "in a picture of a notebook": (NOTEBOOK, notebook({"text/html": picture(SVG, SVG, "A curve.")})),
    "in CSV": ("downloads/x.csv", whole(lines('"A",0.0,1.0,18,0,0', '"A",517,0.8,18,3,0'))),
    "in JSON": ("x.json", data([{"time": 0, "survival": 1}, {"time": 17.3, "survival": 0.9}])),
    "in JSON, by column": ("x.json", data({"time": [0, 517], "survival": [1, 0.9]})),
    "in a program": ("x.js", whole("draw([{time: 517, survival: 0.9}])")),
    "in a script of data": (
        PAGE,
        within('<script type="application/json">[{"time": 517, "survival": 0.9}]</script>'),
    ),
    "at times of its numbers at risk": ("downloads/x.csv", whole(lines('"A",517,9', head="group,time,at_risk"))),
}
PLANTED = {
    f"{policy.name}, {name}": (policy, file, change, rule)
    for policy, rule, leaks in (
        (POLICY, audit.FORBIDDEN, ROUNDED),
        (FIVE, audit.FORBIDDEN, MERGED),
        (FIVE, audit.FOLLOWS, ALONE),
        (POLICY, audit.EXACT_CURVE, OFF),
    )
    for name, (file, change) in leaks.items()
}
"""For each leak: the policy, the file, what becomes of it, and the rule that it breaks."""

READ = {
    name: planted
    for name, planted in PLANTED.items()
    if (planted[1].endswith((".csv", "values.json")) and "phrase" not in name)
    or (planted[1] == PAGE and planted[3] != audit.EXACT_CURVE and "drawing" not in name and "of a figure" not in name)
}
"""Those that are markup of a cell, a frame, or values: what is released, and so is held against the policy."""


@pytest.fixture(scope="module")
def mine(shared) -> SimpleNamespace:
    """Return the pages, the cohort folder and the source of a small confidential book."""
    return small.confidential(shared)


@pytest.fixture
def html(mine, tmp_path) -> Path:
    """Return a folder for pages that are spoiled."""
    return spoiling.to_spoil(mine.html, tmp_path)


@pytest.fixture(scope="module")
def known(mine):
    """Return what must not be in that book under a policy."""
    cohort = build.load_cohort(mine.folder)

    @functools.cache
    def under(policy) -> audit.Known:
        return gate.known(cohort._replace(policy=policy), mine.folder, mine.html, mine.source)

    return under


def rules_of(file: str, change, policy, *labels: str) -> set[audit.Rule]:
    """Return what a policy forbids of a release: of the markup of a cell, of a frame, or of values."""
    text, release = change(b"</article>").decode(), released.Release()
    if file.endswith(".csv"):
        list(released.read_csv(text, "x", release))
    elif file.endswith("values.json"):
        list(released.read_values(json.loads(text), {"surgery": release}))
    else:
        list(released.read_markup(text.removesuffix("</article>"), "x", release))
    ready = plain.Sought(audit.Known(labels=frozenset(labels)), "")
    return {rule for _, rule in counts.forbidden(release, policy, ready.labels)}


@pytest.mark.parametrize(("policy", "file", "change", "rule"), READ.values(), ids=READ)
def test_what_a_policy_forbids_is_found_in_what_was_released_by_its_rule(policy, file, change, rule):
    assert rule in rules_of(file, change, policy)


@pytest.mark.parametrize(("policy", "file", "change", "rule"), one_of_named(3, PLANTED))
def test_it_is_found_wherever_it_is_planted(html, known, policy, file, change, rule):
    spoil(html, file, change)

    assert file in {leak.file for leak in audit.audit(html, known(policy))}


HARMLESS = {
    "a table that is coarse": (PAGE, within(table(("Sex", "m", "9 of 18 (50%)"), ("Sex", "f", HELD)))),
    "a table without the note": (PAGE, within(table(("Sym 2008", "x", "12 of 37"), note="").replace(" of ", " in "))),
    "numbers that count nobody": (PAGE, within(table(("ECOG", "2", HELD), ("M", "1", "21"), head=("A", "Line", "B")))),
    "a sentence that is coarse": (PAGE, within("<p>12 months (15 events / 18 patients), 3 of 15, 12 at risk</p>")),
    "a figure that is coarse": (PAGE, within(SAFE)),
    "a flow that is coarse": (PAGE, within(flow(39, 0, 39, [15, 21]))),
    "a constant": ("downloads/values.json", data(pasted("primary_days", unit="count", value=91.0))),
    "ticks between times of the grid": ("downloads/x.csv", whole(lines('"A",91.3125,9', head="group,time,at_risk"))),
    "CSV that is coarse": ("downloads/x.csv", whole(lines('"A",0,1.0,18,0,0', '"A",182.625,0.8,18,3,3'))),
    "years and shares": (PAGE, within("<p>2007 to 2019, 50% of 18 patients, 7 of 18 months</p>")),
    "groups that are numbers": (PAGE, within(table(("1", "9 of 18 (50%)"), ("2", HELD), head=("Group", "Estimate")))),
    "drugs of groups that are numbers": (
        PAGE,
        within(table(("x", "1", "21"), ("x", "5", "27"), head=("Drug", "Group", "Courses"))),
    ),
    "groups above columns": (PAGE, within(table(("Sex", "m", "21", "9"), head=("Characteristic", "Level", "0", "1")))),
    "levels that are numbers": (
        PAGE,
        within(table(("ECOG", "1", "21"), ("ECOG", "2", "27"), head=("Characteristic", "Level", "0"))),
    ),
    "a group named like a part": (PAGE, within("<p>7 of 12 weeks 15 events / 18 patients</p>")),
    "a group named like a risk set": (PAGE, within("<p>2 at risk: 0 months 100%, 18 at risk</p>")),
    "levels named like parts": (
        PAGE,
        within(table(("Site", "2 of 3 lobes", "21"), head=("Characteristic", "Level", "S"))),
    ),
    "a title named like a part": (
        "downloads/values.json",
        data({"data": "Registry, part 1 of 2", "values": {"surgery": {}}}),
    ),
    "groups of a frame that are numbers": ("downloads/x.csv", whole(lines('"1",0,1.0,18,0,0', '"2",0,1.0,18,0,0'))),
}  # fmt: skip
NAMES = ("7 of 12 weeks", "2 at risk", "2 of 3 lobes", "Registry, part 1 of 2")


@pytest.mark.parametrize(("file", "change"), HARMLESS.values(), ids=HARMLESS)
def test_what_a_policy_lets_be_printed_is_no_leak(file, change):
    assert rules_of(file, change, POLICY, *NAMES) == set()


def test_a_count_under_a_label_that_heads_several_rows_is_read_as_one_of_that_label():
    frame = pd.DataFrame(
        {"Characteristic": ["Sex"] * 2 + ["ECOG"] * 2, "Level": list("abcd"), "of_s": ["9", "withheld"] * 2}
    )
    release = released.Release()
    list(released.read_markup(tables.show(frame, NOTE).html, "x", release))
    (table,) = release.tables

    assert 'rowspan="2"' in tables.show(frame, NOTE).html
    assert table.rows == [tuple(row) for row in frame.itertuples(index=False)]
    assert list(counts._wholes(table)) == [("9", "withheld")] * 2


def test_a_whole_with_two_withheld_parts_and_parts_judged_alone_are_no_leak():
    two = table(("Site", "a", HELD), ("Site", "b", HELD), ("Site", "c", "30"))
    several = table(("Site", "a", HELD), ("Site", "b", "20 of 40 (50%)"), ("Site", "c", "30 of 40 (75%)"))

    assert rules_of(PAGE, within(two + several), FIVE) == set()


def test_a_drawing_that_turns_where_no_frame_does_is_found():
    release = released.Release()
    list(released.read_csv(lines('"A",0.0,1.0,15,0,0', '"A",182.625,0.8,15,3,0'), "x", release))
    release.shown.append((SVG, "x"))

    assert [rule for _, rule in counts.unlike(release)] == [audit.DIFFERS]


def test_a_time_that_no_figure_tells_is_found_but_for_curves_of_which_a_reader_chooses_one():
    release = released.Release()
    release.shown.append(('<tr data-at="0"><th scope="row">0 months</th>', "x"))
    for name, more in (("plain", ""), ("choice", ",assumption")):
        head = f"group,time,survival,at_risk,events,censored{more}"
        list(released.read_csv(lines(f'"A",182.625,0.8,15,3,0{more}', head=head), name, release))

    assert list(counts.unread(release)) == [(release.tables[0].place, audit.DIFFERS)]


def test_a_book_that_is_not_for_release_is_told_of_once(html, known):
    spoil(html, PAGE, within(f"<p>{disclosure.MARKED}, to which nothing was done.</p>"))

    assert [leak.rule for leak in audit.audit(html, known(POLICY))].count(audit.UNRELEASED.says) == 1


def test_exact_numbers_of_a_confidential_cohort_are_a_leak_whatever_the_pages_say(html, known):
    policy = disclosure.choose(disclosure.NOT_FOR_RELEASE, "confidential")

    assert audit.UNRELEASED.says in [leak.rule for leak in audit.audit(html, known(policy))]


# Which policy a book is under


def test_a_small_confidential_book_has_no_leak(mine):
    assert gate.audit_book(mine.html, mine.folder, mine.source) == []


SAID = {
    "its run": ({"policy": "threshold10"}, f"<p>{NOTE}</p>", "threshold10"),
    "its pages": (None, f"<p>{NOTE}</p>", "midpoint6"),
    "its access": (None, "<p>x</p>", "midpoint6"),
    "its run, wrongly": ({"policy": "exact"}, f"<p>{NOTE}</p>", disclosure.NOT_FOR_RELEASE),
    "its mark": (None, f"<p>{disclosure.MARKED}, x</p>", disclosure.NOT_FOR_RELEASE),
    "its run of a former version": ({}, f"<p>{NOTE.replace('midpoint6', 'midpoint6@12')}</p>", "midpoint6@12"),
}


@pytest.mark.parametrize(("run", "page", "name"), SAID.values(), ids=SAID)
def test_the_policy_of_a_book_is_what_it_says_of_itself(tmp_path, run, page, name):
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").write_text(page, encoding="utf-8")
    if run is not None:
        (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")

    assert gate.policy_of(tmp_path / "html", "confidential").name == name


@pytest.mark.parametrize(
    "rows", ["<tr></tr><tr><td>a</td><td>7</td></tr>", "<tr><th>group</th><th>n</th></tr><tr><td>a</td></tr>"]
)
def test_a_table_that_lacks_cells_is_a_finding_and_no_failure(html, known, rows):
    shown = f"<table><caption>Disclosure-controlled under policy midpoint6, version 1.</caption>{rows}</table>"
    spoil(html, NOTEBOOK, notebook({"text/html": f'<div class="gb-table">{shown}</div>'}))

    assert [leak for leak in audit.audit(html, known(POLICY)) if leak.file == NOTEBOOK]


@pytest.mark.parametrize("failure", [ZeroDivisionError, ValueError, IndexError])
def test_a_drawing_that_cannot_be_read_is_a_finding_and_no_failure(html, known, failure, monkeypatch):
    """As of an axis two of whose labels stand at one place, or of which one is no number."""

    def read(*_):
        raise failure

    monkeypatch.setattr(counts, "unlike", read)

    assert audit.DIFFERS.says in [leak.rule for leak in audit.audit(html, known(POLICY)) if leak.file == NOTEBOOK]
