"""``iibun serve``: the pages and the SPARQL endpoint in one process; ``iibun mcp``: the store for an agent."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from iibun.cli import options
from iibun.i18n import telling


def add_parsers(subparsers: Any) -> None:
    """Add ``serve`` and ``mcp``."""
    _add_serve(subparsers)
    _add_mcp(subparsers)


def _add_serve(subparsers: Any) -> None:
    serve = subparsers.add_parser(
        "serve",
        help="serve the pages, /sparql and /mcp",
        description="Serve the pages, the SPARQL endpoint (/sparql) and tools for agents (/mcp) over a store, until\n"
        "interrupted. Other commands find the store through the server while it runs.",
        epilog="example: iibun serve --port 8600 --store ~/news",
    )
    serve.add_argument(
        "--host",
        type=options.filled,
        default="127.0.0.1",
        help="address to listen on (default 127.0.0.1: this machine alone)",
    )
    serve.add_argument("--port", type=options.port, default=8501, help="TCP port (default 8501)")
    serve.add_argument(
        "--no-login",
        action="store_true",
        help="ask nobody for a password, though the page is reached from other machines (IIBUN_PASSWORD sets it)",
    )
    options.writes(serve)
    options.store(serve)
    serve.set_defaults(run=run_serve)


def _add_mcp(subparsers: Any) -> None:
    mcp = subparsers.add_parser(
        "mcp",
        help="offer the store to an agent",
        description="Offer the store to an agent of a language model (Model Context Protocol) on standard input and output.\n"
        "An agent's configuration names this command, and the agent runs it.",
        epilog="example: iibun mcp --store data/store",
    )
    mcp.add_argument(
        "--author", metavar="NAME", help="who decides (default: IIBUN_AUTHOR or the login name, with (MCP) after it)"
    )
    options.writes(mcp)
    options.store(mcp)
    mcp.set_defaults(run=run_mcp)


def run_serve(args: argparse.Namespace) -> int:
    """Run ``iibun serve``."""
    from iibun.web.server import serve

    serve(args.store, args.host, args.port, login=not args.no_login, agents_write=args.allow_writes)
    return 0


def run_mcp(args: argparse.Namespace) -> int:
    """Run ``iibun mcp`` until its standard input ends."""
    from iibun import agents

    agents.need()
    import kg.store
    from iibun.agents.server import make
    from iibun.batch import jobs
    from iibun.web import listing

    with kg.store.open(args.store, read_only=not args.allow_writes) as store:
        if sys.stdin.isatty():
            telling.tell(telling.t("mcp-waits"))
        try:
            author = args.author or agents.author()
            make(lambda: store, author=author, find=listing.keys, writes=args.allow_writes).run("stdio")
        except* BrokenPipeError:  # the agent has ended
            pass
        finally:
            jobs.stop()
    return 0
