"""Measure what the book costs, print a table, write `_build/bench.json`.

Each time is a wall-clock time on this machine, and beside it stands the ratio to something run next to it, which a
slow or a busy machine changes as much. Nothing here passes or fails.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import large
import many
import pages
import pandas as pd
import resampling

from gistbook import build
from gistbook.analysis import contrasts, estimates, lifetable, truth, waiting
from gistbook.book import run as running

COHORT = build.BOOK / "data" / "wada2021"
OUT = Path("_build") / "bench.json"
PATIENTS = 1_000_000
FROM_CLEAN = "whole book, from clean"
AUDIT = "audit"
IMPORTS = "import pandas, lifelines, altair"
SIZES, DRAWN, DRAWN_FOR_POLICIES = [18, 37], 10_000, 100
"""Sizes of the cohorts of known truth, and how many are drawn of each kind, as their chapter has them."""


def seconds(work, *arguments) -> float:
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def book(out: Path) -> build.Run:
    running.warm_up()
    return build.build(build.plan(COHORT, {}, 2, lambda said: None), out)


def books(out: Path) -> list[tuple]:
    """Time the bundled book from clean and again, and what its time is made of; leave it in a folder."""
    idle = seconds(python, "pass")
    imports = seconds(python, IMPORTS)
    began = time.perf_counter()
    run = book(out)
    clean = time.perf_counter() - began
    again = seconds(book, out)
    weight = sum(file.stat().st_size for file in run.folder.resolve().joinpath("html").rglob("*") if file.is_file())
    rows = [(FROM_CLEAN, clean, clean / imports), ("whole book, again, nothing changed", again, again / imports)]
    named = {"audit of the whole book" if part == AUDIT else part: spent for part, spent in run.seconds.items()}
    rows += [(f"  {part}", spent, spent / imports) for part, spent in named.items()]
    rows += [("  of it, importing (each chapter)", imports, 1.0), ("  of it, starting Python", idle, idle / imports)]
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    return [
        *rows,
        ("the built book, MB (budget 15)", weight / 1e6, None),
        *pages.rows(run.folder),
        ("peak memory of any chapter, MB", largest, None),
    ]


def drawn(patients: int) -> pd.DataFrame:
    rng = random.Random(1)
    days = [int(rng.expovariate(1 / 900)) for _ in range(patients)]
    groups = [rng.choice("AB") for _ in range(patients)]
    censored = [int(rng.random() < 0.3) for _ in range(patients)]
    return pd.DataFrame({"TRTA": groups, "ENTRYDY": 0, "AVAL": days, "CNSR": censored})


def million() -> list[tuple]:
    """Time the waist and what follows it at a million patients, against reading as many numbers."""
    adtte = drawn(PATIENTS)
    sorting = seconds(adtte.sort_values, "AVAL")
    counting = seconds(lifetable.count, adtte)
    counts = lifetable.count(adtte)
    estimating = seconds(lambda: estimates.quantile(estimates.survival(counts)))
    testing = seconds(contrasts.logrank, counts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return [
        ("a million patients: counting", counting, counting / sorting),
        ("a million patients: curve and median", estimating, estimating / sorting),
        ("a million patients: log-rank", testing, testing / sorting),
        ("a million patients: sorting their days, beside it", sorting, 1.0),
        ("rows of counts from a million patients", len(counts), None),
        ("peak memory of this process, MB", peak, None),
    ]


def analyses() -> list[tuple]:
    """Time what the chapters of known truth and of the wait compute, figures apart, against imports."""
    imports, cohort, level, size = seconds(python, IMPORTS), build.load_cohort(COHORT), 0.95, SIZES[-1]
    policies = ["midpoint6", "threshold5", "threshold10", "threshold11"]
    ratios, terms = {"none": 1.0, "some": 0.5}, {"landmark": 6, "level": level}
    works = {
        "ratios": lambda: truth.of_waiting(size, DRAWN, ratios, 1, **terms),
        "intervals": lambda: truth.of_intervals(SIZES, DRAWN, 1, 3, month=12, level=level),
        "patterns": lambda: truth.of_patterns(size, DRAWN, 1, level),
        "policies": lambda: truth.of_policies(SIZES, DRAWN_FOR_POLICIES, 1, policies, [12]),
    }
    spent = {f"known truth: {name}": seconds(work) for name, work in works.items()}
    spent["waiting time: ends, layout, comparisons"] = seconds(of_waiting, cohort)
    return [(name, value, value / imports) for name, value in spent.items()]


def of_waiting(cohort) -> None:
    """Compute what the chapter of the wait shows."""
    rows = waiting.patients(cohort)
    lifetable.count_kinds(waiting.ends_of_waiting(rows))
    waiting.by_time(rows)
    waiting.compared(rows, [3, 6])


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        rows = books(Path(place))
        rows += large.rows(Path(place), {name: value for name, value, _ in rows}[FROM_CLEAN])
        rows += many.rows(Path(place))
    rows += [*million(), *resampling.rows(), *analyses()]
    for name, value, ratio in rows:
        said = "not measured" if value is None else f"{value:10.2f}"
        print(f"{name:<52} {said}" + (f"   x{ratio:.2f}" if ratio is not None else ""))
    OUT.parent.mkdir(exist_ok=True)
    named = [{"name": name.strip(), "value": value, "ratio": ratio} for name, value, ratio in rows]
    OUT.write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
