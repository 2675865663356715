"""By which functions of ours something was made, as the code of its chapter names them."""

import ast
from collections.abc import Iterator

_SAYING = {"prose", "tables", "build", "claims"}
"""Modules whose functions make nothing of what they are given, but read or say it."""


def made_by(cells: list, key: str) -> list[str]:
    """Return the functions that made what a chapter pasted under a key, in the order in which they were called.

    They are found from the statement that pastes it backwards, through each name that it uses to where that was
    given its value, and are named as the chapter does.
    """
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    statements = [each for source in code for each in ast.parse(source).body]
    last = max((i for i, each in enumerate(statements) if key in _texts(each)), default=-1)
    wanted, calls = set(), []
    for number, statement in reversed(list(enumerate(statements[: last + 1]))):
        if number == last or _given(statement) & wanted:
            wanted |= _used(statement)
            calls = [*_called(statement), *calls]
    ours = {alias.asname or alias.name for each in statements for alias in _imported(each)} - _SAYING
    return list(dict.fromkeys(call for call in calls if call.partition(".")[0] in ours))


def _imported(statement: ast.stmt) -> list[ast.alias]:
    of_ours = isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] == "gistbook"
    return statement.names if of_ours else []


def _texts(statement: ast.stmt) -> set:
    return {node.value for node in ast.walk(statement) if isinstance(node, ast.Constant)}


def _names(statement: ast.stmt, use: type) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, use)}


def _given(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives a value, or adds to."""
    return _names(statement, ast.Store) | _grown(statement)


def _grown(statement: ast.stmt) -> set[str]:
    """Return the names of lists to which a statement appends."""
    attributes = [node for node in ast.walk(statement) if isinstance(node, ast.Attribute) and node.attr == "append"]
    return {node.value.id for node in attributes if isinstance(node.value, ast.Name)}


def _used(statement: ast.stmt) -> set[str]:
    return _names(statement, ast.Load)


def _called(statement: ast.stmt) -> Iterator[str]:
    """Yield the functions of modules that a statement calls, those of arguments before those that take them."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.end_lineno, call.end_col_offset)):
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            yield f"{node.func.value.id}.{node.func.attr}"
