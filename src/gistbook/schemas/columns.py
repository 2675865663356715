"""What a column is, and the guard that keeps those of patients from being drawn or printed."""

from typing import NamedTuple

from gistbook.conventions import PatientDataError


class Column(NamedTuple):
    """One column: its name, kind (`text`, `number`, `date`), unit, permitted values, meaning, and ADaM name."""

    name: str
    kind: str
    meaning: str
    unit: str = ""
    permitted: tuple[str, ...] = ()
    required: bool = False
    adam: str = ""


GROUP = Column("group", "text", "Group")
CONFIDENCE = (
    Column("lower", "number", "Lower confidence limit"),
    Column("upper", "number", "Upper confidence limit"),
    Column("level", "number", "Confidence level of the limits"),
)
QUARTILES = (Column("lower", "number", "Lower quartile"), Column("upper", "number", "Upper quartile"))


def names(columns: tuple[Column, ...]) -> list[str]:
    """Return the names of the columns of a frame, in order."""
    return [column.name for column in columns]


def estimates_only(frame):
    """Return a frame that holds no subject-level column, so that it may be drawn, set or said.

    Raises
    ------
    PatientDataError
        A column is uppercase, and so one of a patient's.
    """
    patients = [str(name) for name in frame.columns if str(name).isupper()]
    if patients:
        raise PatientDataError(f"These columns are of patients, and are neither drawn nor printed: {patients}.")
    return frame
