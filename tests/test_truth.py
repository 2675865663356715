"""Drawn cohorts: by pencil, against the package one cohort at a time, and against R (`reference/truth.R`)."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gistbook.analysis import contrasts, estimates, lifetable, truth
from gistbook.conventions import UsageError, days
from gistbook.display import simulated

REFERENCE = Path(__file__).parent / "reference"

COX = 1e-6
"""Relative; a maximum found by iteration is as near as the two stopping rules let it be."""

PATIENTS, COHORTS, LANDMARK = 37, 6, 6.0
NEVER = math.inf
MANY = 2000


def waiting(ratio: float, cohorts: int = COHORTS) -> truth.Waiting:
    """Draw the very cohorts of the chapter, the first ones."""
    return truth.draw_waiting((cohorts, PATIENTS), ratio, np.random.default_rng([1, 1]))


def patterns(overlap: str) -> truth.Patterns:
    """Draw cohorts of two patterns as the chapter does."""
    return truth.draw_patterns((COHORTS, PATIENTS), truth.OVERLAPS[overlap], 1.0, np.random.default_rng([1, 2]))


def by_hand(*patients: tuple) -> truth.Waiting:
    """Return one cohort: month of the operation, last month, whether it is of death."""
    operation, last, died = (np.array([each]) for each in zip(*patients, strict=True))
    return truth.Waiting(operation.astype(float), last.astype(float), died.astype(bool))


FOUR = by_hand((NEVER, 2, 1), (3, 10, 1), (4, 8, 0), (NEVER, 6, 1))


def test_an_operation_without_effect_leaves_the_month_of_death():
    nothing, halves = waiting(1.0), waiting(0.5)
    waited = np.isinf(halves.operation)

    assert np.array_equal(nothing.last[waited], halves.last[waited])
    assert (halves.last[~waited] >= nothing.last[~waited]).all()
    assert (halves.operation[~waited] < halves.last[~waited]).all()


def test_the_truth_is_the_hazard_of_the_model():
    drawn = waiting(0.5, MANY)
    operated = np.isfinite(drawn.operation)
    before = np.minimum(drawn.operation, drawn.last).sum()
    after = (drawn.last - drawn.operation)[operated].sum()
    hazards = [(drawn.died & ~operated).sum() / before, (drawn.died & operated).sum() / after]

    assert hazards[0] == pytest.approx(math.log(2) / truth.MEDIAN_SURVIVAL, rel=0.02)
    assert hazards[1] / hazards[0] == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize(
    ("way", "slope", "information"),
    [
        # Deaths in months 2, 6 and 10; at the last one nobody else is left. At risk, operated and in all:
        ("naive", 0 - 2 / 4 + 0 - 2 / 3, 2 / 4 * 2 / 4 + 2 / 3 * 1 / 3),
        ("delayed entry", 0 - 0 / 2 + 0 - 2 / 3, 2 / 3 * 1 / 3),
        ("landmark at 5 months", 0 - 2 / 3, 2 / 3 * 1 / 3),
        ("time-dependent", 0 - 0 / 4 + 0 - 2 / 3, 2 / 3 * 1 / 3),
    ],
)
def test_the_score_is_the_one_worked_out_by_pencil(way, slope, information):
    fits = truth.fit(FOUR, truth.layouts(FOUR, 5)[way])

    assert fits.score[0] == pytest.approx(slope**2 / information)
    assert fits.logs[0] == -np.inf  # every death that is compared is of a patient without an operation


def test_a_ratio_is_the_one_worked_out_by_pencil():
    # Deaths of one operated of two and two, then of one not operated of one and two: e / (e + 1) + e / (e + 2) = 1,
    # with e the ratio, so that e squared is 2.
    drawn = by_hand((0, 1, 1), (NEVER, 2, 1), (0, 3, 0), (NEVER, 4, 0))
    fits = truth.fit(drawn, truth.layouts(drawn, 0)["naive"])

    assert math.exp(fits.logs[0]) == pytest.approx(math.sqrt(2))


def test_nobody_to_compare_with_is_no_ratio():
    drawn = patterns("none")
    fits = truth.fit(drawn.drawn, drawn.stays, drawn.generalized)

    assert np.isnan(fits.logs).all()
    assert np.isnan(fits.score).all()


def rows_of(drawn: truth.Waiting, stays: truth.Stays, cohort: int) -> pd.DataFrame:
    """Return one cohort as rows of patients and stays: group 1 if operated, entry, exit, event."""
    rows = []
    for number in range(drawn.last.shape[1]):
        operated, others, to = (each[cohort, number] for each in stays)
        last, died = drawn.last[cohort, number], bool(drawn.died[cohort, number])
        if others < to:
            rows.append((number, 0, others, to, int(died and to == last)))
        if operated < last:
            rows.append((number, 1, operated, last, int(died)))
    return pd.DataFrame(rows, columns=["patient", "group", "entry", "exit", "event"])


def long_frame() -> pd.DataFrame:
    """Return the first cohorts of the chapter, each as every analysis lays it out, for R."""
    parts = []
    for ratio in (1.0, 0.5):
        drawn = waiting(ratio)
        for way, stays in truth.layouts(drawn, LANDMARK).items():
            parts += [rows_of(drawn, stays, n).assign(name=f"{way} {ratio}", cohort=n) for n in range(COHORTS)]
    for name in ("little", "much"):
        drawn = patterns(name)
        for n in range(COHORTS):
            rows = rows_of(drawn.drawn, drawn.stays, n).assign(name=name, cohort=n)
            parts.append(rows.assign(stratum=drawn.generalized[n][rows["patient"]].astype(int)))
    parts += [rows.assign(name=f"limits {size}", cohort=n) for size in (18, 37) for n, rows in seen(size)]
    return pd.concat(parts, ignore_index=True).fillna({"stratum": 0}).astype({"stratum": int})


def seen(size: int):
    """Yield cohorts with scans, as rows for R."""
    onset, end = truth.progression_times((COHORTS, size), np.random.default_rng([1, 3, size]))
    for n, (last, progressed) in enumerate(zip(*truth.scanned(onset, end, 3), strict=True)):
        yield n, pd.DataFrame({"group": 0, "entry": 0.0, "exit": last, "event": progressed.astype(int)})


def answers() -> pd.DataFrame:
    """Return what we print of the same cohorts: name, cohort, quantity, value."""
    rows = []
    for ratio in (1.0, 0.5):
        drawn = waiting(ratio)
        for way, stays in truth.layouts(drawn, LANDMARK).items():
            rows += fitted(f"{way} {ratio}", truth.fit(drawn, stays))
    for name in ("little", "much"):
        drawn = patterns(name)
        rows += fitted(name, truth.fit(drawn.drawn, drawn.stays, drawn.generalized))
    for size in (18, 37):
        last, progressed = (
            np.array(each) for each in zip(*((r["exit"], r["event"] == 1) for _, r in seen(size)), strict=True)
        )
        for interval in ("log-log", "log", "plain"):
            found = truth.limits_of(truth.curves(last, progressed), 12, interval, 0.95)
            named = ("median lower", "median upper", "share lower", "share upper")
            for n, values in enumerate(found):
                rows += [(f"limits {size}", n, f"{interval} {q}", v) for q, v in zip(named, values, strict=True)]
    return pd.DataFrame(rows, columns=["name", "cohort", "quantity", "value"])


def fitted(name: str, fits: truth.Fits) -> list[tuple]:
    """Return a fit as rows; of a ratio without a maximum only the score."""
    rows = []
    for n, (log, error, score) in enumerate(zip(*fits, strict=True)):
        rows.append((name, n, "score", score))
        rows += [(name, n, "log", log), (name, n, "error", error)] if np.isfinite(log) else []
    return rows


EXPECTED = pd.read_csv(REFERENCE / "truth_expected.csv") if __name__ != "__main__" else None


@pytest.mark.skipif(__name__ == "__main__", reason="R is handed the cohorts")
def test_every_fit_and_limit_agrees_with_r():
    both = answers().merge(EXPECTED, "outer", ["name", "cohort", "quantity"], suffixes=("", "_of_r"), validate="1:1")

    assert len(both) == len(EXPECTED) > 250
    np.testing.assert_allclose(both["value"], both["value_of_r"], rtol=COX, atol=1e-9)


@pytest.mark.parametrize("every", [0, 3])
@pytest.mark.parametrize("interval", ["log-log", "log"])
def test_limits_are_those_that_a_book_prints_of_the_same_cohort(every, interval):
    onset, end = truth.progression_times((COHORTS, 18), np.random.default_rng(5))
    last, happened = truth.scanned(onset, end, every) if every else (np.minimum(onset, end), onset <= end)
    found = truth.limits_of(truth.curves(last, happened), 12, interval, 0.95)
    for n in range(COHORTS):
        rows = {"TRTA": "A", "ENTRYDY": 0.0, "AVAL": days(last[n]), "CNSR": (~happened[n]).astype(int)}
        curve = estimates.survival(lifetable.count(pd.DataFrame(rows)), interval)
        median, share = estimates.quantile(curve).iloc[0], estimates.rate(curve, days([12])).iloc[0]
        wanted = [median["lower"] / days(1), median["upper"] / days(1), share["lower"], share["upper"]]
        np.testing.assert_allclose(found[n], wanted, rtol=1e-9)


def test_a_fit_is_the_one_that_a_book_prints_of_the_same_cohort():
    drawn = waiting(0.5)
    stays = truth.layouts(drawn, LANDMARK)["time-dependent"]
    fits = truth.fit(drawn, stays)
    for n in range(COHORTS):
        rows = rows_of(drawn, stays, n)
        names = {"TRTA": rows["group"].map({0: "A", 1: "B"}), "ENTRYDY": rows["entry"], "AVAL": rows["exit"]}
        counts = lifetable.count(pd.DataFrame({**names, "CNSR": 1 - rows["event"]}))
        assert math.exp(fits.logs[n]) == pytest.approx(contrasts.hazard_ratio(counts)["estimate"].iloc[0], rel=COX)
        assert fits.score[n] == pytest.approx(contrasts.logrank(counts)["statistic"], rel=COX)


def test_scans_record_late_and_censor_early():
    onset, end = np.array([[2.0, 3.0, 7.0, 40.0]]), np.array([[50.0, 50.0, 8.0, 20.0]])
    last, progressed = truth.scanned(onset, end, 3)

    assert last.tolist() == [[3, 3, 6, 18]]
    assert progressed.tolist() == [[True, True, False, False]]


def test_counting_the_wait_as_operated_finds_what_is_not_there_and_counting_it_where_it_was_does_not():
    found = truth.of_waiting(PATIENTS, MANY, {"nothing": 1.0}, 1, landmark=LANDMARK, level=0.95).set_index("label")
    error = math.sqrt(0.05 * 0.95 / MANY)

    assert found.loc["naive", "different"] > 0.2
    assert found.loc["naive", "bias"] < found.loc["delayed entry", "bias"] < 0.9
    for way in ("time-dependent", "landmark at 6 months"):
        assert found.loc[way, "different"] == pytest.approx(0.05, abs=4 * error)
        assert found.loc[way, "coverage"] == pytest.approx(0.95, abs=4 * error)


def test_adjustment_undoes_what_was_recorded_and_overlaps_and_nothing_else():
    found = truth.of_patterns(PATIENTS, MANY, 1, 0.95)
    adjusted = found[found["label"] == "adjusted for the pattern"].set_index("kind")

    assert adjusted["estimable"].iloc[0] == 0
    assert adjusted["bias"].iloc[2] == pytest.approx(1, abs=0.05)
    assert adjusted["bias"].iloc[3] < 0.6


def test_the_truth_of_recorded_progression_is_a_scan():
    rows = truth.of_intervals([18], 50, 1, 3, month=10, level=0.95)
    medians = rows[(rows["quantity"] == "median") & (rows["interval"] == "log")]
    shares = rows[(rows["quantity"] != "median") & (rows["interval"] == "log")]

    assert medians["truth"].tolist() == [14.5, 14.5, 15.0]
    assert shares["truth"].tolist() == pytest.approx([0.5 ** ((t / 14.5) ** 1.4) for t in (10, 10, 9)])


def test_the_same_seed_gives_the_same_and_another_another():
    ask = {"landmark": 6, "level": 0.95}
    first, again, other = (truth.of_waiting(18, 40, {"none": 1.0}, seed, **ask) for seed in (1, 1, 2))

    pd.testing.assert_frame_equal(first, again)
    assert not first["estimate"].equals(other["estimate"])


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda: truth.of_waiting(37, 0, {"none": 1.0}, 1, landmark=6, level=0.95), "replicates"),
        (lambda: truth.of_waiting(37, 9, {"none": -1.0}, 1, landmark=6, level=0.95), "true_ratio"),
        (lambda: truth.of_patterns(0, 9, 1, 0.95), "patients"),
        (lambda: truth.of_intervals([], 9, 1, 3, month=12, level=0.95), "patients"),
        (lambda: truth.of_intervals([18], 9, 1, 0, month=12, level=0.95), "scan_months"),
        (lambda: truth.of_policies([18], 0, 1, ["exact"], [12]), "policy_replicates"),
    ],
)
def test_what_nothing_can_be_drawn_with_is_refused_by_name(ask, named):
    with pytest.raises(UsageError, match=named):
        ask()


def test_policies_hold_what_the_exact_book_prints():
    found = truth.of_policies([37], 4, 1, ["exact", "midpoint6"], [12]).set_index("policy")

    assert found.loc["exact", ["shown", "within", "shift", "wide"]].tolist() == [1, 1, 0, 1]
    assert found.loc["midpoint6", "within"] == 1
    assert found.loc["midpoint6", "shift"] > 0


def test_a_share_of_all_or_none_has_no_error_of_nought():
    assert simulated.share(1.0, 10) == "all 10"
    assert simulated.share(0.0, 10) == "none of 10"
    assert simulated.share(0.5, 100) == "50.0% (±5.0)"
    assert simulated.share(0.9998, 5000) == "100.0% (±0.1)"
    assert simulated.number(math.inf, math.nan) == "not reached"
    assert simulated.number(1.0, math.inf) == "1.00 (error not estimable)"
    assert simulated.number(1.0, 0.0) == "1.00 (±0.01)"


@pytest.mark.whole
def test_r_gives_the_same_answers_again(rscript, tmp_path):
    handed = long_frame().to_csv(index=False, lineterminator="\n", float_format="%.17g")
    subprocess.run([rscript, str(REFERENCE / "truth.R"), str(tmp_path)], input=handed, text=True, check=True)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "truth_expected.csv"), EXPECTED, rtol=COX, atol=1e-9)


if __name__ == "__main__":
    long_frame().to_csv(sys.stdout, index=False, lineterminator="\n", float_format="%.17g")
