"""Names beside curves: where there is room, and nowhere else."""

import numpy as np
import pytest

from gistbook.display.figures import plot
from gistbook.display.outputs import width_of
from support import subjects
from support.drawn_figures import figure_of

SIZE = (300, 200)


def level(height: float, until: float = 300) -> np.ndarray:
    """Return a level line of a plot, in pixels."""
    return np.array([[0.0, height], [until, height]])


def test_a_name_stands_after_the_end_of_its_line_where_that_leaves_room():
    left, middle = plot.beside({"S-group": level(100, 150)}, [], SIZE)["S-group"]

    assert (left, middle) == (150 + 6, 100)


def test_a_name_stands_over_or_under_a_line_that_goes_on_to_the_side():
    left, middle = plot.beside({"S-group": level(100)}, [], SIZE)["S-group"]

    assert left + width_of("S-group") <= SIZE[0]
    assert abs(middle - 100) == 6 + 14 / 2


def test_a_name_keeps_farther_from_any_other_line_than_from_its_own():
    places = plot.beside({"A": level(100), "B": level(130)}, [], SIZE)

    assert [middle for _, middle in places.values()] == [100 - 13, 130 + 13]


def test_between_lines_that_leave_no_room_there_is_no_name():
    assert plot.beside({"A": level(100), "B": level(106), "C": level(112)}, [], SIZE).keys() == {"A", "C"}


def test_a_line_that_bears_no_name_keeps_names_away_too():
    over, under = level(87), level(113)

    assert plot.beside({"A": level(100)}, [over, under], SIZE) == {}


def test_a_name_longer_than_the_plot_is_not_written():
    assert plot.beside({"S-group" * 10: level(100)}, [], SIZE) == {}


def test_a_name_after_a_line_that_ends_on_the_axis_stands_over_that():
    steep = np.array([[100.0, 0.0], [110.0, 200.0]])

    assert plot.beside({"S-group": steep}, [], SIZE) == {"S-group": (110 + 6, 200 - 14 / 2)}


def test_a_line_that_falls_steeply_to_the_side_has_no_name_beside_it():
    assert plot.beside({"S-group": np.array([[280.0, 0.0], [300.0, 200.0]])}, [], SIZE) == {}


def test_no_name_lies_upon_another():
    lines = {name: level(60 + 50 * place, 300) for place, name in enumerate(("first", "second", "third"))}
    places = plot.beside(lines, [], SIZE)
    boxes = [(left, left + width_of(name), middle - 7, middle + 7) for name, (left, middle) in places.items()]

    assert len(boxes) == 3
    for at, (left, right, top, bottom) in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert right <= other[0] or other[1] <= left or bottom <= other[2] or other[3] <= top


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_curves_that_lie_apart_bear_their_names_in_the_plot_at_either_width(width):
    early = "\n".join(f"A 0 {day} 1" for day in range(30, 330, 30))
    late = "\n".join(f"B 0 {day} {day % 400 == 0:d}" for day in range(800, 1800, 100))
    html = figure_of(subjects.counts(f"{early}\n{late}")).html
    drawing = html.split(f'<div class="gb-{width}">')[1].split("</svg>")[0]

    assert drawing.count(">A</text>") == drawing.count(">B</text>") == 2
