"""A checked cohort set aside for the chapters of one build, so that a large one is not checked by each of them."""

import hashlib
import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from gistbook import examine
from gistbook.intake.cohort import Cohort

FEWEST_ROWS = 20_000
"""In a smaller cohort, checking takes no longer than reading what was set aside."""

_FRAMES = ("adsl", "operations", "exposures", "assessments", "adtte", "flow")
_TOLD = ("title", "access", "reproduces", "calibrated_to", "clocks")


def place_of(cohort_dir: Path) -> Path:
    """Return where the snapshot of a cohort folder lies: beside it, unseen; a build removes it."""
    return cohort_dir.with_name(f".{cohort_dir.name}.checked")


def write(cohort: Cohort, folder: Path, place: Path) -> None:
    """Set a cohort aside, if it is large, with a digest of the files of its folder."""
    frames = {name: frame for name in _FRAMES if (frame := getattr(cohort, name)) is not None}
    if sum(map(len, frames.values())) < FEWEST_ROWS:
        return
    place.mkdir(mode=0o700)
    for name, frame in frames.items():
        frame.to_parquet(place / f"{name}.parquet", index=False)
    told = {name: getattr(cohort, name) for name in _TOLD} | {"key": _key(folder), "frames": list(frames)}
    told["data_cutoff"] = cohort.data_cutoff and cohort.data_cutoff.isoformat()
    (place / "about.json").write_text(json.dumps(told), encoding="utf-8")


def read(cohort_dir: Path) -> Cohort | None:
    """Return the cohort that was set aside for a folder; nothing if there is none, or if its files are others now."""
    place = place_of(cohort_dir)
    if not (place / "about.json").exists():
        return None
    told = json.loads((place / "about.json").read_text(encoding="utf-8"))
    if told["key"] != _key(cohort_dir):
        return None
    frames = {name: _frame(place, name) if name in told["frames"] else None for name in _FRAMES}
    about = {name: told[name] for name in _TOLD} | {"calibrated_to": tuple(told["calibrated_to"])}
    return Cohort(**about, **frames, data_cutoff=told["data_cutoff"] and date.fromisoformat(told["data_cutoff"]))


def _frame(place: Path, name: str) -> pd.DataFrame:
    frame = pd.read_parquet(place / f"{name}.parquet")
    texts = frame.select_dtypes("object")
    return frame.assign(**{column: texts[column].where(texts[column].notna(), np.nan) for column in texts})


def _key(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in examine.input_files(folder):
        digest.update(path.read_bytes())
    return digest.hexdigest()
