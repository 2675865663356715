"""The checked tables of one folder under their ADaM names; eligibility, and who left at each step."""

import pickle
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gistbook.conventions import ANALYSED, IMATINIB, OVERALL, RECORDED, DataError, Finding, Group, shown
from gistbook.intake.checks.cells import (
    parsed,
    perhaps_changed,
    perhaps_thousands,
    perhaps_unknown,
    spellings,
    unparsed,
)
from gistbook.intake.mapping import without_blanks
from gistbook.intake.places import NO_DAY, beside, of_each, places_of
from gistbook.intake.readers import by_distinct
from gistbook.intake.settings import Book, Planned, Settings, wrong
from gistbook.intake.times import recorded
from gistbook.schemas import ADSL, FLOW, GROUP_NAMES, INPUTS, MEDICATION, OTHER_INDICATIONS, SURGERY, Column, names
from gistbook.spelling import nearest, one_spelling, plain_spelling
from gistbook.units import UNITS, Unit

_NO_DATE = "No imaging date of resistance"
_NO_TIME = "No time recorded"
_NO_GROUP = "No group recorded"
_BY_RULE = {"localized": GROUP_NAMES[SURGERY], "generalized": GROUP_NAMES[MEDICATION]}
_AGAINST_RULE = {
    "localized": "Localized resistance, not operated on",
    "generalized": "Generalized resistance, operated on",
}
"""By pattern, the group where the localized and no others were operated on, as the paper has it, else the reason."""

_ADDITION = " (group)"

_PASTED = ("title", "subtitle", "disease", "divided_by")
"""Words about a book that sentences paste."""


class Own(NamedTuple):
    """A characteristic that a cohort adds: its column in `adsl`, its name on pages, and the edges of its bands."""

    name: str
    label: str
    bands: tuple[float, ...]


class Cohort(NamedTuple):
    """One cohort: what it is, its subject-level frames under ADaM names, and its flow.

    A frame is `None` where the cohort does not record that table; `adtte` holds times that were recorded as such,
    of which `ends` names the endpoints that end in several ways, with `-first` those that are the earlier of two.
    `policy` is the disclosure policy that it is shown under, once one has been chosen.
    """

    title: str
    access: str
    data_cutoff: date | None
    reproduces: str
    calibrated_to: tuple[str, ...]
    clocks: dict[str, str]
    response_criteria: str
    reference: str
    schedules: dict[str, tuple[Planned, ...]]
    ends: tuple[str, ...]
    book: Book
    adsl: pd.DataFrame
    operations: pd.DataFrame | None
    exposures: pd.DataFrame | None
    assessments: pd.DataFrame | None
    adtte: pd.DataFrame | None
    flow: pd.DataFrame
    covariates: tuple[Own, ...] = ()
    policy: Any = None

    @property
    def unit(self) -> Unit:
        """The unit in which the times of endpoints are printed."""
        return UNITS[self.book.unit]._replace(on_grid=self.policy is not None and self.policy.coarsens)


def assemble(tables: dict[str, pd.DataFrame], settings: Settings, added: pd.DataFrame | None = None) -> Cohort:
    """Assemble a cohort from typed tables by name, in our columns, with nothing wrong in them.

    `added` are the covariates of the rows of the patients' table, as `take_covariates` gives them. In the cohort `adsl`
    has one row per patient of the folder, with what the cohort adds; `TRT01A` is missing for those who left before the
    analysis. Raises `DataError` if everybody did.
    """
    times = tables.get("adtte")
    if "patients" not in tables:
        tables = tables | {"patients": times.drop_duplicates("USUBJID").rename(columns={"USUBJID": "patient_id"})}
    renamed = {table: _under_adam_names(rows, INPUTS[table]) for table, rows in tables.items()}
    if times is not None and renamed["patients"]["GROUPREC"].isna().all():
        told = renamed["adtte"].dropna(subset="TRTA").drop_duplicates("USUBJID").set_index("USUBJID")["TRTA"]
        renamed["patients"]["GROUPREC"] = renamed["patients"]["USUBJID"].map(told)
    longs = {table: renamed.get(table) for table in _KEPT}
    subjects = pd.Index(renamed["patients"]["USUBJID"])
    places = {table: places_of(rows["USUBJID"], subjects) for table, rows in longs.items() if rows is not None}
    adsl, left = _grouped(_with_first_dates(renamed["patients"], longs, places), renamed.get("adtte"))
    adsl = _in_order(adsl, settings.groups.order)
    if adsl["TRT01A"].isna().all():
        remedy = "Record a group, or what the rule for groups is made from, and a time."
        rules = [f"nobody to analyse; {why}: {n}" for why, n in left.items() if n]
        raise DataError("The cohort has nobody to analyse.", [Finding("patients", "", (), r, remedy) for r in rules])
    return Cohort(
        **_of_itself(settings),
        reference=_named_groups(adsl, [settings.groups.reference])[0] if settings.groups.reference else "",
        adsl=adsl[names(ADSL)].assign(**({} if added is None else {name: added[name].to_numpy() for name in added})),
        **longs | {table: _KEPT[table](longs[table], subjects, own) for table, own in places.items()},
        adtte=None if times is None else recorded(renamed["adtte"], adsl, settings),
        flow=_flow(adsl, left),
        covariates=own_covariates(settings),
    )


def _of_itself(settings: Settings) -> dict:
    return {
        **{name: getattr(settings, name) for name in ("access", "data_cutoff", "reproduces", "response_criteria")},
        "title": shown(settings.title),
        "calibrated_to": tuple(settings.calibrated_to),
        "clocks": {origin: shown(name) for origin, name in settings.clocks.items()},
        "book": settings.book.model_copy(update={name: shown(getattr(settings.book, name)) for name in _PASTED}),
        "schedules": {drug: tuple(planned) for drug, planned in settings.schedules.items()},
        "ends": tuple(
            f"{code}-first" if endpoint.earlier_of else code
            for code, endpoint in settings.endpoints.items()
            if endpoint.earlier_of or endpoint.competing
        ),
    }


def own_covariates(settings: Settings) -> tuple[Own, ...]:
    """The characteristics that a cohort adds, in the order of `cohort.toml`."""
    listed = enumerate(settings.covariates.values(), 1)
    return tuple(Own(f"OWN{number}", shown(each.label), tuple(each.bands)) for number, each in listed)


def take_covariates(parts: list[pd.DataFrame], settings: Settings) -> tuple[pd.DataFrame, list[Finding]]:
    """Covariates of every row of the sheet of patients, under their names in `adsl`, and what is wrong with them."""
    findings = list(_labelled_alike(settings))
    if settings.covariates and not parts:
        findings.append(wrong("covariates", "no table of patients has them", "Name its file."))
    named = list(dict.fromkeys(each.column for each in settings.covariates.values()))
    raw = pd.concat([rows.filter(named).astype(object) for rows in parts]) if parts else pd.DataFrame()
    columns = {}
    for place, (name, each) in zip(own_covariates(settings), settings.covariates.items(), strict=True):
        if each.column in raw:
            columns[place.name], strange = _covariate(name, raw[each.column].fillna(""), settings)
            findings += strange
    return pd.DataFrame(columns, index=raw.index), findings


def _covariate(name: str, cells: pd.Series, settings: Settings) -> tuple[pd.Series, list[Finding]]:
    covariate, formats = settings.covariates[name], settings.formats
    column = Column(covariate.column, covariate.kind if covariate.kind == "number" else "text", "")
    texts = without_blanks(column, cells, formats.model_copy(update={"missing": formats.missing + covariate.missing}))
    filled = texts[texts != ""]
    if column.kind == "text":
        texts = texts.map(one_spelling(texts.value_counts().to_dict()))
        strange = [*perhaps_changed("patients", column.name, texts), *perhaps_unknown("patients", column, filled, name)]
        strange += spellings("patients", column, texts[texts != ""], name)
        texts = texts.map(shown)
        return texts.mask((texts == "") | (texts.map(plain_spelling) == "missing"), np.nan), strange
    numbers = parsed(column, texts, formats)
    strange = [*unparsed("patients", column, texts[numbers.isna() & (texts != "")], formats)]
    strange += perhaps_thousands("patients", column, filled, formats.decimal)
    return numbers, [*strange, *perhaps_unknown("patients", column, numbers.dropna(), name)]


def _labelled_alike(settings: Settings) -> Iterator[Finding]:
    plain = [plain_spelling(each.label) for each in settings.covariates.values()]
    for name, each in settings.covariates.items():
        if each.label and plain.count(plain_spelling(each.label)) > 1:
            place, rule = f"covariates.{name}.label", "the label of another covariate too"
            yield wrong(place, rule, "Give each covariate a label of its own.")


def accrual_years(cohort: Cohort) -> tuple[int | None, int | None]:
    """The first and the last year of resistance among analysed patients; `None` if no date is recorded."""
    years = cohort.adsl.loc[cohort.adsl["TRT01A"].notna(), "RESISTDT"].dt.year.dropna()
    return (int(years.min()), int(years.max())) if len(years) else (None, None)


def regrouped(cohort: Cohort, most_growing: int) -> Cohort:
    """A cohort whose pattern of resistance is derived: localized if at most so many lesions grew.

    Patients whose growing lesions are not counted keep the recorded pattern. A recorded group overrides any pattern,
    and then nothing changes.
    """
    growing = cohort.adsl["GROWLES"]
    derived = (growing <= most_growing).map({True: "localized", False: "generalized"})
    pattern = derived.where(growing.notna(), cohort.adsl["RESPAT"])
    adsl, left = _grouped(cohort.adsl.assign(RESPAT=pattern), cohort.adtte)
    named = {group: group for group in cohort.adsl["TRT01A"].dropna().unique() if isinstance(group, Group)}
    adsl = adsl.assign(TRT01A=adsl["TRT01A"].map(named).fillna(adsl["TRT01A"])) if named else adsl
    return cohort._replace(adsl=adsl, flow=_flow(adsl, left))


def against_resistance(operations: pd.DataFrame) -> np.ndarray:
    """Tell of each operation whether it is one for resistance, as all are but those for another recorded indication.

    An emergency, or a complication of an earlier operation, would have been operated on under any treatment.
    """
    return ~operations["OPINDIC"].isin(OTHER_INDICATIONS).to_numpy()


def regroupings(cohort: Cohort, limits: list[int]) -> list[tuple[str, Cohort, tuple[int, int]]]:
    """The cohort if localized means at most so many growing lesions: rule, cohort, and how many changed their group.

    None where there is nothing to switch: a group is recorded, or nobody's growing lesions are counted.
    """
    if cohort.adsl["GROUPREC"].notna().any() or cohort.adsl["GROWLES"].isna().all():
        return []
    before = cohort.adsl["TRT01A"].fillna("")
    others = {limit: regrouped(cohort, limit) for limit in limits}
    moved = {limit: int((other.adsl["TRT01A"].fillna("") != before).sum()) for limit, other in others.items()}
    return [(f"at most {n} growing", other, (moved[n], len(before))) for n, other in others.items()]


def to_bytes(cohort: Cohort) -> bytes:
    """A cohort as bytes, its policy left out, for a process that does not read its folder; each text is there once.

    The bytes hold every patient's row. They are made by pickle: read them only where you made them.
    """
    fields = cohort._replace(policy=None)._asdict()
    frames = {name: _coded(value) for name, value in fields.items() if isinstance(value, pd.DataFrame)}
    return pickle.dumps((fields | dict.fromkeys(frames), frames), protocol=5)


def from_bytes(data: bytes) -> Cohort:
    """The cohort that was made into bytes, every column of its type and every missing text `NaN`."""
    fields, frames = pickle.loads(data)
    plain = {name: coded.astype(dict.fromkeys(texts, object)) for name, (coded, texts) in frames.items()}
    return Cohort(**fields | plain)


def _coded(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    texts = [name for name in frame if frame[name].dtype == object]
    coded = {name: pd.Categorical.from_codes(*pd.factorize(frame[name])) for name in texts}
    columns = {name: coded.get(name, column) for name, column in frame.items()}
    return pd.DataFrame(columns, frame.index, copy=False), texts


def _under_adam_names(rows: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    absent = {c.name: pd.NaT if c.kind == "date" else np.nan for c in columns if c.name not in rows}
    texts = {c.name: _shown(c, rows[c.name]) for c in columns if c.kind == "text" and c.name in rows}
    complete = rows.assign(**texts, **absent)[names(columns)].reset_index(drop=True)
    return complete.set_axis([column.adam for column in columns], axis=1)


def _shown(column: Column, values: pd.Series) -> pd.Series:
    """Texts as pages may show them; patients are not named there, and keep the names that they have."""
    if column.adam == "USUBJID":
        return values.mask(values == "")
    return by_distinct(values, lambda distinct: distinct.map(shown).mask(distinct == ""))


def _with_texts(rows: pd.DataFrame, subjects: pd.Index, places: np.ndarray) -> pd.DataFrame:
    """Rows whose categorical columns are of text again, but for the patients."""
    rows = _with_categories(rows, subjects, places)
    texts = rows.drop(columns="USUBJID").select_dtypes("category")
    return rows.astype(dict.fromkeys(texts, object))


def _with_categories(rows: pd.DataFrame, subjects: pd.Index, places: np.ndarray) -> pd.DataFrame:
    """Rows whose texts are categorical, in alphabetical order, and whose patients are so in that of the subjects."""
    are_known = subjects.is_unique and (places >= 0).all()
    others = rows.drop(columns="USUBJID") if are_known else rows
    texts = others.select_dtypes(object).astype("category")
    for name, column in others.select_dtypes("category").items():
        texts[name] = column.cat.set_categories(sorted(column.unique().dropna()))
    return rows.assign(**texts, **({"USUBJID": pd.Categorical.from_codes(places, subjects)} if are_known else {}))


_KEPT = {"operations": _with_texts, "exposures": _with_categories, "assessments": _with_categories}
"""How a table keeps its texts: the two of which a patient has many rows as categories."""


def _with_first_dates(patients: pd.DataFrame, longs: dict, places: dict[str, np.ndarray]) -> pd.DataFrame:
    adsl = patients.assign(LSTALVDT=patients["LSTALVDT"].fillna(patients["DTHDT"]), OPDT1=pd.NaT, TKI2DT=pd.NaT)
    done, exposures = longs["operations"], longs["exposures"]
    if done is not None:
        adsl["OPDT1"] = _first_after(adsl, places["operations"], done["OPDT"].where(against_resistance(done)))
    if exposures is not None:
        adsl["TKI2DT"] = _first_after(adsl, places["exposures"], exposures["ASTDT"].mask(is_imatinib(exposures)))
    return adsl


def is_imatinib(exposures: pd.DataFrame) -> pd.Series:
    """Tell of each period of treatment whether its drug is imatinib."""
    return by_distinct(exposures["TRT"], lambda names: names.str.lower() == IMATINIB)


def _first_after(adsl: pd.DataFrame, places: np.ndarray, days: pd.Series) -> pd.Series:
    return of_each(adsl, np.where(days >= beside(adsl["RESISTDT"], places), days, NO_DAY), places, "min")


def _grouped(adsl: pd.DataFrame, times: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.Series]:
    """The subjects with their group, and how many have none for which reason, such as no time or date of resistance."""
    if times is None:
        lacking, want = adsl["RESISTDT"].isna(), _NO_DATE
    else:
        lacking, want = ~adsl["USUBJID"].isin(times["USUBJID"]), _NO_TIME
    reasons = pd.Series(np.nan, index=adsl.index, dtype=object).mask(lacking, want)
    always_shown = []
    if adsl["GROUPREC"].notna().any():
        group, why = _recorded_groups(adsl["GROUPREC"]), pd.Series(_NO_GROUP, index=adsl.index)
    elif adsl["RESPAT"].notna().any():
        meets_rule = (adsl["RESPAT"] == "localized") == adsl["OPDT1"].notna()
        group, why = adsl["RESPAT"].map(_BY_RULE).where(meets_rule), adsl["RESPAT"].map(_AGAINST_RULE)
        why, always_shown = why.fillna("Pattern of resistance not recorded"), [*_AGAINST_RULE.values()]
    else:
        group, why = pd.Series(OVERALL, index=adsl.index), reasons
    group = group.mask(reasons.notna())
    left = reasons.where(reasons.notna(), why)[group.isna()].value_counts()
    return adsl.assign(TRT01A=group), left.reindex(left.index.union(always_shown), fill_value=0)


def _recorded_groups(recorded: pd.Series) -> pd.Series:
    """Recorded groups by the names that pages show: S and M are short for the paper's groups where there are no others.

    A group that is called as a step of the flow, or as all groups together, is told from those by an addition.
    """
    given = recorded.dropna().unique()
    of_paper = GROUP_NAMES if set(given) <= {*GROUP_NAMES, *GROUP_NAMES.values()} else {}
    taken = {plain_spelling(word) for word in (RECORDED, ANALYSED, OVERALL, "missing", _NO_GROUP, _NO_DATE, _NO_TIME)}
    apart = {name: f"{name}{_ADDITION}" for name in given if plain_spelling(name) in taken}
    return recorded.map({name: apart.get(name) or of_paper.get(name, name) for name in given})


def _in_order(adsl: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    if not order:
        return adsl
    first = _named_groups(adsl, order)
    in_order = dict.fromkeys([*first, *sorted(set(adsl["TRT01A"].dropna()) - set(first))])
    groups = {name: Group(name, place) for place, name in enumerate(in_order)}
    return adsl.assign(TRT01A=adsl["TRT01A"].map(groups).astype(object))


def _named_groups(adsl: pd.DataFrame, named: list[str]) -> list[str]:
    """The groups that `cohort.toml` names, as pages call them; raises DataError where nobody is in one of them."""
    groups = set(adsl["TRT01A"].dropna())
    spelt = {plain_spelling(name.removesuffix(_ADDITION)): name for name in groups}
    spelt |= {plain_spelling(short): name for short, name in GROUP_NAMES.items() if name in groups}
    if strange := [name for name in named if plain_spelling(name) not in spelt]:
        finding = wrong("groups", "names a group that nobody is in", nearest(strange[0], groups))
        raise DataError("A group is named that nobody is in.", [finding])
    return [spelt[plain_spelling(name)] for name in named]


def _flow(adsl: pd.DataFrame, left: pd.Series) -> pd.DataFrame:
    groups = adsl["TRT01A"].value_counts().sort_index()
    rows = [(RECORDED, len(adsl), "")]
    rows += [(reason, int(n), RECORDED) for reason, n in left.items()]
    rows += [(ANALYSED, int(groups.sum()), RECORDED)]
    rows += [(group, int(n), ANALYSED) for group, n in groups.items() if group != OVERALL]
    return pd.DataFrame(rows, columns=names(FLOW))
