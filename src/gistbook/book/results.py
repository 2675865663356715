"""Every result of a book in one long table, a row a statistic, in the form of CDISC's Analysis Results Data (ARD), with
the columns of the R package `cards`, the `label` of what was pasted, and of which kind the `data` are.
"""

import json
from collections.abc import Iterator

from gistbook.book import sheets
from gistbook.display.prose import MEASURES, PRINTED
from gistbook.units import UNITS

CSV, JSON = "results.csv", "results.json"
COLUMNS = ("group1", "group1_level", "variable", "variable_level", "context", "stat_name", "stat_label", "stat", "fmt",
           "label", "data")  # fmt: skip

_STATISTICS = {
    "estimate": ("estimate", "Estimate"),
    "survival": ("estimate", "Survival"),
    "incidence": ("estimate", "Cumulative incidence"),
    "lower": ("conf.low", "Lower confidence limit"),
    "upper": ("conf.high", "Upper confidence limit"),
    "level": ("conf.level", "Confidence level"),
    "at_risk": ("n.risk", "Number at risk"),
    "events": ("n.event", "Number of events"),
    "censored": ("n.censor", "Number censored"),
    "count": ("n", "Number"),
    "n": ("N", "Number of whom"),
    "share": ("p", "Share"),
    "p": ("p.value", "p-value"),
    "difference": ("smd", "Standardized difference"),
}
"""Name and label of a statistic, by the column or the entry that holds it; another is called as its column is."""

_QUARTILES = {"lower": ("p25", "First quartile"), "upper": ("p75", "Third quartile")}
_LEVELS = ("time", "group", "kind", "label", "source", "characteristic")
"""Columns that name a row, even where their entries look like numbers."""

_REPEATED = {sheets.BESIDE.format(name) for name in UNITS}


def rows(values: dict[str, dict], tables: dict[str, str], data: str, banner: str) -> list[dict]:
    """Every result as rows of `COLUMNS`, all text: what the data are, what was pasted, by chapter and key, each table.

    `values` are records by chapter and key, `tables` texts of CSV by the stem of their file (chapter, hyphen, key),
    `data` is the kind of the data of the book, and `banner` what its pages say of them.
    """
    listed = [{"variable": "data", "label": banner, **_statistic("note", "What the data are", sheets.UNKNOWN)}]
    for slug, records in sorted(values.items()):
        for key, record in sorted(records.items()):
            listed += _pasted(slug, key, record)
    for stem, text in sorted(tables.items()):
        listed += _behind(stem, text)
    return [dict.fromkeys(COLUMNS, "") | row | {"data": data} for row in listed]


def as_csv(results: list[dict]) -> str:
    """The results as CSV under a line of names, which R reads with `read.csv` as it is; each text is in quotes."""
    lines = [[row[name] if name == "stat" else sheets.quoted(row[name]) for name in COLUMNS] for row in results]
    return sheets.in_lines([], [COLUMNS, *lines])


def as_json(results: list[dict]) -> str:
    """The results as a JSON list, an object a row without what is empty; a statistic that is not known is null."""
    given = [{name: text for name, text in row.items() if text} for row in results]
    typed = [row | {"stat": None if row["stat"] == sheets.UNKNOWN else float(row["stat"])} for row in given]
    return "[" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in typed) + "]\n"


def _pasted(slug: str, key: str, record: dict) -> Iterator[dict]:
    for part in record.get("parts", {"": record}).values():
        about = {"variable": key, "context": slug, "label": part.get("what") or record.get("what") or ""}
        about |= _group(part.get("group") or "")
        unit, named = part.get("unit", ""), dict(part)
        named[{"count": "count", "p": "p"}.get(unit, "estimate")] = named.pop("value", None)
        for entry in (name for name in _STATISTICS if name in named):
            value = named[entry]
            if not isinstance(value, str) and (value is not None or "measure" in part):
                name, label = _STATISTICS[entry]
                shown = sheets.UNKNOWN if value is None else repr(value)
                yield about | _statistic(name, _label(entry, label, part), shown, _digits(entry, unit))


def _behind(stem: str, text: str) -> Iterator[dict]:
    slug, _, variable = stem.partition("-")
    _, (names, *cells) = sheets.lines_in(text)
    rows = [dict(zip(names, row, strict=True)) for row in cells]
    told = [name for name in names if name not in _REPEATED]
    numbers = [name for name in told if name not in _LEVELS and all(_is_number(row[name]) for row in rows)]
    for row in rows:
        levels = {name: row[name] for name in told if name not in (*numbers, "group") and row[name]}
        words = "; ".join(levels.values() if len(levels) == 1 else map(": ".join, levels.items()))
        about = {"variable": variable, "variable_level": words, "context": slug, **_group(row.get("group", ""))}
        statistics = {**_STATISTICS, **(_QUARTILES if levels.get("kind") == "median" else {})}
        for name in numbers:
            yield about | _statistic(*statistics.get(name, (name, name)), row[name])


def _group(level: str) -> dict[str, str]:
    return {"group1": "group", "group1_level": level} if level else {}


def _statistic(name: str, label: str, value: str, digits: str = "") -> dict[str, str]:
    return {"stat_name": name, "stat_label": label, "stat": value, "fmt": digits}


def _label(entry: str, label: str, record: dict) -> str:
    if entry != "estimate":
        return label
    unit = record.get("unit", "")
    measure = MEASURES.get(record.get("measure"), {}).get("label") or label
    return f"{measure}, {unit}" if unit not in ("", "ratio", "probability") else measure


def _digits(entry: str, unit: str) -> str:
    if entry not in ("estimate", "lower", "upper"):
        return ""
    return str(UNITS[unit].digits if unit in UNITS else PRINTED.get(unit, ("", "", ""))[1])


def _is_number(text: str) -> bool:
    try:
        float("nan" if text == sheets.UNKNOWN else text)
    except ValueError:
        return False
    return True
