"""What a run is made of and what it left, for machines: an RO-Crate 1.1 of its folder (Soiland-Reyes and others, Data
Science 2022), and a manifest for CODECHECK (Nuest and Eglen, F1000Research 2021). Both hold no result.
"""

import json
import shlex
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

import yaml

from gistbook.book.freshness import commit

CRATE, MANIFEST = "ro-crate-metadata.json", "codecheck.yml"

_OF_TEXT, _OF_CODE = "https://creativecommons.org/licenses/by/4.0/", "https://spdx.org/licenses/MIT"
_NONE = "No licence is stated; ask the owner of the cohort."
_PAPER = "https://doi.org/10.1007/s00595-021-02241-5"
_SOFTWARE = ("altair", "jupyter-book", "lifelines", "numpy", "pandas", "papermill")
_OUTPUTS = ("values.json", "frames.json", "run.json", "html/index.html")
_FORMATS = {".csv": "text/csv", ".html": "text/html", ".ipynb": "application/x-ipynb+json", ".json": "application/json",
            ".png": "image/png", ".svg": "image/svg+xml",
            ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ".zip": "application/zip"}  # fmt: skip


def describe(run: Path, planned, banner: str, inputs: dict[str, str]) -> list[str]:
    """Write the crate and the manifest of a finished run into its folder; give every text that they hold.

    `inputs` are digests of the files of the cohort by their names, keyed ones where the cohort is confidential.
    """
    written = {CRATE: _crate(run, planned, banner, inputs), MANIFEST: _manifest(run, planned, banner)}
    (run / CRATE).write_text(json.dumps(written[CRATE], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (run / MANIFEST).write_text(yaml.safe_dump(written[MANIFEST], sort_keys=False, allow_unicode=True), "utf-8")
    return [*_texts(list(written.values()))]


def _crate(run: Path, planned, banner: str, inputs: dict[str, str]) -> dict:
    from rocrate.rocrate import ROCrate

    crate = ROCrate()
    crate.name, crate.description = planned.cohort.book.title or planned.cohort.title, banner
    crate.license = _OF_TEXT if planned.cohort.access == "synthetic" else _NONE
    crate.datePublished = date.today().isoformat()
    chapters = [_file(crate, run, path) for path in sorted(run.glob("notebooks/*.ipynb"))]
    offered = [path for path in sorted(run.glob("html/downloads/*")) if path.suffix in _FORMATS]
    outputs = [_file(crate, run, path) for path in [*(run / name for name in _OUTPUTS), *offered]]
    ours = {"license": _OF_CODE, "softwareVersion": f"{version('gistbook')}, commit {commit(planned.book)}"}
    versions = {"gistbook": ours, **{name: {"softwareVersion": version(name)} for name in _SOFTWARE}}
    software = [_entity(crate, name, "SoftwareApplication", name=name, **about) for name, about in versions.items()]
    used = []
    for number, (name, digest) in enumerate(inputs.items(), start=1):
        about = {"identifier": digest, "description": "Digest of a file that the cohort was read from"}
        used.append(_entity(crate, f"input-{number}", "CreativeWork", name=name, **about))
    for name, value in sorted(planned.parameters.items()):
        written = json.dumps(value, ensure_ascii=False)
        used.append(_entity(crate, f"parameter-{name}", "PropertyValue", name=name, value=written))
    action = _entity(crate, "making", "CreateAction", name="Making of the book")
    action["instrument"], action["object"], action["result"] = software, used, [*chapters, *outputs]
    crate.root_dataset["mentions"] = action
    return crate.metadata.generate()


def _entity(crate, name: str, kind: str, /, **about):
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, f"#{name}", properties={"@type": kind, **about}))


def _file(crate, run: Path, path: Path):
    name = path.relative_to(run).as_posix()
    return crate.add_file(dest_path=name, properties={"name": path.name, "encodingFormat": _FORMATS[path.suffix]})


def _manifest(run: Path, planned, banner: str) -> dict:
    cohort, folder = planned.cohort, planned.folder
    named = f"data/{folder.name}" if folder.parent == planned.book / "data" else folder.name
    command = f"gistbook build {shlex.quote(named)} --only"
    files = [path for path in sorted(run.glob("html/downloads/*-*")) if path.suffix in (".svg", ".csv")]
    commands = {path.relative_to(run).as_posix(): f"{command} {path.name.partition('-')[0]}" for path in files}
    paper = {"title": cohort.book.title or cohort.title}
    if cohort.book.is_of_gist:
        paper["reference"] = _PAPER
    listed = [{"file": file, "comment": comment} for file, comment in commands.items()]
    form = "https://codecheck.org.uk/spec/config/1.0/"
    return {"version": form, "paper": paper, "summary": banner, "manifest": listed}


def _texts(content) -> Iterator[str]:
    if isinstance(content, dict | list):
        for each in content.values() if isinstance(content, dict) else content:
            yield from _texts(each)
    elif isinstance(content, str):
        yield content
