"""``iibun ingest --dask``: articles from the world, read on a Dask cluster."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from typing import Any

from iibun.cli.options import folder_of
from iibun.cli.sources import articles
from iibun.cli.tally import Progress, Tally
from kg import environment
from kg.model import Article


def ingest_on_cluster(args: argparse.Namespace) -> int:
    """Run ``iibun ingest --dask`` and return its exit code: 1 if any source failed."""
    import kg.store
    from iibun.archive.inflow import Inflow
    from iibun.archive.linker import Linker
    from iibun.archive.writer import Writer
    from iibun.batch.cluster import ToParts, ToQuads, ToStore
    from ingest.batch import CHUNK, chunks
    from ingest.cluster import map_chunks
    from ingest.version import extractor

    start = time.monotonic()
    tally, progress = Tally(), Progress(None)
    found = articles(args, tally.fail, progress)
    if args.parts:
        for group, result, error in map_chunks(
            _without_parts(found, args.parts, tally, args.force), args.dask, ToParts(args.parts)
        ):
            _note(tally, progress, group, result, error)
        tally.show(args.format, time.monotonic() - start)
        return tally.code()
    where = args.store or environment.get("IIBUN_STORE") or ""
    remote = folder_of(args.store) is None
    with kg.store.open(args.store) as store:
        writer, version = Writer(store), extractor()
        linker = Linker(store, folder_of(args.store), enabled=not args.no_links)

        def needed() -> Iterator[Article]:
            for given in found:
                article = writer.known(given)
                if not args.force and writer.is_done(article, version):
                    tally.fates["unchanged"] += 1
                else:
                    yield article

        if remote:
            for group, result, error in map_chunks(chunks(needed(), CHUNK), args.dask, ToStore(where)):
                _note(tally, progress, group, result, error)
        else:
            with Inflow(writer, linker, lambda written, _: tally.add(written)) as inflow:
                for group, made, error in map_chunks(chunks(needed(), CHUNK), args.dask, ToQuads()):
                    reports, failures = made or ([], [])
                    for report in reports:
                        inflow.add(report)
                    _note(tally, progress, group, (0, failures, 0), error)
        linker.finish(everything=remote and bool(tally.fates.get("new")))
    tally.show(args.format, time.monotonic() - start)
    return tally.code()


def _note(tally: Any, progress: Any, group: list[Article], result: Any, error: str | None) -> None:
    from ingest.batch import ExtractionError
    from ingest.read import Failure

    for line in [f"{len(group)} articles were lost with their workers: {error}"] if error else result[1]:
        tally.failures.append(Failure("cluster", ExtractionError(line)))
    if result and result[0]:
        tally.fates["new"] += result[0]
    size = sum(len(a.text) for a in group)
    tally.characters += size
    progress.step(size)


def _without_parts(articles: Iterable[Article], url: str, tally: Any, force: bool) -> Iterator[list[Article]]:
    """The chunks of articles whose parts do not exist yet; with ``force``, all chunks."""
    from iibun.batch.cluster import names, part_name
    from ingest.batch import CHUNK, chunks

    there = set() if force else set(names(url))
    for group in chunks(articles, CHUNK):
        if part_name(group) in there:
            tally.fates["unchanged"] += len(group)
        else:
            yield group
