"""The commands: parse, call, print; what takes long to import is imported where it is used."""

import atexit
import gc
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gistbook import conventions
from gistbook.book import freshness, storage
from gistbook.book import run as running
from gistbook.book.run import processes
from gistbook.conventions import POLICIES, ChapterError, DataError, GistbookError, UsageError
from gistbook.schemas import PARAMCDS
from gistbook.spelling import nearest

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

BUNDLED = freshness.BOOK / "data" / "wada2021"
BOOKS = Path("_build")

_JOBS = (os.cpu_count() or 1) + 1
"""Chapters that run at once: one more than there are cores, since a chapter waits while its figures are drawn."""

_MISUSED = (NotADirectoryError, IsADirectoryError, PermissionError, FileNotFoundError)
"""Failures of a place that was named, and not of the machine."""

Folder = Annotated[Path, typer.Argument(help="The cohort folder: cohort.toml and its tables.", show_default="bundled")]
Out = Annotated[Path, typer.Option(help="Where books are kept.")]
Param = Annotated[
    list[str] | None, typer.Option(help="A parameter of the chapters, as name=value; name=one,other makes two books.")
]
Cold = Annotated[bool, typer.Option("--cold-kernels", help="Start each kernel anew: slower, and shares nothing.")]
Plain = Annotated[bool, typer.Option("--allow-plain", help="Send confidential rows to it by a way that can be read.")]
Keys = Annotated[list[str] | None, typer.Option(help="A key, chapter/key, as --undecided lists them.", metavar="KEY")]


@app.callback()
def gistbook() -> None:
    """Make a book from a cohort: an executable paper on surgery for imatinib-resistant GIST."""


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="The folder to make; it must be new or empty.")]) -> None:
    """Make a cohort folder to fill in: empty tables, the same as a workbook, and a cohort.toml that explains itself."""
    from gistbook.intake import templates

    typer.echo("\n".join(templates.write(folder)))


@app.command()
def check(
    folder: Folder = BUNDLED,
    show_values: Annotated[bool, typer.Option("--show-values", help="Quote the cells that are wrong.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON, without values.")] = False,
) -> None:
    """Look at a cohort folder and tell every problem at once; nothing is changed. Exit 1 if there is an error."""
    from gistbook import build
    from gistbook.intake import report
    from gistbook.intake.folder import check_folder

    try:
        checked = check_folder(folder)
    except DataError as error:
        if as_json:
            typer.echo(json.dumps(report.findings_as_data(error.findings), indent=1))
        raise
    usable = checked.cohort is not None
    absent = build.absent(checked.cohort) if usable else {}
    will_have, dated = build.policy_and_refusal(checked), build.dated_times(checked)
    if as_json:
        typer.echo(json.dumps(report.as_data(checked, absent, will_have, dated), indent=1))
    else:
        typer.echo("\n".join(report.in_words(checked, absent, show_values, will_have, dated)))
    if not usable:
        raise typer.Exit(DataError.exit_status)
    if will_have[1]:
        raise typer.Exit(UsageError.exit_status)


@app.command()
def build(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="The cohort folders.", show_default="bundled", metavar="[FOLDER]...")
    ] = None,
    only: Annotated[str, typer.Option(help="Run this chapter alone; the rest is taken from the former book.")] = "",
    out: Out = BOOKS,
    param: Param = None,
    policy: Annotated[str, typer.Option(help=f"Disclosure policy: {', '.join(POLICIES)}; by access if left out.")] = "",
    minimum: Annotated[int, typer.Option(help="Smallest count that the policy threshold lets through.")] = 0,
    not_for_release: Annotated[
        bool, typer.Option("--not-for-release", help="Exact numbers of a confidential cohort, for your own eyes.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Chapters run at once.", show_default="cores and one")] = _JOBS,
    cold_kernels: Cold = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the article as one PDF too; takes Chromium.")] = False,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, whose workers run the chapters.")] = "",
    allow_plain: Plain = False,
) -> None:
    """Make the whole book of each cohort folder; a chapter of which nothing has changed is not run again."""
    browser = ""
    if pdf:
        from gistbook.book import paper

        browser = paper.find()  # before anything takes long
    given = _parameters(param or []) | _policy(policy, minimum, not_for_release)
    books = storage.books(folders or [BUNDLED], given, out)
    if allow_plain and not scheduler:
        raise UsageError("--allow-plain goes with --scheduler.")
    means = running.Means(jobs, only, cold_kernels, scheduler, allow_plain)
    if scheduler or len(books) > 1:
        _several(books, means, browser)
    else:
        _one(books[0], means, browser)


@app.command()
def audit(
    html: Annotated[Path, typer.Argument(help="The folder of pages, as _build/NAME/html.")],
    cohort: Annotated[Path, typer.Option(help="The cohort folder that the book was made of.")] = BUNDLED,
) -> None:
    """Read a built book as a stranger would, and tell what of the patients or the machine is in it. Exit 1 if any."""
    from gistbook.book.audit import gate

    if not html.is_dir():
        raise UsageError(f"{html} is no folder of pages; name the folder html of a built book.")
    leaks = gate.audit_book(html, cohort, freshness.BOOK)
    for leak in leaks:
        typer.echo(str(leak))
    typer.echo(f"Leaks found: {len(leaks) or 'none'}")
    if leaks:
        raise typer.Exit(DataError.exit_status)


@app.command()
def claims(folder: Folder = BUNDLED, out: Out = BOOKS) -> None:
    """Print the ledger of a built book: every published number beside the recomputed one. Exit 1 if one differs."""
    from gistbook import build
    from gistbook.book.claims import DIFFERS

    ledger = build.ledger_of(folder, out)
    _print_table(ledger[["claim", "published", "recomputed", "verdict"]])
    if (ledger["verdict"] == DIFFERS).any():
        raise typer.Exit(DataError.exit_status)


@app.command()
def review(
    folder: Folder = BUNDLED,
    accept: Keys = None,
    query: Keys = None,
    reject: Keys = None,
    by: Annotated[str, typer.Option(help="Who decides.")] = "",
    note: Annotated[str, typer.Option(help="Why; a query and a rejection need one.")] = "",
    undecided: Annotated[bool, typer.Option("--undecided", help="List the keys without a decision.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
    out: Out = BOOKS,
) -> None:
    """List what a reviewer decided of a built book, or record it in decisions.yml. Exit 1 if a value has changed."""
    from gistbook import build
    from gistbook.book import review

    reviewed = build.review_of(folder, out)
    if any((accept, query, reject, by, note)):
        keys = {"accept": accept or [], "query": query or [], "reject": reject or []}
        typer.echo("\n".join(review.record(folder, reviewed, keys, by, note)))
        return
    if as_json:
        decided = [each._asdict() for each in reviewed.decided()]
        typer.echo(json.dumps({"decisions": decided, "undecided": [*reviewed.undecided()]}, indent=1))
    else:
        if len(listed := review.listed(reviewed, undecided)):
            _print_table(listed)
        typer.echo(review.sum_up(reviewed))
    if any(each.state != review.HOLDS for each in reviewed.decided()):
        raise typer.Exit(DataError.exit_status)


@app.command()
def parameters() -> None:
    """List every parameter of the chapters with its default, its meaning, and the chapters that have it."""
    from gistbook import build

    _print_table(build.parameters())


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help="A run: its folder, the name of a book, or a cohort folder with a book.")],
    b: Annotated[str, typer.Argument(help="The run to set beside it.")],
    out: Out = BOOKS,
) -> None:
    """Set two runs side by side on one page: definitions, numbers, curves, flow and Table 1."""
    from gistbook.book import comparison

    typer.echo(f"The comparison: {comparison.compare((a, b), out, typer.echo) / 'html' / 'index.html'}")


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="Where the cohort folder is written.")],
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = conventions.SEED,
    calibrated: Annotated[bool, typer.Option(help="Tune the cohort to the published medians, or not.")] = True,
) -> None:
    """Draw a synthetic cohort."""
    from gistbook.analysis.simulate import write_cohort
    from gistbook.book.claims import load_published

    published = load_published().set_index("claim_id")["published"].to_dict()
    write_cohort(folder, seed, published if calibrated else {})
    typer.echo(f"A synthetic cohort: {folder}")


@app.command()
def reconstruct(
    curve: Annotated[Path, typer.Argument(help="Points of the curves: columns time, survival, and arm if several.")],
    folder: Annotated[Path, typer.Argument(help="Where the cohort folder is written.")],
    unit: Annotated[str, typer.Option(help=f"Unit of the times: {', '.join(conventions.DAYS_PER_UNIT)}.")],
    endpoint: Annotated[str, typer.Option(help=f"What the curves show: {', '.join(PARAMCDS)}.")],
    at_risk: Annotated[Path | None, typer.Option(help="Numbers at risk: columns time, at_risk, and arm.")] = None,
    patients: Annotated[list[str] | None, typer.Option(help="Without --at-risk: 40, or A=40 for each arm.")] = None,
    events: Annotated[list[str] | None, typer.Option(help="Total of events: 30, or A=30 for each arm.")] = None,
    title: Annotated[str, typer.Option(help="The source, as every page names it.")] = "a source that is not named",
) -> None:
    """Make a cohort folder of a published survival curve and its numbers at risk, by the method of Guyot and others."""
    from gistbook.analysis import reconstruction
    from gistbook.intake import published

    for name, given, choices in (("--unit", unit, conventions.DAYS_PER_UNIT), ("--endpoint", endpoint, PARAMCDS)):
        if given not in choices:
            raise UsageError(f"{name} names none that there is. {nearest(given, choices)}")
    arms = published.read(curve, at_risk, patients or [], events or [])
    for line in reconstruction.write(folder, arms, unit, endpoint, title):
        typer.echo(line)
    typer.echo(f"A cohort reconstructed from a published figure: {folder}")


def main() -> None:
    """Run a command; a failure, or a place that cannot be read or written, is told in words and by the exit status."""
    processes.keep_memory()
    atexit.register(gc.freeze)  # Python ends without looking for cycles in what there still is
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(standalone_mode=True)
    except (GistbookError, OSError) as error:
        words, status = _told(error)
        typer.echo(words, err=True)
        sys.exit(status)


def _one(book: storage.Book, means: running.Means, browser: str) -> None:
    closing = None if means.only else freshness.closing_lines(book)
    if closing is not None:
        typer.echo("Nothing has changed since this book was made; it is fresh.\n")
        return _close(book, closing, browser)
    if not means.cold:
        running.warm_up()
    from gistbook import build

    planned = build.plan(book.folder, book.given, means.jobs, typer.echo, means.only)._replace(cold=means.cold)
    if not means.cold:
        running.warm_up_pages_and_drawing()
    with processes.stopping(book.out):
        run = build.build(planned, book.out)
    typer.echo("")
    if run.seconds:
        typer.echo(conventions.spent("all, one after another", sum(run.seconds.values())))
    return _close(book, build.closing(planned, run.ledger), browser)


def _close(book: storage.Book, closing: list[str], browser: str) -> None:
    for line in (*closing, f"The book: {book.place / 'html' / 'index.html'}"):
        typer.echo(line)
    if browser:
        from gistbook.book import paper

        typer.echo(f"The article: {paper.print_once(freshness.BOOK, book.place, browser, typer.echo)}")


def _several(books: list[storage.Book], means: running.Means, browser: str) -> None:
    """Make several books, tell of each when it is there, and of all in the end; the status is that of the worst."""
    failures: dict[Path, tuple[str, int]] = {}
    if not means.scheduler and not means.cold:
        running.warm_up()
        running.warm_up_pages_and_drawing()
    from gistbook.build import many

    def done(book: storage.Book, result: Callable[[], tuple]) -> None:
        try:
            lines, seconds = result()
            typer.echo(f"{book.place}  ready after {seconds:.1f} s")
            _close(book, lines, browser)
        except Exception as error:
            failures[book.place] = _told(error, book.out)
            typer.echo(f"{book.place}  {failures[book.place][0]}", err=True)

    with processes.stopping(books[0].out):
        many.make(books, means, typer.echo, done)
    _sum_up(books, failures)


def _sum_up(books: list[storage.Book], failures: dict[Path, tuple[str, int]]) -> None:
    typer.echo(f"\nBooks made: {len(books) - len(failures)} of {len(books)}.")
    for place in (book.place for book in books):
        if place not in failures:
            typer.echo(f"  {place / 'html' / 'index.html'}")
            continue
        words, status = failures[place]
        typer.echo(f"  {place}  not made, status {status}: {words.splitlines()[0]}")
    if failures:
        raise typer.Exit(max(status for _, status in failures.values()))


def _told(error: Exception, place: Path | str = "") -> tuple[str, int]:
    """A failure in words, and its status; one that nobody foresaw is not quoted, as it may tell of a patient."""
    if isinstance(error, GistbookError):
        return str(error), error.exit_status
    if not isinstance(error, OSError):
        words = f"The program failed ({type(error).__name__}); make this book alone to see where."
        return words, ChapterError.exit_status
    what, where = error.strerror, error.filename2 or error.filename or str(place)
    if isinstance(error, shutil.Error):  # of several files that could not be copied, the first
        _, where, message = error.args[0][0]
        what = message.partition("] ")[2].partition(": ")[0]
    kind = UsageError if isinstance(error, _MISUSED) else ChapterError
    return f"{what}{f': {where}' if where else ''}. Nothing that was there before has changed.", kind.exit_status


def _print_table(frame) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(*(Column(name.capitalize(), overflow="fold") for name in frame))
    for cells in frame.itertuples(index=False):
        table.add_row(*map(Text, cells))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _parameters(given: list[str]) -> dict[str, list[str]]:
    """The values of each parameter: parted by commas, unless within brackets or double quotes."""
    if wrong := [text for text in given if "=" not in text]:
        raise UsageError(f"--param takes name=value, not {wrong[0]!r}.")
    return {name: _values(text) for name, text in (each.split("=", 1) for each in given)}


def _values(text: str) -> list[str]:
    values = [value.strip() for value in re.findall(r"(?:\[[^]]*\]|\"[^\"]*\"|[^,])+", text)] if "," in text else [text]
    return [value[1:-1] if re.fullmatch(r"\"[^\"]*,[^\"]*\"", value) else value for value in values] or [text]


def _policy(name: str, minimum: int, not_for_release: bool) -> dict[str, list[str]]:
    if not_for_release and name not in ("", "exact"):
        raise UsageError(f"--not-for-release shows exact numbers, and goes with the policy exact, not {name}.")
    if minimum and not name.startswith("threshold"):
        raise UsageError("--minimum goes with --policy threshold.")
    chosen = conventions.NOT_FOR_RELEASE if not_for_release else f"threshold{minimum}" if minimum else name
    return {"policy": [chosen]} if chosen else {}
