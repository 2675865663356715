"""Cohorts of two and three groups, with tests between them, under every policy: all chapters, and whole books."""

import itertools
import random
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from gistbook import build
from gistbook.analysis import endpoints, estimates, lifetable
from gistbook.book import publish
from gistbook.conventions import months
from support import chapters, cohorts, subjects
from support.books import planned
from support.subjects import folder

COARSENING = ("midpoint6", "threshold5", "threshold10", "threshold11")
GROUPS = {2: ("standard", "new"), 3: ("low", "middle", "high")}
SETTINGS = 'title = "Drawn arms"\naccess = "public"\ndata_cutoff = 2019-12-31\n\n[parameters]\norigin = "resistance"\n'
NO_NUMBER = re.compile(r"(?:^|[>\s(])nan(?:$|[<\s,)])", re.IGNORECASE)


def trial(place: Path, groups: int, patients: int = 120) -> Path:
    """Write a cohort of recorded groups, followed from one day on, of whom about two fifths are censored."""
    rng, rows = random.Random(groups), []
    scans = ["patient_id,assessment_date,response"]
    for number in range(patients):
        zero = date(2010, 1, 1) + timedelta(rng.randrange(1000))
        end = min(zero + timedelta(1 + int(rng.expovariate(1 / 700))), date(2019, 12, 31))
        dead, group = rng.random() < 0.6, rng.choice(GROUPS[groups])
        rows.append(f"P{number:03},{rng.choice(['female', 'male'])},{group},{zero},{end},{end if dead else ''}")
        scans.append(f"P{number:03},{zero + (end - zero) // 2},{rng.choice(['PD', 'SD'])}")
    head = "patient_id,sex,group,resistance_date,last_contact,death_date"
    return subjects.folder(place, SETTINGS, patients="\n".join([head, *rows]), assessments="\n".join(scans))


KINDS = list(itertools.product(COARSENING, GROUPS))


def complaints(pages: dict[str, chapters.Page], folder: Path) -> list[str]:
    """Return which chapters are lacking, or say what is no number or no share."""
    wanted = set(publish.contents(build.BOOK)) - set(build.absent(build.load_cohort(folder)))
    wrong = [slug for slug, page in pages.items() if NO_NUMBER.search(page.words) or "share of withheld" in page.words]
    return [*sorted(wanted ^ set(pages)), *wrong]


def test_every_chapter_runs_and_reads_as_text(tmp_path):
    policy, groups = KINDS[0]
    folder = trial(tmp_path / "trial", groups)

    assert complaints(chapters.pages(folder, policy=policy), folder) == []


@pytest.mark.whole
@pytest.mark.parametrize(("policy", "groups"), KINDS)
def test_a_book_of_groups_is_made_passes_the_audit_and_reads_as_text(policy, groups, tmp_path):
    """Those under one policy have every chapter, and the others all that are of their cohort."""
    left_out = cohorts.OF_NO_COHORT if policy != COARSENING[0] else ()
    folder = cohorts.without(trial(tmp_path / "trial", groups), *left_out)
    plan = planned(folder, chapters.BRIEF | {"policy": policy})
    run = build.build(plan, tmp_path / "out")

    assert (run.folder / "html" / "index.html").exists()
    assert complaints(chapters.of_book(plan, run.folder), plan.folder) == []


@pytest.mark.whole
def test_a_test_between_groups_is_made_of_the_counts_that_are_printed(tmp_path):
    values = chapters.pages(trial(tmp_path / "trial", 2, 300), policy="midpoint6")["overall_survival"].values

    assert values["os_logrank"]["value"] > 0
    assert values["os_hazard_ratio"]["lower"] < values["os_hazard_ratio"]["value"] < values["os_hazard_ratio"]["upper"]


@pytest.mark.whole
@pytest.mark.parametrize(("slug", "key", "derive"), [
    ("overall_survival", "os_medians", endpoints.derive_os),
    ("progression_free_survival", "pfs_medians", endpoints.derive_pfs),
])  # fmt: skip
def test_the_medians_that_are_compared_are_on_the_clock_of_the_chapter(slug, key, derive, tmp_path):
    """From resistance and from the start of imatinib survival is another one, which the chapter shows as well."""
    place = folder(
        tmp_path / "x", patients=TWO_CLOCKS, assessments="patient_id,assessment_date,response\np0,2010-03-01,SD"
    )
    compared = chapters.pages(place, [slug], policy="exact", origin="imatinib_start")[slug].values[key]["parts"]
    cohort = build.load_cohort(place, "exact")
    counts = lifetable.protected(derive(cohort, "imatinib_start"), cohort.policy)
    medians = estimates.quantile(estimates.survival(counts)).set_index("group")["estimate"]

    assert {group: part["value"] for group, part in compared.items()} == pytest.approx(months(medians).to_dict())


ENDS = [(f"20{11 + n % 4}-0{1 + n % 9}-01") for n in range(24)]
TWO_CLOCKS = "\n".join(
    [
        "patient_id,group,imatinib_start,resistance_date,last_contact,death_date",
        *(f"p{n},{'AB'[n % 2]},200{5 + n % 4}-01-01,2010-01-01,{end},{end}" for n, end in enumerate(ENDS)),
    ]
)
