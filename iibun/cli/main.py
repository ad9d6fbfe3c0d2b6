"""The command line: ``iibun COMMAND …``. The commands are in ``iibun/cli/commands``.

Heavy modules are imported inside the function of each command, so that ``--help`` and completion stay fast.

Exit codes: 0 done, 1 failed in part or whole (with messages on standard error), 2 wrong usage, 130 stopped by Ctrl-C,
143 by SIGTERM, 129 by SIGHUP.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence

from iibun.batch import stopping
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
    "iibun.cli.commands.search",
    "iibun.cli.commands.query",
    "iibun.cli.commands.store",
    "iibun.cli.commands.links",
    "iibun.cli.commands.predictions",
    "iibun.cli.commands.judgements",
    "iibun.cli.commands.entities",
    "iibun.cli.commands.publish",
    "iibun.cli.commands.page",
    "iibun.cli.commands.completion",
)


class _Version(argparse.Action):
    """The ``--version`` option; looks the version up only when it is given, since that takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from iibun import version

        print(f"iibun {version()}")
        parser.exit()


def parser() -> Parser:
    """The parser of the whole command line, with a subparser for each command."""
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
    """Run one command and return its exit code; an error is one sentence on standard error.

    Args:
        argv: the arguments; those of the process by default.
    """
    command = next(iter(sys.argv[1:] if argv is None else argv), "")
    name = "iibun"
    try:
        if argv is None and command != "serve":  # the server has its own handling, which closes connections first
            stopping.watch(command)
        top = parser()
        if "_ARGCOMPLETE" in os.environ:  # set by a shell that asks for completions
            from iibun.cli.commands.completion import complete

            complete(top)
        args = top.parse_args(argv)
        if args.command is None:
            top.print_help()
            return 2
        name = f"iibun {args.command}"
        _settings(name)
        code = args.run(args) or 0
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()  # so that an error, such as a full disk, is reported here
        return code
    except IibunError as error:
        telling.tell(f"{name}: {telling.explain(error)}")
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt as stopped:
        stopping.tell(command)
        stopping.end_children()
        return stopped.code if isinstance(stopped, stopping.Stopped) else 130
    except BrokenPipeError:  # the reader of our output has ended: `iibun query … | head`
        return 0
    except SystemExit as left:  # by the parser, which has printed its message
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
    """Report an unexpected error in one sentence and return 1; with ``IIBUN_DEBUG=1``, raise it with its traceback."""
    if telling.debugging():
        raise error
    said = telling.system(error) if isinstance(error, OSError) else telling.unforeseen(error)
    telling.tell(f"{name}: {telling.explain(said)}")
    return 1


def _settings(name: str) -> None:
    """Check the environment variables, and warn of unknown ones that begin like ours."""
    environment.check()
    for variable in environment.unknown():
        near = given.nearest(variable, environment.SETTINGS)
        telling.tell(f"{name}: {telling.explain(f'{variable} is no setting of Iibun, and does nothing.{near}')}")


def _close_output() -> None:
    """Flush standard output, or discard what cannot be written; else Python would try again at exit and print an error."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
