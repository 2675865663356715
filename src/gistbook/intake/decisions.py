"""What a reviewer decided of the numbers and figures of a book: `decisions.yml` of a cohort folder.

It is a log: entries are added to its end, and nothing that stands in it is rewritten. Of several decisions on one key
the last one counts.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import yaml

from gistbook.conventions import DataError, Finding, UsageError, shown
from gistbook.spelling import nearest

FILE = "decisions.yml"
KINDS = ACCEPT, QUERY, REJECT = ("accept", "query", "reject")

_HEAD = (
    "# What a reviewer decided of the numbers and figures of this cohort's book; gistbook review adds to the end.\n"
    "# Of several decisions on one key the last one counts. The digest is of the value as it was then.\n"
)

_FORMS = {name: (re.compile(form, re.DOTALL), *words) for name, form, *words in (
    ("key", r"[a-z_]+/[a-z0-9_]+", "not a key of a book", "Write chapter/key, as gistbook review --undecided lists."),
    ("decision", "|".join(KINDS), "not a decision", f"Write {ACCEPT}, {QUERY} or {REJECT}."),
    ("digest", r"[0-9a-f]{16}", "not a digest", "Let gistbook review add the entry; it takes the digest of the value."),
    ("by", r".{1,100}", "blank, or longer than 100 characters", "Write who decided."),
    ("date", r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "not a date", "Write it as year-month-day."),
    ("note", r".{0,500}", "longer than 500 characters", "Say it in fewer words."),
)}  # fmt: skip
"""Of each part of an entry its form, and what is told of one of another form: the rule and the remedy."""

_ITEM = re.compile(r"^( *)- ", re.MULTILINE)


class Decision(NamedTuple):
    """What a reviewer decided on the value or the figure of a key, `chapter/key`, when its digest was this."""

    key: str
    decision: str
    digest: str
    by: str
    date: str
    note: str = ""


def read(folder: Path) -> tuple[list[Decision], list[Finding]]:
    """Read the decisions of a cohort folder in their order, none if it has no log, and what is wrong with the log."""
    path = folder / FILE
    return parse(path.read_bytes()) if path.exists() else ([], [])


def load(folder: Path) -> list[Decision]:
    """Read the decisions of a cohort folder; raises `DataError` with the line and the part of each unusable one."""
    decisions, findings = read(folder)
    if findings:
        raise DataError(f"{FILE} cannot be used as it is.", findings)
    return decisions


def parse(data: bytes) -> tuple[list[Decision], list[Finding]]:
    """Read a log from its bytes, and tell what is wrong in it, by line and part, without quoting any of it."""
    try:
        root = yaml.compose(data.decode("utf-8-sig"), yaml.SafeLoader)
    except UnicodeDecodeError:
        return [], [_wrong(None, "", "not UTF-8", "Save it as UTF-8.")]
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        return [], [_wrong(mark, "", "not YAML", "Write it as the entries that gistbook review adds.")]
    if root is None or root.value == "":
        return [], []
    if not isinstance(root, yaml.SequenceNode):
        return [], [_wrong(root.start_mark, "", "no list of entries", "Begin each entry with - key:")]
    entries = [_entry(node) for node in root.value]
    return [each for each, _ in entries if each], [finding for _, findings in entries for finding in findings]


def add(folder: Path, decisions: list[Decision]) -> None:
    """Add decisions to the end of the log of a cohort folder; what stands in it, comments too, stays as it is.

    The log is replaced whole, or not at all. Raises `DataError` if the log cannot be used as it is, and `UsageError` if
    a decision cannot be, or cannot be added to a log that is written in another form.
    """
    with _held(folder):
        former = load(folder)
        path = (folder / FILE).resolve()
        text = path.read_bytes() if path.exists() else _HEAD.encode()
        indent = _ITEM.search(text.decode("utf-8-sig"))
        entries = "".join(_written(each, indent[1] if indent else "") for each in decisions)
        text += (b"" if text.endswith(b"\n") or not text else b"\n") + entries.encode()
        log, findings = parse(text)
        if unusable := [finding for finding in findings if not finding.rule.startswith("not YAML")]:
            part = unusable[0].table.rpartition(", ")[2]
            raise UsageError(f"Nothing was recorded; {part}: {unusable[0].rule}. {unusable[0].remedy}")
        if log != [*former, *decisions]:
            raise UsageError(f"{FILE} has another form than gistbook review writes; begin its entries with - key:")
        _replace(path, text)


def in_one_line(text: str) -> str:
    """A text in one line, in which nothing steers what stands around it, as a log keeps it."""
    return shown(" ".join(text.split()))


def _entry(node) -> tuple[Decision | None, list[Finding]]:
    if not isinstance(node, yaml.MappingNode):
        return None, [_wrong(node.start_mark, "", "no entry", f"Write its parts: {', '.join(_FORMS)}.")]
    given, findings = {}, []
    for name, value in node.value:
        rule = _rule(name, value, given)
        given[str(name.value)] = "" if rule else in_one_line(value.value)
        findings += [_wrong(name.start_mark, *rule)] if rule else []
    lacking = [name for name in _FORMS if name not in given and name != "note"]
    findings += [_wrong(node.start_mark, name, "missing", _FORMS[name][2]) for name in lacking]
    if not findings and given["decision"] != ACCEPT and not given.get("note"):
        remedy = "Write what is asked, or what is wrong, in a query or a rejection."
        findings.append(_wrong(node.start_mark, "note", "missing", remedy))
    return (None, findings) if findings else (Decision(**given), [])


def _rule(name, value, given: dict) -> tuple[str, str, str] | None:
    if not isinstance(name, yaml.ScalarNode) or name.value not in _FORMS:
        return "", "a part that no entry has", nearest(str(name.value), _FORMS)
    if name.value in given:
        return name.value, "twice there", "Keep one."
    form, rule, remedy = _FORMS[name.value]
    if not isinstance(value, yaml.ScalarNode):
        return name.value, "not a text", remedy
    return None if form.fullmatch(in_one_line(value.value)) else (name.value, rule, remedy)


def _wrong(mark, name: str, rule: str, remedy: str) -> Finding:
    line = getattr(mark, "line", 0) + 1
    return Finding(f"{FILE}, line {line}{', ' if name else ''}{name}", "", (), rule, remedy)


def _written(decision: Decision, indent: str) -> str:
    plain = ("key", "decision", "date")
    parts = [(name, text) for name, text in decision._asdict().items() if text]
    lines = [f"{name}: {text if name in plain else json.dumps(text, ensure_ascii=False)}" for name, text in parts]
    return "".join(f"{indent}{'  ' if number else '- '}{line}\n" for number, line in enumerate(lines))


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def _replace(path: Path, text: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(text)
        if path.exists():
            shutil.copymode(path, beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
