"""Columns of the sheet of patients that `[covariates]` adds to Table 1, as numbers or as text."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from gistbook.conventions import Finding, shown
from gistbook.intake.checks.cells import parsed, perhaps_changed, unparsed
from gistbook.intake.mapping import without_blanks
from gistbook.intake.settings import Covariate, Settings, wrong
from gistbook.schemas import Column
from gistbook.spelling import one_spelling, plain_spelling

NUMBER = "number"


class Own(NamedTuple):
    """A characteristic that a cohort adds: its column in `adsl`, its name on pages, and the edges of its bands."""

    name: str
    label: str
    bands: tuple[float, ...]


def own(settings: Settings) -> tuple[Own, ...]:
    """The characteristics that a cohort adds, in the order of `cohort.toml`."""
    listed = enumerate(settings.covariates.values(), 1)
    return tuple(Own(f"OWN{number}", shown(each.label), tuple(each.bands)) for number, each in listed)


def take(parts: list[pd.DataFrame], settings: Settings) -> tuple[pd.DataFrame, list[Finding]]:
    """Covariates of every row of the sheet of patients, under the names of `own`, and what is wrong with them."""
    findings = list(_alike(settings))
    if settings.covariates and not parts:
        findings.append(wrong("covariates", "no table of patients has them", "Name its file."))
    raw = pd.concat([rows.astype(object) for rows in parts]) if parts else pd.DataFrame()
    columns = {}
    for place, each in zip(own(settings), settings.covariates.values(), strict=True):
        if each.column in raw:
            columns[place.name], strange = _typed(each, raw[each.column].fillna(""), settings)
            findings += strange
    return pd.DataFrame(columns, index=raw.index), findings


def _typed(covariate: Covariate, cells: pd.Series, settings: Settings) -> tuple[pd.Series, list[Finding]]:
    column = Column(covariate.column, NUMBER if covariate.kind == NUMBER else "text", "")
    texts = without_blanks(column, cells, settings.formats)
    if covariate.kind != NUMBER:
        changed = list(perhaps_changed("patients", column.name, texts))
        texts = texts.map(one_spelling(texts.value_counts().to_dict())).map(shown)
        return texts.mask((texts == "") | (texts.map(plain_spelling) == "missing"), np.nan), changed
    numbers = parsed(column, texts, settings.formats)
    return numbers, list(unparsed("patients", column, texts[numbers.isna() & (texts != "")], settings.formats))


def _alike(settings: Settings) -> Iterator[Finding]:
    plain = [plain_spelling(each.label) for each in settings.covariates.values()]
    for name, each in settings.covariates.items():
        if each.label and plain.count(plain_spelling(each.label)) > 1:
            place, rule = f"covariates.{name}.label", "the label of another covariate too"
            yield wrong(place, rule, "Give each covariate a label of its own.")
