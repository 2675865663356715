"""What a book was made from: versions, the commit, and fingerprints of the cohort's files."""

import hashlib
import importlib.metadata
import platform
import subprocess
from pathlib import Path

import pandas as pd

from gistbook.conventions import UNKNOWN_COMMIT, shown

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

    For public and synthetic cohorts only: from the digest of a small confidential file its content can be guessed.
    """
    rows = [(shown(path.name), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
    return pd.DataFrame(rows, columns=["File", "Digest (SHA-256)"])


def _git(folder: Path, *words: str) -> str:
    try:
        said = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()
