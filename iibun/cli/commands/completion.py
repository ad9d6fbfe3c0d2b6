"""``iibun completion``: lets a shell complete commands, options and their values (by argcomplete)."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from iibun.cli.parser import Parser

SHELLS = ("bash", "zsh", "fish")


def add_parsers(subparsers: Any) -> None:
    """Add ``completion``."""
    completion = subparsers.add_parser(
        "completion",
        help="print a script that completes commands in your shell",
        description="Print what has the shell complete commands, options and their values: names of queries, their\n"
        "parameters and what those may be, formats, files. It asks iibun itself, so it is never out of date.",
        epilog="examples:\n  iibun completion bash >> ~/.bashrc\n  iibun completion zsh > ~/.zfunc/_iibun\n"
        "  iibun completion fish > ~/.config/fish/completions/iibun.fish",
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    completion.set_defaults(run=run_completion)


def run_completion(args: argparse.Namespace) -> int:
    """Run ``iibun completion``: print the script for a shell."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["iibun"], shell=args.shell))
    return 0


def complete(parser: Parser) -> None:
    """Print the completions for the shell's command line and exit; call it if ``_ARGCOMPLETE`` is set."""
    import argcomplete
    from argcomplete.completers import DirectoriesCompleter, FilesCompleter

    files = FilesCompleter()

    def names(prefix: str, **_: object) -> Iterable[str]:
        from kg import queries

        return [*queries.names(), *files(prefix)]

    def bindings(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Iterable[str]:
        from kg import queries

        name, equals, _value = prefix.partition("=")
        if parsed_args.query not in queries.names():
            return []
        kinds = queries.parameters(queries.load(parsed_args.query))
        if not equals:
            return [f"{k}=" for k in kinds]
        values = ("true", "false") if kinds.get(name) == "boolean" else queries.CODES.get(kinds.get(name, ""), ())
        return [f"{name}={v}" for v in values]

    def formats(**_: object) -> Iterable[str]:
        from kg import export

        return export.FORMATS

    found = {("query", "query"): names, ("query", "bind"): bindings, ("export", "format"): formats}
    for command, sub in parser.commands.items():
        for action in sub._actions:
            completer = found.get((command, action.dest)) or (
                DirectoriesCompleter() if action.dest == "store" else None
            )
            if completer:
                action.completer = completer  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options=False)
