"""One run from cohort folder to book: check, execute, publish, swap. The stages know nothing of one another."""

import json
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook.analysis import endpoints, estimates, lifetable, records, simulate
from gistbook.conventions import DataError, GistbookError, UsageError, months
from gistbook.intake import checks, cohort, mapping, readers
from gistbook.press import claims, execute, publish

BOOK = Path(__file__).parents[2]
"""The folder of `_config.yml`, `_toc.yml` and `chapters/` that is built."""

TARGETS = {"progression": "pfs_median", "extension": "imcont_median", "survival": "os_median"}
"""For each scale of the synthetic cohort, in the order of tuning, the claim to which it is tuned."""


class Plan(NamedTuple):
    """What one build is to make: of which cohort, from which chapters, with which parameters, and how."""

    folder: Path
    cohort: cohort.Cohort
    chapters: list[execute.Chapter]
    parameters: dict
    jobs: int
    report: Callable[[str], None]


class Run(NamedTuple):
    """What one build left: where, how many seconds each part took, and the ledger."""

    folder: Path
    seconds: dict[str, float]
    ledger: pd.DataFrame


def load_cohort(cohort_dir: str | Path) -> cohort.Cohort:
    """Read, map, check and assemble the cohort of a folder.

    Raises
    ------
    DataError
        Something is wrong with the folder; the message lists every problem by table, column and row.
    """
    settings = mapping.read_settings(Path(cohort_dir))
    mapped, findings = _mapped(settings)
    tables, broken = checks.check(mapped, settings.formats, settings.data_cutoff)
    if findings + broken:
        raise DataError(f"The cohort {settings.folder.resolve().name} cannot be used as it is.", findings + broken)
    return cohort.assemble(tables, settings)


def input_files(cohort_dir: str | Path) -> list[Path]:
    """Return the files that a cohort is read from: its `cohort.toml`, and each table's."""
    settings = mapping.read_settings(Path(cohort_dir))
    files = {block["file"] for blocks in mapping.sources(settings).values() for block in blocks}
    return [settings.folder / name for name in (mapping.SETTINGS_FILE, *sorted(files))]


def plan(folder: Path, given: dict, jobs: int, report: Callable[[str], None]) -> Plan:
    """Check a cohort folder and the parameters, and plan its book; nothing is written.

    Parameters
    ----------
    folder : Path
        The cohort folder.
    given : dict
        Parameters of chapters; they override those of `cohort.toml`.
    jobs : int
        How many chapters run at once.
    report : callable
        Is told in words what has been done.

    Raises
    ------
    DataError, UsageError
        The folder, or a parameter, cannot be used.
    """
    told = load_cohort(folder)
    chapters = [execute.read_chapter(BOOK / "chapters" / f"{slug}.md") for slug in publish.contents(BOOK)]
    wanted = {**mapping.read_settings(folder).parameters, **given}
    if own := sorted({"cohort_dir", "values_file"} & set(wanted)):
        raise UsageError(f"A build sets {' and '.join(own)} itself; the cohort folder is its argument.")
    parameters = execute.check_parameters(wanted, chapters)
    parameters["cohort_dir"] = f"../data/{folder.resolve().name}"
    chapters = [execute.for_access(chapter, told.access) for chapter in chapters]
    return Plan(folder.resolve(), told, chapters, parameters, jobs, report)


def build(planned: Plan, out: Path) -> Run:
    """Make a book beside the one that is there, and swap it in whole as `out/<name of the cohort folder>`.

    Raises
    ------
    ChapterError, UsageError
        A chapter, or the making of the pages, failed, or what is there is no book of ours; it is untouched.
    """
    name = planned.folder.name
    if (out / name).exists() and not (out / name).is_symlink():
        raise UsageError(f"{out / name} is not a book made here and is left alone; choose another place by --out.")
    run = out.resolve() / ".runs" / f"{name}-{time.time_ns()}-{os.getpid()}"
    try:
        seconds, values = _made(planned, run)
    except BaseException:
        shutil.rmtree(run, ignore_errors=True)
        raise
    _swap(out / name, run)
    return Run(out / name, seconds, claims.ledger(claims.load_published(), values, planned.cohort))


def ledger_of(folder: Path, out: Path) -> pd.DataFrame:
    """Return the ledger of the book that was built of a cohort folder, as `claims.ledger` makes it.

    Raises
    ------
    UsageError
        There is no such book yet.
    """
    settings = mapping.read_settings(folder)
    values = out / folder.resolve().name / "values.json"
    if not values.exists():
        raise UsageError(f"There is no book of {folder.name} in {out} yet; make it with: gistbook build {folder}")
    return claims.ledger(claims.load_published(), claims.load_values(values), settings)


def write_synthetic(folder: Path, seed: int, calibrated: bool) -> None:
    """Draw a synthetic cohort and write its folder; the same seed writes the same bytes.

    Raises
    ------
    DataError, UsageError
        With this seed the cohort cannot be tuned to the published medians (the message asks for another), or what is
        there is not a synthetic cohort; it is untouched.
    """
    access = mapping.read_settings(folder).access if (folder / mapping.SETTINGS_FILE).exists() else ""
    if access != "synthetic" and (folder.is_file() or (folder.is_dir() and any(folder.iterdir()))):
        raise UsageError(f"{folder} is something else than a synthetic cohort, and is left alone; name another.")
    published = claims.load_published().set_index("claim_id")["published"]
    targets = {scale: (key, published[key]) for scale, key in TARGETS.items() if calibrated}
    scales = simulate.calibrate(lambda scales: _medians(_drawn(seed, scales)), targets)
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in _drawn(seed, scales).items():
        rows.to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")
    told = records.settings(seed, simulate.DATA_CUTOFF, claims.PAPER, [key for key, _ in targets.values()])
    (folder / mapping.SETTINGS_FILE).write_text(told, encoding="utf-8")


def _drawn(seed: int, scales: dict[str, float]) -> dict[str, pd.DataFrame]:
    return records.write_down(simulate.courses(seed, scales), simulate.AVAILABLE)


def _medians(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Return the medians in months to which a synthetic cohort is tuned, as the chapters estimate them."""
    typed, findings = checks.check(tables, {}, simulate.DATA_CUTOFF)
    if findings:
        raise DataError("The model drew a cohort that breaks the rules.", findings)
    drawn = cohort.assemble(typed, mapping.Settings(folder=Path(), access="synthetic"))
    derived = {"pfs_median": endpoints.derive_pfs, "imcont_median": endpoints.derive_imcont}
    derived["os_median"] = endpoints.derive_os
    curves = {key: estimates.survival(lifetable.count(derive(drawn))) for key, derive in derived.items()}
    return {key: float(months(estimates.quantile(curve)["estimate"].iloc[0])) for key, curve in curves.items()}


def _mapped(settings: mapping.Settings) -> tuple[dict[str, pd.DataFrame], list]:
    """Return the tables that a folder records, in our columns (`None` if unreadable), and what was wrong with them."""
    mapped, findings = {}, []
    reading = {name: settings.formats[name] for name in ("encoding", "separator") if name in settings.formats}
    for table, blocks in mapping.sources(settings).items():
        try:
            parts = [(block, readers.read_table(settings.folder / block["file"], **reading)) for block in blocks]
        except DataError as error:
            findings += [finding for finding in error.findings if finding not in findings]
            mapped[table] = None
            continue
        mapped[table], wrong = mapping.map_table(table, parts, settings)
        findings += wrong
    return mapped, findings


def _made(planned: Plan, run: Path) -> tuple[dict[str, float], dict]:
    """Make the run's folder: the pages, the notebooks, what was pasted, and how long it took."""
    stage = run / "stage"
    _staged(planned, stage)
    seconds, values = _executed(planned, stage)
    began = time.perf_counter()
    html = publish.publish(BOOK, stage, planned.cohort.title, planned.cohort.access)
    seconds["jupyter-book"] = time.perf_counter() - began
    planned.report(f"{'pages':<28} {seconds['jupyter-book']:5.1f} s")
    html.rename(run / "html")
    (stage / "chapters").rename(run / "notebooks")
    shutil.rmtree(stage)
    _write_json(run / "values.json", values)
    about = {"seconds": seconds, "parameters": planned.parameters, "access": planned.cohort.access}
    _write_json(run / "run.json", about)
    return seconds, values


def _staged(planned: Plan, stage: Path) -> None:
    for folder in ("chapters", "data"):
        (stage / folder).mkdir(parents=True)
    (stage / "data" / planned.folder.name).symlink_to(planned.folder)


def _executed(planned: Plan, stage: Path) -> tuple[dict[str, float], dict]:
    """Run first the chapters that compute, then those that read what the others pasted."""
    ledger = [chapter for chapter in planned.chapters if "values_file" in chapter.parameters]
    results = [chapter for chapter in planned.chapters if chapter not in ledger]
    seconds = _run_all(results, planned, stage)
    values = {c.slug: execute.pasted(stage / "chapters" / f"{c.slug}.ipynb") for c in results}
    _write_json(stage / "values.json", values)
    parameters = {**planned.parameters, "values_file": "../values.json"}
    seconds |= _run_all(ledger, planned._replace(parameters=parameters), stage)
    return seconds, values


def _run_all(chapters: list[execute.Chapter], planned: Plan, stage: Path) -> dict[str, float]:
    def run(chapter: execute.Chapter) -> float:
        seconds = execute.run_chapter(chapter, planned.parameters, stage / "chapters")
        planned.report(f"{chapter.slug:<28} {seconds:5.1f} s")
        return seconds

    with ThreadPoolExecutor(planned.jobs) as pool:
        futures = {chapter.slug: pool.submit(run, chapter) for chapter in chapters}
        try:
            return {slug: future.result() for slug, future in futures.items()}
        except GistbookError:
            pool.shutdown(cancel_futures=True)
            raise


def _swap(place: Path, run: Path) -> None:
    """Point the name of the book at the new run, by replacing one symbolic link, and drop the run that was there."""
    former = place.resolve() if place.is_symlink() else None
    link = place.with_name(f".{place.name}-{os.getpid()}")
    link.symlink_to(Path(".runs") / run.name)
    os.replace(link, place)
    if former is not None and former != run and former.parent == run.parent:
        shutil.rmtree(former, ignore_errors=True)


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
