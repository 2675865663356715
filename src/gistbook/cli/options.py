"""Options that commands have in common with none of their arguments: of parameters of chapters, and of the PDF.

Typer has no groups of options; it reads the signature that a command shows, and so that is written here.
"""

import functools
import inspect
import os
from collections.abc import Callable
from typing import Annotated

import typer

from gistbook import printing
from gistbook.analysis import disclosure
from gistbook.conventions import UsageError

POLICIES = ", ".join(name for name in disclosure.known_names() if name != disclosure.NOT_FOR_RELEASE)

Param = Annotated[list[str] | None, typer.Option(help="A parameter of the chapters, as name=value.")]
PolicyName = Annotated[str, typer.Option(help=f"Disclosure policy: {POLICIES}; by access if left out.")]
Minimum = Annotated[int, typer.Option(help="Smallest count that the policy threshold lets through.")]
OwnEyes = Annotated[
    bool, typer.Option("--not-for-release", help="Exact numbers of a confidential cohort, for your own eyes.")
]
_CORES = os.cpu_count() or 1

Jobs = Annotated[int, typer.Option(min=1, help="Chapters run at once.")]
Cold = Annotated[bool, typer.Option("--cold-kernels", help="Start each kernel anew: slower, and shares nothing.")]
Pdf = Annotated[bool, typer.Option("--pdf", help="Print the article as one PDF too; takes Chromium.")]


def with_parameters(command: Callable) -> Callable:
    """Give a command the options that come to parameters of chapters, and hand them on as one argument `given`."""

    def taking(
        param: Param = None, policy: PolicyName = "", minimum: Minimum = 0, not_for_release: OwnEyes = False, **own
    ):
        given = _parameters(param or []) | _policy(policy, minimum, not_for_release)
        return command(given=given, **own)

    return _showing(taking, command, leaving="given")


def with_kernels(command: Callable) -> Callable:
    """Give a command the options of how chapters are run, and hand them on as one argument `running`."""

    def taking(jobs: Jobs = _CORES, cold: Cold = False, **own):
        return command(running={"jobs": jobs, "cold": cold}, **own)

    return _showing(taking, command, leaving="running")


def with_pdf(command: Callable) -> Callable:
    """Give a command that makes a book, and returns its folder, the option to print it; a browser is sought first."""

    def taking(pdf: Pdf = False, **own):
        browser = printing.find() if pdf else None
        run = command(**own)
        if browser:
            typer.echo(f"The article: {printing.print_article(run, browser, typer.echo)}")

    return _showing(taking, command)


def _showing(taking: Callable, command: Callable, leaving: str = "") -> Callable:
    """Return a function under the name of a command, with the options of both in its signature."""
    added = [each for each in inspect.signature(taking).parameters.values() if each.kind != each.VAR_KEYWORD]
    others = [each for name, each in inspect.signature(command).parameters.items() if name != leaving]
    every = others + [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in added]
    functools.update_wrapper(taking, command)
    taking.__signature__ = inspect.Signature(every)
    taking.__annotations__ = {each.name: each.annotation for each in every}
    return taking


def _parameters(given: list[str]) -> dict[str, str]:
    wrong = [text for text in given if "=" not in text]
    if wrong:
        raise UsageError(f"--param takes name=value, not {wrong[0]!r}.")
    return dict(text.split("=", 1) for text in given)


def _policy(name: str, minimum: int, not_for_release: bool) -> dict[str, str]:
    """Return the disclosure policy that the options ask for, as a parameter; none if they ask for none."""
    if not_for_release and name not in ("", "exact"):
        raise UsageError(
            f"--not-for-release shows exact numbers, and goes with no other policy than exact, not {name}."
        )
    if minimum and not name.startswith("threshold"):
        raise UsageError("--minimum goes with --policy threshold.")
    chosen = disclosure.NOT_FOR_RELEASE if not_for_release else f"threshold{minimum}" if minimum else name
    return {"policy": chosen} if chosen else {}
