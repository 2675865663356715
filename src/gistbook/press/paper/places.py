"""On which page of a PDF each named place is, read from the PDF as Chromium writes it: in plain objects."""

import re

_OBJECT = re.compile(rb"^(\d+) 0 obj\s(.*?)endobj", re.DOTALL | re.MULTILINE)
_CATALOG = re.compile(rb"/Type /Catalog\b.*?/Pages (\d+) 0 R.*?/Dests (\d+) 0 R", re.DOTALL)
_KIDS = re.compile(rb"/Kids \[([^\]]*)\]")
_PLACE = re.compile(rb"/([^\s/\[\]]+) \[(\d+) 0 R /XYZ")


def of_destinations(pdf: bytes) -> dict[str, int]:
    """Return the number, from 1, of the page on which each named place is; none if the PDF is written otherwise."""
    objects = {int(number): content for number, content in _OBJECT.findall(pdf)}
    catalogs = [found for found in map(_CATALOG.search, objects.values()) if found]
    if not catalogs:
        return {}
    root, named = map(int, catalogs[0].groups())
    numbers = {page: number for number, page in enumerate(_leaves(root, objects), start=1)}
    found = _PLACE.findall(objects.get(named, b""))
    return {_unescaped(name): numbers[int(page)] for name, page in found if int(page) in numbers}


def _leaves(number: int, objects: dict[int, bytes]) -> list[int]:
    """Return the numbers of the objects of the pages below one, in order."""
    kids = _KIDS.search(objects.get(number, b""))
    if not kids:
        return [number]
    return [leaf for kid in re.findall(rb"(\d+) 0 R", kids[1]) for leaf in _leaves(int(kid), objects)]


def _unescaped(name: bytes) -> str:
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), name).decode(errors="replace")
