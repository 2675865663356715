"""The bundled cohort: what the project's rules make of it, and that its bytes can be drawn again."""

import filecmp

import pytest

from gistbook import build
from gistbook.analysis import endpoints, estimates, lifetable, simulate
from gistbook.book import chapters
from gistbook.book.claims import load_published
from gistbook.conventions import SEED, DataError, months, rounded
from gistbook.schemas import GRADES, GROUP_NAMES, TABLES
from support.sharing import one_of

PUBLISHED = load_published().set_index("claim_id")["published"].to_dict()
BUNDLED = build.BOOK / "data" / "wada2021"


@pytest.fixture(scope="module")
def cohort():
    return build.load_cohort(BUNDLED)


def median_months(adtte) -> str:
    return rounded(months(estimates.quantile(estimates.survival(lifetable.count(adtte)))["estimate"].iloc[0]), 1)


def written_for(cohort) -> str:
    """Return the text of every chapter as it is in the book of a cohort."""
    traits = chapters.traits_of(cohort)
    cells = [cell for each in build.read_chapters() for cell in chapters.for_cohort(each, traits).notebook["cells"]]
    return "\n".join(cell["source"] for cell in cells)


@pytest.fixture(scope="module")
def surgical(cohort):
    return cohort.adsl[cohort.adsl["TRT01A"] == GROUP_NAMES["S"]]


@pytest.mark.whole
def test_drawing_again_gives_the_same_bytes(tmp_path):
    simulate.write_cohort(tmp_path, SEED, PUBLISHED)
    names = ["cohort.toml", *(f"{table}.csv" for table in TABLES)]

    assert filecmp.cmpfiles(tmp_path, BUNDLED, names, shallow=False) == (names, [], [])


def test_the_first_line_of_the_settings_says_synthetic():
    assert (BUNDLED / "cohort.toml").read_text().startswith("# SYNTHETIC")


def test_every_row_bears_an_identifier_that_says_synthetic(cohort):
    assert cohort.adsl["USUBJID"].str.startswith("SYN-").all()


def test_the_groups_are_as_published(cohort):
    assert cohort.adsl["TRT01A"].value_counts().to_dict() == {"S-group": 18, "M-group": 19}


def test_resistance_was_diagnosed_in_the_published_years(cohort):
    years = cohort.adsl["RESISTDT"].dt.year

    assert (years.min(), years.max()) == (2006, 2015)


def test_the_medians_are_as_published(cohort):
    derived = [endpoints.derive_pfs(cohort), endpoints.derive_imcont(cohort), endpoints.derive_os(cohort)]

    assert [median_months(adtte) for adtte in derived] == ["14.5", "22.2", "47.2"]


def test_five_patients_are_operated_on_more_than_once(cohort):
    assert (cohort.operations["USUBJID"].value_counts() > 1).sum() == 5


def test_no_complication_is_of_grade_three_or_more(cohort):
    assert cohort.operations["CDGRADE"].map(GRADES.index).max() < GRADES.index("IIIa")


def test_imatinib_is_restarted_after_every_operation(cohort):
    assert cohort.operations["RESTRTDT"].notna().all()


def test_fourteen_of_fifteen_who_progressed_reach_second_line(cohort, surgical):
    progressed = endpoints.derive_pfs(cohort).query("EVNTDESC == 'progression'")["USUBJID"]
    reached = surgical[surgical["USUBJID"].isin(progressed)]["TKI2DT"].notna()

    assert (reached.sum(), len(reached)) == (14, 15)


@pytest.mark.parametrize("derive", [endpoints.derive_pfs2l, endpoints.derive_os2l])
def test_second_line_outcome_is_similar_in_both_groups(cohort, derive):
    medians = estimates.quantile(estimates.survival(lifetable.count(derive(cohort))))["estimate"]

    assert medians.max() / medians.min() < 1.1


def test_no_drug_comes_before_it_was_available_unless_in_a_trial(cohort):
    since = cohort.exposures["TRT"].astype(object).map(simulate.AVAILABLE)
    early = cohort.exposures[cohort.exposures["ASTDT"].dt.date < since]

    assert (early["INTRIAL"] == "yes").all()


def test_continuation_of_imatinib_is_never_shorter_than_progression_free_survival(cohort):
    continuation = endpoints.derive_imcont(cohort).set_index("USUBJID")["AVAL"]
    progression_free = endpoints.derive_pfs(cohort).query("EVNTDESC == 'progression'").set_index("USUBJID")["AVAL"]

    assert (continuation.loc[progression_free.index] >= progression_free).all()


def test_without_calibration_the_medians_are_others(tmp_path):
    simulate.write_cohort(tmp_path, SEED, {})
    drawn = build.load_cohort(tmp_path)

    assert median_months(endpoints.derive_pfs(drawn)) != "14.5"
    assert "pfs_median" not in drawn.calibrated_to
    assert "second_line_outcome" not in drawn.calibrated_to


def test_a_book_says_that_patients_were_tuned_only_where_they_were(tmp_path):
    simulate.write_cohort(tmp_path, SEED, {})
    tuned, other = (written_for(build.load_cohort(folder)) for folder in (BUNDLED, tmp_path))

    for words in ("Three time scales were tuned", "synthetic patients tuned to the paper's"):
        assert words in tuned
        assert words not in other


@pytest.mark.parametrize("seed", one_of(3, [1, 2, 3]))
def test_every_cohort_that_the_model_draws_keeps_the_rules(tmp_path, seed):
    simulate.write_cohort(tmp_path, seed, {})

    assert len(build.load_cohort(tmp_path).adsl) == 37


def test_a_seed_that_cannot_be_tuned_says_so():
    with pytest.raises(DataError, match="another --seed"):
        simulate.calibrate(lambda scales: {"pfs_median": 1.0}, {"progression": ("pfs_median", "14.5")})
