"""A document as it came in: bytes, a name to show, and what its envelope says of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ingest.sources.metadata import NO_METADATA, Metadata
from kg import characters
from kg.characters import escaped
from kg.errors import IibunError

MAX_BYTES = 20_000_000  #: of one file that holds one article
MAX_CHARACTERS = 1_000_000  #: of one article's text
MAX_UNPACKED = 1_000_000_000  #: bytes that the archives within one source may have together, unpacked


class ReadError(IibunError):
    """A source that cannot be read; the message names it and says why, on one line."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message, 600))


class MissingSource(ReadError):
    """There is no such file, folder or page."""


class EmptySource(ReadError):
    """The source holds no text."""


class NotText(ReadError):
    """The source is of a kind that holds no text that we can read."""


class WrongAddress(ReadError):
    """What was given as an article's address is none that may be a link."""


class NoJapanese(ReadError):
    """The source has text, but nothing in Japanese."""


class TooLarge(ReadError):
    """The source is larger than one article may be, or unpacks to more."""


class Malformed(ReadError):
    """The source is not what its name or its first bytes say."""


class Truncated(ReadError):
    """The source ends before it is whole; what is there was read."""


class PassedOver(ReadError):
    """What is in a source and was never meant to be read (pictures, redirects): counted and told, but no failure."""


def printable(name: str, limit: int = 300) -> str:
    """A name that is safe to show: control and direction characters are written as escapes, the middle left out of what
    is longer than ``limit``.

    >>> printable("a\\u202egpj.txt")
    'a\\\\u202egpj.txt'
    """
    shown = escaped(name).replace("\n", "\\u000a").replace("\t", "\\u0009")
    return shown if len(shown) <= limit else f"{shown[: limit * 2 // 3]}…{shown[-limit // 4 :]}"


def one_line(text: str | None) -> str | None:
    """A title or a name as one line without what cannot be seen, ended with … after 500 characters; None if nothing is left."""
    kept = characters.one_line(
        characters.UNSEEN.sub(lambda m: "" if m[0] in characters.DIRECTIONS else " ", text or "")
    )
    return (kept if len(kept) <= 500 else f"{kept[:499]}…") or None


@dataclass(slots=True)
class Allowance:
    """How many bytes the archives within one source may still unpack to, all together."""

    left: int = MAX_UNPACKED


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes to be read, from a file (``path``) or in memory (``content``).

    ``name`` is what messages call it; ``media_type`` and ``charset`` are what an HTTP header, a mail part or a
    WARC record says; ``metadata`` is what the envelope tells of the article; ``kind`` forces a reader.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    media_type: str | None = None
    charset: str | None = None
    metadata: Metadata = NO_METADATA
    kind: str | None = None
    depth: int = 0
    allowance: Allowance = field(default_factory=Allowance, compare=False, repr=False)

    @property
    def shown(self) -> str:
        return printable(self.name)

    def open(self) -> BinaryIO:
        """A fresh stream over the bytes; the caller closes it."""
        if self.content is not None:
            return io.BytesIO(self.content)
        assert self.path is not None, "a document has a path or content"
        return self.path.open("rb")

    def head(self, size: int = 4096) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(size)

    def data(self, limit: int = MAX_BYTES) -> bytes:
        """All bytes.

        Args:
            limit: the most that is accepted, in bytes.

        Raises:
            TooLarge: if there are more.
            EmptySource: if there are none.
        """
        with self.open() as stream:
            found = stream.read(limit + 1)
        if len(found) > limit:
            raise TooLarge(f"{self.shown} is larger than {limit // 1_000_000} MB, the most for one article; split it.")
        if not found:
            raise EmptySource(f"{self.shown} is empty.")
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """One text that a reader found, before it is judged: ``original`` are the bytes it was taken from."""

    text: str
    name: str
    metadata: Metadata = NO_METADATA
    media_type: str = "text/plain"
    original: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry of a collection that cannot be read, while the others can; or ``count`` of them, told in one sentence."""

    name: str
    error: ReadError
    count: int = 1


def passed_over(name: str, others: list[str]) -> Refused:
    """What tells of files in a folder, an archive or a mail whose kind is not read."""
    shown = ", ".join(printable(other, 60) for other in others[:5]) + (", …" if len(others) > 5 else "")
    error = PassedOver(f"{printable(name)} holds files of kinds that are not read ({len(others):,}): {shown}.")
    return Refused(name, error, len(others))


def cut_short(name: str) -> Refused:
    """What tells that a source ends before it is whole, after what could be read of it."""
    return Refused(name, Truncated(f"{printable(name)} ends before it is whole; what is there is read."))


#: What a reader yields: texts, documents inside the document (to be dispatched again), refused entries.
Yield = Iterator["Found | Document | Refused"]
