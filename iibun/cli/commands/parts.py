"""``iibun load`` and ``link``: load exports, dumps and N-Quads parts of a cluster; link claims across parts."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from iibun.cli import options
from iibun.cli.terminal import steer
from iibun.i18n import telling


def add_parsers(subparsers: Any) -> None:
    """Add ``load`` and ``link``."""
    load = subparsers.add_parser(
        "load",
        help="load exports, N-Quads parts, or any dump, into the store",
        description="Load what `iibun export` wrote, parts that `iibun ingest --dask … --parts` or `iibun link` wrote, or any\n"
        "dump, packed (.gz) or not. Of formats with graphs (.nq, .trig, .jsonld) each graph replaces that of the store. People's\n"
        "judgements are added to those of the store; of two that differ under one IRI the store's stays, the conflict is listed,\n"
        "and the exit code is 1. To load twice changes nothing. Links are found anew if the store has other articles.\n"
        "Triples without a graph (.ttl, .nt, .rdf) are added. --bulk adds everything but judgements as it is, at once and several\n"
        "times as fast: no graph is replaced, nothing is linked.",
        epilog="examples:\n  iibun load theirs.trig\n  iibun load parts/ links/\n  iibun load --bulk everything.nq.gz\n"
        "  iibun load registry.ttl --graph https://example.com/registry",
    )
    load.add_argument(
        "parts", nargs="+", type=options.name, metavar="PART", help="files; of parts folders or fsspec URLs, too"
    )
    load.add_argument("--bulk", action="store_true", help="add all but judgements as it is")
    load.add_argument("--graph", metavar="IRI", help="the graph for triples of a format without graphs")
    options.store(load)
    options.links(load)
    options.format(load)
    load.set_defaults(run=run_load)

    link = subparsers.add_parser(
        "link",
        help="link claims across N-Quads parts",
        description="Compare the claims of all parts that `iibun ingest --dask … --parts` wrote, and write what restates,\n"
        "supports, contradicts or revises what as parts of their own. A run that was stopped goes on.",
        epilog="example: iibun link s3://bucket/parts --out s3://bucket/links --dask tcp://head:8786",
    )
    link.add_argument(
        "parts",
        nargs="+",
        type=options.name,
        metavar="PART",
        help=".nq or .nq.gz files, folders or fsspec URLs of them",
    )
    link.add_argument(
        "--out", type=options.name, required=True, metavar="URL", help="the folder or fsspec URL for the links' parts"
    )
    link.add_argument("--dask", metavar="ADDRESS", help="work on a Dask cluster (default: in this process)")
    link.add_argument("--work", metavar="URL", help="what is on its way (default: within --out); all workers reach it")
    options.format(link)
    link.set_defaults(run=run_link)


def run_load(args: argparse.Namespace) -> int:
    """Run ``iibun load``; exit code 1 if a file could not be loaded or a judgement conflicts with one in the store."""
    import kg.store
    from iibun.archive.linker import Linker
    from iibun.batch.cluster import load_parts

    start = time.monotonic()

    def tell(count: int) -> None:
        if sys.stderr.isatty():
            steer("\r")
            said = telling.t("loading", quads=count, rate=count / (time.monotonic() - start))
            print(said, end="", file=sys.stderr, flush=True)

    with kg.store.open(args.store) as store:
        linker = Linker(store, options.folder_of(args.store), enabled=not (args.no_links or args.bulk))
        linker.expect()
        done = load_parts(store, args.parts, bulk=args.bulk, graph=args.graph, progress=tell)
        if sys.stderr.isatty():
            print(file=sys.stderr)
        linker.adopt(done.articles, done.links)
    counts = {"articles": len(done.articles), "judgements": done.judgements, "quads": done.quads}
    if args.format == "json":
        telling.show_json({**counts, "conflicts": done.conflicts, "failed": done.failed})
    else:
        telling.say(telling.t("loaded", seconds=time.monotonic() - start, **counts))
        for line in done.sentences():
            telling.tell(f"  {telling.t('failed', why=telling.explain(line))}")
    return 1 if done.failed or done.conflicts else 0


def run_link(args: argparse.Namespace) -> int:
    """Run ``iibun link``; raises, before anything is written, if a part is missing or broken."""
    from iibun.batch.cluster import NoPart, part_names
    from iibun.batch.part_links import link_parts

    start = time.monotonic()
    failed: list[str] = []
    parts = list(part_names(args.parts, failed))
    if failed:
        raise NoPart(failed[0] + ".")
    done = link_parts(parts, args.out, args.dask, work=args.work)
    if args.format == "json":
        telling.show_json({"claims": done.claims, "links": done.links, "parts": done.parts})
    else:
        seconds = time.monotonic() - start
        print(telling.t("linked-parts", links=done.links, claims=done.claims, parts=done.parts, seconds=seconds))
    return 0
