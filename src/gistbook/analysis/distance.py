"""What a policy prints beside what is so, number by number: for the owner of the data, on the terminal only.

Curves at landmarks, medians, follow-up, restricted means and hazard ratios of every endpoint of which a book under a
policy shows a curve, and the counts of Table 1.
"""

from collections.abc import Iterator

import pandas as pd

from gistbook.analysis import baseline, contrasts, disclosure, endpoints, estimates, lifetable
from gistbook.conventions import WITHHELD, is_known, rounded
from gistbook.units import MONTHS, Unit

LANDMARKS, HORIZON = (12, 24, 36, 60), 60
"""Months at which curves are read, and up to which their mean is taken."""

_PRINTED = {
    "probability": (lambda share: 100 * share, 1, "%"),
    "ratio": (float, 2, ""),
    "count": (float, 0, ""),
}


def lines(cohort, parameters: dict) -> Iterator[str]:
    """Yield line by line every number of which an exact one would differ; nothing under an exact policy.

    `parameters` are those that the book was made with, of which the origin is taken.
    """
    if not cohort.policy.coarsens:
        return
    yield cohort.policy.note
    yield "For your eyes only, and nothing of it is in the book: exact, shown, and by how much that is more:"
    for name, adtte in _endpoints(cohort, parameters).items():
        yield from (f"  {name}, {line}" for line in _of_endpoint(lifetable.count(adtte), cohort))
    yield from _of_table(cohort)


def beside(exact: float, shown: float, of: str, unit: Unit = MONTHS) -> str:
    """A number, what is shown of it, and the difference, as the owner reads them.

    >>> beside(0.597, 0.626, "probability")
    '59.7%, 62.6%, +2.9'
    """
    scaled, digits, sign = {**_PRINTED, "days": (unit.of, unit.digits, f" {unit.name}")}[of]
    both = [f"{rounded(scaled(value), digits)}{sign}" if is_known(value) else "" for value in (exact, shown)]
    shift = rounded(scaled(shown) - scaled(exact), digits) if all(both) else ""
    plus = "+" if shift and not shift.startswith("-") else ""
    return f"{both[0] or 'not estimable'}, {both[1] or WITHHELD}{', ' if shift else ''}{plus}{shift}"


def _endpoints(cohort, parameters: dict) -> dict[str, pd.DataFrame]:
    origin = parameters.get("origin", "first_operation")
    derived = {name: derive(cohort, origin) for name, derive in endpoints.FROM_OPERATION.items()}
    derived |= {"IMCONT": endpoints.derive_imcont(cohort), "PFS2L": endpoints.derive_pfs2l(cohort)}
    return {name: adtte for name, adtte in derived.items() if len(adtte)}


def _of_endpoint(counts: pd.DataFrame, cohort) -> Iterator[str]:
    safe = disclosure.protect(counts, cohort.policy)
    exact, shown = (_estimated(each, cohort) for each in (counts, safe))
    for (group, what), row in exact.iterrows():
        other = shown["estimate"].get((group, what), float("nan"))
        if is_known(row["estimate"]) or is_known(other):
            yield f"{group}, {what}: {beside(row['estimate'], other, row['unit'], cohort.unit)}"


def _estimated(counts: pd.DataFrame, cohort) -> pd.DataFrame:
    unit, horizon = cohort.unit, cohort.unit.landmarks(HORIZON)
    curve, follow_up = estimates.survival(counts), estimates.survival(lifetable.reversed_kinds(counts))
    rates = estimates.rate(curve, unit.landmarks(LANDMARKS))
    frames = [
        rates.assign(what=rates["time"].map(unit.landmark)),
        estimates.quantile(curve).assign(what="median"),
        estimates.restricted_mean(curve, horizon).assign(what=f"mean within {unit.landmark(horizon)}"),
        estimates.quantile(follow_up).assign(what="median follow-up"),
        contrasts.hazard_ratio(counts, cohort.reference).assign(what="hazard ratio"),
    ]
    columns = ["group", "what", "estimate", "unit"]
    rows = pd.concat([frame[columns].astype({"estimate": float}) for frame in frames if len(frame)])
    return rows.set_index(["group", "what"])


def _of_table(cohort) -> Iterator[str]:
    by, grain = ["characteristic", "group"], ["characteristic", "level", "group"]
    exact = baseline.of_cohort(cohort)
    shown = disclosure.table(exact, cohort.policy, by).set_index(grain)["count"]
    for row in exact[exact["count"] > 0].itertuples():
        other = shown.get((row.characteristic, row.level, row.group))
        if other is not None:
            yield f"  {row.characteristic}, {row.level}, {row.group}: {beside(row.count, other, 'count')}"
