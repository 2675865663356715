"""How groups are told apart: by colour and by dash, so that colour is never needed.

Colours are CSS custom properties of the page, so that a figure follows its light or dark theme.
"""

import altair as alt

COLOURS = ("#0072b2", "#c04f00", "#00795a", "#a2457f", "#2b6f99", "#8a5a00")
"""Those of the light theme, in which a figure is drawn that stands alone."""

COLOURS_OF_THEME = tuple(f"var(--gb-{i + 1}, {colour})" for i, colour in enumerate(COLOURS))
INK, GRID = "var(--gb-ink, #222)", "var(--gb-grid, #ddd)"

_DASHES = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (4, 4), (12, 3))


def looks(many: int) -> list[tuple[str, tuple[int, ...]]]:
    """Return the colour and the dash of each of so many groups; no two of them share both."""
    turns = [i + i // len(COLOURS) for i in range(many)]
    return [(COLOURS_OF_THEME[i % len(COLOURS)], _DASHES[turn % len(_DASHES)]) for i, turn in enumerate(turns)]


def scales(groups: list[str], field: str = "group") -> tuple[alt.Color, alt.StrokeDash]:
    """Return how groups are told apart in a chart, in the order given; without a legend."""
    colours, dashes = zip(*looks(len(groups)), strict=True) if groups else ((), ())
    colour = alt.Color(f"{field}:N", scale=alt.Scale(domain=groups, range=list(colours)), legend=None)
    return colour, alt.StrokeDash(f"{field}:N", scale=alt.Scale(domain=groups, range=list(dashes)), legend=None)
