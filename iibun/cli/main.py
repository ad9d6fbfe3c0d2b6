"""The command line: ``iibun COMMAND …``. One function for each command; heavy imports happen inside them.

Exit codes: 0 done, 1 failed in part or whole (what failed is said), 2 wrong usage, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence

from iibun.cli import stopping
from iibun.cli.parser import Parser, localize
from iibun.cli.terminal import guarded
from iibun.i18n import telling
from kg import environment, given
from kg.errors import IibunError, UsageError

#: Modules that each add the parsers of some commands, in the order in which ``iibun --help`` shows them.
COMMANDS = (
    "iibun.cli.commands.ingest",
    "iibun.cli.commands.parts",
    "iibun.cli.commands.extract",
    "iibun.cli.commands.graph",
    "iibun.cli.commands.tracking",
    "iibun.cli.commands.page",
    "iibun.cli.commands.completion",
)


class _Version(argparse.Action):
    """Prints the version only when asked, since looking it up takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from iibun import version

        print(f"iibun {version()}")
        parser.exit()


def parser() -> Parser:
    """The whole command line as one parser."""
    top = Parser(
        prog="iibun",
        description="Who said what in Japanese news, on what evidence; what was predicted by when; did it come true?",
        epilog="Each command has its own --help with an example. A store is named by --store or IIBUN_STORE: "
        "a folder (default data/store), or the http(s) URL of a SPARQL 1.1 server.",
        formatter_class=argparse.HelpFormatter,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for module in COMMANDS:
        importlib.import_module(module).add_parsers(subparsers)
    localize(top)
    return top


@guarded()
def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what goes wrong is one sentence on standard error."""
    command = next(iter(sys.argv[1:] if argv is None else argv), "")
    name = "iibun"
    try:
        if argv is None and command != "serve":  # a server closes what is open first
            stopping.watch(command)
        top = parser()
        if "_ARGCOMPLETE" in os.environ:  # a shell asks how the line goes on
            from iibun.cli.commands.completion import complete

            complete(top)
        args = top.parse_args(argv)
        if args.command is None:
            top.print_help()
            return 2
        name = f"iibun {args.command}"
        _settings(name)
        code = args.run(args) or 0
        sys.stdout.flush()  # here, where a full device can still be told
        return code
    except IibunError as error:
        telling.tell(f"{name}: {telling.explain(error)}")
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        stopping.tell(command)
        stopping.end_children()
        return stopping.STOPPED
    except BrokenPipeError:  # the reader of our output has gone: `iibun query … | head`
        return 0
    except SystemExit as left:  # of the parser, which has said why
        try:
            sys.stdout.flush()
        except OSError as error:
            return 0 if isinstance(error, BrokenPipeError) else _failed(name, error)
        raise left from None
    except Exception as error:
        return _failed(name, error)
    finally:
        _close_output()


def _failed(name: str, error: Exception) -> int:
    """Tell what nobody foresaw; ``IIBUN_DEBUG=1`` shows where."""
    if telling.debugging():
        raise error
    said = telling.system(error) if isinstance(error, OSError) else telling.unforeseen(error)
    telling.tell(f"{name}: {telling.explain(said)}")
    return 1


def _settings(name: str) -> None:
    environment.check()
    for variable in environment.unknown():
        near = given.nearest(variable, environment.SETTINGS)
        telling.tell(f"{name}: {telling.explain(f'{variable} is no setting of Iibun, and does nothing.{near}')}")


def _close_output() -> None:
    """What could not be written is dropped here, once told; else Python would try again, and complain, at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
