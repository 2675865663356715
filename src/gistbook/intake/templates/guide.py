"""What whoever fills in a table is told: of a table, of a column, and of what may stand in its cells."""

from collections.abc import Iterator

from gistbook.schemas import TABLES, Column

EXAMPLE_DATE = "2015-12-31"
HEADINGS = ("table", "column", "needed", "kind", "unit", "what may stand there", "meaning")
REQUIRED = "required"

_ROW_PER = {
    "patients": "patient",
    "operations": "operation",
    "exposures": "period at one dose of a drug",
    "assessments": "imaging assessment",
}
_RANGES = {"age": (0, 120), "ecog": (0, 4)}
"""Bounds of numbers that have an upper one; no number may be below 0."""


def instructions() -> Iterator[str]:
    """Return how to fill in the workbook, a line at a time."""
    yield "Each sheet is a table. Its columns are explained below."
    for table in TABLES:
        yield f"The sheet {table} has one row per {_ROW_PER[table]}."
    yield f"Only {next(iter(TABLES))} is needed. Leave a sheet empty if you do not have what it asks for."
    yield f"A column with an amber header is {REQUIRED}. Any other cell may stay blank: blank means unknown."
    yield "A patient without a resistance_date is counted, and is not analysed."
    yield "Do not enter names, initials, dates of birth or hospital numbers. Make up a patient_id for each patient."
    yield "Write the same patient_id in every sheet: 007 is another patient than 7."
    yield f"Write dates as {EXAMPLE_DATE}: year, month, day. If the day is not known, leave the cell blank."
    yield "Some cells offer a list to choose from. What you paste is not held against it; gistbook check sees it."
    yield "Do not rename a sheet or a header. You may add columns and sheets of your own: they are not used."
    yield "When you have saved the workbook, run gistbook check on its folder. It tells every problem at once."


def explained() -> Iterator[tuple[str, ...]]:
    """Return every column of every table: what stands under `HEADINGS`."""
    for table, columns in TABLES.items():
        for column in columns:
            needed = REQUIRED if column.required else ""
            yield table, column.name, needed, column.kind, column.unit, allowed(column), column.meaning


def allowed(column: Column) -> str:
    """Return in words what may stand in the cells of a column."""
    if column.permitted:
        return f"one of {', '.join(column.permitted)}"
    if column.kind == "date":
        return f"a date, such as {EXAMPLE_DATE}"
    if column.kind == "number":
        low, high = bounds(column)
        return f"a number from {low} to {high}" if high is not None else f"a number, {low} or more"
    return "any text"


def bounds(column: Column) -> tuple[int, int | None]:
    """Return the least and the greatest number that a column takes; `None` where there is no greatest."""
    return _RANGES.get(column.name, (0, None))


def refusal(column: Column) -> str:
    """Return what a spreadsheet says when something else is typed into a cell of a column."""
    blank = "" if column.required else " Leave it blank if it is not known."
    return f"This cell takes {allowed(column)}.{blank}"


def note(column: Column) -> str:
    """Return what the note at the header of a column says."""
    unit = f", in {column.unit}" if column.unit else ""
    needed = "Required" if column.required else "May stay blank"
    return f"{column.meaning}{unit}.\n\n{needed}: {allowed(column)}."
