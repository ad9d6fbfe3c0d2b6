"""``iibun load``, ``link``: dumps, and N-Quads parts that a cluster wrote."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from iibun.commands import options
from iibun.terminal import steer
from kg.errors import UsageError

#: Endings of dumps that are no N-Quads, before ``.gz``.
_DUMPS = (".trig", ".ttl", ".nt", ".rdf", ".jsonld")


def add_parsers(subparsers: Any) -> None:
    """Add ``load`` and ``link``."""
    load = subparsers.add_parser(
        "load",
        help="load N-Quads parts, or any dump, into the store",
        description="Load parts that `iibun ingest --dask … --parts` or `iibun link` wrote, each graph whole; twice is\n"
        "once. Articles whose links come along are not linked again.\n"
        "A dump in another format (.trig, .ttl, .nt, .rdf, .jsonld, each with .gz too), or one of N-Quads with --bulk, is\n"
        "added as it is, all at once, which is several times as fast: no graph is replaced, nothing is linked.",
        epilog="examples:\n  iibun load parts/ links/\n  iibun load --bulk everything.nq.gz\n"
        "  iibun load registry.ttl --graph https://example.com/registry",
        formatter_class=options.RAW,
    )
    load.add_argument("parts", nargs="+", metavar="PART", help="files; of parts folders or fsspec URLs, too")
    load.add_argument("--bulk", action="store_true", help="add N-Quads as they are")
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
        formatter_class=options.RAW,
    )
    link.add_argument("parts", nargs="+", metavar="PART", help=".nq or .nq.gz files, folders or fsspec URLs of them")
    link.add_argument("--out", required=True, metavar="URL", help="the folder or fsspec URL for the links' parts")
    link.add_argument("--dask", metavar="ADDRESS", help="work on a Dask cluster (default: in this process)")
    link.add_argument("--work", metavar="URL", help="what is on its way (default: within --out); all workers reach it")
    options.format(link)
    link.set_defaults(run=run_link)


def run_load(args: argparse.Namespace) -> int:
    """``iibun load``: exit code 1 if a part could not be loaded."""
    import kg.store
    from iibun.cluster import load_parts
    from iibun.linker import Linker
    from kg.vocab import LINKS_GRAPH

    start = time.monotonic()
    dumps = [p for p in args.parts if args.bulk or p.lower().removesuffix(".gz").endswith(_DUMPS)]
    if dumps and len(dumps) < len(args.parts):
        raise UsageError("Load parts and dumps one after the other: parts replace graphs, dumps are added.")
    if dumps:
        return _load_dumps(args, [Path(p) for p in dumps])
    with kg.store.open(args.store) as store:
        linker = Linker(store, options.folder_of(args.store), enabled=not args.no_links)
        linker.expect()
        graphs, failed = load_parts(store, args.parts)
        linked = {g for g in graphs if g.startswith(LINKS_GRAPH)}
        articles = [g for g in graphs if g not in linked]
        linker.adopt(articles, linked)
    if args.format == "json":
        print(json.dumps({"articles": len(articles), "failed": failed}, ensure_ascii=False))
    else:
        print(f"Articles: {len(articles)} loaded ({time.monotonic() - start:.1f} s).")
        for line in failed:
            print(f"  failed: {line}", file=sys.stderr)
    return 1 if failed else 0


def _load_dumps(args: argparse.Namespace, dumps: list[Path]) -> int:
    import kg.store

    start, total, failed = time.monotonic(), 0, list[str]()

    def tell(count: int) -> None:
        if sys.stderr.isatty():
            rate = (total + count) / (time.monotonic() - start)
            steer(f"\r{total + count:,} quads, {rate:,.0f} a second")

    with kg.store.open(args.store) as store:
        for path in dumps:
            try:
                total += kg.store.load(store, path, graph=args.graph, progress=tell)
            except kg.store.StoreError as error:
                failed.append(str(error))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if args.format == "json":
        print(json.dumps({"quads": total, "failed": failed}, ensure_ascii=False))
    else:
        print(f"Quads: {total:,} loaded ({time.monotonic() - start:.1f} s).")
        for line in failed:
            print(f"  failed: {line}", file=sys.stderr)
    return 1 if failed else 0


def run_link(args: argparse.Namespace) -> int:
    """``iibun link``: exit code 1 if a part is not there or broken; then nothing is written."""
    from iibun.cluster import NoPart, part_names
    from iibun.linking import link_parts

    start = time.monotonic()
    failed: list[str] = []
    parts = list(part_names(args.parts, failed))
    if failed:
        raise NoPart(f"{failed[0]}.")
    done = link_parts(parts, args.out, args.dask, work=args.work)
    if args.format == "json":
        print(json.dumps({"claims": done.claims, "links": done.links, "parts": done.parts}))
    else:
        seconds = time.monotonic() - start
        print(f"{done.links:,} links between {done.claims:,} claims, in {done.parts} parts ({seconds:.1f} s).")
    return 0
