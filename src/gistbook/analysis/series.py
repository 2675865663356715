"""Published series of comparable patients: what they printed, on one unit, and what may be set side by side.

Medians are compared only within one clock; where a source gives no limits, none are made up.
"""

from pathlib import Path

import pandas as pd

from gistbook.conventions import DAYS_PER_UNIT, NOT_ESTIMABLE, NOT_REACHED, DataError, days, is_known, months, rounded
from gistbook.schemas import SERIES, Column, names
from gistbook.units import MONTHS, Unit

PUBLISHED_SERIES = Path(__file__).parents[3] / "data" / "published_series.csv"

_PERMITTED = {column.name: column.permitted for column in SERIES if column.permitted}
SURGERY = "surgery"

_NOT_STATED = "not stated"


def read_texts(path: Path, columns: tuple[Column, ...], noun: str) -> pd.DataFrame:
    """Read a table of what others published, as text; each row is one `noun`, which the first column names.

    Raises `DataError` if a column is missing, a row is named twice, or a value is not among those permitted.
    """
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [name for name in names(columns) if name not in rows]
    if missing or rows[columns[0].name].duplicated().any():
        raise DataError(f"{path.name} lacks the columns {missing} or names one {noun} twice.")
    strange = {each.name: sorted(set(rows[each.name]) - set(each.permitted)) for each in columns if each.permitted}
    if any(strange.values()):
        raise DataError(f"{path.name} has values that are not permitted: {strange}.")
    return rows


def load_published(path: Path = PUBLISHED_SERIES) -> pd.DataFrame:
    """Read the published series: one row per figure, columns of `schemas.SERIES`, and the same as numbers.

    `value_months`, `lower_months` and `upper_months` of medians (NaN where not reached or not printed), and `share` of
    rates. Raises `DataError` as `read_texts` does.
    """
    series = read_texts(path, SERIES, "row")
    days = series["unit_printed"].map(DAYS_PER_UNIT)
    tidy = {
        f"{name}_months": months(pd.to_numeric(series[column], errors="coerce") * days)
        for name, column in (("value", "printed"), ("lower", "lower"), ("upper", "upper"))
    }
    percent = pd.to_numeric(series["printed"].where(series["unit_printed"] == "%"), errors="coerce")
    return series.assign(**tidy, share=percent / 100)


def on_clock(series: pd.DataFrame, clock: str, quantities=_PERMITTED["quantity"]) -> pd.DataFrame:
    """The figures of some quantities on one clock, by extent of progression and then by length."""
    chosen = series[(series["clock"] == clock) & series["quantity"].isin(quantities)]
    extent = pd.Categorical(chosen["progression"], categories=_PERMITTED["progression"], ordered=True)
    ordered = chosen.assign(extent=extent).sort_values(["extent", "value_months", "series_id"])
    return ordered.drop(columns="extent").reset_index(drop=True)


def among(series: pd.DataFrame, kinds: tuple[str, ...]) -> pd.DataFrame:
    """The figures of some kinds of patients, such as `schemas.PROGRESSIONS`."""
    return series[series["progression"].isin(kinds)]


def medians(series: pd.DataFrame) -> pd.DataFrame:
    """The figures that are medians, and not rates at a time."""
    return series[series["at_months"] == ""]


def own_median(values: dict) -> dict | None:
    """Median PFS of this cohort as its chapter pasted it; none if it was counted from elsewhere than surgery."""
    pasted = values.get("progression_free_survival", {}).get("pfs_median", {})
    return pasted if pasted.get("origin") == "first_operation" else None


def why_not_drawn(values: dict) -> str:
    """How a sentence goes on that tells whether this cohort's median is among the published ones, or why not."""
    if own_median(values):
        return "stands among them as a diamond"
    if not values:
        return "does not stand among them, because no other chapter ran with this one"
    return "does not stand among them, because this cohort has none that is counted from the first operation"


def forest_rows(published: pd.DataFrame, own: dict | None, label: str, unit: Unit = MONTHS) -> pd.DataFrame:
    """Published medians on one clock and this cohort's `own_median` as rows of a forest, by extent of progression.

    Columns: `label`, `kind`, `estimate`, `lower`, `upper` (in the unit; NaN where not printed), `source`.
    """
    sizes = [f"{row.study} (n = {row.n})" if row.n else row.study for row in published.itertuples()]
    values = published[["value_months", "lower_months", "upper_months"]].to_numpy()
    values = values if unit == MONTHS else unit.of(days(values))
    rows = pd.DataFrame(values, columns=["estimate", "lower", "upper"])
    rows = rows.assign(label=sizes, kind=published["progression"].to_list(), source="published")
    if own:
        limits = {"estimate": own["value"], "lower": own["lower"], "upper": own["upper"]}
        ours = {**limits, "label": label, "kind": "this cohort", "source": "this cohort"}
        rows = pd.DataFrame([*rows.to_dict("records"), ours], columns=rows.columns)
    return rows.astype({"estimate": float, "lower": float, "upper": float})


def implied_rate(median, at):
    """The share free of the event at a time, were the hazard constant, from a median in the same unit.

    >>> implied_rate(12, 12), implied_rate(6, 12)
    (0.5, 0.25)
    """
    return 0.5 ** (at / median)


def implied_table(rows: pd.DataFrame, at: float, unit: Unit = MONTHS) -> pd.DataFrame:
    """`forest_rows` as a table of words, with the rate at a day that each median would imply (`implied_rate`)."""
    shares = 100 * implied_rate(rows["estimate"], unit.of(at))
    columns = {
        "Series": rows["label"],
        "Progression": rows["kind"],
        "Median": [unit.said(x * unit.days) if is_known(x) else NOT_REACHED for x in rows["estimate"]],
        f"Implied at {unit.landmark(at)}": [f"{rounded(x, 0)}%" if is_known(x) else NOT_ESTIMABLE for x in shares],
    }
    return pd.DataFrame(columns)


def two_clocks(series: pd.DataFrame) -> pd.DataFrame:
    """Pair the medians that one study prints of the same patients from surgery and from the start of a drug.

    One row per pair: `study`, `population`, `quantity`, `surgery`, `drug`, `clock` of the latter, and `longer`, in
    months.
    """
    printed = series[series["value_months"].notna()]
    from_drug = printed[printed["clock"].str.endswith("start")]
    same = ["study", "population", "quantity"]
    pairs = printed[printed["clock"] == SURGERY].merge(from_drug, on=same, suffixes=("", "_drug"))
    numbers = {"surgery": pairs["value_months"], "drug": pairs["value_months_drug"], "clock": pairs["clock_drug"]}
    return pairs[same].assign(**numbers, longer=pairs["value_months_drug"] - pairs["value_months"])


def pairs_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs of medians on two clocks as a table of words: one row per pair."""
    rows = [
        (row.study, row.population, row.quantity, f"{row.surgery:g} months", f"{row.drug:g} months from {row.clock}",
         f"{row.longer:g} months")
        for row in pairs.itertuples()
    ]  # fmt: skip
    columns = ["Study", "Patients", "Quantity", "From surgery", "From another time zero", "Longer by"]
    return pd.DataFrame(rows, columns=columns)


def as_printed(row) -> str:
    """A figure as its source prints it, with its limits if it gives any."""
    if row.printed == NOT_REACHED:
        return NOT_REACHED
    if row.unit_printed == "%":
        return f"{row.printed}% at {row.at_months} months"
    limits = f" ({row.lower} to {row.upper})" if row.lower else ""
    return f"{row.printed} {row.unit_printed}{limits}"


def telling(row) -> tuple[str, str, str]:
    """A figure as a phrase, what it is, and of which patients."""
    patients = f"{row.population}; {row.n} of them" if row.n else f"{row.population}; their number not stated"
    return as_printed(row), f"{_counted(row)}; the number as printed by {row.study}", patients


def tellings(series: pd.DataFrame) -> dict[str, tuple[str, str, str]]:
    """Every figure by the name of its row: as a phrase, what it is, and of which patients."""
    return {row.series_id: telling(row) for row in series.itertuples()}


def as_table(series: pd.DataFrame) -> pd.DataFrame:
    """Figures as a table of words: one row per figure; a narrow screen shows the first columns."""
    rows = [
        (row.study, as_printed(row), _counted(row), row.population, row.n or _NOT_STATED, row.read_in, row.comparable)
        for row in series.itertuples()
    ]
    columns = ["Study", "As printed", "Quantity", "Patients", "Number", "Read in", "Comparable with the paper"]
    return pd.DataFrame(rows, columns=columns)


def in_parts(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Figures as `as_table` gives them, one part after another, with the name of the part in front."""
    tables = {name: as_table(figures) for name, figures in parts.items()}
    return pd.concat(tables, names=["Part"]).reset_index("Part").reset_index(drop=True)


def _counted(row) -> str:
    return f"{row.quantity}, time zero not stated" if row.clock == _NOT_STATED else f"{row.quantity} from {row.clock}"
