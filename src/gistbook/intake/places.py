"""Rows of one table beside the patients of another, by places: the number of a row, from 0, in the other table.

A place of -1 is nobody's. With places, many rows are handled in arrays, and no text is looked up twice.
"""

import numpy as np
import pandas as pd

NO_DAY = np.datetime64("NaT", "ns")
_APART = 1_000_000  # more days than there are between any two dates
_NANOSECONDS = np.iinfo(np.int64)
"""The numbers of nanoseconds that can stand for a day; the least of them stands for none."""


def codes_of(values: pd.Series) -> np.ndarray:
    """For each value of a series a whole number that its equals have, and no others."""
    return values.array.codes if isinstance(values.dtype, pd.CategoricalDtype) else pd.factorize(values)[0]


def places_of(values: pd.Series, names: pd.Index) -> np.ndarray:
    """For each value of a series the place of its first equal in an index; -1 for a value that is not there."""
    is_coded = isinstance(values.dtype, pd.CategoricalDtype)
    codes, distinct = (values.array.codes, values.cat.categories) if is_coded else pd.factorize(values)
    if names.equals(distinct):
        return codes.astype(np.intp)
    if names.is_unique:
        return np.append(names.get_indexer(distinct), -1).take(codes)
    first = np.flatnonzero(~names.duplicated())
    places = names[first].get_indexer(distinct)
    return np.append(np.where(places < 0, -1, first[places]), -1).take(codes)


def places_in(adsl: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """For each row of another table the place of its patient among the subjects; -1 of one who is not there."""
    return places_of(rows["USUBJID"], pd.Index(adsl["USUBJID"]))


def with_subjects(rows: pd.DataFrame, subjects: pd.DataFrame, adsl: pd.DataFrame) -> pd.DataFrame:
    """The rows of another table that are of some subjects, by the label of the subject, whose columns are beside."""
    places = np.append(subjects.index.get_indexer(adsl.index), -1)[places_in(adsl, rows)]
    own, are_there = rows.drop(columns="USUBJID"), places >= 0
    if not are_there.all():
        own, places = own.take(np.flatnonzero(are_there)), places[are_there]
    theirs = subjects.take(places)
    return pd.concat([theirs, own.set_axis(theirs.index)], axis=1)


def by_day(places: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The order of rows, those of one subject after another and each by its day; fast if they are nearly so."""
    numbers = np.where(np.isnat(days), _APART // 2, days.astype("datetime64[D]").astype(np.int64))
    return np.argsort(places * _APART + numbers, kind="stable")


def of_each(adsl: pd.DataFrame, days, places: np.ndarray, which: str) -> pd.Series:
    """The first (`min`) or last (`max`) of the days of each subject, by its place in each; missing if it has none."""
    of_one, none = (np.minimum, _NANOSECONDS.max) if which == "min" else (np.maximum, _NANOSECONDS.min)
    numbers, found = np.asarray(days, "datetime64[ns]").view(np.int64), np.full(len(adsl) + 1, none)
    known = np.where(numbers == _NANOSECONDS.min, none, numbers) if which == "min" else numbers
    of_one.at(found, places, known)  # the last is of who is not there
    return pd.Series(np.where(found == none, _NANOSECONDS.min, found)[:-1].view("datetime64[ns]"), adsl.index)


def beside(days: pd.Series, places: np.ndarray) -> np.ndarray:
    """A day of each subject beside each of its rows of another table, by its place in each; missing if it has none."""
    return np.append(days.to_numpy(), NO_DAY)[places]
