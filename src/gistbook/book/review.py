"""What a reviewer decided of each number and figure of a book, and whether it still is what was decided on.

Either is known by a digest of what the book offers. Of a confidential cohort it is keyed by the secret beside its runs:
with the log alone, no guess at a value can be confirmed.
"""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gistbook import handover
from gistbook.book import freshness, tracing
from gistbook.conventions import ACCESS, NOT_COMPUTED, UsageError
from gistbook.display.tables import MADE
from gistbook.intake import decisions
from gistbook.intake.decisions import Decision
from gistbook.spelling import slip_of

HOLDS, REOPENED, GONE = "holds", "reopened", "unknown"
"""What became of a decision: the value is the same, or another one, or the book has no such key any more."""

FIGURE = "a figure or a table"
MADE_IN, _WHAT = "Made in", "What"
_LENGTH, _UNKEYED = 16, b""


class Decided(NamedTuple):
    """The last decision on a key, what the book prints there now, and what became of the decision."""

    key: str
    printed: str
    decision: str
    state: str
    by: str
    date: str
    note: str


class Reviewed(NamedTuple):
    """A finished book and its log: what can be decided on, by key, and the key of the digests."""

    log: list[Decision]
    results: dict[str, dict]
    secret: bytes

    def decided(self) -> list[Decided]:
        """Give the last decision on each key, in the order of the keys."""
        return [self._decided(each) for _, each in sorted({each.key: each for each in self.log}.items())]

    def undecided(self) -> dict[str, str]:
        """Give what is printed under each key on which nothing was decided: numbers of the book itself, and figures."""
        known = {each.key for each in self.log}
        own = {key: each for key, each in self.results.items() if "frames" in each or _is_own_number(each["record"])}
        return {key: printed(each) for key, each in own.items() if key not in known}

    def _decided(self, decision: Decision) -> Decided:
        now, state, result = "no longer in the book", GONE, self.results.get(decision.key)
        if result:
            now, state = printed(result), HOLDS if digest(result, self.secret) == decision.digest else REOPENED
        return Decided(decision.key, now, decision.decision, state, decision.by, decision.date, decision.note)


def of_run(log: list[Decision], made: tuple[dict, dict], access: str, secret: bytes) -> Reviewed:
    """Set a log beside what chapters have `made`: records that they pasted, and frames, by chapter and key; the secret
    keys digests where the access is confidential.
    """
    results: dict[str, dict] = {}
    for name, by_chapter in zip(("record", "frames"), made, strict=True):
        for slug, by_key in by_chapter.items():
            for key in by_key:
                results.setdefault(f"{slug}/{key}", {})[name] = by_key[key]
    return Reviewed(log, dict(sorted(results.items())), secret if access == ACCESS[-1] else _UNKEYED)


def digest(result: dict, secret: bytes) -> str:
    """Give the digest of a number or figure: the same for the same record and frames, to nine digits of each number."""
    as_printed = json.loads(json.dumps(result), parse_float=lambda text: f"{float(text):.9g}")
    return freshness.digest(secret, as_printed)[:_LENGTH]


def printed(result: dict) -> str:
    """Give what the book prints under a key: a phrase, or in words that it is a figure."""
    return result["record"]["phrase"] if "record" in result else FIGURE


def record(folder: Path, reviewed: Reviewed, of_kind: dict[str, list[str]], by: str, note: str) -> list[str]:
    """Add decisions, the keys of each kind, to the log of a cohort folder, and tell each in a line; raises `UsageError`
    if there is none, a key is not in the book or stands twice, or a text cannot be used.
    """
    given = [(kind, key) for kind, keys in of_kind.items() for key in keys]
    keys = [key for _, key in given]
    if not keys:
        raise UsageError("--by and --note go with a decision: --accept, --query or --reject, and a key.")
    if strange := [key for key in keys if key not in reviewed.results]:
        meant = slip_of(strange[0], reviewed.results)
        hint = f"Did you mean {meant}?" if meant else "gistbook review --undecided lists the keys."
        raise UsageError(f"The book has no key {strange[0]}. {hint}")
    if len(set(keys)) < len(keys):
        raise UsageError("There are two decisions on one key; give one.")
    texts = {"by": decisions.in_one_line(by), "date": date.today().isoformat(), "note": decisions.in_one_line(note)}
    taken = {key: digest(reviewed.results[key], reviewed.secret) for key in keys}
    decisions.add(folder, [Decision(key, kind, taken[key], **texts) for kind, key in given])
    return [f"{kind}: {key}, {printed(reviewed.results[key])}" for kind, key in given]


def sum_up(reviewed: Reviewed) -> str:
    """Say in a line what became of the decisions, and on how many numbers and figures nothing was decided."""
    states = Counter(each.state for each in reviewed.decided())
    told = f"{states[HOLDS]} hold, {states[REOPENED]} reopened, {states[GONE]} of an unknown key"
    return f"Decisions: {told}. Numbers and figures without one: {len(reviewed.undecided())}."


def listed(reviewed: Reviewed, undecided: bool) -> pd.DataFrame:
    """Decisions as a table of words, a row a key, or the keys without one, each with what is printed now."""
    if undecided:
        return pd.DataFrame(reviewed.undecided().items(), columns=["key", "printed now"])
    decided = reviewed.decided()
    return table(decided).drop(columns=MADE_IN).assign(**{_WHAT: [each.key for each in decided]})


def of_chapter(decisions_file: str) -> list[Decided]:
    """Give the decisions that a build hands to a chapter; one that is run by itself cannot tell what became of them."""
    if (handed := handover.decided(decisions_file)) is not None:
        return [Decided(*each) for each in handed]
    log = decisions.load(Path(decisions_file).parent) if decisions_file else []
    return [each._replace(printed=NOT_COMPUTED, state=NOT_COMPUTED) for each in Reviewed(log, {}, _UNKEYED).decided()]


def table(decided: list[Decided]) -> pd.DataFrame:
    """Decisions as they are printed on a page: one row per key; `MADE_IN` holds lists of places, for links."""
    rows = []
    for key, printed, decision, state, by, day, note in decided:
        what = key.replace("/", ": ").replace("_", " ").capitalize()
        made_in = [key.replace("/", f"#{MADE}")] if state in (HOLDS, REOPENED) else printed
        rows.append((what, printed, f"{decision}: {state}", f"{by}, {day}", note or "none", made_in))
    return pd.DataFrame(rows, columns=[_WHAT, "Printed now", "Decision", "By", "Note", MADE_IN])


def _is_own_number(record: dict) -> bool:
    return tracing.is_number(record) and not record.get("is_published")
