"""What a book was made from: versions, the commit, and fingerprints of the cohort's files."""

from __future__ import annotations

import hashlib
import hmac
import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from gistbook.conventions import NOT_COMPUTED, UNKNOWN_COMMIT, shown

if TYPE_CHECKING:
    import pandas as pd

LIBRARIES = ("altair", "ipykernel", "jupyter-book", "lifelines", "numpy", "pandas", "papermill", "scipy", "sphinx")


def versions() -> pd.DataFrame:
    """Versions of Python, of this package and of the libraries that compute and print: one row each."""
    import pandas as pd

    rows = [("Python", platform.python_version())]
    rows += [(name, importlib.metadata.version(name)) for name in ("gistbook", *LIBRARIES)]
    return pd.DataFrame(rows, columns=["Software", "Version"])


def commit(folder: Path) -> str:
    """Commit of the source, and whether files differ from it; in words where there is no repository."""
    head = _git(folder, "rev-parse", "HEAD")
    if not head:
        return UNKNOWN_COMMIT
    return f"{head} with changes" if _git(folder, "status", "--porcelain", "--untracked-files=no") else head


def content(path: Path) -> str:
    """SHA-256 digest of a file; empty if there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def digests(files: list[Path]) -> dict[str, str]:
    """SHA-256 digest of every file, by its name."""
    return {shown(path.name): content(path) for path in files}


def keyed_digests(files: list[Path], key: bytes) -> dict[str, str]:
    """HMAC-SHA-256 digest of every file, of its name and content, by its name."""
    return {
        shown(path.name): hmac.new(key, path.name.encode() + b"\0" + path.read_bytes(), "sha256").hexdigest()
        for path in files
    }


def fingerprints(digests: dict[str, str]) -> pd.DataFrame:
    """Digests as a table: one row per file."""
    import pandas as pd

    return pd.DataFrame(list(digests.items()), columns=["File", "Digest (SHA-256)"])


def keyed_fingerprints(digests: dict[str, str] | None) -> pd.DataFrame:
    """Keyed digests as a table: one row per file; not computed outside of a build, which has the key."""
    import pandas as pd

    rows = list((digests or {"any": NOT_COMPUTED}).items())
    return pd.DataFrame(rows, columns=["File", "Keyed digest (HMAC-SHA-256)"])


def _git(folder: Path, *words: str) -> str:
    try:
        finished = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return finished.stdout.strip()
