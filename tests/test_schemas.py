"""Schemas: the columns of every frame, and the line between patients and estimates."""

import pandas as pd
import pytest

from gistbook import schemas
from gistbook.conventions import PatientDataError

SUBJECT_FRAMES = {"adsl": schemas.ADSL, "adtte": schemas.ADTTE}
ESTIMATE_FRAMES = {
    "counts": schemas.COUNTS,
    "curve": schemas.CURVE,
    "estimates": schemas.ESTIMATES,
    "flow": schemas.FLOW,
    "claims": schemas.CLAIMS,
}
FRAMES = {**schemas.TABLES, **SUBJECT_FRAMES, **ESTIMATE_FRAMES}


def repeated(names: list[str]) -> set[str]:
    """Return the names that stand twice."""
    return {name for name in names if names.count(name) > 1}


@pytest.mark.parametrize("frame", FRAMES)
def test_no_frame_names_a_column_twice(frame):
    assert repeated(schemas.names(FRAMES[frame])) == set()


@pytest.mark.parametrize("table", schemas.TABLES)
def test_no_table_gives_an_adam_name_twice(table):
    assert repeated([column.adam for column in schemas.TABLES[table]]) == set()


@pytest.mark.parametrize("table", schemas.TABLES)
def test_every_column_of_a_table_has_an_uppercase_adam_name(table):
    assert [column.name for column in schemas.TABLES[table] if not column.adam.isupper()] == []


@pytest.mark.parametrize("table", schemas.TABLES)
def test_every_column_of_a_table_is_named_in_lowercase_to_whoever_fills_it_in(table):
    assert [column.name for column in schemas.TABLES[table] if not column.name.islower()] == []


@pytest.mark.parametrize("table", schemas.TABLES)
def test_every_table_requires_the_identifier_of_the_patient(table):
    assert schemas.TABLES[table][0][:2] == ("patient_id", "text")
    assert schemas.TABLES[table][0].required


@pytest.mark.parametrize("frame", SUBJECT_FRAMES)
def test_a_frame_of_subjects_has_uppercase_columns_only(frame):
    assert [name for name in schemas.names(SUBJECT_FRAMES[frame]) if not name.isupper()] == []


@pytest.mark.parametrize("frame", ESTIMATE_FRAMES)
def test_a_frame_of_estimates_has_lowercase_columns_only(frame):
    assert [name for name in schemas.names(ESTIMATE_FRAMES[frame]) if not name.islower()] == []


@pytest.mark.parametrize("frame", FRAMES)
def test_every_column_has_a_known_kind_and_a_meaning(frame):
    told = [column.kind in ("text", "number", "date") and bool(column.meaning) for column in FRAMES[frame]]

    assert all(told)


@pytest.mark.parametrize("frame", FRAMES)
def test_only_text_has_permitted_values(frame):
    assert [c.name for c in FRAMES[frame] if c.permitted and c.kind != "text"] == []


def test_a_column_of_one_name_has_one_adam_name_in_all_tables():
    pairs = {(column.name, column.adam) for table in schemas.TABLES.values() for column in table}

    assert len({name for name, _ in pairs}) == len(pairs)


def test_estimates_pass_as_they_are():
    estimates = pd.DataFrame({"group": ["a"], "At risk": [3]})

    assert schemas.estimates_only(estimates) is estimates


@pytest.mark.parametrize("column", ["USUBJID", "AVAL", "TRT01A"])
def test_a_column_of_a_patient_is_refused_by_its_name(column):
    frame = pd.DataFrame({"group": ["a"], column: ["secret"]})

    with pytest.raises(PatientDataError, match=column):
        schemas.estimates_only(frame)


def test_a_refusal_tells_no_value():
    frame = pd.DataFrame({"USUBJID": ["secret"]})

    with pytest.raises(PatientDataError) as refused:
        schemas.estimates_only(frame)

    assert "secret" not in str(refused.value)
