"""Whether nothing has changed since a book was made: told by digests alone, before what takes long to import."""

import json
import os
from pathlib import Path

from gistbook.press import freshness, provenance, publish, shelf

BOOK = Path(__file__).parents[2]
"""The folder of `_config.yml`, `_toc.yml` and `chapters/` that is built."""

_UNKEYED = b""

CLOSING = "closing.json"
"""File of a run with the lines by which its build ended."""

_TEXTS = (
    "chapters/*.md",
    "data/*.csv",
    "tests/reference/*",
    "references.bib",
    "CITATION.cff",
    "_config.yml",
    "_toc.yml",
)


def inputs(book: Path, folder: Path, given: dict) -> str:
    """Return a digest of all that a book is made of, before any of it is read; it is kept keyed only.

    Parameters
    ----------
    book, folder : Path
        The folder of `_config.yml` and `chapters/`, and the cohort folder.
    given : dict
        Parameters as they were given.
    """
    texts = [path for pattern in _TEXTS for path in book.glob(pattern) if path.is_file()]
    return freshness.digest(
        _UNKEYED,
        freshness.digest_of_files(_UNKEYED, texts, book),
        freshness.digest_of_tree(_UNKEYED, Path(__file__).parent),
        freshness.digest_of_tree(_UNKEYED, folder.resolve()),
        freshness.environment(_UNKEYED),
        [str(folder.resolve()), given, os.environ.get(publish.ADDRESS), provenance.commit(book)],
    )


def closing_lines(folder: Path, given: dict, out: Path) -> list[str] | None:
    """Return the lines by which the build of a book ended, if nothing has changed since and the book is undamaged.

    Returns
    -------
    list of str or None
        Nothing if something changed, or if that cannot be told by digests alone.
    """
    run = out / folder.resolve().name
    try:
        about = json.loads((run / "run.json").read_text(encoding="utf-8"))
        secret = (shelf.runs_of(out, run.name) / "secret").read_bytes()
        is_whole = about["made"] == freshness.digest_of_run(run.resolve(), secret)
        if is_whole and about["inputs"] == freshness.digest(secret, inputs(BOOK, folder, given)):
            return json.loads((run / CLOSING).read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return None
