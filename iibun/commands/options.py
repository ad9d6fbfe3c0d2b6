"""Options that several commands share, and what their values may be; a value that cannot be meant is wrong usage."""

from __future__ import annotations

import argparse
import os
import re
from datetime import date
from pathlib import Path

from kg.web import is_web_address

RAW = argparse.RawDescriptionHelpFormatter
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


def format(parser: argparse.ArgumentParser) -> None:
    """Add ``--format`` for commands that print a text or JSON."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="json where a program reads it (default: text)"
    )


def published(parser: argparse.ArgumentParser) -> None:
    """Add ``--published``."""
    parser.add_argument("--published", type=day, metavar="DATE", help="the day of publication, YYYY-MM-DD")


def jobs(parser: argparse.ArgumentParser) -> None:
    """Add ``--jobs``."""
    parser.add_argument("--jobs", type=number, default=1, metavar="N", help="worker processes (default 1)")


def number(text: str) -> int:
    """A whole number from 1 on."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number from 1")
    return int(text)


def port(text: str) -> int:
    """A TCP port; 0 lets the system choose."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a port (0 to 65535)")
    return int(text)


def probability(text: str) -> float:
    """A probability, from 0 to 1."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a probability between 0 and 1")
    return found


def day(text: str) -> str:
    """A day as it is written, YYYY-MM-DD."""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a date (YYYY-MM-DD)") from None
    return text


def place(text: str) -> str:
    """A store's place: a folder, or a web address."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name is no store; name a folder or the URL of a SPARQL server")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) and not text.lower().startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text[:80]!r} is neither a folder nor an http(s) address")
    return text


def address(text: str) -> str:
    """A web address."""
    if not is_web_address(text):
        raise argparse.ArgumentTypeError(f"{text[:80]!r} is no web address; one begins with https://")
    return text


def interval(text: str) -> float:
    """Seconds of ``90s``, ``30m``, ``2h`` or ``1d``, at least 10."""
    match = re.fullmatch(r"([0-9]{1,5})([smhd])", text.strip())
    found = int(match[1]) * _UNITS[match[2]] if match else 0
    if found < 10:
        raise argparse.ArgumentTypeError(
            f"{text[:20]!r} is no interval of 10 seconds or more; write 90s, 30m, 2h or 1d"
        )
    return float(found)


def folder_of(name: str | None) -> Path | None:
    """The folder of a store that is on this machine; None of a remote one."""
    from kg.store import DEFAULT

    where = name or os.environ.get("IIBUN_STORE") or DEFAULT
    return None if where.lower().startswith(("http://", "https://")) else Path(where)


def originals_of(name: str | None) -> Path | None:
    """Where pages and files are kept as read: beside the graph in a store's folder; nowhere for a remote store."""
    folder = folder_of(name)
    return folder / "originals" if folder else None
