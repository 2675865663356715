"""What a book offers for download is what its pages show, says of what kind the data are, and carries nothing along."""

import ast
import csv
import hashlib
import io
import json
import re
import struct
import zipfile
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from gistbook import build
from gistbook.book import downloads, publish, sheets
from gistbook.book import run as running
from gistbook.conventions import DATA_NOTES, UNKNOWN_COMMIT
from gistbook.intake.folder import input_files
from support import subjects
from support.books import CHAPTER, book, contents, no_pages, planned
from support.subjects import renamed

HOSTILE = '=1+1"; <script>alert(1)</script> `x` {glue:text}`size` ‮'
IN_CODE = repr(HOSTILE).replace("<", "\\x3c")
DATA = downloads.Data("Drawn patients", "public")
NOTE, SVG = "Public data: Drawn patients.", "{http://www.w3.org/2000/svg}"

DRAWING = f"""{CHAPTER}# Result

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
```

```{{code-cell}}
:tags: [hide-input]
import pandas as pd
from gistbook import build
from gistbook.display import figures, prose, tables
```

```{{code-cell}}
note = prose.introduce(build.load_cohort(cohort_dir))
name = {IN_CODE}
prose.paste_text("strange", name)
prose.paste_text("clock", "the start")
curve = pd.DataFrame({{"group": [name] * 2, "time": [0.0, 900.0], "survival": [1.0, 0.5]}})
curve = curve.assign(lower=[1.0, None], upper=1.0, censored=[0, 1], held_back="")
curve = curve.assign(level=0.95, at_risk=[4, 2], events=[0, 1])
at_risk = pd.DataFrame({{"group": [name] * 2, "time": [0.0, 365.25], "at_risk": [4, 2]}})
```

```{{code-cell}}
---
mystnb:
  figure:
    name: fig-os
    caption: |
      Survival from {{glue:text}}`clock`: an estimate.
      {{glue:text}}`data_note`
---
figures.survival_curve(curve, at_risk, "the start", "Survival", "os_curve")
```

```{{code-cell}}
:tags: [remove-output]
tables.show(pd.DataFrame({{"Word": ["removed"]}}), "A table.", note)
```

```{{code-cell}}
:tags: [remove-cell]
whole = "left out with its output"
```

```{{code-cell}}
tables.show(pd.DataFrame({{"Word": [name]}}), "A table.", note)
```

The words are {{glue:text}}`clock`, and {{glue:text}}`strange`.
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> SimpleNamespace:
    """Make a real book of one chapter that draws a figure of a group with a hostile name."""
    place = tmp_path_factory.mktemp("made")
    texts = {"patients": subjects.PATIENTS, "operations": subjects.OPERATIONS}
    folder = subjects.folder(place / "mine", subjects.SETTINGS, **{name: renamed(each) for name, each in texts.items()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BOOK", book(place / "book", result=DRAWING))
        run = build.build(planned(folder), place / "out").folder
    page = (run / "html" / "chapters" / "result.html").read_text(encoding="utf-8")
    return SimpleNamespace(run=run, place=run / "html" / "downloads", page=BeautifulSoup(page, "html.parser"))


@pytest.fixture(scope="module")
def notebook(made) -> nbformat.NotebookNode:
    """Return the notebook that is offered, which is a valid one."""
    found = json.loads((made.place / "result.ipynb").read_text(encoding="utf-8"))
    nbformat.validate(found)
    return nbformat.from_dict(found)


def text(made, name: str) -> str:
    """Return the text of a file that is offered."""
    return (made.place / name).read_text(encoding="utf-8")


def unzipped(path: Path) -> bytes:
    """Return what is in a file, of a workbook or an archive what is in its parts."""
    if path.suffix not in (".xlsx", ".zip"):
        return path.read_bytes()
    with zipfile.ZipFile(path) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


def words_of(svg: str) -> str:
    """Return the words that a drawing shows."""
    return " ".join(each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def cell_with(notebook, source: str):
    """Return the cell whose source holds some words."""
    return next(cell for cell in notebook.cells if source in cell.source)


def test_a_chapter_with_a_figure_offers_its_notebook_drawings_numbers_and_values(made):
    assert sorted(path.name for path in made.place.iterdir()) == [
        "result-os_curve-at_risk.csv",
        "result-os_curve.csv",
        "result-os_curve.png",
        "result-os_curve.svg",
        "result-table-1.csv",
        "result.ipynb",
        "results.csv",
        "results.json",
        "tables.xlsx",
        "values.json",
    ]


def test_every_file_of_the_bundled_book_is_offered_on_a_page_and_every_link_leads_to_one(bundled_book):
    html = bundled_book / "html"
    pages = [BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in html.rglob("*.html")]
    offered = [link["href"] for page in pages for link in page.select("a[download]")]

    once = [each for each in offered if not each.endswith(sheets.COHORT)]  # the cohort is offered on two pages
    assert len(once) == len(set(once)) > 50
    assert {f"../downloads/{path.name}" for path in (html / "downloads").iterdir()} == set(offered)


def test_the_links_under_a_figure_say_of_which_figure_they_are(made):
    links = made.page.select(".cell:has(figure) + .gb-menu a[download]")

    assert [link.get_text() for link in links] == ["SVG", "PNG", "CSV", "CSV (at risk)"]
    assert all(link["aria-label"] == f"{link.get_text()} of: Survival from the start" for link in links)


def test_links_run_nothing(made):
    names = {name for link in made.page.select(".gb-menu, .gb-menu *, .gb-downloads *") for name in link.attrs}

    assert names == {"href", "download", "aria-label", "class", "role"}


def test_a_menu_is_a_group_with_the_name_of_its_figure(made):
    assert made.page.select_one(".gb-menu")["aria-label"] == "Figure: Survival from the start"


def test_a_title_that_is_markup_is_text_in_a_menu(tmp_path):
    title = "\"><script>alert(1)</script> & 'x'"
    about = {"scrapbook": {"name": "os_curve", "mime_prefix": ""}}
    drawn = nbformat.v4.new_output("display_data", {"text/html": "<p>drawn</p>"}, metadata=about)
    figure = {"mystnb": {"figure": {"name": "fig-os", "caption": title}}}
    cell = nbformat.v4.new_code_cell("draw", id="drawing", outputs=[drawn], metadata=figure)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "result.ipynb")
    downloads.link(tmp_path, DATA)
    cells = nbformat.read(tmp_path / "result.ipynb", as_version=4).cells
    menu = BeautifulSoup(next(cell.source for cell in cells if "gb-menu" in cell.source), "html.parser")

    assert menu.select_one(".gb-menu")["aria-label"] == f"Figure: {title}"
    assert menu.select_one(".gb-here")["aria-label"] == f"Link to this figure: {title}"
    assert menu.script is None


def test_a_menu_tells_how_its_figure_was_made(made):
    told = {line.dt.get_text(): line.dd.get_text(" ") for line in made.page.select(".gb-menu dl > div")}

    assert told["Functions"] == "figures.survival_curve"
    assert told["Parameters"] == "cohort_dir = '../data/mine'"
    assert told["Disclosure policy"] == "exact"
    assert told["Commit"] == UNKNOWN_COMMIT


def test_a_menu_links_to_its_figure_and_to_the_cell_that_drew_it(made):
    places = [link["href"][1:] for link in made.page.select('.gb-menu a[href^="#"]')]
    cell = made.page.find(id="made-os_curve").parent.find_next_sibling("div")

    assert places == ["fig-os", "made-os_curve"]
    assert made.page.find("figure", id="fig-os")
    assert "survival_curve" in cell.get_text()


def test_the_notebooks_of_a_run_hold_no_links(made):
    told = (made.run / "notebooks" / "result.ipynb").read_text(encoding="utf-8")

    assert not [name for name in ("gb-downloads", "gb-menu", "gb-made", "gb-numbers", "gistbook_row") if name in told]


def test_the_numbers_behind_a_figure_are_those_that_it_was_drawn_from(made):
    read = pd.read_csv(made.place / "result-os_curve.csv", comment="#")

    assert list(read["time"]) == [0, 900]
    assert list(read["time_months"]) == [0, 29.5688]
    assert list(read["survival"]) == [1, 0.5]
    assert pd.isna(read["lower"][1])


def test_a_file_of_numbers_says_first_what_it_is_and_of_what_kind_the_data_are(made):
    lines = text(made, "result-os_curve.csv").splitlines()

    assert lines[0] == f"# Survival from the start. An estimate. {NOTE}"
    assert "time is in days, time_months the same in months" in lines[2]


def test_a_group_named_like_a_formula_is_no_formula(made):
    rows = list(csv.reader(line for line in text(made, "result-os_curve.csv").splitlines() if line[0] != "#"))

    assert rows[1][0].startswith("'=1+1\"; <script>")


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@x", "\t=1", "\0=1"])
def test_whatever_begins_a_formula_is_text_in_a_file_of_numbers(value):
    written = downloads.as_csv({"columns": ["group"], "rows": [[value]]}, []).splitlines()[-1]

    assert next(csv.reader(io.StringIO(written)))[0][0] == "'"


def test_numbers_without_times_have_no_months():
    assert downloads.as_csv({"columns": ["count"], "rows": [[3]]}, []).splitlines()[1:] == ['"count"', "3"]


def test_a_time_that_is_not_known_is_not_known_in_months():
    written = downloads.as_csv({"columns": ["time", "survival"], "rows": [[None, 1.0]]}, [])

    assert written.splitlines()[-1] == "NA,NA,1.0"


def test_a_drawing_is_xml_with_colours_of_its_own(made):
    svg = text(made, "result-os_curve.svg")

    assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
    assert "var(" not in svg
    assert "script>" not in svg


def test_a_drawing_shows_title_caption_and_kind_of_data(made):
    svg = text(made, "result-os_curve.svg")

    assert words_of(svg).startswith("Survival from the start ")
    assert words_of(svg).endswith(f"An estimate. {NOTE}")
    assert ElementTree.fromstring(svg).findtext(f"{SVG}title") == "Survival from the start"
    assert NOTE in ElementTree.fromstring(svg).findtext(f"{SVG}desc")


def test_a_picture_is_as_large_as_twice_the_drawing_and_says_of_what_kind_the_data_are(made):
    png, svg = (
        (made.place / "result-os_curve.png").read_bytes(),
        ElementTree.fromstring(text(made, "result-os_curve.svg")),
    )

    assert struct.unpack(">II", png[16:24]) == tuple(round(2 * float(svg.get(side))) for side in ("width", "height"))
    assert NOTE.encode() in png


def test_words_in_the_place_of_a_figure_are_no_drawing():
    assert downloads.Figure("x", "x", "T", "C", '<p class="gb-nothing">Nobody.</p>', {}, "fig-x").files() == {}


def test_a_notebook_says_first_of_what_kind_the_data_are(notebook):
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("**Public data: Drawn patients.")


def test_a_notebook_shows_a_figure_where_it_was_made_and_no_pasted_record(notebook):
    outputs = cell_with(notebook, "survival_curve").outputs

    assert [list(output.data) for output in outputs] == [["text/html"]]
    assert len(BeautifulSoup(outputs[0].data["text/html"], "html.parser").select("picture > img")) == 1
    assert "scrapbook" not in json.dumps(notebook)


def test_a_notebook_has_pasted_words_where_the_page_has_them(notebook):
    assert notebook.cells[-1].source.startswith("The words are the start, and =1+1&quot;; &lt;script&gt;")
    assert cell_with(notebook, "**Figure.**").source == f"**Figure.** Survival from the start: an estimate. {NOTE}"


def test_a_notebook_has_no_output_that_the_page_does_not_show(notebook):
    assert cell_with(notebook, '"removed"').outputs == []


def test_a_notebook_has_no_cell_that_the_page_leaves_out(notebook, made):
    assert "left out with its output" not in json.dumps(notebook)
    assert "left out with its output" not in made.page.get_text()


def test_a_notebook_keeps_tables_and_the_parameters_by_a_relative_path(notebook):
    assert "<table>" in cell_with(notebook, '"Word": [name]').outputs[0].data["text/html"]
    assert cell_with(notebook, "cohort_dir =").source == 'cohort_dir = "../data/mine"'
    assert cell_with(notebook, "cohort_dir =").metadata == {"tags": ["parameters"]}


def test_a_notebook_has_no_metadata_of_programs(notebook):
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert [cell.metadata for cell in notebook.cells if cell.metadata not in ({}, {"tags": ["parameters"]})] == []


def test_a_phrase_is_markdown_that_shows_it_and_does_nothing_else():
    cell = nbformat.v4.new_markdown_cell("It is {glue:text}`size`.")
    chapter = downloads.Chapter("x", nbformat.v4.new_notebook(cells=[cell]), DATA)
    chapter.phrases = {"size": HOSTILE}
    source = downloads.cleaned(chapter)["cells"][1]["source"]

    assert "&lt;script&gt;" in source
    assert r"\{glue:text\}\`size\`" in source


def test_the_values_say_of_what_kind_the_data_are_and_are_those_of_the_run(made):
    offered = json.loads(text(made, "values.json"))

    assert offered["data"].startswith("Public data: Drawn patients.")
    assert offered["values"]["result"]["clock"] == {"phrase": "the start", "value": None}


def test_the_values_hold_no_tag_that_came_from_data(made):
    assert json.loads(text(made, "values.json"))["values"]["result"]["strange"]["phrase"].startswith(
        '=1+1"; &lt;script>'
    )


def test_a_picture_is_drawn_again_only_where_its_drawing_is_another_one(made, tmp_path, monkeypatch):
    drawn: list[str] = []
    monkeypatch.setattr(running, "aside", lambda draw, svg, note: drawn.append(svg) or draw(svg, note))
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    for place, data in ((first, DATA), (again, DATA), (other, DATA._replace(notice="A preview."))):
        place.mkdir()
        former = None if place == first else first / "downloads"
        for draw in downloads.offer(place, made.run / "notebooks", {}, data, former):
            draw()

    assert len(drawn) == 2
    name = "downloads/result-os_curve.png"
    assert (first / name).read_bytes() == (again / name).read_bytes() != (other / name).read_bytes()


def test_a_preview_says_so_in_every_file(made, tmp_path):
    told = downloads.Data("Drawn patients", "public", "A preview.")
    for draw in downloads.offer(tmp_path, made.run / "notebooks", {}, told):
        draw()
    silent = [path.name for path in (tmp_path / "downloads").iterdir() if b"A preview." not in unzipped(path)]

    assert silent == []


def test_every_download_of_the_bundled_book_says_of_what_kind_the_data_are(bundled_book):
    files = list((bundled_book / "html" / "downloads").iterdir())
    notes = (DATA_NOTES["synthetic"].encode(), b"Synthetic data.")

    assert len(files) > 50
    assert [path.name for path in files if not any(note in unzipped(path) for note in notes)] == []


def test_every_notebook_of_the_bundled_book_is_valid_and_has_no_role_of_pasted_words(bundled_book):
    for path in (bundled_book / "html" / "downloads").glob("*.ipynb"):
        nbformat.validate(json.loads(path.read_text(encoding="utf-8")))
        assert "{glue:" not in path.read_text(encoding="utf-8"), path.name


@pytest.fixture(scope="module")
def confidential(tmp_path_factory) -> SimpleNamespace:
    """Make the colophon of a confidential cohort twice in one place and once in another; pages of the first only."""
    place = tmp_path_factory.mktemp("confidential")
    folder = subjects.whole_folder(place / "mine", subjects.SETTINGS.replace("public", "confidential"))
    (colophon,) = (each for each in build.read_chapters() if each.slug == "colophon")
    text = (build.BOOK / "chapters" / f"{colophon.slug}.md").read_text(encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "BOOK", book(place / "book", colophon=text))
        run = build.build(planned(folder), place / "out").folder
        pages, first = contents(run / "html"), _colophon(run)
        patch.setattr(publish, "publish", no_pages)
        others = [_colophon(_made_again(folder, place / out)) for out in ("out", "other")]
    secret = (place / "out" / ".runs" / "mine" / "secret").read_bytes()
    return SimpleNamespace(folder=folder, pages=pages, colophons=[first, *others], secret=secret)


def _made_again(folder: Path, out: Path) -> Path:
    """Make the book as if there were none, and return the folder of its run."""
    (out / "mine").unlink(missing_ok=True)
    return build.build(planned(folder), out).folder


def _colophon(run: Path) -> str:
    return (run / "notebooks" / "colophon.ipynb").read_text(encoding="utf-8")


def digests(printed: str) -> list[str]:
    """Return the digests that a colophon prints."""
    return re.findall(r"<td>([0-9a-f]{64})</td>", printed)


@pytest.mark.whole
def test_a_confidential_book_prints_a_digest_of_each_file(confidential):
    page = confidential.pages["chapters/colophon.html"].decode()

    assert len(set(digests(page))) == len(input_files(confidential.folder))
    assert digests(page) == digests(confidential.colophons[0])


def test_the_digests_of_confidential_files_are_the_same_in_one_place_and_others_elsewhere(confidential):
    first, again, other = map(digests, confidential.colophons)

    assert first == again
    assert not set(first) & set(other)


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256", "sha512", "blake2b"])
def test_nothing_that_is_published_confirms_a_guess_at_a_confidential_file(confidential, kind):
    files = [path.read_bytes() for path in input_files(confidential.folder)]
    lines = [line for content in files for line in content.splitlines()]
    plain = {hashlib.new(kind, each).hexdigest().encode() for each in files + lines}

    assert not [name for name, page in confidential.pages.items() for each in plain if each in page]


def test_the_key_of_the_digests_is_not_published(confidential):
    forms = (confidential.secret, confidential.secret.hex().encode())

    assert not [name for name, page in confidential.pages.items() for form in forms if form in page]


def test_a_chapter_that_runs_alone_says_that_it_has_no_keyed_digest(tmp_path):
    assert list(build.keyed_fingerprints(tmp_path)["Keyed digest (HMAC-SHA-256)"]) == ["not computed in this run"]


def test_a_text_of_a_user_among_the_parameters_is_no_tag_and_keeps_its_value():
    told = 'cohort_dir = "../data/</script><script>x"'
    cell = nbformat.v4.new_code_cell(told, metadata={"tags": ["parameters"]})
    chapter = downloads.Chapter("result", nbformat.v4.new_notebook(cells=[cell]), DATA)
    source = downloads.cleaned(chapter)["cells"][1]["source"]

    assert "<script" not in source
    assert source != told
    assert ast.literal_eval(source.partition(" = ")[2]) == ast.literal_eval(told.partition(" = ")[2])
