"""Groups are told apart by colour, by whoever sees colours otherwise than most, and by dashes where colours fail."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from gistbook.book import theme
from gistbook.display.figures import canvas

FEW = 4
"""Groups up to which colours alone are enough; no chapter draws more."""

FAR = 10
"""Distance of two colours, in units of CIE 1976 L*a*b*, at which nobody takes one for the other side by side."""

SEEN = {
    "as most do": np.eye(3),
    "without red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "without green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "without blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""What the eye makes of light in red, green and blue (Machado, Oliveira and Fernandes, IEEE TVCG 2009;15:1291-1298)."""

TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)
GROUNDS = {"light": "#ffffff", "dark": "#14181e"}
"""What pages are printed on, by the theme."""


def palette(theme_name: str) -> list[str]:
    """Return the colours of groups as the style of the pages has them for a theme."""
    style = Path(theme.__file__).with_name("static").joinpath("gistbook.css").read_text("utf-8")
    block = re.search(rf'data-theme="{theme_name}"\] {{(.*?)}}', style, re.DOTALL)[1]
    return re.findall(r"--gb-\d: (#\w{6});", block)


def light_of(colour: str) -> np.ndarray:
    """Return the light of a colour in red, green and blue."""
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def seen(colour: str, eye) -> np.ndarray:
    """Return a colour as an eye sees it, in CIE 1976 L*a*b*."""
    xyz = TO_XYZ @ (np.array(eye) @ light_of(colour)).clip(0, 1) / WHITE
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG reckons it."""
    dark, bright = sorted(float(TO_XYZ[1] @ light_of(colour)) for colour in (one, other))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("eye", SEEN.values(), ids=SEEN)
@pytest.mark.parametrize("name", GROUNDS)
def test_the_colours_of_few_groups_are_told_apart_by_any_eye(name, eye):
    few = [seen(colour, eye) for colour in palette(name)[:FEW]]

    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(few, 2)) > FAR


@pytest.mark.parametrize("name", GROUNDS)
def test_every_colour_of_a_group_stands_out_from_the_page(name):
    assert min(contrast(colour, GROUNDS[name]) for colour in palette(name)) >= 3


def test_in_grey_groups_are_told_apart_by_their_dashes():
    dashes = [dash for _, dash in canvas.looks_by_group([*map(str, range(len(canvas.COLOURS)))]).values()]

    assert len(set(dashes)) == len(dashes)


def test_a_figure_that_stands_alone_has_the_colours_of_the_light_theme():
    assert tuple(palette("light")) == canvas.COLOURS
