"""The figures of Table 1, as a tidy frame: counts and medians by group, missing values, standardized differences.

They cannot be had from counts of times: this module aggregates patients itself, and releases estimates only.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook.conventions import ACCESS, NOT_RECORDED, months, rows_of
from gistbook.intake.readers import by_distinct
from gistbook.schemas import BASELINE, OTHER_LEVELS, listed_levels, names
from gistbook.spelling import one_spelling, plain_spelling


def listed(of: str, entry: str) -> dict[str, str]:
    """Of what is described of `patients` or of `operations`, in the order of their tables, the entries of one kind.

    `label`; `unit`, unless the label has it; `bands`, the lowest value of each band of a number, in its unit; `levels`,
    all that there can be of what has them. What has no such entry is left out.
    """
    rows = rows_of(Path(__file__).with_name("characteristics.csv"))
    return {row["variable"]: row[entry] for row in rows if row["of"] == of and row[entry]}


def bands(of: str) -> dict[str, tuple[int, ...]]:
    """For each number that is described of `patients` or of `operations`, the lowest value of each band."""
    return {name: tuple(map(int, lowest.split())) for name, lowest in listed(of, "bands").items()}


LABELS, BANDS = listed("patients", "label"), bands("patients")
LEVELS = {name: levels.split() for name, levels in listed("patients", "levels").items()}

LATE_CONTACT_DAYS = 92
"""A last contact no longer than this, a quarter of a year, before the data cut-off leaves follow-up complete."""

PRIMARY_RESISTANCE_DAYS = 183
"""Resistance within this many days of the first dose counts as primary: our choice, where no source fixes it."""


def characteristics(adsl: pd.DataFrame, own: Sequence = ()) -> pd.DataFrame:
    """Baseline characteristics of the analysed patients, by group.

    Continuous ones are medians with quartiles (linear interpolation, as R's default), categorical ones counts with
    their share of the patients in whom the variable is known. `difference` is the standardized difference between two
    groups, in pooled standard deviations; NaN unless there are exactly two groups. `own` is what the cohort adds. One
    row per characteristic that anybody has recorded, level and group, columns of `schemas.BASELINE`.

    Reference: Austin PC. Stat Med 2009;28:3083-3107 (standardized differences).
    """
    return described(_derived(adsl[adsl["TRT01A"].notna()]), _labels(own))


def banded(adsl: pd.DataFrame, own: Sequence = ()) -> pd.DataFrame:
    """Baseline characteristics as `characteristics` gives them, with continuous ones as counts in `BANDS`.

    The bands are fixed beforehand, and not by what a cohort holds; so are all levels but those of free text, which have
    one more for what is other, and who is missing has a row even if there is nobody: under a disclosure policy a
    median, a quartile or a level that is not listed would tell of single patients. A number that the cohort adds
    without `bands` has no rows.
    """
    analysed = _derived(adsl[adsl["TRT01A"].notna()])
    fixed = {name: in_bands(analysed[name], edges) for name, edges in BANDS.items()}
    fixed |= {name: pd.Categorical(analysed[name], levels) for name, levels in LEVELS.items()}
    fixed |= {name: with_others(analysed[name]) for name in ("PRIMSITE", "MUTATION")}
    numbers = {each.name for each in own if pd.api.types.is_numeric_dtype(analysed[each.name])}
    own = [each for each in own if each.bands or each.name not in numbers]
    for each in own:
        values = analysed[each.name]
        fixed[each.name] = in_bands(values, (-np.inf, *each.bands)) if each.name in numbers else with_others(values)
    rows = described(analysed.assign(**fixed), _labels(own), missing="always")
    sites = rows[rows["characteristic"] == LABELS["METSITES"]].drop_duplicates("group")
    return pd.concat([rows, sites.assign(level=OTHER_LEVELS, count=0)], ignore_index=True)


def of_cohort(cohort) -> pd.DataFrame:
    """The characteristics of a cohort, in bands where its disclosure policy coarsens."""
    return (banded if cohort.policy.coarsens else characteristics)(cohort.adsl, cohort.covariates)


def cutoff(cohort) -> str:
    """The data cut-off as a sentence says it; the last contact of anybody where none is given.

    The day of that is not told of confidential patients, nor under a policy that coarsens.
    """
    latest = _cutoff(cohort)
    if pd.isna(latest):
        return NOT_RECORDED
    if not cohort.data_cutoff and (cohort.access == ACCESS[-1] or cohort.policy.coarsens):
        return "the last contact of anybody, since none is recorded"
    return str(latest.date())


def followed_to_cutoff(cohort) -> tuple[int, int]:
    """Count the analysed patients known to be dead, or alive at most `LATE_CONTACT_DAYS` before the cut-off.

    Of nobody where no last contact is recorded.
    """
    analysed = cohort.adsl[cohort.adsl["TRT01A"].notna() & cohort.adsl["LSTALVDT"].notna().any()]
    recent = (_cutoff(cohort) - analysed["LSTALVDT"]).dt.days <= LATE_CONTACT_DAYS
    return int((analysed["DTHDT"].notna() | recent).sum()), len(analysed)


def quartiles(values: pd.Series) -> tuple[float, float, float]:
    """Median, lower and upper quartile of the known values; NaN if there is none."""
    return tuple(float(values.quantile(p)) for p in (0.5, 0.25, 0.75))


def _cutoff(cohort) -> pd.Timestamp:
    return pd.Timestamp(cohort.data_cutoff or cohort.adsl["LSTALVDT"].max())


def _derived(analysed: pd.DataFrame) -> pd.DataFrame:
    days = (analysed["RESISTDT"] - analysed["IMASTDT"]).dt.days
    kind = pd.Series(np.where(days <= PRIMARY_RESISTANCE_DAYS, "primary", "secondary"), index=analysed.index)
    ecog = by_distinct(analysed["ECOGBL"], lambda scores: scores.map("{:.0f}".format, na_action="ignore"))
    return analysed.assign(IMATINIB_MONTHS=months(days.astype(float)), RESISTANCE=kind.where(days.notna()), ECOGBL=ecog)


def _labels(own: Sequence) -> dict[str, str]:
    taken = {plain_spelling(label) for label in LABELS.values()}
    return LABELS | {each.name: f"{each.label}{' (own)' * (plain_spelling(each.label) in taken)}" for each in own}


def described(rows: pd.DataFrame, labels: dict[str, str], missing: str = "if any") -> pd.DataFrame:
    """What is recorded in some columns, each with its label, by the group in `TRT01A`; as `characteristics` gives it.

    `missing`: when a column has rows of those of whom it is not known: `if any`, `always` or `never`.
    """
    recorded = {name: label for name, label in labels.items() if rows[name].notna().any()}
    listed = [row for name, label in recorded.items() for row in _characteristic(rows, name, label, missing)]
    return pd.DataFrame(listed, columns=names(BASELINE))


def with_others(values: pd.Series) -> pd.Series:
    """Free text as categories, with one more for whatever a table does not list."""
    return pd.Categorical(values, [*sorted(set(values.dropna().astype(str)) - {OTHER_LEVELS}), OTHER_LEVELS])


def in_bands(values: pd.Series, edges: tuple[int, ...]) -> pd.Series:
    """For each value the words of its band, from one edge to below the next; all bands are its categories."""
    labels = [f"{low} to {high - 1}" if high - low > 1 else f"{low}" for low, high in pairwise(edges)]
    labels = [f"below {edges[1]}", *labels[1:]] if edges[0] == -np.inf else labels
    return pd.cut(values, [*edges, np.inf], right=False, labels=[*labels, f"{edges[-1]} or more"])


def _characteristic(rows: pd.DataFrame, name: str, label: str, missing: str) -> Iterator[tuple]:
    rows_of = _continuous if pd.api.types.is_numeric_dtype(rows[name]) else _levels
    yield from rows_of(rows, name, label)
    unknown = rows[name].isna().groupby(rows["TRT01A"]).agg(["sum", "size"])
    for group, count, n in unknown.itertuples():
        if missing == "always" or (missing == "if any" and unknown["sum"].any()):
            yield (label, "missing", group, "count", count, n, np.nan, np.nan, np.nan, np.nan)


def _continuous(rows: pd.DataFrame, name: str, label: str) -> Iterator[tuple]:
    groups = [values.dropna() for _, values in rows.groupby("TRT01A")[name]]
    difference = _difference([values.mean() for values in groups], [values.var() for values in groups])
    for group, values in rows.groupby("TRT01A")[name]:
        yield (label, "median", group, "median", values.count(), len(values), *quartiles(values), difference)


def _levels(rows: pd.DataFrame, name: str, label: str) -> Iterator[tuple]:
    times = rows.groupby(["TRT01A", name], observed=True).size().unstack(fill_value=0)
    times = times.reindex(sorted(rows["TRT01A"].unique()), fill_value=0)
    if isinstance(rows[name].dtype, pd.CategoricalDtype):
        held = {level: {level} for level in rows[name].cat.categories}
        order = list(held)
    else:
        held, order = _listed(times.sum(), is_list=name == "METSITES")
    sizes = times.sum(axis=1)
    for level in order:
        counts = times[[text for text in times if level in held[text]]].sum(axis=1).astype(int)
        shares = counts / sizes
        difference = _difference([*shares], [share * (1 - share) for share in shares])
        for group, n in sizes[sizes > 0].items():
            yield (label, level, group, "count", counts[group], n, shares[group], np.nan, np.nan, difference)


def _listed(times: pd.Series, is_list: bool) -> tuple[dict[str, set[str]], list[str]]:
    """Which levels, as a table lists them, each distinct text holds, by how often there; and the order of the table."""
    entries = {text: _entries(text, is_list) for text in times.index}
    if is_list:
        spelt = one_spelling(_counted(entries, times))
        entries = {text: [spelt[level] for level in levels] for text, levels in entries.items()}
    listed = listed_levels(_counted(entries, times))
    held = {text: {listed[level] for level in levels} for text, levels in entries.items()}
    return held, list(dict.fromkeys(listed.values()))


def _counted(entries: dict[str, list[str]], times: pd.Series) -> Counter:
    counts = Counter()
    for text, count in times.items():
        counts.update(dict.fromkeys(entries[text], count))
    return counts


def _entries(text: str, is_list: bool) -> list[str]:
    parts = [part.strip() for part in re.split("[;\uff1b]", text)] if is_list else [text]
    return [part for part in parts if part]


def _difference(means: list[float], variances: list[float]) -> float:
    spread = np.sqrt(sum(variances) / 2) if len(means) == 2 else 0
    return float((means[0] - means[1]) / spread) if spread > 0 else np.nan
