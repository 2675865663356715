"""When two texts are one, however they are written, and which word was meant by a slip."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_WIDTHLESS = re.compile(r"[\u00ad\u180e\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]")
_WHOLE = re.compile(r"^(-?\d+)\.0+$")
_BOUNDS = ((">=", "≥"), ("≧", "≥"), ("<=", "≤"), ("≦", "≤"))
_DASHES = re.compile(r"[\u058a\u1806\u2010-\u2015\u2212\u2e3a\u2e3b\u30a0\ufe58\ufe63\uff0d]")

_PARTING = re.compile(r"(?<!\d)[\s_.,:;()\[\]'\"]+|[\s_.,:;()\[\]'\"]+(?!\d)|(?<=[^\W\d])-(?=\w)|(?<=\w)-(?=[^\W\d])")
"""What parts words or encloses them, but for what stands between two digits."""

_SIGNS = (
    (re.compile(r"^\s*(\d+)\.0+\s*$"), r"\1"),
    (re.compile(r"(?<=\d)[\W_]+(?=\d)"), "-"),
    (re.compile(r"[^\w-]+|_+|(?<!\d)-|-(?!\d)"), ""),
)
"""What of the signs in an identifier is changed into what, in this order."""

_NOUGHTS = re.compile(r"(?<!\d)0+(?=\d)")

OF_DEATH = re.compile(
    r"^(?!.*(?:\b(?:not|no|alive|nicht|kein|pas)\b|なし|無|非|未|生存))"
    r".*(?:dead|died|death|deceased|exitus|verstorben|gestorben|décédé|décès|fallecid|deceduto|overleden|avliden|умер|死"
    r"|过世|去世|†|\b(?:do[dcu]|dooc|dicd|dcd|dood|dtd|tot|mort)\b)"
)
"""Words and marks, in small letters, by which a status tells of a death, such as DOD, dead of disease."""


def plain_spelling(text: str) -> str:
    """How a text is compared with others: without what writing changes and nobody means.

    Full-width letters and half-width kana are the usual ones (NFKC), capitals and repeated or outer blanks do not
    count, marks without a width are left out, every dash is one sign, as is every "at least" and "at most", and 1.0 is
    1, as programs write whole numbers of a column with blanks.

    >>> plain_spelling("  Ａ群 ") == plain_spelling("a群"), plain_spelling("exon\u201011") == plain_spelling("Exon-11")
    (True, True)
    >>> plain_spelling("１.0"), plain_spelling("1.5"), plain_spelling(">=65") == plain_spelling("≧65")
    ('1', '1.5', True)
    """
    plain = _WIDTHLESS.sub("", unicodedata.normalize("NFKC", text))
    for sign, instead in _BOUNDS:
        plain = plain.replace(sign, instead)
    return _WHOLE.sub(r"\1", " ".join(_DASHES.sub("-", plain).casefold().split()))


def as_seen(text: str) -> str:
    r"""How a text looks to a reader: whatever its blanks are, without marks that have no width, its letters composed.

    >>> as_seen("OS\u00a0 time\u200b") == as_seen("OS time"), as_seen("OS") == as_seen("os")
    (True, False)
    """
    return " ".join(_WIDTHLESS.sub("", unicodedata.normalize("NFC", text)).split())


def words_alone(text: str) -> str:
    r"""A plain spelling without what parts or encloses words, and without the mark of a footnote after them.

    A sign between two digits stays, as do + and a last -.

    >>> [words_alone(text) for text in ("S group", "S-group", "(1) standard", "1: Standard.")]
    ['sgroup', 'sgroup', '1standard', '1standard']
    >>> words_alone("standard*") == words_alone("Standard\u2020") == "standard"
    True
    >>> [words_alone(text) for text in ("KIT+", "KIT-", "<5 cm", "1-3", "1.5")]
    ['kit+', 'kit-', '<5cm', '1-3', '1.5']
    """
    return _PARTING.sub("", plain_spelling(text)).rstrip("*†‡§#")


def plain_identifier(identifier: str) -> str:
    """An identifier without what spreadsheets and people change in it.

    Between two digits a sign stays, whichever it is: patient 12 of hospital 1 is not patient 2 of hospital 11.

    >>> [plain_identifier(text) for text in ("007", "7.0", "S-7", "1-12", "11/2")]
    ['7', '7', 's7', '1-12', '11-2']
    """
    plain = unicodedata.normalize("NFKC", identifier).casefold()
    if not plain.isalnum():
        for pattern, instead in _SIGNS:
            plain = pattern.sub(instead, plain)
    return _NOUGHTS.sub("", plain) if "0" in plain else plain


def plain_identifiers(identifiers: Iterable[str]) -> list[str]:
    """Each of some identifiers as `plain_identifier` has it; all at once where they are of letters and digits alone.

    >>> plain_identifiers(["007", "Ａ01"]), plain_identifiers(["007", "S-7"])
    (['7', 'a1'], ['7', 's7'])
    """
    each = list(identifiers)
    text = unicodedata.normalize("NFKC", "\n".join(each)).casefold()
    if text.replace("\n", "").isalnum() and text.count("\n") == len(each) - 1:
        return _NOUGHTS.sub("", text).split("\n")
    return list(map(plain_identifier, each))


def one_spelling(counts: Mapping[str, int]) -> dict[str, str]:
    """For each text the most frequent of those that differ from it in writing only.

    >>> one_spelling({"Liver": 1, "liver": 2, "bone": 1})
    {'Liver': 'liver', 'liver': 'liver', 'bone': 'bone'}
    """
    most = {}
    for text in sorted(counts, key=lambda text: (-counts[text], text)):
        most.setdefault(plain_spelling(text), text)
    return {text: most[plain_spelling(text)] for text in counts}


def nearest(word: str, choices: Iterable[str]) -> str:
    """A hint that names the choice of which a word is a slip, or else all choices.

    >>> nearest("orgin", ["origin", "interval"]), nearest("x", ["origin", "interval"])
    ('Did you mean origin?', 'There is: interval, origin.')
    """
    choices = sorted(choices)
    meant = slip_of(word, choices)
    return f"Did you mean {meant}?" if meant else f"There is: {', '.join(choices)}."


def slip_of(word: str, choices: Iterable[str]) -> str:
    """The choice that fewest letters turn a word into, if they are no more than a third of the longer one; else "".

    Near is also a choice that begins the word, or that the word begins, with three letters or more. A letter is put in,
    left out, taken for another, or has changed places with the next; capitals do not count.

    >>> slip_of("Prgoression", ["progression", "regression"]), slip_of("time", ["site", "item"])
    ('progression', '')
    """
    word = word.casefold()
    edits = {choice: _edits(word, choice.casefold()) for choice in choices}
    near = []
    for choice, many in edits.items():
        shorter, longer = sorted((word, choice.casefold()), key=len)
        if 3 * many <= max(len(word), len(choice)) or (len(shorter) > 2 and longer.startswith(shorter)):
            near.append(choice)
    return min(near, key=edits.get, default="")


def _edits(word: str, other: str) -> int:
    """How many letters must be changed, put in, left out or exchanged with the next, to turn one word into another."""
    before, last = [], list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        row = [i]
        for j, instead in enumerate(other, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != instead)))
            if i > 1 and j > 1 and (letter, word[i - 2]) == (other[j - 2], instead):
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1]
