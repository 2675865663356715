"""Pages as trees of elements, and the words in them; every page is read once."""

import functools
from html.parser import HTMLParser
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSEEN = {"script", "style", "template", "pre", "svg"}
"""Elements whose text is no prose: programs, code, and drawings, whose description is their label."""


class _Reader(HTMLParser):
    """Reads a page into a tree of elements."""

    def __init__(self):
        super().__init__()
        self.tree, self.open = TreeBuilder(), []
        self.tree.start("page", {})

    def handle_starttag(self, tag, attrs):
        self.tree.start(tag, {name: value or "" for name, value in attrs})
        self.open.append(tag)
        if tag in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        while tag in self.open and self.tree.end(self.open.pop()).tag != tag:
            pass

    def handle_data(self, data):
        self.tree.data(data)

    def page(self) -> Element:
        while self.open:
            self.handle_endtag(self.open[-1])
        self.tree.end("page")
        return self.tree.close()


def read(path: Path) -> Element:
    """Return a page as a tree of elements, which nobody changes; the same tree as long as the file is the same."""
    return _parsed(path.resolve(), path.stat().st_mtime_ns)


@functools.cache
def _parsed(path: Path, _: int) -> Element:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page()


def seen(element: Element) -> str:
    """Return the text of an element that a reader sees as prose."""
    inner = "" if element.tag in UNSEEN else (element.text or "") + "".join(map(seen, element))
    return inner + (element.tail or "")


def with_class(element: Element, name: str) -> list[Element]:
    """Return the elements that have a class."""
    return [each for each in element.iter() if name in each.get("class", "").split()]


def article(page: Element) -> Element:
    """Return what a page has to say, less what surrounds every page."""
    (found,) = with_class(page, "bd-article")
    return found
