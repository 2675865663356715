"""A built book as a closed list: what is in it is listed, and made of chapters, the theme and what was released.

`findings` says what a leak is. `policy` is the reviewed list: elements, scripts, files and texts of the theme. `files`
names the kinds of files: `released` reads what chapters showed and pasted, from notebooks, frames and values, and
`pages` what was made of that. `counts` holds what was released against the disclosure policy, and `plain` looks, in
what was released and in what has no source, for patients and the machine in plain sight. `markup` and `words` take
pages and texts apart; `gate` knows the cohort.
"""

from pathlib import Path

from gistbook.book.audit.findings import UNRELEASED, Known, Leak

__all__ = ["UNRELEASED", "Known", "Leak", "audit"]


def audit(html: Path, facts: Known) -> list[Leak]:
    """What should not be in the folder of a built book, by file and place; a value is never printed.

    `html` is the folder that would be published; `facts` those of the cohort and of the machine, and the book of which
    chapters and theme are a source. That the whole book is not to be released is reported once, with the first file.
    """
    from gistbook.book.audit.files import Book  # the theme takes the policy from here, and waits for no table

    once: dict = {}
    for leak in Book(html, facts).leaks():
        once.setdefault(leak.rule if leak.rule == UNRELEASED.says else leak, leak)
    return list(once.values())
