"""No effect is printed where there is nobody to compare with."""

from gistbook import build
from gistbook.analysis import precision
from support.subjects import OPERATIONS, PATIENTS, folder


def counts_of(place, patients=PATIENTS, **tables):
    return precision.overlap(build.load_cohort(folder(place, patients=patients, **tables)))


def test_patients_are_counted_by_pattern_and_operation(tmp_path):
    counts = counts_of(tmp_path, operations=OPERATIONS)

    assert counts.values.tolist() == [["generalized", 0, 2], ["localized", 2, 0]]


def test_treatment_by_rule_is_refused_an_adjusted_effect(tmp_path):
    counts = counts_of(tmp_path, operations=OPERATIONS)

    assert precision.comparable(counts) == []
    assert precision.adjusted_effect(counts).startswith("not given, because no pattern")


def test_a_pattern_with_both_treatments_is_named(tmp_path):
    counts = counts_of(tmp_path, operations="patient_id,operation_date\na,2010-02-01\nc,2011-02-01")

    assert precision.comparable(counts) == ["generalized", "localized"]
    assert precision.adjusted_effect(counts).startswith("not given: only generalized and localized")


def test_a_cohort_without_patterns_is_refused_too(tmp_path):
    counts = counts_of(tmp_path, PATIENTS.replace("resistance_pattern", "unused_column"))

    assert "not recorded" in precision.adjusted_effect(counts)
