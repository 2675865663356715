"""Every pasted number of two runs, joined on chapter and key: what differs, by how much, and whether intervals overlap.

A difference stands without an interval: the two estimates may be of the same patients, and their covariance is unknown.
"""

import math

import pandas as pd

from gistbook.book.comparison.runs import Run, is_example, worded
from gistbook.conventions import is_known, rounded

_INTRODUCING = {"cohort_title", "commit", "data_note", "this_cohort"}
"""Keys under which chapters speak of their cohort and code; the page tells them once, in words of its own."""

_PUBLISHED = "published_"
"""How keys begin that hold what the paper printed, which no run changes."""

_PRINTED = {
    "months": (1, 1, " months"),
    "probability": (100, 1, " percentage points"),
    "share": (100, 1, " percentage points"),
    "count": (1, 0, ""),
}
"""For each unit: by what a difference is multiplied, with how many decimals it is printed, and what follows."""

_EXTENT = ("lower", "upper", "level")
"""What a record tells of an interval."""

_OF_ONE_QUANTITY = ("unit", "measure", "group", "time zero")
"""What two numbers have in common that can be subtracted."""

_LISTS = {
    "moved": ("Number", ["B less A", "Intervals overlap"], "No number differs between the two runs."),
    "unmoved": ("Number", [], "No number is the same in both runs."),
    "reworded": ("Phrase", [], "No other phrase differs between the two runs."),
    "unpaired": ("What", [], "Both runs pasted the same things."),
}
"""For each list of what was pasted: how its first column is headed, which others it has, and what it says if empty."""

_NOT_COMPARED = "not compared"


def joined(a: Run, b: Run) -> pd.DataFrame:
    """What the two runs pasted: one row per chapter and key, both phrases, and in which `List` it belongs.

    What moved has `B less A` in the unit of the number (of shares in percentage points, of ratios B as a multiple of
    A) and `Intervals overlap`. Other phrases that are the same belong in no list.
    """
    ours, theirs = _records(a), _records(b)
    rows = [_row(where, ours.get(where), theirs.get(where)) for where in sorted({*ours, *theirs})]
    return pd.DataFrame(rows, columns=["List", "Key", "A", "B", "Chapter", "B less A", "Intervals overlap"])


def counted(pasted: pd.DataFrame) -> dict[str, int]:
    """How many numbers both runs pasted (`n_both`), and how many of them are other ones or the same."""
    n_moved, n_same = (int((pasted["List"] == name).sum()) for name in ("moved", "unmoved"))
    return {"n_both": n_moved + n_same, "n_moved": n_moved, "n_same": n_same}


def listed(pasted: pd.DataFrame, name: str, a: Run, b: Run) -> pd.DataFrame:
    """One list of what `joined` holds, as a table of words; of what moved, what can be subtracted comes first.

    The chapter stands last, where a narrow screen may cut it.
    """
    first, columns, empty = _LISTS[name]
    rows = pasted[pasted["List"] == name]
    if rows.empty:
        return pd.DataFrame({first: [empty]})
    rows = rows.sort_values("Intervals overlap", key=lambda words: words == _NOT_COMPARED, kind="stable")
    phrases = ["A"] if name == "unmoved" else ["A", "B"]
    headers = {"Key": first, "A": "In both runs" if name == "unmoved" else a.label, "B": b.label}
    return rows[["Key", *phrases, *columns, "Chapter"]].rename(columns=headers)


def _records(run: Run) -> dict[tuple[str, str], dict]:
    """What a run pasted, by chapter and key; in place of several groups under one key, each under its own."""
    records = {}
    for chapter, pasted in run.values.items():
        for key, record in pasted.items():
            if key not in _INTRODUCING and not key.startswith(_PUBLISHED):
                groups = {f"{key}, {group}": part for group, part in record.get("parts", {}).items()} or {key: record}
                records |= {(chapter, name): _completed(each, run, chapter) for name, each in groups.items()}
    return records


def _completed(record: dict, run: Run, chapter: str) -> dict:
    """A record with what it is counted from; where it depends on time without telling, what its chapter counts from.

    A part of a whole is a share of it.
    """
    origin = record.get("origin") or ""
    origin = run.clocks.get(origin, origin)
    timed = record.get("unit") == "months" or record.get("measure") == "rate"
    record = {**record, "origin": origin, "time zero": origin or (run.phrase(chapter, "clock") if timed else "")}
    if "unit" in record and is_known(record.get("share")):
        record |= {"unit": "share", "count": record["value"], "value": record["share"]}
    return record


def _row(where: tuple[str, str], ours: dict | None, theirs: dict | None) -> dict[str, str]:
    chapter, key = where
    phrases = [record["phrase"] if record else "not pasted by this run" for record in (ours, theirs)]
    row = dict(zip("AB", phrases, strict=True), Key=worded(key))
    row["Chapter"] = f"{worded(chapter)}{', of other patients' if is_example(chapter, key) else ''}"
    if not (ours and theirs):
        return row | {"List": "unpaired"}
    if "unit" not in ours and "unit" not in theirs:
        return row | {"List": "reworded" if ours["phrase"] != theirs["phrase"] else ""}
    if _is_same(ours, theirs):
        return row | {"List": "unmoved"}
    compared = {"B less A": _difference(ours, theirs), "Intervals overlap": _overlap(ours, theirs)}
    return row | {"List": "moved"} | compared


def _is_same(ours: dict, theirs: dict) -> bool:
    """Tell whether two numbers are the same; one that does not tell its time zero cannot have moved with it."""
    from_one_time = ours["time zero"] == theirs["time zero"] or not (ours["origin"] or theirs["origin"])
    alike = all(ours.get(name) == theirs.get(name) for name in ("phrase", "unit", "measure", "group"))
    return from_one_time and alike and _agree(ours, theirs, "value", "count", *_EXTENT)


def _agree(ours: dict, theirs: dict, *entries: str) -> bool:
    return all(_near(ours.get(entry), theirs.get(entry)) for entry in entries)


def _near(ours, theirs) -> bool:
    if not is_known(ours) or not is_known(theirs):
        return is_known(ours) == is_known(theirs)
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)


def _reason(ours: dict, theirs: dict) -> str:
    reasons = [f"no number in {letter}" for letter, each in (("A", ours), ("B", theirs)) if "unit" not in each]
    reasons += [f"another {name}" for name in _OF_ONE_QUANTITY if ours.get(name) != theirs.get(name)]
    return reasons[0] if reasons else ""


def _difference(ours: dict, theirs: dict) -> str:
    reason = _reason(ours, theirs) or ("a p-value" if ours["unit"] == "p" else "")
    unknown = [letter for letter, each in (("A", ours), ("B", theirs)) if not is_known(each["value"])]
    if reason or unknown:
        return f"{_NOT_COMPARED}: {reason or 'no value in ' + ' or '.join(unknown)}"
    if _near(ours["value"], theirs["value"]):
        others = "patients or events are others" if _agree(ours, theirs, *_EXTENT) else "interval moved"
        return f"none; its {others}"
    difference, unit = theirs["value"] - ours["value"], ours["unit"]
    if unit == "ratio":
        ratio = theirs["value"] / ours["value"] if ours["value"] > 0 else None
        return f"{rounded(ratio, 2)} times A" if ratio is not None else f"{_NOT_COMPARED}: A is zero"
    factor, digits, words = _PRINTED.get(unit, (1, 2, f" {unit}"))
    if unit == "count" and not float(difference).is_integer():
        digits = 2
    size = rounded(abs(difference) * factor, digits)
    if float(size) == 0:
        return f"under {rounded(10**-digits, digits)}{words} {'more' if difference > 0 else 'less'}"
    return f"{'+' if difference > 0 else '−'}{size}{words}"


def _overlap(ours: dict, theirs: dict) -> str:
    if _reason(ours, theirs):
        return _NOT_COMPARED
    limits = [_limits(record) for record in (ours, theirs)]
    if None in limits:
        return "no interval"
    if not _near(ours.get("level"), theirs.get("level")):
        return "of different levels"
    (low_a, high_a), (low_b, high_b) = limits
    return "yes" if low_a <= high_b and low_b <= high_a else "no"


def _limits(record: dict) -> tuple[float, float] | None:
    """The limits of a number; an upper limit that a median does not reach lies beyond every other."""
    lower, upper = record.get("lower"), record.get("upper")
    if is_known(lower) and upper is None and record.get("measure") == "quantile":
        upper = math.inf
    return (lower, upper) if is_known(lower) and upper is not None else None
