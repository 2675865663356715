"""The one local copy of the program that makes figures interactive, written beside the pages at build time.

It is Vega, Vega-Lite and vega-embed as vl-convert holds them, of the version that drew the figures; `figures.js` loads
it where a figure is near to be seen, so that a page without figures never does. To bind it takes as long as many a
page, so that another process does it while Sphinx makes the pages.
"""

import subprocess
import sys
from pathlib import Path

VEGA_LITE = "v6_1"
"""Version of Vega-Lite: that by which `display.figures` draws, of which this stage knows nothing."""

FILE = "vega.js"

_WITHIN = "(function () {\n%s\n})();\n"
"""The bundle declares names such as `_` at its top, which other scripts of a page have too."""

_ALONE = f"import sys; from {__name__} import program; sys.stdout.buffer.write(program().encode())"
"""What the other process runs; if nobody is there any more to read what it writes, it ends."""


def setup(app) -> dict:
    """Have Sphinx write the runtime once the pages are made."""
    app.connect("builder-inited", _begin)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def program() -> str:
    """Return the runtime as a script that gives a page `vega`, `vegaLite` and `vegaEmbed`, and no other name."""
    import vl_convert

    return _WITHIN % vl_convert.javascript_bundle(vl_version=VEGA_LITE)


def _begin(app) -> None:
    command = [sys.executable, "-P", "-c", _ALONE]
    silent = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    app.gistbook_runtime = subprocess.Popen(command, stdout=subprocess.PIPE, **silent)


def _write(app, exception) -> None:
    static = Path(app.outdir) / "_static"
    with app.gistbook_runtime as other:
        if exception is None and static.is_dir():
            written, _ = other.communicate()
            (static / FILE).write_bytes(written if other.returncode == 0 else program().encode())
        other.kill()
