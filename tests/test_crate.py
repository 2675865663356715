"""The description of a run for machines names what is there and nothing else, and tells of nobody."""

import json
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
import yaml

from gistbook import build
from gistbook.book import audit, crate
from gistbook.book.audit import gate, plain
from gistbook.conventions import DataError

COHORT = SimpleNamespace(title="A title", access="public", book=SimpleNamespace(title="", is_of_gist=False))
PLANNED = SimpleNamespace(book=build.BOOK, folder=Path("mine"), parameters={"interval": "log"}, cohort=COHORT)

REFERENCE = {"type": "object", "required": ["@id"], "properties": {"@id": {"type": "string"}}}
ROOT = {
    "required": ["@id", "@type", "name", "description", "datePublished", "license", "hasPart"],
    "properties": {"@id": {"const": "./"}, "@type": {"const": "Dataset"}, "hasPart": {"items": REFERENCE},
                   "datePublished": {"pattern": r"^\d{4}-\d\d-\d\d$"}},
}  # fmt: skip
DESCRIPTOR = {
    "required": ["@id", "@type", "about", "conformsTo"],
    "properties": {"@id": {"const": "ro-crate-metadata.json"}, "@type": {"const": "CreativeWork"},
                   "about": {"properties": {"@id": {"const": "./"}}}},
}  # fmt: skip
SCHEMA_OF_CRATE = {
    "required": ["@context", "@graph"],
    "properties": {
        "@context": {"pattern": r"^https://w3id\.org/ro/crate/1\.\d/context$"},
        "@graph": {"allOf": [{"contains": DESCRIPTOR}, {"contains": ROOT}],
                   "items": {"type": "object", "required": ["@id", "@type"]}},
    },
}  # fmt: skip
"""What RO-Crate 1.1 asks of the file: a descriptor, a root with its five entries, and an id and a type for each."""

SCHEMA_OF_MANIFEST = {
    "required": ["version", "paper", "manifest"],
    "properties": {
        "version": {"const": "https://codecheck.org.uk/spec/config/1.0/"},
        "manifest": {"type": "array", "minItems": 1,
                     "items": {"required": ["file", "comment"], "additionalProperties": False,
                               "properties": {"file": {"type": "string"}, "comment": {"type": "string"}}}},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def described(bundled_book) -> dict:
    """Return both files of the bundled book, read."""
    content = json.loads((bundled_book / crate.CRATE).read_text(encoding="utf-8"))
    manifest = yaml.safe_load((bundled_book / crate.MANIFEST).read_text(encoding="utf-8"))
    return {"graph": {each["@id"]: each for each in content["@graph"]}, "crate": content, "manifest": manifest}


def test_both_files_are_of_the_form_that_their_makers_ask_for(described):
    jsonschema.validate(described["crate"], SCHEMA_OF_CRATE)
    jsonschema.validate(described["manifest"], SCHEMA_OF_MANIFEST)


@pytest.mark.parametrize("gone", ["datePublished", "license", "hasPart"])
def test_the_form_is_not_met_without_an_entry_of_the_root(described, gone):
    graph = [{name: value for name, value in each.items() if name != gone} for each in described["graph"].values()]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**described["crate"], "@graph": graph}, SCHEMA_OF_CRATE)


def test_every_file_that_is_named_is_there_and_every_download_is_named(bundled_book, described):
    parts = {part["@id"] for part in described["graph"]["./"]["hasPart"]}
    listed = {each["file"] for each in described["manifest"]["manifest"]}
    there = {path.relative_to(bundled_book).as_posix() for path in (bundled_book / "html" / "downloads").iterdir()}
    drawn = {name for name in there if name.endswith((".svg", ".csv")) and "-" in name}

    assert [name for name in parts | listed if not (bundled_book / name).is_file()] == []
    assert there - parts == set()
    assert drawn - listed == set()
    assert {f"notebooks/{chapter.slug}.ipynb" for chapter in build.read_chapters()} <= parts


def test_parameters_inputs_and_software_are_those_of_the_run(bundled_book, described):
    run = json.loads((bundled_book / "run.json").read_text(encoding="utf-8"))
    named = {each["name"]: each["value"] for each in described["graph"].values() if each["@type"] == "PropertyValue"}
    files = {each["name"] for each in described["graph"].values() if "identifier" in each}

    assert named == {name: json.dumps(value) for name, value in run["parameters"]["given"].items()}
    assert "patients.csv" in files
    assert described["graph"]["#gistbook"]["softwareVersion"].startswith("0.2.0, commit ")
    assert all(each in described["graph"]["#making"] for each in ("instrument", "object", "result"))


def test_each_command_of_the_manifest_makes_its_chapter_again(described):
    slugs = {chapter.slug for chapter in build.read_chapters()}
    commands = {each["comment"] for each in described["manifest"]["manifest"]}

    assert commands <= {f"gistbook build data/wada2021 --only {slug}" for slug in slugs}


def test_a_book_of_other_patients_names_no_licence_of_ours_and_not_the_paper(tmp_path: Path):
    for name in ("values.json", "frames.json", "run.json", "html/index.html", "notebooks/survival.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}", encoding="utf-8")

    texts = " ".join(crate.describe(tmp_path, PLANNED, "Public data.", {"p.csv": "ab"}))

    assert "No licence is stated" in texts
    assert "s00595" not in texts
    assert "gistbook build mine" not in texts


@pytest.mark.parametrize("text", ["GIST-0417", "seen on 3 May 2011", "/home/" + "someone/cohort"])
def test_a_description_that_tells_of_a_patient_or_the_machine_is_refused_without_the_value(text):
    from datetime import date

    facts = audit.Known(identifiers=frozenset(["GIST-0417"]), dates=frozenset([date(2011, 5, 3)]))
    sought = plain.Sought(facts, "")
    gate.refuse_words(["patients.csv", "interval"], sought)
    with pytest.raises(DataError) as refused:
        gate.refuse_words(["interval", text], sought)
    assert text not in str(refused.value)
