"""Kinds of entries of `cohort.toml`: what each may hold, and the words for one that holds something else."""

import codecs
import json
import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

from gistbook.conventions import SERIAL
from gistbook.spelling import nearest

_A_DAY = datetime(2015, 12, 31)
_DATES = f'"%d.%m.%Y" for 31.12.2015, "%m/%d/%Y" for 12/31/2015, "{SERIAL}" for day numbers of a spreadsheet'
_SOURCES = (
    '"your column", { constant = "…" }, { column = "a date", plus = "a column of days" } '
    'or { column = "…", when = "another column", is = ["its code"] }'
)


def as_list(given: Any) -> list:
    """What may be written alone in place of a list of one."""
    return given if isinstance(given, list) else [given]


def quoted(text: str) -> str:
    """A text as `cohort.toml` has it, by code points where it would look like another."""
    plain = text.isprintable() and unicodedata.normalize("NFC", text) == text
    return json.dumps(text, ensure_ascii=not plain)


def as_codes(given: Any) -> Any:
    """Codes as the texts that stand in a sheet, one of them alone as a list: 1 and true are written without quotes."""
    if not isinstance(given, list):
        return as_codes([given]) if isinstance(given, str | int) else given
    return [str(code).lower() if type(code) in (int, bool) else code for code in given]


def _source_with_codes(given: Any) -> Any:
    return given | {"is": as_codes(given["is"])} if isinstance(given, dict) and "is" in given else given


def _holding(problems: Callable[[Any], list[tuple[str, str]]]) -> PlainValidator:
    """A kind of entry: `problems` tells of a given one the rules that it breaks, each with its remedy."""

    def check(given: Any) -> Any:
        if found := problems(given):
            raise PydanticCustomError("misfit", "", {"problems": found})
        return given

    return PlainValidator(check)


def _kind(wanted: str, example: str, fits: Callable[[Any], bool]) -> PlainValidator:
    return _holding(lambda given: [] if fits(given) else [(f"not {wanted}", f"Write it as {example}.")])


def one_of(what: str, choices: Collection[str]) -> Any:
    """An entry that is one of some choices."""
    return Annotated[str, _holding(lambda given: _strange([given], what, choices))]


def some_of(what: str, choices: Collection[str]) -> Any:
    """An entry that is a list of some choices, or one of them alone."""
    strange = _holding(lambda given: _strange(given, what, choices))
    return Annotated[list[str], strange, BeforeValidator(as_list)]


def _strange(words: list, what: str, choices: Collection[str]) -> list[tuple[str, str]]:
    return [(f"no such {what}", nearest(str(word), choices)) for word in words if word not in choices]


def _are_texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) for each in given)


def _rises(given: Any) -> bool:
    is_whole = isinstance(given, list) and all(type(each) is int for each in given)
    return is_whole and given == sorted(set(given))


def _is_source(given: Any) -> bool:
    if not isinstance(given, dict):
        return isinstance(given, str)
    texts = [given[name] for name in given if name != "is"]
    forms = ({"constant"}, {"column", "when", "is"}, {"column", "plus"}, {"column", "plus", "when", "is"})
    return set(given) in forms and _are_texts(texts) and _are_texts(given.get("is", []))


def _writes_dates(given: Any) -> bool:
    """Tell whether a strptime format writes a day so that the day can be read back, or means day numbers."""
    try:
        return given == SERIAL or datetime.strptime(_A_DAY.strftime(given), given) == _A_DAY
    except (TypeError, ValueError, re.error):  # a directive that is there twice makes no regular expression
        return False


def _names_encoding(given: Any) -> bool:
    try:
        return bool(codecs.lookup(given))
    except (TypeError, LookupError, ValueError):
        return False


Text = Annotated[str, _kind("a text", "a text in double quotes", lambda given: isinstance(given, str))]
Texts = Annotated[list[str], _kind("a list of texts", '["…", "…"]', _are_texts)]
Codes = Annotated[list[str], _kind("a list of codes", '["1", "dead"]', _are_texts), BeforeValidator(as_codes)]
Mark = Annotated[
    str, _kind("one character", "one character in double quotes", lambda g: isinstance(g, str) and len(g) == 1)
]
Dose = Annotated[
    float, _kind("a dose in mg", "50, without quotes", lambda g: type(g) in (int, float) and 0 < g < 100_000)
]
Length = Annotated[int, _kind("a number of days", "28, without quotes", lambda g: type(g) is int and 0 <= g <= 366)]
Count = Annotated[int, _kind("a number", "50000000, without quotes", lambda given: type(given) is int and given > 0)]
Row = Annotated[int, _kind("a row number", "3, without quotes", lambda given: type(given) is int and given > 0)]
Day = Annotated[date | None, _kind("a date", "2019-12-31, without quotes", lambda given: type(given) is date)]
Dates = Annotated[
    list[str],
    _kind("a date format, or a list of them", _DATES, lambda given: given and all(map(_writes_dates, given))),
    BeforeValidator(as_list),
]
Edges = Annotated[list[float], _kind("a list of rising whole numbers", "[60, 80]", _rises)]
Encoding = Annotated[str, _kind("an encoding", '"utf-8" or "cp1252"', _names_encoding)]
Source = Annotated[Any, _kind("a column", _SOURCES, _is_source), BeforeValidator(_source_with_codes)]
