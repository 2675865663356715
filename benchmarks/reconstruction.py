"""How near patients come who are reconstructed from a printed curve to those who printed it.

Two arms of every size are drawn, their curves and numbers at risk are printed as a journal does, read as a digitizer
does, and reconstructed by the package. Writes the table of the package, which books print, and with it
`docs/reconstruction.md`: `python benchmarks/reconstruction.py`; with `--cohorts 5` a few of each kind.
"""

import argparse
import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.analysis import estimates, lifetable, reconstruction
from gistbook.conventions import days
from gistbook.intake import published

SIZES, POINTS = (18, 50, 100, 300), (500, 100)
COHORTS, SEED = 100, 3711
MEDIAN, SHAPE, RATIO = 18.0, 1.2, 0.7
"""Median of the first arm in months, shape of the Weibull distribution, and the hazard ratio of the second arm."""

SHORTEST, HORIZON, EVERY = 12, 36, 6
"""Months of follow-up of the last and of the first patient, and between two printed numbers at risk."""

OFF = 0.005
"""Standard deviation of a digitizer's error, as a share of either axis."""

DOCUMENT = Path(__file__).parents[1] / "docs" / "reconstruction.md"
MEASURES = ("area", "events", "log_ratio")


BOTH, RISKS, EVENTS, NEITHER = PRINTED = ("numbers at risk, events", "numbers at risk", "events", "neither")
"""What is printed beside the curve; the number of patients always is."""


class Figure(NamedTuple):
    """How a figure is read and printed: points of each curve, whether they are jittered, what is printed beside it."""

    points: int
    is_jittered: bool
    printed: str


FIGURES = [Figure(*kind) for kind in itertools.product(POINTS, (True, False), (BOTH, RISKS))]
FIGURES += [Figure(POINTS[0], True, EVENTS), Figure(POINTS[0], True, NEITHER)]
BOUND = Figure(POINTS[0], True, BOTH), Figure(POINTS[0], False, BOTH)
"""Kinds of figure for which the aims hold, from arms of `ENOUGH` patients on."""

ENOUGH, AIMS = 100, {"area": 0.01, "events": 1 / 20, "log_ratio": 0.05}


def drawn(size: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw two arms of that many patients each: months and whether censored, one row per patient."""
    arm = np.repeat(["A", "B"], size)
    scale = MEDIAN * np.where(arm == "B", RATIO ** (-1 / SHAPE), 1.0) / np.log(2) ** (1 / SHAPE)
    event, end = scale * rng.weibull(SHAPE, 2 * size), rng.uniform(SHORTEST, HORIZON, 2 * size)
    return pd.DataFrame({"TRTA": arm, "AVAL": np.minimum(event, end), "CNSR": (end < event) * 1})


def counted(patients: pd.DataFrame) -> pd.DataFrame:
    """Return counts of patients whose times are in months."""
    return lifetable.count(patients.assign(ENTRYDY=0, AVAL=days(patients["AVAL"])))


def heights(patients: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    """Return the Kaplan-Meier estimate of one arm at times in months."""
    curve = estimates.survival(counted(patients.assign(TRTA="A")))
    places = np.searchsorted(curve["time"], days(times) + 1e-6, side="right")
    return np.append(1.0, curve["survival"])[places]


def printed(patients: pd.DataFrame, figure: Figure, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return points of the curve of one arm, to two decimals and as a digitizer exports them, and numbers at risk."""
    times = np.linspace(0, patients["AVAL"].max(), figure.points)
    points = pd.DataFrame({"time": times, "survival": heights(patients, times).round(2)})
    if figure.is_jittered:
        points += rng.normal(0, OFF, points.shape) * [HORIZON, 1]
        points = points.sample(frac=1, random_state=rng)
    ticks = np.arange(0, HORIZON + 1 if figure.printed in (BOTH, RISKS) else 1, EVERY)
    return points, pd.DataFrame({"time": ticks, "at_risk": [(patients["AVAL"] >= tick).sum() for tick in ticks]})


def read_back(patients: pd.DataFrame, figure: Figure, rng: np.random.Generator) -> pd.DataFrame:
    """Return the patients who are reconstructed from what is printed of others."""
    parts = []
    for name, own in patients.groupby("TRTA"):
        told = int((own["CNSR"] == 0).sum()) if figure.printed in (BOTH, EVENTS) else None
        arm = published.arm_of(*printed(own, figure, rng), told)
        parts.append(reconstruction.patients(arm).assign(TRTA=name))
    return pd.concat(parts, ignore_index=True)


def log_ratio(patients: pd.DataFrame) -> float:
    """Return the logarithm of the hazard ratio of the second arm against the first: Cox, ties after Efron.

    It is that of `contrasts.hazard_ratio`, which thousands of cohorts would wait for.
    """
    ends = [np.sort(own["AVAL"]) for _, own in patients.groupby("TRTA")]
    dead = patients[patients["CNSR"] == 0].groupby(["AVAL", "TRTA"]).size().unstack(fill_value=0)
    many = dead.to_numpy()
    all_of_them = many.sum(axis=1)
    at_risk = np.column_stack([len(own) - np.searchsorted(own, dead.index) for own in ends])
    place = np.concatenate([np.arange(each) / each for each in all_of_them])[:, None]
    left = np.repeat(at_risk, all_of_them, axis=0) - place * np.repeat(many, all_of_them, axis=0)
    slope = 0.0
    for _ in range(50):
        share = left[:, 1] * np.exp(slope) / (left[:, 0] + left[:, 1] * np.exp(slope))
        slope += (many[:, 1].sum() - share.sum()) / (share * (1 - share)).sum()
    return float(slope)


def errors(size: int, figures=FIGURES, cohorts: int = COHORTS) -> pd.DataFrame:
    """Return how far reconstructed patients are off: one row per arm, cohort and kind of figure.

    `area` is that between the two curves of an arm as a share of its horizon, `events` the relative error of their
    number, `log_ratio` the error of the logarithm of the hazard ratio of the two arms.
    """
    rows = []
    for number in range(cohorts):
        rng = np.random.default_rng([SEED, size, number])
        truth = drawn(size, rng)
        ratio = log_ratio(truth)
        arms = {name: (own, *curve_of(own)) for name, own in truth.groupby("TRTA")}
        for figure in figures:
            made = read_back(truth, figure, rng)
            off = abs(log_ratio(made) - ratio)
            rows += [(size, *figure, *_of_arm(*arms[name], own), off) for name, own in made.groupby("TRTA")]
    return pd.DataFrame(rows, columns=["size", *Figure._fields, *MEASURES])


def curve_of(patients: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return times over the horizon of one arm, close together, and the curve at them."""
    times = np.linspace(0, patients["AVAL"].max(), 2000)
    return times, heights(patients, times)


def _of_arm(truth: pd.DataFrame, times: np.ndarray, curve: np.ndarray, made: pd.DataFrame) -> tuple[float, float]:
    area = np.abs(curve - heights(made, times)).mean()
    events, told = (int((rows["CNSR"] == 0).sum()) for rows in (made, truth))
    return float(area), abs(events - told) / told


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the median and the 95th percentile of each error, by size and kind of figure."""
    groups = rows.groupby(["size", *Figure._fields], sort=False)[list(MEASURES)]
    parts = [groups.quantile(share).add_suffix(f"_{round(100 * share)}") for share in (0.5, 0.95)]
    return pd.concat(parts, axis=1).reset_index()


def as_markdown(table: pd.DataFrame) -> str:
    """Return the table of the documentation: one row per size and kind of figure."""
    lines = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    for row in table.itertuples():
        about = [row.size, row.points, "yes" if row.is_jittered else "no", row.printed]
        errors = [(row.area_50, row.area_95), (row.events_50, row.events_95), (row.log_ratio_50, row.log_ratio_95)]
        cells = [*about, *(f"{median:.3f}, {most:.3f}" for median, most in errors)]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


_COLUMNS = ("patients an arm", "points", "jitter", "printed beside", "area", "events", "log hazard ratio")


def main() -> None:
    """Write the table of the package, and put it into the documentation below the line that says so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=COHORTS, help="cohorts drawn of each size")
    asked = parser.parse_args()
    table = summary(pd.concat([errors(size, cohorts=asked.cohorts) for size in SIZES])).round(4)
    table.to_csv(reconstruction.MEASURED, index=False, float_format="%.4f", lineterminator="\n")
    before, mark, _ = DOCUMENT.read_text(encoding="utf-8").partition("<!-- measured -->\n")
    DOCUMENT.write_text(f"{before}{mark}\n{as_markdown(table)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
