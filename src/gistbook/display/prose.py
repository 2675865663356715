"""Say an estimate as a phrase, with its interval and unit, and paste it under a key.

What is pasted is the phrase, which a sentence takes by the role `glue:text`, and beside it the bare numbers, which
the ledger compares. So a point estimate cannot appear without its precision, and what is checked is what was printed.
"""

import pandas as pd

from gistbook.conventions import (
    ANALYSED,
    DATA_NOTES,
    EXHAUSTED,
    NOT_ESTIMABLE,
    NOT_REACHED,
    NOT_RECORDED,
    OVERALL,
    RECORD_TYPE,
    THIS_COHORT,
    is_known,
    months,
    p_value,
    rounded,
)
from gistbook.schemas import estimates_only

_PRINTED = {
    "days": (months, 1, " months"),
    "probability": (lambda share: 100 * share, 0, "%"),
    "ratio": (lambda ratio: ratio, 2, ""),
    "count": (lambda mean: mean, 2, ""),
}
"""For each unit of an estimate: how its value is printed, with how many decimals, and what follows."""

_DIFFERENCE = "Standardized difference"
_UNKNOWN = {"quantile": NOT_REACHED, "rate": EXHAUSTED}


class _Pasted:
    """A phrase with its record, as IPython displays it and myst-nb glues it."""

    def __init__(self, phrase: str, record: dict):
        self.bundle = {"text/plain": repr(phrase), RECORD_TYPE: {"phrase": phrase, "value": None, **record}}

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.bundle


def introduce(cohort) -> str:
    """Paste how sentences and captions speak of a cohort (`this_cohort`, `data_note`, `cohort_title`).

    Returns
    -------
    str
        The sentence that stands under every figure and table.
    """
    note = DATA_NOTES[cohort.access].format(title=cohort.title)
    paste_text("this_cohort", THIS_COHORT[cohort.access])
    paste_text("cohort_title", cohort.title)
    paste_text("data_note", note)
    return note


def phrase(row) -> str:
    """Return one row of estimates as a phrase: value, unit, interval, events and patients.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> phrase(Row(measure="rate", unit="probability", estimate=0.5, lower=0.3, upper=0.7, level=0.95, events=9, n=18))
    '50% (95% CI 30 to 70; 9 events / 18 patients)'
    """
    printed, digits, unit = _PRINTED[row.unit]
    if not is_known(row.estimate) and not is_known(row.lower):
        return f"{_UNKNOWN.get(row.measure, NOT_ESTIMABLE)} ({_size(row)})"
    value = f"{rounded(printed(row.estimate), digits)}{unit}" if is_known(row.estimate) else _UNKNOWN[row.measure]
    lower, upper = (rounded(printed(x), digits) if is_known(x) else NOT_REACHED for x in (row.lower, row.upper))
    if not is_known(row.lower) and not is_known(row.upper):
        return f"{value} (no interval; {_size(row)})"
    return f"{value} ({100 * row.level:g}% CI {lower} to {upper}; {_size(row)})"


def said(estimates: pd.DataFrame) -> pd.DataFrame:
    """Return estimates as a table of words: one row per group and time, columns `Group`, `At`, `Estimate`.

    `At` is there only where the estimates are of several times.
    """
    rows = list(estimates_only(estimates).itertuples())
    columns = {"Group": [row.group for row in rows]}
    if estimates["time"].notna().any():
        columns["At"] = [f"{rounded(months(row.time), 0)} months" for row in rows]
    return pd.DataFrame({**columns, "Estimate": [phrase(row) for row in rows]})


def paste(key: str, estimates: pd.DataFrame, origin: str = "") -> None:
    """Paste estimates: one row as its phrase with its numbers, several as a list by group, none as not recorded.

    The ledger judges a number that depends on time zero only if its `origin` is that of the claim.
    """
    rows = list(estimates_only(estimates).itertuples())
    if len(rows) == 1:
        return _paste(key, phrase(rows[0]), {**_record(rows[0]), "origin": origin})
    listed = "; ".join(f"{row.group} {phrase(row)}" for row in rows)
    return _paste(key, listed or NOT_RECORDED, {})


def paste_count(key: str, count: int | None) -> None:
    """Paste a number of patients or a year; `None` where the cohort does not record it."""
    if count is None:
        return _paste(key, NOT_RECORDED, {})
    return _paste(key, str(int(count)), {"value": float(count), "unit": "count"})


def paste_step(key: str, flow: pd.DataFrame, step: str) -> None:
    """Paste how many patients are at a step of the flow; not recorded if the cohort has no such step."""
    counts = flow.loc[flow["step"] == step, "count"]
    paste_count(key, counts.iloc[0] if len(counts) else None)


def paste_groups(key: str, flow: pd.DataFrame) -> None:
    """Paste the groups of the analysis, each with its number of patients."""
    groups = flow[flow["parent"] == ANALYSED]
    listed = "; ".join(f"{row.step} {row.count}" for row in groups.itertuples())
    _paste(key, listed or "one group", {})


def paste_part(key: str, part: tuple[int, int]) -> None:
    """Paste how many of how many; not recorded if it is of nobody."""
    count, n = part
    if not n:
        return _paste(key, NOT_RECORDED, {})
    record = {"value": float(count), "share": float(count / n), "n": int(n), "unit": "count"}
    return _paste(key, f"{count} of {n}", record)


def said_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return counts with shares, and medians with quartiles, as a table of words: columns of `schemas.SAFETY`."""
    rows = list(estimates_only(rows).itertuples())
    said = {"Item": [row.item for row in rows], "Level": [row.level for row in rows]}
    return pd.DataFrame({**said, "Number": [_part(row, row.unit) for row in rows]})


def said_intensity(rows: pd.DataFrame) -> pd.DataFrame:
    """Return dose intensities as a table of words: one row per drug, group and denominator."""
    rows = list(estimates_only(rows).itertuples())
    said = {"Drug": [row.drug for row in rows], "Group": [row.group for row in rows]}
    said["Planned by"] = [row.denominator.replace("_", " ") for row in rows]
    said["Median (quartiles)"] = [_intensity(row) for row in rows]
    said["Courses"] = [row.n for row in rows]
    return pd.DataFrame({**said, "Median days on it": [rounded(row.exposure_median_days, 0) for row in rows]})


def listed_intensity(rows: pd.DataFrame) -> str:
    """Return dose intensities by the clock in one line, by group; not recorded if there is none."""
    clock = [row for row in estimates_only(rows).itertuples() if row.denominator == "clock"]
    return "; ".join(f"{row.group} {_intensity(row)}, {row.n} courses" for row in clock) or NOT_RECORDED


def said_baseline(rows: pd.DataFrame) -> pd.DataFrame:
    """Return baseline characteristics as a table of words: one row per level, one column per group."""
    words: dict[tuple, dict] = {}
    for row in estimates_only(rows).itertuples():
        line = words.setdefault((row.characteristic, row.level), {"Characteristic": row.characteristic})
        line |= {"Level": row.level, row.group: _part(row, "")}
        line[_DIFFERENCE] = rounded(row.difference, 2) if is_known(row.difference) else "not defined"
    frame = pd.DataFrame(list(words.values()), columns=None if words else [_DIFFERENCE])
    return frame.assign(**{_DIFFERENCE: frame.pop(_DIFFERENCE)}).fillna(NOT_RECORDED)


def paste_duration(key: str, days: float) -> None:
    """Paste a duration in months; not estimable if there is none."""
    if not is_known(days):
        return _paste(key, NOT_ESTIMABLE, {})
    return _paste(key, f"{rounded(months(days), 1)} months", {"value": float(months(days)), "unit": "months"})


def paste_logrank(key: str, test: dict) -> None:
    """Paste a log-rank test: chi-square, degrees of freedom and p-value."""
    if not is_known(test["p"]):
        return _paste(key, NOT_ESTIMABLE, {})
    words = f"chi-square {rounded(test['statistic'], 2)} on {test['df']} df, {p_value(test['p'])}"
    return _paste(key, words, {"value": test["p"], "unit": "p"})


def paste_text(key: str, text: str) -> None:
    """Paste words."""
    _paste(key, text, {})


def paste_published(claims: pd.DataFrame) -> None:
    """Paste every published value under `published_` and the name of its claim, as the abstract prints it."""
    for row in claims.itertuples():
        paste_text(f"published_{row.claim_id}", f"{row.published} months" if row.unit == "months" else row.published)


def paste_recomputed(ledger: pd.DataFrame) -> None:
    """Paste what this run made of every claim, under the name of the claim."""
    for row in ledger.itertuples():
        paste_text(row.claim_id, row.recomputed)


def paste_figure(key: str, figure) -> None:
    """Paste a figure, which the directive `glue:figure` sets with its caption."""
    from myst_nb import glue

    glue(key, figure, display=False)


def _paste(key: str, words: str, record: dict) -> None:
    from myst_nb import glue

    glue(key, _Pasted(words, record), display=False)


def _intensity(row) -> str:
    low, middle, high = (rounded(value, 0) for value in (row.lower, row.estimate, row.upper))
    return f"{middle}% ({low} to {high})"


def _part(row, unit: str) -> str:
    if row.level == "missing":
        return f"{row.count}"
    if not is_known(row.estimate):
        return NOT_RECORDED
    if row.level == "median":
        low, middle, high = (rounded(value, 1) for value in (row.lower, row.estimate, row.upper))
        return f"{middle} {unit} ({low} to {high})".replace("  ", " ")
    return f"{row.count} of {row.n} ({rounded(100 * row.estimate, 0)}%)"


def _size(row) -> str:
    return (
        f"{row.events} {'event' if row.events == 1 else 'events'} / {row.n} {'patient' if row.n == 1 else 'patients'}"
    )


def _record(row) -> dict:
    printed = _PRINTED[row.unit][0] if row.unit == "days" else float
    numbers = {name: getattr(row, name) for name in ("estimate", "lower", "upper")}
    known = {name: float(printed(value)) if is_known(value) else None for name, value in numbers.items()}
    known["value"] = known.pop("estimate")
    about = {"group": row.group if row.group != OVERALL else None, "measure": row.measure, "level": float(row.level)}
    unit = "months" if row.unit == "days" else row.unit
    return {**known, **about, "unit": unit, "events": int(row.events), "n": int(row.n)}
