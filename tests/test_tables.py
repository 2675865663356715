"""Tables: plain, escaped, and readable by whoever hears them."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gistbook import schemas
from gistbook.analysis import baseline, exposure, surgery
from gistbook.conventions import NOT_RECORDED, PatientDataError
from gistbook.display import tables
from gistbook.schemas import MOST_LEVELS, listed_levels

HOSTILE = "</td><script>alert('x')</script>"


def html(frame: pd.DataFrame, caption: str = "A caption.", note: str = "") -> str:
    """Return the HTML of a frame set as a table."""
    return tables.show(frame, caption, note)._repr_html_()


def test_a_table_begins_with_its_caption_and_the_note_on_the_data():
    shown = html(pd.DataFrame({"Group": ["a"]}), "Deaths.", "Drawn patients.")

    assert "<table><caption>Deaths. Drawn patients.</caption><thead>" in shown


def test_without_a_note_the_caption_stands_alone():
    assert "<caption>Deaths.</caption>" in html(pd.DataFrame({"Group": ["a"]}), "Deaths.")


def test_every_column_has_a_header_cell():
    shown = html(pd.DataFrame({"Group": ["a"], "Deaths": [3]}))

    assert '<tr><th scope="col">Group</th><th scope="col">Deaths</th></tr>' in shown


def test_the_first_cell_of_a_row_is_its_header():
    shown = html(pd.DataFrame({"Group": ["a"], "Deaths": [3]}))

    assert '<tr><th scope="row">a</th><td>3</td></tr>' in shown


def test_a_label_that_stands_in_rows_below_one_another_is_said_once_and_heads_them_all():
    shown = html(pd.DataFrame({"Group": ["a", "a", "b", "a"], "At": [1, 2, 1, 3]}))

    assert re.findall(r"<tr>(<th scope=\"row\".*?)</tr>|<tr>(<td>.*?)</tr>", shown) == [
        ('<th scope="row" rowspan="2">a</th><td>1</td>', ""),
        ("", "<td>2</td>"),
        ('<th scope="row">b</th><td>1</td>', ""),
        ('<th scope="row">a</th><td>3</td>', ""),
    ]


def test_a_folded_table_is_one_that_opens_by_some_words_and_otherwise_the_same():
    table = tables.show(pd.DataFrame({"Group": ["a"]}), "A caption.")
    folded = tables.folded(table, "Show <it>")

    assert folded.html.startswith(
        '<div class="gb-table" tabindex="0"><details class="gb-fold"><summary>Show &lt;it&gt;</summary><table>'
    )
    assert re.sub(r"</?details.*?>|<summary>.*?</summary>", "", folded.html) == table.html


def test_a_wide_table_can_be_scrolled_by_keyboard():
    assert html(pd.DataFrame({"Group": ["a"]})).startswith('<div class="gb-table" tabindex="0">')


@pytest.mark.parametrize(
    ("frame", "caption"),
    [
        (pd.DataFrame({"Group": [HOSTILE]}), "C."),
        (pd.DataFrame({"Group": ["a"], "Cell": [HOSTILE]}), "C."),
        (pd.DataFrame({HOSTILE: ["a"]}), "C."),
        (pd.DataFrame({"Group": ["a"]}), HOSTILE),
        (pd.DataFrame({"Group": []}), HOSTILE),
    ],
    ids=["row header", "cell", "column header", "caption", "caption of nothing"],
)
def test_markup_in_the_data_is_shown_and_does_nothing(frame, caption):
    shown = html(frame, caption)

    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_a_column_of_a_patient_is_refused():
    with pytest.raises(PatientDataError, match="USUBJID"):
        html(pd.DataFrame({"USUBJID": ["p1"]}))


def test_a_column_of_a_patient_is_refused_in_an_empty_table_too():
    with pytest.raises(PatientDataError, match="AVAL"):
        html(pd.DataFrame({"AVAL": []}))


def test_an_empty_table_says_that_it_is_not_recorded():
    shown = html(pd.DataFrame({"Group": [], "Deaths": []}), "Deaths.", "Drawn patients.")

    assert "<caption>Deaths. Drawn patients. (Not recorded in this cohort.)</caption>" in shown


def test_an_empty_table_without_a_note_has_no_gap_in_its_caption():
    assert "<caption>Deaths. (Not recorded in this cohort.)</caption>" in html(pd.DataFrame({"Group": []}), "Deaths.")


@pytest.mark.parametrize("missing", [None, np.nan, pd.NaT, pd.NA])
def test_a_missing_cell_is_said_in_words(missing):
    shown = html(pd.DataFrame({"Group": ["a"], "Deaths": [missing]}))

    assert f"<td>{NOT_RECORDED}</td>" in shown


def test_a_count_beside_a_missing_one_stays_whole():
    shown = html(pd.DataFrame({"Group": ["a", "b"], "Deaths": pd.array([3, None], dtype="Int64")}))

    assert "<td>3</td>" in shown


def test_in_plain_text_a_table_has_no_row_numbers():
    assert repr(tables.show(pd.DataFrame({"Deaths": [7]}), "C.")).split() == ["Deaths", "7"]


def test_pairs_are_a_table_of_two_columns():
    shown = tables.pairs({"word": "meaning"}, ["Words", "Meaning"], "C.").html

    assert re.findall(r">([^<>]+)<", shown) == ["C.", "Words", "Meaning", "word", "meaning"]


@pytest.mark.parametrize("table", schemas.TABLES)
def test_the_dictionary_of_a_table_has_a_row_for_every_column(table):
    shown = tables.dictionary(schemas.TABLES[table], "C.").html

    assert re.findall(r'<th scope="row">(.*?)</th>', shown) == schemas.names(schemas.TABLES[table])


def test_a_dictionary_tells_unit_permitted_values_and_adam_name():
    column = schemas.Column("age", "number", "Age", "years", ("1", "2"), adam="AGE")
    shown = tables.dictionary((column,), "C.").html

    assert "<td>Age</td><td>years</td><td>1, 2</td><td>AGE</td>" in shown


def test_a_dictionary_of_estimates_has_no_column_of_adam_names():
    assert "ADaM" not in tables.dictionary(schemas.CURVE, "C.").html


MANY = [f"site {i:03}" for i in range(300)]
FEW_MORE = ["liver"] * 300 + MANY


def test_levels_of_a_free_text_are_listed_up_to_a_number():
    assert set(listed_levels(dict.fromkeys(MANY[:MOST_LEVELS], 1)).values()) == set(MANY[:MOST_LEVELS])


def test_beyond_it_the_most_frequent_are_listed_and_the_rest_is_one():
    listed = listed_levels({**dict.fromkeys(MANY, 1), "liver": 5})
    names = list(dict.fromkeys(listed.values()))

    assert (len(names), names[0], names[-1]) == (MOST_LEVELS, "liver", f"other ({302 - MOST_LEVELS} levels)")


@pytest.fixture
def scattered():
    """Return patients at baseline, half of whom have a primary site and a metastasis like nobody else's."""
    columns = dict.fromkeys(schemas.names(schemas.ADSL), None)
    sites = [f"liver;{site}" for site in FEW_MORE]
    return pd.DataFrame({**columns, "TRT01A": ["a", "b"] * 300, "PRIMSITE": FEW_MORE, "METSITES": sites}).astype(
        {"IMASTDT": "datetime64[ns]", "RESISTDT": "datetime64[ns]"}
    )


@pytest.mark.parametrize("name", ["Primary site", "Metastatic sites"])
def test_characteristics_in_free_text_have_so_many_rows_at_most(scattered, name):
    rows = baseline.characteristics(scattered)

    assert rows.loc[rows["characteristic"] == name, "level"].nunique() == MOST_LEVELS


def test_every_patient_is_in_one_level_of_a_characteristic(scattered):
    rows = baseline.characteristics(scattered)

    assert rows.loc[rows["characteristic"] == "Primary site", "count"].sum() == len(scattered)


def test_a_patient_with_several_rare_sites_is_one_patient_with_other_sites(scattered):
    rare = scattered.assign(METSITES=[f"{site};{site} too" for site in FEW_MORE])
    rows = baseline.characteristics(rare)
    other = rows[(rows["characteristic"] == "Metastatic sites") & rows["level"].str.startswith("other")]

    assert (other["count"] <= other["n"]).all()


def test_a_rare_drug_is_counted_among_the_others():
    days = pd.date_range("2020-01-01", periods=600)
    people = {"USUBJID": [f"p{i}" for i in range(600)], "TRT01A": "a", "RESISTDT": days[0]}
    adsl = pd.DataFrame({**people, "DTHDT": pd.NaT, "LSTALVDT": days[-1], "IMASTDT": days[0]})
    taken = pd.DataFrame({"USUBJID": adsl["USUBJID"], "TRT": FEW_MORE, "ASTDT": days[1], "AENDT": days[2]})
    taken = taken.assign(DOSE=1.0, SCHEDULE="")
    rows = exposure.drugs_by_line(SimpleNamespace(adsl=adsl, exposures=taken))

    assert rows["drug"].nunique() == MOST_LEVELS
    assert rows.groupby("line")["count"].sum().tolist() == [600, 600]


def test_rare_procedures_are_summed():
    rows = pd.DataFrame({"OPPROC": FEW_MORE})
    levels = surgery._described(rows, {"OPPROC": "Procedure"})

    assert len(levels) == MOST_LEVELS
    assert levels["count"].sum() == len(rows)


def test_rows_have_the_ids_that_links_lead_to():
    shown = tables.show(pd.DataFrame({"Claim": ["one", "two"]}), "C.")
    html = tables.anchored(shown, ["claim-one", "claim-two"])._repr_html_()

    assert '<tr id="claim-one"><th scope="row">one' in html
    assert '<tr id="claim-two"><th scope="row">two' in html


@pytest.mark.parametrize("ids", [["claim-one"], ["a", "a"], ["a", 'b"><script>'], ["a", "B"]])
def test_ids_that_are_no_safe_names_of_all_rows_are_refused(ids):
    with pytest.raises(ValueError, match="ids of the rows"):
        tables.anchored(tables.show(pd.DataFrame({"Claim": ["one", "two"]}), "C."), ids)


def test_no_complication_is_printed_as_none_and_is_no_grade():
    about = {"unit": "patients", "count": 2, "n": 4, "estimate": 0.5, "lower": np.nan, "upper": np.nan}
    rows = [{"item": item, "level": level, **about} for item in ("Worst grade", "Procedure") for level in ("0", "I")]

    assert tables.parts(pd.DataFrame(rows))["Level"].tolist() == ["none", "I", "0", "I"]


def test_quantities_that_r_was_asked_for_have_names_and_no_difference_is_zero():
    rows = pd.DataFrame({"quantity": ["follow_up_lower", "logrank_p", "at_risk"], "largest": [0.0, 3e-15, 0.0]})

    told = tables.differences(rows.assign(datasets=2, values=4))

    assert told["Quantity"].tolist() == ["median follow-up, lower limit", "log-rank test, p", "at risk"]
    assert told["Largest difference"].tolist() == ["0", "3e-15", "0"]
