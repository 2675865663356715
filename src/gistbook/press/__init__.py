"""Chapters to a book: `execute`, `claims`, `checklist`, `coverage`, `freshness`, `provenance`, `publish`, `shelf`.

`comparison` sets two finished runs side by side, `audit` reads a built book as a stranger would, and `verbatim` has
Sphinx leave pasted phrases as they are.
"""
