"""What the two runs are, in words: whose data, which column is which, and what the comparison may not be used for."""

import textwrap
from pathlib import Path

import pandas as pd

from gistbook.conventions import DATA_NOTES
from gistbook.press.comparison.definitions import differing_parameters
from gistbook.press.comparison.runs import Run, load

_STRICTEST_FIRST = ("confidential", "synthetic", "public")
_LONGEST_SETTING = 40

_ONE_COHORT = (
    "Both runs are of the cohort {name}: what moves was moved by a definition, by the code, or by a change of its "
    "files, and not by other patients."
)
_TWO_COHORTS = (
    "The runs are of two cohort folders, and so of different patients, whom nobody assigned to one or the other. What "
    "differs may come from who they were, how they were followed and how things were recorded; it is no effect of a "
    "treatment or of a centre."
)
_ONE_SYNTHETIC = (
    "{synthetic} is synthetic: a program drew its patients. It is no evidence, and a difference between {other} and "
    "it must not be read as better or worse, reported as a result, or used to choose a treatment."
)
_BOTH_SYNTHETIC = (
    "Both runs are of synthetic patients. They are no evidence: what differs describes a program or a definition, "
    "and nobody's treatment."
)
_CONFIDENTIAL = "{said} confidential, and so is this page."
_PROGRAM = "{said} (synthetic: drawn by a program, and no evidence)"


def load_pair(a_dir: str | Path, b_dir: str | Path) -> tuple[Run, Run]:
    """Read both runs, the first as A and the second as B; of one name, each is told by its own setting as well."""
    a, b = load(a_dir, "A"), load(b_dir, "B")
    return a._replace(setting=_setting(a, b)), b._replace(setting=_setting(b, a))


def introductions(a: Run, b: Run) -> dict[str, str]:
    """Return what the page says of its two runs, by the key under which it is pasted.

    `label_a` and `label_b` tell the runs, `a_and_b` is the sentence under every figure and table, `caution` what the
    comparison may not be used for.
    """
    told = {"label_a": a.label, "label_b": b.label, "a_and_b": _noted(a, b)}
    return {**told, "caution": _caution(a, b)}


def overview(a: Run, b: Run) -> pd.DataFrame:
    """Return what the two runs are as a table of words: one row per trait."""
    traits = {"Title": "title", "Kind of data": "access", "Cohort folder": "name"}
    told = {run.label: [getattr(run, name) for name in traits.values()] for run in (a, b)}
    return pd.DataFrame({"Run": list(traits), **told})


def banner(a: Run, b: Run) -> tuple[str, str]:
    """Return the title and the access by which the page's banner is worded, so that it is right for both runs.

    The stricter access rules (confidential before synthetic before public), with one exception: of a public run
    beside a synthetic one it would be false that a program drew every patient, and so the title says of which.
    """
    kinds = {a.access, b.access}
    access = min(kinds, key=_STRICTEST_FIRST.index)
    if kinds == {"synthetic", "public"}:
        access = "public"
    titles = [_titled(run, access) for run in (a, b)]
    return (titles[0] if a.title == b.title and a.access == b.access else "; ".join(titles)), access


def notice(a: Run, b: Run) -> str:
    """Return what the page's banner says beside the kind of data: which run is A and which is B.

    A policy lets a confidential run be compared only if it is exact, and so is nothing to release.
    """
    secret = "Not for release. " if "confidential" in (a.access, b.access) else ""
    return f"{secret}{a.label}. {b.label}."


def same_cohort(a: Run, b: Run) -> bool:
    """Tell whether both runs are, by name, title and kind of data, of one cohort."""
    return (a.name, a.title, a.access) == (b.name, b.title, b.access)


def _setting(run: Run, other: Run) -> str:
    own = differing_parameters(run, other) if run.name == other.name else []
    if not own:
        return ""
    setting = textwrap.shorten(f"{own[0].name} {own[0].a}", _LONGEST_SETTING, placeholder=" …")
    return f"{setting}{' and more' if len(own) > 1 else ''}"


def _noted(a: Run, b: Run) -> str:
    """Return which run is which and of what data, once if what is said of both is the same."""
    notes = [_of_data(run) for run in (a, b)]
    if notes[0] == notes[1]:
        return f"{a.label}; {b.label}. {notes[0]}"
    return f"{a.label}. {notes[0]} {b.label}. {notes[1]}"


def _of_data(run: Run) -> str:
    said = DATA_NOTES[run.access].format(title=run.title)
    return f"{said} Not for release." if run.access == "confidential" else said


def _titled(run: Run, access: str) -> str:
    said = f"{run.letter}, {run.title}"
    return _PROGRAM.format(said=said) if run.access == "synthetic" != access else said


def _caution(a: Run, b: Run) -> str:
    said = [_ONE_COHORT.format(name=a.name) if same_cohort(a, b) else _TWO_COHORTS, _of_synthetic(a, b)]
    secret = [run.letter for run in (a, b) if run.access == "confidential"]
    if secret:
        said.append(_CONFIDENTIAL.format(said=f"{' and '.join(secret)} {'are' if len(secret) > 1 else 'is'}"))
    return " ".join(filter(None, said))


def _of_synthetic(a: Run, b: Run) -> str:
    drawn = [run.letter for run in (a, b) if run.access == "synthetic"]
    if len(drawn) == 1:
        return _ONE_SYNTHETIC.format(synthetic=drawn[0], other="B" if drawn == ["A"] else "A")
    return _BOTH_SYNTHETIC if drawn else ""
