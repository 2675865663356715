"""The synthetic cohort, tuned until the book's own rules print the published medians. Composes."""

from pathlib import Path

import pandas as pd

from gistbook.analysis import endpoints, estimates, lifetable, records, simulate
from gistbook.conventions import DataError, UsageError, months
from gistbook.intake import checks, cohort, settings
from gistbook.press import claims

TARGETS = {"progression": "pfs_median", "extension": "imcont_median", "survival": "os_median"}
"""For each scale of the synthetic cohort, in the order of tuning, the claim to which it is tuned."""


def write_synthetic(folder: Path, seed: int, calibrated: bool) -> None:
    """Draw a synthetic cohort and write its folder; the same seed writes the same bytes.

    Raises
    ------
    DataError, UsageError
        With this seed the cohort cannot be tuned to the published medians (the message asks for another), or what is
        there is not a synthetic cohort; it is untouched.
    """
    access = settings.read_settings(folder).access if (folder / settings.SETTINGS_FILE).exists() else ""
    if access != "synthetic" and (folder.is_file() or (folder.is_dir() and any(folder.iterdir()))):
        raise UsageError(f"{folder} is something else than a synthetic cohort, and is left alone; name another.")
    published = claims.load_published().set_index("claim_id")["published"]
    targets = {scale: (key, published[key]) for scale, key in TARGETS.items() if calibrated}
    scales = simulate.calibrate(lambda scales: _medians(_drawn(seed, scales)), targets)
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in _drawn(seed, scales).items():
        rows.to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")
    told = records.settings(seed, simulate.DATA_CUTOFF, claims.PAPER, [key for key, _ in targets.values()])
    (folder / settings.SETTINGS_FILE).write_text(told, encoding="utf-8")


def _drawn(seed: int, scales: dict[str, float]) -> dict[str, pd.DataFrame]:
    return records.write_down(simulate.courses(seed, scales), simulate.AVAILABLE)


def _medians(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Return the medians in months to which a synthetic cohort is tuned, as the chapters estimate them."""
    typed, findings = checks.check(tables, settings.Formats(), simulate.DATA_CUTOFF)
    if findings:
        raise DataError("The model drew a cohort that breaks the rules.", findings)
    drawn = cohort.assemble(typed, settings.Settings(access="synthetic"))
    derived = {"pfs_median": endpoints.derive_pfs, "imcont_median": endpoints.derive_imcont}
    derived["os_median"] = endpoints.derive_os
    curves = {key: estimates.survival(lifetable.count(derive(drawn))) for key, derive in derived.items()}
    return {key: float(months(estimates.quantile(curve)["estimate"].iloc[0])) for key, curve in curves.items()}
