"""What a book was made from: versions, the commit, and fingerprints of the cohort's files."""

import hashlib
import hmac
import importlib.metadata
import json
import platform
import subprocess
from pathlib import Path

import pandas as pd

from gistbook.conventions import NOT_COMPUTED, UNKNOWN_COMMIT, shown

LIBRARIES = ("altair", "ipykernel", "jupyter-book", "lifelines", "numpy", "pandas", "papermill", "scipy", "sphinx")


def versions() -> pd.DataFrame:
    """Return the versions of Python, of this package and of the libraries that compute and print: one row each."""
    rows = [("Python", platform.python_version())]
    rows += [(name, importlib.metadata.version(name)) for name in ("gistbook", *LIBRARIES)]
    return pd.DataFrame(rows, columns=["Software", "Version"])


def commit(folder: Path) -> str:
    """Return the commit of the source, and whether files differ from it; says so where there is no repository."""
    found = _git(folder, "rev-parse", "HEAD")
    if not found:
        return UNKNOWN_COMMIT
    return f"{found} with changes" if _git(folder, "status", "--porcelain", "--untracked-files=no") else found


def fingerprints(files: list[Path]) -> pd.DataFrame:
    """Return the SHA-256 digest of every file that was read: one row per file.

    For public and synthetic cohorts only: by the digest of a confidential file, a guess at its content is confirmed.
    """
    rows = [(shown(path.name), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
    return pd.DataFrame(rows, columns=["File", "Digest (SHA-256)"])


def keyed_fingerprints(cohort_dir: str | Path) -> pd.DataFrame:
    """Return the keyed digest of every file that was read, as a build set them aside: one row per file.

    For confidential cohorts: only who has the key, which lies beside the runs, can tell by it which files they were.
    """
    place = _set_aside(Path(cohort_dir))
    told = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {"any": NOT_COMPUTED}
    return pd.DataFrame(list(told.items()), columns=["File", "Keyed digest (HMAC-SHA-256)"])


def set_fingerprints_aside(cohort_dir: Path, files: list[Path], key: bytes) -> None:
    """Write keyed digests of files, name and content, beside a cohort's folder; the key itself no chapter sees."""
    told = {shown(path.name): hmac.new(key, path.name.encode() + b"\0" + path.read_bytes(), "sha256") for path in files}
    digests = {name: each.hexdigest() for name, each in told.items()}
    _set_aside(cohort_dir).write_text(json.dumps(digests), encoding="utf-8")


def _set_aside(cohort_dir: Path) -> Path:
    return cohort_dir.with_name(f".{cohort_dir.name}.digests.json")


def _git(folder: Path, *words: str) -> str:
    try:
        said = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()
