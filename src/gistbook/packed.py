"""A checked cohort as bytes and back, so that it can be handed to a process that does not read its folder."""

import pickle

import numpy as np
import pandas as pd

from gistbook.intake.cohort import Cohort

_CODES = (np.int8, np.int16, np.int32)
"""Types that hold the place of a text among the distinct ones; the smallest that can is taken."""


def to_bytes(cohort: Cohort) -> bytes:
    """Return a cohort as bytes, its policy left out; each distinct text of a column is there once.

    The bytes hold every patient's row. They are made by pickle: read them only where you made them.
    """
    fields = cohort._replace(policy=None)._asdict()
    packed = {name: _packed(value) if isinstance(value, pd.DataFrame) else value for name, value in fields.items()}
    return pickle.dumps(packed, protocol=5)


def from_bytes(data: bytes) -> Cohort:
    """Return the cohort that was made into bytes, every column of its type and every missing text `NaN`."""
    packed = pickle.loads(data)
    return Cohort(**{name: value() if isinstance(value, _Frame) else value for name, value in packed.items()})


class _Frame:
    """A frame of patients: its index, and each column as it is or, if it holds text, as places among its texts."""

    def __init__(self, index: pd.Index, columns: dict):
        self.index, self.columns = index, columns

    def __call__(self) -> pd.DataFrame:
        columns = {name: held() if isinstance(held, _Texts) else held for name, held in self.columns.items()}
        return pd.DataFrame(columns, index=self.index, copy=False)


class _Texts:
    """A column of text: the distinct texts, and for each row the place of its own; -1 where it is missing."""

    def __init__(self, places: np.ndarray, distinct: list):
        self.places, self.distinct = places, distinct

    def __call__(self) -> np.ndarray:
        return np.array([*self.distinct, np.nan], dtype=object)[self.places]


def _packed(frame: pd.DataFrame) -> _Frame:
    return _Frame(frame.index, {name: _column(frame[name]) for name in frame})


def _column(values: pd.Series):
    if values.dtype != object:
        return values.array
    places, distinct = pd.factorize(values)
    smallest = next(kind for kind in _CODES if len(distinct) <= np.iinfo(kind).max)
    return _Texts(places.astype(smallest), distinct.tolist())
