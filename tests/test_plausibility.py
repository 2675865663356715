"""The bundled cohort as a specialist would read it: a rule a function, which gives the patients who break it."""

import numpy as np
import pandas as pd
import pytest

from gistbook import build
from gistbook.analysis import endpoints, estimates, exposure, lifetable
from gistbook.conventions import DAYS_PER_MONTH, months

BUNDLED = build.BOOK / "data" / "wada2021"
DATES = ["start", "end", "assessment_date", "operation_date", "death_date", "last_contact", "resistance_date"]
LATE = ("sunitinib", "regorafenib")


def read(table: str) -> pd.DataFrame:
    rows = pd.read_csv(BUNDLED / f"{table}.csv", keep_default_na=False, dtype={"dose_mg_per_day": float})
    rows = rows.assign(**{name: pd.to_datetime(rows[name]) for name in DATES if name in rows})
    return rows


PATIENTS, OPERATIONS, ASSESSMENTS = read("patients"), read("operations"), read("assessments")
EXPOSURES = read("exposures").merge(PATIENTS[["patient_id", "last_contact", "death_date", "resistance_date"]])
EXPOSURES["last_day"] = EXPOSURES["end"].fillna(EXPOSURES["last_contact"])
DAYS = (EXPOSURES["last_day"] - EXPOSURES["start"]).dt.days + 1
PROGRESSIONS = ASSESSMENTS[ASSESSMENTS["response"] == "PD"]
SCANS_ON_DRUGS = ASSESSMENTS.merge(EXPOSURES, on="patient_id").query("start <= assessment_date <= last_day")
LAST_OF_COURSE = EXPOSURES.drop_duplicates(["patient_id", "drug"], keep="last")


def days_at(drug: str, dose: float | None = None) -> pd.Series:
    """Days on a drug, or at one dose of it, by patient."""
    taken = (EXPOSURES["drug"] == drug) & ((EXPOSURES["dose_mg_per_day"] == dose) | (dose is None))
    return DAYS[taken].groupby(EXPOSURES["patient_id"]).sum()


def scanned_off_all_drugs() -> set:
    ends = EXPOSURES.groupby("patient_id")["last_day"].max() + pd.Timedelta(days=30)
    return set(ASSESSMENTS[ASSESSMENTS["assessment_date"] > ASSESSMENTS["patient_id"].map(ends)]["patient_id"])


def a_response_without_a_new_drug() -> set:
    on_new = SCANS_ON_DRUGS[SCANS_ON_DRUGS["drug"].isin(LATE)]
    seen = pd.MultiIndex.from_frame(ASSESSMENTS[["patient_id", "assessment_date"]])
    explained = seen.isin(pd.MultiIndex.from_frame(on_new[["patient_id", "assessment_date"]]))
    return set(ASSESSMENTS[ASSESSMENTS["response"].isin(["PR", "CR"]) & ~explained]["patient_id"])


def a_response_that_comes_and_goes() -> set:
    scans = ASSESSMENTS.sort_values(["patient_id", "assessment_date"])
    following = scans.groupby("patient_id")["response"].shift(-1)
    return set(scans[scans["response"].isin(["PR", "CR"]) & (following == "SD")]["patient_id"])


def a_progression_within_six_weeks_of_a_new_treatment() -> set:
    begun = EXPOSURES[EXPOSURES["start"] > EXPOSURES["resistance_date"]]
    begun = begun[begun["drug"] != begun.groupby("patient_id")["drug"].shift()][["patient_id", "start"]]
    operated = OPERATIONS[["patient_id", "operation_date"]].set_axis(["patient_id", "start"], axis=1)
    drugs = begun[~begun["patient_id"].isin(operated["patient_id"])]
    pairs = PROGRESSIONS.merge(pd.concat([drugs, operated]))
    waited = (pairs["assessment_date"] - pairs["start"]).dt.days
    return set(pairs[(waited >= 0) & (waited < 42)]["patient_id"])


def supportive_care_of_more_than_half_a_year() -> set:
    ends = PATIENTS["patient_id"].map(EXPOSURES.groupby("patient_id")["last_day"].max())
    return set(PATIENTS[(PATIENTS["death_date"] - ends).dt.days > 183]["patient_id"])


def a_drug_that_goes_on_half_a_year_after_generalized_progression() -> set:
    generalized = PROGRESSIONS[PROGRESSIONS["progression_pattern"] == "generalized"].merge(EXPOSURES, on="patient_id")
    on = generalized[generalized["start"] <= generalized["assessment_date"]]
    return set(on[(on["last_day"] - on["assessment_date"]).dt.days > 183]["patient_id"])


def a_drug_that_stops_for_progression_without_a_scan() -> set:
    stops = EXPOSURES[EXPOSURES["stop_reason"] == "progression"].reset_index()
    pairs = stops.merge(PROGRESSIONS, on="patient_id")
    since = (pairs["end"] - pairs["assessment_date"]).dt.days
    return set(stops[~stops["index"].isin(pairs[(since >= 0) & (since <= 14)]["index"])]["patient_id"])


def a_full_dose_of_sunitinib_for_a_year() -> set:
    return set(days_at("sunitinib", 50)[lambda days: days > 365].index)


def a_full_dose_of_regorafenib_for_half_a_year() -> set:
    return set(days_at("regorafenib", 160)[lambda days: days > 183].index)


def sunitinib_for_more_than_three_years() -> set:
    return set(days_at("sunitinib")[lambda days: days > 1096].index)


def regorafenib_for_two_years() -> set:
    return set(days_at("regorafenib")[lambda days: days > 24 * DAYS_PER_MONTH].index)


def a_dose_that_is_raised_again() -> set:
    doses = EXPOSURES.sort_values("start").groupby(["patient_id", "drug"])["dose_mg_per_day"]
    return set(EXPOSURES[doses.diff().reindex(EXPOSURES.index) > 0]["patient_id"])


def a_reduction_without_an_interruption() -> set:
    rows = EXPOSURES.sort_values(["patient_id", "start"])
    courses = rows.groupby(["patient_id", "drug"])
    reduced, gap = courses["dose_mg_per_day"].diff() < 0, rows["start"] - courses["last_day"].shift()
    return set(rows[reduced & (gap.dt.days <= 1)]["patient_id"])


def imatinib_again_for_more_than_a_year() -> set:
    first_other = EXPOSURES[EXPOSURES["drug"] != "imatinib"].groupby("patient_id")["start"].min()
    again = EXPOSURES[(EXPOSURES["drug"] == "imatinib")].copy()
    again = again[again["start"] > again["patient_id"].map(first_other)]
    return set(again[(again["last_day"] - again["start"]).dt.days > 365]["patient_id"])


def a_localized_progression_that_is_not_operated_on() -> set:
    localized = PROGRESSIONS[PROGRESSIONS["progression_pattern"] == "localized"].reset_index()
    pairs = localized.merge(OPERATIONS, on="patient_id")
    wait = (pairs["operation_date"] - pairs["assessment_date"]).dt.days
    return set(localized[~localized["index"].isin(pairs[(wait > 0) & (wait <= 92)]["index"])]["patient_id"])


def eight_years_without_progression_after_resistance() -> set:
    after = PROGRESSIONS[PROGRESSIONS["assessment_date"].gt(first_treated(PROGRESSIONS["patient_id"]))]
    without = PATIENTS[~PATIENTS["patient_id"].isin(after["patient_id"])]
    return set(without[(without["last_contact"] - without["resistance_date"]).dt.days > 8 * 365.25]["patient_id"])


def first_treated(patients: pd.Series) -> pd.Series:
    return patients.map(PATIENTS.set_index("patient_id")["resistance_date"])


def imatinib_before_there_was_any() -> set:
    return set(EXPOSURES[EXPOSURES["start"] < "2001-07-01"]["patient_id"])


def imatinib_for_exactly_as_long_as_another_patient() -> set:
    before = (PATIENTS["resistance_date"] - pd.to_datetime(PATIENTS["imatinib_start"])).dt.days
    return set(PATIENTS[before.duplicated(keep=False) & (before > 84 * DAYS_PER_MONTH)]["patient_id"])


def all_disease_resected_among_many_other_lesions() -> set:
    first = OPERATIONS.drop_duplicates("patient_id").merge(PATIENTS, on="patient_id")
    others = first["total_lesions"] - first["growing_lesions"]
    return set(first[(first["resection_all"] != "R2") & (others > 2)]["patient_id"])


def a_margin_after_ablation_alone() -> set:
    return set(OPERATIONS[(OPERATIONS["procedure"] == "ablation") & (OPERATIONS["resection_all"] != "")]["patient_id"])


RULES = [
    scanned_off_all_drugs,
    a_response_without_a_new_drug,
    a_response_that_comes_and_goes,
    a_progression_within_six_weeks_of_a_new_treatment,
    supportive_care_of_more_than_half_a_year,
    a_drug_that_goes_on_half_a_year_after_generalized_progression,
    a_drug_that_stops_for_progression_without_a_scan,
    a_full_dose_of_sunitinib_for_a_year,
    a_full_dose_of_regorafenib_for_half_a_year,
    sunitinib_for_more_than_three_years,
    regorafenib_for_two_years,
    a_dose_that_is_raised_again,
    a_reduction_without_an_interruption,
    imatinib_again_for_more_than_a_year,
    a_localized_progression_that_is_not_operated_on,
    eight_years_without_progression_after_resistance,
    imatinib_before_there_was_any,
    imatinib_for_exactly_as_long_as_another_patient,
    all_disease_resected_among_many_other_lesions,
    a_margin_after_ablation_alone,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_patient_has_a_course_that_a_specialist_would_not_believe(rule):
    assert rule() == set()


def test_a_response_to_a_later_drug_is_rare():
    courses = EXPOSURES[EXPOSURES["drug"].isin(LATE)].drop_duplicates(["patient_id", "drug"])
    responses = SCANS_ON_DRUGS[SCANS_ON_DRUGS["drug"].isin(LATE) & (SCANS_ON_DRUGS["response"] == "PR")]
    responders = responses.drop_duplicates(["patient_id", "drug"])

    assert 1 <= len(responders) <= 0.15 * len(courses)


def test_somebody_but_not_everybody_stops_a_drug_for_toxicity():
    late = LAST_OF_COURSE[LAST_OF_COURSE["drug"].isin(LATE)]

    assert 0.03 <= (late["stop_reason"] == "toxicity").mean() <= 0.25


def test_somebody_takes_imatinib_again_after_the_other_drugs():
    assert len(imatinib_again()) >= 4


def imatinib_again() -> set:
    first_other = EXPOSURES[EXPOSURES["drug"] != "imatinib"].groupby("patient_id")["start"].min()
    later = EXPOSURES["start"] > EXPOSURES["patient_id"].map(first_other)
    return set(EXPOSURES[later & (EXPOSURES["drug"] == "imatinib")]["patient_id"])


def test_somebody_of_each_group_is_alive_at_the_end_and_most_are_not():
    alive = PATIENTS["death_date"].isna().groupby(PATIENTS["resistance_pattern"]).sum()

    assert alive["generalized"] in (1, 2, 3, 4)
    assert alive["localized"] in (3, 4, 5, 6)


@pytest.fixture(scope="module")
def cohort():
    return build.load_cohort(BUNDLED)


def medians(adtte) -> list[float]:
    curve = estimates.survival(lifetable.count(adtte))
    return [float(months(value)) for value in estimates.quantile(curve)["estimate"]]


def test_the_second_line_lasts_as_long_as_published_series_say(cohort):
    assert all(5.5 <= median <= 10.5 for median in medians(endpoints.derive_pfs2l(cohort)))


def test_survival_from_the_second_line_is_as_published_series_say(cohort):
    assert all(14 <= median <= 24 for median in medians(endpoints.derive_os2l(cohort)))


def test_regorafenib_lasts_as_long_as_published_series_say():
    assert 3.5 * DAYS_PER_MONTH <= days_at("regorafenib").median() <= 10.5 * DAYS_PER_MONTH


def test_dose_intensity_of_the_second_line_is_alike_in_both_groups(cohort):
    every = exposure.dose_intensity(cohort).query("drug == 'sunitinib' and denominator == 'elapsed'")["estimate"]

    assert 60 <= every.min() <= every.max() <= min(90, every.min() + 10)


def test_an_incomplete_resection_does_not_do_better(cohort):
    resected = OPERATIONS.drop_duplicates("patient_id").set_index("patient_id")["resection_all"]
    adtte = endpoints.derive_pfs(cohort)
    complete, rest = medians(adtte.assign(TRTA=np.where(adtte["USUBJID"].map(resected) == "R2", "rest", "complete")))

    assert complete >= rest
