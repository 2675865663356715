"""Two runs side by side: what is subtracted and what is not, and that nothing is left out in silence."""

import json

import pytest

from gistbook.book import comparison
from gistbook.book.comparison import drawings, runs
from gistbook.conventions import FRAMES_SUFFIX, NOT_RECORDED, UsageError
from support import drawn_runs as drawn
from support.drawn_runs import FIRST_OPERATION, count, median, pair, part, run, words

TODAY = {"clock": words(FIRST_OPERATION)}


def listed(name: str, a, b):
    """Return one list of what two runs pasted."""
    return runs.listed(runs.joined(a, b), name, a, b)


def overlaid(a, b) -> list:
    """Return the survival figures that are laid over one another."""
    return [each for each in drawings.survival_figures(a, b) if not each.reason]


def page(a, b) -> str:
    """Return the text of the page, each paragraph on one line."""
    return comparison.text_of(a, b).replace("\n", " ")


def difference(ours: dict, theirs: dict) -> str:
    """Return the difference of one number, B less A."""
    return moved(ours, theirs)["B less A"]


def overlap(ours: dict, theirs: dict) -> str:
    """Return whether the intervals of one number overlap."""
    return moved(ours, theirs)["Intervals overlap"]


def moved(ours: dict, theirs: dict) -> dict:
    """Return the row of the one number that differs."""
    (row,) = listed("moved", *pair({"os_median": ours}, {"os_median": theirs})).to_dict("records")
    return row


DIFFERENCES = {
    "months": (median(10.0), median(13.14), "+3.1 months"),
    "fewer months": (median(13.14), median(10.0), "−3.1 months"),
    "hardly any": (median(10.0), median(10.04), "under 0.1 months more"),
    "shares of other denominators": (part(1, 4), part(3, 6), "+25.0 percentage points"),
    "counts": (count(12), count(9), "−3"),
    "rates": (
        {"phrase": "50%", "value": 0.5, "unit": "probability", "measure": "rate"},
        {"phrase": "75%", "value": 0.75, "unit": "probability", "measure": "rate"},
        "+25.0 percentage points",
    ),
    "ratios, which are divided": (
        {"phrase": "0.50", "value": 0.5, "unit": "ratio"},
        {"phrase": "0.75", "value": 0.75, "unit": "ratio"},
        "1.50 times A",
    ),
    "an interval alone": (median(10.0, 5.0, 20.0), median(10.0, 5.0, 21.0), "none; its interval moved"),
    "events alone": (
        median(10.0, 5.0, 20.0),
        median(10.0, 5.0, 20.0, phrase="of more"),
        "none; its patients or events are others",
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "said"), DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_a_difference_is_b_less_a_in_the_unit_of_the_number(ours, theirs, said):
    assert difference(ours, theirs) == said


INCOMPARABLE = {
    "another time zero": (median(10.0, origin="first_operation"), median(20.0, origin="resistance")),
    "another unit": (median(10.0), {**count(10), "measure": "quantile"}),
    "another measure": (median(10.0), median(11.0, measure="restricted_mean")),
    "another group": (median(10.0, group="M"), median(11.0, group="S")),
    "no number in B": (median(10.0), words(NOT_RECORDED)),
    "no number in A": (words(NOT_RECORDED), median(10.0)),
    "no value in B": (median(10.0), median(None, 4.0)),
    "a p-value": ({"phrase": "p = 0.5", "value": 0.5, "unit": "p"}, {"phrase": "p = 0.1", "value": 0.1, "unit": "p"}),
}


@pytest.mark.parametrize(("reason", "both"), INCOMPARABLE.items(), ids=INCOMPARABLE.keys())
def test_what_is_not_of_one_quantity_is_not_subtracted(reason, both):
    assert difference(*both) == f"not compared: {reason}"


def test_of_one_time_zero_by_another_date_in_the_other_cohort_nothing_is_subtracted():
    a, b = pair({"m": median(1.0, origin="resistance")}, {"m": median(2.0, origin="resistance")})
    b = b._replace(clocks={"resistance": "the on-study date"})

    assert listed("moved", a, b)["B less A"].item() == "not compared: another time zero"


def test_a_duration_without_its_own_time_zero_has_that_of_its_chapter():
    theirs = {"clock": words("the imaging that showed resistance"), "m": median(2.0)}
    a, b = pair({**TODAY, "m": median(1.0)}, theirs)

    assert listed("moved", a, b)["B less A"].item() == "not compared: another time zero"


def test_a_duration_that_did_not_move_is_the_same_whatever_its_chapter_counts_from():
    a, b = pair({**TODAY, "m": median(1.0)}, {"clock": words("another"), "m": median(1.0)})

    assert listed("unmoved", a, b)["Number"].tolist() == ["M"]


def test_a_count_is_compared_whatever_the_time_zero_of_its_chapter():
    a, b = pair({**TODAY, "n": count(1)}, {"clock": words("another"), "n": count(2)})

    assert listed("moved", a, b)["B less A"].item() == "+1"


OVERLAPS = {
    "they overlap": (median(5.0, 1.0, 9.0), median(9.0, 8.0, 12.0), "yes"),
    "they touch": (median(5.0, 1.0, 8.0), median(9.0, 8.0, 12.0), "yes"),
    "they do not overlap": (median(5.0, 1.0, 7.0), median(9.0, 8.0, 12.0), "no"),
    "a limit that is not reached lies beyond": (median(5.0, 1.0, 50.0), median(None, 40.0, None), "yes"),
    "a lower limit above all of the other": (median(5.0, 1.0, 30.0), median(None, 40.0, None), "no"),
    "no interval": (median(5.0), median(9.0, 8.0, 12.0), "no interval"),
    "of a count there is none": (part(1, 4), part(2, 4), "no interval"),
    "of different levels": (median(5.0, 1.0, 9.0), median(6.0, 1.0, 9.0, level=0.9), "of different levels"),
    "not compared": (median(5.0, 1.0, 9.0, origin="a"), median(6.0, 1.0, 9.0, origin="b"), "not compared"),
}


@pytest.mark.parametrize(("ours", "theirs", "said"), OVERLAPS.values(), ids=OVERLAPS.keys())
def test_overlap_is_told_in_words(ours, theirs, said):
    assert overlap(ours, theirs) == said


def test_what_can_be_subtracted_comes_first():
    ours = {"a_median": median(1.0, origin="a"), "z_median": median(1.0)}
    theirs = {"a_median": median(1.0, origin="b"), "z_median": median(2.0)}

    assert listed("moved", *pair(ours, theirs))["Number"].tolist() == ["Z median", "A median"]


EVERYTHING = (
    {"same": median(1.0, 0.5, 2.0), "other": median(1.0), "word": words("x"), "mine": count(1), "said": words("s")},
    {"same": median(1.0, 0.5, 2.0), "other": median(2.0), "word": words("y"), "yours": count(2), "said": words("s")},
)


def test_every_number_that_both_pasted_is_counted_as_moved_or_as_the_same():
    counted = runs.counted(runs.joined(*pair(*EVERYTHING)))

    assert counted == {"n_both": 2, "n_moved": 1, "n_same": 1}


def test_numbers_that_are_the_same_are_listed_apart():
    assert listed("unmoved", *pair(*EVERYTHING))["Number"].tolist() == ["Same"]


def test_phrases_that_differ_are_listed_apart():
    (row,) = listed("reworded", *pair(*EVERYTHING)).to_dict("records")

    assert row == {"Phrase": "Word", "Chapter": "Overall survival", "A: mine, public": "x", "B: theirs, public": "y"}


def test_what_one_run_only_pasted_is_told_in_words():
    found = listed("unpaired", *pair(*EVERYTHING)).set_index("What")

    assert found.loc["Mine"].tolist() == ["1", "not pasted by this run", "Overall survival"]
    assert found.loc["Yours"].tolist() == ["not pasted by this run", "2", "Overall survival"]


def test_a_chapter_that_one_run_lacks_is_told():
    a, b = pair({"n": count(1)}, {})

    assert listed("unpaired", a, b._replace(values={}))["Chapter"].tolist() == ["Overall survival"]


def test_what_every_chapter_says_of_its_cohort_and_what_the_paper_printed_is_no_number_of_a_run():
    told = {key: words("A") for key in ("cohort_title", "data_note", "this_cohort", "commit", "published_os_median")}
    a, b = pair(told, {key: words("B") for key in told})

    assert len(listed("reworded", a, b).columns) == 1


@pytest.mark.parametrize("listing", ["moved", "unmoved", "reworded", "unpaired"])
def test_a_list_of_nothing_says_so(listing):
    (said,) = listed(listing, *pair({}, {})).iloc[0]

    assert said.endswith(".")


LOG = {"overall_survival": {"interval": "log", "marks": [1, 2]}, "abstract": {"interval": "log", "cohort_dir": "x"}}
LOGLOG = {
    "overall_survival": {"interval": "log-log", "marks": [1, 2]},
    "abstract": {"interval": "log-log", "cohort_dir": "y"},
}


def test_a_parameter_that_differs_is_told_once_with_all_its_chapters():
    a, b = run("A", parameters=LOG), run("B", parameters=LOGLOG)
    (row,) = runs.differing_definitions(a, b).to_numpy().tolist()

    assert row == ["interval", "log", "log-log", "Abstract; Overall survival"]


def test_a_parameter_that_one_run_lacks_is_told_in_words():
    a, b = run("A", parameters={"abstract": {"policy": ""}}), run("B", parameters={"abstract": {}})

    assert runs.differing_definitions(a, b).iloc[0].tolist()[1:3] == ["nothing", "no such parameter"]


def test_a_time_zero_of_another_name_is_a_definition_that_differs():
    a, b = run("A"), run("B", clocks={"second_line": "the first dose"})

    assert runs.differing_definitions(a, b).iloc[0].tolist()[:3] == [
        "time zero: second line",
        "as this book names it",
        "the first dose",
    ]


DEFINITIONS_SAID = {
    "none differs": (run("A"), run("B"), "Both runs had the same parameters"),
    "some differ": (run("A", parameters=LOG), run("B", parameters=LOGLOG), "These definitions differ"),
    "an older run": (run("A"), run("B", parameters=None), "B does not tell the parameters"),
}


@pytest.mark.parametrize(("a", "b", "said"), DEFINITIONS_SAID.values(), ids=DEFINITIONS_SAID.keys())
def test_whether_definitions_differ_is_said_in_words(a, b, said):
    assert said in page(a, b)
    assert len(runs.differing_definitions(a, b)) == 1


CODE = {
    "the same": ("a" * 40, "a" * 40, "same code"),
    "another": ("a" * 40, "b" * 40, "different versions"),
    "changed since": ("a" * 40, f"{'a' * 40} with changes", "is not known"),
    "not told": ("", "", "is not known"),
}


@pytest.mark.parametrize(("ours", "theirs", "said"), CODE.values(), ids=CODE.keys())
def test_whether_the_same_code_made_both_is_said(ours, theirs, said):
    assert said in page(run("A", commit=ours), run("B", commit=theirs))


BANNERS = {
    "two synthetic": ("synthetic", "synthetic", "synthetic"),
    "two public": ("public", "public", "public"),
    "a confidential one": ("synthetic", "confidential", "confidential"),
    "a confidential one beside a public one": ("confidential", "public", "confidential"),
    "a public one beside a synthetic one": ("public", "synthetic", "public"),
    "two reconstructed": ("reconstructed", "reconstructed", "reconstructed"),
    "a public one beside a reconstructed one": ("public", "reconstructed", "public"),
    "a reconstructed one beside a synthetic one": ("reconstructed", "synthetic", "public"),
    "a reconstructed one beside a confidential one": ("reconstructed", "confidential", "confidential"),
}


@pytest.mark.parametrize(("ours", "theirs", "access"), BANNERS.values(), ids=BANNERS.keys())
def test_the_banner_is_of_the_stricter_access_and_names_both(ours, theirs, access):
    title, found, _ = runs.banner(run("A", access=ours, title="Ours"), run("B", access=theirs, title="Theirs"))

    assert found == access
    assert "A, Ours" in title
    assert "B, Theirs" in title


@pytest.mark.parametrize("access", ["public", "confidential"])
def test_a_banner_that_does_not_speak_of_programs_names_the_run_that_one_drew(access):
    title, _, _ = runs.banner(run("A", access="synthetic", title="Ours"), run("B", access=access, title="Theirs"))

    assert title == "A, Ours (synthetic: drawn by a program, and no evidence); B, Theirs"


@pytest.mark.parametrize("access", ["public", "confidential"])
def test_a_banner_names_the_run_that_was_reconstructed(access):
    title, _, _ = runs.banner(run("A", access="reconstructed", title="Ours"), run("B", access=access, title="Theirs"))

    assert title == "A, Ours (reconstructed from a published figure); B, Theirs"


CAUTIONS = {
    "one reconstructed": ("public", "reconstructed", "B was reconstructed from a published figure"),
    "one synthetic": ("synthetic", "public", "A is synthetic"),
    "the other synthetic": ("confidential", "synthetic", "difference between A and it"),
    "both synthetic": ("synthetic", "synthetic", "They are no evidence"),
    "one confidential": ("public", "confidential", "B is confidential, and so is this page."),
    "both confidential": ("confidential", "confidential", "A and B are confidential, and so is this page."),
    "two cohorts": ("public", "public", "whom nobody assigned"),
}


@pytest.mark.parametrize(("ours", "theirs", "said"), CAUTIONS.values(), ids=CAUTIONS.keys())
def test_what_a_comparison_may_not_be_used_for_is_said(ours, theirs, said):
    text = page(run("A", access=ours), run("B", access=theirs, name="theirs"))

    assert said in text


def test_two_runs_of_one_cohort_are_said_to_be():
    assert "Both runs are of one cohort" in page(run("A"), run("B"))


def test_every_caption_says_which_run_is_which_and_of_what_data():
    told = runs.introductions(run("A", access="synthetic"), run("B", name="theirs", title="Theirs"))

    assert told["a_and_b"].startswith("A: mine, synthetic. B: theirs")
    assert "B: theirs, public. Public data: Theirs." in told["a_and_b"]


def loaded(tmp_path, **others) -> tuple:
    """Write two runs of one name with these parameters, and read them."""
    places = [
        drawn.write(tmp_path / each / "mine", {}, {}, parameters={"chapters": chapters})
        for each, chapters in others.items()
    ]
    return runs.load_pair(*places)


def test_two_runs_of_one_name_are_told_apart_by_what_differs(tmp_path):
    a, b = loaded(tmp_path, one=LOG, two=LOGLOG)

    assert (a.label, b.label) == ("A: mine, public, interval log", "B: mine, public, interval log-log")


def test_many_differences_do_not_make_a_long_name(tmp_path):
    a, _ = loaded(tmp_path, one={"abstract": {"a": list(range(99)), "b": 1}}, two={"abstract": {"a": [], "b": 2}})

    assert len(a.label) < 80
    assert a.label.endswith("… and more")


def test_a_run_without_anything_but_values_is_read_as_confidential(tmp_path):
    place = drawn.write(tmp_path / "old", {"abstract": {"cohort_title": words("Old cohort")}}, None)
    (place / "run.json").unlink()
    found = runs.load(place, "A")

    assert (found.name, found.title, found.access) == ("old", "Old cohort", "confidential")
    assert found.parameters is None
    assert found.frames is None


def test_a_name_cannot_lead_out_of_its_place(tmp_path):
    assert runs.load(drawn.write(tmp_path / "x", {}, {}, name="../../etc"), "A").name == "etc"


STRANGE = {
    "no JSON": ("values.json", "{"),
    "a list": ("values.json", "[]"),
    "a chapter that is a word": ("values.json", '{"abstract": "x"}'),
    "a value without a phrase": ("values.json", '{"abstract": {"n": {"value": 1}}}'),
    "a frame without rows": ("frames.json", '{"abstract": {"f": {"curve": {"columns": []}}}}'),
    "a frame with a row too short": ("frames.json", '{"abstract": {"f": {"curve": {"columns": ["a"], "rows": [[]]}}}}'),
    "a description that is a list": ("run.json", "[1]"),
}


@pytest.mark.parametrize(("name", "text"), STRANGE.values(), ids=STRANGE.keys())
def test_what_no_build_writes_is_refused_with_what_to_do(tmp_path, name, text):
    place = drawn.write(tmp_path / "x", {}, {})
    (place / name).write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=rf"{name} is not what a build writes; make the run again"):
        runs.load(place, "A")


def drawing(letter: str, figures: dict, clock: str = FIRST_OPERATION):
    """Return a run that drew these figures of overall survival from a time zero."""
    return run(letter, {"clock": words(clock)}, frames={"overall_survival": figures})


SHORT, LONG = drawn.curve(20), drawn.curve(50)


def overlay_of(ours: dict, theirs: dict):
    """Return the overlay of one figure."""
    a, b = drawing("A", {"os_curve": ours}), drawing("B", {"os_curve": theirs})
    return drawings.overlay(a, b, "overall_survival", "os_curve")


def test_an_overlay_holds_the_curves_of_both_each_group_with_its_letter():
    curve = overlay_of(SHORT, LONG).curve

    assert curve.groupby("group")["time"].count().to_dict() == {"A: S-group": 3, "B: S-group": 3}
    assert curve["lower"].isna().all()


def counts_of(ours: dict, theirs: dict) -> dict[str, dict[int, int]]:
    """Return the numbers at risk of an overlay, by group and month."""
    at_risk = overlay_of(ours, theirs).at_risk
    at_risk = at_risk.assign(time=at_risk["time"].map(lambda days: round(days / drawn.DAYS_PER_MONTH)))
    return {group: dict(zip(rows["time"], rows["at_risk"], strict=True)) for group, rows in at_risk.groupby("group")}


def test_beyond_the_marks_of_the_shorter_run_nobody_of_it_is_at_risk():
    found = counts_of(SHORT, LONG)

    assert found["A: S-group"] == {0: 3, 12: 2, 24: 0, 36: 0, 48: 0, 60: 0}
    assert found["B: S-group"] == {0: 3, 12: 3, 24: 3, 36: 2, 48: 2, 60: 0}


def test_marks_that_only_one_run_has_are_left_out_while_both_are_observed():
    found = counts_of(drawn.curve(20, step=6), drawn.curve(20))

    assert set(found["A: S-group"]) == set(found["B: S-group"]) == {0, 12, 24}


def test_who_is_left_beyond_the_marks_of_the_shorter_run_is_counted_from_its_curve():
    """The axis of A ends at month 12; of its three one dies in month 20, and the others leave in month 40."""
    ours = drawn.curve(40)
    ours["at_risk"]["rows"] = [row for row in ours["at_risk"]["rows"] if row[1] < 13 * drawn.DAYS_PER_MONTH]

    assert counts_of(ours, LONG)["A: S-group"] == {0: 3, 12: 3, 24: 2, 36: 2, 48: 0, 60: 0}


def test_a_count_that_no_curve_tells_is_left_out_with_its_mark():
    """Two are left after month 10, and four leave in month 20: somebody came under observation in between."""
    ours = drawn.curve(20)
    last = dict(zip(ours["curve"]["columns"], ours["curve"]["rows"][2], strict=True))
    ours["curve"]["rows"][2] = list((last | {"at_risk": 4, "events": 1, "censored": 3}).values())
    ours["at_risk"]["rows"] = ours["at_risk"]["rows"][:1]

    assert set(counts_of(ours, LONG)["A: S-group"]) == {0, 24, 36, 48, 60}


def test_two_runs_of_unlike_units_are_drawn_in_months_with_their_numbers_at_risk_and_that_is_said():
    """In A two are left after month 10, and nobody after month 20."""
    time = {"phrase": "9", "value": 9}
    a, b = (
        drawing(letter, {"os_curve": {**SHORT}})._replace(values={"overall_survival": {"m": {**time, "unit": unit}}})
        for letter, unit in (("A", "days"), ("B", "weeks"))
    )
    marks = {**SHORT["at_risk"], "rows": [["S-group", 0, 3], ["S-group", 100, 3]]}
    a.frames["overall_survival"]["os_curve"]["at_risk"] = marks
    found = drawings.overlay(a, b, "overall_survival", "os_curve")
    of_a = found.at_risk[found.at_risk["group"] == "A: S-group"]

    assert (found.since.unit.name, of_a["at_risk"].tolist()) == ("months", [3, 3, 3, 3, 2, 2, 2, 0])
    assert "A prints its times in days and B in weeks" in page(a, b)
    assert "in days and" not in page(a, a._replace(letter="B"))


def reasons(ours, theirs) -> list[str]:
    """Return why figures are not laid over one another."""
    return drawings.apart(ours, theirs).iloc[:, -1].tolist()


def test_a_figure_of_both_from_one_time_zero_is_laid_over():
    a, b = drawing("A", {"os_curve": SHORT}), drawing("B", {"os_curve": LONG})

    assert [each.title for each in overlaid(a, b)] == ["Overall survival"]
    assert reasons(a, b) == ["None besides those below."]


def test_curves_from_other_times_zero_are_not_laid_over():
    a, b = drawing("A", {"os_curve": SHORT}, "x"), drawing("B", {"os_curve": LONG}, "y")

    assert overlaid(a, b) == []
    assert reasons(a, b) == ["another time zero: A counts from x, B from y"]


def test_a_figure_of_one_run_is_told():
    assert reasons(drawing("A", {"os_curve": SHORT}), drawing("B", {})) == ["only in A"]


@pytest.mark.parametrize("part_of_it", ["curve", "at_risk"])
def test_a_figure_of_nobody_is_told(part_of_it):
    nobody = {**SHORT, part_of_it: {**SHORT[part_of_it], "rows": []}}

    assert reasons(drawing("A", {"os_curve": SHORT}), drawing("B", {"os_curve": nobody})) == ["nobody to draw in B"]


def test_a_figure_of_other_patients_is_not_laid_over():
    a, b = (run(letter, frames={"your_cohort": {"lung_curve": SHORT}}) for letter in "AB")

    assert overlaid(a, b) == []
    assert reasons(a, b) == ["of other patients, whom the book shows as an example"]


def test_a_number_of_other_patients_is_said_to_be():
    a, b = (run(letter)._replace(values={"your_cohort": {"n_lung": count(9)}}) for letter in "AB")

    assert listed("unmoved", a, b)["Chapter"].tolist() == ["Your cohort, of other patients"]


def test_frames_are_found_by_the_key_of_the_figure_they_are_pasted_beside(tmp_path):
    place = drawn.write(tmp_path / "x", {}, {"overall_survival": {f"os_curve{FRAMES_SUFFIX}": SHORT}})

    assert runs.load(place, "A").frame("overall_survival", "os_curve", "at_risk") is not None


def test_what_is_no_survival_figure_is_not_laid_over():
    a, b = (drawing(letter, {"flow": drawn.flow(Analysed=1)}) for letter in "AB")

    assert overlaid(a, b) == []


def test_a_figure_on_its_own_clock_is_named_after_it():
    values = {"clock": words("x"), "clock_resistance": words("y")}
    a, b = (run(each, values, frames={"overall_survival": {"os_resistance_curve": SHORT}}) for each in "AB")
    (found,) = overlaid(a, b)

    assert found.title == "Overall survival from resistance"
    assert drawings.overlay(a, b, found.chapter, found.key).since == "y"


def test_an_older_run_without_frames_is_told_with_what_to_do():
    a, b = drawing("A", {"os_curve": SHORT}), run("B", frames=None)

    assert "B holds no curves" in page(a, b)
    assert "Make it again with gistbook build" in page(a, b)
    assert drawings.flows(a, b).iloc[0].item() == "Not kept by A and B; see under Curves."
    assert drawings.baselines(a, b).iloc[0].item().startswith("Not kept by A and B")


def flowing(letter: str, **steps: int):
    """Return a run with a flow."""
    return run(letter, frames={"participants": {"flow": drawn.flow(**steps)}})


def test_the_flow_stands_side_by_side_and_a_step_of_one_run_is_told():
    a, b = flowing("A", Analysed=7, No_group=1), flowing("B", Analysed=9, No_date=2)
    found = drawings.flows(a, b).set_index("Step").iloc[:, 1:].T.to_dict("list")

    assert found == {
        "Patients recorded": ["8", "11"],
        "Analysed": ["7", "9"],
        "No group": ["1", "no such step"],
        "No date": ["no such step", "2"],
    }


def characterized(letter: str, **levels: int):
    """Return a run with a Table 1 of the sexes."""
    return run(letter, frames={"baseline": {"characteristics": drawn.table_1(**levels)}})


def cells_of(a, b) -> dict[tuple, tuple[str, str]]:
    """Return Table 1 of two runs: by level and group, the cell of A and that of B."""
    found = drawings.baselines(a, b)
    return {(row[1], row[2]): row[3:] for row in found.itertuples(index=False, name=None)}


def test_table_1_stands_side_by_side_and_a_level_of_one_run_is_told():
    found = cells_of(characterized("A", male=4, female=6), characterized("B", male=10, other=1))
    of_the_group = {level: both for (level, group), both in found.items() if group == "S-group"}

    assert of_the_group == {
        "male": ("4 of 10 (40%)", "10 of 10 (100%)"),
        "female": ("6 of 10 (60%)", "no patient at this level"),
        "other": ("no patient at this level", "1 of 10 (10%)"),
    }


def test_a_group_of_one_run_stands_at_its_level():
    a, b = characterized("A", male=4, female=6), characterized("B", male=5)
    b.frames["baseline"]["characteristics"]["frame"]["rows"][0][2] = "OTHER"

    assert [level for level, _ in cells_of(a, b)] == ["male", "male", "female"]
    assert ("male", "Group OTHER") in cells_of(a, b)


def test_a_characteristic_that_one_cohort_does_not_record_is_said_so():
    a, b = characterized("A", male=4), characterized("B", male=5)
    b.frames["baseline"]["characteristics"]["frame"]["rows"][0][0] = "Age"

    assert drawings.baselines(a, b).iloc[0, 4] == NOT_RECORDED


def test_a_cohort_without_any_characteristic_is_compared():
    """Of two such cohorts there is nothing to say; beside another one, each level of that is not recorded here."""
    some, none, other = characterized("A", male=4), characterized("B"), characterized("C")

    assert drawings.baselines(none, other).values.tolist() == [[NOT_RECORDED]]
    assert cells_of(some, none) == {("male", "S-group"): ("4 of 10 (40%)", NOT_RECORDED)}


def test_a_confidential_run_is_compared_where_its_policy_is_exact():
    assert runs.withheld(run("A", access="confidential"), run("B", access="confidential")) == ""


def test_a_run_under_a_policy_that_coarsens_is_not_compared():
    message = runs.withheld(run("A"), run("B", policy="midpoint6"))

    assert message.startswith("No comparison is made of mine (midpoint6)")
    assert message.endswith("--not-for-release.")


def test_the_page_has_a_passage_for_each_figure_of_both():
    a, b = (drawing(letter, {"os_curve": SHORT, "os_late_curve": LONG}) for letter in "AB")
    text = comparison.text_of(a, b)

    assert "### Overall survival\n" in text
    assert "### Overall survival, late\n" in text
    assert "% curves" not in text


def test_nothing_that_no_build_writes_gets_into_the_page():
    a, b = (drawing(letter, {'x"); import os #_curve': SHORT}) for letter in "AB")

    with pytest.raises(UsageError, match="names a figure as no build does"):
        comparison.text_of(a, b)


def test_a_frame_comes_back_as_it_was_kept():
    kept = json.loads(json.dumps(SHORT))
    a = drawing("A", {"os_curve": kept})

    assert a.frame("overall_survival", "os_curve", "curve")["survival"].tolist() == [1.0, 2 / 3, 1 / 3]
    assert a.frame("overall_survival", "os_curve", "nothing") is None


def test_the_numbers_of_several_groups_are_compared_one_by_one(tmp_path):
    pair_of_runs = []
    for letter, months in (("A", 10.0), ("B", 12.0)):
        parts = {"S-group": median(months), "M-group": median(8.0)}
        values = {"subsequent_therapy": {"pfs2l_median": {**words("S-group …; M-group …"), "parts": parts}}}
        pair_of_runs.append(runs.load(drawn.write(tmp_path / letter, values, None), letter))

    assert runs.counted(runs.joined(*pair_of_runs)) == {"n_both": 2, "n_moved": 1, "n_same": 1}
    assert listed("moved", *pair_of_runs)["B less A"].tolist() == ["+2.0 months"]
