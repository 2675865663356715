"""What tells of a patient or of the machine in plain sight, where a text was released or has no source.

An identifier that is also a word or a number of the book, a label of the cohort, or a count, names nobody by itself:
it is sought where identifiers stand, under the name of their column or in a list of them.
"""

import contextlib
import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from gistbook.book.audit import DATE, IDENTIFIER, NAME, PATH, RECORDS, Known, Rule
from gistbook.book.audit.parsing import normal, tokens
from gistbook.conventions import NOT_REACHED
from gistbook.units import UNITS

_RUN, _APART = re.compile(r"[a-z]+|\d+|[^\W\da-z_]+"), re.compile(r"[,;|/\s]+")
_DIGITS, _COUNT = re.compile(r"\d+"), re.compile(r"0|[1-9]\d*")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)\.(?:0|\d*[1-9])")
_NUMBER = re.compile(f"{_COUNT.pattern}|{_DECIMAL.pattern}")
"""Numbers in a text; a count, an estimate with decimals, and either, as programs write them."""

_LETTER = re.compile(r"[^\W\d_]")
_SHORTEST, _COUNTED, _FEWEST = 4, 4, 3
"""Letters of an identifier that is sought everywhere, digits of a number that may count, and of how many is a list."""

_OF_MANY = re.compile(
    r"\d+ (?:events?\b(?: / \d+ [a-z]+| by then)?|at risk\b)|"
    rf"(?:(?P<of>\d+(?:\.\d+)?) (?:{'|'.join(UNITS)})|{NOT_REACHED}) "
    rf"\([\d.]+% ci (?:(?P<low>\d+(?:\.\d+)?)|{NOT_REACHED}) to (?:(?P<high>\d+(?:\.\d+)?)|{NOT_REACHED})"
)
"""Counts, and a duration with its limits, in any unit: what is said of many is no time of one."""

_IDENTIFYING = {"usubjid", "subjid", "subjectid", "subject", "patientid", "patient", "patientno", "patno", "patnr",
                "pat", "pid", "ptid", "ptno", "mrn", "caseid", "caseno", "case", "recordid", "participant",
                "participantid", "id", "患者id"}  # fmt: skip
"""Names of a column of identifiers, in small letters and without signs."""

_COMMON = {"root", "user", "admin", "runner", "ubuntu", "debian", "jovyan", "build", "builder", "docker", "node", "app",
           "vagrant", "test", "guest", "home", "work", "data", "main", "python", "jupyter", "localhost", "server", "ci",
           "host", "github", "gitlab", "nobody", "worker", "analysis", "research", "book", "patient", "study",
           "desktop", "laptop", "computer", "office", "vm", "pc", "mac"}  # fmt: skip
"""Names of accounts and of computers that are words as well."""

_FOLDERS = (
    "home|users|root|tmp|var/(?:folders|tmp)|private/(?:var|tmp)|mnt|media|volumes|scratch|srv|workspaces?|builds"
)
_ABSOLUTE = re.compile(
    rf"(?<![\w.:/%~@-])(?:file:/{{2,3}})?"
    rf"(?:/(?:{_FOLDERS})/[\w.~@+-]|[a-z]:[\\/]{{1,2}}[\w .~-]+[\\/]|\\\\[\w.-]+\\[\w.$-])"
)
_GIVEN = re.compile(
    r"(?<![a-z])\w*(?:dir|folder|path|file|root|cwd|prefix)[\"']?\s*[:=]\s*[\"'](?:/\w|~/|[a-z]:[\\/]|\\\\)"
)

_YEAR, _SHORT = r"(?P<y>(?:19|20)\d\d)", r"(?P<y>(?:19|20)\d\d|\d\d)"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED, _GAP = rf"(?P<m>{'|'.join(_MONTHS)})[a-z]*\.?", r"[\s.,/_'-]"
_M, _D, _SIGN = r"(?P<m>\d\d?)", r"(?P<d>\d\d?)", r"(?P<s>\s?[-/._]\s?)"
_ERAS = {"昭和": 1925, "平成": 1988, "令和": 2018}
_DATES = [re.compile(form) for form in (
    rf"(?<!\d){_YEAR}{_SIGN}{_M}(?P=s){_D}(?!\d)",
    rf"(?<!\d){_D}{_SIGN}{_M}(?P=s){_SHORT}(?!\d)",
    rf"(?<!\d){_M}{_SIGN}{_D}(?P=s){_SHORT}(?!\d)",
    rf"(?<![\da-z]){_D}(?:st|nd|rd|th)?{_GAP}{{0,5}}(?:of\s)?{_NAMED}{_GAP}{{0,5}}{_SHORT}(?!\d)",
    rf"(?<![a-z]){_NAMED}{_GAP}{{0,5}}{_D}(?:st|nd|rd|th)?{_GAP}{{1,5}}{_YEAR}(?!\d)",
    rf"(?<!\d){_YEAR}(?P<m>\d\d)(?P<d>\d\d)(?!\d)",
    rf"(?:(?<!\d){_YEAR}|(?P<era>{'|'.join(_ERAS)})\s?(?P<e>\d\d?|元))\s?年\s?{_M}\s?月\s?{_D}(?!\d)",
    rf"(?P<program>\()\s*{_YEAR}\s*,\s*0?{_M}\s*,\s*0?{_D}\b",
)]  # fmt: skip
_DATED = re.compile(r"\d.*\d|元|\d年")


class Sought:
    """What is sought of the facts of a cohort, in the form in which it is compared, beside the text of the book."""

    def __init__(self, facts: Known, text: str):
        ours, (self.book, self.words, digits) = {normal(label) for label in facts.labels}, _read(text)
        common = _COMMON | ours | self.words
        words = sorted((re.escape(label) for label in facts.labels if _LETTER.search(label)), key=len, reverse=True)
        places = {normal(each).rstrip("/") for each in facts.places if each.count("/") > 1} - {"/usr/local", "/usr/bin"}
        self.dates, self.times = facts.dates, facts.times
        self.other = set(normal("\0".join(facts.identifiers)).split("\0")) - {""}  # below, those that nothing else is
        unlabelled = ((who, tuple(_RUN.findall(who))) for who in self.other if who not in ours and not self.counts(who))
        self.clear = {runs for who, runs in unlabelled if _is_clear(runs, self.book, digits)}
        self.begins, self.longest = {runs[0] for runs in self.clear}, max(map(len, self.clear), default=0)
        self.initials = {run[0] for run in self.begins}
        self.columns = set(map(_bare, facts.columns))
        self.identifying = _IDENTIFYING | set(map(_bare, facts.identifying))
        self.names = {name for name in map(normal, facts.names) if len(name) > 2 and name not in common}
        self.places = re.compile(rf"(?:{'|'.join(map(re.escape, places)) or '(?!)'})(?![\w-])")
        self.labels = re.compile(rf"(?<!\w)(?:{'|'.join(words) or '(?!)'})(?!\w)")

    def counts(self, who: str) -> bool:
        """Tell whether an identifier may be a count of patients, as running numbers may."""
        return who.isdecimal() and (len(who) <= _COUNTED or (who[0] != "0" and int(who) <= len(self.other)))


@functools.lru_cache(8)
def _read(text: str) -> tuple[str, frozenset[str], frozenset[str]]:
    """A text in the form in which it is compared, its words, and all that is part of a number of it."""
    form = normal(text)
    numbers = ((number, len(number)) for number in set(_DIGITS.findall(form)))
    parts = (number[a:b] for number, size in numbers for a in range(size) for b in range(a + 1, size + 1))
    return form, frozenset(tokens(text)), frozenset(parts)


def broken(text: str, sought: Sought) -> Iterator[Rule]:
    """Yield the rules that a text breaks, by itself or by a part of it."""
    form = normal(text)
    whole = form.strip()
    is_one = whole in sought.other and re.search(r"\d", whole) and _LETTER.search(whole)
    is_one = is_one and whole not in sought.book and not sought.labels.fullmatch(whole)
    if is_one or _names_one(form, sought) or _lists(form, sought):
        yield IDENTIFIER
    if any(_dates(form, sought)):
        yield DATE
    apart = [word.strip("()[].:") for word in _APART.split(_OF_MANY.sub(_unless_of_many, form))]
    numbers = {int(word) for word in apart if word.isdecimal() and len(word) < 7} if sought.times else set()
    if len(numbers & sought.times) >= _FEWEST:
        yield RECORDS
    slashed = form.replace("\\\\", "/").replace("\\/", "/")
    paths = [match[0] for look in (_ABSOLUTE, _GIVEN) for text in {form, slashed} for match in look.finditer(text)]
    if any(path not in sought.book for path in paths) or sought.places.search(slashed):
        yield PATH
    if sought.names & {*tokens(form), *_APART.split(form), *re.split(r"[^\w.-]+", form)}:
        yield NAME


def of_rows(names: tuple[str, ...], rows: Iterable[tuple[str, ...]], sought: Sought) -> Iterator[Rule]:
    """Yield the rules that rows break together: identifiers under their name, or cell by cell, and rows of patients."""
    rows = [[normal(cell) for cell in row] for row in rows]
    if len(sought.columns & set(map(_bare, names))) > 1:
        yield RECORDS
    for number, name in enumerate(names):
        column = [row[number].strip() for row in rows if number < len(row)]
        parts = {part for cell in column for part in _APART.split(cell)}
        if _lists(" ".join(parts), sought) or (_bare(name) in sought.identifying and sought.other & parts):
            yield IDENTIFIER
    by_chance = Counter()
    for row in rows:
        joined = _joined(row)
        split = [(rule, cells) for rule, cells in _split(row, sought) if not any(map(_DECIMAL.fullmatch, cells))]
        if _names_one(joined, sought) or _lists(joined, sought):
            yield IDENTIFIER
        if any(_dates(joined, sought)):
            yield DATE
        yield from (rule for rule, cells in split if not _may_be_counts(cells, sought))
        by_chance.update({rule for rule, cells in split if _may_be_counts(cells, sought)})
    yield from (rule for rule, many in by_chance.items() if 2 * many > len(rows))


def _joined(row: list[str]) -> str:
    """Give the text of a row; two numbers side by side stay apart, as `_split` looks at them."""
    parts = row[:1]
    for left, cell in itertools.pairwise(row):
        parts += [" | " if _NUMBER.fullmatch(left) and _NUMBER.fullmatch(cell) else " ", cell]
    return "".join(parts)


def _may_be_counts(cells: list[str], sought: Sought) -> bool:
    """Tell whether cells are counts, or a word of the book and counts beside it, as n, 14 and 50 are."""
    is_named = len(cells) > 2 and cells[0].isalpha() and cells[0] in sought.words
    return all(map(_COUNT.fullmatch, cells[is_named:]))


def _split(row: list[str], sought: Sought) -> Iterator[tuple[Rule, list[str]]]:
    """Yield what neighbouring cells are together, an identifier (up to four, each whole) or a date, and those cells.

    An estimate with decimals is no part of either. Counts side by side, or after a word of the book, are one by chance,
    unless most rows have one: 2006 at risk, 11 events and 12 censored are no day of November.
    """
    begins = [at for at, cell in enumerate(row) if not sought.initials.isdisjoint(cell)]
    for cells in (row[at : at + many] for at in begins for many in range(2, min(4, len(row) - at) + 1)):
        runs = {tuple(_RUN.findall(sign.join(cells))) for sign in ("", " ")}
        if runs & sought.clear:
            yield IDENTIFIER, cells
    ends = [*zip(row, itertools.accumulate(map(len, row)), strict=True)]
    for match in _dates("".join(row), sought):
        yield DATE, [cell for cell, end in ends if match.start() < end < match.end() + len(cell)]


def _dates(form: str, sought: Sought) -> Iterator[re.Match]:
    matches = (match for written in _DATES for match in written.finditer(form)) if _DATED.search(form) else ()
    return (match for match in matches if not sought.dates.isdisjoint(_days(match)))


def _unless_of_many(match: re.Match) -> str:
    """Return a text again if it is a duration that lies outside its limits, or on both; that is no estimate."""
    limited = [float(match[name]) for name in ("low", "of", "high") if match[name]]
    return " " if limited == sorted(limited) and (len(limited) < 2 or limited[0] < limited[-1]) else match[0]


def _is_clear(runs: tuple[str, ...], book: str, digits: frozenset[str]) -> bool:
    """Tell whether an identifier of some runs can be nothing else: no count, no word, not of the text of the book."""
    if sum(map(len, runs)) < _SHORTEST:
        return False
    is_other = not digits.issuperset(filter(str.isdecimal, runs))  # so are nearly all of a million
    return is_other or not any(sign.join(runs) in book for sign in ("", " ", "-"))


def _names_one(form: str, sought: Sought) -> bool:
    if sought.begins.isdisjoint(_RUN.findall(form)):
        return False
    runs = list(_RUN.finditer(form))
    for start in range(len(runs)):
        for end in range(start + 1, min(start + sought.longest, len(runs)) + 1):
            if end > start + 1 and not re.fullmatch(r"[-_/. ]?", form[runs[end - 2].end() : runs[end - 1].start()]):
                break
            if tuple(run[0] for run in runs[start:end]) in sought.clear and _is_whole(form, runs[start:end]):
                return True
    return False


def _is_whole(form: str, runs: list[re.Match]) -> bool:
    """Tell whether no digit goes on a number, before or after, nor a letter a word."""
    start, end = runs[0].start(), runs[-1].end()
    around = (form[max(start - 1, 0) : start + 1], form[end - 1 : end + 1])
    decimals = form[start:end].isdecimal() and (re.search(r"\d\.$", form[:start]) or re.match(r"\.\d", form[end:]))
    return not decimals and not any(re.fullmatch(r"\d\d|[a-z]{2}", pair) for pair in around)


def _lists(form: str, sought: Sought) -> bool:
    """Tell whether a text is a list of identifiers; numbers that may count are none."""
    parts = set(_APART.split(form.strip())) - {""}
    named = {part for part in parts & sought.other if not sought.counts(part)}
    return len(named) >= _FEWEST and named == parts


def _bare(name: str) -> str:
    return "".join(re.findall(r"[^\W_]+", normal(name)))


def _days(match: re.Match) -> Iterator[date]:
    """Yield each day that a date may mean: its year may be short, and a program may count months from 0."""
    parts = match.groupdict("")
    if parts.get("era"):
        years = [_ERAS[parts["era"]] + int(parts["e"].replace("元", "1"))]
    else:
        years = [int(parts["y"])] if len(parts["y"]) > 2 else [1900 + int(parts["y"]), 2000 + int(parts["y"])]
    month = int(parts["m"]) if parts["m"].isdecimal() else _MONTHS.index(parts["m"][:3]) + 1
    for year, later in itertools.product(years, (0, 1) if "program" in parts else (0,)):
        with contextlib.suppress(ValueError):
            yield date(year, month + later, int(parts["d"]))
