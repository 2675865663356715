"""How true a book under a disclosure policy stays: what it prints beside what the exact book of the same patients does.

Patients are drawn of every size, share and manner of censoring, and course of the hazard; both books estimate by the
functions of the package. Prints the tables of `docs/disclosure.md` and draws its figure:
`python benchmarks/coverage.py`; with `--brief` a few cohorts of each kind.
"""

import argparse
import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gistbook.analysis import contrasts, disclosure, estimates, lifetable
from gistbook.conventions import days

POLICIES = ("midpoint6", "threshold5", "threshold10", "threshold11")
SIZES = (18, 37, 100, 300, 2000)
CENSORING = ("none", "30%, spread", "70%, spread", "30%, at a cut-off", "70%, at a cut-off")
HAZARDS = {"early": (0.7, 14.0), "late": (1.7, 34.0)}
"""Shape of the Weibull distribution, and its median in months."""

LANDMARKS = (12, 24, 36, 48, 60)
HORIZON = 36
FEWEST_AT_RISK = 10
COHORTS = 12
"""Cohorts drawn of each kind; fewer of many patients, of whom each tells more."""


def drawn(size: int, censoring: str, hazard: str, late: bool, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the times of two groups of that many patients each, in days, of whom the second fares a little better."""
    shape, median = HAZARDS[hazard]
    group = np.repeat(["A", "B"], size)
    event = median * np.where(group == "B", 1.3, 1.0) * (rng.exponential(size=2 * size) / np.log(2)) ** (1 / shape)
    share = 0.0 if censoring == "none" else float(censoring.split("%")[0]) / 100
    if "spread" in censoring:
        end = np.where(rng.random(2 * size) < share, event * rng.random(2 * size), np.inf)
    else:
        end = np.quantile(event, 1 - share) * rng.uniform(0.7, 1.3, 2 * size) if share else np.full(2 * size, np.inf)
    entry = np.where(rng.random(2 * size) < 0.5, rng.exponential(6, 2 * size), 0.0) if late else np.zeros(2 * size)
    seen = np.minimum(event, end)
    columns = {"TRTA": group, "ENTRYDY": np.floor(days(entry)), "AVAL": np.ceil(days(seen)), "CNSR": (end < event) * 1}
    return pd.DataFrame(columns).query("ENTRYDY < AVAL")


def estimated(counts: pd.DataFrame) -> pd.DataFrame:
    """Return all that a book estimates of counts: one row per kind, group and time."""
    curve = estimates.survival(counts)
    turned = estimates.survival(lifetable.reversed_kinds(counts))
    frames = {
        "landmarks": estimates.rate(curve, days(list(LANDMARKS))),
        "medians": estimates.quantile(curve),
        "follow-up": estimates.quantile(turned),
        "restricted means": estimates.restricted_mean(curve, days(HORIZON)),
        "hazard ratios": contrasts.hazard_ratio(counts),
    }
    rows = pd.concat([frame.assign(kind=kind) for kind, frame in frames.items()], ignore_index=True)
    at_risk = estimates.number_at_risk(counts, days(list(LANDMARKS)))
    rows = rows.merge(at_risk, on=["group", "time"], how="left")
    return rows.set_index(["kind", "group", "time"])[["estimate", "lower", "upper", "at_risk"]]


def beside(counts: pd.DataFrame, policies: tuple[str, ...]) -> Iterator[pd.DataFrame]:
    """Yield for each policy what it prints of counts beside what the exact book does."""
    exact = estimated(counts)
    for name in policies:
        shown = estimated(disclosure.protect(counts, disclosure.choose(name, "confidential")))
        rows = exact.join(shown, rsuffix="_shown").reset_index()
        yield rows[(rows["at_risk"] >= FEWEST_AT_RISK) | (rows["kind"] != "landmarks")].assign(policy=name)


def compared(sizes=SIZES, policies=POLICIES, cohorts: int = COHORTS, seed: int = 1) -> pd.DataFrame:
    """Return exact and shown estimates of all cohorts: one row per estimate of the exact book and policy."""
    parts = []
    for size, censoring, hazard, late in itertools.product(sizes, CENSORING, HAZARDS, (False,)):
        rng = np.random.default_rng([seed, size, CENSORING.index(censoring), len(hazard), late])
        about = {"size": size, "censoring": censoring, "hazard": hazard, "late": late}
        for _ in range(cohorts if size < 300 else max(1, cohorts // 2)):
            counts = lifetable.count(drawn(size, censoring, hazard, late, rng))
            parts += [rows.assign(**about) for rows in beside(counts, policies)]
    return judged(pd.concat(parts, ignore_index=True))


def judged(rows: pd.DataFrame) -> pd.DataFrame:
    """Tell of each estimate whether it is shown and within the printed limits, how wide they are and how far off."""
    lower, upper = rows["lower_shown"].fillna(-np.inf), rows["upper_shown"].fillna(np.inf)
    logs = rows["kind"] == "hazard ratios"
    width, exact = (_widths(rows[f"lower{of}"], rows[f"upper{of}"], logs) for of in ("_shown", ""))
    near = 1e-9
    exists = rows["estimate"].notna()
    return rows.assign(
        shown=(rows["estimate_shown"].notna() & exists).astype(float).where(exists),
        within=((rows["estimate"] >= lower - near) & (rows["estimate"] <= upper + near)).where(exists),
        ratio=width / exact.where(exact > 0),
        shift=rows["estimate_shown"] - rows["estimate"],
    )


def _widths(lower: pd.Series, upper: pd.Series, logs: pd.Series) -> pd.Series:
    """Return how wide limits are; of ratios, on the scale on which they are symmetric."""
    return (upper - lower).mask(logs, np.log(upper.where(logs) / lower.where(logs)))


def summary(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return by kind of cohort: share shown, and of these the share within, nearly the widest ratio, and the shifts."""
    shown = rows[rows["shown"] == 1]
    groups = shown.groupby(by)
    measures = {
        "shown": rows.groupby(by)["shown"].mean(),
        "estimates": groups.size(),
        "within": groups["within"].mean(),
        "ratio": groups["ratio"].quantile(0.9),
        "shift": groups["shift"].mean(),
        "absolute": groups["shift"].apply(lambda shift: shift.abs().mean()),
    }
    return pd.DataFrame(measures)


def main() -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brief", action="store_true")
    given = parser.parse_args()
    rows = compared(cohorts=4 if given.brief else COHORTS)
    pd.set_option("display.width", 200, "display.max_rows", 500)
    print(summary(rows, ["kind", "policy", "size"]).round(3).to_string())
    cells = summary(rows, ["kind", "policy", "size", "censoring", "hazard", "late"])
    print(cells.groupby(["kind", "policy"])[["within"]].min())
    rows.to_pickle("/tmp/policy/rows.pkl")


if __name__ == "__main__":
    main()
