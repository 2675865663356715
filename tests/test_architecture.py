"""The rules of the house, read from its source."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import gistbook
from gistbook import schemas

SOURCE = Path(gistbook.__file__).parent
STAGES = ("intake", "analysis", "display", "book")

LONGEST_MODULE, LONGEST_BODY, MOST_PARAMETERS = 400, 25, 5

DOORS = {
    "altair": {"display.figures"},
    "bs4": {"book.paper"},
    "dask": {"book.run"},
    "distributed": {"book.run"},
    "html": {"book.audit", "conventions"},
    "IPython": {"book.run", "display.prose"},
    "jinja2": {"conventions"},
    "jupytext": {"book.chapters"},
    "lifelines": {"analysis.cases", "analysis.contrasts"},
    "myst_nb": {"book.theme"},
    "papermill": {"book.run"},
    "random": {"analysis.simulate"},
    "rich": {"cli"},
    "rocrate": {"book.crate"},
    "openpyxl": {"intake.templates"},
    "pyreadstat": {"intake.readers"},
    "python_calamine": {"intake.readers"},
    "pybtex": {"book.theme"},
    "pydantic": {"intake.entries", "intake.settings"},
    "scipy": {"analysis.contrasts", "analysis.precision"},
    "tomllib": {"intake.settings"},
    "typer": {"cli"},
    "vl_convert": {"display.outputs"},
}
"""For each library, the modules that may import it; the parts of a module that is a folder are that module."""

HEAVY = (
    "altair",
    "dask",
    "distributed",
    "openpyxl",
    "pyreadstat",
    "python_calamine",
    "jupyter_book",
    "jupytext",
    "lifelines",
    "myst_nb",
    "nbformat",
    "papermill",
    "rocrate",
    "scipy",
    "vl_convert",
)

WITHOUT_PATIENTS = ("display.", "book.claims", "analysis.estimates", "analysis.contrasts", "analysis.disclosure")
"""Modules that know estimates and counts, and no column of a patient."""

PATIENT_COLUMNS = {c.adam for table in schemas.TABLES.values() for c in table} | set(
    schemas.names(schemas.ADSL) + schemas.names(schemas.ADTTE)
)


OF_THE_SWIMMER = {"LANE", "MARK", "DRUG", "ADY", "ASTDY", "AENDY"}
"""Uppercase columns of the one figure of patients, which its module alone may name."""


def short_name(path: Path) -> str:
    """Return the name of a module below the package; that of a wing for its `__init__`."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


TEXTS = {short_name(path): path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
TREES = {name: ast.parse(text) for name, text in TEXTS.items()}
BLIND = [name for name in TREES if name.startswith(WITHOUT_PATIENTS)]
MODULES = {f"gistbook.{name}" for name in TREES if name != "__init__"}


@cache
def imported(name: str) -> frozenset[str]:
    """Return what a module imports anywhere in it, functions included: our modules in full, libraries by name."""
    found = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & MODULES) | ({node.module} if inner - MODULES else set())
    return frozenset(found)


def ours(name: str) -> set[str]:
    """Return which of our modules a module imports."""
    return {each for each in imported(name) if each.split(".")[0] == "gistbook"}


def whole(name: str) -> str:
    """Return the module that a part of it belongs to, where a module is a folder of parts; else its own name."""
    parts = name.removeprefix("gistbook.").split(".")
    return ".".join(parts[: 2 if parts[0] in STAGES else 1])


def users(library: str) -> set[str]:
    """Return the modules that import a library."""
    return {whole(name) for name in TREES if library in {each.split(".")[0] for each in imported(name)}}


def functions(name: str) -> list[ast.FunctionDef]:
    """Return every function of a module, methods and inner ones included."""
    return [node for node in ast.walk(TREES[name]) if isinstance(node, ast.FunctionDef)]


def lines_of(body: list[ast.stmt]) -> int:
    """Return from how many lines a body is made, less its docstring."""
    documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    rest = body[1:] if documented else body
    return rest[-1].end_lineno - rest[0].lineno + 1 if rest else 0


def parameters(function: ast.FunctionDef) -> list[str]:
    """Return the parameters of a function, less the object whose method it is."""
    args = function.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, [args.vararg, args.kwarg])]
    return [arg.arg for arg in every if arg.arg not in ("self", "cls")]


def words_in_code(name: str) -> set[str]:
    """Return every string and every attribute that a module writes."""
    return texts_in(name) | {node.attr for node in ast.walk(TREES[name]) if isinstance(node, ast.Attribute)}


def texts_in(name: str) -> set[str]:
    """Return every string that a module writes."""
    constants = [node.value for node in ast.walk(TREES[name]) if isinstance(node, ast.Constant)]
    return {value for value in constants if isinstance(value, str)}


def handed_on(name: str) -> set[str]:
    """Return every string that a module hands to a call by itself."""
    calls = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)]
    return {arg.value for call in calls for arg in call.args if isinstance(arg, ast.Constant)}


def offenders(offences: Callable[[str], object], names: Iterable[str] = TREES) -> dict[str, object]:
    """Return what each of some modules has that it must not have; nothing of those that have none."""
    return {name: found for name in names if (found := offences(name))}


def test_no_import_is_relative():
    imports = {name: [node for node in ast.walk(TREES[name]) if isinstance(node, ast.ImportFrom)] for name in TREES}

    assert any(imports.values())
    assert offenders(lambda name: [node.lineno for node in imports[name] if node.level]) == {}


def test_each_library_has_one_door():
    assert {library: users(library) for library in DOORS} == DOORS


def test_only_publish_runs_jupyter_book():
    assert {name for name in TREES if "jupyter-book" in handed_on(name)} == {"book.publish"}


def test_composing_a_build_loads_no_heavy_library():
    program = "import sys, gistbook.build; print(*{name.split('.')[0] for name in sys.modules})"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert set(said.stdout.split()) & set(HEAVY) == set()


def test_a_wing_opens_with_one_docstring_and_nothing_else():
    assert {stage: len(TREES[stage].body) for stage in STAGES} == dict.fromkeys(STAGES, 1)
    assert [stage for stage in STAGES if not ast.get_docstring(TREES[stage])] == []


def test_a_wing_names_each_of_its_modules():
    modules = [name.split(".")[:2] for name in TREES if name.startswith(tuple(f"{stage}." for stage in STAGES))]

    assert len(modules) > len(STAGES)
    assert [f"{s}.{m}" for s, m in modules if f"`{m}`" not in ast.get_docstring(TREES[s])] == []


def test_every_module_says_what_it_is_for():
    assert [name for name in TREES if not ast.get_docstring(TREES[name])] == []


def test_no_module_is_longer_than_its_budget():
    lines = {name: len(text.splitlines()) for name, text in TEXTS.items()}

    assert {name: many for name, many in lines.items() if many > LONGEST_MODULE} == {}


def test_no_function_body_is_longer_than_its_budget():
    assert offenders(lambda name: [f.name for f in functions(name) if lines_of(f.body) > LONGEST_BODY]) == {}


def test_no_function_takes_more_parameters_than_its_budget():
    without_commands = [name for name in TREES if name != "cli"]  # the parameters of a command are its options

    assert (
        offenders(
            lambda name: [f.name for f in functions(name) if len(parameters(f)) > MOST_PARAMETERS], without_commands
        )
        == {}
    )


def test_every_public_function_is_documented():
    def undocumented(name: str) -> list[str]:
        public = [node for node in TREES[name].body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]
        return [f.name for f in public if not ast.get_docstring(f)]

    assert offenders(undocumented) == {}


def test_what_draws_says_or_estimates_names_no_column_of_a_patient():
    assert len(BLIND) > 10
    assert offenders(lambda name: words_in_code(name) & PATIENT_COLUMNS, BLIND) == {}


def test_only_the_figure_of_patients_names_an_uppercase_column():
    def uppercase(name: str) -> set[str]:
        nodes = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.ImportFrom)]
        handed_over = {alias.name for node in nodes for alias in node.names}
        permitted = OF_THE_SWIMMER if "swimmer" in {f.name for f in functions(name)} else set()
        return {text for text in texts_in(name) - handed_over - permitted if text.isupper() and text.isidentifier()}

    assert offenders(uppercase, BLIND) == {}


def test_no_test_file_imports_another_one():
    imports = re.compile(r"^\s*(?:from|import) (test_\w+)", re.MULTILINE)
    files = sorted(Path(__file__).parent.rglob("*.py"))

    assert len(files) > 50
    assert {path.name: found for path in files if (found := imports.findall(path.read_text(encoding="utf-8")))} == {}
