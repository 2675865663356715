"""The words of a printed article are read back, and one that stands on no page is found."""

import zlib

import pytest

from gistbook import build
from gistbook.book import audit, paper
from gistbook.book.audit import gate
from gistbook.book.paper import reading
from support import small, spoiling, subjects

CMAP = "2 beginbfchar\n<0001> <0041>\n<0009> <00660069>\nendbfchar\n1 beginbfrange\n<0002> <0005> <0062>\nendbfrange\n"
LINES = ("<0001> Tj\n3.1 0 Td <0002> Tj", "[<00030004> -7 <0009>] TJ")
SETS = "".join(f"BT\n/F4 11.3 Tf\n1 0 0 -1 7 10 Tm\n{line}\nET\n" for line in LINES)


def pdf(sets: str, cmap: str = CMAP, title: str = "(Light)", packed: bool = True) -> bytes:
    """Return a PDF of one page in the form in which Chromium writes it."""
    streams = [zlib.compress(text.encode()) if packed else text.encode() for text in (sets, cmap)]
    filters = b"/Filter /FlateDecode " if packed else b""
    bodies = [
        b"<</Title " + title.encode() + b">>",
        b"<</Type /Page /Resources <</Font <</F4 4 0 R>>>> /Contents 3 0 R>>",
        b"<<" + filters + b"/Length 9>> stream\n" + streams[0] + b"\nendstream",
        b"<</Type /Font /ToUnicode 5 0 R>>",
        b"<<" + filters + b"/Length 9>> stream\n" + streams[1] + b"\nendstream",
    ]
    return b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(bodies, start=1))


def spelt(text: str) -> bytes:
    """Return a PDF whose one page says a text, a glyph a letter."""
    glyphs = "".join(f"<{at:04X}> <{ord(letter):04X}>\n" for at, letter in enumerate(text, start=1))
    shown = "".join(f"<{at:04X}> Tj " for at in range(1, len(text) + 1))
    return pdf(f"BT /F4 9 Tf {shown}\nET", f"beginbfchar\n{glyphs}endbfchar")


@pytest.mark.parametrize("packed", [True, False])
def test_glyphs_are_read_as_their_letters_line_by_line(packed):
    assert reading.texts_of(pdf(SETS, packed=packed)) == ["Light", "Ab", "cdfi"]


@pytest.mark.parametrize(("title", "text"), [("(a \\(b\\))", "a (b)"), ("<FEFF00E40062>", "äb")])
def test_a_title_is_read_in_either_form(title, text):
    assert reading.texts_of(pdf("", title=title)) == [text]


SAID = {
    "a word of a page": ("Light", []),
    "the number of a page": ("12", []),
    "an identifier": (subjects.LONG_NAMES["a"], [audit.IDENTIFIER.says]),
    "a word of no page": ("Umezawa", [audit.UNSOURCED.says]),
    "a number of no page": ("of 1224", [audit.UNSOURCED.says]),
}


@pytest.fixture(scope="module")
def mine(shared):
    return small.public(shared)


@pytest.fixture(scope="module")
def known(mine):
    return gate.known(build.load_cohort(mine.folder), mine.folder, mine.html, mine.source)


@pytest.mark.parametrize(("text", "rules"), SAID.values(), ids=SAID)
def test_an_article_beside_pages_says_what_they_say(mine, known, tmp_path, text, rules):
    html = spoiling.to_spoil(mine.html, tmp_path)
    (tmp_path / paper.NAME).write_bytes(spelt(text))
    leaks = audit.audit(html, known)

    assert [(leak.file, leak.rule) for leak in leaks] == [(paper.NAME, rule) for rule in rules]
    assert text not in " ".join(map(str, leaks)) or not rules
