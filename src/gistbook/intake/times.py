"""Times that are recorded as such: from `[endpoints]` of `cohort.toml` to days, a row per patient and endpoint."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook.conventions import CENSORED, DAYS_PER_UNIT, EVENT, WARNING, DataError, Finding, rows_of, shown
from gistbook.intake.settings import ADSL_TABLE, Block, Settings, renamed_by, wrong
from gistbook.schemas import ADTTE, INPUTS, names
from gistbook.spelling import nearest, plain_spelling


def endpoint_blocks(settings: Settings, patients: Block) -> list[Block]:
    """The parts of the table of recorded times that `[endpoints]` carves out of the sheet of patients."""
    columns = getattr(settings.columns, patients.standard or "patients")
    named = [theirs for theirs, ours in columns.items() if "patient_id" in ours]
    whose = named[0] if named else patients.carving.get("patient_id", "patient_id")
    blocks = []
    for name, endpoint in settings.endpoints.items():
        if not endpoint.earlier_of:
            carving = {"USUBJID": whose, "PARAMCD": {"constant": name}, "AVAL": endpoint.time, "CNSR": endpoint.event}
            carving |= {"AVALU": {"constant": endpoint.unit}} | ({"ENTRY": endpoint.entry} if endpoint.entry else {})
            blocks.append(patients.model_copy(update={"standard": "", "endpoint": name, "carving": carving}))
    return blocks


def no_pairs(settings: Settings) -> Iterator[Finding]:
    """Find endpoints that are the earlier of what are not two others with a time, or that have a time beside it."""
    plain = [name for name, endpoint in settings.endpoints.items() if not endpoint.earlier_of]
    for name, endpoint in settings.endpoints.items():
        parts, place = endpoint.earlier_of, f"endpoints.{name}.earlier_of"
        strange = [part for part in parts if part not in plain]
        if strange:
            yield wrong(place, f"names {strange[0]}, no endpoint with a time", nearest(strange[0], plain))
        elif parts and (len(set(parts)) < 2 or endpoint.model_fields_set != {"earlier_of"}):
            yield wrong(place, "not alone, or not of two", 'Write it alone, as ["PROGRESSION", "OS"].')


def listed_twice(settings: Settings) -> Iterator[Finding]:
    """Find codes under which an endpoint ends in two ways, however they are spelt."""
    for name, endpoint in settings.endpoints.items():
        seen = set()
        for entry in ("events", "censored", "competing"):
            codes = {plain_spelling(code) for code in getattr(endpoint, entry)}
            if codes & seen:
                rule = "a code that another list of the endpoint has as well"
                remedy = "Leave it in one list only; capitals and widths make no other code."
                yield wrong(f"endpoints.{name}.{entry}", rule, remedy)
            seen |= codes


def copied(settings: Settings) -> Iterator[Finding]:
    """Find endpoints that are those of another section, as a copied one is, or whose time is read as their event.

    One that takes other rows of the sheet, by its `[select.NAME]`, is no copy.
    """
    seen: dict[tuple, str] = {}
    for name, each in settings.endpoints.items():
        rows = str(settings.select.get(name, ""))
        first = seen.setdefault((rows, each.time, each.event, *sorted(map(plain_spelling, each.events))), name)
        rules = {f"has the time, the event and the codes of {shown(first)}": first != name,
                 "has one column for its time and its event": each.time == each.event}  # fmt: skip
        remedy = "Correct its columns; or take it away, if it was not recorded."
        for rule in [rule for rule, holds in rules.items() if holds and each.time]:
            yield wrong(f"endpoints.{name}", rule, remedy, WARNING)


_NO_EVENT = re.compile(r"(?<!un)(?<!not[ _])(?<!non[-_])(?:cens|cnsr|alive)|打ち?切り", re.IGNORECASE)
_AN_EVENT = re.compile(
    r"dead|death|died|deceased|exitus|verstorben|gestorben|décédé|event|relapse|recurr|死亡|再発", re.IGNORECASE
)
_DENIED = re.compile(r"free|without|\bno[nt]?[ _-]|n(?:ever|ich|o )|sans|なし|無", re.IGNORECASE)
_YES = {"1", "y", "yes", "true"}
"""What the name of a column holds in which 1 is no event, or an event, or neither; and how such a column says yes."""


def of_no_event(settings: Settings) -> Iterator[Finding]:
    """Find endpoints that take a yes for the contrary of what its column is named for, an event or none."""
    for name, each in settings.endpoints.items():
        is_denied = _NO_EVENT.search(each.event)
        is_event = _AN_EVENT.search(each.event) and not is_denied and not _DENIED.search(each.event)
        entry, other, kind = ("events", "censored", "no event") if is_denied else ("censored", "events", "an event")
        codes = [code for code in getattr(each, entry) if plain_spelling(code) in _YES]
        if codes and (is_denied or is_event):
            read, meant = ("one", "censored or alive") if is_denied else ("none", "the event")
            rule = f'"{shown(each.event)}" is named for what is {kind}, and {shown(codes[0])} is read as {read}'
            remedy = f"If it means {meant}, list it under {other}, and the other code under {entry}."
            yield wrong(f"endpoints.{name}.{entry}", rule, remedy, WARNING)


_WORDS: dict[str, dict[str, str]] = {}
"""By quantity and unit, the words in the name of a column that say so; only units of one quantity are compared."""

for _row in rows_of(Path(__file__).with_name("units.csv")):
    _WORDS.setdefault(_row["quantity"], {})[_row["unit"]] = _row["words"]


def of_another_unit(settings: Settings) -> Iterator[Finding]:
    """Find times and other quantities whose column has another unit in its name than the one that is read."""
    for place, column, unit, remedy in dict.fromkeys(_in_units(settings)):
        named = next((units_named(column, kind) for kind in _WORDS.values() if unit in kind), [])
        if named and unit not in named:
            rule = f'takes "{shown(column)}" for a number of {unit}, though its name speaks of {" and ".join(named)}'
            yield wrong(place, rule, f"{remedy}, unless the name is wrong.", WARNING)


def _in_units(settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    """Each column of a sheet that is read in a unit: the place that says so, its name, the unit, and what to do."""
    correct = "Correct the unit"
    for name, each in settings.endpoints.items():
        yield from ((f"endpoints.{name}.unit", column, each.unit, correct) for column in (each.time, each.entry))
    times = [theirs for theirs, ours in settings.columns.adtte.items() if "AVAL" in ours]
    yield from (("formats.times", theirs, settings.formats.times, correct) for theirs in times)
    blocks = [(f"tables.{table}", part.carving) for table, parts in settings.tables for part in parts]
    for place, carving in blocks:
        sources = [source for source in carving.values() if isinstance(source, dict)]
        yield from ((place, source["plus"], "days", correct) for source in sources if "plus" in source)
        if isinstance(carving.get("AVAL"), str) and isinstance(unit := carving.get("AVALU"), dict):
            yield place, carving["AVAL"], unit.get("constant", ""), correct
    units = {(table, each.name): each.unit for table, columns in INPUTS.items() for each in columns}
    given = [(f"columns.{table}", renamed_by(columns, {})) for table, columns in settings.columns]
    for place, pairs in [*given, *((place, renamed_by({}, carving)) for place, carving in blocks)]:
        table = place.partition(".")[2].replace(ADSL_TABLE, "patients")
        for theirs, ours in pairs:
            yield place, theirs, (unit := units.get((table, ours), "")), f"Write it in {unit} in your file"
    for name, each in settings.covariates.items():
        for unit in [unit for kind in _WORDS.values() for unit in units_named(each.label, kind)[:1]]:
            yield f"covariates.{name}.label", each.column, unit, correct


def units_named(text: str, kind: dict[str, str] = _WORDS["time"]) -> list[str]:
    """The units of one kind, which is time if none is given, of which a name or a label speaks.

    >>> units_named("Overall Survival (Months)"), units_named("time")
    (['months'], [])
    """
    words = re.sub(r"(?<=[A-Za-z])(?=[A-Z][a-z])|[_\d.]", " ", text)
    return [unit for unit, form in kind.items() if re.search(form, words, re.IGNORECASE)]


def recorded(times: pd.DataFrame, adsl: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Recorded times of the analysed subjects in days, with those that are the earlier of others.

    Columns of `schemas.ADTTE`; the group is that in `adsl`. Raises `DataError` if one that is made of others is
    recorded as well.
    """
    analysed = adsl.set_index("USUBJID")["TRT01A"].dropna()
    rows = times[times["USUBJID"].isin(analysed.index)]
    unit = rows["AVALU"].fillna(settings.formats.times).map(DAYS_PER_UNIT)
    dated = (rows["ADT"] - rows["STARTDT"]).dt.days
    entered = rows["ENTRYDY"].fillna(rows["ENTRY"] * unit).fillna(0)
    kept = {"TRTA": rows["USUBJID"].map(analysed), "AVAL": (rows["AVAL"] * unit).fillna(dated), "ENTRYDY": entered}
    censored = (rows["CNSR"] > 0).map({True: CENSORED, False: EVENT})
    described = rows["EVNTDESC"].fillna(censored.map({EVENT: "event", CENSORED: "censored"}))
    times = rows.assign(**kept, CNSR=censored, EVNTDESC=described)[names(ADTTE)]
    pairs = {code: endpoint.earlier_of for code, endpoint in settings.endpoints.items() if endpoint.earlier_of}
    if twice := [code for code in pairs if (times["PARAMCD"] == code).any()]:
        rule, remedy = "is in adtte as well", "Take one of the two away, or give it another name."
        raise DataError("An endpoint is there twice.", [wrong(f"endpoints.{code}", rule, remedy) for code in twice])
    return pd.concat([times, *(_earlier(times, code, parts) for code, parts in pairs.items())], ignore_index=True)


def _earlier(times: pd.DataFrame, code: str, parts: list[str]) -> pd.DataFrame:
    """The earlier of the events of endpoints, or without any, of the times; entered at the last, and of all or none."""
    each = [times[times["PARAMCD"] == part].set_index("USUBJID") for part in parts]
    whole = each[0].index[np.logical_and.reduce([each[0].index.isin(other.index) for other in each])]
    ends, censors, entries = (
        np.column_stack([part.loc[whole, name] for part in each]) for name in ("AVAL", "CNSR", "ENTRYDY")
    )
    events = np.where(censors == EVENT, ends, np.inf)
    happened, first = np.isfinite(events).any(axis=1), events.argmin(axis=1)
    named = np.array(["death" if part == "OS" else shown(part) for part in parts], dtype=object)[first]
    columns = {
        "PARAMCD": code,
        "STARTDT": pd.NaT,
        "ADT": pd.NaT,
        "AVAL": np.where(happened, events.min(axis=1), ends.min(axis=1)),
        "CNSR": np.where(happened, EVENT, CENSORED),
        "ENTRYDY": entries.max(axis=1),
        "EVNTDESC": np.where(happened, named, "censored"),
    }
    return each[0].loc[whole].assign(**columns).reset_index()[names(ADTTE)]
