"""What a cohort records, as far as sentences of chapters depend on it."""

from gistbook.analysis.variants import MOST_PATIENTS


def of_cohort(cohort) -> set[str]:
    """Traits of the records of a cohort, each of which a passage tagged `where-` and the trait asks for."""
    return {trait for trait, holds in _all(cohort).items() if holds}


def names(cohort) -> set[str]:
    """Every trait that a passage may ask for, whether a cohort has it or not."""
    return set(_all(cohort))


def _all(cohort) -> dict[str, bool]:
    groups, patients = cohort.adsl["TRT01A"].nunique(), int(cohort.adsl["TRT01A"].notna().sum())
    is_dated, times = cohort.adtte is None, cohort.adtte
    has_scans = is_dated and cohort.assessments is not None
    return {
        "one-group": groups < 2,
        "groups": groups > 1,
        "two-groups": groups == 2,
        "dates": is_dated,
        "recorded-times": not is_dated,
        "accrual": cohort.adsl["RESISTDT"].notna().any(),
        "scans": has_scans,
        "progression": has_scans or (not is_dated and (times["PARAMCD"] == "PFS").any()),
        "late-entry": cohort.operations is not None if is_dated else (times["ENTRYDY"] > 0).any(),
        "several-ends": bool(cohort.ends) or cohort.book.is_of_gist,
        "titled": bool(cohort.book.called),
        "divided": groups > 1 and bool(cohort.book.divided_by),
        "other-unit": bool(cohort.book.also_in),
        "metastases": cohort.adsl["METSITES"].notna().any(),
        "covariates": bool(cohort.covariates),
        "few-patients": patients <= MOST_PATIENTS,
        "many-patients": patients > MOST_PATIENTS,
    }
