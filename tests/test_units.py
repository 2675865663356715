"""The unit of printed times: what it says of days, its landmarks and ticks, and that a book follows it."""

import re

import pandas as pd
import pytest

from gistbook import build, units
from gistbook.analysis import disclosure, estimates, lifetable, series
from gistbook.book import audit, claims, downloads
from gistbook.book.audit import counts, plain
from gistbook.conventions import ACCESS, DAYS_PER_MONTH, WITHHELD, DataError
from gistbook.display import figures, prose, tables
from gistbook.display.outputs import inlined
from gistbook.intake.folder import load_folder
from gistbook.schemas import WITHHELD_KIND
from gistbook.units import MONTHS, UNITS, Since
from support import subjects

SIX = "g 0 10 1\ng 0 80 1\ng 0 100 0\ng 0 200 1\ng 0 300 1\ng 0 800 0"


@pytest.mark.parametrize(
    ("unit", "words"),
    [("days", "80 days"), ("weeks", "11.4 weeks"), ("months", "2.6 months"), ("years", "0.22 years")],
)
def test_eighty_days_are_said_in_each_unit(unit, words):
    assert UNITS[unit].said(80) == words


def test_half_a_day_is_said():
    assert UNITS["days"].said(82.5) == "82.5 days"


@pytest.mark.parametrize(("unit", "days"), [("days", 365), ("weeks", 52 * 7), ("months", 365.25), ("years", 365.25)])
def test_a_landmark_is_read_at_the_time_that_is_printed(unit, days):
    assert UNITS[unit].landmarks([12]) == [days]


def test_ticks_are_whole_in_the_unit():
    curve = pd.DataFrame({"time": [0.0, 560.0]})

    assert estimates.ticks(curve, unit=UNITS["days"]) == [0, 100, 200, 300, 400, 500, 600]
    assert estimates.ticks(curve, unit=UNITS["weeks"]) == [0, 13, 26, 39, 52, 65, 78, 91]
    assert estimates.ticks(curve, unit=UNITS["years"]) == [0, 1, 2]
    assert estimates.ticks(curve[:1].assign(time=80.0)) == [0, 1, 2, 3]


def test_those_at_risk_are_counted_at_the_ticks_of_the_unit():
    _, at_risk = estimates.kaplan_meier(subjects.counts(SIX), unit=UNITS["days"])

    assert at_risk.set_index("time")["at_risk"].head(3).to_dict() == {0: 6, 50: 5, 100: 4}


@pytest.mark.parametrize("unit", UNITS)
def test_a_figure_says_its_times_in_the_unit_of_its_time_zero(unit):
    curve, at_risk = estimates.kaplan_meier(subjects.counts(SIX), unit=UNITS[unit])
    shown = figures.survival_curve(curve, at_risk, Since("entry", UNITS[unit]), "Survival")
    html = inlined(shown.html)
    others = [name for name in UNITS if name != unit]

    assert f"by {unit} from entry" in shown.description
    assert f"{unit.capitalize()} from entry" in html
    assert not any(name in html for name in others)


@pytest.mark.parametrize("unit", UNITS)
def test_the_audit_reads_a_drawing_in_its_own_unit(unit):
    curve, at_risk = estimates.kaplan_meier(subjects.counts(SIX), unit=UNITS[unit])
    shown = figures.survival_curve(curve, at_risk, Since("entry", UNITS[unit]), "Survival")
    turns, nearest, _ = counts.read_curves(inlined(shown.html), False)

    assert any(abs(turn - 80 / DAYS_PER_MONTH) <= nearest for turn in turns)
    assert any(abs(month - 80 / DAYS_PER_MONTH) < 1e-3 for month in counts.months_told(shown.html))


def test_estimates_in_words_follow_the_unit():
    curve = estimates.survival(subjects.counts(SIX))
    median = tables.in_words(estimates.quantile(curve), unit=UNITS["days"])["Estimate"][0]
    rates = tables.in_words(estimates.rate(curve, [364]), unit=UNITS["weeks"])

    assert median.startswith("200 days (95% CI 10 to not reached")
    assert prose.extremes([estimates.quantile(curve)], UNITS["weeks"]) == ("28.6 weeks", "28.6 weeks")
    assert "At" not in rates or rates["At"].tolist() == ["52 weeks"]


def test_a_file_of_numbers_has_the_unit_beside_days():
    frame = {"columns": ["time", "survival"], "rows": [[14, 0.5]]}

    assert downloads.as_csv(frame, [], UNITS["weeks"]).splitlines()[1:] == [
        '"time","time_weeks","survival"',
        "14,2.0,0.5",
    ]
    assert downloads.as_csv(frame, [], UNITS["days"]).splitlines()[1:] == ['"time","survival"', "14,0.5"]


def test_a_claim_in_months_is_judged_whatever_the_unit_of_the_book():
    assert claims._as_claimed("months", {"value": 52 * 7 / 7, "unit": "weeks"}) == 364 / DAYS_PER_MONTH
    assert claims._as_claimed("months", {"value": 12.0, "unit": "months"}) == 12.0


def test_published_medians_are_set_beside_in_the_unit():
    published = series.medians(series.on_clock(series.load_published(), series.SURGERY, ["PFS"]))
    months, weeks = (series.forest_rows(published, None, "", UNITS[name])["estimate"] for name in ("months", "weeks"))

    assert (weeks * 7 / DAYS_PER_MONTH - months).abs().max() < 1e-9


@pytest.mark.parametrize("events", [0, 3])
def test_what_is_withheld_is_followed_by_no_counts(events):
    held = estimates.quantile(estimates.survival(subjects.counts(SIX)))
    held = held.assign(measure=WITHHELD_KIND, estimate=float("nan"), events=events, n=927)

    assert tables.in_words(held)["Estimate"].tolist() == [WITHHELD]
    assert "n" not in prose._record(next(held.itertuples()))


def test_one_year_is_no_years_and_one_month_no_months():
    assert [UNITS["years"].landmark(each) for each in (365.25, 730.5)] == ["1 year", "2 years"]
    assert [UNITS["months"].landmark(each) for each in (30.4375, 60.875)] == ["1 month", "2 months"]


def test_counts_and_estimates_are_no_times_of_patients():
    apart = plain._OF_MANY.sub(" ", "obs 103 days (95% ci 54 to 126; 168 events / 315 patients)")

    assert not re.search(r"\d{3}", apart)
    assert plain._OF_MANY.sub(" ", "103 days, 126 days, 168 days") == "103 days, 126 days, 168 days"


@pytest.mark.parametrize("unit", UNITS)
def test_a_duration_with_its_limits_is_no_time_of_a_patient_in_any_unit(unit):
    known = audit.Known(times=frozenset([412, 317, 529, 298]))
    said = f"S 412 {unit} (95% CI 317 to 529; 12 events / 18 patients), M not reached (95% CI 298 to not reached)"

    assert list(plain.broken(said, plain.Sought(known, ""))) == []


OTHERWISE = ("412 days (95% CI 529 to 317)", "412 days (95% CI 412 to 412), 317 days (97.5% CI 317 to 317), 529",
             "412 days, 317 days, 529 days", "412 days (317 to 529)", "412 days (95% CI 317, 529)")  # fmt: skip


@pytest.mark.parametrize("said", OTHERWISE)
def test_times_of_patients_that_are_written_like_a_duration_with_limits_are_found(said):
    known = audit.Known(times=frozenset([412, 317, 529, 298]))

    assert audit.RECORDS in plain.broken(said, plain.Sought(known, ""))


def test_words_without_a_unit_are_in_months():
    assert units.unit_of("entry") is MONTHS


def test_the_entry_that_has_gone_is_told_with_its_new_one(tmp_path):
    (tmp_path / "cohort.toml").write_text('title = "x"\n[book]\nalso_in = "weeks"\n', encoding="utf-8")
    (tmp_path / "patients.csv").write_text("patient_id\na\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"is gone: all times are in one unit now\. Write unit ="):
        load_folder(tmp_path)


def test_ticks_beyond_a_thousand_are_written_without_a_sign_between():
    curve, at_risk = estimates.kaplan_meier(subjects.counts("g 0 10 1\ng 0 4000 1\ng 0 4100 0"), unit=UNITS["days"])
    html = inlined(figures.survival_curve(curve, at_risk, Since("entry", UNITS["days"]), "Survival").html)

    assert ">2000<" in html
    assert "2,000" not in html


@pytest.mark.parametrize(
    ("unit", "ticks"),
    [
        ("days", ["0", "365", "731", "1096"]),
        ("weeks", ["0", "52", "104", "157"]),
        ("months", ["0", "12", "24", "36"]),
        ("years", ["0", "1", "2", "3"]),
    ],
)
def test_ticks_of_grouped_counts_are_the_edges_of_the_grid_as_whole_numbers_of_the_unit(unit, ticks):
    """Edges are half a year apart: two of them are 365.25 days, or 52.2 weeks."""
    edges = [edge * 365.25 / 2 for edge in (0, 2, 4, 6)]
    at_risk = pd.DataFrame({"group": "g", "time": edges, "at_risk": [33, 27, 21, 9]})
    curve, _ = estimates.kaplan_meier(subjects.counts("g 0 10 1\ng 0 1100 1"))
    html = inlined(figures.survival_curve(curve, at_risk, Since("entry", UNITS[unit]), "Survival").html)
    labels = re.search(r"role-axis-label.*?</g></g>", html)[0]

    assert re.findall(r">([\d.]+)</text>", labels) == ticks
    assert abs(counts.read_curves(html, True)[0][1] - 10 / DAYS_PER_MONTH) < 0.3


def test_ticks_of_long_follow_up_are_written_to_the_day():
    at_risk = pd.DataFrame({"group": "g", "time": [0, 13149], "at_risk": [9, 3]})
    curve, _ = estimates.kaplan_meier(subjects.counts("g 0 10 1\ng 0 13149 1"))
    html = inlined(figures.survival_curve(curve, at_risk, Since("entry", UNITS["days"]), "Survival").html)

    assert ">13149<" in html


@pytest.mark.parametrize("unit", UNITS)
def test_on_the_grid_of_a_policy_a_landmark_is_an_edge_and_printed_as_a_whole_number(unit):
    """Twelve months are two intervals of six: 365.25 days, which lie on no whole day and in no whole week."""
    on_grid = UNITS[unit]._replace(on_grid=True)

    assert on_grid.landmarks([12]) == [365.25]
    words = {"days": "365 days", "weeks": "52 weeks", "months": "12 months", "years": "1 year"}
    assert on_grid.landmark(365.25) == words[unit]


@pytest.mark.parametrize(("policy", "step"), [("midpoint6", 6), ("midpoint6@12", 12), ("threshold10", 6)])
def test_under_a_policy_those_at_risk_are_counted_at_edges_only(policy, step):
    """Eighty patients, one of whom leaves in each week: a tick between two edges would say that it is withheld."""
    rows = pd.DataFrame({"TRTA": "g", "AVAL": [7 * week for week in range(1, 81)], "ENTRYDY": 0, "CNSR": 0})
    chosen = disclosure.choose(policy, "confidential")
    curve, at_risk = estimates.kaplan_meier(lifetable.protected(rows, chosen), unit=UNITS["weeks"])
    inside = at_risk[at_risk["time"] <= curve["time"].max()]

    assert {round(month) % step for month in at_risk["time"] / DAYS_PER_MONTH} == {0}
    assert len(inside) > 1
    assert inside["at_risk"].notna().all()


def test_a_confidential_cohort_reads_landmarks_on_the_grid_and_a_public_one_in_its_unit(tmp_path):
    settings = 'title = "x"\naccess = "{}"\n[book]\nunit = "days"\n'
    sheet = "patient_id,resistance_date,last_contact,death_date\na,2010-01-01,,2011-01-01\nb,2010-01-01,2012-01-01,"
    folders = {each: subjects.folder(tmp_path / each, settings.format(each), patients=sheet) for each in ACCESS}

    assert {each: build.load_cohort(folders[each]).unit.landmarks(12) for each in ("public", "confidential")} == {
        "public": 365,
        "confidential": 365.25,
    }
