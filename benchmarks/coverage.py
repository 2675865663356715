"""How true a book under a disclosure policy stays: what it prints beside what the exact book of the same patients does.

Patients are drawn of every size, share and manner of censoring, and course of the hazard; both books estimate by the
functions of the package. Prints the tables of `docs/disclosure.md` and draws its figure:
`python benchmarks/coverage.py`; with `--brief` a few cohorts of each kind.
"""

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook.analysis import contrasts, disclosure, estimates, lifetable
from gistbook.conventions import days
from gistbook.display import outputs

POLICIES = ("midpoint6", "threshold5", "threshold10", "threshold11")
SIZES = (18, 37, 100, 300, 2000)
CENSORING = ("none", "30%, spread", "70%, spread", "30%, at a cut-off", "70%, at a cut-off")
HAZARDS = {"early": (0.7, 14.0), "late": (1.7, 34.0)}
"""Shape of the Weibull distribution, and its median in months."""

LANDMARKS = (12, 24, 36, 48, 60)
HORIZON = 36
FEWEST_AT_RISK = 10
COHORTS, SEED = 4, 1
"""Cohorts drawn of each kind, and from where."""


def drawn(size: int, censoring: str, hazard: str, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the times of two groups of that many patients each, in days, of whom the second fares a little better."""
    shape, median = HAZARDS[hazard]
    group = np.repeat(["A", "B"], size)
    event = median * np.where(group == "B", 1.3, 1.0) * (rng.exponential(size=2 * size) / np.log(2)) ** (1 / shape)
    share = 0.0 if censoring == "none" else float(censoring.split("%")[0]) / 100
    if "spread" in censoring:
        end = np.where(rng.random(2 * size) < share, event * rng.random(2 * size), np.inf)
    else:
        end = np.quantile(event, 1 - share) * rng.uniform(0.7, 1.3, 2 * size) if share else np.full(2 * size, np.inf)
    seen = np.minimum(event, end)
    return pd.DataFrame({"TRTA": group, "ENTRYDY": 0, "AVAL": np.ceil(days(seen)), "CNSR": (end < event) * 1})


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
    return rows.set_index(["kind", "group", "time"])[["estimate", "lower", "upper"]]


def beside(counts: pd.DataFrame, policies: tuple[str, ...]) -> Iterator[pd.DataFrame]:
    """Yield for each policy what it prints of counts beside what the exact book does."""
    exact, at_risk = estimated(counts), estimates.number_at_risk(counts, days(list(LANDMARKS)))
    for name in policies:
        shown = estimated(disclosure.protect(counts, disclosure.choose(name, "confidential")))
        rows = exact.join(shown, rsuffix="_shown").reset_index().merge(at_risk, on=["group", "time"], how="left")
        yield rows[(rows["at_risk"] >= FEWEST_AT_RISK) | (rows["kind"] != "landmarks")].assign(policy=name)


def compared(sizes=SIZES, policies=POLICIES, cohorts: int = COHORTS) -> pd.DataFrame:
    """Return exact and shown estimates of all cohorts: one row per estimate of the exact book and policy."""
    parts = []
    for kind in itertools.product(sizes, CENSORING, HAZARDS):
        rng = np.random.default_rng([SEED, kind[0], CENSORING.index(kind[1]), len(kind[2])])
        for _ in range(cohorts):
            counts = lifetable.count(drawn(*kind, rng))
            about = dict(zip(("size", "censoring", "hazard"), kind, strict=True))
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


def worst(rows: pd.DataFrame) -> pd.DataFrame:
    """Return by kind of estimate and policy the smallest share within the limits in any kind of cohort."""
    cells = summary(rows, ["kind", "policy", "size", "censoring", "hazard"])
    return cells.groupby(["kind", "policy"])["within"].min().unstack()


def as_markdown(rows: pd.DataFrame) -> str:
    """Return the table of the documentation: one row per policy and size, landmarks and the other estimates."""
    landmarks = summary(rows[rows["kind"] == "landmarks"], ["policy", "size"])
    others = summary(rows[rows["kind"] != "landmarks"], ["policy", "size"])
    lines = [_HEAD]
    for key, row in landmarks.iterrows():
        if row["estimates"] > 0:
            shift = f"{100 * row['shift']:+.1f}, {100 * row['absolute']:.1f}"
            cells = [f"{row['shown']:.0%}", f"{row['within']:.1%}", f"{row['ratio']:.2f}", shift]
            beside = others.loc[key]
            cells += [f"{beside['shown']:.0%}", f"{beside['within']:.1%}", f"{beside['ratio']:.2f}"]
        else:
            cells = ["none", *["-"] * 6]
        lines.append(f"| `{key[0]}` | {key[1]} | {' | '.join(cells)} |")
    return "\n".join(lines)


_COLUMNS = ("policy", "patients", "landmarks", "within", "wide", "shift", "others", "within", "wide")
_HEAD = f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}"


def figure(rows: pd.DataFrame) -> str:
    """Return the drawing of the documentation: where the exact landmarks lie within the printed limits, as an SVG."""
    shown = rows[(rows["kind"] == "landmarks") & (rows["shown"] == 1)]
    place = 2 * (shown["estimate"] - shown["lower_shown"]) / (shown["upper_shown"] - shown["lower_shown"]) - 1
    placed = shown.assign(place=place)[["size", "policy", "place"]].sample(min(len(shown), 1500), random_state=SEED)
    title = "Exact landmark between the printed limits (-1 and 1)"
    return outputs.draw(
        {
            "data": {"values": placed.to_dict("records")},
            "mark": {"type": "tick", "thickness": 1, "opacity": 0.35},
            "encoding": {
                "x": {"field": "place", "type": "quantitative", "title": title, "scale": {"domain": [-1.2, 1.2]}},
                "y": {"field": "size", "type": "ordinal", "title": "Patients"},
                "row": {"field": "policy", "title": None},
            },
            "width": 420,
            "height": 90,
        }
    )


def main() -> None:
    """Print the tables, and draw the figure into the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=COHORTS, help="cohorts drawn of each kind")
    rows = compared(cohorts=parser.parse_args().cohorts)
    print(as_markdown(rows), "Smallest share within the limits, of any kind of cohort:", sep="\n\n")
    print(worst(rows).round(3).to_string())
    (Path(__file__).parents[1] / "docs" / "coverage.svg").write_text(figure(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
