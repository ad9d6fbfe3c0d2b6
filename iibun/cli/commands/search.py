"""The command ``search``: people, claims, predictions and articles by words, as the page searches."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from iibun.cli import options
from iibun.cli.tracking import command, print_json
from iibun.i18n import telling
from kg.errors import UsageError

if TYPE_CHECKING:
    from iibun.web.listing import Row

KINDS = ("entities", "claims", "predictions", "articles")
#: Results of each kind that are printed if nothing else is asked for.
SHOWN = 20
#: Most other names of an entity that are printed.
NAMES = 3


def add_parsers(subparsers: Any) -> None:
    """Add the command to the command line."""
    p = command(subparsers, "search", "find people, claims, predictions and articles by words in any order",
                "iibun search 三条望 新工場")  # fmt: skip
    p.add_argument("words", nargs="+", metavar="WORD", help="words in any order, in kana, kanji or Latin letters")
    p.add_argument("--kind", choices=KINDS, help="only these")
    p.add_argument(
        "--limit", type=options.number, metavar="N", help="at most N of each kind (default: 20, and all in a feed)"
    )
    p.add_argument("--feed", action="store_true", help="print what was found as an Atom feed, instead")
    p.set_defaults(run=search)


def search(args: argparse.Namespace) -> int:
    """Run ``iibun search``: print what was found by kind, claims under their speakers; or a feed."""
    from iibun.web import listing, tables
    from kg import store

    query = " ".join(args.words)
    if not query.strip():
        raise UsageError("The text to search for is empty.")
    if args.feed and args.kind == "entities":
        raise UsageError(f"A feed has no entities, which have no day; --kind may be: {', '.join(listing.FED)}.")
    with store.open(args.store, create=False) as opened:
        if args.feed:
            fed = (args.kind,) if args.kind else listing.FED
            feed = listing.feed(opened, query, kinds=fed, limit=args.limit, lang=telling.language())
            sys.stdout.buffer.write(feed + b"\n")
            return 0
        data = tables.of(opened)
        found = data.search(query)
        shown: dict[str, tuple[int, list[Row]]] = {}
        for name in [args.kind] if args.kind else KINDS:
            some = found.of(*listing.KINDS[name])
            shown[name] = len(some), listing.rows(data, found, *listing.KINDS[name], limit=args.limit or SHOWN)
    near = [form for word in found.words for form in word.near] if found.guessed else []
    if args.format == "json":
        kinds = {name: {"n": n, "found": [row.document() for row in rows]} for name, (n, rows) in shown.items()}
        return print_json({"query": query, "guessed": near, **kinds})
    if near:
        telling.tell(telling.t("search-guessed", query=query, words=", ".join(near)))
    for name, (n, rows) in shown.items():
        if n:
            print(telling.t(f"search-{name}", n=n))
            _print(rows)
    telling.tell(telling.t("search-found", n=sum(n for n, _ in shown.values())))
    return 0


def _print(rows: list[Row]) -> None:
    """Print results of one kind; claims under their speakers, the speaker of the best claim first."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.speaker, []).append(row)
    for speaker, some in groups.items():
        if some[0].kind in ("claim", "prediction"):
            print(f"  {speaker or telling.t('narrator')}")
        for row in some:
            names = f"（{'、'.join(row.names[:NAMES])}）" if row.names else ""
            side = " ".join(str(x) for x in (row.published or "", row.publisher) if x)
            print(f"    {side}{'  ' if side else ''}{row.text}{names}  <{row.iri}>")
