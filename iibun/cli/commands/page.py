"""``iibun serve``: the pages and the SPARQL endpoint in one process."""

from __future__ import annotations

import argparse
from typing import Any

from iibun.cli import options


def add_parsers(subparsers: Any) -> None:
    """Add ``serve``."""
    serve = subparsers.add_parser(
        "serve",
        help="serve the pages and /sparql",
        description="Serve the pages and the SPARQL endpoint (/sparql) over a store, until interrupted.\n"
        "Other commands find the store through the server while it runs.",
        epilog="example: iibun serve --port 8600 --store ~/news",
    )
    serve.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine alone)"
    )
    serve.add_argument("--port", type=options.port, default=8501, help="TCP port (default 8501)")
    serve.add_argument(
        "--no-login",
        action="store_true",
        help="ask nobody for a password, though the page is reached from other machines (IIBUN_PASSWORD sets it)",
    )
    options.store(serve)
    serve.set_defaults(run=run_serve)


def run_serve(args: argparse.Namespace) -> int:
    """Run ``iibun serve``."""
    from iibun.web.server import serve

    serve(args.store, args.host, args.port, login=not args.no_login)
    return 0
