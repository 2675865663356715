"""From a cohort folder to checked tables, each step a module.

`readers` make raw tables of files; `settings` is what `cohort.toml` says, and `entries` are the kinds of what stands
in it; `selection` takes the rows that count, and `mapping` brings the tables under our names and codes; `checks` find
what is wrong in them; `times` makes days of recorded times, `places` puts rows beside their patients, and `cohort` is
what analyses get. `folder` takes the steps one after another, `report` says what was found, and `templates` makes a
folder to fill in. `published` reads the points of a printed curve, `decisions` those of a reviewer.
"""
