"""The tables of a synthetic cohort as one file to take away, with their dictionary; of no other cohort is there any."""

import io
import zipfile
from pathlib import Path

from gistbook.book import sheets
from gistbook.conventions import BANNERS
from gistbook.intake.folder import input_files
from gistbook.schemas import INPUTS

NAME = "synthetic-cohort.zip"
"""Name of the file; it says of what kind the patients are wherever it goes."""

_NO_DAY = (1980, 1, 1, 0, 0, 0)
_HEADINGS = ("Table", "Column", "Meaning", "Unit or kind", "Values", "Required")
_READ_ME = """\
{banner}

Unpacked, this is a cohort folder: {files}.
dictionary/columns.csv says what each column of each kind of table means; a cohort need not have all of them.
"""


def of_cohort(cohort, folder: Path) -> bytes:
    """The files that a cohort is read from, byte for byte, with a notice and the dictionary of their columns.

    Empty of every cohort whose access is not synthetic, and under a policy that makes counts coarse. The same files
    give the same bytes.
    """
    if cohort.access != "synthetic" or cohort.policy is None or cohort.policy.coarsens:
        return b""
    files = {path.name: path.read_bytes() for path in input_files(folder)}
    banner = BANNERS[cohort.access].format(title=cohort.title)
    notice = _READ_ME.format(banner=banner, files=", ".join(files))
    parts = {"READ-ME.txt": notice.encode(), **files, "dictionary/columns.csv": dictionary().encode()}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as packed:  # not compressed: other versions of zlib give other bytes
        for name, content in parts.items():
            packed.writestr(zipfile.ZipInfo(name, _NO_DAY), content)
    return whole.getvalue()


def dictionary() -> str:
    """CSV of what every column of a cohort's tables means: one row per table and column."""
    rows = [
        (table, c.name, c.meaning, c.unit or c.kind, ", ".join(c.permitted) or "any", "yes" if c.required else "no")
        for table, columns in INPUTS.items()
        for c in columns
    ]
    return "".join(",".join(map(sheets.quoted, row)) + "\n" for row in (_HEADINGS, *rows))
