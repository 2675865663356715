"""Draw a spec as SVG, without what makes specs: the one process that draws for a whole book imports this alone.

The one door to vl-convert.
"""

VEGA_LITE = "v6_1"
"""Version of Vega-Lite that draws."""

_SHARPNESS = 2
"""Dots of a picture for each pixel of the drawing."""


def draw(spec: dict) -> str:
    """The drawing of a spec as SVG; the first one takes half a second longer, as the drawing program starts."""
    import vl_convert

    return vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)


def png(svg: str) -> bytes:
    """A drawing as a picture (PNG)."""
    import vl_convert

    return vl_convert.svg_to_png(svg, scale=_SHARPNESS)
