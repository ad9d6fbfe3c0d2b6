"""Options that several commands share, and the types of their values for argparse.

A type function returns the value or raises ``argparse.ArgumentTypeError``, which argparse reports as wrong usage.
"""

from __future__ import annotations

import argparse
import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kg import environment, given

T = TypeVar("T")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def store(parser: argparse.ArgumentParser) -> None:
    """Add ``--store``."""
    parser.add_argument(
        "--store",
        type=place,
        metavar="STORE",
        help="the store, a folder or the URL of a SPARQL server (default: IIBUN_STORE, else data/store)",
    )


def links(parser: argparse.ArgumentParser) -> None:
    """Add ``--no-links``."""
    parser.add_argument("--no-links", action="store_true", help="do not compare new claims with those in the store")


def writes(parser: argparse.ArgumentParser) -> None:
    """Add ``--allow-writes``."""
    parser.add_argument(
        "--allow-writes",
        action="store_true",
        help="let agents change the store, too: ingest articles, judge claims, give verdicts, undo these",
    )


def format(parser: argparse.ArgumentParser) -> None:
    """Add ``--format`` for commands that print a text or JSON."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="json where a program reads it (default: text)"
    )


def readers(parser: argparse.ArgumentParser) -> None:
    """Add ``--reader``."""
    parser.add_argument(
        "--reader",
        choices=("local", "llm", "both"),
        default="local",
        help="who reads: our own reader, the language model of IIBUN_LLM_URL, or both (default: local)",
    )


def published(parser: argparse.ArgumentParser) -> None:
    """Add ``--published``."""
    parser.add_argument("--published", type=day, metavar="DATE", help="the day of publication, YYYY-MM-DD")


def jobs(parser: argparse.ArgumentParser) -> None:
    """Add ``--jobs``."""
    parser.add_argument(
        "--jobs",
        type=number,
        metavar="N",
        help="worker processes (default 1, and 2 for a text above 100,000 characters)",
    )


def _read(read: Callable[..., T], text: str, **bounds: float) -> T:
    """The value that ``read`` makes of a text; its ``ValueError`` becomes an ``ArgumentTypeError``."""
    try:
        return read(text, **bounds)
    except ValueError as error:
        raise argparse.ArgumentTypeError(given.refused(text, error)) from None


def number(text: str) -> int:
    """A whole number of at least 1."""
    return _read(given.whole, text, least=1, most=10**9)


def port(text: str) -> int:
    """A TCP port; 0 for one that the system chooses."""
    return _read(given.whole, text, most=65535)


def probability(text: str) -> float:
    """A number from 0 to 1."""
    return _read(given.number, text, most=1.0)


def date(text: str) -> datetime.date:
    """A date, YYYY-MM-DD."""
    return _read(given.day, text)


def day(text: str) -> str:
    """A date, YYYY-MM-DD, as text."""
    return date(text).isoformat()


def filled(text: str) -> str:
    """A text that is not blank, as an empty variable of a script would be."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is empty; give a value, or leave it out.")
    return text


def name(text: str) -> str:
    """The name of a file or folder or an address, which must not be empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a file or folder.")
    return text


def path(text: str) -> Path:
    """The path of a file or folder."""
    return Path(name(text))


def place(text: str) -> str:
    """Where a store is: a folder, or an ``http(s)`` URL."""
    return _read(environment.place, text)


def address(text: str) -> str:
    """An ``http(s)`` URL."""
    return _read(environment.address, text)


def interval(text: str) -> float:
    """An interval such as ``90s``, ``30m``, ``2h`` or ``1d`` in seconds, at least 10."""
    match = re.fullmatch(r"([0-9]{1,5})([smhd])", text.strip())
    found = int(match[1]) * _UNITS[match[2]] if match else 0
    if found < 10:
        raise argparse.ArgumentTypeError(f"{text!r} is no interval of 10 seconds or more; write 90s, 30m, 2h or 1d.")
    return float(found)


def folder_of(store: str | None) -> Path | None:
    """The folder of a store; None for a remote store."""
    from kg.store import DEFAULT

    where = store or environment.get("IIBUN_STORE") or DEFAULT
    return None if where.lower().startswith(("http://", "https://")) else Path(where)


def originals_of(store: str | None) -> Path | None:
    """The folder for original pages and files, in the store's folder; None for a remote store."""
    folder = folder_of(store)
    return folder / "originals" if folder else None
