"""Subject rows become counts by group, entry, exit and kind of event: the waist of the book.

Every single-event estimate is computed from these counts, and from nothing else.
"""

import numpy as np
import pandas as pd

from gistbook.analysis.disclosure import Policy, protect
from gistbook.conventions import CENSORED, FEWEST_AT_RISK, OVERALL, SAME_TIME, WITHHELD
from gistbook.schemas import CENSORING, ENDED, ENTERED, MARKERS, WITHHELD_KIND
from gistbook.units import MONTHS, Unit

_NOBODY_TIMED = "No patient of this cohort has a time from there."

_GRAIN, _KINDS = ["group", "entry", "exit", "kind"], np.array(["event", CENSORING], dtype=object)


def protected(adtte: pd.DataFrame, policy: Policy, fewest: int = FEWEST_AT_RISK) -> pd.DataFrame:
    """Count the subjects of one endpoint as it may be shown.

    As `count` does, as coarse as a disclosure policy asks, and under late entry `from_enough` at risk on.
    """
    return from_enough(protect(count(adtte), policy), fewest)


def from_enough(counts: pd.DataFrame, fewest: int = FEWEST_AT_RISK) -> pd.DataFrame:
    """Counts of each group from the first time on at which enough of it are at risk, if somebody enters it late.

    Before that, one event among two at risk would halve a curve for good. Nor does a curve start before a day on which
    an event leaves nobody at risk while others still enter: it would be 0 for good, and they alive. Such a curve is
    conditional on having come so far. A group that never has so many at risk is left out; one that everybody enters at
    time zero stays as it is.

    One row per group, entry, exit and kind, as `count` or `count_kinds` makes them. `fewest`: up to 1, a curve starts
    where its first subject enters.
    """
    parts = [_from_enough(rows, fewest) for _, rows in counts.groupby("group", sort=True, observed=True)]
    return pd.concat(parts, ignore_index=True) if parts else counts


def start_rule(adtte: pd.DataFrame, counts: pd.DataFrame, unit: Unit = MONTHS) -> str:
    """Where the curves of an endpoint start, and which groups have none, in words; counts are those `from_enough`."""
    if adtte.empty:
        return _NOBODY_TIMED
    if not (adtte["ENTRYDY"] > 0).any():
        return "Every patient is at risk from time zero on."
    if counts["kind"].eq(WITHHELD_KIND).any():
        return f"Some patients come under observation later than time zero; a curve that they enter is {WITHHELD}."
    starts = counts.groupby("group", observed=True)["entry"].min()
    late = [f"{group} from {unit.said(day)} after time zero" for group, day in starts.items() if day > 0]
    never = [f"{group} has no curve" for group in adtte["TRTA"].unique() if group not in starts.index]
    where = "; ".join(late + never)
    so_far = f"; it describes patients who had no event before that: {where}" if where else ", here at time zero"
    return (
        "Some patients come under observation later than time zero. The curve of a group starts when enough of its "
        f"patients are at risk{so_far}."
    )


def entry_effect(adtte: pd.DataFrame) -> str:
    """Whether estimates would differ if nobody were taken to enter late, in words.

    The risk set of an event differs only if somebody of the group comes under observation at its time or later.
    """
    if adtte.empty:
        return _NOBODY_TIMED
    late = adtte[adtte.groupby("TRTA")["ENTRYDY"].transform("max") > 0]
    if late.empty:
        return "Nobody comes under observation late, so that the naive estimates are the right ones."
    last = late.groupby("TRTA")["ENTRYDY"].transform("max")
    early = int(((late["CNSR"] != CENSORED) & (late["AVAL"] <= last)).sum())
    if not early:
        return (
            "In the groups with late entry, nobody had the event before the last patient of the group had entered, so "
            "the naive estimates are the same."
        )
    return (
        "In the groups with late entry, some patients had the event before others of the group had entered, so the "
        f"naive estimates count too many patients at risk at these events; their number: {early}."
    )


def count(adtte: pd.DataFrame) -> pd.DataFrame:
    """Count the subjects of one endpoint by group, entry day, exit day and kind of exit.

    A subject who enters late and is gone by the day of entry was never under observation, and is not counted. Times
    that differ by less than `SAME_TIME` are one time: 7.1 weeks and 49.7 days differ in the last binary digit only.

    `adtte` has one row per subject; entry (`ENTRYDY`) and exit (`AVAL`) are in days from time zero. Gives one row per
    group, entry, exit and kind (`event` or `censored`), with how many subjects in `count`.
    """
    return _count(adtte, _KINDS[(adtte["CNSR"] == CENSORED).to_numpy(int)])


def count_kinds(adtte: pd.DataFrame) -> pd.DataFrame:
    """Count the subjects of one endpoint as `count` does; the kind of an event is its `EVNTDESC`."""
    return _count(adtte, adtte["EVNTDESC"].where(adtte["CNSR"] != CENSORED, CENSORING))


def happened(counts: pd.DataFrame) -> np.ndarray:
    """Tell which rows of counts are of events."""
    return ~np.isin(np.asarray(counts["kind"], dtype=object), [CENSORING, ENTERED, *MARKERS])


def pool(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts of all groups taken together, as one group named `All`; of nobody if one group is withheld.

    Grouped counts end with the group that ends first: those who are followed on in others are censored there.
    """
    if (counts["kind"] == WITHHELD_KIND).any():
        counts = counts[counts["kind"] == WITHHELD_KIND]
    elif (counts["kind"] == ENDED).any():
        end = counts.groupby("group")["exit"].max().min()
        later = counts["exit"] > end
        counts = counts.assign(kind=counts["kind"].mask(later, CENSORING), exit=counts["exit"].clip(upper=end))
        counts = counts.assign(**{name: counts[name].mask(later, 0) for name in ("low", "high")})
    return _sum(counts.assign(group=OVERALL))


def together(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Counts of several endpoints, each pooled, as groups that bear their names; they hold the same subjects."""
    pooled = [pool(counts).assign(group=name) for name, counts in parts.items()]
    return pd.concat(pooled, ignore_index=True) if pooled else pool(pd.DataFrame(columns=[*_GRAIN, "count"]))


def conditional_on(counts: pd.DataFrame, start: float) -> pd.DataFrame:
    """The counts of those still followed after `start` days, who enter no earlier than that.

    An estimate from them is conditional on having come so far without an event. What a policy holds back stays so.
    """
    still = counts[(counts["exit"] > start) | counts["kind"].isin(MARKERS)]
    return _sum(still.assign(entry=still["entry"].clip(lower=start)))


def reversed_kinds(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts with event and censoring exchanged, which turns survival into follow-up.

    Of grouped counts, those who are still at risk at the end stay censored.
    """
    turned = {CENSORING: "event", **{kind: kind for kind in (ENTERED, *MARKERS)}}
    kinds = counts["kind"].map(turned).fillna(CENSORING)
    left_at_end = (counts["count"] > 0) & (counts.get("high", 1) == 0)
    return counts.assign(kind=kinds.mask(left_at_end, CENSORING))


def _from_enough(rows: pd.DataFrame, fewest: int) -> pd.DataFrame:
    if not (rows["entry"] > 0).any():
        return rows
    days = np.unique(rows["entry"].clip(lower=0))
    enough = days[_at_risk_after(rows, days) >= max(fewest, 1)]
    if fewest > 1:  # not before the last day on which an event left nobody at risk, though others entered later
        events = rows.loc[happened(rows) & (rows["exit"] < rows["entry"].max()), "exit"].unique()
        enough = enough[enough >= max(events[_at_risk_after(rows, events) == 0], default=0)]
    return conditional_on(rows, enough[0]) if len(enough) else rows.iloc[:0]


def _at_risk_after(rows: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    by_day = [rows.groupby(name)["count"].sum().sort_index().cumsum() for name in ("entry", "exit")]
    entered, gone = (np.append(0, each)[np.searchsorted(each.index, days, side="right")] for each in by_day)
    return entered - gone


def _count(adtte: pd.DataFrame, kinds) -> pd.DataFrame:
    entry, exit = _same_times(adtte["ENTRYDY"], adtte["AVAL"])
    observed = (entry <= 0) | (entry < exit)
    rows = adtte.rename(columns={"TRTA": "group"}).assign(entry=entry, exit=exit, kind=kinds, count=1)
    return _sum(rows[observed])


def _same_times(*columns: pd.Series) -> list[pd.Series]:
    """Columns of days in which times that are the same but for arithmetic are equal: to the first of them."""
    if all(pd.api.types.is_integer_dtype(column) for column in columns):
        return list(columns)
    times = np.unique(np.concatenate([column.dropna().to_numpy(dtype=float) for column in columns]))
    firsts = times[np.diff(times, prepend=-np.inf) >= SAME_TIME]
    return [
        column.where(column.isna(), firsts[np.searchsorted(firsts, column, side="right") - 1]) for column in columns
    ]


def _sum(rows: pd.DataFrame) -> pd.DataFrame:
    numbers = [name for name in ("count", "low", "high") if name in rows]
    return rows.groupby(_GRAIN, sort=True, observed=True)[numbers].sum().reset_index()
