"""Pages, and what repeats them: elements and attributes that are listed, addresses of the book, text with a source."""

import itertools
import posixpath
import re
from collections.abc import Iterator
from html import unescape
from pathlib import PurePosixPath

from gistbook.analysis import disclosure
from gistbook.book import downloads
from gistbook.book.audit import DIFFERS, PATH, POLICY, REMOTE, SCRIPT, UNLISTED, UNRELEASED, Fault, Rule, policy
from gistbook.book.audit.parsing import Markup, Part, Source, is_sourced, normal, parsed, read_json, texts_in
from gistbook.book.paper import reading
from gistbook.book.theme import search

_ADDRESSES = ("href", "src", "action")
_AWAY, _TO_OTHERS = re.compile(r"(?:[a-z]+:)|/|\\", re.IGNORECASE), {"canonical", "license", "author"}
_LOCAL = re.compile(r"([\w./-]*)(?:\?v=[0-9a-f]+)?(#.*)?")
_SPHINX = {"envversion", "objnames", "objtypes"}
_INDEX = {"alltitles", "docnames", "filenames", "indexentries", "objects", "terms", "titles", "titleterms", *_SPHINX}
"""Entries of the index of the search, and those of them that name parts of Sphinx."""

_LAID = {"aria-level", "colspan", "rowspan", "span", "start", "tabindex"}  # attributes that are a small number
_MADE = re.compile(r"#|^(?:made|number|claim)-|(?<=#)(?:made|number|claim)-")
_DIGIT, _REFRESH = re.compile(r"\d"), re.compile(r"0; url=[\w./-]+")
_TOLD = {"meta", "link", "a", "script"}  # elements in which numbers may stand alone
_NUMBERS, _TABLES = "gb-numbers", {"table", "docutils"}
_REFERENCES = {"citation-list", "head", "bd-footer-content", "gb-cite"}


def read_page(book, name: str, data: bytes, slug: str | None) -> Iterator[Fault]:
    """Yield what of a page is not listed or has no source; what its chapter has shown stands in it letter by letter."""
    text, shown, sources = data.decode(), book.releases[slug].shown if slug else [], book.of(slug)
    rest, missing = without(text, [each for each, _ in shown])
    yield from [("its outputs", DIFFERS)] if missing else []
    for html, (notebook, place) in shown:
        book.faults[notebook].extend([(place, DIFFERS)] if html in missing else [])
    markup, seen = parsed(rest), Source()
    if not policy.is_under_policy(markup.elements, name.removesuffix(".html")):
        yield "its head", POLICY
    if disclosure.MARKED in text or book.policy.name == disclosure.NOT_FOR_RELEASE:
        yield "all of it", UNRELEASED
    own = set(re.findall(r"<([a-z][a-z0-9-]*)", book.chapters.get(slug, ""), re.IGNORECASE))
    said = (policy.listed(markup, own=own), _blocks(markup, book, sources, seen))
    attributes = _attributes(markup.elements, name, book, [*sources, seen])
    yield from ((markup.place(at), rule) for at, rule in itertools.chain(*said, attributes))
    seen.runs.update(re.findall(r"\w+", normal(re.sub(r"<[^>]*>", "", text))))
    book.seen[name], book.texts[name] = seen, search.words_of_page(text)


def _blocks(markup: Markup, book, sources: list[Source], seen: Source) -> Iterator[tuple[int, Rule]]:
    """Yield where blocks of text without a source stand, and paths; each is added to what is seen."""
    for block in markup.blocks:
        text, numbers_alone = block.text, not _REFERENCES.isdisjoint(block.around)
        seen.add(text)
        whole = is_sourced(text, sources, numbers_alone)
        if not whole and not all(is_sourced(each, sources, numbers_alone) for each in block.strings):
            yield block.at, book.rule_of(text)
        elif "/" in text and book.rule_of(text) == PATH:
            yield block.at, PATH


def _attributes(elements: list[Part], name: str, book, sources: list[Source]) -> Iterator[tuple[int, Rule]]:
    """Yield where attributes, and data for programs, have no source, or an address that is not the book's, and tables
    that no cell has shown.
    """
    policies = {policy.FRONT, policy.of_page(name.removesuffix(".html"))}
    for element in elements:
        alone, classes = element.tag in _TOLD, set(element.attributes.get("class", "").split())
        if element.tag == "table" and _NUMBERS not in element.around and not _TABLES & classes:
            yield element.at, DIFFERS
        for key, value in element.attributes.items():
            if key in _ADDRESSES and not _is_ours(element, key, value, name, book):
                yield element.at, book.rule_of(value, REMOTE)
            elif key == "class" and not policy.are_classes(value, *(each.words for each in sources)):
                yield element.at, book.rule_of(value, UNLISTED)
            elif key != "class" and value not in policies and not _is_said(key, value, sources, alone):
                yield element.at, book.rule_of(value)
        if policy.is_data(element):
            texts = texts_in(read_json(element.text, parse_int=str, parse_float=str))
            yield from book.unsourced(((element.at, each) for each in texts), sources, True)


def _is_said(key: str, value: str, sources: list[Source], alone: bool) -> bool:
    """Tell whether what an attribute says has a source; of an address within the book, that is the place on a page."""
    words = value.partition("#")[2] if key in _ADDRESSES and not _AWAY.match(value) else value
    is_number = key in _LAID and re.fullmatch(r"\d{1,2}", words)
    return bool(is_number or _REFRESH.fullmatch(value)) or all(
        is_sourced(part, sources, alone) for part in _MADE.split(words)
    )


def _is_ours(element: Part, key: str, value: str, name: str, book) -> bool:
    """Tell whether an address leads to a file of the book, or is a link that a reader may follow out of it."""
    if _AWAY.match(value):
        links = element.tag == "a" or (element.tag == "link" and element.attributes.get("rel") in _TO_OTHERS)
        return links and value.startswith(("https://", "http://", "mailto:"))
    match = _LOCAL.fullmatch(value)
    path = posixpath.normpath(f"{PurePosixPath(name).parent}/{match[1]}") if match else ""
    return bool(match) and (not match[1] or path in book.names)


def without(text: str, shown: list[str]) -> tuple[str, list[str]]:
    """Return a page without what cells have shown, line by line as it was, and which of that is not there."""
    missing = []
    for html in shown:
        form = search.apart(html)
        missing.extend([] if form in text else [html])
        text = text.replace(form, "\n" * form.count("\n"), 1)
    return text, missing


def read_drawing(book, name: str, data: bytes, slug: str) -> Iterator[Fault]:
    """Yield that a file of a drawing is not, byte for byte, that of the chapter under its title, or has other words."""
    text = data.decode()
    words = [unescape(each) for each in re.findall(r"<(?:title|desc)>(.*?)</", text, re.DOTALL)[:2]]
    yield from book.unsourced((("its words", each) for each in words), book.of(slug))
    figures = (html for html, _ in book.releases[slug].shown if downloads.is_drawn(html))
    if len(words) < 2 or all(text != downloads.alone(html, *words) for html in figures):
        yield "its drawing", DIFFERS


def read_texts(book, name: str, data: bytes, _) -> Iterator[Fault]:
    """Yield whether the texts that the search quotes are not those of the pages; a page with a fault has it itself."""
    content, pages = search.read(data.decode()), {name: text for name, text in book.texts.items() if text}
    written = {name.removesuffix(".html"): text for name, text in pages.items() if not book.faults[name]}
    faulty = {name.removesuffix(".html") for name in pages if book.faults[name]}
    if data.decode() != search.written(written | {name: content[name] for name in faulty & content.keys()}):
        yield "all of it", DIFFERS


def read_index(book, name: str, data: bytes, _) -> Iterator[Fault]:
    """Yield what the index of the search has that stands on no page; of a word it may leave out or change the end."""
    text = data.decode()
    begins, every = "Search.setIndex(", [*book.of(None), Source.merged(book.seen.values())]
    content = read_json(text.removeprefix(begins).removesuffix(")"))
    if not text.startswith(begins) or content.keys() != _INDEX:
        yield "line 1", SCRIPT
    words = set().union(*(source.runs for source in every))
    stems = {(word[:end], *_DIGIT.findall(word)) for word in words for end in range(len(word) + 1)}
    for term in sorted({*content.pop("terms"), *content.pop("titleterms")}):
        form = normal(term)
        if (form[:-1] if len(form) > 2 else form, *_DIGIT.findall(form)) not in stems:
            yield "its words", book.rule_of(term)
    rest = [entries for name, entries in content.items() if name not in _SPHINX]
    yield from book.unsourced((("its titles", each) for each in texts_in(rest)), every, True)


def read_article(pdf: bytes, book) -> Iterator[Fault]:
    """Yield texts of the article on paper with words that stand on no page; numbers of its own pages may."""
    runs = set().union(*(source.runs for source in (*book.of(None), *book.seen.values())))
    for text in reading.texts_of(pdf):
        if not re.fullmatch(reading.PAGE_NUMBER, text) and Source([text]).runs - runs:
            yield "its text", book.rule_of(text)
