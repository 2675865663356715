"""Look up once what the library of references looks up for every citation, a tenth of the time that pages take."""

import functools


def setup(app) -> dict:
    """Keep what was found, for as long as this process makes pages."""
    import pybtex.plugin

    if not hasattr(pybtex.plugin.find_plugin, "cache_info"):
        pybtex.plugin.find_plugin = functools.cache(pybtex.plugin.find_plugin)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
