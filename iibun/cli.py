"""The command line: ``iibun COMMAND …``. One function for each command; heavy imports happen inside them.

Exit codes: 0 done, 1 failed in part or whole (what failed is said), 2 wrong usage, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from iibun import stopping
from iibun.terminal import guarded
from kg.errors import IibunError, UsageError

#: Modules that each add the parsers of some commands, in the order in which ``iibun --help`` shows them.
COMMANDS = (
    "iibun.commands.ingest",
    "iibun.commands.parts",
    "iibun.commands.reading",
    "iibun.commands.graph",
    "iibun.commands.tracking",
    "iibun.commands.page",
)


def version() -> str:
    """The installed version of Iibun."""
    from importlib.metadata import version

    return version("iibun")


class _Version(argparse.Action):
    """Prints the version only when asked, since looking it up takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"iibun {version()}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The whole command line as one parser."""
    top = argparse.ArgumentParser(
        prog="iibun",
        description="Who said what in Japanese news, on what evidence; what was predicted by when; did it come true?",
        epilog="Each command has its own --help with an example. A store is named by --store or IIBUN_STORE: "
        "a folder (default data/store), or the http(s) URL of a SPARQL 1.1 server.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for module in COMMANDS:
        importlib.import_module(module).add_parsers(subparsers)
    return top


@guarded()
def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every foreseen error is one sentence on standard error."""
    command = next(iter(sys.argv[1:] if argv is None else argv), "")
    try:
        if argv is None and command != "serve":  # a server closes what is open first
            stopping.watch(command)
        top = parser()
        args = top.parse_args(argv)
        if args.command is None:
            top.print_help()
            return 2
        return args.run(args) or 0
    except IibunError as error:
        print(f"iibun {args.command}: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        stopping.tell(command)
        stopping.end_children()
        return stopping.STOPPED
    except BrokenPipeError:  # the reader of our output has gone: `iibun query … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
