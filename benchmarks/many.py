"""What several books in one run cost: eight settings of the bundled cohort, with one worker and with two.

A worker is one job of this machine. Of the efficiency, half the ratio of the two times, 1 is what two workers would
give that never wait.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gistbook import build
from gistbook.book import run as running
from gistbook.book import storage
from gistbook.build import many

COHORT = build.BOOK / "data" / "wada2021"
SETTINGS = {"interval": ["log", "log-log"], "horizon_months": ["24", "36", "48", "60"]}


def rows(place: Path) -> list[tuple]:
    """Make eight books from clean with one worker and with two; a row is a name, seconds, and their ratio to one's."""
    running.warm_up()
    one, two = (seconds(place / str(workers), workers) for workers in (1, 2))
    return [
        ("eight books, one worker", one, 1.0),
        ("eight books, two workers", two, two / one),
        ("eight books, efficiency of two workers", one / two / 2, None),
    ]


def seconds(out: Path, workers: int) -> float:
    began = time.perf_counter()
    many.make(storage.books([COHORT], SETTINGS, out), many.Means(workers), silent, whole)
    return time.perf_counter() - began


def silent(_: str) -> None:
    """Report nothing."""


def whole(_: storage.Book, result: Callable) -> None:
    """Let what failed in a book fail here."""
    result()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as out:
        for name, value, _ in rows(Path(out)):
            print(f"{name:<52} {value:10.2f}")
