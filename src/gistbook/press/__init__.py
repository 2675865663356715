"""Chapters to a book: `passages`, `execute`, `claims`, `checklist`, `coverage`, `freshness`, `provenance`.

`publish` makes pages of them, on the `shelf` where books are kept, with the `theme`, all that is ours of the look;
`downloads` is what a reader can take away, and `paper` prints the article as one PDF; `tracing` is the way back from a
number or a figure to what made it. `comparison` sets two finished runs side by side, and `audit` reads a built book as
a stranger would.
"""
