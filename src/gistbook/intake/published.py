"""A published survival figure as somebody read it: points of its curves, and the numbers at risk below it.

Points come as digitizers export them: in any order, a little off, rising here and there, as shares or in percent, with
or without a row that names the columns. What no reading of a figure explains is told point by point.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.conventions import DataError, Finding, UsageError
from gistbook.intake.checks.cells import at
from gistbook.intake.readers import read_table

_OFF, _NEAR = 0.05, 0.02
"""Share by which a point of the curve may be off in height, and of the time axis within which order may be wrong."""

_POINTS, _AT_RISK = ("time", "survival", "arm"), ("time", "at_risk", "arm")


class Arm(NamedTuple):
    """What a figure prints of one arm: points of its curve, numbers at risk, and the total of events, if it is told.

    `times` are in order and begin at 0, where `survival` is 1; it never rises. `at_risk` are those who have not left
    before each of `risk_times`, the first of which is 0. All times are in one unit.
    """

    times: np.ndarray
    survival: np.ndarray
    risk_times: np.ndarray
    at_risk: np.ndarray
    events: int | None = None


def read(curve: Path, at_risk: Path | None, patients: Sequence[str], events: Sequence[str]) -> dict[str, Arm]:
    """The arms of a figure, by name, in the order of their names.

    `patients` gives the number in each arm where there are no numbers at risk, and `events` the total of events, both
    as `40` for a single arm and as `name=40` for each of several; without `events`, they are not known.

    Raises `DataError` if the points are no curve, or the numbers at risk are not its own (each finding has its rows),
    and `UsageError` if a number is given for no arm, or there is none to begin with.
    """
    points, findings = _read(curve, _POINTS)
    names = sorted(points["arm"].unique())
    if at_risk:
        risks, wrong = _read(at_risk, _AT_RISK)
        findings += wrong
    else:
        started = _by_arm("--patients", patients, names)
        if started.keys() != set(names):
            raise UsageError("Without --at-risk, say by --patients how many there are, of each arm: --patients A=40.")
        risks = pd.DataFrame({"time": 0.0, "at_risk": list(started.values()), "arm": list(started)})
    told = _by_arm("--events", events, names)
    if not findings:
        scale = 100 if points["survival"].max() > 1.5 else 1
        points["survival"] /= scale
        findings = [*_wrong_points(curve.name, points), *_wrong_risks(at_risk, risks, points)]
    if findings:
        raise DataError("No patients can be made of this figure.", findings)
    points, risks = (dict(iter(rows.groupby("arm"))) for rows in (points, risks))
    return {name: arm_of(points[name], risks[name], told.get(name)) for name in names}


def arm_of(points: pd.DataFrame, risks: pd.DataFrame, events: int | None = None) -> Arm:
    """One arm of its points (columns time, survival as a share) and its numbers at risk (time, at_risk).

    Where patients are at risk a little after its last point, the curve goes on level until then.
    """
    ordered = points.sort_values(["time", "survival"], ascending=[True, False])
    times, heights = ordered["time"].to_numpy(), falling(ordered["survival"])
    later, risks = times > 0, risks[(risks["time"] <= times[-1]) | (risks["at_risk"] > 0)].sort_values("time")
    times, survival = np.append(0.0, times[later]), np.append(1.0, np.clip(heights[later], 0, 1))
    if (end := risks["time"].max()) > times[-1]:
        times, survival = np.append(times, end), np.append(survival, survival[-1])
    return Arm(times, survival, risks["time"].to_numpy(float), risks["at_risk"].to_numpy(int), events)


def falling(heights: Iterable[float]) -> np.ndarray:
    """The nearest heights, by least squares, that never rise, to heights in the order of their times."""
    blocks: list[tuple[float, int]] = []
    for height in heights:
        mean, size = float(height), 1
        while blocks and blocks[-1][0] < mean:
            before, many = blocks.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        blocks.append((mean, size))
    return np.repeat(*map(np.array, zip(*blocks, strict=True)))


def _read(path: Path, columns: tuple[str, str, str]) -> tuple[pd.DataFrame, list[Finding]]:
    rows = read_table(path).rows.rename(columns=lambda name: name.strip().lower())
    if not set(columns[:2]) <= set(rows) and _numbers(pd.Series(list(rows))).notna().sum() > 1:
        first = pd.DataFrame([list(rows)], columns=list(rows), index=[1])
        rows = pd.concat([first, rows]).set_axis([*columns, *range(3, len(rows.columns))][: len(rows.columns)], axis=1)
    lacking = ", ".join(name for name in columns[:2] if name not in rows)
    if lacking or rows.empty:
        remedy = f"Name the columns {columns[0]} and {columns[1]}, and arm if there are several curves."
        words = ("no such column", remedy) if lacking else ("no rows", "Read the figure again.")
        raise DataError(f"{path.name} cannot be used.", [Finding(path.name, lacking, (), *words)])
    arms = rows["arm"].str.strip() if "arm" in rows else pd.Series("Published", rows.index)
    numbers = rows.assign(arm=arms, **{name: _numbers(rows[name]) for name in columns[:2]})
    wrong = [(name, numbers[name].isna(), "not a number") for name in columns[:2]] + [("arm", arms == "", "no arm")]
    rules = [(*each, "Write it, or delete the row.") for each in wrong]
    return numbers[list(columns)], list(_findings(path.name, numbers, rules))


def _numbers(cells: pd.Series) -> pd.Series:
    plain = cells.str.strip(" %").str.replace(",", ".")
    return pd.to_numeric(plain, errors="coerce").replace([np.inf, -np.inf], np.nan)


def _by_arm(option: str, given: Sequence[str], names: list[str]) -> dict[str, int]:
    pairs = [text.rpartition("=") for text in given]
    numbers = {arm if sign else names[0]: many for arm, sign, many in pairs if sign or len(names) == 1}
    if len(numbers) < len(given) or not set(numbers) <= set(names) or not all(map(str.isdecimal, numbers.values())):
        raise UsageError(f"{option} takes a number, or, once for each of several arms, NAME=NUMBER.")
    return {arm: int(many) for arm, many in numbers.items()}


def _findings(table: str, rows: pd.DataFrame, rules: Iterable[tuple]) -> Iterator[Finding]:
    for column, wrong, rule, remedy in rules:
        yield from at(table, column, rows[wrong], (rule, remedy))


def _wrong_points(table: str, points: pd.DataFrame) -> Iterator[Finding]:
    ends = points.groupby("arm")["time"].transform("max")
    outside = ~points["survival"].between(-_OFF, 1 + _OFF)
    rising = pd.concat([_rises(own) for _, own in points.groupby("arm")]).reindex(points.index)
    again = "Read these points again, or delete them; of a curve that rises from 0, take 1 less its height."
    rules = [
        ("time", points["time"] < -_NEAR * ends, "a time before 0", again),
        ("time", ends <= 0, "no time after 0", "Read the curve up to its end."),
        ("survival", (points["time"] <= 0) & (points["survival"] < 1 - _OFF), "not at 100% at time 0", again),
        ("survival", outside, "neither a share from 0 to 1 nor a percentage", again),
        ("survival", rising & ~outside, f"more than {_OFF:.0%} above an earlier point of its arm", again),
    ]
    return _findings(table, points, rules)


def _rises(points: pd.DataFrame) -> pd.Series:
    ordered = points.sort_values("time")
    lowest = np.append(1.0, np.minimum.accumulate(ordered["survival"]))
    earlier = np.searchsorted(ordered["time"], ordered["time"] - _NEAR * ordered["time"].max())
    return ordered["survival"] > lowest[earlier] + _OFF


def _wrong_risks(path: Path | None, risks: pd.DataFrame, points: pd.DataFrame) -> Iterator[Finding]:
    ordered = risks.sort_values(["arm", "time"], kind="stable")
    by_arm, ends = ordered.groupby("arm"), points.groupby("arm")["time"].max()
    strange, many = ~ordered["arm"].isin(ends.index), ordered["at_risk"]
    late = (ordered["time"] > (1 + _NEAR) * ordered["arm"].map(ends[ends > 0])) & (many > 0)
    lacking = sorted(set(ends.index) - set(ordered.loc[ordered["time"] == 0, "arm"]))
    read_again, beyond = "Read them again from below the figure.", "Read the curve up to its end, or leave them out."
    rules = [
        ("arm", strange, "no such arm among the curves", "Call it as in the file of the curves."),
        ("at_risk", (many < 0) | (many % 1 != 0), "not a number of patients", read_again),
        ("at_risk", by_arm["at_risk"].diff() > 0, "more at risk than earlier", read_again),
        ("time", ordered["time"] < 0, "a time before 0", read_again),
        ("time", ordered.duplicated(["arm", "time"]), "a time of its arm that was there before", "Keep one."),
        ("time", late, "patients at risk after the end of the curve", beyond),
    ]
    yield from _findings(path.name if path else "--patients", ordered, rules)
    if lacking:
        rule = f"no number at risk at time 0 of: {', '.join(lacking)}"
        yield Finding(path.name if path else "--patients", "time", (), rule, "Add the row with time 0.")
