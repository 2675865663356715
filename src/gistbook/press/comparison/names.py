"""Chapters and keys as a reader names them."""

_IN_WORDS = {
    "os": "overall survival,",
    "pfs": "progression-free survival,",
    "pfs2l": "progression-free survival on second line,",
    "imcont": "imatinib continuation,",
    "n": "number:",
    "30d": "within 30 days",
    "90d": "within 90 days",
}
"""Words for the parts of a key that a reader would not know."""

_COMPOUNDS = {"follow up": "follow-up", "progression free": "progression-free", "m group": "M-group"}
_COMPOUNDS["s group"] = "S-group"


_EXAMPLES = {"your_cohort", "validation"}
_EXAMPLE_KEYS = {"naive_ratio", "dated_ratio"}


def is_example(chapter: str, key: str) -> bool:
    """Tell whether something is of other patients than the cohort's, whom the book shows as an example."""
    return chapter in _EXAMPLES or key in _EXAMPLE_KEYS


def worded(name: str) -> str:
    """Return the slug of a chapter, or the key of what it pasted, in words.

    Examples
    --------
    >>> worded("pfs_median"), worded("n_s_group"), worded("overall_survival")
    ('Progression-free survival, median', 'Number: S-group', 'Overall survival')
    """
    words = " ".join(_IN_WORDS.get(word, word) for word in name.split("_"))
    for apart, together in _COMPOUNDS.items():
        words = words.replace(apart, together)
    return words[:1].upper() + words[1:]
