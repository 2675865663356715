"""What is installed is what is locked: pyproject.toml, requirements.lock and environment.yml tell one story."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK, OF_CLUSTER = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-cluster.lock")
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]

CLUSTER = [Requirement(text) for text in PROJECT["optional-dependencies"]["cluster"]]
WANTED = [Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]
"""What the project asks for itself; the lock holds also what these ask for in turn."""

each_lock = pytest.mark.parametrize("lock", [LOCK, OF_CLUSTER], ids=["requirements", "cluster"])
each_wanted = pytest.mark.parametrize("wanted", WANTED, ids=lambda requirement: requirement.name)


def locked(lock: str = LOCK) -> list[tuple[Requirement, list[str]]]:
    """Read a lock: one requirement an entry, with its hashes."""
    entries = lock.replace("\\\n", " ").splitlines()
    split = [re.split(r"\s+--hash=", entry.strip()) for entry in entries if entry and not entry.startswith("#")]
    return [(Requirement(requirement), hashes) for requirement, *hashes in split]


def pins(name: str, lock: str = LOCK) -> list[str]:
    """Return the versions at which a lock pins a package: one, or one for each kind of machine."""
    entries = [entry for entry, _ in locked(lock) if canonicalize_name(entry.name) == canonicalize_name(name)]
    return [pin.version for entry in entries for pin in entry.specifier]


def test_conda_takes_every_package_but_python_from_the_lock():
    names = [entry.split("=")[0] for entry in CONDA if isinstance(entry, str)]
    pip = [entry["pip"] for entry in CONDA if isinstance(entry, dict)]

    assert names == ["python", "pip"]
    assert pip == [["--requirement requirements.lock"]]


def test_conda_pins_nothing_itself_but_a_python_that_the_project_supports():
    pinned = [entry.partition("=") for entry in CONDA if "=" in entry]

    assert [name for name, _, _ in pinned] == ["python"]
    assert pinned[0][2] in SpecifierSet(PROJECT["requires-python"])


def test_binder_has_the_python_of_conda_and_installs_what_make_installs():
    binder = yaml.safe_load((ROOT / ".binder" / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    installed = re.findall(r"^pip (install .*)$", (ROOT / ".binder" / "postBuild").read_text(), flags=re.MULTILINE)

    assert binder == [entry for entry in CONDA if isinstance(entry, str)]
    assert [words for words in installed if f"pip {words}" not in made] == []
    assert len(installed) == 2


@each_wanted
def test_the_lock_pins_what_the_project_asks_for_at_a_version_that_will_do(wanted):
    versions = pins(wanted.name)

    assert versions
    assert all(wanted.specifier.contains(version) for version in versions)


@each_wanted
def test_the_installed_version_is_the_locked_one(wanted):
    assert metadata.version(wanted.name) in pins(wanted.name)


def test_the_lock_of_the_cluster_pins_what_its_extra_asks_for():
    versions = [(wanted, pins(wanted.name, OF_CLUSTER)) for wanted in CLUSTER]

    assert versions
    assert not any(pins(wanted.name) for wanted in CLUSTER)
    assert all(found and all(map(wanted.specifier.contains, found)) for wanted, found in versions)


def test_the_two_locks_do_not_contradict_each_other():
    in_both = {canonicalize_name(entry.name) for entry, _ in locked()} & {
        canonicalize_name(entry.name) for entry, _ in locked(OF_CLUSTER)
    }
    hashes = [
        {entry.name: (str(entry.specifier), sorted(hashes)) for entry, hashes in locked(lock) if entry.name in in_both}
        for lock in (LOCK, OF_CLUSTER)
    ]

    assert {"click", "tornado"} <= in_both
    assert hashes[0] == hashes[1]


@each_lock
def test_every_entry_of_the_lock_is_one_exact_version(lock):
    operators = [[pin.operator for pin in entry.specifier] for entry, _ in locked(lock)]

    assert operators
    assert all(operator == ["=="] for operator in operators)


@each_lock
def test_every_entry_of_the_lock_has_a_hash(lock):
    without = [entry.name for entry, hashes in locked(lock) if not hashes]
    odd = [name for _, hashes in locked(lock) for name in hashes if not re.fullmatch(r"sha256:[0-9a-f]{64}", name)]

    assert not without
    assert not odd


@each_lock
@pytest.mark.parametrize("address", ["://", "--index-url", "--extra-index-url", "--find-links"])
def test_the_lock_names_no_place_from_which_packages_come(address, lock):
    assert address not in lock


@pytest.mark.parametrize("generated", ["_build/", ".venv/"])
def test_git_ignores_what_is_generated(generated):
    assert generated in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
