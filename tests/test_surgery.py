"""Operations and their harm, of patients few enough to count on one hand."""

import pytest

from gistbook import build
from gistbook.analysis import competing, endpoints, surgery
from gistbook.conventions import WARNING, UsageError
from gistbook.intake.folder import check_folder
from support.subjects import PATIENTS, folder

OPERATIONS = """
patient_id,operation_date,indication,procedure,clavien_dindo,operative_minutes,imatinib_restart
a,2010-02-01,resistance,resection,IIIb,100,2010-02-21
b,2010-03-01,resistance,ablation,I,200,
b,2011-03-01,further_progression,resection,II,400,2011-04-01
"""


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return build.load_cohort(folder(tmp_path_factory.mktemp("drawn"), patients=PATIENTS, operations=OPERATIONS))


@pytest.fixture(scope="module")
def unoperated(tmp_path_factory):
    return build.load_cohort(folder(tmp_path_factory.mktemp("unoperated"), patients=PATIENTS))


def test_every_operation_is_counted_by_what_was_done(cohort):
    described = surgery.operations_described(cohort).set_index(["item", "level"])

    assert described.loc[("Procedure", "resection")]["count"] == 2
    assert described.loc[("Procedure", "ablation")]["estimate"] == pytest.approx(1 / 3)


def test_a_measurement_has_its_median_and_quartiles(cohort):
    row = surgery.operations_described(cohort).set_index("item").loc["Operating time"]

    assert (row["estimate"], row["lower"], row["upper"]) == (200, 150, 300)


def test_a_patient_has_the_worst_grade_of_all_operations(cohort):
    assert surgery.worst_grades(cohort).set_index("level")["count"].to_dict() == {"II": 1, "IIIb": 1}


@pytest.mark.parametrize(
    ("threshold", "patients", "operations"),
    [("II", (2, 2), (2, 3)), ("III", (1, 2), (1, 3)), ("IIIb", (1, 2), (1, 3)), ("IV", (0, 2), (0, 3))],
)
def test_what_is_serious_depends_on_the_threshold(cohort, threshold, patients, operations):
    assert surgery.serious(cohort, threshold) == {"patients": patients, "operations": operations}


def test_a_threshold_that_does_not_exist_is_refused_with_those_that_do(cohort):
    with pytest.raises(UsageError, match="II, III, IIIb, IV"):
        surgery.serious(cohort, "bad")


def test_a_death_counts_against_every_operation_that_it_follows_in_time(cohort):
    assert surgery.deaths_within(cohort, 30) == (0, 3)
    assert surgery.deaths_within(cohort, 699) == (1, 2)


def test_a_patient_who_is_not_followed_so_long_is_in_no_denominator(cohort):
    assert surgery.deaths_within(cohort, 5000) == (1, 1)


def test_restart_counts_patients_by_their_first_operation(cohort):
    assert surgery.restarted(cohort) == (1, 2)


def test_a_restart_that_nobody_recorded_is_unknown_and_not_none(tmp_path):
    blank = OPERATIONS.replace("2010-02-21", "").replace("2011-04-01", "")
    cohort = build.load_cohort(folder(tmp_path / "blank", patients=PATIENTS, operations=blank))

    assert surgery.restarted(cohort) == (0, 0)


def test_repeated_operations_are_counted_by_patient(cohort):
    assert surgery.reoperated(cohort) == (1, 2)


def test_without_operations_nothing_is_counted(unoperated):
    assert surgery.operations_described(unoperated).empty
    assert surgery.worst_grades(unoperated).empty
    assert surgery.serious(unoperated, "III")["patients"] == (0, 0)
    assert surgery.deaths_within(unoperated, 30) == (0, 0)


def test_an_endpoint_is_divided_by_the_resection_at_the_first_operation(tmp_path):
    done = "patient_id,operation_date,resection_all\na,2010-02-01,R0\nb,2010-03-01,R2\nb,2011-03-01,R0"
    cohort = build.load_cohort(folder(tmp_path / "resected", patients=PATIENTS, operations=done))
    divided = surgery.by_resection(cohort, endpoints.derive_os(cohort))

    assert divided.set_index("USUBJID")["TRTA"].to_dict() == {"a": "R0", "b": "R2"}


def test_without_operations_nobody_is_divided(unoperated):
    assert surgery.by_resection(unoperated, endpoints.derive_os(unoperated, "resistance")).empty


UNUSUAL = """
patient_id,operation_date,indication
a,2009-06-01,
a,2010-02-01,resistance
a,2010-02-09,complication
b,2010-03-01,resistance
b,2010-04-01,staged
c,2011-02-01,emergency
"""
"""Before resistance a primary tumour was resected; a was opened again for a complication, c in an emergency."""


@pytest.fixture(scope="module")
def unusual(tmp_path_factory):
    return build.load_cohort(folder(tmp_path_factory.mktemp("unusual"), patients=PATIENTS, operations=UNUSUAL))


def test_an_emergency_makes_nobody_operated_on_for_resistance(unusual):
    groups = unusual.adsl.set_index("USUBJID")["TRT01A"]

    assert groups[["a", "c"]].tolist() == ["S-group", "M-group"]


def test_a_complication_is_no_repeated_operation(unusual):
    assert surgery.reoperated(unusual) == (1, 2)
    assert competing.operation_counts(unusual)["count"].tolist() == [1, 1]


def test_an_operation_for_a_complication_is_described_with_its_indication(unusual):
    described = surgery.operations_described(unusual).set_index(["item", "level"])

    assert described.loc[("Indication", "complication")]["count"] == 1


def test_an_operation_before_resistance_is_allowed_and_told(tmp_path):
    found = check_folder(folder(tmp_path / "unusual", patients=PATIENTS, operations=UNUSUAL)).findings

    assert [(f.severity, f.rows) for f in found if f.column == "operation_date"] == [(WARNING, (2,))]
