"""The long table of results has each number that the book prints, and R reads it as it is."""

import csv
import io
import json
import subprocess

import pytest

from gistbook.book import results

RECORD = {"measure": "quantile", "unit": "months", "value": 14.5, "lower": 5.7, "upper": None, "level": 0.95,
          "events": 15, "n": 18, "group": "S-group", "phrase": "14.5 months"}  # fmt: skip
CURVE = '# A note.\n"group","time","time_months","survival","at_risk"\n"=1",0,0.0,1.0,4\n"=1",30,1.0,NA,2\n'
QUARTILES = '"kind","level","group","estimate","lower","upper"\n"median","median","A",5.0,4.0,6.0\n'


def of_one(record: dict) -> dict[str, tuple]:
    """Statistics of one pasted record, by name: the number as text, its label and its decimals."""
    rows = results.rows({"survival": {"key": record}}, {}, "public", "Public data.")
    return {row["stat_name"]: (row["stat"], row["stat_label"], row["fmt"]) for row in rows[1:]}


def test_a_median_has_its_limits_its_events_and_patients_and_what_is_unknown_is_said():
    assert of_one(RECORD) == {
        "estimate": ("14.5", "Median, months", "1"),
        "conf.low": ("5.7", "Lower confidence limit", "1"),
        "conf.high": ("NA", "Upper confidence limit", "1"),
        "conf.level": ("0.95", "Confidence level", ""),
        "n.event": ("15", "Number of events", ""),
        "N": ("18", "Number of whom", ""),
    }


def test_a_count_a_test_and_the_parts_of_a_list_are_rows_of_their_own():
    count = of_one({"unit": "count", "value": 14.0, "n": 15, "share": 14 / 15, "phrase": "14 of 15"})
    assert {name: text for name, (text, _, _) in count.items()} == {"n": "14.0", "N": "15", "p": repr(14 / 15)}
    assert of_one({"unit": "p", "value": 0.03, "phrase": "p = 0.03"}) == {"p.value": ("0.03", "p-value", "")}
    assert of_one({"value": None, "phrase": "not recorded"}) == {}
    both = {"parts": {"A": RECORD | {"group": "A"}, "B": RECORD | {"group": "B"}}, "value": None, "phrase": "two"}
    rows = results.rows({"survival": {"key": both}}, {}, "public", "Public data.")
    assert [row["group1_level"] for row in rows if row["stat_name"] == "N"] == ["A", "B"]


@pytest.mark.parametrize("unit", ["days", "weeks", "months", "years"])
def test_each_number_behind_a_figure_is_at_its_group_and_time_whatever_the_unit_of_the_book(unit):
    text = CURVE.replace("time_months", f"time_{unit}")
    rows = results.rows({}, {"survival-curve": text}, "synthetic", "Synthetic data.")
    told = [(row["group1_level"], row["variable_level"], row["stat_name"], row["stat"]) for row in rows[1:]]
    assert told == [("=1", "0", "estimate", "1.0"), ("=1", "0", "n.risk", "4"),
                    ("=1", "30", "estimate", "NA"), ("=1", "30", "n.risk", "2")]  # fmt: skip
    assert {(row["context"], row["variable"], row["data"]) for row in rows[1:]} == {("survival", "curve", "synthetic")}


def test_quartiles_are_called_so():
    rows = results.rows({}, {"baseline-characteristics": QUARTILES}, "public", "Public data.")
    assert [row["stat_name"] for row in rows[1:]] == ["estimate", "p25", "p75"]


def test_a_group_that_a_spreadsheet_would_compute_is_text_and_json_says_the_same():
    rows = results.rows({}, {"survival-curve": CURVE}, "public", "Public data.")
    read = list(csv.DictReader(io.StringIO(results.as_csv(rows))))
    assert {row["group1_level"] for row in read[1:]} == {"'=1"}
    written = json.loads(results.as_json(rows))
    assert [row["stat"] for row in written[1:]] == [1.0, 4.0, None, 2.0]
    assert [row["stat_name"] for row in written] == [row["stat_name"] for row in read]


@pytest.fixture(scope="module")
def offered(bundled_book):
    """Return the results of the bundled book as rows."""
    text = (bundled_book / "html" / "downloads" / results.CSV).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_book_offers_every_pasted_number_and_table_1(bundled_book, offered):
    values = json.loads((bundled_book / "values.json").read_text(encoding="utf-8"))
    wanted = {(slug, key) for slug in values for key, record in values[slug].items() if record.get("value") is not None}
    assert wanted
    assert wanted <= {(row["context"], row["variable"]) for row in offered}
    frames = json.loads((bundled_book / "frames.json").read_text(encoding="utf-8"))
    wanted = {(slug, key) for slug in frames for key in frames[slug]}
    assert ("baseline", "characteristics") in wanted <= {(row["context"], row["variable"]) for row in offered}
    assert {row["data"] for row in offered} == {"synthetic"}


def test_r_reads_the_table_as_it_is_and_filters_it(bundled_book, rscript):
    program = """d <- read.csv(commandArgs(TRUE)[1])
    s <- subset(d, context == "progression_free_survival" & variable == "pfs_median")
    cat(s$stat[s$stat_name == "estimate"], s$stat[s$stat_name == "n.event"], is.numeric(d$stat))"""
    path = bundled_book / "html" / "downloads" / results.CSV
    done = subprocess.run([rscript, "-e", program, path], capture_output=True, text=True, check=True)
    values = json.loads((bundled_book / "values.json").read_text(encoding="utf-8"))
    median = values["progression_free_survival"]["pfs_median"]
    value, events, numeric = done.stdout.split()
    assert float(value) == pytest.approx(median["value"], abs=1e-5)
    assert (int(events), numeric) == (median["events"], "TRUE")
