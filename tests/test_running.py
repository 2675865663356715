"""A chapter runs in a kernel of its own, warm or cold, on whatever executes it, and leaves nothing behind."""

import json
import multiprocessing
import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
import psutil
import pytest
from numpy._core import multiarray

from gistbook import build, handover
from gistbook.analysis import disclosure
from gistbook.book import chapters
from gistbook.book import run as running
from gistbook.book.run import kernels, processes
from gistbook.conventions import NEW_OBJECTS, ChapterError, UsageError
from gistbook.intake.cohort import to_bytes
from support import subjects
from support.books import CHAPTER

PARAMETERS = """```{code-cell}
:tags: [parameters]
cohort_dir = "../data/drawn"
values_file = ""
```
"""

DRAWN = f"""{CHAPTER}# Drawn

{PARAMETERS}
```{{code-cell}}
from gistbook import build
from gistbook.analysis import disclosure, endpoints, estimates, lifetable
from gistbook.display import figures, prose, tables
cohort = build.load_cohort(cohort_dir)
prose.introduce(cohort)
```

```{{code-cell}}
counts = lifetable.count(endpoints.derive_os(cohort, "resistance"))
curve, at_risk = estimates.kaplan_meier(counts)
display(figures.survival_curve(curve, at_risk, "resistance", "Overall survival", "curve"))
tables.show(tables.in_words(estimates.quantile(curve)), "Medians.", "note")
```
"""
"""A chapter that loads a cohort, draws, and shows a table."""

SPOILED = f"""{CHAPTER}# Spoiled

{PARAMETERS}
```{{code-cell}}
import os, sys, gistbook
print(getattr(gistbook, "left", None), os.environ.get("LEFT"), "left" in globals())
left = gistbook.left = os.environ["LEFT"] = "by a chapter"
```
"""
"""A chapter that leaves something behind in its process, and says what it found."""

MARRED = f"""{CHAPTER}# Marred

{PARAMETERS}
```{{code-cell}}
from gistbook import build, handover
print(type(handover._ready).__name__)
for _ in range(2):
    adsl = build.load_cohort(cohort_dir).adsl
    print(adsl["AGE"].sum(), adsl["USUBJID"].str.len().sum())
    adsl.loc[:, "AGE"] = 0
    adsl.loc[:, "USUBJID"] = ""
```
"""
"""A chapter that says whether its cohort is ready to be used, and twice loads it and changes it in place."""

UNDRAWABLE = f"""{CHAPTER}# Undrawable

{PARAMETERS}
```{{code-cell}}
from gistbook import handover
from gistbook.display import outputs
handover.drawn({{"mark": "no such mark"}}, outputs.draw)
```
"""

WITHIN = "import os; print('pid', os.getpid(), 'in', sorted(os.listdir()))"

UNGUARDED = """
from pathlib import Path
from gistbook import handover
from gistbook.book import chapters
from gistbook.book import run as running
print("begun")
notebook = running.run(chapters.read_chapter(Path("spoiled.md")), {}, handover.Handover())
print(notebook.cells[-1].outputs[0].text)
"""
"""A program that runs a chapter without being guarded against being imported."""


@pytest.fixture(scope="module")
def handed(tmp_path_factory) -> handover.Handover:
    """Return a small cohort as it is handed to a chapter; its folder is gone."""
    place = subjects.whole_folder(tmp_path_factory.mktemp("cohort") / "drawn")
    cohort = build.load_cohort(place)
    for path in place.iterdir():
        path.unlink()
    return handover.Handover(cohort_dir="../data/drawn", cohort=to_bytes(cohort))


def chapter(place: Path, text: str, name: str = "chapter") -> chapters.Chapter:
    """Write a chapter and read it."""
    (place / f"{name}.md").write_text(text, encoding="utf-8")
    return chapters.read_chapter(place / f"{name}.md")


def printed(notebook) -> str:
    """Return what the last cell of an executed chapter printed."""
    return "".join(output.text for output in notebook.cells[-1].outputs)


@pytest.mark.whole
def test_a_kernel_that_is_forked_and_one_that_is_cold_give_the_same_bytes(tmp_path, handed):
    drawn = chapter(tmp_path, DRAWN)
    warm, cold = (nbformat.writes(running.run(drawn, {}, handed, cold=cold)) for cold in (False, True))

    assert "data:image/svg+xml" in warm
    assert warm == cold


def test_a_chapter_runs_on_any_executor_without_the_folder_of_the_cohort(tmp_path, handed):
    drawn = chapter(tmp_path, DRAWN)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        elsewhere = pool.submit(running.run, drawn, {}, handed).result()

    assert nbformat.writes(elsewhere) == nbformat.writes(running.run(drawn, {}, handed))


def test_running_a_chapter_prints_nothing_and_leaves_its_notebook_as_it_was(tmp_path, handed, capfd):
    spoiled = chapter(tmp_path, SPOILED)
    before = json.dumps(spoiled.notebook)
    running.run(spoiled, {}, handed)

    assert capfd.readouterr() == ("", "")
    assert json.dumps(spoiled.notebook) == before


@pytest.mark.parametrize("cold", [False, True])
def test_no_chapter_finds_what_another_left_in_its_process(tmp_path, cold):
    spoiled = chapter(tmp_path, SPOILED)
    both = [printed(running.run(spoiled, {}, handover.Handover(), cold=cold)) for _ in range(2)]

    assert both == ["None None False\n"] * 2


def test_chapters_that_name_no_seed_draw_other_numbers(tmp_path):
    numbers = "import numpy, random\nprint(numpy.random.rand(), random.random())"
    drawing = chapter(tmp_path, SPOILED.replace("left = gistbook", f"{numbers}\nleft = gistbook"))
    one, other = (printed(running.run(drawing, {}, handover.Handover())).split()[-2:] for _ in range(2))

    assert one[0] != other[0]
    assert one[1] != other[1]


def test_a_kernel_has_the_environment_of_the_moment_in_which_it_starts(tmp_path, monkeypatch):
    spoiled = chapter(tmp_path, SPOILED)
    running.run(spoiled, {}, handover.Handover())
    monkeypatch.setenv("LEFT", "by the user")

    assert printed(running.run(spoiled, {}, handover.Handover())) == "None by the user False\n"


def test_a_kernel_has_nothing_of_the_environment_of_the_process_that_it_is_forked_from(tmp_path, monkeypatch):
    monkeypatch.setenv("LEFT", "by the user")
    processes.cool()
    running.run(chapter(tmp_path, SPOILED), {}, handover.Handover())
    monkeypatch.delenv("LEFT")

    assert printed(running.run(chapter(tmp_path, SPOILED), {}, handover.Handover())) == "None None False\n"


def test_no_cell_runs_after_one_that_failed(tmp_path):
    failing = SPOILED.replace("import os, sys, gistbook", "import os, sys, gistbook\n1 / 0")
    after = '```{code-cell}\nopen("after", "w").close()\n```\n'
    with pytest.raises(ChapterError, match="failed in code cell 2"):
        running.run(chapter(tmp_path, f"{failing}\n{after}"), {}, handover.Handover(), str(tmp_path))

    assert not (tmp_path / "after").exists()


def test_a_kernel_ends_amid_a_cell_once_nobody_waits_for_it(tmp_path):
    asleep = kernels.Kernel(["import time; time.sleep(60)"], str(tmp_path), dict(os.environ), handover.Handover())
    process, connection = processes.start(asleep, warm=True)
    connection.close()

    assert select.select([process.handle], [], [], 5)[0]


def test_a_figure_that_cannot_be_drawn_fails_in_its_cell(tmp_path):
    with pytest.raises(ChapterError, match="failed in code cell 2") as failure:
        running.run(chapter(tmp_path, UNDRAWABLE), {}, handover.Handover())

    assert "ImportError" not in str(failure.value)


def test_a_kernel_is_gone_once_its_chapter_has_run(tmp_path):
    within = chapter(tmp_path, SPOILED.replace("import os, sys", f"{WITHIN}\nimport os, sys"))
    pid = int(printed(running.run(within, {}, handover.Handover())).split()[1])

    assert not psutil.pid_exists(pid)
    assert not kernels._live


def test_what_a_kernel_needs_has_no_place_on_the_disk(tmp_path, monkeypatch):
    for name in ("TMPDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    listing = f"import os; print([os.listdir(p) for p in {[str(p) for p in tmp_path.iterdir()]!r}])"
    (tmp_path / "work").mkdir()
    notebook = running.run(
        chapter(tmp_path, SPOILED.replace("import os, sys", f"{listing}\nimport os, sys")),
        {},
        handover.Handover(),
        str(tmp_path / "work"),
    )

    assert printed(notebook).startswith("[[], [], []]\n")


def test_a_temporary_folder_with_a_long_path_is_no_hindrance(tmp_path, monkeypatch):
    place = tmp_path / ("long" * 30)
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)

    assert printed(running.run(chapter(tmp_path, SPOILED), {}, handover.Handover())) == "None None False\n"


@pytest.mark.parametrize("is_noticed", [False, pytest.param(True, marks=pytest.mark.whole)])
def test_a_warm_process_that_was_killed_is_made_anew_or_done_without(tmp_path, is_noticed):
    spoiled = chapter(tmp_path, SPOILED)
    running.run(spoiled, {}, handover.Handover())
    processes._warm["process"].kill()
    if is_noticed:
        processes._warm["process"].wait()

    assert printed(running.run(spoiled, {}, handover.Handover())) == "None None False\n"


def test_kernels_of_a_process_that_holds_a_cohort_have_it_as_it_was_whatever_others_do_to_it(tmp_path, handed):
    marred = chapter(tmp_path, MARRED)
    kind, *sums = printed(running.run(marred, {}, handed)).splitlines()
    held = handed._replace(held="drawn")
    first, second = (printed(running.run(marred, {}, held)).splitlines() for _ in range(2))
    holders = [*kernels._holders]
    running.let_go("drawn")

    assert (holders, kernels._holders) == (["drawn"], {})
    assert first == second == ["Cohort", *sums]
    assert (kind, sums[0]) == ("NoneType", sums[1])


def test_where_what_holds_a_cohort_has_ended_kernels_are_handed_it(tmp_path, handed):
    marred = chapter(tmp_path, MARRED)
    held = handed._replace(held="drawn")
    running.run(marred, {}, held)
    kernels._holders["drawn"][0].kill()
    ended = printed(running.run(marred, {}, held))
    running.let_go("drawn")

    assert ended == printed(running.run(marred, {}, handed))


def test_no_process_holds_a_cohort_for_chapters_that_share_nothing(tmp_path, handed):
    printed(running.run(chapter(tmp_path, MARRED), {}, handed._replace(held="drawn"), cold=True))

    assert kernels._holders == {}


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_a_library_of_c_that_keeps_no_memory_is_done_without(error, monkeypatch):
    def absent(_):
        raise error

    kept = []
    monkeypatch.setattr(processes.gc, "set_threshold", kept.append)
    monkeypatch.setattr(processes.ctypes, "CDLL", absent)
    processes.keep_memory()

    assert kept == [NEW_OBJECTS]


def test_no_large_pages_of_memory_are_asked_for():
    processes.keep_memory()

    assert multiarray._set_madvise_hugepage(False) is False


def test_a_numpy_that_offers_no_choice_of_pages_is_done_without(monkeypatch):
    monkeypatch.delattr(multiarray, "_set_madvise_hugepage")
    processes.keep_memory()


def test_where_nothing_is_forked_kernels_are_cold(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "can_fork", lambda: False)
    monkeypatch.setattr(processes, "warm_up", None)

    assert printed(running.run(chapter(tmp_path, SPOILED), {}, handover.Handover())) == "None None False\n"


@pytest.mark.whole
def test_a_program_that_is_not_guarded_runs_once(tmp_path):
    chapter(tmp_path, SPOILED, "spoiled")
    (tmp_path / "program.py").write_text(UNGUARDED, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=True, env={**os.environ}
    )

    assert ended.stdout.split("\n")[:2] == ["begun", "None None False"]


# What is drawn


def test_what_is_done_aside_is_done_by_one_other_process_and_raises_its_error():
    assert running.aside(os.getpid) == running.aside(os.getpid) != os.getpid()
    with pytest.raises(UsageError, match="There is no disclosure policy named"):
        running.aside(disclosure.choose, "nothing", "public")
    assert running.aside(divmod, 37, 5) == (7, 2)


def test_what_is_done_aside_is_done_here_if_the_other_process_has_ended(monkeypatch):
    monkeypatch.setattr(running, "_aside", {})
    os.kill(running.aside(os.getpid), signal.SIGKILL)

    assert running.aside(os.getpid) == os.getpid()
