"""What `import gistbook` offers, and the lines of the README that show it."""

import re
import subprocess
import sys

import gistbook
from gistbook import build


def test_every_name_of_the_interface_is_there_and_documented():
    assert len(gistbook.__all__) > 12
    assert [name for name in gistbook.__all__ if not name.startswith("_") and not getattr(gistbook, name).__doc__] == []


def test_the_interface_loads_nothing_until_it_is_used():
    program = "import sys, gistbook; print('pandas' in sys.modules, gistbook.load_cohort.__name__)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["False", "load_cohort"]


def test_the_lines_of_the_readme_run(monkeypatch, capsys):
    (lines,) = re.findall(r"```python\n(.*?)```", (build.BOOK / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    monkeypatch.chdir(build.BOOK)
    exec(compile(lines, "README.md", "exec"), names)

    assert "14.5 months" in capsys.readouterr().out
    assert "<picture" in str(names["figure"]._repr_mimebundle_())
    assert len(names["rates"]) == 2
