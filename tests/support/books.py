"""Small books of a few chapters, planned, made in no time, and looked at."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from gistbook import build, cli
from gistbook.book.audit import policy
from support import subjects

CHAPTER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""

RESULT = f"""{CHAPTER}# Result

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
size = 2  # of what
share = 0.5
words = "plain"
times = [12, 24]
```

```{{code-cell}}
from gistbook import build
from gistbook.display import prose
```

```{{code-cell}}
cohort = build.load_cohort(cohort_dir)
prose.paste_count("size", size)
prose.paste_text("words", words)
```

The size is {{glue:text}}`size`.

+++ {{"tags": ["when-public"]}}

This stands where data are public.

+++ {{"tags": ["when-confidential"]}}

This stands where data are confidential.

```{{code-cell}}
:tags: [when-confidential]
prose.paste_text("confided", words)
```
"""

LIGHT = f"""{CHAPTER}# Light

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
size = 2
share = 0.5
words = "plain"
times = [12, 24]
```

```{{code-cell}}
from gistbook.display import prose
half = size / 2
```

```{{code-cell}}
half
prose.paste_text("words", words)
```
"""
"""A chapter that reads nothing of the cohort."""

FIGURE = f"""{LIGHT}
```{{code-cell}}
import pandas as pd
from gistbook import build
from gistbook.analysis import endpoints, estimates, lifetable
from gistbook.display import figures, tables
cohort = build.load_cohort(cohort_dir)
note = prose.introduce(cohort)
curve, at_risk = estimates.kaplan_meier(lifetable.count(endpoints.derive_os(cohort)))
```

```{{code-cell}}
---
mystnb:
  figure:
    name: fig-os
    caption: |
      Survival from the start: an estimate. {{glue:text}}`data_note`
---
figures.survival_curve(curve, at_risk, "the start", "Survival", "os_curve")
```

```{{code-cell}}
tables.show(pd.DataFrame({{"Word": ["one", "two"], "Number": ["7 of 20", "9"]}}), "A table.", note)
```
"""
"""A chapter with a figure and a table."""

LEDGER = f"""{CHAPTER}# Ledger

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
values_file = ""
```

```{{code-cell}}
import json
from pathlib import Path
from gistbook.display import prose
prose.paste_text("size", json.loads(Path(values_file).read_text())["result"]["size"]["phrase"])
```

Read from the others: {{glue:text}}`size`
"""

PARAMETERS = f"{subjects.SETTINGS}[parameters]\nsize = 5\n"

FORMER = {"html/index.html": "the former book", "values.json": "{}"}

FIRST = f"""{CHAPTER}# First

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
size = 2
```

```{{code-cell}}
from gistbook.display import prose
prose.paste_count("size", size)
```
"""

SECOND = f"""{CHAPTER}# Second

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
other = "x"
```
"""

READER = f"""{CHAPTER}# Reader

```{{code-cell}}
:tags: [parameters]
cohort_dir = "../data/wada2021"
values_file = ""
```
"""

HEAD = f'<meta http-equiv="content-security-policy" content="{policy.FRONT}">\n'
"""What every page has at its top."""


def book(place: Path, **chapters: str) -> Path:
    """Write a small book with the configuration of the real one."""
    (place / "chapters").mkdir(parents=True)
    for name in ("_config.yml", "references.bib"):
        shutil.copy(build.BOOK / name, place / name)
    first, *others = chapters
    listed = "".join(f"\n  - file: chapters/{slug}" for slug in others)
    toc = f"format: jb-book\nroot: chapters/{first}\n" + (f"chapters:{listed}\n" if others else "")
    (place / "_toc.yml").write_text(toc, encoding="utf-8")
    for slug, text in chapters.items():
        (place / "chapters" / f"{slug}.md").write_text(text, encoding="utf-8")
    return place


def silent(_: str) -> None:
    """Report nothing."""


def planned(folder: Path, given: dict | None = None, report=silent) -> build.Plan:
    """Plan a book of a folder."""
    return build.plan(folder, given or {}, 2, report)


def contents(place: Path) -> dict[str, bytes]:
    """Return every file below a place."""
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def undated(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of a run without the day in its crate: two runs of one test may be of two days."""
    day, crate = rb'"datePublished": "\d{4}-\d\d-\d\d"', "ro-crate-metadata.json"
    return files | {crate: re.sub(day, b'"datePublished": ""', files[crate])}


def with_former_book(out: Path) -> Path:
    """Put a finished book where the next one goes."""
    for name, text in FORMER.items():
        (out / ".runs" / "mine" / "former" / name).parent.mkdir(parents=True, exist_ok=True)
        (out / ".runs" / "mine" / "former" / name).write_text(text, encoding="utf-8")
    (out / "mine").symlink_to(Path(".runs") / "mine" / "former")
    return out


def is_untouched(out: Path) -> bool:
    """Tell whether the former book is there, byte for byte, and no other run."""
    former = {name: text.encode() for name, text in FORMER.items()}
    return contents(out / "mine") == former and runs(out) == ["former"] and len(list(out.iterdir())) == 2


def runs(out: Path) -> list[str]:
    """Return the names of the runs that are kept."""
    return sorted(path.name for path in (out / ".runs" / "mine").iterdir() if path.is_dir())


def no_pages(book_folder: Path, stage: Path, cover) -> Path:
    """Stand in for Jupyter Book, and make a front page alone."""
    (stage / "pages").mkdir()
    (stage / "pages" / "index.html").write_text(f"{HEAD}<p>{' '.join(cover[:3])}</p>", encoding="utf-8")
    return stage / "pages"


def visible(page: str) -> str:
    """Return the words of a page."""

    return " ".join(BeautifulSoup(page, "html.parser").get_text().split())


def command(monkeypatch, *words) -> int:
    """Run a command in this process and return its exit status."""
    monkeypatch.setattr(sys, "argv", ["gistbook", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code
