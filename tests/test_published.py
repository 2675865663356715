"""Points of a printed curve and numbers at risk, as files hold them: what is read of them, and what is refused."""

import numpy as np
import pytest

from gistbook.conventions import DataError, UsageError
from gistbook.intake import published

CURVE = "time,survival\n0,1\n1,0.9\n2,0.7\n3,0.7\n"
RISKS = "time,at_risk\n0,10\n2,9\n"


def read(folder, curve=CURVE, risks=RISKS, patients=(), events=()):
    (folder / "curve.csv").write_text(curve)
    (folder / "risk.csv").write_text(risks)
    return published.read(folder / "curve.csv", folder / "risk.csv" if risks else None, patients, events)


def told(folder, **files):
    """Return what is wrong: column, rows and rule of each finding."""
    with pytest.raises(DataError) as error:
        read(folder, **files)
    return [(finding.table, finding.column, finding.rows, finding.rule) for finding in error.value.findings]


def test_one_curve_without_the_name_of_an_arm(tmp_path):
    arms = read(tmp_path)

    assert list(arms) == ["Published"]
    assert arms["Published"].times.tolist() == [0, 1, 2, 3]
    assert arms["Published"].survival.tolist() == [1, 0.9, 0.7, 0.7]
    assert (arms["Published"].risk_times.tolist(), arms["Published"].at_risk.tolist()) == ([0, 2], [10, 9])


@pytest.mark.parametrize(
    "curve",
    [
        "time,survival\n0,100\n1,90\n2,70\n3,70\n",
        "Time;Survival\n0;1\n1;0,9\n2;0,7\n3;0,7\n",
        "time,survival\n3,70%\n1,90%\n0,100%\n2,70%\n",
        "survival,time\n0.7,3\n0.9,1\n0.7,2\n",
        "0,1\n1,0.9\n2,0.7\n3,0.7\n",
        "0.0, 100.0\n3, 70\n1, 90\n2, 70\n",
        "time,survival\n-0.01,1.01\n1,0.9\n2,0.68\n3,0.72\n",
    ],
    ids=["percent", "decimal commas", "unordered", "no first point", "no header", "no header, percent", "a little off"],
)
def test_a_curve_is_the_same_however_a_digitizer_writes_it(tmp_path, curve):
    (arm,) = read(tmp_path, curve).values()

    assert arm.times.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(arm.survival, [1, 0.9, 0.7, 0.7])


def test_arms_are_read_apart(tmp_path):
    curve = "arm,time,survival\nB,1,0.9\nA,1,0.8\nB,2,0.8\nA,2,0.5\n"
    arms = read(tmp_path, curve, "arm,time,at_risk\nA,0,10\nB,0,20\n", events=["B=3", "A=5"])

    assert {name: (arm.survival.tolist(), int(arm.at_risk[0]), arm.events) for name, arm in arms.items()} == {
        "A": ([1, 0.8, 0.5], 10, 5),
        "B": ([1, 0.9, 0.8], 20, 3),
    }


def test_without_numbers_at_risk_the_number_of_patients_stands_at_time_0(tmp_path):
    (arm,) = read(tmp_path, risks="", patients=["12"]).values()

    assert (arm.risk_times.tolist(), arm.at_risk.tolist(), arm.events) == ([0], [12], None)


def test_a_zero_at_risk_after_the_end_of_the_curve_is_passed_over(tmp_path):
    (arm,) = read(tmp_path, risks=RISKS + "6,0\n").values()

    assert arm.risk_times.tolist() == [0, 2]


def test_patients_at_risk_just_after_the_last_point_are_followed_until_then(tmp_path):
    (arm,) = read(tmp_path, risks=RISKS + "3.05,4\n").values()

    assert arm.times.tolist() == [0, 1, 2, 3, 3.05]
    assert (arm.survival[-2:].tolist(), arm.risk_times.tolist()) == ([0.7, 0.7], [0, 2, 3.05])


@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_falling_curve_is_that_of_its_definition(seed):
    heights = np.random.default_rng(seed).random(12)
    many = range(len(heights))
    by_definition = [
        min(max(heights[begin : end + 1].mean() for end in many if end >= place) for begin in range(place + 1))
        for place in many
    ]

    np.testing.assert_allclose(published.falling(heights), by_definition)


LOW = "more than 5% above an earlier point of its arm"
BELOW = ("curve.csv", "survival", (2,), "not at 100% at time 0")

WRONG = {
    "a word": ({"curve": CURVE + "4,low\n"}, [("curve.csv", "survival", (6,), "not a number")]),
    "a time before 0": ({"curve": CURVE + "-2,1\n"}, [("curve.csv", "time", (6,), "a time before 0")]),
    "a height beyond": (
        {"curve": CURVE + "4,1.3\n"},
        [("curve.csv", "survival", (6,), "neither a share from 0 to 1 nor a percentage")],
    ),
    "a curve that rises": ({"curve": CURVE + "4,0.8\n5,0.9\n"}, [("curve.csv", "survival", (6, 7), LOW)]),
    "an incidence": ({"curve": "time,survival\n0,0\n1,0.2\n2,0.4\n"}, [BELOW, ("curve.csv", "survival", (3, 4), LOW)]),
    "one time": ({"curve": "time,survival\n0,1\n0,0.99\n"}, [("curve.csv", "time", (2, 3), "no time after 0")]),
    "more at risk": (
        {"risks": RISKS + "2.5,12\n2.6,3\n"},
        [("risk.csv", "at_risk", (4,), "more at risk than earlier")],
    ),
    "half a patient": ({"risks": RISKS + "2.5,8.5\n"}, [("risk.csv", "at_risk", (4,), "not a number of patients")]),
    "the same time": (
        {"risks": RISKS + "2,9\n"},
        [("risk.csv", "time", (4,), "a time of its arm that was there before")],
    ),
    "after the end": (
        {"risks": RISKS + "9,2\n"},
        [("risk.csv", "time", (4,), "patients at risk after the end of the curve")],
    ),
    "another arm": (
        {"risks": "arm,time,at_risk\nPublished,0,9\nX,0,9\n"},
        [("risk.csv", "arm", (3,), "no such arm among the curves")],
    ),
    "no start": (
        {"risks": "time,at_risk\n1,9\n"},
        [("risk.csv", "time", (), "no number at risk at time 0 of: Published")],
    ),
    "no column": ({"curve": "month,alive\n1,0.9\n"}, [("curve.csv", "time, survival", (), "no such column")]),
    "no points": ({"curve": "time,survival\n"}, [("curve.csv", "", (), "no rows")]),
}


@pytest.mark.parametrize(("files", "findings"), WRONG.values(), ids=WRONG)
def test_what_no_reading_explains_is_told_point_by_point(tmp_path, files, findings):
    assert told(tmp_path, **files) == findings


def test_everything_is_told_at_once(tmp_path):
    findings = told(tmp_path, curve=CURVE + "4,0.8\n-3,1\n", risks=RISKS + "1,11\n")

    assert [(place, rows) for place, _, rows, _ in findings] == [
        ("curve.csv", (7,)), ("curve.csv", (6,)), ("risk.csv", (4,)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"risks": ""},
        {"risks": "", "patients": ["many"]},
        {"risks": "", "patients": ["X=3"]},
        {"events": ["-3"]},
        {"events": ["3", "4"]},
    ],
)
def test_a_number_that_is_not_given_of_each_arm_misuses_the_command(tmp_path, given):
    with pytest.raises(UsageError, match=r"--patients|--events"):
        read(tmp_path, **given)
