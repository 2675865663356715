"""From estimates to what is seen: `figures`, `tables` and `prose`, by way of `outputs`, which a notebook shows.

What analyses print of drawn cohorts, whose truth is known, is worded by `simulated`.
"""
