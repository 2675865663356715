"""Say an estimate as a phrase, with its interval and unit, and paste it under a key, from which a sentence takes it.

A point estimate cannot appear without its precision. The bare numbers are recorded beside the phrase, so that what is
checked is what was printed.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd

from gistbook.conventions import (
    ANALYSED,
    EXHAUSTED,
    NOT_ESTIMABLE,
    NOT_REACHED,
    NOT_RECORDED,
    NOT_STARTED,
    OVERALL,
    RECORD_TYPE,
    THIS_COHORT,
    WITHHELD,
    caption_note,
    counted,
    is_known,
    kind_of_data,
    p_value,
    rounded,
    rows_of,
)
from gistbook.display.outputs import recorded
from gistbook.schemas import WITHHELD_KIND, estimates_only
from gistbook.units import MONTHS, Since, Unit, unit_of

PRINTED = {
    "probability": (lambda share: 100 * share, 0, "%"),
    "ratio": (lambda ratio: ratio, 2, ""),
    "count": (lambda mean: mean, 2, ""),
}
"""For each unit of an estimate that is no duration: how its value is printed, how many decimals, and what follows."""

MEASURES = {row["measure"]: row for row in rows_of(Path(__file__).with_name("measures.csv"))}
"""For each kind of estimate: how it is described, by which method its limits are made (on a scale), and its label."""

_UNKNOWN = {"quantile": NOT_REACHED, "not_started": NOT_STARTED}
_UNKNOWN |= dict.fromkeys(("rate", "incidence", "restricted_mean"), EXHAUSTED)

PREFIX = "application/papermill.record/"
"""MyST-NB's, before the types of what is pasted and not shown on a page."""

NOBODY = "nobody: it was set, not counted"
"""Whose a number is that is a convention or a parameter."""

_LOGRANK = "Log-rank test of the groups"


def phrase(row, noun: str = "patient", unit: Unit = MONTHS) -> str:
    """One row of estimates as a phrase: value, unit, interval, events and patients (or whatever was counted).

    A duration, which is in days, is said in the unit of the book. What is withheld is followed by no counts: those that
    a policy leaves of it, such as no event of many patients, would tell of nobody.

    >>> from types import SimpleNamespace as Row
    >>> phrase(Row(measure="rate", unit="probability", estimate=0.5, lower=0.3, upper=0.7, level=0.95, events=9, n=18))
    '50% (95% CI 30 to 70; 9 events / 18 patients)'
    """
    if row.measure == WITHHELD_KIND:
        return WITHHELD
    number, sign, size = *_printed(row, unit), _size(row, noun)
    unknown = _UNKNOWN.get(row.measure, NOT_ESTIMABLE)
    if not is_known(row.estimate) and not is_known(row.lower):
        return f"{unknown} ({size})"
    value = f"{number(row.estimate)}{sign}" if is_known(row.estimate) else unknown
    lower, upper = (number(x) if is_known(x) else NOT_REACHED for x in (row.lower, row.upper))
    has_limits = is_known(row.lower) or is_known(row.upper)
    interval = f"{100 * row.level:g}% CI {lower} to {upper}" if has_limits else "no interval"
    return f"{value} ({'; '.join(filter(None, (interval, size)))})"


def beside(row, base, unit: Unit = MONTHS) -> str:
    """How one median and its limits, in days, lie beside those of a base analysis: differences of what is printed.

    >>> from types import SimpleNamespace as Row
    >>> days = [months * 30.4375 for months in (14.5, 15.0)]
    >>> base, row = (Row(estimate=day, lower=152.2, upper=float("nan"), n=18) for day in days)
    >>> beside(row, base)
    'median 0.5 months longer, lower limit the same, upper limit not reached in both'
    """
    named = [
        ("estimate", "median", "longer", "shorter"),
        *((each, f"{each} limit", "higher", "lower") for each in ("lower", "upper")),
    ]
    parts = [f"{words} {_apart(getattr(row, name), getattr(base, name), ways, unit)}" for name, words, *ways in named]
    return ", ".join(parts if row.n == base.n else [*parts, f"of {row.n} patients in place of {base.n}"])


def _apart(duration: float, base: float, ways: list[str], unit: Unit) -> str:
    if not is_known(duration):
        return f"{NOT_REACHED}{'' if is_known(base) else ' in both'}"
    if not is_known(base):
        return "reached, as it was not before"
    more = Decimal(unit.number(duration)) - Decimal(unit.number(base))
    return f"{abs(more)} {unit.name} {ways[more < 0]}" if more else "the same"


def _printed(row, unit: Unit) -> tuple[Callable[[float], str], str]:
    if row.unit == "days":
        return unit.number, f" {unit.name}"
    scaled, digits, sign = PRINTED[row.unit]
    digits = 1 if row.measure == "proportion" else digits
    return lambda value: rounded(scaled(value), digits), sign


def intensity(row) -> str:
    """A median dose intensity with its quartiles, in percent."""
    return f"{rounded(row.estimate, 0)}% ({rounded(row.lower, 0)} to {rounded(row.upper, 0)})"


def part(row, unit: str) -> str:
    """A count of patients with its share, or a median with its quartiles in its unit."""
    if not is_known(row.count):
        return WITHHELD
    if row.level == "missing" or not is_known(row.n):
        return count(row.count)
    if not is_known(row.estimate):
        return NOT_RECORDED
    if row.level == "median":
        value = " ".join(filter(None, (rounded(row.estimate, 1), unit)))
        return f"{value} ({rounded(row.lower, 1)} to {rounded(row.upper, 1)})"
    return f"{count(row.count)} of {count(row.n)} ({rounded(100 * row.estimate, 0)}%)"


def count(number: float) -> str:
    """A number of patients or operations; in words where a disclosure policy withholds it."""
    return f"{int(number)}" if is_known(number) else WITHHELD


def listed_intensity(rows: pd.DataFrame) -> str:
    """Median dose intensities per week elapsed in one line, by group; not recorded if there is none."""
    elapsed = [row for row in estimates_only(rows).itertuples() if row.denominator == "elapsed"]
    groups = [f"{row.group} {intensity(row)}, {counted(row.n, 'course')}" for row in elapsed]
    return f"{'; '.join(groups)} (median with quartiles)" if groups else NOT_RECORDED


def groups_listed(flow: pd.DataFrame) -> str:
    """Groups of the analysis in one line, each with its number of patients."""
    groups = flow[flow["parent"] == ANALYSED]
    return "; ".join(f"{row.step} {count(row.count)}" for row in groups.itertuples()) or "one group"


def reasons(listed: dict[str, str]) -> str:
    """Things in one line, each with its reason; `none` if there are none."""
    return "; ".join(f"{thing} ({why})" for thing, why in listed.items()) or "none"


def in_months(estimates: pd.DataFrame, days_per_month: float) -> str:
    """One duration in months of a given length (days), without its unit; not reached or recorded in words."""
    durations = [row.estimate for row in estimates_only(estimates).itertuples()]
    if not durations:
        return NOT_RECORDED
    return rounded(durations[0] / days_per_month, 1) if is_known(durations[0]) else NOT_REACHED


def extremes(frames: list[pd.DataFrame], unit: Unit = MONTHS) -> tuple[str, str]:
    """Lowest and highest of several durations, in a unit; one that is not reached is the highest of all."""
    durations = [row.estimate for frame in frames for row in estimates_only(frame).itertuples()]
    if not durations:
        return NOT_ESTIMABLE, NOT_ESTIMABLE
    ordered = sorted(value if is_known(value) else float("inf") for value in durations)
    return tuple(unit.said(value) if is_known(value) else NOT_REACHED for value in (ordered[0], ordered[-1]))


def introduce(cohort) -> str:
    """Paste how sentences and captions speak of a cohort (`this_cohort`, `data_note`, `cohort_title`, `policy`).

    Gives what stands under every figure and table: the rule of a disclosure policy, and the kind of data, unless they
    are synthetic. Of those each page tells at its top and in its foot, and a notebook by itself in one line,
    `kind_of_data`.
    """
    note = caption_note(cohort.access, cohort.title, cohort.policy.note)
    paste_text("kind_of_data", kind_of_data(cohort.access, cohort.title))
    paste_text("this_cohort", THIS_COHORT[cohort.access])
    paste_text("cohort_title", cohort.title)
    paste_text("policy", cohort.policy.name)
    paste_text("data_note", note)
    return note


def paste(key: str, estimates: pd.DataFrame, origin: str = "", what: str = "", unit: Unit = MONTHS) -> None:
    """Paste estimates: one row as its phrase with its numbers, several as a list by group, none as not recorded.

    The ledger judges a number that depends on time zero only if its `origin` is that of the claim; `what` is the name
    of the endpoint, where the chapter's title is not; durations are said in the `unit` of the book.
    """
    rows, about = list(estimates_only(estimates).itertuples()), {"origin": origin, **_described(what)}
    if len(rows) == 1:
        return _paste(key, phrase(rows[0], unit=unit), {**_record(rows[0], unit), **about})
    listed, parts = _by_group(rows, unit, origin)
    return _paste(key, listed or NOT_RECORDED, {"parts": parts, **about} if len(parts) == len(rows) > 0 else {})


def paste_at(key: str, estimates: pd.DataFrame, time: float, what: str, since: Unit | Since = MONTHS) -> None:
    """Paste the estimates of groups at one landmark, in days; `since` bears the time zero and the unit."""
    unit = since if isinstance(since, Unit) else unit_of(since)
    rows = list(estimates_only(estimates[estimates["time"] == time]).itertuples())
    listed, parts = _by_group(rows, unit, getattr(since, "origin", ""))
    record = {"parts": parts, **_described(what)} if parts else {}
    _paste(key, f"{unit.landmark(time)}: {listed or NOT_RECORDED}", record)


def paste_of(key: str, estimates: pd.DataFrame, noun: str, what: str = "") -> None:
    """Paste an estimate of which no patients were counted, but what the noun says, such as an operation."""
    (row,) = estimates_only(estimates).itertuples()
    _paste(key, phrase(row, noun), {**_record(row), "origin": "", **_described(what), "noun": noun})


def paste_by_group(key: str, estimates: pd.DataFrame, origin: str = "", what: str = "", unit: Unit = MONTHS) -> None:
    """Paste estimates of groups as `paste` does, the group named even where there is one only."""
    rows = list(estimates_only(estimates).itertuples())
    if len(rows) != 1 or rows[0].group == OVERALL:
        return paste(key, estimates, origin, what, unit)
    record = {**_record(rows[0], unit), "origin": origin, **_described(what)}
    return _paste(key, f"{rows[0].group} {phrase(rows[0], unit=unit)}", record)


def paste_count(key: str, count: int | None, what: str = "", whose: str = "") -> None:
    """Paste a number of patients or a year; `None` where the cohort does not record it, NaN where it is withheld."""
    if not is_known(count):
        return _paste(key, NOT_RECORDED if count is None else WITHHELD, _described(what, whose))
    return _paste(key, str(int(count)), {"value": float(count), "unit": "count", **_described(what, whose)})


def paste_setting(key: str, number: int, what: str) -> None:
    """Paste a whole number that somebody set and nobody counted, such as a grace period in days."""
    paste_count(key, number, what, NOBODY)


def paste_step(key: str, flow: pd.DataFrame, step: str) -> None:
    """Paste how many patients are at a step of the flow; not recorded if the cohort has no such step."""
    counts = flow.loc[flow["step"] == step, "count"]
    paste_count(key, counts.iloc[0] if len(counts) else None, f"{step}, a step of the flow")


def paste_part(key: str, part: tuple[int, int], what: str = "") -> None:
    """Paste how many of how many; not recorded if it is of nobody, withheld if it is NaN of NaN."""
    count, n = part
    if not n or not is_known(n):
        return _paste(key, WITHHELD if n else NOT_RECORDED, _described(what))
    record = {"value": float(count), "share": float(count / n), "n": int(n), "unit": "count"}
    return _paste(key, f"{count} of {n}", {**record, **_described(what)})


def paste_duration(key: str, days: float, what: str = "", unit: Unit = MONTHS) -> None:
    """Paste a duration in a unit; not estimable if there is none."""
    if not is_known(days):
        return _paste(key, NOT_ESTIMABLE, _described(what))
    record = {"value": float(unit.of(days)), "unit": unit.name, **_described(what)}
    return _paste(key, unit.said(days), record)


def paste_logrank(key: str, test: dict) -> None:
    """Paste a log-rank test: chi-square, degrees of freedom and p-value."""
    if not is_known(test["p"]):
        return _paste(key, WITHHELD if test["withheld"] else NOT_ESTIMABLE, _described(_LOGRANK))
    words = f"chi-square {rounded(test['statistic'], 2)} on {test['df']} df, {p_value(test['p'])}"
    return _paste(key, words, {"value": test["p"], "unit": "p", **_described(_LOGRANK)})


def paste_text(key: str, text: str, what: str = "", whose: str = "") -> None:
    """Paste words; those that hold a number tell `what` it is, and `whose`, where it is not the cohort's."""
    origin = getattr(text, "origin", "")
    _paste(key, str(text), _described(what, whose) | ({"origin": origin} if origin else {}))


def paste_published(claims: pd.DataFrame) -> None:
    """Paste every published value under `published_` and the name of its claim, as the abstract prints it."""
    for row in claims.itertuples():
        words = f"{row.published} months" if row.unit == "months" else row.published
        _paste(f"published_{row.claim_id}", words, {"claim": row.claim_id, "is_published": True})


def paste_recomputed(ledger: pd.DataFrame) -> None:
    """Paste what this run made of every claim, under the name of the claim."""
    for row in ledger.itertuples():
        _paste(row.claim_id, row.recomputed, {"claim": row.claim_id})


def paste_frame(key: str, frame: pd.DataFrame) -> None:
    """Paste the estimates of a table, at full precision, for comparison with another run; nothing of it is seen."""
    _display({PREFIX + "text/plain": key}, recorded(key, PREFIX, {"frame": frame}))


def _paste(key: str, words: str, record: dict) -> None:
    """Record words under a key, with their numbers, and show them; MyST-NB keeps from pages what has its prefix."""
    about = recorded(key, PREFIX, {}) | {RECORD_TYPE: {"phrase": words, "value": None, **record}}
    _display({"text/plain": f"{key}: {words}", f"{PREFIX}text/plain": repr(words)}, about)


def _by_group(rows: list, unit: Unit, origin: str) -> tuple[str, dict[str, dict]]:
    parts = {row.group: {"phrase": phrase(row, unit=unit), **_record(row, unit), "origin": origin} for row in rows}
    return "; ".join(f"{row.group} {phrase(row, unit=unit)}" for row in rows), parts


def _described(what: str, whose: str = "") -> dict[str, str]:
    return {name: words for name, words in (("what", what), ("whose", whose)) if words}


def _display(shown: dict[str, str], about: dict) -> None:
    from IPython.display import display

    display(shown, raw=True, metadata=about)


def _record(row, unit: Unit = MONTHS) -> dict:
    printed = unit.of if row.unit == "days" else float
    numbers = {"lower": row.lower, "upper": row.upper, "value": row.estimate}
    record = {name: float(printed(value)) if is_known(value) else None for name, value in numbers.items()}
    about = {"group": row.group if row.group != OVERALL else None, "measure": row.measure, "level": float(row.level)}
    name = unit.name if row.unit == "days" else row.unit
    size = {"events": int(row.events), "n": int(row.n)} if row.measure != WITHHELD_KIND else {}
    return {**record, **about, "unit": name, **size}


def _size(row, noun: str) -> str:
    """Events and how many were counted; at a landmark, events by then and the number at risk there."""
    if row.measure == "proportion":
        return f"{row.events} of {counted(row.n, noun)}"
    if not (hasattr(row, "at_risk_then") and is_known(row.estimate)):
        return f"{counted(row.events, 'event')} / {counted(row.n, noun)}"
    if not is_known(row.at_risk_then):  # a disclosure policy gives neither
        return ""
    return f"{counted(int(row.events_by_then), 'event')} by then, {int(row.at_risk_then)} at risk"
