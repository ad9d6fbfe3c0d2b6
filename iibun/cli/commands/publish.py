"""The command ``publish``: a store as a site of static pages."""

from __future__ import annotations

import argparse
from typing import Any

from iibun.cli import options
from iibun.i18n import telling


def add_parsers(subparsers: Any) -> None:
    """Add the command to the command line."""
    p = subparsers.add_parser(
        "publish",
        help="write the store as a site of static pages",
        description="Write predictions, records, people, claims with short quotations, timeline and graph as static pages into FOLDER,\n"
        "with search and SPARQL in the browser, feeds, a calendar, ClaimReview and Turtle. Articles' texts and rejected\n"
        "claims stay out. Only files that differ are written.",
        epilog="example: iibun publish site --title 予測の記録 --url https://claims.example",
    )
    p.add_argument(
        "folder", metavar="FOLDER", type=options.path, help="an empty or a new folder, or one from the last time"
    )
    p.add_argument("--title", default="", help="the name of the site (default: 言い分)")
    p.add_argument("--url", type=options.address, help="the address that the site will have")
    p.add_argument(
        "--confirmed", action="store_true", help="only claims that people accepted, corrected, added or settled"
    )
    p.add_argument("--on", type=options.date, metavar="DATE", help="the day to compare due dates with (default: today)")
    options.store(p)
    p.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run ``iibun publish``: write the site and say what was written."""
    from iibun import publish
    from kg import store

    with store.open(args.store, create=False) as opened:
        found = publish.content(opened, on=args.on, confirmed=args.confirmed)
        site = publish.files(opened, found, title=args.title, address=args.url or "")
    done = publish.write(site, args.folder)
    print(
        telling.t(
            "published", path=args.folder, claims=len(found.claims), articles=len(found.articles), **done._asdict()
        )
    )
    return 0
