"""``iibun export``, ``status``, ``check``, ``salvage``, ``delete``, ``backup`` and ``restore``: a store's content."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from iibun.cli import options
from iibun.i18n import telling
from kg import environment
from kg.errors import IibunError, UsageError
from kg.files import replacing


def add_parsers(subparsers: Any) -> None:
    """Add the commands of this file."""
    for add in (
        _add_export, _add_status, _add_check, _add_salvage, _add_delete, _add_backup, _add_restore,
    ):  # fmt: skip
        add(subparsers)


def _add_export(subparsers: Any) -> None:
    export = subparsers.add_parser(
        "export",
        help="take everything out",
        description="Write the whole store, or one article, to PATH or standard output.",
        epilog="example: iibun export claims.ttl --format turtle",
    )
    export.add_argument(
        "path", nargs="?", metavar="PATH", type=options.path, help="the file to write (default: standard output)"
    )
    export.add_argument(
        "--format",
        type=options.filled,
        metavar="FORMAT",
        help="by PATH's ending if not given; `iibun export --formats` lists them",
    )
    export.add_argument("--formats", action="store_true", help="list the formats")
    export.add_argument("--article", metavar="IRI", help="one article alone")
    options.store(export)
    export.set_defaults(run=run_export)


def _add_status(subparsers: Any) -> None:
    status = subparsers.add_parser(
        "status",
        help="what the store holds",
        description="Count what the store holds.",
        epilog="example: iibun status --format json",
    )
    options.format(status)
    options.store(status)
    status.set_defaults(run=run_status)


def _add_check(subparsers: Any) -> None:
    check = subparsers.add_parser(
        "check",
        help="check the store",
        description="Check the store's files against their checksums, every article's offsets against its text, and the graph\n"
        "against the shapes (SHACL);\n"
        "what fails is listed, and the exit code is 1.",
        epilog="example: iibun check --store data/store",
    )
    check.add_argument("--no-shapes", action="store_true", help="offsets alone, which is much faster")
    options.format(check)
    options.store(check)
    check.set_defaults(run=run_check)


def _add_salvage(subparsers: Any) -> None:
    salvage = subparsers.add_parser(
        "salvage",
        help="save what can be read of a damaged store",
        description="Save every graph of a damaged store that can still be read into a new one, and list what was lost; the\n"
        "damaged store is left as it is. The exit code is 1 if anything was lost.",
        epilog="example: iibun salvage data/store --to data/saved",
    )
    salvage.add_argument("folder", type=Path, metavar="FOLDER", help="the damaged store's folder")
    salvage.add_argument("--to", type=Path, required=True, metavar="NEW", help="a new folder")
    options.format(salvage)
    salvage.set_defaults(run=run_salvage)


def _add_delete(subparsers: Any) -> None:
    delete = subparsers.add_parser(
        "delete",
        aliases=["forget"],
        help="delete articles",
        description="Delete articles with their links and the pages kept as read. What people decided about them stays\n"
        "in the log, unless --judgements is given: then nothing of them is left.",
        epilog="examples:\n  iibun delete urn:iibun:article:…\n  iibun forget --judgements https://example.com/news/1\n"
        "  iibun delete --samples",
    )
    delete.add_argument("articles", nargs="*", metavar="IRI|URL", help="articles, by IRI or by their address")
    delete.add_argument(
        "--samples", action="store_true", help="the sample articles and the sample verdicts, and nothing else"
    )
    delete.add_argument("--judgements", action="store_true", help="delete what people decided about them, too")
    options.store(delete)
    delete.set_defaults(run=run_delete)


def _add_backup(subparsers: Any) -> None:
    backup = subparsers.add_parser(
        "backup",
        help="write a verified backup",
        description="Write the store to PATH: N-Quads where PATH ends in .nq or .nq.gz, else a copy of the store's folder.",
        epilog="example: iibun backup claims-2025-11-25.nq.gz",
    )
    backup.add_argument(
        "path", type=options.path, metavar="PATH", help="a new folder, or a new file ending in .nq or .nq.gz"
    )
    options.store(backup)
    backup.set_defaults(run=run_backup)


def _add_restore(subparsers: Any) -> None:
    restore = subparsers.add_parser(
        "restore",
        help="restore a backup into an empty store",
        description="Restore what `iibun backup` wrote into a store that is empty or not there yet.",
        epilog="example: iibun restore claims-2025-11-25.nq.gz --store data/again",
    )
    restore.add_argument("path", type=options.path, metavar="PATH", help="the backup's folder or file")
    options.store(restore)
    restore.set_defaults(run=run_restore)


def run_export(args: argparse.Namespace) -> int:
    """Run ``iibun export``; a file appears whole or not at all."""
    import kg.store
    from kg import export

    if args.formats:
        for name, f in export.FORMATS.items():
            print(f"{name:<14}{f.suffix:<12}{telling.helped(f.says)}")
        return 0
    if args.path == Path("-"):
        args.path = None
    name = args.format or export.format_of(args.path)
    if args.path is not None and args.path.is_dir():
        raise UsageError(f"{str(args.path)!r} is a folder; name a file to write.")
    with kg.store.open(args.store, read_only=True) as store:
        if args.path is None:
            export.export(store, name, sys.stdout.buffer, article=args.article)
            return 0
        device = args.path.exists() and not args.path.is_file() and not args.path.is_dir()
        # A device such as /dev/stdout must be written itself, not be replaced by a file.
        try:
            with nullcontext(args.path) if device else replacing(args.path) as new, new.open("wb") as out:
                export.export(store, name, out, article=args.article)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise IibunError(f"{str(args.path)!r} cannot be written: {error.strerror}.") from None
    size = [] if device else [telling.t("bytes", n=args.path.stat().st_size)]
    telling.tell(telling.t("wrote", path=args.path, what=telling.t("comma").join([*size, name])))
    return 0


def run_status(args: argparse.Namespace) -> int:
    """Run ``iibun status``: print what the store holds."""
    import kg.store
    from iibun import version
    from kg import queries

    with kg.store.open(args.store, read_only=True) as store:
        counts = {k: v for row in queries.ask(store, "counts") for k, v in row.items()}
        known: dict[str, Any] = {
            "version": version(),
            "store": str(args.store or environment.get("IIBUN_STORE") or kg.store.DEFAULT),
            "kind": type(store).__name__.removesuffix("Store").lower(),
            "graphs": len(store.graphs()),
            **counts,
        }
    if args.format == "json":
        telling.show_json(known, indent=1)
        return 0
    for key, value in known.items():
        print(telling.padded(telling.t(f"status-{key}"), 16) + (f"{value:,}" if isinstance(value, int) else str(value)))
    return 0


def run_check(args: argparse.Namespace) -> int:
    """Run ``iibun check``; exit code 1 if there are problems."""
    import kg.store
    from kg import check

    with kg.store.open(args.store, read_only=True) as store:
        problems = list(check.check(store, shapes=not args.no_shapes))
        articles = len(store.graphs())
    if args.format == "json":
        telling.show_json([p.as_dict() for p in problems], indent=1)
    else:
        for problem in problems:
            telling.say(telling.explain(str(problem)))
        telling.tell(telling.t("checked", graphs=articles, n=len(problems)))
    return 1 if problems else 0


def run_salvage(args: argparse.Namespace) -> int:
    """Run ``iibun salvage``; exit code 1 if anything was lost."""
    from dataclasses import asdict

    from kg.salvage import salvage

    done = salvage(args.folder, args.to)
    if args.format == "json":
        telling.show_json(asdict(done), indent=1)
    else:
        telling.say(telling.t("salvaged", graphs=done.graphs, quads=done.quads, to=args.to))
        for file in done.files:
            telling.tell(f"  {telling.t('damaged', file=file)}")
        for graph, why in done.lost.items():
            telling.tell(f"  {telling.t('lost', graph=graph, why=telling.explain(why))}")
        for problem in done.problems:
            telling.tell(f"  {telling.explain(str(problem))}")
    return 1 if done.lost or done.problems else 0


def run_delete(args: argparse.Namespace) -> int:
    """Run ``iibun delete``; exit code 1 if the store does not have an article."""
    import kg.store
    from iibun.archive import samples
    from iibun.archive.deletion import delete
    from kg.articles import sweep
    from kg.model import Article
    from kg.rdf import article_iri

    if args.samples and args.articles:
        raise UsageError("Name articles or give --samples, not both.")
    if not args.samples and not args.articles:
        raise UsageError("Name the articles to delete (IRI|URL), or give --samples.")
    missing = 0
    with kg.store.open(args.store, create=False) as store:
        if args.samples:
            gone = samples.remove(store, judgements=args.judgements)
            telling.say(telling.t("deleted-samples", articles=gone.articles, verdicts=gone.verdicts))
        for name in args.articles:
            iri = name if name.startswith("urn:") or store.contains(name) else str(article_iri(Article("", url=name)))
            if not delete(store, iri, judgements=args.judgements):
                missing += 1
                telling.tell(f"iibun delete: {telling.short(telling.t('no-such-article', name=repr(name)))}")
                continue
            telling.say(telling.t("deleted-judgements" if args.judgements else "deleted", iri=iri))
        sweep(store)
    return 1 if missing else 0


def run_backup(args: argparse.Namespace) -> int:
    """Run ``iibun backup``."""
    import kg.store

    with kg.store.open(args.store, create=False) as store:
        quads = kg.store.backup(store, args.path)
    telling.tell(telling.t("backed-up", path=args.path, n=quads))
    return 0


def run_restore(args: argparse.Namespace) -> int:
    """Run ``iibun restore``."""
    import kg.store

    kg.store.backup_at(args.path)  # raises for a wrong path before a store is created
    with kg.store.open(args.store) as store:
        quads = kg.store.restore(store, args.path)
    telling.tell(telling.t("restored", path=args.path, n=quads))
    return 0
