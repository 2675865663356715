"""Published beside recomputed: the ledger, the STROBE checklist, and where the numbers in prose come from."""

import json
import re
from pathlib import Path

import pandas as pd

from gistbook import handover
from gistbook.analysis.precision import exact_proportion
from gistbook.analysis.series import read_texts
from gistbook.book.chapters import Chapter
from gistbook.book.tracing import prose_in
from gistbook.conventions import CONFIDENCE_LEVEL, NO_NUMBER, NOT_COMPUTED, PAPER, DataError, rounded
from gistbook.display.tables import MADE
from gistbook.schemas import CHECKLIST, CLAIMS
from gistbook.units import UNITS

PUBLISHED_CLAIMS = Path(__file__).parents[3] / "data" / "published_claims.csv"

RECOMPUTABLE, NOT_RECOMPUTABLE, NO_DENOMINATOR = "recomputable", "not recomputable", "denominator not stated"
ALIKE_BY_CHOICE = "not comparable: alike by choice of the draw"
OTHER_CLOCK = "counted from another time zero"
AGREES, BY_CONSTRUCTION, DIFFERS = "agrees", "agrees by construction", "differs"
CLAIMED_ORIGIN = "first_operation"
"""Time zero of the paper's medians, as far as its abstract tells."""

MADE_IN = "Made or discussed in"
_WORDS = {"no": 0.0, "all": 1.0}


def load_published(path: Path = PUBLISHED_CLAIMS) -> pd.DataFrame:
    """Read the published claims: one row per number or statement of the abstract, columns of `schemas.CLAIMS`."""
    return read_texts(path, CLAIMS, "claim")


def load_values(path: str | Path) -> dict[str, dict]:
    """Read what the chapters pasted: by chapter, then key; nothing if no file is named, as for a chapter run alone."""
    if (handed := handover.values(path)) is not None:
        return handed
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else {}


def agrees(published: str, recomputed: float) -> bool:
    """Tell whether a number would be printed as the published one is: within half a unit of its last digit.

    >>> agrees("14.5", 14.5499), agrees("14.5", 14.56), agrees("93%", 14 / 15), agrees("no", 0.0), agrees("all", 0.94)
    (True, False, True, True, False)
    """
    if published in _WORDS:
        return recomputed == _WORDS[published]
    digits = published.rstrip("%")
    scale = 100 if published.endswith("%") else 1
    decimals = len(digits.partition(".")[2])
    return abs(recomputed * scale - float(digits)) <= 0.5 * 10**-decimals + 1e-9


def ledger(claims: pd.DataFrame, values: dict, cohort) -> pd.DataFrame:
    """Set every published claim beside what the chapters pasted, never a second calculation: one row per claim.

    To the columns of `schemas.CLAIMS` come `recomputed` (a phrase) and `verdict` (empty where nothing is judged, as of
    a cohort whose `reproduces` is not the paper). Claims of `calibrated_to` prove nothing by agreeing.
    """
    phrases, verdicts, is_judged = [], [], cohort.reproduces == PAPER
    for row in claims.itertuples():
        value = values.get(row.chapter, {}).get(row.key)
        phrases.append(value["phrase"] if value else NOT_COMPUTED if row.key else NO_NUMBER)
        verdicts.append(_verdict(row, value, row.claim_id in cohort.calibrated_to) if is_judged else "")
    return claims.assign(recomputed=phrases, verdict=verdicts)


def side_by_side(ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger as it is printed: one row per claim; without verdicts where nothing is judged."""
    printed = ledger["published"] + ledger["unit"].map({"months": " months"}).fillna("")
    columns = {"Claim": ledger["claim"], "Published": printed}
    if not (ledger["verdict"] != "").any():
        return pd.DataFrame({**columns, "This cohort": ledger["recomputed"]})
    return pd.DataFrame({**columns, "Recomputed": ledger["recomputed"], "Verdict": ledger["verdict"]})


def traced(ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger as it is printed, with a list of the places (chapter and cell) where each value was made, or a
    statement is discussed; words where no chapter of this run answered.
    """
    made = ledger["chapter"] + (f"#{MADE}" + ledger["key"]).where(ledger["key"] != "", "")
    is_there = (ledger["key"] == "") | (ledger["recomputed"] != NOT_COMPUTED)
    places = [[place] if there else NOT_COMPUTED for place, there in zip(made, is_there, strict=True)]
    return side_by_side(ledger).assign(**{MADE_IN: places})


def ids(ledger: pd.DataFrame) -> list[str]:
    """Ids of the rows of the ledger on its page, by the name of each claim, for ever."""
    return [f"claim-{name}" for name in ledger["claim_id"]]


def open_questions(ledger: pd.DataFrame) -> pd.DataFrame:
    """Claims that the abstract leaves open, and what it does not say: one row per claim with a note."""
    noted = ledger[ledger["note"] != ""]
    return pd.DataFrame({"Claim": noted["claim"], "What is not said": noted["note"]})


def serious_limit(claims: pd.DataFrame, level: float = CONFIDENCE_LEVEL) -> tuple[str, str, str]:
    """Upper exact (Clopper and Pearson) limit of the risk of a serious complication in the paper's S-group, as a
    percentage; with what it is and whose, as `prose.paste_text` takes them.
    """
    claim = claims.set_index("claim_id").loc["serious_complications"]
    limits = exact_proportion(int(_WORDS[claim.published]), int(claim.denominator), level)
    what = "Upper exact limit of the risk of a serious complication, were patients counted"
    upper = f"{rounded(100 * limits['upper'].iloc[0], 1)}% (upper limit of the exact {100 * level:g}% CI)"
    return upper, what, "the S-group of the paper, by its abstract"


def denominators(printed: str, largest: int) -> pd.DataFrame:
    """Fractions that print as a whole percentage, up to a denominator: `numerator`, `denominator`, `percent`."""
    fractions = [(k, n) for n in range(1, largest + 1) for k in range(n + 1) if agrees(printed, k / n)]
    rows = [(k, n, rounded(100 * k / n, 1)) for k, n in fractions]
    return pd.DataFrame(rows, columns=["numerator", "denominator", "percent"])


def _verdict(claim, value: dict | None, calibrated: bool) -> str:
    if claim.status == NOT_RECOMPUTABLE and calibrated and value:
        return ALIKE_BY_CHOICE
    if claim.status != RECOMPUTABLE:
        return claim.status
    if value is None or value["value"] is None:
        return NOT_COMPUTED
    if value.get("origin", CLAIMED_ORIGIN) not in ("", CLAIMED_ORIGIN):
        return OTHER_CLOCK
    number = value["share"] if claim.unit == "share" else _as_claimed(claim.unit, value)
    if not agrees(claim.published, number):
        return DIFFERS
    return BY_CONSTRUCTION if calibrated else AGREES


def _as_claimed(unit: str, value: dict) -> float:
    printed, claimed = UNITS.get(value.get("unit")), UNITS.get(unit)
    if not printed or not claimed or printed == claimed:
        return value["value"]
    return claimed.of(value["value"] * printed.days)


STROBE = Path(__file__).parents[3] / "data" / "strobe.csv"

ANSWERED, IN_PART, UNANSWERABLE = "answered", "answered in part", "not answerable from what is public"


def load_checklist(path: Path = STROBE) -> pd.DataFrame:
    """Read the checklist: one row per item or part of one, columns of `schemas.CHECKLIST`, and its `status`; raises
    `DataError` if a column is missing, an item stands twice, or one has neither a chapter nor a reason.
    """
    checklist = read_texts(path, CHECKLIST, "item")
    silent = checklist.loc[(checklist["chapters"] == "") & (checklist["still_open"] == ""), "item"]
    if len(silent):
        raise DataError(f"{path.name} gives neither a chapter nor a reason for the items {', '.join(silent)}.")
    states = [IN_PART if row.still_open else ANSWERED for row in checklist.itertuples()]
    return checklist.assign(status=pd.Series(states, dtype=object).where(checklist["chapters"] != "", UNANSWERABLE))


def count_items(checklist: pd.DataFrame) -> dict[str, int]:
    """Count the items (an item with parts is one), the parts, and the parts of each status."""
    states = {"answered": ANSWERED, "in_part": IN_PART, "unanswerable": UNANSWERABLE}
    items = checklist["item"].str.extract(r"^(\d+)", expand=False).nunique()
    parts = {name: int((checklist["status"] == state).sum()) for name, state in states.items()}
    return {"items": items, "parts": len(checklist), **parts}


def checklist_table(checklist: pd.DataFrame, section: str) -> pd.DataFrame:
    """One section of the checklist as it is printed: one row per item; `Where` holds lists of chapters, for links."""
    rows = checklist[checklist["section"] == section]
    where = [chapters.split() or UNANSWERABLE for chapters in rows["chapters"]]
    still_open = rows["still_open"].replace("", "nothing that we know of")
    columns = {"Item": rows["item"] + " " + rows["topic"], "What a report should give": rows["recommendation"]}
    return pd.DataFrame({**columns, "Where": where, "What stays open": still_open})


PASTED = "pasted by the machine, from data or from the table of published values"
CITED = "a citation of the source of a statement"
CONSTANT = "a constant of the design, or an item of STROBE"
UNTRACED = "typed, and traced to nothing"

DESIGN_CONSTANTS = {
    "Table 1": "the customary name of the table of characteristics",
    "Within 90 days": "a horizon by which operative mortality is defined",
    "between 0 and 1": "the range of any probability",
    "within 30 days": "a horizon by which operative mortality is defined",
}
"""Numbers that a chapter may type, each with the reason why it is no result."""

STROBE_ITEMS = r"STROBE items? \d+[a-c]?(?:(?:, | and | to )\d+[a-c]?)*"


def prose_of(markdown: str) -> str:
    """What a reader reads of Markdown: no literal block, no options, and (pasted) for a role or code."""
    fences, kept = [], []
    for line in markdown.splitlines():
        fence = re.match(r"\s*(`{3,}|~{3,}|:{3,})\s*(.*)", line)
        if fence and not fence[2] and fences:
            fences.pop()
        elif fence:
            fences.append(fence[2].startswith("{") and not fence[2].startswith("{code"))
        elif all(fences) and not (fences and re.match(r"\s*:[\w-]+:", line)):
            kept.append(line)
    without_code = re.sub(r"(\{[\w:-]+\})?`[^`]*`", "(pasted)", "\n".join(kept))
    return re.sub(r"\]\([^)]*\)", "]", without_code)


def typed_numbers(markdown: str) -> list[str]:
    """Numbers that stand typed in prose, less design constants, items of STROBE and list numbers."""
    text = re.sub(STROBE_ITEMS, "", prose_of(markdown))
    text = re.sub(r"^\s*\d+\. ", "", text, flags=re.MULTILINE)
    for constant in DESIGN_CONSTANTS:
        text = text.replace(constant, "")
    return re.findall(r"(?<![A-Za-z\d])\d[\d.,]*\d%?|(?<![A-Za-z\d])\d%?", text)


def where_numbers_come_from(chapters: list[Chapter]) -> pd.DataFrame:
    """Count the numbers in the prose of chapters, code apart, by where they come from: one row per origin."""
    texts = ["\n".join(map(prose_in, chapter.notebook["cells"])) for chapter in chapters]
    text = "\n".join(texts)
    constants = len(re.findall(STROBE_ITEMS, text)) + sum(text.count(constant) for constant in DESIGN_CONSTANTS)
    counts = {
        PASTED: len(re.findall(r"\{glue(?::\w+)?\}`", text)),
        CITED: len(re.findall(r"\{cite(?::\w+)?\}`", text)),
        CONSTANT: constants,
        UNTRACED: sum(len(typed_numbers(each)) for each in texts),
    }
    return pd.DataFrame(list(counts.items()), columns=["Where a number comes from", "Count"])
