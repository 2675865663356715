"""What each chapter, and the whole book, is made of: digests by which a build knows what is fresh."""

from pathlib import Path
from typing import NamedTuple

from gistbook.intake.folder import input_files
from gistbook.press import execute, freshness, provenance, publish

PACKAGE = Path(__file__).parent
"""The folder of the package; whatever changes in it makes no chapter fresh."""

VALUES_FILE = "../values.json"
"""Where, from a chapter's folder, what the other chapters pasted is found."""


class Keys(NamedTuple):
    """Digests of what all chapters have in common, each chapter's own text, and parameters that a build sets.

    `secret` keys every digest; `sources` and `parameters` are by chapter.
    """

    secret: bytes
    cohort: str
    package: str
    environment: str
    config: str
    sources: dict[str, str]
    parameters: dict[str, dict]


def take(planned, secret: bytes) -> Keys:
    """Take the digests of everything that a planned book is made of."""
    parameters = {chapter.slug: own_parameters(chapter, planned) for chapter in planned.chapters}
    return Keys(
        secret=secret,
        cohort=cohort_files(planned.folder, secret),
        package=_package(planned.book, secret),
        environment=freshness.environment(secret),
        config=_config(planned, secret),
        sources={chapter.slug: _source(chapter, secret) for chapter in planned.chapters},
        parameters=parameters,
    )


def cohort_files(folder: Path, secret: bytes) -> str:
    """Return the digest of the files that a cohort is read from."""
    return freshness.digest_of_files(secret, input_files(folder), folder)


def own_parameters(chapter: execute.Chapter, planned) -> dict:
    """Return the parameters of a chapter with the values that it is run with."""
    given = {**planned.parameters, "values_file": VALUES_FILE, "commit": provenance.commit(planned.book)}
    return {name: given.get(name, default) for name, default in chapter.parameters.items()}


def is_late(chapter: execute.Chapter) -> bool:
    """Tell whether a chapter reads what the others pasted, and so runs after them."""
    return "values_file" in chapter.parameters


def of_chapter(chapter: execute.Chapter, keys: Keys, values: dict) -> dict[str, str]:
    """Return the digests of what one chapter is made of; `values` and the others' texts count if it reads them."""
    key = {"source": keys.sources[chapter.slug], "cohort": keys.cohort, "package": keys.package}
    key["parameters"] = freshness.digest(keys.secret, keys.parameters[chapter.slug])
    key["environment"] = keys.environment
    if is_late(chapter):
        key["values"] = freshness.digest(keys.secret, values, keys.sources)
    return key


def of_pages(chapters: dict[str, dict], keys: Keys) -> str:
    """Return the digest of what the pages are made of: the chapters, and the configuration."""
    return freshness.digest(keys.secret, chapters, keys.config)


def _package(book: Path, secret: bytes) -> str:
    """Return the digest of the package, and of the files beside it that it reads."""
    code = freshness.digest_of_tree(secret, PACKAGE, book / "tests" / "reference")
    return freshness.digest(secret, code, freshness.digest_of_files(secret, [*(book / "data").glob("*.csv")], book))


def _config(planned, secret: bytes) -> str:
    files = [planned.book / name for name in ("_config.yml", "_toc.yml", "references.bib", "CITATION.cff")]
    place = (publish.address(planned.book), provenance.commit(planned.book))
    told = (planned.cohort.title, planned.cohort.access, planned.cohort.policy, *place)
    return freshness.digest(secret, freshness.digest_of_files(secret, files, planned.book), told)


def _source(chapter: execute.Chapter, secret: bytes) -> str:
    cells = [[cell["cell_type"], cell["source"], cell["metadata"]] for cell in chapter.notebook["cells"]]
    return freshness.digest(secret, cells)
