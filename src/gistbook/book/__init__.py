"""Chapters to a book.

`chapters` makes notebooks of their text, less the passages that ask for what a cohort lacks, and tells of old
names in them; `run` runs them, and reads what they pasted; `freshness` says of what a run was made and which need not
run again, `storage` where finished runs are. `claims` sets published values beside ours,
`review` what a reviewer decided beside what is printed now. `publish` makes pages, with
the `theme`, all that is ours of their look; `downloads` is what a reader can take away, `sheets` the tables among
it and the cohort itself where it is synthetic, `results` one long table of every number; `tracing` is the way
back from a number to what made it, `paper` the article as one PDF. `comparison` sets two finished runs side by side;
`audit` reads a built book as a stranger would, and `crate` describes a run for machines.
"""
