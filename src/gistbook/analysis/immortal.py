"""Immortal time, shown on real patients: who waits for a treatment must survive the wait in order to have it.

The same patients, laid out for analysis in three ways. The naive way credits the treated with their wait, during
which they could not die and be treated; the other two do not. Public data on which this was first argued: the heart
transplant programme of Stanford, in which patients were accepted and waited for a heart.
"""

import numpy as np
import pandas as pd

from gistbook.conventions import CENSORED

WITHOUT, WITH = "No transplant", "Transplant"
"""Names of the groups; the first by name is the reference of a hazard ratio."""

SAME_DAY = 0.5
"""Days by which a treatment on a patient's last day is taken to come before its end."""


def naive(patients: pd.DataFrame) -> pd.DataFrame:
    """Lay out ever against never treated, from acceptance: the version with immortal time, to be labelled.

    Parameters
    ----------
    patients : DataFrame
        One row per patient, as `cases.load_heart_transplants` makes it; days from one time zero.

    Returns
    -------
    DataFrame
        One row per patient: `USUBJID`, `TRTA`, `ENTRYDY`, `AVAL`, `CNSR`, as `lifetable.count` takes them.
    """
    return _layout(patients, patients["TRTDY"].notna(), 0.0)


def time_dependent(patients: pd.DataFrame) -> pd.DataFrame:
    """Lay out every patient's days before the treatment as without it, and those after it as with it.

    Nobody is in the treated group before being treated, and the wait counts where it was spent. A treatment on the
    last day comes half a day before its end, so that the last interval has a length; one at time zero leaves no wait.

    Parameters as in `naive`.

    Returns
    -------
    DataFrame
        One row per patient and interval, so that a treated patient has two: columns as in `naive`, `ENTRYDY` being
        the start of the interval, and the wait ending censored.
    """
    treated = patients[patients["TRTDY"].notna()]
    changed = treated["TRTDY"].where(treated["TRTDY"] < treated["AVAL"], treated["AVAL"] - SAME_DAY).clip(lower=0.0)
    waited = _layout(treated.assign(AVAL=changed, CNSR=CENSORED)[changed > 0], False, 0.0)
    after = _layout(treated, True, changed)
    never = _layout(patients[patients["TRTDY"].isna()], False, 0.0)
    return pd.concat([never, waited, after]).sort_values(["USUBJID", "ENTRYDY"], ignore_index=True)


def landmark(patients: pd.DataFrame, day: float) -> pd.DataFrame:
    """Lay out those still followed after a landmark by whether they were treated by then, from the landmark on.

    Later treatments are ignored, as in a trial analysed by intention to treat. Conditional on having come so far.

    Parameters
    ----------
    patients : DataFrame
        As in `naive`.
    day : float
        The landmark, in days; patients who die or are censored on it are not counted.

    Returns
    -------
    DataFrame
        One row per patient followed for longer, columns as in `naive`, `AVAL` being days from the landmark.
    """
    still = patients[patients["AVAL"] > day]
    return _layout(still.assign(AVAL=still["AVAL"] - day), still["TRTDY"] <= day, 0.0)


def _layout(patients: pd.DataFrame, treated, entry) -> pd.DataFrame:
    rows = patients.assign(TRTA=np.where(treated, WITH, WITHOUT), ENTRYDY=entry)
    return rows[["USUBJID", "TRTA", "ENTRYDY", "AVAL", "CNSR"]].reset_index(drop=True)
