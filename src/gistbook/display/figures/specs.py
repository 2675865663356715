"""What a chart is asked for, as data: the drawing made at build time and the view that a page makes are of one spec."""

import json
import re

import altair as alt

from gistbook import handover
from gistbook.display.figures.lightening import lighter
from gistbook.display.figures.looks import GRID, INK
from gistbook.drawing import draw

_AXIS = {
    "labelColor": INK,
    "titleColor": INK,
    "domainColor": INK,
    "tickColor": INK,
    "gridColor": GRID,
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}

_START = {"at": 0, "read": False, "hidden": []}
"""What a reader changes, as it is at first: where the figure is read, whether it is, which groups are not shown."""

_HARMFUL = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Signs that could end the element in which JSON stands in a page, in the spelling that JSON has for them."""

_TAG_BEGINS, _JOINED = re.compile(r"<(?=[a-zA-Z/!?])"), "<\\u2060"
"""What could be taken for a tag, by whatever reads the data, and the same with a sign behind it that has no width."""


def spec_of(chart: alt.TopLevelMixin, groups: list[str] | None = None) -> dict:
    """Return the spec of a chart in the colours of the page, with what a reader may change.

    `groups` are those that can be hidden, under the names that the chart has for them.
    """
    plain = chart.configure(background="transparent", aria=False, view={"stroke": "transparent"})
    plain = plain.configure_axis(**_AXIS)
    with alt.data_transformers.enable("default", max_rows=None):
        spec = plain.to_dict(validate=False)  # checking it takes longer than all else, and is done by a test
    del spec["$schema"]
    if groups is not None:
        told = {"groups": groups, **_START}
        spec["params"] = [{"name": name, "value": value} for name, value in told.items()]
    return spec


def drawn(spec: dict) -> str:
    """Return the drawing that a spec asks for, as SVG; in a build, one process draws for all chapters."""
    return lighter(handover.drawn(spec, draw))


def in_page(specs: dict[str, dict]) -> str:
    """Return specs by the name of their width as data in a page, which no browser runs; the same rows stand there once.

    Rows are written without their names, which stand before them once.
    """
    rows = {name: _columned(rows) for spec in specs.values() for name, rows in spec["datasets"].items()}
    parts = {name: {key: spec[key] for key in spec if key != "datasets"} for name, spec in specs.items()}
    text = json.dumps({**parts, "datasets": rows}, sort_keys=True, separators=(",", ":"), allow_nan=False)
    text = _TAG_BEGINS.sub(lambda _: _JOINED, text).translate(_HARMFUL)
    return f'<script type="application/json" class="gb-spec">{text}</script>'


def _columned(rows: list[dict]) -> dict:
    names = list(rows[0]) if rows else []
    return {"columns": names, "rows": [[row[name] for name in names] for row in rows]}
