"""Columns of patients by their distinct values, which are far fewer than their rows; a large column is categorical."""

import numpy as np
import pandas as pd


def by_distinct(values, function):
    """Return what a function of a series makes of each value, asked once for each distinct one; they are far fewer.

    Of a categorical column it is asked of its texts, and what it makes is categorical again if it is text.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return _by_category(values, function)
    codes, distinct = pd.factorize(values)
    made = function(pd.Series(distinct, dtype=values.dtype))
    return made.take(codes).set_axis(values.index)


def places_of(values, names):
    """Return for each value of a series the place of its first equal in an index; -1 for a value that is not there.

    Of a categorical series each category is looked for once.
    """
    codes, distinct = pd.factorize(values) if values.dtype == object else (values.array.codes, values.cat.categories)
    if names.is_unique:
        return np.append(names.get_indexer(distinct), -1).take(codes)
    first = np.flatnonzero(~names.duplicated())
    places = names[first].get_indexer(distinct)
    return np.append(np.where(places < 0, -1, first[places]), -1).take(codes)


def _by_category(values, function):
    categories = values.cat.categories
    used = np.flatnonzero(np.bincount(values.array.codes, minlength=len(categories)))
    made = function(pd.Series(categories[used], dtype=object))
    if made.dtype == object and (made.to_numpy() == categories[used].to_numpy()).all():
        return values
    places = np.zeros(len(categories), np.int32)
    places[used] = np.arange(len(used))
    if made.dtype == bool and not made.any():
        return pd.Series(False, values.index)
    own = places.take(values.array.codes)
    if made.dtype != object:
        return pd.Series(made.array.take(own), values.index)
    codes, distinct = pd.factorize(made)
    return pd.Series(pd.Categorical.from_codes(codes.take(own), distinct), values.index)
