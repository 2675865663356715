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


def _kind(held: Any, wanted: str, example: str, fits: Callable[[Any], bool], *made: Callable[[Any], Any]) -> Any:
    check = _holding(lambda given: [] if fits(given) else [(f"not {wanted}", f"Write it as {example}.")])
    return Annotated[held, check, *map(BeforeValidator, made)]


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


def _write_dates(given: list) -> bool:
    """Tell whether strptime formats write a day so that the day can be read back, or mean day numbers."""
    try:
        read = [form == SERIAL or datetime.strptime(_A_DAY.strftime(form), form) == _A_DAY for form in given]
    except (TypeError, ValueError, re.error):  # a directive that is there twice makes no regular expression
        return False
    return bool(read) and all(read)


def _names_encoding(given: Any) -> bool:
    try:
        return bool(codecs.lookup(given))
    except (TypeError, LookupError, ValueError):
        return False


Text = _kind(str, "a text", "a text in double quotes", lambda given: isinstance(given, str))
Texts = _kind(list[str], "a list of texts", '["…", "…"]', _are_texts)
Codes = _kind(list[str], "a list of codes", '["1", "dead"]', _are_texts, as_codes)
Mark = _kind(str, "one character", "one character in double quotes", lambda g: isinstance(g, str) and len(g) == 1)
Dose = _kind(float, "a dose in mg", "50, without quotes", lambda g: type(g) in (int, float) and 0 < g < 100_000)
Length = _kind(int, "a number of days", "28, without quotes", lambda given: type(given) is int and 0 <= given <= 366)
Count = _kind(int, "a number", "50000000, without quotes", lambda given: type(given) is int and given > 0)
Row = _kind(int, "a row number", "3, without quotes", lambda given: type(given) is int and given > 0)
Day = _kind(date | None, "a date", "2019-12-31, without quotes", lambda given: type(given) is date)
Dates = _kind(list[str], "a date format, or a list of them", _DATES, _write_dates, as_list)
Edges = _kind(list[float], "a list of rising whole numbers", "[60, 80]", _rises)
Encoding = _kind(str, "an encoding", '"utf-8" or "cp1252"', _names_encoding)
Source = _kind(Any, "a column", _SOURCES, _is_source, _source_with_codes)
