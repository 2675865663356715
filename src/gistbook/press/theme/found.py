"""Files by which a host and a search engine know what there is: `.nojekyll`, `robots.txt` and `sitemap.xml`.

The last two only where the configuration names the address of the site, as both hold nothing but addresses of it. No
date is told: pages are the same bytes whenever they are made.
"""

from pathlib import Path

from gistbook.conventions import escaped

_SITEMAP = """\
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{urls}</urlset>
"""


def setup(app) -> dict:
    """Have Sphinx write the files when it has written the pages."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def sitemap(address: str, pages: list[str]) -> str:
    """Return the map of a site: the address of each page, by their names."""
    places = [escaped(f"{address}{page}.html") for page in pages]
    return _SITEMAP.format(urls="".join(f"<url><loc>{place}</loc></url>\n" for place in places))


def robots(address: str) -> str:
    """Return what crawlers are told: that they may read everything, and where the map is.

    They look for it only at the top of a host; elsewhere it does no harm.
    """
    return f"User-agent: *\nAllow: /\nSitemap: {address}sitemap.xml\n"


def _write(app, failure) -> None:
    if failure or app.builder.format != "html":
        return
    out, address = Path(app.outdir), app.config.html_baseurl
    # Pages of GitHub that come from a branch would else leave out every folder whose name begins with _.
    (out / ".nojekyll").touch()
    if address:
        (out / "sitemap.xml").write_text(sitemap(address, sorted(app.env.found_docs)), encoding="utf-8")
        (out / "robots.txt").write_text(robots(address), encoding="utf-8")
