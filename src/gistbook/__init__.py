"""An executable clinical paper: a cohort folder goes in, a published book comes out.

From Python, the names in `__all__` are the way in; each is loaded when it is first used.

    import gistbook
    cohort = gistbook.load_cohort("data/wada2021")
    counts = gistbook.protected(gistbook.derive_os(cohort), cohort.policy)
    curve, at_risk = gistbook.kaplan_meier(counts)

Reading order of the code: the leaves `conventions`, `units`, `schemas` and `handover`, which every other module may
import; the wings in the order in which data travel, `intake`, `analysis`, `display`, `book`; then `build` and `cli`.
"""

import importlib

__version__ = "0.2.0"

_FROM = {
    "load_cohort": "gistbook.build",
    "derive_pfs": "gistbook.analysis.endpoints",
    "derive_os": "gistbook.analysis.endpoints",
    "protected": "gistbook.analysis.lifetable",
    "kaplan_meier": "gistbook.analysis.estimates",
    "quantile": "gistbook.analysis.estimates",
    "rate": "gistbook.analysis.estimates",
    "by_then": "gistbook.analysis.estimates",
    "restricted_mean": "gistbook.analysis.estimates",
    "logrank": "gistbook.analysis.contrasts",
    "hazard_ratio": "gistbook.analysis.contrasts",
    "survival_curve": "gistbook.display.figures",
    "in_words": "gistbook.display.tables",
    "show": "gistbook.display.tables",
    "write_cohort": "gistbook.analysis.simulate",
}
"""Where each name of the interface is: cohort, endpoints, counts, estimates, tests, figures, tables, drawn cohort."""

__all__ = ["__version__", *_FROM]


def __getattr__(name: str):
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_FROM[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_FROM})
