"""Dates to times: one ADTTE row per subject and endpoint, in days from a named time zero; and what each endpoint is."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook import conventions
from gistbook.analysis import disclosure
from gistbook.conventions import CENSORED, COMPETING, EVENT, RECORDED_AS, RECORDED_ORIGIN, UsageError, rows_of
from gistbook.intake.cohort import is_imatinib
from gistbook.intake.places import NO_DAY, beside, by_day, of_each, places_in, with_subjects
from gistbook.intake.readers import by_distinct
from gistbook.schemas import ADTTE, names
from gistbook.spelling import nearest
from gistbook.units import Since

_FILE = Path(__file__).with_suffix(".csv")
"""Every endpoint of the results chapters, one per line: its code and name, its population, its time zero (an origin, or
words), its event, what happens at a new drug, a re-operation and missed scans (`otherwise`), its censoring, the
chapters that use it, and of `PFS` and `OS` a sentence on what ends them (`rule`), with what it says of GIST only."""

ENDPOINTS = tuple(
    each._replace(
        otherwise=each.otherwise.replace("{gap}", str(conventions.LONGEST_GAP_DAYS)), chapters=each.chapters.split()
    )
    for each in pd.read_csv(_FILE, dtype=str, keep_default_na=False).itertuples(index=False, name="Endpoint")
)

_CENSORING = (
    "A competing event counts as a censoring, so that one minus the curve overstates how many come to the event."
)

_IN_WORDS = {each.code: each.name for each in ENDPOINTS}
_LINES = {2: "second line", 3: "third line", 4: "fourth line"}

_GOES_ON = re.compile(r"on-?going|continu|still on|cut-?off|last contact|lost", re.IGNORECASE)
"""Reasons for the end of a period that tell of no stop."""

ORIGINS = {row["origin"]: row for row in rows_of(Path(__file__).with_name("origins.csv"))}
"""Each time zero: the ADSL `variable` that dates it (one that nobody has if times were recorded), its `name`, and that
in a book `of_others`' disease; and where patients are at risk from later on, what that is."""

_RECORDED = {"PFS": ("PFS", "PFSRES", "PFSIM"), "OS": ("OS", "OSRES", "OSIM")}


def derive_os(cohort, origin: str = "first_operation") -> pd.DataFrame:
    """Overall survival, days from an origin to death, censored at last contact.

    From resistance, the patients of a group in which everybody was operated on enter at the first operation, and from
    the start of imatinib everybody at resistance, since nobody is in that group, or in the cohort, before.

    Population: the analysed patients with a date for the origin, one of `ORIGINS`. One row per subject, columns of
    `schemas.ADTTE`.
    """
    if cohort.adtte is not None:
        return _recorded(cohort, "OS", origin)
    subjects = _subjects(cohort, origin)
    return _or_death(subjects, "OS", subjects["NEVER"], subjects["LSTALVDT"], ("last contact", "death", ""))


def derive_pfs(cohort, origin: str = "first_operation") -> pd.DataFrame:
    """Progression-free survival, days from an origin to the first imaging progression after it, or death.

    Censored at the last assessment without progression (time zero if there is none); at last contact in a cohort that
    records progressions only. Nobody where assessments are not recorded, for then this would be overall survival under
    another name. Population and rows as of `derive_os`.
    """
    if cohort.adtte is not None:
        return _recorded(cohort, "PFS", origin)
    subjects = _subjects(cohort, origin)
    subjects = subjects if cohort.assessments is not None else subjects.iloc[:0]
    censored = "last contact" if progressions_only(cohort) else "last assessment without progression"
    return _or_death(subjects, "PFS", *_scanned(cohort, subjects), (censored, "death", "progression"))


def derive_imcont(cohort) -> pd.DataFrame:
    """Imatinib continuation, days from the first operation to the last dose of imatinib.

    An event when that dose comes before another TKI, before a gap of over 90 days, or before death, or where its end is
    recorded and earlier than last contact, or recorded on that day with a reason; otherwise censored at last contact on
    imatinib. Population: the operated who had begun no other TKI by the day of the operation, and of whom imatinib is
    recorded within 90 days of it (`left_out_of_imcont` counts the others). Rows as of `derive_os`.
    """
    if cohort.adtte is not None:
        return _recorded(cohort, "IMCONT", RECORDED_ORIGIN)
    subjects = _subjects(cohort, "first_operation")
    doses = _of_imatinib(cohort, subjects)
    subjects = subjects[~_without_continuation(subjects, doses)]
    last_dose = _last_dose(subjects, doses)
    stopped = subjects["TKI2DT"].notna() | subjects["DTHDT"].notna() | (last_dose < subjects["LSTALVDT"])
    ended = by_distinct(doses.loc[doses["AENDT"] == doses["LSTALVDT"], "STOPREAS"], _tells_of_a_stop)
    stopped |= subjects.index.isin(ended.index[ended])
    return _adtte(subjects, "IMCONT", last_dose, stopped, ("last contact on imatinib", "last dose of imatinib"))


def _tells_of_a_stop(reasons: pd.Series) -> pd.Series:
    texts = reasons.fillna("").astype(str).str.strip()
    return texts.ne("") & ~texts.str.contains(_GOES_ON)


def continuing_from(cohort) -> str:
    """The time zero of continuation: the first operation, or that of recorded times where there are any."""
    return RECORDED_ORIGIN if cohort.adtte is not None else "first_operation"


def left_out_of_imcont(cohort) -> tuple[int, int]:
    """Count the operated patients who cannot go on with imatinib, or of whom it is not known, and all operated."""
    subjects = _subjects(cohort, "first_operation")
    return int(_without_continuation(subjects, _of_imatinib(cohort, subjects)).sum()), len(subjects)


def derive_os2l(cohort) -> pd.DataFrame:
    """Overall survival from the first dose of second-line TKI, of those who reached it; as `derive_os`."""
    return derive_os(cohort, "second_line").assign(PARAMCD="OS2L")


def derive_pfs2l(cohort) -> pd.DataFrame:
    """Progression-free survival from the first dose of second-line TKI, of those who reached it; as `derive_pfs`."""
    return derive_pfs(cohort, "second_line").assign(PARAMCD="PFS2L")


def second_line_after_progression(cohort) -> tuple[int, int]:
    """Count the operated patients given a second line, among those whose disease progressed after the operation."""
    subjects = _subjects(cohort, "first_operation")
    reached = subjects.loc[_scanned(cohort, subjects)[0].notna(), "TKI2DT"].notna()
    return (int(reached.sum()), len(reached)) if cohort.exposures is not None else (0, 0)


def derive_line(cohort, lines: pd.DataFrame | None = None, line: int = 2, origin: str = "resistance") -> pd.DataFrame:
    """Time to a line of therapy, days from an origin to its first dose, death before it competing.

    Censored at last contact. A patient who is observed late and has begun the line by then is left out: of those who
    began so early, only the ones who lived to enter are known. Nobody where neither exposures nor a second line are
    recorded. `lines`, as `exposure.lines` makes them, date any line but 2. `EVNTDESC` is `second line` or the like,
    `death` or `last contact`; rows as of `derive_os`. Raises `UsageError` if there is no such line, or `lines` lack.
    """
    subjects = _subjects(cohort, origin)
    subjects = subjects if cohort.exposures is not None or subjects["TKI2DT"].notna().any() else subjects.iloc[:0]
    if line not in _LINES or (line > 2 and lines is None):
        raise UsageError(f"Line {line} is none of {list(_LINES)}, or the lines of therapy were not given.")
    begun = subjects["TKI2DT"]
    if line > 2:
        begun = subjects["USUBJID"].map(lines[lines["LINE"] == line].set_index("USUBJID")["ASTDT"])
    unseen = (begun < subjects["ENTRYDT"]) | ((begun == subjects["ENTRYDT"]) & (begun > subjects["STARTDT"]))
    subjects, texts = subjects[~unseen], ("last contact", "death", _LINES[line])
    return _or_death(subjects, f"T{line}L", begun[~unseen], subjects["LSTALVDT"], texts)


def milestones(cohort, origin: str = "first_operation") -> dict[str, pd.DataFrame]:
    """By name the endpoints of one course that count from one time zero, those of which anything is known."""
    continuing = {"On imatinib": derive_imcont(cohort)} if origin == continuing_from(cohort) else {}
    ends = {"Without progression": derive_pfs(cohort, origin), **continuing, "Alive": derive_os(cohort, origin)}
    return {name: adtte for name, adtte in ends.items() if len(adtte)}


def leading(cohort, origin: str = "first_operation") -> tuple[str, pd.DataFrame]:
    """The endpoint on which definitions are tried, in words and as times: PFS, or OS where nobody has a time of PFS."""
    times = derive_pfs(cohort, origin)
    code, times = ("PFS", times) if len(times) else ("OS", derive_os(cohort, origin))
    return _IN_WORDS[code].lower(), times


def with_a_time(cohort) -> pd.DataFrame:
    """How many of the analysed patients each endpoint counts, and how many have no time for it.

    One row per endpoint that chapters show, of another disease only where somebody has a time: `endpoint`, `since`,
    `count`, `without`.
    """
    n = int(cohort.adsl["TRT01A"].notna().sum())
    zeros, codes = list(ORIGINS)[:-1], ["PFS", "OS"]
    if cohort.adtte is not None:
        zeros, codes = [RECORDED_ORIGIN], ["OS", "PFS"]
    rows = [(code, clock(cohort, zero), _timed(cohort, code, zero)) for code in codes for zero in zeros]
    if cohort.book.is_of_gist:
        rows.append(("IMCONT", clock(cohort, continuing_from(cohort)), len(derive_imcont(cohort))))
    rows = [row for row in rows if row[-1] or cohort.book.is_of_gist]
    frame = pd.DataFrame(rows, columns=["endpoint", "since", "count"])
    return frame.assign(endpoint=frame["endpoint"].map(_IN_WORDS), without=n - frame["count"])


def _timed(cohort, code: str, origin: str) -> int:
    """How many have a time of an endpoint, as `derive_os` and `derive_pfs` have one row for each."""
    if cohort.adtte is not None:
        return len(_recorded(cohort, code, origin))
    return 0 if code == "PFS" and cohort.assessments is None else len(_subjects(cohort, origin))


def flow_to_times(cohort, steps: pd.DataFrame) -> pd.DataFrame:
    """The flow of patients, with how many of the analysed have no time of each recorded endpoint.

    Under a policy that coarsens the steps stay as they are, since each endpoint would divide the same patients again.
    """
    if cohort.adtte is None or disclosure.is_coarse(cohort):
        return steps
    timed = with_a_time(cohort).query("count > 0 and without > 0")
    named = {
        "step": "Without a time: " + timed["endpoint"].str.lower(),
        "count": timed["without"],
        "parent": conventions.ANALYSED,
    }
    return pd.concat([steps, pd.DataFrame(named)], ignore_index=True)


def under_observation_from(cohort, origin: str) -> pd.Series:
    """The day on which each subject comes under observation for a time zero, by its row of `adsl`; else missing."""
    return _subjects(cohort, origin)["ENTRYDT"].reindex(cohort.adsl.index)


def without_entry(adtte: pd.DataFrame) -> pd.DataFrame:
    """An endpoint as if all had been under observation since time zero: the naive version, to be labelled."""
    return adtte.assign(ENTRYDY=0)


def by_end(adtte: pd.DataFrame) -> pd.DataFrame:
    """Recorded times in which a competing event is an event of its own kind, and no censoring."""
    return adtte.assign(CNSR=adtte["CNSR"].mask(adtte["EVNTDESC"] == COMPETING, EVENT))


def progressions_only(cohort) -> bool:
    """Tell whether a cohort records progressions but no assessment without one, so that PFS is censored otherwise."""
    return cohort.assessments is None or bool((cohort.assessments["AVALC"] == "PD").all())


def event_rule(cohort, endpoint: str) -> str:
    """In a sentence what ends overall (`OS`) or progression-free survival (`PFS`), and who says so."""
    if f"{endpoint}-first" in cohort.ends:
        return (
            "The time runs from a named time zero to the earlier of two events that the cohort records apart; of a "
            "patient with neither, to the earlier of the two times."
        )
    if cohort.adtte is not None:
        return (
            "The time from a named time zero, and whether it ended with the event, are taken as the cohort records "
            "them; which event that is, and when a patient without it is censored, was decided by those who recorded "
            "it."
        )
    stated = next(each for each in ENDPOINTS if each.code == endpoint)
    return f"{stated.rule} {stated.rule_in_gist if cohort.book.is_of_gist else ''}".strip()


def censoring_rule(cohort) -> str:
    """In a sentence where a patient without progression is censored, which depends on what is recorded."""
    if cohort.adtte is not None:
        recorded = "Its times were recorded as such, and so was who is censored."
        return f"{recorded} {_CENSORING}" if (cohort.adtte["EVNTDESC"] == COMPETING).any() else recorded
    if cohort.assessments is None:
        return "It records no assessments, so that nobody can be followed for progression."
    if progressions_only(cohort):
        return (
            "Only assessments with progression are recorded; patients without progression or death are censored at "
            "last contact."
        )
    return "Patients without progression or death are censored at their last assessment without progression."


def describe_endpoints(cohort) -> pd.DataFrame:
    """Every endpoint of a cohort with what states it, of recorded times those that it has; `Used in` holds lists."""
    rows, zeros = pd.DataFrame(ENDPOINTS), {origin: clock(cohort, origin) for origin in ORIGINS}
    if cohort.adtte is not None:
        recorded = set(cohort.adtte["PARAMCD"])
        rows = rows[[not recorded.isdisjoint(_RECORDED.get(code, (code,))) for code in rows["code"]]]
        theirs = dict.fromkeys(("event", "otherwise", "censoring"), "As those who recorded the times decided")
        rows = rows.assign(population="Analysed, with a recorded time", **theirs)
        zeros["first_operation"] = zeros[RECORDED_ORIGIN]
    rows = rows.assign(since=[zeros.get(since, since) for since in rows["since"]])
    columns = ["name", "population", "since", "event", "otherwise", "censoring", "chapters"]
    headers = ["Endpoint", "Population", "Time zero", "Event", "Intercurrent events", "Censoring", "Used in"]
    return rows[columns].set_axis(headers, axis=1).reset_index(drop=True)


def clock(cohort, origin: str) -> Since:
    """The name of a time zero as a sentence says it (`[clocks]` may name it otherwise), with the unit of its times.

    Raises `UsageError` if there is no such origin; the message names those there are.
    """
    zero = dated(origin)
    name = ("" if cohort.book.is_of_gist else zero["of_others"]) or zero["name"] or conventions.RECORDED_ZERO
    return Since(cohort.clocks.get(origin, name), cohort.unit, origin)


def common(cohort) -> str:
    """The time zero that every analysed patient has: that of recorded times, or else resistance."""
    return RECORDED_ORIGIN if cohort.adtte is not None else "resistance"


def describe_origins(cohort) -> pd.DataFrame:
    """As a frame every time zero: its name as a parameter, and what it is in a cohort."""
    offered = [origin for origin in ORIGINS if cohort.adtte is not None or origin != RECORDED_ORIGIN]
    late = cohort.adtte is not None and (cohort.adtte["ENTRYDY"] > 0).any()
    later = {origin: ORIGINS[origin]["at_risk_from"] for origin in offered if late or origin != RECORDED_ORIGIN}
    rows = [(origin, clock(cohort, origin), later.get(origin) or "at time zero") for origin in offered]
    return pd.DataFrame(rows, columns=["Parameter origin", "Time zero", "Patients are at risk from"])


def dated(origin: str) -> dict[str, str]:
    """A time zero as `ORIGINS` has it; raises as `clock` does."""
    if origin not in ORIGINS:
        raise UsageError(f"There is no origin named {origin!r}. {nearest(origin, ORIGINS)}")
    return ORIGINS[origin]


def _recorded(cohort, endpoint: str, origin: str) -> pd.DataFrame:
    dated(origin)
    return cohort.adtte[cohort.adtte["PARAMCD"] == RECORDED_AS.get(origin, "").format(endpoint)].reset_index(drop=True)


def _subjects(cohort, origin: str) -> pd.DataFrame:
    zero = dated(origin)["variable"]
    analysed = cohort.adsl.loc[cohort.adsl["TRT01A"].notna(), _OF_SUBJECTS].assign(NEVER=pd.NaT)
    subjects = analysed[analysed[zero].notna()]
    entry = {"imatinib_start": subjects["RESISTDT"]}.get(origin, subjects[zero])
    if origin == "resistance":  # nobody is in a group in which everybody was operated on before that
        all_operated = analysed["OPDT1"].notna().groupby(analysed["TRT01A"]).transform("all")
        entry = subjects["OPDT1"].where(all_operated.reindex(subjects.index))
    return subjects.assign(STARTDT=subjects[zero], ENTRYDT=entry.fillna(subjects[zero]))


_OF_SUBJECTS = ["USUBJID", "TRT01A", "IMASTDT", "RESISTDT", "OPDT1", "TKI2DT", "DTHDT", "LSTALVDT"]


def _scanned(cohort, subjects: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The first scan with progression after each subject came under observation, and when one without is censored."""
    if cohort.assessments is None:
        return pd.Series(pd.NaT, index=subjects.index), subjects["LSTALVDT"]
    scans, places = cohort.assessments["ADT"].to_numpy(), places_in(cohort.adsl, cohort.assessments)
    after = scans > beside(subjects["ENTRYDT"].reindex(cohort.adsl.index), places)
    progressed = (cohort.assessments["AVALC"] == "PD").to_numpy()
    shown, others = np.flatnonzero(after & progressed), np.where(after & ~progressed, scans, NO_DAY)
    first = of_each(cohort.adsl, scans[shown], places[shown], "min").reindex(subjects.index)
    last = of_each(cohort.adsl, others, places, "max").reindex(subjects.index)
    return first, subjects["LSTALVDT"] if progressed.all() else last.fillna(subjects["ENTRYDT"])


def _of_imatinib(cohort, subjects: pd.DataFrame) -> pd.DataFrame:
    """The periods of imatinib of some subjects, by the subject's row, with its dates beside each."""
    if cohort.exposures is None:
        return subjects.iloc[:0].assign(ASTDT=pd.NaT, AENDT=pd.NaT, STOPREAS="")
    doses = cohort.exposures.loc[is_imatinib(cohort.exposures), ["USUBJID", "ASTDT", "AENDT", "STOPREAS"]]
    doses = with_subjects(doses, subjects, cohort.adsl)
    return doses.assign(AENDT=doses["AENDT"].fillna(doses["DTHDT"]).fillna(doses["LSTALVDT"]))


def _without_continuation(subjects: pd.DataFrame, doses: pd.DataFrame) -> pd.Series:
    gap = pd.Timedelta(days=conventions.LONGEST_GAP_DAYS)
    near = (doses["ASTDT"] <= doses["OPDT1"] + gap) & (doses["AENDT"] >= doses["OPDT1"] - gap)
    return (subjects["TKI2DT"] < subjects["OPDT1"]) | ~subjects.index.isin(doses.index[near])


def _last_dose(subjects: pd.DataFrame, doses: pd.DataFrame) -> pd.Series:
    """Each subject's last dose of imatinib in the run of doses that goes on from the first operation."""
    doses = doses[(doses["AENDT"] >= doses["OPDT1"]) & ~(doses["ASTDT"] >= doses["TKI2DT"])]
    doses = doses.iloc[by_day(doses.index.to_numpy(), doses["ASTDT"].to_numpy())]
    covered = doses.groupby(level=0)["AENDT"].cummax().groupby(level=0).shift().fillna(doses["OPDT1"])
    broken = (doses["ASTDT"] - covered).dt.days > conventions.LONGEST_GAP_DAYS
    unbroken = doses[broken.groupby(level=0).cumsum() == 0]
    last = unbroken.groupby(level=0)["AENDT"].max().reindex(subjects.index).fillna(subjects["OPDT1"])
    return last.clip(upper=subjects["TKI2DT"].fillna(last))


def _or_death(
    subjects: pd.DataFrame, paramcd: str, event: pd.Series, censored: pd.Series, texts: tuple[str, str, str]
) -> pd.DataFrame:
    """Times to an event or death; the texts are those of a censoring, of a death, and of the event."""
    ends = event.fillna(subjects["DTHDT"])
    return _adtte(subjects, paramcd, ends.fillna(censored), np.where(event.notna(), 2, ends.notna()), texts)


def _adtte(subjects: pd.DataFrame, paramcd: str, ends: pd.Series, happened, texts: tuple[str, ...]) -> pd.DataFrame:
    """One ADTTE row per subject, with the text of what happened by its number, 0 for a censoring.

    The one place in which an event becomes CNSR 0; each text is there once.
    """
    rows = subjects.assign(
        TRTA=subjects["TRT01A"],
        PARAMCD=paramcd,
        ADT=ends,
        ENTRYDY=(subjects["ENTRYDT"] - subjects["STARTDT"]).dt.days,
        AVAL=(ends - subjects["STARTDT"]).dt.days,
        CNSR=np.where(happened, EVENT, CENSORED),
        EVNTDESC=np.array(texts, dtype=object)[np.asarray(happened, dtype=int)],
    )
    return rows[names(ADTTE)].reset_index(drop=True)


FROM_OPERATION = {"PFS": derive_pfs, "OS": derive_os}
