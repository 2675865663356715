"""One number in words: what it is, of whom, from when, what was published, and the way back to where it was made."""

from typing import Any, NamedTuple

from gistbook.book.tracing.records import MADE, ROW
from gistbook.conventions import INTERVAL, escaped

HEADERS = ("Number", "What it is", "Of whom", "Time zero", "Published", "Way back")

_LEDGER = "claims"
_OTHERS = "whose_numbers"
"""The key under which a chapter pastes whose its numbers are, where they are not the cohort's."""

_MEASURES = {
    "quantile": "median",
    "rate": "share without the event, read off the curve",
    "restricted_mean": "mean time up to the horizon",
    "proportion": "share",
    "hazard_ratio": "hazard ratio",
    "mean_count": "mean number",
    "withheld": "withheld by the disclosure policy",
}
_OFF_CURVE = ("quantile", "rate", "restricted_mean")
_METHODS = {"proportion": "exact, after Clopper and Pearson", "hazard_ratio": "from Cox regression"}
_TIMES = ("months", "probability", "ratio")
_AS_SAID = "as the text beside it says"


class Book(NamedTuple):
    """What a number is traced through: of each chapter its title, what it pasted, and its parameters.

    `claims` are those of the ledger, each with the columns of `schemas.CLAIMS`.
    """

    claims: list
    titles: dict[str, str]
    records: dict[str, dict[str, dict]]
    parameters: dict[str, dict[str, str]]


class _Number(NamedTuple):
    """A number of a page, with the chapter and the key under which it was made, and its claim, where it has one."""

    key: str
    page: str
    record: dict
    chapter: str
    made: str
    claim: Any
    book: Book

    @property
    def phrases(self) -> dict[str, dict]:
        return self.book.records.get(self.chapter, {})

    @property
    def is_published(self) -> bool:
        return bool(self.book.records[self.page][self.key].get("is_published"))


def row(key: str, page: str, book: Book) -> str:
    """Return the row of the table of numbers for what a page takes under a key; its id is that of the number."""
    number = _found(key, page, book)
    phrase = book.records[page][key]["phrase"]
    words = [_what(number), _of_whom(number), _time_zero(number), _published(number)]
    cells = [*map(escaped, words), _way_back(number)]
    head = f'<th scope="row">{escaped(_one_line(phrase))}</th>'
    return f'<tr id="{ROW}{escaped(key)}">{head}{"".join(f"<td>{_one_line(cell)}</td>" for cell in cells)}</tr>'


def _found(key: str, page: str, book: Book) -> _Number:
    """Return a number with where it was made: for one that answers a claim, the chapter that the ledger names."""
    record = book.records[page][key]
    named = [claim for claim in book.claims if claim.claim_id == record.get("claim")]
    answered = [claim for claim in book.claims if (claim.chapter, claim.key) == (page, key)]
    claim = next(iter(named or answered), None)
    if not named:
        return _Number(key, page, record, page, key, claim, book)
    made = book.records.get(claim.chapter, {}).get(claim.key)
    return _Number(key, page, made or record, claim.chapter, claim.key, claim, book)


def _what(number: _Number) -> str:
    if number.is_published:
        return f"{number.claim.claim}: as the abstract of the paper prints it"
    record, title = _one(number.record), number.book.titles.get(number.chapter, number.chapter)
    named = number.record.get("what") or title
    if "measure" not in record:
        return named
    measure = _MEASURES.get(record["measure"], record["measure"].replace("_", " "))
    return f"{named}: {measure}{_interval(record, number)}"


def _interval(record: dict, number: _Number) -> str:
    """Return of which level, by which method and of whom an interval is; nothing where there is none."""
    if record.get("lower") is None and record.get("upper") is None:
        return "; no interval"
    method = _METHODS.get(record["measure"], "")
    if record["measure"] in _OFF_CURVE:
        method = f"{_scale(number)} limits"
    said = f"; {100 * record['level']:g}% confidence interval of {_cohort(number)}"
    return f"{said}, {method}" if method else said


def _scale(number: _Number) -> str:
    return number.book.parameters.get(number.chapter, {}).get("interval", INTERVAL).strip("'\"")


def _of_whom(number: _Number) -> str:
    if number.is_published:
        return f"the paper’s own patients{_denominator(number.claim)}"
    record = number.record
    if whose := record.get("whose"):
        return whose
    if "parts" in record:
        return f"{_cohort(number)}, group by group"
    if "measure" in record:
        group = f"group {record['group']}" if record.get("group") else "all who are analysed here, together"
        return f"{_cohort(number)}, {group}{_size(record)}"
    return f"{_cohort(number)}: {record['value']:g} of {record['n']}" if record.get("n") else _cohort(number)


def _size(record: dict) -> str:
    if not record.get("n"):
        return ""
    counted = f"{record['n']} {record.get('noun', 'patient')}{'' if record['n'] == 1 else 's'}"
    if record["measure"] == "proportion":
        return f": {record['events']} of {counted}"
    return f": {record['events']} event{'' if record['events'] == 1 else 's'} / {counted}"


def _denominator(claim) -> str:
    return f", {claim.denominator} in all" if claim.denominator else ""


def _time_zero(number: _Number) -> str:
    if number.is_published:
        return "only what the claim itself says"
    record = _one(number.record)
    origin = record.get("origin") or number.record.get("origin")
    if origin:
        return number.phrases.get("clock", {}).get("phrase") or origin.replace("_", " ")
    counted = record.get("unit") == "count" or record.get("measure") == "proportion"
    return "none, since it is no time" if counted else _AS_SAID


def _published(number: _Number) -> str:
    if number.claim is None:
        return "none in the abstract"
    printed = f"{number.claim.published}{' months' if number.claim.unit == 'months' else ''}"
    return f"{printed}, in the abstract of the paper"


def _way_back(number: _Number) -> str:
    """Return the links from a number to the cell that made it, and to its row in the ledger, where there are such."""
    links = []
    if number.made in number.phrases:
        elsewhere = number.chapter != number.page
        place = f"{number.chapter}.html" if elsewhere else ""
        words = "the cell that recomputes it" if number.is_published else "the cell that made it"
        in_which = f", in {number.book.titles[number.chapter]}" if elsewhere else ""
        links.append(_link(f"{place}#{MADE}{number.made}", f"{words}{in_which}"))
    if number.claim is not None and _LEDGER in number.book.titles:
        links.append(_link(f"{_LEDGER}.html#claim-{number.claim.claim_id}", "its row in the ledger"))
    return "; ".join(links) or "nothing made it in this run"


def _link(place: str, words: str) -> str:
    return f'<a href="{escaped(place)}">{escaped(words)}</a>'


def _cohort(number: _Number) -> str:
    """Return whose numbers a chapter gives: the cohort's, unless it pasted the name of others."""
    named = number.phrases.get(_OTHERS) or number.phrases.get("this_cohort", {})
    return named.get("phrase", "this cohort")


def _one(record: dict) -> dict:
    """Return a record, or of one in parts the first, which tells what all of them are."""
    return next(iter(record["parts"].values())) if record.get("parts") else record


def _one_line(text: str) -> str:
    return " ".join(text.split())
