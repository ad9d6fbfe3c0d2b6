"""What the commands of tracking share: their common options, finding what is named, printing what was decided."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, TypeVar

from iibun.cli import options
from iibun.i18n import telling
from kg import environment

_T = TypeVar("_T")


def command(subparsers: Any, name: str, help: str, *examples: str) -> argparse.ArgumentParser:
    """Add a command with ``--store`` and ``--format``; its description is the help text as a sentence."""
    several = "".join(f"\n  {example}" for example in examples)
    p: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"examples:{several}" if len(examples) > 1 else f"example: {examples[0]}",
    )
    options.store(p)
    options.format(p)
    return p


def add_author(p: argparse.ArgumentParser) -> None:
    """Add ``--author``."""
    p.add_argument("--author", default=None, help="who decides (default: IIBUN_AUTHOR, else the login name)")


def add_no_read(p: argparse.ArgumentParser) -> None:
    """Add ``--no-read``."""
    p.add_argument(
        "--no-read", action="store_true", help="do not read an article again whose date changed; `iibun reingest` will"
    )


def opened(args: argparse.Namespace) -> Any:
    """Open the store, which must exist; sets ``args.author`` if the command has one and it is not given."""
    from kg import store

    if "author" in args and not args.author:
        args.author = environment.author()
    return store.open(args.store, create=False)


def find_entity(store: Any, name: str) -> str:
    """The IRI of an entity given by its name or IRI."""
    from kg.tracking import timeline

    return timeline.find_entity(store, name)


def find_article(store: Any, name: str) -> str:
    """The IRI of an article given by its IRI or address."""
    from iibun.archive.held import find

    return find(store, name)


def print_iri(args: argparse.Namespace, iri: str) -> int:
    """Print the IRI of a new judgement and return the exit code."""
    if args.format == "json":
        return print_json({"judgement": iri, "author": args.author})
    print(iri)
    return 0


def print_json(value: Any) -> int:
    """Print a value as JSON and return the exit code."""
    telling.show_json(value, indent=2)
    return 0


def first(found: list[_T], most: int, more: str) -> list[_T]:
    """The first ``most`` items; prints a message with string ``more`` if there are more."""
    if len(found) > most:
        telling.tell(telling.t("first-of-more", most=most, more=telling.t(more)))
    return found[:most]


def print_count(found: Iterable[Any], what: str) -> int:
    """Print how many items there are on standard error and return the exit code."""
    telling.tell(telling.t(f"count-{what}", n=len(list(found))))
    return 0
