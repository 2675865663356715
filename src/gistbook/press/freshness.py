"""Which chapters need not be run again: a chapter is fresh while everything that it is made of is the same."""

import hashlib
import hmac
import json
import os
import platform
import secrets
import sys
from pathlib import Path

PARTS = {
    "source": "its text changed",
    "parameters": "its parameters changed",
    "cohort": "the cohort's files changed",
    "package": "the package, or what it reads, changed",
    "environment": "the installed versions changed",
    "values": "what the other chapters give it changed",
}
"""What a chapter is made of, and how it is said that this is why it ran."""

NEW = "not run before"
DAMAGED = "the former page was damaged"

_SECRET_BYTES = 32


def secret(place: Path) -> bytes:
    """Return the secret of a place, made at the first use; without it nobody can confirm a guess by a digest."""
    if not place.exists() or place.stat().st_size != _SECRET_BYTES:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
    return place.read_bytes()


def digest(key: bytes, *pieces) -> str:
    """Return a keyed digest of texts, numbers, lists and dicts of them."""
    written = json.dumps(pieces, sort_keys=True, ensure_ascii=False, default=str)
    return hmac.new(key, written.encode(errors="surrogatepass"), "sha256").hexdigest()


def digest_of_files(key: bytes, files: list[Path], root: Path) -> str:
    """Return a keyed digest of the names below a root, and the contents, of files; one that is missing counts too."""
    return digest(key, [(_name(path, root), content(path)) for path in sorted(files)])


def digest_of_tree(key: bytes, *folders: Path) -> str:
    """Return a keyed digest of every file below some folders, bytecode apart."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in files if "__pycache__" not in path.parts]
    return digest_of_files(key, kept, folders[0])


def digest_of_run(run: Path, key: bytes) -> str:
    """Return a keyed digest of the pages and the notebooks of a run as they are, by which damage is seen."""
    return digest_of_tree(key, run / "html", run / "notebooks")


def environment(key: bytes) -> str:
    """Return a keyed digest of Python's version and of the version of everything that is installed beside it."""
    places = {Path(place) for place in sys.path if place}
    installed = {path.name for place in places if place.is_dir() for path in place.glob("*.dist-info")}
    return digest(key, platform.python_version(), sorted(installed))


def why(former: dict[str, str] | None, now: dict[str, str]) -> str:
    """Return in words why a chapter must run again, from the digests of its parts then and now; nothing if fresh."""
    if not former:
        return NEW
    changed = [said for part, said in PARTS.items() if former.get(part) != now.get(part)]
    return ", ".join(changed)


def _name(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else path.name


def content(path: Path) -> str:
    """Return the SHA-256 digest of a file; nothing if there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
