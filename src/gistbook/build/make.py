"""The folder of one run: chapters that are not fresh are run, the others taken over, and the pages made and read."""

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from gistbook.book import audit, crate, downloads, freshness, publish, review, sheets, storage
from gistbook.book import run as running
from gistbook.book.audit import files, gate
from gistbook.book.chapters import Chapter, in_brief, is_late
from gistbook.book.freshness import Digests
from gistbook.book.run import processes
from gistbook.conventions import FRAMES_TYPE, NOT_FOR_RELEASE, ChapterError, GistbookError, shown, spent
from gistbook.handover import Handover
from gistbook.intake import decisions
from gistbook.intake.cohort import to_bytes
from gistbook.intake.folder import input_files

_STALE = "Preview: these chapters were not run again, and may show former values: {}."
_LOOK_AGAIN = 0.02


class Former(NamedTuple):
    """What the former run was: its folder, what its chapters pasted, the frames of its figures, and its `run.json`."""

    folder: Path
    values: dict
    frames: dict
    about: dict


class _Making(NamedTuple):
    """One run in the making: what is planned, where chapters run, the former run, what they are handed, threads for
    what is done beside chapters and pages, and what must not be in the book.
    """

    planned: NamedTuple
    stage: Path
    former: Former | None
    digests: Digests
    handed: Handover
    beside: ThreadPoolExecutor
    known: Future | None = None


def former_run(place: Path) -> Former | None:
    """The former run; `None` if there is none, or none that this version can read."""
    with contextlib.suppress(OSError, ValueError):
        *made, about = (json.loads((place / name).read_text(encoding="utf-8")) for name in storage.FILES)
        if isinstance(about, dict) and {"chapters", "notebooks", "made", "pages"} <= set(about):
            return Former(place.resolve(), *made, about)
    return None


def is_fresh(planned, former: Former, digests: Digests) -> bool:
    """Tell whether a former run is what would be made now, and is undamaged."""
    decided = _decided(planned, digests.secret, former.values, former.frames, former.folder / "notebooks")
    now = {each.slug: freshness.of_chapter(each, digests, former.values, decided) for each in planned.chapters}
    same = freshness.of_pages(now, digests) == former.about["pages"]
    return same and freshness.digest_of_run(former.folder, digests.secret) == former.about["made"]


def make(planned, run: Path, former: Former | None, digests: Digests) -> tuple[dict[str, float], dict]:
    """Make the run's folder: `html`, which is audited, `notebooks`, `values.json`, `frames.json` and its descriptions.

    Gives seconds by what took them, and what the chapters pasted, by chapter and key. Raises `ChapterError` if a
    chapter or the pages failed, and `DataError` if the audit saw a leak.
    """
    stage = run / "stage"
    for folder in ("chapters", "data"):
        (stage / folder).mkdir(parents=True)
    (stage / "data" / planned.folder.name).symlink_to(planned.folder)
    processes.give_back()
    held = "" if planned.pools and planned.pools.elsewhere else str(stage)
    with ThreadPoolExecutor(2) as beside:
        try:
            return _made(_Making(planned, stage, former, digests, _handed(planned, digests.secret, held), beside), run)
        finally:
            running.let_go(held)
            beside.shutdown(cancel_futures=True)


def _made(making: _Making, run: Path) -> tuple[dict[str, float], dict]:
    planned, stage, digests = making.planned, making.stage, making.digests
    making = making._replace(known=making.beside.submit(_known, planned, run))
    late = [chapter for chapter in planned.chapters if is_late(chapter)]
    results = [chapter for chapter in planned.chapters if chapter not in late]
    seconds, made = _executed(results, making, {})
    read = {chapter.slug: running.executed(stage / "chapters" / f"{chapter.slug}.ipynb") for chapter in results}
    values, frames = ({slug: running.recorded(each, kind) for slug, each in read.items()} for kind in running.RECORDS)
    _write_json(making.stage / "values.json", values)
    making.beside.submit(files.theme)  # which every audit takes
    spent, others, decided = _executed_late(late, making, values, frames)
    seconds, made = seconds | spent, made | others
    running.let_go(making.handed.held)  # pages take memory, and none of the cohort
    making = making._replace(handed=making.handed._replace(cohort=b""))
    now = {each.slug: freshness.of_chapter(each, digests, values, decided) for each in planned.chapters}
    stale = [slug for slug in now if made[slug] != now[slug]]
    _write_json(run / "values.json", values)
    _write_json(run / "frames.json", frames)
    pages, facts, before = _in_turn(making, _published, making, run, values, stale)
    audited = _in_turn(making, _audited, making, run, facts, before)
    seconds = {**seconds, "jupyter-book": pages, "audit": audited}
    about = {"chapters": made, "pages": "" if stale else freshness.of_pages(now, digests), "seconds": seconds}
    about["inputs"] = freshness.digest(digests.secret, planned.inputs) if planned.inputs and not stale else ""
    _write_json(run / "run.json", about | _about(making, run))
    return seconds, values


def _executed_late(late: list[Chapter], making: _Making, values: dict, frames: dict) -> tuple[dict, dict, list]:
    """Run the chapters that read what the others pasted, last those that say what was decided of their figures too."""
    planned, seconds, made = making.planned, {}, {}
    last = [chapter for chapter in late if planned.log and freshness.DECISIONS in chapter.parameters]
    for chapters in ([chapter for chapter in late if chapter not in last], last):
        decided = _decided(planned, making.digests.secret, values, frames, making.stage / "chapters")
        making = making._replace(handed=making.handed._replace(decided=decided))
        spent, others = _executed(chapters, making, values)
        seconds, made = seconds | spent, made | others
    return seconds, made, decided


def _handed(planned, secret: bytes, held: str) -> Handover:
    files, is_confidential = input_files(planned.folder), planned.cohort.access == gate.CONFIDENTIAL
    return Handover(
        cohort_dir=planned.parameters["cohort_dir"],
        cohort=to_bytes(planned.cohort),
        values_file=freshness.VALUES_FILE,
        files={} if is_confidential else freshness.digests(files),
        keyed=freshness.keyed_digests(files, secret) if is_confidential else {},
        decisions_file=freshness.DECISIONS_FILE,
        written=list(map(in_brief, planned.written)),
        held=held,
    )


def _decided(planned, secret: bytes, values: dict, frames: dict, notebooks: Path) -> list[tuple]:
    made = (values, all_frames(values, frames, notebooks)) if planned.log else ({}, {})
    return list(map(tuple, review.of_run(planned.log, made, planned.cohort.access, secret).decided()))


def all_frames(values: dict, frames: dict, notebooks: Path) -> dict:
    """Frames behind figures, by chapter and key: beside those of results, of chapters that read what others pasted."""
    late = [path for path in sorted(notebooks.glob("*.ipynb")) if path.stem not in values]
    return frames | {path.stem: running.recorded(running.executed(path), FRAMES_TYPE) for path in late}


def _executed(chapters: list[Chapter], making: _Making, values: dict) -> tuple[dict[str, float], dict]:
    to_run, made = {}, {}
    for chapter in chapters:
        key = freshness.of_chapter(chapter, making.digests, values, making.handed.decided)
        made[chapter.slug], reason = key, _reason(chapter, key, making)
        if reason:
            to_run[chapter.slug] = (chapter, reason)
        else:
            made[chapter.slug] = making.former.about["chapters"][chapter.slug]
            making.planned.report(f"{chapter.slug:<28}   {'fresh' if made[chapter.slug] == key else 'not run'}")
    return _run_all(to_run, making, values), made


def _reason(chapter: Chapter, key: dict, making: _Making) -> str:
    """Why a chapter must run, in words; empty if its notebook is taken over from the former run."""
    only, former = making.planned.only, making.former
    if only == chapter.slug:
        return "asked for"
    reason = freshness.why(former.about["chapters"].get(chapter.slug) if former else None, key)
    if reason and (not only or is_late(chapter) or reason == freshness.NEW):
        return reason
    notebook = former.folder / "notebooks" / f"{chapter.slug}.ipynb"
    if freshness.content(notebook) != former.about["notebooks"].get(chapter.slug):
        return freshness.DAMAGED
    shutil.copy(notebook, making.stage / "chapters")
    return ""


def _run_all(to_run: dict[str, tuple[Chapter, str]], making: _Making, values: dict) -> dict[str, float]:
    seconds = {}
    chapters = [chapter for chapter, _ in to_run.values()]
    longest_first = sorted(chapters, key=lambda each: (each.is_long, len(each.notebook["cells"])), reverse=True)
    finished = SimpleQueue()  # Ctrl-C while this waits leaves no lock of a future behind, as it does in `wait`
    with _submitted(longest_first, making, values, finished.put) as futures:
        while futures:
            future = finished.get()
            slug = futures.pop(future)  # a cluster keeps what is held
            notebook, seconds[slug] = _result(future, slug, making.planned.pools)
            running.write(notebook, making.stage / "chapters" / f"{slug}.ipynb")
            making.planned.report(f"{spent(slug, seconds[slug])}  {to_run[slug][1]}")
    return seconds


@contextlib.contextmanager
def _submitted(
    chapters: list[Chapter], making: _Making, values: dict, done: Callable[[Future], None]
) -> Iterator[dict[Future, str]]:
    """Have chapters run by the pool that books share, or by one of their own; in the end none of them goes on.

    Each future that has a result, or was given up, is handed to a function.
    """
    pools, folder, futures = making.planned.pools, str(making.stage / "chapters"), {}
    pool = pools.chapters if pools else ThreadPoolExecutor(making.planned.jobs)
    place = "" if pools and pools.elsewhere else folder
    try:
        for chapter in chapters:
            read = freshness.results(values, making.digests) if is_late(chapter) else None
            handed = making.handed._replace(values=read)
            if freshness.reads_texts(chapter):
                handed = handed._replace(written=list(making.planned.written))
            work = (chapter, making.digests.parameters[chapter.slug], handed, place, making.planned.cold)
            futures[pool.submit(running.timed, *work)] = chapter.slug
        for future in list(futures):
            future.add_done_callback(done)
        yield futures
    finally:
        for future in futures:
            future.cancel()
        while not all(future.done() for future in futures):
            running.end_all(folder)
            time.sleep(_LOOK_AGAIN)
        if not pools:
            pool.shutdown(wait=False)


def _result(future: Future, slug: str, pools) -> tuple[Any, float]:
    """A chapter that was run, and its seconds; one that was to run elsewhere may have failed on the way."""
    try:
        return future.result()
    except Exception as error:
        if isinstance(error, GistbookError) or not (pools and pools.elsewhere):
            raise
        raise ChapterError(f"Chapter {slug} was given up by the workers ({type(error).__name__}).") from error


def _known(planned, run: Path) -> tuple[audit.Known, Any]:
    """What must not be in the book of a cohort, and that in the form in which it is sought."""
    facts = gate.known(planned.cohort, planned.folder, run / "html", planned.book)
    return facts, files.sought_in(facts, {chapter.slug for chapter in planned.chapters})


def _in_turn(making: _Making, work: Callable, *arguments):
    pools = making.planned.pools
    return pools.pages.submit(work, *arguments).result() if pools else work(*arguments)


def _published(making: _Making, run: Path, values: dict, stale: list[str]) -> tuple[float, audit.Known, Any]:
    """Make the pages, and beside them what they offer, which is read against the cohort at once.

    If some chapters show former values, every page and download says so. Gives the seconds, what must not be in the
    book, and what was read.
    """
    began, cohort, data = time.perf_counter(), making.planned.cohort, _data(making, stale)
    shutil.copytree(making.stage / "chapters", run / "notebooks")
    gate.refuse_outputs(run / "notebooks")
    downloads.link(making.stage / "chapters", data)
    (run / "html").mkdir()
    facts, _ = making.known.result()
    offered = making.beside.submit(_offer, making, run, values, data)
    html = publish.publish(making.planned.book, making.stage, _cover(cohort, data.notice))
    for each in html.iterdir():
        each.rename(run / "html" / each.name)
    before = offered.result()
    seconds = time.perf_counter() - began
    making.planned.report(spent("pages", seconds))
    shutil.rmtree(making.stage)
    return seconds, facts, before


def _data(making: _Making, stale: list[str]) -> downloads.Data:
    cohort, former = making.planned.cohort, _STALE.format(", ".join(stale)) if stale else ""
    notes = [f"{policy} {former}".strip() for policy in (cohort.policy.short, cohort.policy.note)]
    return downloads.Data(cohort.title, cohort.access, *notes, freshness.commit(making.planned.book), cohort.unit)


def _offer(making: _Making, run: Path, values: dict, data: downloads.Data):
    """Write what pages offer, and read it; pictures, for which the audit waits, are drawn beside that."""
    html, (facts, sought) = run / "html", making.known.result()
    pictures = downloads.offer(html, run / "notebooks", values, data, _drawn_before(making))
    if facts.tables:
        sheets.pack(facts.tables, html / downloads.FOLDER / sheets.COHORT)
    drawn = [making.beside.submit(draw) for draw in pictures]
    return files.Book(html, facts, lambda: [each.result() for each in drawn], sought).read_released()


def _drawn_before(making: _Making) -> Path | None:
    """What the former run offers, if it is undamaged, and would draw the same pictures now."""
    former, now = making.former, making.digests
    made = former.about["chapters"].values() if former else ()
    alike = all((each["package"], each["environment"]) == (now.package, now.environment) for each in made)
    is_whole = former and alike and freshness.digest_of_run(former.folder, now.secret) == former.about["made"]
    return former.folder / "html" / downloads.FOLDER if is_whole else None


def _cover(cohort, notice: str) -> publish.Cover:
    """What the book of a cohort says of itself; of another disease than the paper's, its title is its cohort's."""
    own = cohort.book
    title = own.title or ("" if own.is_of_gist else cohort.title)
    authors = shown(", ".join(own.authors))
    return publish.Cover(cohort.title, cohort.access, notice, title, authors, own.is_of_gist, own.subtitle)


def _audited(making: _Making, run: Path, facts: audit.Known, before) -> float:
    """Read the pages against what was released, and describe the run; a leak means that there is no book. Seconds."""
    began, planned = time.perf_counter(), making.planned
    gate.refuse_leaks(run / "html", facts, before)
    gate.refuse_words(crate.describe(run, planned, facts.data.banner(), _inputs(making)), before.sought)
    if planned.cohort.policy.name == NOT_FOR_RELEASE:
        planned.report("Made for your own eyes, and marked so on every page; gistbook audit refuses this book.")
    seconds = time.perf_counter() - began
    planned.report(spent("audit", seconds))
    return seconds


def _inputs(making: _Making) -> dict[str, str]:
    planned = making.planned
    log = [planned.folder / decisions.FILE] if planned.log else []
    if planned.cohort.access == gate.CONFIDENTIAL:
        return making.handed.keyed | freshness.keyed_digests(log, making.digests.secret)
    return making.handed.files | freshness.digests(log)


def _about(making: _Making, run: Path) -> dict:
    cohort = making.planned.cohort
    digests = {path.stem: freshness.content(path) for path in sorted((run / "notebooks").glob("*.ipynb"))}
    return {
        "name": making.planned.folder.name,
        "title": cohort.title,
        "access": cohort.access,
        "cover": _cover(cohort, "")._asdict(),
        "policy": cohort.policy.name,
        "clocks": cohort.clocks,
        "parameters": {"given": making.planned.parameters, "chapters": making.digests.parameters},
        "notebooks": digests,
        "made": freshness.digest_of_run(run, making.digests.secret),
    }


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
