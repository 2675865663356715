"""Policies that coarsen counts."""

import pandas as pd
import pytest

from gistbook.analysis import disclosure
from gistbook.conventions import UsageError
from subjects import counts


def test_the_exact_policy_leaves_counts_as_they_are():
    drawn = counts("A 0 1 1\nB 0 2 0")

    pd.testing.assert_frame_equal(disclosure.protect(drawn, "exact"), drawn)


def test_a_policy_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(UsageError, match=r"'round'.*exact"):
        disclosure.protect(counts("A 0 1 1"), "round")
