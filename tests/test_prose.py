"""Prose: an estimate in words, and what stands in a sentence where there is none."""

import json
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest

from gistbook.analysis import contrasts, estimates, lifetable, precision
from gistbook.conventions import (
    ACCESS,
    EXHAUSTED,
    FRAMES_TYPE,
    NOT_ESTIMABLE,
    NOT_RECORDED,
    RECORD_TYPE,
    PatientDataError,
    days,
)
from gistbook.display import prose, tables
from gistbook.display.outputs import Displayed
from support import subjects

SIX = """
S 0 100 1
S 0 200 1
S 0 300 0
S 0 400 1
S 0 400 0
S 0 700 0
"""

NAN = float("nan")

MEDIAN = {"measure": "quantile", "unit": "days", "time": NAN, "estimate": days(10), "lower": days(5), "upper": days(15)}
RATE = {"measure": "rate", "unit": "probability", "time": 365.25, "estimate": 0.5, "lower": 0.3, "upper": 0.7}
RATIO = {"measure": "hazard_ratio", "unit": "ratio", "time": NAN, "estimate": 0.5, "lower": 0.25, "upper": 1.0}
MEAN = {**MEDIAN, "measure": "restricted_mean", "time": days(60)}

UNKNOWN = {"estimate": NAN, "lower": NAN, "upper": NAN}


def said(row: dict, **changed) -> str:
    """Return the phrase of one row of estimates of nine events in eighteen patients."""
    about = {"group": "S-group", "level": 0.95, "events": 9, "n": 18}
    return prose.phrase(SimpleNamespace(**{**about, **row, **changed}))


@pytest.fixture
def pasted(monkeypatch):
    """Return what is pasted during a test: by key, what a notebook stores for pages, and what it records beside."""
    bundles = {}

    def display(shown, raw, metadata):
        name = metadata["scrapbook"]["name"]
        bundles[name] = metadata | {"text/plain": shown[f"{prose.PREFIX}text/plain"], "seen": shown.get("text/plain")}

    monkeypatch.setattr("IPython.display.display", display)
    return bundles


def record(bundle: dict) -> dict:
    """Return the record beside a pasted phrase."""
    return bundle[RECORD_TYPE]


def kinds(value) -> set[type]:
    """Return the types of everything in a record."""
    return {type(each) for each in value.values()}


@pytest.fixture
def six():
    """Return the curve of six drawn subjects."""
    return estimates.survival(subjects.counts(SIX))


@pytest.mark.parametrize(
    ("row", "phrase"),
    [
        (MEDIAN, "10.0 months (95% CI 5.0 to 15.0; 9 events / 18 patients)"),
        (MEAN, "10.0 months (95% CI 5.0 to 15.0; 9 events / 18 patients)"),
        (RATE, "50% (95% CI 30 to 70; 9 events / 18 patients)"),
        (RATIO, "0.50 (95% CI 0.25 to 1.00; 9 events / 18 patients)"),
    ],
    ids=["median", "mean", "rate", "ratio"],
)
def test_an_estimate_is_said_with_unit_interval_events_and_patients(row, phrase):
    assert said(row) == phrase


def test_one_event_of_one_patient_is_singular():
    assert said(MEDIAN, events=1, n=1).endswith("1 event / 1 patient)")


def test_no_event_is_plural():
    assert said(MEDIAN, events=0).endswith("0 events / 18 patients)")


@pytest.mark.parametrize(("level", "printed"), [(0.9, "90%"), (0.975, "97.5%"), (0.999, "99.9%"), (0.68, "68%")])
def test_the_level_of_an_interval_is_the_one_it_was_made_with(level, printed):
    assert said(MEDIAN, level=level).startswith(f"10.0 months ({printed} CI 5.0 to")


def test_a_median_not_reached_is_said_with_the_limit_that_was():
    assert said(MEDIAN, estimate=NAN, upper=NAN) == ("not reached (95% CI 5.0 to not reached; 9 events / 18 patients)")


def test_a_median_whose_upper_limit_is_not_reached_says_so():
    assert said(MEDIAN, upper=NAN) == "10.0 months (95% CI 5.0 to not reached; 9 events / 18 patients)"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (MEDIAN, "not reached"),
        (RATE, EXHAUSTED),
        (RATIO, NOT_ESTIMABLE),
        (MEAN, EXHAUSTED),
    ],
    ids=["median", "rate", "ratio", "mean"],
)
def test_what_is_unknown_is_said_in_words_of_its_own(row, words):
    assert said(row, **UNKNOWN) == f"{words} (9 events / 18 patients)"


def test_an_unknown_ratio_with_a_known_limit_is_said_in_words_too():
    assert said(RATIO, estimate=NAN) == f"{NOT_ESTIMABLE} (95% CI 0.25 to 1.00; 9 events / 18 patients)"


def test_an_estimate_without_an_interval_says_that_it_has_none():
    assert said(RATE, estimate=0.0, lower=NAN, upper=NAN) == "0% (no interval; 9 events / 18 patients)"


def test_an_infinite_limit_is_not_printed():
    assert said(MEDIAN, upper=float("inf")) == "10.0 months (95% CI 5.0 to not reached; 9 events / 18 patients)"


def test_a_rate_after_the_last_patient_is_beyond_them(six):
    assert tables.in_words(estimates.rate(six, [701]))["Estimate"].tolist() == [f"{EXHAUSTED} (3 events / 6 patients)"]


def test_a_ratio_to_a_group_without_an_event_is_not_estimable():
    ratio = contrasts.hazard_ratio(subjects.counts("a 0 1 1\na 0 2 1\nb 0 3 0\nb 0 4 0"))

    assert tables.in_words(ratio)["Estimate"].tolist() == [f"{NOT_ESTIMABLE} (2 events / 4 patients)"]


def test_estimates_of_several_times_are_said_with_their_time(six):
    rates = tables.in_words(estimates.rate(six, days([0, 12])))

    assert list(rates.columns) == ["Group", "At", "Estimate"]
    assert rates["At"].tolist() == ["0 months", "12 months"]


def test_estimates_of_no_time_have_no_column_for_it(six):
    assert list(tables.in_words(estimates.quantile(six)).columns) == ["Group", "Estimate"]


def test_no_estimates_are_said_as_no_rows():
    assert tables.in_words(estimates.quantile(estimates.survival(subjects.counts(SIX).iloc[:0]))).empty


def test_patients_are_not_said():
    with pytest.raises(PatientDataError, match="AVAL"):
        tables.in_words(pd.DataFrame({"group": ["S"], "AVAL": [1]}))


def test_patients_are_not_pasted():
    with pytest.raises(PatientDataError, match="USUBJID"):
        prose.paste("key", pd.DataFrame({"USUBJID": ["p1"]}))


def test_an_estimate_is_pasted_as_its_phrase(pasted, six):
    prose.paste("os_median", estimates.quantile(six))

    assert pasted["os_median"]["text/plain"] == "'13.1 months (95% CI 3.3 to not reached; 3 events / 6 patients)'"


def test_a_median_of_a_group_names_it_even_where_there_is_one_only(pasted, six):
    prose.paste_by_group("os_medians", estimates.quantile(six))

    assert pasted["os_medians"]["text/plain"].startswith("'S 13.1 months")


def test_beside_the_phrase_stand_its_bare_numbers(pasted, six):
    prose.paste("os_median", estimates.quantile(six))

    assert record(pasted["os_median"]) == {
        "phrase": "13.1 months (95% CI 3.3 to not reached; 3 events / 6 patients)",
        "value": pytest.approx(400 / 30.4375),
        "lower": pytest.approx(100 / 30.4375),
        "upper": None,
        "level": 0.95,
        "unit": "months",
        "group": "S",
        "measure": "quantile",
        "events": 3,
        "n": 6,
        "origin": "",
    }


def test_a_number_that_depends_on_time_zero_is_pasted_with_it(pasted, six):
    prose.paste("os_median", estimates.quantile(six), "resistance")

    assert record(pasted["os_median"])["origin"] == "resistance"


def test_a_pooled_estimate_names_no_group(pasted):
    pooled = estimates.survival(lifetable.pool(subjects.counts(SIX)))
    prose.paste("os_median", estimates.quantile(pooled))

    assert record(pasted["os_median"])["group"] is None


@pytest.mark.parametrize("time", [365.25, 9999.0])
def test_a_record_holds_plain_numbers_and_no_nan(pasted, six, time):
    prose.paste("os_rate", estimates.rate(six, [time]))

    assert kinds(record(pasted["os_rate"])) <= {str, float, int, type(None)}
    assert all(value == value for value in record(pasted["os_rate"]).values())


def test_a_rate_keeps_its_unit(pasted, six):
    prose.paste("os_rate", estimates.rate(six, [150.0]))

    assert (record(pasted["os_rate"])["value"], record(pasted["os_rate"])["unit"]) == (5 / 6, "probability")


def test_several_estimates_are_pasted_as_a_list_by_group(pasted):
    two = estimates.survival(subjects.counts("a 0 30.4375 1\nb 0 60.875 1"))
    prose.paste("medians", estimates.quantile(two))

    assert record(pasted["medians"])["phrase"] == (
        "a 1.0 months (no interval; 1 event / 1 patient); b 2.0 months (no interval; 1 event / 1 patient)"
    )


def test_estimates_at_one_landmark_are_pasted_behind_it_and_no_other(pasted):
    two = estimates.survival(subjects.counts("a 0 400 1\na 0 900 0\nb 0 900 0\nb 0 900 0"))
    prose.paste_at("alive", estimates.rate(two, days([12, 24])), days(12), "Alive")

    assert record(pasted["alive"])["phrase"] == (
        "12 months: a 100% (95% CI 100 to 100; 1 event / 2 patients); b 100% (95% CI 100 to 100; 0 events / 2 patients)"
    )
    assert [part["group"] for part in record(pasted["alive"])["parts"].values()] == ["a", "b"]


def test_a_landmark_of_no_estimates_is_not_recorded(pasted, six):
    prose.paste_at("alive", estimates.rate(six, []), days(12), "Alive")

    assert record(pasted["alive"])["phrase"] == "12 months: not recorded in this cohort"


def test_several_estimates_have_no_value_to_compare(pasted):
    prose.paste("medians", estimates.quantile(estimates.survival(subjects.counts("a 0 1 1\nb 0 2 1"))))

    assert record(pasted["medians"])["value"] is None


def test_no_estimate_is_pasted_as_not_recorded(pasted):
    prose.paste("os_median", estimates.quantile(estimates.survival(subjects.counts(SIX).iloc[:0])))

    assert record(pasted["os_median"]) == {"phrase": NOT_RECORDED, "value": None}


def test_a_count_is_pasted_with_its_value(pasted):
    prose.paste_count("n", np.int64(18))

    assert record(pasted["n"]) == {"phrase": "18", "value": 18.0, "unit": "count"}
    assert kinds(record(pasted["n"])) == {str, float}


def test_a_count_of_none_is_pasted_as_zero(pasted):
    prose.paste_count("n", 0)

    assert record(pasted["n"])["phrase"] == "0"


def test_a_count_that_is_not_recorded_says_so(pasted):
    prose.paste_count("n", None)

    assert record(pasted["n"]) == {"phrase": NOT_RECORDED, "value": None}


def test_a_step_of_the_flow_is_pasted_as_its_count(pasted):
    prose.paste_step("n", pd.DataFrame({"step": ["Recorded", "Analysed"], "count": [5, 4]}), "Analysed")

    assert record(pasted["n"])["value"] == 4.0


def framed(bundle: dict) -> dict:
    """Return the frames of a pasted bundle."""
    return bundle[FRAMES_TYPE]


ODD = pd.DataFrame({"group": ["a", None], "time": [0, 1], "estimate": [np.float64(1 / 3), np.inf], "upper": [NAN, 2.0]})


def test_a_phrase_is_seen_in_a_notebook_under_its_cell_with_its_key(pasted):
    prose.paste_text("words", "it's")

    assert pasted["words"]["seen"] == "words: it's"


def test_pages_leave_out_what_is_seen_of_a_pasted_phrase_and_of_a_figure_leave_out_nothing():
    from myst_nb.ext.glue import extract_glue_data_cell

    prefix = {"scrapbook": {"name": "words", "mime_prefix": prose.PREFIX}}
    data = {"text/plain": "words: x", f"{prose.PREFIX}text/plain": "'x'"}
    shown, about = Displayed("<p>drawn</p>", "a drawing", {}, "curve")._repr_mimebundle_()
    bundles = (data, prefix), (shown, about)
    outputs = [nbformat.v4.new_output("display_data", each, metadata=meta) for each, meta in bundles]
    cell = nbformat.v4.new_code_cell("", outputs=outputs)
    pasted = dict(extract_glue_data_cell(cell))

    assert pasted["words"]["data"]["text/plain"] == "'x'"
    assert [output.data["text/plain"] for output in cell.outputs] == ["a drawing"]


def test_the_frames_of_a_figure_are_recorded_beside_it():
    figure = Displayed("<p>drawn</p>", "a drawing", {"curve": ODD, "at_risk": ODD}, "curve")

    assert list(figure._repr_mimebundle_()[1][FRAMES_TYPE]) == ["curve", "at_risk"]


def test_a_figure_without_frames_records_none():
    assert FRAMES_TYPE not in Displayed("<p>drawn</p>", "a drawing", key="courses")._repr_mimebundle_()[1]


def test_the_frame_of_a_table_is_pasted_under_its_key(pasted):
    prose.paste_frame("table_1", ODD)

    assert list(framed(pasted["table_1"])) == ["frame"]


def test_a_frame_is_pasted_at_full_precision_with_null_for_what_is_not_known(pasted):
    prose.paste_frame("table_1", ODD)

    assert framed(pasted["table_1"])["frame"] == {
        "columns": ["group", "time", "estimate", "upper"],
        "rows": [["a", 0, 1 / 3, None], [None, 1, None, 2.0]],
    }


def test_a_pasted_frame_is_plain_json(pasted):
    prose.paste_frame("table_1", ODD.assign(count=np.int64(3), kind=pd.array(["x", pd.NA])))
    told = framed(pasted["table_1"])

    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_frame_with_a_column_of_a_patient_is_not_pasted(pasted):
    with pytest.raises(PatientDataError, match="USUBJID"):
        prose.paste_frame("table_1", ODD.assign(USUBJID="p1"))

    assert pasted == {}


def test_a_step_that_the_cohort_does_not_have_is_not_recorded(pasted):
    prose.paste_step("n", pd.DataFrame({"step": ["Recorded"], "count": [5]}), "Analysed")

    assert record(pasted["n"])["phrase"] == NOT_RECORDED


def test_a_part_is_pasted_as_so_many_of_so_many(pasted):
    prose.paste_part("part", (np.int64(5), np.int64(18)))

    assert record(pasted["part"]) == {"phrase": "5 of 18", "value": 5.0, "share": 5 / 18, "n": 18, "unit": "count"}
    assert kinds(record(pasted["part"])) == {str, float, int}


def test_none_of_many_is_a_part(pasted):
    prose.paste_part("part", (0, 18))

    assert record(pasted["part"])["phrase"] == "0 of 18"


def test_a_part_of_nobody_is_not_recorded(pasted):
    prose.paste_part("part", (0, 0))

    assert record(pasted["part"]) == {"phrase": NOT_RECORDED, "value": None}


def test_a_duration_is_pasted_in_months(pasted):
    prose.paste_duration("time", np.float64(365.25))

    assert record(pasted["time"]) == {"phrase": "12.0 months", "value": 12.0, "unit": "months"}
    assert kinds(record(pasted["time"])) == {str, float}


def test_a_duration_that_there_is_not_is_not_estimable(pasted):
    prose.paste_duration("time", NAN)

    assert record(pasted["time"]) == {"phrase": NOT_ESTIMABLE, "value": None}


def parts_of(**changed) -> pd.DataFrame:
    """Return one row of what was counted or measured."""
    row = {"item": "Blood lost", "level": "median", "unit": "ml", "count": 3, "n": 4}
    return pd.DataFrame([{**row, "estimate": 20.0, "lower": 10.0, "upper": 30.0, **changed}])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "20.0 ml (10.0 to 30.0)"),
        ({"level": "II", "estimate": 0.75}, "3 of 4 (75%)"),
        ({"level": "missing", "estimate": NAN}, "3"),
        ({"estimate": NAN, "lower": NAN, "upper": NAN}, NOT_RECORDED),
    ],
    ids=["median", "share", "missing", "unknown"],
)
def test_what_was_counted_or_measured_is_said_by_its_kind(changed, words):
    assert tables.parts(parts_of(**changed))["Number"].tolist() == [words]


INTENSITY = {
    "drug": "sunitinib",
    "group": "S",
    "denominator": "elapsed",
    "estimate": 90.4,
    "lower": 80.0,
    "upper": 99.5,
}


def intensities(**changed) -> pd.DataFrame:
    """Return one row of dose intensity of two courses."""
    return pd.DataFrame([{**INTENSITY, "n": 2, "exposure_median_days": 61.0, **changed}])


def test_dose_intensity_is_said_with_quartiles_courses_and_time_on_the_drug():
    assert tables.intensities(intensities(denominator="dosing_days")).to_dict("records") == [
        {
            "Drug": "sunitinib",
            "Group": "S",
            "Planned by": "dosing days",
            "Median (quartiles)": "90% (80 to 100)",
            "Courses": 2,
            "Median days on it": "61",
        }
    ]


def test_dose_intensity_in_one_line_is_that_per_week_elapsed():
    rows = pd.concat([intensities(), intensities(denominator="cycles", estimate=50.0)])

    assert prose.listed_intensity(rows) == "S 90% (80 to 100), 2 courses (median with quartiles)"


def test_dose_intensity_of_one_course_is_singular():
    assert prose.listed_intensity(intensities(n=1)).endswith("1 course (median with quartiles)")


def test_dose_intensity_of_no_course_is_not_recorded():
    assert prose.listed_intensity(intensities().iloc[:0]) == NOT_RECORDED


def test_the_precision_of_a_median_is_said_as_limits():
    said = tables.precision(precision.precision_of_median(10.0, [4], 0.95), "months")

    assert said.to_dict("records") == [{"Events": 4, "Limits": "2.4 to 41.1"}]


def test_the_precision_of_a_median_that_is_unknown_is_said_in_words():
    said = tables.precision(precision.precision_of_median(NAN, [4]), "months")

    assert said["Limits"].tolist() == [NOT_ESTIMABLE]


def test_a_hazard_ratio_that_could_be_detected_is_said_with_two_digits():
    said = tables.precision(precision.detectable_hazard_ratio([100], 0.5), "ratio")

    assert said.to_dict("records") == [{"Events": 100, "Hazard ratio": "0.57"}]


def of_groups(*rows: tuple) -> pd.DataFrame:
    """Return baseline characteristics of a level and group each: count of four, share and difference."""
    columns = ["characteristic", "level", "group", "count", "estimate", "difference"]
    return pd.DataFrame(rows, columns=columns).assign(n=4, lower=NAN, upper=NAN)


def test_baseline_characteristics_have_a_column_for_every_group_and_the_difference_last():
    said = tables.characteristics(of_groups(("Sex", "male", "M", 1, 0.25, 0.5), ("Sex", "male", "S", 2, 0.5, 0.5)))

    assert said.to_dict("records") == [
        {
            "Characteristic": "Sex",
            "Level": "male",
            "Group M": "1 of 4 (25%)",
            "Group S": "2 of 4 (50%)",
            "Standardized difference": "0.50",
        }
    ]


@pytest.mark.parametrize(
    ("group", "header"), [("AGE", "Group AGE"), ("Age", "Age"), ("手術", "手術"), ("Level", "Group Level")]
)
def test_a_group_named_in_capitals_or_as_another_column_is_called_a_group(group, header):
    said = tables.characteristics(of_groups(("Sex", "male", group, 4, 1.0, NAN)))

    assert f'<th scope="col">{header}</th>' in tables.show(said, "C.").html


def test_a_difference_that_is_not_defined_is_said_in_words():
    said = tables.characteristics(of_groups(("Sex", "male", "S", 4, 1.0, NAN), ("Sex", "male", "T", 4, 1.0, NAN)))

    assert said["Standardized difference"].tolist() == ["not defined"]


@pytest.mark.parametrize("groups", ["S", "STU"])
def test_a_difference_has_a_column_only_where_there_are_two_groups(groups):
    said = tables.characteristics(of_groups(*[("Sex", "male", group, 4, 1.0, NAN) for group in groups]))

    assert "Standardized difference" not in said


def test_a_level_that_one_group_does_not_record_is_said_in_words():
    said = tables.characteristics(of_groups(("Sex", "male", "S", 4, 1.0, NAN), ("Age", "old", "M", 1, 0.25, NAN)))

    assert said["Group M"].tolist() == [NOT_RECORDED, "1 of 4 (25%)"]


def test_a_logrank_test_is_pasted_with_statistic_freedom_and_p(pasted):
    prose.paste_logrank("test", {"statistic": 3.841, "df": 1, "p": 0.0312})
    found = record(pasted["test"])

    assert (found["phrase"], found["value"], found["unit"]) == ("chi-square 3.84 on 1 df, p = 0.031", 0.0312, "p")


def test_a_logrank_test_of_one_group_is_not_estimable(pasted):
    prose.paste_logrank("test", contrasts.logrank(subjects.counts(SIX)))

    assert (record(pasted["test"])["phrase"], record(pasted["test"])["value"]) == (NOT_ESTIMABLE, None)


@pytest.mark.parametrize("text", ["it's", 'so "called"', 'it\'s "both"', "back\\slash", "<b>bold</b>"])
def test_words_come_to_the_page_as_they_are(pasted, text):
    from myst_nb.core.variables import format_plain_text

    prose.paste_text("words", text)

    assert format_plain_text(pasted["words"]["text/plain"], "") == text


def test_a_published_median_is_pasted_with_its_unit(pasted):
    prose.paste_published(pd.DataFrame({"claim_id": ["pfs"], "published": ["14.5"], "unit": ["months"]}))

    assert record(pasted["published_pfs"])["phrase"] == "14.5 months"


def test_a_published_share_is_pasted_as_printed(pasted):
    prose.paste_published(pd.DataFrame({"claim_id": ["share"], "published": ["93%"], "unit": ["share"]}))

    assert record(pasted["published_share"])["phrase"] == "93%"


def test_a_published_value_is_nothing_that_could_be_taken_for_a_recomputed_one(pasted):
    prose.paste_published(pd.DataFrame({"claim_id": ["pfs"], "published": ["14.5"], "unit": ["months"]}))

    assert record(pasted["published_pfs"])["value"] is None


def test_what_this_run_made_of_a_claim_is_pasted_under_its_name(pasted):
    prose.paste_recomputed(pd.DataFrame({"claim_id": ["pfs"], "recomputed": ["14.6 months"]}))

    assert record(pasted["pfs"])["phrase"] == "14.6 months"


EXACT = SimpleNamespace(name="exact", note="")


@pytest.mark.parametrize("access", ACCESS)
def test_a_cohort_is_introduced_by_what_kind_of_data_it_is(pasted, access):
    prose.introduce(SimpleNamespace(access=access, title="Drawn", policy=EXACT))

    assert access in record(pasted["kind_of_data"])["phrase"].lower()


@pytest.mark.parametrize(("access", "said"), [("synthetic", 0), ("public", 1), ("confidential", 1)])
def test_captions_say_the_rule_of_a_policy_and_not_again_that_data_are_synthetic(pasted, access, said):
    rule = "Counts are rounded."
    note = prose.introduce(SimpleNamespace(access=access, title="Drawn", policy=SimpleNamespace(name="x", note=rule)))

    assert note.endswith(rule)
    assert note.lower().count(access) == said == record(pasted["data_note"])["phrase"].lower().count(access)


def test_the_note_for_captions_is_the_one_that_is_pasted(pasted):
    note = prose.introduce(SimpleNamespace(access="public", title="Drawn", policy=EXACT))

    assert note == record(pasted["data_note"])["phrase"] == "Public data: Drawn."


def test_a_title_with_braces_is_introduced_as_it_is(pasted):
    note = prose.introduce(SimpleNamespace(access="public", title="{0} {title}", policy=EXACT))

    assert note == "Public data: {0} {title}."
