"""What search engines are told of the book as data: the article, and the patients that it is about, by schema.org.

Names of schema.org and addresses of licences are names here: no browser and no reader of these data fetches them for
the page. A cohort that is confidential is nothing to be offered, and so is not told of as data.
"""

import json
import re

from gistbook.conventions import BANNERS, DATA_NOTES
from gistbook.press.theme import citation

_SCHEMA = "https://schema.org"
_KINDS = {"article": "ScholarlyArticle", "book": "Book", "software": "SoftwareSourceCode"}

_TAG_BEGINS = re.compile(r"<(?=[a-zA-Z/!?])")
"""What whoever shows a text of a cohort might take for markup, once it is out of the data."""

TEXT_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_DATA_LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
"""As `LICENSE-TEXT` says of the book of the bundled cohort; figures of anybody else's patients are theirs."""


def script(told: list[dict]) -> str:
    """Return data as a script that runs nowhere; nothing in it can end it, or be taken for markup."""
    text = _TAG_BEGINS.sub(
        "&lt;", json.dumps({"@context": _SCHEMA, "@graph": told}, ensure_ascii=False, sort_keys=True)
    )
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/ld+json">{text}</script>'


def article(works: list[citation.Work], access: str, description: str, language: str) -> dict:
    """Return the book as an article, what it is based on among it.

    Parameters
    ----------
    works : list of Work
        The book, and what it is based on.
    access : str
        Of its cohort. Whoever makes a book of other patients than the bundled ones says how it may be used.
    description : str
        What the book asks, and of what kind its data are.
    language : str
        In which it is written.
    """
    book, *others = works
    told = {
        **_work(book),
        "@type": "ScholarlyArticle",
        "description": description,
        "inLanguage": language,
        "isBasedOn": [{**_work(other), "@type": _KINDS.get(other.kind, "CreativeWork")} for other in others],
    }
    open_to_all = {"abstract": book.abstract, "isAccessibleForFree": True, "license": TEXT_LICENCE}
    return _known(told | (open_to_all if access == "synthetic" else {}))


def dataset(works: list[citation.Work], title: str, access: str, language: str) -> list[dict]:
    """Return the cohort as data, if it may be spoken of; a synthetic one says so in its name and in its description."""
    if access == "confidential":
        return []
    told = {"@type": "Dataset", "name": title, "description": BANNERS[access].format(title=title)}
    if access == "synthetic":
        told["name"] = f"{title} (synthetic patients)"
        told["description"] = f"{DATA_NOTES[access]} {BANNERS[access]}"
        told |= {"creator": _people(works[0]), "license": _DATA_LICENCE, "isAccessibleForFree": True}
    return [_known(told | {"inLanguage": language})]


def _work(work: citation.Work) -> dict:
    return _known(
        {
            "name": work.title,
            "headline": work.title,
            "author": _people(work),
            "datePublished": work.year,
            "version": work.version,
            "isPartOf": {"@type": "Periodical", "name": work.journal} if work.journal else "",
            "sameAs": f"https://doi.org/{work.doi}" if work.doi else "",
            "url": work.url,
            "description": work.note,
            "keywords": list(work.keywords),
        }
    )


def _people(work: citation.Work) -> list[dict]:
    """Return who is named as author: people by their two names, bodies by their one."""
    return [
        {"@type": "Person", "familyName": each.family, "givenName": each.given, "name": f"{each.given} {each.family}"}
        if each.given
        else {"@type": "Organization", "name": each.family}
        for each in work.named()
    ]


def _known(told: dict) -> dict:
    """Return entries that say something."""
    return {name: value for name, value in told.items() if value not in ("", [], None)}
