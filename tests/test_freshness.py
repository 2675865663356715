"""A chapter runs again if anything that it is made of has changed, and only then."""

import hashlib
import hmac
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gistbook import build
from gistbook.book import freshness, publish, storage
from gistbook.conventions import ChapterError, UsageError
from support import subjects
from support.books import FIRST, READER, SECOND, book, no_pages
from support.sharing import one_of

ALL = ["first", "reader", "second"]


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """Make a small book once, beside everything that it is made of."""
    place = tmp_path_factory.mktemp("original")
    book(place / "book", first=FIRST, second=SECOND, reader=READER)
    for name in (
        "data/published.csv",
        "tests/reference/expected.csv",
        "package/module.py",
        "site/lifelines-1.dist-info/x",
    ):
        (place / ("book" if name.startswith(("data", "tests")) else ".") / name).parent.mkdir(
            parents=True, exist_ok=True
        )
        (place / ("book" if name.startswith(("data", "tests")) else ".") / name).write_text("a\n")
    subjects.whole_folder(place / "mine")
    with pytest.MonkeyPatch.context() as patch:
        made(place, patch)
    return place


@pytest.fixture
def place(original, tmp_path, monkeypatch) -> SimpleNamespace:
    """Copy the book and all that it is made of, and go on from there."""
    shutil.copytree(original, tmp_path / "copy", symlinks=True)
    return SimpleNamespace(root=tmp_path / "copy", patch=monkeypatch)


def made(root: Path, patch: pytest.MonkeyPatch, given: dict | None = None, only: str = "") -> list[str]:
    """Make the book and return what was reported; the pages are made in no time."""
    said = []
    patch.setattr(build, "BOOK", root / "book")
    patch.setattr(freshness, "PACKAGE", root / "package")
    patch.setattr(publish, "publish", no_pages)
    patch.setattr(sys, "path", [*sys.path, str(root / "site")])
    build.build(build.plan(root / "mine", given or {}, 2, said.append, only), root / "out")
    return said


def ran(said: list[str]) -> dict[str, str]:
    """Return which chapters ran, and why."""
    words = [line.split(maxsplit=3) for line in said if " s  " in line]
    return {slug: reason for slug, _, _, reason in words}


def changed(path: Path, text: str = "b\n") -> None:
    """Write other text into a file."""
    assert path.exists()
    path.write_text(text, encoding="utf-8")


def test_nothing_runs_again_if_nothing_changed(place):
    said = made(place.root, place.patch)

    assert said == ["Nothing has changed since this book was made; it is fresh."]


def test_a_build_from_nothing_runs_everything(place):
    shutil.rmtree(place.root / "out")

    assert ran(made(place.root, place.patch)) == dict.fromkeys(ALL, "not run before")


def test_an_edited_chapter_runs_again_with_those_that_read_its_values(place):
    changed(place.root / "book/chapters/first.md", FIRST.replace("size = 2", "size = 3"))
    reasons = ran(made(place.root, place.patch))

    assert list(reasons) == ["first", "reader"]
    assert reasons["first"].startswith("its text changed")
    assert reasons["reader"] == "what the other chapters give it changed"


def test_prose_runs_again_its_chapter_and_those_that_read_the_texts_of_chapters(place):
    changed(place.root / "book/chapters/first.md", f"{FIRST}\nMore words.\n")
    assert list(ran(made(place.root, place.patch))) == ["first"]

    counting = "```{code-cell}\nfrom gistbook import build\ncount = len(build.read_chapters())\n```\n"
    changed(place.root / "book/chapters/reader.md", f"{READER}\n{counting}")
    made(place.root, place.patch)
    changed(place.root / "book/chapters/first.md", f"{FIRST}\nOther words.\n")
    reasons = ran(made(place.root, place.patch))

    assert reasons == {"first": "its text changed", "reader": "the text of a chapter that it counts in changed"}


def test_what_tells_of_the_source_is_no_value_that_another_chapter_reads(place):
    telling = FIRST.replace("size = 2", 'size = 2\ncommit = ""')
    assert telling != FIRST
    changed(place.root / "book/chapters/first.md", telling)
    assert list(ran(made(place.root, place.patch))) == ["first", "reader"]

    place.patch.setattr(freshness, "commit", lambda _: "another commit")
    assert list(ran(made(place.root, place.patch))) == ["first"]


def test_a_chapter_that_reads_values_runs_alone_if_it_is_edited(place):
    changed(place.root / "book/chapters/reader.md", f"{READER}\nMore words.\n")

    assert list(ran(made(place.root, place.patch))) == ["reader"]


def test_a_parameter_runs_the_chapters_that_have_it_and_those_that_read_them(place):
    assert list(ran(made(place.root, place.patch, {"size": "5"}))) == ["first", "reader"]


def test_a_parameter_of_cohort_toml_is_part_of_the_cohort(place):
    subjects.whole_folder(place.root / "mine", f"{subjects.SETTINGS}[parameters]\nother = 'y'\n")
    reasons = ran(made(place.root, place.patch))

    assert reasons["second"] == "its parameters changed, the cohort's files changed"


@pytest.mark.parametrize("table", one_of(4, ["patients", "operations", "assessments", "exposures"]))
def test_one_cell_of_a_table_runs_everything_again(place, table):
    path = place.root / "mine" / f"{table}.csv"
    changed(path, path.read_text().replace("2010-", "2009-", 1) if table == "exposures" else path.read_text() + "\n\n")

    assert ran(made(place.root, place.patch)) == dict.fromkeys(ALL, "the cohort's files changed")


@pytest.mark.parametrize(
    "name", one_of(3, ["package/module.py", "book/data/published.csv", "book/tests/reference/expected.csv"])
)
def test_the_package_and_what_it_reads_run_everything_again(place, name):
    changed(place.root / name)

    assert ran(made(place.root, place.patch)) == dict.fromkeys(ALL, "the package, or what it reads, changed")


def test_a_new_module_runs_everything_again(place):
    (place.root / "package" / "another.py").write_text("x = 1\n")

    assert sorted(ran(made(place.root, place.patch))) == ALL


def test_bytecode_is_no_part_of_the_package(place):
    (place.root / "package" / "__pycache__").mkdir()
    (place.root / "package" / "__pycache__" / "module.pyc").write_text("x")

    assert ran(made(place.root, place.patch)) == {}


def test_another_version_of_a_library_runs_everything_again(place):
    (place.root / "site" / "lifelines-1.dist-info").rename(place.root / "site" / "lifelines-2.dist-info")

    assert ran(made(place.root, place.patch)) == dict.fromkeys(ALL, "the installed versions changed")


@pytest.mark.parametrize("name", ["_config.yml", "references.bib"])
def test_the_configuration_makes_the_pages_anew_and_runs_nothing(place, name):
    path = place.root / "book" / name
    changed(path, path.read_text(encoding="utf-8") + "\n# more\n")
    said = made(place.root, place.patch)

    assert ran(said) == {}
    assert any(line.startswith("pages") for line in said)


def test_a_citation_makes_the_pages_anew_and_runs_nothing(place):
    (place.root / "book" / "CITATION.cff").write_text("title: Drawn\n", encoding="utf-8")
    said = made(place.root, place.patch)

    assert ran(said) == {}
    assert any(line.startswith("pages") for line in said)


def test_an_address_of_the_site_makes_the_pages_anew_and_runs_nothing(place):
    (place.root / "book" / "CITATION.cff").write_text("title: Drawn\n", encoding="utf-8")
    made(place.root, place.patch)
    place.patch.setenv(publish.ADDRESS, "https://owner.example/book")
    said = made(place.root, place.patch)

    assert ran(said) == {}
    assert any(line.startswith("pages") for line in said)


def test_a_notebook_that_was_damaged_runs_again(place):
    notebook = place.root / "out/mine/notebooks/second.ipynb"
    changed(notebook, notebook.read_text().replace("Second", "Sekond"))

    assert ran(made(place.root, place.patch)) == {"second": "the former page was damaged"}


def test_pages_that_were_damaged_are_made_anew(place):
    changed(place.root / "out/mine/html/index.html")
    said = made(place.root, place.patch)

    assert ran(said) == {}
    assert any(line.startswith("pages") for line in said)


@pytest.mark.parametrize("text", one_of(4, ["", "{", "[]", '{"chapters": {}}']))
def test_a_run_that_cannot_be_read_counts_as_none(place, text):
    changed(place.root / "out/mine/run.json", text)

    assert sorted(ran(made(place.root, place.patch))) == ALL


def test_only_runs_one_chapter_though_it_is_fresh(place):
    assert ran(made(place.root, place.patch, only="second")) == {"second": "asked for"}


def test_only_leaves_others_that_are_not_fresh_and_the_pages_say_so(place):
    changed(place.root / "book/chapters/first.md", FIRST.replace("size = 2", "size = 3"))
    said = made(place.root, place.patch, only="second")

    assert "second" in ran(said)
    assert "first" not in ran(said)
    assert "not run again, and may show former values: first" in (place.root / "out/mine/html/index.html").read_text()


def test_what_only_left_behind_runs_in_the_next_whole_build(place):
    changed(place.root / "book/chapters/first.md", FIRST.replace("size = 2", "size = 3"))
    made(place.root, place.patch, only="second")

    assert "first" in ran(made(place.root, place.patch))
    assert "former values" not in (place.root / "out/mine/html/index.html").read_text()


def test_only_without_a_former_book_is_refused(place):
    shutil.rmtree(place.root / "out")

    with pytest.raises(UsageError, match="make it without --only"):
        made(place.root, place.patch, only="second")


def test_only_of_a_chapter_that_does_not_exist_is_refused(place):
    with pytest.raises(UsageError, match="Did you mean second"):
        made(place.root, place.patch, only="secund")


def test_files_that_change_while_the_book_is_made_stop_it(place):
    shutil.rmtree(place.root / "out")
    patients = place.root / "mine" / "patients.csv"
    place.patch.setattr(build.make, "make", lambda *_: (patients.write_text("another"), {}))

    with pytest.raises(ChapterError, match="changed while the book was being made"):
        made(place.root, place.patch)


def test_the_secret_is_for_its_owner_only_and_made_once(tmp_path):
    first = storage.secret(tmp_path, "a")

    assert storage.secret(tmp_path, "a") == first
    assert (storage.folder_of(tmp_path, "a") / "secret").stat().st_mode & 0o077 == 0


def test_digests_with_another_secret_are_others(tmp_path):
    (tmp_path / "x").write_text("x")

    assert freshness.digest_of_files(b"1", [tmp_path / "x"], tmp_path) != (
        freshness.digest_of_files(b"2", [tmp_path / "x"], tmp_path)
    )


def test_a_keyed_digest_is_of_the_name_and_the_content_of_a_file_and_needs_the_key(tmp_path):
    content = b"patient_id\n" * 100_000
    files = [tmp_path / name for name in ("patients.csv", "visits.csv")]
    for file in files:
        file.write_bytes(content)
    keyed, others = (freshness.keyed_digests(files, key) for key in (b"one", b"another"))

    assert keyed == {
        file.name: hmac.new(b"one", file.name.encode() + b"\0" + content, "sha256").hexdigest() for file in files
    }
    assert len({*keyed.values(), *others.values()}) == 4
    assert freshness.digests(files) == dict.fromkeys(keyed, hashlib.sha256(content).hexdigest())
