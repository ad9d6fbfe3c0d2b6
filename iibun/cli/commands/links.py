"""The command ``links``: what restates, supports, contradicts or revises what."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from iibun.cli import options
from iibun.cli.terminal import steer
from iibun.cli.tracking import add_author, command, find_article, opened, print_count, print_iri, print_json
from iibun.i18n import telling
from kg.errors import UsageError

LINK_TYPES = ("restates", "supports", "contradicts", "revises", "evidence")


def add_parsers(subparsers: Any) -> None:
    """Add the command to the command line."""
    p = command(subparsers, "links", "list links between claims: what restates, supports, contradicts or revises what",
                "iibun links --type contradicts --format json")  # fmt: skip
    p.add_argument("--type", choices=LINK_TYPES, help="only links of this type (evidence is listed only if asked for)")
    p.add_argument(
        "--state",
        choices=("proposed", "confirmed", "rejected"),
        help="only links in this state (default: all but rejected)",
    )
    p.add_argument("--claim", type=options.filled, metavar="IRI", help="only links of this claim")
    p.add_argument("--article", type=options.filled, metavar="URL|IRI", help="only links of this article")
    p.add_argument("--limit", type=options.number, metavar="N", help="at most N links (default: all)")
    p.add_argument("--rebuild", action="store_true", help="put all decisions in force and link all articles anew first")
    p.add_argument("--confirm", type=options.filled, metavar="LINK", help="confirm a link")
    p.add_argument("--reject", type=options.filled, metavar="LINK", help="reject a link")
    add_author(p)
    p.set_defaults(run=links)


def links(args: argparse.Namespace) -> int:
    """Run ``iibun links``: print links with both claims, score and reason; or confirm or reject one."""
    from kg.tracking import links as of
    from kg.tracking import rebuild

    if args.confirm and args.reject:
        raise UsageError("Give --confirm or --reject, not both.")
    with opened(args) as store:
        if args.confirm or args.reject:
            decision = "confirmed" if args.confirm else "rejected"
            return print_iri(args, of.decide(store, args.confirm or args.reject, decision, author=args.author))
        if args.rebuild:
            rebuild(store)
            of.link_all(store, progress=_progress)
        article = find_article(store, args.article) if args.article else None
        found = of.proposals(
            store, type=args.type, state=args.state, claim=args.claim, article=article, limit=args.limit
        )
        if args.format == "json":
            return print_json([x.document() for x in found])
        for x in found:
            print(f"{x.type}  {x.score:.2f}  {x.state}  {x.iri}")
            for word, end in (("", x.later), ("→ ", x.earlier)):
                print(
                    f"  {word}{end.published or ''} {end.source or telling.t('narrator')}: {end.text}  <{end.url or end.article}>"
                )
            print(f"  {x.reason_ja}")
        return print_count(found, "link")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total:
        steer("\r" if sys.stderr.isatty() else "")
        print(
            telling.t("linked", done=done, total=total), end="\n" if done == total else "", file=sys.stderr, flush=True
        )
