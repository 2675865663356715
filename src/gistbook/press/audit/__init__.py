"""A built book read as a stranger would read it: what tells of a patient, of the machine, or reaches elsewhere.

What the book's own texts say (its chapters, bibliography and published tables) is no leak where a reader is shown it,
even if it happens to be a patient's date; among data, and under a name of a column of patients, it is.

`findings` says what a leak is, and `files` takes every file of a book apart: `markup` pages and drawings, `records`
JSON and notebooks, `texts` programs and styles, `binaries` the rest, `listings` tables in any text, `drawings` what
figures tell in numbers. What is sought is made ready by `sought`, with `words` and `dates`. The rules are in
`patients`, `machine`, `hosts`, `scripts`, `policy` and `leftovers`, and on what a disclosure policy forbids in `counts`
and `curves`; `reviewed` lists what the theme puts into every book. Its door to Beautiful Soup is `markup`. Files are
shared out by `processes`.
"""

from pathlib import Path

from gistbook.press.audit import counts, curves, hosts, leftovers, machine, patients, policy, processes, scripts, sought
from gistbook.press.audit.counts import UNRELEASED
from gistbook.press.audit.files import sheets
from gistbook.press.audit.findings import Allowed, Known, Leak

__all__ = ["RULES", "UNRELEASED", "Allowed", "Known", "Leak", "audit"]

RULES = (
    patients.identifiers,
    patients.patient_dates,
    patients.rows_of_patients,
    machine.paths,
    machine.names,
    machine.parameters,
    hosts.loads,
    leftovers.removed_outputs,
    leftovers.hidden_data,
    scripts.scripts,
    policy.policies,
    leftovers.files,
    counts.forbidden,
    counts.following,
    curves.off_the_grid,
    counts.unreleased,
)
"""Every rule: a function of a file that was taken apart and of what is sought, which yields the leaks that it finds."""


def audit(html: Path, known: Known) -> list[Leak]:
    """Return what should not be in the folder of a built book, by file and place; a value is never told.

    That the whole book is not to be released is told once, with the first file.

    Parameters
    ----------
    html : Path
        The folder that would be published.
    known : Known
        What is known of the cohort and of the machine, and what the book prints whatever the cohort.
    """
    ready = sought.ready(known)
    masked = [
        leak._replace(file=sought.masked(leak.file, ready), place=sought.masked(leak.place, ready))
        for leak in _found(html, ready)
    ]
    told: dict = {}
    for leak in masked:
        told.setdefault(leak.rule if leak.rule == UNRELEASED.says else leak, leak)
    return list(told.values())


def _found(html: Path, ready: sought.Sought) -> list[Leak]:
    """Return the leaks of all files in the order of their paths; files of one kind are dealt out by size."""

    def leaks_of(path: Path) -> list[Leak]:
        return [leak for sheet in sheets(path, html) for rule in RULES for leak in rule(sheet, ready)]

    sizes = {path: path.lstat().st_size for path in html.rglob("*")}
    dealt = sorted(sizes, key=lambda path: (path.suffix, sizes[path], path))
    leaks = dict(zip(dealt, processes.shared(leaks_of, dealt, processes.may_share(sum(sizes.values()))), strict=True))
    return [leak for path in sorted(leaks) for leak in leaks[path]]
