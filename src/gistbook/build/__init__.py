"""One run from cohort folder to book: check, plan, make what is not fresh, swap in whole."""

import contextlib
import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook import handover
from gistbook.analysis import disclosure, distance
from gistbook.analysis.disclosure import BY_ACCESS
from gistbook.analysis.endpoints import FROM_OPERATION, ORIGINS, clock
from gistbook.book import chapters, claims, freshness, publish, review, storage
from gistbook.book.chapters import Chapter
from gistbook.book.freshness import BOOK
from gistbook.build import make
from gistbook.conventions import ANALYSED, NOT_COMPUTED, RECORDED_ORIGIN, WITHHELD, ChapterError, UsageError
from gistbook.intake import decisions, report
from gistbook.intake.cohort import Cohort, from_bytes
from gistbook.intake.folder import FolderCheck, input_files, load_folder
from gistbook.intake.settings import read_settings
from gistbook.spelling import nearest

FOLLOW_UP = "follow_up_months"
_OF_FOLLOW_UP = "months that patients were followed, from which the grid of a policy follows; 0 if not declared"
_OF_PAPER = "it is about the paper and its disease"
_ALONE = threading.RLock()
"""Held by what turns warnings into errors for a while, which Python does for all threads at once."""


class Pools(NamedTuple):
    """Where the work of several books is done: chapters, maybe `elsewhere`, where no folder is shared, and pages."""

    chapters: Executor
    pages: Executor
    elsewhere: bool = False


class Plan(NamedTuple):
    """What one build is to make: of which cohort, from which chapters, with which parameters, and how.

    `only` is the one chapter that is to run; `cold` asks for kernels that share nothing. `inputs` is a digest of all
    that the book is made of, taken before it was read; nothing where digests cannot tell. Other books share `pools`;
    `log` is what a reviewer decided, `written` all chapters.
    """

    book: Path
    folder: Path
    cohort: Cohort
    chapters: list[Chapter]
    parameters: dict
    jobs: int
    report: Callable[[str], None]
    only: str = ""
    cold: bool = False
    inputs: str = ""
    pools: Pools | None = None
    log: tuple[decisions.Decision, ...] = ()
    written: tuple[Chapter, ...] = ()


class Run(NamedTuple):
    """What one build left: where, how many seconds each part that ran took, and the ledger."""

    folder: Path
    seconds: dict[str, float]
    ledger: pd.DataFrame


def load_cohort(cohort_dir: str | Path, policy: str = BY_ACCESS) -> Cohort:
    """Read, map, check and assemble the cohort of a folder, to be shown under a policy, by default that of its access.

    Raises `DataError` if something is wrong with the folder; the message lists every problem by table, column and row.
    Raises `UsageError` if there is no such policy, or it is not for this cohort.
    """
    if handed := handover.of_cohort(cohort_dir):
        checked = handover.ready() or from_bytes(handed.cohort)
    else:
        checked = load_folder(Path(cohort_dir))
    chosen = disclosure.choose(policy, checked.access)
    if chosen.coarsens and not handed:
        _pass_over_exact()
    return checked._replace(policy=chosen)


def _pass_over_exact() -> None:
    """Have the kernel of a chapter that is run by itself pass over its exact passages, as a build leaves them out."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    exact = {source for chapter in read_chapters() for source in chapters.exact_sources(chapter)}
    instead = [f'print("{WITHHELD.capitalize()}.")\n']
    shell.input_transformers_cleanup.append(lambda lines: instead if "".join(lines).strip() in exact else lines)


def fingerprints(cohort_dir: str | Path) -> pd.DataFrame:
    """SHA-256 digest of every file that a cohort is read from; not of confidential ones, as it confirms a guess."""
    handed = handover.of_cohort(cohort_dir)
    files = handed.files if handed else freshness.digests(input_files(Path(cohort_dir)))
    return pd.DataFrame(files.items(), columns=["File", "Digest (SHA-256)"])


def keyed_fingerprints(cohort_dir: str | Path) -> pd.DataFrame:
    """Keyed digest of every file that a confidential cohort was read from, as a build hands them on."""
    handed = handover.of_cohort(cohort_dir)
    rows = (handed and handed.keyed) or {"any": NOT_COMPUTED}
    return pd.DataFrame(rows.items(), columns=["File", "Keyed digest (HMAC-SHA-256)"])


def plan(folder: Path, given: dict, jobs: int, report: Callable[[str], None], only: str = "") -> Plan:
    """Check a cohort folder and the parameters, and plan its book; nothing is written.

    Parameters that are `given` override those of `cohort.toml`; `report` takes lines of text; `only` is the slug of the
    one chapter that is to run. Raises `DataError`, `UsageError` or `ChapterError` if any of it cannot be used.
    """
    with _ALONE:
        inputs = freshness.inputs(BOOK, folder, given) if folder.is_dir() else ""
        wanted = {**read_settings(folder).parameters, **given}
        cohort = load_cohort(folder, str(wanted.get("policy", BY_ACCESS)))
        cohort = _on_its_grid(cohort, wanted.pop(FOLLOW_UP, 0))
        written = read_chapters()
        chapters.require_new_words(written)
        slugs = [chapter.slug for chapter in written]
        if only and only not in slugs:
            raise UsageError(f"There is no chapter named {only}. {nearest(only, slugs)}")
        parameters, missing = _parameters(folder, cohort, wanted, written), absent(cohort, written)
        if only in missing:
            raise UsageError(f"The chapter {only} is not in this book: {missing[only]}.")
        tells = not cohort.policy.coarsens and all(file.is_relative_to(folder) for file in input_files(folder))
        log = tuple(decisions.load(folder))
        besides = {chapters.INCOMPLETE: _lacking(missing), chapters.REVIEWED: log}
        traits = chapters.traits_of(cohort) | {trait for trait, holds in besides.items() if holds}
        there = [chapters.for_cohort(each, traits, missing) for each in written if each.slug not in missing]
        about = {"only": only, "inputs": inputs if tells else "", "log": log, "written": tuple(written)}
        return Plan(BOOK, folder.resolve(), cohort, there, parameters, jobs, report, **about)


def _on_its_grid(cohort: Cohort, follow_up_months: float | str) -> Cohort:
    """A cohort under its policy, on the grid that follows from its printed size and the declared follow-up."""
    with contextlib.suppress(ValueError):
        follow_up_months = float(follow_up_months) if isinstance(follow_up_months, str) else follow_up_months
    flow = disclosure.flow(cohort.flow, cohort.policy).set_index("step")["count"]
    return cohort._replace(policy=disclosure.over_follow_up(cohort.policy, flow[ANALYSED], follow_up_months))


def read_chapters() -> list[Chapter]:
    """Chapters in reading order; where a build runs one that does not name this function, without their texts."""
    if written := handover.written():
        return written
    return [chapters.read_chapter(BOOK / "chapters" / f"{slug}.md") for slug in publish.contents(BOOK)]


def parameters() -> pd.DataFrame:
    """Every parameter that a user may give: a row for each name and default, with the chapters that have it."""
    written, chapters_of = read_chapters(), {}
    for chapter in written:
        meant = chapters.meanings(chapter)
        for name in chapter.parameters.keys() - chapters.SET_BY_A_BUILD:
            row = (name, json.dumps(chapter.parameters[name]), meant.get(name, ""))
            chapters_of.setdefault(row, []).append(chapter.slug)
    chapters_of[FOLLOW_UP, "0", _OF_FOLLOW_UP] = written
    rows = [(*row, "every chapter" if len(of) == len(written) else ", ".join(of)) for row, of in chapters_of.items()]
    return pd.DataFrame(sorted(rows), columns=["parameter", "default", "meaning", "chapters"])


def absent(cohort: Cohort, written: list[Chapter] | None = None) -> dict[str, str]:
    """Why chapters are not in the book of a cohort, by slug: what is not recorded, another disease, or its owner."""
    reasons = {chapter.slug: _why_absent(chapter, cohort) for chapter in written or read_chapters()}
    return {slug: reason for slug, reason in reasons.items() if reason}


def _lacking(missing: dict[str, str]) -> dict[str, str]:
    return {slug: reason for slug, reason in missing.items() if reason != _OF_PAPER}


def _why_absent(chapter: Chapter, cohort: Cohort) -> str:
    if chapter.is_of_paper and not cohort.book.is_of_gist:
        return _OF_PAPER
    if chapter.slug in cohort.book.leave_out:
        return "cohort.toml leaves it out"
    if cohort.adtte is not None and chapter.endpoint in set(cohort.adtte["PARAMCD"]):
        return ""
    lacking = [name for name in chapter.needs if getattr(cohort, name) is None]
    if lacking and chapter.endpoint and cohort.adtte is not None:
        lacking.append(f"times of {chapter.endpoint}")
    return " and ".join(f"no {name}" for name in lacking)


def not_in_book(cohort: Cohort, written: list[Chapter]) -> pd.DataFrame:
    """Chapters that the book of a cohort could have and lacks: one row per chapter, what each is called and why."""
    titles = chapters.titles(written)
    rows = [(titles[slug], reason) for slug, reason in _lacking(absent(cohort, written)).items()]
    return pd.DataFrame(rows, columns=["Chapter", "Why it is not in this book"])


def build(planned: Plan, out: Path) -> Run:
    """Make a book beside the one that is there, and swap it in whole as `out/<name of the cohort folder>`.

    A chapter runs only if something that it is made of has changed. Whatever fails leaves the former book as it was:
    raises `ChapterError` or `UsageError` if it cannot be made, and `DataError` if the audit of the pages found a leak.
    """
    name = planned.folder.name
    with storage.taken(out, name, planned.report):
        former = make.former_run(out / name)
        digests = freshness.take(planned, storage.secret(out, name))
        if planned.only and former is None:
            raise UsageError(f"There is no book of {name} in {out} to take the rest from; make it without --only.")
        if former and not planned.only and make.is_fresh(planned, former, digests):
            planned.report("Nothing has changed since this book was made; it is fresh.")
            seconds, values = {}, former.values
        else:
            with storage.new_run(out, name) as run:
                seconds, values = make.make(planned, run, former, digests)
                if freshness.cohort_files(planned.folder, digests.secret) != digests.cohort:
                    raise ChapterError("The cohort's files changed while the book was being made; build it again.")
                if planned.inputs:
                    lines = closing(planned, claims.ledger(claims.load_published(), values, planned.cohort))
                    (run / freshness.CLOSING).write_text(json.dumps(lines), encoding="utf-8")
    return Run(out / name, seconds, claims.ledger(claims.load_published(), values, planned.cohort))


def closing(planned: Plan, ledger: pd.DataFrame) -> list[str]:
    """Lines by which a build ends: what chapters lack, what a policy costs, and the ledger's verdicts."""
    lines = [f"Not in this book: {slug} ({reason})" for slug, reason in absent(planned.cohort).items()]
    with _ALONE:
        lines += [*distance.lines(planned.cohort, planned.parameters), *left_out(planned.cohort)]
    if planned.cohort.book.is_of_gist:
        counts = ledger["verdict"].value_counts()
        verdicts = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if verdict)
        lines.append(f"The ledger: {verdicts or f'{len(ledger)} published values beside yours'}")
    return lines


def policy_and_refusal(checked: FolderCheck) -> tuple[str, str]:
    """Name of the policy that the book of a checked folder would have, and why a build would refuse it; "" if not."""
    wanted, cohort, written = dict(checked.settings.parameters), checked.cohort, read_chapters()
    try:
        chapters.require_new_words(written)
        if cohort is None:
            return "", ""
        policy = disclosure.choose(str(wanted.get("policy", BY_ACCESS)), cohort.access)
        cohort = _on_its_grid(cohort._replace(policy=policy), wanted.pop(FOLLOW_UP, 0))
        _parameters(checked.folder, cohort, wanted, written)
    except (UsageError, ChapterError) as error:
        return "", str(error)
    return cohort.policy.name, ""


def dated_times(checked: FolderCheck) -> list[report.Ends]:
    """How each endpoint ends that a book reckons from dates, or why it is empty; nothing of a folder with an error."""
    cohort, origin = checked.cohort, checked.settings.parameters.get("origin", claims.CLAIMED_ORIGIN)
    if cohort is None or cohort.adtte is not None or origin not in ORIGINS:
        return []
    ends, since = [], str(clock(cohort, origin))
    for name, derive in FROM_OPERATION.items():
        times, needs = derive(cohort, origin), " with assessments after it" if name == "PFS" else ""
        empty = f"empty: no analysed patient has a time from {since}{needs}."
        remedy = "Another time zero is named as origin under [parameters]."
        ends.append(report.ends(times, name, since, () if len(times) else (f"{empty} {remedy}",)))
    return ends


def left_out(cohort: Cohort) -> list[str]:
    """A line for each chapter from which the policy of a cohort takes something, with the headings of it."""
    if not cohort.policy.coarsens:
        return []
    written, traits = read_chapters(), chapters.traits_of(cohort)
    missing = absent(cohort, written)
    there = [chapter for chapter in written if chapter.slug not in missing]
    headings = {chapter.slug: "; ".join(chapters.left_out(chapter, traits)) for chapter in there}
    return [f"  {slug}: withheld, in whole or in part: {names}" for slug, names in headings.items() if names]


def ledger_of(folder: Path, out: Path) -> pd.DataFrame:
    """Ledger of the book of a cohort folder, as `claims.ledger` makes it; raises `UsageError` if there is none yet."""
    settings = read_settings(folder)
    values = claims.load_values(storage.finished(folder, out) / "values.json")
    return claims.ledger(claims.load_published(), values, settings)


def review_of(folder: Path, out: Path) -> review.Reviewed:
    """What a reviewer decided of the book of a cohort folder, and what can be decided on; raises `UsageError` if there
    is no such book yet, and `DataError` if the log cannot be used.
    """
    read_settings(folder)
    place, log = storage.finished(folder, out), decisions.load(folder)
    former = make.former_run(place)
    if former is None:
        raise UsageError(f"The book {place} was made by another version; build it again.")
    secret = storage.secret(out, place.name)
    frames = make.all_frames(former.values, former.frames, former.folder / "notebooks")
    return review.of_run(log, (former.values, frames), former.about["access"], secret)


def _parameters(folder: Path, cohort: Cohort, wanted: dict, written: list[Chapter]) -> dict:
    if own := sorted(chapters.SET_BY_A_BUILD & set(wanted)):
        raise UsageError(f"A build sets {' and '.join(own)} itself; the cohort folder is its argument.")
    if strange := [name for name in cohort.clocks if name not in ORIGINS]:
        raise UsageError(f"[clocks] names what is no time zero: {strange[0]}. {nearest(strange[0], ORIGINS)}")
    if cohort.adtte is not None and any("origin" in chapter.parameters for chapter in written):
        wanted = {"origin": RECORDED_ORIGIN, **wanted}
    slugs = [chapter.slug for chapter in written[1:]]
    if strange := [slug for slug in cohort.book.leave_out if slug not in slugs]:
        hint = nearest(strange[0], slugs)
        raise UsageError(f"[book] leaves out what is no chapter, or the first one: {strange[0]}. {hint}")
    wanted = chapters.check_parameters(wanted, written)
    return wanted | {"policy": cohort.policy.name, "cohort_dir": f"../data/{folder.resolve().name}"}
