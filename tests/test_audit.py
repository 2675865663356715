"""The audit finds whatever a stranger could learn from a built book, wherever it stands, and nothing else."""

import base64
import gzip
import io
import json
import re
import struct
import zipfile
import zlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gistbook import build
from gistbook.book import audit
from gistbook.book.audit import findings, gate, policy, privacy
from gistbook.book.audit.files import taken_apart
from support import books, spoiling, subjects
from support.spoiling import INDEX, NOTEBOOK, PAGE, STYLE, after, data, for_one, notebook, spoil, whole, within
from support.subjects import LONG_NAMES as NAMES

DAY, AS_ISO = date(2010, 12, 1), "2010-12-01"
WHO, PART, SHORT = NAMES["a"], "04127", NAMES["c"]
USER, HOST, PLACE = "mtanaka", "ward7-workstation", "/srv/clinic/gist"

EXCEL, SAS, R = ((DAY - origin).days for origin in (date(1899, 12, 30), date(1960, 1, 1), date(1970, 1, 1)))
SECONDS, EARLIER = R * 86_400, R * 86_400 - 9 * 3_600
RECORDED = sorted({date.fromisoformat(day) for day in re.findall(r"20\d\d-\d\d-\d\d", subjects.PATIENTS)})
SERIALS = [(day - date(1899, 12, 30)).days for day in RECORDED]

TEXTS = "_static/searchtexts.js"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

HOME, MAC, TEMPORARY, ADMINISTRATOR = ("/" + place for place in ("home/mt", "Users/mt", "tmp/abc", "root/x"))
"""Places of nobody's machine, such as a page must not name."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Write a cohort folder of the drawn patients under their longer names."""
    return subjects.named_folder(tmp_path_factory.mktemp("cohorts") / "mine")


@pytest.fixture(scope="module")
def small(folder, tmp_path_factory) -> Path:
    """Make a book of two chapters once, and return its pages."""
    place = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BOOK", books.book(place / "book", result=books.RESULT, light=books.LIGHT))
        return build.build(books.planned(folder), place / "out").folder / "html"


@pytest.fixture(scope="module")
def known(folder, small) -> audit.Known:
    """Return what must not be in that book, with a user, a host and a place that any machine may have."""
    found = gate.known(build.load_cohort(folder), folder, small, build.BOOK)
    return found._replace(names=(USER, HOST), places=(*found.places, PLACE), printed=())


@pytest.fixture
def html(small, tmp_path) -> Path:
    """Return a folder for pages that are spoiled."""
    return spoiling.to_spoil(small, tmp_path)


def drawing(inner: str, attributes: str = "") -> str:
    """Return a drawing."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inner}</svg>'


def table(name: str, cell) -> str:
    """Return a table of a page that has one value under a name."""
    return f"<table><tr><th>{name}</th><th>Value</th></tr><tr><td>{cell}</td><td>3</td></tr></table>"


def picture(kind: bytes, note: bytes) -> bytes:
    """Return a picture with a note in it."""
    chunk = struct.pack(">I", len(note)) + kind + note + struct.pack(">I", zlib.crc32(kind + note))
    return PIXEL[:33] + chunk + PIXEL[33:]


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
    "identifier": (privacy.IDENTIFIER, PART, IDENTIFIERS),
    "short identifier": (privacy.IDENTIFIER, SHORT, SHORT_ONES),
    "date": (privacy.DATE, AS_ISO, DATES),
    "rows": (privacy.RECORDS, "1224", RECORDS),
    "path": (privacy.PATH, "", PATHS),
    "name": (privacy.NAME, "", OWNERS),
    "parameter": (privacy.PARAMETER, "/data/x", PARAMETERS),
    "from elsewhere": (policy.REMOTE, "", REMOTE),
    "hidden": (privacy.HIDDEN, "", HIDDEN),
    "comment": (privacy.COMMENTED, "", COMMENTED),
    "removed": (privacy.REMOVED, "", REMOVED),
    "papermill": (privacy.NOTED, "", NOTED),
    "file": (privacy.LEFT, "unwanted", {name: (name, whole("unwanted")) for name in UNWANTED}),
    "script": (policy.SCRIPT, "alert", SCRIPTS),
    "policy": (policy.POLICY, "unwanted", POLICIES),
}
PLANTED = {
    f"{group}, {name}": (file, change, rule, *(secret or [usual]))
    for group, (rule, usual, leaks) in GROUPS.items()
    for name, (file, change, *secret) in leaks.items()
}
"""For each leak: the file, what becomes of it, the rule that it breaks, and what may not be told."""


@pytest.mark.parametrize(("file", "change", "rule", "secret"), PLANTED.values(), ids=PLANTED.keys())
def test_a_leak_is_found_in_its_file_by_its_rule_and_never_told(html, known, file, change, rule, secret):
    spoil(html, file, change)
    leaks = audit.audit(html, known)

    assert [leak for leak in leaks if leak.file.startswith(file) and leak.rule == rule.says]
    assert secret.casefold() not in "\n".join(map(str, leaks)).casefold()


@pytest.mark.parametrize("name", [f"images/{WHO}.svg", f"{AS_ISO}.svg"])
def test_the_name_of_a_file_that_tells_is_found_and_not_told(html, known, name):
    spoil(html, name, whole(drawing("")))
    (leak,) = audit.audit(html, known)

    assert leak.place == "its name"
    assert leak.file == re.sub(r"[^/]+\.svg", "….svg", name)


def test_every_leak_says_what_to_do(html, known):
    spoil(html, PAGE, within(f"<p>{WHO}</p>"))
    (leak,) = audit.audit(html, known)

    assert re.fullmatch(rf"{PAGE}, line \d+, column \d+: an identifier of a patient\. [A-Z].*\.", str(leak))


PLACES = {
    "a line of a page": (PAGE, within(f"\n<p>{WHO}</p>"), r"line \d+, column 1"),
    "a line of a program": ("x.js", whole(f"1;\n2;\n'{WHO}'"), "line 3"),
    "a line of a script": (PAGE, within(f"\n<script>\n'{WHO}'</script>"), r"line \d+, column 1, line 2 within"),
    "a line of a list": ("x.csv", whole(f"x,y\n1,2\n\n{WHO},3"), "line 4"),
    "a JSON pointer": ("x.json", data({"a": [{"b": 1}, {"c": [0, {"d": WHO}]}]}), "/a/1/c/1"),
    "a name that is no word": ("x.json", data({"x y": {"2010": {"d": WHO}}}), r"/\{0\}/\{0\}"),
    "a name that identifies": ("x.json", data({WHO: {SHORT: {"d": WHO}}}), "/…/…"),
}


@pytest.mark.parametrize(("file", "change", "place"), PLACES.values(), ids=PLACES.keys())
def test_the_place_of_a_leak_is_told(html, known, file, change, place):
    spoil(html, file, change)
    places = [leak.place for leak in audit.audit(html, known) if leak.rule == privacy.IDENTIFIER.says]

    assert [each for each in places if re.fullmatch(place, each)]


def test_a_link_out_of_the_folder_is_found(html, known, tmp_path):
    (html / "data").symlink_to(tmp_path)

    assert [(leak.file, leak.rule) for leak in audit.audit(html, known)] == [("data", privacy.LINKED.says)]


def test_a_small_book_has_no_leak(small, folder):
    assert gate.audit_book(small, folder, build.BOOK) == []


def test_the_bundled_book_has_no_leak(bundled_book):
    assert gate.audit_book(bundled_book / "html", build.BOOK / "data" / "wada2021", build.BOOK) == []


HARMLESS = {
    "a link to another host": f'<a href="{AWAY}/x.js">x</a><p>{AWAY}/x</p>',
    "the address of the page": f'<link rel="canonical" href="{AWAY}">',
    "the day of nobody": "<p>2021-07-08, 8 July 2021, 20210708</p>",
    "a month": "<p>December 2010; in 2010, 12 of 37</p>",
    "a short identifier as a word": f"<p>a {SHORT} d</p>{table('Group', SHORT)}",
    "an identifier within a longer one": f"<p>{WHO}8 X{WHO}</p>",
    "an anchor": f'<p id="{SHORT}">x</p>',
    "numbers as of days": f"<p>{EXCEL} {SAS} {SECONDS} ms</p>",
    "a version like a date": table("Software", "1.12.10"),
    "a dictionary of columns": "<table><tr><th>Column</th><th>Meaning</th></tr>"
    "<tr><td>patient_id</td><td>Who it is, in 2 words</td></tr>"
    "<tr><td>death_date</td><td>Day of death, if any</td></tr></table>",
    "code that names columns": '<pre>frame = pd.DataFrame({"AVAL": rows["exit"], "CNSR": 1 - rows["event"]})</pre>',
    "estimates": '<script type="application/json">[{"group": "S", "time": 12.5, "survival": 0.5}]</script>',
    "a hidden word": "<p hidden>Version warning</p><template><p>x</p></template>",
    "a comment": "<!-- Sidebar, footer and 2 more [12] -->",
    "levels of two words and a number": "<table><tr><th>Characteristic</th><th>Level</th></tr><tr><td>Age</td>"
    "<td>median</td></tr><tr><td>Mutation</td><td>exon 9</td></tr><tr><td>Mutation</td><td>exon 11</td></tr></table>",
    "relative paths": '<pre>cohort_dir = "../data/mine"\n./home/x ~/.cache example.org/home/x</pre>',
    "data that run nothing": '<script type="application/ld+json">{"name": "x"}</script>',
    "a drawing in an address": '<img src="data:image/svg+xml,%3Csvg%3E%3C/svg%3E">',
}


@pytest.mark.parametrize("markup", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_harms_nobody_is_no_leak(html, known, markup):
    spoil(html, PAGE, within(markup))

    assert [str(leak) for leak in audit.audit(html, known)] == []


ROW = f"<table>{HEAD.replace('<tr>', '<tr><th>Study</th>')}<tr><td>Sym 2008</td><td>3</td><td>5.1</td></tr></table>"
OWN = {
    "a day": ("<p>R, of 1 December 2010</p>", "note = {R, of 2010-12-01}"),
    "a word": (f"<p>The study {WHO}</p>", f"title = {{The study {WHO}}}"),
    "a row": (ROW, "Sym 2008,3,5.1"),
    "a path": ("<p>/home/you/cohort</p>", "such as /home/you/cohort"),
}


@pytest.mark.parametrize(("markup", "text"), OWN.values(), ids=OWN.keys())
def test_what_stands_in_the_books_own_text_does_not_come_from_the_data(html, known, markup, text):
    spoil(html, PAGE, within(markup))

    assert len(audit.audit(html, known)) > 0
    assert audit.audit(html, known._replace(printed=(text,))) == []


def test_what_is_kept_as_data_does_whatever_the_books_own_text(html, known):
    spoil(html, "x.json", data({"x": WHO, "y": AS_ISO}))
    leaks = audit.audit(html, known._replace(printed=(f"{WHO} died {AS_ISO}",)))

    assert {leak.rule for leak in leaks} == {privacy.IDENTIFIER.says, privacy.DATE.says}


def test_another_path_that_begins_like_one_in_the_books_own_text_is_found(html, known):
    spoil(html, PAGE, within("<p>/home/yolanda/x</p>"))

    assert len(audit.audit(html, known._replace(printed=("such as /home/you/cohort",)))) == 1


def test_the_recorded_data_cut_off_is_no_date_of_a_patient(folder, small):
    told = build.load_cohort(folder)._replace(data_cutoff=DAY)

    assert DAY not in gate.known(told, folder, small, build.BOOK).dates
    assert RECORDED[-1] in gate.known(told, folder, small, build.BOOK).dates


@pytest.mark.parametrize(("access", "may_be_told"), [("public", True), ("confidential", False)])
def test_a_cut_off_that_is_somebodys_last_contact_may_be_told_of_public_patients(folder, small, access, may_be_told):
    told = build.load_cohort(folder)._replace(access=access)

    assert (RECORDED[-1] not in gate.known(told, folder, small, build.BOOK).dates) == may_be_told


def test_an_identifier_is_found_under_the_name_that_the_cohorts_own_files_give_it(html, known):
    spoil(html, PAGE, within(table("Fall-Nr.", SHORT)))

    assert audit.audit(html, known) == []
    assert len(audit.audit(html, known._replace(identifying=frozenset({"Fall-Nr."})))) == 1


def test_an_identifier_that_begins_another_is_found_at_the_end_of_a_text():
    known = audit.Known(identifiers=frozenset({WHO, f"{WHO}-2"}))

    assert broken("x.txt", f"of {WHO}", known) == {privacy.IDENTIFIER.says}


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_two_processes_find_what_one_finds_in_the_same_order(html, known, monkeypatch):
    for number, text in enumerate([WHO, AS_ISO, "nothing", HOME, SHORT, f"{USER} {WHO}", AS_PRINTED]):
        spoil(html, f"{number}.txt", whole(text))
    alone = audit.audit(html, known)
    monkeypatch.setattr(audit, "may_share", lambda _: 2)

    assert len(alone) > 4
    assert audit.audit(html, known) == alone


def test_a_number_that_may_count_patients_names_nobody_except_where_identifiers_stand(html, known):
    many = known._replace(identifiers=frozenset(map(str, range(1, 20_001))))
    spoil(html, PAGE, within("<p>There were 12345 patients.</p>"))
    assert audit.audit(html, many) == []

    spoil(html, PAGE, within(table("Patient ID", 12_345)))
    assert len(audit.audit(html, many)) == 1


def test_a_number_larger_than_that_of_patients_is_an_identifier_wherever_it_stands(html, known):
    spoil(html, PAGE, within("<p>There was 20117.</p>"))

    assert len(audit.audit(html, known._replace(identifiers=frozenset(map(str, range(20_001, 20_400)))))) == 1


def test_a_word_that_stands_in_the_packed_pixels_of_a_picture_by_chance_is_no_identifier(html, known):
    packed = WHO.encode()
    pixels = struct.pack(">I", len(packed)) + b"IDAT" + packed + struct.pack(">I", zlib.crc32(b"IDAT" + packed))
    spoil(html, "x.png", whole(PIXEL[:33] + pixels + PIXEL[33:]))

    assert audit.audit(html, known) == []


def test_what_the_cohorts_own_files_call_columns_is_read_from_its_settings(tmp_path):
    settings = f'{subjects.SETTINGS}[columns.patients]\n"Fall-Nr." = "patient_id"\n"Tod am" = "death_date"\n'
    other = subjects.whole_folder(tmp_path / "other")
    mine = subjects.folder(tmp_path / "mine", settings)
    found = gate.known(build.load_cohort(other), mine, tmp_path, build.BOOK)

    assert (found.identifying, found.columns) == ({"Fall-Nr."}, {"Fall-Nr.", "Tod am"})


def test_the_scripts_and_files_of_the_theme_are_the_reviewed_ones(small):
    listed = Path(policy.__file__).with_name("reviewed.txt").read_text(encoding="utf-8").splitlines()

    assert [line for line in policy.listing(small) if line not in listed] == []


def test_a_file_of_the_theme_that_was_changed_is_read(html, known):
    spoil(html, "_static/basic.css", after(f"/* {WHO} */"))

    assert [leak.file for leak in audit.audit(html, known)] == ["_static/basic.css"]


BROKEN = {
    "markup": ("x.html", b"<p <table><tr><td>\xff" + WHO.encode() + b"<!-- "),
    "JSON": ("x.json", f'{{"who": "{WHO}", '.encode()),
    "JSON in JSON in JSON": ("x.json", json.dumps({"x": json.dumps({"y": json.dumps({"z": WHO})})}).encode()),
    "an archive": ("x.zip", b"PK\x03\x04" + WHO.encode()),
    "a packed file": ("x.gz", b"\x1f\x8b" + WHO.encode()),
    "a picture": ("x.png", PIXEL[:30] + WHO.encode()),
    "a very deep list": ("x.json", b"[" * 100_000 + WHO.encode()),
    "lines of JSON": ("x.json", f'{{"x": 1}}\n{{"x": "{WHO}"}}'.encode()),
    "an entry that is there twice": ("x.json", f'{{"x": "{WHO}", "x": 1}}'.encode()),
}


@pytest.mark.parametrize(("file", "content"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_broken_or_strange_is_read_all_the_same(html, known, file, content):
    spoil(html, file, whole(content))

    assert privacy.IDENTIFIER.says in {leak.rule for leak in audit.audit(html, known)}


@pytest.mark.parametrize("content", [b"", b"\0", b"\xff\xfe", b"[", b"<", b"PK\x03\x04", b"%PDF-stream\nx\nendstream"])
def test_files_of_nothing_are_no_leak(html, known, content):
    for suffix in ("html", "json", "js", "css", "csv", "svg", "png", "ipynb", "zip"):
        (html / f"x.{suffix}").write_bytes(content)

    assert audit.audit(html, known) == []


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


def broken(file: str, text: str, known: audit.Known) -> set[str]:
    """Return the rules on patients that a file breaks."""
    sheet = findings.Sheet(file, taken_apart(findings.Inner(file, text.encode(), "")))
    ready = findings.ready(known)
    rules = (privacy.identifiers, privacy.patient_dates, privacy.rows_of_patients)
    return {leak.rule for rule in rules for leak in rule(sheet, ready)}


@given(identifiers, prose, prose, edges, edges)
def test_an_identifier_is_found_in_any_surroundings(who, before, after, left, right):
    text, known = f"{before} {left}{who}{right} {after}", audit.Known(identifiers=frozenset({who}))

    assert broken("x.html", f"<p>{text}</p>", known) == broken("x.txt", text, known) == {privacy.IDENTIFIER.says}


@given(days, st.data(), prose, prose, edges, edges)
def test_a_date_is_found_in_any_common_form_and_any_surroundings(day, drawn, before, after, left, right):
    text = f"{before} {left}{drawn.draw(st.sampled_from(written(day)))}{right} {after}"
    known = audit.Known(dates=frozenset({day}))

    assert privacy.DATE.says in broken("x.html", f"<p>{text}</p>", known)
    assert privacy.DATE.says in broken("x.txt", text, known)


@given(st.dates(date(1975, 1, 1), date(2049, 12, 31)), st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000]))
def test_a_date_is_found_as_a_count_of_seconds_and_of_less_among_data(day, unit):
    count = (day - date(1970, 1, 1)).days * 86_400 * unit

    assert broken("x.json", json.dumps({"x": [count]}), audit.Known(dates=frozenset({day}))) == {privacy.DATE.says}


@given(days, st.sampled_from([date(1899, 12, 30), date(1904, 1, 1), date(1960, 1, 1), date(1970, 1, 1)]))
def test_a_date_is_found_as_a_count_of_days_under_the_name_of_a_date(day, origin):
    count, known = (day - origin).days, audit.Known(dates=frozenset({day}))

    assert (privacy.DATE.says in broken("x.json", json.dumps({"ADT": count}), known)) == (abs(count) >= 1000)


EVERYBODY = audit.Known(
    identifiers=frozenset({WHO, SHORT, "10412", "SYN-01"}),
    dates=frozenset(date(2000, 1, 1) + timedelta(days=number) for number in range(9_000)),
)


@given(st.lists(prose | st.integers(0, 9_999).map(str) | st.floats(0, 1).map(str), max_size=12).map(" ".join))
def test_random_prose_names_nobody_and_no_day(text):
    assert broken("x.html", f"<p>{text}</p>", EVERYBODY) == broken("x.txt", text, EVERYBODY) == set()
