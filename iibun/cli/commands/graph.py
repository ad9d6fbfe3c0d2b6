"""``iibun query``, ``export``, ``status``, ``check``, ``salvage``, ``delete``, ``backup`` and ``restore``: a store's content."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from iibun.cli import options
from iibun.i18n import telling
from kg import environment, given
from kg.characters import xml
from kg.errors import IibunError, UsageError

#: Formats of ``iibun query`` for rows and for triples, with pyoxigraph's names.
_ROWS = {"json": "JSON", "csv": "CSV", "tsv": "TSV", "xml": "XML"}
_TRIPLES = {"turtle": "TURTLE", "ntriples": "N_TRIPLES"}


class WrongQuery(UsageError):
    """The query, its parameters or the output format are not right."""


def add_parsers(subparsers: Any) -> None:
    """Add the commands of this file."""
    for add in (
        _add_query, _add_export, _add_status, _add_check, _add_salvage, _add_delete, _add_backup, _add_restore,
    ):  # fmt: skip
        add(subparsers)


def _add_query(subparsers: Any) -> None:
    query = subparsers.add_parser(
        "query",
        help="ask the store",
        description="Ask a named query (--list shows them), a file, or SPARQL text; read-only.",
        epilog="examples:\n  iibun query predictions --bind until=2027-01-01\n  iibun query my.rq --format csv\n"
        "  iibun query -e 'SELECT ?t { ?c a iib:Prediction ; schema:name ?t }'",
    )
    query.add_argument("query", nargs="?", metavar="FILE|NAME", help="a file with SPARQL, or the name of a query")
    query.add_argument("-e", "--execute", metavar="TEXT", help="SPARQL text; our prefixes need no declaration")
    query.add_argument("--bind", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the query")
    query.add_argument("--list", action="store_true", help="list the named queries with their questions")
    query.add_argument(
        "--format",
        choices=("table", *_ROWS, *_TRIPLES),
        help="table (default), a W3C result format, csv for spreadsheets; turtle for CONSTRUCT",
    )
    options.store(query)
    query.set_defaults(run=run_query)


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
        "--format", metavar="FORMAT", help="by PATH's ending if not given; `iibun export --formats` lists them"
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
        epilog="examples:\n  iibun delete urn:iibun:article:…\n  iibun forget --judgements https://example.com/news/1",
    )
    delete.add_argument("articles", nargs="+", metavar="IRI|URL", help="articles, by IRI or by their address")
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


def run_query(args: argparse.Namespace) -> int:
    """Run ``iibun query``: list the named queries, or ask one and print the answer."""
    import pyoxigraph as ox

    import kg.store
    from kg import queries
    from kg.endpoint.workers import ask
    from kg.store.base import prefixed
    from kg.store.sparql import bind, parameters, refuse

    if args.list:
        for name in queries.names():
            q = queries.load(name)
            print(f"{name:<26}{q.question_ja if telling.language() == 'ja' else q.question_en}")
            for b in q.bindings:
                choices = f": {', '.join(queries.CODES[b.kind])}" if b.kind in queries.CODES else ""
                print(f"{'':<28}--bind {b.name}=…  ({b.kind}) {telling.helped(b.meaning)}{choices}")
        return 0
    bindings = _bindings(args.bind)
    terms: dict[str, Any] = dict(bindings)
    if args.query is not None and args.execute is not None:
        raise WrongQuery(f"Give {args.query!r} or -e TEXT, not both.")
    if args.execute is not None:
        text = args.execute
        if not text.strip():
            raise WrongQuery("The text after -e is empty.")
    elif args.query is None:
        raise WrongQuery("Give a query's name (`iibun query --list`), a file, or -e TEXT.")
    elif Path(args.query).is_file():
        text = _text_of(Path(args.query))
    elif not {".", "/", "\\"}.isdisjoint(args.query):  # names of queries have none of these
        raise WrongQuery(f"There is no file {args.query!r}; `iibun query --list` shows the named queries.")
    else:
        text, terms = queries.text(args.query, ties=True, **bindings)
        terms = {k: v for k, v in terms.items() if f"${k}" in text}
    if unknown := sorted(terms.keys() - set(known := parameters(text))):
        near = given.nearest(unknown[0], known)
        raise WrongQuery(f"The query has no parameter ${unknown[0]}; it has {', '.join(known) or 'none'}.", near=near)
    whole = bind(prefixed(text), terms)
    refuse(whole)
    with kg.store.open(args.store, read_only=True) as store:
        found = ask(store, whole)
        if not isinstance(found, (ox.QuerySolutions, ox.QueryBoolean)):
            if args.format in _ROWS:
                raise WrongQuery(
                    f"The query gives triples: --format {args.format} does not fit; choose turtle or ntriples."
                )
            format = ox.RdfFormat.N_TRIPLES if args.format == "ntriples" else ox.RdfFormat.TURTLE
            sys.stdout.buffer.write(ox.serialize(found, format=format) or b"")
            return 0
        if args.format in _TRIPLES:
            raise WrongQuery(
                f"The query gives rows: --format {args.format} does not fit; choose table, {', '.join(_ROWS)}."
            )
        if args.format == "csv" and isinstance(found, ox.QuerySolutions):
            from iibun.web.asking import told

            sys.stdout.buffer.write(told(found).csv(mark=False))
            return 0
        if args.format in _ROWS:
            data = found.serialize(format=getattr(ox.QueryResultsFormat, _ROWS[args.format])) or b""
            data = xml(data) if args.format == "xml" else data
            sys.stdout.buffer.write(data + (b"" if data.endswith(b"\n") else b"\n"))
            return 0
        if isinstance(found, ox.QueryBoolean):
            print("true" if found else "false")
            return 0
        names = [v.value for v in found.variables]
        print_table(names, [[_cell(row[n]) for n in names] for row in found])
    return 0


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise WrongQuery(f"{str(path)!r} is no text in UTF-8.") from None
    except OSError as error:
        raise IibunError(f"{str(path)!r} cannot be read: {error.strerror}.") from None


def _bindings(texts: list[str]) -> dict[str, str]:
    """The parameters given by ``--bind NAME=VALUE``."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise WrongQuery(f"--bind {text!r} is no NAME=VALUE.")
        if name in found:
            raise WrongQuery(f"--bind {name} is given twice, as {found[name]!r} and as {value!r}.")
        found[name] = value
    return found


def _cell(term: Any) -> str:
    return "" if term is None else str(getattr(term, "value", term)).replace("\n", " ")


def print_table(columns: list[str], rows: list[list[str]], *, widest: int = 60) -> None:
    """Print rows as a table; full-width characters count as two columns.

    Args:
        columns: headings.
        rows: cells.
        widest: width in terminal columns from which a cell is cut.
    """
    cut = [[_fit(c, widest) for c in row] for row in [columns, *rows]]
    widths = [max(telling.wide(row[i]) for row in cut) for i in range(len(columns))]
    for number, row in enumerate(cut):
        print("  ".join(telling.padded(c, w) for c, w in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * w for w in widths))
    print(telling.t("rows", n=len(rows)))


def _fit(text: str, widest: int) -> str:
    """A text cut to a width in terminal columns, with an ellipsis."""
    if telling.wide(text) <= widest:
        return text
    kept, used = "", 1
    for c in text:
        used += telling.wide(c)
        if used > widest:
            break
        kept += c
    return kept + "…"


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
        part = args.path if device else args.path.with_name(args.path.name + ".part")
        try:
            with part.open("wb") as out:
                export.export(store, name, out, article=args.article)
            if not device:
                part.replace(args.path)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise IibunError(f"{str(args.path)!r} cannot be written: {error.strerror}.") from None
        finally:
            if not device:
                part.unlink(missing_ok=True)
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
            print(telling.explain(str(problem)))
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
        print(telling.t("salvaged", graphs=done.graphs, quads=done.quads, to=args.to))
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
    from iibun.archive.deletion import delete
    from kg.articles import sweep
    from kg.model import Article
    from kg.rdf import article_iri

    missing = 0
    with kg.store.open(args.store, create=False) as store:
        for name in args.articles:
            iri = name if name.startswith("urn:") or store.contains(name) else str(article_iri(Article("", url=name)))
            if not delete(store, iri, judgements=args.judgements):
                missing += 1
                telling.tell(f"iibun delete: {telling.short(telling.t('no-such-article', name=repr(name)))}")
                continue
            print(telling.t("deleted-judgements" if args.judgements else "deleted", iri=iri), flush=True)
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
