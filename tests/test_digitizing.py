"""The whole way once: our own figure is drawn, read by its pixels alone, and patients are made of what was read."""

import importlib.util

import numpy as np
import pytest

from gistbook import build
from gistbook.analysis import estimates, reconstruction
from gistbook.book import downloads
from gistbook.conventions import months
from gistbook.display import figures, outputs
from gistbook.intake import published
from support import digitizing

_SPEC = importlib.util.spec_from_file_location("printing", build.BOOK / "benchmarks" / "reconstruction.py")
bench = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bench)

COLOURS = {"A": "0072b2", "B": "c04f00"}


@pytest.fixture(scope="module")
def truth():
    return bench.drawn(bench.ENOUGH, np.random.default_rng(5))


@pytest.fixture(scope="module")
def made(truth, tmp_path_factory):
    """Return patients by arm who are made of dots of a figure, and of the numbers that stand beside it."""
    curve, at_risk = estimates.kaplan_meier(bench.counted(truth))
    drawing = figures.survival_curve(curve, at_risk, "the start", "Survival")
    picture = outputs.png(downloads.alone(outputs.inlined(drawing.html), "A figure", "Two curves."))
    place = tmp_path_factory.mktemp("read")
    last = months(at_risk["time"].max())
    digitizing.points(picture, last, COLOURS).to_csv(place / "curve.csv", index=False)
    risks = at_risk.assign(time=months(at_risk["time"]).round(4)).rename(columns={"group": "arm"})
    risks[["arm", "time", "at_risk"]].to_csv(place / "risk.csv", index=False)
    events = [f"{name}={(own['CNSR'] == 0).sum()}" for name, own in truth.groupby("TRTA")]
    arms = published.read(place / "curve.csv", place / "risk.csv", [], events)
    return {name: reconstruction.patients(arm) for name, arm in arms.items()}, last


def test_a_figure_of_ours_gives_its_curves_back_by_its_pixels(truth, made):
    arms, last = made
    times = np.linspace(0, last, 1000)

    assert list(arms) == ["A", "B"]
    for name, own in truth.groupby("TRTA"):
        area = np.abs(bench.heights(own, times) - bench.heights(arms[name], times)).mean()
        assert area < bench.AIMS["area"]


def test_a_figure_of_ours_gives_its_events_back_by_its_pixels(truth, made):
    arms, last = made
    for name, own in truth.groupby("TRTA"):
        events, found = (int(((of["CNSR"] == 0) & (of["AVAL"] <= last)).sum()) for of in (own, arms[name]))

        assert len(arms[name]) == len(own)
        assert found == pytest.approx(events, rel=0.05)
