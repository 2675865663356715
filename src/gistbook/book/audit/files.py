"""The files of a book: which there may be, and who reads each; every other file is a finding."""

import functools
import itertools
import json
import re
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from gistbook.book import bundle, claims, downloads, publish, results, sheets
from gistbook.book.audit import counts, pages, plain, policy, released
from gistbook.book.audit.findings import DIFFERS, LEFT, UNSOURCED, Fault, Known, Leak, Rule
from gistbook.book.audit.released import Release
from gistbook.book.audit.words import Source, is_sourced, normal, read_json, strings
from gistbook.book.chapters import without_links

_PACKAGE = Path(__file__).parents[2]
_THEME = ("book/**/*.py", "display/**/*.py", "conventions.py", "schemas.py", "analysis/disclosure/*.py",
          "book/theme/**/*.html", "book/comparison/**/*.j2", "display/*.html")  # fmt: skip
_TEXTS = ("_toc.yml", "_config.yml", "references.bib", "CITATION.cff", "data/*.csv", "tests/reference/*.txt")
"""What the theme says, and the book whatever its cohort."""

_KINDS = {
    "page": re.compile(r"index\.html|search\.html|genindex\.html|chapters/(?P<slug>\w+)\.html"),
    "index": re.compile(r"searchindex\.js"),
    "searchtexts": re.compile(r"_static/searchtexts\.js"),
    "theme": re.compile(r"_static/(?P<name>[\w./-]+)"),
    "notebook": re.compile(r"downloads/(?P<slug>\w+)\.ipynb"),
    "values": re.compile(r"downloads/values\.json"),
    "table": re.compile(r"downloads/(?P<slug>\w+)-table-(?P<number>\d{1,3})\.csv"),
    "workbook": re.compile(r"downloads/tables\.xlsx"),
    "results": re.compile(r"downloads/results\.(?:csv|json)"),
    "cohort": re.compile(rf"downloads/{re.escape(bundle.NAME)}"),
    "frame": re.compile(r"downloads/(?P<slug>\w+)-(?P<key>\w+)(?:-(?P<name>\w+))?\.csv"),
    "drawing": re.compile(r"downloads/(?P<slug>\w+)-\w+\.svg"),
    "picture": re.compile(r"downloads/(?P<slug>\w+)-\w+\.png"),
    "site": re.compile(r"\.nojekyll|sitemap\.xml|robots\.txt"),
}
"""The kinds of files, by their names; the first that fits."""

_COMPOUND, _ACCENT = re.compile(r"\w+[_-][\w-]+"), re.compile(r"\\[\"'`^~=.](?=\w|\{)|\\emph|[{}]")
_CODE = re.compile(r"[a-z]{1,3}[-_]?\d{1,2}", re.IGNORECASE)
"""A text of the package that could be an identifier as well, such as the name of an element."""

_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_PNG, _CHUNKS, _NOTE = b"\x89PNG\r\n\x1a\n", {b"IHDR", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"gAMA"}, b"iTXt"


class Book:
    """A built book that is read: its folder, the facts of its cohort, its sources, and what its chapters released.

    `base` is what the theme and the book say whatever the cohort, `own` each chapter as in the repository, `seen` what
    pages show; `broken` gives the rules that a text breaks, which it looks for once.
    """

    def __init__(self, html: Path, facts: Known):
        self.html, self.facts, self.names, self.seen, self.texts = html, facts, [], {}, {}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.has_run = (html.parent / "notebooks").is_dir()
        written = {path.stem: path.read_text(encoding="utf-8") for path in facts.book.glob("chapters/*.md")}
        absent = {slug for slug in written if not (html / "chapters" / f"{slug}.html").is_file()}
        self.chapters = {slug: without_links(text, absent) for slug, text in written.items()}
        texts = _texts(facts.book, _TEXTS)
        titles = [title for text in self.chapters.values() for title in _TITLE.findall(text)]
        self.base = [
            _theme(),
            _source(*texts, *titles, *facts.own),
            Source([publish.address(facts.book), facts.banner]),
        ]
        self.own = {
            slug: _source(released.plain_text(text), released.as_written(text), *_COMPOUND.findall(text))
            for slug, text in self.chapters.items()
        }
        self.releases = {slug: released.nothing() for slug in self.chapters}
        self.sources: dict[str, Source] = {}
        self.merged: dict[str | None, Source] = {}
        self.sheets: dict[tuple[str, int], sheets.Sheet] = {}
        self.banner, self.values, self.behind = "", {}, {}
        self.sought = plain.ready(facts, " ".join([*texts, *self.chapters.values()]))
        self.broken = functools.cache(lambda text, is_label=False: [*plain.broken(text, self.sought, is_label)])

    def leaks(self) -> Iterator[Leak]:
        """Yield what should not be there, file by file: in what was released, then in what is made of it."""
        paths = [path for path in self.html.rglob("*") if path.is_symlink() or not path.is_dir()]
        self.names.extend(sorted(path.relative_to(self.html).as_posix() for path in paths))
        for kinds in (
            ("notebook", "values", "frame"),
            ("page", "theme", "table", "cohort", "drawing", "picture", "site", ""),
            ("index", "searchtexts", "workbook", "results"),
        ):
            for name in self.names:
                self.faults[name].extend(self._read(name, kinds))
            for slug in self.releases if "frame" in kinds else ():
                self._reconcile(slug)
        for slug, release in self.releases.items():
            others = ((place, released.plain_text(text)) for text, place in release.others)
            self.faults[f"downloads/{slug}.ipynb"].extend(self.unsourced(others, self.of(slug)))
        for name in sorted(self.faults):
            shown, hidden = self._masked(name)
            faults = [*self.faults[name], *(("its name", rule) for rule in hidden)]
            yield from (Leak(shown, self._masked(place)[0], *rule) for place, rule in dict.fromkeys(faults))

    def unsourced(
        self, texts: Iterable[tuple[str, str]], sources: list[Source], numbers_alone: bool = False
    ) -> Iterator[Fault]:
        """Yield the places of those texts that are not made of sources, and the rules that they break."""
        for place, text in texts:
            if not is_sourced(text, sources, numbers_alone):
                yield place, self.rule_of(text)

    def _reconcile(self, slug: str) -> None:
        """Add what was released in one place, and not as in another; then all that a page may be made of is read."""
        release, faults = self.releases[slug], self.faults
        notebook = faults[f"downloads/{slug}.ipynb"]
        notebook.extend(self._run(slug))
        self.sources[slug] = Source(release.strings())
        notebook.extend(counts.unlike(release, self.facts.allowed.coarsens))
        for key in released.unspoken(release):
            faults["downloads/values.json"].append((f"/values/{slug}/{key}", DIFFERS))
        for stem in counts.unread(release):
            faults[f"downloads/{stem}.csv"].append(("its times", DIFFERS))
        for stem, frame in release.frames.items():
            sources = [*self.base, self.own[slug], self.sources[slug]]
            faults[f"downloads/{stem}.csv"].extend(self.unsourced([("its notes", frame.caption)], sources))

    def of(self, slug: str | None) -> list[Source]:
        """Return what a page of a chapter may be made of; one that reads the others, of what they released too."""
        if slug not in self.merged:
            reads_all = slug is None or "values_file" in self.chapters[slug]
            slugs = self.chapters if reads_all else [slug]
            own = self.chapters if slug is None else [slug]
            sources = [*self.base, *(self.own[each] for each in own), *(self.sources[each] for each in slugs)]
            self.merged[slug] = Source.merged(sources)
        return [self.merged[slug]]

    def tags(self, name: str) -> set[str]:
        """Return the elements that a chapter itself writes, by the name of its page."""
        return set(re.findall(r"<([a-z][a-z0-9-]*)", self.chapters.get(PurePosixPath(name).stem, ""), re.IGNORECASE))

    def rule_of(self, text: str, otherwise: Rule = UNSOURCED) -> Rule:
        """Return which rule a text without a source breaks besides."""
        return next(iter(self.broken(text)), otherwise)

    def _read(self, name: str, kinds: tuple[str, ...]) -> Iterator[Fault]:
        kind, match = next(
            ((kind, match) for kind, form in _KINDS.items() if (match := form.fullmatch(name))), ("", None)
        )
        slug = (match.groupdict() if match else {}).get("slug")
        path = self.html / name
        if path.is_symlink() or (slug is not None and slug not in self.chapters):
            kind = ""
        if kind not in kinds:
            return
        try:
            yield from getattr(self, f"_{kind}")(name, path.read_bytes(), slug) if kind else [("its name", LEFT)]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error):
            yield "all of it", DIFFERS

    def _take(self, release: Release, slug: str) -> Iterator[Fault]:
        """Hold what one file has released against the policy and against what is sought, and keep it."""
        for text, place, is_label in release.texts:
            passes = slug in self.facts.others and normal(text) in self.sought.book
            yield from ((place, rule) for rule in self.broken(text, is_label) if not passes)
        for text, place in release.others:
            yield from ((place, rule) for rule in self.broken(text))
        for table in (*release.tables, *release.frames.values()):
            yield from ((table.place, rule) for rule in plain.of_rows(table.names, table.rows, self.sought))
        if self.facts.allowed.coarsens and slug not in self.facts.others:
            yield from counts.forbidden(release, self.facts.allowed, self.sought.labels)
        for mine, theirs in zip(self.releases[slug], release, strict=True):
            mine.update(theirs) if isinstance(mine, dict) else mine.extend(theirs)

    def _notebook(self, name: str, data: bytes, slug: str) -> Iterator[Fault]:
        release = released.nothing()
        yield from released.read_notebook(read_json(data), self.chapters[slug], release)
        yield from self._take(release, slug)

    def _run(self, slug: str) -> Iterator[Fault]:
        """Read what the chapter pasted, as its run has it, where the run is there; all of it, if nothing is offered."""
        path, release = self.html.parent / "notebooks" / f"{slug}.ipynb", released.nothing()
        if path.is_file():
            notebook = json.loads(path.read_text(encoding="utf-8"))
            released.read_records(notebook, release)
            if not (self.html / "downloads").exists():
                published = {**notebook, "metadata": {}}
                yield from released.read_notebook(published, self.chapters[slug], release)
            # Counts are judged as values.json offers them; a chapter that reads the others pastes numbers of its own.
            records = dict(release.records)
            release.records.clear()
            yield from self._take(release, slug)
            self.releases[slug].records.update(records)

    def _values(self, name: str, data: bytes, _) -> Iterator[Fault]:
        content, each = read_json(data), {slug: released.nothing() for slug in self.chapters}
        yield from released.read_values(content, self.html.parent, each)
        self.base[-1].add(content["data"])
        self.banner, self.values = content["data"], content["values"]
        about = [(content[key], f"/{key}", False) for key in ("data", "title")]
        for slug, release in each.items():
            release.texts.extend(about)
            yield from self._take(release, slug)

    def _frame(self, name: str, data: bytes, slug: str) -> Iterator[Fault]:
        release, key = released.nothing(), _KINDS["frame"].fullmatch(name)
        self.behind[PurePosixPath(name).stem] = data.decode()
        yield from released.read_csv(data.decode(), PurePosixPath(name).stem, release)
        yield from released.unlike_run(self.html.parent, (slug, key["key"], key["name"]), data.decode())
        yield from self._take(release, slug)

    def _table(self, name: str, data: bytes, slug: str) -> Iterator[Fault]:
        """Yield where the CSV of a table is not what the chapter has shown, and notes that it may not have."""
        number, text = int(_KINDS["table"].fullmatch(name)["number"]), data.decode()
        sheet = released.as_sheet(self.releases, (slug, number), text)
        if sheet is None:
            yield "its name", LEFT
            return
        self.sheets[slug, number] = sheet
        yield from self.unsourced([("its notes", note) for note in sheet.notes], self.of(slug))
        if text != sheets.as_csv(sheet):
            pairs = itertools.zip_longest(text.split("\n"), sheets.as_csv(sheet).split("\n"))
            yield from ((f"line {n}", DIFFERS) for n, (mine, theirs) in enumerate(pairs, start=1) if mine != theirs)

    def _workbook(self, name: str, data: bytes, _) -> Iterator[Fault]:
        """Yield that the workbook is not, byte for byte, that of the tables whose CSV was read."""
        if data != sheets.workbook([self.sheets[key] for key in sorted(self.sheets)], self.banner):
            yield "all of it", DIFFERS

    def _results(self, name: str, data: bytes, _) -> Iterator[Fault]:
        """Yield that the table of results is not, byte for byte, that of what was pasted and of the frames."""
        rows = results.rows(self.values, self.behind, self.facts.access, self.banner)
        if data.decode() not in (results.as_csv(rows), downloads.tagless(results.as_json(rows))):
            yield "all of it", DIFFERS

    def _cohort(self, name: str, data: bytes, _) -> Iterator[Fault]:
        """Yield that tables of patients are not, byte for byte, those of the synthetic cohort of the book."""
        if not self.facts.tables:
            yield "all of it", LEFT
        elif data != self.facts.tables:
            yield "all of it", DIFFERS

    def _page(self, name: str, data: bytes, slug: str | None) -> Iterator[Fault]:
        release = self.releases[slug] if slug else released.nothing()
        yield from pages.read_page(name, data.decode(), self, release, self.of(slug))

    def _index(self, name: str, data: bytes, _) -> Iterator[Fault]:
        yield from pages.read_index(data.decode(), self)

    def _searchtexts(self, name: str, data: bytes, _) -> Iterator[Fault]:
        yield from pages.read_texts(data.decode(), self)

    def _theme(self, name: str, data: bytes, _) -> Iterator[Fault]:
        if not policy.is_of_the_theme(name.removeprefix("_static/"), data):
            yield "all of it", LEFT

    def _drawing(self, name: str, data: bytes, slug: str) -> Iterator[Fault]:
        yield from pages.read_drawing(data.decode(), self.releases[slug], self, self.of(slug))

    def _picture(self, name: str, data: bytes, slug: str) -> Iterator[Fault]:
        """Yield what a picture holds beside its dots: chunks that it need not have, and a note without a source."""
        start, kind = len(_PNG), b""
        while data.startswith(_PNG) and kind != b"IEND" and start + 12 <= len(data):
            (length,), kind = struct.unpack(">I", data[start : start + 4]), data[start + 4 : start + 8]
            body = data[start + 8 : start + 8 + length].removeprefix(b"Description\0\0\0\0\0")
            note = body.decode(errors="replace") if kind == _NOTE else ""
            yield from self.unsourced([("its note", note)], self.of(slug))
            if kind not in {*_CHUNKS, _NOTE}:
                yield "its chunks", DIFFERS
            start += 12 + length
        if kind != b"IEND" or start != len(data):
            yield "its end", DIFFERS

    def _site(self, name: str, data: bytes, _) -> Iterator[Fault]:
        yield from self.unsourced([("all of it", data.decode())], self.base, numbers_alone=True)

    def _masked(self, text: str) -> tuple[str, list[Rule]]:
        """Return the name of a file, or a place, without any part that tells something, and what such parts tell."""
        parts = [(part, self.broken(PurePosixPath(part).stem, True)) for part in text.split("/")]
        shown = ["…" + PurePosixPath(part).suffix if rules else part for part, rules in parts]
        return "/".join(shown), [rule for _, rules in parts for rule in rules]


def _texts(folder: Path, patterns: tuple[str, ...]) -> list[str]:
    """Return the texts of some files; accents of references as letters without them, and cells also one by one."""
    texts = {path: path.read_text(encoding="utf-8") for pattern in patterns for path in sorted(folder.glob(pattern))}
    cells = [cell for path, text in texts.items() if path.suffix == ".csv" for cell in re.split(r'[,"\n]+', text)]
    plain_ones = [_ACCENT.sub("", text.replace(r"{\o}", "ø")) for path, text in texts.items() if path.suffix == ".bib"]
    return [*texts.values(), *plain_ones, *cells]


@functools.lru_cache(64)
def _source(*texts: str) -> Source:
    """Return texts as a source, to which nothing is added."""
    return Source(texts)


@functools.cache
def _theme() -> Source:
    """Return what the theme, and the package itself, say on pages: texts of programs, and templates."""
    return Source([*policy.reviewed().text, *_phrases()])


def _phrases() -> Iterator[str]:
    for claim in claims.load_published().itertuples():
        yield from (f"{claim.published} in the abstract of the paper", f"{claim.published} months in the abstract")
        yield f"own patients {claim.denominator} in all"
    for path in (path for pattern in _THEME for path in sorted(_PACKAGE.glob(pattern))):
        text = path.read_text(encoding="utf-8")
        yield from (each for each in (strings(text) if path.suffix == ".py" else [text]) if not _CODE.fullmatch(each))
