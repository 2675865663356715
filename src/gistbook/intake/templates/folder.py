"""The folder itself: refused where something is in the way, else there whole or not at all."""

import csv
import io
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory

from gistbook.conventions import UsageError
from gistbook.intake.templates import workbook
from gistbook.schemas import TABLES, names

WORKBOOK, SETTINGS = "cohort.xlsx", "cohort.toml"
_OF_THE_SYSTEM = ("desktop.ini", "thumbs.db")
"""Files, in small letters, that a system puts into a folder by itself; so are those whose names begin with a point."""


def write(folder: Path) -> list[str]:
    """Make a cohort folder to fill in.

    Parameters
    ----------
    folder : Path
        Where it is made, with the folders above it; it must be new or empty.

    Returns
    -------
    list of str
        What was made and what to do next, a line each.

    Raises
    ------
    UsageError
        Something is there already; it is untouched.
    """
    place = folder.resolve()
    ground = next(each for each in (place, *place.parents) if each.exists())
    _refuse(folder, place, ground)
    files = _files()
    with TemporaryDirectory(dir=ground, prefix=".gistbook-") as beside:
        made = Path(beside) / place.relative_to(ground)
        made.mkdir(parents=True, exist_ok=True)
        for name, held in files.items():
            (made / name).write_bytes(held)
        for each in sorted(Path(beside).iterdir()):
            each.rename(ground / each.name)
    return _told(folder)


def _refuse(folder: Path, place: Path, ground: Path) -> None:
    if not ground.is_dir():
        raise UsageError(f"{ground} is a file, not a folder, and is left alone. Name a folder that does not exist yet.")
    if ground == place and any(map(_is_somebodys, place.iterdir())):
        raise UsageError(f"{folder} is not empty, and is left alone. Name a folder that does not exist yet.")


def _is_somebodys(path: Path) -> bool:
    return not path.name.startswith(".") and path.name.lower() not in _OF_THE_SYSTEM


def _files() -> dict[str, bytes]:
    """Return what goes into the folder: for each name, its bytes."""
    forms = {f"{table}.csv": _header(names(columns)) for table, columns in TABLES.items()}
    return {
        WORKBOOK: workbook.drawn_up(),
        **forms,
        SETTINGS: Path(__file__).with_name(SETTINGS).read_bytes(),
    }


def _header(columns: list[str]) -> bytes:
    """Return a table of a header and no rows, as spreadsheets take it: UTF-8 that says so."""
    written = io.StringIO()
    csv.writer(written).writerow(columns)
    return written.getvalue().encode("utf-8-sig")


def _told(folder: Path) -> list[str]:
    given = shlex.quote(str(folder))
    return [
        f"Made {folder}:",
        f"  {WORKBOOK}    a workbook to fill in; its first sheet explains every column",
        f"  {SETTINGS}    what the cohort is called, and how to have a sheet of your own read",
        f"  {', '.join(f'{table}.csv' for table in TABLES)}",
        "                 the tables of the workbook again, as text; fill in the one or the other",
        "",
        "Next:",
        f"  1. Fill in {WORKBOOK}, and the first entries of {SETTINGS}. Then see what is still wrong:",
        f"     gistbook check {given}",
        "  2. When nothing is wrong any more, make the book:",
        f"     gistbook build {given}",
    ]
