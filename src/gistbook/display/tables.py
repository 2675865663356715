"""Set a frame of words and numbers as a plain, escaped, accessible HTML table that the page's theme colours.

The one template of tables is `table.html`, and Jinja escapes whatever stands in it.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook.conventions import NOT_ESTIMABLE, NOT_REACHED, NOT_RECORDED, escaped, is_known, p_value, rounded, template
from gistbook.display.outputs import Displayed
from gistbook.display.prose import count, groups_listed, intensity, part, phrase
from gistbook.schemas import GRADES, estimates_only
from gistbook.units import MONTHS, Unit

_TABLE = template(Path(__file__).with_name("table.html"))
_CHARACTERISTIC, _LEVEL, _DIFFERENCE = "Characteristic", "Level", "Standardized difference"

_COMPARED = {
    "follow_up": "median follow-up",
    "logrank_df": "log-rank test, degrees of freedom",
    "logrank_p": "log-rank test, p",
    "logrank_statistic": "log-rank test, chi-square",
    "n": "patients",
}
"""Names of quantities that were compared with another program, where they are not their own."""

MADE = "made-"
"""How the id of the place before a cell begins, which has no heading that could be named."""


def show(frame: pd.DataFrame, caption: str, note: str = "") -> Displayed:
    """Set a frame as a table: a caption that stands alone, header cells for columns and for the first of each row.

    The frame has no subject-level column; its column names are the headers. The `note` is as `prose.introduce` gives
    it.
    """
    caption = f"{caption} {note}".strip()
    if estimates_only(frame).empty:
        return Displayed(_html(frame, f"{caption} ({NOT_RECORDED.capitalize()}.)"), NOT_RECORDED)
    frame = frame.astype(object).where(frame.notna(), NOT_RECORDED)
    words = frame.map(lambda cell: cell.striptags() if hasattr(cell, "striptags") else cell)
    return Displayed(_html(frame, caption), words.to_string(index=False))


def pairs(meanings: dict, headers: list[str], caption: str) -> Displayed:
    """Set words and their meanings as a table of two columns."""
    return show(pd.DataFrame(list(meanings.items()), columns=headers), caption)


def dictionary(columns: tuple, caption: str) -> Displayed:
    """Set the columns of a schema as a table: name, meaning, unit or permitted values."""
    rows = [(c.name, c.meaning, c.unit or c.kind, ", ".join(c.permitted) or "any", c.adam or c.name) for c in columns]
    frame = pd.DataFrame(rows, columns=["Column", "Meaning", "Unit or kind", "Values", "ADaM name"])
    return show(frame if any(c.adam for c in columns) else frame.drop(columns="ADaM name"), caption)


def linked(frame: pd.DataFrame, column: str, caption: str, note: str = "", titles: Mapping | None = None) -> Displayed:
    """Set a frame as a table in which one column leads to pages of the book.

    A cell of that column is text, or a list of chapters by name (`methods`, or `methods#groups` for a section). The
    `titles` are those of the chapters of the book, as `chapters.titles` gives them; other chapters are left out. Each
    is called by its title, and a section by its heading; one without is called by its name. Raises `ValueError` if a
    place has other than letters, so that nothing else can be written into a page.
    """
    from markupsafe import Markup

    cells = frame[column].tolist()
    for number, places in enumerate(cells):
        if isinstance(places, list):
            there = [place for place in places if titles is None or place.partition("#")[0] in titles]
            cells[number] = Markup("; ").join(_leading_to(place, titles or {}) for place in there) or "not in this book"
    return show(frame.assign(**{column: cells}), caption, note)


def anchored(table: Displayed, ids: list[str]) -> Displayed:
    """A table whose rows have ids, to which a link can lead.

    Raises `ValueError` if an id has other than small letters, digits, - and _, is there twice, or there are not as many
    as rows.
    """
    head, body = table.html.split("<tbody>")
    strange = [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9_-]*", name)]
    if strange or len(set(ids)) != len(ids) or len(ids) != body.count("<tr>"):
        raise ValueError(f"These are not the ids of the rows: {ids}.")
    parts = body.split("<tr>")
    rows = "".join(f'<tr id="{name}">{part}' for name, part in zip(ids, parts[1:], strict=True))
    return Displayed(f"{head}<tbody>{rows}", table.description)


def in_words(*frames: pd.DataFrame, unit: Unit = MONTHS) -> pd.DataFrame:
    """Estimates as a table of words: one row per group and time, `At` which there is a column only if any is told."""
    estimates = pd.concat(frames, ignore_index=True)
    rows = list(estimates_only(estimates).itertuples())
    columns = {"Group": [row.group for row in rows]}
    if estimates["time"].notna().any():
        columns["At"] = [unit.landmark(row.time) for row in rows]
    return pd.DataFrame({**columns, "Estimate": [phrase(row, unit=unit) for row in rows]})


def tested(ratios: pd.DataFrame) -> pd.DataFrame:
    """Hazard ratios as a table of words, each beside its log-rank test on one degree of freedom: `statistic`, `p`."""
    pairs = zip(ratios["statistic"], ratios["p"], strict=True)
    tests = [f"chi-square {rounded(s, 2)}, {p_value(p)}" if is_known(p) else NOT_ESTIMABLE for s, p in pairs]
    return in_words(ratios).rename(columns={"Group": "Analysis", "Estimate": "Hazard ratio"}).assign(Test=tests)


def resting_on(medians: pd.DataFrame, basis: pd.DataFrame, unit: Unit = MONTHS) -> pd.DataFrame:
    """Medians as a table of words, each with what it rests on: events up to it, and how many were at risk at them."""
    rows = estimates_only(basis).itertuples()
    rests = {row.group: (row.events, f"{row.fewest} to {row.most} of {row.n}") for row in rows}
    events, at_risk = ([rests.get(group, (NOT_REACHED,) * 2)[at] for group in medians["group"]] for at in (0, 1))
    return in_words(medians, unit=unit).assign(**{"Events up to it": events, "At risk at these events": at_risk})


def settings(versions: list[tuple[str, str, pd.DataFrame]], unit: Unit = MONTHS) -> pd.DataFrame:
    """Estimates under several settings as a table of words: one row per definition, setting and estimate."""
    rows = [
        (kind, label, phrase(row, unit=unit))
        for kind, label, frame in versions
        for row in estimates_only(frame).itertuples()
    ]
    return pd.DataFrame(rows, columns=["Definition", "Setting", "Estimate"])


def beside_one_another(settings: list[tuple[str, str, pd.DataFrame]], unit: Unit = MONTHS) -> pd.DataFrame:
    """Medians under several settings, in a unit, as the rows of a forest figure; as `settings` takes."""
    rows = [
        (kind, label, *(unit.of(float(value)) for value in (row.estimate, row.lower, row.upper)), "this cohort")
        for kind, label, frame in settings
        for row in estimates_only(frame).itertuples()
    ]
    return pd.DataFrame(rows, columns=["kind", "label", "estimate", "lower", "upper", "source"])


def precision(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Expected limits (in a unit) or detectable hazard ratio as a table of words: one row per number of events."""
    rows = list(estimates_only(rows).itertuples())
    frame = pd.DataFrame({"Events": [row.events for row in rows]})
    if unit == "ratio":
        return frame.assign(**{"Hazard ratio": [rounded(row.estimate, 2) for row in rows]})
    limits = [f"{rounded(r.lower, 1)} to {rounded(r.upper, 1)}" if is_known(r.lower) else NOT_ESTIMABLE for r in rows]
    return frame.assign(Limits=limits)


def parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Counts with shares, and medians with quartiles, as a table of words: columns of `schemas.SAFETY`."""
    words = [(row.item, _level(row), part(row, row.unit)) for row in estimates_only(rows).itertuples()]
    return pd.DataFrame(words, columns=["Item", "Level", "Number"])


def _level(row) -> str:
    """A level as it is printed; Clavien-Dindo has no grade 0, which says that there was no complication."""
    no_complication = row.level == GRADES[0] and "grade" in row.item
    return "none" if no_complication else row.level.replace("_", " ")


def intensities(rows: pd.DataFrame) -> pd.DataFrame:
    """Dose intensities (percent) and courses as a table of words: one row per drug, group and denominator."""
    words = [
        (r.drug, r.group, r.denominator.replace("_", " "), intensity(r), r.n, rounded(r.exposure_median_days, 0))
        for r in estimates_only(rows).itertuples()
    ]
    headings = ["Drug", "Group", "Planned by", "Median (quartiles)", "Courses", "Median days on it"]
    return pd.DataFrame(words, columns=headings)


def characteristics(rows: pd.DataFrame) -> pd.DataFrame:
    """Baseline characteristics as a table of words: one row per level, one column per group.

    A group whose name is all capitals is called so, since a column in capitals would be one of a patient; so is one
    that has the name of another column. A standardized difference has a column where there are two groups.
    """
    words: dict[tuple, dict] = {}
    for row in estimates_only(rows).itertuples():
        line = words.setdefault((row.characteristic, row.level), {_CHARACTERISTIC: row.characteristic})
        apart = row.group.isupper() or row.group in (_CHARACTERISTIC, _LEVEL, _DIFFERENCE)
        line |= {_LEVEL: row.level, f"Group {row.group}" if apart else row.group: part(row, "")}
        if hasattr(row, "difference"):
            line[_DIFFERENCE] = rounded(row.difference, 2) if is_known(row.difference) else "not defined"
    frame = pd.DataFrame(list(words.values()), columns=None if words else [_DIFFERENCE]).fillna(NOT_RECORDED)
    last = {name: frame.pop(name) for name in [_DIFFERENCE] if name in frame}
    return frame.assign(**last) if rows["group"].nunique() == 2 else frame


def counts(header: str, parts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """How many of how many patients, by setting, as a table of words; not recorded where it is of nobody."""
    words = [f"{k} of {n}" if n else NOT_RECORDED for k, n in parts.values()]
    return pd.DataFrame({header: list(parts), "Patients": words})


def regroupings(versions: list[tuple]) -> pd.DataFrame:
    """Groups under several rules as words, one row per rule: of each, its cohort, and how many changed their group."""
    rows = [(rule, groups_listed(cohort.flow), f"{k} of {n}") for rule, cohort, (k, n) in versions]
    return pd.DataFrame(rows, columns=["Localized", "Groups", "Reclassified"])


def withheld(frame: pd.DataFrame) -> pd.DataFrame:
    """Counts of patients as words where a disclosure policy withholds them, and as whole numbers elsewhere."""
    numbers = frame.select_dtypes("number").columns
    return frame.assign(**{name: [count(value) for value in frame[name]] for name in numbers})


def accuracy(rows: pd.DataFrame) -> pd.DataFrame:
    """Errors of reconstructed patients as a table of words: one row per kind of figure."""
    columns = {"Printed beside the curve": rows["printed"], "Points": rows["points"]}
    for heading, name in {"Area": "area", "Events": "events"}.items():
        percents = (100 * rows[[f"{name}_50", f"{name}_95"]]).itertuples(index=False)
        columns[heading] = [f"{rounded(median, 1)}% ({rounded(most, 1)}%)" for median, most in percents]
    factors = np.exp(rows[["log_ratio_50", "log_ratio_95"]]).itertuples(index=False)
    columns["Hazard ratio"] = [f"{rounded(median, 2)} ({rounded(most, 2)})" for median, most in factors]
    return pd.DataFrame(columns)


def differences(rows: pd.DataFrame) -> pd.DataFrame:
    """The comparison with another program as a table of words: one row per quantity."""
    columns = {"Quantity": [_compared(row.quantity) for row in rows.itertuples()]}
    columns |= {"Data sets": rows["datasets"].tolist(), "Values": rows["values"].tolist()}
    return pd.DataFrame({**columns, "Largest difference": [f"{x:.0e}" if x else "0" for x in rows["largest"]]})


def _compared(quantity: str) -> str:
    """Name of a quantity that another program was asked for, or of one of its limits."""
    side = next((each for each in ("lower", "upper") if quantity.endswith(f"_{each}")), "")
    name = quantity.removesuffix(f"_{side}")
    words = _COMPARED.get(name, name.replace("_", " "))
    return f"{words}, {side} limit" if side else words


def html(
    headings: Iterable[str],
    rows: Iterable[tuple[dict, Sequence]],
    caption: str,
    label: str = "",
    spans: Sequence[int] = (),
) -> str:
    """A table as HTML: of each row its attributes and its cells; with a `label`, it is a group of that name.

    `spans` tell of each row how many rows its first cell heads, 0 where one above does. All is escaped, but for what
    has HTML of its own (`__html__`).
    """
    about = {"role": "group", "aria-label": label} if label else {}
    return _TABLE.render(headings=headings, rows=rows, caption=caption, about=about, spans=spans)


def folded(table: Displayed, words: str) -> Displayed:
    """A table that is shown when a reader opens it, by some words."""
    head, body = table.html.split("<table>", 1)
    inner = body.removesuffix("</table></div>")
    summary = f'<details class="gb-fold"><summary>{escaped(words)}</summary><table>'
    return Displayed(f"{head}{summary}{inner}</table></details></div>", table.description)


def link(place: str, words: str):
    """A link to a place, as a cell of a table."""
    from markupsafe import Markup

    return Markup('<a href="{}">{}</a>').format(place, words)


def _html(frame: pd.DataFrame, caption: str) -> str:
    rows = [({}, [_cell(cell) for cell in cells]) for cells in frame.itertuples(index=False)]
    return html(frame.columns, rows, caption, spans=_spans([cells[0] for _, cells in rows]))


def _spans(labels: list) -> list[int]:
    """Of each of some labels how often it stands from there on, one after another; 0 for those that repeat one."""
    runs = [len(list(run)) for _, run in itertools.groupby(labels, key=str)]
    return [span for run in runs for span in (run, *[0] * (run - 1))]


def _cell(cell):
    """A cell as it is printed; a number that is not whole has one decimal."""
    if isinstance(cell, float):
        return rounded(cell, 0 if cell.is_integer() else 1) if is_known(cell) else NOT_RECORDED
    return cell if hasattr(cell, "__html__") else str(cell)


def _leading_to(place: str, titles: Mapping[str, str]):
    if not re.fullmatch(r"[a-z_]+(#[a-z0-9_-]+)?", place):
        raise ValueError(f"Places that are not chapters of the book: {place}.")
    slug, mark, section = place.partition("#")
    words = titles.get(slug, slug.replace("_", " ").capitalize())
    if section and not section.startswith(MADE):
        words = f"{words}: {titles.get(place, section.replace('-', ' ').capitalize())}"
    return link(f"{slug}.html{mark}{section}", words)
