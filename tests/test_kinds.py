"""Kinds of sheets that strangers bring, each made of real data of which R has told the answers."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import competing, contrasts, endpoints, estimates, lifetable
from gistbook.analysis.cases import long_frame
from gistbook.conventions import DAYS_PER_UNIT
from support import chapters
from support.sharing import one_of
from support.subjects import folder

REFERENCE = pd.read_csv(Path(__file__).parent / "reference" / "expected.csv", dtype={"group": str, "given": str})
RECURRENCE = pd.read_csv(Path(__file__).parent / "reference" / "recurrence_expected.csv", float_precision="round_trip")
ZERO = date(2000, 1, 1)
SETTINGS = 'title = "x"\naccess = "public"\n[parameters]\norigin = "{}"\n'
SHEET = SETTINGS.format("recorded") + '[endpoints.OS]\ntime = "futime"\nevent = "status"\nunit = "{}"\n'


def rows_of(dataset: str) -> pd.DataFrame:
    """Return the subjects of a data set, under names that a clinic may give them."""
    rows = long_frame().query("dataset == @dataset").reset_index(drop=True)
    return rows.assign(patient_id=[f"GIST-{number}" for number in rows.index])


def as_csv(rows: pd.DataFrame, **columns: str) -> str:
    """Return some columns of rows as CSV, under other names."""
    return rows[list(columns)].rename(columns=columns).to_csv(index=False)


def one_sheet_of_days(place):
    rows = rows_of("lung").assign(status=lambda rows: rows["event"].map({0: 1, 1: 2}))
    settings = SHEET.format("days") + 'events = ["2"]\ncensored = ["1"]'
    sheet = as_csv(rows, patient_id="patient_id", group="group", exit="futime", status="status")
    return "lung", "recorded", 1, folder(place, settings, patients=sheet)


def one_sheet_of_months_and_three_groups(place):
    rows = rows_of("gbsg2_grade").assign(status=lambda rows: rows["event"].map({0: "FALSE", 1: "TRUE"}))
    rows["exit"] = rows["exit"] / DAYS_PER_UNIT["months"]
    settings = SHEET.format("months") + 'events = ["true"]\ncensored = ["False"]'
    sheet = as_csv(rows, patient_id="patient_id", group="group", exit="futime", status="status")
    return "gbsg2_grade", "recorded", 1, folder(place, settings, patients=sheet)


def one_sheet_with_competing_ends(place):
    ended = lambda rows: rows["event"].where(rows["event"] == 1, rows.index % 2 * 2)  # noqa: E731
    rows = rows_of("lymphoma").assign(status=ended)
    settings = SHEET.format("days") + 'events = ["1"]\ncensored = ["0"]\ncompeting = ["2"]'
    sheet = as_csv(rows, patient_id="patient_id", group="group", exit="futime", status="status")
    return "lymphoma", "recorded", 1, folder(place, settings, patients=sheet)


def dates_and_four_groups(place):
    rows = rows_of("kidney_transplant").assign(resistance_date=ZERO)
    rows["last_contact"] = [ZERO + timedelta(days=int(end)) for end in rows["exit"]]
    rows["death_date"] = rows["last_contact"].where(rows["event"] == 1, "")
    names = ["patient_id", "group", "resistance_date", "last_contact", "death_date"]
    sheet = as_csv(rows, **dict(zip(names, names, strict=True)))
    return "kidney_transplant", "resistance", 1, folder(place, SETTINGS.format("resistance"), patients=sheet)


def long_table_in_weeks(place):
    rows = rows_of("rossi").assign(PARAMCD="OS", AVALU="weeks", CNSR=lambda rows: 1 - rows["event"])
    rows["exit"] = rows["exit"].astype(int)
    names = {"patient_id": "USUBJID", "group": "TRTA", "exit": "AVAL", "AVALU": "AVALU", "CNSR": "CNSR"}
    table = as_csv(rows, PARAMCD="PARAMCD", **names)
    return "rossi", "recorded", 7, folder(place, SETTINGS.format("recorded"), adtte=table)


def adam_data_sets(place):
    rows = rows_of("waltons").assign(PARAMCD="OS", STARTDT=ZERO, CNSR=lambda rows: 1 - rows["event"])
    rows["ADT"] = [ZERO + timedelta(days=int(end)) for end in rows["exit"]]
    times = as_csv(rows, patient_id="USUBJID", PARAMCD="PARAMCD", STARTDT="STARTDT", ADT="ADT", CNSR="CNSR")
    subjects = as_csv(rows, patient_id="USUBJID", group="TRT01A")
    return "waltons", "recorded", 1, folder(place, SETTINGS.format("recorded"), adsl=subjects, adtte=times)


def late_entry_by_dates(place):
    """Years with three decimals are taken for thousands of days."""
    rows = rows_of("aids_cohort").assign(imatinib_start=ZERO)
    entered, left = ([ZERO + timedelta(days=round(1000 * year)) for year in rows[name]] for name in ("entry", "exit"))
    rows = rows.assign(resistance_date=entered, last_contact=left)
    rows["death_date"] = rows["last_contact"].where(rows["event"] == 1, "")
    names = ["patient_id", "group", "imatinib_start", "resistance_date", "last_contact", "death_date"]
    sheet = as_csv(rows, **dict(zip(names, names, strict=True)))
    return "aids_cohort", "imatinib_start", 1000, folder(place, SETTINGS.format("imatinib_start"), patients=sheet)


def late_entry_as_a_column_of_years(place):
    rows = rows_of("aids_cohort")
    settings = SHEET.format("years") + 'events = 1\ncensored = 0\nentry = "came"'
    names = {"patient_id": "patient_id", "group": "group", "entry": "came", "exit": "futime", "event": "status"}
    return "aids_cohort", "recorded", DAYS_PER_UNIT["years"], folder(place, settings, patients=as_csv(rows, **names))


WIDE = """
[[tables.patients]]
file = "sheet.csv"
patient_id = "row number"
group = "arm"
resistance_date = "randomised"
last_contact = "seen"
death_date = { column = "seen", when = "vital", is = [1, "dead"] }
[values.patients.group]
1 = "treated"
2 = "control"
[formats]
dates = "%d/%m/%Y"
"""


def one_wide_sheet_of_dates(place):
    """Two groups as codes, dates with the day first, deaths as two codes, and nothing that names a patient."""
    rows = rows_of("waltons").sample(frac=1, random_state=1, ignore_index=True)
    rows = rows.assign(arm=rows["group"].map({"control": 2, "miR-137": 1}), randomised=f"{ZERO:%d/%m/%Y}")
    rows["seen"] = [f"{ZERO + timedelta(days=int(end)):%d/%m/%Y}" for end in rows["exit"]]
    rows["vital"] = (rows["event"] == 1).map({True: "1", False: "0"}).mask(rows.index % 2 == 1, None)
    rows["vital"] = rows["vital"].fillna(rows["event"].map({1: "Dead", 0: "alive"}))
    names = ["arm", "randomised", "seen", "vital"]
    sheet = as_csv(rows, **dict(zip(names, names, strict=True)))
    settings = SETTINGS.format("resistance") + WIDE.replace("treated", "miR-137")
    return "waltons", "resistance", 1, folder(place, settings, sheet=sheet)


KINDS = [
    one_wide_sheet_of_dates,
    one_sheet_of_days,
    one_sheet_of_months_and_three_groups,
    one_sheet_with_competing_ends,
    dates_and_four_groups,
    long_table_in_weeks,
    adam_data_sets,
    late_entry_by_dates,
    late_entry_as_a_column_of_years,
]


def of_r(dataset: str, quantity: str, **about) -> pd.Series:
    """Return what R tells of the groups of a data set."""
    rows = REFERENCE[(REFERENCE["dataset"] == dataset) & (REFERENCE["quantity"] == quantity)]
    for name, value in about.items():
        rows = rows[rows[name] == value]
    return rows.set_index("group")["value"].drop("All", errors="ignore")


@pytest.mark.parametrize("draw", one_of(3, KINDS))
def test_a_sheet_of_any_kind_gives_the_numbers_of_r(draw, tmp_path):
    dataset, origin, unit, place = draw(tmp_path / "x")
    cohort = build.load_cohort(place)
    counts = lifetable.protected(endpoints.derive_os(cohort, origin), cohort.policy, 1)
    medians = estimates.quantile(estimates.survival(counts)).set_index("group")["estimate"] / unit

    expected = of_r(dataset, "quantile", argument=0.5)
    assert medians.to_dict() == pytest.approx(expected.to_dict(), rel=1e-9, nan_ok=True)
    assert contrasts.logrank(counts)["p"] == pytest.approx(of_r(dataset, "logrank_p").item(), rel=1e-6)
    reference = sorted(medians.index)[0]
    ratios = contrasts.hazard_ratio(counts).set_index("group")["estimate"]
    asked = of_r(dataset, "hazard_ratio", given=reference)
    assert ratios.tolist() == pytest.approx(asked[sorted(asked.index)].tolist(), rel=1e-6)


REPEATED = """
[[tables.patients]]
file = "sheet.csv"
patient_id = "id"
group = "arm"
resistance_date = "start"
last_contact = "seen"
[[tables.operations]]
file = "sheet.csv"
patient_id = "id"
operation_date = "start"
"""
NEXT = '[[tables.operations]]\nfile = "sheet.csv"\npatient_id = "id"\noperation_date = "again_{}"\n'


def infections() -> list[list[str]]:
    """Return of each patient of `cgd` the name, group, first day and last, and the days of infections."""
    told = RECURRENCE[RECURRENCE["dataset"] == "cgd"]
    exits = told[told["quantity"] == "exit"].rename(columns={"argument": "id"})
    later = told[told["quantity"] == "recurrence"].groupby(["group", "argument"])["value"].apply(sorted).to_dict()
    day = lambda number: str(ZERO + timedelta(days=int(number)))  # noqa: E731
    return [
        [f"c-{int(row.id)}", row.group, str(ZERO), day(row.value), *map(day, later.get((row.group, row.id), []))]
        for row in exits.itertuples()
    ]


def repeated_events_of_a_wide_sheet(place) -> Path:
    """Write one sheet of dates, a column for each infection that a patient had, as clinics do."""
    rows = infections()
    most = max(map(len, rows)) - 4
    columns = ["id", "arm", "start", "seen", *(f"again_{number}" for number in range(most))]
    sheet = pd.DataFrame(rows, columns=columns).to_csv(index=False)
    settings = SETTINGS.format("first_operation") + REPEATED + "".join(map(NEXT.format, range(most)))
    return folder(place, settings, sheet=sheet)


def repeated_events_of_a_long_table(place) -> Path:
    """Write a table of patients and one of events, a row for each, in no order, and with days in the French way."""
    french = lambda day: "/".join(reversed(day.split("-")))  # noqa: E731
    rows = [[row[0], row[1], *map(french, row[2:])] for row in infections()]
    patients = "\n".join(",".join(row[:4]) for row in rows)
    events = "\n".join(f"{row[0]},{day}" for row in reversed(rows) for day in [*reversed(row[4:]), row[2]])
    settings = SETTINGS.format("first_operation") + '[formats]\ndates = "%d/%m/%Y"\n'
    head = "patient_id,group,resistance_date,last_contact\n"
    return folder(place, settings, patients=head + patients, operations=f"patient_id,operation_date\n{events}")


@pytest.mark.parametrize("draw", [repeated_events_of_a_wide_sheet, repeated_events_of_a_long_table])
def test_repeated_events_have_the_mean_of_r(draw, tmp_path):
    curve = competing.mean_cumulative_count(build.load_cohort(draw(tmp_path / "x")))

    answers = RECURRENCE.query("dataset == 'cgd' and quantity == 'mean'")
    for group, rows in answers.groupby("group"):
        ours = curve[curve["group"] == group].set_index("time")["mean"].loc[rows["argument"]]
        assert ours.tolist() == pytest.approx(rows["value"].tolist(), rel=1e-9, abs=1e-12)


@pytest.mark.whole
@pytest.mark.parametrize("draw", KINDS)
def test_a_sheet_of_any_kind_has_something_to_say_in_every_chapter(draw, tmp_path):
    pages = chapters.pages(draw(tmp_path / "x")[-1])

    assert [slug for slug, page in pages.items() if "nan" in page.text.lower().split()] == []
