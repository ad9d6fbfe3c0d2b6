"""``iibun ingest``, ``reingest``, ``watch``, ``load``: articles from the world into a store."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import IibunError

if TYPE_CHECKING:
    from iibun.ingestion import Written
    from ingest.read import Failure
    from kg.model import Article
    from kg.store import Store

_RAW = argparse.RawDescriptionHelpFormatter
_LINK_EACH = 200  #: up to so many new articles each is linked as it comes; beyond, the whole store is linked once


class WrongOption(IibunError):
    """An option's value that cannot be meant."""


def add_parsers(subparsers: Any) -> None:
    """Add ``ingest``, ``reingest``, ``watch`` and ``load``."""
    ingest = subparsers.add_parser(
        "ingest",
        help="read articles into the store",
        description="Read articles — text, Markdown, HTML, PDF, Word, e-mail, feeds, JSON Lines, CSV, WARC, MediaWiki\n"
        "dumps, folders of them, web addresses, standard input — and write what they say into the store.\n"
        "Articles that are there already, with the same text and extractor, are skipped: run it again after a stop.",
        epilog="examples:\n  iibun ingest data/articles\n  iibun ingest https://news.example.jp/a/1 report.pdf --jobs 2\n"
        "  cat article.txt | iibun ingest - --published 2025-11-03\n"
        "  iibun ingest archive.warc.gz --dask tcp://head:8786 --parts s3://bucket/parts",
        formatter_class=_RAW,
    )
    ingest.add_argument("sources", nargs="+", metavar="SOURCE", help="files, folders, web addresses, or -")
    _reading_options(ingest)
    ingest.add_argument("--title", help="the headline (for a single article)")
    ingest.add_argument("--url", help="the article's address (for a single article); its identity in the store")
    ingest.add_argument("--if-empty", action="store_true", help="do nothing if the store has articles")
    ingest.add_argument("--force", action="store_true", help="read again what is there unchanged")
    ingest.add_argument("--dask", metavar="ADDRESS", help="read on a Dask cluster, such as tcp://127.0.0.1:8786")
    ingest.add_argument(
        "--parts", metavar="URL", help="with --dask: write N-Quads parts to this folder or fsspec URL, not to a store"
    )
    _store_options(ingest)
    ingest.set_defaults(run=run_ingest)

    again = subparsers.add_parser(
        "reingest",
        help="read the store's articles again and show what changes",
        description="Read again the articles that a former version of the extractor read, and list which claims\n"
        "appear, disappear or move. Judgements are kept.",
        epilog="example: iibun reingest --dry-run",
        formatter_class=_RAW,
    )
    again.add_argument("articles", nargs="*", metavar="IRI", help="only these articles")
    again.add_argument("--all", action="store_true", help="also articles that this extractor has read")
    again.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    again.add_argument("--jobs", type=int, default=1, metavar="N", help="worker processes (default 1)")
    _store_options(again)
    again.set_defaults(run=run_reingest)

    watch = subparsers.add_parser(
        "watch",
        help="follow feeds and read what is new",
        description="Ask RSS and Atom feeds at intervals and read their new articles. What was read is remembered,\n"
        "servers are asked politely (conditional requests, robots.txt, one request a second, back-off).",
        epilog="example: iibun watch https://news.example.jp/rss.xml --every 30m",
        formatter_class=_RAW,
    )
    watch.add_argument("feeds", nargs="+", metavar="FEED", help="the feeds' web addresses")
    watch.add_argument("--every", default="30m", metavar="TIME", help="how often: 90s, 30m (default), 2h, 1d")
    watch.add_argument("--once", action="store_true", help="ask each feed once, then end")
    watch.add_argument("--state", type=Path, metavar="FILE", help="where what was read is remembered")
    watch.add_argument("--allow-private", action="store_true", help="also follow addresses of the local network")
    _store_options(watch)
    watch.set_defaults(run=run_watch)

    load = subparsers.add_parser(
        "load",
        help="load N-Quads parts into the store",
        description="Load parts that `iibun ingest --dask … --parts` wrote, each article's graph whole; twice is once.",
        epilog="example: iibun load parts/",
        formatter_class=_RAW,
    )
    load.add_argument("parts", nargs="+", metavar="PART", help=".nq or .nq.gz files, folders or fsspec URLs of them")
    _store_options(load)
    load.set_defaults(run=run_load)


def _reading_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--published", metavar="DATE", help="the day of publication, YYYY-MM-DD")
    parser.add_argument("--publisher", help="the outlet")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="worker processes (default 1)")
    parser.add_argument("--originals", type=Path, metavar="DIR", help="keep pages and files as read in this folder")
    parser.add_argument("--allow-private", action="store_true", help="also fetch from addresses of the local network")


def _store_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", metavar="STORE", help="a folder, or the URL of a SPARQL server (IIBUN_STORE)")
    parser.add_argument("--no-links", action="store_true", help="do not compare new claims with those in the store")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the result is printed")


@dataclass(slots=True)
class Tally:
    """What a run did, for its last lines and its exit code."""

    fates: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    skipped: int = 0
    last: str = ""
    characters: int = 0

    def add(self, written: Written) -> None:
        self.fates[written.fate] = self.fates.get(written.fate, 0) + 1
        self.last = written.article

    def fail(self, failure: Failure) -> None:
        if failure.skipped:
            self.skipped += 1
        else:
            self.failures.append(failure)

    def code(self) -> int:
        return 1 if self.failures else 0

    def show(self, format: str, seconds: float) -> None:
        """Print the result on standard output and the failures on standard error."""
        if format == "json":
            listed = [{"name": f.name, "error": str(f.error)} for f in self.failures]
            document = {"articles": self.fates, "skipped": self.skipped, "failed": listed, "seconds": round(seconds, 2)}
            print(json.dumps(document, ensure_ascii=False))
            return
        words = {"new": "read", "updated": "read again", "unchanged": "unchanged", "copy": "copies of others",
                 "near-copy": "near copies of others"}  # fmt: skip
        parts = [f"{self.fates[k]} {words[k]}" for k in words if k in self.fates]
        if self.skipped:
            parts.append(f"{self.skipped} passed over (no Japanese or no text)")
        if self.failures:
            parts.append(f"{len(self.failures)} failed")
        rate = f", {self.characters / seconds:,.0f} characters a second" if self.characters and seconds > 1 else ""
        print(f"Articles: {', '.join(parts) or 'none'} ({seconds:.1f} s{rate}).")
        for failure in self.failures[:50]:
            print(f"  failed: {failure.error}", file=sys.stderr)
        if len(self.failures) > 50:
            print(f"  and {len(self.failures) - 50} more; --format json lists all.", file=sys.stderr)


class Progress:
    """One line on standard error that tells how far a run is, its rate and the time left."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._start = self._last = time.monotonic()
        self._tty = sys.stderr.isatty()
        self._shown = False
        self.read = 0  # sources begun
        self.done = 0  # articles done
        self.characters = 0

    def step(self, characters: int = 0) -> None:
        self.done += 1
        self.characters += characters
        now = time.monotonic()
        if now - self._last < (0.5 if self._tty else 10.0):
            return
        self._last = now
        seconds = now - self._start
        line = f"{self.done:,} articles, {self.characters / seconds:,.0f} characters a second"
        if self._total and self._total > 1 and self.read:
            share = min(1.0, self.read / self._total)
            line += f", {share:.0%}, about {_span(seconds / share - seconds)} left"
        print(f"\r\x1b[K{line}" if self._tty else line, end="" if self._tty else "\n", file=sys.stderr, flush=True)
        self._shown = True

    def end(self) -> None:
        if self._tty and self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def run_ingest(args: argparse.Namespace) -> int:
    """``iibun ingest``: exit code 1 if any source failed, each failure listed."""
    from ingest.sources.metadata import exact_date
    from kg.errors import IibunError as Error

    if args.published:
        exact_date(args.published)
    if args.jobs < 1:
        raise WrongOption(f"--jobs {args.jobs} is not a number of processes; give 1 or more.")
    if args.parts and not args.dask:
        raise WrongOption("--parts goes with --dask ADDRESS; without it articles are written to --store.")
    if args.dask:
        from iibun.cluster import ingest_on_cluster

        return ingest_on_cluster(args)
    start = time.monotonic()
    tally = Tally()
    import kg.store

    with kg.store.open(args.store) as store:
        from iibun.ingestion import Writer

        writer = Writer(store)
        if args.if_empty and next(writer.articles(), None) is not None:
            print("The store has articles already; nothing was read.")
            return 0
        progress = Progress(_count(args.sources))
        linker = Linker(store, args.store, enabled=not args.no_links)
        try:
            _ingest(args, writer, linker, tally, progress)
        except Error as error:
            progress.end()
            tally.show(args.format, time.monotonic() - start)
            raise error from None
        progress.end()
        linker.finish()
    tally.show(args.format, time.monotonic() - start)
    return tally.code()


def _ingest(args: argparse.Namespace, writer: Any, linker: Linker, tally: Tally, progress: Progress) -> None:
    from ingest.batch import extract_many
    from ingest.harvest import extractor

    version = extractor()

    def needed() -> Iterator[Article]:
        for article in articles(args, tally.fail, progress):
            if not args.force and writer.is_done(article, version):
                tally.fates["unchanged"] = tally.fates.get("unchanged", 0) + 1
                continue
            held = writer.state(article)
            original = None if held and held["original"] is None else writer.copy_of(article)
            if original:
                tally.add(writer.write_copy(article, original, version))
                linker.add(tally.last)
                progress.step()
                continue
            yield article

    for report in extract_many(needed(), args.jobs, on_failure=tally.fail):
        tally.add(writer.write(report))
        linker.add(tally.last)
        tally.characters += len(report.article.text)
        progress.step(len(report.article.text))


def articles(
    args: argparse.Namespace, on_failure: Callable[[Failure], None], progress: Progress | None = None
) -> Iterator[Article]:
    """The articles of all sources that the command line names; failures are told, not raised."""
    from ingest.fetch import Fetcher
    from ingest.read import read

    fetcher = Fetcher(private=args.allow_private)
    for source in args.sources:
        inside = _files(source)
        for name in inside or [source]:
            if progress:
                progress.read += 1
            yield from read(
                name,
                published=args.published,
                publisher=args.publisher,
                title=getattr(args, "title", None),
                url=getattr(args, "url", None),
                originals=args.originals or originals_of(args.store),
                on_failure=on_failure,
                fetcher=fetcher,
            )


def _files(source: str) -> list[Path]:
    from ingest.read import files

    try:
        folder = Path(source)
        return list(files(folder)) if folder.is_dir() else []
    except (OSError, ValueError):
        return []


def _count(sources: list[str]) -> int:
    return sum(len(_files(source)) or 1 for source in sources)


def originals_of(store: str | None) -> Path | None:
    """Where pages and files are kept as read: beside the graph in a store's folder; nowhere for a remote store."""
    import os

    from kg.store import DEFAULT

    where = store or os.environ.get("IIBUN_STORE") or DEFAULT
    return None if where.startswith(("http://", "https://")) else Path(where) / "originals"


class Linker:
    """Compares the claims of new articles with those in the store, and re-checks judgements on them.

    Up to 200 articles each is linked as it comes; beyond, all are at the end. A file beside the store remembers that
    this is still to be done, so that a run that is killed before leaves it to the next.
    """

    def __init__(self, store: Store, where: str | None, *, enabled: bool = True) -> None:
        self._store = store
        self._enabled = enabled
        folder = originals_of(where)
        self._marker = folder.parent / "links-pending" if folder else None
        self._count = 0

    def add(self, article: str) -> None:
        """Link an article (its IRI) that was just written."""
        if not self._enabled:
            return
        self._count += 1
        if self._count > _LINK_EACH:
            if self._marker and self._count == _LINK_EACH + 1:
                self._marker.touch()
            return
        from kg.tracking import judgements, links

        links.link_new(self._store, article)
        judgements.refresh(self._store, article)

    def finish(self, *, everything: bool = False) -> None:
        """Link what was too much to be linked one by one, or ``everything`` (others wrote)."""
        pending = everything or (self._marker is not None and self._marker.exists())
        if not self._enabled or not (pending or self._count > _LINK_EACH):
            return
        from kg.tracking import current, links

        print("Comparing claims across all articles of the store …", file=sys.stderr)
        links.link_all(self._store)
        current.rebuild(self._store)
        if self._marker:
            self._marker.unlink(missing_ok=True)


def run_reingest(args: argparse.Namespace) -> int:
    """``iibun reingest``: what appears, disappears and moves; exit code 1 if an article could not be read."""
    import kg.store
    from iibun.ingestion import Writer, changes
    from ingest.batch import extract_many
    from ingest.harvest import extractor

    start = time.monotonic()
    tally = Tally()
    listed: list[dict[str, Any]] = []
    with kg.store.open(args.store) as store:
        writer = Writer(store)
        linker = Linker(store, args.store, enabled=not args.no_links)
        version = extractor()

        def old() -> Iterator[Article]:
            for iri in args.articles or writer.articles():
                article = writer.article(iri)
                if article is None:
                    raise WrongOption(f"There is no article {iri} in the store; `iibun status` counts them.")
                held = writer.state(article) or {}
                if held.get("original") and not args.articles:
                    continue
                if args.all or args.articles or held.get("extractor") != version:
                    yield article

        for report in extract_many(old(), args.jobs, on_failure=tally.fail):
            found = changes(store, report)
            listed += [
                {
                    "article": report.article.title or report.article.key,
                    "change": c.change,
                    "claim": c.claim,
                    "text": c.text,
                }
                for c in found
            ]
            if args.dry_run:
                tally.fates["updated"] = tally.fates.get("updated", 0) + 1
            else:
                tally.add(writer.write(report))
                linker.add(tally.last)
        linker.finish()
    if args.format == "json":
        print(json.dumps({"dry_run": args.dry_run, "articles": tally.fates, "changes": listed}, ensure_ascii=False))
        return tally.code()
    for row in listed:
        print(f"{row['change']:<11} {row['article'][:30]}: {row['text'][:120]}")
    if not listed:
        print("No claim changes.")
    tally.show("text", time.monotonic() - start)
    return tally.code()


def seconds_of(text: str) -> float:
    """``90s``, ``30m``, ``2h``, ``1d`` as seconds.

    Raises:
        WrongOption: if it is none of these, or under 10 seconds.
    """
    import re

    match = re.fullmatch(r"(\d{1,5})([smhd])", text.strip())
    found = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]] if match else 0
    if found < 10:
        raise WrongOption(f"--every {text[:20]!r} is no interval of 10 seconds or more; write 90s, 30m, 2h or 1d.")
    return float(found)


def run_watch(args: argparse.Namespace) -> int:
    """``iibun watch``: until it is stopped, or once; exit code 1 if a feed failed with ``--once``."""
    import kg.store
    from iibun.ingestion import Writer
    from ingest.batch import extract_chunk
    from ingest.fetch import Fetcher
    from ingest.watch import State, Watcher

    every = seconds_of(args.every)
    state_file = args.state or _state_file(args.store)
    fetcher = Fetcher(private=args.allow_private)
    watcher = Watcher(args.feeds, State.load(state_file), fetcher, every=every, originals=originals_of(args.store))
    tally = Tally()
    start = time.monotonic()
    with kg.store.open(args.store) as store:
        writer = Writer(store)
        for found in watcher.articles(
            once=args.once, on_failure=tally.fail if args.once else lambda f: _tell(f, tally)
        ):
            outcome = extract_chunk([found.article])[0]
            if outcome.report is None:
                print(f"failed: {outcome.error}", file=sys.stderr)
            else:
                written = writer.write(outcome.report)
                tally.add(written)
                Linker(store, args.store, enabled=not args.no_links).add(written.article)
                if args.format == "text":
                    print(f"{written.fate}: {found.article.title or found.article.url}", flush=True)
            found.done()  # only now: a stop before this line reads the article again
    if args.once:
        tally.show(args.format, time.monotonic() - start)
    return tally.code()


def _tell(failure: Failure, tally: Tally) -> None:
    tally.fail(failure)
    if not failure.skipped:
        print(f"failed: {failure.error}", file=sys.stderr)


def _state_file(store: str | None) -> Path:
    folder = originals_of(store)
    return folder.parent / "watch.json" if folder else Path("iibun-watch.json")


def run_load(args: argparse.Namespace) -> int:
    """``iibun load``: exit code 1 if a part could not be loaded."""
    import kg.store
    from iibun.cluster import load_parts

    start = time.monotonic()
    with kg.store.open(args.store) as store:
        graphs, failed = load_parts(store, args.parts)
        linker = Linker(store, args.store, enabled=not args.no_links)
        for graph in graphs:
            linker.add(graph)
        linker.finish()
    if args.format == "json":
        print(json.dumps({"articles": len(graphs), "failed": failed}, ensure_ascii=False))
    else:
        print(f"Articles: {len(graphs)} loaded ({time.monotonic() - start:.1f} s).")
        for line in failed:
            print(f"  failed: {line}", file=sys.stderr)
    return 1 if failed else 0
