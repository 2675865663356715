"""Published series: units become months, clocks stay apart, and no limit is made up."""

import re

import pandas as pd
import pytest

from gistbook import build, schemas
from gistbook.analysis import series
from gistbook.book import claims
from gistbook.conventions import NOT_REACHED, DataError, days

BLANK = dict.fromkeys(schemas.names(schemas.SERIES), "")
ANY = {**BLANK, "study": "A 2000", "citekey": "a", "population": "operated", "progression": "limited or focal"}
ANY |= {"quantity": "PFS", "clock": "surgery", "printed": "12", "unit_printed": "months", "trust": "R-abs"}

PUBLISHED = series.load_published()


def load(place, *rows: dict) -> pd.DataFrame:
    """Return drawn figures as they are read from a file."""
    numbered = [{**ANY, "series_id": str(i), **row} for i, row in enumerate(rows)]
    pd.DataFrame(numbered).to_csv(place / "series.csv", index=False)
    return series.load_published(place / "series.csv")


def own(**given) -> dict:
    """Return what the chapter on progression-free survival would have pasted."""
    pasted = {"value": 10.0, "lower": 5.0, "upper": None, "origin": "first_operation", **given}
    return {"progression_free_survival": {"pfs_median": pasted}}


def test_weeks_become_months_by_way_of_days(tmp_path):
    drawn = load(tmp_path, {"printed": "10", "unit_printed": "weeks", "lower": "4", "upper": "20"})

    assert days(drawn["value_months"][0]) == pytest.approx(10 * 7)
    assert days(drawn["lower_months"][0]) == pytest.approx(4 * 7)


def test_a_year_is_twelve_months(tmp_path):
    assert load(tmp_path, {"printed": "1.5", "unit_printed": "years"})["value_months"][0] == pytest.approx(18)


def test_a_median_that_is_not_reached_is_no_number_and_says_so(tmp_path):
    drawn = load(tmp_path, {"printed": NOT_REACHED})

    assert drawn["value_months"].isna().all()
    assert [series.as_printed(row) for row in drawn.itertuples()] == [NOT_REACHED]


def test_a_rate_is_a_share_and_no_median(tmp_path):
    drawn = load(tmp_path, {"printed": "33", "unit_printed": "%", "at_months": "12"}, {})

    assert drawn["share"][0] == 0.33
    assert drawn["value_months"].isna().tolist() == [True, False]
    assert series.medians(drawn)["series_id"].tolist() == ["1"]


@pytest.mark.parametrize(
    "wrong", [{"clock": "birth"}, {"trust": "REMEMBERED-mod"}, {"unit_printed": "days"}, {"progression": "bad"}]
)
def test_a_value_that_is_not_permitted_is_refused(tmp_path, wrong):
    with pytest.raises(DataError, match=next(iter(wrong.values()))):
        load(tmp_path, wrong)


def test_a_row_named_twice_is_refused(tmp_path):
    with pytest.raises(DataError, match="twice"):
        load(tmp_path, {"series_id": "x"}, {"series_id": "x"})


def test_figures_on_one_clock_are_ordered_by_extent_and_then_by_length(tmp_path):
    drawn = load(
        tmp_path,
        {"progression": "multifocal or generalized", "printed": "1"},
        {"printed": "9"},
        {"printed": "8", "clock": "imatinib start"},
        {"printed": "3"},
    )

    assert series.on_clock(drawn, "surgery")["printed"].tolist() == ["3", "9", "1"]


def test_a_forest_row_has_limits_only_where_they_were_printed(tmp_path):
    drawn = load(tmp_path, {"n": "7", "lower": "2", "upper": "30"}, {})
    rows = series.forest_rows(drawn, None, "")

    assert rows["label"].tolist() == ["A 2000 (n = 7)", "A 2000"]
    assert rows[["lower", "upper"]].isna().all(axis=1).tolist() == [False, True]


def test_this_cohort_stands_last_in_a_group_of_its_own(tmp_path):
    rows = series.forest_rows(load(tmp_path, {}), series.own_median(own()), "This cohort")

    assert rows["source"].tolist() == ["published", "this cohort"]
    assert rows["estimate"].tolist() == pytest.approx([12, 10])
    assert rows.iloc[-1]["kind"] == "this cohort"
    assert pd.isna(rows.iloc[-1]["upper"])
    assert series.why_not_drawn(own()).startswith("stands")


def test_a_median_without_a_limit_stands_beside_published_ones_that_have_both(tmp_path):
    published = load(tmp_path, {"lower": "2", "upper": "30"})
    rows = series.forest_rows(published, series.own_median(own()), "This cohort")

    assert rows["upper"].isna().tolist() == [False, True]


@pytest.mark.parametrize("values", [own(origin="resistance"), {}, {"progression_free_survival": {}}])
def test_a_median_from_another_time_zero_or_none_is_not_set_among_those_from_surgery(tmp_path, values):
    rows = series.forest_rows(load(tmp_path, {}), series.own_median(values), "This cohort")

    assert rows["source"].tolist() == ["published"]
    assert series.why_not_drawn(values).startswith("does not stand")


def test_under_a_constant_hazard_half_are_left_at_the_median_and_a_quarter_at_twice_the_time():
    assert series.implied_rate(7, 7) == 1 / 2
    assert series.implied_rate(7, 14) == 1 / 2 * 1 / 2


def test_a_median_that_is_not_reached_implies_no_rate(tmp_path):
    rows = series.forest_rows(load(tmp_path, {"printed": NOT_REACHED}), None, "")

    assert series.implied_table(rows, 12)["Median"].tolist() == [NOT_REACHED]
    assert "nan" not in series.implied_table(rows, 12).to_string()


def test_the_same_patients_are_paired_on_two_clocks(tmp_path):
    drawn = load(
        tmp_path,
        {"printed": "10"},
        {"printed": "25", "clock": "imatinib start"},
        {"printed": "40", "clock": "imatinib start", "population": "others"},
        {"printed": "50", "clock": "imatinib start", "quantity": "OS"},
    )

    assert series.two_clocks(drawn)["longer"].tolist() == pytest.approx([25 - 10])


def test_a_figure_is_said_as_printed_with_its_limits(tmp_path):
    drawn = load(tmp_path, {"lower": "2", "upper": "30.0"}, {"printed": "33", "unit_printed": "%", "at_months": "12"})

    assert [series.as_printed(row) for row in drawn.itertuples()] == ["12 months (2 to 30.0)", "33% at 12 months"]


def test_a_table_names_the_clock_of_each_figure(tmp_path):
    drawn = load(tmp_path, {}, {"clock": "not stated"})

    assert series.as_table(drawn)["Quantity"].tolist() == ["PFS from surgery", "PFS, time zero not stated"]


def test_the_paper_stands_among_the_series_as_it_stands_in_the_ledger():
    printed = claims.load_published().set_index("claim_id")["published"]
    paper = PUBLISHED.set_index("series_id")["printed"]

    assert (paper["wada_pfs"], paper["wada_os"]) == (printed["pfs_median"], printed["os_median"])


def test_a_figure_restated_by_others_names_them():
    assert set(PUBLISHED.loc[PUBLISHED["trust"] == "R-sec", "read_in"]) == {"NCI PDQ", "another article"}


def test_every_published_limit_encloses_its_median():
    limited = PUBLISHED.dropna(subset=["value_months", "lower_months", "upper_months"])

    assert (limited["lower_months"] < limited["value_months"]).all()
    assert (limited["value_months"] < limited["upper_months"]).all()


def test_parts_stand_one_after_another_under_their_names_with_the_same_rows(tmp_path):
    drawn = load(tmp_path, {"series_id": "a"}, {"series_id": "b", "clock": "not stated"})
    whole = series.in_parts({"Both": drawn, "None": drawn[:0], "Last": drawn[1:]})

    assert whole["Part"].tolist() == ["Both", "Both", "Last"]
    assert whole.drop(columns="Part").equals(series.as_table(pd.concat([drawn, drawn[1:]])))


def test_every_study_is_in_the_references_and_cited_in_the_chapter():
    references = (build.BOOK / "references.bib").read_text(encoding="utf-8")
    chapter = (build.BOOK / "chapters" / "published_series.md").read_text(encoding="utf-8")
    cited = {key for keys in re.findall(r"\{cite(?::t)?\}`([^`]+)`", chapter) for key in keys.split(",")}

    assert [key for key in set(PUBLISHED["citekey"]) if f"{{{key}," not in references] == []
    assert set(PUBLISHED["citekey"]) <= cited


def test_every_published_figure_is_in_a_table_of_the_chapter():
    unstated = series.among(series.on_clock(PUBLISHED, "not stated"), schemas.PROGRESSIONS + schemas.OTHER_DISEASE)
    tables = [series.on_clock(PUBLISHED, "surgery"), series.on_clock(PUBLISHED, "imatinib start"), unstated]
    tables.append(series.among(PUBLISHED, schemas.DRUG_LINES))
    paired = PUBLISHED[PUBLISHED["study"].isin(series.two_clocks(PUBLISHED)["study"])]

    assert set(PUBLISHED["series_id"]) == set(pd.concat([*tables, paired])["series_id"])


def test_no_two_rows_of_the_forest_look_alike():
    compared = series.medians(series.on_clock(PUBLISHED, "surgery", ["PFS", "TTP"]))
    rows = series.forest_rows(series.among(compared, schemas.PROGRESSIONS), None, "")

    assert not rows.duplicated(["label", "kind"]).any()
