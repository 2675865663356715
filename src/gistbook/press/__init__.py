"""Chapters to a book: `execute`, `claims`, `checklist`, `coverage`, `freshness`, `provenance`, `publish`, `shelf`.

`downloads` is what a reader can take away, `comparison` sets two finished runs side by side, and `audit` reads a built
book as a stranger would.
"""
