"""Draw a spec as SVG, without what makes specs: the one process that draws for a whole book imports this alone."""

VEGA_LITE = "v6_1"
"""Version of Vega-Lite that draws; the runtime that pages load is of the same."""


def draw(spec: dict) -> str:
    """Return the drawing of a spec as SVG; the first one takes half a second longer, as the drawing program starts."""
    import vl_convert

    return vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
