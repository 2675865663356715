"""Figures: what the drawing program is asked for, and what whoever cannot see a figure is told."""

import io
import math
import re
import subprocess
import sys
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert
from bs4 import BeautifulSoup
from PIL import Image

from gistbook import build
from gistbook.analysis import estimates, lifetable, surgery
from gistbook.conventions import PatientDataError, days, rounded
from gistbook.display import figures, outputs
from gistbook.display.figures import canvas, readings
from gistbook.display.outputs import Displayed, inlined, width_of
from support import subjects
from support.drawn_figures import (
    HOSTILE,
    MANY,
    RISING,
    RISING_AT_RISK,
    SERIES,
    SINCE,
    SIX,
    WHAT,
    figure_of,
    frames_of,
    in_groups,
    many_subjects,
    on_page,
)

DRAW = """
from support import subjects
from support.drawn_figures import SIX, figure_of
print(figure_of(subjects.counts(SIX)).html)
"""


def numbered(many: int) -> list[str]:
    """Return so many names of groups."""
    return [f"group {i}" for i in range(many)]


def parts(value, key: str) -> list:
    """Return what stands under a key anywhere in a chart's dictionary."""
    if isinstance(value, list):
        return [found for each in value for found in parts(each, key)]
    if not isinstance(value, dict):
        return []
    here = [value[key]] if key in value else []
    return here + [found for each in value.values() for found in parts(each, key)]


@pytest.fixture(scope="module")
def drawn():
    """Return the figure of six drawn subjects."""
    return figure_of(subjects.counts(SIX))


@pytest.fixture
def asked(monkeypatch):
    """Return the dictionaries of the charts that are drawn during a test."""
    charts = []
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", lambda chart, **_: charts.append(chart) or "<svg></svg>")
    return charts


@pytest.fixture
def chart(asked):
    """Return the dictionary of the wide chart of six drawn subjects."""
    figure_of(subjects.counts(SIX))
    return asked[0]


def marked(chart: dict, mark: str) -> dict:
    """Return the first layer of a chart with a kind of mark."""
    return next(layer for part in chart["vconcat"] for layer in part["layer"] if layer["mark"]["type"] == mark)


def test_ticks_begin_at_zero_and_end_past_the_last_time():
    curve = pd.DataFrame({"time": days([0, 25])})

    assert estimates.ticks(curve) == [0, 6, 12, 18, 24, 30]


def test_ticks_end_at_the_last_time_where_it_is_one():
    assert estimates.ticks(pd.DataFrame({"time": days([0, 24])}), 12) == [0, 12, 24]


@pytest.mark.parametrize("last", [1, 24, 60, 100, 170, 360, 900])
def test_ticks_are_nine_at_most(last):
    assert len(estimates.ticks(pd.DataFrame({"time": days([0, last])}))) <= 9


def test_ticks_of_no_curve_are_time_zero():
    assert estimates.ticks(pd.DataFrame({"time": []})) == [0]


def test_the_axis_has_its_ticks_where_those_at_risk_are_counted(chart):
    at_risk = [row["time"] for row in chart["vconcat"][1]["data"]["values"]]

    ticks = [each for each in parts(chart, "values") if not isinstance(each[0], dict)]

    assert ticks == [at_risk] * 3


def test_the_axis_of_the_curve_is_that_of_the_risk_table(chart):
    domains = [x["scale"]["domain"] for x in parts(chart, "x") if "scale" in x]

    assert domains == [[0, 15.0]] * 4


def test_survival_runs_from_zero_to_one(chart):
    assert marked(chart, "line")["encoding"]["y"]["scale"]["domain"] == [0, 1]


@pytest.mark.parametrize("mark", ["line", "area"])
def test_the_curve_and_its_interval_step_after_each_time(chart, mark):
    assert marked(chart, mark)["mark"]["interpolate"] == "step-after"


def test_the_interval_lies_between_its_limits(chart):
    encoding = marked(chart, "area")["encoding"]

    assert (encoding["y"]["field"], encoding["y2"]["field"]) == ("lower", "upper")


def test_the_time_axis_says_from_what_it_counts(chart):
    assert set(parts(chart["vconcat"][0]["layer"], "title")) == {"Months from the first operation", WHAT}


def test_a_long_name_of_time_zero_is_cut_on_the_axis_of_either_width(asked):
    told = figures.survival_curve(*frames_of(subjects.counts(SIX)), "a long way " * 30, WHAT).description
    titles = [set(parts(chart["vconcat"][0]["layer"], "title")) - {WHAT} for chart in asked]

    assert all(title.startswith("Months from a long way") and len(title) < 110 for (title,) in titles)
    assert "a long way " * 30 in told


def test_only_times_on_the_axis_at_which_somebody_was_censored_are_marked(chart):
    marks = marked(chart, "tick")["data"]["values"]

    assert [round(days(row["time"])) for row in marks] == [300, 400]


def test_a_curve_of_which_few_are_left_is_drawn_level_to_the_end_of_its_axis(drawn, chart):
    """Of six, two at least are at risk up to 400 days; the last one leaves at 700."""
    last = max(drawn_points(chart), key=lambda point: point["time"])

    assert (last["time"], last["survival"]) == (15, pytest.approx(4 / 6 * 2 / 3, abs=1e-5))
    assert "Drawn up to 15 months, because few are at risk later." in drawn.html
    assert drawn.frames["curve"]["time"].max() == 700


@pytest.mark.parametrize(("subjects_at_first", "fewest"), [(8, 2), (18, 5), (20, 5), (40, 5), (100, 10)])
def test_an_axis_ends_where_a_tenth_and_five_are_at_risk_or_a_quarter_of_few(subjects_at_first, fewest):
    """One subject leaves shortly before each half month."""
    leaving = "\n".join(f"S 0 {days(month / 2 - 0.1):.0f} 1" for month in range(1, subjects_at_first + 1))
    last = (subjects_at_first - fewest + 1) / 2
    ticks = estimates.ticks(estimates.survival(subjects.counts(leaving)), 1)

    assert ticks[-1] == math.ceil(last)


def test_a_curve_that_ends_with_its_axis_goes_nowhere():
    assert "gb-cut" not in figure_of(subjects.counts("S 0 100 1\nS 0 100 1")).html


def drawn_points(chart: dict, mark: str = "line") -> list[dict]:
    """Return the points of the layer with a kind of mark."""
    return marked(chart, mark).get("data", chart["vconcat"][0].get("data"))["values"]


def test_what_happens_on_the_first_day_is_drawn_as_a_step(asked):
    figure_of(subjects.counts("S 0 0 1\nS 0 0 0\nS 0 50 1"))

    assert [(row["time"], rounded(row["survival"], 2)) for row in drawn_points(asked[0])][:2] == [
        (0, "1.00"),
        (0, "0.67"),
    ]


def half_lines(chart: dict) -> list[list[tuple]]:
    """Return what the thin lines at one half of the upper drawing are made of: from where, to where, and how high."""
    rules = [layer for layer in chart["vconcat"][0]["layer"] if layer["mark"]["type"] == "rule"]
    of_each = [rule["data"]["values"] for rule in rules]
    return [[(row["zero"], rounded(row["time"], 3), row["half"]) for row in rows] for rows in of_each]


def test_the_median_of_each_group_is_marked_where_its_curve_is_down_to_one_half(asked):
    # of three, two thirds after 100 days, one third after 200: half are left until 200; of the others, until 100
    figure_of(subjects.counts("A 0 100 1\nA 0 200 1\nA 0 300 1\nB 0 100 1\nB 0 100 1\nB 0 300 0"))
    first, last = (0, rounded(100 / (365.25 / 12), 3), 0.5), (0, rounded(200 / (365.25 / 12), 3), 0.5)

    assert half_lines(asked[0]) == [[last], [first, last]]


def test_a_curve_that_is_level_at_one_half_is_marked_in_the_middle_as_its_median_is_read(asked):
    figure_of(subjects.counts("A 0 100 1\nA 0 200 1\nA 0 300 1\nA 0 400 1"))

    assert half_lines(asked[0])[1] == [(0, rounded((200 + 300) / 2 / (365.25 / 12), 3), 0.5)]


def test_a_median_that_is_not_reached_is_not_marked(asked):
    figure_of(subjects.counts("A 0 100 1\nA 0 200 0\nA 0 300 0"))

    assert half_lines(asked[0]) == []


def test_the_interval_is_drawn_up_to_where_the_curve_comes_to_zero(asked):
    figure_of(subjects.counts("S 0 100 1\nS 0 200 1"))
    before, end = drawn_points(asked[0])[-2:]

    assert end["survival"] == 0
    assert (end["lower"], end["upper"]) == (before["lower"], before["upper"])


def fields_of(chart: dict) -> set[str]:
    """Return the names of all that is handed to a chart."""
    return {name for data in parts(chart, "data") for row in data["values"] for name in row}


def test_what_is_asked_for_is_as_the_schema_of_the_drawing_program_has_it(cohort, asked):
    figure_of(subjects.counts(SIX))
    lanes(cohort, "public")
    figures.forest(SERIES, "Months")

    for spec, kind in zip(asked, [alt.VConcatChart] * 2 + [alt.LayerChart] * 2 + [alt.FacetChart] * 2, strict=True):
        kind.from_dict(spec)


def test_the_chart_holds_estimates_only(chart):
    fields = set(parts(chart, "field")) | fields_of(chart)

    assert [name for name in fields if name != name.lower()] == []


def test_a_chart_has_no_ground_and_no_frame_of_its_own(chart):
    assert (chart["config"]["background"], chart["config"]["view"]["stroke"]) == ("transparent", "transparent")


def test_a_figure_is_drawn_for_a_wide_and_for_a_narrow_page(asked):
    figure_of(subjects.counts(SIX))

    assert [chart["vconcat"][0]["width"] for chart in asked] == [canvas.WIDE, canvas.NARROW]


def test_every_colour_of_a_figure_is_one_of_the_theme(drawn):
    colours = re.findall(r'(?:fill|stroke)="([^"]*)"', drawn.html)

    assert [c for c in colours if not c.startswith("var(--gb-") and c not in ("none", "transparent")] == []


@pytest.mark.parametrize("many", [1, 3, 10])
def test_every_group_has_a_row_in_the_risk_table(asked, many):
    figure_of(in_groups(*numbered(many)))
    rows = asked[0]["vconcat"][1]["data"]["values"]

    assert sorted({row["group"] for row in rows}) == numbered(many)


def test_groups_stand_in_the_order_of_their_names_the_first_in_the_first_colour(asked):
    figure_of(in_groups("late", "early"))
    colours = marked(asked[0], "line")["encoding"]["color"]["scale"]
    (rows,) = {tuple(each) for each in parts(asked[0]["vconcat"][1], "sort")}

    assert colours["domain"] == ["early", "late"]
    assert colours["range"] == [canvas.colour(0), canvas.colour(1)]
    assert rows == ("early", "late")


@pytest.mark.parametrize("many", [1, 3, 10])
def test_no_two_groups_share_both_colour_and_dashes(asked, many):
    figure_of(in_groups(*numbered(many)))
    encoding = marked(asked[0], "line")["encoding"]
    looks = zip(encoding["color"]["scale"]["range"], encoding["strokeDash"]["scale"]["range"], strict=True)

    assert len({(colour, tuple(dashes)) for colour, dashes in looks}) == many


def test_each_of_the_papers_groups_looks_the_same_with_and_without_the_other(asked):
    for groups in (["M-group", "S-group"], ["S-group"], ["M-group"], ["A"]):
        figure_of(in_groups(*groups))
    both, surgery, medication, other = (
        dict(
            zip(
                *(marked(chart, "line")["encoding"]["color"]["scale"][part] for part in ("domain", "range")),
                strict=True,
            )
        )
        for chart in asked[::2]
    )

    shades = [{g: paint.rstrip(")")[-7:] for g, paint in each.items()} for each in (both, surgery, medication, other)]
    both, surgery, medication, other = shades

    assert surgery == {"S-group": both["S-group"]} != {"S-group": both["M-group"]}
    assert medication == {"M-group": both["M-group"]}
    assert other == {"A": both["M-group"]}


def test_the_risk_table_is_as_high_as_it_has_groups(asked):
    figure_of(in_groups(*numbered(3)))
    figure_of(in_groups(*numbered(1)))

    assert asked[0]["vconcat"][1]["height"] == 3 * asked[2]["vconcat"][1]["height"]


@pytest.mark.parametrize("column", ["AVAL", "USUBJID"])
def test_a_curve_with_a_column_of_a_patient_is_refused(column):
    curve, at_risk = frames_of(subjects.counts(SIX))

    with pytest.raises(PatientDataError, match=column):
        figures.survival_curve(curve.assign(**{column: 1}), at_risk, SINCE, WHAT)


def test_a_risk_table_with_a_column_of_a_patient_is_refused():
    curve, at_risk = frames_of(subjects.counts(SIX))

    with pytest.raises(PatientDataError, match="AVAL"):
        figures.survival_curve(curve, at_risk.assign(AVAL=1), SINCE, WHAT)


def test_whoever_cannot_see_the_figure_is_told_its_numbers(drawn):
    assert drawn.description == (
        "Overall survival by months from the first operation, Kaplan-Meier. S: "
        "0 months 100%, 6 at risk; 3 months 100%, 6 at risk; 6 months 83%, 5 at risk; 9 months 67%, 4 at risk; "
        "12 months 67%, 3 at risk; 15 months 44%, 1 at risk."
    )


def test_whoever_cannot_see_the_figure_is_told_where_nobody_is_at_risk():
    curve = estimates.survival(subjects.counts(SIX))
    at_risk = estimates.number_at_risk(subjects.counts(SIX), days([0, 24]))
    words = figures.survival_curve(curve, at_risk, SINCE, WHAT).description

    assert words.endswith("24 months beyond the last patient at risk, 0 at risk.")


def test_a_curve_that_came_to_zero_is_told_as_zero_ever_after():
    figure = figure_of(subjects.counts("S 0 100 1\nS 0 100 1"))

    assert figure.description.endswith("3 months 100%, 2 at risk; 4 months 0%, 0 at risk.")


def test_every_group_is_told():
    figure = figure_of(in_groups("M-group", "S-group"))

    assert re.findall(r"(\S-group): 0 months 100%, 6 at risk;", figure.description) == ["M-group", "S-group"]


def test_the_drawings_of_a_figure_are_one_image_with_its_description_as_label(drawn):
    assert drawn.html.startswith(
        f'<div class="gb-figure"><div class="gb-drawing" role="img" aria-label="{drawn.description}">'
    )


def test_the_image_of_a_figure_holds_nothing_that_could_be_used_or_read(drawn):
    image = BeautifulSoup(drawn.html, "html.parser").select_one("[role=img]")

    assert image.select("button, input, table, details, output") == []


def test_a_notebook_displays_the_figure_as_one_picture_and_its_plain_text_is_the_description():
    figure = figures.forest(SERIES, "Median", "medians")
    shown, about = figure._repr_mimebundle_()
    page = BeautifulSoup(shown["text/html"], "html.parser")

    assert shown["text/plain"] == figure.description == page.picture.img["alt"]
    assert page.select("svg") == []
    assert about["scrapbook"] == {"name": "medians", "mime_prefix": ""}


def test_a_picture_brings_along_which_of_two_drawings_is_for_a_narrow_page():
    page = BeautifulSoup(figures.forest(SERIES, "Median").html, "html.parser")
    widths = [int(re.search(r"width%3D%22(\d+)%22", each)[1]) for each in (page.source["srcset"], page.img["src"])]

    assert page.source["media"] == "(max-width: 640px)"
    assert widths[0] < widths[1]


def test_a_page_has_the_very_drawings_of_the_picture(asked):
    html = inlined(figures.forest(SERIES, HOSTILE).html)
    page = BeautifulSoup(html, "html.parser")

    assert [str(each) for each in page.select(".gb-drawing svg")] == ["<svg></svg>"] * 2
    assert page.select_one(".gb-drawing")["aria-label"].startswith(HOSTILE)


def test_an_output_of_a_figure_without_a_key_records_nothing():
    assert figures.forest(SERIES, "Median")._repr_mimebundle_()[1] == {}


def test_an_empty_curve_gives_words():
    curve, at_risk = frames_of(lifetable.pool(subjects.counts(SIX)).iloc[:0])
    figure = figures.survival_curve(curve, at_risk, SINCE, WHAT)

    assert figure.html == '<p class="gb-nothing">Overall survival: not recorded in this cohort.</p>'


def test_where_all_leave_on_the_first_day_words_tell_the_curve():
    figure = figure_of(subjects.counts("S 0 0 0\nS 0 0 1"))

    assert figure.html.startswith('<p class="gb-nothing">')
    assert figure.description.endswith("there is no curve to draw. S: 0 months 50%, 2 at risk.")


def test_drawings_have_no_id_and_refer_to_none_so_that_figures_of_a_page_share_none(drawn, cohort):
    html = "".join([drawn.html, on_page(figures.forest(SERIES, "x")).html, lanes(cohort, "public").html])
    rising = on_page(figures.step_curve(RISING, RISING_AT_RISK, SINCE, "Died")).html

    assert re.findall(r"\bid=|url\(|href=", html + rising) == []


def test_a_group_named_in_markup_is_shown_and_does_nothing():
    html = figure_of(in_groups(HOSTILE, "other")).html
    plain = figure_of(in_groups("a group", "other")).html

    assert sorted(set(re.findall(r"</?[a-z]+\b", html))) == sorted(set(re.findall(r"</?[a-z]+\b", plain)))
    assert "<script" not in html
    assert "&lt;img" in html


def test_a_time_zero_named_in_markup_is_shown_and_does_nothing():
    html = on_page(figures.survival_curve(*frames_of(subjects.counts(SIX)), HOSTILE, HOSTILE)).html

    assert "<img" not in html


def test_a_long_name_of_a_group_does_not_push_the_curve_off_the_page():
    html = figure_of(in_groups("x" * 300)).html

    assert max(int(width) for width in re.findall(r'<svg[^>]* width="(\d+)"', html)) < 900


def test_a_long_name_of_a_group_is_told_in_full():
    assert "x" * 300 in figure_of(in_groups("x" * 300)).description


def test_a_name_is_cut_in_its_middle_so_that_beginning_and_end_are_seen():
    assert canvas.short_names(["Operated on for resistance", "Not"], 100) == {
        "Operated on for resistance": "Operated…ance",
        "Not": "Not",
    }


def test_two_names_that_would_look_alike_are_numbered():
    names = ["a" * 100, "a" * 101]

    assert len(set(canvas.short_names(names, 100).values())) == 2


@pytest.mark.parametrize("letter", ["x", "手"], ids=["narrow", "wide"])
def test_a_name_that_was_cut_fits(letter):
    (shown,) = canvas.short_names([letter * 300], 140).values()

    assert 100 < width_of(shown) <= 140


def test_the_margin_holds_a_name_in_letters_that_this_machine_may_not_have():
    html = figure_of(in_groups("手術" * 150)).html
    left = min(float(x) for x in re.findall(r'<line transform="translate\((-[\d.]+),', html))

    assert left <= -140


def test_counts_at_risk_of_many_digits_do_not_touch(asked):
    curve = estimates.survival(subjects.counts(SIX))
    at_risk = estimates.number_at_risk(subjects.counts(SIX), days([*range(0, 25, 3)]))
    figures.survival_curve(curve, at_risk.assign(at_risk=1234567), SINCE, WHAT)
    counts = parts(asked[1]["vconcat"][1], "mark")[0]

    assert counts["fontSize"] * 7 * 0.56 < canvas.NARROW / 8


@pytest.mark.whole
def test_two_processes_draw_the_same_bytes():
    drawn = [
        subprocess.run(
            [sys.executable, "-c", DRAW],
            env={"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert drawn[0] == drawn[1]


@pytest.fixture
def rising(asked):
    """Return the dictionary of the wide chart of a curve that rises by a step."""
    figures.step_curve(RISING, RISING_AT_RISK, SINCE, "Died")
    return asked[0]


def layer_of(chart: dict, mark: str) -> dict:
    """Return the first layer with a kind of mark in a chart of one part."""
    return next(layer for layer in parts(chart, "layer")[0] if layer["mark"]["type"] == mark)


@pytest.mark.parametrize("mark", ["line", "area"])
def test_a_rising_curve_and_its_interval_step_after_each_time(rising, mark):
    assert layer_of(rising, mark)["mark"]["interpolate"] == "step-after"


def test_a_rising_curve_is_drawn_by_months_from_a_named_time_zero(rising):
    times = [row["time"] for row in drawn_points(rising)]

    assert layer_of(rising, "line")["encoding"]["x"]["axis"]["title"] == "Months from the first operation"
    assert times == [0.0, 12.0]


def test_where_a_rising_curve_ends_is_told():
    told = "Died by months from the first operation. At the end: a 0.25."

    assert figures.step_curve(RISING, RISING_AT_RISK, SINCE, "Died").description == told


def test_shares_that_rise_are_percentages_as_survival_is_and_mean_counts_are_numbers(asked):
    incidence = figures.step_curve(*two_kinds("A"), SINCE, "Died").description
    figures.step_curve(RISING, RISING_AT_RISK, SINCE, "Died")
    axes = [layer_of(chart, "line")["encoding"]["y"]["axis"].get("format") for chart in asked]

    assert incidence.endswith("At the end: A, death 10%; A, line 50%.")
    assert set(axes[: len(axes) // 2]) == {"%"}
    assert set(axes[len(axes) // 2 :]) == {None}


def test_a_rising_curve_stands_over_those_at_risk_at_its_ticks(rising):
    rows = rising["vconcat"][1]["data"]["values"]

    assert [(row["time"], row["at_risk"]) for row in rows] == [(0, "8"), (12, "3")]


def two_kinds(*groups: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two kinds of events of each group, the second of which comes to half, and those at risk of any."""
    curve = [
        RISING.assign(group=f"{group}, {kind}", kind=kind, estimate=[0.0, height], lower=0.0, upper=1.0)
        for group in groups
        for kind, height in (("death", 0.1), ("line", 0.5))
    ]
    return pd.concat(curve, ignore_index=True), pd.concat([RISING_AT_RISK.assign(group=group) for group in groups])


def looks_of(chart: dict) -> dict[str, tuple[str, tuple]]:
    """Return the shade and the dashes of each line of a chart."""
    scales = [layer_of(chart, "line")["encoding"][name]["scale"] for name in ("color", "strokeDash")]
    shades, dashes = (each["range"] for each in scales)
    return {
        name: (shade.rstrip(")")[-7:], tuple(dash))
        for name, shade, dash in zip(scales[0]["domain"], shades, dashes, strict=True)
    }


def test_the_kinds_of_events_of_a_group_have_its_hue_and_each_kind_its_dashes(asked):
    figures.step_curve(*two_kinds("M-group", "S-group"), SINCE, "Died")
    looks = looks_of(asked[0])

    assert list(looks) == ["M-group, death", "M-group, line", "S-group, death", "S-group, line"]
    (m_death, solid), (m_line, dashed), (s_death, other), (s_line, last) = looks.values()
    assert (m_death, s_death) == (m_line, s_line) == canvas.COLOURS[:2]
    assert solid == other != dashed == last


def test_the_kinds_of_events_of_a_single_group_have_a_hue_each(asked):
    figures.step_curve(*two_kinds("A"), SINCE, "Died")

    assert [shade for shade, _ in looks_of(asked[0]).values()] == list(canvas.COLOURS[:2])


def test_the_risk_table_of_several_kinds_has_a_row_for_each_group(asked):
    figures.step_curve(*two_kinds("A", "B"), SINCE, "Died")
    table = asked[0]["vconcat"][1]

    assert [row["group"] for row in table["data"]["values"]] == ["A", "A", "B", "B"]
    assert [layer["mark"]["type"] for layer in table["layer"]] == ["text", "text"]


def test_a_rising_curve_of_nobody_gives_words():
    told = figures.step_curve(RISING.iloc[:0], RISING_AT_RISK, SINCE, "Died").description

    assert told == "Died: not recorded in this cohort."


def test_a_rising_curve_that_stays_at_zero_lies_on_the_axis(asked):
    figures.step_curve(RISING.assign(estimate=0.0, lower=0.0, upper=0.0), RISING_AT_RISK, SINCE, "Died")

    assert layer_of(asked[0], "line")["encoding"]["y"]["scale"]["domain"] == [0, 1]


def test_a_rising_curve_of_the_first_day_alone_is_told_in_words():
    told = figures.step_curve(RISING.iloc[:1], RISING_AT_RISK, SINCE, "Died").html

    assert "Nobody was followed beyond the first day" in told
    assert "At the end: a 0.00." in told


def test_a_rising_curve_with_a_column_of_a_patient_is_refused():
    with pytest.raises(PatientDataError, match="USUBJID"):
        figures.step_curve(RISING.assign(USUBJID="p1"), RISING_AT_RISK, SINCE, "Died")


def test_a_forest_is_told_with_the_limits_that_are_known():
    told = figures.forest(SERIES, "Median, months").description

    assert told == (
        "Median, months. Surgery, Ours: 14.5 (7.9 to 24.6); Surgery, Theirs: 10.0; Drugs, Late: not reached."
    )


def test_a_forest_draws_nothing_where_the_estimate_is_unknown(asked):
    figures.forest(SERIES, "Median, months")

    assert {each["filter"] for each in parts(asked[0], "transform")[0]} == {"isValid(datum.estimate)"}


def test_a_forest_draws_the_truth_only_where_it_is_known():
    rows = SERIES.assign(truth=[2.5] * len(SERIES))
    plain, true = (figures.forest(each, "Median") for each in (SERIES, rows))

    assert true.html != plain.html
    assert "2.50" in figures.forest(rows.assign(estimate=2.5), "Median", digits=2).description


def test_the_names_of_a_forest_are_whole_at_either_width():
    name = "any event after two or more missed scans is censored"
    page = BeautifulSoup(on_page(figures.forest(SERIES.replace("Theirs", name), "Median")).html, "html.parser")
    written = [[" ".join(text.stripped_strings) for text in svg.select("text")] for svg in page.select("svg")]

    assert [name in texts for texts in written] == [True, True]


def test_a_forest_of_nothing_gives_words():
    assert figures.forest(SERIES.iloc[:0], "Median").description == "Median: not recorded in this cohort."


def test_a_forest_with_a_column_of_a_patient_is_refused():
    with pytest.raises(PatientDataError, match="AVAL"):
        figures.forest(SERIES.assign(AVAL=1), "Median")


def test_a_series_named_in_markup_is_shown_and_does_nothing():
    assert "<img" not in on_page(figures.forest(SERIES.replace({"label": {"Theirs": HOSTILE}}), "Median")).html


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Return a cohort of four drawn patients, of whom two were operated on."""
    return build.load_cohort(subjects.whole_folder(tmp_path_factory.mktemp("figures") / "p1"))


def lanes(cohort, access: str) -> Displayed:
    """Return the one figure of patients."""
    return on_page(figures.swimmer(surgery.periods(cohort), surgery.marks(cohort), access))


def test_a_lane_a_patient_is_refused_for_a_confidential_cohort(cohort):
    with pytest.raises(PatientDataError, match="confidential"):
        lanes(cohort, "confidential")


def test_lanes_are_told_by_how_many_and_what_happened(cohort):
    assert lanes(cohort, "public").description == (
        "Courses of 2 operated patients from the first operation, one lane each: "
        "1 death, 1 last contact, 3 operations, 2 progressions."
    )


def test_a_lane_names_no_patient_and_no_date(cohort, asked):
    lanes(cohort, "public")
    columns = fields_of(asked[0])

    assert columns == {"lane", "drug", "astdy", "aendy", "mark", "ady"}


def test_a_line_ties_the_end_of_each_course_to_its_lane(cohort, asked):
    lanes(cohort, "public")
    marks = surgery.marks(cohort)
    ends = layer_of(asked[0], "rule")["data"]["values"]

    assert [row["lane"] for row in ends] == [1, 2]
    assert [round(days(row["ady"])) for row in ends] == marks.groupby("LANE")["ADY"].max().tolist()


def test_deaths_are_counted_among_the_operated(cohort):
    assert surgery.died(surgery.marks(cohort)) == (1, 2)


def test_the_axes_of_a_curve_stand_apart_from_it_so_that_no_line_lies_upon_them(chart):
    axes = [axis for axis in parts(chart["vconcat"][0], "axis") if axis]

    assert axes
    assert min(axis.get("offset", 0) for axis in axes) > 0


def test_lanes_without_recorded_drugs_are_still_drawn(cohort):
    assert "<svg" in lanes(cohort._replace(exposures=None), "public").html


def test_a_drug_named_in_markup_is_shown_and_does_nothing(cohort):
    drugs = cohort.exposures["TRT"].astype(object).replace("imatinib", HOSTILE)
    exposures = cohort.exposures.assign(TRT=drugs)

    assert "<img" not in lanes(cohort._replace(exposures=exposures), "public").html


def test_lanes_of_nobody_give_words(cohort):
    none = cohort._replace(adsl=cohort.adsl.assign(OPDT1=pd.NaT))

    assert lanes(none, "public").description == "Courses of the operated patients: not recorded in this cohort."


def test_lanes_of_more_patients_than_can_be_told_apart_give_words(cohort):
    many = pd.DataFrame({"LANE": range(figures.MOST_LANES + 1), "MARK": "death", "ADY": 1})
    told = figures.swimmer(surgery.periods(cohort), many, "public")

    assert told.html.startswith('<p class="gb-nothing">')
    assert told.description == (
        f"Courses of {figures.MOST_LANES + 1} operated patients: lanes are drawn of up to {figures.MOST_LANES} only."
    )


def test_as_many_lanes_as_are_drawn_at_most_are_drawn(cohort):
    many = pd.DataFrame({"LANE": range(figures.MOST_LANES), "MARK": "death", "ADY": 1})

    assert "<svg" in on_page(figures.swimmer(surgery.periods(cohort), many, "public")).html


def test_lanes_of_the_first_day_alone_can_be_drawn(cohort):
    first = figures.swimmer(surgery.periods(cohort).iloc[:0], surgery.marks(cohort).assign(ADY=0), "public")

    assert "<svg" in on_page(first).html


def test_the_figure_of_patients_has_no_numbers(cohort):
    page = BeautifulSoup(lanes(cohort, "public").html, "html.parser")

    assert page.select("script, table, details, button, input, output") == []
    assert len(page.select("[role=img] svg")) == 2


def test_the_figure_of_patients_hands_on_no_frame(cohort):
    assert lanes(cohort, "public").frames == {}


@pytest.fixture(scope="module")
def long():
    """Return the curve of many subjects."""
    return estimates.survival(many_subjects())


HEIGHTS = ["survival", "lower", "upper"]


def in_pixels(times, heights, last: float) -> np.ndarray:
    """Return points as they lie in a wide drawing."""
    return np.column_stack([canvas.WIDE * np.asarray(times) / last, 300 * np.asarray(heights)])


def farthest(points: np.ndarray, line: np.ndarray) -> float:
    """Return how far the farthest of some points is from a line of straight pieces, by trying every piece."""
    start, step = line[:-1], np.diff(line, axis=0)
    length = (step**2).sum(axis=1)
    there = ((points[:, None] - start) * step).sum(axis=2) / np.where(length > 0, length, 1)
    nearest = start + there.clip(0, 1)[..., None] * step
    return float(np.sqrt(((points[:, None] - nearest) ** 2).sum(axis=2)).min(axis=1).max())


@pytest.mark.parametrize("height", HEIGHTS)
@pytest.mark.parametrize("group", ["A", "B"])
def test_a_thinned_curve_passes_every_corner_of_the_whole_at_less_than_a_pixel(long, group, height):
    last, rows = long["time"].max(), long[long["group"] == group]
    known = rows[rows[height].notna()]
    stairs = known.loc[known.index.repeat(2)]
    whole = in_pixels(stairs["time"].to_numpy()[1:], stairs[height].to_numpy()[:-1], last)
    points, _ = readings.outline(long, HEIGHTS)
    drawn = points[(points["group"] == group) & points[height].notna()]

    assert farthest(whole, in_pixels(drawn["time"], drawn[height], last)) < 1


def test_a_thinned_curve_keeps_its_first_and_its_last_point(long):
    points, _ = readings.outline(long, HEIGHTS)
    ends = [frame.groupby("group")[["time", "survival"]].agg(["first", "last"]) for frame in (long, points)]

    pd.testing.assert_frame_equal(*ends)


def test_a_thinned_curve_has_points_for_at_most_so_many_steps(long):
    points, joined = readings.outline(long, HEIGHTS)

    assert joined == "linear"
    assert points.groupby("group").size().max() <= 2 * readings.MOST_STEPS < long.groupby("group").size().min()


def test_however_ragged_a_curve_is_its_points_are_bounded():
    ragged = pd.DataFrame({"group": "a", "time": np.arange(4000.0), "estimate": np.arange(4000) % 2})
    ragged = ragged.assign(lower=0.0, upper=1.0)
    points, _ = readings.outline(ragged, ["estimate", "lower", "upper"])

    assert len(points) <= 2 * readings.MOST_STEPS


def test_a_step_that_can_be_seen_stays_upright_in_a_thinned_curve(long):
    fallen = long.assign(survival=long["survival"].where(long["time"] < 1000, 0.0))
    points, _ = readings.outline(fallen, ["survival"])
    one = points[points["group"] == "A"]
    steepest = one["survival"].diff().abs().argmax()
    wide = canvas.WIDE * one["time"].diff().iloc[steepest] / long["time"].max()

    assert one["survival"].iloc[steepest] == 0
    assert wide < 1


def test_a_curve_of_few_steps_is_drawn_as_it_is():
    curve = estimates.survival(subjects.counts(SIX))

    assert readings.outline(curve, HEIGHTS) == (curve, "step-after")


def test_marks_of_the_censored_are_at_most_so_many_a_group(long):
    assert readings.marks(long).groupby("group").size().max() <= readings.MOST_MARKS + 1


def test_a_figure_in_which_a_mark_stands_for_several_says_so(long):
    at_risk = estimates.number_at_risk(many_subjects(), days(estimates.ticks(long)))

    assert figures.survival_curve(long, at_risk, SINCE, WHAT).description.endswith("one mark stands for all.")


def test_a_figure_of_ten_times_the_subjects_weighs_no_tenth_more(long):
    at_risk = estimates.number_at_risk(many_subjects(), days(estimates.ticks(long)))
    fewer = estimates.survival(many_subjects(of=MANY // 10))
    heavy, light = (figures.survival_curve(curve, at_risk, SINCE, WHAT).html for curve in (long, fewer))

    assert len(heavy) < 1.1 * len(light)


def test_what_a_figure_says_comes_from_the_whole_curve(long):
    at_risk = estimates.number_at_risk(many_subjects(), days([12]))
    height = estimates.rate(long, days([12]))["estimate"]

    told = figures.survival_curve(long, at_risk, SINCE, WHAT).description
    assert re.findall(r"12 months (\d+)%", told) == [rounded(100 * share, 0) for share in height]


def test_a_figure_hands_on_the_frames_that_it_was_drawn_from(drawn):
    curve, at_risk = frames_of(subjects.counts(SIX))

    pd.testing.assert_frame_equal(drawn.frames["curve"], curve)
    pd.testing.assert_frame_equal(drawn.frames["at_risk"], at_risk)


def test_the_frame_of_a_thinned_curve_holds_rows_of_the_whole_one(long):
    both = readings.rows(long, HEIGHTS).merge(long, how="left", indicator=True)

    assert (both["_merge"] == "both").all()
    assert both.groupby("group").size().max() <= 2 * readings.MOST_STEPS


@pytest.mark.parametrize("height", HEIGHTS)
def test_steps_drawn_from_the_frame_of_a_thinned_curve_lie_near_the_whole_one(long, height):
    kept = readings.rows(long, HEIGHTS)[["group", "time", height]].rename(columns={height: "kept"})
    both = pd.merge_asof(long.sort_values("time"), kept.sort_values("time"), on="time", by="group")

    assert (300 * (both[height] - both["kept"])).abs().max() < 2


def test_rising_curves_forests_and_flows_hand_on_their_frames():
    rising = figures.step_curve(RISING, RISING_AT_RISK, SINCE, "Died")
    shown = [rising, figures.forest(SERIES, "Median"), figures.flow(FLOW)]

    assert [list(each.frames) for each in shown] == [["curve", "at_risk"], ["frame"], ["frame"]]


def corners(path: str) -> list[tuple[float, float]]:
    """Return the corners of a path of absolute or of relative pieces."""
    x, y, found = 0.0, 0.0, []
    for letter, numbers in re.findall(r"([MLlhv])([-\d.,]+)", path):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        across, down = {"h": (*values, 0), "v": (0, *values)}.get(letter, values)
        x, y = (across, down) if letter in "ML" else (x + across, y + down)
        found.append((x, y))
    return found


def test_a_line_in_short_has_the_same_corners_to_a_tenth_of_a_pixel():
    svg = '<path d="M0,0L21.703,0L21.703,104.946L9.25,99.449L9.25,120Z" fill="a"/>'
    short = canvas.lighter(svg)

    assert np.round(corners(short), 1).tolist() == [[0, 0], [21.7, 0], [21.7, 104.9], [9.2, 99.4], [9.2, 120]]
    assert len(short) < len(svg)


def test_marks_that_look_alike_are_written_as_one_shape():
    two = '<path d="M1,1h1v1h-1Z" fill="a"/><path d="M5,1h1v1h-1Z" fill="a"/><path d="M5,1h1v1h-1Z" fill="b"/>'

    assert canvas.lighter(two) == '<path d="M1,1h1v1h-1ZM5,1h1v1h-1Z" fill="a"/><path d="M5,1h1v1h-1Z" fill="b"/>'


def test_the_look_that_all_texts_of_a_group_have_is_written_once():
    one = '<text fill="a" font-size="12px" transform="translate(1,2)"> font-size="12px"</text>'
    other = '<text fill="b" font-size="12px" transform="translate(3,2)">2</text>'

    assert canvas.lighter(f'<g class="mark-text role-mark">{one}\n{other}</g>') == (
        '<g class="mark-text role-mark" font-size="12px">'
        '<text fill="a" transform="translate(1,2)"> font-size="12px"</text>\n'
        '<text fill="b" transform="translate(3,2)">2</text></g>'
    )


def test_numbers_in_a_name_are_left_as_they_are():
    text = '<text transform="translate(88.57142,16)"> d="M1.23456,7.8" 1.23456</text>'

    assert canvas.lighter(text) == '<text transform="translate(88.6,16)"> d="M1.23456,7.8" 1.23456</text>'


FLOW = pd.DataFrame(
    [("Recorded", 5, ""), ("Left", 1, "Recorded"), ("Analysed", 4, "Recorded"), ("S-group", 4, "Analysed")],
    columns=["step", "count", "parent"],
)


def test_the_flow_nests_each_step_in_the_one_it_comes_from():
    html = figures.flow(FLOW).html

    assert re.sub(r"</?(?:span|strong|div)[^>]*>", "", html) == (
        "<ul><li>Recorded 5<ul><li>Left 1</li><li>Analysed 4<ul><li>S-group 4</li></ul></li></ul></li></ul>"
    )


def test_the_flow_is_told_in_one_sentence():
    told = "Flow of patients. Recorded: 5; Left: 1; Analysed: 4; S-group: 4."

    assert figures.flow(FLOW).description == told


def test_a_step_named_in_markup_is_shown_and_does_nothing():
    html = figures.flow(FLOW.replace({"step": {"Left": HOSTILE}})).html

    assert "<img" not in html
    assert "&lt;img" in html


def test_a_flow_with_a_column_of_a_patient_is_refused():
    with pytest.raises(PatientDataError, match="USUBJID"):
        figures.flow(FLOW.assign(USUBJID="p1"))


@pytest.mark.parametrize(
    ("look", "alpha"), [('opacity="0.5"', 128), ('fill-opacity="0.5"', 128), ('opacity="0.5" fill-opacity="0.5"', 64)]
)
def test_a_shape_is_as_faint_in_a_picture_as_in_its_drawing(look, alpha):
    size = 'width="4" height="4"'
    png = outputs.png(f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect {size} fill="#000" {look}/></svg>')

    assert Image.open(io.BytesIO(png)).getpixel((3, 3)) == (0, 0, 0, alpha)
