"""Where the numbers in our prose come from: pasted by the machine, cited, or a constant of the design; or nowhere."""

import re
from pathlib import Path

import pandas as pd
import yaml

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
    """Return what a reader reads of Markdown: no literal block, no options, and (pasted) for a role or code."""
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
    """Return the numbers that stand typed in prose, less design constants, items of STROBE and list numbers."""
    text = re.sub(STROBE_ITEMS, "", prose_of(markdown))
    text = re.sub(r"^\s*\d+\. ", "", text, flags=re.MULTILINE)
    for constant in DESIGN_CONSTANTS:
        text = text.replace(constant, "")
    return re.findall(r"(?<![A-Za-z\d])\d[\d.,]*\d%?|(?<![A-Za-z\d])\d%?", text)


def where_numbers_come_from(chapters: Path) -> pd.DataFrame:
    """Count the numbers in the prose of all chapters by where they come from: one row per origin.

    Code is not prose, and neither are literal blocks; a pasted phrase counts once, whatever numbers it holds.
    """
    texts = [_without_code(path.read_text(encoding="utf-8")) for path in sorted(chapters.glob("*.md"))]
    text = "\n".join(texts)
    constants = len(re.findall(STROBE_ITEMS, text)) + sum(text.count(constant) for constant in DESIGN_CONSTANTS)
    counts = {
        PASTED: len(re.findall(r"\{glue(?::\w+)?\}`", text)),
        CITED: len(re.findall(r"\{cite(?::\w+)?\}`", text)),
        CONSTANT: constants,
        UNTRACED: sum(len(typed_numbers(each)) for each in texts),
    }
    return pd.DataFrame(list(counts.items()), columns=["Where a number comes from", "Count"])


def _without_code(source: str) -> str:
    """Return the Markdown of a chapter, captions of figures too, without its front matter, code and cell marks."""
    body = re.sub(r"\A---\n.*?\n---\n", "", source, flags=re.DOTALL)
    body = re.sub(r"^```\{code-cell\}.*?^```$", _caption, body, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^\+\+\+.*$", "", body, flags=re.MULTILINE)


def _caption(cell: re.Match) -> str:
    about = re.match(r"```\{code-cell\}\n---\n(.*?)\n---\n", cell[0], re.DOTALL)
    return yaml.safe_load(about[1]).get("mystnb", {}).get("figure", {}).get("caption", "") if about else ""
