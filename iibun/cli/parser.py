"""The argument parser: argparse with messages that suggest a correction, in the language of the terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from iibun.i18n import telling
from kg import given


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` with our error messages; descriptions and examples keep their line breaks."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**({"formatter_class": argparse.RawDescriptionHelpFormatter} | given))

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """The parsed arguments; exits with a hint at a similar option if there are unknown ones."""
        found, extra = self.parse_known_args(args, namespace)
        if extra:
            command = self.commands.get(getattr(found, "command", None) or "", self)
            hints = (given.nearest(e.partition("=")[0], command.options) for e in extra if e.startswith("-"))
            near = "".join(dict.fromkeys(hints))
            command.error(f"There is no argument {' '.join(extra)!r} here.{near}")
        _refuse_broken(self.commands.get(found.command, self), vars(found).values())
        return found

    @property
    def commands(self) -> dict[str, Parser]:
        """The parsers of the commands, by name and alias."""
        action = next((a for a in self._actions if isinstance(a, argparse._SubParsersAction)), None)
        return dict(action.choices) if action else {}

    @property
    def options(self) -> list[str]:
        """The option strings of this parser, such as ``--store``."""
        return [name for a in self._actions for name in a.option_strings]

    def format_usage(self) -> str:
        """The usage line, with its first word translated."""
        return super().format_usage().replace("usage: ", telling.helped("usage: "), 1)

    def format_help(self) -> str:
        """The help text, with the first word of the usage line translated."""
        return super().format_help().replace("usage: ", telling.helped("usage: "), 1)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(c) for c in action.choices]
        near = given.nearest(str(value), choices)
        if isinstance(action, argparse._SubParsersAction):
            raise argparse.ArgumentError(
                None, f"There is no command {value!r}. Choose from: {', '.join(choices)}.{near}"
            )
        raise argparse.ArgumentError(action, f"{value!r} is none of {', '.join(choices)}.{near}")

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:  # argparse would ignore an error such as a full disk
            file.write(message)
        else:
            telling.tell(message.removesuffix("\n"))

    def error(self, message: str) -> NoReturn:
        """Print the usage line and a message on standard error, and exit with code 2."""
        self.print_usage(sys.stderr)
        telling.tell(f"{self.prog}: {telling.explain(message)}")
        self.exit(2)


def texts(parser: argparse.ArgumentParser) -> Iterator[str]:
    """All texts that ``--help`` prints for a parser and its commands, except examples; tests check their translations."""
    for holder, name in _places(parser):
        if (text := getattr(holder, name)) and text != argparse.SUPPRESS and not text.startswith("example"):
            yield text


def localize(parser: Parser) -> None:
    """Translate the texts of ``--help`` into the language of the terminal, in place."""
    if telling.language() == "en":
        return
    for holder, name in _places(parser):
        if (text := getattr(holder, name)) and text != argparse.SUPPRESS:
            setattr(holder, name, telling.helped(text))
    for each in {id(p): p for p in (parser, *parser.commands.values())}.values():
        for group in each._action_groups:
            group.title = telling.helped(group.title or "")


def _places(parser: argparse.ArgumentParser) -> Iterator[tuple[Any, str]]:
    """The help texts of a parser and its commands, each as an object and the name of its attribute."""
    yield from ((parser, name) for name in ("description", "epilog"))
    for action in parser._actions:
        yield action, "help"
        if isinstance(action, argparse._SubParsersAction):
            yield from ((choice, "help") for choice in action._choices_actions)
            for command in {id(p): p for p in action.choices.values()}.values():  # an alias has the same parser
                yield from _places(command)


def _refuse_broken(parser: Parser, values: Iterable[Any]) -> None:
    """Report an error for an argument that is not UTF-8.

    Python represents such bytes as lone surrogates, which can neither be stored in the graph nor printed.
    """
    for value in values:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not text.isascii():
                try:
                    text.encode()
                except UnicodeEncodeError:
                    parser.error(f"The argument {text!r} is not text in UTF-8.")
