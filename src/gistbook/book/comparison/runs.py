"""Two finished runs: what each pasted and drew, of what kind of data, and which of their definitions differ."""

import json
import textwrap
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook.book import chapters
from gistbook.conventions import ACCESS, DATA_NOTES, FRAMES_SUFFIX, UsageError

FILES = ("values.json", "frames.json", "run.json")
"""What a comparison reads of a run: what was pasted, what was drawn, and what the run was of."""

_STRICTEST_FIRST = ("confidential", "synthetic", "public")
_LONGEST_SETTING = 40

_IN_WORDS = {
    "os": "overall survival,",
    "pfs": "progression-free survival,",
    "pfs2l": "progression-free survival on second line,",
    "imcont": "imatinib continuation,",
    "n": "number:",
    "30d": "within 30 days",
    "90d": "within 90 days",
}
"""Words for the parts of a key that a reader would not know."""

_COMPOUNDS = {
    "follow up": "follow-up",
    "progression free": "progression-free",
    "m group": "M-group",
    "s group": "S-group",
}


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

    @property
    def secret(self) -> str:
        """What is added to every mention of confidential data."""
        return " Not for release." if self.access == "confidential" else ""

    def phrase(self, chapter: str, key: str) -> str:
        """What a chapter pasted under a key, in words; empty if it did not."""
        return self.values.get(chapter, {}).get(key, {}).get("phrase", "")

    def frame(self, chapter: str, key: str, name: str = "frame") -> pd.DataFrame | None:
        """The estimates that a figure or a table was made of; `None` if the run does not hold them."""
        record = (self.frames or {}).get(chapter, {}).get(key, {}).get(name)
        return None if record is None else _framed(record)


def load(folder: str | Path, letter: str) -> Run:
    """Read a run, called by its letter, from what `gistbook build` leaves, or any folder that holds its values.json.

    Raises `UsageError` if a file of the folder is not what a build writes.
    """
    folder = Path(folder)
    values, frames, about = (_read(folder / name) for name in FILES)
    values, about = values or {}, about or {}
    phrases = {key: record["phrase"] for pasted in values.values() for key, record in pasted.items()}
    name = Path(str(about.get("name") or "")).name or folder.absolute().name
    return Run(
        letter,
        name,
        title=str(about.get("title") or phrases.get("cohort_title") or name),
        access=about.get("access") if about.get("access") in ACCESS else "confidential",
        parameters=(about.get("parameters") or {}).get("chapters"),
        clocks=about.get("clocks") or {},
        commit=phrases.get("commit", ""),
        values=values,
        # An older version kept what was drawn under a longer name than that of its figure.
        frames=frames and {c: {key.removesuffix(FRAMES_SUFFIX): d[key] for key in d} for c, d in frames.items()},
        policy=str(about.get("policy") or "exact"),
    )


def load_pair(a_dir: str | Path, b_dir: str | Path) -> tuple[Run, Run]:
    """Read both runs, the first as A and the second as B; of one name, each bears its own setting as well."""
    a, b = load(a_dir, "A"), load(b_dir, "B")
    differing = list(differing_parameters(a, b)) if a.name == b.name else []
    if not differing:
        return a, b
    name, *values = differing[0]
    more = " and more" if len(differing) > 1 else ""
    settings = [textwrap.shorten(f"{name} {value}", _LONGEST_SETTING, placeholder=" …") + more for value in values]
    return a._replace(setting=settings[0]), b._replace(setting=settings[1])


def withheld(a: Run, b: Run) -> str:
    """Why a comparison of these runs may not be made; empty if it may.

    The one place for what a disclosure policy withholds: two releases of one confidential cohort, set side by side,
    can tell more than either.
    """
    coarse = [f"{run.name} ({run.policy})" for run in (a, b) if not run.policy.startswith("exact")]
    if not coarse:
        return ""
    return (
        f"No comparison is made of {' and '.join(coarse)}: side by side, two releases tell more of the patients than "
        "the disclosure policy of either allows. To compare for your own eyes, build both again with --not-for-release."
    )


def differing_parameters(a: Run, b: Run) -> dict[tuple[str, str, str], list[str]]:
    """Chapters in which a parameter differs in the same way, by its name and its value in either run, as words."""
    differing: dict[tuple[str, str, str], list[str]] = {}
    if a.parameters is None or b.parameters is None:
        return differing
    for slug in sorted({*a.parameters, *b.parameters}):
        ours, theirs = (run.parameters.get(slug, {}) for run in (a, b))
        for name in sorted({*ours, *theirs} - chapters.SET_BY_A_BUILD):
            if (value := _value(ours, name)) != (other := _value(theirs, name)):
                differing.setdefault((name, value, other), []).append(slug)
    return differing


def differing_definitions(a: Run, b: Run) -> pd.DataFrame:
    """Definitions that differ, as a table of words: one row per parameter, or per name of a time zero."""
    rows = [(*key, "; ".join(map(worded, slugs))) for key, slugs in differing_parameters(a, b).items()]
    for clock in sorted({*a.clocks, *b.clocks}):
        names = [run.clocks.get(clock, "as this book names it") for run in (a, b)]
        if names[0] != names[1]:
            rows.append((f"time zero: {clock.replace('_', ' ')}", *names, "all that count from it"))
    if not rows:
        return pd.DataFrame({"Definition": ["None is known to differ."]})
    return pd.DataFrame(rows, columns=["Definition", a.label, b.label, "Chapters"])


def introductions(a: Run, b: Run) -> dict[str, str]:
    """What the page says of its two runs: `label_a` and `label_b`, and `a_and_b` under every figure and table."""
    ours, theirs = (DATA_NOTES[run.access].format(title=run.title) + run.secret for run in (a, b))
    both = f"{a.label}; {b.label}. {ours}" if ours == theirs else f"{a.label}. {ours} {b.label}. {theirs}"
    return {"label_a": a.label, "label_b": b.label, "a_and_b": both}


def overview(a: Run, b: Run) -> pd.DataFrame:
    """What the two runs are, as a table of words: one row per trait."""
    columns = {run.label: [run.title, run.access, run.name] for run in (a, b)}
    return pd.DataFrame({"Run": ["Title", "Kind of data", "Cohort folder"], **columns})


def banner(a: Run, b: Run) -> tuple[str, str, str]:
    """Title, access and notice of the page's banner, worded so that it is right for both runs.

    The stricter access rules (confidential before synthetic before public), with one exception: of a public run
    beside a synthetic one it would be false that a program drew every patient, and so the title says of which. A
    policy lets a confidential run be compared only if it is exact, and so is nothing to release.
    """
    kinds = {a.access, b.access}
    access = "public" if kinds == {"synthetic", "public"} else min(kinds, key=_STRICTEST_FIRST.index)
    drawn = {"synthetic": " (synthetic: drawn by a program, and no evidence)"} if access != "synthetic" else {}
    titles = [f"{run.letter}, {run.title}{drawn.get(run.access, '')}" for run in (a, b)]
    alike = (a.title, a.access) == (b.title, b.access)
    secret = a.secret or b.secret
    return titles[0] if alike else "; ".join(titles), access, f"{secret} {a.label}. {b.label}.".strip()


def worded(name: str) -> str:
    """The slug of a chapter, or the key of what it pasted, in words.

    >>> worded("pfs_median"), worded("n_s_group"), worded("overall_survival")
    ('Progression-free survival, median', 'Number: S-group', 'Overall survival')
    """
    words = " ".join(_IN_WORDS.get(word, word) for word in name.split("_"))
    for apart, together in _COMPOUNDS.items():
        words = words.replace(apart, together)
    return words[:1].upper() + words[1:]


def is_example(chapter: str, key: str) -> bool:
    """Tell whether something is of other patients than the cohort's, whom the book shows as an example."""
    return chapter in ("your_cohort", "validation") or key in ("naive_ratio", "dated_ratio")


def _value(parameters: dict, name: str) -> str:
    value = parameters.get(name, "no such parameter")
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "nothing"


def _read(path: Path) -> dict | None:
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        _check(path.name, content)
    except (ValueError, TypeError, KeyError, AttributeError):
        message = f"{path} is not what a build writes; make the run again with gistbook build, or name another."
        raise UsageError(message) from None
    return content


def _check(name: str, content: dict) -> None:
    """Go through what a file of a run holds as a comparison does; what no build writes fails here, and not later."""
    if name == "run.json":
        for entry in ("parameters", "clocks"):
            dict.items(content.get(entry) or {})
        return
    records = [record for chapter in content.values() for record in chapter.values()]
    if name == "frames.json":
        [_framed(frame) for frames in records for frame in frames.values()]
    elif not all(isinstance(record["phrase"], str) for record in records):
        raise TypeError


def _framed(record: dict) -> pd.DataFrame:
    """A frame as it was pasted; a column without any word is of numbers, unknown ones included."""
    rows = [dict(zip(record["columns"], row, strict=True)) for row in record["rows"]]
    frame = pd.DataFrame(rows, columns=record["columns"])
    wordless = [name for name in frame if not frame[name].map(lambda cell: isinstance(cell, str)).any()]
    return frame.assign(**{name: pd.to_numeric(frame[name]) for name in wordless})
