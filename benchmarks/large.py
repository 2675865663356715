"""What a cohort of many drawn patients costs: its check, its book, the audit, memory, and heavier pages."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gistbook import build

COHORT = build.BOOK / "data" / "wada2021"
PATIENTS, AT_ONCE = 1_000_000, 100_000
LAST_DAY = np.datetime64("2019-12-31")
POLLED = 0.2
"""Seconds between two looks at the memory of every process of a build."""

PROGRAM = str(Path(sys.executable).with_name("gistbook"))
READ = """
import pathlib, sys
import pandas
[pandas.read_csv(path, dtype=str, na_filter=False) for path in pathlib.Path(sys.argv[1]).glob("*.csv")]
"""


def rows(out: Path, clean: float, patients: int = PATIENTS) -> list[tuple]:
    """Check and build a drawn cohort, beside the bundled one's book that is in a folder and took so many seconds.

    Each row is a name, a value, and its ratio to that book, or for the check to reading the same files by pandas.
    """
    folder = out / "drawn" / "large"
    draw(folder, patients)
    reading, _ = measured(sys.executable, "-c", READ, folder)
    checking, peak_checking = measured(PROGRAM, "check", folder)
    building, peak_building = measured(PROGRAM, "build", folder, "--out", out)
    auditing = json.loads((out / folder.name / "run.json").read_text(encoding="utf-8"))["seconds"]["audit"]
    return [
        (f"{patients} patients: checking", checking, checking / reading),
        ("  beside it, reading its files by pandas", reading, 1.0),
        (f"{patients} patients: whole book, from clean", building, building / clean),
        ("  of it, the audit", auditing, auditing / clean),
        ("  peak memory of checking, MB", peak_checking, None),
        ("  peak memory of any process of the build, MB", peak_building, None),
        *heavier(pages_of(out / COHORT.name), pages_of(out / folder.name)),
    ]


def heavier(bundled: dict[str, int], drawn: dict[str, int]) -> list[tuple]:
    growth = {name: 100 * (drawn[name] / size - 1) for name, size in bundled.items()}
    most = max(growth, key=growth.get)
    together = 100 * (sum(drawn.values()) / sum(bundled.values()) - 1)
    return [
        (f"  heaviest growth of a page ({most}), %", growth[most], None),
        ("  growth of all pages together, %", together, None),
    ]


def pages_of(run: Path) -> dict[str, int]:
    """Return the bytes of each page of a book, by its name."""
    return {path.stem: path.stat().st_size for path in (run / "html" / "chapters").glob("*.html")}


def measured(*command: str | Path) -> tuple[float, float]:
    """Return the seconds of a command, and the largest memory in MB that its process, or any below it, ever held."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        peaks, ended = [0.0], threading.Event()
        watch = threading.Thread(target=watched, args=(process.pid, peaks, ended))
        watch.start()
        process.wait()
        ended.set()
        watch.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - began, max(peaks)


def watched(pid: int, peaks: list[float], ended: threading.Event) -> None:
    """Note, until it has ended, the peak memory in MB of a process and of all below it; needs Linux."""
    while not ended.wait(POLLED):
        peaks[0] = max([*peaks, *map(peak, family(pid))])


def family(pid: int) -> list[int]:
    try:
        children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        children = []
    return [pid, *(below for child in children for below in family(child))]


def peak(pid: int) -> float:
    """Return the largest memory in MB that a process has held so far; nothing of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")), default=0.0)


def draw(place: Path, patients: int) -> None:
    """Write a folder of patients drawn from the bundled ones, each at another pace, day and length of follow-up."""
    tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in COHORT.glob("*.csv")}
    taken = paced(tables["patients"], patients)
    place.mkdir(parents=True)
    for table, bundled in tables.items():
        with (place / f"{table}.csv").open("wb") as file:
            file.write(f"{','.join(bundled)}\n".encode())
            for start in range(0, patients, AT_ONCE):
                file.write(drawn_lines(table, bundled, taken[start : start + AT_ONCE]))
    settings = f'title = "Drawn again"\naccess = "synthetic"\ndata_cutoff = {LAST_DAY}\n'
    (place / "cohort.toml").write_text(settings, encoding="utf-8")


def paced(patients: pd.DataFrame, many: int) -> pd.DataFrame:
    """Draw so many patients with replacement: their time zero, pace, shift in days, and last day of follow-up."""
    rng = np.random.default_rng(1)
    chosen = rng.integers(len(patients), size=many)
    zero, last = (day_numbers(patients[name])[chosen] for name in ("resistance_date", "last_contact"))
    pace = rng.uniform(1, 1.4, many)
    end = zero + np.floor((last - zero) * pace)
    shift = np.minimum(rng.integers(-1500, 1500, many), LAST_DAY.astype(int) - end)
    seen = zero + np.floor((end - zero) * rng.uniform(0.2, 2, many)) + shift
    columns = {"zero": zero, "pace": pace, "shift": shift, "seen": seen}
    return pd.DataFrame({"patient_id": patients["patient_id"].to_numpy()[chosen], **columns})


def drawn_lines(table: str, bundled: pd.DataFrame, taken: pd.DataFrame) -> bytes:
    """Return the rows of a table that some drawn patients have, as the lines of a CSV file."""
    patient, row = pairs(taken["patient_id"], bundled["patient_id"])
    days = [name for name in bundled if bundled[name].str.fullmatch(r"(\d{4}-\d\d-\d\d)?").all() and any(bundled[name])]
    moved = {name: moved_days(day_numbers(bundled[name])[row], taken.iloc[patient]) for name in days}
    kept = np.arange(len(row))
    if table == "patients":
        moved["last_contact"] = np.where(np.isnan(moved["last_contact"]), taken["seen"], moved["last_contact"])
    else:
        kept = np.flatnonzero(~np.isnan(moved[days[0]]))
    columns = {name: chosen_texts(bundled[name], row[kept]) for name in bundled}
    columns |= {name: day_texts(moved[name][kept]) for name in days}
    columns["patient_id"] = pa.array([f"P{i:06}" for i in taken.index]).take(pa.array(patient[kept]))
    if table == "patients":
        alive = np.isnan(moved["death_date"])
        columns["cause_of_death"] = pc.if_else(pa.array(alive), "", columns["cause_of_death"])
    lines = pc.binary_join_element_wise(*columns.values(), ",")
    return pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "\n")[0].as_buffer().to_pybytes() + b"\n"


def pairs(taken: pd.Series, bundled: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row that drawn patients have in a table the places of the patient and of the bundled row."""
    of_each = {name: np.asarray(places) for name, places in bundled.groupby(bundled).indices.items()}
    places = [of_each.get(name, np.empty(0, int)) for name in taken]
    return np.repeat(np.arange(len(taken)), list(map(len, places))), np.concatenate(places)


def moved_days(days: np.ndarray, patients: pd.DataFrame) -> np.ndarray:
    """Return days as they are at a patient's pace; none where they come after follow-up."""
    zero = patients["zero"].to_numpy()
    moved = zero + np.floor((days - zero) * patients["pace"].to_numpy()) + patients["shift"].to_numpy()
    return np.where(moved <= patients["seen"].to_numpy(), moved, np.nan)


def day_numbers(texts: pd.Series) -> np.ndarray:
    """Return dates as days since 1970; NaN where blank."""
    days = pd.to_datetime(texts.mask(texts == "")).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(float))


def day_texts(days: np.ndarray) -> pa.Array:
    every = np.arange(np.datetime64("1980-01-01"), LAST_DAY + 1)
    texts = pa.array([*map(str, every), ""])
    return texts.take(pa.array(np.where(np.isnan(days), -1, days - every[0].astype(int)).astype(int) % len(texts)))


def chosen_texts(texts: pd.Series, rows: np.ndarray) -> pa.Array:
    """Return the cells of some rows as they stand in a CSV file."""
    written = [f'"{text}"' if "," in text else text for text in texts]
    return pa.array(written).take(pa.array(rows))
