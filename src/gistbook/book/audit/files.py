"""The files of a book: which there may be, and who reads each; every other file is a finding."""

import dataclasses
import functools
import itertools
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath

from gistbook.analysis.disclosure import Policy
from gistbook.book import claims, downloads, paper, publish, sheets, tracing
from gistbook.book import run as running
from gistbook.book.audit import DIFFERS, LEFT, UNSOURCED, Fault, Known, Leak, counts, pages, plain, policy, released
from gistbook.book.audit.parsing import Source, is_sourced, normal, read_json, strings
from gistbook.book.chapters import without_links

_PACKAGE = Path(__file__).parents[2]
_THEME = ("book/**/*.py", "display/**/*.py", "conventions.py", "schemas.*", "analysis/disclosure/*.py",
          "book/theme/**/*.html", "book/paper/*.html", "book/comparison/**/*.j2", "display/*.html",
          "display/*.csv")  # fmt: skip
_TEXTS = ("_toc.yml", "_config.yml", "references.bib", "CITATION.cff", "data/*.csv", "tests/reference/*.txt")
"""What the theme says, and the book whatever its cohort."""

_KINDS = {
    "page": re.compile(r"index\.html|search\.html|genindex\.html|chapters/(?P<slug>\w+)\.html"),
    "index": re.compile(r"searchindex\.js"),
    "searchtexts": re.compile(r"_static/searchtexts\.js"),
    "theme": re.compile(r"_static/[\w./-]+"),
    "notebook": re.compile(r"downloads/(?P<slug>\w+)\.ipynb"),
    "values": re.compile(r"downloads/values\.json"),
    "derived": re.compile(r"downloads/(?:(?P<slug>\w+)-table-\d{1,3}\.csv|tables\.xlsx|results\.(?:csv|json))"),
    "cohort": re.compile(rf"downloads/{re.escape(sheets.COHORT)}"),
    "frame": re.compile(r"downloads/(?P<slug>\w+)-\w+(?:-\w+)?\.csv"),
    "drawing": re.compile(r"downloads/(?P<slug>\w+)-\w+\.svg"),
    "picture": re.compile(r"downloads/(?P<slug>\w+)-\w+\.png"),
    "site": re.compile(r"\.nojekyll|sitemap\.xml|robots\.txt"),
}
"""The kinds of files, by their names; the first that fits."""

_OTHERS = frozenset(["known_truth", "published_series", "strobe", "validation", "what_it_cannot_show", "your_cohort"])
"""Chapters whose counts are of other patients, or of nobody; of this cohort they show what a policy withholds."""

_ACCENT = re.compile(r"\\[\"'`^~=.](?=\w|\{)|\\emph|[{}]")
_CODE = re.compile(r"[a-z]{1,3}[-_]?\d{1,2}", re.IGNORECASE)  # a text of ours that could be an identifier as well
_BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, SyntaxError, TypeError, ValueError)
"""What the reading of a file ends in that no build of ours writes."""

_VALUES = {"data", "title", "values", downloads.LATE}
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_CHUNKS, _NOTE = {b"IHDR", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"gAMA"}, b"iTXt"


class Book:
    """A built book that is read: its folder, the facts of its cohort, its sources, and what its chapters released.

    `base` is what the theme and the book say whatever the cohort, `own` each chapter as in the repository, `seen` what
    pages show; `broken` gives the rules that a text breaks, which it looks for once. `until` returns when all
    pictures are there; `sought` is as `sought_in` gives it, if it is at hand.
    """

    def __init__(self, html: Path, facts: Known, until: Callable = lambda: None, sought: plain.Sought | None = None):
        self.html, self.facts, self.names, self.seen, self.texts = html, facts, [], {}, {}
        self.until, self.offered, self.data = until, html, facts.data or downloads.Data("", "public")
        self.policy, self.faults = facts.policy or Policy("exact"), defaultdict(list)
        self.written = _written(facts.book)
        there = {path.stem for name in ("chapters/*.html", "downloads/*.ipynb") for path in html.glob(name)}
        self.absent = frozenset(self.written.keys() - there)
        self.chapters = _without_absent(self.written, self.absent)
        texts = _texts(facts.book)
        titles = [title for text in self.chapters.values() for title in _TITLE.findall(text)]
        self.base = [theme(), _source((*texts, *titles, *facts.own, publish.address(facts.book), self.data.banner()))]
        self.own = {slug: _source(released.readings_of(text)) for slug, text in self.chapters.items()}
        self.own[None] = Source.merged(self.own.values())
        self.releases = {slug: released.Release() for slug in self.chapters}
        self.released = functools.cache(self._released)
        self.values, self.behind = {}, {}
        self.sought = sought or sought_in(facts, there)
        self.broken = functools.cache(lambda text: [*plain.broken(text, self.sought)])

    _page, _index, _searchtexts, _drawing = pages.read_page, pages.read_index, pages.read_texts, pages.read_drawing

    def read_released(self) -> "Book":
        """Read what was released, and the files that are made of it alone, which needs no page; give the book back."""
        with tempfile.TemporaryDirectory() as place:
            if not (self.html / downloads.FOLDER).exists():  # then it is read from the run beside the pages
                self.offered = Path(place)
                downloads.offer(self.offered, self.html.parent / "notebooks", {}, self.data)
            for kinds in (("values",), ("notebook", "frame"), ("derived", "cohort", "drawing")):
                self._read_all(*kinds)
            self.offered = self.html
        for slug in self.releases:
            try:
                for (name, place), rule in self._judged(slug):
                    self.faults[name].append((place, rule))
            except _BROKEN:
                self.faults[f"downloads/{slug}.ipynb"].append(("all of it", DIFFERS))
        return self

    def leaks(self) -> Iterator[Leak]:
        """Yield what should not be there, file by file: of what was released, as it was read, of pages and pictures."""
        self._read_all("page", "theme", "site", "")
        self._read_all("index", "searchtexts")
        self.until()
        self._read_all("picture")
        if (article := self.html.parent / paper.NAME).is_file():
            self.faults[paper.NAME].extend(pages.read_article(article.read_bytes(), self))
        for name in sorted(self.faults):
            shown, hidden = self._masked(name)
            hidden = [] if _KINDS["derived"].fullmatch(name) else hidden  # table-1 is a number of ours
            faults = [*self.faults[name], *(("its name", rule) for rule in hidden)]
            yield from (Leak(shown, self._masked(place)[0], *rule) for place, rule in dict.fromkeys(faults))

    def _read_all(self, *kinds: str) -> None:
        self._list()
        for name in self.names:
            self.faults[name].extend(self._read(name, kinds))

    def _list(self) -> None:
        paths = [path for path in self.offered.rglob("*") if path.is_symlink() or not path.is_dir()]
        self.names = sorted(path.relative_to(self.offered).as_posix() for path in paths)

    def unsourced(self, texts: Iterable[tuple], sources: list[Source], numbers_alone=False) -> Iterator[Fault]:
        """Yield the places of those texts that are not made of sources, and the rules that they break."""
        for place, text in texts:
            if not is_sourced(text, sources, numbers_alone):
                yield place, self.rule_of(text)

    def _judged(self, slug: str) -> Iterator[released.Found]:
        """Yield where what a chapter released tells of a patient, is forbidden, or is not the same in two places."""
        release = self.releases[slug]
        for text, place in release.texts:
            rules = self.broken(text)
            if rules and not (slug in _OTHERS and normal(text) in self.sought.book):
                yield from ((place, rule) for rule in rules)
        for table in release.tables:
            yield from ((table.place, rule) for rule in plain.of_rows(table.names, table.rows, self.sought))
        if self.policy.coarsens and slug not in _OTHERS:
            judged = dataclasses.replace(release, records={}) if self._is_late(slug) else release
            yield from counts.forbidden(judged, self.policy, self.sought.labels)
        yield from itertools.chain(counts.unlike(release, self.policy.coarsens), counts.unread(release))
        notes = ((table.place, table.caption) for table in release.tables if table.is_frame)
        yield from self.unsourced(notes, self.of(slug))

    def of(self, slug: str | None) -> list[Source]:
        """Return what a page of a chapter may be made of; one that reads the others, of what they released too."""
        whose = None if slug is None or self._is_late(slug) else slug
        return [*self.base, self.own[slug], self.released(whose)]

    def _released(self, slug: str | None) -> Source:
        """Return what was released of a chapter, or of all of them, as a source, when all of it was read."""
        if slug is None:
            return Source.merged(map(self.released, self.chapters))
        texts = [text for text, _ in self.releases[slug].texts]
        numbers = [key for key, record in self.releases[slug].records.items() if tracing.is_number(record)]
        return Source([*texts, *(text for key in numbers for text in tracing.words_of(key, slug, self._traced))])

    @functools.cached_property
    def _traced(self) -> tracing.Book:
        """What the numbers of pages are traced through, of which rows on each page tell."""
        return tracing.Book(
            list(claims.load_published().itertuples()),
            titles={slug: next(iter(_TITLE.findall(text)), slug) for slug, text in self.written.items()},
            records={slug: release.records for slug, release in self.releases.items()},
            parameters={slug: release.parameters for slug, release in self.releases.items()},
        )

    def _is_late(self, slug: str) -> bool:
        """Tell whether a chapter reads what the others pasted, of which counts are judged as they pasted them."""
        return "values_file" in self.chapters[slug]

    def unlike(self, slug: str, text: str):
        """Return which rule a text of a chapter breaks that is not made of what it pasted; either may be wrong."""
        self.faults[released.VALUES].append((f"/{slug}", DIFFERS))
        return self.rule_of(text)

    def rule_of(self, text: str, otherwise=UNSOURCED):
        """Return which rule a text without a source breaks besides."""
        return next(iter(self.broken(text)), otherwise)

    def _read(self, name: str, kinds: tuple[str, ...]) -> Iterator[Fault]:
        path, matches = self.offered / name, ((kind, form.fullmatch(name)) for kind, form in _KINDS.items())
        kind, slug = next(((kind, match.groupdict().get("slug")) for kind, match in matches if match), ("", None))
        if path.is_symlink() or (slug is not None and slug not in self.chapters):
            kind = ""
        if kind not in kinds:
            return
        try:
            data = path.read_bytes() if kind not in ("", "cohort") else b""
            yield from getattr(self, f"_{kind}")(name, data, slug) if kind else [("its name", LEFT)]
        except _BROKEN:
            yield "all of it", DIFFERS

    def _notebook(self, name: str, data: bytes, slug: str) -> Iterator[Fault]:
        return ((place, rule) for (_, place), rule in released.read_notebook(read_json(data), slug, self))

    def _values(self, name: str, data: bytes, _) -> Iterator[Fault]:
        content = read_json(data)
        told, self.values = downloads.tagless(self.data.banner()), content["values"]
        former = content["data"].removeprefix(told)  # what a preview says besides
        is_ours = set(content) == _VALUES and content["data"].startswith(told)
        self.data = self.data._replace(**{at: f"{getattr(self.data, at)}{former}".strip() for at in ("notice", "rule")})
        self.base.append(Source([former]))
        yield from [] if is_ours and self._is_of_run(content) else [("/values", DIFFERS)]
        yield from ((f"/{key}", rule) for key in ("data", "title") for rule in self.broken(content[key]))
        yield from released.read_values(content, self.releases)

    def _is_of_run(self, content: dict) -> bool:
        """Tell whether values that are offered are what was pasted in the run, where that is there."""
        run, late = self.html.parent, content[downloads.LATE]
        notebooks = [run / "notebooks" / f"{slug}.ipynb" for slug in late]
        if not all(path.is_file() for path in (run / "values.json", *notebooks)):
            return True
        values = json.loads((run / "values.json").read_text(encoding="utf-8"))
        pasted = [values, {path.stem: running.pasted(path) for path in notebooks}]
        return json.loads(downloads.tagless(json.dumps(pasted, ensure_ascii=False))) == [content["values"], late]

    def _frame(self, name: str, data: bytes, slug: str) -> Iterator[Fault]:
        stem = PurePosixPath(name).stem
        self.behind[stem] = data.decode()
        return released.read_csv(self.behind[stem], stem, self.releases[slug])

    @functools.cached_property
    def _made(self) -> dict[str, bytes]:
        """What a book offers that is made of what was released, by name."""
        shown, data = [], self.data
        for slug, release in sorted(self.releases.items()):
            policy = release.records.get("policy", {}).get("phrase", downloads.NO_POLICY)
            shown += sheets.read([html for html, _ in release.shown], slug, policy, data.note())
        return downloads.derived(shown, self.values, self.behind, (data.access, downloads.tagless(data.banner())))

    def _derived(self, name: str, data: bytes, _) -> list[Fault]:
        return _unless(self._made.get(PurePosixPath(name).name) == data)

    def _cohort(self, name: str, *_) -> list[Fault]:
        """Hold the tables of a synthetic cohort against those of its folder, on the disk, since they may be large."""
        tables = self.facts.tables
        return _unless(sheets.is_packed(tables, self.offered / name)) if tables else _unless(False, LEFT)

    def _theme(self, name: str, data: bytes, _) -> list[Fault]:
        return _unless(policy.is_of_the_theme(name.removeprefix("_static/"), data), LEFT)

    def _picture(self, name: str, data: bytes, slug: str) -> Iterator[Fault]:
        """Yield what a picture holds beside its dots: chunks that it need not have, and a note without a source."""
        chunks = list(downloads.chunks(data))
        kinds, notes = [kind for kind, _ in chunks], [note for kind, note in chunks if kind == _NOTE]
        words = [note.removeprefix(b"Description\0\0\0\0\0").decode(errors="replace") for note in notes]
        yield from self.unsourced((("its note", each) for each in words), self.of(slug))
        if set(kinds) - {*_CHUNKS, _NOTE}:
            yield "its chunks", DIFFERS
        if downloads.END not in kinds or kinds.index(downloads.END) + 1 < len(kinds):
            yield "its end", DIFFERS

    def _site(self, name: str, data: bytes, _) -> Iterator[Fault]:
        return self.unsourced([("all of it", data.decode())], self.base, numbers_alone=True)

    def _masked(self, text: str) -> tuple[str, list]:
        """Return the name of a file, or a place, without any part that tells something, and what such parts tell."""
        parts = [(part, self.broken(PurePosixPath(part).stem)) for part in text.split("/")]
        shown = ["…" + PurePosixPath(part).suffix if rules else part for part, rules in parts]
        return "/".join(shown), [rule for _, rules in parts for rule in rules]


def _unless(is_same: bool, rule=DIFFERS) -> list[Fault]:
    return [] if is_same else [("all of it", rule)]


def sought_in(facts: Known, there: Collection[str]) -> plain.Sought:
    """Return what is sought of the facts of a cohort in a book that has some chapters, beside its texts."""
    written = _written(facts.book)
    chapters = _without_absent(written, frozenset(written.keys() - there))
    return plain.Sought(facts, " ".join([*_texts(facts.book), *chapters.values()]))


def _written(book: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in book.glob("chapters/*.md")}


def _without_absent(written: dict[str, str], absent: frozenset[str]) -> dict[str, str]:
    return {slug: without_links(text, absent) for slug, text in written.items()}


def _texts(book: Path) -> list[str]:
    """Return what a book says whatever its cohort; references without accents too, and cells also one by one."""
    texts = {path: path.read_text(encoding="utf-8") for pattern in _TEXTS for path in sorted(book.glob(pattern))}
    cells = [cell for path, text in texts.items() if path.suffix == ".csv" for cell in re.split(r'[,"\n]+', text)]
    plain_ones = [_ACCENT.sub("", text.replace(r"{\o}", "ø")) for path, text in texts.items() if path.suffix == ".bib"]
    return [*texts.values(), *plain_ones, *cells]


_source = functools.lru_cache(64)(Source)  # one to which nothing is added


@functools.cache
def theme() -> Source:
    """Return what the theme, and the package itself, say on pages: texts of programs, and templates."""
    texts = [*policy.reviewed()["text"]]
    for path in (path for pattern in _THEME for path in _PACKAGE.glob(pattern)):
        text = path.read_text(encoding="utf-8")
        texts += [each for each in (strings(text) if path.suffix == ".py" else [text]) if not _CODE.fullmatch(each)]
    return Source(texts)
