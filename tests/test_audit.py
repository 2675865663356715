"""The audit finds whatever a stranger could learn from a built book, wherever it stands, and nothing else."""

import base64
import gzip
import io
import json
import os
import re
import shutil
import struct
import zipfile
import zlib
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gistbook import build
from gistbook.book import audit
from gistbook.book.audit import files, gate, plain, policy
from support import books, small, spoiling, subjects, theme_list
from support.sharing import one_of_named
from support.spoiling import (
    INDEX,
    NOTEBOOK,
    NUMBERS,
    PAGE,
    PNG,
    STYLE,
    SVG,
    TEXTS,
    VALUES,
    after,
    chunk,
    data,
    for_one,
    notebook,
    spoil,
    whole,
    within,
)
from support.subjects import LONG_NAMES as NAMES

DAY, AS_ISO = date(2010, 12, 1), "2010-12-01"
WHO, PART, SHORT = NAMES["a"], "04127", NAMES["c"]
USER, HOST, PLACE = "mtanaka", "ward7-workstation", "/srv/clinic/gist"

EXCEL, SAS, R = ((DAY - origin).days for origin in (date(1899, 12, 30), date(1960, 1, 1), date(1970, 1, 1)))
SECONDS, EARLIER = R * 86_400, R * 86_400 - 9 * 3_600
RECORDED = sorted({date.fromisoformat(day) for day in re.findall(r"20\d\d-\d\d-\d\d", subjects.PATIENTS)})
SERIALS = [(day - date(1899, 12, 30)).days for day in RECORDED]

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

HOME, MAC, TEMPORARY, ADMINISTRATOR = ("/" + place for place in ("home/mt", "Users/mt", "tmp/abc", "root/x"))
"""Places of nobody's machine, such as a page must not name."""


@pytest.fixture(scope="module")
def mine(shared) -> SimpleNamespace:
    """Return the pages, the cohort folder and the source of a small book."""
    return small.public(shared)


@pytest.fixture(scope="module")
def known(mine) -> audit.Known:
    """Return what must not be in that book, with a user, a host and a place that any machine may have."""
    known = gate.known(build.load_cohort(mine.folder), mine.folder, mine.html, mine.source)
    return known._replace(names=(USER, HOST), places=(*known.places, PLACE))


@pytest.fixture
def html(mine, tmp_path) -> Path:
    """Return a folder for pages that are spoiled."""
    return spoiling.to_spoil(mine.html, tmp_path)


def drawing(inner: str, attributes: str = "") -> str:
    """Return a drawing."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inner}</svg>'


def table(name: str, cell) -> str:
    """Return a table of a page that has one value under a name."""
    return f"<table><tr><th>{name}</th><th>Value</th></tr><tr><td>{cell}</td><td>3</td></tr></table>"


def picture(kind: bytes, note: bytes) -> bytes:
    """Return a picture with a note in it."""
    return PIXEL[:33] + chunk(kind, note) + PIXEL[33:]


def photograph(note: bytes) -> bytes:
    """Return a photograph with a comment in it."""
    return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(note) + 2) + note + b"A1\xff\xd9"


def zipped(name: str, content: str) -> bytes:
    """Return an archive of one file."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return file.getvalue()


def base64_of(content: bytes | str) -> str:
    """Return content as base64."""
    return base64.b64encode(content if isinstance(content, bytes) else content.encode()).decode()


ROWS = [{"USUBJID": WHO, "AVAL": 1224, "CNSR": 0}, {"USUBJID": SHORT, "AVAL": 517, "CNSR": 1}]
SPEC = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "datasets": {"d": ROWS}, "mark": "line"}
CHART = f'<script type="application/json">{json.dumps(SPEC)}</script>'


def figure_with(columns: list[str], *rows: list) -> str:
    """Return the spec of a figure as a page has it: escaped, the names of its rows before them."""
    spec = {"datasets": {"data-1": {"columns": columns, "rows": [*rows]}}, "wide": {"mark": "line"}}
    written = json.dumps(spec).replace("<", "\\u003c")
    return f'<script type="application/json" class="gb-spec">{written}</script>'


IDENTIFIERS = {
    "in a sentence": (PAGE, within(f"<p>Patient {WHO} was operated on.</p>")),
    "over several elements": (PAGE, within("<p>NCC-<b>04</b><i>127</i></p>")),
    "touching its neighbours": (PAGE, within(f"<p>x<b>{WHO}</b>y</p>")),
    "in an anchor": (PAGE, within('<h2 id="patient-ncc-04127">x</h2>')),
    "with another sign": (PAGE, within("<p>ncc_04127</p>")),
    "as an entity": (PAGE, within("<p>NCC&#45;04127</p>")),
    "with a hyphen that does not break": (PAGE, within("<p>NCC\u201104\u200b127</p>")),
    "in letters of full width": (PAGE, within("<p>患者ＮＣＣ－０４１２７です</p>")),
    "in a title": (PAGE, within(f'<abbr title="{WHO}">x</abbr>')),
    "in a comment": (PAGE, within(f"<!-- {WHO} -->")),
    "in an address": (PAGE, within('<a href="x.html?who=NCC%2D04127">x</a>')),
    "in a page within": (PAGE, within(f"<iframe srcdoc='&lt;p&gt;{WHO}&lt;/p&gt;'></iframe>")),
    "in a label": (PAGE, within(drawing("", f'aria-label="USUBJID: {WHO}"'))),
    "in the head": (PAGE, for_one("</title>", f" {WHO}</title>")),
    "in a script": (PAGE, within(f"<script>let who = '{WHO}';</script>")),
    "in the spec of a figure": (PAGE, within(figure_with(["group", "time"], [WHO, 1.5], ["x", 2.5]))),
    "in markup in the spec of a figure": (PAGE, within(figure_with(["group", "time"], [f"<b>{WHO}</b>", 1], ["x", 2]))),
    "in the numbers of a figure": (PAGE, within(f'<details class="gb-data"><p>{WHO}</p></details>')),
    "in a drawing's description": ("x.svg", whole(drawing(f"<desc>{WHO}</desc>"))),
    "in a drawing's path": ("x.svg", whole(drawing(f'<path id="{WHO}" d="M0,0"/>'))),
    "in a drawing's comment": ("x.svg", whole(drawing(f"<!--{WHO}-->"))),
    "in a drawing in an address": (PAGE, within(f'<img src="data:image/svg+xml;base64,{base64_of(drawing(WHO))}">')),
    "in JSON": ("x.json", data({"who": [1, WHO]})),
    "as a name in JSON": ("x.json", data({"who": {WHO: 1}})),
    "in a program, escaped": ("x.js", whole(r'let who = "\u004eCC\x2d04127";')),
    "in a program, as base64": ("x.js", whole(f'atob("{base64_of(f"the patient is {WHO}")}")')),
    "in a style": (STYLE, after(f".x::after {{ content: '{WHO}' }}")),
    "in a style's comment": (STYLE, after(f"/* {WHO} */")),
    "in a title of the search index": (INDEX, for_one('"titles": [', f'"titles": ["{WHO}", ')),
    "cut by the search index": (INDEX, for_one('"terms": {', f'"terms": {{"{PART}": 0, ')),
    "in the texts of the search": (TEXTS, for_one('"chapters/light": "', f'"chapters/light": "{WHO} ')),
    "in a section that the search names": (TEXTS, for_one('id=\\"', f'id=\\"{WHO} ')),
    "in a source map": ("_static/x.js.map", data({"sources": [WHO]})),
    "in a note of a picture": ("x.png", whole(picture(b"tEXt", f"Title\0{WHO}".encode()))),
    "packed in a picture": ("x.png", whole(picture(b"zTXt", b"Title\0\0" + zlib.compress(WHO.encode())))),
    "in a comment of a photograph": ("x.jpg", whole(photograph(WHO.encode()))),
    "packed in a PDF": ("x.pdf", whole(b"%PDF-1.7\nstream\n" + zlib.compress(WHO.encode()) + b"\nendstream")),
    "in an archive": ("x.zip", whole(zipped("notes.txt", WHO))),
    "as a name in an archive": ("x.zip", whole(zipped(f"{WHO}.txt", "x"))),
    "in a packed file": ("x.txt.gz", whole(gzip.compress(WHO.encode()))),
    "in a text of two bytes a letter": ("x.txt", whole(WHO.encode("utf-16"))),
    "in a log": ("build.log", whole(f"1\n2\nread {WHO}\n")),
    "in a translation": ("_static/locales/de/x.po", whole(f'msgid "{WHO}"')),
    "in an output of a notebook": (NOTEBOOK, notebook({"text/plain": ["a\n", WHO]})),
    "in markup of a notebook": (NOTEBOOK, notebook({"text/html": f"<p>NCC-<b>{PART}</b></p>"})),
    "in a picture of a notebook": (
        NOTEBOOK,
        notebook({"image/png": base64_of(picture(b"tEXt", f"Title\0{WHO}".encode()))}),
    ),
}
SHORT_ONES = {
    "in a table": (PAGE, within(table("Patient ID", SHORT))),
    "in JSON": ("x.json", data([{"USUBJID": SHORT}])),
    "in the spec of a figure": (PAGE, within(figure_with(["subject", "time"], [SHORT, 1], ["x", 2]))),
    "in a list": ("x.json", data({"patient_id": ["x", SHORT]})),
    "in an attribute": (PAGE, within(f'<g data-patient="{SHORT}"></g>')),
    "in a label": (PAGE, within(f'<g aria-label="months: 3; id: {SHORT}"></g>')),
    "in a program": ("x.js", whole(f"draw([{{id: '{SHORT}', x: 3}}])")),
    "in CSV": ("x.csv", whole(f"subject,x\n{SHORT},3\n")),
}
FORMS = {
    "ISO": AS_ISO,
    "ISO with a time": f"{AS_ISO}T00:00:00",
    "year first": "2010/12/1",
    "day first": "1/12/2010",
    "month first": "12/01/2010",
    "with points": "1.12.2010",
    "with points and blanks": "1. 12. 2010",
    "in words": "1 December 2010",
    "in words, month first": "December 1, 2010",
    "ordinal": "the 1st of December, 2010",
    "shortened": "1 Dec. 2010",
    "of SAS": "01DEC2010",
    "of Oracle": "01-Dec-2010",
    "of a browser": "Wed Dec 01 2010 00:00:00",
    "without signs": "20101201",
    "Japanese": "2010年12月1日",
    "Japanese, of the era": "平成22年12月1日",
    "in full width": "２０１０年１２月０１日",
    "of Python": "datetime.date(2010, 12, 1)",
    "of a browser's program": "new Date(2010, 11, 1)",
}
"""One day in the forms in which dates are met in running text."""

DATES = {
    **{f"in text, {name}": (PAGE, within(f"<p>Died {form}, at home.</p>"), form) for name, form in FORMS.items()},
    "over several elements": (PAGE, within("<p>2010-<b>12</b>-01</p>"), "2010-"),
    "in a label": (PAGE, within('<g aria-label="ADT: Dec 01, 2010"></g>'), "Dec 01"),
    "in a table, the year short": (PAGE, within(table("Date", "1.12.10")), "1.12.10"),
    "in a table, of a spreadsheet": (PAGE, within(table("death_date", EXCEL)), str(EXCEL)),
    "in the texts of the search": (
        TEXTS,
        for_one('"chapters/light": "', f'"chapters/light": "Died {AS_ISO}. '),
        AS_ISO,
    ),
    "in JSON": ("x.json", data({"x": AS_ISO}), AS_ISO),
    "in the spec of a figure": (PAGE, within(figure_with(["group", "x"], ["S", AS_ISO], ["M", ""])), AS_ISO),
    "in the spec of a figure, in thousandths": (
        PAGE,
        within(figure_with(["group", "time"], ["S", SECONDS * 1000], ["M", EARLIER * 1000])),
        str(SECONDS),
    ),
    "in JSON, the year short": ("x.json", data({"x": "12/01/10"}), "12/01/10"),
    "in JSON, in seconds": ("x.json", data({"x": SECONDS}), str(SECONDS)),
    "in JSON, in thousandths": ("x.json", data([3, SECONDS * 1000]), str(SECONDS)),
    "in JSON, where the sun rises earlier": ("x.json", data({"x": EARLIER * 1000}), str(EARLIER)),
    "in JSON, of SAS": ("x.json", data({"ADT": SAS}), str(SAS)),
    "in JSON, of R": ("x.json", data({"death_date": [1, R]}), str(R)),
    "in JSON, of a spreadsheet": ("x.json", data({"x": SERIALS}), str(SERIALS[0])),
    "in JSON, part by part": ("x.json", data({"year": 2010, "month": 12, "date": 1}), "2010"),
    "in a program": ("x.js", whole(f"plot([{SECONDS * 1000}, 4])"), str(SECONDS)),
    "in CSV": ("x.csv", whole("x,y\nz,01-Dec-10\n"), "01-Dec-10"),
    "in a notebook": (NOTEBOOK, notebook({"text/plain": f"Timestamp('{AS_ISO} 00:00:00')"}), AS_ISO),
}

HEAD, BODY = "<tr><th>USUBJID</th><th>AVAL</th></tr>", "<tr><td>p1</td><td>1224</td></tr>"
LISTED = "<tr><td>last_contact</td><td>1224</td></tr><tr><td>death_date</td><td>never</td></tr>"
AS_PRINTED = "  USUBJID  AVAL  CNSR\n0      p1  1224     0\n1      p2   517     1"
RECORDS = {
    "in JSON": ("x.json", data([{"AVAL": 1224, "CNSR": 0}])),
    "in JSON, by column": ("x.json", data({"AVAL": [1224], "CNSR": [0]})),
    "in JSON, by column and number": ("x.json", data({"AVAL": {"0": 1224}, "CNSR": {"0": 0}})),
    "in JSON, names apart": ("x.json", data({"columns": ["AVAL", "CNSR"], "data": [[1224, 0]]})),
    "in JSON, names on top": ("x.json", data([["AVAL", "CNSR"], [1224, 0]])),
    "in JSON, in small letters": ("x.json", data([{"usubjid": "p1", "aval": 1224}])),
    "in a chart": (PAGE, within(CHART)),
    "in the spec of a figure": (PAGE, within(figure_with(["AVAL", "CNSR"], [1224, 0], [517, 1]))),
    "in a chart of a notebook": (NOTEBOOK, notebook({"application/vnd.vegalite.v6+json": SPEC})),
    "in a program": ("x.js", whole("var rows = [{AVAL: 1224, CNSR: 0}];")),
    "in a script that draws": (PAGE, within(f"<script>vegaEmbed('#x', {json.dumps(SPEC)});</script>")),
    "in a table": (PAGE, within(f"<table><thead>{HEAD}</thead><tbody>{BODY}</tbody></table>")),
    "in a table of one patient": (PAGE, within(f"<table>{LISTED}</table>")),
    "as printed": (PAGE, within(f"<pre>{AS_PRINTED}</pre>")),
    "as printed, close together": (PAGE, within("<pre>AVAL CNSR\n1224    0\n 517    1</pre>")),
    "as printed, cut": (PAGE, within("<pre>   AVAL  ...  CNSR\n0  1224  ...     0</pre>")),
    "as printed, one patient": (PAGE, within("<pre>AVAL      1224\nCNSR         0\nName: 0</pre>")),
    "as printed by a program": (PAGE, within("<pre>{'AVAL': {0: 1224}, 'CNSR': {0: 1}}</pre>")),
    "as CSV in a page": (PAGE, within("<pre>patient_id,AVAL\np1,1224</pre>")),
    "in a label": (PAGE, within('<g aria-label="AVAL: 1224; CNSR: 0"></g>')),
    "in attributes": (PAGE, within('<g data-aval="1224" data-cnsr="0"></g>')),
    "in CSV": ("x.csv", whole("PARAMCD;AVAL\nOS;1224\n")),
    "in CSV with numbers of rows": ("x.csv", whole(",PARAMCD,AVAL\n0,OS,1224\n")),
    "in a file that is no text": ("x.bin", whole(b"\0\x07PARAMCD\0\0\x04AVAL\0\0\xc8\x04")),
    "in an archive": ("x.zip", whole(zipped("x.csv", "PARAMCD,AVAL\nOS,1224\n"))),
}

PATHS = {
    "of a home": (PAGE, within(f"<pre>File {HOME}/x.py</pre>"), HOME),
    "of a home on a Mac": (PAGE, within(f"<p>{MAC}/x</p>"), MAC),
    "of a home on Windows": (PAGE, within(r"<p>C:\Users\mt\x</p>"), "Users"),
    "of Windows, escaped": ("x.json", data({"x": "D:\\clinic\\gist\\x.csv"}), "clinic"),
    "of a temporary place": (PAGE, within(f"<p>file://{TEMPORARY}/x</p>"), TEMPORARY),
    "of the administrator": (NOTEBOOK, notebook({"text/plain": ADMINISTRATOR}), ADMINISTRATOR),
    "with escaped slashes": ("x.js", whole(r'let x = "\/home\/mt\/x";'), "mt"),
    "that is known": (PAGE, within(f"<!-- {PLACE}/x.csv -->"), PLACE),
    "that is known, in an address": (PAGE, within('<a href="x?%2Fsrv%2Fclinic%2Fgist">x</a>'), "clinic"),
}
OWNERS = {
    "in a note on the page": (PAGE, within(f'<meta name="author" content="{USER}">'), USER),
    "in JSON": ("x.json", data({"user": USER}), USER),
    "in a drawing": ("x.svg", whole(drawing(f"<metadata>{USER}</metadata>")), USER),
    "as that of the computer": (PAGE, within(f"<p>on {HOST}</p>"), HOST),
}
PARAMETERS = {
    "in code": (PAGE, within('<pre>cohort_dir = "/data/x"</pre>')),
    "in coloured code": (PAGE, within("<pre><i>cohort_dir</i> <i>=</i> <i>&quot;/data/x&quot;</i></pre>")),
    "in a notebook": (NOTEBOOK, notebook(about={"cohort_dir": "/data/x"})),
}

AWAY = "https://cdn.example.org"
LOADED = {
    "a script": f'<script src="{AWAY}/x.js"></script>',
    "a style": f'<link rel="stylesheet" href="{AWAY}/x.css">',
    "a picture without a scheme": '<img src="//cdn.example.org/x.png">',
    "a connection made early": f'<link rel="preconnect" href="{AWAY}">',
    "a page fetched early": f'<link rel="prefetch" href="{AWAY}/x">',
    "a picture of a set": f'<img srcset="x.png 1x, {AWAY}/x.png 2x">',
    "a frame": f'<iframe src="{AWAY}"></iframe>',
    "an object": f'<object data="{AWAY}/x"></object>',
    "an embedded file": f'<embed src="{AWAY}/x">',
    "a film": f'<video poster="{AWAY}/x"><source src="x.mp4"></video>',
    "a part of a drawing": f'<svg><use xlink:href="{AWAY}/x.svg#a"/></svg>',
    "a picture in a drawing": f'<svg><image href="{AWAY}/x.png"/></svg>',
    "a form": f'<form action="{AWAY}"></form>',
    "where the page leads on": f'<meta http-equiv="refresh" content="0; url={AWAY}">',
    "a word on who follows a link": f'<a href="x.html" ping="{AWAY}">x</a>',
    "a style of an element": f'<p style="background: url({AWAY}/x.png)">x</p>',
    "a font": f"<style>@font-face {{ src: url('{AWAY}/x.woff2') }}</style>",
    "a style of a style": f'<style>@import "{AWAY}/x.css";</style>',
    "the data of a chart": f'<script type="application/json">{{"data": {{"url": "{AWAY}/x"}}}}</script>',
    "a page within": f"<iframe srcdoc=\"<img src='{AWAY}/x.png'>\"></iframe>",
}
FETCHED = {
    "a module": f'import x from "{AWAY}/x";',
    "data": f"fetch('{AWAY}/x')",
    "a worker": f'new Worker("{AWAY}/x")',
    "a socket": 'new WebSocket("wss://cdn.example.org")',
    "a request": f'r.open("GET", "{AWAY}/x")',
    "a library": f'require.config({{paths: {{vega: "{AWAY}/npm/vega@6?noext"}}}})',
}
REMOTE = {
    **{name: (PAGE, within(markup), AWAY) for name, markup in LOADED.items()},
    **{f"{name}, by a program": ("x.js", whole(program), AWAY) for name, program in FETCHED.items()},
    "a style of a style sheet": (STYLE, after(f"@import url({AWAY}/x.css);"), AWAY),
    "a script of a notebook": (NOTEBOOK, notebook({"text/html": LOADED["a script"]}), AWAY),
}

COUNTED = "<tr><td>group</td><td>n</td></tr><tr><td>S</td><td>1818</td></tr>"
HIDDEN = {
    "by an attribute": (PAGE, within(f"<table hidden>{COUNTED}</table>"), "1818"),
    "by a style": (PAGE, within(f'<div style="display: none"><table>{COUNTED}</table></div>'), "1818"),
    "as text": (PAGE, within("<pre hidden>group,n\nS,1818</pre>"), "1818"),
    "in a template": (PAGE, within(f"<template><table>{COUNTED}</table></template>"), "1818"),
    "as a table in a comment": (PAGE, within(f"<!-- <table>{COUNTED}</table> -->"), "1818"),
}
COMMENTED = {
    "as CSV": (PAGE, within("<!-- group,n\nS,1818 -->"), "1818"),
    "as JSON": (PAGE, within('<!-- {"S": 1818} -->'), "1818"),
}
SHOWN = {"text/plain": "shown"}
REMOVED = {tag: (NOTEBOOK, notebook(SHOWN, tag), "shown") for tag in ("remove-output", "remove-cell", "hide-output")}
NOTED = {
    "in a notebook": (NOTEBOOK, notebook(papermill={"duration": 1818}), "1818"),
    "as a cell": (NOTEBOOK, notebook(tag="injected-parameters", x="1818"), "1818"),
}
UNWANTED = (
    "_sources/light.ipynb", ".buildinfo", "objects.inv", ".doctrees/x", "chapters/.ipynb_checkpoints/x.ipynb",
    "_static/x.js.map", "reports/light.log", "x.parquet", "values.json", "x.html~",
)  # fmt: skip

PAGE_NAME = "<script>DOCUMENTATION_OPTIONS.pagename = '{}';</script>"
SCRIPTS = {
    "in an element": (PAGE, within("<script>alert(1)</script>")),
    "in a module": (PAGE, within("<script type=module>alert(1)</script>")),
    "on a click": (PAGE, within('<p onclick="alert(1)">x</p>')),
    "in a drawing": ("x.svg", whole(drawing("", 'onload="alert(1)"'))),
    "in an address": (PAGE, within('<a href=" java\nscript:alert(1)">x</a>')),
    "in a page in an address": (PAGE, within('<iframe src="data:text/html,alert(1)"></iframe>')),
    "after the name of a page": (PAGE, within(PAGE_NAME.format("x';alert(1)//"))),
    "out of the name of a page": (PAGE, within(PAGE_NAME.format("'+alert(1)+'"))),
    "in one of the theme": (PAGE, for_one('localStorage.getItem("mode")', "alert(1)")),
    "in markup of a notebook": (NOTEBOOK, notebook({"text/html": "<script>alert(1)</script>"})),
    "in a notebook": (NOTEBOOK, notebook({"application/javascript": "alert(1)"})),
}

POLICIES = {
    "none": (PAGE, for_one('http-equiv="Content-Security-Policy"', 'name="unwanted"')),
    "none on the front page": ("index.html", for_one("Content-Security-Policy", "unwanted")),
    "any host": (PAGE, for_one("default-src 'none'", "default-src *")),
    "any script": (PAGE, for_one("script-src 'self'", "script-src 'self' 'unsafe-inline'")),
    "evaluation": (PAGE, for_one("script-src 'self'", "script-src 'self' 'unsafe-eval'")),
    "a digest of the page": (PAGE, for_one("'; style-src", "' 'sha256-unwanted='; style-src")),
    "of another page": (PAGE, lambda page: page.replace(*(policy.of_page(name).encode() for name in (PAGE[:-5], "x")))),
    "too late": (PAGE, for_one("<head>", '<head><link rel="stylesheet" href="unwanted.css">')),
    "in the body": ("x.html", whole(f'<p>x</p><meta http-equiv="content-security-policy" content="{policy.FRONT}">')),
    "a page of somebody": ("x.htm", whole("<!DOCTYPE html><title>x</title><p>x</p>")),
}

GROUPS = {
    "identifier": (PART, IDENTIFIERS),
    "short identifier": (SHORT, SHORT_ONES),
    "date": (AS_ISO, DATES),
    "rows": ("1224", RECORDS),
    "path": ("", PATHS),
    "name": ("", OWNERS),
    "parameter": ("/data/x", PARAMETERS),
    "from elsewhere": ("", REMOTE),
    "hidden": ("", HIDDEN),
    "comment": ("", COMMENTED),
    "removed": ("", REMOVED),
    "papermill": ("", NOTED),
    "file": ("unwanted", {name: (name, whole("unwanted")) for name in UNWANTED}),
    "script": ("alert", SCRIPTS),
    "policy": ("unwanted", POLICIES),
}
PLANTED = {
    f"{group}, {name}": (file, change, *(secret or [usual]))
    for group, (usual, leaks) in GROUPS.items()
    for name, (file, change, *secret) in leaks.items()
}
"""For each leak: the file, what becomes of it, and what may not be told."""


@pytest.mark.parametrize(("file", "change", "secret"), one_of_named(3, PLANTED))
def test_a_leak_is_found_in_its_file_and_never_told(html, known, file, change, secret):
    spoil(html, file, change)
    leaks = audit.audit(html, known)

    assert [leak for leak in leaks if leak.file.startswith(file)]
    assert secret.casefold() not in "\n".join(map(str, leaks)).casefold()


SMALLEST = "<text>{}</text>"
NEW = {
    "an identifier over two cells": (PAGE, within("<table><tr><td>NCC-</td><td>04127</td></tr></table>")),
    "an identifier over two tags": (PAGE, within("<p>NCC-<em>04</em><strong>127</strong></p>")),
    "an identifier with an invisible mark": (PAGE, within("<p>NCC\u200d-04\u2060127</p>")),
    "an identifier in letters of another height": (PAGE, within("<p>NCC-<sup>04127</sup></p>")),
    "an identifier letter by letter in a drawing": (PAGE, within(f"<svg>{''.join(map(SMALLEST.format, WHO))}</svg>")),
    "an identifier letter by letter in a file": (SVG, for_one("</svg>", f"{''.join(map(SMALLEST.format, WHO))}</svg>")),
    "an identifier in an address": (PAGE, within(f'<a href="data:text/plain,{WHO}">x</a>')),
    "an identifier in an address as base64": (PAGE, within(f'<a href="data:;base64,{base64_of(WHO)}">x</a>')),
    "an identifier in a link of ours": (PAGE, within(f'<a href="light.html#{WHO}">light</a>')),
    "an identifier after a link of ours": (PAGE, within(f'<a href="light.html?{WHO}">light</a>')),
    "an identifier as a class": (PAGE, within(f'<p class="{WHO}">light</p>')),
    "an identifier in a list": (PAGE, within(f"<ul><li>{SHORT}</li><li>{WHO}</li></ul>")),
    "an identifier backwards": (PAGE, within(f"<p>{WHO[::-1]}</p>")),
    "an identifier in another alphabet": (PAGE, within("<p>\u039d\u0421\u0421-04127</p>")),
    "an identifier in words": (PAGE, within("<p>NCC zero four one two seven</p>")),
    "a name that nobody released": (PAGE, within("<p>Mrs Umezawa from Sakai</p>")),
    "an initial and a year": (PAGE, within("<p>T. M., born 1950</p>")),
    "a place and a month": (PAGE, within("<p>operated on in Nagasaki in spring</p>")),
    "a table of numbers": (PAGE, within("<table><tr><td>1224</td><td>0</td></tr></table>")),
    "a list of times": (PAGE, within("<p>730, 1065, 517</p>")),
    "a number in a sentence of the chapter": (PAGE, for_one("<h1>Light", "<h1>Light 1224")),
    "a second drawing": (PAGE, within('<svg><path d="M0,0h517v3"/></svg>')),
    "a canvas": (PAGE, within('<canvas width="3"></canvas>')),
    "a form": (PAGE, within('<form action="search.html"><textarea>light</textarea></form>')),
    "a picture of the book's own": (PAGE, within('<img src="../downloads/light-os_curve.png">')),
    "a drawing that was changed": (PAGE, for_one('aria-label="Survival', 'aria-label="Exact survival')),
    "a table that was changed": (PAGE, for_one("7 of 20", "8 of 20")),
    "a table of a notebook that was changed": (NOTEBOOK, for_one("7 of 20", "8 of 20")),
    "a text of a notebook that was changed": (NOTEBOOK, for_one("# Light", "# Light of 1224")),
    "code of a notebook that was changed": (NOTEBOOK, for_one("half = size / 2", "half = size / 1224")),
    "a parameter that is none": (NOTEBOOK, for_one("share = 0.5", "share = 0.5\\nother = 1224")),
    "a comment on a parameter": (NOTEBOOK, for_one("share = 0.5", "share = 0.5  # of 1224")),
    "numbers behind a figure that were changed": (NUMBERS, for_one("0.0,", "1224.0,")),
    "a column more behind a figure": (NUMBERS, for_one('"group",', '"group","USUBJID",')),
    "a note on the numbers": (NUMBERS, for_one("# Survival", "# Survival of 1224")),
    "a value that was changed": (VALUES, for_one('"phrase": "2"', '"phrase": "1224"')),
    "an entry of a value": (VALUES, for_one('"phrase": "2"', '"phrase": "2", "who": 1224')),
    "a title of a value": (VALUES, for_one("Drawn patients", f"Drawn patients {WHO}")),
    "a word in the file of a drawing": (SVG, for_one("<title>", "<title>Umezawa ")),
    "a line in the file of a drawing": (SVG, for_one("</svg>", '<path d="M0,0h1224"/></svg>')),
    "something after a picture": (PNG, after(WHO)),
    "a note in a picture": (PNG, lambda png: png[:33] + chunk(b"iTXt", b"Description\0\0\0\0\0Umezawa") + png[33:]),
    "another chunk in a picture": (PNG, lambda png: png[:33] + chunk(b"tEXt", b"light\0light") + png[33:]),
    "a word of the search": (INDEX, for_one('"terms": {', '"terms": {"umezawa": 0, ')),
    "an entry of the search": (INDEX, for_one('"terms": {', '"rows": [1224], "terms": {')),
    "a page that is no chapter": ("chapters/ward.html", whole(books.HEAD)),
    "numbers of no chapter": ("downloads/ward-x.csv", whole('"group"\n"S"\n')),
    "a map of a site": ("sitemap.xml", whole("<loc>https://ward.example.org/</loc>")),
    "a word in a file that is empty": (".nojekyll", whole("umezawa")),
}  # fmt: skip


@pytest.mark.parametrize(("file", "change"), one_of_named(3, NEW))
def test_what_no_list_has_is_found(html, known, file, change):
    spoil(html, file, change)
    leaks = audit.audit(html, known)

    assert [leak for leak in leaks if leak.file.startswith(file)]
    assert not {WHO, "umezawa", "1224"} & set(re.findall(r"[\w-]+", "\n".join(map(str, leaks)).casefold()))


NAMED = {
    "in a sentence": (f"<p>Patient {WHO}.</p>", audit.IDENTIFIER),
    "over elements": ("<p>NCC-<em>04</em><strong>127</strong></p>", audit.IDENTIFIER),
    "with an invisible mark": ("<p>NCC-04\u200b127</p>", audit.IDENTIFIER),
    "as an entity": ("<p>NCC&#45;04127</p>", audit.IDENTIFIER),
    "in an address": ('<a href="light.html?who=NCC%2D04127">x</a>', audit.IDENTIFIER),
    **{f"a date {name}": (f"<p>Died {form}, at home.</p>", audit.DATE) for name, form in FORMS.items()
       if name not in ("of a browser", "of a browser's program", "Japanese, of the era")},
    "a home": (f"<pre>{HOME}/x.py</pre>", audit.PATH),
    "a place": (f"<p>{PLACE}/x.csv</p>", audit.PATH),
    "a user": (f"<p>by {USER}</p>", audit.NAME),
    "a host": (f"<p>on {HOST}</p>", audit.NAME),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "rule"), NAMED.values(), ids=NAMED)
def test_what_is_in_plain_sight_is_told_as_what_it_is(html, known, markup, rule):
    spoil(html, PAGE, within(markup))

    assert rule.says in [leak.rule for leak in audit.audit(html, known)]


@pytest.mark.parametrize("name", [f"images/{WHO}.svg", f"{AS_ISO}.svg"])
def test_the_name_of_a_file_that_tells_is_found_and_not_told(html, known, name):
    spoil(html, name, whole(drawing("")))
    leaks = audit.audit(html, known)

    assert {leak.place for leak in leaks} == {"its name"}
    assert {leak.file for leak in leaks} == {re.sub(r"[^/]+\.svg", "….svg", name)}


def test_every_leak_says_what_to_do(html, known):
    spoil(html, PAGE, within(f"<p>{WHO}</p>"))
    (leak,) = audit.audit(html, known)

    assert re.fullmatch(rf"{PAGE}, line \d+, column \d+: an identifier of a patient\. [A-Z].*\.", str(leak))


PLACES = {
    "a line of a page": (PAGE, within(f"\n<p>{WHO}</p>"), r"line \d+, column \d"),
    "a cell of a notebook": (NOTEBOOK, for_one("# Light", f"# Light {WHO}"), r"/cells/\d+"),
    "a value": (VALUES, for_one('"phrase": "2"', f'"phrase": "{WHO}"'), "/values/result/size"),
    "a line of a list": (NUMBERS, for_one('"d"', f'"{WHO}"'), r"line \d+"),
}


@pytest.mark.parametrize(("file", "change", "place"), list(PLACES.values())[:3], ids=list(PLACES)[:3])
def test_the_place_of_a_leak_is_told(html, known, file, change, place):
    spoil(html, file, change)

    assert [leak for leak in audit.audit(html, known) if leak.file == file and re.fullmatch(place, leak.place)]


def test_a_link_out_of_the_folder_is_found(html, known, tmp_path):
    (html / "data").symlink_to(tmp_path)

    assert [(leak.file, leak.rule) for leak in audit.audit(html, known)] == [("data", audit.LEFT.says)]


def test_a_small_book_has_no_leak(mine):
    assert gate.audit_book(mine.html, mine.folder, mine.source) == []


def test_pages_alone_say_the_same(mine, tmp_path):
    pages = shutil.copytree(mine.html, tmp_path / "html")

    assert gate.audit_book(pages, mine.folder, mine.source) == []


def test_the_bundled_book_has_no_leak(bundled_book):
    assert gate.audit_book(bundled_book / "html", build.BOOK / "data" / "wada2021", build.BOOK) == []


@pytest.mark.whole
def test_the_bundled_book_has_none_where_its_run_is_not_there(bundled_book, tmp_path):
    pages = shutil.copytree(bundled_book / "html", tmp_path / "html", copy_function=os.link)

    assert gate.audit_book(pages, build.BOOK / "data" / "wada2021", build.BOOK) == []


@pytest.mark.parametrize("part", [PAGE, "search.html", NOTEBOOK])
def test_a_book_of_which_what_was_released_is_read_first_tells_the_same(html, known, part):
    spoil(html, PAGE, for_one("</head>", "</head><blink>"))
    spoil(html, part, lambda data: data.replace(b"1", b"7"))
    at_once = audit.audit(html, known)

    assert at_once
    assert audit.audit(html, known, files.Book(html, known).read_released()) == at_once


BROKEN = {
    "markup": (PAGE, b"<p <table><tr><td>\xff" + WHO.encode() + b"<!-- "),
    "JSON": (VALUES, f'{{"who": "{WHO}", '.encode()),
    "JSON of another kind": (VALUES, b"[1]"),
    "a notebook of another kind": (NOTEBOOK, b'{"cells": [1]}'),
    "a picture": (PNG, PIXEL[:30] + WHO.encode()),
    "a list": (NUMBERS, b"\xff"),
    "a very deep list": (VALUES, b"[" * 100_000),
    "an index": (INDEX, b"Search.setIndex("),
    "nothing": (PAGE, b""),
}


@pytest.mark.parametrize(("file", "content"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_broken_or_strange_is_found(html, known, file, content):
    spoil(html, file, whole(content))

    assert [leak for leak in audit.audit(html, known) if leak.file == file]


@pytest.mark.parametrize("name", ["13001.12.2010 months (95% ci 3 to 4.html", "3 (1.2.3 months (95% ci 3 to 4) x"])
def test_a_name_that_is_nearly_a_duration_with_limits_is_found(html, known, name):
    spoil(html, name, whole("x"))

    assert [leak.rule for leak in audit.audit(html, known) if leak.rule == audit.LEFT.says]


def test_the_recorded_data_cut_off_is_no_date_of_a_patient(mine):
    cohort = build.load_cohort(mine.folder)._replace(data_cutoff=DAY)

    assert DAY not in gate.known(cohort, mine.folder, mine.html, build.BOOK).dates
    assert RECORDED[-1] in gate.known(cohort, mine.folder, mine.html, build.BOOK).dates


@pytest.mark.parametrize(("access", "may_be_told"), [("public", True), ("confidential", False)])
def test_a_cut_off_that_is_somebodys_last_contact_may_be_told_of_public_patients(mine, access, may_be_told):
    cohort = build.load_cohort(mine.folder)._replace(access=access)

    assert (RECORDED[-1] not in gate.known(cohort, mine.folder, mine.html, build.BOOK).dates) == may_be_told


def test_what_the_cohorts_own_files_call_columns_is_read_from_its_settings(tmp_path):
    settings = f'{subjects.SETTINGS}[columns.patients]\n"Fall-Nr." = "patient_id"\n"Tod am" = "death_date"\n'
    other = subjects.whole_folder(tmp_path / "other")
    mine = subjects.folder(tmp_path / "mine", settings)
    known = gate.known(build.load_cohort(other), mine, tmp_path, build.BOOK)

    assert known.identifying == {"Fall-Nr."}
    assert {"Fall-Nr.", "Tod am", "USUBJID"} <= known.columns


def test_the_scripts_and_files_of_the_theme_are_the_reviewed_ones(mine):
    listed = theme_list.LIST.read_text(encoding="utf-8").splitlines()

    assert [line for line in theme_list.listing(mine.html) if not line.startswith("text ") and line not in listed] == []


def sought(known: audit.Known) -> plain.Sought:
    """Return what is sought of what is known, beside a book that says nothing."""
    return plain.Sought(known, "")


WORDS = [
    "the patients operated", "at 12 months", "37", "(95% CI 14.5 to 23.3)", "in December 2010,", "p = 0.04", "S-group",
    "1.12", "10%", "n/N", "3/4", "2005–2019", "IIIa", "0.04127", "NCC", "1,224", "10.1007/s00595-021-02241-5", "/12/24",
    "4.2.2", "and",
]  # fmt: skip
prose = st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)
edges = st.sampled_from(["", " ", "(", ")", ",", ";", ":", '"', "'", "=", "|", "\n", "。", "は"])
identifiers = st.from_regex(r"[A-Z]{2,4}[-_/ .]?[0-9]{3,6}", fullmatch=True)
days = st.dates(date(1950, 1, 1), date(2049, 12, 31))


def written(day: date) -> list[str]:
    """Return a day in the common forms of running text."""
    month, d, m, y = day.strftime("%B"), day.day, day.month, day.year
    signs = [f"{a}{sign}{b}{sign}{c}" for sign in "/.-" for a, b, c in ((d, m, y), (m, d, y), (y, m, d))]
    words = [f"{d} {month} {y}", f"{month} {d}, {y}", f"{d:02}{month[:3].upper()}{y}", f"{d}-{month[:3]}-{y}"]
    return [day.isoformat(), day.strftime("%Y%m%d"), f"{y}年{m}月{d}日", f"{day.isoformat()}T09:30:00Z", *signs, *words]


@given(identifiers, prose, prose, edges, edges)
def test_an_identifier_is_found_in_any_surroundings(who, before, after, left, right):
    text, known = f"{before} {left}{who}{right} {after}", audit.Known(identifiers=frozenset({who}))

    assert audit.IDENTIFIER in plain.broken(text, sought(known))


@given(days, st.data(), prose, prose, edges, edges)
def test_a_date_is_found_in_any_common_form_and_any_surroundings(day, drawn, before, after, left, right):
    text = f"{before} {left}{drawn.draw(st.sampled_from(written(day)))}{right} {after}"

    assert audit.DATE in plain.broken(text, sought(audit.Known(dates=frozenset({day}))))


EVERYBODY = audit.Known(
    identifiers=frozenset({WHO, SHORT, "10412", "SYN-01"}),
    dates=frozenset(date(2000, 1, 1) + timedelta(days=number) for number in range(9_000)),
)


@given(st.lists(prose | st.integers(0, 9_999).map(str) | st.floats(0, 1).map(str), max_size=12).map(" ".join))
def test_random_prose_names_nobody_and_no_day(text):
    assert list(plain.broken(text, sought(EVERYBODY))) == []
