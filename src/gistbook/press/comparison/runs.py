"""One run as it left its folder: what was pasted and drawn, with which parameters, from what kind of data."""

import json
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook.conventions import ACCESS, FRAMES_SUFFIX, UsageError

FILES = ("values.json", "frames.json", "run.json")
"""What a comparison reads of a run: what was pasted, what was drawn, and what the run was of."""

_VALUES, _FRAMES, _ABOUT = FILES

_EXACT = "exact"
"""How the names of the policies begin that leave counts as they are."""


class Run(NamedTuple):
    """A run under its letter.

    `parameters` is by chapter, then name, and `frames` by chapter, key, then name; each is `None` where an older
    version of the book did not keep it. `clocks` are names of times zero, `commit` is that of the code, `policy` that
    of disclosure, and `setting` tells the run from another of the same name.
    """

    letter: str
    name: str
    title: str
    access: str
    parameters: dict | None
    clocks: dict
    commit: str
    values: dict
    frames: dict | None
    policy: str = "exact"
    setting: str = ""

    @property
    def label(self) -> str:
        """How a column is headed: letter, cohort folder, kind of data, and the setting that tells it from the other."""
        return ", ".join(filter(None, (f"{self.letter}: {self.name}", self.access, self.setting)))

    def phrase(self, chapter: str, key: str) -> str:
        """Return what a chapter pasted under a key, in words; nothing if it did not."""
        return self.values.get(chapter, {}).get(key, {}).get("phrase", "")

    def frame(self, chapter: str, key: str, name: str = "frame") -> pd.DataFrame | None:
        """Return a frame that a figure or a table was made of; `None` if the run does not hold it."""
        record = (self.frames or {}).get(chapter, {}).get(key, {}).get(name)
        return None if record is None else _typed(pd.DataFrame(record["rows"], columns=record["columns"]))


def load(folder: str | Path, letter: str) -> Run:
    """Read a run from its folder.

    Parameters
    ----------
    folder : path
        What `gistbook build` leaves, or any folder that holds its values.json.
    letter : str
        `A` or `B`, by which the page tells the runs apart.

    Raises
    ------
    UsageError
        A file of the folder is not what a build writes.
    """
    folder = Path(folder)
    values, frames, about = (_read(folder / name) for name in FILES)
    _refuse_strangers(folder, values or {}, frames or {})
    about, values = about or {}, values or {}
    frames = None if frames is None else {chapter: _plainly_named(drawn) for chapter, drawn in frames.items()}
    name = Path(str(about.get("name") or "")).name or folder.absolute().name
    titles = [keys["cohort_title"]["phrase"] for keys in values.values() if "cohort_title" in keys]
    commits = [keys["commit"]["phrase"] for keys in values.values() if "commit" in keys]
    access = about.get("access") if about.get("access") in ACCESS else "confidential"
    told = {"title": str(about.get("title") or (titles or [name])[0]), "access": access, "commit": (commits or [""])[0]}
    told["policy"] = str(about.get("policy") or "exact")
    told |= {"parameters": _part(about, "parameters").get("chapters"), "clocks": _part(about, "clocks")}
    values = {chapter: _apart(pasted) for chapter, pasted in values.items()}
    return Run(letter, name, **told, values=values, frames=frames)


def withheld(a: Run, b: Run) -> str:
    """Return why a comparison of these runs may not be made; nothing if it may.

    The one place for what a disclosure policy withholds: two releases of one confidential cohort, set side by side,
    can tell more than either.
    """
    coarse = [run for run in (a, b) if not run.policy.startswith(_EXACT)]
    if not coarse:
        return ""
    named = " and ".join(f"{run.name} ({run.policy})" for run in coarse)
    return (
        f"No comparison is made of {named}: side by side, two releases tell more of the patients than the disclosure "
        "policy of either allows. To compare for your own eyes, build both again with --not-for-release."
    )


def _apart(pasted: dict) -> dict:
    """Return what a chapter pasted, with a number of each group in place of the list of them."""
    apart = {}
    for key, record in pasted.items():
        parts = record.get("parts", {})
        apart |= {f"{key}, {group}": part for group, part in parts.items()} or {key: record}
    return apart


def _plainly_named(drawn: dict) -> dict:
    """Return what a chapter drew under the keys of its figures, which frames are pasted beside."""
    return {key.removesuffix(FRAMES_SUFFIX): frames for key, frames in drawn.items()}


def _part(about: dict, name: str) -> dict:
    return about[name] if isinstance(about.get(name), dict) else {}


def _read(path: Path) -> dict | None:
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise UsageError(_strange(path))
    return content


def _refuse_strangers(folder: Path, values: dict, frames: dict) -> None:
    """Refuse what a build does not write: a value without its phrase, or a frame without rows or columns."""
    records = _leaves(_leaves([values], folder / _VALUES), folder / _VALUES)
    if any(not isinstance(each, dict) or not isinstance(each.get("phrase"), str) for each in records):
        raise UsageError(_strange(folder / _VALUES))
    path = folder / _FRAMES
    drawn = _leaves(_leaves(_leaves([frames], path), path), path)
    if not all(_is_frame(each) for each in drawn):
        raise UsageError(_strange(path))


def _is_frame(record) -> bool:
    if not isinstance(record, dict) or not all(isinstance(record.get(part), list) for part in ("columns", "rows")):
        return False
    return all(isinstance(row, list) and len(row) == len(record["columns"]) for row in record["rows"])


def _leaves(nodes: list, path: Path) -> list:
    if any(not isinstance(node, dict) for node in nodes):
        raise UsageError(_strange(path))
    return [leaf for node in nodes for leaf in node.values()]


def _strange(path: Path) -> str:
    return f"{path} is not what a build writes; make the run again with gistbook build, or name another."


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns without any word are numbers, unknown ones included."""
    wordless = [name for name in frame if not frame[name].map(lambda cell: isinstance(cell, str)).any()]
    return frame.assign(**{name: pd.to_numeric(frame[name]) for name in wordless})
