"""What a build hands to the process in which a chapter runs: it stays in memory, and no file of it is written."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Handover(NamedTuple):
    """What a chapter is handed.

    `cohort_dir`, `values_file` and `decisions_file` are the names under which the chapter asks for the checked cohort,
    as bytes, for what the other chapters pasted, and for what became of each decision of a reviewer (`decided`).
    `files` are the digests of the files of the cohort, by name; of a confidential one there are `keyed` ones, which
    only the owner of a key can make. `written` are the chapters that there are, with no more of each than its
    parameters unless one reads texts. Chapters that are handed one and the same cohort under a name (`held`) are forked
    from one process that has taken it apart, from which they have its bytes too.
    """

    cohort_dir: str = ""
    cohort: Any = b""
    values_file: str = ""
    values: dict | None = None
    files: dict[str, str] | None = None
    keyed: dict[str, str] | None = None
    decisions_file: str = ""
    decided: list[tuple] | None = None
    written: list | None = None
    held: str = ""


_here, _drawn_elsewhere, _ready = Handover(), None, None


def take(handed: Handover, draw: Callable[[dict], str] | None = None, cohort=None) -> None:
    """Keep what this process was handed, and the function that has things drawn by another process.

    `cohort` is the one that was handed, if this process has it as tables already.
    """
    global _here, _drawn_elsewhere, _ready
    _here, _drawn_elsewhere, _ready = handed, draw, cohort


def ready():
    """The handed cohort as tables, if they are there; `None` from the second time on, as a chapter may change them."""
    global _ready
    cohort, _ready = _ready, None
    return cohort


def of_cohort(cohort_dir: str) -> Handover | None:
    """What was handed of a cohort, by the name that a chapter has for its folder; `None` if nothing was."""
    return _here if _here.cohort_dir and str(cohort_dir) == _here.cohort_dir else None


def values(values_file: str) -> dict | None:
    """What the other chapters pasted, by the name that a chapter has for the file; `None` if nothing was."""
    return _here.values if _here.values_file and str(values_file) == _here.values_file else None


def decided(decisions_file: str) -> list[tuple] | None:
    """What became of a reviewer's decisions, by the name that a chapter has for the log; `None` if nothing was."""
    return _here.decided if _here.decisions_file and str(decisions_file) == _here.decisions_file else None


def written() -> list | None:
    """The chapters that there are, as a build has read them; `None` if nothing was handed."""
    return _here.written


def drawn(spec: dict, here: Callable[[dict], str]) -> str:
    """The drawing of a spec as SVG, by the process that draws for this one, or else by the function given."""
    return (_drawn_elsewhere or here)(spec)
