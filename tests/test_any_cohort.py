"""Cohorts that lack nearly everything still give a book of all chapters whose tables they have, without a gap."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from gistbook import build
from gistbook.book import publish
from support import chapters, cohorts
from support.books import planned
from support.subjects import ASSESSMENTS, EXPOSURES, OPERATIONS, PATIENTS, SETTINGS, folder, whole_folder

CONFIDENTIAL = SETTINGS.replace("public", "confidential")


ABSENT = ("surgery", "progression_free_survival", "imatinib_continuation", "subsequent_therapy", "waiting_time")
"""Chapters that a cohort of the paper's disease can lack."""


def one_patient(place):
    lines = [text.strip().splitlines() for text in (PATIENTS, OPERATIONS, ASSESSMENTS, EXPOSURES)]
    tables = ["\n".join([rows[0], *(row for row in rows[1:] if row.startswith("a,"))]) for rows in lines]
    names = ["patients", "operations", "assessments", "exposures"]
    return folder(place, **dict(zip(names, tables, strict=True)))


def nobody_dies_and_all_are_censored_on_one_day(place):
    alive = [",".join([*row.split(",")[:-2], "2014-01-01", ""]) for row in PATIENTS.strip().splitlines()[1:]]
    scans = ASSESSMENTS.replace("PD", "SD")
    patients = "\n".join([PATIENTS.strip().splitlines()[0], *alive])
    return folder(place, patients=patients, operations=OPERATIONS, assessments=scans, exposures=EXPOSURES)


def in_groups(names, days):
    """Return as text twelve patients of recorded groups, followed from one day for so many days in turn."""
    zero, rows = date(2010, 1, 1), ["patient_id,sex,group,resistance_date,last_contact,death_date"]
    for i in range(12):
        end = zero + timedelta(days=days[i % len(days)])
        rows.append(f'p{i},female,"{names[i % len(names)]}",{zero},{end},{end if i % 4 else ""}')
    return "\n".join(rows)


def operated_at_once(*each):
    operations = "\n".join(f"p{i},2010-01-01,resistance,I" for i in each)
    return f"patient_id,operation_date,indication,clavien_dindo\n{operations}"


def three_tied_groups_of_long_names(place):
    names = [f"{'手術を受けた患者の群' * 30}{number}" for number in "一二"] + ["</script><script>alert(1)</script>"]
    return folder(place, patients=in_groups(names, [100, 200]), operations=operated_at_once(*range(12)))


def everything_on_the_first_day(place):
    taken = "\n".join(f"p{i},imatinib,2010-01-01,2010-01-01" for i in range(12))
    return folder(
        place,
        patients=in_groups(["S", "AGE"], [0]),
        operations=operated_at_once(0, 2, 4),
        assessments="patient_id,assessment_date,response\np0,2010-01-01,PD",
        exposures=f"patient_id,drug,start,end\n{taken}",
    )


def one_group(place):
    patients = PATIENTS.replace("resistance_pattern", "unused").replace("sex", "unused_too")
    return folder(place, SETTINGS + '\n[parameters]\norigin = "resistance"', patients=patients)


def patients_only(place):
    return folder(place, patients=PATIENTS)


def confidential(place):
    return whole_folder(place, CONFIDENTIAL)


ODD = [
    one_patient,
    nobody_dies_and_all_are_censored_on_one_day,
    one_group,
    three_tied_groups_of_long_names,
    everything_on_the_first_day,
    patients_only,
    confidential,
]


WITH_EVERY_CHAPTER = (three_tied_groups_of_long_names, confidential)
"""Cohorts whose books also have the chapters that are the same in any book."""


NO_NUMBER = re.compile(r"(?:^|[>\s(])nan(?:$|[<\s,)])", re.IGNORECASE)


def complaints(html: dict[str, str]) -> list[str]:
    """Return which chapters run a script of the data, or print what is no number."""
    return [slug for slug, page in html.items() if "<script>alert" in page or NO_NUMBER.search(page)]


class Made(NamedTuple):
    """A cohort that lacks nearly everything: what is planned of it, the run folder of its book, and what is absent."""

    plan: build.Plan
    run: Path
    absent: set[str]


@pytest.fixture(scope="module", params=ODD)
def made(request, tmp_path_factory) -> Made:
    """Make the book of a cohort, once for all tests that read it."""
    place = tmp_path_factory.mktemp("odd")
    left_out = cohorts.OF_NO_COHORT if request.param not in WITH_EVERY_CHAPTER else ()
    plan = planned(cohorts.without(request.param(place / "drawn"), *left_out), chapters.BRIEF)
    return Made(plan, build.build(plan, place / "out").folder, set(build.absent(build.load_cohort(plan.folder))))


@pytest.mark.whole
def test_any_cohort_has_something_to_say_in_every_chapter(made):
    pages = chapters.of_book(made.plan, made.run)

    assert set(pages) == set(publish.contents(build.BOOK)) - made.absent
    assert complaints({slug: page.html for slug, page in pages.items()}) == []
    assert [slug for slug, page in pages.items() if NO_NUMBER.search(page.text)] == []


@pytest.mark.whole
def test_any_cohort_gives_a_complete_book(made):
    assert set(pages_of(made.run)) == set(publish.contents(build.BOOK)) - made.absent
    assert all(slug in (*ABSENT, *cohorts.OF_NO_COHORT) for slug in made.absent)
    assert complaints(pages_of(made.run)) == []


@pytest.mark.whole
def test_what_is_of_no_cohort_is_the_same_in_any_book(tmp_path):
    folders = [drawn(tmp_path / drawn.__name__) for drawn in (one_patient, three_tied_groups_of_long_names)]
    one, other = (chapters.pages(folder, cohorts.OF_NO_COHORT) for folder in folders)

    assert set(one) == set(cohorts.OF_NO_COHORT)
    assert [slug for slug in one if results(one[slug]) != results(other[slug])] == []


def results(page: chapters.Page) -> tuple:
    """Return what a chapter pasted and showed."""
    return page.values, page.frames, page.shown


@pytest.mark.parametrize("book", ["bundled_book", pytest.param("confidential_book", marks=pytest.mark.whole)])
def test_a_book_of_each_access_is_complete(book, request):
    pages = pages_of(request.getfixturevalue(book))

    assert set(pages) >= set(publish.contents(build.BOOK))
    assert complaints(pages) == []


def pages_of(run: Path) -> dict[str, str]:
    """Return the pages of a book, by the name of their chapter."""
    return {page.stem: page.read_text(encoding="utf-8") for page in (run / "html" / "chapters").glob("*.html")}
