"""Estimates as tables of words: one row per estimate, in the columns that a reader sees."""

import pandas as pd

from gistbook.conventions import (
    ANALYSED,
    NOT_ESTIMABLE,
    NOT_REACHED,
    NOT_RECORDED,
    is_known,
    months,
    rounded,
)
from gistbook.display.prose.phrases import count, intensity, part, phrase
from gistbook.schemas import estimates_only

_CHARACTERISTIC, _LEVEL, _DIFFERENCE = "Characteristic", "Level", "Standardized difference"


def said(estimates: pd.DataFrame) -> pd.DataFrame:
    """Return estimates as a table of words: one row per group and time, columns `Group`, `At`, `Estimate`.

    `At` is there only where the estimates are of several times.
    """
    rows = list(estimates_only(estimates).itertuples())
    columns = {"Group": [row.group for row in rows]}
    if estimates["time"].notna().any():
        columns["At"] = [f"{rounded(months(row.time), 0)} months" for row in rows]
    return pd.DataFrame({**columns, "Estimate": [phrase(row) for row in rows]})


def said_rows(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return several frames of estimates as one table of words."""
    return said(pd.concat(frames, ignore_index=True))


def said_settings(settings: list[tuple[str, str, pd.DataFrame]]) -> pd.DataFrame:
    """Return estimates under several settings as a table of words.

    Parameters
    ----------
    settings : list of (definition, setting, estimates)
        One frame of one estimate for each setting of a definition.
    """
    rows = [(kind, label, phrase(row)) for kind, label, found in settings for row in estimates_only(found).itertuples()]
    return pd.DataFrame(rows, columns=["Definition", "Setting", "Estimate"])


def beside_one_another(settings: list[tuple[str, str, pd.DataFrame]]) -> pd.DataFrame:
    """Return medians under several settings, in months, as the rows of a forest figure; as `said_settings` takes."""
    rows = [
        (kind, label, *(months(float(value)) for value in (row.estimate, row.lower, row.upper)), "this cohort")
        for kind, label, found in settings
        for row in estimates_only(found).itertuples()
    ]
    return pd.DataFrame(rows, columns=["kind", "label", "estimate", "lower", "upper", "source"])


def said_precision(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return what a number of events can tell as a table of words: one row per number of events."""
    rows, digits = list(estimates_only(rows).itertuples()), 1 if unit == "months" else 2
    values = {"Events": [row.events for row in rows]}
    if unit == "months":
        limits = [(rounded(r.lower, digits), rounded(r.upper, digits)) if is_known(r.lower) else () for r in rows]
        return pd.DataFrame({**values, "Limits": [" to ".join(each) or NOT_ESTIMABLE for each in limits]})
    return pd.DataFrame({**values, "Hazard ratio": [rounded(row.estimate, digits) for row in rows]})


def said_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return counts with shares, and medians with quartiles, as a table of words: columns of `schemas.SAFETY`."""
    rows = list(estimates_only(rows).itertuples())
    said = {"Item": [row.item for row in rows], "Level": [row.level.replace("_", " ") for row in rows]}
    return pd.DataFrame({**said, "Number": [part(row, row.unit) for row in rows]})


def said_intensity(rows: pd.DataFrame) -> pd.DataFrame:
    """Return dose intensities as a table of words: one row per drug, group and denominator."""
    rows = list(estimates_only(rows).itertuples())
    said = {"Drug": [row.drug for row in rows], "Group": [row.group for row in rows]}
    said["Planned by"] = [row.denominator.replace("_", " ") for row in rows]
    said["Median (quartiles)"] = [intensity(row) for row in rows]
    said["Courses"] = [row.n for row in rows]
    return pd.DataFrame({**said, "Median days on it": [rounded(row.exposure_median_days, 0) for row in rows]})


def listed_intensity(rows: pd.DataFrame) -> str:
    """Return dose intensities by the clock in one line, by group; not recorded if there is none."""
    clock = [row for row in estimates_only(rows).itertuples() if row.denominator == "clock"]
    said = [f"{row.group} {intensity(row)}, {row.n} {'course' if row.n == 1 else 'courses'}" for row in clock]
    return "; ".join(said) or NOT_RECORDED


def said_baseline(rows: pd.DataFrame) -> pd.DataFrame:
    """Return baseline characteristics as a table of words: one row per level, one column per group.

    A group whose name is all capitals is called so, since a column in capitals would be one of a patient; so is one
    that has the name of another column.
    """
    words: dict[tuple, dict] = {}
    for row in estimates_only(rows).itertuples():
        line = words.setdefault((row.characteristic, row.level), {_CHARACTERISTIC: row.characteristic})
        apart = row.group.isupper() or row.group in (_CHARACTERISTIC, _LEVEL, _DIFFERENCE)
        line |= {_LEVEL: row.level, f"Group {row.group}" if apart else row.group: part(row, "")}
        line |= _difference(row)
    frame = pd.DataFrame(list(words.values()), columns=None if words else [_DIFFERENCE]).fillna(NOT_RECORDED)
    return frame.assign(**{name: frame.pop(name) for name in [_DIFFERENCE] if name in frame})


def _difference(row) -> dict:
    """Return a standardized difference under its heading; nothing where a disclosure policy leaves it out."""
    if not hasattr(row, "difference"):
        return {}
    return {_DIFFERENCE: rounded(row.difference, 2) if is_known(row.difference) else "not defined"}


def said_counts(header: str, parts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Return how many of how many, under several settings, as a table of words; not recorded where it is of nobody."""
    said = [f"{k} of {n}" if n else NOT_RECORDED for k, n in parts.values()]
    return pd.DataFrame({header: list(parts), "Patients": said})


def said_regroupings(versions: list[tuple[str, pd.DataFrame, tuple[int, int]]]) -> pd.DataFrame:
    """Return the groups under several rules as a table of words: rule, groups, and how many changed theirs."""
    rows = [(rule, groups_listed(flow), f"{k} of {n}") for rule, flow, (k, n) in versions]
    return pd.DataFrame(rows, columns=["Localized", "Groups", "Reclassified"])


def said_withheld(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of counts as words where a disclosure policy withholds them, and as whole numbers elsewhere."""
    numbers = frame.select_dtypes("number").columns
    return frame.assign(**{name: [count(value) for value in frame[name]] for name in numbers})


def groups_listed(flow: pd.DataFrame) -> str:
    """Return the groups of the analysis in one line, each with its number of patients."""
    groups = flow[flow["parent"] == ANALYSED]
    return "; ".join(f"{row.step} {count(row.count)}" for row in groups.itertuples()) or "one group"


def in_months(estimates: pd.DataFrame, days_per_month: float) -> str:
    """Return one duration in months of a given length, without its unit; not reached or recorded in words."""
    found = [row.estimate for row in estimates_only(estimates).itertuples()]
    if not found:
        return NOT_RECORDED
    return rounded(found[0] / days_per_month, 1) if is_known(found[0]) else NOT_REACHED


def range_in_months(frames: list[pd.DataFrame]) -> tuple[str, str]:
    """Return the lowest and the highest of several durations; one that is not reached is the highest of all."""
    found = [row.estimate for frame in frames for row in estimates_only(frame).itertuples()]
    if not found:
        return NOT_ESTIMABLE, NOT_ESTIMABLE
    ordered = sorted(months(value) if is_known(value) else float("inf") for value in found)
    ends = [f"{rounded(value, 1)} months" if is_known(value) else NOT_REACHED for value in (ordered[0], ordered[-1])]
    return ends[0], ends[1]


def said_differences(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison with another program as a table of words: one row per quantity."""
    columns = {"Quantity": [row.quantity.replace("_", " ") for row in rows.itertuples()]}
    columns |= {"Data sets": rows["datasets"].tolist(), "Values": rows["values"].tolist()}
    return pd.DataFrame({**columns, "Largest difference": [f"{value:.0e}" for value in rows["largest"]]})
