"""``iibun ingest``, ``reingest`` and ``watch``: extract articles and write them into a store."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iibun.cli import options, second
from iibun.cli.sources import articles, count
from iibun.cli.tally import Progress, Tally
from iibun.i18n import telling
from kg.errors import IibunError, UsageError

if TYPE_CHECKING:
    from iibun.archive.linker import Linker
    from iibun.archive.writer import Writer, Written
    from ingest.read import Failure
    from ingest.second.reading import Second
    from kg.model import Article
    from kg.store import Store


def add_parsers(subparsers: Any) -> None:
    """Add ``ingest``, ``reingest`` and ``watch``."""
    for add in (
        _add_ingest, _add_reingest, _add_watch,
    ):  # fmt: skip
        add(subparsers)


def _add_ingest(subparsers: Any) -> None:
    ingest = subparsers.add_parser(
        "ingest",
        help="read articles into the store",
        description="Read articles — text, Markdown, HTML, PDF, Word, e-mail, feeds, JSON Lines, CSV, WARC, MediaWiki\n"
        "dumps, ZIP archives and folders of them, web addresses, standard input — and write what they say into the store.\n"
        "Articles that are there already, with the same text and extractor, are skipped: run it again after a stop.",
        epilog="examples:\n  iibun ingest --samples\n  iibun ingest https://news.example.jp/a/1 report.pdf --jobs 2\n"
        "  cat article.txt | iibun ingest - --published 2025-11-03\n"
        "  iibun ingest archive.warc.gz --dask tcp://head:8786 --parts s3://bucket/parts",
    )
    ingest.add_argument("sources", nargs="*", metavar="SOURCE", help="files, folders, web addresses, or -")
    _reading_options(ingest)
    ingest.add_argument("--title", help="the headline (for a single article)")
    ingest.add_argument(
        "--url", type=options.address, help="the article's address (for a single article); its identity in the store"
    )
    ingest.add_argument(
        "--samples",
        action="store_true",
        help="the sample articles that come with Iibun, with verdicts on their predictions",
    )
    ingest.add_argument("--if-empty", action="store_true", help="do nothing if the store has articles")
    ingest.add_argument("--force", action="store_true", help="read again what is there unchanged")
    ingest.add_argument("--dask", metavar="ADDRESS", help="read on a Dask cluster, such as tcp://127.0.0.1:8786")
    ingest.add_argument(
        "--parts", metavar="URL", help="with --dask: write N-Quads parts to this folder or fsspec URL, not to a store"
    )
    options.store(ingest)
    options.links(ingest)
    options.format(ingest)
    ingest.set_defaults(run=run_ingest)


def _add_reingest(subparsers: Any) -> None:
    again = subparsers.add_parser(
        "reingest",
        help="read the store's articles again and show what changes",
        description="Read again the articles that a former version of the extractor read, and list which claims\n"
        "appear, disappear or move; and articles whose date was corrected since. Judgements are kept.",
        epilog="example: iibun reingest --dry-run",
    )
    again.add_argument("articles", nargs="*", metavar="IRI", help="only these articles")
    again.add_argument("--all", action="store_true", help="also articles that this extractor has read")
    again.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    options.jobs(again)
    options.readers(again)
    options.store(again)
    options.links(again)
    options.format(again)
    again.set_defaults(run=run_reingest)


def _add_watch(subparsers: Any) -> None:
    watch = subparsers.add_parser(
        "watch",
        help="follow feeds and read what is new",
        description="Ask RSS and Atom feeds at intervals and read their new articles. What was read is remembered,\n"
        "servers are asked politely (conditional requests, robots.txt, one request a second, back-off).",
        epilog="example: iibun watch https://news.example.jp/rss.xml --every 30m",
    )
    watch.add_argument("feeds", nargs="+", type=options.address, metavar="FEED", help="the feeds' web addresses")
    watch.add_argument(
        "--every", type=options.interval, default="30m", metavar="TIME", help="how often: 90s, 30m (default), 2h, 1d"
    )
    watch.add_argument("--once", action="store_true", help="ask each feed once, then end")
    watch.add_argument("--state", type=options.path, metavar="FILE", help="where what was read is remembered")
    watch.add_argument("--allow-private", action="store_true", help="also follow addresses of the local network")
    options.store(watch)
    options.links(watch)
    options.format(watch)
    watch.set_defaults(run=run_watch)


def _reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``ingest`` that say how sources are read."""
    options.published(parser)
    parser.add_argument("--publisher", help="the outlet")
    options.jobs(parser)
    options.readers(parser)
    parser.add_argument(
        "--originals", type=options.path, metavar="DIR", help="keep pages and files as read in this folder"
    )
    parser.add_argument("--allow-private", action="store_true", help="also fetch from addresses of the local network")


def run_ingest(args: argparse.Namespace) -> int:
    """Run ``iibun ingest``; exit code 1 if a source failed or something was left out of an article."""
    _choose_sources(args)
    if args.parts and not args.dask:
        raise UsageError("--parts goes with --dask ADDRESS; without it articles are written to --store.")
    if (args.url or args.title) and (files := count(args.sources)) > 1:
        raise UsageError(f"--url and --title are of one article, and here are {files} files: give one of them.")
    if args.dask:
        if args.reader != "local":
            raise UsageError(f"--reader {args.reader} does not go with --dask: workers read with our own reader alone.")
        from iibun.cli.commands.cluster import ingest_on_cluster

        return ingest_on_cluster(args)
    start = time.monotonic()
    tally = Tally()
    llm = second.chosen(args.reader, "iibun ingest")
    import kg.store
    from iibun.archive.linker import Linker
    from iibun.archive.writer import Writer

    with kg.store.open(args.store) as store:
        writer = Writer(store)
        if args.if_empty and next(writer.articles(), None) is not None:
            print(telling.t("has-articles"))
            return 0
        progress = Progress(count(args.sources))
        linker = Linker(store, options.folder_of(args.store), enabled=not args.no_links)
        try:
            _ingest(args, writer, linker, tally, progress, llm)
        except IibunError as error:
            progress.end()
            tally.show(args.format, time.monotonic() - start)
            raise error from None
        progress.end()
        linker.finish()
        if args.samples:
            from iibun.archive import samples

            tally.samples = samples.judge(store)
    tally.show(args.format, time.monotonic() - start)
    return tally.code()


def _choose_sources(args: argparse.Namespace) -> None:
    """With ``--samples``, name their folder as the source.

    Raises:
        UsageError: if there are no sources, or something is given that does not go with samples.
    """
    if not args.samples:
        if not args.sources:
            raise UsageError("Name what to read: files, folders, web addresses, or -; or give --samples.")
        return
    if args.sources:
        raise UsageError(f"Give sources or --samples, not both: {args.sources[0]!r} is a source.")
    if args.reader != "local":
        raise UsageError("--samples does not go with --reader: the samples come as they are.")
    for name in ("published", "publisher", "title", "url", "dask"):
        if getattr(args, name) is not None:
            raise UsageError(f"--samples does not go with --{name}: the samples come as they are.")
    from iibun.archive import samples

    args.sources = [str(samples.folder())]


def _ingest(
    args: argparse.Namespace, writer: Writer, linker: Linker, tally: Tally, progress: Progress, llm: Second | None
) -> None:
    """Extract and write the articles that the store does not have yet; duplicates are written without extraction."""
    from iibun.archive import samples
    from iibun.archive.inflow import Inflow
    from ingest.second.reading import extractor, read_many

    version = extractor(llm)

    def done(written: Written, characters: int) -> None:
        tally.add(written)
        tally.characters += characters
        progress.step()

    inflow = Inflow(writer, linker, done)

    def needed() -> Iterator[Article]:
        for given in articles(args, tally.fail, progress):
            article = writer.known(given)
            if given.published and given.published != article.published:
                name = article.title or article.url or article.key
                telling.tell(telling.t("date-corrected", name=name, day=article.published))
            if not args.force and writer.is_done(article, version):
                tally.fates["unchanged"] += 1
                continue
            held = writer.state(article)
            original = None if held and held["original"] is None else writer.copy_of(article)
            if original:
                inflow.add_copy(article, original, version)
                continue
            if args.samples and (shipped := samples.report(article)):
                inflow.add(shipped)
                continue
            progress.expected += len(article.text)
            yield article

    with inflow:
        reports = read_many(needed(), llm, args.jobs, on_failure=tally.fail, on_read=progress.read)
        for report in reports:
            tally.cost.add(report.second)
            inflow.add(report)


def run_reingest(args: argparse.Namespace) -> int:
    """Run ``iibun reingest``; exit code 1 if an article failed or something was left out of one."""
    import kg.store
    from iibun.archive.inflow import Inflow
    from iibun.archive.linker import Linker
    from iibun.archive.reread import changes, stale
    from iibun.archive.writer import Writer
    from ingest.second.reading import extractor, read_many

    start = time.monotonic()
    tally = Tally()
    llm = second.chosen(args.reader, "iibun reingest")
    listed: list[dict[str, Any]] = []
    with kg.store.open(args.store, create=False) as store:
        writer = Writer(store)
        linker = Linker(store, options.folder_of(args.store), enabled=not args.no_links)
        old = stale(writer, extractor(llm), args.articles, every=args.all)
        with Inflow(writer, linker, lambda written, _: tally.add(written)) as inflow:
            for report in read_many(old, llm, args.jobs, on_failure=tally.fail):
                tally.cost.add(report.second)
                listed += [
                    {
                        "article": report.article.title or report.article.key,
                        "change": c.change,
                        "claim": c.claim,
                        "text": c.text,
                    }
                    for c in changes(store, report)
                ]
                if args.dry_run:
                    tally.fates["updated"] += 1
                else:
                    inflow.add(report)
        linker.finish()
    if args.format == "json":
        telling.show_json({"dry_run": args.dry_run, "articles": tally.fates, "changes": listed})
        return tally.code()
    for row in listed:
        change = telling.padded(telling.t(f"change-{row['change']}"), 11)
        telling.say(f"{change} {row['article'][:30]}: {row['text'][:120]}")
    if not listed:
        telling.say(telling.t("no-claim-changes"))
    tally.show("text", time.monotonic() - start)
    return tally.code()


def read_again(store: Store, name: str | None, articles: list[str]) -> Tally:
    """Extract articles of a store again with their present dates, and return what happened to them.

    Args:
        store: where they are.
        name: the store as given by ``--store``; None for the default.
        articles: their IRIs; those that the store does not have are skipped.
    """
    from iibun.archive.inflow import Inflow
    from iibun.archive.linker import Linker
    from iibun.archive.writer import Writer
    from ingest.batch import extract_many

    writer, tally = Writer(store), Tally()
    linker = Linker(store, options.folder_of(name))
    with Inflow(writer, linker, lambda written, _: tally.add(written)) as inflow:
        for report in extract_many((a for iri in articles if (a := writer.article(iri))), 1, on_failure=tally.fail):
            inflow.add(report)
    linker.finish()
    return tally


def run_watch(args: argparse.Namespace) -> int:
    """Run ``iibun watch`` until it is stopped, or one time; with ``--once``, exit code 1 if a feed failed."""
    import kg.store
    from iibun.archive.linker import Linker
    from iibun.archive.writer import Writer
    from ingest.batch import ExtractionError, extract_chunk
    from ingest.fetch import Fetcher
    from ingest.read import Failure
    from ingest.watch import State, Watcher
    from kg.rdf import article_iri

    state_file = args.state or _state_file(args.store)
    fetcher = Fetcher(private=args.allow_private)
    watcher = Watcher(
        args.feeds, State.load(state_file), fetcher, every=args.every, originals=options.originals_of(args.store)
    )
    tally = Tally()
    start = time.monotonic()
    with kg.store.open(args.store) as store:
        writer = Writer(store)
        linker = Linker(store, options.folder_of(args.store), enabled=not args.no_links)
        failed = tally.fail if args.once else lambda f: _tell(f, tally)
        for found in watcher.articles(once=args.once, on_failure=failed):
            outcome = extract_chunk([writer.known(found.article)])[0]
            if outcome.report is None:
                failed(Failure(found.article.source or "", ExtractionError(outcome.error or "unknown")))
            else:
                linker.expect(article_iri(found.article))
                written = writer.write(outcome.report)
                tally.add(written)
                linker.add(written.article)
                if args.format == "text":
                    telling.say(f"{telling.t(f'watched-{written.fate}')}: {found.article.title or found.article.url}")
                    for line in () if args.once else written.dropped:
                        telling.tell(
                            telling.t("left-out", why=telling.t("of-article", what=line, article=written.article))
                        )
            found.done()  # marks it as read; after a stop before this line, the article is read again
        linker.finish()
    if args.once:
        tally.show(args.format, time.monotonic() - start)
    return tally.code()


def _tell(failure: Failure, tally: Tally) -> None:
    """Count a failure and print it at once, since ``watch`` may run for days."""
    tally.fail(failure)
    if not failure.skipped:
        telling.tell(telling.t("failed", why=telling.explain(failure.error)))


def _state_file(store: str | None) -> Path:
    """Where ``watch`` keeps what it has read: in the store's folder, or for a remote store in the working directory."""
    folder = options.folder_of(store)
    return folder / "watch.json" if folder else Path("iibun-watch.json")
