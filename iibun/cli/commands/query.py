"""``iibun query``: ask a named query, a file or SPARQL text, and print the answer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from iibun.cli import options
from iibun.i18n import telling
from kg import given
from kg.characters import xml
from kg.errors import IibunError, UsageError

#: Formats of ``iibun query`` for rows and for triples, with pyoxigraph's names.
_ROWS = {"json": "JSON", "csv": "CSV", "tsv": "TSV", "xml": "XML"}
_TRIPLES = {"turtle": "TURTLE", "ntriples": "N_TRIPLES"}


class WrongQuery(UsageError):
    """The query, its parameters or the output format are not right."""


def add_parsers(subparsers: Any) -> None:
    """Add the command to the command line."""
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
    elif Path(args.query).is_file() or Path(args.query).is_fifo():  # a FIFO: `iibun query <(…)`, /dev/stdin
        text = _text_of(Path(args.query))
    elif not {".", "/", "\\"}.isdisjoint(args.query) and Path(args.query).is_dir():
        raise WrongQuery(f"{args.query!r} is a folder; name a file with SPARQL, or a query.")
    elif not {".", "/", "\\"}.isdisjoint(args.query):  # names of queries have none of these
        raise WrongQuery(f"There is no file {args.query!r}; `iibun query --list` shows the named queries.")
    else:
        text, terms = queries.text(args.query, ties=True, **bindings)
        queries.check_complete(args.query, text, terms)
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
        return path.read_text("utf-8-sig")  # Windows editors write a byte order mark
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
