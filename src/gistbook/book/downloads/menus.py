"""The menu under a figure: its files, how it was made, and a link that stays."""

from gistbook.book.downloads.material import FOLDER, Figure, Material
from gistbook.conventions import escaped

LINK = '<a href="../{folder}/{file}" download aria-label="{label}">{words}</a>'
"""A link to a file; the label tells it from those of the same words under other figures."""

_MENU = (
    '<div class="gb-downloads gb-menu" role="group" aria-label="{label}"><ul>{items}</ul>'
    "<details><summary>How was this made</summary><dl>{told}</dl></details></div>"
)
_HERE = '<a class="gb-here" href="#{anchor}" aria-label="{label}">Link to this figure</a>'
_CELL = '<a href="#made-{key}">the cell that drew it</a>'
_NO_POLICY = "none is named"


def menu(figure: Figure, material: Material) -> str:
    """Return the menu of a figure as HTML in one line.

    It is a group, since one more landmark for every figure would hide those of the page.
    """
    links = [_file(figure, words, file) for words, file in _files(figure)]
    if figure.anchor:
        links.append(_HERE.format(anchor=escaped(figure.anchor), label=escaped(f"Link to this figure: {figure.name}")))
    told = "".join(f"<div><dt>{name}</dt><dd>{words}</dd></div>" for name, words in _told(figure, material).items())
    items = "".join(f"<li>{link}</li>" for link in links)
    return _MENU.format(label=escaped(f"Figure: {figure.name}"), items=items, told=told)


def worded(name: str) -> str:
    """Return the name of a table or a chapter in words."""
    return name.replace("_", " ")


def _told(figure: Figure, material: Material) -> dict[str, str]:
    """Return how a figure was made, as HTML by what is told."""
    calls = material.calls.get(figure.key, [])
    set_to = [f"{name} = {value}" for name, value in material.parameters().items()]
    return {
        "Cell": _CELL.format(key=escaped(figure.key)),
        "Functions": _codes(calls) or "none of this package",
        "Parameters": _codes(set_to) or "none",
        "Disclosure policy": escaped(material.phrases.get("policy", _NO_POLICY)),
        "Commit": escaped(material.commit),
    }


def _codes(texts: list[str]) -> str:
    return " ".join(f"<code>{escaped(' '.join(text.split()))}</code>" for text in texts)


def _file(figure: Figure, words: str, file: str) -> str:
    return LINK.format(folder=FOLDER, file=file, label=escaped(f"{words} of: {figure.name}"), words=words)


def _files(figure: Figure) -> list[tuple[str, str]]:
    """Return the files of a figure, each with the words of its link."""
    drawn = [("SVG", f"{figure.stem}.svg"), ("PNG", f"{figure.stem}.png")] if figure.is_drawn() else []
    tables = [(_of_table(name, stem == figure.stem), f"{stem}.csv") for name, stem in figure.tables().items()]
    return drawn + sorted(tables)


def _of_table(name: str, is_main: bool) -> str:
    return "CSV" if is_main else f"CSV ({worded(name)})"
