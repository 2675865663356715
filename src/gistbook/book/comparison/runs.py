"""Two finished runs: what each pasted and drew, which of their definitions differ, and which of their numbers moved.

Pasted numbers are joined on chapter and key. A difference stands without an interval: the two estimates may be of the
same patients, and their covariance is unknown.
"""

import json
import math
import textwrap
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook.book import chapters, storage
from gistbook.conventions import ACCESS, FRAMES_SUFFIX, UsageError, caption_note, is_known, rounded
from gistbook.units import UNITS

_DRAWN = " (synthetic: drawn by a program, and no evidence)"
_MARKS = {"synthetic": _DRAWN, "reconstructed": " (reconstructed from a published figure)"}
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

_COMPOUNDS = {"follow up": "follow-up", "progression free": "progression-free"}
_COMPOUNDS |= {"m group": "M-group", "s group": "S-group"}


class Run(NamedTuple):
    """A run under its letter.

    `parameters` is by chapter, then name, and `frames` by chapter, key, then name; each is `None` where an older
    version of the book did not keep it. `clocks` are names of time zeros, `commit` is that of the code, `policy` that
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
    values, frames, about = (_read(folder / name) for name in storage.FILES)
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
    settings = [textwrap.shorten(f"{name} {value}", 40, placeholder=" …") + more for value in values]
    return a._replace(setting=settings[0]), b._replace(setting=settings[1])


def withheld(a: Run, b: Run) -> str:
    """Why a comparison of these runs may not be made; empty if it may."""
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
    known = a.parameters is not None and b.parameters is not None
    for slug in sorted({*a.parameters, *b.parameters}) if known else ():
        both = [run.parameters.get(slug, {}) for run in (a, b)]
        for name in sorted({*both[0], *both[1]} - chapters.SET_BY_A_BUILD):
            values = [parameters.get(name, "no such parameter") for parameters in both]
            words = [", ".join(map(str, each)) if isinstance(each, list) else str(each) for each in values]
            if words[0] != words[1]:
                differing.setdefault((name, *(each or "nothing" for each in words)), []).append(slug)
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
    ours, theirs = (caption_note(run.access, run.title, run.secret.strip()) for run in (a, b))
    both = f"{a.label}; {b.label}. {ours}" if ours == theirs else f"{a.label}. {ours} {b.label}. {theirs}"
    return {"label_a": a.label, "label_b": b.label, "a_and_b": " ".join(both.split())}


def overview(a: Run, b: Run) -> pd.DataFrame:
    """What the two runs are, as a table of words: one row per trait."""
    columns = {run.label: [run.title, run.access, run.name] for run in (a, b)}
    return pd.DataFrame({"Run": ["Title", "Kind of data", "Cohort folder"], **columns})


def banner(a: Run, b: Run) -> tuple[str, str, str]:
    """Title, access and notice of the page's banner, worded so that it is right for both runs.

    Two runs of one access keep it. Of two others, one confidential makes both so, and else they are public: what the
    banner of one says of its patients would be false of the other's, and so a title says it. A policy lets a
    confidential run be compared only if it is exact, and so is nothing to release.
    """
    kinds = {a.access, b.access}
    access = a.access if len(kinds) == 1 else "confidential" if "confidential" in kinds else "public"
    marks = _MARKS if len(kinds) > 1 else {}
    titles = [f"{run.letter}, {run.title}{marks.get(run.access, '')}" for run in (a, b)]
    alike = (a.title, a.access) == (b.title, b.access)
    notice = f"{a.secret or b.secret} {a.label}. {b.label}.".strip()
    return titles[0] if alike else "; ".join(titles), access, notice


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
        [dict.items(content.get(entry) or {}) for entry in ("parameters", "clocks")]
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


_INTRODUCING = {"cohort_title", "commit", "data_note", "kind_of_data", "this_cohort"}
"""Keys under which chapters speak of their cohort and code, which the page tells in words of its own; what the paper
printed, which no run changes, has keys that begin with `published_`."""

_PRINTED = {
    **{name: (1, unit.digits, f" {name}") for name, unit in UNITS.items()},
    **dict.fromkeys(("probability", "share"), (100, 1, " percentage points")),
    "count": (1, 0, ""),
}
"""For each unit: by what a difference is multiplied, with how many decimals it is printed, and what follows."""

_EXTENT, _OF_ONE_QUANTITY = ("lower", "upper", "level"), ("unit", "measure", "group", "time zero")
"""What a record tells of an interval, and what two numbers have in common that can be subtracted."""

_LISTS = {
    "moved": ("Number", ["B less A", "Intervals overlap"], "No number differs between the two runs."),
    "unmoved": ("Number", [], "No number is the same in both runs."),
    "reworded": ("Phrase", [], "No other phrase differs between the two runs."),
    "unpaired": ("What", [], "Both runs pasted the same things."),
}
"""For each list of what was pasted: how its first column is headed, which others it has, and what it says if empty."""

_NOT_COMPARED = "not compared"


def joined(a: Run, b: Run) -> pd.DataFrame:
    """What the two runs pasted: one row per chapter and key, both phrases, and in which `List` it belongs.

    What moved has `B less A` in the unit of the number (of shares in percentage points, of ratios B as a multiple of
    A) and `Intervals overlap`. Other phrases that are the same belong in no list.
    """
    ours, theirs = _records(a), _records(b)
    rows = [_row(where, ours.get(where), theirs.get(where)) for where in sorted({*ours, *theirs})]
    return pd.DataFrame(rows, columns=["List", "Key", "A", "B", "Chapter", "B less A", "Intervals overlap"])


def counted(pasted: pd.DataFrame) -> dict[str, int]:
    """How many numbers both runs pasted (`n_both`), and how many of them are other ones or the same."""
    n_moved, n_same = (int((pasted["List"] == name).sum()) for name in ("moved", "unmoved"))
    return {"n_both": n_moved + n_same, "n_moved": n_moved, "n_same": n_same}


def listed(pasted: pd.DataFrame, name: str, a: Run, b: Run) -> pd.DataFrame:
    """One list of what `joined` holds, as a table of words; of what moved, what can be subtracted comes first.

    The chapter stands last, where a narrow screen may cut it.
    """
    first, columns, empty = _LISTS[name]
    rows = pasted[pasted["List"] == name]
    if rows.empty:
        return pd.DataFrame({first: [empty]})
    rows = rows.sort_values("Intervals overlap", key=lambda words: words == _NOT_COMPARED, kind="stable")
    phrases = ["A"] if name == "unmoved" else ["A", "B"]
    headers = {"Key": first, "A": "In both runs" if name == "unmoved" else a.label, "B": b.label}
    return rows[["Key", *phrases, *columns, "Chapter"]].rename(columns=headers)


def _records(run: Run) -> dict[tuple[str, str], dict]:
    """What a run pasted, by chapter and key; in place of several groups under one key, each under its own."""
    records = {}
    for chapter, pasted in run.values.items():
        for key, record in pasted.items():
            if key not in _INTRODUCING and not key.startswith("published_"):
                groups = {f"{key}, {group}": part for group, part in record.get("parts", {}).items()} or {key: record}
                records |= {(chapter, name): _completed(each, run, chapter) for name, each in groups.items()}
    return records


def _completed(record: dict, run: Run, chapter: str) -> dict:
    """A record with what it is counted from; where it depends on time without telling, what its chapter counts from.

    A part of a whole is a share of it.
    """
    origin = record.get("origin") or ""
    origin = run.clocks.get(origin, origin)
    timed = record.get("unit") in UNITS or record.get("measure") in ("rate", "incidence")
    record = {**record, "origin": origin, "time zero": origin or (run.phrase(chapter, "clock") if timed else "")}
    if "unit" in record and is_known(record.get("share")):
        record |= {"unit": "share", "count": record["value"], "value": record["share"]}
    return record


def _row(where: tuple[str, str], ours: dict | None, theirs: dict | None) -> list[str]:
    chapter, key = where
    phrases = [record["phrase"] if record else "not pasted by this run" for record in (ours, theirs)]
    in_chapter = f"{worded(chapter)}{', of other patients' if is_example(chapter, key) else ''}"
    row = [_list_of(ours, theirs), worded(key), *phrases, in_chapter]
    return [*row, *((_difference(ours, theirs), _overlap(ours, theirs)) if row[0] == "moved" else ("", ""))]


def _list_of(ours: dict | None, theirs: dict | None) -> str:
    """The list of two records; a number that does not tell its time zero cannot have moved with it."""
    if not (ours and theirs):
        return "unpaired"
    if "unit" not in ours and "unit" not in theirs:
        return "reworded" if ours["phrase"] != theirs["phrase"] else ""
    from_one_time = ours["time zero"] == theirs["time zero"] or not (ours["origin"] or theirs["origin"])
    alike = all(ours.get(name) == theirs.get(name) for name in ("phrase", "unit", "measure", "group"))
    return "unmoved" if from_one_time and alike and _agree(ours, theirs, "value", "count", *_EXTENT) else "moved"


def _agree(ours: dict, theirs: dict, *entries: str) -> bool:
    pairs = [(ours.get(entry), theirs.get(entry)) for entry in entries]
    if any(is_known(one) != is_known(other) for one, other in pairs):
        return False
    return all(math.isclose(*each, rel_tol=1e-9, abs_tol=1e-12) for each in pairs if is_known(each[0]))


def _reason(ours: dict, theirs: dict) -> str:
    reasons = [f"no number in {letter}" for letter, each in (("A", ours), ("B", theirs)) if "unit" not in each]
    return next(iter([*reasons, *(f"another {n}" for n in _OF_ONE_QUANTITY if ours.get(n) != theirs.get(n))]), "")


def _difference(ours: dict, theirs: dict) -> str:
    reason = _reason(ours, theirs) or ("a p-value" if ours["unit"] == "p" else "")
    unknown = [letter for letter, each in (("A", ours), ("B", theirs)) if not is_known(each["value"])]
    if reason or unknown:
        return f"{_NOT_COMPARED}: {reason or 'no value in ' + ' or '.join(unknown)}"
    if _agree(ours, theirs, "value"):
        others = "patients or events are others" if _agree(ours, theirs, *_EXTENT) else "interval moved"
        return f"none; its {others}"
    difference, unit = theirs["value"] - ours["value"], ours["unit"]
    if unit == "ratio":
        is_zero = not ours["value"] > 0
        return f"{_NOT_COMPARED}: A is zero" if is_zero else f"{rounded(theirs['value'] / ours['value'], 2)} times A"
    factor, digits, words = _PRINTED.get(unit, (1, 2, f" {unit}"))
    if unit == "count" and not float(difference).is_integer():
        digits = 2
    size = rounded(abs(difference) * factor, digits)
    if float(size) == 0:
        return f"under {rounded(10**-digits, digits)}{words} {'more' if difference > 0 else 'less'}"
    return f"{'+' if difference > 0 else '−'}{size}{words}"


def _overlap(ours: dict, theirs: dict) -> str:
    if _reason(ours, theirs):
        return _NOT_COMPARED
    lowers, uppers = ([record.get(name) for record in (ours, theirs)] for name in ("lower", "upper"))
    if ours.get("measure") == "quantile":  # a limit that is not reached lies beyond every other
        uppers = [math.inf if upper is None else upper for upper in uppers]
    if None in uppers or not all(map(is_known, lowers)):
        return "no interval"
    if not _agree(ours, theirs, "level"):
        return "of different levels"
    return "yes" if max(lowers) <= min(uppers) else "no"
