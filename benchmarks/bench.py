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

import numpy as np
import pages
import pandas as pd
import resampling

from gistbook import build
from gistbook.analysis import contrasts, estimates, lifetable

COHORT = build.BOOK / "data" / "wada2021"
OUT = Path("_build") / "bench.json"
LARGE, LAST_DAY = 100_000, pd.Timestamp("2019-12-31")
PATIENTS = 1_000_000
FROM_CLEAN = "whole book, from clean"
AUDIT = "audit"
IMPORTS = "import pandas, lifelines, altair"
MEASURED = """
import json, resource, sys, time
from pathlib import Path
from gistbook import build
folder, out = map(Path, sys.argv[1:])
began = time.perf_counter()
{work}
spent = time.perf_counter() - began
peaks = [resource.getrusage(who).ru_maxrss / 1e3 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([spent, *peaks]))
"""
CHECK, BUILD = "build.load_cohort(folder)", "build.build(build.plan(folder, {}, 2, lambda said: None), out)"


def seconds(work, *arguments) -> float:
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def book(out: Path) -> build.Run:
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


def resample(place: Path, patients: int) -> None:
    """Write a folder of patients drawn from the bundled ones, each at another pace, day and length of follow-up."""
    tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in COHORT.glob("*.csv")}
    taken = paced(tables["patients"], patients)
    place.mkdir(parents=True)
    for table, rows in tables.items():
        together = taken.merge(rows, on="patient_id").sort_values("name", kind="stable")
        days = [name for name in rows if rows[name].str.fullmatch(r"(\d{4}-\d\d-\d\d)?").all() and any(rows[name])]
        moved = together.assign(**{name: moved_day(together, name) for name in days}, patient_id=together["name"])
        followed = moved[moved[days[0]] != ""] if table != "patients" else ended(moved)
        followed[list(rows.columns)].to_csv(place / f"{table}.csv", index=False)
    told = f'title = "Drawn again"\naccess = "synthetic"\ndata_cutoff = {LAST_DAY.date()}\n'
    (place / "cohort.toml").write_text(told, encoding="utf-8")


def paced(patients: pd.DataFrame, many: int) -> pd.DataFrame:
    """Draw so many patients with replacement: their time zero, pace, shift in days, and last day of follow-up."""
    rng = np.random.default_rng(1)
    chosen = patients.iloc[rng.integers(len(patients), size=many)].reset_index(drop=True)
    zero, last = (pd.to_datetime(chosen[name]) for name in ("resistance_date", "last_contact"))
    pace = rng.uniform(1, 1.4, many)
    end = zero + pd.to_timedelta(np.floor((last - zero).dt.days * pace), unit="D")
    shift = np.minimum(rng.integers(-1500, 1500, many), (LAST_DAY - end).dt.days)
    seen = zero + pd.to_timedelta(np.floor((end - zero).dt.days * rng.uniform(0.2, 2, many)) + shift, unit="D")
    names = [f"P{i:06}" for i in range(many)]
    columns = {"name": names, "zero": zero, "pace": pace, "shift": shift, "seen": seen}
    return pd.DataFrame({"patient_id": chosen["patient_id"], **columns})


def moved_day(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the days of a column as they are at a patient's pace; blank where they come after follow-up."""
    days = pd.to_datetime(rows[name].mask(rows[name] == ""))
    moved = np.floor((days - rows["zero"]).dt.days * rows["pace"]).fillna(0).astype("int64") + rows["shift"]
    day = rows["zero"] + pd.to_timedelta(moved, unit="D")
    return said_days(day.where(days.notna() & (day <= rows["seen"])))


def ended(patients: pd.DataFrame) -> pd.DataFrame:
    """Return patients whose last contact is the end of their follow-up, where they lived to it."""
    alive, cause = patients["death_date"] == "", patients["cause_of_death"]
    contact = patients["last_contact"].mask(patients["last_contact"] == "", said_days(patients["seen"]))
    return patients.assign(last_contact=contact, cause_of_death=cause.mask(alive, ""))


def said_days(days: pd.Series) -> pd.Series:
    return days.dt.strftime("%Y-%m-%d").fillna("")


def measured(work: str, folder: Path, out: Path) -> list[float]:
    """Return seconds, and the peak memory in MB of a process that does some work, and of any that it started."""
    command = [sys.executable, "-c", MEASURED.format(work=work), str(folder), str(out)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def pages_of(run: Path) -> dict[str, int]:
    """Return the bytes of each page of a book, by its name."""
    return {path.stem: path.stat().st_size for path in (run / "html" / "chapters").glob("*.html")}


def large(out: Path, clean: float) -> list[tuple]:
    """Check and build a cohort of many patients, beside the bundled one's book that is in the folder."""
    folder = out / "drawn" / "large"
    resample(folder, LARGE)
    checking, peak_checking, _ = measured(CHECK, folder, out)
    building, *peaks = measured(BUILD, folder, out)
    auditing = json.loads((out / folder.name / "run.json").read_text(encoding="utf-8"))["seconds"][AUDIT]
    bundled, pages = pages_of(out / COHORT.name), pages_of(out / folder.name)
    growth = {name: 100 * (pages[name] / size - 1) for name, size in bundled.items()}
    most = max(growth, key=growth.get)
    return [
        (f"{LARGE} patients: checking", checking, checking / clean),
        (f"{LARGE} patients: whole book, from clean", building, building / clean),
        ("  of it, the audit", auditing, auditing / clean),
        ("  peak memory of checking, MB", peak_checking, None),
        ("  peak memory of any process of the build, MB", max(peaks), None),
        (f"  heaviest growth of a page ({most}), %", growth[most], None),
        ("  growth of all pages together, %", 100 * (sum(pages.values()) / sum(bundled.values()) - 1), None),
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


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        rows = books(Path(place))
        rows += large(Path(place), {name: value for name, value, _ in rows}[FROM_CLEAN])
    rows += [*million(), *resampling.rows()]
    for name, value, ratio in rows:
        said = "not measured" if value is None else f"{value:10.2f}"
        print(f"{name:<52} {said}" + (f"   x{ratio:.2f}" if ratio is not None else ""))
    OUT.parent.mkdir(exist_ok=True)
    named = [{"name": name.strip(), "value": value, "ratio": ratio} for name, value, ratio in rows]
    OUT.write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
