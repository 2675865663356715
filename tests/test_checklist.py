"""The checklist: every item has an answer or a reason, and every link leads to a page."""

import re

import pandas as pd
import pytest

from gistbook import build
from gistbook.book import chapters, claims, publish
from gistbook.conventions import DataError
from gistbook.display import tables
from gistbook.schemas import CHECKLIST, names

STROBE = claims.load_checklist()
PLACES = sorted({place for listed in STROBE["chapters"] for place in listed.split()})
ITEMS = 22

DRAWN = """
item,section,topic,recommendation,chapters,still_open
1a,Results,Flow,Draw it,participants,
1b,Results,Flow,Count it,participants methods#groups,Not all is public.
2,Results,Money,Name it,,Nobody tells.
"""


def load(place, text: str) -> pd.DataFrame:
    """Return a drawn checklist as it is read from a file."""
    (place / "drawn.csv").write_text(text.strip() + "\n", encoding="utf-8")
    return claims.load_checklist(place / "drawn.csv")


def anchors(slug: str) -> set[str]:
    """Return the sections of a chapter, as its page names them."""
    text = (build.BOOK / "chapters" / f"{slug}.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in headings}


def test_an_item_is_answered_in_full_in_part_or_by_nobody(tmp_path):
    told = load(tmp_path, DRAWN)

    assert told["status"].tolist() == [claims.ANSWERED, claims.IN_PART, claims.UNANSWERABLE]


def test_an_item_with_parts_counts_once(tmp_path):
    counted = {"items": 2, "parts": 3, "answered": 1, "in_part": 1, "unanswerable": 1}

    assert claims.count_items(load(tmp_path, DRAWN)) == counted


@pytest.mark.parametrize("row", ["3,Results,Flow,Draw it,,", "2,Results,Flow,Draw it,participants,"])
def test_an_item_without_answer_or_reason_and_an_item_named_twice_are_refused(tmp_path, row):
    with pytest.raises(DataError):
        load(tmp_path, DRAWN + row)


def test_a_checklist_without_a_column_is_refused(tmp_path):
    with pytest.raises(DataError, match="still_open"):
        load(tmp_path, "item,section,topic,recommendation,chapters\n1,a,b,c,d")


def test_what_nobody_can_answer_says_so_in_place_of_a_link(tmp_path):
    table = claims.checklist_table(load(tmp_path, DRAWN), "Results")
    shown = table["Where"].tolist()
    assert table["Item"].tolist() == ["1a Flow", "1b Flow", "2 Money"]

    assert shown == [["participants"], ["participants", "methods#groups"], claims.UNANSWERABLE]


def in_order(numbers: set[int]) -> str:
    """Write numbers of items as the line under a title does: three and more in a row by the first and the last."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        runs[-1:] = [[*runs[-1], number]] if runs and runs[-1][-1] == number - 1 else [*runs[-1:], [number]]
    parts = [part for run in runs for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run))]
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def test_every_chapter_names_the_items_that_the_checklist_finds_in_it():
    found: dict[str, set[int]] = {}
    for row in STROBE.itertuples():
        for place in row.chapters.split():
            found.setdefault(place.partition("#")[0], set()).add(int(re.match(r"\d+", row.item)[0]))
    told = {
        (path.stem, items)
        for path in (build.BOOK / "chapters").glob("*.md")
        for items in re.findall(r"\(STROBE items? (.*?)\)", path.read_text(encoding="utf-8"))
    }

    assert told == {("strobe", f"1 to {ITEMS}"), *((slug, in_order(numbers)) for slug, numbers in found.items())}


def test_all_items_of_strobe_are_there_with_their_columns():
    numbers = {int(re.match(r"\d+", item)[0]) for item in STROBE["item"]}

    assert sorted(numbers) == list(range(1, ITEMS + 1))
    assert set(names(CHECKLIST)) <= set(STROBE.columns)


def test_every_section_of_strobe_is_shown_in_the_chapter():
    chapter = (build.BOOK / "chapters" / "strobe.md").read_text(encoding="utf-8")

    assert [section for section in STROBE["section"].unique() if f'"{section}"' not in chapter] == []


def test_every_link_leads_to_a_chapter_of_the_book():
    linked = {place.partition("#")[0] for place in PLACES}

    assert linked - set(publish.contents(build.BOOK)) == set()


def test_every_link_to_a_section_leads_to_a_heading():
    sections = [place.split("#") for place in PLACES if "#" in place]

    assert [(slug, to) for slug, to in sections if to not in anchors(slug)] == []


def test_chapters_become_links_and_text_stays_text():
    frame = pd.DataFrame({"Item": ["1", "2"], "Where": [["methods#groups"], "<b>nowhere</b>"]})
    shown = tables.linked(frame, "Where", "C.")._repr_html_()

    assert '<td><a href="methods.html#groups">Methods: Groups</a></td>' in shown
    assert "<td>&lt;b&gt;nowhere&lt;/b&gt;</td>" in shown


def test_a_linked_table_is_readable_as_text():
    frame = pd.DataFrame({"Item": ["1"], "Where": [["published_series", "methods"]]})

    assert "Published series; Methods" in repr(tables.linked(frame, "Where", "C."))


def test_a_link_is_called_by_the_title_of_the_chapter_and_the_heading_of_the_section():
    titles = chapters.titles(build.read_chapters(), ["surgery"])
    places = ["abstract", "claims", "known_truth", "baseline#follow-up", "imatinib_continuation#made-pfs", "surgery"]

    shown = repr(tables.linked(pd.DataFrame({"Where": [places]}), "Where", "C.", titles=titles))

    assert "Abstract; The ledger; Simulated data with a known truth; Baseline characteristics: Follow-up; " in shown
    assert "; Repeated surgery and continuation of imatinib" in shown
    assert not [word for word in ("surgery;", "made", "imatinib;", "ledger:") if word in shown.lower()]


def test_every_table_of_links_calls_chapters_by_their_titles():
    sources = [cell["source"] for each in build.read_chapters() for cell in each.notebook["cells"]]
    calls = re.findall(r"tables\.linked\((.*)\)", "\n".join(sources))

    assert len(calls) == 7
    assert [call for call in calls if not re.search(r", (titles=)?titles$", call)] == []


@pytest.mark.parametrize("place", ["https://elsewhere", 'x" onclick="y', "../up", "Methods", ""])
def test_a_link_to_anything_but_a_chapter_is_refused(place):
    with pytest.raises(ValueError, match="not chapters"):
        tables.linked(pd.DataFrame({"Where": [[place]]}), "Where", "C.")


@pytest.mark.parametrize("item", ["12a", "12c", "12d", "14c"])
def test_what_the_book_answers_in_part_is_told_so(item):
    assert STROBE.set_index("item").loc[item, "status"] == claims.IN_PART
